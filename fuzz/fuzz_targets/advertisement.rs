//! Any bytes are read as a Router Advertisement without panic, and tell no more servers than they have room for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sekisho::doctor::advertisement::dns_servers;

fuzz_target!(|message: &[u8]| {
    if let Some(servers) = dns_servers(message) {
        assert!(servers.len() * 16 <= message.len());
    }
});
