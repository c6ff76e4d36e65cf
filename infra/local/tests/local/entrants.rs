//! The limits of guests per room and rooms per member, on the embedded database; and the expiry of guests.

use std::time::Duration;

use domain::room::{GUESTS_PER_ROOM, ROOMS_PER_MEMBER};
use serde_json::{Value, json};

use crate::identity::{Office, guest, refusal, snapshot, subscribe};

/// The request of a guest that joins a room.
async fn entry(office: &Office, token: &str, room: &str, name: &str) -> Value {
    let (_, answer) = office.ask("GET", &format!("/v1/rooms/{room}"), Some(token), &Value::Null).await;
    json!({"name": name, "code": answer["data"]["room"]["code"]})
}

async fn fill(office: &Office, room: &str, count: usize) {
    for number in 0..count {
        let guest = guest(&format!("guest:{number:020}"), room);
        office.app.storage().save_guest(&guest, &number.to_string(), office.app.now()).await.unwrap();
    }
}

#[tokio::test]
async fn a_room_that_is_full_refuses_until_a_guest_goes() {
    let office = Office::start().await;
    let ada = office.member("ada");
    let room = office.room(&ada).await;
    fill(&office, &room, GUESTS_PER_ROOM - 1).await;
    let path = format!("/v1/rooms/{room}/guests");
    let body = entry(&office, &ada, &room, "Last").await;
    // If several join at the same time, the room never exceeds its limit.
    let tries = (0..4).map(|_| office.ask("POST", &path, None, &body));
    let outcomes: Vec<u16> = futures::future::join_all(tries).await.into_iter().map(|(status, _)| status).collect();
    assert!(outcomes.iter().all(|status| [201, 422].contains(status)), "{outcomes:?}");
    assert!(outcomes.iter().filter(|status| **status == 201).count() <= 1, "{outcomes:?}");
    if !outcomes.contains(&201) {
        assert_eq!(office.ask("POST", &path, None, &body).await.0, 201, "the place is free still");
    }
    let (status, answer) = office.ask("POST", &path, None, &body).await;
    assert_eq!((status, answer["errors"][0]["code"].as_str()), (422, Some("RULE_VIOLATION")), "{answer}");
    assert!(answer["errors"][0]["message"].as_str().unwrap().contains("500 guests"), "{answer}");

    let first = format!("{path}/guest:{:020}", 0);
    assert_eq!(office.ask("DELETE", &first, Some(&ada), &Value::Null).await.0, 200);
    assert_eq!(office.ask("POST", &path, None, &body).await.0, 201, "there is a place again");
}

#[tokio::test]
async fn guests_go_after_a_week_with_their_names() {
    let office = Office::start().await;
    let ada = office.member("ada");
    let room = office.room(&ada).await;
    let path = format!("/v1/rooms/{room}/guests");
    let body = entry(&office, &ada, &room, "Eve").await;
    let (status, joined) = office.ask("POST", &path, None, &body).await;
    assert_eq!((status, joined["data"]["person"]["name"].as_str()), (201, Some("Eve")));
    let kept = office.items(&format!("ENTRANTS#{room}")).await;
    let ends = (office.app.now().seconds() + 7 * 24 * 3_600).to_string();
    for item in &kept {
        let expires = item["expires"].as_n().unwrap();
        assert!(expires.len() == ends.len() && *expires <= ends, "{item:?}");
    }
    assert_eq!(kept.len(), 2, "the guest and the name");
    office.pass(7 * 24 * 3_600 + 5);
    // The database may delete them days later.
    let ada = office.member("ada");
    let (_, guests) = office.ask("GET", &path, Some(&ada), &Value::Null).await;
    assert_eq!(guests["data"], json!([]));
    let (status, again) = office.ask("POST", &path, None, &body).await;
    assert_eq!((status, again["data"]["person"]["name"].as_str()), (201, Some("Eve")), "{again}");
}

#[tokio::test]
async fn a_member_has_rooms_up_to_the_limit() {
    let office = Office::start().await;
    let ada = office.member("ada");
    let first = office.room(&ada).await;
    let client = office.app.storage();
    assert_eq!(client.owned_rooms(&"ada".parse().unwrap()).await.unwrap().count, 1);
    for number in 0..ROOMS_PER_MEMBER - 2 {
        let id = format!("r{number:09}");
        office.put(&[("pk", "OWNED#ada"), ("sk", id.as_str())]).await;
    }
    let body = json!({"name": "Biology"});
    // Two requests at the same time for one place.
    let (one, other) = tokio::join!(
        office.ask("POST", "/v1/rooms", Some(&ada), &body),
        office.ask("POST", "/v1/rooms", Some(&ada), &body)
    );
    let mut statuses = [one.0, other.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 422], "{one:?} {other:?}");
    let (status, answer) = office.ask("POST", "/v1/rooms", Some(&ada), &body).await;
    assert_eq!((status, answer["errors"][0]["code"].as_str()), (422, Some("RULE_VIOLATION")), "{answer}");
    assert!(answer["errors"][0]["message"].as_str().unwrap().contains("200 rooms"), "{answer}");
    assert_eq!(office.ask("POST", "/v1/rooms", Some(&office.member("bob")), &body).await.0, 201, "others may");
    assert_eq!(office.ask("DELETE", &format!("/v1/rooms/{first}"), Some(&ada), &Value::Null).await.0, 200);
    assert_eq!(office.ask("POST", "/v1/rooms", Some(&ada), &body).await.0, 201);
}

#[tokio::test]
async fn a_guests_token_without_the_guest_opens_nothing() {
    let office = Office::start().await;
    let ada = office.member("ada");
    let room = office.room(&ada).await;
    let (here, own) = (format!("room/{room}"), format!("room/{room}/person/guest:b1"));
    let bo = office.guest("guest:b1", &room).await;
    let mut socket = office.socket(&bo).await;
    for topic in [&here, &own] {
        assert_eq!(subscribe(&mut socket, topic).await, snapshot());
    }
    office.app.storage().remove_guest(&room.parse().unwrap(), &"guest:b1".parse().unwrap(), "guest:b1").await.unwrap();
    let answer = json!({"choices": [0]});
    for (method, path, body) in [
        ("GET", format!("/v1/rooms/{room}"), &Value::Null),
        ("PUT", format!("/v1/rooms/{room}/picks/1/answer"), &answer),
        ("GET", format!("/v1/rooms/{room}/link"), &Value::Null),
    ] {
        let (status, told) = office.ask(method, &path, Some(&bo), body).await;
        assert_eq!((status, told["errors"][0]["code"].as_str()), (403, Some("FORBIDDEN")), "{method} {path}: {told}");
    }
    let mut again = office.socket(&bo).await;
    for topic in [&here, &own] {
        assert_eq!(subscribe(&mut again, topic).await, refusal("FORBIDDEN"), "{topic}");
    }
    let is_watched = async { while !office.items(&format!("TOPIC#{here}")).await.is_empty() {} };
    tokio::time::timeout(Duration::from_secs(20), is_watched).await.unwrap();
}
