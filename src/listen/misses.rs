//! The way from a UDP worker to the runtime, for queries that need upstream. It is bounded twice, by a queue and by
//! the tasks that work on it; when both are full the worker answers SERVFAIL itself, so that blocked names and cache
//! hits go on while upstream is dead.

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};

use crate::engine::{Client, Engine};

/// Queries that wait to be taken up.
const QUEUE: usize = 1024;
/// Queries that are being answered.
const UNDER_WAY: usize = 4096;

/// Sends an answer back by the socket that the query came on.
pub trait Respond: Send + 'static {
    /// Sends it, and never waits.
    fn respond(&self, answer: &[u8]);
}

/// One query that needs upstream.
#[derive(Debug)]
pub struct Miss<R> {
    /// The query.
    pub packet: Box<[u8]>,
    /// Who asked.
    pub client: Client,
    /// Where the answer goes.
    pub respond: R,
}

/// The workers' end.
#[derive(Debug)]
pub struct Misses<R>(mpsc::Sender<Miss<R>>);

impl<R> Clone for Misses<R> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<R: Respond> Misses<R> {
    /// Starts answering on the current runtime; ends when every worker's end is dropped.
    pub fn start(engine: Arc<Engine>) -> Self {
        let (sender, queue) = mpsc::channel(QUEUE);
        tokio::spawn(answer_all(engine, queue));
        Self(sender)
    }

    /// Hands a query over, if there is room. Never waits.
    pub fn offer(&self, miss: Miss<R>) -> Result<(), Miss<R>> {
        self.0.try_send(miss).map_err(mpsc::error::TrySendError::into_inner)
    }
}

async fn answer_all<R: Respond>(engine: Arc<Engine>, mut queue: mpsc::Receiver<Miss<R>>) {
    let room = Arc::new(Semaphore::new(UNDER_WAY));
    while let Some(miss) = queue.recv().await {
        // The semaphore is never closed.
        let Ok(permit) = room.clone().acquire_owned().await else { return };
        let engine = engine.clone();
        tokio::spawn(async move {
            if let Some(answer) = engine.answer_later(&miss.packet, &miss.client).await {
                miss.respond.respond(&answer);
            }
            drop(permit);
        });
    }
}
