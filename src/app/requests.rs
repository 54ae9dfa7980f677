//! Requests to unblock while the server runs: taken from the page, decided by commands, put in force on time, and kept
//! over a restart. A decision holds at once; the file follows, and is never written more often than every few seconds,
//! however often somebody asks: on a Raspberry Pi it is on a card that wears out.

mod file;

use std::{
    net::IpAddr,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, watch},
    task::spawn_blocking,
    time::{Instant, sleep},
};

use super::own::{now, words};
use crate::{
    config::Config,
    control::{RequestState, UnblockRequest},
    engine::{Engine, Led},
    limit::Now,
    lists::moment,
    name::Name,
    policy::{Cause, Source},
    telemetry::{Metrics, RequestMetrics},
    unblock::{
        Asked, Blocked, Lifts, Request, Requests, State,
        requests::{Grant, LONGEST, SCAM},
    },
};

/// So long is between two writes at least.
const WRITE_EVERY: Duration = Duration::from_secs(5);
/// How often the calendar is looked at while there are requests, and writing is tried again that failed.
const LOOK: Duration = Duration::from_mins(1);

/// Takes requests, keeps them, and puts in force what is approved.
#[derive(Debug)]
pub(super) struct Desk {
    engine: Arc<Engine>,
    metrics: Arc<Metrics>,
    state: PathBuf,
    kept: Mutex<Kept>,
    /// Told when there is something to write, or to wait for.
    changed: Notify,
    /// By which the page knows its own forms again: a secret of this start, which a reload keeps.
    page_key: [u8; 32],
}

/// All requests. Nothing waits for the disk while this is held: the page asks here.
#[derive(Debug)]
struct Kept {
    requests: Requests,
    /// What is in force of them.
    lifts: Lifts,
    /// How long after an approval scam stays blocked.
    delay: Duration,
    writing: Writing,
}

/// Whether the file says what there is.
#[derive(Debug, Clone, Copy)]
enum Writing {
    /// It does, and may be written from then on.
    Done(Instant),
    /// It does not, and may be written from then on.
    Due(Instant),
    /// Somebody else's file is there: it is left alone.
    Never,
}

/// Why a name is blocked, as requests have it. Of lists that differ, the one that says scam decides how careful we are.
pub(super) fn why(cause: &Cause<'_>) -> Blocked {
    let is_scam = cause.lists().any(|list| *list.category == *SCAM);
    Blocked {
        lists: cause.lists().map(|list| list.name.to_string()).collect(),
        category: if is_scam { SCAM.into() } else { cause.category().into() },
        own: cause.source() == Source::Own,
    }
}

impl Kept {
    fn note_change(&mut self) {
        if let Writing::Done(from) = self.writing {
            self.writing = Writing::Due(from);
        }
    }
}

impl Desk {
    /// Reads what there was, and puts in force what is approved.
    pub(super) fn start(config: &Config, engine: Arc<Engine>, metrics: Arc<Metrics>) -> Arc<Self> {
        let (requests, writing) = match file::read(&config.state, now()) {
            Ok(requests) => (requests, Writing::Done(Instant::now())),
            Err(error) => {
                tracing::error!("{error}. Until then, requests to unblock do not outlast a restart");
                (Requests::default(), Writing::Never)
            }
        };
        // A counter that is there from the start shows its first event as a rise.
        for outcome in Asked::LABELS {
            metrics.requests.requests.with_label_values(&[outcome]);
        }
        let kept = Kept { requests, lifts: Lifts::default(), delay: config.unblock_delay, writing };
        let (state, kept, changed) = (config.state.clone(), Mutex::new(kept), Notify::new());
        let desk = Arc::new(Self { engine, metrics, state, kept, changed, page_key: rand::random() });
        desk.settle(&mut desk.kept(), now());
        desk
    }

    /// The key of the page's forms.
    pub(super) fn page_key(&self) -> &[u8; 32] {
        &self.page_key
    }

