//! Opening sockets, and serving on them.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, atomic::AtomicBool},
    thread,
};

use arc_swap::ArcSwap;
use axum::Router;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use super::{StartError, Summary, service};
use crate::{
    authority::door::Door,
    config::{Config, Limits, UdpMode},
    engine::Engine,
    listen::{
        bind::{self, BindError},
        descriptors,
        handover::{self, Inherited},
        http,
        portable::Portable,
        stream::{self, Streams},
        tls,
    },
    lists::Store,
    resolve::Forwarder,
    telemetry::Metrics,
};

/// Sockets that are bound, and not served yet.
pub(super) struct Bound {
    pub(super) dns: Vec<bind::DnsSockets>,
    pub(super) page: Vec<std::net::TcpListener>,
    /// For the page over https, or the alert in its place; none where that is refused.
    pub(super) page_https: Vec<std::net::TcpListener>,
    pub(super) metrics: Vec<std::net::TcpListener>,
}

impl Bound {
    /// Opens every socket, or takes those that were handed over.
    pub(super) fn open(config: &Config, inherited: &mut Inherited) -> Result<Self, StartError> {
        let workers = match config.workers {
            0 => thread::available_parallelism().map_or(1, usize::from),
            some => some,
        };
        let (mut dns, mut missing) = (Vec::new(), None);
        for address in &config.dns {
            match bind::dns(*address, workers, "--listen or [listen] dns", inherited) {
                Ok(sockets) => dns.push(sockets),
                Err(error)
                    if (config.dns_is_default || is_all_of_ipv6(*address)) && error.is_family_missing() =>
                {
                    left_out(&error);
                    missing = Some(error);
                }
                Err(error) => return Err(error.into()),
            }
        }
        if let (true, Some(error)) = (dns.is_empty(), missing) {
            return Err(error.into());
        }
        let https: &[SocketAddr] = if config.https.listens() { &config.page_https } else { &[] };
        let mut http = |addresses: &[SocketAddr], what, key| {
            let mut listeners = Vec::new();
            for address in addresses {
                match bind::http(*address, what, key, inherited) {
                    Ok(listener) => listeners.push(listener),
                    Err(error) if is_all_of_ipv6(*address) && error.is_family_missing() => left_out(&error),
                    Err(error) => return Err(error),
                }
            }
            Ok(listeners)
        };
        Ok(Self {
            dns,
            page: http(&config.page, "the page", "--http or [page] listen")?,
            page_https: http(https, "the page over https", "[page] https_listen")?,
            metrics: http(&config.metrics, "the metrics", "--metrics or [metrics] listen")?,
        })
    }

    /// Where DNS is served.
    pub(super) fn dns_addresses(&self) -> Vec<SocketAddr> {
        self.dns.iter().map(|sockets| sockets.address).collect()
    }

    /// Leaves the sockets in the service manager's keeping, if there is one, so that after a restart queries that came
    /// meanwhile are answered. What was handed over and is not wanted any more is closed.
    pub(super) fn leave_in_keeping(&self, inherited: Inherited) {
        for name in inherited.close_rest().iter().filter(|name| name.starts_with(handover::KEPT)) {
            service::forget(name);
        }
        for sockets in &self.dns {
            let name = |what| handover::kept_name(what, sockets.address);
            service::keep(&name("dns-tcp"), &sockets.tcp);
            for socket in &sockets.udp {
                service::keep(&name("dns-udp"), socket);
            }
        }
        for (what, listeners) in
            [("page", &self.page), ("https", &self.page_https), ("metrics", &self.metrics)]
        {
            for listener in listeners {
                if let Ok(address) = listener.local_addr() {
                    service::keep(&handover::kept_name(what, address), listener);
                }
            }
        }
    }

    pub(super) fn summary(
        &self,
        store: &Store,
        engine: &Engine,
        forwarder: &Forwarder,
        offline: bool,
    ) -> Result<Summary, StartError> {
        let addresses = |listeners: &[std::net::TcpListener]| -> io::Result<Vec<SocketAddr>> {
            listeners.iter().map(std::net::TcpListener::local_addr).collect()
        };
        Ok(Summary {
            dns: self.dns.iter().map(|sockets| sockets.address).collect(),
            page: addresses(&self.page)?,
            page_https: addresses(&self.page_https)?,
            metrics: addresses(&self.metrics)?,
            lists: store.in_force().map(|(name, rules)| (name.to_owned(), rules)).collect(),
            names: engine.policy().rules(),
            example: store.example().cloned(),
            protects: store.has_real_list(),
            fetched: store.fetched(),
            offline,
            upstream: forwarder.upstreams().iter().map(|upstream| upstream.label().to_owned()).collect(),
        })
    }
}

/// `[::]` means "IPv6 as well, if there is any": a machine without it is no reason not to serve the others.
fn is_all_of_ipv6(address: SocketAddr) -> bool {
    address.is_ipv6() && address.ip().is_unspecified()
}

/// A default, or all of IPv6, that the machine does not have.
fn left_out(error: &BindError) {
    tracing::warn!("{error}. It is left out");
}

