//! A datagram's addresses in the form in which the kernel writes them: who sent it (`sockaddr_in`, `sockaddr_in6`),
//! and which address of ours it was sent to (`IP_PKTINFO` of ip(7), `IPV6_PKTINFO` of RFC 3542 §6.1). They are read
//! and written octet by octet, in the order that Linux promises to programs.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use nix::libc;

/// Which address of ours a datagram was sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Local {
    pub(super) address: IpAddr,
    /// The interface that it came in by.
    pub(super) interface: u32,
}

/// A `sockaddr` of either family.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(8))]
pub(super) struct RawAddress(pub(super) [u8; RawAddress::ROOM]);

impl RawAddress {
    /// Octets of the larger one, `sockaddr_in6`.
    pub(super) const ROOM: usize = size_of::<libc::sockaddr_in6>();
    /// Nothing yet.
    pub(super) const fn empty() -> Self {
        Self([0; Self::ROOM])
    }

    /// What it says; `None` if it is of another family.
    pub(super) fn read(&self) -> Option<SocketAddr> {
        let port = u16::from_be_bytes(self.part(2));
        match i32::from(u16::from_ne_bytes(self.part(0))) {
            libc::AF_INET => Some(SocketAddrV4::new(Ipv4Addr::from(self.part::<4>(4)), port).into()),
            libc::AF_INET6 => {
                let address = Ipv6Addr::from(self.part::<16>(8));
                let (flow, scope) = (u32::from_be_bytes(self.part(4)), u32::from_ne_bytes(self.part(24)));
                Some(SocketAddrV6::new(address, port, flow, scope).into())
            }
            _ => None,
        }
    }

    fn part<const N: usize>(&self, at: usize) -> [u8; N] {
        std::array::from_fn(|index| self.0[at + index])
    }
}

/// One control message (`cmsghdr` of cmsg(3)) that says which address of ours is meant.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(8))]
pub(super) struct RawLocal(pub(super) [u8; RawLocal::ROOM]);

/// Where a control message's level stands: behind its length, which is as long as an address.
const LEVEL: usize = size_of::<usize>();
/// Where its data begin.
const DATA: usize = size_of::<libc::cmsghdr>();
/// Octets of the data, by family.
const DATA_V4: usize = size_of::<libc::in_pktinfo>();
const DATA_V6: usize = size_of::<libc::in6_pktinfo>();

impl RawLocal {
    /// Octets of the larger one.
    pub(super) const ROOM: usize = (DATA + DATA_V6).next_multiple_of(size_of::<usize>());
    /// Nothing yet.
    pub(super) const fn empty() -> Self {
        Self([0; Self::ROOM])
    }

    /// What the first `length` octets say.
    pub(super) fn read(&self, length: usize) -> Option<Local> {
        let message = self.0.get(..length)?;
        let number = |at: usize| Some(i32::from_ne_bytes(message.get(at..at + 4)?.try_into().ok()?));
        match (number(LEVEL)?, number(LEVEL + 4)?) {
            (libc::IPPROTO_IP, libc::IP_PKTINFO) => {
                // The address of ours that the datagram came to (`ipi_spec_dst`). The header's destination (`ipi_addr`)
                // may be a broadcast address, from which nothing can be sent.
                let address: [u8; 4] = message.get(DATA + 4..DATA + 8)?.try_into().ok()?;
                Some(Local { address: address.into(), interface: number(DATA)?.unsigned_abs() })
            }
            (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
                let address: [u8; 16] = message.get(DATA..DATA + 16)?.try_into().ok()?;
                Some(Local { address: address.into(), interface: number(DATA + 16)?.unsigned_abs() })
            }
            _ => None,
        }
    }

    /// Writes that an answer is to leave from this address: how many octets that took. None where the routes decide,
    /// since no answer can leave from the address that was asked.
    pub(super) fn write(&mut self, from: Option<Local>) -> usize {
        match from.map(|local| (local.address, local.interface)) {
            Some((IpAddr::V4(address), _)) if !address.is_broadcast() && !address.is_multicast() => {
                self.0[DATA..DATA + DATA_V4].fill(0);
                self.0[DATA + 4..DATA + 8].copy_from_slice(&address.octets());
                self.head(libc::IPPROTO_IP, libc::IP_PKTINFO, DATA_V4)
            }
            Some((IpAddr::V6(address), interface)) if !address.is_multicast() => {
                // Only a link-local address needs its interface named; for others routing decides.
                let interface = if address.is_unicast_link_local() { interface } else { 0 };
                self.0[DATA..DATA + 16].copy_from_slice(&address.octets());
                self.0[DATA + 16..DATA + 20].copy_from_slice(&interface.to_ne_bytes());
                self.head(libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, DATA_V6)
            }
            _ => 0,
        }
    }

    fn head(&mut self, level: i32, kind: i32, data: usize) -> usize {
        self.0[..LEVEL].copy_from_slice(&(DATA + data).to_ne_bytes());
        self.0[LEVEL..LEVEL + 4].copy_from_slice(&level.to_ne_bytes());
        self.0[LEVEL + 4..LEVEL + 8].copy_from_slice(&kind.to_ne_bytes());
        (DATA + data).next_multiple_of(size_of::<usize>())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_answer_leaves_from_where_the_query_came_to() {
        for (address, interface, kept) in [
            ("192.0.2.1", 7, 0),
            ("2001:db8::1", 7, 0),
            // The same link-local address may be on several interfaces.
            ("fe80::1", 7, 7),
        ] {
            let local = Local { address: address.parse().unwrap(), interface };
            let mut raw = RawLocal::empty();
            let length = raw.write(Some(local));
            assert_eq!(raw.read(length), Some(Local { interface: kept, ..local }), "{address}");
        }
    }

    #[test]
    fn nothing_leaves_from_an_address_of_many() {
        for address in ["255.255.255.255", "224.0.0.251", "ff02::fb"] {
            let local = Local { address: address.parse().unwrap(), interface: 1 };
            assert_eq!(RawLocal::empty().write(Some(local)), 0, "{address}");
        }
        assert_eq!(RawLocal::empty().write(None), 0);
    }

    #[test]
    fn addresses_of_both_families_are_read_and_no_others() {
        let mut raw = RawAddress::empty();
        raw.0[..2].copy_from_slice(&(libc::AF_INET as u16).to_ne_bytes());
        raw.0[2..8].copy_from_slice(&[0x14, 0xE9, 192, 0, 2, 1]);
        assert_eq!(raw.read(), Some("192.0.2.1:5353".parse().unwrap()));
        raw.0[..2].copy_from_slice(&(libc::AF_INET6 as u16).to_ne_bytes());
        raw.0[4..8].fill(0);
        raw.0[8..24].copy_from_slice(&Ipv6Addr::LOCALHOST.octets());
        raw.0[24..].copy_from_slice(&3_u32.to_ne_bytes());
        assert_eq!(raw.read(), Some("[::1%3]:5353".parse().unwrap()));
        raw.0[..2].copy_from_slice(&(libc::AF_UNIX as u16).to_ne_bytes());
        assert_eq!(raw.read(), None);
    }

    proptest! {
        #[test]
        fn whatever_a_control_message_says_it_is_read_without_a_fault(octets: [u8; 32], length in 0..100_usize) {
            let mut raw = RawLocal::empty();
            let taken = octets.len().min(raw.0.len());
            raw.0[..taken].copy_from_slice(&octets[..taken]);
            raw.read(length);
        }
    }
}
