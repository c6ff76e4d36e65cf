//! Writes that are sent again because their response was lost.

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use test_support::api::{Api, Response};
use test_support::server::Server;

async fn put(api: &Api, item: &str, key: &str, value: &Value) -> Response {
    let request = api.request(Method::PUT, &format!("/v1/items/{item}")).header("idempotency-key", key);
    Api::send(request.json(&json!({ "value": value }))).await
}

#[tokio::test]
async fn a_write_that_comes_again_is_answered_again_and_not_done_again() {
    let server = Server::start().await;
    let api = server.api();
    let first = put(&api, "gate:1", "\"a-1\"", &json!("open")).await;
    assert_eq!((first.status, first.header("idempotency-replayed")), (200, ""));
    put(&api, "gate:1", "a-2", &json!("shut")).await;
    let again = put(&api, "gate:1", "a-1", &json!("open")).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (200, "true"));
    assert_eq!((&again.body, again.header("etag")), (&first.body, first.header("etag")));
    let now = api.call(Method::GET, "/v1/items/gate:1").await;
    assert_eq!((&now.data()["value"], &now.data()["rev"]), (&json!("shut"), &json!(2)), "it was not done again");

    let other = put(&api, "gate:1", "a-1", &json!("ajar")).await;
    assert_eq!((other.status, other.code()), (422, "RULE_VIOLATION"), "{}", other.body);
    assert_eq!(put(&api, "gate:2", "a-1", &json!("open")).await.status, 422, "nor for another address");
    let none = api.request(Method::POST, "/v1/items/gate:1").header("idempotency-key", "a-1");
    assert_eq!(Api::send(none).await.status, 405, "what is no method of an address is that with a key, too");
    // Keys of different clients are independent.
    let admin = server.admin("Root").await;
    assert_eq!(put(&admin.api, "gate:1", "a-1", &json!("ajar")).await.data()["rev"], 3);
}

#[tokio::test]
async fn what_was_refused_may_be_tried_again() {
    let server = Server::start().await;
    let (api, member) = (server.api(), server.member("Bo").await);
    assert_eq!(put(&member.api, "gate:1", "k", &json!(1)).await.status, 403);
    assert_eq!(put(&server.visitor(), "gate:1", "k", &json!(1)).await.status, 401);
    let at_seven = async || {
        let request = api.request(Method::PUT, "/v1/items/gate:1").header("idempotency-key", "k");
        Api::send(request.header("if-match", "\"1\"").json(&json!({"value": 2}))).await
    };
    assert_eq!(at_seven().await.status, 409);
    put(&api, "gate:1", "other", &json!(1)).await;
    assert_eq!(at_seven().await.status, 200);
    assert_eq!(at_seven().await.header("idempotency-replayed"), "true");
    for odd in ["", "\"\"", &"k".repeat(256)] {
        let refused = put(&api, "gate:1", odd, &json!(1)).await;
        assert_eq!((refused.status, refused.property()), (400, "idempotency-key"), "{odd}");
    }
    let items: Vec<Value> =
        (0..6).map(|number| json!({"key": format!("big:{number}"), "value": "x".repeat(60_000)})).collect();
    let large = api.request(Method::POST, "/v1/items/batch").header("idempotency-key", "large");
    let large = Api::send(large.json(&json!({ "items": items }))).await;
    assert_eq!((large.status, large.code()), (413, "PAYLOAD_TOO_LARGE"), "{}", large.body);
}

#[tokio::test]
async fn of_many_that_come_at_once_one_is_done() {
    let server = Server::start().await;
    let api = server.api();
    let make = async || {
        let body = json!({"name": "North", "lower": 1, "upper": 100, "count": 5});
        Api::send(api.request(Method::POST, "/v1/factories").header("idempotency-key", "north").json(&body)).await
    };
    let responses = join_all((0..20).map(|_| make())).await;
    for response in &responses {
        match response.status {
            201 => {}
            409 => assert_eq!(response.header("retry-after"), "1"),
            other => panic!("{other}: {}", response.body),
        }
    }
    let done: Vec<&Value> = responses.iter().filter(|response| response.status == 201).map(Response::data).collect();
    assert!(!done.is_empty() && done.iter().all(|data| *data == done[0]), "{done:?}");
    assert_eq!(make().await.data(), done[0]);
    let all = api.call(Method::GET, "/v1/factories").await;
    assert_eq!(all.data().as_array().unwrap().len(), 1, "{}", all.body);
}
