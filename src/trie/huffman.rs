//! Canonical Huffman codes: from counts to lengths, from lengths to codes, and back from bits to symbols.
//!
//! The lengths say everything (RFC 1951 §3.2.2 has the construction), so only they are stored.

/// The longest code, in bits.
pub(super) const MAX_BITS: u8 = 31;

/// A length for each symbol, at most `limit`; 0 for those that are never used.
///
/// Where the limit cuts, counts are made more alike and the lengths worked out anew: it costs little, and is simple.
pub(super) fn lengths(counts: &[u32], limit: u8) -> Vec<u8> {
    let mut used: Vec<(u64, u32)> = counts
        .iter()
        .zip(0..)
        .filter(|(count, _)| **count > 0)
        .map(|(count, symbol)| (u64::from(*count), symbol))
        .collect();
    used.sort_unstable();
    let mut lengths = vec![0; counts.len()];
    loop {
        let depths = depths(&used);
        if depths.iter().all(|depth| *depth <= u32::from(limit)) {
            for ((_, symbol), depth) in used.iter().zip(depths) {
                lengths[*symbol as usize] = depth as u8;
            }
            return lengths;
        }
        for (count, _) in &mut used {
            *count = *count / 2 + 1;
        }
    }
}

/// How deep the leaf of each of the ascending counts lies.
fn depths(counts: &[(u64, u32)]) -> Vec<u32> {
    if counts.len() < 2 {
        return vec![1; counts.len()];
    }
    // Leaves ascend, and so do the nodes made of them: the two least are always at the front of one of both rows.
    let mut weights: Vec<u64> = counts.iter().map(|(count, _)| *count).collect();
    let mut parents = vec![0; counts.len() * 2 - 1];
    let (mut leaf, mut inner) = (0, counts.len());
    while weights.len() < parents.len() {
        let next = weights.len();
        let mut weight = 0;
        for _ in 0..2 {
            let from_leaves = leaf < counts.len() && (inner >= next || weights[leaf] <= weights[inner]);
            let least = if from_leaves { &mut leaf } else { &mut inner };
            weight += weights[*least];
            parents[*least] = next;
            *least += 1;
        }
        weights.push(weight);
    }
    let mut depths = vec![0; parents.len()];
    for node in (0..parents.len() - 1).rev() {
        depths[node] = depths[parents[node]] + 1;
    }
    depths.truncate(counts.len());
    depths
}

/// The code of each symbol, in its lowest bits; `None` if no code has these lengths.
pub(super) fn codes(lengths: &[u8]) -> Option<Vec<u32>> {
    let rows = rows(lengths)?;
    let mut next = rows.map(|row| row.first);
    let code = |length: &u8| {
        let next = &mut next[usize::from(*length)];
        *next += 1;
        // The row of length 0 is never used.
        (*next - 1) as u32
    };
    Some(lengths.iter().map(code).collect())
}

/// The codes of one length.
#[derive(Debug, Clone, Copy, Default)]
struct Row {
    /// The first of them.
    first: u64,
    /// How many there are.
    count: u64,
    /// How many codes are shorter.
    before: u64,
}

/// The codes of every length, from 0 on.
type Rows = [Row; MAX_BITS as usize + 1];

fn rows(lengths: &[u8]) -> Option<Rows> {
    let mut rows = Rows::default();
    for length in lengths.iter().filter(|length| **length > 0) {
        rows.get_mut(usize::from(*length))?.count += 1;
    }
    for length in 1..rows.len() {
        let Row { first, count, before } = rows[length - 1];
        let row = &mut rows[length];
        (row.first, row.before) = ((first + count) << 1, before + count);
        if row.first + row.count > 1 << length {
            return None;
        }
    }
    Some(rows)
}

/// How many bits of a code are looked up at once.
const SHORT: u8 = 8;

/// Finds symbols by their codes.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    rows: Rows,
    /// Symbols in the order of their codes.
    symbols: Box<[u32]>,
    /// By the first [`SHORT`] bits: the symbol whose code they begin with, and the code's length; 0 if it is longer.
    short: Box<[(u32, u8)]>,
}

impl Decoder {
    /// For the code with these lengths; `None` if there is none.
    pub(super) fn new(lengths: &[u8]) -> Option<Self> {
        let rows = rows(lengths)?;
        let mut symbols: Vec<u32> =
            lengths.iter().zip(0..).filter(|(length, _)| **length > 0).map(|(_, symbol)| symbol).collect();
        symbols.sort_by_key(|symbol| lengths[*symbol as usize]);
        let mut decoder = Self { rows, symbols: symbols.into(), short: Box::default() };
        let short = (0..1_u64 << SHORT).map(|bits| {
            let found =
                decoder.decode_any(bits << (64 - SHORT)).filter(|(_, length)| *length <= usize::from(SHORT));
            found.map_or((0, 0), |(symbol, length)| (symbol, length as u8))
        });
        decoder.short = short.collect();
        Some(decoder)
    }

    /// The symbol whose code stands at the beginning of `word`, and the code's length; `None` if there is none.
    pub(super) fn decode(&self, word: u64) -> Option<(u32, usize)> {
        match self.short.get((word >> (64 - SHORT)) as usize) {
            Some((symbol, length @ 1..)) => Some((*symbol, usize::from(*length))),
            _ => self.decode_any(word),
        }
    }

    /// The same, by trying every length.
    fn decode_any(&self, word: u64) -> Option<(u32, usize)> {
        for (row, length) in self.rows.iter().zip(0..).skip(1) {
            let offset = (word >> (64 - length)).wrapping_sub(row.first);
            if offset < row.count {
                let symbol = self.symbols.get((row.before + offset) as usize)?;
                return Some((*symbol, length));
            }
        }
        None
    }

    /// Octets that it takes in memory.
    pub(super) fn octets(&self) -> usize {
        size_of::<Self>() + size_of_val(&*self.symbols) + size_of_val(&*self.short)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn codes_are_read_back(counts in proptest::collection::vec(prop_oneof![Just(0), 1_u32..10, any::<u32>()], 0..200), limit in 8_u8..=MAX_BITS) {
            let lengths = lengths(&counts, limit);
            prop_assert!(lengths.iter().all(|length| *length <= limit));
            let codes = codes(&lengths).unwrap();
            let decoder = Decoder::new(&lengths).unwrap();
            for symbol in 0..counts.len() {
                prop_assert_eq!(counts[symbol] > 0, lengths[symbol] > 0);
                if counts[symbol] > 0 {
                    let length = usize::from(lengths[symbol]);
                    let word = u64::from(codes[symbol]) << (64 - length) | 0x1234;
                    prop_assert_eq!(decoder.decode(word), Some((symbol as u32, length)));
                }
            }
        }

        #[test]
        fn any_lengths_are_a_code_or_refused(lengths in proptest::collection::vec(0_u8..40, 0..60), word in any::<u64>()) {
            let decoder = Decoder::new(&lengths);
            prop_assert_eq!(decoder.is_some(), codes(&lengths).is_some());
            if let Some((symbol, _)) = decoder.and_then(|decoder| decoder.decode(word)) {
                prop_assert!((symbol as usize) < lengths.len());
            }
        }
    }

    #[test]
    fn what_is_frequent_is_short() {
        assert_eq!(lengths(&[1, 1, 2, 4, 0, 8], 12), [4, 4, 3, 2, 0, 1]);
        assert_eq!(lengths(&[7], 12), [1]);
    }
}
