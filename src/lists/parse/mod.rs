//! From the text of a list to its rules, one line at a time.
//!
//! Pure: a text in, rules out through a sink, and a [`Report`] of what was and was not applied. What decides here is
//! that **one line never yields two meanings**: a line that is not fully understood is counted with its [`Reason`]
//! and never applied, because half a reading of a line blocks sites that its author never meant.
//!
//! | file | what |
//! |---|---|
//! | `text.rs` | the text, in pieces of whole lines |
//! | `reading.rs` | the way of a line: blank, comment, which language, applied or counted |
//! | `detect.rs` | what is no list at all, and which format most lines have |
//! | `domains.rs` | a line of a plain list: a name, a hosts entry, or an unmistakable adblock rule |
//! | `hosts.rs` | `ADDRESS NAME…` |
//! | `adblock.rs` | `\|\|name^`, `\|\|*.name^`, `\|name^`, `@@` in front of them, and all that is not applied of that language |
//! | `modifiers.rs` | what stands behind an adblock rule's `$`; `record_types.rs` are the types that may be named there |
//! | `taken_back.rs` | what `$badfilter` lines do to others |
//! | `dnsmasq.rs` | `address=/name/`, `server=/name/`, `local=/name/` |
//! | `unbound.rs` | `local-zone:`, `local-data:` |
//! | `urls.rs` | URLs, and the hosts that they speak of |
//! | `maltrail.rs` | trails: names among addresses and paths |
//! | `json.rs` | arrays of names |
//! | `entry.rs` | the name itself: A-labels, dots, wildcards, and what is no name |
//! | `rpz/` | response policy zones, read record by record |
//! | `rule.rs` | what a line says, whatever its format |
//! | `reason.rs`, `report.rs` | why not, and how often |
//!
//! # What a line means
//!
//! | line | rule | `match = "exact"` | `match = "subtree"` |
//! |---|---|---|---|
//! | `name`, also as a trail or in JSON | the name and all below | the name | the name and all below |
//! | `0.0.0.0 name` | the name | the name | the name and all below |
//! | `*.name`, alone or in a hosts line; `\|\|*.name^` | all below the name | the same | the same |
//! | `\|\|name^`, `\|\|name^$all` | the name and all below | the name | the name and all below |
//! | `@@\|\|name^` | the same, let pass | the name | the name and all below |
//! | `\|name^`, `@@\|name^` | the name | the name | the name and all below |
//! | `address=/name/`, `server=/name/`, `local=/name/` | the name and all below | the name | the name and all below |
//! | `address=/*.name/`, and so on | all below the name | the same | the same |
//! | `local-zone: "name" TYPE` | the name and all below | the name | the name and all below |
//! | `local-data: "name A 0.0.0.0"` | the name | the name | the name and all below |
//! | `name CNAME .` in a policy zone | the name | the name | the name and all below |
//! | `https://name/` in a feed of URLs, and a bare `name` there | the name | the name | the name and all below |
//!
//! # The format decides only what is ambiguous
//!
//! Hosts and domain lists are read by the same rules, each line by its own syntax, so a mixture of both is no
//! trouble, and `||name^` among them is unmistakable too. The format matters where a line alone could be read in two
//! ways: in an adblock list a bare `name` is a pattern that matches anywhere in a URL, so it is not applied; `#` may
//! begin a cosmetic rule; in a feed of URLs a bare name is a host and no subtree. Files for servers, trails and JSON have
//! nothing else among their lines. Without a given format the majority of the first lines decides (see `detect.rs`).
//! For a list that mixes many adblock rules with bare names, give the format "domains".
//!
//! `!#if` speaks to adblock readers only: between it and `!#endif` adblock rules are skipped, since the condition
//! is not evaluated, while plain and hosts lines hold, since their readers have never known conditions.

