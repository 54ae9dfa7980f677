//! DNS messages as bytes: a small builder and a strict reader.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::atomic::{AtomicU16, Ordering};

pub const A: u16 = 1;
pub const NS: u16 = 2;
pub const CNAME: u16 = 5;
pub const SOA: u16 = 6;
pub const PTR: u16 = 12;
pub const HINFO: u16 = 13;
pub const MX: u16 = 15;
pub const TXT: u16 = 16;
pub const AAAA: u16 = 28;
pub const SRV: u16 = 33;
pub const OPT: u16 = 41;
pub const DS: u16 = 43;
pub const DNSKEY: u16 = 48;
pub const TLSA: u16 = 52;
pub const SVCB: u16 = 64;
pub const HTTPS: u16 = 65;
pub const ANY: u16 = 255;
pub const CAA: u16 = 257;

pub const IN: u16 = 1;
pub const CH: u16 = 3;

pub const NOERROR: u16 = 0;
pub const FORMERR: u16 = 1;
pub const SERVFAIL: u16 = 2;
pub const NXDOMAIN: u16 = 3;
pub const NOTIMP: u16 = 4;
pub const REFUSED: u16 = 5;
pub const BADVERS: u16 = 16;

const QR: u16 = 0x8000;
const AA: u16 = 0x0400;
const TC: u16 = 0x0200;
const RD: u16 = 0x0100;
const RA: u16 = 0x0080;
const AD: u16 = 0x0020;
const CD: u16 = 0x0010;

/// A query under construction: class IN, RD=1, no EDNS, unless said otherwise.
#[derive(Debug, Clone)]
pub struct Query {
    pub id: u16,
    pub name: String,
    pub qtype: u16,
    pub class: u16,
    flags: u16,
    pub opt: Option<QueryOpt>,
}

/// The OPT record of a query.
#[derive(Debug, Clone)]
pub struct QueryOpt {
    pub payload: u16,
    version: u8,
    pub dnssec_ok: bool,
    options: Vec<(u16, Vec<u8>)>,
}

impl Query {
    /// The case of the name's letters is kept.
    pub fn new(name: &str, qtype: u16) -> Self {
        static NEXT: AtomicU16 = AtomicU16::new(0x1d00);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Self { id, name: name.to_owned(), qtype, class: IN, flags: RD, opt: None }
    }

    pub fn id(mut self, id: u16) -> Self {
        self.id = id;
        self
    }

    pub fn class(mut self, class: u16) -> Self {
        self.class = class;
        self
    }

    pub fn without_recursion(mut self) -> Self {
        self.flags &= !RD;
        self
    }

    pub fn checking_disabled(mut self) -> Self {
        self.flags |= CD;
        self
    }

    pub fn opcode(mut self, opcode: u16) -> Self {
        self.flags = (self.flags & !0x7800) | (opcode << 11);
        self
    }

    pub fn edns(self) -> Self {
        self.payload(1232)
    }

    pub fn payload(mut self, payload: u16) -> Self {
        self.opt_mut().payload = payload;
        self
    }

    pub fn dnssec_ok(mut self) -> Self {
        self.opt_mut().dnssec_ok = true;
        self
    }

    pub fn edns_version(mut self, version: u8) -> Self {
        self.opt_mut().version = version;
        self
    }

    pub fn option(mut self, code: u16, data: &[u8]) -> Self {
        self.opt_mut().options.push((code, data.to_vec()));
        self
    }

    fn opt_mut(&mut self) -> &mut QueryOpt {
        self.opt.get_or_insert(QueryOpt { payload: 1232, version: 0, dnssec_ok: false, options: Vec::new() })
    }

    pub fn recursion_desired(&self) -> bool {
        self.flags & RD != 0
    }

    pub fn is_checking_disabled(&self) -> bool {
        self.flags & CD != 0
    }

    /// Name, type and class as they stand in the message.
    pub fn question_bytes(&self) -> Vec<u8> {
        let mut out = name_bytes(&self.name);
        out.extend(self.qtype.to_be_bytes());
        out.extend(self.class.to_be_bytes());
        out
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        for word in [self.id, self.flags, 1, 0, 0, u16::from(self.opt.is_some())] {
            out.extend(word.to_be_bytes());
        }
        out.extend(self.question_bytes());
        if let Some(opt) = &self.opt {
            out.extend(opt.bytes());
        }
        out
    }
}

impl QueryOpt {
    fn bytes(&self) -> Vec<u8> {
        let mut data = Vec::new();
        for (code, value) in &self.options {
            data.extend(code.to_be_bytes());
            data.extend(len16(value).to_be_bytes());
            data.extend(value);
        }
        let mut out = vec![0];
        out.extend(OPT.to_be_bytes());
        out.extend(self.payload.to_be_bytes());
        out.extend([0, self.version, if self.dnssec_ok { 0x80 } else { 0 }, 0]);
        out.extend(len16(&data).to_be_bytes());
        out.extend(data);
        out
    }
}

