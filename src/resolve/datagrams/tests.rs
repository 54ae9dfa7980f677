//! A server of our own on loopback, asked over real sockets.

use std::{collections::HashMap, time::Duration};

use futures_util::{future::join_all, poll};
use tokio::{net::UdpSocket, time::timeout};

use super::{receive::LONGEST_REPLY, *};
use crate::{message::rtype, telemetry::Metrics};

/// Long for a machine that is busy with something else.
const PATIENCE: Duration = Duration::from_secs(20);

/// A socket that is a server, and one that asks it.
async fn server() -> (UdpSocket, Datagrams) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let datagrams = Datagrams::new(socket.local_addr().unwrap());
    (socket, datagrams)
}

fn asked(name: &str) -> Asked {
    Asked { name: name.parse().unwrap(), qtype: rtype::A, dnssec_ok: false, checking_disabled: false }
}

async fn receive(server: &UdpSocket) -> (Vec<u8>, SocketAddr) {
    let mut query = vec![0; 512];
    let (length, from) = timeout(PATIENCE, server.recv_from(&mut query)).await.expect("a query").unwrap();
    query.truncate(length);
    (query, from)
}

/// A reply without records.
fn reply_to(query: &[u8]) -> Vec<u8> {
    let mut reply = query.to_vec();
    reply[2] |= 0x80;
    reply
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..PATIENCE.as_millis() / 10 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("waited in vain: {what}");
}

#[tokio::test]
async fn only_the_server_itself_can_reply() {
    let (server, datagrams) = server().await;
    let counters = Metrics::new([]).unwrap().upstream.of("x").strays;
    datagrams.count_strays(counters.clone());
    let one_asks = asked("www.example");
    let mut waiting = Box::pin(datagrams.ask(&one_asks));
    assert!(poll!(&mut waiting).is_pending());
    let (query, port) = receive(&server).await;
    let reply = reply_to(&query);
    // From the server's address and another port, everything else right; then from the server, with another id.
    UdpSocket::bind("127.0.0.1:0").await.unwrap().send_to(&reply, port).await.unwrap();
    let mut other_id = reply.clone();
    other_id[0] ^= 0x80;
    server.send_to(&other_id, port).await.unwrap();
    until("the other id is passed over", || {
        assert!(futures_util::FutureExt::now_or_never(&mut waiting).is_none());
        counters[Stray::Id as usize].get() == 1
    })
    .await;
    server.send_to(&reply, port).await.unwrap();
    assert_eq!(timeout(PATIENCE, waiting).await.unwrap().unwrap()[..], reply);
    let counted: Vec<u64> = counters.iter().map(IntCounter::get).collect();
    assert_eq!(counted, [0, 1, 0, 0]);
}

#[tokio::test]
async fn whoever_goes_away_leaves_nothing_behind() {
    let (server, datagrams) = server().await;
    let one_asks = asked("www.example");
    let mut waiting = Box::pin(datagrams.ask(&one_asks));
    assert!(poll!(&mut waiting).is_pending());
    let (query, port) = receive(&server).await;
    let flights = || {
        let ports = datagrams.ports.iter().filter_map(|place| slot(place).upgrade());
        ports.map(|port| port.under_way()).sum::<usize>()
    };
    assert_eq!(flights(), 1);
    drop(waiting);
    assert_eq!(flights(), 0);
    server.send_to(&reply_to(&query), port).await.unwrap();
    until("the port is closed when its time is over", || datagrams.room.open() == 0).await;
}

#[tokio::test]
async fn a_server_that_is_not_there_is_found_out_at_once() {
    let (server, datagrams) = server().await;
    drop(server);
    for _ in 0..3 {
        // Sooner than the query would be sent again, when the error would be met as well.
        let reply = timeout(Duration::from_secs(1), datagrams.ask(&asked("www.example"))).await.unwrap();
        assert!(matches!(reply, Err(NoReply::Unreachable(_))), "{reply:?}");
    }
}

/// One in whose doing there is a fault.
struct Faulty;

impl Waiter for Faulty {
    fn landed(self: Box<Self>, _: Landing<'_>) {
        panic!("a fault");
    }

    fn slow(self: Box<Self>, _: Waiting) {}
}

