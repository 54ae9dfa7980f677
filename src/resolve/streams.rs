//! One upstream server over TCP or TLS, asked by way of hickory: a `NameServerPool` of its own, so that failover, and
//! what counts as a failure, are decided by [`super::forward`] and not by the pool.
//!
//! hickory gives raw octets for replies that have an answer record, and a decoded error for all others; the second
//! kind is put together again here. Nothing that comes back is believed before [`Reply::parse`] has compared its
//! question, since the pool does not.

use std::{net::SocketAddr, sync::Arc, time::Duration};

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

use super::upstream::{Asked, UpstreamError, usable};
use crate::message::{Rcode, Reply, ReplyError, reply::UPSTREAM_UDP_OCTETS};

/// How long one server may take. The whole query gets little more, see [`super::forward`].
const PATIENCE: Duration = Duration::from_secs(4);
/// Queries that one connection carries at once.
const QUERIES_PER_CONNECTION: usize = 1024;

/// Asks one server over streams.
pub(super) struct Streams(NameServerPool<TokioRuntimeProvider>);

impl Streams {
    /// Connections as `protocol` says to a server; none is made yet.
    pub(super) fn new(socket: SocketAddr, protocol: ProtocolConfig, tls: TlsConfig) -> Self {
        let mut options = ResolverOpts::default();
        options.timeout = PATIENCE;
        options.attempts = 1;
        options.num_concurrent_reqs = 1;
        options.max_active_requests = QUERIES_PER_CONNECTION;
        let context = Arc::new(PoolContext::new(options, tls));
        let mut connection = ConnectionConfig::new(protocol);
        connection.port = socket.port();
        let server = NameServerConfig::new(socket.ip(), true, vec![connection]);
        Self(NameServerPool::from_config([server], context, TokioRuntimeProvider::default()))
    }

    /// Asks, and waits for a usable reply.
    pub(super) async fn ask(&self, asked: &Asked) -> Result<Reply, UpstreamError> {
        let query = question(asked)?;
        let mut options = DnsRequestOptions::default();
        options.edns_payload_len = UPSTREAM_UDP_OCTETS;
        options.edns_set_dnssec_ok = asked.dnssec_ok;
        let request = DnsRequest::new(request(&query, asked), options);
        match self.0.send(request).first_answer().await {
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
