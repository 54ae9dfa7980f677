//! What is kept, for how long, and what is thrown out.

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
        Lookup::Stale { .. } | Lookup::Miss => None,
    }
}

#[test]
fn a_reply_lives_as_long_as_its_ttl() {
    let cache = Cache::new(Settings::default());
    let start = Instant::now();
    let asked = query("a.example", rtype::A, false, 0);
    cache.insert(&Key::of(&asked), reply("a.example", 60), start);
    assert_eq!(age(&cache, &asked, start + Duration::from_millis(1500)), Some(1));
    assert_eq!(age(&cache, &asked, start + Duration::from_secs(59)), Some(59));
    assert_eq!(age(&cache, &asked, start + Duration::from_mins(1)), None);
}

#[test]
fn questions_differ_by_name_type_and_flags() {
    let cache = Cache::new(Settings::default());
    let now = Instant::now();
    cache.insert(&Key::of(&query("a.example", rtype::A, false, 0)), reply("a.example", 60), now);
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
        assert_eq!(cache.insert(&Key::of(&asked), reply("a.example", ttl), now).ttl(), kept);
    }
    let never = Cache::new(settings);
    never.insert(&Key::of(&query("z.example", rtype::A, false, 0)), reply("z.example", 0), now);
    assert!(never.is_empty());
}

#[test]
fn a_newer_reply_to_the_same_question_throws_nothing_out() {
    let cache = Cache::new(Settings::default());
    let now = Instant::now();
    for _ in 0..5 {
        cache.insert(&Key::of(&query("a.example", rtype::A, false, 0)), reply("a.example", 60), now);
    }
    assert_eq!((cache.len(), cache.evictions()), (1, 0));
}

#[test]
fn other_bounds_hold_at_once_and_keep_what_fits() {
    let cache = Cache::new(Settings { memory: 4 << 20, ..Settings::default() });
    let now = Instant::now();
    for index in 0..3000 {
        let name = format!("name-{index}.example");
        cache.insert(&Key::of(&query(&name, rtype::A, false, 0)), reply(&name, 60), now);
    }
    let before = cache.len();
    let memory = 200_000;
    let ttl = Duration::from_secs(90);
    cache.set(Settings { memory, min_ttl: ttl, max_ttl: ttl, ..Settings::default() });
    assert!(cache.octets() <= memory && cache.len() > 100 && cache.len() < before, "{}", cache.len());
    let asked = query("b.example", rtype::A, false, 0);
    assert_eq!(cache.insert(&Key::of(&asked), reply("b.example", 60), now).ttl(), 90);
}

#[test]
fn memory_is_bounded_whatever_is_asked() {
    let memory = 200_000;
    let cache = Cache::new(Settings { memory, ..Settings::default() });
    let now = Instant::now();
    for index in 0..5000 {
        let name = format!("name-{index}.example");
        cache.insert(&Key::of(&query(&name, rtype::A, false, 0)), reply(&name, 60), now);
    }
    assert!(cache.octets() <= memory, "{}", cache.octets());
    assert!(cache.len() > 100 && cache.evictions() > 1000, "{} {}", cache.len(), cache.evictions());
}

/// A cache with one reply of this TTL, which came at the moment that is returned, and the query for it.
fn with_one(settings: Settings, ttl: u32) -> (Cache, Query<'static>, Instant) {
    let cache = Cache::new(settings);
    let (asked, start) = (query("a.example", rtype::A, false, 0), Instant::now());
    cache.insert(&Key::of(&asked), reply("a.example", ttl), start);
    (cache, asked, start)
}

fn found(cache: &Cache, query: &Query<'_>, now: Instant) -> Option<Reply> {
    match cache.get(query, now) {
        Lookup::Fresh(reply, _) | Lookup::Stale { reply, .. } => Some(reply),
        Lookup::Miss => None,
    }
}

fn after(start: Instant, seconds: u64) -> Instant {
    start + Duration::from_secs(seconds)
}

#[test]
fn a_reply_is_stale_after_its_time_and_over_after_that() {
    let settings = Settings { serve_stale: Duration::from_mins(10), ..Settings::default() };
    let (cache, asked, start) = with_one(settings, 60);
    let at = |seconds| cache.get(&asked, after(start, seconds));
    assert!(matches!(at(59), Lookup::Fresh(_, 59)));
    assert!(matches!(at(60), Lookup::Stale { failing: false, .. }));
    assert!(matches!(at(659), Lookup::Stale { failing: false, .. }));
    assert!(matches!(at(660), Lookup::Miss));
    cache.set(Settings { serve_stale: Duration::ZERO, ..settings });
    assert!(matches!(at(60), Lookup::Miss));
}

#[test]
fn after_a_failure_a_reply_is_failing_for_two_minutes() {
    let (cache, asked, start) = with_one(Settings::default(), 60);
    let failing = |seconds| match cache.get(&asked, after(start, seconds)) {
        Lookup::Stale { failing, .. } => failing,
        _ => false,
    };
    let reply = found(&cache, &asked, after(start, 100)).unwrap();
    assert!(!failing(100));
    cache.note_failure(&reply, after(start, 100));
    assert!(failing(100) && failing(219) && !failing(220));
}

#[test]
fn a_stale_reply_is_asked_for_again_every_five_seconds_by_one_client() {
    let (cache, asked, start) = with_one(Settings::default(), 60);
    let reply = found(&cache, &asked, after(start, 100)).unwrap();
    cache.note_failure(&reply, after(start, 100));
    let claims = |seconds| (0..3).filter(|_| cache.claim_refresh(&reply, after(start, seconds))).count();
    assert_eq!([claims(100), claims(104), claims(105), claims(109), claims(110)], [0, 0, 1, 0, 1]);
}

