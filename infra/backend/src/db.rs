//! The one DynamoDB table: its keys, its records, and what the stores of the slices share. Only this module and the stores know attribute
//! names.
//!
//! [`keys`] lists the keys and access patterns.

pub(crate) mod deferred;
pub(crate) mod error;
pub mod idempotency_keys;
pub mod keys;
pub mod owned;
pub mod records;
pub mod schema;
pub(crate) mod seal;
pub(crate) mod secrets;
pub(crate) mod size;

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, KeysAndAttributes, Put, Select, TransactWriteItem};
use futures::future::try_join_all;
use futures::stream::{StreamExt, TryStreamExt};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use crate::db::error::StorageError;

use crate::config::Config;
use crate::telemetry::trace_context::{self, TraceContext};

/// The largest number of concurrent deletes.
const CONCURRENT_DELETES: usize = 16;

/// The number of keys that `BatchGetItem` takes.
const BATCH_GET_LIMIT: usize = 100;

/// The attribute with a record's version, if it is not 1. A record whose meaning changes gets the next version. An older function, which
/// still runs for some seconds during a deployment, then does not misread it: for that function the record is unreadable, and the stream
/// delivers it again.
pub(crate) const RECORD_VERSION: &str = "recordVersion";

/// The version of all records that this code writes and reads.
const KNOWN_VERSION: u32 = 1;

pub(crate) type Item = HashMap<String, AttributeValue>;

/// The client of the table. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Storage {
    pub(crate) client: Client,
    pub(crate) seal: seal::Seal,
    pub(crate) table: String,
    /// The number of subscriptions of a topic that one shard holds.
    pub(crate) shard_size: usize,
}

impl Storage {
    pub(crate) fn new(client: Client, kms: aws_sdk_kms::Client, config: &Config) -> Self {
        let seal = seal::Seal::new(kms, config);
        Self { client, seal, table: config.table.clone(), shard_size: config.shard }
    }

