//! Sorted codes, front-coded in blocks of one size.
//!
//! ```text
//! block:    count | least length | shared by all (2) | long ones | how much is shared | lengths | long ones | bits | free
//! shared:   for each code an octet: how many bits more than all of the block it shares with the one before
//! lengths:  for each code four bits: how long what is new in it is, with its tag's code, in steps beyond the least
//! long:     for each of the most steps that four bits say an octet: how many more it has
//! bits:     the beginning that all codes of the block share, then for each code what is new in it and its tag's code
//! ```
//!
//! A look-up finds the one block that can have the code by the first 32 bits of every block's first code. Bits are
//! compared only where a code shares with its predecessor exactly what the code that is looked for does; where it shares
//! more it is passed over, and where less the search is over. What is shared stands by itself so that eight codes are
//! passed over in one step. Every block takes the same number of octets, so that none needs an address. Whatever octets
//! say, reading ends: a block has at most 255 codes, and what hangs over the end reads as zeroes.

use std::{cmp::Ordering, hint::black_box};

mod write;

pub(super) use self::write::BlocksWriter;
use super::bits::{Bits, MAX_CODE_BITS, WINDOW_BITS, window, word};

/// Octets of a block: six lines of a processor's cache.
pub(super) const BLOCK: usize = 384;
/// Octets of a line.
const LINE: usize = 64;
/// Octets of a separator.
pub(super) const SEPARATOR: usize = 4;
/// Octets before what is said of each code.
const FRONT: usize = 5;
/// Lengths are counted in steps of so many bits.
const STEP: usize = 4;
/// The most steps that four bits say.
const MOST_STEPS: usize = 15;
/// A one in every octet of a word.
const ONES: u64 = 0x0101_0101_0101_0101;

/// The longest tag's code, in bits.
const MAX_TAG_BITS: usize = 32;
// Even the longest code finds room in a block of its own.
const _: () = assert!(BLOCK * 8 >= MAX_CODE_BITS + MAX_TAG_BITS + (FRONT + 16) * 8);

/// Where a code was found, or what was there instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// The code is there; the bits of its tag begin with this word.
    Tag(u64),
    /// It is not there, and no code shares more bits with it than so many.
    Nothing(usize),
}

/// The blocks of a trie, and what finds them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Blocks<'t> {
    /// All blocks, one behind the other.
    pub(super) octets: &'t [u8],
    /// The first 32 bits of the first code of each, little endian.
    pub(super) separators: &'t [u8],
    /// See [`Root`].
    pub(super) root: &'t Root,
}

/// Where to begin among the separators: codes are almost evenly spread, so their first bits tell.
#[derive(Debug, Default)]
pub(super) struct Root {
    /// How many separators are less than the first with these upper bits.
    starts: Vec<u32>,
    /// How many bits of a separator are not looked at.
    shift: u32,
}

impl Root {
    /// For these separators; `None` if they are not in order, or too many.
    pub(super) fn new(separators: &[u8]) -> Option<Self> {
        let count = u32::try_from(separators.len() / SEPARATOR).ok()?;
        let bits = (count / 2).max(1).ilog2();
        let shift = 32 - bits;
        let mut starts = Vec::with_capacity((1 << bits) + 1);
        let mut before = 0;
        for (at, separator) in (0..).zip(separators.chunks_exact(SEPARATOR)) {
            let separator = u32::from_le_bytes(separator.try_into().ok()?);
            if separator < before {
                return None;
            }
            before = separator;
            while starts.len() as u64 <= u64::from(separator) >> shift {
                starts.push(at);
            }
        }
        starts.resize((1 << bits) + 1, count);
        Some(Self { starts, shift })
    }

    /// Which separators may have the upper bits of `first`.
    fn range(&self, first: u32) -> (usize, usize) {
        let at = (u64::from(first) >> self.shift) as usize;
        match self.starts.get(at..at + 2) {
            Some([start, end]) => (*start as usize, *end as usize),
            _ => (0, 0),
        }
    }

    /// Octets that it takes in memory.
    pub(super) fn octets(&self) -> usize {
        self.starts.capacity() * size_of::<u32>()
    }
}

impl<'t> Blocks<'t> {
    /// Asks memory for all lines of these blocks at once.
    pub(super) fn fetch(self, places: impl Iterator<Item = usize>) {
        let octets =
            places.filter_map(|at| self.block_octets(at)).flat_map(|octets| octets.iter().step_by(LINE));
        black_box(octets.fold(0, |all, octet| all ^ octet));
    }

    /// Looks for a whole code.
    pub(super) fn find(self, code: &Bits) -> Found {
        self.find_before(self.by_separators(code), code)
    }

