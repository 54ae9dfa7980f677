//! Networks that a list should not speak of: those that hold half the internet, and those that are used within homes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::{Ground, Objection};

/// No company has more of the IPv4 internet than a prefix of 8 bits (RFC 7020's registries handed out no larger one).
const WIDEST_V4: u8 = 8;
/// Registries hand out at most some prefix of 24 bits of IPv6.
const WIDEST_V6: u8 = 24;
/// Bits in front of an IPv4 address within an IPv6 address.
const MAPPED: u8 = 96;

/// IPv4 networks that are not on the internet (RFC 6890).
const SPECIAL_V4: [(Ipv4Addr, u8); 8] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];
/// IPv6 networks that are not on the internet: unspecified and loopback, unique local, link-local, multicast.
const SPECIAL_V6: [(Ipv6Addr, u8); 4] = [
    (Ipv6Addr::UNSPECIFIED, 127),
    (Ipv6Addr::new(0xFC00, 0, 0, 0, 0, 0, 0, 0), 7),
    (Ipv6Addr::new(0xFE80, 0, 0, 0, 0, 0, 0, 0), 10),
    (Ipv6Addr::new(0xFF00, 0, 0, 0, 0, 0, 0, 0), 8),
];
/// IPv6 networks in which the whole of IPv4 is written: mapped (RFC 4291 §2.5.5.2) and translated (RFC 6052 §2.1).
const OF_V4: [Ipv6Addr; 2] =
    [Ipv6Addr::new(0, 0, 0, 0, 0, 0xFFFF, 0, 0), Ipv6Addr::new(0x64, 0xFF9B, 0, 0, 0, 0, 0, 0)];

/// What there is to say against a rule for addresses of this network.
pub(super) fn judge(network: IpNet) -> Option<Objection> {
    let network = written_as_v4(network);
    let widest = if network.addr().is_ipv4() { WIDEST_V4 } else { WIDEST_V6 };
    if network.prefix_len() < widest || has_all_of_v4(network) {
        return Some(Objection::new(Ground::TooWide, &network));
    }
    special(network).map(|special| Objection::new(Ground::SpecialAddress, &special))
}

/// The special network that this one has a part in.
fn special(network: IpNet) -> Option<IpNet> {
    let v4 =
        SPECIAL_V4.iter().filter_map(|(address, length)| Ipv4Net::new(*address, *length).ok().map(IpNet::V4));
    let v6 =
        SPECIAL_V6.iter().filter_map(|(address, length)| Ipv6Net::new(*address, *length).ok().map(IpNet::V6));
    v4.chain(v6).find(|special| special.contains(&network) || network.contains(special))
}

/// Whether the IPv6 network has the whole of IPv4 in it, and more.
fn has_all_of_v4(network: IpNet) -> bool {
    network.prefix_len() < MAPPED && OF_V4.iter().any(|prefix| network.contains(&IpAddr::V6(*prefix)))
}

/// An IPv4 network that is written as one of IPv6.
fn written_as_v4(network: IpNet) -> IpNet {
    let IpAddr::V6(address) = network.network() else { return network };
    let of_v4 = OF_V4.iter().any(|prefix| prefix.segments()[..6] == address.segments()[..6]);
    let length = network.prefix_len().checked_sub(MAPPED);
    let [.., a, b, c, d] = address.octets();
    let written = length.filter(|_| of_v4).and_then(|length| Ipv4Net::new([a, b, c, d].into(), length).ok());
    written.map_or(network, IpNet::V4)
}
