//! The configuration as it is meant: every value read, every default filled in, made of each room's own settings.
//!
//! Twice over, so that neither hides in the other: [`file`] is what stands in `sekisho.toml`, this is what it says.
//! Validating does nothing else: no file but the configuration is read, no socket opened.

mod error;
mod file;
mod follow;
mod https;
mod lists;
mod network;
mod print;
mod profile;
pub(crate) mod units;

use std::{
    borrow::Cow,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use toml::Spanned;

use self::file::{File, Text};
pub use self::{
    error::ConfigError,
    follow::{Change, ConfigFile, Follower},
    https::Https,
    lists::Fetch,
    profile::Profile,
};
use crate::{
    cache, engine,
    lists::{
        Origin, Source,
        compile::to_name,
        own::{Kind, own_rules},
    },
    policy::Shape,
    resolve::ServerAddress,
    sinkhole::{self, Language},
};

/// The most UDP workers: more threads than cores only take each other's time.
const MOST_WORKERS: usize = 256;
/// The most connections that can be asked for: as many descriptors as a process is likely to get.
const MOST_CONNECTIONS: usize = 1 << 20;
/// The highest rate that is one.
const MOST_ANSWERS: u32 = 1_000_000;
/// Who may ask, unless the operator says otherwise.
const DEFAULT_ALLOW: [&str; 3] = ["loopback", "private", "on-link"];

/// Everything that the program needs to know.
#[derive(Debug, Clone)]
pub struct Config {
    /// Whom the server is for: where the defaults come from.
    pub profile: Profile,
    /// Where DNS is served.
    pub dns: Vec<SocketAddr>,
    /// Whether those are the defaults: an address whose family the machine lacks is then left out.
    pub dns_is_default: bool,
    /// UDP worker threads for each address; 0 is one a core.
    pub workers: usize,
    /// How datagrams are received.
    pub udp: UdpMode,
    /// How many DNS connections there may be.
    pub dns_limits: Limits,
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
    /// Those of them that nobody wrote down, and a home has: by name.
    pub default_lists: Vec<Arc<str>>,
    /// How lists are fetched.
    pub fetch: Fetch,
    /// The operator's file of popular names, which lists are not believed about.
    pub popular: Option<PathBuf>,
    /// The operator's own rules that let pass.
    pub own_allow: Vec<String>,
    /// The operator's own rules that block.
    pub own_block: Vec<String>,
    /// The operator's own regular expressions for names that are blocked, without slashes.
    pub own_regex: Vec<String>,
    /// Where the page is served.
    pub page: Vec<SocketAddr>,
    /// What browsers get that come for a blocked name over https.
    pub https: Https,
    /// Where that is.
    pub page_https: Vec<SocketAddr>,
    /// How many connections to the page there may be.
    pub page_limits: Limits,
    /// How long after an approval a name of the category `scam` stays blocked.
    pub unblock_delay: Duration,
    /// What the page says of this place.
    pub sinkhole: sinkhole::Settings,
    /// Where the metrics are served.
    pub metrics: Vec<SocketAddr>,
    /// How much is logged.
    pub log_level: LogLevel,
    /// Where state is kept.
    pub state: PathBuf,
}

/// How many connections there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// In all.
    pub connections: usize,
    /// Of one client: an IPv4 address, or an IPv6 network of 64 bits.
    pub connections_per_client: usize,
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
    /// `--offline`
    pub offline: bool,
}

impl Config {
    /// Reads the text of the file at `path`, and what overrides it.
    pub fn read_at(path: &Path, text: &str, overrides: &Overrides) -> Result<Self, ConfigError> {
        // What a flag says is not in the file.
        let of_a_flag = |error: &ConfigError| error.key.as_ref().is_some_and(|key| key.starts_with("--"));
        Self::read(text, overrides)
            .map_err(|error| if of_a_flag(&error) { error } else { error.within(path) })
    }

    /// Reads a file's text and what overrides it.
    pub fn read(text: &str, overrides: &Overrides) -> Result<Self, ConfigError> {
        let file: File = toml::from_str(text).map_err(|error| ConfigError::from_toml(&error, text))?;
        Reader { text, file, overrides }.config()
    }
}

impl Config {
    /// The operator's own rules, as [`own_rules`] takes them.
    pub fn own_rules(&self) -> impl Iterator<Item = (Kind, Cow<'_, str>)> {
        let allow = self.own_allow.iter().map(|rule| (Kind::Allow, Cow::from(rule)));
        let block = self.own_block.iter().map(|rule| (Kind::Block, Cow::from(rule)));
        let regex = self.own_regex.iter().map(|text| (Kind::Block, Cow::from(between_slashes(text))));
        allow.chain(block).chain(regex)
    }

    /// How names of a category are answered.
    pub fn shape_of(&self, category: &str) -> Shape {
        lists::shape_of(category, &self.categories)
    }

    /// How names that the operator's own rules block are answered: as scam is.
    pub fn own_shape(&self) -> Shape {
        let scam = self.categories.iter().find(|(name, _)| name == "scam");
        scam.map(|(_, shape)| *shape).unwrap_or_default()
    }

    /// Whether there is a list that blocks, and not only the names that are shipped for trying.
    pub fn protects(&self) -> bool {
        self.sources.iter().any(|source| !source.allows && !matches!(source.origin, Origin::Bundled(_)))
    }

    /// Whether the operator named a list that blocks: not only what is shipped, and what a home has by default.
    pub fn names_lists(&self) -> bool {
        let is_named = |source: &Source| {
            !matches!(source.origin, Origin::Bundled(_)) && !self.default_lists.contains(&source.name)
        };
        self.sources.iter().any(|source| !source.allows && is_named(source))
    }

