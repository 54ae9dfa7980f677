//! The page over https: what a browser gets that comes for a blocked name, with each value of `[page] https`; what the
//! installation's own root can be used for, and what never; and that nobody can have it made for anything else.
//!
//! Certificates are judged by OpenSSL, and shown to `curl`.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use rustls::client::ClientConnection;
use rustls::{ClientConfig, RootCertStore};
use support::http;
use support::process::{Builder, Ended, Sekisho, program, run, sekisho};
use support::upstream::{self, Upstream};
use support::wire::A;
use support::{PATIENCE, SWAP, until};

const BLOCKED: &str = "fake-support.example";

/// Whether a program is there. Where it must be (`SEKISHO_REQUIRE_TOOLS=1`), its absence fails the test.
fn have(tool: &str) -> bool {
    let found = Command::new(tool).arg("--help").output().is_ok();
    let required = std::env::var_os("SEKISHO_REQUIRE_TOOLS").is_some_and(|value| value == "1");
    assert!(found || !required, "{tool} is not there");
    found
}

fn page_section(https: &str) -> String {
    format!("[page]\nhttps = \"{https}\"\nhttps_listen = [\"127.0.0.1:0\"]\n")
}

/// A server with a list, not started.
fn with(https: &str) -> Builder {
    sekisho().list("names.txt", &format!("{BLOCKED}\n")).config(&page_section(https))
}

/// The same with a root.
fn with_root() -> Builder {
    let builder = with("local-ca");
    assert!(ca(&builder.path(""), &["init", "--yes"]).status.success());
    builder
}

fn ca(dir: &Path, arguments: &[&str]) -> Ended {
    let mut command = program(dir);
    command.arg("--state-dir").arg(dir.join("state")).arg("ca").args(arguments);
    run(&mut command)
}

fn start() -> (Sekisho, SocketAddr) {
    let sekisho = with_root().start();
    let https = sekisho.https.expect("a line says where https is answered");
    (sekisho, https)
}

fn root_of(sekisho: &Sekisho) -> PathBuf {
    sekisho.path("state/ca/root.pem")
}

/// What `openssl s_client` says of the server, with this name or none.
fn s_client(server: SocketAddr, name: Option<&str>, root: &Path) -> String {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-connect", &server.to_string(), "-verify_return_error", "-CAfile"]).arg(root);
    match name {
        Some(name) => command.args(["-servername", name, "-verify_hostname", name]),
        None => command.arg("-noservername"),
    };
    let output = command.stdin(Stdio::null()).output().expect("openssl runs");
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn assert_alert(said: &str, what: &str) {
    assert!(said.contains("SSL alert number 112"), "{what} gets the alert: {said}");
    assert!(!said.contains("BEGIN CERTIFICATE"), "{what} gets no certificate: {said}");
}

/// The status and the body that `curl` gets over https, trusting this root alone.
fn curl(server: SocketAddr, name: &str, root: &Path, more: &[&str]) -> (String, String) {
    let mut command = Command::new("curl");
    command.args(["-sS", "--noproxy", "*", "--max-time", "10", "-w", "\n%{http_code}", "--cacert"]).arg(root);
    command.args(["--resolve", &format!("{name}:{}:{}", server.port(), server.ip())]);
    command.args(["-H", "Accept: text/html", "-H", "Accept-Language: en"]).args(more);
    let output = command.arg(format!("https://{name}:{}/secret?x=1", server.port())).output().unwrap();
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let (body, status) = text.rsplit_once('\n').unwrap_or(("", &text));
    (status.to_owned(), body.to_owned())
}

fn counted(sekisho: &Sekisho, outcome: &str) -> i64 {
    sekisho.read_metrics().sum_of("sekisho_page_https_total", &[("outcome", outcome)]) as i64
}

fn minted(sekisho: &Sekisho) -> i64 {
    sekisho.read_metrics().sum("sekisho_leaves_minted_total") as i64
}

/// The `ClientHello` that rustls sends for a name.
fn hello(name: &str) -> Vec<u8> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(RootCertStore::empty()).with_no_client_auth();
    let mut client = ClientConnection::new(Arc::new(config), name.to_owned().try_into().unwrap()).unwrap();
    let mut octets = Vec::new();
    client.write_tls(&mut octets).unwrap();
    octets
}

/// Sends octets, and gives the first that come back.
fn first_of(server: SocketAddr, octets: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(server).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(octets).unwrap();
    let mut found = [0; 7];
    let count = stream.read(&mut found).unwrap_or_default();
    found[..count].to_vec()
}

