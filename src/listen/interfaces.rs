//! Reading which interfaces and addresses the machine has.

use std::{collections::BTreeMap, net::IpAddr};

use ipnet::IpNet;

use crate::policy::{Interface, Interfaces};

/// Flags of an IPv6 address that keep it from being handed out, as Linux writes them in `/proc/net/if_inet6`:
/// temporary (0x01), deprecated (0x20), tentative (0x40), failed duplicate detection (0x08).
const PASSING: u32 = 0x01 | 0x08 | 0x20 | 0x40;

/// The interfaces at this moment; none where the system does not tell.
pub fn read() -> Interfaces {
    let addresses = match if_addrs::get_if_addrs() {
        Ok(addresses) => addresses,
        Err(error) => {
            tracing::warn!(%error, "the machine's interfaces cannot be read; clients on our own networks may be refused");
            return Interfaces::default();
        }
    };
    let passing =
        std::fs::read_to_string("/proc/net/if_inet6").map(|text| passing(&text)).unwrap_or_default();
    let mut interfaces: BTreeMap<u32, Interface> = BTreeMap::new();
    for address in addresses {
        let index = address.index.unwrap_or(0);
        let interface = interfaces.entry(index).or_insert_with(|| Interface {
            index,
            networks: Vec::new(),
            stable_v6: Vec::new(),
        });
        let (ip, prefix) = match &address.addr {
            if_addrs::IfAddr::V4(v4) => (IpAddr::V4(v4.ip), v4.prefixlen),
            if_addrs::IfAddr::V6(v6) => {
                if !passing.contains(&v6.ip) {
                    interface.stable_v6.push(v6.ip);
                }
                (IpAddr::V6(v6.ip), v6.prefixlen)
            }
        };
        interface.networks.extend(IpNet::new(ip, prefix));
    }
    Interfaces::new(interfaces.into_values().collect())
}

/// The addresses that will not last, from Linux' table: address, index, prefix, scope, flags, name, in hexadecimal.
fn passing(table: &str) -> Vec<std::net::Ipv6Addr> {
    let address = |line: &str| {
        let mut fields = line.split_whitespace();
        let address = u128::from_str_radix(fields.next()?, 16).ok()?;
        let flags = u32::from_str_radix(fields.nth(3)?, 16).ok()?;
        (flags & PASSING != 0).then(|| address.into())
    };
    table.lines().filter_map(address).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporary_and_deprecated_addresses_are_passing() {
        let table = "\
20010db8000000000000000000000005 02 40 00 80     eth0
20010db800000000aaaabbbbccccdddd 02 40 00 01     eth0
20010db8000000000000000000000006 02 40 00 a0     eth0
00000000000000000000000000000001 01 80 10 80       lo
";
        let expected: Vec<std::net::Ipv6Addr> = ["2001:db8::aaaa:bbbb:cccc:dddd", "2001:db8::6"]
            .iter()
            .map(|text| text.parse().unwrap())
            .collect();
        assert_eq!(passing(table), expected);
    }

    #[test]
    fn this_machine_has_a_loopback_interface() {
        assert!(read().on_link().iter().any(|network| network.contains(&IpAddr::from([127, 0, 0, 1]))));
    }
}
