//! The error responses that many routes share, for the API's description.

use protocol::envelope::ErrorBody;
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::{IntoResponses, PartialSchema, ToSchema};

/// The errors of a route that requires an identity and takes input.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "it is only for the API's description")]
pub(crate) enum ErrorResponses {
    /// A value breaks a constraint
    #[response(status = 400)]
    Malformed(ErrorBody),
    /// The caller is not identified, or the sign-in has ended
    #[response(status = 401)]
    Unauthenticated(ErrorBody),
    /// The caller is identified but not authorized
    #[response(status = 403)]
    Forbidden(ErrorBody),
    /// The resource does not exist
    #[response(status = 404)]
    NotFound(ErrorBody),
    /// The resource was changed concurrently
    #[response(status = 409)]
    Conflict(ErrorBody),
    /// The body is too large for this route
    #[response(status = 413)]
    TooLarge(ErrorBody),
    /// The content type is not JSON
    #[response(status = 415)]
    OtherMedia(ErrorBody),
    /// A rule does not allow this in the current state: a closed room, a late answer
    #[response(status = 422)]
    RuleViolation(ErrorBody),
    /// The database or the issuer is not available at the moment
    #[response(status = 503)]
    Unavailable(ErrorBody),
}

/// The errors of any route, before the request itself is handled.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "it is only for the API's description")]
enum CommonErrors {
    /// The request has both a token and a key, or a value breaks a constraint
    #[response(status = 400)]
    Malformed(ErrorBody),
    /// The token or the key is not valid, or not any more
    #[response(status = 401)]
    Unauthenticated(ErrorBody),
    /// The request was not sent to the site's own address
    #[response(status = 403)]
    Forbidden(ErrorBody),
    /// The rate limit is exceeded; `Retry-After` has the number of seconds to wait
    #[response(status = 429)]
    TooManyRequests(ErrorBody),
    /// The database or the issuer is not available at the moment
    #[response(status = 503)]
    Unavailable(ErrorBody),
}

/// Adds these errors to each operation, unless the operation declares them itself.
pub(crate) fn describe(document: &mut OpenApi) {
    let schemas = &mut document.components.get_or_insert_default().schemas;
    schemas.entry(ErrorBody::name().into_owned()).or_insert_with(ErrorBody::schema);
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        for (status, response) in CommonErrors::responses() {
            operation.responses.responses.entry(status).or_insert(response);
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [get, put, post, delete, patch].into_iter().flatten()
}
