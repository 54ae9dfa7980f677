//! Types of records by their mnemonics, as lists write them.

/// The number of a type, whatever the case of its letters; `None` if the mnemonic is not known.
pub(super) fn number(mnemonic: &[u8]) -> Option<u16> {
    let found = KNOWN.iter().find(|(known, _)| known.as_bytes().eq_ignore_ascii_case(mnemonic));
    found.map(|(_, number)| *number)
}

/// From IANA's "Domain Name System Parameters": what may be asked for today, and `ANY`.
const KNOWN: [(&str, u16); 38] = [
    ("A", 1),
    ("NS", 2),
    ("CNAME", 5),
    ("SOA", 6),
    ("PTR", 12),
    ("HINFO", 13),
    ("MX", 15),
    ("TXT", 16),
    ("RP", 17),
    ("AFSDB", 18),
    ("AAAA", 28),
    ("LOC", 29),
    ("SRV", 33),
    ("NAPTR", 35),
    ("KX", 36),
    ("CERT", 37),
    ("DNAME", 39),
    ("DS", 43),
    ("SSHFP", 44),
    ("IPSECKEY", 45),
    ("RRSIG", 46),
    ("NSEC", 47),
    ("DNSKEY", 48),
    ("DHCID", 49),
    ("NSEC3", 50),
    ("NSEC3PARAM", 51),
    ("TLSA", 52),
    ("SMIMEA", 53),
    ("CDS", 59),
    ("CDNSKEY", 60),
    ("OPENPGPKEY", 61),
    ("CSYNC", 62),
    ("ZONEMD", 63),
    ("SVCB", 64),
    ("HTTPS", 65),
    ("ANY", 255),
    ("URI", 256),
    ("CAA", 257),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mnemonics_are_known_in_any_case_and_whole() {
        assert_eq!((number(b"AAAA"), number(b"aaaa"), number(b"Https")), (Some(28), Some(28), Some(65)));
        assert_eq!((number(b""), number(b"AA"), number(b"TYPE65"), number(b"A ")), (None, None, None, None));
    }
}
