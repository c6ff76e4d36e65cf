//! The main address: the API, the live connections and the site, with the headers that protect them.

use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use axum::routing::get;
use axum::{Router, middleware};
use emulator::gateway::{Gateway, handshake};
use http::header::CONTENT_SECURITY_POLICY;
use http::{HeaderName, HeaderValue};
use tower::ServiceExt;

use crate::issuer::{self, Issuer};
use crate::site::{self, SiteFiles};

/// The Content-Security-Policy of production. `connect-src 'self'` covers WebSockets to the same host and port since Chromium 70,
/// Firefox 50 and Safari 15.4; `other_hosts` are the other hosts that the page connects to.
fn policy(other_hosts: &[&str]) -> String {
    let other_hosts: String = other_hosts.iter().map(|other| format!(" {other}")).collect();
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'{other_hosts}; font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'"
    )
}

/// Further headers of every response.
const HEADERS: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
    ("cross-origin-opener-policy", "same-origin"),
];

/// The router of the main address.
pub fn router(api: Router, gateway: Arc<Gateway>, site: SiteFiles, issuer: Option<Issuer>) -> Router {
    let issuer_host = site.other_issuer();
    let other_hosts: Vec<&str> = issuer_host.as_deref().into_iter().chain(site.broker()).collect();
    let policy = HeaderValue::from_str(&policy(&other_hosts)).ok();
    let add_security_headers = move |response: Response| {
        let policy = policy.clone();
        async move { add_security_headers(response, policy) }
    };
    // Dispatched by hand: a wildcard route would pass its own path parameter to the API's routes, which have one of their own.
    let site = site::router(site);
    let issuer = issuer.map(issuer::router);
    let rest = tower::service_fn(move |request: Request| {
        let path = request.uri().path();
        let to_api = path == "/v1" || path.starts_with("/v1/");
        let to_issuer =
            issuer.as_ref().filter(|_| path.strip_prefix(issuer::PATH).is_some_and(|rest| rest.starts_with('/')));
        let router = if to_api { api.clone() } else { to_issuer.unwrap_or(&site).clone() };
        router.oneshot(request)
    });
    let live = Router::new().route("/live", get(handshake::connect)).with_state(gateway);
    live.fallback_service(rest).layer(middleware::map_response(add_security_headers))
}

fn add_security_headers(mut response: Response, policy: Option<HeaderValue>) -> Response {
    let headers = response.headers_mut();
    if let Some(policy) = policy {
        headers.entry(CONTENT_SECURITY_POLICY).or_insert(policy);
    }
    for (name, value) in HEADERS {
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
    response
}
