//! Lists are outcome from publishers that misbehave, over real connections on this machine.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use data_encoding::HEXLOWER;
use flate2::{Compression, write::GzEncoder};
use sekisho::lists::fetch::{
    Fault, FetchError, Fetched, Fetcher, HostError, ListUrl, Missed, Progress, Proxy as ProxySetting,
    ProxyServer, Request, Resolve, Settings, Stage, Target, Upstreams, Validators,
};
use sekisho::name::Name;
use sekisho::resolve::{Forwarder, ServerAddress, Upstream as Server};
use sekisho::telemetry::Metrics;
use support::PATIENCE;
use support::proxy::Proxy;
use support::publisher::{self, Act, Authority, Certificate, Publisher};
use support::upstream::{self, Upstream};

const LIST: &str = "fake-support.example\n";
const LIST_SHA256: &str = "e5c1035e6a0d90bb912993ddca9918b06f83674a1817915e1ac779272bbcfc0b";

/// How long is waited for what never comes. On a busy machine what does come must be faster.
const SHORT: Duration = Duration::from_millis(1500);

/// Where names lead in these tests, if no upstream is asked.
struct Here;

#[async_trait]
impl Resolve for Here {
    async fn addresses(&self, host: &Name) -> Result<Vec<IpAddr>, HostError> {
        match host.to_string().as_str() {
            publisher::HOST | "mirror.example" => Ok(vec![[127, 0, 0, 1].into()]),
            // Nobody is there at the first two.
            "half-dead.example" => {
                Ok(["::1", "127.0.0.2", "127.0.0.1"].map(|ip| ip.parse().unwrap()).to_vec())
            }
            _ => Err(HostError::NoSuchName),
        }
    }
}

/// Nobody may ask for a name.
struct Nobody;

#[async_trait]
impl Resolve for Nobody {
    async fn addresses(&self, host: &Name) -> Result<Vec<IpAddr>, HostError> {
        panic!("{host} was asked for");
    }
}

fn settings() -> Settings {
    Settings { proxy: ProxySetting::None, stall: PATIENCE, deadline: 3 * PATIENCE, ..Settings::default() }
}

/// Believes the authority of these tests.
fn fetcher_with(settings: Settings, resolve: impl Resolve + 'static) -> Fetcher {
    let folder = tempfile::tempdir().unwrap();
    let roots = Some(Authority::shared().file(&folder));
    Fetcher::new(Settings { roots, ..settings }, Arc::new(resolve)).unwrap()
}

fn fetcher(settings: Settings) -> Fetcher {
    fetcher_with(settings, Here)
}

fn request(url: &str) -> Request {
    Request { url: url.parse().unwrap(), mirrors: Vec::new(), known: None, plain_http: false }
}

fn with_mirror(url: &str, mirror: &str) -> Request {
    Request { mirrors: vec![mirror.parse().unwrap()], ..request(url) }
}

fn fetch(fetcher: &Fetcher, request: &Request) -> Result<(Fetched, String), FetchError> {
    let mut text = Vec::new();
    let outcome = fetcher.fetch(request, &mut text, &mut |_| ())?;
    Ok((outcome, String::from_utf8(text).unwrap()))
}

fn new(outcome: Fetched) -> (ListUrl, Validators, u64, Vec<Missed>) {
    match outcome {
        Fetched::New { url, validators, octets, missed, .. } => (url, validators, octets, missed),
        Fetched::Unchanged { .. } => panic!("it is new: {outcome:?}"),
    }
}

/// What is wrong with the only URL of a request, and the sentence about it.
fn fault_of(fetcher: &Fetcher, request: &Request) -> (Fault, String) {
    let error = fetch(fetcher, request).map(|(outcome, _)| outcome).unwrap_err();
    let sentence = error.to_string();
    let FetchError::Missed(mut missed) = error else { panic!("{error:?}") };
    assert_eq!(missed.len(), 1, "{missed:?}");
    (missed.remove(0).fault, sentence)
}