#[test]
fn a_blocked_name_gets_a_certificate_that_holds_and_the_page() {
    if !have("openssl") || !have("curl") {
        return;
    }
    let (sekisho, https) = start();
    for name in [BLOCKED, "www.fake-support.example", "WWW.Fake-Support.example"] {
        let said = s_client(https, Some(name), &root_of(&sekisho));
        assert!(said.contains("Verify return code: 0 (ok)"), "{name}: {said}");
    }
    let (status, body) = curl(https, BLOCKED, &root_of(&sekisho), &[]);
    assert_eq!(status, "403", "{body}");
    assert!(body.contains("#9110") && body.contains(BLOCKED) && !body.contains("secret"), "{body}");
    let (_, head) = curl(https, BLOCKED, &root_of(&sekisho), &["-D", "-", "-o", "/dev/null"]);
    let head = head.to_lowercase();
    for header in ["strict-transport-security", "alt-svc"] {
        assert!(!head.contains(header), "no {header}: {head}");
    }
    assert!(counted(&sekisho, "page") >= 5);
    assert_eq!(minted(&sekisho), 2, "each name once");
}

#[test]
fn whoever_is_not_blocked_gets_the_alert_and_no_certificate() {
    if !have("openssl") {
        return;
    }
    let (sekisho, https) = start();
    let root = root_of(&sekisho);
    for name in ["bank.example", "sekisho.home.arpa", "npa.go.jp", "support.example", "example"] {
        assert_alert(&s_client(https, Some(name), &root), name);
    }
    assert_eq!(counted(&sekisho, "not_blocked"), 5);
    assert_alert(&s_client(https, None, &root), "no name");
    assert_eq!(counted(&sekisho, "no_name"), 1);
    assert_eq!(minted(&sekisho), 0);
}

#[test]
fn names_of_other_categories_and_allowed_ones_get_the_alert() {
    if !have("openssl") {
        return;
    }
    let lists = "[[list]]\nname = \"ads\"\npath = \"{dir}/ads.txt\"\ncategory = \"ads\"\n\
        [[list]]\nname = \"scam\"\npath = \"{dir}/scam.txt\"\ncategory = \"scam\"\n\
        [rules]\nallow = [\"fine.fake-support.example\"]\nblock = [\"own.example\", \"www.npa.go.jp\", \"sekisho.home.arpa\"]\n";
    let builder = with_root().file("ads.txt", "ads.example\n").file("scam.txt", "fake-support.example\n");
    let sekisho = builder.config(&(page_section("local-ca") + lists)).start();
    let (https, root) = (sekisho.https.unwrap(), root_of(&sekisho));
    for name in ["ads.example", "fine.fake-support.example", "sekisho.home.arpa"] {
        assert_alert(&s_client(https, Some(name), &root), name);
    }
    assert_eq!(counted(&sekisho, "not_blocked"), 3);
    // What the operator blocks against the floor cannot have a certificate that holds.
    assert_alert(&s_client(https, Some("www.npa.go.jp"), &root), "what the root excludes");
    assert_eq!(counted(&sekisho, "excluded"), 1);
    assert!(s_client(https, Some("own.example"), &root).contains("Verify return code: 0 (ok)"));
}

#[test]
fn a_name_that_leads_to_a_blocked_one_gets_the_page_once_it_was_asked_for() {
    if !have("openssl") {
        return;
    }
    let chain = upstream::cname_chain(&["cdn.fake-support.example"], "203.0.113.1", 300);
    let upstream = Upstream::start().with("shop.example", chain);
    let sekisho = with_root().upstream(&upstream).start();
    let (https, root) = (sekisho.https.unwrap(), root_of(&sekisho));
    assert_alert(&s_client(https, Some("shop.example"), &root), "a name that nobody asked for");
    assert_eq!(sekisho.addresses("shop.example", A), ["127.0.0.1"]);
    assert!(s_client(https, Some("shop.example"), &root).contains("Verify return code: 0 (ok)"));
}

