//! Slack from outside: the messages of a channel, an admin's view of a webhook, and the commands of people in Slack.

use hmac::{Hmac, Mac};
use reqwest::Method;
use serde_json::{Value, json};
use test_support::fake_services::FakeServices;
use test_support::server::Server;

use crate::notify::start_with_services;

const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";

async fn set_webhook(server: &Server, services: &FakeServices, name: &str, table: Option<&str>, each_change: bool) {
    let body = json!({"address": services.webhook(name), "table": table, "eachChange": each_change});
    let answer = server.api().call_with(Method::PUT, "/v1/slack/webhooks", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(!answer.body.to_string().contains(services.host()), "the address is never shown: {}", answer.body);
}

async fn webhook_when(server: &Server, is_so: impl Fn(&Value) -> bool) -> Value {
    let wait = async {
        loop {
            let settings = server.api().call(Method::GET, "/v1/slack").await;
            let webhook = settings.data()["webhooks"][0].clone();
            if is_so(&webhook) {
                return webhook;
            }
        }
    };
    tokio::time::timeout(test_support::TIMEOUT, wait).await.expect("the webhook's state")
}

fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

fn sign(secret: &str, timestamp: u64, body: &str) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("v0:{timestamp}:{body}").as_bytes());
    let digits: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("v0={digits}")
}

async fn post(server: &Server, timestamp: u64, signature: &str, body: &str) -> (u16, String) {
    let request = server.visitor().request(Method::POST, "/v1/slack/commands");
    let request = request
        .header("x-slack-request-timestamp", timestamp.to_string())
        .header("x-slack-signature", signature)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.to_owned());
    let answer = test_support::api::Api::send(request).await;
    (answer.status, answer.body["text"].as_str().unwrap_or_default().to_owned())
}

async fn say(server: &Server, user: &str, text: &str) -> String {
    let text = text.replace(' ', "+");
    let body = format!("team_id=T1&user_id={user}&user_name=name-of-{user}&command=%2Frally&text={text}");
    let (status, said) = post(server, now(), &sign(SECRET, now(), &body), &body).await;
    assert_eq!(status, 200);
    said
}

