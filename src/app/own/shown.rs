//! The operator's own rules as they are told: all that there are, and which of them count.

use std::collections::HashSet;

use super::Configured;
use crate::{
    control,
    limit::Now,
    lists::{
        moment,
        own::{
            Kind, Subject,
            book::{Book, Rule},
        },
    },
};

/// All rules.
pub(super) fn rules(configured: &Configured, book: &Book, now: Now) -> control::Rules {
    let counting = Counting::of(configured, book);
    let made = book.rules().iter().map(|rule| control::Rule {
        kind: rule.kind,
        rule: rule.rule.clone(),
        since: Some(moment::show(rule.since)),
        seconds_left: rule.limit.map(|limit| limit.left(now).as_secs()),
        in_force: counting.has_made(rule),
    });
    let configured = configured.rules.iter().map(|(kind, rule)| control::Rule {
        kind: *kind,
        rule: rule.clone(),
        since: None,
        seconds_left: None,
        in_force: counting.has(*kind, &written(rule)),
    });
    control::Rules {
        paused_seconds: book.pause().map(|limit| limit.left(now).as_secs()),
        rules: made.chain(configured).collect(),
    }
}

/// Which rules count, of several for the same subject.
struct Counting {
    /// Subjects for which a command made a rule for a time: it stands above the one for good.
    timed: HashSet<String>,
    /// Subjects that pass: that stands above a rule that blocks.
    allowed: HashSet<String>,
}

impl Counting {
    fn of(configured: &Configured, book: &Book) -> Self {
        let timed = book.rules().iter().filter(|rule| rule.limit.is_some()).map(|rule| rule.rule.clone());
        let configured = configured.rules.iter().map(|(kind, rule)| (*kind, written(rule)));
        let made = book.texts().map(|(kind, rule)| (kind, rule.to_owned()));
        let allowed = configured.chain(made).filter(|(kind, _)| *kind == Kind::Allow).map(|(_, rule)| rule);
        Self { timed: timed.collect(), allowed: allowed.collect() }
    }

    /// Whether a rule that a command made counts.
    fn has_made(&self, rule: &Rule) -> bool {
        (rule.limit.is_some() || !self.timed.contains(&rule.rule)) && self.has(rule.kind, &rule.rule)
    }

    /// Whether no rule that lets the same names pass stands above one.
    fn has(&self, kind: Kind, rule: &str) -> bool {
        kind == Kind::Allow || !self.allowed.contains(rule)
    }
}

/// A rule of the configuration as [`Subject`] writes it.
fn written(rule: &str) -> String {
    rule.parse().map_or_else(|_| rule.to_owned(), |subject: Subject| subject.to_string())
}
