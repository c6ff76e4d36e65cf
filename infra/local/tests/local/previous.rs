//! A page of the release before this one and the server of now, and the other way round: during a deployment, and for hours after it, both
//! are there. What the release before said is recorded in `tests/fixtures/previous`, and its types are copied there.

#[path = "../../../../tests/fixtures/previous/wire.rs"]
mod wire;

use domain::item::Item;
use domain::table::Table;
use domain::topic::Topic;
use live_client::{Event, LiveClient};
use local::Local;
use protocol::envelope::{Envelope, Refusal};
use protocol::frames::ServerFrame;
use protocol::items::ItemList;
use protocol::settings::Settings;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::support::*;

const FRAMES: &str = include_str!("../../../../tests/fixtures/previous/frames.ndjson");

const ANSWERS: &str = include_str!("../../../../tests/fixtures/previous/answers.json");

/// That a type of now reads this and writes the same.
fn is_kept<T: DeserializeOwned + Serialize>(recorded: &Value) {
    let read: T = serde_json::from_value(recorded.clone()).unwrap_or_else(|fault| panic!("{fault}: {recorded}"));
    assert_eq!(&serde_json::to_value(read).unwrap(), recorded, "nothing is lost");
}

#[test]
fn todays_client_reads_each_frame_of_the_release_before() {
    let mut kinds = std::collections::BTreeSet::new();
    for line in FRAMES.lines() {
        let recorded: Value = serde_json::from_str(line).unwrap();
        is_kept::<ServerFrame>(&recorded);
        for one in [&recorded["entities"], &recorded["changes"]].into_iter().filter_map(Value::as_array).flatten() {
            let topic = recorded["topic"].as_str().or(one["topic"].as_str()).unwrap();
            match topic {
                _ if one["state"].is_null() => {}
                "tables" | "table/lobby" => is_kept::<Table>(&one["state"]),
                "items" => is_kept::<Item>(&one["state"]),
                other => panic!("{other} is not among what is compared"),
            }
        }
        kinds.insert(recorded["type"].as_str().unwrap().to_owned());
    }
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["changes", "error", "pong", "snapshot", "unsubscribed"]);
}

/// A page of now at a server of before: it shows all of it, and does not take it for a later one.
#[test]
fn todays_client_keeps_in_step_with_a_server_of_the_release_before() {
    let mut client = LiveClient::new(&Settings::default());
    for topic in [Topic::Tables, Topic::Items] {
        client.subscribe(&topic, 0);
    }
    client.start(0);
    client.handle_opened(10);
    for (line, now) in FRAMES.lines().zip((20..).step_by(10)) {
        client.handle_message(line, now);
    }
    let tables = client.subscription(&Topic::Tables).unwrap();
    assert_eq!(tables.replica.get("lobby").unwrap()["status"], "free");
    assert!(tables.replica.is_complete() && client.subscription(&Topic::Items).unwrap().replica.is_complete());
    let events: Vec<Event> = std::iter::from_fn(|| client.poll_event()).collect();
    assert!(!events.iter().any(|event| matches!(event, Event::NewerServer { .. })), "{events:?}");
}

#[test]
fn todays_types_read_the_answers_of_the_release_before() {
    let answers: Vec<Value> = serde_json::from_str(ANSWERS).unwrap();
    for answer in answers {
        let (body, path) = (&answer["body"], answer["path"].as_str().unwrap());
        if answer["status"].as_u64().unwrap() >= 400 {
            is_kept::<Refusal>(body);
            continue;
        }
        is_kept::<Envelope<Value>>(body);
        match path {
            "/v1/tables" if body["data"].is_array() => is_kept::<Envelope<Vec<Table>>>(body),
            "/v1/tables" | "/v1/tables/lobby" => is_kept::<Envelope<Table>>(body),
            "/v1/items" => is_kept::<Envelope<ItemList>>(body),
            "/v1/items/room:1" if !body["data"].is_null() => is_kept::<Envelope<Item>>(body),
            path if path.starts_with("/v1/live/") => is_kept::<Envelope<Vec<ServerFrame>>>(body),
            _ => {}
        }
    }
}

async fn ask(local: &Local, method: &str, path: &str, body: Option<Value>) -> (reqwest::Response, u16) {
    let address = format!("http://{}{path}", local.address());
    let mut request = reqwest::Client::new().request(method.parse().unwrap(), address);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (answer, status)
}

