//! The example configurations are configurations: each is accepted, and means what it is an example of.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::path::PathBuf;

use support::process::{program, run};

/// The example files, with their names and texts.
fn examples() -> Vec<(PathBuf, String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("deploy/examples");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let example = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        (path, name, text)
    };
    paths.filter(|path| path.extension().is_some_and(|found| found == "toml")).map(example).collect()
}

/// What the program takes an example for.
fn effective(path: &PathBuf) -> toml::Table {
    let dir = tempfile::tempdir().unwrap();
    let ended = run(program(dir.path()).arg("config").arg("--config").arg(path));
    assert!(ended.status.success(), "{}: {}", path.display(), ended.err);
    ended.out.parse().unwrap()
}

#[test]
fn every_example_is_accepted_and_there_is_one_for_each_profile() {
    let mut names: Vec<String> = Vec::new();
    for (path, name, text) in examples() {
        let config = effective(&path);
        // A home has those that are recommended, without naming one.
        let lists = config.get("list").map_or(&[][..], |lists| lists.as_array().unwrap());
        for list in lists.iter().filter_map(|list| list.get("path")) {
            let file = list.as_str().unwrap();
            assert!(file.starts_with("/etc/sekisho/lists/"), "{name}: {file}");
        }
        let is_fetched = lists.iter().any(|list| list.get("url").is_some());
        assert_eq!(is_fetched, name != "home", "{name}");
        assert_eq!(config["state"]["dir"].as_str(), Some("/var/lib/sekisho"), "{name}");
        assert!(text.lines().any(|line| *line == format!("profile = \"{name}\"")), "{name}");
        names.push(name);
    }
    names.sort();
    assert_eq!(names, ["home", "isp", "school"]);
}

/// A list that moves is to be found anew in one place.
#[test]
fn what_examples_and_documents_fetch_stands_in_the_catalogue() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| fs::read_to_string(root.join(name)).unwrap();
    let catalogue = read("lists/sources.toml");
    let mut texts: Vec<(String, String)> =
        examples().into_iter().map(|(_, name, text)| (name, text)).collect();
    for name in ["README.md", "docs/configuration.md", "docs/lists.md", "deploy/debian/sekisho.toml"] {
        texts.push((name.into(), read(name)));
    }
    let mut found = 0;
    for (name, text) in texts {
        let of_lists = text.lines().filter(|line| {
            let key = line.trim_start_matches(['#', ' ']);
            key.starts_with("url = ") || key.starts_with("mirrors = ")
        });
        for url in of_lists.flat_map(|line| line.split('"')).filter(|text| text.starts_with("https://")) {
            assert!(catalogue.contains(&format!("\"{url}\"")), "{name}: {url}");
            found += 1;
        }
    }
    assert!(found > 8, "{found}");
}

#[test]
fn no_example_answers_the_whole_internet() {
    for (path, name, _) in examples() {
        let config = effective(&path);
        let allow: Vec<_> = config["listen"]["allow"].as_array().unwrap().iter().collect();
        assert!(allow.iter().all(|word| word.as_str() != Some("any")), "{name}: {allow:?}");
        let page = config["page"]["listen"].as_array().unwrap();
        assert!(page.iter().all(|address| address.as_str().unwrap().ends_with(":80")), "{name}: {page:?}");
    }
}

#[test]
fn settings_that_an_example_leaves_behind_a_sign_are_right_as_well() {
    let dir = tempfile::tempdir().unwrap();
    for (_, name, text) in examples() {
        let taken = |line: &str| match line.strip_prefix('#') {
            Some(rest) if !rest.is_empty() && !rest.starts_with(' ') => rest.to_owned(),
            _ => line.to_owned(),
        };
        let path = dir.path().join(format!("{name}.toml"));
        fs::write(&path, text.lines().map(taken).collect::<Vec<_>>().join("\n")).unwrap();
        effective(&path);
    }
}
