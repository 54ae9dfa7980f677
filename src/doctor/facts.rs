//! What all checks need to know: the machine, the rules, and the server that runs, if one does.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use super::{beside, lists::Lists, ports, report::Finding, samples::Samples};
use crate::{app::servers, config::Config, listen::interfaces, policy::Interfaces, resolve::ServerAddress};

/// How long reading the lists may take: a slow machine with large ones goes on without.
const LISTS_TIME: Duration = Duration::from_secs(3);

/// What is known before the checks begin.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) config: Config,
    pub(super) interfaces: Interfaces,
    /// The upstream servers as a server would ask them now.
    pub(super) upstream: Vec<ServerAddress>,
    /// `None` where they could not be read in time.
    pub(super) lists: Option<Lists>,
    pub(super) running: Running,
}

/// The server that runs, as far as it answers.
#[derive(Debug, Default)]
pub(super) struct Running {
    /// Where it answers DNS, at addresses that can be asked from here.
    pub(super) dns: Vec<SocketAddr>,
    /// Where it gives its metrics.
    pub(super) metrics_at: Option<SocketAddr>,
    /// What they said.
    pub(super) samples: Option<Samples>,
}

impl Facts {
    /// Looks at the machine, reads the lists and knocks at the ports; what the ports said comes along.
    pub(super) async fn gather(config: Config) -> (Self, Vec<Finding>) {
        let lists = tokio::time::timeout(LISTS_TIME, {
            let config = config.clone();
            beside(move || Some(Lists::read(&config)))
        });
        let ports = ports::examine(&config);
        let (interfaces, lists, (findings, running)) = tokio::join!(beside(interfaces::read), lists, ports);
        let upstream =
            servers::meant(&config.upstream, |address| servers::is_us(&config.dns, &interfaces, address));
        (Self { config, interfaces, upstream, lists: lists.ok().flatten(), running }, findings)
    }

    /// Whether a server of this configuration listens, or would listen, at `address`.
    pub(super) fn is_us(&self, address: SocketAddr) -> bool {
        servers::is_us(&self.config.dns, &self.interfaces, address)
    }

    /// The addresses at which devices could ask us, where we listen: wildcards as the addresses that they stand for.
    pub(super) fn asked_at(&self, listening: SocketAddr) -> Vec<SocketAddr> {
        if !listening.ip().is_unspecified() {
            return vec![listening];
        }
        let same_family = |ip: &IpAddr| ip.is_ipv4() == listening.is_ipv4();
        let usable = |ip: &IpAddr| match ip {
            IpAddr::V4(_) => true,
            IpAddr::V6(v6) => !v6.is_unicast_link_local(),
        };
        let own = self.interfaces.addresses().filter(same_family).filter(usable);
        own.map(|ip| SocketAddr::new(ip, listening.port())).collect()
    }
}
