//! An upstream server that follows a script: UDP and TCP on one port, a behaviour for each name, and a record of all it saw.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::wire::{
    A, AAAA, CNAME, FORMERR, HTTPS, IN, Message, NS, NXDOMAIN, OPT, SERVFAIL, SOA, TXT, len16, name_bytes,
};

/// How often the threads look whether the test is over.
const TICK: Duration = Duration::from_millis(50);

/// TTL and MINIMUM of the SOA records that we send with a "no".
pub const NEGATIVE_TTL: u32 = 120;

/// A query as the upstream got it.
#[derive(Debug, Clone)]
pub struct Asked {
    pub message: Message,
    /// In lower case.
    pub name: String,
    pub qtype: u16,
    pub over_tcp: bool,
    /// 1 for the first query for this name.
    pub nth: usize,
}

/// One step of an answer.
#[derive(Debug, Clone)]
pub enum Act {
    Send(Vec<u8>),
    Wait(Duration),
}

/// What the upstream does when it is asked for a name.
pub type Behaviour = Arc<dyn Fn(&Asked) -> Vec<Act> + Send + Sync>;

fn behaviour(f: impl Fn(&Asked) -> Vec<Act> + Send + Sync + 'static) -> Behaviour {
    Arc::new(f)
}

fn answering(f: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Behaviour {
    behaviour(move |asked| vec![Act::Send(f(asked).bytes())])
}

/// A records; NODATA for every other type.
pub fn a(address: &str, ttl: u32) -> Behaviour {
    let address: Ipv4Addr = address.parse().unwrap();
    answering(move |asked| match asked.qtype {
        A => Reply::to(asked).answer(&asked.name, A, ttl, &address.octets()),
        _ => Reply::to(asked).soa(NEGATIVE_TTL),
    })
}

/// AAAA records; NODATA for every other type.
pub fn aaaa(address: &str, ttl: u32) -> Behaviour {
    let address: Ipv6Addr = address.parse().unwrap();
    answering(move |asked| match asked.qtype {
        AAAA => Reply::to(asked).answer(&asked.name, AAAA, ttl, &address.octets()),
        _ => Reply::to(asked).soa(NEGATIVE_TTL),
    })
}

/// A chain of CNAMEs through `names`, and for type A an address at its end.
pub fn cname_chain(names: &[&str], address: &str, ttl: u32) -> Behaviour {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let address: Ipv4Addr = address.parse().unwrap();
    answering(move |asked| {
        let mut reply = Reply::to(asked);
        let mut owner = asked.name.clone();
        for name in &names {
            reply = reply.answer(&owner, CNAME, ttl, &name_bytes(name));
            owner.clone_from(name);
        }
        match asked.qtype {
            A => reply.answer(&owner, A, ttl, &address.octets()),
            CNAME => reply,
            _ => reply.soa(NEGATIVE_TTL),
        }
    })
}

/// An alias, and nothing of what is behind it, whatever is asked for.
pub fn alias_alone(target: &str, ttl: u32) -> Behaviour {
    let target = name_bytes(target);
    answering(move |asked| Reply::to(asked).answer(&asked.name, CNAME, ttl, &target))
}

/// An HTTPS record with this target; NODATA for every other type.
pub fn https(target: &str, ttl: u32) -> Behaviour {
    let mut data = vec![0, 1];
    data.extend(name_bytes(target));
    answering(move |asked| match asked.qtype {
        HTTPS => Reply::to(asked).answer(&asked.name, HTTPS, ttl, &data),
        _ => Reply::to(asked).soa(NEGATIVE_TTL),
    })
}

/// An A record, and in the other sections the server that it comes from and that server's address.
pub fn a_from(address: &str, server: &str, server_address: &str) -> Behaviour {
    let [address, server_address] =
        [address, server_address].map(|text| text.parse::<Ipv4Addr>().unwrap().octets());
    let server = server.to_owned();
    answering(move |asked| {
        let mut reply = Reply::to(asked).answer(&asked.name, A, 60, &address);
        let zone = asked.name.split_once('.').unwrap().1.to_owned();
        reply.header[4] = 1;
        reply.record(&name_bytes(&zone), NS, 60, &name_bytes(&server));
        reply.header[5] = 1;
        reply.record(&name_bytes(&server), A, 60, &server_address);
        reply
    })
}

/// TXT records of about `size` octets in all: truncated over UDP where they do not fit, whole over TCP.
pub fn text(size: usize, ttl: u32) -> Behaviour {
    answering(move |asked| {
        let mut reply = Reply::to(asked);
        for number in 0..size / 100 {
            let mut data = vec![99];
            data.extend(format!("{number:>99}").bytes());
            reply = reply.answer(&asked.name, TXT, ttl, &data);
        }
        reply
    })
}

pub fn nxdomain() -> Behaviour {
    answering(|asked| Reply::to(asked).rcode(NXDOMAIN).soa(NEGATIVE_TTL))
}

/// NXDOMAIN whose SOA record has this TTL and MINIMUM.
pub fn nxdomain_for(ttl: u32) -> Behaviour {
    answering(move |asked| Reply::to(asked).rcode(NXDOMAIN).soa(ttl))
}

pub fn nodata() -> Behaviour {
    answering(|asked| Reply::to(asked).soa(NEGATIVE_TTL))
}

pub fn servfail() -> Behaviour {
    answering(|asked| Reply::to(asked).rcode(SERVFAIL))
}

pub fn silence() -> Behaviour {
    behaviour(|_| Vec::new())
}

/// Waits, then does `then`.
pub fn after(delay: Duration, then: Behaviour) -> Behaviour {
    behaviour(move |asked| {
        let mut acts = vec![Act::Wait(delay)];
        acts.extend(then(asked));
        acts
    })
}

/// `first` for the first query, `then` for all others.
pub fn first_then(first: Behaviour, then: Behaviour) -> Behaviour {
    behaviour(move |asked| if asked.nth == 1 { first(asked) } else { then(asked) })
}

/// A good-looking answer to a question that nobody asked.
pub fn wrong_question(address: &str) -> Behaviour {
    let address: Ipv4Addr = address.parse().unwrap();
    answering(move |asked| {
        let mut other = asked.clone();
        other.name = "another-question.example".into();
        other.message.questions[0].raw = [name_bytes(&other.name), vec![0, 1, 0, 1]].concat();
        Reply::to(&other).answer(&other.name, A, 60, &address.octets())
    })
}

/// An answer with octets behind its last record.
pub fn garbage_tail(address: &str, ttl: u32) -> Behaviour {
    let good = a(address, ttl);
    behaviour(move |asked| {
        let mut acts = good(asked);
        if let Some(Act::Send(bytes)) = acts.first_mut() {
            bytes.extend([0xde, 0xad, 0xbe, 0xef, 0xff]);
        }
        acts
    })
}

/// First a forged answer under another id, then the true one.
pub fn wrong_id_first(forged: &str, address: &str) -> Behaviour {
    let (forged, good) = (a(forged, 60), a(address, 60));
    behaviour(move |asked| {
        let mut acts = forged(asked);
        if let Some(Act::Send(bytes)) = acts.first_mut() {
            bytes[0] ^= 0x55;
        }
        acts.push(Act::Wait(Duration::from_millis(50)));
        acts.extend(good(asked));
        acts
    })
}

/// Many forged answers under other ids over UDP, and no true one; the true one over TCP.
pub fn guessed_at(forged: &str, address: &str) -> Behaviour {
    let (forged, good) = (a(forged, 60), a(address, 60));
    behaviour(move |asked| {
        if asked.over_tcp {
            return good(asked);
        }
        let forge = |number: u8| {
            let mut acts = forged(asked);
            if let Some(Act::Send(bytes)) = acts.first_mut() {
                bytes[1] = bytes[1].wrapping_add(number);
            }
            acts
        };
        (1..=50).flat_map(forge).collect()
    })
}

/// Many answers to other questions under the right id, then the true one.
pub fn wrong_questions_first(forged: &str, address: &str) -> Behaviour {
    let (forged, good) = (wrong_question(forged), a(address, 60));
    behaviour(move |asked| {
        let mut acts: Vec<Act> = (0..50).flat_map(|_| forged(asked)).collect();
        acts.push(Act::Wait(Duration::from_millis(50)));
        acts.extend(good(asked));
        acts
    })
}

/// Everything that `then` sends, and then the same again.
pub fn twice(then: Behaviour) -> Behaviour {
    behaviour(move |asked| [then(asked), then(asked)].concat())
}

/// As `then`, by a server that turns the question's name to lower case.
pub fn in_lower_case(then: Behaviour) -> Behaviour {
    behaviour(move |asked| {
        let mut asked = asked.clone();
        let raw = &mut asked.message.questions[0].raw;
        let name = raw.len() - 4;
        raw[..name].make_ascii_lowercase();
        then(&asked)
    })
}

/// NXDOMAIN from a server that has validated it and says something about it (RFC 8914).
pub fn nxdomain_with_error(code: u16, text: &str) -> Behaviour {
    let text = text.to_owned();
    answering(move |asked| {
        let mut reply = Reply::to(asked).rcode(NXDOMAIN).soa(NEGATIVE_TTL);
        reply.header[1] |= 0x0020;
        reply.options =
            [15, len16(text.as_bytes()) + 2, code].iter().flat_map(|word| word.to_be_bytes()).collect();
        reply.options.extend(text.bytes());
        reply
    })
}

/// One record of a type, whatever its data are, and an additional one that no parser of records can read.
pub fn odd_records(rtype: u16, data: &[u8]) -> Behaviour {
    let data = data.to_vec();
    answering(move |asked| {
        let mut reply = Reply::to(asked).answer(&asked.name, rtype, 300, &data);
        // An address of three octets.
        reply.record(&name_bytes("odd.example"), A, 300, &[192, 0, 2]);
        reply.header[5] = 1;
        reply
    })
}

/// A reply under construction.
pub struct Reply {
    header: [u16; 6],
    question: Vec<u8>,
    name: String,
    records: Vec<u8>,
    with_opt: bool,
    /// Of the OPT record.
    options: Vec<u8>,
    limit: usize,
}

impl Reply {
    pub fn to(asked: &Asked) -> Self {
        let rd = u16::from(asked.message.recursion_desired()) << 8;
        let payload = asked.message.opt.as_ref().map_or(512, |opt| opt.payload.max(512));
        Self {
            header: [asked.message.id, 0x8080 | rd, 1, 0, 0, 0],
            question: asked.message.questions[0].raw.clone(),
            name: asked.name.clone(),
            records: Vec::new(),
            with_opt: asked.message.opt.is_some(),
            options: Vec::new(),
            limit: if asked.over_tcp { usize::from(u16::MAX) } else { usize::from(payload) },
        }
    }

    pub fn rcode(mut self, rcode: u16) -> Self {
        self.header[1] |= rcode;
        self
    }

    pub fn answer(mut self, name: &str, rtype: u16, ttl: u32, data: &[u8]) -> Self {
        self.header[3] += 1;
        // A pointer to the question, as every server writes it.
        let owner = if name == self.name { vec![0xc0, 12] } else { name_bytes(name) };
        self.record(&owner, rtype, ttl, data);
        self
    }

    /// A SOA record of the zone above the name. To come after the answers.
    pub fn soa(mut self, ttl: u32) -> Self {
        // A pointer into the question, as every server writes it.
        let zone = match self.question[0] {
            length @ 1..=63 => vec![0xc0, 12 + 1 + length],
            _ => vec![0],
        };
        let mut data = [name_bytes("ns.upstream.example"), name_bytes("admin.upstream.example")].concat();
        for number in [7, 3600, 600, 86_400, ttl] {
            data.extend(u32::to_be_bytes(number));
        }
        self.header[4] += 1;
        self.record(&zone, SOA, ttl, &data);
        self
    }

    fn record(&mut self, owner: &[u8], rtype: u16, ttl: u32, data: &[u8]) {
        self.records.extend(owner);
        self.records.extend(rtype.to_be_bytes());
        self.records.extend(IN.to_be_bytes());
        self.records.extend(ttl.to_be_bytes());
        self.records.extend(len16(data).to_be_bytes());
        self.records.extend(data);
    }

    /// The message; if it does not fit over UDP: the question, TC=1, and no records.
    pub fn bytes(mut self) -> Vec<u8> {
        let mut opt = Vec::new();
        if self.with_opt {
            self.header[5] += 1;
            opt.push(0);
            opt.extend(OPT.to_be_bytes());
            opt.extend(1232u16.to_be_bytes());
            opt.extend([0; 4]);
            opt.extend(len16(&self.options).to_be_bytes());
            opt.extend(&self.options);
        }
        if 12 + self.question.len() + self.records.len() + opt.len() > self.limit {
            self.records.clear();
            (self.header[1], self.header[3], self.header[4]) = (self.header[1] | 0x0200, 0, 0);
        }
        let header = self.header.iter().flat_map(|word| word.to_be_bytes()).collect();
        [header, self.question, self.records, opt].concat()
    }
}

/// The server. It stops when it is dropped.
pub struct Upstream {
    pub address: SocketAddr,
    script: Arc<Script>,
    threads: Vec<JoinHandle<()>>,
}

/// What the threads of one server share.
struct Script {
    table: Mutex<HashMap<String, Behaviour>>,
    otherwise: Behaviour,
    /// Names in lower case, in the order of arrival, with the raw message.
    seen: Mutex<Vec<Seen>>,
    counts: Mutex<HashMap<String, usize>>,
    over: AtomicBool,
}

/// One entry of the upstream's record.
#[derive(Debug, Clone)]
pub struct Seen {
    pub name: String,
    pub qtype: u16,
    pub over_tcp: bool,
    pub raw: Vec<u8>,
}

impl Upstream {
    /// Names that the script does not know do not exist.
    pub fn start() -> Self {
        Self::start_with(nxdomain())
    }

    /// A server that does the same for every name.
    pub fn start_with(otherwise: Behaviour) -> Self {
        Self::start_on(same_port(), otherwise)
    }

    /// As [`Upstream::start_with`], with nobody at its TCP port.
    pub fn start_without_tcp(otherwise: Behaviour) -> Self {
        let (socket, _) = same_port();
        Self::serve(socket, None, otherwise)
    }

    /// A server on an address of its own: for tests in a network of their own, where every port is free.
    pub fn start_at(address: SocketAddr, otherwise: Behaviour) -> Self {
        let sockets = (UdpSocket::bind(address).unwrap(), TcpListener::bind(address).unwrap());
        Self::start_on(sockets, otherwise)
    }

    fn start_on((socket, listener): (UdpSocket, TcpListener), otherwise: Behaviour) -> Self {
        Self::serve(socket, Some(listener), otherwise)
    }

    fn serve(socket: UdpSocket, listener: Option<TcpListener>, otherwise: Behaviour) -> Self {
        let address = socket.local_addr().unwrap();
        let script = Arc::new(Script {
            table: Mutex::default(),
            otherwise,
            seen: Mutex::default(),
            counts: Mutex::default(),
            over: AtomicBool::new(false),
        });
        let (for_udp, for_tcp) = (Arc::clone(&script), Arc::clone(&script));
        let mut threads = vec![thread::spawn(move || for_udp.serve_udp(&socket))];
        threads.extend(listener.map(|listener| thread::spawn(move || for_tcp.serve_tcp(&listener))));
        Self { address, script, threads }
    }

    /// From now on this name behaves so.
    pub fn set(&self, name: &str, behaviour: Behaviour) {
        self.script.table.lock().unwrap().insert(name.to_ascii_lowercase(), behaviour);
    }

    /// The same, for a script that is written in one go.
    pub fn with(self, name: &str, behaviour: Behaviour) -> Self {
        self.set(name, behaviour);
        self
    }

    /// How many queries for this name came, whatever the type.
    pub fn count(&self, name: &str) -> usize {
        self.script.counts.lock().unwrap().get(&name.to_ascii_lowercase()).copied().unwrap_or(0)
    }

    /// All names that were asked for, in the order of arrival.
    pub fn names(&self) -> Vec<String> {
        self.script.seen.lock().unwrap().iter().map(|entry| entry.name.clone()).collect()
    }

    /// All queries for this name.
    pub fn seen(&self, name: &str) -> Vec<Seen> {
        let seen = self.script.seen.lock().unwrap();
        seen.iter().filter(|entry| entry.name.eq_ignore_ascii_case(name)).cloned().collect()
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.script.over.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A panic of the thread was already printed.
            let _ = thread.join();
        }
    }
}

