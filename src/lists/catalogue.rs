//! Public lists that fit Sekisho, as they are shipped in `lists/sources.toml`: where each is, and on what terms.

use serde::Deserialize;

use super::parse::{Format, Match};

/// The catalogue's text.
const TEXT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/lists/sources.toml"));

/// The catalogue is damaged.
#[derive(Debug, thiserror::Error)]
#[error("lists/sources.toml cannot be read: {0}")]
pub struct CatalogueError(#[from] toml::de::Error);

/// A public list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its name in a configuration.
    pub name: String,
    /// What its publisher calls it.
    pub title: String,
    /// What is on it, in a sentence.
    pub covers: String,
    /// Where it is published.
    pub url: String,
    /// Where else.
    pub mirrors: Vec<String>,
    /// How it is written.
    #[serde(deserialize_with = "word")]
    pub format: Format,
    /// Which names its lines speak of.
    #[serde(rename = "match", deserialize_with = "word")]
    pub matching: Match,
    /// The publisher's terms.
    pub licence: String,
    /// Where to read about it.
    pub homepage: String,
    /// What its names are.
    pub category: String,
    /// Whether a home that has configured no list gets it.
    pub recommended: bool,
}

fn word<'de, T: std::str::FromStr<Err: std::fmt::Display>, D: serde::Deserializer<'de>>(
    from: D,
) -> Result<T, D::Error> {
    String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    source: Vec<Entry>,
}

/// All of them, those that are recommended first.
///
/// # Errors
///
/// Never for the file that is shipped, as the tests show.
pub fn catalogue() -> Result<Vec<Entry>, CatalogueError> {
    let mut entries = toml::from_str::<File>(TEXT)?.source;
    entries.sort_by_key(|entry| !entry.recommended);
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_that_is_shipped_can_be_read() {
        let entries = catalogue().unwrap();
        assert!(entries.len() > 10 && entries[0].recommended && !entries.last().unwrap().recommended);
        assert!(entries.iter().any(|entry| entry.name == "browser-locker"));
    }
}
