//! `sekisho lists quarantine`: the entries that the guards object to, list by list.

use std::{fmt::Write, process::ExitCode};

use serde::Serialize;

use super::{MOST_ITEMS, entries, known_list, scope_key, with_scope};
use crate::{
    app,
    cli::print_json,
    config::Config,
    lists::{
        compile::to_search,
        guard::Guarding,
        quarantine::{Fate, Item},
        survey::{Surveyed, survey},
    },
};

/// What the arguments ask for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) of_list: Option<String>,
    pub(super) search: Option<String>,
    pub(super) json: bool,
}

pub(super) fn run(config: &Config, asked: &Asked) -> ExitCode {
    if let Err(error) = known_list(config, asked.of_list.as_deref()) {
        return crate::cli::fail(&error);
    }
    let base = match app::base(config) {
        Ok(base) => base,
        Err(error) => return crate::cli::fail(&error),
    };
    let wanted = |name: &str| asked.of_list.as_deref().is_none_or(|list| list == name);
    let sources: Vec<_> = config.sources.iter().filter(|source| wanted(&source.name)).cloned().collect();
    let mut found = survey(&sources, &base, &config.state, MOST_ITEMS);
    if let Some(text) = &asked.search {
        let text = to_search(text);
        for list in &mut found {
            list.quarantine.items.retain(|item| format!("{}.", item.subject).contains(&text));
        }
    }
    if asked.json { print_json(&Json::of(&found)) } else { crate::cli::print(&text(&found, asked)) }
}

fn text(found: &[Surveyed], asked: &Asked) -> String {
    let mut text = String::new();
    for list in found {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{}: {}", list.name, summary(list));
        for item in &list.quarantine.items {
            text.push_str(&line(item));
        }
        let left_out = list.quarantine.total().saturating_sub(MOST_ITEMS as u64);
        if left_out > 0 {
            let _ = writeln!(text, "  … and {left_out} more, which are not looked through");
        }
        for trouble in &list.trouble {
            let _ = writeln!(text, "  This could not be read: {trouble}");
        }
    }
    let some_held = |list: &Surveyed| list.quarantine.items.iter().any(|item| item.fate == Fate::Held);
    if found.iter().any(some_held) {
        text.push_str("\nTo have one applied all the same: sekisho lists release NAME\n");
    } else if asked.search.is_some() && found.iter().all(|list| list.quarantine.items.is_empty()) {
        text.push_str("\nNo entry that the guards object to has that text in its name.\n");
    }
    text
}

/// What there is in a list, in a few words.
fn summary(list: &Surveyed) -> String {
    let found = &list.quarantine;
    match list.guarding {
        Guarding::Off => "the guards do not look at it.".into(),
        _ if found.total() == 0 => "nothing to object to.".into(),
        Guarding::Quarantine => {
            format!("{} held back, {} released.", entries(found.held), found.released)
        }
        Guarding::Auto | Guarding::Report => {
            format!(
                "{} applied as written, which would be held back in a list of strangers.",
                entries(found.reported)
            )
        }
    }
}

fn line(item: &Item) -> String {
    let fate = match item.fate {
        Fate::Held => "held",
        Fate::Released => "released",
        Fate::Reported => "applied",
    };
    let place = if item.file.is_empty() { String::new() } else { format!("{}, ", item.file) };
    format!(
        "  {fate:<9} {}\n            {place}line {}: {}\n",
        with_scope(&item.subject, item.scope),
        item.line,
        item.objection
    )
}

#[derive(Serialize)]
struct Json<'f> {
    lists: Vec<JsonList<'f>>,
}

#[derive(Serialize)]
struct JsonList<'f> {
    list: &'f str,
    guard: String,
    held: u64,
    released: u64,
    reported: u64,
    items: Vec<JsonItem<'f>>,
    trouble: &'f [String],
}

#[derive(Serialize)]
struct JsonItem<'f> {
    name: &'f str,
    scope: Option<&'static str>,
    fate: &'static str,
    ground: &'static str,
    by: &'f str,
    file: &'f str,
    line: u64,
}

impl<'f> Json<'f> {
    fn of(found: &'f [Surveyed]) -> Self {
        let list = |list: &'f Surveyed| JsonList {
            list: &list.name,
            guard: list.guarding.to_string(),
            held: list.quarantine.held,
            released: list.quarantine.released,
            reported: list.quarantine.reported,
            items: list.quarantine.items.iter().map(JsonItem::of).collect(),
            trouble: &list.trouble,
        };
        Self { lists: found.iter().map(list).collect() }
    }
}

impl<'f> JsonItem<'f> {
    fn of(item: &'f Item) -> Self {
        Self {
            name: &item.subject,
            scope: item.scope.map(scope_key),
            fate: item.fate.key(),
            ground: item.objection.ground.key(),
            by: &item.objection.by,
            file: &item.file,
            line: item.line,
        }
    }
}
