//! From rules to the policy. Pure: texts in, one immutable value out.

pub mod form;
pub mod parsed;

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hash},
    sync::Arc,
};

use foldhash::quality::FixedState;
use serde::Deserialize;

use self::parsed::{Parsed, Parsing};
use super::{
    guard::Guard,
    names::Names,
    parse::{Rule, Trigger},
    quarantine::Released,
};
use crate::{
    name::{Name, NameError},
    policy::{ListInfo, ListRules, OwnRules, Policy, Record, Types},
    trie::{
        Action, BuildError, Builder, Entry, Full, ListId, Overlay, OverlayBuilder, Scope, Scratches,
        TrieFileError, TypesId, addresses,
    },
};

/// Names that no list can block, as they are shipped.
const FLOOR: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/lists/never-block.toml"));

/// The most different sets of query types.
const MOST_TYPES: usize = 4096;

/// What does not change while lists do.
#[derive(Debug, Clone, Default)]
pub struct Base {
    /// The operator's own rules.
    pub own: Arc<OwnRules>,
    /// Names that no list can block.
    pub floor: Arc<Overlay>,
    /// What lists may not say.
    pub guard: Arc<Guard>,
    /// What of that the operator has let lists say.
    pub released: Arc<Released>,
}

impl Base {
    /// A number by which the guards and the releases are told from others: rules that were made under others are
    /// other rules. The operator's own rules and the floor stand beside the lists' and do not count.
    pub fn digest(&self) -> u64 {
        FixedState::with_seed(2).hash_one((&self.guard, &self.released))
    }
}

/// Compiled rules, before they are put in force.
#[derive(Debug)]
pub struct Compiled {
    /// What lists say.
    pub rules: ListRules,
    /// The lists by their number.
    pub infos: Vec<ListInfo>,
    /// Rules about servers, as they were added.
    pub servers: Vec<(Name, Entry)>,
    /// Some name that a list blocks, to try the server with.
    pub example: Option<Name>,
    /// Rules that had to be left out: of all lists together, so many different sets of query types are told apart at
    /// most that no list in good faith comes near.
    pub left_out: u64,
}

impl Compiled {
    /// The policy of these rules.
    pub fn into_policy(self, base: &Base) -> Policy {
        policy(self.rules, self.infos, base)
    }
}

/// The policy of what lists say.
pub fn policy(rules: ListRules, infos: Vec<ListInfo>, base: &Base) -> Policy {
    Policy { own: base.own.clone(), floor: base.floor.clone(), lists: Arc::new(rules), infos: infos.into() }
}

/// Puts the rules of all lists together.
#[derive(Debug, Default)]
pub struct Compiler {
    names: Builder,
    servers: Vec<(Name, Entry)>,
    /// Rules about clients, about addresses and about addresses of servers.
    networks: [addresses::Builder; 3],
    infos: Vec<ListInfo>,
    types: Numbered<Types>,
    records: Numbered<Record>,
    /// Rules that name more different sets of types than there is room for.
    left_out: u64,
    example: Option<Name>,
    /// Rules that were added one by one, and how many lists there were then.
    added: Option<(usize, Parsing)>,
    scratches: Scratches,
}

impl Compiler {
    /// One that puts aside there what has no room in memory.
    pub fn new(scratches: Scratches) -> Self {
        Self { names: Builder::new(scratches.clone()), scratches, ..Self::default() }
    }

    /// Begins the next list: what is added from now on are its rules.
    pub fn begin_list(&mut self, info: ListInfo) {
        self.infos.push(info);
    }

    /// Adds a rule of the current list. What an allow list names is let pass, however its lines are written.
    ///
    /// # Errors
    ///
    /// If there is no room for more rules, or what was put aside cannot be read.
    pub fn add(&mut self, rule: Rule<'_>) -> Result<(), BuildError> {
        let Some(info) = self.infos.last() else { return Ok(()) };
        let lists = self.infos.len();
        if let Some((_, parsing)) = self.added.as_mut().filter(|(of, _)| *of == lists) {
            return parsing.add(rule);
        }
        let mut parsing = Parsing::new(info.allows, self.scratches.clone());
        parsing.add(rule)?;
        self.take_added()?;
        self.added = Some((lists, parsing));
        Ok(())
    }

    fn take_added(&mut self) -> Result<(), BuildError> {
        let Some((lists, parsing)) = self.added.take() else { return Ok(()) };
        let mut names = self.scratches.place();
        let rest = parsing.finish(&mut names)?;
        // Only what lay in a file can be damaged.
        let parsed = Parsed::new(names, rest).ok_or(TrieFileError::Damaged)?;
        self.take_as(lists, parsed)
    }

    /// Takes over what a text of the current list says.
    ///
    /// # Errors
    ///
    /// As [`Compiler::add`]. Names that are damaged are found so by [`Compiler::compile`].
    pub fn take(&mut self, parsed: Parsed) -> Result<(), BuildError> {
        self.take_added()?;
        self.take_as(self.infos.len(), parsed)
    }

