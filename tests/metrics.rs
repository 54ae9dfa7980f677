//! What `/metrics` tells, and what it never tells.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use support::ask::{self, BOTH, Transport, ask};
use support::metrics::Metrics;
use support::process::{Sekisho, sekisho};
use support::upstream::{self, Upstream};
use support::wire::{A, AAAA, HTTPS, Query, REFUSED, TXT};
use support::{PATIENCE, SWAP, http, until};

/// A name and its labels, as the documentation has them.
const NAMES: [(&str, &[&str]); 26] = [
    ("sekisho_queries_total", &["transport", "type"]),
    ("sekisho_verdicts_total", &["category", "verdict"]),
    ("sekisho_answers_total", &["rcode"]),
    ("sekisho_answers_lost_total", &[]),
    ("sekisho_rate_limited_total", &["action"]),
    ("sekisho_cache_hits_total", &[]),
    ("sekisho_cache_misses_total", &[]),
    ("sekisho_cache_bytes", &[]),
    ("sekisho_cache_entries", &[]),
    ("sekisho_cache_evictions_total", &[]),
    ("sekisho_upstream_seconds_bucket", &["le", "upstream"]),
    ("sekisho_upstream_seconds_sum", &["upstream"]),
    ("sekisho_upstream_seconds_count", &["upstream"]),
    ("sekisho_upstream_failures_total", &["reason", "upstream"]),
    ("sekisho_list_rules", &["list"]),
    ("sekisho_list_last_good_timestamp_seconds", &["list"]),
    ("sekisho_list_stale", &["list"]),
    ("sekisho_list_quarantined", &["list"]),
    ("sekisho_swaps_total", &[]),
    ("sekisho_swap_seconds_bucket", &["le"]),
    ("sekisho_swap_seconds_sum", &[]),
    ("sekisho_swap_seconds_count", &[]),
    ("sekisho_page_views_total", &["language"]),
    ("sekisho_build_info", &["version"]),
    ("process_resident_memory_bytes", &[]),
    ("process_start_time_seconds", &[]),
];

fn upstream() -> Upstream {
    Upstream::start_with(upstream::a("192.0.2.80", 300)).with("broken.example", upstream::servfail())
}

fn start(upstream: &Upstream) -> Sekisho {
    sekisho().list("names.txt", "fake-support.example\nother.example\n").upstream(upstream).start()
}

/// A little of everything.
fn traffic(sekisho: &Sekisho) {
    for transport in BOTH {
        for name in ["fake-support.example", "private-matter.example", "broken.example"] {
            for qtype in [A, AAAA, HTTPS, TXT, 65_280] {
                ask(transport, sekisho.dns(), &Query::new(name, qtype));
            }
        }
    }
    http::get(sekisho.page, "fake-support.example", "/", &[("Accept", "text/html")]);
    fs::write(sekisho.path("names.txt"), "fake-support.example\nother.example\nthird.example\n").unwrap();
    until("the swap is counted", SWAP, || {
        (sekisho.read_metrics().sum_of("sekisho_list_rules", &[("list", "names")]) > 2.5).then_some(())
    });
}

#[test]
fn every_name_is_there_with_its_labels() {
    let upstream = upstream();
    let sekisho = start(&upstream);
    traffic(&sekisho);
    let metrics = sekisho.read_metrics();
    for (name, labels) in NAMES {
        if name.starts_with("process_") && !cfg!(target_os = "linux") {
            continue;
        }
        assert!(metrics.has(name), "{name} is missing:\n{}", metrics.text);
        assert_eq!(metrics.label_names(name), labels, "the labels of {name}");
    }
}

/// What `doing` adds to the sum of these samples; it may arrive a moment later.
fn grows(sekisho: &Sekisho, name: &str, labels: &[(&str, &str)], by: f64, doing: impl FnOnce()) {
    let sum = |metrics: Metrics| metrics.sum_of(name, labels);
    let before = sum(sekisho.read_metrics());
    doing();
    until(&format!("{name}{labels:?} grows by {by} from {before}"), PATIENCE, || {
        let grown = sum(sekisho.read_metrics()) - before;
        assert!(grown < by + 0.5, "{name}{labels:?} grew by {grown}, not {by}");
        (grown > by - 0.5).then_some(())
    });
}

fn ask_times(sekisho: &Sekisho, times: usize, transport: Transport, name: &str) {
    for _ in 0..times {
        ask(transport, sekisho.dns(), &Query::new(name, A));
    }
}

