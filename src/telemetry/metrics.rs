//! The metrics, each declared once, with its help text. `docs/metrics.md` describes them for operators; a test
//! compares the two.

use std::sync::{Arc, OnceLock};

use prometheus::{
    Encoder, Error, Histogram, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Registry,
    TextEncoder,
};

use super::{
    labels::{QueryKind, Transport, VerdictKind},
    make::Make,
    of_https::HttpsMetrics,
    of_lists::{ListMetrics, RuleMetrics},
    of_requests::RequestMetrics,
    rows::{Counter, Counters, Rows},
};
use crate::message::Rcode;

/// RCODE labels, in the order in which they are counted; the last is for all others.
const RCODES: [Rcode; 9] = [
    Rcode::NOERROR,
    Rcode::FORMERR,
    Rcode::SERVFAIL,
    Rcode::NXDOMAIN,
    Rcode::NOTIMP,
    Rcode::REFUSED,
    Rcode::BADVERS,
    Rcode::BADCOOKIE,
    Rcode(u16::MAX),
];

/// The most categories that are counted by their names. A configuration has fewer; some more can come up while it is
/// changed again and again.
const MOST_CATEGORIES: usize = 128;

/// Every metric of the process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    queries: QueryMetrics,
    /// The cache.
    pub cache: CacheMetrics,
    /// The upstream servers.
    pub upstream: UpstreamMetrics,
    /// The lists and the rules made of them.
    pub lists: ListMetrics,
    /// The operator's own rules.
    pub rules: RuleMetrics,
    /// Requests to unblock.
    pub requests: RequestMetrics,
    /// DNS over UDP.
    pub udp: UdpMetrics,
    /// DNS over TCP.
    pub streams: StreamMetrics,
    /// The configuration file.
    pub config: ConfigMetrics,
    /// Views of the page by language.
    pub page_views: IntCounterVec,
    /// The page over https.
    pub https: HttpsMetrics,
}

impl Metrics {
    /// Registers everything. `categories` are those that lists can have; others are counted as `other`.
    ///
    /// # Errors
    ///
    /// Only if two metrics had the same name, which the tests would show.
    pub fn new<'c>(categories: impl IntoIterator<Item = &'c str>) -> Result<Arc<Self>, Error> {
        let registry = Registry::new();
        let (make, rows) = (Make(&registry), Rows::new());
        make.gauges("sekisho_build_info", "Always 1; the label tells the version.", &["version"])?
            .with_label_values(&[env!("CARGO_PKG_VERSION")])
            .set(1);
        register_process(&registry)?;
        Ok(Arc::new(Self {
            queries: QueryMetrics::new(&make, &rows, categories)?,
            cache: CacheMetrics::new(&make, &rows)?,
            upstream: UpstreamMetrics::new(&make)?,
            lists: ListMetrics::new(&make)?,
            rules: RuleMetrics::new(&make)?,
            requests: RequestMetrics::new(&make)?,
            udp: UdpMetrics::new(&make, &rows)?,
            streams: StreamMetrics::new(&make)?,
            config: ConfigMetrics::new(&make)?,
            page_views: make.counters(
                "sekisho_page_views_total",
                "Views of the help page, by language.",
                &["language"],
            )?,
            https: HttpsMetrics::new(&make)?,
            registry,
        }))
    }

    /// Counts a query.
    pub fn query(&self, transport: Transport, kind: QueryKind) {
        self.queries.queries[transport as usize][kind.index()].inc();
    }

    /// Counts an answer.
    pub fn answer(&self, rcode: Rcode) {
        let index = RCODES.iter().position(|known| *known == rcode).unwrap_or(RCODES.len() - 1);
        self.queries.answers[index].inc();
    }

    /// Counts what the rules said.
    pub fn verdict(&self, verdict: VerdictKind, category: &str) {
        let index = match verdict {
            VerdictKind::Pass => return self.queries.passed.inc(),
            VerdictKind::Block => 0,
            VerdictKind::Log => 1,
        };
        self.queries.verdicts_of(category)[index].inc();
    }

    /// Counts these categories by their names from now on. Those that are counted already stay, since counters only
    /// grow; past the bound they are counted as `other`.
    pub fn add_categories<'c>(&self, categories: impl IntoIterator<Item = &'c str>) {
        self.queries.add_categories(categories);
    }

    /// All metrics in Prometheus' text format.
    pub fn text(&self) -> String {
        let mut text = Vec::new();
        // Writing into memory cannot fail, and what the registry holds is always encodable.
        let _ = TextEncoder::new().encode(&self.registry.gather(), &mut text);
        String::from_utf8_lossy(&text).into_owned()
    }
}

