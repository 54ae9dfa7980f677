//! The last good copy of every list, in the state folder, and what is in force.
//!
//! Rules are always compiled from the copies, never from the files that somebody else may be writing. So a list that
//! breaks loses nothing, a restart with a broken list loses nothing either, and no parsed list has to stay in memory.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    hash::{BuildHasher, Hasher},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Instant, SystemTime},
};

use foldhash::quality::FixedState;

use super::{
    compile::{Base, Compiler},
    parse::{self, Report},
    source::{self, Fingerprint, ListError, Origin, Source},
};
use crate::{
    name::Name,
    policy::{MAX_LISTS, Policy},
    telemetry::Metrics,
    trie::Full,
};

/// Why the lists cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A list has no good text, now or from before.
    #[error("the list {name} cannot be used, and there is no earlier copy of it: {error}")]
    NoCopy {
        /// The list.
        name: Arc<str>,
        /// What is wrong.
        error: ListError,
    },
    /// The state folder cannot be written.
    #[error("the state folder {path} cannot be used: {error}. Give another one with --state-dir or [state] dir, or let the user that Sekisho runs as write there", path = .path.display())]
    State {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// More lists than can be told apart.
    #[error("there are {0} lists; {MAX_LISTS} at most can be in force. Join some of them in a folder")]
    TooMany(usize),
    /// Two lists have one name.
    #[error("two lists are called {0}. Give one of them another name")]
    SameName(Arc<str>),
    /// The rules do not fit.
    #[error(transparent)]
    Full(#[from] Full),
}

/// What a look at the files found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Changes {
    /// Some rules are different: compile and swap.
    pub rules: bool,
    /// A file is being written: look again soon.
    pub unsettled: bool,
}

/// One file of a list, as far as it is known.
#[derive(Debug, Default)]
struct Part {
    /// What it looked like when it was last read, for good or bad.
    seen: Option<Fingerprint>,
    /// Whether there is a good copy.
    has_copy: bool,
    /// Whether the file itself is bad, so that the copy stands in for it.
    bad: bool,
}

/// One list.
#[derive(Debug)]
struct Held {
    source: Source,
    /// Where its copies are.
    folder: PathBuf,
    parts: BTreeMap<OsString, Part>,
    /// Why the list as a whole could not be looked at the last time.
    trouble: Option<String>,
    /// Rules in force.
    rules: u64,
    /// When it was last read well.
    last_good: Option<SystemTime>,
}

/// All lists and their copies.
#[derive(Debug)]
pub struct Store {
    lists: Vec<Held>,
    base: Base,
    metrics: Arc<Metrics>,
    /// Some name that a list blocks.
    example: Option<Name>,
}

impl Store {
    /// Opens the copies in `state`, and looks at every list once.
    ///
    /// # Errors
    ///
    /// If a list can be read neither from its file nor from a copy, or the state folder cannot be written.
    pub fn open(
        sources: Vec<Source>,
        base: Base,
        state: &Path,
        metrics: Arc<Metrics>,
    ) -> Result<Self, StoreError> {
        if sources.len() > MAX_LISTS {
            return Err(StoreError::TooMany(sources.len()));
        }
        let mut lists: Vec<Held> = Vec::new();
        for source in sources {
            if lists.iter().any(|held| held.source.name == source.name) {
                return Err(StoreError::SameName(source.name));
            }
            lists.push(Held::open(source, &state.join("lists"))?);
        }
        let mut store = Self { lists, base, metrics, example: None };
        for held in &mut store.lists {
            held.first_look()?;
        }
        Ok(store)
    }

