//! What an owner name of a policy zone looks at (draft-vixie-dnsop-dns-rpz §4).
//!
//! | owner, without the zone | looks at |
//! |---|---|
//! | `name`, `*.name` | a name; all below it |
//! | `24.0.2.0.192.rpz-ip` | an address in the answer, here 192.0.2.0/24 |
//! | `48.zz.1.db8.2001.rpz-client-ip` | the address of whoever asks, here 2001:db8:1::/48 |
//! | `….rpz-nsip` | the address of a server that is authoritative for the name |
//! | `name.rpz-nsdname`, `*.name.rpz-nsdname` | that server's name |

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::{
    super::{Match, Reason, Trigger, entry},
    names,
};
use crate::{name::Name, trie::Scope};

/// The kind of a trigger, and what it is about: a name, or an address written as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Subject {
    /// What is looked at.
    kind: Kind,
    /// The owner without the zone, without the label that says the kind, and without a leading `*`.
    name: Name,
    /// Whether `*` stood in front.
    below: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Name,
    Address,
    Client,
    Server,
    ServerAddress,
}

impl Subject {
    /// Tells the kind of an owner that has lost its zone.
    pub(super) fn of(owner: Name) -> Result<Self, Reason> {
        let kind = match owner.labels_from_root().next().unwrap_or_default() {
            b"rpz-ip" => Kind::Address,
            b"rpz-client-ip" => Kind::Client,
            b"rpz-nsip" => Kind::ServerAddress,
            b"rpz-nsdname" => Kind::Server,
            // A misspelt kind, or one that will be thought of later. As a name it would never be asked for.
            other if other.starts_with(b"rpz-") => return Err(Reason::Trigger),
            _ => Kind::Name,
        };
        let name = if kind == Kind::Name { owner } else { names::without_last(&owner, 1)? };
        let below = name.label(0) == Some(b"*");
        let name = if below { name.suffix(name.label_count() - 1) } else { name };
        Ok(Self { kind, name, below })
    }

    /// Whether `name` is the owner itself, without its zone and its kind.
    pub(super) fn is(&self, name: &Name) -> bool {
        if self.below {
            name.label(0) == Some(b"*") && name.suffix_wire(name.label_count() - 1) == self.name.wire()
        } else {
            *name == self.name
        }
    }

    /// The trigger. One that lets pass may be for a whole top-level domain, since that takes nothing from anybody.
    /// What the operator says of the scope holds for names in the query.
    pub(super) fn trigger(&self, lets_pass: bool, matching: Match) -> Result<Trigger<'_>, Reason> {
        Ok(match self.kind {
            Kind::Name => Trigger::Name(self.name(lets_pass)?, matching.scope(self.scope())),
            Kind::Server => Trigger::Server(self.name(lets_pass)?, self.scope()),
            Kind::Address => Trigger::Address(self.network()?),
            Kind::Client => Trigger::Client(self.network()?),
            Kind::ServerAddress => Trigger::ServerAddress(self.network()?),
        })
    }

    /// The name, if it is one for a list to decide on.
    fn name(&self, lets_pass: bool) -> Result<&Name, Reason> {
        match entry::why_no_trigger(&self.name) {
            None => Ok(&self.name),
            Some(Reason::TopLevel) if lets_pass && !self.name.is_root() => Ok(&self.name),
            Some(reason) => Err(reason),
        }
    }

    /// Which names are meant.
    const fn scope(&self) -> Scope {
        if self.below { Scope::Below } else { Scope::Exact }
    }

    /// The network that the name stands for.
    fn network(&self) -> Result<IpNet, Reason> {
        if self.below { Err(Reason::AddressTrigger) } else { network(&self.name) }
    }
}

/// Reads a network: the prefix length, then the address backwards, octet by octet or in hexadecimal words.
fn network(written: &Name) -> Result<IpNet, Reason> {
    let prefix = decimal(written.label(0).unwrap_or_default()).filter(|prefix| *prefix > 0);
    let prefix = prefix.ok_or(Reason::AddressTrigger)?;
    let is_v4 = written.label_count() == 5 && written.labels_from_root().all(|label| label != b"zz");
    let address = written.labels_from_root().take(written.label_count() - 1);
    let address: Option<IpAddr> =
        if is_v4 { octets(address).map(Into::into) } else { words(address).map(Into::into) };
    let address = address.ok_or(Reason::AddressTrigger)?;
    let network = IpNet::new(address, prefix).map_err(|_| Reason::AddressTrigger)?;
    // Either the address or the length is not what the author meant, and nobody can tell which.
    if network.network() == address { Ok(network) } else { Err(Reason::HostBits) }
}

/// Reads the octets of an IPv4 address.
fn octets<'n>(labels: impl Iterator<Item = &'n [u8]>) -> Option<Ipv4Addr> {
    let mut octets = [0; 4];
    for (octet, label) in octets.iter_mut().zip(labels) {
        *octet = decimal(label)?;
    }
    Some(octets.into())
}

/// Reads the words of an IPv6 address, where one `zz` stands for as many zeros as are missing.
fn words<'n>(labels: impl Iterator<Item = &'n [u8]>) -> Option<Ipv6Addr> {
    let mut words = [0; 8];
    let (mut read, mut gap) = (0, None);
    for label in labels {
        if label == b"zz" {
            // A second one would leave open how many zeros each stands for.
            if gap.replace(read).is_some() {
                return None;
            }
        } else {
            *words.get_mut(read)? = hexadecimal(label)?;
            read += 1;
        }
    }
    match gap {
        None => (read == 8).then(|| words.into()),
        Some(gap) => {
            words[gap..].rotate_right(8 - read);
            (read < 8).then(|| words.into())
        }
    }
}

