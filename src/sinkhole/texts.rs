//! One language's sentences, read from its Fluent file.
//!
//! The page is rendered once, at start, so a sentence that is missing is found there: it is noted while the
//! template runs, and [`Texts::finish`] says so.

use std::cell::RefCell;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};
use maud::{Markup, html};
use unic_langid::LanguageIdentifier;

use super::Language;

/// Why a language cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// The file is not Fluent.
    #[error("{language}: the file cannot be read: {detail}")]
    Syntax {
        /// Whose file.
        language: &'static str,
        /// What Fluent says.
        detail: String,
    },
    /// The page uses a message that the file does not have, or that cannot be said.
    #[error("{language}: there is no sentence for {id}")]
    Missing {
        /// Whose file.
        language: &'static str,
        /// The message.
        id: String,
    },
}

/// The file of a language.
pub(super) const fn source(language: Language) -> &'static str {
    match language {
        Language::Ja => include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/locales/ja/page.ftl")),
        Language::En => include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/locales/en/page.ftl")),
    }
}

/// One language's sentences.
pub(super) struct Texts {
    language: Language,
    bundle: FluentBundle<FluentResource>,
    /// What was asked for, and whether it was there: the template cannot return an error from its middle.
    asked: RefCell<Vec<(String, bool)>>,
}

impl Texts {
    /// Reads `language`'s own file.
    pub(super) fn load(language: Language) -> Result<Self, TextError> {
        let syntax = |detail: String| TextError::Syntax { language: language.tag(), detail };
        let resource = FluentResource::try_new(source(language).to_owned())
            .map_err(|(_, errors)| syntax(format!("{errors:?}")))?;
        let tag: LanguageIdentifier = language.tag().parse().map_err(|error| syntax(format!("{error}")))?;
        let mut bundle = FluentBundle::new(vec![tag]);
        // Isolation marks are for text that mixes directions. Here they would only be read aloud or copied.
        bundle.set_use_isolating(false);
        bundle.add_resource(resource).map_err(|errors| syntax(format!("{errors:?}")))?;
        Ok(Self { language, bundle, asked: RefCell::default() })
    }

    /// Which language this is.
    pub(super) fn language(&self) -> Language {
        self.language
    }

    /// A sentence for the page, its `keys` drawn as keys.
    pub(super) fn say(&self, id: &str) -> Markup {
        let sentence = self.plain(id);
        html! {
            @for (index, part) in sentence.split('`').enumerate() {
                @if index % 2 == 1 { kbd { (part) } } @else { (part) }
            }
        }
    }

    /// Several sentences of one paragraph or step. Japanese sets no space between them.
    pub(super) fn say_all(&self, ids: &[&str]) -> Markup {
        let space = if self.language == Language::Ja { "" } else { " " };
        html! {
            @for (index, id) in ids.iter().enumerate() {
                @if index > 0 { (space) }
                (self.say(id))
            }
        }
    }

    /// A word with the colon behind it that the language writes.
    pub(super) fn label(&self, id: &str) -> Markup {
        let colon = if self.language == Language::Ja { "：" } else { ": " };
        html! {
            (self.say(id)) (colon)
        }
    }

    /// A sentence as it stands.
    pub(super) fn plain(&self, id: &str) -> String {
        self.fill(id, &FluentArgs::new())
    }

    /// A sentence with something filled in.
    pub(super) fn fill(&self, id: &str, filling: &FluentArgs) -> String {
        let mut errors = Vec::new();
        let pattern = self.bundle.get_message(id).and_then(|message| message.value());
        let sentence = pattern.map(|pattern| self.bundle.format_pattern(pattern, Some(filling), &mut errors));
        let there = errors.is_empty() && sentence.as_ref().is_some_and(|sentence| !sentence.is_empty());
        self.asked.borrow_mut().push((id.to_owned(), there));
        sentence.unwrap_or_default().into_owned()
    }

    /// The messages that were said, or the first that could not be.
    pub(super) fn finish(self) -> Result<Vec<String>, TextError> {
        let said = |(id, there): (String, bool)| {
            let language = self.language.tag();
            if there { Ok(id) } else { Err(TextError::Missing { language, id }) }
        };
        self.asked.into_inner().into_iter().map(said).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_drawn_and_nothing_is_markup() {
        let texts = Texts::load(Language::En).unwrap();
        assert_eq!(texts.say("close-esc").into_string(), "Way 1: use the <kbd>Esc</kbd> key");
    }

    #[test]
    fn a_missing_sentence_is_told_at_the_end() {
        let texts = Texts::load(Language::Ja).unwrap();
        texts.say("notice");
        texts.say("nowhere");
        assert_eq!(texts.finish(), Err(TextError::Missing { language: "ja", id: "nowhere".to_owned() }));
    }

    #[test]
    fn a_sentence_without_its_filling_is_missing() {
        let texts = Texts::load(Language::Ja).unwrap();
        texts.plain("ask-checked");
        assert!(texts.finish().is_err());
    }
}
