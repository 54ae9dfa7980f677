//! `sekisho lists …`: how lists are, fetching them, what is held of them; what the guards hold back, releasing it, and what
//! a list would bring. The first need the server that runs; the others need none, and one that runs takes a release over
//! by itself.

mod ask;
mod choose;
mod lint;
mod quarantine;
mod release;
mod status;
mod update;

use std::{path::PathBuf, process::ExitCode};

use clap::Subcommand;

use crate::{app, cli::fail, config::Config, lists::parse::Format, trie::Scope};

/// How many items of each list a command looks through.
const MOST_ITEMS: usize = 100_000;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Fetch lists now: these, or all
    Update {
        /// Their names
        #[arg(value_name = "LIST")]
        names: Vec<String>,
    },
    /// Show what the last publication of a list added and removed
    Diff {
        /// Its name
        #[arg(value_name = "LIST")]
        name: String,
    },
    /// Take over a publication that is held because it looks like an accident
    Accept {
        /// The list's name
        #[arg(value_name = "LIST")]
        name: String,
    },
    /// Show names of lists that have a text in them
    Search {
        /// The text
        text: String,
    },
    /// Show public lists that can be added, with their licences
    Catalogue,
    /// Subscribe to a list: one of the catalogue, or any by its URL
    Add {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
        /// Where it is, if it is none of the catalogue
        #[arg(long)]
        url: Option<String>,
        /// What its names are: scam, phishing, malware, … [default: as the catalogue says, or scam]
        #[arg(long)]
        category: Option<String>,
    },
    /// Give up a list that `sekisho lists add` added, or that a home has by default
    Remove {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Show entries for shared, popular or protected names: held back, released, or applied as written
    Quarantine {
        /// Those of this list alone
        #[arg(long = "in", value_name = "LIST")]
        of_list: Option<String>,
        /// Those whose name has this text in it
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
    },
    /// Have an entry applied although the guards hold it back
    Release {
        /// The name, or the network, of the entry
        name: String,
        /// In this list alone
        #[arg(long = "in", value_name = "LIST")]
        of_list: Option<String>,
    },
    /// Take a release back
    Hold {
        /// The name, or the network, that was released
        name: String,
        /// What was released for this list alone
        #[arg(long = "in", value_name = "LIST")]
        of_list: Option<String>,
    },
    /// Say what list files have, what of it is not applied or objected to, and what they add to the lists in force
    Lint {
        /// The files, or folders of files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// How they are written, in the words of a list's `format` [default: what most of the first lines look like]
        #[arg(long)]
        format: Option<Format>,
    },
}

pub(super) fn run(config: &Config, command: Option<Command>, json: bool) -> ExitCode {
    let Some(command) = command else { return status::run(config, json) };
    if let Some(word) = command.without_json().filter(|_| json) {
        return fail(&NoJson(word));
    }
    match command {
        Command::Update { names } => update::run(config, &names, json),
        Command::Diff { name } => ask::diff(config, &name, json),
        Command::Accept { name } => ask::accept(config, name),
        Command::Search { text } => ask::search(config, text, json),
        Command::Catalogue => choose::show_catalogue(json),
        Command::Add { name, url, category } => choose::add(config, choose::Wanted { name, url, category }),
        Command::Remove { name } => choose::remove(config, &name),
        command => about_texts(&with_chosen(config), command, json),
    }
}

/// The configuration with the lists that commands added and removed. Where that cannot be read, the server tells.
pub(super) fn with_chosen(config: &Config) -> Config {
    let sources = app::sources(config).unwrap_or_else(|_| config.sources.clone());
    Config { sources, ..config.clone() }
}

/// Commands that read the lists' texts themselves.
fn about_texts(config: &Config, command: Command, json: bool) -> ExitCode {
    match command {
        Command::Quarantine { of_list, search } => {
            let asked = quarantine::Asked { of_list, search, json };
            quarantine::run(config, &asked)
        }
        Command::Release { name, of_list } => release::release(config, &name, of_list.as_deref()),
        Command::Hold { name, of_list } => release::hold(config, &name, of_list.as_deref()),
        Command::Lint { files, format } => lint::run(config, &files, format, json),
        Command::Update { .. }
        | Command::Diff { .. }
        | Command::Accept { .. }
        | Command::Search { .. }
        | Command::Catalogue
        | Command::Add { .. }
        | Command::Remove { .. } => ExitCode::FAILURE,
    }
}

impl Command {
    /// Its word, if what it says is a sentence that has no form for programs.
    const fn without_json(&self) -> Option<&'static str> {
        match self {
            Self::Accept { .. } => Some("accept"),
            Self::Add { .. } => Some("add"),
            Self::Remove { .. } => Some("remove"),
            Self::Release { .. } => Some("release"),
            Self::Hold { .. } => Some("hold"),
            Self::Update { .. }
            | Self::Diff { .. }
            | Self::Search { .. }
            | Self::Catalogue
            | Self::Quarantine { .. }
            | Self::Lint { .. } => None,
        }
    }
}

/// A command that changes something was asked for an object.
#[derive(Debug, thiserror::Error)]
#[error("`sekisho lists {0}` prints no JSON: whether it was done is told by its exit code. Leave --json out")]
struct NoJson(&'static str);

/// A list that is asked for and is not there.
#[derive(Debug, thiserror::Error)]
#[error("there is no list `{asked}`. Those of the configuration are: {known}")]
struct NoSuchList {
    asked: String,
    known: String,
}

/// Refuses a list that the configuration does not have.
fn known_list(config: &Config, asked: Option<&str>) -> Result<(), NoSuchList> {
    let Some(asked) = asked else { return Ok(()) };
    if config.sources.iter().any(|source| *source.name == *asked) {
        return Ok(());
    }
    let known: Vec<&str> = config.sources.iter().map(|source| &*source.name).collect();
    Err(NoSuchList { asked: asked.into(), known: known.join(", ") })
}

/// The word for a scope in JSON.
const fn scope_key(scope: Scope) -> &'static str {
    match scope {
        Scope::Exact => "exact",
        Scope::Subtree => "subtree",
        Scope::Below => "below",
    }
}

/// A name with what tells its scope: `*.` in front, or words behind.
fn with_scope(name: &str, scope: Option<Scope>) -> String {
    match scope {
        None => name.to_owned(),
        Some(Scope::Exact) => format!("{name} (that name alone)"),
        Some(Scope::Subtree) => format!("{name} (and all below it)"),
        Some(Scope::Below) => format!("*.{name}"),
    }
}

/// `1 entry`, `2 entries`.
fn entries(count: u64) -> String {
    if count == 1 { "1 entry".into() } else { format!("{count} entries") }
}
