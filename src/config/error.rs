//! What is wrong with a configuration, said so that the operator can mend it: the file, the line, the key, and what
//! to write instead.

use std::{
    fmt,
    ops::Range,
    path::{Path, PathBuf},
};

/// Keys that the design has and this version has not: each would be a promise that is not kept.
const NOT_BUILT: &[&str] = &[
    "dot",
    "doq",
    "doh",
    "zone",
    "structured_errors",
    "url",
    "mirrors",
    "refresh",
    "window",
    "regex",
    "group",
    "admin",
    "queries",
];

/// A configuration that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// The file, or nothing for a flag of the command line.
    pub path: Option<PathBuf>,
    /// The line, counted from 1, where it is known.
    pub line: Option<usize>,
    /// The key or the flag.
    pub key: Option<String>,
    /// What is wrong, and what to do.
    pub problem: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            write!(f, "{}", path.display())?;
            if let Some(line) = self.line {
                write!(f, ", line {line}")?;
            }
            f.write_str(": ")?;
        }
        if let Some(key) = &self.key {
            write!(f, "`{key}`: ")?;
        }
        f.write_str(&self.problem)
    }
}

impl ConfigError {
    /// A problem with a key or a flag.
    pub(super) fn new(key: &str, problem: impl Into<String>) -> Self {
        Self { path: None, line: None, key: Some(key.into()), problem: problem.into() }
    }

    /// Says which line of `text` it is about.
    pub(super) fn at(mut self, text: &str, span: Range<usize>) -> Self {
        self.line = Some(line_of(text, span.start));
        self
    }

    /// Says which file it is about.
    pub(super) fn within(mut self, path: &Path) -> Self {
        self.path = Some(path.into());
        self
    }

    /// What the TOML reader found, in the operator's words.
    pub(super) fn from_toml(error: &toml::de::Error, text: &str) -> Self {
        let span = error.span();
        let line = span.as_ref().map(|span| line_of(text, span.start));
        let message = error.message();
        let words: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
        let (key, problem) = if message.starts_with("unknown field") {
            let key = words.first().copied().unwrap_or_default();
            (Some(key.to_owned()), unknown_key(key, words.get(1..).unwrap_or_default()))
        } else {
            let key = span.and_then(|span| key_at(text, span.start));
            (
                key,
                format!(
                    "{}. Correct it; `sekisho config` prints a whole file that is right",
                    one_line(message)
                ),
            )
        };
        Self { path: None, line, key, problem }
    }
}

fn unknown_key(key: &str, known: &[&str]) -> String {
    if NOT_BUILT.contains(&key) {
        return "this version cannot do that yet. Remove the key".into();
    }
    let nearest = known.iter().map(|name| (strsim::osa_distance(key, name), name)).min();
    let listed = || format!("Known here are: {}", known.join(", "));
    match nearest {
        Some((distance, name)) if distance <= 3 && distance < name.len() => {
            format!("there is no such key. Did you mean `{name}`?")
        }
        _ => format!("there is no such key. {}", listed()),
    }
}

fn one_line(message: &str) -> String {
    message.lines().map(str::trim).collect::<Vec<_>>().join(", ")
}

fn line_of(text: &str, offset: usize) -> usize {
    memchr::memchr_iter(b'\n', &text.as_bytes()[..offset.min(text.len())]).count() + 1
}

/// The key of the line in which the value at `offset` stands.
fn key_at(text: &str, offset: usize) -> Option<String> {
    let line = text.lines().nth(line_of(text, offset) - 1)?;
    let (key, _) = line.split_once('=')?;
    Some(key.trim().into())
}
