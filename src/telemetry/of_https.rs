//! What is measured of the page over https, and of the authority that makes it possible.

use prometheus::{Error, IntCounter, IntCounterVec, IntGauge};

use super::make::Make;

/// What became of a connection to the page over https.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpsOutcome {
    /// The handshake was done for the page.
    Page,
    /// For a blocked name the alert, since no root is used.
    Alert,
    /// The name is not blocked with a page for this client.
    NotBlocked,
    /// The client named no name.
    NoName,
    /// The root can never vouch for the name.
    Excluded,
    /// There were too many in a short time.
    Limited,
    /// No handshake came about.
    Failed,
}

impl HttpsOutcome {
    const ALL: [Self; 7] = [
        Self::Page,
        Self::Alert,
        Self::NotBlocked,
        Self::NoName,
        Self::Excluded,
        Self::Limited,
        Self::Failed,
    ];

    const fn label(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Alert => "alert",
            Self::NotBlocked => "not_blocked",
            Self::NoName => "no_name",
            Self::Excluded => "excluded",
            Self::Limited => "limited",
            Self::Failed => "failed",
        }
    }
}

/// What is measured of the page over https.
#[derive(Debug)]
pub struct HttpsMetrics {
    connections: IntCounterVec,
    /// Certificates that were made.
    pub minted: IntCounter,
    /// Certificates that are remembered.
    pub leaves: IntGauge,
    /// When the root ends, in seconds since 1970; 0 without one in use.
    pub root_ends: IntGauge,
}

impl HttpsMetrics {
    pub(super) fn new(make: &Make<'_>) -> Result<Self, Error> {
        let connections = make.counters(
            "sekisho_page_https_total",
            "Connections to the page over https, by what became of them.",
            &["outcome"],
        )?;
        // A counter that is there from the start shows its first connection as a rise.
        for outcome in HttpsOutcome::ALL {
            connections.with_label_values(&[outcome.label()]);
        }
        Ok(Self {
            connections,
            minted: make.counter(
                "sekisho_leaves_minted_total",
                "Certificates made for blocked names by the installation's own authority.",
            )?,
            leaves: make.gauge("sekisho_leaves", "Certificates for blocked names that are remembered.")?,
            root_ends: make.gauge(
                "sekisho_root_ends_timestamp_seconds",
                "When the root certificate in use ends, in seconds since 1970; 0 without one.",
            )?,
        })
    }

    /// Counts a connection.
    pub fn count(&self, outcome: HttpsOutcome) {
        self.connections.with_label_values(&[outcome.label()]).inc();
    }
}
