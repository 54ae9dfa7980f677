//! Sorted codes, front-coded in blocks of one size.
//!
//! ```text
//! block:   count | base | shared (2) | length of heads | heads | bits | free
//! bits:    the beginning that all codes of the block share, then for each code what is new in it and its tag's code
//! head:    one octet: how much more the code shares with the one before (4 bits), how long what is new is (4 bits)
//! ```
//!
//! A look-up finds the one block that can have the code by the first 32 bits of every block's first code, and goes
//! through its heads. Bits are compared only where a code shares with its predecessor exactly what the code that is
//! looked for does; where it shares more it is passed over, and where less the search is over. Every block takes the
//! same number of octets, so that none needs an address. Whatever octets say, reading ends: a block has at most 255
//! codes, and what hangs over the end reads as zeroes.

use std::cmp::Ordering;

mod write;

pub(super) use self::write::BlocksWriter;
use super::bits::{Bits, MAX_CODE_BITS, WINDOW_BITS, window};

/// Octets of a block: four lines of a processor's cache.
pub(super) const BLOCK: usize = 256;
/// Octets of a separator.
pub(super) const SEPARATOR: usize = 4;
/// Octets before the heads.
const FRONT: usize = 5;
/// Lengths are counted in steps of so many bits.
const STEP: usize = 4;
/// In four bits of a head: the rest of the number stands in octets of its own behind it.
const LONGER: usize = 15;

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
    /// Looks for a whole code.
    pub(super) fn find(self, code: &Bits) -> Found {
        let after = self.blocks_before(code, |order| order != Ordering::Greater);
        let of_next = || self.block(after).map_or(0, |next| next.common(code));
        let Some(block) = after.checked_sub(1).and_then(|at| self.block(at)) else {
            return Found::Nothing(of_next());
        };
        let mut same = block.common(code).min(block.shared);
        if same < block.shared {
            return Found::Nothing(same.max(of_next()));
        }
        let mut heads = block.heads();
        while let Some(head) = heads.next_sharing_at_most(same) {
            if head.shared < same {
                return Found::Nothing(same);
            }
            let (more, order) = compare(block.octets, head.at, code, same);
            same += more;
            match order {
                Ordering::Equal => {
                    return Found::Tag(window(block.octets, head.at + same - head.shared));
                }
                Ordering::Greater => return Found::Nothing(same),
                Ordering::Less => {}
            }
        }
        Found::Nothing(same.max(of_next()))
    }

    /// The codes from the first on that is not less than `code`, which may be the beginning of one.
    pub(super) fn from(self, code: &Bits) -> Cursor<'t> {
        let after = self.blocks_before(code, |order| order == Ordering::Less);
        let mut cursor = self.cursor(after.saturating_sub(1));
        while cursor.compare(code) == Some(Ordering::Less) {
            cursor.advance();
        }
        cursor
    }

    fn cursor(self, at: usize) -> Cursor<'t> {
        let heads = self.block(at).map(Block::heads);
        let mut cursor = Cursor { blocks: self, at, heads, bits: Bits::new(), valid: true };
        cursor.advance();
        cursor
    }

    /// How many blocks there are, from the first on, whose first code stands to `code` as `holds` wants it.
    fn blocks_before(self, code: &Bits, holds: impl Fn(Ordering) -> bool) -> usize {
        let first = (code.window(0) >> 32) as u32;
        let (start, end) = self.root.range(first);
        let end = Self::search(start, end, |at| self.separator(at) <= first);
        // Few blocks begin with the same 32 bits; they are told apart by their whole first codes.
        if end == start || self.separator(end - 1) != first {
            return end;
        }
        let start = Self::search(start, end, |at| self.separator(at) < first);
        Self::search(start, end, |at| self.block(at).is_some_and(|block| holds(block.compare(code))))
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

    fn block(self, at: usize) -> Option<Block<'t>> {
        let octets = self.octets.get(at * BLOCK..(at + 1) * BLOCK)?;
        let [count, base, low, high, heads, ..] = *octets else { return None };
        Some(Block {
            octets,
            count,
            shared: usize::from(u16::from_le_bytes([low, high])),
            base: usize::from(base),
            bits: (FRONT + usize::from(heads)) * 8,
        })
    }
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
    octets: &'t [u8],
    count: u8,
    /// How many bits all codes share.
    shared: usize,
    /// The least length of what is new in a code.
    base: usize,
    /// Where the bits begin: those of the first code, in one piece.
    bits: usize,
}

