//! Regular expressions for names, of the operator's own: searched in time proportional to the name's length, with
//! nothing allocated and nothing locked, whatever the expression.
//!
//! They are compiled to automata that are built completely beforehand, within bounds; an expression that needs more is
//! refused when it is written, not met by a query. Names are searched as they are on the wire, in lower case, with dots
//! between labels and none at the end, so an expression speaks of A-labels (RFC 5890) and ASCII alone.

use regex_automata::{
    Anchored,
    dfa::{Automaton, StartKind, dense},
    nfa::thompson,
    util::{start, syntax},
};

use crate::name::Name;

/// The most expressions of one kind. Whoever needs more needs a list.
pub const MOST_PATTERNS: usize = 100;
/// The longest expression, in octets.
const LONGEST: usize = 256;
/// How deep groups may be nested.
const DEEPEST: u32 = 50;
/// How many octets the automaton of one expression, or of several that share one, may take.
const LARGEST: usize = 1 << 20;
/// How many octets those of all may take.
const LARGEST_TOGETHER: usize = 4 << 20;

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

/// Expressions, ready to search names for.
#[derive(Debug, Default)]
pub struct Patterns {
    texts: Vec<Box<str>>,
    machines: Vec<Machine>,
}

/// The automaton of some expressions that stand side by side.
#[derive(Debug)]
struct Machine {
    /// The number of the first of them.
    first: usize,
    states: dense::DFA<Vec<u32>>,
}

impl Patterns {
    /// Compiles expressions.
    ///
    /// # Errors
    ///
    /// At the first that is none, that would match every name, or that takes more memory than it may; and if there are
    /// too many of them.
    pub fn new<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Result<Self, PatternError> {
        let texts: Vec<Box<str>> = patterns.into_iter().map(Into::into).collect();
        if let Some(beyond) = texts.get(MOST_PATTERNS) {
            let problem =
                format!("there are {MOST_PATTERNS} already, which is the most. Put names in a list");
            return Err(PatternError::new(beyond, problem));
        }
        texts.iter().try_for_each(|text| check(text))?;
        let mut machines = Vec::new();
        add_machines(&texts, 0, &mut machines)?;
        let patterns = Self { texts, machines };
        match patterns.texts.last().filter(|_| patterns.octets() > LARGEST_TOGETHER) {
            Some(last) => {
                Err(PatternError::new(last, "with the others it takes too much memory. Make them simpler"))
            }
            None => Ok(patterns),
        }
    }

    /// How many expressions there are.
    pub const fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Octets that they take in memory.
    pub fn octets(&self) -> usize {
        let machines: usize = self.machines.iter().map(|machine| machine.states.memory_usage()).sum();
        machines + self.texts.iter().map(|text| text.len()).sum::<usize>()
    }

    /// An expression that is found in the name.
    pub fn find(&self, name: &Name) -> Option<&str> {
        let found = self.machines.iter().find_map(|machine| machine.find(name))?;
        self.texts.get(found).map(|text| &**text)
    }
}

impl Machine {
    /// The number of an expression that is found.
    fn find(&self, name: &Name) -> Option<usize> {
        let states = &self.states;
        let mut state = states.start_state(&start::Config::new().anchored(Anchored::No)).ok()?;
        for index in 0..name.label_count() {
            let label = name.label(index).unwrap_or_default();
            let dot = if index == 0 { &b""[..] } else { b"." };
            for &octet in dot.iter().chain(label) {
                state = states.next_state(state, octet);
                // A match shows one octet late; a dead state stays one.
                if states.is_special_state(state) && states.is_match_state(state) {
                    return Some(self.number(state));
                }
            }
        }
        state = states.next_eoi_state(state);
        states.is_match_state(state).then(|| self.number(state))
    }

    fn number(&self, state: regex_automata::util::primitives::StateID) -> usize {
        self.first + self.states.match_pattern(state, 0).as_usize()
    }
}

/// What can be said of an expression by itself.
fn check(pattern: &str) -> Result<(), PatternError> {
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
    let machine = Machine { first: 0, states: build(&[pattern])? };
    if machine.find(&Name::root()).is_some() {
        return refuse("it is found in every name. Say more of the names that are meant");
    }
    Ok(())
}

/// One automaton for all, or, where that is too large, one for each half.
fn add_machines(texts: &[Box<str>], first: usize, machines: &mut Vec<Machine>) -> Result<(), PatternError> {
    if texts.is_empty() {
        return Ok(());
    }
    match build(texts) {
        Ok(states) => machines.push(Machine { first, states }),
        Err(error) if texts.len() == 1 => return Err(error),
        Err(_) => {
            let (one, other) = texts.split_at(texts.len() / 2);
            add_machines(one, first, machines)?;
            add_machines(other, first + one.len(), machines)?;
        }
    }
    Ok(())
}

fn build<P: AsRef<str>>(patterns: &[P]) -> Result<dense::DFA<Vec<u32>>, PatternError> {
    dense::Builder::new()
        .syntax(syntax::Config::new().unicode(false).utf8(false).case_insensitive(true).nest_limit(DEEPEST))
        .thompson(thompson::Config::new().utf8(false).nfa_size_limit(Some(LARGEST)))
        .configure(
            dense::Config::new()
                .start_kind(StartKind::Unanchored)
                .match_kind(regex_automata::MatchKind::All)
                .dfa_size_limit(Some(LARGEST))
                .determinize_size_limit(Some(LARGEST)),
        )
        .build_many(patterns)
        .map_err(|error| {
            let pattern = patterns.first().map_or("", |pattern| pattern.as_ref());
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
    fn expressions_that_are_too_large_together_are_searched_apart() {
        let texts: Vec<String> =
            (0..12).map(|number| format!("x{number}.*[a-m]{{2}}[0-9].*y.{{4}}z")).collect();
        let patterns = Patterns::new(texts.iter().map(String::as_str)).unwrap();
        assert!(patterns.machines.len() > 1 && patterns.octets() <= LARGEST_TOGETHER);
        let name = "x11-bb7-y1234z.example".parse().unwrap();
        // x1 is found in x11 as well.
        assert!(["x11", "x1."].iter().any(|start| patterns.find(&name).unwrap().starts_with(start)));
        assert_eq!(patterns.find(&"x3-bb-y1234z.example".parse().unwrap()), None);
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
