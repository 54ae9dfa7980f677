//! Whom to call, by country: the rows of `locales/help-lines.toml`.
//!
//! A wrong number here can cost somebody their savings, so the type has no room for a row that nobody checked:
//! without a source and a date it is not read.

use std::collections::BTreeSet;

use serde::Deserialize;
use toml::value::{Date, Datetime};

/// The file, as it is built in.
const BUILT_IN: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/locales/help-lines.toml"));

/// Why the file of help lines cannot be used. Rows are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HelpLineError {
    /// Not TOML, or a row lacks something or has something unknown.
    #[error(transparent)]
    Toml(#[from] toml::de::Error),
    /// The country is not two capital letters.
    #[error("row {row}: {country:?} is not a country code of two capital letters")]
    Country {
        /// Which row.
        row: usize,
        /// What it has.
        country: String,
    },
    /// There is nothing to call, write to or open.
    #[error("row {row}: there is no number, no email and no url")]
    NoWay {
        /// Which row.
        row: usize,
    },
    /// A web address that is not one.
    #[error("row {row}: {field} must begin with https://")]
    NotHttps {
        /// Which row.
        row: usize,
        /// `url` or `source`.
        field: &'static str,
    },
    /// Two rows have one ID, or one is no word of small letters, digits and hyphens.
    #[error(
        "row {row}: {id:?} is no ID, or another row has it. Write one of small letters, digits and hyphens"
    )]
    Id {
        /// Which row.
        row: usize,
        /// What it has.
        id: String,
    },
    /// The date has no day or has a time of the day.
    #[error("row {row}: verified_on must be a date, such as 2026-11-01")]
    NotADate {
        /// Which row.
        row: usize,
    },
}

/// A row as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    country: String,
    number: Option<String>,
    email: Option<String>,
    url: Option<String>,
    hours: String,
    languages: Vec<String>,
    source: String,
    verified_on: Datetime,
}

/// The file as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    line: Vec<Row>,
}

/// Somebody to ask, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelpLine {
    id: String,
    country: String,
    /// As people write it: `#9110`, `03-5978-7509`.
    pub number: Option<String>,
    /// An address to write to.
    pub email: Option<String>,
    /// A page to open.
    pub url: Option<String>,
    /// The figures of the hours that the page gives, such as `10:00-12:00 13:30-17:00`; empty when it gives none.
    pub hours: String,
    /// What the people there speak, as language tags.
    pub languages: Vec<String>,
    /// Where the facts were read.
    pub source: String,
    /// When they were last read there.
    pub verified_on: Date,
}

impl HelpLine {
    /// The message that says `what`: `who` they are, what to ask them `for`, the `hours` at which they answer.
    pub(super) fn words(&self, what: &str) -> String {
        format!("line-{}-{what}", self.id)
    }
}

/// All help lines that we know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelpLines(Vec<HelpLine>);

impl HelpLines {
    /// Those that come with the program.
    pub fn built_in() -> Result<Self, HelpLineError> {
        Self::parse(BUILT_IN)
    }

    /// Reads and checks a file.
    pub fn parse(text: &str) -> Result<Self, HelpLineError> {
        let file: File = toml::from_str(text)?;
        let mut ids = BTreeSet::new();
        for (index, Row { id, .. }) in file.line.iter().enumerate() {
            let is_word =
                id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
            if id.is_empty() || !is_word || !ids.insert(id) {
                return Err(HelpLineError::Id { row: index + 1, id: id.clone() });
            }
        }
        let rows = file.line.into_iter().enumerate();
        rows.map(|(index, row)| row.check(index + 1)).collect::<Result<_, _>>().map(Self)
    }

    /// Those of one country, none of any other.
    pub fn of_country<'a>(&'a self, country: &'a str) -> impl Iterator<Item = &'a HelpLine> + Clone {
        // ISO 3166-1 reserves UK for the United Kingdom, whose code is GB: people write both.
        let country = if country.eq_ignore_ascii_case("UK") { "GB" } else { country };
        self.0.iter().filter(move |line| line.country.eq_ignore_ascii_case(country))
    }

    /// Every one, for checks of their age.
    pub fn iter(&self) -> impl Iterator<Item = &HelpLine> {
        self.0.iter()
    }
}

