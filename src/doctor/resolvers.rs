//! Which way queries take in this network: every resolver that devices may be using is asked for a blocked name, and
//! for one that only we can answer. That tells a router that passes queries on to us from one that does not, and from
//! one that does and then throws our answer away because the page's address is a private one (protection against DNS
//! rebinding).

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use futures_util::future::join_all;

use super::{
    ask::{self, Answer, NoAnswer, Transport},
    beside,
    facts::Facts,
    fetch::fetch,
    lists::Blocked,
    proc_net,
    report::{Finding, State, finding, trouble},
    samples::Samples,
    second::{self, Announced},
};
use crate::{
    message::{Rcode, rtype},
    name::Name,
    policy::SinkholeSetting,
    resolve::system,
};

const SECOND: &str = "second.resolver";
const PATH: &str = "resolvers.path";
/// How long one answer may take.
const PATIENCE: Duration = Duration::from_millis(1200);
/// The most resolvers that are asked.
const MOST: usize = 8;
/// How long what is counted may take.
const COUNT_TIME: Duration = Duration::from_millis(300);
/// The most resolvers whose queries are counted: each takes its time.
const MOST_COUNTED: usize = 2;
/// Queries of a rare type by which is seen whether they reach the server that runs.
const COUNTED: u32 = 3;

/// A resolver that devices may be using.
#[derive(Debug, Default, Clone)]
struct Resolver {
    /// Who announces it to devices.
    announced: Vec<String>,
    /// What else it is, in words.
    known_as: Vec<&'static str>,
}

/// Whether a query that is sent there reaches us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Yes,
    /// What came back does not tell.
    Unclear,
    No,
    /// There is no DNS server that answers.
    Silent,
}

/// What becomes of a query for a blocked name there.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Way {
    /// It reaches us, and the page's address comes back.
    Page,
    /// It reaches us, and what comes back is this instead.
    Stripped(String),
    /// It does not reach us.
    Elsewhere,
    /// There is no DNS server that answers.
    Silent,
    /// Without a server that runs, or without a name that it blocks, nothing can be told.
    Unknown,
}

/// Finds the resolvers, and asks each.
pub(super) async fn examine(facts: &Facts) -> Vec<Finding> {
    let ((announced, mut findings), gateways, configured) =
        tokio::join!(second::announced(), beside(proc_net::gateways), beside(system::configured));
    let resolvers = gather(facts, announced, &gateways, &configured, &mut findings);
    let mut asked: Vec<SocketAddr> = resolvers.keys().copied().collect();
    asked.truncate(MOST);
    let ways = ways(facts, &asked).await;
    for (address, way) in asked.iter().zip(&ways) {
        let resolver = &resolvers[address];
        findings.extend(beside_us(*address, resolver, way));
        findings.extend(on_the_way(*address, resolver, way));
    }
    if resolvers.is_empty() {
        findings.push(finding(PATH, State::Ok, "No other DNS server was found that devices might use."));
    }
    // What is announced first, the ways behind it.
    findings.sort_by(|one, other| other.id.cmp(one.id));
    findings
}

/// All resolvers that are not us; what is announced and is us is said at once.
fn gather(
    facts: &Facts,
    announced: Announced,
    gateways: &[SocketAddr],
    configured: &[IpAddr],
    findings: &mut Vec<Finding>,
) -> BTreeMap<SocketAddr, Resolver> {
    let mut resolvers: BTreeMap<SocketAddr, Resolver> = BTreeMap::new();
    for (address, by) in announced {
        // Loopback in an announcement can only be this machine's own stub.
        if facts.interfaces.is_ours(address.ip()) {
            let found = format!("{} announces this machine ({}).", capital(&by.join(", ")), address.ip());
            findings.push(finding(SECOND, State::Ok, found));
        } else {
            resolvers.entry(address).or_default().announced.extend(by);
        }
    }
    let configured: Vec<SocketAddr> = configured.iter().map(|ip| SocketAddr::new(*ip, 53)).collect();
    for (addresses, word) in [(gateways, "the router"), (&configured[..], "this machine's own DNS server")] {
        for address in addresses.iter().filter(|address| !is_this_machine(facts, **address)) {
            resolvers.entry(*address).or_default().known_as.push(word);
        }
    }
    resolvers
}

