//! A page of the previous release reads the messages of the current server: such pages exist for hours after a deployment. Their types
//! are copied in `tests/fixtures/previous`. A test of `live-client` covers the opposite direction.

#[path = "../../../../tests/fixtures/previous/wire.rs"]
mod wire;

use local::Local;
use serde_json::{Value, json};

use crate::support::*;

async fn request(local: &Local, method: &str, path: &str, body: Option<Value>) -> (reqwest::Response, u16) {
    let address = format!("http://{}{path}", local.address());
    let mut request = reqwest::Client::new().request(method.parse().unwrap(), address);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (answer, status)
}

/// A page of the previous release at the current server.
#[tokio::test]
async fn a_client_of_the_previous_release_reads_the_current_frames() {
    let (local, _app) = application().await;
    let mut socket = connect(&local, "").await;
    let mut frames = Vec::new();
    let (_, status) = request(&local, "POST", "/v1/tables", Some(json!({"id": "lobby", "name": "Lobby"}))).await;
    assert_eq!(status, 201);
    for frame in [
        r#"{"action":"subscribe","topic":"tables"}"#,
        r#"{"action":"subscribe","topic":"items"}"#,
        r#"{"action":"ping"}"#,
        r#"{"action":"unsubscribe","topic":"items"}"#,
        "hello",
        r#"{"action":"dance"}"#,
        r#"{"action":"subscribe","topic":"nothing/x"}"#,
    ] {
        send(&mut socket, frame).await;
        frames.push(text(&mut socket).await);
    }
    let (answer, _) = request(&local, "PUT", "/v1/tables/lobby", Some(json!({"isFree": false}))).await;
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
                    assert_eq!((table.is_free, table.status), (false, wire::TableStatus::Busy));
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
        let (answer, status) = request(&local, method, path, body).await;
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
