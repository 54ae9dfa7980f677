//! Sets of entries as a finished trie has them: by number, and by the codes that stand in its blocks.

use super::{Action, Entry, Negative, Scope, huffman::Decoder, sets::Set};

/// Octets of an entry in the file.
const ENTRY: usize = 10;

/// Sets by number.
#[derive(Debug, Default)]
pub(super) struct SetTable {
    entries: Vec<Entry>,
    /// Where each set's entries end, and whether it [allows below](Set::allows_below).
    sets: Vec<(u32, bool)>,
    decoder: Decoder,
}

impl SetTable {
    /// How many sets there are.
    pub(super) const fn len(&self) -> usize {
        self.sets.len()
    }

    /// The entries of a set.
    pub(super) fn entries(&self, number: u32) -> &[Entry] {
        let number = number as usize;
        let start = number.checked_sub(1).and_then(|before| self.sets.get(before)).map_or(0, |(end, _)| *end);
        let end = self.sets.get(number).map_or(0, |(end, _)| *end);
        self.entries.get(start as usize..end as usize).unwrap_or_default()
    }

    /// Whether some name below one with this set may be let pass.
    pub(super) fn allows_below(&self, number: u32) -> bool {
        self.sets.get(number as usize).is_some_and(|(_, allows_below)| *allows_below)
    }

    /// The set whose code stands at the beginning of `word`.
    pub(super) fn decode(&self, word: u64) -> Option<u32> {
        self.decoder.decode(word).map(|(number, _)| number)
    }

    /// Octets that they take in memory.
    pub(super) fn octets(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>()
            + self.sets.capacity() * size_of::<(u32, bool)>()
            + self.decoder.octets()
    }

    /// Reads what [`write`] wrote; `None` if something is not as it should be.
    pub(super) fn read(mut octets: &[u8]) -> Option<Self> {
        let (mut table, mut lengths) = (Self::default(), Vec::new());
        while let Some((&[length, a, b, c, d], rest)) = octets.split_first_chunk() {
            let head = u32::from_le_bytes([a, b, c, d]);
            let (entries, rest) = rest.split_at_checked((head >> 1) as usize * ENTRY)?;
            for entry in entries.chunks_exact(ENTRY) {
                table.entries.push(read_entry(entry.try_into().ok()?)?);
            }
            lengths.push(length);
            table.sets.push((table.entries.len().try_into().ok()?, head & 1 == 1));
            octets = rest;
        }
        table.decoder = Decoder::new(&lengths)?;
        table.entries.shrink_to_fit();
        table.sets.shrink_to_fit();
        octets.is_empty().then_some(table)
    }
}

/// Writes sets with the lengths of their codes: for each the length, twice the number of entries and 1 more if it
/// allows below, and the entries.
pub(super) fn write<'s>(sets: impl Iterator<Item = &'s Set>, lengths: &[u8], out: &mut Vec<u8>) {
    for (set, length) in sets.zip(lengths) {
        out.push(*length);
        out.extend(((set.entries.len() as u32) << 1 | u32::from(set.allows_below)).to_le_bytes());
        for entry in &set.entries {
            out.extend(write_entry(*entry));
        }
    }
}

fn write_entry(entry: Entry) -> [u8; ENTRY] {
    let (action, value) = match entry.action {
        Action::Block => (0, 0),
        Action::Negative(Negative::Nxdomain) => (1, 0),
        Action::Negative(Negative::Nodata) => (2, 0),
        Action::Negative(Negative::Refused) => (3, 0),
        Action::Allow => (4, 0),
        Action::Pass => (5, 0),
        Action::Spare(labels) => (6, u32::from(labels)),
        Action::Drop => (7, 0),
        Action::TcpOnly => (8, 0),
        Action::Data(number) => (9, number),
    };
    let scope = match entry.scope {
        Scope::Exact => 0,
        Scope::Subtree => 1,
        Scope::Below => 2,
    };
    let marks = u8::from(entry.important) | u8::from(entry.spares) << 1 | scope << 2;
    let [a, b] = entry.list.to_le_bytes();
    let [c, d] = entry.types.to_le_bytes();
    let [e, f, g, h] = value.to_le_bytes();
    [a, b, marks, c, d, action, e, f, g, h]
}

fn read_entry(octets: [u8; ENTRY]) -> Option<Entry> {
    let [a, b, marks, c, d, action, e, f, g, h] = octets;
    let value = u32::from_le_bytes([e, f, g, h]);
    let action = match (action, value) {
        (0, 0) => Action::Block,
        (1, 0) => Action::Negative(Negative::Nxdomain),
        (2, 0) => Action::Negative(Negative::Nodata),
        (3, 0) => Action::Negative(Negative::Refused),
        (4, 0) => Action::Allow,
        (5, 0) => Action::Pass,
        (6, labels) => Action::Spare(labels.try_into().ok()?),
        (7, 0) => Action::Drop,
        (8, 0) => Action::TcpOnly,
        (9, number) => Action::Data(number),
        _ => return None,
    };
    let scope = match marks >> 2 {
        0 => Scope::Exact,
        1 => Scope::Subtree,
        2 => Scope::Below,
        _ => return None,
    };
    Some(Entry {
        list: u16::from_le_bytes([a, b]),
        scope,
        action,
        important: marks & 1 != 0,
        spares: marks & 2 != 0,
        types: u16::from_le_bytes([c, d]),
    })
}
