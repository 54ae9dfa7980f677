//! Many datagrams by one system call: `recvmmsg(2)` and `sendmmsg(2)`. The only file with code that the compiler
//! cannot check for us, so nothing else is in it. There is no safe form of these calls that says, for each datagram,
//! which address of ours it came to.
//!
//! A batch has places. Each takes one query, and the answer to it, which goes back the way the query came. All room
//! is taken once, when the batch is made.

#![allow(unsafe_code)]

use std::{
    mem,
    net::SocketAddr,
    os::fd::{AsRawFd, BorrowedFd},
    ptr,
};

use nix::{
    errno::Errno,
    libc::{self, c_uint, iovec, mmsghdr},
};

use super::raw::{Local, RawAddress, RawLocal};
use crate::{engine::TOGETHER, message::UDP_OCTETS};

/// Datagrams that are received by one call at most. From 8 to 64 a datagram costs the same; what a batch saves beside
/// the calls is saved with some dozens.
pub(super) const PLACES: usize = 32;
/// The largest query that is read whole; nobody sends larger ones in earnest.
const LARGEST_QUERY: usize = 4096;
/// The largest answer.
const LARGEST_ANSWER: usize = UDP_OCTETS as usize;

/// One query.
#[derive(Debug)]
struct Arrived {
    /// Who sent it; the answer goes there.
    address: RawAddress,
    address_length: usize,
    /// Which address of ours it was sent to.
    local: RawLocal,
    local_length: usize,
    length: usize,
    query: [u8; LARGEST_QUERY],
}

/// The answer to one query.
#[derive(Debug)]
struct Leaving {
    /// Which address of ours it leaves from.
    local: RawLocal,
    local_length: usize,
    /// 0 where there is no answer.
    length: usize,
    answer: [u8; LARGEST_ANSWER],
}

/// Queries that arrived together, and their answers.
#[derive(Debug)]
pub(super) struct Batch {
    arrived: Box<[Arrived]>,
    leaving: Box<[Leaving]>,
    /// How many places have a query.
    received: usize,
    /// The first one that nobody has taken.
    next: usize,
    /// The first one that nobody was shown.
    shown: usize,
}

/// A few queries of a batch. Each is taken when its turn comes.
#[derive(Debug)]
pub(super) struct Few<'b> {
    arrived: &'b [Arrived],
    leaving: std::slice::IterMut<'b, Leaving>,
    /// The place of the first one that is left here.
    at: usize,
    /// The same of the batch.
    next: &'b mut usize,
}

impl<'b> Few<'b> {
    /// All queries, in their order.
    pub(super) fn queries(&self) -> [Option<&'b [u8]>; TOGETHER] {
        std::array::from_fn(|at| self.arrived.get(at).map(Arrived::query))
    }
}

impl<'b> Iterator for Few<'b> {
    type Item = Exchange<'b>;

    fn next(&mut self) -> Option<Exchange<'b>> {
        let (arrived, rest) = self.arrived.split_first()?;
        let leaving = self.leaving.next()?;
        self.arrived = rest;
        self.at += 1;
        *self.next = self.at;
        Some(Exchange {
            query: arrived.query(),
            source: if arrived.address_length > 0 { arrived.address.read() } else { None },
            local: arrived.local.read(arrived.local_length),
            answer: &mut leaving.answer,
            way_back: (&mut leaving.local, &mut leaving.local_length),
            answer_length: &mut leaving.length,
        })
    }
}

impl Arrived {
    fn query(&self) -> &[u8] {
        &self.query[..self.length]
    }
}

/// One query, and room for its answer.
#[derive(Debug)]
pub(super) struct Exchange<'b> {
    pub(super) query: &'b [u8],
    /// Who sent it, as far as that can be told.
    pub(super) source: Option<SocketAddr>,
    /// Which address of ours it was sent to, as far as that can be told.
    pub(super) local: Option<Local>,
    pub(super) answer: &'b mut [u8],
    way_back: (&'b mut RawLocal, &'b mut usize),
    answer_length: &'b mut usize,
}

impl Exchange<'_> {
    /// The answer has so many octets. It is sent with the rest of the batch, from that address of ours.
    pub(super) fn answered(self, length: usize, from: Option<Local>) {
        let (local, local_length) = self.way_back;
        *local_length = local.write(from);
        *self.answer_length = length.min(self.answer.len());
    }
}

