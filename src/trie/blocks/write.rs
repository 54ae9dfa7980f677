//! Writing blocks: as many codes in each as find room.

use super::{BLOCK, FRONT, LONGER, STEP};
use crate::trie::bits::{Bits, WINDOW_BITS, write};

/// Writes blocks.
#[derive(Debug, Default)]
pub(in crate::trie) struct BlocksWriter {
    pub(in crate::trie) blocks: Vec<u8>,
    pub(in crate::trie) separators: Vec<u8>,
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
    pub(in crate::trie) fn push(&mut self, code: Bits, tag: u32, tag_bits: usize) {
        let shared = self.waiting.last().map_or(0, |last| last.code.common(&code));
        self.waiting.push(Waiting { code, shared, tag, tag_bits });
        if self.waiting.len() > usize::from(u8::MAX) || plan(&self.waiting).octets > BLOCK {
            let next = self.waiting.pop();
            self.write_block();
            self.waiting.extend(next);
        }
    }

    /// Writes what is left.
    pub(in crate::trie) fn finish(&mut self) {
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
