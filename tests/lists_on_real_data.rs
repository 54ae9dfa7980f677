//! The list parsers on the lists that people subscribe to, in the state their publishers left them.
//!
//! The data is not part of the project: `SEKISHO_TEST_DATA` names its folder. What is expected is worked out here a
//! second time, slowly and by other means, so that a mistake would have to be made twice.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests, which clippy cannot see

use std::{
    collections::{BTreeMap, HashMap},
    env, fs,
    net::IpAddr,
    path::{Path, PathBuf},
    time::Instant,
};

use sekisho::{
    lists::parse::{Format, Match, ParseError, Reason, Report, parse},
    trie::{Action, Scope},
};

/// What a list says, line by line: action, scope, name.
type Rules = BTreeMap<u64, Vec<(Action, Scope, String)>>;

/// The folder of real data, if there is one here.
fn data() -> Option<PathBuf> {
    let folder = env::var_os("SEKISHO_TEST_DATA").map(PathBuf::from);
    if folder.is_none() {
        println!("SKIPPED: SEKISHO_TEST_DATA is not set");
    }
    folder
}

/// Parses, keeping the rules.
fn rules(text: &[u8], format: Option<Format>) -> (Rules, Result<Report, ParseError>) {
    let mut rules = Rules::new();
    let report = parse(text, format, Match::Auto, &mut |line, rule| {
        let (name, scope) = rule.name().unwrap();
        let action = if rule.effect.lets_pass() { Action::Allow } else { Action::Block };
        rules.entry(line).or_default().push((action, scope, name.to_string()));
    });
    (rules, report)
}

/// The files of a folder, by name.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}

/// The format that a file has, told by its name; `None` if it is one that is not read.
fn format_of(file: &str) -> Option<Format> {
    let ending = file.rsplit('.').next().unwrap_or_default();
    if file.contains("dnsmasq") || ["rpz", "json", "tsv"].contains(&ending) {
        None
    } else if file.contains("adblock") || file.contains("adguard") {
        Some(Format::Adblock)
    } else if file.contains("hosts") || file.contains("durablenapkin_raw") {
        Some(Format::Hosts)
    } else {
        Some(Format::Domains)
    }
}

// What is expected.

/// The rules of a whole text.
fn expected(text: &[u8], format: Format) -> Rules {
    let text = String::from_utf8_lossy(text);
    let text = text.trim_start_matches('\u{FEFF}');
    let badfilters: Vec<&str> = text.lines().filter(|line| line.contains("badfilter")).collect();
    let mut depth = 0;
    let mut rules = Rules::new();
    for (line, number) in text.lines().map(str::trim).zip(1..) {
        if line.starts_with("!#if") {
            depth += 1;
        } else if line.starts_with("!#endif") {
            depth -= 1;
        }
        let taken_back = badfilters.iter().any(|other| other.starts_with(&format!("{line}$")));
        if depth > 0 && (line.starts_with("||") || line.starts_with("@@")) || taken_back {
            continue;
        }
        let found = expected_of_line(line, format);
        if !found.is_empty() {
            rules.insert(number, found);
        }
    }
    rules
}

/// The rules of one line.
fn expected_of_line(line: &str, format: Format) -> Vec<(Action, Scope, String)> {
    let exception = line.starts_with("@@");
    let rule = line.trim_start_matches("@@");
    if let Some(rule) = rule.strip_prefix("||") {
        let rule = if exception { rule } else { rule.strip_suffix("$all").unwrap_or(rule) };
        let Some(name) = rule.strip_suffix('^').filter(|name| !name.starts_with('*')).and_then(expected_name)
        else {
            return Vec::new();
        };
        return vec![(if exception { Action::Allow } else { Action::Block }, Scope::Subtree, name)];
    }
    if format == Format::Adblock || line.starts_with(['#', '!', ';', '[']) {
        return Vec::new();
    }
    let words: Vec<&str> = line.split(" #").next().unwrap_or_default().split_whitespace().collect();
    let (names, own) = match words[..] {
        [_] => (&words[..], Scope::Subtree),
        [address, ..] if ["0.0.0.0", "127.0.0.1", "::", "::1"].contains(&address) => {
            (&words[1..], Scope::Exact)
        }
        _ => return Vec::new(),
    };
    let names: Option<Vec<_>> = names
        .iter()
        .map(|word| {
            let (scope, word) = word.strip_prefix("*.").map_or((own, *word), |rest| (Scope::Below, rest));
            expected_name(word).map(|name| (Action::Block, scope, name))
        })
        .collect();
    names.unwrap_or_default()
}

