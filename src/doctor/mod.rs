//! What is wrong with an installation, and what to do about it: for the person whose internet does not work, or who
//! sees no page where one should be.
//!
//! ```text
//! facts (interfaces, rules, who answers) ─▶ checks, all at once, each with a deadline ─▶ report
//! ```
//!
//! Nothing is changed: a check asks, reads, or opens a port for a moment. One file a check, or a few that look at the
//! same thing; `ask`, `fetch`, `samples`, `proc_net`, `leases` and `advertisement` are what they use.

mod access;
pub mod advertisement;
mod ask;
mod clock;
mod facts;
mod fetch;
mod leases;
mod lists;
mod loops;
mod machine;
mod page;
mod ports;
mod proc_net;
mod report;
mod resolvers;
mod root;
mod samples;
mod second;
mod solicit;
mod upstream;

use std::{sync::Arc, time::Duration};

pub use self::report::{Finding, Report, State};
use self::{facts::Facts, report::finding};
use crate::config::Config;

/// How long a check may take once the ports have been looked at.
const DEADLINE: Duration = Duration::from_secs(7);

/// Looks at everything. Takes about ten seconds at most, one or two where all is well.
pub async fn examine(config: Config) -> Report {
    let (facts, mut findings) = Facts::gather(config).await;
    let facts = Arc::new(facts);
    let (upstream, loops, page, resolvers, lists, access, machine) = tokio::join!(
        in_time("upstream.server", upstream::examine(&facts)),
        in_time("loops.server", loops::examine(&facts)),
        in_time("page.address", page::examine(&facts)),
        in_time("resolvers.path", resolvers::examine(&facts)),
        in_time("lists.state", lists::examine(&facts)),
        async { access::examine(&facts) },
        in_time("machine.resolver", machine::examine(&facts)),
    );
    for group in [upstream, loops, lists, page, resolvers, access, machine] {
        findings.extend(group);
    }
    findings.extend(beside(move || root::examine(&facts.config)).await);
    Report::new(findings)
}

/// A check that does not end in time is said to be skipped: something it asked was silent for longer than anything
/// should be.
async fn in_time(id: &'static str, check: impl Future<Output = Vec<Finding>>) -> Vec<Finding> {
    tokio::time::timeout(DEADLINE, check).await.unwrap_or_else(|_| {
        vec![finding(
            id,
            State::Skipped,
            format!("This check did not end within {} seconds.", DEADLINE.as_secs()),
        )]
    })
}

/// Runs what blocks (files, `/proc`) beside the runtime; nothing where it fails.
async fn beside<T: Default + Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap_or_default()
}
