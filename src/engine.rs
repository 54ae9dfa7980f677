//! One query's whole life, in the order in which it happens. Every transport calls this and nothing else.
//!
//! [`Engine::answer_now`] answers everything that needs nobody else: it takes octets and writes octets, and neither
//! allocates nor waits. [`Engine::answer_then`] answers the rest (`engine/later.rs`). Both end in the same review by the
//! policy. What an answer is made of is in `engine/answer.rs`. What is asked for again without a client is in
//! `engine/refresh.rs`.

mod answer;
mod cookies;
mod later;
mod led_to;
mod rate;
mod refresh;

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use arc_swap::{ArcSwap, Guard};

use self::{answer::Answer, led_to::LedTo, rate::Rates, refresh::Refreshes};
pub use self::{later::Missed, led_to::Led};
use crate::{
    cache::{Cache, Lookup},
    message::{
        Age, AnswerWriter, ExtendedError, Query, Reply, Screened, Text, UDP_OCTETS_WITHOUT_EDNS,
        cookie::Secrets, query::Rejected, query::is_resolvable, rtype, screen,
    },
    name::Name,
    policy::{Access, Cause, Interfaces, OwnRules, Policy, Response, SinkholeSettings, Source, Verdict},
    resolve::{Forwarder, LocalAnswer, LocalNames, LoopProbes, ResolveError, upstream::Asked},
    telemetry::{Metrics, QueryKind, Transport},
    trie::Ahead,
    unblock::{History, Lifts, Stop},
};

/// How the engine answers. May change while it does.
#[derive(Debug, Clone)]
pub struct Settings {
    /// TTL of answers for blocked and local names, in seconds: 1 to 60, so that an unblock is felt at once.
    pub block_ttl: u32,
    /// Where the page is.
    pub sinkhole: SinkholeSettings,
    /// Who may ask.
    pub access: Access,
    /// Our own name, answered with the address that the query arrived on.
    pub host: Name,
    /// How many answers a second one network gets over UDP, for clients without a cookie that holds; 0 is no limit.
    pub rate_limit: u32,
    /// Whether names that led a client to the page are remembered for it for an hour.
    pub history: bool,
}

/// Everything that a query reads and that may change, as one value: a query loads it once and ends with what it
/// loaded.
#[derive(Debug, Clone)]
struct InForce {
    settings: Arc<Settings>,
    /// The rules, unless nothing is blocked for a while.
    policy: Arc<Policy>,
    /// The rules, in any case.
    rules: Arc<Policy>,
    paused: bool,
    interfaces: Arc<Interfaces>,
    secrets: Secrets,
    /// What the operator has lifted for clients. Mostly empty.
    lifts: Arc<Lifts>,
    /// What led clients to the page, unless that is not to be remembered.
    history: Option<Arc<History>>,
}

/// Who asks, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// The source address.
    pub address: IpAddr,
    /// The address of ours that was asked, where the transport tells.
    pub local: Option<IpAddr>,
    /// The interface that the query came in by; 0 where it is not known.
    pub interface: u32,
    /// UDP or TCP.
    pub transport: Transport,
}

/// What became of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The answer has so many octets.
    Answered(usize),
    /// [`Engine::answer_later`] must be asked.
    NeedsUpstream,
    /// The same, and it is known that no rule speaks of the name and that nothing is cached: [`Moment::missed`].
    Missed,
    /// There is no answer: it was no query.
    Dropped,
}

/// Everything that an answer is made from.
#[derive(Debug)]
pub struct Engine {
    in_force: ArcSwap<InForce>,
    cache: Arc<Cache>,
    local: LocalNames,
    probes: Arc<LoopProbes>,
    forwarder: Arc<Forwarder>,
    metrics: Arc<Metrics>,
    refreshes: Refreshes,
    led_to: Arc<LedTo>,
    rates: Rates,
    /// From when the history counts its seconds.
    start: Instant,
}

/// What is in force at one moment, and the time, for queries that arrived together: they are answered under the same
/// rules, and it costs one load of them. To be dropped before waiting for anything.
#[derive(Debug)]
pub struct Moment<'e> {
    engine: &'e Engine,
    in_force: Guard<Arc<InForce>>,
    now: Instant,
    /// Since 1970, as cookies have it.
    seconds: u32,
}

/// Packets that were looked at together, by the same [`Moment`] that they are answered by.
#[derive(Debug)]
pub struct Looked<'p> {
    screened: [Screened<'p>; TOGETHER],
    ahead: [Ahead; TOGETHER],
}

/// Packets that are looked at together: enough for their waits for memory to pass together, and few enough for what is
/// found out of them to stay in a processor's nearest cache.
pub const TOGETHER: usize = 8;

