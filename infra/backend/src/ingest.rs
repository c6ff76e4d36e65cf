//! Items from other services: messages of SNS and SQS, objects of S3, rules of IoT. Each has the effect of a `PUT` or `DELETE` of
//! `/v1/items/{key}`, by the same rules.
//!
//! | source | key | value |
//! |---|---|---|
//! | a message of SNS or SQS | its attribute `key` | its body: JSON, or else text; `contentType` and `schema` are attributes |
//! | an object of S3, created or deleted | `s3:{bucket}:{name}`, other characters of the name as `~` and the byte | its address, size and tag |
//! | anything else, as a rule of IoT sends it | its member `key` | its member `value`; or its member `payloadBase64`, read like a body; or else all other members |
//!
//! The messages of one key are applied in the order in which they arrive, and so are those of one group of a FIFO queue: if one fails, the
//! later ones are retried with it. SNS and standard queues of SQS have no order, and a failed message is retried after newer ones. So a
//! source may state the order: by an attribute `rev` (its own revision) or `at` (a time), in a rule of IoT by members of these names beside
//! `value` or `payloadBase64`; S3 states it by its `sequencer`. A value that is older than the last one of its key is skipped.
//!
//! Input that cannot become an item fails, too: its service retries it and then moves it to a dead-letter queue, which has an alarm.

pub mod source_order;

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::item::{ContentType, ItemContent, ItemKey, SchemaName};
use domain::time::Timestamp;
use futures::future::join_all;
use serde_json::{Value, json};

use crate::App;
use crate::command::CommandError;
use crate::exact_numbers;
use crate::ingest::source_order::SourceOrder;
use crate::items;

/// The most that a source's clock may be ahead: a later time would cause all newer values to be skipped until then.
const CLOCK_AHEAD: Duration = Duration::from_secs(24 * 3_600);

/// Why an event did not become items. Lambda retries the event and then moves it to the dead-letter queue.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The key is missing or invalid, or the value is invalid.
    #[error("{0}")]
    Invalid(String),
    /// The item could not be written.
    #[error(transparent)]
    Command(#[from] CommandError),
}

/// A record, and the write that it requests.
type ParsedRecord<'a> = (&'a Value, Result<ItemWrite, IngestError>);

/// The requested write of an item.
#[derive(Debug, Clone, PartialEq)]
struct ItemWrite {
    key: ItemKey,
    /// The new content; `None` removes the item.
    content: Option<ItemContent>,
    /// The position of this value in its source's order, if stated.
    order: Option<SourceOrder>,
}

/// Handles one event. For a batch of a queue, each failed message is reported by its id ("Reporting batch item failures").
///
/// # Errors
/// A record that is not from a queue failed: the whole event must be retried.
pub async fn handle(app: &App, event: Value) -> Result<Value, IngestError> {
    let records = match event.get("Records").and_then(Value::as_array) {
        None => {
            apply(app, of_rule(event)).await?;
            return Ok(Value::Null);
        }
        Some(records) => records,
    };
    let mut lanes: BTreeMap<Lane, Vec<ParsedRecord>> = BTreeMap::new();
    for (position, record) in records.iter().enumerate() {
        let write = of_record(record);
        lanes.entry(Lane::of(position, record, &write)).or_default().push((record, write));
    }
    let failed = join_all(lanes.into_values().map(|lane| apply_in_order(app, lane))).await;
    let mut failures = Vec::new();
    for (record, error) in failed.into_iter().flatten() {
        match (record["messageId"].as_str(), error) {
            (Some(id), _) => failures.push(json!({"itemIdentifier": id})),
            (None, Some(error)) => return Err(error),
            // An earlier record of the same lane has failed and is reported.
            (None, None) => {}
        }
    }
    Ok(json!({ "batchItemFailures": failures }))
}

/// Records that are applied in order; lanes run concurrently.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Lane {
    /// A group of a FIFO queue.
    Group(String),
    /// An item.
    Item(ItemKey),
    /// A single record: its item is unknown.
    Record(usize),
}

impl Lane {
    fn of(position: usize, record: &Value, write: &Result<ItemWrite, IngestError>) -> Self {
        match (record["attributes"]["MessageGroupId"].as_str(), write) {
            (Some(group), _) => Self::Group(group.to_owned()),
            (None, Ok(write)) => Self::Item(write.key.clone()),
            (None, Err(_)) => Self::Record(position),
        }
    }
}

