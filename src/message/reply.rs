//! A reply from upstream, checked and brought into the form in which it is kept: its records without the OPT
//! record and without octets behind the last one, where its TTLs stand, and the names in it that the policy must be
//! asked about again whenever it is used.

mod addresses;
mod kept;

use std::{fmt, net::IpAddr, ops::Range};

use triomphe::ThinArc;

use self::kept::{Head, Parts, names, push_error};
use super::{
    ExtendedError, HEADER_OCTETS, Rcode, UDP_OCTETS, class, ede, flags, read_u16, read_u32, record_at, rtype,
};
use crate::name::Name;

/// The most names of one reply that are reviewed. Longer chains are refused: real ones have a handful, and every
/// name is looked up on every use.
const MAX_TARGETS: usize = 32;
/// The most name servers of one reply that are reviewed; no zone needs more (RFC 9199 §3.1 has none beyond 13).
const MAX_SERVERS: usize = 16;
/// The most extended errors that are passed on, and the longest text of one, in octets.
const MAX_ERRORS: usize = 2;
const MAX_ERROR_TEXT: usize = 120;

/// Why a reply cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReplyError {
    /// It ends before its records do, or a name in it is broken.
    #[error("the reply is cut off or broken")]
    Broken,
    /// It is a query.
    #[error("the reply is not a reply")]
    NotAReply,
    /// It answers another question.
    #[error("the reply answers another question")]
    OtherQuestion,
    /// It names other servers instead of answering: its sender does not recurse.
    #[error("the server refers to others instead of answering")]
    Referral,
    /// It has more alias names than anybody needs.
    #[error("the reply has too many aliases")]
    TooManyAliases,
}

/// The TTL of an answer that is no longer true, in seconds (RFC 8767 §4).
const STALE_TTL: u32 = 30;

/// How old a reply is when it is given on, which decides what its TTLs say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// It came so many seconds ago.
    Seconds(u32),
    /// Its time is over, and nobody knows better (RFC 8767).
    Stale,
}

/// An upstream reply as it is kept in the cache and written into answers. A clone is the same reply, not another one.
#[derive(Clone)]
pub struct Reply(ThinArc<Head, u8>);

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").field("head", self.head()).field("body", &self.body()).finish_non_exhaustive()
    }
}

impl Reply {
    /// Reads a whole message that answers `name`, `qtype` in class IN.
    ///
    /// # Errors
    ///
    /// See [`ReplyError`]. A reply to another question is an attack or a mistake, and must never be used.
    pub fn parse(message: &[u8], name: &Name, qtype: u16) -> Result<Self, ReplyError> {
        let header_flags = read_u16(message, 2).ok_or(ReplyError::Broken)?;
        if header_flags & flags::QR == 0 {
            return Err(ReplyError::NotAReply);
        }
        if read_u16(message, 4) != Some(1) || message.len() < HEADER_OCTETS {
            return Err(ReplyError::OtherQuestion);
        }
        // A pointer cannot stand in the first question, so its length is that of the client's own.
        let (asked, taken) =
            Name::from_wire(&message[HEADER_OCTETS..]).map_err(|_| ReplyError::OtherQuestion)?;
        let fixed = HEADER_OCTETS + taken;
        let same = asked == *name
            && read_u16(message, fixed) == Some(qtype)
            && read_u16(message, fixed + 2) == Some(class::IN);
        if !same {
            return Err(ReplyError::OtherQuestion);
        }
        let records = Records::read(message, fixed + 4, name, qtype)?;
        let parts = Parts {
            name: name.wire(),
            ttls: &records.ttls,
            body: &message[fixed + 4..records.end],
            targets: &records.targets,
            servers: &records.servers,
            errors: &records.errors,
        };
        let mut head = Head::of(&parts);
        head.rcode = Rcode(header_flags & 0x0F | records.extended_rcode << 4);
        head.truncated = header_flags & flags::TC != 0;
        head.counts = records.counts;
        head.qtype = qtype;
        head.ttl = records.ttl.unwrap_or(0);
        let mut reply = Self::from_parts(head, &parts);
        if let Some((at, ttl)) = records.negative {
            // RFC 2308 §5: what a cache further down keeps must not outlive MINIMUM.
            let at = at + reply.head().body_at();
            reply.change_octets(|octets| write_ttl(octets, at, ttl));
        }
        Ok(reply)
    }

