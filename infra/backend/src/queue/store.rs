//! The queues for tables, in DynamoDB.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::queue::Queue;
use domain::table::{Table, TableId};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::db::records::TableRecord;
use crate::db::{Storage, StorageError, keys};

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueRecord {
    pk: String,
    /// The table's id.
    pub sk: TableId,
    /// Its revision.
    pub rev: u64,
    /// The table's display name.
    #[serde(default)]
    pub name: String,
    /// The queue itself.
    #[serde(rename = "line")]
    pub queue: Queue,
}

impl Storage {
    /// The queue for a table, read consistently; `None` if there never was one.
    ///
    /// # Errors
    /// The database fails.
    pub async fn queue(&self, table: &TableId) -> Result<Option<Queue>, StorageError> {
        let record: Option<QueueRecord> = self.get(keys::QUEUES, table.as_str()).await?;
        Ok(record.map(|record| record.queue))
    }

    /// All queues, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn queues(&self) -> Result<Vec<Queue>, StorageError> {
        let items = self.query(keys::QUEUES, |query| query.consistent_read(true)).await?;
        Ok(crate::db::readable::<QueueRecord>(items).map(|record| record.queue).collect())
    }

    /// Writes a queue if it is at `before`. If the number of waiting people has changed, the same transaction writes it to the table, on
    /// the condition that the table is unchanged.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if a condition fails; or the database fails.
    pub async fn save_queue(
        &self,
        queue: &Queue,
        before: Option<u64>,
        table: &Table,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let record = QueueRecord {
            pk: keys::QUEUES.to_owned(),
            sk: queue.table.clone(),
            rev: queue.rev,
            name: table.name().to_owned(),
            queue: queue.clone(),
        };
        let Some(counted) = table.with_waiting(queue.waiting(), now) else {
            return self.save_at(&record, before).await;
        };
        let queue = self.put_at(&record, before)?.build()?;
        let table = self.put_at(&TableRecord::from(&counted), Some(table.rev))?.build()?;
        let put = |put| TransactWriteItem::builder().put(put).build();
        self.transact(vec![put(queue), put(table)]).await
    }

    /// Deletes the queue of a removed table.
    ///
    /// # Errors
    /// The database fails.
    pub async fn remove_queue(&self, table: &TableId) -> Result<(), StorageError> {
        self.delete(keys::QUEUES, table.as_str()).await
    }
}
