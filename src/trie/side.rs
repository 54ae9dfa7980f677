//! Names that the code cannot say: with octets that no name of a host has, or too long. Hardly any list has one, so they
//! simply stand in order.

use std::{cmp::Ordering, ops::Range};

use super::key::{self, Key};
use crate::name::Name;

/// Names in order, with the numbers of their sets.
#[derive(Debug, Default)]
pub(super) struct Side {
    /// Keys, one behind the other.
    symbols: Vec<u8>,
    names: Vec<Beside>,
}

#[derive(Debug, Clone, Copy)]
struct Beside {
    /// Where the key begins.
    at: u32,
    length: u8,
    set: u32,
}

impl Side {
    /// Adds a key, which must be greater than the last; `None` if it is not, or there is no room.
    pub(super) fn push(&mut self, key: &[u8], set: u32) -> Option<()> {
        if self.names.last().is_some_and(|last| self.key(*last) >= key) {
            return None;
        }
        let beside =
            Beside { at: self.symbols.len().try_into().ok()?, length: key.len().try_into().ok()?, set };
        self.symbols.extend_from_slice(key);
        self.names.push(beside);
        Some(())
    }

    /// Whether there are none.
    pub(super) const fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Whether the key is there.
    pub(super) fn contains(&self, key: &[u8]) -> bool {
        self.names.binary_search_by(|name| self.key(*name).cmp(key)).is_ok()
    }

    /// The places of the keys that begin with `beginning` and come behind `after`.
    pub(super) fn below(&self, beginning: &[u8], after: &[u8]) -> Range<usize> {
        let start =
            self.names.partition_point(|name| self.key(*name) < beginning || self.key(*name) <= after);
        let names = self.names.get(start..).unwrap_or_default();
        start..start + names.partition_point(|name| self.key(*name).starts_with(beginning))
    }

    /// The key at a place, with its set.
    pub(super) fn get(&self, place: usize) -> Option<(&[u8], u32)> {
        self.names.get(place).map(|name| (self.key(*name), name.set))
    }

    /// The set of each name on the way to `name`.
    pub(super) fn walk<'s>(&'s self, name: &'s Name) -> SideWalk<'s> {
        SideWalk { side: self, name, labels: 0, start: 0, end: self.names.len() }
    }

    /// As the file has them: for each the key's length, the key, and the set's number.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        for name in &self.names {
            out.push(name.length);
            out.extend_from_slice(self.key(*name));
            out.extend(name.set.to_le_bytes());
        }
    }

    /// What [`Side::write`] wrote; `None` if something is not as it should be.
    pub(super) fn read(mut octets: &[u8], sets: usize) -> Option<Self> {
        let mut side = Self::default();
        while let Some((length, rest)) = octets.split_first() {
            let (key, rest) = rest.split_at_checked(usize::from(*length))?;
            let (set, rest) = rest.split_first_chunk()?;
            let set = u32::from_le_bytes(*set);
            if set as usize >= sets || !key::name(key).is_some_and(|name| Key::of(&name).symbols() == key) {
                return None;
            }
            side.push(key, set)?;
            octets = rest;
        }
        Some(side)
    }

    /// Octets that they take in memory.
    pub(super) fn octets(&self) -> usize {
        self.symbols.capacity() + self.names.capacity() * size_of::<Beside>()
    }

    fn key(&self, name: Beside) -> &[u8] {
        let at = name.at as usize;
        self.symbols.get(at..at + usize::from(name.length)).unwrap_or_default()
    }
}

/// A walk from the root inwards.
#[derive(Debug)]
pub(super) struct SideWalk<'s> {
    side: &'s Side,
    name: &'s Name,
    /// How many labels were walked.
    labels: usize,
    /// The names that end with that many.
    start: usize,
    end: usize,
}

impl SideWalk<'_> {
    /// Whether some name may still be further on.
    pub(super) const fn goes_on(&self) -> bool {
        self.start < self.end
    }

    /// The set of the name that was reached, if it has one; then goes on by one label.
    pub(super) fn advance(&mut self) -> Option<u32> {
        let names = self.side.names.get(self.start..self.end).filter(|names| !names.is_empty())?;
        let start = names.partition_point(|name| self.compare(*name).is_lt());
        let names = names.get(start..)?;
        let count = names.partition_point(|name| self.compare(*name).is_eq());
        self.start += start;
        self.end = self.start + count;
        let length = self.name.suffix_wire(self.labels).len() - 1;
        self.labels += 1;
        names.get(..count)?.first().filter(|name| usize::from(name.length) == length).map(|name| name.set)
    }

    /// How a name's key stands to that of the labels that were walked; equal if it begins with it.
    fn compare(&self, name: Beside) -> Ordering {
        let symbols = self
            .name
            .labels_from_root()
            .take(self.labels)
            .flat_map(|label| key::symbols(label).chain([key::END]));
        let mut own = self.side.key(name).iter();
        for symbol in symbols {
            match own.next().map(|own| own.cmp(&symbol)) {
                Some(Ordering::Equal) => {}
                Some(order) => return order,
                None => return Ordering::Less,
            }
        }
        Ordering::Equal
    }
}
