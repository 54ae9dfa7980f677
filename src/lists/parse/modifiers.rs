//! What stands behind the `$` of an adblock rule.
//!
//! A modifier narrows or changes its rule. Those that DNS servers know are followed, in any combination:
//!
//! | modifier | here |
//! |---|---|
//! | `$important` | the rule stands above the list's rules without this word |
//! | `$denyallow=a\|b` | names below the rule's own that it spares, with all below them |
//! | `$dnstype=A\|AAAA`, `$dnstype=~CNAME` | the types of query that the rule holds for, or does not |
//! | `$dnsrewrite=…` | a block, where what is written is a refusal: an RCODE without data, or a null address |
//! | `$all` | nothing: it spells out what a DNS block does |
//!
//! `$all` means "every kind of request, the page itself and its pop-ups included", which is just what happens when the
//! name has no address. `$document` does not: it stops people from opening the page but lets other sites load from the
//! name, which a DNS block would not. The same goes for `$popup`, `$third-party` and all others of browsers: applied,
//! they would block more than their author meant.
//!
//! In the products that `$dnsrewrite` comes from, an exception lifts such a rule only if it has that word too. Here it
//! lifts it as any other block, so less is blocked than its author meant, never more.

use super::{Effect, Reason, Types, adblock::Sign, entry, record_types};
use crate::{name::Name, trie::Negative};

/// What the modifiers of a rule say, where all of them are understood.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    /// Whether `$important` is among them.
    pub(super) important: bool,
    /// The types of query that the rule holds for.
    pub(super) types: Option<Types>,
    /// The names that it spares.
    pub(super) spared: Vec<Name>,
    /// What it does, if that is not what its sign says.
    pub(super) effect: Option<Effect<'static>>,
    /// Whether `$all` is among them.
    all: bool,
}

/// The modifiers of a rule, as they are written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Modifiers<'a>(&'a [u8]);

impl<'a> Modifiers<'a> {
    /// Parts a rule into its pattern and its modifiers.
    ///
    /// The first `$` parts them, for no host name has one. Patterns in which a `$` may stand, such as regular
    /// expressions, are not applied whatever their modifiers say.
    pub(super) fn split(rule: &'a [u8]) -> (&'a [u8], Option<Self>) {
        match memchr::memchr(b'$', rule) {
            Some(at) => (&rule[..at], Some(Self(&rule[at + 1..]))),
            None => (rule, None),
        }
    }

    /// Each modifier, trimmed.
    fn each(self) -> impl Iterator<Item = &'a [u8]> {
        self.0.split(|octet| *octet == b',').map(<[u8]>::trim_ascii)
    }

    /// Whether `$badfilter` is among them: the rule is the one to take back, not one to apply.
    pub(super) fn has_badfilter(self) -> bool {
        self.each().any(|modifier| modifier == b"badfilter")
    }

    /// Whether a DNS block does all that they say, without more being known: `$all` alone.
    pub(super) fn are_plain(self) -> bool {
        self.0.trim_ascii() == b"all"
    }

    /// All but `$badfilter`, in an order of their own: rules with equal ones say the same.
    pub(super) fn canonical(self) -> Vec<u8> {
        let mut others: Vec<_> = self.each().filter(|modifier| *modifier != b"badfilter").collect();
        others.sort_unstable();
        others.join(&b',')
    }

    /// What they say of a rule for `name`, or why the rule cannot be applied.
    pub(super) fn options(self, sign: Sign, name: &Name) -> Result<Options, Reason> {
        let mut options = Options::default();
        for modifier in self.each() {
            options.add(modifier, sign, name)?;
        }
        Ok(options)
    }
}

impl Options {
    /// Follows one modifier. What stands there twice is odd enough to be left alone.
    fn add(&mut self, modifier: &[u8], sign: Sign, name: &Name) -> Result<(), Reason> {
        let (word, value) = match memchr::memchr(b'=', modifier) {
            Some(at) => (&modifier[..at], Some(&modifier[at + 1..])),
            None => (modifier, None),
        };
        match (word, value, sign) {
            (b"important", None, _) if !self.important => self.important = true,
            (b"all", None, Sign::Block) if !self.all => self.all = true,
            (b"dnstype", Some(value), _) if self.types.is_none() => {
                self.types = Some(types(value).ok_or(Reason::Dnstype)?);
            }
            (b"denyallow", Some(value), Sign::Block) if self.spared.is_empty() => {
                self.spared = spared(value, name).ok_or(Reason::Denyallow)?;
            }
            (b"dnsrewrite", Some(value), Sign::Block) if self.effect.is_none() => {
                self.effect = Some(refusal(value).ok_or(Reason::Dnsrewrite)?);
            }
            _ => return Err(reason_of(word)),
        }
        Ok(())
    }
}