/// Whether asking there is asking this machine. A stub of systemd-resolved is not meant for devices either.
fn is_this_machine(facts: &Facts, address: SocketAddr) -> bool {
    const STUBS: [IpAddr; 2] = [
        IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 53)),
        IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 54)),
    ];
    let ours = facts.is_us(address) || STUBS.contains(&address.ip());
    ours || facts.interfaces.addresses().any(|own| own == address.ip())
}

/// Blocked names are asked for only where the question reaches us: a scam's own servers would hear of it otherwise.
async fn ways(facts: &Facts, asked: &[SocketAddr]) -> Vec<Way> {
    let blocked = facts.lists.as_ref().and_then(|lists| lists.blocked.as_ref());
    let Some(blocked) = blocked.filter(|_| !facts.running.dns.is_empty()) else {
        return vec![Way::Unknown; asked.len()];
    };
    let mut reached = join_all(asked.iter().map(|server| reach(facts, *server))).await;
    let unclear = asked.iter().zip(&mut reached).filter(|(_, reach)| **reach == Reach::Unclear);
    // One after the other, or the counts would not tell whose queries they are.
    for (server, reach) in unclear.take(MOST_COUNTED) {
        *reach = if counted(facts, *server).await { Reach::Yes } else { Reach::No };
    }
    join_all(asked.iter().zip(reached).map(|(server, reach)| way(facts, *server, reach, blocked))).await
}

/// Asks for our own name, which nobody else knows. Text is nothing that protection against rebinding looks at, so our
/// own "no" passes where our address does not.
async fn reach(facts: &Facts, server: SocketAddr) -> Reach {
    let (name, root) = (&facts.config.sinkhole.host, Name::root());
    let (text, address, ordinary) = tokio::join!(
        question(server, name, rtype::TXT),
        question(server, name, address_type(facts)),
        question(server, &root, rtype::NS),
    );
    if text.is_err() && address.is_err() && ordinary.is_err() {
        return Reach::Silent;
    }
    let ours = |answer: Answer| {
        answer.is_sekisho || answer.addresses.iter().any(|address| leads_to_us(facts, server, *address))
    };
    if text.is_ok_and(ours) || address.is_ok_and(ours) { Reach::Yes } else { Reach::Unclear }
}

async fn way(facts: &Facts, server: SocketAddr, reach: Reach, blocked: &Blocked) -> Way {
    match reach {
        Reach::Silent => return Way::Silent,
        Reach::No | Reach::Unclear => return Way::Elsewhere,
        Reach::Yes => {}
    }
    let page = question(server, &blocked.fresh(), address_type(facts)).await;
    if page.as_ref().is_ok_and(|answer| answer.addresses.iter().any(|ip| leads_to_us(facts, server, *ip))) {
        return Way::Page;
    }
    Way::Stripped(in_words(&page))
}

/// The type of address that the page has.
fn address_type(facts: &Facts) -> u16 {
    if facts.config.engine.sinkhole.v4 == SinkholeSetting::None { rtype::AAAA } else { rtype::A }
}

async fn question(server: SocketAddr, name: &Name, qtype: u16) -> Result<Answer, NoAnswer> {
    ask::ask(server, Transport::Udp, name, qtype, PATIENCE).await
}

/// Whether an address is where our page is. Loopback from another machine is somebody else's way to block.
fn leads_to_us(facts: &Facts, server: SocketAddr, address: IpAddr) -> bool {
    let sinkhole = facts.config.engine.sinkhole;
    let fixed = match address {
        IpAddr::V4(v4) => sinkhole.v4 == SinkholeSetting::Fixed(v4),
        IpAddr::V6(v6) => sinkhole.v6 == SinkholeSetting::Fixed(v6),
    };
    let own = facts.interfaces.is_ours(address) && !address.is_unspecified();
    fixed || own && (server.ip().is_loopback() || !address.is_loopback())
}

