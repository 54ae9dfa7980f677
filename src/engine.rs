//! One query's whole life, in the order in which it happens. Every transport calls this and nothing else.
//!
//! [`Engine::answer_now`] answers everything that needs nobody else: it takes octets and writes octets, and neither
//! allocates nor waits. [`Engine::answer_later`] answers the rest. Both end in the same review by the policy.

use std::{net::IpAddr, sync::Arc, time::Instant};

use arc_swap::ArcSwap;

use crate::{
    cache::{Cache, Key, Lookup},
    message::{
        AnswerWriter, ExtendedError, Query, Rcode, Reply, STREAM_OCTETS, Screened, Soa, UDP_OCTETS,
        UDP_OCTETS_WITHOUT_EDNS, class, query::Rejected, query::is_resolvable, rtype, screen,
    },
    name::Name,
    policy::{
        Access, Cause, Interfaces, Policy, Record, Response, Shape, SinkholeSettings, Source, Verdict,
        blocked_answer,
    },
    resolve::{Forwarder, LocalAnswer, LocalNames, LoopProbes, ResolveError, upstream::Asked},
    telemetry::{Metrics, QueryKind, Transport, VerdictKind},
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
}

/// Everything that a query reads and that may change, as one value: a query loads it once and ends with what it
/// loaded.
#[derive(Debug, Clone)]
struct InForce {
    settings: Arc<Settings>,
    policy: Arc<Policy>,
    interfaces: Arc<Interfaces>,
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
    /// Names that were blocked for what their answer leads to, with that name: the page explains them.
    led_to: LedTo,
}

/// Query name ⟶ the blocked name that its answer leads to, both in wire form.
type LedTo = quick_cache::sync::Cache<Box<[u8]>, Arc<[u8]>>;
/// How many such names are remembered.
const MOST_LED_TO: usize = 1024;

