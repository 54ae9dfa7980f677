//! What one text of a list says, by itself: its rules as they are compiled, but with numbers of the text's own.
//!
//! A list's number, and those of its sets of types and of its records, change with the lists beside it. What its text says
//! does not. So a text is parsed once, and a [`Compiler`](super::Compiler) takes over what came of it as often as it likes.

use serde::{Deserialize, Serialize};

use super::{super::parse::Effect, MOST_TYPES, Numbered, Record, Rule, Trigger, Types};
use crate::{
    name::Name,
    trie::{
        Action, AddressRules, AskName, BuildError, Builder, Entry, Full, Only, Scope, Scratch, Scratches,
        SortedNames, SortedSets, TypesId, addresses,
    },
};

/// Takes the rules of one text.
#[derive(Debug, Default)]
pub struct Parsing {
    /// Whether the list names what must pass.
    allows: bool,
    names: Builder,
    servers: Vec<(Box<[u8]>, Entry)>,
    clients: addresses::Builder,
    addresses: addresses::Builder,
    server_addresses: addresses::Builder,
    types: Numbered<Types>,
    /// By set of types, how many rules have it.
    rules_of_types: Vec<u64>,
    records: Numbered<Record>,
    left_out: u64,
    example: Option<Name>,
}

/// What a text says beside its names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rest {
    pub(super) sets: SortedSets,
    /// Rules about servers: the name in wire form.
    pub(super) servers: Vec<(Box<[u8]>, Entry)>,
    pub(super) networks: [Vec<u8>; 3],
    /// The sets of types, from number 1, each with how many rules have it.
    pub(super) types: Vec<(Types, u64)>,
    /// The records by their number.
    pub(super) records: Vec<Record>,
    /// Rules that name more different sets of types than there is room for.
    pub(super) left_out: u64,
    pub(super) example: Option<Box<[u8]>>,
}

/// What a text says.
#[derive(Debug)]
pub struct Parsed {
    pub(super) names: SortedNames,
    pub(super) servers: Vec<(Name, Entry)>,
    /// Rules about clients, about addresses and about addresses of servers.
    pub(super) networks: [AddressRules; 3],
    pub(super) types: Vec<(Types, u64)>,
    pub(super) records: Vec<Record>,
    pub(super) left_out: u64,
    pub(super) example: Option<Name>,
}

impl Parsing {
    /// Of a list that `allows` what its texts name, or blocks it. What has no room in memory is put aside there.
    pub fn new(allows: bool, scratches: Scratches) -> Self {
        Self { allows, names: Builder::new(scratches), ..Self::default() }
    }

    /// Adds a rule. What an allow list names is let pass, however its lines are written.
    ///
    /// # Errors
    ///
    /// If there is no room for more rules, or what was put aside cannot be read.
    pub fn add(&mut self, rule: Rule<'_>) -> Result<(), BuildError> {
        // One hostile list must not keep all others from being compiled.
        let Some(types) = self.number_of(rule.types) else {
            self.left_out += 1;
            return Ok(());
        };
        let action = if self.allows { Action::Allow } else { self.action(rule.effect)? };
        let entry = Entry {
            important: rule.important,
            spares: !rule.spared.is_empty(),
            types,
            ..own(Scope::Subtree, action)
        };
        match rule.trigger {
            Trigger::Name(name, scope) => self.add_name(name, Entry { scope, ..entry }, rule.spared)?,
            Trigger::Server(name, scope) => self.servers.push((name.wire().into(), Entry { scope, ..entry })),
            Trigger::Client(network) => self.clients.insert(network, entry)?,
            Trigger::Address(network) => self.addresses.insert(network, entry)?,
            Trigger::ServerAddress(network) => self.server_addresses.insert(network, entry)?,
        }
        Ok(())
    }

