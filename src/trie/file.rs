//! A trie's bytes: the same in a file and in memory.
//!
//! ```text
//! magic (8) | format (4) | 0 (4) | length of all (8) | checksum of what follows (8) | names (8) | lengths of parts (8 each) | 0 | parts
//! ```
//!
//! Numbers are little endian. What is large (filter, blocks, separators) is used where it lies; what is small is read
//! into tables when a trie is opened. Whoever can write the file can also make its checksum right, so everything is
//! checked when it is read, or where it is used: a damaged file may say nonsense, but not more.

use std::{io, ops::Range};

use xxhash_rust::xxh3::xxh3_64;

use super::{octets::Octets, scratch::Written};

/// How a file begins.
const MAGIC: [u8; 8] = *b"SekiTrie";
/// The format that is written and read.
const FORMAT: u32 = 2;
/// Octets before the parts: a whole number of lines of a processor's cache.
const HEAD: usize = 128;
/// Where what the checksum is of begins.
const CHECKED: usize = 32;
/// Room that is left for the owner's own bytes, which are mostly few: making room later would take the whole twice.
const ROOM_BEHIND: usize = 16 << 10;
/// Where the lengths of the parts stand.
const LENGTHS: usize = 40;
/// How many parts there are.
const PARTS: usize = 8;

/// Why bytes are not a trie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TrieFileError {
    /// They do not begin as one does.
    #[error("this is no compiled rule set")]
    NotATrie,
    /// An older version of the program wrote them.
    #[error("the compiled rule set has the old format {0}; it must be compiled again")]
    TooOld(u32),
    /// A newer version of the program wrote them.
    #[error(
        "the compiled rule set has format {0}, of a newer version of this program; it must be compiled again"
    )]
    TooNew(u32),
    /// Their end is missing.
    #[error("the compiled rule set is truncated")]
    Truncated,
    /// They are not as they were written.
    #[error("the compiled rule set is damaged")]
    Damaged,
}

/// What a trie is made of, as bytes.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// How many names have entries.
    pub(super) names: u64,
    pub(super) filter: Vec<u8>,
    pub(super) blocks: Written,
    pub(super) separators: Vec<u8>,
    pub(super) suffixes: Vec<u8>,
    pub(super) labels: Vec<u8>,
    pub(super) sets: Vec<u8>,
    pub(super) side: Vec<u8>,
}

impl Parts {
    /// All in one.
    ///
    /// # Errors
    ///
    /// If the blocks cannot be read.
    pub(super) fn into_bytes(self) -> io::Result<Octets> {
        let Self { names, filter, blocks, separators, suffixes, labels, sets, side } = self;
        // The owner's own bytes are last, so that they can be changed.
        let behind = [separators, suffixes, labels, sets, side, Vec::new()];
        let lengths: Vec<usize> =
            [filter.len(), blocks.len() as usize].into_iter().chain(behind.iter().map(Vec::len)).collect();
        let mut bytes = Octets::zeroed(HEAD + lengths.iter().sum::<usize>(), ROOM_BEHIND);
        put(&mut bytes, CHECKED, names);
        for (length, at) in lengths.iter().zip((LENGTHS..).step_by(8)) {
            put(&mut bytes, at, *length as u64);
        }
        let (to_filter, rest) = bytes[HEAD..].split_at_mut(filter.len());
        let (to_blocks, mut rest) = rest.split_at_mut(lengths[1]);
        to_filter.copy_from_slice(&filter);
        blocks.read_exact(0, to_blocks)?;
        for part in &behind {
            let (to_part, behind) = rest.split_at_mut(part.len());
            to_part.copy_from_slice(part);
            rest = behind;
        }
        seal(&mut bytes);
        Ok(bytes)
    }
}

/// Where the parts of a trie stand.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub(super) names: u64,
    pub(super) filter: Range<usize>,
    pub(super) blocks: Range<usize>,
    pub(super) separators: Range<usize>,
    pub(super) suffixes: Range<usize>,
    pub(super) labels: Range<usize>,
    pub(super) sets: Range<usize>,
    pub(super) side: Range<usize>,
    pub(super) extra: Range<usize>,
}

impl Layout {
    /// Reads the head and checks the sum.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, TrieFileError> {
        if !bytes.starts_with(&MAGIC) {
            return Err(if MAGIC.starts_with(bytes) {
                TrieFileError::Truncated
            } else {
                TrieFileError::NotATrie
            });
        }
        let format = number(bytes, 8).ok_or(TrieFileError::Truncated)? as u32;
        match format {
            FORMAT => {}
            ..FORMAT => return Err(TrieFileError::TooOld(format)),
            _ => return Err(TrieFileError::TooNew(format)),
        }
        let length = number(bytes, 16).ok_or(TrieFileError::Truncated)?;
        if bytes.len() < HEAD || (bytes.len() as u64) < length {
            return Err(TrieFileError::Truncated);
        }
        let sum = bytes.get(CHECKED..).map(xxh3_64);
        if bytes.len() as u64 != length || number(bytes, 24) != sum {
            return Err(TrieFileError::Damaged);
        }
        Self::of_parts(bytes).ok_or(TrieFileError::Damaged)
    }

    fn of_parts(bytes: &[u8]) -> Option<Self> {
        let mut start = HEAD;
        let mut part = 0;
        let mut next = || {
            let length = usize::try_from(number(bytes, LENGTHS + part * 8)?).ok()?;
            let range = start..start.checked_add(length).filter(|end| *end <= bytes.len())?;
            start = range.end;
            part += 1;
            Some(range)
        };
        let layout = Self {
            names: number(bytes, CHECKED)?,
            filter: next()?,
            blocks: next()?,
            separators: next()?,
            suffixes: next()?,
            labels: next()?,
            sets: next()?,
            side: next()?,
            extra: next()?,
        };
        (start == bytes.len()).then_some(layout)
    }

    /// Puts other bytes in the place of the owner's.
    pub(super) fn replace_extra(&mut self, bytes: &mut Octets, extra: &[u8]) {
        bytes.replace_end(self.extra.start, extra);
        self.extra.end = bytes.len();
        put(bytes, LENGTHS + (PARTS - 1) * 8, extra.len() as u64);
        seal(bytes);
    }
}

/// Writes what stands before the checked bytes: magic, format, length and checksum.
pub(super) fn seal(bytes: &mut [u8]) {
    if let Some(magic) = bytes.first_chunk_mut() {
        *magic = MAGIC;
    }
    put(bytes, 8, u64::from(FORMAT));
    put(bytes, 16, bytes.len() as u64);
    let sum = bytes.get(CHECKED..).map_or(0, xxh3_64);
    put(bytes, 24, sum);
}

fn put(bytes: &mut [u8], at: usize, number: u64) {
    if let Some(place) = bytes.get_mut(at..at + 8) {
        place.copy_from_slice(&number.to_le_bytes());
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|octets| u64::from_le_bytes(*octets))
}
