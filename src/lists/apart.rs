//! Work that needs much memory for a short while, such as compiling millions of names.

use std::{io, thread};

/// Does `work` on a thread of its own and waits for it. What it allocates and frees goes back to the system when that
/// thread ends; on one that lives on, the allocator would keep it for the next time, which may be weeks away.
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