#[tokio::test]
async fn a_fault_in_what_one_does_with_a_reply_costs_the_others_nothing() {
    let (server, datagrams) = server().await;
    let now = Instant::now();
    let names: Vec<Asked> = (0..4 * PORTS).map(|number| asked(&format!("{number}.example"))).collect();
    let serve = async {
        for _ in 0..names.len() {
            // The faults come first on every port.
            datagrams.send_for(datagrams.query(&asked("faulty.example")), Box::new(Faulty), now);
            let (query, port) = receive(&server).await;
            server.send_to(&reply_to(&query), port).await.unwrap();
        }
        serve(&server, names.len()).await
    };
    let asking = async {
        // Asked once those are under way.
        tokio::task::yield_now().await;
        join_all(names.iter().map(|name| datagrams.ask(name))).await
    };
    let (replies, _) = timeout(PATIENCE, async { tokio::join!(asking, serve) }).await.unwrap();
    assert!(replies.iter().all(Result::is_ok), "{replies:?}");
}

#[tokio::test]
async fn what_is_truncated_or_too_long_is_no_reply() {
    let (server, datagrams) = server().await;
    for (length, flags) in [(0, 0x02), (LONGEST_REPLY, 0)] {
        let serve = async {
            let (query, port) = receive(&server).await;
            let mut reply = reply_to(&query);
            reply[2] |= flags;
            reply.resize(reply.len().max(length), 0);
            server.send_to(&reply, port).await.unwrap();
        };
        let one_asks = asked("www.example");
        let (reply, ()) = tokio::join!(datagrams.ask_in_lower_case(&one_asks), serve);
        assert_eq!(reply, Err(NoReply::Truncated));
    }
}

/// Answers `queries` queries; tells how many came from each port.
async fn serve(server: &UdpSocket, queries: usize) -> HashMap<u16, usize> {
    let mut ports = HashMap::new();
    for _ in 0..queries {
        let (query, port) = receive(server).await;
        *ports.entry(port.port()).or_default() += 1;
        server.send_to(&reply_to(&query), port).await.unwrap();
    }
    ports
}

#[tokio::test]
async fn no_port_carries_many_queries_and_new_ones_follow() {
    let (server, datagrams) = server().await;
    let (rounds, at_once) = (100, 200);
    let asking = async {
        for round in 0..rounds {
            let names: Vec<Asked> =
                (0..at_once).map(|number| asked(&format!("{round}.{number}.example"))).collect();
            let replies = timeout(PATIENCE, join_all(names.iter().map(|name| datagrams.ask(name)))).await;
            assert!(replies.expect("replies").iter().all(Result::is_ok));
        }
    };
    let (ports, ()) = tokio::join!(serve(&server, rounds * at_once), asking);
    // Some 160 random numbers have a pair that is the same in one run of five, one after the other.
    let again = ports.values().filter(|queries| **queries > 128).count();
    assert!(again <= 4 && ports.values().all(|queries| *queries <= 2 * 128), "{ports:?}");
    assert!(ports.len() + 4 >= rounds * at_once / 128, "{}", ports.len());
    until("all are closed in the end", || datagrams.room.open() == 0).await;
}

#[tokio::test]
async fn where_little_is_asked_nearly_every_query_has_a_port_of_its_own() {
    let (server, datagrams) = server().await;
    let queries = 30;
    let asking = async {
        for number in 0..queries {
            datagrams.ask(&asked(&format!("{number}.example"))).await.unwrap();
            // As if a little time had passed: no port is young any more.
            for place in &datagrams.ports {
                *slot(place) = Weak::new();
            }
        }
    };
    let (ports, ()) = tokio::join!(serve(&server, queries), asking);
    assert!(ports.len() >= queries - 1, "{ports:?}");
    // Not from the system's own range alone, nor in an order.
    let low = ports.keys().filter(|port| **port < 32_768).count();
    assert!((1..queries).contains(&low), "{ports:?}");
}

#[tokio::test]
async fn sockets_are_bounded_while_a_server_is_silent_and_nobody_is_turned_away() {
    let (server, datagrams) = server().await;
    let names: Vec<Asked> = (0..8192).map(|number| asked(&format!("{number}.example"))).collect();
    let mut waiting: Vec<_> = names.iter().map(|name| Box::pin(datagrams.ask(name))).collect();
    for (number, one) in waiting.iter_mut().enumerate() {
        // A port is old after a few queries, as if many others had been answered meanwhile.
        if number < 120 {
            *slot(&datagrams.ports[number % PORTS]) = Weak::new();
        }
        assert!(poll!(one).is_pending(), "{number}");
        assert!(datagrams.room.open() <= 128);
    }
    assert_eq!(datagrams.room.open(), 128);
    drop((waiting, server));
    until("all are closed in the end", || datagrams.room.open() == 0).await;
}
