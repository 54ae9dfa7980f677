//! Names as a tree of labels, found by hashing: the ground of the [`Overlay`](super::Overlay) and of the dictionary of
//! suffixes.
//!
//! Every edge of the tree (a node and the label that leads on from it) is one entry of an open-addressing hash table,
//! so each label costs one probe and a search ends at the first label that no name has. About 40 octets a name: for
//! few names, or for names that stand for many.

use super::{Full, bits::word};

/// The node of the root name.
pub(super) const ROOT: u32 = 0;
/// An empty slot of the table: no edge leads to the root, so its number is free.
const EMPTY: u32 = ROOT;
/// Slots that a new table has.
const FIRST_SLOTS: usize = 64;

/// A multiplier with no pattern: the fractional part of the golden ratio, made odd.
const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;

/// One name that was added, or lies between the root and one.
#[derive(Debug, Clone, Copy)]
struct Node {
    parent: u32,
    /// Where the label stands in the label octets: its length, then itself.
    label: u32,
    /// The upper half of the edge's hash: other edges are told apart by it, without a look at their labels.
    mark: u32,
}

/// See [`Node::mark`].
const fn mark(hash: u64) -> u32 {
    (hash >> 32) as u32
}

/// A tree of labels.
#[derive(Debug)]
pub(super) struct Edges {
    nodes: Vec<Node>,
    /// Edges: node numbers, found by the hash of parent and label.
    slots: Vec<u32>,
    labels: Vec<u8>,
}

/// The hash of the edge that a label leads along from the node `parent`: that of the first `length` of `octets`. What
/// follows them is not looked at but may be read, which spares a branch for every length a label can have.
///
/// Of its own kind, because it is part of the file's format and most of the time that a name needs which is not listed. It
/// keeps nobody from finding labels that collide; see [`super::suffixes`] for what that gains.
pub(super) fn hash(parent: u32, octets: &[u8], length: usize) -> u64 {
    let mut state = (u64::from(parent) << 8 | length as u64).wrapping_mul(MULTIPLIER);
    let (mut rest, mut left) = (octets, length);
    // Hardly any label is longer.
    while left > 16 {
        state = fold(fold(state ^ word(rest, 0)) ^ word(rest, 8));
        (rest, left) = (rest.get(16..).unwrap_or_default(), left - 16);
    }
    let sixteen = rest.first_chunk().map_or_else(|| short(rest), |octets| u128::from_le_bytes(*octets));
    let sixteen = sixteen & !u128::MAX.checked_shl(8 * left as u32).unwrap_or(0);
    fold(fold(state ^ sixteen as u64) ^ (sixteen >> 64) as u64)
}

/// Fewer than sixteen octets.
#[cold]
fn short(octets: &[u8]) -> u128 {
    u128::from(word(octets, 0)) | u128::from(word(octets, 8)) << 64
}

/// Both halves of the product, in one.
fn fold(word: u64) -> u64 {
    let product = u128::from(word ^ MULTIPLIER.rotate_left(32)) * u128::from(MULTIPLIER);
    product as u64 ^ (product >> 64) as u64
}

impl Default for Edges {
    fn default() -> Self {
        Self {
            nodes: vec![Node { parent: ROOT, label: 0, mark: 0 }],
            slots: vec![EMPTY; FIRST_SLOTS],
            labels: vec![0],
        }
    }
}

impl Edges {
    /// A tree with room for so many nodes at a load of at most one half.
    pub(super) fn with_room_for(nodes: usize) -> Self {
        let slots = vec![EMPTY; (nodes * 2).next_power_of_two().max(FIRST_SLOTS)];
        Self { slots, ..Self::default() }
    }

    /// How many nodes there are, the root's included; they are numbered from the root's 0 on, and every node's number
    /// is above its parent's.
    pub(super) const fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The node above; the root's is the root.
    pub(super) fn parent(&self, node: u32) -> u32 {
        self.nodes.get(node as usize).map_or(ROOT, |node| node.parent)
    }

    /// How many labels the node's name has.
    pub(super) fn depth(&self, node: u32) -> usize {
        self.path(node).count()
    }

    /// A node and those above it, without the root's.
    pub(super) fn path(&self, node: u32) -> impl Iterator<Item = u32> {
        // A parent's number is always less, so the way up ends.
        std::iter::successors(Some(node), |node| Some(self.parent(*node))).take_while(|node| *node != ROOT)
    }

    /// The label that leads to a node; empty for the root.
    pub(super) fn label(&self, node: u32) -> &[u8] {
        self.nodes.get(node as usize).map_or(&[], |node| self.label_at(node.label))
    }

