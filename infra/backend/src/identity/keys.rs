//! The issuer's keys: fetched when they are needed, cached, and fetched again when the issuer changes them.
//!
//! A forged token can have an unknown key id, so fetches for unknown ids are limited.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use domain::time::Timestamp;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::App;
use crate::config::Config;
use crate::https::HttpsClient;
use crate::identity::TokenError;
use crate::identity::fetch::{self, FetchError};

/// The keys are used this long without a request to the issuer.
const CACHE_TTL: Duration = Duration::from_secs(3_600);

/// The keys are used this long while the issuer is not available.
const MAX_STALENESS: Duration = Duration::from_secs(24 * 3_600);

/// The pause between two requests to the issuer while there are usable keys.
const RETRY_INTERVAL: Duration = Duration::from_secs(30);

/// The same without usable keys, when no member can be verified.
const SHORT_RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// A key and the only algorithm that it is valid for.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) decoding: DecodingKey,
    pub(crate) algorithm: Algorithm,
}

/// The issuer's keys.
#[derive(Default)]
pub(crate) struct Keys {
    cached: RwLock<CachedKeys>,
    /// The task that holds it requests the keys; other tasks wait for the result.
    fetching: Mutex<()>,
}

/// The cached keys and their times.
#[derive(Debug, Default, Clone)]
struct CachedKeys {
    keys: Arc<HashMap<String, Arc<Key>>>,
    fetched_at: Option<Timestamp>,
    requested_at: Option<Timestamp>,
    /// Whether the last request failed.
    has_failed: bool,
}

/// The result of looking up a key id in the cache.
#[derive(Debug)]
enum Lookup {
    Use(Arc<Key>),
    Unknown,
    Unavailable,
    Fetch,
}

impl CachedKeys {
    fn look_up(&self, name: &str, now: Timestamp) -> Lookup {
        let is_younger = |time: Option<Timestamp>, age| time.is_some_and(|time| now.since(time) < age);
        let is_usable = is_younger(self.fetched_at, MAX_STALENESS);
        let key = self.keys.get(name).filter(|_| is_usable).cloned();
        let is_pausing = is_younger(self.requested_at, if is_usable { RETRY_INTERVAL } else { SHORT_RETRY_INTERVAL });
        match key {
            Some(key) if is_pausing || is_younger(self.fetched_at, CACHE_TTL) => Lookup::Use(key),
            None if is_pausing && self.has_failed => Lookup::Unavailable,
            None if is_pausing => Lookup::Unknown,
            Some(_) | None => Lookup::Fetch,
        }
    }
}

impl Keys {
    /// The key with this id; `None` if the issuer has none.
    pub(crate) async fn find(&self, app: &App, name: &str) -> Result<Option<Arc<Key>>, TokenError> {
        // A token with a cached key does not wait for a request because of another key.
        if let Lookup::Use(key) = self.cached().look_up(name, app.now()) {
            return Ok(Some(key));
        }
        let _fetching = self.fetching.lock().await;
        loop {
            match self.cached().look_up(name, app.now()) {
                Lookup::Use(key) => return Ok(Some(key)),
                Lookup::Unknown => return Ok(None),
                Lookup::Unavailable => return Err(TokenError::IssuerUnavailable),
                Lookup::Fetch => {
                    let result = fetch_keys(app.https_client(), app.config()).await;
                    self.store_result(result, app.now());
                }
            }
        }
    }

