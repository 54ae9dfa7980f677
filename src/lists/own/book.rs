//! What the operator has said by commands while the server runs: own rules, for good or for a time, and pauses. It is
//! kept in `STATE/rules.toml`, which the server alone writes.
//!
//! What has a time ends on time, whatever the calendar is set to meanwhile: see [`Limit`]. A rule that has one stands
//! above the one without for the same subject, which is in force again when it is over.

use std::{
    collections::HashSet,
    io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

use super::{Kind, Subject};
use crate::{
    limit::{Limit, Now},
    lists::{
        moment,
        replace::{read_bounded, replace},
    },
};

/// What the file is called.
const FILE: &str = "rules.toml";
/// The most rules. Whoever wants more wants a list of his own.
pub const MOST_RULES: usize = 10_000;
/// The largest file that is read.
const LARGEST_FILE: u64 = 4 << 20;
/// What stands above the rules.
const HEADING: &str = "\
# Rules and pauses that were made by `sekisho allow`, `sekisho block` and `sekisho pause`, and are taken back by
# `sekisho rules remove` and `sekisho resume`. Sekisho writes this file: rules that you write by hand belong under
# [rules] in sekisho.toml.
";

/// A rule that a command made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What it does.
    pub kind: Kind,
    /// What it speaks of, as [`Subject`] writes it.
    pub rule: String,
    /// When it was made.
    pub since: SystemTime,
    /// When it ends, if it does.
    pub limit: Option<Limit>,
}

/// All that was said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Book {
    rules: Vec<Rule>,
    pause: Option<Limit>,
}

