//! The error responses that many routes share, for the API's description.

use protocol::envelope::Refusal;
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::{IntoResponses, PartialSchema, ToSchema};

/// What every address may answer that asks who is there and takes something.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "it is there for the description alone")]
pub(crate) enum Refusals {
    /// A value breaks a constraint
    #[response(status = 400)]
    Malformed(Refusal),
    /// Nobody knows who asks, or their sign-in has ended
    #[response(status = 401)]
    Unauthenticated(Refusal),
    /// It is known who asks, and it is not theirs
    #[response(status = 403)]
    Forbidden(Refusal),
    /// There is no such thing
    #[response(status = 404)]
    NotFound(Refusal),
    /// Somebody else was quicker
    #[response(status = 409)]
    Conflict(Refusal),
    /// Larger than this address takes
    #[response(status = 413)]
    TooLarge(Refusal),
    /// Not JSON by its content type
    #[response(status = 415)]
    OtherMedia(Refusal),
    /// A rule does not allow it as things are: a closed room, a late answer
    #[response(status = 422)]
    RuleViolation(Refusal),
    /// The data or the issuer cannot be reached just now
    #[response(status = 503)]
    Unavailable(Refusal),
}

/// What any address may answer, before what is asked for is looked at.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "it is there for the description alone")]
enum Anywhere {
    /// A token and a key at once, or a value breaks a constraint
    #[response(status = 400)]
    Malformed(Refusal),
    /// The token or the key that was shown is not valid, or no longer
    #[response(status = 401)]
    Unauthenticated(Refusal),
    /// Not asked at the site's own address
    #[response(status = 403)]
    Forbidden(Refusal),
    /// Too much at once; `Retry-After` says in how many seconds to come again
    #[response(status = 429)]
    TooManyRequests(Refusal),
    /// The data or the issuer cannot be reached just now
    #[response(status = 503)]
    Unavailable(Refusal),
}

/// Adds to each operation what any may answer, unless it says so itself.
pub(crate) fn describe(document: &mut OpenApi) {
    let schemas = &mut document.components.get_or_insert_default().schemas;
    schemas.entry(Refusal::name().into_owned()).or_insert_with(Refusal::schema);
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        for (status, response) in Anywhere::responses() {
            operation.responses.responses.entry(status).or_insert(response);
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [get, put, post, delete, patch].into_iter().flatten()
}
