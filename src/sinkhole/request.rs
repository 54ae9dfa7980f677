//! What a request tells that matters here: whose name it came for, whether somebody will look at the answer, and in
//! which language.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, header, request::Parts};

use super::Language;
use crate::name::Name;

/// What the browser wants the answer for (Fetch metadata). Sent over https and to localhost only.
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// Whose site the browser believes to talk to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    /// Ours: our own name, an address, localhost.
    Own,
    /// Another name.
    Other(Box<Name>),
    /// None was given, or what was given is no host name.
    Unclear,
}

impl Asked {
    /// Reads the authority of the request: of an absolute target if there is one (RFC 9112 §3.2.2), else `Host`.
    pub(super) fn of(head: &Parts, own: &Name) -> Self {
        let mut hosts = head.headers.get_all(header::HOST).iter();
        let authority = match (head.uri.authority(), hosts.next(), hosts.next()) {
            (Some(authority), ..) => Some(authority.as_str()),
            (None, Some(host), None) => host.to_str().ok(),
            _ => None,
        };
        authority.and_then(host_of).map_or(Self::Unclear, |host| Self::of_host(host, own))
    }

    fn of_host(host: &str, own: &Name) -> Self {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if bare.parse::<IpAddr>().is_ok() {
            return Self::Own;
        }
        // Only what a browser sends for a real host: everything else could only be meant to be echoed.
        let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        match host.parse::<Name>() {
            Ok(name) if plain && (&name == own || is_localhost(&name)) => Self::Own,
            Ok(name) if plain && !name.is_root() => Self::Other(Box::new(name)),
            _ => Self::Unclear,
        }
    }
}

/// The host of `host:port`, `[address]:port` or a host alone.
fn host_of(authority: &str) -> Option<&str> {
    let end = if authority.starts_with('[') {
        authority.find(']')? + 1
    } else {
        authority.find(':').unwrap_or(authority.len())
    };
    let (host, port) = authority.split_at(end);
    let port_is_fine = port.is_empty() || port.strip_prefix(':')?.bytes().all(|byte| byte.is_ascii_digit());
    port_is_fine.then_some(host)
}

/// RFC 6761 §6.3: localhost and every name below it.
fn is_localhost(name: &Name) -> bool {
    name.labels_from_root().next() == Some(b"localhost")
}

/// Whether the answer is for a person's eyes and not for a script, an image or a frame of another page.
///
/// Browsers send no Fetch metadata over plain http, so `Accept` must tell: only a navigation lists `text/html`.
/// `*/*` alone is what a `<script>` sends and what a person's command line sends. For a blocked name the first is
/// meant, for our own the second.
pub(super) fn wants_a_page(headers: &HeaderMap, blocked: bool) -> bool {
    if let Some(dest) = headers.get(SEC_FETCH_DEST) {
        return dest == "document";
    }
    let mut accepts = headers.get_all(header::ACCEPT).iter().peekable();
    if accepts.peek().is_none() {
        return true;
    }
    let ranges: Vec<&str> = accepts
        .filter_map(|field| field.to_str().ok())
        .flat_map(|field| field.split(','))
        .map(|range| range.split(';').next().unwrap_or_default().trim())
        .collect();
    let is_html = |range: &&str| {
        ["text/html", "application/xhtml+xml", "text/*"].iter().any(|html| range.eq_ignore_ascii_case(html))
    };
    ranges.iter().any(is_html) || (!blocked && ranges == ["*/*"])
}

