//! The document: its frame, its first screen, and who is speaking.
//!
//! The first screen matters most. In this order it says who speaks, that the site was stopped, that the device is
//! very probably fine, what not to do, and where to go on. It is built to look unlike the scam: calm colours, no
//! logo, nothing that moves, nothing to type.

use axum::body::Bytes;
use data_encoding::BASE64;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use ring::digest;

use super::{
    Explanation, Language, Operator, Settings, ask, first_aid, help_lines::HelpLine, learn, texts::TextError,
    texts::Texts,
};

/// The whole of its looks, inside the document so that one request is enough.
const STYLE: &str = include_str!("page.css");

/// Where the finished document is cut open to name the stopped site. Nothing from outside can contain it: all that
/// is filled in is escaped.
const HOLE: &str = "<!-- the stopped site -->";

/// How many lists are named at most: one convinces, a hundred frighten.
const LISTS_NAMED: usize = 5;

/// The page may use its own style and an empty icon, and nothing else. Who finds this header has found our page.
pub fn content_security_policy() -> String {
    let hash = BASE64.encode(digest::digest(&digest::SHA256, STYLE.as_bytes()).as_ref());
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; img-src data:; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
}

/// Which page it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A site was stopped.
    Stopped,
    /// Somebody came for help.
    Help,
}

/// One language's page, finished but for the name of the stopped site.
pub(super) struct Page {
    /// The page of our own name.
    help: Bytes,
    /// The page of a stopped site, up to its name.
    before: String,
    /// The rest of it.
    after: String,
    /// The label of the name.
    name_label: Markup,
    /// The label of the lists.
    lists_label: Markup,
}

impl Page {
    /// Renders both kinds; fails on the first sentence that is missing.
    pub(super) fn render<'a>(
        language: Language,
        settings: &Settings,
        lines: impl Iterator<Item = &'a HelpLine>,
    ) -> Result<Self, TextError> {
        let texts = Texts::load(language)?;
        let page = Self::with_texts(&texts, &settings.operator, &lines.collect::<Vec<_>>());
        texts.finish()?;
        Ok(page)
    }

    /// Renders both kinds; whether every sentence was there, `texts` knows.
    pub(super) fn with_texts(texts: &Texts, operator: &Operator, lines: &[&HelpLine]) -> Self {
        let document = |kind| document(texts, kind, operator, lines).into_string();
        let stopped = document(Kind::Stopped);
        let (before, after) = stopped.split_once(HOLE).unwrap_or((&stopped, ""));
        Self {
            help: Bytes::from(document(Kind::Help)),
            before: before.to_owned(),
            after: after.to_owned(),
            name_label: texts.say("about-name"),
            lists_label: texts.say("about-lists"),
        }
    }

    /// The help page.
    pub(super) fn help(&self) -> Bytes {
        self.help.clone()
    }

    /// The page of a stopped site.
    pub(super) fn stopped(&self, stopped: &Explanation) -> String {
        let facts = html! {
            dl {
                div { dt { (self.name_label) } dd { code { (stopped.name) } } }
                @if !stopped.lists.is_empty() {
                    div {
                        dt { (self.lists_label) }
                        @for list in stopped.lists.iter().take(LISTS_NAMED) { dd { (list) } }
                    }
                }
            }
        };
        [&self.before, &facts.into_string(), &self.after].map(String::as_str).concat()
    }
}

fn document(texts: &Texts, kind: Kind, operator: &Operator, lines: &[&HelpLine]) -> Markup {
    let title = match kind {
        Kind::Stopped => "page-title-stopped",
        Kind::Help => "page-title-help",
    };
    html! {
        (DOCTYPE)
        html lang=(texts.language().tag()) {
            head {
                meta charset="utf-8";
                title { (texts.plain(title)) }
                meta name="viewport" content="width=device-width, initial-scale=1";
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                (header(texts))
                main {
                    (opening(texts, kind))
                    (first_aid::only_saw(texts))
                    (first_aid::something_happened(texts))
                    (ask::whom_to_ask(texts, lines))
                    (learn::understanding(texts))
                }
                (about(texts, kind, operator))
            }
        }
    }
}

/// Who speaks, and the links to the other languages.
fn header(texts: &Texts) -> Markup {
    html! {
        header #top {
            p .notice { (texts.say("notice")) }
            nav aria-label=(texts.plain("language-choice")) {
                ul {
                    @for language in Language::ALL {
                        @let tag = language.tag();
                        li lang=(tag) {
                            @if language == texts.language() {
                                span aria-current="true" { (language.own_name()) }
                            } @else {
                                a href={ "?lang=" (tag) } hreflang=(tag) { (language.own_name()) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The first screen.
fn opening(texts: &Texts, kind: Kind) -> Markup {
    let (heading, sentences) = match kind {
        Kind::Stopped => ("stopped-heading", ["stopped-from-network", "stopped-site"]),
        Kind::Help => ("help-heading", ["help-from-network", "help-fake"]),
    };
    html! {
        section .opening {
            h1 { (texts.say(heading)) }
            @for id in sentences { p { (texts.say(id)) } }
            p .fine { (texts.say("device-fine")) }
            (do_not_call(texts))
            h2 #choose { (texts.say("choose-heading")) }
            ul .choices {
                @for (letter, href, choice, note) in [
                    ("A", "#a", "choose-a", "choose-a-note"),
                    ("B", "#b", "choose-b", "choose-b-note"),
                ] {
                    li {
                        a href=(href) {
                            span .mark { (letter) } " "
                            span .choice {
                                strong { (texts.say(choice)) } " "
                                span .note { (texts.say(note)) }
                            }
                        }
                    }
                }
            }
            p .quiet { (texts.say("asks-nothing")) }
        }
    }
}

/// The most important sentence of the page, and the one after it.
fn do_not_call(texts: &Texts) -> Markup {
    html! {
        div .stop {
            p { strong { (texts.say("do-not-call")) } }
            p { (texts.say("hang-up")) }
            p { (texts.say("hang-up-any-time")) }
        }
    }
}

/// Who is speaking, what was stopped, and how to say that it is a mistake.
fn about(texts: &Texts, kind: Kind, operator: &Operator) -> Markup {
    let known = !operator.name.is_empty() || !operator.contact.is_empty();
    let facts = [("about-operator", &operator.name), ("about-contact", &operator.contact)];
    html! {
        footer {
            section aria-labelledby="about-heading" {
                h2 #about-heading { (texts.say("about-heading")) }
                p { (texts.say("about-sekisho")) }
                @if kind == Kind::Stopped { (PreEscaped(HOLE)) }
                @if known {
                    dl {
                        @for (id, fact) in facts {
                            @if !fact.is_empty() { div { dt { (texts.say(id)) } dd { (fact) } } }
                        }
                    }
                }
                p { (texts.say(if known { "about-mistake" } else { "about-mistake-anyone" })) }
                p { (texts.say("about-caller")) }
                p { a href="#top" { (texts.say("to-top")) } }
            }
        }
    }
}
