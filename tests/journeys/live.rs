//! The live connection from outside: from a write to the subscribers, and every error of a frame.

use std::time::Duration;

use protocol::digest::Digest;
use protocol::frames::FRAME_LIMIT;
use reqwest::Method;
use serde_json::json;
use test_support::server::Server;
use test_support::socket::Socket;
use tokio_tungstenite::tungstenite::{Error, Message};

fn digest(entities: &[(&str, u64)]) -> serde_json::Value {
    json!(Digest::of(entities.iter().copied()).to_string())
}

#[tokio::test]
async fn a_subscription_is_a_snapshot_and_then_changes() {
    let server = Server::start().await;
    server.api().register("lobby", "").await;
    let (mut all, mut one) = (server.socket().await, server.socket().await);
    assert_eq!(all.subscribe("tables").await, [("lobby".to_owned(), 1)]);
    assert_eq!(one.subscribe("table/lobby").await, [("lobby".to_owned(), 1)]);

    server.api().report("lobby", false).await;
    let busy = |topic: &str| vec![(topic.to_owned(), "lobby".to_owned(), 2, Some("busy".to_owned()))];
    assert_eq!(all.changes().await, busy("tables"));
    assert_eq!(one.changes().await, busy("table/lobby"));

    server.api().register("attic", "").await;
    assert_eq!(all.changes().await[0].1, "attic");
    server.api().remove("lobby").await;
    assert_eq!(all.changes().await, [("tables".to_owned(), "lobby".to_owned(), 3, None)]);
    assert_eq!(one.changes().await, [("table/lobby".to_owned(), "lobby".to_owned(), 3, None)]);
}

#[tokio::test]
async fn a_heartbeat_costs_no_message() {
    let server = Server::start().await;
    server.api().register("lobby", "").await;
    let mut socket = server.socket().await;
    socket.subscribe("tables").await;
    for _ in 0..5 {
        server.api().report("lobby", true).await;
    }
    server.api().report("lobby", false).await;
    assert_eq!(socket.changes().await[0].2, 2, "the first message after five heartbeats is the change");
}

#[tokio::test]
async fn a_ping_is_answered_with_the_digest_of_each_topic() {
    let server = Server::start().await;
    server.api().register("lobby", "").await;
    server.api().register("attic", "").await;
    let mut socket = server.socket().await;
    assert_eq!(socket.ping().await, json!({}));
    socket.subscribe("tables").await;
    socket.subscribe("table/attic").await;
    let expected = json!({"tables": digest(&[("lobby", 1), ("attic", 1)]), "table/attic": digest(&[("attic", 1)])});
    assert_eq!(socket.ping().await, expected);
}

#[tokio::test]
async fn after_unsubscribing_no_change_is_received() {
    let server = Server::start().await;
    server.api().register("lobby", "").await;
    let mut socket = server.socket().await;
    socket.subscribe("tables").await;
    socket.subscribe("table/lobby").await;
    socket.send_frame(&json!({"action": "unsubscribe", "topic": "tables"})).await;
    assert_eq!(socket.next().await, json!({"type": "unsubscribed", "topic": "tables"}));
    server.api().report("lobby", false).await;
    let changes = socket.changes().await;
    assert_eq!(changes.iter().map(|change| change.0.as_str()).collect::<Vec<_>>(), ["table/lobby"]);
}

#[tokio::test]
async fn one_message_has_the_changes_of_all_topics() {
    let server = Server::start().await;
    server.api().register("lobby", "").await;
    let mut socket = server.socket().await;
    socket.subscribe("tables").await;
    socket.subscribe("table/lobby").await;
    server.api().report("lobby", false).await;
    let topics: Vec<String> = socket.changes().await.into_iter().map(|change| change.0).collect();
    assert_eq!(topics, ["tables", "table/lobby"]);
}