impl InForce {
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
        let (policy, interfaces) = (Arc::default(), Arc::default());
        let in_force = InForce { settings: Arc::new(settings), policy, interfaces };
        let led_to = LedTo::new(MOST_LED_TO);
        let in_force = ArcSwap::from_pointee(in_force);
        Self { in_force, cache, local, probes, forwarder, metrics, led_to }
    }

    /// Whether a name is blocked at this moment, for itself or for what its answer led to not long ago: `explain` is
    /// given the cause.
    pub fn why_blocked<T>(&self, name: &Name, explain: impl FnOnce(&Cause<'_>) -> T) -> Option<T> {
        let in_force = self.in_force.load();
        let policy = &in_force.policy;
        match policy.decide(name, rtype::A) {
            Verdict::Block(cause) => return Some(explain(&cause)),
            Verdict::Allowed(_) => return None,
            Verdict::Pass | Verdict::Logged(_) | Verdict::TcpOnly(_) => {}
        }
        let (target, _) = Name::from_wire(&self.led_to.get(name.wire())?).ok()?;
        match policy.decide(&target, rtype::A) {
            Verdict::Block(cause) => Some(explain(&cause)),
            _ => None,
        }
    }

    /// Puts other rules in force, by one pointer store. Queries under way end with the rules that they began with.
    pub fn swap_policy(&self, policy: &Arc<Policy>) {
        self.in_force.rcu(|now| InForce { policy: policy.clone(), ..InForce::clone(now) });
    }

    /// Puts other rules and settings in force at once, so that no query meets the ones without the others.
    pub fn swap(&self, policy: &Arc<Policy>, settings: Settings) {
        let settings = Arc::new(settings);
        self.in_force.rcu(|now| InForce {
            policy: policy.clone(),
            settings: settings.clone(),
            interfaces: now.interfaces.clone(),
        });
    }

    /// The rules in force.
    pub fn policy(&self) -> Arc<Policy> {
        self.in_force.load().policy.clone()
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
        let query = match screen(packet) {
            Screened::Drop => return Outcome::Dropped,
            Screened::Error(rejected) => return self.reject(&rejected, client, out),
            Screened::Query(query) => query,
        };
        self.metrics.query(client.transport, QueryKind::of(query.question.qtype));
        let in_force = self.in_force.load();
        let answer = Answer { engine: self, in_force: &in_force, query: &query, client, at_once: true };
        if !in_force.may_ask(client.address) {
            return answer.refuse(out, ExtendedError::PROHIBITED, "you may not ask here");
        }
        let resolvable = is_resolvable(&query.question);
        if resolvable && query.question.name == in_force.settings.host {
            return answer.local(out, LocalAnswer::OurAddress);
        }
        // Before the rules: one that speaks of the probe's name must not hide a loop.
        if self.probes.notice(&query.question.name) {
            return answer.refuse(out, ExtendedError::OTHER, "a loop probe");
        }
        let verdict = in_force.policy.decide(&query.question.name, query.question.qtype);
        match &verdict {
            Verdict::Block(cause) => return answer.blocked(out, cause),
            Verdict::TcpOnly(_) if client.transport == Transport::Udp => return answer.ask_again(out),
            _ => {}
        }
        if !resolvable {
            return answer.refuse(out, ExtendedError::OTHER, "this class or type is not resolved here");
        }
        if let Some(local) = self.local.answer(&query.question.name, query.question.qtype) {
            return answer.local(out, local);
        }
        match self.cache.get(&query, Instant::now()) {
            Lookup::Fresh(reply, age) => {
                self.metrics.cache.hits.inc();
                answer.reviewed(out, &verdict, &reply, age)
            }
            Lookup::Miss if !query.recursion_desired() => {
                answer.refuse(out, ExtendedError::OTHER, "only recursive queries are resolved here")
            }
            Lookup::Miss => {
                self.metrics.cache.misses.inc();
                Outcome::NeedsUpstream
            }
        }
    }

    /// Answers a query for which [`Engine::answer_now`] said [`Outcome::NeedsUpstream`]: asks upstream, keeps the
    /// reply, and asks the policy about every name in it. `None` only if it is no query at all.
    pub async fn answer_later(&self, packet: &[u8], client: &Client) -> Option<Vec<u8>> {
        let Screened::Query(query) = screen(packet) else { return None };
        let asked = Asked {
            name: query.question.name.clone(),
            qtype: query.question.qtype,
            dnssec_ok: query.dnssec_ok(),
            checking_disabled: query.checking_disabled(),
        };
        let key = Key::of(&query);
        let keep = {
            let (cache, key) = (self.cache.clone(), key.clone());
            move |reply| cache.insert(key, reply, Instant::now())
        };
        let (resolved, age) = match self.cache.get(&query, Instant::now()) {
            // Another client's query may have ended meanwhile.
            Lookup::Fresh(reply, age) => (Ok(reply), age),
            Lookup::Miss => (self.forwarder.resolve(key, asked, keep).await, 0),
        };
        let mut out = vec![0; limit(&query, client).max(UDP_OCTETS_WITHOUT_EDNS)];
        // The rules may have changed while upstream was asked: what counts is what is in force now.
        let in_force = self.in_force.load();
        let answer = Answer { engine: self, in_force: &in_force, query: &query, client, at_once: false };
        let verdict = in_force.policy.decide(&query.question.name, query.question.qtype);
        let outcome = match (&verdict, resolved) {
            (Verdict::Block(cause), _) => answer.blocked(&mut out, cause),
            (Verdict::TcpOnly(_), _) if client.transport == Transport::Udp => answer.ask_again(&mut out),
            (_, Ok(reply)) => answer.reviewed(&mut out, &verdict, &reply, age),
            (_, Err(error)) => answer.failed(&mut out, &verdict, &error),
        };
        let Outcome::Answered(length) = outcome else { return None };
        out.truncate(length);
        // Answers wait until their client takes them, and most are small.
        out.shrink_to_fit();
        Some(out)
    }

    /// Answers SERVFAIL to a query that nobody has time for.
    pub fn answer_overloaded(&self, packet: &[u8], client: &Client, out: &mut [u8]) -> Outcome {
        let Screened::Query(query) = screen(packet) else { return Outcome::Dropped };
        self.metrics.upstream.overloads.inc();
        let (verdict, in_force) = (Verdict::Pass, self.in_force.load());
        Answer { engine: self, in_force: &in_force, query: &query, client, at_once: true }.failed(
            out,
            &verdict,
            &ResolveError::Overloaded,
        )
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
            writer.finish_with_opt(false, &[], format_args!(""))
        } else {
            writer.finish()
        })
    }
}

