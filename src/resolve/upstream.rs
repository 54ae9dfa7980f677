//! One upstream server, asked by way of hickory: a `NameServerPool` of its own, so that failover, and what counts as
//! a failure, are decided by [`super::forward`] and not by the pool.
//!
//! hickory gives raw octets for replies that have an answer record, and a decoded error for all others; the second
//! kind is put together again here. Nothing that comes back is believed before [`Reply::parse`] has compared its
//! question, since over a stream the pool does not.

use std::{
    fmt,
    net::SocketAddr,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use hickory_net::{
    DnsError, NetError, NoRecords,
    runtime::TokioRuntimeProvider,
    xfer::{DnsHandle, FirstAnswer},
};
use hickory_proto::{
    op::{DnsRequest, DnsRequestOptions, Edns, Message, MessageType, OpCode, Query, ResponseCode},
    rr::{DNSClass, RecordType},
};
use hickory_resolver::{
    NameServerPool, PoolContext, TlsConfig,
    config::{ConnectionConfig, NameServerConfig, ProtocolConfig, ResolverOpts},
};

use crate::{
    message::{Rcode, Reply, ReplyError, reply::UPSTREAM_UDP_OCTETS},
    name::Name,
};

/// How long one server may take. The whole query gets little more, see [`super::forward`].
const PATIENCE: Duration = Duration::from_secs(4);
/// A datagram that has no reply is sent again after this time: its pauses spread the tries over [`PATIENCE`], since
/// a server that was away for a moment should be met when it is back.
const ASK_AGAIN: Duration = Duration::from_millis(1200);
/// After so many failures in a row a server is asked last, for [`REST`].
const FAILURES_BEFORE_REST: u32 = 3;
/// How long a failing server is asked last.
const REST: Duration = Duration::from_secs(15);
/// Queries that one encrypted connection carries at once.
const QUERIES_PER_CONNECTION: usize = 1024;

/// Where a server is, and how it is spoken to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ServerAddress {
    /// UDP, and TCP for what does not fit.
    Plain(SocketAddr),
    /// DNS over TLS (RFC 7858); the certificate must be for `name`.
    Tls {
        /// Address and port.
        address: SocketAddr,
        /// The name in the server's certificate.
        name: Arc<str>,
    },
}

/// The text is no server that we can ask.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServerAddressError {
    /// `https://` and `quic://` are known and not built yet.
    #[error(
        "`{0}`: DNS over HTTPS and QUIC upstream are not built yet; use an address, or tls://ADDRESS#NAME"
    )]
    NotBuilt(String),
    /// `tls://` without the name that the certificate is for.
    #[error(
        "`{0}` lacks the name in the server's certificate; write tls://ADDRESS#NAME, such as tls://9.9.9.9#dns.quad9.net"
    )]
    NoName(String),
    /// Anything else.
    #[error(
        "`{0}` is no server; write an address such as 192.0.2.53, 192.0.2.53:5300, [2001:db8::1]:53 or tls://9.9.9.9#dns.quad9.net"
    )]
    Unreadable(String),
}

impl FromStr for ServerAddress {
    type Err = ServerAddressError;

    fn from_str(text: &str) -> Result<Self, ServerAddressError> {
        if text.starts_with("https://") || text.starts_with("quic://") {
            return Err(ServerAddressError::NotBuilt(text.into()));
        }
        let unreadable = || ServerAddressError::Unreadable(text.into());
        if let Some(rest) = text.strip_prefix("tls://") {
            let (address, name) =
                rest.split_once('#').ok_or_else(|| ServerAddressError::NoName(text.into()))?;
            if name.is_empty() || rustls_name(name).is_none() {
                return Err(ServerAddressError::NoName(text.into()));
            }
            let address = with_port(address, 853).ok_or_else(unreadable)?;
            return Ok(Self::Tls { address, name: name.into() });
        }
        with_port(text, 53).map(Self::Plain).ok_or_else(unreadable)
    }
}