/// A page of before at the server of now.
#[tokio::test]
async fn a_client_of_the_release_before_reads_what_the_server_says_now() {
    let (local, _app) = application().await;
    let mut socket = connect(&local, "").await;
    let mut frames = Vec::new();
    let (_, status) = ask(&local, "POST", "/v1/tables", Some(json!({"id": "lobby", "name": "Lobby"}))).await;
    assert_eq!(status, 201);
    for said in [
        r#"{"action":"subscribe","topic":"tables"}"#,
        r#"{"action":"subscribe","topic":"items"}"#,
        r#"{"action":"ping"}"#,
        r#"{"action":"unsubscribe","topic":"items"}"#,
        "hello",
        r#"{"action":"dance"}"#,
        r#"{"action":"subscribe","topic":"nothing/x"}"#,
    ] {
        send(&mut socket, said).await;
        frames.push(text(&mut socket).await);
    }
    let (answer, _) = ask(&local, "PUT", "/v1/tables/lobby", Some(json!({"isFree": true}))).await;
    assert_eq!(answer.headers()[protocol::VERSION_HEADER], protocol::VERSION.to_string());
    frames.push(text(&mut socket).await);
    let mut kinds = std::collections::BTreeSet::new();
    for text in &frames {
        let frame: wire::ServerFrame =
            serde_json::from_str(text).unwrap_or_else(|fault| panic!("a page of before cannot read {text}: {fault}"));
        kinds.insert(match frame {
            wire::ServerFrame::Snapshot { topic, part, parts, entities, at } => {
                assert!(!topic.is_empty() && (part, parts) == (1, 1) && at.is_some());
                for entity in entities {
                    assert!(entity.id == "lobby" && entity.rev > 0);
                    serde_json::from_value::<wire::Table>(entity.state).unwrap();
                }
                "snapshot"
            }
            wire::ServerFrame::Changes { changes } => {
                for change in changes {
                    assert!(change.topic == "tables" && change.id == "lobby" && change.rev > 0);
                    let table: wire::Table = serde_json::from_value(change.state.unwrap()).unwrap();
                    assert_eq!((table.is_free, table.status), (true, wire::TableStatus::Free));
                }
                "changes"
            }
            wire::ServerFrame::Pong { digests } => {
                assert!(digests.contains_key("tables"));
                "pong"
            }
            wire::ServerFrame::Unsubscribed { topic } => {
                assert_eq!(topic, "items");
                "unsubscribed"
            }
            wire::ServerFrame::Error { code, message } => {
                assert_ne!(code, wire::FrameErrorCode::InternalError);
                assert!(!message.is_empty());
                "error"
            }
        });
    }
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["changes", "error", "pong", "snapshot", "unsubscribed"]);

    let item = json!({"value": {"temperature": 21.5}});
    let answers = [
        ("GET", "/v1/tables", None),
        ("PUT", "/v1/items/room:1", Some(item)),
        ("GET", "/v1/items", None),
        ("GET", "/v1/tables/attic", None),
        ("POST", "/v1/tables", Some(json!({"id": "x"}))),
    ];
    for (method, path, body) in answers {
        let (answer, status) = ask(&local, method, path, body).await;
        let envelope: wire::Envelope = answer.json().await.unwrap();
        match (status, path) {
            (200.., "/v1/tables") if status < 300 => {
                serde_json::from_value::<Vec<wire::Table>>(envelope.data).unwrap();
            }
            (200.., "/v1/items") => {
                serde_json::from_value::<Vec<wire::Item>>(envelope.data["items"].clone()).unwrap();
            }
            (200.., "/v1/items/room:1") => {
                let item: wire::Item = serde_json::from_value(envelope.data).unwrap();
                assert_eq!((item.key.as_str(), &item.value), ("room:1", &json!({"temperature": 21.5})));
            }
            (status, _) => {
                let error = &envelope.errors[0];
                let expected =
                    if status == 404 { wire::ErrorCode::ResourceNotFound } else { wire::ErrorCode::ValidationError };
                assert_eq!((error.code, error.message.is_empty()), (expected, false));
                assert_eq!(error.validation_errors.is_empty(), status == 404);
            }
        }
    }
}
