//! From a write to the function, through a real database.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aws_lambda_events::event::dynamodb::Event;
use aws_sdk_dynamodb::types::AttributeValue;
use emulator::data::Storage;
use emulator::stream::filter::Filters;
use emulator::stream::policy::Policy;
use emulator::{FunctionError, function};
use local::Local;
use serde_json::{Value, json};
use tokio::sync::mpsc::{self, UnboundedReceiver};

use crate::support::*;

/// One delivered record: its key, its number and its sequence number.
type Delivered = (String, usize, String);

fn delivered(record: &Value) -> Delivered {
    let change = &record["dynamodb"];
    let number = change["NewImage"]["n"]["N"].as_str().map_or(0, |number| number.parse().unwrap());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&change["Keys"]["pk"]["S"]), number, text(&change["SequenceNumber"]))
}

fn records(event: &Value) -> Vec<Delivered> {
    event["Records"].as_array().unwrap().iter().map(delivered).collect()
}

/// Collects this number of records.
async fn collect(events: &mut UnboundedReceiver<Value>, count: usize) -> Vec<Delivered> {
    let mut all = Vec::new();
    while all.len() < count {
        all.extend(records(&next(events).await));
    }
    all
}

async fn dead_letters(local: &Local, count: usize) -> Vec<Value> {
    let path = local.data_directory().join("dead-letters.ndjson");
    within(async {
        loop {
            let text = tokio::fs::read_to_string(&path).await.unwrap_or_default();
            let lines: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
            if lines.len() >= count {
                return lines;
            }
            tokio::task::yield_now().await;
        }
    })
    .await
}

#[tokio::test]
async fn a_change_is_delivered_in_lambdas_format_and_in_order_per_key() {
    let (stream, mut events) = recorder(|_| Ok(json!({})));
    let local = Stub::stream(stream).start().await;
    let client = &local.clients().dynamodb;
    for number in 0..60 {
        put(client, &format!("key{}", number % 7), number).await;
    }
    let first = next(&mut events).await;
    let event: Event = serde_json::from_value(first.clone()).unwrap();
    assert_eq!(event.records[0].event_source.as_deref(), Some("aws:dynamodb"));
    assert!(event.records[0].event_source_arn.as_ref().unwrap().contains("table/things/stream/"));

    let mut all = records(&first);
    all.extend(collect(&mut events, 60 - all.len()).await);
    let mut latest: HashMap<String, usize> = HashMap::new();
    for (key, number, _) in &all {
        let before = latest.insert(key.clone(), *number);
        assert!(before.is_none_or(|before| before < *number), "{key} came out of order: {all:?}");
    }
    assert_eq!(all.len(), 60);
}

