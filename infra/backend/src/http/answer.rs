//! Turns the outcome of a command into an HTTP response: the one place for status, headers and envelope. Internal errors stay in the log.

use std::str::FromStr;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use domain::person::GuestId;
use domain::room::RoomId;
use domain::validation::Violation;
use protocol::envelope::{ApiError, Envelope, ErrorCode, Refusal};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::command::{CommandError, Precondition};
use crate::db::StorageError;
use crate::db::size::TRANSACTION_LIMIT;
use crate::exact_numbers;
use crate::http::fields::{self, Fields};

/// A command's outcome as a handler returns it.
pub(crate) type Answer = Result<Response, Failure>;

/// A refusal or a fault.
pub(crate) struct Failure(CommandError);

impl<E: Into<CommandError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self.0 {
            CommandError::Refused(error) => refusal(error),
            CommandError::Storage(error @ StorageError::Changed) => {
                tracing::warn!(%error, "gave up");
                let message = "The resource was changed concurrently. Try again.";
                refusal(ApiError::new(ErrorCode::Conflict, message))
            }
            CommandError::Storage(error @ StorageError::Unavailable(_)) => {
                tracing::error!(%error, "not available");
                let message = "The data cannot be reached just now. Try again in a moment.";
                refusal(ApiError::new(ErrorCode::Unavailable, message))
            }
            CommandError::Storage(StorageError::TooLarge { size }) => {
                let message = format!(
                    "What is to be stored has {size} bytes, and at most {TRANSACTION_LIMIT} are written at once. Nothing was written. \
                     Send it in smaller parts."
                );
                refusal(ApiError::new(ErrorCode::PayloadTooLarge, message))
            }
            fault @ (CommandError::Storage(_)
            | CommandError::File(_)
            | CommandError::Randomness(_)
            | CommandError::Push(_)) => {
                tracing::error!(%fault, "a request failed");
                let message = "Something went wrong here. The header “x-correlation-id” says under which id we log it.";
                refusal(ApiError::new(ErrorCode::InternalError, message))
            }
        }
    }
}

/// A refusal with its status and its envelope.
pub(crate) fn refusal(error: ApiError) -> Response {
    let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let code = error.code;
    let mut response = (status, axum::Json(Refusal::from(error))).into_response();
    if matches!(code, ErrorCode::Unavailable | ErrorCode::TooManyRequests) {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
    }
    response
}

/// 200 with `data`.
pub(crate) fn ok(data: impl Serialize) -> Response {
    (StatusCode::OK, axum::Json(Envelope::new(data))).into_response()
}

/// 201 with `data`.
pub(crate) fn created(data: impl Serialize) -> Response {
    (StatusCode::CREATED, axum::Json(Envelope::new(data))).into_response()
}

/// The same answer with a revision as its `ETag` (RFC 9110, section 8.8.3).
pub(crate) fn with_rev(mut response: Response, rev: u64) -> Response {
    if let Ok(tag) = format!("\"{rev}\"").parse() {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// What a change expects to find, by `If-Match`: a revision, quoted or not, or `*`. Only strong tags are compared, so a weak one, as a
/// proxy makes of ours that compresses an answer, never matches (RFC 9110, section 13.1.1).
pub(crate) fn precondition(headers: &HeaderMap) -> Result<Precondition, ApiError> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(Precondition::Any) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(Precondition::Any);
    }
    let weak = text.strip_prefix("W/").filter(|tag| tag.starts_with('"')).and_then(|tag| natural(unquoted(tag)));
    if weak.is_some() {
        return Ok(Precondition::Never);
    }
    natural(unquoted(text)).map(Precondition::Rev).ok_or_else(|| {
        let message = format!("The header “if-match” must be one revision, like \"7\"; “{text}” is none.");
        ApiError::new(ErrorCode::ValidationError, message)
    })
}

/// What stands between a pair of quotes, if there is one.
pub(crate) fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text)
}

/// A number of one to eighteen digits and nothing else: neither a sign nor white space.
pub(crate) fn natural(text: &str) -> Option<u64> {
    let is_number = (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

/// What the path names, parsed: a table's id, a room's.
pub(crate) struct PathOf<T>(pub(crate) T);

impl<S: Send + Sync, T: FromStr<Err = Violation>> FromRequestParts<S> for PathOf<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Ok(Path(text)) = Path::<String>::from_request_parts(parts, state).await else {
            let message = "The id in the address is not UTF-8.";
            return Err(ApiError::new(ErrorCode::ValidationError, message).into());
        };
        Ok(Self(text.parse().map_err(ApiError::from)?))
    }
}

/// A parameter of the query; empty if it is not there.
pub(crate) fn parameter(uri: &Uri, name: &str) -> Result<String, ApiError> {
    Ok(asked(uri, name)?.unwrap_or_default())
}

