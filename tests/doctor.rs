//! `sekisho doctor` as a person runs it, in a small network of its own: each test has a network namespace with nothing
//! in it but what the test puts there, so ports 53 and 80 are free and nobody outside is asked.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    io::{Read as _, Write as _},
    net::{Ipv6Addr, SocketAddr, SocketAddrV6, TcpListener, UdpSocket},
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

use serde_json::Value;
use tempfile::TempDir;

use support::{
    PATIENCE,
    namespace::{in_namespace, sh},
    process::{Builder, Ended, Sekisho, program, run, sekisho},
    until,
    upstream::{Act, Behaviour, Reply, Upstream, a, silence},
    wire::{Message, NS, name_bytes},
};

const RRSIG: u16 = 46;
const DAY: i64 = 86_400;
const BLOCKED: &str = "bad.example";

/// Has this namespace use that DNS server.
fn resolv_conf(folder: &Path, server: &str) {
    let path = folder.join("resolv.conf");
    fs::write(&path, format!("nameserver {server}\n")).unwrap();
    sh(&format!("mount --bind {} /etc/resolv.conf", path.display()));
}

/// The root's servers, with a signature that holds from and until so many days from now.
fn root(from: i64, until: i64) -> Behaviour {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let day = |days: i64| u32::try_from(i64::try_from(now).unwrap() + days * DAY).unwrap().to_be_bytes();
    let mut signature = vec![0, 2, 8, 0, 0, 0, 0, 60];
    signature.extend(day(until));
    signature.extend(day(from));
    signature.extend([0x12, 0x34, 0, 1, 2, 3, 4]);
    Arc::new(move |asked| {
        let reply = Reply::to(asked).answer(".", NS, 60, &name_bytes("a.root-servers.example"));
        let signed = asked.message.opt.as_ref().is_some_and(|opt| opt.dnssec_ok);
        let reply = if signed { reply.answer(".", RRSIG, 60, &signature) } else { reply };
        vec![Act::Send(reply.bytes())]
    })
}

fn internet() -> Upstream {
    Upstream::start().with(".", root(-1, 12))
}

/// What a home has: all on this machine, on the ports that devices use.
struct Home {
    dns: &'static str,
    page: &'static str,
    allow: &'static str,
    upstream: String,
}

impl Home {
    fn new(upstream: &Upstream) -> Self {
        Self {
            dns: "127.0.0.1:53",
            page: "127.0.0.1:80",
            allow: "\"loopback\", \"private\", \"on-link\"",
            upstream: upstream.address.to_string(),
        }
    }

    fn config(&self) -> String {
        let Self { dns, page, allow, upstream } = self;
        format!(
            "[listen]\ndns = [\"{dns}\"]\nallow = [{allow}]\n[upstream]\nservers = [\"{upstream}\"]\n[page]\nlisten = [\"{page}\"]\n\
             [metrics]\nlisten = [\"127.0.0.1:9153\"]\n[state]\ndir = \"{{dir}}/state\"\n[[list]]\nname = \"scams\"\npath = \"{{dir}}/scams.txt\"\n"
        )
    }

    fn builder(&self) -> Builder {
        sekisho().config(&self.config()).bare().file("scams.txt", &format!("{BLOCKED}\n"))
    }

    fn start(&self) -> Sekisho {
        self.builder().start()
    }

    /// The files alone, without a server.
    fn lay_out(&self) -> (TempDir, PathBuf) {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("sekisho.toml");
        fs::write(folder.path().join("scams.txt"), format!("{BLOCKED}\n")).unwrap();
        fs::write(&path, self.config().replace("{dir}", folder.path().to_str().unwrap())).unwrap();
        (folder, path)
    }
}

/// What the doctor says, and its exit code.
struct Said {
    ended: Ended,
    json: Value,
}

fn doctor(config: &Path) -> Said {
    let mut command = program(config.parent().unwrap());
    let begun = Instant::now();
    let ended = run(command.args(["doctor", "--json", "--config"]).arg(config));
    assert!(begun.elapsed() < Duration::from_secs(11), "it took {:?}", begun.elapsed());
    assert_eq!(ended.err, "", "nothing but the report: {ended:?}");
    let json: Value = serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {ended:?}"));
    let fault = json["worst"] == "fault";
    assert_eq!(ended.status.code(), Some(i32::from(fault)), "{ended:?}");
    for check in json["checks"].as_array().unwrap() {
        let bad = ["warning", "fault"].contains(&check["state"].as_str().unwrap());
        assert_eq!(check["remedy"].is_string(), bad, "a remedy where there is something to do: {check}");
        assert!(check["found"].as_str().unwrap().ends_with(['.', ')']), "a sentence: {check}");
    }
    Said { ended, json }
}

