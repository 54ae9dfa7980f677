//! What an answer must look like, in the words of the specification.

use super::wire::{A, Message, NOERROR, Query, SOA};

/// The TTL of everything that says "blocked".
pub const BLOCK_TTL: u32 = 10;

/// The flags of every answer that is our own: not authoritative, not authenticated, recursion on offer.
pub fn own_flags(query: &Query, answer: &Message) {
    assert!(!answer.authoritative(), "AA=0: {answer:?}");
    assert!(!answer.authentic_data(), "AD=0: {answer:?}");
    assert!(!answer.truncated(), "TC=0: {answer:?}");
    assert!(answer.recursion_available(), "RA=1: {answer:?}");
    assert_eq!(answer.recursion_desired(), query.recursion_desired(), "RD is copied: {answer:?}");
    assert_eq!(answer.checking_disabled(), query.is_checking_disabled(), "CD is copied: {answer:?}");
}

/// One address record, the sinkhole, and nothing else.
pub fn sinkholed(query: &Query, answer: &Message, sinkhole: &str) {
    own_flags(query, answer);
    assert_eq!(answer.rcode(), NOERROR, "{answer:?}");
    assert_eq!(answer.answers.len(), 1, "one record: {answer:?}");
    let record = &answer.answers[0];
    assert_eq!(record.rtype, query.qtype, "{answer:?}");
    assert!(record.name.eq_ignore_ascii_case(&query.name), "at the name that was asked for: {answer:?}");
    assert_eq!(record.ttl, BLOCK_TTL, "{answer:?}");
    assert_eq!(answer.addresses(), [sinkhole], "{answer:?}");
    assert!(answer.authority.is_empty() && answer.additional.is_empty(), "nothing else: {answer:?}");
    if query.opt.is_some() {
        for code in [4, 17] {
            assert!(answer.has_extended_error(code), "EDE {code} on a sinkhole answer: {answer:?}");
        }
    }
}

/// No records of the type, and a SOA record by which a stub may remember that.
pub fn nodata(query: &Query, answer: &Message, owner: &str) {
    assert_eq!(answer.rcode(), NOERROR, "{answer:?}");
    negative(query, answer, owner);
}

/// The same with the RCODE given: NODATA and NXDOMAIN look alike but for it.
pub fn negative(query: &Query, answer: &Message, owner: &str) {
    own_flags(query, answer);
    assert!(answer.answers.is_empty(), "no answers: {answer:?}");
    assert!(answer.additional.is_empty(), "no additional records: {answer:?}");
    assert_eq!(answer.authority.len(), 1, "one record in the authority section: {answer:?}");
    let soa = &answer.authority[0];
    assert_eq!(soa.rtype, SOA, "{answer:?}");
    assert!(soa.name.eq_ignore_ascii_case(owner), "the SOA record is {owner}'s: {answer:?}");
    assert_eq!((soa.ttl, soa.soa_minimum()), (BLOCK_TTL, BLOCK_TTL), "TTL and MINIMUM: {answer:?}");
    if query.opt.is_some() {
        assert!(answer.has_extended_error(17), "EDE 17 on a negative answer: {answer:?}");
    }
}

/// The text of the Extended DNS Errors names the list.
pub fn names_the_list(answer: &Message, list: &str) {
    let errors = answer.extended_errors();
    assert!(errors.iter().any(|(_, text)| text.contains(list)), "the text names {list}: {errors:?}");
}

/// An ordinary answer: this address, from upstream, and no word of blocking.
pub fn passes(query: &Query, answer: &Message, address: &str) {
    assert_eq!(query.qtype, A);
    assert_eq!(answer.rcode(), NOERROR, "{answer:?}");
    assert_eq!(answer.addresses(), [address], "{answer:?}");
    assert!(answer.recursion_available() && !answer.authoritative(), "{answer:?}");
    for code in [4, 15, 16, 17] {
        assert!(!answer.has_extended_error(code), "{answer:?}");
    }
}
