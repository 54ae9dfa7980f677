//! HTTP/1 for the page and the metrics: one request a connection, and a bound on everything.
//!
//! Anybody on the network can connect, and a page that helps must not be what brings the resolver down. So there is
//! a limit for connections in all and from one address, for the time that a head may take, for the size of it, for
//! what is read of a body, and for the life of a connection. A connection is closed after its answer: when a name is
//! unblocked, a browser must not go on talking to us over the old one.
//!
//! The listener itself never ends because of an error: what `accept` reports concerns one connection, or passes.

use std::{
    collections::HashMap,
    convert::Infallible,
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use arc_swap::ArcSwap;
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{ConnectInfo, Request},
    http::header,
    response::Response,
};
use http_body_util::BodyExt;
use hyper::{
    body::Incoming,
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{self, JoinError, JoinSet},
    time::{sleep, timeout},
};

/// How long to wait after a failed `accept`. Out of file descriptors, it would fail again at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The smallest buffer that hyper works with.
const LEAST_HEAD_OCTETS: usize = 8 * 1024;

/// What a listener puts up with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections in all. One more is closed at once.
    pub connections: usize,
    /// Connections from one address. One more is closed at once.
    pub connections_per_client: usize,
    /// From the connection's start to the end of the request's head.
    pub head_time: Duration,
    /// Octets of the request's head; hyper needs at least 8 KiB.
    pub head_octets: usize,
    /// Octets of a request's body that are read before the answer: a connection that is closed over unread octets is
    /// reset, and the answer is lost.
    pub body_octets: usize,
    /// Octets of a body that are passed on, none of a longer one. What people send here is one button.
    pub form_octets: usize,
    /// How long those octets are waited for.
    pub body_time: Duration,
    /// From the connection's start to its end, whatever happens on it.
    pub lifetime: Duration,
    /// How long open connections may go on after the listener was told to stop.
    pub farewell: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            connections_per_client: 64,
            head_time: Duration::from_secs(10),
            head_octets: 16 * 1024,
            body_octets: 64 * 1024,
            form_octets: 4 * 1024,
            body_time: Duration::from_secs(2),
            lifetime: Duration::from_secs(30),
            farewell: Duration::from_secs(3),
        }
    }
}

impl Limits {
    /// The fuller the places are, the less time there is for a head, so that those who say nothing give way to those
    /// who ask for something.
    fn under_pressure(self, open: usize) -> Self {
        let head_time = self.head_time / super::haste(open, self.connections);
        Self { head_time, ..self }
    }
}

/// Serves what `router` holds at the time of each connection on `listener` until `shutdown` is ready; then open connections get [`Limits::farewell`] to end.
///
/// The client's address reaches handlers as [`ConnectInfo<SocketAddr>`].
pub async fn serve(
    listener: TcpListener,
    router: Arc<ArcSwap<Router>>,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    let connect = |stream, peer, limits, stopped| {
        connection(stream, peer, Router::clone(&router.load()), limits, stopped)
    };
    connections(listener, limits, shutdown, connect).await;
}

/// Accepts connections within limits until `shutdown` is ready; `connect` makes of each what is to be done with it.
pub(super) async fn connections<C: Future<Output = ()> + Send + 'static>(
    listener: TcpListener,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send + 'static,
    connect: impl Fn(TcpStream, SocketAddr, Limits, watch::Receiver<bool>) -> C,
) {
    let (stop, stopped) = watch::channel(false);
    let mut open = Open::new(limits);
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            // Ended connections first: they make room for the next.
            biased;
            () = &mut shutdown => break,
            Some(ended) = open.tasks.join_next_with_id() => open.forget(&ended),
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    open.take(peer, |limits| connect(stream, peer, limits, stopped.clone()));
                }
                Err(error) => pause_after(&error).await,
            },
        }
    }
    drop(listener);
    stop.send_replace(true);
    let all_ended = async { while open.tasks.join_next().await.is_some() {} };
    if timeout(limits.farewell, all_ended).await.is_err() {
        open.tasks.shutdown().await;
    }
}

/// Waits before the next `accept` when the last one failed for want of something, not because the client had left.
async fn pause_after(error: &io::Error) {
    let client_left = [io::ErrorKind::ConnectionAborted, io::ErrorKind::ConnectionReset];
    if client_left.contains(&error.kind()) {
        return;
    }
    tracing::warn!(%error, "cannot accept an HTTP connection, trying again");
    sleep(ACCEPT_PAUSE).await;
}

/// The connections that are open.
struct Open {
    limits: Limits,
    tasks: JoinSet<()>,
    /// Whose connection a task is. Counted anew for each connection: there are few, and nothing can drift.
    clients: HashMap<task::Id, IpAddr>,
}

