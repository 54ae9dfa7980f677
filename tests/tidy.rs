//! The repository holds itself to its own rules: one direction of imports, pure rooms, short files, documented metrics.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/names.rs"]
mod names;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use names::{base, metric_names};

/// The rooms as ARCHITECTURE.md has them, from the ground up.
const ROOMS: [&str; 20] = [
    "name",
    "limit",
    "message",
    "trie",
    "policy",
    "cache",
    "unblock",
    "telemetry",
    "resolve",
    "engine",
    "lists",
    "listen",
    "authority",
    "sinkhole",
    "admin",
    "config",
    "control",
    "app",
    "doctor",
    "cli",
];

/// Rooms, and files of rooms, that know no I/O, no runtime, no clock and no log.
const PURE: [&str; 13] = [
    "name",
    "limit",
    "message",
    "trie",
    "policy",
    "cache",
    "unblock",
    "lists/parse",
    "lists/guard",
    "lists/compile",
    "lists/names",
    "lists/suffixes",
    "lists/quarantine",
];

/// What a pure room does not say.
const IMPURE: [&str; 18] = [
    "std::fs",
    "std::net::UdpSocket",
    "std::net::TcpStream",
    "std::net::TcpListener",
    "UdpSocket::",
    "TcpStream::",
    "TcpListener::",
    "tokio",
    "tracing::",
    "println!",
    "print!",
    "dbg!",
    "Instant::now",
    "SystemTime::now",
    "std::thread",
    "std::env",
    "std::process",
    "File::open",
];

/// A bag for whatever has no place.
const BAGS: [&str; 6] = ["utils.rs", "util.rs", "common.rs", "helpers.rs", "types.rs", "misc.rs"];

/// About 300 lines are a room; past this a file is two.
const LINES: usize = 500;

fn root() -> PathBuf {
    let run_time = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    run_time.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into())
}

/// A Rust file, cut where its tests begin.
struct Source {
    /// From the root of the repository, with `/`.
    path: String,
    whole: String,
    /// Without the tests at the end.
    code: String,
}

impl Source {
    fn read(root: &Path, path: &Path) -> Self {
        let whole = fs::read_to_string(path).unwrap();
        let path = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
        let only_tests = path.ends_with("/tests.rs") || path.contains("/tests/");
        let code = if only_tests { String::new() } else { without_tests(&whole) };
        Self { path, whole, code }
    }

    /// `src/policy/rules.rs` is `policy/rules`, `src/cache.rs` is `cache`.
    fn place(&self) -> &str {
        let path = self.path.strip_prefix("src/").unwrap_or(&self.path);
        path.strip_suffix("/mod.rs").or(path.strip_suffix(".rs")).unwrap_or(path)
    }

    fn room(&self) -> &str {
        self.place().split('/').next().unwrap_or_default()
    }

    /// Lines of code with their numbers, without comments. What stands in a string stays.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let numbered = self.code.lines().enumerate().map(|(at, line)| (at + 1, line));
        numbered.map(|(at, line)| (at, without_comment(line))).filter(|(_, line)| !line.trim().is_empty())
    }
}

/// Up to the `#[cfg(test)]` that opens a module.
fn without_tests(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let opens = |at: usize| {
        let next = lines[at + 1..].iter().find(|line| !line.trim_start().starts_with("#["));
        lines[at].trim() == "#[cfg(test)]" && next.is_some_and(|line| line.trim_start().starts_with("mod "))
    };
    let end = (0..lines.len()).find(|&at| opens(at)).unwrap_or(lines.len());
    lines[..end].join("\n")
}

fn without_comment(line: &str) -> &str {
    let trimmed = line.trim_start();
    if trimmed.starts_with("//") {
        return "";
    }
    line.find(" // ").map_or(line, |at| &line[..at])
}

