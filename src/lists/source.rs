//! What lists there are, and reading their files. A path is a file, or a folder whose files together are the list.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::{self, File},
    io::{self, Read, Seek},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

use super::{
    guard::Guarding,
    parse::{Format, Match, ParseError},
    subscription::Subscription,
};
use crate::policy::{ListInfo, Shape};

/// The largest list file that is read. The largest public list has some 100 MiB.
pub(super) const LARGEST_FILE: u64 = 512 << 20;
/// A file without a newline at its end is believed after this time.
const HALF_WRITTEN: Duration = Duration::from_secs(4);
/// So much is read at once.
const PIECE: usize = 64 << 10;
/// The most files of a folder that are read.
const MOST_FILES: usize = 1024;

/// The most categories: each is a label of metrics.
pub const MOST_CATEGORIES: usize = 64;

/// A name of a list or a category. They stand in answers, logs and metrics, so they are kept plain.
///
/// # Errors
///
/// If it is none, as a sentence.
pub fn plain_name(text: &str) -> Result<Arc<str>, String> {
    let plain = |c: char| c.is_alphanumeric() || "-_. ".contains(c);
    if !text.is_empty() && text.len() <= 64 && text.chars().all(plain) {
        return Ok(text.into());
    }
    let shown = text.chars().take(64).collect::<String>();
    Err(format!(
        "`{}` is no plain name. Use up to 64 letters, digits, dots, hyphens and underscores",
        shown.escape_debug()
    ))
}

/// Where a list's text comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Shipped within the program.
    Bundled(&'static [u8]),
    /// A file or a folder.
    Path(PathBuf),
    /// Fetched from its publisher.
    Subscription(Arc<Subscription>),
}

/// A list, as the operator has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its name: no two are called the same.
    pub name: Arc<str>,
    /// Where it is.
    pub origin: Origin,
    /// What its names are.
    pub category: Arc<str>,
    /// How they are answered.
    pub shape: Shape,
    /// Whether its own negative answers are given, instead of what its category says.
    pub given: bool,
    /// Whether it names what must pass.
    pub allows: bool,
    /// How it is written; `None` decides by its content.
    pub format: Option<Format>,
    /// Which names its lines speak of.
    pub matching: Match,
    /// What becomes of rules that the guards object to, as the operator says it.
    pub guard: Guarding,
}

impl Source {
    /// A list of scam names in a file or a folder, with everything else as it usually is.
    pub fn of_path(name: &str, path: impl Into<PathBuf>) -> Self {
        Self {
            name: name.into(),
            origin: Origin::Path(path.into()),
            category: "scam".into(),
            shape: Shape::Page,
            given: false,
            allows: false,
            format: None,
            matching: Match::Auto,
            guard: Guarding::Auto,
        }
    }

    /// What becomes of rules that the guards object to. A list that lets pass takes nothing away; what is shipped needs
    /// no guard; a file is the operator's own word; what is fetched is that of strangers.
    pub const fn guarding(&self) -> Guarding {
        match (self.guard, &self.origin) {
            _ if self.allows => Guarding::Off,
            (Guarding::Auto, Origin::Bundled(_)) => Guarding::Off,
            (Guarding::Auto, Origin::Path(_)) => Guarding::Report,
            (Guarding::Auto, Origin::Subscription(_)) => Guarding::Quarantine,
            (said, _) => said,
        }
    }

    /// What the policy knows of it.
    pub fn info(&self) -> ListInfo {
        ListInfo {
            name: self.name.clone(),
            category: self.category.clone(),
            shape: self.shape,
            given: self.given,
            allows: self.allows,
        }
    }
}

/// Why a list's file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// It is not there, or may not be read.
    #[error("{path} cannot be read: {error}. {}", remedy(.error), path = .path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A folder without a list in it.
    #[error("{path} has no list file in it. Put one there, or remove the list from the configuration", path = .0.display())]
    EmptyFolder(PathBuf),
    /// More files than anybody means.
    #[error("{path} has more than {MOST_FILES} files; give the folder that has the lists alone", path = .0.display())]
    TooManyFiles(PathBuf),
    /// A file that no list can be.
    #[error("{path} is larger than {} MiB, which no list is", LARGEST_FILE >> 20, path = .0.display())]
    TooLarge(PathBuf),
    /// Its text is no list.
    #[error("{path} is no list that can be used: {error}. Restore the file; it is looked at again when it changes", path = .path.display())]
    NotAList {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: ParseError,
    },
    /// It changed while it was being read, or ends within a line.
    #[error("{path} is being written; it is read when that is done", path = .0.display())]
    BeingWritten(PathBuf),
    /// A device, a pipe or a socket.
    #[error("{path} is neither a file nor a folder. Give the file that has the list", path = .0.display())]
    NotAFile(PathBuf),
    /// Its copy could not be written.
    #[error("the copy {path} cannot be written: {error}. Check the disk and the state folder; it is tried again", path = .path.display())]
    NotKept {
        /// The copy.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

impl ListError {
    /// Whether another try is of no use before the file changes.
    pub const fn is_about_the_text(&self) -> bool {
        matches!(self, Self::NotAList { .. } | Self::TooLarge(_))
    }
}

fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "Check the path",
        io::ErrorKind::PermissionDenied => "Let the user that Sekisho runs as read it",
        _ => "Check the disk and the path",
    }
}

/// What tells, without reading a file, whether it has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    length: u64,
    modified: Option<SystemTime>,
    /// Device and inode: a rename over the file, or a symbolic link that was switched.
    identity: (u64, u64),
    /// When the file or what is known of it last changed, which nobody can set: an edit that keeps length and time.
    changed: (i64, i64),
}

