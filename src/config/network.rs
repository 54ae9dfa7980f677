//! The part of the configuration that speaks of addresses: where to listen, whom to answer, whom to ask, where the
//! page is.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

use toml::Spanned;

use super::{
    ConfigError, DEFAULT_ALLOW, Limits, MOST_ANSWERS, MOST_CONNECTIONS, MOST_WORKERS, Profile, Reader,
    Server, UdpMode, file::Text,
};
use crate::{
    policy::{
        Access, SinkholeSetting, SinkholeSettings,
        clients::{can_be_sinkhole_v4, can_be_sinkhole_v6},
    },
    resolve::upstream::ServerAddressError,
};

impl Reader<'_> {
    pub(super) fn dns(&self) -> Result<Vec<SocketAddr>, ConfigError> {
        if !self.overrides.listen.is_empty() {
            return Ok(self.overrides.listen.clone());
        }
        match &self.file.listen.dns {
            Some(addresses) if addresses.get_ref().is_empty() => {
                let problem = "there is no address. Write one, such as \"0.0.0.0:53\"";
                Err(ConfigError::new("listen.dns", problem).at(self.text, addresses.span()))
            }
            Some(addresses) => {
                addresses.get_ref().iter().map(|text| self.parse("listen.dns", text, socket)).collect()
            }
            None => Ok(vec![
                SocketAddr::from((Ipv4Addr::LOCALHOST, 5353)),
                SocketAddr::from((Ipv6Addr::LOCALHOST, 5353)),
            ]),
        }
    }

    pub(super) fn http(
        &self,
        key: &str,
        given: Option<SocketAddr>,
        written: Option<&[Text]>,
        default: &str,
    ) -> Result<Vec<SocketAddr>, ConfigError> {
        match (given, written) {
            (Some(address), _) => Ok(vec![address]),
            (None, Some(written)) => self.addresses(key, Some(written)),
            (None, None) => Ok(default.parse().into_iter().collect()),
        }
    }

    pub(super) fn addresses(
        &self,
        key: &str,
        written: Option<&[Text]>,
    ) -> Result<Vec<SocketAddr>, ConfigError> {
        written.unwrap_or_default().iter().map(|text| self.parse(key, text, socket)).collect()
    }

    pub(super) fn workers(&self) -> Result<usize, ConfigError> {
        let Some(workers) = &self.file.listen.workers else { return Ok(0) };
        if *workers.get_ref() > MOST_WORKERS {
            let problem = format!("{MOST_WORKERS} at most. 0 means one for each core");
            return Err(ConfigError::new("listen.workers", problem).at(self.text, workers.span()));
        }
        Ok(*workers.get_ref())
    }

    /// How many connections there may be, in all and of one client, below `[table]`.
    pub(super) fn limits(
        &self,
        table: &str,
        written: (Option<&Spanned<usize>>, Option<&Spanned<usize>>),
        defaults: Limits,
    ) -> Result<Limits, ConfigError> {
        let read = |key: &str, written: Option<&Spanned<usize>>, default| match written {
            Some(number) if !(1..=MOST_CONNECTIONS).contains(number.get_ref()) => {
                let problem = format!("write a number from 1 to {MOST_CONNECTIONS}, such as {default}");
                let key = format!("{table}.{key}");
                Err(ConfigError::new(&key, problem).at(self.text, number.span()))
            }
            Some(number) => Ok(*number.get_ref()),
            None => Ok(default),
        };
        let connections = read("connections", written.0, defaults.connections)?;
        let of_client = read("connections_per_client", written.1, defaults.connections_per_client)?;
        // More for one than for all means: no share for one. That is how it works out, too.
        Ok(Limits { connections, connections_per_client: of_client.min(connections) })
    }

    /// How many answers a second one network of strangers gets over UDP.
    pub(super) fn rate_limit(&self, profile: Profile) -> Result<u32, ConfigError> {
        let Some(limit) = &self.file.listen.rate_limit else { return Ok(profile.rate_limit()) };
        if *limit.get_ref() > MOST_ANSWERS {
            let problem = format!("write a number from 1 to {MOST_ANSWERS}, or 0 for no limit");
            return Err(ConfigError::new("listen.rate_limit", problem).at(self.text, limit.span()));
        }
        Ok(*limit.get_ref())
    }

    pub(super) fn udp(&self) -> Result<UdpMode, ConfigError> {
        self.value("listen.udp", self.file.listen.udp.as_ref(), UdpMode::Auto, |text| match text {
            "auto" => Ok(UdpMode::Auto),
            "portable" => Ok(UdpMode::Portable),
            _ => Err("write \"auto\" or \"portable\"".into()),
        })
    }

    pub(super) fn access(&self) -> Result<(Vec<String>, Access), ConfigError> {
        let Some(words) = &self.file.listen.allow else {
            return Ok((DEFAULT_ALLOW.map(String::from).to_vec(), Access::default()));
        };
        let check = |word: &str| match Access::from_words([word]) {
            Ok(_) => Ok(word.to_owned()),
            Err(error) => Err(error.to_string()),
        };
        let words: Vec<String> =
            words.iter().map(|word| self.parse("listen.allow", word, check)).collect::<Result<_, _>>()?;
        let access = Access::from_words(words.iter().map(String::as_str))
            .map_err(|error| ConfigError::new("listen.allow", error.to_string()))?;
        Ok((words, access))
    }

    pub(super) fn upstream(&self) -> Result<Vec<Server>, ConfigError> {
        const KEY: &str = "upstream.servers";
        let read = |text: &str| match text {
            "system" => Ok(Server::System),
            other => {
                other.parse().map(Server::Address).map_err(|error: ServerAddressError| error.to_string())
            }
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

    pub(super) fn sinkhole_addresses(&self, dns: &[SocketAddr]) -> Result<SinkholeSettings, ConfigError> {
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
        let mut given = (false, false);
        for address in &self.overrides.sinkhole {
            let again = match address {
                IpAddr::V4(v4) => {
                    settings.v4 = SinkholeSetting::Fixed(*v4);
                    std::mem::replace(&mut given.0, true)
                }
                IpAddr::V6(v6) => {
                    settings.v6 = SinkholeSetting::Fixed(*v6);
                    std::mem::replace(&mut given.1, true)
                }
            };
            if again || !can_be_sinkhole(*address) {
                let problem =
                    format!("{address}: give one address of each family, which everybody can reach");
                return Err(ConfigError::new("--sinkhole", problem));
            }
        }
        let v4 = matches!(settings.v4, SinkholeSetting::Fixed(address) if address.is_loopback());
        let v6 = matches!(settings.v6, SinkholeSetting::Fixed(address) if address.is_loopback());
        let (key, written) = match (given, v4) {
            ((true, _), true) | ((_, true), false) => ("--sinkhole", None),
            (_, true) => ("block.sinkhole_v4", block.sinkhole_v4.as_ref()),
            (_, false) => ("block.sinkhole_v6", block.sinkhole_v6.as_ref()),
        };
        let outside = dns.iter().find(|address| !address.ip().is_loopback());
        if let (true, Some(outside)) = (v4 || v6, outside) {
            let problem = format!(
                "a loopback sinkhole would send everybody who asks at {outside} to their own machine. Use \"auto\", or an address of this machine that they can reach"
            );
            let error = ConfigError::new(key, problem);
            return Err(written.map_or(error.clone(), |text| error.at(self.text, text.span())));
        }
        Ok(settings)
    }
}

fn socket(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        format!("`{text}` is no address with a port. Write one such as \"0.0.0.0:53\" or \"[::]:53\"")
    })
}

/// Whether an address can be where the page is, for everybody who is told of it.
fn can_be_sinkhole(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => can_be_sinkhole_v4(v4),
        IpAddr::V6(v6) => can_be_sinkhole_v6(v6) && v6.to_ipv4_mapped().is_none(),
    }
}

fn sinkhole_setting<A: FromStr + Into<IpAddr> + Copy>(text: &str) -> Result<SinkholeSetting<A>, String> {
    match text {
        "auto" => Ok(SinkholeSetting::Auto),
        "none" => Ok(SinkholeSetting::None),
        other => match other.parse::<A>() {
            Ok(address) if can_be_sinkhole(address.into()) => Ok(SinkholeSetting::Fixed(address)),
            _ => Err(format!(
                "`{text}` is no address of this family that everybody can reach. Write \"auto\", \"none\" or the address where the page is"
            )),
        },
    }
}
