//! One source port: a socket that is connected to the server, so that the kernel passes over what comes from any other
//! address or port and tells when nobody is there; the queries on their way from it; and the task that reads it.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::{net::UdpSocket, sync::oneshot, time::MissedTickBehavior};

use super::{
    Kept, Known, Landing, NoReply, Waiter,
    flights::{Flight, Flights, Ticket},
    query::Outgoing,
    receive::{LONGEST_REPLY, receive},
};
use crate::message::{flags, read_u16};

/// A port takes no new query after this time. What a scanner of ports finds is of no use to him so soon after.
const LIFE: Duration = Duration::from_millis(250);
/// Nor after so many queries, so that at high rates too there are many ports.
const QUERIES: u64 = 128;
/// Unless there may be no more ports: then the ones that there are take up to so many at once.
const MOST_AT_ONCE: usize = 1024;
/// How often a port looks for queries that are slow, to be sent again or given up.
const TICK: Duration = Duration::from_millis(100);
/// What the kernel is asked to keep for us of what has arrived, in octets: the replies to all queries that can be on
/// their way from one port. It may allow less.
const RECEIVE_BUFFER: usize = 1 << 20;
/// Ports below this one belong to services; the others are all used (RFC 6056 §3.2).
const LOWEST: u16 = 1024;
/// So many random ports are tried before the system may choose one.
const TRIES: usize = 8;

/// How many ports one server may have open at a time.
#[derive(Debug, Default)]
pub(super) struct Room(AtomicUsize);

impl Room {
    /// Open ones, and those on which replies are still awaited.
    const MOST: usize = 128;

    fn enter(self: &Arc<Self>) -> Option<Place> {
        let more = |open| (open < Self::MOST).then_some(open + 1);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok()?;
        Some(Place(self.clone()))
    }

