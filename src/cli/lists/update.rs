//! `sekisho lists update`: has lists fetched, shows how far they are, and says what came of it.

use std::{
    collections::BTreeMap,
    fmt::Write,
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::{
    cli::{print, rules::told},
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

pub(super) fn run(config: &Config, names: &[String]) -> ExitCode {
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
    if before.is_empty() {
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
            return outcome(of_ours().map(|list| (list, before.get(&list.name))));
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

/// A line on each list, and failure if one could not be fetched.
fn outcome<'l>(lists: impl Iterator<Item = (&'l ListStatus, Option<&'l SubscriptionStatus>)>) -> ExitCode {
    let (mut text, mut all_good) = (String::new(), true);
    for (list, before) in lists {
        let Some(subscription) = &list.subscription else { continue };
        let said = if let Some(problem) = &list.problem {
            all_good = false;
            format!("not fetched: {problem}")
        } else if let Some(held) = &subscription.held {
            all_good = false;
            format!("held: {}", held.why)
        } else if before.is_some_and(|before| before.sha256 == subscription.sha256) {
            format!("unchanged, {} rules", list.rules)
        } else {
            let (added, removed) =
                (subscription.added.unwrap_or_default(), subscription.removed.unwrap_or_default());
            format!("new, +{added} -{removed}")
        };
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{}: {said}", list.name);
    }
    match print(&text) {
        ExitCode::SUCCESS if !all_good => ExitCode::FAILURE,
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
