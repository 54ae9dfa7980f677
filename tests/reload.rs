//! A configuration that changes under a running program: good, bad, half written, and while queries go on.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use support::ask;
use support::http;
use support::process::{Builder, Sekisho, sekisho};
use support::upstream::{self, Upstream};
use support::wire::{A, Message, Query};
use support::{SWAP, until};

/// What a name that is not blocked has upstream.
const REAL: &str = "192.0.2.80";
/// What a blocked name has.
const SINKHOLE: &str = "127.0.0.1";

/// A configuration file that says everything, with `more` at its end.
fn file(upstream: &Upstream, more: &str) -> String {
    format!(
        "\
[listen]
dns = [\"127.0.0.1:0\"]
[page]
listen = [\"127.0.0.1:0\"]
[metrics]
listen = [\"127.0.0.1:0\"]
[state]
dir = \"{{dir}}/state\"
[upstream]
servers = [\"{}\"]
{more}",
        upstream.address
    )
}

const LIST: &str = "[[list]]\nname = \"names\"\npath = \"{dir}/names.txt\"\n";

fn with_a_list(upstream: &Upstream) -> Builder {
    sekisho().file("names.txt", "one.example\n").config(&file(upstream, LIST)).bare()
}

fn answering_upstream() -> Upstream {
    Upstream::start_with(upstream::a(REAL, 300))
}

/// Writes beside the file and renames over it, as careful programs do.
fn replace(sekisho: &Sekisho, text: &str) {
    let path = sekisho.path("sekisho.toml");
    let beside = path.with_extension("new");
    fs::write(&beside, whole(&path, text)).unwrap();
    fs::rename(beside, path).unwrap();
}

/// With the folder's name in place of `{dir}`.
fn whole(path: &Path, text: &str) -> String {
    text.replace("{dir}", path.parent().unwrap().to_str().unwrap())
}

fn has(sekisho: &Sekisho, name: &str, address: &str) -> bool {
    sekisho.addresses(name, A) == [address]
}

fn gets(sekisho: &Sekisho, name: &str, address: &str) {
    until(&format!("{name} has {address}"), SWAP, || has(sekisho, name, address).then_some(()));
}

fn says(sekisho: &Sekisho, words: &str) {
    until(&format!("the log says {words}"), SWAP, || sekisho.stderr().contains(words).then_some(()));
}

fn is_stale(sekisho: &Sekisho) -> bool {
    sekisho.read_metrics().sum("sekisho_config_stale") > 0.0
}

fn refused(sekisho: &Sekisho) -> f64 {
    sekisho.read_metrics().sum_of("sekisho_config_reloads_total", &[("result", "refused")])
}

#[test]
fn everything_that_can_change_without_a_restart_does() {
    let upstream = answering_upstream();
    let other = Upstream::start_with(upstream::a("192.0.2.81", 300));
    let sekisho = with_a_list(&upstream).file("more.txt", "two.example\n").start();
    assert!(has(&sekisho, "one.example", SINKHOLE) && has(&sekisho, "two.example", REAL));
    let more = "\
[[list]]
name = \"more\"
path = \"{dir}/more.txt\"
category = \"ads\"
[rules]
allow = [\"one.example\"]
block = [\"own.example\"]
[block]
ttl = \"7s\"
[block.category]
ads = \"nxdomain\"
[cache]
memory = \"1MiB\"
max_ttl = \"50s\"
[log]
level = \"debug\"
";
    let text = file(&other, &format!("{LIST}{more}"))
        .replace("[page]\n", "[page]\nhost = \"help.home.arpa\"\noperator = { name = \"Room 12\" }\n");
    replace(&sekisho, &text);
    gets(&sekisho, "own.example", SINKHOLE);
    let own = sekisho.ask(&Query::new("own.example", A));
    assert_eq!(own.answers[0].ttl, 7);
    assert_eq!(sekisho.ask(&Query::new("two.example", A)).rcode(), 3);
    // The cache may still know what the first upstream said of a name; of a new one the other is asked.
    assert!(has(&sekisho, "fresh.example", "192.0.2.81"));
    assert_eq!(sekisho.ask(&Query::new("later.example", A)).answers[0].ttl, 50);
    assert!(has(&sekisho, "help.home.arpa", SINKHOLE) && !has(&sekisho, "sekisho.home.arpa", SINKHOLE));
    let page = http::get(sekisho.page, "help.home.arpa", "/", &[]);
    assert!(page.status == 200 && page.body.contains("Room 12"), "{}", page.body);
    let metrics = sekisho.read_metrics();
    assert!(metrics.sum_of("sekisho_verdicts_total", &[("category", "ads"), ("verdict", "block")]) > 0.0);
    assert!(metrics.sum_of("sekisho_list_rules", &[("list", "more")]) > 0.0);
    assert!(!is_stale(&sekisho));
}

#[test]
fn a_list_that_is_taken_out_takes_its_rules_with_it() {
    let upstream = answering_upstream();
    let sekisho = with_a_list(&upstream).file("more.txt", "two.example\n").start();
    let more = LIST.replace("names", "more");
    replace(&sekisho, &file(&upstream, &format!("{LIST}{more}")));
    gets(&sekisho, "two.example", SINKHOLE);
    // A list that came with the change is followed like any other.
    fs::write(sekisho.path("more.txt"), "three.example\n").unwrap();
    gets(&sekisho, "three.example", SINKHOLE);
    replace(&sekisho, &file(&upstream, LIST));
    gets(&sekisho, "three.example", REAL);
    assert!(!sekisho.read_metrics().text.contains("list=\"more\""));
}

#[test]
fn a_bad_file_is_refused_with_line_key_and_remedy_and_the_one_in_force_stays() {
    let upstream = answering_upstream();
    let sekisho = with_a_list(&upstream).start();
    let good = file(&upstream, LIST);
    for (bad, words) in [
        (
            format!("{good}[cache]\nmemry = \"1MiB\"\n"),
            "line 15: `memry`: there is no such key. Did you mean `memory`?",
        ),
        (format!("{good}[block]\nttl = \"6h\"\n"), "line 15: `block.ttl`:"),
        (good.replace("[page]", "[page"), "line 3:"),
        (format!("{good}{}", LIST.replace("names", "missing")), "the list missing cannot be used"),
        (String::new(), "the file is empty"),
        (format!("{good}#{}\n", "#".repeat(5 << 20)), "larger than 4 MiB"),
        (good.replace(LIST, ""), "has no list that blocks"),
    ] {
        let before = refused(&sekisho);
        replace(&sekisho, &bad);
        says(&sekisho, words);
        until("it is counted", SWAP, || (refused(&sekisho) > before).then_some(()));
        assert!(is_stale(&sekisho), "{words}");
        assert!(sekisho.stderr().contains("The one in force stays"), "{words}");
        assert!(has(&sekisho, "one.example", SINKHOLE), "{words}");
        replace(&sekisho, &good);
        until("the mistake is taken back", SWAP, || (!is_stale(&sekisho)).then_some(()));
    }
    assert!(sekisho.stderr().contains(sekisho.path("sekisho.toml").to_str().unwrap()));
}

#[test]
fn of_a_bad_file_nothing_is_taken() {
    let upstream = answering_upstream();
    let sekisho = with_a_list(&upstream).start();
    let more = format!("[rules]\nblock = [\"own.example\"]\n{}", LIST.replace("names", "missing"));
    replace(&sekisho, &file(&upstream, &format!("{LIST}{more}")));
    says(&sekisho, "the list missing cannot be used");
    assert!(has(&sekisho, "own.example", REAL));
    // Once the list is there, asking again is enough.
    fs::write(sekisho.path("missing.txt"), "two.example\n").unwrap();
    sekisho.signal("HUP");
    gets(&sekisho, "own.example", SINKHOLE);
    assert!(has(&sekisho, "two.example", SINKHOLE));
}

#[test]
fn a_half_written_file_is_waited_for() {
    let upstream = answering_upstream();
    let sekisho = with_a_list(&upstream).start();
    let path = sekisho.path("sekisho.toml");
    let text = whole(&path, &file(&upstream, &format!("[rules]\nblock = [\"own.example\"]\n{LIST}")));
    // Every prefix that ends within a line is half of something, even where it would be a whole file.
    let cut = text.find("own").unwrap();
    for end in [cut, text.find("servers").unwrap() - 1, text.len() - 1] {
        fs::write(&path, &text[..end]).unwrap();
        let until_then = Instant::now() + Duration::from_millis(1500);
        while Instant::now() < until_then {
            assert!(has(&sekisho, "one.example", SINKHOLE) && has(&sekisho, "own.example", REAL));
        }
        assert!(refused(&sekisho) < 1.0, "cut at {end}");
    }
    fs::write(&path, &text).unwrap();
    gets(&sekisho, "own.example", SINKHOLE);
    assert!(has(&sekisho, "one.example", SINKHOLE));
}

#[test]
fn a_file_that_vanishes_leaves_everything_in_force() {
    let upstream = answering_upstream();
    let sekisho = with_a_list(&upstream).start();
    fs::remove_file(sekisho.path("sekisho.toml")).unwrap();
    says(&sekisho, "cannot be read");
    assert!(has(&sekisho, "one.example", SINKHOLE) && is_stale(&sekisho));
    replace(&sekisho, &file(&upstream, LIST));
    until("it is there again", SWAP, || (!is_stale(&sekisho)).then_some(()));
}

#[test]
fn what_needs_a_restart_is_said_and_the_rest_is_taken() {
    let upstream = answering_upstream();
    let sekisho = with_a_list(&upstream).start();
    let text = file(&upstream, &format!("{LIST}[rules]\nblock = [\"own.example\"]\n"))
        .replace("[listen]\n", "[listen]\nworkers = 7\n")
        .replace("/state\"", "/other-state\"");
    replace(&sekisho, &text);
    gets(&sekisho, "own.example", SINKHOLE);
    says(&sekisho, "listen.workers, state.dir. Restart it");
    assert!(is_stale(&sekisho));
    replace(&sekisho, &file(&upstream, LIST));
    until("nothing waits any more", SWAP, || (!is_stale(&sekisho)).then_some(()));
}

#[test]
fn a_hangup_has_everything_looked_at_and_never_ends_the_server() {
    let upstream = answering_upstream();
    let mut sekisho = with_a_list(&upstream).start();
    sekisho.signal("HUP");
    says(&sekisho, "says what is in force");
    let path = sekisho.path("sekisho.toml");
    fs::write(&path, "nonsense").unwrap();
    sekisho.signal("HUP");
    says(&sekisho, "is not taken over");
    assert!(sekisho.is_alive() && has(&sekisho, "one.example", SINKHOLE));
    let mut without_a_file = support::process::sekisho().list("names.txt", "one.example\n").start();
    without_a_file.signal("HUP");
    says(&without_a_file, "no configuration file");
    assert!(without_a_file.is_alive());
}

#[test]
fn under_load_every_query_is_answered_by_one_configuration_or_the_other() {
    let upstream = answering_upstream();
    let sekisho = with_a_list(&upstream).start();
    // A rule and its TTL change together: an answer with one of the old and one of the new would be a mixture.
    let of = |ttl: u32, name: &str| {
        file(&upstream, &format!("{LIST}[block]\nttl = \"{ttl}s\"\n[rules]\nblock = [\"{name}\"]\n"))
    };
    let (first, second) = (of(11, "even.example"), of(22, "odd.example"));
    let socket = ask::socket_to(sekisho.dns());
    let query = |name: &str| {
        let query = Query::new(name, A);
        socket.send(&query.bytes()).unwrap();
        let raw = ask::receive(&socket, support::PATIENCE).expect("every query is answered");
        Message::parse(&raw).unwrap().answers[0].ttl
    };
    for round in 0..10 {
        replace(&sekisho, if round % 2 == 0 { &first } else { &second });
        let mut asked = 0;
        until("the new configuration holds", SWAP, || {
            let (even, odd) = (query("even.example"), query("odd.example"));
            asked += 2;
            assert!(
                even != 22 && odd != 11,
                "a rule of one configuration with the TTL of the other: {even} {odd}"
            );
            (if round % 2 == 0 { even == 11 } else { odd == 22 }).then_some(())
        });
        assert!(asked > 0);
    }
}

#[test]
fn a_file_can_be_checked_before_it_is_used() {
    let upstream = answering_upstream();
    let sekisho = with_a_list(&upstream).start();
    let check = |name: &str| {
        let file = sekisho.path(name);
        let mut program = support::process::program(file.parent().unwrap());
        support::process::run(program.args(["config", "--check", file.to_str().unwrap()]))
    };
    let right = check("sekisho.toml");
    assert!(right.status.success() && right.out.contains("is right"), "{right:?}");
    fs::write(sekisho.path("wrong.toml"), "[listen]\nwokers = 2\n").unwrap();
    let wrong = check("wrong.toml");
    assert!(!wrong.status.success() && wrong.err.contains("line 2: `wokers`"), "{wrong:?}");
    fs::write(
        sekisho.path("odd.toml"),
        "profile = \"school\"\n[[list]]\nname = \"a\"\npath = \"gone.txt\"\n",
    )
    .unwrap();
    let odd = check("odd.toml");
    assert!(odd.status.success() && odd.out.contains("gone.txt") && odd.out.contains("operator"), "{odd:?}");
    assert!(check("nowhere.toml").err.contains("cannot be read"));
}
