//! Alerts and preferences, in DynamoDB.
//!
//! Each alert is stored twice, under its topic and under its person, in one transaction, so that either list takes one query.

use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, Delete, TransactWriteItem};
use domain::alert::{Alert, Preferences};
use domain::person::PersonId;
use domain::table::Table;
use domain::time::Timestamp;
use domain::topic::Topic;
use serde::{Deserialize, Serialize};

use crate::db::{Storage, StorageError, keys};
use crate::notifications::browser_store::{Browser, BrowserRecord};
use crate::notifications::delivery_store::DeliveryRecord;

/// An alert, in either of its two places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertRecord {
    pk: String,
    sk: String,
    /// The owner.
    pub person: PersonId,
    /// Its revision.
    pub rev: u64,
    /// The alert itself.
    pub alert: Alert,
    /// Epoch seconds: when the alert ends unless it is renewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct PreferencesRecord {
    pk: String,
    sk: String,
    preferences: Preferences,
    /// Epoch seconds, for a visitor only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<i64>,
}

/// All alerts of a person, with preferences and browsers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asked {
    /// The preferences.
    pub preferences: Preferences,
    /// The alerts, in the order of the topics' names.
    pub alerts: Vec<Alert>,
    /// The browsers that get the notifications.
    pub browsers: Vec<Browser>,
    /// When the preferences and the browsers expire unless they are renewed, in epoch seconds; `None` for a member's.
    pub ends: Vec<Option<i64>>,
}

/// The two places of an alert.
fn places(person: &PersonId, topic: &Topic) -> [(String, String); 2] {
    [(keys::alerts(topic), person.to_string()), (keys::asked(person), keys::alert(topic))]
}

impl Storage {
    /// The alerts about a topic, in the order of their owners' ids, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn alerts_about(&self, topic: &Topic) -> Result<Vec<AlertRecord>, StorageError> {
        let items = self.query(&keys::alerts(topic), |query| query.consistent_read(true)).await?;
        Ok(crate::db::readable(items).collect())
    }

    /// All alerts of a person, with preferences and browsers, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn asked(&self, person: &PersonId) -> Result<Asked, StorageError> {
        let mut asked = Asked::default();
        for item in self.query(&keys::asked(person), |query| query.consistent_read(true)).await? {
            let Some(AttributeValue::S(sk)) = item.get("sk") else { continue };
            if sk.starts_with(keys::ALERT) {
                asked.alerts.extend(crate::db::read_or_skip::<AlertRecord>(item).map(|record| record.alert));
            } else if sk.starts_with(keys::BROWSER) {
                let Some(record) = crate::db::read_or_skip::<BrowserRecord>(item) else { continue };
                asked.ends.push(record.expires);
                asked.browsers.push(record.browser);
            } else if sk == keys::PREFERENCES {
                let Some(record) = crate::db::read_or_skip::<PreferencesRecord>(item) else { continue };
                asked.ends.push(record.expires);
                asked.preferences = record.preferences;
            }
        }
        Ok(asked)
    }

    /// Stores a person's preferences, until `end` if there is one.
    ///
    /// # Errors
    /// The database fails.
    pub async fn save_preferences(
        &self,
        person: &PersonId,
        preferences: &Preferences,
        end: Option<Timestamp>,
    ) -> Result<(), StorageError> {
        let (pk, sk) = (keys::asked(person), keys::PREFERENCES.to_owned());
        let (preferences, expires) = (preferences.clone(), end.map(Timestamp::seconds));
        self.put(&PreferencesRecord { pk, sk, preferences, expires }).await
    }

    /// Writes an alert, on the condition that the person's alert about this topic is at `before`, and that its table, if it is about one,
    /// is unchanged since it was read.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if a condition fails; or the database fails.
    pub async fn save_alert(
        &self,
        person: &PersonId,
        alert: &Alert,
        before: Option<u64>,
        as_long_as: Option<&Table>,
    ) -> Result<(), StorageError> {
        let mut transaction = self.client.transact_write_items();
        for (pk, sk) in places(person, &alert.topic) {
            let (person, alert, expires) = (person.clone(), alert.clone(), alert.expires_at.map(Timestamp::seconds));
            let record = AlertRecord { pk, sk, person, rev: alert.rev, alert, expires };
            let put = self.put_at(&record, before)?.build()?;
            transaction = transaction.transact_items(TransactWriteItem::builder().put(put).build());
        }
        if let Some(table) = as_long_as {
            let check = ConditionCheck::builder()
                .table_name(&self.table)
                .key("pk", AttributeValue::S(keys::TABLES.to_owned()))
                .key("sk", AttributeValue::S(table.id.to_string()))
                .condition_expression("rev = :rev")
                .expression_attribute_values(":rev", AttributeValue::N(table.rev.to_string()))
                .build()?;
            transaction = transaction.transact_items(TransactWriteItem::builder().condition_check(check).build());
        }
        transaction.send().await?;
        Ok(())
    }

    /// Deletes an alert. Succeeds if there is none.
    ///
    /// # Errors
    /// The database fails.
    pub async fn remove_alert(&self, person: &PersonId, topic: &Topic) -> Result<(), StorageError> {
        let mut transaction = self.client.transact_write_items();
        for place in places(person, topic) {
            let delete = self.delete_of(place).build()?;
            transaction = transaction.transact_items(TransactWriteItem::builder().delete(delete).build());
        }
        transaction.send().await?;
        Ok(())
    }

    /// Stores all deliveries of an event to one person in one transaction, and ends the alert if it notifies once.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if they are stored already, or the alert has ended meanwhile; or the database fails.
    pub async fn plan_deliveries(
        &self,
        deliveries: &[DeliveryRecord],
        ends: Option<(&PersonId, &Alert)>,
    ) -> Result<(), StorageError> {
        let mut transaction = self.client.transact_write_items();
        for delivery in deliveries {
            let put = self.put_at(delivery, None)?.build()?;
            transaction = transaction.transact_items(TransactWriteItem::builder().put(put).build());
        }
        if let Some((person, alert)) = ends {
            for place in places(person, &alert.topic) {
                let delete = self
                    .delete_of(place)
                    .condition_expression("rev = :rev")
                    .expression_attribute_values(":rev", AttributeValue::N(alert.rev.to_string()))
                    .build()?;
                transaction = transaction.transact_items(TransactWriteItem::builder().delete(delete).build());
            }
        }
        transaction.send().await?;
        Ok(())
    }

    pub(crate) fn delete_of(&self, (pk, sk): (String, String)) -> aws_sdk_dynamodb::types::builders::DeleteBuilder {
        Delete::builder().table_name(&self.table).key("pk", AttributeValue::S(pk)).key("sk", AttributeValue::S(sk))
    }
}