#[test]
fn who_was_not_led_to_a_blocked_name_and_who_no_longer_is_get_no_certificate() {
    if !have("openssl") {
        return;
    }
    let chain = upstream::cname_chain(&["cdn.fake-support.example"], "203.0.113.1", 1);
    let upstream =
        Upstream::start().with("shop.example", upstream::first_then(chain, upstream::a("203.0.113.7", 60)));
    let sekisho = with_root().upstream(&upstream).start();
    let (https, root) = (sekisho.https.unwrap(), root_of(&sekisho));
    assert_eq!(sekisho.addresses("shop.example", A), ["127.0.0.1"]);
    let mut other = Command::new("openssl");
    other.args(["s_client", "-bind", "127.0.0.77:0", "-connect", &https.to_string()]);
    let other = other.args(["-servername", "shop.example"]).stdin(Stdio::null()).output().unwrap();
    assert_alert(&String::from_utf8_lossy(&[other.stdout, other.stderr].concat()), "another client");
    until("a clean answer", PATIENCE, || {
        (sekisho.addresses("shop.example", A) == ["203.0.113.7"]).then_some(())
    });
    assert_alert(&s_client(https, Some("shop.example"), &root), "a name that leads elsewhere now");
}

#[test]
fn a_pause_ends_the_page_over_https_at_once() {
    let (sekisho, https) = start();
    assert_eq!(first_of(https, &hello(BLOCKED)).first(), Some(&22), "a handshake");
    let pause = |command: &[&str]| {
        let mut program = program(&sekisho.path(""));
        program.arg("--state-dir").arg(sekisho.path("state")).args(command);
        assert!(run(&mut program).status.success());
    };
    pause(&["pause", "10m"]);
    assert_eq!(first_of(https, &hello(BLOCKED)), [21, 3, 3, 0, 2, 2, 112]);
    pause(&["resume"]);
    assert_eq!(first_of(https, &hello(BLOCKED)).first(), Some(&22));
}

#[test]
fn with_alert_every_connection_ends_with_the_alert() {
    let sekisho = with("alert").start();
    let https = sekisho.https.unwrap();
    for name in [BLOCKED, "bank.example"] {
        assert_eq!(first_of(https, &hello(name)), [21, 3, 3, 0, 2, 2, 112], "{name}");
    }
    assert_eq!((counted(&sekisho, "alert"), counted(&sekisho, "not_blocked")), (1, 1));
    let response = http::get(sekisho.page, "sekisho.home.arpa", "/ca/root.pem", &[]);
    assert_eq!(response.status, 404, "there is no root");
}

#[test]
fn with_refuse_nothing_listens() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let config = format!("[page]\nhttps_listen = [\"{free}\"]\n");
    let sekisho = sekisho().list("names.txt", BLOCKED).config(&config).start();
    assert!(sekisho.https.is_none(), "{}", sekisho.stdout());
    let refused = TcpStream::connect(free).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
}

#[test]
fn a_key_that_others_can_read_or_that_is_not_there_refuses_to_start() {
    let builder = with_root();
    let key = builder.path("state/ca/root.key");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&key), mode(key.parent().unwrap())), (0o600, 0o700));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let ended = builder.refuses_to_start();
    assert!(ended.err.contains("chmod 600") && ended.err.contains("0644"), "{}", ended.err);

    let ended = with("local-ca").refuses_to_start();
    assert!(ended.err.contains("sekisho ca init"), "{}", ended.err);

    let builder = with_root();
    fs::write(builder.path("state/ca/root.key"), "damaged").unwrap();
    fs::set_permissions(builder.path("state/ca/root.key"), fs::Permissions::from_mode(0o600)).unwrap();
    let ended = builder.refuses_to_start();
    assert!(ended.err.contains("damaged") && ended.err.contains("backup"), "{}", ended.err);
}

