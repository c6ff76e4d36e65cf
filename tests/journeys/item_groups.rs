//! Items of a group: only its members read, write and receive them.

use reqwest::Method;
use serde_json::json;
use test_support::api::Api;
use test_support::server::Server;

use crate::items::{get, put};

#[tokio::test]
async fn a_groups_private_items_are_its_own() {
    let server = Server::start().await;
    let (staff, other, admin) = (server.staff("Ada").await, server.member("Bo").await, server.admin("Root").await);
    let visitor = server.visitor();
    for key in ["@staff:rota", "@staff:week", "@other:x", "staff:menu", "zebra"] {
        let by = if key.contains("staff") { &staff.api } else { &admin.api };
        assert_eq!(put(by, key, &json!(key)).await.status, 200, "{key}");
    }
    for (who, api, reads, writes) in [
        ("visitor", &visitor, 401, 401),
        ("other", &other.api, 403, 403),
        ("staff", &staff.api, 200, 200),
        ("admin", &admin.api, 200, 200),
    ] {
        assert_eq!(get(api, "@staff:rota").await.status, reads, "{who}");
        assert_eq!(api.call(Method::GET, "/v1/items/@staff:rota/history").await.status, reads, "{who}");
        assert_eq!(put(api, "@staff:rota", &json!(who)).await.status, writes, "{who}");
        assert_eq!(get(api, "staff:menu").await.status, 200, "{who}");
        assert_eq!(put(api, "staff:menu", &json!(who)).await.status, writes, "{who}");
    }
    let listed = async |api: &Api, query: &str| -> Vec<String> {
        let mut keys = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = api.call(Method::GET, &format!("/v1/items?limit=1&cursor={cursor}{query}")).await;
            let items = page.data()["items"].as_array().unwrap().iter();
            keys.extend(items.map(|item| item["key"].as_str().unwrap().to_owned()));
            match page.data()["cursor"].as_str() {
                Some(next) => {
                    assert!(keys.iter().any(|key| key == next), "a cursor names what was not seen: {next}");
                    cursor = next.to_owned();
                }
                None => return keys,
            }
        }
    };
    assert_eq!(listed(&visitor, "").await, ["staff:menu", "zebra"]);
    assert_eq!(listed(&visitor, "&prefix=@staff:").await, Vec::<String>::new());
    assert_eq!(listed(&staff.api, "").await, ["@staff:rota", "@staff:week", "staff:menu", "zebra"]);
    assert_eq!(listed(&admin.api, "&prefix=@").await, ["@other:x", "@staff:rota", "@staff:week"]);

    // Neither the topic of all items nor a stranger's connection receives it.
    let (mut own, mut all) = (staff.socket().await, server.socket().await);
    assert_eq!(own.subscribe("items/@staff").await.len(), 2);
    assert_eq!(all.subscribe("items").await.len(), 2);
    for topic in ["items/@staff", "item/@staff:rota"] {
        for (mut stranger, code) in [(server.socket().await, "UNAUTHENTICATED"), (other.socket().await, "FORBIDDEN")] {
            stranger.send_frame(&json!({"action": "subscribe", "topic": topic})).await;
            assert_eq!(stranger.response().await["code"], code, "{topic}");
        }
    }
    put(&staff.api, "@staff:rota", &json!("new")).await;
    put(&staff.api, "zebra:1", &json!(1)).await;
    put(&admin.api, "zebra", &json!(2)).await;
    assert_eq!(own.change_of("@staff:rota").await["value"], "new");
    assert_eq!(all.change_of("zebra").await["value"], 2);
    assert!(!all.transcript().contains("@staff"), "{}", all.transcript());
}

/// A list is read in pages of 200: records after a private key without a group must not be skipped with it.
#[tokio::test]
async fn a_private_item_hides_nothing_behind_it() {
    let server = Server::start().await;
    let api = server.api();
    put(&api, "@solo", &json!(1)).await;
    for batch in 0..3 {
        let items: Vec<_> =
            (0..100).map(|number| json!({"key": format!("z:{batch}:{number:02}"), "value": 1})).collect();
        let response = api.call_with(Method::POST, "/v1/items/batch", &json!({ "items": items })).await;
        assert_eq!(response.status, 200, "{}", response.body);
    }
    let (mut seen, mut cursor) = (0, String::new());
    loop {
        let page = server.visitor().call(Method::GET, &format!("/v1/items?cursor={cursor}")).await;
        seen += page.data()["items"].as_array().unwrap().len();
        match page.data()["cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, 300);
}
