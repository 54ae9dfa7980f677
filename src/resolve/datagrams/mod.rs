//! One plain upstream server over UDP: many queries at once over few sockets, each told from the others by its port
//! and its id.
//!
//! - [`query`]: the query in octets, its name in mixed case;
//! - [`flights`]: the queries on their way from one port, and what a datagram that comes back is to them;
//! - [`port`]: one source port and the task that reads it;
//! - [`receive`]: reading all that has arrived;
//! - [`case`]: whether the server keeps the case of letters.
//!
//! # Forged replies
//!
//! Somebody who does not see the queries can send replies in the server's name, and hope that one is taken before the
//! true one comes (RFC 5452). He must hit, all at once:
//!
//! - the **port**, of 64,512 (RFC 6056 §3.2): one of 16 that take queries at a time, each opened at random. A port takes
//!   no more after 250 ms or 128 queries. At one query a second, 98 of 100 have a port to themselves; from 100 a second
//!   on, 39 or more new ports are opened each second, so 1,024 within half a minute;
//! - the **id**, of 65,536, from a generator that cannot be predicted;
//! - the **case** of every letter of the name, where the server repeats it: 2^13 ways for `www.example.com`;
//! - the **time** until the true reply, which is milliseconds; 4 s if he can keep the server silent;
//! - the **question**. Each is asked once at a time, whoever asks it, so that many queries for one name do not give him
//!   many targets (a birthday attack): there are at most four, with and without DO and CD. And a reply says nothing of
//!   any other name: what is cached of a reply is the answer to its question alone, so that after the true reply he has
//!   to wait until its TTL is over.
//!
//! A datagram at random has a chance of 1 in 64,512 · 65,536 = 2^32, and of 2^-45 with the letters of that name. With
//! 100,000 datagrams in the 100 ms that a slow reply takes, that is 1 in 42,000, and 1 in 346 million with the letters.
//!
//! Replies to a pending question under a wrong id show that somebody guesses: the third has the query asked over TCP. So
//! however much he sends, and if he has found out the port, he has three tries for one question: 3 in 65,536, and with
//! those letters 1 in 179 million. A name that is right in all but its case is asked over TCP at once.
//!
//! Somebody who sees the queries can forge replies as he likes. Against him there are encrypted servers.

mod case;
mod flights;
mod port;
mod query;
mod receive;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
    time::Instant,
};

use prometheus::IntCounter;
use rand::Rng;
use tokio::sync::oneshot;

use self::{
    case::Case,
    flights::{Stray, Ticket},
    port::{NoPort, Port, Room},
};
pub(super) use self::{port::Waiting, query::Outgoing};
use super::upstream::Asked;

/// Who is to be told why nothing was sent.
type NotSent = (Box<dyn Waiter>, NoReply);

/// Ports that take queries at a time. With many more there would be a wake-up for each reply instead of one for a few.
const PORTS: usize = 16;

/// Why there is no reply over UDP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoReply {
    /// None came in time.
    Silence,
    /// It does not fit into a datagram.
    Truncated,
    /// Somebody guesses ids.
    Guessed,
    /// It came in another case.
    CaseChanged,
    /// The server cannot be reached.
    Unreachable(Arc<str>),
    /// No query can be sent: too many are on their way, or there are no sockets.
    NoPort(Arc<str>),
}

/// What comes of a query: the reply in octets, which has its id and its question.
pub(super) type Landing<'a> = Result<&'a [u8], NoReply>;
/// The same, kept.
type Kept = Result<Box<[u8]>, NoReply>;

/// Who waits for a reply. Told once, by the task that reads the port, without a lock held.
pub(super) trait Waiter: Send {
    /// The query has ended.
    fn landed(self: Box<Self>, landing: Landing<'_>);

    /// The query takes long; `rest` has what comes of it. Only for those who mind.
    fn slow(self: Box<Self>, rest: Waiting);

    /// Whether [`Waiter::slow`] is to be called.
    fn minds_slowness(&self) -> bool {
        true
    }
}

impl Waiter for oneshot::Sender<Kept> {
    fn landed(self: Box<Self>, landing: Landing<'_>) {
        // Whoever has gone need not be told.
        let _ = self.send(landing.map(Into::into));
    }

    fn slow(self: Box<Self>, _: Waiting) {}

