//! Rooms, their join codes and their picks, in DynamoDB.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::person::PersonId;
use domain::pick::Pick;
use domain::room::{JoinCode, Room, RoomId};
use domain::run_list::RunList;
use domain::topic::Topic;
use serde::{Deserialize, Serialize};

use crate::db::owned::Owned;
use crate::db::{Storage, StorageError, keys};

/// A room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomRecord {
    pk: String,
    /// The room's id.
    pub sk: RoomId,
    /// Its revision.
    pub rev: u64,
    /// The room itself.
    pub room: Room,
}

impl From<&Room> for RoomRecord {
    fn from(room: &Room) -> Self {
        Self { pk: keys::ROOMS.to_owned(), sk: room.id.clone(), rev: room.rev, room: room.clone() }
    }
}

/// The room of a join code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct CodeRecord {
    pk: String,
    sk: JoinCode,
    room: RoomId,
}

/// A room that a member has created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct OwnedRecord {
    pk: String,
    sk: RoomId,
}

/// A pick.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PickRecord {
    pk: String,
    sk: String,
    /// Its revision.
    pub rev: u64,
    /// The creator of the room, who must not answer. Stored here so that an answer needs no read of the room.
    pub creator: PersonId,
    /// The pick itself.
    pub pick: Pick,
}

/// The run list of a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunListRecord {
    pk: String,
    sk: String,
    /// Its revision.
    pub rev: u64,
    /// The run list itself.
    pub list: RunList,
}

impl PickRecord {
    fn new(pick: &Pick, creator: &PersonId) -> Self {
        Self {
            pk: keys::room(&pick.room),
            sk: keys::pick(pick.number),
            rev: pick.rev,
            creator: creator.clone(),
            pick: pick.clone(),
        }
    }
}

