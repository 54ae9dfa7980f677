//! Rules about networks: which of them an address lies in, from the narrowest to the widest.
//!
//! Lists have few distinct prefix lengths, so a look-up in a hash table for each length that occurs is as quick as a
//! tree and needs nothing but the networks themselves.

use std::{
    collections::{BTreeSet, HashMap},
    net::IpAddr,
};

use foldhash::fast::RandomState;
use ipnet::IpNet;

use super::Entry;

/// Networks with what lists say of them.
#[derive(Debug, Default)]
pub struct AddressRules {
    networks: HashMap<IpNet, Vec<Entry>, RandomState>,
    /// The prefix lengths that occur; IPv4 and IPv6 apart.
    v4: BTreeSet<u8>,
    v6: BTreeSet<u8>,
}

impl AddressRules {
    /// Adds what a list says of a network. Saying the same twice changes nothing.
    pub fn insert(&mut self, network: IpNet, entry: Entry) {
        let network = canonical(network);
        let entries = self.networks.entry(network).or_insert_with(|| {
            let lengths = if network.addr().is_ipv4() { &mut self.v4 } else { &mut self.v6 };
            lengths.insert(network.prefix_len());
            Vec::new()
        });
        if let Err(place) = entries.binary_search(&entry) {
            entries.insert(place, entry);
        }
    }

    /// The networks that `address` lies in, the narrowest first, with what lists say of them, in the lists' order.
    /// An IPv4 address within IPv6 (`::ffff:192.0.2.1`) is looked up as itself.
    pub fn walk(&self, address: IpAddr) -> impl Iterator<Item = (IpNet, &[Entry])> {
        let address = address.to_canonical();
        let lengths = if address.is_ipv4() { &self.v4 } else { &self.v6 };
        lengths.iter().rev().filter_map(move |&length| {
            let network = IpNet::new(address, length).ok()?.trunc();
            self.networks.get(&network).map(|entries| (network, entries.as_slice()))
        })
    }

    /// All networks, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (IpNet, &[Entry])> {
        self.networks.iter().map(|(network, entries)| (*network, entries.as_slice()))
    }

    /// How many networks have a rule.
    pub fn len(&self) -> usize {
        self.networks.len()
    }

    /// Whether there is no rule at all.
    pub fn is_empty(&self) -> bool {
        self.networks.is_empty()
    }

    /// Octets that the rules take in memory.
    pub fn octets(&self) -> usize {
        let slots = self.networks.capacity() * (size_of::<(IpNet, Vec<Entry>)>() + 1);
        let entries: usize = self.networks.values().map(Vec::capacity).sum();
        slots + entries * size_of::<Entry>()
    }
}

/// A network without host bits; one of IPv4 addresses within IPv6 as one of IPv4.
fn canonical(network: IpNet) -> IpNet {
    let network = network.trunc();
    let inner = network.prefix_len().checked_sub(96);
    match (network.addr().to_canonical(), inner) {
        (IpAddr::V4(v4), Some(length)) if network.addr().is_ipv6() => {
            IpNet::new(v4.into(), length).unwrap_or(network)
        }
        _ => network,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trie::{Action, Scope};

    fn block(list: u16) -> Entry {
        Entry::new(list, Scope::Exact, Action::Block)
    }

    fn rules(networks: &[&str]) -> AddressRules {
        let mut rules = AddressRules::default();
        for (list, network) in networks.iter().enumerate() {
            rules.insert(network.parse().unwrap(), block(list as u16));
        }
        rules
    }

    fn found(rules: &AddressRules, address: &str) -> Vec<String> {
        rules.walk(address.parse().unwrap()).map(|(network, _)| network.to_string()).collect()
    }

    #[test]
    fn the_narrowest_network_comes_first() {
        let rules = rules(&["192.0.2.0/24", "192.0.2.1/32", "0.0.0.0/0", "2001:db8::/32"]);
        assert_eq!(found(&rules, "192.0.2.1"), ["192.0.2.1/32", "192.0.2.0/24", "0.0.0.0/0"]);
        assert_eq!(found(&rules, "::ffff:192.0.2.2"), ["192.0.2.0/24", "0.0.0.0/0"]);
        assert_eq!(found(&rules, "2001:db8::1"), ["2001:db8::/32"]);
        assert_eq!(found(&rules, "2001:db9::1"), [""; 0]);
    }

    #[test]
    fn entries_of_several_lists_stand_in_order_and_once() {
        let mut rules = AddressRules::default();
        for list in [2, 1, 2] {
            rules.insert("192.0.2.7/24".parse().unwrap(), block(list));
        }
        rules.insert("::ffff:192.0.2.0/120".parse().unwrap(), block(3));
        assert_eq!(rules.len(), 1);
        assert_eq!(rules.iter().next().unwrap().1, [block(1), block(2), block(3)]);
    }

    proptest! {
        #[test]
        fn a_walk_finds_what_asking_every_network_finds(
            networks in proptest::collection::vec((any::<u16>(), 0_u8..=32), 0..40),
            address in any::<u16>(),
        ) {
            // Few distinct high bits, so that networks and addresses meet.
            let v4 = |bits: u16| IpAddr::from((u32::from(bits) << 16 | u32::from(bits)).to_be_bytes());
            let networks: Vec<IpNet> =
                networks.iter().map(|&(bits, length)| IpNet::new(v4(bits & 0x0303), length).unwrap()).collect();
            let mut rules = AddressRules::default();
            for network in &networks {
                rules.insert(*network, block(0));
            }
            let address = v4(address & 0x0303);
            let mut expected: Vec<IpNet> =
                networks.iter().map(IpNet::trunc).filter(|network| network.contains(&address)).collect();
            expected.sort_by_key(|network| std::cmp::Reverse(network.prefix_len()));
            expected.dedup();
            let found: Vec<IpNet> = rules.walk(address).map(|(network, _)| network).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
