//! Wiring: builds every room, starts it, waits, stops it. The only room that knows all others.
//!
//! - here: starting and stopping;
//! - `sockets`: opening sockets, and serving on them;
//! - `pages`: what is behind the HTTP sockets; `https`: what the page over https needs;
//! - `servers`: which upstream servers there should be;
//! - `own`: the operator's own rules; `requests`: requests to unblock; `commands`: what the command line asks of a server that runs;
//! - `upkeep`: what the cache needs beside its queries;
//! - `reload`: taking over another configuration while the server runs;
//! - [`service`]: talking with a service manager.
//!
//! Everything that can fail does so in [`App::start`], before the server says that it is ready: addresses are bound,
//! lists read and compiled, texts checked. After that a fault costs one query, one connection or one list, never
//! the server.

mod commands;
mod https;
mod own;
mod pages;
mod reload;
mod requests;
pub(crate) mod servers;
pub mod service;
mod sockets;
mod upkeep;

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use arc_swap::ArcSwap;
use tokio::{
    runtime::Handle,
    sync::{Notify, watch},
    task::JoinHandle,
    time::timeout,
};

#[cfg(unix)]
use self::commands::Commands;
pub(crate) use self::own::words;
use self::{
    own::{Configured, OwnRulesKeeper, now},
    reload::Running,
    requests::Desk,
    servers::Servers,
    sockets::{Bound, Serving},
};
pub use self::{reload::ReloadError, service::NotAnswering};
#[cfg(unix)]
use crate::control::server::Control;
use crate::{
    authority::{FolderError, mint::NoMint},
    cache::Cache,
    config::{self, Config, ConfigFile, Follower},
    engine::Engine,
    listen::{
        bind::BindError, descriptors, handover::Inherited, interfaces, portable::Portable, stream::Streams,
    },
    lists::{
        self, Base, Source, Store, StoreError, Watcher,
        fetch::{self, Fetcher, SettingsError},
        own::book::Book,
        subscription::chosen::{Chosen, ChosenError},
    },
    name::{Name, NameError},
    policy::{Interfaces, OwnRules},
    resolve::{Forwarder, LocalNames, LoopProbes, ServerAddress, Supervisor, upstream::UpstreamError},
    sinkhole::SinkholeError,
    telemetry::{LogLevel, Metrics},
};

/// How often the machine's interfaces are read again.
const INTERFACES_AGAIN: Duration = Duration::from_secs(10);
/// How long cookies are made with one secret (RFC 9018 §5 asks for a change from time to time). Those made before still
/// hold for as long again, which is more than their hour.
const COOKIE_SECRET: Duration = Duration::from_hours(24);
/// How long what is under way is waited for when the server stops: a little more than upstream servers are given for
/// an answer.
const FAREWELL: Duration = Duration::from_secs(5);

