//! The metrics, each declared once, with its help text. `docs/metrics.md` describes them for operators; a test
//! compares the two.

use std::{sync::Arc, time::Duration};

use prometheus::{
    Encoder, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder,
};

use crate::message::{Rcode, rtype};

/// How a query came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// A datagram.
    Udp,
    /// A stream without encryption.
    Tcp,
}

impl Transport {
    const ALL: [Self; 2] = [Self::Udp, Self::Tcp];

    const fn label(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
        }
    }
}

/// The kinds of type that queries are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QueryKind {
    /// Types that most queries are for, each by its own name.
    Known(u16),
    /// DS, DNSKEY, RRSIG, NSEC, NSEC3: what validators ask for.
    Dnssec,
    /// Any other type.
    Other,
    /// What could not be read as a query.
    Invalid,
}

impl QueryKind {
    const KNOWN: [(u16, &'static str); 11] = [
        (rtype::A, "A"),
        (rtype::AAAA, "AAAA"),
        (rtype::HTTPS, "HTTPS"),
        (rtype::PTR, "PTR"),
        (rtype::TXT, "TXT"),
        (rtype::SRV, "SRV"),
        (rtype::MX, "MX"),
        (rtype::NS, "NS"),
        (rtype::SOA, "SOA"),
        (rtype::CNAME, "CNAME"),
        (rtype::ANY, "ANY"),
    ];
    /// The label values, in the order of [`QueryKind::index`].
    const LABELS: [&'static str; 14] = {
        let mut labels = ["DNSSEC", "other", "invalid", "", "", "", "", "", "", "", "", "", "", ""];
        let mut index = 0;
        while index < Self::KNOWN.len() {
            labels[index + 3] = Self::KNOWN[index].1;
            index += 1;
        }
        labels
    };

    /// The kind of a QTYPE.
    pub fn of(qtype: u16) -> Self {
        match qtype {
            rtype::DS | rtype::DNSKEY | rtype::RRSIG | rtype::NSEC | rtype::NSEC3 => Self::Dnssec,
            known if Self::KNOWN.iter().any(|(number, _)| *number == known) => Self::Known(known),
            _ => Self::Other,
        }
    }

    fn index(self) -> usize {
        match self {
            Self::Dnssec => 0,
            Self::Other => 1,
            Self::Invalid => 2,
            Self::Known(qtype) => {
                3 + Self::KNOWN.iter().position(|(number, _)| *number == qtype).unwrap_or_default()
            }
        }
    }
}

/// What the policy said of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VerdictKind {
    /// No rule, or a rule that lets pass.
    Pass,
    /// Blocked.
    Block,
    /// On a list that only takes note.
    Log,
}

impl VerdictKind {
    const fn label(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Block => "block",
            Self::Log => "log",
        }
    }
}

/// RCODE labels, in the order in which they are counted; the last is for all others.
const RCODES: [Rcode; 8] = [
    Rcode::NOERROR,
    Rcode::FORMERR,
    Rcode::SERVFAIL,
    Rcode::NXDOMAIN,
    Rcode::NOTIMP,
    Rcode::REFUSED,
    Rcode::BADVERS,
    Rcode(u16::MAX),
];

/// Every metric of the process.
///
/// The counters of the query path are looked up once, here, so that counting is one addition to an atomic.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    queries: [[IntCounter; QueryKind::LABELS.len()]; 2],
    answers: [IntCounter; RCODES.len()],
    passed: IntCounter,
    /// Blocked and noted queries by category.
    verdicts: Vec<(Box<str>, [IntCounter; 2])>,
    /// Queries answered from the cache.
    pub cache_hits: IntCounter,
    /// Queries that the cache could not answer.
    pub cache_misses: IntCounter,
    /// Octets that cached replies take.
    pub cache_bytes: IntGauge,
    /// Replies in the cache.
    pub cache_entries: IntGauge,
    /// Replies thrown out of the cache for want of room.
    pub cache_evictions: IntCounter,
    /// Seconds until an upstream replied, by upstream.
    pub upstream_seconds: HistogramVec,
    /// Failed tries, by upstream and reason.
    pub upstream_failures: IntCounterVec,
    /// Whether an upstream is in use: 0 while it is left out because queries come back from it to ourselves.
    pub upstream_up: IntGaugeVec,
    /// Queries refused because too many were waiting for upstream.
    pub overloads: IntCounter,
    /// Rules by list.
    pub list_rules: IntGaugeVec,
    /// When the list in force was last read well, in seconds since 1970, by list.
    pub list_last_good: IntGaugeVec,
    /// 1 while the list's file is bad and its last good copy is in force.
    pub list_stale: IntGaugeVec,
    /// Swaps of the rules.
    pub swaps: IntCounter,
    /// Seconds from seeing a change to the swap.
    pub swap_seconds: Histogram,
    /// Octets that the rules take.
    pub rule_bytes: IntGauge,
    /// Views of the page by language.
    pub page_views: IntCounterVec,
    /// Open DNS streams.
    pub streams: IntGauge,
    /// Streams closed at once because there were too many.
    pub streams_refused: IntCounter,
}