#[cfg(target_os = "linux")]
fn register_process(registry: &Registry) -> Result<(), Error> {
    registry.register(Box::new(prometheus::process_collector::ProcessCollector::for_self()))
}

#[cfg(not(target_os = "linux"))]
fn register_process(_: &Registry) -> Result<(), Error> {
    Ok(())
}

/// The counters of the query path, looked up once, here, so that counting is one addition.
#[derive(Debug)]
struct QueryMetrics {
    queries: [[Counter; QueryKind::LABELS.len()]; 2],
    answers: [Counter; RCODES.len()],
    passed: Counter,
    /// Blocked and noted queries of every category that is not named below.
    other: ByKind,
    /// Blocked and noted queries by category. Filled from the front; read without a lock.
    named: [OnceLock<(Box<str>, ByKind)>; MOST_CATEGORIES],
    verdicts: Counters,
}

/// The counters of blocked and of noted queries.
type ByKind = [Counter; 2];

impl QueryMetrics {
    fn new<'c>(
        make: &Make<'_>,
        rows: &Arc<Rows>,
        categories: impl IntoIterator<Item = &'c str>,
    ) -> Result<Self, Error> {
        let queries = make.busy_counters(
            rows,
            "sekisho_queries_total",
            "Queries by transport and kind of type.",
            &["transport", "type"],
        )?;
        let answers =
            make.busy_counters(rows, "sekisho_answers_total", "Answers by response code.", &["rcode"])?;
        let verdicts = make.busy_counters(
            rows,
            "sekisho_verdicts_total",
            "What the rules said of queries, by category of the list that decided.",
            &["verdict", "category"],
        )?;
        let by_transport =
            |transport: Transport| each(QueryKind::LABELS, |kind| queries.with(&[transport.label(), kind]));
        let metrics = Self {
            queries: each(Transport::ALL, by_transport)?,
            answers: each(RCODES, |rcode| answers.with(&[rcode.mnemonic()]))?,
            passed: verdicts.with(&[VerdictKind::Pass.label(), "none"])?,
            other: by_kind(&verdicts, "other")?,
            named: [const { OnceLock::new() }; MOST_CATEGORIES],
            verdicts,
        };
        metrics.add_categories(["own"]);
        metrics.add_categories(categories);
        Ok(metrics)
    }

    fn named(&self) -> impl Iterator<Item = &(Box<str>, ByKind)> {
        self.named.iter().map_while(OnceLock::get)
    }

    fn verdicts_of(&self, category: &str) -> &ByKind {
        self.named().find(|(name, _)| **name == *category).map_or(&self.other, |(_, counters)| counters)
    }

    fn add_categories<'c>(&self, categories: impl IntoIterator<Item = &'c str>) {
        for category in categories {
            if category == "other" || self.named().any(|(name, _)| **name == *category) {
                continue;
            }
            // What there is no room for is counted as `other`.
            if self.named().count() == MOST_CATEGORIES {
                return;
            }
            let Ok(counters) = by_kind(&self.verdicts, category) else { return };
            let mut named = (category.into(), counters);
            // Two that add at once each find a place of their own.
            for place in &self.named {
                match place.set(named) {
                    Ok(()) => break,
                    Err(refused) => named = refused,
                }
            }
        }
    }
}

fn by_kind(verdicts: &Counters, category: &str) -> Result<ByKind, Error> {
    each([VerdictKind::Block, VerdictKind::Log], |kind| verdicts.with(&[kind.label(), category]))
}

/// What `make` makes of each, unless it fails.
fn each<T, U, const N: usize>(of: [T; N], make: impl FnMut(T) -> Result<U, Error>) -> Result<[U; N], Error> {
    let all: Vec<U> = of.into_iter().map(make).collect::<Result<_, _>>()?;
    all.try_into().map_err(|_| Error::Msg("as many are made as there were".into()))
}

/// What is measured of the cache.
#[derive(Debug)]
pub struct CacheMetrics {
    /// Queries answered from it.
    pub hits: Counter,
    /// Queries that it could not answer.
    pub misses: Counter,
    /// Queries answered with a reply whose time was over.
    pub stale: IntCounter,
    /// Replies asked for again without a client that waits.
    pub refreshes: IntCounter,
    /// Octets that replies take.
    pub bytes: IntGauge,
    /// Replies in it.
    pub entries: IntGauge,
    /// Replies thrown out for want of room.
    pub evictions: IntCounter,
}

