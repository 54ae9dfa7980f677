//! Where a builder keeps what would take too much memory: octets that are written once, from end to end, and then read
//! again, in pieces. The builder does no I/O itself; its owner says what such a place is.

use std::{fmt, io, sync::Arc};

/// Octets that are appended, and read again. Dropping it ends it.
pub trait Scratch: fmt::Debug + Send + Sync {
    /// Appends octets. They are kept in any case, in memory if there is no other room.
    fn append(&mut self, octets: &[u8]);

    /// Reads octets from `from` on. Gives how many were read: fewer than there is room for only at the end.
    ///
    /// # Errors
    ///
    /// If what was appended cannot be read.
    fn read(&self, from: u64, into: &mut [u8]) -> io::Result<usize>;
}

impl Scratch for Vec<u8> {
    fn append(&mut self, octets: &[u8]) {
        self.extend_from_slice(octets);
    }

    fn read(&self, from: u64, into: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(from).ok().and_then(|from| self.get(from..)).unwrap_or_default();
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

impl<S: Scratch + ?Sized> Scratch for Box<S> {
    fn append(&mut self, octets: &[u8]) {
        (**self).append(octets);
    }

    fn read(&self, from: u64, into: &mut [u8]) -> io::Result<usize> {
        (**self).read(from, into)
    }
}

impl<S: Scratch + ?Sized> Scratch for &mut S {
    fn append(&mut self, octets: &[u8]) {
        (**self).append(octets);
    }

    fn read(&self, from: u64, into: &mut [u8]) -> io::Result<usize> {
        (**self).read(from, into)
    }
}

/// Makes places for octets: in memory, unless somebody else says better.
#[derive(Clone)]
pub struct Scratches(Arc<dyn Fn() -> Box<dyn Scratch> + Send + Sync>);

impl Scratches {
    /// Places that `make` makes.
    pub fn new(make: impl Fn() -> Box<dyn Scratch> + Send + Sync + 'static) -> Self {
        Self(Arc::new(make))
    }

    /// An empty place.
    pub fn place(&self) -> Box<dyn Scratch> {
        (self.0)()
    }

    /// An empty place that is written to.
    pub(super) fn begin(&self) -> Writing {
        Writing::to(self.place())
    }
}

impl Default for Scratches {
    fn default() -> Self {
        Self::new(|| Box::new(Vec::new()))
    }
}

impl fmt::Debug for Scratches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Scratches").finish_non_exhaustive()
    }
}

/// So many octets are gathered before they are appended.
const GATHERED: usize = 32 << 10;

/// A place that is written to.
#[derive(Debug)]
pub(super) struct Writing<S = Box<dyn Scratch>> {
    scratch: S,
    buffer: Vec<u8>,
    written: u64,
}

impl<S: Scratch> Writing<S> {
    /// Writes to that place.
    pub(super) const fn to(scratch: S) -> Self {
        Self { scratch, buffer: Vec::new(), written: 0 }
    }

    pub(super) fn push(&mut self, octets: &[u8]) {
        if self.buffer.len() + octets.len() > GATHERED {
            self.flush();
        }
        self.buffer.extend_from_slice(octets);
    }

    fn flush(&mut self) {
        self.scratch.append(&self.buffer);
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
    }

    /// How many octets were written in all.
    pub(super) fn end(mut self) -> u64 {
        self.flush();
        self.written
    }
}

impl Writing {
    pub(super) fn finish(mut self) -> Written {
        self.flush();
        Written { scratch: self.scratch, length: self.written }
    }
}

/// A place that is only read from now on.
#[derive(Debug)]
pub(super) struct Written {
    scratch: Box<dyn Scratch>,
    length: u64,
}

impl Default for Written {
    fn default() -> Self {
        Self { scratch: Box::new(Vec::new()), length: 0 }
    }
}

impl Written {
    /// The first octets of a place that somebody else has written.
    pub(super) const fn of(scratch: Box<dyn Scratch>, length: u64) -> Self {
        Self { scratch, length }
    }

    /// How many octets there are.
    pub(super) const fn len(&self) -> u64 {
        self.length
    }

    /// Fills `into` with the octets from `from` on.
    pub(super) fn read_exact(&self, from: u64, into: &mut [u8]) -> io::Result<()> {
        let mut done = 0;
        while done < into.len() {
            match self.scratch.read(from + done as u64, &mut into[done..])? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => done += count,
            }
        }
        Ok(())
    }

    /// Appends all octets to `out`.
    #[cfg(test)]
    pub(super) fn append_to(&self, out: &mut Vec<u8>) -> io::Result<()> {
        let start = out.len();
        out.resize(start + self.length as usize, 0);
        self.read_exact(0, &mut out[start..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_from_anywhere() {
        let mut writing = Scratches::default().begin();
        let text: Vec<u8> = (0..200_000_u32).map(|at| at as u8 ^ (at >> 8) as u8).collect();
        text.chunks(777).for_each(|part| writing.push(part));
        let written = writing.finish();
        assert_eq!(written.len(), text.len() as u64);
        let mut part = [0; 1000];
        written.read_exact(150_001, &mut part).unwrap();
        assert_eq!(part[..], text[150_001..151_001]);
        let mut all = b"x".to_vec();
        written.append_to(&mut all).unwrap();
        assert_eq!(all[1..], text);
        assert!(written.read_exact(199_999, &mut [0; 2]).is_err());
    }
}
