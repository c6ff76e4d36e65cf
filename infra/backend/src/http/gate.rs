//! Denies requests that did not come through CloudFront, and logs every denied request of any layer.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use protocol::envelope::{ApiError, ErrorCode};

use crate::App;
use crate::http::audit::{self, DeniedRequest, LoggedCaller};
use crate::http::caller::{self, ResolvedActor};
use crate::http::edge;
use crate::http::request_id::{RequestId, route};
use crate::http::response::error_response;
use crate::identity::visitors;

/// Logs a response that denies the request.
pub(crate) async fn audit_layer(State(app): State<App>, request: Request, next: Next) -> Response {
    let (method, route) = (request.method().clone(), route(&request));
    let from = edge::address_of_any(app.config(), request.headers(), caller::source(&request));
    let id = request.extensions().get().map(|RequestId(id)| id.clone()).unwrap_or_default();
    let visitor = visitors::of_headers(request.headers()).ok().flatten();
    let response = next.run(request).await;
    let known =
        response.extensions().get().map_or(LoggedCaller::Unknown, |ResolvedActor(actor)| LoggedCaller::of_actor(actor));
    let who = match (known, visitor) {
        (LoggedCaller::Unknown, Some(visitor)) => LoggedCaller::Person(visitor),
        (known, _) => known,
    };
    let (status, method) = (response.status().as_u16(), method.as_str());
    audit::log_denial(
        &app,
        &DeniedRequest { status, who, from, method, route: &route, request: &id, connection: None },
    );
    response
}

/// Denies requests without the origin secret, if the deployment has one.
pub(crate) async fn origin_layer(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if !edge::passed_cloudfront(app.config(), request.headers()) {
        let message = "Send requests to the site's own address.";
        return error_response(ApiError::new(ErrorCode::Forbidden, message));
    }
    request.headers_mut().remove(edge::ORIGIN_SECRET);
    next.run(request).await
}
