//! Names under which strangers live together: public suffixes, and hosts that many people share. Pure.
//!
//! The Public Suffix List comes with the crate `psl`, compiled into code. It knows where registries and hosting
//! companies hand out names. `lists/shared-hosts.toml` adds what it lacks, in two kinds: hosts with *tenants*, where
//! each name below is somebody else's, and hosts of *paths*, where one name carries the pages of many.

use std::sync::LazyLock;

use psl::{List, Psl, Type};
use serde::Deserialize;

use super::names::{Key, Names};
use crate::name::{Name, NameError};

/// What is shipped beside the Public Suffix List.
const SHARED_HOSTS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/lists/shared-hosts.toml"));
/// A label that no rule of the Public Suffix List names, so that only a wildcard can speak of it.
const ANY_LABEL: &[u8] = b"any-label-whatever";

/// What is known of shared names.
#[derive(Debug, Clone, Default, Hash)]
pub struct Suffixes {
    /// Hosts of both kinds.
    shared: Names,
    /// Those whose names directly below are zones with tenants of their own, as `z13.web.core.windows.net`.
    zones: Names,
}

/// The shipped supplement is damaged.
#[derive(Debug, thiserror::Error)]
pub enum SharedHostsError {
    /// It is no TOML, or lacks a field.
    #[error("lists/shared-hosts.toml cannot be read: {0}")]
    Toml(#[from] toml::de::Error),
    /// A name in it is none.
    #[error("lists/shared-hosts.toml: {0} is no name: {1}")]
    Name(String, NameError),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    group: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    #[serde(rename = "name")]
    _name: String,
    #[serde(rename = "kind")]
    _kind: Kind,
    #[serde(rename = "why")]
    _why: String,
    entries: Vec<Host>,
}

/// Both kinds are held back alike. The difference is for the reader: below the first, a name can be blocked.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Tenants,
    Paths,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Host {
    name: String,
    #[serde(rename = "why")]
    _why: String,
}

impl Suffixes {
    /// The Public Suffix List with the shipped supplement.
    ///
    /// # Errors
    ///
    /// Never for the file that is shipped, as the tests show.
    pub fn bundled() -> Result<Self, SharedHostsError> {
        let file: File = toml::from_str(SHARED_HOSTS)?;
        let (mut shared, mut zones) = (Vec::new(), Vec::new());
        for host in file.group.into_iter().flat_map(|group| group.entries) {
            let above = host.name.strip_prefix("*.");
            let name: Name = above
                .unwrap_or(&host.name)
                .parse()
                .map_err(|error| SharedHostsError::Name(host.name.clone(), error))?;
            zones.extend(above.map(|_| name.clone()));
            shared.push(name);
        }
        Ok(Self { shared: shared.into_iter().collect(), zones: zones.into_iter().collect() })
    }

    /// The shared host that a rule for `name` takes away: itself, or, if the rule `reaches_below` the name, one
    /// there.
    pub fn shared_host(&self, name: &Name, key: &Key, reaches_below: bool) -> Option<Name> {
        let itself = self.shared.contains(key) || self.zones.contains_above(key);
        let below = || if reaches_below { self.shared.at_or_below(key) } else { None };
        if itself { Some(name.clone()) } else { below() }
    }

