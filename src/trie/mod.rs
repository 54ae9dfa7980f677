//! The rule set: names with what lists say of them, looked up label by label from the root inwards.
//!
//! A [`Trie`] is built once by a [`Builder`] and then only read. Every edge of the tree (a node and the label that
//! leads on from it) is one entry of an open-addressing hash table, so a look-up costs one probe a label and ends at
//! the first label that no rule has: for most ordinary names that is the second.
//!
//! Memory, for the benchmark set: 12 octets a node, 4 octets a table slot at a load of at most three quarters, and
//! the label itself. What lists say of a name is interned: a set of [`Entry`] is stored once however many names
//! share it.

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hasher},
};

use foldhash::fast::FixedState;

pub mod addresses;
mod entry;

pub use self::addresses::AddressRules;
pub use self::entry::{Action, Entry, ListId, Negative, Scope, TypesId};
use crate::name::Name;

/// A node that a name's look-up passed and that has entries.
#[derive(Debug, Clone, Copy)]
pub struct Step<'t> {
    /// How many of the name's last labels lead to this node: the rule's name.
    pub labels: usize,
    /// What lists say there; never empty.
    pub entries: &'t [Entry],
}

/// The node of the root name.
const ROOT: u32 = 0;
/// An empty slot of the table: no edge leads to the root, so its number is free.
const EMPTY: u32 = ROOT;
/// Top bit of a node's tag: some node below allows something.
const ALLOWS_BELOW: u32 = 1 << 31;
/// Slots that a new table has.
const FIRST_SLOTS: usize = 64;

/// One name that is a rule's, or lies between the root and one.
#[derive(Debug, Clone, Copy)]
struct Node {
    parent: u32,
    /// Where the label stands in the label octets: its length, then itself.
    label: u32,
    /// Which set of entries, 0 for none, with [`ALLOWS_BELOW`].
    tag: u32,
}

/// A read-only set of rules.
#[derive(Debug)]
pub struct Trie {
    nodes: Vec<Node>,
    /// Edges: node numbers, found by the hash of parent and label.
    slots: Vec<u32>,
    labels: Vec<u8>,
    /// Interned sets of entries; the first is the empty one.
    sets: Vec<Box<[Entry]>>,
    /// Names that have entries.
    rules: usize,
    hasher: FixedState,
}

/// The set has no room for more rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the rule set is full: it has more than four billion rules, or 4 GiB of labels")]
pub struct Full;

impl Default for Trie {
    fn default() -> Self {
        Builder::default().finish()
    }
}

impl Trie {
    /// How many names have at least one entry.
    pub const fn len(&self) -> usize {
        self.rules
    }

    /// Whether there is no rule at all.
    pub const fn is_empty(&self) -> bool {
        self.rules == 0
    }

    /// The entries written for `name` and for the names above it, from the root inwards.
    pub fn walk<'t>(&'t self, name: &'t Name) -> impl Iterator<Item = Step<'t>> {
        let mut next = Some(ROOT);
        let mut labels = 0;
        std::iter::from_fn(move || {
            while let Some(node) = next {
                let step = Step { labels, entries: self.entries(node) };
                next = name
                    .label_count()
                    .checked_sub(labels + 1)
                    .and_then(|index| self.child(node, name.label(index)?));
                labels += 1;
                if !step.entries.is_empty() {
                    return Some(step);
                }
            }
            None
        })
    }

    /// Whether some rule for a name strictly below `name` may let it pass.
    pub fn allows_below(&self, name: &Name) -> bool {
        name.labels_from_root()
            .try_fold(ROOT, |node, label| self.child(node, label))
            .is_some_and(|node| self.nodes[node as usize].tag & ALLOWS_BELOW != 0)
    }

    /// Octets that the set takes in memory.
    pub fn octets(&self) -> usize {
        let sets: usize = self.sets.iter().map(|set| size_of::<Box<[Entry]>>() + size_of_val(&**set)).sum();
        self.nodes.capacity() * size_of::<Node>() + self.slots.capacity() * 4 + self.labels.capacity() + sets
    }

    fn entries(&self, node: u32) -> &[Entry] {
        &self.sets[(self.nodes[node as usize].tag & !ALLOWS_BELOW) as usize]
    }

    /// The node that `label` leads to from `parent`.
    fn child(&self, parent: u32, label: &[u8]) -> Option<u32> {
        self.find(parent, label).ok()
    }

