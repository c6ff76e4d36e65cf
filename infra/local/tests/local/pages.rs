//! Responses that would be larger than Lambda's limit: they are paged.

use local::{Settings, deployment};
use protocol::endpoints::{FUNCTION_LIMIT, escaped_length};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

/// A value of 64 KB of JSON, which takes twice that in the function's response.
fn large() -> String {
    "\"".repeat(32 * 1024 - 8)
}

/// More values than one response could carry.
const COUNT: usize = 60;

/// The same number of values of one item.
const LONG: u64 = 45;

/// All pages of a list, by following the link to the next.
async fn pages(http: &Client, server: &str, path: &str) -> Vec<Value> {
    let (mut pages, mut next) = (Vec::new(), Some(path.to_owned()));
    while let Some(path) = next {
        let answer = http.get(format!("{server}{path}")).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let link = answer.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
        next = link.map(|link| link[1..].split_once(">; rel=\"next\"").unwrap().0.to_owned());
        let body = answer.bytes().await.unwrap();
        assert!(escaped_length(&body) < FUNCTION_LIMIT, "{path}: {} bytes", body.len());
        let mut envelope: Value = serde_json::from_slice(&body).unwrap();
        pages.push(envelope["data"].take());
    }
    pages
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_lists_are_split_into_pages() {
    let local = deployment::start(Settings::ephemeral()).await.unwrap();
    let (http, server) = (Client::new(), format!("http://{}", local.address()));
    for first in (0..COUNT).step_by(10) {
        let items = (first..first + 10).map(|number| json!({"key": format!("large:{number:02}"), "value": large()}));
        let batch =
            http.post(format!("{server}/v1/items/batch")).json(&json!({"items": items.collect::<Vec<Value>>()}));
        assert_eq!(batch.send().await.unwrap().status(), StatusCode::OK);
    }

    // Its own cursor is in the list.
    let (mut keys, mut cursor, mut count) = (Vec::new(), String::new(), 0);
    loop {
        let page = pages(&http, &server, &format!("/v1/items?limit=200&cursor={cursor}")).await.remove(0);
        let items = page["items"].as_array().unwrap();
        keys.extend(items.iter().map(|item| item["key"].as_str().unwrap().to_owned()));
        count += 1;
        let Some(next) = page["cursor"].as_str() else { break };
        next.clone_into(&mut cursor);
    }
    assert!(count > 1);
    assert_eq!(keys, (0..COUNT).map(|number| format!("large:{number:02}")).collect::<Vec<_>>());

    let frames: Vec<Value> = pages(&http, &server, "/v1/live/snapshot?topic=items/large").await;
    assert!(frames.len() > 1);
    let frames: Vec<&Value> = frames.iter().flat_map(|page| page.as_array().unwrap()).collect();
    let entities: usize = frames.iter().map(|frame| frame["entities"].as_array().unwrap().len()).sum();
    assert_eq!((entities, frames.last().unwrap()["parts"].as_u64()), (COUNT, Some(frames.len() as u64)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_history_begins_with_its_newest_page() {
    let local = deployment::start(Settings::ephemeral()).await.unwrap();
    let (http, server) = (Client::new(), format!("http://{}", local.address()));
    for number in 0..LONG {
        let item = http.put(format!("{server}/v1/items/a")).json(&json!({"value": format!("{number:02}{}", large())}));
        assert_eq!(item.send().await.unwrap().status(), StatusCode::OK);
    }
    let is_told = async || {
        let all = pages(&http, &server, "/v1/items/a/history").await;
        let revisions = |page: &Value| -> Vec<u64> {
            page.as_array().unwrap().iter().map(|value| value["rev"].as_u64().unwrap()).collect()
        };
        let all: Vec<Vec<u64>> = all.iter().map(revisions).collect();
        assert!(all.iter().all(|page| page.is_sorted()), "in a page the oldest is first");
        let count = all.len();
        (count, all.into_iter().rev().flatten().collect::<Vec<u64>>())
    };
    crate::support::within(async {
        loop {
            let (count, revisions) = is_told().await;
            if revisions == (1..=LONG).collect::<Vec<u64>>() {
                assert!(count > 1, "one page would be too large");
                break;
            }
        }
    })
    .await;
}