/// The same, for one path of a publisher and everything else as usual.
fn fault(publisher: &Publisher, path: &str) -> (Fault, String) {
    fault_of(&fetcher(settings()), &request(&publisher.url(path)))
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zstd(text: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
    // It may be left out; without it nobody can tell that an octet has changed.
    encoder.include_checksum(true).unwrap();
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_list_is_fetched_and_the_next_time_it_is_unchanged() {
    for validator in [("ETag", "\"a-1\""), ("Last-Modified", "Sun, 22 Nov 2026 10:00:00 GMT")] {
        let publisher = Publisher::start().with("/scam.txt", publisher::list_with(validator, LIST));
        let (fetcher, mut asked) = (fetcher(settings()), request(&publisher.url("/scam.txt")));
        let (outcome, text) = fetch(&fetcher, &asked).unwrap();
        let Fetched::New { url, validators, octets, sha256, missed } = outcome else { panic!("{outcome:?}") };
        assert_eq!((url, octets, text.as_str()), (asked.url.clone(), LIST.len() as u64, LIST));
        assert_eq!((HEXLOWER.encode(&sha256), missed.len()), (LIST_SHA256.into(), 0));
        assert_eq!(validators.url, publisher.url("/scam.txt"));
        asked.known = Some(validators);
        let (outcome, text) = fetch(&fetcher, &asked).unwrap();
        assert!(matches!(outcome, Fetched::Unchanged { ref url, .. } if *url == asked.url), "{outcome:?}");
        assert_eq!((text.as_str(), publisher.count("/scam.txt")), ("", 2));
        publisher.set("/scam.txt", publisher::list_with((validator.0, "\"a-2\""), "new.example\n"));
        assert_eq!(fetch(&fetcher, &asked).unwrap().1, "new.example\n");
    }
}

#[test]
fn the_request_tells_nothing_of_who_asks() {
    let publisher = Publisher::start().with("/scam.txt", publisher::list(LIST));
    fetch(&fetcher(settings()), &request(&publisher.url("/scam.txt"))).unwrap();
    let asked = publisher.asked("/scam.txt").remove(0);
    let mut names: Vec<&str> = asked.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "accept-encoding", "host", "user-agent"]);
    assert_eq!(asked.header("user-agent"), Some(concat!("sekisho/", env!("CARGO_PKG_VERSION"))));
    assert_eq!(asked.header("accept-encoding"), Some("gzip, zstd"));
    let host = format!("{}:{}", publisher::HOST, publisher.address.port());
    assert_eq!((asked.header("host"), asked.method.as_str()), (Some(host.as_str()), "GET"));
}

#[test]
fn what_is_no_list_by_its_status_is_an_error_with_its_number() {
    let publisher = Publisher::start();
    for (status, remedy) in
        [(404, "correct the URL"), (500, "tried again later"), (403, "to everybody"), (204, ""), (206, "")]
    {
        publisher.set("/scam.txt", publisher::status(status));
        let (fault, sentence) = fault(&publisher, "/scam.txt");
        assert!(matches!(fault, Fault::Status { status: said, .. } if said == status), "{fault:?}");
        assert!(sentence.contains(&status.to_string()) && sentence.contains(remedy), "{sentence}");
        assert!(sentence.starts_with(&publisher.url("/scam.txt")), "{sentence}");
    }
}

#[test]
fn a_304_that_nobody_asked_for_is_an_error() {
    let publisher = Publisher::start().with("/scam.txt", publisher::status(304));
    let mut asked = request(&publisher.url("/scam.txt"));
    let unasked = |asked: &Request| {
        let (fault, _) = fault_of(&fetcher(settings()), asked);
        assert!(matches!(fault, Fault::Status { status, .. } if status == 304), "{fault:?}");
    };
    unasked(&asked);
    asked.known = Some(Validators { url: publisher.url("/scam.txt"), etag: None, last_modified: None });
    unasked(&asked);
}

#[test]
fn a_busy_publisher_says_when_to_come_back() {
    for status in [429, 503] {
        let busy = publisher::answer(status, &[("Retry-After", "120")], b"");
        let publisher = Publisher::start().with("/scam.txt", busy);
        let error = fetch(&fetcher(settings()), &request(&publisher.url("/scam.txt"))).unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_mins(2)), "{error}");
    }
}

#[test]
fn a_publisher_that_falls_silent_is_given_up() {
    let impatient = || fetcher(Settings { stall: SHORT, ..settings() });
    let publisher = Publisher::start()
        .with("/head", publisher::acts(vec![Act::Hang]))
        .with("/half-a-head", publisher::acts(vec![Act::Send(b"HTTP/1.1 200 OK\r\n".to_vec()), Act::Hang]))
        .with("/body", publisher::announced(1000, vec![Act::Send(b"half.example\n".to_vec()), Act::Hang]));
    for (path, at) in [("/head", Stage::Head), ("/half-a-head", Stage::Head), ("/body", Stage::Body)] {
        let (fault, sentence) = fault_of(&impatient(), &request(&publisher.url(path)));
        assert!(matches!(fault, Fault::Stalled { stage, .. } if stage == at), "{path}: {fault:?}");
        assert!(sentence.contains("nothing came for 1.5 seconds"), "{sentence}");
    }
}

#[test]
fn a_server_that_never_speaks_tls_is_given_up() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://127.0.0.1:{}/", silent.local_addr().unwrap().port());
    let settings = Settings { stall: SHORT, ..settings() };
    let (fault, _) = fault_of(&fetcher(settings), &request(&url));
    assert!(matches!(fault, Fault::Stalled { stage: Stage::Tls, .. }), "{fault:?}");
}

