//! Asking upstream: in order, the next server when one is slow or fails, and each question that is under way only
//! once, whoever else asks it meanwhile.
//!
//! Everything is bounded: the questions under way, the time for one, the servers tried. That also takes the fuel out
//! of a loop that [`super::loops`] has not found yet: a query that comes back joins the one that waits for it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use tokio::sync::Notify;

use super::{
    race::{Losers, Opening},
    upstream::{Asked, Upstream, UpstreamError},
    waiting::{Joined, Place, Questions},
};
use crate::{
    cache::Key,
    message::{ExtendedError, Reply},
    telemetry::Metrics,
};

/// How long a failure is remembered: RFC 9520 §3.2 wants a second at least.
const FAILURE_LIVES: Duration = Duration::from_secs(2);
/// How many failures are remembered.
const MOST_FAILURES: usize = 4096;

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

/// What comes of a question.
pub type Resolved = Result<Reply, ResolveError>;

/// A question that is under way.
pub(super) struct Question<K> {
    /// Where it, and those who asked it, are noted.
    pub(super) place: Place,
    /// When it was asked.
    pub(super) begun: Instant,
    /// Keeps its reply.
    pub(super) keep: K,
}

/// What keeps a reply.
pub(super) trait Keep: FnOnce(&Key, Reply) -> Reply + Send + 'static {}
impl<K: FnOnce(&Key, Reply) -> Reply + Send + 'static> Keep for K {}

/// Asks the upstream servers.
#[derive(Debug)]
pub struct Forwarder {
    upstreams: ArcSwap<Vec<Arc<Upstream>>>,
    questions: Arc<Questions>,
    metrics: Arc<Metrics>,
    /// Questions that had no answer a moment ago (RFC 9520): asking again at once would only add to the trouble.
    /// Each with the time until which it holds.
    failures: quick_cache::sync::Cache<Key, (ResolveError, Instant)>,
    /// When the last of them is forgotten, in milliseconds after `started`.
    failures_until: AtomicU64,
    /// Servers that were too slow for a question and may still reply.
    losers: Losers,
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
        measure(&upstreams, &metrics);
        Arc::new(Self {
            upstreams: ArcSwap::from_pointee(upstreams),
            questions: Arc::default(),
            metrics,
            failures: quick_cache::sync::Cache::new(MOST_FAILURES),
            failures_until: AtomicU64::new(0),
            losers: Losers::default(),
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
        measure(&upstreams, &self.metrics);
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
        self.questions.len()
    }

    /// Asks, or waits for the answer to the same question that is under way already. `keep` is called with the reply,
    /// before anybody hears of it, if this is who asked first. `then` is called once, without a lock held: at once, or by
    /// whoever has the reply. Nothing here waits. Must be called on a tokio runtime.
    pub fn resolve(
        self: &Arc<Self>,
        key: Key,
        asked: Asked,
        now: Instant,
        keep: impl FnOnce(&Key, Reply) -> Reply + Send + 'static,
        then: impl FnOnce(&Resolved) + Send + 'static,
    ) {
        if let Some(error) = self.failed_lately(&key, now) {
            return then(&Err(error));
        }
        match self.questions.join(key, Box::new(then)) {
            Joined::First(place) => Opening::begin(self, asked, Question { place, begun: now, keep }),
            Joined::Later => {}
            Joined::Full(then) => {
                self.metrics.upstream.overloads.inc();
                then(&Err(ResolveError::Overloaded));
            }
        }
    }

    /// Ends a question: its reply is kept, or its failure remembered, and all who asked are told.
    pub(super) fn end(&self, question: Question<impl Keep>, outcome: Result<Reply, ResolveError>) {
        self.note(&outcome);
        let Question { place, begun, keep } = question;
        let outcome = outcome.map(|reply| keep(place.key(), reply));
        if let Err(error) = &outcome {
            self.remember_failure(place.key(), error, begun);
        }
        place.end(&outcome);
    }

    pub(super) const fn losers(&self) -> &Losers {
        &self.losers
    }

    fn failed_lately(&self, key: &Key, now: Instant) -> Option<ResolveError> {
        // There is hardly ever one to look for.
        if self.after_start(now) >= self.failures_until.load(Ordering::Relaxed) {
            return None;
        }
        let (error, until) = self.failures.get(key)?;
        (now < until).then_some(error)
    }

    /// Remembers that a question had no answer: for a shorter time where a server has come back meanwhile, whom this
    /// question was too early for.
    fn remember_failure(&self, key: &Key, error: &ResolveError, begun: Instant) {
        let replied_since = self.last_reply.load(Ordering::Relaxed) > self.after_start(begun);
        let lives = if replied_since { FAILURE_LIVES / 2 } else { FAILURE_LIVES };
        let until = Instant::now() + lives;
        self.failures.insert(key.clone(), (error.clone(), until));
        self.failures_until.fetch_max(self.after_start(until) + 1, Ordering::Relaxed);
    }

    /// Milliseconds since the start.
    fn after_start(&self, time: Instant) -> u64 {
        time.saturating_duration_since(self.started).as_millis() as u64
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
        // Written only where it changes: every question reads it.
        if self.dark.load(Ordering::Relaxed) == dark {
            return;
        }
        match (self.dark.swap(dark, Ordering::Relaxed), dark) {
            (false, true) => tracing::warn!(
                "no upstream server gives a usable reply; names that are not in the cache get SERVFAIL until one does. Check the network, and [upstream] servers"
            ),
            (true, false) => tracing::info!("an upstream server replies again"),
            _ => {}
        }
    }

    /// What `ask` says of a server, noted.
    pub(super) async fn noted(
        self: Arc<Self>,
        upstream: Arc<Upstream>,
        begun: Instant,
        ask: impl Future<Output = Result<Reply, UpstreamError>>,
    ) -> Result<Reply, UpstreamError> {
        let replied = ask.await;
        self.note_server(&upstream, begun, replied.as_ref().err());
        replied
    }

    /// Notes how a server did that was asked then.
    pub(super) fn note_server(&self, upstream: &Upstream, begun: Instant, error: Option<&UpstreamError>) {
        upstream.note(error);
        let Some(error) = error else {
            let now = Instant::now();
            self.last_reply.store(self.after_start(now), Ordering::Relaxed);
            return upstream.replied(now.saturating_duration_since(begun));
        };
        self.metrics.upstream.failed(upstream.label(), error.reason());
        if *error == UpstreamError::Timeout {
            self.silence.notify_one();
        }
        tracing::debug!(upstream = upstream.label(), %error, "an upstream server failed");
    }

    /// The server to ask first.
    pub(super) fn first(&self, now: Instant) -> Option<Arc<Upstream>> {
        let upstreams = self.upstreams.load();
        let usable = || upstreams.iter().filter(|upstream| !upstream.is_looping());
        usable().find(|upstream| !upstream.is_resting(now)).or_else(|| usable().next()).cloned()
    }

    /// The servers as configured, those that failed lately last, those that loop not at all.
    pub(super) fn in_order(&self) -> Vec<Arc<Upstream>> {
        let now = Instant::now();
        let mut upstreams: Vec<Arc<Upstream>> =
            self.upstreams.load().iter().filter(|upstream| !upstream.is_looping()).cloned().collect();
        upstreams.sort_by_key(|upstream| upstream.is_resting(now));
        upstreams
    }
}

/// Has what these servers do counted where it can be read.
fn measure(upstreams: &[Arc<Upstream>], metrics: &Metrics) {
    for upstream in upstreams {
        upstream.measure(|| metrics.upstream.of(upstream.label()));
    }
}