/// The name that a word is.
fn expected_name(word: &str) -> Option<String> {
    let name = if word.is_ascii() { word.to_ascii_lowercase() } else { idna::domain_to_ascii(word).ok()? };
    let name = name.strip_suffix('.').unwrap_or(&name);
    let labels: Vec<&str> = name.split('.').collect();
    let good = |label: &&str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
    };
    let whole = labels.len() >= 2 && name.len() <= 253 && labels.iter().all(good);
    let number = labels.last().is_some_and(|last| last.chars().all(|c| c.is_ascii_digit()));
    (whole && !number && name != "localhost.localdomain").then(|| name.to_owned())
}

/// Whether a line is a comment.
fn is_comment(line: &str, format: Format) -> bool {
    match format {
        Format::Adblock => {
            line.starts_with('!') && !line.starts_with("!#include")
                || line.starts_with("[Adblock")
                || line.starts_with('#') && !line.starts_with("##")
        }
        _ => line.starts_with(['#', '!', ';']),
    }
}

// The tests.

#[test]
fn each_real_list_yields_what_its_lines_say_and_counts_the_rest() {
    let Some(data) = data() else { return };
    for (file, text) in files(&data.join("lists")) {
        let Some(format) = format_of(&file) else { continue };
        let begun = Instant::now();
        let (found, report) = rules(&text, None);
        let took = begun.elapsed();
        let report = report.unwrap_or_else(|error| panic!("{file}: {error}"));
        let skipped: Vec<_> =
            report.skipped.iter().map(|(r, tally)| format!("{} {}", r.key(), tally.count)).collect();
        println!(
            "{file}: {format}, {} lines, {} applied, skipped: {skipped:?}, {took:?}",
            report.lines, report.applied
        );
        assert_eq!(report.format, format, "{file}");
        let expected = expected(&text, format);
        for number in found.keys().chain(expected.keys()) {
            assert_eq!(found.get(number), expected.get(number), "{file}:{number}");
        }
        assert_adds_up(&file, &text, &report);
    }
}

/// Compares the counts with the text itself.
fn assert_adds_up(file: &str, text: &[u8], report: &Report) {
    let text = String::from_utf8_lossy(text);
    let lines: Vec<&str> = text.lines().map(|line| line.trim_matches(['\u{FEFF}', ' ', '\t'])).collect();
    let blank = lines.iter().filter(|line| line.is_empty()).count() as u64;
    let comments = lines.iter().filter(|line| is_comment(line, report.format)).count() as u64;
    assert_eq!(
        (report.lines, report.blank, report.comments),
        (lines.len() as u64, blank, comments),
        "{file}"
    );
    assert_eq!(report.lines, report.blank + report.comments + report.entry_lines, "{file}");
    assert_eq!(report.entries, report.applied + report.skipped.total(), "{file}");
    assert_eq!(report.applied, report.block + report.allow, "{file}");
    // No list at hand names two hosts on one line.
    assert_eq!(report.entries, report.entry_lines, "{file}");
}

#[test]
fn lists_in_formats_that_are_not_read_yield_nothing() {
    let Some(data) = data() else { return };
    for (file, text) in files(&data.join("lists")) {
        if format_of(&file).is_none() && file != "odd_lines.tsv" {
            let (found, report) = rules(&text, None);
            assert!(matches!(report, Err(ParseError::NoRule { .. })), "{file}: {report:?}");
            assert!(found.is_empty(), "{file}");
        }
    }
}

#[test]
fn no_real_list_blocks_a_top_level_domain_or_a_shared_name_by_a_careless_reading() {
    let Some(data) = data() else { return };
    for (file, text) in files(&data.join("lists")) {
        let lines: Vec<_> = text.split(|octet| *octet == b'\n').map(<[u8]>::trim_ascii).collect();
        for (number, rules) in rules(&text, None).0 {
            for (_, _, name) in rules {
                assert!(name.contains('.'), "{file}:{number}: {name}");
                assert!(
                    !["amazonaws.com", "localhost.localdomain"].contains(&name.as_str()),
                    "{file}:{number}"
                );
                if ["bit.ly", "tinyurl.com", "cutt.ly", "is.gd", "booking.com"].contains(&name.as_str()) {
                    // Listed outright, it is for the guard to hold back.
                    let line = String::from_utf8_lossy(lines[number as usize - 1]);
                    assert_eq!(line.trim_end_matches('.'), name, "{file}:{number}");
                }
            }
        }
    }
}

