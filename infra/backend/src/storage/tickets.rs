//! Tickets for live connections in DynamoDB, by their hashes. Never sees a ticket.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use domain::person::Person;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Storage, StorageError, keys};

/// A ticket: who may open a connection with it, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TicketRecord {
    pk: String,
    sk: String,
    /// Whose it is.
    pub person: Person,
    /// Milliseconds since the epoch.
    good_until: i64,
    /// Epoch seconds. It may go up to days later than this ("Using time to live in DynamoDB"), so nobody relies on it.
    expires: i64,
}

impl TicketRecord {
    fn new(hash: &str, person: &Person, good_until: Timestamp) -> Self {
        Self {
            pk: keys::ticket(hash),
            sk: keys::TICKET.to_owned(),
            person: person.clone(),
            good_until: good_until.milliseconds(),
            expires: good_until.seconds(),
        }
    }

    /// From when on it is nobody's.
    pub const fn good_until(&self) -> Timestamp {
        Timestamp::from_milliseconds(self.good_until)
    }
}

impl Storage {
    /// Keeps a ticket.
    ///
    /// # Errors
    /// The database fails.
    pub async fn save_ticket(&self, hash: &str, person: &Person, good_until: Timestamp) -> Result<(), StorageError> {
        self.put(&TicketRecord::new(hash, person, good_until)).await
    }

    /// Takes a ticket away and tells what it was: of all who try, one gets it.
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
            Ok(taken) => taken.attributes.map(super::read).transpose(),
            Err(StorageError::Changed) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
