//! Response policy zones: rules written as the records of a master file (draft-vixie-dnsop-dns-rpz).
//!
//! | file | what |
//! |---|---|
//! | `records.rs` | the text as records, over parentheses, quotation marks and comments |
//! | `names.rs` | absolute and relative names |
//! | `trigger.rs` | an owner: what the rule looks at |
//! | `action.rs` | type and data: what the rule does |
//! | `data.rs` | data in wire form |
//!
//! # Where the zone begins
//!
//! Triggers are written in front of the zone's own name, its apex. The first SOA says what that is. Before it, or
//! where there is none, it is the first `$ORIGIN`. Most published zones say neither and begin with `@ SOA`: then
//! names without a dot at the end are triggers, and those with one are outside of the zone. A record's data must say
//! its names in full there, since `CNAME rpz-drop`, without a dot, means a name in a zone that nobody knows.
//!
//! The zone's own SOA and NS, `$ORIGIN` and `$TTL` count as comments, as do the lines on which a record only goes on.
//!
//! # What is left to the reader of the rules
//!
//! Records are given one by one. Several with local data for the same trigger are one answer. A zone with a CNAME
//! beside other data, or two CNAMEs, is broken, and other servers refuse it whole; here both rules are given.

mod action;
mod data;
mod names;
mod records;
mod trigger;

use std::io;

use self::{
    action::Action,
    records::{Piece, Place, Records, Word},
    trigger::Subject,
};
use super::{Format, Match, Reason, Report, Rule, text::Pieces};
use crate::name::Name;

/// The longest time to live, in seconds (RFC 2181 §8).
const MAX_TTL_SECONDS: u32 = (1 << 31) - 1;

/// Reads a zone and gives each rule, with the number of its first line, to `sink`.
pub(super) fn read(
    text: &mut Pieces<'_>,
    matching: Match,
    sink: &mut dyn FnMut(u64, Rule<'_>),
) -> io::Result<Report> {
    let mut zone = Zone {
        matching,
        sink,
        report: Report::new(Format::Rpz),
        apex: names::unsaid(),
        apex_said: Said::Nowhere,
        origin: Some(names::unsaid()),
        owner: Err(Reason::Record),
        default_ttl: None,
        last_ttl: None,
    };
    text.rewind()?;
    let mut place = Place::default();
    while !text.piece().is_empty() {
        let mut records = Records::new(text.piece(), text.ahead(), place);
        while let Some(piece) = records.next() {
            zone.read(&piece, records.words());
        }
        let (done, next) = records.finish();
        place = next;
        text.advance(done)?;
    }
    Ok(zone.report)
}

/// A zone being read.
struct Zone<'a> {
    /// What the operator says of the scope of names.
    matching: Match,
    /// Where rules go.
    sink: &'a mut dyn FnMut(u64, Rule<'_>),
    /// The numbers so far.
    report: Report,
    /// The zone's own name.
    apex: Name,
    /// How it is known.
    apex_said: Said,
    /// What stands behind relative names; nothing after an `$ORIGIN` that was not understood.
    origin: Option<Name>,
    /// The owner of the last record, for those that leave it out.
    owner: Result<Name, Reason>,
    /// What `$TTL` says, in seconds.
    default_ttl: Option<u32>,
    /// The last time to live that a record says, in seconds. It holds for others where there is no `$TTL`.
    last_ttl: Option<u32>,
}

/// What said where the zone begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Nowhere,
    ByOrigin,
    BySoa,
}

/// What a piece of the text is.
enum Meaning {
    /// The zone's own, for no trigger.
    Heading,
    /// A rule that was given to the sink.
    Rule {
        /// Whether it lets pass.
        lets_pass: bool,
    },
}

/// What stands in front of a record's data.
struct Fields {
    ttl: Option<u32>,
    rtype: u16,
}

