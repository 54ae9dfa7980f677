//! Whether a new publication of a subscribed list is believed. Pure.
//!
//! Publishers ship empty, cut off and wrong files several times a year. What they publish is measured beside what they
//! published before, and held if it is doubtful: the rules before stay in force, and a person is told. A real change that
//! looks like an accident happens too, so what is published again and again is believed in the end, unless it has no
//! rules at all.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::lists::parse::Report;

/// A list that loses so many of a hundred rules is doubtful.
const LOST: u64 = 40;
/// A list that grows to so many times its rules is, if that is [`MANY_MORE`] rules at least.
const GROWN: u64 = 10;
/// See [`GROWN`].
const MANY_MORE: u64 = 50_000;
/// A list is doubtful if of a hundred entries so many cannot be applied, and before it was at most half of that.
const NOT_APPLIED: u64 = 30;
/// The same, of a list's first publication, which cannot be compared.
const NOT_APPLIED_AT_FIRST: u64 = 90;
/// A list is doubtful if of a hundred rules so many are held back that were not before, and [`WAVE`] at least.
const HELD_BACK: u64 = 1;
/// See [`HELD_BACK`].
const WAVE: u64 = 20;
/// A list with fewer rules than this is small: it may lose or gain what it likes.
const SMALL: u64 = 20;

/// What a publication comes to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// Entries of the text.
    pub entries: u64,
    /// Those that became rules.
    pub rules: u64,
    /// Rules that the guards object to.
    pub objections: u64,
}

impl Measure {
    /// Measures what parsing found.
    pub const fn of(report: &Report, objections: u64) -> Self {
        Self { entries: report.entries, rules: report.applied, objections }
    }
}

/// Why a publication is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doubt {
    /// It has lost too many rules.
    Shrunk {
        /// Rules before.
        before: u64,
        /// Rules now.
        now: u64,
    },
    /// It has gained too many.
    Grown {
        /// Rules before.
        before: u64,
        /// Rules now.
        now: u64,
    },
    /// Too much of it cannot be applied.
    NotApplied {
        /// Entries that cannot.
        entries: u64,
        /// Of so many.
        of: u64,
    },
    /// Too many of its rules would take away what many need.
    HeldBack {
        /// Such rules before.
        before: u64,
        /// Such rules now.
        now: u64,
    },
    /// It cannot be used at all: a web page, an empty file, something else.
    Unusable(String),
}

impl Doubt {
    /// The short name that reports and metrics use. It never changes.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Shrunk { .. } => "shrunk",
            Self::Grown { .. } => "grown",
            Self::NotApplied { .. } => "not_applied",
            Self::HeldBack { .. } => "held_back",
            Self::Unusable(_) => "unusable",
        }
    }

    /// Whether it could be put in force, by the operator or because it is published again and again.
    pub const fn can_be_accepted(&self) -> bool {
        !matches!(self, Self::Unusable(_))
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shrunk { before, now } => write!(f, "it has {now} rules, and had {before}"),
            Self::Grown { before, now } => write!(f, "it has {now} rules, and had only {before}"),
            Self::NotApplied { entries, of } => {
                write!(f, "{entries} of its {of} entries cannot be applied, which it did not have before")
            }
            Self::HeldBack { before, now } => write!(
                f,
                "{now} of its rules would take away what many people need, and before there were {before}"
            ),
            Self::Unusable(why) => f.write_str(why),
        }
    }
}

/// What there is to doubt of a publication, beside the last one that was taken over, if there was one. Of a list that
/// `gathers` what was published within a window, the rules before stay anyway, so that it may be as short as it likes.
pub fn doubt(before: Option<&Measure>, now: &Measure, gathers: bool) -> Option<Doubt> {
    let not_applied = now.entries.saturating_sub(now.rules);
    let Some(before) = before else {
        let much = exceeds(not_applied, NOT_APPLIED_AT_FIRST, now.entries) && now.entries >= SMALL;
        return much.then_some(Doubt::NotApplied { entries: not_applied, of: now.entries });
    };
    if !gathers
        && before.rules >= SMALL
        && now.rules.saturating_mul(100) <= before.rules.saturating_mul(100 - LOST)
    {
        return Some(Doubt::Shrunk { before: before.rules, now: now.rules });
    }
    if now.rules >= before.rules.saturating_mul(GROWN) && now.rules - before.rules >= MANY_MORE {
        return Some(Doubt::Grown { before: before.rules, now: now.rules });
    }
    let not_applied_before = before.entries.saturating_sub(before.rules);
    let doubled = not_applied.saturating_mul(before.entries)
        > not_applied_before.saturating_mul(2).saturating_mul(now.entries);
    if now.entries >= SMALL && doubled && exceeds(not_applied, NOT_APPLIED, now.entries) {
        return Some(Doubt::NotApplied { entries: not_applied, of: now.entries });
    }
    let fresh = now.objections.saturating_sub(before.objections);
    if fresh >= WAVE && exceeds(fresh, HELD_BACK, now.rules) {
        return Some(Doubt::HeldBack { before: before.objections, now: now.objections });
    }
    None
}

