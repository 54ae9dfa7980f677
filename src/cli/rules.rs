//! `sekisho allow`, `block`, `rules`, `pause`, `resume`: the operator's own word, to a server that runs.

use std::{fmt::Write, process::ExitCode, time::Duration};

use clap::Subcommand;

use super::left;
use crate::{
    config::{Config, units},
    control::{Reply, Request, Rule, Rules, client},
    lists::own::Kind,
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Take back a rule that `sekisho allow` or `sekisho block` made
    Remove {
        /// The rule, as it was made
        rule: String,
    },
}

/// Reads a time such as `30m`.
pub(super) fn time(text: &str) -> Result<Duration, String> {
    units::duration(text).ok_or_else(|| "write a time such as 30m, 2h or 7d".into())
}

pub(super) fn set(config: &Config, kind: Kind, rule: String, length: Option<Duration>) -> ExitCode {
    let seconds = length.map(|length| length.as_secs());
    tell(config, &Request::SetRule { kind, rule, seconds })
}

pub(super) fn pause(config: &Config, length: Duration) -> ExitCode {
    tell(config, &Request::Pause { seconds: length.as_secs() })
}

pub(super) fn resume(config: &Config) -> ExitCode {
    tell(config, &Request::Resume)
}

pub(super) fn run(config: &Config, command: Option<Command>, json: bool) -> ExitCode {
    match command {
        Some(Command::Remove { rule }) => tell(config, &Request::RemoveRule { rule }),
        None => match client::ask(&config.state, &Request::Rules) {
            Ok(Reply::Rules(rules)) if json => super::print_json(&rules),
            Ok(Reply::Rules(rules)) => super::print(&shown(&rules)),
            other => told(other),
        },
    }
}

/// Asks, and prints what comes back.
pub(super) fn tell(config: &Config, request: &Request) -> ExitCode {
    told(client::ask(&config.state, request))
}

pub(super) fn told(reply: Result<Reply, client::ClientError>) -> ExitCode {
    match reply {
        Ok(Reply::Done(text)) => super::print(&text),
        Ok(Reply::Refused(reason)) => {
            eprintln!("sekisho: {}", reason.trim_end());
            ExitCode::FAILURE
        }
        Ok(other) => {
            eprintln!("sekisho: the server said something else than was asked: {other:?}");
            ExitCode::FAILURE
        }
        Err(error) => super::fail(&error),
    }
}

fn shown(rules: &Rules) -> String {
    let mut text = String::new();
    // Writing into a string cannot fail.
    if let Some(seconds) = rules.paused_seconds {
        let _ =
            writeln!(text, "Paused: nothing is blocked for {}. `sekisho resume` ends it.\n", left(seconds));
    }
    if rules.rules.is_empty() {
        text.push_str(
            "There are no rules of your own. `sekisho allow NAME` and `sekisho block NAME` make some.\n",
        );
    }
    let width = rules.rules.iter().map(|rule| rule.rule.chars().count()).max().unwrap_or_default().min(60);
    for Rule { kind, rule, since, seconds_left, in_force } in &rules.rules {
        let origin = since.as_ref().map_or_else(|| "sekisho.toml".into(), |since| format!("since {since}"));
        let limit = seconds_left.map(|seconds| format!(", {} left", left(seconds))).unwrap_or_default();
        let waits = if *in_force { "" } else { ", not in force while another rule stands above it" };
        let _ = writeln!(text, "{}  {rule:width$}  {origin}{limit}{waits}", kind.word());
    }
    text
}
