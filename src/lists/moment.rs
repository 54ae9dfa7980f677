//! Moments as files and reports write them: RFC 3339, in whole seconds of UTC.

use std::time::SystemTime;

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A moment as text: `2026-03-01T09:00:00Z`.
pub fn show(moment: SystemTime) -> String {
    let utc = OffsetDateTime::from(moment).truncate_to_second();
    // Only years beyond 9999 cannot be written.
    utc.format(&Rfc3339).unwrap_or_default()
}

/// Reads what [`show`] writes, and other offsets than UTC.
pub fn read(text: &str) -> Option<SystemTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok().map(SystemTime::from)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn moments_are_dates_of_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_767_225_599, "2025-12-31T23:59:59Z"),
            (1_772_323_200, "2026-03-01T00:00:00Z"),
        ] {
            let moment = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            assert_eq!(show(moment + Duration::from_millis(999)), expected);
            assert_eq!(read(expected), Some(moment));
        }
        assert_eq!(read("2026-03-01T09:00:00+09:00"), read("2026-03-01T00:00:00Z"));
        assert_eq!(read("yesterday"), None);
    }
}
