//! Why the data could not be read or written. For the log; clients get a general message.

use aws_sdk_dynamodb::error::{BuildError, ProvideErrorMetadata, SdkError};

/// A failed access to the table.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// A condition did not hold: another request has written the item concurrently.
    #[error("the item was changed concurrently")]
    Changed,
    /// The service cannot be reached or throttles. A retry may succeed.
    #[error("the data is not available: {0}")]
    Unavailable(String),
    /// A secret cannot be opened, and a retry would fail as well.
    #[error(
        "the secret “{name}” cannot be opened ({why}); if it is lost, delete its record, so that another one is made"
    )]
    Sealed {
        /// The secret's name.
        name: String,
        /// The error of KMS.
        why: String,
    },
    /// DynamoDB rejects the request, and a retry would fail as well.
    #[error("DynamoDB rejects the request: {0}")]
    Rejected(String),
    /// One transaction would be larger than DynamoDB accepts.
    #[error("{size} bytes are more than one transaction may contain")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
    },
    /// An item does not have the form that this version writes; its key. Its content is not logged.
    #[error("the record {0} cannot be read by this version; it is newer, or was written by hand")]
    Unreadable(String),
    /// A record cannot be converted to an item: an error of this code.
    #[error("a record cannot be written: {0}")]
    Unwritable(#[from] serde_dynamo::Error),
    /// A request lacks a part: an error of this code.
    #[error("a request is incomplete: {0}")]
    Incomplete(#[from] BuildError),
}

impl<E: ProvideErrorMetadata + std::fmt::Debug, R: std::fmt::Debug> From<SdkError<E, R>> for StorageError {
    fn from(error: SdkError<E, R>) -> Self {
        let code = error.as_service_error().and_then(|service| service.code()).unwrap_or_default();
        let message = error.as_service_error().and_then(|service| service.message()).unwrap_or_default();
        let details = format!("{code} {message}");
        match code {
            "ConditionalCheckFailedException" => Self::Changed,
            // A cancelled transaction lists a reason for each member. Usually it is a failed condition; a conflict with another
            // transaction on the same item means the same to the caller.
            "TransactionCanceledException"
                if message.contains("ConditionalCheckFailed") || message.contains("TransactionConflict") =>
            {
                Self::Changed
            }
            "TransactionConflictException" => Self::Changed,
            "ProvisionedThroughputExceededException"
            | "ThrottlingException"
            | "RequestLimitExceeded"
            | "InternalServerError"
            | "TransactionCanceledException"
            | "TransactionInProgressException" => Self::Unavailable(details),
            "" => Self::Unavailable(format!("{error:?}")),
            _ => Self::Rejected(details),
        }
    }
}