#[test]
fn a_publisher_that_drips_does_not_use_up_the_time_of_its_mirror() {
    let publisher = Publisher::start()
        .with("/drips", publisher::announced(1_000_000, vec![Act::Drip(b'x')]))
        .with("/drips-its-head", publisher::acts(vec![Act::Drip(b'H')]))
        .with("/good", publisher::list(LIST));
    for path in ["/drips", "/drips-its-head"] {
        let deadline = Settings { deadline: 4 * SHORT, ..settings() };
        let request = with_mirror(&publisher.url(path), &publisher.url_at("mirror.example", "/good"));
        let (outcome, text) = fetch(&fetcher(deadline), &request).unwrap();
        let (url, _, _, missed) = new(outcome);
        assert_eq!((url, text.as_str()), (request.mirrors[0].clone(), LIST));
        assert!(matches!(missed[0].fault, Fault::TooSlow { .. }), "{missed:?}");
    }
}

#[test]
fn what_is_cut_off_is_no_list() {
    let part = || Act::Send(b"half.example\n".to_vec());
    let chunked = publisher::head(200, &[("Transfer-Encoding", "chunked")]);
    let publisher = Publisher::start()
        .with("/breaks", publisher::announced(1000, vec![part(), Act::Break]))
        .with("/ends", publisher::announced(1000, vec![part()]))
        .with("/open-end", publisher::unannounced("identity", vec![part(), Act::Break]))
        .with("/chunks", publisher::acts(vec![Act::Send([&*chunked, b"d\r\nhalf.example\n\r\n"].concat())]));
    for path in ["/breaks", "/ends", "/open-end", "/chunks"] {
        let (fault, sentence) = fault(&publisher, path);
        assert!(matches!(fault, Fault::CutOff { octets: 13, .. }), "{path}: {fault:?}");
        assert!(sentence.contains("cut off after 13 octets"), "{sentence}");
    }
}

#[test]
fn what_does_not_answer_in_http_is_no_publisher() {
    let publisher = Publisher::start()
        .with("/breaks", publisher::acts(vec![Act::Break]))
        .with("/ends", publisher::acts(Vec::new()))
        .with("/speaks-otherwise", publisher::acts(vec![Act::Send(b"SSH-2.0-x\r\n\r\n".to_vec())]));
    for path in ["/breaks", "/ends"] {
        let (silent, _) = fault(&publisher, path);
        assert!(matches!(silent, Fault::NoAnswer { .. }), "{path}: {silent:?}");
    }
    let (other, sentence) = fault(&publisher, "/speaks-otherwise");
    assert!(matches!(other, Fault::NoHttp(_)) && sentence.contains("no web server"), "{other:?}");
}

#[test]
fn more_than_was_announced_is_no_list() {
    let body = [publisher::head(200, &[("Content-Length", "13")]), b"half.example\nother.example\n".to_vec()];
    let publisher = Publisher::start().with("/long", publisher::acts(vec![Act::Send(body.concat())]));
    let (fault, _) = fault(&publisher, "/long");
    assert!(matches!(fault, Fault::Overrun(13)), "{fault:?}");
}

#[test]
fn an_end_without_a_word_is_no_fault_where_the_length_was_said() {
    let whole = publisher::announced(LIST.len() as u64, vec![Act::Send(LIST.into()), Act::Break]);
    let publisher = Publisher::start().with("/scam.txt", whole);
    assert_eq!(fetch(&fetcher(settings()), &request(&publisher.url("/scam.txt"))).unwrap().1, LIST);
}

#[test]
fn redirects_are_followed_ten_times() {
    let publisher = Publisher::start().with("/0", publisher::list_with(("ETag", "\"x\""), LIST));
    for step in 1..=11 {
        publisher.set(&format!("/{step}"), publisher::redirect(&format!("/{}", step - 1)));
    }
    let (fetcher, mut asked) = (fetcher(settings()), request(&publisher.url("/10")));
    let (outcome, text) = fetch(&fetcher, &asked).unwrap();
    let (url, validators, ..) = new(outcome);
    assert_eq!((url, text.as_str()), (asked.url.clone(), LIST));
    assert_eq!(validators.url, publisher.url("/0"), "it came from there");
    asked.known = Some(validators);
    assert!(matches!(fetch(&fetcher, &asked).unwrap().0, Fetched::Unchanged { .. }));
    let conditions = |path: &str| publisher.asked(path)[1].header("if-none-match").map(str::to_owned);
    assert_eq!((conditions("/10"), conditions("/0")), (None, Some("\"x\"".into())));
    let (fault, sentence) = fault(&publisher, "/11");
    assert!(matches!(fault, Fault::TooManyRedirects), "{fault:?}");
    assert!(sentence.contains("leads on more than 10 times"), "{sentence}");
}

