//! Subscriptions that commands added and removed: `STATE/subscriptions.toml`. What stands in `sekisho.toml` is changed
//! there, by hand; this is for `sekisho lists add` and `remove`.

use std::{
    collections::HashSet,
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{REFRESH, Subscription};
use crate::{
    lists::{
        catalogue::{Entry, catalogue},
        fetch::{ListUrl, UrlError},
        guard::Guarding,
        replace::{alone_in, read_bounded, replace},
        source::{MOST_CATEGORIES, Origin, Source, plain_name},
    },
    policy::Shape,
};

/// What the file is called.
const FILE: &str = "subscriptions.toml";
/// The largest file that is read.
const LARGEST_FILE: u64 = 1 << 20;
/// The most subscriptions that commands add.
const MOST: usize = 100;
/// What stands above them.
const HEADING: &str = "\
# Lists that were added and removed by `sekisho lists add` and `sekisho lists remove`, beside those of sekisho.toml.
";

/// What commands chose.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Chosen {
    /// Lists of a home that are not wanted, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<String>,
    /// Lists beside those of the configuration.
    #[serde(rename = "list", skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<Added>,
}

/// A list that was added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Added {
    /// Its name: that of a list of the catalogue, unless there is a URL.
    pub name: String,
    /// Where it is, if it is not one of the catalogue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What its names are, if that is not what the catalogue says, or `scam`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
}

/// Why the file cannot be used, or changed.
#[derive(Debug, thiserror::Error)]
pub enum ChosenError {
    /// The system refuses it.
    #[error("{path} cannot be used: {error}. Check the disk, and that the user may write there", path = .path.display())]
    System {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Its text is something else.
    #[error("{path} is damaged: {problem}. Correct it, or remove it to forget what was added and removed", path = .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// There is no room.
    #[error(
        "{MOST} lists were added already, which is the most. Remove some, or write lists into sekisho.toml"
    )]
    Full,
    /// The catalogue does not have it.
    #[error("the catalogue has no list `{name}`. It has: {known}. For another list, give its URL with --url")]
    NotInCatalogue {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// It cannot be fetched.
    #[error("the URL {url} cannot be used: {error}")]
    Url {
        /// The URL.
        url: String,
        /// What is wrong.
        error: UrlError,
    },
    /// Anybody on the way could change it.
    #[error(
        "the URL {0} cannot be used: anybody on the way can change what plain http carries. Use https://, or write a [[list]] with plain_http = true into sekisho.toml"
    )]
    PlainHttp(String),
    /// Its name, or that of its category, cannot stand in answers, logs and metrics.
    #[error("the {what} cannot be used: {problem}")]
    NoPlainName {
        /// Name or category.
        what: &'static str,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// There is no room for another category.
    #[error(
        "there are lists of {MOST_CATEGORIES} categories already, which is the most. Give --category one of these"
    )]
    Categories,
    /// There is such a list.
    #[error("there is a list `{0}` already")]
    There(String),
    /// There is no such list.
    #[error("there is no list `{0}` that a command could remove")]
    NotThere(String),
    /// The configuration has it.
    #[error("the list `{0}` stands in sekisho.toml. Remove its [[list]] there")]
    Configured(String),
}

impl Chosen {
    /// Reads what was chosen. Without a file that is nothing.
    ///
    /// # Errors
    ///
    /// If the file is there and cannot be used.
    pub fn read(state: &Path) -> Result<Self, ChosenError> {
        let path = state.join(FILE);
        let text = read_bounded(&path, LARGEST_FILE)
            .map_err(|error| ChosenError::System { path: path.clone(), error })?
            .unwrap_or_default();
        let damaged = |problem: String| ChosenError::Damaged { path: path.clone(), problem };
        let chosen: Self = toml::from_str(&text).map_err(|error| damaged(error.message().into()))?;
        if chosen.added.len() > MOST {
            Err(damaged(format!("it has more than {MOST} lists")))
        } else {
            Ok(chosen)
        }
    }

    /// Changes what was chosen and writes it, while no other command does.
    ///
    /// # Errors
    ///
    /// If the file cannot be used, or `change` refuses. Then it is left as it was.
    pub fn change<T>(
        state: &Path,
        change: impl FnOnce(&mut Self) -> Result<T, ChosenError>,
    ) -> Result<T, ChosenError> {
        let _alone = alone_in(state).map_err(|error| ChosenError::System { path: state.into(), error })?;
        let mut chosen = Self::read(state)?;
        let value = change(&mut chosen)?;
        chosen.write(state)?;
        Ok(value)
    }

    /// Writes it.
    fn write(&self, state: &Path) -> Result<(), ChosenError> {
        let path = state.join(FILE);
        // These types have nothing that TOML has not.
        let text = toml::to_string(self).unwrap_or_default();
        replace(&path, &format!("{HEADING}\n{text}")).map_err(|error| ChosenError::System { path, error })
    }

