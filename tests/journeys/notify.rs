//! Alerts from outside: from a person's alert to the push to their browser, and every error.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::alert::DayTime;
use reqwest::Method;
use serde_json::{Value, json};
use test_support::api::{Api, Response};
use test_support::fake_services::{FakeServices, PushBrowser};
use test_support::server::Server;

/// A visitor with a browser that has a push subscription.
pub(crate) struct Visitor {
    pub(crate) api: Api,
    pub(crate) browser: PushBrowser,
}

/// A server beside a push service, with one table that is taken.
pub(crate) async fn start_with_services() -> (FakeServices, Server) {
    let services = FakeServices::start().await;
    let server = Server::start_beside(services.host()).await;
    server.api().register("lobby", "Lobby").await;
    server.api().report("lobby", false).await;
    (services, server)
}

pub(crate) async fn subscribe_push(api: &Api, browser: &PushBrowser) -> Response {
    api.call_with(Method::PUT, "/v1/me/browsers", &browser.subscription()).await
}

pub(crate) async fn visitor(services: &FakeServices, server: &Server, name: &str) -> Visitor {
    // 43 characters, different for each name.
    let key: String = name.bytes().chain(std::iter::repeat(b'A')).take(42).map(char::from).collect();
    let api = server.visitor().with_visitor(&format!("{key}A"));
    let browser = services.browser(name);
    let response = subscribe_push(&api, &browser).await;
    assert_eq!(response.status, 200, "{}", response.body);
    Visitor { api, browser }
}

pub(crate) async fn set_alert(api: &Api, what: &str, rule: &Value) -> Response {
    api.call_with(Method::PUT, &format!("/v1/me/alerts/{what}"), &json!({"rule": rule})).await
}

pub(crate) async fn alerts(api: &Api) -> Vec<Value> {
    let response = api.call(Method::GET, "/v1/me/notifications").await;
    assert_eq!(response.status, 200, "{}", response.body);
    response.data()["alerts"].as_array().unwrap().clone()
}

fn once() -> Value {
    json!({"when": "free_once"})
}

fn each() -> Value {
    json!({"when": "each_change"})
}

#[tokio::test]
async fn a_browser_gets_one_push_when_the_table_gets_free() {
    let (services, server) = start_with_services().await;
    let ada = visitor(&services, &server, "ada").await;
    assert_eq!(set_alert(&ada.api, "tables/lobby", &once()).await.status, 200);
    assert_eq!(alerts(&ada.api).await[0]["name"], "Lobby");

    server.api().report("lobby", true).await;
    let pushes = ada.browser.wait_for(1).await;
    let notification = ada.browser.read(&pushes[0]);
    assert_eq!((&notification["title"], &notification["path"]), (&json!("Lobby is free"), &json!("/tables/lobby")));
    assert_eq!((&notification["tag"], &notification["free"]), (&json!("table/lobby"), &json!("lobby")));
    let header = |name: &str| pushes[0].headers.get(name).cloned().unwrap_or_default();
    assert_eq!((header("content-encoding"), header("urgency")), ("aes128gcm".to_owned(), "high".to_owned()));
    assert_eq!(header("topic").len(), 32);
    assert!((1..=300).contains(&header("ttl").parse::<u32>().unwrap()), "{}", header("ttl"));
    let key = server.visitor().call(Method::GET, "/v1/push/key").await;
    let key = key.data()["publicKey"].as_str().unwrap().to_owned();
    assert!(header("authorization").starts_with("vapid t=") && header("authorization").ends_with(&key));

    assert_eq!(alerts(&ada.api).await, [] as [Value; 0], "the rule notifies only once");
    let bo = visitor(&services, &server, "bo").await;
    assert_eq!(set_alert(&bo.api, "tables/lobby", &each()).await.status, 200);
    server.api().report("lobby", false).await;
    bo.browser.wait_for(1).await;
    server.api().report("lobby", true).await;
    bo.browser.wait_for(2).await;
    assert_eq!(ada.browser.pushes().len(), 1);
}

