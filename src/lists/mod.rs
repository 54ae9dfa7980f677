//! Where rules come from: source ─▶ parse ─▶ compile ─▶ swap.
//!
//! - [`source`]: what lists there are, and reading their files;
//! - [`parse`]: from text to rules, pure;
//! - [`catalogue`]: public lists, as they are shipped;
//! - [`compile`]: from rules to the policy, pure, with the floor and the operator's own rules; a text's rules are compiled
//!   by themselves first, so that this can be kept;
//! - [`own`]: the operator's own rules;
//! - [`guard`]: what a list may not say, pure; measured by [`suffixes`] and [`popular`] names;
//! - [`quarantine`]: what is held back of a list, pure; [`released`] is the file of what is not;
//! - [`survey`]: what the guards say, for commands that run without a server;
//! - [`scratch`]: room on the disk for what compiling puts aside;
//! - [`store`]: the last good copy of every list, and what is in force; `held` is one list of it, with what was parsed of
//!   its copies, `saved` the compiled rules on disk;
//! - [`subscription`]: lists that are fetched; [`fetch`]: fetching one; [`status`]: how each list is;
//! - [`watch`]: noticing changes, and swapping; `notice` is what the system tells of files.
//!
//! A list that is missing, empty or unreadable keeps its last good rules and says so. Only a start with a list that has
//! neither a good file nor a copy fails.

mod apart;
pub mod catalogue;
pub mod compile;
pub mod fetch;
pub mod guard;
mod held;
pub mod moment;
pub mod names;
pub(crate) mod notice;
pub mod own;
pub mod parse;
pub mod popular;
pub mod quarantine;
pub mod released;
pub(crate) mod replace;
mod saved;
pub mod scratch;
pub mod source;
pub mod status;
pub mod store;
pub mod subscription;
pub mod suffixes;
pub mod survey;
pub mod watch;

pub use compile::{Base, floor};
pub use own::{OwnRuleError, own_rules};
pub use popular::{GuardError, read_guard};
pub use source::{ListError, Origin, Source};
pub use store::{Store, StoreError, compile_once, fetched_copy};
pub use watch::{ReconfigureError, Watcher};