impl<'t> Block<'t> {
    fn heads(self) -> Heads<'t> {
        Heads { block: self, left: self.count, next: FRONT, at: self.bits + self.shared }
    }

    /// How many bits the first code shares with `code`.
    fn common(self, code: &Bits) -> usize {
        compare(self.octets, self.bits, code, 0).0
    }

    /// How the first code stands to `code`; equal if it only begins with it.
    fn compare(self, code: &Bits) -> Ordering {
        compare(self.octets, self.bits, code, 0).1
    }
}

/// What is said of one code.
#[derive(Debug, Clone, Copy)]
struct Head {
    /// How many bits it shares with the code before.
    shared: usize,
    /// Where the bits stand that are new in it, and how many they are, with those of the tag.
    at: usize,
    length: usize,
}

/// Goes through the heads of a block.
#[derive(Debug, Clone)]
struct Heads<'t> {
    block: Block<'t>,
    left: u8,
    /// Where the next octet stands.
    next: usize,
    /// Where the next code's new bits begin.
    at: usize,
}

impl Heads<'_> {
    /// The next code that shares no more than so many bits with the one before it.
    fn next_sharing_at_most(&mut self, same: usize) -> Option<Head> {
        let within = same.saturating_sub(self.block.shared);
        loop {
            self.pass_over(within);
            let head = self.next()?;
            if head.shared <= same {
                return Some(head);
            }
        }
    }

    /// Passes over heads of one octet that share more than `within` bits beyond those that all share. Nearly all of a
    /// look-up's time goes by here, so this keeps to what stands in registers.
    fn pass_over(&mut self, within: usize) {
        let Block { octets, base, .. } = self.block;
        let (mut left, mut next, mut at) = (self.left, self.next, self.at);
        while left > 0
            && let Some(octet) = octets.get(next)
        {
            let (more, length) = (usize::from(octet >> 4), usize::from(octet & 15));
            if more <= within || more == LONGER || length == LONGER {
                break;
            }
            (left, next, at) = (left - 1, next + 1, at + base + length * STEP);
        }
        (self.left, self.next, self.at) = (left, next, at);
    }

    fn octet(&mut self) -> usize {
        let octet = self.block.octets.get(self.next).map_or(0, |octet| usize::from(*octet));
        self.next += 1;
        octet
    }

    /// A number of four bits, or what follows it: octets of which all but the last are 255.
    fn number(&mut self, four_bits: usize) -> usize {
        let mut number = four_bits;
        if four_bits == LONGER {
            // No number needs more octets than the bits of a code.
            for _ in 0..=MAX_CODE_BITS / 255 {
                let octet = self.octet();
                number += octet;
                if octet < 255 {
                    break;
                }
            }
        }
        number
    }
}

impl Iterator for Heads<'_> {
    type Item = Head;

    fn next(&mut self) -> Option<Head> {
        self.left = self.left.checked_sub(1)?;
        let octet = self.octet();
        let shared = self.block.shared + self.number(octet >> 4);
        let length = self.block.base + self.number(octet & 15) * STEP;
        let head = Head { shared, at: self.at, length };
        self.at += length;
        Some(head)
    }
}

/// A place among the codes.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'t> {
    blocks: Blocks<'t>,
    at: usize,
    heads: Option<Heads<'t>>,
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
        while let Some(heads) = &mut self.heads {
            let (octets, bits) = (heads.block.octets, heads.block.bits);
            let fresh = heads.left == heads.block.count;
            if let Some(head) = heads.next() {
                if fresh {
                    self.bits.replace_end(0, octets, bits, head.shared);
                }
                self.bits.replace_end(head.shared, octets, head.at, head.length);
                return;
            }
            self.at += 1;
            self.heads = self.blocks.block(self.at).map(Block::heads);
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
