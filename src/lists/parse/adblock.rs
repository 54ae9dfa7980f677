//! Adblock's language, as far as the DNS can follow it: `||name^` blocks a name and all below, `|name^` that name
//! alone, and `@@` in front of either lets pass. Everything else in it sees more than a name, and is counted.
//!
//! # Rules that take rules back
//!
//! `||name^$badfilter` disables the rule `||name^` of the same list, wherever in the list it stands, so the lines
//! with that word are gathered first. Strictly, `||name^$popup,badfilter` disables only `||name^$popup`. Here it
//! disables the plain block as well: whoever writes such lines is repairing a false positive, and leaving a scam
//! unblocked in one list harms less than taking a large innocent site away from everyone. Exceptions are taken back
//! only by the exact line, for the same reason.

use std::collections::HashSet;

use super::{Effect, Reason, entry, hosts, lines, modifiers::Modifiers};
use crate::{name::Name, trie::Scope};

/// Which way a rule goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// It blocks.
    Block,
    /// `@@`: it lets pass.
    Allow,
}

impl Sign {
    /// What a rule of this sign does.
    pub(super) const fn effect(self) -> Effect<'static> {
        match self {
            Self::Block => Effect::Block,
            Self::Allow => Effect::Allow,
        }
    }
}

/// Reads a line: what to do, to which name, and whether to those below it too.
pub(super) fn read(
    line: &[u8],
    conditional: bool,
    taken_back: &TakenBack,
) -> Result<(Sign, Name, Scope), Reason> {
    if conditional {
        return Err(Reason::Condition);
    }
    let (action, rule) = action(line);
    // Cosmetic rules first: their selectors may contain any sign that means something elsewhere.
    if is_cosmetic(rule) {
        return Err(Reason::Cosmetic);
    }
    let (pattern, modifiers) = Modifiers::split(rule);
    if modifiers.is_some_and(Modifiers::has_badfilter) {
        return Err(Reason::Badfilter);
    }
    match (name_of(rule, pattern, action), modifiers, action) {
        (Ok((name, scope)), None, _) => taken_back.unless_contains(action, name, scope),
        (Ok((name, scope)), Some(modifiers), Sign::Block) => match modifiers.obstacle() {
            None => taken_back.unless_contains(action, name, scope),
            Some(reason) => Err(reason),
        },
        // `$all` and its like mean something else on an exception, so none of them is followed there.
        (_, _, Sign::Allow) => Err(Reason::Exception),
        (Err(reason), _, Sign::Block) => Err(reason),
    }
}

/// Parts the sign of an exception from a rule.
fn action(line: &[u8]) -> (Sign, &[u8]) {
    line.strip_prefix(b"@@").map_or((Sign::Block, line), |rule| (Sign::Allow, rule))
}

/// The name of a rule whose pattern is `||name^` or `|name^`, and which names it speaks of.
fn name_of(rule: &[u8], pattern: &[u8], action: Sign) -> Result<(Name, Scope), Reason> {
    let Some(anchored) = pattern.strip_prefix(b"||") else {
        return name_alone(pattern).ok_or_else(|| why_no_anchor(rule, pattern));
    };
    match memchr::memchr(b'^', anchored) {
        Some(end) if end + 1 == anchored.len() => {
            Ok((bounded_name(&anchored[..end], action)?, Scope::Subtree))
        }
        Some(_) if memchr::memchr(b'/', anchored).is_none() => Err(Reason::Pattern),
        None if anchored.ends_with(b"|") => Err(Reason::Pattern),
        _ => Err(match entry::read_name(anchored) {
            Ok(_) | Err(Reason::TopLevel | Reason::EmptyLabel) => Reason::OpenEnd,
            Err(reason) => reason,
        }),
    }
}

/// The name between `||` and `^`.
fn bounded_name(text: &[u8], action: Sign) -> Result<Name, Reason> {
    match action {
        // `||name.^` asks for a dot at the end of the host, which only few clients ever write.
        _ if text.ends_with(b".") => Err(Reason::Pattern),
        Sign::Block => entry::read_name(text),
        Sign::Allow => entry::read_excepted_name(text),
    }
}

/// The name of `|name^`, which is anchored at both ends.
fn name_alone(pattern: &[u8]) -> Option<(Name, Scope)> {
    let text = pattern.strip_prefix(b"|")?.strip_suffix(b"^")?;
    bounded_name(text, Sign::Block).ok().map(|name| (name, Scope::Exact))
}

