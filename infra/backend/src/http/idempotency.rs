//! `Idempotency-Key` ("The Idempotency-Key HTTP Header Field", draft-ietf-httpapi-idempotency-key-header) for items and factories: a write
//! that is sent again gets the first response again and is not repeated. The response to a rejected write is not stored, so the client may
//! try again with the same key.
//!
//! The writes of the request and its response are committed in one transaction ([`deferred`]). So it does not matter whether the client, or
//! this function, ever received the response to the first attempt.

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::actor::Actor;
use domain::validation::Violation;
use protocol::envelope::{ApiError, ErrorCode};
use protocol::{factories, items};

use crate::App;
use crate::command::TRIES;
use crate::db::idempotency_keys::StoredResponse;
use crate::db::size::WRITES_LIMIT;
use crate::db::{StorageError, deferred};
use crate::http::caller::Authenticated;
use crate::http::response::{Failure, unquoted};
use crate::secrets;

/// The request header.
const NAME: &str = "idempotency-key";

/// The response header of a repeated response.
const REPLAYED: &str = "idempotency-replayed";

/// The longest request with a key, in bytes: one DynamoDB item must hold the response and the rest ("Quotas in Amazon DynamoDB": 400 KB).
const BODY_LIMIT: usize = 256 * 1024;

/// A response may be a little larger than its request.
const RESPONSE_LIMIT: usize = BODY_LIMIT + 64 * 1024;

/// The longest key, in characters.
const KEY_LIMIT: usize = 255;

/// Returns the stored response if the same write was done before.
pub(crate) async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    let is_write = !request.method().is_safe();
    let is_covered = [items::ITEMS, factories::FACTORIES].iter().any(|path| request.uri().path().starts_with(path));
    match request.headers().get(NAME).cloned() {
        Some(key) if is_write && is_covered => match run_once(&app, &key, request, next).await {
            Ok(response) => response,
            Err(failure) => failure.into_response(),
        },
        _ => next.run(request).await,
    }
}

async fn run_once(app: &App, key: &HeaderValue, request: Request, next: Next) -> Result<Response, Failure> {
    let key = key_of(key)?;
    let (mut parts, body) = request.into_parts();
    let Ok(Authenticated(actor)) = Authenticated::from_request_parts(&mut parts, app).await;
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        let message = format!("With the header “{NAME}” a request has at most {BODY_LIMIT} bytes. Send less at once.");
        return Err(ApiError::new(ErrorCode::PayloadTooLarge, message).into());
    };
    let replay_request = || Request::from_parts(parts.clone(), Body::from(body.clone()));
    // Callers that may not write are denied each time, so nothing is stored for them.
    let Some(scope) = scope(&actor) else { return Ok(next.run(replay_request()).await) };
    let name = secrets::hash(format!("{scope}\n{key}"));
    let fingerprint = fingerprint(&parts.method, &parts.uri.to_string(), &parts.headers, &body);
    for _ in 0..TRIES {
        if let Some(response) = stored(app, &name, &fingerprint).await? {
            return Ok(response);
        }
        let (response, writes) = deferred::collect(next.clone().run(replay_request())).await;
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
        if !parts.status.is_success() {
            // The same request may have been carried out meanwhile, and have changed what this one expected.
            let first = stored(app, &name, &fingerprint).await?;
            return Ok(first.unwrap_or_else(|| Response::from_parts(parts, Body::from(bytes))));
        }
        check_size(writes.len(), bytes.len())?;
        let tag = parts.headers.get(header::ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        let body = String::from_utf8_lossy(&bytes).into_owned();
        let response = StoredResponse { status: parts.status.as_u16(), tag, body };
        match app.storage().complete_request(&name, &fingerprint, response, writes, app.now()).await {
            Ok(()) => return Ok(Response::from_parts(parts, Body::from(bytes))),
            // Another request has written the same data, or was this one.
            Err(StorageError::Changed) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StorageError::Changed.into())
}

/// The first response to this request, if it was carried out before.
async fn stored(app: &App, name: &str, fingerprint: &str) -> Result<Option<Response>, Failure> {
    let Some(completed) = app.storage().completed_request(name, app.now()).await? else { return Ok(None) };
    if completed.fingerprint != fingerprint {
        let message = format!("Another request was sent with this “{NAME}”. A new request needs a new one.");
        return Err(ApiError::new(ErrorCode::RuleViolation, message).into());
    }
    Ok(Some(replayed(completed.response)))
}

/// Checks that the writes of a request and its response fit into one transaction.
fn check_size(writes: usize, response: usize) -> Result<(), ApiError> {
    if writes >= WRITES_LIMIT {
        let limit = WRITES_LIMIT - 1;
        let message = format!("With the header “{NAME}” a batch has at most {limit} items; this one has {writes}.");
        return Err(Violation::of_rule("items", &writes.to_string(), "length", message).into());
    }
    if response > RESPONSE_LIMIT {
        let message = format!(
            "With the header “{NAME}” a response has at most {RESPONSE_LIMIT} bytes; this one has {response}. Nothing was written. \
             Send less at once."
        );
        return Err(ApiError::new(ErrorCode::PayloadTooLarge, message));
    }
    Ok(())
}

/// The key, with or without quotes.
fn key_of(value: &HeaderValue) -> Result<String, ApiError> {
    let text = unquoted(value.to_str().unwrap_or_default().trim());
    let is_allowed = |byte: u8| byte.is_ascii_graphic() && byte != b'"';
    if text.is_empty() || text.len() > KEY_LIMIT || !text.bytes().all(is_allowed) {
        let message =
            format!("The header “{NAME}” has 1 to {KEY_LIMIT} visible ASCII characters, none of them a quote.");
        return Err(Violation::new(NAME, text, "characters", message).into());
    }
    Ok(text.to_owned())
}

/// The owner of a key: the same key of another caller is another key.
fn scope(actor: &Actor) -> Option<String> {
    match actor {
        Actor::Admin => Some("admin".to_owned()),
        Actor::Device(device) => Some(format!("device/{}", device.id)),
        Actor::Member(member) => Some(format!("member/{}", member.id)),
        Actor::Guest(_) | Actor::Visitor | Actor::InvalidKey => None,
    }
}

fn fingerprint(method: &Method, address: &str, headers: &HeaderMap, body: &[u8]) -> String {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (condition, kind) = (header(header::IF_MATCH), header(header::CONTENT_TYPE));
    let head = format!("{method}\n{address}\n{condition}\n{kind}\n");
    secrets::hash([head.as_bytes(), body].concat())
}

fn replayed(response: StoredResponse) -> Response {
    let StoredResponse { status, tag, body } = response;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::HeaderName::from_static(REPLAYED), "true")];
    let mut response = (status, headers, body).into_response();
    if let Some(tag) = tag.and_then(|tag| tag.parse().ok()) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}
