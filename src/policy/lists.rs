//! What lists say, compiled: the names, and what entries there refer to by number.

use serde::{Deserialize, Serialize};

use crate::trie::{AddressRules, Entry, Overlay, Trie, TypesId};

/// The rules of all lists.
#[derive(Debug, Default)]
pub struct ListRules {
    /// Names that are asked for, or that answers lead to.
    pub names: Trie,
    /// Names of the servers that are authoritative for a name.
    pub servers: Overlay,
    /// Addresses of clients.
    pub clients: AddressRules,
    /// Addresses in answers.
    pub addresses: AddressRules,
    /// Addresses of the servers that are authoritative for a name.
    pub server_addresses: AddressRules,
    /// Sets of query types, from number 1; entries with number 0 hold for every type.
    pub types: Vec<Types>,
    /// Records of the lists' own, by number.
    pub records: Vec<Record>,
}

impl ListRules {
    /// How many names and networks have a rule.
    pub fn len(&self) -> usize {
        let networks = self.clients.len() + self.addresses.len() + self.server_addresses.len();
        self.names.len() + self.servers.len() + networks
    }

    /// Whether lists say nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether an entry holds for queries of a type.
    pub(super) fn holds_for(&self, entry: Entry, qtype: u16) -> bool {
        entry.types == 0 || self.types(entry.types).is_some_and(|types| types.hold_for(qtype))
    }

    fn types(&self, id: TypesId) -> Option<&Types> {
        self.types.get(usize::from(id).checked_sub(1)?)
    }

    /// Octets that the rules take in memory.
    pub fn octets(&self) -> usize {
        let types: usize = self.types.iter().map(|types| size_of_val(types) + 2 * types.named.len()).sum();
        let records: usize = self.records.iter().map(|record| size_of_val(record) + record.data.len()).sum();
        let networks = [&self.clients, &self.addresses, &self.server_addresses];
        let networks: usize = networks.iter().map(|networks| networks.octets()).sum();
        self.names.octets() + self.servers.octets() + networks + types + records
    }
}

/// Some types of query, or all but some: adblock's `$dnstype`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Types {
    /// The types that are named, in order, each once; never empty.
    pub named: Vec<u16>,
    /// Whether the rule holds for all others instead.
    pub except: bool,
}

impl Types {
    /// Whether the rule holds for this type.
    pub fn hold_for(&self, qtype: u16) -> bool {
        self.named.binary_search(&qtype).is_ok() != self.except
    }
}

/// A record of a list's own: RPZ's local data.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Record {
    /// Its type.
    pub rtype: u16,
    /// Its time to live, in seconds, if the list says one.
    pub ttl: Option<u32>,
    /// Its data in wire form, names in it uncompressed. A CNAME whose first label is `*` stands for the query name
    /// in front of the other labels.
    pub data: Box<[u8]>,
}
