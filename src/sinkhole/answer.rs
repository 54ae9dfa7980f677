//! One request: whose site it came for, which document answers it, and what is filled in.

use std::{
    io::Write,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use data_encoding::BASE64;
use flate2::{Compression, write::GzEncoder};
use ring::digest;
use time::{OffsetDateTime, UtcOffset};

use super::{
    Asked, Explanation, Language, Pages, Services, Settings, SinkholeError, System, frame,
    pages::{Kind, Visit},
    practice,
    request::{self, Site},
    token::Tokens,
    unblock::Step,
};
use crate::{name::Name, unblock::requests::SCAM};

/// The longest form that is read, in octets: a name of 255 and a token.
const LONGEST_FORM: usize = 1024;

/// The page may use its own style and an empty icon, and nothing else. Who finds this header has found our page.
pub fn content_security_policy() -> String {
    policy("", "'none'")
}

/// The headers of every answer, the page or not.
pub(super) fn common_headers() -> Result<HeaderMap, SinkholeError> {
    let fixed = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::VARY, "Accept-Encoding, Accept-Language, User-Agent"),
    ];
    let mut headers: HeaderMap =
        fixed.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::try_from(content_security_policy())?);
    Ok(headers)
}

/// The policy, with what only some pages may do.
fn policy(more: &str, form_action: &str) -> String {
    format!(
        "default-src 'none'; style-src {}; img-src data:; {more}base-uri 'none'; form-action {form_action}; \
         frame-ancestors 'none'",
        source(frame::STYLE)
    )
}

/// A style or script as the policy names it (CSP Level 3 §2.3.1).
fn source(text: &str) -> String {
    let hash = BASE64.encode(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
    format!("'sha256-{hash}'")
}

/// What every request needs.
pub(super) struct Room {
    settings: Settings,
    /// One for each language, in the order of [`Language::ALL`].
    pages: Vec<Pages>,
    /// The headers of every answer, the page or not.
    headers: HeaderMap,
    /// The policy of the practice, which has a script.
    with_script: HeaderValue,
    /// The policy of pages with a form.
    with_form: HeaderValue,
    services: Services,
    tokens: Tokens,
}

/// Who asks, and for what.
struct Guest<'a> {
    head: &'a Parts,
    client: IpAddr,
    site: Site,
    language: Language,
}

/// Answers any request.
pub(super) async fn answer(State(room): State<Arc<Room>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let client = head.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
    let guest = Guest {
        client: client.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)).to_canonical(),
        site: Site::of(&head, &room.settings.host),
        language: request::language(&head, room.settings.language),
        head: &head,
    };
    if guest.site != Site::Own {
        return room.anothers(&guest);
    }
    if head.uri.path() == "/unblock" && head.method == Method::POST {
        // What is longer is not our form, and neither is what cannot be read.
        let form = to_bytes(body, LONGEST_FORM).await.unwrap_or_default();
        return room.asked_to_open(&guest, std::str::from_utf8(&form).unwrap_or_default());
    }
    room.own(&guest)
}

impl Room {
    pub(super) fn new(
        settings: Settings,
        pages: Vec<Pages>,
        services: Services,
        key: &[u8; 32],
    ) -> Result<Self, SinkholeError> {
        let script = format!("script-src {}; ", source(practice::SCRIPT));
        Ok(Self {
            settings,
            pages,
            headers: common_headers()?,
            with_script: HeaderValue::try_from(policy(&script, "'none'"))?,
            with_form: HeaderValue::try_from(policy("", "'self'"))?,
            services,
            tokens: Tokens::new(key),
        })
    }

    /// Somebody came for another site: it was stopped, or nobody knows why they are here.
    fn anothers(&self, guest: &Guest<'_>) -> Response {
        let stopped = match &guest.site {
            Site::Other(name) => self.services.explain.explain(name, guest.client),
            Site::Own | Site::Unclear => None,
        };
        if !is_for_eyes(guest, stopped.is_some()) {
            return self.plain(StatusCode::FORBIDDEN, "Nothing to see here.\n");
        }
        let kind = match &stopped {
            Some(stopped) if stopped.is_dangerous() => Kind::Stopped,
            Some(_) => Kind::Chosen,
            None => Kind::Help,
        };
        let own = format!("http://{}{}", self.settings.host, request::port(guest.head));
        let passes = stopped.is_none() && matches!(guest.site, Site::Other(_));
        let visit = Visit { own, stopped, passes, ..Visit::default() };
        // Whoever came here for another site did not get it, whatever the reason.
        self.page(guest, StatusCode::FORBIDDEN, kind, &visit)
    }

