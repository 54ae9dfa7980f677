//! From a query that leads to the page to a name that is let through, with the real engine.

use std::fs;

use super::*;
use crate::{
    cache::{Cache, Key},
    config::Overrides,
    engine::{Client, Led, Outcome},
    lists::{
        Base,
        compile::Compiler,
        own::{Kind, own_rules},
        parse::{Match, parse},
    },
    message::{Reply, rtype},
    policy::{ListInfo, Shape},
    resolve::{Forwarder, LocalNames, LoopProbes},
    telemetry::Transport,
};

const ONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 20));
const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 21));

/// Blocks `fake.example` as scam and `ads.example` as ads; in the cache `alias.example` leads to `fake.example`.
struct Home {
    engine: Arc<Engine>,
    metrics: Arc<Metrics>,
    config: Config,
    folder: tempfile::TempDir,
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn packet(name: &Name, qtype: u16) -> Vec<u8> {
    let mut packet = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0".to_vec();
    packet.extend(name.wire());
    packet.extend(qtype.to_be_bytes());
    packet.extend([0, 1]);
    packet
}

impl Home {
    fn new(page: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let overrides = Overrides { state_dir: Some(folder.path().into()), ..Overrides::default() };
        let config = Config::read(&format!("[page]\n{page}"), &overrides).unwrap();
        let metrics = Metrics::new(["scam"]).unwrap();
        let cache = Arc::new(Cache::new(config.cache));
        let mut reply = packet(&name("alias.example"), rtype::A);
        (reply[2], reply[3], reply[7]) = (0x81, 0x80, 2);
        reply.extend(b"\xC0\x0C\0\x05\0\x01\0\0\x01\0\0\x0E\x04fake\x07example\0");
        reply.extend(b"\xC0\x2B\0\x01\0\x01\0\0\x01\0\0\x04\xC0\0\x02\x50");
        let reply = Reply::parse(&reply, &name("alias.example"), rtype::A).unwrap();
        cache.insert(
            &Key::new(&name("alias.example"), rtype::A, false, false),
            reply,
            std::time::Instant::now(),
        );
        let engine = Engine::new(
            config.engine.clone(),
            cache,
            LocalNames::new(true).unwrap(),
            Arc::new(LoopProbes::new().unwrap()),
            Forwarder::new(Vec::new(), metrics.clone()),
            metrics.clone(),
        );
        let mut compiler = Compiler::default();
        for (list, category, shape, names) in
            [("scams", "scam", Shape::Page, "fake.example\n"), ("noise", "ads", Shape::Null, "ads.example\n")]
        {
            compiler.begin_list(ListInfo {
                name: list.into(),
                category: category.into(),
                shape,
                given: false,
                allows: false,
            });
            parse(names.as_bytes(), None, Match::Auto, &mut |_, rule| compiler.add(rule).unwrap()).unwrap();
        }
        engine.swap_policy(&compiler.finish(&Base::default()).unwrap());
        Self { engine: Arc::new(engine), metrics, config, folder }
    }

    fn desk(&self) -> Arc<Desk> {
        Desk::start(&self.config, self.engine.clone(), self.metrics.clone())
    }

    /// Whether a name is blocked for a client, as its query finds it.
    async fn blocks(&self, text: &str, address: IpAddr) -> bool {
        let local = Some([192, 168, 1, 1].into());
        let client = Client { address, local, interface: 0, transport: Transport::Udp };
        let (packet, mut out) = (packet(&name(text), rtype::A), vec![0; 1232]);
        let is_page = |answer: &[u8]| answer.ends_with(&[192, 168, 1, 1]) || answer.ends_with(&[0; 4]);
        match self.engine.answer_now(&packet, &client, &mut out) {
            Outcome::Answered(length) => is_page(&out[..length]),
            Outcome::NeedsUpstream | Outcome::Missed => {
                is_page(&self.engine.answer_later(&packet, &client).await.unwrap())
            }
            Outcome::Dropped => panic!("{text}"),
        }
    }

