//! A look-up in a [`Trie`]: the sets on the way to a name, from the root inwards.

use super::{
    Ahead, Trie,
    bits::Bits,
    blocks::Found,
    code::MORE,
    edges::{ROOT, hash},
    filter,
    key::END,
    sets::NO_SET,
    side::SideWalk,
};
use crate::name::Name;

/// Goes through a name's labels.
#[derive(Debug)]
pub(super) struct Walk<'t> {
    trie: &'t Trie,
    name: &'t Name,
    /// How many labels were walked.
    labels: usize,
    ahead: &'t Ahead,
    place: Place,
    /// Where the dictionary ended, and then the code of the labels that were walked.
    suffix: u32,
    code: Bits,
    /// Only if there are names beside the blocks.
    side: Option<SideWalk<'t>>,
}

/// How far a walk has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At the root, which was not looked at yet.
    Start,
    /// Among the dictionary's suffixes.
    Suffixes,
    /// Among the codes.
    Codes,
    /// Where no listed name is further on.
    Nowhere,
}

impl<'t> Walk<'t> {
    /// `ahead` is what is known of the name; nothing has to be.
    pub(super) fn new(trie: &'t Trie, name: &'t Name, ahead: &'t Ahead) -> Self {
        let side = (!trie.side.is_empty()).then(|| trie.side.walk(name));
        Self { trie, name, labels: 0, ahead, place: Place::Start, suffix: ROOT, code: Bits::new(), side }
    }

    /// The number of the next set, and how many labels lead to it; `None` at the end.
    pub(super) fn advance(&mut self) -> Option<(usize, u32)> {
        while self.goes_on() {
            let labels = self.labels;
            let set = self.set_here();
            let beside = self.side.as_mut().and_then(SideWalk::advance);
            self.labels += 1;
            if let Some(set) = set.filter(|set| *set != NO_SET).or(beside) {
                return Some((labels, set));
            }
        }
        None
    }

    fn goes_on(&self) -> bool {
        self.labels <= self.name.label_count()
            && (self.place != Place::Nowhere || self.side.as_ref().is_some_and(SideWalk::goes_on))
    }

    /// The set of the name that the next label leads to, which is walked.
    fn set_here(&mut self) -> Option<u32> {
        if self.place == Place::Start {
            self.place = Place::Suffixes;
            return Some(self.trie.suffixes.get(ROOT).set);
        }
        let index = self.name.label_count().checked_sub(self.labels)?;
        let (octets, length) = self.name.label_in_place(index)?;
        let label = octets.get(..length)?;
        if self.place == Place::Suffixes {
            let step = self.ahead.step(self.labels - 1).unwrap_or_else(|| {
                let hash = hash(self.suffix, octets, length);
                self.trie.suffixes.edges().find(self.suffix, label, hash).map_err(|_| hash)
            });
            match step {
                Ok(child) => {
                    self.suffix = child;
                    return Some(self.trie.suffixes.get(child).set);
                }
                Err(hash) => self.begin_code(hash)?,
            }
        }
        if self.place == Place::Nowhere { None } else { self.set_by_code(label) }
    }

    /// Goes on among the codes, if the filter has the next label.
    fn begin_code(&mut self, hash: u64) -> Option<()> {
        self.place = Place::Nowhere;
        if !filter::contains(self.trie.filter(), hash) {
            return None;
        }
        if self.ahead.first(self.labels - 1).is_none() {
            self.trie.suffixes.get(self.suffix).push_code(&mut self.code)?;
        }
        self.place = Place::Codes;
        Some(())
    }

    fn set_by_code(&mut self, label: &[u8]) -> Option<u32> {
        self.place = Place::Nowhere;
        let (labels, blocks) = (&self.trie.labels, self.trie.blocks());
        let (before, length, context, found);
        if let Some(first) = self.ahead.first(self.labels - 1) {
            self.code.clone_from(&first.code);
            (before, length, context) = (first.suffix, first.length, first.context);
            found = Some(blocks.find_before(first.after, &self.code));
        } else {
            before = self.code.len();
            context = labels.push_label(label.iter().copied(), &mut self.code)?;
            length = self.code.len();
            found = labels.push(context, END, &mut self.code).map(|()| blocks.find(&self.code));
        }
        let set = match found {
            Some(Found::Tag(word)) => self.trie.sets.decode(word),
            // Nothing begins as the labels do that were walked before.
            Some(Found::Nothing(same)) if same < before => return None,
            Some(Found::Nothing(_)) | None => None,
        };
        // A name has at most 127 labels, so there are at most as many searches.
        if self.labels < self.name.label_count() {
            self.code.truncate(length);
            if labels.push(context, MORE, &mut self.code).is_some() {
                self.place = Place::Codes;
            }
        }
        set
    }
}
