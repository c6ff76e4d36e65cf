//! The limits of guests per room and rooms per member, on the embedded database; and the expiry of guests.

use std::time::Duration;

use domain::room::{GUESTS_PER_ROOM, ROOMS_PER_MEMBER};
use serde_json::{Value, json};

use crate::identity::{Fixture, error_frame, guest, snapshot, subscribe};

/// The request of a guest that joins a room.
async fn entry(fixture: &Fixture, token: &str, room: &str, name: &str) -> Value {
    let (_, answer) = fixture.request("GET", &format!("/v1/rooms/{room}"), Some(token), &Value::Null).await;
    json!({"name": name, "code": answer["data"]["room"]["code"]})
}

async fn fill(fixture: &Fixture, room: &str, count: usize) {
    for number in 0..count {
        let guest = guest(&format!("guest:{number:020}"), room);
        fixture.app.storage().save_guest(&guest, &number.to_string(), fixture.app.now()).await.unwrap();
    }
}

#[tokio::test]
async fn a_full_room_admits_a_guest_only_after_another_leaves() {
    let fixture = Fixture::start().await;
    let ada = fixture.member("ada");
    let room = fixture.room(&ada).await;
    fill(&fixture, &room, GUESTS_PER_ROOM - 1).await;
    let path = format!("/v1/rooms/{room}/guests");
    let body = entry(&fixture, &ada, &room, "Last").await;
    // If several join at the same time, the room never exceeds its limit.
    let tries = (0..4).map(|_| fixture.request("POST", &path, None, &body));
    let outcomes: Vec<u16> = futures::future::join_all(tries).await.into_iter().map(|(status, _)| status).collect();
    assert!(outcomes.iter().all(|status| [201, 422].contains(status)), "{outcomes:?}");
    assert!(outcomes.iter().filter(|status| **status == 201).count() <= 1, "{outcomes:?}");
    if !outcomes.contains(&201) {
        assert_eq!(fixture.request("POST", &path, None, &body).await.0, 201, "the place is free still");
    }
    let (status, answer) = fixture.request("POST", &path, None, &body).await;
    assert_eq!((status, answer["errors"][0]["code"].as_str()), (422, Some("RULE_VIOLATION")), "{answer}");
    assert!(answer["errors"][0]["message"].as_str().unwrap().contains("500 guests"), "{answer}");

    let first = format!("{path}/guest:{:020}", 0);
    assert_eq!(fixture.request("DELETE", &first, Some(&ada), &Value::Null).await.0, 200);
    assert_eq!(fixture.request("POST", &path, None, &body).await.0, 201, "there is room again");
}

#[tokio::test]
async fn guests_and_their_names_expire_after_a_week() {
    let fixture = Fixture::start().await;
    let ada = fixture.member("ada");
    let room = fixture.room(&ada).await;
    let path = format!("/v1/rooms/{room}/guests");
    let body = entry(&fixture, &ada, &room, "Eve").await;
    let (status, joined) = fixture.request("POST", &path, None, &body).await;
    assert_eq!((status, joined["data"]["person"]["name"].as_str()), (201, Some("Eve")));
    let records = fixture.items(&format!("ENTRANTS#{room}")).await;
    let ends = (fixture.app.now().seconds() + 7 * 24 * 3_600).to_string();
    for item in &records {
        let expires = item["expires"].as_n().unwrap();
        assert!(expires.len() == ends.len() && *expires <= ends, "{item:?}");
    }
    assert_eq!(records.len(), 2, "the guest and the name");
    fixture.pass(7 * 24 * 3_600 + 5);
    // The database may delete them days later.
    let ada = fixture.member("ada");
    let (_, guests) = fixture.request("GET", &path, Some(&ada), &Value::Null).await;
    assert_eq!(guests["data"], json!([]));
    let (status, second_socket) = fixture.request("POST", &path, None, &body).await;
    assert_eq!((status, second_socket["data"]["person"]["name"].as_str()), (201, Some("Eve")), "{second_socket}");
}

#[tokio::test]
async fn a_member_has_rooms_up_to_the_limit() {
    let fixture = Fixture::start().await;
    let ada = fixture.member("ada");
    let first = fixture.room(&ada).await;
    let client = fixture.app.storage();
    assert_eq!(client.owned_rooms(&"ada".parse().unwrap()).await.unwrap().count, 1);
    for number in 0..ROOMS_PER_MEMBER - 2 {
        let id = format!("r{number:09}");
        fixture.put(&[("pk", "OWNED#ada"), ("sk", id.as_str())]).await;
    }
    let body = json!({"name": "Biology"});
    // Two requests at the same time for one place.
    let (one, other) = tokio::join!(
        fixture.request("POST", "/v1/rooms", Some(&ada), &body),
        fixture.request("POST", "/v1/rooms", Some(&ada), &body)
    );
    let mut statuses = [one.0, other.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 422], "{one:?} {other:?}");
    let (status, answer) = fixture.request("POST", "/v1/rooms", Some(&ada), &body).await;
    assert_eq!((status, answer["errors"][0]["code"].as_str()), (422, Some("RULE_VIOLATION")), "{answer}");
    assert!(answer["errors"][0]["message"].as_str().unwrap().contains("200 rooms"), "{answer}");
    assert_eq!(fixture.request("POST", "/v1/rooms", Some(&fixture.member("bob")), &body).await.0, 201, "others may");
    assert_eq!(fixture.request("DELETE", &format!("/v1/rooms/{first}"), Some(&ada), &Value::Null).await.0, 200);
    assert_eq!(fixture.request("POST", "/v1/rooms", Some(&ada), &body).await.0, 201);
}

#[tokio::test]
async fn a_guests_token_is_invalid_without_the_guests_record() {
    let fixture = Fixture::start().await;
    let ada = fixture.member("ada");
    let room = fixture.room(&ada).await;
    let (room_topic, own_topic) = (format!("room/{room}"), format!("room/{room}/person/guest:b1"));
    let bo = fixture.guest("guest:b1", &room).await;
    let mut socket = fixture.socket(&bo).await;
    for topic in [&room_topic, &own_topic] {
        assert_eq!(subscribe(&mut socket, topic).await, snapshot());
    }
    fixture.app.storage().remove_guest(&room.parse().unwrap(), &"guest:b1".parse().unwrap(), "guest:b1").await.unwrap();
    let answer = json!({"choices": [0]});
    for (method, path, body) in [
        ("GET", format!("/v1/rooms/{room}"), &Value::Null),
        ("PUT", format!("/v1/rooms/{room}/picks/1/answer"), &answer),
        ("GET", format!("/v1/rooms/{room}/link"), &Value::Null),
    ] {
        let (status, body) = fixture.request(method, &path, Some(&bo), body).await;
        assert_eq!((status, body["errors"][0]["code"].as_str()), (403, Some("FORBIDDEN")), "{method} {path}: {body}");
    }
    let mut second_socket = fixture.socket(&bo).await;
    for topic in [&room_topic, &own_topic] {
        assert_eq!(subscribe(&mut second_socket, topic).await, error_frame("FORBIDDEN"), "{topic}");
    }
    let is_watched = async { while !fixture.items(&format!("TOPIC#{room_topic}")).await.is_empty() {} };
    tokio::time::timeout(Duration::from_secs(20), is_watched).await.unwrap();
}
