//! The way of a line through the parser: blank or comment, in which language it is written, and whether it is
//! applied or counted. Every line passes here once, so the sums of a [`Report`] come out by construction.

use std::io;

use super::{
    Effect, Format, MAX_LINE_OCTETS, Match, Reason, Report, Rule, Trigger, adblock, dnsmasq, domains,
    entry::{self, Entry},
    hosts,
    json::Item,
    maltrail,
    taken_back::TakenBack,
    text::Pieces,
    unbound, urls,
};
use crate::trie::Scope;

/// A list being read.
pub(super) struct Reading<'a> {
    /// What the operator says of the scope.
    matching: Match,
    /// The rules that `$badfilter` lines take back.
    taken_back: TakenBack,
    /// The records of an Unbound list that lead somewhere.
    own_data: unbound::OwnData,
    /// The numbers so far.
    report: Report,
    /// Where rules go.
    sink: &'a mut dyn FnMut(u64, Rule<'_>),
    /// The number of the line at hand.
    number: u64,
    /// How many `!#if` are open.
    conditions: usize,
}

impl<'a> Reading<'a> {
    /// The beginning of the list `text`, which is searched for what its lines say of each other.
    pub(super) fn new(
        text: &mut Pieces<'_>,
        format: Format,
        matching: Match,
        sink: &'a mut dyn FnMut(u64, Rule<'_>),
    ) -> io::Result<Self> {
        let own_data = match format {
            Format::Unbound => unbound::OwnData::of(text)?,
            _ => unbound::OwnData::default(),
        };
        let taken_back = if is_mixed(format) { TakenBack::of(text)? } else { TakenBack::default() };
        let report = Report::new(format);
        Ok(Self { matching, taken_back, own_data, report, sink, number: 0, conditions: 0 })
    }

    /// What the list was.
    pub(super) fn into_report(self) -> Report {
        self.report
    }

    /// Reads the next line.
    pub(super) fn read(&mut self, line: &[u8]) {
        self.begin();
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
            self.skip(Reason::LineTooLong, line);
        } else {
            self.entry_line(line);
        }
    }

    /// Reads the next item of a list in JSON.
    pub(super) fn read_item(&mut self, item: &Item<'_>) {
        self.begin();
        match item {
            Item::Note => self.report.comments += 1,
            Item::Unknown(member) => {
                self.report.entry_lines += 1;
                self.skip(Reason::Member, member.as_bytes());
            }
            Item::Name(text, effect) => {
                let line = super::trimmed(text.as_bytes());
                if line.is_empty() {
                    self.report.blank += 1;
                    return;
                }
                self.report.entry_lines += 1;
                let entry =
                    if line.len() > MAX_LINE_OCTETS { Err(Reason::LineTooLong) } else { entry::read(line) };
                self.entry(entry, Scope::Subtree, *effect, line);
            }
        }
    }

    /// Counts a line.
    fn begin(&mut self) {
        self.number += 1;
        self.report.lines += 1;
    }

    /// Follows `!#if`, `!#endif` and `!#include`. Returns whether the line is thereby counted.
    fn directive(&mut self, line: &[u8]) -> bool {
        let Some(directive) = line.strip_prefix(b"!#").filter(|_| is_mixed(self.report.format)) else {
            return false;
        };
        if directive.starts_with(b"if") {
            self.conditions += 1;
        } else if directive.starts_with(b"endif") {
            self.conditions = self.conditions.saturating_sub(1);
        } else if directive.starts_with(b"include") {
            self.report.entry_lines += 1;
            self.skip(Reason::Include, line);
            return true;
        }
        false
    }

    /// Whether the line only speaks to people.
    fn is_comment(&self, first: u8, line: &[u8]) -> bool {
        match (self.report.format, first) {
            (Format::Adblock, b'#') => !adblock::is_cosmetic(line),
            (Format::Unbound, b's') => unbound::is_header(line),
            (_, b'#') => true,
            // Servers and maltrail know one sign only.
            (Format::Adblock, b';') | (Format::Dnsmasq | Format::Unbound | Format::Maltrail, _) => false,
            (_, b'!' | b';') => true,
            (_, b'[') => adblock::is_header(line),
            _ => false,
        }
    }

    /// Reads a line that is no comment, in the language that it is written in.
    fn entry_line(&mut self, line: &[u8]) {
        match self.report.format {
            Format::Adblock => self.adblock_line(line),
            Format::Dnsmasq => self.dnsmasq_line(line),
            Format::Unbound => self.unbound_line(line),
            Format::Urls => self.entry(urls::read(line), Scope::Exact, Effect::Block, line),
            Format::Maltrail => self.entry(maltrail::read(line), Scope::Subtree, Effect::Block, line),
            _ if line.starts_with(b"||") || line.starts_with(b"@@") => self.adblock_line(line),
            _ => self.plain_line(line),
        }
    }

    /// Reads a line of adblock's language.
    fn adblock_line(&mut self, line: &[u8]) {
        match adblock::read(line, self.conditions > 0, &self.taken_back) {
            Ok(rule) => self.apply(Rule {
                trigger: Trigger::Name(&rule.name, self.matching.scope(rule.scope)),
                effect: rule.effect(),
                important: rule.options.important,
                types: rule.options.types.as_ref(),
                spared: &rule.options.spared,
            }),
            Err(reason) => self.skip(reason, line),
        }
    }

    /// Reads an option of dnsmasq. One of its names that is not understood spoils it.
    fn dnsmasq_line(&mut self, line: &[u8]) {
        let option = match dnsmasq::read(line) {
            Ok(option) => option,
            Err(reason) => return self.skip(reason, line),
        };
        let spoilt = option.spoilt().map_or(option.effect, Err);
        for entry in option.entries() {
            match spoilt {
                Ok(effect) => self.entry(entry, Scope::Subtree, effect, line),
                Err(reason) => self.skip(entry.err().unwrap_or(reason), line),
            }
        }
    }

    /// Reads a clause of Unbound.
    fn unbound_line(&mut self, line: &[u8]) {
        match unbound::read(line, &self.own_data) {
            Ok((name, scope, effect)) => {
                self.apply(Rule::of_name(&name, self.matching.scope(scope), effect));
            }
            Err(reason) => self.skip(reason, line),
        }
    }

    /// Reads a name or a hosts entry.
    fn plain_line(&mut self, line: &[u8]) {
        match domains::read(line) {
            domains::Line::Name(word) => self.entry(entry::read(word), Scope::Subtree, Effect::Block, line),
            domains::Line::Hosts(address, names) => self.hosts_line(address, names, line),
            domains::Line::Unclear(reason) => self.skip(reason, line),
        }
    }

    /// Reads the names of a hosts line. One that is not understood spoils the line.
    fn hosts_line(&mut self, address: hosts::Address, names: &[u8], line: &[u8]) {
        let spoilt = hosts::spoilt(names);
        for word in hosts::words(names) {
            match (spoilt, entry::read(word)) {
                (Some(reason), _) => self.skip(reason, line),
                (None, Ok(_)) if address == hosts::Address::Elsewhere => {
                    self.skip(Reason::Redirection, line);
                }
                (None, entry) => self.entry(entry, Scope::Exact, Effect::Block, line),
            }
        }
    }

    /// Applies or counts what stands where a name should. A bare name has the scope `own`.
    fn entry(&mut self, entry: Result<Entry, Reason>, own: Scope, effect: Effect<'_>, line: &[u8]) {
        match entry {
            Ok(entry) => {
                let scope = self.matching.scope(entry.scope(own));
                self.apply(Rule::of_name(&entry.name, scope, effect));
            }
            Err(reason) => self.skip(reason, line),
        }
    }

    /// Counts an entry and passes its rule on.
    fn apply(&mut self, rule: Rule<'_>) {
        self.report.entries += 1;
        self.report.applied += 1;
        if rule.effect.lets_pass() {
            self.report.allow += 1;
        } else {
            self.report.block += 1;
        }
        (self.sink)(self.number, rule);
    }

    /// Counts an entry that is not applied.
    fn skip(&mut self, reason: Reason, line: &[u8]) {
        self.report.entries += 1;
        self.report.skipped.add(reason, self.number, line);
    }
}

/// Whether lines of a list of this format may be written in adblock's language.
const fn is_mixed(format: Format) -> bool {
    matches!(format, Format::Adblock | Format::Hosts | Format::Domains)
}
