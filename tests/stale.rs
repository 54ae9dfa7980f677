//! What is remembered for when upstream does not reply (RFC 8767), and what is asked for again before it expires.

// Counters are whole numbers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

mod support;

use std::fs;
use std::time::Duration;

use support::ask::{BOTH, Transport, ask};
use support::expect;
use support::process::{Sekisho, sekisho};
use support::upstream::{self, Behaviour, Upstream};
use support::wire::{A, Message, NOERROR, NXDOMAIN, Query, REFUSED, SERVFAIL};
use support::{PATIENCE, SWAP, until};

/// What the TTLs of a stale answer say (RFC 8767 §4).
const STALE_TTL: u32 = 30;
const STALE_ANSWER: u16 = 3;
const STALE_NXDOMAIN: u16 = 19;
const STALE_ANSWERS: &str = "sekisho_cache_stale_answers_total";

fn forwarding_to(upstream: &Upstream) -> Sekisho {
    sekisho().list("names.txt", "fake-support.example\n").upstream(upstream).start()
}

fn is_stale(answer: &Message) -> bool {
    answer.has_extended_error(STALE_ANSWER) || answer.has_extended_error(STALE_NXDOMAIN)
}

/// Asks until the answer is a stale one. Before that it is one that is still true.
fn until_stale(sekisho: &Sekisho, transport: Transport, name: &str) -> Message {
    let query = Query::new(name, A).edns();
    until("the answer is stale", PATIENCE, || {
        let answer = ask(transport, sekisho.dns(), &query);
        assert_ne!(answer.rcode(), SERVFAIL, "{answer:?}");
        is_stale(&answer).then_some(answer)
    })
}

/// A name with an address for a second, which has been asked for; then upstream behaves otherwise.
fn known_for_a_second(upstream: &Upstream, sekisho: &Sekisho, name: &str, then: Behaviour) {
    upstream.set(name, upstream::a("192.0.2.1", 1));
    assert_eq!(sekisho.addresses(name, A), ["192.0.2.1"]);
    upstream.set(name, then);
}

#[test]
fn what_is_known_is_given_for_thirty_seconds_when_upstream_fails() {
    let upstream = Upstream::start();
    let sekisho = forwarding_to(&upstream);
    for (name, behaviour) in
        [("fails.example", upstream::servfail()), ("silent.example", upstream::silence())]
    {
        known_for_a_second(&upstream, &sekisho, name, behaviour);
        for transport in BOTH {
            let answer = until_stale(&sekisho, transport, name);
            assert_eq!((answer.rcode(), answer.addresses()), (NOERROR, vec!["192.0.2.1".into()]));
            assert!(answer.has_extended_error(STALE_ANSWER), "{answer:?}");
            assert_eq!(answer.answers[0].ttl, STALE_TTL, "{answer:?}");
            // A client without EDNS gets the same without the reason.
            let plain = ask(transport, sekisho.dns(), &Query::new(name, A));
            assert_eq!((plain.addresses(), plain.answers[0].ttl), (vec!["192.0.2.1".into()], STALE_TTL));
        }
    }
    assert!(sekisho.read_metrics().sum(STALE_ANSWERS) >= 8.0);
}

#[test]
fn that_a_name_does_not_exist_is_remembered_as_well() {
    let upstream = Upstream::start().with("nothing.example", upstream::nxdomain_for(1));
    let sekisho = forwarding_to(&upstream);
    assert_eq!(sekisho.ask(&Query::new("nothing.example", A)).rcode(), NXDOMAIN);
    upstream.set("nothing.example", upstream::servfail());
    let answer = until_stale(&sekisho, Transport::Udp, "nothing.example");
    assert_eq!(answer.rcode(), NXDOMAIN, "{answer:?}");
    assert!(answer.has_extended_error(STALE_NXDOMAIN), "{answer:?}");
    assert_eq!(answer.authority[0].ttl, STALE_TTL, "{answer:?}");
}

#[test]
fn a_stale_answer_is_replaced_when_upstream_is_back() {
    let upstream = Upstream::start();
    let sekisho = forwarding_to(&upstream);
    known_for_a_second(&upstream, &sekisho, "back.example", upstream::servfail());
    until_stale(&sekisho, Transport::Udp, "back.example");
    upstream.set("back.example", upstream::a("192.0.2.2", 300));
    until("the new answer is given", Duration::from_secs(20), || {
        let answer = sekisho.ask(&Query::new("back.example", A).edns());
        assert_ne!(answer.rcode(), SERVFAIL, "{answer:?}");
        (!is_stale(&answer) && answer.addresses() == ["192.0.2.2"]).then_some(())
    });
    assert!(sekisho.read_metrics().sum("sekisho_cache_refreshes_total") >= 1.0, "no client waited for it");
}

#[test]
fn a_slow_reply_is_not_waited_for_and_kept_all_the_same() {
    let upstream = Upstream::start();
    let sekisho = forwarding_to(&upstream);
    let slow = upstream::after(Duration::from_secs(3), upstream::a("192.0.2.3", 300));
    known_for_a_second(&upstream, &sekisho, "slow.example", slow);
    let answer = until_stale(&sekisho, Transport::Udp, "slow.example");
    assert_eq!(answer.addresses(), ["192.0.2.1"]);
    until("the reply has come", PATIENCE, || {
        (sekisho.addresses("slow.example", A) == ["192.0.2.3"]).then_some(())
    });
}