    /// Opens a connection to the database, by reading an item that does not exist.
    ///
    /// # Errors
    /// The database fails.
    pub async fn warm(&self) -> Result<(), StorageError> {
        self.get::<serde::de::IgnoredAny>("NOTHING", "NOTHING").await.map(drop)
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, pk: &str, sk: &str) -> Result<Option<T>, StorageError> {
        let response = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(pk.to_owned()))
            .key("sk", AttributeValue::S(sk.to_owned()))
            .consistent_read(true)
            .send()
            .await?;
        response.item.map(read).transpose()
    }

    /// The items of these keys that exist, read consistently, in any order. No key may be listed twice.
    pub(crate) async fn get_all(&self, item_keys: &[(String, String)]) -> Result<Vec<Item>, StorageError> {
        let batches = item_keys.chunks(BATCH_GET_LIMIT).map(|batch| self.get_batch(batch));
        Ok(try_join_all(batches).await?.into_iter().flatten().collect())
    }

    async fn get_batch(&self, item_keys: &[(String, String)]) -> Result<Vec<Item>, StorageError> {
        let mut keys = KeysAndAttributes::builder().consistent_read(true);
        for (pk, sk) in item_keys {
            let part = |name: &str, value: &String| (name.to_owned(), AttributeValue::S(value.clone()));
            keys = keys.keys([part("pk", pk), part("sk", sk)].into());
        }
        let (mut items, mut remaining) = (Vec::new(), Some(keys.build()?));
        // DynamoDB lists the keys that it could not read at once, to be requested again ("BatchGetItem", UnprocessedKeys).
        while let Some(keys) = remaining.take() {
            let response = self.client.batch_get_item().request_items(&self.table, keys).send().await?;
            items.extend(response.responses.unwrap_or_default().remove(&self.table).unwrap_or_default());
            remaining = response.unprocessed_keys.unwrap_or_default().remove(&self.table);
        }
        Ok(items)
    }

    pub(crate) async fn put<T: Serialize>(&self, record: &T) -> Result<(), StorageError> {
        let item = item_of(record)?;
        self.client.put_item().table_name(&self.table).set_item(Some(item)).send().await?;
        Ok(())
    }

    pub(crate) async fn delete(&self, pk: &str, sk: &str) -> Result<(), StorageError> {
        self.client
            .delete_item()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(pk.to_owned()))
            .key("sk", AttributeValue::S(sk.to_owned()))
            .send()
            .await?;
        Ok(())
    }

    /// All items of a partition, or the part of it that `refine` selects, read page by page.
    pub(crate) async fn query(
        &self,
        pk: &str,
        refine: impl FnOnce(QueryFluentBuilder) -> QueryFluentBuilder,
    ) -> Result<Vec<Item>, StorageError> {
        let whole = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()));
        let mut pages = refine(whole).into_paginator().send();
        let mut items = Vec::new();
        while let Some(page) = pages.next().await {
            items.extend(page?.items.unwrap_or_default());
        }
        Ok(items)
    }

    /// The number of items of a partition, read consistently.
    pub(crate) async fn count(&self, pk: &str) -> Result<usize, StorageError> {
        let mut pages = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()))
            .consistent_read(true)
            .select(Select::Count)
            .into_paginator()
            .send();
        let mut count = 0;
        while let Some(page) = pages.next().await {
            count += usize::try_from(page?.count).unwrap_or_default();
        }
        Ok(count)
    }

    /// A put with a condition: the item is at revision `before`, or does not exist if that is `None`.
    pub(crate) fn put_at<T: Serialize>(
        &self,
        record: &T,
        before: Option<u64>,
    ) -> Result<aws_sdk_dynamodb::types::builders::PutBuilder, StorageError> {
        let put = self.put_of(record)?;
        Ok(match before {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(rev) => put
                .condition_expression("rev = :rev")
                .expression_attribute_values(":rev", AttributeValue::N(rev.to_string())),
        })
    }

    /// Puts one item with that condition.
    pub(crate) async fn save_at<T: Serialize>(&self, record: &T, before: Option<u64>) -> Result<(), StorageError> {
        let put = self.put_at(record, before)?.build()?;
        if deferred::is_collecting() {
            return self.transact(vec![TransactWriteItem::builder().put(put).build()]).await;
        }
        self.client
            .put_item()
            .table_name(put.table_name())
            .set_item(Some(put.item().clone()))
            .set_condition_expression(put.condition_expression().map(str::to_owned))
            .set_expression_attribute_values(put.expression_attribute_values().cloned())
            .send()
            .await?;
        Ok(())
    }

    /// A delete without a condition yet.
    pub(crate) fn delete_of(&self, pk: &str, sk: &str) -> aws_sdk_dynamodb::types::builders::DeleteBuilder {
        let part = |text: &str| AttributeValue::S(text.to_owned());
        Delete::builder().table_name(&self.table).key("pk", part(pk)).key("sk", part(sk))
    }

    /// The deletion of an item as a part of a transaction; it need not exist.
    pub(crate) fn deletion(&self, pk: &str, sk: &str) -> Result<TransactWriteItem, StorageError> {
        Ok(TransactWriteItem::builder().delete(self.delete_of(pk, sk).build()?).build())
    }

    /// Deletes one item with the condition that it is at this revision.
    pub(crate) async fn delete_at(&self, pk: &str, sk: &str, rev: u64) -> Result<(), StorageError> {
        let delete = self
            .delete_of(pk, sk)
            .condition_expression("rev = :rev")
            .expression_attribute_values(":rev", AttributeValue::N(rev.to_string()))
            .build()?;
        if deferred::is_collecting() {
            return self.transact(vec![TransactWriteItem::builder().delete(delete).build()]).await;
        }
        self.client
            .delete_item()
            .table_name(delete.table_name())
            .set_key(Some(delete.key().clone()))
            .set_condition_expression(delete.condition_expression().map(str::to_owned))
            .set_expression_attribute_values(delete.expression_attribute_values().cloned())
            .send()
            .await?;
        Ok(())
    }

    /// Carries out these writes in one transaction, or adds them to those that the current task collects.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if a condition does not hold; [`StorageError::TooLarge`] if they are too large for a transaction; or the
    /// database fails.
    pub(crate) async fn transact(&self, writes: Vec<TransactWriteItem>) -> Result<(), StorageError> {
        size::check_writes(&writes)?;
        let Some(writes) = deferred::add(writes) else { return Ok(()) };
        self.client.transact_write_items().set_transact_items(Some(writes)).send().await?;
        Ok(())
    }

    /// If a write at this revision found an existing item, raises that item to the revision, provided that it has an older one or none. A
    /// program that knows no revisions may have deleted or replaced the item; the new item is then newer for all replicas, and its own
    /// stream record publishes it.
    pub(crate) async fn or_raise(
        &self,
        result: Result<(), StorageError>,
        pk: &str,
        sk: &str,
        rev: u64,
    ) -> Result<(), StorageError> {
        let Err(StorageError::Changed) = result else { return result };
        let raised = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(pk.to_owned()))
            .key("sk", AttributeValue::S(sk.to_owned()))
            .update_expression("set rev = :rev")
            .condition_expression("attribute_exists(pk) and (attribute_not_exists(rev) or rev < :rev)")
            .expression_attribute_values(":rev", AttributeValue::N(rev.to_string()))
            .send()
            .await;
        match raised.map_err(StorageError::from) {
            // The existing item is newer.
            Ok(_) | Err(StorageError::Changed) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Deletes all items of a partition.
    pub(crate) async fn clear(&self, pk: &str) -> Result<(), StorageError> {
        let items = self.query(pk, |query| query.projection_expression("sk")).await?;
        let keys = items.into_iter().filter_map(|mut item| match item.remove("sk") {
            Some(AttributeValue::S(sk)) => Some(sk),
            _ => None,
        });
        // Single deletes, some at a time: a batch may leave some items undone, which would have to be sent again.
        futures::stream::iter(keys)
            .map(|sk| async move { self.delete(pk, &sk).await })
            .buffer_unordered(CONCURRENT_DELETES)
            .try_collect::<Vec<()>>()
            .await?;
        Ok(())
    }

    pub(crate) fn put_of<T: Serialize>(
        &self,
        record: &T,
    ) -> Result<aws_sdk_dynamodb::types::builders::PutBuilder, StorageError> {
        let item = item_of(record)?;
        Ok(Put::builder().table_name(&self.table).set_item(Some(item)))
    }
}

