//! Asking every network that this machine is in for Router Advertisements (RFC 4861 §6.3.7): they tell devices which
//! DNS servers to use, beside whatever DHCP says.

use std::{
    collections::BTreeSet,
    io,
    net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6},
    time::Duration,
};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::{
    net::UdpSocket,
    time::{Instant, timeout_at},
};

use super::advertisement::{SOLICITATION, dns_servers};

/// All routers of a link (RFC 4291 §2.7.1).
const ALL_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2);
/// How long advertisements are waited for: routers answer within half a second (RFC 4861 §10).
const WAIT: Duration = Duration::from_millis(2500);
/// When the solicitation is sent again, should the first have been lost.
const AGAIN: Duration = Duration::from_secs(1);
/// The most advertisements that are read.
const MOST: usize = 256;

/// A router that announces DNS servers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Advertised {
    /// The router's own address, link-local.
    pub(super) router: Ipv6Addr,
    /// A server, with the link that it was announced on where its address means nothing elsewhere.
    pub(super) server: SocketAddrV6,
}

/// What routers on the links with these indices announce.
///
/// # Errors
///
/// Without the right to raw sockets, which root has.
pub(super) async fn advertised(links: &[u32]) -> io::Result<Vec<Advertised>> {
    if links.is_empty() {
        return Ok(Vec::new());
    }
    let socket = Socket::new(Domain::IPV6, Type::RAW, Some(Protocol::ICMPV6))?;
    // RFC 4861 §6.1.1: routers discard what may have passed another router.
    socket.set_multicast_hops_v6(255)?;
    socket.set_nonblocking(true)?;
    // A raw socket sends and receives with addresses just as one for UDP does, which tokio can wait for.
    let socket = UdpSocket::from_std(socket.into())?;
    let mut found = BTreeSet::new();
    let end = Instant::now() + WAIT;
    for until in [Instant::now() + AGAIN, end] {
        solicit(&socket, links).await;
        listen(&socket, until, &mut found).await;
    }
    Ok(found.into_iter().collect())
}

async fn solicit(socket: &UdpSocket, links: &[u32]) {
    // Type, code, checksum (the kernel's work), reserved.
    let solicitation = [SOLICITATION, 0, 0, 0, 0, 0, 0, 0];
    for link in links {
        let routers = SocketAddrV6::new(ALL_ROUTERS, 0, 0, *link);
        // A link without IPv6 refuses; others are asked all the same.
        let _ = socket.send_to(&solicitation, SocketAddr::V6(routers)).await;
    }
}

async fn listen(socket: &UdpSocket, until: Instant, found: &mut BTreeSet<Advertised>) {
    let mut buffer = [0; 2048];
    for _ in 0..MOST {
        let Ok(Ok((length, from))) = timeout_at(until, socket.recv_from(&mut buffer)).await else { return };
        // RFC 4861 §6.1.2: advertisements come from link-local addresses. The kernel has checked the checksum.
        let (IpAddr::V6(router), SocketAddr::V6(from)) = (from.ip(), from) else { continue };
        if !router.is_unicast_link_local() {
            continue;
        }
        for server in dns_servers(&buffer[..length]).unwrap_or_default() {
            let scope = if server.is_unicast_link_local() { from.scope_id() } else { 0 };
            found.insert(Advertised { router, server: SocketAddrV6::new(server, 53, 0, scope) });
        }
    }
}
