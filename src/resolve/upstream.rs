//! One upstream server: asked over UDP by `datagrams` and over TCP or TLS by `streams`, and what is
//! known of how it does.

use std::{
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use hickory_resolver::{TlsConfig, config::ProtocolConfig};

pub use super::address::{ServerAddress, ServerAddressError};
use super::{
    datagrams::{Datagrams, NoReply, Waiting},
    streams::Streams,
};
use crate::{
    message::{Rcode, Reply, ReplyError, read_u16},
    name::Name,
    telemetry::UpstreamCounters,
};

/// After so many failures in a row a server is asked last, for [`REST`].
const FAILURES_BEFORE_REST: u32 = 3;
/// How long a failing server is asked last.
const REST: Duration = Duration::from_secs(15);

/// What is asked of an upstream.
#[derive(Debug, Clone)]
pub struct Asked {
    /// QNAME.
    pub name: Name,
    /// QTYPE.
    pub qtype: u16,
    /// DO: the client wants signatures.
    pub dnssec_ok: bool,
    /// CD: the client validates for itself.
    pub checking_disabled: bool,
}

/// Why an upstream gave no usable reply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamError {
    /// Silence.
    #[error("it did not reply in time")]
    Timeout,
    /// It said that it could not, or would not.
    #[error("it replied {0:?}")]
    Rcode(Rcode),
    /// It replied with something that is no reply to the question.
    #[error("its reply cannot be used: {0}")]
    Unusable(#[from] ReplyError),
    /// It could not be reached, or what it sent could not be read.
    #[error("{0}")]
    Network(Arc<str>),
}

impl UpstreamError {
    /// A word for it in metrics.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Rcode(Rcode::SERVFAIL) => "servfail",
            Self::Rcode(Rcode::REFUSED) => "refused",
            Self::Rcode(_) => "rcode",
            Self::Unusable(_) => "unusable",
            Self::Network(_) => "network",
        }
    }
}

/// One upstream server.
pub struct Upstream {
    address: ServerAddress,
    label: Arc<str>,
    /// Over UDP, for a plain server.
    datagrams: Option<Datagrams>,
    /// Over TCP or TLS.
    streams: Streams,
    /// Where it is counted, once that is known.
    counters: OnceLock<UpstreamCounters>,
    /// Failures since the last usable reply.
    failures: AtomicU32,
    /// Until when it is asked last, in milliseconds after `started`.
    resting_until: AtomicU64,
    started: Instant,
    /// Whether our queries come back from it.
    looping: AtomicBool,
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Upstream({})", self.address)
    }
}

impl Upstream {
    /// Prepares to ask a server; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// If TLS cannot be set up.
    pub fn new(address: ServerAddress) -> Result<Self, UpstreamError> {
        let tls = TlsConfig::new().map_err(|error| UpstreamError::Network(error.to_string().into()))?;
        Ok(Self::with_tls(address, tls))
    }

    /// As [`Upstream::new`], with other roots of trust.
    fn with_tls(address: ServerAddress, tls: TlsConfig) -> Self {
        let (datagrams, streams) = match &address {
            ServerAddress::Plain(socket) => {
                (Some(Datagrams::new(*socket)), Streams::new(*socket, ProtocolConfig::Tcp, tls))
            }
            ServerAddress::Tls { address, name } => {
                (None, Streams::new(*address, ProtocolConfig::Tls { server_name: name.clone() }, tls))
            }
        };
        Self {
            label: address.to_string().into(),
            address,
            datagrams,
            streams,
            counters: OnceLock::new(),
            failures: AtomicU32::new(0),
            resting_until: AtomicU64::new(0),
            started: Instant::now(),
            looping: AtomicBool::new(false),
        }
    }

    /// Where it is.
    pub const fn address(&self) -> &ServerAddress {
        &self.address
    }

    /// What it is called in logs and metrics.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Has what it does counted here from now on. Without effect the second time.
    pub(super) fn measure(&self, counters: impl FnOnce() -> UpstreamCounters) {
        self.counters.get_or_init(|| {
            let counters = counters();
            if let Some(datagrams) = &self.datagrams {
                datagrams.count_strays(counters.strays.clone());
            }
            counters
        });
    }

