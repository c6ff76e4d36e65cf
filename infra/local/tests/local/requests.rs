//! Requests with an idempotency key, on the embedded database: what happens to one whose first run has not finished.

use std::time::Duration;

use backend::db::idempotency_keys::{ANSWER_KEPT, Claim, KeptAnswer};

use crate::support::application;

#[tokio::test]
async fn a_request_whose_doer_died_is_taken_over_when_its_time_is_over() {
    let (_local, app) = application().await;
    let (storage, now) = (app.storage(), app.now());
    let claim = async |fingerprint: &str, seconds: u64| {
        storage.claim_request("name", fingerprint, now.plus(Duration::from_secs(seconds))).await.unwrap()
    };
    assert_eq!(claim("one", 0).await, Claim::Ours);
    assert_eq!(claim("one", 59).await, Claim::UnderWay);
    assert_eq!(claim("other", 61).await, Claim::Other, "nobody takes over what is another request");
    assert_eq!(claim("one", 61).await, Claim::Ours, "its doer has died");
    assert_eq!(claim("one", 62).await, Claim::UnderWay);
    storage.give_request_back("name").await.unwrap();
    assert_eq!(claim("one", 63).await, Claim::Ours);
    let answer = KeptAnswer { status: 200, tag: Some("\"1\"".to_owned()), body: "{}".to_owned() };
    storage.answer_request("name", "one", answer.clone(), now).await.unwrap();
    assert_eq!(claim("one", 1_000).await, Claim::Done(answer), "an answer outlives the time for it");
    assert_eq!(claim("other", ANSWER_KEPT.as_secs() + 1).await, Claim::Ours, "and is forgotten in the end");
}
