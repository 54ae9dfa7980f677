//! A web server that publishes lists, and misbehaves as it is told: HTTPS or plain, a behaviour for each path, and a
//! record of all that it was asked.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;

use super::PATIENCE;

/// How often the threads look whether the test is over.
const TICK: Duration = Duration::from_millis(20);

/// The name that publishers go by. Who resolves it must lead it to 127.0.0.1.
pub const HOST: &str = "lists.example";

/// A request as the publisher got it.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    /// What was asked for, as it stood in the request.
    pub target: String,
    /// Names in lower case, in the order of arrival.
    pub headers: Vec<(String, String)>,
    /// 1 for the first request for this path.
    pub nth: usize,
}

impl Asked {
    /// The value of a header, if it is there.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    fn read(stream: &mut dyn Read) -> Option<Self> {
        let mut head = Vec::new();
        let mut octet = [0];
        while !head.ends_with(b"\r\n\r\n") {
            (stream.read(&mut octet).ok()? == 1 && head.len() < 65_536).then_some(())?;
            head.push(octet[0]);
        }
        let head = String::from_utf8(head).ok()?;
        let mut lines = head.lines();
        let mut words = lines.next()?.split(' ');
        let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
        let fields = lines.filter_map(|line| line.split_once(':'));
        let headers =
            fields.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
        Some(Self { method, target, headers, nth: 0 })
    }
}

/// One step of an answer. Behind the last one the connection is closed in good order.
#[derive(Debug, Clone)]
pub enum Act {
    Send(Vec<u8>),
    /// The same again and again, as long as it is read.
    Flood(Vec<u8>, usize),
    /// One octet now and then, as long as it is read.
    Drip(u8),
    /// Nothing more, until the other side has gone.
    Hang,
    /// The connection breaks off: over TLS without the word that ends it.
    Break,
}

/// What the publisher does when it is asked for a path.
pub type Behaviour = Arc<dyn Fn(&Asked) -> Vec<Act> + Send + Sync>;

/// A behaviour of these steps.
pub fn acts(acts: Vec<Act>) -> Behaviour {
    Arc::new(move |_| acts.clone())
}

/// The head of an answer.
pub fn head(status: u16, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} Whatever\r\n");
    for (name, value) in headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    (head + "\r\n").into_bytes()
}

/// A whole answer, with its length.
pub fn answer(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Behaviour {
    let length = body.len().to_string();
    let headers = [headers, &[("Content-Length", &*length)]].concat();
    acts(vec![Act::Send([&head(status, &headers), body].concat())])
}

/// A list.
pub fn list(body: &str) -> Behaviour {
    answer(200, &[("Content-Type", "text/plain")], body.as_bytes())
}

/// A list with a validator, which is not sent again to whom has it: `ETag` or `Last-Modified`.
pub fn list_with(validator: (&'static str, &'static str), body: &str) -> Behaviour {
    let whole = answer(200, &[validator], body.as_bytes());
    Arc::new(move |asked| {
        let condition = if validator.0 == "ETag" { "if-none-match" } else { "if-modified-since" };
        if asked.header(condition) == Some(validator.1) {
            return vec![Act::Send(head(304, &[validator]))];
        }
        whole(asked)
    })
}

/// Says this status, and no more.
pub fn status(status: u16) -> Behaviour {
    answer(status, &[], b"")
}

/// Leads elsewhere.
pub fn redirect(to: &str) -> Behaviour {
    answer(302, &[("Location", to)], b"")
}

/// Announces so many octets, and does something else.
pub fn announced(length: u64, then: Vec<Act>) -> Behaviour {
    let head = head(200, &[("Content-Length", &length.to_string())]);
    acts([vec![Act::Send(head)], then].concat())
}

/// Does not say how long it is, and how it is compressed; it ends with the connection.
pub fn unannounced(coding: &str, then: Vec<Act>) -> Behaviour {
    let head = head(200, &[("Content-Encoding", coding), ("Connection", "close")]);
    acts([vec![Act::Send(head)], then].concat())
}

/// `first` for the first request, `then` for all others.
pub fn first_then(first: Behaviour, then: Behaviour) -> Behaviour {
    Arc::new(move |asked| if asked.nth == 1 { first(asked) } else { then(asked) })
}

/// What is wrong with a publisher's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificate {
    Good,
    Expired,
    /// From a year that has not come.
    Early,
    OtherName,
    /// Signed by nobody else.
    SelfSigned,
}

/// The authority that signs the certificates of all publishers of a test.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// The same one for the whole process: making keys takes a while.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Authority> = OnceLock::new();
        SHARED.get_or_init(|| {
            let mut params = CertificateParams::new(Vec::new()).unwrap();
            params.distinguished_name.push(DnType::CommonName, "The authority of a test");
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
        })
    }

    /// Its certificate, for those who are to believe it.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A file with its certificate.
    pub fn file(&self, folder: &tempfile::TempDir) -> PathBuf {
        let path = folder.path().join("authority.pem");
        std::fs::write(&path, self.pem()).unwrap();
        path
    }

    fn server(&self, kind: Certificate) -> Arc<ServerConfig> {
        let names = match kind {
            Certificate::OtherName => vec!["other.example".to_owned()],
            _ => vec![HOST.to_owned(), "mirror.example".to_owned(), "127.0.0.1".to_owned()],
        };
        let mut params = CertificateParams::new(names).unwrap();
        match kind {
            Certificate::Expired => {
                (params.not_before, params.not_after) =
                    (date_time_ymd(2019, 1, 1), date_time_ymd(2020, 1, 1));
            }
            Certificate::Early => {
                (params.not_before, params.not_after) =
                    (date_time_ymd(2100, 1, 1), date_time_ymd(2101, 1, 1));
            }
            _ => {}
        }
        let key = KeyPair::generate().unwrap();
        let certificate = match kind {
            Certificate::SelfSigned => params.self_signed(&key),
            _ => params.signed_by(&key, &self.0),
        };
        let private = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.unwrap().der().clone()], private);
        Arc::new(config.unwrap())
    }
}