mod adblock;
mod detect;
mod dnsmasq;
mod domains;
mod entry;
mod hosts;
mod json;
mod maltrail;
mod modifiers;
mod reading;
mod reason;
mod record_types;
mod report;
mod rpz;
mod rule;
mod taken_back;
mod text;
mod unbound;
mod urls;

use std::{
    fmt,
    io::{self, Cursor},
    str::FromStr,
};

use serde::{Deserialize, Serialize};

use self::{
    reading::Reading,
    text::{Pieces, ROOM},
};
pub use self::{
    reason::Reason,
    report::{MAX_SAMPLE_CHARS, MAX_SAMPLES, Report, Sample, Skipped, Tally},
    rule::{Effect, Record, Rule, Trigger, Types},
    text::Text,
};
use crate::trie::Scope;

/// The longest line that is read. The longest name has 253 characters; what is longer than this is no rule of ours.
pub const MAX_LINE_OCTETS: usize = 4096;

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Format {
    /// `ADDRESS NAME [NAME…]`, as in `/etc/hosts`.
    Hosts,
    /// A name on each line.
    Domains,
    /// The part of adblock's language that the DNS can follow: `||name^`.
    Adblock,
    /// Options of dnsmasq: `address=/name/`, `server=/name/`, `local=/name/`.
    Dnsmasq,
    /// Clauses of Unbound: `local-zone:`, `local-data:`.
    Unbound,
    /// A response policy zone.
    Rpz,
    /// A URL on each line.
    Urls,
    /// Trails of maltrail: names, addresses, paths.
    Maltrail,
    /// JSON: an array of names, or an object of arrays such as `deny` and `allow`.
    Json,
}

impl Format {
    /// Every format, and its word in the configuration.
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::Hosts, "hosts"),
        (Self::Domains, "domains"),
        (Self::Adblock, "adblock"),
        (Self::Dnsmasq, "dnsmasq"),
        (Self::Unbound, "unbound"),
        (Self::Rpz, "rpz"),
        (Self::Urls, "urls"),
        (Self::Maltrail, "maltrail"),
        (Self::Json, "json"),
    ];
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = Self::ALL.iter().find(|(format, _)| format == self).map(|(_, word)| *word);
        f.write_str(word.unwrap_or_default())
    }
}

impl FromStr for Format {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.iter().find(|(_, word)| *word == text).map(|(format, _)| *format);
        found.ok_or(UnknownWord {
            known: "hosts, domains, adblock, dnsmasq, unbound, rpz, urls, maltrail, json",
        })
    }
}

/// Which names a line speaks of: what its format says, or what the operator says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Match {
    /// What the line's own syntax says.
    #[default]
    Auto,
    /// Each name alone.
    Exact,
    /// Each name and all below.
    Subtree,
}

impl Match {
    /// The scope of a name whose syntax says `own`.
    fn scope(self, own: Scope) -> Scope {
        match (self, own) {
            // A written `*.` is not a default that could be overridden: it says outright which names are meant.
            (_, Scope::Below) | (Self::Auto, _) => own,
            (Self::Exact, _) => Scope::Exact,
            (Self::Subtree, _) => Scope::Subtree,
        }
    }
}

impl fmt::Display for Match {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Exact => "exact",
            Self::Subtree => "subtree",
        })
    }
}

impl FromStr for Match {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "auto" => Ok(Self::Auto),
            "exact" => Ok(Self::Exact),
            "subtree" => Ok(Self::Subtree),
            _ => Err(UnknownWord { known: "auto, exact, subtree" }),
        }
    }
}

/// A word of the configuration that is none of the known ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one of: {known}")]
pub struct UnknownWord {
    /// The words that are known.
    pub known: &'static str,
}

