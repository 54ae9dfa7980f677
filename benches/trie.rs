//! The rule set beside what else could have been taken: octets a name, nanoseconds a look-up, time and memory to build.
//!
//! `SEKISHO_TEST_DATA=… cargo bench --bench trie` prints the table of `docs/trie.md`. Names are asked for in random
//! order, in portions that are read into [`Name`]s outside of what is timed, as a server would have them; the figure is
//! the median of the portions, so that what else the machine does hardly counts.
#![allow(clippy::unwrap_used, clippy::cast_precision_loss, clippy::cast_sign_loss)] // figures for people

use std::{
    collections::HashSet,
    env,
    hint::black_box,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use allocation_counter::measure;
use futures_util::FutureExt;
use hickory_proto::rr::{LowerName, RecordType};
use hickory_server::{
    store::blocklist::{BlocklistConfig, BlocklistZoneHandler},
    zone_handler::{LookupControlFlow, LookupOptions, ZoneHandler},
};
use sekisho::{
    lists::scratch,
    name::Name,
    trie::{Action, Builder, Entry, Overlay, OverlayBuilder, Scope, Scratches, Trie},
};

/// Names that are timed at once.
const PORTION: usize = 256;
/// How many names of each kind are asked for.
const ASKED: usize = 400_000;

fn main() {
    let Some(folder) = env::var_os("SEKISHO_TEST_DATA").map(PathBuf::from) else {
        println!("SKIPPED: SEKISHO_TEST_DATA is not set");
        return;
    };
    let files = ["bench/blocked-1116480.txt.xz", "legit/tranco-1m-20250115.txt.xz"];
    let [Some(blocked), Some(ordinary)] = files.map(|file| lines(&folder.join(file))) else { return };
    let mut random = Random(0x5EED);
    let rules = tagged(&blocked, &mut random);
    let mut listed: Vec<&str> = rules.iter().filter(|rule| rule.top).map(|rule| rule.text).collect();
    let mut ordinary: Vec<String> = ordinary.iter().map(|name| format!("www.{name}")).collect();
    random.shuffle(&mut listed);
    random.shuffle(&mut ordinary);
    let ordinary: Vec<&str> = ordinary.iter().map(String::as_str).take(ASKED).collect();
    listed.truncate(ASKED);
    println!("{} names; {} without those whose parent is listed", rules.len(), count(&rules));
    println!("| structure | octets a name | not listed, ns | listed, ns | build, s | memory to build, MiB |");
    println!("|---|---|---|---|---|---|");
    let asked = Asked { listed, ordinary };
    trie(&rules, &asked);
    overlay(&rules, &asked);
    automaton(&rules, &asked);
    hash_set(&rules, &asked);
    hickory(&rules, &asked);
}

/// A line of the list, with a number as that of the lists that name it.
struct Rule<'l> {
    text: &'l str,
    list: u16,
    /// Whether no name above it is listed.
    top: bool,
}

struct Asked<'l> {
    listed: Vec<&'l str>,
    ordinary: Vec<&'l str>,
}

fn lines(path: &PathBuf) -> Option<Vec<String>> {
    match Command::new("xz").arg("-dkc").arg(path).output() {
        Ok(output) if output.status.success() => {
            Some(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
        }
        other => {
            println!(
                "SKIPPED: {} cannot be unpacked: {:?}",
                path.display(),
                other.map(|output| output.status)
            );
            None
        }
    }
}

/// The set says nothing of lists, so numbers are made up: twenty common ones for 95 of 100 names, a thousand rare ones
/// for the others, and for a name below a listed one that one's number.
fn tagged<'l>(lines: &'l [String], random: &mut Random) -> Vec<Rule<'l>> {
    let names: Vec<Name> = lines.iter().map(|line| line.parse().unwrap()).collect();
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by(|one, other| names[*one].cmp(&names[*other]));
    let mut rules: Vec<Rule<'l>> = lines.iter().map(|text| Rule { text, list: 0, top: false }).collect();
    // The name that is listed above others, and its number.
    let mut above: Option<(usize, u16)> = None;
    for at in order {
        match above {
            Some((top, number)) if names[at].is_at_or_below(&names[top]) => rules[at].list = number,
            _ => {
                let number = random.list();
                (rules[at].list, rules[at].top) = (number, true);
                above = Some((at, number));
            }
        }
    }
    rules
}

