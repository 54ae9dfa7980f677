//! Opening sockets, so that each failure names the address and what to do about it.

use std::{
    io,
    net::{SocketAddr, TcpListener},
};

use socket2::{Domain, Protocol, Socket, Type};

use super::handover::Inherited;

/// Octets that the kernel may queue for one UDP socket: a burst of some thousand queries. The kernel gives less
/// where `net.core.rmem_max` says so.
const UDP_BUFFER: usize = 4 << 20;
/// Connections that may wait to be accepted.
const BACKLOG: i32 = 1024;
/// How often another port is tried where the system chooses one and it is taken in the other protocol.
const PORT_TRIES: usize = 32;

/// An address cannot be listened on.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another program has it.
    #[error(
        "{what} cannot listen on {address}: another program uses that port{}. Stop it (`ss -lnp 'sport = :{}'` shows which one it is), or choose another address with {key}",
        usual_suspect(address.port()),
        address.port()
    )]
    Taken {
        /// `DNS`, `the page`, …
        what: &'static str,
        /// Where.
        address: SocketAddr,
        /// Which key or flag sets it.
        key: &'static str,
    },
    /// A port below 1024 without the right to it.
    #[error(
        "{what} may not listen on {address}: ports below 1024 need the capability CAP_NET_BIND_SERVICE, which a service manager gives, or `setcap cap_net_bind_service=+ep` on the program; or choose a higher port with {key}"
    )]
    Forbidden {
        /// `DNS`, `the page`, …
        what: &'static str,
        /// Where.
        address: SocketAddr,
        /// Which key or flag sets it.
        key: &'static str,
    },
    /// The machine does not have that address.
    #[error("{what} cannot listen on {address}: this machine has no such address. Choose another with {key}")]
    NoSuchAddress {
        /// `DNS`, `the page`, …
        what: &'static str,
        /// Where.
        address: SocketAddr,
        /// Which key or flag sets it.
        key: &'static str,
    },
    /// Anything else.
    #[error("{what} cannot listen on {address}: {error}. Choose another address with {key}")]
    Other {
        /// `DNS`, `the page`, …
        what: &'static str,
        /// Where.
        address: SocketAddr,
        /// Which key or flag sets it.
        key: &'static str,
        /// What the system says.
        error: io::Error,
    },
}

/// Which program it is likely to be.
fn usual_suspect(port: u16) -> &'static str {
    match port {
        53 => " (often systemd-resolved, dnsmasq or another DNS server)",
        80 | 443 => " (often a web server)",
        5353 => " (often avahi-daemon, since it is also the port of multicast DNS)",
        _ => "",
    }
}

impl BindError {
    fn new(what: &'static str, address: SocketAddr, key: &'static str, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::AddrInUse => Self::Taken { what, address, key },
            io::ErrorKind::PermissionDenied => Self::Forbidden { what, address, key },
            io::ErrorKind::AddrNotAvailable => Self::NoSuchAddress { what, address, key },
            _ => Self::Other { what, address, key, error },
        }
    }

    /// Whether the address's whole family is missing: a default for it can be left out.
    pub fn is_family_missing(&self) -> bool {
        let no_support =
            |error: &io::Error| error.kind() == io::ErrorKind::Unsupported || is_family_error(error);
        match self {
            Self::NoSuchAddress { address, .. } => address.is_ipv6(),
            Self::Other { error, .. } => no_support(error),
            Self::Taken { .. } | Self::Forbidden { .. } => false,
        }
    }
}

#[cfg(target_os = "linux")]
fn is_family_error(error: &io::Error) -> bool {
    error.raw_os_error() == Some(nix::libc::EAFNOSUPPORT)
}

#[cfg(not(target_os = "linux"))]
fn is_family_error(_: &io::Error) -> bool {
    false
}

/// The sockets for one DNS address: one TCP listener, and one UDP socket for each worker, all on the same port.
#[derive(Debug)]
pub struct DnsSockets {
    /// The address, with the port that was got where 0 was asked for.
    pub address: SocketAddr,
    /// For streams.
    pub tcp: TcpListener,
    /// For datagrams, one for each worker.
    pub udp: Vec<Socket>,
}

