//! Lists that change under a running program: each way a file can change, each way it can break, and all that under load.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use support::ask;
use support::process::{Sekisho, sekisho};
use support::upstream::{self, Upstream};
use support::wire::{A, Message, Query};
use support::{SWAP, until};

/// What a name that is not blocked has upstream.
const REAL: &str = "192.0.2.80";

/// What a blocked name has.
const SINKHOLE: &str = "127.0.0.1";

fn upstream() -> Upstream {
    Upstream::start_with(upstream::a(REAL, 300))
}

fn is_blocked(sekisho: &Sekisho, name: &str) -> bool {
    let addresses = sekisho.addresses(name, A);
    let blocked = addresses == [SINKHOLE];
    assert!(blocked || addresses == [REAL], "blocked or not, and nothing between: {name} has {addresses:?}");
    blocked
}

fn becomes_blocked(sekisho: &Sekisho, name: &str) {
    until(&format!("{name} is blocked"), SWAP, || is_blocked(sekisho, name).then_some(()));
}

fn becomes_free(sekisho: &Sekisho, name: &str) {
    until(&format!("{name} passes"), SWAP, || (!is_blocked(sekisho, name)).then_some(()));
}

/// Writes beside the file and renames over it, as careful programs do.
fn replace(path: &Path, text: &str) {
    let beside = path.with_extension("new");
    fs::write(&beside, text).unwrap();
    fs::rename(beside, path).unwrap();
}

#[test]
fn a_rename_over_the_file_takes_effect() {
    let upstream = upstream();
    let sekisho = sekisho().list("names.txt", "one.example\nboth.example\n").upstream(&upstream).start();
    assert!(is_blocked(&sekisho, "one.example") && !is_blocked(&sekisho, "two.example"));
    for (blocked, free) in [("two.example", "one.example"), ("one.example", "two.example")] {
        replace(&sekisho.path("names.txt"), &format!("{blocked}\nboth.example\n"));
        becomes_blocked(&sekisho, blocked);
        becomes_free(&sekisho, free);
        assert!(is_blocked(&sekisho, "both.example"));
    }
}

#[test]
fn an_edit_in_place_takes_effect() {
    let upstream = upstream();
    let sekisho = sekisho().list("names.txt", "one.example\nboth.example\n").upstream(&upstream).start();
    for (blocked, free) in [("two.example", "one.example"), ("one.example", "two.example")] {
        fs::write(sekisho.path("names.txt"), format!("{blocked}\nboth.example\n")).unwrap();
        becomes_blocked(&sekisho, blocked);
        becomes_free(&sekisho, free);
        assert!(is_blocked(&sekisho, "both.example"));
    }
}

#[test]
fn an_edit_that_keeps_length_and_time_takes_effect() {
    let upstream = upstream();
    let sekisho = sekisho().list("names.txt", "one.example\nboth.example\n").upstream(&upstream).start();
    let path = sekisho.path("names.txt");
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    fs::write(&path, "two.example\nboth.example\n").unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    becomes_blocked(&sekisho, "two.example");
    becomes_free(&sekisho, "one.example");
}

#[test]
fn the_file_of_a_config_takes_effect_too() {
    let upstream = upstream();
    let config = "[[list]]\nname = \"own\"\ncategory = \"scam\"\npath = \"{dir}/own.txt\"\n";
    let names = sekisho().config(config).file("own.txt", "one.example\n");
    let sekisho = names.upstream(&upstream).start();
    assert!(is_blocked(&sekisho, "one.example"));
    replace(&sekisho.path("own.txt"), "two.example\nthree.example\n");
    becomes_blocked(&sekisho, "two.example");
    becomes_free(&sekisho, "one.example");
}

