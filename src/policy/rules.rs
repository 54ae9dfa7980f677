//! The compiled rules and the one question that is asked of them: what is to happen to this name?
//!
//! The order is fixed, and the first that speaks decides:
//!
//! 1. the operator's own rules: the most specific one, and of two for the same name the one that allows;
//! 2. the floor: names that no list may take away;
//! 3. allow lists;
//! 4. block lists, each without the names that its own exceptions lift.

use std::{fmt, sync::Arc};

use super::Shape;
use crate::{
    name::Name,
    trie::{Action, Entry, ListId, Scope, Step, Trie},
};

/// The most lists that can be in force at once.
pub const MAX_LISTS: usize = 1024;

/// What the policy knows about a list.
#[derive(Debug, Clone)]
pub struct ListInfo {
    /// The name by which the operator knows it.
    pub name: Arc<str>,
    /// What its names are: `scam`, `phishing`, …
    pub category: Arc<str>,
    /// How its blocked names are answered.
    pub shape: Shape,
    /// Whether it names what must pass, above every block list.
    pub allows: bool,
}

/// All rules in force: one immutable value, replaced as a whole.
#[derive(Debug, Default)]
pub struct Policy {
    /// The operator's own rules; their entries' list is always 0.
    pub own: Arc<Trie>,
    /// Names that no list can block; their entries' list is always 0.
    pub floor: Arc<Trie>,
    /// What lists say.
    pub lists: Arc<Trie>,
    /// The lists by their number.
    pub infos: Vec<ListInfo>,
    /// How names of the operator's own block rules are answered.
    pub own_shape: Shape,
}

/// What is to happen to a name.
#[derive(Debug)]
pub enum Verdict<'a> {
    /// No rule speaks of it.
    Pass,
    /// A rule lets it pass, whatever lists say.
    Allowed(Cause<'a>),
    /// A list that only takes note names it.
    Logged(Cause<'a>),
    /// It is blocked.
    Block(Cause<'a>),
}

/// Where a rule stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Among the operator's own.
    Own,
    /// On the floor.
    Floor,
    /// In lists.
    Lists,
}

/// The rule that decided. Whatever is said about a verdict, in an answer, a log or on a screen, starts from here.
#[derive(Debug, Clone, Copy)]
pub struct Cause<'a> {
    policy: &'a Policy,
    /// The name that was asked about.
    name: &'a Name,
    /// How many of its last labels are the rule's name.
    labels: usize,
    /// What was said there, by all lists.
    entries: &'a [Entry],
    /// The entry that decided.
    entry: Entry,
    source: Source,
    /// Whether a rule speaks of every name below, too.
    reaches_below: bool,
}

impl<'a> Cause<'a> {
    /// The name that the rule is written for.
    pub fn rule(&self) -> Name {
        self.name.suffix(self.labels)
    }

    /// How many of the checked name's last labels are the rule's name.
    pub const fn rule_labels(&self) -> usize {
        self.labels
    }

    /// The name that was checked: the query's, or one that its answer leads to.
    pub const fn name(&self) -> &'a Name {
        self.name
    }

    /// Which names the rule speaks of.
    pub const fn scope(&self) -> Scope {
        self.entry.scope
    }

    /// Where the rule stands.
    pub const fn source(&self) -> Source {
        self.source
    }

    /// The lists that have this rule, the deciding one first.
    pub fn lists(&self) -> impl Iterator<Item = &'a ListInfo> {
        let (policy, decided, name) = (self.policy, self.entry, self.name);
        let excepts = move |list| {
            let excepts = |entry: Entry| entry.list == list && entry.action == Action::Allow;
            decided.action == Action::Block && matches(&policy.lists, name).any(|(_, entry)| excepts(entry))
        };
        let others = self.entries.iter().filter(move |entry| {
            entry.list != decided.list
                && (entry.action, entry.scope) == (decided.action, decided.scope)
                && !excepts(entry.list)
        });
        let infos = std::iter::once(decided)
            .chain(others.copied())
            .filter_map(|entry| policy.infos.get(usize::from(entry.list)));
        infos.take(if self.source == Source::Lists { usize::MAX } else { 0 })
    }

    /// What kind of name it is: the deciding list's category, `own` for the operator's rules.
    pub fn category(&self) -> &'a str {
        match self.source {
            Source::Own => "own",
            Source::Floor => "floor",
            Source::Lists => self.info().map_or("other", |info| &info.category),
        }
    }

    /// How a name that this rule blocks is answered.
    pub fn shape(&self) -> Shape {
        match self.source {
            Source::Lists => self.info().map_or_else(Shape::default, |info| info.shape),
            Source::Own | Source::Floor => self.policy.own_shape,
        }
    }

    /// Whether every name below the checked one is blocked as well, so that NXDOMAIN says the truth (RFC 8020).
    pub fn everything_below(&self) -> bool {
        let Policy { own, floor, lists, .. } = self.policy;
        self.reaches_below && [own, floor, lists].iter().all(|trie| !trie.allows_below(self.name))
    }

    fn info(&self) -> Option<&'a ListInfo> {
        self.policy.infos.get(usize::from(self.entry.list))
    }
}

