//! Meetups from outside: drafts, publishing, answers and the wait list, over HTTP and over the live connection.

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use test_support::api::{Api, Response};
use test_support::people::Person;
use test_support::server::Server;
use test_support::socket::Socket;

/// The key of a browser: 43 characters of base64url, different for each letter.
fn browser_key(letter: char) -> String {
    format!("{}A", letter.to_string().repeat(42))
}

/// The fields of a meetup in the far future, with others.
fn form(others: &Value) -> Value {
    let mut form = json!({"title": "Summer party", "start": "2098-07-01T19:00", "zone": "Europe/Berlin"});
    for (name, value) in others.as_object().unwrap() {
        form[name] = value.clone();
    }
    form
}

async fn create(api: &Api, form: &Value) -> String {
    let created = api.call_with(Method::POST, "/v1/meetups", form).await;
    assert_eq!(created.status, 201, "{}", created.body);
    assert_eq!(created.data()["meetup"]["state"], "draft");
    created.data()["meetup"]["id"].as_str().unwrap().to_owned()
}

async fn publish(api: &Api, id: &str) -> Response {
    api.call(Method::POST, &format!("/v1/meetups/{id}/publish")).await
}

/// A published meetup of this host.
async fn published(host: &Person, others: &Value) -> String {
    let id = create(&host.api, &form(others)).await;
    assert_eq!(publish(&host.api, &id).await.status, 200);
    id
}

async fn get(api: &Api, id: &str) -> Response {
    api.call(Method::GET, &format!("/v1/meetups/{id}")).await
}

async fn answer(api: &Api, id: &str, body: Value) -> Response {
    api.call_with(Method::PUT, &format!("/v1/meetups/{id}/answer"), &body).await
}

/// The answer that a response has, with the number of others.
fn answered(response: &Response) -> (String, Value) {
    assert_eq!(response.status, 200, "{}", response.body);
    let guest = &response.data()["guest"];
    (guest["answer"].as_str().unwrap().to_owned(), guest["plus"].clone())
}

/// Waits until a change of an entity is as `is_so` says.
async fn change_when(socket: &mut Socket, id: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    loop {
        let state = socket.change_of(id).await;
        if is_so(&state) {
            return state;
        }
    }
}

#[tokio::test]
async fn a_draft_is_written_without_an_account_and_published_by_a_member() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let (browser, other) =
        (server.visitor().with_visitor(&browser_key('a')), server.visitor().with_visitor(&browser_key('b')));
    assert_eq!(server.visitor().call_with(Method::POST, "/v1/meetups", &form(&json!({}))).await.status, 401);
    let id = create(&browser, &form(&json!({"description": "**Bring** cake.", "visibility": "public"}))).await;
    assert!(!server.database().everything().await.contains(&browser_key('a')), "the key is not stored");

    let own = get(&browser, &id).await;
    assert_eq!((own.status, &own.data()["isHost"]), (200, &json!(true)));
    assert_eq!(own.data()["descriptionHtml"], "<p><strong>Bring</strong> cake.</p>");
    assert_eq!(own.data()["meetup"]["start"]["at"], "2098-07-01T17:00:00.000Z");
    for stranger in [&other, &server.visitor(), &ada.api] {
        assert_eq!(get(stranger, &id).await.status, 404, "a draft is its owner's");
        assert_eq!(answer(stranger, &id, json!({"isComing": true, "name": "Eve"})).await.status, 404);
    }
    assert_eq!(publish(&browser, &id).await.status, 401, "sign in first");

    let signed_in = ada.api.with_visitor(&browser_key('a'));
    let listed = signed_in.call(Method::GET, "/v1/me/meetups").await;
    assert_eq!(listed.data()[0]["meetup"]["id"], json!(id));
    let response = publish(&signed_in, &id).await;
    assert_eq!((response.status, &response.data()["meetup"]["state"]), (200, &json!("published")));
    assert_eq!(response.data()["meetup"]["owner"]["name"], "Ada");
    assert_eq!(get(&browser, &id).await.data()["isHost"], json!(false), "it is the member's now");
    assert_eq!(browser.call(Method::GET, "/v1/me/meetups").await.data(), &json!([]));
    assert_eq!(ada.api.call(Method::GET, "/v1/me/meetups").await.data()[0]["meetup"]["id"], json!(id));
    assert_eq!(get(&other, &id).await.status, 200, "a public meetup");
}

