//! The configuration as it is meant: every value read, every default filled in, made of each room's own settings.
//!
//! Twice over, so that neither hides in the other: [`file`] is what stands in `sekisho.toml`, this is what it says.
//! Validating does nothing else: no file but the configuration is read, no socket opened.

mod error;
mod file;
mod lists;
mod network;
mod print;
mod units;

use std::{
    fs,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use toml::Spanned;

pub use self::error::ConfigError;
use self::file::{File, Text};
use crate::{
    cache, engine,
    lists::{Source, compile::to_name, own_rules},
    policy::Shape,
    resolve::ServerAddress,
    sinkhole::{self, Language},
};

/// The most UDP workers: more threads than cores only take each other's time.
const MOST_WORKERS: usize = 256;
/// Who may ask, unless the operator says otherwise.
const DEFAULT_ALLOW: [&str; 3] = ["loopback", "private", "on-link"];

/// Everything that the program needs to know.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where DNS is served.
    pub dns: Vec<SocketAddr>,
    /// Whether those are the defaults: an address whose family the machine lacks is then left out.
    pub dns_is_default: bool,
    /// UDP worker threads for each address; 0 is one a core.
    pub workers: usize,
    /// How datagrams are received.
    pub udp: UdpMode,
    /// Who may ask, as written.
    pub allow: Vec<String>,
    /// The upstream servers, in order.
    pub upstream: Vec<Server>,
    /// The cache.
    pub cache: cache::Settings,
    /// How the engine answers.
    pub engine: engine::Settings,
    /// How categories are answered.
    pub categories: Vec<(String, Shape)>,
    /// The lists.
    pub sources: Vec<Source>,
    /// The operator's own rules that let pass.
    pub own_allow: Vec<String>,
    /// The operator's own rules that block.
    pub own_block: Vec<String>,
    /// Where the page is served.
    pub page: Vec<SocketAddr>,
    /// What the page says of this place.
    pub sinkhole: sinkhole::Settings,
    /// Where the metrics are served.
    pub metrics: Vec<SocketAddr>,
    /// How much is logged.
    pub log_level: LogLevel,
    /// Where state is kept.
    pub state: PathBuf,
}

/// How datagrams are received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UdpMode {
    /// The fast path on Linux, hickory-server elsewhere.
    Auto,
    /// hickory-server everywhere.
    Portable,
}

/// An upstream server as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Server {
    /// What the machine itself uses.
    System,
    /// This one.
    Address(ServerAddress),
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogLevel(pub tracing::Level);

impl LogLevel {
    fn word(self) -> String {
        self.0.to_string().to_lowercase()
    }
}

/// What the command line says; each overrides the file.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--listen`
    pub listen: Vec<SocketAddr>,
    /// `--upstream`
    pub upstream: Vec<String>,
    /// `--list`
    pub list: Vec<PathBuf>,
    /// `--sinkhole`
    pub sinkhole: Vec<IpAddr>,
    /// `--state-dir`
    pub state_dir: Option<PathBuf>,
    /// `--http`
    pub http: Option<SocketAddr>,
    /// `--metrics`
    pub metrics: Option<SocketAddr>,
}

impl Config {
    /// Reads the file, if there is one, and what overrides it.
    pub fn load(path: Option<&Path>, overrides: &Overrides) -> Result<Self, ConfigError> {
        let Some(path) = path else { return Self::read("", overrides) };
        let text = fs::read_to_string(path).map_err(|error| {
            let remedy = match error.kind() {
                std::io::ErrorKind::InvalidData => "Save it as UTF-8",
                _ => "Check the path and who may read it",
            };
            let problem = format!("the file cannot be read: {error}. {remedy}");
            ConfigError { path: Some(path.into()), line: None, key: None, problem }
        })?;
        // What a flag says is not in the file.
        let of_a_flag = |error: &ConfigError| error.key.as_ref().is_some_and(|key| key.starts_with("--"));
        Self::read(&text, overrides)
            .map_err(|error| if of_a_flag(&error) { error } else { error.within(path) })
    }

    /// Reads a file's text and what overrides it.
    pub fn read(text: &str, overrides: &Overrides) -> Result<Self, ConfigError> {
        let file: File = toml::from_str(text).map_err(|error| ConfigError::from_toml(&error, text))?;
        Reader { text, file, overrides }.config()
    }
}

/// A file's text, what was read from it, and what overrides it.
struct Reader<'t> {
    text: &'t str,
    file: File,
    overrides: &'t Overrides,
}

