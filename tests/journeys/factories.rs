//! The factory tree: updates on all pages, concurrent edits, and every error.

use reqwest::Method;
use serde_json::{Value, json};
use test_support::api::{Api, Response};
use test_support::server::Server;

async fn make(api: &Api, name: &str, count: i64) -> Response {
    let body = json!({"name": name, "lower": 1, "upper": 100, "count": count});
    api.call_with(Method::POST, "/v1/factories", &body).await
}

fn path(factory: &Response) -> String {
    format!("/v1/factories/{}", factory.data()["id"].as_str().unwrap())
}

fn children(factory: &Value) -> Vec<i64> {
    factory["children"].as_array().unwrap().iter().map(|child| child.as_i64().unwrap()).collect()
}

/// John creates a factory; Chris connects and sees it; Chris generates five; both see five children.
#[tokio::test]
async fn a_change_shows_on_all_pages() {
    let server = Server::start().await;
    let (john, chris) = (server.member("Ada").await, server.member("Bob").await);
    let mut johns = server.socket().await;
    assert_eq!(johns.subscribe("factories").await, []);
    let made = make(&john.api, "F1", 3).await;
    assert_eq!((made.status, made.header("etag")), (201, "\"1\""), "{}", made.body);
    let id = made.data()["id"].as_str().unwrap().to_owned();
    assert_eq!(children(&johns.change_of(&id).await).len(), 3);
    let mut chriss = server.socket().await;
    assert_eq!(chriss.subscribe("factories").await, [(id.clone(), 1)]);
    let five = chris.api.call_with(Method::POST, &format!("{}/children", path(&made)), &json!({"count": 5})).await;
    assert_eq!(five.status, 200, "{}", five.body);
    for socket in [&mut johns, &mut chriss] {
        let seen = socket.change_of(&id).await;
        assert_eq!((children(&seen).len(), &seen), (5, five.data()));
        assert!(children(&seen).iter().all(|child| (1..=100).contains(child)));
    }
    let body = json!({"name": "Renamed", "lower": 200, "upper": 300});
    let changed = john.api.call_with(Method::PATCH, &path(&made), &body).await;
    assert!(children(changed.data()).iter().all(|child| (200..=300).contains(child)), "{}", changed.body);
    assert_eq!(chriss.change_of(&id).await["name"], "Renamed");
    assert_eq!(chris.api.call(Method::DELETE, &path(&made)).await.status, 200);
    assert_eq!(johns.change_of(&id).await["name"], "Renamed");
    assert_eq!(johns.change_of(&id).await, Value::Null, "a removal reaches the others");
    assert_eq!(server.visitor().call(Method::GET, "/v1/factories").await.data(), &json!([]));
}

#[tokio::test]
async fn concurrent_changes_are_both_applied() {
    let server = Server::start().await;
    let (ada, bob) = (server.member("Ada").await, server.member("Bob").await);
    let made = make(&ada.api, "F1", 3).await;
    let (mut one, mut two) = (server.socket().await, server.socket().await);
    one.subscribe("factories").await;
    two.subscribe("factories").await;
    let place = path(&made);
    let renames = async {
        for number in 0..10 {
            let renamed = ada.api.call_with(Method::PATCH, &place, &json!({"name": format!("Name {number}")})).await;
            assert_eq!(renamed.status, 200, "{}", renamed.body);
        }
    };
    let bounds = async {
        for number in 0..10 {
            let bounded = bob.api.call_with(Method::PATCH, &place, &json!({"upper": 200 + number})).await;
            assert_eq!(bounded.status, 200, "{}", bounded.body);
        }
    };
    tokio::join!(renames, bounds);
    let list = server.visitor().call(Method::GET, "/v1/factories").await;
    let end = list.data()[0].clone();
    assert_eq!((&end["name"], &end["upper"], &end["rev"]), (&json!("Name 9"), &json!(209), &json!(21)));
    let id = end["id"].as_str().unwrap();
    for socket in [&mut one, &mut two] {
        while socket.change_of(id).await != end {}
    }
    assert_eq!(one.ping().await, two.ping().await);
    let stale = ada.api.request(Method::PATCH, &place).header("if-match", "\"1\"").json(&json!({"name": "late"}));
    assert_eq!(Api::send(stale).await.code(), "CONFLICT");
}

#[tokio::test]
async fn an_invalid_factory_is_refused_with_a_message() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let made = make(&ada.api, "F1", 15).await;
    let good = json!({"name": "F2", "lower": 1, "upper": 100, "count": 3});
    for (field, value) in [
        ("name", json!("")),
        ("name", json!("x".repeat(81))),
        ("name", json!(7)),
        ("lower", json!(1.5)),
        ("upper", json!(1_000_000_001)),
        ("upper", json!("9")),
        ("count", json!(0)),
        ("count", json!(16)),
        ("count", Value::Null),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let response = ada.api.call_with(Method::POST, "/v1/factories", &body).await;
        assert_eq!((response.status, response.property()), (400, field), "{body}: {}", response.body);
    }
    let mut steep = good.clone();
    steep["lower"] = json!(101);
    let upside_down = ada.api.call_with(Method::POST, "/v1/factories", &steep).await;
    assert_eq!((upside_down.status, upside_down.property()), (422, "lower"));
    let upside_down = ada.api.call_with(Method::PATCH, &path(&made), &json!({"lower": 101})).await;
    assert_eq!((upside_down.status, upside_down.property()), (422, "lower"));
    let many = ada.api.call_with(Method::POST, &format!("{}/children", path(&made)), &json!({"count": 16})).await;
    assert_eq!(many.status, 400);
    assert_eq!(ada.api.call_with(Method::PATCH, "/v1/factories/k3j9x0a2bc", &json!({})).await.status, 404);
    assert_eq!(ada.api.call_with(Method::PATCH, "/v1/factories/x", &json!({})).await.status, 400);
    let room = ada.room("Biology", true).await;
    let guest = server.guest(&room, "Bo").await;
    let sensor = server.visitor().with_key(&server.api().device_key(&["*"], true).await);
    for (api, status) in [(&server.visitor(), 401), (&guest.api, 403), (&sensor, 403)] {
        assert_eq!(make(api, "theirs", 1).await.status, status);
        assert_eq!(api.call(Method::DELETE, &path(&made)).await.status, status);
    }
    let list = server.visitor().call(Method::GET, "/v1/factories").await;
    assert_eq!(list.data().as_array().unwrap(), &[made.data().clone()], "nothing was changed by any of these");
}