fn in_words(page: &Result<Answer, NoAnswer>) -> String {
    match page {
        Ok(answer) if !answer.addresses.is_empty() => "another address".into(),
        Ok(answer) if answer.rcode == Rcode::NOERROR => "no address".into(),
        Ok(answer) => answer.rcode.mnemonic().into(),
        Err(error) => error.to_string(),
    }
}

/// Whether queries that are sent there reach the server that runs, by its count of a type that is hardly asked for.
async fn counted(facts: &Facts, server: SocketAddr) -> bool {
    let Some(before) = texts(facts).await else { return false };
    let zone: Option<Name> = "example".parse().ok();
    let names: Vec<Name> =
        zone.iter().flat_map(|zone| (0..COUNTED).filter_map(|_| ask::fresh(zone))).collect();
    join_all(names.iter().map(|name| ask::ask(server, Transport::Udp, name, rtype::TXT, COUNT_TIME))).await;
    texts(facts).await.is_some_and(|after| after - before >= f64::from(COUNTED))
}

async fn texts(facts: &Facts) -> Option<f64> {
    let at = facts.running.metrics_at?;
    let response = fetch(at, &at.to_string(), "/metrics", COUNT_TIME).await.ok()?;
    Some(Samples::parse(&response.body).sum("sekisho_queries_total", &[("type", "TXT")]).unwrap_or(0.0))
}

/// A server that is announced to devices beside us.
fn beside_us(address: SocketAddr, resolver: &Resolver, way: &Way) -> Option<Finding> {
    if resolver.announced.is_empty() {
        return None;
    }
    let (ip, by) = (address.ip(), resolver.announced.join(", "));
    match way {
        Way::Page => {
            let found = format!("{} announces {ip}, which passes queries on to Sekisho.", capital(&by));
            Some(finding(SECOND, State::Ok, found))
        }
        Way::Stripped(_) => None,
        _ => Some(trouble(
            SECOND,
            State::Warning,
            format!("{} announces the DNS server {ip}, which is not Sekisho.", capital(&by)),
            "Devices use either of the servers that they are told, and go past Sekisho with the others. Let the router's DHCP, and its Router Advertisements (IPv6: DNS or RDNSS), announce Sekisho's address alone.",
        )),
    }
}

/// What a resolver makes of our answers.
fn on_the_way(address: SocketAddr, resolver: &Resolver, way: &Way) -> Option<Finding> {
    let who = if resolver.known_as.is_empty() {
        format!("The DNS server {}", address.ip())
    } else {
        format!("{} ({})", capital(&resolver.known_as.join(", ")), address.ip())
    };
    let only_known = resolver.announced.is_empty();
    let said = |state, found: String| only_known.then(|| finding(PATH, state, found));
    match way {
        Way::Page => said(
            State::Ok,
            format!("{who} passes queries on to Sekisho, and blocked names lead to the page through it."),
        ),
        Way::Stripped(instead) => Some(trouble(
            PATH,
            State::Warning,
            format!(
                "{who} passes queries on to Sekisho, but gives {instead} in place of the page's address: it protects against DNS rebinding, so nobody behind it sees the page."
            ),
            "Best, let DHCP hand out Sekisho's own address, so that devices ask it directly. Or switch off that protection in the router (dnsmasq: take out `stop-dns-rebind`, or name what is blocked in `rebind-domain-ok`; others call it DNS rebind protection).",
        )),
        Way::Elsewhere => said(
            State::Note,
            format!(
                "{who} answers DNS without asking Sekisho. That is right for an upstream server, as long as devices are not told to use it."
            ),
        ),
        Way::Silent => said(State::Ok, format!("{who} does not answer DNS, so no device can use it.")),
        Way::Unknown => said(
            State::Skipped,
            format!(
                "{who}: whether it passes queries on to Sekisho can be seen only while Sekisho runs and has a list."
            ),
        ),
    }
}

/// For the beginning of a sentence.
fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