async fn with_commands(server: &Server) {
    let answer = server.api().call_with(Method::PUT, "/v1/slack/signing-secret", &json!({"secret": SECRET})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test]
async fn a_channel_gets_a_message_with_a_link() {
    let (services, server) = start_with_services().await;
    server.api().register("attic", "Attic").await;
    set_webhook(&server, &services, "all", None, false).await;
    set_webhook(&server, &services, "attic", Some("attic"), true).await;
    server.api().report("lobby", true).await;
    let posts = services.slack("all", 1).await;
    assert_eq!(posts[0]["text"], "Lobby is free");
    let link = posts[0]["blocks"][1]["elements"][0]["text"].as_str().unwrap();
    assert_eq!(link, format!("<{}/tables/lobby|Open in Rally>", server.address()));
    server.api().report("attic", false).await;
    assert_eq!(services.slack("attic", 1).await[0]["text"], "Attic is taken");
    server.api().report("attic", true).await;
    assert_eq!(services.slack("attic", 2).await[1]["text"], "Attic is free");
    assert_eq!(
        services.posted("slack/all").len(),
        1,
        "a table with a webhook of its own is not posted to by the other one"
    );
}

#[tokio::test]
async fn posts_keep_slacks_pace() {
    let (services, server) = start_with_services().await;
    set_webhook(&server, &services, "all", None, false).await;
    for number in 0..3 {
        let id = format!("table-{number}");
        server.api().register(&id, "").await;
        server.api().report(&id, false).await;
    }
    let begun = std::time::Instant::now();
    for number in 0..3 {
        server.api().report(&format!("table-{number}"), true).await;
    }
    services.slack("all", 3).await;
    assert!(begun.elapsed().as_secs_f64() >= 1.5, "three posts take two seconds: {:?}", begun.elapsed());
}

#[tokio::test]
async fn a_webhook_that_fails_is_shown_and_goes_off_after_a_day() {
    let (services, server) = start_with_services().await;
    set_webhook(&server, &services, "all", None, false).await;
    services.set_responses("slack/all", &[(404, None), (200, None), (403, None), (403, None)]);
    server.api().report("lobby", true).await;
    let webhook = webhook_when(&server, |webhook| !webhook["failure"].is_null()).await;
    assert_eq!(
        (&webhook["isOff"], &webhook["failure"]),
        (&json!(false), &json!("Slack says that there is no such webhook."))
    );
    server.database().set_number("SLACK", "*", "next", 0).await;
    let trial = server.api().call(Method::POST, "/v1/slack/webhooks/trials").await;
    assert_eq!(trial.status, 200, "{}", trial.body);
    webhook_when(&server, |webhook| webhook["failure"].is_null()).await;

    server.database().set_number("SLACK", "*", "next", 0).await;
    assert_eq!(server.api().call(Method::POST, "/v1/slack/webhooks/trials").await.status, 422);
    // As if it had failed for a day.
    server.database().set_number("SLACK", "*", "failingSince", 1).await;
    server.database().set_number("SLACK", "*", "next", 0).await;
    assert_eq!(server.api().call(Method::POST, "/v1/slack/webhooks/trials").await.status, 422);
    webhook_when(&server, |webhook| webhook["isOff"] == true).await;
    let posted = services.posted("slack/all").len();
    assert_eq!(server.api().call(Method::POST, "/v1/slack/webhooks/trials").await.status, 422);
    assert_eq!(services.posted("slack/all").len(), posted, "nothing is posted to one that is off");
    set_webhook(&server, &services, "all", None, false).await;
    webhook_when(&server, |webhook| webhook["isOff"] == false).await;
}

#[tokio::test]
async fn people_in_slack_list_tables_set_alerts_and_join_queues() {
    let (services, server) = start_with_services().await;
    with_commands(&server).await;
    assert_eq!(say(&server, "U1", "").await, ":red_circle: *Lobby* is busy (`lobby`)");
    assert!(say(&server, "U1", "free lobby").await.contains("webhook"), "Rally may not post there yet");
    set_webhook(&server, &services, "all", None, false).await;
    assert_eq!(say(&server, "U1", "free Lobby").await, "You will be told here when Lobby gets free.");
    assert_eq!(
        say(&server, "U2", "join lobby").await,
        "You are in line for Lobby, with 0 before you. You will be called here."
    );
    assert!(say(&server, "U2", "dance").await.contains("/rally free TABLE"));
    assert!(say(&server, "U2", "free nowhere").await.contains("There is no table"));
    server.api().report("lobby", true).await;
    let posts = services.slack("all", 3).await;
    let mut texts: Vec<&str> = posts.iter().map(|one| one["text"].as_str().unwrap()).collect();
    texts.sort_unstable();
    assert_eq!(texts, ["<@U1> Lobby is free", "<@U2> Your turn: Lobby", "Lobby is free"]);
    assert!(say(&server, "U1", "take lobby").await.contains("not your turn"));
    assert!(say(&server, "U2", "take lobby").await.contains("yours"));
    assert_eq!(say(&server, "U1", "free lobby").await, "Lobby is free now. Go and play!");
}

#[tokio::test]
async fn only_recent_requests_signed_by_slack_are_accepted() {
    let (_services, server) = start_with_services().await;
    let body = "team_id=T1&user_id=U1&user_name=u&text=";
    assert_eq!(post(&server, now(), &sign(SECRET, now(), body), body).await.0, 401, "no secret is set");
    with_commands(&server).await;
    assert_eq!(post(&server, now(), &sign(SECRET, now(), body), body).await.0, 200);
    let old = now() - 301;
    assert_eq!(post(&server, old, &sign(SECRET, old, body), body).await.0, 401, "too old");
    assert_eq!(post(&server, now() + 400, &sign(SECRET, now() + 400, body), body).await.0, 401, "from the future");
    for signature in ["", "v0=", "v0=00", "v1=abc", &sign("another0secret00", now(), body), &sign(SECRET, now(), "x")] {
        assert_eq!(post(&server, now(), signature, body).await.0, 401, "{signature}");
    }
    assert!(!server.api().call(Method::GET, "/v1/slack").await.body.to_string().contains(SECRET));
}

#[tokio::test]
async fn slack_is_set_by_admins_alone() {
    let (services, server) = start_with_services().await;
    let member = server.member("Bo").await.api.from_elsewhere();
    let device = server.visitor().with_key(&server.api().device_key(&["*"], true).await);
    let webhook = json!({"address": services.webhook("x"), "eachChange": false});
    for (api, status) in [(&member, 403), (&device, 403), (&server.visitor(), 401)] {
        assert_eq!(api.call(Method::GET, "/v1/slack").await.status, status);
        assert_eq!(api.call_with(Method::PUT, "/v1/slack/webhooks", &webhook).await.status, status);
        assert_eq!(api.call(Method::DELETE, "/v1/slack/webhooks").await.status, status);
        assert_eq!(api.call(Method::POST, "/v1/slack/webhooks/trials").await.status, status);
        let secret = api.call_with(Method::PUT, "/v1/slack/signing-secret", &json!({"secret": SECRET})).await;
        assert_eq!(secret.status, status);
    }
    for address in ["https://evil.example/services/x", "http://hooks.slack.com/x", "nonsense", ""] {
        let answer = server.api().call_with(Method::PUT, "/v1/slack/webhooks", &json!({"address": address})).await;
        assert_eq!((answer.status, answer.property()), (422, "address"), "{address}");
    }
    let nowhere = json!({"address": services.webhook("x"), "table": "nowhere"});
    assert_eq!(server.api().call_with(Method::PUT, "/v1/slack/webhooks", &nowhere).await.status, 404);
    let odd = server.api().call_with(Method::PUT, "/v1/slack/signing-secret", &json!({"secret": "short"})).await;
    assert_eq!(odd.status, 400);
    assert_eq!(server.api().call(Method::POST, "/v1/slack/webhooks/trials").await.status, 422, "there is none");
}
