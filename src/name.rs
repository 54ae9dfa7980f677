//! Domain names as every room uses them: validated, lower-cased, in wire form, with their labels at hand from
//! the root inwards.
//!
//! A [`Name`] lives on the stack and never allocates, because one is made for every query. Rules, cache keys and
//! logs borrow its wire form. The case that a client typed is kept where it belongs, in the client's own bytes:
//! an answer echoes those, never a `Name`.
//!
//! Limits are those of RFC 1035 §2.3.4: labels of 1 to 63 octets, 255 octets in all with the root's zero octet,
//! and therefore at most 127 labels. Comparison ignores ASCII case only (RFC 4343).

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    ops::Range,
    str::FromStr,
};

/// The longest name in wire form, the root's zero octet included (RFC 1035 §2.3.4).
pub const MAX_WIRE_OCTETS: usize = 255;
/// The longest label, in octets (RFC 1035 §2.3.4).
pub const MAX_LABEL_OCTETS: usize = 63;
/// The most labels that fit in [`MAX_WIRE_OCTETS`], the root not counted.
pub const MAX_LABELS: usize = 127;
/// Octets of a message's header (RFC 1035 §4.1.1), in which no name stands.
const MESSAGE_HEADER_OCTETS: usize = 12;
/// How many compression pointers one name may follow. A name has at most 127 labels, so more pointers than that
/// can only be an attack.
const MAX_POINTERS: usize = 127;

/// Why bytes or text are not a domain name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The bytes end before the name does.
    #[error("the name is cut off")]
    CutOff,
    /// A label is longer than 63 octets.
    #[error("a label is longer than 63 octets")]
    LabelTooLong,
    /// The name is longer than 255 octets.
    #[error("the name is longer than 255 octets")]
    TooLong,
    /// Two dots in a row, or a dot at the beginning.
    #[error("a label is empty")]
    EmptyLabel,
    /// A label type that is neither a plain label nor a compression pointer (RFC 6891 §5 retired the others).
    #[error("the label type is unknown")]
    UnknownLabelType,
    /// A compression pointer that points forwards, to itself, or is one of too many.
    #[error("a compression pointer leads nowhere")]
    BadPointer,
    /// A compression pointer where none may stand.
    #[error("a compression pointer stands where none may be")]
    UnexpectedPointer,
    /// A backslash that is not followed by a character or by three digits up to 255 (RFC 1035 §5.1).
    #[error("a backslash is not followed by a character or by three digits")]
    BadEscape,
    /// A character that no name of a host has.
    #[error("it has characters that no name of a host has")]
    NotAHost,
    /// A character that is not ASCII: such a name must be turned into its A-label form first (RFC 5890).
    #[error("the name has a character that is not ASCII")]
    NotAscii,
}

/// A validated, lower-cased domain name in uncompressed wire form.
///
/// ```
/// use sekisho::name::Name;
///
/// let name: Name = "WWW.Example.com.".parse()?;
/// assert_eq!(name.to_string(), "www.example.com");
/// assert_eq!(name.labels_from_root().collect::<Vec<_>>(), [&b"com"[..], b"example", b"www"]);
/// assert!(name.is_at_or_below(&"example.com".parse()?));
/// # Ok::<(), sekisho::name::NameError>(())
/// ```
#[derive(Clone)]
pub struct Name {
    /// The wire form, lower-cased; octets from `len` on are zero.
    wire: [u8; MAX_WIRE_OCTETS],
    /// Where each label's length octet stands, the leftmost label first.
    starts: [u8; MAX_LABELS],
    /// Octets of `wire` in use, the root's zero octet included.
    len: u8,
    /// Labels in use, the root not counted.
    labels: u8,
}

impl Name {
    /// The root: no label at all.
    pub const fn root() -> Self {
        Self { wire: [0; MAX_WIRE_OCTETS], starts: [0; MAX_LABELS], len: 1, labels: 0 }
    }

    /// Reads an uncompressed name from the beginning of `bytes`, as it stands in a question.
    ///
    /// Returns the name and how many octets it took.
    ///
    /// # Errors
    ///
    /// A compression pointer is refused: in the first question of a message there is nothing that it could point
    /// to but the header.
    pub fn from_wire(bytes: &[u8]) -> Result<(Self, usize), NameError> {
        let mut name = Self::root();
        let taken = name.read_wire(bytes)?;
        Ok((name, taken))
    }

