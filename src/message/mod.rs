//! Messages on the wire (RFC 1035 §4): the client's query is read here, answers are written here, and replies from
//! upstream are checked and cut to what may be kept. Pure: bytes in, bytes out.
//!
//! Nothing here allocates on the way of a query; only [`reply`] does, for a reply that goes into the cache.

pub mod answer;
pub mod codes;
pub mod cookie;
pub mod ede;
pub mod query;
pub mod reply;

pub use answer::{AnswerWriter, Soa, Text};
pub use codes::{Rcode, class, rtype};
pub use cookie::Cookie;
pub use ede::ExtendedError;
pub use query::{Edns, Query, Question, Screened, screen};
pub use reply::{Age, Reply, ReplyError};

/// The header's length in octets (RFC 1035 §4.1.1).
pub const HEADER_OCTETS: usize = 12;
/// What a client takes over UDP when it says nothing (RFC 1035 §4.2.1).
pub const UDP_OCTETS_WITHOUT_EDNS: usize = 512;
/// The largest UDP payload that we send or ask for: it passes every path without fragments (DNS flag day 2020).
pub const UDP_OCTETS: u16 = 1232;
/// The largest message over a stream, whose length prefix has two octets (RFC 1035 §4.2.2).
pub const STREAM_OCTETS: usize = 65_535;

/// Bits of the second 16 bits of the header (RFC 1035 §4.1.1, RFC 4035 §3).
pub(crate) mod flags {
    pub(crate) const QR: u16 = 0x8000;
    pub(crate) const TC: u16 = 0x0200;
    pub(crate) const RD: u16 = 0x0100;
    pub(crate) const RA: u16 = 0x0080;
    pub(crate) const CD: u16 = 0x0010;
}

/// Two octets at `at`, big-endian.
pub(crate) fn read_u16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

/// Four octets at `at`, big-endian.
pub(crate) fn read_u32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// Steps over a name that may be compressed, without following pointers: the offset behind it.
pub(crate) fn skip_name(message: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *message.get(at)? {
            0 => return Some(at + 1),
            length @ 1..=63 => at += 1 + usize::from(length),
            0xC0.. => return message.get(at + 1).map(|_| at + 2),
            _ => return None,
        }
    }
}

/// A resource record's fixed part, as it stands at some offset of a message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecordAt {
    /// Where the owner name begins.
    pub(crate) owner: usize,
    /// The TYPE field.
    pub(crate) rtype: u16,
    /// The CLASS field; in an OPT record the sender's UDP payload size.
    pub(crate) class: u16,
    /// Where the four octets of the TTL stand.
    pub(crate) ttl_at: usize,
    /// The TTL field; in an OPT record the extended RCODE, version and flags.
    pub(crate) ttl: u32,
    /// Where RDATA begins.
    pub(crate) rdata: usize,
    /// The first octet behind the record.
    pub(crate) end: usize,
}

/// Reads the fixed part of the record at `at`; `None` if the message ends before the record does.
pub(crate) fn record_at(message: &[u8], at: usize) -> Option<RecordAt> {
    let fixed = skip_name(message, at)?;
    let rdata = fixed + 10;
    let end = rdata + usize::from(read_u16(message, fixed + 8)?);
    if end > message.len() {
        return None;
    }
    Some(RecordAt {
        owner: at,
        rtype: read_u16(message, fixed)?,
        class: read_u16(message, fixed + 2)?,
        ttl_at: fixed + 4,
        ttl: read_u32(message, fixed + 4)?,
        rdata,
        end,
    })
}
