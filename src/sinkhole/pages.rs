//! All documents of one language, rendered at start and filled in for a visit.

use std::{fmt::Write, time::Duration};

use fluent_bundle::FluentArgs;
use maud::{Escaper, Markup, PreEscaped, html};

use super::{
    Explanation, HelpLine, Language, Settings, System, TextError, Texts, certificate,
    desk::Stopped,
    first_aid, frame,
    page::{self, Help},
    practice, record,
    template::{Hole, Template},
    unblock::{self, Step},
};

/// How many lists are named at most: one convinces, a hundred frighten.
const LISTS_NAMED: usize = 5;
/// How many sites of the last hour are told at most.
const SITES_TOLD: usize = 20;
/// The last hour has so many minutes.
const MINUTES: u64 = 60;

/// Which document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The help, and a site was stopped.
    Stopped,
    /// The help, and a site was stopped that nobody calls dangerous.
    Chosen,
    /// The help of our own name.
    Help,
    /// The practice.
    Practice,
    /// The sheet for the police.
    Record,
    /// The steps to print.
    Card,
    /// A request to open a site.
    Unblock(Step),
    /// How the root certificate is installed.
    Certificate,
}

impl Kind {
    fn all() -> impl Iterator<Item = Self> {
        let others = [Self::Stopped, Self::Chosen, Self::Help, Self::Practice, Self::Record, Self::Card];
        others.into_iter().chain(Step::ALL.into_iter().map(Self::Unblock))
    }
}

/// What a request knows and a document needs.
#[derive(Debug, Default)]
pub(super) struct Visit {
    /// The scheme and host of our own pages, empty when the visitor is on them.
    pub(super) own: String,
    /// The parameter of the query that names a site, with a `&` behind it; or nothing.
    pub(super) query: String,
    /// The stopped site.
    pub(super) stopped: Option<Explanation>,
    /// Whether the visitor came for a site that is not stopped, or not any more.
    pub(super) passes: bool,
    /// How long the site stays stopped after an approval.
    pub(super) delay: Duration,
    /// What was stopped for this device in the last hour, the latest first; `None` where nobody keeps it.
    pub(super) lately: Option<Vec<Stopped>>,
    /// The moment at which a sheet was made.
    pub(super) now: String,
    /// The moment at which the site was last stopped.
    pub(super) last: Option<String>,
    /// What a form sends back so that we know it for ours.
    pub(super) token: String,
    /// The fingerprint of the root certificate.
    pub(super) root: String,
}

/// One language's documents.
pub(super) struct Pages {
    /// The long part of the help.
    help: Template,
    /// The ways to close a warning, by [`System`].
    closings: Vec<String>,
    documents: Vec<(Kind, Template)>,
    /// "… minutes ago", by the minutes.
    when: Vec<String>,
    /// "The wait is … minutes", likewise; for none there is nothing to say.
    delays: Vec<String>,
    words: Words,
    tag: &'static str,
}

/// The words of what is filled in.
struct Words {
    name: Markup,
    lists: Markup,
    known_name: Markup,
    known_lists: Markup,
    made: Markup,
    last: Markup,
    none_known: Markup,
    not_stopped: [Markup; 2],
    wait: [Markup; 2],
    lately: Markup,
    lately_note: Markup,
    lately_all: Markup,
    lately_none: Markup,
    record: Markup,
    unblock: Markup,
}

impl Pages {
    /// Renders everything; fails on the first sentence that is missing.
    pub(super) fn render(
        language: Language,
        settings: &Settings,
        lines: &[&HelpLine],
    ) -> Result<Self, TextError> {
        let texts = Texts::load(language)?;
        // Where whoever is called speaks Japanese and the page does not.
        let japanese = settings.country == "JP" && language.html() != Language::JA.html();
        let japanese = japanese.then(|| Texts::load(Language::JA)).transpose()?;
        let mut pages = Self::with_texts(&texts, japanese.as_ref(), settings, lines);
        pages.documents.push((Kind::Certificate, certificate::document(&texts, settings.language)?));
        texts.finish()?;
        Ok(pages)
    }

