//! `sekisho lists add` and `remove`: subscriptions beside those of `sekisho.toml`; and `catalogue`, what there is.

use std::{fmt::Write, process::ExitCode};

use serde::Serialize;

use crate::{
    app,
    cli::{fail, print, print_json},
    config::Config,
    control::{
        Reply, Request,
        client::{self, ClientError},
    },
    lists::{
        catalogue::{self, catalogue},
        subscription::chosen::{Added, Chosen},
    },
};

/// What is to be added.
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) url: Option<String>,
    pub(super) category: Option<String>,
}

pub(super) fn add(config: &Config, wanted: Wanted) -> ExitCode {
    let Wanted { name, url, category } = wanted;
    let added = Added { name: name.clone(), url, category };
    let add = |chosen: &mut Chosen| chosen.add(added, &app::sources(config)?);
    let source = match Chosen::change(&config.state, add) {
        Ok(source) => source,
        Err(error) => return fail(&error),
    };
    let mut text = format!("{name} is added, as {}.\n", source.category);
    if let Some(entry) = catalogue().unwrap_or_default().iter().find(|entry| entry.name == name) {
        text.push_str(&terms(entry));
    }
    taken(config, text)
}

pub(super) fn remove(config: &Config, name: &str) -> ExitCode {
    let remove = |chosen: &mut Chosen| chosen.remove(name, &config.sources, &config.default_lists);
    match Chosen::change(&config.state, remove) {
        Ok(()) => taken(config, format!("{name} is removed.\n")),
        Err(error) => fail(&error),
    }
}

/// The catalogue, for programs.
#[derive(Serialize)]
struct Json<'e> {
    lists: Vec<JsonEntry<'e>>,
}

#[derive(Serialize)]
struct JsonEntry<'e> {
    name: &'e str,
    title: &'e str,
    covers: &'e str,
    category: &'e str,
    url: &'e str,
    homepage: &'e str,
    licence: &'e str,
    recommended: bool,
}

impl<'e> JsonEntry<'e> {
    fn of(entry: &'e catalogue::Entry) -> Self {
        let catalogue::Entry { name, title, covers, category, url, homepage, licence, .. } = entry;
        Self { name, title, covers, category, url, homepage, licence, recommended: entry.recommended }
    }
}

pub(super) fn show_catalogue(json: bool) -> ExitCode {
    let entries = match catalogue() {
        Ok(entries) => entries,
        Err(error) => return fail(&error),
    };
    if json {
        return print_json(&Json { lists: entries.iter().map(JsonEntry::of).collect() });
    }
    let mut text = String::new();
    for entry in &entries {
        let mark = if entry.recommended { "  (a home has it unless you say otherwise)" } else { "" };
        // Writing into a string cannot fail.
        let _ = writeln!(
            text,
            "{}  {}{mark}\n    {}\n{}",
            entry.name,
            entry.category,
            entry.covers,
            terms(entry)
        );
    }
    text.push_str("To have one fetched: sekisho lists add NAME\n");
    print(&text)
}

fn terms(entry: &catalogue::Entry) -> String {
    format!("    {}\n    licence: {}\n", entry.homepage, entry.licence)
}

/// Has a server that runs take it over.
fn taken(config: &Config, mut text: String) -> ExitCode {
    match client::ask(&config.state, &Request::ChosenLists) {
        Ok(Reply::Done(_)) => {
            text.push_str("The server that runs has taken it over. `sekisho lists` shows how it goes.\n");
        }
        Ok(Reply::Refused(reason)) => return fail(&NotTaken(reason)),
        Err(ClientError::NotRunning(_)) => text.push_str("It counts from the next start of the server on.\n"),
        Err(error) => return fail(&error),
        Ok(_) => {}
    }
    print(&text)
}

#[derive(Debug, thiserror::Error)]
#[error("it is noted, but the server that runs has not taken it over: {0}")]
struct NotTaken(String);
