//! What is known of a list's files, saved beside the compiled rules and taken up again by the next start.

use std::ffi::OsString;

use super::{Held, Part, folder_name};
use crate::lists::{
    quarantine::Quarantine,
    saved::{Identity, SavedList, SavedPart},
};

impl Held {
    /// What decides how it is read.
    pub(in crate::lists) fn identity(&self) -> Identity {
        Identity::of(&self.source, folder_name(&self.source))
    }

    /// Takes up what was known when rules were saved, so that files that have not changed since need not be read.
    /// Tells whether the copies are those of then.
    pub(in crate::lists) fn restore(&mut self, saved: &SavedList) -> bool {
        let known = |name: &OsString| saved.parts.iter().find(|part| part.is(name));
        if saved.parts.len() != self.parts.len() || !self.parts.keys().all(|name| known(name).is_some()) {
            return false;
        }
        for (name, part) in &mut self.parts {
            let SavedPart { seen, digest, .. } = known(name).cloned().unwrap_or_default();
            *part = Part { seen, digest, ..part.clone() };
        }
        let [held, released, reported] = saved.objections;
        self.rules = saved.rules;
        self.quarantine = Quarantine { held, released, reported, items: Vec::new() };
        self.last_good = saved.last_good;
        self.unreported = false;
        true
    }

    /// What is known of it, to be saved beside the rules.
    pub(in crate::lists) fn save(&self) -> SavedList {
        let parts = self.parts.iter().filter(|(_, part)| part.has_copy);
        let save = |(name, part): (&OsString, &Part)| SavedPart {
            name: name.to_string_lossy().into_owned(),
            // A file that is bad now is read again, so that a start tells of it.
            seen: part.seen.filter(|_| part.trouble.is_none()),
            digest: part.digest,
        };
        let Quarantine { held, released, reported, items: _ } = &self.quarantine;
        SavedList {
            identity: self.identity(),
            parts: parts.map(save).collect(),
            rules: self.rules,
            objections: [*held, *released, *reported],
            last_good: self.last_good,
        }
    }
}
