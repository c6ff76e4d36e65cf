//! Authorization over HTTP: each operation of a room is tried by each person without the right to it.

use reqwest::Method;
use serde_json::{Value, json};
use test_support::api::Api;
use test_support::rooms::{continents, essay};
use test_support::server::Server;

/// Operations that only the creator of a room may use.
fn host_endpoints(question: &str) -> Vec<(Method, &'static str, Value)> {
    vec![
        (Method::PATCH, "", json!({"name": "Mine now"})),
        (Method::PATCH, "", json!({"showsLeaderboard": true})),
        (Method::DELETE, "", Value::Null),
        (Method::POST, "/close", Value::Null),
        (Method::POST, "/reopen", Value::Null),
        (Method::POST, "/picks", json!({ "question": question })),
        (Method::POST, "/picks/1/feedback", Value::Null),
        (Method::PUT, "/picks/1/time", json!({"seconds": 0})),
        (Method::PUT, "/picks/1/shown", json!({"answers": []})),
        (Method::GET, "/run-list", Value::Null),
        (Method::PUT, "/run-list", json!({"questions": [question]})),
        (Method::GET, "/picks/1/attempts", Value::Null),
        (Method::GET, "/results", Value::Null),
        (Method::GET, "/results.csv", Value::Null),
        (Method::GET, "/guests", Value::Null),
        (Method::DELETE, "/guests/guest:abcdefghijkmnpqrstuv", Value::Null),
    ]
}

async fn call(api: &Api, method: &Method, path: &str, body: &Value) -> (u16, String) {
    let answer = if body.is_null() {
        api.call(method.clone(), path).await
    } else {
        api.call_with(method.clone(), path, body).await
    };
    (answer.status, answer.body.to_string())
}

#[tokio::test]
async fn only_the_creator_manages_a_room() {
    let server = Server::start().await;
    let (ada, bob, root) = tokio::join!(server.member("Ada"), server.member("Bob"), server.admin("Root"));
    let (room, other) = tokio::join!(ada.room("Biology", true), bob.room("Physics", true));
    let guest = server.guest(&room, "Eve").await;
    let foreign = server.guest(&other, "Mallory").await;
    room.pick(&continents()).await;
    guest.answer(&room.id, 1, &json!({"choices": [0]})).await;
    let before = room.get("").await.body;
    let question = bob.question(&essay()).await;
    let key = server.api().device_key(&["*"], true).await;
    let identities = [
        ("another creator", bob.api.clone(), 403),
        ("an admin", root.api.clone(), 403),
        ("its guest", guest.api.clone(), 403),
        ("another room's guest", foreign.api.clone(), 403),
        ("a device", server.visitor().with_key(&key), 403),
        ("a visitor", server.visitor(), 401),
        ("an admin at the server", server.api(), 401),
        ("a forged token", server.visitor().with_bearer("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ."), 401),
    ];
    for (who, api, expected) in &identities {
        for (method, below, body) in host_endpoints(&question) {
            let (status, body) = call(api, &method, &room.path(below), &body).await;
            assert_eq!(status, *expected, "{who}: {method} {below}: {body}");
            assert!(!body.contains("secret") && body.contains("message"), "{who}: {method} {below}: {body}");
        }
    }
    assert_eq!(room.get("").await.body, before, "nothing has changed");
}

#[tokio::test]
async fn a_room_is_read_and_answered_by_those_who_are_in() {
    let server = Server::start().await;
    let (ada, bob) = tokio::join!(server.member("Ada"), server.member("Bob"));
    let (room, other) = tokio::join!(ada.room("Biology", true), bob.room("Physics", true));
    let foreign = server.guest(&other, "Mallory").await;
    room.pick(&continents()).await;
    let answer = json!({"choices": [0]});
    let cases = [(foreign.api.clone(), 403), (server.visitor(), 401), (server.api(), 401)];
    for (api, expected) in &cases {
        assert_eq!(call(api, &Method::GET, &room.path(""), &Value::Null).await.0, *expected);
        assert_eq!(call(api, &Method::PUT, &room.path("/picks/1/answer"), &answer).await.0, *expected);
    }
    assert_eq!(room.get("/picks/1/attempts").await.data(), &json!([]));
    // Only the token decides whose answer it is.
    let forged = json!({"choices": [1], "person": ada.id, "name": "Ada"});
    assert_eq!(bob.answer(&room.id, 1, &forged).await.status, 400, "an answer is one thing alone");
    bob.answer(&room.id, 1, &answer).await;
    assert_eq!(room.get("/picks/1/attempts").await.data()[0]["person"], json!(bob.id));
}

#[tokio::test]
async fn a_question_library_belongs_to_its_author() {
    let server = Server::start().await;
    let (ada, bob) = tokio::join!(server.member("Ada"), server.member("Bob"));
    let question = ada.question(&continents()).await;
    let path = format!("/v1/questions/{question}");
    assert_eq!(bob.api.call(Method::GET, "/v1/questions").await.data(), &json!([]));
    assert_eq!(bob.api.call_with(Method::PUT, &path, &essay()).await.status, 404);
    assert_eq!(bob.api.call(Method::DELETE, &path).await.status, 200, "of his own there is none of that id");
    let room = bob.room("Physics", true).await;
    assert_eq!(room.pick_by_id(&question).await.status, 404, "a question of another author cannot be picked");
    assert_eq!(ada.api.call(Method::GET, "/v1/questions").await.data().as_array().map(Vec::len), Some(1));
    let guest = server.guest(&room, "Eve").await;
    for (method, path, body) in [
        (Method::GET, "/v1/questions", Value::Null),
        (Method::POST, "/v1/questions", essay()),
        (Method::GET, "/v1/questions/export", Value::Null),
        (Method::POST, "/v1/questions/import", json!([essay()])),
        (Method::POST, "/v1/previews", json!({"text": "so"})),
        (Method::GET, "/v1/rooms", Value::Null),
        (Method::POST, "/v1/rooms", json!({"name": "Mine"})),
    ] {
        assert_eq!(call(&guest.api, &method, path, &body).await.0, 403, "a guest: {method} {path}");
        assert_eq!(call(&server.visitor(), &method, path, &body).await.0, 401, "a visitor: {method} {path}");
    }
}

#[tokio::test]
async fn members_and_guests_manage_no_tables_and_keys() {
    let server = Server::start().await;
    server.api().register("lobby", "").await;
    let (ada, root) = tokio::join!(server.member("Ada"), server.admin("Root"));
    let room = ada.room("Biology", true).await;
    let guest = server.guest(&room, "Eve").await;
    for (method, path, body) in [
        (Method::POST, "/v1/tables", json!({"id": "attic"})),
        (Method::PUT, "/v1/tables/lobby", json!({"isFree": false})),
        (Method::PATCH, "/v1/tables/lobby", json!({"description": "Mine"})),
        (Method::GET, "/v1/device-keys", Value::Null),
        (Method::DELETE, "/v1/tables/lobby", Value::Null),
    ] {
        for person in [&ada, &guest] {
            assert_eq!(call(&person.api, &method, path, &body).await.0, 403, "{method} {path}");
        }
        let (status, body) = call(&root.api, &method, path, &body).await;
        assert!((200..300).contains(&status), "an admin who is signed in may: {method} {path}: {body}");
    }
}
