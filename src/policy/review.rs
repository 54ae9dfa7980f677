//! What rules say of addresses, and of the servers behind a name: RPZ's `rpz-client-ip`, `rpz-ip`, `rpz-nsdname` and
//! `rpz-nsip`. Asked only where some list has such rules.

use std::net::IpAddr;

use super::{
    Cause, Policy, Source, Verdict,
    rules::{ListSet, matches},
};
use crate::{
    name::Name,
    trie::{Action, AddressRules, Entry, Step},
};

/// Something in a reply that rules may speak of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A name that the answer leads to: CNAME, DNAME, HTTPS, SVCB.
    Name(Name),
    /// An address that it leads to.
    Address(IpAddr),
    /// The name of a server that is authoritative for the query's name.
    Server(Name),
    /// Such a server's address.
    ServerAddress(IpAddr),
}

/// Looks at what a reply leads to, for one query.
pub struct Review<'a> {
    policy: &'a Policy,
    query: (&'a Name, u16),
    /// Lists that let the query's name pass, whatever its answer is.
    lifted: ListSet,
}

impl Policy {
    /// A review of replies to a query; `None` where no rule looks at their addresses or servers.
    pub fn review<'a>(&'a self, name: &'a Name, qtype: u16) -> Option<Review<'a>> {
        let lists = &self.lists;
        if lists.addresses.is_empty() && lists.server_addresses.is_empty() && lists.servers.is_empty() {
            return None;
        }
        let mut lifted = ListSet::default();
        for (_, entry) in matches(&lists.names, name) {
            if matches!(entry.action, Action::Allow | Action::Pass) && lists.holds_for(entry, qtype) {
                lifted.insert(entry.list);
            }
        }
        Some(Review { policy: self, query: (name, qtype), lifted })
    }

    /// What rules say of something in the reply to a query (its name and type); `None` where they say nothing.
    pub fn decide_target<'a>(
        &'a self,
        target: &'a Target,
        (name, qtype): (&'a Name, u16),
    ) -> Option<Verdict<'a>> {
        if let Target::Name(target) = target {
            return Some(self.decide(target, qtype));
        }
        self.review(name, qtype)?.decide(target)
    }

    /// What the rules for networks say of an address: of each list the narrowest network decides, and of all lists
    /// again the narrowest. Lists that let the address pass are noted in `lifted`, and those that are there already are
    /// not asked.
    pub(super) fn by_network<'a>(
        &'a self,
        rules: &'a AddressRules,
        address: IpAddr,
        query: (&'a Name, u16),
        lifted: &mut ListSet,
    ) -> Option<Verdict<'a>> {
        let (mut decided, mut logged) = (None, None);
        let mut heard = ListSet::default();
        for (network, entries) in rules.walk(address) {
            for of_list in entries.chunk_by(|one, other| one.list == other.list) {
                let entry = of_list[0];
                if heard.contains(entry.list) {
                    continue;
                }
                heard.insert(entry.list);
                if of_list.iter().any(|entry| !entry.action.stops()) {
                    lifted.insert(entry.list);
                } else if self.takes_note(entry.list) {
                    logged.get_or_insert((network, entries, entry));
                } else if !lifted.contains(entry.list) {
                    decided.get_or_insert((network, entries, entry));
                }
            }
        }
        let cause = |(network, entries, entry)| {
            let (name, qtype) = query;
            let labels = name.label_count();
            Cause {
                policy: self,
                name,
                qtype,
                labels,
                network: Some(network),
                pattern: None,
                entries,
                entry,
                source: Source::Lists,
                reaches_below: false,
            }
        };
        decided.map(cause).map(Verdict::stopped_by).or_else(|| logged.map(cause).map(Verdict::Logged))
    }
}

impl<'a> Review<'a> {
    /// What rules say of something in the reply; `None` where they say nothing.
    pub fn decide<'s>(&self, target: &'s Target) -> Option<Verdict<'s>>
    where
        'a: 's,
    {
        match target {
            Target::Name(name) => Some(self.policy.decide(name, self.query.1)),
            Target::Address(address) => self.address(*address),
            Target::Server(server) => self.server(server),
            Target::ServerAddress(address) => self.server_address(*address),
        }
    }

    /// What rules say of an address that the answer leads to.
    pub fn address(&self, address: IpAddr) -> Option<Verdict<'a>> {
        let rules = &self.policy.lists.addresses;
        self.policy.by_network(rules, address, self.query, &mut self.lifted.clone())
    }

    /// What rules say of the address of a server that is authoritative for the name.
    pub fn server_address(&self, address: IpAddr) -> Option<Verdict<'a>> {
        let rules = &self.policy.lists.server_addresses;
        self.policy.by_network(rules, address, self.query, &mut self.lifted.clone())
    }

    /// What rules say of the name of such a server.
    pub fn server<'s>(&self, server: &'s Name) -> Option<Verdict<'s>>
    where
        'a: 's,
    {
        let policy: &'s Policy = self.policy;
        let (mut decided, mut logged) = (None, None);
        // From the root inwards: the last is the most specific.
        for (step, entry) in matches(&policy.lists.servers, server) {
            if self.lifted.contains(entry.list) {
                continue;
            }
            let slot = if policy.takes_note(entry.list) { &mut logged } else { &mut decided };
            *slot = Some((step, entry));
        }
        let stops = |(step, entry): (Step<'s>, Entry)| {
            entry.action.stops().then_some(Cause {
                policy,
                name: server,
                qtype: self.query.1,
                labels: step.labels,
                network: None,
                pattern: None,
                entries: step.entries,
                entry,
                source: Source::Lists,
                reaches_below: false,
            })
        };
        decided
            .and_then(stops)
            .map(Verdict::stopped_by)
            .or_else(|| logged.and_then(stops).map(Verdict::Logged))
    }
}
