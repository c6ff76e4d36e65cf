//! The lifetime of a sign-in: a live connection ends with its token, all connections of a person end when they sign out everywhere, and
//! data that is not renewed expires. The test moves the clock.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use backend::identity;
use backend::identity::{TokenError, TokenRejection};
use backend::notifications::browser_store::Browser;
use futures::StreamExt;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::identity::{Fixture, snapshot, subscribe};
use crate::support::*;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// All messages of a connection until it is closed.
async fn until_closed(socket: &mut Socket) -> Vec<Value> {
    let mut frames = Vec::new();
    loop {
        match within(socket.next()).await {
            Some(Ok(Message::Text(text))) => frames.push(serde_json::from_str(&text).unwrap()),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return frames,
            Some(Ok(_)) => {}
        }
    }
}

/// A connection that ends receives the reason, and no further changes.
fn assert_only_the_reason(frames: &[Value]) {
    let codes: Vec<&Value> = frames.iter().map(|frame| &frame["code"]).collect();
    assert_eq!(codes, [&json!("UNAUTHENTICATED")], "{frames:?}");
}

/// The next change on a topic.
async fn change(socket: &mut Socket, topic: &str) -> Value {
    loop {
        let frame: Value = serde_json::from_str(&text(socket).await).unwrap();
        if frame["type"] == "changes" && frame["changes"][0]["topic"] == topic {
            return frame["changes"][0].clone();
        }
    }
}

async fn write_question(fixture: &Fixture, token: &str) {
    let (status, answer) = fixture.request("POST", "/v1/questions", Some(token), &json!({"text": "Why?"})).await;
    assert_eq!(status, 201, "{answer}");
}

