//! One URL: it is asked for, redirects are followed, and what the server says is judged. The body comes later.

use std::time::{Duration, SystemTime};

use http_body_util::Empty;
use hyper::{
    HeaderMap, Request as HttpRequest, StatusCode,
    body::{Bytes, Incoming},
    client::conn::http1,
    http::header::{self, HeaderName, HeaderValue},
};
use tokio::task::JoinHandle;

use super::{
    MOST_REDIRECTS, Validators,
    cause::bottom,
    connect::{Connector, Line, refused},
    fault::{Fault, Stage},
    patience::Patience,
    proxy::Via,
    url::ListUrl,
};

/// The longest validator that is kept, in octets. One is sent with every request.
const LONGEST_VALIDATOR: usize = 1024;

/// What a URL gives.
pub(super) enum Answer {
    /// What we have is what there is.
    Unchanged,
    /// Something to read.
    New(Response),
}

/// An answer with a body that is still to come.
pub(super) struct Response {
    pub(super) headers: HeaderMap,
    pub(super) body: Incoming,
    pub(super) connection: Connection,
}

/// The connection behind a body.
pub(super) struct Connection {
    /// While it is there, the connection is kept.
    _sender: http1::SendRequest<Empty<Bytes>>,
    /// Reads from it.
    pub(super) task: JoinHandle<hyper::Result<()>>,
}

/// One URL and where it leads.
pub(super) struct Exchange<'a> {
    pub(super) connector: &'a Connector,
    pub(super) patience: Patience,
    /// What is known of the last good copy.
    pub(super) known: Option<&'a Validators>,
    /// Where we have been, the place to ask last.
    pub(super) way: Vec<ListUrl>,
}

impl Exchange<'_> {
    /// Asks, and goes where it is led.
    pub(super) async fn run(&mut self) -> Result<Answer, Fault> {
        loop {
            let Some(url) = self.way.last().cloned() else { return Err(Fault::Nowhere) };
            // Somebody else's validators would mean nothing, and tell where else we ask.
            let known = self.known.filter(|known| known.url == url.as_str());
            let response = self.ask(&url, known).await?;
            match response.status() {
                StatusCode::OK => return Ok(Answer::New(response.into_parts())),
                StatusCode::NOT_MODIFIED if known.is_some_and(Validators::can_tell) => {
                    return Ok(Answer::Unchanged);
                }
                StatusCode::MOVED_PERMANENTLY
                | StatusCode::FOUND
                | StatusCode::SEE_OTHER
                | StatusCode::TEMPORARY_REDIRECT
                | StatusCode::PERMANENT_REDIRECT => self.follow(&url, response.headers())?,
                status => {
                    let retry_after = retry_after(status, response.headers(), SystemTime::now());
                    return Err(Fault::Status { status, retry_after });
                }
            }
        }
    }

    /// Notes where a redirect leads.
    fn follow(&mut self, from: &ListUrl, headers: &HeaderMap) -> Result<(), Fault> {
        let location = headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
        let to = from.join(location.ok_or(Fault::Nowhere)?).map_err(Fault::Redirect)?;
        if to.is_plain() && !from.is_plain() {
            return Err(Fault::ToPlain(to));
        }
        if self.way.contains(&to) {
            return Err(Fault::Circle(to));
        }
        if self.way.len() > MOST_REDIRECTS {
            return Err(Fault::TooManyRedirects);
        }
        self.way.push(to);
        Ok(())
    }

    async fn ask(&self, url: &ListUrl, known: Option<&Validators>) -> Result<Asked, Fault> {
        let Line { stream, asks_proxy } = self.connector.open(url, &self.patience).await?;
        let no_answer = |error: hyper::Error| match bottom(&error) {
            problem if error.is_parse() => Fault::NoHttp(problem),
            problem => Fault::NoAnswer { host: url.host().to_owned(), error: problem },
        };
        let mut request = request(url, known, asks_proxy.is_some())?;
        if let Some(authorization) = asks_proxy.as_ref().and_then(Via::authorization) {
            request.headers_mut().insert(header::PROXY_AUTHORIZATION, authorization);
        }
        let exchange = async {
            let (mut sender, connection) = http1::handshake(stream).await.map_err(no_answer)?;
            let task = tokio::spawn(connection);
            let response = sender.send_request(request).await.map_err(no_answer)?;
            Ok(Asked { response, connection: Connection { _sender: sender, task } })
        };
        let asked = self.patience.wait(Stage::Head, exchange).await?;
        match (asks_proxy, asked.status()) {
            (Some(via), status @ StatusCode::PROXY_AUTHENTICATION_REQUIRED) => {
                Err(refused(&via, format!("it answers {status}")))
            }
            _ => Ok(asked),
        }
    }
}

/// What came for a request.
struct Asked {
    response: hyper::Response<Incoming>,
    connection: Connection,
}

impl Asked {
    fn status(&self) -> StatusCode {
        self.response.status()
    }

    fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    fn into_parts(self) -> Response {
        let (head, body) = self.response.into_parts();
        Response { headers: head.headers, body, connection: self.connection }
    }
}

