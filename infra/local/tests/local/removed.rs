//! An invocation of the fan-out whose answer was lost still runs when later records have been published. What it publishes then must not
//! show an entity that was removed meanwhile.

use std::sync::Arc;
use std::time::Duration;

use emulator::function;
use local::{Local, Settings, deployment};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::mpsc::unbounded_channel;

use crate::support::*;

#[tokio::test]
async fn a_late_invocation_does_not_restore_a_removed_entity() {
    let (batches, mut handled) = unbounded_channel();
    let mut built = None;
    let local = Local::start_with(Settings::ephemeral(), async |clients| {
        let app = deployment::application(clients, None).await?;
        let functions = deployment::built_in(&app);
        built = Some(Arc::clone(&functions.fanout));
        let inner = Arc::clone(&functions.fanout);
        let fanout = function(move |event: Value| {
            let (inner, batches) = (Arc::clone(&inner), batches.clone());
            async move {
                let answer = inner.invoke(event.clone()).await;
                let _ = batches.send(event);
                answer
            }
        });
        deployment::deployment(&app, deployment::Functions { fanout, ..functions }, Duration::from_secs(60))
    });
    let (local, fanout) = (local.await.unwrap(), built.unwrap());
    let http = reqwest::Client::new();
    let call = async |method: Method, path: &str, body: Value| {
        let response = http.request(method, format!("http://{}{path}", local.address())).json(&body).send().await;
        assert!(response.unwrap().status().is_success(), "{path}");
    };
    let (item, table) = (json!({"value": 1}), json!({"id": "attic"}));
    call(Method::PUT, "/v1/items/van", item.clone()).await;
    let mut late = vec![within(handled.recv()).await.unwrap()];
    call(Method::POST, "/v1/tables", table).await;
    late.push(within(handled.recv()).await.unwrap());
    for removed in ["/v1/items/van", "/v1/tables/attic"] {
        call(Method::DELETE, removed, json!(null)).await;
        within(handled.recv()).await.unwrap();
    }

    let mut socket = connect(&local, "").await;
    for topic in ["items", "tables"] {
        send(&mut socket, &json!({"action": "subscribe", "topic": topic}).to_string()).await;
        let snapshot = text(&mut socket).await;
        assert!(
            snapshot.contains("snapshot") && !snapshot.contains("van") && !snapshot.contains("attic"),
            "{snapshot}"
        );
    }
    for batch in late {
        assert_eq!(fanout.invoke(batch).await.unwrap()["batchItemFailures"], json!([]));
    }
    call(Method::PUT, "/v1/items/other", item).await;
    let next = text(&mut socket).await;
    assert!(next.contains("other"), "the next message is of the next change: {next}");
}
