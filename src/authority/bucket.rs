//! Token buckets: so many at once, and so many a second after that; in all, and for each client.

use std::{
    convert::Infallible,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use quick_cache::sync::Cache;

use crate::listen::neighbourhood;

/// What is left, and when that was counted.
#[derive(Debug)]
pub(super) struct Bucket {
    /// Tokens that come in a second, and the most that there are.
    rate: f64,
    left: Mutex<(f64, Option<Instant>)>,
}

impl Bucket {
    /// A full one.
    pub(super) fn new(a_second: u32) -> Self {
        let rate = f64::from(a_second);
        Self { rate, left: Mutex::new((rate, None)) }
    }

    /// Takes one, if there is one.
    pub(super) fn take(&self, now: Instant) -> bool {
        let mut state = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let since = state.1.map_or(0.0, |then| now.saturating_duration_since(then).as_secs_f64());
        let left = (state.0 + since * self.rate).min(self.rate);
        let enough = left >= 1.0;
        *state = (if enough { left - 1.0 } else { left }, Some(now));
        enough
    }
}

/// How many clients are remembered. One that was forgotten has a full bucket again.
const MOST_CLIENTS: usize = 1024;

/// A bucket for each client, so that one of them cannot take what is there for all.
#[derive(Debug)]
pub(super) struct Shares {
    a_second: u32,
    clients: Cache<IpAddr, Arc<Bucket>>,
}

impl Shares {
    /// Full ones.
    pub(super) fn new(a_second: u32) -> Self {
        Self { a_second, clients: Cache::new(MOST_CLIENTS) }
    }

    /// Takes one of this client's, if there is one.
    pub(super) fn take(&self, client: IpAddr, now: Instant) -> bool {
        let full = || Ok::<_, Infallible>(Arc::new(Bucket::new(self.a_second)));
        let Ok(bucket) = self.clients.get_or_insert_with(&neighbourhood(client), full);
        bucket.take(now)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn so_many_at_once_and_so_many_a_second() {
        let (bucket, start) = (Bucket::new(10), Instant::now());
        let taken = |now| (0..100).filter(|_| bucket.take(now)).count();
        assert_eq!(taken(start), 10);
        assert_eq!(taken(start + Duration::from_millis(500)), 5);
        assert_eq!(taken(start + Duration::from_hours(1)), 10);
    }

    #[test]
    fn one_client_does_not_take_what_another_has() {
        let (shares, now) = (Shares::new(5), Instant::now());
        let taken = |client: &str| {
            let client = client.parse().unwrap();
            (0..100).filter(|_| shares.take(client, now)).count()
        };
        assert_eq!((taken("192.0.2.1"), taken("192.0.2.1"), taken("192.0.2.2")), (5, 0, 5));
        assert_eq!((taken("2001:db8::1"), taken("2001:db8::2")), (5, 0), "one host chooses its addresses");
        for number in 0..5000_u32 {
            shares.take(IpAddr::V4(number.into()), now);
        }
        assert!(shares.clients.len() <= MOST_CLIENTS);
    }
}