    fn minds_slowness(&self) -> bool {
        false
    }
}

/// What all ports of a server find out together.
#[derive(Debug, Default)]
struct Known {
    case: Case,
    /// Datagrams that were passed over, once there is somewhere to count them.
    strays: OnceLock<[IntCounter; 4]>,
}

impl Known {
    fn count(&self, stray: Stray) {
        if let Some(counters) = self.strays.get() {
            counters[stray as usize].inc();
        }
    }
}

/// Asks one server over UDP.
pub(super) struct Datagrams {
    server: SocketAddr,
    /// The ports that take queries. Each is held by the task that reads it.
    ports: [Mutex<Weak<Port>>; PORTS],
    room: Arc<Room>,
    known: Arc<Known>,
}

impl Datagrams {
    /// Opens nothing yet.
    pub(super) fn new(server: SocketAddr) -> Self {
        let ports = [const { Mutex::new(Weak::new()) }; PORTS];
        Self { server, ports, room: Arc::default(), known: Arc::default() }
    }

    /// Counts datagrams that are passed over here from now on, in the order of `UpstreamCounters::STRAYS`.
    pub(super) fn count_strays(&self, counters: [IntCounter; 4]) {
        // Whoever came first counts.
        let _ = self.known.strays.set(counters);
    }

    /// Sends a query and waits for its reply.
    pub(super) async fn ask(&self, asked: &Asked) -> Kept {
        self.wait(self.query(asked))?.landing().await
    }

    /// As [`Datagrams::ask`], in lower case.
    pub(super) async fn ask_in_lower_case(&self, asked: &Asked) -> Kept {
        self.wait(query_for(asked, false))?.landing().await
    }

    /// The query by which this server is asked: its name in mixed case unless the server is known not to keep it.
    pub(super) fn query(&self, asked: &Asked) -> Outgoing {
        query_for(asked, self.known.case.is_mixed())
    }

    /// Sends a query for somebody who is told what comes of it, perhaps at once. Must be called on a tokio runtime.
    pub(super) fn send_for(&self, mut query: Outgoing, waiter: Box<dyn Waiter>, now: Instant) {
        if let Err((waiter, why)) = self.send(&mut query, waiter, now) {
            waiter.landed(Err(why));
        }
    }

    /// Notes that a reply in another case was right. Tells whether this was the last time that the server is asked
    /// in mixed case.
    pub(super) fn case_was_changed(&self) -> bool {
        self.known.case.changed()
    }

    fn wait(&self, mut query: Outgoing) -> Result<Waiting, NoReply> {
        let (sender, landing) = oneshot::channel();
        let sent = self.send(&mut query, Box::new(sender), Instant::now());
        let (port, ticket) = sent.map_err(|(_, why)| why)?;
        Ok(Waiting::new(port, ticket, landing))
    }

    /// Sends a query from a port at random, or from a new one in its place.
    fn send(
        &self,
        query: &mut Outgoing,
        waiter: Box<dyn Waiter>,
        now: Instant,
    ) -> Result<(Arc<Port>, Ticket), NotSent> {
        let place = rand::rng().next_u32() as usize % PORTS;
        let mut from = |port: Arc<Port>, waiter, pressed| match port.send(query, waiter, now, pressed) {
            Ok(ticket) => Ok((port, ticket)),
            Err(waiter) => Err(waiter),
        };
        let known = slot(&self.ports[place]).upgrade();
        let waiter = match known {
            Some(port) => match from(port, waiter, false) {
                Ok(sent) => return Ok(sent),
                Err(waiter) => waiter,
            },
            None => waiter,
        };
        let why = match Port::open(self.server, &self.room, &self.known) {
            Ok(port) => {
                *slot(&self.ports[place]) = Arc::downgrade(&port);
                return from(port, waiter, false)
                    .map_err(|waiter| (waiter, no_port("it was closed at once")));
            }
            Err(NoPort::Full) => no_port("too many queries are on their way"),
            Err(NoPort::Refused(error)) => no_port(&error.to_string()),
        };
        // Rather a port that has been used for long than no answer.
        let (before, behind) = self.ports.split_at(place);
        let mut waiter = waiter;
        for port in behind.iter().chain(before).filter_map(|place| slot(place).upgrade()) {
            match from(port, waiter, true) {
                Ok(sent) => return Ok(sent),
                Err(back) => waiter = back,
            }
        }
        Err((waiter, why))
    }
}

fn query_for(asked: &Asked, mixed: bool) -> Outgoing {
    Outgoing::new(asked, mixed.then_some(&mut rand::rng()))
}

fn slot(place: &Mutex<Weak<Port>>) -> MutexGuard<'_, Weak<Port>> {
    place.lock().unwrap_or_else(PoisonError::into_inner)
}

fn no_port(why: &str) -> NoReply {
    NoReply::NoPort(why.into())
}

#[cfg(test)]
mod tests;
