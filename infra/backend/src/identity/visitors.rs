//! Browsers without sign-in. Each generates a key, which identifies it; only the hash of the key is stored.

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::person::PersonId;
use domain::validation::Violation;
use protocol::notifications::VISITOR_KEY;

use crate::identity::prefixes::VISITOR_PREFIX;
use crate::secrets;

/// The id of the browser that sends a request, if the request has a key.
///
/// # Errors
/// The key has another form.
pub(crate) fn of_headers(headers: &HeaderMap) -> Result<Option<PersonId>, Violation> {
    headers.get(VISITOR_KEY).map(|key| visitor(key.to_str().unwrap_or_default())).transpose()
}

/// The id of the browser with this key: 256 random bits in base64url.
///
/// # Errors
/// The key has another form.
pub(crate) fn visitor(key: &str) -> Result<PersonId, Violation> {
    let is_key = key.len() == 43 && URL_SAFE_NO_PAD.decode(key).is_ok();
    if !is_key {
        return Err(Violation::new(VISITOR_KEY, "", "key", "A visitor's key is 32 random bytes in base64url."));
    }
    format!("{VISITOR_PREFIX}{}", secrets::hash(key)).parse()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_visitor_is_the_hash_of_their_key() {
        let key = "A".repeat(43);
        let person = visitor(&key).unwrap();
        assert!(person.as_str().starts_with(VISITOR_PREFIX) && !person.as_str().contains(&key));
        for odd in ["", "short", &"A".repeat(44), &"!".repeat(43)] {
            assert!(visitor(odd).is_err(), "{odd}");
        }
    }
}
