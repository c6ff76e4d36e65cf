//! The items of the table as Rust types, for storage and for the stream.

use std::collections::BTreeSet;

use domain::device::{Device, ItemScope, TableScope};
use domain::person::Person;
use domain::table::{Description, LastReport, Table, TableId, TableStatus};
use domain::time::Timestamp;
use domain::topic::Topic;
use domain::usage::StatusChange;
use serde::{Deserialize, Serialize};

use crate::db::keys::{self, Shard};

/// A table, or its tombstone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TableRecord {
    pk: String,
    /// The table's id.
    pub sk: TableId,
    #[serde(default)]
    description: Description,
    #[serde(default = "free")]
    status: TableStatus,
    /// Milliseconds since the epoch.
    #[serde(default)]
    since: i64,
    #[serde(default, skip_serializing_if = "is_zero")]
    waiting: u32,
    #[serde(default)]
    updated_at: i64,
    /// Its revision.
    #[serde(default)]
    pub rev: u64,
    /// Whether the table was removed.
    #[serde(default, rename = "gone", skip_serializing_if = "is_false")]
    pub is_deleted: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<i64>,
}

const fn free() -> TableStatus {
    TableStatus::Free
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_zero(value: &u32) -> bool {
    *value == 0
}

impl TableRecord {
    /// The tombstone of a removed table.
    pub fn tombstone(id: &TableId, rev: u64, now: Timestamp) -> Self {
        Self {
            is_deleted: true,
            expires: Some(now.plus(keys::TOMBSTONE_KEPT).seconds()),
            ..Self::from(&Table {
                id: id.clone(),
                description: Description::default(),
                status: TableStatus::NoSignal,
                since: now,
                waiting: 0,
                updated_at: now,
                rev,
            })
        }
    }

    /// Whether it is a tombstone that has expired at that time.
    pub fn is_expired(&self, at: Timestamp) -> bool {
        self.is_deleted && self.expires.is_some_and(|expires| expires <= at.seconds())
    }

    /// The table; `None` if it was removed.
    pub fn into_table(self) -> Option<Table> {
        (!self.is_deleted).then(|| Table {
            id: self.sk,
            description: self.description,
            status: self.status,
            since: Timestamp::from_milliseconds(self.since),
            waiting: self.waiting,
            updated_at: Timestamp::from_milliseconds(self.updated_at),
            rev: self.rev,
        })
    }
}

impl From<&Table> for TableRecord {
    fn from(table: &Table) -> Self {
        Self {
            pk: keys::TABLES.to_owned(),
            sk: table.id.clone(),
            description: table.description.clone(),
            status: table.status,
            since: table.since.milliseconds(),
            waiting: table.waiting,
            updated_at: table.updated_at.milliseconds(),
            rev: table.rev,
            is_deleted: false,
            expires: None,
        }
    }
}

/// The last heartbeat of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeartbeatRecord {
    pk: String,
    /// The table's id.
    pub sk: TableId,
    at: i64,
    is_free: bool,
}

impl HeartbeatRecord {
    /// The record of a heartbeat.
    pub fn new(id: &TableId, report: LastReport) -> Self {
        Self { pk: keys::HEARTBEATS.to_owned(), sk: id.clone(), at: report.at.milliseconds(), is_free: report.is_free }
    }

    /// The heartbeat.
    pub const fn last_report(&self) -> LastReport {
        LastReport { at: Timestamp::from_milliseconds(self.at), is_free: self.is_free }
    }
}

/// One status change of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeRecord {
    pk: String,
    sk: String,
    at: i64,
    status: TableStatus,
    expires: i64,
}

impl ChangeRecord {
    /// The record of a table's status change.
    pub fn new(id: &TableId, rev: u64, change: StatusChange) -> Self {
        Self {
            pk: keys::history(id),
            sk: keys::change(change.at, rev),
            at: change.at.milliseconds(),
            status: change.status,
            expires: change.at.plus(domain::table::HISTORY_KEPT).seconds(),
        }
    }

    /// The status change.
    pub const fn change(&self) -> StatusChange {
        StatusChange { at: Timestamp::from_milliseconds(self.at), status: self.status }
    }
}

/// A device and the hash of its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceRecord {
    pk: String,
    sk: String,
    name: String,
    tables: TableScope,
    #[serde(default, skip_serializing_if = "ItemScope::is_empty")]
    items: ItemScope,
    can_manage: bool,
    created_at: i64,
    /// SHA-256 of the secret, in base64. A secret of 256 random bits needs no slow hash.
    pub hash: String,
}

impl DeviceRecord {
    /// The record of a device.
    pub fn new(device: &Device, hash: String) -> Self {
        Self {
            pk: keys::DEVICES.to_owned(),
            sk: device.id.clone(),
            name: device.name.clone(),
            tables: device.tables.clone(),
            items: device.items.clone(),
            can_manage: device.can_manage,
            created_at: device.created_at.milliseconds(),
            hash,
        }
    }

    /// The device without the hash.
    pub fn into_device(self) -> Device {
        Device {
            id: self.sk,
            name: self.name,
            tables: self.tables,
            items: self.items,
            can_manage: self.can_manage,
            created_at: Timestamp::from_milliseconds(self.created_at),
        }
    }
}

/// A live connection and its subscriptions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionRecord {
    /// The names of its shards; a set in DynamoDB, which allows no empty set.
    #[serde(
        default,
        serialize_with = "serde_dynamo::string_set::serialize",
        deserialize_with = "serde_dynamo::string_set::deserialize"
    )]
    pub topics: BTreeSet<String>,
    /// Its person, if it was opened with a ticket.
    #[serde(default)]
    pub person: Option<Person>,
    /// When the token expires for which its ticket was made, in epoch seconds: then the connection ends.
    #[serde(default, rename = "tokenExpires")]
    pub token_expires: Option<i64>,
    /// Epoch seconds: [`CONNECTION_KEPT`](keys::CONNECTION_KEPT) after it was opened.
    #[serde(default)]
    pub expires: i64,
}

impl ConnectionRecord {
    /// Whether the token has expired with which it was opened.
    pub fn is_token_expired(&self, now: Timestamp) -> bool {
        self.token_expires.is_some_and(|expires| expires <= now.seconds())
    }

    /// The topics of its subscriptions.
    pub fn subscribed_topics(&self) -> BTreeSet<Topic> {
        self.shards().map(|shard| shard.topic).collect()
    }

    /// The shards of its subscriptions.
    pub fn shards(&self) -> impl Iterator<Item = Shard> {
        self.topics.iter().filter_map(|name| name.parse().ok())
    }
}

/// A connection's subscription to a topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionRecord {
    /// Contains the name of the topic.
    pub pk: String,
    /// The connection's id.
    pub sk: String,
    /// Whether the snapshot must still be posted: the handshake cannot respond with one.
    #[serde(default, rename = "greet", skip_serializing_if = "is_false")]
    pub needs_initial_snapshot: bool,
    /// The subscriber's person, only on a room's topic: presence is derived from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<Person>,
    /// Epoch seconds: when the connection ends, or the token with which it was opened.
    pub expires: i64,
}
