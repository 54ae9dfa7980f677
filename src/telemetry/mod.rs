//! Everything that is recorded, in one place: so far [`metrics`], counters and timings, and [`export`], their way to
//! Prometheus.
//!
//! Nothing here may hold a query's name or a client's address, and no label may have more values than this file can
//! list: what is measured must not become a log of what people do, nor grow with them.

pub mod export;
pub mod labels;
mod make;
pub mod metrics;

pub use labels::{QueryKind, Transport, VerdictKind};
pub use metrics::Metrics;