impl fmt::Display for Cause<'_> {
    /// `bad.example (list browser-locker)`; below a name `*.bad.example`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.entry.scope == Scope::Below {
            f.write_str("*.")?;
        }
        write!(f, "{}", self.rule())?;
        match self.source {
            Source::Own => f.write_str(" (own rule)"),
            Source::Floor => f.write_str(" (never blocked)"),
            Source::Lists => {
                for (index, list) in self.lists().enumerate() {
                    write!(f, "{}{}", if index == 0 { " (list " } else { ", " }, list.name)?;
                }
                f.write_str(")")
            }
        }
    }
}

impl Policy {
    /// How many names have a rule, in all.
    pub fn rules(&self) -> usize {
        self.own.len() + self.lists.len()
    }

    /// Octets that the rules take in memory.
    pub fn octets(&self) -> usize {
        self.own.octets() + self.floor.octets() + self.lists.octets()
    }

    /// What is to happen to `name`. No allocation, no lock; a name that no rule speaks of costs three short walks.
    pub fn decide<'a>(&'a self, name: &'a Name) -> Verdict<'a> {
        self.by_own_rules(name)
            .or_else(|| self.by_the_floor(name))
            .or_else(|| self.by_lists(name))
            .unwrap_or(Verdict::Pass)
    }

    fn by_own_rules<'a>(&'a self, name: &'a Name) -> Option<Verdict<'a>> {
        let mut decided = None;
        let mut reaches_below = false;
        for (step, entry) in matches(&self.own, name) {
            reaches_below |= entry.action == Action::Block && entry.scope != Scope::Exact;
            let deeper = decided.is_none_or(|(known, _): (Step<'_>, Entry)| step.labels > known.labels);
            if deeper || entry.action == Action::Allow {
                decided = Some((step, entry));
            }
        }
        let (step, entry) = decided?;
        let cause = self.cause(name, step, entry, Source::Own, reaches_below);
        Some(if entry.action == Action::Allow { Verdict::Allowed(cause) } else { Verdict::Block(cause) })
    }

    fn by_the_floor<'a>(&'a self, name: &'a Name) -> Option<Verdict<'a>> {
        let (step, entry) = matches(&self.floor, name).next()?;
        Some(Verdict::Allowed(self.cause(name, step, entry, Source::Floor, false)))
    }

    fn by_lists<'a>(&'a self, name: &'a Name) -> Option<Verdict<'a>> {
        let mut excepted = ListSet::default();
        let mut blocked = false;
        for (step, entry) in matches(&self.lists, name) {
            let allows = self.infos.get(usize::from(entry.list)).is_some_and(|info| info.allows);
            match entry.action {
                Action::Block => blocked = true,
                Action::Allow if allows => {
                    return Some(Verdict::Allowed(self.cause(name, step, entry, Source::Lists, false)));
                }
                _ => excepted.insert(entry.list),
            }
        }
        if blocked { self.by_block_lists(name, &excepted) } else { None }
    }

    /// The longest rule of those lists that do not except the name, or what a list that only takes note says.
    fn by_block_lists<'a>(&'a self, name: &'a Name, excepted: &ListSet) -> Option<Verdict<'a>> {
        let mut longest: Option<(Step<'a>, Entry)> = None;
        let mut logged = None;
        let mut reaches_below = false;
        for (step, entry) in matches(&self.lists, name) {
            if entry.action == Action::Allow || excepted.contains(entry.list) {
                continue;
            }
            let shape =
                self.infos.get(usize::from(entry.list)).map_or_else(Shape::default, |info| info.shape);
            if shape == Shape::Log {
                logged.get_or_insert((step, entry));
                continue;
            }
            reaches_below |= entry.scope != Scope::Exact;
            if longest.is_none_or(|(known, _)| step.labels > known.labels) {
                longest = Some((step, entry));
            }
        }
        let cause = |(step, entry)| self.cause(name, step, entry, Source::Lists, reaches_below);
        longest.map(cause).map(Verdict::Block).or_else(|| logged.map(cause).map(Verdict::Logged))
    }

    fn cause<'a>(
        &'a self,
        name: &'a Name,
        step: Step<'a>,
        entry: Entry,
        source: Source,
        reaches_below: bool,
    ) -> Cause<'a> {
        Cause { policy: self, name, labels: step.labels, entries: step.entries, entry, source, reaches_below }
    }
}

/// The entries of `trie` that speak of `name`, from the root inwards.
fn matches<'a>(trie: &'a Trie, name: &'a Name) -> impl Iterator<Item = (Step<'a>, Entry)> {
    trie.walk(name).flat_map(move |step| {
        let at_name = step.labels == name.label_count();
        step.entries.iter().filter(move |entry| entry.speaks_of(at_name)).map(move |entry| (step, *entry))
    })
}

