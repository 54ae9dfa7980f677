//! Replies from upstream by question, in wire form. Pure: the time is handed in.
//!
//! What is kept is what upstream said, never what the policy thought of it: the policy is asked on every use, so a
//! swap of the rules holds at once and nothing here has to be thrown away.
//!
//! The store is `quick_cache`: sharded, bounded by weight, and with an admission (S3-FIFO) that a scan of names
//! asked once cannot flush. Its weight here is octets, what the store itself needs for an entry included.

use std::{
    hash::{Hash, Hasher},
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use quick_cache::{Equivalent, Lifecycle, Weighter, sync::Cache as Store};

use crate::{
    message::{Query, Reply},
    name::Name,
};

/// Octets that one entry costs beside its reply and its name: the store's node, its hash slot at full load, the
/// `Arc`'s counters and the allocator's headers. Seen with a million entries; an estimate, not a promise.
const OVERHEAD_OCTETS: u64 = 160;
/// What an ordinary entry weighs, to size the store's tables before there is one.
const ORDINARY_OCTETS: u64 = 400;

/// How replies are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The most octets that all entries may take.
    pub memory: u64,
    /// Replies live at least this long, unless they may not be kept at all.
    pub min_ttl: Duration,
    /// Replies live at most this long.
    pub max_ttl: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { memory: 32 << 20, min_ttl: Duration::ZERO, max_ttl: Duration::from_hours(24) }
    }
}

/// What a look-up found.
#[derive(Debug)]
pub enum Lookup {
    /// A reply that is still true, and how many seconds ago it came.
    Fresh(Arc<Reply>, u32),
    /// Nothing that may be used.
    Miss,
}

/// What decides which reply fits: the question, and the two flags that change what upstream says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    name: Box<[u8]>,
    qtype: u16,
    flags: u8,
}

impl Key {
    /// The key of a question in class IN.
    pub fn new(name: &Name, qtype: u16, dnssec_ok: bool, checking_disabled: bool) -> Self {
        Self { name: name.wire().into(), qtype, flags: flags(dnssec_ok, checking_disabled) }
    }

    /// The key of a client's query.
    pub fn of(query: &Query<'_>) -> Self {
        Self::new(&query.question.name, query.question.qtype, query.dnssec_ok(), query.checking_disabled())
    }
}

fn flags(dnssec_ok: bool, checking_disabled: bool) -> u8 {
    u8::from(dnssec_ok) | u8::from(checking_disabled) << 1
}

/// A key that borrows from a query, so that looking up does not allocate.
struct KeyRef<'a> {
    name: &'a [u8],
    qtype: u16,
    flags: u8,
}

impl Hash for KeyRef<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(self.name);
        state.write_u32(u32::from(self.qtype) << 8 | u32::from(self.flags));
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        KeyRef { name: &self.name, qtype: self.qtype, flags: self.flags }.hash(state);
    }
}

impl Equivalent<Key> for KeyRef<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.qtype == key.qtype && self.flags == key.flags && *self.name == *key.name
    }
}

#[derive(Debug, Clone)]
struct Entry {
    reply: Arc<Reply>,
    since: Instant,
}

#[derive(Debug, Clone)]
struct Octets;

impl Weighter<Key, Entry> for Octets {
    fn weight(&self, key: &Key, entry: &Entry) -> u64 {
        OVERHEAD_OCTETS
            + (size_of::<Key>() + key.name.len() + size_of::<Entry>() + entry.reply.octets()) as u64
    }
}

/// Counts what the store throws out.
#[derive(Debug, Clone, Default)]
struct CountEvictions(Arc<AtomicU64>);

impl Lifecycle<Key, Entry> for CountEvictions {
    type RequestState = ();

