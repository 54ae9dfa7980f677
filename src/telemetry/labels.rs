//! The values that labels of the query path can have: few, and known beforehand.

use crate::message::rtype;

/// How a query came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// A datagram.
    Udp,
    /// A stream without encryption.
    Tcp,
}

impl Transport {
    pub(super) const ALL: [Self; 2] = [Self::Udp, Self::Tcp];

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
        }
    }
}

/// The kinds of type that queries are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QueryKind {
    /// Types that most queries are for, each by its own name.
    Known(u16),
    /// DS, DNSKEY, RRSIG, NSEC, NSEC3: what validators ask for.
    Dnssec,
    /// Any other type.
    Other,
    /// What could not be read as a query.
    Invalid,
}

impl QueryKind {
    const KNOWN: [(u16, &'static str); 11] = [
        (rtype::A, "A"),
        (rtype::AAAA, "AAAA"),
        (rtype::HTTPS, "HTTPS"),
        (rtype::PTR, "PTR"),
        (rtype::TXT, "TXT"),
        (rtype::SRV, "SRV"),
        (rtype::MX, "MX"),
        (rtype::NS, "NS"),
        (rtype::SOA, "SOA"),
        (rtype::CNAME, "CNAME"),
        (rtype::ANY, "ANY"),
    ];
    /// The label values, in the order of [`QueryKind::index`].
    pub(super) const LABELS: [&'static str; 14] = {
        let mut labels = ["DNSSEC", "other", "invalid", "", "", "", "", "", "", "", "", "", "", ""];
        let mut index = 0;
        while index < Self::KNOWN.len() {
            labels[index + 3] = Self::KNOWN[index].1;
            index += 1;
        }
        labels
    };

    /// The kind of a QTYPE.
    pub fn of(qtype: u16) -> Self {
        match qtype {
            rtype::DS | rtype::DNSKEY | rtype::RRSIG | rtype::NSEC | rtype::NSEC3 => Self::Dnssec,
            known if Self::KNOWN.iter().any(|(number, _)| *number == known) => Self::Known(known),
            _ => Self::Other,
        }
    }

    pub(super) fn index(self) -> usize {
        match self {
            Self::Dnssec => 0,
            Self::Other => 1,
            Self::Invalid => 2,
            Self::Known(qtype) => {
                3 + Self::KNOWN.iter().position(|(number, _)| *number == qtype).unwrap_or_default()
            }
        }
    }
}

/// What the policy said of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VerdictKind {
    /// No rule, or a rule that lets pass.
    Pass,
    /// Blocked.
    Block,
    /// On a list that only takes note.
    Log,
}

impl VerdictKind {
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Block => "block",
            Self::Log => "log",
        }
    }
}