impl InForce {
    /// The same with other rules.
    fn with(&self, rules: Arc<Policy>) -> Self {
        let policy = if self.paused { Arc::new(rules.without_rules()) } else { rules.clone() };
        Self { policy, rules, ..self.clone() }
    }

    fn decide<'a>(&'a self, query: &'a Query<'_>, client: &Client, ahead: &'a Ahead) -> Verdict<'a> {
        let question = &query.question;
        let verdict = self.policy.decide_for(&question.name, question.qtype, Some(client.address), ahead);
        match &verdict {
            Verdict::Block(cause) if self.is_lifted(cause, &question.name, client.address) => Verdict::Lifted,
            _ => verdict,
        }
    }

    /// Whether the operator has lifted for this client that `name` is blocked for that cause. The operator's own rules
    /// stand above.
    fn is_lifted(&self, cause: &Cause<'_>, name: &Name, client: IpAddr) -> bool {
        !self.lifts.is_empty() && cause.source() != Source::Own && self.lifts.lift(name, client)
    }

    /// Whether a list's own alias has to be followed for this query. One that leads to our own name means the page.
    fn needs_target(&self, cause: &Cause<'_>, query: &Query<'_>) -> bool {
        matches!(cause.response(), Response::Data(_))
            && query.question.qtype != rtype::CNAME
            && query.recursion_desired()
            && is_resolvable(&query.question)
            && cause.alias().is_some_and(|target| target != self.settings.host)
    }

    fn may_ask(&self, client: IpAddr) -> bool {
        self.settings.access.allows(client, self.interfaces.on_link())
    }
}

impl Engine {
    /// Puts the parts together. The policy is empty until [`Engine::swap_policy`].
    pub fn new(
        settings: Settings,
        cache: Arc<Cache>,
        local: LocalNames,
        probes: Arc<LoopProbes>,
        forwarder: Arc<Forwarder>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let in_force = InForce {
            history: settings.history.then(Arc::default),
            settings: Arc::new(settings),
            policy: Arc::default(),
            rules: Arc::default(),
            paused: false,
            interfaces: Arc::default(),
            secrets: Secrets::new(rand::random()),
            lifts: Arc::default(),
        };
        let led_to = Arc::new(LedTo::new());
        let in_force = ArcSwap::from_pointee(in_force);
        let start = Instant::now();
        let (refreshes, rates) = (Refreshes::new(), Rates::new(start));
        Self { in_force, cache, local, probes, forwarder, metrics, refreshes, led_to, rates, start }
    }

