//! Any item from any source to any screen: the API, direct writes into the table, and every error.

use reqwest::Method;
use serde_json::{Value, json};
use test_support::api::{Api, Response};
use test_support::server::Server;
use test_support::socket::Socket;

pub(crate) async fn put(api: &Api, key: &str, value: &Value) -> Response {
    api.call_with(Method::PUT, &format!("/v1/items/{key}"), &json!({ "value": value })).await
}

pub(crate) async fn get(api: &Api, key: &str) -> Response {
    api.call(Method::GET, &format!("/v1/items/{key}")).await
}

/// A key for items with this key prefix.
async fn tracker(server: &Server, prefixes: &[&str]) -> Api {
    let body = json!({"name": "tracker", "items": prefixes});
    let response = server.api().call_with(Method::POST, "/v1/device-keys", &body).await;
    assert_eq!(response.status, 201, "{}", response.body);
    server.visitor().with_key(response.data()["key"].as_str().unwrap())
}

#[tokio::test]
async fn an_item_is_written_changed_and_removed() {
    let server = Server::start().await;
    let api = server.api();
    let body =
        json!({"value": {"lat": 41.38, "speed": 40}, "contentType": "application/geo+json", "schema": "position v1"});
    let first = api.call_with(Method::PUT, "/v1/items/vehicle:3", &body).await;
    assert_eq!((first.status, first.header("etag")), (200, "\"1\""), "{}", first.body);
    assert_eq!(first.data()["value"], json!({"lat": 41.38, "speed": 40}));
    assert_eq!((&first.data()["contentType"], &first.data()["schema"]), (&body["contentType"], &body["schema"]));
    let patched = api.call_with(Method::PATCH, "/v1/items/vehicle:3", &json!({"speed": null, "lon": 2.17})).await;
    assert_eq!(patched.data()["value"], json!({"lat": 41.38, "lon": 2.17}));
    assert_eq!((&patched.data()["rev"], &patched.data()["schema"]), (&json!(2), &body["schema"]));
    assert_eq!(get(&server.visitor(), "vehicle:3").await.data(), patched.data());

    let stale = api.request(Method::PUT, "/v1/items/vehicle:3").header("if-match", "\"1\"").json(&json!({"value": 0}));
    let stale = Api::send(stale).await;
    assert_eq!((stale.status, stale.code()), (409, "CONFLICT"));
    let fresh =
        api.request(Method::PUT, "/v1/items/vehicle:3").header("if-match", "\"2\"").json(&json!({"value": [1]}));
    assert_eq!(Api::send(fresh).await.data()["rev"], 3);

    for _ in 0..2 {
        let removed = api.call(Method::DELETE, "/v1/items/vehicle:3").await;
        assert_eq!((removed.status, removed.data()), (200, &Value::Null));
    }
    assert_eq!(get(&api, "vehicle:3").await.code(), "RESOURCE_NOT_FOUND");
    let gone = api.call_with(Method::PATCH, "/v1/items/vehicle:3", &json!({"a": 1})).await;
    assert_eq!(gone.code(), "RESOURCE_NOT_FOUND");
    assert_eq!(put(&api, "vehicle:3", &json!(1)).await.data()["rev"], 5, "the removal is remembered");
}

#[tokio::test]
async fn any_json_comes_back_as_it_was_sent() {
    let server = Server::start().await;
    for value in [
        json!(null),
        json!(true),
        json!("é\u{0}\""),
        json!(12_345_678_901_234_567_u64),
        json!(-0.1e-7),
        json!([[], {}]),
        json!({"": [null]}),
    ] {
        assert_eq!(put(&server.api(), "any", &value).await.status, 200, "{value}");
        assert_eq!(get(&server.api(), "any").await.data()["value"], value);
    }
}

