//! The way of a line through the parser: blank or comment, in which language it is written, and whether it is
//! applied or counted. Every line passes here once, so the sums of a [`Report`] come out by construction.

use super::{Effect, Format, MAX_LINE_OCTETS, Match, Reason, Report, Rule, adblock, domains, entry, hosts};
use crate::{name::Name, trie::Scope};

/// A list being read.
pub(super) struct Reading<'a> {
    /// What the operator says of the scope.
    matching: Match,
    /// The rules that `$badfilter` lines take back.
    taken_back: adblock::TakenBack,
    /// The numbers so far.
    report: Report,
    /// Where rules go.
    sink: &'a mut dyn FnMut(u64, Rule<'_>),
    /// The number of the line at hand.
    number: u64,
    /// The line at hand, for samples.
    line: &'a [u8],
    /// How many `!#if` are open.
    conditions: usize,
}

impl<'a> Reading<'a> {
    /// The beginning of a list.
    pub(super) fn new(
        format: Format,
        matching: Match,
        taken_back: adblock::TakenBack,
        sink: &'a mut dyn FnMut(u64, Rule<'_>),
    ) -> Self {
        Self { matching, taken_back, report: Report::new(format), sink, number: 0, line: b"", conditions: 0 }
    }

    /// What the list was.
    pub(super) fn into_report(self) -> Report {
        self.report
    }

    /// Reads the next line.
    pub(super) fn read(&mut self, line: &'a [u8]) {
        self.number += 1;
        self.report.lines += 1;
        self.line = line;
        let Some(&first) = line.first() else {
            self.report.blank += 1;
            return;
        };
        if first == b'!' && self.directive(line) {
            return;
        }
        if self.is_comment(first, line) {
            self.report.comments += 1;
            return;
        }
        self.report.entry_lines += 1;
        if line.len() > MAX_LINE_OCTETS {
            self.skip(Reason::LineTooLong);
        } else if self.report.format == Format::Adblock || line.starts_with(b"||") || line.starts_with(b"@@")
        {
            self.adblock_line(line);
        } else {
            self.plain_line(line);
        }
    }

    /// Follows `!#if`, `!#endif` and `!#include`. Returns whether the line is thereby counted.
    fn directive(&mut self, line: &[u8]) -> bool {
        let Some(directive) = line.strip_prefix(b"!#") else { return false };
        if directive.starts_with(b"if") {
            self.conditions += 1;
        } else if directive.starts_with(b"endif") {
            self.conditions = self.conditions.saturating_sub(1);
        } else if directive.starts_with(b"include") {
            self.report.entry_lines += 1;
            self.skip(Reason::Include);
            return true;
        }
        false
    }

    /// Whether the line only speaks to people.
    fn is_comment(&self, first: u8, line: &[u8]) -> bool {
        match first {
            b'!' => true,
            b'#' => self.report.format != Format::Adblock || !adblock::is_cosmetic(line),
            b';' => self.report.format != Format::Adblock,
            b'[' => adblock::is_header(line),
            _ => false,
        }
    }

    /// Reads a line of adblock's language.
    fn adblock_line(&mut self, line: &[u8]) {
        match adblock::read(line, self.conditions > 0, &self.taken_back) {
            Ok((sign, name, scope)) => self.apply(&name, scope, sign.effect()),
            Err(reason) => self.skip(reason),
        }
    }

    /// Reads a name or a hosts entry.
    fn plain_line(&mut self, line: &[u8]) {
        match domains::read(line) {
            domains::Line::Name(word) => match entry::read(word) {
                Ok(entry) => self.apply(&entry.name, entry.scope(Scope::Subtree), Effect::Block),
                Err(reason) => self.skip(reason),
            },
            domains::Line::Hosts(address, names) => self.hosts_line(address, names),
            domains::Line::Unclear(reason) => self.skip(reason),
        }
    }

    /// Reads the names of a hosts line. One that is not understood spoils the line.
    fn hosts_line(&mut self, address: hosts::Address, names: &[u8]) {
        let spoilt = hosts::spoilt(names);
        for word in hosts::words(names) {
            match (spoilt, entry::read(word)) {
                (Some(reason), _) | (None, Err(reason)) => self.skip(reason),
                (None, Ok(_)) if address == hosts::Address::Elsewhere => self.skip(Reason::Redirection),
                (None, Ok(entry)) => self.apply(&entry.name, entry.scope(Scope::Exact), Effect::Block),
            }
        }
    }

    /// Counts an entry and passes its rule on.
    fn apply(&mut self, name: &Name, own: Scope, effect: Effect<'_>) {
        self.report.entries += 1;
        self.report.applied += 1;
        if effect.lets_pass() {
            self.report.allow += 1;
        } else {
            self.report.block += 1;
        }
        (self.sink)(self.number, Rule::of_name(name, self.matching.scope(own), effect));
    }

    /// Counts an entry that is not applied.
    fn skip(&mut self, reason: Reason) {
        self.report.entries += 1;
        self.report.skipped.add(reason, self.number, self.line);
    }
}
