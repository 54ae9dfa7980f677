//! The page as a browser meets it: over the router, in every language.

use std::{
    collections::BTreeSet,
    io::Read,
    net::SocketAddr,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request},
    http::HeaderMap,
};
use tower::ServiceExt;

use super::{pages::Pages, texts::Texts, *};
use crate::authority::form::Forms;

mod own_pages;

const NAVIGATION: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
/// The promise of the design: small enough for the slowest line.
const MOST_OCTETS: usize = 50_000;
/// Everything below `bad.example` is blocked, but for one client.
struct Bad;

impl Explain for Bad {
    fn explain(&self, name: &Name, client: IpAddr) -> Option<Explanation> {
        let lists = vec!["browser-locker".to_owned(), "<b>own</b>".to_owned()];
        let blocked = name.is_at_or_below(&"bad.example".parse().unwrap());
        let lifted = client == IpAddr::from([192, 0, 2, 9]);
        let category = |kind: &str| name.is_at_or_below(&format!("{kind}.bad.example").parse().unwrap());
        let category = ["own", "games"].into_iter().find(|kind| category(kind)).unwrap_or("scam");
        (blocked && !lifted).then(|| Explanation { name: name.to_string(), lists, category: category.into() })
    }
}

impl History for Bad {
    fn stopped_lately(&self, client: IpAddr) -> Vec<Stopped> {
        let site = |name: &str, seconds_ago| Stopped {
            name: name.to_owned(),
            lists: vec!["<i>woof</i>".to_owned()],
            seconds_ago,
            times: 2,
        };
        if client == IpAddr::from([192, 0, 2, 1]) {
            vec![site("xn--r8jz45g.bad.example", 20), site("www.bad.example", 700)]
        } else {
            Vec::new()
        }
    }
}

impl Roots for Bad {
    fn root(&self) -> Option<Arc<Forms>> {
        let forms = Forms {
            pem: "pem".into(),
            der: b"der".to_vec(),
            profile: "<plist/>".into(),
            fingerprint: "AB:CD".into(),
        };
        Some(Arc::new(forms))
    }
}

/// Takes what is asked, and notes it.
#[derive(Default)]
struct Desk(Mutex<Vec<(IpAddr, String)>>);

impl UnblockDesk for Desk {
    fn ask(&self, client: IpAddr, name: &Name) -> Asked {
        self.0.lock().unwrap().push((client, name.to_string()));
        Asked::Taken { waiting: Duration::from_mins(10) }
    }

    fn delay(&self) -> Duration {
        Duration::from_mins(10)
    }
}

#[derive(Default)]
struct Counted(AtomicUsize);

impl Views for Counted {
    fn seen(&self, _: Language) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
    /// How many went over the wire.
    octets: usize,
}

async fn send(
    settings: Settings,
    views: Arc<Counted>,
    method: &str,
    uri: &str,
    headers: &[(&str, &str)],
) -> Answer {
    let services = Services { views, ..services(Arc::default()) };
    let router = router(settings, services, &[1; 32]).unwrap();
    ask(router, [192, 0, 2, 1], method, uri, headers, "").await
}

fn services(desk: Arc<Desk>) -> Services {
    Services {
        explain: Arc::new(Bad),
        history: Some(Arc::new(Bad)),
        desk,
        roots: Arc::new(Bad),
        views: Arc::<Counted>::default(),
    }
}

/// A request of `client`.
async fn ask(
    router: Router,
    client: [u8; 4],
    method: &str,
    uri: &str,
    headers: &[(&str, &str)],
    form: &str,
) -> Answer {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::from(form.to_owned())).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from((client, 50_000))));
    let response = router.oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    let octets = to_bytes(body, usize::MAX).await.unwrap().to_vec();
    let packed = head.headers.contains_key("content-encoding");
    let mut body = String::new();
    if packed {
        flate2::read::GzDecoder::new(&octets[..]).read_to_string(&mut body).unwrap();
    } else {
        body = String::from_utf8(octets.clone()).unwrap();
    }
    Answer { status: head.status.as_u16(), headers: head.headers, body, octets: octets.len() }
}

/// A navigation to `host` and `uri`.
async fn go(host: &str, uri: &str) -> Answer {
    let headers = [("host", host), ("accept", NAVIGATION)];
    send(Settings::default(), Arc::default(), "GET", uri, &headers).await
}

