//! Adblock's language, as far as the DNS can follow it: `||name^` blocks a name and all below, `||*.name^` all below
//! it, `|name^` that name alone, and `@@` in front of them lets pass. What may stand behind the `$` is told in
//! `modifiers.rs`. Everything else in the language sees more than a name, and is counted.

use super::{Effect, Reason, entry, hosts, modifiers::Modifiers, modifiers::Options, taken_back::TakenBack};
use crate::{name::Name, trie::Scope};

/// Which way a rule goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// It blocks.
    Block,
    /// `@@`: it lets pass.
    Allow,
}

/// A rule that is understood.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Which way it goes.
    sign: Sign,
    /// The name that it speaks of.
    pub(super) name: Name,
    /// Which names are meant.
    pub(super) scope: Scope,
    /// What its modifiers say.
    pub(super) options: Options,
}

impl Line {
    /// What the rule does.
    pub(super) fn effect(&self) -> Effect<'static> {
        match self.sign {
            Sign::Block => self.options.effect.unwrap_or(Effect::Block),
            Sign::Allow => Effect::Allow,
        }
    }
}

/// Reads a line.
pub(super) fn read(line: &[u8], conditional: bool, taken_back: &TakenBack) -> Result<Line, Reason> {
    if conditional {
        return Err(Reason::Condition);
    }
    let (sign, rule) = sign(line);
    // Cosmetic rules first: their selectors may contain any sign that means something elsewhere.
    if is_cosmetic(rule) {
        return Err(Reason::Cosmetic);
    }
    let (pattern, modifiers) = Modifiers::split(rule);
    if modifiers.is_some_and(Modifiers::has_badfilter) {
        return Err(Reason::Badfilter);
    }
    let counted = |reason| if sign == Sign::Allow { Reason::Exception } else { reason };
    let (name, scope) = name_of(rule, pattern, sign).map_err(counted)?;
    let options = match modifiers {
        Some(modifiers) => modifiers.options(sign, &name).map_err(counted)?,
        None => Options::default(),
    };
    if taken_back.contains(sign, &name, scope, modifiers) {
        return Err(Reason::TakenBack);
    }
    Ok(Line { sign, name, scope, options })
}

/// Parts the sign of an exception from a rule.
pub(super) fn sign(line: &[u8]) -> (Sign, &[u8]) {
    line.strip_prefix(b"@@").map_or((Sign::Block, line), |rule| (Sign::Allow, rule))
}

/// The name of a rule whose pattern is `||name^`, `||*.name^` or `|name^`, and which names it speaks of.
pub(super) fn name_of(rule: &[u8], pattern: &[u8], sign: Sign) -> Result<(Name, Scope), Reason> {
    let Some(anchored) = pattern.strip_prefix(b"||") else {
        return name_alone(pattern, sign).ok_or_else(|| why_no_anchor(rule, pattern));
    };
    match memchr::memchr(b'^', anchored) {
        Some(end) if end + 1 == anchored.len() => {
            let text = &anchored[..end];
            let (text, scope) =
                text.strip_prefix(b"*.").map_or((text, Scope::Subtree), |below| (below, Scope::Below));
            Ok((bounded_name(text, sign)?, scope))
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
fn bounded_name(text: &[u8], sign: Sign) -> Result<Name, Reason> {
    match sign {
        // `||name.^` asks for a dot at the end of the host, which only few clients ever write.
        _ if text.ends_with(b".") => Err(Reason::Pattern),
        Sign::Block => entry::read_name(text),
        Sign::Allow => entry::read_excepted_name(text),
    }
}

/// The name of `|name^`, which is anchored at both ends.
fn name_alone(pattern: &[u8], sign: Sign) -> Option<(Name, Scope)> {
    let text = pattern.strip_prefix(b"|")?.strip_suffix(b"^")?;
    bounded_name(text, sign).ok().map(|name| (name, Scope::Exact))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Result<String, Reason> {
        let line = read(text.as_bytes(), false, &TakenBack::default())?;
        let important = if line.options.important { " important" } else { "" };
        Ok(format!("{:?} {:?} {}{important}", line.effect(), line.scope, line.name))
    }

    #[test]
    fn names_between_bars_and_caret_are_rules() {
        for (text, rule) in [
            ("||scam.example^", "Block Subtree scam.example"),
            ("||SCAM.example^$all", "Block Subtree scam.example"),
            ("||偽.example^", "Block Subtree xn--czq.example"),
            ("||*.scam.example^", "Block Below scam.example"),
            ("||scam.example^$important", "Block Subtree scam.example important"),
            ("||scam.example^$all,important", "Block Subtree scam.example important"),
            ("||scam.example^$dnsrewrite=REFUSED", "Negative(Refused) Subtree scam.example"),
            ("||scam.example^$dnsrewrite=NOERROR;A;0.0.0.0", "Block Subtree scam.example"),
            ("||scam.example^$denyallow=good.scam.example", "Block Subtree scam.example"),
            ("|scam.example^", "Block Exact scam.example"),
            ("@@||good.example^", "Allow Subtree good.example"),
            ("@@||*.good.example^", "Allow Below good.example"),
            ("@@||example^", "Allow Subtree example"),
            ("@@|good.example^", "Allow Exact good.example"),
            ("@@||good.example^$important", "Allow Subtree good.example important"),
            ("@@||good.example^$dnstype=TXT,important", "Allow Subtree good.example important"),
        ] {
            assert_eq!(line(text).as_deref(), Ok(rule), "{text}");
        }
    }

    #[test]
    fn everything_else_is_counted() {
        for (text, reason) in [
            ("||example^", Reason::TopLevel),
            ("||localhost^", Reason::Boilerplate),
            ("||*.example^", Reason::TopLevel),
            ("||*.example^$denyallow=a.example", Reason::TopLevel),
            ("||*.example^$dnstype=~CNAME", Reason::TopLevel),
            ("||*.*.scam.example^", Reason::Wildcard),
            ("||*scam.example^", Reason::Wildcard),
            ("|*.scam.example^", Reason::Pattern),
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
            ("@@||good.example^$dnsrewrite", Reason::Exception),
            ("@@||good.example^$denyallow=a.good.example", Reason::Exception),
            ("@@||good.example^$dnstype=A|~TXT", Reason::Exception),
            ("@@|www.good.example|", Reason::Exception),
            ("@@||good*.example^", Reason::Exception),
            ("@@/good/", Reason::Exception),
        ] {
            assert_eq!(line(text), Err(reason), "{text}");
        }
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