    fn on_evict(&self, (): &mut (), _: Key, _: Entry) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Replies by question, bounded in octets.
#[derive(Debug)]
pub struct Cache {
    store: Store<Key, Entry, Octets, foldhash::fast::RandomState, CountEvictions>,
    evictions: Arc<AtomicU64>,
    /// Entries that made way for a newer reply to the same question. The store counts them among those thrown out.
    replaced: AtomicU64,
    /// Bounds of TTLs, in seconds.
    min_ttl: AtomicU32,
    max_ttl: AtomicU32,
}

impl Cache {
    /// An empty cache.
    pub fn new(settings: Settings) -> Self {
        let lifecycle = CountEvictions::default();
        let evictions = lifecycle.0.clone();
        let items = (settings.memory / ORDINARY_OCTETS).max(16) as usize;
        let hasher = foldhash::fast::RandomState::default();
        let store = Store::with(items, settings.memory, Octets, hasher, lifecycle);
        let (min_ttl, max_ttl) = (seconds(settings.min_ttl).into(), seconds(settings.max_ttl).into());
        Self { store, evictions, replaced: AtomicU64::new(0), min_ttl, max_ttl }
    }

    /// Takes other bounds. What is in it stays, as far as there is still room.
    pub fn set(&self, settings: Settings) {
        self.store.set_capacity(settings.memory);
        self.min_ttl.store(seconds(settings.min_ttl), Ordering::Relaxed);
        self.max_ttl.store(seconds(settings.max_ttl), Ordering::Relaxed);
    }

    /// Looks for a reply to `query` that is still true at `now`. Does not allocate.
    pub fn get(&self, query: &Query<'_>, now: Instant) -> Lookup {
        self.get_for(&query.question.name, query, now)
    }

    /// Looks for what `query` would be told if it asked for `name`.
    pub fn get_for(&self, name: &Name, query: &Query<'_>, now: Instant) -> Lookup {
        let key = KeyRef {
            name: name.wire(),
            qtype: query.question.qtype,
            flags: flags(query.dnssec_ok(), query.checking_disabled()),
        };
        let Some(entry) = self.store.get(&key) else { return Lookup::Miss };
        let age = now.saturating_duration_since(entry.since).as_secs();
        if age >= u64::from(entry.reply.ttl()) {
            return Lookup::Miss;
        }
        Lookup::Fresh(entry.reply, age as u32)
    }

    /// Keeps a reply, if it may be kept.
    pub fn insert(&self, key: Key, mut reply: Reply, now: Instant) -> Arc<Reply> {
        let (least, most) = (self.min_ttl.load(Ordering::Relaxed), self.max_ttl.load(Ordering::Relaxed));
        // While both are being changed they may be the wrong way round for a moment.
        reply.clamp_ttl(least.min(most), most);
        let reply = Arc::new(reply);
        if reply.ttl() > 0 {
            if self.store.peek(&key).is_some() {
                self.replaced.fetch_add(1, Ordering::Relaxed);
            }
            self.store.insert(key, Entry { reply: reply.clone(), since: now });
        }
        reply
    }

    /// Octets that the entries take.
    pub fn octets(&self) -> u64 {
        self.store.weight()
    }

    /// How many entries there are, expired ones included until they are thrown out.
    pub fn len(&self) -> usize {
        self.store.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.store.is_empty()
    }

