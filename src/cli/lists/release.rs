//! `sekisho lists release` and `sekisho lists hold`: an entry is applied although the guards object to it, or no longer.

use std::{fmt::Write, process::ExitCode, time::SystemTime};

use ipnet::IpNet;

use super::{MOST_ITEMS, NoSuchList, known_list};
use crate::{
    app::{self, StartError},
    config::Config,
    lists::{
        compile::to_name,
        quarantine::{ALL_LISTS, Fate},
        released::{self, Release, ReleasedError},
        survey::survey,
    },
};

/// What a server that runs does about a change.
const SOON: &str = "A server that runs takes this over within seconds.\n";

/// Why nothing is changed.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("`{0}` is neither a name nor a network. Write one as `sekisho lists quarantine` shows it")]
    NoName(String),
    #[error("{name} is not released{of}. The file released.toml of the state folder has all that is")]
    NotReleased { name: String, of: String },
    #[error(
        "{0} is released for all lists. Take that back with `sekisho lists hold {0}`, then release it for single ones"
    )]
    ReleasedForAll(String),
    #[error("the clock of this machine is beyond every calendar. Set it first")]
    Clock,
    #[error(transparent)]
    List(#[from] NoSuchList),
    #[error(transparent)]
    File(#[from] ReleasedError),
    #[error(transparent)]
    Start(#[from] StartError),
}

pub(super) fn release(config: &Config, name: &str, list: Option<&str>) -> ExitCode {
    say(try_to_release(config, name, list))
}

pub(super) fn hold(config: &Config, name: &str, list: Option<&str>) -> ExitCode {
    say(try_to_hold(config, name, list))
}

fn say(done: Result<String, Refusal>) -> ExitCode {
    match done {
        Ok(said) => crate::cli::print(&said),
        Err(error) => crate::cli::fail(&error),
    }
}

fn try_to_release(config: &Config, name: &str, list: Option<&str>) -> Result<String, Refusal> {
    let name = subject(name)?;
    known_list(config, list)?;
    let covers = |release: &Release| {
        release.name == name && (release.list == ALL_LISTS || Some(&*release.list) == list)
    };
    let already = || format!("{name} is released already{}.\n", of_list(list));
    if released::read(&config.state)?.iter().any(covers) {
        return Ok(already());
    }
    // Reading all lists takes a while, in which others may release something.
    let held = who_holds(config, &name, list)?;
    let _alone = released::change_alone(&config.state)?;
    let mut releases = released::read(&config.state)?;
    if releases.iter().any(covers) {
        return Ok(already());
    }
    if list.is_none() {
        // What was released for single lists is released for all now.
        releases.retain(|release| release.name != name);
    }
    let since = released::moment(SystemTime::now()).ok_or(Refusal::Clock)?;
    releases.push(Release { name: name.clone(), list: list.unwrap_or(ALL_LISTS).into(), since });
    released::write(&config.state, &releases)?;
    let mut said = format!("{name} is released{}.\n", of_list(list));
    if held.is_empty() {
        said.push_str("No list has it held back now; the release is for when one does.\n");
    }
    said.push_str(&held);
    said.push_str(SOON);
    Ok(said)
}

fn try_to_hold(config: &Config, name: &str, list: Option<&str>) -> Result<String, Refusal> {
    let name = subject(name)?;
    let _alone = released::change_alone(&config.state)?;
    // The list may be gone from the configuration; its releases can be taken back all the same.
    let mut releases = released::read(&config.state)?;
    let before = releases.len();
    releases.retain(|release| release.name != name || list.is_some_and(|list| release.list != list));
    if releases.len() == before {
        let for_all = releases.iter().any(|release| release.name == name && release.list == ALL_LISTS);
        let refusal = Refusal::NotReleased { name: name.clone(), of: of_list(list) };
        return Err(if for_all { Refusal::ReleasedForAll(name) } else { refusal });
    }
    released::write(&config.state, &releases)?;
    Ok(format!("{name} is held back again{}.\n{SOON}", of_list(list)))
}

/// A name or a network as the file has it. `*.` in front tells the scope of an entry, not another name.
fn subject(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if let Ok(network) = text.parse::<IpNet>() {
        return Ok(network.to_string());
    }
    let name = to_name(text.strip_prefix("*.").unwrap_or(text));
    name.map(|name| name.to_string()).map_err(|_| Refusal::NoName(text.into()))
}

fn of_list(list: Option<&str>) -> String {
    list.map_or_else(|| " for all lists".into(), |list| format!(" for the list {list}"))
}

/// A line for each entry of that name that is held back now.
fn who_holds(config: &Config, name: &str, list: Option<&str>) -> Result<String, Refusal> {
    let base = app::base(config)?;
    let mut said = String::new();
    for found in survey(&config.sources, &base, &config.state, MOST_ITEMS) {
        if list.is_some_and(|list| list != &*found.name) {
            continue;
        }
        let items = found.quarantine.items.iter();
        for item in items.filter(|item| item.fate == Fate::Held && *item.subject == *name) {
            // Writing into a string cannot fail.
            let _ = writeln!(said, "  {}, line {}: {}", found.name, item.line, item.objection);
        }
    }
    Ok(said)
}