/// Whether to wait for the first datagram, as long as the socket's timeout says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    ForOne,
    No,
}

impl Batch {
    pub(super) fn new() -> Self {
        let arrived = || Arrived {
            address: RawAddress::empty(),
            address_length: 0,
            local: RawLocal::empty(),
            local_length: 0,
            length: 0,
            query: [0; LARGEST_QUERY],
        };
        let leaving =
            || Leaving { local: RawLocal::empty(), local_length: 0, length: 0, answer: [0; LARGEST_ANSWER] };
        Self {
            arrived: (0..PLACES).map(|_| arrived()).collect(),
            leaving: (0..PLACES).map(|_| leaving()).collect(),
            received: 0,
            next: 0,
            shown: 0,
        }
    }

    /// Receives what has arrived, as far as there are places. What was in them is forgotten.
    pub(super) fn receive(&mut self, socket: BorrowedFd<'_>, wait: Wait) -> Result<(), Errno> {
        (self.received, self.next, self.shown) = (0, 0, 0);
        let mut vectors = [NO_VECTOR; PLACES];
        let mut headers = no_headers();
        for ((place, vector), header) in self.arrived.iter_mut().zip(&mut vectors).zip(&mut headers) {
            *vector = iovec { iov_base: place.query.as_mut_ptr().cast(), iov_len: place.query.len() };
            let header = &mut header.msg_hdr;
            header.msg_name = place.address.0.as_mut_ptr().cast();
            header.msg_namelen = place.address.0.len() as _;
            header.msg_control = place.local.0.as_mut_ptr().cast();
            header.msg_controllen = place.local.0.len() as _;
            header.msg_iov = vector;
            header.msg_iovlen = 1;
        }
        let flags = match wait {
            Wait::ForOne => libc::MSG_WAITFORONE,
            Wait::No => libc::MSG_DONTWAIT,
        };
        // SAFETY: there are `PLACES` headers. Each points to a name, control octets and a vector of one buffer, each
        // with its true length, that are borrowed from `self` and from this function's own variables until the call
        // is over; octets of any value are valid in them. No timeout is given.
        let received = Errno::result(unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                headers.as_mut_ptr(),
                PLACES as c_uint,
                flags as _,
                ptr::null_mut(),
            )
        })?;
        self.received = usize::try_from(received).unwrap_or(0).min(PLACES);
        for (place, header) in self.arrived[..self.received].iter_mut().zip(&headers) {
            place.length = (header.msg_len as usize).min(LARGEST_QUERY);
            place.address_length = RawAddress::ROOM.min(header.msg_hdr.msg_namelen as _);
            place.local_length = RawLocal::ROOM.min(header.msg_hdr.msg_controllen as _);
        }
        Ok(())
    }

    /// The next queries that nobody has taken: a few, to be looked at together.
    ///
    /// Those of a few that were left because of a fault in one of them come one by one, and none comes twice.
    pub(super) fn next_few(&mut self) -> Option<Few<'_>> {
        let (start, alone) = (self.next, self.next < self.shown);
        let end = self.received.min(if alone { start + 1 } else { start + TOGETHER });
        if start == end {
            return None;
        }
        if alone {
            self.next = end;
        } else {
            self.shown = end;
        }
        let (arrived, leaving) = (&self.arrived[start..end], &mut self.leaving[start..end]);
        Some(Few { arrived, leaving: leaving.iter_mut(), at: start, next: &mut self.next })
    }

    /// Sends the answers, and never waits: how many were lost. What the kernel has no room for is lost, as on any
    /// network; the client asks again.
    pub(super) fn send(&mut self, socket: BorrowedFd<'_>) -> usize {
        let mut vectors = [NO_VECTOR; PLACES];
        let mut headers = no_headers();
        let all = self.arrived[..self.received].iter_mut().zip(&mut self.leaving);
        let answered = all.filter(|(_, leaving)| leaving.length > 0);
        let mut count = 0;
        for (((arrived, leaving), vector), header) in answered.zip(&mut vectors).zip(&mut headers) {
            *vector = iovec { iov_base: leaving.answer.as_mut_ptr().cast(), iov_len: leaving.length };
            let header = &mut header.msg_hdr;
            header.msg_name = arrived.address.0.as_mut_ptr().cast();
            header.msg_namelen = arrived.address_length as _;
            if leaving.local_length > 0 {
                header.msg_control = leaving.local.0.as_mut_ptr().cast();
                header.msg_controllen = leaving.local_length as _;
            }
            header.msg_iov = vector;
            header.msg_iovlen = 1;
            // What is sent is not sent again.
            leaving.length = 0;
            count += 1;
        }
        let (mut rest, mut lost) = (&mut headers[..count], 0);
        while !rest.is_empty() {
            // SAFETY: `rest` has as many headers as is said. Each points to a name, control octets and a vector of one
            // buffer, with lengths within them, that are borrowed from `self` and from this function's own variables
            // until the call is over. The kernel writes `msg_len` of a header alone.
            let sent = Errno::result(unsafe {
                libc::sendmmsg(
                    socket.as_raw_fd(),
                    rest.as_mut_ptr(),
                    rest.len() as c_uint,
                    libc::MSG_DONTWAIT as _,
                )
            });
            let done = match sent {
                Ok(sent) => usize::try_from(sent).unwrap_or(0).clamp(1, rest.len()),
                Err(Errno::EINTR) => 0,
                Err(Errno::EAGAIN | Errno::ENOBUFS) => {
                    lost += rest.len();
                    rest.len()
                }
                // The first one cannot be sent. The others may be.
                Err(_) => {
                    lost += 1;
                    1
                }
            };
            rest = &mut rest[done..];
        }
        lost
    }
}

