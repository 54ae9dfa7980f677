//! Sorted runs of keys with their sets, packed: what the builder collects names in.
//!
//! A name takes about 13 octets here, where its text alone takes 22. Runs are only read from end to end, and merged
//! two by two.

use super::{
    key::{Key, shared},
    sets::Sets,
};

/// Keys in order, each with the number of its set, each written as what it does not share with the one before.
#[derive(Debug, Default)]
pub(super) struct Run {
    octets: Vec<u8>,
    len: usize,
}

impl Run {
    /// How many keys there are.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// The keys from the first on.
    pub(super) fn read(&self) -> Reader<'_> {
        Reader { rest: &self.octets, key: Key::root() }
    }
}

/// Writes a run.
#[derive(Debug)]
pub(super) struct Writer {
    run: Run,
    last: Key,
}

impl Writer {
    /// With room for so many octets at first.
    pub(super) fn with_room_for(octets: usize) -> Self {
        Self { run: Run { octets: Vec::with_capacity(octets), len: 0 }, last: Key::root() }
    }

    /// Appends a key, which must not be less than the last.
    pub(super) fn push(&mut self, key: &[u8], set: u32) {
        let shared = shared(self.last.symbols(), key);
        let rest = &key[shared..];
        let octets = &mut self.run.octets;
        octets.extend([shared as u8, rest.len() as u8]);
        octets.extend_from_slice(rest);
        let mut number = set;
        while number >= 0x80 {
            octets.push(number as u8 | 0x80);
            number >>= 7;
        }
        octets.push(number as u8);
        self.run.len += 1;
        let _ = self.last.replace_end(shared, rest);
    }

    /// The finished run.
    pub(super) fn finish(mut self) -> Run {
        self.run.octets.shrink_to_fit();
        self.run
    }
}

/// Reads a run.
#[derive(Debug)]
pub(super) struct Reader<'r> {
    rest: &'r [u8],
    key: Key,
}

impl Reader<'_> {
    /// The set of the next key, which stands in [`Reader::key`] then; `None` at the end.
    pub(super) fn advance(&mut self) -> Option<u32> {
        let (&[shared, length], rest) = self.rest.split_first_chunk()?;
        let (own, mut rest) = rest.split_at_checked(usize::from(length))?;
        self.key.replace_end(usize::from(shared), own)?;
        let mut set = 0;
        for place in (0..32).step_by(7) {
            let (octet, behind) = rest.split_first()?;
            rest = behind;
            set |= u32::from(octet & 0x7F) << place;
            if octet & 0x80 == 0 {
                break;
            }
        }
        self.rest = rest;
        Some(set)
    }

    /// The key that was read last.
    pub(super) fn key(&self) -> &[u8] {
        self.key.symbols()
    }
}

/// The keys of both runs, each once.
pub(super) fn merge(one: &Run, other: &Run, sets: &mut Sets) -> Run {
    let mut merged = Writer::with_room_for(one.octets.len() + other.octets.len());
    let (mut one, mut other) = (one.read(), other.read());
    let (mut set, mut other_set) = (one.advance(), other.advance());
    loop {
        let order = match (set, other_set) {
            (None, None) => return merged.finish(),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(_), Some(_)) => one.key().cmp(other.key()),
        };
        let both = match order {
            std::cmp::Ordering::Less => set.unwrap_or_default(),
            std::cmp::Ordering::Greater => other_set.unwrap_or_default(),
            std::cmp::Ordering::Equal => sets.union(set.unwrap_or_default(), other_set.unwrap_or_default()),
        };
        merged.push(if order.is_gt() { other.key() } else { one.key() }, both);
        if order.is_le() {
            set = one.advance();
        }
        if order.is_ge() {
            other_set = other.advance();
        }
    }
}

/// Names as they come, until there are enough for a run.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    /// Keys, each with its length before it.
    octets: Vec<u8>,
    names: Vec<Unsorted>,
}

/// A key that waits for its place.
#[derive(Debug, Clone, Copy)]
struct Unsorted {
    /// Its first sixteen symbols, which mostly tell keys apart.
    first: u128,
    /// Where it stands.
    at: u32,
    set: u32,
}

impl Chunk {
    /// How many names it has, duplicates counted.
    pub(super) const fn len(&self) -> usize {
        self.names.len()
    }

    /// Adds a key.
    pub(super) fn push(&mut self, key: &Key, set: u32) {
        let at = self.octets.len() as u32;
        let symbols = key.symbols();
        self.octets.push(symbols.len() as u8);
        self.octets.extend_from_slice(symbols);
        self.names.push(Unsorted { first: key.first(), at, set });
    }

    /// The names as a run; the chunk is empty then.
    pub(super) fn drain(&mut self, sets: &mut Sets) -> Run {
        let Self { octets, names } = self;
        let key_of = |name: &Unsorted| {
            let at = name.at as usize;
            &octets[at + 1..at + 1 + usize::from(octets[at])]
        };
        names.sort_unstable_by(|one, other| {
            one.first.cmp(&other.first).then_with(|| key_of(one).cmp(key_of(other)))
        });
        let mut run = Writer::with_room_for(octets.len());
        for same in names.chunk_by(|one, other| one.first == other.first && key_of(one) == key_of(other)) {
            let set = match same {
                [one] => one.set,
                [one, other] => sets.union(one.set, other.set),
                _ => sets.union_of_all(same.iter().map(|name| name.set)),
            };
            run.push(key_of(&same[0]), set);
        }
        octets.clear();
        names.clear();
        run.finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        name::Name,
        trie::{Action, Entry, Scope},
    };

    proptest! {
        #[test]
        fn runs_have_every_name_once_in_order(parts in proptest::collection::vec(proptest::collection::vec(("[ab]{1,3}(\\.[ab]{1,2}){0,3}", 0_u16..400), 0..30), 0..6)) {
            let mut sets = Sets::default();
            let mut expected: BTreeMap<Vec<u8>, u32> = BTreeMap::new();
            let mut merged = Run::default();
            let mut chunk = Chunk::default();
            for part in parts {
                for (text, list) in part {
                    let key = Key::of(&text.parse::<Name>().unwrap());
                    let set = sets.single(Entry::new(list, Scope::Subtree, Action::Block));
                    chunk.push(&key, set);
                    let known = expected.entry(key.symbols().to_vec()).or_default();
                    *known = sets.union(*known, set);
                }
                let run = chunk.drain(&mut sets);
                merged = merge(&merged, &run, &mut sets);
            }
            prop_assert_eq!(merged.len(), expected.len());
            let mut reader = merged.read();
            for (key, set) in expected {
                prop_assert_eq!(reader.advance(), Some(set));
                prop_assert_eq!(reader.key(), key);
            }
            prop_assert_eq!(reader.advance(), None);
        }
    }
}
