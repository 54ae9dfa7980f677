//! Replies from upstream by question, in wire form. Pure: the time is handed in.
//!
//! What is kept is what upstream said, never what the policy thought of it: the policy is asked on every use, so a
//! swap of the rules holds at once and nothing here has to be thrown away.
//!
//! The store is `quick_cache`: sharded, bounded by weight, and with an admission (S3-FIFO) that a scan of names
//! asked once cannot flush. Its weight here is octets, what the store itself needs for an entry included.
//!
//! A reply whose time is over stays for a while, to be given where upstream does not reply (RFC 8767). It takes only
//! room that nobody else wants: [`Sweep`].

mod freshness;
mod key;
mod store;
mod sweep;

use std::{
    sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    time::{Duration, Instant},
};

use self::{
    freshness::{Freshness, POPULAR, freshness},
    key::{Kept, KeyRef},
    store::{Evictions, Inserting, Store},
};
pub use self::{
    key::{Key, flags_of},
    sweep::Sweep,
};
use crate::{
    message::{Query, Reply},
    name::Name,
};

/// How replies are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The most octets that all entries may take.
    pub memory: u64,
    /// Replies live at least this long, unless they may not be kept at all.
    pub min_ttl: Duration,
    /// Replies live at most this long.
    pub max_ttl: Duration,
    /// For so long after that they may be given where upstream does not reply; zero is never.
    pub serve_stale: Duration,
    /// Whether popular replies are asked for again before they expire.
    pub prefetch: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            memory: 32 << 20,
            min_ttl: Duration::ZERO,
            max_ttl: Duration::from_hours(24),
            serve_stale: Duration::from_hours(24),
            prefetch: true,
        }
    }
}

/// What a look-up found.
#[derive(Debug)]
pub enum Lookup {
    /// A reply that is still true, and how many seconds ago it came.
    Fresh(Reply, u32),
    /// A reply whose time is over. It may be given if upstream does not reply.
    Stale {
        /// The reply.
        reply: Reply,
        /// Whether upstream was asked in vain a moment ago, so that it is given at once.
        failing: bool,
    },
    /// Nothing that may be used.
    Miss,
}

/// Replies by question, bounded in octets.
#[derive(Debug)]
pub struct Cache {
    store: Store,
    evictions: Evictions,
    /// How many had been thrown out when the last [`Sweep`] began.
    evictions_before_round: AtomicU64,
    /// Of [`Settings`], in seconds.
    min_ttl: AtomicU32,
    max_ttl: AtomicU32,
    serve_stale: AtomicU32,
    prefetch: AtomicBool,
}

impl Cache {
    /// An empty cache.
    pub fn new(settings: Settings) -> Self {
        let evictions = Evictions::default();
        Self {
            store: store::new(settings.memory, evictions.clone()),
            evictions,
            evictions_before_round: AtomicU64::new(0),
            min_ttl: seconds(settings.min_ttl).into(),
            max_ttl: seconds(settings.max_ttl).into(),
            serve_stale: seconds(settings.serve_stale).into(),
            prefetch: settings.prefetch.into(),
        }
    }

    /// Takes other bounds. What is in it stays, as far as there is still room.
    pub fn set(&self, settings: Settings) {
        self.store.set_capacity(settings.memory);
        self.min_ttl.store(seconds(settings.min_ttl), Ordering::Relaxed);
        self.max_ttl.store(seconds(settings.max_ttl), Ordering::Relaxed);
        self.serve_stale.store(seconds(settings.serve_stale), Ordering::Relaxed);
        self.prefetch.store(settings.prefetch, Ordering::Relaxed);
    }

    /// Looks for a reply to `query`, and counts that as a use of it. Does not allocate.
    pub fn get(&self, query: &Query<'_>, now: Instant) -> Lookup {
        let found = self.get_for(&query.question.name, query, now);
        if let Lookup::Fresh(reply, _) | Lookup::Stale { reply, .. } = &found {
            reply.count_use(POPULAR);
        }
        found
    }

    /// Looks for what `query` would be told if it asked for `name`.
    pub fn get_for(&self, name: &Name, query: &Query<'_>, now: Instant) -> Lookup {
        let Some(reply) = self.store.get(&KeyRef::of(name, query)) else { return Lookup::Miss };
        match self.freshness(&reply, now) {
            Freshness::Fresh(age) => Lookup::Fresh(reply, age),
            Freshness::Stale => {
                let failing = freshness::is_failing(&reply, now);
                Lookup::Stale { reply, failing }
            }
            Freshness::Over => Lookup::Miss,
        }
    }

    fn freshness(&self, reply: &Reply, now: Instant) -> Freshness {
        freshness(reply, self.serve_stale.load(Ordering::Relaxed), now)
    }

    /// Whether a newer reply than this one should be asked for, though a client got this one: it is popular and about
    /// to expire, or stale, and the last try was a while ago. Says so to one of those who ask at the same time.
    pub fn claim_refresh(&self, reply: &Reply, now: Instant) -> bool {
        match self.freshness(reply, now) {
            Freshness::Fresh(age) => {
                self.prefetch.load(Ordering::Relaxed) && freshness::claim_before_expiry(reply, age, now)
            }
            Freshness::Stale => freshness::claim_after_failure(reply, now),
            Freshness::Over => false,
        }
    }

    /// Notes that a newer reply than this one was asked for in vain.
    pub fn note_failure(&self, reply: &Reply, now: Instant) {
        freshness::note_failure(reply, now);
    }

    /// Keeps a reply, if it may be kept. One that may not takes the place of an older one all the same: what that said
    /// is no longer so.
    pub fn insert(&self, key: &Key, mut reply: Reply, now: Instant) -> Reply {
        let (least, most) = (self.min_ttl.load(Ordering::Relaxed), self.max_ttl.load(Ordering::Relaxed));
        // While both are being changed they may be the wrong way round for a moment.
        reply.clamp_ttl(least.min(most), most);
        if reply.ttl() == 0 {
            self.store.remove(key);
            return reply;
        }
        reply.keep(key.flags(), now);
        let kept = Kept(reply.clone());
        let mut inserting = Inserting::of(kept.clone());
        self.store.insert_with_lifecycle(kept, reply.clone(), &mut inserting);
        reply
    }

    /// Octets that the entries take.
    pub fn octets(&self) -> u64 {
        self.store.weight()
    }

    /// How many entries there are, expired ones included until they are thrown out.
    pub fn len(&self) -> usize {
        self.store.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.store.is_empty()
    }

    /// How many entries were thrown out for want of room since the start.
    pub fn evictions(&self) -> u64 {
        self.evictions.count()
    }

    /// Begins a round through all entries that takes out those that nobody needs.
    pub fn sweep(&self) -> Sweep<'_> {
        Sweep::new(self)
    }
}

fn seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_secs()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
