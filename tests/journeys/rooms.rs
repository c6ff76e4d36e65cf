//! Rooms over HTTP: a whole session, every denial, and that the thirteen defects of PyLiveQuestions are absent.

use reqwest::Method;
use serde_json::{Value, json};
use test_support::api::{Api, Response};
use test_support::rooms::{continents, essay, primes};
use test_support::server::Server;

fn choices(choices: &[u8]) -> Value {
    json!({ "choices": choices })
}

#[tokio::test]
async fn a_whole_session_from_the_room_to_the_file() {
    let server = Server::start().await;
    let (ada, bob) = tokio::join!(server.member("Ada"), server.member("Bob"));
    let room = ada.room("Biology 7b", true).await;
    let eve = server.guest(&room, "Eve").await;

    let first = room.pick(&continents()).await;
    assert_eq!(bob.answer(&room.id, first, &choices(&[0])).await.status, 200);
    assert_eq!(eve.answer(&room.id, first, &choices(&[1])).await.status, 200);
    assert_eq!(room.show_feedback(first).await.data()["state"], "question_closed");
    let second = room.pick(&primes()).await;
    assert_eq!(bob.answer(&room.id, second, &choices(&[0, 2])).await.status, 200);
    room.show_feedback(second).await;
    let third = room.pick(&essay()).await;
    assert_eq!(eve.answer(&room.id, third, &json!({"text": "=It scatters, \"they\" say"})).await.status, 200);
    room.show_feedback(third).await;
    assert_eq!(room.post("/close").await.data()["state"], "room_closed");

    let seen = bob.api.call(Method::GET, &room.path("")).await;
    let picks = seen.data()["picks"].as_array().expect("picks");
    assert_eq!(picks.len(), 3);
    assert_eq!((&picks[0]["bars"], &picks[0]["answered"]), (&json!([1, 1, 0]), &json!(2)));
    assert_eq!(picks[0]["html"], "<p>How <em>many</em> continents are there?</p>");
    assert_eq!((&picks[0]["options"][0]["isCorrect"], &picks[0]["phase"]), (&json!(true), &json!("closed")));

    let rows = room.get("/results").await;
    let rows = rows.data()["rows"].as_array().expect("rows");
    let row = |name: &str| rows.iter().find(|row| row["name"] == name).expect("a row");
    // Bob marked one of two correct options, and one wrong option.
    assert_eq!((&row("Bob")["percents"], &row("Bob")["total"]), (&json!([100, 33, null]), &json!(67)));
    assert_eq!((&row("Eve")["percents"], &row("Eve")["answered"]), (&json!([0, 0, null]), &json!(2)));

    let file = Api::text(room.creator.api.request(Method::GET, &room.path("/results.csv"))).await;
    let lines: Vec<&str> = file.lines().collect();
    assert_eq!(lines.len(), 5, "{file}");
    assert!(
        lines[0].ends_with(
            r#""number","pickedAt","question","type","person","name","answer","score","changes","answeredAt""#
        )
    );
    assert!(file.contains(r#""Bob","seven",100,0,"#) && file.contains(r#""Bob","2; 4",33,0,"#), "{file}");
    assert!(file.contains(r#""'=It scatters, ""they"" say""#), "a formula is made harmless: {file}");
}

/// Defect 1: a second room with the same name overwrote the first and its owner.
#[tokio::test]
async fn two_rooms_may_have_one_name() {
    let server = Server::start().await;
    let (ada, bob) = tokio::join!(server.member("Ada"), server.member("Bob"));
    let (one, other) = tokio::join!(ada.room("Cool Room", false), bob.room("Cool Room", false));
    assert!(one.id != other.id && one.code != other.code);
    assert_eq!(one.get("").await.data()["room"]["creatorName"], "Ada");
    let list = bob.api.call(Method::GET, "/v1/rooms").await;
    assert_eq!(list.data().as_array().map(Vec::len), Some(2));
    assert!(!list.body.to_string().contains(&one.code), "the list tells no codes");
}

/// Defect 3: closing deleted only the first connection, and failed before the state was set if there was no connection.
/// Defect 10: a closed room, an unknown option, a question that is not open, the owner's own answer.
#[tokio::test]
async fn invalid_answers_are_refused_with_a_message() {
    let server = Server::start().await;
    let (ada, bob) = tokio::join!(server.member("Ada"), server.member("Bob"));
    let room = ada.room("Biology", false).await;
    assert_eq!(bob.answer(&room.id, 1, &choices(&[0])).await.status, 404, "nothing is picked");
    let pick = room.pick(&continents()).await;
    for (answer, property) in [
        (choices(&[3]), "choices"),
        (choices(&[]), "choices"),
        (choices(&[0, 1]), "choices"),
        (json!({"text": "seven"}), "text"),
    ] {
        let refused = bob.answer(&room.id, pick, &answer).await;
        assert_eq!((refused.status, refused.property()), (422, property), "{answer}");
    }
    assert_eq!(bob.answer(&room.id, pick, &json!({"choices": [1.0, 9.0]})).await.property(), "choices", "9.0 is 9");
    for answer in
        [json!({"choices": "0,1"}), json!({"choices": [-1]}), json!({}), json!([0]), json!({"choices": [300]})]
    {
        assert_eq!(bob.answer(&room.id, pick, &answer).await.status, 400, "{answer}");
    }
    assert_eq!(ada.answer(&room.id, pick, &choices(&[0])).await.status, 403, "the creator does not answer");

    room.show_feedback(pick).await;
    let late = bob.answer(&room.id, pick, &choices(&[0])).await;
    assert_eq!((late.status, late.code()), (422, "RULE_VIOLATION"));
    assert_eq!(room.post("/close").await.status, 200, "without any connection");
    assert_eq!(bob.answer(&room.id, pick, &choices(&[0])).await.status, 422);
    let question = ada.question(&essay()).await;
    assert_eq!(room.pick_by_id(&question).await.status, 422);
    let rename = ada.api.call_with(Method::PATCH, &room.path(""), &json!({"name": "Other"})).await;
    assert_eq!((rename.status, rename.code()), (422, "RULE_VIOLATION"));
    assert_eq!(room.post("/close").await.status, 200, "closed again is closed");
    assert_eq!(room.post("/reopen").await.data()["state"], "no_question");
    assert_eq!(room.post("/reopen").await.status, 422);
    assert_eq!(room.pick_by_id(&question).await.status, 201);
}

/// Defect 6: answers belonged to a question, not to its pick, so a second pick leaked the feedback while it was open.
#[tokio::test]
async fn a_question_picked_twice_starts_afresh() {
    let server = Server::start().await;
    let (ada, bob) = tokio::join!(server.member("Ada"), server.member("Bob"));
    let room = ada.room("Biology", false).await;
    let question = ada.question(&continents()).await;
    room.pick_by_id(&question).await;
    bob.answer(&room.id, 1, &choices(&[0])).await;
    room.show_feedback(1).await;
    room.pick_by_id(&question).await;
    let again = room.get("/picks/2/attempts").await;
    assert_eq!(again.data(), &json!([]));
    let seen = bob.api.call(Method::GET, &room.path("")).await;
    let second = &seen.data()["picks"][1];
    assert_eq!((&second["phase"], second["options"][0].get("isCorrect")), (&json!("open"), None));
    assert!(!second.to_string().contains("secret"), "{second}");
    assert_eq!(seen.data()["tally"], json!({"pick": 2, "answered": 0}));
    assert_eq!(bob.answer(&room.id, 1, &choices(&[1])).await.status, 422, "the first asking is over");
    assert_eq!(bob.answer(&room.id, 2, &choices(&[1])).await.status, 200);
}

/// Defect 7: a text answer broke the scoring, and with it the rest. Defect 8: of several boxes only one was stored. Defect 12: options
/// with the same text were confused.
#[tokio::test]
async fn words_boxes_and_twins_are_all_kept_apart() {
    let server = Server::start().await;
    let (ada, bob) = tokio::join!(server.member("Ada"), server.member("Bob"));
    let room = ada.room("Biology", false).await;
    let pick = room.pick(&essay()).await;
    assert_eq!(bob.answer(&room.id, pick, &json!({"text": "2"})).await.status, 200);
    assert_eq!(room.show_feedback(pick).await.status, 200);
    let pick = room.pick(&primes()).await;
    let answer = bob.answer(&room.id, pick, &choices(&[1, 0, 1])).await;
    assert_eq!(answer.data()["answer"], choices(&[0, 1]));
    room.show_feedback(pick).await;
    let twins = json!({"text": "Which?", "options": [
        {"text": "same", "isCorrect": false}, {"text": "same", "isCorrect": true}]});
    let pick = room.pick(&twins).await;
    bob.answer(&room.id, pick, &choices(&[1])).await;
    room.show_feedback(pick).await;
    let results = room.get("/results").await;
    assert_eq!(results.data()["rows"][0]["percents"], json!([null, 100, 100]));
    let seen = room.get("").await;
    assert_eq!(seen.data()["picks"][2]["bars"], json!([0, 1]));
}

/// Defect 9: a reload lost the room, its name and the token. Here the address is enough.
#[tokio::test]
async fn a_guest_is_the_same_person_as_long_as_the_token_lasts() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    let eve = server.guest(&room, "Eve").await;
    let pick = room.pick(&continents()).await;
    eve.answer(&room.id, pick, &choices(&[1])).await;
    let again = server.api().with_bearer(&eve.token).call(Method::GET, "/v1/me").await;
    assert_eq!(
        again.data(),
        &json!({"role": "guest", "person": {"id": eve.id, "name": "Eve"}, "release": env!("CARGO_PKG_VERSION")})
    );
    let changed = eve.answer(&room.id, pick, &choices(&[0])).await;
    assert_eq!(changed.data()["rev"], 2, "it is the same answer, changed");
    let server = server.start_again().await;
    let room_now = server.api().with_bearer(&eve.token).call(Method::GET, &room.path("")).await;
    assert_eq!(room_now.status, 200, "and after a restart of the server");
}

/// Defect 11: every client could list the answers. Defect 13, passwords in clear text, cannot occur here: there are none.
#[tokio::test]
async fn only_the_creator_lists_answers() {
    let server = Server::start().await;
    let (ada, bob) = tokio::join!(server.member("Ada"), server.member("Bob"));
    let room = ada.room("Biology", true).await;
    let eve = server.guest(&room, "Eve").await;
    let pick = room.pick(&continents()).await;
    eve.answer(&room.id, pick, &choices(&[1])).await;
    for below in ["/picks/1/attempts", "/results", "/results.csv"] {
        assert_eq!(room.get(below).await.status, 200, "{below}");
        for other in [&bob, &eve] {
            assert_eq!(other.api.call(Method::GET, &room.path(below)).await.status, 403, "{below}");
        }
        assert_eq!(server.visitor().call(Method::GET, &room.path(below)).await.status, 401, "{below}");
    }
}

#[tokio::test]
async fn the_same_answer_again_changes_nothing() {
    let server = Server::start().await;
    let (ada, bob) = tokio::join!(server.member("Ada"), server.member("Bob"));
    let room = ada.room("Biology", false).await;
    let pick = room.pick(&continents()).await;
    for _ in 0..3 {
        assert_eq!(bob.answer(&room.id, pick, &choices(&[2])).await.data()["rev"], 1);
    }
    let (zero, one) = (choices(&[0]), choices(&[1]));
    let (one, other) = tokio::join!(bob.answer(&room.id, pick, &zero), bob.answer(&room.id, pick, &one));
    assert_eq!((one.status, other.status), (200, 200));
    let kept = room.get("/picks/1/attempts").await;
    assert_eq!((kept.data().as_array().map(Vec::len), &kept.data()[0]["rev"]), (Some(1), &json!(3)));
}

#[tokio::test]
async fn two_clicks_and_two_tabs_make_one_current_question() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", false).await;
    let (one, other) = (ada.question(&continents()).await, ada.question(&primes()).await);
    let pick = |question: String| {
        let request = ada.api.request(Method::POST, &room.path("/picks")).header("if-match", "\"1\"");
        Api::send(request.json(&json!({ "question": question })))
    };
    let answers = futures::future::join_all([pick(one.clone()), pick(one), pick(other.clone()), pick(other)]).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409]);
    let seen = room.get("").await;
    assert_eq!((&seen.data()["room"]["picks"], seen.data()["picks"].as_array().map(Vec::len)), (&json!(1), Some(1)));

    let again = ada.question(&essay()).await;
    assert_eq!(room.pick_by_id(&again).await.status, 201, "without a condition it replaces the open one");
    let seen = room.get("").await;
    let phases: Vec<&Value> = (0..2).map(|index| &seen.data()["picks"][index]["phase"]).collect();
    assert_eq!(phases, ["passed", "open"]);
    assert!(!seen.data()["picks"][0].to_string().contains("secret"), "what was replaced tells nothing");
    let stale = room.show_feedback(1).await;
    assert_eq!((stale.status, stale.code()), (409, "CONFLICT"));
}

