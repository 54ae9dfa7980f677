//! What publishers really did: broken publications over good ones, and months of real changes, while queries go on.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use support::ask;
use support::process::Sekisho;
use support::publisher::list;
use support::subscribing::{REAL, SINKHOLE, Scene, gauge, gets, has};
use support::wire::{A, Query};

/// The folder of real data, or a word on what is skipped.
fn data(folder: &str) -> Option<PathBuf> {
    let found = std::env::var_os("SEKISHO_TEST_DATA").map(|data| PathBuf::from(data).join(folder));
    let there = found.filter(|folder| folder.is_dir());
    if there.is_none() {
        println!("SKIPPED: without SEKISHO_TEST_DATA there is no real data in {folder}");
    }
    there
}

/// Ends what goes on beside a story, however that ends.
struct Over<'o>(&'o AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Asks for a name without a pause as long as `story` goes on. Each time it must have the address of a blocked name.
fn while_asked_for<T>(sekisho: &Sekisho, name: &str, story: impl FnOnce() -> T) -> T {
    let (over, server) = (AtomicBool::new(false), sekisho.dns());
    thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let mut asked = 0;
            while !over.load(Ordering::Relaxed) {
                let answer = ask::udp(server, &Query::new(name, A));
                assert_eq!(answer.addresses(), [SINKHOLE], "{name} after {asked} queries");
                asked += 1;
            }
            asked
        });
        let told = {
            let _over = Over(&over);
            story()
        };
        assert!(asking.join().unwrap() > 10);
        told
    })
}

#[test]
fn after_each_accident_the_rules_before_hold_and_the_mended_file_is_taken() {
    let Some(folder) = data("incidents") else { return };
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    for (before, broken, after) in [
        ("gaso_20230117.0before.txt", "gaso_20230117.1broken.txt", "gaso_20230117.2after.txt"),
        ("gaso_20230418.0before.txt", "gaso_20230418.1broken.txt", "gaso_20230418.2after.txt"),
        (
            "phishingdb_active_20250316.2after.txt",
            "phishingdb_active_20250316.1broken.txt",
            "phishingdb_active_20250316.2after.txt",
        ),
    ] {
        let scene = Scene::new();
        let (before, after_text) = (read(before), read(after));
        scene.publisher.set("/feed.txt", list(&before));
        let sekisho = scene.start_with(&scene.feed("feed", "match = \"exact\"\n"));
        // A plain name of the good list that the broken one has not.
        let broken_text = read(broken);
        let lost: BTreeSet<&str> = broken_text.lines().collect();
        let name = before.lines().find(|line| {
            !lost.contains(line)
                && line.bytes().all(|octet| octet.is_ascii_lowercase() || b".-".contains(&octet))
        });
        let name = name.unwrap();
        gets(&sekisho, name, SINKHOLE);
        let rules = scene.feed_now()["rules"].clone();
        while_asked_for(&sekisho, name, || {
            scene.publisher.set("/feed.txt", list(&broken_text));
            let said = scene.update();
            assert!(said.contains("feed: held: "), "{broken}: {said}");
            assert_eq!(gauge(&sekisho, "sekisho_list_held"), 1, "{broken}");
            let feed = scene.feed_now();
            assert_eq!((&feed["state"], &feed["rules"]), (&"held".into(), &rules), "{broken}");
            let told = scene.says(&["lists"]);
            assert!(told.contains("a new publication") && told.contains("is held: "), "{told}");
        });
        has(&sekisho, name, SINKHOLE);
        scene.publisher.set("/feed.txt", list(&after_text));
        let said = scene.update();
        assert!(said.contains("feed: new, ") || said.contains("feed: unchanged"), "{after}: {said}");
        assert_eq!(gauge(&sekisho, "sekisho_list_held"), 0, "{after}");
        assert_eq!(scene.feed_now()["state"], "fresh", "{after}");
    }
}

/// One step of the real changes.
struct Step {
    added: Vec<String>,
    removed: Vec<String>,
    count: usize,
}

fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in text.lines() {
        if let Some(head) = line.strip_prefix("# ") {
            let count = head.split(' ').find_map(|word| word.strip_prefix("n=")).unwrap();
            steps.push(Step { added: Vec::new(), removed: Vec::new(), count: count.parse().unwrap() });
        } else if let (Some(step), Some(name)) = (steps.last_mut(), line.get(1..)) {
            let to = if line.starts_with('+') { &mut step.added } else { &mut step.removed };
            to.push(name.to_owned());
        }
    }
    steps
}

#[test]
fn months_of_real_changes_are_taken_over_exactly_while_queries_go_on() {
    let Some(folder) = data("updates") else { return };
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let base = read("hagezi_fake.base.txt");
    let mut names: BTreeSet<String> =
        base.lines().filter(|line| !line.starts_with('#')).map(Into::into).collect();
    let steps = steps(&read("hagezi_fake.deltas.txt"));
    assert!(steps.len() > 40);
    let removed: BTreeSet<&String> = steps.iter().flat_map(|step| &step.removed).collect();
    let constant = names.iter().find(|name| !removed.contains(name)).unwrap().clone();
    let text = |names: &BTreeSet<String>| names.iter().fold(String::new(), |text, name| text + name + "\n");

    let scene = Scene::new();
    scene.publisher.set("/feed.txt", list(&text(&names)));
    // The list's own word: what the guards hold back is not the subject.
    let sekisho = scene.start_with(&scene.feed("feed", "guard = \"off\"\nmatch = \"exact\"\n"));
    gets(&sekisho, &constant, SINKHOLE);
    while_asked_for(&sekisho, &constant, || {
        for (number, step) in steps.iter().enumerate() {
            step.added.iter().for_each(|name| assert!(names.insert(name.clone()), "{number}: {name}"));
            step.removed.iter().for_each(|name| assert!(names.remove(name), "{number}: {name}"));
            assert_eq!(names.len(), step.count, "the data is as it says, step {number}");
            scene.publisher.set("/feed.txt", list(&text(&names)));
            let said = scene.update();
            let expected = format!("feed: new, +{} -{}", step.added.len(), step.removed.len());
            assert!(said.contains(&expected), "step {number}: {said} and not {expected}");
            for (names, address) in [(&step.added, SINKHOLE), (&step.removed, REAL)] {
                names.iter().take(20).for_each(|name| gets(&sekisho, name, address));
            }
            assert_eq!(scene.feed_now()["rules"], step.count, "step {number}");
        }
    });
}
