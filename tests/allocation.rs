//! What needs nobody else is answered without allocating: blocked names, cache hits, local names, refusals, and what
//! is no proper query. The measured figure is the number of allocations of this thread.

#![allow(clippy::unwrap_used)]

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::{Duration, Instant},
};

use allocation_counter::measure;
use sekisho::{
    cache::{self, Cache, Key},
    engine::{Client, Engine, Outcome, Settings, TOGETHER},
    lists::{
        Base,
        compile::Compiler,
        own::{Kind, own_rules},
        parse::{Match, parse},
    },
    message::{Reply, rtype},
    name::Name,
    policy::{Access, ListInfo, Shape, SinkholeSettings},
    resolve::{Forwarder, LocalNames, LoopProbes},
    telemetry::{Metrics, Transport},
    unblock::Lifts,
};

#[allow(unreachable_pub)]
#[path = "../benches/support/octets.rs"]
mod octets;

use octets::query;

/// A reply with one record of that type.
fn reply(name: &str, qtype: u16, rdata: &[u8]) -> (Key, Reply) {
    let name: Name = name.parse().unwrap();
    let message = octets::reply(&name, qtype, rdata);
    (Key::new(&name, qtype, false, false), Reply::parse(&message, &name, qtype).unwrap())
}

/// The same query with an option.
fn with_option(mut query: Vec<u8>, code: u8, data: &[u8]) -> Vec<u8> {
    let option = [&[0, code, 0, data.len() as u8], data].concat();
    let length = query.len();
    query[length - 1] = option.len() as u8;
    query.extend(option);
    query
}

fn engine() -> (Engine, Arc<Metrics>) {
    let metrics = Metrics::new(["scam"]).unwrap();
    let cache = Arc::new(Cache::new(cache::Settings::default()));
    for (name, qtype, rdata) in [
        ("ordinary.example", rtype::A, &[192, 0, 2, 1][..]),
        ("alias.example", rtype::CNAME, b"\x08ordinary\x07example\0"),
        ("lifted.example", rtype::CNAME, b"\x0Cfake-support\x07example\0"),
    ] {
        let (key, reply) = reply(name, qtype, rdata);
        cache.insert(&key, reply, Instant::now());
    }
    // Replies live for 300 s. Of these some are popular and about to expire; the others are stale, and upstream fails.
    let ago = |seconds| Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap();
    for index in 0..2 {
        let (key, popular) = reply(&format!("popular-{index}.example"), rtype::A, &[192, 0, 2, 2]);
        let popular = cache.insert(&key, popular, ago(290));
        (0..3).for_each(|_| popular.count_use(3));
        let (key, stale) = reply(&format!("stale-{index}.example"), rtype::A, &[192, 0, 2, 3]);
        let stale = cache.insert(&key, stale, ago(400));
        cache.note_failure(&stale, ago(20));
    }
    let settings = Settings {
        block_ttl: 10,
        sinkhole: SinkholeSettings::default(),
        access: Access::default(),
        host: "sekisho.home.arpa".parse().unwrap(),
        rate_limit: 1,
        history: true,
    };
    let engine = Engine::new(
        settings,
        cache,
        LocalNames::new(true).unwrap(),
        Arc::new(LoopProbes::new().unwrap()),
        Forwarder::new(Vec::new(), metrics.clone()),
        metrics.clone(),
    );
    let mut compiler = Compiler::default();
    compiler.begin_list(ListInfo {
        name: "names".into(),
        category: "scam".into(),
        shape: Shape::Page,
        given: false,
        allows: false,
    });
    parse(b"fake-support.example\nlifted.example\n", None, Match::Auto, &mut |_, rule| {
        compiler.add(rule).unwrap();
    })
    .unwrap();
    let zone = b"@ IN SOA . . 1 1 1 1 1\nown.example A 192.0.2.66\ntcp.example CNAME rpz-tcp-only.\n\
                 *.wide.example CNAME .\nok.wide.example CNAME rpz-passthru.\n\
                 24.0.113.0.203.rpz-ip CNAME .\nns.example.rpz-nsdname CNAME .\n32.9.0.0.127.rpz-client-ip CNAME .\n";
    compiler.begin_list(ListInfo {
        name: "zone".into(),
        category: "scam".into(),
        shape: Shape::Page,
        given: true,
        allows: false,
    });
    parse(zone, None, Match::Auto, &mut |_, rule| compiler.add(rule).unwrap()).unwrap();
    engine.swap_policy(&compiler.finish(&Base::default()).unwrap());
    let rules =
        [(Kind::Block, "own-rule.example"), (Kind::Block, r"/^prize-[0-9]+\./"), (Kind::Allow, "/shop/")];
    engine.set_own_rules(&Arc::new(own_rules(rules, Shape::Page).unwrap()));
    let mut lifts = Lifts::default();
    lifts.add(&"lifted.example".parse().unwrap(), Some(IpAddr::V4(Ipv4Addr::new(192, 168, 1, 20))));
    engine.set_lifts(lifts);
    (engine, metrics)
}

