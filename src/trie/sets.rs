//! What lists say of one name, as a set of entries that is stored once however many names share it.
//!
//! A set also says whether some name below may be let pass ([`Set::allows_below`]), so that this costs nothing beside
//! what names have anyway; a name of which only that is known has a set without entries.

use std::collections::HashMap;

use super::{Entry, Scope, sort::Join};

/// The number of the set that says nothing.
pub(super) const NO_SET: u32 = 0;
/// The number of the set that says nothing but that some name below may be let pass.
pub(super) const ALLOWS_BELOW: u32 = 1;
/// How many unions are remembered. Lists repeat the same few a million times.
const REMEMBERED: usize = 1 << 16;
/// The most that one list can say of one name. No real list says more than a few things; a hostile one could otherwise
/// make every query for a name go through millions.
const MOST_OF_A_LIST: usize = 256;

/// What is said of a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Set {
    /// Sorted, each once.
    pub(super) entries: Box<[Entry]>,
    /// Whether some entry of a name below [may let pass](Entry::may_let_pass).
    pub(super) allows_below: bool,
}

/// Sets by their number.
#[derive(Debug)]
pub(super) struct Sets {
    all: Vec<Set>,
    numbers: HashMap<Set, u32>,
    /// Numbers of two sets, and of their union.
    unions: HashMap<(u32, u32), u32>,
    /// The last entry that was asked for alone: a list's rules say the same of most names.
    last: Option<(Entry, u32)>,
}

impl Default for Sets {
    fn default() -> Self {
        let sets = vec![Set::default(), Set { allows_below: true, ..Set::default() }];
        let numbers = sets.iter().cloned().zip(0..).collect();
        Self { all: sets, numbers, unions: HashMap::new(), last: None }
    }
}

impl Sets {
    /// How many sets there are.
    pub(super) const fn len(&self) -> usize {
        self.all.len()
    }

    /// The set with that number; the one that says nothing if there is none.
    pub(super) fn set(&self, number: u32) -> &Set {
        self.all.get(number as usize).unwrap_or(&self.all[0])
    }

    /// The entries of a set.
    pub(super) fn entries(&self, number: u32) -> &[Entry] {
        &self.set(number).entries
    }

    /// Whether some set has an entry that may let a name pass.
    pub(super) fn any_may_let_pass(&self) -> bool {
        self.all.iter().any(|set| set.entries.iter().any(|entry| entry.may_let_pass()))
    }

    /// Whether some entry of the set may let a name pass.
    pub(super) fn may_let_pass(&self, number: u32) -> bool {
        self.entries(number).iter().any(|entry| entry.may_let_pass())
    }

    /// The number of the set with that entry alone.
    pub(super) fn single(&mut self, entry: Entry) -> u32 {
        match self.last {
            Some((last, number)) if last == entry => number,
            _ => {
                let number = self.intern(Set { entries: [entry].into(), allows_below: false });
                self.last = Some((entry, number));
                number
            }
        }
    }

    /// The number of the set with these entries.
    pub(super) fn of(&mut self, entries: Vec<Entry>) -> u32 {
        self.intern(Set { entries: merged(entries), allows_below: false })
    }

    /// The number of the set that says what both say.
    pub(super) fn union(&mut self, one: u32, other: u32) -> u32 {
        if one == other || other == NO_SET {
            return one;
        }
        if one == NO_SET {
            return other;
        }
        let pair = (one.min(other), one.max(other));
        if let Some(&known) = self.unions.get(&pair) {
            return known;
        }
        let number = self.union_of_all(&[one, other]);
        if self.unions.len() >= REMEMBERED {
            self.unions.clear();
        }
        self.unions.insert(pair, number);
        number
    }

    /// The number of the set that says the same in the fewest words: a name and what is below it, said apart, become one
    /// entry. Only when all is known: a rule that lets pass is weighed against each scope by itself.
    pub(super) fn tidied(&mut self, number: u32) -> u32 {
        let Set { entries, allows_below } = self.set(number);
        let set = Set { entries: tidied(entries), allows_below: *allows_below };
        self.intern(set)
    }

