//! Tickets for live connections in DynamoDB, by their hashes.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use domain::person::Person;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::db::{Storage, StorageError, keys};

/// The person whose connection a ticket opens, and how long it lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The person.
    pub person: Person,
    /// When the person signed in, if the token contains that time.
    pub since: Option<Timestamp>,
    /// When the person's token expires, and the connection with it.
    pub token_expires: Option<Timestamp>,
}

/// A ticket: the person that may open a connection with it, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TicketRecord {
    pk: String,
    sk: String,
    /// The person it was made for.
    person: Person,
    /// When the person signed in, in milliseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<i64>,
    /// When the person's token expires, in milliseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token_expires: Option<i64>,
    /// Milliseconds since the epoch.
    #[serde(rename = "goodUntil")]
    valid_until: i64,
    /// Epoch seconds. DynamoDB may delete it days later ("Using time to live in DynamoDB"), so the code does not rely on it.
    expires: i64,
}

impl TicketRecord {
    fn new(hash: &str, holder: &Holder, valid_until: Timestamp) -> Self {
        Self {
            pk: keys::ticket(hash),
            sk: keys::TICKET.to_owned(),
            person: holder.person.clone(),
            since: holder.since.map(Timestamp::milliseconds),
            token_expires: holder.token_expires.map(Timestamp::milliseconds),
            valid_until: valid_until.milliseconds(),
            expires: valid_until.seconds(),
        }
    }

    /// When it becomes invalid.
    pub const fn valid_until(&self) -> Timestamp {
        Timestamp::from_milliseconds(self.valid_until)
    }

    /// Its holder.
    pub fn into_holder(self) -> Holder {
        Holder {
            person: self.person,
            since: self.since.map(Timestamp::from_milliseconds),
            token_expires: self.token_expires.map(Timestamp::from_milliseconds),
        }
    }
}

impl Storage {
    /// Stores a ticket.
    ///
    /// # Errors
    /// The database fails.
    pub async fn save_ticket(&self, hash: &str, holder: &Holder, valid_until: Timestamp) -> Result<(), StorageError> {
        self.put(&TicketRecord::new(hash, holder, valid_until)).await
    }

    /// Deletes a ticket and returns it: of several concurrent callers only one gets it.
    ///
    /// # Errors
    /// The database fails.
    pub async fn take_ticket(&self, hash: &str) -> Result<Option<TicketRecord>, StorageError> {
        let delete = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(keys::ticket(hash)))
            .key("sk", AttributeValue::S(keys::TICKET.to_owned()))
            .condition_expression("attribute_exists(pk)")
            .return_values(ReturnValue::AllOld);
        match delete.send().await.map_err(StorageError::from) {
            Ok(taken) => taken.attributes.map(crate::db::read).transpose(),
            Err(StorageError::Changed) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
