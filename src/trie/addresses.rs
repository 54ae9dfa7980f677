//! What lists say of addresses: networks with entries, looked up from the narrowest that holds an address outwards.
//!
//! Networks hold each other or have nothing in common, so a sorted array is a tree: each network knows the one around
//! it, and the last that begins at or before an address is either one that holds it or stands inside of all that do.
//! A look-up is one binary search and as many steps outwards as networks are nested; it allocates nothing.
//!
//! IPv4 stands among IPv6 as `::ffff:0:0/96` (RFC 4291 §2.5.5.2), so that an address written either way is the same.
//! A wider IPv6 network does not speak of IPv4.
//!
//! Memory: 28 octets a network, and each different set of entries once.

use std::{collections::HashMap, net::IpAddr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::{Entry, Full};

mod stored;

pub use self::stored::Damaged;

/// IPv4's place among IPv6: the top 96 bits.
const IPV4: u128 = 0xFFFF;
/// How many bits IPv4's place has.
const IPV4_BITS: u8 = 96;
/// There is no network around.
const NONE: u32 = u32::MAX;
/// The most that one list can say of one network. No real list says more than a few things; a hostile one could
/// otherwise make every look-up of an address go through millions.
const MOST_OF_A_LIST: usize = 256;

/// A read-only set of rules about addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressRules {
    /// Where each network begins; sorted, the wider one first where two begin at once.
    starts: Vec<u128>,
    /// The rest of each network.
    networks: Vec<Network>,
    /// Sets of entries, none empty, each sorted.
    sets: Vec<Box<[Entry]>>,
}

/// A network without its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    /// The narrowest network around it, or [`NONE`].
    around: u32,
    /// The number of its set of entries.
    set: u32,
    /// How many bits its addresses share.
    bits: u8,
}

impl AddressRules {
    /// How many networks have at least one entry.
    pub const fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there is no rule at all.
    pub const fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Octets that the set takes in memory.
    pub fn octets(&self) -> usize {
        let sets: usize = self.sets.iter().map(|set| size_of::<Box<[Entry]>>() + size_of_val(&**set)).sum();
        self.starts.capacity() * size_of::<u128>() + self.networks.capacity() * size_of::<Network>() + sets
    }

    /// The networks that hold an address, from the narrowest to the widest, with what lists say of them. Entries are
    /// never empty; their scope means nothing here.
    pub fn walk(&self, address: IpAddr) -> impl Iterator<Item = (IpNet, &[Entry])> {
        let key = key(address);
        let is_ipv4 = key >> 32 == IPV4;
        let mut next = self.starts.partition_point(|start| *start <= key).checked_sub(1);
        std::iter::from_fn(move || {
            while let Some(at) = next {
                let (start, network) = (*self.starts.get(at)?, *self.networks.get(at)?);
                next = (network.around != NONE).then_some(network.around as usize);
                if is_ipv4 && network.bits < IPV4_BITS {
                    return None;
                }
                if (start ^ key) & mask(network.bits) == 0 {
                    return Some((self.network(at), self.entries(at)));
                }
            }
            None
        })
    }

    /// Every network with its entries, in order of address, the wider first.
    pub fn iter(&self) -> impl Iterator<Item = (IpNet, &[Entry])> {
        (0..self.len()).map(|at| (self.network(at), self.entries(at)))
    }

    fn network(&self, at: usize) -> IpNet {
        let (start, bits) = (self.starts[at], self.networks[at].bits);
        if start >> 32 == IPV4 && bits >= IPV4_BITS {
            let address = (start as u32).into();
            IpNet::V4(Ipv4Net::new(address, bits - IPV4_BITS).unwrap_or_default())
        } else {
            IpNet::V6(Ipv6Net::new(start.into(), bits).unwrap_or_default())
        }
    }

    fn entries(&self, at: usize) -> &[Entry] {
        &self.sets[self.networks[at].set as usize]
    }

    /// Appends a network that comes after all others.
    fn push(&mut self, start: u128, bits: u8, set: u32) {
        let mut around = self.networks.len().checked_sub(1);
        while let Some(at) = around
            && (self.starts[at] ^ start) & mask(self.networks[at].bits) != 0
        {
            around = (self.networks[at].around != NONE).then_some(self.networks[at].around as usize);
        }
        let around = around.map_or(NONE, |at| at as u32);
        self.starts.push(start);
        self.networks.push(Network { around, set, bits });
    }
}

/// Collects rules for [`AddressRules`].
#[derive(Debug, Default)]
pub struct Builder {
    /// Beginning and width of a network, and what a list says of it.
    rules: Vec<(u128, u8, Entry)>,
}

impl Builder {
    /// Adds what a list says of a network; bits behind its prefix do not count. Saying the same twice changes
    /// nothing. What one list says of one network beyond 256 things is left out.
    pub fn insert(&mut self, network: IpNet, entry: Entry) -> Result<(), Full> {
        if self.rules.len() >= NONE as usize {
            return Err(Full);
        }
        let bits = network.prefix_len() + if matches!(network, IpNet::V4(_)) { IPV4_BITS } else { 0 };
        self.rules.push((key(network.network()), bits, entry));
        Ok(())
    }

    /// The finished set.
    pub fn finish(mut self) -> AddressRules {
        self.rules.sort_unstable();
        self.rules.dedup();
        let mut rules = AddressRules::default();
        let mut numbers: HashMap<Box<[Entry]>, u32> = HashMap::new();
        for same in self.rules.chunk_by(|one, other| (one.0, one.1) == (other.0, other.1)) {
            let of_lists = same.chunk_by(|one, other| one.2.list == other.2.list);
            let kept = of_lists.flat_map(|of_list| of_list.iter().take(MOST_OF_A_LIST));
            let entries: Box<[Entry]> = kept.map(|rule| rule.2).collect();
            let set = *numbers.entry(entries).or_insert_with_key(|entries| {
                rules.sets.push(entries.clone());
                rules.sets.len() as u32 - 1
            });
            rules.push(same[0].0, same[0].1, set);
        }
        rules.starts.shrink_to_fit();
        rules.networks.shrink_to_fit();
        rules
    }
}

/// An address as a number, IPv4 in its place among IPv6.
fn key(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => IPV4 << 32 | u128::from(u32::from(address)),
        IpAddr::V6(address) => address.into(),
    }
}

/// The bits that addresses of a network share.
fn mask(bits: u8) -> u128 {
    u128::MAX.checked_shl(128_u32.saturating_sub(bits.into())).unwrap_or(0)
}

#[cfg(test)]
mod tests;
