//! Beside programs that others wrote: NSD is upstream, dig is the client. What the tests' own server and client take
//! for granted, these do not.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use support::{
    process::{Sekisho, sekisho},
    until, upstream,
};

/// What NSD serves.
const ZONE: &str = "\
$ORIGIN example.
$TTL 300
@ SOA ns hostmaster 1 3600 600 86400 60
@ NS ns
ns A 192.0.2.53
www A 192.0.2.80
www AAAA 2001:db8::80
alias CNAME www
led CNAME cdn.fake-support
cdn.fake-support A 192.0.2.66
service HTTPS 1 cdn.fake-support alpn=h2
_sip._tcp SRV 1 2 5060 www
*.wild TXT \"any name\"
odd TYPE65280 \\# 4 0a000001
";

/// Whether a program is there. Where it must be (`SEKISHO_REQUIRE_TOOLS=1`), its absence fails the test.
fn has(program: &str, argument: &str) -> bool {
    let there =
        Command::new(program).arg(argument).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    let required = std::env::var_os("SEKISHO_REQUIRE_TOOLS").is_some_and(|value| value == "1");
    assert!(there || !required, "{program} is not installed");
    if !there {
        println!("SKIPPED: {program} is not installed");
    }
    there
}

/// NSD, ended with the test.
struct Nsd(Child);

impl Drop for Nsd {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn nsd(folder: &Path, port: u16) -> Nsd {
    let long: Vec<String> = (0..20).map(|n| format!("long TXT \"{n:0>200}\"\n")).collect();
    fs::write(folder.join("zone"), format!("{ZONE}{}", long.concat())).unwrap();
    let path = folder.display();
    let conf = format!(
        "server:\n ip-address: 127.0.0.1@{port}\n username: \"\"\n zonesdir: \"{path}\"\n database: \"\"\n \
         pidfile: \"{path}/pid\"\n logfile: \"{path}/log\"\n server-count: 1\n rrl-ratelimit: 0\n xfrdir: \"{path}\"\n \
         xfrdfile: \"{path}/xfrd\"\n zonelistfile: \"{path}/zones\"\nremote-control:\n control-enable: no\n\
         zone:\n name: \"example\"\n zonefile: zone\n"
    );
    fs::write(folder.join("nsd.conf"), conf).unwrap();
    let mut command = Command::new("nsd");
    command.arg("-d").arg("-c").arg(folder.join("nsd.conf")).stdout(Stdio::null()).stderr(Stdio::null());
    Nsd(command.spawn().expect("nsd starts"))
}

/// What dig prints of an answer, without its own remarks.
fn dig(server: std::net::SocketAddr, arguments: &[&str]) -> String {
    let out = Command::new("dig")
        .arg(format!("@{}", server.ip()))
        .args(["-p", &server.port().to_string(), "+tries=1", "+time=5", "+nostats"])
        .args(arguments)
        .output()
        .unwrap();
    String::from_utf8_lossy(&out.stdout).into_owned()
}

/// Sekisho in front of NSD, once NSD answers.
fn start() -> Option<(tempfile::TempDir, Nsd, Sekisho)> {
    if !has("nsd", "-v") || !has("dig", "-v") {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let port = upstream::free_port();
    let nsd = nsd(folder.path(), port);
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], port));
    until("NSD answers", Duration::from_secs(20), || {
        dig(address, &["+short", "www.example"]).contains("192.0.2.80").then_some(())
    });
    let sekisho =
        sekisho().list("names.txt", "fake-support.example\n").upstream_at(&address.to_string()).start();
    Some((folder, nsd, sekisho))
}

