//! Durations and sizes as people write them: `10s`, `6h`, `32MiB`.

use std::time::Duration;

/// Units of time, with their seconds.
const TIMES: [(&str, u64); 5] = [("s", 1), ("m", 60), ("h", 3600), ("d", 86_400), ("w", 604_800)];
/// Units of size, with their octets.
const SIZES: [(&str, u64); 4] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("B", 1)];

/// Reads a whole number with a unit of time.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    number_with_unit(text, &TIMES).map(Duration::from_secs)
}

/// Reads a whole number with a unit of size, in octets.
pub(super) fn size(text: &str) -> Option<u64> {
    number_with_unit(text, &SIZES)
}

/// Writes a duration in the largest unit that it is whole in.
pub(super) fn show_duration(duration: Duration) -> String {
    show(duration.as_secs(), &[TIMES[3], TIMES[2], TIMES[1], TIMES[0]])
}

/// Writes a size in the largest unit that it is whole in.
pub(super) fn show_size(octets: u64) -> String {
    show(octets, &[SIZES[2], SIZES[1], SIZES[0], SIZES[3]])
}

fn number_with_unit(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim_start())?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

fn show(value: u64, units: &[(&str, u64)]) -> String {
    let whole = |(_, factor): &&(&str, u64)| value >= *factor && value.is_multiple_of(*factor);
    let (name, factor) = units.iter().find(whole).or(units.last()).copied().unwrap_or(("", 1));
    format!("{}{name}", value / factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_and_written() {
        for (text, seconds) in
            [("0s", 0), ("10s", 10), ("90s", 90), ("5m", 300), ("6h", 21_600), ("1d", 86_400)]
        {
            assert_eq!(duration(text), Some(Duration::from_secs(seconds)), "{text}");
            assert_eq!(show_duration(Duration::from_secs(seconds)), text);
        }
        assert_eq!(size("32MiB"), Some(32 << 20));
        assert_eq!(size("1 GiB"), Some(1 << 30));
        assert_eq!(show_size(32 << 20), "32MiB");
        assert_eq!(show_size(1000), "1000B");
    }

    #[test]
    fn numbers_without_a_known_unit_are_refused() {
        for text in
            ["10", "", "s", "-1s", "1.5h", "10 parsecs", "99999999999999999999s", "18446744073709551615w"]
        {
            assert_eq!(duration(text), None, "{text}");
        }
        assert_eq!(size("32MB"), None);
    }
}
