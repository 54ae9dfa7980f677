//! A list that is fetched: what comes is judged, and then taken over as its copy, or held.
//!
//! The copy is the file `list` in the list's folder. Beside it are `.about.toml`, what is known of it; `.held`, a
//! publication that is not believed; `.window`, lines of a list that publishes only what is new; `.changes`, what the last
//! publication changed; and `.fetched`, what is being fetched. After a crash at any point the copy is the old one or the new
//! one, and what is known of it is found out again by fetching.

mod holding;
mod taking;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use self::taking::{JUDGED, Unjudged};
use super::{Held, copy::digest_of, forms::Forms};
use crate::{
    lists::{
        fetch::{Fetched, Request, Validators},
        guard::publication::{self, Doubt},
        source::Origin,
        subscription::{
            Subscription,
            about::{About, Coming, Publication},
            fetching::{Done, Job},
            schedule,
        },
    },
    telemetry::ListMetrics,
};

/// The copy.
const LIST: &str = "list";
const FETCHED: &str = ".fetched";
const HELD: &str = ".held";
/// What can come of fetching, as it is counted.
pub(in crate::lists) const RESULTS: [&str; 4] = ["new", "unchanged", "held", "failed"];
/// After so many times without a word of its publisher, a list is stale.
const STALE_AFTER: u32 = 3;

/// What is known of a list that is fetched.
#[derive(Debug, Clone)]
pub(in crate::lists) struct Published {
    pub(in crate::lists) about: About,
    /// When it is fetched next.
    pub(in crate::lists) next: Instant,
    /// How many times in a row it could not be fetched, or what came could not be used.
    failures: u32,
    /// Whether it is being fetched.
    underway: bool,
    /// Whether the operator has it fetched.
    by_hand: bool,
    /// How many times it was fetched since the start, for good or bad.
    pub(in crate::lists) tries: u64,
    /// Whether there was a copy, which is gone now.
    lost: bool,
}

/// The clocks, and chance.
#[derive(Debug, Clone, Copy)]
pub(in crate::lists) struct Moment {
    pub(in crate::lists) now: Instant,
    pub(in crate::lists) calendar: SystemTime,
    /// From 0 to 1.
    pub(in crate::lists) chance: f64,
}

impl Moment {
    /// This one.
    pub(in crate::lists) fn now() -> Self {
        Self { now: Instant::now(), calendar: SystemTime::now(), chance: rand::random() }
    }
}

/// Under what a publication is taken.
#[derive(Clone, Copy)]
struct Circumstances<'c> {
    subscription: &'c Subscription,
    forms: &'c Forms<'c>,
    at: Moment,
    /// Whether the operator had it fetched.
    by_hand: bool,
}

impl Circumstances<'_> {
    fn coming(&self) -> Coming {
        let apart = schedule::apart(self.subscription.refresh);
        Coming { at: self.at.calendar, by_hand: self.by_hand, apart }
    }
}

impl Published {
    /// What is known of the list whose copies are in this folder, if there are any.
    pub(super) fn open(subscription: &Subscription, folder: &Path, has_copy: bool, at: Moment) -> Self {
        // A crash left it behind.
        let _ = fs::remove_file(folder.join(FETCHED));
        let mut about = About::read(folder).unwrap_or_else(|error| {
            tracing::warn!(
                "{error}. As far as it is needed it is found out again, from the copy and by fetching"
            );
            About::default()
        });
        let url = subscription.url.to_string();
        if about.url != url {
            // The copy stays, and so does what is known of it: where it came from, and what it comes to.
            about = About { url, in_force: about.in_force, ..About::default() };
        }
        about.held = about.held.filter(|_| folder.join(HELD).is_file());
        // What is gone is no measure, and without it nobody is protected until the old time has come.
        let lost = !has_copy && about.in_force.take().is_some();
        let wait = if has_copy {
            schedule::after_start(about.checked, at.calendar, subscription.refresh)
        } else {
            Duration::ZERO
        };
        Self { about, next: at.now + wait, failures: 0, underway: false, by_hand: false, tries: 0, lost }
    }
}

impl Held {
    /// How the list is fetched, if it is.
    pub(in crate::lists) fn subscription(&self) -> Option<&Arc<Subscription>> {
        match &self.source.origin {
            Origin::Subscription(subscription) => Some(subscription),
            Origin::Bundled(_) | Origin::Path(_) => None,
        }
    }

    /// What is known of it, if it is fetched.
    pub(in crate::lists) const fn published(&self) -> Option<&Published> {
        self.published.as_ref()
    }

    /// Tells, at a start, that there was a copy and is none.
    pub(in crate::lists) fn tell_lost(&self) {
        if self.published.as_ref().is_some_and(|published| published.lost) {
            tracing::warn!(
                list = &**self.name(),
                "the copy {} is gone, and the list's rules with it. It is fetched at once, unless this server was started with --offline",
                copy_of(&self.folder).display()
            );
        }
    }

