//! Connections and their subscriptions, in DynamoDB.

use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use domain::person::PersonId;
use domain::time::Timestamp;
use domain::topic::Topic;
use futures::future::try_join_all;
use protocol::frames::SUBSCRIPTION_LIMIT;
use serde::{Deserialize, Serialize};

use crate::db::keys::{self, Shard};
use crate::db::records::{ConnectionRecord, SubscriptionRecord};
use crate::db::{Storage, StorageError};
use crate::realtime::ticket_store::Holder;

/// The number of tries to write a connection's topics: the messages of a connection are handled concurrently, and of two concurrent
/// transactions on its item DynamoDB rejects one ("TransactionConflict").
const TRIES: usize = 8;

/// A handshake takes at most this long.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

fn too_many_conflicts() -> StorageError {
    StorageError::Unavailable(format!("all {TRIES} writes of a connection's item conflicted"))
}

/// A connection in the list of its person's connections.
#[derive(Serialize, Deserialize)]
struct SessionRecord {
    pk: String,
    /// The connection's id.
    sk: String,
    /// Epoch seconds.
    expires: i64,
}

/// When a subscription expires, in epoch seconds: with the connection, or earlier with the token that it was opened with.
fn subscription_expiry(holder: Option<&Holder>, now: Timestamp) -> i64 {
    let limit = now.plus(keys::CONNECTION_KEPT);
    holder.and_then(|holder| holder.token_expires).map_or(limit, |expires| expires.min(limit)).seconds()
}

