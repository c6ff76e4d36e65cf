//! Meetups and their seats in DynamoDB.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::meetup::seats::Seats;
use domain::meetup::{Meetup, MeetupId};
use domain::person::PersonId;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::db::owned::Owned;
use crate::db::{Storage, StorageError, keys};
use crate::meetups::listing_store::ListingRecord;

/// The number of meetups of which one query returns that they change soon.
const DUE_AT_ONCE: i32 = 1_000;

/// A meetup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetupRecord {
    pk: String,
    sk: String,
    /// Its revision.
    pub rev: u64,
    /// The meetup itself.
    pub meetup: Meetup,
}

impl From<&Meetup> for MeetupRecord {
    fn from(meetup: &Meetup) -> Self {
        let (pk, sk) = (keys::meetup(&meetup.id), keys::MEETUP_ITSELF.to_owned());
        Self { pk, sk, rev: meetup.rev, meetup: meetup.clone() }
    }
}

/// The seats of a meetup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatsRecord {
    pk: String,
    sk: String,
    /// Their revision.
    pub rev: u64,
    /// The seats themselves.
    pub seats: Seats,
}

impl SeatsRecord {
    pub(crate) fn new(meetup: &MeetupId, seats: &Seats) -> Self {
        Self { pk: keys::meetup(meetup), sk: keys::SEATS.to_owned(), rev: seats.rev, seats: seats.clone() }
    }
}

/// The next time at which a meetup changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct DueRecord {
    pk: String,
    sk: String,
    meetup: MeetupId,
    at: Timestamp,
}

impl Storage {
    /// A meetup, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn meetup(&self, id: &MeetupId) -> Result<Option<Meetup>, StorageError> {
        let record: Option<MeetupRecord> = self.get(&keys::meetup(id), keys::MEETUP_ITSELF).await?;
        Ok(record.map(|record| record.meetup))
    }

    /// The seats of a meetup, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn seats(&self, id: &MeetupId) -> Result<Option<Seats>, StorageError> {
        let record: Option<SeatsRecord> = self.get(&keys::meetup(id), keys::SEATS).await?;
        Ok(record.map(|record| record.seats))
    }

    /// The number of a host's meetups, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn owned_meetups(&self, host: &PersonId) -> Result<Owned, StorageError> {
        self.owned(&keys::hosted(host)).await
    }

    /// Writes a new draft with its seats, on the condition that its host has created no other since `owned` was read.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if they have, or if the id is taken; or the database fails.
    pub async fn create_meetup(&self, meetup: &Meetup, seats: &Seats, owned: Owned) -> Result<(), StorageError> {
        let put = self.put_at(&MeetupRecord::from(meetup), None)?.build()?;
        let mut writes = vec![TransactWriteItem::builder().put(put).build()];
        let put = self.put_at(&SeatsRecord::new(&meetup.id, seats), None)?.build()?;
        writes.push(TransactWriteItem::builder().put(put).build());
        let put = self.put_at(&ListingRecord::new(meetup, seats), None)?.build()?;
        writes.push(TransactWriteItem::builder().put(put).build());
        writes.push(self.guard(&keys::hosted(meetup.owner.id()), owned)?);
        self.transact(writes).await
    }

    /// Writes the next state of a meetup, and its next time, in one transaction with `others`.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if the meetup has changed since `before`, or a condition of `others` does not hold; or the database fails.
    pub(crate) async fn save_meetup(
        &self,
        before: &Meetup,
        next: &Meetup,
        others: Vec<TransactWriteItem>,
    ) -> Result<(), StorageError> {
        let put = self.put_at(&MeetupRecord::from(next), Some(before.rev))?.build()?;
        let mut writes = vec![TransactWriteItem::builder().put(put).build()];
        let (due, next_due) = (before.next_due(), next.next_due());
        if due != next_due {
            if let Some(at) = due {
                writes.push(self.deletion(keys::DUE, &keys::due(at, &next.id))?);
            }
            if let Some(at) = next_due {
                let (pk, sk) = (keys::DUE.to_owned(), keys::due(at, &next.id));
                let put = self.put_of(&DueRecord { pk, sk, meetup: next.id.clone(), at })?.build()?;
                writes.push(TransactWriteItem::builder().put(put).build());
            }
        }
        writes.extend(others);
        self.transact(writes).await
    }

    /// The writes with which a draft changes from the list of one owner to that of another, which `owned` is about.
    ///
    /// # Errors
    /// A record cannot be written as an item.
    pub(crate) fn adoption(
        &self,
        before: &Meetup,
        next: &Meetup,
        seats: &Seats,
        owned: Owned,
    ) -> Result<Vec<TransactWriteItem>, StorageError> {
        let put = self.put_of(&ListingRecord::new(next, seats))?.build()?;
        Ok(vec![
            self.deletion(&keys::hosted(before.owner.id()), before.id.as_str())?,
            TransactWriteItem::builder().put(put).build(),
            self.guard(&keys::hosted(next.owner.id()), owned)?,
        ])
    }

    /// Deletes a draft. Its contents are deleted when the stream handles the deletion.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if it has changed; or the database fails.
    pub async fn delete_meetup(&self, meetup: &Meetup) -> Result<(), StorageError> {
        let delete = self
            .delete_of(&keys::meetup(&meetup.id), keys::MEETUP_ITSELF)
            .condition_expression("rev = :rev")
            .expression_attribute_values(":rev", AttributeValue::N(meetup.rev.to_string()))
            .build()?;
        let mut writes = vec![TransactWriteItem::builder().delete(delete).build()];
        writes.push(self.deletion(&keys::hosted(meetup.owner.id()), meetup.id.as_str())?);
        if let Some(at) = meetup.next_due() {
            writes.push(self.deletion(keys::DUE, &keys::due(at, &meetup.id))?);
        }
        self.transact(writes).await
    }

    /// Deletes the seats and the guests of a deleted meetup. Can be repeated.
    ///
    /// # Errors
    /// The database fails; a repetition deletes the rest.
    pub async fn delete_meetup_contents(&self, id: &MeetupId) -> Result<(), StorageError> {
        self.clear(&keys::meetup(id)).await
    }

    /// The meetups that change until `until`, with their times, the earliest first: up to 1,000.
    ///
    /// # Errors
    /// The database fails.
    pub async fn due_meetups(&self, until: Timestamp) -> Result<Vec<(Timestamp, MeetupId)>, StorageError> {
        let response = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk and sk < :until")
            .expression_attribute_values(":pk", AttributeValue::S(keys::DUE.to_owned()))
            .expression_attribute_values(":until", AttributeValue::S(until.to_string()))
            .limit(DUE_AT_ONCE)
            .send()
            .await?;
        let items = response.items.unwrap_or_default();
        Ok(crate::db::readable::<DueRecord>(items).map(|record| (record.at, record.meetup)).collect())
    }
}
