//! Whether those who should be answered are, and those who should not are not. From the configuration and the
//! machine's addresses alone.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use super::{
    facts::Facts,
    report::{Finding, State, finding, trouble},
};

/// Looks at every connected network.
pub(super) fn examine(facts: &Facts) -> Vec<Finding> {
    let listening = &facts.config.dns;
    if listening.iter().all(|address| address.ip().is_loopback()) {
        let found = "DNS is served to this machine only. For the other devices, set [listen] dns to an address that they reach.";
        return vec![finding("access.loopback", State::Note, found)];
    }
    let mut findings: Vec<Finding> = networks(facts, listening)
        .into_iter()
        .filter_map(|network| {
            uncovered(
                network,
                facts.config.engine.access.allows(network.addr(), facts.interfaces.on_link())
                    && facts.config.engine.access.allows(last(network), facts.interfaces.on_link()),
            )
        })
        .collect();
    if findings.is_empty() {
        findings.push(finding("access.network", State::Ok, "Every network that this machine is in may ask."));
    }
    findings.extend(open_to_all(facts, listening));
    findings
}

/// The networks from which devices can reach an address that we listen on.
fn networks(facts: &Facts, listening: &[SocketAddr]) -> Vec<IpNet> {
    let mut found: Vec<IpNet> = Vec::new();
    let reached = |network: &IpNet| {
        let address = network.addr();
        listening.iter().any(|ours| {
            ours.ip() == address || ours.ip().is_unspecified() && ours.is_ipv4() == address.is_ipv4()
        })
    };
    let all = facts.interfaces.iter().flat_map(|interface| interface.networks.iter().copied());
    for network in all.filter(|network| !network.addr().is_loopback()).filter(reached) {
        // A point-to-point address is no network that others are in.
        if network.prefix_len() < network.max_prefix_len() && !found.contains(&network.trunc()) {
            found.push(network.trunc());
        }
    }
    found
}

/// The last address of a network: with the first, enough to see a rule that covers a part of it.
fn last(network: IpNet) -> IpAddr {
    network.broadcast()
}

fn uncovered(network: IpNet, allowed: bool) -> Option<Finding> {
    (!allowed).then(|| {
        trouble(
            "access.network",
            State::Warning,
            format!("Devices in {network}, a network that this machine is in, are refused."),
            format!("Add \"{network}\" or \"on-link\" to [listen] allow, if they are to be served."),
        )
    })
}

/// `any` on an address that the whole internet can reach.
fn open_to_all(facts: &Facts, listening: &[SocketAddr]) -> Option<Finding> {
    let access = &facts.config.engine.access;
    // Who lets two ask that have nothing in common lets everybody ask.
    let everybody = |address: IpAddr| match address {
        IpAddr::V4(_) => {
            access.allows([203, 0, 113, 7].into(), &[]) && access.allows([8, 8, 8, 8].into(), &[])
        }
        IpAddr::V6(_) => {
            let far = "2001:db8:ffff::7".parse().into_iter().chain("2600::7".parse());
            far.into_iter().all(|address: IpAddr| access.allows(address, &[]))
        }
    };
    let mut at = listening.iter().flat_map(|address| facts.asked_at(*address));
    let open = at.find(|address| is_public(address.ip()) && everybody(address.ip()))?;
    Some(trouble(
        "access.open",
        State::Warning,
        format!(
            "Everybody on the internet may ask at {open}, unless a firewall is in front: an open resolver, which is misused for attacks on others."
        ),
        "Name the networks of your own devices in [listen] allow in place of \"any\", or listen on an inner address.",
    ))
}

/// Whether an address is one of the internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let shared = v4.octets()[0] == 100 && v4.octets()[1] & 0xC0 == 64;
            !(v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified() || shared)
        }
        IpAddr::V6(v6) => v6.segments()[0] & 0xE000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::{Config, Overrides},
        doctor::facts::Running,
        policy::{Interface, Interfaces},
    };

    fn said(listen: &str, allow: &str) -> Vec<(&'static str, State, String)> {
        let networks = ["192.168.1.5/24", "198.51.100.5/24", "fe80::5/64", "2001:db8:1::5/64"];
        let networks = networks.iter().map(|text| text.parse().unwrap()).collect();
        let text = format!("[listen]\ndns = [{listen}]\nallow = [{allow}]\n");
        let facts = Facts {
            config: Config::read(&text, &Overrides::default()).unwrap(),
            interfaces: Interfaces::new(vec![Interface { index: 2, networks, stable_v6: Vec::new() }]),
            upstream: Vec::new(),
            lists: None,
            running: Running::default(),
        };
        examine(&facts).into_iter().map(|found| (found.id, found.state, found.found)).collect()
    }

    #[test]
    fn networks_that_are_refused_are_told() {
        let default = "\"loopback\", \"private\", \"on-link\"";
        assert_eq!(said("\"0.0.0.0:53\", \"[::]:53\"", default)[0].1, State::Ok);
        let found = said("\"0.0.0.0:53\"", "\"loopback\", \"private\"");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].1 == State::Warning && found[0].2.contains("198.51.100.0/24"), "{found:?}");
        let half = said("\"192.168.1.5:53\"", "\"192.168.1.0/25\"");
        assert!(half[0].1 == State::Warning && half[0].2.contains("192.168.1.0/24"), "{half:?}");
        assert_eq!(said("\"127.0.0.1:53\"", default)[0].0, "access.loopback");
    }

    #[test]
    fn an_open_resolver_is_told() {
        let opens = |listen, allow| said(listen, allow).iter().any(|found| found.0 == "access.open");
        assert!(opens("\"0.0.0.0:53\"", "\"any\""));
        assert!(opens("\"[::]:53\"", "\"any\""));
        assert!(!opens("\"192.168.1.5:53\"", "\"any\""));
        assert!(!opens("\"0.0.0.0:53\"", "\"private\""));
    }
}
