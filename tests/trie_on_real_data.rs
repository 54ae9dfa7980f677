//! The compact trie on names that real lists have, and on names that people really visit.
//!
//! The data is not part of the project: `SEKISHO_TEST_DATA` names its folder. A sample of it is enough here;
//! `benches/trie.rs` takes all.
#![allow(clippy::unwrap_used)] // helpers of tests are tests, which clippy cannot see

use std::{collections::BTreeSet, env, path::PathBuf, process::Command};

use sekisho::{
    name::Name,
    trie::{Action, Builder, Entry, Scope, Trie},
};

/// Every how-many-th name is taken.
const SAMPLE: usize = 25;

/// Some names of a packed file, if it and the program `xz` are here.
fn names(file: &str) -> Option<Vec<Name>> {
    let Some(folder) = env::var_os("SEKISHO_TEST_DATA").map(PathBuf::from) else {
        println!("SKIPPED: SEKISHO_TEST_DATA is not set");
        return None;
    };
    let unpacked = match Command::new("xz").arg("-dkc").arg(folder.join(file)).output() {
        Ok(output) if output.status.success() => output.stdout,
        other => {
            println!("SKIPPED: {file} cannot be unpacked: {other:?}");
            return None;
        }
    };
    let text = String::from_utf8(unpacked).unwrap();
    Some(text.lines().step_by(SAMPLE).map(|line| line.parse().unwrap()).collect())
}

fn blocked() -> Option<Vec<Name>> {
    names("bench/blocked-1116480.txt.xz")
}

/// A trie of these names and what is below them, and the same as a set.
fn trie(names: &[Name]) -> (Trie, BTreeSet<&[u8]>) {
    let mut builder = Builder::default();
    for (name, number) in names.iter().zip(0_u16..) {
        builder.insert(name, Entry::new(number % 7, Scope::Subtree, Action::Block)).unwrap();
    }
    (builder.finish().unwrap(), names.iter().map(Name::wire).collect())
}

fn is_in(set: &BTreeSet<&[u8]>, name: &Name) -> bool {
    (0..=name.label_count()).any(|count| set.contains(name.suffix_wire(count)))
}

#[test]
fn every_listed_name_is_found_and_comes_back_from_its_bytes() {
    let Some(names) = blocked() else { return };
    let (trie, set) = trie(&names);
    let again = Trie::from_bytes(trie.as_bytes().to_vec()).unwrap();
    for name in &names {
        let found = again.walk(name).last().unwrap();
        assert!(set.contains(name.suffix_wire(found.labels)), "{name}");
    }
    let all: Vec<Name> = again.iter(None).map(|(name, _)| name).collect();
    assert_eq!(all.len(), again.len());
    assert_eq!(all.iter().map(Name::wire).collect::<BTreeSet<_>>().len(), again.len());
    assert!(all.iter().all(|name| set.contains(name.wire())));
}

#[test]
fn an_ordinary_name_is_listed_only_if_it_really_is() {
    let Some((names, ordinary)) = blocked().zip(names("legit/tranco-1m-20250115.txt.xz")) else { return };
    let (trie, set) = trie(&names);
    let mut listed = 0;
    for name in &ordinary {
        let below = Name::from_wire(&[&b"\x03www"[..], name.wire()].concat()).unwrap().0;
        for asked in [name, &below] {
            let found = trie.walk(asked).next().is_some();
            assert_eq!(found, is_in(&set, asked), "{asked}");
            listed += usize::from(found);
        }
    }
    assert!(listed < ordinary.len() / 50, "{listed}");
}

#[test]
fn a_name_takes_few_octets() {
    let Some(names) = blocked() else { return };
    let (trie, _) = trie(&names);
    // A small set has the tables of a large one.
    let tables = 300_000;
    let octets = trie.octets().saturating_sub(tables) / trie.len();
    assert!(octets < 11, "{octets} octets a name: {:?}", trie.parts());
}
