//! Why an entry of a list was not applied.
//!
//! A rule that is not fully understood is counted, never applied: reading `||example.com^$badfilter` as a block, or
//! cutting the path off `short.example/abc`, takes innocent sites away from people. So each way of not being
//! understood has a name here, and the names are what the metrics and the dashboard show.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why an entry of a list was not applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reason {
    /// An IPv4 or IPv6 address, or a name whose last label is a number, where a name should stand.
    Address,
    /// A line that sends its names to a server of its author's choice: an address other than "nowhere" and "this
    /// machine", or another resolver.
    Redirection,
    /// A name that stands in every hosts file, such as `localhost`.
    Boilerplate,
    /// A bare top-level domain, or everything below one.
    TopLevel,
    /// A URL, where a name should stand.
    Url,
    /// A host with a path or a query, or a path alone. In a feed of URLs: of a host that many share.
    Path,
    /// A host with a port.
    Port,
    /// A `*` anywhere but as the whole leftmost label.
    Wildcard,
    /// A label of more than 63 octets, or a name of more than 255.
    NameTooLong,
    /// Two dots in a row, or a dot at the beginning.
    EmptyLabel,
    /// A character that no host name has.
    Character,
    /// Bytes that are not UTF-8.
    Encoding,
    /// A name beyond ASCII that has no A-label form (UTS 46).
    Idna,
    /// Several words where one name should stand.
    Words,
    /// A line of more than [`MAX_LINE_OCTETS`](super::MAX_LINE_OCTETS).
    LineTooLong,
    /// A regular expression.
    Regex,
    /// A rule that hides parts of pages, or changes them.
    Cosmetic,
    /// An adblock pattern other than `||name^`.
    Pattern,
    /// `||name` without the `^` that ends a name: it would also match longer names.
    OpenEnd,
    /// An `@@` exception that is not understood. The list blocks more than its author meant.
    Exception,
    /// `$badfilter`: the line takes another rule back.
    Badfilter,
    /// A rule that a `$badfilter` line of the same list takes back.
    TakenBack,
    /// `$denyallow` that names anything but names below the rule's own.
    Denyallow,
    /// `$dnstype` that is empty, mixes types and types left out, or names one that is not known.
    Dnstype,
    /// `$dnsrewrite` that does more than refuse.
    Dnsrewrite,
    /// `$client` or `$ctag`.
    Client,
    /// A modifier that speaks of what only a browser sees.
    BrowserModifier,
    /// A modifier that is not known.
    UnknownModifier,
    /// An adblock rule between `!#if` and `!#endif`.
    Condition,
    /// `!#include`: another file is meant to be read here.
    Include,
    /// An option, clause or record of a server's configuration that blocks nothing.
    Directive,
    /// A member of a JSON object that is not known.
    Member,
    /// An owner of a policy zone below an `rpz-` label that is not known.
    Trigger,
    /// An address, or its prefix length, that is not written as policy zones write it.
    AddressTrigger,
    /// An address with bits behind its prefix: either that or the prefix length is wrong.
    HostBits,
    /// A CNAME to an `rpz-` name that is not known.
    Action,
    /// A record of a type that says nothing in a policy zone, or whose data is not read.
    RecordType,
    /// A record of a class other than the Internet's.
    Class,
    /// A record that is not well formed.
    Record,
    /// A name that is relative to an origin which the text does not say.
    Relative,
    /// A record whose owner is not in its zone.
    OutOfZone,
    /// A quotation mark or a parenthesis without its partner.
    Unclosed,
    /// `$GENERATE`, or a directive that is not known.
    ZoneDirective,
}

impl Reason {
    /// Every reason, in the order of their discriminants.
    pub const ALL: [Self; 43] = [
        Self::Address,
        Self::Redirection,
        Self::Boilerplate,
        Self::TopLevel,
        Self::Url,
        Self::Path,
        Self::Port,
        Self::Wildcard,
        Self::NameTooLong,
        Self::EmptyLabel,
        Self::Character,
        Self::Encoding,
        Self::Idna,
        Self::Words,
        Self::LineTooLong,
        Self::Regex,
        Self::Cosmetic,
        Self::Pattern,
        Self::OpenEnd,
        Self::Exception,
        Self::Badfilter,
        Self::TakenBack,
        Self::Denyallow,
        Self::Dnstype,
        Self::Dnsrewrite,
        Self::Client,
        Self::BrowserModifier,
        Self::UnknownModifier,
        Self::Condition,
        Self::Include,
        Self::Directive,
        Self::Member,
        Self::Trigger,
        Self::AddressTrigger,
        Self::HostBits,
        Self::Action,
        Self::RecordType,
        Self::Class,
        Self::Record,
        Self::Relative,
        Self::OutOfZone,
        Self::Unclosed,
        Self::ZoneDirective,
    ];