/// `wscat -c 'ws://…/live?item=lobby'`
#[tokio::test]
async fn a_key_in_the_handshake_subscribes() {
    let server = Server::start().await;
    server.api().register("lobby", "").await;
    for query in ["?item=lobby", "?item=table/lobby", "?item=tables"] {
        let mut socket = server.socket_at(query).await;
        assert_eq!(socket.snapshot().await.len(), 1, "{query}");
        let before = server.api().call(Method::GET, "/v1/tables/lobby").await.table();
        server.api().report("lobby", before.status != domain::table::TableStatus::Free).await;
        assert_eq!(socket.changes().await[0].2, before.rev + 1, "{query}");
    }
    let refused = Socket::open(&server.live_address("?item=no%20such")).await.err().expect("refused");
    let Error::Http(response) = refused else { panic!("a refusal in HTTP expected: {refused}") };
    assert_eq!(response.status(), 400);
    let message = String::from_utf8(response.body().clone().expect("words")).unwrap();
    assert!(message.contains("no such"), "{message}");
}

#[tokio::test]
async fn a_foreign_write_and_a_foreign_delete_are_seen() {
    let server = Server::start().await;
    let mut socket = server.socket().await;
    socket.subscribe("tables").await;
    server.database().put_table("lobby", "busy", 4, Duration::ZERO).await;
    let seen = socket.changes().await;
    assert_eq!(seen, [("tables".to_owned(), "lobby".to_owned(), 4, Some("busy".to_owned()))]);
    server.database().delete_table("lobby").await;
    assert_eq!(socket.changes().await, [("tables".to_owned(), "lobby".to_owned(), 5, None)]);
    assert_eq!(server.api().register("lobby", "").await.rev, 6, "the removal is remembered");
}

/// The test writes five minutes of silence into the table; the sweep runs each second here.
#[tokio::test]
async fn silence_is_no_signal_once_and_so_is_the_return() {
    let server = Server::start_with(&["--sweep-every", "1"]).await;
    let mut socket = server.socket().await;
    socket.subscribe("tables").await;
    server.database().put_table("lobby", "free", 1, Duration::from_secs(299)).await;
    assert_eq!(socket.changes().await[0].3.as_deref(), Some("free"));
    assert_eq!(socket.changes().await[0].3.as_deref(), Some("no_signal"));
    let table = server.api().call(Method::GET, "/v1/tables/lobby").await;
    assert_eq!(table.body["data"]["isFree"], false, "it is unknown whether it is free");
    assert_eq!(server.api().report("lobby", true).await.rev, 3);
    assert_eq!(socket.changes().await[0].3.as_deref(), Some("free"));
    // A second table shows that the sweep has run again and reported nothing more of the first.
    server.database().put_table("attic", "busy", 1, Duration::from_secs(299)).await;
    let statuses = [socket.changes().await, socket.changes().await].concat();
    assert!(statuses.iter().all(|change| change.1 == "attic"), "{statuses:?}");
}

#[tokio::test]
async fn a_large_snapshot_comes_in_parts_below_the_limit() {
    let server = Server::start().await;
    let description = "ü".repeat(280);
    for number in 0..200 {
        server.api().register(&format!("table-{number}"), &description).await;
    }
    let mut socket = server.socket().await;
    socket.send_frame(&json!({"action": "subscribe", "topic": "tables"})).await;
    let first = loop {
        // The last registrations may still be on their way.
        let message = socket.next().await;
        if message["type"] == "snapshot" {
            break message;
        }
    };
    let parts = first["parts"].as_u64().unwrap();
    assert!(parts > 4, "some hundred kilobytes are more than four frames: {parts}");
    assert!(first.to_string().len() <= FRAME_LIMIT, "{}", first.to_string().len());
    let rest = socket.snapshot().await.len();
    assert_eq!(first["entities"].as_array().unwrap().len() + rest, 200);
}

