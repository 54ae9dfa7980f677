//! What the guards have to say of a list, told in the log when it changes.
//!
//! Where rules are held back, the guards look at each before it is compiled. Where they are only reported, that would
//! make every start and every change of a long list wait for nothing, so the guards look through its copies later.

use std::{fs::File, io::Cursor};

use super::{Held, Origin};
use crate::lists::{
    compile::Base,
    guard::Guarding,
    parse,
    quarantine::{Gate, MOST_ITEMS, Quarantine},
};

impl Held {
    /// Has the guards look through rules that are only reported, if they have changed.
    pub(in crate::lists) fn report(&mut self, base: &Base) {
        if self.source.guarding() != Guarding::Report || !std::mem::take(&mut self.unreported) {
            return;
        }
        let source = self.source.clone();
        let mut gate = Gate::new(&source, base, MOST_ITEMS);
        let mut look = |text: &mut dyn parse::Text| {
            // What cannot be read is told by whoever compiles it.
            let _ = parse::parse_text(text, source.format, source.matching, &mut |line, rule| {
                gate.admits(line, &rule);
            });
        };
        match source.origin {
            Origin::Bundled(text) => look(&mut Cursor::new(text)),
            Origin::Path(_) | Origin::Subscription(_) => {
                let copies = self.parts.iter().filter(|(_, part)| part.has_copy);
                for mut text in copies.filter_map(|(name, _)| File::open(self.folder.join(name)).ok()) {
                    look(&mut text);
                }
            }
        }
        self.note_quarantine(gate.into_quarantine());
    }

    /// Keeps what was found, and tells it where it is not what was known.
    pub(super) fn note_quarantine(&mut self, found: Quarantine) {
        self.tell_quarantine(&found);
        self.quarantine = found;
    }

    fn tell_quarantine(&self, found: &Quarantine) {
        let list = &**self.name();
        let before = &self.quarantine;
        if (found.held, found.released, found.reported) == (before.held, before.released, before.reported) {
            return;
        }
        if self.source.guarding() == Guarding::Report {
            tracing::warn!(
                list,
                entries = found.reported,
                "the list names shared, popular or protected names, which are applied as they are written; `sekisho lists quarantine` shows them"
            );
        } else {
            tracing::info!(
                list,
                held = found.held,
                released = found.released,
                "entries for shared, popular or protected names are held back; `sekisho lists quarantine` shows them"
            );
        }
    }
}