impl CacheMetrics {
    fn new(make: &Make<'_>, rows: &Arc<Rows>) -> Result<Self, Error> {
        Ok(Self {
            hits: make.busy_counter(rows, "sekisho_cache_hits_total", "Queries answered from the cache.")?,
            misses: make.busy_counter(
                rows,
                "sekisho_cache_misses_total",
                "Queries that the cache could not answer.",
            )?,
            stale: make.counter(
                "sekisho_cache_stale_answers_total",
                "Queries answered with a reply whose time was over, since upstream did not reply.",
            )?,
            refreshes: make.counter(
                "sekisho_cache_refreshes_total",
                "Replies asked for again without a client that waits: popular ones about to expire, and stale ones.",
            )?,
            bytes: make.gauge("sekisho_cache_bytes", "Memory that cached replies take, in bytes.")?,
            entries: make.gauge("sekisho_cache_entries", "Replies in the cache.")?,
            evictions: make.counter(
                "sekisho_cache_evictions_total",
                "Replies thrown out of the cache for want of room.",
            )?,
        })
    }
}

/// What is measured of upstream servers.
#[derive(Debug)]
pub struct UpstreamMetrics {
    seconds: HistogramVec,
    failures: IntCounterVec,
    strays: IntCounterVec,
    /// Whether a server is in use: 0 while it is left out because queries come back from it to ourselves.
    pub up: IntGaugeVec,
    /// Queries refused because too many were waiting.
    pub overloads: IntCounter,
}

impl UpstreamMetrics {
    fn new(make: &Make<'_>) -> Result<Self, Error> {
        Ok(Self {
            seconds: make.timings(
                "sekisho_upstream_seconds",
                "Time until an upstream gave a usable reply, in seconds.",
                &["upstream"],
            )?,
            failures: make.counters(
                "sekisho_upstream_failures_total",
                "Queries that an upstream did not answer usably, by reason.",
                &["upstream", "reason"],
            )?,
            strays: make.counters(
                "sekisho_upstream_strays_total",
                "Datagrams in the name of an upstream that were not taken for a reply, by what was wrong.",
                &["upstream", "reason"],
            )?,
            up: make.gauges(
                "sekisho_upstream_up",
                "1 while the upstream is in use, 0 while it is left out because queries come back from it.",
                &["upstream"],
            )?,
            overloads: make.counter(
                "sekisho_overloads_total",
                "Queries that got SERVFAIL because too many others were waiting for upstream.",
            )?,
        })
    }

    /// What is counted for every query to a server, looked up once.
    pub fn of(&self, upstream: &str) -> UpstreamCounters {
        UpstreamCounters {
            seconds: self.seconds.with_label_values(&[upstream]),
            strays: UpstreamCounters::STRAYS.map(|reason| self.strays.with_label_values(&[upstream, reason])),
        }
    }

    /// Counts a failure of a server.
    pub fn failed(&self, upstream: &str, reason: &str) {
        self.failures.with_label_values(&[upstream, reason]).inc();
    }
}

/// What is counted for every query to one upstream server, by its label.
#[derive(Debug)]
pub struct UpstreamCounters {
    /// How long it took until it gave a usable reply.
    pub seconds: Histogram,
    /// Datagrams in its name that were passed over, in the order of [`UpstreamCounters::STRAYS`].
    pub strays: [IntCounter; 4],
}

impl UpstreamCounters {
    /// What can be wrong with a datagram.
    pub const STRAYS: [&str; 4] = ["unreadable", "id", "question", "case"];
}

/// What is measured of DNS over UDP.
#[derive(Debug)]
pub struct UdpMetrics {
    /// Answers that could not be sent.
    pub lost: IntCounter,
    /// What networks got that had had enough answers.
    pub limited: Limited,
}

/// What became of queries past the rate.
#[derive(Debug)]
pub struct Limited {
    /// A truncated answer.
    pub truncated: Counter,
    /// BADCOOKIE, with a cookie that holds.
    pub bad_cookie: Counter,
    /// Nothing.
    pub dropped: Counter,
}

