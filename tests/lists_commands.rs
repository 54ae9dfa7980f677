//! `sekisho lists`: what guards hold back is shown, released and held again, while a server runs and without one; and
//! what a list file would bring.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::path::Path;

use serde_json::Value;
use support::process::{Ended, program, run, sekisho};
use support::upstream::{self, Upstream};
use support::wire::A;
use support::{SWAP, until};
use tempfile::TempDir;

/// A list of strangers and one of the operator's own, with what should not stand in a list.
const CONFIG: &str = "\
[state]
dir = \"state\"

[[list]]
name = \"feed\"
path = \"feed.txt\"
guard = \"quarantine\"

[[list]]
name = \"mine\"
path = \"mine.txt\"
";
const FEED: &str = "\
# a feed
fake-support.example
bit.ly
0.0.0.0 www.google.com
*.github.io
evil.github.io
windowsupdate.com
";
const MINE: &str = "t.co\nshop.example\n";

/// A folder with all of that.
fn folder() -> TempDir {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("sekisho.toml"), CONFIG).unwrap();
    fs::write(dir.path().join("feed.txt"), FEED).unwrap();
    fs::write(dir.path().join("mine.txt"), MINE).unwrap();
    fs::create_dir(dir.path().join("state")).unwrap();
    dir
}

fn lists(dir: &Path, args: &[&str]) -> Ended {
    run(program(dir).arg("lists").args(args))
}

fn succeeds(dir: &Path, args: &[&str]) -> String {
    let ended = lists(dir, args);
    assert!(ended.status.success(), "{args:?}: {ended:?}");
    ended.out
}

fn json(dir: &Path, args: &[&str]) -> Value {
    serde_json::from_str(&succeeds(dir, args)).unwrap()
}

/// `name fate ground` of each item of a list.
fn items(dir: &Path, list: &str) -> Vec<String> {
    let found = json(dir, &["quarantine", "--in", list, "--json"]);
    assert_eq!(found["lists"].as_array().unwrap().len(), 1);
    let items = found["lists"][0]["items"].as_array().unwrap();
    let text = |item: &Value, key: &str| item[key].as_str().unwrap().to_owned();
    items.iter().map(|item| ["name", "fate", "ground"].map(|key| text(item, key)).join(" ")).collect()
}

#[test]
fn quarantine_shows_what_is_held_back_and_what_is_applied_as_written() {
    let dir = folder();
    let said = succeeds(dir.path(), &["quarantine"]);
    for line in [
        "feed: 4 entries held back, 0 released.",
        "  held      bit.ly (and all below it)",
        "            feed.txt, line 3: bit.ly is shared by many who have nothing to do with each other",
        "  held      www.google.com (that name alone)",
        "            feed.txt, line 4: google.com is among the most visited names",
        "  held      *.github.io",
        "mine: 1 entry applied as written, which would be held back in a list of strangers.",
        "  applied   t.co (and all below it)",
        "sekisho lists release NAME",
    ] {
        assert!(said.contains(line), "`{line}` is missing:\n{said}");
    }
    assert!(!said.contains("evil.github.io") && !said.contains("fake-support"), "{said}");
    assert_eq!(
        items(dir.path(), "feed"),
        [
            "bit.ly held shared_host",
            "www.google.com held popular",
            "github.io held public_suffix",
            "windowsupdate.com held popular",
        ]
    );
}

#[test]
fn quarantine_can_be_searched() {
    let dir = folder();
    let said = succeeds(dir.path(), &["quarantine", "--search", "GOOGLE"]);
    assert!(said.contains("www.google.com") && !said.contains("  held      bit.ly"), "{said}");
    let said = succeeds(dir.path(), &["quarantine", "--search", "www.google.com."]);
    assert!(said.contains("www.google.com") && !said.contains("  held      bit.ly"), "{said}");
    let said = succeeds(dir.path(), &["quarantine", "--search", "no-such-name"]);
    assert!(said.contains("No entry that the guards object to"), "{said}");
    let ended = lists(dir.path(), &["quarantine", "--in", "fed"]).told_in_plain_words();
    assert!(!ended.status.success() && ended.err.contains("feed, mine"), "{ended:?}");
}

