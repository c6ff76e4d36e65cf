//! The claims of a signed token.

use std::time::Duration;

use domain::time::Timestamp;
use jsonwebtoken::dangerous::insecure_decode_claims;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
use serde_json::{Map, Value};

use crate::identity::TokenRejection;

/// The tolerated difference between two clocks.
const LEEWAY: Duration = Duration::from_secs(5);

/// The issuer that a token names, not verified yet.
pub(crate) fn unverified_issuer(token: &str) -> Option<String> {
    let claims: Map<String, Value> = insecure_decode_claims(token).ok()?;
    claims.get("iss")?.as_str().map(str::to_owned)
}

/// A token's header, not verified yet.
pub(crate) fn unverified_header(token: &str) -> Result<Header, TokenRejection> {
    // Decoding fails for an unknown algorithm, including `none`.
    let header = decode_header(token).map_err(|_| TokenRejection::Malformed)?;
    // Critical extensions are not supported (RFC 7515, section 4.1.11).
    if header.crit.is_some() { Err(TokenRejection::Malformed) } else { Ok(header) }
}

/// The claims of a token with a valid signature.
#[derive(Debug)]
pub(crate) struct Claims(Map<String, Value>);

impl Claims {
    /// The claims of a token that was signed with `key` and `algorithm`, regardless of its header.
    pub(crate) fn verified(token: &str, key: &DecodingKey, algorithm: Algorithm) -> Result<Self, TokenRejection> {
        if unverified_header(token)?.alg != algorithm {
            return Err(TokenRejection::Algorithm);
        }
        let mut validation = Validation::new(algorithm);
        // The other claims are checked separately, with the clock of the app.
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        let decoded = decode(token, key, &validation).map_err(|error| match error.kind() {
            ErrorKind::InvalidSignature => TokenRejection::Signature,
            ErrorKind::InvalidAlgorithm | ErrorKind::InvalidKeyFormat => TokenRejection::Algorithm,
            _ => TokenRejection::Malformed,
        })?;
        Ok(Self(decoded.claims))
    }

    /// Checks the validity period and returns when it ends. `exp` is required, `nbf` is not (RFC 7519, sections 4.1.4 and 4.1.5).
    pub(crate) fn check_time(&self, now: Timestamp) -> Result<Timestamp, TokenRejection> {
        let expires = self.time_claim("exp")?.ok_or(TokenRejection::Malformed)?;
        if now.minus(LEEWAY) >= expires {
            return Err(TokenRejection::Expired);
        }
        match self.time_claim("nbf")? {
            Some(begins) if now.plus(LEEWAY) < begins => Err(TokenRejection::Early),
            _ => Ok(expires),
        }
    }

    /// When the person signed in (`auth_time`, OpenID Connect Core 1.0, section 2), which stays the same when a token is renewed; or else
    /// when the token was issued (`iat`).
    pub(crate) fn since(&self) -> Result<Option<Timestamp>, TokenRejection> {
        Ok(self.time_claim("auth_time")?.or(self.time_claim("iat")?))
    }

    /// A claim with a time in seconds.
    fn time_claim(&self, name: &str) -> Result<Option<Timestamp>, TokenRejection> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        let seconds = value.as_f64().ok_or(TokenRejection::Malformed)?;
        Ok(Some(Timestamp::from_milliseconds((seconds * 1_000.0) as i64)))
    }

    /// A claim with a text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// The texts of a claim with a text or a list of texts.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        let all = match self.0.get(name) {
            Some(Value::Array(many)) => many.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        all.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Whether a claim is this text, or a list that contains it.
    pub(crate) fn contains(&self, name: &str, text: &str) -> bool {
        self.texts(name).iter().any(|one| one == text)
    }

    /// Whether a claim is present, with any value.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

#[cfg(test)]
impl From<Value> for Claims {
    fn from(value: Value) -> Self {
        let Value::Object(claims) = value else { panic!("claims are an object") };
        Self(claims)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(claims: Value, seconds: i64) -> Result<(), TokenRejection> {
        Claims::from(claims).check_time(Timestamp::from_milliseconds(seconds * 1_000)).map(drop)
    }

    #[test]
    fn a_token_expires_with_five_seconds_of_leeway() {
        assert_eq!(check(json!({"exp": 1_000}), 1_004), Ok(()));
        assert_eq!(check(json!({"exp": 1_000}), 1_005), Err(TokenRejection::Expired));
        assert_eq!(check(json!({"exp": 1_000.5}), 1_005), Ok(()));
        assert_eq!(check(json!({"exp": 2_000, "nbf": 1_000}), 995), Ok(()));
        assert_eq!(check(json!({"exp": 2_000, "nbf": 1_000}), 994), Err(TokenRejection::Early));
    }

    #[test]
    fn a_token_without_an_expiry_is_malformed() {
        for invalid in [json!({}), json!({"exp": "2000"}), json!({"exp": null}), json!({"exp": 2_000, "nbf": "x"})] {
            assert_eq!(check(invalid.clone(), 1_000), Err(TokenRejection::Malformed), "{invalid}");
        }
    }

    #[test]
    fn the_sign_in_time_is_not_that_of_the_last_renewal() {
        let since = |claims: Value| Claims::from(claims).since();
        let at = |seconds: i64| Ok(Some(Timestamp::from_milliseconds(seconds * 1_000)));
        assert_eq!(since(json!({"auth_time": 7, "iat": 9})), at(7));
        assert_eq!(since(json!({"iat": 9})), at(9));
        assert_eq!(since(json!({})), Ok(None));
        assert_eq!(since(json!({"auth_time": "7", "iat": 9})), Err(TokenRejection::Malformed));
    }

    #[test]
    fn a_claim_contains_its_text_or_the_texts_of_its_list() {
        let claims = Claims::from(json!({"one": "a", "many": ["a", 7, "b"], "number": 7}));
        assert!(claims.contains("one", "a") && claims.contains("many", "b"));
        assert!(!claims.contains("one", "b") && !claims.contains("many", "7") && !claims.contains("number", "7"));
        assert!(!claims.contains("none", ""));
    }
}