#[cfg(unix)]
#[test]
fn a_symlink_switch_as_for_a_config_map_takes_effect() {
    use std::os::unix::fs::symlink;
    let upstream = upstream();
    let names = sekisho().file("mount/..2026_01/names.txt", "one.example\nboth.example\n");
    let mount = names.path("mount");
    symlink("..2026_01", mount.join("..data")).unwrap();
    symlink("..data/names.txt", mount.join("names.txt")).unwrap();
    let sekisho = names.list_path(mount.join("names.txt")).upstream(&upstream).start();
    assert!(is_blocked(&sekisho, "one.example"));
    let versions = [("..2026_02", "..2026_01", "two.example"), ("..2026_03", "..2026_02", "three.example")];
    for (next, last, name) in versions {
        fs::create_dir(mount.join(next)).unwrap();
        fs::write(mount.join(next).join("names.txt"), format!("{name}\nboth.example\n")).unwrap();
        symlink(next, mount.join("..data_tmp")).unwrap();
        fs::rename(mount.join("..data_tmp"), mount.join("..data")).unwrap();
        fs::remove_dir_all(mount.join(last)).unwrap();
        becomes_blocked(&sekisho, name);
        becomes_free(&sekisho, "one.example");
        assert!(is_blocked(&sekisho, "both.example"));
    }
}

#[test]
fn a_folder_is_one_list_and_what_is_added_to_it_takes_effect() {
    let upstream = upstream();
    let config = "[[list]]\nname = \"folder\"\ncategory = \"scam\"\npath = \"{dir}/lists\"\n";
    let names = sekisho().config(config).file("lists/a.txt", "one.example\nuno.example\n");
    let sekisho = names.upstream(&upstream).start();
    assert!(is_blocked(&sekisho, "one.example") && !is_blocked(&sekisho, "two.example"));
    fs::write(sekisho.path("lists/b.txt"), "two.example\n").unwrap();
    becomes_blocked(&sekisho, "two.example");
    assert!(is_blocked(&sekisho, "one.example"));
    replace(&sekisho.path("lists/a.txt"), "three.example\nuno.example\n");
    becomes_blocked(&sekisho, "three.example");
    becomes_free(&sekisho, "one.example");
    assert!(is_blocked(&sekisho, "two.example"));
    fs::remove_file(sekisho.path("lists/b.txt")).unwrap();
    becomes_free(&sekisho, "two.example");
}

#[test]
fn a_local_list_may_shrink() {
    let upstream = upstream();
    let all = (0..100).map(|n| format!("name-{n}.example")).collect::<Vec<_>>().join("\n");
    let sekisho = sekisho().list("names.txt", &all).upstream(&upstream).start();
    assert!(is_blocked(&sekisho, "name-50.example"));
    replace(&sekisho.path("names.txt"), "name-0.example\nname-1.example\n");
    becomes_free(&sekisho, "name-50.example");
    assert!(is_blocked(&sekisho, "name-0.example"));
}

/// A list breaks, its last good rules stay and the log and the metrics say so; it is mended, and holds again.
fn breaks(how: impl FnOnce(&Path)) {
    let upstream = upstream();
    let sekisho = sekisho()
        .list("first.txt", "one.example\nboth.example\n")
        .list("second.txt", "other.example\n")
        .upstream(&upstream)
        .start();
    assert!(is_blocked(&sekisho, "one.example"));
    let stale = |list: &str| sekisho.read_metrics().sum_of("sekisho_list_stale", &[("list", list)]);
    assert!(stale("first") < 0.5 && stale("second") < 0.5, "good at the start");
    let quiet = sekisho.stderr().len();
    how(&sekisho.path("first.txt"));
    until("the metrics say that the list is stale", SWAP, || {
        assert!(is_blocked(&sekisho, "one.example"));
        (stale("first") > 0.5).then_some(())
    });
    until("the log names the list", SWAP, || sekisho.stderr()[quiet..].contains("first").then_some(()));
    assert!(is_blocked(&sekisho, "one.example") && is_blocked(&sekisho, "both.example"));
    assert!(stale("second") < 0.5 && is_blocked(&sekisho, "other.example"), "the other list is untouched");
    // Another list may change meanwhile.
    replace(&sekisho.path("second.txt"), "third.example\n");
    becomes_blocked(&sekisho, "third.example");
    assert!(is_blocked(&sekisho, "one.example"));
    replace(&sekisho.path("first.txt"), "two.example\nboth.example\n");
    becomes_blocked(&sekisho, "two.example");
    becomes_free(&sekisho, "one.example");
    until("the list is good again", SWAP, || (stale("first") < 0.5).then_some(()));
}

