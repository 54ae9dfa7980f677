//! Sockets that were open before this process began, handed over by a service manager (`LISTEN_FDS`,
//! `sd_listen_fds(3)`): those that the process before left in its keeping, so that a restart loses no query, or those
//! of a socket unit. Each is recognised by its address, whatever it is called.

use std::net::{SocketAddr, TcpListener};

use socket2::Socket;

/// What the sockets that we leave in a service manager's keeping are called begins with this.
pub const KEPT: &str = "sekisho-";

/// A socket and what it is called.
#[derive(Debug)]
struct Named<S> {
    name: String,
    address: SocketAddr,
    socket: S,
}

/// Sockets that were handed over and are not in use yet.
#[derive(Debug, Default)]
pub struct Inherited {
    tcp: Vec<Named<TcpListener>>,
    udp: Vec<Named<Socket>>,
}

impl Inherited {
    /// Takes what the environment says was handed over. The environment is read once: a second call finds nothing.
    #[cfg(target_os = "linux")]
    pub fn take() -> Self {
        // Read first: taking the sockets removes some of these variables.
        let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
        let mut handed_over = listenfd::ListenFd::from_env();
        let mut names = names.split(':');
        let mut sockets = Self::default();
        for index in 0..handed_over.len() {
            let name = names.next().unwrap_or_default().to_owned();
            // What is neither is no socket of ours; it is left alone.
            if let Ok(Some(socket)) = handed_over.take_tcp_listener(index) {
                if let Ok(address) = socket.local_addr() {
                    sockets.tcp.push(Named { name, address, socket });
                }
            } else if let Ok(Some(socket)) = handed_over.take_udp_socket(index)
                && let Ok(address) = socket.local_addr()
            {
                sockets.udp.push(Named { name, address, socket: socket.into() });
            }
        }
        sockets
    }

    /// Elsewhere nothing is handed over.
    #[cfg(not(target_os = "linux"))]
    pub fn take() -> Self {
        Self::default()
    }

    /// A listener at this address.
    pub(super) fn stream(&mut self, address: SocketAddr) -> Option<TcpListener> {
        let found = self.tcp.iter().position(|named| named.address == address)?;
        Some(self.tcp.swap_remove(found).socket)
    }

    /// A socket for datagrams at this address.
    pub(super) fn datagrams(&mut self, address: SocketAddr) -> Option<Socket> {
        let found = self.udp.iter().position(|named| named.address == address)?;
        Some(self.udp.swap_remove(found).socket)
    }

    /// Closes what nobody wanted, so that no query waits in it for ever. Gives what those were called.
    pub fn close_rest(self) -> Vec<String> {
        let rest = self
            .tcp
            .into_iter()
            .map(|named| (named.name, named.address))
            .chain(self.udp.into_iter().map(|named| (named.name, named.address)));
        rest.map(|(name, address)| {
            tracing::info!(
                "a socket at {address} was handed over, and nothing listens there any more: closed"
            );
            name
        })
        .collect()
    }
}

/// What a socket is called in a service manager's keeping, where a colon has a meaning of its own.
pub fn kept_name(what: &str, address: SocketAddr) -> String {
    format!("{KEPT}{what}-{address}").replace(':', "_")
}
