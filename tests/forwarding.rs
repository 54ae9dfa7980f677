//! What becomes of a name that no list names: asked upstream, reviewed, kept, counted down; and of queries that are odd.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use support::ask::{self, BOTH, Connection, Transport, ask};
use support::expect;
use support::process::{Sekisho, sekisho};
use support::upstream::{self, NEGATIVE_TTL, Upstream};
use support::wire::{
    A, AAAA, BADVERS, CNAME, FORMERR, HTTPS, Message, NOERROR, NOTIMP, NXDOMAIN, Query, REFUSED, SERVFAIL,
    SOA, TXT,
};
use support::{PATIENCE, SILENCE, SWAP, until};

/// Before the client gives up, which is after 5 s for most stubs.
const BEFORE_THE_STUB: Duration = Duration::from_secs(5);

fn forwarding_to(upstream: &Upstream) -> Sekisho {
    sekisho().list("names.txt", "fake-support.example\n").upstream(upstream).start()
}

// Ordinary answers

#[test]
fn an_ordinary_name_is_answered_from_upstream() {
    let upstream = Upstream::start()
        .with("shop.example", upstream::a("192.0.2.80", 300))
        .with("six.example", upstream::aaaa("2001:db8::80", 300));
    let sekisho = forwarding_to(&upstream);
    for transport in BOTH {
        for query in [Query::new("shop.example", A), Query::new("Shop.EXAMPLE", A).edns().dnssec_ok()] {
            let answer = ask(transport, sekisho.dns(), &query);
            expect::passes(&query, &answer, "192.0.2.80");
            assert!(answer.answers[0].ttl <= 300, "{answer:?}");
        }
        let answer = ask(transport, sekisho.dns(), &Query::new("six.example", AAAA));
        assert_eq!(answer.addresses(), ["2001:db8::80"], "{answer:?}");
    }
}

#[test]
fn a_chain_of_aliases_is_given_whole() {
    let chain = upstream::cname_chain(&["alias.cdn.example", "edge.cdn.example"], "192.0.2.81", 300);
    let upstream = Upstream::start().with("www.shop.example", chain);
    let sekisho = forwarding_to(&upstream);
    let answer = sekisho.ask(&Query::new("www.shop.example", A));
    let types: Vec<u16> = answer.answers.iter().map(|record| record.rtype).collect();
    assert_eq!(types, [CNAME, CNAME, A], "{answer:?}");
    assert_eq!(answer.addresses(), ["192.0.2.81"], "{answer:?}");
}

#[test]
fn a_name_that_does_not_exist_keeps_its_soa_record() {
    let upstream = Upstream::start();
    let sekisho = forwarding_to(&upstream);
    for transport in BOTH {
        let answer = ask(transport, sekisho.dns(), &Query::new("nothing.shop.example", A).edns());
        assert_eq!(answer.rcode(), NXDOMAIN, "{answer:?}");
        assert_soa_of(&answer, "shop.example");
    }
}

#[test]
fn a_type_that_does_not_exist_keeps_its_soa_record() {
    let upstream = Upstream::start().with("www.shop.example", upstream::nodata());
    let sekisho = forwarding_to(&upstream);
    for transport in BOTH {
        let answer = ask(transport, sekisho.dns(), &Query::new("www.shop.example", AAAA));
        assert_eq!(answer.rcode(), NOERROR, "{answer:?}");
        assert_soa_of(&answer, "shop.example");
    }
}

fn assert_soa_of(answer: &Message, zone: &str) {
    assert!(answer.answers.is_empty(), "{answer:?}");
    assert_eq!(answer.authority.len(), 1, "{answer:?}");
    let soa = &answer.authority[0];
    assert_eq!((soa.rtype, soa.name.as_str()), (SOA, zone), "{answer:?}");
    assert_eq!(soa.soa_minimum(), NEGATIVE_TTL, "{answer:?}");
    assert!(soa.ttl <= NEGATIVE_TTL, "{answer:?}");
}

#[test]
fn octets_behind_the_last_record_of_a_reply_are_cut() {
    let upstream = Upstream::start().with("tail.example", upstream::garbage_tail("192.0.2.82", 300));
    let sekisho = forwarding_to(&upstream);
    for _ in 0..2 {
        // That nothing trails is checked in every answer.
        assert_eq!(sekisho.addresses("tail.example", A), ["192.0.2.82"]);
    }
}

#[test]
fn a_reply_under_another_id_is_ignored() {
    let upstream =
        Upstream::start().with("race.example", upstream::wrong_id_first("203.0.113.66", "192.0.2.83"));
    let sekisho = forwarding_to(&upstream);
    assert_eq!(sekisho.addresses("race.example", A), ["192.0.2.83"]);
}

#[test]
fn whoever_guesses_ids_is_not_believed_and_the_question_goes_over_tcp() {
    let upstream =
        Upstream::start().with("guess.example", upstream::guessed_at("203.0.113.66", "192.0.2.84"));
    let sekisho = forwarding_to(&upstream);
    assert_eq!(sekisho.addresses("guess.example", A), ["192.0.2.84"]);
    let seen: Vec<bool> = upstream.seen("guess.example").iter().map(|seen| seen.over_tcp).collect();
    assert_eq!(seen, [false, true]);
    until("all of them are counted", PATIENCE, || (strays(&sekisho, "id") == 50).then_some(()));
}