    /// Somebody came to our own name.
    fn own(&self, guest: &Guest<'_>) -> Response {
        let path = guest.head.uri.path();
        let looks = guest.head.method == Method::GET || guest.head.method == Method::HEAD;
        if path == "/healthz" && looks {
            return self.plain(StatusCode::OK, "ok\n");
        }
        if !is_for_eyes(guest, false) {
            return self.plain(StatusCode::FORBIDDEN, "Nothing to see here.\n");
        }
        let named =
            request::parameter(guest.head.uri.query().unwrap_or_default(), "name").and_then(host_name);
        let ok = StatusCode::OK;
        match path {
            "/" => self.page(guest, ok, Kind::Help, &self.visit_lately(guest)),
            "/practice" => self.page(guest, ok, Kind::Practice, &Visit::default()),
            "/record" => self.page(guest, ok, Kind::Record, &self.sheet(guest, named)),
            "/card" => self.page(guest, ok, Kind::Card, &Visit::default()),
            "/unblock" => {
                let (step, visit) = self.to_ask(guest, named);
                self.page(guest, ok, Kind::Unblock(step), &visit)
            }
            "/certificate" => match self.services.roots.root() {
                Some(root) => {
                    let visit = Visit { root: root.fingerprint.clone(), ..Visit::default() };
                    self.page(guest, ok, Kind::Certificate, &visit)
                }
                None => self.page(guest, StatusCode::NOT_FOUND, Kind::Help, &self.visit_lately(guest)),
            },
            _ => self.page(guest, StatusCode::NOT_FOUND, Kind::Help, &self.visit_lately(guest)),
        }
    }

    fn visit_lately(&self, guest: &Guest<'_>) -> Visit {
        let history = self.services.history.as_ref();
        Visit { lately: history.map(|history| history.stopped_lately(guest.client)), ..Visit::default() }
    }

    /// What the sheet knows: of the site that is named, else of the one that was stopped last.
    fn sheet(&self, guest: &Guest<'_>, named: Option<Name>) -> Visit {
        let mut visit = self.visit_lately(guest);
        let lately = visit.lately.as_deref().unwrap_or_default();
        let site = match &named {
            Some(name) => lately.iter().find(|site| site.name == name.to_string()),
            None => lately.first(),
        };
        let now = SystemTime::now();
        let ago = site.map(|site| Duration::from_secs(site.seconds_ago));
        let last = ago.and_then(|ago| now.checked_sub(ago)).map(local);
        let from_history = site.map(|site| Explanation {
            name: site.name.clone(),
            lists: site.lists.clone(),
            category: String::new(),
        });
        let explained = named.as_ref().and_then(|name| self.services.explain.explain(name, guest.client));
        visit.stopped = explained.or(from_history);
        visit.query = named.map(|name| format!("name={name}&")).unwrap_or_default();
        Visit { now: local(now), last, ..visit }
    }

    /// The form for a site, if one is named and stopped.
    fn to_ask(&self, guest: &Guest<'_>, named: Option<Name>) -> (Step, Visit) {
        let Some(name) = named else { return (Step::Choose, self.visit_lately(guest)) };
        let query = format!("name={name}&");
        let Some(stopped) = self.services.explain.explain(&name, guest.client) else {
            return (Step::NotBlocked, Visit { query, ..Visit::default() });
        };
        if stopped.is_by_own_rule() {
            return (Step::Own, Visit { query, ..Visit::default() });
        }
        let token = self.tokens.make(guest.client, &name, seconds());
        let delay = if stopped.category == SCAM { self.services.desk.delay() } else { Duration::ZERO };
        (Step::Ask, Visit { query, stopped: Some(stopped), delay, token, ..Visit::default() })
    }