impl Said {
    /// State and sentence of all findings of a check.
    fn of(&self, id: &str) -> Vec<(&str, &str)> {
        let checks = self.json["checks"].as_array().unwrap().iter().filter(|check| check["id"] == id);
        checks.map(|check| (check["state"].as_str().unwrap(), check["found"].as_str().unwrap())).collect()
    }

    /// Demands that some finding of the check has this state and these words.
    fn has(&self, id: &str, state: &str, words: &str) {
        let found = self.of(id).iter().any(|(is, says)| *is == state && says.contains(words));
        assert!(found, "{id} should be {state} with `{words}`:\n{}", self.ended.out);
    }
}

/// What a router does with what it forwards.
type Change = fn(Vec<u8>) -> Vec<u8>;

/// A router that forwards DNS over UDP. It stops when it is dropped.
struct Router {
    over: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Router {
    fn start(at: &str, to: SocketAddr, change: Change) -> Self {
        let socket = UdpSocket::bind(at).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let over = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&over);
        let thread = thread::spawn(move || {
            let mut buffer = [0; 4096];
            while !stop.load(Ordering::Relaxed) {
                let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
                let (query, back) = (buffer[..length].to_vec(), socket.try_clone().unwrap());
                thread::spawn(move || forward(&query, to, |reply| drop(back.send_to(&change(reply), from))));
            }
        });
        Self { over, thread: Some(thread) }
    }
}

