//! Rules about addresses, against a scan of all of them.

use proptest::{collection::vec, prelude::*};

use super::*;
use crate::trie::{Action, Negative, Scope};

fn entry(list: u16, action: Action) -> Entry {
    Entry::new(list, Scope::Exact, action)
}

/// Builds rules of networks, where the number of a network is its list's.
fn rules(networks: &[&str]) -> AddressRules {
    let mut builder = Builder::default();
    for (network, list) in networks.iter().zip(0..) {
        builder.insert(network.parse().unwrap(), entry(list, Action::Block)).unwrap();
    }
    builder.finish()
}

/// The networks that hold an address.
fn around(rules: &AddressRules, address: &str) -> Vec<String> {
    rules.walk(address.parse().unwrap()).map(|(network, _)| network.to_string()).collect()
}

#[test]
fn the_narrowest_network_comes_first() {
    let rules = rules(&[
        "192.0.2.0/24",
        "192.0.2.1/32",
        "0.0.0.0/0",
        "192.0.2.128/25",
        "192.0.0.0/16",
        "198.51.100.0/24",
    ]);
    assert_eq!(rules.len(), 6);
    assert_eq!(around(&rules, "192.0.2.1"), ["192.0.2.1/32", "192.0.2.0/24", "192.0.0.0/16", "0.0.0.0/0"]);
    assert_eq!(around(&rules, "192.0.2.2"), ["192.0.2.0/24", "192.0.0.0/16", "0.0.0.0/0"]);
    assert_eq!(
        around(&rules, "192.0.2.255"),
        ["192.0.2.128/25", "192.0.2.0/24", "192.0.0.0/16", "0.0.0.0/0"]
    );
    assert_eq!(around(&rules, "203.0.113.1"), ["0.0.0.0/0"]);
    assert!(around(&rules, "2001:db8::1").is_empty());
    assert!(around(&AddressRules::default(), "192.0.2.1").is_empty());
}

#[test]
fn an_ipv4_address_is_the_same_however_it_is_written() {
    let rules = rules(&["192.0.2.0/24", "::ffff:198.51.100.0/120", "::/1", "::ffff:0:0/95", "2001:db8::/32"]);
    assert_eq!(around(&rules, "::ffff:192.0.2.1"), ["192.0.2.0/24"]);
    assert_eq!(around(&rules, "198.51.100.1"), ["198.51.100.0/24"]);
    // Networks of IPv6 do not speak of IPv4, however wide they are.
    assert!(around(&rules, "203.0.113.1").is_empty());
    assert_eq!(around(&rules, "::fffe:0:1"), ["::fffe:0:0/95", "::/1"]);
    assert_eq!(around(&rules, "2001:db8::1"), ["2001:db8::/32", "::/1"]);
}

#[test]
fn what_lists_say_of_a_network_is_kept_once_and_in_order() {
    let mut builder = Builder::default();
    let network = "192.0.2.0/24".parse().unwrap();
    for list in [2, 1, 2] {
        builder.insert(network, entry(list, Action::Block)).unwrap();
    }
    builder.insert("192.0.2.77/24".parse().unwrap(), entry(1, Action::Drop)).unwrap();
    let rules = builder.finish();
    let found: Vec<_> = rules.iter().collect();
    let entries = [entry(1, Action::Block), entry(1, Action::Drop), entry(2, Action::Block)];
    assert_eq!(found, [(network, &entries[..])]);
}

#[test]
fn one_list_cannot_say_without_end() {
    let mut builder = Builder::default();
    let network = "192.0.2.0/24".parse().unwrap();
    for number in 0..1000 {
        builder.insert(network, entry(0, Action::Data(number))).unwrap();
    }
    builder.insert(network, entry(1, Action::Block)).unwrap();
    let rules = builder.finish();
    let (_, entries) = rules.walk("192.0.2.1".parse().unwrap()).next().unwrap();
    assert_eq!(entries.len(), MOST_OF_A_LIST + 1);
    assert_eq!(entries.last(), Some(&entry(1, Action::Block)));
}

#[test]
fn many_networks_take_little_memory() {
    let mut builder = Builder::default();
    for number in 0..10_000_u32 {
        builder
            .insert(IpNet::new((number << 8).to_be_bytes().into(), 24).unwrap(), entry(0, Action::Block))
            .unwrap();
    }
    let rules = builder.finish();
    assert!(rules.octets() <= 28 * 10_000 + 100, "{}", rules.octets());
}