impl Metrics {
    /// Registers everything. `categories` are those that lists can have; others are counted as `other`.
    ///
    /// # Errors
    ///
    /// Only if two metrics had the same name, which the tests would show.
    pub fn new<'c>(categories: impl IntoIterator<Item = &'c str>) -> Result<Arc<Self>, prometheus::Error> {
        let registry = Registry::new();
        let make = Make(&registry);
        let queries = make.counters(
            "sekisho_queries_total",
            "Queries by transport and kind of type.",
            &["transport", "type"],
        )?;
        let answers = make.counters("sekisho_answers_total", "Answers by response code.", &["rcode"])?;
        let verdicts = make.counters(
            "sekisho_verdicts_total",
            "What the rules said of queries, by category of the list that decided.",
            &["verdict", "category"],
        )?;
        make.gauges("sekisho_build_info", "Always 1; the label tells the version.", &["version"])?
            .with_label_values(&[env!("CARGO_PKG_VERSION")])
            .set(1);
        Self::register_process(&registry)?;
        Ok(Arc::new(Self {
            queries: Transport::ALL.map(|transport| {
                QueryKind::LABELS.map(|kind| queries.with_label_values(&[transport.label(), kind]))
            }),
            answers: RCODES.map(|rcode| answers.with_label_values(&[rcode.mnemonic()])),
            passed: verdicts.with_label_values(&[VerdictKind::Pass.label(), "none"]),
            verdicts: Self::by_category(&verdicts, categories),
            cache_hits: make.counter("sekisho_cache_hits_total", "Queries answered from the cache.")?,
            cache_misses: make
                .counter("sekisho_cache_misses_total", "Queries that the cache could not answer.")?,
            cache_bytes: make.gauge("sekisho_cache_bytes", "Memory that cached replies take, in bytes.")?,
            cache_entries: make.gauge("sekisho_cache_entries", "Replies in the cache.")?,
            cache_evictions: make.counter(
                "sekisho_cache_evictions_total",
                "Replies thrown out of the cache for want of room.",
            )?,
            upstream_seconds: make.timings(
                "sekisho_upstream_seconds",
                "Time until an upstream gave a usable reply, in seconds.",
                &["upstream"],
            )?,
            upstream_failures: make.counters(
                "sekisho_upstream_failures_total",
                "Queries that an upstream did not answer usably, by reason.",
                &["upstream", "reason"],
            )?,
            upstream_up: make.gauges(
                "sekisho_upstream_up",
                "1 while the upstream is in use, 0 while it is left out because queries come back from it.",
                &["upstream"],
            )?,
            overloads: make.counter(
                "sekisho_overloads_total",
                "Queries that got SERVFAIL because too many others were waiting for upstream.",
            )?,
            list_rules: make.gauges("sekisho_list_rules", "Rules in force, by list.", &["list"])?,
            list_last_good: make.gauges(
                "sekisho_list_last_good_timestamp_seconds",
                "When the list was last read well, in seconds since 1970.",
                &["list"],
            )?,
            list_stale: make.gauges(
                "sekisho_list_stale",
                "1 while the list's file is bad and its last good copy is in force.",
                &["list"],
            )?,
            swaps: make.counter("sekisho_swaps_total", "Swaps of the rules.")?,
            swap_seconds: make
                .timing("sekisho_swap_seconds", "Time to read, compile and swap the rules, in seconds.")?,
            rule_bytes: make.gauge("sekisho_rule_bytes", "Memory that the rules take, in bytes.")?,
            page_views: make.counters(
                "sekisho_page_views_total",
                "Views of the help page, by language.",
                &["language"],
            )?,
            streams: make.gauge("sekisho_streams", "Open DNS connections over TCP.")?,
            streams_refused: make.counter(
                "sekisho_streams_refused_total",
                "DNS connections closed at once because there were too many.",
            )?,
            registry,
        }))
    }

    /// The counters of blocked and noted queries, looked up once; the last is for every category not named.
    fn by_category<'c>(
        verdicts: &IntCounterVec,
        categories: impl IntoIterator<Item = &'c str>,
    ) -> Vec<(Box<str>, [IntCounter; 2])> {
        let mut names: Vec<&str> = categories.into_iter().chain(["own", "other"]).collect();
        names.dedup();
        let counters = |category| {
            [VerdictKind::Block, VerdictKind::Log]
                .map(|kind| verdicts.with_label_values(&[kind.label(), category]))
        };
        names.into_iter().map(|category| (category.into(), counters(category))).collect()
    }

    #[cfg(target_os = "linux")]
    fn register_process(registry: &Registry) -> Result<(), prometheus::Error> {
        registry.register(Box::new(prometheus::process_collector::ProcessCollector::for_self()))
    }

    #[cfg(not(target_os = "linux"))]
    fn register_process(_: &Registry) -> Result<(), prometheus::Error> {
        Ok(())
    }

    /// Counts a query.
    pub fn query(&self, transport: Transport, kind: QueryKind) {
        self.queries[transport as usize][kind.index()].inc();
    }

    /// Counts an answer.
    pub fn answer(&self, rcode: Rcode) {
        let index = RCODES.iter().position(|known| *known == rcode).unwrap_or(RCODES.len() - 1);
        self.answers[index].inc();
    }

    /// Counts what the rules said.
    pub fn verdict(&self, verdict: VerdictKind, category: &str) {
        let index = match verdict {
            VerdictKind::Pass => return self.passed.inc(),
            VerdictKind::Block => 0,
            VerdictKind::Log => 1,
        };
        let named = self.verdicts.iter().find(|(name, _)| **name == *category);
        if let Some((_, counters)) = named.or(self.verdicts.last()) {
            counters[index].inc();
        }
    }

    /// Notes how long an upstream took.
    pub fn upstream_replied(&self, upstream: &str, took: Duration) {
        self.upstream_seconds.with_label_values(&[upstream]).observe(took.as_secs_f64());
    }

    /// Counts a failure of an upstream.
    pub fn upstream_failed(&self, upstream: &str, reason: &str) {
        self.upstream_failures.with_label_values(&[upstream, reason]).inc();
    }

    /// All metrics in Prometheus' text format.
    pub fn text(&self) -> String {
        let mut text = Vec::new();
        // Writing into memory cannot fail, and what the registry holds is always encodable.
        let _ = TextEncoder::new().encode(&self.registry.gather(), &mut text);
        String::from_utf8_lossy(&text).into_owned()
    }
}

