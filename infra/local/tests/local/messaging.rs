//! SNS and SQS through the real SDK, to functions made for the tests.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use aws_lambda_events::event::sns::SnsEvent;
use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry};
use aws_sdk_sqs::types::{QueueAttributeName, SendMessageBatchRequestEntry};
use emulator::data::Storage;
use emulator::messaging::{Messaging, Queue, Subscription, queue_url, topic_arn};
use emulator::recursion::Recursion;
use emulator::stream::filter::Filters;
use emulator::{FaultPoint, Faults, FunctionError, SharedFunction};
use local::{Local, Settings};
use serde_json::{Value, json};

use crate::support::*;

const MOMENT: Duration = Duration::from_millis(20);

fn subscription(function: SharedFunction, filter: &str) -> Subscription {
    Subscription {
        topic: "news".to_owned(),
        filter: Filters::parse([filter]).unwrap(),
        function,
        retries: [MOMENT, MOMENT],
        dead_letters: Some("jobs".to_owned()),
        recursion: Recursion { function: "notify", is_allowed: false },
    }
}

fn queue(function: SharedFunction) -> Queue {
    Queue {
        name: "jobs".to_owned(),
        batch_size: 10,
        max_concurrency: 2,
        visibility: Duration::from_millis(200),
        max_receives: 3,
        function,
        recursion: Recursion { function: "worker", is_allowed: false },
    }
}

async fn start(subscriptions: Vec<Subscription>, queues: Vec<Queue>, settings: Settings) -> Local {
    let messaging = Messaging { subscriptions, queues };
    Stub { messaging, settings, ..Stub::default() }.start().await
}

async fn publish(local: &Local, message: &str, kind: &str) {
    let kind = MessageAttributeValue::builder().data_type("String").string_value(kind).build().unwrap();
    let publish = local.clients().sns.publish().topic_arn(topic_arn("news")).message(message);
    publish.message_attributes("kind", kind).send().await.unwrap();
}

async fn send(local: &Local, body: &str, delay: i32) {
    let send = local.clients().sqs.send_message().queue_url(queue_url("jobs")).message_body(body);
    send.delay_seconds(delay).send().await.unwrap();
}