    /// Whether a copy of it is there.
    pub(in crate::lists) fn has_copy(&self) -> bool {
        self.parts.values().any(|part| part.has_copy)
    }

    /// Whether what is in force of a list that is fetched is no longer what its publisher says, as far as anybody knows.
    pub(super) fn is_publication_stale(&self) -> bool {
        let (Some(subscription), Some(published)) = (self.subscription(), &self.published) else {
            return false;
        };
        let about = &published.about;
        let age = about.checked.and_then(|checked| SystemTime::now().duration_since(checked).ok());
        let is_old = age.is_none_or(|age| age > STALE_AFTER * subscription.refresh);
        about.held.is_some() || !self.has_copy() || about.problem.is_some() && is_old
    }

    /// Has it fetched as soon as possible. Tells whether it is a list that is fetched.
    pub(in crate::lists) fn hurry(&mut self, at: Moment) -> bool {
        match &mut self.published {
            Some(published) => {
                published.next = at.now;
                published.by_hand = true;
                true
            }
            None => false,
        }
    }

    /// What is to be fetched, if it is time. It counts as being fetched from then on.
    pub(in crate::lists) fn job(&mut self, at: Moment) -> Option<Job> {
        let subscription = self.subscription()?.clone();
        let has_copy = self.has_copy();
        let published =
            self.published.as_mut().filter(|published| !published.underway && published.next <= at.now)?;
        published.underway = true;
        let about = &published.about;
        // Without a copy we have nothing that could be unchanged.
        let known = about.known.clone().filter(|_| has_copy || about.held.is_some());
        let Subscription { url, mirrors, plain_http, .. } = &*subscription;
        let request = Request { url: url.clone(), mirrors: mirrors.clone(), known, plain_http: *plain_http };
        let reading = (self.source.format, self.source.matching);
        Some(Job { list: self.name().clone(), request, reading, into: self.folder.join(FETCHED) })
    }

    /// Takes what came of fetching. Tells whether rules have changed.
    pub(in crate::lists) fn take_fetched(
        &mut self,
        done: Done,
        forms: &Forms<'_>,
        (at, metrics): (Moment, &ListMetrics),
    ) -> bool {
        let Done { from, fetched, .. } = done;
        let (Some(subscription), Some(mut published)) = (self.subscription().cloned(), self.published.take())
        else {
            let _ = fs::remove_file(from);
            return false;
        };
        published.underway = false;
        published.tries += 1;
        published.about.tried = Some(at.calendar);
        let by_hand = std::mem::take(&mut published.by_hand);
        let with = Circumstances { subscription: &subscription, forms, at, by_hand };
        let known = self.know_copy(&mut published.about, forms);
        let taken = match (known, fetched) {
            (Err(problem), _) => Err((problem, None)),
            (_, Ok(Fetched::Unchanged { .. })) => self.take_unchanged(&mut published.about, with),
            (_, Ok(Fetched::New { url, validators, octets, sha256, .. })) => {
                let publication = Publication {
                    from: url.to_string(),
                    fetched: Some(at.calendar),
                    sha256: data_encoding::HEXLOWER.encode(&sha256),
                    octets,
                    ..Publication::default()
                };
                self.take_new(&mut published.about, (publication, validators), &from, with)
            }
            (_, Err(error)) => Err((error.to_string(), error.retry_after())),
        };
        let _ = fs::remove_file(&from);
        let result = match taken {
            // It does not say what there is, and what was published by mistake is mostly mended soon.
            Ok((result, _)) if published.about.holds_what_is_useless() => {
                published.failures += 1;
                published.about.problem = None;
                let wait = schedule::after_failure(published.failures, None, subscription.refresh, at.chance);
                published.next = at.now + wait;
                result
            }
            Ok((result, _)) => {
                if published.about.problem.take().is_some() {
                    tracing::info!(list = &**self.name(), "the list can be fetched again");
                }
                published.failures = 0;
                published.about.checked = Some(at.calendar);
                published.next = at.now + schedule::after_success(subscription.refresh, at.chance);
                result
            }
            Err((ref problem, said)) => {
                published.failures += 1;
                let wait = schedule::after_failure(published.failures, said, subscription.refresh, at.chance);
                published.next = at.now + wait;
                self.tell_problem(&published.about, problem, wait);
                published.about.problem = Some(problem.clone());
                "failed"
            }
        };
        // Whatever came of it, be it nothing: what is old is old.
        let expired = result != "new" && self.expire(&mut published.about, with);
        metrics.fetches.with_label_values(&[&**self.name(), result]).inc();
        self.write_about(&published.about);
        self.published = Some(published);
        expired || taken.is_ok_and(|(_, changed)| changed)
    }

