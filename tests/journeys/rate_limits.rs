//! Rate limits: a client above the limit is refused, and other clients are not affected.

use futures::future::join_all;
use reqwest::Method;
use serde_json::json;
use test_support::api::Response;
use test_support::server::Server;

/// Far more than the burst, so that some are refused however slowly they are sent.
const MANY: usize = 400;

fn is_refused(response: &Response) -> bool {
    response.status == 429
}

#[tokio::test]
async fn a_throttled_person_gets_retry_after() {
    let server = Server::start().await;
    let (bo, cy) = (server.member("Bo").await, server.member("Cy").await);
    let write = async || bo.api.call_with(Method::PUT, "/v1/items/gate:1", &json!({"value": 1})).await;
    let responses = join_all((0..MANY).map(|_| write())).await;
    let refused: Vec<&Response> = responses.iter().filter(|response| is_refused(response)).collect();
    assert!(responses.len() - refused.len() >= 100, "{} were let through", responses.len() - refused.len());
    let first = refused.first().expect("some were too many");
    assert_eq!(first.code(), "TOO_MANY_REQUESTS");
    assert!(first.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds >= 1), "{:?}", first.headers);
    // Reads and writes have separate limits, each client has its own, and a client on the server's machine has none.
    assert_eq!(bo.api.call(Method::GET, "/v1/items/gate:1").await.status, 404);
    assert_eq!(cy.api.call_with(Method::PUT, "/v1/items/gate:1", &json!({"value": 1})).await.status, 403);
    let api = server.api();
    let here = join_all((0..MANY).map(|_| api.call(Method::DELETE, "/v1/items/gate:1"))).await;
    assert!(!here.iter().any(is_refused));
}

#[tokio::test]
async fn a_device_that_writes_too_often_is_refused_and_another_is_not() {
    let server = Server::start().await;
    server.api().register("lobby", "").await;
    let key = async || server.visitor().with_key(&server.api().device_key(&["lobby"], false).await);
    let (loud, quiet) = (key().await, key().await);
    let (mut refused, nothing) = (false, json!({}));
    for _ in 0..10 {
        let responses = join_all((0..MANY).map(|_| loud.call_with(Method::PUT, "/v1/tables/lobby", &nothing))).await;
        refused |= responses.iter().any(is_refused);
    }
    assert!(refused, "4,000 reports at once are too many");
    assert_eq!(quiet.call_with(Method::PUT, "/v1/tables/lobby", &json!({"isFree": true})).await.status, 200);
}

#[tokio::test]
async fn a_throttled_connection_gets_an_error_and_stays_open() {
    let server = Server::start().await;
    let (mut loud, mut quiet) = (server.socket().await, server.socket().await);
    for _ in 0..2 * MANY {
        loud.send_frame(&json!({"action": "ping"})).await;
    }
    let mut refusals = 0;
    for _ in 0..2 * MANY {
        let response = loud.response().await;
        match response["type"].as_str() {
            Some("pong") => {}
            _ => {
                assert_eq!((&response["type"], &response["code"]), (&json!("error"), &json!("TOO_MANY_MESSAGES")));
                refusals += 1;
            }
        }
    }
    assert!(refusals > 0 && refusals < 2 * MANY, "{refusals}");
    assert_eq!(quiet.ping().await, json!({}));
}
