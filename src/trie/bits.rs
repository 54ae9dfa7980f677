//! Strings of bits, most significant first: codes on the stack, and reading and writing within octets.

/// The longest code of a name, in bits. Names of lists need 65 in the mean; one that needs more stands beside the
/// blocks.
pub(super) const MAX_CODE_BITS: usize = 1536;
/// How many bits of a [`window`] are sure to be those of the octets.
pub(super) const WINDOW_BITS: usize = 56;

/// A code, on the stack.
#[derive(Debug, Clone)]
pub(super) struct Bits {
    words: [u64; MAX_CODE_BITS / 64],
    length: usize,
}

impl Bits {
    /// No bits.
    pub(super) const fn new() -> Self {
        Self { words: [0; MAX_CODE_BITS / 64], length: 0 }
    }

    /// The first so many bits of octets; those behind them must be zero.
    pub(super) fn from_octets(octets: &[u8], length: usize) -> Self {
        let mut bits = Self { length: length.min(MAX_CODE_BITS), ..Self::new() };
        for (word, octets) in bits.words.iter_mut().zip(octets.chunks(8)) {
            *word = window(octets, 0);
        }
        bits
    }

    /// How many bits there are.
    pub(super) const fn len(&self) -> usize {
        self.length
    }

    /// Appends the lowest `count` bits of `value`, 1 to 64; `None` if there is no room.
    pub(super) fn push(&mut self, value: u64, count: usize) -> Option<()> {
        let (word, offset) = (self.length / 64, self.length % 64);
        if self.length + count > MAX_CODE_BITS {
            return None;
        }
        let value = value << (64 - count);
        *self.words.get_mut(word)? |= value >> offset;
        if offset + count > 64 {
            *self.words.get_mut(word + 1)? |= value << (64 - offset);
        }
        self.length += count;
        Some(())
    }

    /// Keeps the first `length` bits.
    pub(super) fn truncate(&mut self, length: usize) {
        if length >= self.length {
            return;
        }
        let word = length / 64;
        for (at, bits) in self.words.iter_mut().enumerate().skip(word) {
            *bits = if at == word { *bits & !(u64::MAX >> (length % 64)) } else { 0 };
        }
        self.length = length;
    }

    /// The 64 bits from bit `at` on; zeroes behind the end.
    pub(super) fn window(&self, at: usize) -> u64 {
        let word = |index: usize| self.words.get(index).copied().unwrap_or(0);
        let (index, offset) = (at / 64, at % 64);
        if offset == 0 { word(index) } else { word(index) << offset | word(index + 1) >> (64 - offset) }
    }

    /// How many bits are the same in both from the first on.
    pub(super) fn common(&self, other: &Self) -> usize {
        let most = self.length.min(other.length);
        let differing = self.words.iter().zip(&other.words).position(|(one, other)| one != other);
        let same = differing.map_or(MAX_CODE_BITS, |at| {
            at * 64 + (self.words[at] ^ other.words[at]).leading_zeros() as usize
        });
        same.min(most)
    }

    /// Keeps the first `shared` bits and puts those of `octets` from bit `at` on behind them, `count` in all; fewer if
    /// there is no room.
    pub(super) fn replace_end(&mut self, shared: usize, octets: &[u8], at: usize, count: usize) {
        self.truncate(shared);
        let mut done = 0;
        while done < count {
            let step = (count - done).min(32);
            let value = window(octets, at + done) >> (64 - step);
            if self.push(value, step).is_none() {
                return;
            }
            done += step;
        }
    }
}

/// The bits of `octets` from bit `at` on, as a word of which the first [`WINDOW_BITS`] are sure; zeroes behind the end.
pub(super) fn window(octets: &[u8], at: usize) -> u64 {
    let byte = at / 8;
    let rest = octets.get(byte..).unwrap_or_default();
    let word = rest.first_chunk().map_or_else(|| short_word(rest), |word| u64::from_be_bytes(*word));
    word << (at % 8)
}

/// A word of fewer than eight octets, with zeroes behind them.
fn short_word(octets: &[u8]) -> u64 {
    octets
        .iter()
        .zip((0..64).step_by(8))
        .fold(0, |word, (octet, place)| word | u64::from(*octet) << 56 >> place)
}

/// Eight octets from `at` on as a number, the first of them lowest; zeroes behind the end.
pub(super) fn word(octets: &[u8], at: usize) -> u64 {
    let rest = octets.get(at..).unwrap_or_default();
    rest.first_chunk().map_or_else(|| short_word(rest).swap_bytes(), |word| u64::from_le_bytes(*word))
}

/// Writes the first `count` bits of `word`, at most [`WINDOW_BITS`], into octets that are still zero there.
pub(super) fn write(octets: &mut [u8], at: usize, word: u64, count: usize) {
    let kept = word & !(u64::MAX.checked_shr(count as u32).unwrap_or(0));
    let parts = (kept >> (at % 8)).to_be_bytes();
    for (to, part) in octets.iter_mut().skip(at / 8).zip(parts) {
        *to |= part;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bits_are_read_as_they_were_pushed(parts in proptest::collection::vec((any::<u32>(), 1_usize..=32), 0..30), cut in 0_usize..900) {
            let mut bits = Bits::new();
            let mut plain = Vec::new();
            for (value, count) in parts {
                bits.push(u64::from(value), count).unwrap();
                plain.extend((0..count).rev().map(|place| value >> place & 1 == 1));
            }
            let cut = cut.min(plain.len());
            let mut again = bits.clone();
            again.truncate(cut);
            prop_assert_eq!(bits.common(&again), cut);
            let mut octets = vec![0; 200];
            for (at, bit) in plain.iter().enumerate() {
                prop_assert_eq!(bits.window(at) >> 63 == 1, *bit);
                prop_assert_eq!(again.window(at) >> 63 == 1, at < cut && *bit);
                write(&mut octets, at + 3, bits.window(at), 1);
            }
            for at in 0..plain.len() {
                prop_assert_eq!(window(&octets, at + 3) >> 8, bits.window(at) >> 8);
            }
            again.replace_end(cut, &octets, cut + 3, plain.len() - cut);
            prop_assert_eq!(again.common(&bits), plain.len());
        }

        #[test]
        fn a_window_may_hang_over_the_end(octets in proptest::collection::vec(any::<u8>(), 0..20), at in 0_usize..400) {
            let bit = |at: usize| octets.get(at / 8).is_some_and(|octet| octet >> (7 - at % 8) & 1 == 1);
            for place in 0..WINDOW_BITS {
                prop_assert_eq!(window(&octets, at) << place >> 63 == 1, bit(at + place));
            }
        }
    }

    #[test]
    fn a_code_has_an_end() {
        let mut bits = Bits::new();
        for _ in 0..MAX_CODE_BITS / 32 {
            bits.push(u64::MAX, 32).unwrap();
        }
        assert_eq!(bits.push(1, 1), None);
        assert_eq!(bits.window(MAX_CODE_BITS - 8), 0xFF << 56);
        assert_eq!(bits.window(MAX_CODE_BITS + 500), 0);
    }
}