/// The readable records of a list or a batch. A record that cannot be read is left out, and the log names its key, so one record never
/// hides the others.
pub(crate) fn readable<T: DeserializeOwned>(items: Vec<Item>) -> impl Iterator<Item = T> {
    items.into_iter().filter_map(read_or_skip)
}

/// One record of a list; `None` if it cannot be read.
pub(crate) fn read_or_skip<T: DeserializeOwned>(item: Item) -> Option<T> {
    match read(item) {
        Ok(record) => Some(record),
        Err(error) => {
            tracing::warn!(%error, "a record cannot be read; it is left out of the list");
            None
        }
    }
}

/// One record. The error does not say what is wrong with it: a message about a value would contain the value.
pub(crate) fn read<T: DeserializeOwned>(item: Item) -> Result<T, StorageError> {
    let key = key_of(&item);
    let version = item.get(RECORD_VERSION).and_then(|version| version.as_n().ok());
    if is_newer(version.map(String::as_str)) {
        return Err(StorageError::Unreadable(key));
    }
    serde_dynamo::from_item(item).map_err(|_| StorageError::Unreadable(key))
}

/// Whether this code does not know a record's version.
pub(crate) fn is_newer(version: Option<&str>) -> bool {
    version.is_some_and(|version| version.parse() != Ok(KNOWN_VERSION))
}

/// An item's key, for the log.
pub(crate) fn key_of(item: &Item) -> String {
    let part = |name| item.get(name).and_then(|value| value.as_s().ok()).map_or("?", String::as_str);
    format!("{} / {}", part("pk"), part("sk"))
}

/// A record as an item, with the request that writes it.
pub(crate) fn item_of<T: Serialize>(record: &T) -> Result<Item, StorageError> {
    let mut item: Item = serde_dynamo::to_item(record)?;
    if let Some(context) = TraceContext::current() {
        item.insert(trace_context::ATTRIBUTE.to_owned(), AttributeValue::S(context.to_string()));
    }
    Ok(item)
}