#[test]
fn answers_to_other_questions_do_not_keep_the_true_one_from_coming() {
    let upstream =
        Upstream::start().with("race.example", upstream::wrong_questions_first("203.0.113.66", "192.0.2.85"));
    let sekisho = forwarding_to(&upstream);
    assert_eq!(sekisho.addresses("race.example", A), ["192.0.2.85"]);
    assert!(upstream.seen("race.example").iter().all(|seen| !seen.over_tcp));
    assert_eq!(strays(&sekisho, "question"), 50);
}

#[test]
fn a_server_that_answers_twice_does_no_harm() {
    let upstream = Upstream::start_with(upstream::twice(upstream::a("192.0.2.86", 0)));
    let sekisho = forwarding_to(&upstream);
    for number in 0..20 {
        // Once a new name, once the same, which is asked again since its TTL is 0.
        assert_eq!(sekisho.addresses(&format!("twice-{number}.example"), A), ["192.0.2.86"]);
        assert_eq!(sekisho.addresses("twice.example", A), ["192.0.2.86"]);
    }
    assert!(strays(&sekisho, "id") >= 30, "{}", strays(&sekisho, "id"));
}

/// Datagrams that were passed over for this reason.
fn strays(sekisho: &Sekisho, reason: &str) -> i64 {
    sekisho.read_metrics().sum_of("sekisho_upstream_strays_total", &[("reason", reason)]) as i64
}

#[test]
fn names_are_sent_in_mixed_case() {
    let upstream = Upstream::start_with(upstream::a("192.0.2.87", 300));
    let sekisho = forwarding_to(&upstream);
    let name = "abcdefghijklmnopqrstuvwxyz.example";
    assert_eq!(sekisho.addresses(name, A), ["192.0.2.87"]);
    let raw = upstream.seen(name)[0].raw.clone();
    let is_upper = raw[12..].iter().filter(|octet| octet.is_ascii_uppercase()).count();
    // Of 33 letters.
    assert!((1..33).contains(&is_upper), "{raw:02x?}");
}

#[test]
fn a_server_that_changes_the_case_is_found_out_and_then_asked_in_lower_case() {
    let upstream = Upstream::start_with(upstream::in_lower_case(upstream::a("192.0.2.88", 300)));
    let sekisho = forwarding_to(&upstream);
    let name = |number: usize| format!("{number}.abcdefghijklmnopqrstuvwxyz.example");
    for number in 0..10 {
        assert_eq!(sekisho.addresses(&name(number), A), ["192.0.2.88"]);
    }
    let over_tcp = |number: usize| upstream.seen(&name(number)).iter().any(|seen| seen.over_tcp);
    assert!(over_tcp(0), "a reply in another case is not believed");
    for number in 4..10 {
        let seen = upstream.seen(&name(number));
        assert_eq!((seen.len(), over_tcp(number)), (1, false), "{number}: {seen:?}");
        assert!(!seen[0].raw[12..].iter().any(u8::is_ascii_uppercase));
    }
    assert_eq!(sekisho.stderr().matches("changes the case").count(), 1, "{}", sekisho.stderr());
}

#[test]
fn a_server_without_tcp_that_changes_the_case_is_asked_all_the_same() {
    let upstream = Upstream::start_without_tcp(upstream::in_lower_case(upstream::a("192.0.2.89", 300)));
    let sekisho = forwarding_to(&upstream);
    for number in 0..6 {
        let name = format!("{number}.abcdefghijklmnopqrstuvwxyz.example");
        assert_eq!(sekisho.addresses(&name, A), ["192.0.2.89"]);
    }
}

#[test]
fn what_upstream_says_of_a_negative_answer_is_passed_on() {
    let upstream = Upstream::start().with("denied.example", upstream::nxdomain_with_error(15, "not here"));
    let sekisho = forwarding_to(&upstream);
    let query = Query::new("denied.example", A).edns();
    for _ in 0..2 {
        let answer = sekisho.ask(&query);
        assert_eq!(answer.rcode(), NXDOMAIN, "{answer:?}");
        assert_eq!(answer.extended_errors(), [(15, "not here".to_owned())], "{answer:?}");
        assert_soa_of(&answer, "example");
        // That upstream has validated it is no more than its word, which anybody on the way can change.
        assert!(!answer.authentic_data(), "{answer:?}");
    }
    assert_eq!(upstream.count("denied.example"), 1);
}

#[test]
fn records_that_nobody_can_read_are_passed_on() {
    let upstream = Upstream::start()
        .with("odd.example", upstream::odd_records(65_280, b"whatever it is"))
        .with("wrong.example", upstream::odd_records(HTTPS, &[0, 1, 0, 0, 1]));
    let sekisho = forwarding_to(&upstream);
    for (name, qtype) in [("odd.example", 65_280), ("wrong.example", HTTPS)] {
        let answer = sekisho.ask(&Query::new(name, qtype).edns());
        assert_eq!((answer.rcode(), answer.answers.len()), (NOERROR, 1), "{answer:?}");
        assert_eq!(answer.answers[0].rtype, qtype, "{answer:?}");
        assert_eq!(answer.additional.len(), 1, "{answer:?}");
    }
}

