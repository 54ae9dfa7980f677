//! DNS over TCP (RFC 7766): messages behind a length of two octets, many under way at once on a connection, answered
//! as they are ready.
//!
//! This is a listener of our own because three things cannot be had from hickory-server's: the address that the
//! client connected to (the sinkhole may have to be it), a limit on connections, and a look at the header before the
//! whole message is parsed.

use std::{
    cell::RefCell,
    collections::HashMap,
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::FutureExt;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch},
    time::timeout,
};

use super::neighbourhood;
use crate::{
    engine::{Client, Engine, Outcome},
    message::STREAM_OCTETS,
    telemetry::{Metrics, Transport},
};

/// How many streams there may be, and how long they may do nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Open connections in all.
    pub connections: usize,
    /// Open connections of one client: an IPv4 address, or an IPv6 network of 64 bits.
    pub connections_per_client: usize,
    /// Open connections of all clients together that may not ask. They get their REFUSED, and no more than these
    /// places.
    pub connections_of_strangers: usize,
    /// Octets of answers, on all connections together, that wait until their clients take them.
    pub waiting: usize,
    /// Queries under way on one connection; further ones wait in the client's own buffers.
    pub queries_per_connection: usize,
    /// A connection without a whole query for so long is closed (RFC 7766 §6.2.3).
    pub idle: Duration,
    /// A client that has not taken a whole answer after so long is cut off.
    pub write: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            connections_per_client: 64,
            connections_of_strangers: 16,
            waiting: 32 << 20,
            queries_per_connection: 64,
            idle: Duration::from_secs(10),
            write: Duration::from_secs(10),
        }
    }
}

/// Answers that wait on one connection; further ones wait in their tasks, which are as few.
const QUEUE: usize = 4;
/// A silent connection looks so often whether its time is over, since that may have become shorter.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// When we are to stop, what has been sent already is waited for so long.
const LAST_WORD: Duration = Duration::from_millis(50);
/// A pause after a failure to accept that is ours, such as too many open files.
const AFTER_ERROR: Duration = Duration::from_millis(50);

/// Open connections, in all and by client.
#[derive(Debug, Default)]
struct Open {
    by_client: HashMap<IpAddr, usize>,
    all: usize,
    strangers: usize,
}

/// What connections share.
#[derive(Debug)]
pub struct Streams {
    engine: Arc<Engine>,
    limits: Limits,
    metrics: Arc<Metrics>,
    open: Mutex<Open>,
    /// Octets of answers that may wait.
    room: Arc<Semaphore>,
}

impl Streams {
    /// Connections of all listeners count together.
    pub fn new(engine: Arc<Engine>, limits: Limits, metrics: Arc<Metrics>) -> Arc<Self> {
        let room = Arc::new(Semaphore::new(limits.waiting));
        Arc::new(Self { engine, limits, metrics, open: Mutex::default(), room })
    }