    /// The button was pressed, or somebody wants it to look so.
    fn asked_to_open(&self, guest: &Guest<'_>, form: &str) -> Response {
        let named = request::parameter(form, "name").and_then(host_name);
        if !request::is_of_our_origin(&guest.head.headers) {
            return self.plain(StatusCode::FORBIDDEN, "This was not asked on our own page.\n");
        }
        let Some(name) = named else {
            return self.page(
                guest,
                StatusCode::BAD_REQUEST,
                Kind::Unblock(Step::Choose),
                &self.visit_lately(guest),
            );
        };
        let token = request::parameter(form, "token").unwrap_or_default();
        if !self.tokens.holds(token, guest.client, &name, seconds()) {
            let (step, visit) = self.to_ask(guest, Some(name));
            let step = if step == Step::Ask { Step::Expired } else { step };
            return self.page(guest, StatusCode::FORBIDDEN, Kind::Unblock(step), &visit);
        }
        let became = self.services.desk.ask(guest.client, &name);
        let delay = match became {
            Asked::Taken { waiting } => waiting,
            _ => Duration::ZERO,
        };
        let visit = Visit { query: format!("name={name}&"), delay, ..Visit::default() };
        self.page(guest, StatusCode::OK, Kind::Unblock(Step::after(became)), &visit)
    }

    /// A document in the visitor's language.
    fn page(&self, guest: &Guest<'_>, status: StatusCode, kind: Kind, visit: &Visit) -> Response {
        let head = guest.head;
        if head.method != Method::HEAD {
            self.services.views.seen(guest.language);
        }
        let agent = head.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        let system = System::of_user_agent(agent.unwrap_or_default());
        let document = self.pages[guest.language.place()].document(kind, system, visit);
        // A page with a secret is not compressed beside a name that the query chose (the length would tell of it).
        let packed = !matches!(kind, Kind::Unblock(_)) && request::takes_gzip(&head.headers);
        let body = if packed { gzip(&document) } else { document.into_bytes() };
        let own = [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (header::CONTENT_LANGUAGE, HeaderValue::from_static(guest.language.html())),
        ];
        let mut response = self.response(status, own, Body::from(body));
        let headers = response.headers_mut();
        if packed {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        match kind {
            Kind::Practice => {
                headers.insert(header::CONTENT_SECURITY_POLICY, self.with_script.clone());
            }
            Kind::Unblock(_) => {
                headers.insert(header::CONTENT_SECURITY_POLICY, self.with_form.clone());
                // Otherwise a browser does not tell us that our own form comes from us.
                headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
            }
            _ => {}
        }
        response
    }

    /// One short line, for programs and for parts of other pages.
    fn plain(&self, status: StatusCode, line: &'static str) -> Response {
        let own = [(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))];
        self.response(status, own, Body::from(line))
    }

    fn response<const N: usize>(
        &self,
        status: StatusCode,
        own: [(HeaderName, HeaderValue); N],
        body: Body,
    ) -> Response {
        (status, self.headers.clone(), own, body).into_response()
    }
}

/// A document as most browsers take it (RFC 1952): a third as long, and that of easy Japanese an eighth.
fn gzip(document: &str) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::with_capacity(document.len() / 2), Compression::fast());
    // A `Vec` takes everything.
    let _ = packed.write_all(document.as_bytes());
    packed.finish().unwrap_or_default()
}

/// Whether a person will see the answer. A CONNECT that is answered with success would become a tunnel.
fn is_for_eyes(guest: &Guest<'_>, stopped: bool) -> bool {
    guest.head.method != Method::CONNECT && request::wants_a_page(&guest.head.headers, stopped)
}

/// A name that somebody's browser could have gone to.
fn host_name(text: &str) -> Option<Name> {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    text.parse().ok().filter(|name: &Name| plain && !name.is_root())
}

/// A moment as the clock on the wall shows it, with its distance from UTC.
fn local(moment: SystemTime) -> String {
    let utc = OffsetDateTime::from(moment);
    let here = utc.to_offset(UtcOffset::local_offset_at(utc).unwrap_or(UtcOffset::UTC));
    let (hours, minutes, _) = here.offset().as_hms();
    let zone =
        if minutes == 0 { format!("UTC{hours:+}") } else { format!("UTC{hours:+}:{:02}", minutes.abs()) };
    format!("{} {:02}:{:02} ({zone})", here.date(), here.hour(), here.minute())
}

fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
