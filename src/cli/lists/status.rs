//! `sekisho lists`: how each list is, as the server that runs knows it.

use std::{
    fmt::Write,
    process::ExitCode,
    time::{Duration, SystemTime},
};

use serde::Serialize;

use crate::{
    cli::{left, print, print_json, rules::told},
    config::Config,
    control::{Reply, Request, client},
    lists::{
        moment,
        status::{HeldStatus, ListState, ListStatus, SubscriptionStatus},
    },
};

#[derive(Serialize)]
struct Lists<'l> {
    lists: &'l [ListStatus],
}

pub(super) fn run(config: &Config, json: bool) -> ExitCode {
    match client::ask(&config.state, &Request::Lists { alone: true }) {
        Ok(Reply::Lists(lists)) if json => print_json(&Lists { lists: &lists }),
        Ok(Reply::Lists(lists)) => print(&shown(&lists, SystemTime::now())),
        other => told(other),
    }
}

fn shown(lists: &[ListStatus], now: SystemTime) -> String {
    let mut text = String::new();
    let width = lists.iter().map(|list| list.name.chars().count()).max().unwrap_or_default();
    for list in lists {
        let alone = match list.alone {
            Some(alone) if lists.len() > 1 => format!(", {alone} of them in no other list"),
            _ => String::new(),
        };
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{:width$}  {}  {} rules{alone}", list.name, word(list), list.rules);
        for line in details(list, now) {
            let _ = writeln!(text, "{:width$}      {line}", "");
        }
    }
    if lists.is_empty() {
        text.push_str("There are no lists.\n");
    }
    text
}

/// How a list is, in words that stand below each other.
const fn word(list: &ListStatus) -> &'static str {
    match list.state {
        ListState::Fresh => "ok          ",
        ListState::Stale => "stale       ",
        ListState::Held => "held        ",
        ListState::NotFetched => "not fetched ",
    }
}

fn details(list: &ListStatus, now: SystemTime) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(from) = &list.from {
        let licence =
            list.licence.as_ref().map(|licence| format!("  (licence: {licence})")).unwrap_or_default();
        lines.push(format!("{from}{licence}"));
    }
    if let Some(subscription) = &list.subscription {
        lines.push(when(list, subscription, now));
        if let Some(held) = &subscription.held {
            lines.extend(held_back(list, held, now));
        }
    }
    if list.quarantined > 0 {
        let quarantined = list.quarantined;
        lines.push(format!(
            "{quarantined} more are held back in quarantine: sekisho lists quarantine --in {}",
            list.name
        ));
    }
    lines.extend(list.problem.as_ref().map(|problem| format!("problem: {problem}")));
    lines
}

fn when(list: &ListStatus, subscription: &SubscriptionStatus, now: SystemTime) -> String {
    let mut parts = Vec::new();
    if let Some(last_good) = list.last_good.as_deref().and_then(|text| ago(text, now)) {
        parts.push(format!("fetched {last_good}"));
    }
    if let (Some(added), Some(removed)) = (subscription.added, subscription.removed) {
        parts.push(format!("+{added} -{removed} against the one before"));
    }
    if let Some(checked) = subscription.checked.as_deref().and_then(|text| ago(text, now)) {
        parts.push(format!("publisher asked {checked}"));
    }
    parts.push(match subscription {
        SubscriptionStatus { offline: true, .. } => "not fetched by this server (offline)".into(),
        SubscriptionStatus { underway: Some(underway), .. } => {
            format!("being fetched: {} KiB so far", underway.octets / 1024)
        }
        SubscriptionStatus { next_seconds, .. } => format!("again in {}", left(*next_seconds)),
    });
    parts.join("; ")
}

fn held_back(list: &ListStatus, held: &HeldStatus, now: SystemTime) -> Vec<String> {
    let fetched = held.fetched.as_deref().and_then(|text| ago(text, now)).unwrap_or_default();
    let mut lines = vec![format!("a new publication, fetched {fetched}, is held: {}", held.why)];
    let before = if list.rules > 0 || list.last_good.is_some() {
        "the one before stays in force"
    } else {
        "there is none before it, and the list has no rules"
    };
    lines.push(if held.can_be_accepted {
        format!("{before}; to take it over: sekisho lists accept {}", list.name)
    } else {
        format!("{before} until something usable is published")
    });
    lines
}

/// How long ago that was.
fn ago(text: &str, now: SystemTime) -> Option<String> {
    let at = moment::read(text)?;
    let age = now.duration_since(at).unwrap_or(Duration::ZERO).as_secs();
    Some(if age < 5 { "just now".into() } else { format!("{} ago", left(age)) })
}
