//! The identity behind a token: a member by a token of the issuer, a guest by one of this server. Tokens are never logged.
//!
//! A token's header does not decide how it is verified (RFC 8725, section 2.1). The issuer claim selects the verifier, and each key of a
//! verifier allows one algorithm. So a guest's token is HS256 with this server's secret, and a member's is RS256 or ES256 with a key that the
//! issuer publishes.
//!
//! - `members`: the claims of a member's access token
//! - [`guests`]: tokens of guests
//! - [`join_links`]: tokens in links to rooms
//! - `keys`: the issuer's keys, fetched when they are needed
//! - `profiles`: display names from the issuer
//! - `fetch`: one bounded response of the issuer
//! - `sign_outs`: members who have signed out everywhere, and when
//! - `visitors`: browsers without sign-in

pub(crate) mod api;
pub(crate) mod claims;
pub(crate) mod fetch;
pub mod guests;
pub mod join_links;
pub(crate) mod keys;
pub(crate) mod members;
pub(crate) mod prefixes;
mod profiles;
pub mod sign_out_service;
pub(crate) mod sign_out_store;
pub(crate) mod sign_outs;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub(crate) mod visitors;

use domain::person::Person;
use domain::time::Timestamp;
use protocol::envelope::{ApiError, ErrorCode};

use crate::App;
use crate::cached::Cached;
use crate::command::CommandError;
use crate::db::StorageError;

/// Caches between requests. Clones of the [`App`] share them.
#[derive(Default)]
pub(crate) struct Identity {
    keys: keys::Keys,
    profiles: profiles::Profiles,
    guests: Cached<guests::KeyRing>,
    /// The secret with which Slack signs its requests, if it is set.
    pub(crate) slack: Cached<Option<String>>,
    sign_outs: sign_outs::SignOuts,
}

/// The identity in a verified token, and its times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    /// The member or guest.
    pub person: Person,
    /// When the person signed in (`auth_time`), or else when the token was issued (`iat`), in whole seconds.
    pub since: Option<Timestamp>,
    /// When the token expires.
    pub expires: Timestamp,
}

/// Why a token is rejected. For the log only: the response says only that the sign-in has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRejection {
    /// Not a JSON Web Token, or one with parts that this server does not support.
    #[error("it is not a supported JSON Web Token")]
    Malformed,
    /// From an issuer that is not trusted.
    #[error("it is from another issuer")]
    Issuer,
    /// Neither the issuer nor this server has a key of this name.
    #[error("it is signed with a key that the issuer does not publish, and this server has no such key")]
    Key,
    /// Its header names another algorithm than that of its key.
    #[error("its algorithm is not that of its key")]
    Algorithm,
    /// The signature is wrong: the token was changed or forged.
    #[error("its signature is wrong")]
    Signature,
    /// Its time is over.
    #[error("it has expired")]
    Expired,
    /// It is not valid yet.
    #[error("it is not valid yet")]
    Early,
    /// An ID token, or a token of another kind, which does not authorize requests to this API.
    #[error("it is not an access token")]
    NoAccess,
    /// It is for another application.
    #[error("it is for another audience")]
    Audience,
    /// Its subject is missing or cannot be used as an id.
    #[error("its subject cannot be used")]
    Subject,
    /// The person has signed out everywhere since it was issued.
    #[error("its person has signed out everywhere since then")]
    SignedOut,
}

/// Why a token could not be verified or created.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The token is rejected.
    #[error("a token is rejected: {0}")]
    Rejected(#[from] TokenRejection),
    /// The issuer's keys are not available at the moment.
    #[error("the issuer is not available")]
    IssuerUnavailable,
    /// The data could not be read or written.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The system has no random numbers.
    #[error("no randomness: {0}")]
    Randomness(#[from] getrandom::Error),
    /// A token could not be created; a bug.
    #[error("a token cannot be created: {0}")]
    Unsigned(jsonwebtoken::errors::Error),
}

impl From<TokenError> for CommandError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Rejected(_) => {
                Self::Rejected(ApiError::new(ErrorCode::Unauthenticated, "Your sign-in has ended. Sign in again."))
            }
            TokenError::IssuerUnavailable => {
                let message = "The sign-in service cannot be reached just now. Try again in a moment.";
                Self::Rejected(ApiError::new(ErrorCode::Unavailable, message))
            }
            TokenError::Storage(error) => Self::Storage(error),
            TokenError::Randomness(error) => Self::Randomness(error),
            TokenError::Unsigned(error) => {
                tracing::error!(%error, "a token cannot be created");
                Self::Rejected(ApiError::new(ErrorCode::InternalError, "Something went wrong here. Try again."))
            }
        }
    }
}

/// The identity in a token, if the token is valid and its person has not signed out everywhere since it was issued.
///
/// # Errors
/// The token is rejected; or the issuer or the database is not available.
pub async fn verify(app: &App, token: &str) -> Result<Identified, TokenError> {
    let issuer = claims::unverified_issuer(token).ok_or(TokenRejection::Malformed)?;
    let identified = if issuer == guests::ISSUER {
        guests::verify(app, token).await?
    } else if app.config().issuer.as_deref() == Some(issuer.as_str()) {
        members::verify(app, token).await?
    } else {
        return Err(TokenRejection::Issuer.into());
    };
    if sign_outs::is_session_ended(app, &identified).await? {
        Err(TokenRejection::SignedOut.into())
    } else {
        Ok(identified)
    }
}
