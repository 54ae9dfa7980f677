//! The code of labels: each character by Huffman, given the two before it in its label.
//!
//! A label ends with one of two marks: more labels follow, or the name ends. So no name's code is the beginning of
//! another's. A character that stands in no listed name after those two has no code at all, and a look-up that meets
//! it is over.

use super::{
    bits::Bits,
    huffman,
    key::{COMMON, END, symbol},
};

/// The symbol that ends a label with another to its left.
pub(super) const MORE: u8 = 1;
/// Symbols that have codes.
const SYMBOLS: usize = COMMON as usize;
/// Pairs of symbols that may stand before one.
const CONTEXTS: usize = SYMBOLS * SYMBOLS;
/// The longest code of a character, in bits. Longer ones gain nothing that can be measured.
const MAX_LENGTH: u8 = 12;

/// The place of each octet among the symbols; beyond the table of codes for those that have no code in a label.
const PLACES: [u32; 256] = places();

const fn places() -> [u32; 256] {
    let mut places = [u32::MAX / 2; 256];
    let mut octet = 0;
    while octet < 256 {
        let symbol = symbol(octet as u8);
        if symbol > MORE && symbol < COMMON {
            places[octet] = symbol as u32;
        }
        octet += 1;
    }
    places
}

/// What stands before a character: the places of the last two of its label.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Context {
    before_last: u32,
    last: u32,
}

impl Context {
    /// A label's beginning.
    pub(super) const START: Self = Self { before_last: 0, last: 0 };

    fn then(self, place: u32) -> Self {
        Self { before_last: self.last, last: place }
    }

    /// Where the codes of what may follow begin.
    fn before(self) -> u32 {
        (self.before_last * SYMBOLS as u32 + self.last) * SYMBOLS as u32
    }
}

/// How often each character follows which two.
#[derive(Debug)]
pub(super) struct Counts(Vec<u32>);

impl Default for Counts {
    fn default() -> Self {
        Self(vec![0; CONTEXTS * SYMBOLS])
    }
}

impl Counts {
    /// Counts a label and the mark at its end.
    pub(super) fn add(&mut self, label: &[u8], end: u8) {
        let mut context = Context::default();
        for symbol in label.iter().copied().chain([end]) {
            if let Some(count) = self.0.get_mut((context.before() + u32::from(symbol)) as usize) {
                *count = count.saturating_add(1);
            }
            context = context.then(u32::from(symbol));
        }
    }

    /// The lengths of the best code.
    pub(super) fn lengths(&self) -> Vec<u8> {
        self.0.chunks(SYMBOLS).flat_map(|counts| huffman::lengths(counts, MAX_LENGTH)).collect()
    }
}

/// The code.
#[derive(Debug, Default)]
pub(super) struct LabelCode {
    /// By context and symbol: the code, and in the lowest four bits its length; 0 for none.
    codes: Box<[u16]>,
}

impl LabelCode {
    /// The code with these lengths; `None` if there is none.
    pub(super) fn new(lengths: &[u8]) -> Option<Self> {
        if lengths.len() != CONTEXTS * SYMBOLS || lengths.iter().any(|length| *length > MAX_LENGTH) {
            return None;
        }
        let mut all = Vec::with_capacity(lengths.len());
        for lengths in lengths.chunks(SYMBOLS) {
            let codes = huffman::codes(lengths)?;
            let joined = |(code, length): (u32, &u8)| {
                if *length == 0 { 0 } else { (code << 4) as u16 | u16::from(*length) }
            };
            all.extend(codes.into_iter().zip(lengths).map(joined));
        }
        Some(Self { codes: all.into() })
    }

    /// Appends a label, in octets, without the mark at its end; `None` if no listed name has it, or there is no room.
    pub(super) fn push_label(&self, label: impl IntoIterator<Item = u8>, bits: &mut Bits) -> Option<Context> {
        let mut context = Context::default();
        // Bits that wait until there is no room for another symbol's among them.
        let (mut waiting, mut count) = (0_u64, 0);
        for octet in label {
            let place = PLACES[usize::from(octet)];
            let (code, length) = self.at(context, place)?;
            waiting = waiting << length | code;
            count += length;
            if count > 64 - usize::from(MAX_LENGTH) {
                bits.push(waiting, count)?;
                (waiting, count) = (0, 0);
            }
            context = context.then(place);
        }
        if count > 0 {
            bits.push(waiting, count)?;
        }
        Some(context)
    }

    /// Appends one symbol; `None` if no listed name has it there, or there is no room.
    pub(super) fn push(&self, context: Context, symbol: u8, bits: &mut Bits) -> Option<()> {
        let (code, length) = self.at(context, u32::from(symbol))?;
        bits.push(code, length)
    }

