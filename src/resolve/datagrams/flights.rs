//! The queries that are on their way from one port, and what a datagram that comes back is to them. Pure: the time
//! and the random numbers are handed in.
//!
//! Address and port are compared by the kernel, since the port is connected. Here a datagram must be a reply with one
//! question, its id that of a query, and its question that query's, octet by octet (RFC 5452 §9.1). Whatever is not,
//! is passed over while the true reply may still come; to give up because of it would be to let forgers decide.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use rand::Rng;
use tokio::sync::oneshot;

use super::{
    NoReply,
    query::{Outgoing, question, same_but_for_case},
};
use crate::message::{HEADER_OCTETS, read_u16};

/// A datagram that has no reply is sent again after this time, and again: the pauses spread the tries over
/// [`PATIENCE`], since a server that was away for a moment should be met when it is back.
const ASK_AGAIN: Duration = Duration::from_millis(1200);
/// How long a query may be on its way.
const PATIENCE: Duration = Duration::from_secs(4);
/// So many replies with a wrong id for one question are looked at. Somebody is guessing then, and the query goes over
/// TCP, where guessing is hopeless (RFC 5452 §9.2). A server that replies twice makes one.
const MOST_GUESSES: u8 = 3;
/// The header's QR bit and its opcode, which is 0 for a query.
const QR_AND_OPCODE: u8 = 0xF8;
const QR: u8 = 0x80;

/// How a query ended.
pub(super) type Landing = Result<Box<[u8]>, NoReply>;

/// Which flight, for the one who waits for it. An id alone would do for another flight later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticket {
    id: u16,
    serial: u64,
}

/// One query on its way.
#[derive(Debug)]
struct Flight {
    serial: u64,
    /// As it was sent.
    query: Box<[u8]>,
    /// When it is sent again.
    again: Instant,
    /// When it is given up.
    end: Instant,
    /// Replies to its question that had a wrong id.
    guesses: u8,
    landed: oneshot::Sender<Landing>,
}

/// Why a datagram was passed over, or led to another way of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stray {
    /// It is no reply with one question.
    Unreadable,
    /// No query has its id: a guess, or too late, or a second time.
    Id,
    /// The query with its id asked something else.
    Question,
    /// The query with its id wrote the name in another case.
    Case,
}

/// All queries on their way from one port.
#[derive(Debug, Default)]
pub(super) struct Flights {
    /// The flights' ids, in their order: what is looked through for every datagram lies close together.
    ids: Vec<u16>,
    flights: Vec<Flight>,
    /// How many there were.
    begun: u64,
}

impl Flights {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// How many there were so far.
    pub(super) fn begun(&self) -> u64 {
        self.begun
    }

    /// Gives a query an id that no other has, and notes that it is sent `now`.
    pub(super) fn begin(
        &mut self,
        query: &mut Outgoing,
        random: &mut impl Rng,
        now: Instant,
    ) -> (Ticket, oneshot::Receiver<Landing>) {
        let mut id = random.next_u32() as u16;
        while self.ids.contains(&id) {
            id = random.next_u32() as u16;
        }
        query.set_id(id);
        let (landed, landing) = oneshot::channel();
        self.begun += 1;
        let query = query.octets().into();
        let (again, end) = (now + ASK_AGAIN, now + PATIENCE);
        self.ids.push(id);
        self.flights.push(Flight { serial: self.begun, query, again, end, guesses: 0, landed });
        (Ticket { id, serial: self.begun }, landing)
    }

    /// Ends a flight for which nobody waits any more. Does nothing if it has landed, whoever has its id now.
    pub(super) fn forget(&mut self, ticket: Ticket) {
        if let Some(at) = self.find(ticket.id)
            && self.flights[at].serial == ticket.serial
        {
            self.remove(at);
        }
    }

    /// Hands a datagram to the query that it answers.
    ///
    /// # Errors
    ///
    /// What is wrong with it, where it is no answer.
    pub(super) fn arrive(&mut self, datagram: &[u8]) -> Result<(), Stray> {
        let is_reply = datagram.get(2).is_some_and(|octet| octet & QR_AND_OPCODE == QR);
        let (Some(id), true, Some(1)) = (read_u16(datagram, 0), is_reply, read_u16(datagram, 4)) else {
            return Err(Stray::Unreadable);
        };
        let rest = datagram.get(HEADER_OCTETS..).ok_or(Stray::Unreadable)?;
        let Some(at) = self.find(id) else {
            self.guessed(rest);
            return Err(Stray::Id);
        };
        let asked = question(&self.flights[at].query);
        let answered = rest.get(..asked.len()).ok_or(Stray::Question)?;
        if answered == asked {
            land(self.remove(at), Ok(datagram.into()));
            return Ok(());
        }
        if same_but_for_case(answered, asked) {
            land(self.remove(at), Err(NoReply::CaseChanged));
            return Err(Stray::Case);
        }
        Err(Stray::Question)
    }

    /// Counts a reply under a wrong id against the queries that asked its question.
    fn guessed(&mut self, rest: &[u8]) {
        let mut at = 0;
        while at < self.flights.len() {
            let flight = &mut self.flights[at];
            let asked = question(&flight.query);
            if rest.get(..asked.len()).is_some_and(|answered| same_but_for_case(answered, asked)) {
                flight.guesses += 1;
                if flight.guesses == MOST_GUESSES {
                    land(self.remove(at), Err(NoReply::Guessed));
                    continue;
                }
            }
            at += 1;
        }
    }

    /// Gives up what has taken too long, and has `send` send again what is due.
    pub(super) fn sweep(&mut self, now: Instant, mut send: impl FnMut(&[u8])) {
        let mut at = 0;
        while at < self.flights.len() {
            let flight = &mut self.flights[at];
            if now >= flight.end {
                land(self.remove(at), Err(NoReply::Silence));
                continue;
            }
            if now >= flight.again {
                flight.again = now + ASK_AGAIN;
                send(&flight.query);
            }
            at += 1;
        }
    }

    /// Ends all flights, since the server cannot be reached.
    pub(super) fn fail(&mut self, why: &Arc<str>) {
        self.ids.clear();
        for flight in self.flights.drain(..) {
            land(flight, Err(NoReply::Unreachable(why.clone())));
        }
    }

    fn find(&self, id: u16) -> Option<usize> {
        self.ids.iter().position(|known| *known == id)
    }

    fn remove(&mut self, at: usize) -> Flight {
        self.ids.swap_remove(at);
        self.flights.swap_remove(at)
    }
}

/// Tells the one who waits, if somebody still does.
fn land(flight: Flight, landing: Landing) {
    let _ = flight.landed.send(landing);
}
