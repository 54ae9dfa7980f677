//! Queries of a UDP worker that need upstream. The worker sends the question itself, which waits for nothing; the answer
//! is sent by whoever reads the reply. So many queries may wait, and no client gets more than half of that. Where there
//! is no room the worker answers SERVFAIL itself, so that blocked names and cache hits go on while upstream is dead.

use std::{
    hash::BuildHasher,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU16, AtomicUsize, Ordering},
    },
};

use tokio::{runtime::Handle, sync::oneshot, task::JoinHandle};

use super::neighbourhood;
use crate::engine::{Client, Engine, Missed};

/// Queries that may wait.
const MOST: usize = 5120;
/// Queries of one client that may wait.
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
    /// What is known of it, if that is all that there is to know.
    pub known: Option<Missed>,
}

/// There is no room for another query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

/// How many queries of each client are under way.
#[derive(Debug)]
struct Shares {
    counters: Box<[AtomicU16]>,
    hasher: foldhash::fast::RandomState,
    /// How many there are of all clients.
    all: AtomicUsize,
    /// Dropped with the last worker's end and the last query.
    _over: oneshot::Sender<()>,
}

impl Shares {
    /// No query yet; and what ends when there is none any more and nobody who could bring one.
    fn new() -> (Arc<Self>, oneshot::Receiver<()>) {
        let counters = (0..COUNTERS).map(|_| AtomicU16::new(0)).collect();
        let (over, ended) = oneshot::channel();
        let (hasher, all) = (foldhash::fast::RandomState::default(), AtomicUsize::new(0));
        (Arc::new(Self { counters, hasher, all, _over: over }), ended)
    }

    /// A place for one more query of this client, if it has room.
    fn enter(self: &Arc<Self>, client: IpAddr) -> Option<Share> {
        let index = self.hasher.hash_one(neighbourhood(client)) as usize % COUNTERS;
        let more = |count| (count < OF_ONE_CLIENT).then_some(count + 1);
        self.counters[index].fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok()?;
        let share = Share { shares: self.clone(), index };
        // Dropping the share takes both back.
        (self.all.fetch_add(1, Ordering::Relaxed) < MOST).then_some(share)
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
        self.shares.all.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The workers' end.
#[derive(Debug, Clone)]
pub struct Misses {
    engine: Arc<Engine>,
    shares: Arc<Shares>,
    runtime: Handle,
}

impl Misses {
    /// Lets queries be answered on the current runtime. The task ends when every worker's end is dropped and every
    /// query that was handed over is answered.
    pub fn start(engine: Arc<Engine>) -> (Self, JoinHandle<()>) {
        let (shares, ended) = Shares::new();
        let task = tokio::spawn(async move {
            // Nothing is ever sent: the sender is dropped.
            let _ = ended.await;
        });
        (Self { engine, shares, runtime: Handle::current() }, task)
    }

    /// Hands a query over, if there is room. Never waits.
    pub fn offer<R: Respond>(&self, miss: Miss<R>) -> Result<(), Full> {
        let share = self.shares.enter(miss.client.address).ok_or(Full)?;
        let _runtime = self.runtime.enter();
        let Miss { packet, client, respond, known } = miss;
        let then = move |answer: Option<&[u8]>| {
            if let Some(answer) = answer {
                respond.respond(answer);
            }
            drop(share);
        };
        match known {
            Some(missed) => self.engine.ask_then(missed, packet, client, then),
            None => self.engine.answer_then(packet, client, then),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_client_never_takes_all_the_room() {
        let (shares, _ended) = Shares::new();
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
        let (shares, _ended) = Shares::new();
        let network = 0x2001_0db8_0000_0000_u128 << 64;
        let taken: Vec<_> = (0..u128::from(OF_ONE_CLIENT) + 10)
            .filter_map(|host| shares.enter(IpAddr::from((network | host).to_be_bytes())))
            .collect();
        assert_eq!(taken.len(), usize::from(OF_ONE_CLIENT));
    }
}