    /// As [`Name::from_wire`], into this name, which is the root: how many octets it took. A name is large enough for
    /// its way from hand to hand to be felt.
    pub(crate) fn read_wire(&mut self, bytes: &[u8]) -> Result<usize, NameError> {
        let mut at = 0;
        loop {
            match *bytes.get(at).ok_or(NameError::CutOff)? {
                0 => break,
                length @ 1..=63 => {
                    let end = at + 1 + usize::from(length);
                    if bytes.len() < end {
                        return Err(NameError::CutOff);
                    }
                    if end >= MAX_WIRE_OCTETS {
                        return Err(NameError::TooLong);
                    }
                    self.starts[usize::from(self.labels)] = at as u8;
                    self.labels += 1;
                    at = end;
                }
                0xC0.. => return Err(NameError::UnexpectedPointer),
                _ => return Err(NameError::UnknownLabelType),
            }
        }
        // All at once, which takes a fraction of the time. No length octet is a letter: they are 63 at most.
        let wire = &mut self.wire[..at];
        wire.copy_from_slice(&bytes[..at]);
        wire.make_ascii_lowercase();
        self.len = at as u8 + 1;
        Ok(at + 1)
    }

    /// Reads a name that starts at `offset` of a whole message and may be compressed (RFC 1035 §4.1.4).
    ///
    /// Returns the name and the offset of the first octet behind it. Pointers must point strictly backwards, which
    /// makes loops impossible.
    pub fn from_message(message: &[u8], offset: usize) -> Result<(Self, usize), NameError> {
        Self::from_message_without(message, offset, |_| false)
    }

    /// As [`Name::from_message`], where `changing` tells which octets of the message will be changed before somebody
    /// else reads it: a name that goes through them would be another one for that reader.
    pub fn from_message_without(
        message: &[u8],
        offset: usize,
        changing: impl Fn(Range<usize>) -> bool,
    ) -> Result<(Self, usize), NameError> {
        let mut name = Self::root();
        let mut at = offset;
        let mut behind = None;
        let mut pointers = 0;
        loop {
            let length = *message.get(at).ok_or(NameError::CutOff)?;
            match length {
                0 if pointers > 0 && changing(at..at + 1) => return Err(NameError::BadPointer),
                0 => return Ok((name, behind.unwrap_or(at + 1))),
                1..=63 => {
                    let end = at + 1 + usize::from(length);
                    name.push_label(message.get(at + 1..end).ok_or(NameError::CutOff)?)?;
                    if pointers > 0 && changing(at..end) {
                        return Err(NameError::BadPointer);
                    }
                    at = end;
                }
                0xC0.. => {
                    let low = *message.get(at + 1).ok_or(NameError::CutOff)?;
                    let target = usize::from(length & 0x3F) << 8 | usize::from(low);
                    // A pointer into the header would read counts and flags, which every hop rewrites.
                    let nowhere = target >= at || target < MESSAGE_HEADER_OCTETS || pointers == MAX_POINTERS;
                    if nowhere || pointers > 0 && changing(at..at + 2) {
                        return Err(NameError::BadPointer);
                    }
                    pointers += 1;
                    behind.get_or_insert(at + 2);
                    at = target;
                }
                _ => return Err(NameError::UnknownLabelType),
            }
        }
    }

    /// Appends a label on the right, just above the root.
    fn push_label(&mut self, label: &[u8]) -> Result<(), NameError> {
        match label.len() {
            0 => return Err(NameError::EmptyLabel),
            1..=MAX_LABEL_OCTETS => {}
            _ => return Err(NameError::LabelTooLong),
        }
        let start = usize::from(self.len) - 1;
        let end = start + 1 + label.len();
        if end >= MAX_WIRE_OCTETS {
            return Err(NameError::TooLong);
        }
        self.starts[usize::from(self.labels)] = start as u8;
        self.labels += 1;
        self.wire[start] = label.len() as u8;
        for (to, from) in self.wire[start + 1..end].iter_mut().zip(label) {
            *to = from.to_ascii_lowercase();
        }
        self.len = end as u8 + 1;
        Ok(())
    }

    /// The uncompressed, lower-cased wire form, the root's zero octet included: 1 to 255 octets.
    pub fn wire(&self) -> &[u8] {
        &self.wire[..usize::from(self.len)]
    }

    /// How many labels there are, the root not counted: 0 to 127.
    pub fn label_count(&self) -> usize {
        usize::from(self.labels)
    }

