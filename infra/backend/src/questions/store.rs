//! Question libraries in DynamoDB.

use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem};
use domain::person::PersonId;
use domain::question::{BankQuestion, QuestionId};
use serde::{Deserialize, Serialize};

use crate::db::{Storage, StorageError, keys, size};

/// The maximum number of items of `TransactWriteItems`.
const TRANSACTION: usize = 100;

/// A question in its author's library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionRecord {
    pk: String,
    /// The question's id.
    pub sk: QuestionId,
    /// Its revision.
    pub rev: u64,
    /// The question itself.
    pub question: BankQuestion,
}

impl QuestionRecord {
    fn new(author: &PersonId, question: &BankQuestion) -> Self {
        Self { pk: keys::bank(author), sk: question.id.clone(), rev: question.rev, question: question.clone() }
    }
}

impl Storage {
    /// One question, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn question(&self, author: &PersonId, id: &QuestionId) -> Result<Option<BankQuestion>, StorageError> {
        let record: Option<QuestionRecord> = self.get(&keys::bank(author), id.as_str()).await?;
        Ok(record.map(|record| record.question))
    }

    /// An author's questions in the order of their ids, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn questions(&self, author: &PersonId) -> Result<Vec<BankQuestion>, StorageError> {
        let items = self.query(&keys::bank(author), |query| query.consistent_read(true)).await?;
        Ok(crate::db::readable::<QuestionRecord>(items).map(|record| record.question).collect())
    }

    /// Writes a question if it is at revision `before`.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if it is at another revision; or the database fails.
    pub async fn save_question(
        &self,
        author: &PersonId,
        question: &BankQuestion,
        before: Option<u64>,
    ) -> Result<(), StorageError> {
        self.save_at(&QuestionRecord::new(author, question), before).await
    }

    /// Writes new questions, 100 per transaction.
    ///
    /// # Errors
    /// The database fails; earlier transactions stay. The error has the number of written questions.
    pub async fn add_questions(
        &self,
        author: &PersonId,
        questions: &[BankQuestion],
    ) -> Result<(), (usize, StorageError)> {
        for (batch, done) in questions.chunks(TRANSACTION).zip((0..).step_by(TRANSACTION)) {
            self.add_batch(author, batch).await.map_err(|error| (done, error))?;
        }
        Ok(())
    }

    async fn add_batch(&self, author: &PersonId, questions: &[BankQuestion]) -> Result<(), StorageError> {
        let mut puts = Vec::new();
        for question in questions {
            puts.push(self.put_at(&QuestionRecord::new(author, question), None)?.build()?);
        }
        size::check(puts.iter().map(Put::item))?;
        let writes = puts.into_iter().map(|put| TransactWriteItem::builder().put(put).build()).collect();
        self.client.transact_write_items().set_transact_items(Some(writes)).send().await?;
        Ok(())
    }

    /// Deletes questions at any revision. Succeeds if they do not exist.
    ///
    /// # Errors
    /// The database fails; some of them may be deleted then.
    pub async fn delete_questions(&self, author: &PersonId, questions: &[BankQuestion]) -> Result<(), StorageError> {
        for batch in questions.chunks(TRANSACTION) {
            let mut transaction = self.client.transact_write_items();
            for question in batch {
                let delete = Delete::builder()
                    .table_name(&self.table)
                    .key("pk", AttributeValue::S(keys::bank(author)))
                    .key("sk", AttributeValue::S(question.id.to_string()));
                transaction = transaction.transact_items(TransactWriteItem::builder().delete(delete.build()?).build());
            }
            transaction.send().await?;
        }
        Ok(())
    }

    /// Deletes a question if it is at this revision.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if it is at another revision; or the database fails.
    pub async fn delete_question(&self, author: &PersonId, question: &BankQuestion) -> Result<(), StorageError> {
        self.delete_at(&keys::bank(author), question.id.as_str(), question.rev).await
    }
}
