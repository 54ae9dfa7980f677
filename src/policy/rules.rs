//! The compiled rules and the one question that is asked of them: what is to happen to this query?
//!
//! The order is fixed, and the first that speaks decides:
//!
//! 1. the operator's own rules: the most specific one, and of two for the same name the one that allows; then their
//!    regular expressions, those that allow first;
//! 2. the floor: names that no list may take away;
//! 3. allow lists;
//! 4. block lists, each without the names that its own exceptions lift.
//!
//! Within one list, adblock's marks are weighed first (`$important`, then `@@`), then what is more specific: RPZ's
//! PASSTHRU lets a name pass unless a longer rule speaks of it. Between lists the longest rule decides, and of two as
//! long the list that stands first in the configuration.

use std::{net::IpAddr, sync::Arc};

use super::{
    OwnRules, Shape,
    cause::{Cause, ListInfo, Source},
    lists::ListRules,
};
use crate::{
    name::{MAX_LABELS, Name},
    trie::{Action, Ahead, Entry, ListId, Overlay, Rules, Scope, Step},
};

/// The most lists that can be in force at once.
pub const MAX_LISTS: usize = 1024;

/// All rules in force: one immutable value, replaced as a whole.
#[derive(Debug, Default)]
pub struct Policy {
    /// The operator's own rules.
    pub own: Arc<OwnRules>,
    /// Names that no list can block; their entries' list is always 0.
    pub floor: Arc<Overlay>,
    /// What lists say.
    pub lists: Arc<ListRules>,
    /// The lists by their number.
    pub infos: Arc<[ListInfo]>,
}

