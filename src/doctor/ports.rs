//! Whether our server answers where the configuration says, and if not, what stands in its way.

use std::{net::SocketAddr, time::Duration};

use futures_util::future::join_all;

use super::{
    ask::{self, Transport},
    beside,
    facts::Running,
    fetch::fetch,
    proc_net,
    report::{Finding, State, finding, trouble},
    samples::Samples,
};
use crate::{
    app::reachable,
    config::Config,
    listen::{
        bind::{self, BindError, usual_suspect},
        handover::Inherited,
    },
    message::rtype,
};

/// How long a server on this very machine may take.
const PATIENCE: Duration = Duration::from_millis(1500);
/// The port that devices ask at.
const DNS: u16 = 53;
/// The port that browsers look for the page on.
const HTTP: u16 = 80;

/// What is listened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Service {
    Dns,
    Page,
    Metrics,
}

impl Service {
    const fn id(self) -> &'static str {
        match self {
            Self::Dns => "ports.dns",
            Self::Page => "ports.page",
            Self::Metrics => "ports.metrics",
        }
    }

    /// At the beginning of a sentence, with the verb's subject.
    const fn what(self) -> &'static str {
        match self {
            Self::Dns => "DNS",
            Self::Page => "The page",
            Self::Metrics => "The metrics",
        }
    }

    const fn key(self) -> &'static str {
        match self {
            Self::Dns => "--listen or [listen] dns",
            Self::Page => "--http or [page] listen",
            Self::Metrics => "--metrics or [metrics] listen",
        }
    }
}

/// What came when we knocked.
enum Knock {
    /// Our server.
    Ours(Option<Box<Samples>>),
    /// Our server, over one transport alone.
    Half(&'static str, &'static str),
    /// Nobody, or somebody else.
    NotOurs,
}

/// Knocks at every configured address.
pub(super) async fn examine(config: &Config) -> (Vec<Finding>, Running) {
    let all = |addresses: &[SocketAddr], service| {
        addresses.iter().map(|address| (service, *address)).collect::<Vec<_>>()
    };
    let places = [
        all(&config.dns, Service::Dns),
        all(&config.page, Service::Page),
        all(&config.metrics, Service::Metrics),
    ]
    .concat();
    let knocks = join_all(places.iter().map(|(service, address)| knock(config, *service, *address))).await;
    let running = running(&places, &knocks);
    let anything = knocks.iter().any(|knock| !matches!(knock, Knock::NotOurs));
    let mut findings = vec![server(&running, anything)];
    for ((service, address), knock) in places.into_iter().zip(knocks) {
        findings.push(match knock {
            Knock::Ours(_) => finding(service.id(), State::Ok, answered(service, address)),
            Knock::Half(does, does_not) => trouble(
                service.id(),
                State::Fault,
                format!("Sekisho answers at {address} over {does}, but not over {does_not}."),
                "Restart Sekisho, and look at its log if this stays.",
            ),
            Knock::NotOurs => vacant(config, service, address, anything).await,
        });
    }
    findings.extend(config.page.iter().filter(|address| address.port() != HTTP).map(other_port));
    if config.dns.iter().all(|address| address.port() != DNS) {
        let found = format!(
            "DNS is on no address with port {DNS}, the only one that devices ask at. Set [listen] dns to it when going into service."
        );
        findings.push(finding("ports.dns-53", State::Note, found));
    }
    (findings, running)
}

fn running(places: &[(Service, SocketAddr)], knocks: &[Knock]) -> Running {
    let mut running = Running::default();
    for ((service, address), knock) in places.iter().zip(knocks) {
        match (service, knock) {
            (Service::Dns, Knock::Ours(_) | Knock::Half("UDP", _)) => running.dns.push(*address),
            (Service::Metrics, Knock::Ours(Some(samples))) => {
                running.metrics_at = Some(reachable(*address));
                running.samples = Some((**samples).clone());
            }
            _ => {}
        }
    }
    running
}

