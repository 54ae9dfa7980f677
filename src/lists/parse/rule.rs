//! What one line of a list says, in the words that all formats share.

use ipnet::IpNet;

pub use crate::policy::{Record, Types};
use crate::{
    name::Name,
    trie::{Negative, Scope},
};

/// One rule: when it speaks, and what it does then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule<'a> {
    /// What it looks at.
    pub trigger: Trigger<'a>,
    /// What it does.
    pub effect: Effect<'a>,
    /// Whether it stands above the same list's rules without this mark: adblock's `$important`.
    pub important: bool,
    /// The types of query that it holds for; `None` for all.
    pub types: Option<&'a Types>,
    /// Names below the rule's own that it does not speak of, each with all below: adblock's `$denyallow`.
    pub spared: &'a [Name],
}

impl<'a> Rule<'a> {
    /// A rule about a name, without conditions.
    pub const fn of_name(name: &'a Name, scope: Scope, effect: Effect<'a>) -> Self {
        Self { trigger: Trigger::Name(name, scope), effect, important: false, types: None, spared: &[] }
    }

    /// The name that it looks for, if it looks for one, and which names are meant.
    pub const fn name(&self) -> Option<(&'a Name, Scope)> {
        match self.trigger {
            Trigger::Name(name, scope) => Some((name, scope)),
            _ => None,
        }
    }
}

/// What a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger<'a> {
    /// A name in the query, or one that its answer leads to.
    Name(&'a Name, Scope),
    /// An address in the answer: RPZ's `rpz-ip`.
    Address(IpNet),
    /// The address of whoever asks: RPZ's `rpz-client-ip`.
    Client(IpNet),
    /// The name of a server that is authoritative for the name: RPZ's `rpz-nsdname`.
    Server(&'a Name, Scope),
    /// That server's address: RPZ's `rpz-nsip`.
    ServerAddress(IpNet),
}

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect<'a> {
    /// Blocks; the list's category says how that is answered.
    Block,
    /// Blocks, and names the negative answer that the list's author would give.
    Negative(Negative),
    /// Lets pass, whatever else the same list says of the name: adblock's `@@`.
    Allow,
    /// Lets pass, unless a more specific rule of the same list speaks of the name: RPZ's PASSTHRU, dnsmasq's
    /// `server=/name/#`, unbound's `transparent`.
    Pass,
    /// Gives no answer: RPZ's DROP.
    Drop,
    /// Answers over TCP alone: RPZ's TCP-only.
    TcpOnly,
    /// Answers with this record, and others that the list has for the same trigger: RPZ's local data.
    Data(&'a Record),
}

impl Effect<'_> {
    /// Whether it lets names pass.
    pub const fn lets_pass(self) -> bool {
        matches!(self, Self::Allow | Self::Pass)
    }
}