/// What becomes of a class of `odd_lines.tsv`.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    /// No rule at all.
    Nothing,
    /// One rule, for the name that the line is.
    Applied,
    /// Some of its lines are names and some are not.
    Either,
}

/// The fate of each class. A class that is not known here fails the test.
fn fate_of(class: &str) -> Option<Fate> {
    Some(match class {
        "BOM+header"
        | "badfilter"
        | "exception"
        | "denyallow"
        | "dnstype+TLD wildcard"
        | "regex"
        | "bare IPv4"
        | "bare IPv6"
        | "bare IPv4 (5,498 lines)"
        | "prefix rule"
        | "inner wildcard"
        | "ipaddress modifier"
        | "cosmetic"
        | "path rule"
        | "IPv6 literal"
        | "preprocessor"
        | "URL after IP"
        | "substring/prefix rules"
        | "path, homoglyph"
        | "RPZ zone head"
        | "RPZ odd owner names"
        | "RPZ pair"
        | "TLD wildcard"
        | "JSON deny/allow"
        | "trail types"
        | "regex trail"
        | "host:port"
        | "FALSE POSITIVE / junk" => Fate::Nothing,
        "U-label / math-alphanumerics"
        | "missing separator"
        | "upper case"
        | "CJK U-labels"
        | "underscore labels"
        | "underscore label"
        | "trailing dot" => Fate::Applied,
        "FALSE POSITIVE"
        | "wildcards, query strings, homoglyphs"
        | "trailing spaces, tab, caret, @, ?, %" => Fate::Either,
        _ => return None,
    })
}

#[test]
fn each_odd_line_is_applied_as_what_it_is_or_not_at_all() {
    let Some(data) = data() else { return };
    let lists = data.join("lists");
    let parsed: HashMap<String, Rules> = files(&lists)
        .into_iter()
        .filter(|(file, _)| format_of(file).is_some())
        .map(|(file, text)| (file, rules(&text, None).0))
        .collect();
    let rows = fs::read_to_string(lists.join("odd_lines.tsv")).unwrap();
    let mut seen = 0;
    for row in rows.lines().skip(1) {
        let [file, number, raw, class, _] = row.split('\t').collect::<Vec<_>>()[..] else {
            panic!("not five columns: {row}");
        };
        let line: String = serde_json::from_str(raw).unwrap();
        let format = format_of(file).unwrap_or(Format::Domains);
        let fate = fate_of(class).unwrap_or_else(|| panic!("what becomes of the class {class:?}?"));
        let found: Vec<_> = rules(line.as_bytes(), Some(format)).0.into_values().flatten().collect();
        match fate {
            Fate::Nothing => assert!(found.is_empty(), "{row}: {found:?}"),
            Fate::Applied => assert_eq!(found.len(), 1, "{row}"),
            Fate::Either => {}
        }
        if fate != Fate::Nothing {
            assert_eq!(found, expected_of_line(line.trim(), format), "{row}");
        }
        if let Some(list) = parsed.get(file) {
            let in_place = list.get(&number.parse().unwrap()).cloned().unwrap_or_default();
            assert_eq!(in_place, found, "{row}");
        }
        seen += 1;
    }
    assert!(seen > 100, "only {seen} odd lines");
}

#[test]
fn broken_publications_are_refused_or_counted() {
    let Some(data) = data() else { return };
    for (file, text) in files(&data.join("incidents")) {
        let (found, report) = rules(&text, None);
        if text.is_empty() {
            assert_eq!(report, Err(ParseError::Empty), "{file}");
            continue;
        }
        let report = report.unwrap();
        println!("{file}: {} lines, {} applied", report.lines, report.applied);
        assert_eq!(report.format, Format::Domains, "{file}");
        assert_eq!(found, expected(&text, Format::Domains), "{file}");
    }
    let page = b"<!DOCTYPE html>\n<title>404</title>\nwww.example.com\n";
    assert_eq!(rules(page, None).1, Err(ParseError::Markup));
}

#[test]
fn addresses_of_real_lists_are_all_counted_as_addresses() {
    let Some(data) = data() else { return };
    for (file, text) in files(&data.join("lists")) {
        let (Some(_), Ok(report)) = (format_of(&file), rules(&text, None).1) else { continue };
        let addresses = text
            .split(|octet| *octet == b'\n')
            .filter_map(|line| std::str::from_utf8(line.trim_ascii()).ok()?.parse::<IpAddr>().ok());
        assert!(addresses.count() as u64 <= report.skipped.count(Reason::Address), "{file}");
    }
}
