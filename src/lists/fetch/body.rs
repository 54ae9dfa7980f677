//! The body of an answer as it comes, for those who read without a runtime: with patience, a limit, and a count.

use std::{
    cell::Cell,
    io::{self, BufRead, Read},
    rc::Rc,
};

use futures_util::FutureExt;
use http_body_util::BodyExt;
use hyper::body::{Body as _, Bytes, Incoming};
use tokio::runtime::Runtime;

use super::{
    Progress,
    cause::bottom,
    exchange::{Connection, Response},
    fault::{Fault, Stage},
    patience::Patience,
};

/// A body that is being read. What goes wrong is a [`Fault`] within an [`io::Error`].
pub(super) struct Body<'a> {
    runtime: &'a Runtime,
    incoming: Incoming,
    connection: Connection,
    patience: Patience,
    /// What has come and is not read yet.
    piece: Bytes,
    /// What has come, and what is to come, if that was said.
    progress: Progress,
    /// How many octets have been read, which may be fewer than have come.
    read: Rc<Cell<u64>>,
    /// The most octets that may come.
    limit: u64,
    tell: &'a mut dyn FnMut(Progress),
    over: bool,
}

impl<'a> Body<'a> {
    pub(super) fn new(
        runtime: &'a Runtime,
        response: Response,
        patience: Patience,
        limit: u64,
        tell: &'a mut dyn FnMut(Progress),
    ) -> Result<Self, Fault> {
        let Response { body: incoming, connection, .. } = response;
        let total = incoming.size_hint().exact();
        if total.is_some_and(|total| total > limit) {
            return Err(Fault::TooMuch { limit });
        }
        let progress = Progress { octets: 0, total };
        tell(progress);
        Ok(Self {
            runtime,
            incoming,
            connection,
            patience,
            piece: Bytes::new(),
            progress,
            read: Rc::default(),
            limit,
            tell,
            over: false,
        })
    }

    /// How many octets were announced.
    pub(super) const fn total(&self) -> Option<u64> {
        self.progress.total
    }

    /// How many octets have been read, for whoever no longer has the body.
    pub(super) fn read_so_far(&self) -> Rc<Cell<u64>> {
        self.read.clone()
    }

    /// Waits for the next piece; `false` at the end.
    fn next(&mut self) -> Result<bool, Fault> {
        if self.over {
            return Ok(false);
        }
        let Progress { octets, total } = self.progress;
        let frame = async {
            match self.incoming.frame().await {
                Some(Ok(frame)) => Ok(Some(frame)),
                Some(Err(error)) => Err(Fault::CutOff { octets, total, problem: bottom(&error) }),
                None => Ok(None),
            }
        };
        let Some(frame) = self.runtime.block_on(self.patience.wait(Stage::Body, frame))? else {
            self.over = true;
            return if self.overran() { Err(Fault::Overrun(octets)) } else { Ok(false) };
        };
        // Trailers are of no interest.
        self.piece = frame.into_data().unwrap_or_default();
        self.progress.octets += self.piece.len() as u64;
        if self.progress.octets > self.limit {
            return Err(Fault::TooMuch { limit: self.limit });
        }
        (self.tell)(self.progress);
        Ok(true)
    }

    /// Whether more came with the end of the body than it was to have. A connection that is kept must be silent then, so
    /// that hyper notices; it has no other name for it than these words.
    fn overran(&mut self) -> bool {
        let task = &mut self.connection.task;
        let ended = self.runtime.block_on(async {
            tokio::task::yield_now().await;
            task.now_or_never()
        });
        matches!(ended, Some(Ok(Err(error))) if error.to_string().contains("unexpected message"))
    }
}

impl BufRead for Body<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.piece.is_empty() && self.next().map_err(io::Error::other)? {}
        Ok(&self.piece)
    }

    fn consume(&mut self, count: usize) {
        let count = count.min(self.piece.len());
        self.read.set(self.read.get() + count as u64);
        self.piece = self.piece.slice(count..);
    }
}

impl Read for Body<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}
