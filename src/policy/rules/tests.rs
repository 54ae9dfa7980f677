//! The order of precedence, told by examples.

use super::*;
use crate::{
    policy::{Patterns, Record, Response, Types},
    trie::{Builder, Negative, OverlayBuilder, Trie},
};

/// Rules such as `block a`, `allow *.a`, `pass =a` (that name alone), each with a list's number.
fn read<'r>(rules: &'r [(ListId, &str)]) -> impl Iterator<Item = (Name, Entry)> + use<'r> {
    rules.iter().map(|(list, rule)| {
        let (word, pattern) = rule.split_once(' ').unwrap();
        let (scope, text) = match pattern.as_bytes()[0] {
            b'=' => (Scope::Exact, &pattern[1..]),
            b'*' => (Scope::Below, &pattern[2..]),
            _ => (Scope::Subtree, pattern),
        };
        (text.parse().unwrap(), entry(*list, scope, word))
    })
}

fn trie(rules: &[(ListId, &str)]) -> Trie {
    let mut builder = Builder::default();
    read(rules).for_each(|(name, entry)| builder.insert(&name, entry).unwrap());
    builder.finish().unwrap()
}

fn overlay(rules: &[&str]) -> Overlay {
    let mut builder = OverlayBuilder::default();
    let rules: Vec<_> = rules.iter().map(|rule| (0, *rule)).collect();
    read(&rules).for_each(|(name, entry)| builder.insert(&name, entry).unwrap());
    builder.finish()
}

/// What a word of these tests means.
fn entry(list: ListId, scope: Scope, word: &str) -> Entry {
    let plain = |action| Entry::new(list, scope, action);
    match word {
        "block" => plain(Action::Block),
        "important-block" => Entry { important: true, ..plain(Action::Block) },
        "sparing-block" => Entry { spares: true, ..plain(Action::Block) },
        "block-txt" => Entry { types: 1, ..plain(Action::Block) },
        "nxdomain" => plain(Action::Negative(Negative::Nxdomain)),
        "allow" => plain(Action::Allow),
        "important-allow" => Entry { important: true, ..plain(Action::Allow) },
        "pass" => plain(Action::Pass),
        "spare-1" => plain(Action::Spare(1)),
        "spare-2" => plain(Action::Spare(2)),
        "drop" => plain(Action::Drop),
        "tcp-only" => plain(Action::TcpOnly),
        "data" => plain(Action::Data(0)),
        _ => panic!("{word}"),
    }
}

fn info(name: &str, shape: Shape, allows: bool) -> ListInfo {
    ListInfo { name: name.into(), category: "scam".into(), shape, given: name == "one", allows }
}

/// Lists 0 and 1 block, 1 by its own negative answers, 2 allows, 3 only takes note.
fn policy(own: &[&str], floor: &[&str], lists: &[(ListId, &str)]) -> Policy {
    let types = vec![Types { named: vec![16], except: false }];
    let records = vec![Record { rtype: 1, ttl: None, data: [192, 0, 2, 1].into() }];
    Policy {
        own: OwnRules { names: overlay(own), shape: Shape::Page, ..OwnRules::default() }.into(),
        floor: overlay(floor).into(),
        lists: ListRules { names: trie(lists), types, records, ..ListRules::default() }.into(),
        infos: [
            info("zero", Shape::Page, false),
            info("one", Shape::Null, false),
            info("good", Shape::Page, true),
            info("note", Shape::Log, false),
        ]
        .into(),
    }
}

fn decide(policy: &Policy, name: &str) -> String {
    decide_type(policy, name, 1)
}

fn decide_type(policy: &Policy, name: &str, qtype: u16) -> String {
    let name = name.parse().unwrap();
    match policy.decide(&name, qtype) {
        Verdict::Pass | Verdict::Lifted => "pass".into(),
        Verdict::Allowed(cause) => format!("allowed by {cause}"),
        Verdict::Logged(cause) => format!("logged by {cause}"),
        Verdict::TcpOnly(cause) => format!("over TCP by {cause}"),
        Verdict::Block(cause) => format!("blocked by {cause}"),
    }
}

#[test]
fn scopes_end_where_they_say() {
    let policy = policy(
        &[],
        &[],
        &[(0, "block =exact.example"), (0, "block tree.example"), (0, "block *.wild.example")],
    );
    for (name, expected) in [
        ("exact.example", "blocked by exact.example (list zero)"),
        ("www.exact.example", "pass"),
        ("tree.example", "blocked by tree.example (list zero)"),
        ("a.b.tree.example", "blocked by tree.example (list zero)"),
        ("wild.example", "pass"),
        ("a.wild.example", "blocked by *.wild.example (list zero)"),
        ("example", "pass"),
    ] {
        assert_eq!(decide(&policy, name), expected, "{name}");
    }
}

