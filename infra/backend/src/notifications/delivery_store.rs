//! Deliveries of events, in DynamoDB: planned, claimed, done.
//!
//! A delivery is claimed for a while before it is sent and confirmed afterwards. So of several instances only one sends it, and the claim
//! of an instance that crashed expires.

use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use domain::alert::Alert;
use domain::person::PersonId;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::db::{Storage, StorageError, keys};

/// The state of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Not sent yet.
    Planned,
    /// An instance has claimed it until `claimed_until`.
    Claimed,
    /// The channel has accepted it.
    Sent,
    /// The event was outdated.
    Outdated,
    /// The channel will never accept it.
    #[serde(rename = "refused")]
    Rejected,
}

/// The delivery of an event to one recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryRecord {
    pk: String,
    sk: String,
    /// The recipient, as JSON.
    pub recipient: String,
    /// The person to notify; `None` for a channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// The state.
    #[serde(rename = "progress")]
    pub state: DeliveryState,
    /// When the claim expires, in milliseconds since the epoch.
    claimed_until: i64,
    /// The alert that notifies once and has ended with this delivery. It is restored if the event turns out to be outdated.
    #[serde(default, rename = "ended", skip_serializing_if = "Option::is_none")]
    pub ended_alert: Option<Alert>,
    expires: i64,
}

impl DeliveryRecord {
    /// A new delivery. `key` distinguishes the recipient from all others.
    pub fn new(
        event: &str,
        key: &str,
        recipient: String,
        person: Option<PersonId>,
        ended_alert: Option<Alert>,
        now: Timestamp,
    ) -> Self {
        Self {
            pk: keys::delivery(event),
            sk: key.to_owned(),
            recipient,
            person,
            state: DeliveryState::Planned,
            claimed_until: 0,
            ended_alert,
            expires: now.plus(keys::DELIVERY_KEPT).seconds(),
        }
    }

    /// Whether it is not finished yet.
    pub const fn is_open(&self) -> bool {
        matches!(self.state, DeliveryState::Planned | DeliveryState::Claimed)
    }
}

#[derive(Serialize, Deserialize)]
struct PlannedRecord {
    pk: String,
    sk: String,
    expires: i64,
}

/// The result of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The claim succeeded.
    Acquired(Box<DeliveryRecord>),
    /// Another instance has claimed it until then.
    HeldUntil(Timestamp),
    /// The delivery is finished, or does not exist.
    Finished,
}

impl Storage {
    /// The deliveries of an event that are stored so far, and whether the plan is complete; read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn deliveries(&self, event: &str) -> Result<(Vec<DeliveryRecord>, bool), StorageError> {
        let items = self.query(&keys::delivery(event), |query| query.consistent_read(true)).await?;
        let (mut deliveries, mut is_complete) = (Vec::with_capacity(items.len()), false);
        for item in items {
            if item.get("sk").and_then(|sk| sk.as_s().ok()).is_some_and(|sk| sk == keys::PLANNED) {
                is_complete = true;
            } else {
                deliveries.extend(crate::db::read_or_skip(item));
            }
        }
        Ok((deliveries, is_complete))
    }

    /// Stores that all deliveries of an event are planned.
    ///
    /// # Errors
    /// The database fails.
    pub async fn complete_plan(&self, event: &str, now: Timestamp) -> Result<(), StorageError> {
        let expires = now.plus(keys::DELIVERY_KEPT).seconds();
        self.put(&PlannedRecord { pk: keys::delivery(event), sk: keys::PLANNED.to_owned(), expires }).await
    }

    /// Claims a delivery for `lease`, if it is not finished and not claimed.
    ///
    /// # Errors
    /// The database fails.
    pub async fn claim(&self, event: &str, key: &str, now: Timestamp, lease: Duration) -> Result<Claim, StorageError> {
        let number = |time: Timestamp| AttributeValue::N(time.milliseconds().to_string());
        let update = self
            .delivery_update(event, key, "set progress = :claimed, claimedUntil = :until")
            .condition_expression("progress = :planned or (progress = :claimed and claimedUntil <= :now)")
            .expression_attribute_values(":planned", AttributeValue::S("planned".to_owned()))
            .expression_attribute_values(":claimed", AttributeValue::S("claimed".to_owned()))
            .expression_attribute_values(":until", number(now.plus(lease)))
            .expression_attribute_values(":now", number(now))
            .return_values(ReturnValue::AllNew);
        match update.send().await.map_err(StorageError::from) {
            Ok(claimed) => match claimed.attributes {
                Some(item) => Ok(Claim::Acquired(Box::new(crate::db::read(item)?))),
                None => Ok(Claim::Finished),
            },
            Err(StorageError::Changed) => {
                let record: Option<DeliveryRecord> = self.get(&keys::delivery(event), key).await?;
                Ok(match record {
                    Some(record) if record.is_open() => {
                        Claim::HeldUntil(Timestamp::from_milliseconds(record.claimed_until))
                    }
                    _ => Claim::Finished,
                })
            }
            Err(error) => Err(error),
        }
    }

    /// Sets the state of a claimed delivery.
    ///
    /// # Errors
    /// The database fails.
    pub async fn set_delivery_state(&self, event: &str, key: &str, state: DeliveryState) -> Result<(), StorageError> {
        let stored = match state {
            DeliveryState::Planned => "planned",
            DeliveryState::Claimed => "claimed",
            DeliveryState::Sent => "sent",
            DeliveryState::Outdated => "outdated",
            DeliveryState::Rejected => "refused",
        };
        let update = self
            .delivery_update(event, key, "set progress = :progress, claimedUntil = :none")
            .expression_attribute_values(":progress", AttributeValue::S(stored.to_owned()))
            .expression_attribute_values(":none", AttributeValue::N("0".to_owned()));
        update.send().await?;
        Ok(())
    }

    fn delivery_update(
        &self,
        event: &str,
        key: &str,
        expression: &str,
    ) -> aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(keys::delivery(event)))
            .key("sk", AttributeValue::S(key.to_owned()))
            .update_expression(expression)
    }
}
