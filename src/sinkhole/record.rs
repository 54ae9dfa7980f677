//! Two pages for paper: what is told to the police or a card company, and the steps to keep beside the computer.

use std::fmt::Write;

use maud::{Markup, PreEscaped, html};
use qrcodegen::{QrCode, QrCodeEcc};

use super::{Language, Settings, System, Texts, ask, first_aid, frame, help_lines::HelpLine, template::Hole};

/// The sheet of what is known, and of what the person remembers. `japanese` are the Japanese sentences where whoever reads
/// the sheet speaks that language and the person does not.
pub(super) fn record(texts: &Texts, japanese: Option<&Texts>) -> Markup {
    html! {
        main .paper {
            h1 { (texts.say("record-title")) }
            p { (texts.say_all(&["record-what", "record-how"])) }
            section aria-labelledby="record-known" {
                h2 #record-known { (texts.say("record-known")) }
                (Hole::Known.mark())
            }
            section aria-labelledby="record-write" {
                h2 #record-write { (texts.say("record-write")) }
                p .quiet { (texts.say("record-write-note")) }
                dl .lines {
                    @for (id, lines) in [
                        ("record-seen", 1),
                        ("record-number", 1),
                        ("record-caller", 1),
                        ("record-installed", 1),
                        ("record-told", 1),
                        ("record-paid", 2),
                        ("record-cards", 2),
                        ("record-done", 1),
                        ("record-police", 1),
                    ] {
                        div {
                            dt {
                                (texts.say(id))
                                @if let Some(japanese) = japanese {
                                    " "
                                    span .quiet lang=(Language::JA.html()) { (japanese.say(id)) }
                                }
                            }
                            dd { @for _ in 0..lines { span .line {} } }
                        }
                    }
                }
            }
            (frame::back(texts))
        }
    }
}

/// The steps to print, and a small card.
pub(super) fn card(texts: &Texts, lines: &[&HelpLine], settings: &Settings) -> Markup {
    let address = format!("http://{}/", settings.host);
    html! {
        main .paper {
            h1 { (texts.say("card-title")) }
            p .screen-only { (texts.say("card-print")) }
            div .stop {
                p { strong { (texts.say("card-first")) } }
                p { strong { (texts.say("card-no-call")) } }
            }
            section aria-labelledby="card-close" {
                h2 #card-close { (texts.say("card-close")) }
                div .columns {
                    @for system in [System::Windows, System::Mac] {
                        h3 { (texts.say(system.id())) }
                        (first_aid::close_on(texts, system))
                    }
                }
            }
            section aria-labelledby="card-if" {
                h2 #card-if { (texts.say("card-if")) }
                ol {
                    @for id in ["card-if-hang-up", "card-if-network", "card-if-call", "card-if-police"] {
                        li { (texts.say(id)) }
                    }
                }
            }
            section aria-labelledby="card-ask" {
                h2 #card-ask { (texts.say("ask-heading")) }
                (numbers(texts, lines))
                (operator(texts, settings))
            }
            section aria-labelledby="card-small" {
                h2 #card-small { (texts.say("card-small")) }
                div .pocket {
                    div {
                        p { strong { (texts.say("card-title")) } }
                        p { (texts.say("card-no-call")) }
                        @for id in ["close-esc-hold", "close-esc-appears", "close-esc-press"] {
                            p { (texts.say(id)) }
                        }
                        @if let Some(number) = lines.iter().find_map(|line| line.number.as_deref()) {
                            p { (texts.label("ask-heading")) strong { (number) } }
                        }
                        p { (texts.say("card-family")) span .line {} }
                    }
                    div .code {
                        (qr_code(&address, &texts.plain("card-help-page")))
                        p { (texts.say("card-help-page")) br; (address) }
                    }
                }
            }
            (frame::back(texts))
        }
    }
}

/// Whom to ask, in a line each.
fn numbers(texts: &Texts, lines: &[&HelpLine]) -> Markup {
    html! {
        @if lines.is_empty() {
            @for id in ["ask-police", "ask-bank"] { p { (texts.say(id)) } }
        } @else {
            dl {
                @for line in lines {
                    // What can only be written to is written to at its address.
                    @if let Some(way) = line.number.as_ref().or(line.url.as_ref()).or(line.email.as_ref()) {
                        div {
                            dt { (texts.say(&line.words("who"))) }
                            dd { strong { (way) } " " span .quiet { (texts.say(&line.words("hours"))) } }
                        }
                    }
                }
            }
            // All of them were looked at on that day or later.
            @if let Some(oldest) = lines.iter().min_by_key(|line| line.verified_on) {
                p .quiet { (ask::checked_on(texts, oldest)) }
            }
        }
    }
}

fn operator(texts: &Texts, settings: &Settings) -> Markup {
    let facts = [("about-operator", &settings.operator.name), ("about-contact", &settings.operator.contact)];
    html! {
        @if facts.iter().any(|(_, fact)| !fact.is_empty()) {
            dl {
                @for (id, fact) in facts {
                    @if !fact.is_empty() { div { dt { (texts.say(id)) } dd { (fact) } } }
                }
            }
        }
    }
}

/// A code that a telephone's camera reads (ISO/IEC 18004), as a drawing. Nothing where the address is too long for one.
fn qr_code(address: &str, label: &str) -> Markup {
    let Ok(code) = QrCode::encode_text(address, QrCodeEcc::Medium) else { return html! {} };
    // Readers want four modules of white around it.
    let (size, margin) = (code.size(), 4);
    let mut path = String::new();
    for y in 0..size {
        for x in (0..size).filter(|x| code.get_module(*x, y)) {
            // A `String` takes everything.
            let _ = write!(path, "M{} {}h1v1h-1z", x + margin, y + margin);
        }
    }
    let whole = size + 2 * margin;
    html! {
        svg .qr viewBox={ "0 0 " (whole) " " (whole) } role="img" aria-label={ (label) " " (address) } {
            rect width=(whole) height=(whole) fill="#fff" {}
            path d=(PreEscaped(path)) fill="#000" {}
        }
    }
}