#[test]
fn a_popular_reply_is_asked_for_again_once_in_the_last_tenth_of_its_time() {
    let (cache, asked, start) = with_one(Settings::default(), 100);
    let reply = found(&cache, &asked, start).unwrap();
    let claims = |seconds| (0..3).filter(|_| cache.claim_refresh(&reply, after(start, seconds))).count();
    assert_eq!(claims(95), 0, "it was asked for once");
    found(&cache, &asked, start);
    assert_eq!(claims(95), 0, "and twice");
    found(&cache, &asked, start);
    assert_eq!([claims(89), claims(90), claims(95), claims(99)], [0, 1, 0, 0]);
}

#[test]
fn a_reply_is_not_asked_for_again_if_that_is_not_wanted_or_its_time_is_short() {
    for (prefetch, ttl, claimed) in [(true, 10, true), (true, 9, false), (false, 100, false)] {
        let (cache, asked, start) = with_one(Settings { prefetch, ..Settings::default() }, ttl);
        let replies: Vec<Reply> = (0..5).filter_map(|_| found(&cache, &asked, start)).collect();
        let claims = |second| cache.claim_refresh(&replies[0], after(start, second));
        assert_eq!((0..u64::from(ttl)).any(claims), claimed, "{prefetch} {ttl}");
    }
}

#[test]
fn a_newer_reply_is_counted_afresh() {
    let (cache, asked, start) = with_one(Settings::default(), 100);
    for _ in 0..5 {
        found(&cache, &asked, start);
    }
    cache.insert(&Key::of(&asked), reply("a.example", 100), start);
    let newer = found(&cache, &asked, start).unwrap();
    assert!(!cache.claim_refresh(&newer, after(start, 95)));
}

#[test]
fn a_reply_that_may_not_be_kept_takes_away_what_was_said_before() {
    let (cache, asked, start) = with_one(Settings::default(), 60);
    cache.insert(&Key::of(&asked), reply("a.example", 0), after(start, 61));
    assert!(matches!(cache.get(&asked, after(start, 62)), Lookup::Miss));
}

#[test]
fn a_reply_somebody_else_has_as_well_is_not_changed_under_their_hands() {
    let settings = Settings { max_ttl: Duration::from_secs(10), ..Settings::default() };
    let first = reply("a.example", 60);
    let kept = Cache::new(settings).insert(
        &Key::of(&query("a.example", rtype::A, true, 0)),
        first.clone(),
        Instant::now(),
    );
    assert_eq!((first.ttl(), kept.ttl()), (60, 10));
    assert_eq!((flags_of(&first), flags_of(&kept)), ((false, false), (true, false)));
}

/// Goes round once.
fn sweep(cache: &Cache, now: Instant) {
    let mut round = cache.sweep();
    while round.step(100, now) {}
}

#[test]
fn what_may_not_be_given_any_more_is_taken_out_and_the_rest_stays() {
    let cache = Cache::new(Settings { serve_stale: Duration::from_mins(1), ..Settings::default() });
    let start = Instant::now();
    for (index, ttl) in [10, 100, 1000].into_iter().enumerate() {
        let name = format!("name-{index}.example");
        cache.insert(&Key::of(&query(&name, rtype::A, false, 0)), reply(&name, ttl), start);
    }
    for (seconds, left) in [(9, 3), (69, 3), (70, 2), (160, 1), (1059, 1), (1060, 0)] {
        sweep(&cache, after(start, seconds));
        assert_eq!(cache.len(), left, "after {seconds} s");
    }
    assert_eq!(cache.evictions(), 0, "none of them for want of room");
}

#[test]
fn what_is_stale_makes_room_when_there_is_none() {
    let cache = Cache::new(Settings { memory: 1 << 20, ..Settings::default() });
    let start = Instant::now();
    let fill = |kind: &str, now| {
        for index in 0..20_000 {
            let name = format!("{kind}-{index}.example");
            cache.insert(&Key::of(&query(&name, rtype::A, false, 0)), reply(&name, 60), now);
        }
    };
    fill("old", start);
    let before = cache.len();
    sweep(&cache, after(start, 59));
    assert_eq!(cache.len(), before, "all are fresh");
    sweep(&cache, after(start, 60));
    assert_eq!(cache.len(), before, "nobody wanted room since the last round");
    fill("new", after(start, 60));
    sweep(&cache, after(start, 61));
    assert!(cache.len() < before / 2, "{} of {before}", cache.len());
}

#[test]
fn what_was_popular_yesterday_does_not_keep_out_what_is_popular_today() {
    let cache = Cache::new(Settings { memory: 1 << 20, ..Settings::default() });
    let mut now = Instant::now();
    let ask = |kind: &str, now| {
        let mut hits = 0;
        for index in 0..4500 {
            let name = format!("{kind}-{index}.example");
            let asked = query(&name, rtype::A, false, 0);
            if matches!(cache.get(&asked, now), Lookup::Fresh(..)) {
                hits += 1;
            } else {
                cache.insert(&Key::of(&asked), reply(&name, 3600), now);
            }
        }
        hits
    };
    for _ in 0..5 {
        ask("yesterday", now);
    }
    assert!(ask("yesterday", now) > 4300);
    now = after(now, 4000);
    // An hour later they are stale, and others are asked for.
    for _ in 0..3 {
        ask("today", now);
        sweep(&cache, now);
    }
    let hits = ask("today", now);
    assert!(hits > 4300, "{hits} of 4500");
}
