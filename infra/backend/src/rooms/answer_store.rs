//! Answers in DynamoDB.

use domain::answer::AnswerRecord;
use domain::person::PersonId;
use domain::room::RoomId;
use serde::{Deserialize, Serialize};

use crate::db::{Storage, StorageError, keys};

/// A person's answer to a pick.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredAnswer {
    pk: String,
    /// The participant.
    pub sk: PersonId,
    /// The room.
    pub room: RoomId,
    /// Its revision.
    pub rev: u64,
    /// The answer itself.
    #[serde(rename = "attempt")]
    pub answer: AnswerRecord,
}

impl Storage {
    /// A person's answer to a pick, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn answer(
        &self,
        room: &RoomId,
        pick: u32,
        person: &PersonId,
    ) -> Result<Option<AnswerRecord>, StorageError> {
        let record: Option<StoredAnswer> = self.get(&keys::answers(room, pick), person.as_str()).await?;
        Ok(record.map(|record| record.answer))
    }

    /// The answers to a pick in the order of the people's ids, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn answers(&self, room: &RoomId, pick: u32) -> Result<Vec<AnswerRecord>, StorageError> {
        let items = self.query(&keys::answers(room, pick), |query| query.consistent_read(true)).await?;
        Ok(crate::db::readable::<StoredAnswer>(items).map(|record| record.answer).collect())
    }

    /// The number of answers to a pick, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn count_answers(&self, room: &RoomId, pick: u32) -> Result<u32, StorageError> {
        let count = self.count(&keys::answers(room, pick)).await?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// One person's answers to the first `picks` picks of a room, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn own_answers(
        &self,
        room: &RoomId,
        picks: u32,
        person: &PersonId,
    ) -> Result<Vec<AnswerRecord>, StorageError> {
        let item_keys: Vec<(String, String)> =
            (1..=picks).map(|pick| (keys::answers(room, pick), person.to_string())).collect();
        let items = self.get_all(&item_keys).await?;
        let mut answers: Vec<AnswerRecord> =
            crate::db::readable::<StoredAnswer>(items).map(|record| record.answer).collect();
        answers.sort_by_key(|answer| answer.pick);
        Ok(answers)
    }

    /// Writes an answer, on the condition that the person's last answer to this pick is at `before`.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if it is not; or the database fails.
    pub async fn save_answer(
        &self,
        room: &RoomId,
        answer: &AnswerRecord,
        before: Option<u64>,
    ) -> Result<(), StorageError> {
        let record = StoredAnswer {
            pk: keys::answers(room, answer.pick),
            sk: answer.person.clone(),
            room: room.clone(),
            rev: answer.rev,
            answer: answer.clone(),
        };
        self.save_at(&record, before).await
    }
}
