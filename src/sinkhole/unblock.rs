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
    /// It was asked, and waits for the operator.
    Taken,
    /// It has been waiting already.
    Waiting,
    /// The operator has said no.
    Refused,
    /// The operator has said yes.
    Approved,
    /// The site is not stopped for this client.
    NotBlocked,
    /// The operator has chosen to stop it, which no request changes.
    Own,
    /// Too many requests wait, in all or of this client.
    Full,
}

impl Step {
    /// Every step, for all that is rendered at start.
    pub(super) const ALL: [Self; 10] = [
        Self::Choose,
        Self::Ask,
        Self::Expired,
        Self::Taken,
        Self::Waiting,
        Self::Refused,
        Self::Approved,
        Self::NotBlocked,
        Self::Own,
        Self::Full,
    ];

    /// What is said of what became of a request.
    pub(super) const fn after(asked: Asked) -> Self {
        match asked {
            Asked::Taken { .. } => Self::Taken,
            Asked::AlreadyWaiting => Self::Waiting,
            Asked::AlreadyRefused => Self::Refused,
            Asked::AlreadyApproved { .. } => Self::Approved,
            Asked::NotBlocked => Self::NotBlocked,
            Asked::OwnRule => Self::Own,
            Asked::Full | Asked::TooMany => Self::Full,
        }
    }

    /// The sentences of a step that has nothing but sentences.
    const fn said(self) -> &'static [&'static str] {
        match self {
            Self::Choose | Self::Ask | Self::Expired => &[],
            Self::Taken => &["unblock-taken", "unblock-taken-wait"],
            Self::Waiting => &["unblock-already", "unblock-taken-wait"],
            Self::Refused => &["unblock-refused"],
            Self::Approved => &["unblock-approved"],
            Self::NotBlocked => &["unblock-not-blocked"],
            Self::Own => &["stopped-own-site", "unblock-full-tell"],
            Self::Full => &["unblock-full", "unblock-full-tell"],
        }
    }
}

/// What is within the document's frame.
pub(super) fn body(texts: &Texts, step: Step, operator: &Operator) -> Markup {
    let heading = if step == Step::Taken { "unblock-taken-heading" } else { "unblock-title" };
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
                _ => {
                    @for id in step.said() { p { (texts.say(id)) } }
                    @if step == Step::Taken { (Hole::Delay.mark()) }
                }
            }
            (frame::who_runs_this(texts, operator))
            (frame::back(texts))
        }
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
        (Hole::Delay.mark())
    }
}