#[tokio::test]
async fn publishing_is_shown_live_and_taken_back() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let (mut list, mut own) = (server.socket().await, ada.socket().await);
    list.subscribe("meetups").await;
    own.subscribe(&format!("meetups/{}", ada.id)).await;
    let id = create(&ada.api, &form(&json!({"visibility": "public", "capacity": 5}))).await;
    change_when(&mut own, &id, |listing| listing["meetup"]["state"] == "draft").await;
    publish(&ada.api, &id).await;
    change_when(&mut own, &id, |listing| listing["meetup"]["state"] == "published").await;
    let listing = change_when(&mut list, &id, Value::is_object).await;
    assert_eq!((&listing["meetup"]["title"], &listing["seats"]["capacity"]), (&json!("Summer party"), &json!(5)));
    assert_eq!(server.visitor().call(Method::GET, "/v1/meetups").await.data()[0]["meetup"]["id"], json!(id));

    let mut page = server.socket().await;
    page.subscribe(&format!("meetup/{id}")).await;
    let back = ada.api.call(Method::POST, &format!("/v1/meetups/{id}/take-back")).await;
    assert_eq!((back.status, &back.data()["meetup"]["state"]), (200, &json!("draft")));
    change_when(&mut list, &id, Value::is_null).await;
    change_when(&mut page, "meetup", Value::is_null).await;
    let renamed = form(&json!({"title": "A secret", "visibility": "public"}));
    assert_eq!(ada.api.call_with(Method::PUT, &format!("/v1/meetups/{id}"), &renamed).await.status, 200);
    change_when(&mut own, &id, |listing| listing["meetup"]["title"] == "A secret").await;
    page.ping().await;
    assert!(!page.transcript().contains("A secret"), "a draft is not published to those who saw the meetup");
    assert_eq!(server.socket().await.outcome_of(&format!("meetup/{id}")).await, "UNKNOWN_TOPIC");
    let deleted = ada.api.call(Method::DELETE, &format!("/v1/meetups/{id}")).await;
    assert_eq!(deleted.status, 200, "{}", deleted.body);
    change_when(&mut own, &id, Value::is_null).await;
    assert_eq!(ada.api.call(Method::DELETE, &format!("/v1/meetups/{id}")).await.status, 200);
}