#[tokio::test]
async fn each_change_is_pushed_to_all_browsers_of_a_person() {
    let (services, server) = start_with_services().await;
    let ada = server.member("Ada").await;
    let (desk, phone) = (services.browser("desk"), services.browser("phone"));
    for browser in [&desk, &phone] {
        assert_eq!(subscribe_push(&ada.api, browser).await.status, 200);
    }
    assert_eq!(set_alert(&ada.api, "tables/lobby", &each()).await.status, 200);
    server.api().report("lobby", true).await;
    desk.wait_for(1).await;
    phone.wait_for(1).await;
    server.api().report("lobby", false).await;
    for browser in [&desk, &phone] {
        let titles: Vec<Value> =
            browser.notifications(2).await.iter().map(|notification| notification["title"].clone()).collect();
        assert_eq!(titles, ["Lobby is free", "Lobby is taken"]);
    }
}

#[tokio::test]
async fn a_direct_write_to_the_table_is_pushed_too() {
    let (services, server) = start_with_services().await;
    let ada = visitor(&services, &server, "ada").await;
    assert_eq!(set_alert(&ada.api, "tables/lobby", &once()).await.status, 200);
    // As with the AWS CLI: the server is not involved, and the revision does not change.
    let age = std::time::Duration::from_secs(3_600);
    server.database().put_table("lobby", "free", 2, age).await;
    let notifications = ada.browser.notifications(1).await;
    assert_eq!(notifications[0]["title"], "lobby is free");
}

#[tokio::test]
async fn quiet_hours_and_a_pause_are_kept() {
    let (services, server) = start_with_services().await;
    let [quiet, paused, awake] = ["quiet", "paused", "awake"];
    let quiet = visitor(&services, &server, quiet).await;
    let paused = visitor(&services, &server, paused).await;
    let awake = visitor(&services, &server, awake).await;
    for one in [&quiet, &paused, &awake] {
        assert_eq!(set_alert(&one.api, "tables/lobby", &once()).await.status, 200);
    }
    let path = "/v1/me/notifications/preferences";
    let all_day = json!({"timeZone": "Europe/Zurich", "quiet": {"from": "00:00", "to": "00:00"}});
    assert_eq!(quiet.api.call_with(Method::PUT, path, &all_day).await.status, 200);
    let pause = json!({"timeZone": "", "pausedUntil": "2999-01-01T00:00:00Z"});
    assert_eq!(paused.api.call_with(Method::PUT, path, &pause).await.status, 200);

    server.api().report("lobby", true).await;
    awake.browser.wait_for(1).await;
    // When the event is planned, the deliveries of all recipients are stored.
    let planned = server.database().deliveries(1).await;
    assert_eq!(planned.len(), 1, "{planned:?}");
    assert_eq!(alerts(&quiet.api).await.len(), 1, "an alert that was not delivered still waits");
    assert_eq!(alerts(&paused.api).await.len(), 1);

    let on = json!({"timeZone": "", "pausedUntil": null});
    assert_eq!(paused.api.call_with(Method::PUT, path, &on).await.status, 200);
    server.api().report("lobby", false).await;
    server.api().report("lobby", true).await;
    paused.browser.wait_for(1).await;
    assert!(quiet.browser.pushes().is_empty());
}