impl Row {
    fn check(self, row: usize) -> Result<HelpLine, HelpLineError> {
        if self.country.len() != 2 || !self.country.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(HelpLineError::Country { row, country: self.country });
        }
        if self.number.is_none() && self.email.is_none() && self.url.is_none() {
            return Err(HelpLineError::NoWay { row });
        }
        for (field, address) in [("url", self.url.as_deref()), ("source", Some(self.source.as_str()))] {
            if address.is_some_and(|address| !address.starts_with("https://")) {
                return Err(HelpLineError::NotHttps { row, field });
            }
        }
        let Datetime { date: Some(verified_on), time: None, offset: None } = self.verified_on else {
            return Err(HelpLineError::NotADate { row });
        };
        Ok(HelpLine {
            id: self.id,
            country: self.country,
            hours: self.hours,
            number: self.number,
            email: self.email,
            url: self.url,
            languages: self.languages,
            source: self.source,
            verified_on,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: &str = r#"[[line]]
id = "jp-police"
country = "JP"
number = "110"
hours = "24"
languages = ["ja"]
source = "https://example.jp/"
verified_on = 2026-11-01
"#;

    fn error(from: &str, to: &str) -> HelpLineError {
        assert!(ROW.contains(from));
        HelpLines::parse(&ROW.replace(from, to)).unwrap_err()
    }

    #[test]
    fn every_built_in_row_has_a_source_and_a_date() {
        let lines = HelpLines::built_in().unwrap();
        assert!(lines.iter().count() >= 8);
        for line in lines.iter() {
            assert!(line.source.len() > "https://".len(), "{line:?}");
            assert!(line.verified_on.year >= 2026, "{line:?}");
            assert!(!line.languages.is_empty(), "{line:?}");
        }
    }

    #[test]
    fn japans_lines_are_those_of_the_sources() {
        let lines = HelpLines::built_in().unwrap();
        let numbers: Vec<_> = lines.of_country("jp").filter_map(|line| line.number.as_deref()).collect();
        assert_eq!(numbers, ["#9110", "188", "03-5978-7509", "110"]);
        assert!(lines.of_country("JP").any(|line| line.email.as_deref() == Some("anshin@ipa.go.jp")));
    }

    #[test]
    fn a_country_gets_its_own_lines_only() {
        let lines = HelpLines::built_in().unwrap();
        let numbers = |country| lines.of_country(country).map(|line| line.number.clone()).collect::<Vec<_>>();
        assert_eq!(numbers("UK"), [Some("0300 123 2040".to_owned())]);
        assert_eq!(numbers("GB"), numbers("UK"));
        assert_eq!(numbers("KR"), [Some("1394".to_owned())]);
        assert_eq!(numbers("FR"), [None]);
        assert!(numbers("XX").is_empty());
        assert!(numbers("").is_empty());
    }

    #[test]
    fn a_row_that_nobody_checked_is_refused() {
        assert!(HelpLines::parse(ROW).is_ok());
        assert!(matches!(error("source = \"https://example.jp/\"\n", ""), HelpLineError::Toml(_)));
        assert!(matches!(error("verified_on = 2026-11-01\n", ""), HelpLineError::Toml(_)));
        assert!(matches!(error("number =", "nummer ="), HelpLineError::Toml(_)));
        assert_eq!(error("2026-11-01", "2026-11-01T10:00:00Z"), HelpLineError::NotADate { row: 1 });
        assert_eq!(error("2026-11-01", "10:00:00"), HelpLineError::NotADate { row: 1 });
        assert_eq!(error("https://", "http://"), HelpLineError::NotHttps { row: 1, field: "source" });
        assert_eq!(error("number = \"110\"\n", ""), HelpLineError::NoWay { row: 1 });
        assert_eq!(error("\"JP\"", "\"jpn\""), HelpLineError::Country { row: 1, country: "jpn".to_owned() });
        assert_eq!(error("jp-police", "JP"), HelpLineError::Id { row: 1, id: "JP".to_owned() });
        let twice = HelpLines::parse(&format!("{ROW}{ROW}")).unwrap_err();
        assert_eq!(twice, HelpLineError::Id { row: 2, id: "jp-police".to_owned() });
    }
}
