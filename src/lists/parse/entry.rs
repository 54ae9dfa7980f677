//! The name of an entry: what every format writes, and every way of writing something else there.

use std::net::Ipv6Addr;

use idna::{
    AsciiDenyList,
    uts46::{DnsLength, Hyphens, Uts46},
};

use super::Reason;
use crate::{
    name::{Name, NameError},
    trie::Scope,
};

/// A name as it was written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The name, without a leading `*.`.
    pub(super) name: Name,
    /// Whether `*.` stood in front.
    pub(super) below: bool,
}

impl Entry {
    /// The scope of this entry, where a bare name has the scope `own`.
    pub(super) fn scope(&self, own: Scope) -> Scope {
        if self.below { Scope::Below } else { own }
    }
}

/// Reads a name, or `*.` and a name.
pub(super) fn read(text: &[u8]) -> Result<Entry, Reason> {
    let (below, text) = text.strip_prefix(b"*.").map_or((false, text), |rest| (true, rest));
    Ok(Entry { name: read_name(text)?, below })
}

/// Reads a name that a list may block: in A-labels, of two labels at least.
pub(super) fn read_name(text: &[u8]) -> Result<Name, Reason> {
    let name = read_any_name(text)?;
    why_no_rule(&name).map_or(Ok(name), Err)
}

/// Reads a name that an exception may lift: a whole top-level domain as well, since that takes nothing from anybody.
pub(super) fn read_excepted_name(text: &[u8]) -> Result<Name, Reason> {
    let name = read_any_name(text)?;
    match why_no_rule(&name) {
        None | Some(Reason::TopLevel) if !name.is_root() => Ok(name),
        reason => Err(reason.unwrap_or(Reason::TopLevel)),
    }
}

/// Why a name from a master file, which can write any octet, is not one for a list to decide on.
pub(super) fn why_no_trigger(name: &Name) -> Option<Reason> {
    let of_hosts = |octet: &u8| *octet != b'.' && OF_NAMES[usize::from(*octet)];
    if name.labels_from_root().all(|label| label.iter().all(of_hosts)) {
        why_no_rule(name)
    } else {
        Some(why_no_name(name.to_string().as_bytes()))
    }
}

fn read_any_name(text: &[u8]) -> Result<Name, Reason> {
    let (mut plain, mut ascii) = (true, true);
    for &octet in text {
        plain &= OF_NAMES[usize::from(octet)];
        ascii &= octet.is_ascii();
    }
    match (plain, ascii) {
        (true, _) => from_ascii(text),
        (false, true) => Err(why_no_name(text)),
        (false, false) => from_unicode(text),
    }
}

/// Why a name is not one for a list to decide on.
fn why_no_rule(name: &Name) -> Option<Reason> {
    let last = name.label(name.label_count().saturating_sub(1)).unwrap_or_default();
    if name.label_count() < 2 {
        Some(if OF_HOSTS_FILES.contains(&last) { Reason::Boilerplate } else { Reason::TopLevel })
    } else if last.starts_with(b"localdomain") || name.wire() == b"\x010\x010\x010\x010\0" {
        Some(Reason::Boilerplate)
    } else {
        is_number(last).then_some(Reason::Address)
    }
}

/// Single names that stand in hosts files of old. Beside them there are `localhost.localdomain`,
/// `localhost4.localdomain4`, and in some lists `0.0.0.0 0.0.0.0`.
const OF_HOSTS_FILES: [&[u8]; 10] = [
    b"localhost",
    b"local",
    b"broadcasthost",
    b"ip6-localhost",
    b"ip6-loopback",
    b"ip6-localnet",
    b"ip6-mcastprefix",
    b"ip6-allnodes",
    b"ip6-allrouters",
    b"ip6-allhosts",
];

/// Octets that stand in the names of real hosts: letters, digits, the hyphen wherever it stands, the dot, and the
/// underscore, which RFC 952 does not know but RFC 2181 §11 allows and thousands of listed names have.
const OF_NAMES: [bool; 256] = {
    let mut of_names = [false; 256];
    let mut octet = 0_u8;
    while octet < 128 {
        of_names[octet as usize] = octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_');
        octet += 1;
    }
    of_names
};

/// Reads text that consists of [`OF_NAMES`].
fn from_ascii(text: &[u8]) -> Result<Name, Reason> {
    let text = std::str::from_utf8(text).map_err(|_| Reason::Encoding)?;
    text.parse().map_err(|error| match error {
        NameError::LabelTooLong | NameError::TooLong => Reason::NameTooLong,
        NameError::EmptyLabel => Reason::EmptyLabel,
        _ => Reason::Character,
    })
}