    /// As [`Blocks::find`], for a code of which [`Blocks::by_separators`] is known.
    pub(super) fn find_before(self, after: usize, code: &Bits) -> Found {
        let after = self.among_alike(after, code, |order| order != Ordering::Greater);
        let of_next = || self.block(after).map_or(0, |next| next.common(code));
        let Some(block) = after.checked_sub(1).and_then(|at| self.block(at)) else {
            return Found::Nothing(of_next());
        };
        block.fetch();
        let mut same = block.common(code).min(block.shared);
        if same < block.shared {
            return Found::Nothing(same.max(of_next()));
        }
        let mut place = block.start();
        let mut next = 0;
        while let Some(index) = block.next_sharing_at_most(next, same - block.shared) {
            let shared = block.shared + block.more(index);
            if shared < same {
                return Found::Nothing(same);
            }
            block.go_to(&mut place, index);
            let (more, order) = compare(block.octets, place.at, code, same);
            same += more;
            match order {
                Ordering::Equal => return Found::Tag(window(block.octets, place.at + more)),
                Ordering::Greater => return Found::Nothing(same),
                Ordering::Less => next = index + 1,
            }
        }
        Found::Nothing(same.max(of_next()))
    }

    /// The codes from the first on that is not less than `code`, which may be the beginning of one.
    pub(super) fn from(self, code: &Bits) -> Cursor<'t> {
        let after = self.among_alike(self.by_separators(code), code, |order| order == Ordering::Less);
        let mut cursor = self.cursor(after.saturating_sub(1));
        while cursor.compare(code) == Some(Ordering::Less) {
            cursor.advance();
        }
        cursor
    }

    fn cursor(self, at: usize) -> Cursor<'t> {
        let block = self.block(at).map(|block| (block, block.start()));
        let mut cursor = Cursor { blocks: self, at, block, bits: Bits::new(), valid: true };
        cursor.advance();
        cursor
    }

    /// How many blocks there are, from the first on, of which the separators do not say that they begin with a greater
    /// code.
    pub(super) fn by_separators(self, code: &Bits) -> usize {
        let first = first(code);
        let (start, end) = self.root.range(first);
        Self::search(start, end, |at| self.separator(at) <= first)
    }

    /// How many blocks there are, from the first on, whose first code stands to `code` as `holds` wants it, if there are
    /// `end` by the separators.
    fn among_alike(self, end: usize, code: &Bits, holds: impl Fn(Ordering) -> bool) -> usize {
        let first = first(code);
        // Few blocks begin with the same 32 bits; they are told apart by their whole first codes.
        if end == 0 || self.separator(end - 1) != first {
            return end;
        }
        let start = Self::search(self.root.range(first).0, end, |at| self.separator(at) < first);
        Self::search(start, end, |at| self.block(at).is_some_and(|block| holds(block.compare(code))))
    }

    /// Asks memory for what tells where to begin among the separators, and then for these, for all codes at once.
    pub(super) fn fetch_separators<'c>(self, codes: impl Iterator<Item = &'c Bits> + Clone) {
        let roots = codes.clone().map(|code| self.root.range(first(code)).0);
        black_box(roots.fold(0, |all, start| all ^ start));
        let separators = codes.map(|code| self.separator(self.root.range(first(code)).0));
        black_box(separators.fold(0, |all, separator| all ^ separator));
    }

    /// Where in a range that which holds at its beginning ends.
    fn search(start: usize, end: usize, holds: impl Fn(usize) -> bool) -> usize {
        let (mut start, mut end) = (start, end);
        while start < end {
            let middle = usize::midpoint(start, end);
            if holds(middle) { start = middle + 1 } else { end = middle }
        }
        start
    }

    fn separator(self, at: usize) -> u32 {
        let octets = self.separators.get(at * SEPARATOR..).and_then(|rest| rest.first_chunk());
        octets.map_or(u32::MAX, |octets| u32::from_le_bytes(*octets))
    }

    fn block_octets(self, at: usize) -> Option<&'t [u8; BLOCK]> {
        self.octets.get(at * BLOCK..)?.first_chunk()
    }

    fn block(self, at: usize) -> Option<Block<'t>> {
        let octets = self.block_octets(at)?;
        let [count, least, low, high, long, ..] = *octets;
        let count = usize::from(count);
        let lengths = FRONT + count;
        let long_ones = lengths + count.div_ceil(2);
        Some(Block {
            octets,
            count,
            shared: usize::from(u16::from_le_bytes([low, high])),
            least: usize::from(least),
            lengths,
            long_ones,
            bits: (long_ones + usize::from(long)) * 8,
        })
    }
}

/// The bits of a code that a separator has.
fn first(code: &Bits) -> u32 {
    (code.window(0) >> 32) as u32
}

/// How many bits of `code` from bit `from` on are those of `octets` from bit `at` on, and how the octets stand to the
/// code; equal if they only begin with it.
fn compare(octets: &[u8], at: usize, code: &Bits, from: usize) -> (usize, Ordering) {
    let most = code.len().saturating_sub(from);
    let mut same = 0;
    while same < most {
        let (theirs, ours) = (window(octets, at + same), code.window(from + same));
        let differing = (theirs ^ ours).leading_zeros() as usize;
        if differing < WINDOW_BITS {
            same += differing;
            return if same < most { (same, theirs.cmp(&ours)) } else { (most, Ordering::Equal) };
        }
        same += WINDOW_BITS;
    }
    (most, Ordering::Equal)
}

