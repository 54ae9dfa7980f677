//! What `init` asks and writes, in the language of the person at the terminal.

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};
use unic_langid::LanguageIdentifier;

use crate::sinkhole::Language;

/// Why something cannot be said; a test says everything once, so nobody should ever see one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum TextError {
    /// The file is not Fluent.
    #[error("the texts of `init` in {language} cannot be read: {detail}. Please report this")]
    Syntax {
        /// Whose file.
        language: &'static str,
        /// What Fluent says.
        detail: String,
    },
    /// There is no such message, or something to fill in is missing.
    #[error("`init` has no text for {id} in {language}. Please report this")]
    Missing {
        /// Whose file.
        language: &'static str,
        /// The message.
        id: String,
    },
}

/// One language's messages.
pub(super) struct Texts {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl Texts {
    /// Reads `language`'s own file.
    pub(super) fn load(language: Language) -> Result<Self, TextError> {
        let syntax = |detail: String| TextError::Syntax { language: language.tag(), detail };
        let resource = FluentResource::try_new(language.init().to_owned())
            .map_err(|(_, errors)| syntax(format!("{errors:?}")))?;
        let tag: LanguageIdentifier = language.tag().parse().map_err(|error| syntax(format!("{error}")))?;
        let mut bundle = FluentBundle::new(vec![tag]);
        // Isolation marks are for text that mixes directions; in a file or a command they would only be copied.
        bundle.set_use_isolating(false);
        bundle.add_resource(resource).map_err(|errors| syntax(format!("{errors:?}")))?;
        Ok(Self { language, bundle })
    }

    /// A message as it stands.
    pub(super) fn say(&self, id: &str) -> Result<String, TextError> {
        self.fill(id, &[])
    }

    /// A message with something filled in.
    pub(super) fn fill(&self, id: &str, filling: &[(&str, &str)]) -> Result<String, TextError> {
        let missing = || TextError::Missing { language: self.language.tag(), id: id.to_owned() };
        let pattern = self.bundle.get_message(id).and_then(|message| message.value()).ok_or_else(missing)?;
        let filling: FluentArgs = filling.iter().map(|(name, value)| (*name, *value)).collect();
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(&filling), &mut errors).into_owned();
        if errors.is_empty() { Ok(text) } else { Err(missing()) }
    }

    /// Whether there is such a message: comments are found by the names of keys.
    pub(super) fn has(&self, id: &str) -> bool {
        self.bundle.has_message(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The identifiers of a file, in order.
    fn ids(language: Language) -> Vec<&'static str> {
        let first_word = |line: &'static str| {
            let (id, _) = line.split_once(" =")?;
            (!line.starts_with([' ', '#'])).then_some(id)
        };
        language.init().lines().filter_map(first_word).collect()
    }

    /// What a message has filled in.
    fn fillings(language: Language, id: &str) -> Vec<&'static str> {
        let start = language.init().find(&format!("\n{id} =")).unwrap() + 1;
        let text = &language.init()[start..];
        let end =
            text.match_indices('\n').map(|(at, _)| at).find(|at| !text[at + 1..].starts_with([' ', '\n']));
        let mut found: Vec<&str> = text[..end.unwrap_or(text.len())]
            .split("{ $")
            .skip(1)
            .filter_map(|rest| rest.split(' ').next())
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    #[test]
    fn both_languages_have_the_same_messages_with_the_same_fillings() {
        assert_eq!(ids(Language::JA), ids(Language::EN));
        assert!(ids(Language::EN).len() > 80);
        for id in ids(Language::EN) {
            assert_eq!(fillings(Language::JA, id), fillings(Language::EN, id), "{id}");
        }
    }

    #[test]
    fn every_message_can_be_said_with_its_fillings() {
        for language in Language::ALL {
            let texts = Texts::load(language).unwrap();
            for id in ids(language) {
                let filling: Vec<(&str, &str)> =
                    fillings(language, id).into_iter().map(|name| (name, "x")).collect();
                assert!(!texts.fill(id, &filling).unwrap().is_empty(), "{id}");
            }
        }
    }

    #[test]
    fn questions_fit_a_terminal_of_80_columns() {
        // Terminals draw Japanese characters two columns wide.
        let columns = |line: &str| line.chars().map(|c| if c > '\u{2000}' { 2 } else { 1 }).sum::<usize>();
        for language in Language::ALL {
            let texts = Texts::load(language).unwrap();
            for id in ids(language).into_iter().filter(|id| id.starts_with("ask-")) {
                let text = texts.fill(id, &[("addresses", "192.168.1.5")]).unwrap();
                assert!(text.lines().all(|line| columns(line) <= 80), "{text}");
            }
        }
    }

    #[test]
    fn what_is_missing_is_an_error() {
        let texts = Texts::load(Language::EN).unwrap();
        assert!(texts.say("nowhere").is_err());
        assert!(texts.say("written").is_err());
    }
}
