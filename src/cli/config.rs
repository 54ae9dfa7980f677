//! `sekisho config`: the configuration in force, with comments; or whether a file is right.

use std::{fmt::Write, fs, path::Path, process::ExitCode};

use crate::{
    config::{Config, ConfigFile},
    lists::Origin,
};

/// Prints the configuration in force.
pub(super) fn run(config: &Config, file: Option<ConfigFile>) -> ExitCode {
    let is_empty = |path: &Path| fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() == 0);
    if let Some(file) = file.filter(|file| is_empty(file.path())) {
        let path = file.path().display();
        eprintln!(
            "sekisho: the configuration file {path} is empty. If this is `sekisho config > {path}`: the shell empties the file before it is read; write to another name"
        );
        return ExitCode::FAILURE;
    }
    super::print(&config.to_string())
}

/// Says that a file, which could be read, is right, and what in it will probably not do what was meant.
pub(super) fn check(config: &Config, file: &Path) -> ExitCode {
    let mut said = format!("{} is right.\n", file.display());
    for note in notes(config) {
        // Writing into a string cannot fail.
        let _ = writeln!(said, "Note: {note}");
    }
    super::print(&said)
}

fn notes(config: &Config) -> Vec<String> {
    let mut notes = config.unlikely();
    for source in &config.sources {
        if let Origin::Path(path) = &source.origin
            && let Err(error) = fs::metadata(path)
        {
            notes.push(format!("the list {} cannot be read here: {}: {error}.", source.name, path.display()));
        }
    }
    notes
}