#[tokio::test]
async fn an_edited_question_changes_no_past() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", false).await;
    let question = ada.question(&continents()).await;
    room.pick_by_id(&question).await;
    let path = format!("/v1/questions/{question}");
    assert_eq!(ada.api.call_with(Method::PUT, &path, &primes()).await.data()["rev"], 2);
    assert_eq!(ada.api.call(Method::DELETE, &path).await.status, 200);
    assert_eq!(ada.api.call(Method::DELETE, &path).await.status, 200, "deleted again is deleted");
    let seen = room.get("").await;
    assert_eq!(seen.data()["picks"][0]["options"][0]["text"], "seven");
    assert_eq!(room.pick_by_id(&question).await.status, 404);
}

#[tokio::test]
async fn a_time_limit_is_the_servers() {
    let server = Server::start().await;
    let (ada, bob) = tokio::join!(server.member("Ada"), server.member("Bob"));
    let room = ada.room("Biology", false).await;
    let mut limited = continents();
    limited["timeLimitSeconds"] = json!(3_600);
    let pick = room.pick(&limited).await;
    assert!(room.get("").await.data()["picks"][0]["deadline"].is_string());
    assert_eq!(bob.answer(&room.id, pick, &choices(&[0])).await.status, 200);
    server.database().backdate_pick(&room.id, pick, 3_601).await;
    let late = bob.answer(&room.id, pick, &choices(&[1])).await;
    assert_eq!(
        (late.status, late.body["errors"][0]["message"].as_str()),
        (422, Some("The time for this question is up."))
    );
    assert_eq!(room.get("/picks/1/attempts").await.data()[0]["answer"], choices(&[0]));
}