/// Why a whole text is refused as a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Not a single line with anything on it.
    #[error("the text is empty")]
    Empty,
    /// An error page, a log-in page, a captive portal.
    #[error("the text is a web page or other markup, not a list")]
    Markup,
    /// Compressed data, UTF-16, a picture.
    #[error("the text is binary data, not a list in UTF-8")]
    Binary,
    /// It begins as JSON and is none: mostly a file that breaks off.
    #[error("the text is no JSON from line {line}, column {column} on. If it was cut off, fetch it again")]
    Json {
        /// The line, counted from 1.
        line: usize,
        /// The octet in the line, counted from 1.
        column: usize,
    },
    /// JSON, but no list that is known.
    #[error(
        "the JSON is no list that is known: it goes another way at line {line}. Lists are an array of names, or an \
         object with arrays of names such as deny and allow"
    )]
    Shape {
        /// The line, counted from 1.
        line: usize,
    },
    /// It cannot be read to its end.
    #[error("it could not be read to its end: {0}")]
    Unreadable(io::ErrorKind),
    /// Text, but nothing in it could be applied.
    #[error("the text does not parse as a list of the format {format}: {}", nothing_applied(*entries, *commonest))]
    NoRule {
        /// The format that was asked for or guessed.
        format: Format,
        /// How many entries there are.
        entries: u64,
        /// Why most of them were not applied.
        commonest: Option<Reason>,
    },
}

/// What to say of a list without a single rule.
fn nothing_applied(entries: u64, commonest: Option<Reason>) -> String {
    match commonest {
        None => "it has comments only".to_owned(),
        Some(reason) => format!("none of its {entries} entries could be applied, mostly because {reason}"),
    }
}

impl From<io::Error> for ParseError {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error.kind())
    }
}

/// Reads a list that is in memory. See [`parse_text`].
///
/// # Errors
///
/// If it is no list.
pub fn parse(
    text: &[u8],
    format: Option<Format>,
    matching: Match,
    sink: &mut dyn FnMut(u64, Rule<'_>),
) -> Result<Report, ParseError> {
    parse_text(&mut Cursor::new(text), format, matching, sink)
}

/// Reads a list and gives each rule, with the number of its line (from 1), to `sink`.
///
/// Without a `format` the text decides. It is gone through several times, and never in memory as a whole.
///
/// # Errors
///
/// If it is no list; then the sink has been given nothing. Or if it cannot be read.
pub fn parse_text(
    text: &mut dyn Text,
    format: Option<Format>,
    matching: Match,
    sink: &mut dyn FnMut(u64, Rule<'_>),
) -> Result<Report, ParseError> {
    parse_pieces(&mut Pieces::new(text, ROOM), format, matching, sink)
}

fn parse_pieces(
    text: &mut Pieces<'_>,
    format: Option<Format>,
    matching: Match,
    sink: &mut dyn FnMut(u64, Rule<'_>),
) -> Result<Report, ParseError> {
    detect::refuse(text)?;
    let format = match format {
        Some(format) => format,
        None => detect::format(text)?,
    };
    let report = if format == Format::Rpz {
        rpz::read(text, matching, sink)?
    } else {
        let mut reading = Reading::new(text, format, matching, sink)?;
        if format == Format::Json {
            json::read(text.whole_text()?, &mut |item| reading.read_item(&item))?;
        } else {
            text.each_line(&mut |line| reading.read(line))?;
        }
        reading.into_report()
    };
    if report.applied == 0 {
        let (entries, commonest) = (report.entries, report.skipped.commonest());
        return Err(ParseError::NoRule { format, entries, commonest });
    }
    Ok(report)
}

/// The lines of `text`, trimmed of spaces, carriage returns and byte order marks.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let mut start = 0;
    memchr::memchr_iter(b'\n', text).chain([text.len()]).map(move |end| {
        let line = &text[start..end];
        start = end + 1;
        trimmed(line)
    })
}

/// A line without what surrounds its text.
fn trimmed(line: &[u8]) -> &[u8] {
    // Lists are made by joining files, so a byte order mark may stand at the beginning of any line.
    let line = line.trim_ascii();
    line.strip_prefix(b"\xEF\xBB\xBF").map_or(line, <[u8]>::trim_ascii)
}

#[cfg(test)]
mod tests;