#[tokio::test]
async fn bad_frames_are_refused_and_close_no_connection() {
    let server = Server::start().await;
    server.api().register("lobby", "").await;
    let (mut good, mut bad) = (server.socket().await, server.socket().await);
    good.subscribe("tables").await;
    let cases = [
        ("not json", "BAD_FRAME"),
        ("{\"action\":\"subscribe\"}", "BAD_FRAME"),
        ("{\"action\":\"subscribe\",\"topic\":[1]}", "BAD_FRAME"),
        ("{\"action\":\"dance\"}", "UNKNOWN_ACTION"),
        ("{}", "UNKNOWN_ACTION"),
        ("{\"action\":\"subscribe\",\"topic\":\"room/1\"}", "UNKNOWN_TOPIC"),
        ("{\"action\":\"subscribe\",\"topic\":\"table/a b\"}", "UNKNOWN_TOPIC"),
        ("{\"action\":\"unsubscribe\",\"topic\":\"\"}", "UNKNOWN_TOPIC"),
    ];
    for (frame, code) in cases {
        bad.send(Message::text(frame)).await;
        let response = bad.next().await;
        assert_eq!((&response["type"], &response["code"]), (&json!("error"), &json!(code)), "{frame}");
        assert!(!response["message"].as_str().unwrap().is_empty());
    }
    assert_eq!(bad.subscribe("tables").await.len(), 1, "the connection is as good as before");

    bad.send(Message::text("x".repeat(129 * 1024))).await;
    let end = bad.closed().await.expect("a reason");
    assert_eq!(u16::from(end.code), 1009, "too large, as API Gateway has it");

    server.api().report("lobby", false).await;
    assert_eq!(good.changes().await.len(), 1);
}

#[tokio::test]
async fn a_connection_has_at_most_a_hundred_subscriptions() {
    let server = Server::start().await;
    let mut socket = server.socket().await;
    for number in 0..100 {
        assert_eq!(socket.subscribe(&format!("table/table-{number}")).await.len(), 0);
    }
    for number in 100..150 {
        socket.send_frame(&json!({"action": "subscribe", "topic": format!("table/table-{number}")})).await;
        assert_eq!(socket.next().await["code"], "TOO_MANY_SUBSCRIPTIONS");
    }
    assert_eq!(socket.subscribe("table/table-7").await.len(), 0, "one that it has already is no further one");
    socket.send_frame(&json!({"action": "unsubscribe", "topic": "table/table-7"})).await;
    assert_eq!(socket.next().await["type"], "unsubscribed");
    assert_eq!(socket.subscribe("tables").await.len(), 0);
    assert_eq!(socket.ping().await.as_object().unwrap().len(), 100);
}

#[tokio::test]
async fn what_a_connection_leaves_behind_is_cleared() {
    let server = Server::start().await;
    server.api().register("lobby", "").await;
    let mut stays = server.socket().await;
    stays.subscribe("tables").await;
    let mut goes = server.socket().await;
    goes.subscribe("tables").await;
    goes.subscribe("table/lobby").await;
    assert_eq!(server.database().count("TOPIC#").await, 3);
    goes.send(Message::Close(None)).await;
    goes.closed().await;
    // The function for `$disconnect` runs asynchronously; each read of the table takes a while.
    let cleared = async {
        while server.database().count("TOPIC#").await > 1 || server.database().count("CONNECTION#").await > 1 {}
    };
    tokio::time::timeout(test_support::TIMEOUT, cleared).await.expect("the subscriptions are forgotten");
    assert!(stays.ping().await.get("tables").is_some(), "and those of others are not");
}

#[tokio::test]
async fn connections_end_at_the_gateways_limits() {
    let server = Server::start_with(&["--idle-timeout", "1"]).await;
    let mut idle = server.socket().await;
    assert_eq!(idle.closed().await.map(|end| u16::from(end.code)), Some(1001));
    let server = Server::start_with(&["--connection-lifetime", "1"]).await;
    let mut old = server.socket().await;
    old.ping().await;
    assert!(old.closed().await.is_some());
}
