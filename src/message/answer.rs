//! Writing an answer into a buffer that the caller owns, without allocating.
//!
//! What does not fit turns the answer into its header, its question and its OPT record with TC set, never into half
//! an `RRset`: a client that sees TC asks again over TCP whatever else it got.

use std::{fmt, net::IpAddr};

use super::{
    Age, ExtendedError, HEADER_OCTETS, Rcode, Reply, UDP_OCTETS, class,
    cookie::{self, Fresh},
    ede, flags, rtype,
};

/// Octets of an OPT record without options.
const OPT_OCTETS: usize = 11;
/// Octets of a COOKIE option.
const COOKIE_OCTETS: usize = 4 + cookie::WHOLE;
/// The MNAME of SOA records that we make: our own name, so that whoever looks sees who answered.
const SOA_MNAME: &[u8] = b"\x07sekisho\x04home\x04arpa\0";
/// The RNAME of SOA records that we make: no mailbox (RFC 6761 §6.4 keeps `invalid` from ever being one).
const SOA_RNAME: &[u8] = b"\x06nobody\x07invalid\0";
/// The longest text of an extended error that we write, in octets.
const EDE_TEXT_OCTETS: usize = 160;

/// The SOA record of a negative answer that we make ourselves (RFC 2308 §3).
#[derive(Debug, Clone, Copy)]
pub struct Soa {
    /// How many of the query name's last labels own it.
    pub owner_labels: usize,
    /// TTL and MINIMUM, in seconds: how long the negative answer may be kept.
    pub ttl: u32,
}

/// An answer that is being written.
#[derive(Debug)]
pub struct AnswerWriter<'o> {
    out: &'o mut [u8],
    at: usize,
    question_end: usize,
    limit: usize,
    counts: [u16; 3],
    flags: u16,
    rcode: Rcode,
    /// Octets kept free for the OPT record.
    reserved: usize,
    /// What goes into the OPT record, whatever else is left out.
    cookie: Option<Fresh>,
}

impl<'o> AnswerWriter<'o> {
    /// Begins an answer to the client that sent `id` and `query_flags`: opcode, RD and CD are copied, RA is set,
    /// AA and AD are not. `limit` is the largest answer that the client takes, in octets; `out` must hold at least
    /// 512.
    pub fn new(
        out: &'o mut [u8],
        limit: usize,
        id: u16,
        query_flags: u16,
        question: &[u8],
        edns: bool,
    ) -> Self {
        let limit = limit.min(out.len());
        let question = if HEADER_OCTETS + question.len() + OPT_OCTETS <= limit { question } else { &[] };
        let question_end = HEADER_OCTETS + question.len();
        out[..2].copy_from_slice(&id.to_be_bytes());
        out[4..6].copy_from_slice(&u16::from(!question.is_empty()).to_be_bytes());
        out[HEADER_OCTETS..question_end].copy_from_slice(question);
        Self {
            out,
            at: question_end,
            question_end,
            limit,
            counts: [0; 3],
            flags: flags::QR | flags::RA | query_flags & (0x7800 | flags::RD | flags::CD),
            rcode: Rcode::NOERROR,
            reserved: if edns { OPT_OCTETS } else { 0 },
            cookie: None,
        }
    }

    /// Gives the client this cookie, in the OPT record.
    pub fn set_cookie(&mut self, cookie: Fresh) {
        self.cookie = Some(cookie);
        self.reserved += COOKIE_OCTETS;
    }

    /// Sets the response code. Bits above the fourth go into the OPT record, if there is one.
    pub fn set_rcode(&mut self, rcode: Rcode) {
        self.rcode = rcode;
    }

    /// Adds an A or AAAA record at the query name to the answer section.
    pub fn address(&mut self, address: IpAddr, ttl: u32) {
        let written = match address {
            IpAddr::V4(v4) => self.record(HEADER_OCTETS, rtype::A, ttl, &[&v4.octets()]),
            IpAddr::V6(v6) => self.record(HEADER_OCTETS, rtype::AAAA, ttl, &[&v6.octets()]),
        };
        self.counts[0] += u16::from(written);
    }

    /// Adds a record at the query name to the answer section, its data in wire form without compression.
    pub fn own_record(&mut self, rtype: u16, ttl: u32, data: &[u8]) {
        let written = self.record(HEADER_OCTETS, rtype, ttl, &[data]);
        self.counts[0] += u16::from(written);
    }

    /// Adds the SOA record that lets a stub keep a negative answer (RFC 2308 §5).
    pub fn soa(&mut self, soa: Soa) {
        let Some(owner) = self.question_label(soa.owner_labels) else { return };
        let mut timers = [0; 20];
        for (slot, value) in timers.chunks_exact_mut(4).zip([1, 3600, 600, 86_400, soa.ttl]) {
            slot.copy_from_slice(&value.to_be_bytes());
        }
        let written = self.record(owner, rtype::SOA, soa.ttl, &[SOA_MNAME, SOA_RNAME, &timers]);
        self.counts[1] += u16::from(written);
    }

