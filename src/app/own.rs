//! The operator's own rules while the server runs: those of the configuration together with what commands said. A change
//! is in force at once, beside lists of any size; then it is written down.

mod shown;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use tokio::{
    sync::{Notify, watch},
    time::sleep,
};

use crate::{
    config::Config,
    control,
    engine::Engine,
    limit::Now,
    lists::{
        OwnRuleError, moment,
        own::{
            self, Kind, Subject,
            book::{Book, BookError, Rule},
        },
    },
    message::rtype,
    policy::{OwnRules, Shape, Verdict},
    telemetry::{Metrics, RuleMetrics},
};

/// The longest pause: one that is longer is more likely forgotten than meant.
const LONGEST_PAUSE: Duration = Duration::from_hours(24);
/// The longest limit of a rule.
const LONGEST_LIMIT: Duration = Duration::from_hours(24 * 366);
/// How often the calendar is looked at while something has a limit.
const LOOK: Duration = Duration::from_mins(1);

/// Keeps what was said, and puts it in force.
#[derive(Debug)]
pub(super) struct OwnRulesKeeper {
    engine: Arc<Engine>,
    metrics: Arc<Metrics>,
    state: PathBuf,
    said: Mutex<Said>,
    /// Told when something has a limit that had none.
    changed: Notify,
}

/// What was said.
#[derive(Debug)]
struct Said {
    /// By the configuration.
    configured: Configured,
    /// By commands; else why that cannot be read.
    book: Result<Book, BookError>,
}

/// What the configuration says.
#[derive(Debug, Clone)]
pub(super) struct Configured {
    rules: Vec<(Kind, String)>,
    shape: Shape,
}

impl Configured {
    pub(super) fn of(config: &Config) -> Self {
        let rules = config.own_rules().map(|(kind, rule)| (kind, rule.into_owned())).collect();
        Self { rules, shape: config.own_shape() }
    }

    /// The rules, with those of a book, in place of those that were in force `before`.
    pub(super) fn with(&self, book: Option<&Book>, before: &OwnRules) -> Result<OwnRules, OwnRuleError> {
        let configured = self.rules.iter().map(|(kind, rule)| (*kind, &**rule));
        own::changed(before, configured.chain(book.into_iter().flat_map(Book::texts)), self.shape)
    }

    /// Whether there is such a rule.
    fn has(&self, kind: Kind, subject: &Subject) -> bool {
        self.rules.iter().any(|(known, rule)| *known == kind && rule.parse().as_ref() == Ok(subject))
    }
}

/// The time by both clocks.
pub(super) fn now() -> Now {
    Now { since_start: since_start(), calendar: SystemTime::now() }
}

/// How long the machine has been running, asleep or not.
#[cfg(target_os = "linux")]
fn since_start() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

/// How long the program has been running: limits begin anew with each start by the calendar anyway.
#[cfg(not(target_os = "linux"))]
fn since_start() -> Duration {
    static START: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    START.elapsed()
}

impl OwnRulesKeeper {
    /// Reads what was said before, and puts it in force.
    ///
    /// # Errors
    ///
    /// If the configuration's rules cannot be used.
    pub(super) fn start(
        config: &Config,
        engine: Arc<Engine>,
        metrics: Arc<Metrics>,
    ) -> Result<Arc<Self>, OwnRuleError> {
        let configured = Configured::of(config);
        let mut book = Book::read(&config.state, now());
        let before = engine.policy().own.clone();
        let own = match &book {
            Ok(read) => configured.with(Some(read), &before).or_else(|error| {
                tracing::error!("rules that commands made are left out: {error}");
                configured.with(None, &before)
            })?,
            Err(error) => {
                tracing::error!("{error}. Until then, rules and pauses that commands made are not in force");
                configured.with(None, &before)?
            }
        };
        if let Ok(book) = &mut book {
            tell_what_lasts(book);
        }
        let said = Mutex::new(Said { configured, book });
        let (state, changed) = (config.state.clone(), Notify::new());
        let keeper = Arc::new(Self { engine, metrics, state, said, changed });
        keeper.put_in_force(&keeper.said(), own);
        Ok(keeper)
    }

