//! Noticing that a list's file changed, on a thread of its own.
//!
//! The system's notices make it quick, and looking at the files every two seconds makes it sure: a file that is
//! mounted into a container alone, or lies on a network share, changes without a notice. Whatever woke the thread,
//! it is what the files look like that decides.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, channel, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use super::{
    apart::give_way,
    compile::Base,
    notice::Notices,
    source::Source,
    store::{Store, StoreError},
};
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

/// Other lists and rules to take, and what to do once they are compiled.
struct Order {
    sources: Vec<Source>,
    base: Base,
    /// Puts the new rules in force.
    commit: Box<dyn FnOnce(Arc<Policy>) + Send>,
    done: std::sync::mpsc::Sender<Result<(), ReconfigureError>>,
}

/// Why other lists are not taken.
#[derive(Debug, thiserror::Error)]
pub enum ReconfigureError {
    /// They cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The server is about to stop.
    #[error("the server is stopping, so the lists stay as they are")]
    Stopping,
}

/// Watches until it is dropped.
#[derive(Debug)]
pub struct Watcher {
    wake: SyncSender<Wake>,
    order: Arc<Mutex<Option<Order>>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl std::fmt::Debug for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Order").field("sources", &self.sources).finish_non_exhaustive()
    }
}

impl Watcher {
    /// Starts watching the store's files, whose rules `in_force` are. `swap` is called with the new rules whenever there
    /// are some.
    pub fn start(
        store: Store,
        in_force: Arc<Policy>,
        swap: impl Fn(Arc<Policy>) + Send + 'static,
    ) -> std::io::Result<Self> {
        // One waiting notice is enough: it says "look", not what to look at.
        let (wake, woken) = sync_channel(1);
        let order = Arc::default();
        let mut watching =
            Watching { store, notices: None, wake: wake.clone(), order: Arc::clone(&order), told: None };
        watching.watch_files();
        if watching.store.is_restored() {
            let _ = watching.wake.try_send(Wake::Noticed);
        }
        let thread = thread::Builder::new().name("lists".into()).spawn(move || {
            give_way();
            watching.store.settle(&in_force);
            drop(in_force);
            watching.run(&woken, swap);
        })?;
        Ok(Self { wake, order, thread: Some(thread) })
    }

    /// Has the files looked at now.
    pub fn look(&self) {
        // Where a notice waits already, they are about to be looked at.
        let _ = self.wake.try_send(Wake::Noticed);
    }

    /// Takes other lists and other rules of the operator's. `commit` is called with the compiled rules, and puts them
    /// in force; no rules of the lists before are put in force after that. Waits until this is done, which is as long
    /// as reading the lists takes.
    ///
    /// # Errors
    ///
    /// If the lists cannot be used. Then `commit` is not called, and the lists before stay.
    pub fn reconfigure(
        &self,
        sources: Vec<Source>,
        base: Base,
        commit: impl FnOnce(Arc<Policy>) + Send + 'static,
    ) -> Result<(), ReconfigureError> {
        let (done, told) = channel();
        let order = Order { sources, base, commit: Box::new(commit), done };
        *self.order.lock().unwrap_or_else(PoisonError::into_inner) = Some(order);
        self.look();
        told.recv().unwrap_or(Err(ReconfigureError::Stopping))
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

/// The thread's own state.
struct Watching {
    store: Store,
    /// Held for what dropping it ends.
    notices: Option<Notices>,
    wake: SyncSender<Wake>,
    order: Arc<Mutex<Option<Order>>>,
    /// What was wrong with the rules the last time: told once.
    told: Option<String>,
}

impl Watching {
    fn run(&mut self, woken: &Receiver<Wake>, swap: impl Fn(Arc<Policy>)) {
        loop {
            match woken.recv_timeout(POLL) {
                Ok(Wake::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                // An order does not wait for a writer.
                Ok(Wake::Noticed) if self.carry_out_order() => continue,
                Ok(Wake::Noticed) => {
                    if settle(woken).is_break() {
                        break;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.carry_out_order();
            self.look(&swap);
        }
        // Whoever still waits for an order learns that it is not carried out.
        self.take_order();
    }

    fn take_order(&self) -> Option<Order> {
        self.order.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Tells whether there was one.
    fn carry_out_order(&mut self) -> bool {
        let Some(Order { sources, base, commit, done }) = self.take_order() else { return false };
        let result = self.store.reconfigure(sources, base);
        if let Ok(policy) = &result {
            self.told = None;
            commit(policy.clone());
            self.watch_files();
        }
        // Nobody may wait any more.
        let in_force = result.as_ref().ok().cloned();
        let _ = done.send(result.map(drop).map_err(ReconfigureError::from));
        if let Some(policy) = in_force {
            self.store.settle(&policy);
        }
        true
    }

    fn watch_files(&mut self) {
        let paths: Vec<PathBuf> = self.store.paths().map(Path::to_owned).collect();
        let wake = self.wake.clone();
        // One waiting notice is enough.
        self.notices = Notices::of(&paths, move || {
            let _ = wake.try_send(Wake::Noticed);
        });
    }

    fn look(&mut self, swap: &impl Fn(Arc<Policy>)) {
        let since = Instant::now();
        while self.store.look() && since.elapsed() < PATIENCE {
            thread::sleep(QUIET);
        }
        if !self.store.is_dirty() {
            return;
        }
        match self.store.compile(since) {
            Ok(policy) => {
                self.told = None;
                swap(policy.clone());
                self.store.settle(&policy);
            }
            // Tried again at the next look, and told once.
            Err(error) => {
                let text = error.to_string();
                if self.told.as_ref() != Some(&text) {
                    tracing::error!("the lists could not be taken over: {text}. The rules in force stay");
                    self.told = Some(text);
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