impl Storage {
    /// A room, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn room(&self, id: &RoomId) -> Result<Option<Room>, StorageError> {
        let record: Option<RoomRecord> = self.get(keys::ROOMS, id.as_str()).await?;
        Ok(record.map(|record| record.room))
    }

    /// All rooms in the order of their ids, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn rooms(&self) -> Result<Vec<Room>, StorageError> {
        let items = self.query(keys::ROOMS, |query| query.consistent_read(true)).await?;
        Ok(crate::db::readable::<RoomRecord>(items).map(|record| record.room).collect())
    }

    /// The room of a join code.
    ///
    /// # Errors
    /// The database fails.
    pub async fn room_of_code(&self, code: &JoinCode) -> Result<Option<RoomId>, StorageError> {
        let record: Option<CodeRecord> = self.get(keys::CODES, code.as_str()).await?;
        Ok(record.map(|record| record.room))
    }

    /// The number of a member's rooms, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn owned_rooms(&self, member: &PersonId) -> Result<Owned, StorageError> {
        self.owned(&keys::owned(member)).await
    }

    /// Writes a new room with its join code, on the condition that its creator has created no other since `owned` was read.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if they have, or if the id or the code is taken; or the database fails.
    pub async fn create_room(&self, room: &Room, owned: Owned) -> Result<(), StorageError> {
        let mut writes = Vec::new();
        let put = self.put_at(&RoomRecord::from(room), None)?.build()?;
        writes.push(TransactWriteItem::builder().put(put).build());
        if let Some(code) = &room.code {
            let record = CodeRecord { pk: keys::CODES.to_owned(), sk: code.clone(), room: room.id.clone() };
            let put = self.put_at(&record, None)?.build()?;
            writes.push(TransactWriteItem::builder().put(put).build());
        }
        let pk = keys::owned(&room.creator);
        let record = OwnedRecord { pk: pk.clone(), sk: room.id.clone() };
        let put = self.put_at(&record, None)?.build()?;
        writes.push(TransactWriteItem::builder().put(put).build());
        writes.push(self.guard(&pk, owned)?);
        self.transact(writes).await
    }

    /// Writes the next state of a room and of picks in one transaction. Each pick has its previous revision, `None` for a new one.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if the room or a pick has changed; or the database fails.
    pub async fn save_room(&self, before: u64, room: &Room, picks: &[(Option<u64>, Pick)]) -> Result<(), StorageError> {
        let put = self.put_at(&RoomRecord::from(room), Some(before))?.build()?;
        let mut writes = vec![TransactWriteItem::builder().put(put).build()];
        for (before, pick) in picks {
            let put = self.put_at(&PickRecord::new(pick, &room.creator), *before)?.build()?;
            writes.push(TransactWriteItem::builder().put(put).build());
        }
        self.transact(writes).await
    }

    /// Deletes a room, its join code, and its current question, which then takes no more answers. The other contents are deleted when the
    /// stream handles the deletion.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if it has changed; or the database fails.
    pub async fn delete_room(&self, room: &Room) -> Result<(), StorageError> {
        let delete = self
            .delete_of(keys::ROOMS, room.id.as_str())
            .condition_expression("rev = :rev")
            .expression_attribute_values(":rev", AttributeValue::N(room.rev.to_string()))
            .build()?;
        let mut writes = vec![TransactWriteItem::builder().delete(delete).build()];
        if let Some(code) = &room.code {
            writes.push(self.deletion(keys::CODES, code.as_str())?);
        }
        writes.push(self.deletion(&keys::owned(&room.creator), room.id.as_str())?);
        if room.picks > 0 {
            writes.push(self.deletion(&keys::room(&room.id), &keys::pick(room.picks))?);
        }
        self.transact(writes).await
    }

    /// Deletes the contents of a deleted room. Can be repeated.
    ///
    /// # Errors
    /// The database fails; a repetition deletes the rest.
    pub async fn delete_room_contents(&self, room: &Room) -> Result<(), StorageError> {
        for number in 1..=room.picks {
            self.clear(&keys::answers(&room.id, number)).await?;
        }
        self.clear(&keys::people(&room.id)).await?;
        self.clear(&keys::entrants(&room.id)).await?;
        let topic = Topic::Room(room.id.clone());
        for record in self.alerts_about(&topic).await? {
            self.remove_alert(&record.person, &topic).await?;
        }
        self.clear(&keys::room(&room.id)).await
    }

    /// One pick with its room's creator, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn pick(&self, room: &RoomId, number: u32) -> Result<Option<PickRecord>, StorageError> {
        self.get(&keys::room(room), &keys::pick(number)).await
    }

    /// A room's picks, the first one first, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn picks(&self, room: &RoomId) -> Result<Vec<Pick>, StorageError> {
        let only_picks = |query: QueryFluentBuilder| {
            query
                .key_condition_expression("pk = :pk and begins_with(sk, :pick)")
                .expression_attribute_values(":pick", AttributeValue::S(keys::PICK.to_owned()))
                .consistent_read(true)
        };
        let items = self.query(&keys::room(room), only_picks).await?;
        Ok(crate::db::readable::<PickRecord>(items).map(|record| record.pick).collect())
    }

    /// A room's run list, read consistently; empty if there is none yet.
    ///
    /// # Errors
    /// The database fails.
    pub async fn run_list(&self, room: &RoomId) -> Result<RunList, StorageError> {
        let record: Option<RunListRecord> = self.get(&keys::room(room), keys::RUN_LIST).await?;
        Ok(record.map(|record| record.list).unwrap_or_default())
    }

    /// Writes the next state of a room's run list if it is at revision `before`; 0 if it does not exist yet.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if it is at another revision; or the database fails.
    pub async fn save_run_list(&self, room: &RoomId, before: u64, list: &RunList) -> Result<(), StorageError> {
        let (pk, sk) = (keys::room(room), keys::RUN_LIST.to_owned());
        let record = RunListRecord { pk, sk, rev: list.rev, list: list.clone() };
        self.save_at(&record, Some(before).filter(|before| *before > 0)).await
    }

    /// Writes the next state of a pick if it has not changed.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if it has; or the database fails.
    pub async fn save_pick(&self, before: &PickRecord, pick: &Pick) -> Result<(), StorageError> {
        self.save_at(&PickRecord::new(pick, &before.creator), Some(before.rev)).await
    }
}