impl Storage {
    /// Stores the person of a connection. The list of the person's connections is written first, so that a reader of the list misses no
    /// connection.
    ///
    /// # Errors
    /// The database fails.
    pub async fn save_holder(&self, connection: &str, holder: &Holder, now: Timestamp) -> Result<(), StorageError> {
        let (pk, expires) = (keys::sessions(holder.person.id()), now.plus(keys::CONNECTION_KEPT).seconds());
        self.put(&SessionRecord { pk, sk: connection.to_owned(), expires }).await?;
        let expression = match holder.token_expires {
            None => "set person = :person, expires = if_not_exists(expires, :expires)",
            Some(_) => "set person = :person, tokenExpires = :token, expires = if_not_exists(expires, :expires)",
        };
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(keys::connection(connection)))
            .key("sk", AttributeValue::S(keys::CONNECTION.to_owned()))
            .update_expression(expression)
            .expression_attribute_values(":person", serde_dynamo::to_attribute_value(&holder.person)?)
            .expression_attribute_values(":expires", AttributeValue::N(expires.to_string()));
        let token = holder.token_expires.map(|expires| AttributeValue::N(expires.seconds().to_string()));
        token
            .into_iter()
            .fold(update, |update, token| update.expression_attribute_values(":token", token))
            .send()
            .await?;
        Ok(())
    }

    /// The live connections of a person, read consistently. Some may be closed. Only the keys are read, so that a connection can be ended
    /// even if its record cannot be read.
    ///
    /// # Errors
    /// The database fails.
    pub async fn connections_of(&self, person: &PersonId) -> Result<Vec<String>, StorageError> {
        let pk = keys::sessions(person);
        let items = self.query(&pk, |query| query.consistent_read(true).projection_expression("sk")).await?;
        let keys = items.into_iter().filter_map(|mut item| item.remove("sk"));
        Ok(keys.filter_map(|key| if let AttributeValue::S(id) = key { Some(id) } else { None }).collect())
    }

    /// A person's live connections with their subscriptions, read consistently. One that cannot be read is left out.
    ///
    /// # Errors
    /// The database fails.
    pub async fn subscriptions_of(&self, person: &PersonId) -> Result<Vec<(String, ConnectionRecord)>, StorageError> {
        let mut found = Vec::new();
        for connection in self.connections_of(person).await? {
            match self.connection(&connection).await {
                Ok(record) => found.extend(record.map(|record| (connection, record))),
                Err(StorageError::Unreadable(key)) => {
                    tracing::warn!(key, "a connection cannot be read; its subscriptions stay");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// A connection with its person and its subscriptions; `None` if it has neither a ticket nor a subscription.
    ///
    /// # Errors
    /// The database fails.
    pub async fn connection(&self, connection: &str) -> Result<Option<ConnectionRecord>, StorageError> {
        self.get(&keys::connection(connection), keys::CONNECTION).await
    }

    /// Stores that a connection subscribes to a topic, and its person, if known. With `needs_initial_snapshot`, the fan-out posts a
    /// snapshot.
    ///
    /// The connection's own item is created if it is missing. It may have been deleted too early: a post to a connection that is not open
    /// yet fails like a post to a closed one. Its person is deleted with it, so from then on the connection may subscribe to public
    /// topics only, until the client opens another one.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if the connection has its limit of subscriptions; or the database fails.
    pub async fn subscribe(
        &self,
        connection: &str,
        topic: &Topic,
        needs_initial_snapshot: bool,
        holder: Option<&Holder>,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let expires = now.plus(keys::CONNECTION_KEPT).seconds();
        let expression = "add topics :topics set expires = if_not_exists(expires, :expires)";
        let shard = self.shard_for(topic, connection, now).await?;
        let update = self
            .connection_update(connection, &shard, expression)
            .condition_expression("attribute_not_exists(topics) or contains(topics, :topic) or size(topics) < :limit")
            .expression_attribute_values(":expires", AttributeValue::N(expires.to_string()))
            .expression_attribute_values(":topic", AttributeValue::S(shard.to_string()))
            .expression_attribute_values(":limit", AttributeValue::N(SUBSCRIPTION_LIMIT.to_string()));
        // Presence in a room is derived from the subscriptions to it; for other topics the person is not needed.
        let person = holder.filter(|_| matches!(topic, Topic::Room(_))).map(|holder| holder.person.clone());
        let (pk, sk, expires) = (keys::subscribers(&shard), connection.to_owned(), subscription_expiry(holder, now));
        let subscription = SubscriptionRecord { pk, sk, needs_initial_snapshot, person, expires };
        let members = [
            TransactWriteItem::builder().update(update.build()?).build(),
            TransactWriteItem::builder().put(self.put_of(&subscription)?.build()?).build(),
        ];
        for _ in 0..TRIES {
            match self.transact(members.to_vec()).await {
                Err(StorageError::Changed) if !self.is_full(connection, &shard).await? => {}
                Ok(()) => {
                    self.grow_if_full(&shard, connection, now).await;
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        Err(too_many_conflicts())
    }

    /// Deletes the subscription of a connection to a topic.
    ///
    /// # Errors
    /// The database fails.
    pub async fn unsubscribe(&self, connection: &str, topic: &Topic) -> Result<(), StorageError> {
        let Some(record) = self.connection(connection).await? else { return Ok(()) };
        // A connection that subscribed again while the number of shards grew is in two shards.
        for shard in record.shards().filter(|shard| shard.topic == *topic) {
            self.unsubscribe_from_shard(connection, &shard).await?;
        }
        Ok(())
    }

    async fn unsubscribe_from_shard(&self, connection: &str, shard: &Shard) -> Result<(), StorageError> {
        let update = self.connection_update(connection, shard, "delete topics :topics").build()?;
        let members = [
            TransactWriteItem::builder().update(update).build(),
            self.deletion(&keys::subscribers(shard), connection)?,
        ];
        for _ in 0..TRIES {
            match self.transact(members.to_vec()).await {
                Err(StorageError::Changed) => {}
                other => return other,
            }
        }
        Err(too_many_conflicts())
    }

    /// Whether a connection has reached its limit of subscriptions and this one is not among them.
    async fn is_full(&self, connection: &str, shard: &Shard) -> Result<bool, StorageError> {
        let topics = self.connection(connection).await?.map(|record| record.topics).unwrap_or_default();
        Ok(topics.len() >= SUBSCRIPTION_LIMIT && !topics.contains(&shard.to_string()))
    }

    /// Deletes a connection and all its subscriptions.
    ///
    /// # Errors
    /// The database fails; the TTL then expires the remaining items.
    pub async fn remove_connection(&self, connection: &str) -> Result<(), StorageError> {
        let Some(record) = self.connection(connection).await? else { return Ok(()) };
        self.delete_connection(connection, &record).await
    }

    /// Deletes a connection that API Gateway does not know, unless it was created less than ten seconds ago: then its handshake may still
    /// be in progress. Returns whether it was deleted.
    ///
    /// # Errors
    /// The database fails; the TTL then expires the remaining items.
    pub async fn remove_unless_new(&self, connection: &str, now: Timestamp) -> Result<bool, StorageError> {
        let Some(record) = self.connection(connection).await? else { return Ok(true) };
        if record.expires > now.plus(keys::CONNECTION_KEPT - HANDSHAKE_TIMEOUT).seconds() {
            return Ok(false);
        }
        self.delete_connection(connection, &record).await?;
        Ok(true)
    }

    async fn delete_connection(&self, connection: &str, record: &ConnectionRecord) -> Result<(), StorageError> {
        let partitions: Vec<String> = record.shards().map(|shard| keys::subscribers(&shard)).collect();
        try_join_all(partitions.iter().map(|partition| self.delete(partition, connection))).await?;
        if let Some(person) = &record.person {
            self.delete(&keys::sessions(person.id()), connection).await?;
        }
        // Last, because after a failure this item still lists the items to delete.
        self.delete(&keys::connection(connection), keys::CONNECTION).await
    }

    fn connection_update(
        &self,
        connection: &str,
        shard: &Shard,
        expression: &str,
    ) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
        Update::builder()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(keys::connection(connection)))
            .key("sk", AttributeValue::S(keys::CONNECTION.to_owned()))
            .update_expression(expression)
            .expression_attribute_values(":topics", AttributeValue::Ss(vec![shard.to_string()]))
    }
}