/// A certificate's name: one that could stand in the DNS.
fn rustls_name(text: &str) -> Option<Name> {
    text.parse().ok()
}

fn with_port(text: &str, port: u16) -> Option<SocketAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    text.parse().ok().or_else(|| bare.parse().ok().map(|ip| SocketAddr::new(ip, port)))
}

impl fmt::Display for ServerAddress {
    /// As it stands in the configuration, without the usual port.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (address, usual) = match self {
            Self::Plain(address) => (address, 53),
            Self::Tls { address, .. } => {
                f.write_str("tls://")?;
                (address, 853)
            }
        };
        if address.port() == usual {
            write!(f, "{}", address.ip())?;
        } else {
            write!(f, "{address}")?;
        }
        if let Self::Tls { name, .. } = self { write!(f, "#{name}") } else { Ok(()) }
    }
}

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
    /// Over UDP, for a plain server. A pool of its own, because one that has both takes an open stream for every
    /// query after a single datagram that it could not read.
    datagrams: Option<NameServerPool<TokioRuntimeProvider>>,
    /// Over TCP or TLS.
    streams: NameServerPool<TokioRuntimeProvider>,
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
        let mut options = ResolverOpts::default();
        options.timeout = PATIENCE;
        options.attempts = 1;
        options.num_concurrent_reqs = 1;
        options.max_active_requests = QUERIES_PER_CONNECTION;
        let context = Arc::new(PoolContext::new(options, tls));
        let pool = |socket: SocketAddr, protocol| {
            let mut connection = ConnectionConfig::new(protocol);
            connection.port = socket.port();
            let server = NameServerConfig::new(socket.ip(), true, vec![connection]);
            NameServerPool::from_config([server], context.clone(), TokioRuntimeProvider::default())
        };
        let (datagrams, streams) = match &address {
            ServerAddress::Plain(socket) => {
                (Some(pool(*socket, ProtocolConfig::Udp)), pool(*socket, ProtocolConfig::Tcp))
            }
            ServerAddress::Tls { address, name } => {
                (None, pool(*address, ProtocolConfig::Tls { server_name: name.clone() }))
            }
        };
        Self {
            label: address.to_string().into(),
            address,
            datagrams,
            streams,
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
        let result = self.ask_once(asked).await;
        self.note(&result);
        result
    }

    async fn ask_once(&self, asked: &Asked) -> Result<Reply, UpstreamError> {
        let query = question(asked)?;
        let mut options = DnsRequestOptions::default();
        options.edns_payload_len = UPSTREAM_UDP_OCTETS;
        options.retry_interval = ASK_AGAIN;
        options.edns_set_dnssec_ok = asked.dnssec_ok;
        let request = DnsRequest::new(request(&query, asked), options);
        let response = match &self.datagrams {
            Some(datagrams) => match datagrams.send(request.clone()).first_answer().await {
                Err(NetError::Truncated) => self.streams.send(request).first_answer().await,
                other => other,
            },
            None => self.streams.send(request).first_answer().await,
        };
        match response {
            Ok(response) => {
                let rcode = Rcode(u16::from(response.response_code));
                if !usable(rcode) {
                    return Err(UpstreamError::Rcode(rcode));
                }
                Ok(Reply::parse(response.as_buffer(), &asked.name, asked.qtype)?)
            }
            Err(NetError::Dns(DnsError::NoRecordsFound(negative))) => rebuild(&query, asked, negative),
            Err(NetError::Dns(DnsError::ResponseCode(code))) => {
                Err(UpstreamError::Rcode(Rcode(u16::from(code))))
            }
            Err(NetError::Timeout) => Err(UpstreamError::Timeout),
            Err(other) => Err(UpstreamError::Network(other.to_string().into())),
        }
    }

    fn note(&self, result: &Result<Reply, UpstreamError>) {
        // A server that says SERVFAIL for one bad zone is alive.
        if matches!(result, Ok(_) | Err(UpstreamError::Rcode(_))) {
            self.failures.store(0, Ordering::Relaxed);
            self.resting_until.store(0, Ordering::Relaxed);
        } else if self.failures.fetch_add(1, Ordering::Relaxed) + 1 >= FAILURES_BEFORE_REST {
            let until = (self.started.elapsed() + REST).as_millis() as u64;
            self.resting_until.store(until, Ordering::Relaxed);
        }
    }
}

