//! A document that is finished but for a few holes, which a request fills.
//!
//! Everything that can be rendered is rendered once, at start. Where something of a request goes, the template leaves a
//! mark that no text contains; the document is cut open there.

use maud::{Markup, PreEscaped};

/// What begins and ends a mark: a sign that Unicode gives to nobody.
const EDGE: char = '\u{10FFFE}';

/// Something that only a request knows, or that many documents share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Hole {
    /// The style sheet, the same in every document.
    Style,
    /// The long part that all pages of help share.
    Help,
    /// The ways to close a warning, those of the visitor's system first.
    Closing,
    /// The scheme and host of our own pages, when the page was asked under another name; nothing under our own.
    Own,
    /// What the links to other languages repeat of the query.
    Query,
    /// The stopped site and who names it.
    Stopped,
    /// What was stopped for this device.
    Lately,
    /// That the site which the visitor came for is not stopped.
    Passes,
    /// What the sheet knows of the site.
    Known,
    /// That scam stays stopped for a while after an approval, and why.
    Delay,
    /// The site that somebody asks about, and what makes the request ours.
    Request,
    /// The fingerprint of the root.
    Root,
}

impl Hole {
    const ALL: [Self; 12] = [
        Self::Style,
        Self::Help,
        Self::Closing,
        Self::Own,
        Self::Query,
        Self::Stopped,
        Self::Lately,
        Self::Passes,
        Self::Known,
        Self::Delay,
        Self::Request,
        Self::Root,
    ];

    /// Its mark in a document.
    pub(super) fn mark(self) -> Markup {
        PreEscaped(self.text())
    }

    /// Its mark within an attribute.
    pub(super) fn text(self) -> String {
        format!("{EDGE}{}{EDGE}", self as u8)
    }

    fn of(mark: &str) -> Option<Self> {
        let place: usize = mark.parse().ok()?;
        Self::ALL.get(place).copied()
    }
}

/// A document with holes.
#[derive(Debug)]
pub(super) struct Template {
    /// Text, and the hole behind it.
    parts: Vec<(Box<str>, Hole)>,
    rest: Box<str>,
}

impl Template {
    /// Cuts a document at its marks.
    pub(super) fn cut(document: &Markup) -> Self {
        let mut parts = Vec::new();
        let mut text = String::new();
        for (index, piece) in document.0.split(EDGE).enumerate() {
            match Hole::of(piece) {
                Some(hole) if index % 2 == 1 => parts.push((std::mem::take(&mut text).into(), hole)),
                _ => text.push_str(piece),
            }
        }
        Self { parts, rest: text.into() }
    }

    /// The document, each hole filled by `fill`.
    pub(super) fn filled(&self, mut fill: impl FnMut(Hole, &mut String)) -> String {
        let mut document = String::with_capacity(48 * 1024);
        self.fill_into(&mut document, &mut fill);
        document
    }

    /// The same behind what is in `document` already.
    pub(super) fn fill_into(&self, document: &mut String, fill: &mut impl FnMut(Hole, &mut String)) {
        for (text, hole) in &self.parts {
            document.push_str(text);
            fill(*hole, document);
        }
        document.push_str(&self.rest);
    }
}

#[cfg(test)]
mod tests {
    use maud::html;

    use super::*;

    #[test]
    fn holes_are_filled_in_their_order() {
        for (place, hole) in Hole::ALL.into_iter().enumerate() {
            assert_eq!(hole as usize, place);
        }
        let document = html! {
            p { (Hole::Own.mark()) } a href={ (Hole::Own.text()) "/x" } { "x" } (Hole::Known.mark())
        };
        let filled = Template::cut(&document).filled(|hole, document| {
            document.push_str(if hole == Hole::Own { "http://own" } else { "!" });
        });
        assert_eq!(filled, "<p>http://own</p><a href=\"http://own/x\">x</a>!");
    }

    #[test]
    fn what_is_no_mark_is_text() {
        let document = PreEscaped(format!("a{EDGE}99{EDGE}b{EDGE}"));
        assert_eq!(Template::cut(&document).filled(|_, _| unreachable!()), "a99b");
    }
}
