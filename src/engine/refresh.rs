//! Replies that are asked for again although every client has got its answer: popular ones before they expire, and
//! stale ones while upstream does not reply. Bounded twice, by the replies that wait and by those that are asked for;
//! where there is no room it is left out, and the next client who finds the reply expired waits as for any other.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use tokio::sync::{Notify, Semaphore, oneshot};

use super::Engine;
use crate::{cache::flags_of, message::Reply, name::Name, resolve::upstream::Asked};

/// Replies that wait to be asked for again.
const MOST_WAITING: usize = 128;
/// Replies that are being asked for again.
const MOST_UNDER_WAY: usize = 64;

/// Replies that wait to be asked for again.
#[derive(Debug)]
pub(super) struct Refreshes {
    waiting: Mutex<VecDeque<Reply>>,
    came: Notify,
}

impl Refreshes {
    pub(super) fn new() -> Self {
        Self { waiting: Mutex::new(VecDeque::with_capacity(MOST_WAITING)), came: Notify::new() }
    }

    /// Hands a reply over, if there is room. Neither allocates nor waits.
    pub(super) fn offer(&self, reply: &Reply) -> bool {
        {
            let Ok(mut waiting) = self.waiting.try_lock() else { return false };
            if waiting.len() == MOST_WAITING {
                return false;
            }
            waiting.push_back(reply.clone());
        }
        self.came.notify_one();
        true
    }

    async fn next(&self) -> Reply {
        loop {
            if let Some(reply) = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front() {
                return reply;
            }
            self.came.notified().await;
        }
    }
}

impl Engine {
    /// Asks again for what clients should not have to wait for. Ends only with its task.
    pub async fn refresh(self: Arc<Self>) {
        let room = Arc::new(Semaphore::new(MOST_UNDER_WAY));
        loop {
            let reply = self.refreshes.next().await;
            // The semaphore is never closed.
            let Ok(permit) = room.clone().acquire_owned().await else { return };
            let engine = self.clone();
            tokio::spawn(async move {
                engine.ask_again_for(&reply).await;
                drop(permit);
            });
        }
    }

    async fn ask_again_for(&self, reply: &Reply) {
        let Ok((name, _)) = Name::from_wire(reply.name()) else { return };
        let (dnssec_ok, checking_disabled) = flags_of(reply);
        let asked = Asked { name, qtype: reply.qtype(), dnssec_ok, checking_disabled };
        let (sender, failed) = oneshot::channel();
        self.ask_upstream(asked, Instant::now(), |outcome| {
            let _ = sender.send(outcome.is_err());
        });
        if failed.await.unwrap_or(true) {
            self.cache.note_failure(reply, Instant::now());
        }
    }
}