#[tokio::test]
async fn a_list_is_found_by_how_keys_begin_and_comes_in_pages() {
    let server = Server::start().await;
    let api = server.api();
    for key in ["vehicle:1", "vehicle:2", "vehicle:10", "gate:1"] {
        put(&api, key, &json!(key)).await;
    }
    let keys = |response: &Response| -> Vec<String> {
        let items = response.data()["items"].as_array().unwrap();
        items.iter().map(|item| item["key"].as_str().unwrap().to_owned()).collect()
    };
    let vehicles = api.call(Method::GET, "/v1/items?prefix=vehicle:").await;
    assert_eq!(keys(&vehicles), ["vehicle:1", "vehicle:10", "vehicle:2"]);
    let first = api.call(Method::GET, "/v1/items?limit=3").await;
    assert_eq!(keys(&first), ["gate:1", "vehicle:1", "vehicle:10"]);
    let cursor = first.data()["cursor"].as_str().unwrap();
    let rest = api.call(Method::GET, &format!("/v1/items?limit=3&cursor={cursor}")).await;
    assert_eq!((keys(&rest), &rest.data()["cursor"]), (vec!["vehicle:2".to_owned()], &Value::Null));
    let other = api.call(Method::GET, "/v1/items?prefix=vehicle:&cursor=gate:1").await;
    assert_eq!((other.status, other.property()), (422, "cursor"), "a place in another list is none in this one");
    let empty = api.call(Method::GET, "/v1/items?limit=").await;
    assert_eq!((empty.status, empty.property()), (400, "limit"), "what is said must be a number");
    // The skipped items of a group may lie beyond the requested page.
    put(&api, "@staff:a1", &json!(1)).await;
    let visitors = server.visitor().call(Method::GET, "/v1/items?prefix=@staff:a").await;
    assert_eq!((visitors.status, keys(&visitors)), (200, Vec::new()));
}

#[tokio::test]
async fn a_connection_receives_one_item_a_group_or_all_and_removals() {
    let server = Server::start().await;
    let api = server.api();
    put(&api, "vehicle:3", &json!({"speed": 40})).await;
    put(&api, "gate:1", &json!("shut")).await;
    let mut one = server.socket().await;
    assert_eq!(one.subscribe("item/vehicle:3").await, [("vehicle:3".to_owned(), 1)]);
    let mut group = server.socket().await;
    assert_eq!(group.subscribe("items/vehicle").await.len(), 1);
    let mut all = server.socket().await;
    assert_eq!(all.subscribe("items").await.len(), 2);
    // One connection may subscribe to many items, also to ones that do not exist yet.
    assert_eq!(one.subscribe("item/gate:2").await, []);
    put(&api, "vehicle:3", &json!({"speed": 0})).await;
    for socket in [&mut one, &mut group, &mut all] {
        assert_eq!(socket.change_of("vehicle:3").await["value"], json!({"speed": 0}));
    }
    put(&api, "gate:2", &json!("open")).await;
    assert_eq!(one.change_of("gate:2").await["value"], "open");
    assert_eq!(all.change_of("gate:2").await["value"], "open");
    api.call(Method::DELETE, "/v1/items/vehicle:3").await;
    for socket in [&mut one, &mut group, &mut all] {
        assert_eq!(socket.change_of("vehicle:3").await, Value::Null, "a removal is published");
    }
    let digest = all.ping().await["items"].clone();
    let mut fresh = server.socket().await;
    fresh.subscribe("items").await;
    assert_eq!(fresh.ping().await["items"], digest);
}

/// `wscat -c 'ws://…/live?item=1'`, as the Real Time Platform's README has it.
#[tokio::test]
async fn an_item_key_in_the_handshake_subscribes() {
    let server = Server::start().await;
    put(&server.api(), "1", &json!({"lat": 41.38})).await;
    let mut socket = server.socket_at("?item=1").await;
    assert_eq!(socket.snapshot().await, [("1".to_owned(), 1)], "a snapshot first");
    put(&server.api(), "1", &json!({"lat": 41.39})).await;
    assert_eq!(socket.change_of("1").await["value"], json!({"lat": 41.39}), "plain JSON");
    let mut later = server.socket_at("?item=not-there-yet").await;
    assert_eq!(later.snapshot().await, []);
    put(&server.api(), "not-there-yet", &json!(1)).await;
    assert_eq!(later.change_of("not-there-yet").await["value"], 1);
    server.api().register("lobby", "").await;
    put(&server.api(), "lobby", &json!("an item")).await;
    let mut table = server.socket_at("?item=lobby").await;
    table.snapshot().await;
    assert!(table.transcript().contains("\"topic\":\"table/lobby\""), "a table that is there is meant");
    let mut item = server.socket_at("?item=item/lobby").await;
    item.snapshot().await;
    assert!(item.transcript().contains("\"topic\":\"item/lobby\""));
}