    /// Renders everything; whether every sentence was there, `texts` knows.
    pub(super) fn with_texts(
        texts: &Texts,
        japanese: Option<&Texts>,
        settings: &Settings,
        lines: &[&HelpLine],
    ) -> Self {
        let document = |kind| {
            let operator = &settings.operator;
            let (title, body, script) = match kind {
                Kind::Stopped => ("page-title-stopped", page::body(texts, Help::Stopped, operator), None),
                Kind::Chosen => ("stopped-own-heading", page::body(texts, Help::Chosen, operator), None),
                Kind::Help => ("page-title-help", page::body(texts, Help::Own, operator), None),
                Kind::Practice => ("practice-title", practice::body(texts), Some(practice::SCRIPT)),
                Kind::Record => ("record-title", record::record(texts, japanese), None),
                Kind::Card => ("card-title", record::card(texts, lines, settings), None),
                Kind::Unblock(step) => ("unblock-title", unblock::body(texts, step, operator), None),
                // Its words stand elsewhere.
                Kind::Certificate => ("page-title-help", html! {}, None),
            };
            Template::cut(&frame::document(texts, settings.language, title, &body, script))
        };
        let closing = |system| first_aid::closing(texts, system).into_string();
        Self {
            help: Template::cut(&page::common(texts, japanese, lines)),
            closings: System::ALL.map(closing).into(),
            documents: Kind::all().map(|kind| (kind, document(kind))).collect(),
            when: (0..=MINUTES).map(|minutes| with_minutes(texts, "lately-when", minutes)).collect(),
            delays: (1..=MINUTES).map(|minutes| with_minutes(texts, "unblock-delay", minutes)).collect(),
            words: Words {
                name: texts.say("about-name"),
                lists: texts.say("about-lists"),
                known_name: texts.say("record-name"),
                known_lists: texts.say("record-lists"),
                made: texts.say("record-made"),
                last: texts.say("record-when"),
                none_known: texts.say("record-none"),
                wait: ["unblock-why-delay", "unblock-why-wait"].map(|id| texts.say(id)),
                not_stopped: ["not-stopped", "not-stopped-again"].map(|id| texts.say(id)),
                lately: texts.say("lately-heading"),
                lately_note: texts.say("lately-note"),
                lately_all: texts.say("lately-all-devices"),
                lately_none: texts.say("lately-none"),
                record: texts.say("more-record"),
                unblock: texts.say("more-unblock"),
            },
            tag: texts.language().tag(),
        }
    }

    /// A document for a visit.
    pub(super) fn document(&self, kind: Kind, system: System, visit: &Visit) -> String {
        let found = self.documents.iter().find(|(other, _)| *other == kind);
        let Some((_, template)) = found else { return String::new() };
        template.filled(|hole, document| match hole {
            Hole::Help => self.help.fill_into(document, &mut |hole, document| {
                self.fill(hole, kind, system, visit, document);
            }),
            _ => self.fill(hole, kind, system, visit, document),
        })
    }

    fn fill(&self, hole: Hole, kind: Kind, system: System, visit: &Visit, document: &mut String) {
        match hole {
            Hole::Style => document.push_str(frame::STYLE),
            Hole::Closing => document.push_str(&self.closings[system as usize]),
            Hole::Own => document.push_str(&visit.own),
            Hole::Query => escape(&visit.query, document),
            Hole::Stopped => document.push_str(&self.stopped(kind, visit).0),
            Hole::Passes => document.push_str(&self.passes(visit).0),
            Hole::Lately => document.push_str(&self.lately(visit).0),
            Hole::Delay => document.push_str(&self.delay(visit.delay).0),
            Hole::Known => document.push_str(&self.known(visit).0),
            Hole::Request => document.push_str(&request(visit).0),
            Hole::Root => escape(&visit.root, document),
            // The help does not hold itself.
            Hole::Help => {}
        }
    }

    /// The stopped site, and the way to say that this is a mistake.
    fn stopped(&self, kind: Kind, visit: &Visit) -> Markup {
        let Some(stopped) = &visit.stopped else { return html! {} };
        html! {
            dl { (site(stopped, &self.words.name, &self.words.lists)) }
            @if matches!(kind, Kind::Stopped | Kind::Chosen) {
                @if !stopped.is_by_own_rule() {
                    p { (self.link("/unblock", &visit.own, &stopped.name, &self.words.unblock)) }
                }
                p { (self.link("/record", &visit.own, &stopped.name, &self.words.record)) }
            }
        }
    }

