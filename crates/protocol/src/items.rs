//! The bodies of items.

use serde::{Deserialize, Serialize};
use serde_json::Value;

#[cfg(feature = "openapi")]
use domain::item::{ContentType, SchemaName};
use domain::item::{Item, ItemKey};
use domain::time::Timestamp;

/// `GET` lists items by how their keys begin.
pub const ITEMS: &str = "/v1/items";
/// `POST` writes items, all of them or none.
pub const BATCH: &str = "/v1/items/batch";

/// A list is returned in pages of at most this many items.
pub const PAGE_LIMIT: u32 = 200;

/// A body with one item has at most this many bytes: its value, and what surrounds it.
pub const ITEM_BODY_LIMIT: usize = 80 * 1024;

/// The most bytes of a batch: 4 MiB. As it is stored, it has at most the 4 MB that one transaction takes ("Transaction quotas",
/// Amazon DynamoDB).
pub const BATCH_BODY_LIMIT: usize = 4 * 1024 * 1024;

/// `GET` returns an item, `PUT` writes it, `PATCH` changes its value, `DELETE` removes it.
pub fn item(key: &ItemKey) -> String {
    format!("{ITEMS}/{key}")
}

/// `GET` returns an item's last values.
pub fn history(key: &ItemKey) -> String {
    format!("{ITEMS}/{key}/history")
}

/// The body of `PUT /v1/items/{key}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct NewItem {
    /// Any JSON: 64 KiB at most, 32 levels deep at most, its numbers integers of 64 bits or doubles: one that would be rounded is
    /// refused (422).
    pub value: Value,
    /// What kind of JSON it is; `application/json` if it is left out.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<ContentType>))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Its schema, in your words; at most 200 characters.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<SchemaName>))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
}

/// One of a batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct BatchItem {
    /// Its key.
    #[cfg_attr(feature = "openapi", schema(value_type = ItemKey))]
    pub key: String,
    /// Its new state.
    #[serde(flatten)]
    pub item: NewItem,
    /// The revision that is expected; any, if it is left out.
    #[cfg_attr(feature = "openapi", schema(maximum = 999_999_999_999_999_999u64))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rev: Option<u64>,
}

/// The body of `POST /v1/items/batch`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Batch {
    /// 1 to 100 items, each key once.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 100))]
    pub items: Vec<BatchItem>,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ItemList {
    /// The items in the order of their keys.
    pub items: Vec<Item>,
    /// The cursor of the next page; none if this is the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// A value that an item had.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PastValue {
    /// The item's revision then.
    pub rev: u64,
    /// When it was written (RFC 3339, UTC).
    pub at: Timestamp,
    /// The value.
    pub value: Value,
}