impl Open {
    fn new(limits: Limits) -> Self {
        Self { limits, tasks: JoinSet::new(), clients: HashMap::new() }
    }

    /// Does what `connect` makes of a new connection, or drops it when there are too many.
    fn take<C: Future<Output = ()> + Send + 'static>(
        &mut self,
        peer: SocketAddr,
        connect: impl FnOnce(Limits) -> C,
    ) {
        // One client must not count twice because it came to an IPv6 socket by IPv4.
        let client = super::neighbourhood(peer.ip());
        let of_client = self.clients.values().filter(|other| **other == client).count();
        if self.clients.len() >= self.limits.connections || of_client >= self.limits.connections_per_client {
            tracing::debug!(%client, "too many HTTP connections, closing one");
            return;
        }
        let task = self.tasks.spawn(connect(self.limits.under_pressure(self.clients.len())));
        self.clients.insert(task.id(), client);
    }

    /// Makes room again, whether the task ended well or by a panic.
    fn forget(&mut self, ended: &Result<(task::Id, ()), JoinError>) {
        let id = ended.as_ref().map_or_else(JoinError::id, |(id, ())| *id);
        self.clients.remove(&id);
    }
}

/// One connection, from its first octet to its last.
pub(super) async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    router: Router,
    limits: Limits,
    mut stopped: watch::Receiver<bool>,
) {
    let service = service_fn(move |request| respond(router.clone(), request, peer, limits));
    let talk = async move {
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head_time)
            .max_buf_size(limits.head_octets.max(LEAST_HEAD_OCTETS))
            .keep_alive(false)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        tokio::select! {
            result = connection.as_mut() => return result,
            _ = stopped.wait_for(|stopped| *stopped) => {}
        }
        connection.as_mut().graceful_shutdown();
        connection.await
    };
    match timeout(limits.lifetime, talk).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(client = %peer.ip(), %error, "an HTTP connection ended early"),
        Err(_) => tracing::debug!(client = %peer.ip(), "an HTTP connection took too long"),
    }
}

/// Passes a request on, and of its body what is not too much.
async fn respond(
    router: Router,
    request: Request<Incoming>,
    peer: SocketAddr,
    limits: Limits,
) -> Result<Response, Infallible> {
    let (mut head, body) = request.into_parts();
    let mut form = Body::empty();
    // A client that asks before it sends (100-continue) is not encouraged.
    if !head.headers.contains_key(header::EXPECT)
        && let Ok(Some(read)) = timeout(limits.body_time, read(body, limits)).await
    {
        form = Body::from(read);
    }
    head.extensions.insert(ConnectInfo(peer));
    TowerToHyperService::new(router).call(Request::from_parts(head, form)).await
}

