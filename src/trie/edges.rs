//! Names as a tree of labels, found by hashing: the ground of the [`Overlay`](super::Overlay) and of the dictionary of
//! suffixes.
//!
//! Every edge of the tree (a node and the label that leads on from it) is one entry of an open-addressing hash table,
//! so each label costs one probe and a search ends at the first label that no name has. About 36 octets a name: for
//! few names, or for names that stand for many.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::Full;

/// The node of the root name.
pub(super) const ROOT: u32 = 0;
/// An empty slot of the table: no edge leads to the root, so its number is free.
const EMPTY: u32 = ROOT;
/// Slots that a new table has.
const FIRST_SLOTS: usize = 64;

/// One name that was added, or lies between the root and one.
#[derive(Debug, Clone, Copy)]
struct Node {
    parent: u32,
    /// Where the label stands in the label octets: its length, then itself.
    label: u32,
}

/// A tree of labels.
#[derive(Debug)]
pub(super) struct Edges {
    nodes: Vec<Node>,
    /// Edges: node numbers, found by the hash of parent and label.
    slots: Vec<u32>,
    labels: Vec<u8>,
}

/// The hash of the edge that `label` leads along from the node `parent`. It is part of the file's format.
pub(super) fn hash(parent: u32, label: &[u8]) -> u64 {
    xxh3_64_with_seed(label, u64::from(parent))
}

impl Default for Edges {
    fn default() -> Self {
        Self {
            nodes: vec![Node { parent: ROOT, label: 0 }],
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
        self.nodes.capacity() * size_of::<Node>() + self.slots.capacity() * 4 + self.labels.capacity()
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
            if node.parent == parent && self.label_at(node.label) == label {
                return Ok(id);
            }
            slot = (slot + 1) & mask;
        }
    }

    /// The node that `label` leads to from `parent`.
    pub(super) fn child(&self, parent: u32, label: &[u8]) -> Option<u32> {
        self.find(parent, label, hash(parent, label)).ok()
    }

    /// The node that `label` leads to from `parent`, made if it is not there.
    pub(super) fn child_or_new(&mut self, parent: u32, label: &[u8]) -> Result<u32, Full> {
        match self.find(parent, label, hash(parent, label)) {
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
        self.nodes.push(Node { parent, label: at });
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
            let mut slot = hash(node.parent, self.label_at(node.label)) as usize & mask;
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