/// Only these two say something about the name; with any other another server may know more.
const fn usable(rcode: Rcode) -> bool {
    matches!(rcode, Rcode::NOERROR | Rcode::NXDOMAIN)
}

/// The question in hickory's terms.
pub(super) fn question(asked: &Asked) -> Result<Query, UpstreamError> {
    let labels: Vec<&[u8]> =
        (0..asked.name.label_count()).filter_map(|index| asked.name.label(index)).collect();
    let mut name = hickory_proto::rr::Name::from_labels(labels)
        .map_err(|error| UpstreamError::Network(error.to_string().into()))?;
    name.set_fqdn(true);
    let mut query = Query::query(name, RecordType::from(asked.qtype));
    query.set_query_class(DNSClass::IN);
    Ok(query)
}

/// The query: recursion wanted, EDNS with our payload size, DO and CD as the client has them, and nothing else of
/// the client's.
fn request(query: &Query, asked: &Asked) -> Message {
    let mut message = Message::query();
    message.metadata.recursion_desired = true;
    message.metadata.checking_disabled = asked.checking_disabled;
    message.add_query(query.clone());
    let mut edns = Edns::new();
    edns.set_max_payload(UPSTREAM_UDP_OCTETS).set_version(0).set_dnssec_ok(asked.dnssec_ok);
    message.set_edns(edns);
    message
}

/// Puts a reply without answer records together again, from what hickory keeps of it.
fn rebuild(query: &Query, asked: &Asked, negative: NoRecords) -> Result<Reply, UpstreamError> {
    let code = negative.response_code;
    if !usable(Rcode(u16::from(code))) {
        return Err(UpstreamError::Rcode(Rcode(u16::from(code))));
    }
    if *negative.query != *query {
        return Err(ReplyError::OtherQuestion.into());
    }
    let mut message = Message::new(0, MessageType::Response, OpCode::Query);
    message.metadata.response_code =
        if code == ResponseCode::NXDomain { code } else { ResponseCode::NoError };
    message.add_query(query.clone());
    match negative.authorities {
        Some(records) => message.authorities = records.to_vec(),
        None => message.authorities.extend(negative.soa.map(|soa| soa.into_record_of_rdata())),
    }
    let bytes = message.to_vec().map_err(|error| UpstreamError::Network(error.to_string().into()))?;
    Ok(Reply::parse(&bytes, &asked.name, asked.qtype)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_read_as_they_are_written() {
        for text in [
            "192.0.2.53",
            "192.0.2.53:5300",
            "[2001:db8::1]:5300",
            "2001:db8::1",
            "tls://9.9.9.9#dns.quad9.net",
        ] {
            assert_eq!(text.parse::<ServerAddress>().unwrap().to_string(), text);
        }
        assert_eq!("[2001:db8::1]".parse::<ServerAddress>().unwrap().to_string(), "2001:db8::1");
        assert_eq!(
            "tls://9.9.9.9:853#a.example".parse::<ServerAddress>().unwrap().to_string(),
            "tls://9.9.9.9#a.example"
        );
    }

    #[test]
    fn what_is_no_server_is_refused_with_a_remedy() {
        for text in [
            "dns.example",
            "",
            "192.0.2.53:",
            "tls://9.9.9.9",
            "tls://9.9.9.9#",
            "https://dns.example/q",
            "tls://x#y",
        ] {
            let error = text.parse::<ServerAddress>().unwrap_err().to_string();
            assert!(error.contains("tls://"), "{error}");
        }
    }

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