/// No buffer.
const NO_VECTOR: iovec = iovec { iov_base: ptr::null_mut(), iov_len: 0 };

/// Headers that point nowhere.
fn no_headers() -> [mmsghdr; PLACES] {
    // SAFETY: a header is integers and pointers, and all of them may be zero. Field by field is no other way, since
    // some systems have private fields for padding.
    unsafe { mem::zeroed() }
}

#[cfg(test)]
mod tests {
    use std::{net::UdpSocket, os::fd::AsFd, time::Duration};

    use nix::sys::socket::{setsockopt, sockopt};

    use super::*;

    /// A server's socket on every address, and where it is reached on one of them.
    fn server(address: &str) -> (UdpSocket, SocketAddr) {
        let at: SocketAddr = address.parse().unwrap();
        let any = if at.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        let socket = UdpSocket::bind(any).unwrap();
        if at.is_ipv4() {
            setsockopt(&socket, sockopt::Ipv4PacketInfo, &true).unwrap();
        } else {
            setsockopt(&socket, sockopt::Ipv6RecvPacketInfo, &true).unwrap();
        }
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let port = socket.local_addr().unwrap().port();
        (socket, SocketAddr::new(at.ip(), port))
    }

    fn client(of: SocketAddr) -> UdpSocket {
        let socket = UdpSocket::bind(SocketAddr::new(of.ip(), 0)).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        socket.connect(of).unwrap();
        socket
    }

