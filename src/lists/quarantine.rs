//! Rules that the guards hold back, and what the operator has released of them. Pure; the file of what is released is
//! read and written by [`released`](super::released).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    compile::Base,
    guard::{Guard, Guarding, Objection},
    parse::{Rule, Trigger},
    source::Source,
};
use crate::trie::Scope;

/// How many items of each list a server keeps in memory; those beyond are counted.
pub const MOST_ITEMS: usize = 1000;
/// What stands for all lists in a release.
pub const ALL_LISTS: &str = "*";

/// What has become of a rule that was objected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Fate {
    /// It is not applied.
    Held,
    /// It is applied, because the operator has released it.
    Released,
    /// It is applied, because it stands in a file of the operator's own, and told.
    Reported,
}

impl Fate {
    /// The word that reports use. It never changes.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Released => "released",
            Self::Reported => "reported",
        }
    }
}

/// A rule that was objected to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The name, or the network, that the rule is written for.
    pub subject: Box<str>,
    /// Which names it speaks of, if it speaks of names.
    pub scope: Option<Scope>,
    /// What there is to say against it.
    pub objection: Objection,
    /// What has become of it.
    pub fate: Fate,
    /// Which of the list's files it stands in.
    pub file: Box<str>,
    /// In which line, counted from 1.
    pub line: u64,
}

/// What was objected to in one list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantine {
    /// How many rules are held back.
    pub held: u64,
    /// How many are applied because they are released.
    pub released: u64,
    /// How many are applied because the list is the operator's own.
    pub reported: u64,
    /// The first of them, in the order in which they stand.
    pub items: Vec<Item>,
}

impl Quarantine {
    /// How many rules were objected to.
    pub const fn total(&self) -> u64 {
        self.held + self.released + self.reported
    }

    /// How many of them are counted and not among the items.
    pub fn left_out(&self) -> u64 {
        self.total() - self.items.len() as u64
    }

    /// Adds what was objected to in another text of the list.
    pub fn add(&mut self, other: Self) {
        self.held += other.held;
        self.released += other.released;
        self.reported += other.reported;
        self.items.extend(other.items);
        self.items.truncate(MOST_ITEMS);
    }

    const fn count(&mut self, fate: Fate) {
        match fate {
            Fate::Held => self.held += 1,
            Fate::Released => self.released += 1,
            Fate::Reported => self.reported += 1,
        }
    }
}

/// What the operator has released: names and networks, each for one list or for all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Released {
    lists_by_subject: BTreeMap<Box<str>, Vec<Box<str>>>,
}

impl Released {
    /// Adds a release for a list, or for [`ALL_LISTS`].
    pub fn add(&mut self, subject: &str, list: &str) {
        let lists = self.lists_by_subject.entry(subject.into()).or_default();
        if !lists.iter().any(|known| **known == *list) {
            lists.push(list.into());
        }
    }

    /// Whether what this list says of it is released.
    pub fn has(&self, subject: &str, list: &str) -> bool {
        let lists = self.lists_by_subject.get(subject);
        lists.is_some_and(|lists| lists.iter().any(|known| **known == *list || **known == *ALL_LISTS))
    }
}

/// Where each rule of a list has to pass before it is compiled.
#[derive(Debug)]
pub struct Gate<'b> {
    guard: &'b Guard,
    released: &'b Released,
    guarding: Guarding,
    list: &'b str,
    file: Box<str>,
    most: usize,
    found: Quarantine,
}

impl<'b> Gate<'b> {
    /// The gate of one list, which remembers so many items at `most`.
    pub fn new(source: &'b Source, base: &'b Base, most: usize) -> Self {
        Self {
            guard: &base.guard,
            released: &base.released,
            guarding: source.guarding(),
            list: &source.name,
            file: Box::default(),
            most,
            found: Quarantine::default(),
        }
    }

    /// The gate of one list whose rules are compiled: those that are only reported are let through, to be reported
    /// later.
    pub fn of_compiling(source: &'b Source, base: &'b Base, most: usize) -> Self {
        let gate = Self::new(source, base, most);
        match gate.guarding {
            Guarding::Report => Self { guarding: Guarding::Off, ..gate },
            _ => gate,
        }
    }

