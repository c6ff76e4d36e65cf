//! The `Cache-Control` header: only the few responses that are the same for everyone may be cached.

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::middleware::Next;
use axum::response::Response;
use protocol::broker::{DIGESTS, SNAPSHOT};
use protocol::endpoints::OPENAPI;
use protocol::notifications::PUSH_KEY;

/// Responses that are the same for everyone. The page of all tables preloads one of them; with `no-store` a browser might load it a second
/// time.
const PUBLIC: [&str; 4] = [OPENAPI, PUSH_KEY, SNAPSHOT, DIGESTS];

/// Sets `no-store` (RFC 9111, section 5.2.2.5), or `no-cache` for the public responses.
pub(crate) async fn layer(request: Request, next: Next) -> Response {
    let value = if PUBLIC.contains(&request.uri().path()) { "no-cache" } else { "no-store" };
    let mut response = next.run(request).await;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(value));
    response
}
