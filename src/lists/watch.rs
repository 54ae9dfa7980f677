//! Noticing that a list's file changed, on a thread of its own.
//!
//! The system's notices make it quick, and looking at the files every two seconds makes it sure: a file that is
//! mounted into a container alone, or lies on a network share, changes without a notice. Whatever woke the thread,
//! it is what the files look like that decides.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};

use super::store::Store;
use crate::policy::Policy;

/// How often the files are looked at when nothing is noticed.
const POLL: Duration = Duration::from_secs(2);
/// After a notice, so long a silence means that the writer is done.
const QUIET: Duration = Duration::from_millis(200);
/// A writer that never pauses is not waited for longer than this.
const PATIENCE: Duration = Duration::from_secs(1);

/// What wakes the thread.
#[derive(Debug)]
enum Wake {
    Noticed,
    Stop,
}

/// Watches until it is dropped.
#[derive(Debug)]
pub struct Watcher {
    wake: SyncSender<Wake>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Watcher {
    /// Starts watching the store's files. `swap` is called with the new rules whenever there are some.
    pub fn start(store: Store, swap: impl Fn(Arc<Policy>) + Send + 'static) -> std::io::Result<Self> {
        // One waiting notice is enough: it says "look", not what to look at.
        let (wake, woken) = sync_channel(1);
        let notices = watch(&store, wake.clone());
        let thread = thread::Builder::new().name("lists".into()).spawn(move || {
            let _notices = notices;
            run(store, &woken, swap);
        })?;
        Ok(Self { wake, thread: Some(thread) })
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        // The thread takes notices all the time, so there is room soon.
        let _ = self.wake.send(Wake::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn watch(store: &Store, wake: SyncSender<Wake>) -> Option<RecommendedWatcher> {
    // Notices come with whole paths.
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let lists: Vec<PathBuf> = store.paths().map(whole).collect();
    let folders: Vec<PathBuf> = lists.iter().flat_map(|path| places(path)).collect();
    let notice = move |event: notify::Result<notify::Event>| {
        let Ok(event) = event else { return };
        // Reading the files makes notices too, which would wake us for ever.
        if !event.kind.is_access() && event.paths.iter().any(|path| concerns(path, &lists)) {
            // One waiting notice is enough.
            let _ = wake.try_send(Wake::Noticed);
        }
    };
    let mut watcher = match notify::recommended_watcher(notice) {
        Ok(watcher) => watcher,
        Err(error) => {
            tracing::warn!(%error, "changes of lists are not noticed at once; the files are looked at every two seconds");
            return None;
        }
    };
    for path in folders {
        if let Err(error) = watcher.watch(&path, RecursiveMode::NonRecursive) {
            tracing::debug!(%error, "{} is looked at every two seconds", path.display());
        }
    }
    Some(watcher)
}

/// Whether a change of `path` can be one of a list: others in the same folder are nobody's business, but for the
/// link that Kubernetes switches.
fn concerns(path: &Path, lists: &[PathBuf]) -> bool {
    let switched = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".."));
    switched || lists.iter().any(|list| path.starts_with(list))
}

/// Where a change of `path` shows: in its folder, since files are replaced by renaming; for a folder also within.
fn places(path: &Path) -> Vec<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut places = vec![folder.to_owned()];
    if path.is_dir() {
        places.push(path.to_owned());
    }
    places
}

fn run(mut store: Store, woken: &Receiver<Wake>, swap: impl Fn(Arc<Policy>)) {
    let mut told = None;
    loop {
        match woken.recv_timeout(POLL) {
            Ok(Wake::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            Ok(Wake::Noticed) => {
                if settle(woken).is_break() {
                    return;
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        let since = Instant::now();
        while store.look() && since.elapsed() < PATIENCE {
            thread::sleep(QUIET);
        }
        if !store.is_dirty() {
            continue;
        }
        match store.compile(since) {
            Ok(policy) => {
                told = None;
                swap(policy);
            }
            // Tried again at the next look, and told once.
            Err(error) => {
                let text = error.to_string();
                if told.as_ref() != Some(&text) {
                    tracing::error!("the lists could not be taken over: {text}. The rules in force stay");
                    told = Some(text);
                }
            }
        }
    }
}

/// Waits until the writer is done.
fn settle(woken: &Receiver<Wake>) -> std::ops::ControlFlow<()> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        match woken.recv_timeout(QUIET) {
            Ok(Wake::Noticed) => {}
            Ok(Wake::Stop) | Err(RecvTimeoutError::Disconnected) => return std::ops::ControlFlow::Break(()),
            Err(RecvTimeoutError::Timeout) => break,
        }
    }
    std::ops::ControlFlow::Continue(())
}
