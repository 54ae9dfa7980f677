//! Another configuration while the server runs. Everything that can fail is made before anything is changed, so a
//! configuration is taken over whole or not at all; the rules and the settings that answers are made from change by one
//! pointer store.

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use axum::Router;
use tokio::{runtime::Handle, sync::Notify};

use super::{
    StartError, base, fetcher, https,
    own::{Configured, OwnRulesKeeper},
    pages,
    requests::Desk,
    servers::Servers,
    service, sources, tell_what_is_unlikely,
};
use crate::{
    authority::door::Door,
    cache::Cache,
    config::{Change, Config},
    engine::Engine,
    lists::{ReconfigureError, Watcher, subscription::chosen::ChosenError},
    resolve::Forwarder,
    telemetry::{LogLevel, Metrics},
};

/// Why a changed configuration is not taken over.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// Something in it cannot be had.
    #[error(transparent)]
    Part(#[from] StartError),
    /// A list in it cannot be used.
    #[error(transparent)]
    Lists(#[from] ReconfigureError),
    /// What commands added and removed cannot be read.
    #[error(transparent)]
    Chosen(#[from] ChosenError),
    /// It names no list that blocks, while there is one in force: more likely half of a file than a wish.
    #[error(
        "the file has no list that blocks, so nobody would be protected any more. Write the [[list]] again; if it is meant, restart Sekisho"
    )]
    NoList,
}

/// The parts of a running server that a configuration can change.
#[derive(Debug)]
pub(super) struct Running {
    /// What is in force.
    pub(super) config: Mutex<Config>,
    pub(super) engine: Arc<Engine>,
    pub(super) own: Arc<OwnRulesKeeper>,
    pub(super) desk: Arc<Desk>,
    pub(super) forwarder: Arc<Forwarder>,
    pub(super) servers: Arc<Servers>,
    /// Told when the servers are others than before.
    pub(super) other_servers: Arc<Notify>,
    pub(super) cache: Arc<Cache>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) lists: Watcher,
    pub(super) page: Arc<ArcSwap<Router>>,
    /// Where connections to the page over https go.
    pub(super) door: Arc<Door>,
    pub(super) log: LogLevel,
    pub(super) runtime: Handle,
    /// Where DNS is served, in words.
    pub(super) addresses: String,
    /// Keys of the file that are not in force before a restart.
    pub(super) waiting: Mutex<Vec<&'static str>>,
}

impl Running {
    /// Takes over what the file says now, if it can be. Tells whether that is in force.
    pub(super) fn take(&self, change: Change) -> bool {
        let metrics = &self.metrics.config;
        match change {
            Change::Good(config) => match self.reload(*config) {
                Ok(()) => {
                    metrics.taken.inc();
                    service::status(&self.status());
                    self.tell_what_waits();
                    true
                }
                Err(error) => self.refuse(&error),
            },
            Change::Bad(error) => self.refuse(&error),
            Change::Same => {
                service::status(&self.status());
                tracing::info!("the configuration file says what is in force; lists are looked at again");
                self.lists.look();
                self.tell_what_waits();
                true
            }
        }
    }

    /// What a service manager shows beside the service.
    pub(super) fn status(&self) -> String {
        in_a_line(&self.addresses, self.engine.policy().rules())
    }

    fn refuse(&self, error: &dyn std::error::Error) -> bool {
        service::status(&format!("{}. The changed configuration is refused: {error}", self.status()));
        self.metrics.config.refused.inc();
        self.metrics.config.stale.set(1);
        let error = error.to_string();
        let stop = if error.ends_with(['.', '?']) { "" } else { "." };
        tracing::error!("the changed configuration is not taken over: {error}{stop} The one in force stays");
        false
    }

    /// What cannot change while the server runs.
    fn tell_what_waits(&self) {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        self.metrics.config.stale.set(i64::from(!waiting.is_empty()));
        if !waiting.is_empty() {
            tracing::warn!(
                "these keys have changed and cannot be changed while Sekisho runs: {}. Restart it to put them in force",
                waiting.join(", ")
            );
        }
    }