/// What a pattern without `||` is.
fn why_no_anchor(rule: &[u8], pattern: &[u8]) -> Reason {
    if let Some(rest) = rule.strip_prefix(b"/") {
        // A regular expression ends with a slash too, before its modifiers.
        let behind = memchr::memrchr(b'/', rest).map(|at| &rest[at + 1..]);
        let regex = behind.is_some_and(|behind| behind.is_empty() || behind.starts_with(b"$"));
        return if regex { Reason::Regex } else { Reason::Path };
    }
    // Lists for AdGuard's DNS products have bare addresses.
    if hosts::address(pattern).is_some() { Reason::Address } else { Reason::Pattern }
}

/// Whether a line hides or changes parts of pages: `##selector`, `name#@#selector`, `name#?#…`, `name$$tag`.
pub(super) fn is_cosmetic(line: &[u8]) -> bool {
    // Most lines have neither sign.
    if memchr::memchr2(b'#', b'$', line).is_none() {
        return false;
    }
    if memchr::memmem::find(line, b"$$").is_some() || memchr::memmem::find(line, b"$@$").is_some() {
        return true;
    }
    let Some(at) = memchr::memchr(b'#', line) else { return false };
    let behind = &line[at + 1..];
    let signs = behind.iter().take_while(|octet| matches!(octet, b'@' | b'?' | b'$' | b'%')).count();
    let Some(selector) = behind[signs..].strip_prefix(b"#") else { return false };
    // `## A heading` and `########` are comments.
    signs <= 3
        && !selector.starts_with(b"##")
        && selector.first().is_some_and(|octet| !octet.is_ascii_whitespace())
}

/// Whether a line is a header such as `[Adblock Plus 2.0]`.
pub(super) fn is_header(line: &[u8]) -> bool {
    const READERS: [&[u8]; 4] = [b"[adblock", b"[adguard", b"[ublock", b"[uboorigin"];
    let begins =
        |reader: &&[u8]| line.get(..reader.len()).is_some_and(|head| head.eq_ignore_ascii_case(reader));
    line.ends_with(b"]") && READERS.iter().any(begins)
}

/// The rules that a list's `$badfilter` lines take back. Nearly always empty.
#[derive(Debug, Default)]
pub(super) struct TakenBack {
    /// Wire forms of names whose block is taken back.
    blocks: HashSet<Vec<u8>>,
    /// Wire forms of names whose exception is taken back.
    exceptions: HashSet<Vec<u8>>,
}

impl TakenBack {
    /// Gathers the lines of `text` that say `badfilter`.
    pub(super) fn of(text: &[u8]) -> Self {
        let mut taken_back = Self::default();
        let word = memchr::memmem::Finder::new(b"badfilter");
        // Nearly every list ends here, after one swift search.
        if word.find(text).is_some() {
            lines(text).filter(|line| word.find(line).is_some()).for_each(|line| taken_back.add(line));
        }
        taken_back
    }

    /// Adds what one line takes back.
    fn add(&mut self, line: &[u8]) {
        let (action, rule) = action(line);
        let (pattern, Some(modifiers)) = Modifiers::split(rule) else { return };
        let Ok((name, _)) = name_of(rule, pattern, action) else { return };
        match action {
            Sign::Block if modifiers.has_badfilter() => {
                self.blocks.insert(name.wire().to_vec());
            }
            Sign::Allow if modifiers.is_badfilter_alone() => {
                self.exceptions.insert(name.wire().to_vec());
            }
            _ => {}
        }
    }

