//! What is behind the HTTP sockets: the page that helps, and the metrics.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::Router;

use super::{
    StartError,
    requests::{Desk, why},
};
use crate::{
    authority::{door::Door, form::Forms},
    cache::Cache,
    config::Config,
    engine::{Engine, Led},
    name::Name,
    sinkhole::{
        self, Asked, Explain, Explanation, History, Language, Roots, Services, Stopped, UnblockDesk, Views,
    },
    telemetry::{Metrics, export},
};

/// The page that helps.
pub(super) fn page(
    config: &Config,
    engine: &Arc<Engine>,
    metrics: &Arc<Metrics>,
    desk: &Arc<Desk>,
    door: &Arc<Door>,
) -> Result<Router, StartError> {
    let reasons = Arc::new(Reasons(engine.clone()));
    // A counter that is there from the start shows its first view as a rise.
    for language in Language::ALL {
        metrics.page_views.with_label_values(&[language.tag()]);
    }
    let roots = Arc::new(RootInUse(door.clone()));
    let services = Services {
        explain: reasons.clone(),
        history: config.engine.history.then_some(reasons),
        desk: desk.clone(),
        roots: roots.clone(),
        views: Arc::new(CountViews(metrics.clone())),
    };
    let page = sinkhole::router(config.sinkhole.clone(), services, desk.page_key())?;
    Ok(sinkhole::with_root(page, &config.sinkhole.host, roots)?)
}

/// The metrics. Those of the cache are brought up to date when they are read.
pub(super) fn metrics(cache: &Arc<Cache>, metrics: &Arc<Metrics>) -> Router {
    let cache = cache.clone();
    let evictions_counted = AtomicU64::new(0);
    export::router(metrics.clone(), move |metrics| {
        metrics.cache.bytes.set(cache.octets() as i64);
        metrics.cache.entries.set(cache.len() as i64);
        // Two scrapes at once must not count the same twice.
        let evictions = cache.evictions();
        let counted = evictions_counted.swap(evictions, Ordering::Relaxed);
        metrics.cache.evictions.inc_by(evictions.saturating_sub(counted));
    })
}

/// Tells the page why a name is blocked.
struct Reasons(Arc<Engine>);

impl Explain for Reasons {
    fn explain(&self, name: &Name, client: IpAddr) -> Option<Explanation> {
        let blocked = self.0.why_blocked(name, client, Led::Anybody, why)?;
        Some(Explanation { name: name.to_string(), lists: blocked.lists, category: blocked.category })
    }
}

impl History for Reasons {
    fn stopped_lately(&self, client: IpAddr) -> Vec<Stopped> {
        let stopped = self.0.stopped_lately(client).into_iter().map(|stop| {
            let blocked = self.0.why_blocked(&stop.name, client, Led::Anybody, why).unwrap_or_default();
            Stopped {
                name: stop.name.to_string(),
                lists: blocked.lists,
                seconds_ago: stop.seconds_ago.into(),
                times: stop.times,
            }
        });
        stopped.collect()
    }
}

impl UnblockDesk for Desk {
    fn ask(&self, client: IpAddr, name: &Name) -> Asked {
        self.take(client, name)
    }

    fn delay(&self) -> Duration {
        self.delay_of_scam()
    }
}

/// Hands out the root while leaves are made with it.
struct RootInUse(Arc<Door>);

impl Roots for RootInUse {
    fn root(&self) -> Option<Arc<Forms>> {
        self.0.mode().mint().map(|mint| mint.forms().clone())
    }
}

/// Counts views of the page.
struct CountViews(Arc<Metrics>);

impl Views for CountViews {
    fn seen(&self, language: Language) {
        self.0.page_views.with_label_values(&[language.tag()]).inc();
    }
}