#[test]
fn redirects_that_lead_nowhere_good_are_refused() {
    let plain = Publisher::start_plain().with("/scam.txt", publisher::list(LIST));
    let publisher = Publisher::start()
        .with("/a", publisher::redirect("/b"))
        .with("/b", publisher::redirect("/a"))
        .with("/self", publisher::redirect("/self"))
        .with("/down", publisher::redirect(&plain.url("/scam.txt")))
        .with("/file", publisher::redirect("file:///etc/hosts"))
        .with("/nowhere", publisher::status(302));
    let refused = |path: &str| {
        let asked = Request { plain_http: true, ..request(&publisher.url(path)) };
        fault_of(&fetcher(settings()), &asked)
    };
    let (fault, sentence) = refused("/a");
    assert!(matches!(fault, Fault::Circle(ref to) if to.as_str() == publisher.url("/a")), "{fault:?}");
    assert!(sentence.contains(&format!("which leads to {}", publisher.url("/b"))), "{sentence}");
    assert!(matches!(refused("/self").0, Fault::Circle(_)));
    assert!(matches!(refused("/down").0, Fault::ToPlain(_)), "not even where plain http is allowed");
    assert!(matches!(refused("/file").0, Fault::Redirect(_)));
    assert!(matches!(refused("/nowhere").0, Fault::Nowhere));
    assert_eq!(plain.count("/scam.txt"), 0);
}

#[test]
fn plain_http_is_for_those_who_allow_it() {
    let secure = Publisher::start().with("/up", publisher::list(LIST));
    let plain = Publisher::start_plain()
        .with("/scam.txt", publisher::list(LIST))
        .with("/up", publisher::redirect(&secure.url("/up")));
    let mut asked = request(&plain.url("/scam.txt"));
    let (fault, sentence) = fault_of(&fetcher(settings()), &asked);
    assert!(matches!(fault, Fault::Plain) && sentence.contains("https://"), "{sentence}");
    assert_eq!(plain.count("/scam.txt"), 0);
    asked.plain_http = true;
    assert_eq!(fetch(&fetcher(settings()), &asked).unwrap().1, LIST);
    asked.url = plain.url("/up").parse().unwrap();
    assert_eq!(fetch(&fetcher(settings()), &asked).unwrap().1, LIST);
}

#[test]
fn what_is_too_large_is_not_taken() {
    let publisher = Publisher::start()
        .with("/announced", publisher::announced(1 << 40, vec![Act::Hang]))
        .with("/endless", publisher::unannounced("identity", vec![Act::Flood(vec![b'x'; 4096], 1 << 20)]))
        .with("/exact", publisher::list(&"x".repeat(1 << 16)));
    let small = || fetcher(Settings { largest: 1 << 16, largest_sent: 1 << 20, ..settings() });
    let (fault, _) = fault_of(&small(), &request(&publisher.url("/announced")));
    assert!(matches!(fault, Fault::TooMuch { limit: 1_048_576 }), "{fault:?}");
    let (fault, sentence) = fault_of(&small(), &request(&publisher.url("/endless")));
    assert!(matches!(fault, Fault::TooLarge { limit: 65_536 }), "{fault:?}");
    assert!(sentence.contains("larger than 64 KiB"), "{sentence}");
    let sent = fetcher(Settings { largest_sent: 1 << 16, ..settings() });
    let (fault, _) = fault_of(&sent, &request(&publisher.url("/endless")));
    assert!(matches!(fault, Fault::TooMuch { limit: 65_536 }), "{fault:?}");
    assert_eq!(fetch(&small(), &request(&publisher.url("/exact"))).unwrap().1.len(), 1 << 16);
    let smaller = fetcher(Settings { largest: (1 << 16) - 1, ..settings() });
    let (fault, _) = fault_of(&smaller, &request(&publisher.url("/exact")));
    assert!(matches!(fault, Fault::TooLarge { .. }), "{fault:?}");
}

#[test]
fn what_is_compressed_is_read() {
    let text = "fake-support.example\nother.example\n".repeat(10_000);
    let (half, rest) = text.as_bytes().split_at(5000);
    let encoded = |coding, body: &[u8]| publisher::answer(200, &[("Content-Encoding", coding)], body);
    let publisher = Publisher::start()
        .with("/gzip", encoded("gzip", &gzip(text.as_bytes())))
        .with("/zstd", encoded("zstd", &zstd(text.as_bytes())))
        .with("/gzip-in-parts", encoded("x-gzip", &[gzip(half), gzip(rest)].concat()))
        .with("/zstd-in-parts", encoded("zstd", &[zstd(half), zstd(rest)].concat()))
        .with("/open-end", publisher::unannounced("gzip", vec![Act::Send(gzip(text.as_bytes()))]));
    for path in ["/gzip", "/zstd", "/gzip-in-parts", "/zstd-in-parts", "/open-end"] {
        let (outcome, came) = fetch(&fetcher(settings()), &request(&publisher.url(path))).unwrap();
        assert!(came == text, "{path}: {} octets", came.len());
        assert_eq!(new(outcome).2, text.len() as u64);
    }
}