#[tokio::test]
async fn hours_are_in_the_time_zone_that_the_alert_was_set_in() {
    let (services, server) = start_with_services().await;
    let [in_tokyo, in_utc] = ["tokyo", "utc"];
    let in_tokyo = visitor(&services, &server, in_tokyo).await;
    let in_utc = visitor(&services, &server, in_utc).await;
    // Two hours around now on Tokyo's clocks, which are nine hours ahead of UTC all year. In UTC it is another time of day.
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() / 60;
    let in_minutes = |minutes: u64| DayTime::from_minutes(u16::try_from((since_epoch + minutes) % 1_440).unwrap());
    let (from, to) = (in_minutes(8 * 60).to_string(), in_minutes(10 * 60).to_string());
    let rule = json!({"when": "free_within", "days": 127, "from": from, "to": to});
    let path = "/v1/me/alerts/tables/lobby";
    let zoned = json!({"rule": rule, "timeZone": "Asia/Tokyo"});
    assert_eq!(in_tokyo.api.call_with(Method::PUT, path, &zoned).await.data()["timeZone"], "Asia/Tokyo");
    assert_eq!(alerts(&in_tokyo.api).await[0]["timeZone"], "Asia/Tokyo");
    assert_eq!(set_alert(&in_utc.api, "tables/lobby", &rule).await.data().get("timeZone"), None);
    let odd = json!({"rule": rule, "timeZone": "Asia/Tōkyō"});
    let odd = in_tokyo.api.call_with(Method::PUT, path, &odd).await;
    assert_eq!((odd.status, odd.property()), (400, "timeZone"));

    server.api().report("lobby", true).await;
    in_tokyo.browser.wait_for(1).await;
    // When the event is planned, the deliveries of all recipients are stored.
    let planned = server.database().deliveries(1).await;
    assert_eq!(planned.len(), 1, "{planned:?}");
    assert!(in_utc.browser.pushes().is_empty());
}

#[tokio::test]
async fn a_subscription_that_has_ended_is_forgotten() {
    let (services, server) = start_with_services().await;
    for status in [404, 410] {
        let one = visitor(&services, &server, &format!("ended-{status}")).await;
        one.browser.set_responses(&[(status, None)]);
        assert_eq!(set_alert(&one.api, "tables/lobby", &each()).await.status, 200);
        server.api().report("lobby", true).await;
        one.browser.wait_for(1).await;
        let gone = async {
            loop {
                let response = one.api.call(Method::GET, "/v1/me/notifications").await;
                if response.data()["browsers"].as_array().unwrap().is_empty() {
                    return;
                }
            }
        };
        tokio::time::timeout(test_support::TIMEOUT, gone).await.expect("the browser is forgotten");
        server.api().report("lobby", false).await;
    }
}

#[tokio::test]
async fn a_busy_push_service_gets_a_retry_and_one_push() {
    let (services, server) = start_with_services().await;
    let ada = visitor(&services, &server, "ada").await;
    ada.browser.set_responses(&[(429, Some(1)), (503, None), (201, None)]);
    assert_eq!(set_alert(&ada.api, "tables/lobby", &once()).await.status, 200);
    server.api().report("lobby", true).await;
    let pushes = ada.browser.wait_for(3).await;
    let statuses: Vec<u16> = pushes.iter().map(|push| push.status).collect();
    assert_eq!(statuses, [429, 503, 201]);
    let ids: Vec<Value> = pushes.iter().map(|push| ada.browser.read(push)["event"].clone()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "it is one event: {ids:?}");
}

#[tokio::test]
async fn a_table_that_is_busy_again_causes_no_push_and_the_alert_stays() {
    let (services, server) = start_with_services().await;
    let ada = visitor(&services, &server, "ada").await;
    ada.browser.set_responses(&[(503, Some(2)), (201, None)]);
    assert_eq!(set_alert(&ada.api, "tables/lobby", &once()).await.status, 200);
    server.api().report("lobby", true).await;
    ada.browser.wait_for(1).await;
    server.api().report("lobby", false).await;
    // The limit was used for the push, and is given back. In the database: the API accepts only a few requests per second.
    server.database().wait_for("ALERTS#", 1).await;
    assert_eq!(alerts(&ada.api).await.len(), 1, "the wish stands");
    assert_eq!(ada.browser.pushes().len(), 1, "no push of an event that is over");
    server.api().report("lobby", true).await;
    let notifications = ada.browser.notifications(2).await;
    assert_eq!(notifications[0]["title"], "Lobby is free");
    assert_eq!(alerts(&ada.api).await.len(), 0);
}

