//! The last good copy of every list, in the state folder, and what is in force.
//!
//! Rules are always compiled from the copies, never from the files that somebody else may be writing. So a list that
//! breaks loses nothing, a restart with a broken list loses nothing either, and no parsed list has to stay in memory.
//! What one list suffers never keeps another one back.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Instant, SystemTime},
};

use super::{
    compile::{Base, Compiler},
    held::{Held, compile_text},
    quarantine::Gate,
    released::Follow,
    source::{self, ListError, Origin, Source},
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
    /// A list's file is bad; a running server may have a copy.
    #[error(
        "the list {name} cannot be used as it is now: {error}. A server that runs keeps its last good copy"
    )]
    BadNow {
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
    /// Another process uses the state folder.
    #[error("the state folder {path} is in use by another Sekisho. Stop that one, or give this one a folder of its own with --state-dir or [state] dir", path = .0.display())]
    InUse(PathBuf),
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

/// All lists and their copies.
#[derive(Debug)]
pub struct Store {
    lists: Vec<Held>,
    base: Base,
    /// The folder of all copies.
    copies: PathBuf,
    /// What the operator has released from quarantine.
    released: Follow,
    metrics: Arc<Metrics>,
    /// Some name that a list blocks.
    example: Option<Name>,
    /// Whether copies have changed since the rules were last compiled.
    dirty: bool,
    /// Locked as long as this store lives: two that wrote the same copies would each miss the other's changes.
    _lock: File,
}

impl Store {
    /// Opens the copies in `state`, and looks at every list once.
    ///
    /// # Errors
    ///
    /// If a list can be read neither from its file nor from a copy, or the state folder cannot be written or is in
    /// use.
    pub fn open(
        sources: Vec<Source>,
        base: Base,
        state: &Path,
        metrics: Arc<Metrics>,
    ) -> Result<Self, StoreError> {
        let lock = lock(state)?;
        let copies = state.join("lists");
        let lists = open_all(sources, &copies, &[])?;
        let released = Follow::of(state);
        Ok(Self { lists, base, copies, released, metrics, example: None, dirty: true, _lock: lock })
    }

    /// Takes other lists and other rules of the operator's, and compiles them.
    ///
    /// # Errors
    ///
    /// If a list that is new can be read neither from its file nor from a copy, or the rules do not fit. Then
    /// everything stays as it was.
    pub fn reconfigure(&mut self, sources: Vec<Source>, base: Base) -> Result<Arc<Policy>, StoreError> {
        let since = Instant::now();
        let lists = open_all(sources, &self.copies, &self.lists)?;
        let before = std::mem::replace(&mut self.lists, lists);
        let base_before = std::mem::replace(&mut self.base, base);
        let compiled = self.compile(since);
        if compiled.is_err() {
            self.lists = before;
            self.base = base_before;
            return compiled;
        }
        self.forget_metrics_of(&before);
        compiled
    }

    /// A list that is no longer there is no longer measured.
    fn forget_metrics_of(&self, before: &[Held]) {
        let metrics = &self.metrics.lists;
        for gone in before.iter().filter(|held| !self.lists.iter().any(|now| now.name() == held.name())) {
            let name: &str = gone.name();
            for gauges in [&metrics.rules, &metrics.stale, &metrics.last_good, &metrics.quarantined] {
                // It may have had no value yet.
                let _ = gauges.remove_label_values(&[name]);
            }
        }
    }

    /// The paths to watch.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.lists.iter().filter_map(Held::path)
    }

    /// Looks at every file again, and takes over what is new and good. Tells whether a file is being written, so
    /// that another look is due soon.
    pub fn look(&mut self) -> bool {
        let mut unsettled = false;
        for held in &mut self.lists {
            let found = held.look();
            self.dirty |= found.rules;
            unsettled |= found.unsettled;
        }
        if let Some(released) = self.released.look().filter(|released| *released != *self.base.released) {
            self.base.released = Arc::new(released);
            self.dirty = true;
        }
        self.export();
        unsettled
    }

    /// Whether there is something to compile.
    pub const fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// Compiles the rules of all copies. `since` is when the change was seen.
    pub fn compile(&mut self, since: Instant) -> Result<Arc<Policy>, StoreError> {
        let (mut compiler, damaged) = self.compile_copies()?;
        if damaged {
            // Made again from the files first, so that no rule is missing meanwhile.
            self.look();
            compiler = self.compile_copies()?.0;
        }
        self.dirty = false;
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

    /// All copies' rules, and whether some copy was found damaged.
    fn compile_copies(&mut self) -> Result<(Compiler, bool), Full> {
        let (mut compiler, mut damaged) = (Compiler::default(), false);
        for held in &mut self.lists {
            compiler.begin_list(held.source().info());
            damaged |= held.compile(&mut compiler, &self.base)?;
        }
        Ok((compiler, damaged))
    }

    /// Some name that a list blocks, to try the server with.
    pub const fn example(&self) -> Option<&Name> {
        self.example.as_ref()
    }

    /// Whether a list of the operator's is in force, and not only what is shipped for trying.
    pub fn has_real_list(&self) -> bool {
        self.lists.iter().any(|held| held.path().is_some() && !held.source().allows)
    }

    /// The lists in force: name, and how many rules.
    pub fn in_force(&self) -> impl Iterator<Item = (&str, u64)> {
        self.lists.iter().map(|held| (&**held.name(), held.rules()))
    }

    fn export(&self) {
        for held in &self.lists {
            let name: &str = held.name();
            let metrics = &self.metrics.lists;
            metrics.rules.with_label_values(&[name]).set(held.rules() as i64);
            metrics.stale.with_label_values(&[name]).set(i64::from(held.is_stale()));
            metrics.quarantined.with_label_values(&[name]).set(held.quarantine().held as i64);
            let since = held.last_good().and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
            if let Some(since) = since {
                metrics.last_good.with_label_values(&[name]).set(since.as_secs() as i64);
            }
        }
    }
}

/// Opens every list, and looks at those that are not among `known` already.
fn open_all(sources: Vec<Source>, copies: &Path, known: &[Held]) -> Result<Vec<Held>, StoreError> {
    if sources.len() > MAX_LISTS {
        return Err(StoreError::TooMany(sources.len()));
    }
    let mut lists: Vec<Held> = Vec::new();
    for source in sources {
        if lists.iter().any(|held| held.name() == &source.name) {
            return Err(StoreError::SameName(source.name));
        }
        let held = if let Some(held) = known.iter().find_map(|held| held.under(&source)) {
            held
        } else {
            let mut held = Held::open(source, copies)?;
            held.first_look()?;
            held
        };
        lists.push(held);
    }
    Ok(lists)
}

/// Compiles the rules of the files as they are now, without copies and without watching: for a question asked once.
pub fn compile_once(sources: &[Source], base: &Base) -> Result<Policy, StoreError> {
    let mut compiler = Compiler::default();
    for source in sources {
        let bad = |error| StoreError::BadNow { name: source.name.clone(), error };
        compiler.begin_list(source.info());
        let mut gate = Gate::new(source, base, 0);
        let mut add = |text: &[u8], path: &Path| match compile_text(source, text, &mut gate, &mut compiler)? {
            Ok(_) => Ok(()),
            Err(error) => Err(bad(ListError::NotAList { path: path.into(), error })),
        };
        match &source.origin {
            Origin::Bundled(text) => add(text, Path::new("(bundled)"))?,
            Origin::Path(path) => {
                for file in source::files(path).map_err(bad)?.values() {
                    add(&file.read().map_err(bad)?, &file.path)?;
                }
            }
        }
    }
    Ok(compiler.finish(base))
}

/// Makes the state folder and takes it for this process.
fn lock(state: &Path) -> Result<File, StoreError> {
    fs::create_dir_all(state).map_err(|error| state_error(state, error))?;
    let path = state.join("lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|error| state_error(&path, error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse(state.into())),
        Err(TryLockError::Error(error)) => Err(state_error(&path, error)),
    }
}

pub(super) fn state_error(path: &Path, error: io::Error) -> StoreError {
    StoreError::State { path: path.into(), error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lists::{
            guard::Guarding,
            quarantine::ALL_LISTS,
            released::{self, Release},
            source::Source,
        },
        policy::Verdict,
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

        fn is_stale(&self, list: &str) -> bool {
            self.metrics.text().contains(&format!("sekisho_list_stale{{list=\"{list}\"}} 1"))
        }

        fn sources(&self, lists: &[&str]) -> Vec<Source> {
            let source = |name: &&str| Source::of_path(name, self.path(name));
            lists.iter().map(source).collect()
        }

        fn open(&self, lists: &[&str]) -> Result<Store, StoreError> {
            let base = Base::default();
            Store::open(self.sources(lists), base, &self.path("state"), self.metrics.clone())
        }
    }

    fn blocks(store: &mut Store, name: &str) -> bool {
        let policy = store.compile(Instant::now()).unwrap();
        matches!(policy.decide(&name.parse().unwrap(), 1), Verdict::Block(_))
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
    fn other_lists_are_taken_over_whole_or_not_at_all() {
        let home = Home::new();
        home.write("a.txt", "one.example\n");
        home.write("b.txt", "two.example\n");
        let mut store = home.open(&["a.txt"]).unwrap();
        assert!(blocks(&mut store, "one.example"));
        let base = || Base::default();
        let error = store.reconfigure(home.sources(&["b.txt", "missing.txt"]), base()).unwrap_err();
        assert!(error.to_string().contains("missing.txt"), "{error}");
        assert!(blocks(&mut store, "one.example") && !blocks(&mut store, "two.example"));
        let policy = store.reconfigure(home.sources(&["b.txt"]), base()).unwrap();
        assert!(matches!(policy.decide(&"two.example".parse().unwrap(), 1), Verdict::Block(_)));
        assert!(!blocks(&mut store, "one.example"));
        let text = home.metrics.text();
        assert!(text.contains(r#"list="b.txt""#) && !text.contains(r#"list="a.txt""#), "{text}");
    }

    #[test]
    fn what_guards_hold_back_is_counted_and_applied_once_it_is_released() {
        let home = Home::new();
        home.write("a.txt", "github.io\nbad.example\n");
        let guarded = Source { guard: Guarding::Quarantine, ..home.sources(&["a.txt"]).remove(0) };
        let mut store =
            Store::open(vec![guarded], Base::default(), &home.path("state"), home.metrics.clone()).unwrap();
        let quarantined = |count: u64| {
            home.metrics.text().contains(&format!("sekisho_list_quarantined{{list=\"a.txt\"}} {count}"))
        };
        assert!(blocks(&mut store, "bad.example") && !blocks(&mut store, "evil.github.io") && quarantined(1));
        assert_eq!(store.in_force().next(), Some(("a.txt", 1)));
        let since = released::moment(SystemTime::now()).unwrap();
        let release = Release { name: "github.io".into(), list: ALL_LISTS.into(), since };
        released::write(&home.path("state"), &[release]).unwrap();
        store.look();
        assert!(store.is_dirty());
        assert!(blocks(&mut store, "evil.github.io") && quarantined(0));
        released::write(&home.path("state"), &[]).unwrap();
        store.look();
        assert!(!blocks(&mut store, "evil.github.io") && quarantined(1));
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
    fn a_file_taken_out_of_a_folder_takes_its_rules_with_it_unless_the_folder_is_empty() {
        let home = Home::new();
        fs::create_dir_all(home.path("lists")).unwrap();
        home.write("lists/a.txt", "one.example\n");
        home.write("lists/b.txt", "two.example\n");
        home.write("lists/.hidden", "three.example\n");
        let mut store = home.open(&["lists"]).unwrap();
        assert!(blocks(&mut store, "one.example") && !blocks(&mut store, "three.example"));
        fs::remove_file(home.path("lists/a.txt")).unwrap();
        store.look();
        assert!(store.is_dirty());
        assert!(!blocks(&mut store, "one.example") && blocks(&mut store, "two.example"));
        fs::remove_file(home.path("lists/b.txt")).unwrap();
        store.look();
        assert!(!store.is_dirty());
        assert!(blocks(&mut store, "two.example"));
    }

    #[test]
    fn a_folder_keeps_what_it_has_until_something_better_is_there() {
        let home = Home::new();
        fs::create_dir_all(home.path("lists")).unwrap();
        home.write("lists/1.txt", "one.example\n");
        let mut store = home.open(&["lists"]).unwrap();
        assert!(blocks(&mut store, "one.example"));
        // A new version under another name, and it is an error page.
        fs::remove_file(home.path("lists/1.txt")).unwrap();
        home.write("lists/2.txt", "<!doctype html>");
        store.look();
        assert!(blocks(&mut store, "one.example") && home.is_stale("lists"));
        drop(store);
        let mut store = home.open(&["lists"]).unwrap();
        assert!(blocks(&mut store, "one.example"), "over a restart, too");
        home.write("lists/2.txt", "two.example\n");
        store.look();
        assert!(!blocks(&mut store, "one.example") && blocks(&mut store, "two.example"));
        assert!(!home.is_stale("lists"));
    }

    #[test]
    fn a_useless_file_in_a_folder_keeps_nobody_from_starting() {
        let home = Home::new();
        fs::create_dir_all(home.path("lists")).unwrap();
        home.write("lists/a.txt", "one.example\n");
        home.write("lists/README", "# What these are\n");
        let mut store = home.open(&["lists"]).unwrap();
        assert!(blocks(&mut store, "one.example") && home.is_stale("lists"));
    }

    #[test]
    fn copies_that_somebody_deleted_are_made_again_and_hold_no_other_list_back() {
        let home = Home::new();
        home.write("a.txt", "one.example\n");
        home.write("b.txt", "other.example\n");
        let mut store = home.open(&["a.txt", "b.txt"]).unwrap();
        assert!(blocks(&mut store, "one.example"));
        fs::remove_dir_all(home.path("state/lists")).unwrap();
        home.write("b.txt", "another.example\n");
        store.look();
        let policy = store.compile(Instant::now()).unwrap();
        for name in ["one.example", "another.example"] {
            assert!(matches!(policy.decide(&name.parse().unwrap(), 1), Verdict::Block(_)), "{name}");
        }
        assert!(!home.is_stale("a.txt"));
    }

    #[cfg(unix)]
    #[test]
    fn what_cannot_be_copied_is_tried_again() {
        let home = Home::new();
        home.write("a.txt", "one.example\n");
        let mut store = home.open(&["a.txt"]).unwrap();
        assert!(blocks(&mut store, "one.example"));
        // Where the copies lie there is suddenly a file.
        let lists = home.path("state/lists");
        fs::rename(&lists, home.path("state/away")).unwrap();
        fs::write(&lists, "").unwrap();
        home.write("a.txt", "two.example\n");
        store.look();
        assert!(!store.is_dirty() && home.is_stale("a.txt"));
        fs::remove_file(&lists).unwrap();
        fs::rename(home.path("state/away"), &lists).unwrap();
        store.look();
        assert!(blocks(&mut store, "two.example") && !home.is_stale("a.txt"));
    }

    #[cfg(unix)]
    #[test]
    fn devices_and_pipes_are_no_lists() {
        let home = Home::new();
        std::os::unix::fs::symlink("/dev/zero", home.path("zero")).unwrap();
        let error = home.open(&["zero"]).unwrap_err().to_string();
        assert!(error.contains("neither a file nor a folder"), "{error}");
    }

    #[test]
    fn half_a_line_is_no_rule_while_it_is_being_written() {
        let home = Home::new();
        home.write("a.txt", "one.example\n");
        let mut store = home.open(&["a.txt"]).unwrap();
        assert!(blocks(&mut store, "one.example"));
        home.write("a.txt", "one.example\ntwo.exam");
        assert!(store.look() && !store.is_dirty());
        home.write("a.txt", "one.example\ntwo.example\n");
        assert!(!store.look());
        assert!(blocks(&mut store, "two.example") && !blocks(&mut store, "two.exam"));
    }

    #[test]
    fn one_state_folder_is_for_one_server() {
        let home = Home::new();
        home.write("a.txt", "one.example\n");
        let first = home.open(&["a.txt"]).unwrap();
        assert!(matches!(home.open(&["a.txt"]), Err(StoreError::InUse(_))));
        drop(first);
        assert!(home.open(&["a.txt"]).is_ok());
    }

    #[test]
    fn nothing_is_written_for_a_list_that_says_the_same() {
        let home = Home::new();
        home.write("a.txt", "one.example\n");
        let mut store = home.open(&["a.txt"]).unwrap();
        assert!(blocks(&mut store, "one.example"));
        let folder = fs::read_dir(home.path("state/lists")).unwrap().next().unwrap().unwrap().path();
        let copy = folder.join("a.txt");
        let written = fs::metadata(&copy).unwrap().modified().unwrap();
        home.write("a.txt", "one.example\n");
        store.look();
        assert!(!store.is_dirty());
        assert_eq!(fs::metadata(&copy).unwrap().modified().unwrap(), written);
    }
}
