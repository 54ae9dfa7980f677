//! The overlay against a naive set that only knows how to compare suffixes.

use proptest::prelude::*;

use super::*;

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn entry(list: ListId, scope: Scope, action: Action) -> Entry {
    Entry::new(list, scope, action)
}

fn trie(rules: &[(&str, Entry)]) -> Overlay {
    let mut builder = OverlayBuilder::default();
    for (text, entry) in rules {
        builder.insert(&name(text), *entry).unwrap();
    }
    builder.finish()
}

const BLOCK: Entry = Entry::new(0, Scope::Subtree, Action::Block);

#[test]
fn a_walk_tells_every_rule_on_the_way_from_the_root_inwards() {
    let trie = trie(&[("example", BLOCK), ("a.b.example", BLOCK), ("c.example", BLOCK)]);
    let steps = |text: &str| trie.walk(&name(text)).map(|step| step.labels).collect::<Vec<_>>();
    assert_eq!(steps("x.a.b.example"), [1, 3]);
    assert_eq!(steps("b.example"), [1]);
    assert_eq!(steps("xc.example"), [1]);
    assert_eq!(steps("other"), [0; 0]);
    assert_eq!(steps("."), [0; 0]);
    assert_eq!(trie.len(), 3);
}

#[test]
fn a_rule_for_the_root_is_found_from_everywhere() {
    let trie = trie(&[(".", BLOCK)]);
    assert_eq!(trie.walk(&name("a.example")).map(|step| step.labels).collect::<Vec<_>>(), [0]);
    assert_eq!(trie.walk(&Name::root()).count(), 1);
}

#[test]
fn entries_of_several_lists_share_one_set() {
    let both = [entry(0, Scope::Exact, Action::Block), entry(1, Scope::Subtree, Action::Block)];
    let trie = trie(&[
        ("a.example", both[1]),
        ("a.example", both[0]),
        ("b.example", both[0]),
        ("b.example", both[1]),
    ]);
    for text in ["a.example", "b.example"] {
        assert_eq!(trie.walk(&name(text)).next().unwrap().entries, both);
    }
}

#[test]
fn allow_rules_below_are_known() {
    let allow = entry(0, Scope::Exact, Action::Allow);
    let trie =
        trie(&[("example", BLOCK), ("ok.a.example", allow), ("b.example", BLOCK), ("c.example", allow)]);
    for (text, below) in [
        ("example", true),
        ("a.example", true),
        ("ok.a.example", false),
        ("b.example", false),
        ("c.example", false),
    ] {
        assert_eq!(trie.allows_below(&name(text)), below, "{text}");
    }
    assert!(trie.allows_below(&Name::root()));
    assert!(!trie.allows_below(&name("x.ok.a.example")));
}

#[test]
fn the_longest_names_are_found() {
    let most_labels = vec!["x"; 127].join(".");
    let longest = ["a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(61)].join(".");
    let trie = trie(&[(&most_labels, BLOCK), (&longest, BLOCK)]);
    assert_eq!(trie.walk(&name(&most_labels)).map(|step| step.labels).collect::<Vec<_>>(), [127]);
    assert_eq!(trie.walk(&name(&longest)).count(), 1);
}

/// Names over few short labels, so that they meet often.
fn any_name() -> impl Strategy<Value = String> {
    proptest::collection::vec("[ab]{1,2}", 0..5).prop_map(|labels| match labels.join(".") {
        text if text.is_empty() => ".".into(),
        text => text,
    })
}

fn any_entry() -> impl Strategy<Value = Entry> {
    (0_u16..3, 0_usize..3, any::<bool>()).prop_map(|(list, scope, allow)| {
        let scope = [Scope::Exact, Scope::Subtree, Scope::Below][scope];
        entry(list, scope, if allow { Action::Allow } else { Action::Block })
    })
}

proptest! {
    #[test]
    fn a_walk_finds_what_comparing_suffixes_finds(
        rules in proptest::collection::vec((any_name(), any_entry()), 0..120),
        asked in any_name(),
    ) {
        let mut builder = OverlayBuilder::default();
        for (text, entry) in &rules {
            builder.insert(&name(text), *entry).unwrap();
        }
        let trie = builder.finish();
        let asked = name(&asked);
        let found: Vec<(usize, Entry)> =
            trie.walk(&asked).flat_map(|step| step.entries.iter().map(move |entry| (step.labels, *entry))).collect();
        let mut expected: Vec<(usize, Entry)> = rules
            .iter()
            .filter(|(text, _)| asked.is_at_or_below(&name(text)))
            .map(|(text, entry)| (name(text).label_count(), *entry))
            .collect();
        expected.sort_unstable();
        expected.dedup();
        prop_assert_eq!(found, expected);

        let allowed_below = rules.iter().any(|(text, entry)| {
            let rule = name(text);
            entry.action == Action::Allow && rule != asked && rule.is_at_or_below(&asked)
        });
        prop_assert_eq!(trie.allows_below(&asked), allowed_below);
    }
}
