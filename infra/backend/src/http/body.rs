//! A request's body: JSON, parsed and checked once, with all errors reported together.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use protocol::envelope::{ApiError, ErrorCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::exact_numbers;
use crate::http::fields;
use crate::http::response::Failure;

/// A body as the API's description defines it, and how it is parsed.
pub(crate) trait RequestBody {
    /// The result of the check.
    type Checked;

    /// Checks the body.
    ///
    /// # Errors
    /// All violations in it.
    fn check(sent: Value) -> Result<Self::Checked, ApiError>;
}

impl RequestBody for Value {
    type Checked = Self;

    fn check(sent: Value) -> Result<Self, ApiError> {
        Ok(sent)
    }
}

/// A JSON body within the size limit of the route.
///
/// Any other content type is rejected: a browser would let a page of another origin send such a body (Fetch Standard, "CORS-safelisted
/// request-header").
pub(crate) struct Json<T: RequestBody>(pub(crate) T::Checked);

impl<S: Send + Sync, T: RequestBody> FromRequest<S> for Json<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        if !is_json(request.headers()) {
            let message = "Send JSON, with the header “content-type: application/json”.";
            return Err(ApiError::new(ErrorCode::UnsupportedMediaType, message).into());
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| unreadable(&rejection))?;
        let sent = serde_json::from_slice(&bytes).map_err(|error| not_json(&error))?;
        exact_numbers::check(&bytes).map_err(ApiError::from)?;
        Ok(Self(T::check(sent)?))
    }
}

fn not_json(error: &serde_json::Error) -> ApiError {
    let message = match error.to_string() {
        // The parser has a depth limit of its own; beyond it, the JSON may still be valid.
        error if error.contains("recursion") => {
            "The body is too deep: lists and objects lie within each other more than 100 times.".to_owned()
        }
        error => format!("The body is not JSON: {error}."),
    };
    ApiError::new(ErrorCode::ValidationError, message)
}

/// A body of this shape; its fields are checked later, together.
///
/// # Errors
/// The body has another shape.
pub(crate) fn shape<T: DeserializeOwned + Serialize>(sent: &Value) -> Result<T, ApiError> {
    let message = |error| format!("The body is not what this address takes: {error}.");
    fields::read(sent).map_err(|error| ApiError::new(ErrorCode::ValidationError, message(error)))
}

/// Bodies of which only the shape is checked here.
macro_rules! shapes {
    ($($type:ty),+ $(,)?) => {
        $(impl $crate::http::body::RequestBody for $type {
            type Checked = Self;

            fn check(sent: serde_json::Value) -> Result<Self, protocol::envelope::ApiError> {
                $crate::http::body::shape(&sent)
            }
        })+
    };
}
pub(crate) use shapes;

/// Whether the content type of a body is JSON.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let media_type = media_type(headers);
    media_type == "application/json" || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}

/// The media type of a body in lower case, without parameters; empty if the request has none.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Why a body was not read.
pub(crate) fn unreadable(rejection: &BytesRejection) -> ApiError {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return ApiError::new(ErrorCode::PayloadTooLarge, "The body is larger than this address takes.");
    }
    ApiError::new(ErrorCode::ValidationError, "The body did not arrive whole.")
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::response::IntoResponse;

    use super::*;

    async fn status(content_type: Option<&str>, body: &str) -> u16 {
        let request = Request::post("/");
        let request =
            content_type.into_iter().fold(request, |request, kind| request.header(header::CONTENT_TYPE, kind));
        let request = request.body(Body::from(body.to_owned())).unwrap();
        match Json::<Value>::from_request(request, &()).await {
            Ok(_) => 200,
            Err(failure) => failure.into_response().status().as_u16(),
        }
    }

    #[tokio::test]
    async fn a_body_must_be_json_by_content_type_and_by_syntax() {
        for kind in ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"] {
            assert_eq!(status(Some(kind), "{}").await, 200, "{kind}");
        }
        for kind in [None, Some("text/plain"), Some("application/jsonp"), Some("text/x+json")] {
            assert_eq!(status(kind, "{}").await, 415, "{kind:?}");
        }
        for body in ["", "{", "\u{0}", "{\"id\":\"lobby\"", &"[".repeat(200)] {
            assert_eq!(status(Some("application/json"), body).await, 400, "{body}");
        }
        assert_eq!(status(Some("application/json"), "{\"value\": 18446744073709551616}").await, 422);
    }
}
