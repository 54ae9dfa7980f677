//! Lists that are fetched: from a publisher on this machine that publishes, errs, and breaks off; while queries go on.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use support::process::{Ended, Sekisho, sekisho};
use support::publisher::{Act, Publisher, announced, list, list_with, status};
use support::subscribing::{REAL, SINKHOLE, Scene, gauge, gets, has};

const HTML: &str = "<!doctype html><html><body>Please log in</body></html>";

/// So many names, from `first` on.
fn names(first: usize, count: usize) -> String {
    (first..first + count).fold(String::new(), |mut text, number| {
        writeln!(text, "n{number}.example").unwrap();
        text
    })
}

fn fetches(sekisho: &Sekisho, result: &str) -> i64 {
    sekisho.read_metrics().sum_of("sekisho_list_fetches_total", &[("result", result)]).round() as i64
}

impl Scene {
    /// Where the server keeps the only list that it has.
    fn folder_of_feed(&self) -> PathBuf {
        fs::read_dir(self.home().join("state/lists")).unwrap().next().unwrap().unwrap().path()
    }
}

#[test]
fn a_list_is_fetched_put_in_force_and_served_without_a_network_after_that() {
    let scene = Scene::new();
    scene.publisher.set("/feed.txt", list("bad.example\n"));
    let sekisho = scene.start();
    let said = sekisho.stdout();
    assert!(said.contains("0 of 1 fetched: you are not yet protected"), "{said}");
    assert!(said.contains("Until then nothing\nis blocked."), "{said}");
    gets(&sekisho, "www.bad.example", SINKHOLE);
    let feed = scene.feed_now();
    assert_eq!((&feed["state"], &feed["rules"]), (&"fresh".into(), &1.into()));
    assert_eq!(feed["subscription"]["fetched_from"], scene.url("/feed.txt"));
    assert!(scene.says(&["lists"]).contains("just now"));
    let text =
        scene.says(&["check", "www.bad.example", "--config", sekisho.path("sekisho.toml").to_str().unwrap()]);
    assert!(text.contains("is blocked") && text.contains("feed"), "{text}");
    sekisho.stop();

    scene.publisher.set("/feed.txt", status(500));
    let again = scene.start_offline();
    assert!(again.stdout().contains("1 of 1 fetched"), "{}", again.stdout());
    has(&again, "bad.example", SINKHOLE);
}

#[test]
fn what_has_not_changed_is_not_sent_again() {
    let scene = Scene::new();
    scene.publisher.set("/feed.txt", list_with(("ETag", "\"one\""), "bad.example\n"));
    let sekisho = scene.start();
    gets(&sekisho, "bad.example", SINKHOLE);
    assert!(scene.update().contains("feed: unchanged, 1 rules"));
    assert_eq!((fetches(&sekisho, "new"), fetches(&sekisho, "unchanged")), (1, 1));
    let asked = scene.publisher.asked("/feed.txt");
    assert_eq!(asked.last().unwrap().header("if-none-match"), Some("\"one\""));
    // The condition outlasts a restart.
    sekisho.stop();
    let sekisho = scene.start();
    scene.update();
    assert_eq!(fetches(&sekisho, "unchanged"), 1);
}

#[test]
fn an_update_says_what_it_added_and_removed() {
    let scene = Scene::new();
    scene.publisher.set("/feed.txt", list("bad.example\nold.example\n"));
    let sekisho = scene.start();
    gets(&sekisho, "old.example", SINKHOLE);
    scene.publisher.set("/feed.txt", list("bad.example\nnew-1.example\nnew-2.example\n"));
    assert!(scene.update().contains("feed: new, +2 -1"));
    gets(&sekisho, "new-1.example", SINKHOLE);
    has(&sekisho, "old.example", REAL);
    assert_eq!(scene.says(&["lists", "diff", "feed"]), "+new-1.example\n+new-2.example\n-old.example\n");
    let diff: Value = serde_json::from_str(&scene.says(&["lists", "diff", "feed", "--json"])).unwrap();
    assert_eq!((diff["added"].as_array().unwrap().len(), &diff["removed"][0]), (2, &"old.example".into()));
    let found = scene.says(&["lists", "search", "new-"]);
    assert!(found.contains("new-1.example  (feed)") && found.contains("new-2.example"), "{found}");
}

