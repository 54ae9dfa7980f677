//! Whether the lists can be read, what they have, how old they are, and whether the server that runs has them in
//! force. Also finds a name that is blocked, for the checks that need one.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{
    ask::fresh,
    beside,
    facts::Facts,
    report::{Finding, State, finding, trouble},
};
use crate::{
    app,
    config::Config,
    lists::{
        Base, ListError, Origin, Source,
        compile::{Compiler, to_name},
        fetched_copy, parse,
        quarantine::Gate,
        source,
    },
    message::rtype,
    name::Name,
    policy::{Policy, Shape, Verdict},
    trie::BuildError,
};

/// New scam names appear every hour; a list that is older than this is hardly fetched any more.
const OLD: Duration = Duration::from_hours(14 * 24);
/// Names of each list that are tried when one is looked for that is blocked.
const CANDIDATES: usize = 64;

/// All lists as they are now.
#[derive(Debug)]
pub(super) struct Lists {
    looked: Vec<Looked>,
    pub(super) blocked: Option<Blocked>,
    /// Why the rules as a whole cannot be put together.
    trouble: Option<String>,
}

/// A name that leads to the page.
#[derive(Debug, Clone)]
pub(super) struct Blocked {
    pub(super) name: Name,
    /// Whether names below it do so, too.
    pub(super) below: bool,
}

impl Blocked {
    /// A name that leads to the page and that nobody has asked for, where there is such a one.
    pub(super) fn fresh(&self) -> Name {
        let below = if self.below { fresh(&self.name) } else { None };
        below.unwrap_or_else(|| self.name.clone())
    }
}

/// One list.
#[derive(Debug)]
struct Looked {
    name: Arc<str>,
    text: Text,
    allows: bool,
    rules: u64,
    newest: Option<SystemTime>,
    errors: Vec<String>,
}

/// Where a list's text is.
#[derive(Debug)]
enum Text {
    /// In the program.
    Shipped,
    /// In a file or folder of the operator's.
    Own(PathBuf),
    /// In the state folder, fetched from its publisher.
    Fetched,
    /// It has yet to be fetched.
    NotFetched,
    /// In the state folder, which this user may not look into.
    Hidden,
}

impl Lists {
    /// Reads every file.
    pub(super) fn read(config: &Config) -> Self {
        let base = app::base(config);
        let guarding = base.as_ref().map(Base::clone).unwrap_or_default();
        let mut reading = Reading {
            base: &guarding,
            state: &config.state,
            compiler: Compiler::default(),
            candidates: Vec::new(),
            full: Ok(()),
        };
        let own = config.own_block.iter().map(|rule| rule.trim().trim_start_matches("*."));
        reading.candidates.extend(own.filter_map(|rule| to_name(rule).ok()));
        let looked = config.sources.iter().map(|source| reading.look(source)).collect();
        let Reading { base: _, state: _, compiler, candidates, full } = reading;
        let compiled = match base {
            Ok(base) => full.and_then(|()| compiler.finish(&base)).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        match compiled {
            Ok(policy) => Self { looked, blocked: blocked(&policy, &candidates), trouble: None },
            Err(trouble) => Self { looked, blocked: None, trouble: Some(trouble) },
        }
    }
}

struct Reading<'b> {
    base: &'b Base,
    state: &'b Path,
    compiler: Compiler,
    candidates: Vec<Name>,
    full: Result<(), BuildError>,
}

