//! Numbers of the DNS that Sekisho speaks of by name, from IANA's "Domain Name System Parameters".

use std::fmt;

/// TYPE values.
pub mod rtype {
    #![allow(missing_docs)] // the names are the registry's
    pub const A: u16 = 1;
    pub const NS: u16 = 2;
    pub const CNAME: u16 = 5;
    pub const SOA: u16 = 6;
    pub const PTR: u16 = 12;
    pub const MX: u16 = 15;
    pub const TXT: u16 = 16;
    pub const AAAA: u16 = 28;
    pub const SRV: u16 = 33;
    pub const DNAME: u16 = 39;
    pub const OPT: u16 = 41;
    pub const DS: u16 = 43;
    pub const RRSIG: u16 = 46;
    pub const NSEC: u16 = 47;
    pub const DNSKEY: u16 = 48;
    pub const NSEC3: u16 = 50;
    pub const SVCB: u16 = 64;
    pub const HTTPS: u16 = 65;
    pub const TKEY: u16 = 249;
    pub const TSIG: u16 = 250;
    pub const IXFR: u16 = 251;
    pub const AXFR: u16 = 252;
    pub const MAILB: u16 = 253;
    pub const MAILA: u16 = 254;
    pub const ANY: u16 = 255;
}

/// CLASS values.
pub mod class {
    /// The Internet, the only class that is resolved here.
    pub const IN: u16 = 1;
}

/// A response code, extended by EDNS to 12 bits (RFC 6891 §6.1.3).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rcode(pub u16);

impl Rcode {
    /// No error.
    pub const NOERROR: Self = Self(0);
    /// The query could not be understood.
    pub const FORMERR: Self = Self(1);
    /// The answer could not be found out.
    pub const SERVFAIL: Self = Self(2);
    /// The name does not exist, nor does any below it (RFC 8020).
    pub const NXDOMAIN: Self = Self(3);
    /// This kind of query is not known here.
    pub const NOTIMP: Self = Self(4);
    /// The query is understood and not answered.
    pub const REFUSED: Self = Self(5);
    /// The EDNS version is higher than ours.
    pub const BADVERS: Self = Self(16);
    /// The client's server cookie is missing or not ours, and it must have one (RFC 7873 §8).
    pub const BADCOOKIE: Self = Self(23);

    /// The registry's mnemonic, or `OTHER`: a label of metrics must be bounded.
    pub const fn mnemonic(self) -> &'static str {
        match self.0 {
            0 => "NOERROR",
            1 => "FORMERR",
            2 => "SERVFAIL",
            3 => "NXDOMAIN",
            4 => "NOTIMP",
            5 => "REFUSED",
            16 => "BADVERS",
            23 => "BADCOOKIE",
            _ => "OTHER",
        }
    }
}

impl fmt::Debug for Rcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.mnemonic(), self.0)
    }
}
