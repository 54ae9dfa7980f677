//! The questions that are under way, each once, and those who wait for what comes of them.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use tokio::{runtime::Handle, sync::oneshot};

use super::forward::Outcome;
use crate::cache::Key;

/// The most questions that wait for upstream at once.
const MOST_UNDER_WAY: usize = 8192;

/// Those who asked a question that was under way already.
type Others = Vec<oneshot::Sender<Outcome>>;
type Table = HashMap<Key, Others, foldhash::fast::RandomState>;

/// The questions that are under way.
#[derive(Debug, Default)]
pub(super) struct Questions(Mutex<Table>);

/// What becomes of one who asks.
pub(super) enum Joined {
    /// Nobody else asks this, so it is for the one who gets this to find out.
    First(Place),
    /// Somebody finds out already.
    Later(oneshot::Receiver<Outcome>),
    /// Too many questions are under way.
    Full,
}

impl Questions {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.table().len()
    }

    /// Asks a question.
    pub(super) fn join(self: &Arc<Self>, key: Key) -> Joined {
        let mut table = self.table();
        if let Some(others) = table.get_mut(&key) {
            let (sender, outcome) = oneshot::channel();
            others.push(sender);
            return Joined::Later(outcome);
        }
        if table.len() >= MOST_UNDER_WAY {
            return Joined::Full;
        }
        table.insert(key.clone(), Others::new());
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

    /// Ends the question: all who wait for it are told.
    pub(super) fn end(mut self, outcome: &Outcome) {
        self.ended = true;
        let others = self.questions.table().remove(&self.key);
        for other in others.into_iter().flatten() {
            // Whoever has gone need not be told.
            let _ = other.send(outcome.clone());
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.ended {
            self.questions.table().remove(&self.key);
        }
    }
}

/// Work that is done by whoever waits for it, and by the runtime if they go away before it is done.
pub(super) struct Finished<F: Future<Output: Send> + Send + 'static>(Option<Pin<Box<F>>>);

/// Has `work` come to its end, whether or not what this returns does.
pub(super) fn finished<F: Future<Output: Send> + Send + 'static>(work: F) -> Finished<F> {
    Finished(Some(Box::pin(work)))
}

impl<F: Future<Output: Send> + Send + 'static> Future for Finished<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Some(work) = &mut self.0 else { return Poll::Pending };
        let outcome = work.as_mut().poll(context);
        if outcome.is_ready() {
            self.0 = None;
        }
        outcome
    }
}

impl<F: Future<Output: Send> + Send + 'static> Drop for Finished<F> {
    fn drop(&mut self) {
        // Work that has panicked is left alone: it is no future any more.
        if let (Some(work), Ok(runtime), false) =
            (self.0.take(), Handle::try_current(), std::thread::panicking())
        {
            runtime.spawn(work);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::ResolveError;

    fn key(name: &str) -> Key {
        Key::new(&name.parse().unwrap(), 1, false, false)
    }

    #[tokio::test]
    async fn all_who_ask_the_same_are_told_at_once() {
        let questions = Arc::new(Questions::default());
        let Joined::First(place) = questions.join(key("one.example")) else { panic!("the first") };
        let Joined::Later(outcome) = questions.join(key("one.example")) else { panic!("the second") };
        let Joined::First(other) = questions.join(key("two.example")) else { panic!("another question") };
        assert_eq!(questions.len(), 2);
        place.end(&Err(ResolveError::Timeout));
        assert_eq!(outcome.await.unwrap().unwrap_err(), ResolveError::Timeout);
        drop(other);
        assert_eq!(questions.len(), 0);
    }

    #[test]
    fn there_is_an_end_to_the_room() {
        let questions = Arc::new(Questions::default());
        let places: Vec<_> =
            (0..MOST_UNDER_WAY).map(|number| questions.join(key(&format!("{number}.example")))).collect();
        assert!(places.iter().all(|joined| matches!(joined, Joined::First(_))));
        assert!(matches!(questions.join(key("more.example")), Joined::Full));
        assert!(matches!(questions.join(key("7.example")), Joined::Later(_)), "it needs no more room");
    }

    #[tokio::test]
    async fn work_goes_on_when_nobody_waits_for_it_any_more() {
        let (sender, told) = oneshot::channel();
        let (go, gone) = oneshot::channel::<()>();
        let mut work = Box::pin(finished(async move {
            let _ = gone.await;
            let _ = sender.send(7);
        }));
        assert!(futures_util::poll!(&mut work).is_pending());
        drop(work);
        go.send(()).unwrap();
        assert_eq!(told.await.unwrap(), 7);
    }
}
