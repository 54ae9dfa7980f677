//! Options of dnsmasq, as its manual explains them.
//!
//! | option | what dnsmasq does | here |
//! |---|---|---|
//! | `server=/name/`, `local=/name/`, `address=/name/` | there is no such name, nor any below | a block, as NXDOMAIN where the list's own answers are taken |
//! | `address=/name/#`, `…/0.0.0.0`, `…/::`, `…/127.0.0.1`, `…/::1` | an address that leads nowhere | a block |
//! | `server=/name/#`, `local=/name/#` | the usual servers are asked | lets pass, unless a more specific line speaks of the name |
//! | `address=/name/192.0.2.1`, `server=/name/192.0.2.1` | leads to a server of the author's | not applied |
//!
//! Several names may stand between the slashes. `/.name/` is the same as `/name/`, `/*.name/` is all below the name,
//! and `/*name/` also matches longer names, so it is not applied, nor is `/#/`, which is every name. For
//! `address=/name/0.0.0.0` dnsmasq has asked for the IPv6 address elsewhere since version 2.86; no list means that.

use super::{
    Effect, Reason,
    entry::{self, Entry},
    hosts,
};
use crate::trie::Negative;

/// An option about names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// The names, parted by slashes.
    names: &'a [u8],
    /// What is done with them, or why that is not for us.
    pub(super) effect: Result<Effect<'static>, Reason>,
}

impl<'a> Line<'a> {
    /// The names.
    pub(super) fn entries(&self) -> impl Iterator<Item = Result<Entry, Reason>> + use<'a> {
        self.names.split(|octet| *octet == b'/').map(entry_of)
    }

    /// Why none of several names may be applied: one of them is not understood, so the line is not.
    pub(super) fn spoilt(&self) -> Option<Reason> {
        memchr::memchr(b'/', self.names)?;
        self.entries().find_map(|entry| entry.err().filter(|reason| *reason != Reason::Boilerplate))
    }
}

/// Reads a line.
pub(super) fn read(line: &[u8]) -> Result<Line<'_>, Reason> {
    let line = without_comment(line);
    let parted = memchr::memchr(b'=', line).map(|at| (line[..at].trim_ascii(), line[at + 1..].trim_ascii()));
    let (option, value) = parted.ok_or(Reason::Directive)?;
    let value = value.strip_prefix(b"/").ok_or(Reason::Directive)?;
    let end = memchr::memrchr(b'/', value).ok_or(Reason::Directive)?;
    let (names, target) = (&value[..end], &value[end + 1..]);
    let effect = match (option, target) {
        (b"server" | b"local" | b"address", b"") => Ok(Effect::Negative(Negative::Nxdomain)),
        (b"server" | b"local", b"#") => Ok(Effect::Pass),
        (b"server" | b"local", _) => Err(Reason::Redirection),
        (b"address", b"#") => Ok(Effect::Block),
        (b"address", target) => match hosts::address(target) {
            Some(hosts::Address::Nowhere) => Ok(Effect::Block),
            Some(hosts::Address::Elsewhere) => Err(Reason::Redirection),
            None => return Err(Reason::Directive),
        },
        _ => return Err(Reason::Directive),
    };
    Ok(Line { names, effect })
}

/// Up to a `#` that stands behind a space.
fn without_comment(line: &[u8]) -> &[u8] {
    let begins = |pair: &[u8]| pair[0].is_ascii_whitespace() && pair[1] == b'#';
    let end = line.windows(2).position(begins).unwrap_or(line.len());
    line[..end].trim_ascii_end()
}

/// The name that stands between two slashes.
fn entry_of(text: &[u8]) -> Result<Entry, Reason> {
    match text {
        b"#" => Err(Reason::TopLevel),
        // The dot in front is there "for historical reasons".
        [b'.', name @ ..] if !name.starts_with(b"*") => entry::read(name),
        _ => entry::read(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Result<String, Reason> {
        let line = read(text.as_bytes())?;
        let effect = line.effect?;
        if let Some(reason) = line.spoilt() {
            return Err(reason);
        }
        let mut written = format!("{effect:?}");
        for entry in line.entries() {
            let entry = entry?;
            written.push_str(if entry.below { " *." } else { " " });
            written.push_str(&entry.name.to_string());
        }
        Ok(written)
    }

    #[test]
    fn options_that_block_or_let_pass_are_rules() {
        for (text, rule) in [
            ("server=/scam.example/", "Negative(Nxdomain) scam.example"),
            ("local=/scam.example/", "Negative(Nxdomain) scam.example"),
            ("address=/scam.example/", "Negative(Nxdomain) scam.example"),
            ("address=/scam.example/#", "Block scam.example"),
            ("address=/scam.example/0.0.0.0", "Block scam.example"),
            ("address=/scam.example/::", "Block scam.example"),
            ("address=/scam.example/127.0.0.1 # why", "Block scam.example"),
            ("address = /scam.example/#", "Block scam.example"),
            ("address=/a.example/b.example/#", "Block a.example b.example"),
            ("address=/.scam.example/#", "Block scam.example"),
            ("local=/*.scam.example/", "Negative(Nxdomain) *.scam.example"),
            ("local=/偽.Example./", "Negative(Nxdomain) xn--czq.example"),
            ("server=/good.example/#", "Pass good.example"),
            ("local=/good.example/#", "Pass good.example"),
        ] {
            assert_eq!(line(text).as_deref(), Ok(rule), "{text}");
        }
    }

    #[test]
    fn everything_else_is_counted() {
        for (text, reason) in [
            ("server=/name.example/192.0.2.1", Reason::Redirection),
            ("server=/name.example/192.0.2.1#5353@eth0", Reason::Redirection),
            ("local=/name.example/192.0.2.1", Reason::Redirection),
            ("address=/name.example/192.0.2.1", Reason::Redirection),
            ("address=/name.example/2001:db8::1", Reason::Redirection),
            ("address=/name.example/other.example", Reason::Directive),
            ("address=/#/0.0.0.0", Reason::TopLevel),
            ("address=/#/", Reason::TopLevel),
            ("address=/example/#", Reason::TopLevel),
            ("local=/*.example/", Reason::TopLevel),
            ("local=/localhost/", Reason::Boilerplate),
            ("local=//", Reason::EmptyLabel),
            ("local=/./", Reason::EmptyLabel),
            ("local=/..scam.example/", Reason::EmptyLabel),
            ("local=/a.example/b..example/", Reason::EmptyLabel),
            ("local=/*scam.example/", Reason::Wildcard),
            ("local=/.*.scam.example/", Reason::Wildcard),
            ("local=/*/", Reason::Wildcard),
            ("server=192.0.2.1", Reason::Directive),
            ("server=/name.example", Reason::Directive),
            ("ipset=/name.example/set", Reason::Directive),
            ("bogus-nxdomain=192.0.2.1", Reason::Directive),
            ("no-resolv", Reason::Directive),
            ("name.example", Reason::Directive),
            ("0.0.0.0 name.example", Reason::Directive),
        ] {
            assert_eq!(line(text), Err(reason), "{text}");
        }
    }
}