#[test]
fn what_is_compressed_and_damaged_is_no_list() {
    let mut text = String::new();
    (0..20_000).for_each(|n| writeln!(text, "name-{n}.example").unwrap());
    let (gzip, zstd) = (gzip(text.as_bytes()), zstd(text.as_bytes()));
    let cut = |octets: &[u8], at: usize| octets[..at].to_vec();
    let flipped = |octets: &[u8]| {
        let mut octets = octets.to_vec();
        let middle = octets.len() / 2;
        octets[middle] ^= 0x55;
        octets
    };
    let publisher = Publisher::start();
    for (coding, body) in [
        ("gzip", cut(&gzip, gzip.len() / 2)),
        // Without its checksum and length, which are its last eight octets.
        ("gzip", cut(&gzip, gzip.len() - 8)),
        ("gzip", cut(&gzip, gzip.len() - 1)),
        ("gzip", flipped(&gzip)),
        ("gzip", [&*gzip, b"tail"].concat()),
        ("gzip", Vec::new()),
        ("gzip", text.clone().into_bytes()),
        ("zstd", cut(&zstd, zstd.len() / 2)),
        ("zstd", cut(&zstd, zstd.len() - 1)),
        ("zstd", flipped(&zstd)),
        ("zstd", [&*zstd, b"tail"].concat()),
        ("zstd", text.clone().into_bytes()),
    ] {
        publisher.set("/scam", publisher::answer(200, &[("Content-Encoding", coding)], &body));
        let (fault, sentence) = fault(&publisher, "/scam");
        assert!(matches!(fault, Fault::Damaged { coding: said, .. } if said == coding), "{fault:?}");
        assert!(sentence.contains(coding), "{sentence}");
    }
    publisher.set("/scam", publisher::answer(200, &[("Content-Encoding", "br")], b"x"));
    let (fault, _) = fault(&publisher, "/scam");
    assert!(matches!(fault, Fault::Coding(_)), "{fault:?}");
}

/// The most that a fetch has in memory at once beside what it writes, in octets.
fn memory(fetch: impl FnOnce()) -> u64 {
    allocation_counter::measure(fetch).bytes_max
}

/// Counts what is written, and keeps nothing.
#[derive(Default)]
struct Counting(u64);

impl Write for Counting {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0 += octets.len() as u64;
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Target for Counting {
    fn start_over(&mut self) -> io::Result<()> {
        self.0 = 0;
        Ok(())
    }
}

#[test]
fn a_bomb_stops_long_before_the_limit_and_takes_little_memory() {
    // Each 16 MiB of nothing, again and again: 160 GiB in all.
    let nothing = vec![0; 16 << 20];
    let bombs = [("gzip", gzip(&nothing)), ("zstd", zstd(&nothing))];
    for (coding, bomb) in bombs {
        assert!(bomb.len() < 20_000);
        let body = publisher::unannounced(coding, vec![Act::Flood(bomb, 10_000)]);
        let publisher = Publisher::start().with("/bomb", body);
        let fetcher = fetcher(settings());
        let (request, mut written) = (request(&publisher.url("/bomb")), Counting::default());
        let mut outcome = None;
        let peak = memory(|| outcome = Some(fetcher.fetch(&request, &mut written, &mut |_| ())));
        let error = outcome.unwrap().unwrap_err();
        assert!(matches!(error.missed()[0].fault, Fault::Bomb), "{error}");
        assert!(error.to_string().contains("more than 200 times as long"), "{error}");
        assert!(written.0 <= 32 << 20, "{coding}: {} octets were written", written.0);
        assert!(peak < 2 << 20, "{coding}: {peak} octets of memory");
    }
}

#[test]
fn a_frame_that_wants_much_memory_is_refused() {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(27).unwrap();
    encoder.write_all(LIST.as_bytes()).unwrap();
    let frame = encoder.finish().unwrap();
    let publisher =
        Publisher::start().with("/wide", publisher::answer(200, &[("Content-Encoding", "zstd")], &frame));
    let (fault, _) = fault(&publisher, "/wide");
    assert!(matches!(fault, Fault::Damaged { coding: "zstd", .. }), "{fault:?}");
}

#[test]
fn certificates_are_judged() {
    for (kind, said) in [
        (Certificate::Expired, "has expired. Check this machine's clock"),
        (Certificate::Early, "is not valid yet. Check this machine's clock"),
        (Certificate::OtherName, "is for other names"),
        (Certificate::SelfSigned, "nobody who is believed vouches"),
    ] {
        let publisher = Publisher::start_with(kind).with("/scam.txt", publisher::list(LIST));
        let (fault, sentence) = fault(&publisher, "/scam.txt");
        assert!(matches!(fault, Fault::Certificate { .. }), "{fault:?}");
        assert!(sentence.contains(said), "{sentence}");
        assert_eq!(publisher.count("/scam.txt"), 0, "it is asked for nothing");
    }
    let publisher = Publisher::start().with("/scam.txt", publisher::list(LIST));
    let strict = Fetcher::new(settings(), Arc::new(Here)).unwrap();
    let (fault, _) = fault_of(&strict, &request(&publisher.url("/scam.txt")));
    assert!(matches!(fault, Fault::Certificate { .. }), "{fault:?}");
}

#[test]
fn a_server_without_tls_is_told() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    let server = std::thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        client.write_all(&publisher::head(400, &[])).unwrap();
        client.read_to_end(&mut Vec::new())
    });
    let (fault, _) = fault_of(&fetcher(settings()), &request(&url));
    assert!(matches!(fault, Fault::Tls { .. }), "{fault:?}");
    let _ = server.join().unwrap();
}

