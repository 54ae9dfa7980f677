//! Wiring: builds every room, starts it, waits, stops it. The only file that knows all rooms.
//!
//! Everything that can fail does so in [`App::start`], before the server says that it is ready: addresses are bound,
//! lists read and compiled, texts checked. After that a fault costs one query, one connection or one list, never
//! the server.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use tokio::{net::TcpListener, sync::watch};

use crate::{
    cache::Cache,
    config::{Config, Server, UdpMode},
    engine::Engine,
    listen::{
        bind,
        bind::BindError,
        descriptors, http, interfaces,
        portable::Portable,
        stream::{self, Streams},
    },
    lists::{self, Base, Store, StoreError, Watcher},
    name::{Name, NameError},
    policy::Interfaces,
    resolve::{
        Forwarder, LocalNames, LoopProbes, ServerAddress, Supervisor, Upstream, system,
        upstream::UpstreamError,
    },
    sinkhole::{self, Explain, Explanation, Language, SinkholeError, Views},
    telemetry::{Metrics, export},
};

/// How often the machine's interfaces are read again.
const INTERFACES_AGAIN: Duration = Duration::from_secs(10);
/// How long queries under way are waited for when the server stops.
const FAREWELL: Duration = Duration::from_secs(2);

/// Why the server cannot start. Each is one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address cannot be listened on.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// A list cannot be used.
    #[error(transparent)]
    Lists(#[from] StoreError),
    /// One of the operator's own rules is wrong.
    #[error(transparent)]
    OwnRule(#[from] lists::OwnRuleError),
    /// A configured upstream is this server.
    #[error(
        "the upstream server {0} is this server itself. Name another one with --upstream or [upstream] servers"
    )]
    OwnUpstream(ServerAddress),
    /// An upstream cannot be asked at all.
    #[error(
        "the upstream server {0} cannot be used: {1}. Name another one with --upstream or [upstream] servers"
    )]
    Upstream(ServerAddress, UpstreamError),
    /// The page's texts are damaged.
    #[error("the page cannot be served: {0}. This is a fault of the build; please report it")]
    Page(#[from] SinkholeError),
    /// Something that is shipped within the program is damaged.
    #[error("{0}. This is a fault of the build; please report it")]
    Build(String),
    /// The system refuses a thread or a socket.
    #[error("the system refuses what the server needs: {0}. Check its limits (`ulimit -a`)")]
    System(#[from] io::Error),
}

impl From<NameError> for StartError {
    fn from(error: NameError) -> Self {
        Self::Build(error.to_string())
    }
}

impl From<prometheus::Error> for StartError {
    fn from(error: prometheus::Error) -> Self {
        Self::Build(error.to_string())
    }
}

/// What is worth telling the operator about a server that has started.
#[derive(Debug)]
pub struct Summary {
    /// Where DNS is served.
    pub dns: Vec<SocketAddr>,
    /// Where the page is.
    pub page: Vec<SocketAddr>,
    /// Where the metrics are.
    pub metrics: Vec<SocketAddr>,
    /// The lists in force and their rules.
    pub lists: Vec<(String, u64)>,
    /// How many names have a rule.
    pub names: usize,
    /// Some name that is blocked.
    pub example: Option<Name>,
    /// Whether there is a real list, and not only names to try.
    pub protects: bool,
    /// The upstream servers.
    pub upstream: Vec<String>,
}

/// A running server.
pub struct App {
    engine: Arc<Engine>,
    forwarder: Arc<Forwarder>,
    summary: Summary,
    stop_threads: Arc<AtomicBool>,
    stop_tasks: watch::Sender<bool>,
    workers: Vec<thread::JoinHandle<()>>,
    portable: Vec<Portable>,
    /// Stops watching when it is dropped.
    watcher: Watcher,
}

/// Sockets that are bound, and not served yet.
struct Bound {
    dns: Vec<bind::DnsSockets>,
    page: Vec<std::net::TcpListener>,
    metrics: Vec<std::net::TcpListener>,
}

/// What does not change while lists do.
///
/// # Errors
///
/// If one of the operator's own rules is no name.
pub fn base(config: &Config) -> Result<Base, StartError> {
    let own = lists::own_rules(
        config.own_allow.iter().map(String::as_str),
        config.own_block.iter().map(String::as_str),
    )?;
    let floor = lists::floor().map_err(|error| StartError::Build(error.to_string()))?;
    let own_shape = config.categories.iter().find(|(name, _)| name == "scam").map(|(_, shape)| *shape);
    Ok(Base { own: Arc::new(own), own_shape: own_shape.unwrap_or_default(), floor: Arc::new(floor) })
}

impl App {
    /// Builds and starts everything; when this returns, queries are answered. Must be called on a tokio runtime.
    pub fn start(config: &Config) -> Result<Self, StartError> {
        warn_of_unknown_categories(config);
        let descriptors = descriptors::raise();
        let bound = Bound::open(config)?;
        let metrics = Metrics::new(config.categories.iter().map(|(name, _)| name.as_str()))?;
        let since = Instant::now();
        let mut store = Store::open(config.sources.clone(), base(config)?, &config.state, metrics.clone())?;
        let policy = store.compile(since)?;

        let found = Arc::new(interfaces::read());
        let servers = servers(config, &bound, &found)?;
        let forwarder = Forwarder::new(upstreams(&servers())?, metrics.clone());
        let probes = Arc::new(LoopProbes::new()?);
        let cache = Arc::new(Cache::new(config.cache));
        let engine = Arc::new(Engine::new(
            config.engine.clone(),
            cache.clone(),
            LocalNames::new(config.sinkhole.host.clone(), true)?,
            probes.clone(),
            forwarder.clone(),
            metrics.clone(),
        ));
        engine.set_interfaces(Interfaces::clone(&found));
        engine.swap_policy(policy);

        let summary = bound.summary(&store, &engine, &forwarder)?;
        let (stop_tasks, stopped) = watch::channel(false);
        let http_limits = http_limits(descriptors);
        serve_page(config, bound.page, http_limits, &engine, &metrics, &stopped)?;
        serve_metrics(bound.metrics, http_limits, &cache, &metrics, &stopped)?;
        let stop_threads = Arc::new(AtomicBool::new(false));
        let streams = Streams::new(engine.clone(), stream_limits(descriptors), metrics.clone());
        let dns = serve_dns(config, bound.dns, &engine, &streams, &stop_threads, &stopped)?;
        let watcher = {
            let engine = engine.clone();
            Watcher::start(store, move |policy| engine.swap_policy(policy))?
        };
        tokio::spawn(follow_interfaces(engine.clone(), stopped));
        tokio::spawn(Supervisor { forwarder: forwarder.clone(), probes, metrics, servers }.run());
        let (workers, portable) = dns;
        Ok(Self { engine, forwarder, summary, stop_threads, stop_tasks, workers, portable, watcher })
    }

    /// What is worth telling the operator.
    pub const fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Stops: no new query is taken, those under way are given a moment to end.
    pub async fn stop(self) {
        self.stop_threads.store(true, Ordering::Relaxed);
        let begun = Instant::now();
        while self.forwarder.under_way() > 0 && begun.elapsed() < FAREWELL {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // Nobody listens any more if every task has ended already.
        let _ = self.stop_tasks.send(true);
        for portable in self.portable {
            portable.stop().await;
        }
        for worker in self.workers {
            let _ = worker.join();
        }
        drop(self.watcher);
        tracing::info!(names = self.engine.policy().rules(), "stopped");
    }
}

/// A list whose category nobody has described is answered as `other`, which is seldom what was meant.
fn warn_of_unknown_categories(config: &Config) {
    for source in &config.sources {
        if !config.categories.iter().any(|(name, _)| **name == *source.category) {
            tracing::warn!(
                list = &*source.name,
                "the category {} is not under [block.category], so the list is answered as `other`",
                source.category
            );
        }
    }
}

impl Bound {
    fn open(config: &Config) -> Result<Self, StartError> {
        let workers = match config.workers {
            0 => thread::available_parallelism().map_or(1, usize::from),
            some => some,
        };
        let mut dns = Vec::new();
        for address in &config.dns {
            match bind::dns(*address, workers, "--listen or [listen] dns") {
                Ok(sockets) => dns.push(sockets),
                // A default that the machine cannot have is left out; what was asked for is not.
                Err(error) if config.dns_is_default && error.is_family_missing() && !dns.is_empty() => {
                    tracing::info!(%error, "left out");
                }
                Err(error) => return Err(error.into()),
            }
        }
        let http = |addresses: &[SocketAddr], what, key| {
            addresses.iter().map(|address| bind::http(*address, what, key)).collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            dns,
            page: http(&config.page, "the page", "--http or [page] listen")?,
            metrics: http(&config.metrics, "the metrics", "--metrics or [metrics] listen")?,
        })
    }

    fn summary(&self, store: &Store, engine: &Engine, forwarder: &Forwarder) -> Result<Summary, StartError> {
        let addresses = |listeners: &[std::net::TcpListener]| -> io::Result<Vec<SocketAddr>> {
            listeners.iter().map(std::net::TcpListener::local_addr).collect()
        };
        Ok(Summary {
            dns: self.dns.iter().map(|sockets| sockets.address).collect(),
            page: addresses(&self.page)?,
            metrics: addresses(&self.metrics)?,
            lists: store.in_force().map(|(name, rules)| (name.to_owned(), rules)).collect(),
            names: engine.policy().rules(),
            example: store.example().cloned(),
            protects: store.has_real_list(),
            upstream: forwarder.upstreams().iter().map(|upstream| upstream.label().to_owned()).collect(),
        })
    }
}

/// A way to learn the upstream servers as they should be at any moment: the configured ones, and where those say so
/// the machine's own, without ourselves.
fn servers(
    config: &Config,
    bound: &Bound,
    found: &Arc<Interfaces>,
) -> Result<impl Fn() -> Vec<ServerAddress> + Send + use<>, StartError> {
    let listening: Vec<SocketAddr> = bound.dns.iter().map(|sockets| sockets.address).collect();
    let found = found.clone();
    let is_us = move |address: SocketAddr| {
        listening.iter().any(|ours| {
            let same = ours.ip() == address.ip() || ours.ip().is_unspecified() && found.is_ours(address.ip());
            same && ours.port() == address.port()
        })
    };
    for server in &config.upstream {
        if let Server::Address(ServerAddress::Plain(address)) = server
            && is_us(*address)
        {
            return Err(StartError::OwnUpstream(ServerAddress::Plain(*address)));
        }
    }
    let configured = config.upstream.clone();
    Ok(move || {
        let meant = |server: &Server| match server {
            Server::System => system::servers(&is_us),
            Server::Address(address) => vec![address.clone()],
        };
        let mut servers: Vec<ServerAddress> = Vec::new();
        for server in configured.iter().flat_map(meant) {
            if !servers.contains(&server) {
                servers.push(server);
            }
        }
        servers
    })
}

fn upstreams(servers: &[ServerAddress]) -> Result<Vec<Arc<Upstream>>, StartError> {
    let make = |server: &ServerAddress| {
        Upstream::new(server.clone())
            .map(Arc::new)
            .map_err(|error| StartError::Upstream(server.clone(), error))
    };
    servers.iter().map(make).collect()
}

type Dns = (Vec<thread::JoinHandle<()>>, Vec<Portable>);

fn stream_limits(descriptors: u64) -> stream::Limits {
    let limits = stream::Limits::default();
    stream::Limits { connections: descriptors::fitting(limits.connections, descriptors), ..limits }
}

fn http_limits(descriptors: u64) -> http::Limits {
    let limits = http::Limits::default();
    http::Limits { connections: descriptors::fitting(limits.connections, descriptors), ..limits }
}

fn serve_dns(
    config: &Config,
    sockets: Vec<bind::DnsSockets>,
    engine: &Arc<Engine>,
    streams: &Arc<Streams>,
    stop: &Arc<AtomicBool>,
    stopped: &watch::Receiver<bool>,
) -> Result<Dns, StartError> {
    let (mut workers, mut portable) = (Vec::new(), Vec::new());
    for bind::DnsSockets { address, tcp, udp } in sockets {
        tokio::spawn(streams.clone().accept(TcpListener::from_std(tcp)?, stopped.clone()));
        if config.udp == UdpMode::Portable || cfg!(not(target_os = "linux")) {
            portable.push(Portable::start(udp, address, engine)?);
        } else {
            workers.extend(serve_udp(udp, engine, stop)?);
        }
    }
    Ok((workers, portable))
}

#[cfg(target_os = "linux")]
fn serve_udp(
    sockets: Vec<socket2::Socket>,
    engine: &Arc<Engine>,
    stop: &Arc<AtomicBool>,
) -> io::Result<Vec<thread::JoinHandle<()>>> {
    use crate::listen::{misses::Misses, udp};
    let misses = Misses::start(engine.clone());
    udp::start(sockets, engine, &misses, stop)
}

#[cfg(not(target_os = "linux"))]
fn serve_udp(
    _: Vec<socket2::Socket>,
    _: &Arc<Engine>,
    _: &Arc<AtomicBool>,
) -> io::Result<Vec<thread::JoinHandle<()>>> {
    Ok(Vec::new())
}

fn serve_page(
    config: &Config,
    sockets: Vec<std::net::TcpListener>,
    limits: http::Limits,
    engine: &Arc<Engine>,
    metrics: &Arc<Metrics>,
    stopped: &watch::Receiver<bool>,
) -> Result<(), StartError> {
    let explain = Arc::new(Reasons(engine.clone()));
    let router = sinkhole::router(config.sinkhole.clone(), explain, Arc::new(CountViews(metrics.clone())))?;
    serve_http(sockets, &router, limits, stopped)
}

fn serve_metrics(
    sockets: Vec<std::net::TcpListener>,
    limits: http::Limits,
    cache: &Arc<Cache>,
    metrics: &Arc<Metrics>,
    stopped: &watch::Receiver<bool>,
) -> Result<(), StartError> {
    let cache = cache.clone();
    let evictions_counted = AtomicU64::new(0);
    let router = export::router(metrics.clone(), move |metrics| {
        metrics.cache.bytes.set(cache.octets() as i64);
        metrics.cache.entries.set(cache.len() as i64);
        // Two scrapes at once must not count the same twice.
        let evictions = cache.evictions();
        let counted = evictions_counted.swap(evictions, Ordering::Relaxed);
        metrics.cache.evictions.inc_by(evictions.saturating_sub(counted));
    });
    serve_http(sockets, &router, limits, stopped)
}

fn serve_http(
    sockets: Vec<std::net::TcpListener>,
    router: &axum::Router,
    limits: http::Limits,
    stopped: &watch::Receiver<bool>,
) -> Result<(), StartError> {
    for socket in sockets {
        let mut stopped = stopped.clone();
        let stop = async move {
            let _ = stopped.changed().await;
        };
        tokio::spawn(http::serve(TcpListener::from_std(socket)?, router.clone(), limits, stop));
    }
    Ok(())
}

async fn follow_interfaces(engine: Arc<Engine>, mut stopped: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(INTERFACES_AGAIN) => {}
            _ = stopped.changed() => return,
        }
        let Ok(found) = tokio::task::spawn_blocking(interfaces::read).await else { return };
        if found != *engine.interfaces() {
            tracing::info!("the machine's addresses have changed");
            engine.set_interfaces(found);
        }
    }
}

/// Tells the page why a name is blocked.
struct Reasons(Arc<Engine>);

impl Explain for Reasons {
    fn explain(&self, name: &Name) -> Option<Explanation> {
        self.0.why_blocked(name, |cause| Explanation {
            name: name.to_string(),
            lists: cause.lists().map(|list| list.name.to_string()).collect(),
        })
    }
}

/// Counts views of the page.
struct CountViews(Arc<Metrics>);

impl Views for CountViews {
    fn seen(&self, language: Language) {
        self.0.page_views.with_label_values(&[language.tag()]).inc();
    }
}

/// An address at which a person on this machine can try a server that listens on `address`.
pub fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(v4) if v4.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
        IpAddr::V6(v6) if v6.is_unspecified() => IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
        other => other,
    };
    SocketAddr::new(ip, address.port())
}
