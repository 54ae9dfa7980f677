//! The page over https: a `ClientHello` is read within bounds, its name decides which way the connection goes.
//!
//! What reads the `ClientHello` is rustls. Here is what surrounds it: how much of it is read and for how long, the fatal
//! alert `unrecognized_name` (RFC 6066 §3) for those who get nothing else, and the handshake for those who get the page,
//! which is then served as over plain http, with the same limits.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use arc_swap::ArcSwap;
use axum::Router;
use rustls::{
    ServerConfig,
    server::{Accepted, Acceptor},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    time::{Instant, timeout, timeout_at},
};
use tokio_rustls::StartHandshake;

use super::http::{self, Limits};
use crate::telemetry::{HttpsOutcome, Metrics};

/// From a connection's start to the end of its handshake.
const HANDSHAKE_TIME: Duration = Duration::from_secs(5);
/// Octets that are read of a `ClientHello`: several times what a browser with post-quantum keys sends.
const HELLO_OCTETS: usize = 16 * 1024;
/// Octets that are read at once.
const CHUNK: usize = 4096;
/// A fatal alert, `unrecognized_name`, in a record of its own (RFC 8446 §6).
const UNRECOGNIZED_NAME: [u8; 7] = [21, 3, 3, 0, 2, 2, 112];
/// How long, and for how many octets, a client may go on after the alert: a connection that is closed over octets that
/// nobody read is reset, and the alert is lost.
const LINGER: (Duration, usize) = (Duration::from_secs(1), 64 * 1024);

/// The way that a connection goes.
#[derive(Debug)]
pub enum Way {
    /// It ends with the alert, for this reason.
    Alert(HttpsOutcome),
    /// To the page, with this certificate.
    Page(Arc<ServerConfig>),
}

/// Decides which way a connection goes.
pub trait Ways: Send + Sync + 'static {
    /// The way of a client that named this name, or none.
    fn way(&self, name: Option<&str>, client: IpAddr) -> impl Future<Output = Way> + Send;
}

/// What is behind the listeners.
pub struct Behind<W> {
    /// Decides.
    pub ways: Arc<W>,
    /// The page.
    pub router: Arc<ArcSwap<Router>>,
    /// Counts.
    pub metrics: Arc<Metrics>,
}

impl<W> Clone for Behind<W> {
    fn clone(&self) -> Self {
        Self { ways: self.ways.clone(), router: self.router.clone(), metrics: self.metrics.clone() }
    }
}

/// Serves on `listener` until `shutdown` is ready; then open connections get [`Limits::farewell`] to end.
pub async fn serve<W: Ways>(
    listener: TcpListener,
    behind: Behind<W>,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    let connect = |stream, peer, limits, stopped| connection(stream, peer, behind.clone(), limits, stopped);
    http::connections(listener, limits, shutdown, connect).await;
}

/// One connection, from its first octet to its last.
async fn connection<W: Ways>(
    mut stream: TcpStream,
    peer: SocketAddr,
    behind: Behind<W>,
    limits: Limits,
    mut stopped: watch::Receiver<bool>,
) {
    // The fuller the places are, the less time there is, as for a request's head.
    let deadline = Instant::now() + HANDSHAKE_TIME.min(limits.head_time);
    let https = &behind.metrics.https;
    let hello = tokio::select! {
        hello = timeout_at(deadline, hello(&mut stream)) => hello,
        _ = stopped.wait_for(|stopped| *stopped) => return,
    };
    let Ok(Ok(accepted)) = hello else {
        return https.count(HttpsOutcome::Failed);
    };
    let name = accepted.client_hello().server_name().map(str::to_owned);
    match behind.ways.way(name.as_deref(), peer.ip()).await {
        Way::Alert(outcome) => {
            https.count(outcome);
            let _ = timeout(LINGER.0, refuse(stream)).await;
        }
        Way::Page(config) => {
            let handshake = StartHandshake::from_parts(accepted, stream).into_stream(config);
            let Ok(Ok(stream)) = timeout_at(deadline, handshake).await else {
                return https.count(HttpsOutcome::Failed);
            };
            https.count(HttpsOutcome::Page);
            let router = Router::clone(&behind.router.load());
            http::connection(stream, peer, router, limits, stopped).await;
        }
    }
}

/// Reads a `ClientHello`. What is none is answered as rustls wants it.
async fn hello(stream: &mut TcpStream) -> io::Result<Accepted> {
    let mut acceptor = Acceptor::default();
    let mut buffer = [0; CHUNK];
    let mut read = 0;
    while read < HELLO_OCTETS {
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        read += count;
        let mut rest = &buffer[..count];
        while !rest.is_empty() {
            acceptor.read_tls(&mut rest)?;
        }
        match acceptor.accept() {
            Ok(Some(accepted)) => return Ok(accepted),
            Ok(None) => {}
            Err((error, mut alert)) => {
                let mut octets = Vec::new();
                alert.write_all(&mut octets)?;
                stream.write_all(&octets).await?;
                return Err(io::Error::new(io::ErrorKind::InvalidData, error));
            }
        }
    }
    Err(io::ErrorKind::FileTooLarge.into())
}

/// Sends the alert, and reads on within bounds until the client ends.
async fn refuse(mut stream: TcpStream) -> io::Result<()> {
    stream.write_all(&UNRECOGNIZED_NAME).await?;
    stream.shutdown().await?;
    let mut buffer = [0; CHUNK];
    let mut read = 0;
    while read < LINGER.1 {
        match stream.read(&mut buffer).await? {
            0 => break,
            count => read += count,
        }
    }
    Ok(())
}
