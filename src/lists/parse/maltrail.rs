//! Trails of maltrail: what traffic with a threat looks like, one on each line. Of names, a rule speaks of the name and
//! all below, as maltrail does; addresses (`http://192.0.2.1`, `192.0.2.1:8080`, `192.0.2.0/24`), paths and regular
//! expressions are for those who see more than the DNS.

use std::net::IpAddr;

use super::{Reason, entry, urls};

/// Reads a line.
pub(super) fn read(line: &[u8]) -> Result<entry::Entry, Reason> {
    // maltrail cuts a line at any `#`; what stands in front of one without a space is no name in any case.
    let line = line[..memchr::memchr(b'#', line).unwrap_or(line.len())].trim_ascii_end();
    if line.starts_with(b"/") {
        return Err(Reason::Path);
    }
    if is_address(line) {
        return Err(Reason::Address);
    }
    if line.iter().any(|octet| OF_EXPRESSIONS.contains(octet)) {
        return Err(Reason::Regex);
    }
    if line.contains(&b' ') || line.contains(&b'\t') {
        return Err(Reason::Words);
    }
    // A wildcard is none of maltrail's forms.
    entry::read_name(line).map(|name| entry::Entry { name, below: false })
}

/// Signs that only a regular expression has.
const OF_EXPRESSIONS: &[u8] = b"\\[](){}|^$+";

/// Whether the host of a trail is an address.
fn is_address(line: &[u8]) -> bool {
    let rest = urls::after_scheme(line).unwrap_or(line);
    let end = rest.iter().position(|octet| matches!(octet, b':' | b'/')).unwrap_or(rest.len());
    let parses = |text: &[u8]| std::str::from_utf8(text).is_ok_and(|text| text.parse::<IpAddr>().is_ok());
    parses(&rest[..end]) || parses(rest) || rest.starts_with(b"[") && rest.contains(&b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_are_rules() {
        for (text, expected) in [
            ("scam.example", Ok("scam.example")),
            ("Scam.Example", Ok("scam.example")),
            ("xn--czq.example    # was: 偽.example", Ok("xn--czq.example")),
            ("http://192.0.2.1", Err(Reason::Address)),
            ("http://192.0.2.1:8080/path", Err(Reason::Address)),
            ("192.0.2.1:8080", Err(Reason::Address)),
            ("192.0.2.1", Err(Reason::Address)),
            ("192.0.2.0/24", Err(Reason::Address)),
            ("192.0.2.1/path", Err(Reason::Address)),
            ("2001:db8::1", Err(Reason::Address)),
            ("[2001:db8::1]:80", Err(Reason::Address)),
            ("/path/index.php", Err(Reason::Path)),
            ("/scam[0-9]+/", Err(Reason::Path)),
            ("scam.example/path", Err(Reason::Path)),
            ("scam.example:8080", Err(Reason::Port)),
            ("http://scam.example", Err(Reason::Url)),
            ("0ba[0-9]{8,15}\\.example", Err(Reason::Regex)),
            ("*.scam.example", Err(Reason::Wildcard)),
            (".scam.example", Err(Reason::EmptyLabel)),
            ("scam", Err(Reason::TopLevel)),
            ("0.0.0.0 scam.example", Err(Reason::Words)),
        ] {
            let found = read(text.as_bytes()).map(|entry| entry.name.to_string());
            assert_eq!(found.as_deref().map_err(|reason| *reason), expected, "{text}");
        }
    }
}