    /// The paths to watch.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.lists.iter().filter_map(|held| match &held.source.origin {
            Origin::Path(path) => Some(path.as_path()),
            Origin::Bundled(_) => None,
        })
    }

    /// Looks at every file again, and takes over what is new and good.
    pub fn look(&mut self) -> Result<Changes, StoreError> {
        let mut changes = Changes::default();
        for held in &mut self.lists {
            let found = held.look()?;
            changes.rules |= found.rules;
            changes.unsettled |= found.unsettled;
        }
        self.export();
        Ok(changes)
    }

    /// Compiles the rules of all copies. `since` is when the change was seen.
    pub fn compile(&mut self, since: Instant) -> Result<Arc<Policy>, StoreError> {
        let mut compiler = Compiler::default();
        for held in &mut self.lists {
            compiler.begin_list(held.source.info());
            held.rules = held.compile(&mut compiler)?;
        }
        self.example = compiler.example();
        let policy = Arc::new(compiler.finish(&self.base));
        self.metrics.lists.swaps.inc();
        self.metrics.lists.swap_seconds.observe(since.elapsed().as_secs_f64());
        self.metrics.lists.bytes.set(policy.octets() as i64);
        self.export();
        tracing::info!(
            names = policy.rules(),
            lists = self.lists.len(),
            seconds = since.elapsed().as_secs_f64(),
            "rules in force"
        );
        Ok(policy)
    }

    /// Some name that a list blocks, to try the server with.
    pub const fn example(&self) -> Option<&Name> {
        self.example.as_ref()
    }

    /// Whether a list of the operator's is in force, and not only what is shipped for trying.
    pub fn has_real_list(&self) -> bool {
        self.lists.iter().any(|held| matches!(held.source.origin, Origin::Path(_)) && !held.source.allows)
    }

    /// The lists in force: name, and how many rules.
    pub fn in_force(&self) -> impl Iterator<Item = (&str, u64)> {
        self.lists.iter().map(|held| (&*held.source.name, held.rules))
    }

    fn export(&self) {
        for held in &self.lists {
            let name = &*held.source.name;
            self.metrics.lists.rules.with_label_values(&[name]).set(held.rules as i64);
            self.metrics.lists.stale.with_label_values(&[name]).set(i64::from(held.is_stale()));
            if let Some(since) =
                held.last_good.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok())
            {
                self.metrics.lists.last_good.with_label_values(&[name]).set(since.as_secs() as i64);
            }
        }
    }
}

impl Held {
    fn open(source: Source, lists: &Path) -> Result<Self, StoreError> {
        let mut held = Self {
            folder: lists.join(folder_name(&source)),
            source,
            parts: BTreeMap::new(),
            trouble: None,
            rules: 0,
            last_good: None,
        };
        if matches!(held.source.origin, Origin::Bundled(_)) {
            return Ok(held);
        }
        fs::create_dir_all(&held.folder).map_err(|error| state_error(&held.folder, error))?;
        for entry in fs::read_dir(&held.folder).map_err(|error| state_error(&held.folder, error))? {
            let name = entry.map_err(|error| state_error(&held.folder, error))?.file_name();
            if !name.to_string_lossy().starts_with(".writing-") {
                held.parts.insert(name, Part { has_copy: true, ..Part::default() });
            }
        }
        Ok(held)
    }

    /// The first look fails where a list has no text at all.
    fn first_look(&mut self) -> Result<(), StoreError> {
        let Origin::Path(path) = self.source.origin.clone() else { return Ok(()) };
        let refuse = |name: &Arc<str>, error| Err(StoreError::NoCopy { name: name.clone(), error });
        let has_copy = self.parts.values().any(|part| part.has_copy);
        let files = match source::files(&path) {
            Ok(files) => files,
            Err(error) if !has_copy => return refuse(&self.source.name, error),
            Err(error) => {
                self.note_trouble(&error);
                return Ok(());
            }
        };
        self.forget_missing(&files);
        for (name, (path, fingerprint)) in files {
            if let Err(error) = self.take(&name, &path, fingerprint)?
                && !self.parts.get(&name).is_some_and(|part| part.has_copy)
            {
                return refuse(&self.source.name, error);
            }
        }
        Ok(())
    }

