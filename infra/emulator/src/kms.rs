//! The SDK's connector to KMS: one symmetric key, created at the first start and stored in the data directory, readable only by this
//! user. It encrypts and decrypts as KMS does ("Encrypt" and "Decrypt", AWS KMS API Reference), bound to the encryption context. The
//! key never leaves this module.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Error, ErrorKind, Result};
use std::path::Path;
use std::sync::Arc;

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::data::write_private;

/// The alias of the only key.
pub const KEY: &str = "alias/secrets";

/// The key's id in responses.
const ARN: &str = "arn:aws:kms:eu-central-1:000000000000:key/secrets";

/// The file of the key in the data directory.
const FILE: &str = "secrets.key";

/// The plaintext limit of "Encrypt".
const PLAINTEXT_LIMIT: usize = 4_096;

/// The length of AES-GCM's nonce, which precedes the ciphertext (NIST SP 800-38D, section 8.2.2: 96 random bits).
const NONCE: usize = 12;

/// A connector to the key.
#[derive(Clone)]
pub struct KmsConnector(Arc<Aes256Gcm>);

impl std::fmt::Debug for KmsConnector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("KmsConnector")
    }
}

/// The request of both operations.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct KmsRequest {
    key_id: Option<String>,
    plaintext: Option<String>,
    ciphertext_blob: Option<String>,
    #[serde(default)]
    encryption_context: BTreeMap<String, String>,
}

/// An error: its type, which the SDK maps to a variant, and a message.
type KmsError = (&'static str, &'static str);

impl KmsConnector {
    /// Reads the key of this data directory, or creates it if there is none.
    ///
    /// # Errors
    /// Its file cannot be read or written, or holds no key.
    pub fn open(directory: &Path) -> Result<Self> {
        let file = directory.join(FILE);
        let key = match fs::read(&file) {
            Ok(key) => key,
            Err(error) if error.kind() == ErrorKind::NotFound => create_key(&file)?,
            Err(error) => return Err(error),
        };
        let key: [u8; 32] = key.try_into().map_err(|_| {
            // An unreadable key is not replaced: what it has encrypted would be lost.
            Error::new(ErrorKind::InvalidData, format!("{} is no key of 32 bytes", file.display()))
        })?;
        Ok(Self(Arc::new(Aes256Gcm::new(&key.into()))))
    }

    fn execute(&self, operation: &str, body: &[u8]) -> std::result::Result<Value, KmsError> {
        let request: KmsRequest =
            serde_json::from_slice(body).map_err(|_| ("SerializationException", "This is no request to KMS."))?;
        if request.key_id.as_deref().is_some_and(|key| key != KEY && key != ARN) {
            return Err(("NotFoundException", "There is no such key."));
        }
        // Sorted by name, so that the same context gives the same bytes.
        let context = serde_json::to_vec(&request.encryption_context).unwrap_or_default();
        match operation {
            "Encrypt" => {
                let text = decode_blob(request.plaintext)?;
                if text.is_empty() || text.len() > PLAINTEXT_LIMIT {
                    return Err(("ValidationException", "A plaintext has from 1 to 4,096 bytes."));
                }
                let mut nonce = [0; NONCE];
                getrandom::fill(&mut nonce).map_err(|_| ("KMSInternalException", "There is no randomness."))?;
                let encrypted = self.0.encrypt(&nonce.into(), Payload { msg: &text, aad: &context });
                let encrypted = encrypted.map_err(|_| ("KMSInternalException", "It cannot be encrypted."))?;
                let blob = STANDARD.encode([&nonce[..], &encrypted].concat());
                Ok(json!({"CiphertextBlob": blob, "KeyId": ARN, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}))
            }
            "Decrypt" => {
                let blob = decode_blob(request.ciphertext_blob)?;
                let text = blob.split_first_chunk::<NONCE>().and_then(|(nonce, encrypted)| {
                    self.0.decrypt(&(*nonce).into(), Payload { msg: encrypted, aad: &context }).ok()
                });
                let text = text.ok_or(("InvalidCiphertextException", "It is not of this key and this context."))?;
                let text = STANDARD.encode(text);
                Ok(json!({"Plaintext": text, "KeyId": ARN, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}))
            }
            _ => Err(("UnsupportedOperationException", "Only Encrypt and Decrypt are supported.")),
        }
    }
}

