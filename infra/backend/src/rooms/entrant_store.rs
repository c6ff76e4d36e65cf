//! The entrants of a room, in DynamoDB: its guests, and the members who have shown a private room's code.
//!
//! A guest exists while the guest's item exists: without it the token is not valid. The item expires with the token, after a week, or is
//! deleted when the creator removes the guest. A guest's name is a separate item, so that only one of two concurrent guests gets the same
//! name.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::access::RoomAccess;
use domain::person::{Guest, Member, Person, PersonId, PersonName};
use domain::room::{Room, RoomId};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::db::{Storage, StorageError, keys};
use crate::rooms::presence_store::PresenceRecord;

/// A person admitted to a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EntrantRecord {
    pk: String,
    /// The person.
    pub sk: PersonId,
    /// The person's name in the room.
    pub name: PersonName,
    /// Milliseconds since the epoch.
    joined_at: i64,
    /// For a guest: the hash of the name's look, the key of the item that reserves the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look: Option<String>,
    /// For a guest: when the item expires, in epoch seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<i64>,
}

impl EntrantRecord {
    /// When the person entered.
    pub const fn joined_at(&self) -> Timestamp {
        Timestamp::from_milliseconds(self.joined_at)
    }

    /// Whether the person is a guest.
    pub const fn is_guest(&self) -> bool {
        self.look.is_some()
    }

    fn is_guest_at(&self, now: Timestamp) -> bool {
        self.is_guest() && self.expires.is_some_and(|expires| expires > now.seconds())
    }
}

/// The item that reserves a guest's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct ReservedNameRecord {
    pk: String,
    sk: String,
    person: PersonId,
    expires: i64,
}

impl Storage {
    /// A room and the access of `person` to it, read consistently. No other function looks up whether a person is admitted.
    ///
    /// # Errors
    /// The database fails.
    pub async fn room_access(&self, id: &RoomId, person: &Person) -> Result<Option<RoomAccess>, StorageError> {
        // Every guest needs a lookup, few members do.
        let (room, is_admitted) = match person {
            Person::Guest(_) => futures::try_join!(self.room(id), self.is_entrant(id, person.id()))?,
            Person::Member(_) => (self.room(id).await?, false),
        };
        let Some(room) = room else { return Ok(None) };
        let is_admitted = match person {
            Person::Member(member) if room.needs_admission(person) => self.is_member_admitted(&room, member).await?,
            _ => is_admitted,
        };
        Ok(Some(RoomAccess { room, is_admitted }))
    }

    /// Whether a member has used the room's code, or was in the room before it became private.
    async fn is_member_admitted(&self, room: &Room, member: &Member) -> Result<bool, StorageError> {
        Ok(self.is_entrant(&room.id, &member.id).await? || self.has_been_in(&room.id, &member.id).await?)
    }

    async fn is_entrant(&self, room: &RoomId, person: &PersonId) -> Result<bool, StorageError> {
        Ok(self.entrant(room, person).await?.is_some())
    }

    async fn has_been_in(&self, room: &RoomId, person: &PersonId) -> Result<bool, StorageError> {
        let record: Option<PresenceRecord> = self.get(&keys::people(room), person.as_str()).await?;
        Ok(record.is_some())
    }

    /// The record of an admitted person, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn entrant(&self, room: &RoomId, person: &PersonId) -> Result<Option<EntrantRecord>, StorageError> {
        self.get(&keys::entrants(room), person.as_str()).await
    }

    /// The guests of a room in the order of their ids, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn guests(&self, room: &RoomId, now: Timestamp) -> Result<Vec<EntrantRecord>, StorageError> {
        let items = self.query(&keys::entrants(room), |query| query.consistent_read(true)).await?;
        let is_person = |item: &crate::db::Item| {
            item.get("sk").and_then(|sk| sk.as_s().ok()).is_some_and(|sk| !keys::is_taken_name(sk))
        };
        let people = items.into_iter().filter(is_person).collect();
        Ok(crate::db::readable(people).filter(|record: &EntrantRecord| record.is_guest_at(now)).collect())
    }

    /// Admits a guest, on the condition that no guest in the room has a name of this look.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if another guest has such a name; or the database fails.
    pub async fn save_guest(&self, guest: &Guest, look: &str, now: Timestamp) -> Result<(), StorageError> {
        let (pk, expires) = (keys::entrants(&guest.room), now.plus(keys::GUEST_KEPT).seconds());
        let record = EntrantRecord {
            pk: pk.clone(),
            sk: guest.id.clone(),
            name: guest.name.clone(),
            joined_at: now.milliseconds(),
            look: Some(look.to_owned()),
            expires: Some(expires),
        };
        let name = ReservedNameRecord { pk, sk: keys::taken_name(look), person: guest.id.clone(), expires };
        // DynamoDB may delete an expired item days later ("Using time to live in DynamoDB").
        let name = self
            .put_of(&name)?
            .condition_expression("attribute_not_exists(pk) or expires <= :now")
            .expression_attribute_values(":now", AttributeValue::N(now.seconds().to_string()));
        self.transact(vec![
            TransactWriteItem::builder().put(self.put_at(&record, None)?.build()?).build(),
            TransactWriteItem::builder().put(name.build()?).build(),
        ])
        .await
    }

    /// Admits a member to a private room. Can be repeated.
    ///
    /// # Errors
    /// The database fails.
    pub async fn admit_member(&self, room: &RoomId, member: &Member, now: Timestamp) -> Result<(), StorageError> {
        self.put(&EntrantRecord {
            pk: keys::entrants(room),
            sk: member.id.clone(),
            name: member.name.clone(),
            joined_at: now.milliseconds(),
            look: None,
            expires: None,
        })
        .await
    }

    /// Deletes a guest and the guest's name: from now on the token is not valid. The subscriptions end when the stream handles the
    /// deletion.
    ///
    /// # Errors
    /// The database fails.
    pub async fn remove_guest(&self, room: &RoomId, guest: &PersonId, look: &str) -> Result<(), StorageError> {
        let pk = keys::entrants(room);
        let name = self.deletion(&pk, &keys::taken_name(look))?;
        self.transact(vec![self.deletion(&pk, guest.as_str())?, name]).await
    }
}
