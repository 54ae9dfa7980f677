//! Names of one source, sorted once: they can be kept, and merged with those of other sources whenever a set is built.
//!
//! What a source says is mostly the same for weeks. But its number, and those of what its entries refer to, are others
//! whenever sources come and go. So kept names have numbers of their own, and whoever merges them says what these mean.

use serde::{Deserialize, Serialize};

use super::{
    BuildError, Builder, Entry, Scratch,
    runs::{Foreign, Run, Writer},
    scratch::Written,
    sets::Sets,
};

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

impl SortedNames {
    /// The names that stand at the beginning of `octets`.
    pub fn new(octets: Box<dyn Scratch>, sets: SortedSets) -> Self {
        Self { octets: Written::of(octets, sets.length), sets }
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
