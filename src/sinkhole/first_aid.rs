//! What to do now: A for people who only saw a warning, B for people to whom something happened.
//!
//! Both stand open on the page: somebody who is afraid does not look for a hidden half. Each numbered group has at
//! most three steps.

use maud::{Markup, html};

use super::texts::Texts;

/// Steps, each of one sentence or two.
type Steps<'a> = &'a [&'a [&'a str]];

/// A: the warning was only seen.
pub(super) fn only_saw(texts: &Texts) -> Markup {
    html! {
        section #a aria-labelledby="a-heading" {
            h2 #a-heading { span .mark { "A" } " " (texts.say("state-a-heading")) }
            p .fine { (texts.say("state-a-fine")) }
            p { strong { (texts.say("do-not-call")) } }
            p { (texts.say("state-a-close-this")) }
            p { (texts.say("state-a-close-that")) }
            (close_on_windows(texts))
            p { (texts.say("close-ask")) " " a href="#ask" { (texts.say("go-to-ask")) } }
            (close_elsewhere(texts))
            h3 { (texts.say("follow-heading")) }
            ul {
                @for id in ["do-not-call", "follow-install", "follow-allow"] { li { (texts.say(id)) } }
            }
        }
    }
}

fn close_on_windows(texts: &Texts) -> Markup {
    html! {
        h3 { (texts.say("close-windows")) }
        div .card {
            h4 { (texts.say("close-esc")) }
            (steps(texts, &[&["close-esc-hold"], &["close-esc-appears"], &["close-esc-press"]]))
        }
        div .card {
            h4 { (texts.say("close-task")) }
            (steps(texts, &[
                &["close-task-keys"],
                &["close-task-open"],
                &["close-task-browser", "close-task-end"],
            ]))
        }
        div .card {
            h4 { (texts.say("close-restart")) }
            (steps(texts, &[&["close-restart-do"], &["close-restart-power"], &["close-restart-no-restore"]]))
        }
    }
}

fn close_elsewhere(texts: &Texts) -> Markup {
    let devices: [(&str, Steps<'_>); 4] = [
        ("close-mac", &[&["close-mac-esc"], &["close-mac-keys"], &["close-mac-quit"]]),
        (
            "close-chromebook",
            &[&["close-chromebook-esc"], &["close-chromebook-power"], &["close-chromebook-no-restore"]],
        ),
        (
            "close-android",
            &[&["close-android-list", "close-android-button"], &["close-phone-swipe"], &["close-phone-tab"]],
        ),
        (
            "close-iphone",
            &[&["close-iphone-list", "close-iphone-button"], &["close-phone-swipe"], &["close-phone-tab"]],
        ),
    ];
    html! {
        h3 { (texts.say("close-others")) }
        @for (device, way) in devices {
            div .card {
                h4 { (texts.say(device)) }
                (steps(texts, way))
            }
        }
    }
}

/// B: there was a call, a program or a payment.
pub(super) fn something_happened(texts: &Texts) -> Markup {
    html! {
        section #b aria-labelledby="b-heading" {
            h2 #b-heading { span .mark { "B" } " " (texts.say("state-b-heading")) }
            p .fine { (texts.say_all(&["state-b-common", "state-b-still"])) }
            h3 { (texts.say("first-heading")) }
            (steps(texts, &[&["hang-up"], &["do-not-call"], &["do-not-answer"]]))
            p { (texts.say("only-talked")) }
            p { (texts.say("only-talked-told")) " " a href="#ask" { (texts.say("go-to-ask")) } }
            p { (texts.say("which-apply")) }
            ul .plain {
                @for (mark, href, heading) in [
                    ("B1", "#b1", "installed-heading"),
                    ("B2", "#b2", "card-heading"),
                    ("B3", "#b3", "emoney-heading"),
                    ("B4", "#b4", "bank-heading"),
                ] {
                    li { a href=(href) { span .mark { (mark) } " " (texts.say(heading)) } }
                }
            }
            p { strong { (texts.say("money-first")) } }
            (installed(texts))
            (paid(texts))
            (evidence_and_police(texts))
        }
    }
}

fn installed(texts: &Texts) -> Markup {
    html! {
        div .card #b1 {
            h3 { span .mark { "B1" } " " (texts.say("installed-heading")) }
            p { (texts.say("installed-what")) }
            (steps(texts, &[
                &["installed-disconnect", "installed-disconnect-how"],
                &["installed-scan"],
                &["installed-remove"],
            ]))
            h4 { (texts.say("installed-after")) }
            (steps(texts, &[&["installed-passwords"], &["installed-reset", "installed-reset-care"]]))
        }
    }
}

/// The three ways to pay, each with whom to call now.
fn paid(texts: &Texts) -> Markup {
    html! {
        div .card #b2 {
            h3 { span .mark { "B2" } " " (texts.say("card-heading")) }
            (steps(texts, &[&["card-call", "card-number"], &["card-stop"]]))
        }
        div .card #b3 {
            h3 { span .mark { "B3" } " " (texts.say("emoney-heading")) }
            (steps(texts, &[&["emoney-call", "emoney-number"], &["emoney-stop"], &["emoney-relief"]]))
            p { strong { (texts.say("emoney-keep")) } }
        }
        div .card #b4 {
            h3 { span .mark { "B4" } " " (texts.say("bank-heading")) }
            (steps(texts, &[&["bank-call", "bank-number"], &["bank-stop"], &["bank-check"]]))
            p { (texts.say("bank-more")) }
        }
    }
}

fn evidence_and_police(texts: &Texts) -> Markup {
    html! {
        h3 { (texts.say("evidence-heading")) }
        p { (texts.say_all(&["evidence-useful", "evidence-keep"])) }
        ul {
            @for id in ["evidence-screen", "evidence-software", "evidence-card", "evidence-emoney"] {
                li { (texts.say(id)) }
            }
        }
        h3 { (texts.say("police-heading")) }
        (steps(texts, &[&["police-call"], &["police-agree"], &["police-go"]]))
        p { a href="#ask" { (texts.say("go-to-ask")) } }
    }
}

fn steps(texts: &Texts, steps: Steps<'_>) -> Markup {
    html! {
        ol {
            @for sentences in steps { li { (texts.say_all(sentences)) } }
        }
    }
}
