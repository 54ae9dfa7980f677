//! Lists in JSON: an array of names, or an object with arrays of names.
//!
//! | member | rule |
//! |---|---|
//! | a bare array, `deny`, `blacklist`, `blocklist` | a block of the name and all below |
//! | `allow`, `whitelist`, `allowlist` | the name and all below pass, unless a more specific name is denied |
//! | any other array | none, and each of its elements is counted |
//! | anything else, such as `version` | a note for people or programs, counted as a comment |
//!
//! The more specific name wins, since publishers let hosting companies pass in order to deny customers of theirs:
//! polkadot-js lets `pages.dev` pass and denies thousands of names below it.
//!
//! What counts as a line is an entry: a name, an element or a note, from 1. The text is read twice, so that a list
//! that breaks off has given no rule, and no memory is taken for names.

use std::{
    borrow::Cow,
    fmt,
    io::{self, BufRead, BufReader},
};

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;

use super::{Effect, ParseError, Text as ListText};

/// What a list in JSON is made of.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Item<'a> {
    /// A name, and what is done with it.
    Name(&'a str, Effect<'static>),
    /// An element of an array that is not known, with that array's name.
    Unknown(&'a str),
    /// A note.
    Note,
}

/// Gives the items of a list, in order, or nothing at all if the text is no list.
pub(super) fn read(text: &mut dyn ListText, each: &mut dyn FnMut(Item<'_>)) -> Result<(), ParseError> {
    walk(text, &mut |_| {})?;
    walk(text, each)
}

/// Goes through the text once.
fn walk(text: &mut dyn ListText, each: &mut dyn FnMut(Item<'_>)) -> Result<(), ParseError> {
    text.rewind()?;
    let mut text = BufReader::new(text);
    if text.fill_buf()?.starts_with(b"\xEF\xBB\xBF") {
        text.consume(3);
    }
    let mut reader = serde_json::Deserializer::from_reader(text);
    let whole = List { each }.deserialize(&mut reader).and_then(|()| reader.end());
    whole.map_err(|error| match error.classify() {
        Category::Io => ParseError::Unreadable(error.io_error_kind().unwrap_or(io::ErrorKind::Other)),
        Category::Data => ParseError::Shape { line: error.line() },
        _ => ParseError::Json { line: error.line(), column: error.column() },
    })
}

/// What is done with the names of a member, if it is known.
fn effect_of(member: &str) -> Option<Effect<'static>> {
    match member {
        "deny" | "blacklist" | "blocklist" => Some(Effect::Block),
        "allow" | "whitelist" | "allowlist" => Some(Effect::Pass),
        _ => None,
    }
}

/// The whole text.
struct List<'s> {
    each: &'s mut dyn FnMut(Item<'_>),
}

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of names, or an object with arrays of names")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, sequence: A) -> Result<(), A::Error> {
        Names { effect: Effect::Block, each: self.each }.visit_seq(sequence)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut known = false;
        while let Some(member) = map.next_key::<Cow<'de, str>>()? {
            match effect_of(&member) {
                Some(effect) => {
                    known = true;
                    map.next_value_seed(Names { effect, each: &mut *self.each })?;
                }
                None => map.next_value_seed(Other { member: &member, each: &mut *self.each })?,
            }
        }
        if known { Ok(()) } else { Err(A::Error::custom("no member is known")) }
    }
}

/// An array of names.
struct Names<'s> {
    effect: Effect<'static>,
    each: &'s mut dyn FnMut(Item<'_>),
}

impl<'de> DeserializeSeed<'de> for Names<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Names<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of names")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        while let Some(Text(name)) = sequence.next_element()? {
            (self.each)(Item::Name(&name, self.effect));
        }
        Ok(())
    }
}

/// A string, borrowed where it has no escapes.
#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The value of a member that is not known.
struct Other<'s> {
    member: &'s str,
    each: &'s mut dyn FnMut(Item<'_>),
}

impl<'de> DeserializeSeed<'de> for Other<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl Other<'_> {
    /// Counts a value that is no array.
    fn note(self) {
        (self.each)(Item::Note);
    }
}

impl<'de> Visitor<'de> for Other<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        while sequence.next_element::<IgnoredAny>()?.is_some() {
            (self.each)(Item::Unknown(self.member));
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        self.note();
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.note();
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        self.note();
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        self.note();
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.note();
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        self.note();
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.note();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(text: &str) -> Result<Vec<String>, ParseError> {
        let mut items = Vec::new();
        let result = read(&mut io::Cursor::new(text), &mut |item| items.push(format!("{item:?}")));
        assert!(result.is_ok() || items.is_empty(), "{text}");
        result.map(|()| items)
    }

    #[test]
    fn arrays_and_objects_of_arrays_are_lists() {
        let array = items("\u{FEFF}[\"a.example\", \"\\u0062.example\"]\n").unwrap();
        assert_eq!(array, ["Name(\"a.example\", Block)", "Name(\"b.example\", Block)"]);
        let object = r#"{"version": 2, "deny": ["a.example"], "allow": ["b.example"], "fuzzylist": ["c.example", 1],
            "note": {"x": []}, "blacklist": [], "tolerance": null}"#;
        let expected = [
            "Note",
            "Name(\"a.example\", Block)",
            "Name(\"b.example\", Pass)",
            "Unknown(\"fuzzylist\")",
            "Unknown(\"fuzzylist\")",
            "Note",
            "Note",
        ];
        assert_eq!(items(object).unwrap(), expected);
        assert_eq!(items("[]").unwrap(), [""; 0]);
    }

    #[test]
    fn what_is_no_such_list_is_refused_whole() {
        for (text, error) in [
            ("[\"a.example\",\n\"b.example\"", ParseError::Json { line: 2, column: 11 }),
            ("[\"a.example\",]", ParseError::Json { line: 1, column: 14 }),
            ("[\"a.example\"] x", ParseError::Json { line: 1, column: 15 }),
            ("[\"a\u{1}\"]", ParseError::Json { line: 1, column: 4 }),
            ("[\"a.example\", 1]", ParseError::Shape { line: 1 }),
            ("[{\"domain\": \"a.example\"}]", ParseError::Shape { line: 1 }),
            ("[[\"a.example\"]]", ParseError::Shape { line: 1 }),
            ("{\"deny\": {\"a.example\": 1}}", ParseError::Shape { line: 1 }),
            ("{\"deny\": [\"a.example\"],\n\"allow\": null}", ParseError::Shape { line: 2 }),
            ("{\"names\": [\"a.example\"]}", ParseError::Shape { line: 1 }),
            ("\"a.example\"", ParseError::Shape { line: 1 }),
        ] {
            assert_eq!(items(text), Err(error), "{text}");
        }
        assert!(items(&"[".repeat(100_000)).is_err());
        assert!(items(&format!("{{\"x\": {}", "[".repeat(100_000))).is_err());
    }
}
