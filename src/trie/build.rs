//! Makes a [`Trie`] of names in any order.
//!
//! Names are sorted some at a time ([`sort`](super::sort)), and gone through in order several times: for the names above
//! those that may be let pass, for what is said already further up, for the suffixes that many names share, for counts,
//! and to write codes. Those are sorted once more and written in blocks. None of that is in memory as a whole: it stands
//! where the builder's owner has room for it ([`Scratches`]), so a set of any size is built in a few MiB beside itself.

use std::io;

use super::{
    Entry, Full, Scratches, Trie, TrieFileError, compact,
    key::{END, Key, shared},
    runs::{Run, Writer},
    sets::{self, NO_SET, Sets},
    sort::{Sorted, Sorter},
};
use crate::name::Name;

/// How many octets all names may take, duplicates counted, with [`OF_AN_ENTRY`] for each: so much that every number
/// that building needs has room in 32 bits.
const MOST_OCTETS: usize = 1 << 31;
/// See [`MOST_OCTETS`].
const OF_AN_ENTRY: usize = 8;

/// Why a set cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// There are too many rules.
    #[error(transparent)]
    Full(#[from] Full),
    /// What was put aside while building cannot be read.
    #[error(
        "what was put aside while rules were compiled cannot be read: {0}. Check the disk that has the state folder"
    )]
    Scratch(#[from] io::Error),
    /// What was built cannot be read back.
    #[error(
        "the rules were not compiled as they should be ({0}), which is a fault of this program; please report it"
    )]
    Unreadable(#[from] TrieFileError),
}

/// Collects rules for a [`Trie`].
#[derive(Debug, Default)]
pub struct Builder {
    pub(super) sets: Sets,
    pub(super) names: Sorter,
    scratches: Scratches,
    /// Octets of all names that were added; see [`MOST_OCTETS`].
    pub(super) octets: usize,
}

impl Builder {
    /// One that puts aside there what has no room in memory.
    pub fn new(scratches: Scratches) -> Self {
        Self { names: Sorter::new(scratches.clone()), scratches, ..Self::default() }
    }

    /// Adds what a list says of a name. Saying the same twice changes nothing.
    ///
    /// # Errors
    ///
    /// If there is no room for more, or what was put aside cannot be read.
    pub fn insert(&mut self, name: &Name, entry: Entry) -> Result<(), BuildError> {
        let key = Key::of(name);
        self.count(key.symbols().len() + OF_AN_ENTRY)?;
        let set = self.sets.single(entry);
        Ok(self.names.push(key.symbols(), set, &mut self.sets)?)
    }

    pub(super) fn count(&mut self, octets: usize) -> Result<(), Full> {
        self.octets = self.octets.saturating_add(octets);
        if self.octets > MOST_OCTETS { Err(Full) } else { Ok(()) }
    }

    /// The finished set.
    ///
    /// # Errors
    ///
    /// If what was put aside cannot be read, or what was built cannot be read back, which would be a fault of this
    /// program.
    pub fn finish(self) -> Result<Trie, BuildError> {
        let Self { mut sets, names, scratches, octets: _ } = self;
        let mut all = names.finish(&mut sets)?;
        if sets.any_may_let_pass() {
            let above = above_what_passes(&all, &mut sets, &scratches)?;
            all.add(above);
        }
        let kept = without_redundant(&all, &mut sets, &scratches)?;
        drop(all);
        compact::trie(&kept, &sets, &scratches)
    }
}

/// The names above those that may be let pass, each with the set that says so.
fn above_what_passes(all: &Sorted, sets: &mut Sets, scratches: &Scratches) -> io::Result<Run> {
    let mut above = Writer::new(scratches);
    let mut last = Key::root();
    let mut names = all.read()?;
    let mut first = true;
    while let Some(set) = names.advance(sets)? {
        if !sets.may_let_pass(set) {
            continue;
        }
        // Those that are also above the last one are there already; the others come behind it.
        let key = names.key();
        let common = shared(last.symbols(), key);
        for end in ends_of_ancestors(key).filter(|end| first || *end > common || *end == last.symbols().len())
        {
            above.push(&key[..end], sets::ALLOWS_BELOW);
        }
        first = false;
        let _ = last.replace_end(0, key);
    }
    Ok(above.finish())
}

/// How long the keys of the names above one are, from the root's on.
fn ends_of_ancestors(key: &[u8]) -> impl Iterator<Item = usize> {
    let ends = (1..=key.len()).filter(|end| key[end - 1] == END);
    std::iter::once(0).chain(ends).filter(|end| *end < key.len())
}

/// Those names of which not all is said by a name above them.
fn without_redundant(all: &Sorted, sets: &mut Sets, scratches: &Scratches) -> io::Result<Run> {
    let mut kept = Writer::new(scratches);
    let mut tidied: Vec<Option<u32>> = vec![None; sets.len()];
    // Kept names with entries on the way to the one that is looked at: how long their keys are, and their sets.
    let mut above: Vec<(usize, u32)> = Vec::new();
    let mut last = Key::root();
    let mut names = all.read()?;
    while let Some(set) = names.advance(sets)? {
        let key = names.key();
        let common = shared(last.symbols(), key);
        let _ = last.replace_end(0, key);
        above.retain(|(length, _)| *length <= common);
        let mut set = match tidied.get_mut(set as usize) {
            Some(known) => *known.get_or_insert_with(|| sets.tidied(set)),
            None => sets.tidied(set),
        };
        if above.last().is_some_and(|(_, outer)| sets.is_redundant(set, *outer)) {
            set = sets.without_entries(set);
        }
        if set != NO_SET {
            kept.push(key, set);
        }
        if !sets.entries(set).is_empty() {
            above.push((key.len(), set));
        }
    }
    Ok(kept.finish())
}
