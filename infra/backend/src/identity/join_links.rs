//! The tokens of links that lead into a room, as its QR code has them. Never decides who comes in.
//!
//! A token is an HMAC-SHA-256 (RFC 2104) over the room's id and join code with the secret that signs guests' tokens. So it needs no storage,
//! tells nothing of the code, and ends when the code or the secret does. It is cut to 132 bits, so that the QR code is readable from afar.

use domain::room::{JoinLink, LINK_LENGTH, Room};
use jsonwebtoken::Algorithm;
use jsonwebtoken::crypto;
use subtle::ConstantTimeEq;

use super::{TokenError, guests};
use crate::App;

/// The token of the link to this room.
///
/// # Errors
/// The database fails, or there is no randomness for the secret.
pub async fn sign(app: &App, room: &Room) -> Result<JoinLink, TokenError> {
    let text = token(app, room).await?;
    text.parse().map_err(|_| TokenError::Unsigned(jsonwebtoken::errors::ErrorKind::InvalidSignature.into()))
}

/// Whether a token is that of the link to this room.
///
/// # Errors
/// The database fails, or there is no randomness for the secret.
pub async fn verify(app: &App, room: &Room, link: &JoinLink) -> Result<bool, TokenError> {
    let token = token(app, room).await?;
    Ok(bool::from(token.as_bytes().ct_eq(link.as_str().as_bytes())))
}

async fn token(app: &App, room: &Room) -> Result<String, TokenError> {
    let secret = guests::secret(app).await?;
    let code = room.code.as_ref().map_or("", |code| code.as_str());
    // No guest's token is signed over a text with spaces.
    let message = format!("link to room {} with code {code}", room.id);
    let mut token =
        crypto::sign(message.as_bytes(), &secret.encoding, Algorithm::HS256).map_err(TokenError::Unsigned)?;
    // Base64url has one byte a character.
    token.truncate(LINK_LENGTH);
    Ok(token)
}
