//! Alerts of an item: at each change, or when a number crosses a threshold; also for direct writes into the table.

use reqwest::Method;
use serde_json::{Value, json};
use test_support::fake_services::FakeServices;
use test_support::server::Server;

use crate::notify::{ask, asked, ring_for, visitor};

fn above(bound: f64) -> Value {
    json!({"when": "passes", "path": "/speed", "above": true, "bound": bound})
}

async fn put(server: &Server, key: &str, value: &Value) {
    let answer = server.api().call_with(Method::PUT, &format!("/v1/items/{key}"), &json!({ "value": value })).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test]
async fn a_number_that_passes_its_bound_rings_and_what_stays_beyond_does_not() {
    let outside = FakeServices::start().await;
    let server = Server::start_beside(outside.host()).await;
    let ada = visitor(&outside, &server, "ada").await;
    put(&server, "vehicle:3", &json!({"speed": 40})).await;
    let answer = ask(&ada.api, "items/vehicle:3", &above(50.0)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    // SNS keeps no order: the second crossing comes after the first is delivered.
    for (speeds, told) in [(&[45, 52][..], 1), (&[60, 48, 51], 2)] {
        for speed in speeds {
            put(&server, "vehicle:3", &json!({"speed": speed})).await;
        }
        ada.browser.wait_for(told).await;
    }
    let pushes = ada.browser.wait_for(2).await;
    let bodies: Vec<Value> = pushes.iter().map(|push| ada.browser.read(push)["body"].clone()).collect();
    assert_eq!(bodies, ["speed 52", "speed 51"], "it passed twice");
    let notice = ada.browser.read(&pushes[0]);
    assert_eq!((&notice["title"], &notice["path"]), (&json!("vehicle:3"), &json!("/items/vehicle:3")));
    assert_eq!(asked(&ada.api).await.len(), 1, "it goes on ringing");

    // The other person has another threshold; and a deleted alert sends nothing more.
    let bo = visitor(&outside, &server, "bo").await;
    ask(&bo.api, "items/vehicle:3", &json!({"when": "passes", "path": "/speed", "above": false, "bound": 10})).await;
    assert_eq!(ada.api.call(Method::DELETE, "/v1/me/alerts/items/vehicle:3").await.status, 200);
    put(&server, "vehicle:3", &json!({"speed": 5})).await;
    bo.browser.wait_for(1).await;
    put(&server, "vehicle:3", &json!({"speed": 90})).await;
    put(&server, "vehicle:3", &json!({"speed": 1})).await;
    bo.browser.wait_for(2).await;
    assert_eq!(ada.browser.wait_for(2).await.len(), 2);
}

#[tokio::test]
async fn each_change_rings_once_a_minute_at_most_also_one_that_others_write() {
    let outside = FakeServices::start().await;
    let server = Server::start_beside(outside.host()).await;
    let ada = visitor(&outside, &server, "ada").await;
    // An alert may be set before its item exists.
    let answer = ask(&ada.api, "items/gate:1", &json!({"when": "each_change"})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    server.database().put_foreign_item("gate:1", 40).await;
    let pushes = ada.browser.wait_for(1).await;
    let notice = ada.browser.read(&pushes[0]);
    assert_eq!((&notice["title"], &notice["body"]), (&json!("gate:1 has changed"), &json!("{\"speed\":40}")));
    for number in 0..30 {
        put(&server, "gate:1", &json!(number)).await;
    }
    // A notification for another item comes after all of those: then they were handled.
    ask(&ada.api, "items/gate:2", &json!({"when": "each_change"})).await;
    put(&server, "gate:2", &json!("open")).await;
    let is_there = |title: &str, pushes: &[_]| pushes.iter().any(|push| ada.browser.read(push)["title"] == title);
    let mut count = 2;
    let pushes = loop {
        let pushes = ada.browser.wait_for(count).await;
        if is_there("gate:2 has changed", &pushes) {
            break pushes;
        }
        count += 1;
    };
    let of_first = pushes.iter().filter(|push| ada.browser.read(push)["title"] == "gate:1 has changed").count();
    assert!(of_first <= 2, "{of_first} in a minute, or two if it ended meanwhile");
}

#[tokio::test]
async fn what_cannot_be_asked_of_an_item_is_refused() {
    let outside = FakeServices::start().await;
    let server = Server::start_beside(outside.host()).await;
    let ada = visitor(&outside, &server, "ada").await;
    for (what, rule, status, code) in [
        ("items/gate:1", json!({"when": "free_once"}), 422, "RULE_VIOLATION"),
        ("tables/lobby", above(1.0), 422, "RULE_VIOLATION"),
        ("items/gate:1", above(-6e131), 422, "RULE_VIOLATION"),
        ("items/gate:1", above(1e-200), 422, "RULE_VIOLATION"),
        (
            "items/gate:1",
            json!({"when": "passes", "path": "speed", "above": true, "bound": 1}),
            400,
            "VALIDATION_ERROR",
        ),
        (
            "items/gate:1",
            json!({"when": "passes", "path": "/speed", "above": true, "bound": "1"}),
            400,
            "VALIDATION_ERROR",
        ),
        ("items/@staff:rota", json!({"when": "each_change"}), 401, "UNAUTHENTICATED"),
    ] {
        let answer = ask(&ada.api, what, &rule).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{what} {rule}: {}", answer.body);
    }
    let staff = server.staff("Eve").await;
    let browser = outside.browser("eve");
    assert_eq!(ring_for(&staff.api, &browser).await.status, 200);
    assert_eq!(ask(&staff.api, "items/@staff:rota", &json!({"when": "each_change"})).await.status, 200);
    put(&server, "@staff:rota", &json!("Eve on Monday")).await;
    let pushes = browser.wait_for(1).await;
    assert_eq!(browser.read(&pushes[0])["body"], "\"Eve on Monday\"");
}
