//! One question, asked of one server after the other until one gives a usable reply.
//!
//! Nearly every question is asked of one server in one datagram, and its reply comes. That takes no task and no timer:
//! an [`Opening`] waits in the server's port, and is told there. Only what goes on from that is a [`Race`].

use std::{
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{FutureExt, StreamExt, stream::FuturesUnordered};
use tokio::{
    sync::Semaphore,
    time::{sleep, sleep_until},
};

use super::{
    datagrams::{Landing, Waiter, Waiting},
    forward::{Forwarder, Keep, Question, ResolveError},
    upstream::{Asked, Upstream, UpstreamError, read},
};
use crate::message::Reply;

/// How long a client waits at most: a stub asks again, or gives up, after 5 seconds.
const PATIENCE: Duration = Duration::from_millis(4500);
/// After so long without a reply the next server is asked as well. A port tells somewhat later.
const SLOW: Duration = Duration::from_millis(700);
/// How many tries that have lost their race run to their end.
const MOST_LOSERS: usize = 64;

type Replied = Result<Reply, UpstreamError>;
/// One server being asked.
type Try = Pin<Box<dyn Future<Output = Replied> + Send>>;

/// Places for tries that have lost their race.
#[derive(Debug)]
pub(super) struct Losers(Arc<Semaphore>);

impl Default for Losers {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MOST_LOSERS)))
    }
}

impl Losers {
    /// A few tries that have lost run to their end, so that a silent server is found out and asked last from then on.
    /// The others are given up.
    fn let_end(&self, tries: FuturesUnordered<Try>) {
        for loser in tries {
            let Ok(place) = self.0.clone().try_acquire_owned() else { return };
            tokio::spawn(async move {
                let _ = loser.await;
                drop(place);
            });
        }
    }
}

/// The first server being asked.
pub(super) struct Opening<K> {
    forwarder: Arc<Forwarder>,
    upstream: Arc<Upstream>,
    asked: Asked,
    question: Question<K>,
}

impl<K: Keep> Opening<K> {
    /// Asks the first server. What comes of it is the question's outcome, unless there is more to do: then a task goes
    /// on. Must be called on a tokio runtime.
    pub(super) fn begin(forwarder: &Arc<Forwarder>, asked: Asked, question: Question<K>) {
        let now = question.begun;
        let Some(upstream) = forwarder.first(now) else {
            return forwarder.end(question, Err(ResolveError::NoUpstream));
        };
        let query = upstream.datagrams().map(|datagrams| datagrams.query(&asked));
        let server = upstream.clone();
        let opening = Box::new(Self { forwarder: forwarder.clone(), upstream, asked, question });
        match (server.datagrams(), query) {
            (Some(datagrams), Some(query)) => datagrams.send_for(query, opening, now),
            _ => opening.go_on(|server, asked| async move { server.ask_quietly(&asked).await }, false),
        }
    }

    /// Has a task find out what comes of the first server, and ask others. `is_slow` says that it is time for the next.
    fn go_on<F>(self, first: impl FnOnce(Arc<Upstream>, Arc<Asked>) -> F, is_slow: bool)
    where
        F: Future<Output = Replied> + Send + 'static,
    {
        let Self { forwarder, upstream, asked, question } = self;
        let (asked, begun) = (Arc::new(asked), question.begun);
        let first = forwarder.clone().noted(upstream.clone(), begun, first(upstream.clone(), asked.clone()));
        tokio::spawn(async move {
            let tries: FuturesUnordered<Try> = FuturesUnordered::new();
            tries.push(first.boxed());
            let mut waiting = forwarder.in_order();
            waiting.retain(|other| !Arc::ptr_eq(other, &upstream));
            let (waiting, deadline) = (waiting.into_iter(), begun + PATIENCE);
            let mut race = Race { forwarder: &forwarder, asked, waiting, tries, deadline };
            let outcome = race.run(is_slow).await;
            forwarder.losers().let_end(race.tries);
            forwarder.end(question, outcome);
        });
    }
}

impl<K: Keep> Waiter for Opening<K> {
    fn landed(self: Box<Self>, landing: Landing<'_>) {
        match landing.map(|octets| read(octets, &self.asked)) {
            Ok(Ok(reply)) => {
                let Self { forwarder, upstream, question, .. } = *self;
                forwarder.note_server(&upstream, question.begun, None);
                forwarder.end(question, Ok(reply));
            }
            Ok(Err(error)) => self.go_on(|_, _| std::future::ready(Err(error)), false),
            Err(why) => {
                self.go_on(|server, asked| async move { server.ask_otherwise(why, &asked).await }, false);
            }
        }
    }

    fn slow(self: Box<Self>, rest: Waiting) {
        self.go_on(|server, asked| async move { server.wait_for(rest, &asked).await }, true);
    }
}

/// Several servers being asked.
struct Race<'a> {
    forwarder: &'a Arc<Forwarder>,
    asked: Arc<Asked>,
    /// The servers that were not asked yet.
    waiting: std::vec::IntoIter<Arc<Upstream>>,
    tries: FuturesUnordered<Try>,
    deadline: Instant,
}

impl Race<'_> {
    async fn run(&mut self, is_slow: bool) -> Result<Reply, ResolveError> {
        let deadline = sleep_until(self.deadline.into());
        tokio::pin!(deadline);
        if is_slow {
            self.ask_next();
        }
        loop {
            let slow = sleep(SLOW);
            let failed = tokio::select! {
                Some(result) = self.tries.next() => match result {
                    Ok(reply) => return Ok(reply),
                    Err(error) => Some(error),
                },
                () = slow, if self.waiting.len() > 0 => None,
                () = &mut deadline => return Err(ResolveError::Timeout),
            };
            match failed {
                _ if self.ask_next() => {}
                Some(UpstreamError::Timeout) if self.tries.is_empty() => return Err(ResolveError::Timeout),
                Some(error) if self.tries.is_empty() => return Err(ResolveError::Failed(error)),
                _ => {}
            }
        }
    }

    /// Asks the next server, if there is one.
    fn ask_next(&mut self) -> bool {
        let Some(next) = self.waiting.next() else { return false };
        let (upstream, asked) = (next.clone(), self.asked.clone());
        let ask = async move { upstream.ask_quietly(&asked).await };
        self.tries.push(self.forwarder.clone().noted(next, Instant::now(), ask).boxed());
        true
    }
}
