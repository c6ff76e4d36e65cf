//! The key that signs tokens: created at the first use, then stored. Never leaves this machine.

use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rsa::RsaPrivateKey;
use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey, LineEnding};
use rsa::traits::PublicKeyParts;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use emulator::data::write_private;

use super::digest;

/// The minimum of RFC 7518, section 3.3.
const BITS: usize = 2_048;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeyError {
    /// It could not be created or parsed.
    #[error("no key: {0}")]
    Rsa(String),
    /// Its file could not be read or written.
    #[error("the key's file cannot be used: {0}")]
    File(#[from] std::io::Error),
    /// A token could not be signed.
    #[error("a token cannot be signed: {0}")]
    Sign(#[from] jsonwebtoken::errors::Error),
}

/// The key, after its first use.
pub(super) struct Keys {
    file: PathBuf,
    key: OnceCell<Arc<Key>>,
}

struct Key {
    id: String,
    signer: EncodingKey,
    /// The public key, in the form of RFC 7517.
    public: Value,
}

impl Keys {
    pub(super) fn new(file: PathBuf) -> Self {
        Self { file, key: OnceCell::new() }
    }

    /// The keys that verify tokens (RFC 7517, section 5).
    pub(super) async fn public(&self) -> Result<Value, KeyError> {
        Ok(json!({ "keys": [self.key().await?.public] }))
    }

    /// Signs a token.
    pub(super) async fn sign(&self, claims: &impl Serialize) -> Result<String, KeyError> {
        let key = self.key().await?;
        let header = Header { kid: Some(key.id.clone()), ..Header::new(Algorithm::RS256) };
        Ok(jsonwebtoken::encode(&header, claims, &key.signer)?)
    }

    async fn key(&self) -> Result<&Arc<Key>, KeyError> {
        self.key
            .get_or_try_init(|| async {
                let file = self.file.clone();
                // Creating a key takes a tenth of a second or more.
                let made = tokio::task::spawn_blocking(move || load_or_create(&file)).await;
                made.map_err(|error| KeyError::Rsa(error.to_string()))?.map(Arc::new)
            })
            .await
    }
}

fn load_or_create(file: &std::path::Path) -> Result<Key, KeyError> {
    let rsa = |error: &dyn std::fmt::Display| KeyError::Rsa(error.to_string());
    match std::fs::read_to_string(file) {
        Ok(pem) => {
            let private = RsaPrivateKey::from_pkcs1_pem(&pem).map_err(|error| rsa(&error))?;
            return key(&private, &pem);
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        // An unreadable key is not replaced: tokens that it has signed would be rejected.
        Err(error) => return Err(error.into()),
    }
    let private = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, BITS).map_err(|error| rsa(&error))?;
    let pem = private.to_pkcs1_pem(LineEnding::LF).map_err(|error| rsa(&error))?;
    write_private(file, pem.as_bytes())?;
    key(&private, &pem)
}

fn key(private: &RsaPrivateKey, pem: &str) -> Result<Key, KeyError> {
    let number = |number: &rsa::BigUint| URL_SAFE_NO_PAD.encode(number.to_bytes_be());
    let (modulus, exponent) = (number(private.n()), number(private.e()));
    let id: String = digest(&modulus).chars().take(16).collect();
    let public = json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": id, "n": modulus, "e": exponent });
    Ok(Key { id, signer: EncodingKey::from_rsa_pem(pem.as_bytes())?, public })
}
