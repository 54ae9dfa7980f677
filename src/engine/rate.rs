//! How many answers one network of clients gets over UDP. Whoever sends queries in another's name has the answers sent
//! there; past a rate, all that is sent is small, and half of it nothing. Constant memory, no lock; the time is handed
//! in.

use std::{
    hash::{BuildHasher, RandomState},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use super::{Client, Moment, Outcome, answer::Answer};
use crate::{
    message::Screened,
    telemetry::{QueryKind, Transport},
};

/// Networks that are told apart. Two that meet in one cell share its rate; a random key decides which do, so that
/// nobody can choose whose rate to use up.
const CELLS: usize = 1 << 14;
/// Seconds' worth of answers that may go at once, to a network that was silent: a page asks for dozens of names.
const BURST: u64 = 5;
const NANOSECONDS: u64 = 1_000_000_000;

/// What becomes of one query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rate {
    /// It is answered.
    Within,
    /// Too many. It gets a short answer that leads a true client on.
    Short,
    /// Too many, and the one before got the short answer.
    Nothing,
}

/// When each network will have had no answer for long enough (the generic cell rate algorithm): a cell is that time,
/// in nanoseconds since `start`, and in its lowest bit whose turn it is among those that are too many.
#[derive(Debug)]
pub(super) struct Rates {
    cells: Box<[AtomicU64]>,
    hasher: RandomState,
    start: Instant,
}

impl Rates {
    /// No network has had an answer.
    pub(super) fn new(start: Instant) -> Self {
        let cells = (0..CELLS).map(|_| AtomicU64::new(0)).collect();
        Self { cells, hasher: RandomState::new(), start }
    }

    /// Counts one query at `now` of a client, whose network may have `a_second` answers each second.
    pub(super) fn count(&self, client: IpAddr, a_second: u32, now: Instant) -> Rate {
        let Some(interval) = NANOSECONDS.checked_div(a_second.into()) else { return Rate::Within };
        let now = now.saturating_duration_since(self.start).as_nanos() as u64;
        let cell = &self.cells[self.hasher.hash_one(network(client)) as usize % CELLS];
        let later = |cell: u64| {
            let free = (cell >> 1).max(now);
            (free - now <= BURST * NANOSECONDS - interval).then_some((free + interval) << 1 | cell & 1)
        };
        match cell.fetch_update(Ordering::Relaxed, Ordering::Relaxed, later) {
            Ok(_) => Rate::Within,
            Err(_) if cell.fetch_xor(1, Ordering::Relaxed) & 1 == 0 => Rate::Short,
            Err(_) => Rate::Nothing,
        }
    }
}

impl Moment<'_> {
    /// What a query gets whose client's network has had enough answers; `None` for all others, which are answered as
    /// ever. Over TCP, and with a cookie that holds, a client has shown that it is where it says it is.
    pub(super) fn too_many(
        &self,
        screened: &Screened<'_>,
        client: &Client,
        out: &mut [u8],
    ) -> Option<Outcome> {
        let Self { engine, in_force, .. } = self;
        let a_second = in_force.settings.rate_limit;
        if a_second == 0 || client.transport != Transport::Udp || is_at_home(client.address) {
            return None;
        }
        let (kind, cookie) = match screened {
            Screened::Drop => return None,
            Screened::Error(_) => (QueryKind::Invalid, None),
            Screened::CookieRequest(request) => (QueryKind::Other, Some(request.cookie)),
            Screened::Query(query) => (QueryKind::of(query.question.qtype), query.cookie()),
        };
        if self.knows(cookie, client) {
            return None;
        }
        match (engine.rates.count(client.address, a_second, self.now), screened) {
            (Rate::Nothing, _) => {
                engine.metrics.query(client.transport, kind);
                engine.metrics.udp.limited.dropped.inc();
                Some(Outcome::Dropped)
            }
            (Rate::Short, Screened::Query(query)) => {
                engine.metrics.query(client.transport, kind);
                let cookie = self.fresh(cookie, client);
                let answer = Answer { engine, in_force, query, client, cookie, now: self.now, at_once: true };
                Some(if cookie.is_some() {
                    engine.metrics.udp.limited.bad_cookie.inc();
                    answer.bad_cookie(out)
                } else {
                    engine.metrics.udp.limited.truncated.inc();
                    answer.ask_again(out)
                })
            }
            // Errors and cookies are as short as any answer.
            (Rate::Within | Rate::Short, _) => None,
        }
    }
}

