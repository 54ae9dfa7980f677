//! The practice: a fake warning that says on every screen that it is one, to be closed by the keys that close a real one.
//!
//! It needs script and the full screen, so it has a page of its own; it starts by a click, makes no sound unless that was
//! asked for, ends by itself after a minute, and can be left at any time. What each browser does with the full screen and
//! the Esc key is in `docs/page.md`.

use maud::{Markup, html};

use super::{Texts, frame};

/// Its script, the only one of all our pages.
pub(super) const SCRIPT: &str = include_str!("practice.js");

/// What is within the document's frame.
pub(super) fn body(texts: &Texts) -> Markup {
    html! {
        main #intro {
            h1 { (texts.say("practice-title")) }
            p { (texts.say("practice-what")) }
            p .fine { (texts.say("practice-safe")) }
            p { (texts.say("practice-ends")) }
            div #ready hidden {
                p { label { input #sound type="checkbox"; " " (texts.say("practice-sound")) } }
                p { button #start type="button" { (texts.say("practice-start")) } }
            }
            noscript {
                p { (texts.say("practice-no-script")) }
            }
            p { (texts.say("practice-read-instead")) " " a href={ "/?lang=" (texts.language().tag()) "#a" } { (texts.say("state-a-heading")) } }
            p { (texts.say("practice-keys")) }
            p .quiet { (texts.say("practice-keys-why")) }
            (frame::back(texts))
        }
        (stage(texts))
        (end(texts))
    }
}

/// What fills the screen.
fn stage(texts: &Texts) -> Markup {
    html! {
        div #stage role="dialog" aria-modal="true" aria-labelledby="stage-mark" hidden {
            p .banner {
                strong #stage-mark { (texts.say("practice-mark")) } " "
                span { (texts.say("practice-not-real")) } " "
                button #stop type="button" { (texts.say("practice-stop")) }
            }
            div .warning {
                button #close type="button" aria-label="×" hidden { "×" }
                p .shout { (texts.say("practice-fake-heading")) }
                p { (texts.say("practice-fake-call")) }
                p .quiet { (texts.say("practice-fake-lie")) }
            }
            div .task aria-live="assertive" {
                @for (when, ids) in [
                    ("hold", &["practice-esc-hold"][..]),
                    ("longer", &["practice-esc-longer"]),
                    ("close", &["practice-close", "practice-close-where"]),
                    ("touch", &["practice-touch-leave", "practice-touch-apps", "practice-touch-button"]),
                    ("touch-close", &["practice-touch-close"]),
                ] {
                    div data-when=(when) hidden { @for id in ids { p { (texts.say(id)) } } }
                }
            }
            // Browsers lay a hint of their own over the top.
            p .banner { strong { (texts.say("practice-mark")) } " " span { (texts.say("practice-not-real")) } }
        }
    }
}

/// What is said when it is over.
fn end(texts: &Texts) -> Markup {
    html! {
        main #end hidden {
            p .banner { strong { (texts.say("practice-mark")) } }
            div data-end="done" hidden {
                h1 tabindex="-1" { (texts.say("practice-done-heading")) }
                ul {
                    li data-did="esc" { (texts.say("practice-done-esc")) }
                    li data-did="apps" { (texts.say("practice-done-apps")) }
                    li { (texts.say("practice-done-close")) }
                    li { (texts.say("practice-done-no-call")) }
                }
            }
            div data-end="over" hidden {
                h1 tabindex="-1" { (texts.say("practice-over-heading")) }
                p { (texts.say("practice-over")) }
            }
            div data-end="left" hidden {
                h1 tabindex="-1" { (texts.say("practice-left-heading")) }
                p { (texts.say("practice-left")) }
            }
            p { button #again type="button" { (texts.say("practice-again")) } }
            p { (texts.say("practice-keys")) }
            p .quiet { (texts.say("practice-keys-why")) }
            (frame::back(texts))
        }
    }
}
