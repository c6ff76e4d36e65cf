//! The times of events: they begin and end without a request, each change once. The test moves the clock.

use backend::config::Config;
use backend::reactions::sweep;
use serde_json::{Value, json};

use crate::identity::{Fixture, snapshot, subscribe};
use crate::support::*;

const MINUTE: i64 = 60;

async fn fixture() -> Fixture {
    let jobs_queue = emulator::messaging::queue_url("rally-jobs");
    Fixture::start_as(|config| Config { jobs_queue, ..config }, |clients| clients).await
}

/// A published public event that starts in ten minutes, to the minute, and lasts an hour.
async fn published(fixture: &Fixture, token: &str) -> String {
    let start = fixture.app.now().plus(std::time::Duration::from_secs(10 * 60)).to_string();
    let form = json!({"title": "Party", "start": &start[..16], "zone": "UTC", "visibility": "public"});
    let (status, created) = fixture.request("POST", "/v1/meetups", Some(token), &form).await;
    assert_eq!(status, 201, "{created}");
    let id = created["data"]["meetup"]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/meetups/{id}/publish");
    let (status, published) = fixture.request("POST", &path, Some(token), &Value::Null).await;
    assert_eq!(status, 200, "{published}");
    id
}

/// The next state of an entity on a topic that is as `is_so` says.
async fn change_when(socket: &mut Socket, topic: &str, id: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    loop {
        let frame: Value = serde_json::from_str(&text(socket).await).unwrap();
        let changes = frame["changes"].as_array().into_iter().flatten();
        let mut of_entity = changes.filter(|change| change["topic"] == topic && change["id"] == id);
        if let Some(change) = of_entity.find(|change| is_so(&change["state"])) {
            return change.clone();
        }
    }
}

/// The times at which events change next.
async fn due(fixture: &Fixture) -> usize {
    fixture.items("DUE").await.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_begins_and_ends_by_itself() {
    let fixture = fixture().await;
    let ada = fixture.member("ada");
    let id = published(&fixture, &ada).await;
    let topic = format!("meetup/{id}");
    let (mut page, mut list) = (connect(&fixture.local, "").await, connect(&fixture.local, "").await);
    assert_eq!(subscribe(&mut page, &topic).await, snapshot());
    assert_eq!(subscribe(&mut list, "meetups").await, snapshot());
    assert_eq!(due(&fixture).await, 1, "the end of the time in which publishing can be taken back");

    fixture.pass(MINUTE);
    sweep::handle(&fixture.app).await.unwrap();
    let sent = change_when(&mut page, &topic, "meetup", |state| state["meetup"]["invitationsAt"].is_null()).await;
    assert_eq!(sent["state"]["meetup"]["state"], "published");
    let path = format!("/v1/meetups/{id}/take-back");
    let (status, refused) = fixture.request("POST", &path, Some(&ada), &Value::Null).await;
    assert_eq!(status, 422, "{refused}");

    fixture.pass(10 * MINUTE);
    for _ in 0..3 {
        sweep::handle(&fixture.app).await.unwrap();
    }
    let live = change_when(&mut page, &topic, "meetup", |state| state["meetup"]["state"] == "live").await;
    assert_eq!(live["rev"].as_u64().unwrap(), sent["rev"].as_u64().unwrap() + 1, "once, however often it is due");
    change_when(&mut list, "meetups", &id, |state| state["meetup"]["state"] == "live").await;
    assert_eq!(due(&fixture).await, 1, "its end");

    fixture.pass(60 * MINUTE);
    sweep::handle(&fixture.app).await.unwrap();
    change_when(&mut page, &topic, "meetup", |state| state["meetup"]["state"] == "ended").await;
    change_when(&mut list, "meetups", &id, Value::is_null).await;
    assert_eq!(due(&fixture).await, 0);
    // Another person than the host: the token of before has expired.
    let (_, page) = fixture.request("GET", &format!("/v1/meetups/{id}"), None, &Value::Null).await;
    assert_eq!(page["data"]["meetup"]["state"], "ended");
}

/// Fault: something happens at a time that no longer applies, because the event was cancelled or moved.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_event_does_not_begin_and_a_moved_one_begins_later() {
    let fixture = fixture().await;
    let ada = fixture.member("ada");
    let (cancelled, moved) = (published(&fixture, &ada).await, published(&fixture, &ada).await);
    let path = format!("/v1/meetups/{cancelled}/cancel");
    assert_eq!(fixture.request("POST", &path, Some(&ada), &Value::Null).await.0, 200);
    let later = fixture.app.now().plus(std::time::Duration::from_secs(45 * 60)).to_string();
    let form = json!({"title": "Party", "start": &later[..16], "zone": "UTC", "visibility": "public"});
    assert_eq!(fixture.request("PUT", &format!("/v1/meetups/{moved}"), Some(&ada), &form).await.0, 200);

    let state = async |id: &str| {
        let (_, page) = fixture.request("GET", &format!("/v1/meetups/{id}"), None, &Value::Null).await;
        page["data"]["meetup"]["state"].as_str().unwrap().to_owned()
    };
    let mut list = connect(&fixture.local, "").await;
    assert_eq!(subscribe(&mut list, "meetups").await, snapshot());
    fixture.pass(12 * MINUTE);
    sweep::handle(&fixture.app).await.unwrap();
    change_when(&mut list, "meetups", &moved, |state| state["meetup"]["invitationsAt"].is_null()).await;
    assert_eq!((state(&cancelled).await, state(&moved).await), ("cancelled".to_owned(), "published".to_owned()));
    fixture.pass(35 * MINUTE);
    sweep::handle(&fixture.app).await.unwrap();
    change_when(&mut list, "meetups", &moved, |state| state["meetup"]["state"] == "live").await;
    fixture.pass(30 * MINUTE);
    sweep::handle(&fixture.app).await.unwrap();
    change_when(&mut list, "meetups", &cancelled, Value::is_null).await;
    assert_eq!(state(&cancelled).await, "cancelled", "it stays so, and is no longer in the list");
}
