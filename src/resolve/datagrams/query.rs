//! The query as it goes out, in octets: a header, the question, and an OPT record with our payload size and the
//! client's DO. Nothing else of the client's is in it. Pure but for the random numbers that are handed in.

use rand::Rng;

use crate::{
    message::{HEADER_OCTETS, class, flags, reply::UPSTREAM_UDP_OCTETS, rtype},
    name::MAX_WIRE_OCTETS,
    resolve::upstream::Asked,
};

/// Type and class behind the name of a question.
const TYPE_AND_CLASS_OCTETS: usize = 4;
/// An OPT record without options (RFC 6891 §6.1.2).
const OPT_OCTETS: usize = 11;
/// The longest query.
const MOST_OCTETS: usize = HEADER_OCTETS + MAX_WIRE_OCTETS + TYPE_AND_CLASS_OCTETS + OPT_OCTETS;

/// A query that is ready but for its id, which the port gives it.
#[derive(Clone)]
pub(in crate::resolve) struct Outgoing {
    octets: [u8; MOST_OCTETS],
    length: usize,
    mixed: bool,
}

impl Outgoing {
    /// The query for what is asked. With `case`, each letter of the name is big or small by chance
    /// (draft-vixie-dnsext-dns0x20): a reply that repeats them comes from somebody who has seen the query.
    pub(super) fn new(asked: &Asked, case: Option<&mut impl Rng>) -> Self {
        let mut query = Self { octets: [0; MOST_OCTETS], length: 0, mixed: false };
        let cd = if asked.checking_disabled { flags::CD } else { 0 };
        query.push(&[0, 0]);
        query.push(&(flags::RD | cd).to_be_bytes());
        query.push(&[0, 1, 0, 0, 0, 0, 0, 1]);
        query.push(asked.name.wire());
        if let Some(random) = case {
            query.mixed = mix_case(&mut query.octets[HEADER_OCTETS..query.length], random);
        }
        query.push(&asked.qtype.to_be_bytes());
        query.push(&class::IN.to_be_bytes());
        query.push(&[0]);
        query.push(&rtype::OPT.to_be_bytes());
        query.push(&UPSTREAM_UDP_OCTETS.to_be_bytes());
        query.push(&[0, 0, if asked.dnssec_ok { 0x80 } else { 0 }, 0, 0, 0]);
        query
    }

    fn push(&mut self, octets: &[u8]) {
        self.octets[self.length..self.length + octets.len()].copy_from_slice(octets);
        self.length += octets.len();
    }

    /// Whether its name has letters in upper case, so that a reply shows whether the case is kept.
    pub(super) fn is_mixed(&self) -> bool {
        self.mixed
    }

    pub(super) fn set_id(&mut self, id: u16) {
        self.octets[..2].copy_from_slice(&id.to_be_bytes());
    }

    pub(super) fn octets(&self) -> &[u8] {
        &self.octets[..self.length]
    }
}

/// The question in a query that was made here: name, type and class.
pub(super) fn question(query: &[u8]) -> &[u8] {
    &query[HEADER_OCTETS..query.len() - OPT_OCTETS]
}

/// Whether two questions are the same but for the case of letters in the name.
pub(super) fn same_but_for_case(one: &[u8], other: &[u8]) -> bool {
    let fixed = |question: &[u8]| question.len().checked_sub(TYPE_AND_CLASS_OCTETS);
    let (Some(end), Some(other_end)) = (fixed(one), fixed(other)) else { return false };
    // Length octets are below the letters, so that ignoring case does not confuse them.
    one[end..] == other[other_end..] && one[..end].eq_ignore_ascii_case(&other[..other_end])
}

/// Turns letters of a name in wire form, which is in lower case, to upper case by chance. Tells whether there are any now.
fn mix_case(name: &mut [u8], random: &mut impl Rng) -> bool {
    let (mut bits, mut left, mut mixed) = (0, 0, false);
    for octet in name.iter_mut().filter(|octet| octet.is_ascii_lowercase()) {
        if left == 0 {
            (bits, left) = (random.next_u64(), u64::BITS);
        }
        if bits & 1 == 1 {
            octet.make_ascii_uppercase();
            mixed = true;
        }
        (bits, left) = (bits >> 1, left - 1);
    }
    mixed
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::message::{Screened, screen};

    fn asked(name: &str) -> Asked {
        Asked { name: name.parse().unwrap(), qtype: rtype::HTTPS, dnssec_ok: true, checking_disabled: true }
    }

    /// Without mixed case.
    const AS_IT_IS: Option<&mut rand::rngs::ThreadRng> = None;

    #[test]
    fn a_query_says_what_is_asked_and_nothing_else() {
        let mut query = Outgoing::new(&asked("www.example"), AS_IT_IS);
        query.set_id(0x1234);
        let expected = [
            &b"\x12\x34\x01\x10\0\x01\0\0\0\0\0\x01"[..],
            b"\x03www\x07example\0\0\x41\0\x01",
            b"\0\0\x29\x04\xD0\0\0\x80\0\0\0",
        ]
        .concat();
        assert_eq!(query.octets(), expected);
        assert_eq!(question(query.octets()), b"\x03www\x07example\0\0\x41\0\x01");
    }

    #[test]
    fn the_longest_name_fits() {
        let label = "a".repeat(63);
        let name = format!("{label}.{label}.{label}.{}", "b".repeat(61));
        let query = Outgoing::new(&asked(&name), Some(&mut rand::rng()));
        assert_eq!(query.octets().len(), MOST_OCTETS);
        assert!(matches!(screen(query.octets()), Screened::Query(_)));
    }

    #[test]
    fn letters_and_only_letters_are_mixed() {
        let asked = asked("a1-b2.\\200z.abcdefghijklmnopqrstuvwxyz.example");
        let plain = Outgoing::new(&asked, AS_IT_IS);
        let mut seen = std::collections::HashSet::new();
        for _ in 0..100 {
            let mixed = Outgoing::new(&asked, Some(&mut rand::rng()));
            assert!(same_but_for_case(question(mixed.octets()), question(plain.octets())));
            assert!(mixed.is_mixed() && !plain.is_mixed());
            seen.insert(mixed.octets().to_vec());
        }
        assert!(seen.len() > 90, "{}", seen.len());
    }

    #[test]
    fn a_name_without_letters_shows_nothing_of_case() {
        for name in [".", "1.2.3.4"] {
            assert!(!Outgoing::new(&asked(name), Some(&mut rand::rng())).is_mixed());
        }
    }

    #[test]
    fn a_type_is_compared_with_its_case() {
        // 0x41 and 0x61 are the types HTTPS and 97, and the letters A and a.
        assert!(!same_but_for_case(b"\x01a\0\0\x41\0\x01", b"\x01a\0\0\x61\0\x01"));
        assert!(same_but_for_case(b"\x01a\0\0\x41\0\x01", b"\x01A\0\0\x41\0\x01"));
        assert!(!same_but_for_case(b"", b"\x01A\0\0\x41\0\x01"));
        assert!(!same_but_for_case(b"\0\0\x01\0\x01", b"\0\0\x01"));
    }

    proptest! {
        #[test]
        fn anything_compares_without_panic(one: Vec<u8>, other: Vec<u8>) {
            prop_assert_eq!(same_but_for_case(&one, &other), same_but_for_case(&other, &one));
        }
    }
}
