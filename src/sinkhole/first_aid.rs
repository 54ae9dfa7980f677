//! What to do now: A for people who only saw a warning, B for people to whom something happened.
//!
//! Both stand open on the page: somebody who is afraid does not look for a hidden half. Each numbered group has at
//! most three steps.

use maud::{Markup, html};

use super::{Language, System, template::Hole, texts::Texts};

/// Steps, each of one sentence or two.
pub(super) type Steps<'a> = &'a [&'a [&'a str]];

/// A: the warning was only seen.
pub(super) fn only_saw(texts: &Texts) -> Markup {
    html! {
        section #a aria-labelledby="a-heading" {
            h2 #a-heading { span .mark { "A" } " " (texts.say("state-a-heading")) }
            p .fine { (texts.say("state-a-fine")) }
            p { strong { (texts.say("do-not-call")) } }
            p { (texts.say("state-a-close-this")) }
            p { (texts.say("state-a-close-that")) }
            (Hole::Closing.mark())
            h3 { (texts.say("follow-heading")) }
            ul {
                @for id in ["do-not-call", "follow-install", "follow-allow"] { li { (texts.say(id)) } }
            }
        }
    }
}

/// How a warning is closed: on `system`, then whom to ask, then on all others.
pub(super) fn closing(texts: &Texts, system: System) -> Markup {
    html! {
        h3 #close-here { (texts.say("close-this-device")) }
        @if system == System::Mac {
            // An iPad says that it is a Mac; what tells them apart is that it is worked by fingers.
            div .by-mouse { (this_device(texts, system)) }
            div .by-fingers { (this_device(texts, System::Iphone)) }
        } @else {
            (this_device(texts, system))
        }
        p { (texts.say("close-ask")) " " a href="#ask" { (texts.say("go-to-ask")) } }
        p { a href="#others" { (texts.say("close-others")) } }
        h3 #others { (texts.say("close-others")) }
        @for other in System::ALL {
            @if other != system {
                h4 { (texts.say(other.id())) }
                (close_on(texts, other))
            }
        }
    }
}

fn this_device(texts: &Texts, system: System) -> Markup {
    html! {
        p .quiet { (texts.label("close-your-device")) (texts.say(system.id())) }
        (close_on(texts, system))
    }
}

/// How a warning is closed on `system`: one way or several, each in a box.
pub(super) fn close_on(texts: &Texts, system: System) -> Markup {
    let way = |steps: Steps<'_>| html! { div .card { (self::steps(texts, steps)) } };
    match system {
        System::Windows => close_on_windows(texts),
        System::Mac => way(&[&["close-mac-esc"], &["close-mac-keys"], &["close-mac-quit"]]),
        System::Chromebook => {
            way(&[&["close-chromebook-esc"], &["close-chromebook-power"], &["close-chromebook-no-restore"]])
        }
        System::Android => way(&[
            &["close-android-list", "close-android-button"],
            &["close-phone-swipe"],
            &["close-phone-tab"],
        ]),
        System::Iphone => way(&[
            &["close-iphone-list", "close-iphone-button"],
            &["close-phone-swipe"],
            &["close-phone-tab"],
        ]),
    }
}

fn close_on_windows(texts: &Texts) -> Markup {
    let ways: [(&str, Steps<'_>); 3] = [
        ("close-esc", &[&["close-esc-hold"], &["close-esc-appears"], &["close-esc-press"]]),
        (
            "close-task",
            &[&["close-task-keys"], &["close-task-open"], &["close-task-browser", "close-task-end"]],
        ),
        ("close-restart", &[&["close-restart-do"], &["close-restart-power"], &["close-restart-no-restore"]]),
    ];
    html! {
        @for (name, way) in ways {
            div .card {
                p .way { strong { (texts.say(name)) } }
                (steps(texts, way))
            }
        }
    }
}

/// B: there was a call, a program or a payment. `japanese` are the Japanese sentences where those who are called speak
/// that language and the page does not.
pub(super) fn something_happened(texts: &Texts, japanese: Option<&Texts>) -> Markup {
    html! {
        section #b aria-labelledby="b-heading" {
            h2 #b-heading { span .mark { "B" } " " (texts.say("state-b-heading")) }
            p .fine { (texts.say_all(&["state-b-common", "state-b-still"])) }
            h3 { (texts.say("first-heading")) }
            (steps(texts, &[
                &["hang-up"],
                &["first-disconnect", "installed-disconnect-how"],
                &["do-not-call", "do-not-answer"],
            ]))
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
            (paid(texts, japanese))
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
fn paid(texts: &Texts, japanese: Option<&Texts>) -> Markup {
    html! {
        div .card #b2 {
            h3 { span .mark { "B2" } " " (texts.say("card-heading")) }
            (steps(texts, &[&["card-call", "card-number"], &["card-stop"]]))
            (in_japanese(texts, japanese, "card-stop"))
        }
        div .card #b3 {
            h3 { span .mark { "B3" } " " (texts.say("emoney-heading")) }
            (steps(texts, &[&["emoney-call", "emoney-number"], &["emoney-stop"], &["emoney-relief"]]))
            p { strong { (texts.say("emoney-keep")) } }
        }
        div .card #b4 {
            h3 { span .mark { "B4" } " " (texts.say("bank-heading")) }
            (steps(texts, &[&["bank-call", "bank-number"], &["bank-stop"], &["bank-check"]]))
            (in_japanese(texts, japanese, "bank-stop"))
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

/// What to say to a bank, to read out or to show.
fn in_japanese(texts: &Texts, japanese: Option<&Texts>, id: &str) -> Markup {
    html! {
        @if let Some(japanese) = japanese {
            p { (texts.label("say-in-japanese")) br; span lang=(Language::JA.html()) { (japanese.say(id)) } }
        }
    }
}

pub(super) fn steps(texts: &Texts, steps: Steps<'_>) -> Markup {
    html! {
        ol {
            @for sentences in steps { li { (texts.say_all(sentences)) } }
        }
    }
}
