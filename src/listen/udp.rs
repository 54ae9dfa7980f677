//! Datagrams on Linux. Every worker is a thread with a socket of its own; the kernel spreads clients over them
//! (`SO_REUSEPORT`). A worker answers what it can on the spot and hands the rest to the runtime; it waits for
//! nothing but the next datagram.
//!
//! `IP_PKTINFO` tells which of our addresses was asked: the answer leaves from that one, and the sinkhole can be it,
//! whatever address the socket is bound to.

use std::{
    io::{self, IoSlice, IoSliceMut},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    os::fd::{AsRawFd, RawFd},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use nix::{
    errno::Errno,
    libc,
    sys::socket::{
        ControlMessage, ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, sendmsg, setsockopt, sockopt,
    },
};
use socket2::Socket;

use super::misses::{Miss, Misses, Respond};
use crate::{
    engine::{Client, Engine, Outcome},
    message::UDP_OCTETS,
    telemetry::Transport,
};

/// The largest query that is read whole; nobody sends larger ones in earnest.
const LARGEST_QUERY: usize = 4096;
/// How often a worker that hears nothing looks whether it is to stop.
const STOP_CHECK: Duration = Duration::from_millis(200);
/// At the end, so many queries that wait in a socket are still answered.
const LAST_QUERIES: usize = 10_000;
/// A pause after an error that is not the sender's, so that a broken socket does not take a core.
const AFTER_ERROR: Duration = Duration::from_millis(20);

/// Which address of ours a datagram was sent to.
#[derive(Debug, Clone, Copy)]
struct Local {
    address: IpAddr,
    interface: u32,
}

/// The way back to one client.
#[derive(Debug)]
pub struct UdpRespond {
    socket: Arc<Socket>,
    to: SockaddrStorage,
    from: Option<Local>,
}

impl Respond for UdpRespond {
    fn respond(&self, answer: &[u8]) {
        send(self.socket.as_raw_fd(), answer, &self.to, self.from);
    }
}

/// Starts one thread for each socket. They end soon after `stop` is set.
pub fn start(
    sockets: Vec<Socket>,
    engine: &Arc<Engine>,
    misses: &Misses<UdpRespond>,
    stop: &Arc<AtomicBool>,
) -> io::Result<Vec<thread::JoinHandle<()>>> {
    let mut threads = Vec::new();
    for (index, socket) in sockets.into_iter().enumerate() {
        let bound = socket.local_addr()?.as_socket();
        if bound.is_some_and(|address| address.is_ipv6()) {
            setsockopt(&socket, sockopt::Ipv6RecvPacketInfo, &true)?;
        } else {
            setsockopt(&socket, sockopt::Ipv4PacketInfo, &true)?;
        }
        socket.set_read_timeout(Some(STOP_CHECK))?;
        let worker = Worker {
            socket: Arc::new(socket),
            engine: engine.clone(),
            misses: misses.clone(),
            stop: stop.clone(),
        };
        threads.push(thread::Builder::new().name(format!("udp-{index}")).spawn(move || worker.run_on())?);
    }
    Ok(threads)
}

struct Worker {
    socket: Arc<Socket>,
    engine: Arc<Engine>,
    misses: Misses<UdpRespond>,
    stop: Arc<AtomicBool>,
}

impl Worker {
    /// A worker that is gone would leave its share of the clients without an answer, so it begins again after a
    /// fault of ours, which the log shows.
    fn run_on(&self) {
        while !self.stop.load(Ordering::Relaxed) {
            if std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.run())).is_err() {
                tracing::error!("a UDP worker met a fault in Sekisho and begins again; please report it");
                thread::sleep(AFTER_ERROR);
            }
        }
    }

    fn run(&self) {
        let mut query = vec![0; LARGEST_QUERY];
        let mut answer = vec![0; usize::from(UDP_OCTETS)];
        let mut control = nix::cmsg_space!(libc::in_pktinfo, libc::in6_pktinfo);
        while !self.stop.load(Ordering::Relaxed) {
            match receive(self.socket.as_raw_fd(), &mut query, &mut control, MsgFlags::empty()) {
                Ok(Some((length, from, local))) => self.answer(&query[..length], from, local, &mut answer),
                Ok(None) | Err(Errno::EAGAIN | Errno::EINTR) => {}
                Err(error) => {
                    tracing::warn!(%error, "a UDP socket cannot be read for the moment");
                    thread::sleep(AFTER_ERROR);
                }
            }
        }
        self.finish(&mut query, &mut answer, &mut control);
    }

    /// Answers what has arrived before we were told to stop, and not for ever what goes on arriving.
    fn finish(&self, query: &mut [u8], answer: &mut [u8], control: &mut [u8]) {
        let flags = MsgFlags::MSG_DONTWAIT;
        for _ in 0..LAST_QUERIES {
            match receive(self.socket.as_raw_fd(), query, control, flags) {
                Ok(Some((length, from, local))) => self.answer(&query[..length], from, local, answer),
                Ok(None) => {}
                Err(_) => return,
            }
        }
    }

    fn answer(&self, packet: &[u8], to: SockaddrStorage, local: Option<Local>, out: &mut [u8]) {
        let Some(address) = usable_source(&to) else { return };
        let client = Client {
            address,
            local: local.map(|local| local.address),
            interface: local.map_or(0, |local| local.interface),
            transport: Transport::Udp,
        };
        let outcome = match self.engine.answer_now(packet, &client, out) {
            Outcome::NeedsUpstream => {
                let respond = UdpRespond { socket: self.socket.clone(), to, from: local };
                match self.misses.offer(Miss { packet: packet.into(), client, respond }) {
                    Ok(()) => return,
                    Err(_) => self.engine.answer_overloaded(packet, &client, out),
                }
            }
            other => other,
        };
        if let Outcome::Answered(length) = outcome {
            send(self.socket.as_raw_fd(), &out[..length], &to, local);
        }
    }
}

