//! Items and their past values, in DynamoDB. It also reads records that other programs wrote directly into the partition `ITEMS`.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::item::{ContentType, HISTORY_LENGTH, Item, ItemKey, SchemaName, VALUE_LIMIT, check_value};
use domain::time::Timestamp;
use protocol::items::PastValue;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::db::{Storage, StorageError, keys};
use crate::exact_numbers;
use crate::ingest::source_order::SourceOrder;
use crate::telemetry::trace_context;

/// The names of Rally's attributes; all other attributes of a foreign item are its value.
const RESERVED_ATTRIBUTES: [&str; 12] = [
    crate::db::RECORD_VERSION,
    "pk",
    "sk",
    "json",
    "contentType",
    "schema",
    "rev",
    "updatedAt",
    "gone",
    "expires",
    "sourceOrder",
    trace_context::ATTRIBUTE,
];

/// The member with the reason why a value is not shown.
const ERROR_MEMBER: &str = "notShown";

/// A stored item, or the tombstone of a removed one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemRecord {
    pk: String,
    /// The item's key.
    pub sk: ItemKey,
    /// The value as it was sent, since DynamoDB's numbers differ from JSON's. `None` if another program has written the item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    json: Option<String>,
    #[serde(default)]
    content_type: ContentType,
    #[serde(default)]
    schema: SchemaName,
    /// The revision; `None` if another program has written the item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rev: Option<u64>,
    /// Milliseconds since the epoch.
    #[serde(default)]
    updated_at: i64,
    /// Whether it is a tombstone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<i64>,
    /// The position in its source's order; a foreign item may have any value here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source_order: Option<Value>,
    /// The other attributes of a foreign item.
    #[serde(flatten)]
    foreign_attributes: HashMap<String, Value>,
}

impl ItemRecord {
    /// The record of an item.
    pub fn new(item: &Item) -> Self {
        Self {
            pk: keys::ITEMS.to_owned(),
            sk: item.key.clone(),
            json: Some(item.value.to_string()),
            content_type: item.content_type.clone(),
            schema: item.schema.clone(),
            rev: Some(item.rev),
            updated_at: item.updated_at.milliseconds(),
            gone: false,
            expires: None,
            source_order: None,
            foreign_attributes: HashMap::new(),
        }
    }

    /// The tombstone of a removed item.
    pub fn tombstone(key: &ItemKey, rev: u64, now: Timestamp) -> Self {
        Self {
            pk: keys::ITEMS.to_owned(),
            sk: key.clone(),
            json: None,
            content_type: ContentType::default(),
            schema: SchemaName::default(),
            rev: Some(rev),
            updated_at: now.milliseconds(),
            gone: true,
            expires: Some(now.plus(keys::TOMBSTONE_KEPT).seconds()),
            source_order: None,
            foreign_attributes: HashMap::new(),
        }
    }

    /// The record with this position in its source's order.
    #[must_use]
    pub fn with_order(self, order: Option<&SourceOrder>) -> Self {
        Self { source_order: order.map(|order| order.to_string().into()), ..self }
    }

    /// The position in its source's order, if it has one.
    fn order(&self) -> Option<SourceOrder> {
        self.source_order.as_ref()?.as_str()?.parse().ok()
    }

    /// Whether it is a tombstone that has expired at this time.
    pub fn is_expired(&self, at: Timestamp) -> bool {
        self.gone && self.expires.is_some_and(|expires| expires <= at.seconds())
    }

