//! Lists of every format, used by the running server: what their lines ask for is what a client gets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::net::IpAddr;
use std::time::Duration;

use support::ask::{self, BOTH, Transport};
use support::expect;
use support::process::{Sekisho, sekisho};
use support::upstream::{self, Upstream};
use support::wire::{A, AAAA, CNAME, MX, Message, NOERROR, NXDOMAIN, Query, TXT};

/// What an ordinary name has upstream in these tests.
const REAL: &str = "192.0.2.80";

fn upstream() -> Upstream {
    Upstream::start_with(upstream::a(REAL, 300))
}

/// A server with one list, under a configuration in which the list may say how it is answered.
fn with_list(upstream: &Upstream, name: &str, text: &str) -> Sekisho {
    let config = format!("[[list]]\nname = \"list\"\npath = \"{{dir}}/{name}\"\npolicy = \"given\"\n");
    sekisho().file(name, text).config(&config).upstream(upstream).start()
}

fn asked(sekisho: &Sekisho, name: &str, qtype: u16) -> Message {
    sekisho.ask(&Query::new(name, qtype).edns())
}

fn passes(sekisho: &Sekisho, name: &str) {
    let query = Query::new(name, A).edns();
    expect::passes(&query, &sekisho.ask(&query), REAL);
}

fn sinkholed(sekisho: &Sekisho, name: &str) {
    assert_eq!(asked(sekisho, name, A).addresses(), ["127.0.0.1"], "{name}");
}

/// One zone with every trigger and every action.
const ZONE: &str = "\
$TTL 1h
@               IN SOA  localhost. root.localhost. 1 1h 15m 30d 2h
                IN NS   localhost.
nx.example      CNAME   .
*.nx.example    CNAME   .
nodata.example  CNAME   *.
zero.example    A       0.0.0.0
drop.example    CNAME   rpz-drop.
tcp.example     CNAME   rpz-tcp-only.
*.wide.example  CNAME   .
ok.wide.example CNAME   rpz-passthru.
own.example     A       192.0.2.66
own.example     TXT     \"this is a garden\"
garden.example  CNAME   walled.garden.test-zone.example.
*.each.example  CNAME   *.walled.garden.test-zone.example.
page.example    CNAME   sekisho.home.arpa.
32.66.100.51.198.rpz-ip         CNAME   .
24.0.113.0.203.rpz-ip           CNAME   .
32.7.113.0.203.rpz-ip           CNAME   rpz-passthru.
32.9.0.0.127.rpz-client-ip      CNAME   .
32.8.0.0.127.rpz-client-ip      CNAME   rpz-passthru.
ns.bad-hoster.example.rpz-nsdname   CNAME   .
32.53.100.51.198.rpz-nsip       CNAME   .
";

#[test]
fn a_policy_zone_says_what_names_get() {
    let upstream = upstream();
    let sekisho = with_list(&upstream, "zone.rpz", ZONE);
    for transport in BOTH {
        let ask = |name: &str, qtype| ask::ask(transport, sekisho.dns(), &Query::new(name, qtype).edns());
        assert_eq!(ask("nx.example", A).rcode(), NXDOMAIN);
        assert_eq!(ask("www.nx.example", TXT).rcode(), NXDOMAIN);
        let nodata = ask("nodata.example", A);
        assert_eq!((nodata.rcode(), nodata.answers.len()), (NOERROR, 0));
        assert_eq!(ask("zero.example", A).addresses(), ["127.0.0.1"]);
        assert_eq!(ask("x.wide.example", A).rcode(), NXDOMAIN);
        assert_eq!(ask("ok.wide.example", A).addresses(), [REAL]);
        assert_eq!(ask("own.example", A).addresses(), ["192.0.2.66"]);
        assert_eq!(ask("own.example", TXT).answers[0].data, b"\x10this is a garden");
        let none = ask("own.example", MX);
        assert_eq!((none.rcode(), none.answers.len(), none.has_extended_error(17)), (NOERROR, 0, true));
        assert_eq!(ask("page.example", A).addresses(), ["127.0.0.1"]);
    }
}

#[test]
fn a_dropped_name_gets_no_answer_and_a_name_for_tcp_alone_says_so() {
    let upstream = upstream();
    let sekisho = with_list(&upstream, "zone.rpz", ZONE);
    let query = Query::new("drop.example", A);
    assert!(ask::try_udp(sekisho.dns(), &query.bytes(), Duration::from_millis(500)).is_none());
    let short = ask::ask(Transport::Udp, sekisho.dns(), &Query::new("tcp.example", A));
    assert!(short.truncated() && short.answers.is_empty());
    assert_eq!(ask::ask(Transport::Tcp, sekisho.dns(), &Query::new("tcp.example", A)).addresses(), [REAL]);
}