#[test]
fn a_file_that_vanishes_keeps_its_last_good_rules() {
    breaks(|path| fs::remove_file(path).unwrap());
}

#[test]
fn a_file_that_becomes_empty_keeps_its_last_good_rules() {
    breaks(|path| fs::write(path, "").unwrap());
}

#[test]
fn a_file_that_becomes_html_keeps_its_last_good_rules() {
    let page = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head>\n\
                <body><p>Welcome to the hotel</p>\nhotel.example\n</body></html>\n";
    breaks(|path| replace(path, page));
}

#[test]
fn a_file_that_becomes_noise_keeps_its_last_good_rules() {
    breaks(|path| {
        let noise: Vec<u8> = (0..4096u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        fs::write(path, noise).unwrap();
    });
}

// Under load

/// How many queries a second, and for how long.
const RATE: u32 = 1_000;
const SECONDS: u32 = 10;
const SOCKETS: u32 = 4;

/// 20,000 names; the odd and the even version differ in half of them.
fn version(number: u32) -> String {
    let mut text = String::new();
    for n in 0..10_000 {
        writeln!(text, "always-{n}.example\nversion-{}-{n}.example", number % 2).unwrap();
    }
    text
}

/// What may be answered for the `n`th query.
fn question(n: u32) -> (String, &'static [&'static str]) {
    let k = (n * 7919) % 10_000;
    match n % 4 {
        0 => (format!("www.always-{k}.example"), &[SINKHOLE]),
        1 => (format!("version-0-{k}.example"), &[SINKHOLE, REAL]),
        2 => (format!("version-1-{k}.example"), &[SINKHOLE, REAL]),
        _ => (format!("free-{}.example", k % 50), &[REAL]),
    }
}

/// Sends its share of the queries at the given pace and gives how many were lost.
fn load(server: SocketAddr, share: u32) -> Vec<String> {
    let socket = ask::socket_to(server);
    let reader = socket.try_clone().unwrap();
    let total = RATE * SECONDS / SOCKETS;
    let started = Instant::now();
    let sender = thread::spawn(move || {
        for i in 0..total {
            let due = started + Duration::from_secs(1) * i / (RATE / SOCKETS);
            thread::sleep(due.saturating_duration_since(Instant::now()));
            let (name, _) = question(i * SOCKETS + share);
            socket.send(&Query::new(&name, A).id(i as u16).bytes()).unwrap();
        }
    });
    let answers = gather(&reader, total, Duration::from_secs(u64::from(SECONDS) + 5));
    sender.join().unwrap();
    let mut faults = Vec::new();
    for i in 0..total {
        let (name, allowed) = question(i * SOCKETS + share);
        match answers.get(&(i as u16)).map(Message::addresses) {
            None => faults.push(format!("{name}: lost")),
            Some(addresses) if addresses.len() == 1 && allowed.contains(&addresses[0].as_str()) => {}
            Some(addresses) => faults.push(format!("{name}: {addresses:?}, not one of {allowed:?}")),
        }
    }
    faults
}

fn gather(socket: &UdpSocket, total: u32, patience: Duration) -> HashMap<u16, Message> {
    let deadline = Instant::now() + patience;
    let mut answers = HashMap::new();
    while answers.len() < total as usize {
        let left = deadline.saturating_duration_since(Instant::now());
        let Some(raw) = ask::receive(socket, left) else { break };
        let answer = Message::parse(&raw).unwrap();
        let again = answers.insert(answer.id, answer);
        assert!(again.is_none(), "answered twice: {again:?}");
    }
    answers
}

