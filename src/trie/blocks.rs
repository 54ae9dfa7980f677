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

use super::bits::{Bits, MAX_CODE_BITS, WINDOW_BITS, window, write};

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
    pub(super) blocks: &'t [u8],
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
        while let Some(head) = heads.next() {
            if head.shared > same {
                continue;
            }
            if head.shared < same {
                return Found::Nothing(same);
            }
            same += common(block.octets, head.at, code, same);
            let differing = head.at + same - head.shared;
            if same >= code.len() {
                return Found::Tag(window(block.octets, differing));
            }
            if window(block.octets, differing) > code.window(same) {
                return Found::Nothing(same);
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
        let start = Self::search(start, end, |at| self.separator(at) < first);
        let end = Self::search(start, end, |at| self.separator(at) <= first);
        // Few blocks begin with the same 32 bits; they are told apart by their whole first codes.
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
        let octets = self.blocks.get(at * BLOCK..(at + 1) * BLOCK)?;
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

/// How many bits of `code` from bit `from` on are those of `octets` from bit `at` on.
fn common(octets: &[u8], at: usize, code: &Bits, from: usize) -> usize {
    let most = code.len().saturating_sub(from);
    let mut same = 0;
    while same < most {
        let differing = (window(octets, at + same) ^ code.window(from + same)).leading_zeros() as usize;
        if differing < WINDOW_BITS {
            return (same + differing).min(most);
        }
        same += WINDOW_BITS;
    }
    most
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
        common(self.octets, self.bits, code, 0)
    }

    /// How the first code stands to `code`; equal if it only begins with it.
    fn compare(self, code: &Bits) -> Ordering {
        let same = self.common(code);
        if same >= code.len() {
            Ordering::Equal
        } else {
            window(self.octets, self.bits + same).cmp(&code.window(same))
        }
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
#[derive(Debug, Clone, Copy)]
struct Heads<'t> {
    block: Block<'t>,
    left: u8,
    /// Where the next octet stands.
    next: usize,
    /// Where the next code's new bits begin.
    at: usize,
}

impl Heads<'_> {
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

/// Writes blocks.
#[derive(Debug, Default)]
pub(super) struct BlocksWriter {
    pub(super) blocks: Vec<u8>,
    pub(super) separators: Vec<u8>,
    /// Codes of the next block.
    waiting: Vec<Waiting>,
}

/// A code that is to be written.
#[derive(Debug)]
struct Waiting {
    code: Bits,
    /// How much it shares with the one before it.
    shared: usize,
    tag: u32,
    tag_bits: usize,
}

/// How a block's codes are written, and what that takes.
#[derive(Debug, Clone, Copy)]
struct Plan {
    shared: usize,
    base: usize,
    octets: usize,
}

impl BlocksWriter {
    /// Adds the next code, which must be greater than the last, with the code of its tag.
    pub(super) fn push(&mut self, code: Bits, tag: u32, tag_bits: usize) {
        let shared = self.waiting.last().map_or(0, |last| last.code.common(&code));
        self.waiting.push(Waiting { code, shared, tag, tag_bits });
        if self.waiting.len() > usize::from(u8::MAX) || plan(&self.waiting).octets > BLOCK {
            let next = self.waiting.pop();
            self.write_block();
            self.waiting.extend(next);
        }
    }

    /// Writes what is left.
    pub(super) fn finish(&mut self) {
        if !self.waiting.is_empty() {
            self.write_block();
        }
    }

    fn write_block(&mut self) {
        let Plan { shared, base, .. } = plan(&self.waiting);
        let mut heads = Vec::new();
        for (index, waiting) in self.waiting.iter().enumerate() {
            push_head(&mut heads, waiting.own(index, shared) - shared, waiting.steps(index, shared, base));
        }
        let start = self.blocks.len();
        let [low, high] = (shared as u16).to_le_bytes();
        self.blocks.extend([self.waiting.len() as u8, base as u8, low, high, heads.len() as u8]);
        self.blocks.extend_from_slice(&heads);
        self.blocks.resize(start + BLOCK, 0);
        let octets = &mut self.blocks[start..];
        let mut at = (FRONT + heads.len()) * 8;
        for (index, Waiting { code, tag, tag_bits, .. }) in self.waiting.iter().enumerate() {
            if index == 0 {
                self.separators.extend(((code.window(0) >> 32) as u32).to_le_bytes());
                write_bits(octets, at, code, 0);
                at += shared;
            }
            let waiting = &self.waiting[index];
            let own = waiting.own(index, shared);
            write_bits(octets, at, code, own);
            write(octets, at + code.len() - own, u64::from(*tag) << 32 << (32 - tag_bits), *tag_bits);
            at += base + waiting.steps(index, shared, base) * STEP;
        }
        self.waiting.clear();
    }
}

impl Waiting {
    /// From which bit on it is written.
    const fn own(&self, index: usize, shared: usize) -> usize {
        if index == 0 { shared } else { self.shared }
    }

    const fn length(&self, index: usize, shared: usize) -> usize {
        self.code.len() - self.own(index, shared) + self.tag_bits
    }

    const fn steps(&self, index: usize, shared: usize, base: usize) -> usize {
        (self.length(index, shared) - base).div_ceil(STEP)
    }
}

fn plan(waiting: &[Waiting]) -> Plan {
    let first = waiting.first().map_or(0, |first| first.code.len());
    let shared = waiting.iter().skip(1).map(|waiting| waiting.shared).min().unwrap_or(first);
    let lengths = waiting.iter().enumerate().map(|(index, waiting)| waiting.length(index, shared));
    let base = lengths.min().unwrap_or(0).min(usize::from(u8::MAX));
    let (mut bits, mut heads) = (shared, 0);
    for (index, waiting) in waiting.iter().enumerate() {
        let steps = waiting.steps(index, shared, base);
        bits += base + steps * STEP;
        heads += 1 + more_octets(waiting.own(index, shared) - shared) + more_octets(steps);
    }
    let octets = if heads > usize::from(u8::MAX) { usize::MAX } else { FRONT + heads + bits.div_ceil(8) };
    Plan { shared, base, octets }
}

/// How many octets a number takes beside its four bits.
const fn more_octets(number: usize) -> usize {
    if number < LONGER { 0 } else { (number - LONGER) / 255 + 1 }
}

fn push_head(heads: &mut Vec<u8>, more_shared: usize, steps: usize) {
    heads.push((more_shared.min(LONGER) << 4 | steps.min(LONGER)) as u8);
    for number in [more_shared, steps] {
        if let Some(mut rest) = number.checked_sub(LONGER) {
            while rest >= 255 {
                heads.push(255);
                rest -= 255;
            }
            heads.push(rest as u8);
        }
    }
}

fn write_bits(octets: &mut [u8], at: usize, code: &Bits, from: usize) {
    let mut from = from;
    let mut at = at;
    while from < code.len() {
        let count = (code.len() - from).min(WINDOW_BITS);
        write(octets, at, code.window(from), count);
        from += count;
        at += count;
    }
}
