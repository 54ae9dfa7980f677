//! Sorted runs of keys with their numbers, packed: what the builder collects names in.
//!
//! A name takes about 13 octets here, where its text alone takes 22. Runs are only read from end to end.

use std::io;

use super::{
    key::{Key, shared},
    scratch::{Scratches, Writing, Written},
};

/// Keys in order, each with a number, each written as what it does not share with the one before.
#[derive(Debug, Default)]
pub(super) struct Run {
    octets: Written,
}

impl Run {
    /// The keys from the first on.
    pub(super) fn read(&self) -> Reader<'_> {
        Reader { octets: &self.octets, next: 0, buffer: Vec::new(), at: 0, key: Key::root() }
    }
}

/// Writes a run.
#[derive(Debug)]
pub(super) struct Writer {
    octets: Writing,
    last: Key,
}

impl Writer {
    pub(super) fn new(scratches: &Scratches) -> Self {
        Self { octets: scratches.begin(), last: Key::root() }
    }

    /// Appends a key, which must not be less than the last.
    pub(super) fn push(&mut self, key: &[u8], number: u32) {
        let shared = shared(self.last.symbols(), key);
        let rest = &key[shared..];
        self.octets.push(&[shared as u8, rest.len() as u8]);
        self.octets.push(rest);
        let (mut octets, mut length, mut left) = ([0; 5], 0, number);
        while left >= 0x80 {
            octets[length] = left as u8 | 0x80;
            left >>= 7;
            length += 1;
        }
        octets[length] = left as u8;
        self.octets.push(&octets[..=length]);
        let _ = self.last.replace_end(shared, rest);
    }

    /// The finished run.
    pub(super) fn finish(self) -> Run {
        Run { octets: self.octets.finish() }
    }
}

/// So much of a run is read at once. Many are read together when they are merged.
const READ: usize = 16 << 10;
/// The most octets that one key takes.
const LONGEST: usize = 2 + u8::MAX as usize + 5;

/// Reads a run.
#[derive(Debug)]
pub(super) struct Reader<'r> {
    octets: &'r Written,
    /// What is read next into the buffer.
    next: u64,
    buffer: Vec<u8>,
    /// Where the next key stands in the buffer.
    at: usize,
    key: Key,
}

impl Reader<'_> {
    /// The number of the next key, which stands in [`Reader::key`] then; `None` at the end.
    pub(super) fn advance(&mut self) -> io::Result<Option<u32>> {
        if self.buffer.len() - self.at < LONGEST {
            self.read_on()?;
        }
        if self.at == self.buffer.len() {
            return Ok(None);
        }
        self.parse().map(Some).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    fn read_on(&mut self) -> io::Result<()> {
        let left = self.octets.len() - self.next;
        self.buffer.drain(..self.at);
        self.at = 0;
        let start = self.buffer.len();
        self.buffer.resize(start + left.min(READ as u64) as usize, 0);
        self.octets.read_exact(self.next, &mut self.buffer[start..])?;
        self.next += (self.buffer.len() - start) as u64;
        Ok(())
    }

    fn parse(&mut self) -> Option<u32> {
        let (&[shared, length], rest) = self.buffer.get(self.at..)?.split_first_chunk()?;
        let (own, mut rest) = rest.split_at_checked(usize::from(length))?;
        self.key.replace_end(usize::from(shared), own)?;
        let mut number = 0;
        for place in (0..32).step_by(7) {
            let (octet, behind) = rest.split_first()?;
            rest = behind;
            number |= u32::from(octet & 0x7F) << place;
            if octet & 0x80 == 0 {
                break;
            }
        }
        self.at = self.buffer.len() - rest.len();
        Some(number)
    }

    /// The key that was read last.
    pub(super) fn key(&self) -> &[u8] {
        self.key.symbols()
    }
}