    /// Begins and ends approvals on time, and writes, until the server stops.
    pub(super) async fn run(self: Arc<Self>, mut stopped: watch::Receiver<bool>) {
        let mut failing = false;
        loop {
            let wait = self.wait();
            let sleeping = async {
                match wait {
                    Some(left) => sleep(left).await,
                    None => std::future::pending().await,
                }
            };
            let stopping = tokio::select! {
                () = sleeping => false,
                () = self.changed.notified() => false,
                _ = stopped.changed() => true,
            };
            self.settle(&mut self.kept(), now());
            if let Some(text) = self.to_write(stopping) {
                let state = self.state.clone();
                let Ok(written) = spawn_blocking(move || file::write(&state, &text)).await else { return };
                if let Err(error) = &written {
                    if !failing {
                        tracing::warn!("{error}. Until then, requests to unblock do not outlast a restart");
                    }
                    self.kept().writing = Writing::Due(Instant::now() + LOOK);
                }
                failing = written.is_err();
            }
            if stopping {
                return;
            }
        }
    }

    /// How long until there is something to do.
    fn wait(&self) -> Option<Duration> {
        let kept = self.kept();
        let change = kept.requests.next_change(now()).map(|left| left.min(LOOK));
        let write = match kept.writing {
            Writing::Due(from) => Some(from.saturating_duration_since(Instant::now())),
            Writing::Done(_) | Writing::Never => None,
        };
        change.into_iter().chain(write).min()
    }

    /// What is to be written now, if it is time; at the end, if there is anything.
    fn to_write(&self, stopping: bool) -> Option<String> {
        let mut kept = self.kept();
        let Writing::Due(from) = kept.writing else { return None };
        let begun = Instant::now();
        if from > begun && !stopping {
            return None;
        }
        kept.writing = Writing::Done(begun + WRITE_EVERY);
        Some(file::text(&mut kept.requests, now()))
    }

    /// Takes out what is over, and puts in force what is approved now.
    fn settle(&self, kept: &mut Kept, now: Now) {
        for over in kept.requests.end_what_is_over(now) {
            kept.note_change();
            match over.state {
                State::Waiting { .. } => {
                    tracing::info!("request {} to unblock was not decided in time, and is dropped", over.id);
                }
                State::Approved { .. } => tracing::info!("the approval of request {} is over", over.id),
                State::Refused { .. } => {}
            }
        }
        if kept.requests.has_drifted(now) {
            kept.note_change();
        }
        let lifts = kept.requests.lifts(now);
        if lifts != kept.lifts {
            kept.lifts = lifts.clone();
            self.engine.set_lifts(lifts);
        }
        let RequestMetrics { waiting, lifts, .. } = &self.metrics.requests;
        waiting.set(kept.requests.waiting() as i64);
        lifts.set(kept.requests.in_force(now) as i64);
    }

    /// How long after an approval scam stays blocked, from now on.
    pub(super) fn set_delay(&self, delay: Duration) {
        self.kept().delay = delay;
    }

    /// That delay.
    pub(super) fn delay_of_scam(&self) -> Duration {
        self.kept().delay
    }

    /// A client asks for a name.
    pub(super) fn take(&self, client: IpAddr, name: &Name) -> Asked {
        // Who may not ask for names is not blocked from any.
        let may_ask = self.engine.may_ask(client);
        let blocked = may_ask.then(|| self.engine.why_blocked(name, client, Led::Anybody, why)).flatten();
        let (mut kept, now) = (self.kept(), now());
        self.settle(&mut kept, now);
        let delay = kept.delay;
        let asked = kept.requests.ask(client, name, blocked, delay, now);
        self.metrics.requests.requests.with_label_values(&[asked.label()]).inc();
        if let Asked::Taken { .. } = asked {
            // Neither who asked nor for what: that stands where it is decided.
            let id = kept.requests.last();
            tracing::info!(
                "request {id} to unblock a name waits for a decision: `sekisho requests` shows it"
            );
            self.apply(&mut kept, now);
        }
        asked
    }