    /// The item, unless it is a tombstone. A value that another program has written and that is not valid is replaced by the reason why it
    /// cannot be shown.
    pub fn into_item(self) -> Option<Item> {
        // Values that Rally has written were checked before.
        let is_checked = self.json.as_ref().is_some_and(|json| json.len() <= VALUE_LIMIT);
        let violation_of = |value: &Value| {
            if is_checked { None } else { check_value(value).and_then(|()| exact_numbers::check_read(value)).err() }
        };
        let value = match self.json {
            // Only another program writes invalid JSON; it is shown as text.
            Some(json) => serde_json::from_str(&json).unwrap_or(Value::String(json)),
            None => self
                .foreign_attributes
                .into_iter()
                .filter(|(name, _)| !RESERVED_ATTRIBUTES.contains(&name.as_str()))
                .collect::<Map<_, _>>()
                .into(),
        };
        (!self.gone).then(|| Item {
            key: self.sk,
            value: match violation_of(&value) {
                None => value,
                Some(violation) => json!({ ERROR_MEMBER: violation.message() }),
            },
            content_type: self.content_type,
            schema: self.schema,
            rev: self.rev.unwrap_or_default(),
            updated_at: Timestamp::from_milliseconds(self.updated_at),
        })
    }
}

/// A past value of an item.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ValueRecord {
    pk: String,
    sk: String,
    json: String,
    rev: u64,
    at: i64,
}

/// The stored state of a key.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredItem {
    /// The item, if there is one.
    pub item: Option<Item>,
    /// The last revision; `None` if there is no record, or if another program has written it.
    pub rev: Option<u64>,
    /// The position of the last value or removal in its source's order.
    pub order: Option<SourceOrder>,
    /// Whether a record exists, even a tombstone.
    has_record: bool,
}

impl StoredItem {
    /// The next revision.
    pub fn next_rev(&self) -> u64 {
        self.rev.unwrap_or_default() + 1
    }
}

/// A page of a list, and the key after which the next page begins.
#[derive(Debug)]
pub struct ItemPage {
    /// The items, in the order of their keys.
    pub items: Vec<Item>,
    /// The key after which the next page begins, if there is one. It need not be an item's key: a record that cannot be read also counts.
    pub after: Option<String>,
}

