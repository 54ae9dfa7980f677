//! A publication that is not believed is kept beside the copy, until it is mended, or believed after all.

use std::{fs, path::Path};

use super::{
    super::{Held, forms::Forms},
    Circumstances, HELD, Moment, Taken,
    taking::{JUDGED, Unjudged},
};
use crate::lists::{
    guard::publication::Doubt,
    moment,
    subscription::about::{About, HeldBack, Publication},
};

impl Held {
    /// What was held is still what there is.
    pub(super) fn take_held_again(&mut self, about: &mut About, with: Circumstances<'_>) -> Taken {
        if !about.still_held(with.coming()) {
            return Ok(("held", false));
        }
        tracing::info!(
            list = &**self.name(),
            "a publication that was held is published again and again, so it is believed"
        );
        self.take_held(about, with).map(|()| ("new", true)).map_err(|problem| (problem, None))
    }

    /// Keeps a publication that is not believed, unless it is the last of several like it.
    pub(super) fn hold(
        &mut self,
        about: &mut About,
        (doubt, publication): (Doubt, Publication),
        from: &Path,
        with: Circumstances<'_>,
    ) -> Taken {
        fs::rename(from, self.folder.join(HELD)).map_err(|error| (error.to_string(), None))?;
        let before = about.held.as_ref().map(|held| held.doubt.clone());
        let accept = if doubt.can_be_accepted() {
            format!("; `sekisho lists accept {}` takes it over", self.name())
        } else {
            String::new()
        };
        let stays = match about.in_force.as_ref().and_then(|known| known.fetched) {
            Some(fetched) => format!("The one of {} stays in force", moment::show(fetched)),
            None => "There is no other".to_owned(),
        };
        let told = format!("the new publication at {} is held: {doubt}. {stays}{accept}", publication.from);
        // What is useless is asked for often, and need not be told as often.
        if before.is_some_and(|held| held == doubt) {
            tracing::debug!(list = &**self.name(), "{told}");
        } else {
            tracing::warn!(list = &**self.name(), "{told}");
        }
        if about.doubt(doubt, publication, with.coming()) {
            return self.take_held(about, with).map(|()| ("new", true)).map_err(|problem| (problem, None));
        }
        Ok(("held", false))
    }

    /// Takes over what is held, because the operator says so.
    ///
    /// # Errors
    ///
    /// A sentence, if there is nothing or it cannot be.
    pub(in crate::lists) fn accept(&mut self, forms: &Forms<'_>, at: Moment) -> Result<(), String> {
        let (Some(subscription), Some(mut published)) = (self.subscription().cloned(), self.published.take())
        else {
            return Err(format!("the list {} is not fetched, so nothing of it is held", self.name()));
        };
        let with = Circumstances { subscription: &subscription, forms, at, by_hand: true };
        let accepted = self.take_held(&mut published.about, with);
        if accepted.is_ok() {
            self.write_about(&published.about);
        }
        self.published = Some(published);
        accepted
    }

    fn take_held(&mut self, about: &mut About, with: Circumstances<'_>) -> Result<(), String> {
        let name = self.name().clone();
        let Some(HeldBack { doubt, publication, .. }) = about.held.clone() else {
            return Err(format!("nothing of the list {name} is held"));
        };
        if !doubt.can_be_accepted() {
            return Err(format!("what is held of the list {name} cannot be used: {doubt}"));
        }
        let path = self.folder.join(HELD);
        let judged = self.judge(&path, JUDGED, with.forms).map_err(|error| match error {
            Unjudged::Unusable(why) | Unjudged::Later(why) => why,
        })?;
        self.take_over(about, (&path, judged, publication), with).map_err(|(problem, _)| problem)?;
        about.held = None;
        let _ = fs::remove_file(path);
        Ok(())
    }

    pub(super) fn forget_held(&self, about: &mut About, why: &str) {
        if about.held.take().is_some() {
            let _ = fs::remove_file(self.folder.join(HELD));
            tracing::info!(list = &**self.name(), "nothing is held any more: {why}");
        }
    }
}
