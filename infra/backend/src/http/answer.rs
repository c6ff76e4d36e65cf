//! Turns the result of a command into an HTTP response, with status, headers and envelope. Internal errors are only logged.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::envelope::{ApiError, Envelope, ErrorCode, Refusal};
use serde::Serialize;

use crate::command::{CommandError, Precondition};
use crate::db::StorageError;
use crate::db::size::TRANSACTION_LIMIT;

/// The result of a command, as a handler returns it.
pub(crate) type Answer = Result<Response, Failure>;

/// A refusal or an internal error.
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

/// A refusal as a response, with its status and its envelope.
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

/// The response with this revision as its `ETag` (RFC 9110, section 8.8.3).
pub(crate) fn with_rev(mut response: Response, rev: u64) -> Response {
    if let Ok(tag) = format!("\"{rev}\"").parse() {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// The precondition in `If-Match`: a revision, quoted or not, or `*`. Only strong tags are compared (RFC 9110, section 13.1.1). A proxy
/// that compresses a response makes its tag weak, and a weak tag never matches.
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
