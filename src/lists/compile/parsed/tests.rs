//! What was parsed before comes to the same rules as what is parsed now, and damage to it does no harm.

use proptest::{prelude::*, sample::Index};

use super::{
    super::{
        form::{self, Form, FormError, Told},
        *,
    },
    Parsing,
};
use crate::{
    lists::{
        parse::{Effect, Format, Record},
        quarantine::Quarantine,
    },
    policy::Shape,
    trie::Negative,
};

/// A rule with all that it speaks of.
#[derive(Debug, Clone)]
struct Said {
    about: About,
    effect: Did,
    important: bool,
    types: Option<Types>,
    spared: Vec<Name>,
}

#[derive(Debug, Clone)]
enum About {
    Name(Name, Scope),
    Server(Name, Scope),
    /// Of clients, of addresses, of addresses of servers.
    Network(usize, ipnet::IpNet),
}

#[derive(Debug, Clone)]
enum Did {
    Block,
    Nodata,
    Allow,
    Pass,
    Data(Record),
}

impl Said {
    fn rule(&self) -> Rule<'_> {
        let trigger = match &self.about {
            About::Name(name, scope) => Trigger::Name(name, *scope),
            About::Server(name, scope) => Trigger::Server(name, *scope),
            About::Network(0, network) => Trigger::Client(*network),
            About::Network(1, network) => Trigger::Address(*network),
            About::Network(_, network) => Trigger::ServerAddress(*network),
        };
        let effect = match &self.effect {
            Did::Block => Effect::Block,
            Did::Nodata => Effect::Negative(Negative::Nodata),
            Did::Allow => Effect::Allow,
            Did::Pass => Effect::Pass,
            Did::Data(record) => Effect::Data(record),
        };
        Rule { trigger, effect, important: self.important, types: self.types.as_ref(), spared: &self.spared }
    }
}

fn any_name() -> impl Strategy<Value = Name> {
    "[ab]{1,2}(\\.[ab]{1,2}){0,3}".prop_map(|text| text.parse().unwrap())
}

fn any_said() -> impl Strategy<Value = Said> {
    let scope = || prop_oneof![3 => Just(Scope::Subtree), 1 => Just(Scope::Exact), 1 => Just(Scope::Below)];
    let network = || {
        (any::<u8>(), 8_u8..=32).prop_map(|(last, bits)| {
            ipnet::Ipv4Net::new([10, 0, last % 4, last].into(), bits).unwrap().trunc().into()
        })
    };
    let about = prop_oneof![
        12 => (any_name(), scope()).prop_map(|(name, scope)| About::Name(name, scope)),
        1 => (any_name(), scope()).prop_map(|(name, scope)| About::Server(name, scope)),
        1 => (0_usize..3, network()).prop_map(|(of, network)| About::Network(of, network)),
    ];
    let record = (0_u8..6).prop_map(|last| Record { rtype: 1, ttl: None, data: [192, 0, 2, last].into() });
    let effect = prop_oneof![
        6 => Just(Did::Block),
        1 => Just(Did::Nodata),
        1 => Just(Did::Allow),
        1 => Just(Did::Pass),
        2 => record.prop_map(Did::Data),
    ];
    let types = prop_oneof![
        4 => Just(None),
        1 => (1_u16..5, any::<bool>()).prop_map(|(rtype, except)| Some(Types { named: vec![rtype], except })),
    ];
    let spared = prop_oneof![6 => Just(Vec::new()), 1 => proptest::collection::vec(any_name(), 1..3)];
    (about, effect, proptest::bool::weighted(0.1), types, spared).prop_map(
        |(about, effect, important, types, spared)| Said { about, effect, important, types, spared },
    )
}

/// A list: whether it lets pass, and its texts.
type List = (bool, Vec<Vec<Said>>);

fn any_lists() -> impl Strategy<Value = Vec<List>> {
    let text = proptest::collection::vec(any_said(), 0..40);
    proptest::collection::vec((proptest::bool::weighted(0.2), proptest::collection::vec(text, 1..4)), 0..5)
}

fn info(allows: bool) -> ListInfo {
    ListInfo { name: "list".into(), category: "scam".into(), shape: Shape::Page, given: false, allows }
}