/// Makes metrics and registers them.
struct Make<'r>(&'r Registry);

impl Make<'_> {
    fn counter(&self, name: &str, help: &str) -> Result<IntCounter, prometheus::Error> {
        let counter = IntCounter::new(name, help)?;
        self.0.register(Box::new(counter.clone()))?;
        Ok(counter)
    }

    fn counters(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntCounterVec, prometheus::Error> {
        let counters = IntCounterVec::new(Opts::new(name, help), labels)?;
        self.0.register(Box::new(counters.clone()))?;
        Ok(counters)
    }

    fn gauge(&self, name: &str, help: &str) -> Result<IntGauge, prometheus::Error> {
        let gauge = IntGauge::new(name, help)?;
        self.0.register(Box::new(gauge.clone()))?;
        Ok(gauge)
    }

    fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntGaugeVec, prometheus::Error> {
        let gauges = IntGaugeVec::new(Opts::new(name, help), labels)?;
        self.0.register(Box::new(gauges.clone()))?;
        Ok(gauges)
    }

    fn timing(&self, name: &str, help: &str) -> Result<Histogram, prometheus::Error> {
        let timing = Histogram::with_opts(Self::buckets(name, help))?;
        self.0.register(Box::new(timing.clone()))?;
        Ok(timing)
    }

    fn timings(&self, name: &str, help: &str, labels: &[&str]) -> Result<HistogramVec, prometheus::Error> {
        let timings = HistogramVec::new(Self::buckets(name, help), labels)?;
        self.0.register(Box::new(timings.clone()))?;
        Ok(timings)
    }

    fn buckets(name: &str, help: &str) -> HistogramOpts {
        HistogramOpts::new(name, help)
            .buckets(vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_exported_under_their_labels() {
        let metrics = Metrics::new(["scam"]).unwrap();
        metrics.query(Transport::Udp, QueryKind::of(rtype::HTTPS));
        metrics.query(Transport::Tcp, QueryKind::of(rtype::DNSKEY));
        metrics.query(Transport::Tcp, QueryKind::of(65_280));
        metrics.query(Transport::Tcp, QueryKind::Invalid);
        metrics.answer(Rcode::NXDOMAIN);
        metrics.answer(Rcode(23));
        metrics.verdict(VerdictKind::Block, "scam");
        metrics.verdict(VerdictKind::Block, "unheard-of");
        let text = metrics.text();
        for line in [
            r#"sekisho_queries_total{transport="udp",type="HTTPS"} 1"#,
            r#"sekisho_queries_total{transport="tcp",type="DNSSEC"} 1"#,
            r#"sekisho_queries_total{transport="tcp",type="other"} 1"#,
            r#"sekisho_queries_total{transport="tcp",type="invalid"} 1"#,
            r#"sekisho_answers_total{rcode="NXDOMAIN"} 1"#,
            r#"sekisho_answers_total{rcode="OTHER"} 1"#,
            r#"sekisho_verdicts_total{category="scam",verdict="block"} 1"#,
            r#"sekisho_verdicts_total{category="other",verdict="block"} 1"#,
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }
}
