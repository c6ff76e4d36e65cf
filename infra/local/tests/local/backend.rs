//! The backend's fan-out on this AWS while posts fail: throttled, failed and gone connections.

use aws_sdk_dynamodb::types::AttributeValue;
use local::faults::PostFault;
use local::{Local, Settings, wiring};
use serde_json::{Value, json};

use crate::support::{Socket, connect, send, text, within};

struct Office {
    local: Local,
    http: reqwest::Client,
}

impl Office {
    async fn start(settings: Settings) -> Self {
        let office = Self { local: wiring::start(settings).await.unwrap(), http: reqwest::Client::new() };
        let tables = format!("http://{}/v1/tables", office.local.address());
        let answer = office.http.post(tables).json(&json!({"id": "lobby"})).send().await.unwrap();
        assert_eq!(answer.status(), 201);
        office
    }

    async fn report(&self, is_free: bool) {
        let lobby = format!("http://{}/v1/tables/lobby", self.local.address());
        let answer = self.http.put(lobby).json(&json!({"isFree": is_free})).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }

    /// A connection that watches the tables.
    async fn watch(&self) -> Socket {
        let mut socket = connect(&self.local, "").await;
        send(&mut socket, r#"{"action":"subscribe","topic":"tables"}"#).await;
        while !text(&mut socket).await.contains("snapshot") {}
        socket
    }

    /// The connections that watch the tables.
    async fn watchers(&self) -> Vec<String> {
        let query = self.local.clients().dynamodb.query().table_name("rally").key_condition_expression("pk = :pk");
        let topic = AttributeValue::S("TOPIC#tables".to_owned());
        let answer = query.expression_attribute_values(":pk", topic).send().await.unwrap();
        answer.items().iter().map(|item| item["sk"].as_s().unwrap().clone()).collect()
    }
}

/// The revision of the next change that is at least this new.
async fn hears_of(socket: &mut Socket, rev: u64) -> u64 {
    loop {
        let frame: Value = serde_json::from_str(&text(socket).await).unwrap();
        if let Some(heard) = frame["changes"][0]["rev"].as_u64().filter(|heard| *heard >= rev) {
            return heard;
        }
    }
}

#[tokio::test]
async fn a_throttled_or_failed_post_is_tried_again_and_holds_up_nobody() {
    let settings = Settings::ephemeral();
    let faults = settings.faults.clone();
    let office = Office::start(settings).await;
    let mut unlucky = office.watch().await;
    let id = office.watchers().await.remove(0);
    let mut lucky = office.watch().await;
    for (rev, fault) in [(2, PostFault::Throttle), (3, PostFault::Fail)] {
        faults.post(&id, fault, 2);
        office.report(rev % 2 == 1).await;
        assert_eq!(hears_of(&mut lucky, rev).await, rev);
        assert_eq!(hears_of(&mut unlucky, rev).await, rev);
    }
}

#[tokio::test]
async fn a_post_that_fails_for_good_is_delivered_again_by_the_stream() {
    let settings = Settings::ephemeral();
    let faults = settings.faults.clone();
    let office = Office::start(settings).await;
    let mut unlucky = office.watch().await;
    let id = office.watchers().await.remove(0);
    // More failures than one delivery tries: only a second delivery of the batch can reach it.
    faults.post(&id, PostFault::Fail, 6);
    office.report(false).await;
    assert_eq!(hears_of(&mut unlucky, 2).await, 2);
}

#[tokio::test]
async fn a_connection_that_is_gone_is_forgotten() {
    let settings = Settings::ephemeral();
    let faults = settings.faults.clone();
    let office = Office::start(settings).await;
    let _gone = office.watch().await;
    let id = office.watchers().await.remove(0);
    let mut there = office.watch().await;
    faults.post(&id, PostFault::Gone, 1);
    office.report(false).await;
    assert_eq!(hears_of(&mut there, 2).await, 2);
    let forgotten = async { while office.watchers().await.contains(&id) {} };
    within(forgotten).await;
}
