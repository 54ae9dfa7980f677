//! A name as the builder sorts it: its labels from the root inwards, each with an end mark, in symbols.
//!
//! A symbol is an octet under another number, chosen so that the end of a label comes before everything and the
//! octets that names of hosts have come next. So an ancestor's key is the beginning of its descendants' keys, names
//! below a name follow it at once, and byte order is the canonical order of names (RFC 4034 §6.1) as far as those
//! octets go.

use crate::name::{MAX_LABEL_OCTETS, MAX_WIRE_OCTETS, Name};

/// Ends a label.
pub(super) const END: u8 = 0;
/// One past the highest symbol of an octet that names of hosts have. The lowest is 2: 1 is the code's own.
pub(super) const COMMON: u8 = 40;
/// The highest symbol: every octet has one but the upper-case letters.
const HIGHEST: u8 = u8::MAX - 26 + 2;

/// The symbol of every octet; upper-case letters stand in no [`Name`].
const SYMBOLS: [u8; 256] = symbol_table();
/// The octet of every symbol.
const OCTETS: [u8; 256] = octet_table();

const fn is_common(octet: u8) -> bool {
    matches!(octet, b'-' | b'0'..=b'9' | b'_' | b'a'..=b'z')
}

const fn symbol_table() -> [u8; 256] {
    let mut symbols = [0; 256];
    let (mut common, mut other, mut octet) = (2, COMMON, 0);
    while octet < 256 {
        if is_common(octet as u8) {
            symbols[octet] = common;
            common += 1;
        } else if !(octet as u8).is_ascii_uppercase() {
            symbols[octet] = other;
            other += 1;
        }
        octet += 1;
    }
    symbols
}

const fn octet_table() -> [u8; 256] {
    let mut octets = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        if SYMBOLS[octet] != 0 {
            octets[SYMBOLS[octet] as usize] = octet as u8;
        }
        octet += 1;
    }
    octets
}

/// A name's key, on the stack.
#[derive(Debug, Clone)]
pub(super) struct Key {
    symbols: [u8; MAX_WIRE_OCTETS],
    length: u8,
}

impl Key {
    /// The root's key, which has no label.
    pub(super) const fn root() -> Self {
        Self { symbols: [0; MAX_WIRE_OCTETS], length: 0 }
    }

    /// The key of a name.
    pub(super) fn of(name: &Name) -> Self {
        let mut key = Self::root();
        let marked = name.labels_from_root().flat_map(|label| symbols(label).chain([END]));
        for (to, symbol) in key.symbols.iter_mut().zip(marked) {
            *to = symbol;
            key.length += 1;
        }
        key
    }

    /// The symbols.
    pub(super) fn symbols(&self) -> &[u8] {
        &self.symbols[..usize::from(self.length)]
    }

    /// Keeps the first `shared` symbols and puts others behind them; `None` if that is too long.
    pub(super) fn replace_end(&mut self, shared: usize, rest: &[u8]) -> Option<()> {
        self.symbols.get_mut(shared..shared + rest.len())?.copy_from_slice(rest);
        self.length = (shared + rest.len()) as u8;
        Some(())
    }
}

/// The first sixteen symbols of a key as a number, so that keys can be compared quickly; zeroes where there are fewer.
pub(super) fn first(key: &[u8]) -> u128 {
    if let Some(first) = key.first_chunk() {
        return u128::from_be_bytes(*first);
    }
    let mut first = [0; 16];
    first[..key.len()].copy_from_slice(key);
    u128::from_be_bytes(first)
}

/// The symbol of an octet.
pub(super) const fn symbol(octet: u8) -> u8 {
    SYMBOLS[octet as usize]
}

/// The symbols of a label.
pub(super) fn symbols(label: &[u8]) -> impl Iterator<Item = u8> {
    label.iter().map(|octet| SYMBOLS[usize::from(*octet)])
}

/// The octets of a label in symbols.
pub(super) fn octets(label: &[u8]) -> impl Iterator<Item = u8> {
    label.iter().map(|symbol| OCTETS[usize::from(*symbol)])
}

/// The labels of a key, from the root inwards, without their end marks.
pub(super) fn labels(key: &[u8]) -> impl Iterator<Item = &[u8]> {
    key.split_inclusive(|symbol| *symbol == END).map(|label| &label[..label.len() - 1])
}

/// Whether some name has these symbols as its key.
pub(super) fn is_of_a_name(key: &[u8]) -> bool {
    let is_whole = key.last().is_none_or(|last| *last == END);
    let is_sound = |label: &[u8]| {
        (1..=MAX_LABEL_OCTETS).contains(&label.len())
            && label.iter().all(|symbol| (2..=HIGHEST).contains(symbol))
    };
    key.len() < MAX_WIRE_OCTETS && is_whole && labels(key).all(is_sound)
}

/// How many symbols two keys share from the first on.
pub(super) fn shared(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}

/// The name that a key is of; `None` if it is none.
pub(super) fn name(key: &[u8]) -> Option<Name> {
    let labels: Vec<&[u8]> = labels(key).collect();
    let mut wire = Vec::with_capacity(key.len() + 1);
    for label in labels.iter().rev() {
        wire.push(label.len() as u8);
        wire.extend(octets(label));
    }
    wire.push(0);
    Name::from_wire(&wire).ok().map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_name() -> impl Strategy<Value = Name> {
        let label = prop_oneof![
            "[ab-]{1,3}".prop_map(String::into_bytes),
            proptest::collection::vec(any::<u8>(), 1..4)
        ];
        proptest::collection::vec(label, 0..5).prop_map(|labels| {
            let wire: Vec<u8> = labels
                .iter()
                .flat_map(|label| [&[label.len() as u8], &label[..]].concat())
                .chain([0])
                .collect();
            Name::from_wire(&wire).unwrap().0
        })
    }

    proptest! {
        #[test]
        fn a_key_tells_its_name_and_begins_with_its_ancestors(one in any_name(), other in any_name()) {
            let (key, other_key) = (Key::of(&one), Key::of(&other));
            prop_assert_eq!(name(key.symbols()), Some(one.clone()));
            prop_assert!(is_of_a_name(key.symbols()));
            prop_assert_eq!(key.symbols().starts_with(other_key.symbols()), one.is_at_or_below(&other));
        }

        #[test]
        fn what_counts_as_a_key_is_one(symbols in proptest::collection::vec(prop_oneof![3 => 0_u8..4, 1 => any::<u8>()], 0..80)) {
            let is_key = name(&symbols).is_some_and(|name| Key::of(&name).symbols() == symbols);
            prop_assert_eq!(is_of_a_name(&symbols), is_key);
        }

        #[test]
        fn keys_of_hosts_are_in_canonical_order(one in "[a-c0-]{1,2}(\\.[a-c0-]{1,2}){0,3}", other in "[a-c0-]{1,2}(\\.[a-c0-]{1,2}){0,3}") {
            let (one, other): (Name, Name) = (one.parse().unwrap(), other.parse().unwrap());
            prop_assert_eq!(Key::of(&one).symbols().cmp(Key::of(&other).symbols()), one.cmp(&other));
        }
    }
}
