//! The lists that come with the program: that they are well formed, and that they keep their own promises.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests, which clippy cannot see

use std::{collections::HashSet, fs};

use sekisho::{
    lists::parse::{Format, Match, parse},
    name::Name,
};
use toml::{Table, Value};

/// A file of `lists/`.
fn file(name: &str) -> String {
    fs::read_to_string(format!("{}/lists/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The tables of an array of tables.
fn tables(table: &Table, key: &str) -> Vec<Table> {
    table[key].as_array().unwrap().iter().map(|value| value.as_table().unwrap().clone()).collect()
}

/// The text of a key.
fn text<'a>(table: &'a Table, key: &str) -> &'a str {
    table[key].as_str().unwrap_or_else(|| panic!("{key} of {table:?} is no text"))
}

#[test]
fn the_starter_list_has_reserved_names_only() {
    let reserved: Vec<Name> =
        ["example", "example.com", "example.net", "example.org"].map(|name| name.parse().unwrap()).to_vec();
    let report = parse(file("starter.txt").as_bytes(), None, Match::Auto, &mut |line, rule| {
        assert!(
            rule.name().is_some_and(|(name, _)| reserved
                .iter()
                .any(|zone| name != zone && name.is_at_or_below(zone))),
            "line {line}"
        );
    })
    .unwrap();
    assert_eq!((report.format, report.skipped.total()), (Format::Domains, 0));
    assert!((10..=20).contains(&report.applied));
}

#[test]
fn the_floor_names_no_name_twice_and_no_shared_zone() {
    let floor: Table = file("never-block.toml").parse().unwrap();
    let shared =
        ["amazonaws.com", "akamai.net", "akamaiedge.net", "cloudfront.net", "azureedge.net", "microsoft.com"];
    let mut seen = HashSet::new();
    for group in tables(&floor, "group") {
        assert!(!text(&group, "why").is_empty());
        for entry in tables(&group, "entries") {
            let name: Name = text(&entry, "name").parse().unwrap();
            assert_eq!(name.to_string(), text(&entry, "name"));
            assert!(name.label_count() >= 2 && seen.insert(name.clone()), "{name}");
            assert!(["exact", "subtree"].contains(&text(&entry, "scope")), "{name}");
            assert!(!text(&entry, "why").is_empty(), "{name}");
            assert!(!shared.iter().any(|zone| name == zone.parse().unwrap()), "{name}");
        }
    }
    assert!(seen.len() > 50);
}

#[test]
fn each_source_says_what_it_is_and_where() {
    let sources: Table = file("sources.toml").parse().unwrap();
    let formats = ["hosts", "domains", "adblock", "dnsmasq", "unbound", "rpz", "urls", "maltrail", "json"];
    let mut names = HashSet::new();
    for source in tables(&sources, "source") {
        let name = text(&source, "name");
        assert!(names.insert(name.to_owned()), "{name}");
        for key in ["title", "covers", "licence", "category"] {
            assert!(!text(&source, key).is_empty(), "{name}: {key}");
        }
        let mirrors = source["mirrors"].as_array().unwrap().iter().map(|mirror| mirror.as_str().unwrap());
        for url in mirrors.chain([text(&source, "url"), text(&source, "homepage")]) {
            assert!(url.starts_with("https://") && !url.contains(' '), "{name}: {url}");
        }
        assert!(formats.contains(&text(&source, "format")), "{name}");
        assert!(text(&source, "match").parse::<Match>().is_ok(), "{name}");
        assert!(source["recommended"].is_bool(), "{name}");
    }
    let recommended = |source: &Table| source["recommended"] == Value::Boolean(true);
    assert!(tables(&sources, "source").iter().any(recommended));
}

#[test]
fn shared_hosts_and_popular_names_are_written_once_and_as_names_are() {
    let shared: Table = file("shared-hosts.toml").parse().unwrap();
    let mut seen = HashSet::new();
    for group in tables(&shared, "group") {
        assert!(["tenants", "paths"].contains(&text(&group, "kind")) && !text(&group, "why").is_empty());
        for entry in tables(&group, "entries") {
            let written = text(&entry, "name");
            let name: Name = written.strip_prefix("*.").unwrap_or(written).parse().unwrap();
            assert_eq!(name.to_string(), written.trim_start_matches("*."));
            assert!(name.label_count() >= 2 && seen.insert(name), "{written}");
            assert!(!text(&entry, "why").is_empty(), "{written}");
        }
    }
    assert!(seen.len() > 200);
    let popular = file("popular.txt");
    let mut seen = HashSet::new();
    for line in popular.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let name: Name = line.parse().unwrap();
        assert_eq!(name.to_string(), line);
        assert!(name.label_count() >= 2 && seen.insert(name), "{line}");
    }
}
