//! Whether a browser that is led away from a scam finds the page: each address that a blocked name gets is looked up
//! as a device would, and visited as its browser would.

use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use futures_util::future::join_all;

use super::{
    ask::{self, Transport},
    facts::Facts,
    fetch::{Response, fetch},
    report::{Finding, State, finding, trouble},
};
use crate::{
    message::{Rcode, rtype},
    name::Name,
};

const ID: &str = "page.address";
/// How long an answer, and then a page, may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// The port of `http://`.
const HTTP: u16 = 80;
/// The most addresses of this machine that are asked at.
const MOST: usize = 16;

/// What devices get for a blocked name.
#[derive(Debug, Default)]
struct Led {
    /// Where they are led.
    to: BTreeSet<IpAddr>,
    /// Whether they are told by us that there is no address.
    nowhere: bool,
    /// Whether they get what somebody else says of that name.
    elsewhere: bool,
}

/// Looks up a blocked name everywhere, and fetches what is there.
pub(super) async fn examine(facts: &Facts) -> Vec<Finding> {
    if facts.running.dns.is_empty() {
        let found = "No server runs that could lead anybody to the page.";
        return vec![finding(ID, State::Skipped, found)];
    }
    let Some(blocked) = facts.lists.as_ref().and_then(|lists| lists.blocked.as_ref()) else {
        let found = "No name is known that leads to the page, so it could not be tried.";
        return vec![finding(ID, State::Skipped, found)];
    };
    let led = look_up(facts, &blocked.name).await;
    if led.elsewhere {
        let found = format!(
            "The server that runs does not block {}, which the lists of this configuration do.",
            blocked.name
        );
        let remedy = "Give `doctor` the same configuration and --list as the server. If it has that already, look at the server's log.";
        return vec![trouble("page.rules", State::Warning, found, remedy)];
    }
    if led.to.is_empty() {
        let found = if led.nowhere {
            "Blocked names get no address, as the sinkhole settings say: nobody sees the page."
        } else {
            "The server gave no answer for a blocked name to this machine."
        };
        return vec![finding(ID, if led.nowhere { State::Note } else { State::Skipped }, found)];
    }
    join_all(led.to.iter().map(|address| visit(*address, &blocked.name))).await
}

async fn look_up(facts: &Facts, name: &Name) -> Led {
    let mut asked_at: Vec<SocketAddr> =
        facts.running.dns.iter().flat_map(|address| facts.asked_at(*address)).collect();
    // Who listens everywhere is asked by devices at addresses that they can reach.
    if asked_at.iter().any(|address| !address.ip().is_loopback()) {
        let wildcard = |ip: &IpAddr| !facts.running.dns.iter().any(|listening| listening.ip() == *ip);
        asked_at.retain(|address| !(address.ip().is_loopback() && wildcard(&address.ip())));
    }
    asked_at.truncate(MOST);
    let both = asked_at.iter().flat_map(|address| [rtype::A, rtype::AAAA].map(|qtype| (*address, qtype)));
    let answers =
        join_all(both.map(|(address, qtype)| ask::ask(address, Transport::Udp, name, qtype, PATIENCE))).await;
    let mut led = Led::default();
    for answer in answers.into_iter().flatten() {
        match answer.rcode {
            Rcode::NOERROR if !answer.addresses.is_empty() => led.to.extend(answer.addresses),
            Rcode::NOERROR if answer.is_sekisho => led.nowhere = true,
            Rcode::NOERROR | Rcode::NXDOMAIN | Rcode::SERVFAIL => led.elsewhere = true,
            _ => {}
        }
    }
    led
}

async fn visit(address: IpAddr, name: &Name) -> Finding {
    let at = SocketAddr::new(address, HTTP);
    let url = if address.is_ipv6() { format!("http://[{address}]/") } else { format!("http://{address}/") };
    let why = match fetch(at, &name.to_string(), "/", PATIENCE).await {
        Ok(response) if response.is_our_page() => return ours(&url, &response, name),
        Ok(response) => {
            let server = response.header("server").map(|server| format!(" ({server})")).unwrap_or_default();
            return trouble(
                ID,
                State::Fault,
                format!("Blocked names lead to {url}, where another web server{server} answers."),
                "Stop that web server or give it another address, and set [page] listen to port 80. Or set [block] sinkhole_v4 and sinkhole_v6 to an address whose port 80 Sekisho has.",
            );
        }
        Err(why) => why,
    };
    trouble(
        ID,
        State::Fault,
        format!("Blocked names lead to {url}, where no page is: {why}."),
        "Set [page] listen to this address, or to 0.0.0.0 and [::], with port 80, and let the firewall pass it. If the firewall of this machine turns port 80 into another one, ask from another device whether the page comes.",
    )
}

fn ours(url: &str, response: &Response, name: &Name) -> Finding {
    if response.status == 403 && response.body.contains(&name.to_string()) {
        return finding(ID, State::Ok, format!("Blocked names lead to {url}, where the page is."));
    }
    let found =
        format!("Blocked names lead to {url}, where a page of Sekisho is that knows nothing of {name}.");
    let remedy = "Another Sekisho may serve the page there. Let one do both, or give both the same lists.";
    trouble(ID, State::Warning, found, remedy)
}
