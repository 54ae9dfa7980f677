//! The octets of a trie. Many of them have memory of their own: it is given back to the system when the last one who uses
//! them is gone, and leaves no hole among what else the allocator has.

use std::{
    fmt,
    ops::{Deref, DerefMut},
};

use memmap2::MmapMut;

/// What is shorter stands among everything else.
const LEAST_MAPPED: usize = 1 << 18;

/// So many octets, and room for some more.
pub struct Octets {
    memory: Memory,
    length: usize,
}

enum Memory {
    Mapped(MmapMut),
    Allocated(Vec<u8>),
}

impl Octets {
    /// Zeroes, with room for some more behind them. Where the system maps no more, the allocator is asked.
    pub fn zeroed(length: usize, room_behind: usize) -> Self {
        let room = length + room_behind;
        let mapped = if room < LEAST_MAPPED { None } else { MmapMut::map_anon(room).ok() };
        let memory = mapped.map_or_else(|| Memory::Allocated(vec![0; room]), Memory::Mapped);
        Self { memory, length }
    }

    /// Octets that they take in memory.
    pub(super) fn capacity(&self) -> usize {
        self.room().len()
    }

    /// Keeps the first `start` octets, and puts others behind them.
    pub(super) fn replace_end(&mut self, start: usize, end: &[u8]) {
        let length = start + end.len();
        if length > self.capacity() {
            let mut longer = Self::zeroed(length, 0);
            let kept = start.min(self.length);
            longer[..kept].copy_from_slice(&self[..kept]);
            *self = longer;
        }
        self.length = length;
        self[start..].copy_from_slice(end);
    }

    fn room(&self) -> &[u8] {
        match &self.memory {
            Memory::Mapped(memory) => memory,
            Memory::Allocated(memory) => memory,
        }
    }
}

impl Deref for Octets {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.room()[..self.length]
    }
}

impl DerefMut for Octets {
    fn deref_mut(&mut self) -> &mut [u8] {
        let length = self.length;
        match &mut self.memory {
            Memory::Mapped(memory) => &mut memory[..length],
            Memory::Allocated(memory) => &mut memory[..length],
        }
    }
}

impl From<Vec<u8>> for Octets {
    fn from(octets: Vec<u8>) -> Self {
        Self { length: octets.len(), memory: Memory::Allocated(octets) }
    }
}

impl Default for Octets {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl fmt::Debug for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Octets({})", self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn their_end_is_replaced_wherever_they_stand() {
        for length in [0, 10, LEAST_MAPPED - 1, LEAST_MAPPED, LEAST_MAPPED + 5000] {
            let mut octets = Octets::zeroed(length, 8);
            octets.fill(7);
            let long = vec![9; 300_000];
            for (start, end) in
                [(length, &b"12345678"[..]), (length, b"1"), (length / 2, b""), (length / 2, &long[..])]
            {
                octets.replace_end(start, end);
                assert_eq!(octets.len(), start + end.len());
                assert!(octets[..start].iter().all(|octet| *octet == 7));
                assert_eq!(&octets[start..], end);
                assert!(octets.capacity() >= octets.len());
            }
        }
    }
}
