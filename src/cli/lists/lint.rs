//! `sekisho lists lint FILE…`: what a list file has, before it is put in force.

use std::{
    collections::{BTreeMap, HashSet},
    fmt::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use serde::Serialize;

use super::{MOST_ITEMS, entries, scope_key, with_scope};
use crate::{
    app,
    cli::print_json,
    config::Config,
    lists::{
        Base, Source, compile_once,
        guard::{Ground, Guarding},
        parse::{self, Format, Report, Rule},
        quarantine::{Gate, Item},
        source,
    },
    message::rtype,
    name::Name,
    policy::{Policy, Verdict},
    trie::Scope,
};

/// How many entries are shown for each objection.
const SAMPLES: usize = 5;

pub(super) fn run(config: &Config, files: &[PathBuf], format: Option<Format>, json: bool) -> ExitCode {
    let base = match app::base(config) {
        Ok(base) => base,
        Err(error) => return crate::cli::fail(&error),
    };
    let in_force = compile_once(&config.sources, &base, &config.state).map_err(|error| error.to_string());
    let lint = Lint { base: &base, in_force: in_force.as_ref(), format };
    let linted: Vec<Linted> = files.iter().flat_map(|path| lint.path(path)).collect();
    let printed = if json {
        print_json(&Json { files: &linted, in_force_error: in_force.as_ref().err() })
    } else {
        crate::cli::print(&text(&linted, in_force.as_ref().err()))
    };
    if linted.iter().any(|file| file.error.is_some()) { ExitCode::FAILURE } else { printed }
}

/// What files are measured against.
struct Lint<'b> {
    base: &'b Base,
    in_force: Result<&'b Policy, &'b String>,
    format: Option<Format>,
}

/// What was found in one file.
#[derive(Debug, Serialize)]
struct Linted {
    file: String,
    /// Why it is no list.
    error: Option<String>,
    format: Option<String>,
    lines: u64,
    blank: u64,
    comments: u64,
    entries: u64,
    block: u64,
    allow: u64,
    skipped: Vec<Skipped>,
    objections: Vec<Objected>,
    /// Different rules that block.
    different: u64,
    /// How many of those the lists in force do not block already.
    new: Option<u64>,
}

/// Entries that are not applied, for one reason.
#[derive(Debug, Serialize)]
struct Skipped {
    reason: &'static str,
    why: String,
    count: u64,
    samples: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    line: u64,
    text: String,
}

/// Entries that the guards object to, on one ground.
#[derive(Debug, Serialize)]
struct Objected {
    ground: &'static str,
    count: u64,
    samples: Vec<Sample>,
}

#[derive(Debug, Serialize)]
struct Sample {
    name: String,
    scope: Option<&'static str>,
    #[serde(skip)]
    shown: String,
    by: String,
    #[serde(skip)]
    why: String,
    line: u64,
}

#[derive(Serialize)]
struct Json<'l> {
    files: &'l [Linted],
    in_force_error: Option<&'l String>,
}

impl Lint<'_> {
    /// A file, or each file of a folder.
    fn path(&self, path: &Path) -> Vec<Linted> {
        match source::files(path) {
            Ok(files) => files.values().map(|file| self.file(file)).collect(),
            Err(error) => vec![Linted::of_error(path, error.to_string())],
        }
    }

    fn file(&self, file: &source::ListFile) -> Linted {
        let read = file.read().map_err(|error| error.to_string());
        let linted = read.and_then(|text| self.text(&file.path, &text));
        linted.unwrap_or_else(|error| Linted::of_error(&file.path, error))
    }

    fn text(&self, path: &Path, text: &[u8]) -> Result<Linted, String> {
        let source = Source { guard: Guarding::Report, ..Source::of_path("lint", path) };
        let mut gate = Gate::new(&source, self.base, MOST_ITEMS);
        let mut adds = Adds { in_force: self.in_force.ok(), seen: HashSet::new(), new: 0 };
        let report = parse::parse(text, self.format, source.matching, &mut |line, rule| {
            gate.admits(line, &rule);
            adds.count(&rule);
        })
        .map_err(|error| error.to_string())?;
        let mut linted = Linted::of_report(path, &report);
        linted.objections = objections(&gate.into_quarantine().items);
        linted.different = adds.seen.len() as u64;
        linted.new = self.in_force.is_ok().then_some(adds.new);
        Ok(linted)
    }
}

/// Counts what a file adds to the lists in force.
struct Adds<'p> {
    in_force: Option<&'p Policy>,
    seen: HashSet<(Box<[u8]>, Scope)>,
    new: u64,
}

