//! Until when something holds that holds for a time. It is measured by the clock that runs since the machine was started,
//! which nobody sets: thirty minutes are thirty minutes, whatever a time server says meanwhile. Over a restart of the
//! machine only the calendar is left; then a limit never lasts longer than it was made for, and a limit that has passed by
//! the calendar is over.

use std::time::{Duration, SystemTime};

/// By so much the calendar may differ from what a file says of it before the file is written again.
const DRIFT: Duration = Duration::from_secs(2);

/// The time, by both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Since the machine was started. Never set back, and goes on while the machine sleeps.
    pub since_start: Duration,
    /// The calendar, which may be wrong.
    pub calendar: SystemTime,
}

/// When something ends, or begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Since the machine was started.
    at: Duration,
    /// How long it lasts in all.
    length: Duration,
    /// What the file says: the end by the calendar.
    written: SystemTime,
}

impl Limit {
    /// Ends so long from now.
    pub fn after(length: Duration, now: Now) -> Self {
        Self { at: now.since_start + length, length, written: now.calendar + length }
    }

    /// What a file says: it ends at this moment of the calendar, and lasts no longer than `length` from now.
    pub fn written_as(until: SystemTime, length: Duration, now: Now) -> Self {
        // The calendar may be that of a machine without a clock, which begins long ago.
        let left = until.duration_since(now.calendar).unwrap_or_default().min(length);
        Self { at: now.since_start + left, length, written: until }
    }

    /// What a file is to say of it: the end by the calendar as it is now, and how long it lasts in all.
    pub fn write(&mut self, now: Now) -> (SystemTime, Duration) {
        self.written = self.by_calendar(now);
        (self.written, self.length)
    }

    /// How long is left.
    pub const fn left(&self, now: Now) -> Duration {
        self.at.saturating_sub(now.since_start)
    }

    /// Whether nothing is left.
    pub const fn is_over(&self, now: Now) -> bool {
        self.left(now).is_zero()
    }

    /// When it ends by the calendar as it is now.
    pub fn by_calendar(&self, now: Now) -> SystemTime {
        now.calendar + self.left(now)
    }

    /// Whether the calendar was set, so that what a file says of the end is no longer true.
    pub fn has_drifted(&self, now: Now) -> bool {
        let (said, true_end) = (self.written, self.by_calendar(now));
        let apart = said.duration_since(true_end).or_else(|_| true_end.duration_since(said));
        apart.is_ok_and(|apart| apart > DRIFT)
    }
}
