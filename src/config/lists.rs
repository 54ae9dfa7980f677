//! The part of the configuration that speaks of lists: which there are, and how their names are answered.

use std::{
    fmt::Display,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use super::{ConfigError, Profile, Reader, file::List, time};
use crate::{
    lists::{
        Origin, Source,
        catalogue::catalogue,
        fetch::{ListUrl, Proxy, ProxyServer},
        guard::Guarding,
        parse::{Format, Match},
        source::{MOST_CATEGORIES, plain_name},
        subscription::{MOST_OFTEN, REFRESH, Subscription},
    },
    policy::Shape,
};

/// Names reserved for trying, so that something is blocked before there is a real list.
const STARTER: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/lists/starter.txt"));
/// How categories are answered unless the operator says otherwise.
const DEFAULT_CATEGORIES: [(&str, Shape); 4] =
    [("scam", Shape::Page), ("phishing", Shape::Page), ("malware", Shape::Page), ("other", Shape::Null)];
/// The category of a list that has none, and of `--list`.
const DEFAULT_CATEGORY: &str = "scam";
/// What every other category is answered like.
const OTHER: &str = "other";
/// How seldom a list can be fetched.
const LEAST_OFTEN: Duration = Duration::from_hours(24 * 30);
/// The longest window of a list.
const LONGEST_WINDOW: Duration = Duration::from_hours(24 * 90);

/// How lists are fetched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fetch {
    /// Whether none is.
    pub offline: bool,
    /// By which proxy.
    pub proxy: Proxy,
    /// Authorities that are believed beside the public ones: a file in PEM form.
    pub roots: Option<PathBuf>,
}

impl Reader<'_> {
    /// How categories are answered, the known ones first.
    pub(super) fn categories(&self) -> Result<Vec<(String, Shape)>, ConfigError> {
        let mut categories: Vec<(String, Shape)> =
            DEFAULT_CATEGORIES.iter().map(|(name, shape)| ((*name).to_owned(), *shape)).collect();
        for (name, word) in &self.file.block.category {
            let key = format!("block.category.{name}");
            self.parse(&key, word, |_| plain_name(name).map(drop))?;
            let shape = self.parse(&key, word, |word| {
                word.parse().map_err(|error: crate::policy::block::UnknownShape| error.to_string())
            })?;
            match categories.iter_mut().find(|(known, _)| known == name) {
                Some((_, known)) => *known = shape,
                None => categories.push((name.clone(), shape)),
            }
        }
        if categories.len() > MOST_CATEGORIES {
            let problem = format!("{MOST_CATEGORIES} categories at most");
            return Err(ConfigError::new("block.category", problem));
        }
        Ok(categories)
    }

    /// The lists of the file and of the command line. Without any that blocks there is the one that is shipped for trying,
    /// and a home has the recommended ones of the catalogue, whose names are given as well.
    pub(super) fn sources(
        &self,
        profile: Profile,
        categories: &[(String, Shape)],
    ) -> Result<(Vec<Source>, Vec<Arc<str>>), ConfigError> {
        let mut sources: Vec<Source> = Vec::new();
        let mut defaults = Vec::new();
        for list in &self.file.list {
            let source = self.source(list, categories)?;
            if sources.iter().any(|other| other.name == source.name) {
                let problem = "another list has this name already. Give one of them another name";
                return Err(ConfigError::new("list.name", problem).at(self.text, list.name.span()));
            }
            sources.push(source);
        }
        for path in &self.overrides.list {
            sources.push(given(path, &sources, shape_of(DEFAULT_CATEGORY, categories)));
        }
        if !sources.iter().any(|source| !source.allows) {
            sources.push(Source {
                name: "starter".into(),
                origin: Origin::Bundled(STARTER),
                category: DEFAULT_CATEGORY.into(),
                shape: shape_of(DEFAULT_CATEGORY, categories),
                given: false,
                allows: false,
                format: Some(Format::Domains),
                matching: Match::Auto,
                guard: Guarding::Auto,
            });
            // Only where nothing at all is said: an allow list alone is somebody's beginning.
            if profile == Profile::Home && sources.len() == 1 {
                sources.extend(recommended(categories)?);
                defaults.extend(sources.iter().skip(1).map(|source| source.name.clone()));
            }
        }
        Ok((sources, defaults))
    }

    /// How lists are fetched.
    pub(super) fn fetch(&self) -> Result<Fetch, ConfigError> {
        let file = &self.file.fetch;
        let proxy = self.value("fetch.proxy", file.proxy.as_ref(), Proxy::Environment, |word| {
            Ok(match word {
                "environment" => Proxy::Environment,
                "none" => Proxy::None,
                url => Proxy::At(ProxyServer { url: url.into(), ..ProxyServer::default() }),
            })
        })?;
        let offline = self.overrides.offline || file.offline.unwrap_or_default();
        Ok(Fetch { offline, proxy, roots: file.roots.as_ref().map(|path| path.get_ref().clone()) })
    }

    fn source(&self, list: &List, categories: &[(String, Shape)]) -> Result<Source, ConfigError> {
        let category =
            self.value("list.category", list.category.as_ref(), DEFAULT_CATEGORY.to_owned(), |text| {
                plain_name(text).map(|name| name.to_string())
            })?;
        let allows = self.value("list.kind", list.kind.as_ref(), false, |word| match word {
            "block" => Ok(false),
            "allow" => Ok(true),
            _ => Err(format!("`{word}` is none of block, allow")),
        })?;
        let format = self.value("list.format", list.format.as_ref(), None, |word| match word {
            "auto" => Ok(None),
            other => known_word(other).map(Some),
        })?;
        Ok(Source {
            name: self.value("list.name", Some(&list.name), Arc::from(""), plain_name)?,
            origin: self.origin(list)?,
            shape: shape_of(&category, categories),
            category: category.into(),
            given: self.value("list.policy", list.policy.as_ref(), false, |word| match word {
                "category" => Ok(false),
                "given" => Ok(true),
                _ => Err(format!("`{word}` is none of category, given")),
            })?,
            allows,
            format,
            matching: self.value("list.match", list.matching.as_ref(), Match::Auto, known_word)?,
            guard: self.value("list.guard", list.guard.as_ref(), Guarding::Auto, known_word)?,
        })
    }

    fn origin(&self, list: &List) -> Result<Origin, ConfigError> {
        let at_name =
            |problem: &str| Err(ConfigError::new("list.name", problem).at(self.text, list.name.span()));
        let url = match (&list.path, &list.url) {
            (Some(_), Some(_)) => return at_name("this list has a path and a url. Keep one of them"),
            (None, None) => {
                return at_name(
                    "this list has neither path nor url. Write path = \"FILE\" for a file of yours, or url = \"https://…\"",
                );
            }
            (Some(path), None) => {
                let of_urls = list.mirrors.is_some() || list.plain_http.is_some() || list.refresh.is_some();
                if of_urls || list.window.is_some() {
                    return at_name(
                        "mirrors, plain_http, refresh and window are for a list with a url. Remove them",
                    );
                }
                return Ok(Origin::Path(path.get_ref().clone()));
            }
            (None, Some(url)) => url,
        };
        let plain_http = list.plain_http.unwrap_or_default();
        let read = |text: &str| {
            let url: ListUrl =
                text.parse().map_err(|error: crate::lists::fetch::UrlError| error.to_string())?;
            if url.is_plain() && !plain_http {
                let problem = "anybody on the way can change what plain http carries. Use https://, or write plain_http = true";
                return Err(problem.to_owned());
            }
            Ok(url)
        };
        let mirrors = list.mirrors.iter().flatten();
        Ok(Origin::Subscription(Arc::new(Subscription {
            url: self.parse("list.url", url, read)?,
            mirrors: mirrors.map(|text| self.parse("list.mirrors", text, read)).collect::<Result<_, _>>()?,
            plain_http,
            refresh: self.value("list.refresh", list.refresh.as_ref(), REFRESH, |text| {
                time(text)
                    .ok()
                    .filter(|time| (MOST_OFTEN..=LEAST_OFTEN).contains(time))
                    .ok_or_else(|| format!("`{text}` is not between 5m and 30d. Write one such as \"6h\""))
            })?,
            window: self.value("list.window", list.window.as_ref(), Duration::ZERO, |text| {
                time(text).ok().filter(|time| *time <= LONGEST_WINDOW).ok_or_else(|| {
                    format!("`{text}` is no time of up to 90d. Write one such as \"7d\", or \"0s\" for none")
                })
            })?,
            licence: None,
        })))
    }

    /// The file of popular names. It is read where the rules are compiled.
    pub(super) fn popular(&self) -> Result<Option<PathBuf>, ConfigError> {
        let Some(path) = &self.file.guard.popular else { return Ok(None) };
        if path.get_ref().as_os_str().is_empty() {
            let problem = "it is empty. Give a file with a name on each line, or remove the key";
            return Err(ConfigError::new("guard.popular", problem).at(self.text, path.span()));
        }
        Ok(Some(path.get_ref().clone()))
    }
}

