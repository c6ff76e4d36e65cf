//! Idempotency keys and the responses to their requests, in DynamoDB.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::db::{Storage, StorageError, item_of, keys};

/// A response is stored this long.
pub const ANSWER_KEPT: Duration = Duration::from_secs(24 * 3600);

/// A request may take this long: twice a function's timeout. After that a repeated request takes it over.
const LEASE: Duration = Duration::from_secs(60);

/// A stored response.
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
    /// The hash of the request.
    fingerprint: String,
    /// Until then no other request with this key runs, in milliseconds since the epoch; without meaning once there is a response.
    lease: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer: Option<KeptAnswer>,
    /// Epoch seconds. DynamoDB may delete it days later ("Using time to live in DynamoDB"), so the code does not rely on it.
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

/// The state of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It is new, or its lease has expired: the caller runs it, and then stores a response or releases the key.
    Ours,
    /// The same request is in progress.
    UnderWay,
    /// It has a response.
    Done(KeptAnswer),
    /// The key was used for another request.
    Other,
}

impl Storage {
    /// Claims a request, by its name.
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
            // The key was released meanwhile: the next request may claim it.
            Some(_) | None => Claim::UnderWay,
        })
    }

    /// Stores the response to a request.
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

    /// Releases a request: it had no effect, and the client may retry.
    ///
    /// # Errors
    /// The database fails.
    pub async fn give_request_back(&self, name: &str) -> Result<(), StorageError> {
        self.delete(&keys::request(name), keys::REQUEST).await
    }
}
