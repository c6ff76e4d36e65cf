//! Gives each request an id, returns it, and logs it with the status and the time. Bodies, keys and join codes are not logged.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;
use uuid::Uuid;

use crate::App;
use crate::telemetry::trace_context::TraceContext;

/// The header with the id, in requests and responses.
const HEADER: &str = "x-correlation-id";

/// The longest id that is accepted from a request, in bytes.
const ID_LIMIT: usize = 128;

/// The variable in which the Lambda runtime gives the trace of an event ("Defined runtime environment variables"), and the header in which
/// a client sends it.
const TRACE_VARIABLE: &str = "_X_AMZN_TRACE_ID";
const TRACE_HEADER: &str = "x-amzn-trace-id";

/// The id of a request.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub(crate) String);

pub(crate) async fn layer(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = accepted_id(request.headers()).unwrap_or_else(|| Uuid::new_v4().to_string());
    request.extensions_mut().insert(RequestId(id.clone()));
    // The route and not the path itself, which may contain a join code.
    let (method, route) = (request.method().clone(), route(&request));
    let span = tracing::info_span!("request", id, %method, route);
    let started_at = Instant::now();
    let sent_trace = request.headers().get(TRACE_HEADER).and_then(|header| header.to_str().ok());
    let trace = std::env::var(TRACE_VARIABLE).ok();
    let context = TraceContext::new(id.clone(), app.now(), trace.as_deref().or(sent_trace));
    let mut response = context.scope(next.run(request)).instrument(span.clone()).await;
    let milliseconds = started_at.elapsed().as_secs_f64() * 1_000.0;
    span.in_scope(|| tracing::info!(status = response.status().as_u16(), milliseconds, "responded"));
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

/// The id from the request, if it is suitable for a log: visible ASCII of limited length.
fn accepted_id(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(HEADER)?.to_str().ok()?;
    let is_valid = !text.is_empty() && text.len() <= ID_LIMIT && text.bytes().all(|byte| byte.is_ascii_graphic());
    is_valid.then(|| text.to_owned())
}

/// The template of a request's path, since the path itself may contain a join code.
pub(crate) fn route(request: &Request) -> String {
    request.extensions().get::<MatchedPath>().map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_could_forge_a_log_line_is_not_accepted() {
        let given = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HEADER, HeaderValue::from_bytes(text.as_bytes()).unwrap());
            accepted_id(&headers)
        };
        assert_eq!(given("corr-1").as_deref(), Some("corr-1"));
        assert_eq!(given(""), None);
        assert_eq!(given("a b"), None);
        assert_eq!(given("tïsch"), None);
        assert_eq!(given(&"x".repeat(129)), None);
        assert_eq!(accepted_id(&HeaderMap::new()), None);
    }
}
