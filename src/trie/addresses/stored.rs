//! Rules about addresses as octets, for a file, and back.
//!
//! All numbers are little-endian. First how many sets there are (4 octets), and of each how many entries (4) and these
//! (11 each); then how many networks there are (4), and of each where it begins (16), its width (1) and the number of
//! its set (4). What is around each network is worked out again. Whatever is read is checked: a damaged file is refused,
//! and one that was made to do harm is at worst another set of rules.

use super::{
    super::{Action, Entry, Negative, Scope},
    AddressRules, MOST_OF_A_LIST, NONE, mask,
};

/// Octets of an entry.
const ENTRY_OCTETS: usize = 11;
/// Octets of a network.
const NETWORK_OCTETS: usize = 21;

/// The octets are no rules about addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored rules about addresses are damaged")]
pub struct Damaged;

impl AddressRules {
    /// The rules as octets. The same rules give the same octets.
    pub fn to_octets(&self) -> Vec<u8> {
        let mut octets = Vec::new();
        octets.extend((self.sets.len() as u32).to_le_bytes());
        for set in &self.sets {
            octets.extend((set.len() as u32).to_le_bytes());
            set.iter().for_each(|entry| write(*entry, &mut octets));
        }
        octets.extend((self.len() as u32).to_le_bytes());
        for (start, network) in self.starts.iter().zip(&self.networks) {
            octets.extend(start.to_le_bytes());
            octets.push(network.bits);
            octets.extend(network.set.to_le_bytes());
        }
        octets
    }

    /// Reads what [`AddressRules::to_octets`] wrote.
    pub fn from_octets(octets: &[u8]) -> Result<Self, Damaged> {
        let mut rest = octets;
        let mut rules = Self::default();
        // Each set has at least the count of its entries.
        for _ in 0..count(&mut rest, 4)? {
            let entries = count(&mut rest, ENTRY_OCTETS)?;
            let set = (0..entries).map(|_| read(&mut rest)).collect::<Result<Box<[Entry]>, _>>()?;
            if !is_sound(&set) {
                return Err(Damaged);
            }
            rules.sets.push(set);
        }
        let networks = count(&mut rest, NETWORK_OCTETS)?;
        if networks >= NONE as usize {
            return Err(Damaged);
        }
        rules.starts.reserve_exact(networks);
        rules.networks.reserve_exact(networks);
        for _ in 0..networks {
            rules.read_network(&mut rest)?;
        }
        if rest.is_empty() { Ok(rules) } else { Err(Damaged) }
    }

    /// Reads the next network.
    fn read_network(&mut self, rest: &mut &[u8]) -> Result<(), Damaged> {
        let start = u128::from_le_bytes(take(rest)?);
        let [bits] = take(rest)?;
        let set = u32::from_le_bytes(take(rest)?);
        let last = self.starts.last().zip(self.networks.last());
        let in_order = last.is_none_or(|(before, network)| (*before, network.bits) < (start, bits));
        let whole = bits <= 128 && start & !mask(bits) == 0 && (set as usize) < self.sets.len();
        if !in_order || !whole {
            return Err(Damaged);
        }
        self.push(start, bits, set);
        Ok(())
    }
}

/// Whether a set could have been built: neither empty, nor out of order, nor more than one list may say.
fn is_sound(set: &[Entry]) -> bool {
    !set.is_empty()
        && set.is_sorted_by(|one, other| one < other)
        && set.chunk_by(|one, other| one.list == other.list).all(|of_list| of_list.len() <= MOST_OF_A_LIST)
}

/// Reads how many things of at least so many octets follow. More than there is room for are refused before anything
/// is made for them.
fn count(rest: &mut &[u8], octets: usize) -> Result<usize, Damaged> {
    let count = u32::from_le_bytes(take(rest)?) as usize;
    if count <= rest.len() / octets { Ok(count) } else { Err(Damaged) }
}

/// Takes the next octets.
fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], Damaged> {
    let (head, behind) = rest.split_first_chunk::<N>().ok_or(Damaged)?;
    *rest = behind;
    Ok(*head)
}

fn write(entry: Entry, octets: &mut Vec<u8>) {
    let scope = match entry.scope {
        Scope::Exact => 0,
        Scope::Subtree => 1,
        Scope::Below => 2,
    };
    let (action, of_action) = match entry.action {
        Action::Block => (0, 0),
        Action::Negative(Negative::Nxdomain) => (1, 0),
        Action::Negative(Negative::Nodata) => (1, 1),
        Action::Negative(Negative::Refused) => (1, 2),
        Action::Allow => (2, 0),
        Action::Pass => (3, 0),
        Action::Spare(labels) => (4, labels.into()),
        Action::Drop => (5, 0),
        Action::TcpOnly => (6, 0),
        Action::Data(number) => (7, number),
    };
    octets.extend(entry.list.to_le_bytes());
    octets.extend([scope, u8::from(entry.important) | u8::from(entry.spares) << 1]);
    octets.extend(entry.types.to_le_bytes());
    octets.push(action);
    octets.extend(of_action.to_le_bytes());
}

fn read(rest: &mut &[u8]) -> Result<Entry, Damaged> {
    let list = u16::from_le_bytes(take(rest)?);
    let [scope, marks] = take(rest)?;
    let types = u16::from_le_bytes(take(rest)?);
    let [action] = take(rest)?;
    let of_action = u32::from_le_bytes(take(rest)?);
    let scope = match scope {
        0 => Scope::Exact,
        1 => Scope::Subtree,
        2 => Scope::Below,
        _ => return Err(Damaged),
    };
    let action = match (action, of_action) {
        (0, 0) => Action::Block,
        (1, 0) => Action::Negative(Negative::Nxdomain),
        (1, 1) => Action::Negative(Negative::Nodata),
        (1, 2) => Action::Negative(Negative::Refused),
        (2, 0) => Action::Allow,
        (3, 0) => Action::Pass,
        (4, labels) => Action::Spare(u8::try_from(labels).map_err(|_| Damaged)?),
        (5, 0) => Action::Drop,
        (6, 0) => Action::TcpOnly,
        (7, number) => Action::Data(number),
        _ => return Err(Damaged),
    };
    if marks > 3 {
        return Err(Damaged);
    }
    Ok(Entry { list, scope, action, important: marks & 1 != 0, spares: marks & 2 != 0, types })
}