impl Reading<'_> {
    fn look(&mut self, source: &Source) -> Looked {
        self.compiler.begin_list(source.info());
        let mut looked = Looked {
            name: source.name.clone(),
            text: Text::Shipped,
            allows: source.allows,
            rules: 0,
            newest: None,
            errors: Vec::new(),
        };
        let path = match &source.origin {
            Origin::Bundled(text) => {
                looked.rules = self.take(source, text).unwrap_or(0);
                return looked;
            }
            Origin::Path(path) => {
                looked.text = Text::Own(path.clone());
                path.clone()
            }
            Origin::Subscription(_) => {
                let copy = fetched_copy(source, self.state).unwrap_or_default();
                looked.text = match copy.try_exists() {
                    Ok(true) => Text::Fetched,
                    Ok(false) => Text::NotFetched,
                    Err(_) => Text::Hidden,
                };
                if !matches!(looked.text, Text::Fetched) {
                    return looked;
                }
                copy
            }
        };
        let files = match source::files(&path) {
            Ok(files) => files,
            Err(error) => {
                looked.errors.push(error.to_string());
                return looked;
            }
        };
        for file in files.values() {
            let modified = fs::metadata(&file.path).and_then(|metadata| metadata.modified()).ok();
            looked.newest = looked.newest.max(modified);
            let rules = file.read().and_then(|text| {
                self.take(source, &text)
                    .map_err(|error| ListError::NotAList { path: file.path.clone(), error })
            });
            match rules {
                Ok(rules) => looked.rules += rules,
                Err(error) => looked.errors.push(error.to_string()),
            }
        }
        looked
    }

    fn take(&mut self, source: &Source, text: &[u8]) -> Result<u64, parse::ParseError> {
        let most = self.candidates.len() + CANDIDATES;
        let mut gate = Gate::new(source, self.base, 0);
        let report = parse::parse(text, source.format, source.matching, &mut |line, rule| {
            if !gate.admits(line, &rule) {
                return;
            }
            if let Some((name, _)) = rule.name()
                && self.candidates.len() < most
                && !source.allows
            {
                self.candidates.push(name.clone());
            }
            if self.full.is_ok() {
                self.full = self.compiler.add(rule);
            }
        })?;
        Ok(report.applied - gate.into_quarantine().held)
    }
}

/// One that blocks names below it, too, if there is one.
fn blocked(policy: &Policy, candidates: &[Name]) -> Option<Blocked> {
    let leads_to_page = |name: &Name| matches!(policy.decide(name, rtype::A), Verdict::Block(cause) if cause.shape() == Shape::Page);
    let all = candidates.iter().filter(|name| leads_to_page(name)).map(|name| Blocked {
        name: name.clone(),
        below: fresh(name).is_some_and(|below| leads_to_page(&below)),
    });
    let mut any = None;
    for found in all {
        if found.below {
            return Some(found);
        }
        any.get_or_insert(found);
    }
    any
}

/// Says what the lists are like.
pub(super) async fn examine(facts: &Facts) -> Vec<Finding> {
    let state = facts.config.state.clone();
    let mut findings = match &facts.lists {
        Some(lists) => {
            let runs = facts.running.samples.is_some() || !facts.running.dns.is_empty();
            let mut findings: Vec<Finding> =
                lists.looked.iter().flat_map(|looked| of_list(looked, runs)).collect();
            findings.extend(lists.trouble.as_ref().map(|why| {
                let found = format!("The rules cannot be put together: {why}.");
                trouble("lists.rules", State::Fault, found, "Correct what the sentence names.")
            }));
            findings.extend(protection(lists));
            findings
        }
        None => vec![finding("lists.list", State::Skipped, "The lists could not be read within seconds.")],
    };
    findings.extend(stale(facts));
    let runs = !facts.running.dns.is_empty();
    findings.extend(beside(move || Some(writable(&state, runs))).await);
    findings
}

fn of_list(looked: &Looked, runs: bool) -> Vec<Finding> {
    let name = &looked.name;
    let mut findings: Vec<Finding> =
        looked.errors.iter().map(|error| unusable(looked, error, runs)).collect();
    if looked.errors.is_empty() {
        let rules = looked.rules;
        let noun = if rules == 1 { "rule" } else { "rules" };
        let sound = |found: String| finding("lists.list", State::Ok, found);
        findings.push(match &looked.text {
            Text::Shipped => sound(format!("The list {name}, which is part of the program, has {rules} {noun}.")),
            Text::Own(path) => sound(format!("The list {name} has {rules} {noun} ({}).", path.display())),
            Text::Fetched => sound(format!("The list {name}, as it was last fetched, has {rules} {noun}.")),
            Text::NotFetched => trouble(
                "lists.list",
                State::Warning,
                format!("The list {name} has not been fetched yet, so it blocks nothing."),
                if runs {
                    "`sekisho lists` says why, and when it is tried again."
                } else {
                    "Start Sekisho where it reaches the internet, and without --offline: it fetches the list by itself."
                },
            ),
            Text::Hidden => {
                let found = format!(
                    "The list {name} is fetched, and this user may not read what was. Run `doctor` as root to see more."
                );
                finding("lists.list", State::Skipped, found)
            }
        });
    }
    let age = looked.newest.and_then(|time| time.elapsed().ok()).filter(|age| *age > OLD);
    findings.extend(age.map(|age| {
        let days = age.as_secs() / 86_400;
        let remedy = if matches!(looked.text, Text::Fetched) {
            "`sekisho lists` says whether its publisher is reached. If so, there is nothing new: look whether the publisher still keeps the list."
        } else {
            "Fetch it again, and let that happen by itself every day: most scam names are younger than this file."
        };
        trouble("lists.age", State::Warning, format!("The list {name} has not changed for {days} days."), remedy)
    }));
    findings
}

