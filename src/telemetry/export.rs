//! `/metrics` over HTTP, on a listener of its own: it is for the operator, not for everybody on the network.

use std::sync::Arc;

use axum::{
    Router,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};

use super::Metrics;

/// The content type of Prometheus' text format.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Serves the metrics. `refresh` is called before each scrape, for values that are read and not counted.
pub fn router(metrics: Arc<Metrics>, refresh: impl Fn(&Metrics) + Send + Sync + 'static) -> Router {
    let refresh = Arc::new(refresh);
    let answer = move || {
        let (metrics, refresh) = (metrics.clone(), refresh.clone());
        async move {
            refresh(&metrics);
            ([(header::CONTENT_TYPE, TEXT_FORMAT), (header::CACHE_CONTROL, "no-store")], metrics.text())
        }
    };
    Router::new()
        .route("/metrics", get(answer))
        .fallback(|| async { (StatusCode::NOT_FOUND, "The metrics are at /metrics.\n").into_response() })
}
