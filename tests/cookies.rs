//! DNS cookies: who sends one gets one, with whatever the answer is, and it holds.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use support::{
    PATIENCE,
    ask::{self, BOTH, Connection, Transport},
    process::{Sekisho, sekisho},
    upstream::{self, Upstream},
    wire::{A, Message, Query, TXT},
};

/// The option's code, and the response code for a server cookie that is not ours.
const COOKIE: u16 = 10;
const BADCOOKIE: u16 = 23;
const CLIENT: [u8; 8] = *b"a client";

fn start() -> (Upstream, Sekisho) {
    let upstream =
        Upstream::start_with(upstream::a("192.0.2.80", 300)).with("broken.example", upstream::servfail());
    let sekisho = sekisho().list("names.txt", "fake-support.example\n").upstream(&upstream).start();
    (upstream, sekisho)
}

/// A query without a question, with this cookie.
fn cookie_request(cookie: &[u8]) -> Vec<u8> {
    let option = cookie.len() as u8;
    let mut packet = vec![0x12, 0x34, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    packet.extend([0, 0, 41, 4, 0xD0, 0, 0, 0, 0, 0, option + 4, 0, COOKIE as u8, 0, option]);
    packet.extend(cookie);
    packet
}

fn send(transport: Transport, sekisho: &Sekisho, packet: &[u8]) -> Message {
    let raw = match transport {
        Transport::Udp => ask::try_udp(sekisho.dns(), packet, PATIENCE).unwrap(),
        Transport::Tcp => {
            let mut connection = Connection::open(sekisho.dns());
            connection.send(packet);
            connection.receive(PATIENCE).unwrap()
        }
    };
    Message::parse(&raw).unwrap()
}

#[test]
fn whatever_the_answer_is_a_cookie_comes_with_it_for_whoever_sent_one() {
    let (_upstream, sekisho) = start();
    for transport in BOTH {
        // From upstream, from the cache, blocked, our own name, a failure, a refusal.
        for name in
            ["www.example", "www.example", "fake-support.example", "sekisho.home.arpa", "broken.example"]
        {
            let query = Query::new(name, A);
            let answer = ask::ask(transport, sekisho.dns(), &query.clone().option(COOKIE, &CLIENT));
            let cookie = answer.option(COOKIE).unwrap_or_else(|| panic!("{name}: {answer:?}"));
            assert_eq!((cookie.len(), &cookie[..8], cookie[8]), (24, &CLIENT[..], 1), "{name}");
            assert_eq!(ask::ask(transport, sekisho.dns(), &query.edns()).option(COOKIE), None, "{name}");
        }
        let other_class = Query::new("www.example", TXT).class(3).option(COOKIE, &CLIENT);
        assert!(ask::ask(transport, sekisho.dns(), &other_class).option(COOKIE).is_some());
    }
}

#[test]
fn a_cookie_that_was_given_holds_and_a_forged_one_does_not() {
    let (_upstream, sekisho) = start();
    for transport in BOTH {
        let first = send(transport, &sekisho, &cookie_request(&CLIENT));
        assert_eq!((first.rcode(), first.questions.len(), first.answers.len()), (0, 0, 0), "{first:?}");
        let given = first.option(COOKIE).unwrap().to_vec();
        assert_eq!(send(transport, &sekisho, &cookie_request(&given)).rcode(), 0);
        let mut forged = given.clone();
        forged[20] ^= 1;
        for bad in [forged, [&CLIENT[..], &[5; 32]].concat()] {
            let answer = send(transport, &sekisho, &cookie_request(&bad));
            assert_eq!(answer.rcode(), BADCOOKIE, "{answer:?}");
            assert_eq!(
                answer.option(COOKIE).map(|cookie| (&cookie[..8], cookie.len())),
                Some((&CLIENT[..], 24))
            );
            // A question is answered all the same.
            let query = Query::new("fake-support.example", A).option(COOKIE, &bad);
            assert_eq!(ask::ask(transport, sekisho.dns(), &query).addresses(), ["127.0.0.1"]);
        }
    }
}

#[test]
fn a_cookie_that_can_be_none_is_an_error_of_form() {
    let (_upstream, sekisho) = start();
    for transport in BOTH {
        for length in [0, 7, 9, 15, 41] {
            let query = Query::new("fake-support.example", A).option(COOKIE, &vec![1; length]);
            let answer = send(transport, &sekisho, &query.bytes());
            assert_eq!(answer.rcode(), 1, "{length}: {answer:?}");
        }
        assert_eq!(send(transport, &sekisho, &cookie_request(&[])).rcode(), 1);
    }
}

#[test]
fn a_truncated_answer_has_its_cookie() {
    let upstream = Upstream::start_with(upstream::text(3000, 300));
    let sekisho = sekisho().upstream(&upstream).start();
    let query = Query::new("long.example", TXT).option(COOKIE, &CLIENT);
    let answer = ask::udp(sekisho.dns(), &query);
    assert!(answer.truncated() && answer.answers.is_empty(), "{answer:?}");
    assert_eq!(answer.option(COOKIE).map(<[u8]>::len), Some(24));
}
