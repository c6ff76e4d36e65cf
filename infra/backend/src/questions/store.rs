//! Question libraries in DynamoDB.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::person::PersonId;
use domain::question::{LibraryQuestion, QuestionId};
use serde::{Deserialize, Serialize};

use crate::db::size::WRITES_LIMIT;
use crate::db::{Storage, StorageError, keys};

/// A question in its author's library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionRecord {
    pk: String,
    /// The question's id.
    pub sk: QuestionId,
    /// Its revision.
    pub rev: u64,
    /// The question itself.
    pub question: LibraryQuestion,
}

impl QuestionRecord {
    fn new(author: &PersonId, question: &LibraryQuestion) -> Self {
        Self {
            pk: keys::question_library(author),
            sk: question.id.clone(),
            rev: question.rev,
            question: question.clone(),
        }
    }
}

impl Storage {
    /// One question, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn question(&self, author: &PersonId, id: &QuestionId) -> Result<Option<LibraryQuestion>, StorageError> {
        let record: Option<QuestionRecord> = self.get(&keys::question_library(author), id.as_str()).await?;
        Ok(record.map(|record| record.question))
    }

    /// An author's questions in the order of their ids, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn questions(&self, author: &PersonId) -> Result<Vec<LibraryQuestion>, StorageError> {
        let items = self.query(&keys::question_library(author), |query| query.consistent_read(true)).await?;
        Ok(crate::db::readable::<QuestionRecord>(items).map(|record| record.question).collect())
    }

    /// Writes a question if it is at revision `before`.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if it is at another revision; or the database fails.
    pub async fn save_question(
        &self,
        author: &PersonId,
        question: &LibraryQuestion,
        before: Option<u64>,
    ) -> Result<(), StorageError> {
        self.save_at(&QuestionRecord::new(author, question), before).await
    }

    /// Writes new questions, 100 in each transaction.
    ///
    /// # Errors
    /// The database fails; earlier transactions stay. The error has the number of written questions.
    pub async fn add_questions(
        &self,
        author: &PersonId,
        questions: &[LibraryQuestion],
    ) -> Result<(), (usize, StorageError)> {
        for (batch, done) in questions.chunks(WRITES_LIMIT).zip((0..).step_by(WRITES_LIMIT)) {
            self.add_batch(author, batch).await.map_err(|error| (done, error))?;
        }
        Ok(())
    }

    async fn add_batch(&self, author: &PersonId, questions: &[LibraryQuestion]) -> Result<(), StorageError> {
        let mut writes = Vec::new();
        for question in questions {
            let put = self.put_at(&QuestionRecord::new(author, question), None)?.build()?;
            writes.push(TransactWriteItem::builder().put(put).build());
        }
        self.transact(writes).await
    }

    /// Deletes questions at any revision. Succeeds if they do not exist.
    ///
    /// # Errors
    /// The database fails; some of them may be deleted then.
    pub async fn delete_questions(&self, author: &PersonId, questions: &[LibraryQuestion]) -> Result<(), StorageError> {
        for batch in questions.chunks(WRITES_LIMIT) {
            let mut writes = Vec::new();
            for question in batch {
                writes.push(self.deletion(&keys::question_library(author), question.id.as_str())?);
            }
            self.transact(writes).await?;
        }
        Ok(())
    }

    /// Deletes a question if it is at this revision.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if it is at another revision; or the database fails.
    pub async fn delete_question(&self, author: &PersonId, question: &LibraryQuestion) -> Result<(), StorageError> {
        self.delete_at(&keys::question_library(author), question.id.as_str(), question.rev).await
    }
}