    fn take_as(&mut self, lists: usize, parsed: Parsed) -> Result<(), BuildError> {
        let Some(list) = lists.checked_sub(1) else { return Ok(()) };
        let Parsed { names, servers, networks, types, records, left_out, example } = parsed;
        self.left_out += left_out;
        self.example = self.example.take().or(example);
        let types: Vec<Option<TypesId>> = types
            .iter()
            .map(|(types, rules)| {
                let number = self.number_of(types);
                self.left_out += if number.is_none() { *rules } else { 0 };
                number
            })
            .collect();
        let records =
            records.iter().map(|record| self.records.number(record)).collect::<Result<Vec<u32>, _>>()?;
        // The entry as it is known here.
        let entry = |own: Entry| {
            let types = match usize::from(own.types).checked_sub(1) {
                None => 0,
                Some(at) => (*types.get(at)?)?,
            };
            let action = match own.action {
                Action::Data(number) => Action::Data(*records.get(number as usize)?),
                action => action,
            };
            Some(Entry { list: list as ListId, action, types, ..own })
        };
        self.names.add(names, &mut { entry })?;
        self.servers.extend(servers.into_iter().filter_map(|(name, own)| Some((name, entry(own)?))));
        for (builder, networks) in self.networks.iter_mut().zip(&networks) {
            for (network, entries) in networks.iter() {
                entries
                    .iter()
                    .filter_map(|own| entry(*own))
                    .try_for_each(|own| builder.insert(network, own))?;
            }
        }
        Ok(())
    }

    /// The number of a set of types; `None` if there are too many sets.
    fn number_of(&mut self, types: &Types) -> Option<TypesId> {
        TypesId::try_from(self.types.number_within(MOST_TYPES, types)? + 1).ok()
    }

    /// What the rules of all lists come to.
    ///
    /// # Errors
    ///
    /// If there are too many rules, or what was put aside cannot be read.
    pub fn compile(mut self) -> Result<Compiled, BuildError> {
        self.take_added()?;
        let mut servers = OverlayBuilder::default();
        self.servers.iter().try_for_each(|(name, entry)| servers.insert(name, *entry))?;
        let [clients, addresses, server_addresses] = self.networks.map(addresses::Builder::finish);
        let rules = ListRules {
            names: self.names.finish()?,
            servers: servers.finish(),
            clients,
            addresses,
            server_addresses,
            types: self.types.values,
            records: self.records.values,
        };
        Ok(Compiled {
            rules,
            infos: self.infos,
            servers: self.servers,
            example: self.example,
            left_out: self.left_out,
        })
    }

    /// The finished policy.
    ///
    /// # Errors
    ///
    /// As [`Compiler::compile`].
    pub fn finish(self, base: &Base) -> Result<Policy, BuildError> {
        Ok(self.compile()?.into_policy(base))
    }
}

/// Values that are kept once and known by their number.
#[derive(Debug)]
struct Numbered<T> {
    values: Vec<T>,
    numbers: HashMap<T, u32>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self { values: Vec::new(), numbers: HashMap::new() }
    }
}

impl<T: Clone + Eq + Hash> Numbered<T> {
    /// The number of a value; `None` if it is new and there are so many already.
    fn number_within(&mut self, most: usize, value: &T) -> Option<u32> {
        if self.values.len() >= most && !self.numbers.contains_key(value) {
            return None;
        }
        self.number(value).ok()
    }

    fn number(&mut self, value: &T) -> Result<u32, Full> {
        if let Some(&known) = self.numbers.get(value) {
            return Ok(known);
        }
        let number = u32::try_from(self.values.len()).map_err(|_| Full)?;
        self.values.push(value.clone());
        self.numbers.insert(value.clone(), number);
        Ok(number)
    }
}

/// Reads a name as a person writes it: with any letters, a dot at the end or none, and nothing else.
pub fn to_name(text: &str) -> Result<Name, NameError> {
    let ascii = if text.is_ascii() {
        text.to_owned()
    } else {
        idna::domain_to_ascii(text).map_err(|_| NameError::NotAscii)?
    };
    // What stands in names of hosts; a URL or a pattern is no name, and would match nothing.
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || b"-_.".contains(&octet);
    if ascii.bytes().all(plain) { ascii.parse() } else { Err(NameError::NotAHost) }
}

/// Part of a name as a person writes it, as it is searched for: in lower case, and labels with other letters as A-labels,
/// which holds for whole labels alone.
pub fn to_search(text: &str) -> String {
    let label = |label: &str| {
        if label.is_ascii() {
            label.to_ascii_lowercase()
        } else {
            idna::domain_to_ascii(label).unwrap_or_else(|_| label.to_lowercase())
        }
    };
    // The ideographic full stop is a dot as well (UTS 46).
    let labels = text.trim().split(['.', '。']).map(label);
    labels.collect::<Vec<String>>().join(".")
}

