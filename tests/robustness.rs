//! 100,000 packets that nobody should send: the program lives, answers what RFC 8906 wants answered, and does not grow.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::HashMap;
use std::io::Write;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use support::ask::{self, Connection, Transport, ask};
use support::expect;
use support::process::{Sekisho, sekisho};
use support::random::Random;
use support::upstream::Upstream;
use support::wire::{A, AAAA, ANY, CAA, DS, HTTPS, MX, Query, SVCB, TXT};
use support::{PATIENCE, SILENCE};

/// Together 100,000.
const RANDOM_DATAGRAMS: usize = 50_000;
const WELL_HEADED_DATAGRAMS: usize = 30_000;
const FRAMES: usize = 20_000;

/// So few that no socket buffer overflows.
const WINDOW: usize = 64;

/// The memory that all this may cost, with a cache of 4 MiB.
const GROWTH: u64 = 32 << 20;

fn start(upstream: &Upstream) -> Sekisho {
    let config = "[cache]\nmemory = \"4MiB\"\n";
    let names = sekisho().config(config).list("names.txt", "fake-support.example\n*.park.example\n");
    names.upstream(upstream).start()
}

/// It still lives, did not panic, and does its work over both transports.
fn assert_well(sekisho: &mut Sekisho) {
    assert!(sekisho.is_alive(), "it died:\n{}", sekisho.stderr());
    assert!(!sekisho.stderr().contains("panicked"), "{}", sekisho.stderr());
    for transport in ask::BOTH {
        let query = Query::new("www.fake-support.example", A).edns();
        expect::sinkholed(&query, &ask(transport, sekisho.dns(), &query), "127.0.0.1");
    }
}

/// The program's memory before and after.
fn assert_flat(sekisho: &Sekisho, before: Option<u64>) {
    let Some((before, after)) = before.zip(sekisho.resident_memory()) else {
        println!("SKIPPED: this system does not tell how much memory a process has");
        return;
    };
    let growth = after.saturating_sub(before);
    println!("memory: {before} octets before, {after} after");
    assert!(growth < GROWTH, "it grew by {growth} octets, from {before} to {after}");
}

/// A query as a client might send it.
fn plausible(random: &mut Random) -> Vec<u8> {
    let names = [
        "fake-support.example",
        "www.fake-support.example",
        "a.b.park.example",
        "shop.example",
        "localhost",
        "sekisho.home.arpa",
        "1.2.0.192.in-addr.arpa",
        "x.onion",
        "",
    ];
    let types = [A, AAAA, HTTPS, SVCB, TXT, MX, CAA, DS, ANY, 0, 41, 250, 251, 252, 65_535];
    let query = Query::new(names[random.below(names.len())], *random.pick(&types));
    let query = if random.below(2) == 0 { query } else { query.payload(random.next() as u16) };
    let query = if random.below(4) == 0 { query.option(random.next() as u16, &[7; 9]) } else { query };
    let query = if random.below(4) == 0 { query.dnssec_ok().checking_disabled() } else { query };
    query.bytes()
}

/// Flips, cuts, repeats and inserts, behind the first `keep` octets.
fn mutate(random: &mut Random, packet: &mut Vec<u8>, keep: usize) {
    for _ in 0..=random.below(4) {
        let at = keep + random.below(packet.len().saturating_sub(keep).max(1));
        match random.below(6) {
            0 if at < packet.len() => packet[at] = random.octet(),
            1 if at < packet.len() => packet[at] ^= 1 << random.below(8),
            2 => packet.truncate(at.max(keep)),
            3 => packet.insert(at.min(packet.len()), random.octet()),
            4 if at < packet.len() => packet[at] = *random.pick(&[0, 0x3f, 0x40, 0xc0, 0xff]),
            _ => {
                let length = random.below(40);
                packet.extend(random.octets(length));
            }
        }
    }
}

/// Reads whatever is there, without waiting.
fn drain(socket: &UdpSocket) {
    socket.set_nonblocking(true).unwrap();
    let mut buffer = [0; 4096];
    while socket.recv(&mut buffer).is_ok() {}
    socket.set_nonblocking(false).unwrap();
}

#[test]
fn random_and_mutated_datagrams_do_no_harm() {
    let upstream = Upstream::start();
    let mut sekisho = start(&upstream);
    let mut random = Random::new(0x5eed_0001);
    let socket = ask::socket_to(sekisho.dns());
    let mut before = None;
    for number in 0..RANDOM_DATAGRAMS {
        let packet = if number % 2 == 0 {
            let length = random.below(600);
            random.octets(length)
        } else {
            let mut packet = plausible(&mut random);
            mutate(&mut random, &mut packet, 0);
            packet
        };
        socket.send(&packet).unwrap();
        if number % WINDOW == 0 {
            // An answer to a good query shows that what came before it was read.
            drain(&socket);
            let query = Query::new("fake-support.example", A);
            expect::sinkholed(&query, &ask::udp(sekisho.dns(), &query), "127.0.0.1");
        }
        if number == RANDOM_DATAGRAMS / 10 {
            before = sekisho.resident_memory();
        }
    }
    assert_well(&mut sekisho);
    assert_flat(&sekisho, before);
    sekisho.stop();
}

