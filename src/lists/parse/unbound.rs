//! Clauses of Unbound, as its manual explains them: `local-zone:` for a name and all below, `local-data:` for a
//! record of one name.
//!
//! | `local-zone` type | what Unbound does | here |
//! |---|---|---|
//! | `always_nxdomain`, `static` | there is no such name | a block, as NXDOMAIN where the list's own answers are taken |
//! | `always_nodata` | there is nothing of that type | a block, as NODATA likewise |
//! | `always_refuse`, `refuse` | the query is refused | a block, as REFUSED likewise |
//! | `always_deny`, `deny`, `inform_deny`, `always_null` | no answer, or a null address | a block |
//! | `redirect`, `inform_redirect` | the zone's own `local-data` for all below | a block |
//! | `transparent`, `always_transparent`, `typetransparent`, `inform`, `nodefault` | resolved as usual | lets pass, unless a more specific line speaks of the name |
//!
//! `local-data:` with a null address (0.0.0.0, ::) or that of this machine blocks the name alone, for Unbound answers
//! for it alone.
//!
//! Zones answer with their `local-data` first, but for the `always_` ones. So a zone is applied only if the list has
//! no record at its name or below that leads somewhere: `redirect` with `A 192.0.2.1` is no block but a redirection,
//! and a `static` zone with such records is somebody's own network.

use std::io;

use super::{Effect, Reason, entry, hosts, text::Pieces};
use crate::{
    name::Name,
    trie::{Negative, Scope},
};

/// A line that is understood: a name, which names are meant, and what is done with them.
pub(super) type Line = (Name, Scope, Effect<'static>);

/// Reads a line. `own` is the list's own data.
pub(super) fn read(line: &[u8], own: &OwnData) -> Result<Line, Reason> {
    if let Some(value) = line.strip_prefix(b"local-zone:") {
        return zone(value, own);
    }
    let value = line.strip_prefix(b"local-data:").ok_or(Reason::Directive)?;
    let (name, data) = record(value)?;
    match data {
        Data::Nowhere => Ok((name, Scope::Exact, Effect::Block)),
        Data::Elsewhere => Err(Reason::Redirection),
        Data::Beside => Err(Reason::Directive),
    }
}

/// Whether a line is the head of a section, and says nothing by itself.
pub(super) fn is_header(line: &[u8]) -> bool {
    let word = line.strip_prefix(b"server:").map(<[u8]>::trim_ascii_start);
    word.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"#"))
}

/// Reads what stands behind `local-zone:`.
fn zone(value: &[u8], own: &OwnData) -> Result<Line, Reason> {
    let (name, rest) = word(value).ok_or(Reason::Directive)?;
    let (kind, rest) = word(rest).ok_or(Reason::Directive)?;
    if word(rest).is_some() {
        return Err(Reason::Directive);
    }
    let (effect, asks_own_data) = match kind {
        b"always_nxdomain" => (Effect::Negative(Negative::Nxdomain), false),
        b"always_nodata" => (Effect::Negative(Negative::Nodata), false),
        b"always_refuse" => (Effect::Negative(Negative::Refused), false),
        b"always_deny" | b"always_null" => (Effect::Block, false),
        b"static" => (Effect::Negative(Negative::Nxdomain), true),
        b"refuse" => (Effect::Negative(Negative::Refused), true),
        b"deny" | b"inform_deny" | b"redirect" | b"inform_redirect" => (Effect::Block, true),
        b"transparent" | b"always_transparent" | b"typetransparent" | b"inform" | b"nodefault" => {
            (Effect::Pass, false)
        }
        _ => return Err(Reason::Directive),
    };
    // Unbound knows no wildcards here.
    let name = entry::read_name(name)?;
    if asks_own_data && own.leads_elsewhere(&name) {
        return Err(Reason::Redirection);
    }
    Ok((name, Scope::Subtree, effect))
}

