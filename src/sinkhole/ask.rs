//! Whom to ask: the help lines as they stand on the page.

use fluent_bundle::FluentArgs;
use maud::{Markup, html};

use super::{
    help_lines::HelpLine,
    texts::{Texts, drawn},
};

/// Help lines of the configured country; advice that holds anywhere when we know none.
pub(super) fn whom_to_ask(texts: &Texts, lines: &[&HelpLine]) -> Markup {
    html! {
        section #ask aria-labelledby="ask-heading" {
            h2 #ask-heading { (texts.say("ask-heading")) }
            @if lines.is_empty() {
                @for id in ["ask-police", "ask-bank", "ask-family"] { p { (texts.say(id)) } }
            } @else {
                p { (texts.say("ask-unsure")) }
                @for line in lines { (help_line(texts, line)) }
            }
        }
    }
}

fn help_line(texts: &Texts, line: &HelpLine) -> Markup {
    let language = texts.language();
    html! {
        div .card {
            h3 { (texts.say(&line.words("who"))) }
            p { (texts.say(&line.words("for"))) }
            @if let Some(number) = &line.number {
                p .number { a href={ "tel:" (dialled(number)) } { (number) } }
            }
            @if let Some(email) = &line.email {
                p { (texts.label("ask-email")) a href={ "mailto:" (email) } { (email) } }
            }
            @if let Some(url) = &line.url {
                p { (texts.label("ask-website")) a .bare href=(url) rel="noreferrer" { (url) } }
            }
            p .quiet {
                (texts.label("ask-hours")) (texts.say(&line.words("hours"))) br;
                @if !line.languages.iter().any(|spoken| spoken == language.html()) {
                    (texts.label("ask-languages"))
                    @for (index, spoken) in line.languages.iter().enumerate() {
                        @if index > 0 { " / " }
                        (texts.say(&format!("language-{spoken}")))
                    }
                    br;
                }
                (checked_on(texts, line))
            }
        }
    }
}

/// The day on which a line was last checked, as the language writes dates.
pub(super) fn checked_on(texts: &Texts, line: &HelpLine) -> Markup {
    let mut date = FluentArgs::new();
    date.set("year", line.verified_on.year);
    date.set("month", line.verified_on.month);
    date.set("day", line.verified_on.day);
    drawn(&texts.fill("ask-checked", &date))
}

/// A number as `tel:` wants it (RFC 3966): without the signs that are there for the eye, and with `#` escaped,
/// which would begin a fragment.
fn dialled(number: &str) -> String {
    let kept = number.chars().filter(|sign| sign.is_ascii_digit() || "+#*".contains(*sign));
    kept.collect::<String>().replace('#', "%23")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_links_want_them() {
        for (written, link) in
            [("#9110", "%239110"), ("03-5978-7509", "0359787509"), ("+44 300 123", "+44300123")]
        {
            assert_eq!(dialled(written), link);
        }
    }
}