/// Opens the sockets for one DNS address, or takes those that were handed over. Port 0 lets the system choose one that
/// is free for both protocols.
pub fn dns(
    address: SocketAddr,
    workers: usize,
    key: &'static str,
    inherited: &mut Inherited,
) -> Result<DnsSockets, BindError> {
    let mut tries = PORT_TRIES;
    loop {
        tries -= 1;
        match dns_once(address, workers, inherited) {
            Ok(sockets) => return Ok(sockets),
            Err(error) if address.port() == 0 && error.kind() == io::ErrorKind::AddrInUse && tries > 0 => {}
            Err(error) => return Err(BindError::new("DNS", address, key, error)),
        }
    }
}

fn dns_once(address: SocketAddr, workers: usize, inherited: &mut Inherited) -> io::Result<DnsSockets> {
    // TCP goes first: it is bound by one socket alone, so a second Sekisho fails here, while its UDP sockets could
    // share the port in silence.
    let tcp = stream(address, inherited)?;
    let address = tcp.local_addr()?;
    let mut udp: Vec<Socket> = std::iter::from_fn(|| inherited.datagrams(address)).take(workers).collect();
    if udp.is_empty() {
        // The same for other programs on UDP: one socket that shares with nobody, closed again at once.
        drop(datagram(address, false)?);
    }
    for socket in &udp {
        socket.set_nonblocking(false)?;
        let _ = socket.set_recv_buffer_size(UDP_BUFFER);
    }
    while udp.len() < workers {
        match (datagram(address, true), udp.first()) {
            (Ok(socket), _) => udp.push(socket),
            // What a socket unit opened may not share its port; then all workers read from the one socket.
            (Err(error), Some(first)) if error.kind() == io::ErrorKind::AddrInUse => {
                udp.push(first.try_clone()?);
            }
            (Err(error), _) => return Err(error),
        }
    }
    Ok(DnsSockets { address, tcp, udp })
}

/// Opens a listener for HTTP, or takes the one that was handed over.
pub fn http(
    address: SocketAddr,
    what: &'static str,
    key: &'static str,
    inherited: &mut Inherited,
) -> Result<TcpListener, BindError> {
    stream(address, inherited).map_err(|error| BindError::new(what, address, key, error))
}

fn stream(address: SocketAddr, inherited: &mut Inherited) -> io::Result<TcpListener> {
    if let Some(listener) = inherited.stream(address) {
        listener.set_nonblocking(true)?;
        return Ok(listener);
    }
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    only_v6(&socket, address)?;
    // A restart must not wait for connections of the one before to be forgotten.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn datagram(address: SocketAddr, shared: bool) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    only_v6(&socket, address)?;
    #[cfg(unix)]
    socket.set_reuse_port(shared)?;
    #[cfg(not(unix))]
    let _ = shared;
    socket.bind(&address.into())?;
    // Less is given where the system allows no more; that is no error.
    let _ = socket.set_recv_buffer_size(UDP_BUFFER);
    Ok(socket)
}

/// `[::]` means IPv6 alone: IPv4 has its own address, and mapped addresses would blur who asks.
fn only_v6(socket: &Socket, address: SocketAddr) -> io::Result<()> {
    if address.is_ipv6() { socket.set_only_v6(true) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_protocols_get_the_same_free_port() {
        let sockets = dns("127.0.0.1:0".parse().unwrap(), 3, "--listen", &mut Inherited::default()).unwrap();
        assert_ne!(sockets.address.port(), 0);
        assert_eq!(sockets.udp.len(), 3);
        for socket in &sockets.udp {
            assert_eq!(socket.local_addr().unwrap().as_socket(), Some(sockets.address));
        }
    }

    #[test]
    fn a_second_server_on_the_port_is_refused_with_a_remedy() {
        let first = dns("127.0.0.1:0".parse().unwrap(), 1, "--listen", &mut Inherited::default()).unwrap();
        let error = dns(first.address, 1, "--listen", &mut Inherited::default()).unwrap_err();
        assert!(matches!(error, BindError::Taken { .. }), "{error}");
        assert!(error.to_string().contains("ss -lnp"), "{error}");
    }

    #[test]
    fn another_program_on_udp_alone_is_noticed() {
        let other = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let error = dns(other.local_addr().unwrap(), 1, "--listen", &mut Inherited::default()).unwrap_err();
        assert!(matches!(error, BindError::Taken { .. }), "{error}");
    }
}
