//! When a list is fetched. Pure: the clock and chance are passed in.

use std::time::{Duration, SystemTime};

/// Of a hundred parts of the time between two fetches, so many are left to chance: publishers must not be asked by
/// everybody at once.
const JITTER: u32 = 10;
/// After the first failure it is tried again so soon.
const FIRST_PAUSE: Duration = Duration::from_secs(15);
/// Failures that are doubled; beyond them the pause stays.
const DOUBLINGS: u32 = 8;
/// The longest pause after failures, where the list is not fetched more often anyway.
const LAST_PAUSE: Duration = Duration::from_hours(1);
/// Publications that count as one after the other are so far apart, however often the list is fetched.
const LEAST_APART: Duration = Duration::from_hours(1);
/// Whatever a publisher says, it is asked again within this time.
const LONGEST: Duration = Duration::from_hours(24);

/// How long to wait after a start: until the list is due, or a moment if it is. A calendar that says that the list was
/// checked in the future is wrong, so the list is due.
pub fn after_start(checked: Option<SystemTime>, now: SystemTime, refresh: Duration) -> Duration {
    let age = checked.and_then(|checked| now.duration_since(checked).ok());
    age.map_or(Duration::ZERO, |age| refresh.saturating_sub(age))
}

/// How long to wait after a publisher has said what there is. `chance` is from 0 to 1.
pub fn after_success(refresh: Duration, chance: f64) -> Duration {
    let spread = refresh * JITTER / 100;
    refresh.saturating_sub(spread) + (2 * spread).mul_f64(chance.clamp(0.0, 1.0))
}

/// How long to wait after so many failures in a row, the last one included, of a publisher that perhaps said itself how
/// long it wants to be left alone.
pub fn after_failure(failures: u32, said: Option<Duration>, refresh: Duration, chance: f64) -> Duration {
    let doubled = FIRST_PAUSE * 2_u32.pow(failures.saturating_sub(1).min(DOUBLINGS));
    let pause = doubled.min(LAST_PAUSE).min(refresh.max(FIRST_PAUSE));
    after_success(pause.max(said.unwrap_or_default().min(LONGEST)), chance)
}

/// How far apart publications are that count as one after the other.
pub fn apart(refresh: Duration) -> Duration {
    (refresh / 4).max(LEAST_APART)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn a_list_is_due_when_its_time_has_passed_or_the_calendar_is_wrong() {
        let now = UNIX_EPOCH + 100 * HOUR;
        assert_eq!(after_start(None, now, 6 * HOUR), Duration::ZERO);
        assert_eq!(after_start(Some(now - HOUR), now, 6 * HOUR), 5 * HOUR);
        assert_eq!(after_start(Some(now - 7 * HOUR), now, 6 * HOUR), Duration::ZERO);
        assert_eq!(after_start(Some(now + HOUR), now, 6 * HOUR), Duration::ZERO);
    }

    #[test]
    fn chance_spreads_fetches_around_their_time() {
        let day = 24 * HOUR;
        assert_eq!(after_success(day, 0.5), day);
        assert_eq!(after_success(10 * HOUR, 0.0), 9 * HOUR);
        assert_eq!(after_success(10 * HOUR, 1.0), 11 * HOUR);
    }

    #[test]
    fn what_counts_is_a_quarter_of_the_refresh_apart_and_an_hour_at_least() {
        assert_eq!(apart(24 * HOUR), 6 * HOUR);
        assert_eq!(apart(Duration::from_mins(5)), HOUR);
    }

    #[test]
    fn failures_are_tried_again_ever_more_slowly_and_publishers_are_heard() {
        let wait = |failures, said| after_failure(failures, said, 24 * HOUR, 0.5);
        assert_eq!(wait(1, None), FIRST_PAUSE);
        assert_eq!(wait(3, None), 4 * FIRST_PAUSE);
        assert_eq!(wait(99, None), HOUR);
        assert_eq!(wait(1, Some(2 * HOUR)), 2 * HOUR);
        assert_eq!(wait(1, Some(2000 * HOUR)), LONGEST);
        assert_eq!(after_failure(99, None, Duration::from_mins(10), 0.5), Duration::from_mins(10));
    }
}
