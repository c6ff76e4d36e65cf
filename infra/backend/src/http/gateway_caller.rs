//! For API Gateway and the Lambda runtime: the address of the caller, and text with a byte order mark.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::middleware;
use axum::response::Response;
use lambda_http::request::RequestContext;

use crate::http::Caller;

/// Excel recognizes UTF-8 by this mark.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The router with a [`Caller`] in each request's extensions: the address that API Gateway has seen.
pub fn with_caller(router: Router) -> Router {
    router.layer(middleware::map_request(add_caller)).layer(middleware::map_response(preserve_byte_order_mark))
}

/// `lambda_http` decodes text, which drops one byte order mark and leaves the length unchanged. So a text that begins with a mark gets a
/// second one here, with the length computed afterwards.
async fn preserve_byte_order_mark(response: Response) -> Response {
    let is_text = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/"));
    if !is_text {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // The body is in memory already, within Lambda's limit.
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return Response::from_parts(parts, Body::empty());
    };
    if !bytes.starts_with(BYTE_ORDER_MARK) {
        return Response::from_parts(parts, Body::from(bytes));
    }
    parts.headers.insert(CONTENT_LENGTH, bytes.len().into());
    Response::from_parts(parts, Body::from([BYTE_ORDER_MARK, &bytes].concat()))
}

async fn add_caller(mut request: Request) -> Request {
    let source = match request.extensions().get() {
        Some(RequestContext::ApiGatewayV2(context)) => context.http.source_ip.as_deref(),
        _ => None,
    };
    if let Some(address) = source.and_then(|source| source.parse().ok()) {
        request.extensions_mut().insert(Caller { address });
    }
    request
}