/// Reads a number up to 255.
fn decimal(label: &[u8]) -> Option<u8> {
    let digits = label.len() <= 3 && label.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(label).ok().filter(|_| digits)?.parse().ok()
}

/// Reads a word of an IPv6 address.
fn hexadecimal(label: &[u8]) -> Option<u16> {
    let digits = label.len() <= 4 && label.iter().all(u8::is_ascii_hexdigit);
    u16::from_str_radix(std::str::from_utf8(label).ok().filter(|_| digits)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(owner: &str, lets_pass: bool) -> Result<String, Reason> {
        let subject = Subject::of(owner.parse().unwrap())?;
        Ok(match subject.trigger(lets_pass, Match::Auto)? {
            Trigger::Name(name, scope) => format!("name {scope:?} {name}"),
            Trigger::Address(network) => format!("address {network}"),
            Trigger::Client(network) => format!("client {network}"),
            Trigger::Server(name, scope) => format!("server {scope:?} {name}"),
            Trigger::ServerAddress(network) => format!("server address {network}"),
        })
    }

    #[test]
    fn each_kind_of_trigger_is_read() {
        for (owner, trigger) in [
            ("Scam.Example", "name Exact scam.example"),
            ("*.scam.example", "name Below scam.example"),
            ("_a.-b-.example", "name Exact _a.-b-.example"),
            ("32.1.2.0.192.rpz-ip", "address 192.0.2.1/32"),
            ("24.0.2.0.192.RPZ-IP", "address 192.0.2.0/24"),
            ("8.0.0.0.10.rpz-client-ip", "client 10.0.0.0/8"),
            ("128.1.zz.db8.2001.rpz-client-ip", "client 2001:db8::1/128"),
            ("48.zz.1.DB8.2001.rpz-nsip", "server address 2001:db8:1::/48"),
            ("128.8.7.6.5.4.3.2.1.rpz-ip", "address 1:2:3:4:5:6:7:8/128"),
            ("128.zz.8.7.6.5.4.3.2.rpz-ip", "address 2:3:4:5:6:7:8:0/128"),
            ("128.8.zz.6.5.4.3.2.1.rpz-ip", "address 1:2:3:4:5:6:0:8/128"),
            ("128.1.zz.rpz-ip", "address ::1/128"),
            ("32.zz.db8.2001.rpz-ip", "address 2001:db8::/32"),
            ("1.zz.rpz-ip", "address ::/1"),
            // Four labels, and yet no IPv4 address.
            ("128.4.3.zz.1.rpz-ip", "address 1::3:4/128"),
            ("ns.scam.example.rpz-nsdname", "server Exact ns.scam.example"),
            ("*.scam.example.rpz-nsdname", "server Below scam.example"),
        ] {
            assert_eq!(read(owner, false).as_deref(), Ok(trigger), "{owner}");
        }
    }

    #[test]
    fn what_is_no_trigger_says_why() {
        for (owner, reason) in [
            (".", Reason::TopLevel),
            ("*", Reason::TopLevel),
            ("com", Reason::TopLevel),
            ("*.com", Reason::TopLevel),
            ("com.rpz-nsdname", Reason::TopLevel),
            ("rpz-nsdname", Reason::TopLevel),
            ("localhost", Reason::Boilerplate),
            ("192.0.2.1", Reason::Address),
            ("a.*.example", Reason::Wildcard),
            ("*.*.example", Reason::Wildcard),
            ("a\\032b.example", Reason::Character),
            ("a\\.b.example", Reason::Character),
            ("http://a.example", Reason::Url),
            ("a.example.rpz-nsdomain", Reason::Trigger),
            ("32.1.2.0.192.rpz-ips", Reason::Trigger),
            ("rpz-ip", Reason::AddressTrigger),
            ("32.rpz-ip", Reason::AddressTrigger),
            ("*.rpz-ip", Reason::AddressTrigger),
            ("33.1.2.0.192.rpz-ip", Reason::AddressTrigger),
            ("0.0.0.0.0.rpz-ip", Reason::AddressTrigger),
            ("32.1.2.0.256.rpz-ip", Reason::AddressTrigger),
            ("32.1.2.0.0192.rpz-ip", Reason::AddressTrigger),
            ("32.1.2.192.rpz-ip", Reason::AddressTrigger),
            ("x.1.2.0.192.rpz-ip", Reason::AddressTrigger),
            ("129.1.zz.rpz-ip", Reason::AddressTrigger),
            ("128.1.zz.zz.rpz-ip", Reason::AddressTrigger),
            ("128.1.zz.10000.rpz-ip", Reason::AddressTrigger),
            ("128.8.7.6.5.4.3.2.rpz-ip", Reason::AddressTrigger),
            ("128.9.8.7.6.5.4.3.2.1.rpz-ip", Reason::AddressTrigger),
            ("128.8.7.6.5.4.3.2.1.zz.rpz-ip", Reason::AddressTrigger),
            ("24.1.2.0.192.rpz-ip", Reason::HostBits),
            ("32.1.zz.db8.2001.rpz-nsip", Reason::HostBits),
        ] {
            assert_eq!(read(owner, false), Err(reason), "{owner}");
        }
    }

    #[test]
    fn a_whole_top_level_domain_may_be_let_pass() {
        assert_eq!(read("*.jp", true).as_deref(), Ok("name Below jp"));
        assert_eq!(read("*", true), Err(Reason::TopLevel));
        assert_eq!(read("localhost", true), Err(Reason::Boilerplate));
    }
}