// What an answer leads to

#[test]
fn an_alias_of_a_blocked_name_is_blocked_and_the_chain_is_not_shown() {
    let upstream = Upstream::start()
        .with("short.example", upstream::cname_chain(&["fake-support.example"], "203.0.113.1", 300))
        .with(
            "long.example",
            upstream::cname_chain(
                &["a.cdn.example", "www.fake-support.example", "b.cdn.example"],
                "203.0.113.2",
                300,
            ),
        );
    let sekisho = forwarding_to(&upstream);
    for name in ["short.example", "long.example", "LONG.example"] {
        for transport in BOTH {
            let query = Query::new(name, A).edns();
            expect::sinkholed(&query, &ask(transport, sekisho.dns(), &query), "127.0.0.1");
            for qtype in [AAAA, TXT, CNAME, HTTPS] {
                let query = Query::new(name, qtype).edns();
                let answer = ask(transport, sekisho.dns(), &query);
                expect::nodata(&query, &answer, name);
                expect::names_the_list(&answer, "names");
            }
        }
    }
}

#[test]
fn an_https_record_that_leads_to_a_blocked_name_is_blocked() {
    let upstream = Upstream::start()
        .with("web.example", upstream::https("www.fake-support.example", 300))
        .with("fine.example", upstream::https("edge.cdn.example", 300));
    let sekisho = forwarding_to(&upstream);
    let query = Query::new("web.example", HTTPS).edns();
    expect::nodata(&query, &sekisho.ask(&query), "web.example");
    let answer = sekisho.ask(&Query::new("fine.example", HTTPS));
    assert_eq!(answer.answers[0].target.as_deref(), Some("edge.cdn.example"), "{answer:?}");
}

// Size

#[test]
fn what_does_not_fit_a_datagram_is_truncated_and_whole_over_tcp() {
    let upstream = Upstream::start().with("long.example", upstream::text(3000, 300));
    let sekisho = forwarding_to(&upstream);
    let query = Query::new("long.example", TXT);
    for query in [query.clone(), query.clone().payload(512), query.clone().edns(), query.payload(4096)] {
        // Question, OPT, size and that nothing trails are checked in every answer.
        let answer = ask(Transport::Udp, sekisho.dns(), &query);
        assert!(answer.truncated(), "{answer:?}");
        assert_eq!(answer.rcode(), NOERROR, "{answer:?}");
        let answer = ask(Transport::Tcp, sekisho.dns(), &query);
        assert_eq!(answer.answers.len(), 30, "{answer:?}");
    }
    assert!(upstream.seen("long.example").iter().any(|seen| seen.over_tcp), "fetched over TCP");
}

#[test]
fn the_payload_size_that_a_client_offers_is_used() {
    let upstream = Upstream::start().with("middle.example", upstream::text(700, 300));
    let sekisho = forwarding_to(&upstream);
    assert!(sekisho.ask(&Query::new("middle.example", TXT)).truncated());
    assert!(sekisho.ask(&Query::new("middle.example", TXT).payload(100)).truncated());
    let answer = sekisho.ask(&Query::new("middle.example", TXT).edns());
    assert_eq!((answer.truncated(), answer.answers.len()), (false, 7), "{answer:?}");
}

// One connection, several queries

#[test]
fn a_slow_name_does_not_hold_up_the_next_on_the_same_connection() {
    let slow = upstream::after(Duration::from_millis(1500), upstream::a("192.0.2.1", 300));
    let upstream =
        Upstream::start().with("slow.example", slow).with("fast.example", upstream::a("192.0.2.2", 300));
    let sekisho = forwarding_to(&upstream);
    let mut connection = Connection::open(sekisho.dns());
    let queries = ["slow.example", "fast.example", "fake-support.example"].map(|name| Query::new(name, A));
    for query in &queries {
        connection.send(&query.bytes());
    }
    let order: Vec<u16> =
        (0..3).map(|_| Message::parse(&connection.receive(PATIENCE).unwrap()).unwrap().id).collect();
    assert_eq!(order[2], queries[0].id, "the slow one comes last");
    assert!(order.contains(&queries[1].id) && order.contains(&queries[2].id), "each comes once");
}

#[test]
fn a_hundred_queries_on_one_connection_are_all_answered() {
    let upstream = Upstream::start_with(upstream::a("192.0.2.3", 300));
    let sekisho = forwarding_to(&upstream);
    let mut connection = Connection::open(sekisho.dns());
    let queries: Vec<_> = (0..100).map(|n| Query::new(&format!("name-{n}.example"), A)).collect();
    for query in &queries {
        connection.send(&query.bytes());
    }
    for _ in &queries {
        let raw = connection.receive(PATIENCE).unwrap();
        let id = u16::from_be_bytes([raw[0], raw[1]]);
        let query = queries.iter().find(|query| query.id == id).expect("an id that we sent");
        expect::passes(query, &ask::check(Transport::Tcp, query, &raw), "192.0.2.3");
    }
}

// Upstreams that fail

