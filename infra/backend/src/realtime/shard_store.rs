//! The subscriptions to a topic, in shards, so that no partition gets more requests than DynamoDB allows (3,000 read and 1,000 write units
//! a second), for any number of subscribers.
//!
//! A topic has one shard until a subscriber finds more than [`Config::shard`](crate::config::Config::shard) subscriptions in it. Then the
//! number of shards is multiplied by `GROWTH`, and a new subscription goes into any of them. Existing subscriptions stay where they are,
//! and the item of the connection has their shards. A reader reads the number of shards consistently, and then each shard; a writer may
//! know an older, smaller number. The number expires by its time to live, after all connections that used it.

use std::hash::{DefaultHasher, Hash, Hasher};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::time::Timestamp;
use domain::topic::Topic;
use serde::{Deserialize, Serialize};

use crate::db::keys::{self, Shard};
use crate::db::{Storage, StorageError};

/// So many times as many shards there are after each growth. The first shard takes its part at each size, so in a crowd that comes at
/// once it holds as many shards' worth as there were sizes: five at most.
const GROWTH: u32 = 4;

/// There are no more shards than this: as many as half a million connections ask for.
const MOST: u32 = 256;

/// Of so many who come while a shard fills, one counts it.
const COUNTERS: usize = 16;

/// How many shards a topic's subscribers stand in.
#[derive(Debug, Serialize, Deserialize)]
struct TopicShards {
    pk: String,
    sk: String,
    shards: u32,
    /// Epoch seconds.
    expires: i64,
}

/// The connections that watch a topic, or those of one shard.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subscribers {
    /// Those that are told.
    pub there: Vec<String>,
    /// Those whose token has expired: they are told nothing more.
    pub ended: Vec<String>,
}

/// The same for one connection wherever it is asked.
fn place_of(connection: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    connection.hash(&mut hasher);
    hasher.finish()
}

impl Storage {
    async fn topic_shards(&self, topic: &Topic) -> Result<Option<TopicShards>, StorageError> {
        self.get(&keys::topic_shards(topic), keys::TOPIC_SHARDS).await
    }

    /// How many shards there are of those who watch a topic, consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn shards(&self, topic: &Topic) -> Result<u32, StorageError> {
        Ok(self.topic_shards(topic).await?.map_or(1, |record| record.shards))
    }

    /// The connections of one shard, consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn subscribers(&self, shard: &Shard, now: Timestamp) -> Result<Subscribers, StorageError> {
        let pk = keys::subscribers(shard);
        let items = self.query(&pk, |query| query.consistent_read(true).projection_expression("sk, expires")).await?;
        let mut subscribers = Subscribers::default();
        for mut item in items {
            let Some(AttributeValue::S(id)) = item.remove("sk") else { continue };
            let end = item.get("expires").and_then(|expires| expires.as_n().ok()?.parse::<i64>().ok());
            let has_ended = end.is_some_and(|end| end <= now.seconds());
            let place = if has_ended { &mut subscribers.ended } else { &mut subscribers.there };
            place.push(id);
        }
        Ok(subscribers)
    }

    /// Where a connection is to stand. The number of shards outlives its subscription from now on.
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
                // It has gone meanwhile, or has grown.
                Err(StorageError::Changed) => return Ok(first),
                other => other?,
            }
        }
        let number = u32::try_from(place_of(connection) % u64::from(record.shards.max(1))).unwrap_or_default();
        Ok(Shard { number, ..first })
    }

    /// Counts the shard in which a connection stands now, at times: a fuller one means that there are to be more. That it could
    /// not be counted harms nobody: somebody else will.
    pub(crate) async fn look_around(&self, shard: &Shard, connection: &str, now: Timestamp) {
        let turn = (place_of(connection) >> 32) % (self.shard_size / COUNTERS).max(1) as u64;
        if turn == 0
            && let Err(error) = self.grow(shard, now).await
            && !matches!(error, StorageError::Changed)
        {
            tracing::warn!(%shard, %error, "the subscribers of a shard could not be counted");
        }
    }

    async fn grow(&self, shard: &Shard, now: Timestamp) -> Result<(), StorageError> {
        let shards = self.shards(&shard.topic).await?;
        // The older ones are fuller, since they have been there longer.
        let is_newest = shard.number >= shards / GROWTH;
        if !is_newest || shards >= MOST || self.count(&keys::subscribers(shard)).await? <= self.shard_size {
            return Ok(());
        }
        tracing::info!(topic = %shard.topic, shards = shards * GROWTH, "a topic has got more shards");
        self.write_shards(&shard.topic, shards, shards * GROWTH, now).await
    }

    /// [`StorageError::Changed`], if there are not as many as `seen`.
    async fn write_shards(&self, topic: &Topic, seen: u32, shards: u32, now: Timestamp) -> Result<(), StorageError> {
        let expires = now.plus(keys::CONNECTION_KEPT * 2).seconds();
        let record = TopicShards { pk: keys::topic_shards(topic), sk: keys::TOPIC_SHARDS.to_owned(), shards, expires };
        // One shard needs no item.
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
