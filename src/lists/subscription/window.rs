//! Lists that publish only what is new: what they published within a window of time is put together. A list of current
//! phishing pages may be wholly another one every twelve hours, while the pages of yesterday are still there.
//!
//! What is kept is lines, each with the time at which it was last published. Pure but for the clock, which is passed in.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// The most lines that are put together. A list that has more publishes all that it knows.
const MOST_LINES: usize = 1 << 18;
/// The longest line that is kept.
const LONGEST_LINE: usize = 1024;

/// Lines, with when each was last published, in seconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Window {
    last_published: BTreeMap<Box<[u8]>, u64>,
    /// When the last publication came.
    latest: u64,
}

/// The lines do not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "within its window the list has more than {MOST_LINES} lines. Remove `window`: a list of that length has what it needs"
)]
pub struct TooManyLines;

impl Window {
    /// Reads what [`Window::to_text`] wrote. What cannot be read is left out: it will be published again.
    pub fn of_text(text: &[u8]) -> Self {
        let mut window = Self::default();
        // What has no end was cut off.
        let whole = text.iter().rposition(|octet| *octet == b'\n').map_or(0, |last| last + 1);
        for line in text[..whole].split(|octet| *octet == b'\n').take(MOST_LINES) {
            let Some(at) = line.iter().position(|octet| *octet == b' ') else { continue };
            let seconds = str::from_utf8(&line[..at]).ok().and_then(|text| text.parse().ok());
            let Some(seconds) = seconds else { continue };
            window.latest = window.latest.max(seconds);
            window.last_published.insert(line[at + 1..].into(), seconds);
        }
        window
    }

    /// All of it, for the next start.
    pub fn to_text(&self) -> Vec<u8> {
        let mut text = Vec::new();
        for (line, seconds) in &self.last_published {
            text.extend_from_slice(seconds.to_string().as_bytes());
            text.push(b' ');
            text.extend_from_slice(line);
            text.push(b'\n');
        }
        text
    }

    /// Takes a publication.
    ///
    /// # Errors
    ///
    /// If there would be too many lines. Then nothing is taken.
    pub fn publish(&mut self, text: &[u8], now: SystemTime) -> Result<(), TooManyLines> {
        let now = seconds(now);
        let lines = || {
            let lines = text.split(|octet| *octet == b'\n').map(<[u8]>::trim_ascii);
            lines.filter(|line| !line.is_empty() && line.len() <= LONGEST_LINE)
        };
        let fresh = lines().filter(|line| !self.last_published.contains_key(*line)).count();
        if self.last_published.len() + fresh > MOST_LINES {
            return Err(TooManyLines);
        }
        for line in lines() {
            self.last_published.insert(line.into(), now);
        }
        self.latest = now;
        Ok(())
    }

    /// Notes that the last publication is still what there is.
    pub fn publish_again(&mut self, now: SystemTime) {
        let (now, latest) = (seconds(now), self.latest);
        self.last_published.values_mut().filter(|at| **at == latest).for_each(|at| *at = now);
        self.latest = now;
    }

    /// Forgets lines that were last published longer ago than the window is. Those of the last publication stay, even
    /// where the publisher has not been reached for long. Tells whether there were any.
    pub fn expire(&mut self, length: Duration, now: SystemTime) -> bool {
        let (begin, latest, before) =
            (seconds(now).saturating_sub(length.as_secs()), self.latest, self.last_published.len());
        self.last_published.retain(|_, at| *at >= begin || *at == latest);
        self.last_published.len() < before
    }

    /// The lines together, as a list.
    pub fn list(&self) -> Vec<u8> {
        let mut text = Vec::new();
        for line in self.last_published.keys() {
            text.extend_from_slice(line);
            text.push(b'\n');
        }
        text
    }
}

fn seconds(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    fn day(number: u32) -> SystemTime {
        UNIX_EPOCH + DAY * number
    }

    fn shown(window: &Window) -> String {
        String::from_utf8(window.list()).unwrap().replace('\n', " ")
    }

    #[test]
    fn what_was_published_within_the_window_is_put_together() {
        let mut window = Window::default();
        window.publish(b"a.example\nb.example\n", day(1)).unwrap();
        window.publish(b"b.example\r\n\nc.example", day(2)).unwrap();
        assert!(!window.expire(DAY * 2, day(3)));
        assert_eq!(shown(&window), "a.example b.example c.example ");
        assert!(window.expire(DAY * 2, day(4)));
        assert_eq!(shown(&window), "b.example c.example ");
        // Nobody has been reached since: what was published last stays.
        assert!(!window.expire(DAY * 2, day(40)));
        window.publish_again(day(40));
        window.publish(b"d.example\n", day(41)).unwrap();
        assert!(!window.expire(DAY * 2, day(42)));
        assert!(window.expire(DAY * 2, day(43)));
        assert_eq!(shown(&window), "d.example ");
    }

    #[test]
    fn a_line_that_was_cut_off_is_no_line() {
        let mut window = Window::default();
        window.publish(b"a.example\nb.example\n", day(1)).unwrap();
        let text = window.to_text();
        assert_eq!(shown(&Window::of_text(&text[..text.len() - 4])), "a.example ");
    }

    #[test]
    fn a_window_has_an_end() {
        let mut text = Vec::new();
        for number in 0..=MOST_LINES {
            text.extend_from_slice(format!("{number}\n").as_bytes());
        }
        let mut window = Window::default();
        window.publish(b"a.example\n", day(1)).unwrap();
        assert_eq!(window.publish(&text, day(2)), Err(TooManyLines));
        assert_eq!(shown(&window), "a.example ");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(texts in proptest::collection::vec("([a-z .#]{0,9}\n){0,5}", 0..6)) {
            let mut window = Window::default();
            for (text, number) in texts.iter().zip(1..) {
                window.publish(text.as_bytes(), day(number)).unwrap();
            }
            let read = Window::of_text(&window.to_text());
            prop_assert_eq!(read.list(), window.list());
            prop_assert_eq!(read.to_text(), window.to_text());
        }

        #[test]
        fn any_octets_are_read(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Window::of_text(&octets);
        }
    }
}