/// Queries that need nobody else, with what they are and who asks.
fn answered_at_once() -> Vec<(&'static str, Vec<u8>, IpAddr)> {
    let home = IpAddr::V4(Ipv4Addr::new(192, 168, 1, 20));
    let stranger = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));
    let two_questions = b"\x12\x34\x01\x00\0\x02\0\0\0\0\0\0\0\0\x01\0\x01\0\0\x01\0\x01".to_vec();
    vec![
        ("blocked, A", query("www.fake-support.example", rtype::A), home),
        ("blocked, HTTPS", query("fake-support.example", rtype::HTTPS), home),
        ("blocked by an own rule", query("own-rule.example", rtype::A), home),
        ("blocked by an own expression", query("prize-24.example", rtype::A), home),
        ("a zone's own record", query("own.example", rtype::A), home),
        ("a name for TCP alone", query("tcp.example", rtype::A), home),
        ("below a wildcard of a zone", query("x.wide.example", rtype::A), home),
        ("cache hit", query("ordinary.example", rtype::A), home),
        ("cache hit with an alias to review", query("alias.example", rtype::CNAME), home),
        ("lifted, and leading to a blocked name", query("lifted.example", rtype::CNAME), home),
        ("a stale answer", query("stale-0.example", rtype::A), home),
        ("our own name", query("sekisho.home.arpa", rtype::A), home),
        ("a special name", query("printer.local", rtype::A), home),
        ("a stranger", query("ordinary.example", rtype::A), stranger),
        ("with a cookie", with_option(query("ordinary.example", rtype::A), 10, &[7; 8]), home),
        (
            "with a server cookie",
            with_option(query("www.fake-support.example", rtype::A), 10, &[7; 24]),
            home,
        ),
        (
            "with a cookie of a wrong length",
            with_option(query("ordinary.example", rtype::A), 10, &[7; 9]),
            home,
        ),
        (
            "a cookie request",
            [b"\x12\x34\x01\0\0\0\0\0\0\0\0\x01\0\0\x29\x04\xD0\0\0\0\0\0\x0C\0\x0A\0\x08", &[7; 8][..]]
                .concat(),
            home,
        ),
        ("two questions", two_questions, home),
        ("half a query", query("ordinary.example", rtype::A)[..20].to_vec(), home),
    ]
}

fn client(address: IpAddr) -> Client {
    let local = Some(IpAddr::V4(Ipv4Addr::new(192, 168, 1, 1)));
    Client { address, local, interface: 0, transport: Transport::Udp }
}

#[test]
fn queries_that_are_looked_at_together_are_answered_as_each_alone_and_allocate_nothing() {
    let (engine, _) = engine();
    // Strangers have a rate, so that the same query is not always answered in the same way.
    let mut all = answered_at_once();
    let home = client(all[0].2);
    all.retain(|(_, _, address)| *address == home.address);
    let moment = engine.moment();
    let (mut alone, mut together) = (vec![0; 1232], vec![0; 1232]);
    for first in 0..all.len() {
        // The last ones leave places free.
        let packets: [_; TOGETHER] = std::array::from_fn(|at| Some(&*all.get(first + at)?.1));
        let mut looked = None;
        let counted = measure(|| looked = Some(moment.look_at(packets)));
        assert_eq!(counted.count_total, 0, "looking allocates");
        let looked = looked.unwrap();
        for (place, (what, packet, _)) in all[first..].iter().take(TOGETHER).enumerate() {
            let expected = moment.answer_now(packet, &home, &mut alone);
            let mut outcome = Outcome::Dropped;
            let counted = measure(|| outcome = moment.answer_looked(&looked, place, &home, &mut together));
            assert_eq!((outcome, counted.count_total), (expected, 0), "{what}");
            let Outcome::Answered(length) = outcome else { panic!("{what}: {outcome:?}") };
            assert_eq!(alone[..length], together[..length], "{what}");
        }
    }
}