#[test]
fn what_is_released_is_shown_so_until_it_is_held_again() {
    let dir = folder();
    let said = succeeds(dir.path(), &["release", "bit.ly"]);
    assert!(said.contains("bit.ly is released for all lists.\n  feed, line 3: bit.ly is shared"), "{said}");
    assert_eq!(items(dir.path(), "feed")[0], "bit.ly released shared_host");
    assert!(succeeds(dir.path(), &["release", "bit.ly"]).contains("already"));
    let said = succeeds(dir.path(), &["release", "*.github.io", "--in", "feed"]);
    assert!(said.contains("github.io is released for the list feed."), "{said}");
    assert_eq!(items(dir.path(), "feed")[2], "github.io released public_suffix");
    let said = succeeds(dir.path(), &["release", "never-listed.example"]);
    assert!(said.contains("No list has it held back now"), "{said}");
    let ended = lists(dir.path(), &["hold", "bit.ly", "--in", "feed"]).told_in_plain_words();
    assert!(!ended.status.success() && ended.err.contains("released for all lists"), "{ended:?}");
    succeeds(dir.path(), &["hold", "bit.ly"]);
    succeeds(dir.path(), &["hold", "github.io", "--in", "feed"]);
    assert_eq!(items(dir.path(), "feed")[0], "bit.ly held shared_host");
    let ended = lists(dir.path(), &["hold", "bit.ly"]).told_in_plain_words();
    assert!(!ended.status.success() && ended.err.contains("bit.ly is not released"), "{ended:?}");
}

#[test]
fn commands_at_the_same_time_do_not_undo_each_other() {
    let dir = folder();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let dir = dir.path();
            scope.spawn(move || {
                succeeds(dir, &["add", &format!("n{number}"), "--url", "https://lists.example/n.txt"]);
                succeeds(dir, &["release", &format!("shop{number}.example")]);
            });
        }
    });
    let count = |file: &str, what: &str| {
        fs::read_to_string(dir.path().join("state").join(file)).unwrap().matches(what).count()
    };
    assert_eq!((count("subscriptions.toml", "[[list]]"), count("released.toml", "[[item]]")), (8, 8));
}

#[test]
fn what_the_configuration_could_not_have_is_not_added() {
    let dir = folder();
    let (https, http) = ("https://lists.example/x.txt", "http://lists.example/x.txt");
    for (args, word) in [
        (&["add", "../x", "--url", https][..], "no plain name"),
        (&["add", "a\nb", "--url", https], "no plain name"),
        (&["add", "x", "--url", https, "--category", "a/b"], "the category cannot be used"),
        (&["add", "x", "--url", http], "plain_http = true"),
    ] {
        let ended = lists(dir.path(), args).told_in_plain_words();
        assert!(!ended.status.success() && ended.err.contains(word), "{args:?}: {ended:?}");
    }
    assert!(!dir.path().join("state/subscriptions.toml").exists());
}

#[test]
fn nothing_is_released_by_mistake() {
    let dir = folder();
    for (args, word) in [
        (&["release", "https://bit.ly/x"][..], "neither a name nor a network"),
        (&["release", "bit.ly", "--in", "fed"], "there is no list `fed`"),
    ] {
        let ended = lists(dir.path(), args).told_in_plain_words();
        assert!(!ended.status.success() && ended.err.contains(word), "{args:?}: {ended:?}");
    }
    fs::remove_dir(dir.path().join("state")).unwrap();
    let ended = lists(dir.path(), &["release", "bit.ly"]).told_in_plain_words();
    assert!(!ended.status.success() && ended.err.contains("--state-dir"), "{ended:?}");
}

#[test]
fn check_says_that_a_name_is_held_back() {
    let dir = folder();
    let said = run(program(dir.path()).args(["check", "www.bit.ly"]));
    assert!(said.out.contains("www.bit.ly is not blocked"), "{said:?}");
    assert!(said.out.contains("The list feed has bit.ly in line 3, which is held back"), "{said:?}");
    succeeds(dir.path(), &["release", "bit.ly"]);
    assert!(run(program(dir.path()).args(["check", "www.bit.ly"])).out.contains("is blocked"));
}

