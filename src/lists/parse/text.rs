//! The text of a list, in pieces of whole lines: a long list takes no more memory than a short one.

use std::{
    io::{self, Read, Seek},
    ops::ControlFlow,
};

use super::{MAX_LINE_OCTETS, lines};

/// A text that can be gone through several times: a file, or octets in memory.
pub trait Text: Read + Seek {}

impl<T: Read + Seek + ?Sized> Text for T {}

/// So much of a text is in memory at once.
pub(super) const ROOM: usize = 256 << 10;
/// The least room that pieces can have: of a line that finds no room, what tells that it is too long is kept.
const LEAST_ROOM: usize = 4 * MAX_LINE_OCTETS;

/// A text in pieces.
pub(super) struct Pieces<'t> {
    text: &'t mut dyn Text,
    /// What was read. Up to `whole` it is whole lines.
    buffer: Vec<u8>,
    whole: usize,
    /// Whether the text ends with the buffer.
    ended: bool,
    room: usize,
}

impl<'t> Pieces<'t> {
    /// Before the first piece.
    pub(super) fn new(text: &'t mut dyn Text, room: usize) -> Self {
        Self { text, buffer: Vec::new(), whole: 0, ended: false, room: room.max(LEAST_ROOM) }
    }

    /// Goes back to the beginning, and reads the first piece.
    pub(super) fn rewind(&mut self) -> io::Result<()> {
        self.text.rewind()?;
        self.buffer.clear();
        (self.whole, self.ended) = (0, false);
        self.advance(0)
    }

    /// The text itself, at its beginning.
    pub(super) fn whole_text(&mut self) -> io::Result<&mut dyn Text> {
        self.text.rewind()?;
        Ok(self.text)
    }

    /// The piece: whole lines; none at the end of the text.
    pub(super) fn piece(&self) -> &[u8] {
        &self.buffer[..self.whole]
    }

    /// How long the line behind this piece is at least; the longest there is where the text ends with it.
    pub(super) const fn ahead(&self) -> usize {
        if self.ended { usize::MAX } else { self.buffer.len() - self.whole }
    }

    /// Goes on behind the first `done` octets of the piece.
    pub(super) fn advance(&mut self, done: usize) -> io::Result<()> {
        self.buffer.drain(..done.min(self.whole));
        self.read_on()?;
        if self.buffer.len() == self.room && memchr::memchr(b'\n', &self.buffer).is_none() {
            self.buffer.truncate(self.room / 2);
            self.skip_to_newline()?;
        }
        let last_newline = memchr::memrchr(b'\n', &self.buffer);
        self.whole = if self.ended { self.buffer.len() } else { last_newline.map_or(0, |at| at + 1) };
        Ok(())
    }

    /// Fills the buffer.
    fn read_on(&mut self) -> io::Result<()> {
        let mut length = self.buffer.len();
        self.buffer.resize(self.room, 0);
        while !self.ended && length < self.room {
            match self.text.read(&mut self.buffer[length..]) {
                Ok(0) => self.ended = true,
                Ok(count) => length += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.buffer.truncate(length);
        Ok(())
    }

    /// Leaves out the rest of a line.
    fn skip_to_newline(&mut self) -> io::Result<()> {
        let mut rest = vec![0; self.room / 4];
        loop {
            match self.text.read(&mut rest) {
                Ok(0) => {
                    self.ended = true;
                    return Ok(());
                }
                Ok(count) => {
                    if let Some(at) = memchr::memchr(b'\n', &rest[..count]) {
                        self.buffer.extend_from_slice(&rest[at..count]);
                        return Ok(());
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Gives every piece, from the first on, until `each` has enough.
    pub(super) fn each_piece(&mut self, each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> io::Result<()> {
        self.rewind()?;
        while !self.piece().is_empty() && each(self.piece()).is_continue() {
            self.advance(self.whole)?;
        }
        Ok(())
    }

    /// Gives every line, trimmed of what surrounds its text.
    pub(super) fn each_line(&mut self, each: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        self.each_piece(&mut |piece| {
            lines(piece).for_each(&mut *each);
            ControlFlow::Continue(())
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    /// Gives a few octets at a time.
    struct Slow(Cursor<Vec<u8>>, usize);

    impl Read for Slow {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.1 = self.1 % 997 + 1;
            let most = into.len().min(self.1 * 11);
            self.0.read(&mut into[..most])
        }
    }

    impl Seek for Slow {
        fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }

    proptest! {
        #[test]
        fn pieces_have_every_line_and_of_long_ones_enough(lengths in proptest::collection::vec(prop_oneof![20 => 0_usize..60, 1 => 0_usize..50_000], 0..400), newline in any::<bool>()) {
            let mut text = lengths.iter().map(|length| vec![b'x'; *length]).collect::<Vec<_>>().join(&b'\n');
            if newline {
                text.push(b'\n');
            }
            let expected: Vec<Vec<u8>> = lines(&text).filter(|_| !text.is_empty()).map(<[u8]>::to_vec).collect();
            let mut text = Slow(Cursor::new(text.clone()), 0);
            let mut pieces = Pieces::new(&mut text, 0);
            for _ in 0..2 {
                let mut found = Vec::new();
                pieces.each_line(&mut |line| found.push(line.to_vec())).unwrap();
                prop_assert_eq!(found.len(), expected.len());
                for (found, expected) in found.iter().zip(&expected) {
                    let is_cut = found.len() > MAX_LINE_OCTETS && expected.len() > LEAST_ROOM / 2;
                    prop_assert!(found == expected || is_cut && expected.starts_with(found));
                }
            }
        }
    }
}
