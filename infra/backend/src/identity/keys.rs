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
const FRESH_FOR: Duration = Duration::from_secs(3_600);

/// The keys are used this long while the issuer is not available.
const KEPT: Duration = Duration::from_secs(24 * 3_600);

/// The pause between two requests to the issuer while there are usable keys.
const PAUSE: Duration = Duration::from_secs(30);

/// The same without usable keys, when no member can be verified.
const SHORT_PAUSE: Duration = Duration::from_secs(1);

/// A key and the only algorithm that it is valid for.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) decoding: DecodingKey,
    pub(crate) algorithm: Algorithm,
}

/// The issuer's keys.
#[derive(Default)]
pub(crate) struct Keys {
    known: RwLock<Known>,
    /// The task that holds it requests the keys; other tasks wait for the result.
    asking: Mutex<()>,
}

/// The cached keys and their times.
#[derive(Debug, Default, Clone)]
struct Known {
    keys: Arc<HashMap<String, Arc<Key>>>,
    fetched_at: Option<Timestamp>,
    asked_at: Option<Timestamp>,
    /// Whether the last request failed.
    in_vain: bool,
}

/// What to do about a key id.
#[derive(Debug)]
enum Step {
    Use(Arc<Key>),
    Refuse,
    GiveUp,
    Ask,
}

impl Known {
    fn step(&self, name: &str, now: Timestamp) -> Step {
        let younger = |moment: Option<Timestamp>, age| moment.is_some_and(|moment| now.since(moment) < age);
        let usable = younger(self.fetched_at, KEPT);
        let key = self.keys.get(name).filter(|_| usable).cloned();
        let rests = younger(self.asked_at, if usable { PAUSE } else { SHORT_PAUSE });
        match key {
            Some(key) if rests || younger(self.fetched_at, FRESH_FOR) => Step::Use(key),
            None if rests && self.in_vain => Step::GiveUp,
            None if rests => Step::Refuse,
            Some(_) | None => Step::Ask,
        }
    }
}

impl Keys {
    /// The key with this id; `None` if the issuer has none.
    pub(crate) async fn find(&self, app: &App, name: &str) -> Result<Option<Arc<Key>>, TokenError> {
        // A token with a known key does not wait for a request because of another key.
        if let Step::Use(key) = self.known().step(name, app.now()) {
            return Ok(Some(key));
        }
        let _asking = self.asking.lock().await;
        loop {
            match self.known().step(name, app.now()) {
                Step::Use(key) => return Ok(Some(key)),
                Step::Refuse => return Ok(None),
                Step::GiveUp => return Err(TokenError::OutOfReach),
                Step::Ask => {
                    let answer = ask(app.outside(), app.config()).await;
                    self.learn(answer, app.now());
                }
            }
        }
    }

    fn known(&self) -> Known {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn learn(&self, answer: Result<HashMap<String, Arc<Key>>, FetchError>, now: Timestamp) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.asked_at = Some(now);
        known.in_vain = answer.is_err();
        match answer {
            Ok(keys) => {
                tracing::info!(keys = keys.len(), "the issuer's keys are here");
                known.keys = Arc::new(keys);
                known.fetched_at = Some(now);
            }
            Err(error) => tracing::error!(%error, "the issuer's keys cannot be had"),
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

async fn ask(client: &HttpsClient, config: &Config) -> Result<HashMap<String, Arc<Key>>, FetchError> {
    let issuer = config.issuer.as_deref().unwrap_or_default();
    let address = match &config.jwks {
        Some(keys) if keys.starts_with('{') => return Ok(by_name(serde_json::from_str(keys)?)),
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
    Ok(by_name(fetch::json(client, &address, None).await?))
}

fn by_name(set: KeySet) -> HashMap<String, Arc<Key>> {
    set.keys.into_iter().filter_map(read).map(|(name, key)| (name, Arc::new(key))).collect()
}

/// A key for signatures: RSA for RS256 or P-256 for ES256, with an id. A symmetric key is not accepted from an issuer.
fn read(key: Value) -> Option<(String, Key)> {
    let key: Jwk = serde_json::from_value(key).ok()?;
    let (algorithm, named) = match &key.algorithm {
        AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
        AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        _ => return None,
    };
    let fit = key.common.key_algorithm.is_none_or(|own| own == named)
        && key.common.public_key_use.as_ref().is_none_or(|own| *own == PublicKeyUse::Signature);
    let decoding = DecodingKey::from_jwk(&key).ok()?;
    key.common.key_id.filter(|_| fit).map(|name| (name, Key { decoding, algorithm }))
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

    fn known(fetched_at: i64, asked_at: i64, in_vain: bool) -> Known {
        let keys = read(ec()).map(|(name, key)| (name, Arc::new(key))).into_iter().collect();
        Known { keys: Arc::new(keys), fetched_at: Some(at(fetched_at)), asked_at: Some(at(asked_at)), in_vain }
    }

    #[test]
    fn a_key_is_for_one_algorithm_and_named() {
        let rsa = json!({"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "r", "alg": "RS256", "use": "sig"});
        assert_eq!(read(rsa.clone()).unwrap().1.algorithm, Algorithm::RS256);
        assert_eq!(read(ec()).unwrap().1.algorithm, Algorithm::ES256);
        let with = |mut key: Value, name: &str, value: Value| {
            key[name] = value;
            key
        };
        for odd in [
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
            assert!(read(odd.clone()).is_none(), "{odd}");
        }
    }

    #[test]
    fn keys_are_asked_for_when_they_are_needed_and_no_more_often() {
        assert!(matches!(Known::default().step("a", at(0)), Step::Ask));
        let fresh = known(1_000, 1_000, false);
        assert!(matches!(fresh.step("a", at(4_599)), Step::Use(_)));
        assert!(matches!(fresh.step("a", at(4_600)), Step::Ask), "after an hour");
        assert!(matches!(fresh.step("b", at(1_029)), Step::Refuse), "forged names cannot make us hammer the issuer");
        assert!(matches!(fresh.step("b", at(1_030)), Step::Ask));
    }

    #[test]
    fn known_keys_outlast_an_issuer_that_is_out_of_reach_for_a_day() {
        let old = known(1_000, 5_000, true);
        assert!(matches!(old.step("a", at(5_029)), Step::Use(_)));
        assert!(matches!(old.step("b", at(5_029)), Step::GiveUp), "nobody knows whether it is the issuer's");
        assert!(matches!(old.step("a", at(5_030)), Step::Ask));
        let too_old = known(1_000, 87_400, true);
        assert!(matches!(too_old.step("a", at(87_400)), Step::GiveUp));
        assert!(matches!(too_old.step("a", at(87_401)), Step::Ask), "nobody can come in, so it is asked again soon");
    }
}
