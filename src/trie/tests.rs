//! The trie against a naive set that only knows how to compare suffixes, and against damage.

use std::collections::BTreeMap;

use proptest::{prelude::*, sample::Index};

use super::*;

/// What is said of which name.
type Said = Vec<(Name, Entry)>;

fn trie(said: &Said) -> Trie {
    let mut builder = Builder::default();
    for (name, entry) in said {
        builder.insert(name, *entry).unwrap();
    }
    let trie = builder.finish().unwrap();
    // Every test is one of the round trip, too.
    Trie::from_bytes(trie.as_bytes().to_vec()).unwrap()
}

fn of_wire(labels: &[Vec<u8>]) -> Option<Name> {
    let mut wire: Vec<u8> = Vec::new();
    for label in labels {
        wire.push(label.len() as u8);
        wire.extend(label);
    }
    wire.push(0);
    Name::from_wire(&wire).ok().map(|(name, _)| name)
}

const BLOCK: Entry = Entry::new(0, Scope::Subtree, Action::Block);
const ALLOW: Entry = Entry::new(0, Scope::Subtree, Action::Allow);

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn said(rules: &[(&str, Entry)]) -> Said {
    rules.iter().map(|(text, entry)| (name(text), *entry)).collect()
}

fn steps(trie: &Trie, text: &str) -> Vec<usize> {
    trie.walk(&name(text)).map(|step| step.labels).collect()
}

#[test]
fn an_empty_trie_has_nothing() {
    let built = Builder::default().finish().unwrap();
    let read = Trie::from_bytes(built.as_bytes().to_vec()).unwrap();
    for mut trie in [built, read, Trie::default()] {
        assert_eq!((trie.len(), trie.is_empty(), trie.iter(None).count()), (0, true, 0));
        assert_eq!(steps(&trie, "a.example"), [0; 0]);
        assert_eq!(steps(&trie, "."), [0; 0]);
        assert!(!trie.allows_below(&Name::root()));
        trie.set_extra(b"something");
        assert_eq!(steps(&trie, "a.example"), [0; 0]);
    }
}

#[test]
fn a_walk_tells_every_rule_on_the_way_from_the_root_inwards() {
    let trie = trie(&said(&[("example", ALLOW), ("a.b.example", BLOCK), ("c.example", BLOCK), (".", BLOCK)]));
    assert_eq!(steps(&trie, "x.a.b.example"), [0, 1, 3]);
    assert_eq!(steps(&trie, "b.example"), [0, 1]);
    assert_eq!(steps(&trie, "xc.example"), [0, 1]);
    assert_eq!(steps(&trie, "other"), [0]);
    assert_eq!(steps(&trie, "."), [0]);
    assert_eq!(trie.len(), 4);
}

#[test]
fn the_longest_names_and_any_octets_are_found() {
    let most_labels = vec![b"x".to_vec(); 127];
    let longest = [vec![b'q'; 63], vec![b'7'; 63], vec![b'_'; 63], vec![b'z'; 61]];
    let odd = [vec![0, 1, 255, b'.'], vec![b' '], b"example".to_vec()];
    let all: Vec<Name> =
        [&most_labels[..], &longest, &odd].iter().map(|labels| of_wire(labels).unwrap()).collect();
    let mut said: Said = all.iter().map(|name| (name.clone(), BLOCK)).collect();
    // With names enough that suffixes come into the dictionary.
    for number in 0..2000 {
        said.push((name(&format!("w{number}.x{}.example", number % 50)), BLOCK));
    }
    let trie = trie(&said);
    for name in &all {
        let labels: Vec<usize> = trie.walk(name).map(|step| step.labels).collect();
        assert_eq!(labels, [name.label_count()], "{name}");
        let parent = name.suffix(name.label_count() - 1);
        assert_eq!(trie.walk(&parent).count(), 0, "{name}");
    }
    assert_eq!(trie.iter(None).count(), said.len());
}

