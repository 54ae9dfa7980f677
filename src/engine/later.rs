//! Queries that upstream is asked for. Nothing here waits: whoever has the reply, mostly the thread that read it, makes
//! the answer and sends it. Only a client whose question has a stale answer gets a task of its own, which looks at the
//! clock.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{sync::oneshot, time::timeout};

use super::{
    Client, Engine, Looked, Moment, Outcome,
    answer::{Answer, limit},
    asked,
};
use crate::{
    cache::{Key, Lookup},
    message::{Age, Query, Reply, Screened, UDP_OCTETS, screen},
    name::Name,
    policy::{Policy, Verdict},
    resolve::{ResolveError, Resolved, behind_alias, upstream::Asked},
    telemetry::Transport,
    trie::Ahead,
};

/// A client whose question has a stale answer waits at most so long for a newer one: the client response timer of
/// RFC 8767 §5.
const CLIENT_WAITS: Duration = Duration::from_millis(1800);

/// What is known of a query that no rule speaks of and no cached reply answers.
#[derive(Debug)]
pub struct Missed {
    asked: Asked,
    /// The rules that do not speak of it.
    policy: Arc<Policy>,
    now: Instant,
}

impl Moment<'_> {
    /// What is known of a packet of which [`Moment::answer_looked`] said [`Outcome::Missed`].
    pub fn missed(&self, looked: &Looked<'_>, place: usize) -> Option<Missed> {
        let Some(Screened::Query(query)) = looked.screened.get(place) else { return None };
        let asked = asked(query, &query.question.name);
        Some(Missed { asked, policy: self.in_force.policy.clone(), now: self.now })
    }
}

impl Engine {
    /// As [`Engine::answer_then`], for a query of which that is known, so that nothing is found out again.
    pub fn ask_then(
        self: &Arc<Self>,
        missed: Missed,
        packet: Box<[u8]>,
        client: Client,
        then: impl FnOnce(Option<&[u8]>) + Send + 'static,
    ) {
        let Missed { asked, policy, now } = missed;
        let later = Later { engine: self.clone(), passed: Some(policy), alias: None, client };
        self.ask_upstream(asked, now, move |outcome| later.answer(&packet, outcome, Age::Seconds(0), then));
    }

    /// Answers a query for which [`Engine::answer_now`] said [`Outcome::NeedsUpstream`]: asks upstream, keeps the
    /// reply, and asks the policy about every name in it. `then` is given the answer, at once or by whoever has the
    /// reply; `None` if there is none to send. Nothing here waits. Must be called on a tokio runtime.
    pub fn answer_then(
        self: &Arc<Self>,
        packet: Box<[u8]>,
        client: Client,
        then: impl FnOnce(Option<&[u8]>) + Send + 'static,
    ) {
        let Screened::Query(query) = screen(&packet) else { return then(None) };
        let (passed, alias) = self.before_asking(&query, &client);
        let name = alias.as_deref().unwrap_or(&query.question.name);
        // Another client's query may have ended meanwhile.
        let now = Instant::now();
        let found = self.cache.get_for(name, &query, now);
        let asked = asked(&query, name);
        let later = Later { engine: self.clone(), passed, alias, client };
        match found {
            Lookup::Fresh(reply, age) => later.answer(&packet, &Ok(reply), Age::Seconds(age), then),
            Lookup::Stale { reply, failing: true } => later.answer(&packet, &Ok(reply), Age::Stale, then),
            Lookup::Stale { reply, failing: false } => {
                tokio::spawn(async move {
                    let (reply, age) = later.engine.newer_than(reply, asked).await;
                    later.answer(&packet, &Ok(reply), age, then);
                });
            }
            Lookup::Miss => self.ask_upstream(asked, now, move |outcome| {
                later.answer(&packet, outcome, Age::Seconds(0), then);
            }),
        }
    }

    /// As [`Engine::answer_then`], for those who wait.
    pub async fn answer_later(self: &Arc<Self>, packet: &[u8], client: &Client) -> Option<Vec<u8>> {
        let (sender, answer) = oneshot::channel();
        self.answer_then(packet.into(), *client, |answer| {
            // Whoever has gone needs no answer.
            let _ = sender.send(answer.map(<[u8]>::to_vec));
        });
        answer.await.ok().flatten()
    }

