//! Guests' tokens: signed by this server, for this server, and for one room.
//!
//! The key is created when it is first needed and stored encrypted in the table, so all functions have the same one. A token names its key.
//! After a rotation the new key signs, and the old one verifies until its last token has expired.

use std::time::Duration;

use domain::person::{Guest, Person};
use domain::time::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, crypto};
use serde::{Deserialize, Serialize};

use crate::App;
use crate::cached::{REFRESH_INTERVAL, RETRY_INTERVAL};
use crate::db::{StorageError, keys};
use crate::identity::claims::{self, Claims};
use crate::identity::{Identified, TokenError, TokenRejection};
use crate::secrets;

/// The issuer of guests' tokens. It cannot be the name of an OpenID Connect issuer, which is a URL.
pub(crate) const ISSUER: &str = "rally";

/// The audience of guests' tokens.
const AUDIENCE: &str = "rally-guest";

/// The prefix of a guest's id.
pub(crate) const ID_PREFIX: &str = domain::person::GUEST_PREFIX;

/// How long a guest's token is valid.
const TOKEN_LIFETIME: Duration = keys::GUEST_KEPT;

/// How long functions may still sign with the previous key after a rotation: they read the keys again every 5 minutes.
const ROTATION_OVERLAP: Duration = Duration::from_secs(3_600);

/// The number of attempts to write the keys when concurrent writes conflict.
const WRITE_ATTEMPTS: usize = 3;

/// The name of the key that signed before tokens named their keys.
const DEFAULT_KEY_ID: &str = "0";

/// The stored keys.
#[derive(Serialize, Deserialize)]
struct StoredKeyRing {
    /// The oldest first; the last one signs.
    keys: Vec<StoredKey>,
}

#[derive(Clone, Serialize, Deserialize)]
struct StoredKey {
    id: String,
    /// 256 random bits in base64url.
    secret: String,
    /// When its last token expires, in epoch seconds; `None` if it still signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<i64>,
}

impl StoredKeyRing {
    /// Parses the stored keys. Before tokens named their keys, the stored text was the only key itself.
    fn parse(text: &str) -> Option<Self> {
        if text.starts_with('{') {
            return serde_json::from_str(text).ok().filter(|ring: &Self| !ring.keys.is_empty());
        }
        Some(Self { keys: vec![StoredKey { id: DEFAULT_KEY_ID.to_owned(), secret: text.to_owned(), until: None }] })
    }

    /// The keys with another one, which signs from now on.
    fn rotated(self, id: String, secret: String, now: Timestamp) -> Self {
        let until = now.plus(TOKEN_LIFETIME + ROTATION_OVERLAP).seconds();
        let retired = self.keys.into_iter().map(|key| StoredKey { until: key.until.or(Some(until)), ..key });
        let mut keys: Vec<StoredKey> = retired.filter(|key| key.until > Some(now.seconds())).collect();
        keys.push(StoredKey { id, secret, until: None });
        Self { keys }
    }
}

/// The keys that sign and verify guests' tokens.
pub(crate) struct KeyRing(Vec<Key>);

struct Key {
    id: String,
    encoding: EncodingKey,
    decoding: DecodingKey,
    until: Option<i64>,
}

impl From<StoredKeyRing> for KeyRing {
    fn from(ring: StoredKeyRing) -> Self {
        let key = |key: StoredKey| Key {
            encoding: EncodingKey::from_secret(key.secret.as_bytes()),
            decoding: DecodingKey::from_secret(key.secret.as_bytes()),
            id: key.id,
            until: key.until,
        };
        Self(ring.keys.into_iter().map(key).collect())
    }
}

impl KeyRing {
    /// The key of this name, if it is still valid.
    fn key(&self, id: &str, now: Timestamp) -> Option<&Key> {
        self.0.iter().find(|key| key.id == id && key.until.is_none_or(|until| now.seconds() < until))
    }

    /// One key, for tokens without a key id.
    #[cfg(test)]
    pub(crate) fn of(secret: &str) -> Self {
        Self(StoredKeyRing::parse(secret).into_iter().flat_map(|ring| Self::from(ring).0).collect())
    }
}

#[derive(Serialize)]
struct GuestClaims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    name: &'a str,
    room: &'a str,
    iat: i64,
    exp: i64,
}

/// A token for this guest, valid for a week.
///
/// # Errors
/// The database fails, or there are no random numbers for the secret.
pub async fn sign(app: &App, guest: &Guest) -> Result<String, TokenError> {
    let now = app.now();
    let claims = GuestClaims {
        iss: ISSUER,
        aud: AUDIENCE,
        sub: guest.id.as_str(),
        name: guest.name.as_str(),
        room: guest.room.as_str(),
        iat: now.seconds(),
        exp: now.plus(TOKEN_LIFETIME).seconds(),
    };
    let ring = ring(app, REFRESH_INTERVAL).await?;
    let key = ring.0.last().ok_or(StorageError::Changed)?;
    let header = Header { kid: Some(key.id.clone()), ..Header::new(Algorithm::HS256) };
    jsonwebtoken::encode(&header, &claims, &key.encoding).map_err(TokenError::Unsigned)
}

