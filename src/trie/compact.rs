//! From names in order to the bytes of a [`Trie`]: what to put into the dictionary, counts for the codes, the codes
//! themselves, sorted, in blocks.

use std::io;

use super::{
    BuildError, Scratches, Trie, TrieFileError,
    bits::{Bits, MAX_CODE_BITS},
    blocks::BlocksWriter,
    code::{self, Counts, LabelCode, MORE},
    edges::{Edges, ROOT, hash},
    file::Parts,
    filter,
    huffman::{self, MAX_BITS},
    key::{COMMON, END, Key, labels, octets, shared},
    runs::Run,
    scratch::Written,
    sets::{NO_SET, Sets},
    side::Side,
    sort::{Different, Sorted, Sorter},
    suffixes::{self, Suffixes, SuffixesBuilder},
    table,
};
use crate::name::MAX_LABEL_OCTETS;

/// How many names at or below a suffix make it worth a place in the dictionary.
const NAMES_OF_A_SUFFIX: u32 = 32;
/// The longest code of a name, so that its tag's code finds room behind it.
const MAX_NAME_BITS: usize = MAX_CODE_BITS - MAX_BITS as usize;

/// A trie of these names.
pub(super) fn trie(run: &Run, sets: &Sets, scratches: &Scratches) -> Result<Trie, BuildError> {
    let mut suffixes = suffixes_of(run)?;
    let counts = Counted::of(run, sets, &mut suffixes)?;
    let lengths = huffman::lengths(&counts.suffixes, suffixes::MAX_LENGTH);
    let suffixes = suffixes.finish(&lengths, |set| counts.number(set)).ok_or(DAMAGED)?;
    let mut coding = Coding::new(&counts, &suffixes, scratches)?;
    let mut names = run.read();
    while let Some(set) = names.advance()? {
        coding.add(names.key(), counts.number(set))?;
    }
    let (coded, mut parts) = coding.finish()?;
    parts.names = counts.names as u64;
    suffixes.write(&mut parts.suffixes);
    let set_lengths = huffman::lengths(&counts.counts_of_used(), MAX_BITS);
    table::write(counts.used.iter().map(|set| sets.set(*set)), &set_lengths, &mut parts.sets);
    drop((counts, suffixes));
    (parts.blocks, parts.separators) = in_blocks(&coded, &set_lengths, scratches)?;
    drop(coded);
    Ok(Trie::from_bytes(parts.into_bytes()?)?)
}

/// An empty set in its place would let everything pass, and nobody would know.
const DAMAGED: BuildError = BuildError::Unreadable(TrieFileError::Damaged);

/// Names on their way to codes.
struct Coding<'c> {
    suffixes: &'c Suffixes,
    labels: LabelCode,
    label_lengths: Vec<u8>,
    filter: Vec<u8>,
    coded: Sorter,
    side: Side,
}

impl<'c> Coding<'c> {
    fn new(counts: &Counted, suffixes: &'c Suffixes, scratches: &Scratches) -> Result<Self, BuildError> {
        let label_lengths = counts.labels.lengths();
        Ok(Self {
            suffixes,
            labels: LabelCode::new(&label_lengths).ok_or(DAMAGED)?,
            label_lengths,
            filter: vec![0; filter::octets_for(counts.filter_keys)],
            coded: Sorter::new(scratches.clone()),
            side: Side::default(),
        })
    }

    fn add(&mut self, key: &[u8], set: u32) -> Result<(), BuildError> {
        let parted = Parted::new(key, self.suffixes.edges());
        if parted.rest.is_empty() {
            return Ok(());
        }
        match parted.code(self.suffixes, &self.labels) {
            Some(code) => {
                filter::add(&mut self.filter, parted.filter_key());
                let (octets, length) = as_octets(&code);
                Ok(self.coded.push(octets.get(..length).unwrap_or_default(), set, &mut Different)?)
            }
            None => self.side.push(key, set).ok_or(DAMAGED),
        }
    }

    fn finish(self) -> Result<(Sorted, Parts), BuildError> {
        let mut parts = Parts { filter: self.filter, ..Parts::default() };
        code::pack_lengths(&self.label_lengths, &mut parts.labels);
        self.side.write(&mut parts.side);
        Ok((self.coded.finish(&mut Different)?, parts))
    }
}