    /// How many entries were thrown out for want of room since the start.
    pub fn evictions(&self) -> u64 {
        let replaced = self.replaced.load(Ordering::Relaxed);
        self.evictions.load(Ordering::Relaxed).saturating_sub(replaced)
    }
}

fn seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_secs()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Edns, Question, rtype};

    fn query(name: &str, qtype: u16, dnssec_ok: bool, flags: u16) -> Query<'static> {
        let question = Question { name: name.parse().unwrap(), qtype, qclass: 1, wire: &[] };
        let edns = dnssec_ok.then_some(Edns { payload: 1232, dnssec_ok, cookie: None });
        Query { id: 1, flags, question, edns }
    }

    fn reply(name: &str, ttl: u32) -> Reply {
        let name: Name = name.parse().unwrap();
        let mut message = vec![0, 7, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0];
        message.extend(name.wire());
        message.extend([0, 1, 0, 1, 0xC0, 12, 0, 1, 0, 1]);
        message.extend(ttl.to_be_bytes());
        message.extend([0, 4, 192, 0, 2, 1]);
        Reply::parse(&message, &name, rtype::A).unwrap()
    }

    fn age(cache: &Cache, query: &Query<'_>, now: Instant) -> Option<u32> {
        match cache.get(query, now) {
            Lookup::Fresh(_, age) => Some(age),
            Lookup::Miss => None,
        }
    }

    #[test]
    fn a_reply_lives_as_long_as_its_ttl() {
        let cache = Cache::new(Settings::default());
        let start = Instant::now();
        let asked = query("a.example", rtype::A, false, 0);
        cache.insert(Key::of(&asked), reply("a.example", 60), start);
        assert_eq!(age(&cache, &asked, start + Duration::from_millis(1500)), Some(1));
        assert_eq!(age(&cache, &asked, start + Duration::from_secs(59)), Some(59));
        assert_eq!(age(&cache, &asked, start + Duration::from_mins(1)), None);
    }

    #[test]
    fn questions_differ_by_name_type_and_flags() {
        let cache = Cache::new(Settings::default());
        let now = Instant::now();
        cache.insert(Key::of(&query("a.example", rtype::A, false, 0)), reply("a.example", 60), now);
        assert!(age(&cache, &query("A.EXAMPLE", rtype::A, false, 0x0100), now).is_some());
        assert!(age(&cache, &query("b.example", rtype::A, false, 0), now).is_none());
        assert!(age(&cache, &query("a.example", rtype::AAAA, false, 0), now).is_none());
        assert!(age(&cache, &query("a.example", rtype::A, true, 0), now).is_none());
        assert!(age(&cache, &query("a.example", rtype::A, false, 0x0010), now).is_none());
    }

    #[test]
    fn ttls_are_clamped_and_zero_is_never_kept() {
        let settings = Settings {
            min_ttl: Duration::from_secs(30),
            max_ttl: Duration::from_secs(100),
            ..Settings::default()
        };
        let cache = Cache::new(settings);
        let now = Instant::now();
        for (ttl, kept) in [(5, 30), (60, 60), (500, 100), (0, 0)] {
            let asked = query("a.example", rtype::A, false, 0);
            assert_eq!(cache.insert(Key::of(&asked), reply("a.example", ttl), now).ttl(), kept);
        }
        let never = Cache::new(settings);
        never.insert(Key::of(&query("z.example", rtype::A, false, 0)), reply("z.example", 0), now);
        assert!(never.is_empty());
    }

    #[test]
    fn a_newer_reply_to_the_same_question_throws_nothing_out() {
        let cache = Cache::new(Settings::default());
        let now = Instant::now();
        for _ in 0..5 {
            cache.insert(Key::of(&query("a.example", rtype::A, false, 0)), reply("a.example", 60), now);
        }
        assert_eq!((cache.len(), cache.evictions()), (1, 0));
    }

    #[test]
    fn other_bounds_hold_at_once_and_keep_what_fits() {
        let cache = Cache::new(Settings { memory: 4 << 20, ..Settings::default() });
        let now = Instant::now();
        for index in 0..3000 {
            let name = format!("name-{index}.example");
            cache.insert(Key::of(&query(&name, rtype::A, false, 0)), reply(&name, 60), now);
        }
        let before = cache.len();
        let memory = 200_000;
        cache.set(Settings { memory, min_ttl: Duration::from_secs(90), max_ttl: Duration::from_secs(90) });
        assert!(cache.octets() <= memory && cache.len() > 100 && cache.len() < before, "{}", cache.len());
        let asked = query("b.example", rtype::A, false, 0);
        assert_eq!(cache.insert(Key::of(&asked), reply("b.example", 60), now).ttl(), 90);
    }

    #[test]
    fn memory_is_bounded_whatever_is_asked() {
        let memory = 200_000;
        let cache = Cache::new(Settings { memory, ..Settings::default() });
        let now = Instant::now();
        for index in 0..5000 {
            let name = format!("name-{index}.example");
            cache.insert(Key::of(&query(&name, rtype::A, false, 0)), reply(&name, 60), now);
        }
        assert!(cache.octets() <= memory, "{}", cache.octets());
        assert!(cache.len() > 100 && cache.evictions() > 1000, "{} {}", cache.len(), cache.evictions());
    }
}
