//! A reply as it lies in memory: a fixed head and all octets behind it, in one piece. A cache keeps hundreds of
//! thousands of them, and a hit should wait for memory once.

use std::{
    sync::atomic::{AtomicU8, AtomicU32, Ordering},
    time::Instant,
};

use triomphe::{Arc, ThinArc};

use super::Reply;
use crate::message::{ExtendedError, Rcode, skip_name};

/// What stands in front of the octets. The counters that `ThinArc` adds are 16 octets, so the two make a cache line.
#[derive(Debug)]
pub(super) struct Head {
    /// When it was put into the cache.
    pub(super) since: Option<Instant>,
    /// How long it may be kept, in seconds.
    pub(super) ttl: u32,
    /// See [`Reply::tried`] and its neighbours.
    tried: AtomicU32,
    failed: AtomicU32,
    pub(super) rcode: Rcode,
    pub(super) counts: [u16; 3],
    pub(super) qtype: u16,
    /// How long each part of the octets is. TTLs have two octets for each record, and errors are what is left.
    pub(super) body: u16,
    pub(super) targets: u16,
    pub(super) servers: u16,
    pub(super) name: u8,
    /// TC: even the stream could not carry all of it.
    pub(super) truncated: bool,
    variant: u8,
    uses: AtomicU8,
}

/// The parts of a reply, in the order in which they stand behind the head.
#[derive(Debug, Default)]
pub(super) struct Parts<'a> {
    /// The question's name, lower-cased, in wire form.
    pub(super) name: &'a [u8],
    /// Where in `body` each record's TTL stands.
    pub(super) ttls: &'a [u16],
    /// The records behind the question.
    pub(super) body: &'a [u8],
    /// Names one behind the other, in wire form.
    pub(super) targets: &'a [u8],
    pub(super) servers: &'a [u8],
    /// Errors one behind the other, as [`push_error`] writes them.
    pub(super) errors: &'a [u8],
}

impl Head {
    /// A head for these parts; the rest is for the caller to fill in.
    pub(super) fn of(parts: &Parts<'_>) -> Self {
        Self {
            since: None,
            ttl: 0,
            tried: AtomicU32::new(0),
            failed: AtomicU32::new(0),
            rcode: Rcode::NOERROR,
            counts: [0; 3],
            qtype: 0,
            // A message has 65,535 octets at most, a name 255, and names are bounded in number.
            body: parts.body.len() as u16,
            targets: parts.targets.len() as u16,
            servers: parts.servers.len() as u16,
            name: parts.name.len() as u8,
            truncated: false,
            variant: 0,
            uses: AtomicU8::new(0),
        }
    }

    /// The same, nothing noted yet.
    fn afresh(&self) -> Self {
        Self {
            since: self.since,
            ttl: self.ttl,
            tried: AtomicU32::new(0),
            failed: AtomicU32::new(0),
            rcode: self.rcode,
            counts: self.counts,
            qtype: self.qtype,
            body: self.body,
            targets: self.targets,
            servers: self.servers,
            name: self.name,
            truncated: self.truncated,
            variant: self.variant,
            uses: AtomicU8::new(0),
        }
    }

    fn records(&self) -> usize {
        self.counts.iter().map(|count| usize::from(*count)).sum()
    }

    /// Where the body stands in the octets.
    pub(super) fn body_at(&self) -> usize {
        usize::from(self.name) + 2 * self.records()
    }
}

impl Reply {
    /// Puts head and parts together.
    pub(super) fn from_parts(head: Head, parts: &Parts<'_>) -> Self {
        let behind = [parts.body, parts.targets, parts.servers, parts.errors];
        let length =
            parts.name.len() + 2 * parts.ttls.len() + behind.iter().map(|part| part.len()).sum::<usize>();
        let mut octets = Vec::with_capacity(length);
        octets.extend_from_slice(parts.name);
        octets.extend(parts.ttls.iter().flat_map(|at| at.to_le_bytes()));
        for part in behind {
            octets.extend_from_slice(part);
        }
        Self(ThinArc::from_header_and_slice(head, &octets))
    }

    pub(super) fn head(&self) -> &Head {
        &self.0.header.header
    }

    pub(super) fn change_head(&mut self, change: impl FnOnce(&mut Head)) {
        self.part_company();
        self.0.with_arc_mut(|arc| Arc::get_mut(arc).map(|unique| change(unique.header_mut())));
    }

    pub(super) fn change_octets(&mut self, change: impl FnOnce(&mut [u8])) {
        self.part_company();
        self.0.with_arc_mut(|arc| Arc::get_mut(arc).map(|unique| change(unique.slice_mut())));
    }