impl Script {
    fn serve_udp(self: Arc<Self>, socket: &UdpSocket) {
        socket.set_read_timeout(Some(TICK)).unwrap();
        let mut buffer = vec![0; 65_536];
        while !self.over.load(Ordering::Relaxed) {
            let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
            let acts = self.acts(&buffer[..length], false);
            let back = socket.try_clone().unwrap();
            perform(acts, move |bytes| drop(back.send_to(bytes, from)));
        }
    }

    fn serve_tcp(self: Arc<Self>, listener: &TcpListener) {
        listener.set_nonblocking(true).unwrap();
        while !self.over.load(Ordering::Relaxed) {
            let Ok((stream, _)) = listener.accept() else {
                thread::sleep(Duration::from_millis(5));
                continue;
            };
            let script = Arc::clone(&self);
            thread::spawn(move || script.serve_connection(stream));
        }
    }

    fn serve_connection(&self, mut stream: TcpStream) {
        stream.set_nonblocking(false).unwrap();
        stream.set_read_timeout(Some(TICK)).unwrap();
        let writer = Arc::new(Mutex::new(stream.try_clone().unwrap()));
        while let Some(length) = self.read(&mut stream, 2) {
            let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
            let Some(raw) = self.read(&mut stream, length) else { return };
            let back = Arc::clone(&writer);
            perform(self.acts(&raw, true), move |bytes| {
                let frame = [&len16(bytes).to_be_bytes(), bytes].concat();
                drop(back.lock().unwrap().write_all(&frame));
            });
        }
    }

