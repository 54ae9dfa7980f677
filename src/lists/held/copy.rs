//! Keeping a copy of a list's file, a piece at a time: a file of any length passes through little memory.
//!
//! The copy is written beside the old one, read as a list, and only then moved over: a crash, a full disk or a bad text
//! leaves the old one. Nothing is written where the text is the same, since flash memory wears.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use xxhash_rust::xxh3::Xxh3;

use crate::lists::{
    compile::form::Told,
    parse::ParseError,
    source::{ListError, ListFile, Opened},
};

/// What a copy is called while it is being written.
pub(super) const WRITING: &str = ".writing";
/// So much is read at once.
const PIECE: usize = 64 << 10;

/// The copy of one file.
#[derive(Debug)]
pub(super) struct Copy<'c> {
    folder: &'c Path,
    path: PathBuf,
    /// The fingerprint of its text, if it is known.
    known: Option<u64>,
}

/// What a file says as a whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sum {
    /// A number by which texts are told apart; not a proof against somebody who wants two to be the same.
    pub(super) digest: u64,
    pub(super) length: u64,
    /// Whether its last line has an end.
    is_whole: bool,
}

/// Reads a text as a list, and tells what came of it.
pub(super) type Parse<'p> = &'p mut dyn FnMut(&mut File, Sum) -> Result<Told, ParseError>;

impl<'c> Copy<'c> {
    /// The copy of the file `name` among those in `folder`.
    pub(super) fn new(folder: &'c Path, name: &OsStr, known: Option<u64>) -> Self {
        Self { folder, path: folder.join(name), known }
    }

    /// Makes it the copy of `file`, if `parse` finds that to be a list. Gives the fingerprint of the text. A file whose
    /// last line has no end is not taken while `may_be_half` and its writer may still be at work.
    pub(super) fn renew(
        &self,
        file: &ListFile,
        may_be_half: bool,
        parse: Parse<'_>,
    ) -> Result<(u64, Told), ListError> {
        let mut opened = file.open()?;
        let sum = sum(&mut opened)?;
        if may_be_half && !sum.is_whole && file.is_fresh() {
            return Err(ListError::BeingWritten(file.path.clone()));
        }
        let mut parse = |text: &mut File| parse(text, sum);
        let told = if self.is_of(&opened, sum.digest) {
            read(&self.path, file, &mut parse)?
        } else {
            let writing = self.folder.join(WRITING);
            self.write(&writing, &mut opened, sum.digest)
                .and_then(|()| read(&writing, file, &mut parse))
                .and_then(|told| {
                    fs::rename(&writing, &self.path).map_err(|error| self.not_kept(error)).map(|()| told)
                })
                // Half a copy would take the room that other lists need.
                .inspect_err(|_| drop(fs::remove_file(&writing)))?
        };
        Ok((sum.digest, told))
    }

    /// Whether it is there, and says what the file says.
    fn is_of(&self, opened: &Opened, digest: u64) -> bool {
        let length = fs::metadata(&self.path).map(|metadata| metadata.len());
        let is_same = || digest_of(&self.path).is_ok_and(|known| known == digest);
        length.is_ok_and(|length| length == opened.len())
            && self.known.map_or_else(is_same, |known| known == digest)
    }

    fn write(&self, writing: &Path, opened: &mut Opened, digest: u64) -> Result<(), ListError> {
        let not_kept = |error| self.not_kept(error);
        fs::create_dir_all(self.folder).map_err(not_kept)?;
        let mut copy = File::create(writing).map_err(not_kept)?;
        let (mut hasher, mut written) = (Xxh3::new(), Ok(()));
        opened.each_piece(&mut vec![0; PIECE], &mut |piece| {
            hasher.update(piece);
            if written.is_ok() {
                written = copy.write_all(piece);
            }
        })?;
        written.and_then(|()| copy.sync_all()).map_err(not_kept)?;
        let is_same = hasher.digest() == digest;
        if is_same { Ok(()) } else { Err(ListError::BeingWritten(opened.path().into())) }
    }

    fn not_kept(&self, error: io::Error) -> ListError {
        ListError::NotKept { path: self.path.clone(), error }
    }
}

fn sum(opened: &mut Opened) -> Result<Sum, ListError> {
    let (mut hasher, mut last) = (Xxh3::new(), None);
    opened.each_piece(&mut vec![0; PIECE], &mut |piece| {
        hasher.update(piece);
        last = piece.last().copied().or(last);
    })?;
    Ok(Sum { digest: hasher.digest(), length: opened.len(), is_whole: last == Some(b'\n') })
}

/// The fingerprint of a copy's text.
pub(super) fn digest_of(path: &Path) -> io::Result<u64> {
    let (mut file, mut hasher, mut piece) = (File::open(path)?, Xxh3::new(), vec![0; PIECE]);
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hasher.digest()),
            count => hasher.update(&piece[..count]),
        }
    }
}

/// Reads what was copied of a file.
fn read(
    copy: &Path,
    file: &ListFile,
    parse: &mut dyn FnMut(&mut File) -> Result<Told, ParseError>,
) -> Result<Told, ListError> {
    let mut text = File::open(copy).map_err(|error| ListError::Unreadable { path: copy.into(), error })?;
    parse(&mut text).map_err(|error| match error {
        ParseError::Unreadable(kind) => ListError::Unreadable { path: copy.into(), error: kind.into() },
        error => ListError::NotAList { path: file.path.clone(), error },
    })
}