/// The lists of the catalogue that a home should have.
fn recommended(categories: &[(String, Shape)]) -> Result<Vec<Source>, ConfigError> {
    let damaged =
        |error: &dyn Display| ConfigError::new("list", format!("{error}. This is a fault of the build"));
    let entries = catalogue().map_err(|error| damaged(&error))?;
    let recommended = entries.iter().filter(|entry| entry.recommended);
    let source = |entry: &crate::lists::catalogue::Entry| {
        entry.source(shape_of(&entry.category, categories)).map_err(|error| damaged(&error))
    };
    recommended.map(source).collect()
}

/// How a category is answered.
pub(super) fn shape_of(category: &str, categories: &[(String, Shape)]) -> Shape {
    let find = |name: &str| categories.iter().find(|(known, _)| known == name).map(|(_, shape)| *shape);
    find(category).or_else(|| find(OTHER)).unwrap_or(Shape::Null)
}

fn known_word<T: FromStr<Err: Display>>(word: &str) -> Result<T, String> {
    word.parse().map_err(|error: T::Err| format!("`{word}` is {error}"))
}

/// A list of the command line, called by its file's name without the ending; a number follows where that is taken.
fn given(path: &Path, others: &[Source], shape: Shape) -> Source {
    let stem = PathBuf::from(path.file_stem().unwrap_or(path.as_os_str()));
    let plain: String = stem
        .to_string_lossy()
        .chars()
        .map(|c| if plain_name(&c.to_string()).is_ok() { c } else { '_' })
        .take(48)
        .collect();
    let taken = |name: &str| others.iter().any(|source| *source.name == *name);
    let name = std::iter::once(plain.clone())
        .chain((2..=others.len() + 2).map(|number| format!("{plain}-{number}")))
        .find(|name| !taken(name))
        .unwrap_or_default();
    Source {
        name: name.into(),
        origin: Origin::Path(path.into()),
        category: DEFAULT_CATEGORY.into(),
        shape,
        given: false,
        allows: false,
        format: None,
        matching: Match::Auto,
        guard: Guarding::Auto,
    }
}
