//! Which DNS servers a Router Advertisement announces (RFC 4861 §4.2, RFC 8106 §5.1). Bytes in, addresses out.

use std::net::Ipv6Addr;

/// Type of a Router Solicitation.
pub(super) const SOLICITATION: u8 = 133;
/// Type of a Router Advertisement.
const ADVERTISEMENT: u8 = 134;
/// Octets in front of the options.
const FIXED_OCTETS: usize = 16;
/// Option type of Recursive DNS Server.
const RDNSS: u8 = 25;
/// Octets in front of an RDNSS option's addresses.
const RDNSS_FIXED: usize = 8;
/// Lengths of options count in these.
const UNIT: usize = 8;
/// The most servers that are read from one advertisement.
const MOST_SERVERS: usize = 64;

/// The servers that an advertisement announces, without those that it withdraws by a lifetime of 0. `message` is the
/// message of `ICMPv6` from its type on. `None` if it is no advertisement, or one that RFC 4861 §6.1.2 has hosts discard.
pub fn dns_servers(message: &[u8]) -> Option<Vec<Ipv6Addr>> {
    if message.len() < FIXED_OCTETS || message[0] != ADVERTISEMENT || message[1] != 0 {
        return None;
    }
    let mut servers = Vec::new();
    let mut options = &message[FIXED_OCTETS..];
    while !options.is_empty() {
        let length = usize::from(*options.get(1)?) * UNIT;
        // An option of length 0 makes the whole advertisement void, and so does one that is cut off.
        if length == 0 || length > options.len() {
            return None;
        }
        let (option, rest) = options.split_at(length);
        if option[0] == RDNSS {
            servers.extend(announced(option));
        }
        options = rest;
    }
    servers.truncate(MOST_SERVERS);
    Some(servers)
}

/// The servers of one RDNSS option. RFC 8106 §5.3.1: one that has no room for an address is passed over.
fn announced(option: &[u8]) -> Vec<Ipv6Addr> {
    let lifetime = option.get(4..RDNSS_FIXED).unwrap_or_default();
    if lifetime.iter().all(|octet| *octet == 0) {
        return Vec::new();
    }
    let addresses = option.get(RDNSS_FIXED..).unwrap_or_default().chunks_exact(16);
    addresses.filter_map(|octets| <[u8; 16]>::try_from(octets).ok()).map(Ipv6Addr::from).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn advertisement(options: &[&[u8]]) -> Vec<u8> {
        let mut message = vec![ADVERTISEMENT, 0, 0xAB, 0xCD, 64, 0, 0x07, 0x08, 0, 0, 0, 0, 0, 0, 0, 0];
        message.extend(options.concat());
        message
    }

    fn rdnss(lifetime: u32, addresses: &[&str]) -> Vec<u8> {
        let mut option = vec![RDNSS, 1 + 2 * addresses.len() as u8, 0, 0];
        option.extend(lifetime.to_be_bytes());
        for address in addresses {
            option.extend(address.parse::<Ipv6Addr>().unwrap().octets());
        }
        option
    }

    fn text(message: &[u8]) -> Option<Vec<String>> {
        dns_servers(message).map(|servers| servers.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn announced_servers_are_read_and_withdrawn_ones_are_not() {
        let link_layer = [1, 1, 2, 3, 4, 5, 6, 7];
        let message = advertisement(&[
            &link_layer,
            &rdnss(600, &["fe80::1", "2001:db8::53"]),
            &rdnss(0, &["2001:db8::bad"]),
            &rdnss(u32::MAX, &["fd00::53"]),
        ]);
        assert_eq!(text(&message).unwrap(), ["fe80::1", "2001:db8::53", "fd00::53"]);
        assert_eq!(text(&advertisement(&[])).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn what_is_no_advertisement_is_none() {
        let good = advertisement(&[&rdnss(600, &["fe80::1"])]);
        for length in (0..FIXED_OCTETS).chain(FIXED_OCTETS + 1..good.len()) {
            assert_eq!(dns_servers(&good[..length]), None, "{length} octets");
        }
        let mut solicitation = good.clone();
        solicitation[0] = SOLICITATION;
        assert_eq!(dns_servers(&solicitation), None);
        let mut coded = good.clone();
        coded[1] = 1;
        assert_eq!(dns_servers(&coded), None);
        assert_eq!(dns_servers(&advertisement(&[&[RDNSS, 0, 0, 0, 0, 0, 0, 9]])), None, "a length of 0");
    }

    #[test]
    fn an_option_without_room_for_an_address_announces_nothing() {
        let short = [RDNSS, 1, 0, 0, 0, 0, 0, 9];
        let half = [&[RDNSS, 2, 0, 0, 0, 0, 0, 9][..], &[0xFE; 8]].concat();
        assert_eq!(text(&advertisement(&[&short, &half])).unwrap(), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn no_octets_are_too_strange(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
            dns_servers(&octets);
            let mut message = advertisement(&[]);
            message.extend(&octets);
            if let Some(servers) = dns_servers(&message) {
                prop_assert!(servers.len() * 16 <= octets.len());
            }
        }
    }
}