/// All Rust files below a folder, in order.
fn sources(folder: &str) -> Vec<Source> {
    let root = root();
    files(&root.join(folder), "rs").iter().map(|path| Source::read(&root, path)).collect()
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() && !path.ends_with("target") {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The rooms that lib.rs declares, in its order.
fn declared_rooms() -> Vec<String> {
    let text = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let declared = text.lines().filter_map(|line| {
        let line = line.trim();
        let line = line.strip_prefix("pub ").or(line.strip_prefix("pub(crate) ")).unwrap_or(line);
        line.strip_prefix("mod ")?.strip_suffix(';')
    });
    declared.map(str::to_owned).collect()
}

/// Fails with all faults at once.
fn assert_none(what: &str, faults: &[String]) {
    assert!(faults.is_empty(), "{what}:\n  {}", faults.join("\n  "));
}

#[test]
fn lib_declares_the_rooms_in_the_order_of_the_architecture() {
    let declared = declared_rooms();
    let expected: Vec<&str> =
        ROOMS.into_iter().filter(|room| declared.iter().any(|found| found == room)).collect();
    assert_eq!(declared, expected, "known rooms only, and in this order");
}

#[test]
fn files_that_lib_names_are_there() {
    let text = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let named: BTreeSet<&str> = text.split('`').filter(|word| word.strip_suffix(".rs").is_some()).collect();
    assert!(named.len() > 10, "lib.rs says where to look: {named:?}");
    let there = |file: &&str| root().join("src").join(file).exists() || root().join(file).exists();
    let faults: Vec<String> =
        named.iter().filter(|file| !there(file)).map(|file| format!("src/lib.rs names {file}")).collect();
    assert_none("files that are not there", &faults);
}

#[test]
fn a_room_imports_only_from_rooms_above_it() {
    let rooms = declared_rooms();
    let level = |room: &str| rooms.iter().position(|found| found == room);
    let mut faults = Vec::new();
    for source in sources("src") {
        let Some(own) = level(source.room()) else { continue };
        for (line, room) in imports(&source) {
            if level(&room).is_some_and(|other| other > own) {
                faults.push(format!("{}:{line}: {} must not know {room}", source.path, source.room()));
            }
        }
    }
    assert_none("imports against the direction of lib.rs", &faults);
}

/// Every room that is named after `crate::`, or after as many `super::` as lead to the root.
fn imports(source: &Source) -> Vec<(usize, String)> {
    let depth = source.path.strip_suffix("/mod.rs").unwrap_or(&source.path).matches('/').count();
    let upwards = "super::".repeat(depth);
    let mut found = Vec::new();
    for start in ["crate::", upwards.as_str()] {
        for (line, text) in statements(source) {
            for (at, _) in text.match_indices(start) {
                let before = text[..at].chars().next_back();
                if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$' || c == ':') {
                    continue;
                }
                let rest = &text[at + start.len()..];
                found.extend(heads(rest).into_iter().map(|room| (line, room)));
            }
        }
    }
    found
}

/// Lines, but that a `use` over several lines is one.
fn statements(source: &Source) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (at, line) in source.lines() {
        let trimmed = line.trim();
        if open {
            found.last_mut().unwrap().1.push_str(trimmed);
        } else {
            found.push((at, trimmed.to_owned()));
            open = trimmed.starts_with("use ")
                || trimmed.starts_with("pub use ")
                || trimmed.starts_with("pub(crate) use ");
        }
        open &= !trimmed.ends_with(';');
    }
    found
}

/// The first names of a path, or of each path in braces.
fn heads(rest: &str) -> Vec<String> {
    let head =
        |text: &str| text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = rest.strip_prefix('{') else { return vec![head(rest)] };
    let mut depth = 0;
    let mut heads = vec![head(group)];
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.push(head(&group[at + 1..])),
            _ => {}
        }
    }
    heads
}

#[test]
fn pure_rooms_are_pure() {
    let mut faults = Vec::new();
    for source in sources("src").iter().filter(|source| is_pure(source.place())) {
        for (at, line) in source.lines() {
            for word in IMPURE.iter().filter(|word| line.contains(**word)) {
                faults.push(format!("{}:{at}: {word}", source.path));
            }
        }
    }
    assert_none("a pure room knows no I/O, no runtime, no clock, no log", &faults);
}

/// `lists/parse` covers `lists/parse.rs`, `lists/parse/hosts.rs` and `lists/parse_hosts.rs`.
fn is_pure(place: &str) -> bool {
    PURE.iter().any(|pure| {
        let rest = place.strip_prefix(pure);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || rest.starts_with('_'))
    })
}

