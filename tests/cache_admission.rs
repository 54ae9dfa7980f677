//! What is asked for often stays in the cache, whatever else goes through it.

#![allow(clippy::unwrap_used)]

use std::{ops::Range, time::Instant};

use sekisho::{
    cache::{Cache, Key, Lookup, Settings},
    message::{Query, Question, Reply, rtype},
    name::Name,
};

/// One cache and the queries that it is asked.
struct Story {
    cache: Cache,
    now: Instant,
}

impl Story {
    fn of(memory: u64) -> Self {
        Self { cache: Cache::new(Settings { memory, ..Settings::default() }), now: Instant::now() }
    }

    /// Asks for these names once each, as clients would: what is not there is fetched. How many were there.
    fn ask(&self, kind: &str, numbers: Range<u32>) -> usize {
        numbers.filter(|number| self.ask_one(&format!("{kind}-{number}.example").parse().unwrap())).count()
    }

    fn ask_one(&self, name: &Name) -> bool {
        let question = Question { name: name.clone(), qtype: rtype::A, qclass: 1, wire: &[] };
        let query = Query { id: 1, flags: 0x0100, question, edns: None };
        if matches!(self.cache.get(&query, self.now), Lookup::Fresh(..)) {
            return true;
        }
        let mut message = b"\0\x07\x81\x80\0\x01\0\x01\0\0\0\0".to_vec();
        message.extend(name.wire());
        message.extend(b"\0\x01\0\x01\xC0\x0C\0\x01\0\x01\0\0\x0E\x10\0\x04\xC0\0\x02\x01");
        self.cache.insert(&Key::of(&query), Reply::parse(&message, name, rtype::A).unwrap(), self.now);
        false
    }
}

/// At least 95 of 100 of the popular names are still there after so many others were asked for once each.
fn assert_not_flushed(memory: u64, popular: u32, scanned: u32) {
    let story = Story::of(memory);
    for _ in 0..4 {
        story.ask("popular", 0..popular);
    }
    let evictions = story.cache.evictions();
    story.ask("scanned", 0..scanned);
    assert!(story.cache.evictions() - evictions > u64::from(scanned) / 4, "the scan goes through it");
    let hits = story.ask("popular", 0..popular);
    assert!(hits * 100 >= popular as usize * 95, "{hits} of {popular} in {memory} octets after {scanned}");
}

#[test]
fn a_scan_does_not_flush_what_is_popular() {
    for (memory, popular, scanned) in
        [(1 << 20, 1000, 100_000), (4 << 20, 10_000, 100_000), (16 << 20, 20_000, 100_000)]
    {
        assert_not_flushed(memory, popular, scanned);
    }
}

#[test]
fn a_scan_of_a_million_names_does_not_flush_what_is_popular() {
    assert_not_flushed(8 << 20, 10_000, 1_000_000);
}

#[test]
fn what_is_popular_gets_in_while_a_scan_goes_on() {
    let story = Story::of(2 << 20);
    story.ask("before", 0..20_000);
    let mut hits = 0;
    for round in 0..60 {
        story.ask("scanned", round * 1000..(round + 1) * 1000);
        hits = story.ask("popular", 0..500);
    }
    assert!(hits >= 475, "{hits} of 500 after a while");
}