/// What serving on a socket takes.
pub(super) struct Serving<'a> {
    pub(super) config: &'a Config,
    /// File descriptors that there can be.
    pub(super) descriptors: u64,
    pub(super) engine: &'a Arc<Engine>,
    pub(super) metrics: &'a Arc<Metrics>,
    pub(super) stop_threads: &'a Arc<AtomicBool>,
    pub(super) stopped: &'a watch::Receiver<bool>,
}

/// UDP threads, what serves UDP instead of them, and the tasks that end when the last query is answered.
type Dns = (Vec<thread::JoinHandle<()>>, Vec<Portable>, Vec<JoinHandle<()>>);

impl Serving<'_> {
    /// What all DNS connections share.
    pub(super) fn streams(&self) -> Arc<Streams> {
        let Limits { connections, connections_per_client } = self.fitting("listen", self.config.dns_limits);
        let limits = stream::Limits { connections, connections_per_client, ..stream::Limits::default() };
        Streams::new(self.engine.clone(), limits, self.metrics.clone())
    }

    /// Serves DNS.
    pub(super) fn dns(
        &self,
        sockets: Vec<bind::DnsSockets>,
        streams: &Arc<Streams>,
    ) -> Result<Dns, StartError> {
        let (mut workers, mut portable, mut ending) = (Vec::new(), Vec::new(), Vec::new());
        for bind::DnsSockets { address, tcp, udp } in sockets {
            let accepting = streams.clone().accept(TcpListener::from_std(tcp)?, self.stopped.clone());
            ending.push(tokio::spawn(accepting));
            if self.config.udp == UdpMode::Portable || cfg!(not(target_os = "linux")) {
                portable.push(Portable::start(udp, address, self.engine)?);
            } else {
                workers.extend(self.udp(udp, &mut ending)?);
            }
        }
        Ok((workers, portable, ending))
    }

    #[cfg(target_os = "linux")]
    fn udp(
        &self,
        sockets: Vec<socket2::Socket>,
        ending: &mut Vec<JoinHandle<()>>,
    ) -> io::Result<Vec<thread::JoinHandle<()>>> {
        use crate::listen::{misses::Misses, udp};
        let (misses, last) = Misses::start(self.engine.clone());
        ending.push(last);
        udp::start(sockets, self.engine, &misses, self.metrics, self.stop_threads)
    }

    #[cfg(not(target_os = "linux"))]
    fn udp(
        &self,
        _: Vec<socket2::Socket>,
        _: &mut Vec<JoinHandle<()>>,
    ) -> io::Result<Vec<thread::JoinHandle<()>>> {
        Ok(Vec::new())
    }

    /// Serves what is behind `router`, which may be exchanged.
    pub(super) fn http(
        &self,
        sockets: Vec<std::net::TcpListener>,
        router: &Arc<ArcSwap<Router>>,
    ) -> Result<Vec<JoinHandle<()>>, StartError> {
        let limits = self.http_limits();
        let serve = |socket| {
            let serving = http::serve(TcpListener::from_std(socket)?, router.clone(), limits, self.stop());
            Ok(tokio::spawn(serving))
        };
        sockets.into_iter().map(serve).collect()
    }

    /// Serves the page over http, and over https, or what stands in its place.
    pub(super) fn page(
        &self,
        http: Vec<std::net::TcpListener>,
        https: Vec<std::net::TcpListener>,
        router: &Arc<ArcSwap<Router>>,
        door: &Arc<Door>,
    ) -> Result<Vec<JoinHandle<()>>, StartError> {
        let behind =
            tls::Behind { ways: door.clone(), router: router.clone(), metrics: self.metrics.clone() };
        let limits = self.http_limits();
        let mut ending = self.http(http, router)?;
        for socket in https {
            let serving = tls::serve(TcpListener::from_std(socket)?, behind.clone(), limits, self.stop());
            ending.push(tokio::spawn(serving));
        }
        Ok(ending)
    }

    fn http_limits(&self) -> http::Limits {
        let Limits { connections, connections_per_client } = self.fitting("page", self.config.page_limits);
        http::Limits { connections, connections_per_client, ..http::Limits::default() }
    }

    /// Is ready when the server is to stop.
    fn stop(&self) -> impl Future<Output = ()> + Send + 'static + use<> {
        let mut stopped = self.stopped.clone();
        async move {
            let _ = stopped.changed().await;
        }
    }

    /// Limits that fit into the descriptors that there are.
    fn fitting(&self, table: &str, wanted: Limits) -> Limits {
        let connections = descriptors::fitting(wanted.connections, self.descriptors);
        if connections < wanted.connections {
            tracing::warn!(
                "there are {} file descriptors, so [{table}] connections is {connections} instead of {}. Raise the limit (`ulimit -n`, or LimitNOFILE of the service) to have more",
                self.descriptors,
                wanted.connections
            );
        }
        Limits { connections, connections_per_client: wanted.connections_per_client.min(connections) }
    }
}
