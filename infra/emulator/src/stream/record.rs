//! One record of the stream, in the JSON of Lambda's event. Builds values only.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dynoxide::actions::get_records;
use serde_json::{Value, json};

/// The value of `awsRegion`.
pub const REGION: &str = "us-east-1";

/// A position in the stream. Positions sort in the order of the changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SequenceNumber(u128);

impl SequenceNumber {
    /// The position just before this one.
    pub fn before(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

impl std::str::FromStr for SequenceNumber {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl fmt::Display for SequenceNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
impl From<u128> for SequenceNumber {
    fn from(number: u128) -> Self {
        Self(number)
    }
}

/// A change for the function.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its position in the stream.
    pub sequence: SequenceNumber,
    /// Hash of its partition key: changes of one key stay in order.
    pub key_hash: u64,
    /// When the change was made.
    pub created_at: SystemTime,
    /// The record in Lambda's JSON.
    pub event: Value,
}

impl Record {
    /// Translates a record of the database. `None` if DynamoDB would not have written it.
    pub fn new(source: &get_records::Record, stream: &str, partition_key: &str) -> Option<Self> {
        if is_no_change(source) {
            return None;
        }
        let sequence = source.dynamodb.sequence_number.parse().ok()?;
        let created = source.dynamodb.approximate_creation_date_time;
        let mut event = serde_json::to_value(source).ok()?;
        event["awsRegion"] = json!(REGION);
        event["eventSourceARN"] = json!(stream);
        let key_hash = hash(&event["dynamodb"]["Keys"][partition_key]);
        let created_at = UNIX_EPOCH + Duration::try_from_secs_f64(created).unwrap_or_default();
        Some(Self { sequence, key_hash, created_at, event })
    }
}

/// DynamoDB writes no record for a write that changes nothing.
fn is_no_change(source: &get_records::Record) -> bool {
    let change = &source.dynamodb;
    source.event_name == "MODIFY" && change.new_image.is_some() && change.new_image == change.old_image
}

fn hash(key: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.to_string().hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use aws_lambda_events::event::dynamodb::Event;
    use dynoxide::AttributeValue;

    use super::*;

    fn source() -> get_records::Record {
        let item = |value: &str| HashMap::from([("pk".to_owned(), AttributeValue::S(value.to_owned()))]);
        get_records::Record {
            event_id: "f07f8ca4b0b26cb9c4e5e77e69f274ee".to_owned(),
            event_name: "MODIFY".to_owned(),
            event_version: "1.1".to_owned(),
            event_source: "aws:dynamodb".to_owned(),
            aws_region: "dynoxide".to_owned(),
            dynamodb: get_records::StreamRecord {
                keys: item("table#1"),
                new_image: Some(item("new")),
                old_image: Some(item("old")),
                sequence_number: "100000000000000000005".to_owned(),
                size_bytes: 26,
                stream_view_type: "NEW_AND_OLD_IMAGES".to_owned(),
                approximate_creation_date_time: 1_700_000_000.0,
            },
            user_identity: None,
        }
    }

    #[test]
    fn the_record_is_that_of_aws_lambda_events() {
        let record = Record::new(&source(), "arn:aws:dynamodb:stream", "pk").unwrap();
        let event: Event = serde_json::from_value(json!({ "Records": [record.event] })).unwrap();
        let first = &event.records[0];
        assert_eq!(first.event_name, "MODIFY");
        assert_eq!(first.aws_region, REGION);
        assert_eq!(first.event_source_arn.as_deref(), Some("arn:aws:dynamodb:stream"));
        assert_eq!(first.change.sequence_number.as_deref(), Some("100000000000000000005"));
        assert_eq!(first.change.approximate_creation_date_time.timestamp(), 1_700_000_000);
        assert_eq!(record.sequence.to_string(), "100000000000000000005");
    }

    #[test]
    fn a_write_that_changes_nothing_is_no_record() {
        let mut source = source();
        source.dynamodb.old_image = source.dynamodb.new_image.clone();
        assert_eq!(Record::new(&source, "arn", "pk"), None);
    }
}
