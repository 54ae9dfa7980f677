//! How lists are: what commands and, later, the dashboard tell of each.

use serde::{Deserialize, Serialize};

use super::{fetch::Progress, held::Held, moment, source::Origin};

/// How a list is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListStatus {
    /// Its name.
    pub name: String,
    /// What its names are.
    pub category: String,
    /// Whether it names what must pass.
    pub allows: bool,
    /// Where it comes from: a URL, a path, or nothing for what is shipped.
    pub from: Option<String>,
    /// The publisher's terms, where they are known.
    pub licence: Option<String>,
    /// What is to be said of it in a word.
    pub state: ListState,
    /// What is wrong, in a sentence.
    pub problem: Option<String>,
    /// Rules in force.
    pub rules: u64,
    /// Names that no other list has.
    pub alone: Option<u64>,
    /// Rules that are held back by the guards.
    pub quarantined: u64,
    /// When what is in force was read or fetched, in RFC 3339.
    pub last_good: Option<String>,
    /// What is said of its fetching, if it is fetched.
    pub subscription: Option<SubscriptionStatus>,
}

/// A list in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListState {
    /// All is well.
    Fresh,
    /// The last good copy stands in.
    Stale,
    /// A new publication is held.
    Held,
    /// It has never been fetched.
    NotFetched,
}

/// How a list is fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionStatus {
    /// Whether it is fetched by this server at all.
    pub offline: bool,
    /// When its publisher last said what there is, in RFC 3339.
    pub checked: Option<String>,
    /// The URL that gave what is in force.
    pub fetched_from: Option<String>,
    /// The SHA-256 of what is in force, in hexadecimal digits.
    pub sha256: Option<String>,
    /// Names that the last publication added.
    pub added: Option<u64>,
    /// Names that it removed.
    pub removed: Option<u64>,
    /// What is held.
    pub held: Option<HeldStatus>,
    /// How many seconds until it is fetched again.
    pub next_seconds: u64,
    /// How many times it has been fetched since the start, for good or bad.
    pub tries: u64,
    /// How far fetching is.
    pub underway: Option<Underway>,
}

/// What is held of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldStatus {
    /// The reason in a word.
    pub reason: String,
    /// And in a sentence.
    pub why: String,
    /// Whether `sekisho lists accept` can take it over.
    pub can_be_accepted: bool,
    /// How many rules it has.
    pub rules: u64,
    /// When it was fetched, in RFC 3339.
    pub fetched: Option<String>,
    /// How many times in a row something like it was published, as far as that counts.
    pub times: u64,
}

/// How far fetching is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Underway {
    /// Octets that have come.
    pub octets: u64,
    /// Octets that will have come, if that is known.
    pub total: Option<u64>,
}

/// How a list is. `underway` is how far its fetching is; `offline` that nothing is fetched.
pub(super) fn of(held: &Held, underway: Option<Progress>, offline: bool) -> ListStatus {
    let source = held.source();
    let from = match &source.origin {
        Origin::Bundled(_) => None,
        Origin::Path(path) => Some(path.display().to_string()),
        Origin::Subscription(subscription) => Some(subscription.url.to_string()),
    };
    let subscription = held.published().map(|published| {
        let about = &published.about;
        let held = about.held.as_ref().map(|held| HeldStatus {
            reason: held.doubt.key().into(),
            why: held.doubt.to_string(),
            can_be_accepted: held.doubt.can_be_accepted(),
            rules: held.publication.measure.rules,
            fetched: held.publication.fetched.map(moment::show),
            times: held.times,
        });
        // Where what was known is lost, no more than its measure has been found out again.
        let in_force = about.in_force.as_ref().filter(|known| !known.from.is_empty());
        SubscriptionStatus {
            offline,
            checked: about.checked.map(moment::show),
            fetched_from: in_force.map(|known| known.from.clone()),
            sha256: in_force.map(|known| known.sha256.clone()),
            added: in_force.map(|known| known.added),
            removed: in_force.map(|known| known.removed),
            held,
            next_seconds: published.next.saturating_duration_since(std::time::Instant::now()).as_secs(),
            tries: published.tries,
            underway: underway.map(|Progress { octets, total }| Underway { octets, total }),
        }
    });
    let is_held = subscription.as_ref().is_some_and(|subscription| subscription.held.is_some());
    let state = match subscription {
        Some(_) if !held.has_copy() && !is_held => ListState::NotFetched,
        _ if is_held => ListState::Held,
        _ if held.is_stale() => ListState::Stale,
        _ => ListState::Fresh,
    };
    ListStatus {
        name: source.name.to_string(),
        category: source.category.to_string(),
        allows: source.allows,
        from,
        licence: held.subscription().and_then(|subscription| subscription.licence.as_deref().map(Into::into)),
        state,
        problem: held.problem(),
        rules: held.rules(),
        alone: None,
        quarantined: held.quarantine().held,
        last_good: held.last_good().map(moment::show),
        subscription,
    }
}