#[test]
fn a_name_with_very_many_rules_is_bounded() {
    let said: Said = (0..5000)
        .map(|number| (name("a.example"), Entry::new(3, Scope::Exact, Action::Data(number))))
        .collect();
    let trie = trie(&said);
    assert_eq!(trie.len(), 1);
    assert!(trie.walk(&name("a.example")).next().unwrap().entries.len() < 1000);
}

#[test]
fn sorted_names_that_could_not_be_are_an_error() {
    let (octets, sets) = sorted(&said(&[("a.example", BLOCK), ("b.example", BLOCK), ("c.example", ALLOW)]));
    let finish = |octets: &[u8], sets: SortedSets| {
        let mut builder = Builder::default();
        builder.add(SortedNames::new(Box::new(octets.to_vec()), sets), &mut Some)?;
        builder.finish()
    };
    assert_eq!(finish(&octets, sets.clone()).unwrap().len(), 3);
    // In the order of the file: what is shared, how much is new, that, and the number of the set.
    let second = octets.iter().rposition(|octet| *octet == 8).unwrap();
    let changed = |at: usize, octet: u8| {
        let mut octets = octets.clone();
        octets[at] = octet;
        octets
    };
    let fewer = SortedSets { sets: sets.sets[..1].to_vec(), ..sets.clone() };
    let cut = SortedSets { length: sets.length + 1, ..sets.clone() };
    let lighter = SortedSets { weight: 20, ..sets.clone() };
    let heavier = SortedSets { weight: u64::MAX, ..sets.clone() };
    for (what, octets, sets) in [
        ("another order", changed(second + 2, 2), sets.clone()),
        ("no key", changed(second + 3, 1), sets.clone()),
        ("no set of that number", octets.clone(), fewer),
        ("cut off", octets.clone(), cut),
        ("more than was said", octets.clone(), lighter),
        ("more than there is room for", octets.clone(), heavier),
    ] {
        let error = finish(&octets, sets).unwrap_err();
        let expected = matches!(error, BuildError::Scratch(_)) != (what == "more than there is room for");
        assert!(expected, "{what}: {error}");
    }
}

#[test]
fn the_owners_bytes_stand_beside() {
    let mut trie = trie(&said(&[("a.example", BLOCK)]));
    for extra in [&b"first"[..], b"a longer second", b""] {
        trie.set_extra(extra);
        let again = Trie::from_bytes(trie.as_bytes().to_vec()).unwrap();
        assert_eq!(again.extra(), extra);
        assert_eq!(steps(&again, "b.a.example"), [2]);
    }
}

#[test]
fn bytes_that_are_no_trie_are_told_apart() {
    let bytes = trie(&said(&[("a.example", BLOCK)])).as_bytes().to_vec();
    let open = |bytes: &[u8]| Trie::from_bytes(bytes.to_vec()).map(|_| ()).unwrap_err();
    let changed = |at: usize, octet: u8| {
        let mut bytes = bytes.clone();
        bytes[at] = octet;
        open(&bytes)
    };
    assert_eq!(open(b""), TrieFileError::Truncated);
    assert_eq!(open(b"hosts"), TrieFileError::NotATrie);
    assert_eq!(changed(0, b'X'), TrieFileError::NotATrie);
    assert_eq!(changed(8, 0), TrieFileError::TooOld(0));
    assert_eq!(changed(8, 9), TrieFileError::TooNew(9));
    assert_eq!(changed(bytes.len() - 1, 0x55), TrieFileError::Damaged);
    assert_eq!(open(&[&bytes[..], b"x"].concat()), TrieFileError::Damaged);
    for length in 0..bytes.len().min(400) {
        assert_eq!(open(&bytes[..length]), TrieFileError::Truncated, "{length}");
    }
}

// The oracle.

/// Labels that meet often, and some odd ones.
fn any_label() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        20 => "[ab]{1,2}".prop_map(String::into_bytes),
        2 => "[a-z0-9_-]{1,20}".prop_map(String::into_bytes),
        1 => proptest::collection::vec(any::<u8>(), 1..3),
        1 => "[q7]{55,63}".prop_map(String::into_bytes),
    ]
}

fn any_name() -> impl Strategy<Value = Name> {
    proptest::collection::vec(any_label(), 0..6).prop_filter_map("too long", |labels| of_wire(&labels))
}

