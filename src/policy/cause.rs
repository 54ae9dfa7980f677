//! Why a verdict fell: the rule that decided, and what it asks for.

use std::{fmt, sync::Arc};

use ipnet::IpNet;

use super::{Policy, Record, Shape};
use crate::{
    message::rtype,
    name::Name,
    trie::{Action, Entry, Negative, Scope},
};

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
    pub(super) policy: &'a Policy,
    /// The name that was asked about.
    pub(super) name: &'a Name,
    /// The type that was asked for.
    pub(super) qtype: u16,
    /// How many of the name's last labels are the rule's name.
    pub(super) labels: usize,
    /// The network that the rule is written for, if it is about an address.
    pub(super) network: Option<IpNet>,
    /// The regular expression, if the rule is one.
    pub(super) pattern: Option<&'a str>,
    /// What was said there, by all lists.
    pub(super) entries: &'a [Entry],
    /// The entry that decided.
    pub(super) entry: Entry,
    pub(super) source: Source,
    /// Whether a rule speaks of every name below, too, whatever the type of the query.
    pub(super) reaches_below: bool,
}

/// What a rule asks for in place of the true answer.
#[derive(Debug, Clone, Copy)]
pub enum Response<'a> {
    /// An answer of this shape.
    Shape(Shape),
    /// No answer at all.
    Drop,
    /// Records of the list's own.
    Data(&'a Cause<'a>),
}

/// What the policy knows about a list.
#[derive(Debug, Clone)]
pub struct ListInfo {
    /// The name by which the operator knows it.
    pub name: Arc<str>,
    /// What its names are: `scam`, `phishing`, …
    pub category: Arc<str>,
    /// How its blocked names are answered.
    pub shape: Shape,
    /// Whether the negative answers that the list itself names are given instead (`policy = "given"`).
    pub given: bool,
    /// Whether it names what must pass, above every block list.
    pub allows: bool,
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

    /// The network that the rule is written for, if it is about an address and not about a name.
    pub const fn network(&self) -> Option<IpNet> {
        self.network
    }

    /// The regular expression that the rule is, if it is one and not about a name.
    pub const fn pattern(&self) -> Option<&'a str> {
        self.pattern
    }

    /// Which names the rule speaks of.
    pub const fn scope(&self) -> Scope {
        self.entry.scope
    }

    /// Where the rule stands.
    pub const fn source(&self) -> Source {
        self.source
    }

    /// What the rule asks for.
    pub fn response(&'a self) -> Response<'a> {
        match self.entry.action {
            Action::Drop => Response::Drop,
            Action::Data(_) => Response::Data(self),
            _ => Response::Shape(self.shape()),
        }
    }

    /// The records that stand beside the deciding one: all that its list has for these names.
    pub fn records(&self) -> impl Iterator<Item = &'a Record> {
        let Entry { list, scope, types, .. } = self.entry;
        let beside = move |entry: &&Entry| (entry.list, entry.scope, entry.types) == (list, scope, types);
        let records = &self.policy.lists.records;
        self.entries.iter().filter(beside).filter_map(|entry| match entry.action {
            Action::Data(number) => records.get(number as usize),
            _ => None,
        })
    }

    /// Where the list's own records lead: the target of their CNAME, for this name. `None` without one, or where the
    /// name would become too long.
    pub fn alias(&self) -> Option<Name> {
        let alias = self.records().find(|record| record.rtype == rtype::CNAME)?;
        let (target, _) = Name::from_wire(&alias.data).ok()?;
        match target.label(0) {
            Some(b"*") => self.name.joined_to(&target.suffix(target.label_count() - 1)),
            _ => Some(target),
        }
    }

    /// The lists that have this rule, the deciding one first.
    pub fn lists(&self) -> impl Iterator<Item = &'a ListInfo> {
        let (policy, decided, name, qtype) = (self.policy, self.entry, self.name, self.qtype);
        let blocks = |entry: Entry| matches!(entry.action, Action::Block | Action::Negative(_));
        let mut last = decided.list;
        let others = self.entries.iter().filter(move |entry| {
            (blocks(**entry), entry.scope) == (blocks(decided), decided.scope)
                && entry.list != decided.list
                && policy.lists.holds_for(**entry, qtype)
                && !(blocks(decided) && policy.excepts(entry.list, name, qtype))
                // One list may say the same in two ways.
                && std::mem::replace(&mut last, entry.list) != entry.list
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
        let Some(info) = self.info().filter(|_| self.source == Source::Lists) else {
            return self.policy.own.shape;
        };
        match self.entry.action {
            Action::Negative(negative) if info.given => match negative {
                Negative::Nxdomain => Shape::Nxdomain,
                Negative::Nodata => Shape::Nodata,
                Negative::Refused => Shape::Refused,
            },
            _ => info.shape,
        }
    }

    /// Whether every name below the checked one is blocked as well, so that NXDOMAIN says the truth (RFC 8020).
    pub fn everything_below(&self) -> bool {
        self.reaches_below && !self.policy.may_let_pass_below(self.name)
    }

    fn info(&self) -> Option<&'a ListInfo> {
        self.policy.infos.get(usize::from(self.entry.list))
    }
}

impl Cause<'_> {
    /// Writes it as it is displayed: `bad.example (list browser-locker)`; below a name `*.bad.example`, for an address
    /// `192.0.2.0/24`, for a regular expression `/support-[0-9]/`.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write_to(&self, out: &mut impl fmt::Write) -> fmt::Result {
        match (self.network, self.pattern, self.entry.scope) {
            (Some(network), _, _) => write!(out, "{network}")?,
            (None, Some(pattern), _) => {
                out.write_char('/')?;
                out.write_str(pattern)?;
                out.write_char('/')?;
            }
            (None, None, Scope::Below) => {
                out.write_str("*.")?;
                self.name.write_suffix(self.labels, out)?;
            }
            (None, None, _) => self.name.write_suffix(self.labels, out)?,
        }
        match self.source {
            Source::Own => out.write_str(" (own rule)"),
            Source::Floor => out.write_str(" (never blocked)"),
            Source::Lists => {
                for (index, list) in self.lists().enumerate() {
                    out.write_str(if index == 0 { " (list " } else { ", " })?;
                    out.write_str(&list.name)?;
                }
                out.write_str(")")
            }
        }
    }
}

impl fmt::Display for Cause<'_> {
    /// As [`Cause::write_to`] writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_to(f)
    }
}