/// How many octets the client takes.
fn limit(query: &Query<'_>, client: &Client) -> usize {
    match (client.transport, query.edns) {
        (Transport::Tcp, _) => STREAM_OCTETS,
        (Transport::Udp, None) => UDP_OCTETS_WITHOUT_EDNS,
        (Transport::Udp, Some(edns)) => {
            usize::from(edns.payload).clamp(UDP_OCTETS_WITHOUT_EDNS, usize::from(UDP_OCTETS))
        }
    }
}

/// One answer being made.
struct Answer<'a> {
    engine: &'a Engine,
    in_force: &'a InForce,
    query: &'a Query<'a>,
    client: &'a Client,
    /// Whether this is [`Engine::answer_now`], which may not allocate.
    at_once: bool,
}

impl Answer<'_> {
    /// The name is blocked: what its rule asks for is given.
    fn blocked(&self, out: &mut [u8], cause: &Cause<'_>) -> Outcome {
        self.engine.metrics.verdict(VerdictKind::Block, cause.category());
        match cause.response() {
            Response::Shape(shape) => self.shaped(out, cause, shape),
            Response::Drop => Outcome::Dropped,
            Response::Data(_) => self.given(out, cause),
        }
    }

    /// Records of the list's own. Where they do not say what was asked for, there is nothing of that type.
    fn given(&self, out: &mut [u8], cause: &Cause<'_>) -> Outcome {
        let question = &self.query.question;
        if question.qclass != class::IN {
            return self.shaped(out, cause, Shape::Refused);
        }
        let fits = |record: &&Record| {
            record.rtype == question.qtype || record.rtype == rtype::CNAME || question.qtype == rtype::ANY
        };
        let ttl = self.in_force.settings.block_ttl;
        let (mut writer, mut negative) = (self.begin(out), true);
        for record in cause.records().filter(fits) {
            // The list's own TTL would outlive an unblock.
            writer.own_record(record.rtype, record.ttl.map_or(ttl, |own| own.min(ttl)), &record.data);
            negative = false;
        }
        if negative {
            writer
                .soa(Soa { owner_labels: cause.rule_labels().max(1).min(question.name.label_count()), ttl });
        }
        let errors = [ExtendedError::FORGED_ANSWER, ExtendedError::FILTERED];
        self.end(
            writer,
            Rcode::NOERROR,
            &errors,
            format_args!("Sekisho blocks {}: {cause}", cause.category()),
        )
    }

    /// An empty answer that says to ask again over TCP.
    fn ask_again(&self, out: &mut [u8]) -> Outcome {
        let mut writer = self.begin(out);
        writer.truncate();
        self.end(writer, Rcode::NOERROR, &[], format_args!(""))
    }

    /// The answer of one shape: see [`blocked_answer`].
    fn shaped(&self, out: &mut [u8], cause: &Cause<'_>, shape: Shape) -> Outcome {
        let InForce { settings, interfaces, .. } = self.in_force;
        let question = &self.query.question;
        let sinkhole = interfaces.sinkhole(settings.sinkhole, self.client.local, self.client.interface);
        // A name that is blocked for what its answer leads to says nothing about names below it.
        let at_query = *cause.name() == question.name;
        let below = || at_query && cause.everything_below();
        let answer = blocked_answer(shape, below, question.qtype, question.qclass, sinkhole);
        let mut writer = self.begin(out);
        writer.set_rcode(answer.rcode);
        let ttl = settings.block_ttl;
        if let Some(address) = answer.address {
            writer.address(address, ttl);
        }
        if answer.negative {
            let owner_labels = if at_query { cause.rule_labels() } else { question.name.label_count() };
            writer.soa(Soa { owner_labels: owner_labels.max(1).min(question.name.label_count()), ttl });
        }
        self.end(
            writer,
            answer.rcode,
            answer.errors,
            format_args!("Sekisho blocks {}: {cause}", cause.category()),
        )
    }

    /// A name of our own, or one that must not leave the house.
    fn local(&self, out: &mut [u8], local: LocalAnswer) -> Outcome {
        self.engine.metrics.verdict(VerdictKind::Pass, "");
        let qtype = self.query.question.qtype;
        let ttl = self.in_force.settings.block_ttl;
        let mut writer = self.begin(out);
        let mut rcode = Rcode::NOERROR;
        let (address, zone) = match local {
            LocalAnswer::Address(address) => (Some(address), 0),
            LocalAnswer::NoData(zone) => (None, zone),
            LocalAnswer::NxDomain(zone) => {
                rcode = Rcode::NXDOMAIN;
                (None, zone)
            }
            LocalAnswer::OurAddress => {
                let ours = self.in_force.interfaces.sinkhole(
                    SinkholeSettings::default(),
                    self.client.local,
                    self.client.interface,
                );
                let address = match qtype {
                    rtype::A => ours.v4.map(IpAddr::V4),
                    rtype::AAAA => ours.v6.map(IpAddr::V6),
                    _ => None,
                };
                (address, self.query.question.name.label_count())
            }
        };
        writer.set_rcode(rcode);
        match address {
            Some(address) => writer.address(address, ttl),
            None => writer.soa(Soa { owner_labels: zone, ttl }),
        }
        self.end(writer, rcode, &[], format_args!(""))
    }

    /// A reply from upstream, unless a name in it is blocked.
    fn reviewed(&self, out: &mut [u8], verdict: &Verdict<'_>, reply: &Reply, age: u32) -> Outcome {
        // What the operator, the floor or an allow list lets pass is not stopped on its way.
        if !matches!(verdict, Verdict::Allowed(_)) {
            for target in reply.targets() {
                let Ok((name, _)) = Name::from_wire(target) else { continue };
                if let Verdict::Block(cause) = self.in_force.policy.decide(&name, self.query.question.qtype) {
                    return self.led_to(out, &cause);
                }
            }
        }
        self.count_pass(verdict);
        let mut writer = self.begin(out);
        writer.reply(reply, age);
        let mut errors = [ExtendedError::OTHER; 2];
        let given = reply.errors().len().min(errors.len());
        for (slot, (error, _)) in errors.iter_mut().zip(reply.errors()) {
            *slot = *error;
        }
        let text = reply.errors().first().map_or("", |(_, text)| text);
        self.end(writer, reply.rcode(), &errors[..given], format_args!("{text}"))
    }

    /// The name leads to a blocked one. That is remembered for the page; where it is not known yet, remembering
    /// allocates, so it is left to [`Engine::answer_later`].
    fn led_to(&self, out: &mut [u8], cause: &Cause<'_>) -> Outcome {
        let (from, to) = (self.query.question.name.wire(), cause.name().wire());
        let known = self.engine.led_to.get(from).is_some_and(|known| *known == *to);
        if !known && self.at_once {
            return Outcome::NeedsUpstream;
        }
        if !known {
            self.engine.led_to.insert(from.into(), to.into());
        }
        self.blocked(out, cause)
    }

    /// Nobody knows.
    fn failed(&self, out: &mut [u8], verdict: &Verdict<'_>, error: &ResolveError) -> Outcome {
        self.count_pass(verdict);
        let mut writer = self.begin(out);
        writer.set_rcode(Rcode::SERVFAIL);
        self.end(writer, Rcode::SERVFAIL, &[error.extended_error()], format_args!("{error}"))
    }

    /// We will not answer this.
    fn refuse(&self, out: &mut [u8], error: ExtendedError, text: &str) -> Outcome {
        let mut writer = self.begin(out);
        writer.set_rcode(Rcode::REFUSED);
        self.end(writer, Rcode::REFUSED, &[error], format_args!("{text}"))
    }

    fn count_pass(&self, verdict: &Verdict<'_>) {
        match verdict {
            Verdict::Logged(cause) if cause.source() == Source::Lists => {
                self.engine.metrics.verdict(VerdictKind::Log, cause.category());
            }
            _ => self.engine.metrics.verdict(VerdictKind::Pass, ""),
        }
    }

    fn begin<'o>(&self, out: &'o mut [u8]) -> AnswerWriter<'o> {
        let Query { id, flags, question, edns } = self.query;
        AnswerWriter::new(out, limit(self.query, self.client), *id, *flags, question.wire, edns.is_some())
    }

    fn end(
        &self,
        writer: AnswerWriter<'_>,
        rcode: Rcode,
        errors: &[ExtendedError],
        text: std::fmt::Arguments<'_>,
    ) -> Outcome {
        self.engine.metrics.answer(rcode);
        Outcome::Answered(match self.query.edns {
            Some(edns) => writer.finish_with_opt(edns.dnssec_ok, errors, text),
            None => writer.finish(),
        })
    }
}
