//! The lines for tables in DynamoDB. Never decides who is next.

use domain::line::Line;
use domain::table::TableId;
use serde::{Deserialize, Serialize};

use super::{Storage, StorageError, keys};

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
        Ok(super::readable::<LineRecord>(items).map(|record| record.line).collect())
    }

    /// Writes a line for what people call `name`, provided that it is at `before` now.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if it is not; or the database fails.
    pub async fn save_line(&self, line: &Line, name: &str, before: Option<u64>) -> Result<(), StorageError> {
        let record = LineRecord {
            pk: keys::LINES.to_owned(),
            sk: line.table.clone(),
            rev: line.rev,
            name: name.to_owned(),
            line: line.clone(),
        };
        self.save_at(&record, before).await
    }

    /// Forgets the line for a table that is gone.
    ///
    /// # Errors
    /// The database fails.
    pub async fn remove_line(&self, table: &TableId) -> Result<(), StorageError> {
        self.delete(keys::LINES, table.as_str()).await
    }
}
