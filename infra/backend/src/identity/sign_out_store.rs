//! The times at which members signed out everywhere, in DynamoDB.

use domain::person::PersonId;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::db::{Storage, StorageError, keys};

#[derive(Serialize, Deserialize)]
struct SignOutRecord {
    pk: String,
    sk: String,
    /// Milliseconds since the epoch.
    at: i64,
    /// Epoch seconds.
    expires: i64,
}

impl Storage {
    /// Stores that a person has signed out everywhere.
    ///
    /// # Errors
    /// The database fails.
    pub async fn save_sign_out(&self, person: &PersonId, at: Timestamp) -> Result<(), StorageError> {
        let expires = at.plus(keys::SIGN_OUT_KEPT).seconds();
        let (pk, sk) = (keys::sign_out(person), keys::SIGN_OUT.to_owned());
        self.put(&SignOutRecord { pk, sk, at: at.milliseconds(), expires }).await
    }

    /// When a person signed out everywhere, read consistently; `None` if never.
    ///
    /// # Errors
    /// The database fails.
    pub async fn signed_out_at(&self, person: &PersonId) -> Result<Option<Timestamp>, StorageError> {
        let record: Option<SignOutRecord> = self.get(&keys::sign_out(person), keys::SIGN_OUT).await?;
        Ok(record.map(|record| Timestamp::from_milliseconds(record.at)))
    }
}