/// The types of `$dnstype`: all of them named, or all of them left out. Mixed, they say nothing that is sure.
fn types(value: &[u8]) -> Option<Types> {
    let except = value.starts_with(b"~");
    let number = |word: &[u8]| match word.strip_prefix(b"~") {
        Some(word) if except => record_types::number(word),
        None if !except => record_types::number(word),
        _ => None,
    };
    let named: Option<Vec<u16>> = value.split(|octet| *octet == b'|').map(number).collect();
    let mut named = named?;
    named.sort_unstable();
    named.dedup();
    Some(Types { named, except })
}

/// The names of `$denyallow`, if all are below the rule's. Whoever names others has something else in mind: in a
/// browser, the word speaks of where a page may load from.
fn spared(value: &[u8], name: &Name) -> Option<Vec<Name>> {
    let read = |word: &[u8]| {
        let spared = entry::read_name(word).ok()?;
        (spared.is_at_or_below(name) && spared != *name).then_some(spared)
    };
    value.split(|octet| *octet == b'|').map(read).collect()
}

/// What `$dnsrewrite` does, if it is a refusal: an RCODE alone, or in the form `RCODE;TYPE;VALUE`.
fn refusal(value: &[u8]) -> Option<Effect<'static>> {
    let parts: Vec<&[u8]> = value.splitn(4, |octet| *octet == b';').collect();
    match parts[..] {
        [b"0.0.0.0" | b"::"] => Some(Effect::Block),
        // In small letters it would be a name.
        [rcode] => negative(rcode),
        [rcode, b"", b""] => negative(&rcode.to_ascii_uppercase()),
        [rcode, rtype, address] if rcode.eq_ignore_ascii_case(b"NOERROR") => {
            let null = match address {
                b"0.0.0.0" => rtype.eq_ignore_ascii_case(b"A"),
                b"::" => rtype.eq_ignore_ascii_case(b"AAAA"),
                _ => false,
            };
            null.then_some(Effect::Block)
        }
        _ => None,
    }
}

/// What an answer with this RCODE and no data is.
fn negative(rcode: &[u8]) -> Option<Effect<'static>> {
    match rcode {
        b"NXDOMAIN" => Some(Effect::Negative(Negative::Nxdomain)),
        b"NOERROR" => Some(Effect::Negative(Negative::Nodata)),
        b"REFUSED" => Some(Effect::Negative(Negative::Refused)),
        // A failure is no answer that a block gives: clients would ask again and again.
        b"SERVFAIL" => Some(Effect::Block),
        _ => None,
    }
}

/// Why a modifier cannot be followed.
fn reason_of(word: &[u8]) -> Reason {
    let word = word.strip_prefix(b"~").unwrap_or(word);
    match word {
        b"badfilter" => Reason::Badfilter,
        b"denyallow" => Reason::Denyallow,
        b"dnstype" => Reason::Dnstype,
        b"dnsrewrite" => Reason::Dnsrewrite,
        b"client" | b"ctag" => Reason::Client,
        _ if OF_BROWSERS.contains(&word) => Reason::BrowserModifier,
        _ => Reason::UnknownModifier,
    }
}

