//! A connection to where a list is: straight or through a proxy, with TLS for `https`.

use std::{
    future::{Ready, ready},
    io,
    net::SocketAddr,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
    vec,
};

use futures_util::future::BoxFuture;
use hyper::http::Uri;
use hyper_util::{
    client::legacy::connect::{
        HttpConnector,
        dns::Name as Host,
        proxy::{SocksV5, Tunnel},
    },
    rt::TokioIo,
};
use rustls::{ClientConfig, pki_types::ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tower_service::Service;

use super::{
    cause::{bottom, cause},
    fault::{Fault, Stage},
    hosts::{HostError, Resolve},
    patience::Patience,
    proxy::{Proxies, Via},
    url::ListUrl,
};
use crate::name::Name;

/// What is read from and written to.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}
type BoxStream = Box<dyn Stream>;

/// A connection, ready for a request.
pub(super) struct Line {
    pub(super) stream: TokioIo<BoxStream>,
    /// The proxy that the request itself goes to, which then wants the whole URL.
    pub(super) asks_proxy: Option<Via>,
}

/// Makes connections.
pub(super) struct Connector {
    tcp: HttpConnector<Hosts>,
    tls: TlsConnector,
    proxies: Proxies,
}

impl Connector {
    pub(super) fn new(
        resolve: Arc<dyn Resolve>,
        tls: Arc<ClientConfig>,
        proxies: Proxies,
        stall: Duration,
    ) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Hosts(resolve));
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        // Parted among a host's addresses, so that all of them are tried before patience ends.
        tcp.set_connect_timeout(Some(stall / 2));
        Self { tcp, tls: TlsConnector::from(tls), proxies }
    }

    /// Connects to where `url` is.
    pub(super) async fn open(&self, url: &ListUrl, patience: &Patience) -> Result<Line, Fault> {
        let uri = url.uri().map_err(|error| Fault::Url(error.to_string()))?;
        let mut stream = match self.proxies.on_the_way_to(&uri) {
            None => patience.wait(Stage::Connecting, self.reach(&uri)).await?,
            Some(via) => {
                let to_proxy = self.reach_proxy(&via, patience).await?;
                if url.is_plain() && !via.is_socks() {
                    return Ok(Line { stream: TokioIo::new(to_proxy), asks_proxy: Some(via) });
                }
                patience.wait(Stage::Proxy, lead_through(&via, to_proxy, uri)).await?
            }
        };
        if !url.is_plain() {
            stream = patience.wait(Stage::Tls, self.secure(url.host(), stream)).await?;
        }
        Ok(Line { stream: TokioIo::new(stream), asks_proxy: None })
    }

    async fn reach(&self, uri: &Uri) -> Result<BoxStream, Fault> {
        let host = || uri.host().unwrap_or_default().to_owned();
        match self.tcp.clone().call(uri.clone()).await {
            Ok(stream) => Ok(Box::new(stream.into_inner())),
            Err(error) => Err(match cause::<HostError>(&error) {
                Some(error) => Fault::Host { host: host(), error: error.clone() },
                None => Fault::Unreachable { host: host(), error: bottom(&error) },
            }),
        }
    }

    async fn reach_proxy(&self, via: &Via, patience: &Patience) -> Result<BoxStream, Fault> {
        let reached = patience.wait(Stage::Proxy, async {
            let stream = self.reach(via.uri()).await?;
            if via.is_https() { self.secure(via.host(), stream).await } else { Ok(stream) }
        });
        reached.await.map_err(|fault| match fault {
            Fault::Stalled { .. } | Fault::TooSlow { .. } => fault,
            other => refused(via, other.to_string()),
        })
    }

    async fn secure(&self, host: &str, stream: BoxStream) -> Result<BoxStream, Fault> {
        // A dot at the end says that a name is whole; no certificate has it. An IPv6 address stands in brackets.
        let name = host.trim_end_matches('.').trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(name).map_err(|error| Fault::Url(error.to_string()))?;
        match self.tls.connect(name, stream).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(match cause::<rustls::Error>(&error) {
                Some(rustls::Error::InvalidCertificate(error)) => {
                    Fault::Certificate { host: host.to_owned(), error: error.clone() }
                }
                _ => Fault::Tls { host: host.to_owned(), error: bottom(&error) },
            }),
        }
    }
}

/// Has a proxy connect to a host.
async fn lead_through(via: &Via, to_proxy: BoxStream, target: Uri) -> Result<BoxStream, Fault> {
    let there = There(Some(TokioIo::new(to_proxy)));
    let led = if via.is_socks() {
        let mut socks = SocksV5::new(via.uri().clone(), there);
        if let Some((user, password)) = via.user() {
            socks = socks.with_auth(user, password);
        }
        socks.call(target).await.map_err(|error| error.to_string())
    } else {
        let mut tunnel = Tunnel::new(via.uri().clone(), there);
        if let Some(authorization) = via.authorization() {
            tunnel = tunnel.with_auth(authorization);
        }
        tunnel.call(target).await.map_err(|error| error.to_string())
    };
    led.map(TokioIo::into_inner).map_err(|problem| refused(via, problem))
}

/// A proxy that does not do what it is for.
pub(super) fn refused(via: &Via, problem: String) -> Fault {
    Fault::Proxy { proxy: via.to_string(), problem }
}

/// The connection to a proxy, for those who would make one.
struct There(Option<TokioIo<BoxStream>>);

impl Service<Uri> for There {
    type Response = TokioIo<BoxStream>;
    type Error = io::Error;
    type Future = Ready<io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        ready(self.0.take().ok_or_else(|| io::ErrorKind::NotConnected.into()))
    }
}

/// Our way to a host's addresses, in the form in which the connector wants it.
#[derive(Clone)]
struct Hosts(Arc<dyn Resolve>);

impl Service<Host> for Hosts {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = HostError;
    type Future = BoxFuture<'static, Result<Self::Response, HostError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), HostError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, host: Host) -> Self::Future {
        let resolve = self.0.clone();
        Box::pin(async move {
            let name: Name = host.as_str().parse()?;
            let addresses = resolve.addresses(&name).await?;
            // The connector puts the port in.
            Ok(addresses.into_iter().map(|ip| SocketAddr::new(ip, 0)).collect::<Vec<_>>().into_iter())
        })
    }
}