    /// The lists in force: those of the configuration (and, of `defaults`, those that are not removed), and those that
    /// were added. One that cannot be read is left out, and told.
    pub fn apply(
        &self,
        configured: &[Source],
        defaults: &[Arc<str>],
        shape_of: &dyn Fn(&str) -> Shape,
    ) -> Vec<Source> {
        let is_removed = |source: &Source| {
            defaults.contains(&source.name) && self.removed.iter().any(|name| **name == *source.name)
        };
        let mut sources: Vec<Source> =
            configured.iter().filter(|source| !is_removed(source)).cloned().collect();
        for added in &self.added {
            if sources.iter().any(|source| *source.name == *added.name) {
                continue;
            }
            match added.source(shape_of) {
                Ok(source) => sources.push(source),
                Err(error) => tracing::error!("the list {} is left out: {error}", added.name),
            }
        }
        sources
    }

    /// Adds a list beside those that there are.
    ///
    /// # Errors
    ///
    /// If the configuration could not have it either, or there is one of that name, or no room.
    pub fn add(&mut self, added: Added, there: &[Source]) -> Result<Source, ChosenError> {
        if there.iter().any(|source| *source.name == *added.name) {
            return Err(ChosenError::There(added.name));
        }
        if self.added.len() >= MOST {
            return Err(ChosenError::Full);
        }
        let source = added.source(&|_| Shape::Page)?;
        let categories: HashSet<&str> =
            there.iter().chain([&source]).map(|source| &*source.category).collect();
        if categories.len() > MOST_CATEGORIES {
            return Err(ChosenError::Categories);
        }
        // One of the lists of a home may only have been removed before.
        self.removed.retain(|name| *name != added.name);
        self.added.push(added);
        Ok(source)
    }

    /// Removes a list.
    ///
    /// # Errors
    ///
    /// If it is none that a command can remove.
    pub fn remove(
        &mut self,
        name: &str,
        configured: &[Source],
        defaults: &[Arc<str>],
    ) -> Result<(), ChosenError> {
        if let Some(place) = self.added.iter().position(|added| added.name == name) {
            self.added.remove(place);
            return Ok(());
        }
        let is_default = defaults.iter().any(|default| **default == *name);
        if is_default && !self.removed.iter().any(|removed| removed == name) {
            self.removed.push(name.into());
            return Ok(());
        }
        let is_configured = !is_default && configured.iter().any(|source| *source.name == *name);
        Err(if is_configured {
            ChosenError::Configured(name.into())
        } else {
            ChosenError::NotThere(name.into())
        })
    }
}

impl Added {
    /// The list as a source.
    fn source(&self, shape_of: &dyn Fn(&str) -> Shape) -> Result<Source, ChosenError> {
        let plain =
            |what, name: &str| plain_name(name).map_err(|problem| ChosenError::NoPlainName { what, problem });
        plain("name", &self.name)?;
        let source = if let Some(text) = &self.url {
            let refuse = |error| ChosenError::Url { url: text.clone(), error };
            let url: ListUrl = text.parse().map_err(refuse)?;
            if url.is_plain() {
                return Err(ChosenError::PlainHttp(text.clone()));
            }
            Source {
                origin: Origin::Subscription(Arc::new(Subscription {
                    url,
                    mirrors: Vec::new(),
                    plain_http: false,
                    refresh: REFRESH,
                    window: Duration::ZERO,
                    licence: None,
                })),
                guard: Guarding::Auto,
                ..Source::of_path(&self.name, "")
            }
        } else {
            let entry = entry(&self.name)?;
            let refuse = |error| ChosenError::Url { url: entry.url.clone(), error };
            entry.source(Shape::Page).map_err(refuse)?
        };
        let category = plain("category", self.category.as_deref().unwrap_or(&source.category))?;
        Ok(Source { shape: shape_of(&category), category, ..source })
    }
}

