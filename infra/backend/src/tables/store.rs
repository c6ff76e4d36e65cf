//! Tables, their heartbeats and their history, in DynamoDB.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, TransactWriteItem};
use domain::table::{LastReport, Table, TableId, TableStatus};
use domain::time::Timestamp;
use domain::usage::StatusChange;

use crate::db::records::{ChangeRecord, HeartbeatRecord, TableRecord};
use crate::db::{Storage, StorageError, keys};

/// The maximum number of status changes for a table's usage: one every 13 minutes over 90 days.
const CHANGES_READ: i32 = 10_000;

/// The stored state of an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// No table, and no tombstone.
    Absent,
    /// A tombstone, with its revision.
    Deleted(u64),
    /// A table.
    Present(Table),
}

impl Storage {
    /// The stored state of an id, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn table(&self, id: &TableId) -> Result<Stored, StorageError> {
        let record: Option<TableRecord> = self.get(keys::TABLES, id.as_str()).await?;
        Ok(record.map_or(Stored::Absent, |record| {
            let rev = record.rev;
            record.into_table().map_or(Stored::Deleted(rev), Stored::Present)
        }))
    }

    /// All tables in the order of their ids, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn tables(&self) -> Result<Vec<Table>, StorageError> {
        let items = self.query(keys::TABLES, |query| query.consistent_read(true)).await?;
        Ok(crate::db::readable::<TableRecord>(items).filter_map(TableRecord::into_table).collect())
    }

    /// Writes a table's next state, and its status change if there is one, on the condition that it is at `before`.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if it is not; or the database fails.
    pub async fn save_table(&self, before: &Stored, table: &Table) -> Result<(), StorageError> {
        let changed = match before {
            Stored::Present(before) => before.status != table.status,
            Stored::Deleted(_) | Stored::Absent => true,
        };
        let change = changed.then_some(StatusChange { at: table.since, status: table.status });
        self.write_table(before, &TableRecord::from(table), change, None).await
    }

    /// Writes the next state from the sweep, on the condition that the table and its last heartbeat are unchanged since the sweep read
    /// them.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if they are not; or the database fails.
    pub async fn save_swept_table(
        &self,
        before: &Table,
        last_report: Option<LastReport>,
        table: &Table,
    ) -> Result<(), StorageError> {
        let change = StatusChange { at: table.since, status: table.status };
        let check = ConditionCheck::builder()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(keys::HEARTBEATS.to_owned()))
            .key("sk", AttributeValue::S(table.id.to_string()));
        let check = match last_report {
            Some(report) => check
                .condition_expression("#at = :at")
                .expression_attribute_names("#at", "at")
                .expression_attribute_values(":at", AttributeValue::N(report.at.milliseconds().to_string())),
            None => check.condition_expression("attribute_not_exists(pk)"),
        };
        let before = Stored::Present(before.clone());
        self.write_table(&before, &TableRecord::from(table), Some(change), Some(check.build()?)).await
    }

    /// Replaces a table by a tombstone if it is at `before`. From then on its usage is unknown.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if it is not; or the database fails.
    pub async fn remove_table(&self, before: &Table, now: Timestamp) -> Result<(), StorageError> {
        let tombstone = TableRecord::tombstone(&before.id, before.rev + 1, now);
        let change = StatusChange { at: now, status: TableStatus::NoSignal };
        self.write_table(&Stored::Present(before.clone()), &tombstone, Some(change), None).await
    }

    /// Writes a tombstone for a table that another program has deleted without one. If the table exists again with an older revision, it
    /// gets this revision.
    ///
    /// # Errors
    /// The database fails.
    pub async fn write_table_tombstone(&self, id: &TableId, rev: u64, now: Timestamp) -> Result<(), StorageError> {
        let tombstone = TableRecord::tombstone(id, rev, now);
        let change = StatusChange { at: now, status: TableStatus::NoSignal };
        let written = self.write_table(&Stored::Absent, &tombstone, Some(change), None).await;
        self.or_raise(written, keys::TABLES, id.as_str(), rev).await
    }

    /// Stores a heartbeat.
    ///
    /// # Errors
    /// The database fails.
    pub async fn save_last_report(&self, id: &TableId, report: LastReport) -> Result<(), StorageError> {
        self.put(&HeartbeatRecord::new(id, report)).await
    }

    /// The last heartbeat of one table.
    ///
    /// # Errors
    /// The database fails.
    pub async fn last_report(&self, id: &TableId) -> Result<Option<LastReport>, StorageError> {
        let record: Option<HeartbeatRecord> = self.get(keys::HEARTBEATS, id.as_str()).await?;
        Ok(record.map(|record| record.last_report()))
    }

    /// The last heartbeats of all tables.
    ///
    /// # Errors
    /// The database fails.
    pub async fn last_reports(&self) -> Result<HashMap<TableId, LastReport>, StorageError> {
        let items = self.query(keys::HEARTBEATS, |query| query.consistent_read(true)).await?;
        Ok(crate::db::readable::<HeartbeatRecord>(items)
            .map(|record| (record.sk.clone(), record.last_report()))
            .collect())
    }

    /// A table's status changes since `since`, oldest first; the latest 10,000 of them.
    ///
    /// # Errors
    /// The database fails.
    pub async fn history(&self, id: &TableId, since: Timestamp) -> Result<Vec<StatusChange>, StorageError> {
        let mut pages = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk and sk >= :since")
            .expression_attribute_values(":pk", AttributeValue::S(keys::history(id)))
            .expression_attribute_values(":since", AttributeValue::S(since.to_string()))
            .scan_index_forward(false)
            .into_paginator()
            .page_size(CHANGES_READ)
            .send();
        let mut changes: Vec<StatusChange> = Vec::new();
        while let Some(page) = pages.next().await {
            let items = page?.items.unwrap_or_default();
            changes.extend(crate::db::readable::<ChangeRecord>(items).map(|record| record.change()));
            if i32::try_from(changes.len()).is_ok_and(|count| count < CHANGES_READ) {
                continue;
            }
            break;
        }
        changes.reverse();
        Ok(changes)
    }

    /// Stores past status changes, from an import or the demo.
    ///
    /// # Errors
    /// The database fails.
    pub async fn import_history(&self, id: &TableId, changes: &[StatusChange]) -> Result<(), StorageError> {
        for change in changes {
            self.put(&ChangeRecord::new(id, 0, *change)).await?;
        }
        Ok(())
    }

    async fn write_table(
        &self,
        before: &Stored,
        record: &TableRecord,
        change: Option<StatusChange>,
        check: Option<ConditionCheck>,
    ) -> Result<(), StorageError> {
        let put = self.put_of(record)?;
        // A removal needs no condition of its own, since it also raises the revision.
        let put = match before {
            Stored::Absent => put.condition_expression("attribute_not_exists(pk)"),
            Stored::Deleted(rev) | Stored::Present(Table { rev, .. }) => put
                .condition_expression("rev = :rev")
                .expression_attribute_values(":rev", AttributeValue::N(rev.to_string())),
        };
        let mut writes = vec![TransactWriteItem::builder().put(put.build()?).build()];
        if let Some(change) = change {
            let put = self.put_of(&ChangeRecord::new(&record.sk, record.rev, change))?.build()?;
            writes.push(TransactWriteItem::builder().put(put).build());
        }
        if let Some(check) = check {
            writes.push(TransactWriteItem::builder().condition_check(check).build());
        }
        self.transact(writes).await
    }
}
