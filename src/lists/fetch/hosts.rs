//! The addresses of hosts that publish lists: asked of Sekisho's own upstream servers. Never of itself, where a list
//! could block the place that it is to be mended from, and never of the system's resolver, which may be Sekisho.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
    time::Instant,
};

use async_trait::async_trait;
use tokio::{runtime::Handle, sync::oneshot};

use crate::{
    cache::Key,
    message::{Rcode, rtype},
    name::{Name, NameError},
    resolve::{Forwarder, ResolveError, Resolved, upstream::Asked},
};

/// How many aliases are followed that upstream servers do not follow themselves.
const MOST_ALIASES: usize = 8;

/// Why a host's address is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// It is no name.
    #[error("{0}")]
    NotAName(#[from] NameError),
    /// The upstream servers say so.
    #[error("there is no such name")]
    NoSuchName,
    /// The name is there, and has no address.
    #[error("it has no address")]
    NoAddress,
    /// One alias behind the other.
    #[error("it is an alias of too many aliases")]
    TooManyAliases,
    /// Nobody could say.
    #[error("{0}")]
    Unanswered(#[from] ResolveError),
}

/// Tells the addresses of hosts.
#[async_trait]
pub trait Resolve: Send + Sync {
    /// The addresses of a host, the best first; never none.
    ///
    /// # Errors
    ///
    /// If there are none, or nobody can say.
    async fn addresses(&self, host: &Name) -> Result<Vec<IpAddr>, HostError>;
}

/// Asks Sekisho's own upstream servers. May be used on any runtime: the questions are asked on that which the servers
/// belong to.
#[derive(Debug, Clone)]
pub struct Upstreams {
    forwarder: Arc<Forwarder>,
    runtime: Handle,
}

#[async_trait]
impl Resolve for Upstreams {
    async fn addresses(&self, host: &Name) -> Result<Vec<IpAddr>, HostError> {
        // RFC 6761 §6.3: no server is asked for this one.
        if host.labels_from_root().next() == Some(b"localhost") {
            return Ok(vec![Ipv6Addr::LOCALHOST.into(), Ipv4Addr::LOCALHOST.into()]);
        }
        // RFC 8305 §4: the newer family first.
        match tokio::join!(self.of_type(host, rtype::AAAA), self.of_type(host, rtype::A)) {
            (Ok(mut found), Ok(more)) => {
                found.extend(more);
                Ok(found)
            }
            (Ok(found), Err(_)) | (Err(_), Ok(found)) => Ok(found),
            // One that has no address of a family says less than the other.
            (Err(HostError::NoAddress), Err(error)) | (Err(error), Err(_)) => Err(error),
        }
    }
}

impl Upstreams {
    /// Will ask these servers. `runtime` is the one that they are asked on otherwise.
    pub const fn new(forwarder: Arc<Forwarder>, runtime: Handle) -> Self {
        Self { forwarder, runtime }
    }

    /// The addresses of one family; never none.
    async fn of_type(&self, host: &Name, qtype: u16) -> Result<Vec<IpAddr>, HostError> {
        let mut name = host.clone();
        for _ in 0..MOST_ALIASES {
            // Whoever was asked is gone only if the process stops.
            let reply = self.ask(&name, qtype).await.unwrap_or(Err(ResolveError::Stopping))?;
            let addresses: Vec<IpAddr> = reply.addresses().collect();
            if !addresses.is_empty() {
                return Ok(addresses);
            }
            if reply.rcode() == Rcode::NXDOMAIN {
                return Err(HostError::NoSuchName);
            }
            // Most servers follow aliases to their end. Where one stops on the way, the last name is asked for.
            let behind = reply.targets().last().and_then(|wire| Name::from_wire(wire).ok());
            match behind {
                Some((target, _)) if target != name => name = target,
                _ => return Err(HostError::NoAddress),
            }
        }
        Err(HostError::TooManyAliases)
    }

    fn ask(&self, name: &Name, qtype: u16) -> oneshot::Receiver<Resolved> {
        let asked = Asked { name: name.clone(), qtype, dnssec_ok: false, checking_disabled: false };
        let key = Key::new(name, qtype, asked.dnssec_ok, asked.checking_disabled);
        let (sender, outcome) = oneshot::channel();
        // Tasks and sockets belong to the runtime on which they are made.
        let _entered = self.runtime.enter();
        self.forwarder.resolve(
            key,
            asked,
            Instant::now(),
            |_, reply| reply,
            |outcome| {
                let _ = sender.send(outcome.clone());
            },
        );
        outcome
    }
}
