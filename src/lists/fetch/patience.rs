//! How long is waited: for each thing that a publisher does, and for all of it.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::fault::{Fault, Stage};

/// What is left of the time for one URL.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// How long nothing may come.
    stall: Duration,
    begun: Instant,
    /// When it must be done.
    until: Instant,
}

impl Patience {
    /// The time for a URL after which `others` are to be tried until `end`. Each gets the same share of what is left, so
    /// that one that gives an octet now and then does not use up the time of all mirrors.
    pub(super) fn share(stall: Duration, begun: Instant, end: Instant, others: usize) -> Self {
        let left = end.saturating_duration_since(begun);
        let shares = u32::try_from(others + 1).unwrap_or(u32::MAX);
        Self { stall, begun, until: begun + left / shares }
    }

    /// Waits for what a publisher does.
    pub(super) async fn wait<T>(
        &self,
        stage: Stage,
        what: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, Fault> {
        let stalled = Instant::now() + self.stall;
        timeout_at(stalled.min(self.until), what).await.unwrap_or_else(|_| {
            Err(if Instant::now() < self.until {
                Fault::Stalled { stage, after: self.stall }
            } else {
                Fault::TooSlow { stage, after: self.until - self.begun }
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_keeps_its_share_of_the_time() {
        let (stall, begun) = (Duration::from_secs(30), Instant::now());
        let after = |seconds| begun + Duration::from_secs(seconds);
        let share = |at, others| Patience::share(stall, after(at), after(60), others).until;
        assert_eq!(share(0, 2), after(20));
        // What the first has not used is the others'.
        assert_eq!(share(10, 1), after(35));
        assert_eq!(share(20, 0), after(60));
        assert_eq!(share(70, 0), after(70));
    }

    #[tokio::test]
    async fn what_runs_out_first_is_told() {
        let (short, long) = (Duration::from_millis(1), Duration::from_mins(1));
        let now = Instant::now();
        let stalled = Patience::share(short, now, now + long, 0);
        let waited: Result<(), _> = stalled.wait(Stage::Body, std::future::pending()).await;
        assert!(matches!(waited, Err(Fault::Stalled { stage: Stage::Body, after }) if after == short));
        let late = Patience::share(long, now, now + short, 0);
        let waited: Result<(), _> = late.wait(Stage::Head, std::future::pending()).await;
        assert!(matches!(waited, Err(Fault::TooSlow { stage: Stage::Head, after }) if after == short));
    }
}