/// Applies the records of one lane until one fails. Returns the failed record with the reason, and all records after it.
async fn apply_in_order<'a>(app: &App, lane: Vec<ParsedRecord<'a>>) -> Vec<(&'a Value, Option<IngestError>)> {
    let mut failed = Vec::new();
    for (record, write) in lane {
        if !failed.is_empty() {
            failed.push((record, None));
            continue;
        }
        if let Err(error) = apply(app, write).await {
            tracing::warn!(%error, "a record could not be written as an item; the later records of its lane are retried with it");
            failed.push((record, Some(error)));
        }
    }
    failed
}

async fn apply(app: &App, write: Result<ItemWrite, IngestError>) -> Result<(), IngestError> {
    let ItemWrite { key, content, order } = write?;
    check_clock(order.as_ref(), app.now())?;
    if !items::service::write_from_source(app, &key, content, order.as_ref()).await? {
        tracing::info!(%key, ?order, "a message is older than the last value of its key; it is skipped");
    }
    Ok(())
}

/// Checks that a time is not too far ahead of the current time.
fn check_clock(order: Option<&SourceOrder>, now: Timestamp) -> Result<(), IngestError> {
    match order {
        Some(SourceOrder::At(at)) if *at > now.plus(CLOCK_AHEAD) => {
            Err(invalid(format!("“at” is {at}, more than a day from now. Set the clock of the source.")))
        }
        _ => Ok(()),
    }
}

fn invalid(error: impl std::fmt::Display) -> IngestError {
    IngestError::Invalid(error.to_string())
}

fn of_record(record: &Value) -> Result<ItemWrite, IngestError> {
    if record["s3"].is_object() {
        return of_object(record);
    }
    // SNS begins its names with capitals, SQS does not.
    let (body, attribute) = match record.get("Sns") {
        Some(message) => (&message["Message"], |name: &str| message["MessageAttributes"][name]["Value"].as_str()),
        None => return of_message(&record["body"], |name| record["messageAttributes"][name]["stringValue"].as_str()),
    };
    of_message(body, attribute)
}

fn of_message<'a>(body: &Value, attribute: impl Fn(&str) -> Option<&'a str>) -> Result<ItemWrite, IngestError> {
    let key = attribute("key").ok_or_else(|| invalid("The message has no attribute “key”."))?;
    let content_type: Option<Result<ContentType, _>> = attribute("contentType").map(str::parse);
    let schema: Option<Result<SchemaName, _>> = attribute("schema").map(str::parse);
    let content = ItemContent {
        value: value_of(body.as_str().unwrap_or_default())?,
        content_type: content_type.transpose().map_err(invalid)?.unwrap_or_default(),
        schema: schema.transpose().map_err(invalid)?.unwrap_or_default(),
    };
    let order = order_of(attribute("rev"), attribute("at"))?;
    Ok(ItemWrite { key: key.parse().map_err(invalid)?, content: Some(content), order })
}

/// The value of a body: any JSON, or else the body as text.
fn value_of(body: &str) -> Result<Value, IngestError> {
    let Ok(value) = serde_json::from_str(body) else { return Ok(Value::String(body.to_owned())) };
    exact_numbers::check(body.as_bytes()).map_err(invalid)?;
    Ok(value)
}