#[test]
fn answers_that_need_nobody_else_allocate_nothing() {
    let (engine, _) = engine();
    for (what, packet, address) in answered_at_once() {
        let client = client(address);
        let mut out = vec![0; 1232];
        // Once before, for what is set up at its first use.
        engine.answer_now(&packet, &client, &mut out);
        let mut outcome = Outcome::Dropped;
        let counted = measure(|| outcome = engine.answer_now(&packet, &client, &mut out));
        assert!(matches!(outcome, Outcome::Answered(length) if length >= 12), "{what}: {outcome:?}");
        assert_eq!(counted.count_total, 0, "{what} allocates");
    }
}

#[test]
fn handing_a_reply_over_to_be_asked_for_again_allocates_nothing() {
    let (engine, metrics) = engine();
    let address = IpAddr::V4(Ipv4Addr::new(192, 168, 1, 20));
    let client = Client { address, local: None, interface: 0, transport: Transport::Udp };
    let mut out = vec![0; 1232];
    for kind in ["popular", "stale"] {
        let [first, second] = [0, 1].map(|index| query(&format!("{kind}-{index}.example"), rtype::A));
        engine.answer_now(&first, &client, &mut out);
        let counted = measure(|| {
            engine.answer_now(&second, &client, &mut out);
        });
        assert_eq!(counted.count_total, 0, "{kind}");
    }
    assert_eq!(metrics.cache.refreshes.get(), 4, "all were handed over");
}

#[test]
fn what_is_past_the_rate_allocates_nothing() {
    let (engine, _) = engine();
    let (plain, with_cookie) = (query("ordinary.example", rtype::A), query("ordinary.example", rtype::A));
    let with_cookie = with_option(with_cookie, 10, &[7; 8]);
    let mut out = vec![0; 1232];
    let (mut answered, mut dropped) = (0, 0);
    for number in 0..200 {
        let address = IpAddr::V4(Ipv4Addr::new(198, 51, 100, number));
        let client = Client { address, local: None, interface: 0, transport: Transport::Udp };
        let packet = if number % 4 < 2 { &plain } else { &with_cookie };
        let mut outcome = Outcome::Dropped;
        let counted = measure(|| outcome = engine.answer_now(packet, &client, &mut out));
        // The first ones set up what is set up at its first use.
        assert!(number < 10 || counted.count_total == 0, "{number}: {outcome:?} allocates");
        match outcome {
            Outcome::Dropped => dropped += 1,
            _ => answered += 1,
        }
    }
    // A few within the rate, and then every other one.
    assert!(dropped > 90 && answered > 90, "{dropped} {answered}");
}

#[test]
fn who_cannot_be_waited_for_is_told_what_is_stale_and_nothing_is_allocated() {
    let (engine, _) = engine();
    let address = IpAddr::V4(Ipv4Addr::new(192, 168, 1, 20));
    let client = Client { address, local: None, interface: 0, transport: Transport::Udp };
    let mut out = vec![0; 1232];
    for (name, rcode) in [("stale-0.example", 0), ("unknown.example", 2), ("fake-support.example", 2)] {
        let packet = query(name, rtype::A);
        let mut outcome = Outcome::Dropped;
        let counted = measure(|| outcome = engine.answer_overloaded(&packet, &client, &mut out));
        assert!(matches!(outcome, Outcome::Answered(_)), "{name}: {outcome:?}");
        assert_eq!((out[3] & 0x0F, counted.count_total), (rcode, 0), "{name}");
    }
}

#[test]
fn the_counter_counts() {
    assert_eq!(measure(|| drop(std::hint::black_box(vec![0_u8; 100]))).count_total, 1);
}