    /// Exactly `length` octets, or `None` at the end of the connection or of the test.
    fn read(&self, stream: &mut TcpStream, length: usize) -> Option<Vec<u8>> {
        let mut buffer = vec![0; length];
        let mut filled = 0;
        while filled < length {
            match stream.read(&mut buffer[filled..]) {
                Ok(0) => return None,
                Ok(more) => filled += more,
                Err(error) if is_tick(&error) && !self.over.load(Ordering::Relaxed) => {}
                Err(_) => return None,
            }
        }
        Some(buffer)
    }

    fn acts(&self, raw: &[u8], over_tcp: bool) -> Vec<Act> {
        let Ok(message) = Message::parse(raw) else { return format_error(raw) };
        let [question] = message.questions.as_slice() else { return format_error(raw) };
        let (name, qtype) = (question.name.to_ascii_lowercase(), question.qtype);
        self.seen.lock().unwrap().push(Seen { name: name.clone(), qtype, over_tcp, raw: raw.to_vec() });
        let nth = {
            let mut counts = self.counts.lock().unwrap();
            let count = counts.entry(name.clone()).or_default();
            *count += 1;
            *count
        };
        let scripted = self.table.lock().unwrap().get(&name).cloned();
        let asked = Asked { message, name, qtype, over_tcp, nth };
        scripted.as_ref().unwrap_or(&self.otherwise)(&asked)
    }
}

