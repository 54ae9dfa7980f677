//! Names that the code cannot say: with octets that no name of a host has, or too long. Hardly any list has one, so they
//! simply stand in order.

use std::ops::Range;

use super::{key, key::Key};
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
    pub(super) fn walk<'s>(&'s self, name: &Name) -> SideWalk<'s> {
        SideWalk { side: self, key: Key::of(name), length: 0, start: 0, end: self.names.len() }
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
    key: Key,
    /// How much of the key was walked.
    length: usize,
    /// The names that begin with that much.
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
        let beginning = self.key.symbols().get(..self.length)?;
        let names = self.side.names.get(self.start..self.end)?;
        let start = names.partition_point(|name| self.side.key(*name) < beginning);
        let count = names.get(start..)?.partition_point(|name| self.side.key(*name).starts_with(beginning));
        self.start += start;
        self.end = self.start + count;
        let first = names.get(start).filter(|name| count > 0 && self.side.key(**name) == beginning);
        let rest = self.key.symbols().get(self.length..)?;
        match rest.iter().position(|symbol| *symbol == key::END) {
            Some(end) => self.length += end + 1,
            None => self.end = self.start,
        }
        first.map(|name| name.set)
    }
}