/// What is to happen to a name.
#[derive(Debug)]
pub enum Verdict<'a> {
    /// No rule speaks of it.
    Pass,
    /// A rule lets it pass, whatever lists say.
    Allowed(Cause<'a>),
    /// Lists block it, and the operator has lifted that for this client, for a time: said by the engine, which knows what
    /// is lifted.
    Lifted,
    /// A list that only takes note names it.
    Logged(Cause<'a>),
    /// It passes over TCP; over UDP the answer says to ask again so.
    TcpOnly(Cause<'a>),
    /// It is blocked.
    Block(Cause<'a>),
}

impl<'a> Verdict<'a> {
    /// The verdict of a rule that does not let pass.
    pub(super) fn stopped_by(cause: Cause<'a>) -> Self {
        if cause.entry.action == Action::TcpOnly { Self::TcpOnly(cause) } else { Self::Block(cause) }
    }
}

impl Policy {
    /// The same with other rules of the operator's: what lists say is shared.
    #[must_use]
    pub fn with_own(&self, own: Arc<OwnRules>) -> Self {
        Self { own, floor: self.floor.clone(), lists: self.lists.clone(), infos: self.infos.clone() }
    }

    /// One by which every name passes. It knows the lists by their number still.
    #[must_use]
    pub fn without_rules(&self) -> Self {
        Self { infos: self.infos.clone(), ..Self::default() }
    }

    /// How many names and networks have a rule, in all.
    pub fn rules(&self) -> usize {
        self.own.len() + self.lists.len()
    }

    /// Octets that the rules take in memory.
    pub fn octets(&self) -> usize {
        self.own.octets() + self.floor.octets() + self.lists.octets()
    }

    /// What is to happen to a query of type `qtype` for `name`, whoever asks. No allocation, no lock; a name that no
    /// rule speaks of costs three short walks.
    pub fn decide<'a>(&'a self, name: &'a Name, qtype: u16) -> Verdict<'a> {
        self.decide_for(name, qtype, None, Ahead::NOTHING)
    }

    /// Looks at names that will be decided of next, so that memory is asked for what they need all at once.
    pub fn look_ahead(&self, names: &[Option<&Name>], ahead: &mut [Ahead]) {
        self.lists.names.look_ahead(names, ahead);
    }

    /// What is to happen to a query of this client. `ahead` is what [`Policy::look_ahead`] told of its name.
    pub fn decide_for<'a>(
        &'a self,
        name: &'a Name,
        qtype: u16,
        client: Option<IpAddr>,
        ahead: &'a Ahead,
    ) -> Verdict<'a> {
        self.by_own_rules(name, qtype)
            .or_else(|| self.by_the_floor(name, qtype))
            .or_else(|| match client.filter(|_| !self.lists.clients.is_empty()) {
                None => self.by_lists((name, qtype), ahead, Marks::default()),
                Some(client) => self.by_client((name, qtype), ahead, client),
            })
            .unwrap_or(Verdict::Pass)
    }

    /// Whether a name below `name` may be answered otherwise than by a block.
    pub(super) fn may_let_pass_below(&self, name: &Name) -> bool {
        self.own.allows_below(name) || self.floor.allows_below(name) || self.lists.names.allows_below(name)
    }

    /// Whether a list's own exception lifts its rules for `name`.
    pub(super) fn excepts(&self, list: ListId, name: &Name, qtype: u16) -> bool {
        let found = matches(&self.lists.names, name);
        let mut of_list = found.map(|(_, entry)| entry).filter(|entry| entry.list == list);
        of_list.any(|entry| entry.action == Action::Allow && self.lists.holds_for(entry, qtype))
    }

    fn by_own_rules<'a>(&'a self, name: &'a Name, qtype: u16) -> Option<Verdict<'a>> {
        if self.own.is_empty() {
            return None;
        }
        let mut decided = None;
        let mut reaches_below = false;
        for (step, entry) in matches(&self.own.names, name) {
            reaches_below |= entry.action == Action::Block && entry.scope != Scope::Exact;
            let deeper = decided.is_none_or(|found: Found<'_>| step.labels > found.step.labels);
            if deeper || entry.action == Action::Allow {
                decided = Some(Found { step, entry });
            }
        }
        let (found, pattern) = if let Some(found) = decided {
            (found, None)
        } else {
            let (pattern, entries) = self.own.find(name)?;
            let step = Step { labels: name.label_count(), entries };
            (Found { step, entry: entries[0] }, Some(pattern))
        };
        let cause = Cause { pattern, ..self.cause((name, qtype), found, Source::Own, reaches_below) };
        Some(if found.entry.action == Action::Allow {
            Verdict::Allowed(cause)
        } else {
            Verdict::Block(cause)
        })
    }

    fn by_the_floor<'a>(&'a self, name: &'a Name, qtype: u16) -> Option<Verdict<'a>> {
        // Every name that is no rule of the operator's comes here, so it is no more than a loop.
        let (step, entry) = self.floor.walk(name).find_map(|step| {
            let at_name = step.labels == name.label_count();
            let entry = step.entries.iter().find(|entry| entry.speaks_of(at_name))?;
            Some((step, *entry))
        })?;
        Some(Verdict::Allowed(self.cause((name, qtype), Found { step, entry }, Source::Floor, false)))
    }

    /// What a list says of the client comes before what it says of the name.
    fn by_client<'a>(
        &'a self,
        query: (&'a Name, u16),
        ahead: &'a Ahead,
        client: IpAddr,
    ) -> Option<Verdict<'a>> {
        let mut marks = Marks::default();
        let found = self.by_network(&self.lists.clients, client, query, &mut marks.importantly_excepted);
        found.or_else(|| self.by_lists(query, ahead, marks))
    }

    fn by_lists<'a>(
        &'a self,
        (name, qtype): (&'a Name, u16),
        ahead: &'a Ahead,
        marks: Marks,
    ) -> Option<Verdict<'a>> {
        // Most names end here: no list speaks of them or of a name above them.
        let mut walk = self.lists.names.walk_on(name, ahead);
        let first = walk.next()?;
        let second = walk.next();
        if let ([entry], None) = (first.entries, second)
            && let Some(verdict) =
                self.by_one_rule(Found { step: first, entry: *entry }, (name, qtype), &marks)
        {
            return Some(verdict);
        }
        let mut few = [first; FEW_STEPS];
        let taken = 1 + fill(&mut few[1..], &mut second.into_iter().chain(&mut walk));
        match walk.next() {
            None => self.by_steps(&Steps(&few[..taken]), (name, qtype), marks),
            Some(_) => self.by_many_steps((name, qtype), marks),
        }
    }

    /// The verdict of a rule that no other stands beside, as nearly every rule is found; `None` if there is more to it.
    fn by_one_rule<'a>(
        &'a self,
        found: Found<'a>,
        (name, qtype): (&'a Name, u16),
        marks: &Marks,
    ) -> Option<Verdict<'a>> {
        let entry = found.entry;
        let plain = entry.action == Action::Block && entry.types == 0 && found.speaks_of(name);
        let blocks = plain && !marks.lift(entry) && !self.takes_note(entry.list);
        blocks.then(|| Verdict::Block(self.cause((name, qtype), found, Source::Lists, entry.reaches_below())))
    }

    /// For names on whose way there are more rules than on that of real ones.
    #[cold]
    fn by_many_steps<'a>(&'a self, (name, qtype): (&'a Name, u16), marks: Marks) -> Option<Verdict<'a>> {
        let mut walk = self.lists.names.walk(name);
        let mut all = [walk.next()?; MAX_LABELS + 1];
        let taken = 1 + fill(&mut all[1..], &mut walk);
        self.by_steps(&Steps(&all[..taken]), (name, qtype), marks)
    }

    fn by_steps<'a>(
        &'a self,
        steps: &Steps<'_, 'a>,
        (name, qtype): (&'a Name, u16),
        mut marks: Marks,
    ) -> Option<Verdict<'a>> {
        let mut blocked = false;
        for found in steps.speaking_of(name).filter(|found| self.lists.holds_for(found.entry, qtype)) {
            match found.entry.action {
                Action::Allow | Action::Pass if self.is_allow_list(found.entry.list) => {
                    return Some(Verdict::Allowed(self.cause((name, qtype), found, Source::Lists, false)));
                }
                Action::Allow => marks.allow(found.entry),
                Action::Pass | Action::Spare(_) => marks.others = true,
                _ => blocked = true,
            }
        }
        if blocked { self.by_block_lists(steps, (name, qtype), &marks) } else { None }
    }

    /// The longest rule of those lists that do not except the name, or what a list that only takes note says.
    fn by_block_lists<'a>(
        &'a self,
        steps: &Steps<'_, 'a>,
        (name, qtype): (&'a Name, u16),
        marks: &Marks,
    ) -> Option<Verdict<'a>> {
        let mut longest: Option<Found<'a>> = None;
        let mut logged = None;
        let mut reaches_below = false;
        for found in steps.all() {
            let entry = found.entry;
            let lifted = !entry.action.stops()
                || !self.lists.holds_for(entry, qtype)
                || marks.lift(entry)
                || marks.others && steps.lift(found, name);
            if lifted {
                continue;
            }
            if self.takes_note(entry.list) {
                logged = logged.or(Some(found).filter(|found| found.speaks_of(name)));
                continue;
            }
            reaches_below |= entry.reaches_below();
            if !found.speaks_of(name) {
                // `*.name` says nothing of the name itself, only whether anything is left below.
                continue;
            }
            if longest.is_none_or(|known| found.step.labels > known.step.labels) {
                longest = Some(found);
            }
        }
        let cause = |found| self.cause((name, qtype), found, Source::Lists, reaches_below);
        longest.map(cause).map(Verdict::stopped_by).or_else(|| logged.map(cause).map(Verdict::Logged))
    }

    /// Whether a list blocks nothing, and what it names is only counted.
    pub(super) fn takes_note(&self, list: ListId) -> bool {
        self.infos.get(usize::from(list)).is_some_and(|info| info.shape == Shape::Log)
    }

    fn is_allow_list(&self, list: ListId) -> bool {
        self.infos.get(usize::from(list)).is_some_and(|info| info.allows)
    }

    fn cause<'a>(
        &'a self,
        (name, qtype): (&'a Name, u16),
        found: Found<'a>,
        source: Source,
        reaches_below: bool,
    ) -> Cause<'a> {
        let Found { step: Step { labels, entries }, entry } = found;
        Cause {
            policy: self,
            name,
            qtype,
            labels,
            network: None,
            pattern: None,
            entries,
            entry,
            source,
            reaches_below,
        }
    }
}