fn any_entry() -> impl Strategy<Value = Entry> {
    let action = prop_oneof![
        6 => Just(Action::Block),
        1 => Just(Action::Negative(Negative::Nodata)),
        1 => Just(Action::Allow),
        1 => Just(Action::Pass),
        1 => (0_u8..4).prop_map(Action::Spare),
        1 => any::<u32>().prop_map(Action::Data),
    ];
    let scope = prop_oneof![2 => Just(Scope::Subtree), 1 => Just(Scope::Exact), 1 => Just(Scope::Below)];
    let marks = (
        prop_oneof![5 => Just(false), 1 => Just(true)],
        prop_oneof![5 => Just(false), 1 => Just(true)],
        prop_oneof![5 => Just(0_u16), 1 => 1_u16..3],
    );
    (0_u16..3, scope, action, marks).prop_map(|(list, scope, action, (important, spares, types))| Entry {
        list,
        scope,
        action,
        important,
        spares,
        types,
    })
}

fn any_said() -> impl Strategy<Value = Said> {
    let few = proptest::collection::vec((any_name(), any_entry()), 0..60);
    let many = proptest::collection::vec((any_name(), any_entry()), 300..600);
    prop_oneof![4 => few, 1 => many]
}

/// What decides, of all that is said on the way to a name: a plain reading of the order in `policy/rules.rs`.
fn decide(said: &[(usize, Entry)], labels: usize, types: u16) -> Option<Entry> {
    let speaks = |(at, entry): &&(usize, Entry)| {
        entry.speaks_of(*at == labels) && (entry.types == 0 || entry.types == types)
    };
    let speaking: Vec<(usize, Entry)> = said.iter().filter(speaks).copied().collect();
    let lifted = |at: usize, rule: Entry| {
        speaking.iter().filter(|(_, other)| other.list == rule.list).any(|(other_at, other)| {
            match other.action {
                Action::Allow => other.important || !rule.important,
                Action::Pass => *other_at > at || *other_at == at && other.scope <= rule.scope,
                Action::Spare(spared) => rule.spares && usize::from(spared) == at,
                _ => false,
            }
        })
    };
    let stops = |entry: Entry| !matches!(entry.action, Action::Allow | Action::Pass | Action::Spare(_));
    let standing = speaking.iter().filter(|(at, entry)| stops(*entry) && !lifted(*at, *entry));
    let longest = standing.clone().map(|(at, _)| *at).max()?;
    standing
        .filter(|(at, _)| *at == longest)
        .map(|(_, entry)| *entry)
        .min_by_key(|entry| (entry.list, entry.action))
}

fn naive_way(said: &Said, asked: &Name) -> Vec<(usize, Entry)> {
    let mut way: Vec<(usize, Entry)> = said
        .iter()
        .filter(|(name, _)| asked.is_at_or_below(name))
        .map(|(name, entry)| (name.label_count(), *entry))
        .collect();
    way.sort_unstable();
    way.dedup();
    way
}

fn way(trie: &Trie, asked: &Name) -> Vec<(usize, Entry)> {
    way_on(trie, asked, Ahead::NOTHING)
}

fn way_on(trie: &Trie, asked: &Name, ahead: &Ahead) -> Vec<(usize, Entry)> {
    let steps: Vec<Step<'_>> = trie.walk_on(asked, ahead).collect();
    assert!(steps.is_sorted_by(|one, other| one.labels < other.labels));
    steps.iter().flat_map(|step| step.entries.iter().map(move |entry| (step.labels, *entry))).collect()
}

/// Names to ask for: listed ones, what is above and below them, and others.
fn to_ask(said: &Said, others: Vec<Name>) -> Vec<Name> {
    let mut asked = others;
    for (name, _) in said.iter().take(100) {
        asked.extend((0..=name.label_count()).map(|count| name.suffix(count)));
        let below = [&[1, b'a'], name.wire()].concat();
        asked.extend(Name::from_wire(&below).map(|(name, _)| name));
    }
    asked
}