    /// The response code, extended.
    pub fn rcode(&self) -> Rcode {
        self.head().rcode
    }

    /// Header flags that an answer made of this reply must keep.
    pub(super) fn kept_flags(&self) -> u16 {
        if self.head().truncated { flags::TC } else { 0 }
    }

    /// Records in the answer, authority and additional section, the OPT record not counted.
    pub fn counts(&self) -> [u16; 3] {
        self.head().counts
    }

    /// How long the reply may be kept, in seconds: the lowest TTL of a positive reply, SOA's TTL or MINIMUM for a
    /// negative one (RFC 2308 §5), 0 for what says nothing about the name.
    pub fn ttl(&self) -> u32 {
        self.head().ttl
    }

    /// The names that this reply leads to, each in wire form.
    pub fn targets(&self) -> impl Iterator<Item = &[u8]> {
        names(self.target_octets())
    }

    /// The names of the servers that are authoritative for the name, each in wire form, as far as upstream tells.
    pub fn servers(&self) -> impl Iterator<Item = &[u8]> {
        names(self.server_octets())
    }

    /// The addresses that the client is led to: in A and AAAA records of the answer, and the hints of its HTTPS and
    /// SVCB records (RFC 9460 §7.3).
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        let answers = usize::from(self.counts()[0]);
        self.data(0..answers).flat_map(|(rtype, data)| addresses::of_record(rtype, data))
    }

    /// The addresses in the additional section: those of [`Reply::servers`].
    pub fn server_addresses(&self) -> impl Iterator<Item = IpAddr> {
        let [answers, authorities, additionals] = self.counts().map(usize::from);
        let first = answers + authorities;
        let plain = |(rtype, data)| addresses::plain(rtype, data);
        self.data(first..first + additionals).filter_map(plain)
    }

    /// Type and data of the records in a range, counted over all sections.
    fn data(&self, range: Range<usize>) -> impl Iterator<Item = (u16, &[u8])> {
        let body = self.body();
        self.ttls().skip(range.start).take(range.len()).filter_map(move |at| {
            // TYPE and CLASS stand in front of the TTL, RDLENGTH and RDATA behind it (RFC 1035 §4.1.3).
            let at = usize::from(at);
            let length = usize::from(read_u16(body, at + 4)?);
            Some((read_u16(body, at.checked_sub(4)?)?, body.get(at + 6..at + 6 + length)?))
        })
    }

    /// A whole message again, as the reply to a question for `name` and `qtype`, `age` old.
    /// The name must be the one that it was read with: compression pointers lead into the question.
    pub fn to_message(&self, name: &Name, qtype: u16, age: Age) -> Vec<u8> {
        let mut message = vec![0; HEADER_OCTETS];
        let header_flags = flags::QR | flags::RA | self.kept_flags() | self.rcode().0 & 0x0F;
        message[2..4].copy_from_slice(&header_flags.to_be_bytes());
        message[5] = 1;
        for (slot, count) in message[6..].chunks_exact_mut(2).zip(self.counts()) {
            slot.copy_from_slice(&count.to_be_bytes());
        }
        message.extend_from_slice(name.wire());
        message.extend(qtype.to_be_bytes().into_iter().chain(class::IN.to_be_bytes()));
        let body = message.len();
        message.extend_from_slice(self.body());
        self.age_ttls(&mut message[body..], age);
        message
    }

    /// Writes the TTLs in a copy of [`Reply::body`] as they are at this age.
    pub(super) fn age_ttls(&self, body: &mut [u8], age: Age) {
        for at in self.ttls().map(usize::from) {
            let ttl = match age {
                Age::Seconds(seconds) => sane_ttl(read_u32(body, at).unwrap_or(0)).saturating_sub(seconds),
                Age::Stale => STALE_TTL,
            };
            write_ttl(body, at, ttl);
        }
    }

    /// Clamps how long the reply may be kept, here and by those who get it; 0 stays 0.
    pub fn clamp_ttl(&mut self, lowest: u32, highest: u32) {
        if self.ttl() == 0 || lowest == 0 && self.ttls_are_at_most(highest) {
            return;
        }
        let clamped = |ttl: u32| ttl.max(lowest).min(highest);
        self.change_head(|head| head.ttl = clamped(head.ttl));
        let (name, at_body) = (usize::from(self.head().name), self.head().body_at());
        self.change_octets(|octets| {
            let (front, body) = octets.split_at_mut(at_body);
            for at in front[name..].chunks_exact(2) {
                let at = usize::from(u16::from_le_bytes([at[0], at[1]]));
                write_ttl(body, at, clamped(sane_ttl(read_u32(body, at).unwrap_or(0))));
            }
        });
    }

    fn ttls_are_at_most(&self, highest: u32) -> bool {
        let body = self.body();
        self.ttls().all(|at| read_u32(body, usize::from(at)).is_some_and(|ttl| ttl <= highest))
    }
}

