//! The HTTP API from outside: PingPongfy's contract, ours, and every error.

use reqwest::Method;
use serde_json::{Value, json};
use test_support::api::Api;
use test_support::server::Server;

#[tokio::test]
async fn pingpongfys_contract_holds() {
    let server = Server::start().await;
    let key = server.api().device_key(&["*"], true).await;
    let api = server.api().with_key(&key);

    let body = json!({"id": "table1", "description": "2nd floor"});
    let created = api.call_with(Method::POST, "/v1/tables", &body).await;
    assert_eq!((created.status, &created.body["errors"]), (201, &json!([])));
    let table = &created.body["data"];
    assert_eq!(
        (&table["id"], &table["description"], &table["isFree"]),
        (&json!("table1"), &json!("2nd floor"), &json!(true))
    );
    assert!(table["updatedAt"].as_str().unwrap().ends_with('Z'));

    let taken = api.call_with(Method::PUT, "/v1/tables/table1", &json!({"isFree": false})).await;
    assert_eq!((taken.status, &taken.body["data"]["isFree"]), (200, &json!(false)));

    let list = api.call(Method::GET, "/v1/tables").await;
    assert_eq!((list.status, list.body["data"].as_array().unwrap().len()), (200, 1));

    let missing = api.call_with(Method::PUT, "/v1/tables/table2", &json!({"isFree": false})).await;
    assert_eq!((missing.status, missing.code(), &missing.body["data"]), (404, "RESOURCE_NOT_FOUND", &json!([])));

    for _ in 0..2 {
        let deleted = api.call(Method::DELETE, "/v1/tables/table1").await;
        assert_eq!((deleted.status, &deleted.body), (200, &json!({"data": null, "errors": []})));
    }
    let list = api.call(Method::GET, "/v1/tables").await;
    assert_eq!(list.body, json!({"data": [], "errors": []}));
}

#[tokio::test]
async fn a_table_can_be_read_described_and_changed_under_a_condition() {
    let server = Server::start().await;
    let api = server.api();
    let table = api.register("lobby", "").await;
    assert_eq!(table.rev, 1);

    let got = api.call(Method::GET, "/v1/tables/lobby").await;
    assert_eq!((got.status, got.header("etag")), (200, "\"1\""));

    let describe = |tag: &'static str| {
        let request = api.request(Method::PATCH, "/v1/tables/lobby").header("if-match", tag);
        Api::send(request.json(&json!({"description": "By the window"})))
    };
    let described = describe("\"1\"").await;
    assert_eq!((described.status, described.table().rev), (200, 2));
    assert_eq!(described.table().description.as_str(), "By the window");
    let stale = describe("\"1\"").await;
    assert_eq!((stale.status, stale.code()), (409, "CONFLICT"));
    let sentence = "The table “lobby” was changed in the meantime, perhaps in another tab. Check it and try again.";
    assert_eq!(stale.body["errors"][0]["message"], sentence);
    assert_eq!(describe("seven").await.status, 400);
    assert_eq!(describe("*").await.table().rev, 2, "the same description again changes nothing");

    let report = api.request(Method::PUT, "/v1/tables/lobby").header("if-match", "\"9\"");
    assert_eq!(Api::send(report.json(&json!({"isFree": false}))).await.status, 409);
    let remove = api.request(Method::DELETE, "/v1/tables/lobby").header("if-match", "\"1\"");
    assert_eq!(Api::send(remove).await.status, 409);
}

#[tokio::test]
async fn a_repeated_status_is_a_heartbeat_and_no_change() {
    let server = Server::start().await;
    let api = server.api();
    let table = api.register("lobby", "").await;
    assert_eq!(api.report("lobby", true).await, table);
    assert_eq!(server.database().count("HEARD").await, 1);
    assert_eq!(server.database().count("HISTORY#lobby").await, 1, "one change: its registration");
    assert_eq!(api.report("lobby", false).await.rev, 2);
    assert_eq!(server.database().count("HISTORY#lobby").await, 2);
}

