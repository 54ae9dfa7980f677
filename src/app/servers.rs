//! Which upstream servers there should be at any moment: the configured ones, and where those say so the machine's own,
//! without ourselves.

use std::{net::SocketAddr, sync::Arc};

use arc_swap::ArcSwap;

use super::StartError;
use crate::{
    config::Server,
    policy::Interfaces,
    resolve::{ServerAddress, Upstream, renewed, system},
};

/// The servers as configured, and what is needed to know which of them are ourselves.
#[derive(Debug)]
pub(super) struct Servers {
    configured: ArcSwap<Vec<Server>>,
    listening: Vec<SocketAddr>,
    interfaces: ArcSwap<Interfaces>,
}

impl Servers {
    /// # Errors
    ///
    /// If one of them is ourselves.
    pub(super) fn new(
        configured: &[Server],
        listening: Vec<SocketAddr>,
        interfaces: Arc<Interfaces>,
    ) -> Result<Arc<Self>, StartError> {
        let interfaces = ArcSwap::from(interfaces);
        let servers = Self { configured: ArcSwap::default(), listening, interfaces };
        servers.check(configured)?;
        servers.set(configured);
        Ok(Arc::new(servers))
    }

    /// Whether none of them is ourselves.
    pub(super) fn check(&self, configured: &[Server]) -> Result<(), StartError> {
        for server in configured {
            if let Server::Address(ServerAddress::Plain(address)) = server
                && self.is_us(*address)
            {
                return Err(StartError::OwnUpstream(ServerAddress::Plain(*address)));
            }
        }
        Ok(())
    }

    /// Has these from now on.
    pub(super) fn set(&self, configured: &[Server]) {
        self.configured.store(Arc::new(configured.to_vec()));
    }

    /// The machine has other addresses now.
    pub(super) fn set_interfaces(&self, interfaces: Arc<Interfaces>) {
        self.interfaces.store(interfaces);
    }

    /// The addresses to ask, in order, each once.
    pub(super) fn now(&self) -> Vec<ServerAddress> {
        self.meant(&self.configured.load())
    }

    /// Upstreams for what is configured here; those of `current` that stay keep what they know.
    pub(super) fn upstreams(
        &self,
        configured: &[Server],
        current: &[Arc<Upstream>],
    ) -> Result<Vec<Arc<Upstream>>, StartError> {
        renewed(current, self.meant(configured))
            .collect::<Result<_, _>>()
            .map_err(|(address, error)| StartError::Upstream(address, error))
    }

    fn meant(&self, configured: &[Server]) -> Vec<ServerAddress> {
        let meant = |server: &Server| match server {
            Server::System => system::servers(|address| self.is_us(address)),
            Server::Address(address) => vec![address.clone()],
        };
        let mut servers: Vec<ServerAddress> = Vec::new();
        for server in configured.iter().flat_map(meant) {
            if !servers.contains(&server) {
                servers.push(server);
            }
        }
        servers
    }

    fn is_us(&self, address: SocketAddr) -> bool {
        let interfaces = self.interfaces.load();
        self.listening.iter().any(|ours| {
            let same =
                ours.ip() == address.ip() || ours.ip().is_unspecified() && interfaces.is_ours(address.ip());
            same && ours.port() == address.port()
        })
    }
}
