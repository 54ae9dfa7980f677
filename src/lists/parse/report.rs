//! What parsing a list found: the numbers, and a few samples of what was not applied.

use super::{Format, reason::Reason};

/// How many samples are kept of each reason.
pub const MAX_SAMPLES: usize = 5;
/// How many characters of a line a sample shows.
pub const MAX_SAMPLE_CHARS: usize = 120;

/// What parsing a list found.
///
/// Nothing is dropped silently. Every line is blank, a comment, or bears entries: one, or on a hosts line as many as
/// it names hosts. A record over several lines is an entry of its first. Every entry is applied or skipped:
///
/// - `lines = blank + comments + entry_lines`
/// - `entries = applied + skipped.total()`, and `entries >= entry_lines`
/// - `applied = block + allow`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The format that was asked for, or the one that most lines are written in.
    pub format: Format,
    /// Lines of the text. A newline at the end does not open another one.
    pub lines: u64,
    /// Lines with nothing on them.
    pub blank: u64,
    /// Comments, headers and preprocessor lines; of a policy zone also its own SOA and NS, and lines on which a record
    /// only goes on.
    pub comments: u64,
    /// Lines that are neither blank nor a comment.
    pub entry_lines: u64,
    /// What those lines say: a hosts line has one entry for each host that it names, any other line has one.
    pub entries: u64,
    /// Entries that became rules.
    pub applied: u64,
    /// Rules that block.
    pub block: u64,
    /// Rules that let pass.
    pub allow: u64,
    /// Entries that were not applied, by reason.
    pub skipped: Skipped,
}

impl Report {
    /// A report of nothing yet.
    pub(super) fn new(format: Format) -> Self {
        Self {
            format,
            lines: 0,
            blank: 0,
            comments: 0,
            entry_lines: 0,
            entries: 0,
            applied: 0,
            block: 0,
            allow: 0,
            skipped: Skipped::default(),
        }
    }
}

/// Entries that were not applied, by reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// One tally for each of [`Reason::ALL`].
    tallies: [Tally; Reason::ALL.len()],
}

impl Default for Skipped {
    fn default() -> Self {
        Self { tallies: std::array::from_fn(|_| Tally::default()) }
    }
}

impl Skipped {
    /// How many entries were not applied.
    pub fn total(&self) -> u64 {
        self.tallies.iter().map(|tally| tally.count).sum()
    }

    /// How many entries were not applied for `reason`.
    pub fn count(&self, reason: Reason) -> u64 {
        self.tallies[reason as usize].count
    }

    /// The reasons that occurred, with their tallies.
    pub fn iter(&self) -> impl Iterator<Item = (Reason, &Tally)> {
        Reason::ALL.into_iter().zip(&self.tallies).filter(|(_, tally)| tally.count > 0)
    }

    /// The reason that occurred most often.
    pub fn commonest(&self) -> Option<Reason> {
        self.iter().max_by_key(|(_, tally)| tally.count).map(|(reason, _)| reason)
    }

    /// Counts an entry of line `number`.
    pub(super) fn add(&mut self, reason: Reason, number: u64, line: &[u8]) {
        let tally = &mut self.tallies[reason as usize];
        tally.count += 1;
        if tally.samples.len() < MAX_SAMPLES && tally.samples.last().is_none_or(|last| last.line != number) {
            tally.samples.push(Sample { line: number, text: printable(line) });
        }
    }
}

/// How often a reason occurred, and where first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many entries.
    pub count: u64,
    /// The first lines, at most [`MAX_SAMPLES`].
    pub samples: Vec<Sample>,
}

/// A line that was not applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// The line's number, counted from 1.
    pub line: u64,
    /// What it says, at most [`MAX_SAMPLE_CHARS`] characters, without any that could forge a log line or turn text
    /// around on a screen.
    pub text: String,
}

/// The beginning of `line` as text that is safe to show.
fn printable(line: &[u8]) -> String {
    // A character takes at most four octets, so no more of the line can be needed.
    let head = &line[..line.len().min((MAX_SAMPLE_CHARS + 1) * 4)];
    let text = String::from_utf8_lossy(head);
    let mut shown: String = text.chars().take(MAX_SAMPLE_CHARS).map(shown_as).collect();
    if text.chars().nth(MAX_SAMPLE_CHARS).is_some() {
        shown.pop();
        shown.push('…');
    }
    shown
}

/// The character itself, or U+FFFD for one that is invisible or acts on its surroundings.
fn shown_as(character: char) -> char {
    match character {
        '\u{AD}'
        | '\u{61C}'
        | '\u{200B}'..='\u{200F}'
        | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}' => char::REPLACEMENT_CHARACTER,
        other if other.is_control() => char::REPLACEMENT_CHARACTER,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_few_short_and_printable() {
        let mut skipped = Skipped::default();
        for number in 1..=9 {
            skipped.add(Reason::Character, number, b"a\x1b[31m\xFF\xE2\x80\xAEb");
        }
        skipped.add(Reason::Url, 10, "é".repeat(300).as_bytes());
        let (_, tally) = skipped.iter().find(|(reason, _)| *reason == Reason::Character).unwrap();
        assert_eq!((tally.count, tally.samples.len()), (9, MAX_SAMPLES));
        assert_eq!(tally.samples[0].text, "a\u{FFFD}[31m\u{FFFD}\u{FFFD}b");
        let (_, tally) = skipped.iter().find(|(reason, _)| *reason == Reason::Url).unwrap();
        assert_eq!(tally.samples[0].text.chars().count(), MAX_SAMPLE_CHARS);
        assert!(tally.samples[0].text.ends_with('…'));
        assert_eq!((skipped.total(), skipped.commonest()), (10, Some(Reason::Character)));
    }

    #[test]
    fn a_line_is_sampled_once_however_many_names_it_has() {
        let mut skipped = Skipped::default();
        skipped.add(Reason::Redirection, 7, b"192.0.2.1 a.example b.example");
        skipped.add(Reason::Redirection, 7, b"192.0.2.1 a.example b.example");
        let (_, tally) = skipped.iter().next().unwrap();
        assert_eq!((tally.count, tally.samples.len()), (2, 1));
    }
}
