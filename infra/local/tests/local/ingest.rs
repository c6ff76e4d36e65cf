//! Messages that become items, in order: events as SQS and S3 send them, on the real function and table.

use backend::ingest;
use local::{Local, deployment};
use serde_json::{Value, json};

use crate::support::*;

struct Fixture {
    local: Local,
    app: deployment::Application,
}

impl Fixture {
    async fn start() -> Self {
        let (local, app) = application().await;
        Self { local, app }
    }

    /// The ids of the failed messages.
    async fn ingest(&self, records: Vec<Value>) -> Vec<String> {
        let answer = ingest::handle(&self.app, json!({ "Records": records })).await.unwrap();
        let failures = answer["batchItemFailures"].as_array().unwrap().iter();
        failures.map(|one| one["itemIdentifier"].as_str().unwrap().to_owned()).collect()
    }

    async fn read(&self, key: &str, below: &str) -> Value {
        let address = format!("http://{}/v1/items/{key}{below}", self.local.address());
        reqwest::get(address).await.unwrap().json::<Value>().await.unwrap()["data"].take()
    }

    async fn value(&self, key: &str) -> Value {
        self.read(key, "").await.get("value").cloned().unwrap_or_default()
    }
}

fn message(id: &str, key: &str, body: &str, attributes: &[(&str, &str)]) -> Value {
    let attributes: serde_json::Map<String, Value> = attributes
        .iter()
        .chain([&("key", key)])
        .map(|(name, value)| ((*name).to_owned(), json!({"dataType": "String", "stringValue": value})))
        .collect();
    json!({"messageId": id, "body": body, "attributes": {}, "messageAttributes": attributes, "eventSource": "aws:sqs"})
}

fn of_group(group: &str, mut message: Value) -> Value {
    message["attributes"]["MessageGroupId"] = json!(group);
    message
}

#[tokio::test]
async fn messages_are_applied_in_order_per_key() {
    let fixture = Fixture::start().await;
    let keys = ["a", "b", "c"];
    let messages = (0..30).map(|number| message(&number.to_string(), keys[number % 3], &number.to_string(), &[]));
    assert_eq!(fixture.ingest(messages.collect()).await, Vec::<String>::new());
    for (index, key) in keys.iter().enumerate() {
        let item = fixture.read(key, "").await;
        assert_eq!((&item["value"], &item["rev"]), (&json!(27 + index), &json!(10)), "{key}");
    }
}

#[tokio::test]
async fn messages_after_a_failure_of_their_key_are_delivered_again() {
    let fixture = Fixture::start().await;
    let too_large = format!("\"{}\"", "x".repeat(64 * 1024));
    let failed = fixture
        .ingest(vec![
            message("1", "a", "1", &[]),
            message("2", "a", &too_large, &[]),
            message("3", "b", "1", &[]),
            message("4", "a", "3", &[]),
            message("5", "b", "2", &[]),
            message("6", "no key", "1", &[]),
        ])
        .await;
    assert_eq!(
        failed.iter().collect::<std::collections::BTreeSet<_>>(),
        ["2", "4", "6"].map(str::to_owned).iter().collect()
    );
    assert_eq!((fixture.value("a").await, fixture.value("b").await), (json!(1), json!(2)));
}

#[tokio::test]
async fn a_group_stops_at_its_first_failure_across_its_keys() {
    let fixture = Fixture::start().await;
    let failed = fixture
        .ingest(vec![
            of_group("g", message("1", "a", "1", &[])),
            of_group("g", message("2", "no key", "1", &[])),
            of_group("g", message("3", "b", "1", &[])),
            of_group("h", message("4", "c", "1", &[])),
        ])
        .await;
    assert_eq!(failed, ["2", "3"]);
    assert_eq!((fixture.value("a").await, fixture.value("c").await), (json!(1), json!(1)));
    assert_eq!(fixture.value("b").await, Value::Null, "it is delivered again");
}

#[tokio::test]
async fn a_late_message_does_not_replace_a_newer_one() {
    let fixture = Fixture::start().await;
    let rev = |id: &str, number: &str| message(id, "a", number, &[("rev", number)]);
    assert!(fixture.ingest(vec![rev("1", "10")]).await.is_empty());
    // It failed before, and is delivered again; a duplicate changes nothing.
    assert!(fixture.ingest(vec![rev("2", "9"), rev("3", "10")]).await.is_empty(), "they are dealt with");
    let item = fixture.read("a", "").await;
    assert_eq!((&item["value"], &item["rev"]), (&json!(10), &json!(1)));
    // A write by the API changes the value, but not the last value from the source.
    let put = reqwest::Client::new().put(format!("http://{}/v1/items/a", fixture.local.address()));
    assert_eq!(put.json(&json!({"value": "by hand"})).send().await.unwrap().status(), 200);
    fixture.ingest(vec![rev("4", "10")]).await;
    assert_eq!(fixture.value("a").await, "by hand");
    fixture.ingest(vec![rev("5", "11")]).await;
    assert_eq!(fixture.value("a").await, 11);

    let at = |id: &str, time: &str, body: &str| message(id, "b", body, &[("at", time)]);
    fixture.ingest(vec![at("1", "2026-11-20T12:00:01Z", "1"), at("2", "2026-11-20T12:00:00Z", "0")]).await;
    assert_eq!(fixture.value("b").await, 1);
    fixture.ingest(vec![at("3", "2026-11-20T12:00:01Z", "2")]).await;
    assert_eq!(fixture.value("b").await, 2, "of what has the same time the later one is the newer one");
}

#[tokio::test]
async fn s3_events_are_ordered_by_their_sequencer() {
    let fixture = Fixture::start().await;
    let event = |name: &str, sequencer: &str, size: u32| {
        json!({"eventName": name, "eventTime": "2026-11-20T12:00:00.000Z", "eventSource": "aws:s3", "s3": {
            "bucket": {"name": "data"}, "object": {"key": "a.csv", "size": size, "sequencer": sequencer}}})
    };
    let key = "s3:data:a.csv";
    // The removal arrives before the write that it removes.
    fixture.ingest(vec![event("ObjectRemoved:Delete", "0055AED6DCD90281E6", 0)]).await;
    fixture.ingest(vec![event("ObjectCreated:Put", "0055AED6DCD90281E5", 7)]).await;
    assert_eq!(fixture.value(key).await, Value::Null, "an object that was removed stays so");
    fixture.ingest(vec![event("ObjectCreated:Put", "0055AED6DCD90281E7", 8)]).await;
    fixture.ingest(vec![event("ObjectRemoved:Delete", "0055AED6DCD90281E6", 0)]).await;
    assert_eq!(fixture.value(key).await["size"], 8);
}