/// A certificate that somebody with a copy of the key makes for this name or address.
fn forged(dir: &Path, name: &str) -> PathBuf {
    let openssl = |arguments: &[&str]| {
        let output = Command::new("openssl").args(arguments).current_dir(dir).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let names = format!("subjectAltName={name}");
    let curve = "ec_paramgen_curve:P-256";
    openssl(&[
        "req",
        "-new",
        "-newkey",
        "ec",
        "-pkeyopt",
        curve,
        "-nodes",
        "-keyout",
        "forged.key",
        "-out",
        "forged.csr",
        "-subj",
        "/CN=forged",
        "-addext",
        &names,
    ]);
    openssl(&[
        "x509",
        "-req",
        "-in",
        "forged.csr",
        "-CA",
        "state/ca/root.pem",
        "-CAkey",
        "state/ca/root.key",
        "-copy_extensions",
        "copyall",
        "-days",
        "1",
        "-out",
        "forged.pem",
    ]);
    dir.join("forged.pem")
}

#[test]
fn a_stolen_key_cannot_vouch_for_what_the_root_excludes() {
    if !have("openssl") {
        return;
    }
    let builder = with_root();
    let dir = builder.path("");
    let verify = |name: &str| {
        let forged = forged(&dir, name);
        let mut command = Command::new("openssl");
        command.args(["verify", "-purpose", "sslserver", "-CAfile"]).arg(dir.join("state/ca/root.pem"));
        let output = command.arg(forged).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for name in
        ["DNS:npa.go.jp", "DNS:www.npa.go.jp", "DNS:update.microsoft.com", "IP:192.0.2.1", "IP:2001:db8::1"]
    {
        let (holds, said) = verify(name);
        assert!(!holds && said.contains("excluded subtree violation"), "{name}: {said}");
    }
    // So that it is the constraint that refuses, and nothing else.
    let (holds, said) = verify("DNS:anything.example");
    assert!(holds, "{said}");
}

#[test]
fn silent_connections_do_not_stop_others() {
    if !have("curl") {
        return;
    }
    let (sekisho, https) = start();
    let mut silent: Vec<TcpStream> = (0..200).map(|_| TcpStream::connect(https).unwrap()).collect();
    for stream in &mut silent {
        // Some were closed already, since there are too many from here.
        let _ = stream.write_all(&[22, 3, 1, 2, 0, 1]);
    }
    // Somebody else on the network.
    let (status, body) = curl(https, BLOCKED, &root_of(&sekisho), &["--interface", "127.0.0.2"]);
    assert_eq!(status, "403", "{body}");
    drop(silent);
}

#[test]
fn what_is_no_client_hello_or_too_long_a_one_ends() {
    let (mut sekisho, https) = start();
    let mut endless = vec![22, 3, 1, 64, 0, 1, 0, 255, 255];
    endless.resize(40_000, 0);
    for octets in
        [&b"GET / HTTP/1.1\r\nHost: fake-support.example\r\n\r\n"[..], &[0; 64], &endless, b"\x80\x2e\x01"]
    {
        let mut stream = TcpStream::connect(https).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let _ = stream.write_all(octets);
        let mut rest = Vec::new();
        // Closed, with an alert or by a reset.
        if let Err(error) = stream.read_to_end(&mut rest) {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{octets:?}");
        }
        assert!(!rest.starts_with(&[22]), "no handshake: {rest:?}");
    }
    assert_eq!(
        until("they are counted", PATIENCE, || Some(counted(&sekisho, "failed")).filter(|n| *n >= 4)),
        4
    );
    assert!(sekisho.is_alive());
}

#[test]
fn a_flood_of_names_stays_bounded() {
    let (sekisho, https) = start();
    let refused = (0..200)
        .filter(|at| {
            first_of(https, &hello(&format!("a{at}.fake-support.example"))) == [21, 3, 3, 0, 2, 2, 112]
        })
        .count();
    assert!(refused > 0, "two hundred names at once are too many");
    let (minted, limited) = (minted(&sekisho), counted(&sekisho, "limited"));
    assert!(minted >= 1 && minted + limited == 200, "{minted} minted, {limited} limited");
    assert_eq!(limited, refused as i64);
    assert_eq!(sekisho.read_metrics().sum("sekisho_leaves") as i64, minted);
    // Somebody else is served meanwhile, be the name known or new.
    if have("curl") {
        for name in ["a0.fake-support.example", "new.fake-support.example"] {
            let (status, body) = curl(https, name, &root_of(&sekisho), &["--interface", "127.0.0.2"]);
            assert_eq!(status, "403", "{name}: {body}");
        }
    }
}

#[test]
fn devices_get_the_root_from_our_own_name_alone() {
    let (sekisho, _) = start();
    let get = |host: &str, path: &str| http::get(sekisho.page, host, path, &[("Accept", "text/html")]);
    let pem = get("sekisho.home.arpa", "/ca/root.pem");
    assert_eq!((pem.status, &*pem.body), (200, &*fs::read_to_string(root_of(&sekisho)).unwrap()));
    assert!(pem.header("cache-control").contains("no-store"), "{pem:?}");
    let profile = get(&sekisho.page.to_string(), "/ca/root.mobileconfig");
    assert_eq!(profile.header("content-type"), "application/x-apple-aspen-config");
    assert!(profile.body.contains("com.apple.security.root"), "{profile:?}");
    assert!(!profile.body.contains("PRIVATE KEY") && !pem.body.contains("PRIVATE KEY"));
    for (host, path, status) in [
        (BLOCKED, "/ca/root.pem", 403),
        ("unknown.example", "/ca/root.pem", 403),
        ("sekisho.home.arpa", "/ca/root.key", 404),
        ("sekisho.home.arpa", "/ca/root.pem/..", 404),
    ] {
        let response = get(host, path);
        assert_eq!(response.status, status, "{host}{path}");
        assert!(!response.body.contains("CERTIFICATE"), "{host}{path}");
    }
}

#[test]
fn commands_make_show_export_renew_and_revoke() {
    let (sekisho, https) = start();
    let dir = sekisho.path("");
    let shown = || ca(&dir, &["show", "--json"]);
    let fingerprint = |ended: &Ended| ended.out.split("\"sha256\":\"").nth(1).unwrap()[..95].to_owned();
    let first = shown();
    assert!(
        first.out.contains("\"excludes_addresses\":true") && first.out.contains("npa.go.jp"),
        "{first:?}"
    );
    let text = ca(&dir, &["show"]);
    assert!(text.out.contains(&fingerprint(&first)), "{text:?}");
    for (format, begins) in [("pem", "-----BEGIN CERTIFICATE-----"), ("mobileconfig", "<?xml")] {
        let ended = ca(&dir, &["export", "--format", format]);
        assert!(ended.out.starts_with(begins) && !ended.out.contains("PRIVATE"), "{ended:?}");
    }
    let der = dir.join("root.der");
    assert!(ca(&dir, &["export", "--format", "der", "-o", der.to_str().unwrap()]).status.success());
    assert_eq!(fs::read(&der).unwrap()[0], 0x30);

    // Nothing happens without a yes, and no root is made over another.
    for arguments in [&["renew"][..], &["revoke"], &["init"], &["init", "--yes"]] {
        let ended = ca(&dir, arguments);
        assert!(!ended.status.success(), "{arguments:?}: {ended:?}");
        assert_eq!(fingerprint(&shown()), fingerprint(&first), "{arguments:?}");
        let ended = ended.told_in_plain_words();
        let said = if arguments[0] == "init" { "already" } else { "yes" };
        assert!(ended.err.contains(said), "{arguments:?}: {ended:?}");
    }

    assert!(ca(&dir, &["renew", "--yes"]).status.success());
    let second = shown();
    assert_ne!(fingerprint(&second), fingerprint(&first));
    let served = || http::get(sekisho.page, "sekisho.home.arpa", "/ca/root.pem", &[]);
    until("the server takes up the other root", SWAP, || {
        (served().body == fs::read_to_string(root_of(&sekisho)).unwrap()).then_some(())
    });
    if have("openssl") {
        let said = s_client(https, Some(BLOCKED), &root_of(&sekisho));
        assert!(said.contains("Verify return code: 0 (ok)"), "{said}");
    }

    let ended = ca(&dir, &["revoke", "--yes"]);
    assert!(ended.status.success() && ended.out.contains("docs/local-ca.md"), "{ended:?}");
    until("the server stops using it", SWAP, || (served().status == 404).then_some(()));
    assert_eq!(first_of(https, &hello(BLOCKED)), [21, 3, 3, 0, 2, 2, 112]);
    assert!(sekisho.stderr().contains("not shown over https any more"), "{}", sekisho.stderr());
}

#[test]
fn init_says_what_it_means_before_it_asks() {
    let builder = with("local-ca");
    let ended = ca(&builder.path(""), &["init"]);
    assert!(!ended.status.success());
    for words in ["pretend to be nearly any site", "stays blocked", "Type yes"] {
        assert!(ended.out.contains(words), "{words}: {ended:?}");
    }
    assert!(!builder.path("state/ca").exists(), "nothing is made");
}

#[test]
fn a_changed_configuration_changes_what_https_gets_and_says_what_needs_a_restart() {
    let sekisho = with_root().config(&page_section("alert")).start();
    let https = sekisho.https.unwrap();
    assert_eq!(first_of(https, &hello(BLOCKED)), [21, 3, 3, 0, 2, 2, 112]);
    fs::write(sekisho.path("sekisho.toml"), page_section("local-ca")).unwrap();
    until("the page is shown over https", SWAP, || {
        (first_of(https, &hello(BLOCKED)).first() == Some(&22)).then_some(())
    });
    fs::write(sekisho.path("sekisho.toml"), page_section("refuse")).unwrap();
    until("a restart is asked for", SWAP, || sekisho.stderr().contains("page.https").then_some(()));
    assert_eq!(first_of(https, &hello(BLOCKED)).first(), Some(&22), "until then it is as it was");
}