    /// Whether a URL with a path on this host says nothing of the whole host: strangers share it, or it belongs to a
    /// customer of a hosting company, who may have been broken into.
    pub fn is_shared(&self, host: &Name) -> bool {
        let (labels, kind) = suffix_of(host);
        labels == host.label_count() && kind.is_some()
            || kind == Some(Type::Private)
            || self.shared.at_or_above(host).is_some()
    }
}

/// [`Suffixes::is_shared`] of what is shipped, for a parser that is told of no other.
pub fn is_shared(host: &Name) -> bool {
    static SHIPPED: LazyLock<Suffixes> = LazyLock::new(|| Suffixes::bundled().unwrap_or_default());
    SHIPPED.is_shared(host)
}

/// Whether names are handed out to strangers directly below `name`, or are so one label further down (`*.ck`).
///
/// Only rules that the list really has count: by its default rule every unknown top-level domain would be a public
/// suffix, also one that a network has made up for itself.
pub fn is_public_suffix(name: &Name) -> bool {
    if name.is_root() {
        return true;
    }
    // The suffix of a name below is this name, or, by a wildcard, that very name.
    let found = List.find(name.labels_from_root().chain([ANY_LABEL]));
    found.typ.is_some() && found.len >= octets(name, name.label_count())
}

/// How many of the name's last labels are its public suffix, and by whose word; nobody's for an unknown one.
fn suffix_of(name: &Name) -> (usize, Option<Type>) {
    let found = List.find(name.labels_from_root());
    let labels = (1..=name.label_count()).find(|count| octets(name, *count) >= found.len);
    (labels.unwrap_or_default(), found.typ)
}

/// How long the last labels are, with the dots between them.
fn octets(name: &Name, labels: usize) -> usize {
    // The wire form has a length octet for each label, and the root's zero.
    name.suffix_wire(labels).len().saturating_sub(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    #[test]
    fn public_suffixes_are_known_with_wildcards_and_exceptions() {
        for (text, expected) in [
            (".", true),
            ("com", true),
            ("co.jp", true),
            ("example.co.jp", false),
            ("github.io", true),
            ("evil.github.io", false),
            ("pages.dev", true),
            ("evil.pages.dev", false),
            ("azurewebsites.net", true),
            ("evil.azurewebsites.net", false),
            // *.ck, but not www.ck
            ("ck", true),
            ("anything.ck", true),
            ("www.ck", false),
            ("shop.anything.ck", false),
            // *.kawasaki.jp, but not city.kawasaki.jp
            ("kawasaki.jp", true),
            ("any.kawasaki.jp", true),
            ("city.kawasaki.jp", false),
            ("www.city.kawasaki.jp", false),
            // *.compute-1.amazonaws.com
            ("compute-1.amazonaws.com", true),
            ("xn--55qx5d.cn", true),
            // Top-level domains that nobody has delegated.
            ("lan", false),
            ("printer.lan", false),
            ("a\\.b.com", false),
        ] {
            assert_eq!(is_public_suffix(&name(text)), expected, "{text}");
        }
    }

    #[test]
    fn zones_of_azure_storage_are_shared_and_sites_in_them_are_not() {
        let suffixes = Suffixes::bundled().unwrap();
        let held = |text: &str| {
            let name = name(text);
            is_public_suffix(&name) || suffixes.shared_host(&name, &Key::of(&name), true).is_some()
        };
        for text in [
            "windows.net",
            "core.windows.net",
            "web.core.windows.net",
            "z13.web.core.windows.net",
            "z1.web.core.windows.net",
            "blob.core.windows.net",
            "web.app",
            "amazonaws.com",
            "s3.amazonaws.com",
        ] {
            assert!(held(text), "{text}");
        }
        for text in
            ["x.z13.web.core.windows.net", "x.blob.core.windows.net", "x.web.app", "x.s3.amazonaws.com"]
        {
            assert!(!held(text), "{text}");
        }
    }

    #[test]
    fn a_path_says_nothing_of_a_host_that_strangers_share() {
        let suffixes = Suffixes::bundled().unwrap();
        for (text, expected) in [
            ("bit.ly", true),
            ("docs.google.com", true),
            ("gist.github.com", true),
            ("evil.github.io", true),
            ("www.evil.github.io", true),
            ("evil.weebly.com", true),
            ("github.io", true),
            ("co.jp", true),
            ("shop.example.co.jp", false),
            ("evil.com", false),
            ("www.evil.com", false),
            ("printer.lan", false),
            ("lan", false),
        ] {
            assert_eq!(suffixes.is_shared(&name(text)), expected, "{text}");
        }
    }

    #[test]
    fn a_rule_takes_a_shared_host_away_from_above_only_if_it_reaches_below() {
        let suffixes = Suffixes::bundled().unwrap();
        let found = |text: &str, below| {
            let name = name(text);
            suffixes.shared_host(&name, &Key::of(&name), below).map(|host| host.to_string())
        };
        assert_eq!(found("bit.ly", false).as_deref(), Some("bit.ly"));
        assert_eq!(found("googleapis.com", true).as_deref(), Some("storage.googleapis.com"));
        assert_eq!(found("googleapis.com", false), None);
        assert_eq!(found("evil.weebly.com", true), None);
    }
}