    /// How many are open.
    #[cfg(test)]
    pub(super) fn open(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// One port's place, given back when it is closed.
#[derive(Debug)]
struct Place(Arc<Room>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One source port.
pub(super) struct Port {
    socket: UdpSocket,
    opened: Instant,
    state: Mutex<State>,
    known: Arc<Known>,
    _place: Place,
}

#[derive(Default)]
struct State {
    flights: Flights,
    /// Nobody reads it any more.
    closed: bool,
}

/// Why no port could be opened.
pub(super) enum NoPort {
    /// There are as many as there may be.
    Full,
    /// The system has none.
    Refused(io::Error),
}

impl Port {
    /// Opens a port to a server, and reads it until its time is over and nothing is awaited on it. Must be called on a
    /// tokio runtime.
    pub(super) fn open(
        server: SocketAddr,
        room: &Arc<Room>,
        known: &Arc<Known>,
    ) -> Result<Arc<Self>, NoPort> {
        let place = room.enter().ok_or(NoPort::Full)?;
        let socket = connected(server).map_err(NoPort::Refused)?;
        let port = Arc::new(Self {
            socket,
            opened: Instant::now(),
            state: Mutex::default(),
            known: known.clone(),
            _place: place,
        });
        tokio::spawn(port.clone().read_on());
        Ok(port)
    }

    /// Sends a query from here, if it may; else gives back who would have waited. `pressed` says that no other port
    /// can be had.
    pub(super) fn send(
        &self,
        query: &mut Outgoing,
        waiter: Box<dyn Waiter>,
        now: Instant,
        pressed: bool,
    ) -> Result<Ticket, Box<dyn Waiter>> {
        let ticket = {
            let mut state = self.state();
            let full = if pressed { state.flights.len() >= MOST_AT_ONCE } else { self.is_spent(&state, now) };
            if state.closed || full {
                return Err(waiter);
            }
            state.flights.begin(query, &mut rand::rng(), waiter, now)
        };
        // Not by way of the runtime, which would have us wait until it has heard that a new socket can be written to.
        if let Err(error) = SockRef::from(&self.socket).send(query.octets())
            && is_hopeless(&error)
        {
            self.fail(&error);
        }
        Ok(ticket)
    }

    /// How many queries are on their way from here.
    #[cfg(test)]
    pub(super) fn under_way(&self) -> usize {
        self.state().flights.len()
    }

    fn is_spent(&self, state: &State, now: Instant) -> bool {
        now.saturating_duration_since(self.opened) >= LIFE || state.flights.begun() >= QUERIES
    }

    /// Ends every query, since the network or the server says that it is no use. The port is closed.
    fn fail(&self, error: &io::Error) {
        let ended = {
            let mut state = self.state();
            state.closed = true;
            state.flights.end()
        };
        let why: Arc<str> = error.to_string().into();
        for flight in ended {
            tell(flight.waiter, Err(NoReply::Unreachable(why.clone())));
        }
    }

    async fn read_on(self: Arc<Self>) {
        tokio::select! {
            error = receive(&self.socket, |datagram| self.arrive(datagram)) => self.fail(&error),
            () = self.watch() => {}
        }
    }

    /// Looks at the clock, until nobody needs the port any more.
    async fn watch(self: &Arc<Self>) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            if self.sweep(Instant::now()) {
                return;
            }
        }
    }

    fn arrive(&self, datagram: &[u8]) {
        let arrived = self.state().flights.arrive(datagram);
        match arrived {
            Ok(Flight { waiter, mixed, .. }) => {
                if mixed {
                    self.known.case.kept();
                }
                tell(waiter, if is_truncated(datagram) { Err(NoReply::Truncated) } else { Ok(datagram) });
            }
            Err((stray, ended)) => {
                self.known.count(stray);
                for (flight, why) in ended {
                    tell(flight.waiter, Err(why));
                }
            }
        }
    }

    /// Tells and sends again what is due; tells whether the port is no longer needed.
    fn sweep(self: &Arc<Self>, now: Instant) -> bool {
        let mut failed = None;
        let (due, closed) = {
            let mut state = self.state();
            let due = state.flights.sweep(now, |query| {
                if let Err(error) = SockRef::from(&self.socket).send(query)
                    && is_hopeless(&error)
                {
                    failed = Some(error);
                }
            });
            state.closed |= state.flights.len() == 0 && self.is_spent(&state, now);
            (due, state.closed)
        };
        for (flight, why) in due.ended {
            tell(flight.waiter, Err(why));
        }
        for (waiter, ticket, landing) in due.slow {
            waiter.slow(Waiting::new(self.clone(), ticket, landing));
        }
        if let Some(error) = &failed {
            self.fail(error);
        }
        closed || failed.is_some()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A query that has been sent. Dropping it ends the query.
pub(in crate::resolve) struct Waiting {
    port: Arc<Port>,
    ticket: Ticket,
    landing: oneshot::Receiver<Kept>,
    landed: bool,
}

impl Waiting {
    pub(super) fn new(port: Arc<Port>, ticket: Ticket, landing: oneshot::Receiver<Kept>) -> Self {
        Self { port, ticket, landing, landed: false }
    }

    /// Waits for what comes of it.
    pub(in crate::resolve) async fn landing(mut self) -> Kept {
        let landing = (&mut self.landing).await;
        self.landed = true;
        landing.unwrap_or(Err(NoReply::Silence))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if !self.landed {
            // Outside the lock: what else goes with it is no concern of the port's.
            let forgotten = self.port.state().flights.forget(self.ticket);
            drop(forgotten);
        }
    }
}

/// Tells whoever waits what came of a query. A fault of ours in what they do with it costs them their answer, and not the
/// port, and with it all others whose queries are on their way.
fn tell(waiter: Box<dyn Waiter>, landing: Landing<'_>) {
    if catch_unwind(AssertUnwindSafe(|| waiter.landed(landing))).is_err() {
        tracing::error!("a reply met a fault in Sekisho, and its client has no answer; please report it");
    }
}

fn is_truncated(reply: &[u8]) -> bool {
    reply.len() >= LONGEST_REPLY || read_u16(reply, 2).is_some_and(|header| header & flags::TC != 0)
}

/// Whether sending fails for good. What fails otherwise is lost on the way, as on any network: it is sent again.
fn is_hopeless(error: &io::Error) -> bool {
    use io::ErrorKind::{
        AddrNotAvailable, ConnectionRefused, ConnectionReset, HostUnreachable, NetworkDown,
        NetworkUnreachable, PermissionDenied,
    };
    // What an earlier query of this port met is reported here as well (ICMP).
    matches!(
        error.kind(),
        AddrNotAvailable
            | ConnectionRefused
            | ConnectionReset
            | HostUnreachable
            | NetworkDown
            | NetworkUnreachable
            | PermissionDenied
    )
}

/// A socket on a random port.
fn connected(server: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(server), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    // Less than this does as well.
    let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER);
    let any: IpAddr = match server {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => {
            socket.set_only_v6(true)?;
            Ipv6Addr::UNSPECIFIED.into()
        }
    };
    let random = || rand::random_range(LOWEST..=u16::MAX);
    let bound = (0..TRIES).any(|_| socket.bind(&SocketAddr::new(any, random()).into()).is_ok());
    if !bound {
        socket.bind(&SocketAddr::new(any, 0).into())?;
    }
    socket.connect(&server.into())?;
    UdpSocket::from_std(socket.into())
}
