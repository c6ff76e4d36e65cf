//! The backend's fan-out on this AWS while posts fail: throttled, failed and gone connections.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use emulator::faults::PostFault;
use futures::StreamExt;
use local::{Local, Settings, deployment};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Socket, application, connect, send, text, within};

struct Fixture {
    local: Local,
    http: reqwest::Client,
}

impl Fixture {
    async fn start(settings: Settings) -> Self {
        let fixture = Self { local: deployment::start(settings).await.unwrap(), http: reqwest::Client::new() };
        let tables = format!("http://{}/v1/tables", fixture.local.address());
        let answer = fixture.http.post(tables).json(&json!({"id": "lobby"})).send().await.unwrap();
        assert_eq!(answer.status(), 201);
        fixture
    }

    async fn report(&self, is_free: bool) {
        let lobby = format!("http://{}/v1/tables/lobby", self.local.address());
        let answer = self.http.put(lobby).json(&json!({"isFree": is_free})).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }

    /// A connection that subscribes to the tables.
    async fn subscribe(&self) -> Socket {
        let mut socket = connect(&self.local, "").await;
        send(&mut socket, r#"{"action":"subscribe","topic":"tables"}"#).await;
        while !text(&mut socket).await.contains("snapshot") {}
        socket
    }

    /// The connections that subscribe to the tables, while the topic has no shards.
    async fn subscribers(&self) -> Vec<String> {
        self.partition("TOPIC#tables").await.iter().map(|item| item["sk"].as_s().unwrap().clone()).collect()
    }

    async fn partition(&self, name: &str) -> Vec<HashMap<String, AttributeValue>> {
        let query = self.local.clients().dynamodb.query().table_name("rally").key_condition_expression("pk = :pk");
        let name = AttributeValue::S(name.to_owned());
        query.expression_attribute_values(":pk", name).send().await.unwrap().items.unwrap_or_default()
    }

    /// The number of shards, and of the subscribers in each.
    async fn crowd(&self) -> (usize, Vec<usize>) {
        let crowd = self.partition("CROWD#tables").await;
        let shards = crowd.first().map_or(1, |crowd| crowd["shards"].as_n().unwrap().parse().unwrap());
        let mut counts = vec![self.subscribers().await.len()];
        for shard in 1..shards {
            counts.push(self.partition(&format!("TOPIC#tables#{shard}")).await.len());
        }
        (shards, counts)
    }
}

/// The next revision that is at least this new, in a change or in the snapshot of a resync.
async fn receive_rev(socket: &mut Socket, rev: u64) -> u64 {
    loop {
        let frame: Value = serde_json::from_str(&text(socket).await).unwrap();
        let received_rev =
            [&frame["changes"][0]["rev"], &frame["entities"][0]["rev"]].into_iter().find_map(Value::as_u64);
        if let Some(rev_seen) = received_rev.filter(|rev_seen| *rev_seen >= rev) {
            return rev_seen;
        }
    }
}

#[tokio::test]
async fn a_failed_post_is_retried_without_delaying_others() {
    let settings = Settings::ephemeral();
    let faults = settings.faults.clone();
    let fixture = Fixture::start(settings).await;
    let mut unlucky = fixture.subscribe().await;
    let id = fixture.subscribers().await.remove(0);
    let mut lucky = fixture.subscribe().await;
    for (rev, fault) in [(2, PostFault::Throttle), (3, PostFault::Fail)] {
        faults.fail_posts(&id, fault, 2);
        fixture.report(rev % 2 == 1).await;
        assert_eq!(receive_rev(&mut lucky, rev).await, rev);
        assert_eq!(receive_rev(&mut unlucky, rev).await, rev);
    }
}

/// A minute is longer than any test waits: a subscriber that waited for the stalled one would receive the change too late.
#[tokio::test]
async fn a_stalled_connection_is_resynced_without_delaying_others() {
    let settings = Settings::ephemeral();
    let faults = settings.faults.clone();
    let fixture = Fixture::start(settings).await;
    let mut stalled = fixture.subscribe().await;
    let id = fixture.subscribers().await.remove(0);
    let mut other = fixture.subscribe().await;
    faults.fail_posts(&id, PostFault::Delay(Duration::from_secs(60)), 2);
    for (rev, is_free) in [(2, false), (3, true), (4, false)] {
        fixture.report(is_free).await;
        assert_eq!(receive_rev(&mut other, rev).await, rev);
    }
    assert_eq!(receive_rev(&mut stalled, 4).await, 4);
}

#[tokio::test]
async fn a_connection_that_accepts_nothing_is_closed_and_may_reconnect() {
    let settings = Settings::ephemeral();
    let faults = settings.faults.clone();
    let fixture = Fixture::start(settings).await;
    let mut dead = fixture.subscribe().await;
    let id = fixture.subscribers().await.remove(0);
    faults.fail_posts(&id, PostFault::Fail, 1_000);
    fixture.report(false).await;
    within(async { while !matches!(dead.next().await, None | Some(Err(_) | Ok(Message::Close(_)))) {} }).await;
    within(async { while fixture.subscribers().await.contains(&id) {} }).await;
    let mut second_socket = fixture.subscribe().await;
    fixture.report(true).await;
    assert_eq!(receive_rev(&mut second_socket, 3).await, 3);
}

#[tokio::test]
async fn a_post_that_keeps_failing_is_replaced_by_a_snapshot() {
    let settings = Settings::ephemeral();
    let faults = settings.faults.clone();
    let fixture = Fixture::start(settings).await;
    let mut unlucky = fixture.subscribe().await;
    let id = fixture.subscribers().await.remove(0);
    // More failures than one delivery's retries: only a later mechanism can reach it.
    faults.fail_posts(&id, PostFault::Fail, 6);
    fixture.report(false).await;
    assert_eq!(receive_rev(&mut unlucky, 2).await, 2);
}

#[tokio::test]
async fn a_gone_connection_is_deleted() {
    let settings = Settings::ephemeral();
    let faults = settings.faults.clone();
    let fixture = Fixture::start(settings).await;
    let _gone = fixture.subscribe().await;
    let id = fixture.subscribers().await.remove(0);
    let mut there = fixture.subscribe().await;
    faults.fail_posts(&id, PostFault::Gone, 1_000);
    fixture.report(false).await;
    assert_eq!(receive_rev(&mut there, 2).await, 2);
    let forgotten = async { while fixture.subscribers().await.contains(&id) {} };
    within(forgotten).await;
}

/// A post to a connection whose handshake is still under way fails like one to a connection that is gone.
#[tokio::test]
async fn a_connection_that_is_not_open_yet_is_resynced() {
    let settings = Settings::ephemeral();
    let faults = settings.faults.clone();
    let fixture = Fixture::start(settings).await;
    let mut new = fixture.subscribe().await;
    let id = fixture.subscribers().await.remove(0);
    faults.fail_posts(&id, PostFault::Gone, 1);
    fixture.report(false).await;
    assert_eq!(receive_rev(&mut new, 2).await, 2);
}

/// Shards of four: with the fifth subscriber the topic gets shards, and later subscribers are in other shards.
#[tokio::test]
async fn the_subscribers_of_all_shards_receive_each_change() {
    let settings = Settings { shard: Some(4), ..Settings::ephemeral() };
    let fixture = Fixture::start(settings).await;
    let mut all = Vec::new();
    for number in 1..=60 {
        all.push(fixture.subscribe().await);
        if number == 4 {
            assert_eq!(fixture.crowd().await, (1, vec![4]), "four are no crowd");
        }
    }
    let (shards, counts) = fixture.crowd().await;
    assert!(shards >= 16, "five, and then more than four in one of four, make it grow: {counts:?}");
    assert_eq!(counts.iter().sum::<usize>(), 60, "each stands in one place: {counts:?}");
    assert!(counts.iter().all(|count| *count < 30), "they stand in many shards: {counts:?}");
    for (rev, is_free) in [(2, false), (3, true)] {
        fixture.report(is_free).await;
        for socket in &mut all {
            assert_eq!(receive_rev(socket, rev).await, rev);
        }
    }
    // A subscriber that leaves is removed completely, from any shard.
    for socket in &mut all {
        send(socket, r#"{"action":"unsubscribe","topic":"tables"}"#).await;
        while !text(socket).await.contains("unsubscribed") {}
    }
    let (_, counts) = fixture.crowd().await;
    assert_eq!(counts.iter().sum::<usize>(), 0, "{counts:?}");
}

/// The next changes of an entity in one message: each revision, and whether it has a state.
async fn changes_of(socket: &mut Socket, id: &str) -> Vec<(u64, bool)> {
    loop {
        let frame: Value = serde_json::from_str(&text(socket).await).unwrap();
        let changes = frame["changes"].as_array().into_iter().flatten().filter(|one| one["id"] == id);
        let changes: Vec<_> = changes.map(|one| (one["rev"].as_u64().unwrap(), !one["state"].is_null())).collect();
        if !changes.is_empty() {
            return changes;
        }
    }
}

async fn subscribed(local: &Local, topic: &str) -> Socket {
    let mut socket = connect(local, "").await;
    send(&mut socket, &json!({"action": "subscribe", "topic": topic}).to_string()).await;
    while !text(&mut socket).await.contains("snapshot") {}
    socket
}

/// The queue of shards keeps no order: a job may arrive after the one of the removal. A client that subscribed in between does not know
/// the removal. Tested for an item in each kind of index, and for a topic without a digest.
#[tokio::test]
async fn a_late_job_of_a_shard_does_not_restore_a_removed_entity() {
    let van = |number: usize| format!("van:{number:04}");
    let cases = [
        ("item/van:0000", 1, false),
        ("item/van:0000", 1, true),
        ("items", 3, true),
        ("items/van", 300, true),
        ("table/van", 0, true),
    ];
    for (topic, items, is_pinged) in cases {
        let what = format!("{topic} of {items} items, pinged: {is_pinged}");
        let (local, app) = application().await;
        let fanout = deployment::built_in(&app).fanout;
        let http = reqwest::Client::new();
        let address = |path: &str| format!("http://{}/v1/{path}", local.address());
        let put = async |id: &str| {
            let request = match topic {
                "table/van" => http.post(address("tables")).json(&json!({"id": id})),
                _ => http.put(address(&format!("items/{id}"))).json(&json!({"value": 1})),
            };
            assert!(request.send().await.unwrap().status().is_success(), "{what}");
        };
        let (id, path) = if items == 0 {
            ("van".to_owned(), "tables/van".to_owned())
        } else {
            (van(0), format!("items/{}", van(0)))
        };
        let others: Vec<Value> = (1..items).map(|number| json!({"key": van(number), "value": 1})).collect();
        for some in others.chunks(100) {
            let batch = http.post(address("items/batch")).json(&json!({"items": some}));
            assert!(batch.send().await.unwrap().status().is_success(), "{what}");
        }
        let mut early = subscribed(&local, topic).await;
        put(&id).await;
        while !changes_of(&mut early, &id).await.contains(&(1, true)) {}
        if is_pinged {
            send(&mut early, r#"{"action":"ping"}"#).await;
            while !text(&mut early).await.contains("pong") {}
        }
        assert!(http.delete(address(&path)).send().await.unwrap().status().is_success(), "{what}");
        while !changes_of(&mut early, &id).await.contains(&(2, false)) {}
        let mut late = subscribed(&local, topic).await;

        let publish_changes = async |changes: &[(u64, bool)]| {
            let change = |(rev, is_there): &(u64, bool)| json!({"topic": topic, "id": id, "rev": rev, "state": is_there.then_some(1)});
            let changes: Vec<Value> = changes.iter().map(change).collect();
            let job = json!({"job": "tell_shard", "shard": topic, "changes": changes}).to_string();
            let event = json!({"Records": [{"eventSource": "aws:sqs", "messageId": "1", "body": job}]});
            let answer = fanout.invoke(event).await.unwrap();
            assert_eq!(answer["batchItemFailures"], json!([]), "{what}");
        };
        publish_changes(&[(1, true)]).await;
        // A state that is still current is published, however late, and so is each removal.
        publish_changes(&[(1, true), (2, false)]).await;
        assert_eq!(changes_of(&mut late, &id).await, [(2, false)], "{what}");
        put(&id).await;
        assert_eq!(changes_of(&mut late, &id).await, [(3, true)], "{what}");
        publish_changes(&[(1, true), (3, true)]).await;
        assert_eq!(changes_of(&mut late, &id).await, [(1, true), (3, true)], "{what}: what is there");
    }
}