/// Networks that often hold each other.
fn network() -> impl Strategy<Value = IpNet> {
    let address = prop_oneof![
        any::<[u8; 4]>().prop_map(|octets| IpAddr::from(octets.map(|octet| octet & 0x81))),
        any::<[u8; 16]>().prop_map(|octets| IpAddr::from(octets.map(|octet| octet & 0x81))),
        any::<[u8; 4]>().prop_map(|[a, b, c, d]| {
            IpAddr::from([
                0,
                0,
                0,
                0,
                0,
                0xFFFF,
                u16::from_be_bytes([a & 1, b]),
                u16::from_be_bytes([c, d & 1]),
            ])
        }),
    ];
    (address, 0..=128_u8).prop_map(|(address, bits)| {
        let most = if address.is_ipv4() { 32 } else { 128 };
        IpNet::new(address, bits % (most + 1)).unwrap()
    })
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        proptest::sample::select(vec![
            Action::Block,
            Action::Allow,
            Action::Pass,
            Action::Drop,
            Action::TcpOnly
        ]),
        proptest::sample::select(vec![Negative::Nxdomain, Negative::Nodata, Negative::Refused])
            .prop_map(Action::Negative),
        any::<u8>().prop_map(Action::Spare),
        any::<u32>().prop_map(Action::Data),
    ]
}

fn any_entry() -> impl Strategy<Value = Entry> {
    let scope = proptest::sample::select(vec![Scope::Exact, Scope::Subtree, Scope::Below]);
    (0..3_u16, scope, action(), any::<[bool; 2]>(), 0..3_u16).prop_map(
        |(list, scope, action, [important, spares], types)| Entry {
            list,
            scope,
            action,
            important,
            spares,
            types,
        },
    )
}

/// An address that is mapped into IPv6 is one of IPv4; so is a network of them.
fn plain(network: IpNet) -> IpNet {
    let IpNet::V6(six) = network.trunc() else { return network.trunc() };
    match six.network().to_ipv4_mapped() {
        Some(four) if six.prefix_len() >= 96 => IpNet::new(four.into(), six.prefix_len() - 96).unwrap(),
        _ => six.into(),
    }
}

proptest! {
    #[test]
    fn a_look_up_finds_what_a_scan_finds(
        rules in vec((network(), any_entry()), 0..60),
        addresses in vec(network().prop_map(|network| network.addr()), 1..30),
    ) {
        let mut builder = Builder::default();
        for (network, entry) in &rules {
            builder.insert(*network, *entry).unwrap();
        }
        let built = builder.finish();
        for address in addresses {
            let plain_address = address.to_canonical();
            let mut expected: Vec<(IpNet, Entry)> = rules
                .iter()
                .map(|(network, entry)| (plain(*network), *entry))
                .filter(|(network, _)| network.contains(&plain_address))
                .collect();
            expected.sort_by_key(|(network, entry)| (u8::MAX - network.prefix_len(), *entry));
            expected.dedup();
            let found: Vec<(IpNet, Entry)> = built
                .walk(address)
                .flat_map(|(network, entries)| entries.iter().map(move |entry| (network, *entry)))
                .collect();
            prop_assert_eq!(found, expected, "{}", address);
        }
    }

    #[test]
    fn stored_rules_are_read_back(
        rules in vec((network(), any_entry()), 0..60),
        cut in any::<proptest::sample::Index>(),
    ) {
        let mut builder = Builder::default();
        for (network, entry) in rules {
            builder.insert(network, entry).unwrap();
        }
        let built = builder.finish();
        let octets = built.to_octets();
        prop_assert_eq!(AddressRules::from_octets(&octets), Ok(built));
        prop_assert_eq!(AddressRules::from_octets(&octets[..cut.index(octets.len())]), Err(Damaged));
    }

    #[test]
    fn damaged_octets_are_refused_or_are_other_rules(
        rules in vec((network(), any_entry()), 1..20),
        changes in vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4),
        address in network().prop_map(|network| network.addr()),
    ) {
        let mut builder = Builder::default();
        for (network, entry) in rules {
            builder.insert(network, entry).unwrap();
        }
        let mut octets = builder.finish().to_octets();
        for (at, octet) in changes {
            let at = at.index(octets.len());
            octets[at] = octet;
        }
        if let Ok(read) = AddressRules::from_octets(&octets) {
            prop_assert_eq!(read.to_octets(), octets);
            let address = address.to_canonical();
            let sound = read.walk(address).all(|(network, set)| network.contains(&address) && !set.is_empty());
            prop_assert!(sound);
        }
    }
}