/// The server. It stops when it is dropped.
pub struct Publisher {
    pub address: SocketAddr,
    script: Arc<Script>,
    thread: Option<JoinHandle<()>>,
}

struct Script {
    tls: Option<Arc<ServerConfig>>,
    table: Mutex<HashMap<String, Behaviour>>,
    seen: Mutex<Vec<Asked>>,
    over: AtomicBool,
}

impl Publisher {
    /// HTTPS with a certificate of [`Authority::shared`]. Paths that the script does not know are answered with 404.
    pub fn start() -> Self {
        Self::start_with(Certificate::Good)
    }

    pub fn start_with(certificate: Certificate) -> Self {
        Self::serve(Some(Authority::shared().server(certificate)))
    }

    /// Plain HTTP.
    pub fn start_plain() -> Self {
        Self::serve(None)
    }

    fn serve(tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let script = Arc::new(Script {
            tls,
            table: Mutex::default(),
            seen: Mutex::default(),
            over: AtomicBool::new(false),
        });
        let served = Arc::clone(&script);
        let thread = Some(thread::spawn(move || served.accept(&listener)));
        Self { address, script, thread }
    }

    /// From now on this path behaves so.
    pub fn set(&self, path: &str, behaviour: Behaviour) {
        self.script.table.lock().unwrap().insert(path.to_owned(), behaviour);
    }

    /// The same, for a script that is written in one go.
    pub fn with(self, path: &str, behaviour: Behaviour) -> Self {
        self.set(path, behaviour);
        self
    }

    /// The URL of a path, by name.
    pub fn url(&self, path: &str) -> String {
        self.url_at(HOST, path)
    }

    /// The URL of a path at another name, or by address.
    pub fn url_at(&self, host: &str, path: &str) -> String {
        let scheme = if self.script.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{host}:{}{path}", self.address.port())
    }

    /// All requests for a path.
    pub fn asked(&self, path: &str) -> Vec<Asked> {
        let seen = self.script.seen.lock().unwrap();
        seen.iter().filter(|asked| asked.target == path).cloned().collect()
    }

    /// How many requests for a path came.
    pub fn count(&self, path: &str) -> usize {
        self.asked(path).len()
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.script.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was already printed.
            let _ = thread.join();
        }
    }
}

impl Script {
    fn accept(self: Arc<Self>, listener: &TcpListener) {
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

    /// One request on each connection.
    fn serve_connection(&self, stream: TcpStream) {
        stream.set_nonblocking(false).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let raw = stream.try_clone().unwrap();
        let Some(tls) = self.tls.clone() else { return self.serve_request(stream, &raw) };
        let mut tls = rustls::StreamOwned::new(rustls::ServerConnection::new(tls).unwrap(), stream);
        self.serve_request(&mut tls, &raw);
    }

    fn serve_request(&self, mut stream: impl Peer, raw: &TcpStream) {
        let Some(mut asked) = Asked::read(&mut stream) else { return };
        asked.nth = {
            let mut seen = self.seen.lock().unwrap();
            seen.push(asked.clone());
            seen.iter().filter(|other| other.target == asked.target).count()
        };
        let scripted = self.table.lock().unwrap().get(&asked.target).cloned();
        for act in scripted.unwrap_or_else(|| status(404))(&asked) {
            let done = match act {
                Act::Send(octets) => stream.write_all(&octets).and_then(|()| stream.flush()),
                Act::Flood(octets, times) => (0..times).try_for_each(|_| {
                    self.go_on()?;
                    stream.write_all(&octets)
                }),
                Act::Drip(octet) => self.until_gone(raw, || {
                    stream.write_all(&[octet])?;
                    stream.flush()
                }),
                Act::Hang => self.until_gone(raw, || Ok(())),
                Act::Break => return,
            };
            if done.is_err() {
                return;
            }
        }
        stream.end();
    }

    fn go_on(&self) -> io::Result<()> {
        if self.over.load(Ordering::Relaxed) { Err(io::ErrorKind::Interrupted.into()) } else { Ok(()) }
    }

    /// Does something now and then until the other side has gone, or the test is over.
    fn until_gone(&self, raw: &TcpStream, mut tick: impl FnMut() -> io::Result<()>) -> io::Result<()> {
        raw.set_read_timeout(Some(TICK))?;
        loop {
            self.go_on()?;
            tick()?;
            match raw.peek(&mut [0]) {
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                }
                // What comes without being asked for ends it as well.
                _ => return Err(io::ErrorKind::ConnectionAborted.into()),
            }
        }
    }
}

/// Who asks.
trait Peer: Read + Write {
    /// Ends what is sent in good order.
    fn end(&mut self);
}

impl Peer for TcpStream {
    fn end(&mut self) {
        let _ = self.shutdown(std::net::Shutdown::Write);
    }
}

impl Peer for &mut rustls::StreamOwned<rustls::ServerConnection, TcpStream> {
    fn end(&mut self) {
        self.conn.send_close_notify();
        let _ = self.flush();
    }
}
