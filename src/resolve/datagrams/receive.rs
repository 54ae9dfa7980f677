//! Reading all that has arrived on a port.

use std::{cell::RefCell, io};

use tokio::net::UdpSocket;

/// The longest reply that is read whole. We ask for less; one that is cut is no more than a truncated one.
pub(super) const LONGEST_REPLY: usize = 4096;

/// What reading came to.
#[derive(Debug)]
pub(super) enum Received {
    /// All that had arrived.
    All,
    /// The network, or the machine on the other side, says that it is no use.
    Failed(io::Error),
}

thread_local! {
    static BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; LONGEST_REPLY].into());
}

/// Hands over every datagram that has arrived.
pub(super) fn receive(socket: &UdpSocket, mut arrived: impl FnMut(&[u8])) -> Received {
    BUFFER.with_borrow_mut(|buffer| {
        loop {
            match socket.try_recv(buffer) {
                Ok(length) => arrived(&buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Received::All,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Received::Failed(error),
            }
        }
    })
}
