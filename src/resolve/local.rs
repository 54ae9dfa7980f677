//! Names that are answered here and never sent anywhere: those that RFCs keep out of the public DNS.
//! Sending them out would tell strangers about the home network and get no better answer.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::{
    message::rtype,
    name::{Name, NameError},
};

/// Zones that exist nowhere: names below do not exist.
///
/// RFC 6761 (test, invalid), RFC 7686 (onion), RFC 8375 (home.arpa), RFC 9462 §8 (resolver.arpa), RFC 6762 (local),
/// ICANN 2024 (internal), RFC 9476 (alt), and the reverse zones of RFC 6303.
const EMPTY_ZONES: &[&str] = &[
    "test",
    "invalid",
    "onion",
    "home.arpa",
    "resolver.arpa",
    "local",
    "internal",
    "alt",
    "0.in-addr.arpa",
    "10.in-addr.arpa",
    "127.in-addr.arpa",
    "254.169.in-addr.arpa",
    "168.192.in-addr.arpa",
    "2.0.192.in-addr.arpa",
    "100.51.198.in-addr.arpa",
    "113.0.203.in-addr.arpa",
    "255.255.255.255.in-addr.arpa",
    "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa",
    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa",
    "c.f.ip6.arpa",
    "d.f.ip6.arpa",
    "8.e.f.ip6.arpa",
    "9.e.f.ip6.arpa",
    "a.e.f.ip6.arpa",
    "b.e.f.ip6.arpa",
    "8.b.d.0.1.0.0.2.ip6.arpa",
];

/// Names by which browsers and phones ask whether they may use another resolver than the network's. That they do
/// not exist means: please stay here. Never 0.0.0.0, which makes phones wait.
const STAY_HERE: &[&str] = &["use-application-dns.net", "mask.icloud.com", "mask-h2.icloud.com"];

/// How a local name is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalAnswer {
    /// Our own name: the address that the query arrived on.
    OurAddress,
    /// This address, for the type that was asked.
    Address(IpAddr),
    /// The name exists and has no such data; the zone has so many labels.
    NoData(usize),
    /// The name does not exist; the zone has so many labels.
    NxDomain(usize),
}

/// The local names.
#[derive(Debug)]
pub struct LocalNames {
    localhost: Name,
    ipv4only: Name,
    discovery: Name,
    /// By the top-level domain that they are in, so that nearly all names are known to be none of them at once.
    tops: Vec<Top>,
}

/// The local names of one top-level domain.
#[derive(Debug)]
struct Top {
    label: Box<[u8]>,
    empty: Vec<Name>,
    absent: Vec<Name>,
}

impl LocalNames {
    /// `stay_here` tells browsers and phones not to look for another resolver.
    ///
    /// # Errors
    ///
    /// Never, as the tests show: all other names are written above.
    pub fn new(stay_here: bool) -> Result<Self, NameError> {
        let mut names = Self {
            localhost: "localhost".parse()?,
            ipv4only: "ipv4only.arpa".parse()?,
            discovery: "_dns.resolver.arpa".parse()?,
            tops: Vec::new(),
        };
        names.top(&names.localhost.clone());
        for zone in EMPTY_ZONES {
            names.add_empty(zone.parse()?);
        }
        // 172.16.0.0/12 has sixteen reverse zones.
        for second in 16..32 {
            names.add_empty(format!("{second}.172.in-addr.arpa").parse()?);
        }
        for name in if stay_here { STAY_HERE } else { &[] } {
            let name: Name = name.parse()?;
            if let Some(top) = names.top(&name) {
                top.absent.push(name);
            }
        }
        Ok(names)
    }

    fn add_empty(&mut self, zone: Name) {
        if let Some(top) = self.top(&zone) {
            top.empty.push(zone);
        }
    }

    /// The names in the same top-level domain as this one.
    fn top(&mut self, name: &Name) -> Option<&mut Top> {
        let label = top_label(name)?;
        let index = self.tops.iter().position(|top| *top.label == *label).unwrap_or_else(|| {
            self.tops.push(Top { label: label.into(), empty: Vec::new(), absent: Vec::new() });
            self.tops.len() - 1
        });
        self.tops.get_mut(index)
    }

