//! The dictionary of suffixes: those below which many names are listed. Each stands at the beginning of its names'
//! codes as a few bits, and what is listed under its own name is said here.
//!
//! It is closed: the suffixes above one are in it as well. The root is always in it, so every name has a suffix.

use super::{
    bits::Bits,
    edges::{Edges, ROOT, hash},
    huffman::{self, Decoder},
};
use crate::name::MAX_LABEL_OCTETS;

/// The most suffixes there are: their codes stay short, and the table stays in a processor's cache.
pub(super) const MOST: usize = 1 << 16;
/// How far from its place in the table a suffix may stand. One that an attacker made collide with many others is left
/// out, which costs a few octets and nothing else.
const MAX_DISTANCE: usize = 32;
/// The longest code of a suffix, in bits.
pub(super) const MAX_LENGTH: u8 = 24;

/// One suffix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Suffix {
    /// The set of entries of its own name.
    pub(super) set: u32,
    /// Its code, in the lowest bits.
    code: u32,
    /// The code's length; 0 if no name needs it.
    length: u8,
}

impl Suffix {
    /// Its code as bits; `None` if no name needs it.
    pub(super) fn code(self) -> Option<Bits> {
        let mut bits = Bits::new();
        self.push_code(&mut bits)?;
        Some(bits)
    }

    /// Appends its code; `None` if no name needs it.
    pub(super) fn push_code(self, bits: &mut Bits) -> Option<()> {
        if self.length == 0 { None } else { bits.push(u64::from(self.code), usize::from(self.length)) }
    }
}

/// The suffixes, by number: the root is 0, and every number is above its parent's.
#[derive(Debug, Default)]
pub(super) struct Suffixes {
    edges: Edges,
    all: Vec<Suffix>,
    decoder: Decoder,
    /// How many the table was made for: read again, it must become the same.
    room: usize,
}

/// Collects suffixes.
#[derive(Debug)]
pub(super) struct SuffixesBuilder {
    edges: Edges,
    sets: Vec<u32>,
    room: usize,
}

impl SuffixesBuilder {
    /// With the root alone, and room for so many more.
    pub(super) fn with_room_for(suffixes: usize) -> Self {
        let room = suffixes.min(MOST);
        Self { edges: Edges::with_room_for(room), sets: vec![0], room }
    }

    /// Adds the suffix that `label` leads to from the one with the number `parent`, if there is room.
    pub(super) fn add(&mut self, parent: u32, label: &[u8]) -> Option<u32> {
        match self.edges.find(parent, label, hash(parent, label, label.len())) {
            Ok(node) => Some(node),
            Err((slot, distance)) if distance <= MAX_DISTANCE && self.edges.len() <= self.room => {
                self.sets.push(0);
                self.edges.add(slot, parent, label).ok()
            }
            Err(_) => None,
        }
    }

    /// Says what the set of entries of a suffix's own name is.
    pub(super) fn set(&mut self, number: u32, set: u32) {
        if let Some(own) = self.sets.get_mut(number as usize) {
            *own = set;
        }
    }

    /// The suffixes as a tree.
    pub(super) const fn edges(&self) -> &Edges {
        &self.edges
    }

    /// The finished dictionary, with a code length for each suffix, and with sets' final numbers; `None` if no code has
    /// these lengths.
    pub(super) fn finish(self, lengths: &[u8], number: impl Fn(u32) -> u32) -> Option<Suffixes> {
        let Self { mut edges, sets, room } = self;
        if lengths.len() != sets.len() || lengths.iter().any(|length| *length > MAX_LENGTH) {
            return None;
        }
        let codes = huffman::codes(lengths)?;
        let parts = sets.into_iter().zip(codes).zip(lengths);
        let all =
            parts.map(|((set, code), length)| Suffix { set: number(set), code, length: *length }).collect();
        edges.shrink();
        Some(Suffixes { edges, all, decoder: Decoder::new(lengths)?, room })
    }
}

impl Suffixes {
    /// The suffixes as a tree.
    pub(super) const fn edges(&self) -> &Edges {
        &self.edges
    }

    /// The suffix with that number.
    pub(super) fn get(&self, number: u32) -> Suffix {
        self.all.get(number as usize).copied().unwrap_or_default()
    }

