//! What the page is over https, `[page] https`.

use super::{Config, ConfigError, Reader, file::Text};

/// What a browser gets that comes for a blocked name over https.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Https {
    /// Nothing listens: the system refuses the connection, and browsers say so at once.
    #[default]
    Refuse,
    /// The TLS alert that there is no such name here.
    Alert,
    /// The page, with a certificate of the installation's own authority.
    LocalCa,
}

impl Https {
    const ALL: [Self; 3] = [Self::Refuse, Self::Alert, Self::LocalCa];

    /// As it is written.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Alert => "alert",
            Self::LocalCa => "local-ca",
        }
    }

    /// Whether something listens.
    pub fn listens(self) -> bool {
        self != Self::Refuse
    }
}

impl Reader<'_> {
    pub(super) fn https(&self) -> Result<Https, ConfigError> {
        let page = &self.file.page;
        let read = |text: &str| {
            let found = Https::ALL.into_iter().find(|https| https.word() == text);
            found.ok_or_else(|| format!("`{text}` is none of refuse, alert, local-ca"))
        };
        let https = self.value("page.https", page.https.as_ref(), Https::Refuse, read)?;
        let nowhere = page.https_listen.as_ref().is_none_or(Vec::is_empty);
        if https.listens() && nowhere {
            let problem = "there is no address for it. Write https_listen = [\"192.168.1.5:443\"] under [page], with the address that blocked names lead to";
            let error = ConfigError::new("page.https", problem);
            let at = |text: &Text| error.clone().at(self.text, text.span());
            return Err(page.https.as_ref().map_or_else(|| error.clone(), at));
        }
        Ok(https)
    }
}

impl Config {
    /// Addresses for https that nobody listens on.
    pub(super) fn unused_https(&self) -> Option<String> {
        let unused = !self.https.listens() && !self.page_https.is_empty();
        unused.then(|| {
            "https_listen under [page] has no effect as long as https is \"refuse\": nothing listens there.".into()
        })
    }
}
