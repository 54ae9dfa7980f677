//! What is lifted now: that very name, and none below or above it, for one client or for everybody. One immutable value
//! beside the rules, replaced as a whole: no rule is compiled anew.

use std::{collections::HashMap, net::IpAddr};

use crate::name::Name;

/// All of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lifts {
    /// By name in wire form.
    names: HashMap<Box<[u8]>, Lifted>,
}

/// For whom a name is lifted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Lifted {
    everyone: bool,
    clients: Vec<IpAddr>,
}

impl Lifts {
    /// Lifts a name for a client, or for everybody.
    pub fn add(&mut self, name: &Name, client: Option<IpAddr>) {
        let lifted = self.names.entry(name.wire().into()).or_default();
        match client {
            None => lifted.everyone = true,
            Some(client) => lifted.clients.push(client.to_canonical()),
        }
    }

    /// Whether nothing is lifted, which is nearly always so.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// How many names are lifted for somebody.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether a name is lifted for a client. No allocation, no lock.
    pub fn lift(&self, name: &Name, client: IpAddr) -> bool {
        !self.is_empty()
            && self
                .names
                .get(name.wire())
                .is_some_and(|lifted| lifted.everyone || lifted.clients.contains(&client.to_canonical()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_is_lifted_for_one_client_and_nothing_below_or_above() {
        let name = |text: &str| text.parse::<Name>().unwrap();
        let [one, mapped, other] =
            ["192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"].map(|text| text.parse::<IpAddr>().unwrap());
        let mut lifts = Lifts::default();
        assert!(lifts.is_empty() && !lifts.lift(&name("shop.example"), one));
        lifts.add(&name("Shop.example"), Some(mapped));
        assert!(lifts.lift(&name("shop.example"), one) && lifts.lift(&name("shop.example"), mapped));
        assert!(!lifts.lift(&name("shop.example"), other));
        for not in ["example", "www.shop.example", "myshop.example", "."] {
            assert!(!lifts.lift(&name(not), one), "{not}");
        }
        lifts.add(&name("shop.example"), None);
        assert!(lifts.lift(&name("shop.example"), other));
        assert_eq!(lifts.len(), 1);
    }
}
