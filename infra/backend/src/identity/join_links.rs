//! The tokens in links to a room, as in its QR code.
//!
//! A token is an HMAC-SHA-256 (RFC 2104) over the room's id and join code with a key that signs guests' tokens. So it needs no storage,
//! does not reveal the code, and ends with the code or the key. It has 132 bits, so that the QR code can be read from far away.

use std::time::Duration;

use domain::room::{JoinLink, LINK_LENGTH, Room};
use subtle::ConstantTimeEq;

use crate::App;
use crate::cached::{REFRESH_INTERVAL, RETRY_INTERVAL};
use crate::identity::{TokenError, guests};

/// The token of the link to this room.
///
/// # Errors
/// The database fails, or there are no random numbers for the secret.
pub async fn sign(app: &App, room: &Room) -> Result<JoinLink, TokenError> {
    let newest = tokens(app, room, REFRESH_INTERVAL).await?.into_iter().next();
    let link = newest.and_then(|token| token.parse().ok());
    link.ok_or_else(|| TokenError::Unsigned(jsonwebtoken::errors::ErrorKind::InvalidSignature.into()))
}

/// Whether a token is that of the link to this room, with any valid key.
///
/// # Errors
/// The database fails, or there are no random numbers for the secret.
pub async fn verify(app: &App, room: &Room, link: &JoinLink) -> Result<bool, TokenError> {
    let contains_link =
        |tokens: Vec<String>| tokens.iter().any(|token| bool::from(token.as_bytes().ct_eq(link.as_str().as_bytes())));
    // The key may be newer than the cached ones.
    Ok(contains_link(tokens(app, room, REFRESH_INTERVAL).await?)
        || contains_link(tokens(app, room, RETRY_INTERVAL).await?))
}

/// The tokens with each valid key, the newest first.
async fn tokens(app: &App, room: &Room, max_age: Duration) -> Result<Vec<String>, TokenError> {
    let code = room.code.as_ref().map_or("", |code| code.as_str());
    // The signed part of a guest token has no spaces, so it never equals this text.
    let message = format!("link to room {} with code {code}", room.id);
    let mut tokens = guests::signatures(app, &message, max_age).await?;
    // Base64url has one byte per character.
    tokens.iter_mut().for_each(|token| token.truncate(LINK_LENGTH));
    Ok(tokens)
}