#[test]
fn a_mirror_gives_what_the_first_does_not() {
    let dead = format!("https://{}:{}/scam.txt", publisher::HOST, upstream::free_port());
    let mirror = Publisher::start().with("/scam.txt", publisher::list(LIST));
    let asked = with_mirror(&dead, &mirror.url_at("mirror.example", "/scam.txt"));
    let (outcome, text) = fetch(&fetcher(settings()), &asked).unwrap();
    let (url, validators, _, missed) = new(outcome);
    assert_eq!((&url, text.as_str()), (&asked.mirrors[0], LIST));
    assert_eq!(validators.url, asked.mirrors[0].as_str());
    assert!(matches!(missed[0].fault, Fault::Unreachable { .. }), "{missed:?}");
    let neither = with_mirror(&dead, &mirror.url("/other.txt"));
    let error = fetch(&fetcher(settings()), &neither).unwrap_err();
    let sentences = error.to_string();
    assert_eq!(error.missed().len(), 2);
    assert!(sentences.contains("cannot be reached") && sentences.contains("answers 404"), "{sentences}");
}

#[test]
fn a_mirror_begins_with_an_empty_file_and_knows_nothing_of_the_other() {
    let broken = publisher::announced(1000, vec![Act::Send(b"half.example\n".to_vec()), Act::Break]);
    let first = Publisher::start().with("/scam.txt", broken);
    let mirror = Publisher::start().with("/scam.txt", publisher::list(LIST));
    let known = Validators {
        url: first.url("/scam.txt"),
        etag: Some("\"a\"".into()),
        last_modified: Some("Sun, 22 Nov 2026 10:00:00 GMT".into()),
    };
    let mirrored = with_mirror(&first.url("/scam.txt"), &mirror.url_at("mirror.example", "/scam.txt"));
    let mut file: File = tempfile::tempfile().unwrap();
    let request = Request { known: Some(known), ..mirrored };
    fetcher(settings()).fetch(&request, &mut file, &mut |_| ()).unwrap();
    file.rewind().unwrap();
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    assert_eq!(text, LIST);
    let (to_first, to_mirror) = (first.asked("/scam.txt").remove(0), mirror.asked("/scam.txt").remove(0));
    assert_eq!(to_first.header("if-none-match"), Some("\"a\""));
    assert!(to_first.header("if-modified-since").is_some());
    assert_eq!((to_mirror.header("if-none-match"), to_mirror.header("if-modified-since")), (None, None));
}

#[test]
fn an_empty_publication_is_fetched_as_such() {
    let publisher = Publisher::start().with("/scam.txt", publisher::list(""));
    let (outcome, text) = fetch(&fetcher(settings()), &request(&publisher.url("/scam.txt"))).unwrap();
    assert_eq!((new(outcome).2, text.as_str()), (0, ""));
}

#[test]
fn addresses_in_urls_work_and_nobody_is_asked_for_them() {
    let publisher = Publisher::start().with("/scam.txt", publisher::list(LIST));
    let fetcher = fetcher_with(settings(), Nobody);
    assert_eq!(fetch(&fetcher, &request(&publisher.url_at("127.0.0.1", "/scam.txt"))).unwrap().1, LIST);
}

#[test]
fn a_name_that_is_not_there_is_told() {
    let (fault, sentence) = fault_of(&fetcher(settings()), &request("https://gone.example/scam.txt"));
    assert!(matches!(fault, Fault::Host { error: HostError::NoSuchName, .. }), "{fault:?}");
    assert!(
        sentence.contains("the address of gone.example is not known: there is no such name"),
        "{sentence}"
    );
}

#[test]
fn every_address_of_a_host_is_tried() {
    let plain = Publisher::start_plain().with("/scam.txt", publisher::list(LIST));
    let url = plain.url_at("half-dead.example", "/scam.txt");
    let asked = Request { plain_http: true, ..request(&url) };
    assert_eq!(fetch(&fetcher(settings()), &asked).unwrap().1, LIST);
}

/// Wants a name on the first line.
#[derive(Default)]
struct Choosy(Vec<u8>);

impl Write for Choosy {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Target for Choosy {
    fn start_over(&mut self) -> io::Result<()> {
        self.0.start_over()
    }

