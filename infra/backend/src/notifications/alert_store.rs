//! Alerts and preferences, in DynamoDB.
//!
//! Each alert is stored twice, under its topic and under its person, in one transaction, so that either list takes one query.

use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, TransactWriteItem};
use domain::alert::{Alert, Preferences};
use domain::person::PersonId;
use domain::table::Table;
use domain::time::Timestamp;
use domain::topic::Topic;
use serde::{Deserialize, Serialize};

use crate::db::{Storage, StorageError, keys};
use crate::notifications::browser_store::{Browser, BrowserRecord};
use crate::notifications::delivery_store::DeliveryRecord;

/// An alert: both of its items have this form.
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
pub struct NotificationSettings {
    /// The preferences.
    pub preferences: Preferences,
    /// The alerts, in the order of the topics' names.
    pub alerts: Vec<Alert>,
    /// The browsers that get the notifications.
    pub browsers: Vec<Browser>,
    /// When the preferences and the browsers expire unless they are renewed, in epoch seconds; `None` for a member's.
    pub expiries: Vec<Option<i64>>,
}

/// The keys of the two items of an alert.
fn keys_of_alert(person: &PersonId, topic: &Topic) -> [(String, String); 2] {
    [(keys::alerts(topic), person.to_string()), (keys::notification_settings(person), keys::alert(topic))]
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
    pub async fn notification_settings(&self, person: &PersonId) -> Result<NotificationSettings, StorageError> {
        let mut settings = NotificationSettings::default();
        for item in self.query(&keys::notification_settings(person), |query| query.consistent_read(true)).await? {
            let Some(AttributeValue::S(sk)) = item.get("sk") else { continue };
            if sk.starts_with(keys::ALERT) {
                settings.alerts.extend(crate::db::read_or_skip::<AlertRecord>(item).map(|record| record.alert));
            } else if sk.starts_with(keys::BROWSER) {
                let Some(record) = crate::db::read_or_skip::<BrowserRecord>(item) else { continue };
                settings.expiries.push(record.expires);
                settings.browsers.push(record.browser);
            } else if sk == keys::PREFERENCES {
                let Some(record) = crate::db::read_or_skip::<PreferencesRecord>(item) else { continue };
                settings.expiries.push(record.expires);
                settings.preferences = record.preferences;
            }
        }
        Ok(settings)
    }

    /// Stores a person's preferences, until `expires` if it is set.
    ///
    /// # Errors
    /// The database fails.
    pub async fn save_preferences(
        &self,
        person: &PersonId,
        preferences: &Preferences,
        expires: Option<Timestamp>,
    ) -> Result<(), StorageError> {
        let (pk, sk) = (keys::notification_settings(person), keys::PREFERENCES.to_owned());
        let (preferences, expires) = (preferences.clone(), expires.map(Timestamp::seconds));
        self.put(&PreferencesRecord { pk, sk, preferences, expires }).await
    }

    /// Writes an alert, on the condition that the person's alert about this topic is at revision `before`, and that `unchanged_table`, if
    /// there is one, is unchanged since it was read.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if a condition fails; or the database fails.
    pub async fn save_alert(
        &self,
        person: &PersonId,
        alert: &Alert,
        before: Option<u64>,
        unchanged_table: Option<&Table>,
    ) -> Result<(), StorageError> {
        let mut writes = Vec::new();
        for (pk, sk) in keys_of_alert(person, &alert.topic) {
            let (person, alert, expires) = (person.clone(), alert.clone(), alert.expires_at.map(Timestamp::seconds));
            let record = AlertRecord { pk, sk, person, rev: alert.rev, alert, expires };
            let put = self.put_at(&record, before)?.build()?;
            writes.push(TransactWriteItem::builder().put(put).build());
        }
        if let Some(table) = unchanged_table {
            let check = ConditionCheck::builder()
                .table_name(&self.table)
                .key("pk", AttributeValue::S(keys::TABLES.to_owned()))
                .key("sk", AttributeValue::S(table.id.to_string()))
                .condition_expression("rev = :rev")
                .expression_attribute_values(":rev", AttributeValue::N(table.rev.to_string()))
                .build()?;
            writes.push(TransactWriteItem::builder().condition_check(check).build());
        }
        self.transact(writes).await
    }

    /// Deletes an alert. Succeeds if there is none.
    ///
    /// # Errors
    /// The database fails.
    pub async fn remove_alert(&self, person: &PersonId, topic: &Topic) -> Result<(), StorageError> {
        let mut writes = Vec::new();
        for (pk, sk) in keys_of_alert(person, topic) {
            writes.push(self.deletion(&pk, &sk)?);
        }
        self.transact(writes).await
    }

    /// Stores all deliveries of an event to one person in one transaction, and deletes `one_time_alert`, the alert that
    /// notifies once.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if they are stored already, or the alert was changed or deleted meanwhile; or the database fails.
    pub async fn plan_deliveries(
        &self,
        deliveries: &[DeliveryRecord],
        one_time_alert: Option<(&PersonId, &Alert)>,
    ) -> Result<(), StorageError> {
        let mut writes = Vec::new();
        for delivery in deliveries {
            let put = self.put_at(delivery, None)?.build()?;
            writes.push(TransactWriteItem::builder().put(put).build());
        }
        if let Some((person, alert)) = one_time_alert {
            for (pk, sk) in keys_of_alert(person, &alert.topic) {
                let delete = self
                    .delete_of(&pk, &sk)
                    .condition_expression("rev = :rev")
                    .expression_attribute_values(":rev", AttributeValue::N(alert.rev.to_string()))
                    .build()?;
                writes.push(TransactWriteItem::builder().delete(delete).build());
            }
        }
        self.transact(writes).await
    }
}
