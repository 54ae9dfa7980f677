//! One list: its files as they were last seen, and the last good copy of each.
//!
//! A file is read, checked and copied before anything older is given up. Whatever fails on the way (the file, the
//! disk, the state folder) leaves the copy in force, marks the list stale, and is tried again.

mod copy;
mod forms;
pub(super) mod published;
mod reporting;
mod saving;

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs::{self, File},
    hash::{BuildHasher, Hasher},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use foldhash::quality::FixedState;

pub(super) use self::forms::{Forms, FormsFolder};
use self::{
    copy::{Copy, Sum, WRITING, digest_of},
    forms::Wanted,
    published::{Moment, Published},
};
use super::{
    compile::{
        Compiler,
        form::{Form, Told},
    },
    guard::Guarding,
    quarantine::Quarantine,
    source::{self, Files, Fingerprint, ListError, Origin, Source},
    store::{StoreError, state_error},
};
use crate::trie::BuildError;

/// A file that is being written for longer than this counts as bad.
const WRITTEN_TOO_LONG: Duration = Duration::from_secs(30);
/// Pauses between tries to write a copy.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LAST_PAUSE: Duration = Duration::from_mins(1);

/// What a look at a list's files found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Changes {
    /// Some rules are different.
    pub(super) rules: bool,
    /// A file is being written: look again soon.
    pub(super) unsettled: bool,
}

/// One file of a list, as far as it is known.
#[derive(Debug, Clone, Default)]
struct Part {
    /// What it looked like when it was last read, for good or bad; `None` has it read again.
    seen: Option<Fingerprint>,
    /// Whether there is a good copy.
    has_copy: bool,
    /// The fingerprint of the copy's text, once it is known.
    digest: Option<u64>,
    /// Why the file is bad, so that the copy, if there is one, stands in for it. Told when it changes.
    trouble: Option<String>,
    /// Since when it has been found half written.
    unsettled: Option<Instant>,
    /// After a copy could not be written: when that is tried again, and how long the pause was. A full disk gets no
    /// better by writing to it every two seconds.
    pause: Option<(Instant, Duration)>,
}

/// One list.
#[derive(Debug, Clone)]
pub(super) struct Held {
    source: Source,
    /// Where its copies are.
    folder: PathBuf,
    parts: BTreeMap<OsString, Part>,
    /// Why the list as a whole could not be looked at the last time.
    trouble: Option<String>,
    /// Rules in force.
    rules: u64,
    /// What the guards object to.
    quarantine: Quarantine,
    /// When it was last read well.
    last_good: Option<SystemTime>,
    /// Whether its rules have changed since the guards last looked through them.
    unreported: bool,
    /// Whether its files have been looked at since the start. Before that nobody is waited for who may be writing.
    looked_at: bool,
    /// What is known of it beside its copy, if it is fetched.
    published: Option<Published>,
}

impl Held {
    /// Finds the copies of a list in the folder of all copies.
    pub(super) fn open(source: Source, lists: &Path) -> Result<Self, StoreError> {
        let folder = lists.join(folder_name(&source));
        let mut held = Self {
            folder,
            source,
            parts: BTreeMap::new(),
            trouble: None,
            rules: 0,
            quarantine: Quarantine::default(),
            last_good: None,
            unreported: true,
            looked_at: false,
            published: None,
        };
        if matches!(held.source.origin, Origin::Bundled(_)) {
            return Ok(held);
        }
        match fs::create_dir_all(&held.folder) {
            // Nothing was kept of it, and nothing can be.
            Err(error) if error.kind() == io::ErrorKind::ReadOnlyFilesystem => return Ok(held.opened()),
            created => created.map_err(|error| state_error(&held.folder, error))?,
        }
        for entry in fs::read_dir(&held.folder).map_err(|error| state_error(&held.folder, error))? {
            let name = entry.map_err(|error| state_error(&held.folder, error))?.file_name();
            if name == WRITING {
                // A crash left it behind.
                let _ = fs::remove_file(held.folder.join(WRITING));
            } else if !name.as_encoded_bytes().starts_with(b".") {
                held.parts.insert(name, Part { has_copy: true, ..Part::default() });
            }
        }
        Ok(held.opened())
    }

