//! Work that needs much memory for a short while, such as compiling millions of names.

use std::{io, thread};

/// Does `work` on a thread of its own and waits for it. What it frees does not stay with a thread that lives on, for the
/// next time, which may be weeks away. See also [`give_back`].
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

/// Lets the allocator give back what was freed. It does so when a thread ends, with what has been free for a second: so
/// this is of use a while after the work, and costs one short thread.
pub(super) fn give_back() {
    // Where there is no thread, there is none to end.
    let _ = apart(|| ());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_done_elsewhere_and_its_outcome_comes_back() {
        let here = thread::current().id();
        let (there, seven) = apart(|| (thread::current().id(), 7)).unwrap();
        assert!(there != here && seven == 7);
    }
}
