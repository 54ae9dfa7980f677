//! How old a kept reply is, whether it may still be given, and when a newer one is asked for. Of the time nothing is
//! known here but what is handed in.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use crate::message::Reply;

/// So many uses make a reply popular.
pub(super) const POPULAR: u8 = 3;
/// A popular reply is asked for again in this part of its time, the last.
const LAST_PART: u64 = 10;
/// The shortest time of a reply that is asked for again before it is over, in seconds. TTLs are whole seconds, so that
/// with a shorter one the last part is no part of a second any more, and asking early means asking much more often.
/// From here on it is once in nine tenths of the time instead of once in all of it.
const SHORTEST: u32 = 10;
/// Where the last try for a newer reply has failed, the next is so much later, however many ask.
const TRY_AGAIN: Duration = Duration::from_secs(5);
/// So long after a failure a stale reply is given at once, while a newer one is tried for without a client that waits.
/// That is longer than clients keep a stale answer, so that they are not made to wait when they come back, and shorter
/// than the five minutes of RFC 8767 §5.
const FAILING: Duration = Duration::from_mins(2);

/// Where a reply stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Freshness {
    /// True. It came so many seconds ago.
    Fresh(u32),
    /// Its time is over, and it may be given where nobody knows better.
    Stale,
    /// Nothing may be made of it.
    Over,
}

/// Where `reply` stands, if replies may be given for `serve_stale` seconds after their time.
pub(super) fn freshness(reply: &Reply, serve_stale: u32, now: Instant) -> Freshness {
    let Some(since) = reply.since() else { return Freshness::Over };
    let age = now.saturating_duration_since(since).as_secs();
    let ttl = u64::from(reply.ttl());
    if age < ttl {
        Freshness::Fresh(age as u32)
    } else if age < ttl + u64::from(serve_stale) {
        Freshness::Stale
    } else {
        Freshness::Over
    }
}

/// Milliseconds since the reply came; never 0, which stands for "not yet". After 49 days they stand still.
fn clock(reply: &Reply, now: Instant) -> u32 {
    let age = reply.since().map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
    u32::try_from(age.as_millis()).unwrap_or(u32::MAX).max(1)
}

fn within(moment: u32, clock: u32, limit: Duration) -> bool {
    moment != 0 && u128::from(clock.saturating_sub(moment)) < limit.as_millis()
}

/// Notes that a newer reply was asked for in vain.
pub(super) fn note_failure(reply: &Reply, now: Instant) {
    reply.failed().store(clock(reply, now), Ordering::Relaxed);
}

/// Whether a newer reply was asked for in vain not long ago.
pub(super) fn is_failing(reply: &Reply, now: Instant) -> bool {
    within(reply.failed().load(Ordering::Relaxed), clock(reply, now), FAILING)
}

/// Whether a popular reply is about to expire, and nobody has asked for a newer one yet: true for one of those who ask
/// at the same time.
pub(super) fn claim_before_expiry(reply: &Reply, age: u32, now: Instant) -> bool {
    let ttl = reply.ttl();
    let last_part = u64::from(ttl.saturating_sub(age)) * LAST_PART <= u64::from(ttl);
    last_part && ttl >= SHORTEST && reply.uses() >= POPULAR && claim(reply, 0, clock(reply, now))
}

/// Whether a newer reply than this stale one should be tried for again: true for one of those who ask at the same time.
pub(super) fn claim_after_failure(reply: &Reply, now: Instant) -> bool {
    let clock = clock(reply, now);
    let tried = reply.tried().load(Ordering::Relaxed);
    let failed = reply.failed().load(Ordering::Relaxed);
    !within(tried, clock, TRY_AGAIN) && !within(failed, clock, TRY_AGAIN) && claim(reply, tried, clock)
}

fn claim(reply: &Reply, before: u32, clock: u32) -> bool {
    reply.tried().compare_exchange(before, clock, Ordering::Relaxed, Ordering::Relaxed).is_ok()
}