/// As with the AWS CLI: without a revision, and with attributes instead of a value.
#[tokio::test]
async fn direct_writes_to_the_table_are_published() {
    let server = Server::start().await;
    let mut socket = server.socket().await;
    socket.subscribe("items/vehicle").await;
    server.database().put_foreign_item("vehicle:7", 40).await;
    let seen = socket.change_of("vehicle:7").await;
    assert_eq!((&seen["value"], &seen["rev"]), (&json!({"speed": 40}), &json!(1)));
    server.database().put_foreign_item("vehicle:7", 41).await;
    let seen = socket.change_of("vehicle:7").await;
    assert_eq!((&seen["value"], &seen["rev"]), (&json!({"speed": 41}), &json!(2)), "written over, it goes on counting");
    server.database().set_number("ITEMS", "vehicle:7", "speed", 42).await;
    let seen = socket.change_of("vehicle:7").await;
    assert_eq!((&seen["value"], &seen["rev"]), (&json!({"speed": 42}), &json!(3)), "changed in place, too");
    assert_eq!(get(&server.api(), "vehicle:7").await.data(), &seen);
    server.database().delete("ITEMS", "vehicle:7").await;
    assert_eq!(socket.change_of("vehicle:7").await, Value::Null);
    assert_eq!(put(&server.api(), "vehicle:7", &json!(0)).await.data()["rev"], 5, "the removal is remembered");
    assert_eq!(socket.change_of("vehicle:7").await["rev"], 5);
}

#[tokio::test]
async fn the_last_hundred_values_are_remembered() {
    let server = Server::start().await;
    let mut socket = server.socket().await;
    socket.subscribe("item/gauge").await;
    for number in 1..=103 {
        assert_eq!(put(&server.api(), "gauge", &json!(number)).await.status, 200);
    }
    while socket.change_of("gauge").await["value"] != 103 {}
    // The values are stored in the history just after the screens receive them.
    server.database().wait_for_item("VALUES#gauge", &format!("{:020}", 103)).await;
    let history = server.api().call(Method::GET, "/v1/items/gauge/history").await;
    let values: Vec<i64> =
        history.data().as_array().unwrap().iter().map(|past| past["value"].as_i64().unwrap()).collect();
    assert_eq!(values, (4..=103).collect::<Vec<i64>>());
    assert_eq!(server.database().count("VALUES#gauge").await, 100, "and no more are kept");
    assert_eq!(server.api().call(Method::GET, "/v1/items/nothing/history").await.status, 404);
}

#[tokio::test]
async fn a_batch_is_written_whole_and_every_change_is_published() {
    let server = Server::start().await;
    let mut socket = server.socket().await;
    socket.subscribe("items").await;
    let members: Vec<Value> = (0..100).map(|number| json!({"key": format!("row:{number}"), "value": number})).collect();
    let written = server.api().call_with(Method::POST, "/v1/items/batch", &json!({ "items": members })).await;
    assert_eq!((written.status, written.data().as_array().map(Vec::len)), (200, Some(100)), "{}", written.body);
    for number in 0..100 {
        assert_eq!(socket.change_of(&format!("row:{number}")).await["value"], number);
    }
}

#[tokio::test]
async fn a_batch_with_one_bad_member_says_which_and_writes_none() {
    let server = Server::start().await;
    let api = tracker(&server, &["row:"]).await;
    put(&api, "row:0", &json!("before")).await;
    let good = json!({"key": "row:0", "value": "after"});
    let large = "x".repeat(64 * 1024);
    let many: Vec<Value> = (0..101).map(|number| json!({"key": format!("row:{number}"), "value": 0})).collect();
    for (bad, status, property) in [
        (json!({"key": "a b", "value": 1}), 400, "items[1].key"),
        (json!({"value": 1}), 400, "items[1].key"),
        (json!({"key": "row:1"}), 400, "items[1].value"),
        (json!({"key": "row:1", "value": large}), 422, "items[1].value"),
        (json!({"key": "row:1", "value": 1, "contentType": "text/html"}), 400, "items[1].contentType"),
        (json!({"key": "row:0", "value": 1}), 422, "items[1].key"),
        (json!({"key": "row:1", "value": 1, "rev": 7}), 409, "items[1].rev"),
        (json!({"key": "row:1", "value": 1, "rev": 7.0}), 409, "items[1].rev"),
        (json!({"key": "row:1", "value": 1, "rev": "x"}), 400, "items[1].rev"),
        (json!({"key": "row:1", "value": 1, "rev": 1e18}), 400, "items[1].rev"),
        (json!({"key": "gate:1", "value": 1}), 403, "items[1].key"),
        (json!(7), 400, "items[1]."),
    ] {
        let response = api.call_with(Method::POST, "/v1/items/batch", &json!({"items": [good, bad]})).await;
        assert_eq!((response.status, response.property()), (status, property), "{bad}: {}", response.body);
    }
    for odd in [json!({"items": []}), json!({ "items": many }), json!({}), json!([]), json!({"items": {}})] {
        assert_eq!(api.call_with(Method::POST, "/v1/items/batch", &odd).await.status, 400, "{odd}");
    }
    assert_eq!(get(&api, "row:0").await.data()["value"], "before");
    assert_eq!(get(&api, "row:1").await.status, 404);
}