/// A name in wire form. Text without escapes is enough here.
pub fn name_bytes(name: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len() + 2);
    for label in name.split('.').filter(|label| !label.is_empty()) {
        assert!(label.len() < 64, "label too long: {label}");
        out.push(u8::try_from(label.len()).unwrap());
        out.extend(label.as_bytes());
    }
    out.push(0);
    out
}

/// A length as DNS writes it.
pub fn len16(data: &[u8]) -> u16 {
    u16::try_from(data.len()).expect("fits 16 bits")
}

/// A message that was read to its last octet.
#[derive(Debug, Clone)]
pub struct Message {
    pub raw: Vec<u8>,
    pub id: u16,
    flags: u16,
    pub questions: Vec<Question>,
    pub answers: Vec<Record>,
    pub authority: Vec<Record>,
    /// Without the OPT record.
    pub additional: Vec<Record>,
    pub opt: Option<Opt>,
    /// Octets behind the last record that the header counts.
    pub trailing: usize,
}

/// An entry of the question section; `raw` as it stood in the message.
#[derive(Debug, Clone)]
pub struct Question {
    pub raw: Vec<u8>,
    pub name: String,
    pub qtype: u16,
    pub class: u16,
}

/// One resource record.
#[derive(Debug, Clone)]
pub struct Record {
    pub name: String,
    pub rtype: u16,
    pub class: u16,
    pub ttl: u32,
    pub data: Vec<u8>,
    /// The name inside the data, for the types that have one and that we look at.
    pub target: Option<String>,
}

/// The OPT record of an answer.
#[derive(Debug, Clone)]
pub struct Opt {
    pub payload: u16,
    pub extended_rcode: u8,
    pub version: u8,
    pub dnssec_ok: bool,
    pub options: Vec<(u16, Vec<u8>)>,
}

impl Record {
    pub fn ipv4(&self) -> Option<Ipv4Addr> {
        (self.rtype == A).then(|| <[u8; 4]>::try_from(self.data.as_slice()).ok().map(Ipv4Addr::from))?
    }

    pub fn ipv6(&self) -> Option<Ipv6Addr> {
        (self.rtype == AAAA).then(|| <[u8; 16]>::try_from(self.data.as_slice()).ok().map(Ipv6Addr::from))?
    }

    /// The last field of a SOA record, which bounds how long a "no" is kept.
    pub fn soa_minimum(&self) -> u32 {
        assert_eq!(self.rtype, SOA, "a SOA record: {self:?}");
        u32::from_be_bytes(self.data[self.data.len() - 4..].try_into().unwrap())
    }
}

impl Message {
    pub fn parse(raw: &[u8]) -> Result<Self, String> {
        let mut reader = Reader { raw, at: 0 };
        let mut header = [0u16; 6];
        for word in &mut header {
            *word = reader.u16()?;
        }
        let [id, flags, qd, an, ns, ar] = header;
        let questions = (0..qd).map(|_| reader.question()).collect::<Result<_, _>>()?;
        let answers = reader.records(an)?;
        let authority = reader.records(ns)?;
        let mut additional = reader.records(ar)?;
        let is_opt = |record: &Record| record.rtype == OPT;
        if additional.iter().filter(|record| is_opt(record)).count() > 1 {
            return Err("two OPT records".into());
        }
        let opt =
            additional.iter().position(is_opt).map(|at| Opt::read(&additional.remove(at))).transpose()?;
        let trailing = raw.len() - reader.at;
        Ok(Self { raw: raw.to_vec(), id, flags, questions, answers, authority, additional, opt, trailing })
    }

    pub fn is_response(&self) -> bool {
        self.flags & QR != 0
    }

    pub fn opcode(&self) -> u16 {
        (self.flags >> 11) & 0xf
    }

    pub fn authoritative(&self) -> bool {
        self.flags & AA != 0
    }

    pub fn truncated(&self) -> bool {
        self.flags & TC != 0
    }

    pub fn recursion_desired(&self) -> bool {
        self.flags & RD != 0
    }

    pub fn recursion_available(&self) -> bool {
        self.flags & RA != 0
    }

    pub fn authentic_data(&self) -> bool {
        self.flags & AD != 0
    }

    pub fn checking_disabled(&self) -> bool {
        self.flags & CD != 0
    }

    /// The response code, with the upper bits that an OPT record may carry.
    pub fn rcode(&self) -> u16 {
        (self.flags & 0xf) | (u16::from(self.opt.as_ref().map_or(0, |opt| opt.extended_rcode)) << 4)
    }