#[tokio::test]
async fn a_room_is_renamed_closed_to_guests_and_deleted() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    let eve = server.guest(&room, "Eve").await;
    let pick = room.pick(&continents()).await;
    eve.answer(&room.id, pick, &choices(&[0])).await;
    let change = json!({"name": " Physics ", "guestsAllowed": false});
    let changed = ada.api.call_with(Method::PATCH, &room.path(""), &change).await;
    assert_eq!((&changed.data()["name"], &changed.data()["guestsAllowed"]), (&json!("Physics"), &json!(false)));
    let mallory = json!({"name": "Mallory", "code": room.code});
    let refused = server.visitor().call_with(Method::POST, &room.path("/guests"), &mallory).await;
    assert_eq!((refused.status, refused.code()), (403, "FORBIDDEN"));
    assert_eq!(eve.answer(&room.id, pick, &choices(&[1])).await.status, 200, "who is in stays in");

    let stale = ada.api.request(Method::DELETE, &room.path("")).header("if-match", "\"1\"");
    assert_eq!(Api::send(stale).await.status, 409);
    let code = format!("/v1/codes/{}", room.code.to_lowercase());
    assert_eq!(server.visitor().call(Method::GET, &code).await.data()["id"], json!(room.id));
    for _ in 0..2 {
        assert_eq!(ada.api.call(Method::DELETE, &room.path("")).await.status, 200);
    }
    let nowhere = server.visitor().call(Method::GET, &code).await;
    let sentence = format!("No room has the code {}. Check the code and try again.", room.code);
    assert_eq!((nowhere.status, &nowhere.body["errors"][0]["message"]), (404, &json!(sentence)));
    assert_eq!(room.get("").await.status, 404);
    assert_eq!(eve.answer(&room.id, pick, &choices(&[0])).await.status, 404);
    server.database().wait_until_empty(&[&format!("ROOM#{}", room.id), &format!("ANSWERS#{}", room.id)]).await;
}

