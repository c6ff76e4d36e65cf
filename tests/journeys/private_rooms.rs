//! Access to a room, over HTTP and over the live connection: codes and links, private rooms and their lists, guests who are removed.

use protocol::digest::Digest;
use reqwest::Method;
use serde_json::{Value, json};
use test_support::api::{Api, Response};
use test_support::people::Person;
use test_support::rooms::{Room, continents};
use test_support::server::Server;
use test_support::socket::Socket;

async fn join(api: &Api, room: &Room<'_>, body: Value) -> Response {
    api.call_with(Method::POST, &room.path("/guests"), &body).await
}

async fn enter(person: &Person, room: &Room<'_>, body: Value) -> Response {
    person.api.call_with(Method::POST, &room.path("/enter"), &body).await
}

/// The ids of the rooms in a member's list.
async fn listed(person: &Person) -> Vec<String> {
    let response = person.api.call(Method::GET, "/v1/rooms").await;
    let rooms = response.data().as_array().expect("a list");
    rooms.iter().map(|room| room["id"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test]
async fn a_guest_needs_the_code_or_the_link() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let (room, other) = tokio::join!(ada.room("Biology", true), ada.room("Physics", true));
    let link = room.get("/link").await.data()["link"].as_str().expect("a token").to_owned();
    let foreign = other.get("/link").await.data()["link"].as_str().expect("a token").to_owned();
    let visitor = server.visitor();
    for (body, status, property) in [
        (json!({"name": "Eve"}), 422, "code"),
        (json!({"name": "Eve", "code": null, "link": null}), 422, "code"),
        (json!({"name": "Eve", "code": room.code, "link": link}), 422, "link"),
        (json!({"name": "Eve", "code": "ABC"}), 400, "code"),
        (json!({"name": "Eve", "link": "short"}), 400, "link"),
        (json!({"code": room.code}), 400, "name"),
    ] {
        let refused = join(&visitor, &room, body.clone()).await;
        assert_eq!((refused.status, refused.property()), (status, property), "{body}: {}", refused.body);
    }
    for body in [
        json!({"name": "Eve", "code": other.code}),
        json!({"name": "Eve", "link": foreign}),
        json!({"name": "Eve", "link": "A".repeat(22)}),
    ] {
        assert_eq!(join(&visitor, &room, body.clone()).await.status, 403, "{body}");
    }
    for body in [json!({"name": "Eve", "code": room.code.to_lowercase()}), json!({"name": "Bo", "link": link})] {
        assert_eq!(join(&visitor, &room, body.clone()).await.status, 201, "{body}");
    }
    assert!(!server.database().everything().await.contains(&link), "no token is kept");
    assert_eq!(visitor.call(Method::GET, &room.path("/link")).await.status, 401);
    let bo = server.guest(&other, "Bo").await;
    assert_eq!(bo.api.call(Method::GET, &room.path("/link")).await.status, 403, "who is not in has no link");
    assert_eq!(bo.api.call(Method::GET, &other.path("/link")).await.data()["link"], json!(foreign));
}

#[tokio::test]
async fn a_private_room_is_its_creators_and_of_those_who_have_its_code() {
    let server = Server::start().await;
    let (ada, bob, cy) = tokio::join!(server.member("Ada"), server.member("Bob"), server.member("Cy"));
    let room = ada.private_room("Biology").await;
    room.pick(&continents()).await;
    assert_eq!((listed(&ada).await, listed(&bob).await), (vec![room.id.clone()], Vec::new()));
    let response = json!({"choices": [0]});
    for (path, status) in [("", 403), ("/link", 403), ("/picks/1/attempts", 403)] {
        assert_eq!(bob.api.call(Method::GET, &room.path(path)).await.status, status, "{path}");
    }
    assert_eq!(bob.answer(&room.id, 1, &response).await.status, 403);
    let mut socket = bob.socket().await;
    assert_eq!(socket.outcome_of(&room.topic("")).await, "FORBIDDEN");
    assert_eq!(socket.outcome_of(&format!("rooms/{}", ada.id)).await, "FORBIDDEN");

    assert_eq!(enter(&bob, &room, json!({"code": "ABC234"})).await.status, 403);
    assert_eq!(enter(&bob, &room, json!({})).await.property(), "code");
    let entered = enter(&bob, &room, json!({"code": room.code})).await;
    assert_eq!((entered.status, &entered.data()["id"]), (200, &json!(room.id)));
    assert_eq!(entered.data()["code"], Value::Null, "the public view");
    assert_eq!(bob.answer(&room.id, 1, &response).await.status, 200);
    assert_eq!(socket.outcome_of(&room.topic("")).await, "snapshot");
    assert!(listed(&bob).await.is_empty(), "the list is the creator's");
    let link = bob.api.call(Method::GET, &room.path("/link")).await;
    assert_eq!(enter(&cy, &room, json!({"link": link.data()["link"]})).await.status, 200);
    assert_eq!(cy.answer(&room.id, 1, &response).await.status, 200);
    let visitor = server.visitor().call_with(Method::POST, &room.path("/enter"), &json!({"code": room.code})).await;
    assert_eq!((visitor.status, &visitor.data()["name"]), (200, &json!("Biology")), "a visitor sees what it is");
    assert_eq!(server.visitor().call(Method::GET, &room.path("")).await.status, 401, "and is not in for that");
}

#[tokio::test]
async fn an_outsider_reads_only_whether_a_room_is_over() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let visitor = server.visitor();
    for room in [ada.room("Biology", true).await, ada.private_room("Club").await] {
        for is_closed in [false, true] {
            let status = visitor.call(Method::GET, &room.path("/status")).await;
            assert_eq!((status.status, status.data()), (200, &json!({"isClosed": is_closed})));
            room.post("/close").await;
        }
    }
    assert_eq!(visitor.call(Method::GET, "/v1/rooms/zzzzzzzzzz/status").await.status, 404);
}

