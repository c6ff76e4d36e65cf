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

    /// Registers a browser for a person, until `end` if there is one, and removes it from `before` if that is another person. Also removes
    /// `instead_of`, a subscription of the same person that this one replaces.
    ///
    /// # Errors
    /// The database fails.
    pub async fn save_browser(
        &self,
        person: &PersonId,
        browser: &Browser,
        before: Option<&PersonId>,
        instead_of: Option<&str>,
        end: Option<Timestamp>,
    ) -> Result<(), StorageError> {
        let expires = end.map(Timestamp::seconds);
        let place = |person: &PersonId, id: &str| (keys::asked(person), keys::browser(id));
        let (pk, sk) = place(person, &browser.id);
        let put = self.put_of(&BrowserRecord { pk, sk, browser: browser.clone(), expires })?.build()?;
        let (pk, sk) = (keys::browser(&browser.id), keys::OWNER.to_owned());
        let owner = OwnerRecord { pk, sk, person: person.clone(), expires };
        let owner = self.put_of(&owner)?.build()?;
        let mut transaction = self
            .client
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().put(put).build())
            .transact_items(TransactWriteItem::builder().put(owner).build());
        let mut ended = Vec::new();
        if let Some(before) = before.filter(|before| *before != person) {
            ended.push(place(before, &browser.id));
        }
        if let Some(old) = instead_of.filter(|old| *old != browser.id) {
            ended.extend([place(person, old), (keys::browser(old), keys::OWNER.to_owned())]);
        }
        for place in ended {
            let delete = self.delete_of(place).build()?;
            transaction = transaction.transact_items(TransactWriteItem::builder().delete(delete).build());
        }
        transaction.send().await?;
        Ok(())
    }

    /// Deletes a browser of a person. Succeeds if the browser is not theirs.
    ///
    /// # Errors
    /// The database fails.
    pub async fn remove_browser(&self, person: &PersonId, id: &str) -> Result<(), StorageError> {
        self.delete(&keys::asked(person), &keys::browser(id)).await?;
        // Another person may have registered it meanwhile.
        if self.owner_of_browser(id).await?.as_ref() == Some(person) {
            self.delete(&keys::browser(id), keys::OWNER).await?;
        }
        Ok(())
    }
}
