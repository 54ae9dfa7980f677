//! The parsed forms of copies, `STATE/parsed/`: what has not changed is not parsed again.
//!
//! A form is made when a text is looked at for the first time, and used by every compiling from then on. It stands for the
//! text and for all that decides how that is read; where any of it is another now, the form is missing or it is damaged, it
//! is made again from the copy. So nothing is lost with it, and nobody waits for the disk to have it.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, Cursor, ErrorKind},
    path::{Path, PathBuf},
    sync::OnceLock,
};

use prometheus::IntCounterVec;
use serde::Serialize;

use super::{Held, WRITING, folder_name};
use crate::{
    lists::{
        compile::{
            Base,
            form::{self, Form, FormError, Told},
            parsed::Parsing,
        },
        guard::Guarding,
        parse::{self, ParseError},
        quarantine::{Gate, MOST_ITEMS},
        saved::READING,
        scratch::{self, Aside},
        source::Source,
    },
    trie::{BuildError, Scratch, Scratches},
};

/// Where the forms of all lists are.
#[derive(Debug)]
pub(in crate::lists) struct FormsFolder {
    state: PathBuf,
    folder: PathBuf,
    /// Where it is counted that a text is parsed, by list.
    parses: IntCounterVec,
    /// Whether forms that lie there are used. They are not when compiling them has failed.
    trusted: bool,
}

/// Forms as they are under some guards and releases.
#[derive(Debug)]
pub(in crate::lists) struct Forms<'f> {
    place: &'f FormsFolder,
    base: &'f Base,
    /// [`Base::digest`], once somebody needs it: it goes through all popular names.
    digest: OnceLock<u64>,
}

/// A text whose form is wanted.
#[derive(Debug)]
pub(super) struct Wanted<'w> {
    /// Its list.
    pub(super) source: &'w Source,
    /// Which of the list's files it is.
    pub(super) name: &'w OsStr,
    /// The fingerprint of the text.
    pub(super) digest: u64,
    /// How long the text is.
    pub(super) length: u64,
}

/// All that a form depends on.
#[derive(Serialize)]
struct Key<'k> {
    program: &'static str,
    reading: u32,
    digest: u64,
    length: u64,
    settings: String,
    allows: bool,
    /// Where rules are held back: the guards, and the name by which releases know the list.
    guards: Option<(u64, &'k str)>,
}

impl FormsFolder {
    /// Those in this state folder.
    pub(in crate::lists) fn new(state: &Path, parses: IntCounterVec) -> Self {
        Self { state: state.into(), folder: state.join("parsed"), parses, trusted: true }
    }

    /// Says whether forms that lie there are used.
    pub(in crate::lists) const fn trust(&mut self, trusted: bool) {
        self.trusted = trusted;
    }

    /// Removes what is no form of these lists any more.
    pub(in crate::lists) fn sweep(&self, lists: &[Held]) {
        let remove = |path: &Path, gone: io::Result<()>| {
            if let Err(error) = gone {
                tracing::debug!(%error, "{} cannot be removed", path.display());
            }
        };
        for folder in entries(&self.folder) {
            let Some(held) = lists.iter().find(|held| held.folder.file_name() == folder.file_name()) else {
                remove(&folder, fs::remove_dir_all(&folder));
                continue;
            };
            let has = |name: &OsStr| held.parts.get(name).is_some_and(|part| part.has_copy);
            for form in entries(&folder).filter(|form| !form.file_name().is_some_and(has)) {
                remove(&form, fs::remove_file(&form));
            }
        }
    }
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

impl<'f> Forms<'f> {
    /// Those under the guards and releases of `base`.
    pub(in crate::lists) const fn new(place: &'f FormsFolder, base: &'f Base) -> Self {
        Self { place, base, digest: OnceLock::new() }
    }

    /// Sees to it that there is a form, so that compiling finds it. Tells what came of reading the text.
    pub(super) fn look_at(&self, wanted: &Wanted<'_>, text: &mut File) -> Result<Told, ParseError> {
        if let Some(form) = self.find(wanted) {
            return Ok(form.told);
        }
        let mut place = self.place_of(wanted);
        let (told, written) =
            self.write(wanted.source, wanted.name, text, (&self.key(wanted), &mut place))?;
        match written {
            Ok(_) => self.keep(wanted, &mut place),
            // Whoever compiles it meets that again, and can tell.
            Err(error) => tracing::debug!(%error, "{} is not parsed as a whole", wanted.name.display()),
        }
        Ok(told)
    }

    /// The form, if it is on the disk.
    pub(super) fn find(&self, wanted: &Wanted<'_>) -> Option<Form> {
        let path = self.path(wanted);
        let open = || {
            let file = File::open(&path)?;
            let length = file.metadata()?.len();
            form::open(Box::new(Kept(file)), length, &self.key(wanted))
        };
        if !self.place.trusted {
            return None;
        }
        match open() {
            Ok(form) => Some(form),
            Err(FormError::Unreadable(error)) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => {
                tracing::debug!(%error, "{} is not used", path.display());
                None
            }
        }
    }

