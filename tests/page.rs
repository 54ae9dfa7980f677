//! The page that helps: what it says, in which language, and what it must never do.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::io::Write;
use std::net::TcpStream;

use support::http::{self, Response};
use support::process::{Sekisho, sekisho};
use support::upstream::{self, Upstream};
use support::wire::A;

/// What a browser says when somebody follows a link.
const JAPANESE: [(&str, &str); 2] =
    [("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"), ("Accept-Language", "ja,en-US;q=0.7")];
const ENGLISH: [(&str, &str); 2] =
    [("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"), ("Accept-Language", "en-GB,en;q=0.9")];

/// A path that belongs to somebody else's site.
const SECRET: &str = "/account/s3cr3t-path?token=t0k3n-value&name=alice";

fn start() -> Sekisho {
    sekisho().list("names.txt", "fake-support.example\n").start()
}

fn page(sekisho: &Sekisho, host: &str, path: &str, headers: &[(&str, &str)]) -> Response {
    http::get(sekisho.page, host, path, headers)
}

fn assert_helps(response: &Response, language: &str) {
    assert!(response.header("content-type").starts_with("text/html"), "{response:?}");
    assert!(response.body.contains(&format!("lang=\"{language}\"")), "in {language}: {response:?}");
    for number in ["03-5978-7509", "#9110", "188"] {
        assert!(response.body.contains(number), "{number} is missing: {response:?}");
    }
    assert!(response.body.len() < 50_000, "{} octets", response.body.len());
}

fn assert_safe(response: &Response) {
    assert!(response.header("cache-control").contains("no-store"), "{response:?}");
    assert!(response.header("content-security-policy").contains("default-src 'none'"), "{response:?}");
    assert_eq!(response.header("x-content-type-options"), "nosniff", "{response:?}");
    assert_eq!(response.header("referrer-policy"), "no-referrer", "{response:?}");
    for name in ["set-cookie", "strict-transport-security", "alt-svc", "location", "refresh"] {
        assert!(response.header(name).is_empty(), "no {name}: {response:?}");
    }
}

#[test]
fn a_blocked_host_gets_the_page_in_the_readers_language() {
    let sekisho = start();
    for host in ["fake-support.example", "www.fake-support.example", "WWW.fake-support.example:80"] {
        for path in ["/", "/any/path", SECRET, "/healthz", "/metrics", "/favicon.html"] {
            for (headers, language) in [(JAPANESE, "ja"), (ENGLISH, "en")] {
                let response = page(&sekisho, host, path, &headers);
                assert_eq!(response.status, 403, "{host}{path}: {response:?}");
                assert_helps(&response, language);
                assert_safe(&response);
            }
        }
    }
}

#[test]
fn without_a_language_that_we_have_the_page_is_japanese() {
    let sekisho = start();
    let accept = ("Accept", "text/html");
    for headers in
        [vec![accept], vec![accept, ("Accept-Language", "tlh")], vec![accept, ("Accept-Language", "")]]
    {
        assert_helps(&page(&sekisho, "fake-support.example", "/", &headers), "ja");
    }
}

#[test]
fn the_readers_order_of_languages_counts() {
    let sekisho = start();
    for (wish, language) in [
        ("en;q=0.5,ja;q=0.9", "ja"),
        ("ja;q=0.1, en-US", "en"),
        ("tlh, en;q=0.8, ja;q=0.7", "en"),
        ("JA-jp", "ja"),
    ] {
        let headers = [("Accept", "text/html"), ("Accept-Language", wish)];
        assert_helps(&page(&sekisho, "fake-support.example", "/", &headers), language);
    }
}

#[test]
fn on_our_own_name_the_language_can_be_switched_by_a_link() {
    let sekisho = start();
    assert_helps(&page(&sekisho, "sekisho.home.arpa", "/?lang=en", &JAPANESE), "en");
    assert_helps(&page(&sekisho, "sekisho.home.arpa", "/?lang=ja", &ENGLISH), "ja");
    assert_helps(&page(&sekisho, "sekisho.home.arpa", "/?lang=../../etc/passwd", &ENGLISH), "en");
}

