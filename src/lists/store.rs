//! The last good copy of every list, in the state folder, and what is in force.
//!
//! Rules are always compiled from the copies, never from the files that somebody else may be writing. So a list that
//! breaks loses nothing, a restart with a broken list loses nothing either, and no parsed list has to stay in memory.
//! What one list suffers never keeps another one back. What was parsed of a copy is kept beside it (`held/forms.rs`), so
//! that a change costs no more than parsing what has changed, and merging.

mod fetched;

pub use self::fetched::{Fetched, fetched_copy};

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Instant, SystemTime},
};

use super::{
    apart::apart,
    compile::{Base, Compiled, Compiler, policy},
    held::{Forms, FormsFolder, Held, published::RESULTS},
    parse,
    quarantine::Gate,
    released::Follow,
    saved::{self, Saved},
    scratch,
    source::{self, ListError, Origin, Source},
};
use crate::{
    name::Name,
    policy::{ListInfo, ListRules, MAX_LISTS, Policy},
    telemetry::Metrics,
    trie::BuildError,
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
    /// There is no thread to compile on.
    #[error("the rules cannot be compiled, since the system has no thread to give: {0}")]
    Thread(io::Error),
    /// They cannot be compiled.
    #[error(transparent)]
    Compile(#[from] BuildError),
}

/// All lists and their copies.
#[derive(Debug)]
pub struct Store {
    lists: Vec<Held>,
    base: Base,
    /// The state folder.
    state: PathBuf,
    /// What the operator has released from quarantine.
    released: Follow,
    metrics: Arc<Metrics>,
    /// Rules that were saved before the start, until they are put in force.
    saved: Option<ListRules>,
    /// Whether there were some.
    restored: bool,
    /// What was parsed of the copies.
    forms: FormsFolder,
    /// Whether the rules in force are yet to be saved.
    unsaved: bool,
    /// Some name that a list blocks.
    example: Option<Name>,
    /// Whether copies have changed since the rules were last compiled.
    dirty: bool,
    /// Locked as long as this store lives: two that wrote the same copies would each miss the other's changes.
    _lock: File,
}

impl Store {
    /// Opens the copies in `state`, looks at every list once, and gives the rules that are to be in force.
    ///
    /// # Errors
    ///
    /// If a list can be read neither from its file nor from a copy, the rules do not fit, or the state folder cannot be
    /// written or is in use.
    pub fn start(
        sources: Vec<Source>,
        base: Base,
        state: &Path,
        metrics: Arc<Metrics>,
    ) -> Result<(Self, Arc<Policy>), StoreError> {
        let since = Instant::now();
        apart(|| {
            let mut store = Self::open(sources, base, state, metrics)?;
            let policy = store.compile_here(since)?;
            Ok((store, policy))
        })
        .map_err(StoreError::Thread)?
    }

    fn open(
        sources: Vec<Source>,
        base: Base,
        state: &Path,
        metrics: Arc<Metrics>,
    ) -> Result<Self, StoreError> {
        let lock = lock(state)?;
        let released = Follow::of(state);
        let forms = FormsFolder::new(state, metrics.lists.parses.clone());
        let (lists, saved) = if let Some((lists, saved)) = restore(&sources, &base, state) {
            (lists, Some((saved.rules, saved.example)))
        } else {
            (open_all(sources, state, &[], &Forms::new(&forms, &base))?, None)
        };
        let restored = saved.is_some();
        let (saved, example) = saved.unzip();
        Ok(Self {
            lists,
            base,
            state: state.to_owned(),
            released,
            metrics,
            saved,
            restored,
            forms,
            unsaved: false,
            example: example.flatten(),
            dirty: !restored,
            _lock: lock,
        })
    }

    /// Whether the start took up saved rules, so that only a look at the files tells whether they are still true.
    pub const fn is_restored(&self) -> bool {
        self.restored
    }

    /// Takes other lists and other rules of the operator's, and compiles them.
    ///
    /// # Errors
    ///
    /// If a list that is new can be read neither from its file nor from a copy, or the rules do not fit. Then
    /// everything stays as it was.
    pub fn reconfigure(&mut self, sources: Vec<Source>, base: Base) -> Result<Arc<Policy>, StoreError> {
        let since = Instant::now();
        let lists = apart(|| open_all(sources, &self.state, &self.lists, &Forms::new(&self.forms, &base)))
            .map_err(StoreError::Thread)??;
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
            let gauges = [
                &metrics.rules,
                &metrics.stale,
                &metrics.last_good,
                &metrics.quarantined,
                &metrics.held,
                &metrics.checked,
            ];
            for gauges in gauges {
                // It may have had no value yet.
                let _ = gauges.remove_label_values(&[name]);
            }
            let _ = metrics.parses.remove_label_values(&[name]);
            for result in RESULTS {
                let _ = metrics.fetches.remove_label_values(&[name, result]);
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
        apart(|| self.look_here()).unwrap_or_else(|error| {
            tracing::debug!(%error, "there is no thread to look at the lists on");
            true
        })
    }

    fn look_here(&mut self) -> bool {
        let mut unsettled = false;
        let forms = Forms::new(&self.forms, &self.base);
        for held in &mut self.lists {
            let found = held.look(&forms);
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
        apart(|| self.compile_here(since)).map_err(StoreError::Thread)?
    }

    fn compile_here(&mut self, since: Instant) -> Result<Arc<Policy>, StoreError> {
        let (rules, infos) = match self.saved.take().filter(|_| !self.dirty) {
            Some(rules) => (rules, self.lists.iter().map(|held| held.source().info()).collect()),
            None => self.compile_anew()?,
        };
        self.dirty = false;
        let policy = Arc::new(policy(rules, infos, &self.base));
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

    fn compile_anew(&mut self) -> Result<(ListRules, Vec<ListInfo>), BuildError> {
        let mut made = self.compile_sound_forms()?;
        saved::label(&self.base, self.lists.iter().map(Held::save).collect(), &mut made);
        self.unsaved = true;
        if made.left_out > 0 {
            tracing::warn!(
                rules = made.left_out,
                "rules are left out: lists name too many different sets of query types"
            );
        }
        self.example = made.example;
        Ok((made.rules, made.infos))
    }

    /// What all lists say. Where something that was kept cannot be read after all, everything is parsed anew.
    fn compile_sound_forms(&mut self) -> Result<Compiled, BuildError> {
        let error = match self.compile_sound_copies().and_then(Compiler::compile) {
            Err(BuildError::Scratch(error)) => error,
            made => return made,
        };
        tracing::debug!(%error, "what was parsed of the lists cannot be compiled, so they are parsed again");
        self.forms.trust(false);
        let made = self.compile_sound_copies().and_then(Compiler::compile);
        self.forms.trust(true);
        made
    }

    fn compile_sound_copies(&mut self) -> Result<Compiler, BuildError> {
        let (mut compiler, damaged) = self.compile_copies()?;
        if damaged {
            // Made again from the files first, so that no rule is missing meanwhile.
            self.look_here();
            compiler = self.compile_copies()?.0;
        }
        Ok(compiler)
    }

    /// What can wait until new rules are in force: saves them for the next start, gives up forms of lists that are gone, and
    /// has the guards look through lists that they only report on.
    pub fn settle(&mut self, policy: &Policy) {
        if std::mem::take(&mut self.unsaved) {
            if let Err(error) = saved::store(&self.state, &policy.lists) {
                tracing::warn!(%error, "the compiled rules cannot be saved, so the next start compiles them again");
            }
            self.forms.sweep(&self.lists);
        }
        for held in &mut self.lists {
            held.report(&self.base);
        }
        self.export();
    }

    /// All copies' rules, and whether some copy was found damaged.
    fn compile_copies(&mut self) -> Result<(Compiler, bool), BuildError> {
        let (mut compiler, mut damaged) = (Compiler::new(scratch::in_folder(&self.state)), false);
        let forms = Forms::new(&self.forms, &self.base);
        for held in &mut self.lists {
            compiler.begin_list(held.source().info());
            damaged |= held.compile(&mut compiler, &forms)?;
        }
        Ok((compiler, damaged))
    }

    /// Some name that a list blocks, to try the server with.
    pub const fn example(&self) -> Option<&Name> {
        self.example.as_ref()
    }

    /// Whether a list of the operator's is in force, and not only what is shipped for trying.
    pub fn has_real_list(&self) -> bool {
        let is_real = |held: &&Held| held.path().is_some() || held.has_copy();
        self.lists.iter().filter(|held| !held.source().allows).any(|held| is_real(&held))
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
            if let Some(published) = held.published() {
                let is_held = published.about.held.is_some();
                metrics.held.with_label_values(&[name]).set(i64::from(is_held));
                let checked = published.about.checked;
                let checked = checked.and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
                if let Some(checked) = checked {
                    metrics.checked.with_label_values(&[name]).set(checked.as_secs() as i64);
                }
            }
            let since = held.last_good().and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
            if let Some(since) = since {
                metrics.last_good.with_label_values(&[name]).set(since.as_secs() as i64);
            }
        }
    }
}

/// The lists as they were when their rules were saved, and these rules; `None` where the rules cannot be used.
fn restore(sources: &[Source], base: &Base, state: &Path) -> Option<(Vec<Held>, Saved)> {
    let copies = state.join("lists");
    let mut lists = sources
        .iter()
        .map(|source| Held::open(source.clone(), &copies))
        .collect::<Result<Vec<_>, _>>()
        .ok()?;
    let identities: Vec<_> = lists.iter().map(Held::identity).collect();
    let saved = saved::load(state, base, &identities).unwrap_or_else(|error| {
        tracing::warn!("{error}. The lists are read again");
        None
    })?;
    let restored = lists.iter_mut().zip(&saved.lists).all(|(held, saved)| held.restore(saved));
    if restored {
        lists.iter().for_each(Held::tell_lost);
    }
    restored.then_some((lists, saved))
}

/// Opens every list, and looks at those that are not among `known` already.
fn open_all(
    sources: Vec<Source>,
    state: &Path,
    known: &[Held],
    forms: &Forms<'_>,
) -> Result<Vec<Held>, StoreError> {
    if sources.len() > MAX_LISTS {
        return Err(StoreError::TooMany(sources.len()));
    }
    let copies = state.join("lists");
    let mut lists: Vec<Held> = Vec::new();
    for source in sources {
        if lists.iter().any(|held| held.name() == &source.name) {
            return Err(StoreError::SameName(source.name));
        }
        let held = if let Some(held) = known.iter().find_map(|held| held.under(&source)) {
            held
        } else {
            let mut held = Held::open(source, &copies)?;
            held.first_look(forms)?;
            held
        };
        lists.push(held);
    }
    Ok(lists)
}

/// Compiles the rules of the files as they are now, and of what a server with this state folder has fetched, without
/// watching: for a question asked once.
pub fn compile_once(sources: &[Source], base: &Base, state: &Path) -> Result<Policy, StoreError> {
    let mut compiler = Compiler::default();
    for source in sources {
        let bad = |error| StoreError::BadNow { name: source.name.clone(), error };
        compiler.begin_list(source.info());
        let mut gate = Gate::new(source, base, 0);
        let mut add = |text: &[u8], path: &Path| {
            let mut added = Ok(());
            let read = parse::parse(text, source.format, source.matching, &mut |line, rule| {
                if added.is_ok() && gate.admits(line, &rule) {
                    added = compiler.add(rule);
                }
            });
            added?;
            read.map(drop).map_err(|error| bad(ListError::NotAList { path: path.into(), error }))
        };
        match &source.origin {
            Origin::Bundled(text) => add(text, Path::new("(bundled)"))?,
            Origin::Path(path) => {
                for file in source::files(path).map_err(bad)?.values() {
                    add(&file.read().map_err(bad)?, &file.path)?;
                }
            }
            Origin::Subscription(_) => {
                let copy = fetched_copy(source, state).unwrap_or_default();
                // What has not been fetched says nothing yet.
                match fs::read(&copy) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    read => {
                        let unreadable = |error| bad(ListError::Unreadable { path: copy.clone(), error });
                        add(&read.map_err(unreadable)?, &copy)?;
                    }
                }
            }
        }
    }
    Ok(compiler.finish(base)?)
}

/// Makes the state folder and takes it for this process. A folder that cannot be written serves as it is: what was good
/// stays in force, and nothing new is kept.
fn lock(state: &Path) -> Result<File, StoreError> {
    fs::create_dir_all(state).map_err(|error| state_error(state, error))?;
    let path = state.join("lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path).or_else(|error| {
        if error.kind() != io::ErrorKind::ReadOnlyFilesystem {
            return Err(error);
        }
        tracing::warn!("{} cannot be written, so nothing new is kept in it: {error}", state.display());
        File::open(&path).or_else(|_| File::open(state))
    });
    let file = file.map_err(|error| state_error(&path, error))?;
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
mod tests;