impl Drop for Router {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn forward(query: &[u8], to: SocketAddr, answer: impl FnOnce(Vec<u8>)) {
    let socket = support::ask::socket_to(to);
    if socket.send(query).is_ok()
        && let Some(reply) = support::ask::receive(&socket, Duration::from_secs(1))
    {
        answer(reply);
    }
}

fn unchanged(reply: Vec<u8>) -> Vec<u8> {
    reply
}

/// Protection against rebinding: what has an address comes back without.
fn strips_addresses(reply: Vec<u8>) -> Vec<u8> {
    let has_address = !Message::parse(&reply).unwrap().addresses().is_empty();
    if has_address { without_records(reply) } else { reply }
}

/// As many small routers do: what is not an answer record is lost on the way.
fn strips_addresses_and_authority(reply: Vec<u8>) -> Vec<u8> {
    let message = Message::parse(&reply).unwrap();
    let keep = message.addresses().is_empty() && !message.answers.is_empty();
    if keep { reply } else { without_records(reply) }
}

fn without_records(mut reply: Vec<u8>) -> Vec<u8> {
    let question = Message::parse(&reply).unwrap().questions[0].raw.len();
    reply.truncate(12 + question);
    reply[6..12].fill(0);
    reply
}

#[test]
fn a_home_where_all_is_well_gets_no_warning() {
    in_namespace("a_home_where_all_is_well_gets_no_warning", || {
        let internet = internet();
        let server = Home::new(&internet).start();
        resolv_conf(&server.path(""), "127.0.0.1");
        let said = doctor(&server.path("sekisho.toml"));
        assert_eq!(said.json["worst"], "note", "{}", said.ended.out);
        assert_eq!(said.of("ports.dns-53"), [], "{}", said.ended.out);
        assert_eq!(said.json["version"], env!("CARGO_PKG_VERSION"));
        for (id, words) in [
            ("server.running", "runs."),
            ("ports.dns", "UDP and TCP"),
            ("ports.page", "http://127.0.0.1:80/"),
            ("ports.metrics", "9153"),
            ("upstream.server", "answers within"),
            ("clock.time", "agrees with the signatures"),
            ("loops.server", "sees no loop"),
            ("lists.list", "has 1 rule ("),
            ("lists.state", "can write"),
            ("page.address", "http://127.0.0.1/, where the page is"),
            ("machine.resolver", "uses Sekisho"),
        ] {
            said.has(id, "ok", words);
        }
        said.has("access.loopback", "note", "this machine only");
        let mut command = program(&server.path(""));
        let ended = run(command.args(["doctor", "--config"]).arg(server.path("sekisho.toml")));
        assert!(ended.status.success(), "{ended:?}");
        let long = ended.out.lines().find(|line| line.chars().count() > 80 && line.contains(". "));
        assert_eq!(long, None);
        assert!(ended.out.trim_end().ends_with("Nothing needs to be done."), "{}", ended.out);
    });
}

#[test]
fn whoever_has_the_port_is_named() {
    in_namespace("whoever_has_the_port_is_named", || {
        let internet = internet();
        let other = UdpSocket::bind("127.0.0.1:53").unwrap();
        let (_folder, config) = Home::new(&internet).lay_out();
        let said = doctor(&config);
        said.has("ports.dns", "fault", &format!("(process {})", std::process::id()));
        said.has("ports.page", "ok", "is free");
        said.has("server.running", "warning", "No Sekisho answers");
        drop(other);
        doctor(&config).has("ports.dns", "ok", "is free");
    });
}

#[test]
fn upstream_servers_that_are_dead_or_silent_are_a_fault_within_ten_seconds() {
    in_namespace("upstream_servers_that_are_dead_or_silent_are_a_fault_within_ten_seconds", || {
        let silent = Upstream::start_with(silence());
        let mut home = Home::new(&silent);
        let (_folder, config) = home.lay_out();
        resolv_conf(config.parent().unwrap(), "127.0.0.1");
        let said = doctor(&config);
        said.has("upstream.server", "fault", "in time");
        said.has("upstream.any", "fault", "No upstream server answers");
        home.upstream = "127.0.0.9:53".into();
        let (_folder, config) = home.lay_out();
        doctor(&config).has("upstream.server", "fault", "127.0.0.9");
    });
}

#[test]
fn upstream_servers_that_change_answers_are_noted() {
    in_namespace("upstream_servers_that_change_answers_are_noted", || {
        let unsigned: Behaviour = Arc::new(|asked| {
            let reply = Reply::to(asked).answer(".", NS, 60, &name_bytes("a.root-servers.example"));
            vec![Act::Send(reply.bytes())]
        });
        let meddling = Upstream::start_with(a("198.51.100.99", 60)).with(".", unsigned);
        let (_folder, config) = Home::new(&meddling).lay_out();
        let said = doctor(&config);
        said.has("upstream.server", "ok", "answers within");
        said.has("upstream.rewrites", "note", "for names that do not exist");
        said.has("upstream.dnssec", "note", "leaves out DNSSEC signatures");
        said.has("clock.time", "ok", "no signature came");
    });
}

#[test]
fn a_server_with_other_lists_is_told() {
    in_namespace("a_server_with_other_lists_is_told", || {
        let internet = internet();
        let server = Home::new(&internet).start();
        let config = server.path("other.toml");
        let text = fs::read_to_string(server.path("sekisho.toml")).unwrap();
        fs::write(server.path("others.txt"), "other.example\n").unwrap();
        fs::write(&config, text.replace("scams.txt", "others.txt")).unwrap();
        doctor(&config).has("page.rules", "warning", "does not block other.example");
    });
}

#[test]
fn every_check_is_documented_and_every_documented_check_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_to_string(root.join("docs/doctor.md")).unwrap();
    let table = docs.split("## Checks").nth(1).unwrap().split("\n## ").next().unwrap();
    let groups: Vec<&str> =
        table.lines().filter_map(|line| line.strip_prefix("| `")?.split('.').next()).collect();
    let is_id = |word: &&str| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        word.split_once('.').is_some_and(|(group, rest)| groups.contains(&group) && rest.chars().all(plain))
    };
    let mut code = String::new();
    for file in fs::read_dir(root.join("src/doctor")).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        code.push_str(text.split("#[cfg(test)]").next().unwrap());
    }
    let ids =
        |text: &str, quote: char| text.split(quote).filter(is_id).map(str::to_owned).collect::<BTreeSet<_>>();
    let (coded, documented) = (ids(&code, '"'), ids(table, '`'));
    assert!(coded.len() > 20, "{coded:?}");
    assert_eq!(coded, documented);
}