    /// Receives until there are so many, each answered by what `answer` makes of it.
    fn answer(
        batch: &mut Batch,
        socket: &UdpSocket,
        count: usize,
        mut answer: impl FnMut(Exchange<'_>),
    ) -> usize {
        let (mut seen, mut lost) = (0, 0);
        while seen < count {
            batch.receive(socket.as_fd(), Wait::ForOne).unwrap();
            while let Some(few) = batch.next_few() {
                for exchange in few {
                    answer(exchange);
                    seen += 1;
                }
            }
            lost += batch.send(socket.as_fd());
        }
        lost
    }

    /// Gives the query back.
    fn echo(exchange: Exchange<'_>) {
        let (length, local) = (exchange.query.len(), exchange.local);
        exchange.answer[..length].copy_from_slice(exchange.query);
        exchange.answered(length, local);
    }

    #[test]
    fn each_client_gets_its_own_answer_from_the_address_that_it_asked() {
        for address in ["127.0.0.5:0", "127.0.0.1:0", "[::1]:0"] {
            let (server, at) = server(address);
            let clients: Vec<_> = (0..PLACES as u8 + 8).map(|number| (number, client(at))).collect();
            for (number, client) in &clients {
                client.send(&vec![*number; usize::from(*number) + 1]).unwrap();
            }
            let mut locals = Vec::new();
            let lost = answer(&mut Batch::new(), &server, clients.len(), |exchange| {
                locals.push(exchange.local.unwrap().address);
                echo(exchange);
            });
            assert_eq!((lost, locals), (0, vec![at.ip(); clients.len()]));
            for (number, client) in &clients {
                let mut buffer = [0; 100];
                // The client is connected, so it hears nothing that comes from elsewhere.
                let length = client.recv(&mut buffer).unwrap();
                assert_eq!(buffer[..length], vec![*number; usize::from(*number) + 1], "{address}");
            }
        }
    }

    #[test]
    fn a_place_is_as_good_as_new_after_a_shorter_address_or_query() {
        // The kernel writes how long things were into what it is given; a second round must not start from there.
        let (server, at) = server("127.0.0.1:0");
        let client = client(at);
        let mut batch = Batch::new();
        for length in [900, 1, 1200, 12] {
            client.send(&vec![7; length]).unwrap();
            answer(&mut batch, &server, 1, echo);
            assert_eq!(client.recv(&mut [0; 2000]).unwrap(), length);
        }
    }

    #[test]
    fn an_answer_that_cannot_be_sent_costs_the_others_nothing() {
        let (server, at) = server("127.0.0.1:0");
        let clients: Vec<_> = (0..5).map(|_| client(at)).collect();
        for client in &clients {
            client.send(b"query").unwrap();
        }
        let nobodys = Local { address: "203.0.113.77".parse().unwrap(), interface: 0 };
        let mut seen = 0;
        let lost = answer(&mut Batch::new(), &server, clients.len(), |exchange| {
            seen += 1;
            if seen % 2 == 0 {
                exchange.answered(5, Some(nobodys));
            } else {
                echo(exchange);
            }
        });
        assert_eq!(lost, 2);
        let heard = clients.iter().enumerate().filter(|(number, client)| {
            client.set_nonblocking(true).unwrap();
            let heard = client.recv(&mut [0; 100]).is_ok();
            assert_eq!(heard, number % 2 == 0, "{number}");
            heard
        });
        assert_eq!(heard.count(), 3);
    }

    #[test]
    fn what_nobody_answered_is_not_sent_and_not_sent_later() {
        let (server, at) = server("127.0.0.1:0");
        let client = client(at);
        let mut batch = Batch::new();
        client.send(b"first").unwrap();
        answer(&mut batch, &server, 1, echo);
        assert_eq!(client.recv(&mut [0; 100]).unwrap(), 5);
        client.send(b"second").unwrap();
        answer(&mut batch, &server, 1, |_| {});
        assert_eq!(batch.send(server.as_fd()), 0);
        client.set_nonblocking(true).unwrap();
        assert!(client.recv(&mut [0; 100]).is_err());
    }

    #[test]
    fn what_a_fault_has_left_of_a_few_comes_one_by_one_and_once() {
        let (server, at) = server("127.0.0.1:0");
        let client = client(at);
        let all = TOGETHER as u8 + 4;
        for number in 0..all {
            client.send(&[number]).unwrap();
        }
        let mut batch = Batch::new();
        batch.receive(server.as_fd(), Wait::ForOne).unwrap();
        let shown = |few: &Few<'_>| few.queries().iter().flatten().map(|query| query[0]).collect::<Vec<_>>();
        let few = batch.next_few().unwrap();
        assert_eq!(shown(&few), (0..TOGETHER as u8).collect::<Vec<_>>());
        // The fault is in the third.
        assert_eq!(few.take(3).map(|exchange| exchange.query[0]).collect::<Vec<_>>(), [0, 1, 2]);
        for number in 3..TOGETHER as u8 {
            let few = batch.next_few().unwrap();
            assert_eq!(shown(&few), [number]);
            if number % 2 == 0 {
                // In others there may be one as soon as they are looked at.
                assert_eq!(few.count(), 1);
            }
        }
        let few = batch.next_few().unwrap();
        assert_eq!(shown(&few), (TOGETHER as u8..all).collect::<Vec<_>>());
        assert_eq!(few.count(), 4);
        assert!(batch.next_few().is_none());
    }

    #[test]
    fn a_socket_without_datagrams_says_so() {
        let (server, _) = server("127.0.0.1:0");
        assert_eq!(Batch::new().receive(server.as_fd(), Wait::No), Err(Errno::EAGAIN));
    }
}