fn told() -> (Told, Quarantine) {
    (Told { format: Format::Domains, applied: 0, skipped: Vec::new() }, Quarantine::default())
}

fn octets_of(allows: bool, text: &[Said]) -> Vec<u8> {
    let mut parsing = Parsing::new(allows, Scratches::default());
    for said in text {
        parsing.add(said.rule()).unwrap();
    }
    let mut octets = Vec::new();
    let length = form::write(parsing, told(), b"key", &mut octets).unwrap();
    assert_eq!(length, octets.len() as u64);
    octets
}

fn open(octets: &[u8], key: &[u8]) -> Result<Form, FormError> {
    form::open(Box::new(octets.to_vec()), octets.len() as u64, key)
}

/// The rules as one would write them down without forms: all lists one after the other, with one numbering.
fn naive(lists: &[List]) -> ListRules {
    let (mut names, mut servers) = (Builder::default(), OverlayBuilder::default());
    let mut networks: [addresses::Builder; 3] = Default::default();
    let mut rules = ListRules::default();
    for (list, (allows, texts)) in lists.iter().enumerate() {
        for said in texts.iter().flatten() {
            let types = said.types.as_ref().map_or(0, |types| 1 + place(&mut rules.types, types) as TypesId);
            let action = match &said.effect {
                _ if *allows => Action::Allow,
                Did::Block => Action::Block,
                Did::Nodata => Action::Negative(Negative::Nodata),
                Did::Allow => Action::Allow,
                Did::Pass => Action::Pass,
                Did::Data(record) => Action::Data(place(&mut rules.records, record) as u32),
            };
            let (important, spares) = (said.important, !said.spared.is_empty());
            let list = list as ListId;
            let entry = |scope| Entry { list, scope, action, important, spares, types };
            match &said.about {
                About::Name(name, scope) => {
                    names.insert(name, entry(*scope)).unwrap();
                    let spare = Entry::new(list, Scope::Subtree, Action::Spare(name.label_count() as u8));
                    said.spared.iter().for_each(|spared| names.insert(spared, spare).unwrap());
                }
                About::Server(name, scope) => servers.insert(name, entry(*scope)).unwrap(),
                About::Network(of, network) => networks[*of].insert(*network, entry(Scope::Subtree)).unwrap(),
            }
        }
    }
    let [clients, addresses, server_addresses] = networks.map(addresses::Builder::finish);
    ListRules {
        names: names.finish().unwrap(),
        servers: servers.finish(),
        clients,
        addresses,
        server_addresses,
        ..rules
    }
}

fn place<T: Clone + PartialEq>(values: &mut Vec<T>, value: &T) -> usize {
    values.iter().position(|known| known == value).unwrap_or_else(|| {
        values.push(value.clone());
        values.len() - 1
    })
}

