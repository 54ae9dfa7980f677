//! One answer being made: from a verdict, a reply or a failure to octets. Nothing here waits, and nothing that
//! [`Engine::answer_now`] reaches allocates.

use std::{
    fmt::{self, Write},
    net::IpAddr,
    time::Instant,
};

use super::{Client, Engine, InForce, Outcome};
use crate::{
    message::{
        Age, AnswerWriter, ExtendedError, Query, Rcode, Reply, STREAM_OCTETS, Soa, Text, UDP_OCTETS,
        UDP_OCTETS_WITHOUT_EDNS, class, cookie::Fresh, rtype,
    },
    name::Name,
    policy::{Cause, Record, Response, Shape, SinkholeSettings, Source, Target, Verdict, blocked_answer},
    resolve::{LocalAnswer, ResolveError},
    telemetry::{Transport, VerdictKind},
};

/// One answer being made.
pub(super) struct Answer<'a> {
    pub(super) engine: &'a Engine,
    pub(super) in_force: &'a InForce,
    pub(super) query: &'a Query<'a>,
    pub(super) client: &'a Client,
    /// What the client gets for its own.
    pub(super) cookie: Option<Fresh>,
    pub(super) now: Instant,
    /// Whether this is [`Engine::answer_now`], which may not allocate.
    pub(super) at_once: bool,
}

