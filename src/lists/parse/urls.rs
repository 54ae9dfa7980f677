//! A feed of URLs. The DNS sees their hosts alone, so a rule speaks of the host, and only where the URL speaks of it
//! too.
//!
//! | URL | rule |
//! |---|---|
//! | `http://host`, `https://host/`, also with a port or a user's name | the host |
//! | `https://host/path?query#part` | the host, unless many share it: such a page says nothing of the others |
//! | the same with a port | none: another server may be behind it |
//! | `http://192.0.2.1/` | none: there is no name |
//!
//! Plain hosts may stand among the URLs. A host is meant alone: nobody has seen what is below it.

use super::{Reason, domains, entry};
use crate::{lists::suffixes, name::Name};

/// Reads a line: the host that it speaks of.
pub(super) fn read(line: &[u8]) -> Result<entry::Entry, Reason> {
    let word = match domains::read(line) {
        domains::Line::Name(word) => word,
        domains::Line::Hosts(..) => return Err(Reason::Words),
        domains::Line::Unclear(reason) => return Err(reason),
    };
    match after_scheme(word) {
        Some(rest) => host(rest).map(|name| entry::Entry { name, below: false }),
        None => entry::read(word),
    }
}

/// What stands behind `http://` or `https://`.
pub(super) fn after_scheme(text: &[u8]) -> Option<&[u8]> {
    const SCHEMES: [&[u8]; 2] = [b"http://", b"https://"];
    let begins =
        |scheme: &&[u8]| text.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme));
    SCHEMES.iter().find(|scheme| begins(scheme)).map(|scheme| &text[scheme.len()..])
}

/// The host of a URL without its scheme, if a rule for the host says what the URL says.
fn host(rest: &[u8]) -> Result<Name, Reason> {
    // Browsers take a backslash for a slash (WHATWG URL).
    let ends = |octet: &u8| matches!(octet, b'/' | b'\\' | b'?' | b'#');
    let (authority, path) = rest.split_at(rest.iter().position(ends).unwrap_or(rest.len()));
    // A user's name stands in front of the last `@`, and may be made to look like a host.
    let host = memchr::memrchr(b'@', authority).map_or(authority, |at| &authority[at + 1..]);
    let (host, port) = match memchr::memrchr(b':', host) {
        Some(at) if !host.starts_with(b"[") => (&host[..at], Some(&host[at + 1..])),
        _ => (host, None),
    };
    let name = entry::read_name(host)?;
    match port {
        Some(port) if !port.iter().all(u8::is_ascii_digit) => Err(Reason::Character),
        _ if path.is_empty() || path == b"/" => Ok(name),
        Some(_) => Err(Reason::Port),
        None if suffixes::is_shared(&name) => Err(Reason::Path),
        None => Ok(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Result<String, Reason> {
        read(text.as_bytes()).map(|entry| format!("{}{}", if entry.below { "*." } else { "" }, entry.name))
    }

    #[test]
    fn a_host_is_read_where_the_url_speaks_of_it() {
        for (text, host) in [
            ("http://scam.example", "scam.example"),
            ("HTTPS://Scam.Example./", "scam.example"),
            ("http://scam.example:8080/", "scam.example"),
            ("http://scam.example:", "scam.example"),
            ("https://bank.example@scam.example/", "scam.example"),
            ("https://bank.example:443@evil@scam.example:80", "scam.example"),
            ("https://偽.example/", "xn--czq.example"),
            ("https://scam.example/log-in.php?id=1", "scam.example"),
            ("https://scam.example?id=1", "scam.example"),
            ("https://scam.example/ # why", "scam.example"),
            ("https://tenant.pages.dev/", "tenant.pages.dev"),
            ("scam.example", "scam.example"),
            ("*.scam.example", "*.scam.example"),
        ] {
            assert_eq!(line(text).as_deref(), Ok(host), "{text}");
        }
    }

    #[test]
    fn a_url_that_says_more_or_less_than_a_host_is_counted() {
        for (text, reason) in [
            ("https://tenant.pages.dev/log-in", Reason::Path),
            ("https://bit.ly/abc", Reason::Path),
            ("https://bit.ly/#abc", Reason::Path),
            ("https://bit.ly\\abc", Reason::Path),
            ("https://scam.example:8080/path", Reason::Port),
            ("https://scam.example:x/", Reason::Character),
            ("http://192.0.2.1/path", Reason::Address),
            ("http://192.0.2.1:8080", Reason::Address),
            ("http://[2001:db8::1]:80/", Reason::Address),
            ("http://0x7f.1/", Reason::Address),
            ("http://example/", Reason::TopLevel),
            ("http:///path", Reason::EmptyLabel),
            ("http://*.scam.example/", Reason::Wildcard),
            ("http://scam%2eexample/", Reason::Character),
            ("ftp://scam.example/", Reason::Url),
            ("hxxp://scam.example/", Reason::Url),
            ("https://http://scam.example/", Reason::TopLevel),
            ("scam.example/path", Reason::Path),
            ("scam.example:80", Reason::Port),
            ("0.0.0.0 scam.example", Reason::Words),
            ("https://scam.example/a b", Reason::Words),
        ] {
            assert_eq!(line(text), Err(reason), "{text}");
        }
    }
}
