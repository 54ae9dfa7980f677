//! Whether the upstream servers answer, how fast, and whether they leave answers as they are. The clock is held
//! against their signatures here as well, since both come with one question.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::{
    clock,
    facts::Facts,
    report::{Finding, State, finding, trouble},
};
use crate::{
    message::{Rcode, Reply, rtype},
    name::Name,
    resolve::{
        ServerAddress, Upstream,
        upstream::{Asked, UpstreamError},
    },
};

/// How long a server may take to answer; its own patience is a little shorter.
const PATIENCE: Duration = Duration::from_secs(5);
/// Slower than this is felt by people.
const SLOW: Duration = Duration::from_millis(500);

/// One server and what it said.
struct Asking {
    address: ServerAddress,
    /// The servers of the root, with signatures, or why nothing came.
    root: Result<Reply, String>,
    took: Duration,
    /// Whether a name that does not exist got an address.
    rewrites: bool,
}

/// Asks all servers.
pub(super) async fn examine(facts: &Facts) -> Vec<Finding> {
    let asked = join_all(facts.upstream.iter().map(|address| ask(address.clone()))).await;
    let good = asked.iter().filter(|asking| asking.root.is_ok()).count();
    let mut findings: Vec<Finding> = asked.iter().map(|asking| reachable(asking, good)).collect();
    if good == 0 {
        findings.push(trouble(
            "upstream.any",
            State::Fault,
            "No upstream server answers, so only blocked and local names can be answered.",
            "See whether this machine reaches the internet at all (`ping 9.9.9.9`). If it does, name another server under [upstream] servers.",
        ));
    }
    findings.extend(asked.iter().filter(|asking| asking.rewrites).map(rewriting));
    let unsigned = asked.iter().filter(|asking| asking.root.as_ref().is_ok_and(is_unsigned));
    findings.extend(unsigned.map(without_signatures));
    let signatures: Vec<clock::Validity> =
        asked.iter().filter_map(|asking| asking.root.as_ref().ok()).flat_map(clock::validities).collect();
    findings.extend(clock::examine(&signatures));
    findings
}

async fn ask(address: ServerAddress) -> Asking {
    let timed = async {
        let begun = Instant::now();
        (send(&address, Name::root(), rtype::NS, true).await, begun.elapsed())
    };
    let ((root, took), rewrites) = tokio::join!(timed, rewrites(&address));
    Asking { address, root, took, rewrites }
}

/// Whether a name that cannot exist gets an answer (RFC 6761 §6.5: `example` is no zone).
async fn rewrites(address: &ServerAddress) -> bool {
    let nowhere = "example".parse().ok().and_then(|zone| super::ask::fresh(&zone));
    let Some(nowhere) = nowhere else { return false };
    let reply = send(address, nowhere, rtype::A, false).await;
    reply.is_ok_and(|reply| reply.rcode() == Rcode::NOERROR && reply.counts()[0] > 0)
}

async fn send(address: &ServerAddress, name: Name, qtype: u16, dnssec_ok: bool) -> Result<Reply, String> {
    let upstream = Upstream::new(address.clone()).map_err(|error| error.to_string())?;
    let asked = Asked { name, qtype, dnssec_ok, checking_disabled: false };
    match tokio::time::timeout(PATIENCE, upstream.ask(&asked)).await {
        Ok(said) => said.map_err(|error| in_words(&error)),
        Err(_) => Err("it did not reply in time".into()),
    }
}

fn in_words(error: &UpstreamError) -> String {
    match error {
        UpstreamError::Network(why) => format!("it cannot be reached ({why})"),
        UpstreamError::Rcode(rcode) => format!("it replied {}", rcode.mnemonic()),
        other => other.to_string(),
    }
}

fn reachable(asking: &Asking, good: usize) -> Finding {
    const ID: &str = "upstream.server";
    let address = &asking.address;
    match &asking.root {
        Ok(reply) if reply.counts()[0] == 0 => trouble(
            ID,
            State::Warning,
            format!("The upstream server {address} answers, but knows no root of the DNS."),
            "It may serve names of its own alone. Name a server that resolves all names under [upstream] servers.",
        ),
        Ok(_) => {
            let (state, slow) =
                if asking.took > SLOW { (State::Note, ", which people notice") } else { (State::Ok, "") };
            let milliseconds = asking.took.as_millis();
            finding(
                ID,
                state,
                format!("The upstream server {address} answers within {milliseconds} ms{slow}."),
            )
        }
        Err(why) => {
            let state = if good == 0 { State::Fault } else { State::Warning };
            let found = format!("The upstream server {address} gives no answer: {why}.");
            trouble(ID, state, found, remedy(address))
        }
    }
}

fn remedy(address: &ServerAddress) -> &'static str {
    match address {
        ServerAddress::Plain(_) => {
            "Check its address, and that it answers this machine; a firewall may keep port 53 closed. Else take it out of [upstream] servers."
        }
        ServerAddress::Tls { .. } => {
            "Check its address, the name behind `#`, that port 853 is open to the outside, and this machine's clock: a wrong clock makes every certificate invalid."
        }
    }
}

fn rewriting(asking: &Asking) -> Finding {
    let found = format!(
        "The upstream server {} gives an address for names that do not exist. Typing errors then lead to a page of its own.",
        asking.address
    );
    finding("upstream.rewrites", State::Note, found)
}

fn is_unsigned(reply: &Reply) -> bool {
    reply.counts()[0] > 0 && clock::validities(reply).is_empty()
}

fn without_signatures(asking: &Asking) -> Finding {
    let found = format!(
        "The upstream server {} leaves out DNSSEC signatures, so devices that check them cannot.",
        asking.address
    );
    finding("upstream.dnssec", State::Note, found)
}
