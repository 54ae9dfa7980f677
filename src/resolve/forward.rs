//! Asking upstream: in order, the next server when one is slow or fails, and each question that is under way only
//! once, whoever else asks it meanwhile.
//!
//! Everything is bounded: the questions under way, the time for one, the servers tried. That also takes the fuel out
//! of a loop that [`super::loops`] has not found yet: a query that comes back joins the one that waits for it.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use futures_util::{
    FutureExt, StreamExt,
    future::{BoxFuture, Shared},
    stream::FuturesUnordered,
};

use tokio::{
    sync::{Notify, Semaphore},
    task::JoinHandle,
};

use super::upstream::{Asked, Upstream, UpstreamError};
use crate::{
    cache::Key,
    message::{ExtendedError, Reply},
    telemetry::Metrics,
};

/// The most questions that wait for upstream at once.
const MOST_UNDER_WAY: usize = 8192;
/// How long a failure is remembered: RFC 9520 §3.2 wants a second at least.
const FAILURE_LIVES: Duration = Duration::from_secs(2);
/// How many tries that have lost their race run to their end.
const MOST_LOSERS: usize = 64;
/// How many failures are remembered.
const MOST_FAILURES: usize = 4096;
/// How long a client waits at most: a stub asks again, or gives up, after 5 seconds.
const PATIENCE: Duration = Duration::from_millis(4500);
/// After so long without a reply the next server is asked as well.
const SLOW: Duration = Duration::from_millis(700);

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// No upstream is left to ask.
    #[error("no upstream server is in use")]
    NoUpstream,
    /// Too many questions wait already.
    #[error("too many queries are waiting for upstream servers")]
    Overloaded,
    /// No upstream replied in time.
    #[error("no upstream server replied in time")]
    Timeout,
    /// Every upstream failed; the last one like this.
    #[error("no upstream server gave a usable reply")]
    Failed(UpstreamError),
    /// The task that asked is gone, because the process is stopping.
    #[error("the server is stopping")]
    Stopping,
}

impl ResolveError {
    /// How the client is told, beside SERVFAIL.
    pub const fn extended_error(&self) -> ExtendedError {
        match self {
            // The network is fine: a server said that it cannot.
            Self::Failed(UpstreamError::Rcode(_)) => ExtendedError::OTHER,
            Self::NoUpstream | Self::Timeout => ExtendedError::NO_REACHABLE_AUTHORITY,
            Self::Overloaded | Self::Stopping => ExtendedError::NOT_READY,
            Self::Failed(_) => ExtendedError::NETWORK_ERROR,
        }
    }
}

/// One server being asked.
type Try = JoinHandle<Result<Reply, UpstreamError>>;
type Outcome = Result<Reply, ResolveError>;
type Pending = Shared<BoxFuture<'static, Outcome>>;

/// Asks the upstream servers.
#[derive(Debug)]
pub struct Forwarder {
    upstreams: ArcSwap<Vec<Arc<Upstream>>>,
    under_way: Mutex<HashMap<Key, Pending>>,
    metrics: Arc<Metrics>,
    /// Questions that had no answer a moment ago (RFC 9520): asking again at once would only add to the trouble.
    /// Each with the time until which it holds.
    failures: quick_cache::sync::Cache<Key, (ResolveError, Instant)>,
    /// Places for tries that have lost their race.
    losers: Arc<Semaphore>,
    /// When a server last gave a usable reply, in milliseconds after `started`.
    last_reply: AtomicU64,
    started: Instant,
    /// Told when a server did not reply in time.
    silence: Notify,
    /// Whether no server could be reached the last time: the log tells when that begins and when it ends.
    dark: AtomicBool,
}

