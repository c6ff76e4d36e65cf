//! Connections and their subscriptions in DynamoDB. Never knows what is posted to them.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::{AttributeValue, Delete, TransactWriteItem, Update};
use domain::time::Timestamp;
use domain::topic::Topic;
use domain::wire::frames::SUBSCRIPTION_LIMIT;
use futures::future::try_join_all;

use super::records::{ConnectionRecord, SubscriptionRecord};
use super::{Storage, StorageError, keys};

impl Storage {
    /// Remembers that a connection watches a topic. `greet` asks for a snapshot to be posted by the fan-out.
    ///
    /// The connection's own item is made if it is missing, since it may have been swept away too early: a post to a
    /// connection that is not open yet fails like one to a connection that is gone.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if the connection has its limit of subscriptions; or the database fails.
    pub async fn subscribe(
        &self,
        connection: &str,
        topic: &Topic,
        greet: bool,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let expires = now.plus(keys::CONNECTION_KEPT).seconds();
        let update = self
            .connection_update(connection, topic, "add topics :topics set expires = if_not_exists(expires, :expires)")
            .condition_expression("attribute_not_exists(topics) or contains(topics, :topic) or size(topics) < :limit")
            .expression_attribute_values(":expires", AttributeValue::N(expires.to_string()))
            .expression_attribute_values(":topic", AttributeValue::S(topic.to_string()))
            .expression_attribute_values(":limit", AttributeValue::N(SUBSCRIPTION_LIMIT.to_string()))
            .build()?;
        let subscription =
            SubscriptionRecord { pk: keys::topic(topic), sk: connection.to_owned(), greet, person: None, expires };
        let put = self.put_of(&subscription)?.build()?;
        self.client
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().update(update).build())
            .transact_items(TransactWriteItem::builder().put(put).build())
            .send()
            .await?;
        Ok(())
    }

    /// Forgets that a connection watches a topic.
    ///
    /// # Errors
    /// The database fails.
    pub async fn unsubscribe(&self, connection: &str, topic: &Topic) -> Result<(), StorageError> {
        let update = self.connection_update(connection, topic, "delete topics :topics").build()?;
        let delete = Delete::builder()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(keys::topic(topic)))
            .key("sk", AttributeValue::S(connection.to_owned()))
            .build()?;
        self.client
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().update(update).build())
            .transact_items(TransactWriteItem::builder().delete(delete).build())
            .send()
            .await?;
        Ok(())
    }

    /// The topics that a connection watches.
    ///
    /// # Errors
    /// The database fails.
    pub async fn topics_of(&self, connection: &str) -> Result<BTreeSet<Topic>, StorageError> {
        let record: Option<ConnectionRecord> = self.get(&keys::connection(connection), keys::CONNECTION).await?;
        let names = record.map(|record| record.topics).unwrap_or_default();
        Ok(names.iter().filter_map(|name| name.parse().ok()).collect())
    }

    /// The connections that watch a topic, consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn watchers(&self, topic: &Topic) -> Result<Vec<String>, StorageError> {
        let items =
            self.query(&keys::topic(topic), |query| query.consistent_read(true).projection_expression("sk")).await?;
        let id = |mut item: super::Item| match item.remove("sk") {
            Some(AttributeValue::S(id)) => Some(id),
            _ => None,
        };
        Ok(items.into_iter().filter_map(id).collect())
    }

    /// Forgets a connection and all that it watches.
    ///
    /// # Errors
    /// The database fails; what is left then goes by its time to live.
    pub async fn remove_connection(&self, connection: &str) -> Result<(), StorageError> {
        let topics = self.topics_of(connection).await?;
        let partitions: Vec<String> = topics.iter().map(keys::topic).collect();
        try_join_all(partitions.iter().map(|partition| self.delete(partition, connection))).await?;
        // Last, so that a failure before leaves the list of what is still to be deleted.
        self.delete(&keys::connection(connection), keys::CONNECTION).await
    }

    fn connection_update(
        &self,
        connection: &str,
        topic: &Topic,
        expression: &str,
    ) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
        Update::builder()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(keys::connection(connection)))
            .key("sk", AttributeValue::S(keys::CONNECTION.to_owned()))
            .update_expression(expression)
            .expression_attribute_values(":topics", AttributeValue::Ss(vec![topic.to_string()]))
    }
}