impl Zone<'_> {
    /// Reads and counts the next piece.
    fn read(&mut self, piece: &Piece<'_>, words: &[Word<'_>]) {
        let nothing = piece.sound.is_ok() && words.is_empty();
        let meaning = match piece.sound {
            Ok(()) if nothing => Ok(Meaning::Heading),
            Ok(()) => self.understand(piece, words),
            Err(reason) => {
                // What comes next without an owner must not fall to the owner before this one.
                self.owner = Err(reason);
                Err(reason)
            }
        };
        self.report.lines += piece.lines;
        self.report.blank += piece.blank;
        self.report.comments += piece.lines - piece.blank;
        if let Ok(Meaning::Heading) = meaning {
            return;
        }
        self.report.comments -= 1;
        self.report.entry_lines += 1;
        self.report.entries += 1;
        match meaning {
            Err(reason) => self.report.skipped.add(reason, piece.number, piece.line),
            Ok(meaning) => {
                self.report.applied += 1;
                let lets_pass = matches!(meaning, Meaning::Rule { lets_pass: true });
                self.report.allow += u64::from(lets_pass);
                self.report.block += u64::from(!lets_pass);
            }
        }
    }

    /// Reads a directive or a record.
    fn understand(&mut self, piece: &Piece<'_>, words: &[Word<'_>]) -> Result<Meaning, Reason> {
        let mut words = words;
        if !piece.indented {
            let (&first, rest) = words.split_first().ok_or(Reason::Record)?;
            if !first.quoted && first.text.starts_with(b"$") {
                return self.directive(first.text, rest).map(|()| Meaning::Heading);
            }
            self.owner = names::absolute(first, self.origin.as_ref());
            words = rest;
        }
        let owner = self.owner.as_ref().map_err(|reason| *reason)?;
        let (fields, data) = fields(words)?;
        self.last_ttl = fields.ttl.or(self.last_ttl);
        if fields.rtype == action::SOA && self.apex_said != Said::BySoa {
            (self.apex, self.apex_said) = (owner.clone(), Said::BySoa);
        }
        if matches!(fields.rtype, action::SOA | action::NS) && *owner == self.apex {
            return Ok(Meaning::Heading);
        }
        let ttl = fields.ttl.or(self.default_ttl).or(self.last_ttl);
        let subject = Subject::of(names::within(owner, &self.apex)?)?;
        let action = Action::read((fields.rtype, ttl), data, self.origin.as_ref(), &subject)?;
        self.give(piece.number, &subject, &action)
    }

    /// Gives a rule to the sink.
    fn give(&mut self, number: u64, subject: &Subject, action: &Action) -> Result<Meaning, Reason> {
        let effect = action.effect();
        let lets_pass = effect.lets_pass();
        let trigger = subject.trigger(lets_pass, self.matching)?;
        (self.sink)(number, Rule { trigger, effect, important: false, types: None, spared: &[] });
        Ok(Meaning::Rule { lets_pass })
    }

    /// Follows `$ORIGIN` and `$TTL`.
    fn directive(&mut self, directive: &[u8], words: &[Word<'_>]) -> Result<(), Reason> {
        match (directive.to_ascii_uppercase().as_slice(), words) {
            (b"$ORIGIN", words) => {
                // Should it not be understood, relative names are not either until the next one.
                let before = self.origin.take();
                let [word] = words else { return Err(Reason::Record) };
                let origin = names::absolute(*word, before.as_ref())?;
                if self.apex_said == Said::Nowhere {
                    (self.apex, self.apex_said) = (origin.clone(), Said::ByOrigin);
                }
                self.origin = Some(origin);
                Ok(())
            }
            (b"$TTL", [word]) => {
                self.default_ttl = Some(seconds(word.text).ok_or(Reason::Record)?);
                Ok(())
            }
            (b"$TTL", _) => Err(Reason::Record),
            (b"$INCLUDE", _) => Err(Reason::Include),
            _ => Err(Reason::ZoneDirective),
        }
    }
}

/// Reads the time to live and the class, each of which may be left out, in either order, and the type.
fn fields<'w, 't>(words: &'w [Word<'t>]) -> Result<(Fields, &'w [Word<'t>]), Reason> {
    let (mut ttl, mut class) = (None, false);
    let mut words = words;
    loop {
        let (word, rest) = words.split_first().ok_or(Reason::Record)?;
        words = rest;
        if word.quoted {
            return Err(Reason::Record);
        }
        if ttl.is_none() && word.text.first().is_some_and(u8::is_ascii_digit) {
            ttl = Some(seconds(word.text).ok_or(Reason::Record)?);
        } else if !class && is_internet(word.text)? {
            class = true;
        } else {
            let rtype = data::rtype(word.text).ok_or(Reason::Record)?;
            return Ok((Fields { ttl, rtype }, words));
        }
    }
}

/// Whether a word is the class of the Internet; an error if it is another class.
fn is_internet(text: &[u8]) -> Result<bool, Reason> {
    let is = |class: &str| text.eq_ignore_ascii_case(class.as_bytes());
    if is("IN") || is("CLASS1") {
        return Ok(true);
    }
    let numbered = text.get(..5).is_some_and(|head| head.eq_ignore_ascii_case(b"CLASS"));
    if is("CH") || is("HS") || is("CS") || numbered { Err(Reason::Class) } else { Ok(false) }
}

/// Reads a time: seconds, or numbers with units, such as `1h30m`.
fn seconds(text: &[u8]) -> Option<u32> {
    let (mut sum, mut number, mut units) = (0_u32, None, 0);
    for octet in text {
        if octet.is_ascii_digit() {
            let digit = u32::from(octet - b'0');
            number = Some(number.unwrap_or(0_u32).checked_mul(10)?.checked_add(digit)?);
        } else {
            let unit = match octet.to_ascii_lowercase() {
                b's' => 1,
                b'm' => 60,
                b'h' => 3600,
                b'd' => 86_400,
                b'w' => 604_800,
                _ => return None,
            };
            sum = sum.checked_add(number.take()?.checked_mul(unit)?)?;
            units += 1;
        }
    }
    let seconds = if units == 0 { number? } else { sum };
    // Seconds behind other units would have to say that they are seconds.
    (seconds <= MAX_TTL_SECONDS && (units == 0 || number.is_none())).then_some(seconds)
}

#[cfg(test)]
mod tests;
