//! A small rule set that is quickly made: the operator's own rules, and the names that no list can block.
//!
//! It takes about 40 octets a name, where [`Trie`](super::Trie) takes 8, and is ready as soon as the last rule is in.

use super::{
    Entry, Full, Rules, Step,
    edges::{Edges, ROOT},
    sets::{NO_SET, Sets},
};
use crate::name::Name;

/// A read-only set of few rules.
#[derive(Debug)]
pub struct Overlay {
    edges: Edges,
    /// The set of entries of each node.
    tags: Vec<Tag>,
    sets: Sets,
    /// Names that have entries.
    rules: usize,
}

/// What is known of a node.
#[derive(Debug, Clone, Copy)]
struct Tag {
    set: u32,
    /// Whether some node below may let a name pass.
    allows_below: bool,
}

impl Default for Overlay {
    fn default() -> Self {
        OverlayBuilder::default().finish()
    }
}

impl Overlay {
    /// How many names have at least one entry.
    pub const fn len(&self) -> usize {
        self.rules
    }

    /// Whether there is no rule at all.
    pub const fn is_empty(&self) -> bool {
        self.rules == 0
    }

    /// Octets that the set takes in memory.
    pub fn octets(&self) -> usize {
        self.edges.octets() + self.tags.capacity() * size_of::<Tag>() + self.sets.octets()
    }

    /// See [`Rules::walk`].
    pub fn walk<'t>(&'t self, name: &'t Name) -> impl Iterator<Item = Step<'t>> {
        let mut next = Some(ROOT);
        let mut labels = 0;
        std::iter::from_fn(move || {
            while let Some(node) = next {
                let step = Step { labels, entries: self.sets.entries(self.tag(node).set) };
                next = name
                    .label_count()
                    .checked_sub(labels + 1)
                    .and_then(|index| name.label_in_place(index))
                    .and_then(|(octets, length)| self.edges.child_in_place(node, octets, length));
                labels += 1;
                if !step.entries.is_empty() {
                    return Some(step);
                }
            }
            None
        })
    }

    /// See [`Rules::allows_below`].
    pub fn allows_below(&self, name: &Name) -> bool {
        name.labels_from_root()
            .try_fold(ROOT, |node, label| self.edges.child(node, label))
            .is_some_and(|node| self.tag(node).allows_below)
    }

    fn tag(&self, node: u32) -> Tag {
        self.tags.get(node as usize).copied().unwrap_or(Tag { set: NO_SET, allows_below: false })
    }
}

impl Rules for Overlay {
    fn walk<'t>(&'t self, name: &'t Name) -> impl Iterator<Item = Step<'t>> {
        Self::walk(self, name)
    }

    fn allows_below(&self, name: &Name) -> bool {
        Self::allows_below(self, name)
    }
}

/// Collects rules for an [`Overlay`].
#[derive(Debug)]
pub struct OverlayBuilder(Overlay);

impl Default for OverlayBuilder {
    fn default() -> Self {
        Self(Overlay {
            edges: Edges::default(),
            tags: vec![Tag { set: NO_SET, allows_below: false }],
            sets: Sets::default(),
            rules: 0,
        })
    }
}

impl OverlayBuilder {
    /// Adds a rule for a name. Saying the same twice changes nothing.
    pub fn insert(&mut self, name: &Name, entry: Entry) -> Result<(), Full> {
        let overlay = &mut self.0;
        let mut node = ROOT;
        for label in name.labels_from_root() {
            node = overlay.edges.child_or_new(node, label)?;
        }
        overlay.tags.resize(overlay.edges.len(), Tag { set: NO_SET, allows_below: false });
        let single = overlay.sets.single(entry);
        let tag = &mut overlay.tags[node as usize];
        overlay.rules += usize::from(tag.set == NO_SET);
        tag.set = overlay.sets.union(tag.set, single);
        Ok(())
    }

    /// The finished set.
    pub fn finish(self) -> Overlay {
        let mut overlay = self.0;
        // Children are always made after their parents, so going backwards sees every child first.
        for node in (1..overlay.tags.len()).rev() {
            let tag = overlay.tags[node];
            if tag.allows_below || overlay.sets.may_let_pass(tag.set) {
                overlay.tags[overlay.edges.parent(node as u32) as usize].allows_below = true;
            }
        }
        overlay.edges.shrink();
        overlay.tags.shrink_to_fit();
        overlay
    }
}

#[cfg(test)]
mod tests;
