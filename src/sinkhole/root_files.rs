//! The root of the installation's own authority, on the box's own name: devices install it from there.
//!
//! Over plain http anybody between could exchange it, so the fingerprint is to be compared with the one that
//! `sekisho ca show` prints; docs/local-ca.md says so.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};

use super::{SinkholeError, answer::common_headers, request::Site};
use crate::{authority::form::Forms, name::Name};

/// Knows which root is in use.
pub trait Roots: Send + Sync + 'static {
    /// The root in every form, while one is in use.
    fn root(&self) -> Option<Arc<Forms>>;
}

#[derive(Clone)]
struct Files {
    roots: Arc<dyn Roots>,
    host: Arc<Name>,
    headers: HeaderMap,
}

/// The page with `/ca/root.pem`, `/ca/root.der` and `/ca/root.mobileconfig` on our own name `host`.
///
/// # Errors
///
/// As [`super::router`].
pub fn with_root(page: Router, host: &Name, roots: Arc<dyn Roots>) -> Result<Router, SinkholeError> {
    let files = Files { roots, host: Arc::new(host.clone()), headers: common_headers()? };
    Ok(page.layer(from_fn_with_state(files, answer)))
}

async fn answer(State(files): State<Files>, request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with("/ca/root.") {
        return next.run(request).await;
    }
    let (head, body) = request.into_parts();
    let looks = head.method == Method::GET || head.method == Method::HEAD;
    let found = files.roots.root().filter(|_| looks && Site::of(&head, &files.host) == Site::Own);
    let octets = found.and_then(|forms| {
        Some(match head.uri.path() {
            "/ca/root.pem" => ("application/x-pem-file", forms.pem.clone().into_bytes()),
            "/ca/root.der" => ("application/x-x509-ca-cert", forms.der.clone()),
            "/ca/root.mobileconfig" => {
                ("application/x-apple-aspen-config", forms.profile.clone().into_bytes())
            }
            _ => return None,
        })
    });
    match octets {
        None => next.run(Request::from_parts(head, body)).await,
        Some((kind, octets)) => {
            let own = [(header::CONTENT_TYPE, HeaderValue::from_static(kind))];
            (StatusCode::OK, files.headers, own, Body::from(octets)).into_response()
        }
    }
}