fn bodies(event: &Value) -> Vec<String> {
    let records = event["Records"].as_array().unwrap();
    records.iter().map(|record| record["body"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_message_is_delivered_to_matching_subscriptions() {
    let (all, mut of_all) = recorder(|_| Ok(Value::Null));
    let (some, mut of_some) = recorder(|_| Ok(Value::Null));
    let subscriptions = vec![subscription(all, "{}"), subscription(some, r#"{"kind":["free",{"prefix":"room_"}]}"#)];
    let local = start(subscriptions, vec![], Settings::ephemeral()).await;
    for (message, kind) in [("one", "busy"), ("two", "free"), ("three", "room_closed")] {
        publish(&local, message, kind).await;
    }
    let mut messages = Vec::new();
    for _ in 0..2 {
        let event: SnsEvent = serde_json::from_value(next(&mut of_some).await).unwrap();
        messages.push(event.records[0].sns.message.clone());
    }
    messages.sort();
    assert_eq!(messages, ["three", "two"]);
    for _ in 0..3 {
        next(&mut of_all).await;
    }
    within(local.broker().until_idle()).await.unwrap();
    assert!(of_some.try_recv().is_err() && of_all.try_recv().is_err());
}

#[tokio::test]
async fn an_invocation_is_tried_three_times_and_then_goes_to_the_dead_letters() {
    let (failing, mut tries) = recorder(|_| Err(FunctionError::new("no")));
    let (dead, mut letters) = recorder(|_| Ok(json!({"batchItemFailures": []})));
    let local = start(vec![subscription(failing, "{}")], vec![queue(dead)], Settings::ephemeral()).await;
    publish(&local, "hello", "free").await;
    let letter = bodies(&next(&mut letters).await).remove(0);
    let event: SnsEvent = serde_json::from_str(&letter).unwrap();
    assert_eq!(event.records[0].sns.message, "hello", "the event itself, as the function got it");
    for _ in 0..3 {
        next(&mut tries).await;
    }
    assert_eq!(within(local.broker().until_idle()).await.unwrap(), 0);
    assert!(tries.try_recv().is_err());
}

#[tokio::test]
async fn a_job_is_delayed_and_only_failed_jobs_are_delivered_again() {
    static SEEN: AtomicUsize = AtomicUsize::new(0);
    let (function, mut events) = recorder(|event| {
        // The bad message is reported in its first batch, and only it.
        let bad = event["Records"].as_array().unwrap().iter().find(|record| record["body"] == "bad");
        let failed = bad.filter(|_| SEEN.fetch_add(1, Ordering::SeqCst) == 0);
        let failures: Vec<Value> = failed.iter().map(|record| json!({"itemIdentifier": record["messageId"]})).collect();
        Ok(json!({"batchItemFailures": failures}))
    });
    let local = start(vec![], vec![queue(function)], Settings::ephemeral()).await;
    let entry =
        |id: &str, body: &str| SendMessageBatchRequestEntry::builder().id(id).message_body(body).build().unwrap();
    let started = Instant::now();
    send(&local, "later", 1).await;
    let batch = local.clients().sqs.send_message_batch().queue_url(queue_url("jobs"));
    batch.entries(entry("1", "good")).entries(entry("2", "bad")).send().await.unwrap();
    let mut all = Vec::new();
    while all.len() < 4 {
        all.extend(bodies(&next(&mut events).await));
    }
    assert!(started.elapsed() >= Duration::from_millis(950), "{:?}", started.elapsed());
    let count = |body: &str| all.iter().filter(|one| *one == body).count();
    assert_eq!([count("good"), count("bad"), count("later")], [1, 2, 1]);
    assert_eq!(within(local.broker().until_idle()).await.unwrap(), 0);
}

/// The number of runs of a function that sends a message on to its own queue, up to 20 times; and the number of dead letters.
async fn rounds(is_allowed: bool) -> (usize, u64) {
    let clients: Arc<OnceLock<aws_sdk_sqs::Client>> = Arc::default();
    let runs = Arc::new(AtomicUsize::new(0));
    let worker = {
        let (clients, runs) = (Arc::clone(&clients), Arc::clone(&runs));
        emulator::function(move |_| {
            let (clients, runs) = (Arc::clone(&clients), Arc::clone(&runs));
            async move {
                if runs.fetch_add(1, Ordering::SeqCst) < 19 {
                    let sqs = clients.get().unwrap();
                    sqs.send_message().queue_url(queue_url("jobs")).message_body("on").send().await.unwrap();
                }
                Ok(json!({}))
            }
        })
    };
    let recursion = Recursion { function: "worker", is_allowed };
    let local = start(vec![], vec![Queue { recursion, ..queue(worker) }], Settings::ephemeral()).await;
    clients.set(local.clients().sqs.clone()).unwrap();
    send(&local, "begin", 0).await;
    let given_up = within(local.broker().until_idle()).await.unwrap();
    (runs.load(Ordering::SeqCst), given_up)
}

#[tokio::test]
async fn a_recursive_loop_is_ended_after_sixteen_rounds_unless_it_is_allowed() {
    assert_eq!(rounds(false).await, (16, 1));
    assert_eq!(rounds(true).await, (20, 0));
}

#[tokio::test]
async fn a_job_that_always_fails_becomes_a_dead_letter() {
    let (function, mut events) = recorder(|_| Err(FunctionError::new("never")));
    let local = start(vec![], vec![queue(function)], Settings::ephemeral()).await;
    send(&local, "poison", 0).await;
    for _ in 0..3 {
        next(&mut events).await;
    }
    assert_eq!(within(local.broker().until_idle()).await.unwrap(), 1, "one dead letter");
}

#[tokio::test]
async fn an_accepted_message_survives_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let settings = || Settings { storage: Storage::Directory(directory.path().to_owned()), ..Settings::ephemeral() };
    let (slow, mut started) = recorder(|_| Err(FunctionError::new("the process ends here")));
    let local = start(vec![], vec![queue(slow)], settings()).await;
    send(&local, "waiting", 0).await;
    send(&local, "delayed", 1).await;
    next(&mut started).await;
    local.shutdown().await;

    let (function, mut events) = recorder(|_| Ok(json!({"batchItemFailures": []})));
    let local = start(vec![], vec![queue(function)], settings()).await;
    let mut all = Vec::new();
    while all.len() < 2 {
        all.extend(bodies(&next(&mut events).await));
    }
    all.sort();
    assert_eq!(all, ["delayed", "waiting"]);
    assert_eq!(within(local.broker().until_idle()).await.unwrap(), 0);
}

#[tokio::test]
async fn errors_have_the_names_of_aws() {
    use aws_sdk_sns::error::ProvideErrorMetadata as _;
    let local = start(vec![subscription(accept_all(), "{}")], vec![queue(accept_all())], Settings::ephemeral()).await;
    let (sns, sqs) = (&local.clients().sns, &local.clients().sqs);
    let nowhere = sns.publish().topic_arn(topic_arn("nowhere")).message("x").send().await.unwrap_err();
    assert_eq!(nowhere.code(), Some("NotFound"));
    let nowhere = sqs.send_message().queue_url(queue_url("nowhere")).message_body("x").send().await.unwrap_err();
    assert!(nowhere.as_service_error().unwrap().is_queue_does_not_exist());
    let late = sqs.send_message().queue_url(queue_url("jobs")).message_body("x").delay_seconds(901).send().await;
    assert_eq!(late.unwrap_err().code(), Some("InvalidParameterValue"));
    let long = "x".repeat(256 * 1024 + 1);
    let long = sqs.send_message().queue_url(queue_url("jobs")).message_body(long).send().await;
    assert_eq!(long.unwrap_err().code(), Some("BatchRequestTooLong"));
    let entry = |id: &str| PublishBatchRequestEntry::builder().id(id).message("x").build().unwrap();
    let twins = sns.publish_batch().topic_arn(topic_arn("news"));
    let twins = twins.publish_batch_request_entries(entry("1")).publish_batch_request_entries(entry("1")).send().await;
    assert_eq!(twins.unwrap_err().code(), Some("BatchEntryIdsNotDistinct"));
    let many = (0..11).map(|number| entry(&number.to_string())).collect();
    let many = sns.publish_batch().topic_arn(topic_arn("news")).set_publish_batch_request_entries(Some(many)).send();
    assert_eq!(many.await.unwrap_err().code(), Some("TooManyEntriesInBatchRequest"));
}

#[tokio::test]
async fn an_injected_fault_is_retried_and_returned_by_the_sdk() {
    let faults = Faults::default();
    let settings = Settings { faults: faults.clone(), ..Settings::ephemeral() };
    let (function, mut events) = recorder(|_| Ok(Value::Null));
    let local = start(vec![subscription(function, "{}")], vec![queue(accept_all())], settings).await;
    faults.set_probability(FaultPoint::Publish, 1_000, 1);
    let result = local.clients().sns.publish().topic_arn(topic_arn("news")).message("x").send().await;
    assert!(result.is_err());
    faults.clear_probabilities();
    publish(&local, "x", "free").await;
    next(&mut events).await;
    assert!(events.try_recv().is_err(), "a rejected message is not stored");
}

fn fifo(function: SharedFunction) -> Queue {
    Queue { name: "things.fifo".to_owned(), max_concurrency: 4, ..queue(function) }
}

async fn send_in_group(local: &Local, group: &str, body: &str) -> String {
    let send = local.clients().sqs.send_message().queue_url(queue_url("things.fifo")).message_body(body);
    let sent = send.message_group_id(group).message_deduplication_id(body).send().await.unwrap();
    assert_eq!(sent.sequence_number().map(str::len), Some(20));
    sent.message_id().unwrap().to_owned()
}

/// One message of each group fails at first, with all of its group in the same batch: as in a function that keeps the order.
#[tokio::test]
async fn a_fifo_queue_keeps_the_order_of_each_group() {
    let (done, failed) = (Arc::new(Mutex::new(Vec::new())), Mutex::new(BTreeSet::new()));
    let seen = Arc::clone(&done);
    let (function, _events) = recorder(move |event| {
        let mut failures = Vec::new();
        let mut stopped = BTreeSet::new();
        for record in event["Records"].as_array().unwrap() {
            let (body, group) = (record["body"].as_str().unwrap(), &record["attributes"]["MessageGroupId"]);
            let group = group.as_str().unwrap().to_owned();
            let fails = body.ends_with('3') && failed.lock().unwrap().insert(body.to_owned());
            if fails || stopped.contains(&group) {
                stopped.insert(group);
                failures.push(json!({"itemIdentifier": record["messageId"]}));
            } else {
                seen.lock().unwrap().push(body.to_owned());
            }
        }
        Ok(json!({"batchItemFailures": failures}))
    });
    let local = start(vec![], vec![fifo(function)], Settings::ephemeral()).await;
    for number in 1..=8 {
        for group in ["a", "b", "c"] {
            send_in_group(&local, group, &format!("{group}{number}")).await;
        }
    }
    assert_eq!(within(local.broker().until_idle()).await.unwrap(), 0);
    let done = done.lock().unwrap().clone();
    for group in ["a", "b", "c"] {
        let of_group: Vec<&String> = done.iter().filter(|body| body.starts_with(group)).collect();
        let expected: Vec<String> = (1..=8).map(|number| format!("{group}{number}")).collect();
        assert_eq!(of_group, expected.iter().collect::<Vec<_>>(), "{done:?}");
    }
}

#[tokio::test]
async fn a_duplicate_in_a_fifo_queue_is_not_stored_again() {
    use aws_sdk_sqs::error::ProvideErrorMetadata as _;
    let (function, mut events) = recorder(|_| Ok(json!({"batchItemFailures": []})));
    let local = start(vec![], vec![fifo(function)], Settings::ephemeral()).await;
    let first = send_in_group(&local, "a", "one").await;
    assert_eq!(bodies(&next(&mut events).await), ["one"]);
    within(local.broker().until_idle()).await.unwrap();
    assert_eq!(send_in_group(&local, "a", "one").await, first, "also after it was dealt with");
    assert_ne!(send_in_group(&local, "a", "two").await, first);
    assert_eq!(bodies(&next(&mut events).await), ["two"]);
    let send = || local.clients().sqs.send_message().queue_url(queue_url("things.fifo")).message_body("x");
    assert_eq!(send().send().await.unwrap_err().code(), Some("MissingParameter"));
    assert_eq!(send().message_group_id("a").send().await.unwrap_err().code(), Some("InvalidParameterValue"));
    let delayed = send().message_group_id("a").message_deduplication_id("y").delay_seconds(1).send().await;
    assert_eq!(delayed.unwrap_err().code(), Some("InvalidParameterValue"));
}

#[tokio::test]
async fn queues_and_topics_are_found_by_their_names() {
    let (slow, mut received) = recorder(|_| Err(FunctionError::new("it is not dealt with")));
    let local =
        start(vec![subscription(accept_all(), "{}")], vec![queue(slow), fifo(accept_all())], Settings::ephemeral())
            .await;
    let (sns, sqs) = (&local.clients().sns, &local.clients().sqs);
    let url = sqs.get_queue_url().queue_name("jobs").send().await.unwrap().queue_url.unwrap();
    assert_eq!(url, queue_url("jobs"));
    let unknown = sqs.get_queue_url().queue_name("nowhere").send().await.unwrap_err();
    assert!(unknown.as_service_error().unwrap().is_queue_does_not_exist());
    let all = sqs.list_queues().send().await.unwrap().queue_urls.unwrap();
    assert_eq!(all, [queue_url("jobs"), queue_url("things.fifo")]);
    let some = sqs.list_queues().queue_name_prefix("thi").send().await.unwrap().queue_urls.unwrap();
    assert_eq!(some, [queue_url("things.fifo")]);

    send(&local, "received", 0).await;
    next(&mut received).await;
    send(&local, "delayed", 900).await;
    let attributes = sqs.get_queue_attributes().queue_url(&url).attribute_names(QueueAttributeName::All);
    let attributes = attributes.send().await.unwrap().attributes.unwrap();
    let count = |name: QueueAttributeName| attributes[&name].parse::<u32>().unwrap();
    let waiting = count(QueueAttributeName::ApproximateNumberOfMessages)
        + count(QueueAttributeName::ApproximateNumberOfMessagesNotVisible);
    assert_eq!((waiting, count(QueueAttributeName::ApproximateNumberOfMessagesDelayed)), (1, 1));
    assert_eq!(attributes[&QueueAttributeName::QueueArn], emulator::messaging::queue_arn("jobs"));
    assert!(!attributes.contains_key(&QueueAttributeName::FifoQueue));
    let one = sqs.get_queue_attributes().queue_url(queue_url("things.fifo"));
    let one = one.attribute_names(QueueAttributeName::FifoQueue).send().await.unwrap().attributes.unwrap();
    assert_eq!(one.into_iter().collect::<Vec<_>>(), [(QueueAttributeName::FifoQueue, "true".to_owned())]);
    let unknown_attribute =
        sqs.get_queue_attributes().queue_url(&url).attribute_names(QueueAttributeName::KmsMasterKeyId);
    assert!(unknown_attribute.send().await.unwrap_err().as_service_error().unwrap().is_invalid_attribute_name());

    let topics = sns.list_topics().send().await.unwrap().topics.unwrap();
    let arns: Vec<&str> = topics.iter().filter_map(|topic| topic.topic_arn()).collect();
    assert_eq!(arns, [topic_arn("news")]);
    let unnamed = sns.publish().topic_arn("news").message("x").send().await.unwrap_err();
    assert!(unnamed.as_service_error().unwrap().is_invalid_parameter_exception());
}
