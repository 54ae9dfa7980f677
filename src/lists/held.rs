//! One list: its files as they were last seen, and the last good copy of each.
//!
//! A file is read, checked and copied before anything older is given up. Whatever fails on the way (the file, the
//! disk, the state folder) leaves the copy in force, marks the list stale, and is tried again.

mod copy;
mod reporting;
mod saving;

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs::{self, File},
    hash::{BuildHasher, Hasher},
    io::{self, Cursor},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use foldhash::quality::FixedState;

use self::copy::{Copy, WRITING};
use super::{
    compile::{Base, Compiler},
    guard::Guarding,
    parse::{self, ParseError, Report, Rule, Text},
    quarantine::{Gate, MOST_ITEMS, Quarantine},
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

/// Is given the rules of files as they are read.
type Rules<'r> = &'r mut dyn FnMut(u64, Rule<'_>);

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
        };
        if matches!(held.source.origin, Origin::Bundled(_)) {
            return Ok(held);
        }
        fs::create_dir_all(&held.folder).map_err(|error| state_error(&held.folder, error))?;
        for entry in fs::read_dir(&held.folder).map_err(|error| state_error(&held.folder, error))? {
            let name = entry.map_err(|error| state_error(&held.folder, error))?.file_name();
            if name == WRITING {
                // A crash left it behind.
                let _ = fs::remove_file(held.folder.join(WRITING));
            } else {
                held.parts.insert(name, Part { has_copy: true, ..Part::default() });
            }
        }
        Ok(held)
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
            Origin::Bundled(_) => None,
        }
    }

    /// Whether what is in force is not what the files say.
    pub(super) fn is_stale(&self) -> bool {
        let bad = |part: &Part| {
            part.trouble.is_some() || part.unsettled.is_some_and(|since| since.elapsed() > WRITTEN_TOO_LONG)
        };
        self.trouble.is_some() || self.parts.values().any(bad)
    }

    /// The first look fails where the list has no text at all, now or from before. Rules that are read go into
    /// `compiler` at once, so that a long list is not read twice at a start; tells whether these are what the copies say.
    pub(super) fn first_look(&mut self, compiler: &mut Compiler, base: &Base) -> Result<bool, StoreError> {
        let Some(path) = self.path().map(Path::to_owned) else {
            return Ok(!self.compile(compiler, base)?);
        };
        let source = self.source.clone();
        let mut gate = Gate::of_compiling(&source, base, MOST_ITEMS);
        let (mut added, mut full) = (0, Ok(()));
        let mut add = |line, rule: Rule<'_>| {
            if full.is_ok() && gate.admits(line, &rule) {
                added += 1;
                full = compiler.add(rule);
            }
        };
        let first_error = match source::files(&path) {
            Ok(files) => self.take_all(&files, &mut add).1,
            Err(error) => {
                self.note_trouble(&error);
                Some(error)
            }
        };
        full?;
        if let Some(error) = first_error {
            let has_copy = self.parts.values().any(|part| part.has_copy);
            return if has_copy { Ok(false) } else { Err(StoreError::NoCopy { name: source.name, error }) };
        }
        self.rules = added;
        if source.guarding() != Guarding::Report {
            self.note_quarantine(gate.into_quarantine());
        }
        Ok(self.parts.values().all(|part| part.has_copy && part.seen.is_some()))
    }

    /// Looks at the files again.
    pub(super) fn look(&mut self) -> Changes {
        let Some(path) = self.path().map(Path::to_owned) else { return Changes::default() };
        match source::files(&path) {
            Ok(files) => {
                if self.trouble.take().is_some() {
                    tracing::info!(list = &**self.name(), "the list can be read again");
                }
                self.take_all(&files, &mut |_, _| {}).0
            }
            Err(error) => {
                self.note_trouble(&error);
                Changes::default()
            }
        }
    }

    /// Reads what is new, then gives up what is gone. Tells also the first error.
    fn take_all(&mut self, files: &Files, rules: Rules<'_>) -> (Changes, Option<ListError>) {
        let at_start = !std::mem::replace(&mut self.looked_at, true);
        let (mut changes, mut first_error) = (Changes::default(), None);
        for (name, file) in files {
            let part = self.parts.get(name);
            let known = part.and_then(|part| part.seen);
            let paused = part.and_then(|part| part.pause).is_some_and(|(until, _)| Instant::now() < until);
            if paused || known.is_some() && known == file.fingerprint {
                continue;
            }
            match self.take(name, file, at_start, rules) {
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
        rules: Rules<'_>,
    ) -> Result<bool, ListError> {
        let taken = self.read_and_keep(name, file, at_start, rules);
        let list = self.source.name.clone();
        let part = self.parts.entry(name.to_owned()).or_default();
        match taken {
            Ok((digest, report)) => {
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
                tell(&list, &file.path, &report);
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
        rules: Rules<'_>,
    ) -> Result<(u64, Report), ListError> {
        let known = self.parts.get(name).filter(|part| part.has_copy).and_then(|part| part.digest);
        let copy = Copy::new(&self.folder, name, known);
        let Source { format, matching, .. } = self.source;
        copy.renew(file, !at_start, &mut |text| parse::parse_text(text, format, matching, rules))
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
    pub(super) fn compile(&mut self, compiler: &mut Compiler, base: &Base) -> Result<bool, BuildError> {
        self.rules = 0;
        let source = self.source.clone();
        let mut gate = Gate::of_compiling(&source, base, MOST_ITEMS);
        let damaged = self.compile_through(&mut gate, compiler)?;
        if source.guarding() != Guarding::Report {
            let found = gate.into_quarantine();
            self.rules = self.rules.saturating_sub(found.held);
            self.note_quarantine(found);
        }
        Ok(damaged)
    }

    fn compile_through(&mut self, gate: &mut Gate<'_>, compiler: &mut Compiler) -> Result<bool, BuildError> {
        if let Origin::Bundled(text) = self.source.origin {
            let report = compile_text(&self.source, &mut Cursor::new(text), gate, compiler)?;
            self.rules = report.map_or(0, |report| report.applied);
            return Ok(false);
        }
        let mut damaged = false;
        for (name, part) in self.parts.iter_mut().filter(|(_, part)| part.has_copy) {
            let copy = self.folder.join(name);
            gate.begin_file(&name.to_string_lossy());
            let problem = match File::open(&copy) {
                Ok(mut text) => match compile_text(&self.source, &mut text, gate, compiler)? {
                    Ok(report) => {
                        self.rules += report.applied;
                        continue;
                    }
                    Err(error) => error.to_string(),
                },
                Err(error) => error.to_string(),
            };
            tracing::warn!(list = &*self.source.name, "the copy {} is damaged: {problem}", copy.display());
            *part = Part { trouble: Some(problem), ..Part::default() };
            damaged = true;
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

/// Adds the rules of one text that the gate admits.
pub(super) fn compile_text(
    source: &Source,
    text: &mut dyn Text,
    gate: &mut Gate<'_>,
    compiler: &mut Compiler,
) -> Result<Result<Report, ParseError>, BuildError> {
    let mut full = Ok(());
    let report = parse::parse_text(text, source.format, source.matching, &mut |line, rule| {
        if full.is_ok() && gate.admits(line, &rule) {
            full = compiler.add(rule);
        }
    });
    full.map(|()| report)
}

/// One line on what a file gave, and on what of it was not applied.
fn tell(list: &str, path: &Path, report: &Report) {
    let reasons: Vec<String> =
        report.skipped.iter().map(|(reason, tally)| format!("{} {}", tally.count, reason.key())).collect();
    let skipped = if reasons.is_empty() { "none".into() } else { reasons.join(", ") };
    tracing::info!(
        list,
        format = %report.format,
        applied = report.applied,
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
