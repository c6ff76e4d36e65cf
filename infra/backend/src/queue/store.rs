//! The queues for tables, in DynamoDB.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::line::Line;
use domain::table::{Table, TableId};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::db::records::TableRecord;
use crate::db::{Storage, StorageError, keys};

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineRecord {
    pk: String,
    /// The table's id.
    pub sk: TableId,
    /// Its revision.
    pub rev: u64,
    /// What people call the table.
    #[serde(default)]
    pub name: String,
    /// What it is.
    pub line: Line,
}

impl Storage {
    /// The line for a table, consistently; `None` if nobody has ever waited.
    ///
    /// # Errors
    /// The database fails.
    pub async fn line(&self, table: &TableId) -> Result<Option<Line>, StorageError> {
        let record: Option<LineRecord> = self.get(keys::LINES, table.as_str()).await?;
        Ok(record.map(|record| record.line))
    }

    /// All lines, consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn lines(&self) -> Result<Vec<Line>, StorageError> {
        let items = self.query(keys::LINES, |query| query.consistent_read(true)).await?;
        Ok(crate::db::readable::<LineRecord>(items).map(|record| record.line).collect())
    }

    /// Writes a line, provided that it is at `before` now, and the number of people who wait on its table, in one transaction if that is
    /// another one: provided that the table is still as it is given.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if either is not; or the database fails.
    pub async fn save_line(
        &self,
        line: &Line,
        before: Option<u64>,
        table: &Table,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let record = LineRecord {
            pk: keys::LINES.to_owned(),
            sk: line.table.clone(),
            rev: line.rev,
            name: table.name().to_owned(),
            line: line.clone(),
        };
        let Some(counted) = table.with_waiting(line.waiting(), now) else { return self.save_at(&record, before).await };
        let line = self.put_at(&record, before)?.build()?;
        let table = self.put_at(&TableRecord::from(&counted), Some(table.rev))?.build()?;
        let put = |put| TransactWriteItem::builder().put(put).build();
        self.client.transact_write_items().transact_items(put(line)).transact_items(put(table)).send().await?;
        Ok(())
    }

    /// Forgets the line for a table that is gone.
    ///
    /// # Errors
    /// The database fails.
    pub async fn remove_line(&self, table: &TableId) -> Result<(), StorageError> {
        self.delete(keys::LINES, table.as_str()).await
    }
}