    /// Says which file the next rules stand in.
    pub fn begin_file(&mut self, name: &str) {
        self.file = name.into();
    }

    /// Whether a rule is applied. What there is to say against it is noted.
    pub fn admits(&mut self, line: u64, rule: &Rule<'_>) -> bool {
        if self.guarding == Guarding::Off {
            return true;
        }
        let Some(objection) = self.guard.judge(rule) else { return true };
        let (subject, scope) = subject(rule);
        let fate = match self.guarding {
            Guarding::Quarantine if self.released.has(&subject, self.list) => Fate::Released,
            Guarding::Quarantine => Fate::Held,
            _ => Fate::Reported,
        };
        self.found.count(fate);
        if self.found.items.len() < self.most {
            self.found.items.push(Item { subject, scope, objection, fate, file: self.file.clone(), line });
        }
        fate != Fate::Held
    }

    /// What was noted.
    pub fn into_quarantine(self) -> Quarantine {
        self.found
    }
}

/// What a rule is written for.
fn subject(rule: &Rule<'_>) -> (Box<str>, Option<Scope>) {
    match rule.trigger {
        Trigger::Name(name, scope) | Trigger::Server(name, scope) => (name.to_string().into(), Some(scope)),
        Trigger::Address(network) | Trigger::Client(network) | Trigger::ServerAddress(network) => {
            (network.to_string().into(), None)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        lists::{guard::Guarding, parse::Effect},
        name::Name,
    };

    fn source(guard: Guarding) -> Source {
        Source { guard, ..Source::of_path("feed", "feed.txt") }
    }

    fn base(released: &[(&str, &str)]) -> Base {
        let mut base = Base::default();
        let mut known = Released::default();
        for (subject, list) in released {
            known.add(subject, list);
        }
        base.released = Arc::new(known);
        base
    }

    fn admitted(source: &Source, base: &Base, names: &[&str], most: usize) -> (Vec<bool>, Quarantine) {
        let mut gate = Gate::new(source, base, most);
        gate.begin_file("feed.txt");
        let admitted = names
            .iter()
            .zip(1..)
            .map(|(text, line)| {
                let name: Name = text.parse().unwrap();
                gate.admits(line, &Rule::of_name(&name, Scope::Subtree, Effect::Block))
            })
            .collect();
        (admitted, gate.into_quarantine())
    }

    #[test]
    fn what_is_objected_to_is_held_in_quarantine_and_told_in_a_report() {
        let names = ["github.io", "fake-support.example"];
        for (guarding, applied, held, reported) in [
            (Guarding::Quarantine, [false, true], 1, 0),
            (Guarding::Report, [true, true], 0, 1),
            (Guarding::Auto, [true, true], 0, 1),
            (Guarding::Off, [true, true], 0, 0),
        ] {
            let (admitted, found) = admitted(&source(guarding), &base(&[]), &names, 10);
            assert_eq!(
                (admitted, found.held, found.reported),
                (applied.to_vec(), held, reported),
                "{guarding}"
            );
        }
    }

    #[test]
    fn a_list_that_lets_pass_is_not_judged() {
        let source = Source { allows: true, ..source(Guarding::Quarantine) };
        assert_eq!(admitted(&source, &base(&[]), &["com"], 10).0, [true]);
    }

    #[test]
    fn what_is_released_for_the_list_or_for_all_is_applied() {
        for (released, applied) in [
            (("github.io", "feed"), true),
            (("github.io", ALL_LISTS), true),
            (("github.io", "other"), false),
            (("pages.dev", ALL_LISTS), false),
        ] {
            let (admitted, found) =
                admitted(&source(Guarding::Quarantine), &base(&[released]), &["github.io"], 10);
            assert_eq!((admitted, found.released), (vec![applied], u64::from(applied)), "{released:?}");
        }
    }

    #[test]
    fn items_are_bounded_and_those_beyond_are_counted() {
        let names = ["com", "net", "org"];
        let (_, found) = admitted(&source(Guarding::Quarantine), &base(&[]), &names, 2);
        assert_eq!((found.held, found.items.len(), found.left_out()), (3, 2, 1));
        assert_eq!(
            (found.items[1].line, &*found.items[1].subject, &*found.items[1].file),
            (2, "net", "feed.txt")
        );
    }
}
