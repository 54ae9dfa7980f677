//! Counters for the way of every query. Threads on several cores that add to one number wait for each other, so every
//! thread has a row of numbers of its own, and a scrape adds the rows up. Names, labels and values are those of
//! ordinary counters.

use std::{
    cell::Cell,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use prometheus::{
    Error, Opts,
    core::{Collector, Desc, Describer},
    proto,
};

use super::make::Make;

/// How many rows there are: a power of two, so that the row of a thread is found by a mask.
const ROWS: usize = 32;
/// The row that threads share which came when all others were taken. That costs them time and no count.
const SHARED: usize = ROWS - 1;
/// Numbers in a row.
const PLACES: usize = 512;

/// One thread's numbers. Two cache lines apart from the next row, since processors fetch lines in pairs.
#[repr(align(128))]
#[derive(Debug)]
struct Row([AtomicU64; PLACES]);

/// All rows.
#[derive(Debug)]
pub(super) struct Rows {
    rows: Box<[Row]>,
    /// The first place that no counter has.
    free: AtomicUsize,
}

impl Rows {
    pub(super) fn new() -> Arc<Self> {
        let rows = (0..ROWS).map(|_| Row([const { AtomicU64::new(0) }; PLACES])).collect();
        Arc::new(Self { rows, free: AtomicUsize::new(0) })
    }

    /// A counter at the next free place.
    fn counter(self: &Arc<Self>) -> Result<Counter, Error> {
        let more = |free| (free < PLACES).then_some(free + 1);
        let place = self.free.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        let place = place.map_err(|_| Error::Msg("there is no room for another counter".into()))?;
        Ok(Counter { rows: self.clone(), place })
    }
}

/// The row of this thread, whichever table it is in. All but the last have one thread each, for ever.
fn own_row() -> usize {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static ROW: Cell<usize> = const { Cell::new(usize::MAX) };
    }
    let row = ROW.get();
    if row != usize::MAX {
        return row;
    }
    let row = THREADS.fetch_add(1, Ordering::Relaxed).min(SHARED);
    ROW.set(row);
    row
}

/// One number that only grows.
#[derive(Debug, Clone)]
pub struct Counter {
    rows: Arc<Rows>,
    place: usize,
}

impl Counter {
    /// Counts one more.
    pub fn inc(&self) {
        let row = own_row() % ROWS;
        let Some(number) = self.rows.rows[row].0.get(self.place) else { return };
        if row == SHARED {
            number.fetch_add(1, Ordering::Relaxed);
        } else {
            // Nobody else writes here. Adding in one step would have the processor wait for all that it does beside.
            number.store(number.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        }
    }

    /// How many were counted by all threads.
    pub fn get(&self) -> u64 {
        self.rows.rows.iter().map(|row| row.0[self.place].load(Ordering::Relaxed)).sum()
    }
}

/// Counters of one name that differ in their labels.
#[derive(Debug, Clone)]
pub(super) struct Counters(Arc<Family>);

#[derive(Debug)]
struct Family {
    desc: Desc,
    rows: Arc<Rows>,
    /// By the values of the labels.
    members: RwLock<Vec<(Vec<String>, Counter)>>,
}

impl Counters {
    /// The counter with these values of the labels.
    ///
    /// # Errors
    ///
    /// If there is no room for another counter.
    pub(super) fn with(&self, values: &[&str]) -> Result<Counter, Error> {
        let mut members = self.0.members.write().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, counter)) = members.iter().find(|(known, _)| known == values) {
            return Ok(counter.clone());
        }
        let counter = self.0.rows.counter()?;
        members.push((values.iter().map(|value| (*value).to_owned()).collect(), counter.clone()));
        Ok(counter)
    }
}

impl Collector for Counters {
    fn desc(&self) -> Vec<&Desc> {
        vec![&self.0.desc]
    }

    fn collect(&self) -> Vec<proto::MetricFamily> {
        let desc = &self.0.desc;
        let members = self.0.members.read().unwrap_or_else(PoisonError::into_inner);
        let metrics = members.iter().map(|(values, counter)| {
            let pairs = desc.variable_labels.iter().zip(values).map(|(name, value)| {
                let mut pair = proto::LabelPair::default();
                pair.set_name(name.clone());
                pair.set_value(value.clone());
                pair
            });
            let mut pairs: Vec<_> = pairs.collect();
            pairs.sort();
            let mut number = proto::Counter::default();
            // Exact up to 2^53, as in Prometheus itself.
            #[allow(clippy::cast_precision_loss)]
            number.set_value(counter.get() as f64);
            let mut metric = proto::Metric::from_label(pairs);
            metric.set_counter(number);
            metric
        });
        let mut family = proto::MetricFamily::default();
        family.set_name(desc.fq_name.clone());
        family.set_help(desc.help.clone());
        family.set_field_type(proto::MetricType::COUNTER);
        family.set_metric(metrics.collect());
        vec![family]
    }
}

impl Make<'_> {
    /// A counter of the way of every query.
    pub(super) fn busy_counter(&self, rows: &Arc<Rows>, name: &str, help: &str) -> Result<Counter, Error> {
        self.busy_counters(rows, name, help, &[])?.with(&[])
    }

    /// The same with labels.
    pub(super) fn busy_counters(
        &self,
        rows: &Arc<Rows>,
        name: &str,
        help: &str,
        labels: &[&str],
    ) -> Result<Counters, Error> {
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        let desc = Opts::new(name, help).variable_labels(labels).describe()?;
        let counters = Counters(Arc::new(Family { desc, rows: rows.clone(), members: RwLock::default() }));
        self.0.register(Box::new(counters.clone()))?;
        Ok(counters)
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use prometheus::{Encoder, Registry, TextEncoder};

    use super::*;

    #[test]
    fn what_many_threads_count_is_added_up() {
        let rows = Rows::new();
        let registry = Registry::new();
        let counters = Make(&registry).busy_counters(&rows, "seen_total", "Help.", &["b", "a"]).unwrap();
        let (one, other) = (counters.with(&["x", "y"]).unwrap(), counters.with(&["z", "y"]).unwrap());
        thread::scope(|scope| {
            for _ in 0..ROWS + 3 {
                scope.spawn(|| (0..1000).for_each(|_| counters.with(&["x", "y"]).unwrap().inc()));
            }
        });
        other.inc();
        assert_eq!(one.get(), 1000 * (ROWS as u64 + 3));
        let mut text = Vec::new();
        TextEncoder::new().encode(&registry.gather(), &mut text).unwrap();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "# HELP seen_total Help.\n# TYPE seen_total counter\n\
             seen_total{a=\"y\",b=\"x\"} 35000\nseen_total{a=\"y\",b=\"z\"} 1\n"
        );
    }

    #[test]
    fn there_is_no_counter_beyond_the_room() {
        let rows = Rows::new();
        let made = (0..=PLACES).filter(|_| rows.counter().is_ok()).count();
        assert_eq!(made, PLACES);
    }

    #[test]
    fn rows_are_no_closer_than_what_processors_fetch_at_once() {
        assert_eq!((align_of::<Row>(), size_of::<Row>() % 128), (128, 0));
    }
}
