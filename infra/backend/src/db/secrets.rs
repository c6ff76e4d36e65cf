//! The server's own secrets in DynamoDB, encrypted.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use crate::db::{Storage, StorageError, keys};

/// A secret of the server.
#[derive(Serialize, Deserialize)]
struct SecretRecord {
    pk: String,
    sk: String,
    /// The plain secret, as it was stored before secrets were encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    /// The encrypted secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sealed: Option<String>,
    /// Set by hand: the server must create another key beside this one (docs/operations.md).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    rotate: bool,
}

impl SecretRecord {
    fn sealed(name: &str, sealed: String) -> Self {
        let (pk, sk) = (keys::SECRETS.to_owned(), name.to_owned());
        Self { pk, sk, secret: None, sealed: Some(sealed), rotate: false }
    }
}

/// A secret that was read.
pub(crate) struct StoredSecret {
    /// The secret.
    pub(crate) text: String,
    /// Whether another key must be created beside this one.
    pub(crate) rotate: bool,
    /// The encrypted text in the table: each encryption gives another one.
    sealed: String,
}

impl Storage {
    /// The secret of this name, read consistently. If it is not encrypted yet, it is encrypted now.
    ///
    /// # Errors
    /// The database or KMS fails, or the secret cannot be opened.
    pub(crate) async fn secret(&self, name: &str) -> Result<Option<StoredSecret>, StorageError> {
        let record: Option<SecretRecord> = self.get(keys::SECRETS, name).await?;
        Ok(match record {
            None => None,
            Some(SecretRecord { sealed: Some(sealed), rotate, .. }) => {
                Some(StoredSecret { text: self.seal.open(name, &sealed).await?, rotate, sealed })
            }
            Some(SecretRecord { secret: Some(text), rotate, .. }) => {
                let sealed = self.seal.close(name, &text).await?;
                self.seal_secret(name, &text, &sealed).await?;
                Some(StoredSecret { text, rotate, sealed })
            }
            Some(_) => return Err(StorageError::Unreadable(format!("{} / {name}", keys::SECRETS))),
        })
    }

    /// Whether a secret of this name exists.
    ///
    /// # Errors
    /// The database fails.
    pub(crate) async fn has_secret(&self, name: &str) -> Result<bool, StorageError> {
        Ok(self.get::<serde::de::IgnoredAny>(keys::SECRETS, name).await?.is_some())
    }

    /// Stores a secret, on condition that the stored one has not changed since it was read.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if it has changed; or the database or KMS fails.
    pub(crate) async fn save_secret(
        &self,
        name: &str,
        secret: &str,
        before: Option<&StoredSecret>,
    ) -> Result<(), StorageError> {
        let record = SecretRecord::sealed(name, self.seal.close(name, secret).await?);
        let Some(before) = before else { return self.save_at(&record, None).await };
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(crate::db::item_of(&record)?))
            .condition_expression("sealed = :before")
            .expression_attribute_values(":before", AttributeValue::S(before.sealed.clone()))
            .send()
            .await?;
        Ok(())
    }

    /// Stores a secret and replaces an existing one.
    ///
    /// # Errors
    /// The database or KMS fails.
    pub(crate) async fn replace_secret(&self, name: &str, secret: &str) -> Result<(), StorageError> {
        let sealed = self.seal.close(name, secret).await?;
        self.put(&SecretRecord::sealed(name, sealed)).await
    }

    /// Replaces a plain secret by the same one encrypted.
    async fn seal_secret(&self, name: &str, secret: &str, sealed: &str) -> Result<(), StorageError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(keys::SECRETS.to_owned()))
            .key("sk", AttributeValue::S(name.to_owned()))
            .update_expression("set sealed = :sealed remove secret")
            .condition_expression("secret = :secret")
            .expression_attribute_values(":sealed", AttributeValue::S(sealed.to_owned()))
            .expression_attribute_values(":secret", AttributeValue::S(secret.to_owned()));
        match update.send().await.map_err(StorageError::from) {
            // Another function has encrypted it concurrently.
            Ok(_) | Err(StorageError::Changed) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