/// A code in octets, which sort as codes do, and how many they are: its bits, and how many of the last octet's are none
/// of them.
fn as_octets(code: &Bits) -> ([u8; MAX_CODE_BITS / 8 + 1], usize) {
    let mut octets = [0; MAX_CODE_BITS / 8 + 1];
    let length = code.len().div_ceil(8);
    for (octet, at) in octets.iter_mut().zip((0..code.len()).step_by(8)) {
        *octet = (code.window(at) >> 56) as u8;
    }
    octets[length] = (length * 8 - code.len()) as u8;
    (octets, length + 1)
}

fn from_octets(octets: &[u8]) -> Option<Bits> {
    let (free, octets) = octets.split_last()?;
    let length = (octets.len() * 8).checked_sub(usize::from(*free))?;
    Some(Bits::from_octets(octets, length))
}

/// The codes in blocks, with tags by the lengths of sets' codes.
fn in_blocks(
    coded: &Sorted,
    set_lengths: &[u8],
    scratches: &Scratches,
) -> Result<(Written, Vec<u8>), BuildError> {
    let tags = huffman::codes(set_lengths).ok_or(DAMAGED)?;
    let mut writer = BlocksWriter::new(scratches);
    let mut sorted = coded.read()?;
    while let Some(set) = sorted.advance(&mut Different)? {
        let code = from_octets(sorted.key()).ok_or(DAMAGED)?;
        let tag = tags.get(set as usize).zip(set_lengths.get(set as usize));
        let (tag, length) = tag.ok_or(DAMAGED)?;
        writer.push(code, *tag, usize::from(*length));
    }
    Ok(writer.finish())
}

/// The suffixes below which many names stand, those above first.
fn suffixes_of(run: &Run) -> io::Result<SuffixesBuilder> {
    let mut found = Candidates::default();
    // The names on the way to the one that is looked at, by the length of their keys, and how many were met below each.
    let mut above: Vec<(usize, u32)> = vec![(0, 0)];
    let mut last = Key::root();
    let mut names = run.read();
    while names.advance()?.is_some() {
        let key = names.key();
        found.leave(&mut above, last.symbols(), shared(last.symbols(), key));
        let from = above.last().map_or(0, |(length, _)| *length);
        above.extend((from + 1..=key.len()).filter(|end| key[end - 1] == END).map(|end| (end, 0)));
        if let Some((_, count)) = above.last_mut() {
            *count += 1;
        }
        let _ = last.replace_end(0, key);
    }
    found.leave(&mut above, last.symbols(), 0);
    Ok(found.builder())
}

/// Suffixes that may come into the dictionary.
#[derive(Debug)]
struct Candidates {
    /// With the number of names at or below each.
    found: Vec<(u32, Box<[u8]>)>,
    /// How many names make one.
    least: u32,
}

impl Default for Candidates {
    fn default() -> Self {
        Self { found: Vec::new(), least: NAMES_OF_A_SUFFIX }
    }
}

impl Candidates {
    /// Leaves the names on a way whose keys are longer than `length`.
    fn leave(&mut self, above: &mut Vec<(usize, u32)>, key: &[u8], length: usize) {
        while let Some((end, count)) = above.pop_if(|(end, _)| *end > length) {
            if let Some((_, upper)) = above.last_mut() {
                *upper = upper.saturating_add(count);
            }
            if count >= self.least {
                self.found.push((count, key[..end].into()));
                if self.found.len() >= 2 * suffixes::MOST {
                    self.keep_the_largest();
                }
            }
        }
    }

    fn keep_the_largest(&mut self) {
        // One above another has at least as many names, and is shorter: so it is not dropped before it.
        self.found.sort_unstable_by_key(|(count, key)| (u32::MAX - count, key.len()));
        self.found.truncate(suffixes::MOST);
        if let [.., (least, _)] = &*self.found
            && self.found.len() == suffixes::MOST
        {
            self.least = *least;
        }
    }

    fn builder(mut self) -> SuffixesBuilder {
        self.keep_the_largest();
        self.found.sort_unstable_by(|(_, one), (_, other)| one.cmp(other));
        let mut builder = SuffixesBuilder::with_room_for(self.found.len());
        for (_, key) in &self.found {
            let parted = Parted::new(key, builder.edges());
            // One whose parent found no place has none either.
            if !parted.rest.is_empty() && parted.rest.len() == parted.label().len() + 1 {
                builder.add(parted.suffix, parted.label());
            }
        }
        builder
    }
}