    /// What is not wrong, and still is probably not what was meant: a sentence each.
    pub fn unlikely(&self) -> Vec<String> {
        let mut found = Vec::new();
        for source in &self.sources {
            if !self.categories.iter().any(|(name, _)| **name == *source.category) {
                found.push(format!(
                    "the category {} of the list {} is not under [block.category], so the list is answered as `other`.",
                    source.category, source.name
                ));
            }
        }
        if !self.protects() {
            found.push("there is no [[list]] that blocks, so nobody is protected yet.".into());
        }
        found.extend(self.unused_https());
        if self.profile.serves_strangers() && self.sinkhole.operator.contact.is_empty() {
            found.push(format!(
                "with the profile {}, people who are led to the page do not know whom to tell of a mistake. Write operator = {{ name = \"…\", contact = \"…\" }} under [page].",
                self.profile.word()
            ));
        }
        found
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
        let profile = self.profile()?;
        self.one_of("upstream.mode", file.upstream.mode.as_ref(), &["forward"])?;
        self.one_of("upstream.dnssec", file.upstream.dnssec.as_ref(), &["off"])?;
        let categories = self.categories()?;
        let (sources, default_lists) = self.sources(profile, &categories)?;
        let dns = self.dns()?;
        let sinkhole = self.sinkhole_addresses(&dns)?;
        let (allow, access) = self.access()?;
        let page = self.page()?;
        let ttl = self.value("block.ttl", file.block.ttl.as_ref(), Duration::from_secs(10), block_ttl)?;
        Ok(Config {
            profile,
            dns_is_default: self.overrides.listen.is_empty() && file.listen.dns.is_none(),
            dns,
            workers: self.workers()?,
            udp: self.udp()?,
            dns_limits: self.limits(
                "listen",
                (file.listen.connections.as_ref(), file.listen.connections_per_client.as_ref()),
                profile.dns_limits(),
            )?,
            allow,
            upstream: self.upstream()?,
            cache: self.cache(profile)?,
            engine: engine::Settings {
                block_ttl: ttl.as_secs() as u32,
                sinkhole,
                access,
                host: page.host.clone(),
                rate_limit: self.rate_limit(profile)?,
                history: file.page.history.unwrap_or_else(|| profile.remembers()),
            },
            sources,
            default_lists,
            fetch: self.fetch()?,
            categories,
            popular: self.popular()?,
            own_allow: self.own("rules.allow", &file.rules.allow, str::to_owned)?,
            own_block: self.own("rules.block", &file.rules.block, str::to_owned)?,
            own_regex: self.own("rules.regex", &file.rules.regex, between_slashes)?,
            page: self.http(
                "page.listen",
                self.overrides.http,
                file.page.listen.as_deref(),
                "127.0.0.1:8080",
            )?,
            https: self.https()?,
            page_https: self.addresses("page.https_listen", file.page.https_listen.as_deref())?,
            page_limits: self.limits(
                "page",
                (file.page.connections.as_ref(), file.page.connections_per_client.as_ref()),
                profile.page_limits(),
            )?,
            unblock_delay: self.value(
                "page.unblock_delay",
                file.page.unblock_delay.as_ref(),
                Duration::from_mins(10),
                unblock_delay,
            )?,
            sinkhole: page,
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

    fn cache(&self, profile: Profile) -> Result<cache::Settings, ConfigError> {
        let (file, defaults) = (&self.file.cache, cache::Settings::default());
        let cache = cache::Settings {
            memory: self.value("cache.memory", file.memory.as_ref(), profile.cache_memory(), memory)?,
            min_ttl: self.value("cache.min_ttl", file.min_ttl.as_ref(), defaults.min_ttl, short_time)?,
            max_ttl: self.value("cache.max_ttl", file.max_ttl.as_ref(), defaults.max_ttl, time)?,
            serve_stale: self.value(
                "cache.serve_stale",
                file.serve_stale.as_ref(),
                defaults.serve_stale,
                stale_time,
            )?,
            prefetch: file.prefetch.unwrap_or(defaults.prefetch),
        };
        if cache.min_ttl > cache.max_ttl {
            let problem = "it is longer than max_ttl. Make it shorter, or max_ttl longer";
            let error = ConfigError::new("cache.min_ttl", problem);
            return Err(file.min_ttl.as_ref().map_or(error.clone(), |text| error.at(self.text, text.span())));
        }
        Ok(cache)
    }

    /// Own rules, each of which can be used by itself.
    fn own(
        &self,
        key: &str,
        rules: &[Text],
        as_rule: impl Fn(&str) -> String,
    ) -> Result<Vec<String>, ConfigError> {
        let check = |text: &str| {
            let checked = own_rules([(Kind::Block, &*as_rule(text))], Shape::default());
            checked.map(|_| text.to_owned()).map_err(|error| error.to_string())
        };
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

/// A regular expression as a rule has it.
fn between_slashes(text: &str) -> String {
    format!("/{text}/")
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

fn stale_time(text: &str) -> Result<Duration, String> {
    time(text).ok().filter(|time| *time <= Duration::from_hours(7 * 24)).ok_or_else(|| {
        format!("`{text}` is no time of up to a week, after which addresses often belong to others. Write one such as \"1d\", or \"0s\" for never")
    })
}

fn unblock_delay(text: &str) -> Result<Duration, String> {
    time(text).ok().filter(|time| *time <= Duration::from_hours(24)).ok_or_else(|| {
        format!("`{text}` is no time of up to a day. Write one such as \"10m\", or \"0s\" for none")
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