#[test]
fn own_rules_stand_above_all_and_the_most_specific_decides() {
    let policy = policy(
        &[
            "allow ok.bad.example",
            "block deep.ok.bad.example",
            "block both.example",
            "allow both.example",
            "block time.example",
        ],
        &["allow time.example"],
        &[(0, "block bad.example")],
    );
    assert_eq!(decide(&policy, "www.ok.bad.example"), "allowed by ok.bad.example (own rule)");
    assert_eq!(decide(&policy, "x.deep.ok.bad.example"), "blocked by deep.ok.bad.example (own rule)");
    assert_eq!(decide(&policy, "both.example"), "allowed by both.example (own rule)");
    assert_eq!(decide(&policy, "time.example"), "blocked by time.example (own rule)");
    assert_eq!(decide(&policy, "bad.example"), "blocked by bad.example (list zero)");
}

#[test]
fn own_expressions_come_after_own_names_and_those_that_allow_first() {
    let expressions = |texts: &[&str]| Patterns::new(texts.iter().copied()).unwrap();
    let own = OwnRules {
        names: overlay(&["block bad.shop.example", "allow good.prize.example"]),
        allowed: expressions(&[r"\.shop\."]),
        blocked: expressions(&[r"\.prize\.", "^bad"]),
        shape: Shape::Nxdomain,
    };
    let policy =
        policy(&[], &["allow prize.floor.example"], &[(0, "block listed.example")]).with_own(own.into());
    for (name, expected) in [
        ("www.prize.example", r"blocked by /\.prize\./ (own rule)"),
        ("good.prize.example", "allowed by good.prize.example (own rule)"),
        ("bad.shop.example", "blocked by bad.shop.example (own rule)"),
        ("bad-x.shop.example", r"allowed by /\.shop\./ (own rule)"),
        ("x.shop.listed.example", r"allowed by /\.shop\./ (own rule)"),
        ("listed.example", "blocked by listed.example (list zero)"),
        ("a.prize.floor.example", r"blocked by /\.prize\./ (own rule)"),
        ("prize.floor.example", "allowed by prize.floor.example (never blocked)"),
    ] {
        assert_eq!(decide(&policy, name), expected, "{name}");
    }
    let name = "bad.shop.example".parse().unwrap();
    let Verdict::Block(cause) = policy.decide(&name, 1) else { panic!("it is blocked") };
    assert!(!cause.everything_below(), "an expression may let pass what is below");
    assert_eq!(cause.shape(), Shape::Nxdomain);
}

#[test]
fn no_list_gets_below_the_floor() {
    let policy =
        policy(&[], &["allow police.example"], &[(0, "block example"), (1, "block www.police.example")]);
    assert_eq!(decide(&policy, "www.police.example"), "allowed by police.example (never blocked)");
    assert_eq!(decide(&policy, "other.example"), "blocked by example (list zero)");
}

#[test]
fn allow_lists_beat_block_lists_of_any_length() {
    let policy = policy(&[], &[], &[(2, "allow good.example"), (0, "block www.good.example")]);
    assert_eq!(decide(&policy, "www.good.example"), "allowed by good.example (list good)");
}

#[test]
fn an_exception_lifts_its_own_lists_rules_and_no_others() {
    let policy = policy(
        &[],
        &[],
        &[(0, "allow com"), (0, "block bad.com"), (1, "block worse.com"), (0, "block worse.com")],
    );
    assert_eq!(decide(&policy, "bad.com"), "pass");
    assert_eq!(decide(&policy, "worse.com"), "blocked by worse.com (list one)");
}

#[test]
fn a_list_that_only_takes_note_blocks_nothing_and_hides_nothing() {
    let policy = policy(
        &[],
        &[],
        &[(3, "block www.bad.example"), (1, "block bad.example"), (3, "block noted.example")],
    );
    assert_eq!(decide(&policy, "www.bad.example"), "blocked by bad.example (list one)");
    assert_eq!(decide(&policy, "noted.example"), "logged by noted.example (list note)");
}

#[test]
fn all_lists_that_have_the_rule_are_named() {
    let policy = policy(&[], &[], &[(1, "block bad.example"), (0, "block bad.example")]);
    assert_eq!(decide(&policy, "bad.example"), "blocked by bad.example (list zero, one)");
}

#[test]
fn everything_below_is_blocked_only_if_nothing_below_is_allowed() {
    let policy = policy(
        &["allow ok.mine.example"],
        &[],
        &[
            (0, "block tree.example"),
            (0, "block =exact.example"),
            (0, "block hole.example"),
            (0, "allow ok.hole.example"),
            (0, "block mine.example"),
            (0, "block =x.tree.example"),
            (0, "block =two.example"),
            (0, "block *.two.example"),
            (0, "block =part.example"),
            (0, "block *.part.example"),
            (0, "allow ok.part.example"),
        ],
    );
    for (text, expected) in [
        ("tree.example", true),
        ("a.tree.example", true),
        ("x.tree.example", true),
        ("exact.example", false),
        ("two.example", true),
        ("part.example", false),
        ("hole.example", false),
        ("a.hole.example", true),
        ("mine.example", false),
    ] {
        let name = text.parse().unwrap();
        let Verdict::Block(cause) = policy.decide(&name, 1) else { panic!("{text} is not blocked") };
        assert_eq!(cause.everything_below(), expected, "{text}");
    }
}

