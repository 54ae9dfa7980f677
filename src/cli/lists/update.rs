//! `sekisho lists update`: has lists fetched, shows how far they are, and says what came of it.

use std::{
    collections::BTreeMap,
    fmt::Write,
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::{
    cli::{print, print_json, rules::told},
    config::Config,
    control::{
        Reply, Request,
        client::{self, ClientError},
    },
    lists::status::{ListStatus, SubscriptionStatus},
};

/// How often the server is asked how far it is.
const OFTEN: Duration = Duration::from_millis(200);
/// How long it is asked: a little longer than fetching may take.
const LONGEST: Duration = Duration::from_mins(35);

pub(super) fn run(config: &Config, names: &[String], json: bool) -> ExitCode {
    let before = match ask(config) {
        Ok(before) => before,
        Err(error) => return told(error),
    };
    match client::ask(&config.state, &Request::UpdateLists { names: names.to_vec() }) {
        Ok(Reply::Done(_)) => {}
        other => return told(other),
    }
    let is_meant = |list: &&ListStatus| names.is_empty() || names.contains(&list.name);
    let before: BTreeMap<String, SubscriptionStatus> = before
        .into_iter()
        .filter(|list| is_meant(&list))
        .filter_map(|list| list.subscription.map(|subscription| (list.name, subscription)))
        .collect();
    if before.is_empty() && !json {
        return print("No list is fetched: all are files.\n");
    }
    let begun = Instant::now();
    let mut bars = Bars::new(before.keys());
    while begun.elapsed() < LONGEST {
        let lists = match ask(config) {
            Ok(lists) => lists,
            Err(error) => return told(error),
        };
        let of_ours = || lists.iter().filter(|list| before.contains_key(&list.name));
        let is_done = |list: &ListStatus| {
            let tries = list.subscription.as_ref().map_or(u64::MAX, |subscription| subscription.tries);
            before.get(&list.name).is_none_or(|before| tries > before.tries)
        };
        of_ours().for_each(|list| bars.show(list, is_done(list)));
        if of_ours().all(is_done) {
            bars.clear();
            let updated = of_ours().filter_map(|list| Updated::of(list, before.get(&list.name)));
            return tell(&Json { lists: updated.collect() }, json);
        }
        thread::sleep(OFTEN);
    }
    bars.clear();
    eprintln!("sekisho: the lists are still being fetched. `sekisho lists` shows how far they are");
    ExitCode::FAILURE
}

fn ask(config: &Config) -> Result<Vec<ListStatus>, Result<Reply, ClientError>> {
    match client::ask(&config.state, &Request::Lists { alone: false }) {
        Ok(Reply::Lists(lists)) => Ok(lists),
        other => Err(other),
    }
}

/// Outcome came of all.
#[derive(Serialize)]
struct Json<'l> {
    lists: Vec<Updated<'l>>,
}

/// What came of a list.
#[derive(Serialize)]
struct Updated<'l> {
    name: &'l str,
    outcome: Outcome,
    /// Why it is held or not fetched.
    why: Option<&'l str>,
    rules: u64,
    added: Option<u64>,
    removed: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    New,
    Unchanged,
    Held,
    NotFetched,
}

impl<'l> Updated<'l> {
    fn of(list: &'l ListStatus, before: Option<&SubscriptionStatus>) -> Option<Self> {
        let subscription = list.subscription.as_ref()?;
        let (outcome, why) = match (&list.problem, &subscription.held) {
            (Some(problem), _) => (Outcome::NotFetched, Some(&**problem)),
            (None, Some(held)) => (Outcome::Held, Some(&*held.why)),
            _ if before.is_some_and(|before| before.sha256 == subscription.sha256) => {
                (Outcome::Unchanged, None)
            }
            _ => (Outcome::New, None),
        };
        let of_new = |count: Option<u64>| count.filter(|_| outcome == Outcome::New);
        let (added, removed) = (of_new(subscription.added), of_new(subscription.removed));
        Some(Self { name: &list.name, outcome, why, rules: list.rules, added, removed })
    }

    fn line(&self) -> String {
        let (why, rules) = (self.why.unwrap_or_default(), self.rules);
        match self.outcome {
            Outcome::NotFetched => format!("not fetched: {why}"),
            Outcome::Held => format!("held: {why}"),
            Outcome::Unchanged => format!("unchanged, {rules} rules"),
            Outcome::New => {
                format!("new, +{} -{}", self.added.unwrap_or_default(), self.removed.unwrap_or_default())
            }
        }
    }
}

/// A line on each list, and failure if one could not be fetched.
fn tell(came: &Json<'_>, json: bool) -> ExitCode {
    let printed = if json {
        print_json(came)
    } else {
        // Writing into a string cannot fail.
        print(&came.lists.iter().fold(String::new(), |mut text, list| {
            let _ = writeln!(text, "{}: {}", list.name, list.line());
            text
        }))
    };
    let is_good = |list: &Updated<'_>| matches!(list.outcome, Outcome::New | Outcome::Unchanged);
    match printed {
        ExitCode::SUCCESS if !came.lists.iter().all(is_good) => ExitCode::FAILURE,
        printed => printed,
    }
}

/// A bar for each list, on a terminal; elsewhere nothing is shown.
struct Bars {
    all: MultiProgress,
    by_list: BTreeMap<String, ProgressBar>,
}

impl Bars {
    fn new<'n>(names: impl Iterator<Item = &'n String>) -> Self {
        let all = MultiProgress::new();
        let style = ProgressStyle::with_template("{prefix:24} {bar:24} {bytes:>10} {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = |name: &String| {
            let bar = all.add(ProgressBar::new(0).with_style(style.clone()).with_prefix(name.clone()));
            (name.clone(), bar)
        };
        let by_list = names.map(bar).collect();
        Self { all, by_list }
    }

    fn show(&mut self, list: &ListStatus, is_done: bool) {
        let Some(bar) = self.by_list.get(&list.name) else { return };
        let underway = list.subscription.as_ref().and_then(|subscription| subscription.underway);
        if let Some(underway) = underway {
            bar.set_length(underway.total.unwrap_or(underway.octets));
            bar.set_position(underway.octets);
        }
        bar.set_message(match (is_done, underway) {
            (true, _) => "done",
            (false, Some(_)) => "",
            (false, None) => "waiting",
        });
    }

    fn clear(&self) {
        // A terminal that is gone is no fault.
        let _ = self.all.clear();
    }
}
