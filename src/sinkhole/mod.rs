//! The page that a blocked name leads to: what is said, in which language, to whom.
//!
//! Whoever sees it was frightened a moment ago. So the page is one small document that needs nothing else: no
//! script, no second request, nothing to type. Every host, path and method leads to it.
//!
//! ```text
//! locales/LANG/page.ftl ──► texts ─────┐
//! locales/help-lines.toml ► help_lines ┼─► page (once, at start) ─► router ─► request ─► 403 or 200
//! page.css ────────────────────────────┘
//! ```
//!
//! All that can fail happens in [`router`]: every message, every help line and every header is read and checked
//! there, and each language is rendered once. A request only chooses among finished pages and fills in which name
//! was stopped. What the browser asked for (path, query, body) belongs to somebody else's site and is neither
//! shown nor logged.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::name::Name;

mod ask;
mod first_aid;
mod help_lines;
mod language;
mod learn;
mod page;
mod request;
mod root_files;
#[cfg(test)]
mod tests;
mod texts;

pub use help_lines::{HelpLine, HelpLineError, HelpLines};
pub use language::Language;
pub use root_files::{Roots, with_root};
pub use texts::TextError;

use page::Page;
pub use page::content_security_policy;
use request::Asked;

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
        Self { host, country: "JP".to_owned(), language: Language::Ja, operator }
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
    /// Why `name` is blocked, or `None` when it is not.
    fn explain(&self, name: &Name) -> Option<Explanation>;
}

/// Why a name was stopped, in words for the person at the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The name that was stopped.
    pub name: String,
    /// The lists that name it.
    pub lists: Vec<String>,
}

/// Counts the pages that were shown.
pub trait Views: Send + Sync + 'static {
    /// A page went out in `language`.
    fn seen(&self, language: Language);
}

/// The page as an HTTP service.
///
/// # Errors
///
/// When a text, a help line or a header is broken: see [`SinkholeError`].
pub fn router(
    settings: Settings,
    explain: Arc<dyn Explain>,
    views: Arc<dyn Views>,
) -> Result<Router, SinkholeError> {
    let lines = HelpLines::built_in()?;
    let pages = Language::ALL
        .into_iter()
        .map(|language| Page::render(language, &settings, lines.of_country(&settings.country)))
        .collect::<Result<Vec<_>, _>>()?;
    let headers = common_headers()?;
    let room = Room { settings, pages, headers, explain, views };
    Ok(Router::new().fallback(answer).with_state(Arc::new(room)))
}

/// The headers of every answer, the page or not.
fn common_headers() -> Result<HeaderMap, SinkholeError> {
    let fixed = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::VARY, "Accept-Language"),
    ];
    let mut headers: HeaderMap =
        fixed.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::try_from(page::content_security_policy())?);
    Ok(headers)
}

/// What every request needs.
struct Room {
    settings: Settings,
    /// One for each language, in the order of [`Language::ALL`].
    pages: Vec<Page>,
    headers: HeaderMap,
    explain: Arc<dyn Explain>,
    views: Arc<dyn Views>,
}

/// Answers any request. Only the head is looked at: the body stays unread.
async fn answer(State(room): State<Arc<Room>>, request: Request) -> Response {
    let (head, _) = request.into_parts();
    let asked = Asked::of(&head, &room.settings.host);
    let stopped = match &asked {
        Asked::Other(name) => room.explain.explain(name),
        Asked::Own | Asked::Unclear => None,
    };
    let looks = head.method == Method::GET || head.method == Method::HEAD;
    if asked == Asked::Own && looks && head.uri.path() == "/healthz" {
        return room.plain(StatusCode::OK, "ok\n");
    }
    // A CONNECT that is answered with success would become a tunnel.
    if head.method == Method::CONNECT || !request::wants_a_page(&head.headers, stopped.is_some()) {
        return room.plain(StatusCode::FORBIDDEN, "Nothing to see here.\n");
    }
    let language = request::language(&head, room.settings.language);
    let status = match (&stopped, &asked) {
        (None, Asked::Own) if head.uri.path() != "/" => StatusCode::NOT_FOUND,
        (None, Asked::Own) => StatusCode::OK,
        // Whoever came here for another site did not get it, whatever the reason.
        _ => StatusCode::FORBIDDEN,
    };
    if head.method != Method::HEAD {
        room.views.seen(language);
    }
    room.page(language, status, stopped.as_ref())
}

impl Room {
    /// The page in `language`: about the stopped site, or just the help.
    fn page(&self, language: Language, status: StatusCode, stopped: Option<&Explanation>) -> Response {
        let page = &self.pages[language as usize];
        let body =
            stopped.map_or_else(|| Body::from(page.help()), |stopped| Body::from(page.stopped(stopped)));
        let own = [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag())),
        ];
        self.response(status, own, body)
    }

    /// One short line, for programs and for parts of other pages.
    fn plain(&self, status: StatusCode, line: &'static str) -> Response {
        let own = [(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))];
        self.response(status, own, Body::from(line))
    }

    fn response<const N: usize>(
        &self,
        status: StatusCode,
        own: [(HeaderName, HeaderValue); N],
        body: Body,
    ) -> Response {
        (status, self.headers.clone(), own, body).into_response()
    }
}
