//! What is known of a subscribed list beside its text: where the last good copy came from and when, what it changed, and
//! what is held. It stands beside the copy, in `STATE/lists/LIST/.about.toml`.

use std::{
    io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

use crate::lists::{
    fetch::Validators,
    guard::publication::{Doubt, Measure, is_alike},
    moment,
    replace::{read_bounded, replace},
};

/// What the file is called.
const FILE: &str = ".about.toml";
/// The largest file that is read.
const LARGEST_FILE: u64 = 1 << 20;
/// So many publications that are doubtful in the same way are believed.
const BELIEVED: u64 = 3;

/// What is known of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// The URL that the subscription has. What was asked of another says nothing of this one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// When a publisher was last asked, whatever came of it.
    #[serde(with = "as_text", skip_serializing_if = "Option::is_none")]
    pub tried: Option<SystemTime>,
    /// When one last said what there is.
    #[serde(with = "as_text", skip_serializing_if = "Option::is_none")]
    pub checked: Option<SystemTime>,
    /// What was wrong the last time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// What to ask with, so that nothing is sent that we have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known: Option<Validators>,
    /// The publication in force. Where what was known of it is lost, its measure is found out again, and `from` is empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_force: Option<Publication>,
    /// One that is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<HeldBack>,
}

/// A publication.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// The URL that gave it.
    pub from: String,
    /// When that was.
    #[serde(with = "as_text", default, skip_serializing_if = "Option::is_none")]
    pub fetched: Option<SystemTime>,
    /// Its SHA-256 in hexadecimal digits.
    pub sha256: String,
    /// How many octets it has.
    pub octets: u64,
    /// What it comes to.
    pub measure: Measure,
    /// How many names have been added against the one before.
    pub added: u64,
    /// How many have been removed.
    pub removed: u64,
}

/// A publication that is not believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldBack {
    /// Why.
    pub doubt: Doubt,
    /// How many times something like it has been published, as far as that counts.
    pub times: u64,
    /// When that last counted.
    #[serde(with = "as_text", default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<SystemTime>,
    /// What it is.
    pub publication: Publication,
}

/// How a publication came, which decides whether it counts as one more. A publisher has had no time to mend anything
/// where it is asked again at once, and an operator who looks whether it is mended has not said that it was meant.
#[derive(Debug, Clone, Copy)]
pub struct Coming {
    /// When it came.
    pub at: SystemTime,
    /// Whether the operator had it fetched.
    pub by_hand: bool,
    /// Those that count are so far apart at least.
    pub apart: Duration,
}

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path} cannot be used: {problem}")]
pub struct AboutError {
    path: PathBuf,
    problem: String,
}

impl About {
    /// Reads what is known of the list whose copy is in `folder`. Without a file that is nothing.
    ///
    /// # Errors
    ///
    /// If the file is there and cannot be used.
    pub fn read(folder: &Path) -> Result<Self, AboutError> {
        let path = folder.join(FILE);
        let unusable = |problem: String| AboutError { path: path.clone(), problem };
        let text = read_bounded(&path, LARGEST_FILE).map_err(|error| unusable(error.to_string()))?;
        let Some(text) = text else { return Ok(Self::default()) };
        toml::from_str(&text).map_err(|error| unusable(error.message().into()))
    }

    /// Writes it.
    ///
    /// # Errors
    ///
    /// If the system refuses the file. Then the one before is still there.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        // These types have nothing that TOML has not.
        let text = toml::to_string(self).unwrap_or_default();
        replace(&folder.join(FILE), &text)
    }

    /// Notes a publication that is doubtful. Tells whether it is believed now, because it was published again and again.
    pub fn doubt(&mut self, doubt: Doubt, publication: Publication, coming: Coming) -> bool {
        let alike = self.held.take().filter(|held| {
            is_alike((&held.doubt, &held.publication.measure), (&doubt, &publication.measure))
        });
        let (times, counted) = alike.map_or((0, None), |held| (held.times, held.counted));
        let held = self.held.insert(HeldBack { doubt, times, counted, publication });
        held.count(coming)
    }

    /// Whether what is held can be put in force by nobody.
    pub fn holds_what_is_useless(&self) -> bool {
        self.held.as_ref().is_some_and(|held| !held.doubt.can_be_accepted())
    }

    /// Notes that what is held is still what there is. Tells whether it is believed now.
    pub fn still_held(&mut self, coming: Coming) -> bool {
        self.held.as_mut().is_some_and(|held| held.count(coming))
    }
}