#[test]
fn a_loop_is_found_with_and_without_a_running_server() {
    in_namespace("a_loop_is_found_with_and_without_a_running_server", || {
        let internet = internet();
        let mut home = Home::new(&internet);
        home.upstream = "127.0.0.2".into();
        let _router = Router::start("127.0.0.2:53", "127.0.0.1:53".parse().unwrap(), unchanged);
        let (_folder, config) = home.lay_out();
        doctor(&config).has("loops.server", "fault", "127.0.0.2 sends our queries back");
        let server = home.start();
        until("the server sees the loop", PATIENCE, || {
            let up = server.read_metrics();
            (up.has("sekisho_upstream_up") && up.sum("sekisho_upstream_up") < 1.0).then_some(())
        });
        doctor(&server.path("sekisho.toml")).has("loops.server", "fault", "127.0.0.2 sends our queries back");
    });
}

#[test]
fn a_page_that_is_not_on_port_80_is_a_fault() {
    in_namespace("a_page_that_is_not_on_port_80_is_a_fault", || {
        let internet = internet();
        let mut home = Home::new(&internet);
        home.page = "127.0.0.1:8080";
        let server = home.start();
        let config = server.path("sekisho.toml");
        let said = doctor(&config);
        said.has("ports.page-80", "note", "8080");
        said.has("page.address", "fault", "nobody listens there");
        let other = TcpListener::bind("127.0.0.1:80").unwrap();
        let web = thread::spawn(move || {
            let (mut stream, _) = other.accept().unwrap();
            // The whole request first: a connection that is closed with octets unread is broken off.
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut octet = [0];
                stream.read_exact(&mut octet).unwrap();
                request.extend(octet);
            }
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: 2\r\n\r\nhi");
        });
        doctor(&config).has("page.address", "fault", "another web server (nginx)");
        web.join().unwrap();
    });
}

#[test]
fn lists_that_are_missing_or_only_for_trying_are_told() {
    in_namespace("lists_that_are_missing_or_only_for_trying_are_told", || {
        let internet = internet();
        let home = Home::new(&internet);
        let (folder, config) = home.lay_out();
        fs::remove_file(folder.path().join("scams.txt")).unwrap();
        doctor(&config).has("lists.list", "fault", "scams.txt cannot be read");
        fs::write(&config, "").unwrap();
        doctor(&config).has("lists.protection", "warning", "You are not protected");

        let server = home.start();
        let config = server.path("sekisho.toml");
        let old = SystemTime::now() - Duration::from_hours(20 * 24);
        fs::File::options().write(true).open(server.path("scams.txt")).unwrap().set_modified(old).unwrap();
        doctor(&config).has("lists.age", "warning", "for 20 days");
        fs::remove_file(server.path("scams.txt")).unwrap();
        until("the server sees it", PATIENCE, || {
            (server.read_metrics().sum("sekisho_list_stale") > 0.0).then_some(())
        });
        let said = doctor(&config);
        said.has("lists.list", "warning", "scams.txt cannot be read");
        said.has("lists.stale", "warning", "last good copy of the list scams");
    });
}

#[test]
fn a_router_that_protects_against_rebinding_is_told_from_one_that_does_not_ask_us() {
    let test = "a_router_that_protects_against_rebinding_is_told_from_one_that_does_not_ask_us";
    in_namespace(test, || {
        let internet = internet();
        let server = Home::new(&internet).start();
        let config = server.path("sekisho.toml");
        resolv_conf(&server.path(""), "127.0.0.2");
        let changes: [(Change, &str, &str); 3] = [
            (unchanged, "ok", "lead to the page through it"),
            (strips_addresses, "warning", "gives no address in place"),
            (strips_addresses_and_authority, "warning", "gives no address in place"),
        ];
        for (change, state, words) in changes {
            let _router = Router::start("127.0.0.2:53", server.dns(), change);
            doctor(&config).has("resolvers.path", state, words);
        }
        let _router = Router::start("127.0.0.2:53", internet.address, unchanged);
        doctor(&config).has("resolvers.path", "note", "without asking Sekisho");
        // A scam's own servers would hear of it.
        let leaked = internet.names().into_iter().find(|name| name.ends_with(BLOCKED));
        assert_eq!(leaked, None);
        assert!(internet.names().iter().any(|name| name == "sekisho.home.arpa"), "the router was asked");
    });
}