    /// The rules that let a query pass, and where a list's own alias leads for it, if upstream has to be asked about
    /// that.
    fn before_asking(&self, query: &Query<'_>, client: &Client) -> (Option<Arc<Policy>>, Option<Box<Name>>) {
        let in_force = self.in_force.load();
        match in_force.decide(query, client, Ahead::NOTHING) {
            Verdict::Pass => (Some(in_force.policy.clone()), None),
            Verdict::Block(cause) if in_force.needs_target(&cause, query) => {
                (None, cause.alias().map(Box::new))
            }
            _ => (None, None),
        }
    }

    /// What upstream says, if it says so before the client has waited too long; else what is stale. What is asked goes on
    /// after that, and is kept.
    async fn newer_than(&self, stale: Reply, asked: Asked) -> (Reply, Age) {
        let (sender, outcome) = oneshot::channel();
        self.ask_upstream(asked, Instant::now(), |outcome| {
            let _ = sender.send(outcome.clone());
        });
        if let Ok(Ok(Ok(reply))) = timeout(CLIENT_WAITS, outcome).await {
            return (reply, Age::Seconds(0));
        }
        self.cache.note_failure(&stale, Instant::now());
        (stale, Age::Stale)
    }

    /// Asks upstream, and keeps what it says.
    pub(super) fn ask_upstream(
        &self,
        asked: Asked,
        now: Instant,
        then: impl FnOnce(&Resolved) + Send + 'static,
    ) {
        let key = Key::new(&asked.name, asked.qtype, asked.dnssec_ok, asked.checking_disabled);
        let (cache, led_to) = (self.cache.clone(), self.led_to.clone());
        let keep = move |key: &Key, reply| {
            led_to.forget(key.question());
            cache.insert(key, reply, Instant::now())
        };
        self.forwarder.resolve(key, asked, now, keep, then);
    }
}

/// A query that waits for what upstream says.
struct Later {
    engine: Arc<Engine>,
    client: Client,
    /// The rules by which it passed when it came: if they are still in force, they need not be asked again.
    passed: Option<Arc<Policy>>,
    /// The name that upstream is asked for in its place.
    alias: Option<Box<Name>>,
}

impl Later {
    /// Answers it by what upstream said, that long ago.
    fn answer(self, packet: &[u8], outcome: &Resolved, age: Age, then: impl FnOnce(Option<&[u8]>)) {
        let Screened::Query(query) = screen(packet) else { return then(None) };
        // Most answers are small; only over TCP can they be large.
        let (mut small, mut large) = ([0; UDP_OCTETS as usize], Vec::new());
        let out = match limit(&query, &self.client) {
            length if length <= small.len() => &mut small[..],
            length => {
                large.resize(length, 0);
                &mut large[..]
            }
        };
        match self.write(&query, outcome, age, out) {
            Outcome::Answered(length) => then(Some(&out[..length])),
            _ => then(None),
        }
    }

    fn write(&self, query: &Query<'_>, outcome: &Resolved, age: Age, out: &mut [u8]) -> Outcome {
        let (engine, client) = (&*self.engine, &self.client);
        // The rules may have changed while upstream was asked: what counts is what is in force now.
        let moment = engine.moment();
        let (in_force, cookie) = (&moment.in_force, moment.fresh(query.cookie(), client));
        let answer = Answer { engine, in_force, query, client, cookie, now: moment.now, at_once: false };
        let passed = self.passed.as_ref().is_some_and(|policy| Arc::ptr_eq(policy, &in_force.policy));
        let verdict = if passed { Verdict::Pass } else { in_force.decide(query, client, Ahead::NOTHING) };
        let behind = match (&self.alias, outcome) {
            (Some(target), Ok(reply)) => {
                let asked = asked(query, &query.question.name);
                let ttl = in_force.settings.block_ttl;
                Some(behind_alias(&asked, target, ttl, (reply, age)).map_err(ResolveError::Failed))
            }
            _ => None,
        };
        // What a list's own alias makes has been brought up to date on the way.
        let age = if behind.is_some() && age != Age::Stale { Age::Seconds(0) } else { age };
        match (&verdict, behind.as_ref().unwrap_or(outcome)) {
            (Verdict::Block(cause), Ok(reply))
                if self.alias.is_some() && cause.alias().as_ref() == self.alias.as_deref() =>
            {
                answer.behind_alias(out, cause, reply, age)
            }
            (Verdict::Block(cause), _) => answer.blocked(out, cause),
            (Verdict::TcpOnly(_), _) if client.transport == Transport::Udp => answer.ask_again(out),
            (_, Ok(reply)) => answer.reviewed(out, &verdict, reply, age),
            (_, Err(error)) => answer.failed(out, &verdict, error),
        }
    }
}
