//! The responses to requests with an idempotency key, in DynamoDB.

use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::db::{Storage, StorageError, keys};

/// A response is stored this long.
pub const RESPONSE_KEPT: Duration = Duration::from_secs(24 * 3600);

/// A stored response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredResponse {
    /// The HTTP status.
    pub status: u16,
    /// The header `ETag`, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The body.
    pub body: String,
}

/// A request that was carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompletedRequest {
    pk: String,
    sk: String,
    /// The hash of the request.
    pub fingerprint: String,
    /// Its response.
    pub response: StoredResponse,
    /// Epoch seconds. DynamoDB may delete it days later ("Using time to live in DynamoDB"), so the code does not rely on it.
    expires: i64,
}

impl Storage {
    /// The request of this name, if it was carried out; read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn completed_request(
        &self,
        name: &str,
        now: Timestamp,
    ) -> Result<Option<CompletedRequest>, StorageError> {
        let known: Option<CompletedRequest> = self.get(&keys::request(name), keys::REQUEST).await?;
        Ok(known.filter(|known| known.expires > now.seconds()))
    }

    /// Carries out the writes of a request and stores its response, all in one transaction. So a request is carried out once, even if the
    /// client or this function never learns that DynamoDB has done it.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if a request of this name was carried out already, or if the condition of a write does not hold;
    /// [`StorageError::TooLarge`] if they are too large for a transaction; or the database fails.
    pub async fn complete_request(
        &self,
        name: &str,
        fingerprint: &str,
        response: StoredResponse,
        writes: Vec<TransactWriteItem>,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let record = CompletedRequest {
            pk: keys::request(name),
            sk: keys::REQUEST.to_owned(),
            fingerprint: fingerprint.to_owned(),
            response,
            expires: now.plus(RESPONSE_KEPT).seconds(),
        };
        let put = self
            .put_of(&record)?
            .condition_expression("attribute_not_exists(pk) or expires <= :now")
            .expression_attribute_values(":now", AttributeValue::N(now.seconds().to_string()))
            .build()?;
        let put = TransactWriteItem::builder().put(put).build();
        self.transact(writes.into_iter().chain([put]).collect()).await
    }
}