/// The names of one list, sorted by themselves, as if the list had no number.
fn sorted(said: &[(Name, Entry)]) -> (Vec<u8>, SortedSets) {
    let mut builder = Builder::default();
    for (name, entry) in said {
        builder.insert(name, Entry { list: 0, ..*entry }).unwrap();
    }
    let mut octets = Vec::new();
    let sets = builder.into_sorted(&mut octets).unwrap();
    (octets, sets)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn names_that_were_sorted_before_make_the_same_trie(said in any_said(), parts in 1_usize..4, directly in any::<bool>()) {
        let mut builder = Builder::default();
        for list in 0..3 {
            let own: Said = said.iter().filter(|(_, entry)| entry.list == list).cloned().collect();
            for part in own.chunks(own.len().div_ceil(parts).max(1)) {
                let (octets, sets) = sorted(part);
                if directly && list == 1 {
                    for (name, entry) in part { builder.insert(name, *entry).unwrap(); }
                    continue;
                }
                let again = SortedNames::new(Box::new(octets), sets);
                builder.add(again, &mut |entry| Some(Entry { list, ..entry })).unwrap();
            }
        }
        let (found, expected) = (builder.finish().unwrap(), trie(&said));
        prop_assert_eq!(found.as_bytes(), expected.as_bytes());
    }

    #[test]
    fn entries_that_mean_nothing_any_more_are_left_out(said in any_said()) {
        let (octets, sets) = sorted(&said);
        let mut builder = Builder::default();
        let stays = |entry: Entry| (entry.types == 0).then_some(entry);
        builder.add(SortedNames::new(Box::new(octets), sets), &mut { stays }).unwrap();
        let left: Said = said.iter().map(|(name, entry)| (name.clone(), Entry { list: 0, ..*entry })).filter(|(_, entry)| entry.types == 0).collect();
        let (found, expected) = (builder.finish().unwrap(), trie(&left));
        prop_assert_eq!(found.as_bytes(), expected.as_bytes());
    }

    #[test]
    fn sorted_names_that_are_damaged_never_do_harm(said in any_said(), damage in proptest::collection::vec((any::<Index>(), any::<u8>()), 1..6), weight in 0_u64..20_000, others in proptest::collection::vec(any_name(), 20)) {
        let (mut octets, sets) = sorted(&said);
        for (at, octet) in damage.iter().filter(|_| !said.is_empty()) {
            *at.get_mut(&mut octets) = *octet;
        }
        let mut builder = Builder::default();
        let again = SortedNames::new(Box::new(octets), SortedSets { weight, ..sets });
        // It may take long to be found, but it ends.
        if builder.add(again, &mut Some).is_ok() && let Ok(trie) = builder.finish() {
            for asked in to_ask(&said, others) {
                let _ = (way(&trie, &asked), trie.allows_below(&asked));
            }
            for (name, _) in trie.iter(None) {
                prop_assert!(trie.walk(&name).count() > 0);
            }
        }
    }
}

