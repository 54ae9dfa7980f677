//! Where allowed answers come from.
//!
//! - [`local`]: names that we answer ourselves and never send anywhere;
//! - [`forward`]: everything else, asked of the upstream servers in order, with failover, and each question that is
//!   under way asked once;
//! - `race`: one question: which servers are asked, and when the next;
//! - `waiting`: which questions are under way, and who else waits for them;
//! - [`alias`]: replies behind an alias of a list's own;
//! - [`upstream`]: one server, and [`address`]: where it is;
//! - `datagrams`: asking it over UDP;
//! - `streams`: asking it over TCP or TLS, by way of hickory;
//! - [`system`]: the servers that the machine itself uses;
//! - [`loops`]: whether a server sends our queries back to us;
//! - [`supervise`]: keeping the servers up to date.
//!
//! Only this room uses hickory-resolver.

pub mod address;
pub mod alias;
mod datagrams;
pub mod forward;
pub mod local;
pub mod loops;
mod race;
mod streams;
pub mod supervise;
pub mod system;
pub mod upstream;
mod waiting;

pub use alias::behind_alias;
pub use forward::{Forwarder, ResolveError, Resolved};
pub use local::{LocalAnswer, LocalNames};
pub use loops::LoopProbes;
pub use supervise::{Supervisor, renewed};
pub use upstream::{ServerAddress, Upstream};
