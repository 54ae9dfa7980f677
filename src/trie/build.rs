//! Makes a [`Trie`] of names in any order.
//!
//! Names are collected in packed sorted runs ([`runs`]), of which at last there is one. It is gone through from end to
//! end several times: for the names above those that may be let pass, for what is said already further up, for the
//! suffixes that many names share, for counts, and to write codes. Those are sorted once more and written in blocks.

use super::{
    Entry, Full, Trie, TrieFileError, compact,
    key::{END, Key, shared},
    runs::{self, Chunk, Run},
    sets::{self, NO_SET, Sets},
};
use crate::name::Name;

/// How many names are sorted at once: few enough that they and what sorting needs take some 7 MiB.
const CHUNK: usize = 1 << 17;
/// How many octets all names may take, duplicates counted, with [`OF_AN_ENTRY`] for each: so much that every number
/// that building needs has room in 32 bits.
const MOST_OCTETS: usize = 1 << 31;
/// See [`MOST_OCTETS`].
const OF_AN_ENTRY: usize = 8;

/// Collects rules for a [`Trie`].
#[derive(Debug, Default)]
pub struct Builder {
    sets: Sets,
    chunk: Chunk,
    /// Ever smaller ones.
    runs: Vec<Run>,
    /// Octets of all names that were added; see [`MOST_OCTETS`].
    octets: usize,
}

impl Builder {
    /// Adds what a list says of a name. Saying the same twice changes nothing.
    pub fn insert(&mut self, name: &Name, entry: Entry) -> Result<(), Full> {
        let key = Key::of(name);
        self.octets += key.symbols().len() + OF_AN_ENTRY;
        if self.octets > MOST_OCTETS {
            return Err(Full);
        }
        self.chunk.push(&key, self.sets.single(entry));
        if self.chunk.len() >= CHUNK {
            self.end_chunk();
        }
        Ok(())
    }

    /// The finished set.
    ///
    /// # Errors
    ///
    /// If what was written cannot be read back, which would be a fault of this program.
    pub fn finish(mut self) -> Result<Trie, TrieFileError> {
        self.end_chunk();
        self.chunk = Chunk::default();
        let mut all = Run::default();
        while let Some(run) = self.runs.pop() {
            all = runs::merge(&all, &run, &mut self.sets);
        }
        let above = above_what_passes(&all, &self.sets);
        if above.len() > 0 {
            all = runs::merge(&all, &above, &mut self.sets);
        }
        let kept = without_redundant(&all, &mut self.sets);
        drop(all);
        // An empty set in its place would let everything pass, and nobody would know.
        compact::trie(&kept, &self.sets).ok_or(TrieFileError::Damaged)
    }

    fn end_chunk(&mut self) {
        let run = self.chunk.drain(&mut self.sets);
        self.runs.push(run);
        // Merging runs of a size alone makes it a few steps a name, however many runs there are.
        while let [.., before, last] = &*self.runs {
            if before.len() > last.len() * 2 {
                return;
            }
            let merged = runs::merge(before, last, &mut self.sets);
            self.runs.truncate(self.runs.len() - 2);
            self.runs.push(merged);
        }
    }
}

/// The names above those that may be let pass, each with the set that says so.
fn above_what_passes(run: &Run, sets: &Sets) -> Run {
    let mut above = runs::Writer::with_room_for(0);
    let mut last = Key::root();
    let mut names = run.read();
    let mut first = true;
    while let Some(set) = names.advance() {
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
    above.finish()
}

/// How long the keys of the names above one are, from the root's on.
fn ends_of_ancestors(key: &[u8]) -> impl Iterator<Item = usize> {
    let ends = (1..=key.len()).filter(|end| key[end - 1] == END);
    std::iter::once(0).chain(ends).filter(|end| *end < key.len())
}

/// Those names of which not all is said by a name above them.
fn without_redundant(run: &Run, sets: &mut Sets) -> Run {
    let mut kept = runs::Writer::with_room_for(0);
    let mut tidied: Vec<Option<u32>> = vec![None; sets.len()];
    // Kept names with entries on the way to the one that is looked at: how long their keys are, and their sets.
    let mut above: Vec<(usize, u32)> = Vec::new();
    let mut last = Key::root();
    let mut names = run.read();
    while let Some(set) = names.advance() {
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
    kept.finish()
}