    /// Puts a change in force, and has it written.
    fn apply(&self, kept: &mut Kept, now: Now) {
        kept.note_change();
        self.settle(kept, now);
        self.changed.notify_one();
    }

    /// Grants a request.
    pub(super) fn approve(&self, id: u32, seconds: u64, everyone: bool) -> Result<String, String> {
        let length = Duration::from_secs(seconds);
        if length.is_zero() || length > LONGEST {
            return Err("an approval lasts between a second and seven days (\"7d\")".into());
        }
        let (mut kept, now) = (self.kept(), now());
        self.settle(&mut kept, now);
        let blocked = kept.requests.get(id).and_then(|request| {
            let blocked = self.engine.why_blocked(&request.name, request.client, Led::Anybody, why)?;
            Some((blocked, request.name.to_string()))
        });
        if let Some((Blocked { own: true, .. }, name)) = &blocked {
            return Err(format!(
                "a rule of your own blocks {name}, and it stands above approvals. Take it back with `sekisho rules remove`, or in sekisho.toml under [rules]"
            ));
        }
        let grant = Grant { length, everyone, delay: kept.delay };
        let blocked = blocked.map(|(blocked, _)| blocked);
        let approved = kept.requests.approve(id, grant, blocked, now);
        let (request, delay) = approved.map_err(|error| error.to_string())?;
        let whom = if everyone { "every client".into() } else { request.client.to_string() };
        let name = request.name.to_string();
        self.apply(&mut kept, now);
        tracing::info!(seconds, everyone, delay = delay.as_secs(), "request {id} to unblock is approved");
        let (starts, ends) = (now.calendar + delay, now.calendar + delay + length);
        let (length, ends) = (words(length), moment::show(ends));
        Ok(if delay.is_zero() {
            format!("{name} is let through for {whom} from now on, for {length} (until {ends}).\n")
        } else {
            format!(
                "{name} will be let through for {whom} in {} (at {}), for {length} (until {ends}).\n\
                 It is listed as scam. Somebody on the telephone may have told the person to ask for this: call them\n\
                 meanwhile. `sekisho requests refuse {id}` takes the approval back.\n",
                words(delay),
                moment::show(starts),
            )
        })
    }

    /// Refuses a request, or takes an approval back.
    pub(super) fn refuse(&self, id: u32) -> Result<String, String> {
        let (mut kept, now) = (self.kept(), now());
        self.settle(&mut kept, now);
        let before = kept.requests.refuse(id, now).map_err(|error| error.to_string())?;
        self.apply(&mut kept, now);
        tracing::info!("request {id} to unblock is refused");
        Ok(match before {
            State::Approved { .. } => format!("The approval of request {id} is taken back.\n"),
            State::Waiting { .. } | State::Refused { .. } => {
                format!("Request {id} is refused. It can be made again in a day.\n")
            }
        })
    }

    /// All requests.
    pub(super) fn told(&self) -> Vec<UnblockRequest> {
        let (mut kept, now) = (self.kept(), now());
        self.settle(&mut kept, now);
        kept.requests.iter().map(|request| told(request, now)).collect()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn told(request: &Request, now: Now) -> UnblockRequest {
    let Request { id, client, name, blocked, asked, state } = request;
    let (state, everyone, starts, ends) = match state {
        State::Waiting { dropped } => (RequestState::Waiting, false, None, dropped),
        State::Approved { everyone, starts, ends } => {
            let left = starts.left(now);
            // What has not begun is not told as begun.
            let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
            (RequestState::Approved, *everyone, Some(seconds), ends)
        }
        State::Refused { forgotten } => (RequestState::Refused, false, None, forgotten),
    };
    UnblockRequest {
        id: *id,
        client: *client,
        name: name.to_string(),
        category: blocked.category.clone(),
        lists: blocked.lists.clone(),
        asked: moment::show(*asked),
        state,
        everyone,
        seconds_to_start: starts,
        seconds_left: ends.left(now).as_secs(),
        until: moment::show(ends.by_calendar(now)),
    }
}

#[cfg(test)]
mod tests;
