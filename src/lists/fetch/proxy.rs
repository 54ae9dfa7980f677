//! Proxies: as the operator says, or else as the usual environment variables say. A proxy looks names up itself.

use std::{env, fmt};

use hyper::http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use url::Url;

/// Which proxy is used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Proxy {
    /// What `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say.
    #[default]
    Environment,
    /// None, whatever the environment says.
    None,
    /// This one.
    At(ProxyServer),
}

/// A proxy, as the operator has it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ProxyServer {
    /// `http://`, `https://` or `socks5h://`, host and port.
    pub url: String,
    /// Who we are there.
    pub user: Option<String>,
    /// How we show it.
    pub password: Option<String>,
    /// What is reached without it: names with all below them, addresses, networks.
    pub except: Vec<String>,
}

impl fmt::Debug for ProxyServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL may have a password in it as well.
        f.debug_struct("ProxyServer").field("except", &self.except).finish_non_exhaustive()
    }
}

/// Why a proxy cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProxyError {
    /// Its URL cannot be read. It is not repeated: there may be a password in it.
    #[error(
        "the proxy that {said_by} names cannot be used: {problem}. Give http://HOST:PORT, https://HOST:PORT or socks5h://HOST:PORT"
    )]
    Unusable {
        /// An environment variable, or the configuration.
        said_by: &'static str,
        /// What is wrong.
        problem: String,
    },
}

/// The proxies in use.
#[derive(Debug)]
pub(super) struct Proxies(Matcher);

impl Proxies {
    pub(super) fn new(proxy: &Proxy) -> Result<Self, ProxyError> {
        match proxy {
            Proxy::Environment => Self::of_variables(|name| env::var(name).ok()),
            Proxy::None => Ok(Self(Matcher::builder().build())),
            Proxy::At(server) => {
                let url = usable(&server.url, "the configuration", server)?;
                Ok(Self(Matcher::builder().all(url).no(server.except.join(",")).build()))
            }
        }
    }

    /// Looks the usual variables up, in capitals first.
    fn of_variables(look_up: impl Fn(&str) -> Option<String>) -> Result<Self, ProxyError> {
        let said = |name: &str| {
            let value = look_up(name).or_else(|| look_up(&name.to_ascii_lowercase()));
            value.filter(|value| !value.trim().is_empty())
        };
        let proxy = |name: &'static str| match said(name) {
            Some(url) => usable(&url, name, &ProxyServer::default()),
            None => Ok(String::new()),
        };
        let builder = Matcher::builder()
            .all(proxy("ALL_PROXY")?)
            .https(proxy("HTTPS_PROXY")?)
            .http(proxy("HTTP_PROXY")?)
            .no(said("NO_PROXY").unwrap_or_default());
        Ok(Self(builder.build()))
    }

    /// The proxy on the way to a URL, if there is one.
    pub(super) fn on_the_way_to(&self, uri: &Uri) -> Option<Via> {
        self.0.intercept(uri).map(Via)
    }
}

/// A proxy's URL in the form that the library reads, which passes over what it cannot use.
fn usable(text: &str, said_by: &'static str, server: &ProxyServer) -> Result<String, ProxyError> {
    let unusable = |problem: &str| ProxyError::Unusable { said_by, problem: problem.to_owned() };
    let text = text.trim();
    // As everybody reads these variables.
    let text = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let mut url = Url::parse(&text).map_err(|error| unusable(&error.to_string()))?;
    match url.scheme() {
        "http" | "https" | "socks5h" => {}
        // Nobody wants the names looked up elsewhere.
        "socks5" => drop(url.set_scheme("socks5h")),
        _ => return Err(unusable("it is no kind of proxy that is known")),
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(unusable("it has no host"));
    }
    if url.scheme() == "socks5h" && url.port().is_none() {
        let _ = url.set_port(Some(1080));
    }
    let set = server.user.as_deref().is_none_or(|user| url.set_username(user).is_ok())
        && server.password.as_deref().is_none_or(|password| url.set_password(Some(password)).is_ok());
    if set { Ok(url.into()) } else { Err(unusable("it can have no user")) }
}

/// A proxy that is used for a URL.
#[derive(Debug)]
pub(super) struct Via(Intercept);

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let authority = self.0.uri().authority().map_or("", |authority| authority.as_str());
        write!(f, "{}://{authority}", self.0.uri().scheme_str().unwrap_or("http"))
    }
}

