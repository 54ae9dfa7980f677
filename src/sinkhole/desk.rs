//! What the page asks of those who know: what was stopped for a device, and that somebody wants a site opened.

use std::net::IpAddr;

use crate::name::Name;

/// A site that was stopped for a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// Its name.
    pub name: String,
    /// The lists that name it.
    pub lists: Vec<String>,
    /// How long ago it was stopped last.
    pub seconds_ago: u64,
    /// How often it was stopped.
    pub times: u32,
}

/// Knows what was stopped lately.
pub trait History: Send + Sync + 'static {
    /// What was stopped for `client` in the last hour, the latest first.
    fn stopped_lately(&self, client: IpAddr) -> Vec<Stopped>;
}

/// What became of a request to open a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// It waits for the operator.
    Taken,
    /// It has been waiting already.
    AlreadyWaiting,
    /// The operator has said no.
    AlreadyRefused,
    /// The operator has said yes.
    AlreadyApproved,
    /// The site is not stopped for this client.
    NotBlocked,
    /// Too many requests wait, in all or of this client.
    Full,
}

/// Takes requests to open a site.
pub trait UnblockDesk: Send + Sync + 'static {
    /// `client` asks for `name` to be opened.
    fn ask(&self, client: IpAddr, name: &Name) -> Asked;
}