#[test]
fn a_host_that_nobody_knows_gets_the_page_too() {
    let sekisho = start();
    for host in ["unknown.example", "xn--zckzah.example", "a_b.example", "-"] {
        let response = page(&sekisho, host, "/", &JAPANESE);
        assert_eq!(response.status, 403, "{response:?}");
        assert_helps(&response, "ja");
        assert_safe(&response);
    }
}

#[test]
fn our_own_name_and_address_always_help() {
    let sekisho = start();
    for host in ["sekisho.home.arpa", "SEKISHO.home.arpa:8080", &sekisho.page.to_string()] {
        let response = page(&sekisho, host, "/", &JAPANESE);
        assert_eq!(response.status, 200, "{host}: {response:?}");
        assert_helps(&response, "ja");
        assert_safe(&response);
    }
}

#[test]
fn our_own_name_says_that_it_is_healthy() {
    let sekisho = start();
    for host in ["sekisho.home.arpa", &sekisho.page.to_string()] {
        assert_eq!(page(&sekisho, host, "/healthz", &[]).status, 200, "{host}");
    }
}

#[test]
fn path_and_query_are_neither_shown_nor_logged() {
    let sekisho = start();
    for headers in
        [&JAPANESE[..], &[("Sec-Fetch-Dest", "image")], &[("Referer", "http://x.example/r3f3rr3r")]]
    {
        for host in ["fake-support.example", "sekisho.home.arpa"] {
            let response = page(&sekisho, host, SECRET, headers);
            let whole = format!("{response:?}");
            for word in ["s3cr3t-path", "t0k3n-value", "alice", "r3f3rr3r"] {
                assert!(!whole.contains(word), "`{word}` is shown: {whole}");
            }
        }
    }
    let ended = sekisho.stop();
    for word in ["s3cr3t-path", "t0k3n-value", "alice", "r3f3rr3r"] {
        assert!(!ended.err.contains(word) && !ended.out.contains(word), "`{word}` is logged: {ended:?}");
    }
}

#[test]
fn a_hostile_host_stays_text() {
    let sekisho = start();
    for host in
        ["<script>alert(1)</script>", "a\"onload=\"b.example", "'><img/src=x>", "{{7*7}}", "%3Cscript%3E"]
    {
        let response = page(&sekisho, host, "/", &ENGLISH);
        assert!([400, 403].contains(&response.status), "{response:?}");
        for fragment in ["<script>alert", "\"onload=\"", "<img/src", "49}}"] {
            assert!(!response.body.contains(fragment), "{fragment}: {response:?}");
        }
    }
}

#[test]
fn a_part_of_a_page_gets_next_to_nothing() {
    let sekisho = start();
    let parts: [&[(&str, &str)]; 5] = [
        &[("Sec-Fetch-Dest", "image"), ("Accept", "image/avif,image/webp,*/*")],
        &[("Sec-Fetch-Dest", "script"), ("Accept", "*/*")],
        &[("Sec-Fetch-Dest", "iframe"), ("Accept", "text/html")],
        &[("Sec-Fetch-Dest", "empty"), ("Accept", "text/html")],
        &[("Accept", "image/avif,image/webp")],
    ];
    for headers in parts {
        let response = page(&sekisho, "fake-support.example", "/ad.js", headers);
        assert_eq!(response.status, 403, "{response:?}");
        assert!(response.body.len() < 512, "{headers:?}: {response:?}");
        assert_safe(&response);
    }
    let whole = [("Sec-Fetch-Dest", "document"), ("Accept", "text/html"), ("Accept-Language", "ja")];
    assert_helps(&page(&sekisho, "fake-support.example", "/", &whole), "ja");
}

