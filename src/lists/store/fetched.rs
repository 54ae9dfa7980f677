//! What the store does with lists that are fetched: it says which it is time for, takes what came, and tells how they are.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{Store, apart};
use crate::lists::{
    held::{
        Forms, Held, folder_name,
        published::{self, Moment},
    },
    source::{Origin, Source},
    status::{self, ListStatus},
    subscription::fetching::{Done, Job, Underway},
};

/// How many of the lists that are fetched are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fetched {
    /// Of so many there is something.
    pub have: usize,
    /// So many there are.
    pub of: usize,
}

/// Where the server with this state folder has what it fetched of a list, if that is one that is fetched.
pub fn fetched_copy(source: &Source, state: &Path) -> Option<PathBuf> {
    let is_fetched = matches!(source.origin, Origin::Subscription(_));
    is_fetched.then(|| published::copy_of(&state.join("lists").join(folder_name(source))))
}

impl Store {
    /// How many lists are fetched, and of how many there is something.
    pub fn fetched(&self) -> Fetched {
        let subscriptions = || self.lists.iter().filter(|held| held.subscription().is_some());
        Fetched { have: subscriptions().filter(|held| held.has_copy()).count(), of: subscriptions().count() }
    }

    /// How each list is. `underway` has those that are being fetched; `None` means that nothing is fetched.
    pub(in crate::lists) fn status(&self, underway: Option<&Underway>) -> Vec<ListStatus> {
        let of = |held: &Held| {
            let progress = underway.and_then(|underway| underway.get(held.name()).copied());
            status::of(held, progress, underway.is_none())
        };
        self.lists.iter().map(of).collect()
    }

    /// Lists that it is time to fetch, so many at most. They count as being fetched from then on.
    pub(in crate::lists) fn jobs(&mut self, most: usize) -> Vec<Job> {
        let at = Moment::now();
        self.lists.iter_mut().filter_map(|held| held.job(at)).take(most).collect()
    }

    /// Takes what came of fetching.
    pub(in crate::lists) fn take_fetched(&mut self, done: Done) {
        let Some(held) = self.lists.iter_mut().find(|held| *held.name() == done.list) else {
            // The list has been removed meanwhile.
            let _ = fs::remove_file(done.from);
            return;
        };
        let forms = Forms::new(&self.forms, &self.base);
        let metrics = &self.metrics.lists;
        let taken = apart(|| held.take_fetched(done, &forms, (Moment::now(), metrics)));
        self.dirty |= taken.unwrap_or_default();
        self.export();
    }

    /// Has lists fetched as soon as possible: those with these names, or all. Gives the names.
    ///
    /// # Errors
    ///
    /// A sentence, if a name is that of no list that is fetched.
    pub(in crate::lists) fn hurry(&mut self, names: &[String]) -> Result<Vec<String>, String> {
        let at = Moment::now();
        let is_fetched = |name: &String| {
            self.lists.iter().any(|held| **held.name() == **name && held.subscription().is_some())
        };
        if let Some(unknown) = names.iter().find(|name| !is_fetched(name)) {
            return Err(format!("there is no list `{unknown}` that is fetched"));
        }
        let is_meant =
            |held: &&mut Held| names.is_empty() || names.iter().any(|name| **name == **held.name());
        let hurried = self
            .lists
            .iter_mut()
            .filter(is_meant)
            .filter_map(|held| held.hurry(at).then(|| held.name().to_string()));
        Ok(hurried.collect())
    }

    /// Takes over what is held of a list.
    ///
    /// # Errors
    ///
    /// A sentence, if there is nothing, or it cannot be.
    pub(in crate::lists) fn accept(&mut self, name: &str) -> Result<(), String> {
        let held = self.lists.iter_mut().find(|held| **held.name() == *name);
        let held = held.ok_or_else(|| format!("there is no list `{name}`"))?;
        held.accept(&Forms::new(&self.forms, &self.base), Moment::now())?;
        self.dirty = true;
        self.export();
        Ok(())
    }

    /// What the last publication of a list changed, a name on each line with `+` or `-` before it.
    ///
    /// # Errors
    ///
    /// A sentence, if there is no such list, or it is not known.
    pub(in crate::lists) fn changes(&self, name: &str) -> Result<String, String> {
        let held = self.lists.iter().find(|held| **held.name() == *name);
        let held = held.ok_or_else(|| format!("there is no list `{name}`"))?;
        held.changes_of_last().ok_or_else(|| {
            format!("what the last change of the list {name} was is not known: it is noted when a publication is fetched")
        })
    }
}
