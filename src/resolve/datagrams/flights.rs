//! The queries that are on their way from one port, and what a datagram that comes back is to them. Pure: the time
//! and the random numbers are handed in, and whoever is to be told is handed out.
//!
//! Address and port are compared by the kernel, since the port is connected. Here a datagram must be a reply with one
//! question, its id that of a query, and its question that query's, octet by octet (RFC 5452 §9.1). Whatever is not,
//! is passed over while the true reply may still come; to give up because of it would be to let forgers decide.

use std::time::{Duration, Instant};

use rand::Rng;
use tokio::sync::oneshot;

use super::{
    Kept, NoReply, Waiter,
    query::{Outgoing, question, same_but_for_case},
};
use crate::message::{HEADER_OCTETS, read_u16};

/// A datagram that has no reply is sent again after this time, and again: the pauses spread the tries over
/// [`PATIENCE`], since a server that was away for a moment should be met when it is back.
const ASK_AGAIN: Duration = Duration::from_millis(1200);
/// How long a query may be on its way.
const PATIENCE: Duration = Duration::from_secs(4);
/// After so long those who wait are told that it takes long.
const SLOW: Duration = Duration::from_millis(700);
/// So many replies with a wrong id for one question are looked at. Somebody is guessing then, and the query goes over
/// TCP, where guessing is hopeless (RFC 5452 §9.2). A server that replies twice makes one.
const MOST_GUESSES: u8 = 3;
/// The header's QR bit and its opcode, which is 0 for a query.
const QR_AND_OPCODE: u8 = 0xF8;
const QR: u8 = 0x80;

/// Which flight. An id alone would do for another flight later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticket {
    id: u16,
    serial: u64,
}

/// One query on its way.
pub(super) struct Flight {
    /// Who waits for its reply.
    pub(super) waiter: Box<dyn Waiter>,
    /// Whether its name has letters in upper case.
    pub(super) mixed: bool,
    serial: u64,
    /// As it was sent.
    query: Box<[u8]>,
    begun: Instant,
    /// How often it was sent.
    sent: u8,
    /// Whether whoever waits knows that it takes long, or does not mind.
    told: bool,
    /// Replies to its question that had a wrong id.
    guesses: u8,
}

/// What is wrong with a datagram.
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

/// Flights that have ended without a reply.
pub(super) type Ended = Vec<(Flight, NoReply)>;

/// What is to be done about flights after a look at the clock.
#[derive(Default)]
pub(super) struct Due {
    /// These are given up.
    pub(super) ended: Ended,
    /// Those who waited for these are to be told that they are slow, and to be given what is waited for from then on.
    pub(super) slow: Vec<(Box<dyn Waiter>, Ticket, oneshot::Receiver<Kept>)>,
}

