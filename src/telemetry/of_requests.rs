//! The metrics of requests to unblock.

use prometheus::{Error, IntCounterVec, IntGauge};

use super::make::Make;

/// What is measured of requests to unblock.
#[derive(Debug)]
pub struct RequestMetrics {
    /// Requests, by what came of them.
    pub requests: IntCounterVec,
    /// Those that wait for a decision.
    pub waiting: IntGauge,
    /// Approvals in force.
    pub lifts: IntGauge,
}

impl RequestMetrics {
    pub(super) fn new(make: &Make<'_>) -> Result<Self, Error> {
        Ok(Self {
            requests: make.counters(
                "sekisho_unblock_requests_total",
                "Requests to unblock a name that were made on the page, by what came of them.",
                &["outcome"],
            )?,
            waiting: make.gauge(
                "sekisho_unblock_requests_waiting",
                "Requests to unblock a name that wait for a decision.",
            )?,
            lifts: make.gauge("sekisho_unblock_approvals", "Approved requests that are in force.")?,
        })
    }
}