    /// Copies a reply from upstream, its TTLs as they are at this age.
    pub fn reply(&mut self, reply: &Reply, age: Age) {
        self.rcode = reply.rcode();
        self.flags |= reply.kept_flags();
        let body = reply.body();
        let start = self.at;
        if !self.put(body) {
            return self.truncate();
        }
        let copied = &mut self.out[start..start + body.len()];
        reply.age_ttls(copied, age);
        self.counts = reply.counts();
    }

    /// Ends an answer to a client without EDNS: its length in octets.
    pub fn finish(self) -> usize {
        let low = self.rcode.0 & 0x0F;
        // BADVERS without an OPT record cannot be said; it never happens, since only an OPT record can cause it.
        self.out[2..4].copy_from_slice(&(self.flags | low).to_be_bytes());
        for (slot, count) in self.out[6..HEADER_OCTETS].chunks_exact_mut(2).zip(self.counts) {
            slot.copy_from_slice(&count.to_be_bytes());
        }
        self.at
    }

    /// Ends an answer to a client with EDNS by its OPT record (RFC 6891 §6.1.1): its length in octets.
    ///
    /// `text` explains the first of `errors`; it is left out where it does not fit.
    pub fn finish_with_opt(mut self, dnssec_ok: bool, errors: &[ExtendedError], text: &Text) -> usize {
        self.reserved = 0;
        let mut fixed = [0, 0, rtype::OPT as u8, 0, 0, (self.rcode.0 >> 4) as u8, 0, 0, 0, 0, 0];
        fixed[3..5].copy_from_slice(&UDP_OCTETS.to_be_bytes());
        fixed[7] = if dnssec_ok { 0x80 } else { 0 };
        let opt = self.at;
        if self.put(&fixed) {
            if let Some(cookie) = self.cookie {
                let head = [0, cookie::OPTION_CODE as u8, 0, cookie.len() as u8];
                // There is room, since it was reserved.
                let _ = self.put(&head) && self.put(&cookie);
            }
            if let Some((first, others)) = errors.split_first() {
                if !self.extended_error(*first, text.as_bytes()) {
                    self.extended_error(*first, &[]);
                }
                for error in others {
                    self.extended_error(*error, &[]);
                }
            }
            let length = (self.at - opt - OPT_OCTETS) as u16;
            self.out[opt + 9..opt + OPT_OCTETS].copy_from_slice(&length.to_be_bytes());
            self.counts[2] += 1;
        }
        self.finish()
    }

    /// Adds one EDE option to the OPT record that is being written.
    fn extended_error(&mut self, error: ExtendedError, text: &[u8]) -> bool {
        let mut head = [0, ede::OPTION_CODE as u8, 0, 0, 0, 0];
        head[2..4].copy_from_slice(&(2 + text.len() as u16).to_be_bytes());
        head[4..6].copy_from_slice(&error.0.to_be_bytes());
        self.at + head.len() + text.len() <= self.limit && self.put(&head) && self.put(text)
    }

    /// Writes one record, or truncates the answer. `owner` is an offset that a compression pointer can reach.
    fn record(&mut self, owner: usize, rtype: u16, ttl: u32, rdata: &[&[u8]]) -> bool {
        let length: usize = rdata.iter().map(|part| part.len()).sum();
        let mut fixed = [0; 12];
        fixed[..2].copy_from_slice(&(0xC000 | owner as u16).to_be_bytes());
        fixed[2..4].copy_from_slice(&rtype.to_be_bytes());
        fixed[4..6].copy_from_slice(&class::IN.to_be_bytes());
        fixed[6..10].copy_from_slice(&ttl.to_be_bytes());
        fixed[10..12].copy_from_slice(&(length as u16).to_be_bytes());
        let written = self.put(&fixed) && rdata.iter().all(|part| self.put(part));
        if !written {
            self.truncate();
        }
        written
    }

    /// The offset in the question of the suffix of the query name that has `labels` labels.
    fn question_label(&self, labels: usize) -> Option<usize> {
        let mut starts = 0;
        let mut at = HEADER_OCTETS;
        while *self.out.get(at)? != 0 && at < self.question_end {
            starts += 1;
            at += 1 + usize::from(self.out[at]);
        }
        at = HEADER_OCTETS;
        for _ in labels..starts {
            at += 1 + usize::from(self.out[at]);
        }
        (at < self.question_end).then_some(at)
    }

    /// Appends octets if they fit in front of what is reserved.
    fn put(&mut self, bytes: &[u8]) -> bool {
        let end = self.at + bytes.len();
        if end + self.reserved > self.limit {
            return false;
        }
        self.out[self.at..end].copy_from_slice(bytes);
        self.at = end;
        true
    }

    /// Takes all records back and sets TC: the client asks again over TCP.
    pub fn truncate(&mut self) {
        self.at = self.question_end;
        self.counts = [0; 3];
        self.flags |= flags::TC;
    }
}

