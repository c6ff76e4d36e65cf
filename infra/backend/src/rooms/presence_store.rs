//! The people in a room, by their connections, in DynamoDB.
//!
//! A person's item stays after the last connection, so that its revision grows when the person comes back, and no client drops the return
//! as older than the leaving.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::answer::Presence;
use domain::person::{Person, PersonId, PersonName};
use domain::room::RoomId;
use serde::{Deserialize, Serialize};

use crate::db::{Storage, StorageError, keys};

/// A person in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresenceRecord {
    /// The partition of the room.
    pub pk: String,
    /// The person.
    pub sk: PersonId,
    /// The person's name.
    pub name: PersonName,
    /// Its revision.
    pub rev: u64,
    /// The person's connections; a set in DynamoDB, which cannot be empty.
    #[serde(
        default,
        serialize_with = "serde_dynamo::string_set::serialize",
        deserialize_with = "serde_dynamo::string_set::deserialize"
    )]
    pub connections: BTreeSet<String>,
}

impl PresenceRecord {
    /// The presence; `None` if the person has left.
    pub fn presence(&self) -> Option<Presence> {
        let presence = Presence { person: self.sk.clone(), name: self.name.clone(), rev: self.rev };
        (!self.connections.is_empty()).then_some(presence)
    }
}

impl Storage {
    /// The people in a room, in the order of their ids, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn people(&self, room: &RoomId) -> Result<Vec<Presence>, StorageError> {
        let items = self.query(&keys::people(room), |query| query.consistent_read(true)).await?;
        Ok(crate::db::readable::<PresenceRecord>(items).filter_map(|record| record.presence()).collect())
    }

    /// Adds a connection of a person. Changes nothing if it exists already.
    ///
    /// # Errors
    /// The database fails.
    pub async fn join_presence(&self, room: &RoomId, person: &Person, connection: &str) -> Result<(), StorageError> {
        let update = self
            .presence_update(room, person.id(), connection, "add connections :own, rev :one set #name = :name")
            .condition_expression("not contains(connections, :connection)")
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":name", AttributeValue::S(person.name().to_string()));
        unless_changed(update.send().await.map(|_| ()))
    }

    /// Removes a connection of a person. Changes nothing if it does not exist.
    ///
    /// # Errors
    /// The database fails.
    pub async fn leave_presence(&self, room: &RoomId, person: &PersonId, connection: &str) -> Result<(), StorageError> {
        let update = self
            .presence_update(room, person, connection, "delete connections :own add rev :one")
            .condition_expression("contains(connections, :connection)");
        unless_changed(update.send().await.map(|_| ()))
    }

    fn presence_update(
        &self,
        room: &RoomId,
        person: &PersonId,
        connection: &str,
        expression: &str,
    ) -> aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(keys::people(room)))
            .key("sk", AttributeValue::S(person.to_string()))
            .update_expression(expression)
            .expression_attribute_values(":own", AttributeValue::Ss(vec![connection.to_owned()]))
            .expression_attribute_values(":connection", AttributeValue::S(connection.to_owned()))
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
    }
}

/// Treats a failed condition as success: there is nothing to do.
fn unless_changed<E: Into<StorageError>>(outcome: Result<(), E>) -> Result<(), StorageError> {
    match outcome.map_err(Into::into) {
        Err(StorageError::Changed) => Ok(()),
        other => other,
    }
}
