//! A line of a plain list: a name on its own, or a hosts entry among names.
//!
//! A comment may stand behind either, after a space: `name # why`. Some publishers write `!` or `;` for `#`; none of
//! the three can begin a name, so there is nothing to confuse.

use super::{Reason, hosts};

/// What a plain line is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// A word where a name should stand.
    Name(&'a [u8]),
    /// An address, and the names behind it.
    Hosts(hosts::Address, &'a [u8]),
    /// Neither.
    Unclear(Reason),
}

/// Tells a name from a hosts entry. `line` is trimmed, not empty and no comment.
pub(super) fn read(line: &[u8]) -> Line<'_> {
    let Some(end) = memchr::memchr2(b' ', b'\t', line) else {
        return Line::Name(line);
    };
    let (word, rest) = (&line[..end], line[end..].trim_ascii_start());
    if matches!(rest.first(), None | Some(b'#' | b'!' | b';')) {
        return Line::Name(word);
    }
    match hosts::address(word) {
        Some(address) => hosts_line(address, rest),
        None => Line::Unclear(Reason::Words),
    }
}

/// A hosts entry without its comment: hosts(5) ends a line at `#`, wherever it stands.
fn hosts_line(address: hosts::Address, rest: &[u8]) -> Line<'_> {
    let end = memchr::memchr(b'#', rest).unwrap_or(rest.len());
    Line::Hosts(address, &rest[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_behind_a_name_is_no_part_of_it() {
        for line in [
            "scam.example",
            "scam.example # why",
            "scam.example\t#why",
            "scam.example ! why",
            "scam.example ;",
        ] {
            assert_eq!(read(line.as_bytes()), Line::Name(b"scam.example"), "{line}");
        }
        assert_eq!(read(b"scam.example#why"), Line::Name(b"scam.example#why"));
    }

    #[test]
    fn only_an_address_makes_a_hosts_entry() {
        let nowhere = hosts::Address::Nowhere;
        assert_eq!(read(b"0.0.0.0 a.example b.example"), Line::Hosts(nowhere, b"a.example b.example"));
        assert_eq!(read(b"::1\ta.example#b"), Line::Hosts(nowhere, b"a.example"));
        assert_eq!(read(b"0.0.0.0 # nothing"), Line::Name(b"0.0.0.0"));
        assert_eq!(read(b"a.example CNAME ."), Line::Unclear(Reason::Words));
        assert_eq!(read(b"404: Not Found"), Line::Unclear(Reason::Words));
    }
}
