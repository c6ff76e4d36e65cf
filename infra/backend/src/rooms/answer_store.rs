//! Answers in DynamoDB.

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use domain::answer::AnswerRecord;
use domain::person::PersonId;
use domain::room::RoomId;
use futures::future::try_join_all;
use serde::{Deserialize, Serialize};

use crate::db::{Storage, StorageError, keys};

/// The maximum number of keys of `BatchGetItem`.
const BATCH_LIMIT: usize = 100;

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
        let numbers: Vec<u32> = (1..=picks).collect();
        let batches = numbers.chunks(BATCH_LIMIT).map(|batch| self.answers_to(room, batch, person));
        let mut answers: Vec<AnswerRecord> = try_join_all(batches).await?.into_iter().flatten().collect();
        answers.sort_by_key(|answer| answer.pick);
        Ok(answers)
    }

    async fn answers_to(
        &self,
        room: &RoomId,
        picks: &[u32],
        person: &PersonId,
    ) -> Result<Vec<AnswerRecord>, StorageError> {
        let mut request = KeysAndAttributes::builder().consistent_read(true);
        for pick in picks {
            let pk = AttributeValue::S(keys::answers(room, *pick));
            let key = [("pk".to_owned(), pk), ("sk".to_owned(), AttributeValue::S(person.to_string()))];
            request = request.keys(key.into());
        }
        let mut request = Some(request.build()?);
        let mut answers = Vec::new();
        // Keys that the service could not return at once are requested again ("BatchGetItem", UnprocessedKeys).
        while let Some(keys) = request.take() {
            let output = self.client.batch_get_item().request_items(&self.table, keys).send().await?;
            let items = output.responses.unwrap_or_default().remove(&self.table).unwrap_or_default();
            answers.extend(crate::db::readable::<StoredAnswer>(items).map(|record| record.answer));
            request = output.unprocessed_keys.unwrap_or_default().remove(&self.table);
        }
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
