//! The lists of meetups: the public ones, and those of each host. An entry is a copy of the meetup and its seats, so that a list is one read.
//! The fan-out derives the entries from the meetups; it never goes back, since an entry has the sum of both revisions.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::meetup::seats::Seats;
use domain::meetup::{Meetup, MeetupId, MeetupListing};
use domain::person::PersonId;
use serde::{Deserialize, Serialize};

use crate::db::{Storage, StorageError, keys};

/// An entry of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingRecord {
    pk: String,
    /// The meetup's id.
    pub sk: MeetupId,
    /// Its revision.
    pub rev: u64,
    /// The entry itself.
    pub listing: MeetupListing,
}

impl ListingRecord {
    /// The entry in the list of the host.
    pub(crate) fn new(meetup: &Meetup, seats: &Seats) -> Self {
        let listing = MeetupListing::new(meetup.clone(), seats);
        Self { pk: keys::hosted(meetup.owner.id()), sk: meetup.id.clone(), rev: listing.rev(), listing }
    }
}

impl Storage {
    /// The public meetups in the order of their ids, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn public_meetups(&self) -> Result<Vec<MeetupListing>, StorageError> {
        self.listings(keys::MEETUPS).await
    }

    /// The meetups of a host in the order of their ids, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn hosted_meetups(&self, host: &PersonId) -> Result<Vec<MeetupListing>, StorageError> {
        self.listings(&keys::hosted(host)).await
    }

    async fn listings(&self, pk: &str) -> Result<Vec<MeetupListing>, StorageError> {
        let mut items = self.query(pk, |query| query.consistent_read(true)).await?;
        items.retain(|item| item.get("sk").and_then(|sk| sk.as_s().ok()).is_none_or(|sk| sk != keys::GUARD));
        Ok(crate::db::readable::<ListingRecord>(items).map(|record| record.listing).collect())
    }

    /// Writes the entries of a meetup again, unless there are newer ones, or deletes them. Can be repeated, and in any order.
    ///
    /// # Errors
    /// The database fails.
    pub async fn save_listings(&self, meetup: &Meetup, seats: &Seats) -> Result<(), StorageError> {
        let of_host = ListingRecord::new(meetup, seats);
        let public = ListingRecord { pk: keys::MEETUPS.to_owned(), ..of_host.clone() };
        self.put_newer_listing(&of_host, true).await?;
        if meetup.is_listed() {
            return self.put_newer_listing(&public, false).await;
        }
        self.delete_public_listing(&meetup.id).await
    }

    /// Deletes a meetup from the public list. Succeeds if it is not in it.
    ///
    /// # Errors
    /// The database fails.
    pub async fn delete_public_listing(&self, id: &MeetupId) -> Result<(), StorageError> {
        self.delete(keys::MEETUPS, id.as_str()).await
    }

    /// Writes an entry, unless there is a newer one. `must_exist` is for the list of a host: a deleted draft does not return.
    async fn put_newer_listing(&self, record: &ListingRecord, must_exist: bool) -> Result<(), StorageError> {
        let condition = if must_exist { "rev < :rev" } else { "attribute_not_exists(pk) or rev < :rev" };
        let written = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(crate::db::item_of(record)?))
            .condition_expression(condition)
            .expression_attribute_values(":rev", AttributeValue::N(record.rev.to_string()))
            .send()
            .await;
        match written.map_err(StorageError::from) {
            Ok(_) | Err(StorageError::Changed) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
