//! Regular expressions for names, of the operator's own: searched in time proportional to the name's length, with
//! nothing allocated and nothing locked, whatever the expression.
//!
//! They are compiled to automata that are built completely beforehand, within bounds; an expression that needs more is
//! refused when it is written, not met by a query. Names are searched as they are on the wire, in lower case, with dots
//! between labels and none at the end, so an expression speaks of A-labels (RFC 5890) and ASCII alone.

use std::{collections::HashSet, sync::Arc};

use regex_automata::{
    Anchored,
    dfa::{Automaton, StartKind, dense},
    nfa::thompson,
    util::{primitives::StateID, start, syntax},
};

use crate::name::Name;

/// The most expressions of one kind. Whoever needs more needs a list.
pub const MOST_PATTERNS: usize = 100;
/// The longest expression, in octets.
const LONGEST: usize = 256;
/// How deep groups may be nested.
const DEEPEST: u32 = 50;
/// How many octets the automaton of one expression may take.
const LARGEST: usize = 1 << 20;
/// How many octets one that several expressions share may take. Automata that are put together multiply, and a large one
/// takes long to build; searching a few more of them costs less. Fifty such pairs are no more than all may take.
const LARGEST_SHARED: usize = 64 << 10;
/// How many octets those of all may take.
const LARGEST_TOGETHER: usize = 4 << 20;

/// Ordinary names of different shapes. What is found in each of them is found in nearly all that there are.
const ORDINARY: [&str; 6] =
    ["www.example.com", "123.net", "xn--zckzah.jp", "a-b.co.uk", "e5.cdn.example.org", "time.home.arpa"];

/// Why an expression is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the regular expression /{pattern}/ cannot be used: {problem}")]
pub struct PatternError {
    /// The expression.
    pub pattern: String,
    /// What is wrong, and what to do.
    pub problem: String,
}

impl PatternError {
    fn new(pattern: &str, problem: impl Into<String>) -> Self {
        Self { pattern: pattern.into(), problem: problem.into() }
    }
}

/// Expressions, ready to search names for. A copy shares what was compiled.
#[derive(Debug, Default, Clone)]
pub struct Patterns {
    machines: Vec<Arc<Machine>>,
}

/// The automaton of some expressions that stand side by side.
#[derive(Debug)]
struct Machine {
    texts: Vec<Box<str>>,
    states: dense::DFA<Vec<u32>>,
}

impl Patterns {
    /// Compiles expressions.
    ///
    /// # Errors
    ///
    /// At the first that is none, that is found in every ordinary name, or that takes more memory than it may; and if there are
    /// too many of them.
    pub fn new<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Result<Self, PatternError> {
        Self::default().changed_to(patterns)
    }

