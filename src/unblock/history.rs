//! The names that were stopped for a client in the last hour: in memory alone, for the person at that device.
//!
//! Every client has a place with room for [`MOST_NAMES`] names; where that is full, the name that was stopped longest ago
//! makes room. Two clients that meet in one place share its room, and a random key decides which do, so that nobody can
//! choose whose names to push out. Memory is taken once and touched only where something is written.
//!
//! Threads that answer queries write here, so nothing waits: a place belongs to a shard with a lock that is held for some
//! dozens of nanoseconds, and what finds it held is left out. A queue to a task in the middle would cost as much, need a
//! copy of each name more, and lose everybody's names when one client asks for many.

use std::{
    cmp::Reverse,
    hash::BuildHasher,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use foldhash::fast::RandomState;

use crate::name::Name;

/// The most names of one client.
pub const MOST_NAMES: usize = 64;
/// How long a name is told, in seconds.
pub const SECONDS: u32 = 3600;
/// Locks.
const SHARDS: usize = 8;
/// Places behind one lock.
const PLACES: usize = 64;
/// The most names in all.
pub const MOST_NAMES_IN_ALL: usize = SHARDS * PLACES * MOST_NAMES;
/// Octets for a name in wire form; it tells itself where it ends.
const NAME_OCTETS: usize = 256;
/// A browser asks for several types at once, and often again at once: that is one time.
const AT_ONCE: u32 = 2;

/// A name that was stopped.
#[derive(Debug, Clone)]
pub struct Stop {
    /// The name.
    pub name: Name,
    /// How long ago it was asked for last.
    pub seconds_ago: u32,
    /// How often, without an hour in between; queries within two seconds of the one before count with it.
    pub times: u32,
}

/// What was stopped for everybody.
pub struct History {
    shards: Box<[Mutex<Shard>]>,
    hasher: RandomState,
}

/// Some places. What is zero takes no memory before it is written.
struct Shard {
    /// Hashes of client and name; 0 where there is no name.
    tags: Vec<u64>,
    clients: Vec<u128>,
    /// When a name was asked for last, in seconds.
    seen: Vec<u32>,
    times: Vec<u32>,
    names: Vec<u8>,
}

impl Default for History {
    fn default() -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::new(Shard::new())).collect();
        Self { shards, hasher: RandomState::default() }
    }
}

impl std::fmt::Debug for History {
    /// Without names: they are nobody else's business.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("History").finish_non_exhaustive()
    }
}

impl History {
    /// Notes that a name was stopped for a client in this second of any clock that never goes back. Neither waits nor
    /// allocates; left out where somebody else is writing beside it.
    pub fn note(&self, client: IpAddr, name: &Name, second: u32) {
        let client = key(client);
        let (shard, first) = self.place(client);
        // A lock is never poisoned: nothing panics while one is held.
        let Ok(mut shard) = self.shards[shard].try_lock() else { return };
        let tag = self.hasher.hash_one((client, name.wire())) | 1;
        shard.note(first, &Noted { tag, client, name: name.wire(), second });
    }

    /// What was stopped for a client in the last hour, the newest first.
    pub fn of(&self, client: IpAddr, second: u32) -> Vec<Stop> {
        let client = key(client);
        let (shard, first) = self.place(client);
        let mut found = {
            let shard = self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner);
            shard.of(first, client, second)
        };
        found.sort_by_key(|stop| (stop.seconds_ago, Reverse(stop.times)));
        found
    }

    /// A client's shard, and where its place begins there.
    fn place(&self, client: u128) -> (usize, usize) {
        let hash = self.hasher.hash_one(client) as usize;
        (hash % SHARDS, hash / SHARDS % PLACES * MOST_NAMES)
    }
}

/// What is to be noted.
struct Noted<'n> {
    tag: u64,
    client: u128,
    name: &'n [u8],
    second: u32,
}

impl Shard {
    fn new() -> Self {
        let length = PLACES * MOST_NAMES;
        Self {
            tags: vec![0; length],
            clients: vec![0; length],
            seen: vec![0; length],
            times: vec![0; length],
            names: vec![0; length * NAME_OCTETS],
        }
    }

    fn note(&mut self, first: usize, noted: &Noted<'_>) {
        let hint = (noted.tag >> 32) as usize;
        let mut places = (0..MOST_NAMES).map(|step| first + (hint + step) % MOST_NAMES);
        let found = places.find(|&at| self.tags[at] == 0 || self.is_at(at, noted));
        let oldest = || (first..first + MOST_NAMES).min_by_key(|&at| self.seen[at]).unwrap_or(first);
        let at = found.unwrap_or_else(oldest);
        let since = noted.second.saturating_sub(self.seen[at]);
        if found.is_none() || self.tags[at] == 0 || since >= SECONDS {
            self.times[at] = 1;
        } else if since >= AT_ONCE {
            self.times[at] = self.times[at].saturating_add(1);
        }
        self.seen[at] = noted.second;
        if self.tags[at] != noted.tag {
            (self.tags[at], self.clients[at]) = (noted.tag, noted.client);
            self.names[at * NAME_OCTETS..][..noted.name.len()].copy_from_slice(noted.name);
        }
    }

    /// Whether this client's name stands at `at`.
    fn is_at(&self, at: usize, noted: &Noted<'_>) -> bool {
        self.tags[at] == noted.tag
            && self.clients[at] == noted.client
            && self.names[at * NAME_OCTETS..][..noted.name.len()] == *noted.name
    }