    /// A link to another of our own pages that is about a site.
    fn link(&self, path: &str, own: &str, name: &str, words: &Markup) -> Markup {
        html! { a href={ (own) (path) "?name=" (name) "&lang=" (self.tag) } { (words) } }
    }

    /// What somebody is told who came for a site that is not stopped.
    fn passes(&self, visit: &Visit) -> Markup {
        html! { @if visit.passes { @for sentence in &self.words.not_stopped { p { strong { (sentence) } } } } }
    }

    /// What was stopped for this device.
    fn lately(&self, visit: &Visit) -> Markup {
        let Some(lately) = &visit.lately else { return html! {} };
        html! {
            section #lately aria-labelledby="lately-heading" {
                h2 #lately-heading { (self.words.lately) }
                @if lately.is_empty() {
                    p { (self.words.lately_none) }
                } @else {
                    p { (self.words.lately_note) }
                    ul .sites {
                        @for site in lately.iter().take(SITES_TOLD) {
                            li {
                                (shown(&site.name)) " "
                                span .quiet { (self.ago(site)) }
                                @for list in site.lists.iter().take(LISTS_NAMED) { " " span .quiet { "· " (list) } }
                                br;
                                (self.link("/record", "", &site.name, &self.words.record))
                                br;
                                (self.link("/unblock", "", &site.name, &self.words.unblock))
                            }
                        }
                    }
                    p .quiet { (self.words.lately_all) }
                }
            }
        }
    }

    /// That a site opens some time after an approval, why, and how long that is if it is an hour at most.
    fn delay(&self, delay: Duration) -> Markup {
        let minutes = usize::try_from(delay.as_secs().div_ceil(60)).unwrap_or(usize::MAX);
        let Some(place) = minutes.checked_sub(1) else { return html! {} };
        let [delayed, why] = &self.words.wait;
        html! {
            p { (delayed) }
            @if let Some(said) = self.delays.get(place) { p { strong { (PreEscaped(said)) } } }
            p { (why) }
        }
    }

    fn ago(&self, site: &Stopped) -> Markup {
        let minutes = (site.seconds_ago / 60).min(MINUTES) as usize;
        PreEscaped(self.when.get(minutes).cloned().unwrap_or_default())
    }

    /// What the sheet knows.
    fn known(&self, visit: &Visit) -> Markup {
        html! {
            dl {
                div { dt { (self.words.made) } dd { (visit.now) } }
                @if let Some(stopped) = &visit.stopped {
                    (site(stopped, &self.words.known_name, &self.words.known_lists))
                }
                @if let Some(last) = &visit.last { div { dt { (self.words.last) } dd { (last) } } }
            }
            @if visit.stopped.is_none() { p { (self.words.none_known) } }
            @if let Some(lately) = &visit.lately
                && !lately.is_empty()
            {
                h3 { (self.words.lately) }
                ul {
                    @for site in lately.iter().take(SITES_TOLD) {
                        li { (shown(&site.name)) " " span .quiet { (self.ago(site)) } }
                    }
                }
                p .quiet { (self.words.lately_all) }
            }
        }
    }
}

/// A site and the lists that name it.
fn site(stopped: &Explanation, name: &Markup, lists: &Markup) -> Markup {
    html! {
        div { dt { (name) } dd { (shown(&stopped.name)) } }
        @if !stopped.lists.is_empty() {
            div {
                dt { (lists) }
                @for list in stopped.lists.iter().take(LISTS_NAMED) { dd { (list) } }
            }
        }
    }
}

fn with_minutes(texts: &Texts, id: &str, minutes: u64) -> String {
    let mut filling = FluentArgs::new();
    filling.set("minutes", minutes);
    super::texts::drawn(&texts.fill(id, &filling)).into_string()
}

/// The hidden part of the form.
fn request(visit: &Visit) -> Markup {
    html! {
        @if let Some(stopped) = &visit.stopped {
            input type="hidden" name="name" value=(stopped.name);
            input type="hidden" name="token" value=(visit.token);
        }
    }
}

/// A name as it is asked for in DNS, and as people read it where that differs (RFC 5891).
fn shown(name: &str) -> Markup {
    let (readable, read) = idna::domain_to_unicode(name);
    html! {
        code { (name) }
        @if read.is_ok() && readable != name { " (" bdi { (readable) } ")" }
    }
}

fn escape(text: &str, document: &mut String) {
    // A `String` takes everything.
    let _ = Escaper::new(document).write_str(text);
}