#[tokio::test]
async fn a_room_sends_the_chosen_events() {
    let services = FakeServices::start().await;
    let server = Server::start_beside(services.host()).await;
    let ada = server.member("Ada").await;
    let room = ada.room("Biology", true).await;
    let bo = server.member("Bo").await;
    let guest = server.guest(&room, "Cy").await;
    let (of_bo, of_guest) = (services.browser("bo"), services.browser("guest"));
    subscribe_push(&bo.api, &of_bo).await;
    // A guest's browser has the same subscription in every room.
    let key = "M".repeat(43);
    let guest = guest.api.with_visitor(&key);
    assert_eq!(subscribe_push(&guest, &of_guest).await.status, 200);
    let what = format!("rooms/{}", room.id);
    let rule = |question, feedback, closed| json!({"when": "room", "question": question, "feedback": feedback, "closed": closed});
    assert_eq!(set_alert(&bo.api, &what, &rule(true, true, true)).await.status, 200);
    assert_eq!(set_alert(&guest, &what, &rule(false, true, false)).await.status, 200);
    let stranger = server.visitor().with_visitor(&"Q".repeat(43));
    assert_eq!(set_alert(&stranger, &what, &rule(true, true, true)).await.status, 401);

    let pick = room.pick(&test_support::rooms::essay()).await;
    of_bo.wait_for(1).await;
    assert_eq!(room.show_feedback(pick).await.status, 200);
    of_bo.wait_for(2).await;
    assert_eq!(room.post("/close").await.status, 200);
    let titles: Vec<Value> =
        of_bo.notifications(3).await.iter().map(|notification| notification["title"].clone()).collect();
    assert_eq!(titles, ["Question 1", "Feedback to question 1", "“Biology” is closed"]);
    let notifications = of_guest.notifications(1).await;
    assert_eq!((notifications.len(), &notifications[0]["body"]), (1, &json!("See how you did in “Biology”.")));
}

#[tokio::test]
async fn a_renewed_subscription_goes_on_and_a_browser_is_one_persons() {
    let (services, server) = start_with_services().await;
    let ada = visitor(&services, &server, "ada").await;
    assert_eq!(set_alert(&ada.api, "tables/lobby", &each()).await.status, 200);
    let fresh = services.browser("fresh");
    let renewal = json!({"oldEndpoint": ada.browser.endpoint(), "subscription": fresh.subscription()});
    let renewed = server.visitor().call_with(Method::POST, "/v1/push/renewals", &renewal).await;
    assert_eq!(renewed.status, 200, "{}", renewed.body);
    server.api().report("lobby", true).await;
    fresh.wait_for(1).await;
    assert!(ada.browser.pushes().is_empty());
    let again = server.visitor().call_with(Method::POST, "/v1/push/renewals", &renewal).await;
    assert_eq!((again.status, again.code()), (404, "RESOURCE_NOT_FOUND"), "the old one is deleted");

    // Another person signs in at the same computer: from then on it only gets their notifications.
    let bo = server.member("Bo").await;
    assert_eq!(subscribe_push(&bo.api, &fresh).await.status, 200);
    let of_ada = ada.api.call(Method::GET, "/v1/me/notifications").await;
    assert_eq!(of_ada.data()["browsers"], json!([]));
    let trial = bo.api.call(Method::POST, "/v1/me/notifications/trials").await;
    assert_eq!(trial.data(), &json!({"reached": 1, "gone": 0, "failed": 0}));
    assert_eq!(fresh.notifications(2).await[1]["title"], "Rally can reach you");
}