proptest! {
    #[test]
    fn a_trie_decides_what_all_that_was_said_decides(said in any_said(), others in proptest::collection::vec(any_name(), 20)) {
        let trie = trie(&said);
        for asked in to_ask(&said, others) {
            let (naive, found) = (naive_way(&said, &asked), way(&trie, &asked));
            for types in 0..3 {
                // The rule may be one further up, or for more names; what is done, and for which list, is the same.
                let same = |entry: Option<Entry>| entry.map(|entry| (entry.list, entry.action));
                let labels = asked.label_count();
                prop_assert_eq!(same(decide(&found, labels, types)), same(decide(&naive, labels, types)), "{}: {:?} for {:?}", asked, found, naive);
            }
            let passes_below = said.iter().any(|(name, entry)| *name != asked && name.is_at_or_below(&asked) && entry.may_let_pass());
            prop_assert_eq!(trie.allows_below(&asked), passes_below, "{}", asked);
        }
    }

    #[test]
    fn who_looks_ahead_finds_the_same(said in any_said(), others in proptest::collection::vec(any_name(), 20)) {
        let trie = trie(&said);
        // The same for all, since nothing may be left in it of a name before.
        let mut ahead = [const { Ahead::new() }; 3];
        for few in to_ask(&said, others).chunks(3) {
            trie.look_ahead(&[few.first(), None, few.get(1)], &mut ahead);
            for (asked, ahead) in few.iter().zip([&ahead[0], &ahead[2]]) {
                prop_assert_eq!(way_on(&trie, asked, ahead), way(&trie, asked), "{}", asked);
            }
        }
    }

    #[test]
    fn what_may_not_be_dropped_is_found_as_it_was_said(names in proptest::collection::vec(any_name(), 0..400), others in proptest::collection::vec(any_name(), 20)) {
        // An entry of one kind alone, which nothing else says: nothing is redundant.
        let said: Said = names.iter().zip(0..).map(|(name, number)| (name.clone(), Entry::new(1, Scope::Exact, Action::Data(number)))).collect();
        let trie = trie(&said);
        for asked in to_ask(&said, others) {
            prop_assert_eq!(way(&trie, &asked), naive_way(&said, &asked), "{}", asked);
        }
        let distinct: BTreeMap<Vec<u8>, &Name> = names.iter().map(|name| (name.wire().to_vec(), name)).collect();
        prop_assert_eq!(trie.len(), distinct.len());
    }

    #[test]
    fn pages_have_every_name_once(said in any_said(), top in any_name(), page in 1_usize..7, pick in any::<Index>()) {
        let trie = trie(&said);
        // Often a name that there is something below of.
        let top = if said.is_empty() || page > 3 { top } else { let name = &pick.get(&said).0; name.suffix(name.label_count() / 2) };
        let mut expected: Vec<Name> = trie.iter(None).map(|(name, _)| name).collect();
        prop_assert_eq!(expected.len(), trie.len());
        let order = expected.clone();
        expected.sort();
        expected.dedup();
        prop_assert_eq!(expected.len(), trie.len());
        prop_assert!(expected.iter().all(|name| said.iter().any(|(other, _)| other == name)));
        let mut last = None;
        let mut paged = Vec::new();
        loop {
            let next: Vec<Listed<'_>> = trie.below(&top, last.as_ref()).take(page).collect();
            let Some((end, _)) = next.last() else { break };
            last = Some(end.clone());
            for (name, entries) in next {
                prop_assert_eq!(trie.walk(&name).last().unwrap().entries, entries);
                paged.push(name);
            }
            prop_assert!(paged.len() <= said.len());
        }
        paged.sort();
        let below: Vec<Name> = expected.into_iter().filter(|name| name.is_at_or_below(&top)).collect();
        prop_assert_eq!(paged, below);
        let with_text = order.iter().filter(|name| name.to_string().contains("ab")).count();
        prop_assert_eq!(trie.containing("AB", None).count(), with_text);
        let with_dot = order.iter().filter(|name| format!("{name}.").contains("b.")).count();
        prop_assert_eq!(trie.containing("b.", None).count(), with_dot);
    }

    #[test]
    fn damaged_bytes_never_do_harm(said in any_said(), damage in proptest::collection::vec((any::<Index>(), any::<u8>()), 1..20), others in proptest::collection::vec(any_name(), 20)) {
        let mut bytes = trie(&said).as_bytes().to_vec();
        for (at, octet) in damage {
            // Half of it in the head and in what is small.
            let most = if octet % 2 == 0 { bytes.len() } else { bytes.len().min(600) };
            bytes[at.index(most)] = octet;
        }
        file::seal(&mut bytes);
        if let Ok(trie) = Trie::from_bytes(bytes) {
            for asked in to_ask(&said, others) {
                let _ = (way(&trie, &asked), trie.allows_below(&asked));
                let mut ahead = [Ahead::new()];
                trie.look_ahead(&[Some(&asked)], &mut ahead);
                let _ = way_on(&trie, &asked, &ahead[0]);
                let _ = trie.below(&asked, said.first().map(|(name, _)| name)).take(10).count();
            }
            let _ = trie.iter(None).take(100_000).count();
        }
    }
}