/// The sender's address, if it can have sent this: an answer to port 0, or to everybody, would only do harm.
fn usable_source(from: &SockaddrStorage) -> Option<IpAddr> {
    let source = match (from.as_sockaddr_in(), from.as_sockaddr_in6()) {
        (Some(v4), _) => SocketAddr::from((v4.ip(), v4.port())),
        (_, Some(v6)) => SocketAddr::from((v6.ip(), v6.port())),
        _ => return None,
    };
    let ip = source.ip().to_canonical();
    let nobody = ip.is_unspecified() || ip.is_multicast() || ip == IpAddr::V4(Ipv4Addr::BROADCAST);
    (source.port() != 0 && !nobody).then_some(ip)
}

/// Waits for a datagram: its length, its sender, and which address of ours it was sent to.
fn receive(
    socket: RawFd,
    buffer: &mut [u8],
    control: &mut [u8],
    flags: MsgFlags,
) -> Result<Option<(usize, SockaddrStorage, Option<Local>)>, Errno> {
    let mut slices = [IoSliceMut::new(buffer)];
    let message = recvmsg::<SockaddrStorage>(socket, &mut slices, Some(control), flags)?;
    let Some(from) = message.address else { return Ok(None) };
    let local = message.cmsgs().ok().and_then(|mut messages| messages.find_map(local_of));
    Ok(Some((message.bytes, from, local)))
}

// By value, because that is what the iterator over them gives.
#[allow(clippy::needless_pass_by_value)]
fn local_of(message: ControlMessageOwned) -> Option<Local> {
    match message {
        ControlMessageOwned::Ipv4PacketInfo(info) => Some(Local {
            // The address of ours that the datagram came to, in network order. The header's destination
            // (`ipi_addr`) may be a broadcast address, from which nothing can be sent.
            address: Ipv4Addr::from(u32::from_be(info.ipi_spec_dst.s_addr)).into(),
            interface: info.ipi_ifindex.unsigned_abs(),
        }),
        ControlMessageOwned::Ipv6PacketInfo(info) => {
            Some(Local { address: IpAddr::from(info.ipi6_addr.s6_addr), interface: info.ipi6_ifindex })
        }
        _ => None,
    }
}

/// Sends an answer from the address that was asked. What the kernel has no room for is lost, as on any network; the
/// client asks again.
fn send(socket: RawFd, answer: &[u8], to: &SockaddrStorage, from: Option<Local>) {
    let slices = [IoSlice::new(answer)];
    let flags = MsgFlags::MSG_DONTWAIT;
    let sent = match from.map(|local| (local.address, local.interface)) {
        Some((IpAddr::V4(address), _)) if !address.is_broadcast() && !address.is_multicast() => {
            let info = libc::in_pktinfo {
                ipi_ifindex: 0,
                ipi_spec_dst: libc::in_addr { s_addr: u32::from(address).to_be() },
                ipi_addr: libc::in_addr { s_addr: 0 },
            };
            sendmsg(socket, &slices, &[ControlMessage::Ipv4PacketInfo(&info)], flags, Some(to))
        }
        Some((IpAddr::V6(address), interface)) if !address.is_multicast() => {
            // Only a link-local address needs its interface named; for others routing decides.
            let ipi6_ifindex = if address.is_unicast_link_local() { interface } else { 0 };
            let info = libc::in6_pktinfo {
                ipi6_addr: libc::in6_addr { s6_addr: address.octets() },
                ipi6_ifindex: ipi6_ifindex as _,
            };
            sendmsg(socket, &slices, &[ControlMessage::Ipv6PacketInfo(&info)], flags, Some(to))
        }
        _ => sendmsg(socket, &slices, &[], flags, Some(to)),
    };
    if let Err(error) = sent {
        tracing::debug!(%error, "an answer could not be sent");
    }
}
