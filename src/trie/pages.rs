//! A trie's names in an order that stays the same: all of them, those below a name, and those that contain a text.
//!
//! First the dictionary's suffixes, then what has codes, suffix by suffix, at last what stands beside. It is not
//! alphabetical order: that would take an index of its own, for screens alone.

use std::{cmp::Ordering, ops::Range};

use super::{
    Entry, Trie,
    bits::Bits,
    blocks::Cursor,
    code::{Context, MORE},
    edges::ROOT,
    key::{self, END, Key},
};
use crate::name::Name;

/// A name, and what lists say of it.
pub type Listed<'t> = (Name, &'t [Entry]);

/// Where a page begins.
#[derive(Debug, Clone)]
enum After {
    /// At the beginning.
    Nothing,
    /// Behind the suffix with that number.
    Suffix(u32),
    /// Behind that code.
    Code(Bits),
    /// Behind that key, beside.
    Side(Key),
}

impl Trie {
    /// The names at or below `name` that have entries, with them, from behind the name `after` on, which was the last
    /// of the page before. What is neither at nor below `name` is not gone through.
    pub fn below<'t>(
        &'t self,
        name: &Name,
        after: Option<&Name>,
    ) -> impl Iterator<Item = Listed<'t>> + use<'t> {
        let after = after.map_or(After::Nothing, |after| self.place_of(after));
        let suffixes = self.suffixes_below(name, &after);
        let coded = self.coded_below(name, &after);
        let side = self.side_below(name, &after);
        let all = suffixes.chain(coded).chain(side);
        all.map(|(name, set)| (name, self.sets.entries(set))).filter(|(_, entries)| !entries.is_empty())
    }

    /// All names with entries, with them, from behind the name `after` on.
    pub fn iter<'t>(&'t self, after: Option<&Name>) -> impl Iterator<Item = Listed<'t>> + use<'t> {
        self.below(&Name::root(), after)
    }

    /// The names that contain a text, from behind the name `after` on. A dot at the end of the text may be the one at the
    /// end of a name. This goes through all of them, some 600,000 a second.
    pub fn containing<'t>(
        &'t self,
        text: &str,
        after: Option<&Name>,
    ) -> impl Iterator<Item = Listed<'t>> + use<'t> {
        let text = text.to_ascii_lowercase();
        self.iter(after).filter(move |(name, _)| format!("{name}.").contains(&text))
    }

    fn place_of(&self, name: &Name) -> After {
        let key = Key::of(name);
        if self.side.contains(key.symbols()) {
            return After::Side(key);
        }
        match self.suffix_of(name) {
            (suffix, 0) => After::Suffix(suffix),
            (suffix, left) => match self.code_of(name, suffix, left) {
                Some((mut code, context)) => {
                    let _ = self.labels.push(context, END, &mut code);
                    After::Code(code)
                }
                None => After::Side(key),
            },
        }
    }

    /// The last suffix on the way to a name, and how many labels are left then.
    fn suffix_of(&self, name: &Name) -> (u32, usize) {
        let edges = self.suffixes.edges();
        let mut found = (ROOT, name.label_count());
        for label in name.labels_from_root() {
            let Some(child) = edges.child(found.0, label) else { break };
            found = (child, found.1 - 1);
        }
        found
    }

    /// The code of a name without the mark at its end.
    fn code_of(&self, name: &Name, suffix: u32, left: usize) -> Option<(Bits, Context)> {
        let (mut code, mut context) = (self.suffixes.get(suffix).code()?, Context::default());
        for index in (0..left).rev() {
            context = self.labels.push_label(name.label(index)?.iter().copied(), &mut code)?;
            if index > 0 {
                self.labels.push(context, MORE, &mut code)?;
            }
        }
        Some((code, context))
    }

    /// The dictionary's suffixes at or below `name`, with their sets.
    fn suffixes_below<'t>(
        &'t self,
        name: &Name,
        after: &After,
    ) -> impl Iterator<Item = (Name, u32)> + use<'t> {
        let Range { start, end } = self.numbers_below(name);
        let start = match after {
            After::Nothing => start,
            After::Suffix(last) => start.max(last + 1),
            After::Code(_) | After::Side(_) => end,
        };
        (start..end)
            .filter_map(|number| Some((key::name(&self.key_of(number))?, self.suffixes.get(number).set)))
    }

    /// The numbers of the suffixes at or below `name`: none if it is no suffix itself.
    fn numbers_below(&self, name: &Name) -> Range<u32> {
        let edges = self.suffixes.edges();
        let (start, left) = self.suffix_of(name);
        if left > 0 {
            return start..start;
        }
        // A suffix stands behind the one above it, and before that one's next sibling.
        let below = |number: &u32| start == ROOT || edges.path(*number).any(|above| above == start);
        start..start + 1 + (start + 1..edges.len() as u32).take_while(below).count() as u32
    }

    /// Names at or below `name` that have codes, with their sets.
    fn coded_below(&self, name: &Name, after: &After) -> Codes<'_> {
        let (numbers, after) = match after {
            After::Nothing | After::Suffix(_) => (self.numbers_below(name), None),
            After::Code(code) => (self.numbers_below(name), Some(code.clone())),
            After::Side(_) => {
                return Codes {
                    trie: self,
                    numbers: 0..0,
                    beginnings: [None, None],
                    open: None,
                    after: None,
                };
            }
        };
        Codes { trie: self, numbers, beginnings: self.beginnings_of(name), open: None, after }
    }

    /// How the code of `name` begins, and those of names below it, if it is no suffix of the dictionary.
    fn beginnings_of(&self, name: &Name) -> [Option<Bits>; 2] {
        let (suffix, left) = self.suffix_of(name);
        let code = if left == 0 { None } else { self.code_of(name, suffix, left) };
        [END, MORE].map(|mark| {
            let (mut code, context) = code.clone()?;
            self.labels.push(context, mark, &mut code)?;
            Some(code)
        })
    }

    /// Names at or below `name` that stand beside, with their sets.
    fn side_below<'t>(&'t self, name: &Name, after: &After) -> impl Iterator<Item = (Name, u32)> + use<'t> {
        let after = if let After::Side(key) = after { key.symbols() } else { &[] };
        let places = self.side.below(Key::of(name).symbols(), after);
        let found = places.filter_map(|place| self.side.get(place));
        found.filter_map(|(key, set)| Some((key::name(key)?, set)))
    }

    fn key_of(&self, suffix: u32) -> Vec<u8> {
        let edges = self.suffixes.edges();
        let mut path: Vec<u32> = edges.path(suffix).collect();
        path.reverse();
        path.into_iter().flat_map(|number| key::symbols(edges.label(number)).chain([END])).collect()
    }

    /// The name and the set that a code with a tag's code behind it stands for.
    fn read(&self, bits: &Bits) -> Option<(Name, u32)> {
        let (suffix, length) = self.suffixes.decode(bits.window(0))?;
        let mut key = self.key_of(suffix);
        let end = self.labels.read_name(bits, length, &mut key)?;
        Some((key::name(&key)?, self.sets.decode(bits.window(end))?))
    }
}

