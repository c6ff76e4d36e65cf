//! The address of a caller, as API Gateway gives it to the function behind it.

use axum::Router;
use axum::extract::Request;
use axum::middleware;
use lambda_http::request::RequestContext;

use crate::http::Caller;

/// The router with a [`Caller`] in each request's extensions: the address that API Gateway has seen.
pub fn with_caller(router: Router) -> Router {
    router.layer(middleware::map_request(add_caller))
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