/// What explains an answer, on the stack. What is too long is cut at a character's end, so that writing never fails.
#[derive(Debug)]
pub struct Text {
    bytes: [u8; EDE_TEXT_OCTETS],
    len: usize,
}

impl Default for Text {
    fn default() -> Self {
        Self { bytes: [0; EDE_TEXT_OCTETS], len: 0 }
    }
}

impl Text {
    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = EDE_TEXT_OCTETS - self.len;
        let taken = text.floor_char_boundary(room.min(text.len()));
        self.bytes[self.len..self.len + taken].copy_from_slice(&text.as_bytes()[..taken]);
        self.len += taken;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    const QUESTION: &[u8] = b"\x03wWw\x03Bad\x07Example\0\0\x01\0\x01";

    fn why() -> Text {
        let mut text = Text::default();
        text.write_str("why").unwrap();
        text
    }

    #[test]
    fn an_address_points_to_the_question_and_keeps_the_clients_case() {
        let mut out = [0; 512];
        let mut writer = AnswerWriter::new(&mut out, 512, 0x1234, 0x0110, QUESTION, false);
        writer.address([127, 0, 0, 1].into(), 10);
        let length = writer.finish();
        assert_eq!(&out[..12], b"\x12\x34\x81\x90\0\x01\0\x01\0\0\0\0");
        assert_eq!(&out[12..12 + QUESTION.len()], QUESTION);
        assert_eq!(&out[12 + QUESTION.len()..length], b"\xC0\x0C\0\x01\0\x01\0\0\0\x0A\0\x04\x7F\0\0\x01");
    }

    #[test]
    fn a_soa_is_owned_by_the_rules_name() {
        let mut out = [0; 512];
        let mut writer = AnswerWriter::new(&mut out, 512, 1, 0, QUESTION, false);
        writer.soa(Soa { owner_labels: 2, ttl: 10 });
        writer.finish();
        assert_eq!(&out[6..12], b"\0\0\0\x01\0\0");
        // "Bad" stands at 12 + 4.
        assert_eq!(&out[12 + QUESTION.len()..][..4], b"\xC0\x10\0\x06");
    }

    #[test]
    fn what_does_not_fit_leaves_the_question_and_the_opt_record_with_tc() {
        let mut out = [0; 512];
        let limit = 12 + QUESTION.len() + 11;
        let mut writer = AnswerWriter::new(&mut out, limit, 1, 0, QUESTION, true);
        writer.address([127, 0, 0, 1].into(), 10);
        let length = writer.finish_with_opt(true, &[ExtendedError::FILTERED], &why());
        assert_eq!(length, limit);
        assert_eq!(&out[2..12], b"\x82\x80\0\x01\0\0\0\0\0\x01");
        assert_eq!(&out[limit - 11..limit], b"\0\0\x29\x04\xD0\0\0\x80\0\0\0");
    }

    #[test]
    fn a_cookie_has_its_place_however_full_the_answer_is() {
        let mut out = [0; 512];
        let limit = 12 + QUESTION.len() + 16 + OPT_OCTETS + COOKIE_OCTETS;
        for (limit, answers) in [(limit, 1), (limit - 1, 0)] {
            let mut writer = AnswerWriter::new(&mut out, limit, 1, 0, QUESTION, true);
            writer.set_cookie([7; 24]);
            writer.address([127, 0, 0, 1].into(), 10);
            let length = writer.finish_with_opt(false, &[ExtendedError::FILTERED], &why());
            assert_eq!(out[7], answers, "{limit}");
            assert_eq!(out[2] & 2 != 0, answers == 0, "TC");
            let option = out[..length].windows(4).position(|four| four == [0, 10, 0, 24]).unwrap();
            assert_eq!(out[option + 4..option + 28], [7; 24]);
            assert!(length <= limit);
        }
    }

    #[test]
    fn a_text_that_does_not_fit_is_left_out_before_its_code() {
        let mut out = [0; 512];
        let limit = 12 + QUESTION.len() + 11 + 6;
        let writer = AnswerWriter::new(&mut out, limit, 1, 0, QUESTION, true);
        let length = writer.finish_with_opt(false, &[ExtendedError::FILTERED], &why());
        assert_eq!(&out[length - 6..length], b"\0\x0F\0\x02\0\x11");
    }

    #[test]
    fn extended_codes_go_into_the_opt_record() {
        let mut out = [0; 512];
        let mut writer = AnswerWriter::new(&mut out, 512, 1, 0, QUESTION, true);
        writer.set_rcode(Rcode::BADVERS);
        let length = writer.finish_with_opt(false, &[], &Text::default());
        assert_eq!(out[3] & 0x0F, 0);
        assert_eq!(out[length - 6], 1);
    }

    #[test]
    fn long_texts_are_cut_at_a_characters_end() {
        let mut text = Text::default();
        text.write_str(&"関".repeat(100)).unwrap();
        assert_eq!(text.as_bytes().len(), 159);
        assert!(std::str::from_utf8(text.as_bytes()).is_ok());
    }
}