/// Within the limit of a body, and beyond the limit of one DynamoDB transaction.
#[tokio::test]
async fn a_batch_that_is_too_large_for_one_write_is_refused() {
    let server = Server::start().await;
    let member = |number: usize| json!({"key": format!("row:{number}"), "value": "x".repeat(65_000)});
    let batch = |count: usize| json!({"items": (0..count).map(member).collect::<Vec<Value>>()});
    let refused = server.api().call_with(Method::POST, "/v1/items/batch", &batch(63)).await;
    assert_eq!((refused.status, refused.code()), (413, "PAYLOAD_TOO_LARGE"), "{}", refused.body);
    let message = refused.body["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("at most 4000000") && message.contains("Nothing was written"), "{message}");
    assert_eq!(get(&server.api(), "row:0").await.status, 404);
    let fits = server.api().call_with(Method::POST, "/v1/items/batch", &batch(61)).await;
    assert_eq!(fits.status, 200, "61 of them are below 4 MB");
}

/// Wherever JSON is stored: a value, a patch, a member of a batch, a message.
#[tokio::test]
async fn no_number_is_rounded_silently() {
    let server = Server::start().await;
    let api = server.api();
    let exact =
        r#"{"value": [18446744073709551615, -9223372036854775808, 9007199254740993, 0.1, 1e300, 23.100000000000001]}"#;
    let send = async |method: Method, path: &str, body: &str| {
        Api::send(api.request(method, path).header("content-type", "application/json").body(body.to_owned())).await
    };
    assert_eq!(send(Method::PUT, "/v1/items/a", exact).await.status, 200);
    let kept = Api::text(api.request(Method::GET, "/v1/items/a")).await;
    assert!(kept.contains("[18446744073709551615,-9223372036854775808,9007199254740993,0.1,1e+300,23.1]"), "{kept}");
    for number in ["18446744073709551616", "-9223372036854775809", "0.1234567890123456789", "12345678901234567890123"] {
        for (method, path, body) in [
            (Method::PUT, "/v1/items/a", format!("{{\"value\": {{\"n\": {number}}}}}")),
            (Method::PATCH, "/v1/items/a", format!("{{\"n\": {number}}}")),
            (Method::POST, "/v1/items/batch", format!("{{\"items\": [{{\"key\": \"a\", \"value\": {number}}}]}}")),
        ] {
            let refused = send(method, path, &body).await;
            let message = refused.body["errors"][0]["message"].as_str().unwrap_or_default();
            assert!(refused.status == 422 && message.contains(number), "{path}: {}", refused.body);
        }
    }
    let rule = r#"{"rule": {"when": "passes", "path": "", "above": true, "bound": 18446744073709551616}}"#;
    let ada = server.visitor().with_visitor(&"A".repeat(43));
    let request = ada.request(Method::PUT, "/v1/me/alerts/items/a").header("content-type", "application/json");
    let refused = Api::send(request.body(rule)).await;
    assert!(refused.status == 422 && refused.body.to_string().contains("18446744073709551616"), "{}", refused.body);
    assert_eq!(Api::text(api.request(Method::GET, "/v1/items/a")).await, kept, "nothing was changed");
}

/// RFC 9110, section 13.1.1: `If-Match` compares strongly.
#[tokio::test]
async fn a_weak_tag_matches_nothing() {
    let server = Server::start().await;
    let api = server.api();
    put(&api, "a", &json!(1)).await;
    let with = async |method: Method, path: &str, tag: &str, body: Value| {
        Api::send(api.request(method, path).header("if-match", tag).json(&body)).await
    };
    for (method, path) in [
        (Method::PUT, "/v1/items/a"),
        (Method::PATCH, "/v1/items/a"),
        (Method::DELETE, "/v1/items/a"),
        (Method::PUT, "/v1/items/none"),
    ] {
        let refused = with(method, path, "W/\"1\"", json!({"value": 2})).await;
        assert_eq!((refused.status, refused.code()), (409, "CONFLICT"), "{path}");
        let message = refused.body["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("weak tag") && message.contains("never matches"), "{message}");
    }
    assert_eq!(with(Method::PATCH, "/v1/items/none", "W/\"1\"", json!({})).await.status, 409);
    assert_eq!(get(&api, "a").await.data()["value"], 1);
    assert_eq!(with(Method::PUT, "/v1/items/a", "\"1\"", json!({"value": 2})).await.status, 200);
    for odd in ["W/1", "\"one\"", "\"1\", \"2\""] {
        assert_eq!(with(Method::PUT, "/v1/items/a", odd, json!({"value": 3})).await.status, 400, "{odd}");
    }
}

#[tokio::test]
async fn an_invalid_item_is_refused_with_a_message() {
    let server = Server::start().await;
    let api = tracker(&server, &["own:"]).await;
    assert_eq!(put(&api, "own:1", &json!("kept")).await.status, 200);
    let nested = |levels: usize| (0..levels).fold(json!(1), |value, _| json!([value]));
    let long = "k".repeat(257);
    for (key, body, status) in [
        ("a%20b", json!({"value": 1}), 400),
        ("a%2Fb", json!({"value": 1}), 400),
        (long.as_str(), json!({"value": 1}), 400),
        ("own:1", json!({}), 400),
        ("own:1", json!({"value": "x".repeat(64 * 1024)}), 422),
        ("own:1", json!({"value": "x".repeat(90 * 1024)}), 413),
        ("own:1", json!({"value": nested(33)}), 422),
        ("own:1", json!({"value": 1, "contentType": "text/plain"}), 400),
        ("own:1", json!({"value": 1, "schema": "two\nlines"}), 400),
        ("other:1", json!({"value": 1}), 403),
    ] {
        let response = api.call_with(Method::PUT, &format!("/v1/items/{key}"), &body).await;
        assert_eq!(response.status, status, "{key}: {}", response.body);
        let message = response.body["errors"][0]["message"].as_str().unwrap();
        assert!(message.ends_with('.') && message.len() < 400, "{message}");
    }
    let raw = |body: String| {
        api.request(Method::PUT, "/v1/items/own:1").header("content-type", "application/json").body(body)
    };
    for (body, word) in
        [("{\"value\": ".to_owned(), "JSON"), (format!("{}1{}", "[".repeat(200), "]".repeat(200)), "deep")]
    {
        let response = Api::send(raw(body)).await;
        assert_eq!(response.status, 400);
        assert!(response.body["errors"][0]["message"].as_str().unwrap().contains(word), "{}", response.body);
    }
    let text =
        Api::send(api.request(Method::PUT, "/v1/items/own:1").header("content-type", "text/plain").body("{}")).await;
    assert_eq!(text.status, 415);
    assert_eq!(put(&server.visitor(), "own:1", &json!(1)).await.status, 401);
    let sensor = server.visitor().with_key(&server.api().device_key(&["*"], true).await);
    assert_eq!(put(&sensor, "own:1", &json!(1)).await.status, 403, "a key for tables is for no item");
    assert_eq!(get(&api, "own:1").await.data()["value"], "kept");
    let neither = json!({"name": "none", "tables": [], "items": []});
    assert_eq!(server.api().call_with(Method::POST, "/v1/device-keys", &neither).await.status, 422);
    let refused = Socket::open(&server.live_address("?item=no%20such")).await;
    assert!(refused.is_err(), "a handshake with what is no key is refused");
}

#[tokio::test]
async fn messages_to_the_queue_and_the_topic_are_items() {
    let server = Server::start().await;
    let mut socket = server.socket().await;
    socket.subscribe("items").await;
    server.send_message("vehicle:3", "{\"speed\": 40}").await;
    assert_eq!(socket.change_of("vehicle:3").await["value"], json!({"speed": 40}));
    server.publish_message("note", "plain words").await;
    assert_eq!(socket.change_of("note").await["value"], "plain words");
}

/// DynamoDB takes 400 KB, a message carries 128 KB: an item in between must not block the others.
#[tokio::test]
async fn an_oversized_item_written_directly_blocks_no_other_change() {
    let server = Server::start().await;
    let mut socket = server.socket().await;
    socket.subscribe("items").await;
    server.database().put_long_foreign_item("huge", 390_000).await;
    assert!(socket.change_of("huge").await["value"]["notShown"].is_string());
    put(&server.api(), "small", &json!(1)).await;
    assert_eq!(socket.change_of("small").await["value"], 1);
    assert_eq!(server.socket().await.subscribe("items").await.len(), 2);
    // A smaller write makes the item visible again.
    server.database().put_long_foreign_item("huge", 10).await;
    assert_eq!(socket.change_of("huge").await["value"]["text"], "xxxxxxxxxx");
}
