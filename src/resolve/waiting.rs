//! The questions that are under way, each once, and those who wait for what comes of them.

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::forward::Resolved;
use crate::cache::Key;

/// The most questions that wait for upstream at once.
const MOST_UNDER_WAY: usize = 8192;

/// What one who asked does with what comes of it.
pub(super) type Then = Box<dyn FnOnce(&Resolved) + Send>;

/// Who asked a question first, and who else.
struct Askers(Then, Vec<Then>);

type Table = HashMap<Key, Askers, foldhash::fast::RandomState>;

/// The questions that are under way.
#[derive(Default)]
pub(super) struct Questions(Mutex<Table>);

/// What becomes of one who asks.
pub(super) enum Joined {
    /// Nobody else asks this, so it must be found out.
    First(Place),
    /// It is being found out already.
    Later,
    /// Too many questions are under way.
    Full(Then),
}

impl std::fmt::Debug for Questions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Questions({})", self.len())
    }
}

impl Questions {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.table().len()
    }

    /// Asks a question, on behalf of one who will be told what comes of it.
    pub(super) fn join(self: &Arc<Self>, key: Key, then: Then) -> Joined {
        let mut table = self.table();
        if let Some(askers) = table.get_mut(&key) {
            askers.1.push(then);
            return Joined::Later;
        }
        if table.len() >= MOST_UNDER_WAY {
            return Joined::Full(then);
        }
        table.insert(key.clone(), Askers(then, Vec::new()));
        Joined::First(Place { questions: self.clone(), key, ended: false })
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of a question that is under way. It is given back however that ends.
#[derive(Debug)]
pub(super) struct Place {
    questions: Arc<Questions>,
    key: Key,
    /// Then the key may belong to the next who asks.
    ended: bool,
}

impl Place {
    /// Which question.
    pub(super) const fn key(&self) -> &Key {
        &self.key
    }

    /// Ends the question: all who asked are told. A fault of ours in what one does with it costs the others nothing.
    pub(super) fn end(mut self, outcome: &Resolved) {
        self.ended = true;
        let askers = self.questions.table().remove(&self.key);
        if let Some(Askers(first, others)) = askers {
            for then in std::iter::once(first).chain(others) {
                if catch_unwind(AssertUnwindSafe(|| then(outcome))).is_err() {
                    tracing::error!("an answer met a fault in Sekisho and is not given; please report it");
                }
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.ended {
            // Those who wait are dropped outside the lock.
            let askers = self.questions.table().remove(&self.key);
            drop(askers);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::resolve::ResolveError;

    fn key(name: &str) -> Key {
        Key::new(&name.parse().unwrap(), 1, false, false)
    }

    /// One who counts what they are told.
    fn counting(told: &Arc<AtomicUsize>) -> Then {
        let told = told.clone();
        Box::new(move |outcome| {
            assert_eq!(outcome.as_ref().err(), Some(&ResolveError::Timeout));
            told.fetch_add(1, Ordering::Relaxed);
        })
    }

    #[test]
    fn all_who_ask_the_same_are_told_once() {
        let (questions, told) = (Arc::new(Questions::default()), Arc::default());
        let join = |name: &str| questions.join(key(name), counting(&told));
        let Joined::First(place) = join("one.example") else { panic!("the first") };
        assert!(matches!(join("one.example"), Joined::Later));
        let Joined::First(other) = join("two.example") else { panic!("another question") };
        assert_eq!(questions.len(), 2);
        place.end(&Err(ResolveError::Timeout));
        assert_eq!(told.load(Ordering::Relaxed), 2);
        drop(other);
        assert_eq!((questions.len(), told.load(Ordering::Relaxed)), (0, 2));
    }

    #[test]
    fn a_fault_in_what_one_does_costs_the_others_nothing() {
        let (questions, told) = (Arc::new(Questions::default()), Arc::default());
        let Joined::First(place) = questions.join(key("one.example"), Box::new(|_| panic!("a fault"))) else {
            panic!("the first")
        };
        assert!(matches!(questions.join(key("one.example"), counting(&told)), Joined::Later));
        place.end(&Err(ResolveError::Timeout));
        assert_eq!((questions.len(), told.load(Ordering::Relaxed)), (0, 1));
    }

    #[test]
    fn one_who_asks_again_when_told_begins_anew() {
        let questions = Arc::new(Questions::default());
        let again = questions.clone();
        let ask_again: Then = Box::new(move |outcome| {
            let Joined::First(place) = again.join(key("one.example"), Box::new(|_| {})) else {
                panic!("the first again")
            };
            place.end(outcome);
        });
        let Joined::First(place) = questions.join(key("one.example"), ask_again) else { panic!("the first") };
        place.end(&Err(ResolveError::Timeout));
        assert_eq!(questions.len(), 0);
    }

    #[test]
    fn there_is_an_end_to_the_room() {
        let questions = Arc::new(Questions::default());
        let join = |name: &str| questions.join(key(name), Box::new(|_| {}));
        let places: Vec<_> = (0..MOST_UNDER_WAY).map(|number| join(&format!("{number}.example"))).collect();
        assert!(places.iter().all(|joined| matches!(joined, Joined::First(_))));
        assert!(matches!(join("more.example"), Joined::Full(_)));
        assert!(matches!(join("7.example"), Joined::Later), "it needs no more room");
    }
}
