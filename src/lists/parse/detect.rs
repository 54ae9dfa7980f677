//! What a text is before its lines are read: no list at all, or a list of some format.

use super::{Format, ParseError, adblock, hosts, lines};

/// Refuses what is no list: nothing, a web page, binary data.
///
/// Publishers ship empty files, and error pages and captive portals come with status 200. Read leniently, such a
/// page would yield few rules or strange ones, and the good copy of yesterday would be lost.
pub(super) fn refuse(text: &[u8]) -> Result<(), ParseError> {
    if is_binary(text) {
        return Err(ParseError::Binary);
    }
    let mut written = lines(text).filter(|line| !line.is_empty()).take(MARKUP_LINES);
    let first = written.next().ok_or(ParseError::Empty)?;
    // No format begins an entry with this sign, so on the first line it decides alone.
    if first.starts_with(b"<") || written.any(begins_page) {
        return Err(ParseError::Markup);
    }
    Ok(())
}

/// How many lines are searched for the beginning of a web page: some proxies put their own lines in front.
const MARKUP_LINES: usize = 20;

/// Whether a line begins a web page.
fn begins_page(line: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 2] = [b"<!doctype", b"<html"];
    BEGINNINGS
        .iter()
        .any(|beginning| line.get(..beginning.len()).is_some_and(|head| head.eq_ignore_ascii_case(beginning)))
}

/// Whether `text` is not text. Compressed data has a NUL in 256 octets and UTF-16 one in two; a list damaged by a
/// few NULs still counts as text, and only those lines are lost.
fn is_binary(text: &[u8]) -> bool {
    let head = &text[..text.len().min(BINARY_OCTETS)];
    let nuls = memchr::memchr_iter(0, head).count();
    nuls >= 4 && nuls * 512 > head.len()
}

/// How much of a text is searched for NULs.
const BINARY_OCTETS: usize = 1 << 16;

/// The format that most of the first entries have.
///
/// A header such as `[Adblock Plus]` decides at once, unless plain entries stand before it: then files were joined.
/// A tie goes to the plain formats, which read each line by its own syntax.
pub(super) fn format(text: &[u8]) -> Format {
    let (mut hosts, mut domains, mut adblock) = (0_u32, 0_u32, 0_u32);
    for syntax in lines(text).filter_map(syntax).take(ENTRIES_SEEN) {
        match syntax {
            Syntax::Header if hosts + domains == 0 => return Format::Adblock,
            Syntax::Header => {}
            Syntax::Hosts => hosts += 1,
            Syntax::Other => domains += 1,
            Syntax::Adblock => adblock += 1,
        }
    }
    if adblock > hosts + domains {
        Format::Adblock
    } else if hosts > domains {
        Format::Hosts
    } else {
        Format::Domains
    }
}

/// How many entries decide the format.
const ENTRIES_SEEN: usize = 2000;

/// What a line looks like before its format is known.
enum Syntax {
    /// `[Adblock Plus]`.
    Header,
    /// `ADDRESS …`.
    Hosts,
    /// `||…`, `@@…`, `…##…`.
    Adblock,
    /// Anything else.
    Other,
}

/// What a line looks like, if it is neither blank nor a comment.
fn syntax(line: &[u8]) -> Option<Syntax> {
    let first = *line.first()?;
    if adblock::is_header(line) {
        return Some(Syntax::Header);
    }
    if line.starts_with(b"||") || line.starts_with(b"@@") || adblock::is_cosmetic(line) {
        return Some(Syntax::Adblock);
    }
    if matches!(first, b'#' | b'!' | b';') {
        return None;
    }
    let end = line.iter().position(u8::is_ascii_whitespace);
    let address = end.and_then(|end| hosts::address(&line[..end]));
    Some(if address.is_some() { Syntax::Hosts } else { Syntax::Other })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_list_is_refused() {
        for (text, error) in [
            ("", ParseError::Empty),
            ("\u{FEFF}\r\n \n", ParseError::Empty),
            ("<!DOCTYPE html>\n<html>", ParseError::Markup),
            ("\n  <HTML><body>not found</body></HTML>", ParseError::Markup),
            ("<?xml version=\"1.0\"?>\n<Error/>", ParseError::Markup),
            ("# proxy\n<html>", ParseError::Markup),
            ("s\0c\0a\0m\0.\0e\0x\0a\0m\0p\0l\0e\0", ParseError::Binary),
        ] {
            assert_eq!(refuse(text.as_bytes()), Err(error), "{text:?}");
        }
        let mut text = "scam.example\n".repeat(1000);
        text.push_str("\0\0\0\0\0\0\0\0\0\0");
        assert_eq!(refuse(text.as_bytes()), Ok(()));
    }

    #[test]
    fn the_majority_decides_the_format() {
        for (text, expected) in [
            ("# x\n0.0.0.0 a.example\n::1 b.example\nc.example", Format::Hosts),
            ("a.example\nb.example\n0.0.0.0 c.example\n||d.example^", Format::Domains),
            ("a.example\n||b.example^\n@@||c.example^", Format::Adblock),
            ("a.example\n||b.example^", Format::Domains),
            ("[Adblock Plus 2.0]\na.example", Format::Adblock),
            ("a.example\n[Adblock Plus 2.0]\nb.example", Format::Domains),
            ("! Title: x\n##.a\n||b.example^\nc.example", Format::Adblock),
            ("# only a comment", Format::Domains),
        ] {
            assert_eq!(format(text.as_bytes()), expected, "{text:?}");
        }
    }
}
