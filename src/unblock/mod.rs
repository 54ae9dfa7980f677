//! "This is a mistake": what was stopped for whom, who asks for a block to be lifted, and what is lifted for whom. Pure:
//! the time is handed in, and nothing here is bounded by more than numbers that stand here.
//!
//! - [`history`]: the names that were stopped for a client in the last hour;
//! - [`requests`]: the queue of requests, and what was decided of them;
//! - [`lifts`]: what is lifted now, as queries read it.

pub mod history;
pub mod lifts;
pub mod requests;

pub use history::{History, Stop};
pub use lifts::Lifts;
pub use requests::{Asked, Blocked, Request, Requests, State};