fn create_key(file: &Path) -> Result<Vec<u8>> {
    let mut key = vec![0; 32];
    getrandom::fill(&mut key).map_err(|error| Error::other(error.to_string()))?;
    write_private(file, &key)?;
    Ok(key)
}

fn decode_blob(base64: Option<String>) -> std::result::Result<Vec<u8>, KmsError> {
    let bytes = base64.and_then(|base64| STANDARD.decode(base64).ok());
    bytes.ok_or(("ValidationException", "A blob is missing, or is not base64."))
}

impl HttpConnector for KmsConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.strip_prefix("TrentService.").unwrap_or_default();
        let result = self.execute(operation, request.body().bytes().unwrap_or_default());
        let (status, body) = match result {
            Ok(body) => (StatusCode::OK, body),
            Err((kind @ "KMSInternalException", message)) => {
                (StatusCode::INTERNAL_SERVER_ERROR, json!({"__type": kind, "message": message}))
            }
            Err((kind, message)) => (StatusCode::BAD_REQUEST, json!({"__type": kind, "message": message})),
        };
        let mut response = HttpResponse::new(status.into(), SdkBody::from(body.to_string()));
        response.headers_mut().insert("content-type", "application/x-amz-json-1.1");
        HttpConnectorFuture::ready(Ok(response))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn encrypted(kms: &KmsConnector, context: &Value) -> Value {
        let body = json!({"KeyId": KEY, "Plaintext": STANDARD.encode("a secret"), "EncryptionContext": context});
        kms.execute("Encrypt", body.to_string().as_bytes()).unwrap()["CiphertextBlob"].clone()
    }

    fn decrypted(kms: &KmsConnector, blob: &Value, context: &Value) -> std::result::Result<Value, &'static str> {
        let body = json!({"CiphertextBlob": blob, "EncryptionContext": context});
        let result = kms.execute("Decrypt", body.to_string().as_bytes());
        result.map(|result| result["Plaintext"].clone()).map_err(|(kind, _)| kind)
    }

    #[test]
    fn a_ciphertext_is_decrypted_only_with_its_key_and_its_context() {
        let (directory, other_directory) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let kms = KmsConnector::open(directory.path()).unwrap();
        let context = json!({"stack": "rally", "secret": "guests"});
        let blob = encrypted(&kms, &context);
        assert_ne!(blob, encrypted(&kms, &context), "each encryption has its own nonce");
        assert!(!STANDARD.decode(blob.as_str().unwrap()).unwrap().windows(8).any(|part| part == b"a secret"));
        let text = json!(STANDARD.encode("a secret"));
        assert_eq!(decrypted(&kms, &blob, &context), Ok(text.clone()));
        let reopened = KmsConnector::open(directory.path()).unwrap();
        assert_eq!(decrypted(&reopened, &blob, &json!({"secret": "guests", "stack": "rally"})), Ok(text));
        let invalid = Err("InvalidCiphertextException");
        assert_eq!(decrypted(&kms, &blob, &json!({"stack": "rally", "secret": "vapid"})), invalid);
        assert_eq!(decrypted(&KmsConnector::open(other_directory.path()).unwrap(), &blob, &context), invalid);
        assert_eq!(decrypted(&kms, &json!("AAAA"), &context), invalid);
    }

    #[test]
    fn only_this_user_can_read_the_key_and_it_is_never_replaced() {
        let directory = tempfile::tempdir().unwrap();
        KmsConnector::open(directory.path()).unwrap();
        let file = directory.path().join(FILE);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&file, "no key").unwrap();
        assert!(KmsConnector::open(directory.path()).unwrap_err().to_string().contains("no key of 32 bytes"));
        assert_eq!(fs::read(&file).unwrap(), b"no key");
    }

    #[test]
    fn another_key_and_another_operation_are_errors() {
        let directory = tempfile::tempdir().unwrap();
        let kms = KmsConnector::open(directory.path()).unwrap();
        let body = json!({"KeyId": "alias/other", "Plaintext": "AAAA"}).to_string();
        assert_eq!(kms.execute("Encrypt", body.as_bytes()).unwrap_err().0, "NotFoundException");
        assert_eq!(kms.execute("ListKeys", b"{}").unwrap_err().0, "UnsupportedOperationException");
    }
}