/// A list of the catalogue.
fn entry(name: &str) -> Result<Entry, ChosenError> {
    // The catalogue that is shipped can be read, as its tests show.
    let entries = catalogue().unwrap_or_default();
    let found = entries.iter().find(|entry| entry.name == name).cloned();
    found.ok_or_else(|| {
        let known: Vec<&str> = entries.iter().map(|entry| &*entry.name).collect();
        ChosenError::NotInCatalogue { name: name.into(), known: known.join(", ") }
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn names(sources: &[Source]) -> Vec<&str> {
        sources.iter().map(|source| &*source.name).collect()
    }

    fn added(name: &str, url: Option<&str>) -> Added {
        Added { name: name.into(), url: url.map(Into::into), category: None }
    }

    #[test]
    fn lists_are_added_and_removed_beside_those_of_the_configuration() {
        let folder = tempfile::tempdir().unwrap();
        let configured = [Source::of_path("mine", "mine.txt"), Source::of_path("woof", "woof.txt")];
        let defaults = [Arc::from("woof")];
        let mut chosen = Chosen::read(folder.path()).unwrap();
        let page = |_: &str| Shape::Page;
        assert_eq!(names(&chosen.apply(&configured, &defaults, &page)), ["mine", "woof"]);
        chosen.add(added("spam404", None), &configured).unwrap();
        chosen.add(added("own", Some("https://lists.example/x.txt")), &configured).unwrap();
        chosen.remove("woof", &configured, &defaults).unwrap();
        chosen.write(folder.path()).unwrap();
        assert_eq!(Chosen::read(folder.path()).unwrap(), chosen);
        let sources = chosen.apply(&configured, &defaults, &page);
        assert_eq!(names(&sources), ["mine", "spam404", "own"]);
        assert_eq!(sources[2].guarding(), Guarding::Quarantine);

        let text = |error: ChosenError| error.to_string();
        let refused = chosen.add(added("mine", None), &configured).map(drop).map_err(text).unwrap_err();
        assert!(refused.contains("already"), "{refused}");
        let refused = chosen.add(added("nothing", None), &sources).map(drop).map_err(text).unwrap_err();
        assert!(refused.contains("the catalogue has no list `nothing`"), "{refused}");
        let refused = chosen.add(added("f", Some("ftp://x/")), &sources).map(drop).map_err(text).unwrap_err();
        assert!(refused.contains("ftp"), "{refused}");
        let refused = chosen.remove("mine", &configured, &defaults).map_err(text).unwrap_err();
        assert!(refused.contains("sekisho.toml"), "{refused}");
        assert!(chosen.remove("woof", &configured, &defaults).is_err());
        chosen.remove("own", &configured, &defaults).unwrap();
        chosen.add(added("woof", None), &[]).unwrap();
        assert!(chosen.removed.is_empty());
    }

    #[test]
    fn what_the_configuration_could_not_have_is_not_added() {
        let url = Some("https://lists.example/x.txt");
        let long = "x".repeat(300);
        for (name, url, category, part) in [
            ("", url, None, "no plain name"),
            ("a\nb", url, None, "the name cannot be used: `a\\nb` is no plain name"),
            ("../x", url, None, "no plain name"),
            (&long, url, None, "no plain name"),
            ("x", url, Some("a/b"), "the category cannot be used"),
            ("x", url, Some(""), "the category cannot be used"),
            ("spam404", None, Some("a\tb"), "the category cannot be used"),
            ("x", Some("http://lists.example/x.txt"), None, "plain http"),
        ] {
            let wanted = Added { category: category.map(Into::into), ..added(name, url) };
            let mut chosen = Chosen::default();
            let refused = chosen.add(wanted.clone(), &[]).unwrap_err().to_string();
            assert!(refused.contains(part) && !refused.contains('\n'), "{refused}");
            assert_eq!(chosen, Chosen::default());
            // Nor is it taken over from the file.
            chosen.added.push(wanted);
            assert!(chosen.apply(&[], &[], &|_| Shape::Page).is_empty());
        }
    }

    #[test]
    fn there_is_an_end_to_categories() {
        let of = |number: usize| Source {
            category: format!("c{number}").into(),
            ..Source::of_path(&format!("n{number}"), "x.txt")
        };
        let there: Vec<Source> = (0..MOST_CATEGORIES).map(of).collect();
        let wanted = |category: &str| Added {
            category: Some(category.into()),
            ..added("x", Some("https://lists.example/x.txt"))
        };
        assert!(matches!(Chosen::default().add(wanted("more"), &there), Err(ChosenError::Categories)));
        assert!(Chosen::default().add(wanted("c7"), &there).is_ok());
    }

    #[test]
    fn commands_at_the_same_time_do_not_undo_each_other() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for number in 0..12 {
                let state = folder.path();
                scope.spawn(move || {
                    let wanted = added(&format!("n{number}"), Some("https://lists.example/x.txt"));
                    Chosen::change(state, |chosen| chosen.add(wanted, &[])).unwrap();
                });
            }
        });
        assert_eq!(Chosen::read(folder.path()).unwrap().added.len(), 12);
        let refused = Chosen::change(&folder.path().join("nowhere"), |_| Ok(())).unwrap_err();
        assert!(refused.to_string().contains("nowhere"), "{refused}");
    }

    #[test]
    fn a_damaged_file_is_told() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), "removed = 3\n").unwrap();
        assert!(
            Chosen::read(folder.path()).unwrap_err().to_string().contains("subscriptions.toml is damaged")
        );
    }
}