impl Adds<'_> {
    fn count(&mut self, rule: &Rule<'_>) {
        let Some((name, scope)) = rule.name().filter(|_| !rule.effect.lets_pass()) else { return };
        if self.seen.insert((name.wire().into(), scope)) {
            let covered = self.in_force.is_some_and(|policy| is_covered(policy, name, scope));
            self.new += u64::from(!covered);
        }
    }
}

/// Whether all that the rule blocks is blocked already, as far as one name below it can tell.
fn is_covered(policy: &Policy, name: &Name, scope: Scope) -> bool {
    let is_blocked = |name: &Name| matches!(policy.decide(name, rtype::A), Verdict::Block(_));
    // No room for a longer name means that there is nothing below.
    let below =
        || Name::from_wire(&[b"\x01*", name.wire()].concat()).map_or(true, |(below, _)| is_blocked(&below));
    match scope {
        Scope::Exact => is_blocked(name),
        Scope::Below => below(),
        Scope::Subtree => is_blocked(name) && below(),
    }
}

fn objections(items: &[Item]) -> Vec<Objected> {
    let mut grounds: BTreeMap<Ground, Objected> = BTreeMap::new();
    for item in items {
        let ground = item.objection.ground;
        let empty = || Objected { ground: ground.key(), count: 0, samples: Vec::new() };
        let objected = grounds.entry(ground).or_insert_with(empty);
        objected.count += 1;
        if objected.samples.len() < SAMPLES {
            objected.samples.push(Sample {
                name: item.subject.to_string(),
                scope: item.scope.map(scope_key),
                shown: with_scope(&item.subject, item.scope),
                by: item.objection.by.to_string(),
                why: item.objection.to_string(),
                line: item.line,
            });
        }
    }
    grounds.into_values().collect()
}

impl Linted {
    fn of_report(path: &Path, report: &Report) -> Self {
        let skipped = report.skipped.iter().map(|(reason, tally)| Skipped {
            reason: reason.key(),
            why: reason.to_string(),
            count: tally.count,
            samples: tally
                .samples
                .iter()
                .map(|sample| Line { line: sample.line, text: sample.text.clone() })
                .collect(),
        });
        Self {
            file: path.display().to_string(),
            error: None,
            format: Some(report.format.to_string()),
            lines: report.lines,
            blank: report.blank,
            comments: report.comments,
            entries: report.entries,
            block: report.block,
            allow: report.allow,
            skipped: skipped.collect(),
            objections: Vec::new(),
            different: 0,
            new: None,
        }
    }

    fn of_error(path: &Path, error: String) -> Self {
        Self {
            file: path.display().to_string(),
            error: Some(error),
            format: None,
            lines: 0,
            blank: 0,
            comments: 0,
            entries: 0,
            block: 0,
            allow: 0,
            skipped: Vec::new(),
            objections: Vec::new(),
            different: 0,
            new: None,
        }
    }
}

fn text(linted: &[Linted], not_in_force: Option<&String>) -> String {
    let mut text = String::new();
    for (index, file) in linted.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        text.push_str(&of_file(file));
    }
    if let Some(error) = not_in_force {
        // Writing into a string cannot fail.
        let _ =
            writeln!(text, "\nWhat they add is not told, since the lists in force cannot be read: {error}");
    }
    text
}

fn of_file(file: &Linted) -> String {
    if let Some(error) = &file.error {
        return format!("{}: it cannot be used: {error}\n", file.file);
    }
    let format = file.format.as_deref().unwrap_or_default();
    let mut text = format!("{}: {format}\n", file.file);
    // Writing into a string cannot fail.
    let _ =
        writeln!(text, "  lines        {} (blank {}, comments {})", file.lines, file.blank, file.comments);
    let _ = writeln!(text, "  applied      {} that block, {} that let pass", file.block, file.allow);
    let skipped: u64 = file.skipped.iter().map(|skipped| skipped.count).sum();
    let _ = writeln!(text, "  not applied  {skipped}");
    for skipped in &file.skipped {
        let _ = writeln!(text, "    {} because {}", skipped.count, skipped.why);
        for sample in &skipped.samples {
            let _ = writeln!(text, "      line {}: {}", sample.line, sample.text);
        }
    }
    let objected: u64 = file.objections.iter().map(|objected| objected.count).sum();
    let _ = writeln!(text, "  objected to  {objected}");
    for objected in &file.objections {
        let _ = writeln!(text, "    {}, such as", entries(objected.count));
        for Sample { shown, why, line, .. } in &objected.samples {
            let _ = writeln!(text, "      line {line}: {shown}: {why}");
        }
    }
    if let Some(new) = file.new {
        let _ = writeln!(text, "  new          {new} of {} different that block", file.different);
    }
    text
}
