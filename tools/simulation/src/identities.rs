//! The people of this simulation, and their tokens: signed with a key that the server has, so that no issuer must be reached.

use anyhow::{Context, Result};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::confidentiality::Identity;

/// The issuer of the tokens.
pub(crate) const ISSUER: &str = "https://issuer.example";

/// The site's client id at the issuer.
pub(crate) const CLIENT: &str = "rally";

const KEY_NAME: &str = "one";

/// A person who may return: their identity and token.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) identity: Identity,
    pub(crate) token: Option<String>,
}

impl Person {
    /// Anonymous.
    pub(crate) const fn visitor() -> Self {
        Self { identity: Identity::Visitor, token: None }
    }

    /// Their id.
    pub(crate) fn id(&self) -> Option<&str> {
        match &self.identity {
            Identity::Visitor => None,
            Identity::Member { id, .. } | Identity::Guest { id, .. } => Some(id),
        }
    }
}

/// The issuer: its one key.
pub(crate) struct Issuer(EncodingKey);

impl Issuer {
    pub(crate) fn new() -> Self {
        // PrivateKeyInfo (RFC 5208) around ECPrivateKey (RFC 5915) of the curve P-256, up to the 32 bytes of the key itself.
        let algorithm = [0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
        let curve = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
        let head = [0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13];
        let key = [0x04, 0x27, 0x30, 0x25, 0x02, 0x01, 0x01, 0x04, 0x20];
        let der = [&head[..], &algorithm, &curve, &key, &[7; 32]].concat();
        Self(EncodingKey::from_ec_der(&der))
    }

    /// Its published keys.
    pub(crate) fn keys(&self) -> Result<Value> {
        let mut key = serde_json::to_value(Jwk::from_encoding_key(&self.0, Algorithm::ES256)?)?;
        key["kid"] = json!(KEY_NAME);
        Ok(json!({ "keys": [key] }))
    }

    /// A member of the group `staff`, or of none.
    pub(crate) fn member(&self, id: &str, is_staff: bool) -> Result<Person> {
        let groups: &[&str] = if is_staff { &["staff"] } else { &[] };
        // Valid for longer than any simulation lasts.
        let claims = json!({
            "iss": ISSUER, "aud": CLIENT, "client_id": CLIENT, "sub": id, "name": id, "groups": groups, "exp": 4_000_000_000_u64,
        });
        let header = Header { kid: Some(KEY_NAME.to_owned()), ..Header::new(Algorithm::ES256) };
        let token = jsonwebtoken::encode(&header, &claims, &self.0).context("A token cannot be signed")?;
        Ok(Person { identity: Identity::Member { id: id.to_owned(), is_staff }, token: Some(token) })
    }
}