#[test]
fn lists_are_searched_for_names_as_people_write_them() {
    let scene = Scene::new();
    scene.publisher.set("/feed.txt", list("n5.bad.example\nxn--r8jz45g.bad.example\nexample.other.test\n"));
    let sekisho = scene.start();
    gets(&sekisho, "n5.bad.example", SINKHOLE);
    for (text, found) in [
        ("n5.bad.example.", &["n5.bad.example"][..]),
        ("N5.", &["n5.bad.example"]),
        ("例え.bad", &["xn--r8jz45g.bad.example"]),
        ("例え。bad.example.", &["xn--r8jz45g.bad.example"]),
        ("other.example.", &[]),
    ] {
        let said: Value = serde_json::from_str(&scene.says(&["lists", "search", text, "--json"])).unwrap();
        let names: Vec<&str> =
            said["names"].as_array().unwrap().iter().map(|found| found["name"].as_str().unwrap()).collect();
        assert_eq!(names, found, "{text}");
    }
}

#[test]
fn a_publication_that_looks_like_an_accident_is_held_until_it_is_mended() {
    let scene = Scene::new();
    scene.publisher.set("/feed.txt", list(&names(0, 200)));
    let sekisho = scene.start();
    gets(&sekisho, "n0.example", SINKHOLE);
    for (broken, reason) in
        [(names(0, 100), "shrunk"), (HTML.to_owned(), "unusable"), (String::new(), "unusable")]
    {
        scene.publisher.set("/feed.txt", list(&broken));
        let said = scene.update();
        assert!(said.contains("feed: held: "), "{said}");
        let feed = scene.feed_now();
        assert_eq!((&feed["state"], &feed["rules"]), (&"held".into(), &200.into()), "{feed}");
        assert_eq!(feed["subscription"]["held"]["reason"], reason);
        assert_eq!(gauge(&sekisho, "sekisho_list_held"), 1);
        assert_eq!(gauge(&sekisho, "sekisho_list_stale"), 1);
        assert!(scene.says(&["lists"]).contains("is held: "));
        has(&sekisho, "n150.example", SINKHOLE);
    }
    scene.publisher.set("/feed.txt", list(&names(1, 200)));
    assert!(scene.update().contains("feed: new, +1 -1"));
    gets(&sekisho, "n200.example", SINKHOLE);
    assert_eq!(gauge(&sekisho, "sekisho_list_held"), 0);
    assert_eq!(scene.feed_now()["state"], "fresh");
}

#[test]
fn what_is_held_is_taken_over_when_the_operator_says_so_over_a_restart_too() {
    let scene = Scene::new();
    scene.publisher.set("/feed.txt", list(&names(0, 200)));
    let sekisho = scene.start();
    gets(&sekisho, "n0.example", SINKHOLE);
    let refused = scene.command(&["lists", "accept", "feed"]).told_in_plain_words();
    assert!(refused.err.contains("nothing of the list feed is held"), "{}", refused.err);
    scene.publisher.set("/feed.txt", list(&names(0, 50)));
    scene.update();
    sekisho.stop();
    scene.publisher.set("/feed.txt", status(503));
    let sekisho = scene.start();
    has(&sekisho, "n150.example", SINKHOLE);
    assert_eq!(scene.feed_now()["state"], "held");
    scene.says(&["lists", "accept", "feed"]);
    gets(&sekisho, "n150.example", REAL);
    has(&sekisho, "n40.example", SINKHOLE);
    assert_eq!(scene.feed_now()["rules"], 50);
}

