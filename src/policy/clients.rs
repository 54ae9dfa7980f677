//! Who may ask. One list for both families, so that none is open by accident; everybody else gets REFUSED and
//! nothing is resolved for them.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use ipnet::IpNet;

/// Networks whose addresses may ask, each as the operator wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    networks: Vec<IpNet>,
    on_link: bool,
}

/// The word is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is none of loopback, private, on-link, any, an address or a network such as 192.0.2.0/24")]
pub struct AccessError(String);

impl Default for Access {
    /// Loopback, private networks, and the networks that our own interfaces are in.
    fn default() -> Self {
        Self::from_words(["loopback", "private", "on-link"])
            .unwrap_or(Self { networks: Vec::new(), on_link: true })
    }
}

impl Access {
    /// Reads words as they stand in the configuration.
    pub fn from_words<'w>(words: impl IntoIterator<Item = &'w str>) -> Result<Self, AccessError> {
        let mut access = Self { networks: Vec::new(), on_link: false };
        for word in words {
            access.add(word)?;
        }
        Ok(access)
    }

    fn add(&mut self, word: &str) -> Result<(), AccessError> {
        let named: &[&str] = match word {
            "loopback" => &["127.0.0.0/8", "::1/128"],
            // RFC 1918, RFC 4193, and link-local of both families (RFC 3927, RFC 4291).
            "private" => {
                &["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10"]
            }
            "any" => &["0.0.0.0/0", "::/0"],
            "on-link" => {
                self.on_link = true;
                &[]
            }
            other => &[other],
        };
        for text in named {
            let network = IpNet::from_str(text)
                .or_else(|_| IpAddr::from_str(text).map(IpNet::from))
                .map_err(|_| AccessError(word.into()))?;
            self.networks.push(network);
        }
        Ok(())
    }

    /// Whether `client` may ask. `on_link` are the networks that our own interfaces are in at this moment.
    pub fn allows(&self, client: IpAddr, on_link: &[IpNet]) -> bool {
        let client = client.to_canonical();
        let within = |network: &IpNet| network.contains(&client);
        self.networks.iter().any(within) || self.on_link && on_link.iter().any(within)
    }
}

/// Whether an address can be handed to a client as the place where the page is: one that means the same host to
/// both sides.
pub fn can_be_sinkhole_v6(address: Ipv6Addr) -> bool {
    !(address.is_unspecified() || address.is_unicast_link_local() || address.is_multicast())
}

/// As [`can_be_sinkhole_v6`], for IPv4.
pub fn can_be_sinkhole_v4(address: Ipv4Addr) -> bool {
    !(address.is_unspecified() || address.is_link_local() || address.is_multicast() || address.is_broadcast())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn homes_may_ask_and_strangers_may_not() {
        let access = Access::default();
        let on_link = ["2001:db8:1::/64".parse().unwrap()];
        for (client, allowed) in [
            ("127.0.0.1", true),
            ("::1", true),
            ("192.168.1.20", true),
            ("::ffff:192.168.1.20", true),
            ("172.32.0.1", false),
            ("fd00::1", true),
            ("fe80::1", true),
            ("2001:db8:1::7", true),
            ("2001:db8:2::7", false),
            ("198.51.100.1", false),
        ] {
            assert_eq!(access.allows(client.parse().unwrap(), &on_link), allowed, "{client}");
        }
    }

    #[test]
    fn networks_and_addresses_are_read() {
        let access = Access::from_words(["192.0.2.0/24", "2001:db8::5"]).unwrap();
        assert!(access.allows("192.0.2.9".parse().unwrap(), &[]));
        assert!(access.allows("2001:db8::5".parse().unwrap(), &[]));
        assert!(!access.allows("2001:db8::6".parse().unwrap(), &[]));
        assert!(!access.allows("127.0.0.1".parse().unwrap(), &[]));
        assert!(Access::from_words(["office"]).is_err());
    }
}