async fn page(language: Language, settings: Settings, host: &str) -> String {
    let headers = [("host", host), ("accept", NAVIGATION), ("accept-language", language.tag())];
    send(settings, Arc::default(), "GET", "/", &headers).await.body
}

fn sentence(language: Language, id: &str) -> String {
    Texts::load(language).unwrap().say(id).into_string()
}

/// The ids of a language's file, in its order.
fn ids(language: Language) -> Vec<String> {
    let message = |line: &str| {
        let (id, _) = line.split_once(" =")?;
        id.starts_with(|first: char| first.is_ascii_lowercase()).then(|| id.to_owned())
    };
    language.page().lines().filter_map(message).collect()
}

#[test]
fn the_defaults_are_those_of_the_configuration() {
    let settings = Settings::default();
    assert_eq!(settings.host.to_string(), "sekisho.home.arpa");
    assert_eq!((settings.country.as_str(), settings.language), ("JP", Language::JA));
    assert!(settings.operator.name.is_empty() && settings.operator.contact.is_empty());
}

#[tokio::test]
async fn a_blocked_name_gets_the_page_that_names_it_and_its_lists() {
    let answer = go("www.BAD.example:80", "/").await;
    assert_eq!(answer.status, 403);
    assert!(answer.body.contains("<code>www.bad.example</code>"));
    assert!(answer.body.contains("<dd>browser-locker</dd>"));
    assert!(answer.body.contains("&lt;b&gt;own&lt;/b&gt;"));
    assert!(answer.body.contains(&sentence(Language::JA, "stopped-heading")));
    assert!(!answer.body.contains("<!--"));
}

#[tokio::test]
async fn everyone_else_gets_the_help_and_nothing_was_stopped() {
    for (host, uri, status) in [
        ("sekisho.home.arpa", "/", 200),
        ("sekisho.home.arpa", "/?lang=ja", 200),
        ("sekisho.home.arpa", "/elsewhere", 404),
        ("192.0.2.1", "/", 200),
        ("[2001:db8::1]:8080", "/", 200),
        ("localhost", "/", 200),
        ("fine.example", "/", 403),
        ("fine.example", "/healthz", 403),
        ("<script>alert(1)</script>", "/", 403),
        ("", "/", 403),
    ] {
        let answer = go(host, uri).await;
        assert_eq!(answer.status, status, "{host}{uri}");
        assert!(answer.body.contains(&sentence(Language::JA, "help-heading")), "{host}");
        assert!(!answer.body.contains(&sentence(Language::JA, "stopped-heading")), "{host}");
        assert!(!answer.body.contains("fine.example") && !answer.body.contains("<script"), "{host}");
    }
}

#[tokio::test]
async fn path_and_query_are_never_echoed() {
    for host in ["bad.example", "sekisho.home.arpa"] {
        let answer = go(host, "/secret-path?token=secret-query&lang=en").await;
        assert!(!answer.body.contains("secret"), "{host}");
        assert!(!answer.headers.values().any(|value| value.to_str().unwrap().contains("secret")), "{host}");
    }
}

#[tokio::test]
async fn health_is_told_on_our_own_names_only() {
    for host in ["sekisho.home.arpa", "127.0.0.1:8080", "localhost"] {
        let answer = send(Settings::default(), Arc::default(), "GET", "/healthz", &[("host", host)]).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "ok\n"), "{host}");
        assert_eq!(answer.headers["content-type"], "text/plain; charset=utf-8");
    }
    assert_eq!(go("bad.example", "/healthz").await.status, 403);
    assert!(go("fine.example", "/healthz").await.body.contains("<h1>"));
}

