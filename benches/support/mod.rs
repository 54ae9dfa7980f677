//! What several benches measure: an engine with rules and a few replies, and queries of every kind that
//! [`Engine::answer_now`] answers.
// A module of a bench is no library: whatever it has is public to that bench alone.
#![allow(unreachable_pub, dead_code)] // no bench uses all

mod octets;

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Instant,
};

use sekisho::{
    cache::{self, Cache, Key},
    engine::{Client, Engine, Settings},
    lists::{
        Base,
        compile::Compiler,
        parse::{Match, parse},
    },
    message::{Reply, rtype},
    name::Name,
    policy::{Access, ListInfo, Policy, Shape, SinkholeSettings},
    resolve::{Forwarder, LocalNames, LoopProbes},
    telemetry::{Metrics, Transport},
};

pub use self::octets::{query, reply};

/// Octets that an answer has room for.
pub const ROOM: usize = 1232;

/// A query with the client that asks it, and room for its answer.
pub struct Asked {
    /// Who answers.
    pub engine: Engine,
    /// Who asks.
    pub client: Client,
    /// The query.
    pub packet: Vec<u8>,
    /// Where the answer goes.
    pub out: [u8; ROOM],
}

impl Asked {
    /// A query that was answered once already, so that what is set up at its first use is there. `names` are the rules.
    pub fn new(kind: Kind, names: u32) -> Self {
        let (packet, address) = kind.query();
        let local = Some(IpAddr::V4(Ipv4Addr::new(192, 168, 1, 1)));
        let client = Client { address, local, interface: 0, transport: Transport::Udp };
        let mut asked = Self { engine: engine(names), client, packet, out: [0; ROOM] };
        asked.answer();
        asked
    }

    /// Answers the query.
    pub fn answer(&mut self) -> sekisho::engine::Outcome {
        self.engine.answer_now(&self.packet, &self.client, &mut self.out)
    }
}

/// A kind of query, by what becomes of it.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// The address of a listed name: the page's.
    Blocked,
    /// Another type of a listed name: NODATA.
    BlockedNodata,
    /// A name in the cache.
    Hit,
    /// An alias in the cache, whose target is looked up in the rules as well.
    HitAlias,
    /// A name that has to be asked upstream.
    Miss,
    /// A special name, answered by ourselves.
    Local,
    /// A client that may not ask.
    Refused,
    /// No proper query.
    Malformed,
}

impl Kind {
    /// All of them, with what they are called.
    pub const ALL: [(&'static str, Self); 8] = [
        ("blocked", Self::Blocked),
        ("blocked, no data", Self::BlockedNodata),
        ("hit", Self::Hit),
        ("hit with an alias", Self::HitAlias),
        ("miss", Self::Miss),
        ("local", Self::Local),
        ("refused", Self::Refused),
        ("malformed", Self::Malformed),
    ];

    fn query(self) -> (Vec<u8>, IpAddr) {
        let home = IpAddr::V4(Ipv4Addr::new(192, 168, 1, 20));
        let stranger = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));
        let listed = listed(7_777);
        match self {
            Self::Blocked => (query(&format!("www.{listed}"), rtype::A), home),
            Self::BlockedNodata => (query(&listed, rtype::HTTPS), home),
            Self::Hit => (query("www.ordinary.example", rtype::A), home),
            Self::HitAlias => (query("alias.example", rtype::CNAME), home),
            Self::Miss => (query("www.unknown.example", rtype::A), home),
            Self::Local => (query("printer.local", rtype::A), home),
            Self::Refused => (query("www.ordinary.example", rtype::A), stranger),
            Self::Malformed => {
                (b"\x12\x34\x01\x00\0\x02\0\0\0\0\0\0\0\0\x01\0\x01\0\0\x01\0\x01".to_vec(), home)
            }
        }
    }
}

/// The listed name with that number: made up, but of parts that repeat as those of real ones do.
pub fn listed(number: u32) -> String {
    let parts = ["secure", "login", "support", "win", "alert", "update", "mail", "pay"];
    let zones = ["com", "net", "top", "xyz", "info", "co.uk", "web.core.windows.net", "pages.dev"];
    let mixed = number.wrapping_mul(0x9E37_79B9);
    let part = |shift: u32| parts[(mixed >> shift & 7) as usize];
    format!("{}-{}{number:x}.{}", part(3), part(9), zones[(mixed >> 17 & 7) as usize])
}

/// A policy that blocks the first `names` made-up names.
pub fn policy(names: u32) -> Policy {
    let mut compiler = Compiler::default();
    compiler.begin_list(ListInfo {
        name: "names".into(),
        category: "scam".into(),
        shape: Shape::Page,
        given: false,
        allows: false,
    });
    let text: String = (0..names).map(|number| listed(number) + "\n").collect();
    parse(text.as_bytes(), None, Match::Auto, &mut |_, rule| compiler.add(rule).unwrap()).unwrap();
    compiler.finish(&Base::default()).unwrap()
}

fn engine(names: u32) -> Engine {
    let metrics = Metrics::new(["scam"]).unwrap();
    let cache = Arc::new(Cache::new(cache::Settings::default()));
    for (name, qtype, rdata) in [
        ("www.ordinary.example", rtype::A, &[192, 0, 2, 1][..]),
        ("alias.example", rtype::CNAME, b"\x08ordinary\x07example\0"),
    ] {
        let name: Name = name.parse().unwrap();
        let reply = Reply::parse(&reply(&name, qtype, rdata), &name, qtype).unwrap();
        cache.insert(&Key::new(&name, qtype, false, false), reply, Instant::now());
    }
    let settings = Settings {
        block_ttl: 10,
        sinkhole: SinkholeSettings::default(),
        access: Access::default(),
        rate_limit: 0,
        history: true,
        host: "sekisho.home.arpa".parse().unwrap(),
    };
    let engine = Engine::new(
        settings,
        cache,
        LocalNames::new(true).unwrap(),
        Arc::new(LoopProbes::new().unwrap()),
        Forwarder::new(Vec::new(), metrics.clone()),
        metrics,
    );
    engine.swap_policy(&Arc::new(policy(names)));
    engine
}
