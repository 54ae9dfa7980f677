//! Blocks against a sorted row of codes.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::trie::Scratches;

/// Codes of whole octets of which the last alone is odd, so that none begins another; many begin alike.
fn any_code() -> impl Strategy<Value = Vec<u8>> {
    let octet = prop_oneof![4 => Just(0x42), 2 => Just(0x40), 1 => 0_u8..=127].prop_map(|octet| octet * 2);
    let length = prop_oneof![8 => 0_usize..20, 1 => 0_usize..170];
    (length.prop_flat_map(move |length| proptest::collection::vec(octet.clone(), length)), any::<u8>())
        .prop_map(|(mut code, last)| {
            code.push(last | 1);
            code
        })
}

fn bits(octets: &[u8]) -> Bits {
    let mut bits = Bits::new();
    bits.replace_end(0, octets, 0, octets.len() * 8);
    bits
}

proptest! {
    #[test]
    fn codes_that_were_written_are_found_and_no_others(tags in proptest::collection::btree_map(any_code(), 0_u32..1 << 20, 0..300), others in proptest::collection::vec(any_code(), 50)) {
        let mut writer = BlocksWriter::new(&Scratches::default());
        for (code, tag) in &tags {
            writer.push(bits(code), *tag, 20);
        }
        let (written, separators) = writer.finish();
        let mut octets = Vec::new();
        written.append_to(&mut octets).unwrap();
        let root = Root::new(&separators).unwrap();
        let blocks = Blocks { octets: &octets, separators: &separators, root: &root };
        for (code, tag) in &tags {
            prop_assert!(matches!(blocks.find(&bits(code)), Found::Tag(word) if word >> 44 == u64::from(*tag)));
        }
        for other in others.iter().filter(|other| !tags.contains_key(*other)) {
            let code = bits(other);
            let shared = tags.keys().map(|known| bits(known).common(&code)).max().unwrap_or(0);
            prop_assert_eq!(blocks.find(&code), Found::Nothing(shared));
            let mut cursor = blocks.from(&code);
            for known in tags.range(other.clone()..).map(|(known, _)| known).take(5) {
                prop_assert_eq!(cursor.bits().unwrap().common(&bits(known)), known.len() * 8);
                cursor.advance();
            }
        }
        let mut cursor = blocks.from(&Bits::new());
        let all: BTreeMap<_, _> = tags;
        for known in all.keys() {
            prop_assert_eq!(cursor.bits().unwrap().common(&bits(known)), known.len() * 8);
            cursor.advance();
        }
        prop_assert!(cursor.bits().is_none());
    }

    #[test]
    fn any_octets_are_blocks(octets in proptest::collection::vec(any::<u8>(), 0..800), code in any_code(), first in any::<u32>()) {
        let separators = first.to_le_bytes();
        let root = Root::new(&separators).unwrap();
        let blocks = Blocks { octets: &octets, separators: &separators, root: &root };
        blocks.find(&bits(&code));
        let mut cursor = blocks.from(&bits(&code));
        for _ in 0..255 * 4 {
            cursor.advance();
        }
        prop_assert!(cursor.bits().is_none());
    }
}

#[test]
fn codes_that_share_more_than_an_octet_says_are_found() {
    // The second shares 400 bits with the first, the third 8 with the second, and so on.
    let code = |first: u8, last: u8| [&[first][..], &[0x42; 49], &[last]].concat();
    let codes: Vec<Vec<u8>> = (0..20).flat_map(|first| [code(first * 2, 1), code(first * 2, 3)]).collect();
    let mut writer = BlocksWriter::new(&Scratches::default());
    for (code, tag) in codes.iter().zip(0..) {
        writer.push(bits(code), tag, 6);
    }
    let (written, separators) = writer.finish();
    let mut octets = Vec::new();
    written.append_to(&mut octets).unwrap();
    let root = Root::new(&separators).unwrap();
    let blocks = Blocks { octets: &octets, separators: &separators, root: &root };
    for (code, tag) in codes.iter().zip(0..) {
        assert!(matches!(blocks.find(&bits(code)), Found::Tag(word) if word >> 58 == tag), "{code:?}");
    }
}