/// The first word, with or without quotes, and what stands behind it; `None` if there is none, or it has no end.
fn word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.trim_ascii_start();
    match text.split_first()? {
        (b'#', _) => None,
        (quote @ (b'"' | b'\''), rest) => {
            let end = memchr::memchr(*quote, rest)?;
            Some((&rest[..end], &rest[end + 1..]))
        }
        _ => {
            let end = text.iter().position(u8::is_ascii_whitespace).unwrap_or(text.len());
            Some(text.split_at(end))
        }
    }
}

/// What a record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Data {
    /// A null address, or that of this machine.
    Nowhere,
    /// Another address, or another name.
    Elsewhere,
    /// Nothing about where the name leads.
    Beside,
}

/// Reads what stands behind `local-data:`: `NAME [TTL] [IN] TYPE DATA`, in quotes or, by the leave of some lists,
/// without.
fn record(value: &[u8]) -> Result<(Name, Data), Reason> {
    let value = value.trim_ascii_start();
    let record = match value.first() {
        Some(b'"' | b'\'') => match word(value) {
            Some((record, rest)) if word(rest).is_none() => record,
            _ => return Err(Reason::Directive),
        },
        _ => &value[..memchr::memchr(b'#', value).unwrap_or(value.len())],
    };
    let mut words = record.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).peekable();
    let name = words.next().ok_or(Reason::Directive)?;
    while words.next_if(|word| word.eq_ignore_ascii_case(b"IN") || word[0].is_ascii_digit()).is_some() {}
    let rtype = words.next().ok_or(Reason::Directive)?.to_ascii_uppercase();
    let address = words.next().and_then(hosts::address);
    let data = match (rtype.as_slice(), address) {
        (b"A" | b"AAAA", Some(hosts::Address::Nowhere)) => Data::Nowhere,
        (b"SOA" | b"NS" | b"TXT", _) => Data::Beside,
        _ => Data::Elsewhere,
    };
    Ok((entry::read_name(name)?, data))
}

/// The names for which a list has records that lead somewhere. Nearly always none.
#[derive(Debug, Default)]
pub(super) struct OwnData {
    /// Their labels from the root, each behind its length, so that what is below a name stands behind it; in order.
    elsewhere: Vec<Vec<u8>>,
}

impl OwnData {
    /// Gathers the records of `text`.
    pub(super) fn of(text: &mut Pieces<'_>) -> io::Result<Self> {
        let mut elsewhere = Vec::new();
        text.each_line(&mut |line| {
            let record = line.strip_prefix(b"local-data:").and_then(|value| record(value).ok());
            if let Some((name, Data::Elsewhere)) = record {
                elsewhere.push(from_root(&name));
            }
        })?;
        elsewhere.sort_unstable();
        Ok(Self { elsewhere })
    }

    /// Whether there is such a record at `name` or below.
    fn leads_elsewhere(&self, name: &Name) -> bool {
        let prefix = from_root(name);
        let first = self.elsewhere.partition_point(|other| *other < prefix);
        self.elsewhere.get(first).is_some_and(|other| other.starts_with(&prefix))
    }
}