/// Reads a body within the limits; gives it if it is whole and short.
async fn read(mut body: Incoming, limits: Limits) -> Option<Vec<u8>> {
    let (mut kept, mut read) = (Vec::new(), 0);
    while read < limits.body_octets {
        let Some(frame) = body.frame().await else { return (read == kept.len()).then_some(kept) };
        let frame = frame.ok()?;
        let data = frame.data_ref().map_or(&[][..], Bytes::as_ref);
        read += data.len();
        if read <= limits.form_octets {
            kept.extend_from_slice(data);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use axum::routing::any;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        sync::oneshot,
        task::JoinHandle,
    };

    use super::*;

    const SHORT: Duration = Duration::from_millis(100);

    struct Running {
        address: SocketAddr,
        stop: oneshot::Sender<()>,
        task: JoinHandle<()>,
    }

    async fn start(limits: Limits) -> Running {
        let router = Router::new()
            .route(
                "/",
                any(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.ip().to_string() }),
            )
            .route("/form", any(|form: String| async move { format!("{} octets", form.len()) }))
            .route("/never", any(std::future::pending::<()>));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let shutdown = async {
            let _ = stopped.await;
        };
        Running {
            address,
            stop,
            task: tokio::spawn(serve(listener, Arc::new(ArcSwap::from_pointee(router)), limits, shutdown)),
        }
    }

    /// Sends `request` and returns all that comes back until the connection ends.
    async fn ask(address: SocketAddr, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request).await.unwrap();
        until_the_end(&mut stream).await
    }

    async fn until_the_end(stream: &mut TcpStream) -> String {
        let mut answer = Vec::new();
        let _ = timeout(Duration::from_secs(10), stream.read_to_end(&mut answer))
            .await
            .expect("the connection stays");
        String::from_utf8(answer).unwrap()
    }

    #[tokio::test]
    async fn a_request_is_answered_and_the_connection_closed() {
        let running = start(Limits::default()).await;
        let answer = ask(running.address, b"GET / HTTP/1.1\r\nhost: a.example\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(answer.contains("connection: close") && answer.ends_with("127.0.0.1"), "{answer}");
        assert!(!answer.to_lowercase().contains("server:"), "{answer}");
    }

    #[tokio::test]
    async fn a_short_form_is_passed_on_and_nothing_of_a_long_one() {
        let running = start(Limits::default()).await;
        for (length, passed) in [(0, 0), (10, 10), (4096, 4096), (4097, 0), (60_000, 0)] {
            let form = "x".repeat(length);
            let request =
                format!("POST /form HTTP/1.1\r\nhost: a.example\r\ncontent-length: {length}\r\n\r\n{form}");
            let answer = ask(running.address, request.as_bytes()).await;
            assert!(answer.ends_with(&format!("\r\n{passed} octets")), "{length}: {answer}");
        }
    }

    #[tokio::test]
    async fn a_slow_head_is_not_waited_for() {
        let running = start(Limits { head_time: SHORT, ..Limits::default() }).await;
        for beginning in [&b""[..], b"GET / HT", b"GET / HTTP/1.1\r\nhost: a.example\r\n"] {
            let answer = ask(running.address, beginning).await;
            assert!(!answer.contains("200"), "{answer}");
        }
    }

    #[tokio::test]
    async fn a_huge_head_is_refused() {
        let running = start(Limits::default()).await;
        let request = format!("GET / HTTP/1.1\r\nhost: a.example\r\nx: {}\r\n\r\n", "x".repeat(20_000));
        let answer = ask(running.address, request.as_bytes()).await;
        assert!(!answer.contains("200 OK"), "{answer}");
    }

    #[tokio::test]
    async fn a_connection_too_many_is_closed_and_room_comes_back() {
        for limits in [
            Limits { connections: 2, ..Limits::default() },
            Limits { connections_per_client: 2, ..Limits::default() },
        ] {
            let running = start(limits).await;
            let first = TcpStream::connect(running.address).await.unwrap();
            let _second = TcpStream::connect(running.address).await.unwrap();
            let mut third = TcpStream::connect(running.address).await.unwrap();
            assert_eq!(until_the_end(&mut third).await, "");
            drop(first);
            let mut answer = String::new();
            while answer.is_empty() {
                tokio::task::yield_now().await;
                let mut stream = TcpStream::connect(running.address).await.unwrap();
                let _ = stream.write_all(b"GET / HTTP/1.0\r\n\r\n").await;
                answer = until_the_end(&mut stream).await;
            }
            assert!(answer.contains("200 OK"), "{answer}");
        }
    }

    #[tokio::test]
    async fn a_body_is_never_waited_for_long_nor_read_to_its_end() {
        let running = start(Limits { body_time: SHORT, body_octets: 1000, ..Limits::default() }).await;
        let slow = b"POST / HTTP/1.1\r\nhost: a.example\r\ncontent-length: 500\r\n\r\nabc";
        assert!(ask(running.address, slow).await.contains("200 OK"));
        let mut endless = b"POST / HTTP/1.1\r\nhost: a.example\r\ncontent-length: 900000000\r\n\r\n".to_vec();
        endless.extend([b'x'; 2000]);
        assert!(ask(running.address, &endless).await.contains("200 OK"));
        let polite =
            b"POST / HTTP/1.1\r\nhost: a.example\r\nexpect: 100-continue\r\ncontent-length: 9\r\n\r\n";
        assert!(ask(running.address, polite).await.starts_with("HTTP/1.1 200 OK"));
    }

    #[tokio::test]
    async fn no_connection_lives_forever() {
        let running = start(Limits { lifetime: SHORT, ..Limits::default() }).await;
        assert_eq!(ask(running.address, b"GET /never HTTP/1.1\r\nhost: a.example\r\n\r\n").await, "");
    }

    #[tokio::test]
    async fn stopping_waits_for_open_connections_but_not_forever() {
        let running = start(Limits { farewell: SHORT, ..Limits::default() }).await;
        let mut stuck = TcpStream::connect(running.address).await.unwrap();
        stuck.write_all(b"GET /never HTTP/1.1\r\nhost: a.example\r\n\r\n").await.unwrap();
        assert!(ask(running.address, b"GET / HTTP/1.0\r\n\r\n").await.contains("200 OK"));
        running.stop.send(()).unwrap();
        timeout(Duration::from_secs(10), running.task).await.expect("it stops").unwrap();
        assert_eq!(until_the_end(&mut stuck).await, "");
        assert!(TcpStream::connect(running.address).await.is_err());
    }
}
