//! The command line: what starts, what refuses to start and says why, what `check` and `config` tell.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::io::Write as _;
use std::net::{TcpListener, UdpSocket};
use std::path::Path;
use std::process::Stdio;

use support::expect;
use support::process::{Ended, program, run, sekisho};
use support::upstream::{self, Upstream, same_port};
use support::wire::{A, Query};
use support::{PATIENCE, http, until};

use tempfile::TempDir;

fn folder() -> TempDir {
    TempDir::new().unwrap()
}

/// Runs the program in a folder, with these arguments.
fn sekisho_in(dir: &Path, args: &[&str]) -> Ended {
    run(program(dir).args(args))
}

// Starting

#[test]
fn a_config_file_alone_is_enough() {
    let upstream = Upstream::start_with(upstream::a("192.0.2.80", 300));
    let dir = folder();
    let config = format!(
        "[listen]\ndns = [\"127.0.0.1:0\"]\n\n[upstream]\nservers = [\"{}\"]\n\n\
         [page]\nlisten = [\"127.0.0.1:0\"]\n\n[metrics]\nlisten = [\"127.0.0.1:0\"]\n\n\
         [state]\ndir = {:?}\n\n[[list]]\nname = \"own\"\ncategory = \"scam\"\npath = {:?}\n",
        upstream.address,
        dir.path().join("state"),
        dir.path().join("own.txt"),
    );
    fs::write(dir.path().join("own.txt"), "fake-support.example\n").unwrap();
    let sekisho = sekisho().bare().config(&config).start();
    let query = Query::new("fake-support.example", A).edns();
    expect::sinkholed(&query, &sekisho.ask(&query), "127.0.0.1");
    assert_eq!(sekisho.addresses("shop.example", A), ["192.0.2.80"]);
    assert_eq!(http::get(sekisho.page, "sekisho.home.arpa", "/healthz", &[]).status, 200);
    assert!(sekisho.read_metrics().has("sekisho_queries_total"));
    sekisho.stop();
}

#[test]
fn the_command_line_overrides_the_file() {
    let upstream = Upstream::start_with(upstream::a("192.0.2.81", 300));
    let config = "[listen]\ndns = [\"192.0.2.1:53\"]\n[upstream]\nservers = [\"192.0.2.2\"]\n\
                  [page]\nlisten = [\"192.0.2.1:80\"]\n[metrics]\nlisten = [\"192.0.2.1:9153\"]\n";
    let names = sekisho().config(config).list("names.txt", "fake-support.example\n");
    let sekisho = names.upstream(&upstream).start();
    assert_eq!(sekisho.addresses("shop.example", A), ["192.0.2.81"]);
}

#[test]
fn udp_and_tcp_share_the_port_that_is_printed() {
    let sekisho = sekisho().list("names.txt", "fake-support.example\n").start();
    let line = sekisho.stdout().lines().find(|line| line.trim_start().starts_with("DNS")).unwrap().to_owned();
    assert!(line.contains("(UDP and TCP)"), "{line}");
    assert_ne!(sekisho.dns().port(), 0);
    let last = sekisho.stdout().lines().rfind(|line| !line.trim().is_empty()).unwrap().to_owned();
    assert!(last.trim_start().starts_with("Ready"), "{last}");
    // Both transports are asked there in all other tests.
}

#[test]
fn either_signal_ends_it_cleanly() {
    for signal in ["INT", "TERM"] {
        sekisho().list("names.txt", "fake-support.example\n").start().stop_by(signal);
    }
}

#[test]
fn it_ends_cleanly_while_queries_are_under_way() {
    let upstream = Upstream::start_with(upstream::silence());
    let names = sekisho().list("names.txt", "fake-support.example\n");
    let sekisho = names.upstream(&upstream).start();
    let (server, socket) = (sekisho.dns(), UdpSocket::bind("127.0.0.1:0").unwrap());
    for number in 0..20 {
        socket.send_to(&Query::new(&format!("slow-{number}.example"), A).bytes(), server).unwrap();
    }
    until("the upstream has a query", PATIENCE, || (upstream.count("slow-0.example") > 0).then_some(()));
    sekisho.stop();
}

#[test]
fn a_port_that_was_ours_is_free_again_after_the_end() {
    let first = sekisho().list("names.txt", "fake-support.example\n").start();
    let address = first.dns();
    // An open connection must not keep the port.
    let connection = std::net::TcpStream::connect(address).unwrap();
    first.stop();
    let again = sekisho().list("names.txt", "fake-support.example\n").listen(&address.to_string()).start();
    assert_eq!(again.dns(), address);
    drop(connection);
}

