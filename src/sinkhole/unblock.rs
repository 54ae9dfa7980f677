//! "This is a mistake": somebody asks for a site to be opened. It is only asked here, and decided elsewhere, since a
//! caller may be watching the screen or steering it.

use maud::{Markup, html};

use super::{Operator, Texts, desk::Asked, frame, template::Hole};

/// What the page has to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Which site is meant is not known.
    Choose,
    /// A site is named and stopped: the button.
    Ask,
    /// The page was open for too long.
    Expired,
    /// It was asked, and this became of it.
    Became(Asked),
}

impl Step {
    /// Every step, for all that is rendered at start.
    pub(super) const ALL: [Self; 9] = [
        Self::Choose,
        Self::Ask,
        Self::Expired,
        Self::Became(Asked::Taken),
        Self::Became(Asked::AlreadyWaiting),
        Self::Became(Asked::AlreadyRefused),
        Self::Became(Asked::AlreadyApproved),
        Self::Became(Asked::NotBlocked),
        Self::Became(Asked::Full),
    ];
}

/// What is within the document's frame.
pub(super) fn body(texts: &Texts, step: Step, operator: &Operator) -> Markup {
    let heading = if step == Step::Became(Asked::Taken) { "unblock-taken-heading" } else { "unblock-title" };
    html! {
        main {
            h1 { (texts.say(heading)) }
            @match step {
                Step::Choose => {
                    p { (texts.say("unblock-which")) }
                    (Hole::Lately.mark())
                }
                Step::Ask => (ask(texts)),
                Step::Expired => {
                    p { (texts.say_all(&["unblock-expired", "unblock-again"])) }
                    (ask(texts))
                }
                Step::Became(asked) => {
                    @for id in became(asked) { p { (texts.say(id)) } }
                }
            }
            (frame::who_runs_this(texts, operator))
            (frame::back(texts))
        }
    }
}

const fn became(asked: Asked) -> &'static [&'static str] {
    match asked {
        Asked::Taken => &["unblock-taken", "unblock-why-delay", "unblock-taken-wait"],
        Asked::AlreadyWaiting => &["unblock-already", "unblock-taken-wait"],
        Asked::AlreadyRefused => &["unblock-refused"],
        Asked::AlreadyApproved => &["unblock-approved"],
        Asked::NotBlocked => &["unblock-not-blocked"],
        Asked::Full => &["unblock-full", "unblock-full-tell"],
    }
}

/// The one button.
fn ask(texts: &Texts) -> Markup {
    html! {
        p { (texts.say("unblock-name")) }
        (Hole::Stopped.mark())
        div .stop { p { strong { (texts.say("unblock-why-caller")) } } }
        p { (texts.say_all(&["unblock-who", "unblock-not-here"])) }
        form method="post" action={ "/unblock?lang=" (texts.language().tag()) } {
            (Hole::Request.mark())
            button type="submit" { (texts.say("unblock-button")) }
        }
        p .quiet { (texts.say("unblock-nothing")) }
        h2 { (texts.say("unblock-why-heading")) }
        p { (texts.say("unblock-why")) }
        p { (texts.say("unblock-why-delay")) }
    }
}