impl Via {
    /// Where it is; without user and password.
    pub(super) fn uri(&self) -> &Uri {
        self.0.uri()
    }

    pub(super) fn host(&self) -> &str {
        self.0.uri().host().unwrap_or_default()
    }

    pub(super) fn is_socks(&self) -> bool {
        self.0.uri().scheme_str() == Some("socks5h")
    }

    /// Whether the proxy itself is spoken to over TLS.
    pub(super) fn is_https(&self) -> bool {
        self.0.uri().scheme_str() == Some("https")
    }

    /// `Proxy-Authorization`, for a proxy that speaks HTTP.
    pub(super) fn authorization(&self) -> Option<HeaderValue> {
        self.0.basic_auth().cloned()
    }

    /// User and password, for one that speaks SOCKS.
    pub(super) fn user(&self) -> Option<(String, String)> {
        self.0.raw_auth().map(|(user, password)| (user.to_owned(), password.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(url: &str) -> ProxyServer {
        ProxyServer { url: url.into(), ..ProxyServer::default() }
    }

    fn way(proxies: &Proxies, url: &str) -> Option<String> {
        proxies.on_the_way_to(&url.parse().unwrap()).map(|via| via.to_string())
    }

    #[test]
    fn the_usual_variables_are_read() {
        let variables = |pairs: &'static [(&str, &str)]| {
            Proxies::of_variables(|name| {
                let found = pairs.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        let none = variables(&[]).unwrap();
        assert_eq!(way(&none, "https://lists.example/"), None);
        let said = variables(&[
            ("HTTPS_PROXY", "http://me:secret@one.example:3128"),
            ("http_proxy", "two.example:3128"),
            ("no_proxy", "lan.example, 192.168.0.0/16"),
        ])
        .unwrap();
        assert_eq!(way(&said, "https://lists.example/").as_deref(), Some("http://one.example:3128"));
        assert_eq!(way(&said, "http://lists.example/").as_deref(), Some("http://two.example:3128"));
        assert_eq!(way(&said, "https://nas.lan.example/"), None);
        assert_eq!(way(&said, "https://192.168.7.1/"), None);
        let all = variables(&[("ALL_PROXY", "socks5://three.example")]).unwrap();
        assert_eq!(way(&all, "https://lists.example/").as_deref(), Some("socks5h://three.example:1080"));
        assert_eq!(way(&variables(&[("HTTPS_PROXY", " ")]).unwrap(), "https://lists.example/"), None);
        let error = variables(&[("HTTPS_PROXY", "gopher://me:secret@one.example")]).unwrap_err().to_string();
        assert!(error.contains("HTTPS_PROXY") && !error.contains("secret"), "{error}");
    }

    #[test]
    fn user_and_password_reach_the_proxy_and_nothing_else() {
        let server = ProxyServer {
            user: Some("me@home".into()),
            password: Some("s:cr%t/".into()),
            except: vec!["lan.example".into()],
            ..at("http://proxy.example:8080")
        };
        let proxies = Proxies::new(&Proxy::At(server.clone())).unwrap();
        let via = proxies.on_the_way_to(&"https://lists.example/".parse().unwrap()).unwrap();
        let basic = data_encoding::BASE64.encode(b"me@home:s:cr%t/");
        assert_eq!(via.authorization().unwrap(), format!("Basic {basic}").as_str());
        assert_eq!(way(&proxies, "https://lan.example/"), None);
        let shown = format!("{server:?} {proxies:?} {via:?} {via} {:?}", Proxy::At(server.clone()));
        assert!(!shown.contains("cr%") && !shown.contains("cr%25") && !shown.contains(&basic), "{shown}");
        let socks = ProxyServer { url: "socks5h://proxy.example".into(), ..server };
        let proxies = Proxies::new(&Proxy::At(socks)).unwrap();
        let via = proxies.on_the_way_to(&"https://lists.example/".parse().unwrap()).unwrap();
        assert_eq!(via.user(), Some(("me@home".into(), "s:cr%t/".into())));
        assert!(via.is_socks() && via.uri().port_u16() == Some(1080));
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_told_and_not_passed_over() {
        for url in ["", "http://", "ftp://proxy.example", "http://me:secret@:80", "http://me:secret@proxy:x"]
        {
            let error = Proxies::new(&Proxy::At(at(url))).unwrap_err().to_string();
            assert!(error.contains("the configuration") && !error.contains("secret"), "{url}: {error}");
        }
    }
}