    /// Whether a name is blocked at this moment for a client, for itself or for what its answer led to not long ago, if that
    /// was seen of whom `led` says: `explain` is given the cause.
    pub fn why_blocked<T>(
        &self,
        name: &Name,
        client: IpAddr,
        led: Led,
        explain: impl FnOnce(&Cause<'_>) -> T,
    ) -> Option<T> {
        let in_force = self.in_force.load();
        let policy = &in_force.policy;
        let explain = |cause: &Cause<'_>| (!in_force.is_lifted(cause, name, client)).then(|| explain(cause));
        match policy.decide_for(name, rtype::A, Some(client), Ahead::NOTHING) {
            Verdict::Block(cause) => return explain(&cause),
            Verdict::Allowed(_) => return None,
            Verdict::Pass | Verdict::Lifted | Verdict::Logged(_) | Verdict::TcpOnly(_) => {}
        }
        let mut led_to = self.led_to.of(name, led, client.to_canonical(), self.second(Instant::now()));
        let (target, cause_of) = led_to.find_map(|(target, qtype)| {
            let stops = matches!(policy.decide_target(&target, (name, qtype)), Some(Verdict::Block(_)));
            stops.then_some((target, qtype))
        })?;
        match policy.decide_target(&target, (name, cause_of)) {
            Some(Verdict::Block(cause)) => explain(&cause),
            _ => None,
        }
    }

    /// The names that led a client to the page in the last hour, the newest first; none where that is not remembered.
    pub fn stopped_lately(&self, client: IpAddr) -> Vec<Stop> {
        let history = self.in_force.load().history.clone();
        history.map(|history| history.of(client, self.second(Instant::now()))).unwrap_or_default()
    }

    /// Puts in force what is lifted for clients, beside rules of any size.
    pub fn set_lifts(&self, lifts: Lifts) {
        let lifts = Arc::new(lifts);
        self.in_force.rcu(|now| InForce { lifts: lifts.clone(), ..InForce::clone(now) });
    }

    /// The second of the history's clock.
    fn second(&self, now: Instant) -> u32 {
        now.saturating_duration_since(self.start).as_secs() as u32
    }

    /// Puts other rules of lists in force, by one pointer store; the operator's own stay as they are. Queries under way
    /// end with the rules that they began with.
    pub fn swap_policy(&self, policy: &Policy) {
        self.in_force.rcu(|now| now.with(Arc::new(policy.with_own(now.rules.own.clone()))));
    }

    /// Puts other rules, the operator's own as well, and settings in force at once, so that no query meets the ones
    /// without the others.
    pub fn swap(&self, policy: &Arc<Policy>, settings: Settings) {
        let settings = Arc::new(settings);
        let empty: Option<Arc<History>> = settings.history.then(Arc::default);
        self.in_force.rcu(|now| InForce {
            history: empty.as_ref().map(|empty| now.history.as_ref().unwrap_or(empty).clone()),
            settings: settings.clone(),
            ..now.with(policy.clone())
        });
    }

    /// Puts other rules of the operator's own in force, beside those of lists as they are.
    pub fn set_own_rules(&self, own: &Arc<OwnRules>) {
        self.in_force.rcu(|now| now.with(Arc::new(now.rules.with_own(own.clone()))));
    }

    /// Has nothing blocked, or what rules block again.
    pub fn set_paused(&self, paused: bool) {
        self.in_force.rcu(|now| InForce { paused, ..InForce::clone(now) }.with(now.rules.clone()));
    }

    /// The rules in force, or those that will be when a pause ends.
    pub fn policy(&self) -> Arc<Policy> {
        self.in_force.load().rules.clone()
    }

    /// Our own name, as it is now.
    pub fn own_name(&self) -> Name {
        self.in_force.load().settings.host.clone()
    }

    /// Notes what interfaces the machine has now.
    pub fn set_interfaces(&self, interfaces: Interfaces) {
        let interfaces = Arc::new(interfaces);
        self.in_force.rcu(|now| InForce { interfaces: interfaces.clone(), ..InForce::clone(now) });
    }

    /// The interfaces as they were last seen.
    pub fn interfaces(&self) -> Arc<Interfaces> {
        self.in_force.load().interfaces.clone()
    }

    /// Whether a client may ask at all.
    pub fn may_ask(&self, client: IpAddr) -> bool {
        self.in_force.load().may_ask(client)
    }

    /// Answers `packet` into `out`, if that needs nobody else. `out` has at least 1,232 octets, 65,535 for a stream.
    pub fn answer_now(&self, packet: &[u8], client: &Client, out: &mut [u8]) -> Outcome {
        self.moment().answer_now(packet, client, out)
    }

    /// What is in force now, for queries that arrived together.
    pub fn moment(&self) -> Moment<'_> {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let (in_force, seconds) = (self.in_force.load(), since_1970.as_secs() as u32);
        Moment { engine: self, in_force, now: Instant::now(), seconds }
    }
}

impl Moment<'_> {
    /// Answers `packet` as [`Engine::answer_now`] does.
    pub fn answer_now(&self, packet: &[u8], client: &Client, out: &mut [u8]) -> Outcome {
        self.answer(&screen(packet), Ahead::NOTHING, client, out)
    }

    /// Looks at packets that are answered next, by [`Moment::answer_looked`], so that their waits for memory pass
    /// together.
    pub fn look_at<'p>(&self, packets: [Option<&'p [u8]>; TOGETHER]) -> Looked<'p> {
        let screened = packets.map(|packet| packet.map_or(Screened::Drop, screen));
        let mut looked = Looked { screened, ahead: [const { Ahead::new() }; TOGETHER] };
        let names: [_; TOGETHER] = std::array::from_fn(|at| match &looked.screened[at] {
            Screened::Query(query) => Some(&query.question.name),
            _ => None,
        });
        self.in_force.policy.look_ahead(&names, &mut looked.ahead);
        looked
    }

    /// Answers the packet that stood at this place.
    pub fn answer_looked(
        &self,
        looked: &Looked<'_>,
        place: usize,
        client: &Client,
        out: &mut [u8],
    ) -> Outcome {
        match (looked.screened.get(place), looked.ahead.get(place)) {
            (Some(screened), Some(ahead)) => self.answer(screened, ahead, client, out),
            _ => Outcome::Dropped,
        }
    }

    fn answer(&self, screened: &Screened<'_>, ahead: &Ahead, client: &Client, out: &mut [u8]) -> Outcome {
        let Self { engine, in_force, .. } = self;
        if let Some(outcome) = self.too_many(screened, client, out) {
            return outcome;
        }
        let query = match screened {
            Screened::Drop => return Outcome::Dropped,
            Screened::Error(rejected) => return engine.reject(rejected, client, out),
            Screened::CookieRequest(request) => return self.give_cookie(request, client, out),
            Screened::Query(query) => query,
        };
        engine.metrics.query(client.transport, QueryKind::of(query.question.qtype));
        let cookie = self.fresh(query.cookie(), client);
        let answer = Answer { engine, in_force, query, client, cookie, now: self.now, at_once: true };
        if !in_force.may_ask(client.address) {
            return answer.refuse(out, ExtendedError::PROHIBITED, "you may not ask here");
        }
        let resolvable = is_resolvable(&query.question);
        if resolvable && query.question.name == in_force.settings.host {
            return answer.local(out, LocalAnswer::OurAddress);
        }
        // Before the rules: one that speaks of the probe's name must not hide a loop.
        if engine.probes.notice(&query.question.name) {
            return answer.refuse(out, ExtendedError::OTHER, "a loop probe");
        }
        let verdict = in_force.decide(query, client, ahead);
        match &verdict {
            Verdict::Block(cause) => return answer.blocked(out, cause),
            Verdict::TcpOnly(_) if client.transport == Transport::Udp => return answer.ask_again(out),
            _ => {}
        }
        if !resolvable {
            return answer.refuse(out, ExtendedError::OTHER, "this class or type is not resolved here");
        }
        if let Some(local) = engine.local.answer(&query.question.name, query.question.qtype) {
            return answer.local(out, local);
        }
        match engine.cache.get(query, self.now) {
            Lookup::Fresh(reply, age) => {
                engine.metrics.cache.hits.inc();
                engine.refresh_if_due(&reply, self.now);
                answer.reviewed(out, &verdict, &reply, Age::Seconds(age))
            }
            // RFC 8767 §5: who does not want recursion is not told what is stale.
            _ if !query.recursion_desired() => {
                answer.refuse(out, ExtendedError::OTHER, "only recursive queries are resolved here")
            }
            Lookup::Stale { reply, failing: true } => {
                engine.refresh_if_due(&reply, self.now);
                answer.reviewed(out, &verdict, &reply, Age::Stale)
            }
            found @ (Lookup::Stale { .. } | Lookup::Miss) => {
                engine.metrics.cache.misses.inc();
                let missed = matches!((found, verdict), (Lookup::Miss, Verdict::Pass));
                if missed { Outcome::Missed } else { Outcome::NeedsUpstream }
            }
        }
    }
}