#[tokio::test]
async fn a_write_that_changes_nothing_is_not_delivered() {
    let (stream, mut events) = recorder(|_| Ok(json!({})));
    let local = Stub::stream(stream).start().await;
    let client = &local.clients().dynamodb;
    put(client, "same", 1).await;
    put(client, "same", 1).await;
    put(client, "same", 2).await;
    let all = collect(&mut events, 2).await;
    assert_eq!(all.iter().map(|(_, number, _)| *number).collect::<Vec<_>>(), [1, 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_is_delivered_within_milliseconds() {
    let (sender, mut arrivals) = mpsc::unbounded_channel();
    let stream = function(move |_| {
        let _ = sender.send(Instant::now());
        async { Ok(json!({})) }
    });
    let local = Stub::stream(stream).start().await;
    let mut delays = Vec::new();
    for number in 0..100 {
        put(&local.clients().dynamodb, "key", number).await;
        let answered = Instant::now();
        let arrived = within(arrivals.recv()).await.unwrap();
        delays.push(arrived.saturating_duration_since(answered));
    }
    delays.sort_unstable();
    println!("from a write's answer to the function: median {:?}, worst {:?}", delays[50], delays[99]);
    assert!(delays[50] < Duration::from_millis(50), "{delays:?}");
}

#[tokio::test]
async fn a_failed_batch_is_delivered_again() {
    let (stream, mut events) = recorder(|_| Ok(json!({})));
    let stub = Stub::stream(stream);
    stub.settings.faults.fail_stream(3);
    let local = stub.start().await;
    put(&local.clients().dynamodb, "key", 1).await;
    assert_eq!(collect(&mut events, 1).await[0].1, 1);
    assert!(!local.data_directory().join("dead-letters.ndjson").exists());
}

#[tokio::test]
async fn a_partial_failure_is_delivered_again_from_the_first_failed_record() {
    let failed_once = Arc::new(AtomicUsize::new(0));
    let (sender, mut taken) = mpsc::unbounded_channel();
    let stream = function(move |event: Value| {
        let all = records(&event);
        let poisoned = all.iter().position(|(_, number, _)| *number == 3);
        let fails = poisoned.is_some() && failed_once.fetch_add(1, Ordering::SeqCst) == 0;
        let end = if fails { poisoned.unwrap() } else { all.len() };
        for (_, number, _) in &all[..end] {
            sender.send(*number).unwrap();
        }
        let failures: Vec<Value> = all[end..].iter().map(|(_, _, id)| json!({ "itemIdentifier": id })).collect();
        async move { Ok(json!({ "batchItemFailures": failures })) }
    });
    let local = Stub::stream(stream).start().await;
    for number in 1..=6 {
        put(&local.clients().dynamodb, "key", number).await;
    }
    let mut numbers = Vec::new();
    for _ in 0..6 {
        numbers.push(within(taken.recv()).await.unwrap());
    }
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
}

#[tokio::test]
async fn a_poisoned_record_becomes_a_dead_letter_and_the_others_are_delivered_once() {
    let taken: Arc<Mutex<Vec<usize>>> = Arc::default();
    let seen = Arc::clone(&taken);
    let stream = function(move |event: Value| {
        let all = records(&event);
        let is_poisoned = all.iter().any(|(_, number, _)| *number == 13);
        if !is_poisoned {
            seen.lock().unwrap().extend(all.iter().map(|(_, number, _)| *number));
        }
        async move { if is_poisoned { Err(FunctionError::new("I cannot read this")) } else { Ok(json!({})) } }
    });
    let mut stub = Stub::stream(stream);
    stub.policy = Policy { maximum_retry_attempts: 2, first_pause: Duration::from_millis(5), ..Policy::default() };
    let local = stub.start().await;
    for number in 0..40 {
        put(&local.clients().dynamodb, "key", number).await;
    }
    let dead = dead_letters(&local, 1).await;
    assert_eq!(delivered(&dead[0]["record"]).1, 13);
    assert_eq!((&dead[0]["error"], &dead[0]["attempts"]), (&json!("I cannot read this"), &json!(3)));
    assert_eq!(dead[0]["condition"], "RetryAttemptsExhausted");
    within(async {
        while taken.lock().unwrap().len() < 39 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let expected: Vec<usize> = (0..40).filter(|number| *number != 13).collect();
    assert_eq!(*taken.lock().unwrap(), expected);
}

#[tokio::test]
async fn a_filtered_record_does_not_invoke_the_function() {
    let (stream, mut events) = recorder(|_| Ok(json!({})));
    let mut stub = Stub::stream(stream);
    stub.filters = Filters::parse([r#"{"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"table#"}]}}}}"#]).unwrap();
    let local = stub.start().await;
    put(&local.clients().dynamodb, "room#1", 1).await;
    put(&local.clients().dynamodb, "table#1", 2).await;
    assert_eq!(collect(&mut events, 1).await[0].0, "table#1");
}

#[tokio::test]
async fn an_item_that_expires_is_a_change_by_the_service() {
    let (stream, mut events) = recorder(|_| Ok(json!({})));
    let local = Stub::stream(stream).start().await;
    let client = &local.clients().dynamodb;
    let item = client.put_item().table_name(TABLE).item("pk", AttributeValue::S("old".into()));
    let item = item.item("sk", AttributeValue::S("sk".into())).item("expires", AttributeValue::N("1000000000".into()));
    item.send().await.unwrap();
    collect(&mut events, 1).await;
    let database = local.database();
    let expired = tokio::task::spawn_blocking(move || database.expire()).await.unwrap();
    assert_eq!(expired, Ok(1));
    // The reader was not notified: the poll finds it.
    let event = next(&mut events).await;
    assert_eq!(event["Records"][0]["eventName"], "REMOVE");
    assert_eq!(event["Records"][0]["userIdentity"]["principalId"], "dynamodb.amazonaws.com");
}

#[tokio::test]
async fn a_restart_continues_at_the_checkpoint() {
    let directory = tempfile::tempdir().unwrap();
    let storage = Storage::Directory(directory.path().join("data"));

    let (stream, mut events) = recorder(|_| Ok(json!({})));
    let mut stub = Stub::stream(stream);
    stub.settings.storage = storage.clone();
    let local = stub.start().await;
    assert!(local.is_new());
    for number in 0..5 {
        put(&local.clients().dynamodb, "key", number).await;
    }
    collect(&mut events, 5).await;
    local.shutdown().await;

    // What is written while the function fails is delivered after the next start.
    let (stream, mut events) = recorder(|_| Err(FunctionError::new("down")));
    let mut stub = Stub::stream(stream);
    stub.settings.storage = storage.clone();
    let local = stub.start().await;
    assert!(!local.is_new());
    for number in 5..8 {
        put(&local.clients().dynamodb, "key", number).await;
    }
    next(&mut events).await;
    local.shutdown().await;

    let (stream, mut events) = recorder(|_| Ok(json!({})));
    let mut stub = Stub::stream(stream);
    stub.settings.storage = storage;
    let local = stub.start().await;
    let numbers: Vec<usize> = collect(&mut events, 3).await.into_iter().map(|(_, number, _)| number).collect();
    assert_eq!(numbers, [5, 6, 7], "neither lost nor delivered twice after an orderly stop");
    local.shutdown().await;
}
