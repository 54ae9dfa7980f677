//! Noticing that a list's file changed, on a thread of its own, which also has lists fetched when it is time.
//!
//! The system's notices make it quick, and looking at the files every two seconds makes it sure: a file that is
//! mounted into a container alone, or lies on a network share, changes without a notice. Whatever woke the thread,
//! it is what the files look like that decides.

use std::{
    collections::VecDeque,
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
    fetch::Fetcher,
    notice::Notices,
    source::Source,
    status::ListStatus,
    store::{Store, StoreError},
    subscription::fetching::Fetching,
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

/// Something that is asked of the thread's state.
type Question = Box<dyn FnOnce(&mut Watching) + Send>;

/// Questions that wait for the thread. Whoever asks waits too, so there are only few.
#[derive(Default)]
struct Questions(Mutex<VecDeque<Question>>);

impl std::fmt::Debug for Questions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Questions").finish_non_exhaustive()
    }
}

/// Watches until it is dropped.
#[derive(Debug)]
pub struct Watcher {
    wake: SyncSender<Wake>,
    questions: Arc<Questions>,
    order: Arc<Mutex<Option<Order>>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl std::fmt::Debug for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Order").field("sources", &self.sources).finish_non_exhaustive()
    }
}

impl Watcher {
    /// Starts watching the store's files, whose rules `in_force` are. Lists are fetched by `fetcher`, or not at all. `swap`
    /// is called with the new rules whenever there are some.
    pub fn start(
        store: Store,
        in_force: Arc<Policy>,
        fetcher: Option<Arc<Fetcher>>,
        swap: impl Fn(Arc<Policy>) + Send + 'static,
    ) -> std::io::Result<Self> {
        // One waiting notice is enough: it says "look", not what to look at.
        let (wake, woken) = sync_channel(1);
        let (order, questions) = (Arc::default(), Arc::default());
        let mut watching = Watching {
            store,
            fetching: None,
            notices: None,
            wake: wake.clone(),
            order: Arc::clone(&order),
            questions: Arc::clone(&questions),
            told: None,
        };
        watching.set_fetcher(fetcher);
        watching.watch_files();
        if watching.store.is_restored() || watching.fetching.is_some() {
            let _ = watching.wake.try_send(Wake::Noticed);
        }
        let thread = thread::Builder::new().name("lists".into()).spawn(move || {
            give_way();
            watching.store.settle(&in_force);
            drop(in_force);
            watching.run(&woken, swap);
        })?;
        Ok(Self { wake, questions, order, thread: Some(thread) })
    }

    /// How each list is.
    pub fn status(&self) -> Option<Vec<ListStatus>> {
        self.ask(|watching| {
            let underway = watching.fetching.as_ref().map(Fetching::underway);
            watching.store.status(underway.as_ref())
        })
    }

    /// Has lists fetched now: those with these names, or all. Gives the names.
    ///
    /// # Errors
    ///
    /// A sentence, if that cannot be.
    pub fn update(&self, names: Vec<String>) -> Result<Vec<String>, String> {
        self.ask(move |watching| {
            if watching.fetching.is_none() {
                return Err("this server fetches nothing: it was started with --offline, or has offline = true under [fetch]".into());
            }
            let hurried = watching.store.hurry(&names);
            watching.begin_to_fetch();
            hurried
        })
        .unwrap_or_else(|| Err(STOPPING.into()))
    }

    /// Takes over what is held of a list.
    ///
    /// # Errors
    ///
    /// A sentence, if there is nothing, or it cannot be.
    pub fn accept(&self, name: String) -> Result<(), String> {
        self.ask(move |watching| watching.store.accept(&name)).unwrap_or_else(|| Err(STOPPING.into()))
    }

    /// What the last publication of a list changed, a name on each line with `+` or `-` before it.
    ///
    /// # Errors
    ///
    /// A sentence, if that is not known.
    pub fn changes(&self, name: String) -> Result<String, String> {
        self.ask(move |watching| watching.store.changes(&name)).unwrap_or_else(|| Err(STOPPING.into()))
    }

    /// Fetches by other settings soon, or not at all. Does not wait for the thread, which may be reading lists.
    pub fn set_fetcher(&self, fetcher: Option<Arc<Fetcher>>) {
        self.put(Box::new(|watching| watching.set_fetcher(fetcher)));
    }

    /// Asks something of the thread's state, and waits for the answer; `None` if the thread is gone.
    fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Watching) -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, answered) = channel();
        let asked = Box::new(move |watching: &mut Watching| {
            // Nobody may wait any more.
            let _ = answer.send(question(watching));
        });
        self.put(asked);
        answered.recv().ok()
    }

    fn put(&self, question: Question) {
        self.questions.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(question);
        self.look();
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

/// What whoever asks is told then.
const STOPPING: &str = "the server is stopping";

/// The thread's own state.
struct Watching {
    store: Store,
    /// What fetches lists, if anything does.
    fetching: Option<Fetching>,
    /// Held for what dropping it ends.
    notices: Option<Notices>,
    wake: SyncSender<Wake>,
    order: Arc<Mutex<Option<Order>>>,
    questions: Arc<Questions>,
    /// What was wrong with the rules the last time: told once.
    told: Option<String>,
}

impl Watching {
    fn run(&mut self, woken: &Receiver<Wake>, swap: impl Fn(Arc<Policy>)) {
        loop {
            match woken.recv_timeout(POLL) {
                Ok(Wake::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                // Neither orders and questions nor what was fetched wait for a writer.
                Ok(Wake::Noticed) if self.carry_out_order() => continue,
                Ok(Wake::Noticed) => {
                    self.answer_questions();
                    if self.take_fetched() || self.store.is_dirty() {
                        self.compile(Instant::now(), &swap);
                    }
                    if settle(woken).is_break() {
                        break;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.carry_out_order();
            self.answer_questions();
            self.look(&swap);
            self.begin_to_fetch();
        }
        // Whoever still waits learns that nothing comes of it.
        self.take_order();
        self.questions.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn set_fetcher(&mut self, fetcher: Option<Arc<Fetcher>>) {
        match (fetcher, &mut self.fetching) {
            (Some(fetcher), Some(fetching)) => fetching.set(fetcher),
            (Some(fetcher), fetching @ None) => {
                let wake = self.wake.clone();
                // One waiting notice is enough.
                *fetching = Some(Fetching::new(fetcher, move || drop(wake.try_send(Wake::Noticed))));
            }
            (None, fetching) => *fetching = None,
        }
    }

    fn answer_questions(&mut self) {
        loop {
            let next = self.questions.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            match next {
                Some(question) => question(self),
                None => return,
            }
        }
    }

    /// Has those lists fetched for which it is time.
    fn begin_to_fetch(&mut self) {
        let Some(fetching) = &self.fetching else { return };
        for job in self.store.jobs(fetching.room()) {
            fetching.begin(job);
        }
    }

    /// Takes what came of fetching. Tells whether rules have changed.
    fn take_fetched(&mut self) -> bool {
        let done = self.fetching.as_ref().map(Fetching::take_done).unwrap_or_default();
        for done in done {
            self.store.take_fetched(done);
        }
        self.store.is_dirty()
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
        if self.take_fetched() || self.store.is_dirty() {
            self.compile(since, swap);
        }
    }

    fn compile(&mut self, since: Instant, swap: &impl Fn(Arc<Policy>)) {
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
