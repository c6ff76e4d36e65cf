//! Items from other services: messages of SNS and SQS, objects of S3, rules of IoT. Each becomes what `PUT` or `DELETE` of
//! `/v1/items/{key}` would make of it, by the same rules. Never decides one.
//!
//! | source | key | value |
//! |---|---|---|
//! | a message of SNS or SQS | its attribute `key` | its body: JSON, or else the text that it is; `contentType` and `schema` are attributes |
//! | an object of S3, created or deleted | `s3:{bucket}:{name}`, what is odd in the name as `~` and its byte | where it is, how large, its tag |
//! | anything else, as a rule of IoT sends it | its member `key` | its member `value`, or else all other members |
//!
//! What can never be an item fails like all else: its service tries again and then puts it aside, where somebody sees it.

use domain::actor::Actor;
use domain::item::{ContentType, ItemContent, ItemKey, SchemaName};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::App;
use crate::commands::{CommandError, Expected, items};

/// Why an event did not become items, for whoever sent it: Lambda tries again and then puts it aside.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// It says no key, or one that is none; or its value is none.
    #[error("{0}")]
    Unfit(String),
    /// It could not be written.
    #[error(transparent)]
    Command(#[from] CommandError),
}

/// What is to become of an item.
#[derive(Debug, Clone, PartialEq)]
enum Wish {
    Put(ItemKey, ItemContent),
    Remove(ItemKey),
}

/// Handles one event. Of a queue's batch each message that failed is reported by itself ("Reporting batch item failures").
///
/// # Errors
/// One of the others failed: all of the event is to come again.
pub async fn handle(app: &App, event: Value) -> Result<Value, IngestError> {
    let records = match event.get("Records").and_then(Value::as_array) {
        None => {
            carry_out(app, of_rule(event)).await?;
            return Ok(Value::Null);
        }
        Some(records) => records,
    };
    let done = join_all(records.iter().map(async |record| (record, carry_out(app, of_record(record)).await))).await;
    let mut failures = Vec::new();
    for (record, outcome) in done {
        let Err(error) = outcome else { continue };
        tracing::warn!(%error, "what came from another service is no item");
        match record["messageId"].as_str() {
            Some(id) => failures.push(json!({"itemIdentifier": id})),
            None => return Err(error),
        }
    }
    Ok(json!({ "batchItemFailures": failures }))
}

async fn carry_out(app: &App, wish: Result<Wish, IngestError>) -> Result<(), IngestError> {
    match wish? {
        Wish::Put(key, content) => {
            items::put(app, &Actor::Admin, &key, content, Expected::Any).await?;
        }
        Wish::Remove(key) => items::remove(app, &Actor::Admin, &key, Expected::Any).await?,
    }
    Ok(())
}

fn unfit(error: impl std::fmt::Display) -> IngestError {
    IngestError::Unfit(error.to_string())
}

fn of_record(record: &Value) -> Result<Wish, IngestError> {
    if record["s3"].is_object() {
        return of_object(record);
    }
    // SNS writes its names with capitals, SQS does not.
    let (body, attribute) = match record.get("Sns") {
        Some(message) => (&message["Message"], |name: &str| message["MessageAttributes"][name]["Value"].as_str()),
        None => return of_message(&record["body"], |name| record["messageAttributes"][name]["stringValue"].as_str()),
    };
    of_message(body, attribute)
}

fn of_message<'a>(body: &Value, attribute: impl Fn(&str) -> Option<&'a str>) -> Result<Wish, IngestError> {
    let key = attribute("key").ok_or_else(|| unfit("The message has no attribute “key”."))?;
    let body = body.as_str().unwrap_or_default();
    let value = serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned()));
    let content_type: Option<Result<ContentType, _>> = attribute("contentType").map(str::parse);
    let schema: Option<Result<SchemaName, _>> = attribute("schema").map(str::parse);
    let content = ItemContent {
        value,
        content_type: content_type.transpose().map_err(unfit)?.unwrap_or_default(),
        schema: schema.transpose().map_err(unfit)?.unwrap_or_default(),
    };
    Ok(Wish::Put(key.parse().map_err(unfit)?, content))
}