fn servers(rules: &ListRules) -> Vec<String> {
    let asked = ["a", "b", "a.b", "b.a", "aa.b", "ab.ba.a"].map(|text| text.parse::<Name>().unwrap());
    asked.iter().map(|name| format!("{:?}", rules.servers.walk(name).collect::<Vec<_>>())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_was_parsed_before_comes_to_the_same_rules(lists in any_lists(), added in any::<u8>()) {
        let mut compiler = Compiler::default();
        for (number, (allows, texts)) in lists.iter().enumerate() {
            compiler.begin_list(info(*allows));
            for text in texts {
                if added >> number & 1 != 0 {
                    for said in text { compiler.add(said.rule()).unwrap(); }
                } else {
                    compiler.take(open(&octets_of(*allows, text), b"key").unwrap().parsed).unwrap();
                }
            }
        }
        let made = compiler.compile().unwrap();
        let (rules, expected) = (&made.rules, naive(&lists));
        prop_assert_eq!((&rules.types, &rules.records), (&expected.types, &expected.records));
        prop_assert_eq!(rules.names.as_bytes(), expected.names.as_bytes());
        prop_assert_eq!(servers(rules), servers(&expected));
        prop_assert_eq!(&rules.clients, &expected.clients);
        prop_assert_eq!(&rules.addresses, &expected.addresses);
        prop_assert_eq!(&rules.server_addresses, &expected.server_addresses);
        let is_example = |said: &&Said| {
            matches!((&said.about, &said.effect), (About::Name(_, Scope::Subtree | Scope::Exact), Did::Block)) && !said.important && said.types.is_none() && said.spared.is_empty()
        };
        let blocking = lists.iter().filter(|(allows, _)| !allows).flat_map(|(_, texts)| texts.iter().flatten());
        let example = blocking.filter(is_example).find_map(|said| said.rule().name().map(|(name, _)| name.clone()));
        prop_assert_eq!(made.example, example);
    }

    #[test]
    fn a_form_that_is_damaged_or_of_another_key_is_refused(text in proptest::collection::vec(any_said(), 0..40), at in any::<Index>(), flip in 1_u8.., cut in any::<Index>()) {
        let octets = octets_of(false, &text);
        prop_assert!(matches!(open(&octets, b"kez"), Err(FormError::Other)) && matches!(open(&octets, b"keys"), Err(FormError::Other)));
        let mut damaged = octets.clone();
        *at.get_mut(&mut damaged) ^= flip;
        prop_assert!(open(&damaged, b"key").is_err());
        prop_assert!(open(&octets[..cut.index(octets.len())], b"key").is_err());
        prop_assert!(open(&[&octets[..], b"x"].concat(), b"key").is_err());
    }

    #[test]
    fn a_form_that_was_made_to_look_right_does_no_harm(text in proptest::collection::vec(any_said(), 0..40), damage in proptest::collection::vec((any::<Index>(), any::<u8>()), 1..6)) {
        let mut octets = octets_of(false, &text);
        for (at, octet) in damage {
            *at.get_mut(&mut octets) = octet;
        }
        let summed = octets.len() - 16;
        let sum = xxhash_rust::xxh3::xxh3_64(&octets[..summed]).to_le_bytes();
        octets[summed..summed + 8].copy_from_slice(&sum);
        let Ok(Form { parsed, .. }) = open(&octets, b"key") else { return Ok(()) };
        let mut compiler = Compiler::default();
        compiler.begin_list(info(false));
        if compiler.take(parsed).is_ok() && let Ok(policy) = compiler.finish(&Base::default()) {
            for said in &text {
                if let Some((name, _)) = said.rule().name() {
                    let _ = format!("{:?}", policy.decide(name, 1));
                }
            }
        }
    }
}

#[test]
fn a_form_tells_what_was_found() {
    let name: Name = "a.example".parse().unwrap();
    let mut parsing = Parsing::default();
    parsing.add(Rule::of_name(&name, Scope::Subtree, Effect::Block)).unwrap();
    let told = Told { format: Format::Rpz, applied: 3, skipped: vec![(crate::lists::parse::Reason::Url, 7)] };
    let quarantine = Quarantine { held: 2, ..Quarantine::default() };
    let mut octets = Vec::new();
    form::write(parsing, (told.clone(), quarantine.clone()), b"", &mut octets).unwrap();
    let form = open(&octets, b"").unwrap();
    assert_eq!((&form.told, &form.quarantine, form.rules()), (&told, &quarantine, 1));
}

#[test]
fn rules_with_too_many_sets_of_types_are_left_out_and_counted() {
    let name: Name = "a.example".parse().unwrap();
    let add = |from: u16, to: u16| {
        let mut parsing = Parsing::default();
        for rtype in from..to {
            let types = Types { named: vec![rtype], except: false };
            let rule = Rule::of_name(&name, Scope::Exact, Effect::Block);
            // Twice, since rules are counted and not sets.
            (0..2).for_each(|_| parsing.add(Rule { types: Some(&types), ..rule }).unwrap());
        }
        let mut octets = Vec::new();
        form::write(parsing, told(), b"", &mut octets).unwrap();
        open(&octets, b"").unwrap().parsed
    };
    let mut compiler = Compiler::default();
    compiler.begin_list(info(false));
    compiler.take(add(0, 4000)).unwrap();
    // Ninety-six have room; the others have none, some of them in the text itself.
    compiler.take(add(3000, 9000)).unwrap();
    let made = compiler.compile().unwrap();
    assert_eq!(made.rules.types.len(), MOST_TYPES);
    assert_eq!(made.left_out, 2 * (9000 - 4096));
}
