//! Acknowledged writes are never lost: not by a restart, and not by `kill -9`.

use reqwest::Method;
use serde_json::json;
use test_support::server::Server;

#[tokio::test]
async fn a_killed_server_keeps_all_acknowledged_writes() {
    let mut server = Server::start().await;
    let key = server.api().device_key(&["*"], false).await;
    for number in 0..20 {
        server.api().register(&format!("table-{number}"), "").await;
    }
    // Killed during many writes: each acknowledged write must be there.
    let storm = (0..20).map(|number| {
        let api = server.api().with_key(&key);
        tokio::spawn(async move {
            let mut acknowledged = 1;
            for round in 0..10_000 {
                let request = api.request(Method::PUT, &format!("/v1/tables/table-{number}"));
                let Ok(response) = request.json(&json!({"isFree": round % 2 == 1})).send().await else { break };
                let Ok(body) = response.json::<serde_json::Value>().await else { break };
                acknowledged = body["data"]["rev"].as_u64().unwrap_or(acknowledged);
            }
            acknowledged
        })
    });
    let storm: Vec<_> = storm.collect();
    let mut subscriber = server.socket().await;
    subscriber.subscribe("tables").await;
    for _ in 0..20 {
        subscriber.changes().await;
    }
    server.kill().await;
    let acknowledged: Vec<u64> =
        futures::future::join_all(storm).await.into_iter().map(|rev| rev.expect("a task ends")).collect();
    assert!(acknowledged.iter().sum::<u64>() > 20, "some writes were acknowledged");

    let server = server.start_again().await;
    for (number, rev) in acknowledged.into_iter().enumerate() {
        let table = server.api().call(Method::GET, &format!("/v1/tables/table-{number}")).await.table();
        assert!(table.rev >= rev, "table-{number} is at {} and was acknowledged at {rev}", table.rev);
    }
    // The path works again: key, API, stream, fan-out, connection.
    let mut socket = server.socket().await;
    let before = socket.subscribe("table/table-0").await[0].1;
    let was_free = server.api().call(Method::GET, "/v1/tables/table-0").await.body["data"]["isFree"] == json!(true);
    server.api().with_key(&key).report("table-0", !was_free).await;
    assert_eq!(socket.changes().await[0].2, before + 1);
}

#[tokio::test]
async fn changes_before_a_crash_are_published_after_it() {
    let server = Server::start().await;
    server.api().register("lobby", "").await;
    let server = server.start_again().await;
    let mut socket = server.socket().await;
    assert_eq!(socket.subscribe("tables").await, [("lobby".to_owned(), 1)]);
    server.api().report("lobby", false).await;
    // Changes that the stream had not delivered when the server died come too, with a known revision.
    assert_eq!(socket.changes().await[0].2, 2);
}
