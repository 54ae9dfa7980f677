//! The page that a blocked name leads to: what is said, in which language, to whom.
//!
//! Whoever sees it was frightened a moment ago. So the page is one small document that needs nothing else: no
//! script, no second request, nothing to type. Every host, path and method leads to it.
//!
//! ```text
//! locales/LANG/page.ftl ──► texts ─────┐
//! locales/help-lines.toml ► help_lines ┼─► pages (once, at start) ─► answer ─► request ─► 403 or 200
//! page.css, practice.js ───────────────┘                                └─► filled in: template
//! ```
//!
//! All that can fail happens in [`router`]: every message, every help line and every header is read and checked
//! there, and each language is rendered once. A request only chooses among finished documents and fills in which name
//! was stopped. What the browser asked for (path, query, body) of another's site is neither shown nor logged.
//!
//! On our own name there are more pages: what was stopped for this device, a practice (`practice`), two pages for
//! paper (`record`), and a request to open a site (`unblock`).

use std::{net::IpAddr, sync::Arc};

use axum::{Router, http::header};

use crate::name::Name;

mod answer;
mod ask;
mod certificate;
mod desk;
mod first_aid;
mod frame;
mod help_lines;
mod language;
mod learn;
mod page;
mod pages;
mod practice;
mod record;
mod request;
mod root_files;
mod system;
mod template;
#[cfg(test)]
mod tests;
mod texts;
mod token;
mod unblock;

pub use answer::content_security_policy;
pub use desk::{Asked, History, Stopped, UnblockDesk};
pub use help_lines::{HelpLine, HelpLineError, HelpLines};
pub use language::Language;
pub use root_files::{Roots, with_root};
pub use texts::TextError;

use answer::Room;
use pages::Pages;
use system::System;
use texts::Texts;

/// Why the page cannot be served. Found at start, never while somebody waits.
#[derive(Debug, thiserror::Error)]
pub enum SinkholeError {
    /// The texts of a language are broken.
    #[error("the page's texts: {0}")]
    Texts(#[from] TextError),
    /// The file of help lines is broken.
    #[error("the help lines: {0}")]
    HelpLines(#[from] HelpLineError),
    /// A header that is made here is not one.
    #[error("the page's headers: {0}")]
    Header(#[from] header::InvalidHeaderValue),
}

/// What the operator decides about the page.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Our own name: people who go there get the help page, and nothing was stopped.
    pub host: Name,
    /// The country whose help lines are shown, as ISO 3166-1 writes it. One that we have no lines for gets general
    /// advice.
    pub country: String,
    /// Used when the browser asks for no language that we have.
    pub language: Language,
    /// Who runs this network.
    pub operator: Operator,
}

impl Default for Settings {
    fn default() -> Self {
        // The name is a literal that a test parses; the root, which no browser asks for, stands in for it.
        let host = "sekisho.home.arpa".parse().unwrap_or_else(|_| Name::root());
        let operator = Operator::default();
        Self { host, country: "JP".to_owned(), language: Language::JA, operator }
    }
}

/// Who runs the network, and how to tell them that a block is a mistake. Empty fields are not shown.
#[derive(Debug, Clone, Default)]
pub struct Operator {
    /// A person, a school, a provider.
    pub name: String,
    /// A telephone number, an address, a room.
    pub contact: String,
}

/// Knows whether a name is blocked at this moment, and why.
pub trait Explain: Send + Sync + 'static {
    /// Why `name` is blocked for `client`, or `None` when it is not.
    fn explain(&self, name: &Name, client: IpAddr) -> Option<Explanation>;
}

/// Why a name was stopped, in words for the person at the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The name that was stopped.
    pub name: String,
    /// The lists that name it.
    pub lists: Vec<String>,
    /// What kind of name it is, as lists are sorted: `scam`, `phishing`, …; `own` for a rule of the operator's.
    pub category: String,
}

impl Explanation {
    /// Whether lists of this kind name what is dangerous; others have what the operator does not want.
    fn is_dangerous(&self) -> bool {
        matches!(&*self.category, "scam" | "phishing" | "malware")
    }

    /// Whether it is a rule of the operator's own, which no request to unblock changes.
    fn is_by_own_rule(&self) -> bool {
        self.category == "own"
    }
}

/// Counts the pages that were shown.
pub trait Views: Send + Sync + 'static {
    /// A page went out in `language`.
    fn seen(&self, language: Language);
}

/// Whom the page asks.
#[derive(Clone)]
pub struct Services {
    /// Why a name is blocked.
    pub explain: Arc<dyn Explain>,
    /// What was stopped lately, unless nobody keeps that.
    pub history: Option<Arc<dyn History>>,
    /// Who takes requests to open a site.
    pub desk: Arc<dyn UnblockDesk>,
    /// Which root certificate is in use.
    pub roots: Arc<dyn Roots>,
    /// Who counts pages.
    pub views: Arc<dyn Views>,
}

/// The page as an HTTP service. `key` is a secret of this start, by which our own forms are known again.
///
/// # Errors
///
/// When a text, a help line or a header is broken: see [`SinkholeError`].
pub fn router(settings: Settings, services: Services, key: &[u8; 32]) -> Result<Router, SinkholeError> {
    let lines = HelpLines::built_in()?;
    let lines: Vec<&HelpLine> = lines.of_country(&settings.country).collect();
    let pages = Language::ALL
        .into_iter()
        .map(|language| Pages::render(language, &settings, &lines))
        .collect::<Result<Vec<_>, _>>()?;
    let room = Room::new(settings, pages, services, key)?;
    Ok(Router::new().fallback(answer::answer).with_state(Arc::new(room)))
}