// Refusing to start

/// The error is short, and says all of this.
fn assert_says(ended: &Ended, words: &[&str]) {
    assert_tells(&ended.err, words);
    assert!(ended.err.lines().count() <= 8, "short: {}", ended.err);
}

/// Each word is there: `a|b` stands for either, `@7` for the seventh line of a file.
fn assert_tells(text: &str, words: &[&str]) {
    for word in words {
        let found = match word.strip_prefix('@') {
            Some(line) => {
                [format!("line {line}"), format!("toml:{line}")].iter().any(|way| text.contains(way))
            }
            None => word.split('|').any(|word| text.contains(word)),
        };
        assert!(found, "`{word}` is missing: {text}");
    }
}

#[test]
fn a_port_that_is_taken_is_named_with_a_remedy() {
    let (udp, tcp) = same_port();
    let taken = udp.local_addr().unwrap();
    let (address, port) = (taken.to_string(), taken.port().to_string());
    let names = || sekisho().list("names.txt", "fake-support.example\n");
    assert_says(&names().listen(&address).refuses_to_start(), &[&port, "--listen|[listen]"]);
    assert_says(&names().http(&address).refuses_to_start(), &[&port, "--http|[page]"]);
    assert_says(&names().metrics(&address).refuses_to_start(), &[&port, "--metrics|[metrics]"]);
    drop((udp, tcp));
}

#[test]
fn a_port_that_is_taken_by_one_transport_only_is_refused_too() {
    let udp_only = UdpSocket::bind("127.0.0.1:0").unwrap();
    let tcp_only = TcpListener::bind("127.0.0.1:0").unwrap();
    for address in [udp_only.local_addr().unwrap(), tcp_only.local_addr().unwrap()] {
        let names = sekisho().list("names.txt", "fake-support.example\n");
        let ended = names.listen(&address.to_string()).refuses_to_start();
        assert_says(&ended, &[&address.port().to_string()]);
    }
}

#[test]
fn a_second_program_does_not_share_the_port_of_the_first() {
    let first = sekisho().list("names.txt", "fake-support.example\n").start();
    let address = first.dns().to_string();
    let ended = sekisho().list("names.txt", "other.example\n").listen(&address).refuses_to_start();
    assert_says(&ended, &[&first.dns().port().to_string()]);
    assert_eq!(first.addresses("fake-support.example", A), ["127.0.0.1"]);
}

#[test]
fn a_list_that_cannot_be_read_is_named() {
    let names = sekisho();
    let missing = names.path("no-such-list.txt");
    let ended = names.list_path(missing.clone()).refuses_to_start();
    assert_says(&ended, &[missing.to_str().unwrap()]);
}

#[test]
fn a_config_that_cannot_be_read_is_named() {
    let dir = folder();
    let ended = sekisho_in(dir.path(), &["config", "--config", "no-such-file.toml"]);
    assert!(!ended.status.success(), "{ended:?}");
    assert_says(&ended.told_in_plain_words(), &["no-such-file.toml"]);
}

#[test]
fn an_argument_that_is_not_an_address_is_named() {
    let dir = folder();
    for args in [["--listen", "nowhere:port"], ["--upstream", "tls:/bad"], ["--sinkhole", "not-an-ip"]] {
        let ended = sekisho_in(dir.path(), &["serve", args[0], args[1]]);
        assert!(!ended.status.success(), "{ended:?}");
        assert_says(&ended.told_in_plain_words(), &[args[1]]);
    }
}