    /// Notes how long a usable reply took.
    pub(super) fn replied(&self, took: Duration) {
        if let Some(counters) = self.counters.get() {
            counters.seconds.observe(took.as_secs_f64());
        }
    }

    /// Whether it failed several times in a row not long ago.
    pub fn is_resting(&self, now: Instant) -> bool {
        let now = now.saturating_duration_since(self.started).as_millis() as u64;
        now < self.resting_until.load(Ordering::Relaxed)
    }

    /// Whether our queries come back from it.
    pub fn is_looping(&self) -> bool {
        self.looping.load(Ordering::Relaxed)
    }

    /// Notes whether our queries come back from it; returns what was known before.
    pub fn set_looping(&self, looping: bool) -> bool {
        self.looping.swap(looping, Ordering::Relaxed)
    }

    /// Asks, and waits for a usable reply.
    pub async fn ask(&self, asked: &Asked) -> Result<Reply, UpstreamError> {
        let replied = self.ask_quietly(asked).await;
        self.note(replied.as_ref().err());
        replied
    }

    /// As [`Upstream::ask`], and nothing is noted of it.
    pub(super) async fn ask_quietly(&self, asked: &Asked) -> Result<Reply, UpstreamError> {
        let Some(datagrams) = &self.datagrams else { return self.streams.ask(asked).await };
        let kept = datagrams.ask(asked).await;
        self.read_or_ask_otherwise(kept, asked).await
    }

    /// Waits for the reply to a query that has been sent.
    pub(super) async fn wait_for(&self, waiting: Waiting, asked: &Asked) -> Result<Reply, UpstreamError> {
        let kept = waiting.landing().await;
        self.read_or_ask_otherwise(kept, asked).await
    }

    async fn read_or_ask_otherwise(
        &self,
        kept: Result<Box<[u8]>, NoReply>,
        asked: &Asked,
    ) -> Result<Reply, UpstreamError> {
        match kept {
            Ok(octets) => read(&octets, asked),
            Err(why) => self.ask_otherwise(why, asked).await,
        }
    }

    /// Asks in another way after UDP gave no reply, where there is one.
    pub(super) async fn ask_otherwise(&self, why: NoReply, asked: &Asked) -> Result<Reply, UpstreamError> {
        match (why, &self.datagrams) {
            (NoReply::Truncated | NoReply::Guessed, _) => self.streams.ask(asked).await,
            (NoReply::CaseChanged, Some(datagrams)) => self.ask_again(datagrams, asked).await,
            (why, _) => Err(why.into()),
        }
    }

    /// How it is asked over UDP, if it is.
    pub(super) const fn datagrams(&self) -> Option<&Datagrams> {
        self.datagrams.as_ref()
    }

    /// Asks again after a reply in another case, which somebody may have forged: over TCP, and a server that has no TCP
    /// in lower case.
    async fn ask_again(&self, datagrams: &Datagrams, asked: &Asked) -> Result<Reply, UpstreamError> {
        let reply = match self.streams.ask(asked).await {
            Err(UpstreamError::Network(_) | UpstreamError::Timeout) => {
                let octets = datagrams.ask_in_lower_case(asked).await;
                octets.map_err(Into::into).and_then(|octets| read(&octets, asked))
            }
            other => other,
        };
        let is_there = matches!(reply, Ok(_) | Err(UpstreamError::Rcode(_)));
        if is_there && datagrams.case_was_changed() {
            tracing::info!(
                "the upstream server {} changes the case of letters in names, so it is asked in lower case from now on. One that keeps it makes forged replies harder",
                self.label
            );
        }
        reply
    }

    /// Notes a usable reply, or an error.
    pub(super) fn note(&self, error: Option<&UpstreamError>) {
        // A server that says SERVFAIL for one bad zone is alive.
        if matches!(error, None | Some(UpstreamError::Rcode(_))) {
            // Written only where there is something to forget: all threads read it for every query.
            if self.failures.load(Ordering::Relaxed) > 0 {
                self.failures.store(0, Ordering::Relaxed);
                self.resting_until.store(0, Ordering::Relaxed);
            }
        } else if self.failures.fetch_add(1, Ordering::Relaxed) + 1 >= FAILURES_BEFORE_REST {
            let until = (self.started.elapsed() + REST).as_millis() as u64;
            self.resting_until.store(until, Ordering::Relaxed);
        }
    }
}

