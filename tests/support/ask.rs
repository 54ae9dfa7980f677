//! Asking over UDP and TCP. Whatever comes back is held against what every answer owes its query.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use super::PATIENCE;
use super::wire::{Message, Query, len16};

/// How a query travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    Udp,
    Tcp,
}

/// For tables that hold for both.
pub const BOTH: [Transport; 2] = [Transport::Udp, Transport::Tcp];

/// Asks once and gives the answer, which must come.
pub fn ask(transport: Transport, server: SocketAddr, query: &Query) -> Message {
    match transport {
        Transport::Udp => udp(server, query),
        Transport::Tcp => tcp(server, query),
    }
}

pub fn udp(server: SocketAddr, query: &Query) -> Message {
    let raw = try_udp(server, &query.bytes(), PATIENCE);
    let raw = raw.unwrap_or_else(|| panic!("no answer over UDP to {query:?}"));
    check(Transport::Udp, query, &raw)
}

pub fn tcp(server: SocketAddr, query: &Query) -> Message {
    let mut connection = Connection::open(server);
    connection.send(&query.bytes());
    let raw = connection.receive(PATIENCE);
    let raw = raw.unwrap_or_else(|error| panic!("no answer over TCP to {query:?}: {error}"));
    check(Transport::Tcp, query, &raw)
}

/// One datagram there, one back; `None` is silence. The socket is connected, so an answer from another address is silence too.
pub fn try_udp(server: SocketAddr, packet: &[u8], patience: Duration) -> Option<Vec<u8>> {
    let socket = socket_to(server);
    socket.send(packet).expect("send");
    receive(&socket, patience)
}

/// A UDP socket that is connected to `server`.
pub fn socket_to(server: SocketAddr) -> UdpSocket {
    let any: IpAddr = if server.is_ipv4() { [127, 0, 0, 1].into() } else { "::1".parse().unwrap() };
    socket_from(any, server)
}

/// The same, from a source address of our choice.
pub fn socket_from(source: IpAddr, server: SocketAddr) -> UdpSocket {
    let socket = UdpSocket::bind((source, 0)).expect("a UDP socket");
    socket.connect(server).expect("connect");
    socket
}

/// The next datagram, or `None` after `patience` or when the port is closed.
pub fn receive(socket: &UdpSocket, patience: Duration) -> Option<Vec<u8>> {
    let mut buffer = vec![0; 65_536];
    let deadline = Instant::now() + patience;
    loop {
        let left = deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
        socket.set_read_timeout(Some(left)).unwrap();
        match socket.recv(&mut buffer) {
            Ok(length) => return Some(buffer[..length].to_vec()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
}

/// One TCP connection, on which several queries may be under way.
pub struct Connection(pub TcpStream);

impl Connection {
    pub fn open(server: SocketAddr) -> Self {
        let stream = TcpStream::connect_timeout(&server, PATIENCE).expect("connect over TCP");
        stream.set_nodelay(true).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self(stream)
    }

    /// A message with its length in front.
    pub fn send(&mut self, message: &[u8]) {
        self.try_send(message).expect("send over TCP");
    }

    pub fn try_send(&mut self, message: &[u8]) -> io::Result<()> {
        let mut frame = len16(message).to_be_bytes().to_vec();
        frame.extend(message);
        self.0.write_all(&frame)
    }

    pub fn receive(&mut self, patience: Duration) -> io::Result<Vec<u8>> {
        self.0.set_read_timeout(Some(patience))?;
        let mut length = [0; 2];
        self.0.read_exact(&mut length)?;
        let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
        self.0.read_exact(&mut message)?;
        Ok(message)
    }
}

/// What every answer owes a well-formed query, whatever it says.
pub fn check(transport: Transport, query: &Query, raw: &[u8]) -> Message {
    let answer = Message::parse(raw).unwrap_or_else(|fault| panic!("{fault}\nin {raw:02x?}\nto {query:?}"));
    let context = || format!("answer to {query:?} over {transport:?}: {answer:?}");
    assert!(answer.is_response(), "QR=1: {}", context());
    assert_eq!(answer.id, query.id, "the id: {}", context());
    assert_eq!(answer.opcode(), 0, "the opcode: {}", context());
    assert_eq!(answer.recursion_desired(), query.recursion_desired(), "RD is copied: {}", context());
    assert_eq!(answer.questions.len(), 1, "one question: {}", context());
    assert_eq!(
        answer.questions[0].raw,
        query.question_bytes(),
        "the question, octet for octet: {}",
        context()
    );
    assert_eq!(answer.trailing, 0, "no octets behind the last record: {}", context());
    assert_eq!(answer.opt.is_some(), query.opt.is_some(), "OPT if and only if asked: {}", context());
    if let Some(opt) = &answer.opt {
        assert_eq!(opt.version, 0, "EDNS version: {}", context());
        // RFC 3225, 3: "The DO bit of the query MUST be copied in the response."
        let asked = query.opt.as_ref().is_some_and(|asked| asked.dnssec_ok);
        assert_eq!(opt.dnssec_ok, asked, "DO is copied: {}", context());
    }
    if transport == Transport::Udp {
        let limit = query.opt.as_ref().map_or(512, |opt| opt.payload.clamp(512, 1232));
        assert!(raw.len() <= usize::from(limit), "{} octets over UDP, {limit} allowed", raw.len());
    } else {
        assert!(!answer.truncated(), "TC over TCP: {}", context());
    }
    answer
}