#[test]
fn another_upstream_is_asked_when_one_fails() {
    type Fault = (&'static str, fn() -> upstream::Behaviour);
    let faults: [Fault; 3] = [
        ("silent", upstream::silence),
        ("servfail", upstream::servfail),
        ("wrong question", || upstream::wrong_question("203.0.113.66")),
    ];
    for (fault, behaviour) in faults {
        let bad = Upstream::start_with(behaviour());
        let good = Upstream::start_with(upstream::a("192.0.2.4", 300));
        for order in [[&bad, &good], [&good, &bad]] {
            let names = sekisho().list("names.txt", "fake-support.example\n");
            let sekisho = names.upstream(order[0]).upstream(order[1]).start();
            for number in 0..4 {
                let query = Query::new(&format!("name-{number}.example"), A).edns();
                let started = Instant::now();
                let answer = sekisho.ask(&query);
                expect::passes(&query, &answer, "192.0.2.4");
                let took = started.elapsed();
                assert!(took < BEFORE_THE_STUB, "{fault}: {took:?}");
            }
        }
    }
}

#[test]
fn an_upstream_that_is_not_there_is_passed_over() {
    let good = Upstream::start_with(upstream::a("192.0.2.5", 300));
    let names = sekisho().list("names.txt", "fake-support.example\n");
    let sekisho = names.upstream_at(&format!("127.0.0.1:{}", upstream::free_port())).upstream(&good).start();
    for number in 0..4 {
        assert_eq!(sekisho.addresses(&format!("name-{number}.example"), A), ["192.0.2.5"]);
    }
}

#[test]
fn a_reply_to_another_question_is_not_an_answer() {
    let upstream = Upstream::start_with(upstream::wrong_question("203.0.113.66"));
    let sekisho = forwarding_to(&upstream);
    let answer = sekisho.ask(&Query::new("shop.example", A));
    assert_eq!((answer.rcode(), answer.answers.len()), (SERVFAIL, 0), "{answer:?}");
}

#[test]
fn servfail_with_a_reason_when_no_upstream_answers() {
    for behaviour in [upstream::silence(), upstream::servfail()] {
        let (one, two) = (Upstream::start_with(behaviour.clone()), Upstream::start_with(behaviour));
        let names = sekisho().list("names.txt", "fake-support.example\n");
        let sekisho = names.upstream(&one).upstream(&two).start();
        for transport in BOTH {
            let query = Query::new("shop.example", A).edns();
            let answer = ask(transport, sekisho.dns(), &query);
            assert_eq!(answer.rcode(), SERVFAIL, "{answer:?}");
            assert!(!answer.extended_errors().is_empty(), "an extended error says why: {answer:?}");
        }
        // Blocking does not need them.
        let query = Query::new("fake-support.example", A).edns();
        expect::sinkholed(&query, &sekisho.ask(&query), "127.0.0.1");
    }
}

// Asked once, kept, counted down

#[test]
fn identical_queries_under_way_are_sent_upstream_once() {
    let slow = upstream::after(Duration::from_millis(300), upstream::a("192.0.2.6", 300));
    let upstream = Upstream::start().with("rush.example", slow);
    let sekisho = forwarding_to(&upstream);
    let (server, start) = (sekisho.dns(), Barrier::new(50));
    let ask_in_own_case = |number: usize| {
        // Each client writes the name in a case of its own and gets that back.
        let mut name = "rush.example".to_owned();
        for (bit, at) in (0..4).chain(5..7).enumerate() {
            if number >> bit & 1 == 1 {
                name[at..=at].make_ascii_uppercase();
            }
        }
        let query = Query::new(&name, A);
        start.wait();
        expect::passes(&query, &ask::udp(server, &query), "192.0.2.6");
    };
    thread::scope(|scope| {
        for number in 0..50 {
            scope.spawn(move || ask_in_own_case(number));
        }
    });
    assert_eq!(upstream.count("rush.example"), 1);
}

#[test]
fn a_question_goes_on_when_the_client_that_asked_it_has_gone() {
    let slow = upstream::after(Duration::from_millis(500), upstream::a("192.0.2.90", 300));
    let upstream = Upstream::start().with("left.example", slow);
    let sekisho = forwarding_to(&upstream);
    let mut connection = Connection::open(sekisho.dns());
    connection.send(&Query::new("left.example", A).bytes());
    until("upstream is asked", PATIENCE, || (upstream.count("left.example") == 1).then_some(()));
    drop(connection);
    assert_eq!(sekisho.addresses("left.example", A), ["192.0.2.90"]);
    assert_eq!(upstream.count("left.example"), 1);
}

#[test]
fn an_answer_is_kept_and_its_ttl_counts_down() {
    let upstream = Upstream::start().with("shop.example", upstream::a("192.0.2.7", 300));
    let sekisho = forwarding_to(&upstream);
    let first = sekisho.ask(&Query::new("shop.example", A)).answers[0].ttl;
    assert!((298..=300).contains(&first), "{first}");
    until("the TTL goes down", PATIENCE, || {
        let answer = sekisho.ask(&Query::new("sHoP.eXaMpLe", A).edns());
        assert_eq!(answer.addresses(), ["192.0.2.7"]);
        let ttl = answer.answers[0].ttl;
        assert!((280..=first).contains(&ttl), "{ttl}");
        (ttl < first).then_some(())
    });
    assert_eq!(upstream.count("shop.example"), 1);
}

#[test]
fn a_negative_answer_is_kept_and_its_ttl_counts_down() {
    let upstream = Upstream::start().with("www.shop.example", upstream::nodata());
    let sekisho = forwarding_to(&upstream);
    for (name, rcode) in [("nothing.shop.example", NXDOMAIN), ("www.shop.example", NOERROR)] {
        until("the TTL of the SOA record goes down", PATIENCE, || {
            let answer = sekisho.ask(&Query::new(name, A));
            assert_eq!(answer.rcode(), rcode, "{answer:?}");
            assert_soa_of(&answer, "shop.example");
            (answer.authority[0].ttl < NEGATIVE_TTL).then_some(())
        });
        assert_eq!(upstream.count(name), 1, "{name}");
    }
}

#[test]
fn types_are_kept_apart() {
    let upstream = Upstream::start().with("shop.example", upstream::a("192.0.2.8", 300));
    let sekisho = forwarding_to(&upstream);
    for _ in 0..2 {
        assert_eq!(sekisho.addresses("shop.example", A), ["192.0.2.8"]);
        assert!(sekisho.ask(&Query::new("shop.example", AAAA)).answers.is_empty());
    }
    assert_eq!(upstream.count("shop.example"), 2);
}

#[test]
fn an_answer_is_asked_for_again_when_its_time_is_over() {
    let upstream = Upstream::start()
        .with("brief.example", upstream::a("192.0.2.9", 1))
        .with("brief-nothing.example", upstream::nxdomain_for(1));
    let sekisho = forwarding_to(&upstream);
    for name in ["brief.example", "brief-nothing.example"] {
        until("asked upstream again", PATIENCE, || {
            let answer = sekisho.ask(&Query::new(name, A));
            let ttls = answer.answers.iter().chain(&answer.authority).map(|record| record.ttl);
            assert!(ttls.max() <= Some(30), "one second, or thirty for a stale answer: {answer:?}");
            (upstream.count(name) > 1).then_some(())
        });
    }
}

#[test]
fn a_failure_is_not_kept_for_long() {
    let then = upstream::a("192.0.2.10", 300);
    let upstream = Upstream::start().with("flaky.example", upstream::first_then(upstream::servfail(), then));
    let sekisho = forwarding_to(&upstream);
    until("the name works again", Duration::from_secs(35), || {
        (sekisho.addresses("flaky.example", A) == ["192.0.2.10"]).then_some(())
    });
}

#[test]
fn a_kept_answer_is_judged_again_by_new_rules() {
    let upstream = Upstream::start()
        .with("direct.example", upstream::a("192.0.2.11", 300))
        .with("alias.example", upstream::cname_chain(&["target.cdn.example"], "192.0.2.12", 300));
    let sekisho = forwarding_to(&upstream);
    let both = || [sekisho.addresses("direct.example", A), sekisho.addresses("alias.example", A)];
    assert_eq!(both(), [["192.0.2.11"], ["192.0.2.12"]]);
    let list = sekisho.path("names.txt");
    fs::write(&list, "fake-support.example\ndirect.example\ntarget.cdn.example\n").unwrap();
    until("both are blocked", SWAP, || (both() == [["127.0.0.1"], ["127.0.0.1"]]).then_some(()));
    fs::write(&list, "fake-support.example\nfiller.example\nanother.example\n").unwrap();
    until("both pass again", SWAP, || (both() == [["192.0.2.11"], ["192.0.2.12"]]).then_some(()));
    assert_eq!([upstream.count("direct.example"), upstream.count("alias.example")], [1, 1], "all that time");
}

// Queries that are odd

#[test]
fn without_rd_only_what_is_known_is_answered() {
    let upstream = Upstream::start_with(upstream::a("192.0.2.13", 300));
    let sekisho = forwarding_to(&upstream);
    for transport in BOTH {
        let unknown = Query::new("unknown.example", A).edns().without_recursion();
        assert_eq!(ask(transport, sekisho.dns(), &unknown).rcode(), REFUSED);
        let blocked = Query::new("fake-support.example", A).edns().without_recursion();
        expect::sinkholed(&blocked, &ask(transport, sekisho.dns(), &blocked), "127.0.0.1");
        sekisho.ask(&Query::new("known.example", A));
        let known = Query::new("known.example", A).without_recursion();
        expect::passes(&known, &ask(transport, sekisho.dns(), &known), "192.0.2.13");
    }
    assert_eq!(upstream.count("unknown.example"), 0);
}

/// Sends octets as they are and reads what comes back.
fn raw(transport: Transport, server: SocketAddr, packet: &[u8]) -> Message {
    let answer = match transport {
        Transport::Udp => ask::try_udp(server, packet, PATIENCE).expect("an answer"),
        Transport::Tcp => {
            let mut connection = Connection::open(server);
            connection.send(packet);
            connection.receive(PATIENCE).expect("an answer")
        }
    };
    let answer = Message::parse(&answer).unwrap_or_else(|fault| panic!("{fault} in {answer:02x?}"));
    assert!(answer.is_response(), "{answer:?}");
    assert_eq!(answer.id.to_be_bytes(), packet[..2], "{answer:?}");
    assert_eq!(answer.trailing, 0, "{answer:?}");
    answer
}

#[test]
fn an_unknown_opcode_is_not_implemented() {
    let sekisho = sekisho().list("names.txt", "fake-support.example\n").start();
    for transport in BOTH {
        for opcode in [3, 7, 15] {
            let query = Query::new("fake-support.example", A).edns().opcode(opcode);
            let answer = raw(transport, sekisho.dns(), &query.bytes());
            assert_eq!((answer.rcode(), answer.opcode()), (NOTIMP, opcode), "{answer:?}");
        }
        for opcode in [1, 2, 4, 5] {
            let query = Query::new("fake-support.example", SOA).opcode(opcode);
            let answer = raw(transport, sekisho.dns(), &query.bytes());
            assert!([NOTIMP, REFUSED].contains(&answer.rcode()), "{answer:?}");
            assert_eq!(answer.opcode(), opcode, "{answer:?}");
        }
    }
}

#[test]
fn a_query_with_no_question_or_two_is_a_format_error() {
    let upstream = Upstream::start();
    let sekisho = forwarding_to(&upstream);
    let one = Query::new("fake-support.example", A);
    let header = &one.bytes()[..12];
    let question = one.question_bytes();
    for count in [0, 2, 20] {
        let mut packet = [header, &question.repeat(count)].concat();
        packet[5] = u8::try_from(count).unwrap();
        for transport in BOTH {
            let answer = raw(transport, sekisho.dns(), &packet);
            assert_eq!((answer.rcode(), answer.answers.len()), (FORMERR, 0), "{count} questions: {answer:?}");
        }
    }
    assert_eq!(upstream.count("fake-support.example"), 0);
}

#[test]
fn a_query_that_is_cut_off_is_a_format_error() {
    let sekisho = sekisho().list("names.txt", "fake-support.example\n").start();
    let whole = Query::new("www.fake-support.example", A).edns().bytes();
    for length in [12, 13, 20, whole.len() - 12, whole.len() - 1] {
        let answer = raw(Transport::Udp, sekisho.dns(), &whole[..length]);
        assert_eq!(answer.rcode(), FORMERR, "cut after {length}: {answer:?}");
    }
}

#[test]
fn a_higher_version_of_edns_is_badvers() {
    let sekisho = sekisho().list("names.txt", "fake-support.example\n").start();
    for transport in BOTH {
        for name in ["fake-support.example", "shop.example"] {
            for version in [1, 255] {
                let query = Query::new(name, A).edns_version(version);
                let answer = ask(transport, sekisho.dns(), &query);
                assert_eq!((answer.rcode(), answer.answers.len()), (BADVERS, 0), "{answer:?}");
            }
        }
    }
}

#[test]
fn answers_and_crumbs_are_dropped() {
    let sekisho = sekisho().list("names.txt", "fake-support.example\n").start();
    let query = Query::new("fake-support.example", A);
    let mut response = query.clone().id(1).bytes();
    response[2] |= 0x80;
    let mut bare_response = response[..12].to_vec();
    bare_response[5] = 0;
    for packet in [response, bare_response, vec![0; 11], vec![0, 1], Vec::new()] {
        let socket = ask::socket_to(sekisho.dns());
        socket.send(&packet).unwrap();
        socket.send(&query.bytes()).unwrap();
        let first = ask::receive(&socket, PATIENCE).expect("the query behind it is answered");
        expect::sinkholed(&query, &ask::check(Transport::Udp, &query, &first), "127.0.0.1");
        let more = ask::receive(&socket, SILENCE);
        assert!(more.is_none(), "{packet:02x?} was answered by {more:02x?}");
    }
}

// Names that are answered by ourselves

#[test]
fn our_own_name_has_the_address_that_was_asked() {
    let upstream = Upstream::start();
    let sekisho = forwarding_to(&upstream);
    for transport in BOTH {
        let query = Query::new("Sekisho.home.arpa", A).edns();
        let answer = ask(transport, sekisho.dns(), &query);
        assert_eq!((answer.rcode(), answer.addresses()), (NOERROR, vec!["127.0.0.1".into()]), "{answer:?}");
        assert!(!answer.has_extended_error(4), "not a forgery: {answer:?}");
        let answer = ask(transport, sekisho.dns(), &Query::new("sekisho.home.arpa", TXT));
        assert_eq!((answer.rcode(), answer.answers.len()), (NOERROR, 0), "{answer:?}");
    }
    assert_eq!(upstream.count("sekisho.home.arpa"), 0);
}

#[test]
fn special_names_never_leave_the_house() {
    let upstream = Upstream::start_with(upstream::a("192.0.2.14", 300));
    let sekisho = forwarding_to(&upstream);
    for name in ["localhost", "a.localhost", "LOCALHOST"] {
        assert_eq!(sekisho.addresses(name, A), ["127.0.0.1"], "{name}");
        assert_eq!(sekisho.addresses(name, AAAA), ["::1"], "{name}");
    }
    for name in ["something.onion", "something.invalid", "invalid"] {
        let answer = sekisho.ask(&Query::new(name, A));
        assert_eq!((answer.rcode(), answer.answers.len()), (NXDOMAIN, 0), "{answer:?}");
    }
    for name in ["localhost", "a.localhost", "something.onion", "something.invalid", "invalid"] {
        assert_eq!(upstream.count(name), 0, "{name}");
    }
}

// Loops

/// A router that names us its DNS: whatever comes, it passes on to a port that it learns, and brings the answer back.
struct Router {
    address: SocketAddr,
    state: Arc<State>,
    thread: Option<thread::JoinHandle<()>>,
}

/// What the router's thread shares with the test.
#[derive(Default)]
struct State {
    /// 0 as long as it is not known: packets are then dropped.
    target: AtomicU16,
    relayed: AtomicUsize,
    /// Those that ask for a name of the tests, not for one that the program thought of.
    relayed_of_ours: AtomicUsize,
    over: AtomicBool,
}

impl Router {
    fn start() -> Self {
        let front = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = front.local_addr().unwrap();
        let state = Arc::<State>::default();
        let shared = Arc::clone(&state);
        Self { address, state, thread: Some(thread::spawn(move || relay(&front, &shared))) }
    }

    fn leads_to(&self, port: u16) {
        self.state.target.store(port, Ordering::SeqCst);
    }
}

impl Drop for Router {
    fn drop(&mut self) {
        self.state.over.store(true, Ordering::SeqCst);
        drop(self.thread.take().map(thread::JoinHandle::join));
    }
}

/// Each packet gets a socket of its own, as behind address translation. At most 500, so that a storm ends.
fn relay(front: &UdpSocket, state: &State) {
    front.set_nonblocking(true).unwrap();
    let mut open: Vec<(UdpSocket, SocketAddr)> = Vec::new();
    let mut buffer = [0; 4096];
    while !state.over.load(Ordering::SeqCst) {
        let mut idle = true;
        while let Ok((length, from)) = front.recv_from(&mut buffer) {
            let target = state.target.load(Ordering::SeqCst);
            if target == 0 || open.len() >= 500 {
                continue;
            }
            idle = false;
            state.relayed.fetch_add(1, Ordering::SeqCst);
            let ours = buffer[..length].to_ascii_lowercase().windows(5).any(|octets| octets == b"name-");
            state.relayed_of_ours.fetch_add(usize::from(ours), Ordering::SeqCst);
            let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
            socket.set_nonblocking(true).unwrap();
            socket.send_to(&buffer[..length], (Ipv4Addr::LOCALHOST, target)).unwrap();
            open.push((socket, from));
        }
        for (socket, from) in &open {
            if let Ok(length) = socket.recv(&mut buffer) {
                idle = false;
                drop(front.send_to(&buffer[..length], from));
            }
        }
        if idle {
            thread::sleep(Duration::from_millis(2));
        }
    }
}

/// Twenty queries through the loop: each is answered, and the packets stay countable.
fn assert_no_storm(sekisho: &Sekisho, router: &Router) {
    let before = router.state.relayed.load(Ordering::SeqCst);
    let server = sekisho.dns();
    let fails = |number: usize| {
        let answer = ask::udp(server, &Query::new(&format!("name-{number}.example"), A).edns());
        assert_eq!(answer.rcode(), SERVFAIL, "{answer:?}");
    };
    thread::scope(|scope| {
        for number in 0..20 {
            scope.spawn(move || fails(number));
        }
    });
    let relayed = router.state.relayed.load(Ordering::SeqCst) - before;
    assert!(relayed < 200, "{relayed} packets went round for 20 queries");
    let query = Query::new("fake-support.example", A).edns();
    expect::sinkholed(&query, &sekisho.ask(&query), "127.0.0.1");
}

#[test]
fn an_upstream_that_leads_back_to_us_is_found_and_no_longer_asked() {
    let router = Router::start();
    let port = upstream::free_port();
    router.leads_to(port);
    let sekisho = sekisho()
        .list("names.txt", "fake-support.example\n")
        .listen(&format!("127.0.0.1:{port}"))
        .upstream_at(&router.address.to_string())
        .start();
    until("the log says that there is a loop", PATIENCE, || {
        let log = sekisho.stderr().to_lowercase().replace("loopback", "");
        log.contains("loop").then_some(())
    });
    assert_no_storm(&sekisho, &router);
    assert_eq!(router.state.relayed_of_ours.load(Ordering::SeqCst), 0, "it is no longer asked");
}

#[test]
fn an_upstream_that_leads_back_to_us_later_makes_no_storm() {
    let router = Router::start();
    let names = sekisho().list("names.txt", "fake-support.example\n");
    let sekisho = names.upstream_at(&router.address.to_string()).start();
    router.leads_to(sekisho.dns().port());
    assert_no_storm(&sekisho, &router);
}

#[test]
fn of_two_upstreams_only_the_one_that_leads_back_is_left_out() {
    let router = Router::start();
    let good = Upstream::start_with(upstream::a("192.0.2.15", 300));
    let port = upstream::free_port();
    router.leads_to(port);
    let sekisho = sekisho()
        .list("names.txt", "fake-support.example\n")
        .listen(&format!("127.0.0.1:{port}"))
        .upstream_at(&router.address.to_string())
        .upstream(&good)
        .start();
    for number in 0..10 {
        assert_eq!(sekisho.addresses(&format!("name-{number}.example"), A), ["192.0.2.15"]);
    }
}

// Who may ask

#[test]
fn a_client_that_is_not_allowed_is_refused_and_nothing_is_asked_for_it() {
    let upstream = Upstream::start_with(upstream::a("192.0.2.16", 300));
    let sekisho = sekisho()
        .config("[listen]\nallow = [\"192.0.2.0/24\"]\n")
        .list("names.txt", "fake-support.example\n")
        .upstream(&upstream)
        .start();
    for transport in BOTH {
        for name in ["shop.example", "fake-support.example", "sekisho.home.arpa"] {
            let query = Query::new(name, A).edns();
            let answer = ask(transport, sekisho.dns(), &query);
            assert_eq!((answer.rcode(), answer.answers.len()), (REFUSED, 0), "{answer:?}");
            assert!(answer.has_extended_error(18), "{answer:?}");
            assert_eq!(ask(transport, sekisho.dns(), &Query::new(name, A)).rcode(), REFUSED);
        }
    }
    assert_eq!(upstream.count("shop.example"), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_client_within_an_allowed_network_is_served() {
    let upstream = Upstream::start_with(upstream::a("192.0.2.17", 300));
    let sekisho = sekisho()
        .config("[listen]\nallow = [\"127.0.0.64/26\"]\n")
        .list("names.txt", "fake-support.example\n")
        .upstream(&upstream)
        .start();
    let query = Query::new("shop.example", A);
    for (client, rcode) in [([127, 0, 0, 65], NOERROR), ([127, 0, 0, 63], REFUSED), ([127, 0, 0, 1], REFUSED)]
    {
        let socket = ask::socket_from(client.into(), sekisho.dns());
        socket.send(&query.bytes()).unwrap();
        let raw = ask::receive(&socket, PATIENCE).expect("an answer");
        assert_eq!(ask::check(Transport::Udp, &query, &raw).rcode(), rcode, "{client:?}");
    }
}

// Through hickory-server

#[test]
fn the_portable_way_answers_as_the_fast_one_does() {
    let upstream = Upstream::start_with(upstream::a("192.0.2.14", 300));
    upstream.set("absent.example", upstream::nxdomain());
    let sekisho = sekisho()
        .config("[listen]\nudp = \"portable\"\n")
        .list("names.txt", "fake-support.example\n")
        .upstream(&upstream)
        .start();
    assert_eq!(sekisho.addresses("fake-support.example", A), ["127.0.0.1"]);
    assert_eq!(sekisho.addresses("ordinary.example", A), ["192.0.2.14"]);
    let query = Query::new("aBsEnT.example", A).edns();
    for _ in 0..2 {
        let answer = sekisho.ask(&query);
        assert_eq!((answer.rcode(), answer.authority.len()), (NXDOMAIN, 1), "{answer:?}");
    }
    let blocked = sekisho.ask(&Query::new("fAkE-support.example", A).edns());
    let codes: Vec<u16> = blocked.extended_errors().into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, [4, 17], "{blocked:?}");
}

#[test]
fn a_silent_server_is_soon_asked_last() {
    let silent = Upstream::start_with(upstream::silence());
    let good = Upstream::start_with(upstream::a("192.0.2.21", 300));
    let sekisho =
        sekisho().list("names.txt", "fake-support.example\n").upstream(&silent).upstream(&good).start();
    // Each of the first costs the time after which the next server is asked as well.
    for n in 0..4 {
        assert_eq!(sekisho.addresses(&format!("first-{n}.example"), A), ["192.0.2.21"]);
    }
    let mut number = 0;
    let rested = || {
        number += 1;
        let begun = Instant::now();
        assert_eq!(sekisho.addresses(&format!("later-{number}.example"), A), ["192.0.2.21"]);
        (begun.elapsed() < Duration::from_millis(400)).then_some(())
    };
    until("the silent server is asked last", Duration::from_secs(20), rested);
}

#[test]
fn a_failure_is_remembered_for_a_moment() {
    let upstream = Upstream::start().with("broken.example", upstream::servfail());
    let sekisho = forwarding_to(&upstream);
    for _ in 0..10 {
        let answer = sekisho.ask(&Query::new("broken.example", A).edns());
        assert_eq!(answer.rcode(), SERVFAIL, "{answer:?}");
        assert!(!answer.extended_errors().is_empty());
    }
    assert!(upstream.count("broken.example") <= 3, "{}", upstream.count("broken.example"));
}

#[test]
fn two_that_name_each_other_are_found_out() {
    let port = upstream::free_port();
    let first = sekisho()
        .list("names.txt", "fake-support.example\n")
        .upstream_at(&format!("127.0.0.1:{port}"))
        .start();
    let second = sekisho()
        .list("names.txt", "fake-support.example\n")
        .listen(&format!("127.0.0.1:{port}"))
        .upstream_at(&first.dns().to_string())
        .start();
    let mut number = 0;
    until("one of them sees the loop", Duration::from_secs(40), || {
        number += 1;
        let answer = first.ask(&Query::new(&format!("any-{number}.example"), A));
        assert_eq!(answer.rcode(), SERVFAIL, "{answer:?}");
        let looped = |sekisho: &Sekisho| sekisho.stderr().contains("it is a loop");
        (looped(&first) || looped(&second)).then_some(())
    });
}
