//! Names as a master file writes them: absolute, or relative to an origin that the text may not say.

use super::{super::Reason, records::Word};
use crate::name::{Name, NameError};

/// Stands for the origin of a zone whose text does not say it: most published zones begin with `@ SOA`, and whoever
/// loads them says what `@` is. No name of a host has its octet, so that it cannot be met by accident.
pub(super) fn unsaid() -> Name {
    Name::from_wire(b"\x01\0\0").map_or_else(|_| Name::root(), |(name, _)| name)
}

/// Reads a name. `origin` stands behind a relative one; there is none if it was not understood.
pub(super) fn absolute(word: Word<'_>, origin: Option<&Name>) -> Result<Name, Reason> {
    if word.quoted {
        return Err(Reason::Record);
    }
    if word.text == b"@" {
        return origin.cloned().ok_or(Reason::Relative);
    }
    let text = std::str::from_utf8(word.text).map_err(|_| Reason::Encoding)?;
    let name: Name = text.parse().map_err(why_no_name)?;
    if is_absolute(word.text) { Ok(name) } else { joined(&name, origin.ok_or(Reason::Relative)?) }
}

/// Reads a name that stands in a record's data, where [`unsaid`] would be answered to people.
pub(super) fn target(word: Word<'_>, origin: Option<&Name>) -> Result<Name, Reason> {
    let name = absolute(word, origin)?;
    if name.is_at_or_below(&unsaid()) { Err(Reason::Relative) } else { Ok(name) }
}

/// What stands of `name` in front of `apex`, as a name of its own.
pub(super) fn within(name: &Name, apex: &Name) -> Result<Name, Reason> {
    if name.is_at_or_below(apex) { without_last(name, apex.label_count()) } else { Err(Reason::OutOfZone) }
}

/// `name` without its last `count` labels.
pub(super) fn without_last(name: &Name, count: usize) -> Result<Name, Reason> {
    let wire = name.wire();
    let kept = wire.len() - name.suffix_wire(count).len();
    joined_wire(&wire[..kept], &[0])
}

/// Both names in a row.
fn joined(name: &Name, origin: &Name) -> Result<Name, Reason> {
    let wire = name.wire();
    joined_wire(&wire[..wire.len() - 1], origin.wire())
}

fn joined_wire(head: &[u8], tail: &[u8]) -> Result<Name, Reason> {
    let mut wire = [0; 2 * crate::name::MAX_WIRE_OCTETS];
    wire[..head.len()].copy_from_slice(head);
    wire[head.len()..head.len() + tail.len()].copy_from_slice(tail);
    Name::from_wire(&wire).map(|(name, _)| name).map_err(why_no_name)
}

/// Whether a name ends with a dot that is one: no odd number of backslashes stands in front.
fn is_absolute(text: &[u8]) -> bool {
    text.strip_suffix(b".").is_some_and(|rest| {
        let backslashes = rest.iter().rev().take_while(|octet| **octet == b'\\').count();
        backslashes % 2 == 0
    })
}

fn why_no_name(error: NameError) -> Reason {
    match error {
        NameError::LabelTooLong | NameError::TooLong => Reason::NameTooLong,
        NameError::EmptyLabel => Reason::EmptyLabel,
        _ => Reason::Character,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_absolute_or_have_the_origin_behind_them() {
        let origin: Name = "rpz.example".parse().unwrap();
        let label = "a".repeat(64);
        for (text, read) in [
            ("Scam.Example", Ok("scam.example.rpz.example")),
            ("scam.example.", Ok("scam.example")),
            ("scam.example\\.", Ok("scam.example\\..rpz.example")),
            ("scam.example\\\\.", Ok("scam.example\\\\")),
            ("*.scam", Ok("*.scam.rpz.example")),
            ("@", Ok("rpz.example")),
            (".", Ok(".")),
            ("a\\046b.", Ok("a\\.b")),
            ("a..b", Err(Reason::EmptyLabel)),
            ("a\\", Err(Reason::Character)),
            ("a\\999", Err(Reason::Character)),
            ("偽.example", Err(Reason::Character)),
            (label.as_str(), Err(Reason::NameTooLong)),
            (&"a.".repeat(124)[..247], Err(Reason::NameTooLong)),
        ] {
            let word = Word { text: text.as_bytes(), quoted: false };
            let found = absolute(word, Some(&origin)).map(|name| name.to_string());
            assert_eq!(found.as_deref(), read.as_ref().copied(), "{text}");
        }
        let word = |text| Word { text, quoted: false };
        assert_eq!(absolute(word(b"a"), None), Err(Reason::Relative));
        assert_eq!(absolute(word(b"@"), None), Err(Reason::Relative));
        assert_eq!(absolute(Word { text: b"a", quoted: true }, Some(&origin)), Err(Reason::Record));
        assert_eq!(absolute(word(b"a\xFF"), Some(&origin)), Err(Reason::Encoding));
        assert_eq!(target(word(b"a"), Some(&unsaid())), Err(Reason::Relative));
    }

    #[test]
    fn the_zone_is_taken_off() {
        let name = |text: &str| text.parse::<Name>().unwrap();
        assert_eq!(within(&name("a.b.rpz.example"), &name("rpz.example")), Ok(name("a.b")));
        assert_eq!(within(&name("rpz.example"), &name("rpz.example")), Ok(Name::root()));
        assert_eq!(within(&name("a.example"), &name("rpz.example")), Err(Reason::OutOfZone));
        assert_eq!(within(&name("a.example"), &Name::root()), Ok(name("a.example")));
    }
}
