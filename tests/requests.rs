//! Requests to unblock by command, while a server runs: one name for one device, after a delay, for a time, over a
//! restart. What a server finds when it starts is what the one before it left.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::net::IpAddr;
use std::path::Path;

use serde_json::Value;
use support::ask::{Transport, check, receive, socket_from};
use support::http;
use support::process::{Ended, Sekisho, program, run, sekisho};
use support::upstream::{self, Upstream};
use support::wire::{A, Query};
use support::{PATIENCE, SWAP, until};
use tempfile::TempDir;

/// What a name that is not blocked has upstream.
const REAL: &str = "192.0.2.80";
/// What a blocked name has.
const SINKHOLE: &str = "127.0.0.1";
const ONE: [u8; 4] = [127, 0, 0, 2];
const OTHER: [u8; 4] = [127, 0, 0, 1];

/// A request as a server leaves it.
fn request(id: u32, name: &str, category: &str) -> String {
    format!(
        "[[request]]\nid = {id}\nclient = \"127.0.0.2\"\nname = \"{name}\"\ncategory = \"{category}\"\n\
         lists = [\"names\"]\nasked = \"2026-03-01T09:00:00Z\"\nstate = \"waiting\"\neveryone = false\n\
         until = \"2100-01-01T00:00:00Z\"\nseconds = 604800\n"
    )
}

