//! Idempotency keys and the responses to their requests, in DynamoDB.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::db::{Storage, StorageError, item_of, keys};

/// So long an answer is remembered.
pub const ANSWER_KEPT: Duration = Duration::from_secs(24 * 3600);

/// So long a request may take: twice what a function has. Whoever comes after that takes it over.
const LEASE: Duration = Duration::from_secs(60);

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The header `ETag`, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The body.
    pub body: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestRecord {
    pk: String,
    sk: String,
    /// What the request was, hashed.
    fingerprint: String,
    /// Until when nobody else does it, in milliseconds since the epoch; without meaning once it is answered.
    lease: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer: Option<KeptAnswer>,
    /// Epoch seconds. It may go up to days later than this ("Using time to live in DynamoDB"), so nobody relies on it.
    expires: i64,
}

impl RequestRecord {
    fn new(name: &str, fingerprint: &str, answer: Option<KeptAnswer>, now: Timestamp) -> Self {
        Self {
            pk: keys::request(name),
            sk: keys::REQUEST.to_owned(),
            fingerprint: fingerprint.to_owned(),
            lease: now.plus(LEASE).milliseconds(),
            answer,
            expires: now.plus(ANSWER_KEPT).seconds(),
        }
    }
}

/// What is known of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It is new, or whoever did it has not come to an end: it is the caller's now, who answers or gives it back.
    Ours,
    /// Somebody is doing it just now.
    UnderWay,
    /// It was done.
    Done(KeptAnswer),
    /// Under this name there was another request.
    Other,
}

impl Storage {
    /// Takes a request, by its name.
    ///
    /// # Errors
    /// The database fails.
    pub async fn claim_request(&self, name: &str, fingerprint: &str, now: Timestamp) -> Result<Claim, StorageError> {
        let record = RequestRecord::new(name, fingerprint, None, now);
        let number = |number: i64| AttributeValue::N(number.to_string());
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item_of(&record)?))
            .condition_expression(
                "attribute_not_exists(pk) or expires < :seconds \
                 or (attribute_not_exists(answer) and lease < :now and fingerprint = :fingerprint)",
            )
            .expression_attribute_values(":seconds", number(now.seconds()))
            .expression_attribute_values(":now", number(now.milliseconds()))
            .expression_attribute_values(":fingerprint", AttributeValue::S(fingerprint.to_owned()));
        match put.send().await.map_err(StorageError::from) {
            Ok(_) => return Ok(Claim::Ours),
            Err(StorageError::Changed) => {}
            Err(error) => return Err(error),
        }
        let known: Option<RequestRecord> = self.get(&record.pk, &record.sk).await?;
        Ok(match known {
            Some(known) if known.fingerprint != fingerprint => Claim::Other,
            Some(RequestRecord { answer: Some(answer), .. }) => Claim::Done(answer),
            // Given back meanwhile: whoever asks next may have it.
            Some(_) | None => Claim::UnderWay,
        })
    }

    /// Remembers what was answered to a request.
    ///
    /// # Errors
    /// The database fails.
    pub async fn answer_request(
        &self,
        name: &str,
        fingerprint: &str,
        answer: KeptAnswer,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        self.put(&RequestRecord::new(name, fingerprint, Some(answer), now)).await
    }

    /// Gives a request back: nothing came of it, and it may be tried again.
    ///
    /// # Errors
    /// The database fails.
    pub async fn give_request_back(&self, name: &str) -> Result<(), StorageError> {
        self.delete(&keys::request(name), keys::REQUEST).await
    }
}