/// Reads a name beyond ASCII the way browsers do (UTS 46, not transitional), so that the rule meets the query that a
/// click on such a name makes.
fn from_unicode(text: &[u8]) -> Result<Name, Reason> {
    let text = std::str::from_utf8(text).map_err(|_| Reason::Encoding)?.trim();
    if text.bytes().any(|octet| octet.is_ascii() && !OF_NAMES[usize::from(octet)]) {
        return Err(why_no_name(text.as_bytes()));
    }
    let mapped = Uts46::new()
        .to_ascii(text.as_bytes(), AsciiDenyList::EMPTY, Hyphens::Allow, DnsLength::Ignore)
        .map_err(|_| Reason::Idna)?;
    // The mapping turns full-width signs such as U+FF0F into the signs themselves. What is no name then was none.
    if mapped.bytes().all(|octet| OF_NAMES[usize::from(octet)]) {
        from_ascii(mapped.as_bytes())
    } else {
        Err(why_no_name(mapped.as_bytes()))
    }
}

/// Whether a last label is a number, which makes the whole an IPv4 address to a browser and no name (WHATWG URL,
/// "ends in a number").
fn is_number(label: &[u8]) -> bool {
    let digits = label.strip_prefix(b"0x").filter(|hex| hex.iter().all(u8::is_ascii_hexdigit));
    digits.is_some() || label.iter().all(u8::is_ascii_digit)
}

/// What stands where a name should.
pub(super) fn why_no_name(text: &[u8]) -> Reason {
    let parsed = std::str::from_utf8(text).unwrap_or_default();
    if memchr::memmem::find(text, b"://").is_some() || text.starts_with(b"//") {
        Reason::Url
    } else if text.starts_with(b"[") || parsed.parse::<Ipv6Addr>().is_ok() {
        Reason::Address
    } else if memchr::memchr2(b'/', b'?', text).is_some() {
        Reason::Path
    } else if memchr::memchr(b'*', text).is_some() {
        Reason::Wildcard
    } else if parsed.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
        Reason::Port
    } else {
        Reason::Character
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Result<String, Reason> {
        read(text.as_bytes()).map(|entry| format!("{}{}", if entry.below { "*." } else { "" }, entry.name))
    }

    #[test]
    fn names_are_lower_cased_and_turned_into_a_labels() {
        for (text, read) in [
            ("Scam.Example.", "scam.example"),
            ("_dmarc.a_b.-c-.example", "_dmarc.a_b.-c-.example"),
            ("0.0.0.0scam.example", "0.0.0.0scam.example"),
            ("*.scam.example", "*.scam.example"),
            ("偽.example", "xn--czq.example"),
            ("偽。example。", "xn--czq.example"),
            ("straße.example", "xn--strae-oqa.example"),
            ("𝓼cam.example\u{A0}", "scam.example"),
            ("ＳＣＡＭ.example", "scam.example"),
        ] {
            assert_eq!(name(text).as_deref(), Ok(read), "{text}");
        }
    }

    #[test]
    fn what_is_no_name_says_why() {
        let (label, long) = ("a".repeat(64), ["a"; 128].join("."));
        for (text, reason) in [
            ("example", Reason::TopLevel),
            ("*.example", Reason::TopLevel),
            (".", Reason::TopLevel),
            ("", Reason::EmptyLabel),
            (".scam.example", Reason::EmptyLabel),
            ("scam..example", Reason::EmptyLabel),
            ("192.0.2.1", Reason::Address),
            ("1.2.3.0x4", Reason::Address),
            ("2001:db8::1", Reason::Address),
            ("[2001:db8::1]", Reason::Address),
            ("http://scam.example/", Reason::Url),
            ("www.http://scam.example/", Reason::Url),
            ("scam.example/path", Reason::Path),
            ("scam.example?query", Reason::Path),
            ("scam.example／path", Reason::Path),
            ("scam.example:8080", Reason::Port),
            ("192.0.2.1:80", Reason::Port),
            ("scam.exampleshttp:", Reason::Character),
            ("scam.*", Reason::Wildcard),
            ("a.*.example", Reason::Wildcard),
            ("*.*.example", Reason::Wildcard),
            ("%20scam.example", Reason::Character),
            ("user@scam.example", Reason::Character),
            ("\"scam.example\",", Reason::Character),
            ("scam\\.example", Reason::Character),
            ("偽@scam.example", Reason::Character),
            ("scam\0.example", Reason::Character),
            ("\u{FFFD}.example", Reason::Idna),
            ("LocalHost.LocalDomain.", Reason::Boilerplate),
            ("ip6-AllNodes", Reason::Boilerplate),
            ("0.0.0.0", Reason::Boilerplate),
            (&format!("{label}.example"), Reason::NameTooLong),
            (&long, Reason::NameTooLong),
        ] {
            assert_eq!(name(text), Err(reason), "{text}");
        }
        assert_eq!(read(b"scam\xFF.example"), Err(Reason::Encoding));
    }
}
