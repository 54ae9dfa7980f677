//! Looking ahead: what names need that are looked up one after the other is asked of memory for all of them at once. A
//! look-up waits for memory two or three times, and each wait is as long as hundreds of instructions; the waits of names
//! that do not depend on each other pass together.
//!
//! What was found out on the way is kept for the look-up itself, so that nothing is done twice.

use super::{
    Trie,
    bits::Bits,
    code::Context,
    edges::{ROOT, hash},
    filter,
    key::END,
};
use crate::name::Name;

/// How many suffixes of one name are remembered. Hardly any name has more in the dictionary.
const REMEMBERED: usize = 4;

/// What is known of a name that is about to be looked up. It holds for that name and that trie; for others a look-up
/// would say nonsense.
#[derive(Debug, Clone)]
pub struct Ahead {
    /// Its suffixes that are in the dictionary, by their numbers, from the top-level domain inwards.
    suffixes: [u32; REMEMBERED],
    count: u8,
    /// The hash of the first label that leads out of the dictionary, by which the filter knows it.
    leaving: Option<u64>,
    /// Whether what follows says something.
    coded: bool,
    first: First,
}

/// The first code that is looked for: that of the suffix and the label that leads out of the dictionary.
#[derive(Debug, Clone)]
pub(super) struct First {
    /// With the mark at its end.
    pub(super) code: Bits,
    /// How many of its bits are the suffix's.
    pub(super) suffix: usize,
    /// How many are in front of the mark at its end.
    pub(super) length: usize,
    /// What stands before that mark.
    pub(super) context: Context,
    /// How many blocks may begin with no greater code, see [`Blocks::by_separators`](super::blocks::Blocks).
    pub(super) after: usize,
}

impl Ahead {
    /// Nothing is known.
    pub const NOTHING: &Self = &Self::new();

    /// Nothing is known yet.
    pub const fn new() -> Self {
        let first = First { code: Bits::new(), suffix: 0, length: 0, context: Context::START, after: 0 };
        Self { suffixes: [ROOT; REMEMBERED], count: 0, leaving: None, coded: false, first }
    }

    /// Where the label behind the first `labels` leads, if that is known: to a suffix, or out of the dictionary.
    pub(super) fn step(&self, labels: usize) -> Option<Result<u32, u64>> {
        let known = &self.suffixes[..usize::from(self.count)];
        match known.get(labels) {
            Some(suffix) => Some(Ok(*suffix)),
            None if labels == known.len() => self.leaving.map(Err),
            None => None,
        }
    }

    /// The first code, if it ends with the label behind the first `labels`.
    pub(super) fn first(&self, labels: usize) -> Option<&First> {
        (self.coded && labels == usize::from(self.count)).then_some(&self.first)
    }
}

impl Default for Ahead {
    fn default() -> Self {
        Self::new()
    }
}

impl Trie {
    /// Looks at names that will be looked up next, and notes in `ahead` what it finds out of each.
    pub fn look_ahead(&self, names: &[Option<&Name>], ahead: &mut [Ahead]) {
        for (name, ahead) in names.iter().zip(&mut *ahead) {
            self.note_suffixes(*name, ahead);
        }
        filter::fetch(self.filter(), ahead.iter().filter_map(|ahead| ahead.leaving));
        for (name, ahead) in names.iter().zip(&mut *ahead) {
            ahead.coded = name.and_then(|name| self.note_first(name, ahead)).is_some();
        }
        let blocks = self.blocks();
        blocks.fetch_separators(ahead.iter().filter(|ahead| ahead.coded).map(|ahead| &ahead.first.code));
        for ahead in ahead.iter_mut().filter(|ahead| ahead.coded) {
            ahead.first.after = blocks.by_separators(&ahead.first.code);
        }
        let coded = ahead.iter().filter(|ahead| ahead.coded);
        blocks.fetch(coded.filter_map(|ahead| ahead.first.after.checked_sub(1)));
    }

    fn note_suffixes(&self, name: Option<&Name>, ahead: &mut Ahead) {
        (ahead.count, ahead.leaving) = (0, None);
        let (Some(name), mut suffix) = (name, ROOT) else { return };
        for (index, place) in (0..name.label_count()).rev().zip(&mut ahead.suffixes) {
            let Some((octets, length)) = name.label_in_place(index) else { return };
            let hash = hash(suffix, octets, length);
            let Some(label) = octets.get(..length) else { return };
            let Ok(child) = self.suffixes.edges().find(suffix, label, hash) else {
                ahead.leaving = Some(hash);
                return;
            };
            (suffix, *place) = (child, child);
            ahead.count += 1;
        }
    }

    /// Notes the first code; `None` if there is none, or the filter says that no listed name begins so.
    fn note_first(&self, name: &Name, ahead: &mut Ahead) -> Option<()> {
        if !filter::contains(self.filter(), ahead.leaving?) {
            return None;
        }
        let (count, first) = (usize::from(ahead.count), &mut ahead.first);
        let suffix = count.checked_sub(1).map_or(ROOT, |last| ahead.suffixes[last]);
        first.code = Bits::new();
        self.suffixes.get(suffix).push_code(&mut first.code)?;
        first.suffix = first.code.len();
        let label = name.label(name.label_count().checked_sub(count + 1)?)?;
        first.context = self.labels.push_label(label.iter().copied(), &mut first.code)?;
        first.length = first.code.len();
        self.labels.push(first.context, END, &mut first.code)?;
        Some(())
    }
}