/// A parameter of the query, if it is there.
pub(crate) fn asked(uri: &Uri, name: &str) -> Result<Option<String>, ApiError> {
    let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let mut values = pairs.filter(|(one, _)| one == name).map(|(_, value)| value.into_owned());
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        (_, Some(second)) => {
            let message = format!("“{name}” is asked for more than once.");
            Err(Violation::new(name, &second, "once", message).into())
        }
    }
}

/// The room and the number of the pick that the path names.
pub(crate) struct PickPath(pub(crate) RoomId, pub(crate) u32);

impl<S: Send + Sync> FromRequestParts<S> for PickPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        let (room, number) = path.map(|Path(both)| both).unwrap_or_default();
        let room = room.parse().map_err(ApiError::from)?;
        let read = natural(&number).and_then(|number| u32::try_from(number).ok());
        let number = read.filter(|number| *number > 0).ok_or_else(|| {
            let message = "A question's number is 1, 2, 3 and so on.";
            ApiError::from(Violation::new("number", &number, "number", message))
        })?;
        Ok(Self(room, number))
    }
}

/// The room and the guest that the path names.
pub(crate) struct GuestPath(pub(crate) RoomId, pub(crate) GuestId);

impl<S: Send + Sync> FromRequestParts<S> for GuestPath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        let (room, guest) = path.map(|Path(both)| both).unwrap_or_default();
        Ok(Self(room.parse().map_err(ApiError::from)?, guest.parse().map_err(ApiError::from)?))
    }
}

/// A body that is any JSON.
pub(crate) struct AnyJson(pub(crate) Value);

impl<S: Send + Sync> FromRequest<S> for AnyJson {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let bytes = json_bytes(request, state).await?;
        let value = serde_json::from_slice(&bytes).map_err(|fault| misfit(&fault))?;
        exact_numbers::check(&bytes).map_err(ApiError::from)?;
        Ok(Self(value))
    }
}

fn misfit(fault: &serde_json::Error) -> ApiError {
    ApiError::new(ErrorCode::ValidationError, format!("The body is not what this address takes: {fault}."))
}

/// A body that is JSON of this shape. For shapes whose fields are all checked together; [`JsonBody`] tells of each field.
pub(crate) struct JsonOf<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Serialize> FromRequest<S> for JsonOf<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let AnyJson(sent) = AnyJson::from_request(request, state).await?;
        Ok(Self(fields::read(&sent).map_err(|fault| misfit(&fault))?))
    }
}

/// A body that is said to be JSON, within the limit. Only [`Fields`] reads it.
///
/// A body of any other content type is refused, since a browser would let a page of another origin send it (Fetch
/// Standard, "CORS-safelisted request-header").
pub(crate) struct JsonBody(pub(crate) Fields);

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let bytes = json_bytes(request, state).await?;
        let fields = Fields::parse(&bytes)?;
        exact_numbers::check(&bytes).map_err(ApiError::from)?;
        Ok(Self(fields))
    }
}

async fn json_bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ApiError> {
    if !is_json(request.headers()) {
        let message = "Send JSON, with the header “content-type: application/json”.";
        return Err(ApiError::new(ErrorCode::UnsupportedMediaType, message));
    }
    Bytes::from_request(request, state).await.map_err(|rejection| unreadable(&rejection))
}

/// A file as an answer, to be stored under this name.
pub(crate) fn file(content_type: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [(header::CONTENT_TYPE, content_type.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    (StatusCode::OK, headers, bytes).into_response()
}

pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let media_type = media_type(headers);
    media_type == "application/json" || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}

/// The media type of a body in lower case, without parameters; empty if the request does not say it.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

pub(crate) fn unreadable(rejection: &BytesRejection) -> ApiError {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return ApiError::new(ErrorCode::PayloadTooLarge, "The body is larger than this address takes.");
    }
    ApiError::new(ErrorCode::ValidationError, "The body did not arrive whole.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_expects_what_its_header_says() {
        let of = |text: &str| precondition(&HeaderMap::from_iter([(header::IF_MATCH, text.parse().unwrap())]));
        for (text, expectation) in [
            ("*", Precondition::Any),
            ("\"7\"", Precondition::Rev(7)),
            ("7", Precondition::Rev(7)),
            ("W/\"7\"", Precondition::Never),
        ] {
            assert_eq!(of(text), Ok(expectation), "{text}");
        }
        for odd in ["", "W/7", "w/\"7\"", "W/\"a\"", "\"1\", \"2\"", "\"a\""] {
            let error = of(odd).unwrap_err();
            assert!(error.code == ErrorCode::ValidationError && error.message.contains(&format!("“{odd}”")), "{odd}");
        }
    }

    #[test]
    fn a_number_is_made_of_digits_alone() {
        for (text, number) in [("7", Some(7)), ("007", Some(7)), ("", None), ("+7", None), (" 7", None), ("7.0", None)]
        {
            assert_eq!(natural(text), number, "{text}");
        }
        assert_eq!(natural(&"9".repeat(19)), None);
        assert_eq!([unquoted("\"7\""), unquoted("7"), unquoted("\"7")], ["7", "7", "\"7"]);
    }
}
