//! Which language and country the person at the terminal has, as the environment says it (POSIX, chapter 8).

use crate::sinkhole::Language;

/// The variables that say it; the first that is set and not empty holds.
const VARIABLES: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];

/// A language of ours, and the country if it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Locale {
    /// What the questions, the file's comments and the page are written in.
    pub(super) language: Language,
    /// Two capital letters.
    pub(super) country: Option<String>,
}

impl Locale {
    /// Reads a variable such as `ja_JP.UTF-8` through `variable`.
    pub(super) fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let said = VARIABLES.into_iter().filter_map(variable).find(|value| !value.is_empty());
        let said = said.unwrap_or_default();
        let tag = said.split(['.', '@']).next().unwrap_or_default();
        let language = Language::from_tag(tag).unwrap_or(Language::EN);
        let territory = tag.split_once('_').map(|(_, territory)| territory);
        let two_letters = |text: &&str| text.len() == 2 && text.bytes().all(|c| c.is_ascii_alphabetic());
        let country = territory.filter(two_letters).map(str::to_ascii_uppercase);
        // Japanese is spoken in one country.
        let of_language = (language == Language::JA).then(|| "JP".to_owned());
        Self { language, country: country.or(of_language) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_tells_language_and_country() {
        for (value, language, country) in [
            ("ja_JP.UTF-8", Language::JA, Some("JP")),
            ("ja", Language::JA, Some("JP")),
            ("ja_US.UTF-8", Language::JA, Some("US")),
            ("en_GB.UTF-8", Language::EN, Some("GB")),
            ("de_DE@euro", Language::EN, Some("DE")),
            ("C.UTF-8", Language::EN, None),
            ("POSIX", Language::EN, None),
            ("es_419", Language::EN, None),
            ("", Language::EN, None),
        ] {
            let locale = Locale::from_environment(|name| (name == "LANG").then(|| value.to_owned()));
            assert_eq!((locale.language, locale.country.as_deref()), (language, country), "{value}");
        }
    }

    #[test]
    fn the_stronger_variable_holds_unless_it_is_empty() {
        let of = |all: &'static str| {
            Locale::from_environment(move |name| match name {
                "LC_ALL" => Some(all.to_owned()),
                "LANG" => Some("ja_JP.UTF-8".to_owned()),
                _ => None,
            })
        };
        assert_eq!(of("en_US.UTF-8").country.as_deref(), Some("US"));
        assert_eq!(of("").language, Language::JA);
    }
}
