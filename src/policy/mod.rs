//! Who asks × what ⟶ verdict. Pure: a compiled snapshot is asked, and answers with its reason.
//!
//! - [`rules`]: the snapshot ([`Policy`]) and its questions; [`lists`]: what lists say, compiled;
//! - [`own`]: the operator's own rules; [`patterns`]: their regular expressions;
//! - [`cause`]: the rule that decided, from which every explanation starts;
//! - [`review`]: what rules say of addresses and of servers;
//! - [`block`]: what the answer for a blocked name looks like, type by type;
//! - [`clients`]: who may ask at all;
//! - [`interfaces`]: our own addresses, and which of them a client can reach the page at.

pub mod block;
pub mod cause;
pub mod clients;
pub mod interfaces;
pub mod lists;
pub mod own;
pub mod patterns;
pub mod review;
pub mod rules;

pub use block::{BlockedAnswer, Shape, Sinkhole, blocked_answer};
pub use cause::{Cause, ListInfo, Response, Source};
pub use clients::{Access, AccessError};
pub use interfaces::{Interface, Interfaces, SinkholeSetting, SinkholeSettings};
pub use lists::{ListRules, Record, Types};
pub use own::OwnRules;
pub use patterns::{PatternError, Patterns};
pub use review::{Review, Target};
pub use rules::{MAX_LISTS, Policy, Verdict};
