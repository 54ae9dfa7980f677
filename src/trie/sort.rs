//! Sorting more keys than memory has room for: some are sorted at a time, as a run, and runs are merged.

use std::io;

use super::{
    key::{Key, first},
    runs::{Reader, Run, Writer},
    scratch::Scratches,
};
use crate::name::MAX_WIRE_OCTETS;

/// How many keys are sorted at once, and how many octets of keys: few enough that they take some 4 MiB.
const CHUNK: usize = 1 << 16;
const CHUNK_OCTETS: usize = 2 << 20;
/// How many runs are merged at once.
const MERGED: usize = 64;

/// What becomes of the numbers of keys that are the same.
pub(super) trait Join {
    /// One number for at least two.
    fn join(&mut self, numbers: &[u32]) -> u32;
}

/// Keys that are all different.
#[derive(Debug)]
pub(super) struct Different;

impl Join for Different {
    fn join(&mut self, numbers: &[u32]) -> u32 {
        numbers.first().copied().unwrap_or_default()
    }
}

/// Takes keys with their numbers in any order.
#[derive(Debug, Default)]
pub(super) struct Sorter {
    scratches: Scratches,
    chunk: Chunk,
    /// Runs of chunks, runs of [`MERGED`] of these, and so on: so every key is written a few times, however many runs
    /// there are.
    levels: Vec<Vec<Run>>,
}

impl Sorter {
    pub(super) fn new(scratches: Scratches) -> Self {
        Self { scratches, ..Self::default() }
    }

    pub(super) fn push(&mut self, key: &[u8], number: u32, join: &mut impl Join) -> io::Result<()> {
        self.chunk.push(key, number);
        let is_full = self.chunk.names.len() >= CHUNK || self.chunk.octets.len() >= CHUNK_OCTETS;
        if is_full { self.end_chunk(join) } else { Ok(()) }
    }

    /// All keys. What was only needed for sorting is given up.
    pub(super) fn finish(mut self, join: &mut impl Join) -> io::Result<Sorted> {
        self.end_chunk(join)?;
        Ok(Sorted { runs: self.levels.into_iter().flatten().collect() })
    }

    fn end_chunk(&mut self, join: &mut impl Join) -> io::Result<()> {
        let run = self.chunk.drain(&self.scratches, join);
        self.add(run, join)
    }

    /// Adds keys that are in order already.
    pub(super) fn add(&mut self, mut run: Run, join: &mut impl Join) -> io::Result<()> {
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let runs = &mut self.levels[level];
            runs.push(run);
            if runs.len() < MERGED {
                break;
            }
            run = Sorted { runs: std::mem::take(runs) }.merged(&self.scratches, join)?;
        }
        Ok(())
    }
}

/// Keys in order, in one or several runs.
#[derive(Debug)]
pub(super) struct Sorted {
    runs: Vec<Run>,
}

impl Sorted {
    /// Adds other keys in order.
    pub(super) fn add(&mut self, run: Run) {
        self.runs.push(run);
    }

    /// All keys in order, each once.
    pub(super) fn read(&self) -> io::Result<Merge<'_>> {
        Merge::new(&self.runs)
    }

    fn merged(&self, scratches: &Scratches, join: &mut impl Join) -> io::Result<Run> {
        let mut merged = Writer::new(scratches);
        let mut keys = self.read()?;
        while let Some(number) = keys.advance(join)? {
            merged.push(keys.key(), number);
        }
        Ok(merged.finish())
    }
}

/// Reads several runs as one.
#[derive(Debug)]
pub(super) struct Merge<'r> {
    sources: Vec<Source<'r>>,
    /// Sources with a key, as a heap: the one at the top has the least.
    order: Vec<usize>,
    key: Key,
}

/// A run that is being read.
#[derive(Debug)]
struct Source<'r> {
    reader: Reader<'r>,
    /// The first symbols of its key, which mostly tell keys apart.
    first: u128,
    number: u32,
}

impl<'r> Merge<'r> {
    fn new(runs: &'r [Run]) -> io::Result<Self> {
        let sources = runs.iter().map(|run| Source { reader: run.read(), first: 0, number: 0 }).collect();
        let mut merge = Self { sources, order: Vec::new(), key: Key::root() };
        for index in 0..merge.sources.len() {
            if merge.sources[index].advance()? {
                merge.order.push(index);
            }
        }
        for place in (0..merge.order.len() / 2).rev() {
            merge.sink(place);
        }
        Ok(merge)
    }

    /// The number of the next key, which stands in [`Merge::key`] then; `None` at the end.
    pub(super) fn advance(&mut self, join: &mut impl Join) -> io::Result<Option<u32>> {
        let Some(top) = self.order.first().map(|top| &self.sources[*top]) else { return Ok(None) };
        let mut number = top.number;
        let _ = self.key.replace_end(0, top.reader.key());
        self.step()?;
        while let Some(top) = self.order.first().map(|top| &self.sources[*top])
            && top.reader.key() == self.key.symbols()
        {
            number = join.join(&[number, top.number]);
            self.step()?;
        }
        Ok(Some(number))
    }

