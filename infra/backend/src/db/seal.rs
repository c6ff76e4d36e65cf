//! Secrets are encrypted before they are written, by a KMS key that never leaves KMS ("Encrypt", AWS KMS). Only functions whose roles may
//! use the key can decrypt them.

use aws_sdk_kms::Client;
use aws_sdk_kms::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_kms::operation::decrypt::builders::DecryptFluentBuilder;
use aws_sdk_kms::operation::encrypt::builders::EncryptFluentBuilder;
use aws_sdk_kms::primitives::Blob;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::config::Config;
use crate::db::StorageError;

/// The names in the encryption context (AWS KMS, "Encryption context"): a sealed text can only be opened with the same values. The
/// context has the deployment and not the table, since a restored table has another name.
const STACK: &str = "stack";
const SECRET: &str = "secret";

/// The client of the KMS key. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Seal {
    kms: Client,
    key: String,
    stack: String,
}

impl Seal {
    pub(crate) fn new(kms: Client, config: &Config) -> Self {
        Self { kms, key: config.secrets_key.clone(), stack: config.stack.clone() }
    }

    /// Encrypts the secret of this name; the result is base64.
    pub(crate) async fn close(&self, name: &str, text: &str) -> Result<String, StorageError> {
        let sealed = encrypt(&self.kms, name, &self.stack)
            .key_id(&self.key)
            .plaintext(Blob::new(text))
            .send()
            .await
            .map_err(|error| failure(name, error))?;
        let sealed =
            sealed.ciphertext_blob.ok_or_else(|| StorageError::Unavailable("KMS returned nothing".to_owned()))?;
        Ok(STANDARD.encode(sealed))
    }

    /// Decrypts a text that was encrypted under this name.
    pub(crate) async fn open(&self, name: &str, sealed: &str) -> Result<String, StorageError> {
        let damaged = |why: &str| StorageError::Sealed { name: name.to_owned(), why: why.to_owned() };
        let sealed = STANDARD.decode(sealed).map_err(|_| damaged("it is not base64"))?;
        let opened = decrypt(&self.kms, name, &self.stack)
            .key_id(&self.key)
            .ciphertext_blob(Blob::new(sealed))
            .send()
            .await
            .map_err(|error| failure(name, error))?;
        let opened = opened.plaintext.ok_or_else(|| StorageError::Unavailable("KMS returned nothing".to_owned()))?;
        String::from_utf8(opened.into_inner()).map_err(|_| damaged("it is not UTF-8"))
    }
}

fn encrypt(kms: &Client, name: &str, stack: &str) -> EncryptFluentBuilder {
    kms.encrypt().encryption_context(STACK, stack).encryption_context(SECRET, name)
}

fn decrypt(kms: &Client, name: &str, stack: &str) -> DecryptFluentBuilder {
    kms.decrypt().encryption_context(STACK, stack).encryption_context(SECRET, name)
}

fn failure<E, R>(name: &str, error: SdkError<E, R>) -> StorageError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code).unwrap_or_default();
    match code {
        // The text is of another deployment or another secret, was changed by hand, or its key is deleted.
        "InvalidCiphertextException" | "IncorrectKeyException" | "NotFoundException" => {
            StorageError::Sealed { name: name.to_owned(), why: format!("KMS responded with {code}") }
        }
        _ => StorageError::Unavailable(format!("KMS: {}", DisplayErrorContext(error))),
    }
}
