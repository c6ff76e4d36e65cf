//! The browsers that get notifications, in DynamoDB.
//!
//! An endpoint belongs to one person at a time: if another person signs in later on the same computer, it becomes theirs.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::person::PersonId;
use domain::time::Timestamp;
use protocol::notifications::Subscription;
use serde::{Deserialize, Serialize};

use crate::db::{Storage, StorageError, keys};

/// A browser that gets notifications.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Browser {
    /// SHA-256 of the endpoint, in base64url.
    pub id: String,
    /// Its push subscription.
    pub subscription: Subscription,
}

/// A browser in the list of its owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrowserRecord {
    pk: String,
    sk: String,
    /// The browser itself.
    pub browser: Browser,
    /// Epoch seconds, for a visitor's only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<i64>,
}

/// The owner of a browser.
#[derive(Serialize, Deserialize)]
struct OwnerRecord {
    pk: String,
    sk: String,
    person: PersonId,
    /// Epoch seconds, for a visitor only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<i64>,
}

impl Storage {
    /// The owner of a browser, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn owner_of_browser(&self, id: &str) -> Result<Option<PersonId>, StorageError> {
        let record: Option<OwnerRecord> = self.get(&keys::browser(id), keys::OWNER).await?;
        Ok(record.map(|record| record.person))
    }

    /// Registers a browser for a person, until `expires` if it is set, and removes it from `owner_before` if that is another person. Also
    /// removes `replaced`, an earlier subscription of the same person.
    ///
    /// # Errors
    /// The database fails.
    pub async fn save_browser(
        &self,
        person: &PersonId,
        browser: &Browser,
        owner_before: Option<&PersonId>,
        replaced: Option<&str>,
        expires: Option<Timestamp>,
    ) -> Result<(), StorageError> {
        let expires = expires.map(Timestamp::seconds);
        let key = |person: &PersonId, id: &str| (keys::notification_settings(person), keys::browser(id));
        let (pk, sk) = key(person, &browser.id);
        let put = self.put_of(&BrowserRecord { pk, sk, browser: browser.clone(), expires })?.build()?;
        let (pk, sk) = (keys::browser(&browser.id), keys::OWNER.to_owned());
        let owner = OwnerRecord { pk, sk, person: person.clone(), expires };
        let owner = self.put_of(&owner)?.build()?;
        let mut writes =
            vec![TransactWriteItem::builder().put(put).build(), TransactWriteItem::builder().put(owner).build()];
        let mut deletions = Vec::new();
        if let Some(before) = owner_before.filter(|before| *before != person) {
            deletions.push(key(before, &browser.id));
        }
        if let Some(old) = replaced.filter(|old| *old != browser.id) {
            deletions.extend([key(person, old), (keys::browser(old), keys::OWNER.to_owned())]);
        }
        for (pk, sk) in deletions {
            writes.push(self.deletion(&pk, &sk)?);
        }
        self.transact(writes).await
    }

    /// Deletes a browser of a person. Succeeds if the browser is not theirs.
    ///
    /// # Errors
    /// The database fails.
    pub async fn remove_browser(&self, person: &PersonId, id: &str) -> Result<(), StorageError> {
        self.delete(&keys::notification_settings(person), &keys::browser(id)).await?;
        // Another person may have registered it concurrently.
        if self.owner_of_browser(id).await?.as_ref() == Some(person) {
            self.delete(&keys::browser(id), keys::OWNER).await?;
        }
        Ok(())
    }
}