    fn objection(&mut self) -> Option<String> {
        self.0.starts_with(b"<").then(|| "it is a web page".into())
    }
}

#[test]
fn a_mirror_is_asked_where_the_first_gives_what_is_useless_and_the_last_is_taken_as_it_is() {
    let page = "<html></html>";
    let publisher = Publisher::start().with("/a", publisher::list(page)).with("/b", publisher::list(LIST));
    let asked = with_mirror(&publisher.url("/a"), &publisher.url("/b"));
    for given in [LIST, page] {
        publisher.set("/b", publisher::list(given));
        let mut text = Choosy::default();
        let (url, _, octets, missed) =
            new(fetcher(settings()).fetch(&asked, &mut text, &mut |_| ()).unwrap());
        assert_eq!(
            (&url, octets, text.0.as_slice()),
            (&asked.mirrors[0], given.len() as u64, given.as_bytes())
        );
        assert!(matches!(missed[0].fault, Fault::Useless(_)), "{missed:?}");
        let sentence = missed[0].to_string();
        assert!(sentence.contains("it is a web page. Look whether the URL leads to a list."), "{sentence}");
    }
}

/// A disk without room.
struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Target for Full {
    fn start_over(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_told_and_no_mirror_is_asked() {
    let publisher = Publisher::start().with("/a", publisher::list(LIST)).with("/b", publisher::list(LIST));
    let asked = with_mirror(&publisher.url("/a"), &publisher.url("/b"));
    let error = fetcher(settings()).fetch(&asked, &mut Full, &mut |_| ()).unwrap_err();
    assert!(matches!(error, FetchError::NotWritten(_)), "{error:?}");
    assert_eq!(publisher.count("/b"), 0);
}

#[test]
fn how_far_it_is_is_told() {
    let text = "x.example\n".repeat(50_000);
    let publisher = Publisher::start()
        .with("/said", publisher::list(&text))
        .with("/unsaid", publisher::unannounced("identity", vec![Act::Send(text.clone().into_bytes())]));
    for (path, total) in [("/said", Some(text.len() as u64)), ("/unsaid", None)] {
        let (mut told, request) = (Vec::new(), request(&publisher.url(path)));
        fetcher(settings()).fetch(&request, &mut Vec::new(), &mut |progress| told.push(progress)).unwrap();
        assert_eq!(told.first(), Some(&Progress { octets: 0, total }));
        assert_eq!(told.last(), Some(&Progress { octets: text.len() as u64, total }));
        assert!(told.len() > 5 && told.is_sorted_by_key(|progress| progress.octets), "{}", told.len());
    }
}

fn by_proxy(proxy: &Proxy, scheme: &str, user: Option<(&str, &str)>) -> Settings {
    let server = ProxyServer {
        url: format!("{scheme}://{}", proxy.address),
        user: user.map(|(user, _)| user.to_owned()),
        password: user.map(|(_, password)| password.to_owned()),
        except: vec!["mirror.example".into()],
    };
    Settings { proxy: ProxySetting::At(server), ..settings() }
}

#[test]
fn a_proxy_leads_there_and_looks_the_name_up() {
    let publisher = Publisher::start().with("/scam.txt", publisher::list(LIST));
    let to = format!("CONNECT {}:{}", publisher::HOST, publisher.address.port());
    // `me:secret` in Base64.
    let proxy = Proxy::start(Some("Basic bWU6c2VjcmV0"));
    let settings = by_proxy(&proxy, "http", Some(("me", "secret")));
    let text = fetch(&fetcher_with(settings, Nobody), &request(&publisher.url("/scam.txt"))).unwrap().1;
    assert_eq!((text.as_str(), proxy.told()), (LIST, vec![to.clone()]));
    assert_eq!(publisher.asked("/scam.txt")[0].header("proxy-authorization"), None);
    let socks = Proxy::start_socks(Some("me:secret"));
    let settings = by_proxy(&socks, "socks5h", Some(("me", "secret")));
    let text = fetch(&fetcher_with(settings, Nobody), &request(&publisher.url("/scam.txt"))).unwrap().1;
    assert_eq!((text.as_str(), socks.told()), (LIST, vec![to]));
}

#[test]
fn a_proxy_is_spoken_to_over_tls_where_its_url_says_so() {
    // A publisher that plays the proxy, and leads nowhere.
    let proxy = Publisher::start()
        .with("lists.example:443", publisher::status(502))
        .with("http://lists.example/", publisher::list(LIST));
    let server = ProxyServer {
        url: proxy.url_at("127.0.0.1", ""),
        user: Some("me".into()),
        password: Some("secret".into()),
        ..ProxyServer::default()
    };
    let settings = Settings { proxy: ProxySetting::At(server), ..settings() };
    let fetcher = fetcher_with(settings, Nobody);
    let (fault, _) = fault_of(&fetcher, &request("https://lists.example/"));
    assert!(matches!(fault, Fault::Proxy { .. }), "{fault:?}");
    let asked = proxy.asked("lists.example:443").remove(0);
    assert_eq!(
        (asked.method.as_str(), asked.header("proxy-authorization")),
        ("CONNECT", Some("Basic bWU6c2VjcmV0"))
    );
    let plain = Request { plain_http: true, ..request("http://lists.example:80/") };
    assert_eq!(fetch(&fetcher, &plain).unwrap().1, LIST);
}

#[test]
fn plain_http_asks_the_proxy_itself() {
    let proxy = Proxy::start(None);
    let settings = by_proxy(&proxy, "http", None);
    let asked = Request { plain_http: true, ..request("http://lists.example/scam.txt") };
    assert_eq!(fetch(&fetcher_with(settings, Nobody), &asked).unwrap().1, "by.example");
    assert_eq!(proxy.told(), ["GET http://lists.example/scam.txt"]);
}

#[test]
fn what_is_excepted_goes_past_the_proxy() {
    let publisher = Publisher::start().with("/scam.txt", publisher::list(LIST));
    let proxy = Proxy::start(None);
    let past = request(&publisher.url_at("mirror.example", "/scam.txt"));
    assert_eq!(fetch(&fetcher(by_proxy(&proxy, "http", None)), &past).unwrap().1, LIST);
    assert_eq!(proxy.told(), Vec::<String>::new());
}

#[test]
fn a_proxy_that_refuses_is_told_without_the_password() {
    let publisher = Publisher::start();
    let (http, socks) = (Proxy::start(Some("Basic other")), Proxy::start_socks(Some("me:other")));
    let secure = publisher.url("/scam.txt");
    for (proxy, scheme, url) in
        [(&http, "http", &*secure), (&http, "http", "http://lists.example/"), (&socks, "socks5h", &*secure)]
    {
        let fetcher = fetcher(by_proxy(proxy, scheme, Some(("me", "s3cr3t"))));
        let (fault, sentence) = fault_of(&fetcher, &Request { plain_http: true, ..request(url) });
        assert!(matches!(fault, Fault::Proxy { .. }), "{fault:?}");
        assert!(sentence.contains(&format!("the proxy {scheme}://{}", proxy.address)), "{sentence}");
        // `me:s3cr3t` in Base64.
        let shown = format!("{sentence} {fault:?}");
        assert!(!shown.contains("s3cr3t") && !shown.contains("bWU6czNjcjN0"), "{shown}");
    }
    let gone =
        ProxyServer { url: format!("http://127.0.0.1:{}", upstream::free_port()), ..ProxyServer::default() };
    let nobody = Settings { proxy: ProxySetting::At(gone), ..settings() };
    let (fault, _) = fault_of(&fetcher(nobody), &request(&secure));
    assert!(matches!(fault, Fault::Proxy { .. }), "{fault:?}");
}

#[test]
fn names_are_asked_of_the_upstream_servers_aliases_included() {
    let upstream = Upstream::start()
        .with(publisher::HOST, upstream::cname_chain(&["cdn.example", "edge.example"], "127.0.0.1", 60))
        // An alias, and nothing of what is behind it.
        .with("mirror.example", upstream::alias_alone("other.example", 60))
        .with("other.example", upstream::a("127.0.0.1", 60))
        .with("circle.example", upstream::alias_alone("circle.example", 60))
        .with("empty.example", upstream::nodata());
    let servers = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let forwarder = {
        let _entered = servers.enter();
        let server = Arc::new(Server::new(ServerAddress::Plain(upstream.address)).unwrap());
        Forwarder::new(vec![server], Metrics::new([]).unwrap())
    };
    let publisher = Publisher::start().with("/scam.txt", publisher::list(LIST));
    let fetcher = fetcher_with(settings(), Upstreams::new(forwarder, servers.handle().clone()));
    for host in [publisher::HOST, "mirror.example"] {
        let request = request(&publisher.url_at(host, "/scam.txt"));
        assert_eq!(fetch(&fetcher, &request).unwrap().1, LIST, "{host}");
    }
    let error = |host: &str| match fault_of(&fetcher, &request(&format!("https://{host}/"))).0 {
        Fault::Host { error, .. } => error,
        other => panic!("{other:?}"),
    };
    assert_eq!(error("circle.example"), HostError::NoAddress);
    assert_eq!(error("empty.example"), HostError::NoAddress);
    assert_eq!(error("gone.example"), HostError::NoSuchName);
    upstream.set("broken.example", upstream::servfail());
    assert!(matches!(error("broken.example"), HostError::Unanswered(_)));
}

#[test]
fn this_machine_is_asked_of_nobody() {
    let upstream = Upstream::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let forwarder = Forwarder::new(Vec::new(), Metrics::new([]).unwrap());
    let upstreams = Upstreams::new(forwarder, runtime.handle().clone());
    let found = runtime.block_on(upstreams.addresses(&"localhost".parse().unwrap())).unwrap();
    assert_eq!(found, ["::1".parse::<IpAddr>().unwrap(), [127, 0, 0, 1].into()]);
    assert_eq!(upstream.names(), Vec::<String>::new());
}