/// Modifiers of adblockers in browsers: what is asked for, by which page, and what to do with the answer.
const OF_BROWSERS: [&[u8]; 58] = [
    b"1p",
    b"3p",
    b"app",
    b"content",
    b"cookie",
    b"css",
    b"csp",
    b"doc",
    b"document",
    b"domain",
    b"ehide",
    b"elemhide",
    b"empty",
    b"extension",
    b"first-party",
    b"font",
    b"frame",
    b"from",
    b"generichide",
    b"ghide",
    b"header",
    b"hls",
    b"image",
    b"inline-font",
    b"inline-script",
    b"ipaddress",
    b"jsinject",
    b"match-case",
    b"media",
    b"method",
    b"mp4",
    b"network",
    b"object",
    b"other",
    b"permissions",
    b"ping",
    b"popunder",
    b"popup",
    b"reason",
    b"redirect",
    b"redirect-rule",
    b"removeheader",
    b"removeparam",
    b"replace",
    b"script",
    b"shide",
    b"specifichide",
    b"stealth",
    b"strict1p",
    b"strict3p",
    b"stylesheet",
    b"subdocument",
    b"third-party",
    b"to",
    b"urlblock",
    b"webrtc",
    b"websocket",
    b"xmlhttprequest",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn options(modifiers: &str) -> Result<Options, Reason> {
        let name = "scam.example".parse().unwrap();
        Modifiers(modifiers.as_bytes()).options(Sign::Block, &name)
    }

    #[test]
    fn what_dns_servers_know_is_followed_in_any_combination() {
        let some =
            options("all,important, dnstype=aaaa|A|A ,denyallow=a.scam.example|b.scam.example").unwrap();
        assert!(some.important && some.all && some.effect.is_none());
        assert_eq!(some.types, Some(Types { named: vec![1, 28], except: false }));
        assert_eq!(some.spared, ["a.scam.example".parse().unwrap(), "b.scam.example".parse().unwrap()]);
        let others = options("dnsrewrite=NXDOMAIN,dnstype=~CNAME|~TXT").unwrap();
        assert_eq!(others.types, Some(Types { named: vec![5, 16], except: true }));
        assert_eq!(others.effect, Some(Effect::Negative(Negative::Nxdomain)));
        assert_eq!(options("all").map(|options| options.effect), Ok(None));
    }

    #[test]
    fn what_is_not_understood_says_why() {
        for (modifiers, reason) in [
            ("", Reason::UnknownModifier),
            ("all,all", Reason::UnknownModifier),
            ("important,important", Reason::UnknownModifier),
            ("important=1", Reason::UnknownModifier),
            ("~important", Reason::UnknownModifier),
            ("ALL", Reason::UnknownModifier),
            ("~all", Reason::UnknownModifier),
            ("all,domain=a.example", Reason::BrowserModifier),
            ("important,doc", Reason::BrowserModifier),
            ("document,popup", Reason::BrowserModifier),
            ("~third-party", Reason::BrowserModifier),
            ("ipaddress=192.0.2.1", Reason::BrowserModifier),
            ("denyallow", Reason::Denyallow),
            ("denyallow=", Reason::Denyallow),
            ("denyallow=scam.example", Reason::Denyallow),
            ("denyallow=a.scam.example|b.example", Reason::Denyallow),
            ("denyallow=~a.scam.example", Reason::Denyallow),
            ("denyallow=*.scam.example", Reason::Denyallow),
            ("denyallow=a.scam.example,denyallow=b.scam.example", Reason::Denyallow),
            ("dnstype", Reason::Dnstype),
            ("dnstype=", Reason::Dnstype),
            ("dnstype=A|~AAAA", Reason::Dnstype),
            ("dnstype=~A|AAAA", Reason::Dnstype),
            ("dnstype=A|WHAT", Reason::Dnstype),
            ("dnstype=A,dnstype=AAAA", Reason::Dnstype),
            ("dnstype=~CNAME,denyallow=a.example", Reason::Denyallow),
            ("client=192.0.2.1", Reason::Client),
            ("ctag=device_pc", Reason::Client),
            ("badfilter", Reason::Badfilter),
            ("something-new", Reason::UnknownModifier),
        ] {
            assert_eq!(options(modifiers), Err(reason), "{modifiers}");
        }
    }

    #[test]
    fn of_rewrites_only_refusals_are_followed() {
        for (value, effect) in [
            ("NXDOMAIN", Effect::Negative(Negative::Nxdomain)),
            ("NXDOMAIN;;", Effect::Negative(Negative::Nxdomain)),
            ("nxdomain;;", Effect::Negative(Negative::Nxdomain)),
            ("REFUSED", Effect::Negative(Negative::Refused)),
            ("REFUSED;;", Effect::Negative(Negative::Refused)),
            ("NOERROR", Effect::Negative(Negative::Nodata)),
            ("NOERROR;;", Effect::Negative(Negative::Nodata)),
            ("SERVFAIL", Effect::Block),
            ("0.0.0.0", Effect::Block),
            ("::", Effect::Block),
            ("NOERROR;A;0.0.0.0", Effect::Block),
            ("noerror;aaaa;::", Effect::Block),
        ] {
            assert_eq!(refusal(value.as_bytes()), Some(effect), "{value}");
        }
        for value in [
            "",
            "nxdomain",
            "192.0.2.1",
            "127.0.0.1",
            "other.example",
            "NOERROR;A;192.0.2.1",
            "NOERROR;A;::",
            "NOERROR;AAAA;0.0.0.0",
            "NOERROR;A;",
            "NOERROR;CNAME;other.example",
            "NXDOMAIN;A;0.0.0.0",
            "NXDOMAIN;",
            "NXDOMAIN;;;",
            "FORMERR",
        ] {
            assert_eq!(refusal(value.as_bytes()), None, "{value}");
            assert_eq!(options(&format!("dnsrewrite={value}")), Err(Reason::Dnsrewrite), "{value}");
        }
    }

    #[test]
    fn badfilter_is_found_among_others() {
        let has = |rule: &str| Modifiers::split(rule.as_bytes()).1.is_some_and(Modifiers::has_badfilter);
        assert!(has("||a.example^$badfilter") && has("||a.example^$all, badfilter") && has("*$badfilter"));
        assert!(!has("||a.example^$domain=badfilter.example") && !has("||badfilter.example^"));
        assert_eq!(Modifiers(b"b, badfilter,a=x|y").canonical(), b"a=x|y,b");
    }
}