#[test]
fn an_error_in_the_config_names_key_line_and_remedy() {
    let faults: [(&str, &[&str]); 15] = [
        // An unknown key, and the one that was probably meant.
        ("\n[lissten]\ndns = []\n", &["lissten", "listen", "@2"]),
        ("[listen]\n\ndsn = [\"127.0.0.1:0\"]\n", &["dsn", "dns", "@3"]),
        ("[block]\nttll = \"10s\"\n", &["ttll", "`ttl`|\"ttl\"|'ttl'|ttl?|ttl ", "@2"]),
        (
            "[[list]]\nname = \"a\"\npath = \"a.txt\"\ncategorie = \"scam\"\n",
            &["categorie", "category", "@4"],
        ),
        // A value out of range, of the wrong kind, of the wrong unit.
        ("[block]\nttl = \"5m\"\n", &["ttl", "@2", "60"]),
        ("[block]\nttl = \"0s\"\n", &["ttl", "@2", "60"]),
        ("[cache]\n\n\nmemory = \"32 parsecs\"\n", &["memory", "@4", "MiB"]),
        ("[cache]\nmax_ttl = 86400\n", &["max_ttl", "@2"]),
        ("[listen]\nworkers = \"many\"\n", &["workers", "@2"]),
        ("[block.category]\nscam = \"pagge\"\n", &["scam", "@2", "page"]),
        ("[listen]\ndns = [\"nowhere\"]\n", &["dns", "@2", "nowhere"]),
        ("[[list]]\nname = \"a\"\ncategory = \"scam\"\n", &["path", "url", "@2"]),
        ("[[list]]\nname = \"a\"\nurl = \"ftp://lists.example/\"\n", &["list.url", "https://", "@3"]),
        ("[fetch]\nofline = true\n", &["ofline", "offline", "@2"]),
        // Not TOML at all.
        ("[listen]\ndns = [\"127.0.0.1:0\"\n\nmemory = 3\n", &["line|toml:"]),
    ];
    let dir = folder();
    let path = dir.path().join("faulty.toml");
    for (text, words) in faults {
        fs::write(&path, text).unwrap();
        for command in ["config", "serve"] {
            let ended = sekisho_in(dir.path(), &[command, "--config", path.to_str().unwrap()]);
            assert!(!ended.status.success(), "{text}: {ended:?}");
            let ended = ended.told_in_plain_words();
            assert_tells(&ended.err, &[words, &["faulty.toml"]].concat());
        }
    }
}

// check

/// What `check` says about a name.
fn check(dir: &Path, name: &str, more: &[&str]) -> String {
    let ended = sekisho_in(dir, &[&["check", name], more].concat());
    assert!(!ended.err.contains("panicked"), "{ended:?}");
    ended.out
}

#[test]
fn check_tells_whether_a_name_is_blocked_and_why() {
    let dir = folder();
    fs::write(dir.path().join("names.txt"), "fake-support.example\n*.park.example\n").unwrap();
    fs::write(dir.path().join("filters.txt"), "||wide.example^\n@@||fine.wide.example^\n").unwrap();
    let lists = ["--list", "names.txt", "--list", "filters.txt"];
    for (name, rule, list) in [
        ("fake-support.example", "fake-support.example", "names"),
        ("www.Fake-Support.example.", "fake-support.example", "names"),
        ("x.park.example", "park.example", "names"),
        ("www.wide.example", "wide.example", "filters"),
    ] {
        let said = check(dir.path(), name, &lists);
        assert!(said.contains("blocked") && !said.contains("not blocked"), "{name}: {said}");
        assert!(said.contains(rule) && said.contains(list), "{name}, by {rule} from {list}: {said}");
    }
    for name in ["example", "shop.example", "park.example", "fine.wide.example"] {
        let said = check(dir.path(), name, &lists);
        assert!(said.contains("not blocked"), "{name}: {said}");
    }
}

#[test]
fn check_reads_the_config_and_its_own_rules() {
    let dir = folder();
    fs::write(dir.path().join("own.txt"), "fake-support.example\n").unwrap();
    let config = "[rules]\nallow = [\"fine.fake-support.example\"]\nblock = [\"mine.example\"]\n\n\
                  [[list]]\nname = \"my-own-list\"\ncategory = \"scam\"\npath = \"own.txt\"\n";
    fs::write(
        dir.path().join("s.toml"),
        config.replace("own.txt", dir.path().join("own.txt").to_str().unwrap()),
    )
    .unwrap();
    let more = ["--config", "s.toml"];
    let said = check(dir.path(), "www.fake-support.example", &more);
    assert!(said.contains("blocked") && said.contains("my-own-list"), "{said}");
    let said = check(dir.path(), "mine.example", &more);
    assert!(said.contains("blocked") && !said.contains("not blocked"), "{said}");
    let said = check(dir.path(), "fine.fake-support.example", &more);
    assert!(said.contains("not blocked"), "{said}");
}

#[test]
fn check_says_so_when_the_name_is_not_a_name() {
    let dir = folder();
    fs::write(dir.path().join("names.txt"), "fake-support.example\n").unwrap();
    for name in ["two..dots.example", &"x".repeat(300), &format!("{}.example", "y".repeat(64))] {
        let ended = sekisho_in(dir.path(), &["check", name, "--list", "names.txt"]);
        assert!(!ended.status.success(), "{ended:?}");
        ended.told_in_plain_words();
    }
}

