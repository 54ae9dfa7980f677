//! A set of names that can be asked what is above and below a name, as the guards need it. Pure.
//!
//! Names are kept sorted and packed, some twenty octets for each: the names of the most visited sites are up to a
//! million.

use crate::name::{MAX_WIRE_OCTETS, Name};

/// A set of names that does not change.
#[derive(Debug, Clone, Default, Hash)]
pub struct Names {
    /// The names' keys in order, without anything between them.
    octets: Vec<u8>,
    /// Where each key ends.
    ends: Vec<u32>,
}

/// A name's labels from the root inwards, each behind its length: so the key of a name begins with the keys of all
/// names above it, and those below a name stand together.
///
/// Made once for each rule: a million rules are looked up in several sets.
#[derive(Debug)]
pub struct Key {
    octets: [u8; MAX_WIRE_OCTETS],
    /// How many of them are the key.
    length: usize,
    /// How many are the key of the name above.
    above: usize,
}

impl Key {
    /// The key of a name.
    pub fn of(name: &Name) -> Self {
        let mut key = Self { octets: [0; MAX_WIRE_OCTETS], length: 0, above: 0 };
        for label in name.labels_from_root() {
            key.above = key.length;
            key.octets[key.length] = label.len() as u8;
            key.octets[key.length + 1..key.length + 1 + label.len()].copy_from_slice(label);
            key.length += label.len() + 1;
        }
        key
    }

    fn octets(&self) -> &[u8] {
        &self.octets[..self.length]
    }
}

impl FromIterator<Name> for Names {
    /// Names past four gigabytes are left out, which whoever reads a file has refused long before.
    fn from_iter<I: IntoIterator<Item = Name>>(names: I) -> Self {
        let mut keys: Vec<Box<[u8]>> = names.into_iter().map(|name| Key::of(&name).octets().into()).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut set = Self::default();
        for key in keys {
            let Ok(end) = u32::try_from(set.octets.len() + key.len()) else { break };
            set.octets.extend_from_slice(&key);
            set.ends.push(end);
        }
        set
    }
}

impl Names {
    /// How many names there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Whether the name is one of them.
    pub fn contains(&self, key: &Key) -> bool {
        self.find(key.octets()).is_ok()
    }

    /// Whether the name directly above is one of them.
    pub fn contains_above(&self, key: &Key) -> bool {
        key.above > 0 && self.find(&key.octets[..key.above]).is_ok()
    }

    /// The name itself if it is one of them, else some one of them below it.
    pub fn at_or_below(&self, key: &Key) -> Option<Name> {
        let found = match self.find(key.octets()) {
            Ok(index) | Err(index) => self.key(index)?,
        };
        found.starts_with(key.octets()).then(|| to_name(found))
    }

    /// The one of them that is the name or the nearest above it.
    pub fn at_or_above(&self, name: &Name) -> Option<Name> {
        (1..=name.label_count())
            .rev()
            .map(|count| name.suffix(count))
            .find(|above| self.contains(&Key::of(above)))
    }

    /// Where the key stands, or where it would stand.
    fn find(&self, key: &[u8]) -> Result<usize, usize> {
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.key(middle).unwrap_or_default().cmp(key) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Ok(middle),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Err(low)
    }

    fn key(&self, index: usize) -> Option<&[u8]> {
        let end = *self.ends.get(index)?;
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.octets.get(start as usize..end as usize)
    }
}

/// The name of a key.
fn to_name(key: &[u8]) -> Name {
    let mut labels = Vec::new();
    let mut rest = key;
    while let Some(&length) = rest.first() {
        let (label, behind) = rest.split_at(rest.len().min(usize::from(length) + 1));
        labels.push(label);
        rest = behind;
    }
    let wire: Vec<u8> = labels.into_iter().rev().flatten().copied().chain([0]).collect();
    Name::from_wire(&wire).map_or_else(|_| Name::root(), |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    fn shown(name: Option<Name>) -> String {
        name.map(|name| name.to_string()).unwrap_or_default()
    }

    #[test]
    fn what_is_above_and_below_a_name_is_found() {
        let names: Names = ["docs.example", "a.docs.example", "docs.example", "comx", "b.com"]
            .map(name)
            .into_iter()
            .collect();
        assert_eq!(names.len(), 4);
        for (asked, below, above) in [
            ("docs.example", "docs.example", "docs.example"),
            ("example", "docs.example", ""),
            ("x.docs.example", "", "docs.example"),
            ("b.a.docs.example", "", "a.docs.example"),
            ("com", "b.com", ""),
            ("co", "", ""),
            ("zz", "", ""),
        ] {
            assert_eq!(shown(names.at_or_below(&Key::of(&name(asked)))), below, "below {asked}");
            assert_eq!(shown(names.at_or_above(&name(asked))), above, "above {asked}");
        }
        let key = |text| Key::of(&name(text));
        assert!(names.contains(&key("comx")) && !names.contains(&key("com")));
        assert!(names.contains_above(&key("x.comx")) && !names.contains_above(&key("comx")));
        assert!(names.at_or_below(&key(".")).is_some());
        assert!(Names::default().is_empty() && Names::default().at_or_below(&key(".")).is_none());
    }
}