impl UdpMetrics {
    fn new(make: &Make<'_>, rows: &Arc<Rows>) -> Result<Self, Error> {
        let limited = make.busy_counters(
            rows,
            "sekisho_rate_limited_total",
            "Queries over UDP past the rate of their network, by what they got.",
            &["action"],
        )?;
        Ok(Self {
            limited: Limited {
                truncated: limited.with(&["truncate"])?,
                bad_cookie: limited.with(&["badcookie"])?,
                dropped: limited.with(&["drop"])?,
            },
            lost: make.counter(
                "sekisho_answers_lost_total",
                "Answers over UDP that could not be sent, for want of room or of a way to the client.",
            )?,
        })
    }
}

/// What is measured of DNS over TCP.
#[derive(Debug)]
pub struct StreamMetrics {
    /// Open connections.
    pub open: IntGauge,
    /// Connections closed, or answers on them dropped, for want of room.
    pub refused: IntCounter,
}

impl StreamMetrics {
    fn new(make: &Make<'_>) -> Result<Self, Error> {
        Ok(Self {
            open: make.gauge("sekisho_streams", "Open DNS connections over TCP.")?,
            refused: make.counter(
                "sekisho_streams_refused_total",
                "DNS connections closed, or answers on them dropped, because there was no room for more.",
            )?,
        })
    }
}

/// What is measured of the configuration file.
#[derive(Debug)]
pub struct ConfigMetrics {
    /// 1 while what is in force is not what the file says.
    pub stale: IntGauge,
    /// Changed files that were taken over.
    pub taken: IntCounter,
    /// Changed files that were refused.
    pub refused: IntCounter,
}

impl ConfigMetrics {
    fn new(make: &Make<'_>) -> Result<Self, Error> {
        let reloads = make.counters(
            "sekisho_config_reloads_total",
            "Changes of the configuration file, by what became of them.",
            &["result"],
        )?;
        Ok(Self {
            stale: make.gauge(
                "sekisho_config_stale",
                "1 while the configuration in force is not what its file says.",
            )?,
            taken: reloads.with_label_values(&["taken"]),
            refused: reloads.with_label_values(&["refused"]),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::rtype;

    #[test]
    fn categories_that_come_later_are_counted_by_name_up_to_a_bound() {
        let metrics = Metrics::new(["scam"]).unwrap();
        metrics.add_categories(["ads", "scam", "other"]);
        metrics.verdict(VerdictKind::Block, "ads");
        let many: Vec<String> = (0..200).map(|number| format!("c{number}")).collect();
        metrics.add_categories(many.iter().map(String::as_str));
        metrics.verdict(VerdictKind::Block, "c199");
        let text = metrics.text();
        for line in [
            r#"sekisho_verdicts_total{category="ads",verdict="block"} 1"#,
            r#"sekisho_verdicts_total{category="other",verdict="block"} 1"#,
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        assert_eq!(text.matches(r#"category="scam",verdict="block""#).count(), 1);
    }

    #[test]
    fn counts_are_exported_under_their_labels() {
        let metrics = Metrics::new(["scam"]).unwrap();
        metrics.query(Transport::Udp, QueryKind::of(rtype::HTTPS));
        metrics.query(Transport::Tcp, QueryKind::of(rtype::DNSKEY));
        metrics.query(Transport::Tcp, QueryKind::of(65_280));
        metrics.query(Transport::Tcp, QueryKind::Invalid);
        metrics.answer(Rcode::NXDOMAIN);
        metrics.answer(Rcode::BADCOOKIE);
        metrics.answer(Rcode(9));
        metrics.verdict(VerdictKind::Block, "scam");
        metrics.verdict(VerdictKind::Block, "unheard-of");
        let text = metrics.text();
        for line in [
            r#"sekisho_queries_total{transport="udp",type="HTTPS"} 1"#,
            r#"sekisho_queries_total{transport="tcp",type="DNSSEC"} 1"#,
            r#"sekisho_queries_total{transport="tcp",type="other"} 1"#,
            r#"sekisho_queries_total{transport="tcp",type="invalid"} 1"#,
            r#"sekisho_answers_total{rcode="NXDOMAIN"} 1"#,
            r#"sekisho_answers_total{rcode="BADCOOKIE"} 1"#,
            r#"sekisho_answers_total{rcode="OTHER"} 1"#,
            r#"sekisho_verdicts_total{category="scam",verdict="block"} 1"#,
            r#"sekisho_verdicts_total{category="other",verdict="block"} 1"#,
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }
}