fn is_tick(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}

fn format_error(raw: &[u8]) -> Vec<Act> {
    let Some(id) = raw.get(..2) else { return Vec::new() };
    vec![Act::Send([id, &[0x80, 0x80 | FORMERR.to_be_bytes()[1], 0, 0, 0, 0, 0, 0, 0, 0]].concat())]
}

/// At once where nothing waits, else in a thread of its own, so that a slow name does not hold up the next.
fn perform(acts: Vec<Act>, send: impl Fn(&[u8]) + Send + 'static) {
    let waits = acts.iter().any(|act| matches!(act, Act::Wait(_)));
    let run = move || {
        for act in acts {
            match act {
                Act::Send(bytes) => send(&bytes),
                Act::Wait(delay) => thread::sleep(delay),
            }
        }
    };
    if waits {
        thread::spawn(run);
    } else {
        run();
    }
}

/// A UDP socket and a TCP listener on the same free port of 127.0.0.1.
pub fn same_port() -> (UdpSocket, TcpListener) {
    for _ in 0..100 {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a UDP socket");
        if let Ok(listener) = TcpListener::bind(socket.local_addr().unwrap()) {
            return (socket, listener);
        }
    }
    panic!("no port that is free for both UDP and TCP");
}

/// A port that was free a moment ago, for both UDP and TCP.
pub fn free_port() -> u16 {
    same_port().0.local_addr().unwrap().port()
}