/// Whether `part` is more than so many of a hundred.
const fn exceeds(part: u64, of_a_hundred: u64, whole: u64) -> bool {
    part.saturating_mul(100) > whole.saturating_mul(of_a_hundred)
}

/// Whether two held publications are the same as far as doubts go, so that they count as one that is published again:
/// held for the same reason, with about the same number of rules.
pub fn is_alike(one: (&Doubt, &Measure), other: (&Doubt, &Measure)) -> bool {
    let (fewer, more) = (one.1.rules.min(other.1.rules), one.1.rules.max(other.1.rules));
    one.0.key() == other.0.key() && fewer.saturating_mul(10) >= more.saturating_mul(9)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn measure(entries: u64, rules: u64, objections: u64) -> Measure {
        Measure { entries, rules, objections }
    }

    #[test]
    fn what_looks_like_an_accident_is_held_and_ordinary_change_is_not() {
        let before = measure(10_100, 10_000, 5);
        for (now, expected) in [
            (measure(10_050, 9_950, 5), None),
            (measure(6_101, 6_001, 5), None),
            (measure(6_100, 6_000, 5), Some("shrunk")),
            (measure(12, 12, 0), Some("shrunk")),
            (measure(0, 0, 0), Some("shrunk")),
            (measure(99_000, 98_000, 5), None),
            (measure(101_000, 100_000, 5), Some("grown")),
            (measure(14_000, 10_000, 5), None),
            (measure(15_000, 10_000, 5), Some("not_applied")),
            (measure(10_200, 10_100, 105), None),
            (measure(10_200, 10_100, 110), Some("held_back")),
        ] {
            assert_eq!(doubt(Some(&before), &now, false).as_ref().map(Doubt::key), expected, "{now:?}");
        }
    }

    #[test]
    fn what_is_gathered_may_be_short_and_is_held_for_every_other_reason() {
        let before = measure(10_100, 10_000, 5);
        for (now, expected) in [
            (measure(12, 12, 0), None),
            (measure(101_000, 100_000, 5), Some("grown")),
            (measure(1_000, 100, 5), Some("not_applied")),
            (measure(1_000, 1_000, 100), Some("held_back")),
        ] {
            assert_eq!(doubt(Some(&before), &now, true).as_ref().map(Doubt::key), expected, "{now:?}");
        }
    }

    #[test]
    fn a_list_that_always_had_much_that_is_not_applied_is_believed() {
        let before = measure(10_000, 6_000, 0);
        assert_eq!(doubt(Some(&before), &measure(10_000, 5_500, 0), false), None);
        assert_eq!(doubt(Some(&before), &measure(100_000, 10_000, 0), false).unwrap().key(), "not_applied");
    }

    #[test]
    fn small_lists_change_as_they_like_and_first_publications_have_nothing_beside_them() {
        assert_eq!(doubt(Some(&measure(19, 19, 0)), &measure(1, 1, 0), false), None);
        assert_eq!(doubt(Some(&measure(3, 3, 0)), &measure(900, 900, 0), false), None);
        assert_eq!(doubt(None, &measure(1_000, 200, 90), false), None);
        assert_eq!(doubt(None, &measure(1_000, 99, 0), false).unwrap().key(), "not_applied");
    }

    #[test]
    fn publications_are_alike_that_are_held_for_one_reason_with_as_many_rules() {
        let shrunk = |now| Doubt::Shrunk { before: 10_000, now };
        let (one, other) = (measure(1_000, 1_000, 0), measure(950, 950, 0));
        assert!(is_alike((&shrunk(1_000), &one), (&shrunk(950), &other)));
        assert!(!is_alike((&shrunk(1_000), &one), (&shrunk(100), &measure(100, 100, 0))));
        let held_back = Doubt::HeldBack { before: 0, now: 900 };
        assert!(!is_alike((&shrunk(1_000), &one), (&held_back, &one)));
        assert!(
            shrunk(1).can_be_accepted() && !Doubt::Unusable("the text is empty".into()).can_be_accepted()
        );
    }
}
