//! API Gateway's WebSocket contract.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_apigatewaymanagement::error::ProvideErrorMetadata;
use emulator::gateway::Limits;
use emulator::{FunctionError, PostFault, function};
use futures::{SinkExt, StreamExt};
use serde_json::json;
use tokio::sync::{Notify, mpsc};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::support::*;

#[tokio::test]
async fn a_handshake_is_an_event_and_messages_get_responses() {
    let (live, mut events) =
        recorder(|event| Ok(json!({ "statusCode": 200, "body": event["body"].as_str().map(str::to_uppercase) })));
    let local = Stub::live(live).start().await;
    let mut socket = connect(&local, "?item=kitchen&item=lobby").await;

    let connected = next(&mut events).await;
    let context = &connected["requestContext"];
    assert_eq!((&context["routeKey"], &context["eventType"]), (&json!("$connect"), &json!("CONNECT")));
    assert_eq!(context["identity"]["sourceIp"], "127.0.0.1");
    assert_eq!(context["domainName"], json!(local.address().to_string()));
    assert_eq!(connected["queryStringParameters"]["item"], "lobby");
    assert_eq!(connected["multiValueQueryStringParameters"]["item"], json!(["kitchen", "lobby"]));
    assert_eq!(connected["headers"]["upgrade"], "websocket");

    send(&mut socket, "hello").await;
    assert_eq!(text(&mut socket).await, "HELLO");
    let message = next(&mut events).await;
    assert_eq!(message["requestContext"]["routeKey"], "$default");
    assert_eq!(message["requestContext"]["connectionId"], context["connectionId"]);
    assert_eq!(message["body"], "hello");

    let close_frame = CloseFrame { code: 4000.into(), reason: "enough".into() };
    socket.close(Some(close_frame)).await.unwrap();
    assert_eq!(close_code(&mut socket).await, 4000);
    let disconnected = next(&mut events).await;
    assert_eq!(disconnected["requestContext"]["eventType"], "DISCONNECT");
    assert_eq!(disconnected["requestContext"]["disconnectStatusCode"], 4000);
    assert_eq!(disconnected["requestContext"]["disconnectReason"], "enough");
    local.shutdown().await;
}

#[tokio::test]
async fn a_denied_handshake_has_the_functions_status_and_body() {
    let (live, _events) = recorder(|_| Ok(json!({ "statusCode": 401, "body": "who are you?" })));
    let local = Stub::live(live).start().await;
    let result = tokio_tungstenite::connect_async(format!("ws://{}/live", local.address())).await;
    let Err(Error::Http(response)) = result else { panic!("{result:?}") };
    assert_eq!(response.status(), 401);
    assert_eq!(response.body().as_deref(), Some(b"who are you?".as_slice()));
    assert_eq!(local.gateway().connection_count(), 0);

    let plain = reqwest::get(format!("http://{}/live", local.address())).await.unwrap();
    assert_eq!(plain.status(), 426);
}

#[tokio::test]
async fn a_post_before_the_handshake_is_finished_is_gone() {
    let (sender, mut posts) = mpsc::unbounded_channel();
    let client: Arc<std::sync::OnceLock<emulator::Clients>> = Arc::default();
    let seen = Arc::clone(&client);
    let live = function(move |event| {
        let (client, sender) = (Arc::clone(&seen), sender.clone());
        async move {
            if event["requestContext"]["eventType"] == "CONNECT" {
                let id = event["requestContext"]["connectionId"].as_str().unwrap();
                let gateway = &client.get().unwrap().gateway;
                let post = gateway.post_to_connection().connection_id(id).data(Vec::new().into()).send().await;
                sender.send(post.unwrap_err().into_service_error().is_gone_exception()).unwrap();
            }
            Ok(json!({ "statusCode": 200 }))
        }
    });
    let local = Stub::live(live).start().await;
    client.set(local.clients().clone()).unwrap();
    let _socket = connect(&local, "").await;
    assert_eq!(within(posts.recv()).await, Some(true));
}

#[tokio::test]
async fn connections_accept_post_get_and_delete() {
    let (live, mut events) = recorder(|_| Ok(json!({ "statusCode": 200 })));
    let local = Stub::live(live).start().await;
    let (mut socket, id) = connect_and_learn(&local, &mut events).await;
    post_once_open(&local, &id, "first").await;
    assert_eq!(post(&local, &id, "second").await, Ok(()));
    assert_eq!(text(&mut socket).await, "first");
    assert_eq!(text(&mut socket).await, "second");

    let gateway = &local.clients().gateway;
    let about = gateway.get_connection().connection_id(&id).send().await.unwrap();
    assert!(about.connected_at().is_some() && about.last_active_at() >= about.connected_at());
    assert_eq!(about.identity().unwrap().source_ip(), Some("127.0.0.1"));

    gateway.delete_connection().connection_id(&id).send().await.unwrap();
    assert_eq!(close_code(&mut socket).await, 1000);
    next_of(&mut events, "DISCONNECT").await;
    assert_eq!(post(&local, &id, "third").await, Err("GoneException".to_owned()));
    let about = gateway.get_connection().connection_id(&id).send().await;
    assert_eq!(about.unwrap_err().code(), Some("GoneException"));
}

