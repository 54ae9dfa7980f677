//! Talking with a service manager (`sd_notify(3)`): that the server answers, that it still does, what it is doing, and
//! which sockets to keep while it is restarted. Without one, all of this does nothing.
//!
//! "Ready" and the watchdog's sign of life are sent only after the server has answered a query of its own over its own
//! sockets: a process that is there and does not answer is what a watchdog is for.

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UdpSocket},
    time::timeout,
};

use super::reachable;
use crate::{
    message::{UDP_OCTETS, rtype},
    name::Name,
};

/// How long an answer to ourselves may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// However impatient a service manager is, we do not ask ourselves more often than this.
const OFTEN: Duration = Duration::from_millis(50);
/// How often it is tried, since a datagram may be lost under load.
const TRIES: usize = 3;

/// The server does not answer its own query.
#[derive(Debug, thiserror::Error)]
#[error(
    "the server does not answer a query of its own at {0} over {1}. Check that nothing (a firewall on this machine, an address that is gone) stands in between"
)]
pub struct NotAnswering(SocketAddr, &'static str);

/// Asks ourselves for our own name at each of these addresses, over UDP and TCP.
///
/// # Errors
///
/// At the first address that does not answer.
pub async fn answers(dns: &[SocketAddr], own_name: &Name) -> Result<(), NotAnswering> {
    for address in dns.iter().map(|address| reachable(*address)) {
        // IPv6 may be switched off while its sockets can still be opened: nobody can ask there, and neither can we.
        if address.ip().is_loopback() && UdpSocket::bind(SocketAddr::new(address.ip(), 0)).await.is_err() {
            continue;
        }
        if !answers_udp(address, own_name).await {
            return Err(NotAnswering(address, "UDP"));
        }
        if !answers_tcp(address, own_name).await {
            return Err(NotAnswering(address, "TCP"));
        }
    }
    Ok(())
}

async fn answers_udp(address: SocketAddr, own_name: &Name) -> bool {
    for _ in 0..TRIES {
        if let Ok(Some(true)) = timeout(PATIENCE, once_udp(address, own_name)).await {
            return true;
        }
    }
    false
}

/// `None` where something fails on the way.
async fn once_udp(address: SocketAddr, own_name: &Name) -> Option<bool> {
    let any = if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0)).await.ok()?;
    socket.connect(address).await.ok()?;
    let query = query(own_name);
    socket.send(&query).await.ok()?;
    let mut answer = vec![0; usize::from(UDP_OCTETS)];
    let length = socket.recv(&mut answer).await.ok()?;
    Some(is_answer(&query, answer.get(..length)?))
}

async fn answers_tcp(address: SocketAddr, own_name: &Name) -> bool {
    for _ in 0..TRIES {
        if let Ok(Some(true)) = timeout(PATIENCE, once_tcp(address, own_name)).await {
            return true;
        }
    }
    false
}

async fn once_tcp(address: SocketAddr, own_name: &Name) -> Option<bool> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    let query = query(own_name);
    let mut framed = (query.len() as u16).to_be_bytes().to_vec();
    framed.extend(&query);
    stream.write_all(&framed).await.ok()?;
    let length = stream.read_u16().await.ok()?;
    let mut answer = vec![0; usize::from(length)];
    stream.read_exact(&mut answer).await.ok()?;
    Some(is_answer(&query, &answer))
}

/// A query for our own name; whatever is answered will do. Its type is one that devices hardly ask for, so that whoever
/// counts queries by type can tell these apart.
fn query(own_name: &Name) -> Vec<u8> {
    let id: u16 = rand::random();
    let mut query = id.to_be_bytes().to_vec();
    // Recursion desired, one question (RFC 1035 §4.1.1).
    query.extend([0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0]);
    query.extend(own_name.wire());
    query.extend(rtype::SOA.to_be_bytes());
    query.extend([0, 1]);
    query
}

/// Whether it has the query's ID and is an answer.
fn is_answer(query: &[u8], answer: &[u8]) -> bool {
    answer.len() >= 12 && answer[..2] == query[..2] && answer[2] & 0x80 != 0
}

#[cfg(target_os = "linux")]
mod manager {
    use std::{os::fd::AsFd, time::Duration};