    fn cached(&self) -> CachedKeys {
        self.cached.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn store_result(&self, result: Result<HashMap<String, Arc<Key>>, FetchError>, now: Timestamp) {
        let mut cached = self.cached.write().unwrap_or_else(PoisonError::into_inner);
        cached.requested_at = Some(now);
        cached.has_failed = result.is_err();
        match result {
            Ok(keys) => {
                tracing::info!(keys = keys.len(), "the issuer's keys are fetched");
                cached.keys = Arc::new(keys);
                cached.fetched_at = Some(now);
            }
            Err(error) => tracing::error!(%error, "the issuer's keys cannot be fetched"),
        }
    }
}

/// The issuer's metadata (OpenID Connect Discovery 1.0, section 3).
#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

/// A set of keys (RFC 7517, section 5). Each key is parsed by itself, so that a key of an unknown type does not hide the others.
#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

async fn fetch_keys(client: &HttpsClient, config: &Config) -> Result<HashMap<String, Arc<Key>>, FetchError> {
    let issuer = config.issuer.as_deref().unwrap_or_default();
    let address = match &config.jwks {
        Some(keys) if keys.starts_with('{') => return Ok(by_key_id(serde_json::from_str(keys)?)),
        Some(address) => address.clone(),
        None => {
            let description = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
            let discovery: Discovery = fetch::json(client, &description, None).await?;
            if discovery.issuer != issuer {
                return Err(FetchError::OtherIssuer);
            }
            discovery.jwks_uri
        }
    };
    Ok(by_key_id(fetch::json(client, &address, None).await?))
}

fn by_key_id(set: KeySet) -> HashMap<String, Arc<Key>> {
    set.keys.into_iter().filter_map(parse_key).map(|(name, key)| (name, Arc::new(key))).collect()
}

/// A key for signatures: RSA for RS256 or P-256 for ES256, with an id. A symmetric key is not accepted from an issuer.
fn parse_key(key: Value) -> Option<(String, Key)> {
    let key: Jwk = serde_json::from_value(key).ok()?;
    let (algorithm, named) = match &key.algorithm {
        AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
        AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        _ => return None,
    };
    let is_for_signatures = key.common.key_algorithm.is_none_or(|declared| declared == named)
        && key.common.public_key_use.as_ref().is_none_or(|declared| *declared == PublicKeyUse::Signature);
    let decoding = DecodingKey::from_jwk(&key).ok()?;
    key.common.key_id.filter(|_| is_for_signatures).map(|name| (name, Key { decoding, algorithm }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const POINT: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";

    fn ec() -> Value {
        json!({"kty": "EC", "crv": "P-256", "x": POINT, "y": POINT, "kid": "a"})
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(seconds * 1_000)
    }

    fn cached(fetched_at: i64, requested_at: i64, has_failed: bool) -> CachedKeys {
        let keys = parse_key(ec()).map(|(name, key)| (name, Arc::new(key))).into_iter().collect();
        CachedKeys {
            keys: Arc::new(keys),
            fetched_at: Some(at(fetched_at)),
            requested_at: Some(at(requested_at)),
            has_failed,
        }
    }

    #[test]
    fn a_key_has_an_id_and_one_algorithm() {
        let rsa = json!({"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "r", "alg": "RS256", "use": "sig"});
        assert_eq!(parse_key(rsa.clone()).unwrap().1.algorithm, Algorithm::RS256);
        assert_eq!(parse_key(ec()).unwrap().1.algorithm, Algorithm::ES256);
        let with = |mut key: Value, name: &str, value: Value| {
            key[name] = value;
            key
        };
        for invalid in [
            with(rsa.clone(), "alg", json!("PS256")),
            with(rsa.clone(), "alg", json!("HS256")),
            with(rsa.clone(), "use", json!("enc")),
            with(rsa, "kid", Value::Null),
            with(ec(), "crv", json!("P-384")),
            with(ec(), "alg", json!("RS256")),
            json!({"kty": "oct", "k": "AQAB", "kid": "s", "alg": "HS256"}),
            json!({"kty": "OKP", "crv": "Ed25519", "x": POINT, "kid": "o"}),
            json!({"kty": "new", "kid": "n"}),
            json!("key"),
        ] {
            assert!(parse_key(invalid.clone()).is_none(), "{invalid}");
        }
    }

    #[test]
    fn keys_are_fetched_when_needed_and_not_more_often_than_the_interval() {
        assert!(matches!(CachedKeys::default().look_up("a", at(0)), Lookup::Fetch));
        let fresh = cached(1_000, 1_000, false);
        assert!(matches!(fresh.look_up("a", at(4_599)), Lookup::Use(_)));
        assert!(matches!(fresh.look_up("a", at(4_600)), Lookup::Fetch), "after an hour");
        assert!(
            matches!(fresh.look_up("b", at(1_029)), Lookup::Unknown),
            "unknown key ids do not cause a request each"
        );
        assert!(matches!(fresh.look_up("b", at(1_030)), Lookup::Fetch));
    }

    #[test]
    fn cached_keys_are_used_for_a_day_while_the_issuer_is_unavailable() {
        let stale = cached(1_000, 5_000, true);
        assert!(matches!(stale.look_up("a", at(5_029)), Lookup::Use(_)));
        assert!(matches!(stale.look_up("b", at(5_029)), Lookup::Unavailable), "the key id cannot be checked");
        assert!(matches!(stale.look_up("a", at(5_030)), Lookup::Fetch));
        let too_old = cached(1_000, 87_400, true);
        assert!(matches!(too_old.look_up("a", at(87_400)), Lookup::Unavailable));
        assert!(
            matches!(too_old.look_up("a", at(87_401)), Lookup::Fetch),
            "without usable keys, the retry interval is short"
        );
    }
}