/// No byte of a private room reaches the list of another member, while the room becomes private and public.
#[tokio::test]
async fn a_room_leaves_the_list_when_it_becomes_private_and_comes_back() {
    let server = Server::start().await;
    let (ada, bob) = tokio::join!(server.member("Ada"), server.member("Bob"));
    let hidden = ada.private_room("Never listed").await;
    let room = ada.room("Listed first", true).await;
    let (mut of_bob, mut of_ada) = tokio::join!(bob.socket(), ada.socket());
    assert_eq!(of_bob.subscribe("rooms").await, [(room.id.clone(), 1)]);
    let own = format!("rooms/{}", ada.id);
    assert_eq!(of_ada.subscribe(&own).await, [(hidden.id.clone(), 1)]);

    let change = |is_private: bool, name: &str| {
        let body = json!({"isPrivate": is_private, "name": name});
        let (api, path) = (ada.api.clone(), room.path(""));
        async move { api.call_with(Method::PATCH, &path, &body).await.status }
    };
    assert_eq!(change(true, "Secret name").await, 200);
    assert_eq!(of_bob.change_of(&room.id).await, Value::Null, "it is gone for others");
    assert_eq!(of_ada.change_of(&room.id).await["name"], "Secret name");
    assert_eq!(listed(&bob).await, Vec::<String>::new());
    assert_eq!(listed(&ada).await.len(), 2);
    room.pick(&continents()).await;
    ada.api.call(Method::DELETE, &hidden.path("")).await;
    assert_eq!(of_ada.change_of(&hidden.id).await, Value::Null);

    assert_eq!(change(false, "Listed again").await, 200);
    let back = of_bob.change_of(&room.id).await;
    assert_eq!((&back["name"], &back["isPrivate"]), (&json!("Listed again"), &json!(false)));
    let mut change = of_ada.change_of(&room.id).await;
    while change != Value::Null {
        assert_eq!(change["name"], "Secret name", "with its pick, until it is gone from the private ones");
        change = of_ada.change_of(&room.id).await;
    }
    let expected = Digest::of([(room.id.as_str(), back["rev"].as_u64().expect("a revision"))]);
    assert_eq!(of_bob.ping().await["rooms"], json!(expected.to_string()), "and so is the digest");
    for secret in ["Secret name", "Never listed", hidden.id.as_str(), room.code.as_str()] {
        assert!(!of_bob.transcript().contains(secret), "{secret}: {}", of_bob.transcript());
    }
}

#[tokio::test]
async fn admitted_members_stay_admitted_when_a_room_becomes_private() {
    let server = Server::start().await;
    let (ada, bob, cy) = tokio::join!(server.member("Ada"), server.member("Bob"), server.member("Cy"));
    let room = ada.room("Biology", true).await;
    let mut creator = ada.socket().await;
    creator.subscribe(&room.topic("/people")).await;
    let mut here = bob.socket().await;
    here.subscribe(&room.topic("")).await;
    creator.change_of(&bob.id).await;
    assert_eq!(ada.api.call_with(Method::PATCH, &room.path(""), &json!({"isPrivate": true})).await.status, 200);
    assert_eq!(bob.api.call(Method::GET, &room.path("")).await.status, 200);
    assert_eq!(cy.api.call(Method::GET, &room.path("")).await.status, 403);
    assert_eq!(here.change_of("room").await["isPrivate"], true);
}