/// Why the server cannot start. Each is one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address cannot be listened on.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// A list cannot be used.
    #[error(transparent)]
    Lists(#[from] StoreError),
    /// What lists are measured against cannot be read.
    #[error(transparent)]
    Guard(#[from] lists::GuardError),
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
    /// Lists cannot be fetched as the configuration says.
    #[error("lists cannot be fetched: {0}. Change [fetch] in sekisho.toml")]
    Fetch(#[from] SettingsError),
    /// The page's texts are damaged.
    #[error("the page cannot be served: {0}. This is a fault of the build; please report it")]
    Page(#[from] SinkholeError),
    /// The page over https has no root certificate that can be used.
    #[error(transparent)]
    Authority(#[from] FolderError),
    /// The page cannot be served over https.
    #[error("the page cannot be served over https: {0}")]
    Https(#[from] NoMint),
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
    /// Where https is answered, by the page or the alert.
    pub page_https: Vec<SocketAddr>,
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
    /// How many of the lists that are fetched are there.
    pub fetched: lists::store::Fetched,
    /// Whether nothing is fetched.
    pub offline: bool,
    /// The upstream servers.
    pub upstream: Vec<String>,
}

/// A running server.
pub struct App {
    /// Ends following the configuration file when it is dropped.
    follower: Option<Follower>,
    running: Arc<Running>,
    summary: Summary,
    stop_threads: Arc<AtomicBool>,
    stop_tasks: watch::Sender<bool>,
    workers: Vec<thread::JoinHandle<()>>,
    portable: Vec<Portable>,
    streams: Arc<Streams>,
    /// Tasks that end when what is under way has ended.
    ending: Vec<JoinHandle<()>>,
}

/// What does not change while lists do.
///
/// # Errors
///
/// If one of the operator's own rules is no name, or the file of popular names cannot be used.
pub fn base(config: &Config) -> Result<Base, StartError> {
    // A server that runs says what is wrong with the book.
    let book = Book::read(&config.state, now()).ok();
    let own = Configured::of(config).with(book.as_ref(), &OwnRules::default())?;
    let floor = lists::floor().map_err(|error| StartError::Build(error.to_string()))?;
    Ok(Base {
        own: Arc::new(own),
        floor: Arc::new(floor),
        guard: Arc::new(lists::read_guard(config.popular.as_deref())?),
        released: Arc::new(lists::released::read_for_compiling(&config.state)),
    })
}

/// The lists of the configuration, with what commands added and removed.
///
/// # Errors
///
/// If what they chose cannot be read.
pub fn sources(config: &Config) -> Result<Vec<Source>, ChosenError> {
    let chosen = Chosen::read(&config.state)?;
    Ok(chosen.apply(&config.sources, &config.default_lists, &|category| config.shape_of(category)))
}

/// What fetches lists, if anything does.
fn fetcher(config: &Config, forwarder: &Arc<Forwarder>) -> Result<Option<Arc<Fetcher>>, StartError> {
    let config::Fetch { offline, proxy, roots } = config.fetch.clone();
    if offline {
        return Ok(None);
    }
    let settings = fetch::Settings { proxy, roots, ..fetch::Settings::default() };
    let resolve = Arc::new(fetch::Upstreams::new(forwarder.clone(), Handle::current()));
    Ok(Some(Arc::new(Fetcher::new(settings, resolve)?)))
}

impl App {
    /// Builds and starts everything; when this returns, queries are answered. Must be called on a tokio runtime.
    ///
    /// # Errors
    ///
    /// If anything that is asked for cannot be had.
    pub fn start(config: Config, log: LogLevel, mut inherited: Inherited) -> Result<Self, StartError> {
        tell_what_is_unlikely(&config);
        let descriptors = descriptors::raise();
        let bound = Bound::open(&config, &mut inherited)?;
        bound.leave_in_keeping(inherited);
        let metrics = Metrics::new(config.categories.iter().map(|(name, _)| name.as_str()))?;
        let sources = sources_for_start(&config);
        let (store, policy) = Store::start(sources, base(&config)?, &config.state, metrics.clone())?;

        // The store has taken the state folder for this process.
        #[cfg(unix)]
        let control = open_control(&config.state);

        let found = Arc::new(interfaces::read());
        let servers = Servers::new(&config.upstream, bound.dns_addresses(), found.clone())?;
        let forwarder = Forwarder::new(servers.upstreams(&config.upstream, &[])?, metrics.clone());
        let (probes, cache) = (Arc::new(LoopProbes::new()?), Arc::new(Cache::new(config.cache)));
        let engine = Arc::new(Engine::new(
            config.engine.clone(),
            cache.clone(),
            LocalNames::new(true)?,
            probes.clone(),
            forwarder.clone(),
            metrics.clone(),
        ));
        engine.set_interfaces(Interfaces::clone(&found));
        engine.swap_policy(&policy);
        let own = OwnRulesKeeper::start(&config, engine.clone(), metrics.clone())?;
        let desk = Desk::start(&config, engine.clone(), metrics.clone());

        let fetcher = fetcher(&config, &forwarder)?;
        let summary = bound.summary(&store, &engine, &forwarder, fetcher.is_none())?;
        let (stop_tasks, stopped) = watch::channel(false);
        let stop_threads = Arc::new(AtomicBool::new(false));
        let door = https::door(&config, &engine, &metrics, &stopped)?;
        let page = Arc::new(ArcSwap::from_pointee(pages::page(&config, &engine, &metrics, &desk, &door)?));
        let serving = Serving {
            config: &config,
            descriptors,
            engine: &engine,
            metrics: &metrics,
            stop_threads: &stop_threads,
            stopped: &stopped,
        };
        let streams = serving.streams();
        let mut ending = serving.page(bound.page, bound.page_https, &page, &door)?;
        let of_metrics = Arc::new(ArcSwap::from_pointee(pages::metrics(&cache, &metrics)));
        ending.extend(serving.http(bound.metrics, &of_metrics)?);
        let (workers, portable, last_misses) = serving.dns(bound.dns, &streams)?;
        ending.extend(last_misses);

        let addresses: Vec<String> = summary.dns.iter().map(ToString::to_string).collect();
        let addresses = addresses.join(", ");
        let lists = {
            let (engine, addresses) = (engine.clone(), addresses.clone());
            Watcher::start(store, policy, fetcher, move |policy| {
                engine.swap_policy(&policy);
                service::status(&reload::in_a_line(&addresses, policy.rules()));
            })?
        };
        tokio::spawn(change_cookie_secrets(engine.clone(), stopped.clone()));
        upkeep::start(&engine, &cache);
        tokio::spawn(follow_interfaces(engine.clone(), servers.clone(), stopped.clone()));
        let other_servers = Arc::new(Notify::new());
        let supervisor = Supervisor {
            forwarder: forwarder.clone(),
            probes,
            metrics: metrics.clone(),
            servers: {
                let servers = servers.clone();
                move || servers.now()
            },
            again: other_servers.clone(),
        };
        tokio::spawn(supervisor.run());
        tokio::spawn(own.clone().run(stopped.clone()));
        ending.push(tokio::spawn(desk.clone().run(stopped.clone())));
        let running = Running {
            own,
            desk,
            config: Mutex::new(config),
            engine,
            forwarder,
            servers,
            other_servers,
            cache,
            metrics,
            lists,
            page,
            door,
            log,
            runtime: Handle::current(),
            addresses,
            waiting: Mutex::default(),
        };
        let (running, follower) = (Arc::new(running), None);
        #[cfg(unix)]
        if let Some(control) = control {
            tokio::spawn(control.serve(Arc::new(Commands::new(running.clone())), stopped));
        }
        Ok(Self { follower, running, summary, stop_threads, stop_tasks, workers, portable, streams, ending })
    }

    /// Takes over what the file says whenever it changes.
    ///
    /// # Errors
    ///
    /// If the system refuses a thread.
    pub fn follow(&mut self, file: ConfigFile) -> io::Result<()> {
        let running = self.running.clone();
        self.follower = Some(Follower::start(file, move |change| running.take(change))?);
        Ok(())
    }

    /// Has the configuration file read now, changed or not, and lists looked at. Waits until that is done.
    pub fn read_again(&self) {
        if let Some(follower) = &self.follower {
            return follower.read_again();
        }
        tracing::info!("there is no configuration file to read again; lists are looked at");
        self.running.lists.look();
    }

    /// What is worth telling the operator.
    pub const fn summary(&self) -> &Summary {
        &self.summary
    }

    /// What a service manager shows beside the service.
    pub fn status(&self) -> String {
        self.running.status()
    }

    /// Our own name, by which the server can be asked whether it answers.
    pub fn own_name(&self) -> Name {
        self.running.engine.own_name()
    }

    /// Stops: no new query is taken, and those under way are given a moment to end.
    pub async fn stop(self) {
        drop(self.follower);
        self.stop_threads.store(true, Ordering::Relaxed);
        // Nobody listens any more if every task has ended already.
        let _ = self.stop_tasks.send(true);
        for worker in self.workers {
            let _ = worker.join();
        }
        let under_way = async {
            for task in self.ending {
                let _ = task.await;
            }
            while self.streams.open() > 0 || self.running.forwarder.under_way() > 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            for portable in self.portable {
                portable.stop().await;
            }
        };
        if timeout(FAREWELL, under_way).await.is_err() {
            tracing::info!("some clients did not end in time");
        }
        tracing::info!(names = self.running.engine.policy().rules(), "stopped");
    }
}

/// The lists at the start, without those that commands added where these cannot be read.
fn sources_for_start(config: &Config) -> Vec<Source> {
    sources(config).unwrap_or_else(|error| {
        tracing::error!("{error}. Until then, lists that commands added are not in force");
        config.sources.clone()
    })
}

/// The socket for commands. A server without it still answers.
#[cfg(unix)]
fn open_control(state: &std::path::Path) -> Option<Control> {
    Control::open(state)
        .inspect_err(|error| {
            tracing::error!("{error}. Commands for a server that runs will say that there is none");
        })
        .ok()
}

fn tell_what_is_unlikely(config: &Config) {
    for sentence in config.unlikely() {
        tracing::warn!("{sentence}");
    }
}

async fn change_cookie_secrets(engine: Arc<Engine>, mut stopped: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(COOKIE_SECRET) => engine.change_cookie_secret(rand::random()),
            _ = stopped.changed() => return,
        }
    }
}

async fn follow_interfaces(engine: Arc<Engine>, servers: Arc<Servers>, mut stopped: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(INTERFACES_AGAIN) => {}
            _ = stopped.changed() => return,
        }
        let Ok(found) = tokio::task::spawn_blocking(interfaces::read).await else { return };
        if found != *engine.interfaces() {
            tracing::info!("the machine's addresses have changed");
            servers.set_interfaces(Arc::new(found.clone()));
            engine.set_interfaces(found);
        }
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