/// A key, parted behind the last suffix of the dictionary.
#[derive(Debug)]
struct Parted<'k> {
    suffix: u32,
    /// The labels that are left.
    rest: &'k [u8],
    /// The first of them in octets.
    label: [u8; MAX_LABEL_OCTETS],
    label_length: usize,
}

impl<'k> Parted<'k> {
    fn new(key: &'k [u8], suffixes: &Edges) -> Self {
        let mut parted = Self { suffix: ROOT, rest: key, label: [0; MAX_LABEL_OCTETS], label_length: 0 };
        for label in labels(key) {
            for (to, octet) in parted.label.iter_mut().zip(octets(label)) {
                *to = octet;
            }
            parted.label_length = label.len();
            let Some(child) = suffixes.child(parted.suffix, parted.label()) else { break };
            parted.suffix = child;
            parted.rest = &parted.rest[label.len() + 1..];
        }
        parted
    }

    fn label(&self) -> &[u8] {
        &self.label[..self.label_length]
    }

    /// What the filter knows it by.
    fn filter_key(&self) -> u64 {
        hash(self.suffix, &self.label, self.label_length)
    }

    /// The labels that are left, each with the symbol at its end.
    fn labels(&self) -> impl Iterator<Item = (&'k [u8], u8)> {
        let mut left = self.rest.len();
        labels(self.rest).map(move |label| {
            left -= label.len() + 1;
            (label, if left == 0 { END } else { MORE })
        })
    }

    /// The name's code; `None` if it cannot be said, or is too long.
    fn code(&self, suffixes: &Suffixes, code: &LabelCode) -> Option<Bits> {
        let mut bits = suffixes.get(self.suffix).code()?;
        for (label, end) in self.labels() {
            let context = code.push_label(octets(label), &mut bits)?;
            code.push(context, end, &mut bits)?;
        }
        (bits.len() <= MAX_NAME_BITS).then_some(bits)
    }
}

/// What is counted before codes are made.
#[derive(Debug)]
struct Counted {
    /// Names with entries.
    names: usize,
    filter_keys: usize,
    labels: Counts,
    /// By suffix: how many codes begin with it.
    suffixes: Vec<u32>,
    /// By set: how many codes have it, and its number in the finished trie if it is used at all.
    sets: Vec<(u32, Option<u32>)>,
    used: Vec<u32>,
}

impl Counted {
    /// Counts, and says what the sets of suffixes are.
    fn of(run: &Run, sets: &Sets, suffixes: &mut SuffixesBuilder) -> io::Result<Self> {
        let mut counts = Self {
            names: 0,
            filter_keys: 0,
            labels: Counts::default(),
            suffixes: vec![0; suffixes.edges().len()],
            sets: vec![(0, None); sets.len()],
            used: Vec::new(),
        };
        counts.use_set(NO_SET);
        let mut last = (ROOT, 0);
        let mut names = run.read();
        while let Some(set) = names.advance()? {
            counts.names += usize::from(!sets.entries(set).is_empty());
            counts.use_set(set);
            let parted = Parted::new(names.key(), suffixes.edges());
            if parted.rest.is_empty() {
                suffixes.set(parted.suffix, set);
            } else if parted.rest.iter().all(|symbol| *symbol < COMMON) {
                counts.add(&parted, set);
                // Names with the same key stand together.
                let key = (parted.suffix, parted.filter_key());
                counts.filter_keys += usize::from(key != last);
                last = key;
            }
        }
        Ok(counts)
    }

    fn add(&mut self, parted: &Parted<'_>, set: u32) {
        for (label, end) in parted.labels() {
            self.labels.add(label, end);
        }
        let counts = [
            self.suffixes.get_mut(parted.suffix as usize),
            self.sets.get_mut(set as usize).map(|(count, _)| count),
        ];
        for count in counts.into_iter().flatten() {
            *count = count.saturating_add(1);
        }
    }

    fn use_set(&mut self, set: u32) {
        if let Some((_, number @ None)) = self.sets.get_mut(set as usize) {
            *number = Some(self.used.len() as u32);
            self.used.push(set);
        }
    }

    /// The number that a set has in the finished trie.
    fn number(&self, set: u32) -> u32 {
        self.sets.get(set as usize).and_then(|(_, number)| *number).unwrap_or(NO_SET)
    }

    /// How many codes have each of the sets that are used.
    fn counts_of_used(&self) -> Vec<u32> {
        self.used.iter().map(|set| self.sets.get(*set as usize).map_or(0, |(count, _)| *count)).collect()
    }
}
