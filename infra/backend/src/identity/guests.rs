//! Guests' tokens: signed by us, for us, and for one room. Never decides who may become a guest.
//!
//! The secret is made at the first need and kept in the table, so that all functions have the same one.

use std::time::Duration;

use domain::person::Guest;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde::Serialize;

use super::claims::Claims;
use super::{Flaw, TokenError};
use crate::App;
use crate::commands::secrets;
use crate::storage::{StorageError, keys};

/// Whom a guest's token is from. No issuer is called so: an issuer's name is an address.
pub(super) const ISSUER: &str = "rally";

/// Whom it is for.
const AUDIENCE: &str = "rally-guest";

/// What a guest's id begins with.
pub(super) const ID_PREFIX: &str = domain::person::GUEST_PREFIX;

/// So long a guest stays one.
const GOOD_FOR: Duration = keys::GUEST_KEPT;

/// What signs, and what verifies.
pub(super) struct Secret {
    pub(super) encoding: EncodingKey,
    decoding: DecodingKey,
}

impl From<&str> for Secret {
    fn from(secret: &str) -> Self {
        let secret = secret.as_bytes();
        Self { encoding: EncodingKey::from_secret(secret), decoding: DecodingKey::from_secret(secret) }
    }
}

#[derive(Serialize)]
struct Said<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    name: &'a str,
    room: &'a str,
    iat: i64,
    exp: i64,
}

/// A token for this guest, good for a week.
///
/// # Errors
/// The database fails, or there is no randomness for the secret.
pub async fn sign(app: &App, guest: &Guest) -> Result<String, TokenError> {
    let now = app.now();
    let said = Said {
        iss: ISSUER,
        aud: AUDIENCE,
        sub: guest.id.as_str(),
        name: guest.name.as_str(),
        room: guest.room.as_str(),
        iat: now.seconds(),
        exp: now.plus(GOOD_FOR).seconds(),
    };
    let secret = secret(app).await?;
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &said, &secret.encoding).map_err(TokenError::Unsigned)
}

/// The guest who shows this token, which says that it is ours.
pub(super) async fn verify(app: &App, token: &str) -> Result<Guest, TokenError> {
    let secret = secret(app).await?;
    let claims = Claims::verified(token, &secret.decoding, Algorithm::HS256)?;
    if claims.text("iss") != Some(ISSUER) {
        return Err(Flaw::Issuer.into());
    }
    claims.check_time(app.now())?;
    if !claims.holds("aud", AUDIENCE) {
        return Err(Flaw::Audience.into());
    }
    guest(&claims).ok_or_else(|| Flaw::Subject.into())
}

fn guest(claims: &Claims) -> Option<Guest> {
    let text = |name| claims.text(name);
    Some(Guest { id: text("sub")?.parse().ok()?, name: text("name")?.parse().ok()?, room: text("room")?.parse().ok()? })
}

pub(super) async fn secret(app: &App) -> Result<&Secret, TokenError> {
    let made = app.identity().guests.get_or_try_init(async || {
        let secret = match app.storage().secret(keys::GUESTS).await? {
            Some(secret) => secret,
            None => make(app).await?,
        };
        Ok(Secret::from(secret.as_str()))
    });
    made.await
}

async fn make(app: &App) -> Result<String, TokenError> {
    let made = secrets::random::<32>()?;
    match app.storage().save_secret(keys::GUESTS, &made).await {
        Ok(()) => Ok(made),
        // Somebody else made one at the same moment: theirs is everybody's.
        Err(StorageError::Changed) => app.storage().secret(keys::GUESTS).await?.ok_or(StorageError::Changed.into()),
        Err(error) => Err(error.into()),
    }
}
