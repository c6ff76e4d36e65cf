//! Turns the result of a command into an HTTP response, with status, headers and envelope. Internal errors are only logged.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::envelope::{ApiError, Envelope, ErrorBody, ErrorCode};
use serde::Serialize;

use crate::command::{CommandError, Precondition};
use crate::db::StorageError;
use crate::db::size::TRANSACTION_LIMIT;

/// The result of a command, as a handler returns it.
pub(crate) type ApiResult = Result<Response, Failure>;

/// An error of a command, as a response.
pub(crate) struct Failure(CommandError);

impl<E: Into<CommandError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self.0 {
            CommandError::Rejected(error) => error_response(error),
            CommandError::Storage(error @ StorageError::Changed) => {
                tracing::warn!(%error, "concurrent writes, retries used up");
                let message = "The resource was changed concurrently. Try again.";
                error_response(ApiError::new(ErrorCode::Conflict, message))
            }
            CommandError::Storage(error @ StorageError::Unavailable(_)) => {
                tracing::error!(%error, "not available");
                let message = "The data cannot be reached just now. Try again in a moment.";
                error_response(ApiError::new(ErrorCode::Unavailable, message))
            }
            CommandError::Storage(StorageError::TooLarge { size }) => {
                let message = format!(
                    "What is to be stored has {size} bytes, and at most {TRANSACTION_LIMIT} are written at once. Nothing was written. \
                     Send it in smaller parts."
                );
                error_response(ApiError::new(ErrorCode::PayloadTooLarge, message))
            }
            error @ (CommandError::Storage(_)
            | CommandError::File(_)
            | CommandError::Randomness(_)
            | CommandError::Push(_)) => {
                tracing::error!(error = %error, "a request failed");
                let message = "Something went wrong here. The header “x-correlation-id” says under which id we log it.";
                error_response(ApiError::new(ErrorCode::InternalError, message))
            }
        }
    }
}

/// An error as a response, with its status and its envelope.
pub(crate) fn error_response(error: ApiError) -> Response {
    let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let code = error.code;
    let mut response = (status, axum::Json(ErrorBody::from(error))).into_response();
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

/// The response with this revision as its `ETag` (RFC 9110, section 8.8.3).
pub(crate) fn with_etag(mut response: Response, rev: u64) -> Response {
    if let Ok(tag) = format!("\"{rev}\"").parse() {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// The precondition in `If-Match`: a revision, quoted or not, or `*`. Only strong tags are compared (RFC 9110, section 13.1.1). A proxy
/// that compresses a response makes its tag weak, and a weak tag never matches.
pub(crate) fn if_match(headers: &HeaderMap) -> Result<Precondition, ApiError> {
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

/// The text between a pair of quotes, if there is one; or else the text itself.
pub(crate) fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text)
}

/// A number of 1 to 18 digits, without sign and white space.
pub(crate) fn natural(text: &str) -> Option<u64> {
    let is_number = (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

/// A file as a response, to be saved under this name.
pub(crate) fn file(content_type: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [(header::CONTENT_TYPE, content_type.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    (StatusCode::OK, headers, bytes).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_match_is_parsed() {
        let of = |text: &str| if_match(&HeaderMap::from_iter([(header::IF_MATCH, text.parse().unwrap())]));
        for (text, expected) in [
            ("*", Precondition::Any),
            ("\"7\"", Precondition::Rev(7)),
            ("7", Precondition::Rev(7)),
            ("W/\"7\"", Precondition::Never),
        ] {
            assert_eq!(of(text), Ok(expected), "{text}");
        }
        for invalid in ["", "W/7", "w/\"7\"", "W/\"a\"", "\"1\", \"2\"", "\"a\""] {
            let error = of(invalid).unwrap_err();
            assert!(
                error.code == ErrorCode::ValidationError && error.message.contains(&format!("“{invalid}”")),
                "{invalid}"
            );
        }
    }

    #[test]
    fn a_number_consists_only_of_digits() {
        for (text, number) in [("7", Some(7)), ("007", Some(7)), ("", None), ("+7", None), (" 7", None), ("7.0", None)]
        {
            assert_eq!(natural(text), number, "{text}");
        }
        assert_eq!(natural(&"9".repeat(19)), None);
        assert_eq!([unquoted("\"7\""), unquoted("7"), unquoted("\"7")], ["7", "7", "\"7"]);
    }
}
