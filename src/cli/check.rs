//! `sekisho check NAME`: what the lists, as they are now, say of a name.

use std::{fmt::Write, process::ExitCode};

use crate::{
    app,
    config::Config,
    lists::{
        Base, Source,
        compile::to_name,
        compile_once,
        guard::Guarding,
        quarantine::{Fate, Item},
        survey::survey,
    },
    message::rtype,
    name::Name,
    policy::{Cause, Response, Verdict},
    trie::{Action, Entry, Scope},
};

/// How many entries that are held back are looked through.
const MOST_ITEMS: usize = 100_000;

pub(super) fn run(config: &Config, text: &str) -> ExitCode {
    let name = match to_name(host_of(text)) {
        Ok(name) => name,
        Err(error) => {
            eprintln!("sekisho: `{text}` is no name: {error}. Write one such as www.example.com");
            return ExitCode::FAILURE;
        }
    };
    let compiled =
        app::base(config).and_then(|base| Ok((compile_once(&config.sources, &base, &config.state)?, base)));
    let (policy, base) = match compiled {
        Ok(compiled) => compiled,
        Err(error) => return super::fail(&error),
    };
    let said = match policy.decide(&name, rtype::A) {
        // Rules alone lift nothing.
        Verdict::Pass | Verdict::Lifted => {
            format!("{name} is not blocked: no rule speaks of it.\n{}", held_back(config, &base, &name))
        }
        Verdict::Allowed(cause) => {
            format!("{name} is not blocked: a rule lets it pass.\n{}", explain(&cause))
        }
        Verdict::Logged(cause) => format!("{name} is not blocked, only noted.\n{}", explain(&cause)),
        Verdict::TcpOnly(cause) => {
            format!("{name} is not blocked, but answered over TCP alone.\n{}", explain(&cause))
        }
        Verdict::Block(cause) => format!("{name} is blocked, and {}.\n{}", answered(&cause), explain(&cause)),
    };
    super::print(&said)
}

/// A line for each entry that would block the name if the guards did not hold it back.
fn held_back(config: &Config, base: &Base, name: &Name) -> String {
    let guarded = |source: &&Source| source.guarding() == Guarding::Quarantine;
    let sources: Vec<Source> = config.sources.iter().filter(guarded).cloned().collect();
    let mut text = String::new();
    for list in survey(&sources, base, &config.state, MOST_ITEMS) {
        let speaks = |item: &&Item| {
            let rule = item.subject.parse::<Name>();
            let at_name = rule.as_ref() == Ok(name);
            let reaches =
                item.scope.is_some_and(|scope| Entry::new(0, scope, Action::Block).speaks_of(at_name));
            item.fate == Fate::Held && reaches && rule.is_ok_and(|rule| name.is_at_or_below(&rule))
        };
        for item in list.quarantine.items.iter().filter(speaks) {
            // Writing into a string cannot fail.
            let _ = writeln!(
                text,
                "The list {} has {} in line {}, which is held back: {}.\nTo have it applied: sekisho lists release {}",
                list.name, item.subject, item.line, item.objection, item.subject
            );
        }
    }
    text
}

/// The host in what a person pastes: a URL, a host with a port, or just a name.
fn host_of(text: &str) -> &str {
    let text = text.trim();
    let behind_scheme = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = behind_scheme.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    host.split_once(':').map_or(host, |(host, _)| host)
}

fn answered(cause: &Cause<'_>) -> String {
    match cause.response() {
        Response::Shape(shape) => format!("answered as `{}`", shape.word()),
        Response::Drop => "gets no answer".into(),
        Response::Data(_) => "answered with records of the list's own".into(),
    }
}

fn explain(cause: &Cause<'_>) -> String {
    let rule = match (cause.pattern(), cause.scope()) {
        (Some(pattern), _) => format!("/{pattern}/  (names in which it is found)"),
        (None, Scope::Exact) => format!("{}  (that name alone)", cause.rule()),
        (None, Scope::Subtree) => format!("{}  (that name and all below it)", cause.rule()),
        (None, Scope::Below) => format!("*.{}  (all names below it)", cause.rule()),
    };
    let mut text = format!("  rule      {rule}\n  category  {}\n", cause.category());
    let lists: Vec<&str> = cause.lists().map(|list| &*list.name).collect();
    let from = match lists.as_slice() {
        [] if cause.category() == "own" => "your own rules".to_owned(),
        [] => "the names that no list can block".to_owned(),
        names => names.join(", "),
    };
    // Writing into a string cannot fail.
    let _ = writeln!(text, "  list      {from}");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_what_people_paste_is_found() {
        for text in [
            "bad.example",
            " bad.example\n",
            "https://bad.example/x?y#z",
            "http://user:word@bad.example:8080/",
            "bad.example:443",
            "bad.example/path",
        ] {
            assert_eq!(host_of(text), "bad.example", "{text}");
        }
    }
}
