//! One question, asked of one server after the other until one gives a usable reply.

use std::{
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::{
    sync::Semaphore,
    time::{sleep, sleep_until, timeout},
};

use super::{
    forward::{Forwarder, ResolveError},
    upstream::{Asked, Upstream, UpstreamError},
};
use crate::message::Reply;

/// How long a client waits at most: a stub asks again, or gives up, after 5 seconds.
const PATIENCE: Duration = Duration::from_millis(4500);
/// After so long without a reply the next server is asked as well.
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

impl Forwarder {
    /// Asks one server after the other until one gives a usable reply.
    pub(super) async fn ask(self: &Arc<Self>, asked: Asked) -> Result<Reply, ResolveError> {
        let asked = Arc::new(asked);
        let begun = Instant::now();
        let mut waiting = self.in_order().into_iter();
        let first = waiting.next().ok_or(ResolveError::NoUpstream)?;
        let mut first: Try = Box::pin(self.clone().attempt(first, asked.clone()));
        let alone = waiting.len() == 0;
        // Nearly every question ends here.
        let failed = match timeout(if alone { PATIENCE } else { SLOW }, &mut first).await {
            Ok(Ok(reply)) => return Ok(reply),
            Ok(Err(error)) => Some(error),
            Err(_) => None,
        };
        let tries = FuturesUnordered::new();
        if failed.is_none() {
            tries.push(first);
        }
        let mut race = Race { forwarder: self, asked, waiting, tries, deadline: begun + PATIENCE };
        let outcome = race.run(failed).await;
        self.losers().let_end(race.tries);
        outcome
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
    /// Goes on after the first server failed, or, without `failed`, was slow.
    async fn run(&mut self, mut failed: Option<UpstreamError>) -> Result<Reply, ResolveError> {
        let deadline = sleep_until(self.deadline.into());
        tokio::pin!(deadline);
        loop {
            match (self.waiting.next(), failed) {
                (Some(next), _) => {
                    let next = self.forwarder.clone().attempt(next, self.asked.clone());
                    self.tries.push(Box::pin(next));
                }
                (None, Some(UpstreamError::Timeout)) if self.tries.is_empty() => {
                    return Err(ResolveError::Timeout);
                }
                (None, Some(error)) if self.tries.is_empty() => return Err(ResolveError::Failed(error)),
                (None, _) => {}
            }
            let slow = sleep(SLOW);
            failed = tokio::select! {
                Some(result) = self.tries.next() => match result {
                    Ok(reply) => return Ok(reply),
                    Err(error) => Some(error),
                },
                () = slow, if self.waiting.len() > 0 => None,
                () = &mut deadline => return Err(ResolveError::Timeout),
            };
        }
    }
}
