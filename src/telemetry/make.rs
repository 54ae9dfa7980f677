//! Making metrics: each is registered as it is made, so none is forgotten.

use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
};

/// Makes metrics and registers them.
pub(super) struct Make<'r>(pub(super) &'r Registry);

impl Make<'_> {
    pub(super) fn counter(&self, name: &str, help: &str) -> Result<IntCounter, prometheus::Error> {
        let counter = IntCounter::new(name, help)?;
        self.0.register(Box::new(counter.clone()))?;
        Ok(counter)
    }

    pub(super) fn counters(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
    ) -> Result<IntCounterVec, prometheus::Error> {
        let counters = IntCounterVec::new(Opts::new(name, help), labels)?;
        self.0.register(Box::new(counters.clone()))?;
        Ok(counters)
    }

    pub(super) fn gauge(&self, name: &str, help: &str) -> Result<IntGauge, prometheus::Error> {
        let gauge = IntGauge::new(name, help)?;
        self.0.register(Box::new(gauge.clone()))?;
        Ok(gauge)
    }

    pub(super) fn gauges(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
    ) -> Result<IntGaugeVec, prometheus::Error> {
        let gauges = IntGaugeVec::new(Opts::new(name, help), labels)?;
        self.0.register(Box::new(gauges.clone()))?;
        Ok(gauges)
    }

    pub(super) fn timing(&self, name: &str, help: &str) -> Result<Histogram, prometheus::Error> {
        let timing = Histogram::with_opts(Self::buckets(name, help))?;
        self.0.register(Box::new(timing.clone()))?;
        Ok(timing)
    }

    pub(super) fn timings(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
    ) -> Result<HistogramVec, prometheus::Error> {
        let timings = HistogramVec::new(Self::buckets(name, help), labels)?;
        self.0.register(Box::new(timings.clone()))?;
        Ok(timings)
    }

    fn buckets(name: &str, help: &str) -> HistogramOpts {
        HistogramOpts::new(name, help)
            .buckets(vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0])
    }
}