#[test]
fn what_the_operator_has_fetched_again_and_again_is_not_believed_for_that_and_what_is_no_list_never() {
    let scene = Scene::new();
    scene.publisher.set("/feed.txt", list(&names(0, 200)));
    let sekisho = scene.start();
    gets(&sekisho, "n0.example", SINKHOLE);
    scene.publisher.set("/feed.txt", list(HTML));
    (0..5).for_each(|_| drop(scene.update()));
    assert_eq!(scene.feed_now()["state"], "held");
    let refused = scene.command(&["lists", "accept", "feed"]);
    assert!(refused.err.contains("web page"), "{refused:?}");
    // The same text, the same again by its validator, and nearly the same.
    scene.publisher.set("/feed.txt", list_with(("ETag", "\"x\""), &names(0, 60)));
    scene.update();
    scene.update();
    scene.publisher.set("/feed.txt", list(&names(1, 61)));
    for _ in 0..3 {
        let said = scene.update();
        assert!(said.contains("feed: held: "), "{said}");
    }
    assert_eq!(scene.feed_now()["subscription"]["held"]["times"], 0);
    has(&sekisho, "n150.example", SINKHOLE);
}

#[test]
fn a_publisher_that_fails_takes_nothing_away_and_a_mirror_stands_in() {
    let scene = Scene::new();
    scene.publisher.set("/feed.txt", list("bad.example\n"));
    let mirror = format!("mirrors = [\"{}\"]\n", scene.url("/mirror.txt"));
    let sekisho = scene.start_with(&scene.feed("feed", &mirror));
    gets(&sekisho, "bad.example", SINKHOLE);
    scene
        .publisher
        .set("/feed.txt", announced(4000, vec![Act::Send(b"worse.example\n".to_vec()), Act::Break]));
    let said = scene.update();
    assert!(said.contains("feed: not fetched: "), "{said}");
    assert!(scene.says(&["lists"]).contains("problem: "));
    has(&sekisho, "bad.example", SINKHOLE);
    has(&sekisho, "worse.example", REAL);
    assert_eq!(fetches(&sekisho, "failed"), 1);
    scene.publisher.set("/mirror.txt", list("bad.example\nmirrored.example\n"));
    scene.update();
    gets(&sekisho, "mirrored.example", SINKHOLE);
    assert_eq!(scene.feed_now()["subscription"]["fetched_from"], scene.url("/mirror.txt"));
}

#[test]
fn a_mirror_stands_in_for_a_publisher_that_gives_no_list_and_where_there_is_none_it_is_asked_again_soon() {
    let scene = Scene::new();
    let mirror = format!("mirrors = [\"{}\"]\n", scene.url("/mirror.txt"));
    for (useless, name) in [(HTML, "first.example"), ("", "second.example"), ("# nothing\n", "third.example")]
    {
        scene.publisher.set("/feed.txt", list(useless));
        scene.publisher.set("/mirror.txt", list(&format!("{name}\n")));
        let sekisho = scene.start_with(&scene.feed("feed", &mirror));
        scene.update();
        gets(&sekisho, name, SINKHOLE);
        let feed = scene.feed_now();
        assert_eq!(feed["state"], "fresh", "{feed}");
        assert!(feed["subscription"]["next_seconds"].as_u64() > Some(60), "{feed}");
        // Neither: what is in force stays, and the refresh of six hours is not waited for.
        scene.publisher.set("/mirror.txt", list(HTML));
        assert!(scene.update().contains("feed: held: "));
        let feed = scene.feed_now();
        assert_eq!(feed["subscription"]["held"]["reason"], "unusable");
        assert!(feed["subscription"]["next_seconds"].as_u64().unwrap() < 60, "{feed}");
        has(&sekisho, name, SINKHOLE);
        sekisho.stop();
    }
}

#[test]
fn a_first_publication_that_is_held_is_not_said_to_have_one_before_it() {
    let scene = Scene::new();
    scene.publisher.set("/feed.txt", list(HTML));
    let _sekisho = scene.start();
    let said = scene.says(&["lists"]);
    let sentence = "there is none before it, and the list has no rules until something usable is published";
    assert!(said.contains(sentence), "{said}");
    // Nine in ten lines that are none.
    scene.publisher.set("/feed.txt", list(&(names(0, 1) + &"no name\n".repeat(50))));
    scene.update();
    let said = scene.says(&["lists"]);
    assert!(said.contains("the list has no rules; to take it over: sekisho lists accept feed"), "{said}");
}