/// A mutated query whose header still says "query", with this id.
fn well_headed(random: &mut Random, id: u16) -> Vec<u8> {
    let mut packet = plausible(random);
    // Half of them keep a header that is wholly good, so that the faults lie deeper.
    let keep = if random.below(2) == 0 { 12 } else { 2 };
    mutate(random, &mut packet, keep);
    packet.resize(packet.len().max(12), 0);
    packet[2] &= 0x7f;
    packet[..2].copy_from_slice(&id.to_be_bytes());
    packet
}

#[test]
fn a_mutated_query_is_never_met_with_silence() {
    let upstream = Upstream::start();
    let mut sekisho = start(&upstream);
    let mut random = Random::new(0x5eed_0002);
    let mut open = Open { socket: ask::socket_to(sekisho.dns()), waiting: HashMap::new() };
    let mut before = None;
    for window in 0..WELL_HEADED_DATAGRAMS / WINDOW {
        for number in 0..WINDOW {
            let id = (window * WINDOW + number) as u16;
            let packet = well_headed(&mut random, id);
            open.socket.send(&packet).unwrap();
            open.waiting.insert(id, packet);
        }
        // A few may take their time, and are waited for in the end.
        open.read_until(0, Duration::from_millis(50));
        open.read_until(2 * WINDOW, PATIENCE);
        if window == 40 {
            before = sekisho.resident_memory();
        }
    }
    open.read_until(0, PATIENCE);
    let silent: Vec<_> = open.waiting.values().take(10).collect();
    assert!(silent.is_empty(), "{} were not answered, such as {silent:02x?}", open.waiting.len());
    assert_well(&mut sekisho);
    assert_flat(&sekisho, before);
}

/// The packets that wait for their answers, by id.
struct Open {
    socket: UdpSocket,
    waiting: HashMap<u16, Vec<u8>>,
}

impl Open {
    /// Reads answers until no more than `few` are awaited, or until the time is over.
    fn read_until(&mut self, few: usize, patience: Duration) {
        let deadline = Instant::now() + patience;
        while self.waiting.len() > few {
            let left = deadline.saturating_duration_since(Instant::now());
            let Some(answer) = ask::receive(&self.socket, left) else { return };
            assert!(answer.len() >= 12 && answer[2] & 0x80 != 0, "an answer: {answer:02x?}");
            let id = u16::from_be_bytes([answer[0], answer[1]]);
            assert!(self.waiting.remove(&id).is_some(), "asked and not yet answered: {answer:02x?}");
        }
    }
}

/// A frame for TCP: mostly with the right length, sometimes with a wrong one.
fn frame(random: &mut Random) -> Vec<u8> {
    let mut message = match random.below(4) {
        0 => {
            let length = random.below(300);
            random.octets(length)
        }
        _ => plausible(random),
    };
    mutate(random, &mut message, 0);
    let wrong = random.below(20) == 0;
    let length = if wrong { random.next() as u16 } else { message.len() as u16 };
    [length.to_be_bytes().to_vec(), message].concat()
}

#[test]
fn random_and_mutated_frames_do_no_harm() {
    let upstream = Upstream::start();
    let mut sekisho = start(&upstream);
    let mut random = Random::new(0x5eed_0003);
    let mut sent = 0;
    let mut before = None;
    while sent < FRAMES {
        // A connection lives until either side has had enough of it.
        let mut connection = Connection::open(sekisho.dns());
        for _ in 0..=random.below(60) {
            sent += 1;
            if connection.0.write_all(&frame(&mut random)).is_err() {
                break;
            }
        }
        drain_stream(&connection);
        if before.is_none() && sent > FRAMES / 10 {
            before = sekisho.resident_memory();
        }
    }
    assert_well(&mut sekisho);
    assert_flat(&sekisho, before);
}

fn drain_stream(connection: &Connection) {
    use std::io::Read;
    let mut stream = &connection.0;
    stream.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
    let mut buffer = [0; 4096];
    for _ in 0..1_000 {
        if !stream.read(&mut buffer).is_ok_and(|length| length > 0) {
            return;
        }
    }
}

#[test]
fn a_connection_that_says_nothing_holds_up_nobody() {
    let mut sekisho = sekisho().list("names.txt", "www.fake-support.example\n").start();
    let server: SocketAddr = sekisho.dns();
    let mut idle: Vec<Connection> = (0..50).map(|_| Connection::open(server)).collect();
    for (number, connection) in idle.iter_mut().enumerate() {
        // Half of them start a message and never end it.
        if number % 2 == 0 {
            connection.0.write_all(&[0, 40, 1]).unwrap();
        }
    }
    let query = Query::new("www.fake-support.example", A);
    for transport in [Transport::Tcp, Transport::Udp] {
        let started = Instant::now();
        expect::sinkholed(&query, &ask(transport, server, &query), "127.0.0.1");
        assert!(started.elapsed() < SILENCE * 5, "{:?}", started.elapsed());
    }
    assert_well(&mut sekisho);
}