/// Of a text that cannot be used.
fn unusable(looked: &Looked, error: &str, runs: bool) -> Finding {
    let name = &looked.name;
    let now = if runs { " as it is now" } else { "" };
    let found = format!("The list {name} cannot be used{now}: {error}.");
    match (&looked.text, runs) {
        (Text::Fetched, _) => trouble(
            "lists.list",
            State::Warning,
            found,
            "Remove that file, restart Sekisho and run `sekisho lists update`: then the list is fetched again.",
        ),
        (_, true) => trouble(
            "lists.list",
            State::Warning,
            found,
            "Restore the file. The server that runs keeps the rules that it last read well.",
        ),
        (_, false) => trouble(
            "lists.list",
            State::Fault,
            found,
            "Restore the file, or take the list out of the configuration. Without a copy from an earlier run Sekisho does not start.",
        ),
    }
}

fn protection(lists: &Lists) -> Option<Finding> {
    const ID: &str = "lists.protection";
    let any = |is_meant: fn(&Text) -> bool| {
        lists.looked.iter().any(|looked| !looked.allows && is_meant(&looked.text))
    };
    if !any(|text| matches!(text, Text::Own(_) | Text::Fetched | Text::Hidden)) {
        let (found, remedy) = if any(|text| matches!(text, Text::NotFetched)) {
            (
                "You are not protected yet: no list has been fetched, and until then at most names for trying are blocked.",
                "Where Sekisho runs and reaches the internet, this takes about a minute; `sekisho lists` says how it goes.",
            )
        } else {
            (
                "You are not protected: the only list is the bundled one, which has names for trying.",
                "Have a real list fetched (`sekisho lists catalogue` shows public ones, `sekisho lists add NAME` adds one), or give one of yours under [[list]] in the configuration or with --list.",
            )
        };
        return Some(trouble(ID, State::Warning, found, remedy));
    }
    // What cannot be looked at may well have one.
    let hidden = any(|text| matches!(text, Text::Hidden));
    (lists.blocked.is_none() && lists.trouble.is_none() && !hidden).then(|| {
        trouble(
            ID,
            State::Warning,
            "No name was found that leads to the page: the lists are empty, or their categories are answered otherwise.",
            "Look at [block.category], and at what the lists hold (`sekisho check NAME`).",
        )
    })
}

/// What the running server says of its lists.
fn stale(facts: &Facts) -> Vec<Finding> {
    let Some(samples) = &facts.running.samples else { return Vec::new() };
    let is_set = |metric: &str, source: &Source| {
        samples.sum(metric, &[("list", &source.name)]).is_some_and(|value| value > 0.0)
    };
    let stale = facts.config.sources.iter().filter(|source| is_set("sekisho_list_stale", source));
    stale.map(|source| of_stale(source, is_set("sekisho_list_held", source))).collect()
}

/// Of a list whose rules in force are not what its file or its publisher says.
fn of_stale(source: &Source, is_held: bool) -> Finding {
    let name = &source.name;
    let is_fetched = matches!(source.origin, Origin::Subscription(_));
    match (is_fetched, is_held) {
        (true, true) => trouble(
            "lists.held",
            State::Warning,
            format!("A new publication of the list {name} is held, since it looks like an accident."),
            "The one before, if there is one, stays in force. `sekisho lists` says why; `sekisho lists accept NAME` takes it over if it is right after all.",
        ),
        (true, false) => trouble(
            "lists.stale",
            State::Warning,
            format!("The server cannot fetch the list {name}."),
            "`sekisho lists` says why. What was fetched before stays in force.",
        ),
        (false, _) => trouble(
            "lists.stale",
            State::Warning,
            format!("The server lives on the last good copy of the list {name}."),
            "Look at its log for the reason, and mend the list's file or the state folder.",
        ),
    }
}

