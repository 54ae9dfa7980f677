//! What the integration tests share: the program as a process, an upstream that follows a script, DNS and HTTP by hand.
//!
//! Nothing here uses the program's own code or its DNS library, so that a fault there cannot hide here.

#![allow(dead_code, unreachable_pub)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::missing_panics_doc)]

pub mod ask;
pub mod expect;
pub mod http;
pub mod metrics;
pub mod namespace;
pub mod process;
pub mod proxy;
pub mod publisher;
pub mod random;
pub mod subscribing;
pub mod upstream;
pub mod wire;

use std::thread;
use std::time::{Duration, Instant};

/// How long an answer that is certain to come may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// How long a change of a list may take to hold.
pub const SWAP: Duration = Duration::from_secs(10);

/// How long we listen before we call it silence.
pub const SILENCE: Duration = Duration::from_millis(400);

/// Asks `question` again and again until it gives something, and fails the test after `patience`.
pub fn until<T>(what: &str, patience: Duration, question: impl FnMut() -> Option<T>) -> T {
    within(patience, question).unwrap_or_else(|| panic!("not within {patience:?}: {what}"))
}

/// The same, and nothing after `patience`.
pub fn within<T>(patience: Duration, mut question: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(found) = question() {
            return Some(found);
        }
        if Instant::now() >= deadline {
            return None;
        }
        thread::sleep(Duration::from_millis(25));
    }
}