    /// The node that `label` leads to from `parent`, or the empty slot where it would be.
    fn find(&self, parent: u32, label: &[u8]) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut slot = self.hash(parent, label) & mask;
        loop {
            let id = self.slots[slot];
            if id == EMPTY {
                return Err(slot);
            }
            let node = self.nodes[id as usize];
            if node.parent == parent && self.label(node) == label {
                return Ok(id);
            }
            slot = (slot + 1) & mask;
        }
    }

    fn hash(&self, parent: u32, label: &[u8]) -> usize {
        let mut hasher = self.hasher.build_hasher();
        hasher.write_u32(parent);
        hasher.write(label);
        hasher.finish() as usize
    }

    fn label(&self, node: Node) -> &[u8] {
        let at = node.label as usize;
        let length = usize::from(self.labels[at]);
        &self.labels[at + 1..at + 1 + length]
    }
}

/// Collects rules for a [`Trie`].
#[derive(Debug)]
pub struct Builder {
    trie: Trie,
    /// The number of each set of entries.
    numbers: HashMap<Box<[Entry]>, u32>,
    /// What set comes of adding an entry to a set: lists repeat the same step a million times.
    steps: HashMap<(u32, Entry), u32>,
}

impl Default for Builder {
    fn default() -> Self {
        let empty: Box<[Entry]> = Box::default();
        let root = Node { parent: ROOT, label: 0, tag: 0 };
        Self {
            trie: Trie {
                nodes: vec![root],
                slots: vec![EMPTY; FIRST_SLOTS],
                labels: vec![0],
                sets: vec![empty.clone()],
                rules: 0,
                hasher: FixedState::with_seed(0x5E61_540B),
            },
            numbers: HashMap::from([(empty, 0)]),
            steps: HashMap::new(),
        }
    }
}

impl Builder {
    /// Adds what a list says of a name. Saying the same twice changes nothing.
    pub fn insert(&mut self, name: &Name, entry: Entry) -> Result<(), Full> {
        let mut node = ROOT;
        for label in name.labels_from_root() {
            node = match self.trie.find(node, label) {
                Ok(child) => child,
                Err(slot) => self.add_child(slot, node, label)?,
            };
        }
        let before = self.trie.nodes[node as usize].tag;
        self.trie.rules += usize::from(before == 0);
        self.trie.nodes[node as usize].tag = self.add_entry(before, entry);
        Ok(())
    }

    /// The finished set.
    pub fn finish(mut self) -> Trie {
        let trie = &mut self.trie;
        // Children are always made after their parents, so going backwards sees every child first.
        for id in (1..trie.nodes.len()).rev() {
            let node = trie.nodes[id];
            let entries = &trie.sets[(node.tag & !ALLOWS_BELOW) as usize];
            let allows = entries.iter().any(|entry| entry.may_let_pass());
            if allows || node.tag & ALLOWS_BELOW != 0 {
                trie.nodes[node.parent as usize].tag |= ALLOWS_BELOW;
            }
        }
        trie.nodes.shrink_to_fit();
        trie.labels.shrink_to_fit();
        self.trie
    }

    fn add_child(&mut self, slot: usize, parent: u32, label: &[u8]) -> Result<u32, Full> {
        let trie = &mut self.trie;
        let id = u32::try_from(trie.nodes.len()).map_err(|_| Full)?;
        let at = u32::try_from(trie.labels.len()).map_err(|_| Full)?;
        trie.labels.push(label.len() as u8);
        trie.labels.extend_from_slice(label);
        trie.nodes.push(Node { parent, label: at, tag: 0 });
        trie.slots[slot] = id;
        if trie.nodes.len() * 4 > trie.slots.len() * 3 {
            self.grow();
        }
        Ok(id)
    }

    fn grow(&mut self) {
        let trie = &mut self.trie;
        let mask = trie.slots.len() * 2 - 1;
        // The old table is dropped before the new one is made, so that growing never holds both.
        trie.slots = Vec::new();
        trie.slots = vec![EMPTY; mask + 1];
        for id in 1..trie.nodes.len() {
            let node = trie.nodes[id];
            let mut slot = trie.hash(node.parent, trie.label(node)) & mask;
            while trie.slots[slot] != EMPTY {
                slot = (slot + 1) & mask;
            }
            trie.slots[slot] = id as u32;
        }
    }

    fn add_entry(&mut self, set: u32, entry: Entry) -> u32 {
        if let Some(&known) = self.steps.get(&(set, entry)) {
            return known;
        }
        let mut entries = self.trie.sets[set as usize].to_vec();
        entries.push(entry);
        entries.sort_unstable();
        entries.dedup();
        let entries = entries.into_boxed_slice();
        let next = self.trie.sets.len() as u32;
        let number = *self.numbers.entry(entries.clone()).or_insert(next);
        if number == next {
            self.trie.sets.push(entries);
        }
        self.steps.insert((set, entry), number);
        number
    }
}

#[cfg(test)]
mod tests;