    /// Takes a copy, if somebody else has this reply as well: it is to be changed.
    fn part_company(&mut self) {
        if ThinArc::strong_count(&self.0) > 1 {
            self.0 = ThinArc::from_header_and_slice(self.head().afresh(), &self.0.slice);
        }
    }

    fn part(&self, at: usize, length: usize) -> &[u8] {
        self.0.slice.get(at..at + length).unwrap_or_default()
    }

    /// The question's name, lower-cased, in wire form.
    pub fn name(&self) -> &[u8] {
        self.part(0, usize::from(self.head().name))
    }

    /// Where in the body the TTL of each record stands.
    pub(super) fn ttls(&self) -> impl ExactSizeIterator<Item = u16> {
        let octets = self.part(usize::from(self.head().name), 2 * self.head().records());
        octets.chunks_exact(2).map(|octets| u16::from_le_bytes([octets[0], octets[1]]))
    }

    /// The records as they stand behind the question; compression pointers count from the message's beginning.
    pub fn body(&self) -> &[u8] {
        self.part(self.head().body_at(), usize::from(self.head().body))
    }

    fn behind_body(&self) -> usize {
        self.head().body_at() + usize::from(self.head().body)
    }

    pub(super) fn target_octets(&self) -> &[u8] {
        self.part(self.behind_body(), usize::from(self.head().targets))
    }

    pub(super) fn server_octets(&self) -> &[u8] {
        self.part(self.behind_body() + usize::from(self.head().targets), usize::from(self.head().servers))
    }

    /// What the upstream said about its reply (RFC 8914 §3: forwarders may pass it on).
    pub fn errors(&self) -> impl Iterator<Item = (ExtendedError, &str)> {
        let at = self.behind_body() + usize::from(self.head().targets) + usize::from(self.head().servers);
        let mut rest = self.0.slice.get(at..).unwrap_or_default();
        std::iter::from_fn(move || {
            let (fixed, behind) = rest.split_first_chunk::<3>()?;
            let (text, behind) = behind.split_at_checked(usize::from(fixed[2]))?;
            rest = behind;
            let info = u16::from_be_bytes([fixed[0], fixed[1]]);
            Some((ExtendedError(info), str::from_utf8(text).unwrap_or_default()))
        })
    }

    /// Octets that this reply takes in memory, as it asks them of the allocator.
    pub fn octets(&self) -> usize {
        // `ThinArc` has a counter and the length in front.
        2 * size_of::<usize>() + size_of::<Head>() + self.0.slice.len()
    }
}

/// What the cache notes beside a reply, in the same piece of memory. Nothing of it is on the wire.
impl Reply {
    /// Notes since when it is kept, and for which of the queries for its name and type.
    pub fn keep(&mut self, variant: u8, since: Instant) {
        self.change_head(|head| (head.variant, head.since) = (variant, Some(since)));
    }

    /// Which of the queries for its name and type it answers.
    pub fn variant(&self) -> u8 {
        self.head().variant
    }

    /// Since when it is kept.
    pub fn since(&self) -> Option<Instant> {
        self.head().since
    }

    /// The type that was asked for.
    pub fn qtype(&self) -> u16 {
        self.head().qtype
    }

    /// Counts a use up to `most`, and no further: a counter that is always written would go to and fro between
    /// cores.
    pub fn count_use(&self, most: u8) {
        if self.uses() < most {
            self.head().uses.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How often it was used, as far as [`Reply::count_use`] counts.
    pub fn uses(&self) -> u8 {
        self.head().uses.load(Ordering::Relaxed)
    }

    /// When a newer one was last asked for, in whatever the cache counts; 0 is never.
    pub fn tried(&self) -> &AtomicU32 {
        &self.head().tried
    }

    /// When asking for a newer one last failed; 0 is never.
    pub fn failed(&self) -> &AtomicU32 {
        &self.head().failed
    }
}

/// Appends an error: its code, the length of its text, and the text.
pub(super) fn push_error(octets: &mut Vec<u8>, error: ExtendedError, text: &str) {
    let text = &text[..text.floor_char_boundary(usize::from(u8::MAX).min(text.len()))];
    octets.extend(error.0.to_be_bytes());
    octets.push(text.len() as u8);
    octets.extend(text.as_bytes());
}

/// Takes names apart that stand one behind the other.
pub(super) fn names(octets: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = octets;
    std::iter::from_fn(move || {
        let end = skip_name(rest, 0)?;
        let (name, behind) = rest.split_at_checked(end)?;
        rest = behind;
        Some(name)
    })
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::*;

    #[test]
    fn the_head_and_the_counters_in_front_are_one_cache_line() {
        assert_eq!(2 * size_of::<usize>() + size_of::<Head>(), 64);
    }
}
