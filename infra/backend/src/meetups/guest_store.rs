//! The guests of meetups in DynamoDB. An answer is one transaction: the seats and the answers that it changes, each under its revision.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::access::MeetupAccess;
use domain::meetup::seats::Seats;
use domain::meetup::{GuestKey, MeetupGuest, MeetupId};
use domain::person::{Person, PersonId};
use serde::{Deserialize, Serialize};

use crate::db::{Storage, StorageError, keys};
use crate::meetups::store::SeatsRecord;

/// A guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetupGuestRecord {
    pk: String,
    sk: String,
    /// Its revision.
    pub rev: u64,
    /// The guest.
    pub guest: MeetupGuest,
}

/// The key of the guest that a person is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct MeetupPersonRecord {
    pk: String,
    sk: String,
    guest: GuestKey,
}

/// A guest's next state, and the revision before it; `None` for a new guest.
pub(crate) type NextGuest = (Option<u64>, MeetupGuest);

impl Storage {
    /// A meetup and the access of a person to it, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn meetup_access(
        &self,
        id: &MeetupId,
        person: Option<&Person>,
    ) -> Result<Option<MeetupAccess>, StorageError> {
        let Some(meetup) = self.meetup(id).await? else { return Ok(None) };
        let guest = match person {
            Some(Person::Member(member)) => self.guest_key(id, &member.id).await?,
            Some(Person::Guest(_)) | None => None,
        };
        Ok(Some(MeetupAccess { meetup, guest }))
    }

    /// The key of the guest that a person is, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn guest_key(&self, id: &MeetupId, person: &PersonId) -> Result<Option<GuestKey>, StorageError> {
        let record: Option<MeetupPersonRecord> = self.get(&keys::meetup(id), &keys::meetup_person(person)).await?;
        Ok(record.map(|record| record.guest))
    }

    /// A guest, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn meetup_guest(&self, id: &MeetupId, guest: &GuestKey) -> Result<Option<MeetupGuest>, StorageError> {
        let record: Option<MeetupGuestRecord> = self.get(&keys::meetup(id), &keys::meetup_guest(guest)).await?;
        Ok(record.map(|record| record.guest))
    }

    /// The guests with these keys that exist, in any order, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub(crate) async fn meetup_guests_with(
        &self,
        id: &MeetupId,
        guests: &[&GuestKey],
    ) -> Result<Vec<MeetupGuest>, StorageError> {
        let pk = keys::meetup(id);
        let item_keys: Vec<_> = guests.iter().map(|guest| (pk.clone(), keys::meetup_guest(guest))).collect();
        let items = self.get_all(&item_keys).await?;
        Ok(crate::db::readable::<MeetupGuestRecord>(items).map(|record| record.guest).collect())
    }

    /// The guests of a meetup in the order of their keys, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn meetup_guests(&self, id: &MeetupId) -> Result<Vec<MeetupGuest>, StorageError> {
        let only_guests = |query: QueryFluentBuilder| {
            query
                .key_condition_expression("pk = :pk and begins_with(sk, :guest)")
                .expression_attribute_values(":guest", AttributeValue::S(keys::MEETUP_GUEST.to_owned()))
                .consistent_read(true)
        };
        let items = self.query(&keys::meetup(id), only_guests).await?;
        Ok(crate::db::readable::<MeetupGuestRecord>(items).map(|record| record.guest).collect())
    }

    /// The writes of the next seats, with the revision before them, and of the guests that they change. A new guest that is a person is found
    /// by that person from then on.
    pub(crate) fn seat_writes(
        &self,
        meetup: &MeetupId,
        seats: Option<(u64, &Seats)>,
        guests: &[NextGuest],
    ) -> Result<Vec<TransactWriteItem>, StorageError> {
        let mut writes = Vec::new();
        if let Some((before, seats)) = seats {
            let put = self.put_at(&SeatsRecord::new(meetup, seats), Some(before))?.build()?;
            writes.push(TransactWriteItem::builder().put(put).build());
        }
        for (before, guest) in guests {
            let (pk, sk) = (keys::meetup(meetup), keys::meetup_guest(&guest.key));
            let record = MeetupGuestRecord { pk, sk, rev: guest.rev, guest: guest.clone() };
            let put = self.put_at(&record, *before)?.build()?;
            writes.push(TransactWriteItem::builder().put(put).build());
            if let (None, Some(person)) = (before, &guest.person) {
                let (pk, sk) = (keys::meetup(meetup), keys::meetup_person(person));
                let put = self.put_at(&MeetupPersonRecord { pk, sk, guest: guest.key.clone() }, None)?.build()?;
                writes.push(TransactWriteItem::builder().put(put).build());
            }
        }
        Ok(writes)
    }

    /// The writes that delete a guest.
    pub(crate) fn guest_deletions(
        &self,
        meetup: &MeetupId,
        guest: &MeetupGuest,
    ) -> Result<Vec<TransactWriteItem>, StorageError> {
        let pk = keys::meetup(meetup);
        let delete = self
            .delete_of(&pk, &keys::meetup_guest(&guest.key))
            .condition_expression("rev = :rev")
            .expression_attribute_values(":rev", AttributeValue::N(guest.rev.to_string()))
            .build()?;
        let mut writes = vec![TransactWriteItem::builder().delete(delete).build()];
        if let Some(person) = &guest.person {
            writes.push(self.deletion(&pk, &keys::meetup_person(person))?);
        }
        Ok(writes)
    }
}