    /// The key that was read last.
    pub(super) fn key(&self) -> &[u8] {
        self.key.symbols()
    }

    /// Takes the next key of the run at the top.
    fn step(&mut self) -> io::Result<()> {
        if !self.sources[self.order[0]].advance()? {
            self.order.swap_remove(0);
        }
        self.sink(0);
        Ok(())
    }

    /// Lets the source at a place of the heap sink to where it belongs.
    fn sink(&mut self, mut place: usize) {
        let Self { sources, order, .. } = self;
        let less = |one: usize, other: usize| sources[one].is_before(&sources[other]);
        loop {
            let mut least = place;
            for child in [2 * place + 1, 2 * place + 2] {
                if child < order.len() && less(order[child], order[least]) {
                    least = child;
                }
            }
            if least == place {
                return;
            }
            order.swap(place, least);
            place = least;
        }
    }
}

impl Source<'_> {
    /// Tells whether there is a next key.
    fn advance(&mut self) -> io::Result<bool> {
        let Some(number) = self.reader.advance()? else { return Ok(false) };
        (self.first, self.number) = (first(self.reader.key()), number);
        Ok(true)
    }

    fn is_before(&self, other: &Self) -> bool {
        (self.first, self.reader.key()) < (other.first, other.reader.key())
    }
}

/// Keys as they come, until there are enough for a run.
#[derive(Debug, Default)]
struct Chunk {
    /// Keys, each with its length before it.
    octets: Vec<u8>,
    names: Vec<Unsorted>,
}

/// A key that waits for its place.
#[derive(Debug, Clone, Copy)]
struct Unsorted {
    /// Its first sixteen symbols, which mostly tell keys apart.
    first: u128,
    /// Where it stands.
    at: u32,
    number: u32,
}

impl Chunk {
    fn push(&mut self, key: &[u8], number: u32) {
        if self.names.capacity() == 0 {
            // All at once: growing would leave holes, and in the end twice the room. Pages that are not written take none.
            self.names.reserve_exact(CHUNK);
            self.octets.reserve_exact(CHUNK_OCTETS + MAX_WIRE_OCTETS);
        }
        let at = self.octets.len() as u32;
        self.octets.push(key.len() as u8);
        self.octets.extend_from_slice(key);
        self.names.push(Unsorted { first: first(key), at, number });
    }

    /// The keys as a run; the chunk is empty then.
    fn drain(&mut self, scratches: &Scratches, join: &mut impl Join) -> Run {
        let Self { octets, names } = self;
        let key_of = |name: &Unsorted| {
            let at = name.at as usize;
            &octets[at + 1..at + 1 + usize::from(octets[at])]
        };
        names.sort_unstable_by(|one, other| {
            one.first.cmp(&other.first).then_with(|| key_of(one).cmp(key_of(other)))
        });
        let mut run = Writer::new(scratches);
        for same in names.chunk_by(|one, other| one.first == other.first && key_of(one) == key_of(other)) {
            let number = match same {
                [one] => one.number,
                [one, other] => join.join(&[one.number, other.number]),
                // One step however many they are, so that a name which a list repeats a million times costs no more
                // than a million names.
                _ => join.join(&same.iter().map(|name| name.number).collect::<Vec<_>>()),
            };
            run.push(key_of(&same[0]), number);
        }
        octets.clear();
        names.clear();
        run.finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// Joins by taking the sum.
    struct Sum;

    impl Join for Sum {
        fn join(&mut self, numbers: &[u32]) -> u32 {
            numbers.iter().sum()
        }
    }

    proptest! {
        #[test]
        fn keys_come_once_each_in_order(parts in proptest::collection::vec(proptest::collection::vec((proptest::collection::vec(0_u8..4, 0..24), 0_u32..400), 0..12), 0..150)) {
            let mut sorter = Sorter::default();
            let mut expected: BTreeMap<Vec<u8>, u32> = BTreeMap::new();
            for part in parts {
                for (key, number) in part {
                    sorter.push(&key, number, &mut Sum).unwrap();
                    *expected.entry(key).or_default() += number;
                }
                sorter.end_chunk(&mut Sum).unwrap();
            }
            let sorted = sorter.finish(&mut Sum).unwrap();
            let mut keys = sorted.read().unwrap();
            for (key, number) in expected {
                prop_assert_eq!(keys.advance(&mut Sum).unwrap(), Some(number));
                prop_assert_eq!(keys.key(), key);
            }
            prop_assert_eq!(keys.advance(&mut Sum).unwrap(), None);
        }
    }
}