    fn look(&mut self) -> Result<Changes, StoreError> {
        let Origin::Path(path) = self.source.origin.clone() else { return Ok(Changes::default()) };
        let files = match source::files(&path) {
            Ok(files) => files,
            Err(error) => {
                self.note_trouble(&error);
                return Ok(Changes::default());
            }
        };
        if self.trouble.take().is_some() {
            tracing::info!(list = &*self.source.name, "the list can be read again");
        }
        let mut changes = Changes { rules: self.forget_missing(&files), unsettled: false };
        for (name, (path, fingerprint)) in files {
            if self.parts.get(&name).is_some_and(|part| part.seen == Some(fingerprint)) {
                continue;
            }
            match self.take(&name, &path, fingerprint)? {
                Ok(taken_over) => changes.rules |= taken_over,
                Err(ListError::BeingWritten(_)) => changes.unsettled = true,
                Err(_) => {}
            }
        }
        Ok(changes)
    }

    /// Reads one file, and keeps a copy if it is good. Tells whether the copy changed.
    fn take(
        &mut self,
        name: &OsString,
        path: &Path,
        fingerprint: Fingerprint,
    ) -> Result<Result<bool, ListError>, StoreError> {
        let checked = source::read(path, fingerprint).and_then(|text| {
            let report = parse::parse(&text, self.source.format, self.source.matching, &mut |_, _| {});
            report
                .map(|report| (text, report))
                .map_err(|error| ListError::NotAList { path: path.into(), error })
        });
        let part = self.parts.entry(name.clone()).or_default();
        let (text, report) = match checked {
            Ok(good) => good,
            Err(error) => {
                if !matches!(error, ListError::BeingWritten(_)) {
                    part.seen = Some(fingerprint);
                    part.bad = true;
                    tracing::warn!(list = &*self.source.name, "{error}. The last good rules stay in force");
                }
                return Ok(Err(error));
            }
        };
        *part = Part { seen: Some(fingerprint), has_copy: true, bad: false };
        self.last_good = Some(SystemTime::now());
        tell(&self.source.name, path, &report);
        keep_copy(&self.folder, name, &text).map(Ok)
    }

    /// A file that was taken out of a folder while others remain was taken out by the operator. A list whose only
    /// file is gone never comes here: that is trouble, and its rules stay.
    fn forget_missing(&mut self, files: &BTreeMap<OsString, (PathBuf, Fingerprint)>) -> bool {
        let gone: Vec<OsString> =
            self.parts.keys().filter(|name| !files.contains_key(*name)).cloned().collect();
        for name in &gone {
            self.parts.remove(name);
            let copy = self.folder.join(name);
            if let Err(error) = fs::remove_file(&copy)
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!(%error, "{} cannot be removed", copy.display());
            }
            tracing::info!(
                list = &*self.source.name,
                "the file {} is gone, and its rules with it",
                name.display()
            );
        }
        !gone.is_empty()
    }

    fn compile(&self, compiler: &mut Compiler) -> Result<u64, StoreError> {
        if let Origin::Bundled(text) = self.source.origin {
            return self.compile_text(text, Path::new("(bundled)"), compiler);
        }
        let mut rules = 0;
        for (name, _) in self.parts.iter().filter(|(_, part)| part.has_copy) {
            let copy = self.folder.join(name);
            let text = fs::read(&copy).map_err(|error| state_error(&copy, error))?;
            rules += self.compile_text(&text, &copy, compiler)?;
        }
        Ok(rules)
    }

    fn compile_text(&self, text: &[u8], copy: &Path, compiler: &mut Compiler) -> Result<u64, StoreError> {
        let mut full = Ok(());
        let report = parse::parse(text, self.source.format, self.source.matching, &mut |_, rule| {
            if full.is_ok() {
                full = compiler.add(rule);
            }
        });
        full?;
        match report {
            Ok(report) => Ok(report.applied),
            // It was good when it was copied: somebody, or the disk, has changed it since.
            Err(error) => {
                tracing::warn!(list = &*self.source.name, "the copy {} is damaged: {error}", copy.display());
                Ok(0)
            }
        }
    }

    fn is_stale(&self) -> bool {
        self.trouble.is_some() || self.parts.values().any(|part| part.bad)
    }

    fn note_trouble(&mut self, error: &ListError) {
        let text = error.to_string();
        if self.trouble.as_deref() != Some(&*text) {
            tracing::warn!(list = &*self.source.name, "{text}. The last good rules stay in force");
            // Whatever is there next is read again, even if it looks the same.
            self.parts.values_mut().for_each(|part| part.seen = None);
            self.trouble = Some(text);
        }
    }
}