/// Only these two say something about the name; with any other another server may know more.
pub(super) const fn usable(rcode: Rcode) -> bool {
    matches!(rcode, Rcode::NOERROR | Rcode::NXDOMAIN)
}

/// Reads a reply that came in a datagram.
pub(super) fn read(octets: &[u8], asked: &Asked) -> Result<Reply, UpstreamError> {
    match Reply::parse(octets, &asked.name, asked.qtype) {
        Ok(reply) if usable(reply.rcode()) => Ok(reply),
        Ok(reply) => Err(UpstreamError::Rcode(reply.rcode())),
        Err(error) => {
            // A server that says that it cannot need not say so in good order.
            let rcode = Rcode(read_u16(octets, 2).unwrap_or(0) & 0x0F);
            if usable(rcode) { Err(error.into()) } else { Err(UpstreamError::Rcode(rcode)) }
        }
    }
}

impl From<NoReply> for UpstreamError {
    fn from(why: NoReply) -> Self {
        match why {
            NoReply::Silence => Self::Timeout,
            NoReply::Unreachable(why) | NoReply::NoPort(why) => Self::Network(why),
            // Asked for in another way, or where there is none.
            NoReply::Truncated | NoReply::Guessed | NoReply::CaseChanged => {
                Self::Network("its replies over UDP cannot be used".into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    /// A server for DNS over TLS with a certificate that nobody has signed, which answers every A query.
    async fn tls_server() -> (hickory_server::Server<Answers>, SocketAddr) {
        let key = rcgen::generate_simple_self_signed(vec!["dns.example".into()]).unwrap();
        let private = rustls::pki_types::PrivateKeyDer::Pkcs8(key.signing_key.serialize_der().into());
        let signing = rustls::crypto::ring::sign::any_supported_type(&private).unwrap();
        let certified = rustls::sign::CertifiedKey::new(vec![key.cert.der().clone()], signing);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut server = hickory_server::Server::new(Answers);
        let resolver = Arc::new(rustls::sign::SingleCertAndKey::from(certified));
        server.register_tls_listener(listener, Duration::from_secs(5), resolver).unwrap();
        (server, address)
    }

    #[derive(Debug)]
    struct Answers;

    #[async_trait::async_trait]
    impl hickory_server::server::RequestHandler for Answers {
        async fn handle_request<R: hickory_server::server::ResponseHandler, T: hickory_net::runtime::Time>(
            &self,
            request: &hickory_server::server::Request,
            mut response: R,
        ) -> hickory_server::server::ResponseInfo {
            use hickory_proto::rr::{RData, Record, rdata::A};
            let mut metadata = hickory_proto::op::Metadata::response_from_request(&request.metadata);
            metadata.recursion_available = true;
            let name = request.request_info().unwrap().query.original().name().clone();
            let record = Record::from_rdata(name, 60, RData::A(A::new(192, 0, 2, 7)));
            let built = hickory_server::zone_handler::MessageResponseBuilder::new(&request.queries, None);
            response.send_response(built.build(metadata, [&record], [], [], [])).await.unwrap()
        }
    }

    fn asked(name: &str) -> Asked {
        Asked { name: name.parse().unwrap(), qtype: 1, dnssec_ok: false, checking_disabled: false }
    }

    #[tokio::test]
    async fn a_server_is_asked_over_tls() {
        let (_server, address) = tls_server().await;
        let mut tls = TlsConfig::new().unwrap();
        tls.insecure_skip_verify();
        let upstream = Upstream::with_tls(ServerAddress::Tls { address, name: "dns.example".into() }, tls);
        let reply = upstream.ask(&asked("www.example")).await.unwrap();
        assert_eq!((reply.rcode(), reply.counts()[0], reply.ttl()), (Rcode::NOERROR, 1, 60));
    }

    #[tokio::test]
    async fn a_server_whose_certificate_nobody_vouches_for_is_not_believed() {
        let (_server, address) = tls_server().await;
        let upstream = Upstream::new(ServerAddress::Tls { address, name: "dns.example".into() }).unwrap();
        assert!(matches!(upstream.ask(&asked("www.example")).await, Err(UpstreamError::Network(_))));
    }
}
