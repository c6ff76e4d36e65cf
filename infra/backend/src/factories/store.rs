//! The factory tree in DynamoDB.

use domain::factory::{Factory, FactoryId};
use serde::{Deserialize, Serialize};

use crate::db::{Storage, StorageError, keys};

/// A factory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactoryRecord {
    pk: String,
    /// The factory's id.
    pub sk: FactoryId,
    /// Its revision.
    pub rev: u64,
    /// The factory itself.
    pub factory: Factory,
}

impl Storage {
    /// All factories, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn factories(&self) -> Result<Vec<Factory>, StorageError> {
        let items = self.query(keys::FACTORIES, |query| query.consistent_read(true)).await?;
        Ok(crate::db::readable::<FactoryRecord>(items).map(|record| record.factory).collect())
    }

    /// One factory, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn factory(&self, id: &FactoryId) -> Result<Option<Factory>, StorageError> {
        let record: Option<FactoryRecord> = self.get(keys::FACTORIES, id.as_str()).await?;
        Ok(record.map(|record| record.factory))
    }

    /// Writes a factory's next state if it is at revision `before`; `None` means that it does not exist yet.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if it is at another revision; or the database fails.
    pub async fn save_factory(&self, before: Option<u64>, factory: &Factory) -> Result<(), StorageError> {
        let (pk, sk) = (keys::FACTORIES.to_owned(), factory.id.clone());
        self.save_at(&FactoryRecord { pk, sk, rev: factory.rev, factory: factory.clone() }, before).await
    }

    /// Deletes a factory if it is at this revision. Its id is never used again, so no tombstone is needed.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if it is at another revision; or the database fails.
    pub async fn delete_factory(&self, factory: &Factory) -> Result<(), StorageError> {
        self.delete_at(keys::FACTORIES, factory.id.as_str(), factory.rev).await
    }
}