#[test]
fn every_file_says_what_it_is() {
    let all = ["src", "tests", "benches", "fuzz"].into_iter().flat_map(sources);
    let faults: Vec<_> =
        all.filter(|source| !source.whole.starts_with("//!")).map(|source| source.path).collect();
    assert_none("the first line of a file is its `//!`", &faults);
}

#[test]
fn no_file_is_a_bag() {
    let all = ["src", "tests", "benches"].into_iter().flat_map(sources).map(|source| source.path);
    let is_bag = |path: &String| path.rsplit('/').next().is_some_and(|name| BAGS.contains(&name));
    assert_none("a file is named after what is in it", &all.filter(is_bag).collect::<Vec<_>>());
}

#[test]
fn nothing_is_left_for_later() {
    // In two parts, so that this file does not name them itself.
    let marks = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X"),
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
    ];
    let mut faults = Vec::new();
    for source in ["src", "tests", "benches"].into_iter().flat_map(sources) {
        for (at, line) in source.whole.lines().enumerate() {
            faults.extend(
                marks
                    .iter()
                    .filter(|mark| has_word(line, mark))
                    .map(|mark| format!("{}:{}: {mark}", source.path, at + 1)),
            );
        }
    }
    assert_none("what is not done is an issue, not a comment", &faults);
}

#[test]
fn no_test_is_left_out() {
    let mark = concat!("#[ig", "nore");
    let all = ["src", "tests"].into_iter().flat_map(sources);
    let faults: Vec<_> = all.filter(|source| source.whole.contains(mark)).map(|source| source.path).collect();
    assert_none("a test runs", &faults);
}

#[test]
fn files_stay_short() {
    let mut faults = Vec::new();
    for source in sources("src") {
        let length = source.code.lines().count();
        if length > LINES {
            faults.push(format!("{}: {length} lines", source.path));
        }
    }
    assert_none("past 500 lines a file is two rooms", &faults);
}

#[test]
fn unsafe_code_stands_in_one_file_each_with_its_reason() {
    const ONLY: &str = "src/listen/batch.rs";
    let word = concat!("un", "safe");
    let mut faults = Vec::new();
    for source in ["src", "tests", "benches"].into_iter().flat_map(sources) {
        let text: Vec<&str> = source.whole.lines().collect();
        for (at, line) in source.lines().filter(|(_, line)| has_word(line, word) && !line.contains('"')) {
            // The reason stands in the comment before the statement, which may have begun a line earlier.
            let before = text[..at - 1].iter().rev().skip_while(|line| !line.trim_start().starts_with("//"));
            let mut comment = before.take_while(|line| line.trim_start().starts_with("//"));
            if source.path != ONLY || !comment.any(|line| line.contains("// SAFETY: ")) {
                faults.push(format!("{}:{at}: {}", source.path, line.trim()));
            }
        }
        if source.path != ONLY && source.whole.contains(concat!("allow(un", "safe_code")) {
            faults.push(format!("{}: the lint is switched off", source.path));
        }
    }
    assert_none("it stays with the system calls for many datagrams", &faults);
}

/// Whether the word stands alone: not as a part of a longer one.
fn has_word(line: &str, word: &str) -> bool {
    let joins = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(joins) && (word.ends_with('(') || !after.is_some_and(joins))
    })
}

#[test]
fn every_metric_is_documented_and_every_documented_metric_is_there() {
    let code: String = sources("src/telemetry").into_iter().map(|source| source.code).collect();
    let docs = fs::read_to_string(root().join("docs/metrics.md")).expect("docs/metrics.md");
    let declared = metric_names(&code);
    assert!(declared.len() >= 15, "few metrics are declared in src/telemetry: {declared:?}");
    let documented: BTreeSet<String> =
        metric_names(&docs).into_iter().map(|name| base(&name, &declared)).collect();
    let missing: Vec<_> = declared.difference(&documented).cloned().collect();
    assert_none("not in docs/metrics.md", &missing);
    let invented: Vec<_> = documented.difference(&declared).cloned().collect();
    assert_none("in docs/metrics.md, and nowhere else", &invented);
}
