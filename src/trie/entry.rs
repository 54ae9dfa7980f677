//! What lists say of a name: the small values that hang on names in the rule set.

use serde::{Deserialize, Serialize};

/// Which names a rule speaks of, seen from the name that it is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scope {
    /// That name alone.
    Exact,
    /// That name and every name below it.
    Subtree,
    /// Every name below it, but not the name itself (`*.example.com`).
    Below,
}

/// A negative answer that a list itself asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Negative {
    /// There is no such name.
    Nxdomain,
    /// There is nothing of that type.
    Nodata,
    /// No answer is given.
    Refused,
}

/// What a rule does to the names it speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Action {
    /// Block them; the list's category says how that is answered.
    Block,
    /// Block them, and the list says how that is answered; which counts only where the operator lets the list decide.
    Negative(Negative),
    /// Let them pass, whatever else the same list says of them: adblock's `@@`.
    Allow,
    /// Let them pass, unless a more specific rule of the same list speaks of them: RPZ's PASSTHRU, dnsmasq's
    /// `server=/name/#`.
    Pass,
    /// Let them pass as far as this list's rules for the ancestor of so many labels are concerned, if those bear
    /// [`Entry::spares`]: adblock's `$denyallow`.
    Spare(u8),
    /// Give no answer: RPZ's DROP.
    Drop,
    /// Answer over TCP alone: RPZ's TCP-only.
    TcpOnly,
    /// Answer with a record of the list's own, by its number: RPZ's local data.
    Data(u32),
}

impl Action {
    /// Whether it keeps a query from being answered as it would be without the rule.
    pub const fn stops(self) -> bool {
        !matches!(self, Self::Allow | Self::Pass | Self::Spare(_))
    }
}

/// A list's number: its place in the order of the configuration.
pub type ListId = u16;

/// A set of query types' number; 0 means every type.
pub type TypesId = u16;

/// What one list says of one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entry {
    /// Which list says it.
    pub list: ListId,
    /// Which names it says it of.
    pub scope: Scope,
    /// What is to happen to them.
    pub action: Action,
    /// Whether it stands above the same list's rules without this mark: adblock's `$important`.
    pub important: bool,
    /// Whether [`Action::Spare`] further down lifts it.
    pub spares: bool,
    /// For which types of query it holds.
    pub types: TypesId,
}

impl Entry {
    /// An entry without conditions.
    pub const fn new(list: ListId, scope: Scope, action: Action) -> Self {
        Self { list, scope, action, important: false, spares: false, types: 0 }
    }

    /// Whether this entry, written for a name, speaks of that very name (`at_name`) or of one below it.
    pub const fn speaks_of(self, at_name: bool) -> bool {
        match self.scope {
            Scope::Exact => at_name,
            Scope::Subtree => true,
            Scope::Below => !at_name,
        }
    }

    /// Whether it blocks all names below the one that it is written for, whatever is asked about them.
    pub const fn reaches_below(self) -> bool {
        !matches!(self.scope, Scope::Exact) && !self.may_let_pass()
    }

    /// Whether some query for a name that it speaks of may be answered otherwise than by a block.
    pub const fn may_let_pass(self) -> bool {
        !matches!(self.action, Action::Block | Action::Negative(_)) || self.types != 0
    }
}
