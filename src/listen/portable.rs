//! Datagrams through hickory-server, for systems other than Linux and for kernels that lack what [`super::udp`]
//! needs. The only file that implements one of hickory-server's traits.
//!
//! The handler hands the query's own octets to the same engine as every other transport, and takes the answer apart
//! again, since hickory-server sends records and not octets. That costs about twice as much as the fast path. Which
//! of our addresses was asked is known only where the socket is bound to one; else it is guessed from the route.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use hickory_net::runtime::Time;
use hickory_proto::op::{Header, HeaderCounts, Message, Metadata};
use hickory_server::{
    Server,
    server::{Request, RequestHandler, ResponseHandler, ResponseInfo},
    zone_handler::MessageResponseBuilder,
};
use socket2::Socket;
use tokio::net::UdpSocket;

use crate::{
    engine::{Client, Engine, Outcome},
    message::UDP_OCTETS,
    telemetry::Transport,
};

/// Answers hickory-server's requests with the engine.
#[derive(Debug)]
pub struct Handler {
    engine: Arc<Engine>,
    /// The address that the socket is bound to, if it is bound to one.
    local: Option<IpAddr>,
}

/// A running server; dropping it stops it.
pub struct Portable(Server<Handler>);

impl std::fmt::Debug for Portable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Portable")
    }
}

impl Portable {
    /// Starts answering on these sockets, which are bound to `address`.
    pub fn start(sockets: Vec<Socket>, address: SocketAddr, engine: &Arc<Engine>) -> std::io::Result<Self> {
        let local = (!address.ip().is_unspecified()).then(|| address.ip());
        let mut server = Server::new(Handler { engine: engine.clone(), local });
        for socket in sockets {
            socket.set_nonblocking(true)?;
            server.register_socket(UdpSocket::from_std(socket.into())?);
        }
        Ok(Self(server))
    }

    /// Stops, leaving no task behind.
    pub async fn stop(mut self) {
        if let Err(error) = self.0.shutdown_gracefully().await {
            tracing::debug!(%error, "the portable UDP server did not stop cleanly");
        }
    }
}

impl Handler {
    /// The engine's answer, in octets; `None` if there is none.
    async fn answer(&self, packet: &[u8], source: SocketAddr) -> Option<Vec<u8>> {
        let client = Client {
            address: source.ip().to_canonical(),
            local: self.local.or_else(|| on_the_way_to(source)),
            interface: 0,
            transport: Transport::Udp,
        };
        let mut out = vec![0; usize::from(UDP_OCTETS)];
        match self.engine.answer_now(packet, &client, &mut out) {
            Outcome::Answered(length) => {
                out.truncate(length);
                Some(out)
            }
            Outcome::NeedsUpstream | Outcome::Missed => self.engine.answer_later(packet, &client).await,
            Outcome::Dropped => None,
        }
    }
}

#[async_trait::async_trait]
impl RequestHandler for Handler {
    async fn handle_request<R: ResponseHandler, T: Time>(
        &self,
        request: &Request,
        mut response: R,
    ) -> ResponseInfo {
        let nothing = || info(Metadata::response_from_request(&request.metadata));
        let Some(answer) = self.answer(request.as_slice(), request.src()).await else {
            return nothing();
        };
        let Ok(message) = Message::from_vec(&answer) else {
            // Everything that the engine writes was made by us or decoded by hickory before.
            tracing::warn!("an answer could not be taken apart and is not sent");
            return nothing();
        };
        let built = MessageResponseBuilder::new(&request.queries, message.edns.as_ref()).build(
            message.metadata,
            &message.answers,
            &message.authorities,
            [],
            &message.additionals,
        );
        response.send_response(built).await.unwrap_or_else(|_| info(message.metadata))
    }
}

/// The address of ours by which we would reach a client: on a wildcard socket the best guess at the one it asked.
fn on_the_way_to(client: SocketAddr) -> Option<IpAddr> {
    let any = if client.is_ipv4() { IpAddr::from([0; 4]) } else { IpAddr::from([0; 16]) };
    let socket = std::net::UdpSocket::bind((any, 0)).ok()?;
    // Sends nothing: it only asks the system for a route.
    socket.connect(client).ok()?;
    socket.local_addr().ok().map(|address| address.ip())
}

fn info(metadata: Metadata) -> ResponseInfo {
    ResponseInfo::from(Header { metadata, counts: HeaderCounts::default() })
}