    /// The suffix whose code stands at the beginning of `word`, and the code's length.
    pub(super) fn decode(&self, word: u64) -> Option<(u32, usize)> {
        self.decoder.decode(word)
    }

    /// As the file has them: how many slots the table was made for; then for each the number of its labels, its last
    /// label's length, that label, its set, and its code's length. Every suffix stands behind the one above it.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend((self.room as u32).to_le_bytes());
        for (suffix, number) in self.all.iter().zip(0..) {
            let label = self.edges.label(number);
            out.extend([self.edges.depth(number) as u8, label.len() as u8]);
            out.extend_from_slice(label);
            out.extend(suffix.set.to_le_bytes());
            out.push(suffix.length);
        }
    }

    /// What [`Suffixes::write`] wrote; `None` if something is not as it should be.
    pub(super) fn read(octets: &[u8], sets: usize) -> Option<Self> {
        let (room, mut octets) = octets.split_first_chunk()?;
        let room = u32::from_le_bytes(*room) as usize;
        if room > MOST {
            return None;
        }
        let (mut builder, mut lengths) = (SuffixesBuilder::with_room_for(room), Vec::new());
        // The suffixes above the next one, by the number of their labels.
        let mut above = Vec::new();
        while let Some((&[depth, length], rest)) = octets.split_first_chunk() {
            let (label, rest) = rest.split_at_checked(usize::from(length))?;
            let (&[a, b, c, d, length], rest) = rest.split_first_chunk()?;
            let set = u32::from_le_bytes([a, b, c, d]);
            if set as usize >= sets || usize::from(depth) > above.len() {
                return None;
            }
            above.truncate(usize::from(depth));
            let number = match above.last() {
                Some(parent) if is_label(label) => builder.add(*parent, label)?,
                None if label.is_empty() => ROOT,
                _ => return None,
            };
            if number as usize != lengths.len() {
                return None;
            }
            builder.set(number, set);
            above.push(number);
            lengths.push(length);
            octets = rest;
        }
        if octets.is_empty() { builder.finish(&lengths, |set| set) } else { None }
    }

    /// Octets that they take in memory.
    pub(super) fn octets(&self) -> usize {
        self.edges.octets() + self.all.capacity() * size_of::<Suffix>() + self.decoder.octets()
    }
}

/// Whether this may be a label of a [`Name`](crate::name::Name).
fn is_label(octets: &[u8]) -> bool {
    (1..=MAX_LABEL_OCTETS).contains(&octets.len()) && !octets.iter().any(u8::is_ascii_uppercase)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn suffixes_are_read_as_they_were_written(labels in proptest::collection::vec((any::<proptest::sample::Index>(), "[a-c]{1,2}"), 0..80), damage in any::<(proptest::sample::Index, u8)>()) {
            // In the order of their keys, so that each stands behind the one above it.
            let mut known = BTreeMap::from([(Vec::<String>::new(), 0)]);
            for (above, label) in labels {
                let mut way = known.keys().nth(above.index(known.len())).unwrap().clone();
                way.push(label);
                let number = known.len() as u32;
                known.entry(way).or_insert(number);
            }
            let mut builder = SuffixesBuilder::with_room_for(known.len());
            for (way, set) in &known {
                let number = way.iter().fold(ROOT, |above, label| builder.add(above, label.as_bytes()).unwrap());
                builder.set(number, *set);
            }
            let lengths = huffman::lengths(&vec![1; known.len()], MAX_LENGTH);
            let suffixes = builder.finish(&lengths, |set| set).unwrap();
            let mut octets = Vec::new();
            suffixes.write(&mut octets);
            let again = Suffixes::read(&octets, known.len()).unwrap();
            for (way, set) in &known {
                let number = way.iter().try_fold(ROOT, |above, label| again.edges().child(above, label.as_bytes())).unwrap();
                prop_assert_eq!(again.get(number), suffixes.get(number));
                prop_assert_eq!(again.get(number).set, *set);
                prop_assert_eq!(again.decode(again.get(number).code().unwrap().window(0)).unwrap().0, number);
            }
            let at = damage.0.index(octets.len());
            octets[at] = damage.1;
            let _ = Suffixes::read(&octets, known.len());
        }
    }
}