#[test]
fn a_network_that_is_refused_is_told() {
    in_namespace("a_network_that_is_refused_is_told", || {
        let internet = internet();
        sh("ip link add inside type veth peer name outside; ip link set inside up; ip link set outside up");
        sh("ip addr add 198.51.100.5/24 dev inside");
        let mut home = Home::new(&internet);
        (home.dns, home.page, home.allow) = ("0.0.0.0:53", "0.0.0.0:80", "\"loopback\", \"private\"");
        let (_folder, config) = home.lay_out();
        doctor(&config).has("access.network", "warning", "198.51.100.0/24");
        home.allow = "\"any\"";
        let (_folder, config) = home.lay_out();
        let said = doctor(&config);
        said.has("access.network", "ok", "Every network");
        said.has("access.open", "warning", "Everybody on the internet");
        let server = home.start();
        doctor(&server.path("sekisho.toml")).has("page.address", "ok", "http://198.51.100.5/");
    });
}

#[test]
fn a_second_dns_server_in_a_dhcp_lease_is_told() {
    in_namespace("a_second_dns_server_in_a_dhcp_lease_is_told", || {
        let internet = internet();
        let server = Home::new(&internet).start();
        resolv_conf(&server.path(""), "127.0.0.1");
        sh("mount -t tmpfs none /run && mkdir -p /run/systemd/netif/leases /run/systemd/timesync");
        fs::write("/run/systemd/netif/leases/2", "ADDRESS=192.0.2.7\nDNS=127.0.0.1 192.0.2.53\n").unwrap();
        let said = doctor(&server.path("sekisho.toml"));
        said.has("second.resolver", "ok", "announces this machine (127.0.0.1)");
        said.has("second.resolver", "warning", "192.0.2.53, which is not Sekisho");
        said.has("clock.synchronised", "warning", "has not set the clock");
    });
}

#[test]
fn a_clock_that_is_wrong_is_seen_by_signatures() {
    in_namespace("a_clock_that_is_wrong_is_seen_by_signatures", || {
        for (from, until, words) in [(40, 50, "days behind"), (-50, -30, "days ahead")] {
            let internet = Upstream::start().with(".", root(from, until));
            let (_folder, config) = Home::new(&internet).lay_out();
            doctor(&config).has("clock.time", "fault", words);
        }
    });
}

/// Answers Router Solicitations on the link `index` with an advertisement of one DNS server.
fn advertise(index: u32, server: Ipv6Addr, over: &AtomicBool) {
    let socket =
        socket2::Socket::new(socket2::Domain::IPV6, socket2::Type::RAW, Some(socket2::Protocol::ICMPV6))
            .unwrap();
    socket.set_multicast_hops_v6(255).unwrap();
    socket.join_multicast_v6(&"ff02::2".parse().unwrap(), index).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    let socket = UdpSocket::from(socket);
    let mut message = vec![134, 0, 0, 0, 64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0];
    message.extend([25, 3, 0, 0, 0, 0, 2, 88]);
    message.extend(server.octets());
    let everybody = SocketAddrV6::new("ff02::1".parse().unwrap(), 0, 0, index);
    let mut buffer = [0; 2048];
    let deadline = Instant::now() + Duration::from_secs(20);
    while Instant::now() < deadline && !over.load(Ordering::Relaxed) {
        let Ok((length, SocketAddr::V6(from))) = socket.recv_from(&mut buffer) else { continue };
        if length >= 8 && buffer[0] == 133 && from.scope_id() == index {
            socket.send_to(&message, everybody).unwrap();
        }
    }
}

#[test]
fn a_second_dns_server_in_a_router_advertisement_is_told() {
    in_namespace("a_second_dns_server_in_a_router_advertisement_is_told", || {
        let internet = internet();
        let mut links = "ip link add house type veth peer name router; ".to_owned();
        for (link, address) in [("house", "fe80::2"), ("router", "fe80::1")] {
            write!(links, "ip link set {link} addrgenmode none; ip link set {link} up; ").unwrap();
            write!(links, "ip addr add {address}/64 dev {link} nodad; ").unwrap();
        }
        sh(&links);
        let (_folder, config) = Home::new(&internet).lay_out();
        doctor(&config).has("second.advertisement", "ok", "No router announces");
        let told = Command::new("ip").args(["-o", "link", "show", "router"]).output().unwrap();
        let index = String::from_utf8_lossy(&told.stdout).split(':').next().unwrap().parse().unwrap();
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| advertise(index, "2001:db8::53".parse().unwrap(), &over));
            let said = doctor(&config);
            over.store(true, Ordering::Relaxed);
            said.has("second.resolver", "warning", "2001:db8::53, which is not Sekisho");
            said.has("second.resolver", "warning", "A Router Advertisement of fe80::1");
        });
    });
}