/// RFC 2181 §8: a TTL with the top bit set is zero.
const fn sane_ttl(ttl: u32) -> u32 {
    if ttl > i32::MAX as u32 { 0 } else { ttl }
}

/// Writes a TTL into its four octets at `at`.
fn write_ttl(body: &mut [u8], at: usize, ttl: u32) {
    if let Some(slot) = body.get_mut(at..at + 4) {
        slot.copy_from_slice(&ttl.to_be_bytes());
    }
}

/// What one pass over the records finds out.
#[derive(Default)]
struct Records {
    counts: [u16; 3],
    end: usize,
    ttls: Vec<u16>,
    ttl: Option<u32>,
    /// Names one behind the other, in wire form.
    targets: Vec<u8>,
    servers: Vec<u8>,
    errors: Vec<u8>,
    extended_rcode: u16,
    /// Where the SOA record's TTL stands in the body, and how long a negative reply may be kept.
    negative: Option<(usize, u32)>,
    /// Whether the answer section has what was asked for, and not only aliases.
    answered: bool,
    /// Whether the authority section names servers.
    names_servers: bool,
    /// Where the question ends, from which the offsets in `ttls` count.
    start: usize,
}

impl Records {
    /// Walks the three sections from `at`, the end of the question. Ends in front of the OPT record: what stands
    /// behind it can only be a signature over the message, which is no longer true.
    fn read(message: &[u8], at: usize, name: &Name, qtype: u16) -> Result<Self, ReplyError> {
        let mut found = Self { end: at, start: at, ..Self::default() };
        'sections: for section in 0..3 {
            for _ in 0..read_u16(message, 6 + 2 * section).unwrap_or(0) {
                let record = record_at(message, found.end).ok_or(ReplyError::Broken)?;
                if record.rtype == rtype::OPT && section == 2 {
                    found.read_opt(message, &record);
                    break 'sections;
                }
                let owner = found.name(message, record.owner)?;
                if section == 0 && owner != *name {
                    found.add_target(&owner)?;
                }
                found.answered |= section == 0 && (record.rtype == qtype || qtype == rtype::ANY);
                found.ttls.push((record.ttl_at - at) as u16);
                found.read_record(message, &record, section)?;
                found.counts[section] += 1;
                found.end = record.end;
            }
        }
        found.decide_ttl(message)?;
        Ok(found)
    }

    fn read_record(
        &mut self,
        message: &[u8],
        record: &super::RecordAt,
        section: usize,
    ) -> Result<(), ReplyError> {
        let ttl = sane_ttl(record.ttl);
        self.ttl = Some(self.ttl.map_or(ttl, |lowest| lowest.min(ttl)));
        match (section, record.rtype) {
            (0, rtype::CNAME | rtype::DNAME) => self.target(message, record.rdata),
            // The target follows the two octets of SvcPriority (RFC 9460 §2.2).
            (0 | 2, rtype::HTTPS | rtype::SVCB) => self.target(message, record.rdata + 2),
            (1, rtype::SOA) if record.end - record.rdata >= 22 => {
                let minimum = read_u32(message, record.end - 4).unwrap_or(0);
                let slot = record.ttl_at - self.start;
                self.negative = Some((slot, ttl.min(sane_ttl(minimum))));
                Ok(())
            }
            (1, rtype::NS) => {
                self.names_servers = true;
                // A name that cannot be read is nobody's: no client is led there.
                if let Ok(server) = self.name(message, record.rdata)
                    && names(&self.servers).count() < MAX_SERVERS
                    && !server.is_root()
                {
                    self.servers.extend_from_slice(server.wire());
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Reads a name that the client will read as well: not through TTLs, which are counted down on the way.
    fn name(&self, message: &[u8], at: usize) -> Result<Name, ReplyError> {
        let changing = |octets: Range<usize>| {
            // The slots are in ascending order; the first that ends behind the octets' beginning decides.
            let slot = |ttl: &u16| self.start + usize::from(*ttl);
            let next = self.ttls.partition_point(|ttl| slot(ttl) + 4 <= octets.start);
            self.ttls.get(next).is_some_and(|ttl| slot(ttl) < octets.end)
        };
        let read = Name::from_message_without(message, at, changing);
        read.map(|(name, _)| name).map_err(|_| ReplyError::Broken)
    }

    fn target(&mut self, message: &[u8], at: usize) -> Result<(), ReplyError> {
        let name = self.name(message, at)?;
        self.add_target(&name)
    }

    fn add_target(&mut self, name: &Name) -> Result<(), ReplyError> {
        // `.` is "the owner itself" or "no service" in HTTPS and SVCB.
        if name.is_root() || names(&self.targets).any(|known| *known == *name.wire()) {
            return Ok(());
        }
        if names(&self.targets).count() == MAX_TARGETS {
            return Err(ReplyError::TooManyAliases);
        }
        self.targets.extend_from_slice(name.wire());
        Ok(())
    }

    /// A reply whose answer section ends in an alias, or that has none, is negative: RFC 2308 §5 lets it be kept
    /// as long as its SOA record says, and not at all without one.
    fn decide_ttl(&mut self, message: &[u8]) -> Result<(), ReplyError> {
        let header_flags = read_u16(message, 2).unwrap_or(0);
        let rcode = Rcode(header_flags & 0x0F);
        // An alias alone may be all that a recursive server found; one that does not recurse has stopped there.
        let stopped = self.counts[0] == 0 || !self.answered && header_flags & flags::RA == 0;
        if rcode == Rcode::NOERROR && stopped && self.negative.is_none() && self.names_servers {
            return Err(ReplyError::Referral);
        }
        let positive = rcode == Rcode::NOERROR && self.answered;
        let negative = self.negative.filter(|_| rcode == Rcode::NOERROR || rcode == Rcode::NXDOMAIN);
        self.ttl = match (positive, self.ttl, negative) {
            _ if header_flags & flags::TC != 0 => None,
            (true, ttl, _) => ttl,
            (false, Some(ttl), Some((_, negative))) => Some(ttl.min(negative)),
            _ => None,
        };
        Ok(())
    }

    fn read_opt(&mut self, message: &[u8], opt: &super::RecordAt) {
        self.extended_rcode = u16::from(opt.ttl.to_be_bytes()[0]);
        let (mut at, mut errors) = (opt.rdata, 0);
        while let (Some(code), Some(length)) = (read_u16(message, at), read_u16(message, at + 2)) {
            let end = at + 4 + usize::from(length);
            if end > opt.end {
                return;
            }
            if code == ede::OPTION_CODE && length >= 2 && errors < MAX_ERRORS {
                let info = read_u16(message, at + 4).unwrap_or(0);
                let text = String::from_utf8_lossy(&message[at + 6..end.min(at + 6 + MAX_ERROR_TEXT)]);
                push_error(&mut self.errors, ExtendedError(info), &text);
                errors += 1;
            }
            at = end;
        }
    }
}

/// The OPT record of our own queries upstream asks for at most this many octets over UDP.
pub const UPSTREAM_UDP_OCTETS: u16 = UDP_OCTETS;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::message::AnswerWriter;

    const QUESTION: &[u8] = b"\x03www\x07example\0\0\x01\0\x01";

    fn message(rcode: u8, counts: [u8; 3], records: &[u8]) -> Vec<u8> {
        let [an, ns, ar] = counts;
        let mut bytes = vec![0, 7, 0x81, 0xA0 | rcode, 0, 1, 0, an, 0, ns, 0, ar];
        bytes.extend(QUESTION);
        bytes.extend(records);
        bytes
    }

    fn record(rtype: u8, ttl: u32, rdata: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0xC0, 12, 0, rtype, 0, 1];
        bytes.extend(ttl.to_be_bytes());
        bytes.extend((rdata.len() as u16).to_be_bytes());
        bytes.extend(rdata);
        bytes
    }

    fn soa(ttl: u32, minimum: u32) -> Vec<u8> {
        let mut rdata = vec![0, 0];
        rdata.extend([0; 16]);
        rdata.extend(minimum.to_be_bytes());
        record(6, ttl, &rdata)
    }

    fn parse(bytes: &[u8]) -> Result<Reply, ReplyError> {
        Reply::parse(bytes, &"www.example".parse().unwrap(), rtype::A)
    }

    #[test]
    fn the_opt_record_and_trailing_octets_are_cut_and_its_errors_kept() {
        let a = record(1, 300, &[192, 0, 2, 1]);
        let opt = b"\0\0\x29\x04\xD0\0\0\0\0\0\x08\0\x0F\0\x04\0\x03ok";
        let reply = parse(&message(0, [1, 0, 1], &[&a[..], opt, b"junk"].concat())).unwrap();
        assert_eq!((reply.body(), reply.counts(), reply.ttl()), (&a[..], [1, 0, 0], 300));
        assert_eq!(reply.errors().collect::<Vec<_>>(), [(ExtendedError(3), "ok")]);
    }

    #[test]
    fn ttls_are_counted_down_in_the_answer() {
        let bytes =
            message(0, [2, 0, 0], &[record(1, 300, &[1, 2, 3, 4]), record(1, 60, &[1, 2, 3, 5])].concat());
        let reply = parse(&bytes).unwrap();
        assert_eq!(reply.ttl(), 60);
        let mut out = [0; 512];
        let mut writer = AnswerWriter::new(&mut out, 512, 9, 0x0100, QUESTION, false);
        writer.reply(&reply, Age::Seconds(20));
        let length = writer.finish();
        let again = parse(&out[..length]).unwrap();
        assert_eq!((again.ttl(), again.counts()), (40, [2, 0, 0]));
        assert_eq!(read_u32(again.body(), 6), Some(280));
    }

    #[test]
    fn negative_replies_live_as_long_as_their_soa_says() {
        for (bytes, ttl) in [
            (message(3, [0, 1, 0], &soa(900, 60)), 60),
            (message(3, [0, 1, 0], &soa(30, 60)), 30),
            (message(0, [0, 1, 0], &soa(900, 60)), 60),
            (message(0, [0, 0, 0], b""), 0),
            (message(3, [0, 0, 0], b""), 0),
            (message(2, [0, 1, 0], &soa(900, 60)), 0),
            (message(0, [1, 0, 0], &record(1, 0x8000_0000, &[1, 2, 3, 4])), 0),
            // An alias that leads to nothing, without a SOA record to say for how long.
            (message(0, [1, 0, 0], &record(5, 900, b"\x03cdn\xC0\x10")), 0),
            (message(0, [1, 1, 0], &[record(5, 900, b"\x03cdn\xC0\x10"), soa(900, 60)].concat()), 60),
        ] {
            assert_eq!(parse(&bytes).unwrap().ttl(), ttl, "{bytes:?}");
        }
    }

    #[test]
    fn targets_of_aliases_and_services_are_found_once() {
        let records = [
            record(5, 60, b"\x03cdn\x03bad\xC0\x10"),
            record(65, 60, b"\0\x01\x03SVC\xC0\x10\0\x04\0\x04\x01\x02\x03\x04"),
            record(65, 60, b"\0\x01\0"),
            record(5, 60, b"\x03cdn\x03BAD\xC0\x10"),
        ];
        let reply = parse(&message(0, [4, 0, 0], &records.concat())).unwrap();
        let targets: Vec<String> =
            reply.targets().map(|wire| Name::from_wire(wire).unwrap().0.to_string()).collect();
        assert_eq!(targets, ["cdn.bad.example", "svc.example"]);
    }

    #[test]
    fn a_negative_answer_is_kept_no_longer_further_down() {
        let reply = parse(&message(3, [0, 1, 0], &soa(900, 60))).unwrap();
        assert_eq!(read_u32(reply.body(), 6), Some(60));
    }

    #[test]
    fn ttls_are_clamped_for_those_who_get_them_too() {
        let records = [record(1, 5, &[1, 2, 3, 4]), record(1, 0x7FFF_FFFF, &[1, 2, 3, 5])].concat();
        let mut reply = parse(&message(0, [2, 0, 0], &records)).unwrap();
        reply.clamp_ttl(30, 3600);
        assert_eq!(
            (reply.ttl(), read_u32(reply.body(), 6), read_u32(reply.body(), 22)),
            (30, Some(30), Some(3600))
        );
    }

    #[test]
    fn records_of_other_names_are_reviewed() {
        let mut stray = b"\x03www\x03bad\x07example\0\0\x01\0\x01\0\0\0\x3C\0\x04".to_vec();
        stray.extend([203, 0, 113, 1]);
        let reply = parse(&message(0, [1, 0, 0], &stray)).unwrap();
        assert_eq!(reply.targets().next(), Some(&b"\x03www\x03bad\x07example\0"[..]));
    }

    #[test]
    fn a_referral_is_no_answer() {
        let servers = record(2, 60, b"\x02ns\xC0\x10");
        assert_eq!(parse(&message(0, [0, 1, 0], &servers)).err(), Some(ReplyError::Referral));
        let alias = [record(5, 60, b"\x03cdn\xC0\x10"), servers].concat();
        let mut bytes = message(0, [1, 1, 0], &alias);
        assert!(parse(&bytes).is_ok());
        // The same from a server that does not recurse.
        bytes[3] = 0;
        assert_eq!(parse(&bytes).err(), Some(ReplyError::Referral));
    }

    #[test]
    fn a_name_through_a_ttl_or_the_header_is_refused() {
        // The first record's TTL is 0x01610000: a label "a" and the root. It stands at 12 + 17 + 6.
        let first = record(1, 0x0161_0000, &[1, 2, 3, 4]);
        for pointer in [12 + 17 + 6, 11] {
            let second = record(5, 60, &[0xC0, pointer]);
            let bytes = message(0, [2, 0, 0], &[first.clone(), second].concat());
            assert_eq!(parse(&bytes).err(), Some(ReplyError::Broken), "{pointer}");
        }
    }

    #[test]
    fn another_question_is_refused() {
        let bytes = message(0, [0, 0, 0], b"");
        let other = |name: &str, qtype| Reply::parse(&bytes, &name.parse().unwrap(), qtype).err();
        assert_eq!(other("www.example", rtype::A), None);
        assert_eq!(other("xww.example", rtype::A), Some(ReplyError::OtherQuestion));
        assert_eq!(other("www.example", rtype::AAAA), Some(ReplyError::OtherQuestion));
        let mut query = bytes.clone();
        query[2] = 1;
        assert_eq!(parse(&query).err(), Some(ReplyError::NotAReply));
    }

    #[test]
    fn a_chain_without_end_is_refused() {
        let records: Vec<u8> =
            (0..40_u8).flat_map(|n| record(5, 60, &[2, b'a', b'a' + n % 26, 1, n, 0])).collect();
        assert_eq!(parse(&message(0, [40, 0, 0], &records)).err(), Some(ReplyError::TooManyAliases));
    }

    proptest! {
        #[test]
        fn any_reply_is_read_without_panic(counts in any::<[u8; 3]>(), records in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(reply) = parse(&message(0, counts, &records)) {
                let mut out = [0; 1232];
                let mut writer = AnswerWriter::new(&mut out, 1232, 9, 0, QUESTION, false);
                writer.reply(&reply, Age::Seconds(5));
                let length = writer.finish();
                prop_assert!(length <= 1232);
            }
        }
    }
}