#[tokio::test]
async fn two_hosts_of_a_room_do_not_undo_each_others_settings() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    let change = |tag: &str, change: Value| {
        let request = ada.api.request(Method::PATCH, &room.path("")).header("if-match", tag.to_owned());
        Api::send(request.json(&change))
    };
    let no_guests = change("\"1\"", json!({"guestsAllowed": false})).await;
    assert_eq!((no_guests.status, no_guests.header("etag")), (200, "\"2\""));
    let settings = |answer: &Response| (answer.data()["name"].clone(), answer.data()["guestsAllowed"].clone());
    assert_eq!(settings(&no_guests), (json!("Biology"), json!(false)), "the name is as it was");

    let stale = change("\"1\"", json!({"name": "Physics", "guestsAllowed": true})).await;
    assert_eq!((stale.status, stale.code()), (409, "CONFLICT"));
    let sentence = "The room was changed in the meantime, perhaps in another tab. Check it and try again.";
    assert_eq!(stale.body["errors"][0]["message"], sentence);
    let seen = room.get("").await;
    assert_eq!((&seen.data()["room"]["name"], seen.header("etag")), (&json!("Biology"), "\"2\""));

    let renamed = change("\"2\"", json!({"name": "Physics"})).await;
    assert_eq!(settings(&renamed), (json!("Physics"), json!(false)), "guests are not let in again");
    let same = change("\"3\"", json!({})).await;
    assert_eq!((same.status, same.header("etag")), (200, "\"3\""), "nothing was to change");
}

