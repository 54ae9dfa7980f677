//! A proxy that leads to 127.0.0.1 whatever name it is told, by HTTP or SOCKS, and a record of all it was told.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::PATIENCE;

/// What it speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Http,
    Socks,
}

/// The proxy. It stops when it is dropped.
pub struct Proxy {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    kind: Kind,
    /// User and password that it wants: as `Proxy-Authorization` has them, or as SOCKS has them.
    wants: Option<String>,
    told: Mutex<Vec<String>>,
    over: AtomicBool,
}

impl Proxy {
    /// A proxy for `CONNECT` and for plain HTTP. `authorization` is what it wants as `Proxy-Authorization`.
    pub fn start(authorization: Option<&str>) -> Self {
        Self::serve(Kind::Http, authorization)
    }

    /// A proxy for SOCKS 5. `user` is `USER:PASSWORD`.
    pub fn start_socks(user: Option<&str>) -> Self {
        Self::serve(Kind::Socks, user)
    }

    fn serve(kind: Kind, wants: Option<&str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let wants = wants.map(str::to_owned);
        let shared = Arc::new(Shared { kind, wants, told: Mutex::default(), over: AtomicBool::new(false) });
        let served = Arc::clone(&shared);
        let thread = Some(thread::spawn(move || served.accept(&listener)));
        Self { address, shared, thread }
    }

    /// Where it was told to lead to, in the order of arrival: `CONNECT host:port`, or `GET URL`.
    pub fn told(&self) -> Vec<String> {
        self.shared.told.lock().unwrap().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn accept(self: Arc<Self>, listener: &TcpListener) {
        listener.set_nonblocking(true).unwrap();
        while !self.over.load(Ordering::Relaxed) {
            let Ok((stream, _)) = listener.accept() else {
                thread::sleep(Duration::from_millis(5));
                continue;
            };
            stream.set_nonblocking(false).unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            let shared = Arc::clone(&self);
            // One that goes away in the middle is no fault of the test.
            thread::spawn(move || match shared.kind {
                Kind::Http => shared.http(stream),
                Kind::Socks => shared.socks(stream),
            });
        }
    }

    fn note(&self, told: String) {
        self.told.lock().unwrap().push(told);
    }

    fn http(&self, mut client: TcpStream) -> io::Result<()> {
        let mut head = Vec::new();
        let mut octet = [0];
        while !head.ends_with(b"\r\n\r\n") {
            client.read_exact(&mut octet)?;
            head.push(octet[0]);
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let mut words = head.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        self.note(format!("{method} {target}"));
        let shown = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("proxy-authorization").then_some(value)
        });
        if self.wants.is_some() && shown != self.wants.as_deref() {
            return client.write_all(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n");
        }
        if method != "CONNECT" {
            return client.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nby.example");
        }
        let port = target.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or(0);
        let server = TcpStream::connect(("127.0.0.1", port))?;
        client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
        join(client, server)
    }

    /// RFC 1928, and RFC 1929 for users.
    fn socks(&self, mut client: TcpStream) -> io::Result<()> {
        let [_, methods] = octets(&mut client)?;
        many(&mut client, methods)?;
        let method = if self.wants.is_some() { 2 } else { 0 };
        client.write_all(&[5, method])?;
        if let Some(wants) = &self.wants {
            let [_, length] = octets(&mut client)?;
            let user = many(&mut client, length)?;
            let [length] = octets(&mut client)?;
            let password = many(&mut client, length)?;
            let good = format!("{user}:{password}") == *wants;
            client.write_all(&[1, u8::from(!good)])?;
            if !good {
                return Ok(());
            }
        }
        let [_, _, _, 3, length] = octets(&mut client)? else { return Ok(()) };
        let host = many(&mut client, length)?;
        let port = u16::from_be_bytes(octets(&mut client)?);
        self.note(format!("CONNECT {host}:{port}"));
        let server = TcpStream::connect(("127.0.0.1", port))?;
        client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
        join(client, server)
    }
}

fn octets<const COUNT: usize>(stream: &mut TcpStream) -> io::Result<[u8; COUNT]> {
    let mut octets = [0; COUNT];
    stream.read_exact(&mut octets)?;
    Ok(octets)
}

fn many(stream: &mut TcpStream, length: u8) -> io::Result<String> {
    let mut octets = vec![0; usize::from(length)];
    stream.read_exact(&mut octets)?;
    Ok(String::from_utf8_lossy(&octets).into_owned())
}

/// Carries what comes from each side to the other.
fn join(client: TcpStream, server: TcpStream) -> io::Result<()> {
    let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        to.shutdown(std::net::Shutdown::Write)
    });
    let (mut from, mut to) = (server, client);
    io::copy(&mut from, &mut to)?;
    to.shutdown(std::net::Shutdown::Write)
}