/// All queries on their way from one port.
#[derive(Default)]
pub(super) struct Flights {
    /// The flights' ids, in their order: what is looked through for every datagram lies close together.
    ids: Vec<u16>,
    under_way: Vec<Flight>,
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
        waiter: Box<dyn Waiter>,
        now: Instant,
    ) -> Ticket {
        let mut id = random.next_u32() as u16;
        while self.ids.contains(&id) {
            id = random.next_u32() as u16;
        }
        query.set_id(id);
        let told = !waiter.minds_slowness();
        self.begun += 1;
        self.ids.push(id);
        self.under_way.push(Flight {
            waiter,
            mixed: query.is_mixed(),
            serial: self.begun,
            query: query.octets().into(),
            begun: now,
            sent: 1,
            told,
            guesses: 0,
        });
        Ticket { id, serial: self.begun }
    }

    /// Ends a flight for which nobody waits any more. Does nothing if it has landed, whoever has its id now.
    pub(super) fn forget(&mut self, ticket: Ticket) -> Option<Flight> {
        let at = self.find(ticket.id)?;
        (self.under_way[at].serial == ticket.serial).then(|| self.remove(at))
    }

    /// The flight that a datagram is the reply to.
    ///
    /// # Errors
    ///
    /// What is wrong with the datagram, and flights that end because of that.
    pub(super) fn arrive(&mut self, datagram: &[u8]) -> Result<Flight, (Stray, Ended)> {
        let stray = |stray| Err((stray, Ended::new()));
        let is_reply = datagram.get(2).is_some_and(|octet| octet & QR_AND_OPCODE == QR);
        let (Some(id), true, Some(1)) = (read_u16(datagram, 0), is_reply, read_u16(datagram, 4)) else {
            return stray(Stray::Unreadable);
        };
        let Some(rest) = datagram.get(HEADER_OCTETS..) else { return stray(Stray::Unreadable) };
        let Some(at) = self.find(id) else { return Err((Stray::Id, self.guessed(rest))) };
        let asked = question(&self.under_way[at].query);
        let Some(answered) = rest.get(..asked.len()) else { return stray(Stray::Question) };
        if answered == asked {
            return Ok(self.remove(at));
        }
        if same_but_for_case(answered, asked) {
            return Err((Stray::Case, vec![(self.remove(at), NoReply::CaseChanged)]));
        }
        stray(Stray::Question)
    }

    /// Counts a reply under a wrong id against the queries that asked its question.
    fn guessed(&mut self, rest: &[u8]) -> Ended {
        let mut ended = Ended::new();
        for at in (0..self.under_way.len()).rev() {
            let flight = &mut self.under_way[at];
            let asked = question(&flight.query);
            if rest.get(..asked.len()).is_some_and(|answered| same_but_for_case(answered, asked)) {
                flight.guesses += 1;
                if flight.guesses == MOST_GUESSES {
                    ended.push((self.remove(at), NoReply::Guessed));
                }
            }
        }
        ended
    }

    /// Looks at the clock. `send` is given what is to be sent again.
    pub(super) fn sweep(&mut self, now: Instant, mut send: impl FnMut(&[u8])) -> Due {
        let mut due = Due::default();
        for at in (0..self.under_way.len()).rev() {
            let flight = &mut self.under_way[at];
            let age = now.saturating_duration_since(flight.begun);
            if age >= PATIENCE {
                due.ended.push((self.remove(at), NoReply::Silence));
                continue;
            }
            if age >= ASK_AGAIN * flight.sent.into() {
                flight.sent += 1;
                send(&flight.query);
            }
            if age >= SLOW && !flight.told {
                flight.told = true;
                let (sender, landing) = oneshot::channel();
                let waiter = std::mem::replace(&mut flight.waiter, Box::new(sender));
                due.slow.push((waiter, Ticket { id: self.ids[at], serial: flight.serial }, landing));
            }
        }
        due
    }

    /// Ends all flights.
    pub(super) fn end(&mut self) -> Vec<Flight> {
        self.ids.clear();
        std::mem::take(&mut self.under_way)
    }

    fn find(&self, id: u16) -> Option<usize> {
        self.ids.iter().position(|known| *known == id)
    }

    fn remove(&mut self, at: usize) -> Flight {
        self.ids.swap_remove(at);
        self.under_way.swap_remove(at)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::sync::oneshot::error::TryRecvError;

    use super::*;
    use crate::resolve::upstream::Asked;

    type Waiting = oneshot::Receiver<Kept>;

    fn outgoing(name: &str) -> Outgoing {
        let asked =
            Asked { name: name.parse().unwrap(), qtype: 1, dnssec_ok: false, checking_disabled: false };
        Outgoing::new(&asked, Some(&mut rand::rng()))
    }

    /// A flight that begins at `now`, and the query as it was sent.
    fn begin(flights: &mut Flights, name: &str, now: Instant) -> (Vec<u8>, Ticket, Waiting) {
        let mut query = outgoing(name);
        let (sender, waiting) = oneshot::channel();
        let ticket = flights.begin(&mut query, &mut rand::rng(), Box::new(sender), now);
        (query.octets().to_vec(), ticket, waiting)
    }

    /// What a port does with a datagram.
    fn arrive(flights: &mut Flights, datagram: &[u8]) -> Result<(), Stray> {
        match flights.arrive(datagram) {
            Ok(flight) => {
                flight.waiter.landed(Ok(datagram));
                Ok(())
            }
            Err((stray, ended)) => {
                tell(ended);
                Err(stray)
            }
        }
    }

    fn tell(ended: Ended) {
        for (flight, why) in ended {
            flight.waiter.landed(Err(why));
        }
    }

    /// One who minds slowness.
    struct Impatient;

    impl Waiter for Impatient {
        fn landed(self: Box<Self>, _: crate::resolve::datagrams::Landing<'_>) {}
        fn slow(self: Box<Self>, _: crate::resolve::datagrams::Waiting) {}
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
        assert_eq!(arrive(&mut flights, &reply), Ok(()));
        assert_eq!(waiting.try_recv(), Ok(Ok(reply.clone().into())));
        assert_eq!((arrive(&mut flights, &reply), flights.len()), (Err(Stray::Id), 0));
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
            assert_eq!(arrive(&mut flights, &datagram), Err(why), "{datagram:02x?}");
            assert!(is_under_way(&mut waiting), "{datagram:02x?}");
        }
        assert_eq!(arrive(&mut flights, &reply), Ok(()));
        assert!(waiting.try_recv().unwrap().is_ok());
    }

    #[test]
    fn another_case_is_not_believed_and_not_waited_for() {
        let mut flights = Flights::default();
        let (query, _, mut waiting) = begin(&mut flights, "www.example", Instant::now());
        assert_eq!(arrive(&mut flights, &in_other_case(&reply_to(&query))), Err(Stray::Case));
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
            assert_eq!(arrive(&mut flights, &forged), Err(Stray::Id));
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
            let due = flights.sweep(start + Duration::from_millis(100) * tenths, |again| {
                assert_eq!(again, query);
                sent.push(tenths);
            });
            assert!(due.ended.is_empty() && due.slow.is_empty(), "{tenths}");
        }
        assert_eq!(sent, [12, 24, 36]);
        assert!(is_under_way(&mut waiting));
        tell(flights.sweep(start + PATIENCE, |_| panic!("it is given up")).ended);
        assert_eq!((waiting.try_recv(), flights.len()), (Ok(Err(NoReply::Silence)), 0));
        assert_eq!(arrive(&mut flights, &reply_to(&query)), Err(Stray::Id), "late");
    }

    #[test]
    fn an_old_ticket_does_not_end_a_new_flight_with_its_id() {
        let mut flights = Flights::default();
        let (query, ticket, _waiting) = begin(&mut flights, "www.example", Instant::now());
        assert_eq!(arrive(&mut flights, &reply_to(&query)), Ok(()));
        let (_, newer, mut waiting) = begin(&mut flights, "www.other.example", Instant::now());
        // As if chance had given it the same id.
        flights.ids[0] = ticket.id;
        assert!(flights.forget(ticket).is_none());
        assert!(is_under_way(&mut waiting));
        assert!(flights.forget(Ticket { id: ticket.id, ..newer }).is_some());
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
            flights.begin(&mut outgoing("www.example"), &mut random, Box::new(Impatient), Instant::now());
        }
        let mut ids = flights.ids.clone();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 1000);
    }

    #[test]
    fn whoever_minds_is_told_once_that_it_takes_long_and_can_wait_on() {
        let (mut flights, start) = (Flights::default(), Instant::now());
        let mut query = outgoing("www.example");
        let ticket = flights.begin(&mut query, &mut rand::rng(), Box::new(Impatient), start);
        assert!(flights.sweep(start + SLOW.saturating_sub(Duration::from_millis(1)), |_| {}).slow.is_empty());
        let (_, told, mut waiting) = flights.sweep(start + SLOW, |_| {}).slow.pop().unwrap();
        assert_eq!(told, ticket);
        assert!(flights.sweep(start + SLOW * 2, |_| {}).slow.is_empty());
        let reply = reply_to(query.octets());
        assert_eq!(arrive(&mut flights, &reply), Ok(()));
        assert_eq!(waiting.try_recv(), Ok(Ok(reply.into())));
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
                    Coming::Noise(octets) => { let _ = arrive(&mut flights, &octets); }
                    Coming::Changed(of, at, with) => {
                        let mut reply = reply_to(&all[of].0);
                        let at = at % reply.len();
                        reply[at] = with;
                        let _ = arrive(&mut flights, &reply);
                    }
                    Coming::Cut(of, at) => {
                        let reply = reply_to(&all[of].0);
                        let _ = flights.arrive(&reply[..at.min(reply.len())]);
                    }
                    Coming::Forget(of) => drop(flights.forget(all[of].1)),
                    Coming::Later(milliseconds) => {
                        now += Duration::from_millis(milliseconds.into());
                        tell(flights.sweep(now, |_| {}).ended);
                    }
                }
                prop_assert_eq!(flights.ids.len(), flights.under_way.len());
            }
            for (query, _, waiting) in &mut all {
                if let Ok(Ok(reply)) = waiting.try_recv() {
                    prop_assert_eq!(&reply[..2], &query[..2]);
                    prop_assert_eq!(&reply[HEADER_OCTETS..][..question(query).len()], question(query));
                    prop_assert_eq!((reply[2] & 0xF8, reply[4], reply[5]), (0x80, 0, 1));
                }
            }
            tell(flights.sweep(now + PATIENCE, |_| {}).ended);
            prop_assert_eq!(flights.len(), 0);
            for (_, _, waiting) in &mut all {
                prop_assert!(!is_under_way(waiting));
            }
        }
    }
}