/// Whether this user can write where copies are kept.
fn writable(folder: &Path, runs: bool) -> Finding {
    const ID: &str = "lists.state";
    if !folder.exists() {
        let found = format!("The state folder {} is made at the first start.", folder.display());
        return finding(ID, State::Ok, found);
    }
    match try_to_write(folder) {
        Ok(()) => finding(ID, State::Ok, format!("This user can write to {}.", folder.display())),
        Err(error) if runs && error.kind() == io::ErrorKind::PermissionDenied => {
            let found = "This user may not write to the state folder; whether the one that Sekisho runs as may is open. Run `doctor` as root to see more.";
            finding(ID, State::Skipped, found)
        }
        Err(error) => trouble(
            ID,
            State::Warning,
            format!("This user cannot write to the state folder {}: {error}.", folder.display()),
            "If Sekisho runs as another user, run `doctor` as that one or as root. Else check the disk and who owns the folder.",
        ),
    }
}

fn try_to_write(folder: &Path) -> io::Result<()> {
    let path = folder.join(format!(".doctor-{:016x}", rand::random::<u64>()));
    File::create_new(&path)?;
    fs::remove_file(&path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Overrides;

    fn lists(config: &str) -> Lists {
        Lists::read(&Config::read(config, &Overrides::default()).unwrap())
    }

    #[test]
    fn a_name_with_all_below_it_is_preferred() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list");
        fs::write(&path, "0.0.0.0 exact.example\n").unwrap();
        let exact = format!("[[list]]\nname = \"a\"\npath = {path:?}\nmatch = \"exact\"\n");
        let found = lists(&exact).blocked.unwrap();
        assert_eq!((found.name.to_string().as_str(), found.below), ("exact.example", false));
        assert_eq!(found.fresh(), found.name);
        let more = format!("{exact}\n[rules]\nblock = [\"all.example\"]\n");
        let found = lists(&more).blocked.unwrap();
        assert_eq!((found.name.to_string().as_str(), found.below), ("all.example", true));
        assert!(found.fresh().is_at_or_below(&found.name) && found.fresh() != found.name);
    }

    /// What is said of the lists, one line each.
    fn said(lists: &Lists, runs: bool) -> String {
        let findings = lists.looked.iter().flat_map(|looked| of_list(looked, runs)).chain(protection(lists));
        let lines: Vec<String> = findings.map(|finding| format!("{finding:?}")).collect();
        lines.join("\n")
    }

    #[test]
    fn a_list_that_has_yet_to_be_fetched_is_told_and_so_is_what_was_fetched() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().to_str().unwrap();
        let config = format!(
            "[state]\ndir = {state:?}\n[[list]]\nname = \"feed\"\nurl = \"https://lists.example/feed.txt\"\n"
        );
        let text = said(&lists(&config), false);
        assert!(
            text.contains("feed has not been fetched yet") && text.contains("reaches the internet"),
            "{text}"
        );
        assert!(text.contains("You are not protected yet") && !text.contains("Restore the file"), "{text}");
        assert!(said(&lists(&config), true).contains("`sekisho lists` says why"));

        let read = Config::read(&config, &Overrides::default()).unwrap();
        let copy = fetched_copy(&read.sources[0], folder.path()).unwrap();
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::write(&copy, "bad.example\n").unwrap();
        let text = said(&lists(&config), false);
        assert!(text.contains("The list feed, as it was last fetched, has 1 rule."), "{text}");
        assert!(!text.contains("not protected"), "{text}");
        fs::write(&copy, "<!doctype html>\n").unwrap();
        assert!(said(&lists(&config), false).contains("`sekisho lists update`"));
    }

    #[test]
    fn a_list_that_is_held_is_told_from_one_that_cannot_be_fetched_and_from_a_bad_file() {
        let config = "[[list]]\nname = \"feed\"\nurl = \"https://lists.example/feed.txt\"\n";
        let read = Config::read(config, &Overrides::default()).unwrap();
        let text = |source: &Source, is_held| format!("{:?}", of_stale(source, is_held));
        assert!(text(&read.sources[0], true).contains("is held"));
        assert!(text(&read.sources[0], false).contains("cannot fetch the list feed"));
        assert!(
            text(&Source::of_path("mine", "mine.txt"), false).contains("last good copy of the list mine")
        );
    }

    #[test]
    fn names_that_do_not_lead_to_the_page_are_none() {
        let null = "[block.category]\nscam = \"null\"\n";
        assert!(lists(null).blocked.is_none());
        assert!(lists("").blocked.is_some());
    }
}
