//! How the root of the installation's own authority is installed on devices and removed from them: for whoever looks
//! after them, so nothing on the other pages leads here. `docs/local-ca.md` says more.

use maud::{Markup, html};

use super::{
    Language, TextError, Texts, frame,
    template::{Hole, Template},
};

/// What the root is installed on.
const SYSTEMS: [&str; 6] = ["windows", "mac", "iphone", "android", "firefox", "managed"];
/// The root as files, below `/ca/`.
const FILES: [&str; 3] = ["root.pem", "root.der", "root.mobileconfig"];

/// The document in a language, without the fingerprint.
///
/// # Errors
///
/// If a sentence is missing.
pub(super) fn document(texts: &Texts, first: Language) -> Result<Template, TextError> {
    let words = Texts::of_certificate(texts.language())?;
    let document =
        frame::document_titled(texts, first, &words.plain("cert-title"), &body(texts, &words), None);
    words.finish()?;
    Ok(Template::cut(&document))
}

fn body(texts: &Texts, words: &Texts) -> Markup {
    html! {
        main lang=(words.language().html()) {
            h1 { (words.say("cert-title")) }
            p { (words.say("cert-who")) }
            div .stop { p { strong { (words.say("cert-caller")) } } }
            @for id in ["cert-what", "cert-risk", "cert-need"] { p { (words.say(id)) } }
            h2 { (words.say("cert-compare-heading")) }
            @for id in ["cert-compare", "cert-compare-windows"] { p { (words.say(id)) } }
            dl {
                div { dt { (words.say("cert-fingerprint")) } dd { code { (Hole::Root.mark()) } } }
                div {
                    dt { (words.say("cert-files")) }
                    @for file in FILES { dd { a href={ "/ca/" (file) } { (file) } } }
                }
            }
            @for system in SYSTEMS {
                section aria-labelledby=(system) {
                    h2 id=(system) { (words.say(&format!("cert-{system}"))) }
                    h3 { (words.say("cert-install")) }
                    ol {
                        @for step in 1..=2 { li { (words.say(&format!("cert-{system}-install-{step}"))) } }
                    }
                    h3 { (words.say("cert-remove")) }
                    p { (words.say(&format!("cert-{system}-remove"))) }
                }
            }
            div lang=(texts.language().html()) { (frame::back(texts)) }
        }
    }
}
