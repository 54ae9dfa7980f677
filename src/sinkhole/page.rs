//! The help: of a stopped site, and of our own name.
//!
//! The first screen matters most. In this order it says who speaks, that the site was stopped, that the device is
//! very probably fine, what not to do, and where to go on. It is built to look unlike the scam: calm colours, no
//! logo of anybody, nothing that moves, nothing to type.

use maud::{Markup, html};

use super::{Operator, Texts, ask, first_aid, frame, help_lines::HelpLine, learn, template::Hole};

/// Which page of help it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Help {
    /// A site was stopped.
    Stopped,
    /// A site was stopped that nobody calls dangerous: the operator has chosen to stop it, or its kind.
    Chosen,
    /// Somebody came for help.
    Own,
}

/// What both pages have in common: all but the first screen and the end.
pub(super) fn common(texts: &Texts, japanese: Option<&Texts>, lines: &[&HelpLine]) -> Markup {
    html! {
        (first_aid::only_saw(texts))
        (first_aid::something_happened(texts, japanese))
        (ask::whom_to_ask(texts, lines))
        (frame::more(texts))
        (learn::understanding(texts))
    }
}

/// What is within the document's frame.
pub(super) fn body(texts: &Texts, kind: Help, operator: &Operator) -> Markup {
    html! {
        main {
            (opening(texts, kind))
            @if kind == Help::Own { (Hole::Lately.mark()) }
            (Hole::Help.mark())
        }
        (frame::about(texts, kind != Help::Own, operator))
    }
}

/// The first screen.
fn opening(texts: &Texts, kind: Help) -> Markup {
    let (heading, sentences) = match kind {
        Help::Stopped => ("stopped-heading", ["stopped-from-network", "stopped-site"]),
        Help::Chosen => ("stopped-own-heading", ["stopped-from-network", "stopped-own-site"]),
        Help::Own => ("help-heading", ["help-from-network", "help-fake"]),
    };
    html! {
        section .opening {
            h1 { (texts.say(heading)) }
            @if kind == Help::Own { (Hole::Passes.mark()) }
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