#[test]
fn a_damaged_copy_is_fetched_anew_although_the_publisher_has_nothing_new() {
    let scene = Scene::new();
    scene.publisher.set("/feed.txt", list_with(("ETag", "\"one\""), "bad.example\nworse.example\n"));
    let sekisho = scene.start();
    gets(&sekisho, "bad.example", SINKHOLE);
    let folder = scene.folder_of_feed();
    fs::write(folder.join("list"), "b\0d.example\n").unwrap();
    assert!(scene.update().contains("the copy is damaged"));
    has(&sekisho, "bad.example", SINKHOLE);
    let said = scene.update();
    assert!(said.contains("2 rules") || said.contains("new, "), "{said}");
    assert_eq!(fs::read_to_string(folder.join("list")).unwrap(), "bad.example\nworse.example\n");
    gets(&sekisho, "worse.example", SINKHOLE);
}

#[test]
fn a_copy_that_is_gone_at_a_start_is_told_once_and_fetched_before_its_time() {
    let scene = Scene::new();
    scene.publisher.set("/feed.txt", list_with(("ETag", "\"one\""), &names(0, 200)));
    let sekisho = scene.start();
    gets(&sekisho, "n0.example", SINKHOLE);
    sekisho.stop();
    fs::remove_file(scene.folder_of_feed().join("list")).unwrap();
    scene.publisher.set("/feed.txt", status(503));
    // Without anybody who gives it, then with somebody: what is told is told by each start.
    for answers in [false, true] {
        if answers {
            // Much less than there was, but there is nothing to lose.
            scene.publisher.set("/feed.txt", list(&names(0, 50)));
        }
        let sekisho = if answers { scene.start() } else { scene.start_offline() };
        assert_eq!(sekisho.stderr().matches("is gone, and the list's rules with it").count(), 1);
        if answers {
            gets(&sekisho, "n0.example", SINKHOLE);
        }
        sekisho.stop();
    }
    let sekisho = scene.start_offline();
    has(&sekisho, "n0.example", SINKHOLE);
    assert!(!sekisho.stderr().contains("is gone"), "{}", sekisho.stderr());
}

#[test]
fn strangers_are_guarded_against_without_being_asked() {
    let scene = Scene::new();
    scene.publisher.set("/feed.txt", list("bad.example\ngithub.io\n"));
    let sekisho = scene.start();
    gets(&sekisho, "bad.example", SINKHOLE);
    has(&sekisho, "someone.github.io", REAL);
    assert_eq!(scene.feed_now()["quarantined"], 1);
    let config = sekisho.path("sekisho.toml");
    let text = scene.says(&["lists", "quarantine", "--config", config.to_str().unwrap()]);
    assert!(text.contains("github.io"), "{text}");
}

#[test]
fn lists_are_added_and_removed_by_command() {
    let scene = Scene::new();
    scene.publisher.set("/feed.txt", list("bad.example\n"));
    scene.publisher.set("/more.txt", list("more.example\n"));
    let sekisho = scene.start();
    gets(&sekisho, "bad.example", SINKHOLE);
    // Kept in a file of its own: that of the server is another one after a restart.
    let config = scene.home().join("sekisho.toml");
    fs::copy(sekisho.path("sekisho.toml"), &config).unwrap();
    let with_config = |words: &[&str]| {
        let words = [words, &["--config", config.to_str().unwrap()]].concat();
        scene.command(&words)
    };
    let said =
        with_config(&["lists", "add", "more", "--url", &scene.url("/more.txt"), "--category", "phishing"]);
    assert!(said.out.contains("has taken it over"), "{said:?}");
    gets(&sekisho, "more.example", SINKHOLE);
    assert_eq!(scene.lists()[1]["category"], "phishing");
    let again = with_config(&["lists", "add", "more", "--url", &scene.url("/more.txt")]);
    assert!(again.err.contains("there is a list `more` already"), "{again:?}");
    let configured = with_config(&["lists", "remove", "feed"]);
    assert!(configured.err.contains("sekisho.toml"), "{configured:?}");
    sekisho.stop();
    let sekisho = scene.start();
    has(&sekisho, "more.example", SINKHOLE);
    assert!(with_config(&["lists", "remove", "more"]).status.success());
    gets(&sekisho, "more.example", REAL);
    let catalogue = scene.says(&["lists", "catalogue"]);
    assert!(catalogue.contains("browser-locker  scam") && catalogue.contains("licence: MIT"), "{catalogue}");
}

