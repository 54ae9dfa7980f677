//! The configuration as it is meant: every value read, every default filled in, made of each room's own settings.
//!
//! Twice over, so that neither hides in the other: [`file`] is what stands in `sekisho.toml`, this is what it says.
//! Validating does nothing else: no file but the configuration is read, no socket opened.

mod error;
mod file;
mod lists;
mod print;
mod units;

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use toml::Spanned;

pub use self::error::ConfigError;
use self::file::{File, Text};
use crate::{
    cache, engine,
    lists::{Source, own_rules},
    policy::{Access, Shape, SinkholeSetting, SinkholeSettings},
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
            let problem = format!("the file cannot be read: {error}. Check the path given with --config");
            ConfigError { path: Some(path.into()), line: None, key: None, problem }
        })?;
        Self::read(&text, overrides)
            .map_err(|error| if error.line.is_some() { error.within(path) } else { error })
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

    fn dns(&self) -> Result<Vec<SocketAddr>, ConfigError> {
        if !self.overrides.listen.is_empty() {
            return Ok(self.overrides.listen.clone());
        }
        match &self.file.listen.dns {
            Some(addresses) if addresses.is_empty() => {
                Err(ConfigError::new("listen.dns", "there is no address. Write one, such as \"0.0.0.0:53\""))
            }
            Some(addresses) => addresses.iter().map(|text| self.parse("listen.dns", text, socket)).collect(),
            None => Ok(vec![
                SocketAddr::from((Ipv4Addr::LOCALHOST, 5353)),
                SocketAddr::from((Ipv6Addr::LOCALHOST, 5353)),
            ]),
        }
    }

    fn http(
        &self,
        key: &str,
        given: Option<SocketAddr>,
        written: Option<&[Text]>,
        default: &str,
    ) -> Result<Vec<SocketAddr>, ConfigError> {
        match (given, written) {
            (Some(address), _) => Ok(vec![address]),
            (None, Some(written)) => written.iter().map(|text| self.parse(key, text, socket)).collect(),
            (None, None) => Ok(default.parse().into_iter().collect()),
        }
    }

    fn workers(&self) -> Result<usize, ConfigError> {
        let Some(workers) = &self.file.listen.workers else { return Ok(0) };
        if *workers.get_ref() > MOST_WORKERS {
            let problem = format!("{MOST_WORKERS} at most. 0 means one for each core");
            return Err(ConfigError::new("listen.workers", problem).at(self.text, workers.span()));
        }
        Ok(*workers.get_ref())
    }

    fn udp(&self) -> Result<UdpMode, ConfigError> {
        self.value("listen.udp", self.file.listen.udp.as_ref(), UdpMode::Auto, |text| match text {
            "auto" => Ok(UdpMode::Auto),
            "portable" => Ok(UdpMode::Portable),
            _ => Err("write \"auto\" or \"portable\"".into()),
        })
    }

    fn access(&self) -> Result<(Vec<String>, Access), ConfigError> {
        let (words, span) = match &self.file.listen.allow {
            Some(words) => (words.get_ref().clone(), Some(words.span())),
            None => (DEFAULT_ALLOW.map(String::from).to_vec(), None),
        };
        let access = Access::from_words(words.iter().map(String::as_str)).map_err(|error| {
            let error = ConfigError::new("listen.allow", error.to_string());
            if let Some(span) = span { error.at(self.text, span) } else { error }
        })?;
        Ok((words, access))
    }

    fn upstream(&self) -> Result<Vec<Server>, ConfigError> {
        const KEY: &str = "upstream.servers";
        let read = |text: &str| match text {
            "system" => Ok(Server::System),
            other => other
                .parse()
                .map(Server::Address)
                .map_err(|error: crate::resolve::upstream::ServerAddressError| error.to_string()),
        };
        if !self.overrides.upstream.is_empty() {
            let servers = self.overrides.upstream.iter();
            return servers
                .map(|text| read(text).map_err(|problem| ConfigError::new("--upstream", problem)))
                .collect();
        }
        let Some(servers) = &self.file.upstream.servers else { return Ok(vec![Server::System]) };
        if servers.get_ref().is_empty() {
            let problem = "there is no upstream server, so nothing could be answered. Write \"system\", or an address such as \"192.0.2.53\" or \"tls://9.9.9.9#dns.quad9.net\"";
            return Err(ConfigError::new(KEY, problem).at(self.text, servers.span()));
        }
        servers.get_ref().iter().map(|text| self.parse(KEY, text, read)).collect()
    }

    fn sinkhole_addresses(&self, dns: &[SocketAddr]) -> Result<SinkholeSettings, ConfigError> {
        let block = &self.file.block;
        let mut settings = SinkholeSettings {
            v4: self.value(
                "block.sinkhole_v4",
                block.sinkhole_v4.as_ref(),
                SinkholeSetting::Auto,
                sinkhole_setting,
            )?,
            v6: self.value(
                "block.sinkhole_v6",
                block.sinkhole_v6.as_ref(),
                SinkholeSetting::Auto,
                sinkhole_setting,
            )?,
        };
        for address in &self.overrides.sinkhole {
            match address {
                IpAddr::V4(v4) => settings.v4 = SinkholeSetting::Fixed(*v4),
                IpAddr::V6(v6) => settings.v6 = SinkholeSetting::Fixed(*v6),
            }
        }
        let v4 = matches!(settings.v4, SinkholeSetting::Fixed(address) if address.is_loopback());
        let v6 = matches!(settings.v6, SinkholeSetting::Fixed(address) if address.is_loopback());
        let outside = dns.iter().find(|address| !address.ip().is_loopback());
        if let (true, Some(outside)) = (v4 || v6, outside) {
            let problem = format!(
                "a loopback sinkhole would send everybody who asks at {outside} to their own machine. Use \"auto\", or an address of this machine that they can reach"
            );
            return Err(ConfigError::new("block.sinkhole", problem));
        }
        Ok(settings)
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
            host: self.value("page.host", page.host.as_ref(), defaults.host, |text| {
                text.parse().map_err(|error| format!("`{text}` is no name: {error}"))
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

fn socket(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        format!("`{text}` is no address with a port. Write one such as \"0.0.0.0:53\" or \"[::]:53\"")
    })
}

fn memory(text: &str) -> Result<u64, String> {
    units::size(text)
        .filter(|octets| *octets >= 1 << 20)
        .ok_or_else(|| format!("`{text}` is no size of at least 1MiB. Write one such as \"32MiB\""))
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

fn sinkhole_setting<A: FromStr>(text: &str) -> Result<SinkholeSetting<A>, String> {
    match text {
        "auto" => Ok(SinkholeSetting::Auto),
        "none" => Ok(SinkholeSetting::None),
        other => other.parse().map(SinkholeSetting::Fixed).map_err(|_| {
            format!("`{text}` is no address of this family. Write \"auto\", \"none\" or the address where the page is")
        }),
    }
}

fn level(text: &str) -> Result<LogLevel, String> {
    text.parse().map(LogLevel).map_err(|_| format!("`{text}` is none of error, warn, info, debug, trace"))
}

#[cfg(test)]
mod tests;
