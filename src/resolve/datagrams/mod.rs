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
//! - the **port**, of 64,512: a random one, of 16 that take queries at a time. A port takes no more after 250 ms or 128
//!   queries. Up to some ten queries a second nearly every one has a port to itself, and at 10,000 a second more than
//!   80 new ports are opened each second, so 1,024 within seconds. To open one costs about what two queries do;
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

use self::{
    case::Case,
    flights::Stray,
    port::{NoPort, Port, Room, Waiting},
    query::Outgoing,
    receive::LONGEST_REPLY,
};
use super::upstream::Asked;
use crate::message::{flags, read_u16};

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

/// Counts datagrams that were passed over, once there is somewhere to count them.
#[derive(Debug, Default)]
struct Strays(OnceLock<[IntCounter; 4]>);

impl Strays {
    fn count(&self, stray: Stray) {
        if let Some(counters) = self.0.get() {
            counters[stray as usize].inc();
        }
    }
}

/// Asks one server over UDP.
#[derive(Debug)]
pub(super) struct Datagrams {
    server: SocketAddr,
    /// The ports that take queries. Each is held by the task that reads it and by those who wait for replies.
    ports: [Mutex<Weak<Port>>; PORTS],
    room: Arc<Room>,
    case: Case,
    strays: Arc<Strays>,
}

impl Datagrams {
    /// Opens nothing yet.
    pub(super) fn new(server: SocketAddr) -> Self {
        let ports = [const { Mutex::new(Weak::new()) }; PORTS];
        Self { server, ports, room: Arc::default(), case: Case::default(), strays: Arc::default() }
    }

    /// Counts datagrams that are passed over here from now on, in the order of `UpstreamCounters::STRAYS`.
    pub(super) fn count_strays(&self, counters: [IntCounter; 4]) {
        // Whoever came first counts.
        let _ = self.strays.0.set(counters);
    }

    /// Sends a query and waits for its reply, with its name in mixed case unless the server is known not to keep it.
    pub(super) async fn ask(&self, asked: &Asked) -> Result<Box<[u8]>, NoReply> {
        let mixed = self.case.is_mixed();
        let reply = self.ask_in(mixed, asked).await;
        if mixed && reply.is_ok() {
            self.case.kept();
        }
        reply
    }

    /// As [`Datagrams::ask`], in lower case.
    pub(super) async fn ask_in_lower_case(&self, asked: &Asked) -> Result<Box<[u8]>, NoReply> {
        self.ask_in(false, asked).await
    }

    /// Notes that a reply in another case was right. Tells whether this was the last time that the server is asked
    /// in mixed case.
    pub(super) fn case_was_changed(&self) -> bool {
        self.case.changed()
    }

    async fn ask_in(&self, mixed: bool, asked: &Asked) -> Result<Box<[u8]>, NoReply> {
        let waiting = {
            let mut random = rand::rng();
            let mut query = Outgoing::new(asked, mixed.then_some(&mut random));
            self.send(&mut query, random.next_u32() as usize % PORTS)?
        };
        let reply = waiting.landing().await?;
        let is_cut = reply.len() >= LONGEST_REPLY;
        let truncated = read_u16(&reply, 2).is_some_and(|header| header & flags::TC != 0);
        if truncated || is_cut { Err(NoReply::Truncated) } else { Ok(reply) }
    }

    /// Sends a query from the port in this place, or from a new one there.
    fn send(&self, query: &mut Outgoing, place: usize) -> Result<Waiting, NoReply> {
        let now = Instant::now();
        let known = slot(&self.ports[place]).upgrade();
        if let Some(waiting) = known.and_then(|port| port.ask(query, now, false)) {
            return Ok(waiting);
        }
        let why = match Port::open(self.server, &self.room, &self.strays) {
            Ok(port) => {
                *slot(&self.ports[place]) = Arc::downgrade(&port);
                return port.ask(query, now, false).ok_or_else(|| no_port("it was closed at once"));
            }
            Err(why) => why,
        };
        // Rather a port that has been used for long than no answer.
        let pressed = |place| {
            let port = slot(place).upgrade()?;
            port.ask(query, now, true)
        };
        let (before, from) = self.ports.split_at(place);
        from.iter().chain(before).find_map(pressed).ok_or_else(|| match why {
            NoPort::Full => no_port("too many queries are on their way"),
            NoPort::Refused(error) => no_port(&error.to_string()),
        })
    }
}

fn slot(place: &Mutex<Weak<Port>>) -> MutexGuard<'_, Weak<Port>> {
    place.lock().unwrap_or_else(PoisonError::into_inner)
}

fn no_port(why: &str) -> NoReply {
    NoReply::NoPort(why.into())
}

#[cfg(test)]
mod tests;
