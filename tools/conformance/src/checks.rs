//! The checks. A check fails by a panic with the expectation.

use std::sync::Arc;

use protocol::digest::Digest;
use protocol::frames::{Change, SUBSCRIPTION_LIMIT, ServerFrame};
use reqwest::Method;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::TestServer;
use test_support::api::Response;
use test_support::socket::Socket;

/// Writes an item, and returns its revision.
async fn put(target: &TestServer, key: &str, value: &Value) -> u64 {
    let response = put_with(target, key, value, &[]).await;
    assert_eq!(response.status, 200, "{}", response.body);
    response.data()["rev"].as_u64().expect("an item has a revision")
}

async fn put_with(target: &TestServer, key: &str, value: &Value, headers: &[(&str, &str)]) -> Response {
    let request = target.writer.request(Method::PUT, &format!("/v1/items/{key}")).json(&json!({ "value": value }));
    test_support::api::Api::send(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)))
        .await
}

async fn remove(target: &TestServer, key: &str) {
    let response = target.writer.call(Method::DELETE, &format!("/v1/items/{key}")).await;
    assert_eq!(response.status, 200, "{}", response.body);
}

/// The next change of a topic that is newer than `known`: its revision, and the state. A write just before the subscription may still
/// be published after the snapshot.
async fn change(socket: &mut Socket, topic: &str, known: u64) -> (u64, Option<Value>) {
    loop {
        let ServerFrame::Changes { changes } = socket.next_frame().await else { continue };
        if let Some(change) = changes.into_iter().find(|change| change.topic == topic && change.rev > known) {
            return (change.rev, change.state);
        }
    }
}

pub(super) async fn subscription(target: Arc<TestServer>) {
    let key = target.name("subscription");
    let (topic, other) = (format!("item/{key}"), format!("item/{key}-other"));
    let first = put(&target, &key, &json!(1)).await;
    let mut socket = target.connect().await;
    assert_eq!(socket.subscribe(&topic).await, [(key.clone(), first)]);
    let second = put(&target, &key, &json!(2)).await;
    let (rev, state) = change(&mut socket, &topic, first).await;
    assert_eq!((rev, &state.expect("it is there")["value"]), (second, &json!(2)));

    socket.send_frame(&json!({"action": "unsubscribe", "topic": topic})).await;
    assert_eq!(socket.response().await, json!({"type": "unsubscribed", "topic": topic}));
    socket.subscribe(&other).await;
    put(&target, &key, &json!(3)).await;
    // The next change belongs to a subscribed topic.
    put(&target, &format!("{key}-other"), &json!(4)).await;
    let ServerFrame::Changes { changes } = socket.next_frame().await else { panic!("a change was expected") };
    let is_given_up = |change: &Change| change.topic != other && change.rev > second;
    assert!(!changes.iter().any(is_given_up), "a change of an unsubscribed topic was sent: {changes:?}");
}

pub(super) async fn handshake(target: Arc<TestServer>) {
    let key = target.name("handshake");
    put(&target, &key, &json!("here")).await;
    let mut socket = target.connect_with(&format!("item=item/{key}")).await;
    assert_eq!(socket.snapshot().await.len(), 1);
    let rev = put(&target, &key, &json!("there")).await;
    assert_eq!(change(&mut socket, &format!("item/{key}"), rev - 1).await.0, rev);
}

pub(super) async fn ordering(target: Arc<TestServer>) {
    let key = target.name("ordering");
    let topic = format!("item/{key}");
    let mut socket = target.connect().await;
    assert_eq!(socket.subscribe(&topic).await, []);
    let mut last = 0;
    for number in 0..20 {
        let rev = put(&target, &key, &json!(number)).await;
        assert!(rev > last, "revision {rev} after {last}");
        last = rev;
    }
    // Outdated states may be skipped. A message may come twice, which its revision shows.
    let mut newest = 0;
    while newest < last {
        let (rev, state) = change(&mut socket, &topic, newest).await;
        assert_eq!(state.expect("it is there")["value"], json!(rev - 1), "a revision has one value");
        newest = rev;
    }
}