#[test]
fn counts_move_as_queries_come() {
    let upstream = upstream();
    let sekisho = start(&upstream);
    let (udp, tcp) = (Transport::Udp, Transport::Tcp);
    let queries = "sekisho_queries_total";
    grows(&sekisho, queries, &[("transport", "udp")], 7.0, || {
        ask_times(&sekisho, 7, udp, "fake-support.example");
    });
    grows(&sekisho, queries, &[("transport", "tcp")], 3.0, || {
        ask_times(&sekisho, 3, tcp, "fake-support.example");
    });
    grows(&sekisho, queries, &[("type", "A")], 2.0, || ask_times(&sekisho, 2, udp, "fake-support.example"));
    let verdicts = "sekisho_verdicts_total";
    grows(&sekisho, verdicts, &[("category", "scam")], 5.0, || {
        ask_times(&sekisho, 5, udp, "www.fake-support.example");
    });
    grows(&sekisho, verdicts, &[], 4.0, || ask_times(&sekisho, 4, udp, "shop.example"));
    let answers = "sekisho_answers_total";
    grows(&sekisho, answers, &[], 4.0, || ask_times(&sekisho, 4, udp, "shop.example"));
    grows(&sekisho, answers, &[("rcode", "nxdomain")], 1.0, || ask_times(&sekisho, 1, udp, "x.invalid"));
    grows(&sekisho, answers, &[("rcode", "servfail")], 2.0, || ask_times(&sekisho, 2, udp, "broken.example"));
    grows(&sekisho, "sekisho_cache_misses_total", &[], 1.0, || ask_times(&sekisho, 1, udp, "new.example"));
    grows(&sekisho, "sekisho_cache_hits_total", &[], 6.0, || ask_times(&sekisho, 6, udp, "new.example"));
    let metrics = sekisho.read_metrics();
    assert!(metrics.sum("sekisho_cache_entries") >= 2.0 && metrics.sum("sekisho_cache_bytes") > 100.0);
    // The program may ask its upstreams for reasons of its own, so no more than a lower bound.
    assert!(metrics.sum("sekisho_upstream_seconds_count") >= 2.0, "{}", metrics.text);
    assert!(metrics.sum("sekisho_upstream_failures_total") >= 1.0, "{}", metrics.text);
}

#[test]
fn every_answer_is_counted_once_whatever_it_says() {
    let upstream = upstream();
    let sekisho = start(&upstream);
    let mut refused = Query::new("nowhere.example", A).without_recursion();
    grows(&sekisho, "sekisho_answers_total", &[("rcode", "refused")], 4.0, || {
        for transport in [Transport::Udp, Transport::Tcp, Transport::Udp, Transport::Tcp] {
            refused = refused.clone().id(refused.id + 1);
            assert_eq!(ask(transport, sekisho.dns(), &refused).rcode(), REFUSED);
        }
    });
}

#[test]
fn page_views_are_counted_by_language() {
    let upstream = upstream();
    let sekisho = start(&upstream);
    for language in ["ja", "en"] {
        grows(&sekisho, "sekisho_page_views_total", &[("language", language)], 2.0, || {
            for _ in 0..2 {
                let headers = [("Accept", "text/html"), ("Accept-Language", language)];
                http::get(sekisho.page, "fake-support.example", "/", &headers);
            }
        });
    }
}

#[test]
fn each_list_tells_its_rules_and_its_age() {
    let upstream = upstream();
    let sekisho = start(&upstream);
    let list = [("list", "names")];
    let metrics = sekisho.read_metrics();
    assert!((metrics.sum_of("sekisho_list_rules", &list) - 2.0).abs() < 0.5, "{}", metrics.text);
    assert!(metrics.sum_of("sekisho_list_stale", &list) < 0.5, "{}", metrics.text);
    let good = Duration::from_secs_f64(metrics.sum_of("sekisho_list_last_good_timestamp_seconds", &list));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let age = now.abs_diff(good);
    assert!(age < Duration::from_mins(2), "{age:?}");
    grows(&sekisho, "sekisho_swaps_total", &[], 1.0, || {
        fs::write(sekisho.path("names.txt"), "fake-support.example\nsecond.example\nthird.example\n")
            .unwrap();
    });
}

#[cfg(target_os = "linux")]
#[test]
fn no_name_and_no_client_is_told() {
    let upstream = upstream();
    let sekisho = start(&upstream);
    traffic(&sekisho);
    for number in 0..200 {
        let socket = ask::socket_from([127, 0, 0, 77].into(), sekisho.dns());
        let name = format!("private-matter-{number}.example");
        socket.send(&Query::new(&name, 60_000 + number).bytes()).unwrap();
        ask::receive(&socket, PATIENCE).expect("an answer");
    }
    let metrics = sekisho.read_metrics();
    for word in ["private-matter", "fake-support", "broken.example", "127.0.0.77", "TYPE6"] {
        assert!(!metrics.text.contains(word), "`{word}` in\n{}", metrics.text);
    }
    assert!(metrics.len() < 600, "{} samples after so little traffic", metrics.len());
}

#[test]
fn promtool_has_nothing_to_say() {
    let upstream = upstream();
    let sekisho = start(&upstream);
    traffic(&sekisho);
    let text = sekisho.read_metrics().text;
    let promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut promtool) = promtool else {
        let required = std::env::var("SEKISHO_REQUIRE_TOOLS").is_ok_and(|value| value == "1");
        assert!(!required, "promtool is not installed (Debian: prometheus)");
        eprintln!("SKIPPED: promtool is not installed (Debian: prometheus), so the metrics are not linted");
        return;
    };
    promtool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let said = promtool.wait_with_output().unwrap();
    let words = [said.stdout, said.stderr].concat();
    assert!(said.status.success() && words.is_empty(), "{}\n{text}", String::from_utf8_lossy(&words));
}

#[test]
fn the_metrics_listener_tells_nothing_else() {
    let upstream = upstream();
    let sekisho = start(&upstream);
    let response = http::get(sekisho.metrics, "localhost", "/metrics", &[]);
    assert!(response.header("content-type").starts_with("text/plain"), "{response:?}");
    assert_eq!(http::get(sekisho.metrics, "localhost", "/secret", &[]).status, 404);
}
