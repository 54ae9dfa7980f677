//! Reading what a client sent. [`screen`] decides, from as few octets as possible, whether a packet is dropped,
//! answered with an error at once, or is a [`Query`] worth looking at.
//!
//! RFC 8906 is the yardstick: everything that could be a query gets an answer, whatever is wrong with it, and
//! nothing that could be an answer does (two servers would talk for ever).

use super::{Cookie, HEADER_OCTETS, Rcode, class, cookie, flags, read_u16, record_at, rtype};
use crate::name::Name;

/// What a packet turned out to be.
// A query is large because its name is on the stack, where the way of a query keeps everything.
#[allow(clippy::large_enum_variant)]
#[derive(Debug)]
pub enum Screened<'p> {
    /// Not a query: shorter than a header, or a response. No answer.
    Drop,
    /// To be answered with this error and nothing more.
    Error(Rejected<'p>),
    /// No question, only the wish for a cookie (RFC 7873 §5.4).
    CookieRequest(CookieRequest),
    /// A query that can be answered.
    Query(Query<'p>),
}

/// A query that is answered with an error from its header alone, or from its header and question.
#[derive(Debug)]
pub struct Rejected<'p> {
    /// The client's ID.
    pub id: u16,
    /// The client's header flags: opcode, RD and CD are copied from it.
    pub flags: u16,
    /// The question as the client wrote it; empty where it could not be read.
    pub question: &'p [u8],
    /// What is wrong.
    pub rcode: Rcode,
    /// Whether the query had an OPT record, so that the answer must have one (RFC 6891 §7).
    pub edns: bool,
}

/// A query without a question, by which a client asks for a cookie or whether its own still holds.
#[derive(Debug)]
pub struct CookieRequest {
    /// The client's ID.
    pub id: u16,
    /// The client's header flags.
    pub flags: u16,
    /// The DO bit.
    pub dnssec_ok: bool,
    /// What the client sent.
    pub cookie: Cookie,
}

/// A well-formed query with one question.
#[derive(Debug)]
pub struct Query<'p> {
    /// The client's ID.
    pub id: u16,
    /// The client's header flags.
    pub flags: u16,
    /// The only question.
    pub question: Question<'p>,
    /// The OPT record, if there was one.
    pub edns: Option<Edns>,
}

impl Query<'_> {
    /// RD: the client wants us to find out.
    pub const fn recursion_desired(&self) -> bool {
        self.flags & flags::RD != 0
    }

    /// CD: the client validates for itself (RFC 4035 §3.2.2).
    pub const fn checking_disabled(&self) -> bool {
        self.flags & flags::CD != 0
    }

    /// DO: the client wants signatures (RFC 3225).
    pub fn dnssec_ok(&self) -> bool {
        self.edns.is_some_and(|edns| edns.dnssec_ok)
    }

    /// The COOKIE option.
    pub fn cookie(&self) -> Option<Cookie> {
        self.edns.and_then(|edns| edns.cookie)
    }
}

/// One entry of the question section.
#[derive(Debug)]
pub struct Question<'p> {
    /// QNAME, lower-cased.
    pub name: Name,
    /// QTYPE.
    pub qtype: u16,
    /// QCLASS.
    pub qclass: u16,
    /// The question octet by octet as the client wrote it, for the answer: a client that mixes the case of its
    /// letters against forgery compares them.
    pub wire: &'p [u8],
}

/// What matters of a client's OPT record (RFC 6891 §6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edns {
    /// The largest UDP answer that the client takes, in octets.
    pub payload: u16,
    /// The DO bit.
    pub dnssec_ok: bool,
    /// The COOKIE option, if there was one (RFC 7873).
    pub cookie: Option<Cookie>,
}

