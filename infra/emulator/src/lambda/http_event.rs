//! API Gateway's HTTP API, payload format 2.0: the event for a request, and the response from the function's result ("Working with AWS
//! Lambda proxy integrations for HTTP APIs"). Knows no function.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::time::SystemTime;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::function::SharedFunction;
use crate::gateway::event::milliseconds;

/// A request's body has at most 10 MB ("Quotas for HTTP APIs"), and the event 6 MB ("Lambda quotas").
const BODY_LIMIT: usize = 6 * 1024 * 1024;

/// A function's response has at most 6 MB ("Lambda quotas").
const RESPONSE_LIMIT: usize = 6 * 1024 * 1024;

/// Forwards a body and responds as API Gateway does, for a function that is part of this program and receives no event: a body of a
/// text type arrives as UTF-8, and a response larger than Lambda's limit is replaced by an error.
pub async fn imitate(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return error_message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    };
    let body = match String::from_utf8_lossy(&body) {
        Cow::Owned(replaced) if is_text(&parts.headers) => Body::from(replaced),
        _ => Body::from(body),
    };
    let (parts, body) = next.run(Request::from_parts(parts, body)).await.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, usize::MAX).await else {
        return error_message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
    };
    // The body is a JSON string in the function's response, in which a control character is six characters.
    let length = match bytes.len() {
        short if short <= RESPONSE_LIMIT / 6 => short,
        long => serde_json::to_string(&String::from_utf8_lossy(&bytes)).map_or(long, |text| text.len()),
    };
    if length > RESPONSE_LIMIT {
        tracing::error!(length, "the function behind the HTTP API returned more than {RESPONSE_LIMIT} bytes");
        return error_message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// A function that handles every request.
pub fn router(function: SharedFunction) -> Router {
    Router::new().fallback(serve).with_state(function)
}

async fn serve(
    State(function): State<SharedFunction>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return error_message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    };
    match function.invoke(event(&parts, &body, peer)).await {
        Ok(result) => response(&result)
            .unwrap_or_else(|| error_message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")),
        Err(error) => {
            tracing::error!(%error, "the function behind the HTTP API failed");
            error_message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
        }
    }
}

fn error_message(status: StatusCode, message: &str) -> Response {
    (status, axum::Json(json!({"message": message}))).into_response()
}

/// Whether a function receives a body of this type as text, in which each byte that is not UTF-8 is replaced, instead of base64. AWS
/// does not document which types are text; these were found by sending them ("fix(apigateway): v2 Lambda-proxy honors isBase64Encoded
/// in both directions", ministackorg/ministack, pull request 766).
fn is_text(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media_type.starts_with("text/")
        || ["application/json", "application/xml", "application/javascript"].contains(&media_type.as_str())
}

/// The event of a request.
fn event(parts: &Parts, body: &Bytes, peer: SocketAddr) -> Value {
    let mut headers: Map<String, Value> = Map::new();
    for (name, value) in parts.headers.iter().filter(|(name, _)| *name != COOKIE) {
        let value = String::from_utf8_lossy(value.as_bytes());
        let joined = match headers.get(name.as_str()).and_then(Value::as_str) {
            // Headers with the same name are joined.
            Some(before) => format!("{before},{value}"),
            None => value.into_owned(),
        };
        headers.insert(name.as_str().to_owned(), joined.into());
    }
    let cookies: Vec<String> = parts
        .headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|all| all.split("; "))
        .map(str::to_owned)
        .collect();
    let query = parts.uri.query().unwrap_or_default();
    let mut event = json!({
        "version": "2.0",
        "routeKey": "ANY /v1/{proxy+}",
        "rawPath": parts.uri.path(),
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": parts.headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or("localhost"),
            "http": {
                "method": parts.method.as_str(),
                "path": parts.uri.path(),
                "protocol": "HTTP/1.1",
                "sourceIp": peer.ip().to_string(),
                "userAgent": headers.get("user-agent"),
            },
            "requestId": Uuid::new_v4().to_string(),
            "routeKey": "ANY /v1/{proxy+}",
            "stage": "$default",
            "timeEpoch": milliseconds(SystemTime::now()),
        },
        "pathParameters": {"proxy": parts.uri.path().trim_start_matches("/v1/")},
        "isBase64Encoded": false,
    });
    if !cookies.is_empty() {
        event["cookies"] = json!(cookies);
    }
    if !query.is_empty() {
        let mut parameters: Map<String, Value> = Map::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let joined = match parameters.get(&*name).and_then(Value::as_str) {
                Some(before) => format!("{before},{value}"),
                None => value.into_owned(),
            };
            parameters.insert(name.into_owned(), joined.into());
        }
        event["queryStringParameters"] = parameters.into();
    }
    if !body.is_empty() {
        let is_text = is_text(&parts.headers);
        event["body"] = match is_text {
            true => json!(String::from_utf8_lossy(body)),
            false => json!(STANDARD.encode(body)),
        };
        event["isBase64Encoded"] = json!(!is_text);
    }
    event
}