/// Why the book cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// The system refuses the file.
    #[error("{path} cannot be used: {error}. Check the disk, and that the user that Sekisho runs as may write there", path = .path.display())]
    System {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Its text is something else.
    #[error("{path} is damaged: {problem}. Correct it, or remove it to begin without rules", path = .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// There is no room for another rule.
    #[error(
        "there are {MOST_RULES} rules already, which is the most. Put names in a list of your own ([[list]] with path in sekisho.toml)"
    )]
    Full,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    #[serde(skip_serializing_if = "Option::is_none")]
    pause: Option<FileLimit>,
    rule: Vec<FileRule>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRule {
    kind: Kind,
    rule: String,
    since: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seconds: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileLimit {
    until: String,
    seconds: u64,
}

impl Book {
    /// Reads what was said before. Without a file that is nothing; what has ended is left out.
    ///
    /// # Errors
    ///
    /// If the file is there and cannot be used.
    pub fn read(state: &Path, now: Now) -> Result<Self, BookError> {
        let path = state.join(FILE);
        let text = read_bounded(&path, LARGEST_FILE)
            .map_err(|error| BookError::System { path: path.clone(), error })?
            .unwrap_or_default();
        let damaged = |problem: String| BookError::Damaged { path: path.clone(), problem };
        let file: File = toml::from_str(&text).map_err(|error| damaged(error.message().into()))?;
        if file.rule.len() > MOST_RULES {
            return Err(damaged(format!("it has more than {MOST_RULES} rules")));
        }
        let limit = |until: &str, seconds: u64| {
            let until = moment::read(until).ok_or_else(|| damaged(format!("`{until}` is no moment")))?;
            Ok(Limit::written_as(until, Duration::from_secs(seconds), now))
        };
        let mut book = Self::default();
        for FileRule { kind, rule, since, until, seconds } in file.rule {
            let subject: Subject = rule.parse().map_err(|error| damaged(format!("{error}")))?;
            let since = moment::read(&since).ok_or_else(|| damaged(format!("`{since}` is no moment")))?;
            let limit = match (until, seconds) {
                (Some(until), Some(seconds)) => Some(limit(&until, seconds)?),
                (None, None) => None,
                _ => return Err(damaged(format!("the rule `{rule}` has one of until and seconds alone"))),
            };
            book.rules.push(Rule { kind, rule: subject.to_string(), since, limit });
        }
        book.pause = file.pause.map(|pause| limit(&pause.until, pause.seconds)).transpose()?;
        book.end_what_is_over(now);
        Ok(book)
    }

    /// Writes everything for the next start.
    ///
    /// # Errors
    ///
    /// If the system refuses the file. Then the one before is still there.
    pub fn write(&mut self, state: &Path, now: Now) -> Result<(), BookError> {
        let path = state.join(FILE);
        let limit = |limit: &mut Limit| {
            let (until, length) = limit.write(now);
            (moment::show(until), length.as_secs())
        };
        let rule = |rule: &mut Rule| {
            let (until, seconds) = rule.limit.as_mut().map(limit).unzip();
            FileRule {
                kind: rule.kind,
                rule: rule.rule.clone(),
                since: moment::show(rule.since),
                until,
                seconds,
            }
        };
        let pause = self.pause.as_mut().map(limit).map(|(until, seconds)| FileLimit { until, seconds });
        let file = File { pause, rule: self.rules.iter_mut().map(rule).collect() };
        // These types have nothing that TOML has not.
        let text = toml::to_string(&file).unwrap_or_default();
        replace(&path, &format!("{HEADING}\n{text}")).map_err(|error| BookError::System { path, error })
    }

    /// The rules, in the order in which they were made.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rules that no other of them stands above, as [`own_rules`](super::own_rules) takes them.
    pub fn texts(&self) -> impl Iterator<Item = (Kind, &str)> {
        let timed: HashSet<&str> = self.timed().map(|rule| &*rule.rule).collect();
        let counts = move |rule: &&Rule| rule.limit.is_some() || !timed.contains(&*rule.rule);
        self.rules.iter().filter(counts).map(|rule| (rule.kind, &*rule.rule))
    }

    fn timed(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(|rule| rule.limit.is_some())
    }

    /// The rule for good that there is for a subject, whether or not one for a time stands above it.
    pub fn for_good(&self, subject: &Subject) -> Option<&Rule> {
        let text = subject.to_string();
        self.rules.iter().find(|rule| rule.limit.is_none() && rule.rule == text)
    }

    /// Until when nothing is blocked, if that is so.
    pub const fn pause(&self) -> Option<&Limit> {
        self.pause.as_ref()
    }

    /// Makes a rule. One for good takes the place of all others for the same subject, one for a time that of another for
    /// a time. Gives the rule that was in force for the subject.
    ///
    /// # Errors
    ///
    /// If there is no room.
    pub fn set(
        &mut self,
        kind: Kind,
        subject: &Subject,
        length: Option<Duration>,
        now: Now,
    ) -> Result<Option<Rule>, BookError> {
        let limit = length.map(|length| Limit::after(length, now));
        let text = subject.to_string();
        let before = self.place_in_force(&text).and_then(|place| self.rules.get(place)).cloned();
        self.rules.retain(|rule| rule.rule != text || (limit.is_some() && rule.limit.is_none()));
        if self.rules.len() >= MOST_RULES {
            return Err(BookError::Full);
        }
        self.rules.push(Rule { kind, rule: text, since: now.calendar, limit });
        Ok(before)
    }

    /// Takes back the rule that is in force for a subject, and gives it. One for good below it is in force again.
    pub fn remove(&mut self, subject: &Subject) -> Option<Rule> {
        let place = self.place_in_force(&subject.to_string())?;
        Some(self.rules.remove(place))
    }

    /// Where the rule is that is in force for a subject.
    fn place_in_force(&self, text: &str) -> Option<usize> {
        let mut places = self.rules.iter().enumerate().filter(|(_, rule)| rule.rule == text);
        let (first, rule) = places.next()?;
        let timed = if rule.limit.is_some() { None } else { places.find(|(_, rule)| rule.limit.is_some()) };
        Some(timed.map_or(first, |(place, _)| place))
    }

    /// Has nothing blocked for a time.
    pub fn begin_pause(&mut self, length: Duration, now: Now) {
        self.pause = Some(Limit::after(length, now));
    }

    /// Ends a pause. Tells whether there was one.
    pub const fn end_pause(&mut self) -> bool {
        self.pause.take().is_some()
    }

    /// Ends what is over. Gives the rules that were, and whether a pause was.
    pub fn end_what_is_over(&mut self, now: Now) -> (Vec<Rule>, bool) {
        let is_over = |limit: &Limit| limit.is_over(now);
        let over = self.rules.extract_if(.., |rule| rule.limit.as_ref().is_some_and(is_over)).collect();
        (over, self.pause.take_if(|limit| is_over(limit)).is_some())
    }

    /// How long until something ends.
    pub fn next_end(&self, now: Now) -> Option<Duration> {
        self.limits().map(|limit| limit.left(now)).min()
    }

    /// Whether the calendar was set, so that what the file says of ends is no longer true.
    pub fn has_drifted(&self, now: Now) -> bool {
        self.limits().any(|limit| limit.has_drifted(now))
    }

    fn limits(&self) -> impl Iterator<Item = &Limit> {
        self.timed().filter_map(|rule| rule.limit.as_ref()).chain(&self.pause)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    fn now(since_start: u64, calendar: &str) -> Now {
        let calendar = moment::read(calendar).unwrap();
        Now { since_start: Duration::from_secs(since_start), calendar }
    }

    fn subject(text: &str) -> Subject {
        text.parse().unwrap()
    }

    fn shown(book: &Book) -> Vec<String> {
        book.texts().map(|(kind, rule)| format!("{} {rule}", kind.word())).collect()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let at = now(100, "2026-03-01T09:00:00Z");
        let mut book = Book::read(folder.path(), at).unwrap();
        assert_eq!(book, Book::default());
        book.set(Kind::Block, &subject("bad.example"), None, at).unwrap();
        book.set(Kind::Allow, &subject("*.例え.example"), Some(30 * MINUTE), at).unwrap();
        book.set(Kind::Block, &subject("/\"quoted\\d/"), None, at).unwrap();
        book.begin_pause(5 * MINUTE, at);
        book.write(folder.path(), at).unwrap();
        assert_eq!(Book::read(folder.path(), at).unwrap(), book);

        let later = now(7, "2026-03-01T09:20:00Z");
        let read = Book::read(folder.path(), later).unwrap();
        assert_eq!(shown(&read), ["block bad.example", "allow *.xn--r8jz45g.example", "block /\"quoted\\d/"]);
        assert_eq!(read.next_end(later), Some(10 * MINUTE));
        assert!(read.pause().is_none());
        let after = now(7, "2026-03-01T09:30:00Z");
        assert_eq!(Book::read(folder.path(), after).unwrap().rules().len(), 2);
    }

    #[test]
    fn a_rule_takes_the_place_of_one_for_the_same_subject() {
        let at = now(0, "2026-03-01T09:00:00Z");
        let mut book = Book::default();
        assert_eq!(book.set(Kind::Block, &subject("a.example"), None, at).unwrap(), None);
        let before = book.set(Kind::Allow, &subject("A.example"), None, at).unwrap().unwrap();
        assert_eq!((before.kind, shown(&book)), (Kind::Block, vec!["allow a.example".to_owned()]));
        assert!(book.remove(&subject("*.a.example")).is_none());
        assert!(book.remove(&subject("a.example")).is_some() && book.rules().is_empty());
    }

    #[test]
    fn a_rule_for_a_time_stands_above_the_one_for_good_which_is_back_when_it_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let at = now(100, "2026-03-01T09:00:00Z");
        let name = subject("a.example");
        let mut book = Book::default();
        book.set(Kind::Block, &name, None, at).unwrap();
        for length in [30 * MINUTE, 10 * MINUTE] {
            assert!(book.set(Kind::Allow, &name, Some(length), at).unwrap().is_some());
            assert_eq!((shown(&book), book.rules().len()), (vec!["allow a.example".to_owned()], 2));
        }
        book.write(folder.path(), at).unwrap();
        assert_eq!(Book::read(folder.path(), at).unwrap(), book);
        let (over, _) = book.end_what_is_over(now(100 + 600, "2026-03-01T09:10:00Z"));
        assert_eq!((over.len(), shown(&book)), (1, vec!["block a.example".to_owned()]));
        let after = now(7, "2026-03-01T09:10:00Z");
        assert_eq!(shown(&Book::read(folder.path(), after).unwrap()), ["block a.example"]);

        book.set(Kind::Allow, &name, Some(MINUTE), at).unwrap();
        assert_eq!(book.remove(&name).map(|rule| rule.kind), Some(Kind::Allow));
        assert_eq!(book.for_good(&name).map(|rule| rule.kind), Some(Kind::Block));
        book.set(Kind::Allow, &name, Some(MINUTE), at).unwrap();
        let before = book.set(Kind::Block, &name, None, at).unwrap();
        assert_eq!((before.map(|rule| rule.kind), book.rules().len()), (Some(Kind::Allow), 1));
        assert_eq!(shown(&book), ["block a.example"]);
    }

    #[test]
    fn limits_end_on_time_whatever_the_calendar_is_set_to() {
        for calendar in ["1970-01-01T00:00:00Z", "2026-03-01T09:01:00Z", "2040-01-01T00:00:00Z"] {
            let mut book = Book::default();
            let at = now(100, "2026-03-01T09:00:00Z");
            book.set(Kind::Allow, &subject("a.example"), Some(10 * MINUTE), at).unwrap();
            book.begin_pause(2 * MINUTE, at);
            let before = now(160, calendar);
            assert_eq!(book.end_what_is_over(before), (vec![], false), "{calendar}");
            assert_eq!(book.next_end(before), Some(MINUTE));
            assert_eq!(book.has_drifted(before), calendar != "2026-03-01T09:01:00Z");
            let (over, paused) = book.end_what_is_over(now(100 + 120, calendar));
            assert!(over.is_empty() && paused && book.pause().is_none());
            let (over, _) = book.end_what_is_over(now(100 + 600, calendar));
            assert_eq!((over.len(), book.rules().len()), (1, 0), "{calendar}");
        }
    }

    #[test]
    fn a_calendar_that_was_set_is_written_into_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let at = now(100, "1970-01-01T00:01:40Z");
        let mut book = Book::default();
        book.set(Kind::Allow, &subject("a.example"), Some(10 * MINUTE), at).unwrap();
        book.write(folder.path(), at).unwrap();
        let set = now(160, "2026-03-01T09:00:00Z");
        assert!(book.has_drifted(set));
        book.write(folder.path(), set).unwrap();
        assert!(!book.has_drifted(set));
        let read = Book::read(folder.path(), now(5, "2026-03-01T09:02:00Z")).unwrap();
        assert_eq!(read.next_end(now(5, "2026-03-01T09:02:00Z")), Some(7 * MINUTE));
    }

    #[test]
    fn after_a_restart_without_a_clock_a_limit_is_no_longer_than_it_was_made_for() {
        let folder = tempfile::tempdir().unwrap();
        let at = now(100, "2026-03-01T09:00:00Z");
        let mut book = Book::default();
        book.set(Kind::Allow, &subject("a.example"), Some(10 * MINUTE), at).unwrap();
        book.write(folder.path(), at).unwrap();
        let past = now(5, "1970-01-01T00:00:05Z");
        assert_eq!(Book::read(folder.path(), past).unwrap().next_end(past), Some(10 * MINUTE));
    }

    #[test]
    fn a_damaged_file_is_told_and_not_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let at = now(0, "2026-03-01T09:00:00Z");
        for text in [
            "[[rule]]\nkind = \"allow\"\n",
            "[[rule]]\nkind = \"allow\"\nrule = \"a..b\"\nsince = \"2026-03-01T09:00:00Z\"\n",
            "[[rule]]\nkind = \"allow\"\nrule = \"a\"\nsince = \"now\"\n",
            "[[rule]]\nkind = \"allow\"\nrule = \"a\"\nsince = \"2026-03-01T09:00:00Z\"\nseconds = 9\n",
            "pause = 3\n",
            "\u{0}",
        ] {
            fs::write(folder.path().join(FILE), text).unwrap();
            let error = Book::read(folder.path(), at).unwrap_err().to_string();
            assert!(error.contains("rules.toml is damaged"), "{error}");
        }
    }

    #[test]
    fn there_is_an_end_to_rules() {
        let at = now(0, "2026-03-01T09:00:00Z");
        let mut book = Book::default();
        for number in 0..MOST_RULES {
            book.set(Kind::Block, &subject(&format!("n{number}.example")), None, at).unwrap();
        }
        assert!(matches!(book.set(Kind::Block, &subject("one.more"), None, at), Err(BookError::Full)));
        assert!(book.set(Kind::Allow, &subject("n7.example"), None, at).is_ok());
    }
}