    /// The number of the set that says what all of these say.
    fn union_of_all(&mut self, numbers: &[u32]) -> u32 {
        let entries = numbers.iter().flat_map(|number| self.entries(*number)).copied().collect();
        let allows_below = numbers.iter().any(|number| self.set(*number).allows_below);
        self.intern(Set { entries: merged(entries), allows_below })
    }

    /// Whether a name with the set `inner` need not be kept where its nearest kept ancestor has the set `outer`.
    ///
    /// That is so if what `outer` says of names below itself is, list by list, what `inner` says: then every name gets
    /// the same verdict from the same lists without `inner`. Only blocks are dropped. Whatever could be lifted by name,
    /// or lifts, stays.
    pub(super) fn is_redundant(&self, inner: u32, outer: u32) -> bool {
        let inner = self.entries(inner);
        let Some(scope) = inner.first().map(|entry| entry.scope) else { return false };
        let blocks = |entry: &Entry| !entry.may_let_pass() && !entry.spares && entry.scope == scope;
        let widened = |entry: &Entry| Entry { scope: Scope::Subtree, ..*entry };
        let below = self.entries(outer).iter().filter(|entry| entry.speaks_of(false));
        inner.iter().all(blocks) && below.map(widened).eq(inner.iter().map(widened))
    }

    /// The number of what a set says beside its entries.
    pub(super) fn without_entries(&self, number: u32) -> u32 {
        if self.set(number).allows_below { ALLOWS_BELOW } else { NO_SET }
    }

    /// Octets that the sets take in memory.
    pub(super) fn octets(&self) -> usize {
        let sets: usize = self.all.iter().map(|set| size_of::<Set>() + size_of_val(&*set.entries)).sum();
        // Once as a value, once as a key.
        sets * 2
    }

    fn intern(&mut self, set: Set) -> u32 {
        if let Some(&number) = self.numbers.get(&set) {
            return number;
        }
        // There are at most as many as entries were added, of which the builders count fewer than 2^32.
        let number = self.all.len() as u32;
        self.all.push(set.clone());
        self.numbers.insert(set, number);
        number
    }
}

impl Join for Sets {
    fn join(&mut self, numbers: &[u32]) -> u32 {
        match numbers {
            [one, other] => self.union(*one, *other),
            _ => self.union_of_all(numbers),
        }
    }
}

/// Sorted, each entry once, and no more of a list than is sane.
fn merged(mut entries: Vec<Entry>) -> Box<[Entry]> {
    entries.sort_unstable();
    entries.dedup();
    if entries.len() <= MOST_OF_A_LIST {
        return entries.into();
    }
    // What lifts a block stays rather than what blocks.
    entries.sort_by_key(|entry| (entry.list, !entry.may_let_pass()));
    let lists = entries.chunk_by(|one, other| one.list == other.list);
    let mut kept: Vec<Entry> = lists.flat_map(|own| own.iter().take(MOST_OF_A_LIST)).copied().collect();
    kept.sort_unstable();
    kept.into()
}

/// With one entry where a list that says but one thing says it of the name and of what is below.
fn tidied(entries: &[Entry]) -> Box<[Entry]> {
    let mut tidied = Vec::with_capacity(entries.len());
    for own in entries.chunk_by(|one, other| one.list == other.list) {
        let says_one_thing = own.iter().all(|entry| entry.action == own[0].action);
        let says = |entry: &Entry, scope| own.binary_search(&Entry { scope, ..*entry }).is_ok();
        let whole = |entry: &Entry| {
            says(entry, Scope::Subtree) || says(entry, Scope::Exact) && says(entry, Scope::Below)
        };
        let wide = |entry: &Entry| {
            if says_one_thing && whole(entry) { Entry { scope: Scope::Subtree, ..*entry } } else { *entry }
        };
        tidied.extend(own.iter().map(wide));
    }
    tidied.sort_unstable();
    tidied.dedup();
    tidied.into()
}
