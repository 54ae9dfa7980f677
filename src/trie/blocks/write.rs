//! Writing blocks: as many codes in each as find room.

use super::{BLOCK, FRONT, MOST_STEPS, STEP};
use crate::trie::{
    Scratches,
    bits::{Bits, WINDOW_BITS, write},
    scratch::{Writing, Written},
};

/// Up to so many bits a code is sure to be said with one octet for a long one.
const MOST_ORDINARY: usize = 1000;

/// Writes blocks.
#[derive(Debug)]
pub(in crate::trie) struct BlocksWriter {
    blocks: Writing,
    separators: Vec<u8>,
    /// Codes of the next block.
    waiting: Vec<Waiting>,
    /// How many bits they take at most, as far as that is known without the others: what they take exactly is worked out
    /// only when a block is nearly full.
    at_most: usize,
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
    least: usize,
    octets: usize,
}

impl BlocksWriter {
    pub(in crate::trie) fn new(scratches: &Scratches) -> Self {
        Self { blocks: scratches.begin(), separators: Vec::new(), waiting: Vec::new(), at_most: 0 }
    }

    /// Adds the next code, which must be greater than the last, with the code of its tag.
    pub(in crate::trie) fn push(&mut self, code: Bits, tag: u32, tag_bits: usize) {
        let shared = self.waiting.last().map_or(0, |last| last.code.common(&code));
        let waiting = Waiting { code, shared, tag, tag_bits };
        self.at_most += waiting.at_most();
        self.waiting.push(waiting);
        if FRONT * 8 + self.at_most <= BLOCK * 8 {
            return;
        }
        if self.waiting.len() > usize::from(u8::MAX) || plan(&self.waiting).octets > BLOCK {
            let next = self.waiting.pop();
            self.write_block();
            self.at_most = 0;
            if let Some(next) = next {
                let next = Waiting { shared: 0, ..next };
                self.at_most = next.at_most();
                self.waiting.push(next);
            }
        }
    }

    /// Writes what is left. Gives the blocks and their separators.
    pub(in crate::trie) fn finish(mut self) -> (Written, Vec<u8>) {
        if !self.waiting.is_empty() {
            self.write_block();
        }
        (self.blocks.finish(), self.separators)
    }

    fn write_block(&mut self) {
        let Plan { shared, least, .. } = plan(&self.waiting);
        let mut block = Vec::with_capacity(BLOCK);
        let [low, high] = (shared as u16).to_le_bytes();
        block.extend([self.waiting.len() as u8, least as u8, low, high, 0]);
        let all = || self.waiting.iter().enumerate();
        block.extend(all().map(|(index, waiting)| (waiting.own(index, shared) - shared) as u8));
        let steps: Vec<usize> = all().map(|(index, waiting)| waiting.steps(index, shared, least)).collect();
        let four_bits = |steps: &usize| (*steps).min(MOST_STEPS) as u8;
        block.extend(steps.chunks(2).map(|pair| match pair {
            [one, other] => four_bits(one) | four_bits(other) << 4,
            _ => pair.first().map_or(0, four_bits),
        }));
        let before = block.len();
        block.extend(steps.iter().filter_map(|steps| steps.checked_sub(MOST_STEPS)).map(|more| more as u8));
        let mut at = block.len() * 8;
        block[FRONT - 1] = (block.len() - before) as u8;
        block.resize(BLOCK, 0);
        for (index, Waiting { code, tag, tag_bits, .. }) in self.waiting.iter().enumerate() {
            if index == 0 {
                self.separators.extend(((code.window(0) >> 32) as u32).to_le_bytes());
                write_bits(&mut block, at, code, 0);
                at += shared;
            }
            let own = self.waiting[index].own(index, shared);
            write_bits(&mut block, at, code, own);
            write(&mut block, at + code.len() - own, u64::from(*tag) << 32 << (32 - tag_bits), *tag_bits);
            at += least + steps[index] * STEP;
        }
        self.blocks.push(&block);
        self.waiting.clear();
    }
}

impl Waiting {
    /// From which bit on it is written.
    const fn own(&self, index: usize, shared: usize) -> usize {
        if index == 0 { shared } else { self.shared }
    }

    /// How many bits it takes at most: what is said of it, its own, and what is left free of a step and, at the end, of
    /// octets. Of a code that is no ordinary one this is not known.
    const fn at_most(&self) -> usize {
        if self.code.len() > MOST_ORDINARY || self.shared > u8::MAX as usize {
            return BLOCK * 8;
        }
        8 + 4 + 8 + self.length(1, 0) + STEP + 4
    }

    const fn length(&self, index: usize, shared: usize) -> usize {
        self.code.len() - self.own(index, shared) + self.tag_bits
    }

    const fn steps(&self, index: usize, shared: usize, least: usize) -> usize {
        (self.length(index, shared) - least).div_ceil(STEP)
    }
}

fn plan(waiting: &[Waiting]) -> Plan {
    let first = waiting.first().map_or(0, |first| first.code.len());
    let shared = waiting.iter().skip(1).map(|waiting| waiting.shared).min().unwrap_or(first);
    let lengths = waiting.iter().enumerate().map(|(index, waiting)| waiting.length(index, shared));
    let least = lengths.min().unwrap_or(0).min(usize::from(u8::MAX));
    let (mut bits, mut long, mut most_steps) = (shared, 0, 0);
    for (index, waiting) in waiting.iter().enumerate() {
        let steps = waiting.steps(index, shared, least);
        bits += least + steps * STEP;
        long += usize::from(steps >= MOST_STEPS);
        most_steps = most_steps.max(steps);
    }
    let most_shared = waiting.iter().skip(1).map(|waiting| waiting.shared).max().unwrap_or(shared);
    // What one octet cannot say begins another block.
    let most = usize::from(u8::MAX);
    let can_be_said = most_shared - shared <= most && most_steps <= MOST_STEPS + most;
    let heads = waiting.len() + waiting.len().div_ceil(2) + long;
    let octets = if can_be_said { FRONT + heads + bits.div_ceil(8) } else { usize::MAX };
    Plan { shared, least, octets }
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