#[tokio::test]
async fn errors_have_a_message() {
    let (services, server) = start_with_services().await;
    let ada = visitor(&services, &server, "ada").await;
    let anonymous = server.visitor();
    let device = anonymous.with_key(&server.api().device_key(&["*"], true).await);
    let free = server.api().register("attic", "Attic").await;
    let free = set_alert(&ada.api, &format!("tables/{}", free.id), &once()).await;
    assert_eq!((free.status, free.code()), (422, "RULE_VIOLATION"));
    assert_eq!(free.body["errors"][0]["message"], "Attic is free now. Go and play!");

    for (api, status) in [(&anonymous, 401), (&device, 403), (&anonymous.with_visitor("short"), 400)] {
        assert_eq!(set_alert(api, "tables/lobby", &once()).await.status, status);
        assert_eq!(subscribe_push(api, &ada.browser).await.status, status);
        for path in ["/v1/me/notifications", "/v1/me/notifications/trials"] {
            let method = if path.ends_with("trials") { Method::POST } else { Method::GET };
            assert_eq!(api.call(method, path).await.status, status, "{path}");
        }
    }
    for (what, rule, status) in [
        ("tables/nowhere", once(), 404),
        ("tables/x", once(), 400),
        ("tables/lobby", json!({"when": "room", "question": true, "feedback": true, "closed": true}), 422),
        ("tables/lobby", json!({"when": "never"}), 400),
        ("tables/lobby", json!({"when": "free_within", "days": 0, "from": "09:00", "to": "17:00"}), 400),
        ("tables/lobby", json!({"when": "free_within", "days": 31, "from": "9", "to": "17:00"}), 400),
    ] {
        assert_eq!(set_alert(&ada.api, what, &rule).await.status, status, "{what} {rule}");
    }
    // No request makes this server connect to its own network.
    for endpoint in ["http://169.254.169.254/latest", "http://127.0.0.1:1/", "https://evil.example/push", "nonsense"] {
        let mut subscription = ada.browser.subscription();
        subscription["endpoint"] = json!(endpoint);
        let response = ada.api.call_with(Method::PUT, "/v1/me/browsers", &subscription).await;
        assert_eq!((response.status, response.property()), (422, "endpoint"), "{endpoint}");
    }
    for number in 0..9 {
        assert_eq!(subscribe_push(&ada.api, &services.browser(&format!("more-{number}"))).await.status, 200);
    }
    assert_eq!(subscribe_push(&ada.api, &services.browser("too-many")).await.status, 422);
    let other = ada.api.call(Method::DELETE, &format!("/v1/me/browsers/{}", "w".repeat(43))).await;
    assert_eq!(other.status, 200, "deleting an absent alert succeeds");
    let zone = json!({"timeZone": "Europe/Zürich"});
    let odd = ada.api.call_with(Method::PUT, "/v1/me/notifications/preferences", &zone).await;
    assert_eq!((odd.status, odd.property()), (400, "timeZone"));
}

#[tokio::test]
async fn one_person_cannot_delete_the_alerts_of_another() {
    let (services, server) = start_with_services().await;
    let ada = visitor(&services, &server, "ada").await;
    let bo = visitor(&services, &server, "bo").await;
    assert_eq!(set_alert(&ada.api, "tables/lobby", &each()).await.status, 200);
    assert_eq!(bo.api.call(Method::DELETE, "/v1/me/alerts/tables/lobby").await.status, 200);
    let registered = subscribe_push(&ada.api, &ada.browser).await;
    let id = registered.data()["id"].as_str().unwrap().to_owned();
    assert_eq!(bo.api.call(Method::DELETE, &format!("/v1/me/browsers/{id}")).await.status, 200);
    server.api().report("lobby", true).await;
    ada.browser.wait_for(1).await;
    assert_eq!(ada.api.call(Method::DELETE, "/v1/me/alerts/tables/lobby").await.status, 200);
    assert_eq!(alerts(&ada.api).await.len(), 0);
    let everything = server.database().everything().await;
    assert!(!everything.contains(&format!("ada{}", "A".repeat(40))), "a visitor's key is kept as its hash alone");
}
