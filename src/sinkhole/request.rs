//! What a request tells that matters here: whose name it came for, whether somebody will look at the answer, and in
//! which language.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, header, request::Parts};

use super::Language;
use crate::name::Name;

/// What the browser wants the answer for (Fetch metadata). Sent over https and to localhost only.
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// Where the request comes from. Sent over https and to localhost only.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whose site the browser believes to talk to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Site {
    /// Ours: our own name, an address, localhost.
    Own,
    /// Another name.
    Other(Box<Name>),
    /// None was given, or what was given is no host name.
    Unclear,
}

impl Site {
    /// Reads the authority of the request: of an absolute target if there is one (RFC 9112 §3.2.2), else `Host`.
    pub(super) fn of(head: &Parts, own: &Name) -> Self {
        authority(head).and_then(host_of).map_or(Self::Unclear, |host| Self::of_host(host, own))
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

/// The authority of the request, if it has one.
fn authority(head: &Parts) -> Option<&str> {
    let mut hosts = head.headers.get_all(header::HOST).iter();
    match (head.uri.authority(), hosts.next(), hosts.next()) {
        (Some(authority), ..) => Some(authority.as_str()),
        (None, Some(host), None) => host.to_str().ok(),
        _ => None,
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

/// Whether the answer may be compressed with gzip (RFC 9110 §12.5.3): named, and not with a weight of nought.
pub(super) fn takes_gzip(headers: &HeaderMap) -> bool {
    let fields = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|field| field.to_str().ok());
    fields.flat_map(|field| field.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = weight.trim().strip_prefix("q=").and_then(|q| q.trim().parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case("gzip") && weight.unwrap_or(1.0) > 0.0
    })
}

/// A parameter of a query or a form. What we write there needs no escapes, so none are read.
pub(super) fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

/// The port by which we were reached, with its colon, as the browser wrote it; nothing for that of the scheme.
pub(super) fn port(head: &Parts) -> &str {
    let authority = authority(head).unwrap_or_default();
    let host = host_of(authority).unwrap_or(authority);
    &authority[host.len()..]
}

/// Whether a form comes from our own page, as far as the browser tells: those that tell it always name the origin
/// (Fetch Standard, `Origin`), and others name none.
pub(super) fn is_of_our_origin(headers: &HeaderMap) -> bool {
    let same_site = headers.get(SEC_FETCH_SITE).is_none_or(|site| site == "same-origin" || site == "none");
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let same_origin = headers.get(header::ORIGIN).is_none_or(|origin| {
        let of = |scheme: &str| origin.to_str().ok().and_then(|origin| origin.strip_prefix(scheme));
        of("http://").or_else(|| of("https://")).is_some_and(|origin| origin.eq_ignore_ascii_case(host))
    });
    same_site && same_origin
}

/// The language to answer in: the link that was followed, else the browser's wish, else `default`.
pub(super) fn language(head: &Parts, default: Language) -> Language {
    let query = head.uri.query().unwrap_or_default();
    let linked = parameter(query, "lang").and_then(Language::from_tag);
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

    fn other(name: &str) -> Site {
        Site::Other(Box::new(name.parse().unwrap()))
    }

    #[test]
    fn the_host_tells_whose_site_was_meant() {
        let own = "sekisho.home.arpa".parse().unwrap();
        for (host, asked) in [
            ("sekisho.home.arpa", Site::Own),
            ("SEKISHO.home.arpa.:80", Site::Own),
            ("192.0.2.1", Site::Own),
            ("192.0.2.1:8080", Site::Own),
            ("[2001:db8::1]:80", Site::Own),
            ("[2001:db8::1]", Site::Own),
            ("localhost:8080", Site::Own),
            ("a.localhost", Site::Own),
            ("bad.example", other("bad.example")),
            ("BAD.example:8080", other("bad.example")),
            ("xn--r8jz45g.example", other("xn--r8jz45g.example")),
            ("<script>alert(1)</script>", Site::Unclear),
            ("a b", Site::Unclear),
            ("user@bad.example", Site::Unclear),
            ("bad.example:x", Site::Unclear),
            ("bad.example:80:80", Site::Unclear),
            ("[2001:db8::1", Site::Unclear),
            ("[bad.example]", Site::Unclear),
            ("a..example", Site::Unclear),
            (".", Site::Unclear),
            ("", Site::Unclear),
        ] {
            assert_eq!(Site::of(&head("/", &[("host", host)]), &own), asked, "{host:?}");
        }
    }

    #[test]
    fn an_absolute_target_wins_and_two_hosts_are_none() {
        let own = "sekisho.home.arpa".parse().unwrap();
        let absolute = head("http://bad.example/x", &[("host", "sekisho.home.arpa")]);
        assert_eq!(Site::of(&absolute, &own), other("bad.example"));
        let twice = head("/", &[("host", "a.example"), ("host", "b.example")]);
        assert_eq!(Site::of(&twice, &own), Site::Unclear);
        assert_eq!(Site::of(&head("/", &[]), &own), Site::Unclear);
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
    fn gzip_is_used_where_it_is_named() {
        for (field, takes) in [
            ("gzip, deflate, br", true),
            ("br;q=1.0, GZIP;q=0.1", true),
            ("gzip;q=0", false),
            ("identity", false),
            ("*", false),
            ("", false),
            ("gzip;q=x", true),
        ] {
            assert_eq!(takes_gzip(&head("/", &[("accept-encoding", field)]).headers), takes, "{field}");
        }
    }

    #[test]
    fn a_parameter_is_the_first_of_its_name() {
        for (query, value) in [
            ("name=a.example", Some("a.example")),
            ("x=1&name=a&name=b", Some("a")),
            ("name=", Some("")),
            ("name", None),
            ("names=a", None),
            ("", None),
        ] {
            assert_eq!(parameter(query, "name"), value, "{query}");
        }
    }

    #[test]
    fn our_own_form_is_told_from_anothers() {
        let ours = |headers: &[(&str, &str)]| {
            let all: Vec<_> = [("host", "sekisho.home.arpa:8080")].iter().chain(headers).copied().collect();
            is_of_our_origin(&head("/", &all).headers)
        };
        assert!(ours(&[]));
        assert!(ours(&[("origin", "http://sekisho.home.arpa:8080")]));
        assert!(ours(&[("origin", "http://sekisho.home.arpa:8080"), ("sec-fetch-site", "same-origin")]));
        for forged in [
            ("origin", "http://bad.example"),
            ("origin", "http://sekisho.home.arpa"),
            ("origin", "http://sekisho.home.arpa:8080.bad.example"),
            ("origin", "null"),
            ("origin", ""),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            assert!(!ours(&[forged]), "{forged:?}");
        }
    }

    #[test]
    fn links_to_our_own_pages_keep_the_port() {
        for (host, expected) in
            [("a.example:8080", ":8080"), ("a.example", ""), ("[2001:db8::1]:81", ":81"), ("<x>", "")]
        {
            assert_eq!(port(&head("/", &[("host", host)])), expected, "{host}");
        }
    }

    #[test]
    fn a_link_beats_the_browser_and_the_browser_beats_the_default() {
        let english = [("accept-language", "en-GB,en;q=0.9")];
        for (uri, headers, default, chosen) in [
            ("/", &english[..], Language::JA, Language::EN),
            ("/?lang=ja", &english[..], Language::EN, Language::JA),
            ("/a?x=1&lang=en&y=2", &[][..], Language::JA, Language::EN),
            ("/?lang=%3Cb%3E", &english[..], Language::JA, Language::EN),
            ("/?language=en", &[][..], Language::JA, Language::JA),
            ("/", &[("accept-language", "???")][..], Language::EN, Language::EN),
        ] {
            assert_eq!(language(&head(uri, headers), default), chosen, "{uri}");
        }
    }
}