    /// Takes the subscriptions that are chosen now.
    ///
    /// # Errors
    ///
    /// A sentence, if they cannot be read or used.
    pub(super) fn take_chosen_lists(&self) -> Result<(), String> {
        let config = self.config.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.reload(config).map_err(|error| error.to_string())
    }

    fn reload(&self, config: Config) -> Result<(), ReloadError> {
        // Upstream servers hold connections, which belong to the runtime.
        let _runtime = self.runtime.enter();
        let mut running = self.config.lock().unwrap_or_else(PoisonError::into_inner);
        if running.names_lists() && !config.names_lists() {
            return Err(ReloadError::NoList);
        }
        self.servers.check(&config.upstream)?;
        let upstreams = self.servers.upstreams(&config.upstream, &self.forwarder.upstreams())?;
        let mode = https::changed(&running, &config)?;
        let router = pages::page(&config, &self.engine, &self.metrics, &self.desk, &self.door)?;
        self.metrics.add_categories(config.categories.iter().map(|(name, _)| name.as_str()));
        let (engine, settings) = (self.engine.clone(), config.engine.clone());
        let (own, configured) = (self.own.clone(), Configured::of(&config));
        let fetcher = fetcher(&config, &self.forwarder)?;
        let sources = sources(&config)?;
        self.lists.reconfigure(sources, base(&config)?, move |policy| {
            // Commands may have changed the operator's own rules while lists were read.
            own.reconfigure(configured, |own| engine.swap(&Arc::new(policy.with_own(own)), settings));
        })?;
        // Nothing below can fail.
        tell_what_is_unlikely(&config);
        self.page.store(Arc::new(router));
        if let Some(mode) = mode {
            self.door.set(mode);
        }
        self.cache.set(config.cache);
        self.log.set(config.log_level.0);
        self.desk.set_delay(config.unblock_delay);
        if running.upstream != config.upstream {
            self.servers.set(&config.upstream);
            self.forwarder.set_upstreams(upstreams);
            self.other_servers.notify_one();
        }
        self.lists.set_fetcher(fetcher);
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = running.waiting_in(&config);
        tracing::info!("the changed configuration is in force");
        *running = Config { ..config.with_sockets_of(&running) };
        Ok(())
    }
}

/// Where DNS is served, and how many names are blocked.
pub(super) fn in_a_line(addresses: &str, names: usize) -> String {
    format!("Answering on {addresses}; {names} names are blocked")
}

impl Config {
    /// The keys whose values in `changed` need a restart.
    fn waiting_in(&self, changed: &Self) -> Vec<&'static str> {
        let differ = [
            ("listen.dns", self.dns != changed.dns),
            ("listen.workers", self.workers != changed.workers),
            ("listen.udp", self.udp != changed.udp),
            ("listen.connections", self.dns_limits != changed.dns_limits),
            ("page.listen", self.page != changed.page),
            ("page.https_listen", self.page_https != changed.page_https),
            ("page.https", https::needs_a_restart(self, changed)),
            ("page.connections", self.page_limits != changed.page_limits),
            ("metrics.listen", self.metrics != changed.metrics),
            ("state.dir", self.state != changed.state),
        ];
        differ.into_iter().filter(|(_, differ)| *differ).map(|(key, _)| key).collect()
    }

    /// This configuration with what another has that cannot change while the server runs.
    fn with_sockets_of(self, running: &Self) -> Self {
        Self {
            dns: running.dns.clone(),
            workers: running.workers,
            udp: running.udp,
            dns_limits: running.dns_limits,
            page: running.page.clone(),
            https: if https::needs_a_restart(running, &self) { running.https } else { self.https },
            page_https: running.page_https.clone(),
            page_limits: running.page_limits,
            metrics: running.metrics.clone(),
            state: running.state.clone(),
            ..self
        }
    }
}