    /// With what is known of its publications, if it is fetched.
    fn opened(mut self) -> Self {
        if let Some(subscription) = self.subscription() {
            let published = Published::open(subscription, &self.folder, self.has_copy(), Moment::now());
            self.last_good = published.about.in_force.as_ref().and_then(|known| known.fetched);
            self.published = Some(published);
        }
        self
    }

    /// The same list under other settings; `None` where those change what its files mean, so that it has to be opened
    /// anew.
    pub(super) fn under(&self, source: &Source) -> Option<Self> {
        let Source { name, origin, format, matching, category: _, shape: _, given: _, allows: _, guard: _ } =
            source;
        let ours = &self.source;
        let same =
            (name, origin, format, matching) == (&ours.name, &ours.origin, &ours.format, &ours.matching);
        same.then(|| Self { source: source.clone(), unreported: true, ..self.clone() })
    }

    pub(super) const fn source(&self) -> &Source {
        &self.source
    }

    pub(super) const fn name(&self) -> &Arc<str> {
        &self.source.name
    }

    pub(super) const fn rules(&self) -> u64 {
        self.rules
    }

    pub(super) const fn quarantine(&self) -> &Quarantine {
        &self.quarantine
    }

    pub(super) const fn last_good(&self) -> Option<SystemTime> {
        self.last_good
    }

    /// The file or folder, of a list that has one.
    pub(super) fn path(&self) -> Option<&Path> {
        match &self.source.origin {
            Origin::Path(path) => Some(path),
            Origin::Bundled(_) | Origin::Subscription(_) => None,
        }
    }

    /// Whether what is in force is not what the files say.
    pub(super) fn is_stale(&self) -> bool {
        let bad = |part: &Part| {
            part.trouble.is_some() || part.unsettled.is_some_and(|since| since.elapsed() > WRITTEN_TOO_LONG)
        };
        self.trouble.is_some() || self.parts.values().any(bad) || self.is_publication_stale()
    }

    /// What is wrong, in a sentence.
    pub(super) fn problem(&self) -> Option<String> {
        let of_a_part = || self.parts.values().find_map(|part| part.trouble.clone());
        let of_fetching = || self.published.as_ref().and_then(|published| published.about.problem.clone());
        self.trouble.clone().or_else(of_a_part).or_else(of_fetching)
    }

    /// The first look fails where the list has no text at all, now or from before.
    pub(super) fn first_look(&mut self, forms: &Forms<'_>) -> Result<(), StoreError> {
        self.tell_lost();
        let Some(path) = self.path().map(Path::to_owned) else { return Ok(()) };
        let first_error = match source::files(&path) {
            Ok(files) => self.take_all(&files, forms).1,
            Err(error) => {
                self.note_trouble(&error);
                Some(error)
            }
        };
        match first_error {
            Some(error) if !self.parts.values().any(|part| part.has_copy) => {
                Err(StoreError::NoCopy { name: self.name().clone(), error })
            }
            _ => Ok(()),
        }
    }

    /// Looks at the files again.
    pub(super) fn look(&mut self, forms: &Forms<'_>) -> Changes {
        let Some(path) = self.path().map(Path::to_owned) else { return Changes::default() };
        match source::files(&path) {
            Ok(files) => {
                if self.trouble.take().is_some() {
                    tracing::info!(list = &**self.name(), "the list can be read again");
                }
                self.take_all(&files, forms).0
            }
            Err(error) => {
                self.note_trouble(&error);
                Changes::default()
            }
        }
    }

    /// Reads what is new, then gives up what is gone. Tells also the first error.
    fn take_all(&mut self, files: &Files, forms: &Forms<'_>) -> (Changes, Option<ListError>) {
        let at_start = !std::mem::replace(&mut self.looked_at, true);
        let (mut changes, mut first_error) = (Changes::default(), None);
        for (name, file) in files {
            let part = self.parts.get(name);
            let known = part.and_then(|part| part.seen);
            let paused = part.and_then(|part| part.pause).is_some_and(|(until, _)| Instant::now() < until);
            if paused || known.is_some() && known == file.fingerprint {
                continue;
            }
            match self.take(name, file, at_start, forms) {
                Ok(taken_over) => changes.rules |= taken_over,
                Err(error) => {
                    changes.unsettled |= matches!(error, ListError::BeingWritten(_));
                    first_error.get_or_insert(error);
                }
            }
        }
        changes.rules |= self.forget_missing(files);
        (changes, first_error)
    }

