//! Whom the server is for. A profile sets nothing but defaults: whatever the file says holds.

use std::str::FromStr;

use super::{ConfigError, Limits, Reader};

/// Whom the server is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// A family, or a small office.
    #[default]
    Home,
    /// A school, a library, a town hall: hundreds of people, often whole rooms behind one address.
    School,
    /// A provider: many thousands of subscribers, in networks that only it can name.
    Isp,
}

/// A word that names no profile.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is none of home, school, isp")]
pub struct UnknownProfile(String);

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|profile| profile.word() == word)
            .ok_or_else(|| UnknownProfile(word.into()))
    }
}

impl Profile {
    /// All, from the smallest.
    pub const ALL: [Self; 3] = [Self::Home, Self::School, Self::Isp];

    /// As it is written.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::School => "school",
            Self::Isp => "isp",
        }
    }

    /// Memory for the cache, in octets: a household asks for a few thousand names a day, a provider's subscribers for
    /// millions.
    pub const fn cache_memory(self) -> u64 {
        match self {
            Self::Home => 32 << 20,
            Self::School => 64 << 20,
            Self::Isp => 512 << 20,
        }
    }

    /// DNS connections. In a school a whole building may come from one address; subscribers each have their own.
    pub const fn dns_limits(self) -> Limits {
        match self {
            Self::Home => Limits { connections: 1024, connections_per_client: 64 },
            Self::School => Limits { connections: 4096, connections_per_client: 512 },
            Self::Isp => Limits { connections: 16_384, connections_per_client: 64 },
        }
    }

    /// Answers a second over UDP to one network of strangers. What a household asks for at its busiest; what a building
    /// does, or a provider's 256 neighbours.
    pub const fn rate_limit(self) -> u32 {
        match self {
            Self::Home => 200,
            Self::School => 1000,
            Self::Isp => 2000,
        }
    }

    /// Connections to the page.
    pub const fn page_limits(self) -> Limits {
        match self {
            Self::Home => Limits { connections: 512, connections_per_client: 64 },
            Self::School => Limits { connections: 1024, connections_per_client: 256 },
            Self::Isp => Limits { connections: 4096, connections_per_client: 64 },
        }
    }

    /// Whether it is remembered for an hour what was stopped for whom. A provider's subscribers are not its household.
    pub const fn remembers(self) -> bool {
        !matches!(self, Self::Isp)
    }

    /// Whether those who are served do not know who runs the server, unless the page tells them.
    pub const fn serves_strangers(self) -> bool {
        matches!(self, Self::School | Self::Isp)
    }
}

impl Reader<'_> {
    pub(super) fn profile(&self) -> Result<Profile, ConfigError> {
        let profile = self.file.profile.as_ref();
        let read = |word: &str| word.parse().map_err(|error: UnknownProfile| error.to_string());
        let profile = self.value("profile", profile, Profile::default(), read)?;
        let beyond_this_machine =
            || self.dns().is_ok_and(|dns| dns.iter().any(|address| !address.ip().is_loopback()));
        // Subscribers are in none of the networks that the defaults name, so all of them would be refused.
        if profile == Profile::Isp && self.file.listen.allow.is_none() && beyond_this_machine() {
            let problem = "the profile isp needs the subscribers' networks, which are not among the defaults. Write them under [listen], such as allow = [\"loopback\", \"192.0.2.0/24\", \"2001:db8::/32\"]";
            let error = ConfigError::new("listen.allow", problem);
            return Err(self
                .file
                .profile
                .as_ref()
                .map_or(error.clone(), |text| error.at(self.text, text.span())));
        }
        Ok(profile)
    }
}
