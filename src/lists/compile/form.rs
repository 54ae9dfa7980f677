//! The parsed form of a text as octets, so that an unchanged text need not be parsed again.
//!
//! ```text
//! names | key | the rest | lengths of these (8 each) | checksum of all before it (8) | magic (8)
//! ```
//!
//! Numbers are little endian. The key is whatever the form depends on, in octets: a form is taken up only for the key that
//! it was made for. Names come first and lengths last, since both are written as they become known.

use std::{fmt, io};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use super::{
    super::{
        parse::{Format, Reason, Report},
        quarantine::Quarantine,
    },
    parsed::{Parsed, Parsing, Rest},
};
use crate::trie::{BuildError, Scratch};

/// How a form ends.
const MAGIC: [u8; 8] = *b"SekiForm";
/// Octets behind the parts: their lengths, the checksum and the magic.
const TAIL: usize = 40;
/// What of them the checksum is of.
const SUMMED: usize = 24;
/// The longest form that is read; the largest list that is read makes less.
const LONGEST: u64 = 2 << 30;
/// So much is read at once.
const PIECE: usize = 64 << 10;

/// A text's form.
#[derive(Debug)]
pub struct Form {
    /// What is told of reading the text.
    pub told: Told,
    /// What the guards object to.
    pub quarantine: Quarantine,
    /// What it says.
    pub parsed: Parsed,
}

/// What is told of reading a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// How it is written.
    pub format: Format,
    /// Entries that are rules.
    pub applied: u64,
    /// How many are none, by reason.
    pub skipped: Vec<(Reason, u64)>,
}

/// Why octets are not the form that is wanted.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    /// It is that of another text, or the text is read otherwise now.
    #[error("it is of another text, or the text is read otherwise now")]
    Other,
    /// It is not as it was written.
    #[error("it is damaged")]
    Damaged,
    /// The system refuses it.
    #[error(transparent)]
    Unreadable(#[from] io::Error),
}

/// What stands beside the names.
#[derive(Serialize, Deserialize)]
struct Beside {
    told: Told,
    quarantine: Quarantine,
    rest: Rest,
}

impl Told {
    /// What of a report is told.
    pub fn of(report: &Report) -> Self {
        let skipped = report.skipped.iter().map(|(reason, tally)| (reason, tally.count)).collect();
        Self { format: report.format, applied: report.applied, skipped }
    }
}

impl Form {
    /// How many rules of the text are applied.
    pub const fn rules(&self) -> u64 {
        self.told.applied.saturating_sub(self.quarantine.held)
    }
}

/// Writes a form to an empty place. Gives how long it is.
///
/// # Errors
///
/// If what was put aside while parsing cannot be read.
pub fn write(
    parsing: Parsing,
    (told, quarantine): (Told, Quarantine),
    key: &[u8],
    to: &mut dyn Scratch,
) -> Result<u64, BuildError> {
    let mut summing = Summing { to, sum: Xxh3::new(), length: 0 };
    let rest = parsing.finish(&mut summing)?;
    let names = summing.length;
    let beside = postcard::to_allocvec(&Beside { told, quarantine, rest }).map_err(|_| unwritable())?;
    summing.append(key);
    summing.append(&beside);
    for length in [names, key.len() as u64, beside.len() as u64] {
        summing.append(&length.to_le_bytes());
    }
    let sum = summing.sum.digest();
    summing.append(&sum.to_le_bytes());
    summing.append(&MAGIC);
    Ok(summing.length)
}

/// Writing to memory cannot fail; a form that is not whole would only be made again.
fn unwritable() -> BuildError {
    BuildError::Scratch(io::ErrorKind::InvalidData.into())
}

/// Octets on their way, of which a checksum is made.
struct Summing<'s> {
    to: &'s mut dyn Scratch,
    sum: Xxh3,
    length: u64,
}

/// Opens a form of so many octets, if it was made for this key.
///
/// # Errors
///
/// Tells why it cannot be used. One that was made to look right is opened, and may say nonsense, but not more; damage to its
/// names that the checksum does not show is found when rules are compiled.
pub fn open(octets: Box<dyn Scratch>, length: u64, key: &[u8]) -> Result<Form, FormError> {
    if length > LONGEST {
        return Err(FormError::Damaged);
    }
    let tail_at = length.checked_sub(TAIL as u64).ok_or(FormError::Damaged)?;
    let mut tail = [0; TAIL];
    read_exact(&*octets, tail_at, &mut tail)?;
    let number = |at: usize| tail.get(at..)?.first_chunk().map(|octets| u64::from_le_bytes(*octets));
    let lengths = [number(0), number(8), number(16)].map(Option::unwrap_or_default);
    let all = lengths.iter().try_fold(0_u64, |sum, length| sum.checked_add(*length));
    if !tail.ends_with(&MAGIC) || all != Some(tail_at) {
        return Err(FormError::Damaged);
    }
    let [names, key_length, beside_length] = lengths;
    let mut found = vec![0; key.len()];
    if key_length != key.len() as u64 {
        return Err(FormError::Other);
    }
    read_exact(&*octets, names, &mut found)?;
    if found != key {
        return Err(FormError::Other);
    }
    if Some(sum_of(&*octets, tail_at + SUMMED as u64)?) != number(SUMMED) {
        return Err(FormError::Damaged);
    }
    let mut beside = vec![0; beside_length as usize];
    read_exact(&*octets, names + key_length, &mut beside)?;
    let beside: Beside = postcard::from_bytes(&beside).map_err(|_| FormError::Damaged)?;
    if beside.rest.sets.length != names {
        return Err(FormError::Damaged);
    }
    let Beside { told, quarantine, rest } = beside;
    Ok(Form { told, quarantine, parsed: Parsed::new(octets, rest).ok_or(FormError::Damaged)? })
}

/// The checksum of the first octets.
fn sum_of(octets: &dyn Scratch, length: u64) -> io::Result<u64> {
    let (mut sum, mut at, mut piece) = (Xxh3::new(), 0, vec![0; PIECE]);
    while at < length {
        let most = (length - at).min(PIECE as u64) as usize;
        read_exact(octets, at, &mut piece[..most])?;
        sum.update(&piece[..most]);
        at += most as u64;
    }
    Ok(sum.digest())
}

fn read_exact(octets: &dyn Scratch, from: u64, into: &mut [u8]) -> io::Result<()> {
    let mut done = 0;
    while done < into.len() {
        match octets.read(from + done as u64, &mut into[done..])? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => done += count,
        }
    }
    Ok(())
}

impl fmt::Debug for Summing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Summing").field("length", &self.length).finish_non_exhaustive()
    }
}

impl Scratch for Summing<'_> {
    fn append(&mut self, octets: &[u8]) {
        self.sum.update(octets);
        self.length += octets.len() as u64;
        self.to.append(octets);
    }

    fn read(&self, from: u64, into: &mut [u8]) -> io::Result<usize> {
        self.to.read(from, into)
    }
}
