//! The size of an item as DynamoDB counts it, so that a transaction of more than 4 MB is rejected before it is sent. The result is never
//! smaller than DynamoDB's.

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};

use crate::db::{Item, StorageError};

/// The largest total size of the items of one transaction, in bytes: 4 MB ("Transaction quotas", Amazon DynamoDB). The document does not
/// say whether 4 MB is slightly more than this.
pub(crate) const TRANSACTION_LIMIT: usize = 4_000_000;

/// A number has at most 21 bytes, and a list or a map 3 bytes of its own ("DynamoDB item sizes and formats").
const NUMBER_BYTES: usize = 21;
const CONTAINER_BYTES: usize = 3;

/// The number of writes that one transaction takes ("Transaction quotas", Amazon DynamoDB).
pub(crate) const WRITES_LIMIT: usize = 100;

/// Checks that these writes fit into one transaction.
pub(crate) fn check_writes(writes: &[TransactWriteItem]) -> Result<(), StorageError> {
    check(writes.iter().filter_map(|write| write.put().map(Put::item)))
}

fn check<'a>(items: impl IntoIterator<Item = &'a Item>) -> Result<(), StorageError> {
    let size = items.into_iter().map(size_of).sum();
    if size > TRANSACTION_LIMIT { Err(StorageError::TooLarge { size }) } else { Ok(()) }
}

fn size_of(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + value_size(value)).sum()
}

fn value_size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::N(_) => NUMBER_BYTES,
        AttributeValue::L(all) => CONTAINER_BYTES + all.iter().map(|one| 1 + value_size(one)).sum::<usize>(),
        AttributeValue::M(all) => {
            CONTAINER_BYTES + all.iter().map(|(name, one)| 1 + name.len() + value_size(one)).sum::<usize>()
        }
        AttributeValue::Ss(all) => CONTAINER_BYTES + all.iter().map(|one| 1 + one.len()).sum::<usize>(),
        AttributeValue::Ns(all) => CONTAINER_BYTES + all.len() * (1 + NUMBER_BYTES),
        AttributeValue::Bs(all) => CONTAINER_BYTES + all.iter().map(|one| 1 + one.as_ref().len()).sum::<usize>(),
        // A Boolean, or null.
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn item(value: serde_json::Value) -> Item {
        serde_dynamo::to_item(value).unwrap()
    }

    #[test]
    fn names_and_values_are_counted_in_bytes() {
        assert_eq!(size_of(&item(json!({"pk": "é", "n": 7, "t": true}))), 2 + 2 + 1 + NUMBER_BYTES + 1 + 1);
        assert_eq!(size_of(&item(json!({"l": ["ab", null]}))), 1 + CONTAINER_BYTES + 3 + 2);
        assert_eq!(size_of(&item(json!({"m": {"ab": "cd"}}))), 1 + CONTAINER_BYTES + 5);
    }

    #[test]
    fn a_transaction_above_the_limit_is_rejected_with_its_size() {
        let large = item(json!({"a": "x".repeat(TRANSACTION_LIMIT / 2 - 1)}));
        assert!(check([&large, &large]).is_ok());
        let error = check([&large, &large, &item(json!({"b": ""}))]).unwrap_err();
        assert!(matches!(error, StorageError::TooLarge { size } if size == TRANSACTION_LIMIT + 1), "{error}");
    }
}