    use sd_notify::NotifyState;

    /// Whether somebody listens.
    pub(crate) fn is_there() -> bool {
        std::env::var_os("NOTIFY_SOCKET").is_some()
    }

    fn tell(state: &[NotifyState<'_>]) {
        if let Err(error) = sd_notify::notify(state) {
            tracing::warn!(%error, "the service manager could not be told");
        }
    }

    /// The server answers.
    pub(crate) fn ready() {
        tell(&[NotifyState::Ready]);
    }

    /// The configuration is being read again; [`ready`] must follow.
    pub(crate) fn reloading() {
        match NotifyState::monotonic_usec_now() {
            Ok(now) => tell(&[NotifyState::Reloading, now]),
            Err(error) => tracing::warn!(%error, "the system has no clock that only goes forward"),
        }
    }

    /// The server stops.
    pub(crate) fn stopping() {
        tell(&[NotifyState::Stopping, NotifyState::Status("Answering the last queries")]);
    }

    /// The server still answers.
    pub(crate) fn alive() {
        tell(&[NotifyState::Watchdog]);
    }

    /// What is shown beside the service: one line.
    pub(crate) fn status(status: &str) {
        tell(&[NotifyState::Status(&status.replace('\n', " "))]);
    }

    /// How long the service manager waits for a sign of life, if it does.
    pub(crate) fn watchdog() -> Option<Duration> {
        sd_notify::watchdog_enabled()
    }

    /// Leaves a socket in the service manager's keeping.
    pub(crate) fn keep(name: &str, socket: &impl AsFd) {
        if !is_there() {
            return;
        }
        // Without FDPOLL=0 it would be given up at the first ICMP error that some client's network sends.
        let state = [NotifyState::FdStore, NotifyState::FdName(name), NotifyState::Custom("FDPOLL=0")];
        if let Err(error) = sd_notify::notify_with_fds(&state, &[socket.as_fd()]) {
            tracing::debug!(%error, "the service manager does not keep the socket {name}");
        }
    }

    /// Has the service manager give up what it keeps under this name.
    pub(crate) fn forget(name: &str) {
        tell(&[NotifyState::FdStoreRemove, NotifyState::FdName(name)]);
    }
}

#[cfg(not(target_os = "linux"))]
mod manager {
    use std::time::Duration;

    /// There is none.
    pub(crate) const fn is_there() -> bool {
        false
    }

    /// Nobody to tell.
    pub(crate) const fn ready() {}

    /// Nobody to tell.
    pub(crate) const fn reloading() {}

    /// Nobody to tell.
    pub(crate) const fn stopping() {}

    /// Nobody to tell.
    pub(crate) const fn alive() {}

    /// Nobody to tell.
    pub(crate) const fn status(_: &str) {}

    /// Nobody waits.
    pub(crate) const fn watchdog() -> Option<Duration> {
        None
    }

    /// Nobody keeps anything.
    pub(crate) const fn keep<S>(_: &str, _: &S) {}

    /// Nobody keeps anything.
    pub(crate) const fn forget(_: &str) {}
}

pub(crate) use manager::{forget, is_there, keep, ready, reloading, status, stopping};

/// Sends signs of life as long as the server answers, if the service manager waits for them. Ends only with its task.
pub async fn watch_over(dns: Vec<SocketAddr>, own_name: Name) {
    let Some(limit) = manager::watchdog().filter(|_| is_there()) else { return };
    loop {
        match answers(&dns, &own_name).await {
            Ok(()) => manager::alive(),
            Err(error) => {
                tracing::error!("{error}");
                manager::status(&error.to_string());
            }
        }
        // The rest of the limit is for a slow answer.
        tokio::time::sleep((limit / 3).max(OFTEN)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_answer_to_the_query_counts() {
        let query = query(&"sekisho.home.arpa".parse().unwrap());
        let mut answer = query.clone();
        assert!(!is_answer(&query, &answer), "a query that came back is none");
        answer[2] |= 0x80;
        assert!(is_answer(&query, &answer));
        answer[0] ^= 1;
        assert!(!is_answer(&query, &answer));
        assert!(!is_answer(&query, &answer[..8]));
    }
}