/// Looks at a packet from a client.
pub fn screen(packet: &[u8]) -> Screened<'_> {
    let (Some(id), Some(header_flags), Some(qdcount)) =
        (read_u16(packet, 0), read_u16(packet, 2), read_u16(packet, 4))
    else {
        return Screened::Drop;
    };
    if packet.len() < HEADER_OCTETS || header_flags & flags::QR != 0 {
        return Screened::Drop;
    }
    let reject =
        |rcode, question, edns| Screened::Error(Rejected { id, flags: header_flags, question, rcode, edns });
    // Other opcodes may shape their sections differently (RFC 8906 §3.1.4), so nothing behind the header is read.
    if header_flags & 0x7800 != 0 {
        return reject(Rcode::NOTIMP, &[], false);
    }
    // RFC 9619: a standard query has one question.
    if qdcount != 1 {
        if qdcount == 0
            && let Ok(Some(Opt { edns: Edns { cookie: Some(cookie), dnssec_ok, .. }, .. })) =
                read_edns(packet, HEADER_OCTETS)
        {
            return Screened::CookieRequest(CookieRequest { id, flags: header_flags, dnssec_ok, cookie });
        }
        return reject(Rcode::FORMERR, &[], false);
    }
    let mut name = Name::root();
    let Some(Fixed { qtype, qclass, wire }) = read_question(packet, &mut name) else {
        return reject(Rcode::FORMERR, &[], false);
    };
    match read_edns(packet, HEADER_OCTETS + wire.len()) {
        Err(Malformed) => reject(Rcode::FORMERR, wire, false),
        Ok(Some(opt)) if opt.version > 0 => reject(Rcode::BADVERS, wire, true),
        // OPT and TSIG are never asked for; transfers and mail lists are nothing that a stub needs.
        Ok(edns) if qtype == rtype::OPT => reject(Rcode::FORMERR, wire, edns.is_some()),
        Ok(edns) => {
            let question = Question { name, qtype, qclass, wire };
            Screened::Query(Query { id, flags: header_flags, question, edns: edns.map(|opt| opt.edns) })
        }
    }
}

/// Whether a question can be answered by resolving: the Internet class, and no transfer or other meta type.
pub fn is_resolvable(question: &Question<'_>) -> bool {
    question.qclass == class::IN && !matches!(question.qtype, rtype::TKEY..=rtype::MAILA)
}

/// A question without its name.
struct Fixed<'p> {
    qtype: u16,
    qclass: u16,
    wire: &'p [u8],
}

/// Reads the first question, its name into `name`; `None` if it is malformed or cut off.
fn read_question<'p>(packet: &'p [u8], name: &mut Name) -> Option<Fixed<'p>> {
    let fixed = HEADER_OCTETS + name.read_wire(&packet[HEADER_OCTETS..]).ok()?;
    let qtype = read_u16(packet, fixed)?;
    let qclass = read_u16(packet, fixed + 2)?;
    Some(Fixed { qtype, qclass, wire: &packet[HEADER_OCTETS..fixed + 4] })
}

/// The query cannot be read to its end.
struct Malformed;

/// The fields of an OPT record that decide how to answer.
struct Opt {
    version: u8,
    edns: Edns,
}

/// Looks for an OPT record behind the question. Records of other kinds are stepped over; octets behind the last
/// record are ignored.
fn read_edns(packet: &[u8], mut at: usize) -> Result<Option<Opt>, Malformed> {
    let count = |offset| read_u16(packet, offset).map_or(0, usize::from);
    let before_additional = count(6) + count(8);
    let mut found = None;
    for index in 0..before_additional + count(10) {
        let record = record_at(packet, at).ok_or(Malformed)?;
        at = record.end;
        if record.rtype != rtype::OPT {
            continue;
        }
        // RFC 6891 §6.1.1: one OPT at most, in the additional section, owned by the root.
        let at_root = packet[record.owner] == 0;
        if index < before_additional || found.is_some() || !at_root {
            return Err(Malformed);
        }
        let version = record.ttl.to_be_bytes()[1];
        // What options of other versions mean is not known.
        let cookie = read_options(packet, &record, version == 0)?;
        found = Some(Opt {
            version,
            edns: Edns { payload: record.class, dnssec_ok: record.ttl & 0x8000 != 0, cookie },
        });
    }
    Ok(found)
}

