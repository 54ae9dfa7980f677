//! Copies, saved rules and what becomes of broken lists, told by a home of files.

use super::*;
use crate::{
    lists::{
        guard::Guarding,
        quarantine::ALL_LISTS,
        released::{self, Release},
        source::Source,
    },
    policy::Verdict,
};

struct Home {
    folder: tempfile::TempDir,
    metrics: Arc<Metrics>,
}

impl Home {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), metrics: Metrics::new(["scam"]).unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn is_stale(&self, list: &str) -> bool {
        self.metrics.text().contains(&format!("sekisho_list_stale{{list=\"{list}\"}} 1"))
    }

    /// How often a file of the list was parsed.
    fn parses(&self, list: &str) -> u64 {
        self.metrics.lists.parses.with_label_values(&[list]).get()
    }

    /// The forms that are kept, by the names of their files.
    fn forms(&self) -> Vec<PathBuf> {
        let folders = fs::read_dir(self.path("state/parsed")).unwrap().map(|entry| entry.unwrap().path());
        let mut forms: Vec<PathBuf> = folders
            .flat_map(|folder| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()))
            .collect();
        forms.sort();
        forms
    }

    fn sources(&self, lists: &[&str]) -> Vec<Source> {
        let source = |name: &&str| Source::of_path(name, self.path(name));
        lists.iter().map(source).collect()
    }

    fn open(&self, lists: &[&str]) -> Result<Store, StoreError> {
        let base = Base::default();
        Store::open(self.sources(lists), base, &self.path("state"), self.metrics.clone())
    }
}

fn blocks(store: &mut Store, name: &str) -> bool {
    let policy = store.compile(Instant::now()).unwrap();
    matches!(policy.decide(&name.parse().unwrap(), 1), Verdict::Block(_))
}

/// What a server does until its rules are in force and saved.
fn save(store: Result<Store, StoreError>) {
    let mut store = store.unwrap();
    let policy = store.compile(Instant::now()).unwrap();
    store.settle(&policy);
}

