//! The operator's own rules, from text: `[rules]` of the configuration, and what commands say while the server runs
//! ([`book`]). A rule is a name, `*.name`, or a regular expression between slashes.

pub mod book;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::compile::to_name;
use crate::{
    name::{Name, NameError},
    policy::{OwnRules, PatternError, Patterns, Shape},
    trie::{Action, Entry, OverlayBuilder, Scope},
};

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// What it names passes.
    Allow,
    /// What it names is blocked.
    Block,
}

impl Kind {
    /// The word for it in files and commands.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Block => "block",
        }
    }
}

/// What a rule speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A name and all below it, or (`*.name`) those below it alone.
    Name(Box<Name>, Scope),
    /// Names in which a regular expression is found.
    Pattern(String),
}

/// A rule cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OwnRuleError {
    /// It is no name.
    #[error(
        "the rule `{rule}` is no name: {error}. Write a name such as shop.example, or *.shop.example for what is below it"
    )]
    Name {
        /// The rule.
        rule: String,
        /// What is wrong.
        error: NameError,
    },
    /// It is a regular expression that cannot be used.
    #[error(transparent)]
    Pattern(#[from] PatternError),
}

impl FromStr for Subject {
    type Err = OwnRuleError;

    /// Reads a rule as people write it. Names may be written with any letters; they are turned into A-labels (RFC 5891).
    /// Whether an expression can be used is only known when rules are put together.
    fn from_str(rule: &str) -> Result<Self, OwnRuleError> {
        let rule = rule.trim();
        if let Some(pattern) = rule.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) {
            return Ok(Self::Pattern(pattern.into()));
        }
        let (text, scope) = match rule.strip_prefix("*.") {
            Some(below) => (below, Scope::Below),
            None => (rule, Scope::Subtree),
        };
        let refuse = |error| OwnRuleError::Name { rule: rule.into(), error };
        let name = to_name(text).map_err(refuse)?;
        // The root would be every name there is.
        if name.is_root() { Err(refuse(NameError::EmptyLabel)) } else { Ok(Self::Name(name.into(), scope)) }
    }
}

impl fmt::Display for Subject {
    /// As [`Subject::from_str`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name, Scope::Below) => write!(f, "*.{name}"),
            Self::Name(name, _) => name.fmt(f),
            Self::Pattern(pattern) => write!(f, "/{pattern}/"),
        }
    }
}

/// Puts rules together. Names that they block are answered as `shape` says.
///
/// # Errors
///
/// At the first that cannot be used.
pub fn own_rules<'r>(
    rules: impl IntoIterator<Item = (Kind, &'r str)>,
    shape: Shape,
) -> Result<OwnRules, OwnRuleError> {
    changed(&OwnRules::default(), rules, shape)
}

/// As [`own_rules`], in place of others: regular expressions that these had are not compiled again.
///
/// # Errors
///
/// At the first that cannot be used.
pub fn changed<'r>(
    before: &OwnRules,
    rules: impl IntoIterator<Item = (Kind, &'r str)>,
    shape: Shape,
) -> Result<OwnRules, OwnRuleError> {
    let mut names = OverlayBuilder::default();
    let (mut allowed, mut blocked) = (Vec::new(), Vec::new());
    for (kind, rule) in rules {
        match (kind, rule.parse()?) {
            (Kind::Allow, Subject::Pattern(pattern)) => allowed.push(pattern),
            (Kind::Block, Subject::Pattern(pattern)) => blocked.push(pattern),
            (kind, Subject::Name(name, scope)) => {
                let action = if kind == Kind::Allow { Action::Allow } else { Action::Block };
                // A set that a person wrote by hand never fills the four gigabytes that a trie holds.
                let _ = names.insert(&name, Entry::new(0, scope, action));
            }
        }
    }
    let patterns = |before: &Patterns, texts: &[String]| before.changed_to(texts.iter().map(String::as_str));
    let (allowed, blocked) = (patterns(&before.allowed, &allowed)?, patterns(&before.blocked, &blocked)?);
    Ok(OwnRules { names: names.finish(), allowed, blocked, shape })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(rules: &[(Kind, &str)]) -> Result<OwnRules, OwnRuleError> {
        own_rules(rules.iter().copied(), Shape::Page)
    }

    #[test]
    fn rules_are_read_as_people_write_them() {
        let rules = read(&[
            (Kind::Allow, "good.example"),
            (Kind::Block, "*.bad.example"),
            (Kind::Block, "例え.example"),
            (Kind::Block, " BAD.example."),
            (Kind::Block, "/^support-[0-9]+/"),
        ])
        .unwrap();
        assert_eq!((rules.names.len(), rules.blocked.len(), rules.allowed.len()), (3, 1, 0));
        assert_eq!(rules.names.walk(&"a.xn--r8jz45g.example".parse().unwrap()).count(), 1);
        for rule in [
            "a..b",
            "https://evil.example/",
            "*",
            "||own.example^",
            "pw.example:443",
            ".",
            "a b.example",
            "/",
        ] {
            let error = read(&[(Kind::Block, rule)]).unwrap_err().to_string();
            assert!(error.contains(&format!("`{rule}`")), "{error}");
        }
        let error = read(&[(Kind::Allow, "/(/")]).unwrap_err().to_string();
        assert!(error.contains("/(/"), "{error}");
    }

    #[test]
    fn expressions_are_not_compiled_again_when_other_rules_change() {
        let before = read(&[(Kind::Allow, "/shop/"), (Kind::Block, "/prize.*[0-9]/")]).unwrap();
        let rules = [(Kind::Block, "/prize.*[0-9]/"), (Kind::Allow, "/shop/"), (Kind::Allow, "name.example")];
        let after = changed(&before, rules, Shape::Nxdomain).unwrap();
        assert_eq!((after.names.len(), after.allowed.len(), after.blocked.len()), (1, 1, 1));
        assert_eq!((after.allowed.not_in(&before.allowed), after.blocked.not_in(&before.blocked)), (0, 0));
    }

    #[test]
    fn a_rule_is_written_as_it_is_read() {
        for (text, written) in [
            ("Shop.Example.", "shop.example"),
            ("*.例え.example", "*.xn--r8jz45g.example"),
            ("/a|b/", "/a|b/"),
        ] {
            let subject: Subject = text.parse().unwrap();
            assert_eq!(subject.to_string(), written);
            assert_eq!(subject.to_string().parse(), Ok(subject));
        }
    }
}