#[derive(Debug, Clone, Copy)]
struct Block<'t> {
    octets: &'t [u8; BLOCK],
    count: usize,
    /// How many bits all codes share.
    shared: usize,
    /// The least length of what is new in a code.
    least: usize,
    /// Where the lengths stand.
    lengths: usize,
    /// Where the long ones stand.
    long_ones: usize,
    /// Where the bits begin: those of the first code, in one piece.
    bits: usize,
}

/// A place in a block.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// How many codes stand before it.
    index: usize,
    /// Where what is new in the code here begins, in bits.
    at: usize,
    /// Where the next long one stands.
    long: usize,
}

impl Block<'_> {
    const fn start(&self) -> Place {
        Place { index: 0, at: self.bits + self.shared, long: self.long_ones }
    }

    /// Asks memory for all lines of the block, so that a look-up waits for them once and not one after the other: an
    /// eighth of its time where they are in no cache.
    fn fetch(&self) {
        black_box(self.octets.iter().step_by(LINE).fold(0, |all, octet| all ^ octet));
    }

    /// How many bits the first code shares with `code`.
    fn common(&self, code: &Bits) -> usize {
        compare(self.octets, self.bits, code, 0).0
    }

    /// How the first code stands to `code`; equal if it only begins with it.
    fn compare(&self, code: &Bits) -> Ordering {
        compare(self.octets, self.bits, code, 0).1
    }

    /// How many bits more than all share the code at `index` shares with the one before it.
    fn more(&self, index: usize) -> usize {
        self.octets.get(FRONT + index).map_or(0, |more| usize::from(*more))
    }

    /// The first code from `index` on that shares with the one before it at most so many bits more than all share.
    fn next_sharing_at_most(&self, index: usize, more: usize) -> Option<usize> {
        let most = more.min(255) as u64;
        // In seven bits of each octet the sum has the eighth set where they are greater than those of `most`.
        let add = ONES * (127 - most % 128);
        let mut index = index;
        while index < self.count {
            let octets = word(self.octets, FRONT + index);
            let sum = (octets & (ONES * 127)) + add;
            let greater = if most < 128 { octets | sum } else { octets & sum };
            let stops = !greater & (ONES * 128);
            if stops != 0 {
                index += stops.trailing_zeros() as usize / 8;
                return (index < self.count).then_some(index);
            }
            index += 8;
        }
        None
    }

    /// Goes on to the code at `index`.
    fn go_to(&self, place: &mut Place, index: usize) {
        let (mut from, mut steps) = (place.index, 0);
        while from < index {
            // Of the sixteen lengths that a word has, the first may be that of an earlier code.
            let count = (index - from).min(15);
            let lengths =
                word(self.octets, self.lengths + from / 2) >> (from % 2 * 4) & ((1 << (4 * count)) - 1);
            let pairs = (lengths & (ONES * 15)) + (lengths >> 4 & (ONES * 15));
            steps += (pairs.wrapping_mul(ONES) >> 56) as usize;
            let most = lengths & lengths >> 2;
            let mut most = most & most >> 1 & (ONES * 17);
            while most != 0 {
                steps += self.octets.get(place.long).map_or(0, |more| usize::from(*more));
                place.long += 1;
                most &= most - 1;
            }
            from += count;
        }
        place.at += (index - place.index) * self.least + steps * STEP;
        place.index = index;
    }
}

/// A place among the codes.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'t> {
    blocks: Blocks<'t>,
    at: usize,
    /// The block, and where in it the code behind the one here begins.
    block: Option<(Block<'t>, Place)>,
    bits: Bits,
    valid: bool,
}

impl Cursor<'_> {
    /// The code here, with its tag's code and perhaps a few bits behind it; `None` behind the last.
    pub(super) fn bits(&self) -> Option<&Bits> {
        self.valid.then_some(&self.bits)
    }

    /// Goes on to the next code.
    pub(super) fn advance(&mut self) {
        while let Some((block, place)) = &mut self.block {
            if place.index < block.count {
                let Place { index, at, .. } = *place;
                block.go_to(place, index + 1);
                if index == 0 {
                    self.bits.replace_end(0, block.octets, block.bits, block.shared);
                }
                self.bits.replace_end(block.shared + block.more(index), block.octets, at, place.at - at);
                return;
            }
            self.at += 1;
            self.block = self.blocks.block(self.at).map(|block| (block, block.start()));
        }
        self.valid = false;
    }

    /// How the code here stands to `code`; equal if it only begins with it; `None` behind the last.
    pub(super) fn compare(&self, code: &Bits) -> Option<Ordering> {
        let bits = self.bits()?;
        let same = bits.common(code);
        Some(if same >= code.len() { Ordering::Equal } else { bits.window(same).cmp(&code.window(same)) })
    }
}

#[cfg(test)]
mod tests;