    /// Whether this is the root.
    pub fn is_root(&self) -> bool {
        self.labels == 0
    }

    /// The label at `index`, counted from the leftmost, without its length octet; `None` past the last.
    pub fn label(&self, index: usize) -> Option<&[u8]> {
        let start = usize::from(*self.starts[..self.label_count()].get(index)?);
        let length = usize::from(self.wire[start]);
        Some(&self.wire[start + 1..start + 1 + length])
    }

    /// The label at `index` as [`Name::label`] counts, with all octets that are kept behind it, and its length: for those
    /// who read faster a word at a time than octet by octet.
    pub(crate) fn label_in_place(&self, index: usize) -> Option<(&[u8], usize)> {
        let start = usize::from(*self.starts[..self.label_count()].get(index)?);
        Some((&self.wire[start + 1..], usize::from(self.wire[start])))
    }

    /// The labels from the top-level domain inwards: `com`, `example`, `www`.
    pub fn labels_from_root(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.label_count()).rev().filter_map(|index| self.label(index))
    }

    /// The wire form of the last `count` labels: 0 is the root, [`Name::label_count`] the whole name.
    pub fn suffix_wire(&self, count: usize) -> &[u8] {
        if count == 0 {
            return &self.wire[usize::from(self.len) - 1..usize::from(self.len)];
        }
        let index = self.label_count().saturating_sub(count);
        &self.wire[usize::from(self.starts[index])..usize::from(self.len)]
    }

    /// The name made of the last `count` labels.
    #[must_use]
    pub fn suffix(&self, count: usize) -> Self {
        Self::from_wire(self.suffix_wire(count)).map_or_else(|_| Self::root(), |(name, _)| name)
    }

    /// Writes the name made of the last `count` labels in presentation form, as [`Name`] itself is displayed.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write_suffix(&self, count: usize, out: &mut impl fmt::Write) -> fmt::Result {
        if count == 0 {
            return out.write_str(".");
        }
        let first = self.label_count().saturating_sub(count);
        let mut buffer = [0; MAX_WIRE_OCTETS];
        if let Some(text) = self.plain(first, &mut buffer) {
            return out.write_str(text);
        }
        for index in first..self.label_count() {
            if index > first {
                out.write_str(".")?;
            }
            for &octet in self.label(index).unwrap_or_default() {
                match octet {
                    b'.' | b'\\' | b'"' | b';' | b'(' | b')' | b'@' | b'$' => {
                        write!(out, "\\{}", octet as char)?;
                    }
                    0x21..=0x7E => out.write_char(octet as char)?,
                    _ => write!(out, "\\{octet:03}")?,
                }
            }
        }
        Ok(())
    }

    /// This name's labels in front of those of `suffix`; `None` if that is too long for a name.
    pub fn joined_to(&self, suffix: &Self) -> Option<Self> {
        let mut joined = self.clone();
        for index in 0..suffix.label_count() {
            joined.push_label(suffix.label(index)?).ok()?;
        }
        Some(joined)
    }

    /// Whether this name is `ancestor` or stands below it.
    pub fn is_at_or_below(&self, ancestor: &Self) -> bool {
        ancestor.labels <= self.labels && self.suffix_wire(ancestor.label_count()) == ancestor.wire()
    }
}

impl FromStr for Name {
    type Err = NameError;

    /// Reads presentation form (RFC 1035 §5.1): labels parted by dots, an optional dot at the end, `\.` and `\DDD`
    /// escapes. `.` alone is the root.
    fn from_str(text: &str) -> Result<Self, NameError> {
        if !text.is_ascii() {
            return Err(NameError::NotAscii);
        }
        let mut name = Self::root();
        if text == "." {
            return Ok(name);
        }
        let mut label = [0_u8; MAX_LABEL_OCTETS];
        let mut length = 0;
        let mut rest = text.as_bytes();
        while let Some((&first, behind)) = rest.split_first() {
            rest = behind;
            let octet = match first {
                b'.' => {
                    name.push_label(&label[..length])?;
                    length = 0;
                    if rest.is_empty() {
                        return Ok(name);
                    }
                    continue;
                }
                b'\\' => {
                    let (octet, taken) = unescape(rest)?;
                    rest = &rest[taken..];
                    octet
                }
                other => other,
            };
            *label.get_mut(length).ok_or(NameError::LabelTooLong)? = octet;
            length += 1;
        }
        name.push_label(&label[..length])?;
        Ok(name)
    }
}

