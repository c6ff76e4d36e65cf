//! `Idempotency-Key` ("The Idempotency-Key HTTP Header Field", draft-ietf-httpapi-idempotency-key-header) for items and factories: a write
//! that is sent again gets the first response again and is not repeated. The response to a rejected write is not stored, so the client may
//! try again with the same key.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::actor::Actor;
use domain::validation::Violation;
use protocol::envelope::{ApiError, ErrorCode};
use protocol::{factories, items};

use crate::App;
use crate::db::idempotency_keys::{Claim, KeptAnswer};
use crate::http::answer::{Failure, refusal, unquoted};
use crate::http::caller::Authenticated;
use crate::secrets;

/// The request header.
const NAME: &str = "idempotency-key";

/// The response header of a repeated response.
const REPLAYED: &str = "idempotency-replayed";

/// The longest request with a key, in bytes: one DynamoDB item must hold the response and the rest ("Quotas in Amazon DynamoDB": 400 KB).
const BODY_LIMIT: usize = 256 * 1024;

/// A response may be a little larger than its request.
const ANSWER_LIMIT: usize = BODY_LIMIT + 64 * 1024;

/// The longest key, in characters.
const LONGEST: usize = 255;

/// Returns the stored response if the same write was done before.
pub(crate) async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    let is_write = !request.method().is_safe();
    let is_ours = [items::ITEMS, factories::FACTORIES].iter().any(|path| request.uri().path().starts_with(path));
    match request.headers().get(NAME).cloned() {
        Some(key) if is_write && is_ours => match once(&app, &key, request, next).await {
            Ok(response) => response,
            Err(failure) => failure.into_response(),
        },
        _ => next.run(request).await,
    }
}

async fn once(app: &App, key: &HeaderValue, request: Request, next: Next) -> Result<Response, Failure> {
    let key = key_of(key)?;
    let (mut parts, body) = request.into_parts();
    let Ok(Authenticated(actor)) = Authenticated::from_request_parts(&mut parts, app).await;
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        let message = format!("With the header “{NAME}” a request has at most {BODY_LIMIT} bytes. Send less at once.");
        return Err(ApiError::new(ErrorCode::PayloadTooLarge, message).into());
    };
    let again = |parts, body: Bytes| Request::from_parts(parts, Body::from(body));
    // Callers that may not write are refused each time, so nothing is stored for them.
    let Some(scope) = scope(&actor) else { return Ok(next.run(again(parts, body)).await) };
    let name = secrets::hash(format!("{scope}\n{key}"));
    let fingerprint = fingerprint(&parts.method, &parts.uri.to_string(), &parts.headers, &body);
    match app.storage().claim_request(&name, &fingerprint, app.now()).await? {
        Claim::Ours => {}
        Claim::Done(answer) => return Ok(replayed(answer)),
        Claim::UnderWay => {
            let message = "This request is being carried out just now. Ask again in a second.";
            let mut response = refusal(ApiError::new(ErrorCode::Conflict, message));
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            return Ok(response);
        }
        Claim::Other => {
            let message = format!("Another request was sent with this “{NAME}”. A new request needs a new one.");
            return Err(ApiError::new(ErrorCode::RuleViolation, message).into());
        }
    }
    let (parts, body) = next.run(again(parts, body)).await.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    // If the response cannot be stored, the client still gets it: the write is done.
    let kept = match parts.status {
        status if status.is_success() && bytes.len() <= ANSWER_LIMIT => {
            let tag = parts.headers.get(header::ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
            let body = String::from_utf8_lossy(&bytes).into_owned();
            let answer = KeptAnswer { status: status.as_u16(), tag, body };
            app.storage().answer_request(&name, &fingerprint, answer, app.now()).await
        }
        _ => app.storage().give_request_back(&name).await,
    };
    if let Err(error) = kept {
        tracing::warn!(%error, "what was answered could not be kept");
    }
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

/// The key, with or without quotes.
fn key_of(value: &HeaderValue) -> Result<String, ApiError> {
    let text = unquoted(value.to_str().unwrap_or_default().trim());
    let fits = |byte: u8| byte.is_ascii_graphic() && byte != b'"';
    if text.is_empty() || text.len() > LONGEST || !text.bytes().all(fits) {
        let message = format!("The header “{NAME}” has 1 to {LONGEST} visible ASCII characters, none of them a quote.");
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
        Actor::Guest(_) | Actor::Visitor | Actor::Stranger => None,
    }
}

fn fingerprint(method: &Method, address: &str, headers: &HeaderMap, body: &[u8]) -> String {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (condition, kind) = (header(header::IF_MATCH), header(header::CONTENT_TYPE));
    let head = format!("{method}\n{address}\n{condition}\n{kind}\n");
    secrets::hash([head.as_bytes(), body].concat())
}

fn replayed(answer: KeptAnswer) -> Response {
    let KeptAnswer { status, tag, body } = answer;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::HeaderName::from_static(REPLAYED), "true")];
    let mut response = (status, headers, body).into_response();
    if let Some(tag) = tag.and_then(|tag| tag.parse().ok()) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}
