//! The way from a UDP worker to the runtime, for queries that need upstream. It is bounded twice, by a queue and by
//! the tasks that work on it, and no client gets more than half of that. Where there is no room the worker answers
//! SERVFAIL itself, so that blocked names and cache hits go on while upstream is dead.

use std::{
    hash::BuildHasher,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
};

use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinHandle,
};

use super::neighbourhood;
use crate::engine::{Client, Engine};

/// Queries that wait to be taken up.
const QUEUE: usize = 1024;
/// Queries that are being answered.
const UNDER_WAY: usize = 4096;

/// Queries of one client that may wait or be answered.
const OF_ONE_CLIENT: u16 = 2048;
/// Counters for clients. Two that meet in one share its room, so that memory stays the same however many there are.
const COUNTERS: usize = 4096;

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

/// There is no room for another query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

/// How many queries of each client are under way.
#[derive(Debug)]
struct Shares {
    counters: Box<[AtomicU16]>,
    hasher: foldhash::fast::RandomState,
}

impl Shares {
    fn new() -> Arc<Self> {
        let counters = (0..COUNTERS).map(|_| AtomicU16::new(0)).collect();
        Arc::new(Self { counters, hasher: foldhash::fast::RandomState::default() })
    }

    /// A place for one more query of this client, if it has room.
    fn enter(self: &Arc<Self>, client: IpAddr) -> Option<Share> {
        let index = self.hasher.hash_one(neighbourhood(client)) as usize % COUNTERS;
        let more = |count| (count < OF_ONE_CLIENT).then_some(count + 1);
        self.counters[index].fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok()?;
        Some(Share { shares: self.clone(), index })
    }
}

/// One query's place in its client's share, given back when it is answered.
#[derive(Debug)]
struct Share {
    shares: Arc<Shares>,
    index: usize,
}

impl Drop for Share {
    fn drop(&mut self) {
        self.shares.counters[self.index].fetch_sub(1, Ordering::Relaxed);
    }
}

/// The workers' end.
#[derive(Debug)]
pub struct Misses<R> {
    queue: mpsc::Sender<(Miss<R>, Share)>,
    shares: Arc<Shares>,
}

impl<R> Clone for Misses<R> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone(), shares: self.shares.clone() }
    }
}

impl<R: Respond> Misses<R> {
    /// Starts answering on the current runtime. The task ends when every worker's end is dropped and every query that
    /// was handed over is answered.
    pub fn start(engine: Arc<Engine>) -> (Self, JoinHandle<()>) {
        let (sender, queue) = mpsc::channel(QUEUE);
        let task = tokio::spawn(answer_all(engine, queue));
        (Self { queue: sender, shares: Shares::new() }, task)
    }

    /// Hands a query over, if there is room. Never waits.
    pub fn offer(&self, miss: Miss<R>) -> Result<(), Full> {
        let share = self.shares.enter(miss.client.address).ok_or(Full)?;
        self.queue.try_send((miss, share)).map_err(|_| Full)
    }
}

async fn answer_all<R: Respond>(engine: Arc<Engine>, mut queue: mpsc::Receiver<(Miss<R>, Share)>) {
    let room = Arc::new(Semaphore::new(UNDER_WAY));
    while let Some((miss, share)) = queue.recv().await {
        // The semaphore is never closed.
        let Ok(permit) = room.clone().acquire_owned().await else { return };
        let engine = engine.clone();
        tokio::spawn(async move {
            if let Some(answer) = engine.answer_later(&miss.packet, &miss.client).await {
                miss.respond.respond(&answer);
            }
            drop((permit, share));
        });
    }
    // All room is free again once the last query is answered.
    let _ = room.acquire_many(UNDER_WAY as u32).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_client_never_takes_all_the_room() {
        let shares = Shares::new();
        let client = IpAddr::from([192, 0, 2, 1]);
        let taken: Vec<_> = std::iter::from_fn(|| shares.enter(client)).collect();
        assert_eq!(taken.len(), usize::from(OF_ONE_CLIENT));
        let others = (2..200).filter(|last| shares.enter(IpAddr::from([192, 0, 2, *last])).is_some()).count();
        assert!(others > 190, "{others}");
        drop(taken);
        assert!(shares.enter(client).is_some());
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one_client() {
        let shares = Shares::new();
        let network = 0x2001_0db8_0000_0000_u128 << 64;
        let taken: Vec<_> = (0..u128::from(OF_ONE_CLIENT) + 10)
            .filter_map(|host| shares.enter(IpAddr::from((network | host).to_be_bytes())))
            .collect();
        assert_eq!(taken.len(), usize::from(OF_ONE_CLIENT));
    }
}