/// Reads what stands behind a backslash: the octet that is meant, and how many characters it took.
fn unescape(rest: &[u8]) -> Result<(u8, usize), NameError> {
    match rest {
        [a, b, c, ..] if rest[..3].iter().all(u8::is_ascii_digit) => {
            let value = u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0');
            Ok((u8::try_from(value).map_err(|_| NameError::BadEscape)?, 3))
        }
        [digit, ..] if digit.is_ascii_digit() => Err(NameError::BadEscape),
        [other, ..] => Ok((*other, 1)),
        [] => Err(NameError::BadEscape),
    }
}

impl fmt::Display for Name {
    /// Presentation form without the final dot; the root is `.`. Octets that are not printable ASCII, and those
    /// with a meaning of their own, are escaped, so that a hostile name cannot forge a log line or markup.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_suffix(self.label_count(), f)
    }
}

impl Name {
    /// The text of a name of letters, digits, `-` and `_`, which nearly all are: in one piece, since blocked answers
    /// say the name.
    fn plain<'b>(&self, first: usize, buffer: &'b mut [u8; MAX_WIRE_OCTETS]) -> Option<&'b str> {
        let starts = self.starts.get(first..self.label_count())?;
        let (&begin, inner) = starts.split_first()?;
        // Between the first label's length octet and the root's.
        let begin = usize::from(begin) + 1;
        let wire = self.wire.get(begin..usize::from(self.len) - 1)?;
        let text = &mut buffer[..wire.len()];
        text.copy_from_slice(wire);
        let between = inner.iter().map(|start| usize::from(*start) - begin);
        between.clone().for_each(|at| text[at] = b'-');
        let plain = |octet: u8| {
            octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'-' || octet == b'_'
        };
        // All are looked at whatever the first ones are, so that many are at once.
        if !text.iter().fold(true, |all, octet| all & plain(*octet)) {
            return None;
        }
        between.for_each(|at| text[at] = b'.');
        std::str::from_utf8(text).ok()
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({self})")
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.wire() == other.wire()
    }
}