    /// The data of the first EDNS option with this code.
    pub fn option(&self, code: u16) -> Option<&[u8]> {
        let options = &self.opt.as_ref()?.options;
        options.iter().find(|(found, _)| *found == code).map(|(_, data)| data.as_slice())
    }

    /// The Extended DNS Errors: code and text.
    pub fn extended_errors(&self) -> Vec<(u16, String)> {
        let options = self.opt.iter().flat_map(|opt| &opt.options);
        options
            .filter(|(code, _)| *code == 15)
            .map(|(_, data)| {
                let text = String::from_utf8(data[2..].to_vec()).expect("EXTRA-TEXT is UTF-8");
                (u16::from_be_bytes([data[0], data[1]]), text)
            })
            .collect()
    }

    pub fn has_extended_error(&self, code: u16) -> bool {
        self.extended_errors().iter().any(|(found, _)| *found == code)
    }

    /// The addresses of the answer section, of both families, as text.
    pub fn addresses(&self) -> Vec<String> {
        let text = |record: &Record| {
            record.ipv4().map(|ip| ip.to_string()).or_else(|| record.ipv6().map(|ip| ip.to_string()))
        };
        self.answers.iter().filter_map(text).collect()
    }
}

impl Opt {
    fn read(record: &Record) -> Result<Self, String> {
        if record.name != "." {
            return Err(format!("the OPT record is owned by {}", record.name));
        }
        let [extended_rcode, version, high, _] = record.ttl.to_be_bytes();
        let mut reader = Reader { raw: &record.data, at: 0 };
        let mut options = Vec::new();
        while reader.at < record.data.len() {
            let code = reader.u16()?;
            let length = reader.u16()?;
            options.push((code, reader.take(usize::from(length))?.to_vec()));
        }
        Ok(Self { payload: record.class, extended_rcode, version, dnssec_ok: high & 0x80 != 0, options })
    }
}

/// Reads from the front, and never past the end.
struct Reader<'a> {
    raw: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], String> {
        let end = self.at + length;
        let taken = self.raw.get(self.at..end).ok_or(format!("cut off at octet {}", self.raw.len()))?;
        self.at = end;
        Ok(taken)
    }

    fn u8(&mut self) -> Result<u8, String> {
        Ok(self.take(1)?[0])
    }

    fn u16(&mut self) -> Result<u16, String> {
        self.take(2).map(|octets| u16::from_be_bytes([octets[0], octets[1]]))
    }

    fn question(&mut self) -> Result<Question, String> {
        let start = self.at;
        let (name, qtype, class) = (self.name()?, self.u16()?, self.u16()?);
        Ok(Question { raw: self.raw[start..self.at].to_vec(), name, qtype, class })
    }

    fn records(&mut self, count: u16) -> Result<Vec<Record>, String> {
        (0..count).map(|_| self.record()).collect()
    }

    fn record(&mut self) -> Result<Record, String> {
        let (name, rtype, class) = (self.name()?, self.u16()?, self.u16()?);
        let ttl = u32::from(self.u16()?) << 16 | u32::from(self.u16()?);
        let length = usize::from(self.u16()?);
        let start = self.at;
        let data = self.take(length)?.to_vec();
        let skip = match rtype {
            CNAME | NS | PTR | SOA => Some(0),
            HTTPS | SVCB | MX => Some(2),
            _ => None,
        };
        let target = skip.map(|skip| Reader { raw: self.raw, at: start + skip }.name()).transpose()?;
        Ok(Record { name, rtype, class, ttl, data, target })
    }

    /// A name as text without the last dot, `.` for the root. Pointers may only lead backwards.
    fn name(&mut self) -> Result<String, String> {
        let mut text = String::new();
        let mut from = self.at;
        let mut resume = None;
        loop {
            let length = self.u8()?;
            match length {
                0 => break,
                1..=63 => {
                    let label = self.take(usize::from(length))?;
                    if !text.is_empty() {
                        text.push('.');
                    }
                    text.extend(label.iter().map(|octet| char::from(*octet)));
                }
                0xc0.. => {
                    let to = usize::from(length & 0x3f) << 8 | usize::from(self.u8()?);
                    if to >= from {
                        return Err(format!("the pointer at {from} leads forward, to {to}"));
                    }
                    resume.get_or_insert(self.at);
                    (self.at, from) = (to, to);
                }
                _ => return Err(format!("label type {length:#x}")),
            }
            if text.len() > 255 {
                return Err("a name of more than 255 octets".into());
            }
        }
        self.at = resume.unwrap_or(self.at);
        Ok(if text.is_empty() { ".".into() } else { text })
    }
}