impl Fingerprint {
    /// Looks at a file, following symbolic links.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        Ok(Self::from_metadata(&fs::metadata(path)?))
    }

    fn from_metadata(metadata: &fs::Metadata) -> Self {
        #[cfg(unix)]
        let (identity, changed) = {
            use std::os::unix::fs::MetadataExt;
            ((metadata.dev(), metadata.ino()), (metadata.ctime(), metadata.ctime_nsec()))
        };
        #[cfg(not(unix))]
        let (identity, changed) = ((0, 0), (0, 0));
        Self { length: metadata.len(), modified: metadata.modified().ok(), identity, changed }
    }
}

/// One file of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListFile {
    /// Where it is.
    pub path: PathBuf,
    /// What it looks like; `None` if it is there and cannot be looked at, as a link that leads nowhere.
    pub fingerprint: Option<Fingerprint>,
}

/// The files of a list by name.
pub type Files = BTreeMap<OsString, ListFile>;

/// The files that make up the list at `path`: the file itself, or a folder's files but for hidden ones, those that
/// editors leave behind, and what is no file.
pub fn files(path: &Path) -> Result<Files, ListError> {
    let unreadable = |error| ListError::Unreadable { path: path.into(), error };
    let metadata = fs::metadata(path).map_err(unreadable)?;
    let mut found = Files::new();
    if metadata.is_file() {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_owned();
        let fingerprint = Some(Fingerprint::from_metadata(&metadata));
        found.insert(name, ListFile { path: path.to_owned(), fingerprint });
        return Ok(found);
    }
    if !metadata.is_dir() {
        return Err(ListError::NotAFile(path.into()));
    }
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let (name, file) = (entry.file_name(), entry.path());
        let metadata = fs::metadata(&file).ok();
        if is_left_behind(&name.to_string_lossy()) || metadata.as_ref().is_some_and(|found| !found.is_file())
        {
            continue;
        }
        if found.len() == MOST_FILES {
            return Err(ListError::TooManyFiles(path.into()));
        }
        let fingerprint = metadata.as_ref().map(Fingerprint::from_metadata);
        found.insert(name, ListFile { path: file, fingerprint });
    }
    if found.is_empty() { Err(ListError::EmptyFolder(path.into())) } else { Ok(found) }
}

/// Endings of files that lie beside a list and are none.
const LEFT_BEHIND: [&str; 9] = ["~", ".tmp", ".swp", ".new", ".part", ".bak", ".old", ".orig", ".gz"];

fn is_left_behind(name: &str) -> bool {
    name.starts_with(['.', '#']) || LEFT_BEHIND.iter().any(|ending| name.ends_with(ending))
}

impl ListFile {
    /// Opens the file.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is larger than any list.
    pub fn open(&self) -> Result<Opened, ListError> {
        let unreadable = |error| ListError::Unreadable { path: self.path.clone(), error };
        let seen = match self.fingerprint {
            Some(seen) => seen,
            None => Fingerprint::of(&self.path).map_err(unreadable)?,
        };
        if seen.length > LARGEST_FILE {
            return Err(ListError::TooLarge(self.path.clone()));
        }
        Ok(Opened { file: File::open(&self.path).map_err(unreadable)?, path: self.path.clone(), seen })
    }

    /// Reads the file whole. If it looks different behind the reading, somebody is writing it.
    ///
    /// # Errors
    ///
    /// As [`ListFile::open`], or if it is being written.
    pub fn read(&self) -> Result<Vec<u8>, ListError> {
        let mut opened = self.open()?;
        let mut text = Vec::with_capacity(opened.seen.length as usize);
        opened.each_piece(&mut vec![0; PIECE], &mut |piece| text.extend_from_slice(piece))?;
        Ok(text)
    }

    /// Whether it was written a moment ago. If it ends within a line then, that may be half of one, which is a name that
    /// nobody meant.
    pub fn is_fresh(&self) -> bool {
        let modified = self.fingerprint.and_then(|fingerprint| fingerprint.modified);
        modified.and_then(|time| time.elapsed().ok()).is_some_and(|age| age < HALF_WRITTEN)
    }
}

/// A list's file that is being read.
#[derive(Debug)]
pub struct Opened {
    path: PathBuf,
    /// What it looked like.
    seen: Fingerprint,
    file: File,
}

impl Opened {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many octets it has.
    pub const fn len(&self) -> u64 {
        self.seen.length
    }

    /// Whether it has none.
    pub const fn is_empty(&self) -> bool {
        self.seen.length == 0
    }

    /// Gives the whole text, in pieces that have room in `buffer`. If the file looks different behind the reading,
    /// somebody is writing it, and what was given is no text that anybody meant.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is being written.
    pub fn each_piece(&mut self, buffer: &mut [u8], each: &mut dyn FnMut(&[u8])) -> Result<(), ListError> {
        let unreadable = |error| ListError::Unreadable { path: self.path.clone(), error };
        self.file.rewind().map_err(unreadable)?;
        let mut read = 0;
        while read <= self.seen.length {
            match self.file.read(buffer) {
                Ok(0) => break,
                Ok(count) => {
                    read += count as u64;
                    each(&buffer[..count]);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(unreadable(error)),
            }
        }
        if Fingerprint::of(&self.path).map_err(unreadable)? != self.seen || read != self.seen.length {
            return Err(ListError::BeingWritten(self.path.clone()));
        }
        Ok(())
    }
}
