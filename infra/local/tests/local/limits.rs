//! The limit of connections from one address: as many as a school makes, and no more.

use backend::quotas::ADDRESS_CONNECTIONS;
use backend::realtime::websocket;
use serde_json::{Value, json};

use crate::support::application;

#[tokio::test]
async fn connections_are_rate_limited_by_address() {
    let (_local, app) = application().await;
    let connect = async |address: &str| {
        let mut event: Value = serde_json::from_str(include_str!("../../../../tests/events/websocket.json")).unwrap();
        let mut event = event["connect"].take();
        event["requestContext"]["identity"]["sourceIp"] = json!(address);
        // There is no proxy between.
        for name in ["X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto"] {
            event["headers"].as_object_mut().unwrap().remove(name);
        }
        event["headers"]["Host"] = json!("127.0.0.1:8080");
        websocket::handle(&app, serde_json::from_value(event).unwrap()).await.unwrap().status_code
    };
    let mut statuses = Vec::new();
    for _ in 0..2 * ADDRESS_CONNECTIONS.burst {
        statuses.push(connect("203.0.113.9").await);
    }
    let accepted = statuses.iter().filter(|status| **status == 200).count();
    assert!(accepted >= ADDRESS_CONNECTIONS.burst as usize && statuses.contains(&429), "{accepted} were accepted");
    assert_eq!(connect("203.0.113.10").await, 200);
    for _ in 0..2 * ADDRESS_CONNECTIONS.burst {
        assert_eq!(connect("127.0.0.1").await, 200, "a client on the server's machine");
    }
}
