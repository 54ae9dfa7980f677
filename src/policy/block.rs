//! What a blocked name's answer looks like, type by type.
//!
//! For one name and one client the response code is the same for every type: a cache further down that sees
//! NXDOMAIN for one type takes the name away for all (RFC 8020).

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use crate::message::{ExtendedError, Rcode, class, rtype};

/// How names of a category are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Shape {
    /// The sinkhole's address, where the page is.
    #[default]
    Page,
    /// 0.0.0.0 and ::, for what is embedded in pages and would be disturbed by another page in its place.
    Null,
    /// The name does not exist, where nothing below it does; else there is no data.
    Nxdomain,
    /// The name exists and has no data of any type.
    Nodata,
    /// No answer is given.
    Refused,
    /// The query passes, and is counted.
    Log,
}

/// The word is no shape.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is none of page, null, nxdomain, nodata, refused, log")]
pub struct UnknownShape(String);

impl Shape {
    /// The word for it in the configuration.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Null => "null",
            Self::Nxdomain => "nxdomain",
            Self::Nodata => "nodata",
            Self::Refused => "refused",
            Self::Log => "log",
        }
    }
}

impl FromStr for Shape {
    type Err = UnknownShape;

    fn from_str(word: &str) -> Result<Self, UnknownShape> {
        [Self::Page, Self::Null, Self::Nxdomain, Self::Nodata, Self::Refused, Self::Log]
            .into_iter()
            .find(|shape| shape.word() == word)
            .ok_or_else(|| UnknownShape(word.into()))
    }
}

/// Where the page is, for one client: an address of each family, if there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sinkhole {
    /// For A queries.
    pub v4: Option<Ipv4Addr>,
    /// For AAAA queries.
    pub v6: Option<Ipv6Addr>,
}

/// The answer to a query for a blocked name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockedAnswer {
    /// The response code.
    pub rcode: Rcode,
    /// The only record of the answer section, if there is one.
    pub address: Option<IpAddr>,
    /// Whether a SOA record says how long the negative answer may be kept.
    pub negative: bool,
    /// Why, for a client with EDNS.
    pub errors: &'static [ExtendedError],
}

/// Chooses the answer for a name that is blocked in this `shape`. `everything_below` tells whether all names below
/// it are blocked too.
pub fn blocked_answer(
    shape: Shape,
    everything_below: impl FnOnce() -> bool,
    qtype: u16,
    qclass: u16,
    sinkhole: Sinkhole,
) -> BlockedAnswer {
    const FILTERED: &[ExtendedError] = &[ExtendedError::FILTERED];
    const FORGED: &[ExtendedError] = &[ExtendedError::FORGED_ANSWER, ExtendedError::FILTERED];
    let refused = BlockedAnswer { rcode: Rcode::REFUSED, address: None, negative: false, errors: FILTERED };
    let negative = |rcode| BlockedAnswer { rcode, address: None, negative: true, errors: FILTERED };
    if qclass != class::IN {
        return refused;
    }
    let address: Option<IpAddr> = match (shape, qtype) {
        (Shape::Refused, _) => return refused,
        (Shape::Nxdomain, _) if everything_below() => return negative(Rcode::NXDOMAIN),
        (Shape::Page, rtype::A) => sinkhole.v4.map(Into::into),
        (Shape::Page, rtype::AAAA) => sinkhole.v6.map(Into::into),
        (Shape::Null, rtype::A) => Some(Ipv4Addr::UNSPECIFIED.into()),
        (Shape::Null, rtype::AAAA) => Some(Ipv6Addr::UNSPECIFIED.into()),
        _ => None,
    };
    match address {
        Some(_) => BlockedAnswer { rcode: Rcode::NOERROR, address, negative: false, errors: FORGED },
        None => negative(Rcode::NOERROR),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SINKHOLE: Sinkhole = Sinkhole { v4: Some(Ipv4Addr::LOCALHOST), v6: None };

    fn answer(shape: Shape, below: bool, qtype: u16) -> (Rcode, Option<IpAddr>, bool) {
        let answer = blocked_answer(shape, || below, qtype, class::IN, SINKHOLE);
        (answer.rcode, answer.address, answer.negative)
    }

    #[test]
    fn only_address_queries_get_an_address() {
        let v4 = Some(IpAddr::V4(Ipv4Addr::LOCALHOST));
        assert_eq!(answer(Shape::Page, true, rtype::A), (Rcode::NOERROR, v4, false));
        for qtype in [rtype::AAAA, rtype::HTTPS, rtype::SVCB, rtype::MX, rtype::TXT, rtype::ANY, 65_280] {
            assert_eq!(answer(Shape::Page, true, qtype), (Rcode::NOERROR, None, true), "{qtype}");
        }
        assert_eq!(answer(Shape::Null, true, rtype::AAAA).1, Some(Ipv6Addr::UNSPECIFIED.into()));
    }

    #[test]
    fn the_rcode_is_the_same_for_every_type() {
        for shape in [Shape::Page, Shape::Null, Shape::Nxdomain, Shape::Nodata, Shape::Refused] {
            for below in [true, false] {
                let codes =
                    [rtype::A, rtype::AAAA, rtype::HTTPS, rtype::TXT].map(|t| answer(shape, below, t).0);
                assert!(codes.iter().all(|code| *code == codes[0]), "{shape:?}");
            }
        }
        assert_eq!(answer(Shape::Nxdomain, true, rtype::A).0, Rcode::NXDOMAIN);
        assert_eq!(answer(Shape::Nxdomain, false, rtype::A).0, Rcode::NOERROR);
    }

    #[test]
    fn other_classes_are_refused() {
        assert_eq!(blocked_answer(Shape::Page, || true, rtype::TXT, 3, SINKHOLE).rcode, Rcode::REFUSED);
    }

    #[test]
    fn words_are_read_back() {
        for shape in [Shape::Page, Shape::Null, Shape::Nxdomain, Shape::Nodata, Shape::Refused, Shape::Log] {
            assert_eq!(shape.word().parse(), Ok(shape));
        }
        assert!("drop".parse::<Shape>().is_err());
    }
}
