//! What one query costs, by kind, and its parts: `cargo bench --bench answer`. Times move with the machine; to see whether a
//! change made something dearer, count instructions (`benches/instructions.py`).
#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use sekisho::{
    lists::parse::{Match, parse},
    message::{Reply, rtype, screen},
    name::Name,
};

mod support;

use support::{Asked, Kind};

/// Rules of the engines: as many as a home's lists have.
const NAMES: u32 = 100_000;
/// Names that are looked up, one after the other, so that they are in no near cache.
const LOOKED_UP: usize = 4096;

criterion_group!(benches, answers, parsers, rules);
criterion_main!(benches);

fn answers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("answer_now");
    for (what, kind) in Kind::ALL {
        let mut asked = Asked::new(kind, NAMES);
        group.bench_function(what, |bencher| bencher.iter(|| black_box(asked.answer())));
    }
}

fn parsers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    let packet = support::query("www.ordinary.example", rtype::A);
    group.bench_function("query", |bencher| bencher.iter(|| black_box(screen(black_box(&packet)))));
    let name: Name = "www.ordinary.example".parse().unwrap();
    let message = support::reply(&name, rtype::A, &[192, 0, 2, 1]);
    group.bench_function("reply", |bencher| {
        bencher.iter(|| black_box(Reply::parse(black_box(&message), &name, rtype::A)));
    });
    let lines: Vec<String> =
        (0..10_000).map(|number| format!("0.0.0.0 {}\n", support::listed(number))).collect();
    let text = lines.concat();
    group.throughput(Throughput::Elements(10_000));
    group.bench_function("list of 10,000 names", |bencher| {
        bencher.iter(|| {
            let mut rules = 0;
            let parsed = parse(text.as_bytes(), None, Match::Auto, &mut |_, _| rules += 1);
            black_box((parsed.is_ok(), rules))
        });
    });
}

fn rules(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("rules");
    let policy = support::policy(NAMES);
    let names = |name: &dyn Fn(u32) -> String| -> Vec<Name> {
        (0..LOOKED_UP as u32).map(|number| name(number * 17).parse().unwrap()).collect()
    };
    let (listed, others) =
        (names(&support::listed), names(&|number| format!("www.other-{number}.example.org")));
    group.throughput(Throughput::Elements(LOOKED_UP as u64));
    for (what, names) in [("listed", &listed), ("not listed", &others)] {
        group.bench_function(what, |bencher| {
            bencher.iter(|| {
                for name in names {
                    black_box(policy.decide(name, rtype::A));
                }
            });
        });
    }
    group.throughput(Throughput::Elements(u64::from(NAMES)));
    group.sample_size(10);
    group.bench_function("compile 100,000", |bencher| {
        bencher.iter_batched(|| NAMES, support::policy, BatchSize::PerIteration);
    });
}