// config

/// What `config` prints, as a table.
fn config(dir: &Path, more: &[&str]) -> (String, toml::Table) {
    let ended = sekisho_in(dir, &[&["config"], more].concat());
    assert!(ended.status.success(), "{ended:?}");
    let table = toml::from_str(&ended.out).unwrap_or_else(|fault| panic!("{fault}\n{}", ended.out));
    (ended.out, table)
}

#[test]
fn config_prints_the_defaults_with_comments() {
    let dir = folder();
    let (text, table) = config(dir.path(), &[]);
    assert!(text.contains('#'), "comments: {text}");
    assert_eq!(table["block"]["ttl"].as_str(), Some("10s"), "{text}");
    assert_eq!(table["block"]["category"]["scam"].as_str(), Some("page"), "{text}");
    assert_eq!(table["cache"]["memory"].as_str(), Some("32MiB"), "{text}");
    assert_eq!(table["page"]["host"].as_str(), Some("sekisho.home.arpa"), "{text}");
    for key in ["listen", "upstream", "cache", "block", "rules", "page", "metrics", "log", "state"] {
        assert!(table.contains_key(key), "{key}: {text}");
    }
}

#[test]
fn config_prints_effective_values_and_accepts_what_it_prints() {
    let dir = folder();
    let own = "[block]\nttl = \"42s\"\n\n[cache]\nmemory = \"5MiB\"\n\n\
               [rules]\nblock = [\"quite-free.example\"]\n\n\
               [listen]\ndns = [\"127.0.0.1:0\", \"[::1]:0\"]\n\n[upstream]\nservers = [\"tls://192.0.2.1#dns.example\"]\n\n\
               [[list]]\nname = \"own\"\ncategory = \"phishing\"\npath = \"/lists/own.txt\"\n";
    fs::write(dir.path().join("own.toml"), own).unwrap();
    let (text, first) = config(dir.path(), &["--config", "own.toml"]);
    assert_eq!(first["block"]["ttl"].as_str(), Some("42s"), "{text}");
    assert_eq!(first["cache"]["memory"].as_str(), Some("5MiB"), "{text}");
    assert_eq!(first["rules"]["block"][0].as_str(), Some("quite-free.example"), "{text}");
    assert_eq!(first["upstream"]["servers"][0].as_str(), Some("tls://192.0.2.1#dns.example"), "{text}");
    assert_eq!(first["list"][0]["name"].as_str(), Some("own"), "{text}");
    fs::write(dir.path().join("printed.toml"), &text).unwrap();
    let (again, second) = config(dir.path(), &["--config", "printed.toml"]);
    assert_eq!(first, second, "printed, read, printed:\n{text}\n---\n{again}");
}

#[test]
fn what_config_prints_starts_the_program() {
    let dir = folder();
    let (text, _) = config(dir.path(), &[]);
    let sekisho = sekisho().config(&text).list("names.txt", "fake-support.example\n").start();
    assert_eq!(sekisho.addresses("fake-support.example", A), ["127.0.0.1"]);
}

// help

#[test]
fn help_and_version_are_told_on_stdout() {
    let dir = folder();
    let help = sekisho_in(dir.path(), &["--help"]);
    assert!(help.status.success(), "{help:?}");
    for word in ["serve", "check", "config"] {
        assert!(help.out.contains(word), "{help:?}");
    }
    let help = sekisho_in(dir.path(), &["serve", "--help"]);
    for word in
        ["--config", "--listen", "--upstream", "--list", "--sinkhole", "--state-dir", "--http", "--metrics"]
    {
        assert!(help.out.contains(word), "{word}: {help:?}");
    }
    let version = sekisho_in(dir.path(), &["--version"]);
    assert!(version.status.success() && version.out.contains("sekisho"), "{version:?}");
}

#[test]
fn an_unknown_command_is_an_error() {
    let dir = folder();
    let ended = sekisho_in(dir.path(), &["serv"]);
    assert!(!ended.status.success(), "{ended:?}");
    assert_says(&ended.told_in_plain_words(), &["serve"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_configuration_can_come_through_a_pipe() {
    let dir = folder();
    let mut command = program(dir.path());
    let mut child = command.args(["config", "--config", "/dev/stdin"]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"profile = \"school\"\n").unwrap();
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8(ended.stdout).unwrap();
    assert!(ended.status.success() && said.contains("profile = \"school\""), "{said}");
}
