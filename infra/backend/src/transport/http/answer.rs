//! How a command's outcome becomes an HTTP answer: one place for every status, header and envelope. Never tells the
//! inside of a fault.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::table::{Table, TableId};
use domain::wire::endpoints::BODY_LIMIT;
use domain::wire::envelope::{ApiError, Envelope, ErrorCode, Refusal};
use domain::wire::fields::Fields;
use serde::Serialize;

use crate::commands::CommandError;
use crate::commands::tables::Expected;
use crate::storage::StorageError;

/// A command's outcome as a handler returns it.
pub(super) type Answer = Result<Response, Failure>;

/// A refusal or a fault.
pub(super) struct Failure(CommandError);

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
                let message = "Others change the same thing at the same time. Try again.";
                refusal(ApiError::new(ErrorCode::Conflict, message))
            }
            CommandError::Storage(error @ StorageError::Unavailable(_)) => {
                tracing::error!(%error, "not available");
                let message = "The data cannot be reached just now. Try again in a moment.";
                refusal(ApiError::new(ErrorCode::Unavailable, message))
            }
            fault @ (CommandError::Storage(_) | CommandError::Randomness(_)) => {
                tracing::error!(%fault, "a request failed");
                let message = "Something went wrong here. The header “x-correlation-id” says under which id we log it.";
                refusal(ApiError::new(ErrorCode::InternalError, message))
            }
        }
    }
}

/// A refusal with its status and its envelope.
pub(super) fn refusal(error: ApiError) -> Response {
    let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let code = error.code;
    let mut response = (status, axum::Json(Refusal::from(error))).into_response();
    if matches!(code, ErrorCode::Unavailable | ErrorCode::TooManyRequests) {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
    }
    response
}

/// 200 with `data`.
pub(super) fn ok(data: impl Serialize) -> Response {
    (StatusCode::OK, axum::Json(Envelope::new(data))).into_response()
}

/// 201 with `data`.
pub(super) fn created(data: impl Serialize) -> Response {
    (StatusCode::CREATED, axum::Json(Envelope::new(data))).into_response()
}

/// The same answer with a table's revision as its `ETag` (RFC 9110, section 8.8.3).
pub(super) fn with_rev(mut response: Response, table: &Table) -> Response {
    if let Ok(tag) = format!("\"{}\"", table.rev).parse() {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// What a change expects to find, by `If-Match`: a revision, quoted or not, or `*`.
pub(super) fn expected(headers: &HeaderMap) -> Result<Expected, ApiError> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(Expected::Any) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(Expected::Any);
    }
    text.trim_matches('"').parse().map(Expected::Rev).map_err(|_| {
        let message = "The header “if-match” must be a revision, like \"7\".";
        ApiError::new(ErrorCode::ValidationError, message)
    })
}

/// The table that the path names.
pub(super) struct TablePath(pub(super) TableId);

impl<S: Send + Sync> FromRequestParts<S> for TablePath {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Ok(Path(text)) = Path::<String>::from_request_parts(parts, state).await else {
            let message = "The id in the address is not UTF-8.";
            return Err(ApiError::new(ErrorCode::ValidationError, message).into());
        };
        Ok(Self(text.parse().map_err(ApiError::from)?))
    }
}

/// A body that is said to be JSON, within the limit. Only [`Fields`] reads it.
///
/// A body of any other content type is refused, since a browser would let a page of another origin send it (Fetch
/// Standard, "CORS-safelisted request-header").
pub(super) struct JsonBody(pub(super) Fields);

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        if !is_json(request.headers()) {
            let message = "Send JSON, with the header “content-type: application/json”.";
            return Err(ApiError::new(ErrorCode::UnsupportedMediaType, message).into());
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| unreadable(&rejection))?;
        Ok(Self(Fields::parse(&bytes)?))
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn unreadable(rejection: &BytesRejection) -> ApiError {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        let message = format!("The body is over {} KiB.", BODY_LIMIT / 1_024);
        return ApiError::new(ErrorCode::PayloadTooLarge, message);
    }
    ApiError::new(ErrorCode::ValidationError, "The body did not arrive whole.")
}
