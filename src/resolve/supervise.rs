//! Keeping the upstream servers up to date: the machine's own servers may change, and any of them may begin to send
//! our queries back to us.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use tokio::{
    sync::Notify,
    time::{Instant, sleep, timeout},
};

use super::{
    forward::Forwarder,
    loops::LoopProbes,
    upstream::{Asked, ServerAddress, Upstream, UpstreamError},
};
use crate::{message::rtype, telemetry::Metrics};

/// How often the machine's own servers are read again.
const REREAD: Duration = Duration::from_secs(30);
/// How often every server is probed although nothing changed.
const PROBE_AGAIN: Duration = Duration::from_mins(10);
/// After a server fell silent it is probed, but not more often than this.
const PROBE_GAP: Duration = Duration::from_secs(3);
/// How long a probe may take to come back.
const PROBE_TIME: Duration = Duration::from_secs(2);

/// What supervising needs.
#[derive(Debug)]
pub struct Supervisor<F> {
    /// Whose servers are kept up to date.
    pub forwarder: Arc<Forwarder>,
    /// Tells whether a probe came back.
    pub probes: Arc<LoopProbes>,
    /// Where loops are counted.
    pub metrics: Arc<Metrics>,
    /// The servers as they should be now.
    pub servers: F,
    /// Told when the servers are others than before.
    pub again: Arc<Notify>,
}

/// The servers at these addresses. One that stays keeps its connections and what is known of it.
pub fn renewed(
    current: &[Arc<Upstream>],
    wanted: Vec<ServerAddress>,
) -> impl Iterator<Item = Result<Arc<Upstream>, (ServerAddress, UpstreamError)>> {
    wanted.into_iter().map(|address| match current.iter().find(|upstream| *upstream.address() == address) {
        Some(known) => Ok(known.clone()),
        None => Upstream::new(address.clone()).map(Arc::new).map_err(|error| (address, error)),
    })
}

impl<F: Fn() -> Vec<ServerAddress>> Supervisor<F> {
    /// Runs until it is dropped.
    pub async fn run(self) {
        let mut probed: Option<Instant> = None;
        loop {
            let changed = self.update();
            let due = probed.is_none_or(|at| at.elapsed() >= PROBE_AGAIN);
            let all = changed || due;
            self.probe(all).await;
            if all {
                probed = Some(Instant::now());
            }
            sleep(PROBE_GAP).await;
            tokio::select! {
                () = self.forwarder.fell_silent() => probed = None,
                () = self.again.notified() => probed = None,
                () = sleep(REREAD) => {}
            }
        }
    }

    /// Takes over the servers as they should be now; tells whether they are different.
    fn update(&self) -> bool {
        let wanted = (self.servers)();
        let current = self.forwarder.upstreams();
        if current.iter().map(|upstream| upstream.address()).eq(wanted.iter()) {
            return false;
        }
        let usable = |made: Result<Arc<Upstream>, (ServerAddress, UpstreamError)>| match made {
            Ok(upstream) => Some(upstream),
            Err((address, error)) => {
                tracing::warn!(%error, "the upstream server {address} cannot be used");
                None
            }
        };
        let upstreams: Vec<Arc<Upstream>> = renewed(&current, wanted).filter_map(usable).collect();
        if upstreams.is_empty() {
            return false;
        }
        let labels: Vec<&str> = upstreams.iter().map(|upstream| upstream.label()).collect();
        tracing::info!("the upstream servers are now {}", labels.join(", "));
        self.forwarder.set_upstreams(upstreams);
        true
    }

    /// Sends a probe through every plain server, or through those alone that looped the last time.
    async fn probe(&self, all: bool) {
        let upstreams = self.forwarder.upstreams();
        join_all(
            upstreams
                .iter()
                .filter(|upstream| all || upstream.is_looping())
                .map(|upstream| self.probe_one(upstream)),
        )
        .await;
    }

    async fn probe_one(&self, upstream: &Upstream) {
        let up =
            |up: bool| self.metrics.upstream.up.with_label_values(&[upstream.label()]).set(i64::from(up));
        // An encrypted server has a name in its certificate, which is not ours.
        if !matches!(upstream.address(), ServerAddress::Plain(_)) {
            return up(true);
        }
        let Ok(probe) = self.probes.begin() else { return };
        let asked = Asked {
            name: probe.name().clone(),
            qtype: rtype::TXT,
            dnssec_ok: false,
            checking_disabled: false,
        };
        // What it replies does not matter, only whether the question arrives here.
        let _ = timeout(PROBE_TIME, upstream.ask(&asked)).await;
        self.probes.end(&probe);
        let looping = probe.returned();
        up(!looping);
        match (upstream.set_looping(looping), looping) {
            (false, true) => tracing::error!(
                "the upstream server {} sends our queries back to us, so it is a loop and is left out. If it is your router, set another server there as its own upstream, or name one under [upstream] servers",
                upstream.label()
            ),
            (true, false) => {
                tracing::info!("the upstream server {} no longer loops and is used again", upstream.label());
            }
            _ => {}
        }
    }
}
