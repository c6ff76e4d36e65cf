//! The WebSocket handshake: invokes `$connect`, then opens or denies the connection. Never reads a message.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderMap, HeaderName, Method, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tungstenite::handshake::derive_accept_key;

use super::connection::Origin;
use super::id::ConnectionId;
use super::transport::Transport;
use super::{Gateway, event};

/// GET /live
pub async fn connect(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
) -> Response {
    let Some(key) = websocket_key(&request) else {
        return plain_response(StatusCode::UPGRADE_REQUIRED, "This address takes WebSocket connections only.");
    };
    let accept = derive_accept_key(key.as_bytes());
    let Ok(id) = ConnectionId::random() else {
        return plain_response(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error");
    };
    let origin = Origin::new(id, peer.ip(), request.headers(), SystemTime::now());
    if let Err(denied) = invoke_connect(&gateway, &origin, request.headers(), request.uri()).await {
        return denied;
    }

    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        match upgrade.await.map(hyper::upgrade::Upgraded::downcast::<TokioIo<TcpStream>>) {
            Ok(Ok(parts)) => {
                gateway.open(origin, Transport::Socket(parts.io.into_inner()), parts.read_buf);
            }
            Ok(Err(_)) => tracing::error!("a connection is not a plain TCP socket"),
            Err(error) => tracing::debug!(%error, "the client left during the handshake"),
        }
    });
    switching_protocols(&accept)
}

/// Invokes `$connect`, and returns whether the connection may be opened.
///
/// # Errors
/// It may not be opened: this is the response.
pub async fn invoke_connect(
    gateway: &Gateway,
    origin: &Origin,
    headers: &HeaderMap,
    uri: &Uri,
) -> Result<(), Response> {
    let event = event::connect(origin, headers, uri, origin.connected_at);
    match gateway.invoke(event.payload).await {
        Ok(result) => denial(&result).map_or(Ok(()), Err),
        Err(error) => {
            tracing::warn!(connection = %origin.id, %error, "$connect failed");
            Err(plain_response(StatusCode::BAD_GATEWAY, r#"{"message": "Internal server error"}"#))
        }
    }
}

/// The client's key, if the request is a WebSocket handshake.
fn websocket_key(request: &Request) -> Option<String> {
    let headers = request.headers();
    let is_handshake = request.method() == Method::GET
        && has_token(headers, CONNECTION, "upgrade")
        && has_token(headers, UPGRADE, "websocket")
        && headers.get(SEC_WEBSOCKET_VERSION).is_some_and(|version| version == "13");
    if !is_handshake {
        return None;
    }
    headers.get(SEC_WEBSOCKET_KEY)?.to_str().ok().map(str::to_owned)
}

fn has_token(headers: &HeaderMap, name: HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|value| value.trim().eq_ignore_ascii_case(token))
}

/// The response that denies the connection, if the function's status was not 2xx.
fn denial(result: &Value) -> Option<Response> {
    let code = result.get("statusCode").and_then(Value::as_u64).unwrap_or(200);
    if (200..300).contains(&code) {
        return None;
    }
    let status = u16::try_from(code).ok().and_then(|code| StatusCode::from_u16(code).ok());
    let body = result.get("body").and_then(Value::as_str).unwrap_or_default();
    Some(plain_response(status.unwrap_or(StatusCode::BAD_GATEWAY), body))
}

fn plain_response(status: StatusCode, body: &str) -> Response {
    let mut response = Response::new(Body::from(body.to_owned()));
    *response.status_mut() = status;
    response
}

fn switching_protocols(accept: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, http::HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, http::HeaderValue::from_static("websocket"));
    if let Ok(accept) = accept.parse() {
        headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    }
    response
}
