//! Work that takes long, such as compiling millions of names: beside what answers queries, and behind it.

use std::{io, thread};

/// Does `work` on a thread of its own and waits for it. What it frees does not stay with a thread that lives on, for the
/// next time, which may be weeks away.
///
/// # Errors
///
/// If the system has no thread to give.
pub(super) fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("compiling".into()).spawn_scoped(scope, work)?;
        thread.join().map_or_else(|panic| std::panic::resume_unwind(panic), Ok)
    })
}

/// Has this thread, and those that it starts, take only what others leave of the processor where it is scarce: queries do
/// not wait while lists are read and compiled.
pub(super) fn give_way() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(BEHIND_OTHERS) {
        tracing::debug!(%error, "the priority of reading lists cannot be lowered");
    }
}

/// About a tenth of a processor that somebody else wants for himself.
#[cfg(target_os = "linux")]
const BEHIND_OTHERS: i32 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_done_elsewhere_and_its_outcome_comes_back() {
        let here = thread::current().id();
        let (there, seven) = apart(|| (thread::current().id(), 7)).unwrap();
        assert!(there != here && seven == 7);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_thread_that_gives_way_is_behind_others_with_those_that_it_starts() {
        let priority = || rustix::process::getpriority_process(None).unwrap();
        let before = priority();
        let (own, started) = thread::scope(|scope| {
            let giving_way = scope.spawn(|| {
                give_way();
                (priority(), apart(priority).unwrap())
            });
            giving_way.join().unwrap()
        });
        let behind = (before + BEHIND_OTHERS).min(19);
        assert_eq!((own, started, priority()), (behind, behind, before));
    }
}