/// A server whose state outlives it. It blocks `listed.example` as scam and `tracker.example` otherwise.
fn server(home: &Path, upstream: &Upstream, delay: &str) -> Sekisho {
    let home = home.display();
    fs::write(format!("{home}/names.txt"), "listed.example\n").unwrap();
    fs::write(format!("{home}/others.txt"), "tracker.example\n").unwrap();
    let text = format!(
        "\
[listen]
dns = [\"127.0.0.1:0\"]
[page]
listen = [\"127.0.0.1:0\"]
unblock_delay = \"{delay}\"
[metrics]
listen = [\"127.0.0.1:0\"]
[state]
dir = \"{home}/state\"
[upstream]
servers = [\"{}\"]
[[list]]
name = \"names\"
path = \"{home}/names.txt\"
[[list]]
name = \"others\"
path = \"{home}/others.txt\"
category = \"phishing\"
",
        upstream.address
    );
    sekisho().config(&text).bare().start()
}

/// A home whose last server left these requests.
fn left(requests: &[String]) -> (TempDir, Upstream) {
    let home = TempDir::new().unwrap();
    fs::create_dir(home.path().join("state")).unwrap();
    fs::write(home.path().join("state/requests.toml"), requests.concat()).unwrap();
    (home, Upstream::start_with(upstream::a(REAL, 300)))
}

fn command(home: &Path, words: &[&str]) -> Ended {
    run(program(home).arg("requests").args(words).arg("--state-dir").arg(home.join("state")))
}

fn does(home: &Path, words: &[&str]) -> String {
    let ended = command(home, words);
    assert!(ended.status.success() && ended.err.is_empty(), "{words:?}: {ended:?}");
    ended.out
}

fn is_refused(home: &Path, words: &[&str]) -> String {
    let ended = command(home, words);
    assert!(!ended.status.success() && ended.out.is_empty(), "{words:?}: {ended:?}");
    ended.told_in_plain_words().err
}

fn listed(home: &Path) -> Vec<Value> {
    let listed: Value = serde_json::from_str(&does(home, &["list", "--json"])).unwrap();
    listed["requests"].as_array().unwrap().clone()
}

fn addresses(sekisho: &Sekisho, name: &str, from: [u8; 4]) -> Vec<String> {
    let query = Query::new(name, A);
    let socket = socket_from(IpAddr::from(from), sekisho.dns());
    socket.send(&query.bytes()).unwrap();
    let answer = receive(&socket, PATIENCE).expect("an answer");
    check(Transport::Udp, &query, &answer).addresses()
}

fn has(sekisho: &Sekisho, name: &str, from: [u8; 4], address: &str) {
    assert_eq!(addresses(sekisho, name, from), [address], "{name} for {from:?}");
}

fn gets(sekisho: &Sekisho, name: &str, from: [u8; 4], address: &str) {
    until(&format!("{name} has {address} for {from:?}"), SWAP, || {
        (addresses(sekisho, name, from) == [address]).then_some(())
    });
}

#[test]
fn scam_is_lifted_for_the_device_that_asked_after_the_delay_and_blocked_again_on_time() {
    let (home, upstream) = left(&[request(7, "www.listed.example", "scam")]);
    let (home, sekisho) = (home.path(), server(home.path(), &upstream, "1s"));
    has(&sekisho, "www.listed.example", ONE, SINKHOLE);
    let shown = does(home, &[]);
    for part in
        ["7  www.listed.example  asked by 127.0.0.2 at 2026-03-01", "scam by names", "waits for a decision"]
    {
        assert!(shown.contains(part), "{shown}");
    }
    let said = does(home, &["approve", "7", "--for", "2s"]);
    assert!(said.contains("for 127.0.0.2 in 1 second (at 20") && said.contains("refuse 7"), "{said}");
    gets(&sekisho, "www.listed.example", ONE, REAL);
    has(&sekisho, "www.listed.example", OTHER, SINKHOLE);
    has(&sekisho, "listed.example", ONE, SINKHOLE);
    has(&sekisho, "a.www.listed.example", ONE, SINKHOLE);
    gets(&sekisho, "www.listed.example", ONE, SINKHOLE);
    until("the end is in the log", PATIENCE, || {
        sekisho.stderr().contains("the approval of request 7 is over").then_some(())
    });
    assert!(!sekisho.stderr().contains("www.listed.example"), "the log names nothing that people ask for");
    assert!(does(home, &[]).contains("Nobody has asked"));
    assert!(is_refused(home, &["approve", "7"]).contains("there is no request 7"));
}

#[test]
fn what_is_no_scam_is_lifted_at_once_for_everyone_if_that_is_said() {
    let requests = [request(1, "tracker.example", "phishing"), request(2, "a.tracker.example", "phishing")];
    let (home, upstream) = left(&requests);
    let (home, sekisho) = (home.path(), server(home.path(), &upstream, "1d"));
    assert!(does(home, &["approve", "1"]).contains("for 127.0.0.2 from now on, for 1 hour"));
    has(&sekisho, "tracker.example", ONE, REAL);
    has(&sekisho, "tracker.example", OTHER, SINKHOLE);
    assert!(does(home, &["approve", "2", "--everyone"]).contains("for every client from now on"));
    has(&sekisho, "a.tracker.example", OTHER, REAL);
    assert_eq!(sekisho.read_metrics().sum("sekisho_unblock_approvals").round() as i64, 2);
    assert!(does(home, &["refuse", "2"]).contains("taken back"));
    has(&sekisho, "a.tracker.example", OTHER, SINKHOLE);
    let states: Vec<Value> = listed(home).iter().map(|request| request["state"].clone()).collect();
    assert_eq!(states, ["approved", "refused"]);
    assert!(is_refused(home, &["approve", "1", "--for", "8d"]).contains("seven days"));
}

#[test]
fn a_name_that_leads_to_a_blocked_one_is_lifted_at_first_and_from_the_cache() {
    let (home, upstream) = left(&[request(1, "shop.example", "scam")]);
    upstream.set("shop.example", upstream::cname_chain(&["listed.example"], REAL, 300));
    let (home, sekisho) = (home.path(), server(home.path(), &upstream, "0s"));
    has(&sekisho, "shop.example", ONE, SINKHOLE);
    does(home, &["approve", "1"]);
    for _ in 0..2 {
        has(&sekisho, "shop.example", ONE, REAL);
        has(&sekisho, "shop.example", OTHER, SINKHOLE);
    }
    has(&sekisho, "listed.example", ONE, SINKHOLE);
}

#[test]
fn what_was_decided_outlasts_a_restart() {
    let (home, upstream) =
        left(&[request(3, "listed.example", "scam"), request(4, "tracker.example", "phishing")]);
    let home = home.path();
    let first = server(home, &upstream, "0s");
    does(home, &["approve", "3"]);
    does(home, &["refuse", "4"]);
    first.stop();
    let second = server(home, &upstream, "10m");
    has(&second, "listed.example", ONE, REAL);
    has(&second, "listed.example", OTHER, SINKHOLE);
    let states: Vec<Value> = listed(home).iter().map(|request| request["state"].clone()).collect();
    assert_eq!(states, ["approved", "refused"]);
    assert_eq!(listed(home)[0]["seconds_to_start"], 0);
}

#[test]
fn a_damaged_file_is_told_and_left_alone() {
    let (home, upstream) = left(&["[[request]]\nid = \"seven\"\n".into()]);
    let sekisho = server(home.path(), &upstream, "1s");
    assert!(sekisho.stderr().contains("requests.toml is damaged"), "{}", sekisho.stderr());
    has(&sekisho, "listed.example", ONE, SINKHOLE);
    sekisho.stop();
    let text = fs::read_to_string(home.path().join("state/requests.toml")).unwrap();
    assert!(text.contains("seven"));
}

/// What a browser says when somebody follows a link.
const ENGLISH: [(&str, &str); 2] = [("Accept", "text/html,*/*;q=0.8"), ("Accept-Language", "en")];

#[test]
fn a_person_asks_on_the_page_and_somebody_else_decides() {
    let (home, upstream) = left(&[]);
    let server = server(home.path(), &upstream, "1s");
    let own = "sekisho.home.arpa";
    has(&server, "listed.example", OTHER, SINKHOLE);
    // The box's own name tells what was stopped, and leads to the button.
    let help = http::get(server.page, own, "/", &ENGLISH);
    assert!(help.body.contains("<code>listed.example</code>"), "{}", help.body);
    assert!(help.body.contains("href=\"/unblock?name=listed.example&amp;lang=en\""), "{}", help.body);
    let page = http::get(server.page, own, "/unblock?name=listed.example", &ENGLISH);
    let token = page.body.split_once("name=\"token\" value=\"").expect("a form").1.split_once('"').unwrap().0;
    let form = format!("name=listed.example&token={token}");
    // The stopped site cannot press the button for anybody.
    let forged = [&ENGLISH[..], &[("Origin", "http://listed.example")]].concat();
    assert_eq!(http::post(server.page, own, "/unblock", &forged, &form).status, 403);
    assert_eq!(http::post(server.page, "listed.example", "/unblock", &ENGLISH, &form).status, 403);
    assert_eq!(http::post(server.page, own, "/unblock", &ENGLISH, "name=listed.example").status, 403);
    assert!(listed(home.path()).is_empty());
    let sent = http::post(server.page, own, "/unblock", &ENGLISH, &form);
    assert!(sent.status == 200 && sent.body.contains("The request was sent"), "{sent:?}");
    let again = http::post(server.page, own, "/unblock", &ENGLISH, &form);
    assert!(again.body.contains("already waiting"), "{again:?}");
    let waiting = listed(home.path());
    assert_eq!((waiting.len(), waiting[0]["name"].as_str()), (1, Some("listed.example")));
    has(&server, "listed.example", OTHER, SINKHOLE);
    does(home.path(), &["approve", &waiting[0]["id"].to_string()]);
    gets(&server, "listed.example", OTHER, REAL);
    has(&server, "listed.example", ONE, SINKHOLE);
    let open = http::get(server.page, own, "/unblock?name=listed.example", &ENGLISH);
    assert!(open.body.contains("not stopped for this device"), "{}", open.body);
}