#[test]
fn no_query_is_lost_while_lists_are_swapped() {
    let upstream = upstream();
    let sekisho = sekisho().list("names.txt", &version(0)).upstream(&upstream).start();
    let swaps = sekisho.read_metrics().sum("sekisho_swaps_total");
    let server = sekisho.dns();
    let faults: Vec<String> = thread::scope(|scope| {
        let loads: Vec<_> = (0..SOCKETS).map(|share| scope.spawn(move || load(server, share))).collect();
        for number in 1..=5 {
            replace(&sekisho.path("names.txt"), &version(number));
            let (blocked, free) = (number % 2, (number + 1) % 2);
            becomes_blocked(&sekisho, &format!("version-{blocked}-1.example"));
            becomes_free(&sekisho, &format!("version-{free}-1.example"));
        }
        loads.into_iter().flat_map(|load| load.join().unwrap()).collect()
    });
    assert!(
        faults.is_empty(),
        "{} of {}: {:#?}",
        faults.len(),
        RATE * SECONDS,
        &faults[..faults.len().min(10)]
    );
    let swapped = sekisho.read_metrics().sum("sekisho_swaps_total") - swaps;
    assert!(swapped >= 5.0, "{swapped} swaps were counted");
}

#[test]
fn a_start_takes_up_saved_rules_and_then_what_has_changed_since() {
    let upstream = upstream();
    let home = tempfile::tempdir().unwrap();
    let list = home.path().join("names.txt");
    let trie = home.path().join("state/policy.trie");
    let config = format!(
        "[listen]\ndns = [\"127.0.0.1:0\"]\n[page]\nlisten = [\"127.0.0.1:0\"]\n[metrics]\nlisten = [\"127.0.0.1:0\"]\n\
         [upstream]\nservers = [\"{}\"]\n[[list]]\nname = \"names\"\npath = \"{}\"\n[state]\ndir = \"{}\"\n",
        upstream.address,
        list.display(),
        home.path().join("state").display()
    );
    let start = || sekisho().config(&config).bare().start();
    replace(&list, "one.example\n");
    let first = start();
    assert!(is_blocked(&first, "one.example"));
    until("the rules are saved", SWAP, || trie.exists().then_some(()));
    first.stop();
    // Without its file the list holds, and so does what was saved of it.
    fs::remove_file(&list).unwrap();
    let second = start();
    assert!(is_blocked(&second, "one.example"));
    second.stop();
    replace(&list, "two.example\n");
    let third = start();
    becomes_blocked(&third, "two.example");
    becomes_free(&third, "one.example");
    third.stop();
    // A file that somebody damaged is no reason not to start.
    let mut octets = fs::read(&trie).unwrap();
    let middle = octets.len() / 2;
    octets[middle] ^= 0xFF;
    fs::write(&trie, octets).unwrap();
    let fourth = start();
    assert!(is_blocked(&fourth, "two.example") && fourth.stderr().contains("policy.trie"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_long_list_is_swapped_in_without_having_its_text_in_memory() {
    // Long and alike: the text takes 15 MiB, and the rules a tenth of that.
    let text = |last: &str| {
        let (long, other) = ("a".repeat(50), "b".repeat(40));
        let mut text = String::new();
        for number in 0..150_000 {
            writeln!(text, "{long}{number}.{other}.example").unwrap();
        }
        text.push_str(last);
        text
    };
    let upstream = upstream();
    let sekisho = sekisho().list("names.txt", &text("one.example\n")).upstream(&upstream).start();
    assert!(is_blocked(&sekisho, "one.example"));
    let before = sekisho.resident_memory().unwrap();
    assert!(sekisho.forget_most_memory());
    replace(&sekisho.path("names.txt"), &text("two.example\n"));
    // A program that is not optimised takes a while to compile them.
    until("two.example is blocked", 6 * SWAP, || is_blocked(&sekisho, "two.example").then_some(()));
    let more = (sekisho.most_memory().unwrap() - before) >> 20;
    assert!(more < 18, "{more} MiB more than the {} before", before >> 20);
}
