//! The server's own secrets in DynamoDB. Never makes one.

use serde::{Deserialize, Serialize};

use super::{Storage, StorageError, keys};

/// A secret of the server's.
#[derive(Serialize, Deserialize)]
struct SecretRecord {
    pk: String,
    sk: String,
    secret: String,
}

impl Storage {
    /// The secret of this name, consistently.
    ///
    /// # Errors
    /// The database fails.
    pub(crate) async fn secret(&self, name: &str) -> Result<Option<String>, StorageError> {
        let record: Option<SecretRecord> = self.get(keys::SECRETS, name).await?;
        Ok(record.map(|record| record.secret))
    }

    /// Keeps a secret, provided that there is none of this name.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if there is one; or the database fails.
    pub(crate) async fn save_secret(&self, name: &str, secret: &str) -> Result<(), StorageError> {
        let record = SecretRecord { pk: keys::SECRETS.to_owned(), sk: name.to_owned(), secret: secret.to_owned() };
        self.save_at(&record, None).await
    }

    /// Keeps a secret in the place of whatever was there.
    ///
    /// # Errors
    /// The database fails.
    pub(crate) async fn replace_secret(&self, name: &str, secret: &str) -> Result<(), StorageError> {
        self.put(&SecretRecord { pk: keys::SECRETS.to_owned(), sk: name.to_owned(), secret: secret.to_owned() }).await
    }
}
