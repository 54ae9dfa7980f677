//! What was parsed of lists that have not changed is used again: while the program runs, and by the next start. Whatever
//! happens to it, the rules are those of the lists.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use support::process::{Sekisho, sekisho};
use support::upstream::{self, Upstream};
use support::wire::A;
use support::{SWAP, until};
use tempfile::TempDir;

/// What a name that is not blocked has upstream.
const REAL: &str = "192.0.2.80";

/// A folder that outlives the program: two lists, the configuration, the state.
struct Home {
    folder: TempDir,
    upstream: Upstream,
}

impl Home {
    fn new() -> Self {
        let home =
            Self { folder: TempDir::new().unwrap(), upstream: Upstream::start_with(upstream::a(REAL, 300)) };
        home.write("a.txt", "one.example\nboth.example\n");
        home.write("b.txt", "two.example\nboth.example\n");
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Starts with the two lists, of which the first has this more in its settings.
    fn start(&self, more: &str) -> Sekisho {
        let folder = self.folder.path().display();
        let config = format!(
            "[listen]\ndns = [\"127.0.0.1:0\"]\n[page]\nlisten = [\"127.0.0.1:0\"]\n[metrics]\nlisten = [\"127.0.0.1:0\"]\n\
             [upstream]\nservers = [\"{}\"]\n[state]\ndir = \"{folder}/state\"\n\
             [[list]]\nname = \"a\"\npath = \"{folder}/a.txt\"\n{more}\n\
             [[list]]\nname = \"b\"\npath = \"{folder}/b.txt\"\n",
            self.upstream.address,
        );
        sekisho().config(&config).bare().start()
    }

    /// Has the next start compile, as it does where the compiled rules were lost.
    fn forget_compiled_rules(&self) {
        fs::remove_file(self.path("state/policy.trie")).unwrap();
    }

    /// The form of the first list.
    fn form(&self) -> PathBuf {
        let folders = fs::read_dir(self.path("state/parsed")).unwrap();
        let forms = folders.map(|folder| folder.unwrap().path().join("a.txt"));
        forms.into_iter().find(|form| form.exists()).expect("a form of a.txt")
    }
}

fn is_blocked(sekisho: &Sekisho, name: &str) -> bool {
    sekisho.addresses(name, A) != [REAL]
}

/// How often each of the lists was parsed by this process.
fn parses(sekisho: &Sekisho) -> [i64; 2] {
    let metrics = sekisho.read_metrics();
    ["a", "b"].map(|list| metrics.sum_of("sekisho_list_parses_total", &[("list", list)]) as i64)
}

fn is_saved(path: &Path) {
    until("the rules are saved", SWAP, || path.exists().then_some(()));
}

#[test]
fn of_two_lists_the_one_that_changes_is_parsed() {
    let home = Home::new();
    let first = home.start("");
    assert!(["one.example", "two.example", "both.example"].iter().all(|name| is_blocked(&first, name)));
    assert_eq!(parses(&first), [1, 1]);
    for (name, parsed) in [("three.example", [1, 2]), ("four.example", [1, 3])] {
        home.write("b.txt", &format!("{name}\n"));
        until(&format!("{name} is blocked"), SWAP, || is_blocked(&first, name).then_some(()));
        assert!(is_blocked(&first, "one.example") && is_blocked(&first, "both.example"));
        assert!(!is_blocked(&first, "two.example"));
        assert_eq!(parses(&first), parsed);
    }
    first.stop();
    // After a start with its saved rules, too.
    let second = home.start("");
    assert_eq!(parses(&second), [0, 0]);
    home.write("b.txt", "five.example\n");
    until("five.example is blocked", SWAP, || is_blocked(&second, "five.example").then_some(()));
    assert!(is_blocked(&second, "one.example") && !is_blocked(&second, "four.example"));
    assert_eq!(parses(&second), [0, 1]);
}

#[test]
fn a_form_that_is_damaged_or_of_other_settings_is_made_again() {
    let home = Home::new();
    let first = home.start("");
    assert!(is_blocked(&first, "www.one.example"));
    is_saved(&home.path("state/policy.trie"));
    first.stop();
    let good = fs::read(home.form()).unwrap();
    for damaged in [&good[..good.len() / 2], &good[1..], b"", &[&good[..4], b"x", &good[5..]].concat()] {
        fs::write(home.form(), damaged).unwrap();
        home.forget_compiled_rules();
        let again = home.start("");
        assert!(is_blocked(&again, "www.one.example") && is_blocked(&again, "two.example"));
        assert_eq!(parses(&again), [1, 0]);
        is_saved(&home.path("state/policy.trie"));
        again.stop();
        assert_eq!(fs::read(home.form()).unwrap(), good);
    }
    for (settings, below, parsed) in
        [("match = \"exact\"", false, 1), ("match = \"exact\"", false, 0), ("", true, 1)]
    {
        let other = home.start(settings);
        assert_eq!(is_blocked(&other, "www.one.example"), below, "{settings}");
        assert!(is_blocked(&other, "one.example") && is_blocked(&other, "www.two.example"));
        assert_eq!(parses(&other), [parsed, 0], "{settings}");
        is_saved(&home.path("state/policy.trie"));
        other.stop();
        home.forget_compiled_rules();
    }
}

#[test]
fn where_forms_cannot_be_kept_lists_are_taken_over_all_the_same() {
    let home = Home::new();
    fs::create_dir(home.path("state")).unwrap();
    // Nobody can make a folder there, not even root.
    home.write("state/parsed", "");
    let sekisho = home.start("");
    assert!(is_blocked(&sekisho, "one.example") && is_blocked(&sekisho, "two.example"));
    home.write("b.txt", "three.example\n");
    until("three.example is blocked", SWAP, || is_blocked(&sekisho, "three.example").then_some(()));
    assert!(is_blocked(&sekisho, "one.example") && !is_blocked(&sekisho, "two.example"));
    assert_eq!(fs::read(home.path("state/parsed")).unwrap(), b"");
    let ended = sekisho.stop();
    assert!(!ended.err.contains("WARN") && !ended.err.contains("ERROR"), "{}", ended.err);
}

#[cfg(target_os = "linux")]
#[test]
fn a_state_folder_that_becomes_read_only_keeps_the_rules_and_takes_changes_once_it_is_mended() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    let sekisho = home.start("");
    is_saved(&home.path("state/policy.trie"));
    let folders = || {
        let all = ["state", "state/lists", "state/parsed"].map(|name| home.path(name));
        let below = all[1..].iter().flat_map(|folder| fs::read_dir(folder).unwrap());
        let below: Vec<PathBuf> = below.map(|entry| entry.unwrap().path()).collect();
        all.into_iter().chain(below).collect::<Vec<_>>()
    };
    let all = folders();
    let set_mode = |mode: u32| {
        for folder in &all {
            fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    set_mode(0o555);
    home.write("b.txt", "three.example\n");
    // Root may write all the same, and then it is taken over; anybody else is told, and the rules stay.
    until("the change is taken over, or told", SWAP, || {
        (is_blocked(&sekisho, "three.example") || sekisho.stderr().contains("cannot be written"))
            .then_some(())
    });
    assert!(is_blocked(&sekisho, "one.example") && is_blocked(&sekisho, "both.example"));
    set_mode(0o755);
    until("three.example is blocked", 3 * SWAP, || is_blocked(&sekisho, "three.example").then_some(()));
    assert!(is_blocked(&sekisho, "one.example") && !is_blocked(&sekisho, "two.example"));
}