impl Forwarder {
    /// Will ask these servers, in this order.
    pub fn new(upstreams: Vec<Arc<Upstream>>, metrics: Arc<Metrics>) -> Arc<Self> {
        let upstreams = ArcSwap::from_pointee(upstreams);
        Arc::new(Self {
            upstreams,
            under_way: Mutex::default(),
            metrics,
            failures: quick_cache::sync::Cache::new(MOST_FAILURES),
            losers: Arc::new(Semaphore::new(MOST_LOSERS)),
            last_reply: AtomicU64::new(0),
            started: Instant::now(),
            silence: Notify::new(),
            dark: AtomicBool::new(false),
        })
    }

    /// Waits until some server did not reply in time, which is how a loop looks from here.
    pub async fn fell_silent(&self) {
        self.silence.notified().await;
    }

    /// The servers in use.
    pub fn upstreams(&self) -> Arc<Vec<Arc<Upstream>>> {
        self.upstreams.load_full()
    }

    /// Replaces the servers; questions under way end with those that they began with.
    pub fn set_upstreams(&self, upstreams: Vec<Arc<Upstream>>) {
        let before = self.upstreams.swap(Arc::new(upstreams));
        let now = self.upstreams.load();
        for gone in before.iter().filter(|old| !now.iter().any(|new| new.label() == old.label())) {
            // A last 0 of it would tell of a loop for ever. It may never have been probed.
            let _ = self.metrics.upstream.up.remove_label_values(&[gone.label()]);
        }
        // Others may know what these did not.
        self.failures.clear();
    }

    /// How many questions wait for upstream at this moment.
    pub fn under_way(&self) -> usize {
        self.table().len()
    }

    /// Asks, or waits for the answer to the same question that is under way already. `keep` is called once, with
    /// the reply, by whoever asked first.
    pub async fn resolve(
        self: &Arc<Self>,
        key: Key,
        asked: Asked,
        keep: impl FnOnce(Reply) -> Reply + Send + 'static,
    ) -> Outcome {
        if let Some((error, until)) = self.failures.get(&key)
            && Instant::now() < until
        {
            return Err(error);
        }
        let pending = {
            let mut table = self.table();
            if let Some(known) = table.get(&key) {
                known.clone()
            } else if table.len() >= MOST_UNDER_WAY {
                self.metrics.upstream.overloads.inc();
                return Err(ResolveError::Overloaded);
            } else {
                let pending = self.begin(key.clone(), asked, keep);
                table.insert(key, pending.clone());
                pending
            }
        };
        pending.await
    }

    /// Starts a task of its own for a question, so that it ends in the cache even if its client has gone.
    fn begin(
        self: &Arc<Self>,
        key: Key,
        asked: Asked,
        keep: impl FnOnce(Reply) -> Reply + Send + 'static,
    ) -> Pending {
        let forwarder = self.clone();
        let task = tokio::spawn(async move {
            let _done = Done { forwarder: forwarder.clone(), key: key.clone() };
            let begun = forwarder.started.elapsed();
            let outcome = forwarder.ask(asked).await;
            forwarder.note(&outcome);
            if let Err(error) = &outcome {
                forwarder.remember_failure(key, error, begun);
            }
            outcome.map(keep)
        });
        async move { task.await.unwrap_or(Err(ResolveError::Stopping)) }.boxed().shared()
    }

    /// Remembers that a question had no answer: for a shorter time where a server has come back meanwhile, whom this
    /// question was too early for.
    fn remember_failure(&self, key: Key, error: &ResolveError, begun: Duration) {
        let replied_since = self.last_reply.load(Ordering::Relaxed) > begun.as_millis() as u64;
        let lives = if replied_since { FAILURE_LIVES / 2 } else { FAILURE_LIVES };
        self.failures.insert(key, (error.clone(), Instant::now() + lives));
    }

    /// Asks one server after the other until one gives a usable reply.
    async fn ask(self: &Arc<Self>, asked: Asked) -> Result<Reply, ResolveError> {
        let mut tries = FuturesUnordered::new();
        let outcome = self.race(asked, &mut tries).await;
        self.let_losers_end(tries);
        outcome
    }

