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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::sync::oneshot::error::TryRecvError;

    use super::*;
    use crate::resolve::upstream::Asked;

    type Waiting = oneshot::Receiver<Landing>;

    fn outgoing(name: &str) -> Outgoing {
        let asked =
            Asked { name: name.parse().unwrap(), qtype: 1, dnssec_ok: false, checking_disabled: false };
        Outgoing::new(&asked, Some(&mut rand::rng()))
    }

    /// A flight that begins at `now`, and the query as it was sent.
    fn begin(flights: &mut Flights, name: &str, now: Instant) -> (Vec<u8>, Ticket, Waiting) {
        let mut query = outgoing(name);
        let (ticket, waiting) = flights.begin(&mut query, &mut rand::rng(), now);
        (query.octets().to_vec(), ticket, waiting)
    }

    /// What a server replies, without records.
    fn reply_to(query: &[u8]) -> Vec<u8> {
        let mut reply = [&query[..HEADER_OCTETS], question(query)].concat();
        (reply[2], reply[3], reply[11]) = (0x81, 0x80, 0);
        reply
    }

    fn is_under_way(waiting: &mut Waiting) -> bool {
        matches!(waiting.try_recv(), Err(TryRecvError::Empty))
    }

    /// A name all of whose letters are in the other case.
    fn in_other_case(reply: &[u8]) -> Vec<u8> {
        let mut reply = reply.to_vec();
        let end = reply.len() - 4;
        for octet in reply[HEADER_OCTETS..end].iter_mut().filter(|octet| octet.is_ascii_alphabetic()) {
            *octet ^= 0x20;
        }
        reply
    }

    #[test]
    fn a_reply_lands_once_and_a_second_is_passed_over() {
        let mut flights = Flights::default();
        let (query, _, mut waiting) = begin(&mut flights, "www.example", Instant::now());
        let reply = reply_to(&query);
        assert_eq!(flights.arrive(&reply), Ok(()));
        assert_eq!(waiting.try_recv(), Ok(Ok(reply.clone().into())));
        assert_eq!((flights.arrive(&reply), flights.len()), (Err(Stray::Id), 0));
    }

    #[test]
    fn what_is_wrong_is_passed_over_while_the_true_reply_may_still_come() {
        let mut flights = Flights::default();
        let (query, _, mut waiting) = begin(&mut flights, "www.example", Instant::now());
        let reply = reply_to(&query);
        let changed = |change: fn(&mut Vec<u8>)| {
            let mut reply = reply.clone();
            change(&mut reply);
            reply
        };
        let end = reply.len();
        for (datagram, why) in [
            (changed(|reply| reply[0] ^= 1), Stray::Id),
            (changed(|reply| reply[1] ^= 1), Stray::Id),
            (query.clone(), Stray::Unreadable),
            (changed(|reply| reply[2] |= 0x28), Stray::Unreadable),
            (changed(|reply| reply[5] = 0), Stray::Unreadable),
            (changed(|reply| reply[5] = 2), Stray::Unreadable),
            (changed(|reply| reply[HEADER_OCTETS + 1] = b'x'), Stray::Question),
            (changed(|reply| *reply.last_mut().unwrap() = 3), Stray::Question),
            (changed(|reply| reply[HEADER_OCTETS + 14] = 28), Stray::Question),
            (reply[..end - 1].to_vec(), Stray::Question),
            (reply[..HEADER_OCTETS].to_vec(), Stray::Question),
            (reply[..11].to_vec(), Stray::Unreadable),
            (Vec::new(), Stray::Unreadable),
        ] {
            assert_eq!(flights.arrive(&datagram), Err(why), "{datagram:02x?}");
            assert!(is_under_way(&mut waiting), "{datagram:02x?}");
        }
        assert_eq!(flights.arrive(&reply), Ok(()));
        assert!(waiting.try_recv().unwrap().is_ok());
    }

    #[test]
    fn another_case_is_not_believed_and_not_waited_for() {
        let mut flights = Flights::default();
        let (query, _, mut waiting) = begin(&mut flights, "www.example", Instant::now());
        assert_eq!(flights.arrive(&in_other_case(&reply_to(&query))), Err(Stray::Case));
        assert_eq!(waiting.try_recv(), Ok(Err(NoReply::CaseChanged)));
        assert_eq!(flights.len(), 0);
    }

    #[test]
    fn whoever_guesses_ids_has_three_tries_for_a_question() {
        let mut flights = Flights::default();
        let (query, _, mut waiting) = begin(&mut flights, "www.example", Instant::now());
        let (_, _, mut other) = begin(&mut flights, "www.other.example", Instant::now());
        let taken = flights.ids.clone();
        // He does not know the case.
        let mut forged = in_other_case(&reply_to(&query));
        let mut wrong_ids = (0..=u16::MAX).filter(|id| !taken.contains(id));
        for left in (0..3).rev() {
            forged[..2].copy_from_slice(&wrong_ids.next().unwrap().to_be_bytes());
            assert_eq!(flights.arrive(&forged), Err(Stray::Id));
            assert_eq!(is_under_way(&mut waiting), left > 0);
        }
        assert!(is_under_way(&mut other), "nobody guesses at the other question");
        assert_eq!(flights.len(), 1);
    }

    #[test]
    fn what_has_no_reply_is_sent_again_and_given_up_after_its_time() {
        let mut flights = Flights::default();
        let start = Instant::now();
        let (query, _, mut waiting) = begin(&mut flights, "www.example", start);
        let mut sent = Vec::new();
        for tenths in 0..40 {
            flights.sweep(start + Duration::from_millis(100) * tenths, |again| {
                assert_eq!(again, query);
                sent.push(tenths);
            });
        }
        assert_eq!(sent, [12, 24, 36]);
        assert!(is_under_way(&mut waiting));
        flights.sweep(start + PATIENCE, |_| panic!("it is given up"));
        assert_eq!((waiting.try_recv(), flights.len()), (Ok(Err(NoReply::Silence)), 0));
        assert_eq!(flights.arrive(&reply_to(&query)), Err(Stray::Id), "late");
    }

    #[test]
    fn an_old_ticket_does_not_end_a_new_flight_with_its_id() {
        let mut flights = Flights::default();
        let (query, ticket, _waiting) = begin(&mut flights, "www.example", Instant::now());
        assert_eq!(flights.arrive(&reply_to(&query)), Ok(()));
        let (_, newer, mut waiting) = begin(&mut flights, "www.other.example", Instant::now());
        // As if chance had given it the same id.
        flights.ids[0] = ticket.id;
        flights.forget(ticket);
        assert!(is_under_way(&mut waiting));
        flights.forget(Ticket { id: ticket.id, ..newer });
        assert_eq!(flights.len(), 0);
    }

    #[test]
    fn no_two_flights_have_the_same_id() {
        /// Numbers by which every second id would be taken already.
        struct Twice(u32);
        impl rand::rand_core::TryRng for Twice {
            type Error = std::convert::Infallible;
            fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
                self.0 += 1;
                Ok(self.0 / 2)
            }
            fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
                self.try_next_u32().map(u64::from)
            }
            fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Self::Error> {
                octets.fill(0);
                Ok(())
            }
        }
        let (mut flights, mut random) = (Flights::default(), Twice(0));
        for _ in 0..1000 {
            flights.begin(&mut outgoing("www.example"), &mut random, Instant::now());
        }
        let mut ids = flights.ids.clone();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 1000);
    }

    #[test]
    fn when_the_server_cannot_be_reached_all_are_told() {
        let mut flights = Flights::default();
        let mut waiting: Vec<_> =
            ["a.example", "b.example"].map(|name| begin(&mut flights, name, Instant::now()).2).into();
        flights.fail(&"refused".into());
        assert_eq!(flights.len(), 0);
        for waiting in &mut waiting {
            assert_eq!(waiting.try_recv(), Ok(Err(NoReply::Unreachable("refused".into()))));
        }
    }

    /// Something that may come: from noise to a reply in which a little is wrong.
    #[derive(Debug, Clone)]
    enum Coming {
        Noise(Vec<u8>),
        /// The reply to a flight, with one octet changed.
        Changed(usize, usize, u8),
        Cut(usize, usize),
        Forget(usize),
        Later(u16),
    }

    fn coming() -> impl Strategy<Value = Coming> {
        prop_oneof![
            prop::collection::vec(any::<u8>(), 0..64).prop_map(Coming::Noise),
            (0..8_usize, 0..40_usize, any::<u8>()).prop_map(|(of, at, with)| Coming::Changed(of, at, with)),
            (0..8_usize, 0..40_usize).prop_map(|(of, at)| Coming::Cut(of, at)),
            (0..8_usize).prop_map(Coming::Forget),
            (0..2000_u16).prop_map(Coming::Later),
        ]
    }

    proptest! {
        #[test]
        fn nothing_but_a_reply_lands_and_no_flight_is_left_behind(
            events in prop::collection::vec(coming(), 0..60)
        ) {
            let (mut flights, mut now) = (Flights::default(), Instant::now());
            let mut all: Vec<_> = (0..8)
                .map(|number| begin(&mut flights, &format!("name-{number}.example"), now))
                .collect();
            for event in events {
                match event {
                    Coming::Noise(octets) => { let _ = flights.arrive(&octets); }
                    Coming::Changed(of, at, with) => {
                        let mut reply = reply_to(&all[of].0);
                        let at = at % reply.len();
                        reply[at] = with;
                        let _ = flights.arrive(&reply);
                    }
                    Coming::Cut(of, at) => {
                        let reply = reply_to(&all[of].0);
                        let _ = flights.arrive(&reply[..at.min(reply.len())]);
                    }
                    Coming::Forget(of) => flights.forget(all[of].1),
                    Coming::Later(milliseconds) => {
                        now += Duration::from_millis(milliseconds.into());
                        flights.sweep(now, |_| {});
                    }
                }
                prop_assert_eq!(flights.ids.len(), flights.flights.len());
            }
            for (query, _, waiting) in &mut all {
                if let Ok(Ok(reply)) = waiting.try_recv() {
                    prop_assert_eq!(&reply[..2], &query[..2]);
                    prop_assert_eq!(&reply[HEADER_OCTETS..][..question(query).len()], question(query));
                    prop_assert_eq!((reply[2] & 0xF8, reply[4], reply[5]), (0x80, 0, 1));
                }
            }
            flights.sweep(now + PATIENCE, |_| {});
            prop_assert_eq!(flights.len(), 0);
            for (_, _, waiting) in &mut all {
                prop_assert!(!is_under_way(waiting));
            }
        }
    }
}
