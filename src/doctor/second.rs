//! Which DNS servers are announced to devices in this network: one beside us is asked in our place as often as not,
//! and knows nothing of scams.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
};

use super::{
    beside, leases, proc_net,
    report::{Finding, State, finding},
    solicit,
};
use crate::resolve::system;

/// Where DNS servers are, since no announcement has a port.
const DNS: u16 = 53;
const ADVERTISEMENTS: &str = "second.advertisement";

/// The servers and who announces each, in words.
pub(super) type Announced = BTreeMap<SocketAddr, Vec<String>>;

/// Reads the leases and asks the routers.
pub(super) async fn announced() -> (Announced, Vec<Finding>) {
    let links: Vec<u32> = beside(proc_net::v6_links).await.into_iter().map(|(index, _)| index).collect();
    let (on_disk, advertised) =
        tokio::join!(beside(on_disk), async { (links.is_empty(), solicit::advertised(&links).await) });
    let mut announced = Announced::new();
    for (server, by) in on_disk {
        announced.entry(SocketAddr::new(server, DNS)).or_default().push(by);
    }
    let said = match advertised {
        (true, _) => finding(ADVERTISEMENTS, State::Skipped, "This machine is in no network with IPv6."),
        (_, Ok(found)) if found.is_empty() => finding(
            ADVERTISEMENTS,
            State::Ok,
            "No router announces a DNS server over IPv6 (Router Advertisements).",
        ),
        (_, Ok(found)) => {
            for advertised in &found {
                let by = format!("a Router Advertisement of {}", advertised.router);
                announced.entry(advertised.server.into()).or_default().push(by);
            }
            let plural = if found.len() == 1 { "" } else { "s" };
            let found = format!("Router Advertisements announce {} DNS server{plural}.", found.len());
            finding(ADVERTISEMENTS, State::Ok, found)
        }
        (_, Err(error)) if error.kind() == std::io::ErrorKind::PermissionDenied => finding(
            ADVERTISEMENTS,
            State::Skipped,
            "Which DNS servers routers announce over IPv6 can be seen by root alone: run `doctor` as root.",
        ),
        (_, Err(error)) => {
            finding(ADVERTISEMENTS, State::Skipped, format!("Routers could not be asked: {error}."))
        }
    };
    (announced, vec![said])
}

fn on_disk() -> Vec<(IpAddr, String)> {
    let leases = leases::announced().into_iter();
    let leases = leases.map(|(server, path)| (server, format!("a DHCP lease ({})", path.display())));
    let resolved = system::behind_stub().into_iter();
    leases.chain(resolved.map(|server| (server, "systemd-resolved of this machine".to_owned()))).collect()
}