/// A set of lists on the stack.
struct ListSet([u64; MAX_LISTS / 64]);

impl Default for ListSet {
    fn default() -> Self {
        Self([0; MAX_LISTS / 64])
    }
}

impl ListSet {
    fn insert(&mut self, list: ListId) {
        if let Some(word) = self.0.get_mut(usize::from(list) / 64) {
            *word |= 1 << (list % 64);
        }
    }

    fn contains(&self, list: ListId) -> bool {
        self.0.get(usize::from(list) / 64).is_some_and(|word| word & 1 << (list % 64) != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trie::Builder;

    /// `block a`, `allow *.a`, `block =a` (that name alone), each with a list's number.
    fn trie(rules: &[(ListId, &str)]) -> Trie {
        let mut builder = Builder::default();
        for (list, rule) in rules {
            let (action, pattern) = rule.split_once(' ').unwrap();
            let action = if action == "allow" { Action::Allow } else { Action::Block };
            let (scope, text) = match pattern.as_bytes()[0] {
                b'=' => (Scope::Exact, &pattern[1..]),
                b'*' => (Scope::Below, &pattern[2..]),
                _ => (Scope::Subtree, pattern),
            };
            builder.insert(&text.parse().unwrap(), Entry::new(*list, scope, action)).unwrap();
        }
        builder.finish()
    }

    fn info(name: &str, shape: Shape, allows: bool) -> ListInfo {
        ListInfo { name: name.into(), category: "scam".into(), shape, allows }
    }

    /// Lists 0 and 1 block, 2 allows, 3 only takes note.
    fn policy(own: &[&str], floor: &[&str], lists: &[(ListId, &str)]) -> Policy {
        let own: Vec<_> = own.iter().map(|rule| (0, *rule)).collect();
        let floor: Vec<_> = floor.iter().map(|rule| (0, *rule)).collect();
        Policy {
            own: trie(&own).into(),
            floor: trie(&floor).into(),
            lists: trie(lists).into(),
            infos: vec![
                info("zero", Shape::Page, false),
                info("one", Shape::Null, false),
                info("good", Shape::Page, true),
                info("note", Shape::Log, false),
            ],
            own_shape: Shape::Page,
        }
    }

    fn decide(policy: &Policy, name: &str) -> String {
        let name = name.parse().unwrap();
        match policy.decide(&name) {
            Verdict::Pass => "pass".into(),
            Verdict::Allowed(cause) => format!("allowed by {cause}"),
            Verdict::Logged(cause) => format!("logged by {cause}"),
            Verdict::Block(cause) => format!("blocked by {cause}"),
        }
    }

    #[test]
    fn scopes_end_where_they_say() {
        let policy = policy(
            &[],
            &[],
            &[(0, "block =exact.example"), (0, "block tree.example"), (0, "block *.wild.example")],
        );
        for (name, expected) in [
            ("exact.example", "blocked by exact.example (list zero)"),
            ("www.exact.example", "pass"),
            ("tree.example", "blocked by tree.example (list zero)"),
            ("a.b.tree.example", "blocked by tree.example (list zero)"),
            ("wild.example", "pass"),
            ("a.wild.example", "blocked by *.wild.example (list zero)"),
            ("example", "pass"),
        ] {
            assert_eq!(decide(&policy, name), expected, "{name}");
        }
    }

    #[test]
    fn own_rules_stand_above_all_and_the_most_specific_decides() {
        let policy = policy(
            &[
                "allow ok.bad.example",
                "block deep.ok.bad.example",
                "block both.example",
                "allow both.example",
                "block time.example",
            ],
            &["allow time.example"],
            &[(0, "block bad.example")],
        );
        assert_eq!(decide(&policy, "www.ok.bad.example"), "allowed by ok.bad.example (own rule)");
        assert_eq!(decide(&policy, "x.deep.ok.bad.example"), "blocked by deep.ok.bad.example (own rule)");
        assert_eq!(decide(&policy, "both.example"), "allowed by both.example (own rule)");
        assert_eq!(decide(&policy, "time.example"), "blocked by time.example (own rule)");
        assert_eq!(decide(&policy, "bad.example"), "blocked by bad.example (list zero)");
    }

    #[test]
    fn no_list_gets_below_the_floor() {
        let policy =
            policy(&[], &["allow police.example"], &[(0, "block example"), (1, "block www.police.example")]);
        assert_eq!(decide(&policy, "www.police.example"), "allowed by police.example (never blocked)");
        assert_eq!(decide(&policy, "other.example"), "blocked by example (list zero)");
    }

    #[test]
    fn allow_lists_beat_block_lists_of_any_length() {
        let policy = policy(&[], &[], &[(2, "allow good.example"), (0, "block www.good.example")]);
        assert_eq!(decide(&policy, "www.good.example"), "allowed by good.example (list good)");
    }

    #[test]
    fn an_exception_lifts_its_own_lists_rules_and_no_others() {
        let policy = policy(
            &[],
            &[],
            &[(0, "allow com"), (0, "block bad.com"), (1, "block worse.com"), (0, "block worse.com")],
        );
        assert_eq!(decide(&policy, "bad.com"), "pass");
        assert_eq!(decide(&policy, "worse.com"), "blocked by worse.com (list one)");
    }

    #[test]
    fn a_list_that_only_takes_note_blocks_nothing_and_hides_nothing() {
        let policy = policy(
            &[],
            &[],
            &[(3, "block www.bad.example"), (1, "block bad.example"), (3, "block noted.example")],
        );
        assert_eq!(decide(&policy, "www.bad.example"), "blocked by bad.example (list one)");
        assert_eq!(decide(&policy, "noted.example"), "logged by noted.example (list note)");
    }

    #[test]
    fn all_lists_that_have_the_rule_are_named() {
        let policy = policy(&[], &[], &[(1, "block bad.example"), (0, "block bad.example")]);
        assert_eq!(decide(&policy, "bad.example"), "blocked by bad.example (list zero, one)");
    }

    #[test]
    fn everything_below_is_blocked_only_if_nothing_below_is_allowed() {
        let policy = policy(
            &["allow ok.mine.example"],
            &[],
            &[
                (0, "block tree.example"),
                (0, "block =exact.example"),
                (0, "block hole.example"),
                (0, "allow ok.hole.example"),
                (0, "block mine.example"),
                (0, "block =x.tree.example"),
            ],
        );
        for (text, expected) in [
            ("tree.example", true),
            ("a.tree.example", true),
            ("x.tree.example", true),
            ("exact.example", false),
            ("hole.example", false),
            ("a.hole.example", true),
            ("mine.example", false),
        ] {
            let name = text.parse().unwrap();
            let Verdict::Block(cause) = policy.decide(&name) else { panic!("{text} is not blocked") };
            assert_eq!(cause.everything_below(), expected, "{text}");
        }
    }
}
