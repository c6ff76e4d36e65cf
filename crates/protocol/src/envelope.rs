//! The envelope of every HTTP response, as PingPongfy defined it: `{"data": …, "errors": []}`. Internal errors stay in the log.

use serde::{Deserialize, Serialize};

use domain::validation::Violation;

/// The body of every response. An error response has empty data and at least one error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Envelope<T> {
    /// The data; `null` if there is none.
    pub data: T,
    /// The errors; empty if there is none.
    pub errors: Vec<ApiError>,
}

impl<T> Envelope<T> {
    /// A response without errors.
    pub const fn new(data: T) -> Self {
        Self { data, errors: Vec::new() }
    }
}

/// The body of an error response: an envelope without data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Refusal))]
pub struct ErrorBody {
    /// Always empty.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>, max_items = 0))]
    pub data: [(); 0],
    /// The errors; at least one.
    #[cfg_attr(feature = "openapi", schema(min_items = 1))]
    pub errors: Vec<ApiError>,
}

impl From<ApiError> for ErrorBody {
    fn from(error: ApiError) -> Self {
        Self { data: [], errors: vec![error] }
    }
}

/// The kind of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorCode {
    /// 400: a value does not have the form that the description gives, or the body is no JSON object.
    ValidationError,
    /// 401: the caller is not authenticated.
    Unauthenticated,
    /// 403: the caller is authenticated, but not authorized.
    Forbidden,
    /// 404: there is no such thing.
    ResourceNotFound,
    /// 405: the path exists, but not for this method.
    MethodNotAllowed,
    /// 409: the resource was changed concurrently.
    Conflict,
    /// 409: the name is taken.
    AlreadyExists,
    /// 413: the body is over its limit.
    PayloadTooLarge,
    /// 422: a rule does not allow it in the current state: a closed room, a late answer, two values that conflict.
    RuleViolation,
    /// 415: the body is not JSON by its content type.
    UnsupportedMediaType,
    /// 429: too many requests; `Retry-After` says when to try again.
    TooManyRequests,
    /// 500: a fault of the server; the request id finds it in the log.
    InternalError,
    /// 503: the database is out of reach or throttles; try again.
    Unavailable,
}

impl ErrorCode {
    /// The HTTP status (RFC 9110, section 15).
    pub const fn status(self) -> u16 {
        match self {
            Self::ValidationError => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::ResourceNotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::Conflict | Self::AlreadyExists => 409,
            Self::PayloadTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::RuleViolation => 422,
            Self::TooManyRequests => 429,
            Self::InternalError => 500,
            Self::Unavailable => 503,
        }
    }
}

/// One error of a response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ApiError {
    /// The kind of the error.
    pub code: ErrorCode,
    /// A sentence for a person: what is wrong and what to do.
    pub message: String,
    /// The invalid values, if any.
    #[serde(default)]
    pub validation_errors: Vec<Violation>,
}

impl ApiError {
    /// An error without invalid values.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), validation_errors: Vec::new() }
    }

    /// An error about invalid values; the message joins theirs. The code is that of a rule only if all values have their form.
    pub fn invalid(violations: Vec<Violation>) -> Self {
        let sentences: Vec<String> = violations.iter().map(Violation::message).collect();
        let is_rule = !violations.is_empty() && violations.iter().all(|violation| violation.is_rule);
        let code = if is_rule { ErrorCode::RuleViolation } else { ErrorCode::ValidationError };
        Self { code, message: sentences.join(" "), validation_errors: violations }
    }
}

impl From<Violation> for ApiError {
    fn from(violation: Violation) -> Self {
        Self::invalid(vec![violation])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_and_errors_have_the_envelope_of_pingpongfy() {
        insta::assert_json_snapshot!(Envelope::new(true), @r#"
        {
          "data": true,
          "errors": []
        }
        "#);
        let violation = Violation::new("id", "1", "length", "An id has 3 to 64 characters; this one has 1.");
        insta::assert_json_snapshot!(ErrorBody::from(ApiError::from(violation)), @r#"
        {
          "data": [],
          "errors": [
            {
              "code": "VALIDATION_ERROR",
              "message": "An id has 3 to 64 characters; this one has 1.",
              "validationErrors": [
                {
                  "property": "id",
                  "value": "1",
                  "constraints": {
                    "length": "An id has 3 to 64 characters; this one has 1."
                  }
                }
              ]
            }
          ]
        }
        "#);
    }
}
