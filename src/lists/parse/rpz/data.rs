//! A record's type and data, from text to wire form.
//!
//! Read here is what local data of policy zones consists of: addresses, names, mail, services and text, and the form
//! of RFC 3597 for all others. What else has a form of its own is counted rather than half understood.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{
    super::{Reason, record_types},
    names,
    records::Word,
};
use crate::name::Name;

/// The longest text in a TXT record, in octets (RFC 1035 §3.3).
const MAX_TEXT_OCTETS: usize = 255;

/// Reads the name of a type, or `TYPE` and its number (RFC 3597 §5).
pub(super) fn rtype(text: &[u8]) -> Option<u16> {
    record_types::number(text).or_else(|| {
        let (head, number) = text.split_at_checked(4)?;
        head.eq_ignore_ascii_case(b"TYPE").then(|| decimal(number))?
    })
}

/// Reads a record's data.
pub(super) fn read(rtype: u16, words: &[Word<'_>], origin: Option<&Name>) -> Result<Vec<u8>, Reason> {
    if words.first().is_some_and(|word| !word.quoted && word.text == b"\\#") {
        return generic(rtype, &words[1..]);
    }
    match (rtype, words) {
        (1, [word]) => Ok(address::<Ipv4Addr>(*word)?.octets().into()),
        (28, [word]) => Ok(address::<Ipv6Addr>(*word)?.octets().into()),
        (5 | 12, [word]) => numbers_and_name(&[], *word, origin),
        (15, [preference, word]) => numbers_and_name(&[*preference], *word, origin),
        (33, [priority, weight, port, word]) => numbers_and_name(&[*priority, *weight, *port], *word, origin),
        (16, [_, ..]) => texts(words),
        (1 | 5 | 12 | 15 | 16 | 28 | 33, _) => Err(Reason::Record),
        _ => Err(Reason::RecordType),
    }
}

/// Reads an address.
fn address<T: std::str::FromStr>(word: Word<'_>) -> Result<T, Reason> {
    let text = std::str::from_utf8(word.text).map_err(|_| Reason::Record)?;
    text.parse().map_err(|_| Reason::Record)
}

/// Reads numbers of 16 bits and a name behind them.
fn numbers_and_name(numbers: &[Word<'_>], name: Word<'_>, origin: Option<&Name>) -> Result<Vec<u8>, Reason> {
    let mut data = Vec::new();
    for number in numbers {
        data.extend(decimal(number.text).ok_or(Reason::Record)?.to_be_bytes());
    }
    data.extend_from_slice(names::target(name, origin)?.wire());
    Ok(data)
}

/// Reads the texts of a TXT record.
fn texts(words: &[Word<'_>]) -> Result<Vec<u8>, Reason> {
    let mut data = Vec::new();
    for word in words {
        let start = data.len();
        data.push(0);
        unescape(word.text, &mut data)?;
        let length = data.len() - start - 1;
        if length > MAX_TEXT_OCTETS {
            return Err(Reason::Record);
        }
        data[start] = length as u8;
    }
    Ok(data)
}

/// Adds `text` to `data`, with `\DDD` as an octet and any other `\X` as `X` (RFC 1035 §5.1).
fn unescape(text: &[u8], data: &mut Vec<u8>) -> Result<(), Reason> {
    let mut rest = text;
    while let Some((&first, behind)) = rest.split_first() {
        rest = behind;
        if first != b'\\' {
            data.push(first);
        } else if rest.first().is_some_and(u8::is_ascii_digit) {
            let (digits, behind) = rest.split_at_checked(3).ok_or(Reason::Record)?;
            let octet = decimal(digits).and_then(|number| u8::try_from(number).ok());
            data.push(octet.ok_or(Reason::Record)?);
            rest = behind;
        } else {
            let (&meant, behind) = rest.split_first().ok_or(Reason::Record)?;
            data.push(meant);
            rest = behind;
        }
    }
    Ok(())
}

/// Reads `\# LENGTH HEXADECIMAL` (RFC 3597 §5), for what has no form of its own here, and where it is easily seen to
/// be whole.
fn generic(rtype: u16, words: &[Word<'_>]) -> Result<Vec<u8>, Reason> {
    let (length, digits) = words.split_first().ok_or(Reason::Record)?;
    let digits: Vec<u8> = digits.iter().flat_map(|word| word.text).copied().collect();
    let data = data_encoding::HEXLOWER_PERMISSIVE.decode(&digits).map_err(|_| Reason::Record)?;
    let whole = decimal(length.text).is_some_and(|length| usize::from(length) == data.len());
    let sound = match rtype {
        1 => data.len() == 4,
        28 => data.len() == 16,
        5 | 12 => Name::from_wire(&data).is_ok_and(|(_, taken)| taken == data.len()),
        15 | 16 | 33 => false,
        _ => true,
    };
    if whole && sound { Ok(data) } else { Err(Reason::Record) }
}

/// Reads a number of 16 bits.
fn decimal(text: &[u8]) -> Option<u16> {
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(text).ok().filter(|_| digits)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(rtype: u16, words: &str) -> Result<Vec<u8>, Reason> {
        let words: Vec<_> =
            words.split_whitespace().map(|word| Word { text: word.as_bytes(), quoted: false }).collect();
        read(rtype, &words, Some(&"rpz.example".parse().unwrap()))
    }

    #[test]
    fn data_is_turned_into_wire_form() {
        for (rtype, words, wire) in [
            (1, "192.0.2.1", &[192, 0, 2, 1][..]),
            (28, "2001:db8::1", &[0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
            (5, "Garden.Example.", b"\x06garden\x07example\0"),
            (5, "*.garden.example.", b"\x01*\x06garden\x07example\0"),
            (12, "a", b"\x01a\x03rpz\x07example\0"),
            (15, "10 mx.example.", b"\0\x0A\x02mx\x07example\0"),
            (33, "1 2 443 a.example.", b"\0\x01\0\x02\x01\xBB\x01a\x07example\0"),
            (16, "one t\\w\\111 \\\"", b"\x03one\x03two\x01\""),
            (1, "\\# 4 c000 0201", &[192, 0, 2, 1]),
            (5, "\\# 3 016100", b"\x01a\0"),
            (65, "\\# 3 000100", b"\0\x01\0"),
            (65280, "\\# 0", b""),
        ] {
            assert_eq!(data(rtype, words).as_deref(), Ok(wire), "{rtype} {words}");
        }
    }

    #[test]
    fn data_that_is_not_understood_says_why() {
        let long = "x".repeat(MAX_TEXT_OCTETS + 1);
        for (rtype, words, reason) in [
            (1, "192.0.2", Reason::Record),
            (1, "192.0.2.1 192.0.2.2", Reason::Record),
            (1, "", Reason::Record),
            (5, "a. b.", Reason::Record),
            (5, "a..b.", Reason::EmptyLabel),
            (15, "65536 mx.example.", Reason::Record),
            (15, "mx.example.", Reason::Record),
            (16, "", Reason::Record),
            (16, "x\\25", Reason::Record),
            (16, "x\\256", Reason::Record),
            (16, &long, Reason::Record),
            (65, "1 . alpn=h2", Reason::RecordType),
            (1, "\\# 5 c000020101", Reason::Record),
            (1, "\\# 4 c00002", Reason::Record),
            (5, "\\# 2 0161", Reason::Record),
            (16, "\\# 2 0161", Reason::Record),
            (65280, "\\#", Reason::Record),
            (65280, "\\# 1 0g", Reason::Record),
        ] {
            assert_eq!(data(rtype, words), Err(reason), "{rtype} {words}");
        }
    }

    #[test]
    fn types_have_names_and_numbers() {
        for (text, number) in
            [("a", Some(1)), ("CName", Some(5)), ("TYPE65280", Some(65280)), ("type1", Some(1))]
        {
            assert_eq!(rtype(text.as_bytes()), number, "{text}");
        }
        for text in ["TYPE", "TYPE65536", "TYPE-1", "DOMAIN", "IN", "", "é"] {
            assert_eq!(rtype(text.as_bytes()), None, "{text}");
        }
    }
}