#[tokio::test]
async fn guests_answer_and_the_first_who_waits_gets_the_free_seat() {
    let server = Server::start().await;
    let (ada, bo) = tokio::join!(server.member("Ada"), server.member("Bo"));
    let others = json!({"visibility": "unlisted", "capacity": 2, "plusLimit": 1, "joinUrl": "https://meet.example/x"});
    let id = published(&ada, &others).await;
    let (cy, di) = (server.visitor().with_visitor(&browser_key('c')), server.visitor().with_visitor(&browser_key('d')));
    let mut board = ada.socket().await;
    board.subscribe(&format!("meetup/{id}/guests")).await;
    let mut page = server.socket().await;
    page.subscribe(&format!("meetup/{id}")).await;

    assert_eq!(answer(&ada.api, &id, json!({"isComing": true})).await.status, 403, "the host comes anyway");
    assert_eq!(answer(&cy, &id, json!({"isComing": true})).await.status, 422, "a guest without an account has a name");
    assert_eq!(answer(&bo.api, &id, json!({"isComing": true, "plus": 2})).await.status, 422, "one other at most");
    assert_eq!(answer(&bo.api, &id, json!({"isComing": true, "plus": 9})).await.property(), "plus");
    let of_bo = answer(&bo.api, &id, json!({"isComing": true, "plus": 1})).await;
    assert_eq!(answered(&of_bo), ("going".to_owned(), json!(1)));
    assert_eq!(of_bo.data()["meetup"]["joinUrl"], "https://meet.example/x");
    change_when(&mut page, "seats", |seats| seats["taken"] == 2).await;
    let of_cy = answer(&cy, &id, json!({"isComing": true, "name": "Cy"})).await;
    assert_eq!((answered(&of_cy).0, &of_cy.data()["waitPosition"]), ("waiting".to_owned(), &json!(1)));
    assert_eq!(of_cy.data()["meetup"]["joinUrl"], Value::Null, "only for those who come");
    let of_di = answer(&di, &id, json!({"isComing": true, "name": "Di"})).await;
    assert_eq!(of_di.data()["waitPosition"], json!(2));
    let key = of_cy.data()["guest"]["key"].as_str().unwrap().to_owned();
    change_when(&mut board, &key, |guest| guest["answer"] == "waiting" && guest["name"] == "Cy").await;

    assert_eq!(answered(&answer(&bo.api, &id, json!({"isComing": true})).await), ("going".to_owned(), json!(0)));
    change_when(&mut board, &key, |guest| guest["answer"] == "going").await;
    let seen = get(&cy, &id).await;
    assert_eq!((answered(&seen).0, &seen.data()["seats"]["waiting"]), ("going".to_owned(), &json!(1)));
    let again = answer(&cy, &id, json!({"isComing": true})).await;
    assert_eq!(again.data()["guest"]["rev"], seen.data()["guest"]["rev"], "the same answer writes nothing");

    let bigger = ada
        .api
        .call_with(
            Method::PUT,
            &format!("/v1/meetups/{id}"),
            &form(&json!({"visibility": "unlisted", "capacity": 3, "plusLimit": 1})),
        )
        .await;
    assert_eq!((bigger.status, &bigger.data()["seats"]["taken"]), (200, &json!(3)));
    assert_eq!(answered(&get(&di, &id).await).0, "going");
    let smaller = ada
        .api
        .call_with(Method::PUT, &format!("/v1/meetups/{id}"), &form(&json!({"visibility": "unlisted", "capacity": 2})))
        .await;
    assert_eq!(smaller.status, 422, "three seats are taken");
    let removed = ada.api.call(Method::DELETE, &format!("/v1/meetups/{id}/guests/{key}")).await;
    assert_eq!(removed.status, 200, "{}", removed.body);
    change_when(&mut board, &key, Value::is_null).await;
    assert_eq!(get(&cy, &id).await.data()["guest"], Value::Null);
    change_when(&mut page, "seats", |seats| seats["taken"] == 2).await;
}