/// "Event message structure", Amazon S3: names are encoded as in a form.
fn of_object(record: &Value) -> Result<Wish, IngestError> {
    let (bucket, object) = (&record["s3"]["bucket"]["name"], &record["s3"]["object"]);
    let encoded = object["key"].as_str().ok_or_else(|| unfit("The object has no name."))?;
    let name = form_urlencoded::parse(encoded.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default();
    let key = format!("s3:{}:{}", bucket.as_str().unwrap_or_default(), plain(&name)).parse().map_err(unfit)?;
    let event = record["eventName"].as_str().unwrap_or_default();
    if event.contains("ObjectRemoved") {
        return Ok(Wish::Remove(key));
    }
    let mut value = json!({"bucket": bucket, "name": name, "event": event, "at": record["eventTime"]});
    for (ours, theirs) in [("size", "size"), ("tag", "eTag"), ("version", "versionId")] {
        if let Some(said) = object.get(theirs) {
            value[ours] = said.clone();
        }
    }
    Ok(Wish::Put(key, value.into()))
}

/// What an item's key may not have, as `~` and its byte in hexadecimal digits.
fn plain(name: &str) -> String {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:@".contains(&byte);
    name.bytes().map(|byte| if fits(byte) { char::from(byte).to_string() } else { format!("~{byte:02x}") }).collect()
}

fn of_rule(event: Value) -> Result<Wish, IngestError> {
    let Value::Object(mut members) = event else { return Err(unfit("The event is no JSON object.")) };
    let key = members.remove("key");
    let key = key.as_ref().and_then(Value::as_str).ok_or_else(|| unfit("The event has no member “key”."))?;
    let key = key.parse().map_err(unfit)?;
    let value = members.remove("value").unwrap_or(Value::Object(members));
    Ok(Wish::Put(key, value.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(key: &str, value: Value) -> Wish {
        Wish::Put(key.parse().unwrap(), value.into())
    }

    #[test]
    fn a_message_is_its_body_under_the_key_of_its_attribute() {
        let sns = json!({"Sns": {"Message": "{\"speed\": 40}", "MessageAttributes": {"key": {"Type": "String", "Value": "vehicle:3"}}}});
        assert_eq!(of_record(&sns).unwrap(), put("vehicle:3", json!({"speed": 40})));
        let sqs = json!({"messageId": "1", "body": "not JSON", "messageAttributes": {"key": {"stringValue": "note"}}});
        assert_eq!(of_record(&sqs).unwrap(), put("note", json!("not JSON")));
        for odd in [
            json!({"body": "1", "messageAttributes": {}}),
            json!({"body": "1", "messageAttributes": {"key": {"stringValue": "a b"}}}),
            json!({"body": "1", "messageAttributes": {"key": {"stringValue": "a"}, "contentType": {"stringValue": "text/html"}}}),
            json!(7),
        ] {
            assert!(matches!(of_record(&odd), Err(IngestError::Unfit(_))), "{odd}");
        }
    }

    #[test]
    fn an_object_is_where_it_is_and_how_large() {
        let record = |event: &str| {
            json!({"eventName": event, "eventTime": "2026-11-20T12:00:00.000Z", "s3": {
                "bucket": {"name": "data"}, "object": {"key": "a+b/%C3%A9.csv", "size": 7, "eTag": "x"},
            }})
        };
        let value = json!({"bucket": "data", "name": "a b/é.csv", "event": "ObjectCreated:Put",
            "at": "2026-11-20T12:00:00.000Z", "size": 7, "tag": "x"});
        assert_eq!(of_record(&record("ObjectCreated:Put")).unwrap(), put("s3:data:a~20b~2f~c3~a9.csv", value));
        let removed = of_record(&record("ObjectRemoved:Delete")).unwrap();
        assert_eq!(removed, Wish::Remove("s3:data:a~20b~2f~c3~a9.csv".parse().unwrap()));
    }

    #[test]
    fn a_rule_sends_its_key_and_its_value_or_the_rest() {
        assert_eq!(of_rule(json!({"key": "a", "value": [1]})).unwrap(), put("a", json!([1])));
        assert_eq!(of_rule(json!({"key": "a", "lat": 1})).unwrap(), put("a", json!({"lat": 1})));
        assert!(of_rule(json!({"value": 1})).is_err() && of_rule(json!([])).is_err());
    }
}