    /// These expressions in place of those that there are. What was compiled of expressions that stay is used again, so
    /// that a further one costs little more than itself, and none costs nothing.
    ///
    /// # Errors
    ///
    /// As for [`Self::new`].
    pub fn changed_to<'p>(&self, patterns: impl IntoIterator<Item = &'p str>) -> Result<Self, PatternError> {
        let mut seen = HashSet::new();
        let wanted: Vec<&str> = patterns.into_iter().filter(|pattern| seen.insert(*pattern)).collect();
        if let Some(beyond) = wanted.get(MOST_PATTERNS) {
            let problem =
                format!("there are {MOST_PATTERNS} already, which is the most. Put names in a list");
            return Err(PatternError::new(beyond, problem));
        }
        let mut changed = self.only(&seen)?;
        let known: HashSet<&str> = self.texts().collect();
        for text in wanted.iter().filter(|text| !known.contains(**text)) {
            changed.add(checked(text)?);
            if changed.octets() > LARGEST_TOGETHER {
                let problem = "with the others it takes too much memory. Make them simpler";
                return Err(PatternError::new(text, problem));
            }
        }
        Ok(changed)
    }

    /// Those of the expressions that are wanted.
    fn only(&self, wanted: &HashSet<&str>) -> Result<Self, PatternError> {
        let mut machines = Vec::with_capacity(self.machines.len());
        for machine in &self.machines {
            let stay: Vec<&str> = machine.texts().filter(|text| wanted.contains(text)).collect();
            if stay.len() == machine.texts.len() {
                machines.push(machine.clone());
            } else if !stay.is_empty() {
                machines.push(Arc::new(Machine::new(&stay, LARGEST)?));
            }
        }
        Ok(Self { machines })
    }

    /// Puts an expression beside others, where that makes no large automaton.
    fn add(&mut self, alone: Machine) {
        let has_room = |machine: &&mut Arc<Machine>| machine.octets() + alone.octets() <= LARGEST_SHARED;
        let smallest = self.machines.iter_mut().filter(has_room).min_by_key(|machine| machine.octets());
        if let Some(smallest) = smallest {
            let texts: Vec<&str> = smallest.texts().chain(alone.texts()).collect();
            if let Ok(shared) = Machine::new(&texts, LARGEST_SHARED) {
                *smallest = Arc::new(shared);
                return;
            }
        }
        self.machines.push(Arc::new(alone));
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        self.machines.iter().flat_map(|machine| machine.texts())
    }

    /// How many expressions there are.
    pub fn len(&self) -> usize {
        self.machines.iter().map(|machine| machine.texts.len()).sum()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.machines.is_empty()
    }

    /// Octets that they take in memory.
    pub fn octets(&self) -> usize {
        self.machines.iter().map(|machine| machine.octets()).sum()
    }

    /// An expression that is found in the name.
    pub fn find(&self, name: &Name) -> Option<&str> {
        self.machines.iter().find_map(|machine| machine.find(name))
    }
}

impl Machine {
    /// One for these expressions, of so many octets at most.
    fn new(texts: &[&str], largest: usize) -> Result<Self, PatternError> {
        let states = build(texts, largest)?;
        Ok(Self { texts: texts.iter().map(|&text| text.into()).collect(), states })
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|text| &**text)
    }

    fn octets(&self) -> usize {
        self.states.memory_usage() + self.texts().map(str::len).sum::<usize>()
    }

    /// An expression that is found.
    fn find(&self, name: &Name) -> Option<&str> {
        let states = &self.states;
        let mut state = states.start_state(&start::Config::new().anchored(Anchored::No)).ok()?;
        for index in 0..name.label_count() {
            let label = name.label(index).unwrap_or_default();
            let dot = if index == 0 { &b""[..] } else { b"." };
            for &octet in dot.iter().chain(label) {
                state = states.next_state(state, octet);
                // A match shows one octet late; a dead state stays one.
                if states.is_special_state(state) && states.is_match_state(state) {
                    return self.found(state);
                }
            }
        }
        state = states.next_eoi_state(state);
        if states.is_match_state(state) { self.found(state) } else { None }
    }

    fn found(&self, state: StateID) -> Option<&str> {
        self.texts.get(self.states.match_pattern(state, 0).as_usize()).map(|text| &**text)
    }
}

/// An expression by itself, if it can be used.
fn checked(pattern: &str) -> Result<Machine, PatternError> {
    let refuse = |problem: &str| Err(PatternError::new(pattern, problem));
    if pattern.is_empty() {
        return refuse("it is empty");
    }
    if pattern.len() > LONGEST {
        return refuse("it is longer than 256 characters");
    }
    if !pattern.is_ascii() {
        return refuse("names are searched as they are on the wire. Write the A-label, such as xn--r8jz45g");
    }
    let machine = Machine::new(&[pattern], LARGEST)?;
    let mut ordinary = ORDINARY.iter().filter_map(|name| name.parse().ok());
    if machine.find(&Name::root()).is_some() || ordinary.all(|name| machine.find(&name).is_some()) {
        return refuse(
            "it is found in every name, or nearly every one. Say more of the names that are meant",
        );
    }
    Ok(machine)
}

