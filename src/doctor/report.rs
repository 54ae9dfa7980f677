//! What was found: findings, and the worst of them.

use serde::Serialize;

/// How a thing is. In order from good to bad, `Skipped` aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Could not be looked at.
    Skipped,
    /// As it should be.
    Ok,
    /// Worth knowing; nothing has to be done.
    Note,
    /// Works, and protects less than it could or may stop working.
    Warning,
    /// Does not work.
    Fault,
}

impl State {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Skipped => "skipped",
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Fault => "fault",
        }
    }
}

/// What one check found of one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which check: stays the same over versions. A check that looks at several things has a finding for each.
    pub id: &'static str,
    /// How it is.
    pub state: State,
    /// What was found, in a sentence.
    pub found: String,
    /// What to do. Every warning and every fault has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// A finding about which nothing has to be done.
pub(super) fn finding(id: &'static str, state: State, found: impl Into<String>) -> Finding {
    Finding { id, state, found: found.into(), remedy: None }
}

/// A finding about which something is to be done.
pub(super) fn trouble(
    id: &'static str,
    state: State,
    found: impl Into<String>,
    remedy: impl Into<String>,
) -> Finding {
    Finding { id, state, found: found.into(), remedy: Some(remedy.into()) }
}

/// All findings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The version of the program that looked.
    pub version: &'static str,
    /// What was found, in a fixed order of checks.
    pub checks: Vec<Finding>,
    /// The worst state of all.
    pub worst: State,
}

impl Report {
    pub(super) fn new(checks: Vec<Finding>) -> Self {
        let worst = checks.iter().map(|found| found.state).max().unwrap_or(State::Ok);
        Self { version: env!("CARGO_PKG_VERSION"), checks, worst }
    }

    /// How many findings are in a state.
    pub fn count(&self, state: State) -> usize {
        self.checks.iter().filter(|found| found.state == state).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_state_is_the_reports() {
        let found = |state| finding("ports.dns", state, "so");
        let report = Report::new(vec![found(State::Ok), found(State::Warning), found(State::Skipped)]);
        assert_eq!((report.worst, report.count(State::Ok)), (State::Warning, 1));
        assert_eq!(Report::new(vec![found(State::Skipped)]).worst, State::Skipped);
    }

    #[test]
    fn a_finding_without_remedy_has_no_such_key() {
        let json = serde_json::to_string(&finding("clock.time", State::Note, "so")).unwrap();
        assert_eq!(json, r#"{"id":"clock.time","state":"note","found":"so"}"#);
        let json = serde_json::to_string(&trouble("clock.time", State::Fault, "so", "do")).unwrap();
        assert!(json.ends_with(r#""state":"fault","found":"so","remedy":"do"}"#), "{json}");
    }
}
