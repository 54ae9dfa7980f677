//! What all checks need to know: the machine, the rules, and the server that runs, if one does.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use super::{beside, lists::Lists, ports, report::Finding, samples::Samples};
use crate::{
    config::{Config, Server},
    listen::interfaces,
    policy::Interfaces,
    resolve::{ServerAddress, system},
};

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
        let upstream = servers(&config, &interfaces);
        (Self { config, interfaces, upstream, lists: lists.ok().flatten(), running }, findings)
    }

    /// Whether a server of this configuration listens, or would listen, at `address`.
    pub(super) fn is_us(&self, address: SocketAddr) -> bool {
        is_us(&self.config, &self.interfaces, address)
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

/// The configured servers, and where those say so the machine's own, without ourselves.
fn servers(config: &Config, interfaces: &Interfaces) -> Vec<ServerAddress> {
    let mut servers: Vec<ServerAddress> = Vec::new();
    for server in &config.upstream {
        let meant = match server {
            Server::System => system::servers(|address| is_us(config, interfaces, address)),
            Server::Address(address) => vec![address.clone()],
        };
        for server in meant {
            if !servers.contains(&server) {
                servers.push(server);
            }
        }
    }
    servers
}

fn is_us(config: &Config, interfaces: &Interfaces, address: SocketAddr) -> bool {
    config.dns.iter().any(|ours| {
        let same =
            ours.ip() == address.ip() || ours.ip().is_unspecified() && interfaces.is_ours(address.ip());
        same && ours.port() == address.port()
    })
}
