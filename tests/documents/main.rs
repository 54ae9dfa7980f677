//! The documents are true: what they show is run, what they configure is read, where they point there is something.
//!
//! Every block of commands in a Markdown file says in a comment above it whether this test runs it:
//!
//! ```text
//! <!-- run -->                        it is run, and for `console` what is shown must come
//! <!-- run in the background -->      the same, and it goes on running until the next one like it
//! <!-- not run: REASON -->            it is not, for a reason of at least three words
//! <!-- run: COMMAND -->               a command that the reader does not see, to set the scene; so too
//! <!-- run in the background: COMMAND -->
//! <!-- written to: FILE -->          the block is written to this file, for the commands that follow
//! ```
//!
//! In what is shown, `…` stands for anything in a line, and alone on a line for any lines. A command for which nothing
//! is shown only has to succeed. `<!-- not read: REASON -->` stands above TOML that is no configuration of Sekisho.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod links;
mod reading;
mod running;
#[path = "../support/mod.rs"]
mod support;

use std::fs;

use reading::{Document, documents, root};
use sekisho::config::{Config, Overrides};

/// Fails with all faults at once, each with its file and line.
fn assert_none(what: &str, faults: &[String]) {
    assert!(faults.is_empty(), "{what}:\n  {}\n", faults.join("\n  "));
}

#[test]
fn every_block_of_commands_says_whether_it_is_run() {
    let faults: Vec<String> = documents().iter().flat_map(Document::faults).collect();
    assert_none("blocks of commands that nobody can check", &faults);
}

#[test]
fn every_configuration_in_a_document_is_accepted() {
    let faults: Vec<String> = documents().iter().flat_map(configuration_faults).collect();
    assert_none("configurations that Sekisho refuses", &faults);
}

fn configuration_faults(document: &Document) -> Vec<String> {
    let blocks = document.blocks.iter().filter(|block| block.language == "toml" && !block.is_not_read());
    let refused = blocks.filter_map(|block| {
        let error = Config::read(&block.text, &Overrides::default()).err()?;
        Some(document.fault(block.line, &error.to_string()))
    });
    refused.collect()
}

#[test]
fn every_link_leads_somewhere() {
    assert_none("links that lead nowhere", &links::faults(&documents()));
}

#[test]
fn every_command_in_a_document_does_what_is_shown() {
    if running::is_inside() {
        let faults: Vec<String> = documents().iter().flat_map(running::faults).collect();
        assert_none("commands that do not do what the document shows", &faults);
    } else {
        running::run_inside("every_command_in_a_document_does_what_is_shown");
    }
}

/// A number can decide whether somebody loses their savings, so it stands in one place, and is compared elsewhere.
#[test]
fn the_japanese_readme_has_the_help_lines_of_the_page() {
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    let lines: toml::Table = read("locales/help-lines.toml").parse().unwrap();
    let words = read("locales/ja/page.ftl");
    let text = |value: &toml::Value| value.as_str().unwrap().to_owned();
    let here = lines["line"].as_array().unwrap().iter().filter(|line| line["country"].as_str() == Some("JP"));
    let rows = here.filter_map(|line| {
        let number = line.get("number").map(text)?;
        let word = |what: &str| {
            let begins = format!("line-{}-{what} = ", text(&line["id"]));
            words.lines().find_map(|line| line.strip_prefix(&begins)).unwrap().to_owned()
        };
        Some(format!("| {} | {number} | {} |", word("who"), word("hours")))
    });
    let rows: Vec<String> = rows.collect();
    assert!(rows.len() >= 4, "{rows:#?}");
    let readme = read("README.ja.md");
    let shown: Vec<&str> = readme.lines().skip_while(|line| !line.starts_with("| 相談先")).skip(2).collect();
    assert_eq!(shown[..rows.len()], rows);
    assert_eq!(shown[rows.len()], "", "no further row");
}

#[test]
fn a_document_with_faults_is_told_them_line_by_line() {
    let text = "# Start\n\n```sh\nls\n```\n\n<!-- not run: no -->\n```console\n$ ls\n```\n\n```\n$ ls\n```\n\n\
                <!-- run -->\n\nWords.\n\n<!-- runs -->\n```sh\nls\n```\n\n<!-- not run: it needs a network -->\n\
                ```sh\nls\n```\n\n<!-- run -->\n```yaml\na: b\n```\n\n<!-- run -->\n```console\nls\n```\n\n```\nsudo ls\n```\n";
    let faults = Document::read("a.md", text).faults();
    let lines: Vec<&str> = faults.iter().map(|fault| fault.split(": ").next().unwrap()).collect();
    assert_eq!(
        lines,
        ["a.md:3", "a.md:8", "a.md:12", "a.md:16", "a.md:21", "a.md:31", "a.md:36", "a.md:40"],
        "{faults:#?}"
    );
}

#[test]
fn a_configuration_that_is_refused_is_told_with_its_line() {
    let text = "```toml\n[listen]\ndns = [\"127.0.0.1:53\"]\n```\n\n```toml\n[listen]\ndsn = []\n```\n";
    let faults = configuration_faults(&Document::read("a.md", text));
    assert!(faults.len() == 1 && faults[0].starts_with("a.md:6: "), "{faults:#?}");
}
