//! Asking a DNS server directly, as a device in the house would: no cache, no failover, and what comes back is read
//! strictly.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UdpSocket},
    time::timeout,
};

use crate::{
    message::{HEADER_OCTETS, Rcode, class, flags, read_u16, record_at, rtype},
    name::Name,
};

/// The owner of the SOA record of negative answers that a Sekisho makes itself, see `message::answer`.
const OUR_MNAME: &str = "sekisho.home.arpa";
/// The same for the mailbox.
const OUR_RNAME: &str = "nobody.invalid";
/// Datagrams that are sent before silence counts.
const TRIES: u32 = 2;
/// The most records of an answer that are read.
const MOST_RECORDS: u16 = 256;

/// How a query travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    Udp,
    Tcp,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoAnswer {
    /// Nothing came.
    #[error("no answer")]
    Silence,
    /// The machine said that nobody listens there.
    #[error("nobody listens there")]
    Closed,
    /// What came is no answer to the question.
    #[error("what came is no DNS answer")]
    Unreadable,
    /// Something else.
    #[error("{0}")]
    Network(String),
}

/// What matters of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) rcode: Rcode,
    /// Of its A and AAAA records.
    pub(super) addresses: Vec<IpAddr>,
    /// Records in the answer section.
    pub(super) records: u16,
    /// Whether a Sekisho made it: its SOA record says so.
    pub(super) is_sekisho: bool,
}

/// Asks `server`; all tries together take `patience` at most.
pub(super) async fn ask(
    server: SocketAddr,
    transport: Transport,
    name: &Name,
    qtype: u16,
    patience: Duration,
) -> Result<Answer, NoAnswer> {
    let query = query(name, qtype);
    let asked = async {
        match transport {
            Transport::Udp => over_udp(server, &query, patience / TRIES).await,
            Transport::Tcp => over_tcp(server, &query).await,
        }
    };
    let message = timeout(patience, asked).await.unwrap_or(Err(NoAnswer::Silence))?;
    read(&message, &query).ok_or(NoAnswer::Unreadable)
}

/// A query with recursion wanted, a random ID, and no EDNS: what the simplest device sends.
fn query(name: &Name, qtype: u16) -> Vec<u8> {
    let mut query = Vec::with_capacity(HEADER_OCTETS + name.wire().len() + 4);
    for word in [rand::random::<u16>(), flags::RD, 1, 0, 0, 0] {
        query.extend(word.to_be_bytes());
    }
    query.extend(name.wire());
    query.extend(qtype.to_be_bytes());
    query.extend(class::IN.to_be_bytes());
    query
}

async fn over_udp(server: SocketAddr, query: &[u8], pause: Duration) -> Result<Vec<u8>, NoAnswer> {
    let any: IpAddr =
        if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).await?;
    // Connected: nobody else's datagrams come in, and a closed port is heard of.
    socket.connect(server).await?;
    let mut buffer = vec![0; 4096];
    for _ in 0..TRIES {
        socket.send(query).await?;
        let matching = async {
            loop {
                let length = socket.recv(&mut buffer).await?;
                if buffer[..length].get(..2) == query.get(..2) {
                    return Ok::<usize, NoAnswer>(length);
                }
            }
        };
        if let Ok(received) = timeout(pause, matching).await {
            let length = received?;
            buffer.truncate(length);
            return Ok(buffer);
        }
    }
    Err(NoAnswer::Silence)
}

async fn over_tcp(server: SocketAddr, query: &[u8]) -> Result<Vec<u8>, NoAnswer> {
    let mut stream = TcpStream::connect(server).await?;
    let mut framed = (query.len() as u16).to_be_bytes().to_vec();
    framed.extend(query);
    stream.write_all(&framed).await?;
    let length = stream.read_u16().await?;
    let mut message = vec![0; usize::from(length)];
    stream.read_exact(&mut message).await?;
    Ok(message)
}

