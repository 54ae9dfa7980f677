//! Any bytes are screened as a query, and read as a reply, without panic; what is read of them is within bounds.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sekisho::{
    message::{HEADER_OCTETS, Reply, Screened, rtype, screen},
    name::Name,
};

/// The question that replies are held against. A reply that repeats it is read to its end.
static ASKED: LazyLock<Name> = LazyLock::new(|| "www.example".parse().expect("a name"));

fuzz_target!(|packet: &[u8]| {
    match screen(packet) {
        // Only what is too short for a header, or could itself be an answer, stays without one.
        Screened::Drop => assert!(packet.len() < HEADER_OCTETS || packet[2] & 0x80 != 0),
        Screened::Error(rejected) => assert!(rejected.question.len() <= packet.len() - HEADER_OCTETS),
        Screened::CookieRequest(_) => assert_eq!(packet[4..6], [0, 0]),
        Screened::Query(query) => assert!(packet[HEADER_OCTETS..].starts_with(query.question.wire)),
    }
    if let Ok(reply) = Reply::parse(packet, &ASKED, rtype::A) {
        assert!(reply.body().len() < packet.len());
        for target in reply.targets() {
            assert!(Name::from_wire(target).is_ok());
        }
    }
});
