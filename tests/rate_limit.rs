//! Past a rate, a network of strangers gets short answers and silence over UDP; true clients are answered all the same.
//! Addresses that are no house's exist here only in a network namespace, which the test makes for itself.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(target_os = "linux")]

mod support;

use std::net::{IpAddr, SocketAddr};

use support::{
    PATIENCE,
    ask::{self, Transport},
    namespace::{in_namespace, sh},
    process::{Sekisho, sekisho},
    wire::{A, Message, Query},
};

const COOKIE: u16 = 10;
const BADCOOKIE: u16 = 23;
const CLIENT: [u8; 8] = *b"a client";
/// As many as a test can send before the rate allows many more.
const FLOOD: u16 = 100;

/// What a flood was answered.
#[derive(Debug, Default, PartialEq, Eq)]
struct Got {
    whole: usize,
    truncated: usize,
    bad_cookie: usize,
    nothing: usize,
}

fn start(config: &str) -> Sekisho {
    sh(
        "ip addr add 203.0.113.0/24 dev lo && ip addr add 192.0.2.1/32 dev lo && ip addr add 2001:db8::1/128 dev lo nodad",
    );
    // IPv4 addresses of a network on the loopback interface can all be used.
    let config = format!("[listen]\nallow = [\"any\"]\nworkers = 1\n{config}");
    sekisho().config(&config).list("names.txt", "fake-support.example\n").listen("0.0.0.0:0").start()
}

fn query() -> Query {
    Query::new("fake-support.example", A).edns()
}

/// Sends many queries at once, and reads the answers to them.
fn flood(server: SocketAddr, source: &str, query: &Query) -> Got {
    let socket = ask::socket_from(source.parse::<IpAddr>().unwrap(), server);
    for id in 0..FLOOD {
        socket.send(&query.clone().id(id).bytes()).unwrap();
    }
    // One worker answers in order: once this is answered, so is all that was sent before.
    let last = ask::socket_from([127, 0, 0, 1].into(), SocketAddr::new([127, 0, 0, 1].into(), server.port()));
    last.send(&query.bytes()).unwrap();
    ask::receive(&last, PATIENCE).expect("home is answered at any time");
    socket.set_nonblocking(true).unwrap();
    let (mut got, mut buffer) = (Got::default(), [0; 2000]);
    while let Ok(length) = socket.recv(&mut buffer) {
        let answer = Message::parse(&buffer[..length]).unwrap();
        match (answer.rcode(), answer.truncated()) {
            (0, true) if answer.answers.is_empty() => got.truncated += 1,
            (0, false) if answer.addresses().len() == 1 => got.whole += 1,
            (BADCOOKIE, false) if answer.answers.is_empty() => got.bad_cookie += 1,
            _ => panic!("{answer:?}"),
        }
    }
    got.nothing = usize::from(FLOOD) - got.whole - got.truncated - got.bad_cookie;
    got
}

#[test]
fn a_flood_from_one_network_is_cut_and_its_true_clients_are_answered() {
    in_namespace("a_flood_from_one_network_is_cut_and_its_true_clients_are_answered", || {
        let sekisho = start("rate_limit = 2\n");
        let at = |address: [u8; 4]| SocketAddr::new(address.into(), sekisho.dns().port());
        let server = at([192, 0, 2, 1]);
        let got = flood(server, "203.0.113.7", &query());
        assert!(got.whole >= 10 && got.truncated > 20 && got.nothing > 20, "{got:?}");
        assert!(got.truncated.abs_diff(got.nothing) <= 1, "every other one: {got:?}");

        // The whole network is one client; a client that shows where it is has no limit.
        let got = flood(server, "203.0.113.99", &query().option(COOKIE, &CLIENT));
        assert!(got.bad_cookie > 20 && got.nothing > 20 && got.truncated == 0, "{got:?}");
        let socket = ask::socket_from([203, 0, 113, 99].into(), server);
        let given = (0..10).find_map(|_| {
            socket.send(&query().option(COOKIE, &CLIENT).bytes()).unwrap();
            let answer = Message::parse(&ask::receive(&socket, support::SILENCE)?).unwrap();
            answer.option(COOKIE).map(<[u8]>::to_vec)
        });
        let known = query().option(COOKIE, &given.expect("a cookie in one of two answers"));
        let whole = Got { whole: FLOOD.into(), ..Got::default() };
        assert_eq!(flood(server, "203.0.113.99", &known), whole);
        // The cookie is another address's.
        assert_ne!(flood(server, "203.0.113.98", &known), whole);

        // Neither have other networks, this house, or TCP.
        assert!(flood(server, "192.0.2.1", &query()).whole >= 10);
        assert_eq!(flood(at([127, 0, 0, 1]), "127.0.0.1", &query()), whole);
        for _ in 0..30 {
            assert_eq!(ask::ask(Transport::Tcp, server, &query()).addresses().len(), 1);
        }

        let metrics = sekisho.read_metrics();
        for action in ["truncate", "badcookie", "drop"] {
            assert!(metrics.sum_of("sekisho_rate_limited_total", &[("action", action)]) > 20.0, "{action}");
        }
    });
}

#[test]
fn without_a_limit_a_flood_is_answered_whole() {
    in_namespace("without_a_limit_a_flood_is_answered_whole", || {
        let sekisho = start("rate_limit = 0\n");
        let server = SocketAddr::new([192, 0, 2, 1].into(), sekisho.dns().port());
        assert_eq!(flood(server, "203.0.113.7", &query()).whole, usize::from(FLOOD));
    });
}
