//! For later, when the fright is over: what this scam is, how it goes, how to be ready for it.

use maud::{Markup, html};

use super::texts::Texts;

/// Where the scam can be seen and closing it can be practised: pages of Japan's Cybercrime Control Center and of
/// its Information-technology Promotion Agency.
const SEE: [(&str, &str); 5] = [
    ("see-ipa-practice", "https://www.ipa.go.jp/security/anshin/measures/fakealert.html"),
    ("see-jc3-video", "https://www.jc3.or.jp/threats/examples/article-356.html"),
    ("see-jc3-column", "https://www.jc3.or.jp/threats/topics/article-396.html"),
    ("see-ipa-column", "https://www.ipa.go.jp/security/anshin/mgdayori20180718.html"),
    (
        "see-ipa-steps",
        "https://www.ipa.go.jp/security/anshin/attention/2020/ug65p9000000ngjq-att/000050806.pdf",
    ),
];

/// The second half of the page.
pub(super) fn understanding(texts: &Texts) -> Markup {
    html! {
        section #scam aria-labelledby="scam-heading" {
            h2 #scam-heading { (texts.say("scam-heading")) }
            p { (texts.say_all(&["scam-warning", "scam-noise"])) }
            p { (texts.say_all(&["scam-aim", "scam-then"])) }
            p { (texts.say_all(&["scam-always", "scam-logos"])) }
            h3 { (texts.say("cases-heading")) }
            (case(texts, "case-card", &["case-card-alarm", "case-card-remote", "case-card-paid"]))
            (case(texts, "case-emoney", &["case-emoney-alarm", "case-emoney-asked", "case-emoney-paid"]))
            h3 { (texts.say("how-heading")) }
            (points(texts, &["how-frighten", "how-sell", "how-pay", "how-remote"]))
            h3 { (texts.say("prevent-heading")) }
            (points(texts, &["prevent-talk", "prevent-update", "prevent-security"]))
            (see(texts))
        }
    }
}

fn case(texts: &Texts, heading: &str, story: &[&str]) -> Markup {
    html! {
        div .card {
            h4 { (texts.say(heading)) }
            @for id in story { p { (texts.say(id)) } }
        }
    }
}

fn points(texts: &Texts, ids: &[&str]) -> Markup {
    html! { ul { @for id in ids { li { (texts.say(id)) } } } }
}

fn see(texts: &Texts) -> Markup {
    html! {
        h3 { (texts.say("see-heading")) }
        p { (texts.say("see-note")) }
        ul {
            @for (id, url) in SEE {
                li { a href=(url) hreflang="ja" rel="noreferrer" { (texts.say(id)) } }
            }
        }
    }
}