    /// Reads one file, and keeps a copy if it is good. Tells whether the copy changed.
    fn take(
        &mut self,
        name: &OsStr,
        file: &source::ListFile,
        at_start: bool,
        forms: &Forms<'_>,
    ) -> Result<bool, ListError> {
        let taken = self.read_and_keep(name, file, at_start, forms);
        let list = self.source.name.clone();
        let part = self.parts.entry(name.to_owned()).or_default();
        match taken {
            Ok((digest, told)) => {
                let changed = !part.has_copy || part.digest != Some(digest);
                self.unreported |= changed;
                *part = Part {
                    seen: file.fingerprint,
                    has_copy: true,
                    digest: Some(digest),
                    trouble: None,
                    unsettled: None,
                    pause: None,
                };
                self.last_good = Some(SystemTime::now());
                tell(&list, &file.path, &told);
                Ok(changed)
            }
            Err(error) => {
                // Text that is bad stays bad until it changes; whatever else failed may go better the next time.
                part.seen = file.fingerprint.filter(|_| error.is_about_the_text());
                if let ListError::BeingWritten(_) = error {
                    part.unsettled.get_or_insert_with(Instant::now);
                    return Err(error);
                }
                part.unsettled = None;
                if let ListError::NotKept { .. } = error {
                    let pause = part
                        .pause
                        .map_or(Duration::ZERO, |(_, last)| (last * 2).clamp(FIRST_PAUSE, LAST_PAUSE));
                    part.pause = Some((Instant::now() + pause, pause));
                }
                let text = error.to_string();
                if part.trouble.as_deref() != Some(&*text) {
                    let stays = if part.has_copy { ". Its last good rules stay in force" } else { "" };
                    tracing::warn!(list = &*list, "{text}{stays}");
                    part.trouble = Some(text);
                }
                Err(error)
            }
        }
    }

    fn read_and_keep(
        &self,
        name: &OsStr,
        file: &source::ListFile,
        at_start: bool,
        forms: &Forms<'_>,
    ) -> Result<(u64, Told), ListError> {
        let known = self.parts.get(name).filter(|part| part.has_copy).and_then(|part| part.digest);
        let copy = Copy::new(&self.folder, name, known);
        copy.renew(file, !at_start, &mut |text, Sum { digest, length, .. }| {
            forms.look_at(&Wanted { source: &self.source, name, digest, length }, text)
        })
    }

