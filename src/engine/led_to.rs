//! What answers led to: names that were stopped for something in their answer, not for themselves. The rules alone do not
//! tell that of the name again, and the page has to explain it.

use std::net::IpAddr;

use quick_cache::{Equivalent, sync::Cache};

use crate::{message::rtype, name::Name, policy::Target};

/// How many names and types are remembered, and as many times who was led there.
const MOST: usize = 2048;
/// For how long, in seconds. A page that explains may stand open for a while.
const FOR: u32 = 3600;
/// After so many seconds it is noted anew where it happens again.
const NOTED_AGAIN: u32 = FOR / 2;
/// Types of queries whose answer can lead somewhere that has a page.
const TYPES: [u16; 3] = [rtype::A, rtype::AAAA, rtype::HTTPS];

/// Whom an answer has to have led there, for a name to count as blocked for that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Led {
    /// Anybody: whoever opens the page may have asked through another resolver, such as that of a router, which is then
    /// the client.
    Anybody,
    /// This client itself.
    ThisClient,
}

/// Names that were led somewhere. Seconds are those of the engine.
#[derive(Debug)]
pub(super) struct LedTo {
    targets: Cache<Of<u16>, (Target, u32)>,
    clients: Cache<Of<IpAddr>, u32>,
}

type Of<T> = Key<T, Box<[u8]>>;

/// A name, in wire form, and what belongs to it.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Key<T, N>(T, N);

impl<T: Eq> Equivalent<Of<T>> for Key<T, &[u8]> {
    fn equivalent(&self, owned: &Of<T>) -> bool {
        self.0 == owned.0 && *self.1 == *owned.1
    }
}

impl LedTo {
    pub(super) fn new() -> Self {
        Self { targets: Cache::new(MOST), clients: Cache::new(MOST) }
    }

    /// Whether it is noted, and not long ago, that the answer for `name` and `qtype` led `client` to `target`.
    pub(super) fn knows(
        &self,
        client: IpAddr,
        (name, qtype): (&Name, u16),
        target: &Target,
        now: u32,
    ) -> bool {
        let is_new = |since: u32| now.saturating_sub(since) < NOTED_AGAIN;
        self.clients.get(&Key(client, name.wire())).is_some_and(is_new)
            && self
                .targets
                .get(&Key(qtype, name.wire()))
                .is_some_and(|(known, since)| known == *target && is_new(since))
    }

    /// Notes it. This allocates.
    pub(super) fn note(&self, client: IpAddr, (name, qtype): (&Name, u16), target: Target, now: u32) {
        self.clients.insert(Key(client, name.wire().into()), now);
        self.targets.insert(Key(qtype, name.wire().into()), (target, now));
    }

    /// There is a new answer: where it leads is not known yet.
    pub(super) fn forget(&self, (name, qtype): (&[u8], u16)) {
        self.targets.remove(&Key(qtype, name));
    }

    /// Where answers for `name` led, with the type that was asked for.
    pub(super) fn of(
        &self,
        name: &Name,
        led: Led,
        client: IpAddr,
        now: u32,
    ) -> impl Iterator<Item = (Target, u16)> {
        let holds = move |since: u32| now.saturating_sub(since) < FOR;
        let counts = led == Led::Anybody || self.clients.get(&Key(client, name.wire())).is_some_and(holds);
        let types: &[u16] = if counts { &TYPES } else { &[] };
        types.iter().filter_map(move |&qtype| {
            let (target, since) = self.targets.get(&Key(qtype, name.wire()))?;
            holds(since).then_some((target, qtype))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 20));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 21));

    #[test]
    fn it_is_known_of_whom_it_was_led_there_until_another_answer_or_an_hour_later() {
        let (name, led_to): (Name, _) = ("alias.example".parse().unwrap(), LedTo::new());
        let target = Target::Name("fake.example".parse().unwrap());
        let of = |led, client, now| led_to.of(&name, led, client, now).count();
        let asked = (&name, rtype::A);
        led_to.note(ONE, asked, target.clone(), 100);
        assert!(led_to.knows(ONE, asked, &target, 101));
        assert!(
            !led_to.knows(OTHER, asked, &target, 101)
                && !led_to.knows(ONE, (&name, rtype::AAAA), &target, 101)
        );
        assert!(!led_to.knows(ONE, asked, &Target::Address(OTHER), 101), "it leads elsewhere now");
        assert!(!led_to.knows(ONE, asked, &target, 100 + NOTED_AGAIN), "noted anew in good time");
        assert_eq!((of(Led::ThisClient, ONE, 101), of(Led::ThisClient, OTHER, 101)), (1, 0));
        assert_eq!((of(Led::Anybody, OTHER, 101), of(Led::Anybody, OTHER, 100 + FOR)), (1, 0));
        assert_eq!(of(Led::ThisClient, ONE, 100 + FOR), 0);
        led_to.forget((name.wire(), rtype::AAAA));
        assert_eq!(of(Led::Anybody, ONE, 101), 1, "the answer of another type");
        led_to.forget((name.wire(), rtype::A));
        assert_eq!((of(Led::Anybody, ONE, 101), of(Led::ThisClient, ONE, 101)), (0, 0));
    }
}
