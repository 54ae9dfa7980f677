//! Whether a server repeats the case of letters in a question (draft-vixie-dnsext-dns0x20). Nearly all do; a few turn
//! names to lower case, and without being found out each of their replies would have to be asked for twice.

use std::sync::atomic::{AtomicU8, Ordering};

/// So many right answers in another case in a row, and the server is believed not to keep it. Somebody who wanted us
/// to believe that would have to guess port and id as often, with no true reply in between.
const CHANGES: u8 = 3;

/// What is known of a server.
#[derive(Debug, Default)]
pub(super) struct Case {
    changes: AtomicU8,
}

impl Case {
    /// Whether names are to be written in mixed case.
    pub(super) fn is_mixed(&self) -> bool {
        self.changes.load(Ordering::Relaxed) < CHANGES
    }

    /// A reply came in the case of its query.
    pub(super) fn kept(&self) {
        // Written only where there is something to forget: all threads read it for every query.
        if (1..CHANGES).contains(&self.changes.load(Ordering::Relaxed)) {
            self.changes.store(0, Ordering::Relaxed);
        }
    }

    /// A reply came in another case, and what the server said then was right: tells whether this was the last time
    /// that it is asked so.
    pub(super) fn changed(&self) -> bool {
        let more = |changes| (changes < CHANGES).then_some(changes + 1);
        self.changes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more) == Ok(CHANGES - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixed_case_is_given_up_after_three_changes_in_a_row_and_told_once() {
        let case = Case::default();
        assert!(!case.changed() && !case.changed());
        case.kept();
        assert!(!case.changed() && !case.changed() && case.is_mixed());
        assert!(case.changed() && !case.is_mixed());
        case.kept();
        assert!(!case.changed() && !case.is_mixed());
    }
}
