//! The languages that the page speaks, and how one is chosen.
//!
//! A language is a file in `locales/`, which the build finds. The choice is the person's own link (`?lang=en`), else
//! what the browser asks for (RFC 9110 §12.5.4, by look-up as in RFC 4647 §3.4), else what the operator set.

/// What is known of a language before its page is rendered.
pub(super) struct Known {
    /// Its folder.
    tag: &'static str,
    /// What its own speakers call it, perhaps with readings.
    name: &'static str,
    /// What programs call it.
    html: &'static str,
    /// The tags of `Accept-Language` that mean it.
    accepts: &'static [&'static str],
    /// The sentences of the page.
    page: &'static str,
    /// What `sekisho init` asks.
    init: Option<&'static str>,
    /// How the root certificate is installed and removed.
    certificate: Option<&'static str>,
}

mod found {
    use super::Known;

    include!(concat!(env!("OUT_DIR"), "/languages.rs"));
}

/// A language that the page speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language(u8);

impl Language {
    /// Japanese.
    pub const JA: Self = Self(found::JA);
    /// English.
    pub const EN: Self = Self(found::EN);
    /// Every language, in the order of their tags.
    pub const ALL: [Self; found::KNOWN.len()] = {
        let mut all = [Self(0); found::KNOWN.len()];
        let mut at = 0;
        while at < all.len() {
            all[at] = Self(at as u8);
            at += 1;
        }
        all
    };

    fn known(self) -> &'static Known {
        &found::KNOWN[usize::from(self.0)]
    }

    /// Its place in [`Language::ALL`].
    pub(super) fn place(self) -> usize {
        usize::from(self.0)
    }

    /// The tag as `?lang=`, the configuration and the metrics write it.
    pub fn tag(self) -> &'static str {
        self.known().tag
    }

    /// The tag as `lang` attributes and `Content-Language` want it (BCP 47): programs that read aloud know no easy
    /// Japanese.
    pub fn html(self) -> &'static str {
        self.known().html
    }

    /// What its own speakers call it: the label of its link, in every language's page. Readings stand in 《》.
    pub fn own_name(self) -> &'static str {
        self.known().name
    }

    /// The sentences of the page, as Fluent.
    pub(super) fn page(self) -> &'static str {
        self.known().page
    }

    /// What `sekisho init` asks, as Fluent; English where the language has no words for it.
    pub fn init(self) -> &'static str {
        self.or_nearest(|known| known.init).1
    }

    /// How the root certificate is installed and removed, as Fluent, and in which language.
    pub(super) fn certificate(self) -> (Self, &'static str) {
        self.or_nearest(|known| known.certificate)
    }

    /// What a language has, or another of the same tongue, or English.
    fn or_nearest(self, file: impl Fn(&Known) -> Option<&'static str>) -> (Self, &'static str) {
        let of_the_same = Self::ALL.into_iter().filter(|other| other.tag() == self.html());
        let mut candidates = [self].into_iter().chain(of_the_same).chain([Self::EN]);
        candidates
            .find_map(|language| file(language.known()).map(|text| (language, text)))
            .unwrap_or((self, ""))
    }

    /// The language of a tag, which may say more than we need: `ja-JP`, `en-GB`, `zh-CN`.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let tag = tag.replace('_', "-");
        let own = Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(&tag));
        own.or_else(|| {
            let mut range = tag.as_str();
            loop {
                let accepts = |language: &Self| {
                    language.known().accepts.iter().any(|accepted| accepted.eq_ignore_ascii_case(range))
                };
                if let Some(language) = Self::ALL.into_iter().find(accepts) {
                    return Some(language);
                }
                range = range.rsplit_once('-')?.0;
            }
        })
    }

    /// All languages in the order of their links for a page in which `first` is the operator's: that one, others of the
    /// same tongue, the rest.
    pub(super) fn in_order(first: Self) -> Vec<Self> {
        let mut all = Self::ALL.to_vec();
        all.sort_by_key(|language| (*language != first, language.html() != first.html(), *language));
        all
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
    fn every_language_is_found_by_its_tag() {
        assert_eq!((Language::JA.tag(), Language::EN.tag()), ("ja", "en"));
        for (place, language) in Language::ALL.into_iter().enumerate() {
            assert_eq!(language.place(), place);
            assert_eq!(Language::from_tag(language.tag()), Some(language));
            assert!(!language.own_name().is_empty() && !language.init().is_empty());
        }
        let tags = Language::ALL.map(Language::tag);
        for tag in ["ja", "ja-easy", "en", "zh-Hans", "ko", "vi", "pt-BR"] {
            assert!(tags.contains(&tag), "{tag}");
        }
    }

    #[test]
    fn no_tag_means_two_languages() {
        let mut accepted: Vec<&str> =
            Language::ALL.into_iter().flat_map(|language| language.known().accepts).copied().collect();
        accepted.sort_unstable();
        let all = accepted.len();
        accepted.dedup();
        assert_eq!(accepted.len(), all);
    }

    #[test]
    fn links_begin_with_the_operators_language() {
        let order = Language::in_order(Language::JA);
        assert_eq!(order[..2], [Language::JA, Language::from_tag("ja-easy").unwrap()]);
        assert_eq!(Language::in_order(Language::EN)[0], Language::EN);
        assert_eq!(order.len(), Language::ALL.len());
    }

    #[test]
    fn accept_language_is_weighed() {
        for (field, chosen) in [
            ("ja", Some("ja")),
            ("ja-JP,ja;q=0.9,en-US;q=0.8", Some("ja")),
            ("en-GB", Some("en")),
            ("EN-us;q=0.5, JA;q=0.7", Some("ja")),
            ("de, fr;q=0.9, en;q=0.1", Some("en")),
            ("en , ja", Some("en")),
            ("ja;q=0, en;q=0.001", Some("en")),
            ("zh-CN,zh;q=0.9", Some("zh-Hans")),
            ("zh-Hans-CN", Some("zh-Hans")),
            ("pt-PT", Some("pt-BR")),
            ("vi-VN", Some("vi")),
            ("ko-KR,ko;q=0.9,en;q=0.8", Some("ko")),
            ("ja;q=0", None),
            ("de, *;q=0.5", Some("ja")),
            ("de", None),
            ("", None),
            (";;;,,,q=,\u{7f}", None),
            ("ja;q=NaN, en;q=abc", None),
            ("japanese, english", None),
        ] {
            let accepted = Language::accepted(field, Language::JA).map(Language::tag);
            assert_eq!(accepted, chosen, "{field:?}");
        }
    }
}