#[tokio::test]
async fn a_table_that_comes_again_goes_on_counting() {
    let server = Server::start().await;
    let api = server.api();
    api.register("lobby", "").await;
    api.remove("lobby").await;
    assert_eq!(api.register("lobby", "").await.rev, 3);
}

#[tokio::test]
async fn concurrent_reports_all_count() {
    let server = Server::start().await;
    let api = server.api();
    api.register("lobby", "").await;
    let reports = (0..12).map(|number| {
        let api = api.clone();
        async move {
            let body = json!({"isFree": number % 2 == 1});
            api.call_with(Method::PUT, "/v1/tables/lobby", &body).await.status
        }
    });
    let statuses = futures::future::join_all(reports).await;
    assert!(statuses.iter().all(|status| matches!(status, 200 | 409)), "{statuses:?}");
    let table = api.call(Method::GET, "/v1/tables/lobby").await.table();
    let changes = server.database().count("HISTORY#lobby").await as u64;
    assert_eq!(table.rev, changes, "each revision is one remembered change");
}

#[tokio::test]
async fn the_usage_of_a_table_can_be_read() {
    let server = Server::start().await;
    let api = server.api();
    api.register("lobby", "").await;
    api.report("lobby", false).await;
    let usage = api.call(Method::GET, "/v1/tables/lobby/usage").await;
    let statuses: Vec<&str> =
        usage.body["data"]["day"].as_array().unwrap().iter().filter_map(|change| change["status"].as_str()).collect();
    assert_eq!((usage.status, statuses), (200, vec!["free", "busy"]));
    assert_eq!(usage.body["data"]["hours"].as_array().unwrap().len(), 90 * 24);
    assert_eq!(api.call(Method::GET, "/v1/tables/attic/usage").await.status, 404);
}

#[tokio::test]
async fn keys_are_shown_once_stored_hashed_bound_and_revocable() {
    let server = Server::start().await;
    let admin = server.api();
    admin.register("lobby", "").await;
    admin.register("attic", "").await;
    let body = json!({"name": "Lobby sensor", "tables": ["lobby"]});
    let made = admin.call_with(Method::POST, "/v1/device-keys", &body).await;
    let key = made.body["data"]["key"].as_str().unwrap();
    let secret = key.rsplit('_').next().unwrap();
    assert!(!server.database().everything().await.contains(secret), "the secret is nowhere in the table");
    let list = admin.call(Method::GET, "/v1/device-keys").await;
    assert_eq!(list.body["data"][0]["name"], "Lobby sensor");
    assert!(!list.body.to_string().contains(secret));

    let sensor = admin.with_key(key);
    let status = async |method: Method, path: &str, body: Value| {
        let response = sensor.call_with(method, path, &body).await;
        (response.status, response.code().to_owned())
    };
    let forbidden = (403, "FORBIDDEN".to_owned());
    assert_eq!(status(Method::PUT, "/v1/tables/lobby", json!({"isFree": false})).await.0, 200);
    assert_eq!(status(Method::PUT, "/v1/tables/attic", json!({"isFree": false})).await, forbidden);
    assert_eq!(status(Method::POST, "/v1/tables", json!({"id": "cellar"})).await, forbidden);
    assert_eq!(status(Method::PATCH, "/v1/tables/lobby", json!({"description": "x"})).await, forbidden);
    assert_eq!(status(Method::POST, "/v1/device-keys", json!({"tables": ["*"]})).await, forbidden);
    assert_eq!(sensor.call(Method::DELETE, "/v1/tables/lobby").await.status, 403);
    assert_eq!(sensor.call(Method::GET, "/v1/me").await.body["data"]["role"], "device");

    let id = made.body["data"]["id"].as_str().unwrap();
    assert_eq!(admin.call(Method::DELETE, &format!("/v1/device-keys/{id}")).await.status, 200);
    let revoked = (401, "UNAUTHENTICATED".to_owned());
    assert_eq!(status(Method::PUT, "/v1/tables/lobby", json!({"isFree": true})).await, revoked);
    for wrong in ["", "nonsense", "rally_0123456789abcdef_wrong", &format!("{key}x"), &key[..key.len() - 1]] {
        let response = admin.with_key(wrong).call_with(Method::PUT, "/v1/tables/lobby", &json!({"isFree": true})).await;
        assert_eq!((response.status, response.code()), (401, "UNAUTHENTICATED"), "{wrong}");
    }
}

