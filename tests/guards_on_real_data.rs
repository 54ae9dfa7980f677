//! The guards on the lists that people subscribe to: what has wrongly stood in them is held back, and names that must
//! not vanish are not blocked by all of them together.
//!
//! The data is not part of the project: `SEKISHO_TEST_DATA` names its folder.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests, which clippy cannot see

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use sekisho::{
    lists::{
        Base, Source,
        compile::{Compiler, floor},
        guard::Guarding,
        parse::{Effect, Rule, parse},
        quarantine::{ALL_LISTS, Gate, Quarantine, Released},
        read_guard,
    },
    name::Name,
    policy::{Policy, Verdict},
    trie::Scope,
};

/// The folder of real data, if there is one here.
fn data() -> Option<PathBuf> {
    let folder = env::var_os("SEKISHO_TEST_DATA").map(PathBuf::from);
    if folder.is_none() {
        println!("SKIPPED: SEKISHO_TEST_DATA is not set");
    }
    folder
}

/// All that lists are measured against, with the most visited sites.
fn base(data: &Path) -> Base {
    let guard = read_guard(Some(&data.join("legit/top-10k.txt"))).unwrap();
    Base { guard: Arc::new(guard), floor: Arc::new(floor().unwrap()), ..Base::default() }
}

fn strangers(name: &str) -> Source {
    Source { guard: Guarding::Quarantine, ..Source::of_path(name, name) }
}

/// A column of a table, without its head and comments.
fn column(path: &Path, column: usize) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let rows = text.lines().filter(|line| !line.starts_with('#')).skip(1);
    rows.map(|row| row.split('\t').nth(column).unwrap().to_owned()).collect()
}

/// Compiles texts as lists of strangers.
fn compile(base: &Base, texts: &[(String, Vec<u8>)]) -> (Policy, Vec<(String, Quarantine)>) {
    let mut compiler = Compiler::default();
    let mut held = Vec::new();
    for (name, text) in texts {
        let source = strangers(name);
        compiler.begin_list(source.info());
        let mut gate = Gate::new(&source, base, usize::MAX);
        let report = parse(text, None, source.matching, &mut |line, rule| {
            if gate.admits(line, &rule) {
                compiler.add(rule).unwrap();
            }
        });
        match report {
            Ok(_) => held.push((name.clone(), gate.into_quarantine())),
            Err(error) => println!("{name} is left out: {error}"),
        }
    }
    (compiler.finish(base).unwrap(), held)
}

#[test]
fn what_has_wrongly_stood_in_lists_is_held_back() {
    let Some(data) = data() else { return };
    let base = base(&data);
    let source = strangers("feed");
    let mut wrong = column(&data.join("legit/fp_public_suffix_listed.tsv"), 1);
    wrong.extend(column(&data.join("legit/fp_top10k_listed.tsv"), 0));
    assert!(wrong.len() > 300);
    for scope in [Scope::Exact, Scope::Subtree] {
        let mut gate = Gate::new(&source, &base, usize::MAX);
        let passes = |text: &&String| {
            let name: Name = text.parse().unwrap();
            gate.admits(1, &Rule::of_name(&name, scope, Effect::Block))
        };
        let applied: Vec<&String> = wrong.iter().filter(passes).collect();
        assert!(applied.is_empty(), "{scope:?}: {applied:?}");
    }
}

#[test]
fn names_that_must_not_vanish_are_not_blocked_by_all_lists_together() {
    let Some(data) = data() else { return };
    let base = base(&data);
    let mut texts: Vec<(String, Vec<u8>)> = fs::read_dir(data.join("lists"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .filter(|(name, _)| name != "odd_lines.tsv")
        .collect();
    texts.sort();
    let (policy, held) = compile(&base, &texts);
    for (name, quarantine) in &held {
        println!("{name}: {} held back", quarantine.held);
        for item in &quarantine.items {
            println!("    {} line {}: {}", item.subject, item.line, item.objection);
        }
    }
    assert!(policy.rules() > 200_000, "only {} rules", policy.rules());
    let text = fs::read_to_string(data.join("legit/must_not_block_jp.txt")).unwrap();
    let names = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let (mut asked, mut blocked) = (0, Vec::new());
    for text in names {
        let Ok(name) = text.trim_start_matches("*.").parse::<Name>() else { continue };
        asked += 1;
        if let Verdict::Block(cause) = policy.decide(&name, 1) {
            blocked.push(format!("{text}: {cause}"));
        }
    }
    assert!(asked > 5000, "only {asked} names");
    assert!(blocked.is_empty(), "{} of {asked} are blocked:\n{}", blocked.len(), blocked.join("\n"));
}

#[test]
fn a_released_name_is_blocked() {
    let Some(data) = data() else { return };
    let mut base = base(&data);
    let texts = [("feed".to_owned(), b"bit.ly\nevil.example\n".to_vec())];
    let name: Name = "bit.ly".parse().unwrap();
    let blocks = |base: &Base| {
        let (policy, held) = compile(base, &texts);
        (matches!(policy.decide(&name, 1), Verdict::Block(_)), held[0].1.held, held[0].1.released)
    };
    assert_eq!(blocks(&base), (false, 1, 0));
    let mut released = Released::default();
    released.add("bit.ly", ALL_LISTS);
    base.released = Arc::new(released);
    assert_eq!(blocks(&base), (true, 0, 1));
}