/// Whether a client is beyond any rate: nobody far away can be sent anything in the name of an address that the
/// internet does not carry.
pub(super) fn is_at_home(client: IpAddr) -> bool {
    match client.to_canonical() {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

/// What has a rate of its own: the networks in which one party usually has all addresses.
fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V4(v4) => Ipv4Addr::from_bits(v4.to_bits() & !0xFF).into(),
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !(u128::MAX >> 56)).into(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn client(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// How many of so many queries at one moment are answered.
    fn within(rates: &Rates, client: IpAddr, queries: usize, now: Instant) -> usize {
        (0..queries).filter(|_| rates.count(client, 10, now) == Rate::Within).count()
    }

    #[test]
    fn a_silent_network_has_some_seconds_at_once_and_then_its_rate() {
        let start = Instant::now();
        let (rates, client) = (Rates::new(start), client("192.0.2.1"));
        assert_eq!(within(&rates, client, 1000, start), 50);
        assert_eq!(within(&rates, client, 1000, start + Duration::from_millis(99)), 0);
        assert_eq!(within(&rates, client, 1000, start + Duration::from_millis(500)), 5);
        assert_eq!(within(&rates, client, 1000, start + Duration::from_mins(1)), 50);
    }

    #[test]
    fn what_is_too_much_gets_a_short_answer_every_other_time() {
        let now = Instant::now();
        let (rates, client) = (Rates::new(now), client("192.0.2.1"));
        within(&rates, client, 50, now);
        let got: Vec<Rate> = (0..4).map(|_| rates.count(client, 10, now)).collect();
        assert_eq!(got, [Rate::Short, Rate::Nothing, Rate::Short, Rate::Nothing]);
    }

    #[test]
    fn a_network_is_one_client_and_its_neighbour_another() {
        let now = Instant::now();
        let rates = Rates::new(now);
        for (one, same, other) in [
            ("192.0.2.1", "192.0.2.255", "192.0.3.1"),
            ("2001:db8:0:100::1", "2001:db8:0:1ff:ffff::1", "2001:db8:0:200::1"),
        ] {
            assert_eq!(network(client(one)), network(client(same)));
            assert_ne!(network(client(one)), network(client(other)));
            assert_eq!(within(&rates, client(one), 50, now), 50);
            assert_eq!(within(&rates, client(same), 50, now), 0);
        }
        assert_eq!(network(client("::ffff:192.0.2.1")), network(client("192.0.2.9")));
    }

    #[test]
    fn addresses_of_a_house_have_no_rate() {
        for home in ["127.0.0.1", "10.1.2.3", "192.168.1.2", "169.254.9.9", "::1", "fd00::1", "fe80::1"] {
            assert!(is_at_home(client(home)), "{home}");
        }
        for stranger in ["192.0.2.1", "100.64.0.1", "8.8.8.8", "2001:db8::1"] {
            assert!(!is_at_home(client(stranger)), "{stranger}");
        }
    }

    #[test]
    fn no_rate_is_no_limit_and_the_greatest_is_none_in_practice() {
        let now = Instant::now();
        let rates = Rates::new(now);
        for a_second in [0, u32::MAX] {
            assert!((0..10_000).all(|_| rates.count(client("192.0.2.1"), a_second, now) == Rate::Within));
        }
    }

    proptest! {
        #[test]
        fn in_any_time_there_are_no_more_answers_than_the_rate_and_the_burst(
            waits in proptest::collection::vec(0_u64..300, 1..300), a_second in 1_u32..50
        ) {
            let start = Instant::now();
            let (rates, mut passed, mut answered) = (Rates::new(start), Duration::ZERO, 0);
            for wait in waits {
                passed += Duration::from_millis(wait);
                let rate = rates.count(client("192.0.2.1"), a_second, start + passed);
                answered += u64::from(rate == Rate::Within);
            }
            let most = passed.as_millis() as u64 * u64::from(a_second) / 1000 + BURST * u64::from(a_second) + 1;
            prop_assert!(answered <= most, "{answered} of {most}");
        }
    }
}