#[tokio::test]
async fn a_question_is_not_overwritten_by_an_older_revision() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let path = format!("/v1/questions/{}", ada.question(&continents()).await);
    let rewrite =
        |question: Value| Api::send(ada.api.request(Method::PUT, &path).header("if-match", "\"1\"").json(&question));
    let rewritten = rewrite(primes()).await;
    assert_eq!((rewritten.status, rewritten.header("etag")), (200, "\"2\""));
    let stale = rewrite(essay()).await;
    assert_eq!((stale.status, stale.code()), (409, "CONFLICT"));
    let sentence = "The question was changed in the meantime, perhaps in another tab. Check it and try again.";
    assert_eq!(stale.body["errors"][0]["message"], sentence);
    let questions = ada.api.call(Method::GET, "/v1/questions").await;
    assert_eq!(questions.data()[0]["content"]["text"], "Which are primes?");
}

#[tokio::test]
async fn a_bank_is_written_imported_and_exported() {
    let server = Server::start().await;
    let (ada, bob) = tokio::join!(server.member("Ada"), server.member("Bob"));
    ada.question(&continents()).await;
    ada.question(&essay()).await;
    let export =
        |format: &str| Api::text(ada.api.request(Method::GET, &format!("/v1/questions/export?format={format}")));
    let (csv, json_file) = tokio::join!(export("csv"), export("json"));
    let import = |kind: &'static str, body: String| {
        Api::send(bob.api.request(Method::POST, "/v1/questions/import").header("content-type", kind).body(body))
    };
    let added = import("text/csv", csv).await;
    assert_eq!((added.status, added.data()), (201, &json!({"added": 2})));
    assert_eq!(import("application/json", json_file).await.data(), &json!({"added": 2}));
    let bank = bob.api.call(Method::GET, "/v1/questions").await;
    let texts: Vec<&Value> = bank.data().as_array().unwrap().iter().map(|one| &one["content"]["text"]).collect();
    assert_eq!(texts.iter().filter(|text| **text == "Why is the sky blue?").count(), 2);

    // The order in a file is the order of its questions, in the library and in its export.
    let cara = server.member("Cara").await;
    let many: Vec<Value> = (0..12).map(|number| json!({"text": format!("Question {number:02}")})).collect();
    let body = cara.api.request(Method::POST, "/v1/questions/import").header("content-type", "application/json");
    assert_eq!(Api::send(body.body(json!(many).to_string())).await.status, 201);
    let exported = Api::text(cara.api.request(Method::GET, "/v1/questions/export?format=json")).await;
    let exported: Vec<Value> = serde_json::from_str(&exported).unwrap();
    let texts: Vec<&str> = exported.iter().filter_map(|question| question["text"].as_str()).collect();
    assert!(texts.len() == 12 && texts.is_sorted(), "{texts:?}");

    let broken = "text,option1,correct1\nfine,a,yes\n,b,perhaps\n";
    let refused = import("text/csv", broken.to_owned()).await;
    assert_eq!((refused.status, refused.property()), (422, "line 3: correct1"));
    assert_eq!(import("text/plain", String::new()).await.status, 415);
    for (broken, property) in [
        ("text\nWhy, oh why?\n", "line 2: column B"),
        ("text,option01\nWhy?,a\n", "line 1: column B"),
        ("text,text\nWhy?,Why not?\n", "line 1: column B"),
        ("text\n\"Why?\nHow?\n", "line 2: text"),
    ] {
        let refused = import("text/csv", broken.to_owned()).await;
        assert_eq!((refused.status, refused.property()), (422, property), "{}", refused.body);
    }
    let too_large = import("text/csv", "x".repeat(1024 * 1024 + 1)).await;
    assert_eq!(too_large.status, 413);
    let message = too_large.body["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("at most 1024 KiB") && message.contains("Split it"), "{message}");
    let bank = bob.api.call(Method::GET, "/v1/questions").await;
    assert_eq!(bank.data().as_array().map(Vec::len), Some(4), "nothing of a broken file is imported");
    let wrong = json!({"text": "", "options": [{"text": "", "isCorrect": true}], "timeLimitSeconds": 1});
    let refused = bob.api.call_with(Method::POST, "/v1/questions", &wrong).await;
    let errors = refused.body["errors"][0]["validationErrors"].as_array().map(Vec::len);
    assert_eq!((refused.status, errors), (400, Some(3)));
    let preview = bob.api.call_with(Method::POST, "/v1/previews", &json!({"text": "**so** <script>"})).await;
    assert_eq!(preview.data()["html"], "<p><strong>so</strong> &lt;script&gt;</p>");
}

