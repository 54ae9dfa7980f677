//! Lists that are fetched from their publishers, again and again.
//!
//! - here: what a subscription is;
//! - [`about`]: what is known of one beside its text;
//! - [`schedule`]: when it is fetched, pure;
//! - [`window`]: lists that publish only what is new, pure;
//! - `fetching`: threads that fetch;
//! - [`chosen`]: subscriptions that commands add and remove.
//!
//! What comes is judged ([`publication`](super::guard::publication)) and taken over, or held, by `held/published.rs`.

pub mod about;
pub mod chosen;
pub(super) mod fetching;
pub mod schedule;
pub mod window;

use std::{sync::Arc, time::Duration};

use super::{
    catalogue::Entry,
    fetch::{ListUrl, UrlError},
    guard::Guarding,
    source::{Origin, Source},
};
use crate::policy::Shape;

/// How often a list is fetched, unless the operator says otherwise.
pub const REFRESH: Duration = Duration::from_hours(6);
/// How often it can be fetched: publishers give lists away, and are not to be robbed.
pub const MOST_OFTEN: Duration = Duration::from_mins(5);

/// Where a list is published, and how it is fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Where it is.
    pub url: ListUrl,
    /// Where else, in the order in which they are tried.
    pub mirrors: Vec<ListUrl>,
    /// Whether plain `http` will do.
    pub plain_http: bool,
    /// How often it is fetched.
    pub refresh: Duration,
    /// How long what it published is kept after it is published no more; zero keeps the last publication alone.
    pub window: Duration,
    /// The publisher's terms, where they are known.
    pub licence: Option<Arc<str>>,
}

impl Entry {
    /// The list as a source, whose names are answered as `shape` says.
    ///
    /// # Errors
    ///
    /// Never for those that are shipped, as the tests show.
    pub fn source(&self, shape: Shape) -> Result<Source, UrlError> {
        let subscription = Subscription {
            url: self.url.parse()?,
            mirrors: self.mirrors.iter().map(|mirror| mirror.parse()).collect::<Result<_, _>>()?,
            plain_http: false,
            refresh: REFRESH,
            window: Duration::ZERO,
            licence: Some(self.licence.as_str().into()),
        };
        Ok(Source {
            name: self.name.as_str().into(),
            origin: Origin::Subscription(subscription.into()),
            category: self.category.as_str().into(),
            shape,
            given: false,
            allows: false,
            format: Some(self.format),
            matching: self.matching,
            guard: Guarding::Auto,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lists::catalogue::catalogue;

    #[test]
    fn every_list_of_the_catalogue_can_be_subscribed_to() {
        for entry in catalogue().unwrap() {
            let source = entry.source(Shape::Page).unwrap();
            assert_eq!(source.guarding(), Guarding::Quarantine, "{}", entry.name);
        }
    }
}
