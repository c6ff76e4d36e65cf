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

/// How far a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// To be done.
    Planned,
    /// Somebody is at it, until `claimed_until`.
    Claimed,
    /// The channel has taken it.
    Sent,
    /// It was no news any more.
    Outdated,
    /// The channel will never take it.
    Refused,
}

/// The delivery of an event to one recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryRecord {
    pk: String,
    sk: String,
    /// To whom, as whoever sends it reads it.
    pub recipient: String,
    /// Who asked for it, if a person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// How far it is.
    pub progress: Progress,
    /// Until when nobody else is to try, in milliseconds since the epoch.
    claimed_until: i64,
    /// The alert that rang once and has ended with this: it is given back if this turns out to be no news any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Alert>,
    expires: i64,
}

impl DeliveryRecord {
    /// A delivery that is to be done. `key` tells the recipient from all others.
    pub fn new(
        event: &str,
        key: &str,
        recipient: String,
        person: Option<PersonId>,
        ended: Option<Alert>,
        now: Timestamp,
    ) -> Self {
        Self {
            pk: keys::delivery(event),
            sk: key.to_owned(),
            recipient,
            person,
            progress: Progress::Planned,
            claimed_until: 0,
            ended,
            expires: now.plus(keys::DELIVERY_KEPT).seconds(),
        }
    }

    /// Whether it is still to be done.
    pub const fn is_open(&self) -> bool {
        matches!(self.progress, Progress::Planned | Progress::Claimed)
    }
}

#[derive(Serialize, Deserialize)]
struct PlannedRecord {
    pk: String,
    sk: String,
    expires: i64,
}

/// What became of the wish to do a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It is ours for a while.
    Ours(Box<DeliveryRecord>),
    /// Somebody else is at it until then.
    Held(Timestamp),
    /// It is over, or there is none.
    Over,
}

impl Storage {
    /// The deliveries of an event that are planned so far, and whether that is all of them; consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn deliveries(&self, event: &str) -> Result<(Vec<DeliveryRecord>, bool), StorageError> {
        let items = self.query(&keys::delivery(event), |query| query.consistent_read(true)).await?;
        let (mut deliveries, mut all) = (Vec::with_capacity(items.len()), false);
        for item in items {
            if item.get("sk").and_then(|sk| sk.as_s().ok()).is_some_and(|sk| sk == keys::PLANNED) {
                all = true;
            } else {
                deliveries.extend(crate::db::read_or_skip(item));
            }
        }
        Ok((deliveries, all))
    }

    /// Remembers that all deliveries of an event are planned.
    ///
    /// # Errors
    /// The database fails.
    pub async fn end_plan(&self, event: &str, now: Timestamp) -> Result<(), StorageError> {
        let expires = now.plus(keys::DELIVERY_KEPT).seconds();
        self.put(&PlannedRecord { pk: keys::delivery(event), sk: keys::PLANNED.to_owned(), expires }).await
    }

    /// Takes a delivery for `lease`, if it is still to be done and nobody is at it.
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
                Some(item) => Ok(Claim::Ours(Box::new(crate::db::read(item)?))),
                None => Ok(Claim::Over),
            },
            Err(StorageError::Changed) => {
                let record: Option<DeliveryRecord> = self.get(&keys::delivery(event), key).await?;
                Ok(match record {
                    Some(record) if record.is_open() => Claim::Held(Timestamp::from_milliseconds(record.claimed_until)),
                    _ => Claim::Over,
                })
            }
            Err(error) => Err(error),
        }
    }

    /// Says how far a delivery is that was ours.
    ///
    /// # Errors
    /// The database fails.
    pub async fn progress(&self, event: &str, key: &str, progress: Progress) -> Result<(), StorageError> {
        let word = match progress {
            Progress::Planned => "planned",
            Progress::Claimed => "claimed",
            Progress::Sent => "sent",
            Progress::Outdated => "outdated",
            Progress::Refused => "refused",
        };
        let update = self
            .delivery_update(event, key, "set progress = :progress, claimedUntil = :none")
            .expression_attribute_values(":progress", AttributeValue::S(word.to_owned()))
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
