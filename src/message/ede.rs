//! Extended DNS errors (RFC 8914): why an answer is what it is, for a client that sent an OPT record.

/// The EDNS option code of an extended DNS error (RFC 8914 §2).
pub const OPTION_CODE: u16 = 15;

/// An INFO-CODE of the registry that RFC 8914 §5.2 made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExtendedError(pub u16);

impl ExtendedError {
    /// Something that no other code says.
    pub const OTHER: Self = Self(0);
    /// The answer's time is over, and no newer one could be had.
    pub const STALE_ANSWER: Self = Self(3);
    /// The answer was made up by us: the sinkhole's address.
    pub const FORGED_ANSWER: Self = Self(4);
    /// The server is not ready or has too much to do.
    pub const NOT_READY: Self = Self(14);
    /// The name is on a list that the operator chose for their users' sake.
    pub const FILTERED: Self = Self(17);
    /// The client may not ask here.
    pub const PROHIBITED: Self = Self(18);
    /// The same of an answer that says that the name does not exist.
    pub const STALE_NXDOMAIN: Self = Self(19);
    /// No upstream could be reached.
    pub const NO_REACHABLE_AUTHORITY: Self = Self(22);
    /// An upstream gave no usable reply.
    pub const NETWORK_ERROR: Self = Self(23);
}
