//! What the cache needs beside its queries.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{cache::Cache, engine::Engine};

/// How often some of the entries are looked at.
const TICK: Duration = Duration::from_secs(1);
/// In so many ticks all entries are.
const TICKS: usize = 32;
/// Entries that are looked at in one go, before others have their turn on this thread.
const AT_ONCE: usize = 512;

/// Starts asking again for what clients should not have to wait for, and taking out what nobody needs.
pub(super) fn start(engine: &Arc<Engine>, cache: &Arc<Cache>) {
    tokio::spawn(engine.clone().refresh());
    tokio::spawn(sweep(cache.clone()));
}

async fn sweep(cache: Arc<Cache>) {
    loop {
        let mut round = cache.sweep();
        let mut on = true;
        while on {
            tokio::time::sleep(TICK).await;
            let mut left = cache.len() / TICKS + 1;
            while on && left > 0 {
                let some = left.min(AT_ONCE);
                on = round.step(some, Instant::now());
                left -= some;
                tokio::task::yield_now().await;
            }
        }
    }
}
