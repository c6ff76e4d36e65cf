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

use domain::person::Person;
use domain::time::Timestamp;
use protocol::envelope::{ApiError, ErrorCode};

use crate::App;
use crate::command::CommandError;
use crate::db::StorageError;
use crate::remembered::Remembered;

/// What is remembered between two tokens. Cloned with the [`App`], it is the same one.
#[derive(Default)]
pub(crate) struct Identity {
    keys: keys::Keys,
    profiles: profiles::Profiles,
    guests: Remembered<guests::KeyRing>,
    /// The secret with which Slack signs its requests, if it is known.
    pub(crate) slack: Remembered<Option<String>>,
    sign_outs: sign_outs::SignOuts,
}

/// Who has shown a token, and how long it says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    /// Who.
    pub person: Person,
    /// When they signed in (`auth_time`), or else when the token was issued (`iat`); in whole seconds.
    pub since: Option<Timestamp>,
    /// When the token expires.
    pub expires: Timestamp,
}

/// Why a token is not believed. For the log: who sent it is told that their sign-in has ended, and no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// Not a JSON Web Token, or one with parts that are not understood.
    #[error("it is no JSON Web Token that is understood here")]
    Malformed,
    /// From somebody whom nobody here trusts.
    #[error("it is from another issuer")]
    Issuer,
    /// No key of that name is the issuer's, or ours.
    #[error("it is signed with a key that the issuer does not publish, or that is ours no more")]
    Key,
    /// Its header names another algorithm than its key has.
    #[error("its algorithm is not its key's")]
    Algorithm,
    /// Somebody changed it, or made it up.
    #[error("its signature is wrong")]
    Signature,
    /// Its time is over.
    #[error("it has expired")]
    Expired,
    /// Its time has not come.
    #[error("it is not valid yet")]
    Early,
    /// It tells who somebody is, and is not for us to act on.
    #[error("it is an ID token or one of another kind, and no access token")]
    NoAccess,
    /// It is for another application.
    #[error("it is for another audience")]
    Audience,
    /// It does not say for whom it stands, or in a way that nobody can be called.
    #[error("its subject cannot be used")]
    Subject,
    /// Its person has signed out everywhere since it was issued.
    #[error("its person has signed out everywhere since")]
    SignedOut,
}

/// Why nobody can say who somebody is.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The token is refused.
    #[error("a token is refused: {0}")]
    Refused(#[from] Flaw),
    /// The issuer's keys cannot be had just now.
    #[error("the issuer is out of reach")]
    OutOfReach,
    /// The data could not be read or written.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The system has no randomness to give.
    #[error("no randomness: {0}")]
    Randomness(#[from] getrandom::Error),
    /// A token could not be made; a fault of this code.
    #[error("a token cannot be made: {0}")]
    Unsigned(jsonwebtoken::errors::Error),
}

impl From<TokenError> for CommandError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Refused(_) => {
                Self::Refused(ApiError::new(ErrorCode::Unauthenticated, "Your sign-in has ended. Sign in again."))
            }
            TokenError::OutOfReach => {
                let message = "The sign-in service cannot be reached just now. Try again in a moment.";
                Self::Refused(ApiError::new(ErrorCode::Unavailable, message))
            }
            TokenError::Storage(error) => Self::Storage(error),
            TokenError::Randomness(error) => Self::Randomness(error),
            TokenError::Unsigned(error) => {
                tracing::error!(%error, "a token cannot be made");
                Self::Refused(ApiError::new(ErrorCode::InternalError, "Something went wrong here. Try again."))
            }
        }
    }
}

/// Who shows this token, if it is good and they have not signed out everywhere since it was issued.
///
/// # Errors
/// It is refused; or the issuer or the database is out of reach.
pub async fn verify(app: &App, token: &str) -> Result<Identified, TokenError> {
    let said = claims::unverified_issuer(token).ok_or(Flaw::Malformed)?;
    let identified = if said == guests::ISSUER {
        guests::verify(app, token).await?
    } else if app.config().issuer.as_deref() == Some(said.as_str()) {
        members::verify(app, token).await?
    } else {
        return Err(Flaw::Issuer.into());
    };
    if sign_outs::is_over(app, &identified).await? { Err(Flaw::SignedOut.into()) } else { Ok(identified) }
}