/// An event of S3 ("Event message structure", Amazon S3): names are encoded as in a form.
fn of_object(record: &Value) -> Result<ItemWrite, IngestError> {
    let (bucket, object) = (&record["s3"]["bucket"]["name"], &record["s3"]["object"]);
    let encoded = object["key"].as_str().ok_or_else(|| invalid("The object has no name."))?;
    let name = form_urlencoded::parse(encoded.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default();
    let key = format!("s3:{}:{}", bucket.as_str().unwrap_or_default(), escape_key(&name)).parse().map_err(invalid)?;
    let order = object["sequencer"].as_str().map(SourceOrder::sequencer).transpose().map_err(invalid)?;
    let event = record["eventName"].as_str().unwrap_or_default();
    if event.contains("ObjectRemoved") {
        return Ok(ItemWrite { key, content: None, order });
    }
    let mut value = json!({"bucket": bucket, "name": name, "event": event, "at": record["eventTime"]});
    for (ours, theirs) in [("size", "size"), ("tag", "eTag"), ("version", "versionId")] {
        if let Some(member) = object.get(theirs) {
            value[ours] = member.clone();
        }
    }
    Ok(ItemWrite { key, content: Some(value.into()), order })
}

/// Replaces each character that a key must not contain by `~` and its byte in hexadecimal digits.
fn escape_key(name: &str) -> String {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:@".contains(&byte);
    name.bytes()
        .map(|byte| if is_allowed(byte) { char::from(byte).to_string() } else { format!("~{byte:02x}") })
        .collect()
}

fn of_rule(event: Value) -> Result<ItemWrite, IngestError> {
    let Value::Object(mut members) = event else { return Err(invalid("The event is no JSON object.")) };
    let key = members.remove("key");
    let key = key.as_ref().and_then(Value::as_str).ok_or_else(|| invalid("The event has no member “key”."))?;
    let key = key.parse().map_err(invalid)?;
    let value = match (members.remove("value"), members.remove(PAYLOAD)) {
        (Some(value), _) => value,
        (None, Some(payload)) => value_of(&decoded(&payload)?)?,
        // The value is the object of all other members.
        (None, None) => return Ok(ItemWrite { key, content: Some(Value::Object(members).into()), order: None }),
    };
    let [rev, at] = ["rev", "at"].map(|name| text_of(members.get(name)));
    Ok(ItemWrite { key, content: Some(value.into()), order: order_of(rev.as_deref(), at.as_deref())? })
}

/// The member with the published message, from `SELECT encode(*, 'base64') AS payloadBase64`. A message that is not a JSON object can pass
/// a rule only in this form ("Working with binary payloads", AWS IoT Core).
const PAYLOAD: &str = "payloadBase64";

fn decoded(payload: &Value) -> Result<String, IngestError> {
    let text = payload.as_str().ok_or_else(|| invalid(format!("{PAYLOAD} must be a text; it is {payload}.")))?;
    let bytes = STANDARD.decode(text).map_err(|fault| invalid(format!("{PAYLOAD} is no base64: {fault}.")))?;
    String::from_utf8(bytes).map_err(|_| invalid("The message is not UTF-8: an item's value is JSON or text."))
}

/// A member of a rule's event as text; functions of a rule return numbers, too.
fn text_of(member: Option<&Value>) -> Option<String> {
    match member? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// The position of a value in its source's order: its own revision, or else a time.
fn order_of(rev: Option<&str>, at: Option<&str>) -> Result<Option<SourceOrder>, IngestError> {
    let order = rev.map(SourceOrder::revision).or_else(|| at.map(SourceOrder::at));
    order.transpose().map_err(invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(key: &str, value: Value) -> ItemWrite {
        ItemWrite { key: key.parse().unwrap(), content: Some(value.into()), order: None }
    }

    fn ordered(order: &str, write: ItemWrite) -> ItemWrite {
        ItemWrite { order: Some(order.parse().unwrap()), ..write }
    }

    #[test]
    fn a_message_is_its_body_under_the_key_of_its_attribute() {
        let sns = json!({"Sns": {"Message": "{\"speed\": 40}", "MessageAttributes": {"key": {"Type": "String", "Value": "vehicle:3"}}}});
        assert_eq!(of_record(&sns).unwrap(), put("vehicle:3", json!({"speed": 40})));
        let sqs =
            |body: &str| json!({"messageId": "1", "body": body, "messageAttributes": {"key": {"stringValue": "note"}}});
        for (body, value) in [
            ("not JSON", json!("not JSON")),
            ("21.5", json!(21.5)),
            ("\"21.5\"", json!("21.5")),
            ("true", json!(true)),
            ("null", Value::Null),
            ("[1]", json!([1])),
            ("", json!("")),
        ] {
            assert_eq!(of_record(&sqs(body)).unwrap(), put("note", value), "{body}");
        }
        for odd in [
            json!({"body": "1", "messageAttributes": {}}),
            json!({"body": "1", "messageAttributes": {"key": {"stringValue": "a b"}}}),
            json!({"body": "1", "messageAttributes": {"key": {"stringValue": "a"}, "contentType": {"stringValue": "text/html"}}}),
            json!({"body": "1", "messageAttributes": {"key": {"stringValue": "a"}, "rev": {"stringValue": "-1"}}}),
            json!({"body": "1", "messageAttributes": {"key": {"stringValue": "a"}, "at": {"stringValue": "soon"}}}),
            json!({"body": "18446744073709551616", "messageAttributes": {"key": {"stringValue": "a"}}}),
            json!(7),
        ] {
            assert!(matches!(of_record(&odd), Err(IngestError::Invalid(_))), "{odd}");
        }
    }

    #[test]
    fn a_message_may_state_its_position_in_the_order() {
        let sqs = |attributes: Value| {
            let mut all = json!({"key": {"stringValue": "a"}});
            all.as_object_mut().unwrap().extend(attributes.as_object().unwrap().clone());
            of_record(&json!({"body": "1", "messageAttributes": all})).unwrap()
        };
        let one = put("a", json!(1));
        assert_eq!(sqs(json!({"rev": {"stringValue": "7"}})), ordered("rev 7", one.clone()));
        let at = json!({"at": {"stringValue": "2026-11-20T12:00:00Z"}});
        assert_eq!(sqs(at), ordered("at 2026-11-20T12:00:00.000Z", one.clone()));
        let both = json!({"rev": {"stringValue": "7"}, "at": {"stringValue": "never looked at"}});
        assert_eq!(sqs(both), ordered("rev 7", one));
    }

    #[test]
    fn a_clock_that_is_far_ahead_is_refused() {
        let now = Timestamp::from_milliseconds(1_795_176_000_000);
        let at = |ahead: u64| SourceOrder::At(now.plus(Duration::from_secs(ahead)));
        assert!(check_clock(Some(&at(24 * 3_600)), now).is_ok() && check_clock(None, now).is_ok());
        let error = check_clock(Some(&at(24 * 3_600 + 1)), now).unwrap_err().to_string();
        assert!(error.contains("more than a day from now"), "{error}");
    }

    #[test]
    fn records_of_one_key_or_group_are_in_one_lane() {
        let lane = |position: usize, record: Value| Lane::of(position, &record, &of_record(&record));
        let message = |key: &str| json!({"body": "1", "messageAttributes": {"key": {"stringValue": key}}});
        assert_eq!(lane(0, message("a")), lane(1, message("a")));
        assert_ne!(lane(0, message("a")), lane(1, message("b")));
        assert_ne!(lane(0, json!({})), lane(1, json!({})), "what is of no key waits for nothing");
        let grouped = |key: &str| {
            let mut record = message(key);
            record["attributes"] = json!({"MessageGroupId": "g"});
            record
        };
        assert_eq!(lane(0, grouped("a")), lane(1, grouped("b")), "a group's order is across its keys");
    }

    #[test]
    fn an_object_is_where_it_is_and_how_large() {
        let record = |event: &str| {
            json!({"eventName": event, "eventTime": "2026-11-20T12:00:00.000Z", "s3": {
                "bucket": {"name": "data"},
                "object": {"key": "a+b/%C3%A9.csv", "size": 7, "eTag": "x", "sequencer": "0C0F6F405D6ED209E1"},
            }})
        };
        let value = json!({"bucket": "data", "name": "a b/é.csv", "event": "ObjectCreated:Put",
            "at": "2026-11-20T12:00:00.000Z", "size": 7, "tag": "x"});
        let expected = ordered("sequencer 0C0F6F405D6ED209E1", put("s3:data:a~20b~2f~c3~a9.csv", value));
        assert_eq!(of_record(&record("ObjectCreated:Put")).unwrap(), expected);
        let removed = of_record(&record("ObjectRemoved:Delete")).unwrap();
        assert_eq!(removed, ItemWrite { content: None, ..expected });
    }

    #[test]
    fn a_rule_sends_its_key_and_its_value_or_the_rest() {
        assert_eq!(of_rule(json!({"key": "a", "value": [1]})).unwrap(), put("a", json!([1])));
        assert_eq!(of_rule(json!({"key": "a", "lat": 1})).unwrap(), put("a", json!({"lat": 1})));
        assert_eq!(
            of_rule(json!({"key": "a", "at": 1})).unwrap(),
            put("a", json!({"at": 1})),
            "of the value, not of us"
        );
        for value in [json!(21.5), json!("21.5"), json!(true), Value::Null] {
            assert_eq!(of_rule(json!({"key": "a", "value": value.clone()})).unwrap(), put("a", value));
        }
        let late = json!({"key": "a", "value": 1, "at": 1_795_176_000_000_u64});
        assert_eq!(of_rule(late).unwrap(), ordered("at 2026-11-20T12:00:00.000Z", put("a", json!(1))));
        assert!(of_rule(json!({"value": 1})).is_err() && of_rule(json!([])).is_err());
    }

    #[test]
    fn a_rule_sends_any_message_as_it_was_published() {
        let published = |bytes: &[u8]| of_rule(json!({"key": "a", PAYLOAD: STANDARD.encode(bytes), "rev": 7}));
        for (bytes, value) in [
            (&b"21.5"[..], json!(21.5)),
            (b"open", json!("open")),
            ("\"é\"".as_bytes(), json!("é")),
            (b"{\"value\": 1}", json!({"value": 1})),
        ] {
            assert_eq!(published(bytes).unwrap(), ordered("rev 7", put("a", value)));
        }
        assert!(published(b"\xff").unwrap_err().to_string().contains("not UTF-8"));
        for odd in [json!("!"), json!(7)] {
            assert!(of_rule(json!({"key": "a", PAYLOAD: odd})).is_err(), "{odd}");
        }
    }
}