impl Storage {
    /// The stored state of a key, read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn item(&self, key: &ItemKey) -> Result<StoredItem, StorageError> {
        let record: Option<ItemRecord> = self.get(keys::ITEMS, key.as_str()).await?;
        Ok(match record {
            None => StoredItem { item: None, rev: None, order: None, has_record: false },
            Some(record) => {
                StoredItem { rev: record.rev, order: record.order(), item: record.into_item(), has_record: true }
            }
        })
    }

    /// A page of the items whose keys begin with `prefix` and follow `after`, which must begin with it, too; read consistently.
    ///
    /// # Errors
    /// The database fails.
    pub async fn item_page(&self, prefix: &str, after: Option<&str>, limit: i32) -> Result<ItemPage, StorageError> {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let mut query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .limit(limit)
            .expression_attribute_values(":pk", text(keys::ITEMS));
        query = match prefix {
            "" => query.key_condition_expression("pk = :pk"),
            prefix => query
                .key_condition_expression("pk = :pk and begins_with(sk, :prefix)")
                .expression_attribute_values(":prefix", text(prefix)),
        };
        if let Some(after) = after {
            query = query.exclusive_start_key("pk", text(keys::ITEMS)).exclusive_start_key("sk", text(after));
        }
        let output = query.send().await?;
        let last = output.last_evaluated_key.and_then(|mut key| key.remove("sk"));
        let after = last.and_then(|sk| sk.as_s().ok().cloned());
        let records = crate::db::readable::<ItemRecord>(output.items.unwrap_or_default());
        Ok(ItemPage { items: records.filter_map(ItemRecord::into_item).collect(), after })
    }

    /// Writes records in one transaction, each on the condition that its key is unchanged.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if one has changed, [`StorageError::TooLarge`] if they exceed the limits of a transaction; or the database
    /// fails.
    pub async fn save_items(&self, records: &[(StoredItem, ItemRecord)]) -> Result<(), StorageError> {
        let mut writes = Vec::new();
        for (before, record) in records {
            let put = self.put_of(record)?;
            let put = match (before.has_record, before.rev) {
                (false, _) => put.condition_expression("attribute_not_exists(pk)"),
                (true, None) => put.condition_expression("attribute_not_exists(rev)"),
                (true, Some(rev)) => put
                    .condition_expression("rev = :rev")
                    .expression_attribute_values(":rev", AttributeValue::N(rev.to_string())),
            };
            writes.push(TransactWriteItem::builder().put(put.build()?).build());
        }
        self.transact(writes).await
    }

    /// Assigns a revision to an item that another program has written, so that clients apply it as newer; this write's own record in the
    /// stream is then published. `stored_rev` is the revision in the record, if it has one.
    ///
    /// # Errors
    /// [`StorageError::Changed`] if it was written again; or the database fails.
    pub async fn assign_revision(
        &self,
        key: &ItemKey,
        stored_rev: Option<u64>,
        rev: u64,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let number = |number: i64| AttributeValue::N(number.to_string());
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(keys::ITEMS.to_owned()))
            .key("sk", AttributeValue::S(key.to_string()))
            .update_expression("set rev = :next, updatedAt = :now remove gone, expires")
            .expression_attribute_values(":next", AttributeValue::N(rev.to_string()))
            .expression_attribute_values(":now", number(now.milliseconds()));
        let update = match stored_rev {
            None => update.condition_expression("attribute_exists(pk) and attribute_not_exists(rev)"),
            Some(stored_rev) => update
                .condition_expression("rev = :seen")
                .expression_attribute_values(":seen", AttributeValue::N(stored_rev.to_string())),
        };
        let updated = update.send().await.map(drop).map_err(StorageError::from);
        self.or_raise(updated, keys::ITEMS, key.as_str(), rev).await
    }

    /// Writes a tombstone for an item that another program has deleted without one. If the item exists again with an older revision, it
    /// gets this revision.
    ///
    /// # Errors
    /// The database fails.
    pub async fn write_item_tombstone(&self, key: &ItemKey, rev: u64, now: Timestamp) -> Result<(), StorageError> {
        let absent = StoredItem { item: None, rev: None, order: None, has_record: false };
        let written = self.save_items(&[(absent, ItemRecord::tombstone(key, rev, now))]).await;
        self.or_raise(written, keys::ITEMS, key.as_str(), rev).await
    }

    /// Stores a value and deletes the one that is [`HISTORY_LENGTH`] revisions older. Can be repeated.
    ///
    /// # Errors
    /// The database fails.
    pub async fn append_history(&self, item: &Item) -> Result<(), StorageError> {
        let record = ValueRecord {
            pk: keys::values(&item.key),
            sk: keys::revision(item.rev),
            json: item.value.to_string(),
            rev: item.rev,
            at: item.updated_at.milliseconds(),
        };
        self.put(&record).await?;
        match item.rev.checked_sub(HISTORY_LENGTH as u64) {
            Some(old) => self.delete(&record.pk, &keys::revision(old)).await,
            None => Ok(()),
        }
    }

    /// The last values of an item, the oldest first.
    ///
    /// # Errors
    /// The database fails.
    pub async fn past_values(&self, key: &ItemKey) -> Result<Vec<PastValue>, StorageError> {
        let items = self.query(&keys::values(key), |query| query.consistent_read(true)).await?;
        let read = |record: ValueRecord| PastValue {
            rev: record.rev,
            at: Timestamp::from_milliseconds(record.at),
            value: serde_json::from_str(&record.json).unwrap_or(Value::String(record.json)),
        };
        let all: Vec<PastValue> = crate::db::readable(items).map(read).collect();
        let surplus = all.len().saturating_sub(HISTORY_LENGTH);
        Ok(all.into_iter().skip(surplus).collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_dynamo::Item as Attributes;

    use super::*;

    fn read(item: Value) -> ItemRecord {
        let attributes: Attributes = serde_dynamo::to_item(item).unwrap();
        serde_dynamo::from_item(attributes).unwrap()
    }

    #[test]
    fn an_item_is_read_as_it_was_written() {
        let item = Item {
            key: "vehicle:3".parse().unwrap(),
            value: json!({"lat": 41.38, "tags": [null, 1.0, "é"]}),
            content_type: "application/geo+json".parse().unwrap(),
            schema: "v1".parse().unwrap(),
            rev: 7,
            updated_at: Timestamp::from_milliseconds(1_000),
        };
        let attributes: Attributes = serde_dynamo::to_item(ItemRecord::new(&item)).unwrap();
        let read_item: ItemRecord = serde_dynamo::from_item(attributes).unwrap();
        assert_eq!(read_item.into_item(), Some(item));
    }

    /// In the form of the Real Time Platform's own table.
    #[test]
    fn the_value_of_a_foreign_item_is_its_attributes() {
        let record =
            read(json!({"pk": "ITEMS", "sk": "vehicle:3", "lat": 41.38, "speed": 40, "driver": {"name": "Ada"}}));
        assert_eq!(record.rev, None);
        let item = record.into_item().unwrap();
        assert_eq!(item.value, json!({"lat": 41.38, "speed": 40, "driver": {"name": "Ada"}}));
    }

    #[test]
    fn a_foreign_value_that_is_too_large_is_replaced_by_the_reason() {
        let item = read(json!({"pk": "ITEMS", "sk": "a", "text": "x".repeat(300_000)})).into_item().unwrap();
        assert!(item.value[ERROR_MEMBER].as_str().unwrap().contains("65536"), "{}", item.value);
        let fits = read(json!({"pk": "ITEMS", "sk": "a", "text": "x".repeat(60_000)})).into_item().unwrap();
        assert!(fits.value["text"].is_string());
    }

    #[test]
    fn a_foreign_number_that_would_be_rounded_is_replaced_by_the_reason() {
        let foreign = |number: &str| {
            let attribute = |value: &str| serde_dynamo::AttributeValue::S(value.to_owned());
            let number = serde_dynamo::AttributeValue::N(number.to_owned());
            let attributes = [("pk", attribute("ITEMS")), ("sk", attribute("a")), ("n", number)];
            let attributes = Attributes::from(
                attributes.map(|(name, value)| (name.to_owned(), value)).into_iter().collect::<HashMap<_, _>>(),
            );
            serde_dynamo::from_item::<_, ItemRecord>(attributes).unwrap().into_item().unwrap().value
        };
        assert_eq!(foreign("18446744073709551615"), json!({"n": 18_446_744_073_709_551_615_u64}));
        for number in ["18446744073709551616", "-9223372036854775809", "99999999999999999999999999999999999999"] {
            assert!(foreign(number)[ERROR_MEMBER].as_str().unwrap().contains("more digits"), "{number}");
        }
    }

    #[test]
    fn the_order_of_a_source_is_stored_beside_the_value_and_not_shown() {
        let order: SourceOrder = "rev 7".parse().unwrap();
        let tombstone = ItemRecord::tombstone(&"a".parse().unwrap(), 3, Timestamp::default()).with_order(Some(&order));
        let attributes: Attributes = serde_dynamo::to_item(&tombstone).unwrap();
        assert_eq!(serde_dynamo::from_item::<_, ItemRecord>(attributes).unwrap().order(), Some(order));
        let foreign = read(json!({"pk": "ITEMS", "sk": "a", "sourceOrder": {"by": 7}, "speed": 40}));
        assert_eq!((foreign.order(), foreign.into_item().unwrap().value), (None, json!({"speed": 40})));
    }

    #[test]
    fn a_tombstone_is_no_item() {
        let tombstone = ItemRecord::tombstone(&"a".parse().unwrap(), 3, Timestamp::default());
        assert_eq!((tombstone.rev, tombstone.into_item()), (Some(3), None));
    }
}
