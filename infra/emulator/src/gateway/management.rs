//! `@connections`, API Gateway's management API: POST, GET and DELETE of a connection, as HTTP. Opens no socket: the backend's own
//! posts arrive here by a function call.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Method, Response, StatusCode};
use serde_json::json;

use super::connection::Ending;
use super::{Gateway, PostError};
use crate::faults::{Faults, PostFault};

/// The header by which the SDK learns the type of an error.
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// What to do with a request, after faults are considered.
#[derive(Debug)]
pub enum Decision {
    /// Send this response.
    Respond(Response<Bytes>),
    /// Handle the request after this delay.
    Delay(Duration),
}

/// The connection's id in the path of a request to `@connections`. The SDK encodes the `=` and the `@`.
pub fn connection_id(path: &str) -> Option<Cow<'_, str>> {
    let (before, id) = path.rsplit_once('/')?;
    if !before.ends_with("/@connections") && !before.ends_with("/%40connections") {
        return None;
    }
    match id.strip_suffix("%3D").or_else(|| id.strip_suffix("%3d")) {
        Some(start) => Some(Cow::Owned(format!("{start}="))),
        None => Some(Cow::Borrowed(id)),
    }
}

/// Handles a request, unless a fault delays it.
pub fn decide(gateway: &Gateway, faults: &Faults, method: &Method, id: &str, body: &[u8]) -> Decision {
    if method == Method::POST {
        match faults.take_post_fault(id) {
            Some(PostFault::Delay(delay)) => return Decision::Delay(delay),
            Some(PostFault::Throttle) => {
                return Decision::Respond(error(
                    StatusCode::TOO_MANY_REQUESTS,
                    "LimitExceededException",
                    "Too many requests.",
                ));
            }
            Some(PostFault::Fail) => {
                return Decision::Respond(error(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "InternalServerErrorException",
                    "Internal server error",
                ));
            }
            Some(PostFault::Gone) => return Decision::Respond(error_of(PostError::Gone)),
            None => {}
        }
    }
    Decision::Respond(handle(gateway, method, id, body))
}

/// Handles a request.
pub fn handle(gateway: &Gateway, method: &Method, id: &str, body: &[u8]) -> Response<Bytes> {
    match *method {
        Method::POST => match gateway.post(id, body) {
            Ok(()) => response(StatusCode::OK, Bytes::new()),
            Err(error) => error_of(error),
        },
        Method::GET => describe(gateway, id),
        Method::DELETE => match gateway.connection(id) {
            Some(connection) => {
                connection.end(Ending::by_server(1000, "Connection closed by the server"));
                response(StatusCode::NO_CONTENT, Bytes::new())
            }
            None => error_of(PostError::Gone),
        },
        _ => error(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", "Use POST, GET or DELETE."),
    }
}

fn describe(gateway: &Gateway, id: &str) -> Response<Bytes> {
    let Some(connection) = gateway.connection(id) else {
        return error_of(PostError::Gone);
    };
    let agent = connection.origin.user_agent.as_ref().and_then(|agent| agent.to_str().ok());
    let body = json!({
        "connectedAt": iso(connection.origin.connected_at),
        "identity": { "sourceIp": connection.origin.source, "userAgent": agent.unwrap_or_default() },
        "lastActiveAt": iso(connection.last_active_at()),
    });
    response(StatusCode::OK, body.to_string().into())
}

fn iso(time: SystemTime) -> String {
    humantime::format_rfc3339_millis(time).to_string()
}

fn error_of(reason: PostError) -> Response<Bytes> {
    let message = reason.to_string();
    match reason {
        PostError::Gone => error(StatusCode::GONE, "GoneException", &message),
        PostError::TooLarge => error(StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLargeException", &message),
        PostError::NotText => error(StatusCode::BAD_REQUEST, "BadRequestException", &message),
    }
}

fn error(status: StatusCode, kind: &'static str, message: &str) -> Response<Bytes> {
    let body = json!({ "message": message }).to_string();
    let mut response = response(status, body.into());
    response.headers_mut().insert(ERROR_TYPE, HeaderValue::from_static(kind));
    response
}

fn response(status: StatusCode, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    if !response.body().is_empty() {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_read_from_any_stage() {
        assert_eq!(connection_id("/@connections/abc%3D").as_deref(), Some("abc="));
        assert_eq!(connection_id("/live/@connections/abc=").as_deref(), Some("abc="));
        assert_eq!(connection_id("/other"), None);
    }

    #[test]
    fn a_missing_connection_is_a_gone_exception() {
        let gateway = Gateway::new(super::super::Limits::default());
        let response = handle(&gateway, &Method::POST, "none", b"x");
        assert_eq!(response.status(), StatusCode::GONE);
        assert_eq!(response.headers()[ERROR_TYPE], "GoneException");
    }
}
