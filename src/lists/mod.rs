//! Where rules come from: source ─▶ parse ─▶ compile ─▶ swap.
//!
//! - [`source`]: what lists there are, and reading their files;
//! - [`parse`]: from text to rules, pure;
//! - [`compile`]: from rules to the policy, pure, with the floor and the operator's own rules;
//! - [`suffixes`]: hosts that many share, pure;
//! - [`store`]: the last good copy of every list, and what is in force; `held` is one list of it;
//! - [`watch`]: noticing changes, and swapping; `notice` is what the system tells of files.
//!
//! A list that is missing, empty or unreadable keeps its last good rules and says so. Only a start with a list that has
//! neither a good file nor a copy fails.

pub mod compile;
mod held;
pub(crate) mod notice;
pub mod parse;
pub mod source;
pub mod store;
pub mod suffixes;
pub mod watch;

pub use compile::{Base, OwnRuleError, floor, own_rules};
pub use source::{ListError, Origin, Source};
pub use store::{Store, StoreError, compile_once};
pub use watch::{ReconfigureError, Watcher};