#[tokio::test]
async fn remote_writes_without_a_key_are_denied() {
    let server = Server::start().await;
    server.api().register("lobby", "").await;
    // A page of another site, open in a browser on this machine, comes from loopback too.
    for (header, value) in [("origin", "https://evil.example"), ("host", "evil.example")] {
        let request = server.api().request(Method::PUT, "/v1/tables/lobby").header(header, value);
        let response = Api::send(request.json(&json!({"isFree": false}))).await;
        assert_eq!((response.status, response.code()), (401, "UNAUTHENTICATED"), "{header}");
    }
    assert_eq!(server.api().call(Method::GET, "/v1/tables/lobby").await.table().rev, 1);
}

/// Each error with its status and code; none is a 500, and none reveals internals.
#[tokio::test]
async fn invalid_input_is_refused_with_a_message() {
    let server = Server::start().await;
    let api = server.api();
    api.register("lobby", "").await;
    let long = "x".repeat(65);
    let (put, post, patch) = (Method::PUT, Method::POST, Method::PATCH);
    let raw = |method: &Method, path: &str, body: &str| {
        let request = api.request(method.clone(), path).header("content-type", "application/json");
        Api::send(request.body(body.to_owned()))
    };
    let cases = [
        (&put, "/v1/tables/attic", json!({"isFree": true}).to_string(), 404, "RESOURCE_NOT_FOUND", ""),
        (&put, "/v1/tables/lobby", "isFree=true".to_owned(), 400, "VALIDATION_ERROR", ""),
        (&put, "/v1/tables/lobby", String::new(), 400, "VALIDATION_ERROR", ""),
        (&put, "/v1/tables/lobby", "[true]".to_owned(), 400, "VALIDATION_ERROR", ""),
        (&put, "/v1/tables/lobby", json!({"isFree": "true"}).to_string(), 400, "VALIDATION_ERROR", "isFree"),
        (&put, "/v1/tables/lobby", json!({}).to_string(), 400, "VALIDATION_ERROR", "isFree"),
        (&put, "/v1/tables/lobby", "{\"isFree\":true,\"x\":\u{7}}".to_owned(), 400, "VALIDATION_ERROR", ""),
        (&post, "/v1/tables", json!({"id": "ab"}).to_string(), 400, "VALIDATION_ERROR", "id"),
        (&post, "/v1/tables", json!({"id": long}).to_string(), 400, "VALIDATION_ERROR", "id"),
        (&post, "/v1/tables", json!({"id": "a table"}).to_string(), 400, "VALIDATION_ERROR", "id"),
        (&post, "/v1/tables", json!({"id": "../../etc"}).to_string(), 400, "VALIDATION_ERROR", "id"),
        (&post, "/v1/tables", json!({"id": 7}).to_string(), 400, "VALIDATION_ERROR", "id"),
        (&post, "/v1/tables", json!({"description": "x"}).to_string(), 400, "VALIDATION_ERROR", "id"),
        (
            &post,
            "/v1/tables",
            json!({"id": "attic", "description": "x".repeat(281)}).to_string(),
            400,
            "VALIDATION_ERROR",
            "description",
        ),
        (&post, "/v1/tables", json!({"id": "lobby"}).to_string(), 409, "ALREADY_EXISTS", "id"),
        (
            &post,
            "/v1/tables",
            json!({"id": "attic", "padding": "x".repeat(17_000)}).to_string(),
            413,
            "PAYLOAD_TOO_LARGE",
            "",
        ),
        (&patch, "/v1/tables/lobby", json!({"description": null}).to_string(), 400, "VALIDATION_ERROR", "description"),
        (
            &patch,
            "/v1/tables/lobby",
            json!({"description": "x".repeat(281)}).to_string(),
            400,
            "VALIDATION_ERROR",
            "description",
        ),
        (
            &patch,
            "/v1/tables/lobby",
            json!({"description": "a\nb"}).to_string(),
            400,
            "VALIDATION_ERROR",
            "description",
        ),
        (&post, "/v1/device-keys", json!({"tables": []}).to_string(), 422, "RULE_VIOLATION", "tables"),
        (&post, "/v1/device-keys", "{}".to_owned(), 422, "RULE_VIOLATION", "tables"),
        (&post, "/v1/device-keys", json!({"tables": ["*", "lobby"]}).to_string(), 422, "RULE_VIOLATION", "tables"),
        (&post, "/v1/device-keys", json!({"tables": "*"}).to_string(), 400, "VALIDATION_ERROR", "tables"),
        (
            &post,
            "/v1/device-keys",
            json!({"tables": ["*"], "name": "x".repeat(81)}).to_string(),
            400,
            "VALIDATION_ERROR",
            "name",
        ),
        (&post, "/v1/nothing", "{}".to_owned(), 404, "RESOURCE_NOT_FOUND", ""),
        (&patch, "/v1/tables", "{}".to_owned(), 405, "METHOD_NOT_ALLOWED", ""),
    ];
    for (method, path, body, status, code, property) in cases {
        let response = raw(method, path, &body).await;
        let shown = &body[..body.len().min(60)];
        assert_eq!(
            (response.status, response.code(), response.property()),
            (status, code, property),
            "{method} {path} {shown}"
        );
        assert!(!response.body["errors"][0]["message"].as_str().unwrap().is_empty(), "{method} {path} {shown}");
        assert_eq!(response.body["data"], json!([]));
    }
    for path in
        ["/v1/tables/a%20b", "/v1/tables/ab", &format!("/v1/tables/{long}"), "/v1/tables/%ff%fe", "/v1/tables/%00abc"]
    {
        for method in [Method::GET, Method::DELETE] {
            let response = api.call(method, path).await;
            assert_eq!((response.status, response.code()), (400, "VALIDATION_ERROR"), "{path}");
        }
    }
    let text = api.request(put, "/v1/tables/lobby").body("{\"isFree\":false}");
    assert_eq!(Api::send(text).await.code(), "UNSUPPORTED_MEDIA_TYPE");
    assert_eq!(api.call(Method::GET, "/v1/tables/lobby").await.table().rev, 1, "nothing was changed by any of these");
}