    /// The form, which is made if it is not on the disk.
    pub(super) fn find_or_make(
        &self,
        wanted: &Wanted<'_>,
        text: &mut File,
    ) -> Result<Result<Form, ParseError>, BuildError> {
        if let Some(form) = self.find(wanted) {
            return Ok(Ok(form));
        }
        let (key, mut place) = (self.key(wanted), self.place_of(wanted));
        let length = match self.write(wanted.source, wanted.name, text, (&key, &mut place)) {
            Ok((_, length)) => length?,
            Err(error) => return Ok(Err(error)),
        };
        self.keep(wanted, &mut place);
        Ok(Ok(form::open(Box::new(place), length, &key).map_err(unreadable)?))
    }

    /// The form of a text that is shipped within the program; `None` if that is no list.
    pub(super) fn of_shipped(&self, source: &Source, text: &[u8]) -> Result<Option<Form>, BuildError> {
        let mut place = self.scratches().place();
        match self.write(source, OsStr::new(""), &mut Cursor::new(text), (&[], &mut place)) {
            Ok((_, length)) => Ok(Some(form::open(place, length?, &[]).map_err(unreadable)?)),
            Err(_) => Ok(None),
        }
    }

    /// Parses a text, has the guards look at its rules, and writes the form.
    fn write(
        &self,
        source: &Source,
        name: &OsStr,
        text: &mut dyn parse::Text,
        (key, place): (&[u8], &mut dyn Scratch),
    ) -> Result<(Told, Result<u64, BuildError>), ParseError> {
        let mut gate = Gate::of_compiling(source, self.base, MOST_ITEMS);
        gate.begin_file(&name.to_string_lossy());
        let mut parsing = Parsing::new(source.allows, self.scratches());
        let mut added = Ok(());
        self.place.parses.with_label_values(&[&*source.name]).inc();
        let report = parse::parse_text(text, source.format, source.matching, &mut |line, rule| {
            if added.is_ok() && gate.admits(line, &rule) {
                added = parsing.add(rule);
            }
        })?;
        let told = Told::of(&report);
        let found = (told.clone(), gate.into_quarantine());
        Ok((told, added.and_then(|()| form::write(parsing, found, key, place))))
    }

    /// Keeps a form that was written. Where the disk refuses, it can be read this once, and is made again the next time.
    fn keep(&self, wanted: &Wanted<'_>, place: &mut Aside) {
        let path = self.path(wanted);
        if let Err(error) = place.keep_as(&path) {
            tracing::debug!(%error, "{} cannot be kept", path.display());
        }
    }

    /// Makes the form of one text that of another, which says the same.
    pub(super) fn rename(&self, from: &Wanted<'_>, to: &Wanted<'_>) {
        // Where that fails it is made again.
        let _ = fs::rename(self.path(from), self.path(to));
    }

    fn scratches(&self) -> Scratches {
        scratch::in_folder(&self.place.state)
    }

    fn path(&self, wanted: &Wanted<'_>) -> PathBuf {
        self.place.folder.join(folder_name(wanted.source)).join(wanted.name)
    }

    fn place_of(&self, wanted: &Wanted<'_>) -> Aside {
        Aside::to_be_kept(self.path(wanted).with_file_name(WRITING), &self.place.state)
    }

    fn key(&self, wanted: &Wanted<'_>) -> Vec<u8> {
        let Wanted { source, digest, length, .. } = *wanted;
        let format = source.format.map_or_else(|| "auto".to_owned(), |format| format.to_string());
        let is_held_back = source.guarding() == Guarding::Quarantine;
        let guards = || *self.digest.get_or_init(|| self.base.digest());
        let key = Key {
            program: env!("CARGO_PKG_VERSION"),
            reading: READING,
            digest,
            length,
            settings: format!("{format} {} {}", source.matching, source.guarding()),
            allows: source.allows,
            guards: is_held_back.then(|| (guards(), &*source.name)),
        };
        // Writing to memory cannot fail.
        postcard::to_allocvec(&key).unwrap_or_default()
    }
}

/// What was just written cannot be read.
fn unreadable(error: FormError) -> BuildError {
    BuildError::Scratch(match error {
        FormError::Unreadable(error) => error,
        other => io::Error::new(ErrorKind::InvalidData, other),
    })
}

/// A form's file, which is only read.
#[derive(Debug)]
struct Kept(File);

impl Scratch for Kept {
    /// Nobody appends to it.
    fn append(&mut self, _: &[u8]) {}

    fn read(&self, from: u64, into: &mut [u8]) -> io::Result<usize> {
        scratch::read_at(&self.0, from, into)
    }
}
