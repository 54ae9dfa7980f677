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
    /// One in so many of the stale entries makes way for others; none where others have room.
    one_in: Option<u64>,
    /// Stale entries that this round has met.
    stale: u64,
}

impl std::fmt::Debug for Sweep<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sweep").finish_non_exhaustive()
    }
}

impl<'c> Sweep<'c> {
    pub(super) fn new(cache: &'c Cache) -> Self {
        let thrown_out = cache.evictions();
        let lately =
            thrown_out - cache.evictions_before_round.swap(thrown_out, Ordering::Relaxed).min(thrown_out);
        // Each entry that was thrown out for want of room wanted some; twice as much is made.
        let one_in = (lately > 0).then(|| (cache.len() as u64 / lately / 2).max(1));
        Self { cache, entries: Box::new(cache.store.iter()), one_in, stale: 0 }
    }

    /// Looks at so many entries; false when the round is over.
    ///
    /// Those that may not be given any more are taken out. Those that may be given if upstream does not reply stay
    /// only while others have room: of them, twice as many are taken out as entries were thrown out since the last
    /// round, evenly spread, except where upstream does not reply for them right now.
    pub fn step(&mut self, most: usize, now: Instant) -> bool {
        for _ in 0..most {
            let Some((kept, reply)) = self.entries.next() else { return false };
            if self.is_useless(&reply, now) {
                // A newer one may have come meanwhile.
                let cache = self.cache;
                cache
                    .store
                    .remove_if(&kept, |reply| !matches!(cache.freshness(reply, now), Freshness::Fresh(_)));
            }
        }
        true
    }

    fn is_useless(&mut self, reply: &Reply, now: Instant) -> bool {
        match self.cache.freshness(reply, now) {
            Freshness::Fresh(_) => false,
            Freshness::Stale => {
                self.stale += 1;
                self.one_in.is_some_and(|one_in| self.stale.is_multiple_of(one_in))
                    && !freshness::is_failing(reply, now)
            }
            Freshness::Over => true,
        }
    }
}
