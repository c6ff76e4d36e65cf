//! The partition with what a person owns. Its guard makes the limit of a person's entities exact: two entities that are created concurrently
//! conflict.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};

use crate::db::{Storage, StorageError, keys};

/// What a person owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Owned {
    /// The number of entities.
    pub count: usize,
    /// Changes with each entity that the person creates.
    version: Option<u64>,
}

impl Storage {
    /// The number of entities in this partition, read consistently. A record that cannot be read counts, too.
    ///
    /// # Errors
    /// The database fails.
    pub(crate) async fn owned(&self, pk: &str) -> Result<Owned, StorageError> {
        let items = self.query(pk, |query| query.consistent_read(true).projection_expression("sk, version")).await?;
        let mut owned = Owned::default();
        for item in items {
            match item.get("sk") {
                Some(AttributeValue::S(sk)) if sk == keys::GUARD => {
                    owned.version = item.get("version").and_then(|version| version.as_n().ok()?.parse().ok());
                }
                _ => owned.count += 1,
            }
        }
        Ok(owned)
    }

    /// The write that fails if the person has created another entity since `owned` was read.
    pub(crate) fn guard(&self, pk: &str, owned: Owned) -> Result<TransactWriteItem, StorageError> {
        let next = owned.version.unwrap_or_default() + 1;
        let guard = Update::builder()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(pk.to_owned()))
            .key("sk", AttributeValue::S(keys::GUARD.to_owned()))
            .update_expression("set version = :next")
            .expression_attribute_values(":next", AttributeValue::N(next.to_string()));
        let guard = match owned.version {
            None => guard.condition_expression("attribute_not_exists(pk)"),
            Some(version) => guard
                .condition_expression("version = :seen")
                .expression_attribute_values(":seen", AttributeValue::N(version.to_string())),
        };
        Ok(TransactWriteItem::builder().update(guard.build()?).build())
    }
}