    /// A few tries that have lost run to their end, so that a silent server is found out and asked last from then on.
    /// The others are given up: each holds a socket.
    fn let_losers_end(&self, tries: FuturesUnordered<Try>) {
        for loser in tries {
            match self.losers.clone().try_acquire_owned() {
                Ok(place) => {
                    tokio::spawn(async move {
                        let _ = loser.await;
                        drop(place);
                    });
                }
                Err(_) => loser.abort(),
            }
        }
    }

    async fn race(
        self: &Arc<Self>,
        asked: Asked,
        tries: &mut FuturesUnordered<Try>,
    ) -> Result<Reply, ResolveError> {
        let asked = Arc::new(asked);
        let mut waiting = self.in_order().into_iter();
        let attempt = |upstream| tokio::spawn(self.clone().attempt(upstream, asked.clone()));
        let first = waiting.next().ok_or(ResolveError::NoUpstream)?;
        tries.push(attempt(first));
        let deadline = tokio::time::sleep(PATIENCE);
        tokio::pin!(deadline);
        loop {
            let slow = tokio::time::sleep(SLOW);
            let failed = tokio::select! {
                Some(result) = tries.next() => match result {
                    Ok(Ok(reply)) => return Ok(reply),
                    Ok(Err(error)) => Some(error),
                    Err(_) => return Err(ResolveError::Stopping),
                },
                () = slow, if waiting.len() > 0 => None,
                () = &mut deadline => return Err(ResolveError::Timeout),
            };
            match (waiting.next(), failed) {
                (Some(next), _) => tries.push(attempt(next)),
                (None, Some(UpstreamError::Timeout)) if tries.is_empty() => {
                    return Err(ResolveError::Timeout);
                }
                (None, Some(error)) if tries.is_empty() => return Err(ResolveError::Failed(error)),
                (None, _) => {}
            }
        }
    }

    /// Tells the operator, once, that nobody can be reached, and once that somebody can be again. Never which name
    /// was asked for.
    fn note(&self, outcome: &Result<Reply, ResolveError>) {
        let dark = match outcome {
            // A server that says that it cannot is there.
            Ok(_) | Err(ResolveError::Failed(UpstreamError::Rcode(_))) => false,
            Err(ResolveError::Overloaded | ResolveError::Stopping) => return,
            Err(_) => true,
        };
        match (self.dark.swap(dark, Ordering::Relaxed), dark) {
            (false, true) => tracing::warn!(
                "no upstream server gives a usable reply; names that are not in the cache get SERVFAIL until one does. Check the network, and [upstream] servers"
            ),
            (true, false) => tracing::info!("an upstream server replies again"),
            _ => {}
        }
    }

    async fn attempt(
        self: Arc<Self>,
        upstream: Arc<Upstream>,
        asked: Arc<Asked>,
    ) -> Result<Reply, UpstreamError> {
        let begun = Instant::now();
        let result = upstream.ask(&asked).await;
        match &result {
            Ok(_) => {
                self.last_reply.store(self.started.elapsed().as_millis() as u64, Ordering::Relaxed);
                self.metrics.upstream.replied(upstream.label(), begun.elapsed());
            }
            Err(error) => {
                self.metrics.upstream.failed(upstream.label(), error.reason());
                if *error == UpstreamError::Timeout {
                    self.silence.notify_one();
                }
                tracing::debug!(upstream = upstream.label(), %error, "an upstream server failed");
            }
        }
        result
    }

    /// The servers as configured, those that failed lately last, those that loop not at all.
    fn in_order(&self) -> Vec<Arc<Upstream>> {
        let now = Instant::now();
        let mut upstreams: Vec<Arc<Upstream>> =
            self.upstreams.load().iter().filter(|upstream| !upstream.is_looping()).cloned().collect();
        upstreams.sort_by_key(|upstream| upstream.is_resting(now));
        upstreams
    }

    fn table(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Pending>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes a question out of the table when its task ends, however it ends.
struct Done {
    forwarder: Arc<Forwarder>,
    key: Key,
}

impl Drop for Done {
    fn drop(&mut self) {
        self.forwarder.table().remove(&self.key);
    }
}
