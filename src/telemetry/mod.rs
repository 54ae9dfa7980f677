//! Everything that is recorded, in one place: [`metrics`], counters and timings, of which those that every query adds
//! to are in `rows`; [`export`], their way to Prometheus; and [`log`], lines for the operator.
//!
//! Nothing here may hold a query's name or a client's address, and no label may have more values than this file can
//! list: what is measured must not become a log of what people do, nor grow with them.

pub mod export;
pub mod labels;
pub mod log;
mod make;
pub mod metrics;
mod of_https;
mod of_lists;
mod of_requests;
mod rows;

pub use labels::{QueryKind, Transport, VerdictKind};
pub use log::LogLevel;
pub use metrics::{Metrics, UpstreamCounters};
pub use of_https::{HttpsMetrics, HttpsOutcome};
pub use of_lists::{ListMetrics, RuleMetrics};
pub use of_requests::RequestMetrics;
pub use rows::Counter;