fn count(rules: &[Rule<'_>]) -> usize {
    rules.iter().filter(|rule| rule.top).count()
}

fn entry(rule: &Rule<'_>) -> Entry {
    Entry::new(rule.list, Scope::Subtree, Action::Block)
}

fn built(rules: &[Rule<'_>], scratches: Scratches) -> Built<Trie> {
    build(|| {
        let mut builder = Builder::new(scratches);
        for rule in rules {
            builder.insert(&rule.text.parse().unwrap(), entry(rule)).unwrap();
        }
        builder.finish().unwrap()
    })
}

fn trie(rules: &[Rule<'_>], asked: &Asked<'_>) {
    let in_memory = built(rules, Scratches::default()).cost;
    let folder = tempfile::tempdir().unwrap();
    let built = built(rules, scratch::in_folder(folder.path()));
    let trie = &built.value;
    let read = |text: &str| text.parse::<Name>().unwrap();
    let found = |name: &Name| trie.walk(name).next().is_some();
    row(
        "**Trie**",
        trie.octets() as f64 / trie.len() as f64,
        time_both(asked, read, found),
        Some(&built.cost),
    );
    println!(
        "| built without files | | | | {:.1} | {} |",
        in_memory.time.as_secs_f64(),
        in_memory.more >> 20
    );
    let open = without_filter(trie);
    let found = |name: &Name| open.walk(name).next().is_some();
    let octets = trie.octets() - part(trie, "filter");
    row(
        "the same without the filter",
        octets as f64 / trie.len() as f64,
        time_both(asked, read, found),
        None,
    );
    for (name, octets) in trie.parts() {
        println!("|   of it {name} | {:.2} | | | | |", octets as f64 / trie.len() as f64);
    }
}

fn part(trie: &Trie, wanted: &str) -> usize {
    trie.parts().iter().filter(|(name, _)| *name == wanted).map(|(_, octets)| octets).sum()
}

/// The same trie with a filter that says yes to everything: it is the first part of the file.
fn without_filter(trie: &Trie) -> Trie {
    let mut bytes = trie.as_bytes().to_vec();
    let length = u64::from_le_bytes(bytes[40..48].try_into().unwrap()) as usize;
    bytes[128..128 + length].fill(0xFF);
    let sum = xxhash_rust::xxh3::xxh3_64(&bytes[32..]);
    bytes[24..32].copy_from_slice(&sum.to_le_bytes());
    Trie::from_bytes(bytes).unwrap()
}

fn overlay(rules: &[Rule<'_>], asked: &Asked<'_>) {
    let built = build(|| {
        let mut builder = OverlayBuilder::default();
        for rule in rules {
            builder.insert(&rule.text.parse().unwrap(), entry(rule)).unwrap();
        }
        builder.finish()
    });
    let overlay: &Overlay = &built.value;
    let times =
        time_both(asked, |text| text.parse::<Name>().unwrap(), |name| overlay.walk(name).next().is_some());
    // It keeps what is said already further up.
    row("Overlay", overlay.octets() as f64 / count(rules) as f64, times, Some(&built.cost));
}

/// Labels from the root inwards, so that what is below a name begins with it; each ends with a dot.
fn reversed(text: &str) -> String {
    text.rsplit('.').flat_map(|label| [label, "."]).collect()
}

fn automaton(rules: &[Rule<'_>], asked: &Asked<'_>) {
    let built = build(|| {
        let tops = rules.iter().filter(|rule| rule.top);
        let mut keys: Vec<(String, u64)> = tops.map(|rule| (reversed(rule.text), rule.list.into())).collect();
        keys.sort();
        fst::Map::from_iter(keys).unwrap()
    });
    let map = &built.value;
    let found = |key: &String| {
        let automaton = map.as_fst();
        let mut node = automaton.root();
        for octet in key.bytes() {
            let Some(index) = node.find_input(octet) else { return false };
            node = automaton.node(node.transition(index).addr);
            if octet == b'.' && node.is_final() {
                return true;
            }
        }
        false
    };
    let octets = map.as_fst().size() as f64 / count(rules) as f64;
    row("`fst::Map`", octets, time_both(asked, reversed, found), Some(&built.cost));
}

fn hash_set(rules: &[Rule<'_>], asked: &Asked<'_>) {
    let built = build(|| {
        rules.iter().filter(|rule| rule.top).map(|rule| rule.text.into()).collect::<HashSet<Box<str>>>()
    });
    let set = &built.value;
    let found = |text: &String| {
        let mut rest = text.as_str();
        loop {
            if set.contains(rest) {
                return true;
            }
            let Some((_, above)) = rest.split_once('.') else { return false };
            rest = above;
        }
    };
    let octets = built.cost.kept as f64 / count(rules) as f64;
    row("`HashSet<Box<str>>`, no lists", octets, time_both(asked, str::to_owned, found), Some(&built.cost));
}

/// The server library's own store, with two lines a name, since `*.name` leaves out the name itself.
fn hickory(rules: &[Rule<'_>], asked: &Asked<'_>) {
    let built = build(|| {
        let config =
            BlocklistConfig { min_wildcard_depth: 1, log_clients: false, ..BlocklistConfig::default() };
        let mut store =
            BlocklistZoneHandler::try_from_config(hickory_proto::rr::Name::root(), config, None).unwrap();
        for rule in rules.iter().filter(|rule| rule.top) {
            store.add(format!("{0}\n*.{0}\n", rule.text).as_bytes()).unwrap();
        }
        store
    });
    let store = &built.value;
    let read = |text: &str| {
        let mut name: LowerName = text.parse().unwrap();
        name.set_fqdn(true);
        name
    };
    let found = |name: &LowerName| {
        let lookup = store.lookup(name, RecordType::A, None, LookupOptions::default()).now_or_never();
        matches!(lookup, Some(LookupControlFlow::Break(_)))
    };
    let octets = built.cost.kept as f64 / count(rules) as f64;
    row(
        "hickory-server's blocklist, no lists; with its answer",
        octets,
        time_both(asked, read, found),
        Some(&built.cost),
    );
}

/// What was built, and at what cost.
struct Built<T> {
    value: T,
    cost: Cost,
}

struct Cost {
    time: Duration,
    /// Octets that are still taken.
    kept: u64,
    /// Octets that were taken beside them at worst.
    more: u64,
}

fn build<T>(make: impl FnOnce() -> T) -> Built<T> {
    let mut value = None;
    let start = Instant::now();
    let taken = measure(|| value = Some(make()));
    let time = start.elapsed();
    let kept = u64::try_from(taken.bytes_current).unwrap_or(0);
    Built { value: value.unwrap(), cost: Cost { time, kept, more: taken.bytes_max.saturating_sub(kept) } }
}

fn row(name: &str, octets: f64, (ordinary, listed): (f64, f64), cost: Option<&Cost>) {
    let cost = cost.map_or_else(
        || " | ".to_owned(),
        |cost| format!("{:.1} | {}", cost.time.as_secs_f64(), cost.more >> 20),
    );
    println!("| {name} | {octets:.2} | {ordinary:.0} | {listed:.0} | {cost} |");
}

/// Nanoseconds for an ordinary name and for a listed one.
fn time_both<N>(asked: &Asked<'_>, read: impl Fn(&str) -> N, found: impl Fn(&N) -> bool) -> (f64, f64) {
    let ordinary = time(&asked.ordinary, &read, &found, |hits| hits < asked.ordinary.len() / 20);
    (ordinary, time(&asked.listed, &read, &found, |hits| hits == asked.listed.len()))
}

fn time<N>(
    texts: &[&str],
    read: impl Fn(&str) -> N,
    found: impl Fn(&N) -> bool,
    right: impl Fn(usize) -> bool,
) -> f64 {
    let mut hits = 0;
    let mut times: Vec<Duration> = Vec::new();
    for portion in texts.chunks_exact(PORTION) {
        let names: Vec<N> = portion.iter().map(|text| read(text)).collect();
        let start = Instant::now();
        hits += names.iter().filter(|name| found(black_box(name))).count();
        times.push(start.elapsed());
    }
    assert!(right(hits + texts.len() % PORTION) || right(hits), "{hits} of {} found", texts.len());
    times.sort_unstable();
    times[times.len() / 2].as_nanos() as f64 / PORTION as f64
}

/// Numbers that are the same in every run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            let other = self.below(at + 1);
            items.swap(at, other);
        }
    }

    fn list(&mut self) -> u16 {
        if self.below(100) < 5 {
            return 20 + self.below(1000) as u16;
        }
        // The most common is some six times as frequent as the tenth.
        let part = self.below(1000) as f64 / 1000.0;
        (20_f64.powf(part) - 1.0).max(0.0) as u16
    }
}