impl From<io::Error> for NoAnswer {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Closed,
            io::ErrorKind::TimedOut => Self::Silence,
            io::ErrorKind::UnexpectedEof => Self::Unreadable,
            _ => Self::Network(error.to_string()),
        }
    }
}

/// Reads an answer to `query`; nothing if it is none, or broken.
fn read(message: &[u8], query: &[u8]) -> Option<Answer> {
    let head = read_u16(message, 2)?;
    let question = query.get(HEADER_OCTETS..)?;
    let records_at = HEADER_OCTETS + question.len();
    let same = message.get(..2) == query.get(..2)
        && head & flags::QR != 0
        && read_u16(message, 4) == Some(1)
        && message.get(HEADER_OCTETS..records_at).is_some_and(|own| own.eq_ignore_ascii_case(question));
    if !same {
        return None;
    }
    let records = read_u16(message, 6)?;
    let mut answer = Answer { rcode: Rcode(head & 0x0F), addresses: Vec::new(), records, is_sekisho: false };
    let mut at = records_at;
    for index in 0..records.saturating_add(read_u16(message, 8)?).min(MOST_RECORDS) {
        let record = record_at(message, at)?;
        let rdata = message.get(record.rdata..record.end)?;
        match record.rtype {
            rtype::A if index < records => {
                answer.addresses.extend(<[u8; 4]>::try_from(rdata).ok().map(IpAddr::from));
            }
            rtype::AAAA if index < records => {
                answer.addresses.extend(<[u8; 16]>::try_from(rdata).ok().map(IpAddr::from));
            }
            rtype::SOA if index >= records => answer.is_sekisho |= is_our_soa(message, record.rdata),
            _ => {}
        }
        at = record.end;
    }
    Some(answer)
}

fn is_our_soa(message: &[u8], rdata: usize) -> bool {
    let Ok((mname, end)) = Name::from_message(message, rdata) else { return false };
    let Ok((rname, _)) = Name::from_message(message, end) else { return false };
    mname.to_string() == OUR_MNAME && rname.to_string() == OUR_RNAME
}

/// A name below `zone` that nobody has asked for before, so that no cache on the way knows it.
pub(super) fn fresh(zone: &Name) -> Option<Name> {
    let nonce = rand::random::<u64>();
    format!("doctor-{nonce:016x}.{zone}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{AnswerWriter, Soa};

    fn answered(write: impl FnOnce(&mut AnswerWriter<'_>)) -> (Vec<u8>, Vec<u8>) {
        let query = query(&"a.bad.example".parse().unwrap(), rtype::A);
        let mut out = vec![0; 512];
        let id = u16::from_be_bytes([query[0], query[1]]);
        let mut writer = AnswerWriter::new(&mut out, 512, id, flags::RD, &query[12..], false);
        write(&mut writer);
        let length = writer.finish();
        out.truncate(length);
        (out, query)
    }

    #[test]
    fn an_address_and_our_own_no_are_read() {
        let (message, query) = answered(|writer| writer.address([192, 0, 2, 1].into(), 10));
        let answer = read(&message, &query).unwrap();
        assert_eq!((answer.addresses, answer.is_sekisho), (vec![IpAddr::from([192, 0, 2, 1])], false));
        let (message, query) = answered(|writer| writer.soa(Soa { owner_labels: 2, ttl: 10 }));
        let answer = read(&message, &query).unwrap();
        assert_eq!((answer.rcode, answer.records, answer.is_sekisho), (Rcode::NOERROR, 0, true));
    }

    #[test]
    fn answers_to_other_questions_and_broken_ones_are_none() {
        let (message, query) = answered(|writer| writer.address([192, 0, 2, 1].into(), 10));
        for at in [0, 2, 5, 14] {
            let mut other = message.clone();
            other[at] ^= 0x81;
            assert_eq!(read(&other, &query), None, "octet {at}");
        }
        for length in 0..message.len() {
            assert_eq!(read(&message[..length], &query), None, "{length} octets");
        }
    }
}
