//! The filter in front: which labels begin something below which suffix of the dictionary. Most ordinary names end here.
//!
//! A Bloom filter whose bits for one key all lie in one line of 64 octets, so that asking costs one cache line. It may
//! say yes for what is not there, about once in fifteen; never no for what is.

use std::hint::black_box;

/// Octets of a line.
const LINE: usize = 64;
/// Bits for each key. One bit more saves a few nanoseconds for ordinary names and costs an octet for eight names.
const BITS_A_KEY: usize = 6;
/// How many bits a key sets: the best for [`BITS_A_KEY`].
const PROBES: u32 = 4;

/// How many octets a filter for so many keys takes.
pub(super) const fn octets_for(keys: usize) -> usize {
    (keys * BITS_A_KEY).div_ceil(LINE * 8) * LINE
}

/// Adds the key with that hash.
pub(super) fn add(filter: &mut [u8], hash: u64) {
    let start = line(filter, hash);
    for (octet, bit) in bits(hash) {
        if let Some(octet) = filter.get_mut(start + octet) {
            *octet |= 1 << bit;
        }
    }
}

/// Whether the key with that hash may have been added.
pub(super) fn contains(filter: &[u8], hash: u64) -> bool {
    let start = line(filter, hash);
    let Some(line) = filter.get(start..).and_then(<[u8]>::first_chunk::<LINE>) else { return false };
    // All are looked at: they lie in one line, and where to stop would be guessed wrongly more often than not.
    bits(hash).fold(1, |all, (octet, bit)| all & line[octet] >> bit) == 1
}

/// Asks memory for the lines of these keys, all at once.
pub(super) fn fetch(filter: &[u8], hashes: impl Iterator<Item = u64>) {
    black_box(hashes.fold(0, |all, hash| all ^ filter.get(line(filter, hash)).copied().unwrap_or(0)));
}

/// Where the key's line begins: its upper 32 bits, scaled.
const fn line(filter: &[u8], hash: u64) -> usize {
    let lines = (filter.len() / LINE) as u64;
    (((hash >> 32) * lines) >> 32) as usize * LINE
}

/// The key's bits in its line, as the octet and the place in it: nine bits of the hash for each.
fn bits(hash: u64) -> impl Iterator<Item = (usize, u32)> {
    (0..PROBES).map(move |probe| {
        let bit = (hash >> (9 * probe)) as usize % (LINE * 8);
        (bit / 8, bit as u32 % 8)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trie::edges::hash;

    proptest! {
        #[test]
        fn what_was_added_is_there(hashes in proptest::collection::vec(any::<u64>(), 0..500)) {
            let mut filter = vec![0; octets_for(hashes.len())];
            for hash in &hashes {
                add(&mut filter, *hash);
            }
            prop_assert!(hashes.iter().all(|hash| contains(&filter, *hash)));
        }

        #[test]
        fn any_octets_are_a_filter(filter in proptest::collection::vec(any::<u8>(), 0..300), hash in any::<u64>()) {
            contains(&filter, hash);
        }
    }

    #[test]
    fn little_of_what_was_not_added_seems_to_be_there() {
        let mut filter = vec![0; octets_for(100_000)];
        for key in 0..100_000_u32 {
            add(&mut filter, hash(1, &key.to_be_bytes(), 4));
        }
        let wrong = (0..100_000_u32).filter(|key| contains(&filter, hash(2, &key.to_be_bytes(), 4))).count();
        assert!((1_000..9_000).contains(&wrong), "{wrong} of 100,000");
        assert!(!contains(&[], 7));
    }
}