async fn knock(config: &Config, service: Service, address: SocketAddr) -> Knock {
    let at = reachable(address);
    match service {
        Service::Dns => {
            // A type that our own name has no data of: the answer then names its maker.
            let asked = |transport| ask::ask(at, transport, &config.sinkhole.host, rtype::TXT, PATIENCE);
            let (udp, tcp) = tokio::join!(asked(Transport::Udp), asked(Transport::Tcp));
            match (udp.is_ok_and(|said| said.is_sekisho), tcp.is_ok_and(|said| said.is_sekisho)) {
                (true, true) => Knock::Ours(None),
                (true, false) => Knock::Half("UDP", "TCP"),
                (false, true) => Knock::Half("TCP", "UDP"),
                (false, false) => Knock::NotOurs,
            }
        }
        Service::Page => {
            let host = config.sinkhole.host.to_string();
            match fetch(at, &host, "/healthz", PATIENCE).await {
                Ok(response) if response.is_our_page() && response.status == 200 => Knock::Ours(None),
                _ => Knock::NotOurs,
            }
        }
        Service::Metrics => {
            let samples = fetch(at, &at.to_string(), "/metrics", PATIENCE).await;
            let samples = samples.map(|response| Samples::parse(&response.body)).unwrap_or_default();
            match samples.sum("sekisho_build_info", &[]) {
                Some(_) => Knock::Ours(Some(Box::new(samples))),
                None => Knock::NotOurs,
            }
        }
    }
}

fn answered(service: Service, address: SocketAddr) -> String {
    match service {
        Service::Dns => format!("Sekisho answers DNS at {address}, over UDP and TCP."),
        Service::Page => format!("The page is served at http://{address}/."),
        Service::Metrics => format!("The metrics are served at http://{address}/metrics."),
    }
}

/// Whether a server runs at all, and whether it runs what the configuration says.
fn server(running: &Running, anything: bool) -> Finding {
    const ID: &str = "server.running";
    let samples = running.samples.as_ref();
    let version = samples.and_then(|samples| samples.label("sekisho_build_info", "version"));
    if samples.and_then(|samples| samples.sum("sekisho_config_stale", &[])).is_some_and(|stale| stale > 0.0) {
        return trouble(
            ID,
            State::Warning,
            "Sekisho runs, with another configuration than the file has now.",
            "Look at its log: it says what is wrong with the file, or what takes a restart to change.",
        );
    }
    match version {
        _ if !anything => trouble(
            ID,
            State::Warning,
            "No Sekisho answers at any address of this configuration.",
            "Start it with this configuration. If it runs already, give the same --config and flags to `doctor`.",
        ),
        Some(version) if version != env!("CARGO_PKG_VERSION") => finding(
            ID,
            State::Note,
            format!("Sekisho {version} runs; this program is {}.", env!("CARGO_PKG_VERSION")),
        ),
        Some(version) => finding(ID, State::Ok, format!("Sekisho {version} runs.")),
        None => finding(ID, State::Note, "Sekisho runs, but its metrics cannot be read here."),
    }
}

/// Nobody of ours is there: can we be, and who is?
async fn vacant(config: &Config, service: Service, address: SocketAddr, runs: bool) -> Finding {
    let what = service.what();
    if address.port() == 0 {
        let found = format!("{what}: port 0 lets the system choose a port, so nobody can know where to ask.");
        return finding(service.id(), State::Note, found);
    }
    let key = service.key();
    let bound = beside(move || {
        Some(match service {
            Service::Dns => bind::dns(address, 1, key, &mut Inherited::default()).map(drop),
            Service::Page | Service::Metrics => {
                bind::http(address, what, key, &mut Inherited::default()).map(drop)
            }
        })
    });
    let verb = if service == Service::Metrics { "are" } else { "is" };
    match bound.await {
        None | Some(Ok(())) if runs => trouble(
            service.id(),
            State::Fault,
            format!("{what} {verb} not served at {address}, although Sekisho runs and nobody else is there."),
            "Restart Sekisho: addresses are taken over from the configuration at the start alone. If it runs with another configuration, give that one to `doctor`.",
        ),
        None | Some(Ok(())) => {
            finding(service.id(), State::Ok, format!("{what}: {address} is free for Sekisho to listen on."))
        }
        Some(Err(error)) => refused(config, service, address, &error).await,
    }
}

