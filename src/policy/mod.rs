//! Who asks × what ⟶ verdict. Pure: a compiled snapshot is asked, and answers with its reason.
//!
//! - [`rules`]: the snapshot ([`Policy`]) and its questions;
//! - [`block`]: what the answer for a blocked name looks like, type by type;
//! - [`clients`]: who may ask at all;
//! - [`interfaces`]: our own addresses, and which of them a client can reach the page at.

pub mod block;
pub mod clients;
pub mod interfaces;
pub mod rules;

pub use block::{BlockedAnswer, Shape, Sinkhole, blocked_answer};
pub use clients::{Access, AccessError};
pub use interfaces::{Interface, Interfaces, SinkholeSetting, SinkholeSettings};
pub use rules::{Cause, ListInfo, MAX_LISTS, Policy, Source, Verdict};
