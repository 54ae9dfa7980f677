//! What a text is before its lines are read: no list at all, or a list of some format.

use std::{io, ops::ControlFlow};

use super::{
    Format, MAX_LINE_OCTETS, ParseError, adblock, hosts, lines, text::Pieces, trimmed, unbound, urls,
};

/// Refuses what is no list: nothing, a web page, binary data.
///
/// Publishers ship empty files, and error pages and captive portals come with status 200. Read leniently, such a
/// page would yield few rules or strange ones, and the good copy of yesterday would be lost.
pub(super) fn refuse(text: &mut Pieces<'_>) -> Result<(), ParseError> {
    text.rewind()?;
    if is_binary(text.piece()) {
        return Err(ParseError::Binary);
    }
    let (mut seen, mut markup) = (0, false);
    text.each_piece(&mut |piece| {
        for line in lines(piece).filter(|line| !line.is_empty()).take(MARKUP_LINES - seen) {
            // No format begins an entry with this sign, so on the first line it decides alone.
            markup |= seen == 0 && line.starts_with(b"<") || begins_page(line);
            seen += 1;
        }
        if seen < MARKUP_LINES { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    match seen {
        0 => Err(ParseError::Empty),
        _ if markup => Err(ParseError::Markup),
        _ => Ok(()),
    }
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
/// JSON is known by its first sign. A header such as `[Adblock Plus]` decides at once, unless plain entries stand
/// before it: then files were joined. A tie goes to the plain formats, which read each line by its own syntax.
/// Maltrail's files are plain names for the most part, and known by their copyright.
pub(super) fn format(text: &mut Pieces<'_>) -> io::Result<Format> {
    text.rewind()?;
    if is_json(text.piece()) {
        return Ok(Format::Json);
    }
    let maltrail = is_maltrail(text.piece());
    let (mut seen, mut left) = (Seen::default(), ENTRIES_SEEN);
    text.each_piece(&mut |piece| {
        for syntax in lines(piece).filter_map(syntax).take(left) {
            left -= 1;
            if seen.add(&syntax).is_break() {
                left = 0;
                break;
            }
        }
        if left > 0 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    Ok(match seen.majority() {
        _ if seen.adblock => Format::Adblock,
        Format::Domains | Format::Urls if maltrail => Format::Maltrail,
        majority => majority,
    })
}

/// How many entries decide the format.
const ENTRIES_SEEN: usize = 2000;

/// How many entries of each format there are.
#[derive(Default)]
struct Seen {
    hosts: u32,
    domains: u32,
    /// By the format's discriminant.
    others: [u32; Format::ALL.len()],
    /// Whether a header says that it is an adblock list.
    adblock: bool,
}

impl Seen {
    /// Counts an entry. Tells whether more have to be seen.
    const fn add(&mut self, syntax: &Syntax) -> ControlFlow<()> {
        match syntax {
            Syntax::AdblockHeader if self.hosts + self.domains == 0 => {
                self.adblock = true;
                return ControlFlow::Break(());
            }
            Syntax::AdblockHeader => {}
            Syntax::Entry(Format::Hosts) => self.hosts += 1,
            Syntax::Entry(Format::Domains) => self.domains += 1,
            Syntax::Entry(format) => self.others[*format as usize] += 1,
        }
        ControlFlow::Continue(())
    }

    /// The format of more than half of the entries, or else the plain format that there is more of.
    fn majority(&self) -> Format {
        let all = self.hosts + self.domains + self.others.iter().sum::<u32>();
        let formats = Format::ALL.into_iter().map(|(format, _)| format);
        let (most, count) =
            formats.zip(self.others).max_by_key(|(_, count)| *count).unwrap_or((Format::Domains, 0));
        if count * 2 > all {
            most
        } else if self.hosts > self.domains {
            Format::Hosts
        } else {
            Format::Domains
        }
    }
}

/// What a line looks like before its format is known.
enum Syntax {
    /// `[Adblock Plus]`.
    AdblockHeader,
    /// An entry as this format has it; [`Format::Domains`] for anything that no other has.
    Entry(Format),
}

/// What a line looks like, if it is neither blank nor a comment.
fn syntax(line: &[u8]) -> Option<Syntax> {
    let first = *line.first()?;
    if adblock::is_header(line) {
        return Some(Syntax::AdblockHeader);
    }
    if line.starts_with(b"||") || line.starts_with(b"@@") || adblock::is_cosmetic(line) {
        return Some(Syntax::Entry(Format::Adblock));
    }
    if matches!(first, b'#' | b'!' | b';') || unbound::is_header(line) {
        return None;
    }
    let begins = |words: &[&[u8]]| words.iter().any(|word| line.starts_with(word));
    Some(Syntax::Entry(if begins(&[b"address=/", b"server=/", b"local=/"]) {
        Format::Dnsmasq
    } else if begins(&[b"local-zone:", b"local-data:"]) {
        Format::Unbound
    } else if urls::after_scheme(line).is_some() {
        Format::Urls
    } else if is_zone_line(line) {
        Format::Rpz
    } else {
        let end = line.iter().position(u8::is_ascii_whitespace);
        let address = end.and_then(|end| hosts::address(&line[..end]));
        if address.is_some() { Format::Hosts } else { Format::Domains }
    }))
}

/// Whether a line is one of a zone: `$TTL 60`, `@ SOA …`, `name CNAME .`.
fn is_zone_line(line: &[u8]) -> bool {
    let begins = |word: &[u8]| line.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    if begins(b"$TTL") || begins(b"$ORIGIN") {
        return true;
    }
    // Owner, time to live and class may stand in front of the type. Most lines have no second word.
    let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).take(4);
    words.any(|word| word.eq_ignore_ascii_case(b"CNAME") || word.eq_ignore_ascii_case(b"SOA"))
        && line.iter().any(u8::is_ascii_whitespace)
}

/// Whether a text is JSON by its beginning: an object, or an array. A bracket alone may also begin
/// `[Adblock Plus]`, or an address.
fn is_json(text: &[u8]) -> bool {
    match trimmed(text) {
        [b'{', ..] => true,
        [b'[', rest @ ..] => {
            let next = rest.iter().find(|octet| !octet.is_ascii_whitespace());
            matches!(next, Some(b'"' | b'[' | b'{' | b']'))
        }
        _ => false,
    }
}

/// Whether one of the first lines is maltrail's copyright.
fn is_maltrail(text: &[u8]) -> bool {
    let speaks = |line: &[u8]| {
        let line = line.to_ascii_lowercase();
        let has = |word: &[u8]| memchr::memmem::find(&line, word).is_some();
        line.starts_with(b"#") && has(b"copyright") && has(b"maltrail")
    };
    lines(text).take(COPYRIGHT_LINES).any(|line| line.len() <= MAX_LINE_OCTETS && speaks(line))
}

/// Among how many lines the copyright is looked for.
const COPYRIGHT_LINES: usize = 10;

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn pieces(text: &mut Cursor<impl AsRef<[u8]>>) -> Pieces<'_> {
        Pieces::new(text, 0)
    }

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
            assert_eq!(refuse(&mut pieces(&mut Cursor::new(text))), Err(error), "{text:?}");
        }
        let mut text = "scam.example\n".repeat(1000);
        text.push_str("\0\0\0\0\0\0\0\0\0\0");
        assert_eq!(refuse(&mut pieces(&mut Cursor::new(text))), Ok(()));
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
            ("# x\nlocal=/a.example/\nserver=/b.example/\nb.example", Format::Dnsmasq),
            ("a.example\naddress=/b.example/#", Format::Domains),
            ("server:\nlocal-zone: \"a.example\" static\n", Format::Unbound),
            ("local-data: \"a.example A 0.0.0.0\"", Format::Unbound),
            ("# x\nhttps://a.example/x\nHTTP://b.example\nc.example", Format::Urls),
            ("https://a.example/\nb.example\n||c.example^", Format::Domains),
            ("; x\n$TTL 60\n@ SOA a. b. 1 2 3 4 5\n NS a.\na.example CNAME .", Format::Rpz),
            ("a.example IN CNAME .\n*.a.example 60 IN CNAME .", Format::Rpz),
            ("cname\nsoa", Format::Domains),
            ("# Copyright (c) Maltrail developers\nhttp://192.0.2.1\na.example", Format::Maltrail),
            ("# from Maltrail\na.example", Format::Domains),
            ("# Copyright (c) Maltrail developers\n0.0.0.0 a.example", Format::Hosts),
            (" [\n\"a.example\"]", Format::Json),
            ("\u{FEFF}{\"deny\": []}", Format::Json),
            ("[2001:db8::1]\na.example", Format::Domains),
        ] {
            assert_eq!(format(&mut pieces(&mut Cursor::new(text))).unwrap(), expected, "{text:?}");
        }
    }
}