/// The shipped floor is damaged.
#[derive(Debug, thiserror::Error)]
pub enum FloorError {
    /// It is no TOML, or lacks a field.
    #[error("lists/never-block.toml cannot be read: {0}")]
    Toml(#[from] toml::de::Error),
    /// A name in it is none.
    #[error("lists/never-block.toml: {0} is no name: {1}")]
    Name(String, NameError),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FloorFile {
    group: Vec<FloorGroup>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FloorGroup {
    #[serde(rename = "name")]
    _name: String,
    #[serde(rename = "why")]
    _why: String,
    entries: Vec<FloorEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FloorEntry {
    name: String,
    scope: FloorScope,
    #[serde(rename = "why")]
    _why: String,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum FloorScope {
    Exact,
    Subtree,
}

/// The names that no list can block.
///
/// # Errors
///
/// Never for the file that is shipped, as the tests show.
pub fn floor() -> Result<Overlay, FloorError> {
    let mut builder = OverlayBuilder::default();
    for (name, scope) in floor_entries()? {
        let _ = builder.insert(&name, Entry::new(0, scope, Action::Allow));
    }
    Ok(builder.finish())
}

/// The same names as a set, for the guards.
///
/// # Errors
///
/// As [`floor`].
pub fn floor_names() -> Result<Names, FloorError> {
    Ok(floor_entries()?.into_iter().map(|(name, _)| name).collect())
}

/// The same names, and whether all below is meant as well.
pub(crate) fn floor_entries() -> Result<Vec<(Name, Scope)>, FloorError> {
    let file: FloorFile = toml::from_str(FLOOR)?;
    let entries = file.group.into_iter().flat_map(|group| group.entries);
    let read = |entry: FloorEntry| {
        let scope = match entry.scope {
            FloorScope::Exact => Scope::Exact,
            FloorScope::Subtree => Scope::Subtree,
        };
        let name = entry.name.parse().map_err(|error| FloorError::Name(entry.name, error))?;
        Ok((name, scope))
    };
    entries.map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lists::parse::Effect,
        policy::{Shape, Verdict},
    };

    #[test]
    fn the_shipped_floor_is_sound_and_holds_help_and_updates() {
        let base = Base { floor: Arc::new(floor().unwrap()), ..Base::default() };
        let mut compiler = Compiler::default();
        compiler.begin_list(ListInfo {
            name: "mad".into(),
            category: "scam".into(),
            shape: Shape::Page,
            given: false,
            allows: false,
        });
        for text in ["jp", "com", "www.npa.go.jp", "time.windows.com"] {
            let name = text.parse().unwrap();
            compiler.add(Rule::of_name(&name, Scope::Subtree, Effect::Block)).unwrap();
        }
        let policy = compiler.finish(&base).unwrap();
        for (text, passes) in
            [("www.npa.go.jp", true), ("time.windows.com", true), ("other.example.com", false)]
        {
            let name = text.parse().unwrap();
            assert_eq!(matches!(policy.decide(&name, 1), Verdict::Allowed(_)), passes, "{text}");
        }
    }

    #[test]
    fn an_allow_list_allows_whatever_its_lines_say() {
        let base = Base::default();
        let mut compiler = Compiler::default();
        let info = |name: &str, allows| ListInfo {
            name: name.into(),
            category: "scam".into(),
            shape: Shape::Page,
            given: false,
            allows,
        };
        let name = "shop.example".parse().unwrap();
        let rule = Rule::of_name(&name, Scope::Subtree, Effect::Block);
        compiler.begin_list(info("bad", false));
        compiler.add(rule).unwrap();
        compiler.begin_list(info("good", true));
        compiler.add(rule).unwrap();
        let policy = compiler.finish(&base).unwrap();
        assert!(matches!(policy.decide(&"www.shop.example".parse().unwrap(), 1), Verdict::Allowed(_)));
    }

    #[test]
    fn a_list_with_too_many_sets_of_types_keeps_no_other_list_back() {
        let mut compiler = Compiler::default();
        compiler.begin_list(ListInfo {
            name: "mad".into(),
            category: "scam".into(),
            shape: Shape::Page,
            given: false,
            allows: false,
        });
        let name = "shop.example".parse().unwrap();
        for number in 0..=MOST_TYPES as u16 {
            let types = Types { named: vec![number], except: false };
            let rule = Rule { types: Some(&types), ..Rule::of_name(&name, Scope::Subtree, Effect::Block) };
            compiler.add(rule).unwrap();
        }
        compiler.add(Rule::of_name(&"good.example".parse().unwrap(), Scope::Subtree, Effect::Block)).unwrap();
        let made = compiler.compile().unwrap();
        assert_eq!((made.left_out, made.rules.len()), (1, 2));
    }
}
