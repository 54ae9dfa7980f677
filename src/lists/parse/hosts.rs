//! `ADDRESS NAME [NAME…]`, the format of `/etc/hosts`.
//!
//! Lists use it to say "nowhere" (`0.0.0.0`, `::`) or "this machine" (`127.0.0.1`, `::1`). Any other address sends
//! people to a server that the list's author chose. That is no block, and doing it would be worse than nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Reason, entry};

/// Where a hosts line sends its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Address {
    /// To no server: a block.
    Nowhere,
    /// To a server.
    Elsewhere,
}

/// The address that `word` is, if it is one.
pub(super) fn address(word: &[u8]) -> Option<Address> {
    // These four make up nearly all lines of all lists.
    if matches!(word, b"0.0.0.0" | b"127.0.0.1" | b"::" | b"::1") {
        return Some(Address::Nowhere);
    }
    let address: IpAddr = without_zone(std::str::from_utf8(word).ok()?).parse().ok()?;
    Some(match address.to_canonical() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED | Ipv4Addr::LOCALHOST)
        | IpAddr::V6(Ipv6Addr::UNSPECIFIED | Ipv6Addr::LOCALHOST) => Address::Nowhere,
        _ => Address::Elsewhere,
    })
}

/// An address without its zone: the hosts file of macOS has `fe80::1%lo0`.
fn without_zone(text: &str) -> &str {
    text.split_once('%').map_or(text, |(address, _)| address)
}

/// The names of a hosts line.
pub(super) fn words(names: &[u8]) -> impl Iterator<Item = &[u8]> {
    names.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty())
}

/// Why none of several names may be applied: one of them is not understood, so the line is not.
pub(super) fn spoilt(names: &[u8]) -> Option<Reason> {
    // One name alone, the ordinary case, has nothing to spoil.
    memchr::memchr2(b' ', b'\t', names.trim_ascii())?;
    words(names).find_map(|word| entry::read(word).err().filter(|reason| *reason != Reason::Boilerplate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nowhere_has_many_spellings_and_any_server_is_elsewhere() {
        for word in ["0.0.0.0", "127.0.0.1", "::", "::1", "::0", "0:0:0:0:0:0:0:1", "::ffff:0.0.0.0"] {
            assert_eq!(address(word.as_bytes()), Some(Address::Nowhere), "{word}");
        }
        for word in ["192.0.2.1", "127.0.1.1", "2001:db8::1", "fe80::1%lo0", "255.255.255.255"] {
            assert_eq!(address(word.as_bytes()), Some(Address::Elsewhere), "{word}");
        }
        for word in ["scam.example", "0", "0.0.0", "0.0.0.0.0", "1.2.3.4:80", "[::1]", ""] {
            assert_eq!(address(word.as_bytes()), None, "{word}");
        }
    }

    #[test]
    fn one_name_that_is_not_understood_spoils_the_line() {
        assert_eq!(spoilt(b"a.example b.example"), None);
        assert_eq!(spoilt(b"localhost a.example"), None);
        assert_eq!(spoilt(b"a.example http://b.example/"), Some(Reason::Url));
        assert_eq!(spoilt(b"  http://b.example/ "), None);
    }
}
