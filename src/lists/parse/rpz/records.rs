//! A master file (RFC 1035 §5.1) as its records: words, with quotation marks, parentheses and comments understood.
//!
//! Nothing is copied: words are pieces of the text, with their escapes as written. A record may go over several
//! lines in parentheses, up to [`MAX_RECORD_OCTETS`]. One that does not end is an error of its first line alone, and
//! reading goes on with the second, so that a forgotten parenthesis does not swallow the rest of a zone. Up to where
//! the end was looked for, no other record is then looked for over several lines: every octet is read three times at
//! most, whatever the text.

use super::super::{MAX_LINE_OCTETS, Reason};

/// The longest record, in octets of text. A zone's SOA with a comment on each line has some hundred.
pub(super) const MAX_RECORD_OCTETS: usize = MAX_LINE_OCTETS;

/// A word of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word<'a> {
    /// What it says, without quotation marks, with its escapes.
    pub(super) text: &'a [u8],
    /// Whether it stood in quotation marks, and so cannot be a name, a type or a directive.
    pub(super) quoted: bool,
}

/// One or several lines of a master file that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    /// The number of its first line, from 1.
    pub(super) number: u64,
    /// Its first line.
    pub(super) line: &'a [u8],
    /// Whether it begins with a space, which stands for the owner of the record before.
    pub(super) indented: bool,
    /// How many lines it takes.
    pub(super) lines: u64,
    /// How many of them have nothing on them.
    pub(super) blank: u64,
    /// Whether its words could be told apart.
    pub(super) sound: Result<(), Reason>,
}

/// How far a master file was read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    /// The number of the last line that was read.
    number: u64,
    /// For so many octets more, no record is looked for over several lines.
    alone_for: usize,
}

/// Reads some lines of a master file, piece by piece.
pub(super) struct Records<'a> {
    /// The text, without the newline at its end.
    text: &'a [u8],
    /// Behind this, no piece is begun: its end may not be in the text.
    begin_until: usize,
    /// Where the next line begins; behind the end of the text when there is none.
    at: usize,
    /// The number of the last line that was read.
    number: u64,
    /// Up to here no record is looked for over several lines.
    alone_until: usize,
    /// How many parentheses are open.
    open: usize,
    /// The words of the piece at hand.
    words: Vec<Word<'a>>,
    /// Octets of lines that were looked at, again and again.
    #[cfg(test)]
    looked_at: std::cell::Cell<usize>,
}

impl<'a> Records<'a> {
    /// The lines of `text`, from a place on, behind which is a line of at least `ahead` octets.
    pub(super) fn new(text: &'a [u8], ahead: usize, place: Place) -> Self {
        let begin_until = text.len().saturating_add(ahead).saturating_sub(MAX_RECORD_OCTETS);
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        Self {
            text,
            begin_until,
            at: 0,
            number: place.number,
            alone_until: place.alone_for,
            open: 0,
            words: Vec::new(),
            #[cfg(test)]
            looked_at: 0.into(),
        }
    }

    /// The words of the piece that was read last; none if it is blank, a comment or not sound.
    pub(super) fn words(&self) -> &[Word<'a>] {
        &self.words
    }

    /// Reads the next piece.
    pub(super) fn next(&mut self) -> Option<Piece<'a>> {
        let start = self.at;
        if start >= self.begin_until {
            return None;
        }
        let (line, behind) = self.line_at(start)?;
        self.at = behind;
        self.words.clear();
        self.open = 0;
        let blank = line.trim_ascii().is_empty();
        let mut piece = Piece {
            number: self.number + 1,
            line,
            indented: line.first().is_some_and(u8::is_ascii_whitespace),
            lines: 1,
            blank: blank.into(),
            sound: self.split(line),
        };
        if piece.sound.is_ok() && self.open > 0 {
            piece.sound = self.go_on(start, &mut piece);
        }
        if piece.sound.is_err() {
            self.words.clear();
        }
        self.number += piece.lines;
        Some(piece)
    }

    /// How many octets were read, and the place that was reached.
    pub(super) fn finish(self) -> (usize, Place) {
        (self.at, Place { number: self.number, alone_for: self.alone_until.saturating_sub(self.at) })
    }

    /// Reads on, from the second line of a record that began at `start`, to its closing parenthesis.
    fn go_on(&mut self, start: usize, piece: &mut Piece<'a>) -> Result<(), Reason> {
        let second = self.at;
        let mut blank = piece.blank;
        let mut lines = piece.lines;
        while start >= self.alone_until
            && let Some((line, behind)) = self.line_at(self.at)
            && behind - start <= MAX_RECORD_OCTETS
        {
            self.at = behind;
            lines += 1;
            blank += u64::from(line.trim_ascii().is_empty());
            if self.split(line).is_err() {
                break;
            }
            if self.open == 0 {
                (piece.lines, piece.blank) = (lines, blank);
                return Ok(());
            }
        }
        self.alone_until = self.alone_until.max(self.at);
        self.at = second;
        Err(Reason::Unclosed)
    }

    /// The line that begins at `at`, and where the next one begins.
    fn line_at(&self, at: usize) -> Option<(&'a [u8], usize)> {
        let rest = self.text.get(at..)?;
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = &rest[..end];
        #[cfg(test)]
        self.looked_at.set(self.looked_at.get() + end + 1);
        // Lists are made by joining files, so a byte order mark may stand at the beginning of any line.
        Some((line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line), at + end + 1))
    }

    /// Adds the words of a line, and counts the parentheses that it opens and closes.
    fn split(&mut self, line: &'a [u8]) -> Result<(), Reason> {
        if line.len() > MAX_LINE_OCTETS {
            let comment = line.trim_ascii_start().starts_with(b";");
            return if comment { Ok(()) } else { Err(Reason::LineTooLong) };
        }
        let mut at = 0;
        while let Some(&first) = line.get(at) {
            match first {
                b';' => break,
                b'(' => self.open += 1,
                b')' => self.open = self.open.checked_sub(1).ok_or(Reason::Unclosed)?,
                b'"' => {
                    let inner = &line[at + 1..];
                    let length = length_until(inner, |octet| octet == b'"').ok_or(Reason::Unclosed)?;
                    self.words.push(Word { text: &inner[..length], quoted: true });
                    at += length + 1;
                }
                space if space.is_ascii_whitespace() => {}
                _ => {
                    let rest = &line[at..];
                    let length = length_until(rest, ends_word).unwrap_or(rest.len());
                    self.words.push(Word { text: &rest[..length], quoted: false });
                    at += length - 1;
                }
            }
            at += 1;
        }
        Ok(())
    }
}