fn build(patterns: &[&str], largest: usize) -> Result<dense::DFA<Vec<u32>>, PatternError> {
    dense::Builder::new()
        .syntax(syntax::Config::new().unicode(false).utf8(false).case_insensitive(true).nest_limit(DEEPEST))
        .thompson(thompson::Config::new().utf8(false).nfa_size_limit(Some(largest)))
        .configure(
            dense::Config::new()
                .start_kind(StartKind::Unanchored)
                .match_kind(regex_automata::MatchKind::All)
                .dfa_size_limit(Some(largest))
                .determinize_size_limit(Some(largest)),
        )
        .build_many(patterns)
        .map_err(|error| {
            let pattern = patterns.first().copied().unwrap_or_default();
            let of_states = std::error::Error::source(&error).and_then(|source| source.downcast_ref());
            if error.is_size_limit_exceeded()
                || of_states.and_then(thompson::BuildError::size_limit).is_some()
            {
                let problem =
                    "it takes too much memory. Make it simpler, without large numbers of repetitions";
                return PatternError::new(pattern, problem);
            }
            // The innermost says what is wrong, over several lines, the last of which is a sentence.
            let mut inner: &dyn std::error::Error = &error;
            while let Some(source) = inner.source() {
                inner = source;
            }
            let reason = inner.to_string();
            let last = reason.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
            PatternError::new(pattern, last.trim().trim_start_matches("error: "))
        })
}

