//! Reading a port: on Linux many datagrams by one call, elsewhere one after the other.

use std::{cell::RefCell, io};

use tokio::{io::Interest, net::UdpSocket};

#[cfg(target_os = "linux")]
use self::many::Buffer;
#[cfg(not(target_os = "linux"))]
use self::one::Buffer;

/// The longest reply that is read whole. We ask for less; one that is cut is no more than a truncated one.
pub(super) const LONGEST_REPLY: usize = 4096;

/// Datagrams read at a time. More than a few hardly ever wait on one port.
const BATCH: usize = 8;

thread_local! {
    /// Of a thread, and not of a port: it is in use only while datagrams are handed over.
    static BUFFER: RefCell<Buffer> = RefCell::new(Buffer::new());
}

/// Hands over every datagram that arrives, until the network, or the machine on the other side, says that it is no use.
/// A few at a time: in a flood others get their turn.
pub(super) async fn receive(socket: &UdpSocket, mut arrived: impl FnMut(&[u8])) -> io::Error {
    // What the network says does not make a socket readable.
    let interest = Interest::READABLE | Interest::ERROR;
    loop {
        let read = || BUFFER.with_borrow_mut(|buffer| buffer.read(socket, &mut arrived));
        match socket.async_io(interest, read).await {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return error,
        }
    }
}

#[cfg(target_os = "linux")]
mod many {
    use std::{
        array,
        io::{self, IoSliceMut},
        os::fd::AsRawFd,
    };

    use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg};
    use tokio::net::UdpSocket;

    use super::{BATCH, LONGEST_REPLY};

    /// Room for a few datagrams.
    pub(super) struct Buffer {
        octets: Box<[u8]>,
        headers: MultiHeaders<SockaddrStorage>,
    }

    impl Buffer {
        pub(super) fn new() -> Self {
            let octets = vec![0; BATCH * LONGEST_REPLY].into();
            Self { octets, headers: MultiHeaders::preallocate(BATCH, None) }
        }

        /// Hands over datagrams that have arrived. [`io::ErrorKind::WouldBlock`] says that these were all.
        pub(super) fn read(&mut self, socket: &UdpSocket, arrived: &mut impl FnMut(&[u8])) -> io::Result<()> {
            let mut lengths = [0; BATCH];
            let count = self.fill(socket, &mut lengths)?;
            for (datagram, length) in self.octets.chunks(LONGEST_REPLY).zip(lengths).take(count) {
                arrived(&datagram[..length]);
            }
            // With room left the socket was empty, which another call would only find out again.
            if count < BATCH { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(()) }
        }

        /// Reads as many datagrams as have arrived and fit; tells how many, and how long each is.
        fn fill(&mut self, socket: &UdpSocket, lengths: &mut [usize; BATCH]) -> io::Result<usize> {
            let mut chunks = self.octets.chunks_mut(LONGEST_REPLY);
            let mut slices: [_; BATCH] =
                array::from_fn(|_| [IoSliceMut::new(chunks.next().unwrap_or_default())]);
            let flags = MsgFlags::MSG_DONTWAIT;
            let received = recvmmsg(socket.as_raw_fd(), &mut self.headers, slices.iter_mut(), flags, None)?;
            let mut count = 0;
            for (length, message) in lengths.iter_mut().zip(received) {
                *length = message.bytes;
                count += 1;
            }
            Ok(count)
        }
    }
}

#[cfg(any(not(target_os = "linux"), test))]
mod one {
    use std::io::{self, Read};

    use socket2::SockRef;
    use tokio::net::UdpSocket;

    use super::{BATCH, LONGEST_REPLY};

    /// Room for a datagram.
    pub(super) struct Buffer(Box<[u8]>);

    impl Buffer {
        pub(super) fn new() -> Self {
            Self(vec![0; LONGEST_REPLY].into())
        }

        /// Hands over datagrams that have arrived. [`io::ErrorKind::WouldBlock`] says that these were all.
        pub(super) fn read(&mut self, socket: &UdpSocket, arrived: &mut impl FnMut(&[u8])) -> io::Result<()> {
            for _ in 0..BATCH {
                let length = (&*SockRef::from(socket)).read(&mut self.0)?;
                arrived(&self.0[..length]);
            }
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    /// Two sockets that are connected to each other.
    async fn pair() -> (UdpSocket, UdpSocket) {
        let bind = || UdpSocket::bind("127.0.0.1:0");
        let (server, client) = (bind().await.unwrap(), bind().await.unwrap());
        client.connect(server.local_addr().unwrap()).await.unwrap();
        server.connect(client.local_addr().unwrap()).await.unwrap();
        (server, client)
    }

    #[tokio::test]
    async fn all_that_arrives_is_read_in_order() {
        let lengths: Vec<usize> =
            (0..50).map(|number| number * 37 % 1300).chain([5000, 4096, 0, 1]).collect();
        let (server, client) = pair().await;
        let (sender, mut arrived) = tokio::sync::mpsc::unbounded_channel();
        let reading = async {
            let error = receive(&client, |datagram| sender.send(datagram.to_vec()).unwrap()).await;
            panic!("{error}");
        };
        let sending = async {
            // Many at once, and then one by one.
            for at_once in [30, 1] {
                for lengths in lengths.chunks(at_once) {
                    for (number, length) in lengths.iter().enumerate() {
                        server.send(&vec![number as u8; *length]).await.unwrap();
                    }
                    for (number, length) in lengths.iter().enumerate() {
                        let expected = vec![number as u8; (*length).min(LONGEST_REPLY)];
                        assert_eq!(arrived.recv().await.unwrap(), expected);
                    }
                }
            }
        };
        tokio::select! {
            () = sending => {}
            () = reading => {}
        }
    }

    #[tokio::test]
    async fn one_after_the_other_they_are_read_as_well() {
        let (server, client) = pair().await;
        let mut left: VecDeque<&[u8]> = [&b"one"[..], b"", b"three"].into();
        for datagram in &left {
            server.send(datagram).await.unwrap();
        }
        client.readable().await.unwrap();
        let read = one::Buffer::new().read(&client, &mut |datagram| {
            assert_eq!(left.pop_front(), Some(datagram));
        });
        assert_eq!((read.unwrap_err().kind(), left.len()), (io::ErrorKind::WouldBlock, 0));
    }

    #[tokio::test]
    async fn what_the_network_says_is_told() {
        let (server, client) = pair().await;
        drop(server);
        client.send(b"anybody there?").await.unwrap();
        let error = receive(&client, |_| panic!("nobody is")).await;
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    }
}