/// The guest of a token that names this server as its issuer.
pub(crate) async fn verify(app: &App, token: &str) -> Result<Identified, TokenError> {
    let header = claims::unverified_header(token)?;
    if header.alg != Algorithm::HS256 {
        return Err(TokenRejection::Algorithm.into());
    }
    let id = header.kid.as_deref().unwrap_or(DEFAULT_KEY_ID);
    let mut ring = ring(app, REFRESH_INTERVAL).await?;
    if ring.key(id, app.now()).is_none() {
        // The key may be newer than the cached ones.
        ring = self::ring(app, RETRY_INTERVAL).await?;
    }
    let key = ring.key(id, app.now()).ok_or(TokenRejection::Key)?;
    let claims = Claims::verified(token, &key.decoding, Algorithm::HS256)?;
    if claims.text("iss") != Some(ISSUER) {
        return Err(TokenRejection::Issuer.into());
    }
    let (expires, since) = (claims.check_time(app.now())?, claims.since()?);
    if !claims.contains("aud", AUDIENCE) {
        return Err(TokenRejection::Audience.into());
    }
    let person = Person::Guest(guest(&claims).ok_or(TokenRejection::Subject)?);
    Ok(Identified { person, since, expires })
}

fn guest(claims: &Claims) -> Option<Guest> {
    let text = |name| claims.text(name);
    Some(Guest { id: text("sub")?.parse().ok()?, name: text("name")?.parse().ok()?, room: text("room")?.parse().ok()? })
}

/// The HMAC-SHA-256 of a message with each valid key, the newest first, in base64url. `max_age` is the greatest age of the cached keys.
pub(crate) async fn signatures(app: &App, message: &str, max_age: Duration) -> Result<Vec<String>, TokenError> {
    let (ring, now) = (ring(app, max_age).await?, app.now().seconds());
    let valid = ring.0.iter().rev().filter(|key| key.until.is_none_or(|until| now < until));
    let sign = |key: &Key| crypto::sign(message.as_bytes(), &key.encoding, Algorithm::HS256);
    valid.map(sign).collect::<Result<_, _>>().map_err(TokenError::Unsigned)
}

async fn ring(app: &App, max_age: Duration) -> Result<std::sync::Arc<KeyRing>, TokenError> {
    app.identity().guests.get(app.now(), max_age, read(app)).await
}

/// Reads the keys. Creates the first one, or the next one if a rotation was requested.
async fn read(app: &App) -> Result<KeyRing, TokenError> {
    for _ in 0..WRITE_ATTEMPTS {
        let stored = app.storage().secret(keys::GUESTS).await?;
        let stored_ring = match &stored {
            None => StoredKeyRing { keys: Vec::new() },
            Some(stored) => StoredKeyRing::parse(&stored.text).ok_or_else(|| StorageError::Sealed {
                name: keys::GUESTS.to_owned(),
                why: "it is not a list of keys".to_owned(),
            })?,
        };
        if stored.as_ref().is_some_and(|stored| !stored.rotate) {
            return Ok(stored_ring.into());
        }
        let ring = stored_ring.rotated(secrets::random::<6>()?, secrets::random::<32>()?, app.now());
        let text = serde_json::to_string(&ring).unwrap_or_default();
        match app.storage().save_secret(keys::GUESTS, &text, stored.as_ref()).await {
            Ok(()) => return Ok(ring.into()),
            // Another function has written the keys concurrently: all functions use those.
            Err(StorageError::Changed) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StorageError::Changed.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: u64) -> Timestamp {
        Timestamp::default().plus(Duration::from_secs(hours * 3_600))
    }

    #[test]
    fn a_retired_key_is_valid_until_its_last_token_expires() {
        let first = StoredKeyRing::parse("the key itself, as it was stored").unwrap();
        let ring = first.rotated("b".to_owned(), "second".to_owned(), at(0));
        let week = 7 * 24;
        let verifies = |ring: &KeyRing, id: &str, hours: u64| ring.key(id, at(hours)).is_some();
        let stored: StoredKeyRing = StoredKeyRing::parse(&serde_json::to_string(&ring).unwrap()).unwrap();
        let keys = KeyRing::from(stored);
        assert_eq!(keys.0.last().unwrap().id, "b", "the newest signs");
        assert!(
            verifies(&keys, DEFAULT_KEY_ID, week)
                && !verifies(&keys, DEFAULT_KEY_ID, week + 1)
                && verifies(&keys, "b", week * 9)
        );
        let next = KeyRing::from(ring.rotated("c".to_owned(), "third".to_owned(), at(week + 1)));
        assert_eq!(
            next.0.iter().map(|key| key.id.as_str()).collect::<Vec<_>>(),
            ["b", "c"],
            "an expired key is removed"
        );
    }

    #[test]
    fn an_invalid_list_of_keys_is_none() {
        for text in ["{}", r#"{"keys":[]}"#, r#"{"keys":[{"id":"a"}]}"#] {
            assert!(StoredKeyRing::parse(text).is_none(), "{text}");
        }
    }
}