impl Reader<'_> {
    fn config(&self) -> Result<Config, ConfigError> {
        let file = &self.file;
        self.one_of("profile", file.profile.as_ref(), &["home"])?;
        self.one_of("upstream.mode", file.upstream.mode.as_ref(), &["forward"])?;
        self.one_of("upstream.dnssec", file.upstream.dnssec.as_ref(), &["off"])?;
        let categories = self.categories()?;
        let dns = self.dns()?;
        let sinkhole = self.sinkhole_addresses(&dns)?;
        let defaults = cache::Settings::default();
        let cache = cache::Settings {
            memory: self.value("cache.memory", file.cache.memory.as_ref(), defaults.memory, memory)?,
            min_ttl: self.value(
                "cache.min_ttl",
                file.cache.min_ttl.as_ref(),
                defaults.min_ttl,
                short_time,
            )?,
            max_ttl: self.value("cache.max_ttl", file.cache.max_ttl.as_ref(), defaults.max_ttl, time)?,
        };
        if cache.min_ttl > cache.max_ttl {
            let problem = "it is longer than max_ttl. Make it shorter, or max_ttl longer";
            let error = ConfigError::new("cache.min_ttl", problem);
            return Err(file
                .cache
                .min_ttl
                .as_ref()
                .map_or(error.clone(), |text| error.at(self.text, text.span())));
        }
        let (allow, access) = self.access()?;
        let ttl = self.value("block.ttl", file.block.ttl.as_ref(), Duration::from_secs(10), block_ttl)?;
        Ok(Config {
            dns_is_default: self.overrides.listen.is_empty() && file.listen.dns.is_none(),
            dns,
            workers: self.workers()?,
            udp: self.udp()?,
            allow,
            upstream: self.upstream()?,
            cache,
            engine: engine::Settings { block_ttl: ttl.as_secs() as u32, sinkhole, access },
            sources: self.sources(&categories)?,
            categories,
            own_allow: self.own("rules.allow", &file.rules.allow)?,
            own_block: self.own("rules.block", &file.rules.block)?,
            page: self.http(
                "page.listen",
                self.overrides.http,
                file.page.listen.as_deref(),
                "127.0.0.1:8080",
            )?,
            sinkhole: self.page()?,
            metrics: self.http(
                "metrics.listen",
                self.overrides.metrics,
                file.metrics.listen.as_deref(),
                "127.0.0.1:9153",
            )?,
            log_level: self.value(
                "log.level",
                file.log.level.as_ref(),
                LogLevel(tracing::Level::INFO),
                level,
            )?,
            state: self
                .overrides
                .state_dir
                .clone()
                .or_else(|| file.state.dir.clone())
                .unwrap_or_else(|| "./sekisho-state".into()),
        })
    }

    fn own(&self, key: &str, rules: &[Text]) -> Result<Vec<String>, ConfigError> {
        let check =
            |rule: &str| own_rules([rule], []).map(|_| rule.to_owned()).map_err(|error| error.to_string());
        rules.iter().map(|rule| self.parse(key, rule, check)).collect()
    }

    fn page(&self) -> Result<sinkhole::Settings, ConfigError> {
        let page = &self.file.page;
        let defaults = sinkhole::Settings::default();
        Ok(sinkhole::Settings {
            host: self.value("page.host", page.host.as_ref(), defaults.host, |text| match to_name(text) {
                Ok(name) if name.label_count() > 1 => Ok(name),
                _ => Err(format!("`{text}` is no name of a host. Write one such as \"sekisho.home.arpa\"")),
            })?,
            country: self.value("page.country", page.country.as_ref(), defaults.country, |text| {
                let two_letters = text.len() == 2 && text.bytes().all(|octet| octet.is_ascii_alphabetic());
                two_letters
                    .then(|| text.to_uppercase())
                    .ok_or_else(|| "write the country's two letters, such as \"JP\"".into())
            })?,
            language: self.value("page.language", page.language.as_ref(), defaults.language, |text| {
                let known = || Language::ALL.map(Language::tag).join(", ");
                Language::from_tag(text)
                    .ok_or_else(|| format!("the page is not written in `{text}`. Known are: {}", known()))
            })?,
            operator: sinkhole::Operator {
                name: page.operator.name.clone(),
                contact: page.operator.contact.clone(),
            },
        })
    }

    /// Reads one value, or takes the default.
    fn value<T>(
        &self,
        key: &str,
        text: Option<&Text>,
        default: T,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<T, ConfigError> {
        text.map_or(Ok(default), |text| self.parse(key, text, read))
    }

    fn parse<T>(
        &self,
        key: &str,
        text: &Text,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<T, ConfigError> {
        read(text.get_ref()).map_err(|problem| ConfigError::new(key, problem).at(self.text, text.span()))
    }

    /// A key whose other values come with later versions.
    fn one_of(&self, key: &str, text: Option<&Spanned<String>>, built: &[&str]) -> Result<(), ConfigError> {
        self.value(key, text, (), |word| {
            let problem = || format!("this version knows only {built:?}. Remove the key");
            if built.contains(&word) { Ok(()) } else { Err(problem()) }
        })
    }
}

fn memory(text: &str) -> Result<u64, String> {
    units::size(text)
        .filter(|octets| (1 << 20..=1 << 40).contains(octets))
        .ok_or_else(|| format!("`{text}` is no size from 1MiB to 1024GiB. Write one such as \"32MiB\""))
}

fn time(text: &str) -> Result<Duration, String> {
    units::duration(text)
        .ok_or_else(|| format!("`{text}` is no time. Write one such as \"10s\", \"6h\" or \"1d\""))
}

fn short_time(text: &str) -> Result<Duration, String> {
    time(text).ok().filter(|time| *time <= Duration::from_hours(1)).ok_or_else(|| {
        format!("`{text}` is no time of up to an hour, beyond which moved sites would be missed. Write one such as \"0s\"")
    })
}

fn block_ttl(text: &str) -> Result<Duration, String> {
    time(text).ok().filter(|time| (1..=60).contains(&time.as_secs())).ok_or_else(|| {
        format!(
            "`{text}` is not between 1s and 60s; an unblock must be felt at once. Write one such as \"10s\""
        )
    })
}

fn level(text: &str) -> Result<LogLevel, String> {
    text.parse().map(LogLevel).map_err(|_| format!("`{text}` is none of error, warn, info, debug, trace"))
}

#[cfg(test)]
mod tests;
