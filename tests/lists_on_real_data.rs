//! The list parsers on the lists that people subscribe to, in the state their publishers left them.
//!
//! The data is not part of the project: `SEKISHO_TEST_DATA` names its folder. What is expected is worked out here a
//! second time, slowly and by other means, so that a mistake would have to be made twice.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests, which clippy cannot see

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    env, fs,
    net::IpAddr,
    path::{Path, PathBuf},
    process::Command,
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

/// The format that a file has, told by its name; `None` for zones, and for what is no list.
fn format_of(file: &str) -> Option<Format> {
    let ending = file.rsplit('.').next().unwrap_or_default();
    Some(match ending {
        "rpz" | "tsv" => return None,
        "json" => Format::Json,
        _ if file.contains("dnsmasq") => Format::Dnsmasq,
        _ if file.starts_with("maltrail_") => Format::Maltrail,
        _ if file.contains("adblock") || file.contains("adguard") => Format::Adblock,
        _ if file.contains("hosts") || file.contains("durablenapkin_raw") => Format::Hosts,
        _ => Format::Domains,
    })
}

// What is expected.

/// The rules of a whole text.
fn expected(text: &[u8], format: Format) -> Rules {
    if format == Format::Json {
        return expected_of_json(text);
    }
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

/// The rules of a text in JSON, by the number of the entry. Members are in the order of their names, as they are in
/// the one list at hand.
fn expected_of_json(text: &[u8]) -> Rules {
    let members: BTreeMap<String, Vec<String>> = serde_json::from_slice(text).unwrap();
    let entries = members.iter().flat_map(|(member, names)| names.iter().map(move |name| (member, name)));
    let rules = entries.zip(1..).filter_map(|((member, name), number)| {
        let action = match member.as_str() {
            "deny" => Action::Block,
            "allow" => Action::Allow,
            _ => return None,
        };
        let (scope, name) =
            name.strip_prefix("*.").map_or((Scope::Subtree, name.as_str()), |name| (Scope::Below, name));
        Some((number, vec![(action, scope, expected_name(name)?)]))
    });
    rules.collect()
}

/// The rules of one line.
fn expected_of_line(line: &str, format: Format) -> Vec<(Action, Scope, String)> {
    let block = |name: &str| expected_name(name).map(|name| (Action::Block, Scope::Subtree, name));
    match format {
        Format::Dnsmasq => {
            let value = line.strip_prefix("local=/").or(line.strip_prefix("server=/"));
            return value.and_then(|value| block(value.strip_suffix('/')?)).into_iter().collect();
        }
        Format::Maltrail => {
            let name = line.split('#').next().unwrap_or_default();
            return block(name.trim()).into_iter().collect();
        }
        Format::Json => {
            let array = format!("{{\"deny\": [{}]}}", line.trim_end_matches(','));
            return expected_of_json(array.as_bytes()).into_values().flatten().collect();
        }
        _ => {}
    }
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
        Format::Dnsmasq | Format::Maltrail => line.starts_with('#'),
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
    assert_eq!(report.entries, report.applied + report.skipped.total(), "{file}");
    assert_eq!(report.applied, report.block + report.allow, "{file}");
    // No list at hand names two hosts on one line.
    assert_eq!(report.entries, report.entry_lines, "{file}");
    if report.format == Format::Json {
        return;
    }
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
}

#[test]
fn a_script_that_shares_no_code_counts_the_same() {
    let Some(data) = data() else { return };
    if !has_python() {
        return;
    }
    let lists = data.join("lists");
    let read: Vec<_> = files(&lists)
        .into_iter()
        .filter_map(|(file, text)| Some((format_of(&file)?, lists.join(file), rules(&text, None).1.unwrap())))
        .collect();
    let mut command = Command::new("python3");
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lists/count.py"));
    for (format, path, _) in &read {
        command.arg(format.to_string()).arg(path);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let counted = String::from_utf8(output.stdout).unwrap();
    let line = |report: &Report, path: &Path| {
        format!("{}\t{}\t{}\t{}", report.block, report.allow, report.skipped.total(), path.display())
    };
    let ours: Vec<String> = read.iter().map(|(_, path, report)| line(report, path)).collect();
    assert!(read.len() >= 20, "only {} lists", read.len());
    assert_eq!(ours, counted.lines().collect::<Vec<_>>());
}

/// Whether there is Python here.
fn has_python() -> bool {
    let has = Command::new("python3").arg("--version").output().is_ok_and(|output| output.status.success());
    let required = env::var_os("SEKISHO_REQUIRE_TOOLS").is_some_and(|value| value == "1");
    assert!(has || !required, "python3 is not there");
    if !has {
        println!("SKIPPED: python3 is not there");
    }
    has
}

#[test]
fn formats_of_one_list_say_the_same_of_the_names_that_they_share() {
    let Some(data) = data() else { return };
    let lists = files(&data.join("lists"));
    for (publisher, whole) in [("blocklistproject_", true), ("hagezi_fake", true), ("jarelllama", false)] {
        let same: Vec<_> = lists
            .iter()
            .filter(|(file, _)| file.starts_with(publisher) && format_of(file).is_some())
            .map(|(file, text)| (file, written(text), blocked(text)))
            .collect();
        assert!(same.len() >= 2, "{publisher}: only {} formats", same.len());
        for (one, other) in same.iter().zip(&same[1..]) {
            let both: BTreeSet<_> = one.1.intersection(&other.1).collect();
            let differ: Vec<_> =
                both.iter().filter(|name| one.2.contains(**name) != other.2.contains(**name)).collect();
            println!(
                "{} and {}: {} names in both, {} and {} in one of them",
                one.0,
                other.0,
                both.len(),
                one.2.difference(&other.2).count(),
                other.2.difference(&one.2).count()
            );
            assert!(differ.is_empty(), "{} and {}: {differ:?}", one.0, other.0);
            assert!(!whole || one.2 == other.2, "{} and {}", one.0, other.0);
            // The publishers' copies are of different months where not all names are the same.
            assert!(both.len() > if whole { 5000 } else { 5 }, "{} and {} share few names", one.0, other.0);
        }
    }
}

#[test]
fn a_real_list_says_the_same_in_every_format() {
    let Some(data) = data() else { return };
    let text = fs::read(data.join("lists/hagezi_fake.dnsmasq.txt")).unwrap();
    let names = blocked(&text);
    let lines = |line: fn(&str) -> String| names.iter().map(|name| line(name)).collect::<Vec<_>>().concat();
    for (format, text) in [
        (Format::Hosts, lines(|name| format!("0.0.0.0 {name}\n"))),
        (Format::Domains, lines(|name| format!("{name}.\r\n"))),
        (Format::Adblock, lines(|name| format!("||{name}^$important\n"))),
        (Format::Dnsmasq, lines(|name| format!("address=/{name}/#\n"))),
        (Format::Unbound, lines(|name| format!("local-zone: \"{name}.\" always_nxdomain\n"))),
        (Format::Unbound, lines(|name| format!("local-data: '{name} A 0.0.0.0'\n"))),
        (Format::Urls, lines(|name| format!("https://user@{name}:8443/\n"))),
        (Format::Maltrail, format!("# Copyright Maltrail\n{}", lines(|name| format!("{name} # why\n")))),
        (Format::Json, serde_json::to_string(&names).unwrap()),
    ] {
        let report = rules(text.as_bytes(), None).1.unwrap();
        assert_eq!((report.format, report.block), (format, names.len() as u64));
        assert_eq!(blocked(text.as_bytes()), names, "{format}");
    }
}

/// Whatever looks like a name outside comments.
fn written(text: &[u8]) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(text).to_lowercase();
    let entries = text.lines().filter(|line| !line.starts_with(['#', '!', '[', ';']));
    let part = |c: char| !(c.is_alphanumeric() || "-_.".contains(c));
    entries.flat_map(|line| line.split(part)).filter_map(expected_name).collect()
}

/// The names that a list blocks, whatever the scope.
fn blocked(text: &[u8]) -> BTreeSet<String> {
    let rules = rules(text, None).0.into_values().flatten();
    rules.filter(|(action, ..)| *action == Action::Block).map(|(_, _, name)| name).collect()
}

#[test]
fn zones_are_told_from_other_lists() {
    let Some(data) = data() else { return };
    for (file, text) in files(&data.join("lists")) {
        let ending = file.rsplit('.').next();
        if ending == Some("tsv") {
            continue;
        }
        let format = match rules(&text, None).1 {
            Ok(report) => report.format,
            Err(error) => panic!("{file}: {error}"),
        };
        assert_eq!(format == Format::Rpz, ending == Some("rpz"), "{file}");
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
        | "trail types"
        | "regex trail"
        | "host:port" => Fate::Nothing,
        "U-label / math-alphanumerics"
        | "missing separator"
        | "upper case"
        | "CJK U-labels"
        | "underscore labels"
        | "underscore label"
        | "JSON deny/allow"
        | "trailing dot" => Fate::Applied,
        "FALSE POSITIVE"
        | "FALSE POSITIVE / junk"
        | "wildcards, query strings, homoglyphs"
        | "trailing spaces, tab, caret, @, ?, %" => Fate::Either,
        _ => return None,
    })
}