/// The request: nothing in it tells one installation from another but what the publisher gave us itself.
fn request(
    url: &ListUrl,
    known: Option<&Validators>,
    to_proxy: bool,
) -> Result<HttpRequest<Empty<Bytes>>, Fault> {
    let unusable = |error: hyper::http::Error| Fault::Url(error.to_string());
    let uri = url.uri().map_err(unusable)?;
    let target = match uri.path_and_query() {
        Some(path) if !to_proxy => path.as_str().to_owned(),
        _ => url.as_str().to_owned(),
    };
    let mut request = HttpRequest::get(target)
        .header(header::HOST, url.authority())
        .header(header::USER_AGENT, user_agent())
        .header(header::ACCEPT, "*/*")
        .header(header::ACCEPT_ENCODING, "gzip, zstd")
        .body(Empty::new())
        .map_err(unusable)?;
    for (name, value) in known.into_iter().flat_map(Validators::headers) {
        request.headers_mut().insert(name, value);
    }
    Ok(request)
}

fn user_agent() -> String {
    let homepage = env!("CARGO_PKG_HOMEPAGE");
    let about = if homepage.is_empty() { String::new() } else { format!(" (+{homepage})") };
    concat!("sekisho/", env!("CARGO_PKG_VERSION")).to_owned() + &about
}

impl Validators {
    /// What a publisher says of what it gave.
    pub(super) fn of(url: &ListUrl, headers: &HeaderMap) -> Self {
        let said = |name: HeaderName| {
            let value = headers.get(name)?.to_str().ok()?;
            (!value.is_empty() && value.len() <= LONGEST_VALIDATOR).then(|| value.to_owned())
        };
        let (etag, last_modified) = (said(header::ETAG), said(header::LAST_MODIFIED));
        Self { url: url.as_str().to_owned(), etag, last_modified }
    }

    /// Whether there is anything by which a publisher can tell that nothing has changed.
    fn can_tell(&self) -> bool {
        self.headers().next().is_some()
    }

    fn headers(&self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        let header = |name, value: Option<&str>| Some((name, HeaderValue::from_str(value?).ok()?));
        let etag = header(header::IF_NONE_MATCH, self.etag.as_deref());
        let since = header(header::IF_MODIFIED_SINCE, self.last_modified.as_deref());
        etag.into_iter().chain(since)
    }
}

/// How long a busy server wants to be left alone: seconds, or a date (RFC 9110 §10.2.3), which is read against the
/// server's own clock, since ours may be wrong.
fn retry_after(status: StatusCode, headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    if !matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        return None;
    }
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).map(str::trim);
    let date = |text| httpdate::parse_http_date(text).ok();
    let said = text(header::RETRY_AFTER)?;
    if let Ok(seconds) = said.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let there = text(header::DATE).and_then(date).unwrap_or(now);
    Some(date(said)?.duration_since(there).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap())).collect()
    }

    #[test]
    fn a_busy_server_says_when_to_come_back() {
        let date = "Sun, 22 Nov 2026 10:00:00 GMT";
        let (now, busy) = (httpdate::parse_http_date(date).unwrap(), StatusCode::TOO_MANY_REQUESTS);
        let hour = Some(Duration::from_hours(1));
        for (said, there, wait) in [
            ("3600", "", hour),
            ("Sun, 22 Nov 2026 11:00:00 GMT", "", hour),
            ("Sun, 22 Nov 2026 12:00:00 GMT", "Sun, 22 Nov 2026 11:00:00 GMT", hour),
            ("Sun, 22 Nov 2026 09:00:00 GMT", "", Some(Duration::ZERO)),
            ("soon", "", None),
            ("-1", "", None),
        ] {
            let headers = headers(&[(header::RETRY_AFTER, said), (header::DATE, there)]);
            assert_eq!(retry_after(busy, &headers, now), wait, "{said}");
            assert_eq!(retry_after(StatusCode::NOT_FOUND, &headers, now), None);
        }
        assert_eq!(retry_after(busy, &HeaderMap::new(), now), None);
    }

    #[test]
    fn validators_are_kept_as_they_came_unless_they_are_absurd() {
        let url: ListUrl = "https://lists.example/".parse().unwrap();
        let long = "x".repeat(LONGEST_VALIDATOR + 1);
        let validators =
            Validators::of(&url, &headers(&[(header::ETAG, "W/\"a\""), (header::LAST_MODIFIED, &long)]));
        assert_eq!(
            (validators.etag.as_deref(), validators.last_modified.as_deref()),
            (Some("W/\"a\""), None)
        );
        assert!(validators.can_tell());
        assert!(!Validators::of(&url, &HeaderMap::new()).can_tell());
        let broken = Validators { etag: Some("a\nb".into()), ..validators };
        assert!(!broken.can_tell(), "a file that was edited by hand sends no header of its own");
    }

    #[test]
    fn the_request_says_who_we_are_and_no_more() {
        let url: ListUrl = "http://lists.example:8080/a?b".parse().unwrap();
        let plain = request(&url, None, false).unwrap();
        let mut names: Vec<&str> = plain.headers().keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["accept", "accept-encoding", "host", "user-agent"]);
        assert_eq!(plain.headers()[header::HOST], "lists.example:8080");
        assert!(user_agent().starts_with(concat!("sekisho/", env!("CARGO_PKG_VERSION"))));
        assert_eq!(plain.uri(), "/a?b");
        assert_eq!(request(&url, None, true).unwrap().uri(), "http://lists.example:8080/a?b");
    }
}
