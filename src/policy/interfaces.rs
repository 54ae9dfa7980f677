//! The machine's own interfaces, as a value: which networks are on-link, and which address of ours a client that
//! reached us at some address can use to reach the page.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::{
    Sinkhole,
    clients::{can_be_sinkhole_v4, can_be_sinkhole_v6},
};

/// One interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// The operating system's number for it.
    pub index: u32,
    /// Every address and the network that it is in.
    pub networks: Vec<IpNet>,
    /// Those of its IPv6 addresses that last: not temporary, not deprecated, not tentative.
    pub stable_v6: Vec<Ipv6Addr>,
}

/// All interfaces at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Interfaces {
    interfaces: Vec<Interface>,
    on_link: Vec<IpNet>,
}

/// Where the page is, as the operator has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SinkholeSetting<A> {
    /// The address that the query arrived on, or one of the same interface.
    #[default]
    Auto,
    /// Always this address.
    Fixed(A),
    /// Nowhere in this family: address queries of it get no data.
    None,
}

/// Where the page is, for both families.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SinkholeSettings {
    /// For A queries.
    pub v4: SinkholeSetting<Ipv4Addr>,
    /// For AAAA queries.
    pub v6: SinkholeSetting<Ipv6Addr>,
}

impl Interfaces {
    /// A snapshot.
    pub fn new(interfaces: Vec<Interface>) -> Self {
        // A point-to-point address is no network that others are in.
        let on_link = interfaces
            .iter()
            .flat_map(|interface| &interface.networks)
            .map(IpNet::trunc)
            .filter(|network| network.prefix_len() < network.max_prefix_len() && network.prefix_len() > 0)
            .collect();
        Self { interfaces, on_link }
    }

    /// The networks that our interfaces are in.
    pub fn on_link(&self) -> &[IpNet] {
        &self.on_link
    }

    /// Our addresses that others can use and that last: no loopback, link-local or temporary ones.
    pub fn lasting_addresses(&self) -> Vec<IpAddr> {
        let v4 = |interface: &Interface| {
            let all = interface.networks.iter().map(IpNet::addr);
            all.filter(std::net::IpAddr::is_ipv4).collect::<Vec<_>>()
        };
        let v6 = |interface: &Interface| interface.stable_v6.iter().copied().map(IpAddr::V6).collect();
        let all = self.interfaces.iter().flat_map(|interface| [v4(interface), v6(interface)].concat());
        all.filter(|address| !address.is_loopback() && !is_link_local(*address)).collect()
    }

    /// Whether any of our addresses is an IPv6 one.
    pub fn has_ipv6(&self) -> bool {
        let mut networks = self.interfaces.iter().flat_map(|interface| &interface.networks);
        networks.any(|network| network.addr().is_ipv6())
    }

    /// Every interface.
    pub fn iter(&self) -> impl Iterator<Item = &Interface> {
        self.interfaces.iter()
    }

    /// Every address of ours.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.interfaces.iter().flat_map(|interface| interface.networks.iter().map(IpNet::addr))
    }

    /// Whether `address` is one of ours.
    pub fn is_ours(&self, address: IpAddr) -> bool {
        address.is_loopback() || address.is_unspecified() || self.owner(address, 0).is_some()
    }

    /// The sinkhole for a client that reached us at `local`. `index` tells the interface where the address does
    /// not, which is so for link-local ones.
    pub fn sinkhole(&self, settings: SinkholeSettings, local: Option<IpAddr>, index: u32) -> Sinkhole {
        let local = local.map(|address| address.to_canonical());
        let owner = local.and_then(|address| self.owner(address, index));
        let v4 = match (settings.v4, local) {
            (SinkholeSetting::Fixed(address), _) => Some(address),
            (SinkholeSetting::None, _) => None,
            (SinkholeSetting::Auto, Some(IpAddr::V4(address))) if can_be_sinkhole_v4(address) => {
                Some(address)
            }
            (SinkholeSetting::Auto, _) => owner.and_then(Interface::v4),
        };
        let v6 = match (settings.v6, local) {
            (SinkholeSetting::Fixed(address), _) => Some(address),
            (SinkholeSetting::None, _) => None,
            (SinkholeSetting::Auto, Some(IpAddr::V6(address))) if can_be_sinkhole_v6(address) => {
                Some(address)
            }
            (SinkholeSetting::Auto, _) => owner.and_then(Interface::v6),
        };
        Sinkhole { v4, v6 }
    }

    fn owner(&self, address: IpAddr, index: u32) -> Option<&Interface> {
        self.interfaces.iter().find(|interface| {
            let has = interface.networks.iter().any(|network| network.addr() == address);
            has && (index == 0 || interface.index == index || !is_link_local(address))
        })
    }
}