#[test]
fn a_list_that_publishes_only_what_is_new_is_put_together() {
    let scene = Scene::new();
    scene.publisher.set("/feed.txt", list("monday.example\n"));
    let sekisho = scene.start_with(&scene.feed("feed", "window = \"7d\"\n"));
    gets(&sekisho, "monday.example", SINKHOLE);
    scene.publisher.set("/feed.txt", list("tuesday.example\n"));
    scene.update();
    gets(&sekisho, "tuesday.example", SINKHOLE);
    has(&sekisho, "monday.example", SINKHOLE);
    assert_eq!(scene.feed_now()["rules"], 2);
}

#[test]
fn without_https_nothing_is_fetched_unless_the_operator_says_so() {
    let scene = Scene::new();
    let plain = Publisher::start_plain().with("/feed.txt", list("bad.example\n"));
    let feed = format!("[[list]]\nname = \"feed\"\nurl = \"{}\"\n", plain.url_at("127.0.0.1", "/feed.txt"));
    let ended = refuses(&scene, &feed);
    assert!(ended.err.contains("plain_http = true"), "{ended:?}");
    let sekisho = scene.start_with(&(feed + "plain_http = true\n"));
    gets(&sekisho, "bad.example", SINKHOLE);
}

fn refuses(scene: &Scene, lists: &str) -> Ended {
    sekisho().config(&(scene.config() + lists)).bare().refuses_to_start()
}

#[test]
fn the_json_of_commands_is_documented() {
    let scene = Scene::new();
    scene.publisher.set("/feed.txt", list(&names(0, 200)));
    let sekisho = scene.start();
    gets(&sekisho, "n0.example", SINKHOLE);
    scene.publisher.set("/feed.txt", list(&names(0, 50)));
    scene.update();
    let documented = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/lists.md")).unwrap();
    let mut keys = Vec::new();
    for words in
        [&["lists"][..], &["lists", "diff", "feed"], &["lists", "search", "n1."], &["lists", "catalogue"]]
    {
        // The option may stand before the command as well.
        for words in [[words, &["--json"]].concat(), [&["lists", "--json"], &words[1..]].concat()] {
            keys_of(&serde_json::from_str(&scene.says(&words)).unwrap(), &mut keys);
        }
    }
    scene.publisher.set("/feed.txt", list(HTML));
    let update = scene.command(&["lists", "update", "--json"]);
    let said: Value = serde_json::from_str(&update.out).unwrap();
    keys_of(&said, &mut keys);
    assert_eq!((&said["lists"][0]["name"], &said["lists"][0]["outcome"]), (&"feed".into(), &"held".into()));
    assert!(!update.status.success() && said["lists"][0]["why"].is_string(), "{said}");
    for words in
        [&["accept", "feed"][..], &["add", "spam404"], &["remove", "x"], &["release", "x"], &["hold", "x"]]
    {
        let ended = scene.command(&[&["lists"], words, &["--json"]].concat());
        assert!(!ended.status.success() && ended.err.contains("prints no JSON"), "{ended:?}");
    }
    assert!(scene.says(&["lists"]).contains("held"), "nothing was done");
    assert!(keys.len() > 30, "{keys:?}");
    for key in keys {
        assert!(documented.contains(&format!("`{key}`")), "{key} is not in docs/lists.md");
    }
    for state in ["fresh", "stale", "held", "not-fetched", "new", "unchanged"] {
        assert!(documented.contains(&format!("`{state}`")), "{state}");
    }
}

/// The keys of an object and of those in it.
fn keys_of(value: &Value, keys: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                keys.push(key.clone());
                keys_of(value, keys);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| keys_of(item, keys)),
        _ => {}
    }
}