#[tokio::test]
async fn a_part_of_another_page_gets_one_short_line() {
    for (method, name, value) in [
        ("GET", "accept", "*/*"),
        ("GET", "accept", "image/avif,image/webp,*/*;q=0.8"),
        ("POST", "accept", "application/json"),
        ("OPTIONS", "accept", "*/*"),
        ("GET", "sec-fetch-dest", "iframe"),
        ("GET", "sec-fetch-dest", "script"),
        ("CONNECT", "accept", NAVIGATION),
    ] {
        let headers = [("host", "bad.example"), (name, value)];
        let uri = if method == "CONNECT" { "bad.example:443" } else { "/" };
        let answer = send(Settings::default(), Arc::default(), method, uri, &headers).await;
        assert_eq!(answer.status, 403, "{method} {value}");
        assert!(answer.body.len() < 60 && !answer.body.contains('<'), "{method} {value}");
        assert_eq!(answer.headers["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn any_method_gets_the_page_and_head_gets_its_headers() {
    let headers = [("host", "bad.example"), ("accept", NAVIGATION)];
    for method in ["GET", "POST", "PUT", "DELETE", "PROPFIND"] {
        let answer = send(Settings::default(), Arc::default(), method, "/a/b", &headers).await;
        assert!(answer.status == 403 && answer.body.contains("<h1>"), "{method}");
    }
    let views = Arc::<Counted>::default();
    let whole = send(Settings::default(), Arc::clone(&views), "GET", "/", &headers).await;
    let head = send(Settings::default(), Arc::clone(&views), "HEAD", "/", &headers).await;
    assert!(head.status == 403 && head.body.is_empty());
    assert_eq!(head.headers["content-length"], whole.body.len().to_string().as_str());
    assert_eq!(views.0.load(Ordering::Relaxed), 1, "a HEAD is not a view");
}

#[tokio::test]
async fn the_headers_allow_nothing_but_the_page_itself() {
    let answer = go("bad.example", "/?lang=en").await;
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("vary", "Accept-Encoding, Accept-Language, User-Agent"),
        ("content-type", "text/html; charset=utf-8"),
        ("content-language", "en"),
    ] {
        assert_eq!(answer.headers[name], value);
    }
    let style = answer.body.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    let hash =
        data_encoding::BASE64.encode(ring::digest::digest(&ring::digest::SHA256, style.as_bytes()).as_ref());
    let policy = answer.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with(&format!("default-src 'none'; style-src 'sha256-{hash}';")), "{policy}");
    for directive in ["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"] {
        assert!(policy.contains(directive), "{policy}");
    }
    assert!(!answer.headers.contains_key("set-cookie") && !answer.headers.contains_key("server"));
}

#[tokio::test]
async fn the_language_is_the_links_then_the_browsers_then_the_operators() {
    for (uri, accept, default, tag) in [
        ("/", "ja-JP,ja;q=0.9,en;q=0.8", Language::EN, "ja"),
        ("/", "en-GB", Language::JA, "en"),
        ("/", "de", Language::EN, "en"),
        ("/?lang=en", "ja", Language::JA, "en"),
        ("/?lang=xx", "ja", Language::EN, "ja"),
        ("/", ";;q=,\u{e9}", Language::JA, "ja"),
    ] {
        let settings = Settings { language: default, ..Settings::default() };
        let headers = [("host", "bad.example"), ("accept", NAVIGATION), ("accept-language", accept)];
        let answer = send(settings, Arc::default(), "GET", uri, &headers).await;
        assert_eq!(answer.headers["content-language"], tag, "{uri} {accept}");
        assert!(answer.body.starts_with(&format!("<!DOCTYPE html><html lang=\"{tag}\">")), "{uri} {accept}");
    }
}

#[tokio::test]
async fn each_language_links_to_the_others_in_their_own_words() {
    let japanese = page(Language::JA, Settings::default(), "bad.example").await;
    assert!(japanese.contains(r#"<li lang="en"><a href="?lang=en" hreflang="en">English</a>"#));
    let english = page(Language::EN, Settings::default(), "bad.example").await;
    assert!(english.contains(r#"<li lang="ja"><a href="?lang=ja" hreflang="ja">日本語</a>"#));
}

#[tokio::test]
async fn the_hours_on_the_page_are_those_of_the_data() {
    let figures = |text: &str| -> Vec<u32> {
        let digits = text.split(|sign: char| !sign.is_ascii_digit()).filter(|part| !part.is_empty());
        digits.map(|part| part.parse().unwrap()).filter(|figure| *figure != 0).collect()
    };
    for language in Language::ALL {
        let texts = Texts::load(language).unwrap();
        for line in HelpLines::built_in().unwrap().iter() {
            let hours = texts.plain(&line.words("hours"));
            assert_eq!(figures(&hours), figures(&line.hours), "{}: {hours}", language.tag());
        }
    }
}

#[tokio::test]
async fn no_numbered_group_has_more_than_three_steps() {
    for language in Language::ALL {
        let body = page(language, Settings::default(), "bad.example").await;
        let groups: Vec<usize> = body
            .split("<ol>")
            .skip(1)
            .map(|group| group.split("</ol>").next().unwrap().matches("<li>").count())
            .collect();
        assert!(groups.len() >= 10 && groups.iter().all(|steps| (1..=3).contains(steps)), "{groups:?}");
    }
}

#[tokio::test]
async fn headings_go_down_one_step_at_a_time_and_ids_are_there_once() {
    for host in ["bad.example", "sekisho.home.arpa"] {
        let body = page(Language::EN, Settings::default(), host).await;
        let levels: Vec<u32> =
            body.split("<h").skip(1).filter_map(|tag| tag.chars().next().unwrap().to_digit(10)).collect();
        assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1);
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
        for target in body.split("href=\"#").skip(1).map(|link| link.split('"').next().unwrap()) {
            assert_eq!(body.matches(&format!(" id=\"{target}\"")).count(), 1, "{target}");
        }
    }
}

/// The table "What it must contain" of the design, row by row, as message ids.
const MUST_CONTAIN: [(&str, &[&str]); 14] = [
    ("what it is", &["scam-warning", "scam-noise", "scam-aim", "scam-then", "scam-always", "scam-logos"]),
    ("typical cases", &["case-card-remote", "case-card-paid", "case-emoney-asked", "case-emoney-paid"]),
    ("how they work", &["how-frighten", "how-sell", "how-pay", "how-remote"]),
    (
        "A. close it",
        &[
            "close-esc-hold",
            "close-esc-appears",
            "close-esc-press",
            "close-task-keys",
            "close-task-open",
            "close-task-browser",
            "close-task-end",
            "close-restart-do",
            "close-mac-keys",
            "close-chromebook-esc",
            "close-android-list",
            "close-iphone-list",
            "close-phone-swipe",
            "close-phone-tab",
        ],
    ),
    ("do not follow it", &["do-not-call", "follow-install"]),
    (
        "B1",
        &[
            "installed-disconnect",
            "installed-scan",
            "installed-remove",
            "installed-reset",
            "installed-passwords",
        ],
    ),
    ("B2", &["card-call", "card-stop"]),
    ("B3", &["emoney-call", "emoney-stop", "emoney-relief", "emoney-keep"]),
    ("B4", &["bank-call", "bank-stop", "bank-more"]),
    ("keep evidence", &["evidence-screen", "evidence-software", "evidence-card", "evidence-emoney"]),
    ("tell the police", &["police-call", "police-agree", "police-go"]),
    ("prevention", &["prevent-update", "prevent-security"]),
    ("who to ask", &["ask-heading"]),
    (
        "see it, practise it",
        &["see-jc3-video", "see-jc3-column", "see-ipa-column", "see-ipa-practice", "see-ipa-steps"],
    ),
];

#[tokio::test]
async fn every_part_of_the_design_is_on_both_pages_in_every_language() {
    for language in Language::ALL {
        for host in ["bad.example", "sekisho.home.arpa"] {
            let body = page(language, Settings::default(), host).await;
            for (part, ids) in MUST_CONTAIN {
                for id in ids {
                    assert!(body.contains(&sentence(language, id)), "{part}: {id} in {}", language.tag());
                }
            }
            for fact in [
                "tel:%239110",
                "tel:188",
                "tel:110",
                "tel:0359787509",
                "mailto:anshin@ipa.go.jp",
                "www.npa.go.jp/bureau/cyber/soudan.html",
                "article-356.html",
                "article-396.html",
                "mgdayori20180718.html",
                "fakealert.html",
                "000050806.pdf",
            ] {
                assert!(body.contains(fact), "{fact}");
            }
        }
    }
}

#[tokio::test]
async fn not_to_call_is_said_at_the_top_and_in_both_states() {
    for language in Language::ALL {
        let body = page(language, Settings::default(), "bad.example").await;
        let warning = sentence(language, "do-not-call");
        let (top, rest) = body.split_once(r#"<section id="a""#).unwrap();
        let (a, b) = rest.split_once(r#"<section id="b""#).unwrap();
        let b = b.split_once(r#"<section id="ask""#).unwrap().0;
        assert!([top, a, b].iter().all(|part| part.contains(&warning)));
    }
}

#[tokio::test]
async fn a_country_without_lines_gets_advice_and_never_another_countrys_number() {
    for country in ["XX", "", "US", "FR"] {
        let settings = Settings { country: country.to_owned(), ..Settings::default() };
        let body = page(Language::EN, settings, "bad.example").await;
        assert!(!body.contains("tel:") && !body.contains("5978") && !body.contains("9110"), "{country}");
        let advice = body.contains(&sentence(Language::EN, "ask-police"));
        assert_eq!(advice, country != "FR", "{country}");
    }
}

#[tokio::test]
async fn the_operator_is_named_and_escaped() {
    let operator = Operator { name: "<i>School</i>".to_owned(), contact: "Room 12".to_owned() };
    let body = page(Language::EN, Settings { operator, ..Settings::default() }, "bad.example").await;
    assert!(body.contains("<dd>&lt;i&gt;School&lt;/i&gt;</dd>") && body.contains("<dd>Room 12</dd>"));
    assert!(body.contains(&sentence(Language::EN, "about-mistake")));
    let body = page(Language::EN, Settings::default(), "bad.example").await;
    assert!(body.contains(&sentence(Language::EN, "about-mistake-anyone")));
    assert!(!body.contains(&sentence(Language::EN, "about-operator")));
}

#[test]
fn every_language_has_the_same_messages_in_the_same_order() {
    for language in Language::ALL {
        assert_eq!(ids(language), ids(Language::JA), "{}", language.tag());
        let unique: BTreeSet<String> = ids(language).into_iter().collect();
        assert_eq!(unique.len(), ids(language).len(), "{}", language.tag());
    }
}

#[test]
fn every_message_is_used_none_is_missing_and_none_is_empty() {
    let operator = Operator { name: "Somebody".to_owned(), contact: "somewhere".to_owned() };
    let lines = HelpLines::built_in().unwrap();
    for language in Language::ALL {
        let mut used = BTreeSet::new();
        for operator in [operator.clone(), Operator::default()] {
            for lines in [lines.iter().collect::<Vec<_>>(), Vec::new()] {
                let texts = Texts::load(language).unwrap();
                let settings = Settings { operator: operator.clone(), ..Settings::default() };
                Pages::with_texts(&texts, Some(&texts), &settings, &lines);
                used.extend(texts.finish().unwrap());
            }
        }
        // A page does not say that somebody speaks the page's own language.
        used.insert(format!("language-{}", language.html()));
        // What the build reads.
        used.extend(["language-name", "language-html", "language-accepts"].map(str::to_owned));
        let known: BTreeSet<String> = ids(language).into_iter().collect();
        let unused: Vec<_> = known.difference(&used).collect();
        assert!(unused.is_empty(), "{}: {unused:?}", language.tag());
    }
}

#[test]
fn sentences_have_whole_keys_and_no_markup() {
    for language in Language::ALL {
        for line in language.page().lines().filter(|line| !line.starts_with('#')) {
            assert_eq!(line.matches('`').count() % 2, 0, "{line}");
            assert!(!line.contains(['<', '>', '&']) || line.trim_end().ends_with("->"), "{line}");
        }
    }
}

#[test]
fn the_facts_behind_the_sentences_are_told_of_the_sentences_as_they_are() {
    let facts = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/page.md"));
    let texts = Texts::load(Language::JA).unwrap();
    let mut told = BTreeSet::new();
    for row in facts.lines().filter_map(|line| line.strip_prefix("| `")) {
        // A table wants its own sign escaped.
        let row = row.replace("\\|", "¦");
        let mut cells = row.split(" | ");
        let id = cells.next().unwrap().trim_end_matches('`').to_owned();
        let sentence = cells.next().unwrap().replace('¦', "|");
        // Dates are filled in; what is told of them is the pattern.
        if id != "ask-checked" {
            assert_eq!(texts.plain(&id).replace('`', ""), sentence.replace('`', ""), "{id}");
        }
        assert!(
            cells.filter(|cell| !cell.trim_matches([' ', '|']).is_empty()).count() >= 2,
            "{id}: fact and source"
        );
        told.insert(id);
    }
    assert!(told.len() > 120, "{}", told.len());
    for part in [
        "close-",
        "installed-",
        "card-",
        "emoney-",
        "bank-",
        "evidence-",
        "police-",
        "scam-",
        "how-",
        "case-",
    ] {
        let said =
            ids(Language::JA).into_iter().filter(|id| id.starts_with(part) && !told.contains(id.as_str()));
        let labels = ["heading", "after", "others", "your", "this"];
        let untold: Vec<_> = said.filter(|id| !labels.iter().any(|label| id.contains(label))).collect();
        // Names of devices, and the pages for paper, which repeat.
        assert!(
            untold.iter().all(|id| id.matches('-').count() == 1 || id.starts_with("card-")),
            "{untold:?}"
        );
    }
}