/// Compiles the rules of the files as they are now, without copies and without watching: for a question asked once.
pub fn compile_once(sources: &[Source], base: &Base) -> Result<Policy, StoreError> {
    let mut compiler = Compiler::default();
    for source in sources {
        let refuse = |error| StoreError::NoCopy { name: source.name.clone(), error };
        compiler.begin_list(source.info());
        let mut add = |text: &[u8], path: &Path| {
            let mut full = Ok(());
            let report = parse::parse(text, source.format, source.matching, &mut |_, rule| {
                if full.is_ok() {
                    full = compiler.add(rule);
                }
            });
            report.map_err(|error| refuse(ListError::NotAList { path: path.into(), error }))?;
            full.map_err(StoreError::Full)
        };
        match &source.origin {
            Origin::Bundled(text) => add(text, Path::new("(bundled)"))?,
            Origin::Path(path) => {
                for (path, fingerprint) in source::files(path).map_err(refuse)?.values() {
                    add(&source::read(path, *fingerprint).map_err(refuse)?, path)?;
                }
            }
        }
    }
    Ok(compiler.finish(base))
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
fn folder_name(source: &Source) -> String {
    let plain: String = source
        .name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' })
        .take(40)
        .collect();
    let mut hasher = FixedState::with_seed(1).build_hasher();
    if let Origin::Path(path) = &source.origin {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        hasher.write(path.as_os_str().as_encoded_bytes());
    }
    format!("{plain}-{:016x}", hasher.finish())
}

/// Writes a copy beside the old one and moves it over: a crash leaves one or the other. Nothing is written where
/// the text is the same. Tells whether it was not.
fn keep_copy(folder: &Path, name: &OsString, text: &[u8]) -> Result<bool, StoreError> {
    let copy = folder.join(name);
    if fs::metadata(&copy).is_ok_and(|metadata| metadata.len() == text.len() as u64)
        && fs::read(&copy).is_ok_and(|known| known == text)
    {
        return Ok(false);
    }
    let mut writing = OsString::from(".writing-");
    writing.push(name);
    let writing = folder.join(writing);
    let write = || {
        let mut file = fs::File::create(&writing)?;
        file.write_all(text)?;
        file.sync_all()?;
        fs::rename(&writing, &copy)
    };
    write().map_err(|error| state_error(&writing, error))?;
    Ok(true)
}

fn state_error(path: &Path, error: io::Error) -> StoreError {
    StoreError::State { path: path.into(), error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lists::parse::Match,
        policy::{Shape, Verdict},
    };

    struct Home {
        folder: tempfile::TempDir,
        metrics: Arc<Metrics>,
    }

    impl Home {
        fn new() -> Self {
            Self { folder: tempfile::tempdir().unwrap(), metrics: Metrics::new(["scam"]).unwrap() }
        }

        fn path(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        fn write(&self, name: &str, text: &str) {
            fs::write(self.path(name), text).unwrap();
        }

        fn open(&self, lists: &[&str]) -> Result<Store, StoreError> {
            let source = |name: &&str| Source {
                name: (*name).into(),
                origin: Origin::Path(self.path(name)),
                category: "scam".into(),
                shape: Shape::Page,
                allows: false,
                format: None,
                matching: Match::Auto,
            };
            let base = Base { own: Arc::default(), own_shape: Shape::Page, floor: Arc::default() };
            Store::open(lists.iter().map(source).collect(), base, &self.path("state"), self.metrics.clone())
        }
    }

    fn blocks(store: &mut Store, name: &str) -> bool {
        let policy = store.compile(Instant::now()).unwrap();
        matches!(policy.decide(&name.parse().unwrap()), Verdict::Block(_))
    }

    #[test]
    fn a_restart_with_a_broken_list_keeps_its_last_good_rules() {
        let home = Home::new();
        home.write("a.txt", "one.example\n");
        assert!(blocks(&mut home.open(&["a.txt"]).unwrap(), "one.example"));
        for broken in ["", "<!doctype html><p>Log in", "# nothing yet\n"] {
            home.write("a.txt", broken);
            let mut store = home.open(&["a.txt"]).unwrap();
            assert!(blocks(&mut store, "one.example"), "{broken}");
            assert!(home.metrics.text().contains(r#"sekisho_list_stale{list="a.txt"} 1"#), "{broken}");
        }
        fs::remove_file(home.path("a.txt")).unwrap();
        assert!(blocks(&mut home.open(&["a.txt"]).unwrap(), "one.example"));
    }

    #[test]
    fn a_start_without_any_good_copy_is_refused_with_the_path() {
        let home = Home::new();
        home.write("bad.txt", "<html>");
        for name in ["missing.txt", "bad.txt"] {
            let error = home.open(&[name]).unwrap_err();
            assert!(matches!(error, StoreError::NoCopy { .. }));
            assert!(error.to_string().contains(&home.path(name).display().to_string()), "{error}");
        }
        assert!(matches!(home.open(&["x", "x"]), Err(StoreError::NoCopy { .. } | StoreError::SameName(_))));
    }

    #[test]
    fn a_list_of_the_same_name_from_elsewhere_never_gets_these_copies() {
        let home = Home::new();
        fs::create_dir_all(home.path("other")).unwrap();
        home.write("a.txt", "one.example\n");
        home.open(&["a.txt"]).unwrap();
        let mut source = home.open(&["a.txt"]).unwrap().lists[0].source.clone();
        let first = folder_name(&source);
        source.origin = Origin::Path(home.path("other/a.txt"));
        assert_ne!(folder_name(&source), first);
    }

    #[test]
    fn a_file_taken_out_of_a_folder_takes_its_rules_with_it_unless_the_folder_is_empty() {
        let home = Home::new();
        fs::create_dir_all(home.path("lists")).unwrap();
        home.write("lists/a.txt", "one.example\n");
        home.write("lists/b.txt", "two.example\n");
        home.write("lists/.hidden", "three.example\n");
        let mut store = home.open(&["lists"]).unwrap();
        assert!(blocks(&mut store, "one.example") && !blocks(&mut store, "three.example"));
        fs::remove_file(home.path("lists/a.txt")).unwrap();
        assert!(store.look().unwrap().rules);
        assert!(!blocks(&mut store, "one.example") && blocks(&mut store, "two.example"));
        fs::remove_file(home.path("lists/b.txt")).unwrap();
        assert!(!store.look().unwrap().rules);
        assert!(blocks(&mut store, "two.example"));
    }

    #[test]
    fn nothing_is_written_for_a_list_that_says_the_same() {
        let home = Home::new();
        home.write("a.txt", "one.example\n");
        let mut store = home.open(&["a.txt"]).unwrap();
        let copy = store.lists[0].folder.join("a.txt");
        let written = fs::metadata(&copy).unwrap().modified().unwrap();
        home.write("a.txt", "one.example\n");
        assert!(!store.look().unwrap().rules);
        assert_eq!(fs::metadata(&copy).unwrap().modified().unwrap(), written);
    }
}
