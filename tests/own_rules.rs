//! The operator's own rules by command, while a server runs: in force at once, for a time, over a restart, and never in
//! the way of what lists and the configuration say.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;
use support::process::{Ended, Sekisho, program, run, sekisho};
use support::upstream::{self, Upstream};
use support::wire::{A, MX, Query};
use support::{PATIENCE, SWAP, expect, until};
use tempfile::TempDir;

/// What a name that is not blocked has upstream.
const REAL: &str = "192.0.2.80";
/// What a blocked name has.
const SINKHOLE: &str = "127.0.0.1";

/// A server whose state outlives it, with one listed name.
fn server(home: &Path, upstream: &Upstream, more: &str) -> Sekisho {
    let home = home.display();
    fs::write(format!("{home}/names.txt"), "listed.example\n").unwrap();
    let text = format!(
        "\
[listen]
dns = [\"127.0.0.1:0\"]
[page]
listen = [\"127.0.0.1:0\"]
[metrics]
listen = [\"127.0.0.1:0\"]
[state]
dir = \"{home}/state\"
[upstream]
servers = [\"{}\"]
[[list]]
name = \"names\"
path = \"{home}/names.txt\"
{more}",
        upstream.address
    );
    sekisho().config(&text).bare().start()
}

fn answering() -> Upstream {
    Upstream::start_with(upstream::a(REAL, 300))
}

fn command(home: &Path, words: &[&str]) -> Ended {
    run(program(home).args(words).arg("--state-dir").arg(home.join("state")))
}

/// What a command that succeeds prints.
fn does(home: &Path, words: &[&str]) -> String {
    let ended = command(home, words);
    assert!(ended.status.success() && ended.err.is_empty(), "{words:?}: {ended:?}");
    ended.out
}

/// What a command that fails says.
fn is_refused(home: &Path, words: &[&str]) -> String {
    let ended = command(home, words);
    assert!(!ended.status.success() && ended.out.is_empty(), "{words:?}: {ended:?}");
    ended.told_in_plain_words().err
}

fn has(sekisho: &Sekisho, name: &str, address: &str) {
    assert_eq!(sekisho.addresses(name, A), [address], "{name}");
}

fn gets(sekisho: &Sekisho, name: &str, address: &str) {
    until(&format!("{name} has {address}"), SWAP, || (sekisho.addresses(name, A) == [address]).then_some(()));
}

fn gauge(sekisho: &Sekisho, name: &str) -> i64 {
    sekisho.read_metrics().sum(name).round() as i64
}

fn rules(home: &Path) -> Value {
    serde_json::from_str(&does(home, &["rules", "--json"])).unwrap()
}

#[test]
fn a_rule_holds_as_soon_as_the_command_has_ended() {
    let (home, upstream) = (TempDir::new().unwrap(), answering());
    let (home, sekisho) = (home.path(), server(home.path(), &upstream, ""));
    has(&sekisho, "www.listed.example", SINKHOLE);
    let said = does(home, &["allow", "WWW.Listed.Example."]);
    assert!(said.contains("www.listed.example, with all names below it, passes from now on"), "{said}");
    assert!(said.contains("It was blocked by listed.example (list names)"), "{said}");
    has(&sekisho, "www.listed.example", REAL);
    has(&sekisho, "listed.example", SINKHOLE);

    let said = does(home, &["block", "*.例え.example"]);
    assert!(said.contains("Every name below xn--r8jz45g.example is blocked"), "{said}");
    has(&sekisho, "a.xn--r8jz45g.example", SINKHOLE);
    has(&sekisho, "xn--r8jz45g.example", REAL);

    does(home, &["block", r"/^support-[0-9]+\./"]);
    let query = Query::new("support-24.example", A).edns();
    let answer = sekisho.ask(&query);
    expect::sinkholed(&query, &answer, SINKHOLE);
    assert!(
        answer.extended_errors().iter().any(|(_, text)| text.contains(r"/^support-[0-9]+\./ (own rule)")),
        "{answer:?}"
    );
    let query = Query::new("support-24.example", MX).edns();
    expect::nodata(&query, &sekisho.ask(&query), "support-24.example");
    has(&sekisho, "www.support-24.example", REAL);

    assert!(does(home, &["rules"]).contains("allow  www.listed.example"));
    assert_eq!(rules(home)["rules"].as_array().unwrap().len(), 3);
    assert_eq!(gauge(&sekisho, "sekisho_own_rules"), 3);

    for rule in ["www.listed.example", "*.例え.example", r"/^support-[0-9]+\./"] {
        does(home, &["rules", "remove", rule]);
    }
    has(&sekisho, "www.listed.example", SINKHOLE);
    has(&sekisho, "a.xn--r8jz45g.example", REAL);
    has(&sekisho, "support-24.example", REAL);
    assert!(is_refused(home, &["rules", "remove", "www.listed.example"]).contains("no command made a rule"));
    assert!(does(home, &["rules"]).contains("no rules of your own"));
}

#[test]
fn a_rule_takes_the_place_of_its_contrary() {
    let (home, upstream) = (TempDir::new().unwrap(), answering());
    let (home, sekisho) = (
        home.path(),
        server(home.path(), &upstream, "[rules]\nallow = [\"fixed.example\"]\nblock = [\"Conf.example\"]\n"),
    );
    does(home, &["block", "shop.example"]);
    has(&sekisho, "shop.example", SINKHOLE);
    let said = does(home, &["allow", "shop.example"]);
    assert!(said.contains("takes the place of your rule to block it"), "{said}");
    has(&sekisho, "shop.example", REAL);
    let said = is_refused(home, &["block", "fixed.example"]);
    assert!(said.contains("sekisho.toml has fixed.example under [rules] allow"), "{said}");
    let listed = rules(home);
    let listed = listed["rules"].as_array().unwrap();
    assert_eq!(listed.len(), 3);
    assert_eq!((&listed[1]["rule"], &listed[1]["since"]), (&"fixed.example".into(), &Value::Null));
    assert_eq!((&listed[2]["rule"], &listed[2]["in_force"]), (&"Conf.example".into(), &true.into()));
    does(home, &["allow", "conf.example"]);
    has(&sekisho, "conf.example", REAL);
    let listed = rules(home);
    assert_eq!(
        (&listed["rules"][3]["rule"], &listed["rules"][3]["in_force"]),
        (&"Conf.example".into(), &false.into())
    );
}

#[test]
fn what_is_for_a_time_ends_by_itself() {
    let (home, upstream) = (TempDir::new().unwrap(), answering());
    let (home, sekisho) = (home.path(), server(home.path(), &upstream, ""));
    let said = does(home, &["allow", "listed.example", "--for", "2s"]);
    assert!(said.contains("for 2 seconds (until 20"), "{said}");
    has(&sekisho, "listed.example", REAL);
    does(home, &["block", "short.example", "--for", "2s"]);
    does(home, &["block", "long.example", "--for", "2h"]);
    assert!(does(home, &["rules"]).contains("left"));
    gets(&sekisho, "listed.example", SINKHOLE);
    gets(&sekisho, "short.example", REAL);
    has(&sekisho, "long.example", SINKHOLE);
    let listed = rules(home);
    let rules = listed["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 1);
    assert!(rules[0]["seconds_left"].as_u64().unwrap() <= 7200);
    until("the end is in the log", PATIENCE, || {
        sekisho.stderr().contains("the time of the rule is over: allow listed.example").then_some(())
    });
    until("the end is in the file", PATIENCE, || {
        let text = fs::read_to_string(home.join("state/rules.toml")).unwrap();
        (!text.contains("listed.example") && text.contains("long.example")).then_some(())
    });
}

#[test]
fn a_rule_for_good_is_back_when_the_one_for_a_time_is_over_or_taken_back() {
    let (home, upstream) = (TempDir::new().unwrap(), answering());
    let home = home.path();
    let first = server(home, &upstream, "");
    does(home, &["block", "evil.example"]);
    let said = does(home, &["allow", "evil.example", "--for", "1h"]);
    assert!(said.contains("your rule to block it is in force again"), "{said}");
    has(&first, "evil.example", REAL);
    first.stop();
    let second = server(home, &upstream, "");
    has(&second, "evil.example", REAL);
    let text = does(home, &["rules"]);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("block  evil.example") && lines[0].contains("not in force while"), "{text}");
    assert!(lines[1].starts_with("allow  evil.example") && lines[1].ends_with("left"), "{text}");
    let listed = rules(home);
    assert_eq!([0, 1].map(|place| listed["rules"][place]["in_force"].as_bool().unwrap()), [false, true]);
    let said = does(home, &["rules", "remove", "evil.example"]);
    assert!(said.contains("Your rule to block it for good is in force again"), "{said}");
    has(&second, "evil.example", SINKHOLE);

    does(home, &["allow", "evil.example", "--for", "1s"]);
    gets(&second, "evil.example", SINKHOLE);
    let listed = rules(home);
    assert_eq!(listed["rules"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&listed["rules"][0]["kind"], &listed["rules"][0]["in_force"]),
        (&"block".into(), &true.into())
    );
}

#[test]
fn a_pause_lifts_everything_and_ends_by_itself_or_by_command() {
    let (home, upstream) = (TempDir::new().unwrap(), answering());
    let (home, sekisho) =
        (home.path(), server(home.path(), &upstream, "[rules]\nblock = [\"own.example\"]\n"));
    let blocked = |address| ["listed.example", "own.example"].map(|name| has(&sekisho, name, address));
    blocked(SINKHOLE);
    let said = does(home, &["pause", "10m"]);
    assert!(said.contains("Nothing is blocked for 10 minutes") && said.contains("resume"), "{said}");
    blocked(REAL);
    assert_eq!(gauge(&sekisho, "sekisho_paused"), 1);
    // Lists that change meanwhile do not end it.
    fs::write(home.join("names.txt"), "listed.example\nother.example\n").unwrap();
    until("the list is read", SWAP, || (gauge(&sekisho, "sekisho_list_rules") == 2).then_some(()));
    blocked(REAL);
    assert!(does(home, &["rules"]).contains("Paused"));
    assert!(does(home, &["resume"]).contains("blocked again"));
    blocked(SINKHOLE);
    has(&sekisho, "other.example", SINKHOLE);
    assert!(does(home, &["resume"]).contains("no pause"));
    does(home, &["pause", "1s"]);
    gets(&sekisho, "listed.example", SINKHOLE);
    assert_eq!(gauge(&sekisho, "sekisho_paused"), 0);
    assert!(is_refused(home, &["pause", "25h"]).contains("a day"));
}

#[test]
fn rules_and_pauses_outlast_a_restart() {
    let (home, upstream) = (TempDir::new().unwrap(), answering());
    let home = home.path();
    let first = server(home, &upstream, "");
    does(home, &["allow", "listed.example", "--for", "1h"]);
    does(home, &["block", "/prize/"]);
    first.stop();
    let second = server(home, &upstream, "");
    has(&second, "listed.example", REAL);
    has(&second, "prize.example", SINKHOLE);
    does(home, &["pause", "1h"]);
    second.stop();
    let third = server(home, &upstream, "");
    has(&third, "prize.example", REAL);
    assert!(third.stderr().contains("a pause goes on"));
    does(home, &["resume"]);
    has(&third, "prize.example", SINKHOLE);
    let text = does(home, &["check", "big-prize.example"]);
    assert!(text.contains("/prize/") && text.contains("your own rules"), "{text}");
}

#[test]
fn a_changed_configuration_keeps_what_commands_said() {
    let (home, upstream) = (TempDir::new().unwrap(), answering());
    let (home, sekisho) = (home.path(), server(home.path(), &upstream, ""));
    does(home, &["block", "mine.example"]);
    let path = sekisho.path("sekisho.toml");
    let text =
        fs::read_to_string(&path).unwrap() + "[rules]\nregex = [\"^lottery\"]\nblock = [\"/jackpot/\"]\n";
    fs::write(&path, text).unwrap();
    gets(&sekisho, "lottery.example", SINKHOLE);
    has(&sekisho, "my-jackpot.example", SINKHOLE);
    has(&sekisho, "mine.example", SINKHOLE);
    assert_eq!(gauge(&sekisho, "sekisho_own_rules"), 3);
}

#[test]
fn what_cannot_be_a_rule_is_refused_and_changes_nothing() {
    let (home, upstream) = (TempDir::new().unwrap(), answering());
    let (home, sekisho) = (home.path(), server(home.path(), &upstream, ""));
    for (rule, part) in [
        ("https://evil.example/", "is no name"),
        (".", "is no name"),
        ("/(/", "unclosed group"),
        ("/.*/", "every name"),
        ("/./", "every name"),
        ("/[a-z]/", "every name"),
        ("/(a|b)*a(a|b){14}c/", "memory"),
    ] {
        let said = is_refused(home, &["block", rule]);
        assert!(said.contains(part), "{said}");
    }
    assert!(is_refused(home, &["allow", "a.example", "--for", "0s"]).contains("between a second and a year"));
    assert!(is_refused(home, &["allow", "a.example", "--for", "soon"]).contains("30m"));
    assert_eq!(rules(home)["rules"].as_array().unwrap().len(), 0);
    has(&sekisho, "ordinary.example", REAL);
}

#[test]
fn a_damaged_file_of_rules_is_told_kept_and_taken_up_when_it_is_mended() {
    let (home, upstream) = (TempDir::new().unwrap(), answering());
    let home = home.path();
    fs::create_dir(home.join("state")).unwrap();
    let file = home.join("state/rules.toml");
    fs::write(&file, "[[rule]]\nkind = \"perhaps\"\n").unwrap();
    let sekisho = server(home, &upstream, "");
    assert!(sekisho.stderr().contains("rules.toml is damaged"), "{}", sekisho.stderr());
    has(&sekisho, "listed.example", SINKHOLE);
    assert!(is_refused(home, &["allow", "listed.example"]).contains("rules.toml is damaged"));
    assert!(fs::read_to_string(&file).unwrap().contains("perhaps"), "nothing is written over it");
    fs::remove_file(&file).unwrap();
    does(home, &["allow", "listed.example"]);
    has(&sekisho, "listed.example", REAL);
}

#[test]
fn a_rule_that_cannot_be_written_down_holds_until_a_restart_and_that_is_said() {
    let (home, upstream) = (TempDir::new().unwrap(), answering());
    let (home, sekisho) = (home.path(), server(home.path(), &upstream, ""));
    // No file can be moved over a folder.
    fs::create_dir_all(home.join("state/rules.toml/x")).unwrap();
    let said = does(home, &["allow", "listed.example"]);
    assert!(said.contains("will not outlast a restart"), "{said}");
    has(&sekisho, "listed.example", REAL);
}

#[test]
fn only_the_server_s_own_user_can_give_commands_and_without_a_server_they_say_so() {
    let (home, upstream) = (TempDir::new().unwrap(), answering());
    let home = home.path();
    fs::create_dir(home.join("state")).unwrap();
    assert!(is_refused(home, &["pause", "10m"]).contains("no server runs with the state folder"));
    let sekisho = server(home, &upstream, "");
    let socket = home.join("state/control.sock");
    assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    sekisho.stop();
    assert!(is_refused(home, &["resume"]).contains("no server runs"));
}
