//! The checks. A check fails by a panic with the expectation.

use std::sync::Arc;

use protocol::digest::Digest;
use protocol::frames::{Change, SUBSCRIPTION_LIMIT, ServerFrame};
use reqwest::Method;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::Place;
use test_support::api::Answer;
use test_support::socket::Socket;

/// Writes an item, and returns its revision.
async fn put(place: &Place, key: &str, value: &Value) -> u64 {
    let answer = put_with(place, key, value, &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.data()["rev"].as_u64().expect("an item has a revision")
}

async fn put_with(place: &Place, key: &str, value: &Value, headers: &[(&str, &str)]) -> Answer {
    let request = place.writer.request(Method::PUT, &format!("/v1/items/{key}")).json(&json!({ "value": value }));
    test_support::api::Api::send(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)))
        .await
}

async fn remove(place: &Place, key: &str) {
    let answer = place.writer.call(Method::DELETE, &format!("/v1/items/{key}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
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

pub(super) async fn subscription(place: Arc<Place>) {
    let key = place.name("subscription");
    let (topic, other) = (format!("item/{key}"), format!("item/{key}-other"));
    let first = put(&place, &key, &json!(1)).await;
    let mut socket = place.connect().await;
    assert_eq!(socket.subscribe(&topic).await, [(key.clone(), first)]);
    let second = put(&place, &key, &json!(2)).await;
    let (rev, state) = change(&mut socket, &topic, first).await;
    assert_eq!((rev, &state.expect("it is there")["value"]), (second, &json!(2)));

    socket.say(&json!({"action": "unsubscribe", "topic": topic})).await;
    assert_eq!(socket.answer().await, json!({"type": "unsubscribed", "topic": topic}));
    socket.subscribe(&other).await;
    put(&place, &key, &json!(3)).await;
    // The next change belongs to a subscribed topic.
    put(&place, &format!("{key}-other"), &json!(4)).await;
    let ServerFrame::Changes { changes } = socket.next_frame().await else { panic!("a change was expected") };
    let is_given_up = |change: &Change| change.topic != other && change.rev > second;
    assert!(!changes.iter().any(is_given_up), "what was given up is told: {changes:?}");
}

pub(super) async fn handshake(place: Arc<Place>) {
    let key = place.name("handshake");
    put(&place, &key, &json!("here")).await;
    let mut socket = place.connect_with(&format!("item=item/{key}")).await;
    assert_eq!(socket.snapshot().await.len(), 1);
    let rev = put(&place, &key, &json!("there")).await;
    assert_eq!(change(&mut socket, &format!("item/{key}"), rev - 1).await.0, rev);
}

pub(super) async fn ordering(place: Arc<Place>) {
    let key = place.name("ordering");
    let topic = format!("item/{key}");
    let mut socket = place.connect().await;
    assert_eq!(socket.subscribe(&topic).await, []);
    let mut last = 0;
    for number in 0..20 {
        let rev = put(&place, &key, &json!(number)).await;
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

pub(super) async fn race(place: Arc<Place>) {
    for round in 0..10 {
        let key = place.name(&format!("race-{round}"));
        let topic = format!("item/{key}");
        put(&place, &key, &json!(1)).await;
        let mut socket = place.connect().await;
        let subscribe = json!({"action": "subscribe", "topic": topic});
        let value = json!(2);
        let ((), rev) = tokio::join!(socket.say(&subscribe), put(&place, &key, &value));
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

pub(super) async fn parts(place: Arc<Place>) {
    let group = place.name("parts");
    let text = "x".repeat(60 * 1024);
    for number in 0..4 {
        put(&place, &format!("{group}:{number}"), &json!(text)).await;
    }
    let mut socket = place.connect().await;
    assert_eq!(socket.subscribe(&format!("items/{group}")).await.len(), 4);
    for number in 0..4 {
        remove(&place, &format!("{group}:{number}")).await;
    }
}

pub(super) async fn gap(place: Arc<Place>) {
    let key = place.name("gap");
    let topic = format!("item/{key}");
    put(&place, &key, &json!(1)).await;
    let mut socket = place.connect().await;
    socket.subscribe(&topic).await;
    drop(socket);
    let rev = put(&place, &key, &json!(2)).await;
    assert_eq!(place.connect().await.subscribe(&topic).await, [(key.clone(), rev)]);
    remove(&place, &key).await;
    assert_eq!(place.connect().await.subscribe(&topic).await, []);
}

pub(super) async fn digest(place: Arc<Place>) {
    let key = place.name("digest");
    let topic = format!("item/{key}");
    let mut socket = place.connect().await;
    assert_eq!(socket.ping().await, json!({}), "nothing is watched");
    socket.subscribe(&topic).await;
    let of = |all: &[(&str, u64)]| json!(Digest::of(all.iter().copied()).to_string());
    assert_eq!(socket.ping().await, json!({ &topic: of(&[]) }));
    let rev = put(&place, &key, &json!(1)).await;
    assert_eq!(change(&mut socket, &topic, rev - 1).await.0, rev);
    assert_eq!(socket.ping().await, json!({ &topic: of(&[(&key, rev)]) }));
}

pub(super) async fn tombstone(place: Arc<Place>) {
    let key = place.name("tombstone");
    let topic = format!("item/{key}");
    let made = put(&place, &key, &json!("first")).await;
    let mut socket = place.connect().await;
    socket.subscribe(&topic).await;
    remove(&place, &key).await;
    let (gone, state) = change(&mut socket, &topic, made).await;
    assert!(state.is_none(), "a removal is a revision: {gone} after {made}, with {state:?}");
    let again = put(&place, &key, &json!("second")).await;
    assert!(again > gone, "what is made again is newer than its removal: {again} after {gone}");
    assert_eq!(change(&mut socket, &topic, gone).await.0, again);
    let twice = place.writer.call(Method::DELETE, &format!("/v1/items/{key}-never")).await;
    assert_eq!(twice.status, 200, "what is not there is as removed as asked for");
}

pub(super) async fn writes(place: Arc<Place>) {
    let key = place.name("writes");
    let visitor = &place.visitor;
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
    for answer in refused {
        assert_eq!(answer.status, 401, "{}", answer.body);
        assert_eq!(answer.code(), "UNAUTHENTICATED", "{}", answer.body);
    }
    assert_eq!(visitor.call(Method::GET, &format!("/v1/items/{key}")).await.status, 404, "nothing was written");
}

pub(super) async fn watching(place: Arc<Place>) {
    let mut socket = place.connect().await;
    for topic in ["room/k3j9x0a2bc", "room/k3j9x0a2bc/people", "questions/ada", "item/@staff:x", "items/@staff"] {
        socket.say(&json!({"action": "subscribe", "topic": topic})).await;
        let answer = socket.answer().await;
        assert_eq!(
            (&answer["type"], &answer["code"]),
            (&json!("error"), &json!("UNAUTHENTICATED")),
            "{topic}: {answer}"
        );
    }
    let forged = Socket::open(&format!("{}?ticket={}", place.live, "x".repeat(43))).await;
    assert!(forged.is_err(), "nobody has this ticket");
}

pub(super) async fn subscriptions(place: Arc<Place>) {
    let mut socket = place.connect().await;
    let topic = |number: usize| format!("item/{}-{number}", place.mark);
    for number in 0..SUBSCRIPTION_LIMIT {
        socket.subscribe(&topic(number)).await;
    }
    socket.say(&json!({"action": "subscribe", "topic": topic(SUBSCRIPTION_LIMIT)})).await;
    assert_eq!(socket.answer().await["code"], "TOO_MANY_SUBSCRIPTIONS");
    // A repeated subscription does not count, and an unsubscribe frees a place.
    socket.say(&json!({"action": "unsubscribe", "topic": topic(0)})).await;
    assert_eq!(socket.answer().await["type"], "unsubscribed");
    assert_eq!(socket.subscribe(&topic(SUBSCRIPTION_LIMIT)).await, []);
}

pub(super) async fn sizes(place: Arc<Place>) {
    let key = place.name("sizes");
    let large = put_with(&place, &key, &json!("x".repeat(100 * 1024)), &[]).await;
    assert_eq!((large.status, large.code()), (413, "PAYLOAD_TOO_LARGE"), "{}", large.body);
    let path = format!("/v1/items/{}", "k".repeat(400));
    let odd = place.writer.call_with(Method::PUT, &path, &json!({"value": 1})).await;
    assert_eq!((odd.status, odd.code()), (400, "VALIDATION_ERROR"), "{}", odd.body);
}

pub(super) async fn frames(place: Arc<Place>) {
    let mut socket = place.connect().await;
    let mistakes = [
        ("hello", "BAD_FRAME"),
        (r#"{"action":"subscribe"}"#, "BAD_FRAME"),
        (r#"{"action":"dance"}"#, "UNKNOWN_ACTION"),
        (r#"{"action":"subscribe","topic":"nothing/at/all"}"#, "UNKNOWN_TOPIC"),
    ];
    for (text, code) in mistakes {
        socket.send(Message::text(text)).await;
        let answer = socket.answer().await;
        assert_eq!((&answer["type"], &answer["code"]), (&json!("error"), &json!(code)), "{text}: {answer}");
        assert!(answer["message"].as_str().is_some_and(|words| words.ends_with('.')), "in words: {answer}");
    }
    assert_eq!(socket.ping().await, json!({}));
}

pub(super) async fn conditions(place: Arc<Place>) {
    let key = place.name("conditions");
    let rev = put(&place, &key, &json!(1)).await;
    let stale = put_with(&place, &key, &json!(2), &[("if-match", &format!("\"{}\"", rev + 7))]).await;
    assert_eq!((stale.status, stale.code()), (409, "CONFLICT"), "{}", stale.body);
    let name = place.name("key");
    let first = put_with(&place, &key, &json!(3), &[("idempotency-key", &name)]).await;
    let again = put_with(&place, &key, &json!(3), &[("idempotency-key", &name)]).await;
    assert_eq!((first.status, again.status), (200, 200), "{}", again.body);
    assert_eq!(again.data()["rev"], first.data()["rev"], "it is answered again and not done again");
    assert_eq!(again.header("idempotency-replayed"), "true");
    let other = put_with(&place, &key, &json!(4), &[("idempotency-key", &name)]).await;
    assert_eq!(other.status, 422, "{}", other.body);
    let missing = place.writer.call(Method::GET, &format!("/v1/items/{key}-none")).await;
    assert_eq!((missing.status, missing.code()), (404, "RESOURCE_NOT_FOUND"), "{}", missing.body);
}