    /// Ends rules and pauses on time, and keeps what is written true to the calendar.
    pub(super) async fn run(self: Arc<Self>, mut stopped: watch::Receiver<bool>) {
        loop {
            let next = self.said().book.as_ref().ok().and_then(|book| book.next_end(now()));
            let wait = async {
                match next {
                    Some(left) => sleep(left.min(LOOK)).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = wait => {}
                () = self.changed.notified() => continue,
                _ = stopped.changed() => return,
            }
            let keeper = self.clone();
            // Writing waits for the disk.
            if tokio::task::spawn_blocking(move || keeper.look_at_clocks()).await.is_err() {
                return;
            }
        }
    }

    /// Takes the rules of another configuration: `commit` is given all rules, and puts them in force with the rest of it.
    /// Rules that cannot be used beside those of commands leave the ones in force.
    pub(super) fn reconfigure(&self, configured: Configured, commit: impl FnOnce(Arc<OwnRules>)) {
        let mut said = self.said();
        let own = configured.with(said.book.as_ref().ok(), &self.in_force()).map(Arc::new);
        if let Ok(own) = &own {
            said.configured = configured;
            self.count(&said, own);
        }
        commit(own.unwrap_or_else(|error| {
            tracing::error!("the changed rules of the operator's own are not taken over: {error}");
            self.in_force()
        }));
    }

    fn look_at_clocks(&self) {
        let mut said = self.said();
        let now = now();
        let Ok(book) = &mut said.book else { return };
        let (over, pause_over) = book.end_what_is_over(now);
        if over.is_empty() && !pause_over && !book.has_drifted(now) {
            return;
        }
        for rule in &over {
            tracing::info!("the time of the rule is over: {} {}", rule.kind.word(), rule.rule);
        }
        if pause_over {
            tracing::info!("the pause is over: names are blocked again");
        }
        let written = book.write(&self.state, now);
        match said.configured.with(said.book.as_ref().ok(), &self.in_force()) {
            Ok(own) => self.put_in_force(&said, own),
            Err(error) => tracing::error!("{error}"),
        }
        if let Err(error) = written {
            tracing::warn!("{error}. What has ended stays ended until the next start");
        }
    }

    /// Makes a rule.
    pub(super) fn set(&self, kind: Kind, rule: &str, seconds: Option<u64>) -> Result<String, String> {
        let subject: Subject = rule.parse().map_err(|error: OwnRuleError| error.to_string())?;
        let length = seconds.map(Duration::from_secs);
        if length.is_some_and(|length| length > LONGEST_LIMIT || length.is_zero()) {
            return Err("a rule lasts between a second and a year; without --for it lasts for good".into());
        }
        let mut said = self.said();
        if kind == Kind::Block && said.configured.has(Kind::Allow, &subject) {
            return Err(format!(
                "sekisho.toml has {subject} under [rules] allow, which stands above a rule that blocks. Remove it there"
            ));
        }
        let before = self.before(kind, &subject);
        let replaced = self.change(&mut said, |book, now| {
            book.set(kind, &subject, length, now).map_err(|error| error.to_string())
        })?;
        tracing::info!(seconds, "own rule: {} {subject}", kind.word());
        let now = now();
        let verb = if kind == Kind::Allow { "passes" } else { "is blocked" };
        let mut told = format!("{} {verb} from now on", spoken(&subject));
        if let Some(length) = length {
            told = format!("{told}, for {} (until {})", words(length), moment::show(now.calendar + length));
        }
        told.push_str(".\n");
        told.push_str(&instead_of(kind, replaced.value.as_ref(), length.and(for_good(&said, &subject))));
        told.push_str(&before);
        Ok(told + &replaced.kept)
    }

    /// Takes a rule back.
    pub(super) fn remove(&self, rule: &str) -> Result<String, String> {
        let subject: Subject = rule.parse().map_err(|error: OwnRuleError| error.to_string())?;
        let mut said = self.said();
        let removed = self.change(&mut said, |book, _| {
            book.remove(&subject).ok_or_else(|| {
                format!("no command made a rule for {subject}. `sekisho rules` shows those that there are; what sekisho.toml says is changed there")
            })
        })?;
        let word = removed.value.kind.word();
        tracing::info!("own rule taken back: {word} {subject}");
        let below = for_good(&said, &subject).map_or_else(String::new, |kind| {
            format!("Your rule to {} it for good is in force again.\n", kind.word())
        });
        Ok(format!("The rule to {word} {subject} is taken back.\n{below}{}", removed.kept))
    }

    /// Blocks nothing for a time.
    pub(super) fn pause(&self, seconds: u64) -> Result<String, String> {
        let length = Duration::from_secs(seconds);
        if length.is_zero() || length > LONGEST_PAUSE {
            return Err("a pause lasts between a second and a day (\"24h\")".into());
        }
        let paused = self.change(&mut self.said(), |book, now| {
            book.begin_pause(length, now);
            Ok(())
        })?;
        tracing::warn!(seconds, "paused: nothing is blocked");
        let until = moment::show(now().calendar + length);
        Ok(format!(
            "Nothing is blocked for {} (until {until}): nobody is protected meanwhile. `sekisho resume` ends it.\n{}",
            words(length),
            paused.kept
        ))
    }

    /// Ends a pause.
    pub(super) fn resume(&self) -> Result<String, String> {
        let ended = self.change(&mut self.said(), |book, _| Ok(book.end_pause()))?;
        if !ended.value {
            return Ok("There was no pause: names are blocked.\n".into());
        }
        tracing::info!("the pause is ended: names are blocked again");
        Ok(format!("Names are blocked again.\n{}", ended.kept))
    }

    /// All rules.
    pub(super) fn rules(&self) -> Result<control::Rules, String> {
        let mut said = self.said();
        let now = now();
        let Said { configured, book } = &mut *said;
        let book = Self::usable(book, &self.state)?;
        Ok(shown::rules(configured, book, now))
    }

    /// Changes the book, puts that in force, and then writes it. What cannot be put in force changes nothing.
    fn change<T>(
        &self,
        said: &mut Said,
        change: impl FnOnce(&mut Book, Now) -> Result<T, String>,
    ) -> Result<Changed<T>, String> {
        let now = now();
        let mut changed = Self::usable(&mut said.book, &self.state)?.clone();
        let value = change(&mut changed, now)?;
        let own =
            said.configured.with(Some(&changed), &self.in_force()).map_err(|error| error.to_string())?;
        said.book = Ok(changed);
        self.put_in_force(said, own);
        self.changed.notify_one();
        let kept = match said.book.as_mut().map(|book| book.write(&self.state, now)) {
            Ok(Err(error)) => format!("It is in force, but will not outlast a restart: {error}.\n"),
            _ => String::new(),
        };
        Ok(Changed { value, kept })
    }

    /// The book; one that could not be read is read again, since the file may have been mended.
    fn usable<'b>(book: &'b mut Result<Book, BookError>, state: &Path) -> Result<&'b mut Book, String> {
        if book.is_err() {
            *book = Book::read(state, now());
        }
        book.as_mut().map_err(|error| error.to_string())
    }

    fn put_in_force(&self, said: &Said, own: OwnRules) {
        let own = Arc::new(own);
        self.engine.set_own_rules(&own);
        let paused = said.book.as_ref().is_ok_and(|book| book.pause().is_some());
        self.engine.set_paused(paused);
        self.count(said, &own);
    }

    fn count(&self, said: &Said, own: &OwnRules) {
        let RuleMetrics { rules, paused } = &self.metrics.rules;
        rules.set(own.len() as i64);
        paused.set(i64::from(said.book.as_ref().is_ok_and(|book| book.pause().is_some())));
    }

    /// What rules said of a name before one was made, where that is worth knowing.
    fn before(&self, kind: Kind, subject: &Subject) -> String {
        let Subject::Name(name, _) = subject else { return String::new() };
        let policy = self.engine.policy();
        match (kind, policy.decide(name, rtype::A)) {
            (Kind::Allow, Verdict::Block(cause)) => format!("It was blocked by {cause}.\n"),
            (Kind::Allow, _) => "No rule blocked that very name.\n".into(),
            (Kind::Block, Verdict::Block(cause)) => format!("It was blocked before, by {cause}.\n"),
            (Kind::Block, Verdict::Allowed(cause)) => format!("It was let pass by {cause}.\n"),
            (Kind::Block, _) => String::new(),
        }
    }

    fn in_force(&self) -> Arc<OwnRules> {
        self.engine.policy().own.clone()
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the rule for good says that a command made for a subject.
fn for_good(said: &Said, subject: &Subject) -> Option<Kind> {
    said.book.as_ref().ok()?.for_good(subject).map(|rule| rule.kind)
}

/// What a new rule of some kind does to others: it ends the one that was `replaced`, or stands above one for good.
fn instead_of(kind: Kind, replaced: Option<&Rule>, below: Option<Kind>) -> String {
    if let Some(below) = below {
        return format!("When that time is over, your rule to {} it is in force again.\n", below.word());
    }
    let contrary = replaced.filter(|rule| rule.kind != kind);
    contrary.map_or_else(String::new, |rule| {
        format!("This takes the place of your rule to {} it.\n", rule.kind.word())
    })
}

/// What came of a change.
struct Changed<T> {
    value: T,
    /// A sentence, if it could not be written down.
    kept: String,
}

fn tell_what_lasts(book: &Book) {
    if let Some(limit) = book.pause() {
        let left = words(limit.left(now()));
        tracing::warn!("a pause goes on: nothing is blocked for {left}; `sekisho resume` ends it");
    }
    if !book.rules().is_empty() {
        tracing::info!(rules = book.rules().len(), "rules that commands made are in force");
    }
}

/// What a rule speaks of, in a sentence.
fn spoken(subject: &Subject) -> String {
    match subject {
        Subject::Name(name, crate::trie::Scope::Below) => format!("Every name below {name}"),
        Subject::Name(name, _) => format!("{name}, with all names below it,"),
        Subject::Pattern(pattern) => format!("Every name in which /{pattern}/ is found"),
    }
}

/// A time in words: `2 hours`, `90 seconds`.
pub(crate) fn words(length: Duration) -> String {
    let seconds = length.as_secs();
    let units = [(86_400, "day"), (3600, "hour"), (60, "minute")];
    let whole = units.into_iter().find(|(unit, _)| seconds >= *unit && seconds.is_multiple_of(*unit));
    let (count, unit) = whole.map_or((seconds, "second"), |(unit, word)| (seconds / unit, word));
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}