    /// The code of what stands at a place after two others, and its length.
    fn at(&self, context: Context, place: u32) -> Option<(u64, usize)> {
        let code = *self.codes.get((context.before() + place) as usize)?;
        (code != 0).then(|| (u64::from(code >> 4), usize::from(code & 15)))
    }

    /// Reads labels, with their ends as in a key, from the beginning of `bits` at `at` on, up to the end of the name.
    /// Returns where the code ends; `None` if there is none.
    pub(super) fn read_name(&self, bits: &Bits, at: usize, key: &mut Vec<u8>) -> Option<usize> {
        let mut at = at;
        let mut context = Context::default();
        while at < bits.len() {
            let (symbol, length) = self.decode(context, bits.window(at))?;
            at += length;
            context = if symbol <= MORE { Context::default() } else { context.then(u32::from(symbol)) };
            key.push(if symbol == MORE { END } else { symbol });
            if symbol == END {
                return Some(at);
            }
        }
        None
    }

    /// Reading is for pages and tests alone, so it tries all symbols and needs no table.
    fn decode(&self, context: Context, word: u64) -> Option<(u8, usize)> {
        let codes = self.codes.get(context.before() as usize..)?.get(..SYMBOLS)?;
        let found = codes.iter().zip(0..).find(|(code, _)| {
            let length = **code & 15;
            length > 0 && word >> (64 - length) == u64::from(**code >> 4)
        });
        found.map(|(code, symbol)| (symbol, usize::from(code & 15)))
    }

    /// Octets that it takes in memory.
    pub(super) fn octets(&self) -> usize {
        size_of_val(&*self.codes)
    }
}

/// Lengths as the file has them: one octet for each context, 1 if it is used; then, for those that are, 4 bits for each
/// symbol.
pub(super) fn pack_lengths(lengths: &[u8], out: &mut Vec<u8>) {
    for lengths in lengths.chunks(SYMBOLS) {
        let used = lengths.iter().any(|length| *length > 0);
        out.push(u8::from(used));
        if used {
            out.extend(lengths.chunks(2).map(|pair| pair[0] << 4 | pair[1]));
        }
    }
}

/// The lengths that [`pack_lengths`] wrote; `None` if there are too few or too many.
pub(super) fn unpack_lengths(packed: &[u8]) -> Option<Vec<u8>> {
    let mut rest = packed;
    let mut lengths = Vec::with_capacity(CONTEXTS * SYMBOLS);
    for _ in 0..CONTEXTS {
        let (used, behind) = rest.split_first()?;
        rest = behind;
        if *used == 0 {
            lengths.resize(lengths.len() + SYMBOLS, 0);
        } else {
            let (pairs, behind) = rest.split_at_checked(SYMBOLS / 2)?;
            rest = behind;
            lengths.extend(pairs.iter().flat_map(|pair| [pair >> 4, pair & 15]));
        }
    }
    rest.is_empty().then_some(lengths)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trie::key::octets;

    fn any_label() -> impl Strategy<Value = Vec<u8>> {
        proptest::collection::vec(2..COMMON, 1..12)
    }

    proptest! {
        #[test]
        fn names_that_were_counted_are_read_back(names in proptest::collection::vec(proptest::collection::vec(any_label(), 1..4), 1..20), other in any_label()) {
            let mut counts = Counts::default();
            let end = |labels: &[Vec<u8>], at: usize| if at + 1 == labels.len() { END } else { MORE };
            for labels in &names {
                for (at, label) in labels.iter().enumerate() {
                    counts.add(label, end(labels, at));
                }
            }
            let lengths = counts.lengths();
            let mut packed = Vec::new();
            pack_lengths(&lengths, &mut packed);
            prop_assert_eq!(unpack_lengths(&packed).unwrap(), lengths.clone());
            let code = LabelCode::new(&lengths).unwrap();
            for labels in &names {
                let mut bits = Bits::new();
                for (at, label) in labels.iter().enumerate() {
                    let context = code.push_label(octets(label), &mut bits).unwrap();
                    code.push(context, end(labels, at), &mut bits).unwrap();
                }
                let mut key = Vec::new();
                prop_assert_eq!(code.read_name(&bits, 0, &mut key), Some(bits.len()));
                let expected: Vec<u8> = labels.iter().flat_map(|label| [&label[..], &[END]].concat()).collect();
                prop_assert_eq!(key, expected);
            }
            let _ = code.push_label(octets(&other), &mut Bits::new());
        }

        #[test]
        fn any_octets_are_lengths_or_refused(packed in proptest::collection::vec(any::<u8>(), 0..3000)) {
            let _ = unpack_lengths(&packed).and_then(|lengths| LabelCode::new(&lengths));
        }
    }
}