#[tokio::test]
async fn messages_have_the_limits_of_api_gateway() {
    let (live, mut events) =
        recorder(|event| Ok(json!({ "body": event["body"].as_str().map(|body| body.len().to_string()) })));
    let local = Stub::live(live).start().await;
    let (mut socket, id) = connect_and_learn(&local, &mut events).await;
    let kibibytes = |count: usize| "x".repeat(count * 1024);

    post_once_open(&local, &id, &kibibytes(128)).await;
    assert_eq!(text(&mut socket).await.len(), 128 * 1024);
    let too_large = kibibytes(128) + "x";
    assert_eq!(post(&local, &id, &too_large).await, Err("PayloadTooLargeException".to_owned()));

    // 128 KiB in frames of 32 KiB pass.
    for part in 0..4 {
        let opcode = OpCode::Data(if part == 0 { Data::Text } else { Data::Continue });
        let frame = Frame::message(kibibytes(32).into_bytes(), opcode, part == 3);
        socket.send(Message::Frame(frame)).await.unwrap();
    }
    assert_eq!(text(&mut socket).await, (128 * 1024).to_string());

    send(&mut socket, &(kibibytes(32) + "x")).await;
    assert_eq!(close_code(&mut socket).await, 1009);

    let mut other = connect(&local, "").await;
    other.send(Message::binary(vec![1])).await.unwrap();
    assert_eq!(close_code(&mut other).await, 1003);
}

#[tokio::test]
async fn pings_get_pongs() {
    let local = Stub::default().start().await;
    let mut socket = connect(&local, "").await;
    socket.send(Message::Ping("are you there".into())).await.unwrap();
    assert_eq!(receive(&mut socket).await, Message::Pong("are you there".into()));
}

#[tokio::test]
async fn an_idle_or_old_connection_is_closed() {
    for limits in [
        Limits { idle: Duration::from_millis(200), ..Limits::default() },
        Limits { lifetime: Duration::from_millis(200), ..Limits::default() },
    ] {
        let (live, mut events) = recorder(|_| Ok(json!({ "statusCode": 200 })));
        let mut stub = Stub::live(live);
        stub.settings.limits = limits;
        let local = stub.start().await;
        let mut socket = connect(&local, "").await;
        let started = Instant::now();
        assert_eq!(close_code(&mut socket).await, 1001);
        assert!(started.elapsed() > Duration::from_millis(150), "{:?}", started.elapsed());
        let event = next_of(&mut events, "DISCONNECT").await;
        assert_eq!(event["requestContext"]["disconnectStatusCode"], 1001);
        assert_eq!(event["requestContext"]["disconnectReason"], "Going away");
    }
}

#[tokio::test]
async fn a_failed_function_is_an_error_only_for_its_client() {
    let live = function(|event| async move {
        match event["body"].as_str() {
            Some("break") => Err(FunctionError::new("broken")),
            Some("too much") => Ok(json!({ "statusCode": 200, "body": "x".repeat(128 * 1024 + 1) })),
            _ => Ok(json!({ "statusCode": 200, "body": event["body"] })),
        }
    });
    let local = Stub::live(live).start().await;
    let mut socket = connect(&local, "").await;
    for fault in ["break", "too much"] {
        send(&mut socket, fault).await;
        let error: serde_json::Value = serde_json::from_str(&text(&mut socket).await).unwrap();
        assert_eq!(error["message"], "Internal server error", "{fault}");
        assert!(error["connectionId"].is_string() && error["requestId"].is_string());
    }
    send(&mut socket, "go on").await;
    assert_eq!(text(&mut socket).await, "go on");
}

#[tokio::test]
async fn the_messages_of_a_connection_are_handled_in_turn_without_delaying_others() {
    let gate = Arc::new(Notify::new());
    let opened = Arc::clone(&gate);
    let live = function(move |event| {
        let gate = Arc::clone(&opened);
        async move {
            if event["body"] == "wait" {
                gate.notified().await;
            }
            Ok(json!({ "body": event["body"] }))
        }
    });
    let local = Stub::live(live).start().await;
    let mut slow = connect(&local, "").await;
    let mut quick = connect(&local, "").await;
    send(&mut slow, "wait").await;
    send(&mut slow, "after").await;
    send(&mut quick, "now").await;
    assert_eq!(text(&mut quick).await, "now");
    gate.notify_one();
    assert_eq!(text(&mut slow).await, "wait");
    assert_eq!(text(&mut slow).await, "after");
}