/// The language to answer in: the link that was followed, else the browser's wish, else `default`.
pub(super) fn language(head: &Parts, default: Language) -> Language {
    let query = head.uri.query().unwrap_or_default();
    let mut tags = query.split('&').filter_map(|pair| pair.strip_prefix("lang="));
    let linked = tags.find_map(Language::from_tag);
    let accepted = || {
        let fields = head.headers.get_all(header::ACCEPT_LANGUAGE).iter();
        let fields: Vec<&str> = fields.filter_map(|field| field.to_str().ok()).collect();
        Language::accepted(&fields.join(","), default)
    };
    linked.or_else(accepted).unwrap_or(default)
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn head(uri: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn other(name: &str) -> Asked {
        Asked::Other(Box::new(name.parse().unwrap()))
    }

    #[test]
    fn the_host_tells_whose_site_was_meant() {
        let own = "sekisho.home.arpa".parse().unwrap();
        for (host, asked) in [
            ("sekisho.home.arpa", Asked::Own),
            ("SEKISHO.home.arpa.:80", Asked::Own),
            ("192.0.2.1", Asked::Own),
            ("192.0.2.1:8080", Asked::Own),
            ("[2001:db8::1]:80", Asked::Own),
            ("[2001:db8::1]", Asked::Own),
            ("localhost:8080", Asked::Own),
            ("a.localhost", Asked::Own),
            ("bad.example", other("bad.example")),
            ("BAD.example:8080", other("bad.example")),
            ("xn--r8jz45g.example", other("xn--r8jz45g.example")),
            ("<script>alert(1)</script>", Asked::Unclear),
            ("a b", Asked::Unclear),
            ("user@bad.example", Asked::Unclear),
            ("bad.example:x", Asked::Unclear),
            ("bad.example:80:80", Asked::Unclear),
            ("[2001:db8::1", Asked::Unclear),
            ("[bad.example]", Asked::Unclear),
            ("a..example", Asked::Unclear),
            (".", Asked::Unclear),
            ("", Asked::Unclear),
        ] {
            assert_eq!(Asked::of(&head("/", &[("host", host)]), &own), asked, "{host:?}");
        }
    }

    #[test]
    fn an_absolute_target_wins_and_two_hosts_are_none() {
        let own = "sekisho.home.arpa".parse().unwrap();
        let absolute = head("http://bad.example/x", &[("host", "sekisho.home.arpa")]);
        assert_eq!(Asked::of(&absolute, &own), other("bad.example"));
        let twice = head("/", &[("host", "a.example"), ("host", "b.example")]);
        assert_eq!(Asked::of(&twice, &own), Asked::Unclear);
        assert_eq!(Asked::of(&head("/", &[]), &own), Asked::Unclear);
    }

    #[test]
    fn only_a_navigation_gets_a_page() {
        let chromium = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";
        let image = "image/avif,image/webp,image/png,*/*;q=0.8";
        for (name, value, blocked, own) in [
            ("accept", chromium, true, true),
            ("accept", "Text/HTML;q=0.5", true, true),
            ("accept", image, false, false),
            ("accept", "text/css,*/*;q=0.1", false, false),
            ("accept", "application/json", false, false),
            ("accept", "*/*", false, true),
            ("accept", "", false, false),
            ("sec-fetch-dest", "document", true, true),
            ("sec-fetch-dest", "iframe", false, false),
            ("sec-fetch-dest", "empty", false, false),
            ("x-nothing", "at all", true, true),
        ] {
            let head = head("/", &[(name, value)]);
            assert_eq!(wants_a_page(&head.headers, true), blocked, "{value}, blocked");
            assert_eq!(wants_a_page(&head.headers, false), own, "{value}, own");
        }
    }

    #[test]
    fn a_link_beats_the_browser_and_the_browser_beats_the_default() {
        let english = [("accept-language", "en-GB,en;q=0.9")];
        for (uri, headers, default, chosen) in [
            ("/", &english[..], Language::Ja, Language::En),
            ("/?lang=ja", &english[..], Language::En, Language::Ja),
            ("/a?x=1&lang=en&y=2", &[][..], Language::Ja, Language::En),
            ("/?lang=%3Cb%3E", &english[..], Language::Ja, Language::En),
            ("/?language=en", &[][..], Language::Ja, Language::Ja),
            ("/", &[("accept-language", "???")][..], Language::En, Language::En),
        ] {
            assert_eq!(language(&head(uri, headers), default), chosen, "{uri}");
        }
    }
}