#[tokio::test]
async fn a_file_is_read_in_its_encoding_or_refused_with_a_message() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let send = |kind: &'static str, query: &'static str, file: &'static [u8]| {
        let request = ada.api.request(Method::POST, &["/v1/questions/import", query].concat());
        Api::send(request.header("content-type", kind).body(file))
    };
    let message = |answer: &Response| answer.body["errors"][0]["message"].as_str().unwrap().to_owned();
    let as_it_is = "application/octet-stream";
    let western = b"sep=;\r\ntext;option1\r\nWarum f\xe4llt Schnee?;k\xe4lte\r\n";
    let read = send(as_it_is, "?format=csv", western).await;
    assert_eq!(read.data(), &json!({"added": 1, "assumedEncoding": "windows-1252"}));
    let wide = b"\xff\xfe[\0{\0\"\0t\0e\0x\0t\0\"\0:\0\"\0\x42\x01\"\0}\0]\0";
    assert_eq!(send(as_it_is, "?format=json", wide).await.data(), &json!({"added": 1}));
    let replacement = send(as_it_is, "?format=csv", "text\nWhat is “\u{fffd}”?\n".as_bytes()).await;
    assert_eq!(replacement.data(), &json!({"added": 1}), "{}", replacement.body);
    let library = ada.api.call(Method::GET, "/v1/questions").await;
    let texts: Vec<&Value> = library.data().as_array().unwrap().iter().map(|one| &one["content"]["text"]).collect();
    for text in ["Warum fällt Schnee?", "ł", "What is “\u{fffd}”?"] {
        assert!(texts.contains(&&json!(text)), "{texts:?}");
    }

    // Text that is sent arrives as UTF-8: no character is lost silently.
    for (kind, file) in [("text/csv", &western[..]), ("application/json", wide)] {
        let refused = send(kind, "", file).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        assert!(message(&refused).contains("application/octet-stream"), "{}", refused.body);
    }
    for (kind, query) in [("text/csv", ""), (as_it_is, "?format=csv")] {
        let workbook = send(kind, query, b"PK\x03\x04\x14\0").await;
        assert_eq!(workbook.status, 422);
        assert!(message(&workbook).contains("Excel workbook"), "{}", workbook.body);
    }
    for (kind, query, status) in [
        (as_it_is, "", 422),
        (as_it_is, "?format=xlsx", 400),
        (as_it_is, "?format=csv&format=json", 400),
        ("text/csv", "?format=json", 422),
        ("text/plain", "?format=csv", 415),
    ] {
        let refused = send(kind, query, b"text\nWhy?\n").await;
        assert_eq!((refused.status, message(&refused).is_empty()), (status, false), "{kind} {query}: {}", refused.body);
    }
    let library = ada.api.call(Method::GET, "/v1/questions").await;
    assert_eq!(library.data().as_array().map(Vec::len), Some(3), "nothing of a refused file is imported");
}
