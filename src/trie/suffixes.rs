//! The dictionary of suffixes: those below which many names are listed. Each stands at the beginning of its names'
//! codes as a few bits, and what is listed under its own name is said here.
//!
//! It is closed: the suffixes above one are in it as well. The root is always in it, so every name has a suffix.

use super::{
    edges::{Edges, ROOT, hash},
    huffman::{self, Decoder},
    key,
};
use crate::name::Name;

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
    pub(super) code: u32,
    /// The code's length; 0 if no name needs it.
    pub(super) length: u8,
}

/// The suffixes, by number: the root is 0, and every number is above its parent's.
#[derive(Debug)]
pub(super) struct Suffixes {
    edges: Edges,
    all: Vec<Suffix>,
    decoder: Decoder,
}

/// Collects suffixes.
#[derive(Debug)]
pub(super) struct SuffixesBuilder {
    edges: Edges,
    sets: Vec<u32>,
    room: usize,
}

impl SuffixesBuilder {
    /// With the root alone, and room for so many.
    pub(super) fn with_room_for(suffixes: usize) -> Self {
        let room = suffixes.min(MOST);
        Self { edges: Edges::with_room_for(room), sets: vec![0], room }
    }

    /// Adds a suffix with the set of entries of its own name, if its parent is there and there is room. Adding one
    /// again changes its set.
    pub(super) fn add(&mut self, labels: &[&[u8]], set: u32) -> Option<u32> {
        let Some((last, above)) = labels.split_last() else {
            self.sets[ROOT as usize] = set;
            return Some(ROOT);
        };
        let parent = above.iter().try_fold(ROOT, |node, label| self.edges.child(node, label))?;
        match self.edges.find(parent, last, hash(parent, last)) {
            Ok(node) => {
                self.sets[node as usize] = set;
                Some(node)
            }
            Err((slot, distance)) => {
                if distance > MAX_DISTANCE || self.edges.len() > self.room {
                    return None;
                }
                self.sets.push(set);
                self.edges.add(slot, parent, last).ok()
            }
        }
    }

    /// The last suffix on the way to a name, and how many of the name's labels are left.
    pub(super) fn deepest<'l>(&self, labels: impl Iterator<Item = &'l [u8]>) -> (u32, usize) {
        let mut labels = labels;
        let (mut node, mut depth) = (ROOT, 0);
        for label in &mut labels {
            match self.edges.child(node, label) {
                Some(child) => (node, depth) = (child, depth + 1),
                None => break,
            }
        }
        (node, depth)
    }

    /// How many suffixes there are.
    pub(super) const fn len(&self) -> usize {
        self.sets.len()
    }

    /// The finished dictionary, with a code length for each suffix; `None` if no code has these lengths.
    pub(super) fn finish(mut self, lengths: &[u8]) -> Option<Suffixes> {
        if lengths.len() != self.sets.len() || lengths.iter().any(|length| *length > MAX_LENGTH) {
            return None;
        }
        let codes = huffman::codes(lengths)?;
        let parts = self.sets.iter().zip(codes).zip(lengths);
        let all = parts.map(|((set, code), length)| Suffix { set: *set, code, length: *length }).collect();
        self.edges.shrink();
        Some(Suffixes { edges: self.edges, all, decoder: Decoder::new(lengths)? })
    }
}

impl Suffixes {
    /// How many suffixes there are.
    pub(super) const fn len(&self) -> usize {
        self.all.len()
    }

    /// The suffix with that number.
    pub(super) fn get(&self, number: u32) -> Suffix {
        self.all.get(number as usize).copied().unwrap_or_default()
    }

    /// The suffix that `label` leads to from the one with the number `parent`; the edge has that [`hash`].
    pub(super) fn child(&self, parent: u32, label: &[u8], hash: u64) -> Option<u32> {
        self.edges.find(parent, label, hash).ok()
    }

    /// The last suffix on the way to a name, and how many labels it has.
    pub(super) fn deepest(&self, name: &Name) -> (u32, usize) {
        let (mut node, mut depth) = (ROOT, 0);
        for label in name.labels_from_root() {
            match self.edges.child(node, label) {
                Some(child) => (node, depth) = (child, depth + 1),
                None => break,
            }
        }
        (node, depth)
    }

    /// The suffix whose code stands at the beginning of `word`, and the code's length.
    pub(super) fn decode(&self, word: u64) -> Option<(u32, usize)> {
        self.decoder.decode(word)
    }

    /// The suffix as a key.
    pub(super) fn key(&self, number: u32) -> Vec<u8> {
        let mut labels: Vec<u32> = std::iter::successors(Some(number), |node| Some(self.edges.parent(*node)))
            .take_while(|node| *node != ROOT)
            .collect();
        labels.reverse();
        labels.iter().flat_map(|node| key::symbols(self.edges.label(*node)).chain([key::END])).collect()
    }

    /// How many labels the suffix has, and the last of them.
    pub(super) fn depth_and_label(&self, number: u32) -> (usize, &[u8]) {
        let above = std::iter::successors(Some(number), |node| Some(self.edges.parent(*node)));
        (above.take_while(|node| *node != ROOT).count(), self.edges.label(number))
    }

    /// Octets that they take in memory.
    pub(super) fn octets(&self) -> usize {
        self.edges.octets() + self.all.capacity() * size_of::<Suffix>() + self.decoder.octets()
    }
}
