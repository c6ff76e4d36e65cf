//! Alerts of an item: at each change, or when a number crosses a threshold; also for direct writes into the table.

use reqwest::Method;
use serde_json::{Value, json};
use test_support::fake_services::FakeServices;
use test_support::server::Server;

use crate::notify::{alerts, set_alert, subscribe_push, visitor};

fn above(bound: f64) -> Value {
    json!({"when": "passes", "path": "/speed", "above": true, "bound": bound})
}

async fn put(server: &Server, key: &str, value: &Value) {
    let response = server.api().call_with(Method::PUT, &format!("/v1/items/{key}"), &json!({ "value": value })).await;
    assert_eq!(response.status, 200, "{}", response.body);
}

#[tokio::test]
async fn a_number_notifies_when_it_crosses_its_threshold_and_not_while_it_stays_beyond() {
    let services = FakeServices::start().await;
    let server = Server::start_beside(services.host()).await;
    let ada = visitor(&services, &server, "ada").await;
    put(&server, "vehicle:3", &json!({"speed": 40})).await;
    let response = set_alert(&ada.api, "items/vehicle:3", &above(50.0)).await;
    assert_eq!(response.status, 200, "{}", response.body);
    // SNS keeps no order: the second crossing comes after the first is delivered.
    for (speeds, count) in [(&[45, 52][..], 1), (&[60, 48, 51], 2)] {
        for speed in speeds {
            put(&server, "vehicle:3", &json!({"speed": speed})).await;
        }
        ada.browser.wait_for(count).await;
    }
    let pushes = ada.browser.wait_for(2).await;
    let bodies: Vec<Value> = pushes.iter().map(|push| ada.browser.read(push)["body"].clone()).collect();
    assert_eq!(bodies, ["speed 52", "speed 51"], "it passed twice");
    let notification = ada.browser.read(&pushes[0]);
    assert_eq!((&notification["title"], &notification["path"]), (&json!("vehicle:3"), &json!("/items/vehicle:3")));
    assert_eq!(alerts(&ada.api).await.len(), 1, "it goes on ringing");

    // The other person has another threshold; and a deleted alert sends nothing more.
    let bo = visitor(&services, &server, "bo").await;
    set_alert(&bo.api, "items/vehicle:3", &json!({"when": "passes", "path": "/speed", "above": false, "bound": 10}))
        .await;
    assert_eq!(ada.api.call(Method::DELETE, "/v1/me/alerts/items/vehicle:3").await.status, 200);
    put(&server, "vehicle:3", &json!({"speed": 5})).await;
    bo.browser.wait_for(1).await;
    put(&server, "vehicle:3", &json!({"speed": 90})).await;
    put(&server, "vehicle:3", &json!({"speed": 1})).await;
    bo.browser.wait_for(2).await;
    assert_eq!(ada.browser.wait_for(2).await.len(), 2);
}

#[tokio::test]
async fn each_change_notifies_at_most_once_a_minute_also_for_direct_writes() {
    let services = FakeServices::start().await;
    let server = Server::start_beside(services.host()).await;
    let ada = visitor(&services, &server, "ada").await;
    // An alert may be set before its item exists.
    let response = set_alert(&ada.api, "items/gate:1", &json!({"when": "each_change"})).await;
    assert_eq!(response.status, 200, "{}", response.body);
    server.database().put_foreign_item("gate:1", 40).await;
    let pushes = ada.browser.wait_for(1).await;
    let notification = ada.browser.read(&pushes[0]);
    assert_eq!(
        (&notification["title"], &notification["body"]),
        (&json!("gate:1 has changed"), &json!("{\"speed\":40}"))
    );
    for number in 0..30 {
        put(&server, "gate:1", &json!(number)).await;
    }
    // A notification for another item comes after all of those: then they were handled.
    set_alert(&ada.api, "items/gate:2", &json!({"when": "each_change"})).await;
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
async fn an_alert_that_does_not_fit_an_item_is_refused() {
    let services = FakeServices::start().await;
    let server = Server::start_beside(services.host()).await;
    let ada = visitor(&services, &server, "ada").await;
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
        let response = set_alert(&ada.api, what, &rule).await;
        assert_eq!((response.status, response.code()), (status, code), "{what} {rule}: {}", response.body);
    }
    let staff = server.staff("Eve").await;
    let browser = services.browser("eve");
    assert_eq!(subscribe_push(&staff.api, &browser).await.status, 200);
    assert_eq!(set_alert(&staff.api, "items/@staff:rota", &json!({"when": "each_change"})).await.status, 200);
    put(&server, "@staff:rota", &json!("Eve on Monday")).await;
    let pushes = browser.wait_for(1).await;
    assert_eq!(browser.read(&pushes[0])["body"], "\"Eve on Monday\"");
}
