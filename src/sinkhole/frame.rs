//! What all documents share: the head, who is speaking, the links to other languages, and the links to other pages.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{
    Language, Operator,
    template::Hole,
    texts::{Texts, drawn},
};

/// The whole of the looks, inside each document so that one request is enough.
pub(super) const STYLE: &str = include_str!("page.css");

/// A whole document. `title` is a message.
pub(super) fn document(
    texts: &Texts,
    first: Language,
    title: &str,
    body: &Markup,
    script: Option<&str>,
) -> Markup {
    document_titled(texts, first, &texts.plain(title), body, script)
}

/// A whole document whose title is given as it stands.
pub(super) fn document_titled(
    texts: &Texts,
    first: Language,
    title: &str,
    body: &Markup,
    script: Option<&str>,
) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(texts.language().html()) {
            head {
                meta charset="utf-8";
                title { (title) }
                meta name="viewport" content="width=device-width, initial-scale=1";
                link rel="icon" href="data:,";
                style { (Hole::Style.mark()) }
            }
            body {
                (header(texts, first))
                (body)
                @if let Some(script) = script { script { (PreEscaped(script)) } }
            }
        }
    }
}

/// Who speaks, and the links to the other languages.
fn header(texts: &Texts, first: Language) -> Markup {
    html! {
        header #top {
            p .notice { (mark()) " " (texts.say("notice")) }
            nav aria-label=(texts.plain("language-choice")) {
                ul {
                    @for language in Language::in_order(first) {
                        li lang=(language.html()) {
                            @if language == texts.language() {
                                span aria-current="true" { (drawn(language.own_name())) }
                            } @else {
                                a href={ "?" (Hole::Query.text()) "lang=" (language.tag()) } hreflang=(language.html())
                                    { (drawn(language.own_name())) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Our own mark: a gate across a road, as the checkpoint of an old highway had.
fn mark() -> Markup {
    html! {
        svg .gate viewBox="0 0 24 24" aria-hidden="true" focusable="false" {
            path d="M2 6.5c6-1.6 14-1.6 20 0M4 10.5h16M6.5 6v15M17.5 6v15M10 21c.6-3 .9-6 1-9.500M14 21c-.6-3-.9-6-1-9.500" {}
        }
    }
}

/// A link to another of our own pages.
pub(super) fn own_link(texts: &Texts, path: &str, id: &str) -> Markup {
    html! { a href={ (Hole::Own.text()) (path) "?lang=" (texts.language().tag()) } { (texts.say(id)) } }
}

/// What else can be done here.
pub(super) fn more(texts: &Texts) -> Markup {
    html! {
        section #more aria-labelledby="more-heading" {
            h2 #more-heading { (texts.say("more-heading")) }
            ul .plain {
                @for (path, id, note) in [
                    ("/record", "more-record", "more-record-note"),
                    ("/practice", "more-practice", "more-practice-note"),
                    ("/card", "more-card", "more-card-note"),
                ] {
                    li { (own_link(texts, path, id)) span .note { (texts.say(note)) } }
                }
            }
        }
    }
}

/// The link back from one of the smaller pages.
pub(super) fn back(texts: &Texts) -> Markup {
    html! { p .back { (own_link(texts, "/", "more-help")) } }
}

/// Who is speaking, what was stopped, and how to say that it is a mistake.
pub(super) fn about(texts: &Texts, stopped: bool, operator: &Operator) -> Markup {
    html! {
        footer {
            section aria-labelledby="about-heading" {
                h2 #about-heading { (texts.say("about-heading")) }
                p { (texts.say("about-sekisho")) }
                @if stopped { (Hole::Stopped.mark()) }
                (who_runs_this(texts, operator))
                p { (texts.say("about-caller")) }
                p { a href="#top" { (texts.say("to-top")) } }
            }
        }
    }
}

/// The operator, and what to do about a mistake.
pub(super) fn who_runs_this(texts: &Texts, operator: &Operator) -> Markup {
    let known = !operator.name.is_empty() || !operator.contact.is_empty();
    let facts = [("about-operator", &operator.name), ("about-contact", &operator.contact)];
    html! {
        @if known {
            dl {
                @for (id, fact) in facts {
                    @if !fact.is_empty() { div { dt { (texts.say(id)) } dd { (fact) } } }
                }
            }
        }
        p { (texts.say(if known { "about-mistake" } else { "about-mistake-anyone" })) }
    }
}