impl HeldBack {
    /// Counts it once more, if that counts. Tells whether it is believed now.
    fn count(&mut self, Coming { at, by_hand, apart }: Coming) -> bool {
        // A calendar that was ahead is no reason to wait until it is reached again.
        let is_apart = |counted| at.duration_since(counted).map_or(true, |age| age >= apart);
        if !by_hand && self.counted.is_none_or(is_apart) {
            self.times += 1;
            self.counted = Some(at);
        }
        self.times >= BELIEVED && self.doubt.can_be_accepted()
    }
}

/// Moments in RFC 3339.
mod as_text {
    use std::time::SystemTime;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use super::moment;

    // The signature is serde's.
    #[allow(clippy::ref_option)]
    pub(super) fn serialize<S: Serializer>(at: &Option<SystemTime>, to: S) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => to.serialize_str(&moment::show(*at)),
            None => to.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SystemTime>, D::Error> {
        let text = String::deserialize(from)?;
        moment::read(&text).map(Some).ok_or_else(|| D::Error::custom(format!("`{text}` is no moment")))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn publication(rules: u64) -> Publication {
        let measure = Measure { entries: rules, rules, objections: 0 };
        Publication { from: "https://lists.example/a".into(), measure, ..Publication::default() }
    }

    /// By itself, in that hour.
    fn hour(number: u64) -> Coming {
        let at = SystemTime::UNIX_EPOCH + Duration::from_hours(number);
        Coming { at, by_hand: false, apart: Duration::from_hours(2) }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(About::read(folder.path()).unwrap(), About::default());
        let at = SystemTime::UNIX_EPOCH + Duration::from_hours(492_312);
        let mut about = About {
            url: "https://lists.example/a".into(),
            tried: Some(at),
            problem: Some("it was \"late\"\n".into()),
            known: Some(Validators {
                url: "https://lists.example/a".into(),
                etag: Some("\"x\"".into()),
                last_modified: None,
            }),
            in_force: Some(Publication { fetched: Some(at), ..publication(9) }),
            ..About::default()
        };
        about.doubt(Doubt::Shrunk { before: 9, now: 1 }, publication(1), hour(7));
        about.write(folder.path()).unwrap();
        assert_eq!(About::read(folder.path()).unwrap(), about);
        fs::write(folder.path().join(FILE), "tried = \"never\"\n").unwrap();
        assert!(About::read(folder.path()).unwrap_err().to_string().contains("no moment"));
    }

    #[test]
    fn what_is_published_again_and_again_is_believed() {
        let mut about = About::default();
        let shrunk = || Doubt::Shrunk { before: 10_000, now: 1_000 };
        assert!(!about.doubt(shrunk(), publication(1_000), hour(0)));
        assert!(!about.still_held(hour(6)));
        assert!(about.doubt(shrunk(), publication(1_010), hour(12)));
    }

    #[test]
    fn what_comes_by_hand_or_within_a_short_time_does_not_count() {
        let mut about = About::default();
        let by_hand = |number| Coming { by_hand: true, ..hour(number) };
        let shrunk = || Doubt::Shrunk { before: 10_000, now: 1_000 };
        assert!(!about.doubt(shrunk(), publication(1_000), by_hand(0)));
        for number in 1..9 {
            assert!(!about.still_held(by_hand(number)) && about.held.as_ref().unwrap().times == 0);
        }
        for (number, times) in [(10, 1), (11, 1), (12, 2), (13, 2)] {
            assert!(!about.doubt(shrunk(), publication(1_000), hour(number)));
            assert_eq!(about.held.as_ref().unwrap().times, times, "{number}");
        }
        // The calendar was wrong, and has been set right.
        assert!(about.still_held(hour(1)));
    }

    #[test]
    fn another_accident_is_counted_anew_and_what_has_no_rules_is_never_believed() {
        let mut about = About::default();
        let shrunk = |now| Doubt::Shrunk { before: 10_000, now };
        about.doubt(shrunk(1_000), publication(1_000), hour(0));
        about.doubt(shrunk(1_000), publication(1_000), hour(6));
        assert!(!about.doubt(shrunk(10), publication(10), hour(12)));
        for number in 3..9 {
            let empty = Doubt::Unusable("the text is empty".into());
            assert!(!about.doubt(empty, publication(0), hour(6 * number)));
            assert!(!about.still_held(hour(6 * number + 3)));
        }
    }
}
