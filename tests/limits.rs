//! Crowds, slow talkers and floods: whoever asks properly is still answered, and nothing grows without end.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(target_os = "linux")]

mod support;

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use socket2::{Domain, Protocol, Socket, Type};

use support::ask::{self, Connection, Transport};
use support::process::{Sekisho, sekisho};
use support::upstream::{self, Upstream};
use support::wire::{A, Message, Query};
use support::{PATIENCE, http, until};

/// So many connections say nothing.
const CROWD: usize = 10_000;
/// The limits that hold unless the configuration says otherwise.
const STREAMS: f64 = 1024.0;
const STREAMS_OF_ONE: usize = 64;

/// This process holds one end of every connection, so there is one crowd at a time, and it is as large as this process
/// may have files.
static ONE_CROWD: Mutex<()> = Mutex::new(());

/// Many connections, each from one of a thousand addresses.
fn crowd(to: SocketAddr) -> Vec<TcpStream> {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).unwrap();
    let size = CROWD.min(usize::try_from(hard).unwrap().saturating_sub(500));
    if size < CROWD {
        eprintln!(
            "SKIPPED in part: {size} connections instead of {CROWD}, since this process may have {hard} files"
        );
    }
    let silent: Vec<_> = (0..size).filter_map(|number| connect(somebody(number % 1000), to)).collect();
    assert!(silent.len() > size / 2, "{} of {size}", silent.len());
    silent
}

/// An address of this machine that nobody else in these tests has.
fn somebody(number: usize) -> IpAddr {
    Ipv4Addr::new(127, 7, (number / 250) as u8, (number % 250 + 1) as u8).into()
}

/// A connection from `source`; `None` where the other side has no room for it.
fn connect(source: IpAddr, to: SocketAddr) -> Option<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP)).unwrap();
    socket.bind(&SocketAddr::new(source, 0).into()).unwrap();
    socket.connect_timeout(&to.into(), PATIENCE).ok()?;
    Some(socket.into())
}

