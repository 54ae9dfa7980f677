//! `sekisho doctor`: what is wrong with this installation, and what to do about it. Arguments in, text out.

use std::{fmt::Write, process::ExitCode};

use crate::{
    config::Config,
    doctor::{self, Finding, Report, State},
};

/// The width of a terminal that everybody has.
const COLUMNS: usize = 80;
/// Where text begins, behind the word for the state.
const INDENT: usize = 10;
/// How a remedy begins.
const REMEDY: &str = "To do: ";

/// Succeeds unless there is a fault: a warning is for a person to weigh.
pub(super) fn run(config: Config, json: bool) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return super::fail(&error),
    };
    let report = runtime.block_on(doctor::examine(config));
    // What still reads a slow disk is not waited for.
    runtime.shutdown_background();
    let text = if json {
        match serde_json::to_string(&report) {
            Ok(text) => text + "\n",
            Err(error) => return super::fail(&error),
        }
    } else {
        text(&report)
    };
    let printed = super::print(&text);
    if report.worst == State::Fault { ExitCode::FAILURE } else { printed }
}

fn text(report: &Report) -> String {
    let mut text = format!("Sekisho {} looks at this machine and its network.\n", report.version);
    let mut last = "";
    for found in &report.checks {
        if found.id != last {
            // Writing into a string cannot fail.
            let _ = writeln!(text, "\n{}", found.id);
            last = found.id;
        }
        text.push_str(&lines(found));
    }
    text.push('\n');
    text.push_str(&wrap(&summary(report), ""));
    text
}

fn lines(found: &Finding) -> String {
    let mut text = wrap(&found.found, &format!("  {:<1$}", found.state.word(), INDENT - 2));
    if let Some(remedy) = &found.remedy {
        text.push_str(&wrap(&format!("{REMEDY}{remedy}"), &" ".repeat(INDENT)));
    }
    text
}

fn summary(report: &Report) -> String {
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let (faults, warnings) = (report.count(State::Fault), report.count(State::Warning));
    let notes = report.count(State::Note);
    let counts = format!(
        "{faults} fault{}, {warnings} warning{}, {notes} note{}, {} ok, {} skipped.",
        plural(faults),
        plural(warnings),
        plural(notes),
        report.count(State::Ok),
        report.count(State::Skipped),
    );
    match (faults, warnings) {
        (0, 0) => format!("{counts} Nothing needs to be done."),
        (0, _) => format!("{counts} It works; the warnings say how it could be better."),
        _ => format!("{counts} Begin with the first fault: others may follow from it."),
    }
}

/// Breaks text between words, so that no line is longer than a terminal unless a word is. `first` stands in front of
/// the first line, as many spaces in front of the others.
fn wrap(text: &str, first: &str) -> String {
    let width = first.chars().count();
    let mut wrapped = first.to_owned();
    let mut column = width;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > width && column + 1 + length > COLUMNS {
            wrapped.push('\n');
            wrapped.push_str(&" ".repeat(width));
            column = width;
        }
        if column > width {
            wrapped.push(' ');
            column += 1;
        }
        wrapped.push_str(word);
        column += length;
    }
    wrapped.push('\n');
    wrapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_fits_a_terminal_and_ends_with_a_summary() {
        let found = |id, state: State, remedy: Option<&str>| Finding {
            id,
            state,
            found: "word ".repeat(40).trim().into(),
            remedy: remedy.map(Into::into),
        };
        let checks = vec![
            found("ports.dns", State::Ok, None),
            found("ports.dns", State::Skipped, None),
            found(
                "clock.time",
                State::Fault,
                Some("Set the clock, and then look whether all is well again."),
            ),
        ];
        let said = text(&Report { version: "1.2.3", checks, worst: State::Fault });
        assert!(said.lines().all(|line| line.chars().count() <= COLUMNS), "{said}");
        assert_eq!(said.matches("\nports.dns\n").count(), 1, "{said}");
        assert!(said.contains("\n  fault   word"), "{said}");
        assert!(said.contains("\n          To do: Set the clock"), "{said}");
        assert!(said.contains("1 fault, 0 warnings, 0 notes, 1 ok, 1 skipped."), "{said}");
    }

    #[test]
    fn a_word_longer_than_a_line_stays_whole() {
        let path = format!("/{}", "x".repeat(100));
        assert_eq!(wrap(&format!("a {path} b"), "  "), format!("  a\n  {path}\n  b\n"));
    }
}