    fn add_name(&mut self, name: &Name, entry: Entry, spared: &[Name]) -> Result<(), BuildError> {
        let plain = entry == own(entry.scope, Action::Block) && entry.scope != Scope::Below;
        if plain && self.example.is_none() {
            self.example = Some(name.clone());
        }
        self.names.insert(name, entry)?;
        let spare = Action::Spare(name.label_count() as u8);
        spared.iter().try_for_each(|spared| self.names.insert(spared, own(Scope::Subtree, spare)))
    }

    fn action(&mut self, effect: Effect<'_>) -> Result<Action, Full> {
        Ok(match effect {
            Effect::Block => Action::Block,
            Effect::Negative(negative) => Action::Negative(negative),
            Effect::Allow => Action::Allow,
            Effect::Pass => Action::Pass,
            Effect::Drop => Action::Drop,
            Effect::TcpOnly => Action::TcpOnly,
            Effect::Data(record) => Action::Data(self.records.number(record)?),
        })
    }

    /// The number of a set of types; 0 for every type, `None` if there are too many sets.
    fn number_of(&mut self, types: Option<&Types>) -> Option<TypesId> {
        let Some(types) = types else { return Some(0) };
        let number = self.types.number_within(MOST_TYPES, types)?;
        if self.rules_of_types.len() <= number as usize {
            self.rules_of_types.push(0);
        }
        self.rules_of_types[number as usize] += 1;
        TypesId::try_from(number + 1).ok()
    }

    /// Writes the names to an empty place, and gives the rest.
    ///
    /// # Errors
    ///
    /// If what was put aside cannot be read.
    pub fn finish(self, to: &mut dyn Scratch) -> Result<Rest, BuildError> {
        let networks = [self.clients, self.addresses, self.server_addresses];
        Ok(Rest {
            sets: self.names.into_sorted(to)?,
            servers: self.servers,
            networks: networks.map(|networks| networks.finish().to_octets()),
            types: self.types.values.into_iter().zip(self.rules_of_types).collect(),
            records: self.records.values,
            left_out: self.left_out,
            example: self.example.map(|name| name.wire().into()),
        })
    }
}

/// An entry of a list that does not know its number yet.
const fn own(scope: Scope, action: Action) -> Entry {
    Entry::new(0, scope, action)
}

impl Parsed {
    /// What a [`Parsing`] has written, and its rest; `None` if that cannot be.
    pub fn new(names: Box<dyn Scratch>, rest: Rest) -> Option<Self> {
        let Rest { sets, servers, networks: [clients, addresses, server_addresses], types, records, .. } =
            rest;
        let networks = |octets: &[u8]| AddressRules::from_octets(octets).ok();
        let networks = [networks(&clients)?, networks(&addresses)?, networks(&server_addresses)?];
        let name = |wire: &[u8]| Name::from_wire(wire).ok().map(|(name, _)| name);
        let known = |entry: &Entry| {
            let has_record = match entry.action {
                Action::Data(number) => (number as usize) < records.len(),
                _ => true,
            };
            has_record && usize::from(entry.types) <= types.len()
        };
        let all_known = sets.sets.iter().flatten().all(known)
            && servers.iter().all(|(_, entry)| known(entry))
            && networks.iter().flat_map(AddressRules::iter).all(|(_, entries)| entries.iter().all(known));
        if !all_known {
            return None;
        }
        Some(Self {
            servers: servers
                .into_iter()
                .map(|(wire, entry)| Some((name(&wire)?, entry)))
                .collect::<Option<_>>()?,
            names: SortedNames::new(names, sets),
            networks,
            types,
            records,
            left_out: rest.left_out,
            example: rest.example.and_then(|wire| name(&wire)),
        })
    }

    /// Goes through the names that were said before and are not now, and those that are now and were not: `each` is told
    /// whether a name is new.
    ///
    /// # Errors
    ///
    /// If what was kept cannot be read.
    pub fn differences(self, now: Self, each: &mut dyn FnMut(bool, AskName<'_>)) -> std::io::Result<()> {
        SortedNames::differences(self.names, now.names, &mut |only, name| each(only == Only::Second, name))
    }
}

#[cfg(test)]
mod tests;
