//! Threads that fetch, a few at a time. They know nothing of what was published before: they put what comes into a file,
//! and tell. Where there are mirrors, they look whether it is a list at all.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Seek, Write},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use crate::lists::{
    apart::give_way,
    fetch::{FetchError, Fetched, Fetcher, Progress, Request, Target},
    parse::{self, Format, Match, ParseError},
};

/// Lists that are fetched at once.
const AT_ONCE: usize = 3;

/// A list that is to be fetched.
#[derive(Debug)]
pub(in crate::lists) struct Job {
    /// Its name.
    pub(in crate::lists) list: Arc<str>,
    pub(in crate::lists) request: Request,
    /// How it is read: its format, if that is given, and which names its lines speak of.
    pub(in crate::lists) reading: (Option<Format>, Match),
    /// Where to.
    pub(in crate::lists) into: PathBuf,
}

/// What came of it.
#[derive(Debug)]
pub(in crate::lists) struct Done {
    pub(in crate::lists) list: Arc<str>,
    pub(in crate::lists) from: PathBuf,
    pub(in crate::lists) fetched: Result<Fetched, FetchError>,
}

/// Lists that are being fetched, and how far each is.
pub(in crate::lists) type Underway = BTreeMap<Arc<str>, Progress>;

/// What is shared with the threads.
#[derive(Debug, Default)]
struct Shared {
    underway: Mutex<Underway>,
    done: Mutex<Vec<Done>>,
}

/// Fetches lists.
pub(in crate::lists) struct Fetching {
    fetcher: Arc<Fetcher>,
    shared: Arc<Shared>,
    /// Called when something is done.
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl std::fmt::Debug for Fetching {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fetching").field("shared", &self.shared).finish_non_exhaustive()
    }
}

impl Fetching {
    pub(in crate::lists) fn new(fetcher: Arc<Fetcher>, wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self { fetcher, shared: Arc::default(), wake: Arc::new(wake) }
    }

    /// Fetches by other settings from now on.
    pub(in crate::lists) fn set(&mut self, fetcher: Arc<Fetcher>) {
        self.fetcher = fetcher;
    }

    /// How many lists can be begun now.
    pub(in crate::lists) fn room(&self) -> usize {
        AT_ONCE.saturating_sub(lock(&self.shared.underway).len())
    }

    /// How far each list is that is being fetched.
    pub(in crate::lists) fn underway(&self) -> Underway {
        lock(&self.shared.underway).clone()
    }

    /// Begins to fetch. What comes of it is among [`Fetching::take_done`] later, be it that there is no thread.
    pub(in crate::lists) fn begin(&self, job: Job) {
        let Job { list, request, reading, into } = job;
        lock(&self.shared.underway).insert(list.clone(), Progress { octets: 0, total: None });
        let (shared, fetcher, wake) = (self.shared.clone(), self.fetcher.clone(), self.wake.clone());
        let (name, from) = (list.clone(), into.clone());
        let begun = thread::Builder::new().name("fetching".into()).spawn(move || {
            give_way();
            let file = File::options().read(true).write(true).create(true).truncate(true).open(&into);
            let outcome = file.map_err(FetchError::NotWritten).and_then(|file| {
                let mut place = Place { file, reading };
                let mut tell = |progress| {
                    lock(&shared.underway).insert(list.clone(), progress);
                };
                let outcome = fetcher.fetch(&request, &mut place, &mut tell)?;
                place.file.sync_all().map_err(FetchError::NotWritten)?;
                Ok(outcome)
            });
            shared.finish(Done { list, from: into, fetched: outcome });
            wake();
        });
        if let Err(error) = begun {
            self.shared.finish(Done { list: name, from, fetched: Err(FetchError::NotBegun(error)) });
            (self.wake)();
        }
    }

    /// What is done.
    pub(in crate::lists) fn take_done(&self) -> Vec<Done> {
        std::mem::take(&mut lock(&self.shared.done))
    }
}

/// The file that a publication is written to, which is looked at where another URL may give something better.
struct Place {
    file: File,
    reading: (Option<Format>, Match),
}

impl Write for Place {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.file.write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Target for Place {
    fn start_over(&mut self) -> io::Result<()> {
        self.file.start_over()
    }

    fn objection(&mut self) -> Option<String> {
        self.file.rewind().ok()?;
        let (format, matching) = self.reading;
        match parse::parse_text(&mut self.file, format, matching, &mut |_, _| ()) {
            // Whoever takes it meets a disk that does not read again, and tells.
            Ok(_) | Err(ParseError::Unreadable(_)) => None,
            Err(error) => Some(error.to_string()),
        }
    }
}

impl Shared {
    fn finish(&self, done: Done) {
        lock(&self.underway).remove(&done.list);
        lock(&self.done).push(done);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
