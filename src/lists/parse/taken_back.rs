//! Rules that take rules back: `||name^$badfilter` disables the rule `||name^` of the same list, wherever in the list
//! it stands, so the lines with that word are gathered first.
//!
//! Such a line disables the rules that have its pattern and its other modifiers, in whatever order. Beyond that, a
//! line with more modifiers disables the plain block too, although strictly `||name^$popup,badfilter` speaks of
//! `||name^$popup` alone: whoever writes such lines is repairing a false positive, and leaving a scam unblocked in one
//! list harms less than taking a large innocent site away from everyone. Exceptions are taken back only by the exact
//! line, for the same reason.

use std::{collections::HashSet, io, ops::ControlFlow};

use super::{
    adblock::{Sign, name_of, sign},
    lines,
    modifiers::Modifiers,
    text::Pieces,
};
use crate::{name::Name, trie::Scope};

/// The rules that a list's `$badfilter` lines take back. Nearly always empty.
#[derive(Debug, Default)]
pub(super) struct TakenBack {
    /// Sign, scope, name and modifiers of rules.
    exact: HashSet<Vec<u8>>,
    /// Sign, scope and name of blocks that have no modifiers, or only `$all`.
    plain: HashSet<Vec<u8>>,
}

impl TakenBack {
    /// Gathers the lines of `text` that say `badfilter`.
    pub(super) fn of(text: &mut Pieces<'_>) -> io::Result<Self> {
        let mut taken_back = Self::default();
        let word = memchr::memmem::Finder::new(b"badfilter");
        text.each_piece(&mut |piece| {
            // Nearly every list has none, and is searched swiftly.
            if word.find(piece).is_some() {
                lines(piece).filter(|line| word.find(line).is_some()).for_each(|line| taken_back.add(line));
            }
            ControlFlow::Continue(())
        })?;
        Ok(taken_back)
    }

    /// Adds what one line takes back.
    fn add(&mut self, line: &[u8]) {
        let (sign, rule) = sign(line);
        let (pattern, Some(modifiers)) = Modifiers::split(rule) else { return };
        if !modifiers.has_badfilter() {
            return;
        }
        let Ok((name, scope)) = name_of(rule, pattern, sign) else { return };
        let mut key = key(sign, &name, scope);
        if sign == Sign::Block {
            self.plain.insert(key.clone());
        }
        key.extend(modifiers.canonical());
        self.exact.insert(key);
    }

    /// Whether a rule is taken back.
    pub(super) fn contains(
        &self,
        sign: Sign,
        name: &Name,
        scope: Scope,
        modifiers: Option<Modifiers<'_>>,
    ) -> bool {
        if self.exact.is_empty() {
            return false;
        }
        let mut key = key(sign, name, scope);
        if modifiers.is_none_or(Modifiers::are_plain) && self.plain.contains(&key) {
            return true;
        }
        key.extend(modifiers.map(Modifiers::canonical).unwrap_or_default());
        self.exact.contains(&key)
    }
}

/// What makes two patterns one. The name ends with the root's zero octet, so that nothing behind it is mistaken.
fn key(sign: Sign, name: &Name, scope: Scope) -> Vec<u8> {
    [&[sign as u8, scope as u8], name.wire()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lists::parse::{Reason, adblock};

    #[test]
    fn badfilter_takes_plain_blocks_back_generously_and_all_else_exactly() {
        let mut text = std::io::Cursor::new(
            b"||a.example^$badfilter\n||b.example^$popup,badfilter\r\n@@||c.example^$badfilter\n\
              @@||d.example^$important,badfilter\n! ||e.example^$badfilter\n||badfilter.example^\n\
              ||f.example^$badfilter,dnstype=A,important\n|g.example^$badfilter\n||*.h.example^$badfilter",
        );
        let taken_back = TakenBack::of(&mut Pieces::new(&mut text, 0)).unwrap();
        let line = |text: &str| adblock::read(text.as_bytes(), false, &taken_back).map(drop);
        for text in [
            "||a.example^",
            "||b.example^",
            "||b.example^$all",
            "@@||c.example^",
            "@@||d.example^$important",
            "||f.example^",
            "||f.example^$important,dnstype=A",
            "|g.example^",
            "||*.h.example^",
        ] {
            assert_eq!(line(text), Err(Reason::TakenBack), "{text}");
        }
        for text in [
            "@@||a.example^",
            "||a.example^$important",
            "||www.a.example^",
            "||c.example^",
            "@@||d.example^",
            "||e.example^",
            "||f.example^$important",
            "||g.example^",
            "||h.example^",
            "||badfilter.example^",
        ] {
            assert_eq!(line(text), Ok(()), "{text}");
        }
    }
}