    /// Octets that the tree takes in memory.
    pub(super) fn octets(&self) -> usize {
        self.nodes.capacity() * size_of::<Node>()
            + self.slots.capacity() * size_of::<u32>()
            + self.labels.capacity()
    }

    /// The node that `label` leads to from `parent`, whose edge has that [`hash`]; or else the empty slot where it
    /// would be, and how far that is from the slot where it should be.
    pub(super) fn find(&self, parent: u32, label: &[u8], hash: u64) -> Result<u32, (usize, usize)> {
        let mask = self.slots.len() - 1;
        let home = hash as usize & mask;
        let mut slot = home;
        loop {
            let id = self.slots[slot];
            if id == EMPTY {
                return Err((slot, slot.wrapping_sub(home) & mask));
            }
            let node = self.nodes[id as usize];
            if node.mark == mark(hash) && node.parent == parent && self.label_at(node.label) == label {
                return Ok(id);
            }
            slot = (slot + 1) & mask;
        }
    }

    /// The node that `label` leads to from `parent`.
    pub(super) fn child(&self, parent: u32, label: &[u8]) -> Option<u32> {
        self.find(parent, label, hash(parent, label, label.len())).ok()
    }

    /// As [`Edges::child`], for the first `length` of `octets`.
    pub(super) fn child_in_place(&self, parent: u32, octets: &[u8], length: usize) -> Option<u32> {
        self.find(parent, octets.get(..length)?, hash(parent, octets, length)).ok()
    }

    /// The node that `label` leads to from `parent`, made if it is not there.
    pub(super) fn child_or_new(&mut self, parent: u32, label: &[u8]) -> Result<u32, Full> {
        match self.find(parent, label, hash(parent, label, label.len())) {
            Ok(node) => Ok(node),
            Err((slot, _)) => self.add(slot, parent, label),
        }
    }

    /// Makes the node that `label` leads to from `parent`, in the empty slot that [`Edges::find`] told.
    pub(super) fn add(&mut self, slot: usize, parent: u32, label: &[u8]) -> Result<u32, Full> {
        let id = u32::try_from(self.nodes.len()).map_err(|_| Full)?;
        let at = u32::try_from(self.labels.len()).map_err(|_| Full)?;
        self.labels.push(label.len() as u8);
        self.labels.extend_from_slice(label);
        self.nodes.push(Node { parent, label: at, mark: mark(hash(parent, label, label.len())) });
        self.slots[slot] = id;
        if self.nodes.len() * 4 > self.slots.len() * 3 {
            self.grow();
        }
        Ok(id)
    }

    /// Gives back memory that was kept for more nodes.
    pub(super) fn shrink(&mut self) {
        self.nodes.shrink_to_fit();
        self.labels.shrink_to_fit();
    }

    fn grow(&mut self) {
        let mask = self.slots.len() * 2 - 1;
        // The old table is dropped before the new one is made, so that growing never holds both.
        self.slots = Vec::new();
        self.slots = vec![EMPTY; mask + 1];
        for id in 1..self.nodes.len() {
            let node = self.nodes[id];
            let label = self.label_at(node.label);
            let hash = hash(node.parent, label, label.len());
            let mut slot = hash as usize & mask;
            while self.slots[slot] != EMPTY {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = id as u32;
        }
    }

    fn label_at(&self, at: u32) -> &[u8] {
        let at = at as usize;
        let length = usize::from(self.labels[at]);
        &self.labels[at + 1..at + 1 + length]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_hash_is_that_of_the_label_alone(parent: u32, label in proptest::collection::vec(any::<u8>(), 0..64), behind in proptest::collection::vec(any::<u8>(), 0..40)) {
            let octets = [&label[..], &behind].concat();
            prop_assert_eq!(hash(parent, &octets, label.len()), hash(parent, &label, label.len()));
        }
    }

    #[test]
    fn labels_that_are_nearly_alike_spread_over_all_bits() {
        let label = |number: u32| format!("label-{number}");
        let some = (0..60_000).map(|number| {
            let label = label(number);
            hash(number % 7, label.as_bytes(), label.len())
        });
        let hashes: Vec<u64> = some.collect();
        for shift in [0, 12, 27, 40, 48] {
            // 60,000 balls thrown at 65,536 places leave 40 in a hundred empty.
            let places: HashSet<u16> = hashes.iter().map(|hash| (hash >> shift) as u16).collect();
            assert!((38_800..40_000).contains(&places.len()), "{} from bit {shift} on", places.len());
        }
    }

    #[test]
    fn zeroes_at_the_end_make_another_label() {
        let hashes: HashSet<u64> = (0..64).map(|length| hash(1, &[0; 64], length)).collect();
        assert_eq!(hashes.len(), 64);
    }
}
