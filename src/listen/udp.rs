//! Datagrams on Linux. Every worker is a thread with a socket of its own; the kernel spreads clients over them
//! (`SO_REUSEPORT`). A worker takes all datagrams that have arrived, up to a batch, answers what it can on the spot and
//! asks upstream for the rest, whose answers others send; it waits for the next datagram, and else for no more than the
//! short locks of the questions under way and of a source port.
//!
//! On a wildcard address `IP_PKTINFO` tells which of our addresses was asked: the answer leaves from that one, and the
//! sinkhole can be it, as where a socket is bound to one address.

use std::{
    io::{self, IoSlice},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    os::fd::AsFd,
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
    sys::socket::{setsockopt, sockopt},
};
use rustix::net::sockopt::{
    Ipv4PathMtuDiscovery, Ipv6PathMtuDiscovery, set_ip_mtu_discover, set_ipv6_mtu_discover,
};
use socket2::{MsgHdr, SockAddr, Socket};

use super::{
    batch::{Batch, Exchange, PLACES, Wait},
    misses::{Miss, Misses, Respond},
    raw::{Local, RawLocal},
};
use crate::{
    engine::{Client, Engine, Looked, Moment, Outcome},
    telemetry::{Metrics, Transport},
};

/// How often a worker that hears nothing looks whether it is to stop.
const STOP_CHECK: Duration = Duration::from_millis(200);
/// At the end, so many queries that wait in a socket are still answered.
const LAST_QUERIES: usize = 10_000;
/// A pause after an error that is not the sender's, so that a broken socket does not take a core.
const AFTER_ERROR: Duration = Duration::from_millis(20);

/// What a worker and the answers that come later send by.
#[derive(Debug)]
struct Outlet {
    socket: Socket,
    metrics: Arc<Metrics>,
}

/// The way back to one client.
#[derive(Debug)]
pub struct UdpRespond {
    outlet: Arc<Outlet>,
    to: SocketAddr,
    from: Option<Local>,
}

impl Respond for UdpRespond {
    fn respond(&self, answer: &[u8]) {
        let (to, slices, mut raw) = (SockAddr::from(self.to), [IoSlice::new(answer)], RawLocal::empty());
        let length = raw.write(self.from);
        let mut message = MsgHdr::new().with_addr(&to).with_buffers(&slices);
        if length > 0 {
            message = message.with_control(&raw.0[..length]);
        }
        if let Err(error) = self.outlet.socket.sendmsg(&message, libc::MSG_DONTWAIT) {
            self.outlet.metrics.udp.lost.inc();
            tracing::debug!(%error, "an answer could not be sent");
        }
    }
}

/// Starts one thread for each socket. They end soon after `stop` is set.
pub fn start(
    sockets: Vec<Socket>,
    engine: &Arc<Engine>,
    misses: &Misses,
    metrics: &Arc<Metrics>,
    stop: &Arc<AtomicBool>,
) -> io::Result<Vec<thread::JoinHandle<()>>> {
    let mut threads = Vec::new();
    for (index, socket) in sockets.into_iter().enumerate() {
        let own = own_address(&socket)?;
        prepare(&socket, own.is_none())?;
        let worker = Worker {
            own,
            outlet: Arc::new(Outlet { socket, metrics: metrics.clone() }),
            engine: engine.clone(),
            misses: misses.clone(),
            stop: stop.clone(),
        };
        threads.push(thread::Builder::new().name(format!("udp-{index}")).spawn(move || worker.run_on())?);
    }
    Ok(threads)
}

/// The one address that a socket is bound to; `None` for a wildcard address.
fn own_address(socket: &Socket) -> io::Result<Option<Local>> {
    let bound = socket.local_addr()?.as_socket().filter(|bound| !bound.ip().is_unspecified());
    Ok(bound.map(|bound| Local {
        address: bound.ip(),
        interface: if let SocketAddr::V6(v6) = bound { v6.scope_id() } else { 0 },
    }))
}

/// Has a socket tell where each query was sent to, if that is asked, and send every answer whole.
fn prepare(socket: &Socket, tell: bool) -> io::Result<()> {
    // RFC 9715 §3.1 (R2): an answer is never divided, since a part of it can be replaced by a forged one. Ours are small
    // enough for every path (`UDP_OCTETS`), so whoever says that only smaller ones pass is not believed either. As a
    // gain beside, the kernel has no number to find by which parts would be put together.
    if socket.local_addr()?.as_socket().is_some_and(|address| address.is_ipv6()) {
        setsockopt(socket, sockopt::Ipv6RecvPacketInfo, &tell)?;
        set_ipv6_mtu_discover(socket, Ipv6PathMtuDiscovery::PROBE)?;
    } else {
        setsockopt(socket, sockopt::Ipv4PacketInfo, &tell)?;
        set_ip_mtu_discover(socket, Ipv4PathMtuDiscovery::PROBE)?;
    }
    socket.set_read_timeout(Some(STOP_CHECK))
}

struct Worker {
    /// Where all queries come to, and all answers leave from, if that is one address. Being told, and telling, for each
    /// is about a twentieth of what the system takes for a query and an answer.
    own: Option<Local>,
    outlet: Arc<Outlet>,
    engine: Arc<Engine>,
    misses: Misses,
    stop: Arc<AtomicBool>,
}

