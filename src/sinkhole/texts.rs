//! One language's sentences, read from its Fluent file.
//!
//! The page is rendered once, at start, so a sentence that is missing is found there: it is noted while the
//! template runs, and [`Texts::finish`] says so.

use std::cell::RefCell;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};
use maud::{Markup, PreEscaped, html};
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

/// What stands between two sentences.
const SPACE: &str = "language-space";

/// A sentence as the page draws it. `Backticks` hold a key; 《 and 》 hold the reading of the Chinese characters in front
/// of them, or of what follows a ｜ before them.
pub(super) fn drawn(sentence: &str) -> Markup {
    html! {
        @for (index, part) in sentence.split('`').enumerate() {
            @if index % 2 == 1 { kbd { (part) } } @else { (with_readings(part)) }
        }
    }
}

/// Text whose readings are ruby. A browser that knows none shows them in brackets.
fn with_readings(text: &str) -> Markup {
    let (read, rest) = readings_of(text);
    html! {
        @for (plain, base, reading) in read {
            (plain) (ruby(base, reading))
        }
        (rest)
    }
}

/// A reading above what it reads. A page of easy Japanese has a thousand, so the end tags that HTML lets one leave out
/// are left out (HTML Standard §4.5.10).
fn ruby(base: &str, reading: &str) -> Markup {
    let (base, reading) = (html! { (base) }.0, html! { (reading) }.0);
    PreEscaped(format!("<ruby>{base}<rp>（<rt>{reading}<rp>）</ruby>"))
}

/// The text without its readings.
pub(super) fn without_readings(text: &str) -> String {
    let (read, rest) = readings_of(text);
    read.into_iter().flat_map(|(plain, base, _)| [plain, base]).chain([rest]).collect()
}

/// Each reading, behind what stands before it and what it reads; and the rest.
fn readings_of(text: &str) -> (Vec<(&str, &str, &str)>, &str) {
    let (mut read, mut rest) = (Vec::new(), text);
    while let Some((before, tail)) = rest.split_once('《')
        && let Some((reading, after)) = tail.split_once('》')
    {
        let (plain, base) = base_of(before);
        read.push((plain, base, reading));
        rest = after;
    }
    (read, rest)
}

/// Parts text into what has no reading and what the reading behind it reads.
fn base_of(before: &str) -> (&str, &str) {
    if let Some(parts) = before.rsplit_once('｜') {
        return parts;
    }
    let is_read = |sign: char| matches!(sign, '\u{3400}'..='\u{9fff}' | '々' | '〇' | 'ヶ');
    let base = before.trim_end_matches(is_read).len();
    before.split_at(base)
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
        Self::read(language, language.page())
    }

    /// Reads the words about the root certificate, in `language` or the nearest that has them.
    pub(super) fn of_certificate(language: Language) -> Result<Self, TextError> {
        let (language, text) = language.certificate();
        Self::read(language, text)
    }

    fn read(language: Language, text: &str) -> Result<Self, TextError> {
        let syntax = |detail: String| TextError::Syntax { language: language.tag(), detail };
        let resource =
            FluentResource::try_new(text.to_owned()).map_err(|(_, errors)| syntax(format!("{errors:?}")))?;
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

    /// A sentence for the page: its `keys` drawn as keys, its readings above what they read.
    pub(super) fn say(&self, id: &str) -> Markup {
        drawn(&self.fill(id, &FluentArgs::new()))
    }

    /// Several sentences of one paragraph or step, with what the language sets between two.
    pub(super) fn say_all(&self, ids: &[&str]) -> Markup {
        let space = self.plain(SPACE);
        html! {
            @for (index, id) in ids.iter().enumerate() {
                @if index > 0 { (space) }
                (self.say(id))
            }
        }
    }

    /// A word with the colon behind it that the language writes.
    pub(super) fn label(&self, id: &str) -> Markup {
        html! {
            (self.say(id)) (self.plain("language-colon"))
        }
    }

    /// A sentence where nothing can be drawn, such as a title: without readings.
    pub(super) fn plain(&self, id: &str) -> String {
        without_readings(&self.fill(id, &FluentArgs::new()))
    }

    /// A sentence with something filled in.
    pub(super) fn fill(&self, id: &str, filling: &FluentArgs) -> String {
        let mut errors = Vec::new();
        let pattern = self.bundle.get_message(id).and_then(|message| message.value());
        let sentence = pattern.map(|pattern| self.bundle.format_pattern(pattern, Some(filling), &mut errors));
        // What stands between two sentences may be nothing.
        let empty = sentence.as_ref().is_none_or(|sentence| sentence.is_empty()) && id != SPACE;
        let there = errors.is_empty() && !empty && sentence.is_some();
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
        let texts = Texts::load(Language::EN).unwrap();
        assert_eq!(texts.say("close-esc").into_string(), "Way 1: use the <kbd>Esc</kbd> key");
    }

    #[test]
    fn readings_stand_above_what_they_read() {
        let drawn = |text| drawn(text).into_string();
        assert_eq!(
            drawn("この番号《ばんごう》に、`Esc` 3｜日《にち》"),
            "この<ruby>番号<rp>（<rt>ばんごう<rp>）</ruby>に、<kbd>Esc</kbd> \
             3<ruby>日<rp>（<rt>にち<rp>）</ruby>"
        );
        assert_eq!(without_readings("危《あぶ》ないサイトを｜止《と》めました"), "危ないサイトを止めました");
        for broken in ["《", "》", "a《b", "》《"] {
            assert_eq!(drawn(broken), broken);
        }
    }

    #[test]
    fn a_missing_sentence_is_told_at_the_end() {
        let texts = Texts::load(Language::JA).unwrap();
        texts.say("notice");
        texts.say("nowhere");
        assert_eq!(texts.finish(), Err(TextError::Missing { language: "ja", id: "nowhere".to_owned() }));
    }

    #[test]
    fn a_sentence_without_its_filling_is_missing() {
        let texts = Texts::load(Language::JA).unwrap();
        texts.plain("ask-checked");
        assert!(texts.finish().is_err());
    }
}
