//! A server that is killed while it fetches, writes and swaps; a disk that is full, and one that cannot be written: it
//! starts again with the last good rules.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fmt::Write;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use support::namespace::{in_namespace, sh};
use support::process::program;
use support::publisher::list;
use support::random::Random;
use support::subscribing::{REAL, SINKHOLE, Scene, gets, has};

/// A name that every publication has.
const ALWAYS: &str = "always.example";

/// A list of so many names that begin with `kind`, and of the one that is always there.
fn publication(kind: &str, count: usize) -> String {
    (0..count).fold(format!("{ALWAYS}\n"), |mut text, number| {
        writeln!(text, "{kind}-{number}.example").unwrap();
        text
    })
}

#[test]
fn a_server_that_is_killed_at_any_moment_starts_with_good_rules() {
    const MANY: usize = 30_000;
    const MORE: usize = 31_000;
    let scene = Scene::new();
    let mut random = Random::new(7);
    scene.publisher.set("/feed.txt", list(&publication("one", MANY)));
    gets(&scene.start(), ALWAYS, SINKHOLE);
    let mut seen = [0, 0];
    for round in 0..10 {
        let (kind, count) = if round % 2 == 0 { ("two", MORE) } else { ("one", MANY) };
        scene.publisher.set("/feed.txt", list(&publication(kind, count)));
        let sekisho = scene.start();
        has(&sekisho, ALWAYS, SINKHOLE);
        let mut update = program(scene.home())
            .args(["lists", "update", "--state-dir"])
            .arg(scene.home().join("state"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // That is what the test is about: some moment.
        thread::sleep(Duration::from_millis(random.below(400) as u64));
        sekisho.signal("KILL");
        let _ = update.wait();
        drop(sekisho);

        let again = scene.start_offline();
        has(&again, ALWAYS, SINKHOLE);
        let rules = scene.feed_now()["rules"].as_u64().unwrap() as usize;
        let is_whole = [MANY + 1, MORE + 1].iter().position(|whole| *whole == rules);
        seen[is_whole
            .unwrap_or_else(|| panic!("a list is there whole or not at all, and not with {rules} rules"))] +=
            1;
        let (kind, other) = if rules == MANY + 1 { ("one", "two") } else { ("two", "one") };
        has(&again, &format!("{kind}-0.example"), SINKHOLE);
        has(&again, &format!("{other}-0.example"), REAL);
    }
    println!("found after a kill: {seen:?}");
}

#[test]
fn a_full_disk_takes_no_rule_away_and_is_tried_again() {
    in_namespace("a_full_disk_takes_no_rule_away_and_is_tried_again", || {
        let scene = Scene::new();
        let state = scene.home().join("state");
        std::fs::create_dir(&state).unwrap();
        sh(&format!("mount -t tmpfs -o size=3m none {}", state.display()));
        scene.publisher.set("/feed.txt", list(&publication("one", 1000)));
        let sekisho = scene.start();
        gets(&sekisho, ALWAYS, SINKHOLE);
        sh(&format!("dd if=/dev/zero of={}/filling bs=4k status=none || true", state.display()));
        scene.publisher.set("/feed.txt", list(&publication("two", 20_000)));
        let said = scene.update();
        assert!(said.contains("feed: not fetched: "), "{said}");
        has(&sekisho, "one-0.example", SINKHOLE);
        has(&sekisho, "two-0.example", REAL);
        sh(&format!("rm {0}/filling; mount -o remount,size=30m {0}", state.display()));
        let said = scene.update();
        assert!(said.contains("feed: new, "), "{said}");
        gets(&sekisho, "two-0.example", SINKHOLE);
    });
}

#[test]
fn a_state_folder_that_cannot_be_written_serves_what_is_in_it() {
    in_namespace("a_state_folder_that_cannot_be_written_serves_what_is_in_it", || {
        let scene = Scene::new();
        let state = scene.home().join("state");
        std::fs::create_dir(&state).unwrap();
        sh(&format!("mount -t tmpfs -o size=30m none {}", state.display()));
        scene.publisher.set("/feed.txt", list(&publication("one", 1000)));
        let sekisho = scene.start();
        gets(&sekisho, ALWAYS, SINKHOLE);
        sekisho.stop();
        sh(&format!("mount -o remount,ro {}", state.display()));
        // An upstream of the test's own is in the namespace as well.
        let again = scene.start_offline();
        has(&again, "one-999.example", SINKHOLE);
        has(&again, "other.example", REAL);
        assert!(again.stderr().contains("cannot be written, so nothing new is kept"), "{}", again.stderr());
        let is_mounted = Command::new("mountpoint").arg("-q").arg(&state).status().unwrap();
        assert!(is_mounted.success());
    });
}
