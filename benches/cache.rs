//! The cache: hits, misses and insertions, and how reads share the machine's cores.
//!
//! `cargo bench --bench cache` prints the figures of `docs/cache.md`. A hit is all that a query has of the cache: the
//! look-up, the copy of the reply, its TTLs written. Names are asked for in random order. What is timed is the processor
//! time of each thread, so that what else the machine does hardly counts.
#![allow(clippy::unwrap_used)]

use std::{
    hash::BuildHasher,
    hint::black_box,
    sync::{Arc, Barrier},
    thread,
    time::{Duration, Instant},
};

use criterion::{Bencher, BenchmarkId, Criterion, criterion_group, criterion_main};
use rustix::time::{ClockId, clock_gettime};
use sekisho::{
    cache::{Cache, Key, Lookup, Settings},
    message::{Age, AnswerWriter, Query, Question, Reply, rtype},
    name::Name,
};

/// Replies that are made before so many are timed.
const BATCH: u64 = 1024;
/// Queries that are asked in turn, at most.
const ASKED: usize = 1 << 18;

/// Processor time of this thread.
fn processor_time() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap()
}

fn since(begun: Duration) -> Duration {
    processor_time().saturating_sub(begun)
}

/// Times `act` on this thread.
fn timed(bencher: &mut Bencher<'_>, mut act: impl FnMut()) {
    bencher.iter_custom(|times| {
        let begun = processor_time();
        (0..times).for_each(|_| act());
        since(begun)
    });
}

fn name(number: usize) -> Name {
    format!("www.site-{number}.example").parse().unwrap()
}

/// A reply with two addresses.
fn reply(name: &Name) -> Reply {
    let mut message = vec![0, 7, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0];
    message.extend(name.wire());
    message.extend([0, 1, 0, 1]);
    for last in [1, 2] {
        message.extend([0xC0, 12, 0, 1, 0, 1, 0, 0, 14, 16, 0, 4, 192, 0, 2, last]);
    }
    Reply::parse(&message, name, rtype::A).unwrap()
}

fn insert(cache: &Cache, number: usize, now: Instant) {
    let name = name(number);
    cache.insert(&Key::new(&name, rtype::A, false, false), reply(&name), now);
}

/// A cache with so many names, and queries for some of them, or for others.
fn with_names(names: usize, known: bool) -> (Arc<Cache>, Arc<[Query<'static>]>, Instant) {
    let now = Instant::now();
    let cache = Cache::new(Settings { memory: 2 << 30, ..Settings::default() });
    (0..names).for_each(|number| insert(&cache, number, now));
    let queries = (0..names.min(ASKED)).map(|number| {
        // A step that has no divisor in common with the number of names goes through them in no order.
        let number = number * 7_368_787 % names + if known { 0 } else { names };
        let question = Question { name: name(number), qtype: rtype::A, qclass: 1, wire: &[] };
        Query { id: 1, flags: 0x0100, question, edns: None }
    });
    (Arc::new(cache), queries.collect(), now)
}

/// What a query has of the cache.
fn hit(cache: &Cache, query: &Query<'_>, now: Instant, out: &mut [u8]) -> usize {
    let Lookup::Fresh(reply, age) = cache.get(query, now) else { return 0 };
    let mut writer = AnswerWriter::new(out, 1232, query.id, query.flags, query.question.name.wire(), false);
    writer.reply(&reply, Age::Seconds(age));
    writer.finish()
}

/// How long so many hits take on each of so many threads at once.
fn on_threads(
    threads: usize,
    hits: u64,
    cache: &Arc<Cache>,
    queries: &Arc<[Query<'static>]>,
    now: Instant,
) -> Duration {
    let start = Arc::new(Barrier::new(threads));
    let running: Vec<_> = (0..threads)
        .map(|thread| {
            let (cache, queries, start) = (cache.clone(), queries.clone(), start.clone());
            thread::spawn(move || {
                let mut out = vec![0; 1232];
                let first = thread * queries.len() / threads;
                start.wait();
                let begun = processor_time();
                for query in queries.iter().cycle().skip(first).take(hits as usize) {
                    black_box(hit(&cache, query, now, &mut out));
                }
                since(begun)
            })
        })
        .collect();
    running.into_iter().map(|thread| thread.join().unwrap()).max().unwrap_or_default()
}

fn reading(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hit");
    for names in [1, 10_000, 1_000_000] {
        let (cache, queries, now) = with_names(names, true);
        for threads in [1, 2] {
            let id = BenchmarkId::new(format!("{names} names"), format!("{threads} threads"));
            group.bench_function(id, |bencher| {
                bencher.iter_custom(|hits| on_threads(threads, hits, &cache, &queries, now));
            });
        }
    }
    group.finish();
    let mut group = criterion.benchmark_group("miss");
    for names in [10_000, 1_000_000] {
        let (cache, queries, now) = with_names(names, false);
        let mut turn = queries.iter().cycle();
        group.bench_function(format!("{names} names"), |bencher| {
            timed(bencher, || drop(black_box(turn.next().map(|query| cache.get(query, now)))));
        });
    }
    group.finish();
}

/// Where the time of a hit goes.
fn parts(criterion: &mut Criterion) {
    let (cache, queries, now) = with_names(10_000, true);
    let mut group = criterion.benchmark_group("part");
    let hasher = foldhash::fast::RandomState::default();
    let mut turn = queries.iter().cycle();
    group.bench_function("hash", |bencher| {
        timed(bencher, || {
            black_box(turn.next().map(|query| hasher.hash_one(query.question.name.wire())));
        });
    });
    let mut turn = queries.iter().cycle();
    group.bench_function("look-up", |bencher| {
        timed(bencher, || drop(black_box(turn.next().map(|query| cache.get(query, now)))));
    });
    group.bench_function("clock", |bencher| {
        timed(bencher, || {
            black_box(Instant::now());
        });
    });
    group.finish();
}

fn writing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("insert");
    for memory in [32_u64 << 20, 256 << 20] {
        let now = Instant::now();
        let cache = Cache::new(Settings { memory, ..Settings::default() });
        let full = memory as usize / 128;
        (0..full).for_each(|number| insert(&cache, number, now));
        let mut number = full;
        group.bench_function(format!("into a full {} MiB", memory >> 20), |bencher| {
            bencher.iter_custom(|times| {
                let (mut took, mut left) = (Duration::ZERO, times);
                while left > 0 {
                    let some = BATCH.min(left);
                    left -= some;
                    let replies: Vec<(Key, Reply)> = (0..some)
                        .map(|_| {
                            number += 1;
                            let name = name(number);
                            (Key::new(&name, rtype::A, false, false), reply(&name))
                        })
                        .collect();
                    let begun = processor_time();
                    for (key, reply) in replies {
                        cache.insert(&key, reply, now);
                    }
                    took += since(begun);
                }
                took
            });
        });
    }
    group.bench_function("parse alone", |bencher| {
        let name = name(1);
        timed(bencher, || drop(black_box(reply(&name))));
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(30).measurement_time(Duration::from_secs(3));
    targets = reading, parts, writing
}
criterion_main!(benches);