#[tokio::test]
async fn each_sees_only_the_guests_that_they_may() {
    let server = Server::start().await;
    let (ada, bo, eve) = tokio::join!(server.member("Ada"), server.member("Bo"), server.member("Eve"));
    let (open, closed) = (json!({"visibility": "public", "showsGuests": true}), json!({"visibility": "public"}));
    let (open, closed) = (published(&ada, &open).await, published(&ada, &closed).await);
    for id in [&open, &closed] {
        answer(&bo.api, id, json!({"isComing": true})).await;
        answer(&eve.api, id, json!({"isComing": false})).await;
    }
    // The names of the listed guests, and whether the list says which members they are.
    let guests = async |api: &Api, id: &str| {
        let response = api.call(Method::GET, &format!("/v1/meetups/{id}/guests")).await;
        let guests = response.data().as_array().cloned().unwrap_or_default();
        let mut names: Vec<String> = guests.iter().map(|guest| guest["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        (response.status, names.join(" "), response.body.to_string().contains(&bo.id))
    };
    assert_eq!(guests(&ada.api, &open).await, (200, "Bo Eve".to_owned(), true));
    assert_eq!(guests(&bo.api, &open).await, (200, "Bo".to_owned(), false), "those who come");
    assert_eq!(guests(&bo.api, &closed).await.0, 403);
    assert_eq!(guests(&server.visitor(), &open).await.0, 403, "not a guest");
    let key = get(&bo.api, &open).await.data()["guest"]["key"].as_str().unwrap().to_owned();
    let own = format!("meetup/{open}/guest/{key}");
    let list = format!("meetup/{open}/guests");
    let (mut of_ada, mut of_bo, mut of_eve) = tokio::join!(ada.socket(), bo.socket(), eve.socket());
    assert_eq!(of_ada.outcome_of(&list).await, "snapshot");
    assert_eq!(of_bo.outcome_of(&own).await, "snapshot");
    assert_eq!(of_bo.outcome_of(&list).await, "UNKNOWN_TOPIC");
    assert_eq!(of_eve.outcome_of(&own).await, "UNKNOWN_TOPIC");
    assert_eq!(server.socket().await.outcome_of(&own).await, "UNKNOWN_TOPIC");
}

#[tokio::test]
async fn a_removed_guest_receives_nothing_more() {
    let server = Server::start().await;
    let (ada, bo) = tokio::join!(server.member("Ada"), server.member("Bo"));
    let id = published(&ada, &json!({"visibility": "unlisted"})).await;
    let answered = answer(&bo.api, &id, json!({"isComing": true})).await;
    let key = answered.data()["guest"]["key"].as_str().unwrap().to_owned();
    let (of_guest, of_meetup) = (format!("meetup/{id}/guest/{key}"), format!("meetup/{id}"));
    let mut socket = bo.socket().await;
    assert_eq!(socket.outcome_of(&of_guest).await, "snapshot");
    assert_eq!(socket.outcome_of(&of_meetup).await, "snapshot");
    assert_eq!(ada.api.call(Method::DELETE, &format!("/v1/meetups/{id}/guests/{key}")).await.status, 200);
    loop {
        let frame = socket.next().await;
        if frame["type"] == "error" {
            assert_eq!((&frame["topic"], &frame["reason"]), (&json!(of_guest), &json!("NO_MEETUP")), "{frame}");
            break;
        }
    }
    // The page of an unlisted event stays: everyone with its address may see it.
    let digests = socket.ping().await;
    assert!(digests[&of_meetup].is_string() && digests[&of_guest].is_null(), "{digests}");
}

#[tokio::test]
async fn a_private_meetup_is_its_hosts() {
    let server = Server::start().await;
    let (ada, eve) = tokio::join!(server.member("Ada"), server.member("Eve"));
    let id = published(&ada, &json!({})).await;
    for stranger in [&eve.api, &server.visitor()] {
        assert_eq!(get(stranger, &id).await.status, 404);
        assert_eq!(answer(stranger, &id, json!({"isComing": true, "name": "Eve"})).await.status, 404);
        for below in ["/publish", "/take-back", "/cancel"] {
            let refused = stranger.call(Method::POST, &format!("/v1/meetups/{id}{below}")).await;
            assert_eq!(refused.status, 404, "{below}");
        }
        let change = stranger.call_with(Method::PUT, &format!("/v1/meetups/{id}"), &form(&json!({}))).await;
        assert_eq!(change.status, 404);
    }
    assert_eq!(eve.socket().await.outcome_of(&format!("meetup/{id}")).await, "UNKNOWN_TOPIC");
    assert_eq!(ada.socket().await.outcome_of(&format!("meetup/{id}")).await, "snapshot");
    let listed = server.visitor().call(Method::GET, "/v1/meetups").await;
    assert_eq!(listed.data(), &json!([]));

    let public = published(&ada, &json!({"visibility": "public"})).await;
    for below in ["/publish", "/take-back", "/cancel"] {
        let refused = eve.api.call(Method::POST, &format!("/v1/meetups/{public}{below}")).await;
        assert_eq!(refused.status, 403, "{below}: {}", refused.body);
    }
    let private = form(&json!({"visibility": "private"}));
    assert_eq!(ada.api.call_with(Method::PUT, &format!("/v1/meetups/{public}"), &private).await.status, 422);
    let cancelled = ada.api.call(Method::POST, &format!("/v1/meetups/{public}/cancel")).await;
    assert_eq!(
        (&cancelled.data()["meetup"]["state"], &cancelled.data()["meetup"]["sequence"]),
        (&json!("cancelled"), &json!(1))
    );
    assert_eq!(answer(&eve.api, &public, json!({"isComing": true})).await.status, 422);
    assert_eq!(ada.api.call(Method::DELETE, &format!("/v1/meetups/{public}")).await.status, 422, "no draft");
}

#[tokio::test]
async fn a_form_with_faults_names_each_of_them() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let faulty = json!({
        "title": "", "start": "2098-02-30T19:00", "zone": "nowhere at all", "minutes": 4, "visibility": "secret", "capacity": 0,
        "plusLimit": 6, "showsGuests": "yes", "joinUrl": "http://meet.example",
    });
    let refused = ada.api.call_with(Method::POST, "/v1/meetups", &faulty).await;
    let named = refused.body["errors"][0]["validationErrors"].as_array().unwrap();
    let mut named: Vec<&str> = named.iter().map(|violation| violation["property"].as_str().unwrap()).collect();
    named.sort_unstable();
    let all = ["capacity", "joinUrl", "minutes", "plusLimit", "showsGuests", "start", "title", "visibility", "zone"];
    assert_eq!((refused.status, named), (400, all.to_vec()));
    for (others, property) in [
        (json!({"zone": null}), "zone"),
        (json!({"start": null}), "start"),
        (json!({"zone": "Europe/Nowhere"}), "zone"),
        (json!({"start": "2026-03-29T02:30"}), "start"),
    ] {
        let refused = ada.api.call_with(Method::POST, "/v1/meetups", &form(&others)).await;
        assert_eq!((refused.status, refused.property()), (422, property), "{others}: {}", refused.body);
    }
    let id = create(&ada.api, &json!({"title": "Some day"})).await;
    assert_eq!(publish(&ada.api, &id).await.status, 422, "it has no start");
    let past = form(&json!({"start": "2020-01-01T19:00"}));
    let changed = ada.api.call_with(Method::PUT, &format!("/v1/meetups/{id}"), &past).await;
    assert_eq!((changed.status, publish(&ada.api, &id).await.status), (200, 422), "it would have begun");
    let outdated = ada.api.request(Method::PUT, &format!("/v1/meetups/{id}")).header("if-match", "\"1\"").json(&past);
    assert_eq!(Api::send(outdated).await.status, 409);
}

/// Fault: the last seat is sold twice, or a free seat is left while a guest waits.
#[tokio::test]
async fn answers_at_the_same_time_share_the_seats() {
    let server = Server::start_for_crowds(100).await;
    let ada = server.member("Ada").await;
    let id = published(&ada, &json!({"visibility": "unlisted", "capacity": 5})).await;
    let letters: Vec<char> = ('a'..='z').chain('A'..='D').collect();
    let guests = letters.iter().map(async |letter| {
        let api = server.visitor().with_visitor(&browser_key(*letter));
        answered(&answer(&api, &id, json!({"isComing": true, "name": letter.to_string()})).await).0
    });
    let answers = join_all(guests).await;
    let going = answers.iter().filter(|answer| *answer == "going").count();
    assert_eq!((going, answers.len() - going), (5, 25), "{answers:?}");
    let seats = get(&ada.api, &id).await.data()["seats"].clone();
    assert_eq!((&seats["taken"], &seats["waiting"]), (&json!(5), &json!(25)));
    // Each guest who comes leaves: each time the first who waits moves up.
    let leave = letters.iter().map(async |letter| {
        let api = server.visitor().with_visitor(&browser_key(*letter));
        answered(&answer(&api, &id, json!({"isComing": false})).await).0
    });
    assert!(join_all(leave).await.iter().all(|answer| answer == "declined"));
    let seats = get(&ada.api, &id).await.data()["seats"].clone();
    assert_eq!((&seats["taken"], &seats["waiting"]), (&json!(0), &json!(0)));
}

#[tokio::test]
async fn a_browser_has_ten_drafts_at_most() {
    let server = Server::start().await;
    let browser = server.visitor().with_visitor(&browser_key('a'));
    let drafts = join_all(
        (0..12)
            .map(async |_| browser.call_with(Method::POST, "/v1/meetups", &json!({"title": "Some day"})).await.status),
    );
    let made = drafts.await.into_iter().filter(|status| *status == 201).count();
    assert!(made <= 10, "{made}");
    for _ in made..10 {
        create(&browser, &json!({"title": "Some day"})).await;
    }
    assert_eq!(browser.call_with(Method::POST, "/v1/meetups", &json!({"title": "One more"})).await.status, 422);
}
