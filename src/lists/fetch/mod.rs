//! Fetching one publication of a list, whatever the publisher, the network and the clock do.
//!
//! When to fetch, what to think of what came, and where to keep it, is decided elsewhere. From here come the octets as
//! they were published, or for each URL a sentence about why not.
//!
//! ```text
//! url ─▶ connect (hosts, proxy, tls) ─▶ exchange (redirects, 304, status) ─▶ body ─▶ coding ─▶ the file
//! ```
//!
//! - `url`: what can be fetched;
//! - `hosts`: the addresses of hosts, by way of Sekisho's own upstream servers;
//! - `proxy`, `tls`, `connect`: a connection;
//! - `exchange`: a request, its redirects, and what the server says;
//! - `attempt`: one URL from its first request to the last octet;
//! - `body`, `coding`: what it gives, as it comes and decompressed;
//! - `patience`: how long each step may take;
//! - `fault`, `cause`: what goes wrong, in words.
//!
//! It waits, and is called on a thread of its own, which is no query thread and has no runtime.

mod attempt;
mod body;
mod cause;
mod coding;
mod connect;
mod exchange;
mod fault;
mod hosts;
mod patience;
mod proxy;
mod tls;
mod url;

use std::{
    fs::File,
    io::{self, Seek, Write},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use self::{
    attempt::{Attempt, Failure, Written},
    connect::Connector,
    exchange::Exchange,
    patience::Patience,
    proxy::Proxies,
};
pub use self::{
    fault::{Fault, FetchError, Missed, Stage},
    hosts::{HostError, Resolve, Upstreams},
    proxy::{Proxy, ProxyError, ProxyServer},
    tls::RootsError,
    url::{ListUrl, UrlError},
};
use super::source::LARGEST_FILE;

/// How many redirects are followed.
const MOST_REDIRECTS: usize = 10;

/// How everything is fetched.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which proxy is used.
    pub proxy: Proxy,
    /// Authorities that are believed beside the public ones: a file in PEM form.
    pub roots: Option<PathBuf>,
    /// How long a list may take, all its URLs together. Each URL gets an equal share of what is left.
    pub deadline: Duration,
    /// How long nothing may come.
    pub stall: Duration,
    /// The most octets of a list.
    pub largest: u64,
    /// The most octets that are sent for a list, which may be compressed.
    pub largest_sent: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            proxy: Proxy::default(),
            roots: None,
            // The largest public list has some 100 MiB, which takes 14 minutes at 1 Mbit/s.
            deadline: Duration::from_mins(30),
            stall: Duration::from_secs(30),
            largest: LARGEST_FILE,
            largest_sent: LARGEST_FILE,
        }
    }
}

/// Why nothing can be fetched at all.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The proxy cannot be used.
    #[error("{0}")]
    Proxy(#[from] ProxyError),
    /// The authorities cannot be read.
    #[error("{0}")]
    Roots(#[from] RootsError),
}

/// What is to be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Where it is.
    pub url: ListUrl,
    /// Where else it is, in the order in which they are tried.
    pub mirrors: Vec<ListUrl>,
    /// What is known of the last good copy.
    pub known: Option<Validators>,
    /// Whether plain `http` will do. It never does once `https` has been asked.
    pub plain_http: bool,
}

/// What a publisher said of what it gave, by which it can tell later whether that has changed. Told to the URL alone that
/// it came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// The URL that gave it, behind all redirects.
    pub url: String,
    /// Its `ETag`.
    pub etag: Option<String>,
    /// Its `Last-Modified`.
    pub last_modified: Option<String>,
}

/// What came of fetching.
#[derive(Debug)]
pub enum Fetched {
    /// What we have is what there is.
    Unchanged {
        /// The URL that says so, of those that were asked for.
        url: ListUrl,
        /// What was wrong with those before it.
        missed: Vec<Missed>,
    },
    /// A publication has been written. Whether it is a list, and a good one, is not known.
    New {
        /// The URL that gave it, of those that were asked for.
        url: ListUrl,
        /// What to ask with the next time.
        validators: Validators,
        /// How many octets were written.
        octets: u64,
        /// Their SHA-256.
        sha256: [u8; 32],
        /// What was wrong with those before it.
        missed: Vec<Missed>,
    },
}