#[tokio::test]
async fn a_guest_who_is_removed_is_out_and_stays_out() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    room.pick(&continents()).await;
    let (eve, bo) = (server.guest(&room, "Eve").await, server.guest(&room, "Bo").await);
    let guests = room.get("/guests").await;
    let names: Vec<&Value> = guests.data().as_array().expect("guests").iter().map(|guest| &guest["name"]).collect();
    assert!(names.len() == 2 && names.contains(&&json!("Eve")), "{names:?}");
    let mut creator = ada.socket().await;
    creator.subscribe(&room.topic("/people")).await;
    let (mut out, mut stays) = tokio::join!(eve.socket(), bo.socket());
    for topic in [room.topic(""), room.topic(&format!("/person/{}", eve.id))] {
        out.subscribe(&topic).await;
    }
    stays.subscribe(&room.topic("")).await;
    assert_eq!(creator.change_of(&eve.id).await["name"], "Eve");
    let ticket = eve.ticket().await;

    let path = room.path(&format!("/guests/{}", eve.id));
    assert_eq!(bo.api.call(Method::DELETE, &path).await.status, 403, "another guest");
    for _ in 0..2 {
        assert_eq!(ada.api.call(Method::DELETE, &path).await.status, 200);
    }
    let mut ended = Vec::new();
    while ended.len() < 2 {
        let frame = out.next().await;
        if frame["type"] == "error" {
            assert_eq!(frame["code"], "FORBIDDEN", "{frame}");
            ended.push(frame["topic"].as_str().expect("a topic").to_owned());
        }
    }
    ended.sort();
    assert_eq!(ended, [room.topic(""), room.topic(&format!("/person/{}", eve.id))]);
    while creator.change_of(&eve.id).await != Value::Null {}
    let response = json!({"choices": [0]});
    assert_eq!(eve.answer(&room.id, 1, &response).await.status, 403);
    for below in ["", "/link"] {
        assert_eq!(eve.api.call(Method::GET, &room.path(below)).await.status, 403, "{below}");
    }
    assert_eq!(out.outcome_of(&room.topic("")).await, "FORBIDDEN");
    let mut again = Socket::open(&server.live_address(&format!("?ticket={ticket}"))).await.expect("a connection");
    assert_eq!(again.outcome_of(&room.topic("")).await, "FORBIDDEN", "also by a ticket of before");

    room.show_feedback(1).await;
    while stays.change_of("room").await["state"] != "question_closed" {}
    assert_eq!(out.ping().await, json!({}), "nothing of the room is sent");
    assert!(!out.transcript().contains("question_closed"));
    assert_eq!(bo.api.call(Method::GET, &room.path("")).await.status, 200, "the others are as they were");
    assert_eq!(room.get("/guests").await.data().as_array().map(Vec::len), Some(1));
    let back = server.guest(&room, "Eve").await;
    assert_ne!(back.id, eve.id, "with the code a new guest joins, whose name is free again");
}

#[tokio::test]
async fn a_guest_who_leaves_removes_only_themselves() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let (room, other) = (ada.room("Biology", true).await, ada.room("Chess", true).await);
    let (eve, bo) = (server.guest(&room, "Eve").await, server.guest(&room, "Bo").await);
    let out = |room: &Room<'_>, guest: &Person| room.path(&format!("/guests/{}", guest.id));
    assert_eq!(eve.api.call(Method::DELETE, &out(&room, &bo)).await.status, 403);
    assert_eq!(eve.api.call(Method::DELETE, &out(&other, &eve)).await.status, 403, "of another room");
    for _ in 0..2 {
        assert_eq!(eve.api.call(Method::DELETE, &out(&room, &eve)).await.status, 200);
    }
    assert_eq!(eve.api.call(Method::GET, &room.path("")).await.status, 403);
    let guests = room.get("/guests").await;
    let names: Vec<&str> =
        guests.data().as_array().expect("a list").iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(names, ["Bo"]);
    assert!(server.guest(&room, "Eve").await.id != eve.id, "the name is free again");
}

#[tokio::test]
async fn a_guest_has_another_name_than_the_host_and_the_other_guests() {
    let server = Server::start().await;
    let (ada, bob) = tokio::join!(server.member("Ada"), server.member("Bob"));
    let room = ada.room("Biology", true).await;
    let mut here = bob.socket().await;
    let mut creator = ada.socket().await;
    creator.subscribe(&room.topic("/people")).await;
    here.subscribe(&room.topic("")).await;
    creator.change_of(&bob.id).await;
    let named = |name: &str| {
        let body = json!({"name": name, "code": room.code});
        let (api, path) = (server.visitor(), room.path("/guests"));
        async move {
            let response = api.call_with(Method::POST, &path, &body).await;
            assert_eq!(response.status, 201, "{}", response.body);
            response.data()["person"]["name"].as_str().expect("a name").to_owned()
        }
    };
    for (typed, called) in [
        ("Anna", "Anna"),
        ("anna", "anna (2)"),
        ("\u{410}nna", "\u{410}nna (3)"),
        ("Ada", "Ada (2)"),
        ("A\u{200b}da\u{202e}", "Ada (3)"),
        ("Ａｄａ", "Ada (4)"),
        ("Bob", "Bob (2)"),
        (" Cy  the \u{a0} third ", "Cy the third"),
    ] {
        assert_eq!(named(typed).await, called, "{typed}");
    }
    let (one, other) = tokio::join!(named("Di"), named("Di"));
    assert_ne!(one, other, "also of two who come at the same time");
    for odd in ["", "\u{200b}\u{ad}", "a\nb"] {
        let refused = join(&server.visitor(), &room, json!({"name": odd, "code": room.code})).await;
        assert_eq!((refused.status, refused.property()), (400, "name"), "{odd:?}");
    }
    let renamed = ada.api.call_with(Method::PATCH, &room.path(""), &json!({"name": "Bio\u{ad}logy \u{2067}７b"})).await;
    assert_eq!(renamed.data()["name"], "Biology 7b");
}
