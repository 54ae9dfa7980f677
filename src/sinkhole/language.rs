//! The languages that the page speaks, and how one is chosen.
//!
//! A language is a variant here and a file in `locales/`. The choice is the person's own link (`?lang=en`), else
//! what the browser asks for (RFC 9110 §12.5.4), else what the operator set.

/// A language that the page speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// Japanese.
    Ja,
    /// English.
    En,
}

impl Language {
    /// Every language, in the order of the links on the page and of the variants.
    pub const ALL: [Self; 2] = [Self::Ja, Self::En];

    /// The tag as `lang` attributes, `?lang=` and the configuration write it (BCP 47).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en",
        }
    }

    /// What its own speakers call it: the label of its link, in every language's page.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::Ja => "日本語",
            Self::En => "English",
        }
    }

    /// The language of a tag, which may say more than we need: `ja-JP`, `en-GB`.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// The best of what `Accept-Language` lists: the highest weight, the first among equals. `*` stands for
    /// `default`.
    pub(super) fn accepted(field: &str, default: Self) -> Option<Self> {
        let mut best: Option<(Self, f32)> = None;
        for range in field.split(',') {
            let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
            let language = match tag.trim() {
                "*" => Some(default),
                tag => Self::from_tag(tag),
            };
            let weight = weight.trim().strip_prefix("q=").and_then(|q| q.trim().parse().ok()).unwrap_or(0.0);
            if let Some(language) = language
                && weight > best.map_or(0.0, |(_, weight)| weight)
            {
                best = Some((language, weight));
            }
        }
        best.map(|(language, _)| language)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_all_is_the_order_of_the_variants() {
        for (index, language) in Language::ALL.into_iter().enumerate() {
            assert_eq!(language as usize, index);
            assert_eq!(Language::from_tag(language.tag()), Some(language));
        }
    }

    #[test]
    fn accept_language_is_weighed() {
        for (field, chosen) in [
            ("ja", Some(Language::Ja)),
            ("ja-JP,ja;q=0.9,en-US;q=0.8", Some(Language::Ja)),
            ("en-GB", Some(Language::En)),
            ("EN-us;q=0.5, JA;q=0.7", Some(Language::Ja)),
            ("de, fr;q=0.9, en;q=0.1", Some(Language::En)),
            ("en , ja", Some(Language::En)),
            ("ja;q=0, en;q=0.001", Some(Language::En)),
            ("ja;q=0", None),
            ("de, *;q=0.5", Some(Language::Ja)),
            ("de", None),
            ("", None),
            (";;;,,,q=,\u{7f}", None),
            ("ja;q=NaN, en;q=abc", None),
            ("japanese, english", None),
        ] {
            assert_eq!(Language::accepted(field, Language::Ja), chosen, "{field:?}");
        }
    }
}
