//! Requests with an idempotency key, on the embedded database: each is carried out once, whatever its client learns of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use backend::db::StorageError;
use backend::db::idempotency_keys::{RESPONSE_KEPT, StoredResponse};
use futures::future::join_all;
use local::{Local, Settings, deployment};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::application;

#[tokio::test]
async fn a_request_is_completed_once_and_expires() {
    let (_local, app) = application().await;
    let (storage, now) = (app.storage(), app.now());
    let response = StoredResponse { status: 200, tag: Some("\"1\"".to_owned()), body: "{}".to_owned() };
    let complete = async |fingerprint: &str, after: Duration| {
        storage.complete_request("name", fingerprint, response.clone(), Vec::new(), now.plus(after)).await
    };
    let completed = async |after: Duration| storage.completed_request("name", now.plus(after)).await.unwrap();
    assert_eq!(completed(Duration::ZERO).await, None);
    complete("one", Duration::ZERO).await.unwrap();
    assert!(matches!(complete("one", Duration::from_secs(1)).await, Err(StorageError::Changed)));
    let stored = completed(RESPONSE_KEPT - Duration::from_secs(1)).await.unwrap();
    assert_eq!((stored.fingerprint.as_str(), &stored.response), ("one", &response));
    assert_eq!(completed(RESPONSE_KEPT).await, None);
    complete("other", RESPONSE_KEPT).await.unwrap();
}

/// While this is set, DynamoDB carries out each write, and its answer is lost.
#[derive(Debug, Clone, Default)]
struct Silence(Arc<AtomicBool>);

impl Intercept for Silence {
    fn name(&self) -> &'static str {
        "Silence"
    }

    fn read_before_deserialization(
        &self,
        _: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let is_read = config.load::<Metadata>().is_some_and(|call| ["GetItem", "Query"].contains(&call.name()));
        if self.0.load(Ordering::Relaxed) && !is_read { Err("the answer was lost".into()) } else { Ok(()) }
    }
}

/// Rally on a database whose answers can be lost.
struct Fixture {
    local: Local,
    silence: Silence,
}

/// The status, the revision, whether it is a repeated response, and the body.
type Reply = (u16, Option<String>, bool, Value);

impl Fixture {
    async fn start() -> Self {
        let silence = Silence::default();
        let interceptor = silence.clone();
        let local = Local::start_with(Settings::ephemeral(), async |mut clients| {
            let app = deployment::application(clients.clone(), None).await?;
            let functions = deployment::built_in(&app);
            clients.dynamodb = aws_sdk_dynamodb::Client::from_conf(
                clients.dynamodb.config().to_builder().interceptor(interceptor).build(),
            );
            // Only the API's answers are lost.
            let api = deployment::built_in(&deployment::application(clients, None).await?).api;
            deployment::deployment(&app, deployment::Functions { api, ..functions }, Duration::from_secs(60))
        });
        Self { local: local.await.unwrap(), silence }
    }

    async fn call(&self, method: Method, path: &str, key: &str, body: Value) -> Reply {
        let request = reqwest::Client::new().request(method, format!("http://{}{path}", self.local.address()));
        let response = request.header("idempotency-key", key).json(&body).send().await.unwrap();
        let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (status, tag, is_replayed) =
            (response.status().as_u16(), header("etag"), header("idempotency-replayed").is_some());
        (status, tag, is_replayed, response.json().await.unwrap())
    }

    /// Sends a request whose write is carried out without a response, and then sends it again.
    async fn retry_after_lost_response(&self, method: Method, path: &str, key: &str, body: Value) -> Reply {
        self.silence.0.store(true, Ordering::Relaxed);
        let first = self.call(method.clone(), path, key, body.clone()).await;
        self.silence.0.store(false, Ordering::Relaxed);
        assert_eq!(first.0, 503, "{first:?}");
        self.call(method, path, key, body).await
    }
}

#[tokio::test]
async fn a_write_whose_response_was_lost_is_not_repeated() {
    let fixture = Fixture::start().await;
    for (number, (method, path, body)) in [
        (Method::PUT, "/v1/items/van", json!({"value": 1})),
        (Method::PATCH, "/v1/items/van", json!({"speed": 1})),
        (Method::POST, "/v1/items/batch", json!({"items": [{"key": "van", "value": 1}, {"key": "bus", "value": 1}]})),
        (Method::DELETE, "/v1/items/van", json!(null)),
    ]
    .into_iter()
    .enumerate()
    {
        let (status, tag, is_replayed, _) =
            fixture.retry_after_lost_response(method.clone(), path, &format!("key-{number}"), body).await;
        assert_eq!((status, is_replayed), (200, true), "{method} {path}");
        if let Some(tag) = tag {
            assert_eq!(tag, format!("\"{}\"", number + 1), "{method} {path}");
        }
    }
    let (_, tag, ..) = fixture.call(Method::PUT, "/v1/items/van", "last", json!({"value": 1})).await;
    assert_eq!(tag.as_deref(), Some("\"5\""), "each of the four was done once");

    let factory = json!({"name": "Mill", "lower": 1, "upper": 9, "count": 3});
    let (status, _, is_replayed, response) =
        fixture.retry_after_lost_response(Method::POST, "/v1/factories", "mill", factory).await;
    assert_eq!((status, is_replayed), (201, true));
    let path = format!("/v1/factories/{}", response["data"]["id"].as_str().unwrap());
    let (_, tag, ..) = fixture.retry_after_lost_response(Method::PATCH, &path, "name", json!({"name": "Works"})).await;
    assert_eq!(tag.as_deref(), Some("\"2\""));
    let (status, _, is_replayed, _) =
        fixture.retry_after_lost_response(Method::DELETE, &path, "gone", json!(null)).await;
    assert_eq!((status, is_replayed), (200, true));
    let all: Value =
        reqwest::get(format!("http://{}/v1/factories", fixture.local.address())).await.unwrap().json().await.unwrap();
    assert_eq!(all["data"], json!([]), "one was created, and it was removed");
}

/// All get the first response, also if they arrive at the same time and expect a revision.
#[tokio::test]
async fn concurrent_requests_with_one_key_are_carried_out_once() {
    let fixture = Fixture::start().await;
    fixture.call(Method::PUT, "/v1/items/van", "first", json!({"value": 0})).await;
    let replies =
        join_all((0..8).map(|_| fixture.call(Method::PUT, "/v1/items/van", "twins", json!({"value": 1})))).await;
    let done = replies.iter().filter(|(_, _, is_replayed, _)| !is_replayed).count();
    assert_eq!(done, 1, "{replies:?}");
    for (status, tag, _, body) in replies {
        assert_eq!((status, tag.as_deref(), &body["data"]["rev"]), (200, Some("\"2\""), &json!(2)));
    }
}

#[tokio::test]
async fn a_batch_leaves_room_for_its_response() {
    let fixture = Fixture::start().await;
    let batch = |count: usize| {
        let items: Vec<Value> = (0..count).map(|number| json!({"key": format!("van:{number}"), "value": 1})).collect();
        json!({ "items": items })
    };
    let (status, .., body) = fixture.call(Method::POST, "/v1/items/batch", "hundred", batch(100)).await;
    let error = &body["errors"][0];
    assert_eq!((status, &error["code"]), (422, &json!("RULE_VIOLATION")), "{body}");
    assert!(error["message"].as_str().unwrap().contains("at most 99 items"), "{body}");
    let (status, ..) = fixture.call(Method::POST, "/v1/items/batch", "fewer", batch(99)).await;
    assert_eq!(status, 200);
}