#[test]
fn an_alias_of_a_list_is_followed() {
    let upstream = upstream().with("walled.garden.test-zone.example", upstream::a("192.0.2.99", 300));
    let sekisho = with_list(&upstream, "zone.rpz", ZONE);
    let answer = asked(&sekisho, "garden.example", A);
    let shown: Vec<_> = answer.answers.iter().map(|record| (record.name.as_str(), record.rtype)).collect();
    assert_eq!(shown, [("garden.example", CNAME), ("walled.garden.test-zone.example", A)]);
    assert_eq!(answer.addresses(), ["192.0.2.99"]);
    let blocked = sekisho.read_metrics().sum_of("sekisho_verdicts_total", &[("verdict", "block")]);
    assert!((blocked - 1.0).abs() < 0.1, "one query is counted once: {blocked}");
    assert!(answer.answers[0].ttl <= 60, "an unblock is felt soon");
    assert!(answer.has_extended_error(17));
    assert_eq!(upstream.count("garden.example"), 0, "the name itself is not asked for");
    let alone = asked(&sekisho, "garden.example", CNAME);
    assert_eq!(alone.answers.len(), 1);
    let each = asked(&sekisho, "a.b.each.example", A);
    assert_eq!(each.answers[0].target.as_deref(), Some("a.b.each.example.walled.garden.test-zone.example"));
    assert_eq!(each.addresses(), [REAL]);
}

#[test]
fn addresses_clients_and_servers_are_looked_at_too() {
    let upstream = upstream()
        .with("leads.example", upstream::a("198.51.100.66", 300))
        .with("near.example", upstream::a("203.0.113.5", 300))
        .with("spared.example", upstream::a("203.0.113.7", 300))
        .with("ok.wide.example", upstream::a("203.0.113.5", 300))
        .with("www.hosted.example", upstream::a_from(REAL, "ns.bad-hoster.example", "192.0.2.53"))
        .with("www.other.example", upstream::a_from(REAL, "ns.other.example", "198.51.100.53"))
        .with("www.good.example", upstream::a_from(REAL, "ns.good.example", "192.0.2.53"));
    let sekisho = with_list(&upstream, "zone.rpz", ZONE);
    // Each twice: from upstream, and from the cache.
    for _ in 0..2 {
        for name in ["leads.example", "near.example", "www.hosted.example", "www.other.example"] {
            let answer = asked(&sekisho, name, A);
            assert!(answer.addresses().is_empty() && answer.has_extended_error(17), "{name}: {answer:?}");
        }
        assert_eq!(asked(&sekisho, "spared.example", A).addresses(), ["203.0.113.7"]);
        assert_eq!(asked(&sekisho, "ok.wide.example", A).addresses(), ["203.0.113.5"]);
        passes(&sekisho, "www.good.example");
    }
    let ask_from = |source: &str, name: &str| {
        let query = Query::new(name, A).edns();
        let socket = ask::socket_from(source.parse::<IpAddr>().unwrap(), sekisho.dns());
        socket.send(&query.bytes()).unwrap();
        ask::check(Transport::Udp, &query, &ask::receive(&socket, support::PATIENCE).unwrap())
    };
    assert!(ask_from("127.0.0.9", "any.example").has_extended_error(17));
    assert_eq!(ask_from("127.0.0.8", "nx.example").addresses(), [REAL]);
}

#[test]
fn adblock_marks_hold() {
    let upstream = upstream();
    let text = "[Adblock]\n||plain.example^\n@@||ok.plain.example^\n\
                ||firm.example^$important\n@@||firm.example^\n\
                ||mail.example^$dnstype=MX\n||all.example^$denyallow=good.all.example\n\
                ||gone.example^$dnsrewrite=NXDOMAIN\n||*.below.example^\n\
                ||bad.example^\n||bad.example^$badfilter\n";
    let sekisho = with_list(&upstream, "rules.txt", text);
    for name in ["plain.example", "firm.example", "x.all.example", "a.below.example"] {
        sinkholed(&sekisho, name);
    }
    for name in ["ok.plain.example", "mail.example", "x.good.all.example", "below.example", "bad.example"] {
        passes(&sekisho, name);
    }
    let mail = asked(&sekisho, "mail.example", MX);
    assert!(mail.answers.is_empty() && mail.has_extended_error(17));
    assert!(!asked(&sekisho, "mail.example", AAAA).has_extended_error(17));
    assert_eq!(asked(&sekisho, "gone.example", A).rcode(), NXDOMAIN);
}

#[test]
fn the_other_formats_block_what_they_name() {
    let upstream = upstream();
    for (name, text, blocked, passed) in [
        (
            "dnsmasq.conf",
            "address=/a.example/#\nserver=/ok.a.example/#\n",
            &["a.example", "x.a.example"][..],
            &["ok.a.example", "y.ok.a.example"][..],
        ),
        (
            "unbound.conf",
            "server:\nlocal-zone: \"a.example.\" always_null\nlocal-zone: \"ok.a.example.\" transparent\n",
            &["x.a.example"],
            &["ok.a.example"],
        ),
        (
            "urls.txt",
            "http://a.example/\nhttps://b.example/path\n",
            &["a.example", "b.example"],
            &["x.a.example"],
        ),
        (
            "maltrail.txt",
            "# Copyright maltrail\n\na.example\n198.51.100.1:80\n",
            &["x.a.example"],
            &["b.example"],
        ),
        (
            "list.json",
            "{\"deny\": [\"a.example\", \"b.example\"], \"allow\": [\"ok.a.example\"]}",
            &["a.example", "x.b.example"],
            &["ok.a.example"],
        ),
    ] {
        let sekisho = with_list(&upstream, name, text);
        for name in blocked {
            sinkholed(&sekisho, name);
        }
        for name in passed {
            passes(&sekisho, name);
        }
    }
}