impl Interface {
    fn v4(&self) -> Option<Ipv4Addr> {
        self.networks.iter().find_map(|network| match network.addr() {
            IpAddr::V4(address) if can_be_sinkhole_v4(address) => Some(address),
            _ => None,
        })
    }

    /// A lasting address, a unique-local one first: a global one changes when the provider says so.
    fn v6(&self) -> Option<Ipv6Addr> {
        let usable = |address: &&Ipv6Addr| can_be_sinkhole_v6(**address) && !address.is_loopback();
        let candidates = self.stable_v6.iter().filter(usable);
        candidates.min_by_key(|address| !address.is_unique_local()).copied()
    }
}

fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interfaces() -> Interfaces {
        let networks = |list: &[&str]| list.iter().map(|text| text.parse().unwrap()).collect();
        let stable_v6 = |list: &[&str]| list.iter().map(|text| text.parse().unwrap()).collect();
        Interfaces::new(vec![
            Interface {
                index: 1,
                networks: networks(&["127.0.0.1/8", "::1/128"]),
                stable_v6: stable_v6(&["::1"]),
            },
            Interface {
                index: 2,
                networks: networks(&["192.168.1.5/24", "fe80::5/64", "2001:db8::5/64", "fd00::5/64"]),
                stable_v6: stable_v6(&["fe80::5", "2001:db8::5", "fd00::5"]),
            },
            Interface {
                index: 3,
                networks: networks(&["10.0.0.5/24", "fe80::5/64"]),
                stable_v6: stable_v6(&["fe80::5"]),
            },
        ])
    }

    fn sinkhole(local: &str, index: u32) -> (Option<String>, Option<String>) {
        let found = interfaces().sinkhole(SinkholeSettings::default(), Some(local.parse().unwrap()), index);
        (found.v4.map(|a| a.to_string()), found.v6.map(|a| a.to_string()))
    }

    fn pair(v4: Option<&str>, v6: Option<&str>) -> (Option<String>, Option<String>) {
        (v4.map(Into::into), v6.map(Into::into))
    }

    #[test]
    fn the_sinkhole_is_the_address_asked_and_its_neighbour_in_the_other_family() {
        assert_eq!(sinkhole("192.168.1.5", 0), pair(Some("192.168.1.5"), Some("fd00::5")));
        assert_eq!(sinkhole("2001:db8::5", 2), pair(Some("192.168.1.5"), Some("2001:db8::5")));
        assert_eq!(sinkhole("127.0.0.1", 1), pair(Some("127.0.0.1"), None));
        assert_eq!(sinkhole("127.0.0.2", 1), pair(Some("127.0.0.2"), None));
        assert_eq!(sinkhole("::1", 1), pair(Some("127.0.0.1"), Some("::1")));
    }

    #[test]
    fn link_local_addresses_are_never_handed_out() {
        assert_eq!(sinkhole("fe80::5", 2), pair(Some("192.168.1.5"), Some("fd00::5")));
        assert_eq!(sinkhole("fe80::5", 3), pair(Some("10.0.0.5"), None));
    }

    #[test]
    fn the_operators_word_goes_first() {
        let fixed = SinkholeSettings {
            v4: SinkholeSetting::Fixed(Ipv4Addr::new(192, 0, 2, 1)),
            v6: SinkholeSetting::None,
        };
        let found = interfaces().sinkhole(fixed, Some("2001:db8::5".parse().unwrap()), 2);
        assert_eq!(found, Sinkhole { v4: Some(Ipv4Addr::new(192, 0, 2, 1)), v6: None });
    }

    #[test]
    fn our_addresses_and_networks_are_known() {
        let interfaces = interfaces();
        let lasting: Vec<String> = interfaces.lasting_addresses().iter().map(ToString::to_string).collect();
        assert_eq!(lasting, ["192.168.1.5", "2001:db8::5", "fd00::5", "10.0.0.5"]);
        assert!(interfaces.has_ipv6() && !Interfaces::default().has_ipv6());
        assert!(interfaces.is_ours("192.168.1.5".parse().unwrap()));
        assert!(interfaces.is_ours("127.9.9.9".parse().unwrap()));
        assert!(!interfaces.is_ours("192.168.1.6".parse().unwrap()));
        assert!(interfaces.on_link().contains(&"2001:db8::/64".parse().unwrap()));
        assert!(!interfaces.on_link().iter().any(|network| network.prefix_len() == 128));
    }
}