    fn stopped(&self, client: IpAddr) -> Vec<String> {
        self.engine.stopped_lately(client).iter().map(|stop| stop.name.to_string()).collect()
    }
}

#[tokio::test]
async fn what_led_to_the_page_is_told_to_that_client_alone() {
    let home = Home::new("");
    for text in ["fake.example", "ads.example", "alias.example", "www.fake.example"] {
        assert!(home.blocks(text, ONE).await, "{text}");
    }
    let told = home.stopped(ONE);
    assert_eq!(told.len(), 3, "what gets no page is no business of the page: {told:?}");
    assert!(
        ["fake.example", "alias.example", "www.fake.example"]
            .iter()
            .all(|text| told.contains(&(*text).into()))
    );
    assert!(home.stopped(OTHER).is_empty());
    let why = |text| home.engine.why_blocked(&name(text), ONE, Led::ThisClient, why).unwrap();
    for text in ["fake.example", "alias.example"] {
        assert_eq!(why(text), Blocked { lists: vec!["scams".into()], category: SCAM.into(), own: false });
    }
}

#[tokio::test]
async fn nothing_is_remembered_where_the_operator_does_not_want_it() {
    let home = Home::new("history = false\n");
    assert!(home.blocks("fake.example", ONE).await);
    assert!(home.stopped(ONE).is_empty());
    let on = crate::engine::Settings { history: true, ..home.config.engine.clone() };
    home.engine.swap(&home.engine.policy(), on.clone());
    assert!(home.blocks("fake.example", ONE).await);
    home.engine.swap(&home.engine.policy(), on);
    assert_eq!(home.stopped(ONE), ["fake.example"], "a changed configuration forgets nothing");
    home.engine.swap(&home.engine.policy(), home.config.engine.clone());
    assert!(home.stopped(ONE).is_empty());
}

#[tokio::test]
async fn an_approval_lifts_one_name_for_one_client_whatever_it_leads_to() {
    let home = Home::new("unblock_delay = \"0s\"\n");
    let desk = home.desk();
    assert!(home.blocks("alias.example", ONE).await && home.blocks("alias.example", OTHER).await);
    assert_eq!(desk.take(ONE, &name("alias.example")), Asked::Taken { waiting: Duration::ZERO });
    assert_eq!(desk.take(ONE, &name("alias.example")), Asked::AlreadyWaiting);
    assert!(home.blocks("alias.example", ONE).await, "asking lifts nothing");
    let said = desk.approve(1, 3600, false).unwrap();
    assert!(said.contains("alias.example is let through for 192.168.1.20 from now on, for 1 hour"), "{said}");
    assert!(!home.blocks("alias.example", ONE).await);
    assert!(home.blocks("alias.example", OTHER).await && home.blocks("fake.example", ONE).await);
    assert!(home.engine.why_blocked(&name("alias.example"), ONE, Led::ThisClient, why).is_none());
    assert!(home.engine.why_blocked(&name("alias.example"), OTHER, Led::ThisClient, why).is_some());
    let third = IpAddr::from([192, 168, 1, 22]);
    assert!(home.engine.why_blocked(&name("alias.example"), third, Led::ThisClient, why).is_none());
    assert!(home.engine.why_blocked(&name("alias.example"), third, Led::Anybody, why).is_some());
    assert!(matches!(desk.take(ONE, &name("alias.example")), Asked::AlreadyApproved { .. }));

    desk.take(ONE, &name("fake.example"));
    desk.approve(2, 3600, true).unwrap();
    assert!(!home.blocks("fake.example", OTHER).await && home.blocks("www.fake.example", OTHER).await);
    assert!(matches!(desk.take(OTHER, &name("fake.example")), Asked::AlreadyApproved { .. }));
    assert!(desk.refuse(2).unwrap().contains("taken back"));
    assert!(home.blocks("fake.example", OTHER).await);
    assert_eq!(home.metrics.requests.lifts.get(), 1);
}

#[tokio::test]
async fn a_rule_of_the_operators_own_stands_above_an_approval() {
    let home = Home::new("unblock_delay = \"0s\"\n");
    let desk = home.desk();
    desk.take(ONE, &name("fake.example"));
    let own =
        |text| home.engine.set_own_rules(&Arc::new(own_rules([(Kind::Block, text)], Shape::Page).unwrap()));
    own("fake.example");
    assert!(desk.approve(1, 60, false).unwrap_err().contains("a rule of your own blocks fake.example"));
    own("unrelated.example");
    desk.approve(1, 60, false).unwrap();
    assert!(!home.blocks("fake.example", ONE).await);
    own("fake.example");
    assert!(home.blocks("fake.example", ONE).await);
    // Also where what is lifted leads there.
    own("unrelated.example");
    assert!(home.blocks("alias.example", ONE).await);
    desk.take(ONE, &name("alias.example"));
    desk.approve(2, 60, false).unwrap();
    assert!(!home.blocks("alias.example", ONE).await);
    own("fake.example");
    assert!(home.blocks("alias.example", ONE).await);
}

#[tokio::test]
async fn what_is_not_blocked_or_too_much_is_not_taken() {
    let home = Home::new("");
    let desk = home.desk();
    assert_eq!(desk.take(ONE, &name("ordinary.example")), Asked::NotBlocked);
    let stranger = [198, 51, 100, 1].into();
    assert_eq!(
        desk.take(stranger, &name("fake.example")),
        Asked::NotBlocked,
        "who may not ask is not blocked"
    );
    for number in 0..5 {
        let text = format!("n{number}.fake.example");
        assert_eq!(desk.take(ONE, &name(&text)), Asked::Taken { waiting: Duration::from_mins(10) });
    }
    assert_eq!(desk.take(ONE, &name("fake.example")), Asked::TooMany);
    assert!(desk.approve(1, 0, false).is_err() && desk.approve(1, 7 * 86_400 + 1, false).is_err());
    assert!(desk.approve(99, 60, false).unwrap_err().contains("no request 99"));
    let said = desk.approve(1, 60, false).unwrap();
    assert!(said.contains("in 10 minutes") && said.contains("telephone"), "{said}");
    assert!(home.blocks("n0.fake.example", ONE).await);
    let text = home.metrics.text();
    for (outcome, count) in [("taken", 5), ("too_many", 1), ("not_blocked", 2), ("full", 0)] {
        let line = format!("sekisho_unblock_requests_total{{outcome=\"{outcome}\"}} {count}");
        assert!(text.contains(&line), "{line}");
    }
    assert!(text.contains("sekisho_unblock_requests_waiting 4"));
}

#[tokio::test]
async fn the_file_is_written_at_once_then_rarely_and_at_the_end() {
    let home = Home::new("");
    let desk = home.desk();
    assert!(desk.to_write(true).is_none() && desk.wait().is_none(), "there is nothing to write");
    desk.take(ONE, &name("fake.example"));
    assert!(desk.to_write(false).is_some_and(|text| text.contains("fake.example")));
    // However often somebody asks.
    desk.take(OTHER, &name("fake.example"));
    assert!(desk.to_write(false).is_none());
    assert!(desk.wait().is_some_and(|left| left <= WRITE_EVERY));
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(desk.clone().run(stopped));
    desk.refuse(2).unwrap();
    stop.send(true).unwrap();
    running.await.unwrap();
    assert!(fs::read_to_string(home.folder.path().join("requests.toml")).unwrap().contains("refused"));
    // What was asked and decided is still there after a restart.
    let again = home.desk();
    assert_eq!(again.take(OTHER, &name("fake.example")), Asked::AlreadyRefused);
    assert_eq!(again.take(ONE, &name("fake.example")), Asked::AlreadyWaiting);
}