    /// The rule, unless it is taken back.
    fn unless_contains(&self, action: Sign, name: Name, scope: Scope) -> Result<(Sign, Name, Scope), Reason> {
        let names = match action {
            Sign::Block => &self.blocks,
            Sign::Allow => &self.exceptions,
        };
        if !names.is_empty() && names.contains(name.wire()) {
            Err(Reason::TakenBack)
        } else {
            Ok((action, name, scope))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Result<String, Reason> {
        let rule = read(text.as_bytes(), false, &TakenBack::default());
        rule.map(|(action, name, scope)| match scope {
            Scope::Exact => format!("{action:?} {name} alone"),
            _ => format!("{action:?} {name}"),
        })
    }

    #[test]
    fn names_between_bars_and_caret_are_rules() {
        for (text, rule) in [
            ("||scam.example^", "Block scam.example"),
            ("||SCAM.example^$all", "Block scam.example"),
            ("||偽.example^", "Block xn--czq.example"),
            ("@@||good.example^", "Allow good.example"),
            ("@@||example^", "Allow example"),
            ("|scam.example^", "Block scam.example alone"),
            ("@@|good.example^", "Allow good.example alone"),
        ] {
            assert_eq!(line(text).as_deref(), Ok(rule), "{text}");
        }
    }

    #[test]
    fn everything_else_is_counted() {
        for (text, reason) in [
            ("||example^", Reason::TopLevel),
            ("||localhost^", Reason::Boilerplate),
            ("||*.scam.example^", Reason::Wildcard),
            ("||scam-*.example^", Reason::Wildcard),
            ("||scam.example-id*", Reason::Wildcard),
            ("||scam.", Reason::OpenEnd),
            ("||scam", Reason::OpenEnd),
            ("||scam.example", Reason::OpenEnd),
            (".scam.www.example.", Reason::Pattern),
            ("||scam.example.^", Reason::Pattern),
            ("||scam.example^|", Reason::Pattern),
            ("||scam.example|", Reason::Pattern),
            ("||scam.example^path", Reason::Pattern),
            ("|scam.example", Reason::Pattern),
            ("|https://scam.example^", Reason::Pattern),
            ("scam.example", Reason::Pattern),
            ("0.0.0.0 scam.example", Reason::Pattern),
            ("://scam.example", Reason::Pattern),
            ("||scam.example/path^$all", Reason::Path),
            ("||scam.example/a^b", Reason::Path),
            ("||http://scam.example^", Reason::Url),
            ("||scam.example:8080^", Reason::Port),
            ("||192.0.2.1^", Reason::Address),
            ("||[2001:db8::1]^$all", Reason::Address),
            ("192.0.2.1", Reason::Address),
            ("2001:db8::1", Reason::Address),
            ("/scam[0-9]+$/", Reason::Regex),
            ("/^scam[0-9]+\\.example$/$all", Reason::Regex),
            ("/scam.html", Reason::Path),
            ("/img/scam.png^$image", Reason::Path),
            ("##.advert", Reason::Cosmetic),
            ("scam.example##.advert", Reason::Cosmetic),
            ("scam.example#@#.advert", Reason::Cosmetic),
            ("scam.example#?#div:has(> a)", Reason::Cosmetic),
            ("scam.example##+js(aopr, x)", Reason::Cosmetic),
            ("scam.example$$script[tag-content=\"x\"]", Reason::Cosmetic),
            ("||scam.example^$denyallow=a.example", Reason::Denyallow),
            ("||scam.example^$doc", Reason::BrowserModifier),
            ("||scam.example^$all,badfilter", Reason::Badfilter),
            ("://$badfilter", Reason::Badfilter),
            ("@@||scam.example^$badfilter", Reason::Badfilter),
            ("@@||good.example^$document", Reason::Exception),
            ("@@||good.example^$all", Reason::Exception),
            ("@@|www.good.example|", Reason::Exception),
            ("@@||good*.example^", Reason::Exception),
            ("@@/good/", Reason::Exception),
        ] {
            assert_eq!(line(text), Err(reason), "{text}");
        }
    }

    #[test]
    fn badfilter_takes_blocks_back_generously_and_exceptions_exactly() {
        let taken_back = TakenBack::of(
            b"||a.example^$badfilter\n||b.example^$popup,badfilter\r\n@@||c.example^$badfilter\n\
              @@||d.example^$important,badfilter\n! ||e.example^$badfilter\n||badfilter.example^",
        );
        let line =
            |text: &str| read(text.as_bytes(), false, &taken_back).map(|(_, name, _)| name.to_string());
        for text in ["||a.example^", "||b.example^", "||b.example^$all", "@@||c.example^"] {
            assert_eq!(line(text), Err(Reason::TakenBack), "{text}");
        }
        for text in ["@@||a.example^", "||www.a.example^", "||c.example^", "@@||d.example^", "||e.example^"] {
            assert!(line(text).is_ok(), "{text}");
        }
        assert!(line("||badfilter.example^").is_ok());
    }

    #[test]
    fn comments_are_not_cosmetic_rules() {
        for text in
            ["# a comment", "#", "##", "## heading", "####### lists #######", "#comment ##.x", "# ##.x"]
        {
            assert!(!is_cosmetic(text.as_bytes()), "{text}");
        }
        assert!(is_cosmetic(b"###id"));
        assert!(is_header(b"[Adblock Plus 2.0]") && is_header(b"[AdGuard]"));
        assert!(!is_header(b"[2001:db8::1]") && !is_header(b"[$path=/x]##.y"));
    }
}