    /// A file that was taken out of a folder while a good one remains was taken out by the operator. Else nothing is
    /// given up: the files may be on their way, or lost.
    fn forget_missing(&mut self, files: &Files) -> bool {
        let good = |(name, part): (&OsString, &Part)| {
            files.contains_key(name) && part.has_copy && part.trouble.is_none()
        };
        let some_good = self.parts.iter().any(good);
        let gone: Vec<OsString> =
            self.parts.keys().filter(|name| !files.contains_key(*name)).cloned().collect();
        let mut changed = false;
        for name in &gone {
            if !some_good {
                let part = self.parts.entry(name.clone()).or_default();
                // Whatever comes back is read, even if it looks the same.
                part.seen = None;
                part.trouble.get_or_insert_with(|| "the file is gone".into());
                continue;
            }
            if self.parts.remove(name).is_some_and(|part| !part.has_copy) {
                continue;
            }
            changed = true;
            let copy = self.folder.join(name);
            if let Err(error) = fs::remove_file(&copy)
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!(%error, "{} cannot be removed", copy.display());
            }
            tracing::info!(
                list = &**self.name(),
                "the file {} is gone, and its rules with it",
                name.display()
            );
        }
        changed
    }

    /// Adds the rules of all copies. Tells whether a copy was found lost or damaged: it is then made again from its file
    /// at the next look.
    pub(super) fn compile(&mut self, compiler: &mut Compiler, forms: &Forms<'_>) -> Result<bool, BuildError> {
        self.rules = 0;
        let (mut damaged, mut found) = (false, Quarantine::default());
        let mut take = |form: Form| {
            self.rules += form.rules();
            found.add(form.quarantine);
            compiler.take(form.parsed)
        };
        if let Origin::Bundled(text) = self.source.origin {
            // What is shipped is a list, as the tests show.
            forms.of_shipped(&self.source, text)?.map_or(Ok(()), &mut take)?;
        }
        for (name, part) in self.parts.iter_mut().filter(|(_, part)| part.has_copy) {
            let copy = self.folder.join(name);
            match part.form(&self.source, name, &copy, forms)? {
                Ok(form) => take(form)?,
                Err(problem) => {
                    tracing::warn!(
                        list = &*self.source.name,
                        "the copy {} is damaged: {problem}",
                        copy.display()
                    );
                    *part = Part { trouble: Some(problem), ..Part::default() };
                    damaged = true;
                }
            }
        }
        if self.source.guarding() != Guarding::Report {
            self.note_quarantine(found);
        }
        if damaged {
            self.fetch_anew();
        }
        Ok(damaged)
    }

    /// One line on what the guards object to, when that is not what it was.
    fn note_trouble(&mut self, error: &ListError) {
        let text = error.to_string();
        if self.trouble.as_deref() != Some(&*text) {
            tracing::warn!(list = &**self.name(), "{text}. The last good rules stay in force");
            // Whatever is there next is read again, even if it looks the same.
            self.parts.values_mut().for_each(|part| part.seen = None);
            self.trouble = Some(text);
        }
    }
}

impl Part {
    /// The form of its copy, or what is wrong with that.
    fn form(
        &mut self,
        source: &Source,
        name: &OsStr,
        copy: &Path,
        forms: &Forms<'_>,
    ) -> Result<Result<Form, String>, BuildError> {
        // Whoever has no copy any more is to have one again, form or not.
        let length = match fs::metadata(copy) {
            Ok(metadata) => metadata.len(),
            Err(error) => return Ok(Err(error.to_string())),
        };
        let wanted = |digest| Wanted { source, name, digest, length };
        if let Some(form) = self.digest.and_then(|digest| forms.find(&wanted(digest))) {
            return Ok(Ok(form));
        }
        // What is parsed now is known by what it says, whatever was copied once.
        let read = digest_of(copy).and_then(|digest| Ok((digest, File::open(copy)?)));
        let (digest, mut text) = match read {
            Ok(read) => read,
            Err(error) => return Ok(Err(error.to_string())),
        };
        self.digest = Some(digest);
        Ok(forms.find_or_make(&wanted(digest), &mut text)?.map_err(|error| error.to_string()))
    }
}

/// One line on what a file gave, and on what of it was not applied.
fn tell(list: &str, path: &Path, told: &Told) {
    let reasons: Vec<String> =
        told.skipped.iter().map(|(reason, count)| format!("{count} {}", reason.key())).collect();
    let skipped = if reasons.is_empty() { "none".into() } else { reasons.join(", ") };
    tracing::info!(
        list,
        format = %told.format,
        applied = told.applied,
        not_applied = skipped,
        "read {}",
        path.display()
    );
}

/// The folder of a list's copies: its name, and a mark of where it comes from, so that another list of the same name
/// never finds these.
pub(super) fn folder_name(source: &Source) -> String {
    let plain: String = source
        .name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' })
        .take(40)
        .collect();
    let mark = match &source.origin {
        Origin::Path(path) => {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            digest(path.as_os_str().as_encoded_bytes())
        }
        // Whatever its URL is: a list that moves keeps its last good copy.
        Origin::Subscription(_) => digest(b"subscription"),
        Origin::Bundled(_) => 0,
    };
    format!("{plain}-{mark:016x}")
}

/// A number by which texts are told apart; not a proof against somebody who wants two to be the same.
pub(super) fn digest(text: &[u8]) -> u64 {
    let mut hasher = FixedState::with_seed(1).build_hasher();
    hasher.write(text);
    hasher.finish()
}
