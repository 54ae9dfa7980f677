//! Where a list is published: a URL that can be fetched, and the one that a redirect leads to.

use std::{fmt, str::FromStr};

use hyper::http::Uri;
use url::Url;

/// The longest URL, in octets: it stands in logs.
const LONGEST: usize = 4096;

/// Why a text is no URL of a list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It cannot be read.
    #[error("this is no URL: {0}. Give one that begins with https://")]
    Unreadable(url::ParseError),
    /// Longer than any that somebody means.
    #[error("a URL of more than {LONGEST} octets cannot be used. Give a shorter one")]
    TooLong,
    /// A file needs no fetching.
    #[error("a file on this machine is given with `path`, not with a file:// URL")]
    File,
    /// Another scheme.
    #[error("{0}:// cannot be fetched. Give a URL that begins with https://")]
    Scheme(String),
    /// A user or a password in it, which would stand in logs and be shown by commands.
    #[error("a URL with a user or a password in it cannot be used. Give one without")]
    Credentials,
}

/// The URL of a list: `https` or `http`, with a host, and nothing secret in it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ListUrl(Url);

impl fmt::Display for ListUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl fmt::Debug for ListUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl FromStr for ListUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let url = Url::parse(text.trim()).map_err(UrlError::Unreadable)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlError::Credentials);
        }
        Self::of(url)
    }
}

impl ListUrl {
    fn of(mut url: Url) -> Result<Self, UrlError> {
        match url.scheme() {
            "https" | "http" => {}
            "file" => return Err(UrlError::File),
            other => return Err(UrlError::Scheme(other.to_owned())),
        }
        // It is never sent.
        url.set_fragment(None);
        if url.as_str().len() > LONGEST {
            return Err(UrlError::TooLong);
        }
        Ok(Self(url))
    }

    /// The URL as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it is plain `http`, which anybody on the way can change.
    pub fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// Where a redirect from here leads. Who redirects has no business giving a user and a password; they are left out.
    pub(super) fn join(&self, location: &str) -> Result<Self, UrlError> {
        let mut to = self.0.join(location).map_err(UrlError::Unreadable)?;
        // These fail only for URLs that cannot have them.
        let _ = (to.set_username(""), to.set_password(None));
        Self::of(to)
    }

    /// The host as it stands in the URL: an IPv6 address in brackets.
    pub(super) fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// What stands in the Host header: the port as well, if it is not the usual one.
    pub(super) fn authority(&self) -> &str {
        self.0.authority()
    }

    /// In the terms of hyper, with the port always there, since proxies want it.
    pub(super) fn uri(&self) -> Result<Uri, hyper::http::Error> {
        let port = self.0.port_or_known_default().unwrap_or_default();
        let path = &self.0[url::Position::BeforePath..];
        Uri::builder()
            .scheme(self.0.scheme())
            .authority(format!("{}:{port}", self.host()))
            .path_and_query(path)
            .build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> ListUrl {
        text.parse().unwrap()
    }

    #[test]
    fn what_cannot_be_fetched_is_refused_with_a_remedy() {
        for (text, said) in [
            ("file:///etc/lists/scam.txt", "`path`"),
            ("ftp://lists.example/scam.txt", "ftp:// cannot be fetched"),
            ("lists.example/scam.txt", "begins with https://"),
            ("https://", "begins with https://"),
            ("https://me:secret@lists.example/", "without"),
        ] {
            let error = text.parse::<ListUrl>().unwrap_err().to_string();
            assert!(error.contains(said) && !error.contains("secret"), "{text}: {error}");
        }
    }

    #[test]
    fn a_redirect_is_read_against_where_it_stands() {
        let from = url("https://lists.example/a/scam.txt?x=1#top");
        assert_eq!(from.as_str(), "https://lists.example/a/scam.txt?x=1");
        for (location, to) in [
            ("b.txt", "https://lists.example/a/b.txt"),
            ("/b.txt", "https://lists.example/b.txt"),
            ("//other.example/b.txt", "https://other.example/b.txt"),
            ("https://me:secret@other.example/#x", "https://other.example/"),
        ] {
            assert_eq!(from.join(location).unwrap(), url(to), "{location}");
        }
        assert_eq!(from.join("file:///etc/passwd"), Err(UrlError::File));
        assert_eq!(from.join(&"x".repeat(LONGEST)), Err(UrlError::TooLong));
    }

    #[test]
    fn a_uri_has_a_port_and_the_query() {
        for (text, uri, authority) in [
            ("https://Lists.Example/a?b=c", "https://lists.example:443/a?b=c", "lists.example"),
            ("http://[::1]:8080", "http://[::1]:8080/", "[::1]:8080"),
            ("https://bücher.example/ä", "https://xn--bcher-kva.example:443/%C3%A4", "xn--bcher-kva.example"),
        ] {
            let url = url(text);
            assert_eq!((url.uri().unwrap().to_string().as_str(), url.authority()), (uri, authority));
        }
    }
}