#[cfg(test)]
impl Patterns {
    /// How many automata were not taken from others.
    pub(crate) fn not_in(&self, others: &Self) -> usize {
        let is_there = |one: &Arc<Machine>| others.machines.iter().any(|other| Arc::ptr_eq(one, other));
        self.machines.iter().filter(|machine| !is_there(machine)).count()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(patterns: &[&str], name: &str) -> Option<String> {
        let patterns = Patterns::new(patterns.iter().copied()).unwrap();
        patterns.find(&name.parse().unwrap()).map(str::to_owned)
    }

    #[test]
    fn expressions_are_found_in_the_whole_name() {
        for (pattern, name, expected) in [
            ("^support-", "support-line.example", true),
            ("^support-", "www.support-line.example", false),
            (r"\.example$", "a.example", true),
            (r"\.example$", "a.example.com", false),
            (r"(^|\.)micros0ft\.", "www.micros0ft.example", true),
            ("MICROS0FT", "micros0ft.example", true),
            (r"^[0-9]{3}\.", "123.example", true),
            (r"^[0-9]{3}\.", "1234.example", false),
            ("example$", "example", true),
            (r"\bcall\b", "please-call-now.example", true),
        ] {
            assert_eq!(found(&[pattern], name).is_some(), expected, "{pattern} in {name}");
        }
    }

    #[test]
    fn the_expression_that_was_found_is_told() {
        assert_eq!(found(&["one", "two", "three"], "a.two.example").as_deref(), Some("two"));
        assert_eq!(found(&[], "a.two.example"), None);
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_a_reason() {
        let long = "a".repeat(LONGEST + 1);
        let deep = "(".repeat(80) + "a" + &")".repeat(80);
        for (pattern, part) in [
            ("", "empty"),
            (".*", "every name"),
            ("a?", "every name"),
            (".", "every name"),
            ("[a-z]", "every name"),
            (r"\.", "every name"),
            (r"^[^.]+\..+$", "every name"),
            (".{5}", "every name"),
            ("[aeiou]", "every name"),
            ("(", "unclosed group"),
            ("例", "A-label"),
            (r"\p{Greek}", "Unicode"),
            ("[a-z]{200}{200}", "memory"),
            ("(a|b)*a(a|b){14}c", "memory"),
            (&long, "longer"),
            (&deep, "nest"),
        ] {
            let error = Patterns::new([pattern]).unwrap_err();
            assert!(error.to_string().contains(part) && !error.to_string().contains('\n'), "{error}");
        }
        let many: Vec<String> = (0..=MOST_PATTERNS).map(|number| format!("^n{number}$")).collect();
        assert!(Patterns::new(many.iter().map(String::as_str)).unwrap_err().problem.contains("the most"));
    }

    #[test]
    fn what_is_found_in_many_names_and_not_in_all_is_the_operator_s_own_affair() {
        assert_eq!(ORDINARY.iter().filter(|name| name.parse::<Name>().is_ok()).count(), ORDINARY.len());
        for pattern in [r"\.com$", "e", "[0-9]", "^www", "^[a-z]+$", r"^[^.]+\.[^.]+$"] {
            assert!(Patterns::new([pattern]).is_ok(), "{pattern}");
        }
    }

    #[test]
    fn expressions_that_are_too_large_together_are_searched_apart() {
        let texts: Vec<String> =
            (0..12).map(|number| format!("x{number}.*[a-m]{{2}}[0-9].*y.{{4}}z")).collect();
        let patterns = Patterns::new(texts.iter().map(String::as_str)).unwrap();
        assert!(patterns.machines.len() > 1 && patterns.octets() <= LARGEST_TOGETHER);
        let name = "x11-bb7-y1234z.example".parse().unwrap();
        // x1 is found in x11 as well.
        assert!(["x11", "x1."].iter().any(|start| patterns.find(&name).unwrap().starts_with(start)));
        assert_eq!(patterns.find(&"x3-bb-y1234z.example".parse().unwrap()), None);
        let all: HashSet<&str> = patterns.texts().collect();
        assert_eq!((all.len(), patterns.len()), (12, 12));
    }

    #[test]
    fn what_was_compiled_is_used_again_when_others_come_or_go() {
        let texts: Vec<String> = (0..MOST_PATTERNS)
            .map(|number| match number % 4 {
                0 => format!("apple{number}.*virus.*[0-9]+"),
                1 => format!(r"(^|\.)micros0ft{number}\."),
                2 => format!(r"^[a-z]{{3}}{number}[0-9]{{4}}-call\."),
                _ => format!(r"call-?(us|me)?-{number}[a-z0-9-]*\.(xyz|top)$"),
            })
            .collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let (last, others) = texts.split_last().unwrap();
        let before = Patterns::new(others.iter().copied()).unwrap();
        let same = before.changed_to(others.iter().rev().copied()).unwrap();
        assert_eq!((same.not_in(&before), same.machines.len()), (0, before.machines.len()));
        let more = before.changed_to(texts.iter().copied()).unwrap();
        assert_eq!((more.not_in(&before), more.len()), (1, MOST_PATTERNS));
        assert_eq!(more.find(&"call-me-99-now.top".parse().unwrap()), Some(*last));
        // One that has company, and one more.
        let fewer = more.changed_to(texts.iter().copied().filter(|text| *text != texts[1])).unwrap();
        assert!(fewer.not_in(&more) <= 1 && fewer.len() == MOST_PATTERNS - 1);
        for (name, there) in [("micros0ft1.example", false), ("micros0ft5.example", true)] {
            assert_eq!(fewer.find(&name.parse().unwrap()).is_some(), there, "{name}");
        }
        // What is refused leaves the others alone, and one that is given twice counts once.
        assert!(more.changed_to(texts.iter().copied().chain(["x"])).is_err());
        assert_eq!(before.changed_to(["apple", "apple"]).unwrap().len(), 1);
    }

    proptest! {
        #[test]
        fn a_name_is_searched_as_its_text_would_be(
            pattern in r"\^?[a-c.]{1,3}[?*+]?[a-c]\$?",
            labels in proptest::collection::vec("[a-c]{1,4}", 1..5),
        ) {
            let text = labels.join(".");
            let Ok(patterns) = Patterns::new([&*pattern]) else { return Ok(()) };
            let expected = dense::DFA::new(&pattern).unwrap();
            let input = regex_automata::Input::new(text.as_bytes());
            let expected = expected.try_search_fwd(&input).unwrap().is_some();
            prop_assert_eq!(patterns.find(&text.parse().unwrap()).is_some(), expected);
        }
    }
}