#[test]
fn what_upstream_says_now_is_never_passed_over_for_what_it_said() {
    let upstream = Upstream::start();
    let sekisho = forwarding_to(&upstream);
    let cases =
        [("gone.example", upstream::nxdomain(), NXDOMAIN), ("empty.example", upstream::nodata(), NOERROR)];
    for (name, then, rcode) in cases {
        known_for_a_second(&upstream, &sekisho, name, then);
        until("the answer is the new one", PATIENCE, || {
            let answer = sekisho.ask(&Query::new(name, A).edns());
            assert!(!is_stale(&answer), "{answer:?}");
            (answer.rcode() == rcode && answer.addresses().is_empty()).then_some(())
        });
    }
}

#[test]
fn a_name_that_is_blocked_meanwhile_is_blocked() {
    let upstream = Upstream::start();
    let sekisho = forwarding_to(&upstream);
    known_for_a_second(&upstream, &sekisho, "direct.example", upstream::servfail());
    upstream.set("alias.example", upstream::cname_chain(&["target.example"], "192.0.2.1", 1));
    assert_eq!(sekisho.addresses("alias.example", A), ["192.0.2.1"]);
    upstream.set("alias.example", upstream::servfail());
    for name in ["direct.example", "alias.example"] {
        until_stale(&sekisho, Transport::Udp, name);
    }
    let list = sekisho.path("names.txt");
    fs::write(&list, "fake-support.example\ndirect.example\ntarget.example\n").unwrap();
    for name in ["direct.example", "alias.example"] {
        for transport in BOTH {
            let query = Query::new(name, A).edns();
            let answer = until("it is blocked", SWAP, || {
                let answer = ask(transport, sekisho.dns(), &query);
                (!is_stale(&answer)).then_some(answer)
            });
            expect::sinkholed(&query, &answer, "127.0.0.1");
        }
    }
}

#[test]
fn who_does_not_want_recursion_is_not_told_what_is_stale() {
    let upstream = Upstream::start();
    let sekisho = forwarding_to(&upstream);
    known_for_a_second(&upstream, &sekisho, "known.example", upstream::servfail());
    until_stale(&sekisho, Transport::Udp, "known.example");
    let answer = sekisho.ask(&Query::new("known.example", A).edns().without_recursion());
    assert_eq!(answer.rcode(), REFUSED, "{answer:?}");
}

/// Asks until upstream's failure is told.
fn until_servfail(sekisho: &Sekisho, name: &str) {
    until("the failure is told", PATIENCE, || {
        let answer = sekisho.ask(&Query::new(name, A).edns());
        assert!(!is_stale(&answer), "{answer:?}");
        (answer.rcode() == SERVFAIL).then_some(())
    });
}

#[test]
fn nothing_stale_is_given_where_the_operator_does_not_want_it() {
    let upstream = Upstream::start();
    let sekisho = sekisho()
        .config("[cache]\nserve_stale = \"0s\"\n")
        .list("names.txt", "fake-support.example\n")
        .upstream(&upstream)
        .start();
    known_for_a_second(&upstream, &sekisho, "known.example", upstream::servfail());
    until_servfail(&sekisho, "known.example");
}

#[test]
fn a_reply_for_no_time_at_all_is_never_given_again() {
    let upstream = Upstream::start();
    let sekisho = forwarding_to(&upstream);
    upstream.set("never.example", upstream::a("192.0.2.1", 0));
    assert_eq!(sekisho.addresses("never.example", A), ["192.0.2.1"]);
    upstream.set("never.example", upstream::servfail());
    until_servfail(&sekisho, "never.example");
    // Nor is what was said before such a reply.
    upstream.set("before.example", upstream::a("192.0.2.1", 1));
    assert_eq!(sekisho.addresses("before.example", A), ["192.0.2.1"]);
    upstream.set("before.example", upstream::a("192.0.2.2", 0));
    until("the other reply has come", PATIENCE, || {
        (sekisho.addresses("before.example", A) == ["192.0.2.2"]).then_some(())
    });
    upstream.set("before.example", upstream::servfail());
    until_servfail(&sekisho, "before.example");
}

#[test]
fn a_popular_name_is_asked_for_once_before_it_expires_and_never_missed() {
    let upstream = Upstream::start()
        .with("popular.example", upstream::a("192.0.2.4", 10))
        .with("seldom.example", upstream::a("192.0.2.5", 10));
    let sekisho = forwarding_to(&upstream);
    for transport in BOTH {
        ask(transport, sekisho.dns(), &Query::new("seldom.example", A));
    }
    let mut lowest = u32::MAX;
    until("the TTL rises again", Duration::from_secs(20), || {
        let answer = sekisho.ask(&Query::new("popular.example", A));
        assert_eq!(answer.addresses(), ["192.0.2.4"]);
        let ttl = answer.answers[0].ttl;
        let rises = ttl > lowest;
        lowest = lowest.min(ttl);
        rises.then_some(())
    });
    assert!(lowest >= 1, "asked for before it expired");
    assert_eq!((upstream.count("popular.example"), upstream.count("seldom.example")), (2, 1));
    let metrics = sekisho.read_metrics();
    assert_eq!(metrics.sum("sekisho_cache_refreshes_total"), 1.0);
    assert_eq!(metrics.sum("sekisho_cache_misses_total"), 2.0, "the first query for each name");
}