/// The labels from the root, each behind its length.
fn from_root(name: &Name) -> Vec<u8> {
    name.labels_from_root().flat_map(|label| [&[label.len() as u8], label].concat()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own_data(text: &str) -> OwnData {
        OwnData::of(&mut Pieces::new(&mut io::Cursor::new(text), 0)).unwrap()
    }

    fn line(text: &str, own: &str) -> Result<String, Reason> {
        let (name, scope, effect) = read(text.as_bytes(), &own_data(own))?;
        Ok(format!("{effect:?} {scope:?} {name}"))
    }

    #[test]
    fn zones_and_null_records_are_rules() {
        for (text, rule) in [
            ("local-zone: \"scam.example\" always_nxdomain", "Negative(Nxdomain) Subtree scam.example"),
            ("local-zone: 'scam.example.' static # why", "Negative(Nxdomain) Subtree scam.example"),
            ("local-zone:scam.example always_nodata", "Negative(Nodata) Subtree scam.example"),
            ("local-zone: \"scam.example\" \"refuse\"", "Negative(Refused) Subtree scam.example"),
            ("local-zone: \"scam.example\" always_refuse", "Negative(Refused) Subtree scam.example"),
            ("local-zone: \"scam.example\" always_null", "Block Subtree scam.example"),
            ("local-zone: \"scam.example\" inform_deny", "Block Subtree scam.example"),
            ("local-zone: \"scam.example\" redirect", "Block Subtree scam.example"),
            ("local-zone: \"good.example\" transparent", "Pass Subtree good.example"),
            ("local-zone: \"good.example\" inform", "Pass Subtree good.example"),
            ("local-data: \"scam.example A 0.0.0.0\"", "Block Exact scam.example"),
            ("local-data: 'Scam.Example. 3600 IN AAAA ::'", "Block Exact scam.example"),
            ("local-data: scam.example a 127.0.0.1 # why", "Block Exact scam.example"),
            ("local-data: \"scam.example IN 60 A 0.0.0.0\"", "Block Exact scam.example"),
        ] {
            assert_eq!(line(text, "").as_deref(), Ok(rule), "{text}");
        }
    }

    #[test]
    fn everything_else_is_counted() {
        for (text, reason) in [
            ("local-data: \"name.example A 192.0.2.1\"", Reason::Redirection),
            ("local-data: \"name.example CNAME other.example.\"", Reason::Redirection),
            ("local-data: \"name.example A what\"", Reason::Redirection),
            ("local-data: \"scam.example TXT blocked\"", Reason::Directive),
            ("local-data: \"scam.example\"", Reason::Directive),
            ("local-data: \"scam.example A 0.0.0.0", Reason::Directive),
            ("local-data: \"scam.example A 0.0.0.0\" more", Reason::Directive),
            ("local-data-ptr: \"192.0.2.1 name.example\"", Reason::Directive),
            ("local-zone: \"scam.example\"", Reason::Directive),
            ("local-zone: \"scam.example static", Reason::Directive),
            ("local-zone: \"scam.example\" static more", Reason::Directive),
            ("local-zone: \"scam.example\" block_a", Reason::Directive),
            ("local-zone: \"scam.example\" ALWAYS_NULL", Reason::Directive),
            ("local-zone: \"example\" always_null", Reason::TopLevel),
            ("local-zone: \".\" always_null", Reason::TopLevel),
            ("local-zone: \"localhost.\" static", Reason::Boilerplate),
            ("local-zone: \"*.scam.example\" always_null", Reason::Wildcard),
            ("local-zone: \"192.0.2.1\" always_null", Reason::Address),
            ("private-address: 192.0.2.0/24", Reason::Directive),
            ("scam.example", Reason::Directive),
        ] {
            assert_eq!(line(text, ""), Err(reason), "{text}");
        }
    }

    #[test]
    fn a_zone_whose_own_data_lead_somewhere_is_no_block() {
        let own = "local-data: \"a.example A 192.0.2.1\"\nlocal-data: 'www.b.example CNAME c.example.'\n\
                   local-data: \"d.example A 0.0.0.0\"\nlocal-data: \"e.example TXT 'x'\"";
        for (zone, blocks) in [
            ("\"a.example\" redirect", false),
            ("\"a.example\" static", false),
            ("\"a.example\" always_nxdomain", true),
            ("\"b.example\" deny", false),
            ("\"www.a.example\" redirect", true),
            ("\"aa.example\" redirect", true),
            ("\"d.example\" redirect", true),
            ("\"e.example\" redirect", true),
        ] {
            let line = line(&format!("local-zone: {zone}"), own);
            assert_eq!(line.is_ok(), blocks, "{zone}");
            assert!(blocks || line == Err(Reason::Redirection), "{zone}");
        }
    }

    #[test]
    fn a_section_is_no_entry() {
        assert!(is_header(b"server:") && is_header(b"server: # why"));
        assert!(!is_header(b"server: x") && !is_header(b"forward-zone:"));
    }
}