    /// The short name that metrics and reports use. It never changes.
    pub const fn key(self) -> &'static str {
        self.texts().0
    }

    /// The key and the sentence, side by side so that they cannot drift apart.
    const fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::Address => ("address", "an address stands where a name should"),
            Self::Redirection => ("redirection", "the line sends its names to another server"),
            Self::Boilerplate => ("boilerplate", "the name stands in every hosts file"),
            Self::TopLevel => ("top_level", "the rule would cover a whole top-level domain"),
            Self::Url => ("url", "a URL is more than a name"),
            Self::Path => ("path", "a path or query cannot be seen in the DNS"),
            Self::Port => ("port", "a port cannot be seen in the DNS"),
            Self::Wildcard => ("wildcard", "a wildcard stands within the name"),
            Self::NameTooLong => ("name_too_long", "the name or one of its labels is too long"),
            Self::EmptyLabel => ("empty_label", "a label of the name is empty"),
            Self::Character => ("character", "the text has a character that no host name has"),
            Self::Encoding => ("encoding", "the text is not UTF-8"),
            Self::Idna => ("idna", "the international name has no form for the DNS"),
            Self::Words => ("words", "several words stand where one name should"),
            Self::LineTooLong => ("line_too_long", "the line is too long"),
            Self::Regex => ("regex", "regular expressions in lists are not applied"),
            Self::Cosmetic => ("cosmetic", "the rule changes pages, which the DNS cannot"),
            Self::Pattern => ("pattern", "the pattern is not of the form ||name^"),
            Self::OpenEnd => ("open_end", "the pattern would also match longer names"),
            Self::Exception => ("exception", "the exception is not understood"),
            Self::Badfilter => ("badfilter", "the line takes another rule back"),
            Self::TakenBack => ("taken_back", "a badfilter line of the same list takes the rule back"),
            Self::Denyallow => ("denyallow", "the modifier denyallow spares other names than those below"),
            Self::Dnstype => ("dnstype", "the types of the modifier dnstype are not understood"),
            Self::Dnsrewrite => ("dnsrewrite", "the modifier dnsrewrite does more than refuse"),
            Self::Client => ("client", "the modifiers client and ctag are not applied"),
            Self::BrowserModifier => ("browser_modifier", "a modifier asks for what only a browser sees"),
            Self::UnknownModifier => ("unknown_modifier", "a modifier is not known"),
            Self::Condition => ("condition", "the rule stands under a condition, which is not evaluated"),
            Self::Include => ("include", "another file is included, which is not fetched"),
            Self::Directive => ("directive", "the line configures a server and blocks nothing"),
            Self::Member => ("member", "the member of the JSON object is not known"),
            Self::Trigger => ("trigger", "the kind of trigger is not known"),
            Self::AddressTrigger => ("address_trigger", "the address of the trigger is not understood"),
            Self::HostBits => ("host_bits", "the address has bits behind its prefix"),
            Self::Action => ("action", "the action is not known"),
            Self::RecordType => ("record_type", "records of this type are not applied"),
            Self::Class => ("class", "the record is not of the class IN"),
            Self::Record => ("record", "the record is not well formed"),
            Self::Relative => ("relative", "the name is relative to a zone that the text does not name"),
            Self::OutOfZone => ("out_of_zone", "the owner is outside of the zone"),
            Self::Unclosed => ("unclosed", "a quotation mark or parenthesis has no partner"),
            Self::ZoneDirective => ("zone_directive", "the directive of the zone is not followed"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.texts().1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn all_names_every_reason_in_order() {
        for (index, reason) in Reason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, index, "{reason:?}");
        }
    }

    #[test]
    fn keys_are_short_unique_and_fit_for_metrics() {
        let keys: HashSet<_> = Reason::ALL.iter().map(|reason| reason.key()).collect();
        assert_eq!(keys.len(), Reason::ALL.len());
        for key in keys {
            assert!(
                key.len() <= 20 && key.bytes().all(|octet| octet.is_ascii_lowercase() || octet == b'_'),
                "{key}"
            );
        }
    }
}