#[tokio::test]
async fn unknown_fields_are_ignored() {
    let server = Server::start().await;
    let body = json!({"id": "lobby", "colour": "green", "rev": 99});
    let response = server.api().call_with(Method::POST, "/v1/tables", &body).await;
    assert_eq!((response.status, response.table().rev), (201, 1));
}

#[tokio::test]
async fn a_request_id_is_taken_over_or_made() {
    let server = Server::start().await;
    let request = server.api().request(Method::GET, "/v1/tables").header("x-correlation-id", "corr-1");
    assert_eq!(Api::send(request).await.header("x-correlation-id"), "corr-1");
    let made = server.api().call(Method::GET, "/v1/tables").await;
    assert_eq!(made.header("x-correlation-id").len(), 36);
    let refused = server.api().call(Method::GET, "/v1/tables/attic").await;
    assert_eq!(refused.header("x-correlation-id").len(), 36);
}

/// The document is generated from the code; this compares it with the server's behaviour.
#[tokio::test]
async fn the_openapi_document_describes_what_is_there() {
    let server = Server::start().await;
    server.api().register("lobby", "").await;
    let document = server.api().call(Method::GET, "/v1/openapi.json").await.body;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut operations = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let real = path
                .replace("{id}", "lobby")
                .replace("{number}", "1")
                .replace("{code}", "ABC234")
                .replace("{guest}", "guest:abcdefghijkmnpqrst23")
                .replace("{key}", "gate:1");
            let response = server.api().call_with(method.clone(), &real, &json!({})).await;
            let responses = operation["responses"].as_object().unwrap();
            assert!(
                responses.contains_key(&response.status.to_string()),
                "{method} {path} answered {}",
                response.status
            );
            operations += 1;
        }
    }
    assert_eq!(operations, 97);
}