    /// Finds out again what the copy comes to, where that is lost: without a measure anything would be believed.
    fn know_copy(&self, about: &mut About, forms: &Forms<'_>) -> Result<(), String> {
        if about.in_force.is_some() || !self.has_copy() {
            return Ok(());
        }
        let path = copy_of(&self.folder);
        match self.judge(&path, LIST, forms) {
            Ok(judged) => {
                let fetched = fs::metadata(&path).and_then(|metadata| metadata.modified()).ok();
                let measure = judged.measure();
                about.in_force = Some(Publication { fetched, measure, ..Publication::default() });
                Ok(())
            }
            // It is told when it is compiled.
            Err(Unjudged::Unusable(_)) => Ok(()),
            Err(Unjudged::Later(problem)) => Err(problem),
        }
    }

    /// The publisher has nothing new.
    fn take_unchanged(&mut self, about: &mut About, with: Circumstances<'_>) -> Taken {
        let Circumstances { subscription, at, .. } = with;
        if about.held.is_some() {
            return self.take_held_again(about, with);
        }
        if !self.is_copy_sound() {
            // So that it is sent whole the next time.
            about.known = None;
            return Err(("the copy is damaged, and is fetched anew".into(), None));
        }
        if subscription.window.is_zero() {
            return Ok(("unchanged", false));
        }
        let mut window = self.read_window();
        window.publish_again(at.calendar);
        self.keep_window(&window).map_err(|error| (error.to_string(), None))?;
        Ok(("unchanged", false))
    }

    fn take_new(
        &mut self,
        about: &mut About,
        (mut publication, validators): (Publication, Validators),
        from: &Path,
        with: Circumstances<'_>,
    ) -> Taken {
        let is_ours = |known: &Publication| known.sha256 == publication.sha256;
        about.known = Some(validators);
        if about.held.as_ref().is_some_and(|held| is_ours(&held.publication)) {
            return self.take_held_again(about, with);
        }
        if self.has_copy() && about.in_force.as_ref().is_some_and(is_ours) && self.is_copy_sound() {
            self.forget_held(about, "what is published now is what is in force");
            return self.take_unchanged(about, with);
        }
        let judged = self.judge(from, JUDGED, with.forms).and_then(|judged| {
            if self.leave_out_half_a_line(from, &judged)? {
                return self.judge(from, JUDGED, with.forms);
            }
            Ok(judged)
        });
        let doubt = match judged {
            Ok(judged) => {
                publication.measure = judged.measure();
                let before = about.in_force.as_ref().map(|known| known.measure);
                let gathers = !with.subscription.window.is_zero();
                match publication::doubt(before.as_ref(), &publication.measure, gathers) {
                    None => {
                        self.forget_held(about, "what is published now is believed");
                        return self
                            .take_over(about, (from, judged, publication), with)
                            .map(|()| ("new", true));
                    }
                    Some(doubt) => doubt,
                }
            }
            Err(Unjudged::Unusable(why)) => Doubt::Unusable(why),
            Err(Unjudged::Later(problem)) => {
                about.known = None;
                return Err((problem, None));
            }
        };
        self.hold(about, (doubt, publication), from, with)
    }

    /// Whether the copy still says what was taken over, as far as that is known.
    fn is_copy_sound(&self) -> bool {
        self.parts.iter().filter(|(_, part)| part.has_copy).all(|(name, part)| {
            let digest = digest_of(&self.folder.join(name));
            digest.is_ok_and(|digest| part.digest.is_none_or(|known| known == digest))
        })
    }

    /// Has it fetched whole, and as soon as possible, because the copy is damaged.
    pub(super) fn fetch_anew(&mut self) {
        if let Some(published) = &mut self.published {
            published.about.known = None;
            published.next = Instant::now();
        }
    }

    fn write_about(&self, about: &About) {
        if let Err(error) = about.write(&self.folder) {
            tracing::warn!(list = &**self.name(), %error, "what is known of the list cannot be written down");
        }
    }

    fn tell_problem(&self, about: &About, problem: &str, wait: Duration) {
        let list = &**self.name();
        if about.problem.as_deref() == Some(problem) {
            tracing::debug!(list, "{problem}");
            return;
        }
        let stays = if self.has_copy() { " Its last good rules stay in force." } else { "" };
        tracing::warn!(list, "{problem}{stays} The next try is in {} s", wait.as_secs());
    }
}

/// Why a publication was not taken over, and how long the publisher wants to be left alone.
type Problem = (String, Option<Duration>);
/// What it counts as, and whether rules have changed.
type Taken = Result<(&'static str, bool), Problem>;

/// Where a list that is fetched keeps its copies.
pub(in crate::lists) fn copy_of(folder: &Path) -> PathBuf {
    folder.join(LIST)
}

#[cfg(test)]
mod tests;
