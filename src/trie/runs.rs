//! Sorted runs of keys with their numbers, packed: what the builder collects names in.
//!
//! A name takes about 13 octets here, where its text alone takes 22. Runs are only read from end to end.
//!
//! A run may also come from elsewhere, as a file that was written before ([`Foreign`]). Of that nothing is believed: it is read
//! with an error at worst.

use std::io;

use super::{
    key::{self, Key, shared},
    scratch::{Scratch, Scratches, Writing, Written},
};

/// Keys in order, each with a number, each written as what it does not share with the one before.
#[derive(Debug, Default)]
pub(super) struct Run {
    octets: Written,
    foreign: Option<Foreign>,
}

/// What is known of a run that comes from elsewhere.
#[derive(Debug)]
pub(super) struct Foreign {
    /// What its numbers mean.
    pub(super) numbers: Vec<u32>,
    /// How many octets its keys have at most.
    pub(super) most: u64,
}

impl Run {
    /// One that comes from elsewhere.
    pub(super) const fn foreign(octets: Written, foreign: Foreign) -> Self {
        Self { octets, foreign: Some(foreign) }
    }

    /// The keys from the first on.
    pub(super) fn read(&self) -> Reader<'_> {
        let left = self.foreign.as_ref().map_or(0, |foreign| foreign.most);
        Reader { run: self, next: 0, buffer: Vec::new(), at: 0, key: Key::root(), is_first: true, left }
    }
}

/// Writes a run.
#[derive(Debug)]
pub(super) struct Writer<S = Box<dyn Scratch>> {
    octets: Writing<S>,
    last: Key,
}

impl Writer {
    pub(super) fn new(scratches: &Scratches) -> Self {
        Self { octets: scratches.begin(), last: Key::root() }
    }

    /// The finished run.
    pub(super) fn finish(self) -> Run {
        Run { octets: self.octets.finish(), foreign: None }
    }
}

impl<S: Scratch> Writer<S> {
    /// Writes to that place.
    pub(super) const fn to(scratch: S) -> Self {
        Self { octets: Writing::to(scratch), last: Key::root() }
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

    /// How many octets the run takes.
    pub(super) fn end(self) -> u64 {
        self.octets.end()
    }
}

/// So much of a run is read at once. Many are read together when they are merged.
const READ: usize = 16 << 10;
/// The most octets that one key takes.
const LONGEST: usize = 2 + u8::MAX as usize + 5;

/// Reads a run.
#[derive(Debug)]
pub(super) struct Reader<'r> {
    run: &'r Run,
    /// What is read next into the buffer.
    next: u64,
    buffer: Vec<u8>,
    /// Where the next key stands in the buffer.
    at: usize,
    key: Key,
    is_first: bool,
    /// How many octets keys from elsewhere may still have.
    left: u64,
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
        let number = match &self.run.foreign {
            None => self.parse().map(|(number, _)| number),
            Some(foreign) => self.parse_foreign(foreign),
        };
        number.map(Some).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// As [`Reader::parse`], but only what could have been written in good faith: names, each behind the one before it.
    fn parse_foreign(&mut self, foreign: &Foreign) -> Option<u32> {
        let (number, follows) = self.parse()?;
        let follows = follows || std::mem::take(&mut self.is_first);
        self.is_first = false;
        let key = self.key.symbols();
        self.left = self.left.checked_sub(key.len() as u64)?;
        if !follows || !key::is_of_a_name(key) {
            return None;
        }
        foreign.numbers.get(number as usize).copied()
    }

    fn read_on(&mut self) -> io::Result<()> {
        let octets = &self.run.octets;
        let left = octets.len() - self.next;
        self.buffer.drain(..self.at);
        self.at = 0;
        let start = self.buffer.len();
        self.buffer.resize(start + left.min(READ as u64) as usize, 0);
        octets.read_exact(self.next, &mut self.buffer[start..])?;
        self.next += (self.buffer.len() - start) as u64;
        Ok(())
    }

    /// The number of the next key, and whether that comes behind the last.
    fn parse(&mut self) -> Option<(u32, bool)> {
        let (&[shared, length], rest) = self.buffer.get(self.at..)?.split_first_chunk()?;
        let (own, mut rest) = rest.split_at_checked(usize::from(length))?;
        let last = self.key.symbols();
        let follows = usize::from(shared) <= last.len() && own.first() > last.get(usize::from(shared));
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
        Some((number, follows))
    }

    /// The key that was read last.
    pub(super) fn key(&self) -> &[u8] {
        self.key.symbols()
    }
}
