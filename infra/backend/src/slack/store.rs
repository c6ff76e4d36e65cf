//! Slack webhooks and their state, in DynamoDB.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::table::TableId;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::db::{Storage, StorageError, keys};

/// The number of characters of a webhook's address that are shown.
const TAIL_LENGTH: usize = 4;

/// An incoming webhook of Slack. Its address is a secret: anyone with it can post.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookRecord {
    pk: String,
    sk: String,
    /// The address in plain text, as stored before secrets were encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// The address, encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sealed: Option<String>,
    /// The last characters of the address, to distinguish webhooks.
    #[serde(default)]
    ends_with: String,
    /// Whether it also posts when a table gets busy, not only when it gets free.
    pub each_change: bool,
    /// When posts began to fail, in milliseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<i64>,
    /// The last error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Whether it was switched off because it failed for a day.
    #[serde(default)]
    pub is_off: bool,
    /// The earliest time of the next post, in milliseconds since the epoch.
    #[serde(default)]
    next: i64,
}

impl std::fmt::Debug for WebhookRecord {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("WebhookRecord").field("sk", &self.sk).finish_non_exhaustive()
    }
}

fn sort_key(table: Option<&TableId>) -> String {
    table.map_or_else(|| keys::DEFAULT_WEBHOOK.to_owned(), TableId::to_string)
}

impl WebhookRecord {
    fn new(table: Option<&TableId>, sealed: String, ends_with: String, each_change: bool) -> Self {
        Self {
            pk: keys::SLACK.to_owned(),
            sk: sort_key(table),
            address: None,
            sealed: Some(sealed),
            ends_with,
            each_change,
            failing_since: None,
            failure: None,
            is_off: false,
            next: 0,
        }
    }

    /// Whether its address is encrypted.
    pub const fn is_sealed(&self) -> bool {
        self.sealed.is_some()
    }

    /// The last characters of its address.
    pub fn ends_with(&self) -> String {
        self.address.as_deref().map_or_else(|| self.ends_with.clone(), tail)
    }

    /// The table of the webhook; `None` for the general one.
    pub fn table(&self) -> Option<TableId> {
        self.sk.parse().ok()
    }
}

/// The last characters of an address, which distinguish webhooks and reveal no more.
fn tail(address: &str) -> String {
    let characters = address.chars().count();
    address.chars().skip(characters.saturating_sub(TAIL_LENGTH)).collect()
}

/// The name of a webhook's address as a secret.
fn secret_name(sort_key: &str) -> String {
    format!("webhook/{sort_key}")
}

impl Storage {
    /// The webhook for a table, or the general one for all tables without their own.
    ///
    /// # Errors
    /// The database fails.
    pub async fn webhook(&self, table: Option<&TableId>) -> Result<Option<WebhookRecord>, StorageError> {
        self.get(keys::SLACK, &sort_key(table)).await
    }

    /// All webhooks.
    ///
    /// # Errors
    /// The database fails.
    pub async fn webhooks(&self) -> Result<Vec<WebhookRecord>, StorageError> {
        let items = self.query(keys::SLACK, |query| query).await?;
        Ok(crate::db::readable(items).collect())
    }

    /// Writes a new webhook with its address encrypted. Without a table it is the general one for all tables without their own.
    ///
    /// # Errors
    /// The database or KMS fails.
    pub async fn save_webhook(
        &self,
        table: Option<&TableId>,
        address: &str,
        each_change: bool,
    ) -> Result<WebhookRecord, StorageError> {
        let sealed = self.seal.close(&secret_name(&sort_key(table)), address).await?;
        let webhook = WebhookRecord::new(table, sealed, tail(address), each_change);
        self.put(&webhook).await?;
        Ok(webhook)
    }

    /// A webhook's address. A plain-text address is encrypted now.
    ///
    /// # Errors
    /// The database or KMS fails, or the address cannot be decrypted.
    pub async fn webhook_address(&self, webhook: &WebhookRecord) -> Result<String, StorageError> {
        let name = secret_name(&webhook.sk);
        match (&webhook.sealed, &webhook.address) {
            (Some(sealed), _) => self.seal.open(&name, sealed).await,
            (None, Some(address)) => {
                self.seal_address(webhook.table().as_ref(), &name, address).await?;
                Ok(address.clone())
            }
            (None, None) => Err(StorageError::Unreadable(format!("{} / {}", keys::SLACK, webhook.sk))),
        }
    }

    async fn seal_address(&self, table: Option<&TableId>, name: &str, address: &str) -> Result<(), StorageError> {
        let update = self
            .webhook_update(table, "set sealed = :sealed, endsWith = :tail remove address")
            .condition_expression("address = :address")
            .expression_attribute_values(":sealed", AttributeValue::S(self.seal.close(name, address).await?))
            .expression_attribute_values(":tail", AttributeValue::S(tail(address)))
            .expression_attribute_values(":address", AttributeValue::S(address.to_owned()));
        match update.send().await.map_err(StorageError::from) {
            // It was encrypted, replaced or removed concurrently.
            Ok(_) | Err(StorageError::Changed) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Deletes a webhook.
    ///
    /// # Errors
    /// The database fails.
    pub async fn remove_webhook(&self, table: Option<&TableId>) -> Result<(), StorageError> {
        self.delete(keys::SLACK, &sort_key(table)).await
    }

    /// Reserves the next post, so that the one after it is not before `next`; or returns when the next post is allowed.
    ///
    /// # Errors
    /// The database fails.
    pub async fn reserve_slack_post(
        &self,
        table: Option<&TableId>,
        now: Timestamp,
        next: Timestamp,
    ) -> Result<Result<(), Timestamp>, StorageError> {
        let number = |time: Timestamp| AttributeValue::N(time.milliseconds().to_string());
        let update = self
            .webhook_update(table, "set #next = :next")
            .condition_expression("attribute_exists(pk) and #next <= :now")
            .expression_attribute_names("#next", "next")
            .expression_attribute_values(":next", number(next))
            .expression_attribute_values(":now", number(now));
        match update.send().await.map_err(StorageError::from) {
            Ok(_) => Ok(Ok(())),
            Err(StorageError::Changed) => {
                let record = self.webhook(table).await?;
                Ok(Err(record.map_or(now, |record| Timestamp::from_milliseconds(record.next))))
            }
            Err(error) => Err(error),
        }
    }

    /// Stores whether a webhook works, or since when and why it fails, and whether it is switched off.
    ///
    /// # Errors
    /// The database fails.
    pub async fn save_slack_health(
        &self,
        table: Option<&TableId>,
        failing: Option<(Timestamp, &str)>,
        is_off: bool,
    ) -> Result<(), StorageError> {
        let update = match failing {
            None => self.webhook_update(table, "remove failingSince, failure set isOff = :off"),
            Some((since, why)) => self
                .webhook_update(table, "set failingSince = :since, failure = :why, isOff = :off")
                .expression_attribute_values(":since", AttributeValue::N(since.milliseconds().to_string()))
                .expression_attribute_values(":why", AttributeValue::S(why.to_owned())),
        };
        let update = update
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":off", AttributeValue::Bool(is_off));
        match update.send().await.map_err(StorageError::from) {
            // It was removed concurrently.
            Err(StorageError::Changed) => Ok(()),
            other => other.map(|_| ()),
        }
    }

    fn webhook_update(
        &self,
        table: Option<&TableId>,
        expression: &str,
    ) -> aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(keys::SLACK.to_owned()))
            .key("sk", AttributeValue::S(sort_key(table)))
            .update_expression(expression)
    }
}