#[test]
fn a_restart_with_a_broken_list_keeps_its_last_good_rules() {
    let home = Home::new();
    home.write("a.txt", "one.example\n");
    assert!(blocks(&mut home.open(&["a.txt"]).unwrap(), "one.example"));
    for broken in ["", "<!doctype html><p>Log in", "# nothing yet\n"] {
        home.write("a.txt", broken);
        let mut store = home.open(&["a.txt"]).unwrap();
        store.look();
        assert!(blocks(&mut store, "one.example"), "{broken}");
        assert!(home.metrics.text().contains(r#"sekisho_list_stale{list="a.txt"} 1"#), "{broken}");
    }
    fs::remove_file(home.path("a.txt")).unwrap();
    assert!(blocks(&mut home.open(&["a.txt"]).unwrap(), "one.example"));
}

#[test]
fn other_lists_are_taken_over_whole_or_not_at_all() {
    let home = Home::new();
    home.write("a.txt", "one.example\n");
    home.write("b.txt", "two.example\n");
    let mut store = home.open(&["a.txt"]).unwrap();
    assert!(blocks(&mut store, "one.example"));
    let base = || Base::default();
    let error = store.reconfigure(home.sources(&["b.txt", "missing.txt"]), base()).unwrap_err();
    assert!(error.to_string().contains("missing.txt"), "{error}");
    assert!(blocks(&mut store, "one.example") && !blocks(&mut store, "two.example"));
    let policy = store.reconfigure(home.sources(&["b.txt"]), base()).unwrap();
    assert!(matches!(policy.decide(&"two.example".parse().unwrap(), 1), Verdict::Block(_)));
    assert!(!blocks(&mut store, "one.example"));
    let text = home.metrics.text();
    assert!(text.contains(r#"list="b.txt""#) && !text.contains(r#"list="a.txt""#), "{text}");
}

#[test]
fn what_guards_hold_back_is_counted_and_applied_once_it_is_released() {
    let home = Home::new();
    home.write("a.txt", "github.io\nbad.example\n");
    let guarded = Source { guard: Guarding::Quarantine, ..home.sources(&["a.txt"]).remove(0) };
    let mut store =
        Store::open(vec![guarded], Base::default(), &home.path("state"), home.metrics.clone()).unwrap();
    let quarantined = |count: u64| {
        home.metrics.text().contains(&format!("sekisho_list_quarantined{{list=\"a.txt\"}} {count}"))
    };
    assert!(blocks(&mut store, "bad.example") && !blocks(&mut store, "evil.github.io") && quarantined(1));
    assert_eq!(store.in_force().next(), Some(("a.txt", 1)));
    let since = released::moment(SystemTime::now()).unwrap();
    let release = Release { name: "github.io".into(), list: ALL_LISTS.into(), since };
    released::write(&home.path("state"), &[release]).unwrap();
    store.look();
    assert!(store.is_dirty());
    assert!(blocks(&mut store, "evil.github.io") && quarantined(0));
    released::write(&home.path("state"), &[]).unwrap();
    store.look();
    assert!(!blocks(&mut store, "evil.github.io") && quarantined(1));
}

#[test]
fn a_start_without_any_good_copy_is_refused_with_the_path() {
    let home = Home::new();
    home.write("bad.txt", "<html>");
    for name in ["missing.txt", "bad.txt"] {
        let error = home.open(&[name]).unwrap_err();
        assert!(matches!(error, StoreError::NoCopy { .. }));
        assert!(error.to_string().contains(&home.path(name).display().to_string()), "{error}");
    }
    assert!(matches!(home.open(&["x", "x"]), Err(StoreError::NoCopy { .. } | StoreError::SameName(_))));
}

#[test]
fn a_file_taken_out_of_a_folder_takes_its_rules_with_it_unless_the_folder_is_empty() {
    let home = Home::new();
    fs::create_dir_all(home.path("lists")).unwrap();
    home.write("lists/a.txt", "one.example\n");
    home.write("lists/b.txt", "two.example\n");
    home.write("lists/.hidden", "three.example\n");
    let mut store = home.open(&["lists"]).unwrap();
    assert!(blocks(&mut store, "one.example") && !blocks(&mut store, "three.example"));
    fs::remove_file(home.path("lists/a.txt")).unwrap();
    store.look();
    assert!(store.is_dirty());
    assert!(!blocks(&mut store, "one.example") && blocks(&mut store, "two.example"));
    fs::remove_file(home.path("lists/b.txt")).unwrap();
    store.look();
    assert!(!store.is_dirty());
    assert!(blocks(&mut store, "two.example"));
}

#[test]
fn a_folder_keeps_what_it_has_until_something_better_is_there() {
    let home = Home::new();
    fs::create_dir_all(home.path("lists")).unwrap();
    home.write("lists/1.txt", "one.example\n");
    let mut store = home.open(&["lists"]).unwrap();
    assert!(blocks(&mut store, "one.example"));
    // A new version under another name, and it is an error page.
    fs::remove_file(home.path("lists/1.txt")).unwrap();
    home.write("lists/2.txt", "<!doctype html>");
    store.look();
    assert!(blocks(&mut store, "one.example") && home.is_stale("lists"));
    drop(store);
    let mut store = home.open(&["lists"]).unwrap();
    assert!(blocks(&mut store, "one.example"), "over a restart, too");
    home.write("lists/2.txt", "two.example\n");
    store.look();
    assert!(!blocks(&mut store, "one.example") && blocks(&mut store, "two.example"));
    assert!(!home.is_stale("lists"));
}

#[test]
fn a_useless_file_in_a_folder_keeps_nobody_from_starting() {
    let home = Home::new();
    fs::create_dir_all(home.path("lists")).unwrap();
    home.write("lists/a.txt", "one.example\n");
    home.write("lists/README", "# What these are\n");
    let mut store = home.open(&["lists"]).unwrap();
    assert!(blocks(&mut store, "one.example") && home.is_stale("lists"));
}

#[test]
fn copies_that_somebody_deleted_are_made_again_and_hold_no_other_list_back() {
    let home = Home::new();
    home.write("a.txt", "one.example\n");
    home.write("b.txt", "other.example\n");
    let mut store = home.open(&["a.txt", "b.txt"]).unwrap();
    assert!(blocks(&mut store, "one.example"));
    fs::remove_dir_all(home.path("state/lists")).unwrap();
    home.write("b.txt", "another.example\n");
    store.look();
    let policy = store.compile(Instant::now()).unwrap();
    for name in ["one.example", "another.example"] {
        assert!(matches!(policy.decide(&name.parse().unwrap(), 1), Verdict::Block(_)), "{name}");
    }
    assert!(!home.is_stale("a.txt"));
}

#[cfg(unix)]
#[test]
fn what_cannot_be_copied_is_tried_again() {
    let home = Home::new();
    home.write("a.txt", "one.example\n");
    let mut store = home.open(&["a.txt"]).unwrap();
    assert!(blocks(&mut store, "one.example"));
    // Where the copies lie there is suddenly a file.
    let lists = home.path("state/lists");
    fs::rename(&lists, home.path("state/away")).unwrap();
    fs::write(&lists, "").unwrap();
    home.write("a.txt", "two.example\n");
    store.look();
    assert!(!store.is_dirty() && home.is_stale("a.txt"));
    fs::remove_file(&lists).unwrap();
    fs::rename(home.path("state/away"), &lists).unwrap();
    store.look();
    assert!(blocks(&mut store, "two.example") && !home.is_stale("a.txt"));
}

#[cfg(unix)]
#[test]
fn devices_and_pipes_are_no_lists() {
    let home = Home::new();
    std::os::unix::fs::symlink("/dev/zero", home.path("zero")).unwrap();
    let error = home.open(&["zero"]).unwrap_err().to_string();
    assert!(error.contains("neither a file nor a folder"), "{error}");
}

#[test]
fn half_a_line_is_no_rule_while_it_is_being_written() {
    let home = Home::new();
    home.write("a.txt", "one.example\n");
    let mut store = home.open(&["a.txt"]).unwrap();
    assert!(blocks(&mut store, "one.example"));
    home.write("a.txt", "one.example\ntwo.exam");
    assert!(store.look() && !store.is_dirty());
    home.write("a.txt", "one.example\ntwo.example\n");
    assert!(!store.look());
    assert!(blocks(&mut store, "two.example") && !blocks(&mut store, "two.exam"));
}

#[test]
fn one_state_folder_is_for_one_server() {
    let home = Home::new();
    home.write("a.txt", "one.example\n");
    let first = home.open(&["a.txt"]).unwrap();
    assert!(matches!(home.open(&["a.txt"]), Err(StoreError::InUse(_))));
    drop(first);
    assert!(home.open(&["a.txt"]).is_ok());
}

#[test]
fn nothing_is_written_for_a_list_that_says_the_same() {
    let home = Home::new();
    home.write("a.txt", "one.example\n");
    let mut store = home.open(&["a.txt"]).unwrap();
    assert!(blocks(&mut store, "one.example"));
    let folder = fs::read_dir(home.path("state/lists")).unwrap().next().unwrap().unwrap().path();
    let copy = folder.join("a.txt");
    let written = fs::metadata(&copy).unwrap().modified().unwrap();
    home.write("a.txt", "one.example\n");
    store.look();
    assert!(!store.is_dirty());
    assert_eq!(fs::metadata(&copy).unwrap().modified().unwrap(), written);
}

#[test]
fn a_start_takes_up_the_rules_that_were_saved() {
    let home = Home::new();
    home.write("a.txt", "one.example\n");
    save(home.open(&["a.txt"]));
    let mut store = home.open(&["a.txt"]).unwrap();
    assert!(store.is_restored() && !store.is_dirty());
    assert!(blocks(&mut store, "one.example"));
    assert_eq!(store.example().map(ToString::to_string).as_deref(), Some("one.example"));
    assert_eq!(store.in_force().collect::<Vec<_>>(), [("a.txt", 1)]);
    store.look();
    assert!(!store.is_dirty(), "nothing has changed, so nothing is compiled");
}

#[test]
fn a_list_that_changed_before_the_start_is_taken_over_right_after_it() {
    let home = Home::new();
    home.write("a.txt", "one.example\n");
    save(home.open(&["a.txt"]));
    home.write("a.txt", "another.example\n");
    let mut store = home.open(&["a.txt"]).unwrap();
    assert!(store.is_restored());
    assert!(blocks(&mut store, "one.example"), "what was good before holds until the new is read");
    while store.look() {}
    assert!(store.is_dirty());
    assert!(blocks(&mut store, "another.example") && !blocks(&mut store, "one.example"));
}

#[test]
fn rules_that_were_made_otherwise_or_are_damaged_are_made_anew() {
    let home = Home::new();
    home.write("a.txt", "one.example\n");
    home.write("b.txt", "two.example\n");
    let compile = |lists: &[&str]| save(home.open(lists));
    compile(&["a.txt"]);
    for lists in [&["a.txt", "b.txt"][..], &["b.txt"]] {
        let mut store = home.open(lists).unwrap();
        assert!(!store.is_restored());
        assert!(blocks(&mut store, "two.example"));
    }
    let exact = || {
        let mut sources = home.sources(&["b.txt"]);
        sources[0].matching = crate::lists::parse::Match::Exact;
        Store::open(sources, Base::default(), &home.path("state"), home.metrics.clone()).unwrap()
    };
    assert!(!exact().is_restored());
    let trie = home.path("state/policy.trie");
    let good = fs::read(&trie).unwrap();
    for damaged in [&good[..good.len() / 2], &good[1..], b"", b"something else"] {
        fs::write(&trie, damaged).unwrap();
        let mut store = home.open(&["b.txt"]).unwrap();
        assert!(!store.is_restored());
        assert!(blocks(&mut store, "two.example"));
        fs::write(&trie, damaged).unwrap();
    }
    compile(&["b.txt"]);
    assert!(home.open(&["b.txt"]).unwrap().is_restored());
    fs::remove_dir_all(home.path("state/lists")).unwrap();
    assert!(
        !home.open(&["b.txt"]).unwrap().is_restored(),
        "without copies there is nothing to compile from later"
    );
}

#[test]
fn every_kind_of_rule_is_saved() {
    let home = Home::new();
    let zone = "$TTL 60\n@ IN SOA . . 1 1 1 1 1\nown.example A 192.0.2.66\n32.1.2.0.192.rpz-ip CNAME .\n\
                32.2.0.0.127.rpz-client-ip CNAME rpz-drop.\nns.example.rpz-nsdname CNAME .\n\
                32.9.2.0.192.rpz-nsip CNAME .\n";
    home.write("zone.rpz", zone);
    let said = |store: &mut Store| {
        let policy = store.compile(Instant::now()).unwrap();
        let lists = &policy.lists;
        let networks = [&lists.clients, &lists.addresses, &lists.server_addresses].map(|rules| {
            rules.iter().map(|(network, entries)| format!("{network} {entries:?}")).collect::<Vec<_>>()
        });
        let server = "ns.example".parse().unwrap();
        let servers =
            lists.servers.walk(&server).map(|step| format!("{:?}", step.entries)).collect::<Vec<_>>();
        (networks, servers, lists.records.clone(), lists.len())
    };
    let first = said(&mut home.open(&["zone.rpz"]).unwrap());
    save(home.open(&["zone.rpz"]));
    let mut store = home.open(&["zone.rpz"]).unwrap();
    assert!(store.is_restored());
    assert_eq!(said(&mut store), first);
    assert_eq!(first.3, 5);
}

#[test]
fn what_has_not_changed_is_not_parsed_again() {
    let home = Home::new();
    home.write("a.txt", "one.example\n");
    home.write("b.txt", "two.example\n");
    let mut store = home.open(&["a.txt", "b.txt"]).unwrap();
    assert!(blocks(&mut store, "one.example") && blocks(&mut store, "two.example"));
    assert_eq!([home.parses("a.txt"), home.parses("b.txt")], [1, 1]);
    home.write("b.txt", "three.example\n");
    store.look();
    assert!(blocks(&mut store, "one.example") && blocks(&mut store, "three.example"));
    assert_eq!([home.parses("a.txt"), home.parses("b.txt")], [1, 2]);
    drop(store);
    // Another list beside them, and a file that is gone, at a start.
    home.write("c.txt", "four.example\n");
    fs::remove_file(home.path("a.txt")).unwrap();
    let mut store = home.open(&["c.txt", "a.txt", "b.txt"]).unwrap();
    assert!(!store.is_restored());
    for name in ["one.example", "three.example", "four.example"] {
        assert!(blocks(&mut store, name), "{name}");
    }
    assert_eq!([home.parses("a.txt"), home.parses("b.txt"), home.parses("c.txt")], [1, 2, 1]);
    assert!(store.in_force().all(|(_, rules)| rules == 1));
}

#[test]
fn a_file_of_a_folder_is_parsed_alone() {
    let home = Home::new();
    fs::create_dir_all(home.path("lists")).unwrap();
    home.write("lists/a.txt", "one.example\n");
    home.write("lists/b.txt", "two.example\nthree.example\n");
    let mut store = home.open(&["lists"]).unwrap();
    assert!(blocks(&mut store, "one.example") && blocks(&mut store, "two.example"));
    home.write("lists/c.txt", "four.example\n");
    store.look();
    assert!(blocks(&mut store, "one.example") && blocks(&mut store, "four.example"));
    assert_eq!((home.parses("lists"), store.in_force().next()), (3, Some(("lists", 4))));
}

#[test]
fn a_list_that_is_read_otherwise_is_parsed_again() {
    let home = Home::new();
    home.write("a.txt", "github.io\nbad.example\n");
    let guarded = |released: &[&str]| {
        let mut known = crate::lists::quarantine::Released::default();
        for name in released {
            known.add(name, ALL_LISTS);
        }
        Base { released: Arc::new(known), ..Base::default() }
    };
    let source = home.sources(&["a.txt"]).remove(0);
    let exact = Source { matching: crate::lists::parse::Match::Exact, ..source.clone() };
    let held_back = Source { guard: Guarding::Quarantine, ..source.clone() };
    let allows = Source { allows: true, ..source.clone() };
    let mut store = home.open(&["a.txt"]).unwrap();
    assert!(blocks(&mut store, "www.bad.example"));
    let mut parses = 1;
    for (source, base, below_is_blocked, github_is_blocked, is_parsed) in [
        (&source, guarded(&["github.io"]), true, true, false),
        (&exact, guarded(&[]), false, true, true),
        (&held_back, guarded(&[]), true, false, true),
        (&held_back, guarded(&["github.io"]), true, true, true),
        (&allows, guarded(&[]), false, false, true),
        (&allows, guarded(&["github.io"]), false, false, false),
    ] {
        let policy = store.reconfigure(vec![source.clone()], base).unwrap();
        let blocks = |name: &str| matches!(policy.decide(&name.parse().unwrap(), 1), Verdict::Block(_));
        assert_eq!(blocks("www.bad.example"), below_is_blocked, "{source:?}");
        assert_eq!(blocks("github.io"), github_is_blocked, "{source:?}");
        parses += u64::from(is_parsed);
        assert_eq!(home.parses("a.txt"), parses, "{source:?}");
    }
}

#[test]
fn forms_that_are_damaged_or_gone_are_made_again() {
    let home = Home::new();
    home.write("a.txt", "one.example\n");
    home.write("b.txt", "two.example\n");
    let mut store = home.open(&["a.txt", "b.txt"]).unwrap();
    assert!(blocks(&mut store, "one.example"));
    let (form, good) = (home.forms().remove(0), fs::read(&home.forms()[0]).unwrap());
    // The first symbol of the first name, with a checksum that is right.
    let mut of_no_name = good.clone();
    of_no_name[2] = 1;
    let summed = good.len() - 16;
    let sum = xxhash_rust::xxh3::xxh3_64(&of_no_name[..summed]).to_le_bytes();
    of_no_name[summed..summed + 8].copy_from_slice(&sum);
    let mut flipped = good.clone();
    flipped[3] ^= 1;
    for (damaged, parsed) in [
        (&good[..], 0),
        (&good[1..], 1),
        (&good[..good.len() / 2], 1),
        (b"", 1),
        (&flipped, 1),
        (&of_no_name, 1),
    ] {
        let before = home.parses("a.txt");
        fs::write(&form, damaged).unwrap();
        assert!(blocks_again(&mut store, "one.example") && blocks_again(&mut store, "two.example"));
        assert_eq!(home.parses("a.txt"), before + parsed, "{damaged:?}");
        assert_eq!(fs::read(&form).unwrap(), good);
    }
    fs::remove_dir_all(home.path("state/parsed")).unwrap();
    assert!(blocks_again(&mut store, "one.example") && blocks_again(&mut store, "two.example"));
    assert_eq!(fs::read(&form).unwrap(), good);
}

/// As [`blocks`], with rules that are compiled for the question.
fn blocks_again(store: &mut Store, name: &str) -> bool {
    let (rules, infos) = store.compile_anew().unwrap();
    let policy = policy(rules, infos, &Base::default());
    matches!(policy.decide(&name.parse().unwrap(), 1), Verdict::Block(_))
}

#[test]
fn where_forms_cannot_be_kept_lists_are_parsed_each_time() {
    let home = Home::new();
    home.write("a.txt", "one.example\n");
    fs::create_dir_all(home.path("state")).unwrap();
    home.write("state/parsed", "in the way");
    let mut store = home.open(&["a.txt"]).unwrap();
    for parses in 2..4 {
        assert!(blocks_again(&mut store, "one.example"));
        assert_eq!(home.parses("a.txt"), parses);
    }
}

#[test]
fn forms_of_what_is_gone_are_removed() {
    let home = Home::new();
    fs::create_dir_all(home.path("lists")).unwrap();
    home.write("lists/a.txt", "one.example\n");
    home.write("lists/b.txt", "two.example\n");
    home.write("c.txt", "three.example\n");
    let mut store = home.open(&["lists", "c.txt"]).unwrap();
    let settled = |store: &mut Store| {
        let policy = store.compile(Instant::now()).unwrap();
        store.settle(&policy);
        let names = home.forms().into_iter().map(|form| form.file_name().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(settled(&mut store), ["c.txt", "a.txt", "b.txt"]);
    // What a crash has left behind goes, too.
    fs::write(home.forms()[0].with_file_name(".writing"), "half").unwrap();
    fs::remove_file(home.path("lists/b.txt")).unwrap();
    store.look();
    assert_eq!(settled(&mut store), ["c.txt", "a.txt"]);
    let policy = store.reconfigure(home.sources(&["lists"]), Base::default()).unwrap();
    store.settle(&policy);
    assert_eq!(home.forms().len(), 1);
}
