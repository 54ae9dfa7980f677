//! Which system a visitor seems to use, told by the user agent: its way of closing a warning is shown first. Those of the
//! others stay on the page, since browsers do not always say the truth.

/// A kind of device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    /// Windows, and whatever is not known.
    Windows,
    /// macOS; an iPad may say the same.
    Mac,
    /// A Chromebook.
    Chromebook,
    /// A phone or tablet with Android.
    Android,
    /// An iPhone or iPad.
    Iphone,
}

impl System {
    /// Every system, in the order of the page.
    pub(super) const ALL: [Self; 5] =
        [Self::Windows, Self::Mac, Self::Chromebook, Self::Android, Self::Iphone];

    /// What a `User-Agent` tells. The more special words come first: an Android phone also says Linux.
    pub(super) fn of_user_agent(agent: &str) -> Self {
        let words = [
            ("CrOS", Self::Chromebook),
            ("Android", Self::Android),
            ("iPhone", Self::Iphone),
            ("iPad", Self::Iphone),
            ("iPod", Self::Iphone),
            ("Macintosh", Self::Mac),
        ];
        let found = words.into_iter().find(|(word, _)| agent.contains(word));
        found.map_or(Self::Windows, |(_, system)| system)
    }

    /// The message that names it.
    pub(super) const fn id(self) -> &'static str {
        match self {
            Self::Windows => "close-windows",
            Self::Mac => "close-mac",
            Self::Chromebook => "close-chromebook",
            Self::Android => "close-android",
            Self::Iphone => "close-iphone",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_agents_tell_the_system() {
        for (agent, system) in [
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36", System::Windows),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15", System::Mac),
            ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36", System::Chromebook),
            ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Mobile", System::Android),
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)", System::Iphone),
            ("Mozilla/5.0 (iPad; CPU OS 16_0 like Mac OS X)", System::Iphone),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0)", System::Windows),
            ("<script>", System::Windows),
            ("", System::Windows),
        ] {
            assert_eq!(System::of_user_agent(agent), system, "{agent}");
        }
    }

    #[test]
    fn all_are_in_the_order_of_their_variants() {
        for (place, system) in System::ALL.into_iter().enumerate() {
            assert_eq!(system as usize, place);
        }
    }
}