pub(super) async fn concurrent_write(target: Arc<TestServer>) {
    for round in 0..10 {
        let key = target.name(&format!("race-{round}"));
        let topic = format!("item/{key}");
        put(&target, &key, &json!(1)).await;
        let mut socket = target.connect().await;
        let subscribe = json!({"action": "subscribe", "topic": topic});
        let value = json!(2);
        let ((), rev) = tokio::join!(socket.send_frame(&subscribe), put(&target, &key, &value));
        let mut seen = 0;
        while seen < rev {
            match socket.next_frame().await {
                ServerFrame::Snapshot { entities, .. } => {
                    seen = entities.iter().map(|entity| entity.rev).max().unwrap_or_default().max(seen);
                }
                ServerFrame::Changes { changes } => {
                    seen = changes.iter().map(|change| change.rev).max().unwrap_or_default().max(seen);
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

pub(super) async fn parts(target: Arc<TestServer>) {
    let group = target.name("parts");
    let text = "x".repeat(60 * 1024);
    for number in 0..4 {
        put(&target, &format!("{group}:{number}"), &json!(text)).await;
    }
    let mut socket = target.connect().await;
    assert_eq!(socket.subscribe(&format!("items/{group}")).await.len(), 4);
    for number in 0..4 {
        remove(&target, &format!("{group}:{number}")).await;
    }
}

pub(super) async fn gap(target: Arc<TestServer>) {
    let key = target.name("gap");
    let topic = format!("item/{key}");
    put(&target, &key, &json!(1)).await;
    let mut socket = target.connect().await;
    socket.subscribe(&topic).await;
    drop(socket);
    let rev = put(&target, &key, &json!(2)).await;
    assert_eq!(target.connect().await.subscribe(&topic).await, [(key.clone(), rev)]);
    remove(&target, &key).await;
    assert_eq!(target.connect().await.subscribe(&topic).await, []);
}

pub(super) async fn digest(target: Arc<TestServer>) {
    let key = target.name("digest");
    let topic = format!("item/{key}");
    let mut socket = target.connect().await;
    assert_eq!(socket.ping().await, json!({}), "nothing is watched");
    socket.subscribe(&topic).await;
    let of = |all: &[(&str, u64)]| json!(Digest::of(all.iter().copied()).to_string());
    assert_eq!(socket.ping().await, json!({ &topic: of(&[]) }));
    let rev = put(&target, &key, &json!(1)).await;
    assert_eq!(change(&mut socket, &topic, rev - 1).await.0, rev);
    assert_eq!(socket.ping().await, json!({ &topic: of(&[(&key, rev)]) }));
}

pub(super) async fn tombstone(target: Arc<TestServer>) {
    let key = target.name("tombstone");
    let topic = format!("item/{key}");
    let made = put(&target, &key, &json!("first")).await;
    let mut socket = target.connect().await;
    socket.subscribe(&topic).await;
    remove(&target, &key).await;
    let (gone, state) = change(&mut socket, &topic, made).await;
    assert!(state.is_none(), "a removal is a revision: {gone} after {made}, with {state:?}");
    let again = put(&target, &key, &json!("second")).await;
    assert!(again > gone, "what is made again is newer than its removal: {again} after {gone}");
    assert_eq!(change(&mut socket, &topic, gone).await.0, again);
    let twice = target.writer.call(Method::DELETE, &format!("/v1/items/{key}-never")).await;
    assert_eq!(twice.status, 200, "what is not there is as removed as asked for");
}

pub(super) async fn writes(target: Arc<TestServer>) {
    let key = target.name("writes");
    let visitor = &target.visitor;
    let refused = [
        visitor.call_with(Method::PUT, &format!("/v1/items/{key}"), &json!({"value": 1})).await,
        visitor.call_with(Method::POST, "/v1/tables", &json!({"id": key, "description": ""})).await,
        visitor.call_with(Method::PUT, &format!("/v1/tables/{key}"), &json!({"isFree": true})).await,
        visitor.call_with(Method::POST, "/v1/rooms", &json!({"name": "Room"})).await,
        visitor.call_with(Method::POST, "/v1/device-keys", &json!({"name": "x", "tables": []})).await,
        visitor.call(Method::DELETE, &format!("/v1/items/{key}")).await,
        visitor.call(Method::POST, "/v1/live/tickets").await,
        visitor.with_bearer("not.a.token").call(Method::GET, "/v1/tables").await,
        visitor
            .with_key("rally_nobody_nothing")
            .call_with(Method::PUT, &format!("/v1/items/{key}"), &json!({"value": 1}))
            .await,
    ];
    for response in refused {
        assert_eq!(response.status, 401, "{}", response.body);
        assert_eq!(response.code(), "UNAUTHENTICATED", "{}", response.body);
    }
    assert_eq!(visitor.call(Method::GET, &format!("/v1/items/{key}")).await.status, 404, "nothing was written");
}

pub(super) async fn private_topics(target: Arc<TestServer>) {
    let mut socket = target.connect().await;
    for topic in ["room/k3j9x0a2bc", "room/k3j9x0a2bc/people", "questions/ada", "item/@staff:x", "items/@staff"] {
        socket.send_frame(&json!({"action": "subscribe", "topic": topic})).await;
        let response = socket.response().await;
        assert_eq!(
            (&response["type"], &response["code"]),
            (&json!("error"), &json!("UNAUTHENTICATED")),
            "{topic}: {response}"
        );
    }
    let forged = Socket::open(&format!("{}?ticket={}", target.live, "x".repeat(43))).await;
    assert!(forged.is_err(), "no such ticket exists");
}

pub(super) async fn subscriptions(target: Arc<TestServer>) {
    let mut socket = target.connect().await;
    let topic = |number: usize| format!("item/{}-{number}", target.prefix);
    for number in 0..SUBSCRIPTION_LIMIT {
        socket.subscribe(&topic(number)).await;
    }
    socket.send_frame(&json!({"action": "subscribe", "topic": topic(SUBSCRIPTION_LIMIT)})).await;
    assert_eq!(socket.response().await["code"], "TOO_MANY_SUBSCRIPTIONS");
    // A repeated subscription does not count, and an unsubscribe makes room for another.
    socket.send_frame(&json!({"action": "unsubscribe", "topic": topic(0)})).await;
    assert_eq!(socket.response().await["type"], "unsubscribed");
    assert_eq!(socket.subscribe(&topic(SUBSCRIPTION_LIMIT)).await, []);
}

pub(super) async fn sizes(target: Arc<TestServer>) {
    let key = target.name("sizes");
    let large = put_with(&target, &key, &json!("x".repeat(100 * 1024)), &[]).await;
    assert_eq!((large.status, large.code()), (413, "PAYLOAD_TOO_LARGE"), "{}", large.body);
    let path = format!("/v1/items/{}", "k".repeat(400));
    let odd = target.writer.call_with(Method::PUT, &path, &json!({"value": 1})).await;
    assert_eq!((odd.status, odd.code()), (400, "VALIDATION_ERROR"), "{}", odd.body);
}

pub(super) async fn frames(target: Arc<TestServer>) {
    let mut socket = target.connect().await;
    let mistakes = [
        ("hello", "BAD_FRAME"),
        (r#"{"action":"subscribe"}"#, "BAD_FRAME"),
        (r#"{"action":"dance"}"#, "UNKNOWN_ACTION"),
        (r#"{"action":"subscribe","topic":"nothing/at/all"}"#, "UNKNOWN_TOPIC"),
    ];
    for (text, code) in mistakes {
        socket.send(Message::text(text)).await;
        let response = socket.response().await;
        assert_eq!((&response["type"], &response["code"]), (&json!("error"), &json!(code)), "{text}: {response}");
        assert!(response["message"].as_str().is_some_and(|words| words.ends_with('.')), "in words: {response}");
    }
    assert_eq!(socket.ping().await, json!({}));
}

pub(super) async fn conditions(target: Arc<TestServer>) {
    let key = target.name("conditions");
    let rev = put(&target, &key, &json!(1)).await;
    let stale = put_with(&target, &key, &json!(2), &[("if-match", &format!("\"{}\"", rev + 7))]).await;
    assert_eq!((stale.status, stale.code()), (409, "CONFLICT"), "{}", stale.body);
    let name = target.name("key");
    let first = put_with(&target, &key, &json!(3), &[("idempotency-key", &name)]).await;
    let again = put_with(&target, &key, &json!(3), &[("idempotency-key", &name)]).await;
    assert_eq!((first.status, again.status), (200, 200), "{}", again.body);
    assert_eq!(again.data()["rev"], first.data()["rev"], "it is answered again and not done again");
    assert_eq!(again.header("idempotency-replayed"), "true");
    let other = put_with(&target, &key, &json!(4), &[("idempotency-key", &name)]).await;
    assert_eq!(other.status, 422, "{}", other.body);
    let missing = target.writer.call(Method::GET, &format!("/v1/items/{key}-none")).await;
    assert_eq!((missing.status, missing.code()), (404, "RESOURCE_NOT_FOUND"), "{}", missing.body);
}
