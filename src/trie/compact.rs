//! From names in order to the bytes of a [`Trie`]: what to put into the dictionary, counts for the codes, the codes
//! themselves, sorted, in blocks.

use super::{
    Trie,
    bits::{Bits, MAX_CODE_BITS},
    blocks::BlocksWriter,
    code::{self, Counts, LabelCode, MORE},
    edges::{Edges, ROOT, hash},
    file::Parts,
    filter,
    huffman::{self, MAX_BITS},
    key::{COMMON, END, Key, labels, octets, shared},
    runs::Run,
    sets::{NO_SET, Sets},
    side::Side,
    suffixes::{self, Suffixes, SuffixesBuilder},
    table,
};
use crate::name::MAX_LABEL_OCTETS;

/// How many names at or below a suffix make it worth a place in the dictionary.
const NAMES_OF_A_SUFFIX: u32 = 32;
/// The longest code of a name, so that its tag's code finds room behind it.
const MAX_NAME_BITS: usize = MAX_CODE_BITS - MAX_BITS as usize;

/// A trie of these names.
pub(super) fn trie(run: &Run, sets: &Sets) -> Option<Trie> {
    let mut suffixes = suffixes_of(run);
    let counts = Counted::of(run, sets, &mut suffixes);
    let lengths = huffman::lengths(&counts.suffixes, suffixes::MAX_LENGTH);
    let suffixes = suffixes.finish(&lengths, |set| counts.number(set))?;
    let label_lengths = counts.labels.lengths();
    let labels = LabelCode::new(&label_lengths)?;

    let mut filter = vec![0; filter::octets_for(counts.filter_keys)];
    let mut coded = Coded::with_room_for(counts.coded);
    let mut side = Side::default();
    let mut names = run.read();
    while let Some(set) = names.advance() {
        let parted = Parted::new(names.key(), suffixes.edges());
        if parted.rest.is_empty() {
            continue;
        }
        let set = counts.number(set);
        match parted.code(&suffixes, &labels) {
            Some(code) => {
                filter::add(&mut filter, parted.filter_key());
                coded.push(&code, set);
            }
            None => side.push(names.key(), set)?,
        }
    }
    let mut parts = Parts { names: counts.names as u64, filter, ..Parts::default() };
    suffixes.write(&mut parts.suffixes);
    code::pack_lengths(&label_lengths, &mut parts.labels);
    side.write(&mut parts.side);
    let set_lengths = huffman::lengths(&counts.counts_of_used(), MAX_BITS);
    table::write(counts.used.iter().map(|set| sets.set(*set)), &set_lengths, &mut parts.sets);
    drop(counts);
    let BlocksWriter { blocks, separators, .. } = coded.in_blocks(&set_lengths)?;
    (parts.blocks, parts.separators) = (blocks, separators);
    Trie::from_bytes(parts.into_bytes()).ok()
}

/// The suffixes below which many names stand, those above first.
fn suffixes_of(run: &Run) -> SuffixesBuilder {
    let mut found = Candidates::default();
    // The names on the way to the one that is looked at, by the length of their keys, and how many were met below each.
    let mut above: Vec<(usize, u32)> = vec![(0, 0)];
    let mut last = Key::root();
    let mut names = run.read();
    while names.advance().is_some() {
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
    found.builder()
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
    /// Names that get codes, except those that turn out too long.
    coded: usize,
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
    fn of(run: &Run, sets: &Sets, suffixes: &mut SuffixesBuilder) -> Self {
        let mut counts = Self {
            names: 0,
            coded: 0,
            filter_keys: 0,
            labels: Counts::default(),
            suffixes: vec![0; suffixes.edges().len()],
            sets: vec![(0, None); sets.len()],
            used: Vec::new(),
        };
        counts.use_set(NO_SET);
        let mut last = (ROOT, 0);
        let mut names = run.read();
        while let Some(set) = names.advance() {
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
        counts
    }

    fn add(&mut self, parted: &Parted<'_>, set: u32) {
        self.coded += 1;
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

/// Codes with their sets, to be sorted.
#[derive(Debug)]
struct Coded {
    order: Vec<Unsorted>,
    /// For each code its length in bits (two octets), and its bits behind the first 64.
    rest: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
struct Unsorted {
    /// The first 64 bits, which mostly tell codes apart.
    first: u64,
    /// Where the rest stands.
    at: u32,
    set: u32,
}

impl Coded {
    fn with_room_for(codes: usize) -> Self {
        Self { order: Vec::with_capacity(codes), rest: Vec::new() }
    }

    fn push(&mut self, code: &Bits, set: u32) {
        self.order.push(Unsorted { first: code.window(0), at: self.rest.len() as u32, set });
        self.rest.extend((code.len() as u16).to_le_bytes());
        for at in (64..code.len()).step_by(8) {
            self.rest.push((code.window(at) >> 56) as u8);
        }
    }

    /// The codes in blocks, with tags by the lengths of sets' codes.
    fn in_blocks(self, set_lengths: &[u8]) -> Option<BlocksWriter> {
        let Self { mut order, rest } = self;
        let tags = huffman::codes(set_lengths)?;
        let parts = |unsorted: &Unsorted| {
            let (length, rest) = rest.get(unsorted.at as usize..)?.split_first_chunk()?;
            let length = usize::from(u16::from_le_bytes(*length));
            Some((rest.get(..length.saturating_sub(64).div_ceil(8))?, length))
        };
        order.sort_unstable_by(|one, other| {
            one.first.cmp(&other.first).then_with(|| parts(one).cmp(&parts(other)))
        });
        let mut writer = BlocksWriter::default();
        for unsorted in &order {
            let (rest, length) = parts(unsorted)?;
            let set = unsorted.set as usize;
            let code = Bits::from_parts(unsorted.first, rest, length);
            writer.push(code, *tags.get(set)?, usize::from(*set_lengths.get(set)?));
        }
        writer.finish();
        Some(writer)
    }
}