#[test]
fn of_one_lists_marks_importance_is_weighed_first() {
    let policy = policy(
        &[],
        &[],
        &[
            (0, "block a.example"),
            (0, "allow a.example"),
            (0, "important-block b.example"),
            (0, "allow b.example"),
            (0, "important-block c.example"),
            (0, "important-allow c.example"),
            (1, "block c.example"),
        ],
    );
    assert_eq!(decide(&policy, "a.example"), "pass");
    assert_eq!(decide(&policy, "b.example"), "blocked by b.example (list zero)");
    assert_eq!(decide(&policy, "c.example"), "blocked by c.example (list one)");
}

#[test]
fn what_passes_in_a_zone_passes_unless_something_longer_blocks() {
    let policy = policy(
        &[],
        &[],
        &[
            (0, "block *.example"),
            (0, "pass *.good.example"),
            (0, "block =bad.good.example"),
            (0, "block =same.example"),
            (0, "pass =same.example"),
            (0, "pass *.wild.example"),
            (0, "block wild.example"),
        ],
    );
    assert_eq!(decide(&policy, "www.good.example"), "pass");
    assert_eq!(decide(&policy, "good.example"), "blocked by *.example (list zero)");
    assert_eq!(decide(&policy, "bad.good.example"), "blocked by bad.good.example (list zero)");
    assert_eq!(decide(&policy, "same.example"), "pass");
}

#[test]
fn a_spared_name_is_spared_from_that_rule_alone() {
    let policy = policy(
        &[],
        &[],
        &[
            (0, "sparing-block example"),
            (0, "spare-1 good.example"),
            (0, "block =bad.good.example"),
            (1, "block other.good.example"),
        ],
    );
    assert_eq!(decide(&policy, "x.example"), "blocked by example (list zero)");
    assert_eq!(decide(&policy, "www.good.example"), "pass");
    assert_eq!(decide(&policy, "bad.good.example"), "blocked by bad.good.example (list zero)");
    assert_eq!(decide(&policy, "other.good.example"), "blocked by other.good.example (list one)");
}

#[test]
fn a_rule_for_some_types_holds_for_those_and_says_nothing_of_the_whole_name() {
    let policy = policy(&[], &[], &[(0, "block-txt a.example")]);
    assert_eq!(decide(&policy, "a.example"), "pass");
    assert_eq!(decide_type(&policy, "a.example", 16), "blocked by a.example (list zero)");
    let name = "a.example".parse().unwrap();
    let Verdict::Block(cause) = policy.decide(&name, 16) else { panic!("it passes") };
    assert!(!cause.everything_below());
}

#[test]
fn a_list_says_how_it_is_answered_where_the_operator_lets_it() {
    let policy = policy(
        &[],
        &[],
        &[
            (0, "nxdomain a.example"),
            (1, "nxdomain b.example"),
            (0, "drop c.example"),
            (0, "data d.example"),
            (0, "tcp-only e.example"),
        ],
    );
    let response = |name: &str| {
        let name = name.parse().unwrap();
        let Verdict::Block(cause) = policy.decide(&name, 1) else { panic!("{name} passes") };
        match cause.response() {
            Response::Shape(shape) => shape.word().to_owned(),
            Response::Drop => "drop".into(),
            Response::Data(cause) => format!("{} records", cause.records().count()),
        }
    };
    assert_eq!(
        ["a.example", "b.example", "c.example", "d.example"].map(response),
        ["page", "nxdomain", "drop", "1 records"]
    );
    assert_eq!(decide(&policy, "e.example"), "over TCP by e.example (list zero)");
}

#[test]
fn a_list_that_says_the_same_in_two_ways_is_named_once() {
    let policy =
        policy(&[], &[], &[(0, "block a.example"), (1, "block a.example"), (1, "nxdomain a.example")]);
    assert_eq!(decide(&policy, "a.example"), "blocked by a.example (list zero, one)");
}

#[test]
fn rules_for_every_name_on_a_long_way_are_weighed_like_few() {
    // From fewer rules than are looked at in the quick way to many more.
    for depth in [1, FEW_STEPS - 1, FEW_STEPS, FEW_STEPS + 1, 60] {
        let names: Vec<String> = (1..=depth).map(|labels| vec!["a"; labels].join(".")).collect();
        let mut rules: Vec<(ListId, String)> =
            names.iter().map(|name| (0, format!("block ={name}"))).collect();
        let longest = names.last().unwrap();
        rules.push((1, "block a".into()));
        let borrowed: Vec<(ListId, &str)> = rules.iter().map(|(list, rule)| (*list, rule.as_str())).collect();
        let blocks = policy(&[], &[], &borrowed);
        assert!(decide(&blocks, longest).starts_with(&format!("blocked by {longest} (list zero")), "{depth}");
        let allowed = format!("allow {longest}");
        let allows = policy(&[], &[], &[&borrowed[..], &[(2, allowed.as_str())]].concat());
        assert_eq!(decide(&allows, longest), format!("allowed by {longest} (list good)"), "{depth}");
    }
}