#[tokio::test]
async fn a_client_that_does_not_read_is_disconnected_without_delaying_others() {
    let (live, mut events) = recorder(|_| Ok(json!({ "statusCode": 200 })));
    let local = Stub::live(live).start().await;
    let (_stalled, stalled_id) = connect_and_learn(&local, &mut events).await;
    let (mut reader, reader_id) = connect_and_learn(&local, &mut events).await;
    post_once_open(&local, &reader_id, "open").await;
    post_once_open(&local, &stalled_id, "open").await;
    assert_eq!(text(&mut reader).await, "open");

    let message = "x".repeat(100 * 1024);
    let mut taken = 0;
    while post(&local, &stalled_id, &message).await.is_ok() {
        taken += 1;
        assert!(taken < 1000, "it is never cut");
        let started = Instant::now();
        assert_eq!(post(&local, &reader_id, "still here").await, Ok(()));
        assert_eq!(text(&mut reader).await, "still here");
        assert!(started.elapsed() < Duration::from_secs(1));
    }
    let event = next_of(&mut events, "DISCONNECT").await;
    assert_eq!(event["requestContext"]["connectionId"], json!(stalled_id));
    assert_eq!(event["requestContext"]["disconnectReason"], "Client reads too slowly");
}

#[tokio::test]
async fn a_slow_reader_gets_everything_in_order() {
    let (live, mut events) = recorder(|_| Ok(json!({ "statusCode": 200 })));
    let mut stub = Stub::live(live);
    stub.settings.limits.outbox.bytes = 64 * 1024 * 1024;
    let local = stub.start().await;
    let (mut socket, id) = connect_and_learn(&local, &mut events).await;
    post_once_open(&local, &id, "start").await;
    assert_eq!(text(&mut socket).await, "start");
    for number in 0..200 {
        let message = format!("{number:06}{}", "x".repeat(60_000 + number));
        assert_eq!(post(&local, &id, &message).await, Ok(()));
    }
    for number in 0..200_usize {
        let message = text(&mut socket).await;
        assert_eq!(message[..6].parse(), Ok(number));
        assert_eq!(message.len(), 60_006 + number);
    }
}

#[tokio::test]
async fn injected_faults_have_the_responses_of_aws() {
    let (live, mut events) = recorder(|_| Ok(json!({ "statusCode": 200 })));
    let stub = Stub::live(live);
    let faults = stub.settings.faults.clone();
    let local = stub.start().await;
    let (mut socket, id) = connect_and_learn(&local, &mut events).await;
    post_once_open(&local, &id, "open").await;
    faults.fail_posts(&id, PostFault::Throttle, 1);
    assert_eq!(post(&local, &id, "x").await, Err("LimitExceededException".to_owned()));
    faults.fail_posts(&id, PostFault::Fail, 1);
    assert!(post(&local, &id, "x").await.is_err());
    faults.fail_posts(&id, PostFault::Gone, 1);
    assert_eq!(post(&local, &id, "x").await, Err("GoneException".to_owned()));
    faults.fail_posts(&id, PostFault::Delay(Duration::from_millis(50)), 1);
    let started = Instant::now();
    assert_eq!(post(&local, &id, "late").await, Ok(()));
    assert!(started.elapsed() >= Duration::from_millis(50));
    assert_eq!(text(&mut socket).await, "open");
    assert_eq!(text(&mut socket).await, "late");
}

#[tokio::test]
async fn a_shutdown_closes_all_connections_within_a_second() {
    let (live, mut events) = recorder(|_| Ok(json!({ "statusCode": 200 })));
    let local = Stub::live(live).start().await;
    let mut sockets = Vec::new();
    for _ in 0..50 {
        let (socket, id) = connect_and_learn(&local, &mut events).await;
        post_once_open(&local, &id, "open").await;
        sockets.push(socket);
    }
    let readers = sockets.into_iter().map(|mut socket| {
        tokio::spawn(async move {
            let code = close_code(&mut socket).await;
            while socket.next().await.is_some() {}
            code
        })
    });
    let readers: Vec<_> = readers.collect();
    let started = Instant::now();
    local.shutdown().await;
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    for reader in readers {
        assert_eq!(reader.await.unwrap(), 1001);
    }
}

#[tokio::test]
async fn a_lost_client_is_a_disconnect() {
    let (live, mut events) = recorder(|_| Ok(json!({ "statusCode": 200 })));
    let local = Stub::live(live).start().await;
    let (socket, id) = connect_and_learn(&local, &mut events).await;
    post_once_open(&local, &id, "open").await;
    drop(socket);
    let event = next_of(&mut events, "DISCONNECT").await;
    assert_eq!(event["requestContext"]["disconnectStatusCode"], 1006);
    assert_eq!(post(&local, &id, "x").await, Err("GoneException".to_owned()));
}