#[test]
fn dig_gets_from_us_what_nsd_has() {
    let Some((_folder, _nsd, sekisho)) = start() else { return };
    for transport in ["+notcp", "+tcp"] {
        // Twice: from upstream and from the cache.
        for _ in 0..2 {
            for (arguments, expected) in [
                (["www.example", "A"], "192.0.2.80\n"),
                (["www.example", "AAAA"], "2001:db8::80\n"),
                (["alias.example", "A"], "www.example.\n192.0.2.80\n"),
                (["_sip._tcp.example", "SRV"], "1 2 5060 www.example.\n"),
                (["a.b.wild.example", "TXT"], "\"any name\"\n"),
                (["odd.example", "TYPE65280"], "\\# 4 0A000001\n"),
                (["absent.example", "A"], ""),
            ] {
                let [name, qtype] = arguments;
                assert_eq!(
                    dig(sekisho.dns(), &[transport, "+short", name, qtype]),
                    expected,
                    "{name} {qtype}"
                );
            }
            let absent = dig(sekisho.dns(), &[transport, "absent.example"]);
            assert!(absent.contains("status: NXDOMAIN") && absent.contains("SOA"), "{absent}");
            let nodata = dig(sekisho.dns(), &[transport, "www.example", "MX"]);
            assert!(nodata.contains("status: NOERROR") && nodata.contains("SOA"), "{nodata}");
        }
    }
}

#[test]
fn dig_follows_a_truncated_answer_to_tcp() {
    let Some((_folder, _nsd, sekisho)) = start() else { return };
    let truncated = dig(sekisho.dns(), &["+ignore", "long.example", "TXT"]);
    assert!(truncated.contains(" tc ") && truncated.contains("EDNS"), "{truncated}");
    let whole = dig(sekisho.dns(), &["+short", "long.example", "TXT"]);
    assert_eq!(whole.lines().filter(|line| line.starts_with('"')).count(), 20, "{whole}");
}

#[test]
fn dig_and_kdig_take_our_cookies_for_good() {
    let Some((_folder, _nsd, sekisho)) = start() else { return };
    for arguments in [&["www.example"][..], &["fake-support.example"], &["+tcp", "www.example"]] {
        let answer = dig(sekisho.dns(), arguments);
        let cookie = answer.lines().find_map(|line| line.strip_prefix("; COOKIE: ")).unwrap_or(&answer);
        assert!(cookie.ends_with(" (good)") && cookie.len() == 48 + " (good)".len(), "{answer}");
    }
    // dig asks again by itself after BADCOOKIE; it need not.
    let forged = format!("+cookie={}", "0123456789abcdef".repeat(3));
    let answer = dig(sekisho.dns(), &[&forged, "+nobadcookie", "www.example"]);
    assert!(answer.contains("status: NOERROR") && answer.contains("(good)"), "{answer}");
    if !has("kdig", "-V") {
        return;
    }
    let out = Command::new("kdig")
        .args([&format!("@{}", sekisho.dns().ip()), "-p", &sekisho.dns().port().to_string()])
        .args(["+cookie=0123456789abcdef", "+retry=0", "www.example"])
        .output()
        .unwrap();
    let answer = String::from_utf8_lossy(&out.stdout);
    assert!(answer.contains("COOKIE: 0123456789ABCDEF") && answer.contains("NOERROR"), "{answer}");
    assert!(!answer.contains("WARNING"), "{answer}");
}

#[test]
fn dig_reads_why_a_name_is_blocked() {
    let Some((_folder, _nsd, sekisho)) = start() else { return };
    for (name, qtype) in [("fake-support.example", "A"), ("led.example", "A"), ("service.example", "HTTPS")] {
        let answer = dig(sekisho.dns(), &[name, qtype]);
        assert!(answer.contains("EDE: 17 (Filtered)") && answer.contains("names"), "{answer}");
        assert!(!answer.contains("192.0.2.66") && !answer.contains("CNAME"), "{answer}");
        assert!(!answer.contains("malformed") && !answer.contains("WARNING"), "{answer}");
    }
    assert_eq!(dig(sekisho.dns(), &["+short", "led.example"]), "127.0.0.1\n");
}
