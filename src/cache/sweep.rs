//! Taking out what nobody needs. The store throws out what is not asked for, but it does not know of time: what was
//! popular yesterday would keep its place before what is asked for today.

use std::{sync::atomic::Ordering, time::Instant};

use super::{
    Cache,
    freshness::{self, Freshness},
    key::Kept,
};
use crate::message::Reply;

/// A round through all entries, in steps, so that no query waits for it.
pub struct Sweep<'c> {
    cache: &'c Cache,
    entries: Box<dyn Iterator<Item = (Kept, Reply)> + Send + 'c>,
}

impl std::fmt::Debug for Sweep<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sweep").finish_non_exhaustive()
    }
}

impl<'c> Sweep<'c> {
    pub(super) fn new(cache: &'c Cache) -> Self {
        Self { cache, entries: Box::new(cache.store.iter()) }
    }

    /// Looks at so many entries; false when the round is over.
    ///
    /// Those that may not be given any more are taken out. Those that may be given if upstream does not reply stay
    /// only while there is room for others: from fifteen sixteenths of it on they go as well, unless upstream does not
    /// reply for them right now.
    pub fn step(&mut self, most: usize, now: Instant) -> bool {
        let cache = self.cache;
        let capacity = cache.memory.load(Ordering::Relaxed);
        let full = cache.octets() >= capacity - capacity / 16;
        let useless = |reply: &Reply| match cache.freshness(reply, now) {
            Freshness::Fresh(_) => false,
            Freshness::Stale => full && !freshness::is_failing(reply, now),
            Freshness::Over => true,
        };
        for _ in 0..most {
            let Some((kept, reply)) = self.entries.next() else { return false };
            if useless(&reply) {
                // A newer one may have come meanwhile.
                cache.store.remove_if(&kept, useless);
            }
        }
        true
    }
}
