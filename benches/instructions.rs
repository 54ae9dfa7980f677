//! How many instructions one query costs, by kind, counted by Valgrind: the same on a busy machine as on a quiet one.
//!
//! `python3 benches/instructions.py` runs this and compares with what is written in `benches/instructions.json`.
#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;

use gungraun::{library_benchmark, library_benchmark_group, main};
use sekisho::engine::Outcome;

mod support;

use support::{Asked, Kind};

/// Few, because they are compiled under Valgrind; enough for many blocks.
const NAMES: u32 = 8_000;

fn asked(kind: Kind) -> Box<Asked> {
    Box::new(Asked::new(kind, NAMES))
}

#[library_benchmark(setup = asked)]
#[bench::blocked(Kind::Blocked)]
#[bench::blocked_nodata(Kind::BlockedNodata)]
#[bench::hit(Kind::Hit)]
#[bench::hit_alias(Kind::HitAlias)]
#[bench::miss(Kind::Miss)]
#[bench::local(Kind::Local)]
#[bench::refused(Kind::Refused)]
#[bench::malformed(Kind::Malformed)]
fn answer_now(mut asked: Box<Asked>) -> (Outcome, Box<Asked>) {
    let outcome = black_box(asked.answer());
    // Given back, so that taking it down is not counted.
    (outcome, asked)
}

library_benchmark_group!(name = engine; benchmarks = answer_now);
main!(library_benchmark_groups = engine);
