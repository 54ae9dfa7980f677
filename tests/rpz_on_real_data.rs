//! Response policy zones as their publishers wrote them, against a second reading by `tests/lists/count_rpz.py`.
//!
//! The data is not part of the project: `SEKISHO_TEST_DATA` names its folder.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests, which clippy cannot see

use std::{env, fs, path::PathBuf, process::Command, time::Instant};

use sekisho::{
    lists::parse::{Effect, Format, Match, Report, Trigger, parse},
    trie::{Negative, Scope},
};

/// The zones, how many rules each has, and how many records are none: one owner ends with a dot, which
/// puts it outside of its zone.
const ZONES: [(&str, u64, u64); 2] =
    [("hagezi_fake.rpz", 34_626, 0), ("malwarefilter_phishing-filter.rpz", 36_904, 1)];

/// The folder of real data, if there is one here.
fn data() -> Option<PathBuf> {
    let folder = env::var_os("SEKISHO_TEST_DATA").map(PathBuf::from);
    if folder.is_none() {
        println!("SKIPPED: SEKISHO_TEST_DATA is not set");
    }
    folder
}

/// Reads a zone. Each rule is a line `LINE SCOPE NAME EFFECT`.
fn rules(text: &[u8], format: Option<Format>) -> (Vec<String>, Report) {
    let mut rules = Vec::new();
    let report = parse(text, format, Match::Auto, &mut |line, rule| {
        let Trigger::Name(name, scope) = rule.trigger else { panic!("line {line}: {rule:?}") };
        let scope = match scope {
            Scope::Exact => "exact",
            Scope::Below => "below",
            Scope::Subtree => panic!("line {line}: a policy zone has no subtrees"),
        };
        let effect = match rule.effect {
            Effect::Negative(Negative::Nxdomain) => "nxdomain",
            Effect::Negative(Negative::Nodata) => "nodata",
            Effect::Pass => "pass",
            Effect::Drop => "drop",
            Effect::TcpOnly => "tcp-only",
            other => panic!("line {line}: {other:?}"),
        };
        rules.push(format!("{line} {scope} {name} {effect}"));
    });
    (rules, report.unwrap())
}

/// What the second reading says; nothing, loudly, where there is no Python.
fn second_reading(zone: &PathBuf) -> Option<String> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lists/count_rpz.py");
    let Ok(said) = Command::new("python3").arg(script).arg(zone).output() else {
        let required = env::var_os("SEKISHO_REQUIRE_TOOLS").is_some_and(|value| value == "1");
        assert!(!required, "python3 is not installed");
        println!("SKIPPED: python3 is not installed: {} is read once only", zone.display());
        return None;
    };
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    Some(String::from_utf8(said.stdout).unwrap())
}

#[test]
fn each_real_zone_yields_what_a_second_reading_finds() {
    let Some(data) = data() else { return };
    for (file, applied, skipped) in ZONES {
        let path = data.join("lists").join(file);
        let text = fs::read(&path).unwrap();
        let begun = Instant::now();
        let (found, report) = rules(&text, Some(Format::Rpz));
        println!("{file}: {} rules of {} lines, {:?}", report.applied, report.lines, begun.elapsed());
        assert_eq!((report.applied, report.skipped.total()), (applied, skipped), "{file}: {report:?}");
        let Some(second) = second_reading(&path) else { continue };
        let (second, total) = second.trim_end().rsplit_once('\n').unwrap();
        let total: Vec<u64> = total.split(' ').skip(1).map(|number| number.parse().unwrap()).collect();
        assert_eq!([report.lines, report.blank, report.comments], total[..], "{file}");
        let not_applied = report.skipped.iter().flat_map(|(_, tally)| &tally.samples);
        let not_applied: Vec<String> = not_applied.map(|sample| format!("{} skipped", sample.line)).collect();
        let (none, theirs): (Vec<&str>, Vec<&str>) =
            second.lines().partition(|line| line.ends_with(" skipped"));
        assert_eq!(none, not_applied, "{file}");
        for (ours, theirs) in found.iter().zip(&theirs) {
            assert_eq!(ours, theirs, "{file}");
        }
        assert_eq!(found.len(), theirs.len(), "{file}");
    }
}

#[test]
fn odd_lines_of_real_zones_are_applied_as_what_they_are() {
    let Some(data) = data() else { return };
    let rows = fs::read_to_string(data.join("lists/odd_lines.tsv")).unwrap();
    let mut seen = 0;
    for row in rows.lines().filter(|row| row.contains(".rpz\t")) {
        let [_, _, raw, class, _] = row.split('\t').collect::<Vec<_>>()[..] else {
            panic!("not five columns: {row}");
        };
        let line: String = serde_json::from_str(raw).unwrap();
        // What comes before them in their zone.
        let text = format!("@ SOA a. b. 1 2 3 4 5\n@ NS a.\n{line}\nlast.example CNAME .\n");
        let (found, report) = rules(text.as_bytes(), Some(Format::Rpz));
        let owner = line.split(' ').next().unwrap();
        let name = owner.trim_start_matches("*.");
        let scope = if owner == name { "exact" } else { "below" };
        let expected = match class {
            "RPZ zone head" => None,
            // A public suffix is for the guards to hold back; a top-level domain is no rule at all.
            "TLD wildcard" if !name.contains('.') => None,
            "RPZ odd owner names" | "RPZ pair" | "TLD wildcard" => Some(format!("3 {scope} {name} nxdomain")),
            _ => panic!("what becomes of the class {class:?}?"),
        };
        let last = "4 exact last.example nxdomain".to_owned();
        assert_eq!(found, expected.into_iter().chain([last]).collect::<Vec<_>>(), "{row}");
        assert_eq!(
            report.skipped.total(),
            u64::from(class == "TLD wildcard" && !name.contains('.')),
            "{row}"
        );
        seen += 1;
    }
    assert!(seen >= 10, "only {seen} odd lines");
}