/// An entry, and where it stands.
#[derive(Debug, Clone, Copy)]
struct Found<'a> {
    step: Step<'a>,
    entry: Entry,
}

impl Found<'_> {
    fn speaks_of(&self, name: &Name) -> bool {
        self.entry.speaks_of(self.step.labels == name.label_count())
    }
}

/// The entries that speak of `name`, from the root inwards.
pub(super) fn matches<'a>(rules: &'a impl Rules, name: &'a Name) -> impl Iterator<Item = (Step<'a>, Entry)> {
    rules.walk(name).flat_map(move |step| {
        let at_name = step.labels == name.label_count();
        let speaking = step.entries.iter().filter(move |entry| entry.speaks_of(at_name));
        speaking.map(move |&entry| (step, entry))
    })
}

/// So many steps have room where they cost little to set up.
const FEW_STEPS: usize = 8;

/// Takes steps as long as there are any and there is room for them: how many there were.
fn fill<'a>(steps: &mut [Step<'a>], walk: &mut impl Iterator<Item = Step<'a>>) -> usize {
    let slots = steps.iter_mut();
    slots.zip(walk).map(|(slot, step)| *slot = step).count()
}

/// What lists say on the way to a name, so that several looks at it cost one walk.
struct Steps<'s, 'a>(&'s [Step<'a>]);