    fn of(&self, first: usize, client: u128, second: u32) -> Vec<Stop> {
        let of_client =
            (first..first + MOST_NAMES).filter(|&at| self.tags[at] != 0 && self.clients[at] == client);
        let stop = |at: usize| {
            let seconds_ago = second.saturating_sub(self.seen[at]);
            let (name, _) = Name::from_wire(&self.names[at * NAME_OCTETS..][..NAME_OCTETS]).ok()?;
            (seconds_ago < SECONDS).then_some(Stop { name, seconds_ago, times: self.times[at] })
        };
        of_client.filter_map(stop).collect()
    }
}

/// An address as it is compared: one of IPv4 is the same however it is written.
fn key(client: IpAddr) -> u128 {
    match client.to_canonical() {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().into(),
        IpAddr::V6(v6) => v6.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use proptest::prelude::*;

    use super::*;

    fn client(last: u8) -> IpAddr {
        Ipv4Addr::new(192, 168, 1, last).into()
    }

    fn name(number: u32) -> Name {
        format!("n{number}.example").parse().unwrap()
    }

    fn told(history: &History, client: IpAddr, second: u32) -> Vec<(String, u32, u32)> {
        let stops = history.of(client, second);
        stops.into_iter().map(|stop| (stop.name.to_string(), stop.seconds_ago, stop.times)).collect()
    }

    #[test]
    fn a_name_that_is_asked_for_again_moves_up_and_is_told_once() {
        let history = History::default();
        history.note(client(1), &name(1), 100);
        history.note(client(1), &name(1), 101);
        history.note(client(1), &name(2), 110);
        history.note(client(1), &name(1), 130);
        let expected = [("n1.example".into(), 10, 2), ("n2.example".into(), 30, 1)];
        assert_eq!(told(&history, client(1), 140), expected);
        assert!(told(&history, client(2), 140).is_empty());
        let mapped = IpAddr::V6(Ipv4Addr::new(192, 168, 1, 1).to_ipv6_mapped());
        assert_eq!(told(&history, mapped, 140), expected);
    }

    #[test]
    fn after_an_hour_nothing_is_told_and_counting_begins_anew() {
        let history = History::default();
        (0..5).for_each(|time| history.note(client(1), &name(1), time * 10));
        assert_eq!(told(&history, client(1), 40 + 3599), [("n1.example".into(), 3599, 5)]);
        assert!(told(&history, client(1), 40 + 3600).is_empty());
        history.note(client(1), &name(1), 40 + 3600);
        assert_eq!(told(&history, client(1), 40 + 3600), [("n1.example".into(), 0, 1)]);
    }

    #[test]
    fn names_of_any_length_are_told_as_they_are() {
        let history = History::default();
        let long: Name = [["x"; 63].concat(), ["y"; 63].concat(), ["z"; 63].concat(), ["w"; 61].concat()]
            .join(".")
            .parse()
            .unwrap();
        assert_eq!(long.wire().len(), 255);
        history.note(client(1), &long, 1);
        history.note(client(1), &Name::root(), 2);
        let told: Vec<Name> = history.of(client(1), 2).into_iter().map(|stop| stop.name).collect();
        assert!(told == [Name::root(), long]);
    }

    #[test]
    fn one_who_asks_for_many_names_takes_no_room_from_a_client_of_another_place() {
        let history = History::default();
        let place = |last| history.place(key(client(last)));
        let others: Vec<u8> = (2..250).filter(|last| place(*last) != place(1)).collect();
        for last in &others {
            history.note(client(*last), &name(7), 1);
        }
        (0..200_000).for_each(|number| history.note(client(1), &name(number), 2));
        assert_eq!(history.of(client(1), 2).len(), MOST_NAMES);
        // Others may share a place among themselves, and there is room enough for that.
        assert!(others.iter().all(|last| told(&history, client(*last), 2).len() == 1));
    }

    #[test]
    fn what_is_being_read_is_left_out_and_nobody_waits() {
        let history = History::default();
        let (shard, _) = history.place(key(client(1)));
        let held = history.shards[shard].lock().unwrap();
        history.note(client(1), &name(1), 1);
        drop(held);
        assert!(history.of(client(1), 1).is_empty());
    }

    proptest! {
        /// As a plain list would have it.
        #[test]
        fn the_newest_are_kept(asked in proptest::collection::vec((0_u32..100, 1_u32..120), 0..400)) {
            let history = History::default();
            let mut plain: Vec<(u32, u32, u32)> = Vec::new();
            let mut second = 0;
            for (number, later) in asked {
                second += later;
                history.note(client(1), &name(number), second);
                let before = plain.iter().position(|known| known.0 == number).map(|at| plain.remove(at));
                let times = before.map_or(1, |(_, seen, times)| match second - seen {
                    SECONDS.. => 1,
                    AT_ONCE.. => times + 1,
                    _ => times,
                });
                plain.insert(0, (number, second, times));
                plain.truncate(MOST_NAMES);
            }
            let expected: Vec<_> = plain
                .into_iter()
                .filter(|(_, seen, _)| second - seen < SECONDS)
                .map(|(number, seen, times)| (format!("n{number}.example"), second - seen, times))
                .collect();
            prop_assert_eq!(told(&history, client(1), second), expected);
        }
    }
}