/// Waits until a partition is empty.
async fn until_empty(fixture: &Fixture, partition: &str) {
    within(async {
        while !fixture.items(partition).await.is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_whose_token_has_expired_receives_nothing_and_is_closed() {
    let fixture = Fixture::start().await;
    let mut socket = fixture.socket(&fixture.member("ada")).await;
    assert_eq!(subscribe(&mut socket, "questions/ada").await, snapshot());
    write_question(&fixture, &fixture.member("ada")).await;
    change(&mut socket, "questions/ada").await;
    fixture.pass(HOUR);
    let renewed = fixture.member("ada");
    write_question(&fixture, &renewed).await;
    assert_only_the_reason(&until_closed(&mut socket).await);
    until_empty(&fixture, "TOPIC#questions/ada").await;
    until_empty(&fixture, "SESSIONS#ada").await;
    // A client with another token comes back.
    let mut next_session = fixture.socket(&renewed).await;
    assert_eq!(subscribe(&mut next_session, "questions/ada").await, snapshot());
    write_question(&fixture, &renewed).await;
    change(&mut next_session, "questions/ada").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ping_and_a_subscription_after_the_token_has_expired_end_the_connection() {
    let fixture = Fixture::start().await;
    let mut sockets = [fixture.socket(&fixture.member("ada")).await, fixture.socket(&fixture.member("ada")).await];
    for socket in &mut sockets {
        assert_eq!(subscribe(socket, "questions/ada").await, snapshot());
    }
    fixture.pass(HOUR);
    let messages = [json!({"action": "ping"}), json!({"action": "subscribe", "topic": "questions/ada"})];
    for (socket, frame) in sockets.iter_mut().zip(messages) {
        send(socket, &frame.to_string()).await;
        assert_only_the_reason(&until_closed(socket).await);
    }
    until_empty(&fixture, "SESSIONS#ada").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitors_connection_has_no_token_to_end_with() {
    let fixture = Fixture::start().await;
    let mut visitor = connect(&fixture.local, "").await;
    assert_eq!(subscribe(&mut visitor, "factories").await, snapshot());
    fixture.pass(HOUR + 60);
    let factory = json!({"name": "Pumps", "lower": 1, "upper": 9, "count": 1});
    let (status, answer) = fixture.request("POST", "/v1/factories", Some(&fixture.member("ada")), &factory).await;
    assert_eq!(status, 201, "{answer}");
    change(&mut visitor, "factories").await;
}

#[tokio::test]
async fn a_ticket_is_not_valid_for_longer_than_its_token() {
    let fixture = Fixture::start().await;
    let ada = fixture.member("ada");
    fixture.pass(HOUR - 5);
    let ticket = fixture.ticket(&ada).await;
    fixture.pass(5);
    assert_eq!(fixture.rejected_handshake(&format!("?ticket={ticket}")).await.0, 401);
}

fn browser(id: &str) -> Browser {
    let keys = json!({"p256dh": "x", "auth": "x"});
    let subscription = json!({"endpoint": format!("https://fcm.googleapis.com/{id}"), "keys": keys});
    Browser { id: id.to_owned(), subscription: serde_json::from_value(subscription).unwrap() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_everywhere_ends_tokens_tickets_connections_and_push() {
    let fixture = Fixture::start().await;
    let (ada, bob) = (fixture.member("ada"), fixture.member("bob"));
    let mut desk = fixture.socket(&ada).await;
    let mut phone = fixture.socket(&ada).await;
    let mut bobs = fixture.socket(&bob).await;
    assert_eq!(subscribe(&mut desk, "questions/ada").await, snapshot());
    assert_eq!(subscribe(&mut bobs, "questions/bob").await, snapshot());
    let unused = fixture.ticket(&ada).await;
    let person = "ada".parse().unwrap();
    fixture.app.storage().save_browser(&person, &browser("b1"), None, None, None).await.unwrap();

    let (status, answer) = fixture.request("POST", "/v1/me/sign-out", Some(&ada), &Value::Null).await;
    assert_eq!((status, &answer["errors"]), (200, &json!([])), "{answer}");
    for socket in [&mut desk, &mut phone] {
        assert_only_the_reason(&until_closed(socket).await);
    }
    for path in ["/v1/me", "/v1/questions", "/v1/tables"] {
        let (status, answer) = fixture.request("GET", path, Some(&ada), &Value::Null).await;
        let words = answer["errors"][0]["message"].as_str();
        assert_eq!((status, words), (401, Some("Your sign-in has ended. Sign in again.")), "{path}");
    }
    assert_eq!(fixture.rejected_handshake(&format!("?ticket={unused}")).await.0, 401, "it was given before");
    for left in ["SESSIONS#ada", "TOPIC#questions/ada", "BROWSER#b1"] {
        assert!(fixture.items(left).await.is_empty(), "{left}");
    }
    assert_eq!(subscribe(&mut bobs, "questions/bob").await, snapshot(), "another member is not affected");
    assert_eq!(fixture.request("GET", "/v1/me", Some(&bob), &Value::Null).await.0, 200);

    fixture.pass(1);
    let next_session = fixture.member("ada");
    let (status, answer) = fixture.request("GET", "/v1/me/notifications", Some(&next_session), &Value::Null).await;
    assert_eq!((status, &answer["data"]["browsers"]), (200, &json!([])));
    let mut back = fixture.socket(&next_session).await;
    assert_eq!(subscribe(&mut back, "questions/ada").await, snapshot());
}

#[tokio::test]
async fn every_instance_applies_a_sign_out_within_a_minute() {
    let fixture = Fixture::start().await;
    let (ada, other) = (fixture.member("ada"), fixture.other_instance());
    assert!(identity::verify(&other, &ada).await.is_ok());
    assert_eq!(fixture.request("POST", "/v1/me/sign-out", Some(&ada), &Value::Null).await.0, 200);
    fixture.pass(60);
    let result = identity::verify(&other, &ada).await;
    assert!(matches!(result, Err(TokenError::Rejected(TokenRejection::SignedOut))), "{result:?}");
    let new = identity::verify(&fixture.other_instance(), &ada).await;
    assert!(matches!(new, Err(TokenError::Rejected(TokenRejection::SignedOut))), "{new:?}");
}

#[tokio::test]
async fn members_and_guests_can_sign_out_everywhere() {
    let fixture = Fixture::start().await;
    let ada = fixture.member("ada");
    let room = fixture.room(&ada).await;
    assert_eq!(fixture.request("POST", "/v1/me/sign-out", None, &Value::Null).await.0, 401);
    let bo = fixture.guest("guest:b1", &room).await;
    assert_eq!(fixture.request("POST", "/v1/me/sign-out", Some(&bo), &Value::Null).await.0, 200);
    assert_eq!(fixture.request("GET", "/v1/me", Some(&bo), &Value::Null).await.0, 401);
    assert_eq!(fixture.request("GET", "/v1/me", Some(&ada), &Value::Null).await.0, 200);
}

/// An alert's end, in epoch seconds.
fn end(item: &HashMap<String, AttributeValue>) -> Option<i64> {
    item.get("expires").map(|expires| expires.as_n().unwrap().parse().unwrap())
}

#[tokio::test]
async fn an_alert_about_a_private_item_ends_with_the_membership_of_the_group() {
    let fixture = Fixture::start().await;
    let staff = || fixture.member_of("ada", &["staff"]);
    let alert = json!({"rule": {"when": "each_change"}});
    for key in ["@staff:rota", "gate:1"] {
        let (status, answer) =
            fixture.request("PUT", &format!("/v1/me/alerts/items/{key}"), Some(&staff()), &alert).await;
        assert_eq!((status, answer["data"]["expiresAt"].is_string()), (200, key.starts_with('@')), "{answer}");
    }
    let (private, public) = ("ALERTS#item/@staff:rota", "ALERTS#item/gate:1");
    let start = fixture.app.now().seconds();
    let first = end(&fixture.items(private).await[0]).unwrap();
    assert!((first - start - 30 * DAY).abs() < 60, "thirty days, by time to live");
    assert_eq!(end(&fixture.items(public).await[0]), None, "an alert about a public item does not expire");

    let list = async |token: &str| {
        let (status, answer) = fixture.request("GET", "/v1/me/notifications", Some(token), &Value::Null).await;
        assert_eq!(status, 200, "{answer}");
        answer["data"]["alerts"].as_array().map(Vec::len)
    };
    fixture.pass(20 * DAY);
    assert_eq!(list(&staff()).await, Some(2));
    let renewed = end(&fixture.items(private).await[0]).unwrap();
    assert!((renewed - first - 20 * DAY).abs() < 60, "a visit renews it");
    // No longer in the group: the next request removes it.
    assert_eq!(list(&fixture.member("ada")).await, Some(1));
    assert!(fixture.items(private).await.is_empty());
}

#[tokio::test]
async fn a_visitors_alerts_expire_half_a_year_after_the_last_visit() {
    let fixture = Fixture::start().await;
    let key = "A".repeat(43);
    let send = async |method: &str, path: &str, body: &Value| {
        let address = format!("http://{}{path}", fixture.local.address());
        let request = fixture.http.request(method.parse().unwrap(), address).header("x-visitor-key", &key).json(body);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{method} {path}");
    };
    send("PUT", "/v1/me/alerts/items/gate:1", &json!({"rule": {"when": "each_change"}})).await;
    send("PUT", "/v1/me/notifications/preferences", &json!({"timeZone": "Europe/Zurich"})).await;
    let person = fixture.items("ALERTS#item/gate:1").await[0]["person"].as_s().unwrap().clone();
    let parsed = person.parse().unwrap();
    let soon = fixture.app.now().plus(std::time::Duration::from_secs(60));
    fixture.app.storage().save_browser(&parsed, &browser("b1"), None, None, Some(soon)).await.unwrap();
    let partition = format!("ASKED#{person}");
    let ends = async || -> Vec<Option<i64>> { fixture.items(&partition).await.iter().map(end).collect() };
    let start = fixture.app.now().seconds();
    assert_eq!(ends().await.len(), 3);
    fixture.pass(100 * DAY);
    send("GET", "/v1/me/notifications", &Value::Null).await;
    for end in ends().await {
        let days = (end.unwrap() - start) / DAY;
        assert!((279..=280).contains(&days), "a visit renews all of it: {days}");
    }
    // A member's alerts never expire.
    let ada = fixture.member("ada");
    let alert = json!({"rule": {"when": "each_change"}});
    fixture.request("PUT", "/v1/me/alerts/items/gate:2", Some(&ada), &alert).await;
    assert_eq!(end(&fixture.items("ALERTS#item/gate:2").await[0]), None);
}

#[tokio::test]
async fn only_configured_editors_change_the_tree_and_the_site_knows_them() {
    let set = |config| backend::config::Config { tree_editors: "planners".to_owned().into(), ..config };
    let fixture = Fixture::start_as(set, |clients| clients).await;
    let (ada, eve) = (fixture.member_of("ada", &["planners"]), fixture.member("eve"));
    let factory = json!({"name": "Pumps", "lower": 1, "upper": 9, "count": 1});
    for (token, status, may_edit) in [(&ada, 201, true), (&eve, 403, false)] {
        assert_eq!(fixture.request("POST", "/v1/factories", Some(token), &factory).await.0, status);
        let (_, me) = fixture.request("GET", "/v1/me", Some(token), &Value::Null).await;
        assert_eq!(me["data"]["mayEditFactories"].as_bool().unwrap_or_default(), may_edit);
    }
}

#[tokio::test]
async fn edits_of_the_tree_are_rate_limited() {
    let fixture = Fixture::start().await;
    let (ada, bob) = (fixture.member("ada"), fixture.member("bob"));
    let edit = async |token: &str| {
        fixture.request("PATCH", "/v1/factories/k3j9x0a2bc", Some(token), &json!({"name": "Pumps"})).await.0
    };
    let mut let_through = 0;
    while edit(&ada).await == 404 {
        let_through += 1;
    }
    // Some refill each second; other writes may burst to a hundred.
    assert!((60..100).contains(&let_through), "{let_through}");
    assert_eq!(edit(&bob).await, 404);
    assert_eq!(fixture.request("GET", "/v1/me", Some(&ada), &Value::Null).await.0, 200);
}
