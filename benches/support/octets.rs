//! Messages in octets. `tests/allocation.rs` has them from here as well.

use sekisho::name::Name;

/// A query as a stub sends it: recursion desired, an OPT record of 1,232 octets.
pub fn query(name: &str, qtype: u16) -> Vec<u8> {
    let mut packet = b"\x12\x34\x01\x00\0\x01\0\0\0\0\0\x01".to_vec();
    packet.extend(name.parse::<Name>().unwrap().wire());
    packet.extend(qtype.to_be_bytes());
    packet.extend(b"\0\x01\0\0\x29\x04\xD0\0\0\0\0\0\0");
    packet
}

/// A reply with one record of that type, which lives for five minutes.
pub fn reply(name: &Name, qtype: u16, rdata: &[u8]) -> Vec<u8> {
    let mut message = b"\0\x07\x81\x80\0\x01\0\x01\0\0\0\0".to_vec();
    message.extend(name.wire());
    message.extend(qtype.to_be_bytes());
    message.extend(b"\0\x01\xC0\x0C");
    message.extend(qtype.to_be_bytes());
    message.extend(b"\0\x01\0\0\x01\x2C");
    message.extend((rdata.len() as u16).to_be_bytes());
    message.extend(rdata);
    message
}
