//! The rule set: names with what lists say of them, looked up label by label from the root inwards.
//!
//! There are two. An [`Overlay`] is for few names, and quickly made: the operator's own rules. A [`Trie`] is for the
//! millions that lists name: made once by a [`Builder`], then only read, in about 8 octets a name. Both answer the same
//! questions ([`Rules`]).
//!
//! # How a trie finds a name
//!
//! ```text
//! www.bad.example.com
//!         └──┬──────┘ suffixes.rs: a hash table of the suffixes that many names share; it gives a few bits
//!     └┬┘             filter.rs: does any listed name go on with this label? Most ordinary names end here
//! └────┬┘             code.rs: the labels that are left, in bits
//!                     blocks.rs: sorted codes, 384 octets a block; each with the number of a set of entries (table.rs)
//! ```
//!
//! `docs/trie.md` says what that costs, and what it was compared with.

pub mod addresses;
mod ahead;
mod bits;
mod blocks;
mod build;
mod code;
mod compact;
mod edges;
mod entry;
mod file;
mod filter;
mod huffman;
mod key;
mod octets;
mod overlay;
mod pages;
mod runs;
mod scratch;
mod sets;
mod side;
mod sort;
mod sorted;
mod suffixes;
mod table;
mod walk;

pub use self::{
    addresses::AddressRules,
    ahead::Ahead,
    build::{BuildError, Builder},
    entry::{Action, Entry, ListId, Negative, Scope, TypesId},
    file::TrieFileError,
    octets::Octets,
    overlay::{Overlay, OverlayBuilder},
    pages::Listed,
    scratch::{Scratch, Scratches},
    sorted::{AskName, Only, SortedNames, SortedSets},
};
use self::{
    blocks::{Blocks, Root},
    code::LabelCode,
    file::Layout,
    side::Side,
    suffixes::Suffixes,
    table::SetTable,
    walk::Walk,
};
use crate::name::Name;

/// A name on the way to another, with what lists say of it.
#[derive(Debug, Clone, Copy)]
pub struct Step<'t> {
    /// How many of the name's last labels lead here: the rule's name.
    pub labels: usize,
    /// What lists say here; never empty.
    pub entries: &'t [Entry],
}

/// What can be asked of a set of rules.
pub trait Rules {
    /// The entries written for `name` and for the names above it, from the root inwards. Nothing is allocated.
    fn walk<'t>(&'t self, name: &'t Name) -> impl Iterator<Item = Step<'t>>;

    /// Whether some rule for a name strictly below `name` may let it pass.
    fn allows_below(&self, name: &Name) -> bool;
}

/// The set has no room for more rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the rule set is full: it has more than four billion rules, or its names take more than 2 GiB")]
pub struct Full;

/// A read-only set of many rules.
#[derive(Debug, Default)]
pub struct Trie {
    /// Everything, as it stands in a file.
    bytes: Octets,
    layout: Layout,
    // What is small is read into tables.
    suffixes: Suffixes,
    labels: LabelCode,
    sets: SetTable,
    side: Side,
    root: Root,
}

impl Trie {
    /// Opens the bytes of a trie.
    ///
    /// # Errors
    ///
    /// Tells what is wrong with them. Bytes that were made to look right are opened, and may then say nonsense; but
    /// nothing is read outside of them, and every look-up ends.
    pub fn from_bytes(bytes: impl Into<Octets>) -> Result<Self, TrieFileError> {
        let bytes = bytes.into();
        let layout = Layout::read(&bytes)?;
        Self::from_parts(bytes, layout).ok_or(TrieFileError::Damaged)
    }

    fn from_parts(bytes: Octets, layout: Layout) -> Option<Self> {
        let sets = SetTable::read(bytes.get(layout.sets.clone())?)?;
        let suffixes = Suffixes::read(bytes.get(layout.suffixes.clone())?, sets.len())?;
        let labels = LabelCode::new(&code::unpack_lengths(bytes.get(layout.labels.clone())?)?)?;
        let side = Side::read(bytes.get(layout.side.clone())?, sets.len())?;
        let root = Root::new(bytes.get(layout.separators.clone())?)?;
        Some(Self { bytes, layout, suffixes, labels, sets, side, root })
    }

    /// The trie as bytes, for [`Trie::from_bytes`].
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What its owner put beside the rules.
    pub fn extra(&self) -> &[u8] {
        self.bytes.get(self.layout.extra.clone()).unwrap_or_default()
    }

    /// Puts bytes of the owner's own beside the rules.
    pub fn set_extra(&mut self, extra: &[u8]) {
        self.layout.replace_extra(&mut self.bytes, extra);
    }

    /// How many names have at least one entry.
    pub const fn len(&self) -> usize {
        self.layout.names as usize
    }

    /// Whether there is no rule at all.
    pub const fn is_empty(&self) -> bool {
        self.layout.names == 0
    }

    /// Octets that the set takes in memory.
    pub fn octets(&self) -> usize {
        let Self { bytes, layout: _, suffixes, labels, sets, side, root } = self;
        let tables = suffixes.octets() + labels.octets() + sets.octets() + side.octets() + root.octets();
        size_of::<Self>() + bytes.capacity() + tables
    }

    /// See [`Rules::walk`].
    pub fn walk<'t>(&'t self, name: &'t Name) -> impl Iterator<Item = Step<'t>> {
        self.walk_on(name, Ahead::NOTHING)
    }

    /// As [`Trie::walk`], for a name of which this is known.
    pub fn walk_on<'t>(&'t self, name: &'t Name, ahead: &'t Ahead) -> impl Iterator<Item = Step<'t>> {
        let mut walk = Walk::new(self, name, ahead);
        std::iter::from_fn(move || {
            loop {
                let (labels, set) = walk.advance()?;
                let entries = self.sets.entries(set);
                if !entries.is_empty() {
                    return Some(Step { labels, entries });
                }
            }
        })
    }

    /// See [`Rules::allows_below`].
    pub fn allows_below(&self, name: &Name) -> bool {
        let mut walk = Walk::new(self, name, Ahead::NOTHING);
        let steps = std::iter::from_fn(|| walk.advance());
        steps.last().is_some_and(|(labels, set)| labels == name.label_count() && self.sets.allows_below(set))
    }

    /// What the parts of the set take in memory, in octets, those with what is read of them into tables.
    pub fn parts(&self) -> [(&'static str, usize); 7] {
        let layout = &self.layout;
        [
            ("blocks", layout.blocks.len()),
            ("separators and their root", layout.separators.len() + self.root.octets()),
            ("filter", layout.filter.len()),
            ("dictionary of suffixes", layout.suffixes.len() + self.suffixes.octets()),
            ("code of labels", layout.labels.len() + self.labels.octets()),
            ("sets of entries", layout.sets.len() + self.sets.octets()),
            ("names beside", layout.side.len() + self.side.octets()),
        ]
    }

    fn filter(&self) -> &[u8] {
        self.bytes.get(self.layout.filter.clone()).unwrap_or_default()
    }

    fn blocks(&self) -> Blocks<'_> {
        Blocks {
            octets: self.bytes.get(self.layout.blocks.clone()).unwrap_or_default(),
            separators: self.bytes.get(self.layout.separators.clone()).unwrap_or_default(),
            root: &self.root,
        }
    }
}

impl Rules for Trie {
    fn walk<'t>(&'t self, name: &'t Name) -> impl Iterator<Item = Step<'t>> {
        Self::walk(self, name)
    }

    fn allows_below(&self, name: &Name) -> bool {
        Self::allows_below(self, name)
    }
}

#[cfg(test)]
mod tests;