impl Worker {
    /// A worker that is gone would leave its share of the clients without an answer, so it begins again after a
    /// fault of ours, which the log shows. The other queries of the batch are answered as if nothing had been.
    fn run_on(&self) {
        let mut batch = Batch::new();
        while !self.stop.load(Ordering::Relaxed) {
            if std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.run(&mut batch))).is_err() {
                tracing::error!("a UDP worker met a fault in Sekisho and begins again; please report it");
                thread::sleep(AFTER_ERROR);
            }
        }
    }

    fn run(&self, batch: &mut Batch) {
        self.answer_all(batch);
        while !self.stop.load(Ordering::Relaxed) {
            match batch.receive(self.outlet.socket.as_fd(), Wait::ForOne) {
                Ok(()) => self.answer_all(batch),
                Err(Errno::EAGAIN | Errno::EINTR) => {}
                Err(error) => {
                    tracing::warn!(%error, "a UDP socket cannot be read for the moment");
                    thread::sleep(AFTER_ERROR);
                }
            }
        }
        self.finish(batch);
    }

    /// Answers what has arrived before we were told to stop, and not for ever what goes on arriving.
    fn finish(&self, batch: &mut Batch) {
        for _ in 0..LAST_QUERIES / PLACES {
            if batch.receive(self.outlet.socket.as_fd(), Wait::No).is_err() {
                return;
            }
            self.answer_all(batch);
        }
    }

    /// Answers the rest of a batch, under what is in force at this moment.
    fn answer_all(&self, batch: &mut Batch) {
        let moment = self.engine.moment();
        while let Some(few) = batch.next_few() {
            let looked = moment.look_at(few.queries());
            for (place, exchange) in few.enumerate() {
                self.answer(exchange, &moment, (&looked, place));
            }
        }
        let lost = batch.send(self.outlet.socket.as_fd());
        if lost > 0 {
            self.outlet.metrics.udp.lost.inc_by(lost as u64);
            tracing::debug!(lost, "answers could not be sent");
        }
    }

    fn answer(&self, exchange: Exchange<'_>, moment: &Moment<'_>, (looked, place): (&Looked<'_>, usize)) {
        let Exchange { query, source, local, .. } = exchange;
        let Some((to, address)) = source.and_then(|to| Some((to, usable_source(to)?))) else { return };
        let asked = self.own.or(local);
        let client = Client {
            address,
            local: asked.map(|local| local.address),
            interface: asked.map_or(0, |local| local.interface),
            transport: Transport::Udp,
        };
        let outcome = match moment.answer_looked(looked, place, &client, exchange.answer) {
            outcome @ (Outcome::NeedsUpstream | Outcome::Missed) => {
                let missed = outcome == Outcome::Missed;
                let known = if missed { moment.missed(looked, place) } else { None };
                let respond = UdpRespond { outlet: self.outlet.clone(), to, from: local };
                match self.misses.offer(Miss { packet: query.into(), client, respond, known }) {
                    Ok(()) => return,
                    Err(_) => self.engine.answer_overloaded(query, &client, exchange.answer),
                }
            }
            other => other,
        };
        if let Outcome::Answered(length) = outcome {
            exchange.answered(length, local);
        }
    }
}

/// The sender's address, if it can have sent this: an answer to port 0, or to everybody, would only do harm.
fn usable_source(source: SocketAddr) -> Option<IpAddr> {
    let ip = source.ip().to_canonical();
    let nobody = ip.is_unspecified() || ip.is_multicast() || ip == IpAddr::V4(Ipv4Addr::BROADCAST);
    (source.port() != 0 && !nobody).then_some(ip)
}

#[cfg(test)]
mod tests {
    use rustix::net::sockopt::{ip_mtu_discover, ipv6_mtu_discover};

    use super::*;
    use crate::listen::{bind, handover::Inherited};

    fn socket(address: &str) -> Socket {
        let sockets = bind::dns(address.parse().unwrap(), 1, "--listen", &mut Inherited::default()).unwrap();
        sockets.udp.into_iter().next().unwrap()
    }

    #[test]
    fn a_socket_of_one_address_need_not_be_told_which_was_asked() {
        for (address, own) in [
            ("127.0.0.1:0", Some("127.0.0.1")),
            ("[::1]:0", Some("::1")),
            ("0.0.0.0:0", None),
            ("[::]:0", None),
        ] {
            let known = own_address(&socket(address)).unwrap();
            let own = own.map(|own| Local { address: own.parse().unwrap(), interface: 0 });
            assert_eq!(known, own, "{address}");
        }
    }

    #[test]
    fn answers_are_never_divided_on_their_way() {
        let (v4, v6) = (socket("127.0.0.1:0"), socket("[::1]:0"));
        prepare(&v4, false).unwrap();
        prepare(&v6, true).unwrap();
        assert_eq!(ip_mtu_discover(&v4).unwrap(), Ipv4PathMtuDiscovery::PROBE);
        assert_eq!(ipv6_mtu_discover(&v6).unwrap(), Ipv6PathMtuDiscovery::PROBE);
    }
}