impl Engine {
    /// Has a reply asked for again that was given to a client, if the time for that has come. Neither allocates nor
    /// waits.
    fn refresh_if_due(&self, reply: &Reply, now: Instant) {
        if self.cache.claim_refresh(reply, now) && self.refreshes.offer(reply) {
            self.metrics.cache.refreshes.inc();
        }
    }

    /// Answers a query that nobody has time for: with what is known, stale or not, else with SERVFAIL.
    pub fn answer_overloaded(&self, packet: &[u8], client: &Client, out: &mut [u8]) -> Outcome {
        let Screened::Query(query) = screen(packet) else { return Outcome::Dropped };
        self.metrics.upstream.overloads.inc();
        let moment = self.moment();
        let (in_force, cookie) = (&moment.in_force, moment.fresh(query.cookie(), client));
        let now = moment.now;
        let answer = Answer { engine: self, in_force, query: &query, client, cookie, now, at_once: true };
        let verdict = in_force.decide(&query, client, Ahead::NOTHING);
        let known = match self.cache.get(&query, moment.now) {
            Lookup::Fresh(reply, age) => Some((reply, Age::Seconds(age))),
            Lookup::Stale { reply, .. } if query.recursion_desired() => Some((reply, Age::Stale)),
            Lookup::Stale { .. } | Lookup::Miss => None,
        };
        if let Some((reply, age)) = known
            && !matches!(verdict, Verdict::Block(_) | Verdict::TcpOnly(_))
        {
            let outcome = answer.reviewed(out, &verdict, &reply, age);
            if outcome != Outcome::NeedsUpstream {
                return outcome;
            }
        }
        answer.failed(out, &Verdict::Pass, &ResolveError::Overloaded)
    }

    fn reject(&self, rejected: &Rejected<'_>, client: &Client, out: &mut [u8]) -> Outcome {
        self.metrics.query(client.transport, QueryKind::Invalid);
        self.metrics.answer(rejected.rcode);
        let mut writer = AnswerWriter::new(
            out,
            UDP_OCTETS_WITHOUT_EDNS,
            rejected.id,
            rejected.flags,
            rejected.question,
            rejected.edns,
        );
        writer.set_rcode(rejected.rcode);
        Outcome::Answered(if rejected.edns {
            writer.finish_with_opt(false, &[], &Text::default())
        } else {
            writer.finish()
        })
    }
}

/// What upstream is asked, for a client that asked this.
fn asked(query: &Query<'_>, name: &Name) -> Asked {
    Asked {
        name: name.clone(),
        qtype: query.question.qtype,
        dnssec_ok: query.dnssec_ok(),
        checking_disabled: query.checking_disabled(),
    }
}
