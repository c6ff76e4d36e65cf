//! The error responses that many routes share, for the API's description.

use protocol::envelope::Refusal;

/// What every address may answer that asks who is there and takes something.
#[derive(utoipa::IntoResponses)]
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
