//! The server's own secrets in DynamoDB, encrypted.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use crate::db::{Storage, StorageError, keys};

/// A secret of the server's.
#[derive(Serialize, Deserialize)]
struct SecretRecord {
    pk: String,
    sk: String,
    /// The secret itself, as it was kept before secrets were sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    /// The secret, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sealed: Option<String>,
    /// Set by hand: another key is to be made beside this one (docs/operations.md).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    rotate: bool,
}

impl SecretRecord {
    fn sealed(name: &str, sealed: String) -> Self {
        let (pk, sk) = (keys::SECRETS.to_owned(), name.to_owned());
        Self { pk, sk, secret: None, sealed: Some(sealed), rotate: false }
    }
}

/// A secret as it was read.
pub(crate) struct KeptSecret {
    /// What it is.
    pub(crate) text: String,
    /// Whether another key is to be made beside this one.
    pub(crate) rotate: bool,
    /// As it stands in the table: no two sealed texts are alike.
    sealed: String,
}

impl Storage {
    /// The secret of this name, consistently. One that is not sealed yet is sealed now.
    ///
    /// # Errors
    /// The database or KMS fails, or the secret cannot be opened.
    pub(crate) async fn secret(&self, name: &str) -> Result<Option<KeptSecret>, StorageError> {
        let record: Option<SecretRecord> = self.get(keys::SECRETS, name).await?;
        Ok(match record {
            None => None,
            Some(SecretRecord { sealed: Some(sealed), rotate, .. }) => {
                Some(KeptSecret { text: self.seal.open(name, &sealed).await?, rotate, sealed })
            }
            Some(SecretRecord { secret: Some(text), rotate, .. }) => {
                let sealed = self.seal.close(name, &text).await?;
                self.seal_secret(name, &text, &sealed).await?;
                Some(KeptSecret { text, rotate, sealed })
            }
            Some(_) => return Err(StorageError::Unreadable(format!("{} / {name}", keys::SECRETS))),
        })
    }

    /// Whether there is a secret of this name.
    ///
    /// # Errors
    /// The database fails.
    pub(crate) async fn has_secret(&self, name: &str) -> Result<bool, StorageError> {
        Ok(self.get::<serde::de::IgnoredAny>(keys::SECRETS, name).await?.is_some())
    }

    /// Keeps a secret, provided that what is there is still as it was read.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if it is not; or the database or KMS fails.
    pub(crate) async fn save_secret(
        &self,
        name: &str,
        secret: &str,
        before: Option<&KeptSecret>,
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

    /// Keeps a secret in the place of whatever was there.
    ///
    /// # Errors
    /// The database or KMS fails.
    pub(crate) async fn replace_secret(&self, name: &str, secret: &str) -> Result<(), StorageError> {
        let sealed = self.seal.close(name, secret).await?;
        self.put(&SecretRecord::sealed(name, sealed)).await
    }

    /// Puts a sealed secret in the place of the same one that is not.
    async fn seal_secret(&self, name: &str, secret: &str, sealed: &str) -> Result<(), StorageError> {
        let sealing = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(keys::SECRETS.to_owned()))
            .key("sk", AttributeValue::S(name.to_owned()))
            .update_expression("set sealed = :sealed remove secret")
            .condition_expression("secret = :secret")
            .expression_attribute_values(":sealed", AttributeValue::S(sealed.to_owned()))
            .expression_attribute_values(":secret", AttributeValue::S(secret.to_owned()));
        match sealing.send().await.map_err(StorageError::from) {
            // Another function has sealed it meanwhile.
            Ok(_) | Err(StorageError::Changed) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
