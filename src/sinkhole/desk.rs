//! What the page can do for the person at the screen beyond explaining: tell what was stopped for this device lately, and
//! hand a request to unblock over to whoever decides, which is nobody at this screen.

use std::{net::IpAddr, time::Duration};

use crate::name::Name;
pub use crate::unblock::Asked;

/// Knows what was stopped for a client.
pub trait History: Send + Sync + 'static {
    /// The names that led a client to the page in the last hour, the newest first.
    fn stopped_lately(&self, client: IpAddr) -> Vec<Stopped>;
}

/// A name that led a client to the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// The name.
    pub name: String,
    /// The lists that name it now; none if it is no longer blocked for this client.
    pub lists: Vec<String>,
    /// How long ago it was asked for last.
    pub seconds_ago: u64,
    /// How often; queries within two seconds of the one before count with it.
    pub times: u32,
}

/// Takes requests to unblock.
pub trait UnblockDesk: Send + Sync + 'static {
    /// A client asks for a name. Neither waits for the disk nor for the decision.
    fn ask(&self, client: IpAddr, name: &Name) -> Asked;

    /// How long scam stays blocked after it is approved.
    fn delay(&self) -> Duration;
}