/// Whether the other side has closed the connection, or cut it off.
fn is_closed(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let mut octet = [0];
    match (&*stream).read(&mut octet) {
        Ok(0) => true,
        Ok(_) => false,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}

fn blocked(sekisho: &Sekisho, transport: Transport) {
    let answer = ask::ask(transport, sekisho.dns(), &Query::new("one.example", A));
    assert_eq!(answer.addresses(), ["127.0.0.1"], "{transport:?}");
}

fn start() -> Sekisho {
    sekisho().list("names.txt", "one.example\n").start()
}

#[test]
fn ten_thousand_silent_dns_connections_keep_nobody_from_asking() {
    let _alone = ONE_CROWD.lock().unwrap_or_else(PoisonError::into_inner);
    let sekisho = start();
    blocked(&sekisho, Transport::Udp);
    let memory = sekisho.resident_memory().unwrap();
    let silent = crowd(sekisho.dns());
    let metrics = sekisho.read_metrics();
    assert!(metrics.sum("sekisho_streams") <= STREAMS, "{}", metrics.sum("sekisho_streams"));
    assert!(metrics.sum("sekisho_streams_refused_total") > 0.0);
    blocked(&sekisho, Transport::Udp);
    // A newcomer over TCP gets in as soon as the silent ones have given way, which is much sooner than an idle
    // connection is usually given.
    until("a newcomer is answered over TCP", Duration::from_secs(5), || {
        let mut stream = Connection(connect([127, 0, 0, 1].into(), sekisho.dns())?);
        stream.try_send(&Query::new("one.example", A).bytes()).ok()?;
        stream.receive(PATIENCE).ok()
    });
    until("all silent connections are closed", Duration::from_secs(20), || {
        silent.iter().all(is_closed).then_some(())
    });
    let grown = sekisho.resident_memory().unwrap().saturating_sub(memory);
    assert!(grown < 32 << 20, "{grown} octets more than before the crowd");
    blocked(&sekisho, Transport::Tcp);
}

#[test]
fn one_client_has_a_share_of_the_connections_and_no_more() {
    let sekisho = start();
    let greedy: Vec<TcpStream> =
        (0..STREAMS_OF_ONE * 3).filter_map(|_| connect(somebody(5), sekisho.dns())).collect();
    until("what is too many is closed", PATIENCE, || {
        let open = greedy.iter().filter(|stream| !is_closed(stream)).count();
        assert!(open >= STREAMS_OF_ONE, "{open}");
        (open == STREAMS_OF_ONE).then_some(())
    });
    blocked(&sekisho, Transport::Tcp);
}

#[test]
fn shares_are_set_in_the_configuration() {
    let config =
        "[listen]\nconnections = 20\nconnections_per_client = 3\n[page]\nconnections_per_client = 2\n";
    let sekisho = sekisho().config(config).start();
    for (server, share) in [(sekisho.dns(), 3), (sekisho.page, 2)] {
        let streams: Vec<TcpStream> = (0..10).filter_map(|_| connect(somebody(6), server)).collect();
        until("the share is kept", PATIENCE, || {
            (streams.iter().filter(|stream| !is_closed(stream)).count() == share).then_some(())
        });
    }
}

#[test]
fn ten_thousand_silent_visitors_leave_the_page_within_reach() {
    let _alone = ONE_CROWD.lock().unwrap_or_else(PoisonError::into_inner);
    let sekisho = start();
    let silent = crowd(sekisho.page);
    blocked(&sekisho, Transport::Udp);
    until("a newcomer gets the page", Duration::from_secs(5), || {
        let mut stream = connect([127, 0, 0, 1].into(), sekisho.page)?;
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: one.example\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        answer.starts_with("HTTP/1.1 403").then_some(())
    });
    until("all silent visitors are shown out", Duration::from_secs(40), || {
        silent.iter().all(is_closed).then_some(())
    });
    assert_eq!(http::get(sekisho.page, "one.example", "/", &[]).status, 403);
}

#[test]
fn a_head_that_trickles_in_is_cut_off() {
    let sekisho = start();
    let mut slow = TcpStream::connect(sekisho.page).unwrap();
    let head = b"GET / HTTP/1.1\r\nHost: one.example\r\nX-Slow: ".iter().chain(std::iter::repeat(&b'x'));
    let begun = Instant::now();
    for octet in head {
        if slow.write_all(&[*octet]).is_err() || is_closed(&slow) {
            break;
        }
        slow.set_nonblocking(false).unwrap();
        assert!(begun.elapsed() < Duration::from_secs(20), "a head may take ten seconds");
        blocked(&sekisho, Transport::Udp);
        std::thread::park_timeout(Duration::from_millis(100));
    }
    assert!(begun.elapsed() > Duration::from_secs(2), "an honest client on a slow line has some time");
}

#[test]
fn a_query_that_trickles_in_is_cut_off() {
    let sekisho = start();
    let mut slow = TcpStream::connect(sekisho.dns()).unwrap();
    let begun = Instant::now();
    for octet in [2, 0].iter().chain(std::iter::repeat(&0_u8)) {
        if slow.write_all(&[*octet]).is_err() || is_closed(&slow) {
            break;
        }
        slow.set_nonblocking(false).unwrap();
        assert!(begun.elapsed() < Duration::from_secs(20), "a query may take ten seconds");
        std::thread::park_timeout(Duration::from_millis(100));
    }
    assert!(begun.elapsed() > Duration::from_secs(2), "an honest client on a slow line has some time");
}

#[test]
fn huge_heads_and_bodies_are_refused_and_cost_no_memory() {
    let sekisho = start();
    let before = sekisho.resident_memory().unwrap();
    let large = "x".repeat(8 << 20);
    for request in [
        format!("GET / HTTP/1.1\r\nHost: one.example\r\nX: {large}\r\n\r\n"),
        format!("GET /{large} HTTP/1.1\r\nHost: one.example\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: one.example\r\n{}\r\n", "X: y\r\n".repeat(1 << 20)),
        format!("POST / HTTP/1.1\r\nHost: one.example\r\nContent-Length: {}\r\n\r\n{large}", large.len()),
    ] {
        let mut stream = TcpStream::connect(sekisho.page).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        // It is cut off on the way, or answered before its end.
        let _ = stream.write_all(request.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let is_page = answer.windows(5).any(|octets| octets == b"<html");
        assert!(request.starts_with("POST") || !is_page, "{}", &request[..40]);
    }
    let grown = sekisho.resident_memory().unwrap().saturating_sub(before);
    assert!(grown < 16 << 20, "{grown} octets more for requests that were refused");
    assert_eq!(http::get(sekisho.page, "one.example", "/", &[]).status, 403);
}

/// What was sent and is not answered yet.
struct UnderWay {
    socket: std::net::UdpSocket,
    left: usize,
}

impl UnderWay {
    fn gather(&mut self) {
        while self.left > 0 {
            let raw = ask::receive(&self.socket, PATIENCE);
            let raw = raw.unwrap_or_else(|| panic!("{} queries were never answered", self.left));
            let answer = Message::parse(&raw).unwrap();
            assert!(answer.is_response() && answer.addresses().len() == 1, "{answer:?}");
            self.left -= 1;
        }
    }
}

#[test]
fn a_stop_under_load_answers_what_has_arrived() {
    // Upstream takes its time, so that many queries are under way when the signal comes.
    let slow = upstream::after(Duration::from_millis(700), upstream::a("192.0.2.80", 60));
    let upstream = Upstream::start_with(slow);
    let sekisho = sekisho().list("names.txt", "one.example\n").upstream(&upstream).start();
    let mut clients: Vec<UnderWay> =
        (0..8).map(|_| UnderWay { socket: ask::socket_to(sekisho.dns()), left: 0 }).collect();
    let mut stream = Connection::open(sekisho.dns());
    for number in 0..40 {
        for client in &mut clients {
            for name in [format!("n{number}.example"), "one.example".into()] {
                client.socket.send(&Query::new(&name, A).bytes()).unwrap();
                client.left += 1;
            }
        }
        stream.send(&Query::new(&format!("t{number}.example"), A).bytes());
    }
    until("upstream has heard of them all", PATIENCE, || (upstream.count("t39.example") > 0).then_some(()));
    let begun = Instant::now();
    let ended = sekisho.stop_by("TERM");
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
    clients.iter_mut().for_each(UnderWay::gather);
    for answered in 0..40 {
        let raw = stream.receive(PATIENCE);
        let whole = raw.as_ref().is_ok_and(|raw| Message::parse(raw).unwrap().addresses().len() == 1);
        assert!(whole, "{answered} of 40 answers over TCP: {raw:?}\n{}", ended.err);
    }
}