/// How far a URL is. The next one begins again at 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Octets that have come, as they are sent.
    pub octets: u64,
    /// Octets that will have come, if that is known.
    pub total: Option<u64>,
}

/// Where a publication is written to.
pub trait Target: Write {
    /// Forgets what was written: what comes now is another URL's.
    ///
    /// # Errors
    ///
    /// If the system refuses.
    fn start_over(&mut self) -> io::Result<()>;

    /// What makes what was written useless, so that the next URL is asked instead; `None` if nothing does, or nobody can
    /// tell. The last URL is not judged by it: whoever gets what that gives looks at it anyway.
    fn objection(&mut self) -> Option<String> {
        None
    }
}

impl Target for File {
    fn start_over(&mut self) -> io::Result<()> {
        self.rewind()?;
        self.set_len(0)
    }
}

impl Target for Vec<u8> {
    fn start_over(&mut self) -> io::Result<()> {
        self.clear();
        Ok(())
    }
}

/// Fetches lists.
pub struct Fetcher {
    settings: Settings,
    connector: Connector,
}

impl Fetcher {
    /// Prepares to fetch; nothing is sent yet. `resolve` tells the addresses of hosts.
    ///
    /// # Errors
    ///
    /// If the settings cannot be used.
    pub fn new(settings: Settings, resolve: Arc<dyn Resolve>) -> Result<Self, SettingsError> {
        let proxies = Proxies::new(&settings.proxy)?;
        let tls = tls::config(settings.roots.as_deref())?;
        let connector = Connector::new(resolve, tls, proxies, settings.stall);
        Ok(Self { settings, connector })
    }

    /// Fetches a list from the first of its URLs that gives it, and something that can be used, into what is empty then.
    /// `tell` is called with every piece that comes, and is to be quick. Waits for all of it.
    ///
    /// After an error, `into` has part of something.
    ///
    /// # Errors
    ///
    /// If no URL gives the list, or it cannot be written.
    pub fn fetch(
        &self,
        request: &Request,
        into: &mut dyn Target,
        tell: &mut dyn FnMut(Progress),
    ) -> Result<Fetched, FetchError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(FetchError::NotBegun)?;
        let end = Instant::now() + self.settings.deadline;
        let mut missed = Vec::new();
        for (at, url) in std::iter::once(&request.url).chain(&request.mirrors).enumerate() {
            let others = request.mirrors.len() - at;
            let patience = Patience::share(self.settings.stall, Instant::now(), end, others);
            let exchange = Exchange {
                connector: &self.connector,
                patience,
                known: request.known.as_ref(),
                way: vec![url.clone()],
            };
            let mut attempt = Attempt {
                settings: &self.settings,
                runtime: &runtime,
                exchange,
                into: &mut *into,
                tell: &mut *tell,
            };
            let fault = match attempt.run(request.plain_http) {
                Ok(None) => return Ok(Fetched::Unchanged { url: url.clone(), missed }),
                Ok(Some(Written { validators, octets, sha256 })) => {
                    let is_last = others == 0;
                    match if is_last { None } else { attempt.into.objection() } {
                        Some(objection) => Fault::Useless(objection),
                        None => {
                            return Ok(Fetched::New { url: url.clone(), validators, octets, sha256, missed });
                        }
                    }
                }
                Err(Failure::Write(error)) => return Err(FetchError::NotWritten(error)),
                Err(Failure::Url(fault)) => fault,
            };
            let led_to = attempt.exchange.way.pop().filter(|last| last != url);
            missed.push(Missed { url: url.clone(), led_to, fault });
        }
        Err(FetchError::Missed(missed))
    }
}
