//! Whether queries that we send upstream come back to us. A server that runs looks by itself, and its metrics say
//! what it saw; where none runs, its place is taken for two seconds.

use std::{net::SocketAddr, time::Duration};

use futures_util::future::join_all;
use tokio::{net::UdpSocket, time::timeout};

use super::{
    facts::Facts,
    report::{Finding, State, finding, trouble},
    samples::Samples,
};
use crate::{
    listen::{bind, handover::Inherited},
    message::{AnswerWriter, Rcode, Screened, rtype, screen},
    resolve::{
        LoopProbes, ServerAddress, Upstream,
        upstream::{Asked, UpstreamError},
    },
};

const ID: &str = "loops.server";
/// How long a probe may take to come back.
const PROBE_TIME: Duration = Duration::from_secs(2);
const REMEDY: &str = "If it is your router: set your provider's DNS server, or a public one, as the router's own upstream (often called WAN DNS or internet DNS), and hand out Sekisho's address by DHCP alone. Or name another server under [upstream] servers.";

/// What became of a query that nobody else can know.
enum Probed {
    /// It came to us.
    Returned,
    /// It was answered by somebody else.
    Answered,
    /// Nothing came of it.
    Lost,
}

/// Looks at every upstream server.
pub(super) async fn examine(facts: &Facts) -> Vec<Finding> {
    let (own, others): (Vec<&ServerAddress>, Vec<&ServerAddress>) =
        facts.upstream.iter().partition(|server| is_own(facts, server));
    let mut findings: Vec<Finding> = own
        .into_iter()
        .map(|server| {
            let found = format!("The upstream server {server} is this Sekisho itself.");
            trouble(ID, State::Fault, found, "Name another server under [upstream] servers.")
        })
        .collect();
    let plain: Vec<ServerAddress> =
        others.into_iter().filter(|server| matches!(server, ServerAddress::Plain(_))).cloned().collect();
    if plain.is_empty() {
        return findings;
    }
    if let Some(samples) = &facts.running.samples {
        findings.extend(plain.iter().map(|server| as_it_runs(server, samples, plain.len())));
    } else if facts.running.dns.is_empty() {
        findings.extend(probe(&facts.config.dns, &plain).await);
    } else {
        let found =
            "Sekisho runs, but its metrics, which say whether a server is a loop, cannot be read here.";
        findings.push(finding(ID, State::Skipped, found));
    }
    findings
}

fn is_own(facts: &Facts, server: &ServerAddress) -> bool {
    matches!(server, ServerAddress::Plain(address) if facts.is_us(*address))
}

fn looping(server: &ServerAddress, servers: usize) -> Finding {
    let state = if servers == 1 { State::Fault } else { State::Warning };
    trouble(ID, state, format!("The upstream server {server} sends our queries back to us."), REMEDY)
}

fn as_it_runs(server: &ServerAddress, samples: &Samples, servers: usize) -> Finding {
    match samples.sum("sekisho_upstream_up", &[("upstream", &server.to_string())]) {
        Some(up) if up < 1.0 => looping(server, servers),
        Some(_) => finding(ID, State::Ok, format!("The server that runs sees no loop through {server}.")),
        None => finding(ID, State::Skipped, format!("The server that runs has not looked at {server} yet.")),
    }
}

/// Listens where the server would, and sends a query that nobody else can know through each server.
async fn probe(addresses: &[SocketAddr], servers: &[ServerAddress]) -> Vec<Finding> {
    let sockets: Vec<UdpSocket> = addresses.iter().filter_map(|address| open(*address)).collect();
    let Ok(probes) = LoopProbes::new() else { return Vec::new() };
    if sockets.len() < addresses.len() || sockets.is_empty() {
        let found = "Whether an upstream server is a loop can be seen only where this user may listen on the DNS port, or where Sekisho runs.";
        return vec![finding(ID, State::Skipped, found)];
    }
    let listening = join_all(sockets.iter().map(|socket| listen(socket, &probes)));
    let asked = join_all(servers.iter().map(|server| send(server, &probes)));
    let returned = tokio::select! {
        returned = asked => returned,
        _ = listening => Vec::new(),
    };
    let all = servers.len();
    let say = |(server, probed): (&ServerAddress, Probed)| match probed {
        Probed::Returned => looping(server, all),
        Probed::Answered => finding(ID, State::Ok, format!("The upstream server {server} is no loop.")),
        Probed::Lost => {
            let found =
                format!("The upstream server {server} gave no answer, so whether it is a loop is open.");
            finding(ID, State::Skipped, found)
        }
    };
    servers.iter().zip(returned).map(say).collect()
}

fn open(address: SocketAddr) -> Option<UdpSocket> {
    let sockets = bind::dns(address, 1, "--listen or [listen] dns", &mut Inherited::default()).ok()?;
    let socket = sockets.udp.into_iter().next()?;
    socket.set_nonblocking(true).ok()?;
    UdpSocket::from_std(socket.into()).ok()
}

/// Answers every query with REFUSED, so that nobody waits for us, and notes our own. Never ends by itself.
async fn listen(socket: &UdpSocket, probes: &LoopProbes) {
    let (mut packet, mut out) = ([0; 4096], [0; 512]);
    loop {
        let Ok((length, from)) = socket.recv_from(&mut packet).await else {
            // What went wrong with an earlier answer; others must get their turn before the next try.
            tokio::task::yield_now().await;
            continue;
        };
        let Screened::Query(query) = screen(&packet[..length]) else { continue };
        probes.notice(&query.question.name);
        let mut writer = AnswerWriter::new(&mut out, 512, query.id, query.flags, query.question.wire, false);
        writer.set_rcode(Rcode::REFUSED);
        let length = writer.finish();
        // Who has gone away needs no answer.
        let _ = socket.send_to(&out[..length], from).await;
    }
}

async fn send(server: &ServerAddress, probes: &LoopProbes) -> Probed {
    let (Ok(upstream), Ok(probe)) = (Upstream::new(server.clone()), probes.begin()) else {
        return Probed::Lost;
    };
    let asked =
        Asked { name: probe.name().clone(), qtype: rtype::TXT, dnssec_ok: false, checking_disabled: false };
    let reply = timeout(PROBE_TIME, upstream.ask(&asked)).await;
    probes.end(&probe);
    match reply {
        _ if probe.returned() => Probed::Returned,
        Ok(Ok(_) | Err(UpstreamError::Rcode(_))) => Probed::Answered,
        _ => Probed::Lost,
    }
}