    /// Accepts connections until `stop` changes. No error ends it: a listener that is gone serves nobody.
    pub async fn accept(self: Arc<Self>, listener: TcpListener, mut stop: watch::Receiver<bool>) {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = stop.changed() => break,
            };
            match accepted {
                Ok((stream, peer)) => self.admit(stream, peer, &stop),
                Err(error) => {
                    tracing::debug!(%error, "a DNS connection could not be accepted");
                    tokio::time::sleep(AFTER_ERROR).await;
                }
            }
        }
        // Those who have connected already are still answered.
        while let Some(Ok((stream, peer))) = listener.accept().now_or_never() {
            self.admit(stream, peer, &stop);
        }
    }

    /// Takes a connection on, or closes it at once where there are too many.
    fn admit(self: &Arc<Self>, stream: TcpStream, peer: SocketAddr, stop: &watch::Receiver<bool>) {
        let address = peer.ip().to_canonical();
        let Some(place) = self.enter(address) else {
            self.metrics.streams.refused.inc();
            return;
        };
        let stop = stop.clone();
        let streams = self.clone();
        tokio::spawn(async move {
            let _place = place;
            streams.serve(stream, address, stop).await;
        });
    }

    /// How many connections are open.
    pub fn open(&self) -> usize {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.all + open.strangers
    }

    fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let (client, stranger) = (neighbourhood(address), !self.engine.may_ask(address));
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let full = if stranger {
            open.strangers >= self.limits.connections_of_strangers
        } else {
            let of_client = open.by_client.get(&client).copied().unwrap_or(0);
            open.all >= self.limits.connections || of_client >= self.limits.connections_per_client
        };
        if full {
            return None;
        }
        if stranger {
            open.strangers += 1;
        } else {
            open.all += 1;
            *open.by_client.entry(client).or_default() += 1;
        }
        self.metrics.streams.open.inc();
        Some(Place { streams: self.clone(), client, stranger })
    }

    async fn serve(self: &Arc<Self>, stream: TcpStream, address: IpAddr, stop: watch::Receiver<bool>) {
        let Ok(local) = stream.local_addr() else { return };
        // Answers are written whole; waiting to fill a segment would only delay the small ones.
        let _ = stream.set_nodelay(true);
        let client = Client {
            address,
            local: Some(local.ip()),
            interface: if let SocketAddr::V6(v6) = local { v6.scope_id() } else { 0 },
            transport: Transport::Tcp,
        };
        let (read, write) = stream.into_split();
        let (answers, queue) = mpsc::channel(QUEUE);
        let writer = tokio::spawn(write_all(write, queue, self.limits.write));
        self.read_all(Frames { read, received: Vec::new() }, client, answers, stop).await;
        // The reader is done; answers under way still go out, since their tasks hold the queue open.
        let _ = writer.await;
    }

    /// How long a connection may be silent now: the fuller the places are, the shorter (RFC 7766 §6.2.3 lets a server
    /// decide). So idle connections give way to those who have something to ask.
    fn patience(&self) -> Duration {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner).all;
        self.limits.idle / super::haste(open, self.limits.connections)
    }

    /// Asks the engine, which writes into room that all connections of a thread share: room of its own for each would
    /// be 64 KiB for every idle one.
    fn answer_now(&self, packet: &[u8], client: &Client) -> AtOnce {
        thread_local! {
            static ROOM: RefCell<Vec<u8>> = RefCell::new(vec![0; STREAM_OCTETS]);
        }
        ROOM.with_borrow_mut(|out| match self.engine.answer_now(packet, client, out) {
            Outcome::Dropped => AtOnce::Dropped,
            Outcome::Answered(length) => AtOnce::Answer(out[..length].to_vec()),
            Outcome::NeedsUpstream | Outcome::Missed => AtOnce::NeedsUpstream,
        })
    }

    /// Hands an answer to the connection's writer; false where there is no room, since many clients do not take
    /// theirs, or where the writer has given up.
    async fn queue(&self, answers: &mpsc::Sender<Waiting>, answer: Vec<u8>) -> bool {
        let Ok(room) = self.room.clone().try_acquire_many_owned(answer.len() as u32) else {
            self.metrics.streams.refused.inc();
            return false;
        };
        answers.send(Waiting { answer, _room: room }).await.is_ok()
    }

    /// Reads queries until the client ends, falls silent or sends what is no query, or we are to stop.
    async fn read_all(
        self: &Arc<Self>,
        mut frames: Frames,
        client: Client,
        answers: mpsc::Sender<Waiting>,
        mut stop: watch::Receiver<bool>,
    ) {
        let room = Arc::new(Semaphore::new(self.limits.queries_per_connection));
        let mut silence = Duration::ZERO;
        loop {
            // What has arrived before we were told to stop is still answered.
            let patience = if *stop.borrow() { LAST_WORD } else { self.patience().min(LOOK_AGAIN) };
            let packet = tokio::select! {
                packet = timeout(patience, frames.next()) => packet,
                _ = stop.changed() => continue,
            };
            let packet = match packet {
                Ok(Ok(packet)) => packet,
                Ok(Err(_)) => return,
                Err(_) if *stop.borrow() => return,
                // Silence while answers are under way is patience, not idleness.
                Err(_) if room.available_permits() < self.limits.queries_per_connection => continue,
                Err(_) => {
                    silence += patience;
                    if silence >= self.patience() {
                        return;
                    }
                    continue;
                }
            };
            silence = Duration::ZERO;
            match self.answer_now(&packet, &client) {
                // Whoever sends what is no query does not speak as a client here.
                AtOnce::Dropped => return,
                AtOnce::Answer(answer) => {
                    if !self.queue(&answers, answer).await {
                        return;
                    }
                }
                AtOnce::NeedsUpstream => {
                    let Ok(permit) = room.clone().acquire_owned().await else { return };
                    let (streams, answers) = (self.clone(), answers.clone());
                    tokio::spawn(async move {
                        if let Some(answer) = streams.engine.answer_later(&packet, &client).await {
                            streams.queue(&answers, answer).await;
                        }
                        drop(permit);
                    });
                }
            }
        }
    }
}

/// One connection's place among the open ones, given back when it ends.
struct Place {
    streams: Arc<Streams>,
    client: IpAddr,
    stranger: bool,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.streams.metrics.streams.open.dec();
        let mut open = self.streams.open.lock().unwrap_or_else(PoisonError::into_inner);
        if self.stranger {
            open.strangers -= 1;
            return;
        }
        open.all -= 1;
        if let Some(count) = open.by_client.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                open.by_client.remove(&self.client);
            }
        }
    }
}

/// What [`Outcome`] says, with the answer itself.
enum AtOnce {
    Dropped,
    Answer(Vec<u8>),
    NeedsUpstream,
}

/// An answer that waits until its client takes it, with the room that it takes meanwhile.
struct Waiting {
    answer: Vec<u8>,
    _room: OwnedSemaphorePermit,
}

/// Cuts what a client sends into messages. Nothing that was received is lost if [`Frames::next`] is given up.
struct Frames {
    read: OwnedReadHalf,
    /// Octets that belong to no whole message yet: at most one message and one read's surplus.
    received: Vec<u8>,
}

impl Frames {
    async fn next(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let Some((length, rest)) = self.received.split_first_chunk::<2>() {
                let length = usize::from(u16::from_be_bytes(*length));
                if let Some(message) = rest.get(..length) {
                    let message = message.to_vec();
                    self.received.drain(..2 + length);
                    return Ok(message);
                }
            }
            let mut chunk = [0; 4096];
            match self.read.read(&mut chunk).await? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                length => self.received.extend_from_slice(&chunk[..length]),
            }
        }
    }
}

/// Writes answers as they come, until nobody can send any more.
async fn write_all(mut write: OwnedWriteHalf, mut answers: mpsc::Receiver<Waiting>, patience: Duration) {
    while let Some(Waiting { answer, _room }) = answers.recv().await {
        let mut framed = Vec::with_capacity(answer.len() + 2);
        framed.extend((answer.len() as u16).to_be_bytes());
        framed.extend(&answer);
        if !matches!(timeout(patience, write.write_all(&framed)).await, Ok(Ok(()))) {
            return;
        }
    }
    let _ = write.shutdown().await;
}