impl Eq for Name {}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.wire().hash(state);
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    /// Canonical order (RFC 4034 §6.1): labels compared from the root inwards.
    fn cmp(&self, other: &Self) -> Ordering {
        self.labels_from_root().cmp(other.labels_from_root())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    #[test]
    fn text_is_lower_cased_and_its_last_dot_is_optional() {
        assert_eq!(name("WWW.Example.COM."), name("www.example.com"));
        assert_eq!(name("a").wire(), b"\x01a\0");
        assert_eq!(name(".").wire(), b"\0");
    }

    #[test]
    fn bad_text_is_refused() {
        let long_label = "a".repeat(64);
        let long_name = ["a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(62)].join(".");
        for (text, error) in [
            ("", NameError::EmptyLabel),
            (".a", NameError::EmptyLabel),
            ("a..b", NameError::EmptyLabel),
            ("a..", NameError::EmptyLabel),
            (long_label.as_str(), NameError::LabelTooLong),
            (long_name.as_str(), NameError::TooLong),
            ("a\\", NameError::BadEscape),
            ("a\\25", NameError::BadEscape),
            ("a\\256", NameError::BadEscape),
            ("日本.example", NameError::NotAscii),
        ] {
            assert_eq!(text.parse::<Name>(), Err(error), "{text:?}");
        }
    }

    #[test]
    fn the_longest_names_fit() {
        let longest = ["a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(61)].join(".");
        assert_eq!(name(&longest).wire().len(), MAX_WIRE_OCTETS);
        let most_labels = vec!["x"; MAX_LABELS].join(".");
        assert_eq!(name(&most_labels).label_count(), MAX_LABELS);
        assert_eq!(vec!["x"; MAX_LABELS + 1].join(".").parse::<Name>(), Err(NameError::TooLong));
    }

    #[test]
    fn suffixes_count_from_the_root() {
        let www = name("www.example.com");
        assert_eq!(www.suffix_wire(0), b"\0");
        assert_eq!(www.suffix_wire(1), b"\x03com\0");
        assert_eq!(www.suffix(2), name("example.com"));
        assert_eq!(www.suffix(3), www);
        assert_eq!(www.suffix(9), www);
    }

    #[test]
    fn names_are_joined_as_far_as_they_fit() {
        assert_eq!(name("www.bad").joined_to(&name("garden.example")), Some(name("www.bad.garden.example")));
        assert_eq!(name("a").joined_to(&Name::root()), Some(name("a")));
        assert_eq!(name(&vec!["x"; MAX_LABELS].join(".")).joined_to(&name("a")), None);
    }

    #[test]
    fn ancestors_end_at_label_boundaries() {
        assert!(name("a.b.example").is_at_or_below(&name("b.example")));
        assert!(name("b.example").is_at_or_below(&name("b.example")));
        assert!(name("b.example").is_at_or_below(&Name::root()));
        assert!(!name("xb.example").is_at_or_below(&name("b.example")));
        assert!(!name("example").is_at_or_below(&name("b.example")));
    }

    #[test]
    fn compressed_names_are_read_and_pointers_must_point_backwards() {
        let header = [0; 12];
        let message = [&header[..], b"\x03com\0\x07example\xC0\x0C\x03www\xC0\x11"].concat();
        let (read, behind) = Name::from_message(&message, 27).unwrap();
        assert_eq!((read, behind), (name("www.example.com"), 33));
        // To itself, forwards, and into the header.
        for pointer in [12, 14, 11] {
            let message = [&header[..], &[0xC0, pointer, 0]].concat();
            assert_eq!(Name::from_message(&message, 12), Err(NameError::BadPointer), "{pointer}");
        }
        assert_eq!(Name::from_message(b"\xC0", 0), Err(NameError::CutOff));
        assert_eq!(Name::from_wire(b"\x01a\xC0\x00"), Err(NameError::UnexpectedPointer));
        assert_eq!(Name::from_wire(b"\x41a"), Err(NameError::UnknownLabelType));
    }

    #[test]
    fn a_name_never_goes_through_octets_that_will_change() {
        let message = [&[0; 12][..], b"\x03com\0\x03www\xC0\x0C"].concat();
        let read = |changing: Range<usize>| {
            Name::from_message_without(&message, 17, |octets| {
                octets.start < changing.end && changing.start < octets.end
            })
        };
        assert!(read(0..12).is_ok());
        assert_eq!(read(15..16), Err(NameError::BadPointer));
        assert_eq!(read(16..17), Err(NameError::BadPointer));
    }

    #[test]
    fn hostile_octets_are_escaped() {
        let (read, _) = Name::from_wire(b"\x04a\n.\xFF\x07example\0").unwrap();
        assert_eq!(read.to_string(), "a\\010\\.\\255.example");
    }

    #[test]
    fn order_is_canonical() {
        let mut names = [name("z.example"), name("example"), name("a.b.example"), name("b.example")];
        names.sort();
        assert_eq!(names.map(|n| n.to_string()), ["example", "b.example", "a.b.example", "z.example"]);
    }

    fn suffix(name: &Name, count: usize) -> String {
        let mut text = String::new();
        name.write_suffix(count, &mut text).unwrap();
        text
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600), at in 0_usize..600) {
            let _ = Name::from_wire(&bytes);
            let _ = Name::from_message(&bytes, at);
        }

        #[test]
        fn names_of_hosts_are_shown_as_they_are_written(labels in proptest::collection::vec("[a-zA-Z0-9_-]{1,20}", 1..9)) {
            let text = labels.join(".");
            let read: Name = text.parse().unwrap();
            prop_assert_eq!(read.to_string(), text.to_lowercase());
            for count in 1..=labels.len() {
                let expected = labels[labels.len() - count..].join(".").to_lowercase();
                prop_assert_eq!(suffix(&read, count), expected);
            }
        }

        #[test]
        fn text_and_wire_say_the_same(labels in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..20), 0..12)) {
            let mut wire = Vec::new();
            for label in &labels {
                wire.push(label.len() as u8);
                wire.extend(label);
            }
            wire.push(0);
            let (read, taken) = Name::from_wire(&wire).unwrap();
            prop_assert_eq!(taken, wire.len());
            prop_assert_eq!(read.to_string().parse::<Name>().unwrap(), read.clone());
            for count in 0..=read.label_count() {
                let shown = suffix(&read, count);
                prop_assert_eq!(&shown, &read.suffix(count).to_string());
                prop_assert!(count == 0 || read.to_string().ends_with(&shown));
            }
            prop_assert_eq!(read.wire(), wire.to_ascii_lowercase());
        }
    }
}
