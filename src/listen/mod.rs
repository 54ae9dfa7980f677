//! Sockets. Queries come in here, are handed to the engine as they are, and its answers go out as they are.
//!
//! - [`bind`]: opening the sockets, with errors that say what to do;
//! - [`udp`]: datagrams on Linux, where nearly all queries arrive: a thread and a socket a worker, which answer what
//!   needs nobody else on the spot; `batch`: the system calls for many datagrams at once; `raw`: their addresses in the
//!   kernel's form;
//! - [`stream`]: TCP, many queries at once on a connection, with limits;
//! - [`portable`]: datagrams elsewhere, through hickory-server;
//! - [`misses`]: the bounded way from a UDP worker to the runtime, for queries that need upstream;
//! - [`http`]: the page and the metrics; [`tls`]: the page over https, or the alert in its place;
//! - [`handover`]: sockets that a service manager kept over a restart;
//! - [`descriptors`]: how many connections there can be;
//! - [`interfaces`]: reading which addresses the machine has.

#[cfg(target_os = "linux")]
mod batch;
pub mod bind;
pub mod descriptors;
pub mod handover;
pub mod http;
pub mod interfaces;
pub mod misses;
pub mod portable;
#[cfg(target_os = "linux")]
mod raw;
pub mod stream;
pub mod tls;
#[cfg(target_os = "linux")]
pub mod udp;

use std::net::{IpAddr, Ipv6Addr};

/// What counts as one client where clients are counted: an IPv4 address, or the 64-bit network that one IPv6 host
/// can choose its addresses from.
pub(crate) fn neighbourhood(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// By how much silent connections are given less time where so many of the places are taken.
pub(crate) const fn haste(open: usize, places: usize) -> u32 {
    if open >= places - places / 10 {
        20
    } else if open >= places.div_ceil(2) {
        4
    } else {
        1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fuller_the_places_the_less_time_there_is() {
        for (open, expected) in [(0, 1), (499, 1), (500, 4), (899, 4), (900, 20), (1000, 20)] {
            assert_eq!(haste(open, 1000), expected, "{open}");
        }
        assert_eq!(haste(0, 1), 1);
        assert_eq!(haste(1, 1), 20);
    }
}
