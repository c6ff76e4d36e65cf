//! What a host does over HTTP beside picking: the run list, the time, the visible answers, the leaderboard. The denials are in
//! `authorization`.

use reqwest::Method;
use serde_json::{Value, json};
use test_support::rooms::{continents, essay, primes};
use test_support::server::Server;

#[tokio::test]
async fn a_run_list_is_kept_with_its_room() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    let (first, second) = (ada.question(&continents()).await, ada.question(&primes()).await);
    assert_eq!(room.get("/run-list").await.data(), &json!({"questions": [], "rev": 0}));

    let put = async |questions: Value| {
        ada.api.call_with(Method::PUT, &room.path("/run-list"), &json!({"questions": questions})).await
    };
    let list = put(json!([first, second, first])).await;
    assert_eq!((list.status, list.data()), (200, &json!({"questions": [first, second], "rev": 1})), "each once");
    assert_eq!(put(json!([second, first])).await.data()["rev"], 2);
    assert_eq!(put(json!([second, first])).await.data()["rev"], 2, "the same is no change");
    let many: Vec<String> = (0..201).map(|number| format!("q{number:09}")).collect();
    assert_eq!(put(json!(many)).await.status, 422);
    assert_eq!(put(json!(["no id"])).await.status, 400);

    let stale = ada.api.request(Method::PUT, &room.path("/run-list")).header("if-match", "\"1\"");
    let stale = stale.json(&json!({"questions": []})).send().await.expect("an answer");
    assert_eq!(stale.status(), 409);

    // Participants do not receive it, and it is deleted with the room.
    let bob = server.member("Bob").await;
    let seen = bob.api.call(Method::GET, &room.path("")).await;
    assert!(!seen.body.to_string().contains(&first), "{}", seen.body);
    assert_eq!(ada.api.call(Method::DELETE, &room.path("")).await.status, 200);
    assert_eq!(room.get("/run-list").await.status, 404);
}

#[tokio::test]
async fn a_pick_knows_its_question_and_how_it_went() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    let question = ada.question(&continents()).await;
    room.pick_by_id(&question).await;
    for (name, choice) in [("Bob", 0), ("Cy", 0), ("Di", 1)] {
        let guest = server.guest(&room, name).await;
        guest.answer(&room.id, 1, &json!({"choices": [choice]})).await;
    }
    let open = room.get("").await;
    assert_eq!(open.data()["picks"][0]["question"], json!(question));
    assert_eq!(open.data()["picks"][0].get("percent"), None, "not before the feedback");
    room.show_feedback(1).await;
    assert_eq!(room.get("").await.data()["picks"][0]["percent"], 67);
    assert_eq!(room.get("/results").await.data()["rows"][0]["scored"], 1);
}

#[tokio::test]
async fn the_host_gives_more_time_and_ends_it_without_the_feedback() {
    let server = Server::start().await;
    let (ada, bob) = tokio::join!(server.member("Ada"), server.member("Bob"));
    let room = ada.room("Biology", true).await;
    let mut limited = continents();
    limited["timeLimitSeconds"] = json!(5);
    room.pick(&limited).await;
    let set = async |pick: u32, seconds: Value| {
        ada.api.call_with(Method::PUT, &room.path(&format!("/picks/{pick}/time")), &json!({"seconds": seconds})).await
    };
    let longer = set(1, json!(600)).await;
    assert_eq!((longer.status, &longer.data()["phase"]), (200, &json!("open")));
    assert_ne!(longer.data()["deadline"], room.get("").await.data()["picks"][0]["pickedAt"]);
    assert_eq!(bob.answer(&room.id, 1, &json!({"choices": [0]})).await.status, 200);

    let ended = set(1, json!(0)).await;
    assert_eq!((ended.status, &ended.data()["phase"]), (200, &json!("open")), "its feedback is not shown");
    assert!(!ended.body.to_string().contains("secret"), "{}", ended.body);
    let late = bob.answer(&room.id, 1, &json!({"choices": [1]})).await;
    assert_eq!(late.status, 422);
    assert!(late.body.to_string().contains("is up"), "{}", late.body);

    for (seconds, status) in [(json!(3_601), 422), (json!(-1), 400), (json!("x"), 400)] {
        assert_eq!(set(1, seconds.clone()).await.status, status, "{seconds}");
    }
    assert_eq!(set(2, json!(30)).await.status, 404);
    room.show_feedback(1).await;
    assert_eq!(set(1, json!(30)).await.status, 422, "it has ended");
    room.pick(&essay()).await;
    room.post("/close").await;
    assert_eq!(set(2, json!(30)).await.status, 422, "the room is closed");
}

#[tokio::test]
async fn text_answers_are_shown_without_names_and_hidden_again() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    let eve = server.guest(&room, "Eve").await;
    room.pick(&essay()).await;
    eve.answer(&room.id, 1, &json!({"text": "It scatters"})).await;
    let show = async |answers: Value| {
        ada.api.call_with(Method::PUT, &room.path("/picks/1/shown"), &json!({"answers": answers})).await
    };
    assert_eq!(show(json!(["It scatters"])).await.data()["shown"], json!(["It scatters"]));
    let seen = eve.api.call(Method::GET, &room.path("")).await;
    let pick = &seen.data()["picks"][0];
    assert_eq!(pick["shown"], json!(["It scatters"]));
    assert!(!pick.to_string().contains("Eve"), "{pick}");

    assert_eq!(show(json!(["Never said"])).await.status, 422, "no one has said it");
    assert_eq!(show(json!([])).await.data().get("shown"), None);
    room.pick(&continents()).await;
    let of_options = ada.api.call_with(Method::PUT, &room.path("/picks/2/shown"), &json!({"answers": []})).await;
    assert_eq!(of_options.status, 422);
}

#[tokio::test]
async fn a_leaderboard_may_come_after_the_end() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    assert_eq!(room.get("").await.data()["room"].get("showsLeaderboard"), None);
    room.post("/close").await;
    let shown = ada.api.call_with(Method::PATCH, &room.path(""), &json!({"showsLeaderboard": true})).await;
    assert_eq!((shown.status, &shown.data()["showsLeaderboard"]), (200, &json!(true)), "{}", shown.body);
    room.post("/reopen").await;
    room.pick(&continents()).await;
    assert_eq!(room.get("").await.data()["room"].get("showsLeaderboard"), None, "the screen is the question's again");
}