#[test]
fn every_method_gets_the_page() {
    let sekisho = start();
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"] {
        let response = http::request(method, sekisho.page, "fake-support.example", SECRET, &JAPANESE);
        assert_eq!(response.status, 403, "{method}: {response:?}");
        assert_helps(&response, "ja");
    }
    let response = http::request("HEAD", sekisho.page, "fake-support.example", "/", &JAPANESE);
    assert_eq!((response.status, response.body.as_str()), (403, ""), "{response:?}");
}

#[test]
fn the_page_is_one_request_and_asks_for_nothing_to_be_typed() {
    let sekisho = start();
    for headers in [JAPANESE, ENGLISH] {
        let body = page(&sekisho, "fake-support.example", "/", &headers).body.to_lowercase();
        assert!(body.trim_start().starts_with("<!doctype html>"), "{body}");
        let forbidden = [
            "<script src",
            "<link rel=\"stylesheet\"",
            "<img src=\"http",
            "<iframe",
            "<input",
            "<textarea",
            "<audio",
            "<video",
            "@import",
            "url(http",
            "http-equiv=\"refresh\"",
        ];
        for fragment in forbidden {
            assert!(!body.contains(fragment), "{fragment}");
        }
        assert!(body.contains("name=\"viewport\""), "fits a small screen");
    }
}

#[test]
fn the_page_tells_what_to_do_and_whom_to_ask() {
    let sekisho = start();
    let english = page(&sekisho, "fake-support.example", "/", &ENGLISH).body;
    for word in ["Esc", "anshin@ipa.go.jp", "03-5978-7509", "card"] {
        assert!(english.contains(word), "{word}");
    }
    let japanese = page(&sekisho, "fake-support.example", "/", &JAPANESE).body;
    for word in ["Esc", "anshin@ipa.go.jp", "警察", "消費", "カード", "電子マネー"] {
        assert!(japanese.contains(word), "{word}");
    }
}

#[test]
fn a_host_that_only_leads_to_a_blocked_one_is_explained_too() {
    let chain = upstream::cname_chain(&["cdn.fake-support.example"], "203.0.113.1", 300);
    let upstream = Upstream::start().with("shop.example", chain);
    let sekisho = sekisho().list("names.txt", "fake-support.example\n").upstream(&upstream).start();
    let before = page(&sekisho, "shop.example", "/", &ENGLISH);
    assert!(!before.body.contains("shop.example"), "nobody has asked for it yet: {before:?}");
    // From upstream, then from the cache.
    for _ in 0..2 {
        assert_eq!(sekisho.addresses("shop.example", A), ["127.0.0.1"]);
        let response = page(&sekisho, "shop.example", "/", &ENGLISH);
        assert_eq!(response.status, 403);
        assert!(response.body.contains("shop.example") && response.body.contains("names"), "{response:?}");
    }
}

#[test]
fn ten_thousand_slow_connections_leave_room_for_somebody_in_need() {
    const CONNECTIONS: usize = 10_000;
    let sekisho = start();
    let begins = sekisho.resident_memory().unwrap_or_default();
    let mut open = std::collections::VecDeque::new();
    for number in 0..CONNECTIONS {
        // Some hundred are held open from here; the others have given up, as far as the client is concerned.
        let Ok(mut stream) = TcpStream::connect(sekisho.page) else { continue };
        let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: fake-support.example\r\nX-Slow: ");
        open.push_back(stream);
        if open.len() > 400 {
            open.pop_front();
        }
        if number % 2_500 == 2_499 {
            // Somebody else, who has an address of their own.
            let page = http::get_from([127, 0, 0, 9], sekisho.page, "fake-support.example", "/", &ENGLISH);
            assert_helps(&page, "en");
        }
    }
    let grown = sekisho.resident_memory().unwrap_or_default().saturating_sub(begins);
    assert!(grown < 32 << 20, "{grown} octets more");
}
