//! The subscriptions to a topic, in shards, so that no partition gets more requests than DynamoDB allows (3,000 read and 1,000 write units
//! a second), for any number of subscribers.
//!
//! A topic has one shard until a subscriber finds more than [`Config::shard`](crate::config::Config::shard) subscriptions in it. Then the
//! number of shards is multiplied by `GROWTH_FACTOR`, and a new subscription is stored in any of them. Existing subscriptions stay in their
//! shards, and the item of the connection lists its shards. A reader reads the number of shards consistently, and then each shard; a writer
//! may know an older, smaller number. The TTL expires the number after all connections that used it.

use std::hash::{DefaultHasher, Hash, Hasher};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::time::Timestamp;
use domain::topic::Topic;
use serde::{Deserialize, Serialize};

use crate::db::keys::{self, Shard};
use crate::db::{Storage, StorageError};

/// The number of shards is multiplied by this at each growth. The first shard gets subscriptions at each size, so if many clients subscribe
/// at once, it holds up to five times its target: once for each of the sizes 1, 4, 16, 64 and 256.
const GROWTH_FACTOR: u32 = 4;

/// The largest number of shards: enough for half a million connections.
const MAX_SHARDS: u32 = 256;

/// About this many subscribers count a shard while it fills.
const COUNTS_PER_SHARD: usize = 16;

/// The number of shards of a topic.
#[derive(Debug, Serialize, Deserialize)]
struct TopicShards {
    pk: String,
    sk: String,
    shards: u32,
    /// Epoch seconds.
    expires: i64,
}

/// The connections that are subscribed to a topic, or those of one shard.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subscribers {
    /// Connections that receive the changes.
    pub active: Vec<String>,
    /// Connections whose token has expired: they receive nothing more.
    pub expired: Vec<String>,
}

/// A hash of the connection's id, the same in each process.
fn hash_of_connection(connection: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    connection.hash(&mut hasher);
    hasher.finish()
}

impl Storage {
    async fn topic_shards(&self, topic: &Topic) -> Result<Option<TopicShards>, StorageError> {
        self.get(&keys::topic_shards(topic), keys::TOPIC_SHARDS).await
    }

    /// The number of shards of a topic, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn shards(&self, topic: &Topic) -> Result<u32, StorageError> {
        Ok(self.topic_shards(topic).await?.map_or(1, |record| record.shards))
    }

    /// The connections of one shard, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn subscribers(&self, shard: &Shard, now: Timestamp) -> Result<Subscribers, StorageError> {
        let pk = keys::subscribers(shard);
        let items = self.query(&pk, |query| query.consistent_read(true).projection_expression("sk, expires")).await?;
        let mut subscribers = Subscribers::default();
        for mut item in items {
            let Some(AttributeValue::S(id)) = item.remove("sk") else { continue };
            let expires = item.get("expires").and_then(|expires| expires.as_n().ok()?.parse::<i64>().ok());
            let is_expired = expires.is_some_and(|expires| expires <= now.seconds());
            let list = if is_expired { &mut subscribers.expired } else { &mut subscribers.active };
            list.push(id);
        }
        Ok(subscribers)
    }

    /// The shard for a connection's subscription. The number of shards now expires after this subscription.
    pub(crate) async fn shard_for(
        &self,
        topic: &Topic,
        connection: &str,
        now: Timestamp,
    ) -> Result<Shard, StorageError> {
        let first = Shard::first(topic.clone());
        let Some(record) = self.topic_shards(topic).await? else { return Ok(first) };
        if record.expires < now.plus(keys::CONNECTION_KEPT).seconds() {
            match self.write_shards(topic, record.shards, record.shards, now).await {
                // The record was deleted concurrently, or the number has grown.
                Err(StorageError::Changed) => return Ok(first),
                other => other?,
            }
        }
        let number =
            u32::try_from(hash_of_connection(connection) % u64::from(record.shards.max(1))).unwrap_or_default();
        Ok(Shard { number, ..first })
    }

    /// Counting on every subscribe would cost too much. About one subscriber in `shard_size / COUNTS_PER_SHARD` counts its shard and, if it
    /// is too full, multiplies the number of shards. A failure is only logged, since a later subscriber counts again.
    pub(crate) async fn grow_if_full(&self, shard: &Shard, connection: &str, now: Timestamp) {
        let interval = (self.shard_size / COUNTS_PER_SHARD).max(1) as u64;
        let is_counting = (hash_of_connection(connection) >> 32).is_multiple_of(interval);
        if is_counting
            && let Err(error) = self.count_and_grow(shard, now).await
            && !matches!(error, StorageError::Changed)
        {
            tracing::warn!(%shard, %error, "the subscribers of a shard could not be counted");
        }
    }

    async fn count_and_grow(&self, shard: &Shard, now: Timestamp) -> Result<(), StorageError> {
        let shards = self.shards(&shard.topic).await?;
        // Older shards are fuller, because they have existed longer.
        let is_newest = shard.number >= shards / GROWTH_FACTOR;
        if !is_newest || shards >= MAX_SHARDS || self.count(&keys::subscribers(shard)).await? <= self.shard_size {
            return Ok(());
        }
        tracing::info!(topic = %shard.topic, shards = shards * GROWTH_FACTOR, "the number of shards of a topic has grown");
        self.write_shards(&shard.topic, shards, shards * GROWTH_FACTOR, now).await
    }

    /// [`StorageError::Changed`] if the number of shards is not `seen`.
    async fn write_shards(&self, topic: &Topic, seen: u32, shards: u32, now: Timestamp) -> Result<(), StorageError> {
        let expires = now.plus(keys::CONNECTION_KEPT * 2).seconds();
        let record = TopicShards { pk: keys::topic_shards(topic), sk: keys::TOPIC_SHARDS.to_owned(), shards, expires };
        // A topic with one shard needs no item.
        let condition = if seen == 1 { "attribute_not_exists(pk) or shards = :seen" } else { "shards = :seen" };
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(crate::db::item_of(&record)?))
            .condition_expression(condition)
            .expression_attribute_values(":seen", AttributeValue::N(seen.to_string()))
            .send()
            .await?;
        Ok(())
    }
}