impl Answer<'_> {
    /// The name is blocked: what its rule asks for is given.
    pub(super) fn blocked(&self, out: &mut [u8], cause: &Cause<'_>) -> Outcome {
        if self.at_once && self.in_force.needs_target(cause, self.query) {
            return Outcome::NeedsUpstream;
        }
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
        // A list that leads to our own name means the page.
        if cause.alias().is_some_and(|target| target == self.in_force.settings.host) {
            return self.shaped(out, cause, Shape::Page);
        }
        let ttl = self.in_force.settings.block_ttl;
        let (mut writer, mut negative) = (self.begin(out), true);
        for record in cause.records().filter(fits) {
            // The list's own TTL would outlive an unblock.
            let ttl = record.ttl.map_or(ttl, |own| own.min(ttl));
            match cause.alias().filter(|_| record.rtype == rtype::CNAME) {
                Some(target) => writer.own_record(record.rtype, ttl, target.wire()),
                None => writer.own_record(record.rtype, ttl, &record.data),
            }
            negative = false;
        }
        if negative {
            writer
                .soa(Soa { owner_labels: cause.rule_labels().max(1).min(question.name.label_count()), ttl });
        }
        let errors = [ExtendedError::FORGED_ANSWER, ExtendedError::FILTERED];
        self.end(writer, Rcode::NOERROR, &errors, |text| explain(cause, text))
    }

    /// A list's own alias, and what is behind it, unless a name there is blocked.
    pub(super) fn behind_alias(&self, out: &mut [u8], cause: &Cause<'_>, reply: &Reply, age: Age) -> Outcome {
        for target in reply.targets() {
            let Ok((name, _)) = Name::from_wire(target) else { continue };
            if let Verdict::Block(cause) = self.in_force.policy.decide(&name, self.query.question.qtype) {
                return self.shaped(out, &cause, cause.shape());
            }
        }
        self.engine.metrics.verdict(VerdictKind::Block, cause.category());
        let mut writer = self.begin(out);
        if age == Age::Stale {
            self.engine.metrics.cache.stale.inc();
        }
        writer.reply(reply, age);
        let errors = [ExtendedError::FORGED_ANSWER, ExtendedError::FILTERED];
        self.end(writer, reply.rcode(), &errors, |text| explain(cause, text))
    }

    /// An empty answer that says to ask again over TCP.
    pub(super) fn ask_again(&self, out: &mut [u8]) -> Outcome {
        let mut writer = self.begin(out);
        writer.truncate();
        self.end(writer, Rcode::NOERROR, &[], |_| Ok(()))
    }

    /// An empty answer that says to ask again with the cookie in it.
    pub(super) fn bad_cookie(&self, out: &mut [u8]) -> Outcome {
        let mut writer = self.begin(out);
        writer.set_rcode(Rcode::BADCOOKIE);
        self.end(writer, Rcode::BADCOOKIE, &[], |_| Ok(()))
    }

    /// The answer of one shape: see [`blocked_answer`].
    fn shaped(&self, out: &mut [u8], cause: &Cause<'_>, shape: Shape) -> Outcome {
        let InForce { settings, interfaces, .. } = self.in_force;
        let question = &self.query.question;
        let sinkhole = interfaces.sinkhole(settings.sinkhole, self.client.local, self.client.interface);
        // A name that is blocked for what its answer leads to says nothing about names below it.
        let at_query = *cause.name() == question.name && cause.network().is_none();
        let below = || at_query && cause.everything_below();
        let answer = blocked_answer(shape, below, question.qtype, question.qclass, sinkhole);
        let mut writer = self.begin(out);
        writer.set_rcode(answer.rcode);
        let ttl = settings.block_ttl;
        if let Some(address) = answer.address {
            writer.address(address, ttl);
            if shape == Shape::Page
                && let Some(history) = &self.in_force.history
            {
                history.note(self.client.address, &question.name, self.engine.second(self.now));
            }
        }
        if answer.negative {
            let owner_labels = if at_query { cause.rule_labels() } else { question.name.label_count() };
            writer.soa(Soa { owner_labels: owner_labels.max(1).min(question.name.label_count()), ttl });
        }
        self.end(writer, answer.rcode, answer.errors, |text| explain(cause, text))
    }

    /// A name of our own, or one that must not leave the house.
    pub(super) fn local(&self, out: &mut [u8], local: LocalAnswer) -> Outcome {
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
        self.end(writer, rcode, &[], |_| Ok(()))
    }

    /// A reply from upstream, unless something in it is blocked: a stale one is reviewed as a fresh one is.
    pub(super) fn reviewed(&self, out: &mut [u8], verdict: &Verdict<'_>, reply: &Reply, age: Age) -> Outcome {
        // What the operator, the floor or an allow list lets pass is not stopped on its way.
        if !matches!(verdict, Verdict::Allowed(_))
            && let Some(outcome) = self.stopped(out, reply)
        {
            return outcome;
        }
        self.count_pass(verdict);
        let mut writer = self.begin(out);
        writer.reply(reply, age);
        let mut errors = [ExtendedError::OTHER; 3];
        let (mut given, mut text) = (0, "");
        if age == Age::Stale {
            self.engine.metrics.cache.stale.inc();
            let nxdomain = reply.rcode() == Rcode::NXDOMAIN;
            errors[0] = if nxdomain { ExtendedError::STALE_NXDOMAIN } else { ExtendedError::STALE_ANSWER };
            (given, text) = (1, "no upstream server replies; this is what was said last");
        }
        for (error, of_upstream) in reply.errors() {
            text = if given == 0 { of_upstream } else { text };
            let Some(slot) = errors.get_mut(given) else { break };
            (*slot, given) = (error, given + 1);
        }
        self.end(writer, reply.rcode(), &errors[..given], |to| to.write_str(text))
    }

    /// The answer in place of a reply that leads to what is blocked: first the names in it, then the addresses, then
    /// the servers that it comes from.
    fn stopped(&self, out: &mut [u8], reply: &Reply) -> Option<Outcome> {
        let policy = &self.in_force.policy;
        let query = (&self.query.question.name, self.query.question.qtype);
        for (name, _) in reply.targets().filter_map(|wire| Name::from_wire(wire).ok()) {
            let verdict = policy.decide(&name, query.1);
            if let Some(outcome) = self.stopped_by(out, &verdict, || Target::Name(name.clone())) {
                return Some(outcome);
            }
        }
        // Most lists have no rule of this kind. A reply may have thousands of addresses, so what they share is worked
        // out once.
        let review = policy.review(query.0, query.1)?;
        let servers = reply.servers().filter_map(|wire| Name::from_wire(wire).ok());
        let mut targets = reply
            .addresses()
            .map(Target::Address)
            .chain(servers.map(|(name, _)| Target::Server(name)))
            .chain(reply.server_addresses().map(Target::ServerAddress));
        targets.find_map(|target| self.stopped_by(out, &review.decide(&target)?, || target.clone()))
    }

    /// The answer in place of one that leads to a target, if that is blocked. This is remembered for the page; where it is
    /// not known yet, remembering allocates, so it is left to [`Engine::answer_later`].
    fn stopped_by(
        &self,
        out: &mut [u8],
        verdict: &Verdict<'_>,
        target: impl FnOnce() -> Target,
    ) -> Option<Outcome> {
        let question = &self.query.question;
        let cause = match verdict {
            Verdict::Block(cause) if self.in_force.is_lifted(cause, &question.name, self.client.address) => {
                return None;
            }
            Verdict::Block(cause) => cause,
            Verdict::TcpOnly(_) if self.client.transport == Transport::Udp => {
                return Some(self.ask_again(out));
            }
            _ => return None,
        };
        let target = target();
        let (led_to, client) = (&self.engine.led_to, self.client.address.to_canonical());
        let (asked, now) = ((&question.name, question.qtype), self.engine.second(self.now));
        if !led_to.knows(client, asked, &target, now) {
            if self.at_once {
                return Some(Outcome::NeedsUpstream);
            }
            led_to.note(client, asked, target, now);
        }
        Some(self.blocked(out, cause))
    }

    /// Nobody knows.
    pub(super) fn failed(&self, out: &mut [u8], verdict: &Verdict<'_>, error: &ResolveError) -> Outcome {
        self.count_pass(verdict);
        let mut writer = self.begin(out);
        writer.set_rcode(Rcode::SERVFAIL);
        self.end(writer, Rcode::SERVFAIL, &[error.extended_error()], |text| write!(text, "{error}"))
    }

    /// We will not answer this.
    pub(super) fn refuse(&self, out: &mut [u8], error: ExtendedError, text: &str) -> Outcome {
        let mut writer = self.begin(out);
        writer.set_rcode(Rcode::REFUSED);
        self.end(writer, Rcode::REFUSED, &[error], |to| to.write_str(text))
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
        let limit = limit(self.query, self.client);
        let mut writer = AnswerWriter::new(out, limit, *id, *flags, question.wire, edns.is_some());
        if let Some(cookie) = self.cookie {
            writer.set_cookie(cookie);
        }
        writer
    }

    fn end(
        &self,
        writer: AnswerWriter<'_>,
        rcode: Rcode,
        errors: &[ExtendedError],
        explain: impl FnOnce(&mut Text) -> fmt::Result,
    ) -> Outcome {
        self.engine.metrics.answer(rcode);
        let Some(edns) = self.query.edns else { return Outcome::Answered(writer.finish()) };
        let mut text = Text::default();
        // It shortens what is too long, and never fails.
        let _ = explain(&mut text);
        Outcome::Answered(writer.finish_with_opt(edns.dnssec_ok, errors, &text))
    }
}

/// Writes why a name is blocked. Piece by piece, since formatting would take a tenth of what a blocked answer takes.
fn explain(cause: &Cause<'_>, text: &mut Text) -> fmt::Result {
    text.write_str("Sekisho blocks ")?;
    text.write_str(cause.category())?;
    text.write_str(": ")?;
    cause.write_to(text)
}

/// How many octets the client takes.
pub(super) fn limit(query: &Query<'_>, client: &Client) -> usize {
    match (client.transport, query.edns) {
        (Transport::Tcp, _) => STREAM_OCTETS,
        (Transport::Udp, None) => UDP_OCTETS_WITHOUT_EDNS,
        (Transport::Udp, Some(edns)) => {
            usize::from(edns.payload).clamp(UDP_OCTETS_WITHOUT_EDNS, usize::from(UDP_OCTETS))
        }
    }
}