#[test]
fn a_server_that_runs_takes_a_release_over() {
    let upstream = Upstream::start_with(upstream::a("192.0.2.80", 300));
    let config = CONFIG.replace("\"state\"", "\"{dir}/state\"").replace("path = \"", "path = \"{dir}/");
    let sekisho =
        sekisho().file("feed.txt", FEED).file("mine.txt", MINE).config(&config).upstream(&upstream).start();
    let held = |sekisho: &support::process::Sekisho| {
        sekisho.read_metrics().sum_of("sekisho_list_quarantined", &[("list", "feed")])
    };
    assert!((held(&sekisho) - 4.0).abs() < 0.5);
    assert_eq!(sekisho.addresses("bit.ly", A), ["192.0.2.80"]);
    assert_eq!(sekisho.addresses("fake-support.example", A), ["127.0.0.1"]);
    assert!(sekisho.stderr().contains("held back"), "{}", sekisho.stderr());
    let state = sekisho.path("state").display().to_string();
    let config = sekisho.path("sekisho.toml").display().to_string();
    let command = |word: &str| {
        let args = ["--config", &config, "--state-dir", &state, "lists", word, "bit.ly"];
        let ended = run(program(&sekisho.path("")).args(args));
        assert!(ended.status.success(), "{ended:?}");
    };
    command("release");
    until("the release is in force", SWAP, || {
        (sekisho.addresses("bit.ly", A) == ["127.0.0.1"]).then_some(())
    });
    until("it is counted", SWAP, || (held(&sekisho) < 3.5).then_some(()));
    command("hold");
    until("it is held again", SWAP, || (sekisho.addresses("bit.ly", A) == ["192.0.2.80"]).then_some(()));
}

#[test]
fn lint_says_what_a_file_has_and_what_it_adds() {
    let dir = folder();
    let list =
        "# new\n\nfake-support.example\nnew-scam.example\nbit.ly\nhttp://evil.example/path\n192.0.2.1\n";
    fs::write(dir.path().join("new.txt"), list).unwrap();
    let said = succeeds(dir.path(), &["lint", "new.txt"]);
    for line in [
        "new.txt: domains",
        "  lines        7 (blank 1, comments 1)",
        "  applied      3 that block, 0 that let pass",
        "  not applied  2",
        "      line 6: http://evil.example/path",
        "  objected to  1",
        "      line 5: bit.ly (and all below it): bit.ly is shared by many",
        "  new          2 of 3 different that block",
    ] {
        assert!(said.contains(line), "`{line}` is missing:\n{said}");
    }
    let found = json(dir.path(), &["lint", "new.txt", "feed.txt", "--json"]);
    let file = &found["files"][0];
    assert_eq!((&file["block"], &file["new"]), (&3.into(), &2.into()));
    assert_eq!(file["objections"][0]["ground"], "shared_host");
    assert_eq!(file["objections"][0]["samples"][0]["name"], "bit.ly");
    let reasons: Vec<_> =
        file["skipped"].as_array().unwrap().iter().map(|skipped| &skipped["reason"]).collect();
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    assert_eq!(found["files"][1]["file"], "feed.txt");
}

#[test]
fn lint_fails_for_what_is_no_list_and_looks_at_the_rest() {
    let dir = folder();
    fs::write(dir.path().join("page.txt"), "<!doctype html>\n").unwrap();
    let ended = lists(dir.path(), &["lint", "page.txt", "feed.txt", "missing.txt"]);
    assert!(!ended.status.success());
    for line in ["page.txt: it cannot be used: ", "feed.txt: domains", "missing.txt: it cannot be used: "] {
        assert!(ended.out.contains(line), "`{line}` is missing: {ended:?}");
    }
    let ended = lists(dir.path(), &["lint", "feed.txt", "--format", "zone"]).told_in_plain_words();
    assert!(!ended.status.success() && ended.err.contains("hosts, domains, adblock"), "{ended:?}");
}

#[test]
fn a_file_of_popular_names_is_believed_over_a_list() {
    let dir = folder();
    fs::write(dir.path().join("top.csv"), "1,fake-support.example\n2,other.example\n").unwrap();
    let config = format!("[guard]\npopular = \"top.csv\"\n\n{CONFIG}");
    fs::write(dir.path().join("sekisho.toml"), config).unwrap();
    assert_eq!(items(dir.path(), "feed")[0], "fake-support.example held popular");
    fs::remove_file(dir.path().join("top.csv")).unwrap();
    let ended = lists(dir.path(), &["quarantine"]).told_in_plain_words();
    assert!(!ended.status.success() && ended.err.contains("[guard] popular"), "{ended:?}");
}
