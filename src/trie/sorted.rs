//! Names of one source, sorted once: they can be kept, and merged with those of other sources whenever a set is built.
//!
//! What a source says is mostly the same for weeks. But its number, and those of what its entries refer to, are others
//! whenever sources come and go. So kept names have numbers of their own, and whoever merges them says what these mean.

use std::{cmp::Ordering, io};

use serde::{Deserialize, Serialize};

use super::{
    BuildError, Builder, Entry, Scratch, key,
    runs::{Foreign, Run, Writer},
    scratch::Written,
    sets::Sets,
};
use crate::name::Name;

/// What belongs to sorted names beside their octets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SortedSets {
    /// How many octets the names take.
    pub length: u64,
    /// How much of a [`Builder`]'s room they need.
    pub weight: u64,
    /// The sets of entries that names have, by their number.
    pub sets: Vec<Vec<Entry>>,
}

/// Names in order, as [`Builder::into_sorted`] wrote them. They may have lain in a file meanwhile: nothing is believed
/// of them before it is looked at.
#[derive(Debug)]
pub struct SortedNames {
    octets: Written,
    sets: SortedSets,
}

/// Gives the name that is meant, if somebody needs it; `None` if there is no such name.
pub type AskName<'n> = &'n dyn Fn() -> Option<Name>;

/// Which of two has a name that the other has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Only {
    /// The first.
    First,
    /// The second.
    Second,
}

impl SortedNames {
    /// The names that stand at the beginning of `octets`.
    pub fn new(octets: Box<dyn Scratch>, sets: SortedSets) -> Self {
        Self { octets: Written::of(octets, sets.length), sets }
    }

    /// Goes through the names that one has and the other has not, in order, whatever is said of them. `each` may ask for
    /// the name.
    ///
    /// # Errors
    ///
    /// If what was put aside cannot be read, or is damaged.
    pub fn differences(one: Self, other: Self, each: &mut dyn FnMut(Only, AskName<'_>)) -> io::Result<()> {
        let (one, other) = (one.into_run(), other.into_run());
        let (mut first, mut second) = (one.read(), other.read());
        let (mut is_first, mut is_second) = (first.advance()?.is_some(), second.advance()?.is_some());
        while is_first || is_second {
            let order = match (is_first, is_second) {
                (true, false) => Ordering::Less,
                (false, _) => Ordering::Greater,
                (true, true) => first.key().cmp(second.key()),
            };
            match order {
                Ordering::Less => each(Only::First, &|| key::name(first.key())),
                Ordering::Greater => each(Only::Second, &|| key::name(second.key())),
                Ordering::Equal => {}
            }
            if order != Ordering::Greater {
                is_first = first.advance()?.is_some();
            }
            if order != Ordering::Less {
                is_second = second.advance()?.is_some();
            }
        }
        Ok(())
    }

    /// The names as a run, whose numbers are those of their sets.
    fn into_run(self) -> Run {
        let numbers = (0..self.sets.sets.len() as u32).collect();
        Run::foreign(self.octets, Foreign { numbers, most: self.sets.weight })
    }
}

impl Builder {
    /// Writes all names in order, for [`SortedNames`], in place of building a set.
    ///
    /// # Errors
    ///
    /// If what was put aside cannot be read.
    pub fn into_sorted(self, to: &mut dyn Scratch) -> Result<SortedSets, BuildError> {
        let weight = self.octets as u64;
        let mut sets = self.sets;
        let all = self.names.finish(&mut sets)?;
        let mut used = Used::default();
        let mut writer = Writer::to(to);
        let mut names = all.read()?;
        while let Some(set) = names.advance(&mut sets)? {
            writer.push(names.key(), used.number(set, &sets));
        }
        Ok(SortedSets { length: writer.end(), weight, sets: used.sets })
    }

    /// Adds names that were sorted before, with each entry as `entry` says it now; those of which it says nothing are left
    /// out.
    ///
    /// # Errors
    ///
    /// If there is no room for more, or what was put aside cannot be read. Names that are damaged are found so when they
    /// are needed: then [`Builder::finish`] fails.
    pub fn add(
        &mut self,
        names: SortedNames,
        entry: &mut dyn FnMut(Entry) -> Option<Entry>,
    ) -> Result<(), BuildError> {
        let SortedNames { octets, sets: SortedSets { length: _, weight, sets } } = names;
        self.count(usize::try_from(weight).unwrap_or(usize::MAX))?;
        let entries = sets.into_iter().map(|set| set.into_iter().filter_map(&mut *entry).collect());
        let numbers = entries.map(|entries| self.sets.of(entries)).collect();
        Ok(self.names.add(Run::foreign(octets, Foreign { numbers, most: weight }), &mut self.sets)?)
    }
}

/// The sets that names have in the end, numbered in the order in which they are met.
#[derive(Debug, Default)]
struct Used {
    /// By the number that a set had while names were sorted, the one that it has now.
    numbers: Vec<Option<u32>>,
    sets: Vec<Vec<Entry>>,
}

impl Used {
    fn number(&mut self, set: u32, sets: &Sets) -> u32 {
        let at = set as usize;
        if self.numbers.len() <= at {
            self.numbers.resize(sets.len().max(at + 1), None);
        }
        *self.numbers[at].get_or_insert_with(|| {
            self.sets.push(sets.entries(set).to_vec());
            self.sets.len() as u32 - 1
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::trie::{Action, Scope};

    fn sorted(names: &BTreeSet<String>) -> SortedNames {
        let mut builder = Builder::default();
        for name in names {
            builder.insert(&name.parse().unwrap(), Entry::new(0, Scope::Exact, Action::Block)).unwrap();
        }
        let mut octets = Vec::new();
        let sets = builder.into_sorted(&mut octets).unwrap();
        SortedNames::new(Box::new(octets), sets)
    }

    proptest! {
        #[test]
        fn what_two_sets_do_not_share_is_found(
            one in proptest::collection::btree_set("[a-c]{1,2}(\\.[a-c]{1,2}){0,2}", 0..30),
            other in proptest::collection::btree_set("[a-c]{1,2}(\\.[a-c]{1,2}){0,2}", 0..30),
        ) {
            let (mut gone, mut come) = (BTreeSet::new(), BTreeSet::new());
            SortedNames::differences(sorted(&one), sorted(&other), &mut |only, name| {
                let to = if only == Only::First { &mut gone } else { &mut come };
                to.insert(name().unwrap().to_string());
            }).unwrap();
            prop_assert_eq!(gone, &one - &other);
            prop_assert_eq!(come, &other - &one);
        }
    }
}