#[test]
fn each_odd_line_is_applied_as_what_it_is_or_not_at_all() {
    let Some(data) = data() else { return };
    let lists = data.join("lists");
    let parsed: HashMap<String, (Vec<u8>, Rules)> = files(&lists)
        .into_iter()
        .filter(|(file, _)| format_of(file).is_some())
        .map(|(file, text)| {
            let rules = rules(&text, None).0;
            (file, (text, rules))
        })
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
        let alone = match format {
            Format::Json => format!("[{}]", line.trim().trim_end_matches(',')),
            _ => line.clone(),
        };
        let found: Vec<_> = rules(alone.as_bytes(), Some(format)).0.into_values().flatten().collect();
        match fate {
            Fate::Nothing => assert!(found.is_empty(), "{row}: {found:?}"),
            Fate::Applied => assert_eq!(found.len(), 1, "{row}"),
            Fate::Either => {}
        }
        if fate != Fate::Nothing {
            assert_eq!(found, expected_of_line(line.trim(), format), "{row}");
        }
        if let Some((text, list)) = parsed.get(file) {
            let number = number.parse().unwrap();
            if format == Format::Json {
                let in_place = list.get(&entry_at(text, number)).cloned().unwrap_or_default();
                // Alone it is an array, and blocked; in its place it may be let pass.
                let names = |rules: Vec<_>| {
                    rules.into_iter().map(|(_, s, n): (Action, _, _)| (s, n)).collect::<Vec<_>>()
                };
                assert_eq!(names(in_place), names(found), "{row}");
            } else {
                let in_place = list.get(&number).cloned().unwrap_or_default();
                assert_eq!(in_place, found, "{row}");
            }
        }
        seen += 1;
    }
    assert!(seen > 100, "only {seen} odd lines");
}

/// Which entry of a JSON list stands on a line, where each has a line of its own.
fn entry_at(text: &[u8], line: u64) -> u64 {
    let text = String::from_utf8_lossy(text);
    let lines = text.lines().take(line as usize).map(str::trim);
    lines.filter(|line| line.starts_with('"') && !line.ends_with('[')).count() as u64
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
