//! The operator's own rules: names, and regular expressions for names. They stand above all lists, and are few, so they
//! are put in force by themselves, beside lists of any size.

use super::{Shape, patterns::Patterns};
use crate::{
    name::Name,
    trie::{Action, Entry, Overlay, Scope},
};

/// What a regular expression that lets pass says of a name in which it is found.
const ALLOWS: [Entry; 1] = [Entry::new(0, Scope::Exact, Action::Allow)];
/// What one that blocks says.
const BLOCKS: [Entry; 1] = [Entry::new(0, Scope::Exact, Action::Block)];

/// All of them.
#[derive(Debug, Default)]
pub struct OwnRules {
    /// Rules about names; their entries' list is always 0.
    pub names: Overlay,
    /// Expressions for names that pass.
    pub allowed: Patterns,
    /// Expressions for names that are blocked.
    pub blocked: Patterns,
    /// How blocked names are answered.
    pub shape: Shape,
}

impl OwnRules {
    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.names.len() + self.allowed.len() + self.blocked.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.names.is_empty() && self.allowed.is_empty() && self.blocked.is_empty()
    }

    /// Octets that they take in memory.
    pub fn octets(&self) -> usize {
        self.names.octets() + self.allowed.octets() + self.blocked.octets()
    }

    /// Whether some rule for a name below `name` may let it pass. An expression may, as far as anybody knows.
    pub(super) fn allows_below(&self, name: &Name) -> bool {
        !self.allowed.is_empty() || self.names.allows_below(name)
    }

    /// An expression that speaks of the name, with what it says. One that lets pass comes before one that blocks.
    pub(super) fn find(&self, name: &Name) -> Option<(&str, &'static [Entry])> {
        let allowing = self.allowed.find(name).map(|pattern| (pattern, &ALLOWS[..]));
        allowing.or_else(|| self.blocked.find(name).map(|pattern| (pattern, &BLOCKS[..])))
    }
}