/// The HTTP response of a function's result; `None` if the result has no valid form.
fn response(result: &Value) -> Option<Response> {
    let status = StatusCode::from_u16(u16::try_from(result["statusCode"].as_u64()?).ok()?).ok()?;
    let text = result["body"].as_str().unwrap_or_default();
    let body = match result["isBase64Encoded"].as_bool() {
        Some(true) => STANDARD.decode(text).ok()?,
        _ => text.as_bytes().to_vec(),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in result["headers"].as_object().into_iter().flatten() {
        let (name, value) = (HeaderName::try_from(name).ok()?, HeaderValue::from_str(value.as_str()?).ok()?);
        headers.append(name, value);
    }
    for cookie in result["cookies"].as_array().into_iter().flatten() {
        headers.append(SET_COOKIE, HeaderValue::from_str(cookie.as_str()?).ok()?);
    }
    headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("text/plain;charset=UTF-8"));
    Some(response)
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::event::apigw::ApiGatewayV2httpRequest;
    use http::Method;

    use super::*;

    fn event_of(request: http::Request<()>, body: &[u8]) -> ApiGatewayV2httpRequest {
        let peer = SocketAddr::from(([203, 0, 113, 9], 1));
        serde_json::from_value(event(&request.into_parts().0, &Bytes::copy_from_slice(body), peer)).unwrap()
    }

    #[test]
    fn a_request_is_the_event_that_aws_lambda_events_reads() {
        let request = http::Request::put("/v1/tables/lobby?a=1&a=2&b=x%20y")
            .header(CONTENT_TYPE, "application/json")
            .header("x-two", "a")
            .header("x-two", "b")
            .header("cookie", "one=1; two=2")
            .body(())
            .unwrap();
        let event = event_of(request, "{\"a\": \"é\"}".as_bytes());
        assert_eq!(event.request_context.http.method, Method::PUT);
        assert_eq!(event.raw_path.as_deref(), Some("/v1/tables/lobby"));
        assert_eq!(event.raw_query_string.as_deref(), Some("a=1&a=2&b=x%20y"));
        assert_eq!(event.query_string_parameters.first("b"), Some("x y"));
        assert_eq!(event.headers["x-two"], "a,b");
        assert_eq!(event.cookies, Some(vec!["one=1".to_owned(), "two=2".to_owned()]));
        assert_eq!(event.request_context.http.source_ip.as_deref(), Some("203.0.113.9"));
        assert_eq!((event.body.as_deref(), event.is_base64_encoded), (Some("{\"a\": \"é\"}"), false));
    }

    #[test]
    fn the_content_type_decides_whether_a_body_is_text_or_base64() {
        for (content_type, body, is_base64) in [
            (Some("text/csv"), "k\u{fffd}lte", false),
            (Some("Application/JSON; charset=utf-8"), "k\u{fffd}lte", false),
            (Some("application/octet-stream"), "a+RsdGU=", true),
            (Some("application/x-www-form-urlencoded"), "a+RsdGU=", true),
            (None, "a+RsdGU=", true),
        ] {
            let request = http::Request::post("/v1/x");
            let request = content_type.into_iter().fold(request, |request, kind| request.header(CONTENT_TYPE, kind));
            let event = event_of(request.body(()).unwrap(), b"k\xe4lte");
            assert_eq!((event.body.as_deref(), event.is_base64_encoded), (Some(body), is_base64), "{content_type:?}");
        }
    }

    #[test]
    fn a_result_becomes_a_response() {
        let result = json!({"statusCode": 201, "headers": {"etag": "\"1\""}, "cookies": ["a=1", "b=2"], "body": "aGk=", "isBase64Encoded": true});
        let response = response(&result).unwrap();
        assert_eq!(response.status(), StatusCode::CREATED);
        assert_eq!(response.headers()["etag"], "\"1\"");
        assert_eq!(response.headers().get_all(SET_COOKIE).iter().count(), 2);
    }

    #[test]
    fn an_invalid_result_becomes_no_response() {
        for invalid in [
            json!(null),
            json!({}),
            json!({"statusCode": 7}),
            json!({"statusCode": 200, "body": "%", "isBase64Encoded": true}),
        ] {
            assert!(response(&invalid).is_none(), "{invalid}");
        }
    }
}