async fn refused(config: &Config, service: Service, address: SocketAddr, error: &BindError) -> Finding {
    let (id, what, key) = (service.id(), service.what(), service.key());
    match error {
        BindError::Taken { .. } => {
            let holders = beside(move || proc_net::holders(address)).await;
            taken(service, address, &holders)
        }
        BindError::Forbidden { .. } => trouble(
            id,
            State::Warning,
            format!("{what}: this user may not listen on {address}, whose port is below 1024."),
            "If the service manager starts Sekisho with CAP_NET_BIND_SERVICE, all is well; run `doctor` as root to be sure.",
        ),
        missing if service == Service::Dns && config.dns_is_default && missing.is_family_missing() => {
            finding(id, State::Note, format!("{what}: this machine has no {address}; it is left out."))
        }
        BindError::NoSuchAddress { .. } => trouble(
            id,
            State::Fault,
            format!("{what}: this machine has no address {}.", address.ip()),
            format!(
                "Choose another with {key}, or give the machine that address; a router can be told to hand out always the same."
            ),
        ),
        BindError::Other { error, .. } => trouble(
            id,
            State::Fault,
            format!("{what}: {address} cannot be listened on: {error}."),
            format!("Choose another address with {key}."),
        ),
    }
}

fn taken(service: Service, address: SocketAddr, holders: &[String]) -> Finding {
    let (id, what) = (service.id(), service.what());
    if holders.iter().any(|program| program.starts_with("sekisho ")) {
        return trouble(
            id,
            State::Fault,
            format!("{what}: {} has {address}, but does not answer this machine there.", holders.join(", ")),
            "Look at its log. If [listen] allow leaves this machine out, add \"loopback\".",
        );
    }
    let who = if holders.is_empty() {
        format!("another program{}", usual_suspect(address.port()))
    } else {
        holders.join(", ")
    };
    let remedy = if address.port() == 53
        && holders.iter().any(|program| program.starts_with("systemd-resolve"))
    {
        "Set DNSStubListener=no in /etc/systemd/resolved.conf and restart systemd-resolved, or name the address of this machine in [listen] dns instead of a wildcard.".to_owned()
    } else {
        format!("Stop that program, or choose another address with {}.", service.key())
    };
    trouble(id, State::Fault, format!("{what}: {address} is taken by {who}."), remedy)
}

fn other_port(address: &SocketAddr) -> Finding {
    let found = format!(
        "The page listens on {address}; browsers that are led to it look on port {HTTP}. Set [page] listen to port {HTTP} when going into service."
    );
    finding("ports.page-80", State::Note, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_runs_something_else_is_told() {
        let said = |samples: Option<&str>, anything| {
            let samples = samples.map(Samples::parse);
            server(&Running { samples, ..Running::default() }, anything)
        };
        let version = env!("CARGO_PKG_VERSION");
        let current = format!("sekisho_build_info{{version=\"{version}\"}} 1\n");
        let stale = format!("{current}sekisho_config_stale 1\n");
        let fresh = format!("{current}sekisho_config_stale 0\n");
        for (samples, anything, state) in [
            (Some(current.as_str()), true, State::Ok),
            (Some(fresh.as_str()), true, State::Ok),
            (Some(stale.as_str()), true, State::Warning),
            (Some("sekisho_build_info{version=\"0.0.9\"} 1\n"), true, State::Note),
            (None, true, State::Note),
            (None, false, State::Warning),
        ] {
            assert_eq!(said(samples, anything).state, state, "{samples:?} {anything}");
        }
    }

    #[test]
    fn whoever_has_the_port_is_named_with_what_to_do() {
        let address = "127.0.0.53:53".parse().unwrap();
        let resolved = taken(Service::Dns, address, &["systemd-resolve (process 7)".into()]);
        assert!(resolved.found.contains("systemd-resolve (process 7)"), "{resolved:?}");
        assert!(resolved.remedy.unwrap().contains("DNSStubListener=no"));
        let unknown = taken(Service::Page, "0.0.0.0:80".parse().unwrap(), &[]);
        assert!(unknown.found.contains("another program (often a web server)"), "{unknown:?}");
        let own = taken(Service::Dns, address, &["sekisho (process 9)".into()]);
        assert!(own.remedy.unwrap().contains("loopback"));
    }
}