/// The cookie among the options of an OPT record, which must fill its RDATA exactly. Unknown ones are ignored
/// (RFC 6891 §6.1.2), and so are further cookies (RFC 7873 §5.2).
fn read_options(packet: &[u8], opt: &super::RecordAt, cookies: bool) -> Result<Option<Cookie>, Malformed> {
    let mut at = opt.rdata;
    let mut found = None;
    while at < opt.end {
        let code = read_u16(packet, at).ok_or(Malformed)?;
        let data = at + 4;
        at = data + usize::from(read_u16(packet, at + 2).ok_or(Malformed)?);
        if cookies && code == cookie::OPTION_CODE && found.is_none() {
            let data = packet.get(data..at.min(opt.end)).ok_or(Malformed)?;
            found = Some(Cookie::read(data).ok_or(Malformed)?);
        }
    }
    if at == opt.end { Ok(found) } else { Err(Malformed) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const QUESTION: &[u8] = b"\x03wWw\x07Example\0\0\x01\0\x01";

    fn packet(flags: u16, counts: [u16; 4], rest: &[u8]) -> Vec<u8> {
        let mut packet = vec![0xAB, 0xCD];
        packet.extend(flags.to_be_bytes());
        for count in counts {
            packet.extend(count.to_be_bytes());
        }
        packet.extend(rest);
        packet
    }

    fn opt(version: u8, options: &[u8]) -> Vec<u8> {
        let mut record = vec![0, 0, 41, 0x04, 0xD0, 0, version, 0x80, 0];
        record.extend((options.len() as u16).to_be_bytes());
        record.extend(options);
        record
    }

    fn rejected(packet: &[u8]) -> (Rcode, bool) {
        match screen(packet) {
            Screened::Error(rejected) => (rejected.rcode, rejected.edns),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_ordinary_query_is_read_and_keeps_its_case() {
        let bytes = packet(0x0110, [1, 0, 0, 1], &[QUESTION, &opt(0, &[])].concat());
        let Screened::Query(query) = screen(&bytes) else { panic!("not a query") };
        assert_eq!((query.id, query.recursion_desired(), query.checking_disabled()), (0xABCD, true, true));
        assert_eq!(query.question.name.to_string(), "www.example");
        assert_eq!(query.question.wire, QUESTION);
        assert_eq!(query.edns, Some(Edns { payload: 1232, dnssec_ok: true, cookie: None }));
    }

    #[test]
    fn what_could_be_an_answer_or_is_no_message_is_dropped() {
        assert!(matches!(screen(&packet(0x8000, [1, 0, 0, 0], QUESTION)), Screened::Drop));
        assert!(matches!(screen(&packet(0, [1, 0, 0, 0], b"")[..11]), Screened::Drop));
        assert!(matches!(screen(b""), Screened::Drop));
    }

    #[test]
    fn faulty_queries_get_their_error() {
        let two_opt = [QUESTION, &opt(0, &[]), &opt(0, &[])].concat();
        let bad_option = [QUESTION, &opt(0, &[0, 10, 0, 9, 1])].concat();
        let qtype_opt = b"\x01a\0\0\x29\0\x01";
        for (bytes, expected) in [
            (packet(0x2000, [1, 0, 0, 0], QUESTION), (Rcode::NOTIMP, false)),
            (packet(0, [0, 0, 0, 0], b""), (Rcode::FORMERR, false)),
            (packet(0, [2, 0, 0, 0], &[QUESTION, QUESTION].concat()), (Rcode::FORMERR, false)),
            (packet(0, [1, 0, 0, 0], &QUESTION[..9]), (Rcode::FORMERR, false)),
            (packet(0, [1, 0, 0, 0], b"\xC0\x0C\0\x01\0\x01"), (Rcode::FORMERR, false)),
            (packet(0, [1, 0, 0, 1], QUESTION), (Rcode::FORMERR, false)),
            (packet(0, [1, 0, 0, 2], &two_opt), (Rcode::FORMERR, false)),
            (packet(0, [1, 0, 0, 1], &bad_option), (Rcode::FORMERR, false)),
            (packet(0, [1, 0, 0, 0], qtype_opt), (Rcode::FORMERR, false)),
            (packet(0, [1, 0, 0, 1], &[QUESTION, &opt(1, &[])].concat()), (Rcode::BADVERS, true)),
        ] {
            assert_eq!(rejected(&bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn a_cookie_is_read_and_only_the_first_counts() {
        let cookie = |octets: &[u8]| [&[0, 10, 0, octets.len() as u8], octets].concat();
        let (first, second) = (cookie(&[1; 24]), cookie(&[2; 8]));
        let options = [&[0, 3, 0, 1, 9][..], &first, &second].concat();
        let bytes = packet(0, [1, 0, 0, 1], &[QUESTION, &opt(0, &options)].concat());
        let Screened::Query(query) = screen(&bytes) else { panic!("not a query") };
        assert_eq!(query.cookie(), Cookie::read(&[1; 24]));
        assert!(query.cookie().is_some());
        // RFC 7873 §5.2.2: a length that no cookie has.
        for length in [0, 7, 9, 15, 41] {
            let bytes = packet(0, [1, 0, 0, 1], &[QUESTION, &opt(0, &cookie(&vec![1; length]))].concat());
            assert_eq!(rejected(&bytes), (Rcode::FORMERR, false), "{length}");
            let bytes = packet(0, [1, 0, 0, 1], &[QUESTION, &opt(1, &cookie(&vec![1; length]))].concat());
            assert_eq!(rejected(&bytes), (Rcode::BADVERS, true), "{length}");
        }
    }

    #[test]
    fn a_query_without_a_question_may_ask_for_a_cookie() {
        let cookie = [&[0, 10, 0, 8][..], &[7; 8]].concat();
        let bytes = packet(0x0100, [0, 0, 0, 1], &opt(0, &cookie));
        let Screened::CookieRequest(request) = screen(&bytes) else { panic!("no cookie request") };
        assert_eq!((request.id, request.cookie), (0xABCD, Cookie::read(&[7; 8]).unwrap()));
        for (counts, options) in [([0, 0, 0, 1], &b""[..]), ([2, 0, 0, 1], &cookie), ([0, 0, 0, 2], &cookie)]
        {
            assert_eq!(rejected(&packet(0, counts, &opt(0, options))), (Rcode::FORMERR, false), "{counts:?}");
        }
        assert_eq!(rejected(&packet(0, [0, 0, 0, 1], &opt(1, &cookie))), (Rcode::FORMERR, false));
    }

    #[test]
    fn unknown_options_flags_and_trailing_octets_are_ignored() {
        let rest = [QUESTION, &opt(0, &[0xFF, 0x01, 0, 1, 7]), b"trailing"].concat();
        assert!(matches!(screen(&packet(0x0140, [1, 0, 0, 1], &rest)), Screened::Query(_)));
    }

    #[test]
    fn transfers_and_other_classes_are_not_resolvable() {
        let question = |qtype, qclass| Question { name: Name::root(), qtype, qclass, wire: &[] };
        assert!(is_resolvable(&question(rtype::A, class::IN)));
        assert!(is_resolvable(&question(rtype::ANY, class::IN)));
        assert!(!is_resolvable(&question(rtype::AXFR, class::IN)));
        assert!(!is_resolvable(&question(rtype::TXT, 3)));
    }

    proptest! {
        #[test]
        fn any_bytes_are_screened_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = screen(&bytes);
        }

        #[test]
        fn every_query_with_a_header_is_answered(rest in proptest::collection::vec(any::<u8>(), 0..300), flags in 0_u16..0x8000) {
            prop_assert!(!matches!(screen(&packet(flags, [1, 0, 0, 1], &rest)), Screened::Drop));
        }
    }
}