/// Whether an octet ends a word unless a backslash stands in front.
fn ends_word(octet: u8) -> bool {
    octet.is_ascii_whitespace() || matches!(octet, b';' | b'(' | b')' | b'"')
}

/// How many octets stand before the first that `ends` and has no backslash in front.
fn length_until(text: &[u8], ends: impl Fn(u8) -> bool) -> Option<usize> {
    let mut escaped = false;
    text.iter().position(|&octet| {
        let found = !escaped && ends(octet);
        escaped = !escaped && octet == b'\\';
        found
    })
}

#[cfg(test)]
impl Records<'_> {
    /// How many octets were looked at so far, each as often as it was.
    pub(super) fn looked_at(&self) -> usize {
        self.looked_at.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each piece as `NUMBER+LINES WORD|WORD`, with `>` if it is indented, or its reason.
    fn pieces(text: &str) -> Vec<String> {
        let mut records = Records::new(text.as_bytes(), usize::MAX, Place::default());
        let mut found = Vec::new();
        while let Some(piece) = records.next() {
            let words: Vec<_> = records.words().iter().map(shown).collect();
            let indented = if piece.indented { ">" } else { "" };
            let said = piece.sound.map_or_else(|reason| reason.key().to_owned(), |()| words.join("|"));
            found.push(format!("{}+{} {indented}{said}", piece.number, piece.lines));
        }
        found
    }

    fn shown(word: &Word<'_>) -> String {
        let text = String::from_utf8_lossy(word.text);
        if word.quoted { format!("<{text}>") } else { text.into_owned() }
    }

    #[test]
    fn words_are_told_apart() {
        for (line, said) in [
            ("a CNAME .", "1+1 a|CNAME|."),
            ("a\tIN  CNAME\t. ; why\r", "1+1 a|IN|CNAME|."),
            ("  A 192.0.2.1", "1+1 >A|192.0.2.1"),
            ("; only a comment ( \"", "1+1 "),
            ("   ", "1+1 >"),
            ("a TXT \"x ; ( y\" z;w", "1+1 a|TXT|<x ; ( y>|z"),
            ("a TXT \"x \\\" y\\\\\" z", "1+1 a|TXT|<x \\\" y\\\\>|z"),
            ("a\\ b\\;c TXT x\"y\"z", "1+1 a\\ b\\;c|TXT|x|<y>|z"),
            ("a(CNAME).", "1+1 a|CNAME|."),
            ("a ((CNAME) .)", "1+1 a|CNAME|."),
            ("\u{FEFF}a CNAME .", "1+1 a|CNAME|."),
            ("a TXT \"x", "1+1 unclosed"),
            ("a CNAME . )", "1+1 unclosed"),
            ("a CNAME (", "1+1 unclosed"),
            ("a CNAME x\\", "1+1 a|CNAME|x\\"),
        ] {
            assert_eq!(pieces(line), [said], "{line}");
        }
    }

    #[test]
    fn a_record_in_parentheses_goes_over_lines() {
        let text = "@ SOA a b ( 1 ; serial\n\n 2\n; three\n3 ) 4\nb CNAME .\n";
        assert_eq!(pieces(text), ["1+5 @|SOA|a|b|1|2|3|4", "6+1 b|CNAME|."]);
    }

    #[test]
    fn a_parenthesis_that_is_not_closed_costs_its_own_line_only() {
        let text = "@ SOA a b (\n 1\nb CNAME .\nc CNAME (\n.)\n";
        assert_eq!(pieces(text), ["1+1 unclosed", "2+1 >1", "3+1 b|CNAME|.", "4+1 unclosed", "5+1 unclosed"]);
        let mut long = "a CNAME (\n".to_owned();
        long.push_str(&"b CNAME .\n".repeat(MAX_RECORD_OCTETS / 10 + 1));
        long.push_str("c CNAME (\n. )");
        let found = pieces(&long);
        assert_eq!((found[0].as_str(), found[1].as_str()), ("1+1 unclosed", "2+1 b|CNAME|."));
        assert!(found.last().is_some_and(|last| last.ends_with("+2 c|CNAME|.")), "{:?}", found.last());
    }

    #[test]
    fn a_line_that_is_too_long_is_one_piece() {
        let text =
            format!("a TXT {}\n; {}\nb CNAME .", "x".repeat(MAX_LINE_OCTETS), "y".repeat(MAX_LINE_OCTETS));
        assert_eq!(pieces(&text), ["1+1 line_too_long", "2+1 ", "3+1 b|CNAME|."]);
    }
}
