//! What a list may say: rules that would take away what very many people need are objected to. Pure.
//!
//! Lists of strangers have faults: `www.bing.com`, `r2.dev` and whole public suffixes have stood in them for weeks. An
//! objection says which rule that is and why. What becomes of it is for [`Guarding`]: a rule of strangers is held back,
//! in [quarantine](super::quarantine), until the operator releases it; a rule in the operator's own file is applied and
//! told. Only rules that block or answer are judged: what lets pass takes nothing away.
//!
//! A rule is objected to if it names, or reaches from above,
//!
//! - a public suffix (itself only: what stands below one is for the next two);
//! - a host that strangers share;
//! - a popular name, which also covers `www.` in front of one. A name *below* a popular one is no concern: it may be
//!   the site of anybody;
//! - a name of the floor. The floor stands above lists anyway; a list that names it is to be looked at.
//!
//! A rule about addresses is objected to where it speaks of more of them than one company has, or of those that are
//! used within networks.

mod networks;
pub mod publication;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{
    names::{Key, Names},
    parse::{Rule, Trigger, UnknownWord},
    suffixes::{self, Suffixes},
};
use crate::{name::Name, trie::Scope};

/// What a list's rules are measured against.
#[derive(Debug, Clone, Default, Hash)]
pub struct Guard {
    suffixes: Suffixes,
    popular: Names,
    floor: Names,
}

/// What becomes of rules that are objected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Guarding {
    /// Report for files of the operator's.
    #[default]
    Auto,
    /// They are held back until they are released.
    Quarantine,
    /// They are applied, and told.
    Report,
    /// They are applied.
    Off,
}

impl fmt::Display for Guarding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Quarantine => "quarantine",
            Self::Report => "report",
            Self::Off => "off",
        })
    }
}

impl FromStr for Guarding {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "auto" => Ok(Self::Auto),
            "quarantine" => Ok(Self::Quarantine),
            "report" => Ok(Self::Report),
            "off" => Ok(Self::Off),
            _ => Err(UnknownWord { known: "auto, quarantine, report, off" }),
        }
    }
}

/// Why a rule is objected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Ground {
    /// It names a public suffix.
    PublicSuffix,
    /// It takes a host away that strangers share.
    SharedHost,
    /// It takes a name away that very many people visit.
    Popular,
    /// It would take a name away that no list can block.
    Floor,
    /// It speaks of more addresses than one company has.
    TooWide,
    /// It speaks of addresses that are used within networks.
    SpecialAddress,
}

impl Ground {
    /// The short name that reports use. It never changes.
    pub const fn key(self) -> &'static str {
        match self {
            Self::PublicSuffix => "public_suffix",
            Self::SharedHost => "shared_host",
            Self::Popular => "popular",
            Self::Floor => "floor",
            Self::TooWide => "too_wide",
            Self::SpecialAddress => "special_address",
        }
    }
}

/// An objection to a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// Why.
    pub ground: Ground,
    /// The name, or the network, that explains it.
    pub by: Box<str>,
}

impl Objection {
    fn new(ground: Ground, by: &impl ToString) -> Self {
        Self { ground, by: by.to_string().into() }
    }
}

impl fmt::Display for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = &self.by;
        match self.ground {
            Ground::PublicSuffix => {
                write!(f, "{by} is a public suffix: each name below it is somebody else's")
            }
            Ground::SharedHost => write!(f, "{by} is shared by many who have nothing to do with each other"),
            Ground::Popular => write!(f, "{by} is among the most visited names"),
            Ground::Floor => write!(f, "{by} is among the names that no list can block"),
            Ground::TooWide => write!(f, "{by} is more than any one company has"),
            Ground::SpecialAddress => write!(f, "{by} is not an address on the internet"),
        }
    }
}

impl Guard {
    /// Measures against these: hosts that are shared, names that are popular, and the floor.
    pub const fn new(suffixes: Suffixes, popular: Names, floor: Names) -> Self {
        Self { suffixes, popular, floor }
    }

    /// What there is to say against a rule.
    pub fn judge(&self, rule: &Rule<'_>) -> Option<Objection> {
        if rule.effect.lets_pass() {
            return None;
        }
        match rule.trigger {
            Trigger::Name(name, scope) | Trigger::Server(name, scope) => self.judge_name(name, scope),
            Trigger::Address(network) | Trigger::Client(network) | Trigger::ServerAddress(network) => {
                networks::judge(network)
            }
        }
    }

    /// Whether a URL with a path on this host says nothing of the whole host.
    pub fn is_shared(&self, host: &Name) -> bool {
        self.suffixes.is_shared(host)
    }

    /// How many names count as popular.
    pub fn popular(&self) -> usize {
        self.popular.len()
    }

    fn judge_name(&self, name: &Name, scope: Scope) -> Option<Objection> {
        if suffixes::is_public_suffix(name) {
            return Some(Objection::new(Ground::PublicSuffix, name));
        }
        let (key, reaches_below) = (Key::of(name), scope != Scope::Exact);
        let shared = self.suffixes.shared_host(name, &key, reaches_below);
        let (itself, below) = if shared.as_ref() == Some(name) { (shared, None) } else { (None, shared) };
        // What is said of the very name explains more than what is said of one below it.
        if let Some(host) = itself {
            return Some(Objection::new(Ground::SharedHost, &host));
        }
        let popular = taken(&self.popular, name, &key, reaches_below);
        if let Some(popular) = popular.or_else(|| self.popular_without_www(name)) {
            return Some(Objection::new(Ground::Popular, &popular));
        }
        if let Some(host) = below {
            return Some(Objection::new(Ground::SharedHost, &host));
        }
        taken(&self.floor, name, &key, reaches_below).map(|floor| Objection::new(Ground::Floor, &floor))
    }

    /// The popular name that stands behind `www.`.
    fn popular_without_www(&self, name: &Name) -> Option<Name> {
        let site = (name.label(0)? == b"www").then(|| name.suffix(name.label_count() - 1))?;
        self.popular.contains(&Key::of(&site)).then_some(site)
    }
}

/// Which of the names a rule for `name` takes away.
fn taken(names: &Names, name: &Name, key: &Key, reaches_below: bool) -> Option<Name> {
    if reaches_below { names.at_or_below(key) } else { names.contains(key).then(|| name.clone()) }
}

#[cfg(test)]
mod tests;
