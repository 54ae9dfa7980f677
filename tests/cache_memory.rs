//! What the cache says that it takes, beside what the process really takes. On Linux, which tells.
//!
//! `SEKISHO_MOST_REPLIES=2000000 cargo test --release --test cache_memory -- --nocapture` prints the table of `docs/cache.md`.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::cast_precision_loss)]

use std::{env, fs, process::Command, time::Instant};

use sekisho::{
    cache::{Cache, Key, Settings},
    message::{Reply, rtype},
    name::Name,
};

/// How far what is counted may be from what is taken, on either side: a tenth, and what an allocator keeps at hand.
const TOLERANCE: f64 = 0.10;
const AT_HAND: u64 = 1 << 19;

/// Tells a process that it is one for measuring, and what: octets, replies.
const CASE: &str = "SEKISHO_CACHE_MEMORY_CASE";
/// More replies are only asked for where somebody wants to see it: it takes a while.
const MOST: u64 = 100_000;

/// Octets of this process that are in memory and in no file, exactly: the program's code comes in as it is used.
fn resident() -> u64 {
    let text = fs::read_to_string("/proc/self/smaps_rollup").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("Anonymous:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() * 1024
}

/// A reply as ordinary sites have them, with 1 to 4 records and about 60 to 300 octets on the wire.
fn reply(number: u64) -> (Key, Reply) {
    // Spread, and always the same.
    let random = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
    let host = ["www", "api", "static-assets", "m", "cdn-eu-west-1", "img"][random as usize % 6];
    let zone = format!("site-{number:x}{}", &"-of-somebody"[..random as usize / 7 % 13]);
    let name: Name = format!("{host}.{zone}.example").parse().unwrap();
    let (qtype, records) = match random / 64 % 20 {
        0..10 => (rtype::A, vec![(rtype::A, vec![192, 0, 2, 1]); 1 + random as usize / 2048 % 4]),
        10..13 => (rtype::AAAA, vec![(rtype::AAAA, vec![0x20; 16]); 1 + random as usize / 2048 % 4]),
        13..16 => {
            let alias =
                format!("d{number:x}.{}.example", ["edge", "cloudfront-like-network"][number as usize % 2]);
            let target: Name = alias.parse().unwrap();
            (rtype::A, vec![(rtype::CNAME, target.wire().to_vec()), (rtype::A, vec![192, 0, 2, 1])])
        }
        16..18 => (rtype::AAAA, vec![(rtype::SOA, vec![7; 60])]),
        _ => (
            rtype::HTTPS,
            vec![(
                rtype::HTTPS,
                [&[0, 1, 0][..], &[0, 1, 0, 3, 2, b'h', b'2'], &[0, 4, 0, 8], &[192; 8]].concat(),
            )],
        ),
    };
    let negative = records[0].0 == rtype::SOA;
    let mut message = vec![0, 7, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0];
    message[if negative { 9 } else { 7 }] = records.len() as u8;
    message.extend(name.wire());
    message.extend(qtype.to_be_bytes());
    message.extend([0, 1]);
    for (rtype, data) in records {
        message.extend([0xC0, 12]);
        message.extend(rtype.to_be_bytes());
        message.extend([0, 1, 0, 0, 14, 16]);
        message.extend((data.len() as u16).to_be_bytes());
        message.extend(data);
    }
    (Key::new(&name, qtype, false, false), Reply::parse(&message, &name, qtype).unwrap())
}

fn fill(cache: &Cache, numbers: std::ops::Range<u64>) {
    for number in numbers {
        let (key, reply) = reply(number);
        cache.insert(&key, reply, Instant::now());
    }
}

/// Fills a cache, and prints what it says, what it takes, and how many replies are in it.
fn measure(memory: u64, replies: u64) {
    // What the allocator needs for itself is there before.
    let one = reply(0);
    let before = resident();
    let cache = Cache::new(Settings { memory, ..Settings::default() });
    fill(&cache, 0..replies);
    println!("measured {} {} {}", cache.octets(), resident() - before, cache.len());
    drop(one);
}

/// The same in a process of its own, since memory that was used before is used again.
fn measured(memory: u64, replies: u64) -> [u64; 3] {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "the_cache_takes_what_it_says", "--nocapture"]);
    command.env(CASE, format!("{memory} {replies}"));
    let output = String::from_utf8(command.output().unwrap().stdout).unwrap();
    let line =
        output.lines().find_map(|line| line.split_once("measured ")).unwrap_or_else(|| panic!("{output}")).1;
    let mut numbers = line.split(' ').map(|number| number.parse().unwrap());
    std::array::from_fn(|_| numbers.next().unwrap())
}

#[test]
fn the_cache_takes_what_it_says() {
    if let Ok(case) = env::var(CASE) {
        let (memory, replies) = case.split_once(' ').unwrap();
        return measure(memory.parse().unwrap(), replies.parse().unwrap());
    }
    println!("| `memory` | replies asked for | in the cache | counted, MiB | taken, MiB | octets a reply |");
    println!("|---|---|---|---|---|---|");
    let mut faults = Vec::new();
    let most = env::var("SEKISHO_MOST_REPLIES").map_or(MOST, |most| most.parse().unwrap());
    for (memory, replies) in [
        (32, 10_000),
        (1024, 100_000),
        (1024, 300_000),
        (1024, 1_000_000),
        (4, 100_000),
        (32, 400_000),
        (128, 2_000_000),
    ]
    .into_iter()
    .filter(|(_, replies)| *replies <= most)
    {
        let [counted, taken, entries] = measured(memory << 20, replies);
        let mib = |octets: u64| octets as f64 / f64::from(1 << 20);
        println!(
            "| {memory}MiB | {replies} | {entries} | {:.1} | {:.1} | {} |",
            mib(counted),
            mib(taken),
            taken / entries
        );
        let apart = taken.abs_diff(counted).saturating_sub(AT_HAND);
        if apart as f64 > counted as f64 * TOLERANCE {
            faults.push(format!("{replies} replies in {memory} MiB: {taken} of {counted}"));
        }
    }
    assert!(faults.is_empty(), "taken is not what is counted: {faults:?}");
}