    /// The answer for `name`, if it is a local one.
    pub fn answer(&self, name: &Name, qtype: u16) -> Option<LocalAnswer> {
        let label = top_label(name)?;
        let top = self.tops.iter().find(|top| *top.label == *label)?;
        if name.is_at_or_below(&self.localhost) {
            return Some(match qtype {
                rtype::A => LocalAnswer::Address(Ipv4Addr::LOCALHOST.into()),
                rtype::AAAA => LocalAnswer::Address(Ipv6Addr::LOCALHOST.into()),
                _ => LocalAnswer::NoData(1),
            });
        }
        // RFC 8880 §7.1: one of the two well-known addresses is enough to say that there is no NAT64 here.
        if *name == self.ipv4only {
            return Some(match qtype {
                rtype::A => LocalAnswer::Address(Ipv4Addr::new(192, 0, 0, 170).into()),
                _ => LocalAnswer::NoData(2),
            });
        }
        // RFC 9462 §4: nothing to discover, said so that clients stop asking.
        if *name == self.discovery {
            return Some(LocalAnswer::NoData(2));
        }
        if let Some(zone) = top.absent.iter().find(|zone| name == *zone) {
            return Some(LocalAnswer::NxDomain(zone.label_count()));
        }
        let zone = top.empty.iter().find(|zone| name.is_at_or_below(zone))?;
        let labels = zone.label_count();
        // RFC 6761 §6.2 and §6.4 say NXDOMAIN for the top-level name itself, too; the apex of any other zone exists.
        let apex = name == zone && labels > 1;
        Some(if apex { LocalAnswer::NoData(labels) } else { LocalAnswer::NxDomain(labels) })
    }
}

/// The label just below the root; `None` for the root.
fn top_label(name: &Name) -> Option<&[u8]> {
    name.label(name.label_count().checked_sub(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(name: &str, qtype: u16) -> Option<LocalAnswer> {
        let names = LocalNames::new(true).unwrap();
        names.answer(&name.parse().unwrap(), qtype)
    }

    #[test]
    fn special_names_are_answered_here() {
        for (name, qtype, expected) in [
            ("localhost", rtype::A, Some(LocalAnswer::Address(Ipv4Addr::LOCALHOST.into()))),
            ("a.localhost", rtype::AAAA, Some(LocalAnswer::Address(Ipv6Addr::LOCALHOST.into()))),
            ("localhost", rtype::MX, Some(LocalAnswer::NoData(1))),
            ("a.onion", rtype::A, Some(LocalAnswer::NxDomain(1))),
            ("invalid", rtype::A, Some(LocalAnswer::NxDomain(1))),
            ("home.arpa", rtype::SOA, Some(LocalAnswer::NoData(2))),
            ("printer.home.arpa", rtype::A, Some(LocalAnswer::NxDomain(2))),
            ("_dns.resolver.arpa", rtype::SVCB, Some(LocalAnswer::NoData(2))),
            ("1.1.168.192.in-addr.arpa", rtype::PTR, Some(LocalAnswer::NxDomain(4))),
            ("1.1.20.172.in-addr.arpa", rtype::PTR, Some(LocalAnswer::NxDomain(4))),
            ("1.1.32.172.in-addr.arpa", rtype::PTR, None),
            ("use-application-dns.net", rtype::A, Some(LocalAnswer::NxDomain(2))),
            ("mask.icloud.com", rtype::HTTPS, Some(LocalAnswer::NxDomain(3))),
            ("www.icloud.com", rtype::A, None),
            ("www.example", rtype::A, None),
            ("nonlocalhost", rtype::A, None),
        ] {
            assert_eq!(answer(name, qtype), expected, "{name}");
        }
    }

    #[test]
    fn an_isp_can_leave_the_choice_of_resolver_to_its_customers() {
        let names = LocalNames::new(false).unwrap();
        assert_eq!(names.answer(&"mask.icloud.com".parse().unwrap(), rtype::A), None);
    }
}
