//! What decides which reply fits: the question, and the two flags that change what upstream says. A reply has its
//! question in it, so that the store holds nothing but replies.

use std::hash::{Hash, Hasher};

use quick_cache::Equivalent;

use crate::{
    message::{Query, Reply},
    name::Name,
};

/// A question as a key of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    name: Box<[u8]>,
    qtype: u16,
    flags: u8,
}

impl Key {
    /// The key of a question in class IN.
    pub fn new(name: &Name, qtype: u16, dnssec_ok: bool, checking_disabled: bool) -> Self {
        Self { name: name.wire().into(), qtype, flags: flags(dnssec_ok, checking_disabled) }
    }

    /// The key of a client's query.
    pub fn of(query: &Query<'_>) -> Self {
        Self::new(&query.question.name, query.question.qtype, query.dnssec_ok(), query.checking_disabled())
    }

    /// The name, in wire form and lower-cased, and the type.
    pub fn question(&self) -> (&[u8], u16) {
        (&self.name, self.qtype)
    }

    pub(super) const fn flags(&self) -> u8 {
        self.flags
    }

    fn borrowed(&self) -> KeyRef<'_> {
        KeyRef { name: &self.name, qtype: self.qtype, flags: self.flags }
    }
}

const DNSSEC_OK: u8 = 1;
const CHECKING_DISABLED: u8 = 2;

fn flags(dnssec_ok: bool, checking_disabled: bool) -> u8 {
    (u8::from(dnssec_ok) * DNSSEC_OK) | (u8::from(checking_disabled) * CHECKING_DISABLED)
}

/// Whether a kept reply is for clients that want signatures, and for those that validate for themselves: DO and CD of
/// the query that it answers.
pub fn flags_of(reply: &Reply) -> (bool, bool) {
    (reply.variant() & DNSSEC_OK != 0, reply.variant() & CHECKING_DISABLED != 0)
}

/// A key that borrows from a query or a reply, so that looking up does not allocate.
#[derive(PartialEq, Eq)]
pub(super) struct KeyRef<'a> {
    name: &'a [u8],
    qtype: u16,
    flags: u8,
}

impl<'a> KeyRef<'a> {
    /// What `query` would look for if it asked for `name`.
    pub(super) fn of(name: &'a Name, query: &Query<'_>) -> Self {
        let flags = flags(query.dnssec_ok(), query.checking_disabled());
        Self { name: name.wire(), qtype: query.question.qtype, flags }
    }
}

/// A kept reply as its own key: the same piece of memory as the value beside it.
#[derive(Debug, Clone)]
pub(super) struct Kept(pub(super) Reply);

impl Kept {
    fn key(&self) -> KeyRef<'_> {
        KeyRef { name: self.0.name(), qtype: self.0.qtype(), flags: self.0.variant() }
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Kept {}

impl Hash for KeyRef<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(self.name);
        state.write_u32(u32::from(self.qtype) << 8 | u32::from(self.flags));
    }
}

impl Hash for Kept {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.borrowed().hash(state);
    }
}

impl Equivalent<Kept> for KeyRef<'_> {
    fn equivalent(&self, kept: &Kept) -> bool {
        *self == kept.key()
    }
}

impl Equivalent<Kept> for Key {
    fn equivalent(&self, kept: &Kept) -> bool {
        self.borrowed() == kept.key()
    }
}
