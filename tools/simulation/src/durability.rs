//! The acknowledged writes. At the end they are compared with the whole history of the table, which must contain each of them. Never
//! queries the server.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use anyhow::{Result, anyhow};
use dynoxide::Database;
use dynoxide::actions::describe_table::DescribeTableRequest;
use dynoxide::actions::get_records::GetRecordsRequest;
use dynoxide::actions::get_shard_iterator::GetShardIteratorRequest;
use serde_json::{Map, Value};

/// Items that are written and deleted by hand, without revisions: their revisions may restart until the server has noticed.
pub(crate) const WRITTEN_DIRECTLY: [(&str, &str); 3] = [("TABLES", "attic"), ("ITEMS", "gauge"), ("ITEMS", "van:1")];

/// An acknowledged write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Acknowledged {
    /// The partition key and the sort key of the written item.
    pub(crate) key: (String, String),
    /// The acknowledged revision.
    pub(crate) rev: u64,
    /// A text that only this write contains.
    pub(crate) marker: String,
}

/// All acknowledged writes.
#[derive(Debug, Default)]
pub(crate) struct DurabilityOracle {
    acknowledged: Mutex<Vec<Acknowledged>>,
    /// Markers of writes that may be applied at most once, however often they are sent.
    written_once: Mutex<BTreeSet<String>>,
}

impl DurabilityOracle {
    /// Adds an acknowledged write.
    pub(crate) fn add(&self, write: Acknowledged) {
        self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).push(write);
    }

    /// A write with this marker is sent under an idempotency key, perhaps more than once.
    pub(crate) fn add_written_once(&self, marker: &str) {
        self.written_once.lock().unwrap_or_else(PoisonError::into_inner).insert(marker.to_owned());
    }

    /// The number of acknowledged writes.
    pub(crate) fn len(&self) -> usize {
        self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The writes that are missing in the table's history, or wrong in it.
    pub(crate) fn violations(&self, history: &[Map<String, Value>]) -> Vec<String> {
        let mut by_key: BTreeMap<(&str, &str), Vec<&Map<String, Value>>> = BTreeMap::new();
        for image in history {
            by_key.entry((text(image, "pk"), text(image, "sk"))).or_default().push(image);
        }
        let mut violations = Vec::new();
        for write in self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let images = by_key.get(&(write.key.0.as_str(), write.key.1.as_str()));
            let stands = images.into_iter().flatten().any(|image| {
                rev(image) == Some(write.rev) && Value::Object((*image).clone()).to_string().contains(&write.marker)
            });
            if !stands {
                violations.push(format!("{write:?} was acknowledged, and is not in the table's history"));
            }
        }
        for ((pk, sk), images) in &by_key {
            // Revisions never go back, and none is used twice: otherwise a write would be lost.
            let revisions: Vec<u64> = images.iter().filter_map(|image| rev(image)).collect();
            let has_revisions = ["TABLES", "ITEMS", "FACTORIES", "ROOMS", "LINES", "MEETUPS"].contains(pk)
                || ["ROOM#", "MEETUP#", "HOSTED#"].iter().any(|prefix| pk.starts_with(prefix));
            if has_revisions
                && !WRITTEN_DIRECTLY.contains(&(*pk, *sk))
                && let Some(pair) = revisions.windows(2).find(|pair| pair[1] < pair[0])
            {
                violations.push(format!("{pk} {sk} went from revision {} to {}", pair[0], pair[1]));
            }
        }
        for marker in self.written_once.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let values: BTreeSet<(&str, Option<u64>)> = history
                .iter()
                .filter(|image| text(image, "pk") == "ITEMS" && text(image, "json").contains(marker.as_str()))
                .map(|image| (text(image, "sk"), rev(image)))
                .collect();
            if values.len() > 1 {
                violations.push(format!("{marker} was to be written once, and was written as {values:?}"));
            }
        }
        violations
    }
}

/// Every state that every item of the table has had, in order.
pub(crate) fn history(database: &Database, table: &str) -> Result<Vec<Map<String, Value>>> {
    let failed = |error: dynoxide::DynoxideError| anyhow!("{error}");
    let description = database.describe_table(DescribeTableRequest { table_name: table.to_owned() }).map_err(failed)?;
    let request = GetShardIteratorRequest {
        stream_arn: description.table.latest_stream_arn.unwrap_or_default(),
        shard_id: dynoxide::streams::shard_id(table),
        shard_iterator_type: "TRIM_HORIZON".to_owned(),
        sequence_number: None,
    };
    let mut iterator = database.get_shard_iterator(request).map_err(failed)?.shard_iterator;
    let mut images = Vec::new();
    while let Some(shard_iterator) = iterator {
        let page = database.get_records(GetRecordsRequest { shard_iterator, limit: Some(1_000) }).map_err(failed)?;
        if page.records.is_empty() {
            break;
        }
        for record in &page.records {
            let image = serde_json::to_value(&record.dynamodb.new_image)?;
            images.extend(image.as_object().map(plain));
        }
        iterator = page.next_shard_iterator;
    }
    Ok(images)
}

/// An item without DynamoDB's type names.
fn plain(item: &Map<String, Value>) -> Map<String, Value> {
    let value = |value: &Value| value.as_object().and_then(|typed| typed.values().next()).cloned().unwrap_or_default();
    item.iter().map(|(name, typed)| (name.clone(), value(typed))).collect()
}

fn text<'a>(image: &'a Map<String, Value>, name: &str) -> &'a str {
    image.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn rev(image: &Map<String, Value>) -> Option<u64> {
    image.get("rev")?.as_str()?.parse().ok()
}