/// Goes through codes that begin in certain ways.
struct Codes<'t> {
    trie: &'t Trie,
    /// Suffixes with which they begin.
    numbers: Range<u32>,
    /// And other beginnings.
    beginnings: [Option<Bits>; 2],
    /// The beginning that is gone through, and where.
    open: Option<(Cursor<'t>, Bits)>,
    /// Until there is one: what was the last code before.
    after: Option<Bits>,
}

impl Codes<'_> {
    fn next_beginning(&mut self) -> Option<Bits> {
        let suffixes = &self.trie.suffixes;
        let of_suffix = self.numbers.find_map(|number| suffixes.get(number).code());
        of_suffix.or_else(|| self.beginnings.iter_mut().find_map(Option::take))
    }

    fn open(&mut self, beginning: Bits) {
        let mut cursor = None;
        match &self.after {
            Some(after) if after.common(&beginning) < beginning.len() => return,
            Some(after) => {
                let found = cursor.insert(self.trie.blocks().from(after));
                if found.compare(after) == Some(Ordering::Equal) {
                    found.advance();
                }
                self.after = None;
            }
            None => {}
        }
        self.open = Some((cursor.unwrap_or_else(|| self.trie.blocks().from(&beginning)), beginning));
    }
}

impl Iterator for Codes<'_> {
    type Item = (Name, u32);

    fn next(&mut self) -> Option<(Name, u32)> {
        loop {
            while let Some((cursor, beginning)) = &mut self.open {
                if cursor.compare(beginning) != Some(Ordering::Equal) {
                    self.open = None;
                    break;
                }
                let read = cursor.bits().and_then(|bits| self.trie.read(bits));
                cursor.advance();
                if read.is_some() {
                    return read;
                }
            }
            let beginning = self.next_beginning()?;
            self.open(beginning);
        }
    }
}
