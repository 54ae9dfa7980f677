//! The store: `quick_cache` with replies in it, weighed in octets of the process's memory.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use quick_cache::{Lifecycle, OptionsBuilder, Weighter, sync::Cache};

use super::key::Kept;
use crate::message::Reply;

/// Octets that the store's own tables take for one entry: its slot and the place in the hash table, at the load that is
/// usual, and its share of the slots of names that were thrown out lately. Measured, see `docs/cache.md`.
const TABLE_OCTETS: u64 = 72;
/// What a small entry weighs: there will hardly be more entries than fit by this.
const SMALL_OCTETS: u64 = 192;
/// For one in so many of the entries that fit, the store remembers a name that it threw out. One that comes again is
/// taken for popular at once.
const REMEMBERED_ONE_IN: u8 = 4;
/// Tables double when they are full. They begin at this part of what is needed when all room is taken, so that the last
/// time that they double they get just that, and not nearly twice as much.
const FIRST_PART: u64 = 64;
/// The store is divided into parts with a lock each. One is at least so large that the largest reply fits.
const PART_OCTETS: u64 = 1 << 20;
const MOST_PARTS: u64 = 64;
const FEWEST_PARTS: u64 = 4;

pub(super) type Store = Cache<Kept, Reply, Octets, foldhash::fast::RandomState, Evictions>;

/// An empty store of so many octets.
pub(super) fn new(memory: u64, evictions: Evictions) -> Store {
    let items = (memory / SMALL_OCTETS).max(16);
    let parts = (memory / PART_OCTETS).clamp(FEWEST_PARTS, MOST_PARTS);
    let options = OptionsBuilder::new()
        .estimated_items_capacity(items as usize)
        .weight_capacity(memory)
        .ghost_allocation(1.0 / f64::from(REMEMBERED_ONE_IN))
        .shards(parts as usize)
        .build();
    let hasher = foldhash::fast::RandomState::default();
    let store = match options {
        Ok(options) => Store::with_options(options, Octets, hasher, evictions),
        // Only a capacity that is not given is an error.
        Err(_) => Store::with(items as usize, memory, Octets, hasher, evictions),
    };
    // The store makes room for as many names that are thrown out as for entries, here.
    store.reserve(((items + items / u64::from(REMEMBERED_ONE_IN)) / FIRST_PART / 2) as usize);
    store
}

/// Weighs entries.
#[derive(Debug, Clone)]
pub(super) struct Octets;

impl Weighter<Kept, Reply> for Octets {
    fn weight(&self, _: &Kept, reply: &Reply) -> u64 {
        TABLE_OCTETS + allocated(reply.octets() as u64)
    }
}

/// What the allocator takes for so many octets: that of glibc has eight of its own before them, takes a multiple of 16,
/// and no less than 32.
const fn allocated(octets: u64) -> u64 {
    let taken = (octets + 8).next_multiple_of(16);
    if taken > 32 { taken } else { 32 }
}

/// Counts what the store throws out.
#[derive(Debug, Clone, Default)]
pub(super) struct Evictions(Arc<AtomicU64>);

impl Evictions {
    pub(super) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// One insertion.
#[derive(Debug, Default)]
pub(super) struct Inserting {
    /// What comes in. An older reply to the same question makes way for it, which is no eviction.
    new: Option<Kept>,
    /// What was thrown out last: it is freed when the store's lock is.
    last: Option<Reply>,
}

impl Inserting {
    pub(super) fn of(new: Kept) -> Self {
        Self { new: Some(new), last: None }
    }
}

impl Lifecycle<Kept, Reply> for Evictions {
    type RequestState = Inserting;

    fn on_evict(&self, state: &mut Inserting, kept: Kept, reply: Reply) {
        if state.new.as_ref() != Some(&kept) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
        state.last = Some(reply);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_the_allocator() {
        for (asked, taken) in
            [(1, 32), (24, 32), (25, 48), (100, 112), (104, 112), (105, 128), (193, 208), (513, 528)]
        {
            assert_eq!(allocated(asked), taken, "{asked}");
        }
    }
}
