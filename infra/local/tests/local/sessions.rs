//! The lifetime of a sign-in: a live connection ends with its token, all connections of a person end when they sign out everywhere, and
//! data that is not renewed expires. The test moves the clock.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use backend::identity;
use backend::identity::{Flaw, TokenError};
use backend::notifications::browser_store::Browser;
use futures::StreamExt;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::identity::{Office, snapshot, subscribe};
use crate::support::*;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// All messages of a connection until it is closed.
async fn until_closed(socket: &mut Socket) -> Vec<Value> {
    let mut heard = Vec::new();
    loop {
        match within(socket.next()).await {
            Some(Ok(Message::Text(text))) => heard.push(serde_json::from_str(&text).unwrap()),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return heard,
            Some(Ok(_)) => {}
        }
    }
}

/// A connection that ends receives the reason, and no further changes.
fn assert_told_only_why(heard: &[Value]) {
    let codes: Vec<&Value> = heard.iter().map(|frame| &frame["code"]).collect();
    assert_eq!(codes, [&json!("UNAUTHENTICATED")], "{heard:?}");
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

async fn write_question(office: &Office, token: &str) {
    let (status, answer) = office.ask("POST", "/v1/questions", Some(token), &json!({"text": "Why?"})).await;
    assert_eq!(status, 201, "{answer}");
}

/// Waits until a partition is empty.
async fn until_empty(office: &Office, partition: &str) {
    within(async {
        while !office.items(partition).await.is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_told_to_a_connection_whose_token_has_expired_and_it_is_closed() {
    let office = Office::start().await;
    let mut socket = office.socket(&office.member("ada")).await;
    assert_eq!(subscribe(&mut socket, "questions/ada").await, snapshot());
    write_question(&office, &office.member("ada")).await;
    change(&mut socket, "questions/ada").await;
    office.pass(HOUR);
    let renewed = office.member("ada");
    write_question(&office, &renewed).await;
    assert_told_only_why(&until_closed(&mut socket).await);
    until_empty(&office, "TOPIC#questions/ada").await;
    until_empty(&office, "SESSIONS#ada").await;
    // A client with another token comes back.
    let mut again = office.socket(&renewed).await;
    assert_eq!(subscribe(&mut again, "questions/ada").await, snapshot());
    write_question(&office, &renewed).await;
    change(&mut again, "questions/ada").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ping_and_a_subscription_after_the_token_has_expired_end_the_connection() {
    let office = Office::start().await;
    let mut sockets = [office.socket(&office.member("ada")).await, office.socket(&office.member("ada")).await];
    for socket in &mut sockets {
        assert_eq!(subscribe(socket, "questions/ada").await, snapshot());
    }
    office.pass(HOUR);
    let said = [json!({"action": "ping"}), json!({"action": "subscribe", "topic": "questions/ada"})];
    for (socket, frame) in sockets.iter_mut().zip(said) {
        send(socket, &frame.to_string()).await;
        assert_told_only_why(&until_closed(socket).await);
    }
    until_empty(&office, "SESSIONS#ada").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitors_connection_has_no_token_to_end_with() {
    let office = Office::start().await;
    let mut visitor = connect(&office.local, "").await;
    assert_eq!(subscribe(&mut visitor, "factories").await, snapshot());
    office.pass(HOUR + 60);
    let factory = json!({"name": "Pumps", "lower": 1, "upper": 9, "count": 1});
    let (status, answer) = office.ask("POST", "/v1/factories", Some(&office.member("ada")), &factory).await;
    assert_eq!(status, 201, "{answer}");
    change(&mut visitor, "factories").await;
}

#[tokio::test]
async fn a_ticket_is_not_good_for_longer_than_its_token() {
    let office = Office::start().await;
    let ada = office.member("ada");
    office.pass(HOUR - 5);
    let ticket = office.ticket(&ada).await;
    office.pass(5);
    assert_eq!(office.refused(&format!("?ticket={ticket}")).await.0, 401);
}

fn browser(id: &str) -> Browser {
    let keys = json!({"p256dh": "x", "auth": "x"});
    let subscription = json!({"endpoint": format!("https://fcm.googleapis.com/{id}"), "keys": keys});
    Browser { id: id.to_owned(), subscription: serde_json::from_value(subscription).unwrap() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_everywhere_ends_tokens_tickets_connections_and_push() {
    let office = Office::start().await;
    let (ada, bob) = (office.member("ada"), office.member("bob"));
    let mut desk = office.socket(&ada).await;
    let mut phone = office.socket(&ada).await;
    let mut bobs = office.socket(&bob).await;
    assert_eq!(subscribe(&mut desk, "questions/ada").await, snapshot());
    assert_eq!(subscribe(&mut bobs, "questions/bob").await, snapshot());
    let unused = office.ticket(&ada).await;
    let person = "ada".parse().unwrap();
    office.app.storage().save_browser(&person, &browser("b1"), None, None, None).await.unwrap();

    let (status, answer) = office.ask("POST", "/v1/me/sign-out", Some(&ada), &Value::Null).await;
    assert_eq!((status, &answer["errors"]), (200, &json!([])), "{answer}");
    for socket in [&mut desk, &mut phone] {
        assert_told_only_why(&until_closed(socket).await);
    }
    for path in ["/v1/me", "/v1/questions", "/v1/tables"] {
        let (status, answer) = office.ask("GET", path, Some(&ada), &Value::Null).await;
        let words = answer["errors"][0]["message"].as_str();
        assert_eq!((status, words), (401, Some("Your sign-in has ended. Sign in again.")), "{path}");
    }
    assert_eq!(office.refused(&format!("?ticket={unused}")).await.0, 401, "it was given before");
    for left in ["SESSIONS#ada", "TOPIC#questions/ada", "BROWSER#b1"] {
        assert!(office.items(left).await.is_empty(), "{left}");
    }
    assert_eq!(subscribe(&mut bobs, "questions/bob").await, snapshot(), "another is another");
    assert_eq!(office.ask("GET", "/v1/me", Some(&bob), &Value::Null).await.0, 200);

    office.pass(1);
    let again = office.member("ada");
    let (status, answer) = office.ask("GET", "/v1/me/notifications", Some(&again), &Value::Null).await;
    assert_eq!((status, &answer["data"]["browsers"]), (200, &json!([])));
    let mut back = office.socket(&again).await;
    assert_eq!(subscribe(&mut back, "questions/ada").await, snapshot());
}

#[tokio::test]
async fn every_instance_hears_of_a_sign_out_within_a_minute() {
    let office = Office::start().await;
    let (ada, other) = (office.member("ada"), office.other_instance());
    assert!(identity::verify(&other, &ada).await.is_ok());
    assert_eq!(office.ask("POST", "/v1/me/sign-out", Some(&ada), &Value::Null).await.0, 200);
    office.pass(60);
    let refused = identity::verify(&other, &ada).await;
    assert!(matches!(refused, Err(TokenError::Refused(Flaw::SignedOut))), "{refused:?}");
    let new = identity::verify(&office.other_instance(), &ada).await;
    assert!(matches!(new, Err(TokenError::Refused(Flaw::SignedOut))), "{new:?}");
}

#[tokio::test]
async fn only_who_has_a_name_signs_out_and_guests_have_one() {
    let office = Office::start().await;
    let ada = office.member("ada");
    let room = office.room(&ada).await;
    assert_eq!(office.ask("POST", "/v1/me/sign-out", None, &Value::Null).await.0, 401);
    let bo = office.guest("guest:b1", &room).await;
    assert_eq!(office.ask("POST", "/v1/me/sign-out", Some(&bo), &Value::Null).await.0, 200);
    assert_eq!(office.ask("GET", "/v1/me", Some(&bo), &Value::Null).await.0, 401);
    assert_eq!(office.ask("GET", "/v1/me", Some(&ada), &Value::Null).await.0, 200);
}

/// An alert's end, in epoch seconds.
fn end(item: &HashMap<String, AttributeValue>) -> Option<i64> {
    item.get("expires").map(|expires| expires.as_n().unwrap().parse().unwrap())
}

#[tokio::test]
async fn an_alert_about_a_private_item_lasts_as_long_as_its_member_is_of_the_group() {
    let office = Office::start().await;
    let staff = || office.member_of("ada", &["staff"]);
    let alert = json!({"rule": {"when": "each_change"}});
    for key in ["@staff:rota", "gate:1"] {
        let (status, answer) = office.ask("PUT", &format!("/v1/me/alerts/items/{key}"), Some(&staff()), &alert).await;
        assert_eq!((status, answer["data"]["expiresAt"].is_string()), (200, key.starts_with('@')), "{answer}");
    }
    let (private, public) = ("ALERTS#item/@staff:rota", "ALERTS#item/gate:1");
    let begun = office.app.now().seconds();
    let first = end(&office.items(private).await[0]).unwrap();
    assert!((first - begun - 30 * DAY).abs() < 60, "thirty days, by time to live");
    assert_eq!(end(&office.items(public).await[0]), None, "what everybody may read may be told for ever");

    let list = async |token: &str| {
        let (status, answer) = office.ask("GET", "/v1/me/notifications", Some(token), &Value::Null).await;
        assert_eq!(status, 200, "{answer}");
        answer["data"]["alerts"].as_array().map(Vec::len)
    };
    office.pass(20 * DAY);
    assert_eq!(list(&staff()).await, Some(2));
    let renewed = end(&office.items(private).await[0]).unwrap();
    assert!((renewed - first - 20 * DAY).abs() < 60, "a visit renews it");
    // No longer in the group: the next request removes it.
    assert_eq!(list(&office.member("ada")).await, Some(1));
    assert!(office.items(private).await.is_empty());
}

#[tokio::test]
async fn what_a_visitor_asked_for_ends_half_a_year_after_their_last_visit() {
    let office = Office::start().await;
    let key = "A".repeat(43);
    let ask = async |method: &str, path: &str, body: &Value| {
        let address = format!("http://{}{path}", office.local.address());
        let request = office.http.request(method.parse().unwrap(), address).header("x-visitor-key", &key).json(body);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{method} {path}");
    };
    ask("PUT", "/v1/me/alerts/items/gate:1", &json!({"rule": {"when": "each_change"}})).await;
    ask("PUT", "/v1/me/notifications/preferences", &json!({"timeZone": "Europe/Zurich"})).await;
    let person = office.items("ALERTS#item/gate:1").await[0]["person"].as_s().unwrap().clone();
    let parsed = person.parse().unwrap();
    let soon = office.app.now().plus(std::time::Duration::from_secs(60));
    office.app.storage().save_browser(&parsed, &browser("b1"), None, None, Some(soon)).await.unwrap();
    let asked = format!("ASKED#{person}");
    let ends = async || -> Vec<Option<i64>> { office.items(&asked).await.iter().map(end).collect() };
    let begun = office.app.now().seconds();
    assert_eq!(ends().await.len(), 3);
    office.pass(100 * DAY);
    ask("GET", "/v1/me/notifications", &Value::Null).await;
    for end in ends().await {
        let days = (end.unwrap() - begun) / DAY;
        assert!((279..=280).contains(&days), "a visit renews all of it: {days}");
    }
    // A member's alerts never expire.
    let ada = office.member("ada");
    let alert = json!({"rule": {"when": "each_change"}});
    office.ask("PUT", "/v1/me/alerts/items/gate:2", Some(&ada), &alert).await;
    assert_eq!(end(&office.items("ALERTS#item/gate:2").await[0]), None);
}

#[tokio::test]
async fn the_tree_is_changed_by_those_whom_the_deployment_names_and_the_site_is_told() {
    let set = |config| backend::config::Config { tree_editors: "planners".to_owned().into(), ..config };
    let office = Office::start_as(set, |clients| clients).await;
    let (ada, eve) = (office.member_of("ada", &["planners"]), office.member("eve"));
    let factory = json!({"name": "Pumps", "lower": 1, "upper": 9, "count": 1});
    for (token, status, may_edit) in [(&ada, 201, true), (&eve, 403, false)] {
        assert_eq!(office.ask("POST", "/v1/factories", Some(token), &factory).await.0, status);
        let (_, me) = office.ask("GET", "/v1/me", Some(token), &Value::Null).await;
        assert_eq!(me["data"]["mayEditFactories"].as_bool().unwrap_or_default(), may_edit);
    }
}

#[tokio::test]
async fn who_edits_the_tree_too_often_is_told_to_wait() {
    let office = Office::start().await;
    let (ada, bob) = (office.member("ada"), office.member("bob"));
    let edit = async |token: &str| {
        office.ask("PATCH", "/v1/factories/k3j9x0a2bc", Some(token), &json!({"name": "Pumps"})).await.0
    };
    let mut let_through = 0;
    while edit(&ada).await == 404 {
        let_through += 1;
    }
    // Some refill each second; other writes may burst to a hundred.
    assert!((60..100).contains(&let_through), "{let_through}");
    assert_eq!(edit(&bob).await, 404);
    assert_eq!(office.ask("GET", "/v1/me", Some(&ada), &Value::Null).await.0, 200);
}
