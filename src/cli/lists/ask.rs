//! `sekisho lists accept`, `diff` and `search`: short questions to the server that runs.

use std::{fmt::Write, process::ExitCode};

use serde::Serialize;

use crate::{
    cli::{
        print, print_json,
        rules::{tell, told},
    },
    config::Config,
    control::{Found, Reply, Request, client},
};

/// How many names a search shows.
const MOST_SHOWN: usize = 100;
/// How many it gives to a program.
const MOST_FOR_PROGRAMS: usize = 10_000;

#[derive(Serialize)]
struct Changes<'c> {
    list: &'c str,
    added: Vec<&'c str>,
    removed: Vec<&'c str>,
}

pub(super) fn accept(config: &Config, name: String) -> ExitCode {
    tell(config, &Request::AcceptList { name })
}

pub(super) fn diff(config: &Config, name: &str, json: bool) -> ExitCode {
    match client::ask(&config.state, &Request::ListChanges { name: name.into() }) {
        Ok(Reply::Done(text)) if json => {
            let with = |mark| text.lines().filter_map(move |line| line.strip_prefix(mark)).collect();
            print_json(&Changes { list: name, added: with('+'), removed: with('-') })
        }
        Ok(Reply::Done(text)) if text.is_empty() => print("The last publication changed no name.\n"),
        other => told(other),
    }
}

pub(super) fn search(config: &Config, text: String, json: bool) -> ExitCode {
    let most = if json { MOST_FOR_PROGRAMS } else { MOST_SHOWN };
    match client::ask(&config.state, &Request::SearchLists { text, most }) {
        Ok(Reply::Found(found)) if json => print_json(&found),
        Ok(Reply::Found(found)) => print(&shown(&found)),
        other => told(other),
    }
}

fn shown(found: &Found) -> String {
    let mut text = String::new();
    for name in &found.names {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{}  ({})", name.name, name.lists.join(", "));
    }
    match (found.names.is_empty(), found.more) {
        (true, _) => text.push_str("No list has a name with that in it.\n"),
        (_, true) => text.push_str("There are more. Search for a longer text, or with --json.\n"),
        _ => {}
    }
    text
}
