//! The addresses in one record's data: A, AAAA, and the hints of HTTPS and SVCB, which lead a browser to a server
//! without another query.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::message::{read_u16, rtype, skip_name};

/// `SvcParamKeys` of address hints (RFC 9460 §14.3.2).
const IPV4HINT: u16 = 4;
const IPV6HINT: u16 = 6;

/// The address of an A or AAAA record.
pub(super) fn plain(rtype: u16, data: &[u8]) -> Option<IpAddr> {
    match rtype {
        rtype::A => <[u8; 4]>::try_from(data).ok().map(|octets| Ipv4Addr::from(octets).into()),
        rtype::AAAA => <[u8; 16]>::try_from(data).ok().map(|octets| Ipv6Addr::from(octets).into()),
        _ => None,
    }
}

/// All addresses of a record.
pub(super) fn of_record(rtype: u16, data: &[u8]) -> impl Iterator<Item = IpAddr> {
    let hints = matches!(rtype, rtype::HTTPS | rtype::SVCB).then(|| hints(data));
    plain(rtype, data).into_iter().chain(hints.into_iter().flatten())
}

/// The address hints, which stand behind priority and target.
fn hints(data: &[u8]) -> impl Iterator<Item = IpAddr> {
    // A target is never compressed (RFC 9460 §2.2); one that is makes the record one without hints.
    let mut at = skip_name(data, 2).unwrap_or(data.len());
    let parameters = std::iter::from_fn(move || {
        let (key, length) = (read_u16(data, at)?, usize::from(read_u16(data, at + 2)?));
        let value = data.get(at + 4..at + 4 + length)?;
        at += 4 + length;
        Some((key, value))
    });
    parameters.flat_map(|(key, value)| {
        let (rtype, octets) = match key {
            IPV4HINT => (rtype::A, 4),
            IPV6HINT => (rtype::AAAA, 16),
            _ => (0, value.len().max(1)),
        };
        value.chunks_exact(octets).filter_map(move |address| plain(rtype, address))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(rtype: u16, data: &[u8]) -> Vec<String> {
        of_record(rtype, data).map(|address| address.to_string()).collect()
    }

    #[test]
    fn addresses_and_hints_are_found() {
        assert_eq!(found(rtype::A, &[192, 0, 2, 1]), ["192.0.2.1"]);
        assert_eq!(found(rtype::AAAA, &Ipv6Addr::LOCALHOST.octets()), ["::1"]);
        assert_eq!(found(rtype::TXT, &[192, 0, 2, 1]), [""; 0]);
        let mut https =
            b"\0\x01\0\0\x01\0\x03\x02h2\0\x04\0\x08\xC0\0\x02\x01\xC0\0\x02\x02\0\x06\0\x10".to_vec();
        https.extend(Ipv6Addr::LOCALHOST.octets());
        assert_eq!(found(rtype::HTTPS, &https), ["192.0.2.1", "192.0.2.2", "::1"]);
    }

    #[test]
    fn cut_off_data_has_no_addresses() {
        let https = b"\0\x01\0\0\x04\0\x08\xC0\0\x02\x01\xC0\0\x02\x02";
        for end in 0..https.len() {
            assert_eq!(found(rtype::HTTPS, &https[..end]), [""; 0], "{end}");
        }
        assert_eq!(found(rtype::A, &[192, 0, 2]), [""; 0]);
    }
}
