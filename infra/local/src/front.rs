//! The main address: the API, the live connections and the site, and the headers that protect them. Decides no rule.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware;
use axum::response::Response;
use axum::routing::get;
use http::{HeaderName, HeaderValue};
use tower::ServiceExt;

use crate::gateway::{Gateway, handshake};
use crate::site;

/// What every answer carries. The policy is that of production; `connect-src 'self'` covers WebSockets to the same host
/// and port since Chromium 70, Firefox 50 and Safari 15.4.
const HEADERS: [(&str, &str); 5] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
    ("cross-origin-opener-policy", "same-origin"),
];

/// The router of the main address.
pub fn router(api: Router, gateway: Arc<Gateway>, site: PathBuf) -> Router {
    // Told apart by hand: a wildcard route would hand its own path parameter on to the API's routes, which have one.
    let site = site::router(site);
    let rest = tower::service_fn(move |request: Request| {
        let path = request.uri().path();
        let to_api = path == "/v1" || path.starts_with("/v1/");
        let router = if to_api { api.clone() } else { site.clone() };
        router.oneshot(request)
    });
    let live = Router::new().route("/live", get(handshake::connect)).with_state(gateway);
    live.fallback_service(rest).layer(middleware::map_response(protect))
}

async fn protect(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
    response
}
