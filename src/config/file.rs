//! `sekisho.toml` as it is written: the only TOML types of the program, each with the keys of its table. What the
//! values mean is decided in [`super`]; here they are kept as text, with the place where they stand.

use std::{collections::BTreeMap, path::PathBuf};

use serde::Deserialize;
use toml::Spanned;

/// A value and where it stands.
pub(super) type Text = Spanned<String>;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    pub(super) profile: Option<Text>,
    pub(super) listen: Listen,
    pub(super) upstream: Upstream,
    pub(super) cache: Cache,
    pub(super) block: Block,
    pub(super) list: Vec<List>,
    pub(super) fetch: Fetch,
    pub(super) guard: Guard,
    pub(super) rules: Rules,
    pub(super) page: Page,
    pub(super) metrics: Metrics,
    pub(super) log: Log,
    pub(super) state: State,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Listen {
    pub(super) dns: Option<Spanned<Vec<Text>>>,
    pub(super) allow: Option<Vec<Text>>,
    pub(super) workers: Option<Spanned<usize>>,
    pub(super) udp: Option<Text>,
    pub(super) connections: Option<Spanned<usize>>,
    pub(super) connections_per_client: Option<Spanned<usize>>,
    pub(super) rate_limit: Option<Spanned<u32>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Upstream {
    pub(super) mode: Option<Text>,
    pub(super) servers: Option<Spanned<Vec<Text>>>,
    pub(super) dnssec: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Cache {
    pub(super) memory: Option<Text>,
    pub(super) min_ttl: Option<Text>,
    pub(super) max_ttl: Option<Text>,
    pub(super) serve_stale: Option<Text>,
    pub(super) prefetch: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Block {
    pub(super) ttl: Option<Text>,
    pub(super) sinkhole_v4: Option<Text>,
    pub(super) sinkhole_v6: Option<Text>,
    pub(super) category: BTreeMap<String, Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct List {
    pub(super) name: Text,
    pub(super) path: Option<Spanned<PathBuf>>,
    pub(super) url: Option<Text>,
    pub(super) mirrors: Option<Vec<Text>>,
    pub(super) plain_http: Option<bool>,
    pub(super) refresh: Option<Text>,
    pub(super) window: Option<Text>,
    pub(super) category: Option<Text>,
    pub(super) kind: Option<Text>,
    pub(super) format: Option<Text>,
    #[serde(rename = "match")]
    pub(super) matching: Option<Text>,
    pub(super) policy: Option<Text>,
    pub(super) guard: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Fetch {
    pub(super) offline: Option<bool>,
    pub(super) proxy: Option<Text>,
    pub(super) roots: Option<Spanned<PathBuf>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Guard {
    pub(super) popular: Option<Spanned<PathBuf>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Rules {
    pub(super) allow: Vec<Text>,
    pub(super) block: Vec<Text>,
    pub(super) regex: Vec<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Page {
    pub(super) listen: Option<Vec<Text>>,
    pub(super) https: Option<Text>,
    pub(super) https_listen: Option<Vec<Text>>,
    pub(super) host: Option<Text>,
    pub(super) country: Option<Text>,
    pub(super) language: Option<Text>,
    pub(super) operator: Operator,
    pub(super) history: Option<bool>,
    pub(super) unblock_delay: Option<Text>,
    pub(super) connections: Option<Spanned<usize>>,
    pub(super) connections_per_client: Option<Spanned<usize>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Operator {
    pub(super) name: String,
    pub(super) contact: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Metrics {
    pub(super) listen: Option<Vec<Text>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Log {
    pub(super) level: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct State {
    pub(super) dir: Option<PathBuf>,
}