impl<'a> Steps<'_, 'a> {
    /// All entries, from the root inwards.
    fn all(&self) -> impl Iterator<Item = Found<'a>> {
        let found = |step: Step<'a>| step.entries.iter().map(move |&entry| Found { step, entry });
        self.0.iter().flat_map(move |&step| found(step))
    }

    /// The entries that speak of `name`, from the root inwards.
    fn speaking_of(&self, name: &Name) -> impl Iterator<Item = Found<'a>> {
        self.all().filter(|found| found.speaks_of(name))
    }

    /// Whether the list of a rule lets the name pass after all: by a rule at least as specific, or by one that spares
    /// the name from this very rule.
    fn lift(&self, rule: Found<'a>, name: &Name) -> bool {
        self.speaking_of(name).filter(|found| found.entry.list == rule.entry.list).any(|found| {
            match found.entry.action {
                Action::Pass => {
                    // At one name, a rule for that name alone is more specific than one for those below.
                    found.step.labels > rule.step.labels
                        || found.step.labels == rule.step.labels && found.entry.scope <= rule.entry.scope
                }
                Action::Spare(labels) => rule.entry.spares && usize::from(labels) == rule.step.labels,
                _ => false,
            }
        })
    }
}

/// What exceptions the lists make.
#[derive(Default)]
struct Marks {
    excepted: ListSet,
    importantly_excepted: ListSet,
    /// Whether there is an exception that depends on what it excepts.
    others: bool,
}

impl Marks {
    fn allow(&mut self, entry: Entry) {
        let set = if entry.important { &mut self.importantly_excepted } else { &mut self.excepted };
        set.insert(entry.list);
    }

    /// Whether the rule's list excepts the name outright.
    fn lift(&self, rule: Entry) -> bool {
        self.importantly_excepted.contains(rule.list) || !rule.important && self.excepted.contains(rule.list)
    }
}

/// A set of lists on the stack.
#[derive(Clone)]
pub(super) struct ListSet([u64; MAX_LISTS / 64]);

impl Default for ListSet {
    fn default() -> Self {
        Self([0; MAX_LISTS / 64])
    }
}

impl ListSet {
    pub(super) fn insert(&mut self, list: ListId) {
        if let Some(word) = self.0.get_mut(usize::from(list) / 64) {
            *word |= 1 << (list % 64);
        }
    }

    pub(super) fn contains(&self, list: ListId) -> bool {
        self.0.get(usize::from(list) / 64).is_some_and(|word| word & 1 << (list % 64) != 0)
    }
}

#[cfg(test)]
mod tests;
