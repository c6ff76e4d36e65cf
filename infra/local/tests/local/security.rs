//! Which clients are trusted, which responses may be cached, and what the log says of a refusal: against the server itself.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use backend::config::Config;
use backend::telemetry::Telemetry;
use local::{Local, Settings, deployment};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{self, client::IntoClientRequest};

use crate::identity::{Fixture, subscribe};
use crate::support::*;

async fn status(local: &Local, path: &str, headers: &[(&str, &str)]) -> u16 {
    let request = Client::new().get(format!("http://{}{path}", local.address()));
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.send().await.unwrap().status().as_u16()
}

/// The status of a handshake, with these headers.
async fn handshake(local: &Local, query: &str, headers: &[(&str, &str)]) -> u16 {
    let mut request = format!("ws://{}/live{query}", local.address()).into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(http::HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
    }
    match tokio_tungstenite::connect_async(request).await {
        Ok((_, response)) => response.status().as_u16(),
        Err(tungstenite::Error::Http(response)) => response.status().as_u16(),
        Err(other) => panic!("an answer was expected: {other}"),
    }
}

/// The headers that a proxy or a tunnel on this machine adds.
const PASSED_ON: [(&str, &str); 6] = [
    ("x-forwarded-for", "203.0.113.9"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-host", "localhost"),
    ("forwarded", "for=203.0.113.9"),
    ("x-real-ip", "203.0.113.9"),
    ("via", "1.1 tunnel"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_behind_a_proxy_or_a_tunnel_is_not_an_admin() {
    let local = deployment::start(Settings::ephemeral()).await.unwrap();
    assert_eq!(status(&local, "/v1/device-keys", &[]).await, 200, "a client on this machine");
    for header in PASSED_ON {
        assert_eq!(status(&local, "/v1/device-keys", &[header]).await, 401, "{header:?}");
        assert_eq!(status(&local, "/v1/tables", &[header]).await, 200, "{header:?}");
        assert_eq!(handshake(&local, "", &[header]).await, 101, "{header:?}");
    }
    // The issuer here, which requires no password, does not treat them as users of this machine either.
    let issuer = "/oidc/.well-known/openid-configuration";
    assert_eq!(status(&local, issuer, &[]).await, 200);
    for header in PASSED_ON {
        assert_eq!(status(&local, issuer, &[header]).await, 403, "{header:?}");
    }
    let own = format!("http://{}", local.address());
    assert_eq!(status(&local, "/v1/device-keys", &[("origin", &own)]).await, 200);
    for origin in ["http://127.0.0.1:1", "http://localhost", "https://evil.example", "null"] {
        assert_eq!(status(&local, "/v1/device-keys", &[("origin", origin)]).await, 401, "{origin}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_local_admin_disables_the_admin_by_address() {
    let local = deployment::start(Settings { local_admin: false, ..Settings::ephemeral() }).await.unwrap();
    assert_eq!(status(&local, "/v1/device-keys", &[]).await, 401);
    assert_eq!(status(&local, "/v1/tables", &[]).await, 200);
    assert_eq!(status(&local, "/oidc/authorize", &[]).await, 403, "the built-in issuer is closed, too");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_another_site_cannot_open_a_live_connection() {
    let local = deployment::start(Settings::ephemeral()).await.unwrap();
    let own = format!("http://{}", local.address());
    assert_eq!(handshake(&local, "", &[]).await, 101, "a program");
    assert_eq!(handshake(&local, "", &[("origin", &own)]).await, 101);
    for origin in ["https://evil.example", "http://127.0.0.1:1", "null", "http://127.0.0.1.evil.example"] {
        assert_eq!(handshake(&local, "", &[("origin", origin)]).await, 403, "{origin}");
    }
    // Behind a gateway the site's host name differs from the gateway's.
    let site = |config| Config { site: "https://rally.example".to_owned(), ..config };
    let fixture = Fixture::start_as(site, |clients| clients).await;
    assert_eq!(handshake(&fixture.local, "", &[("origin", "https://rally.example")]).await, 101);
    assert_eq!(handshake(&fixture.local, "", &[("origin", "https://rally.example.evil.example")]).await, 403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_bypasses_cloudfront_is_denied() {
    let set = |config| Config { origin_secret: Some("s3cret".to_owned().into()), ..config };
    let fixture = Fixture::start_as(set, |clients| clients).await;
    let local = &fixture.local;
    for shown in [&[][..], &[("x-origin-secret", "guess")], &[("x-origin-secret", "")]] {
        for path in ["/v1/tables", "/v1/me", "/v1/openapi.json", "/v1/nothing"] {
            assert_eq!(status(local, path, shown).await, 403, "{path} {shown:?}");
        }
        assert_eq!(handshake(local, "", shown).await, 403, "{shown:?}");
    }
    let secret = ("x-origin-secret", "s3cret");
    assert_eq!(status(local, "/v1/tables", &[secret]).await, 200);
    assert_eq!(handshake(local, "", &[secret]).await, 101);
    let ticket = async || {
        let request = fixture.http.post(format!("http://{}/v1/live/tickets", local.address()));
        let request = request.bearer_auth(fixture.member("ada")).header(secret.0, secret.1);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        format!("?ticket={}", answer["data"]["ticket"].as_str().unwrap())
    };
    let ticket = ticket().await;
    assert_eq!(handshake(local, &ticket, &[]).await, 403);
    assert_eq!(handshake(local, &ticket, &[secret]).await, 101, "what is refused before uses no ticket up");
}

/// Responses that are the same for all clients.
const PUBLIC: [&str; 4] = ["/v1/openapi.json", "/v1/push/key", "/v1/live/snapshot", "/v1/live/digests"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_responses_that_are_the_same_for_everyone_may_be_cached() {
    let fixture = Fixture::start().await;
    let server = format!("http://{}", fixture.local.address());
    let document: Value =
        fixture.http.get(format!("{server}/v1/openapi.json")).send().await.unwrap().json().await.unwrap();
    let mut existing_routes = 0;
    let routes = document["paths"].as_object().unwrap().iter();
    let routes = routes.flat_map(|(path, item)| item.as_object().unwrap().keys().map(move |method| (path, method)));
    for (path, method) in routes.chain([(&"/v1/openapi.json".to_owned(), &"get".to_owned())]) {
        let Ok(method) = method.to_uppercase().parse::<Method>() else { continue };
        let filled = path.replace("{number}", "1").replace("{guest}", "guest:abcdefghijkmnpqrst23");
        let filled = ["{id}", "{key}", "{code}", "{webhook}", "{table}"]
            .iter()
            .fold(filled, |path, name| path.replace(name, "k3j9x0a2bc"));
        assert!(!filled.contains('{'), "{path} has a parameter that this test does not know");
        for token in [None, Some(fixture.member_of("ada", &["admin"]))] {
            let request = fixture.http.request(method.clone(), format!("{server}{filled}")).json(&json!({}));
            let request = token.iter().fold(request, |request, token| request.bearer_auth(token));
            let answer = request.send().await.unwrap();
            let cache_control = answer.headers().get("cache-control").map(|value| value.to_str().unwrap().to_owned());
            let expected = if PUBLIC.contains(&path.as_str()) { "no-cache" } else { "no-store" };
            assert_eq!(cache_control.as_deref(), Some(expected), "{method} {path} {}", answer.status());
            // Signing out everywhere would end the rest of this test.
            existing_routes += usize::from(answer.status() != 404);
            fixture.pass(i64::from(path == "/v1/me/sign-out"));
        }
    }
    assert!(existing_routes > 40, "{existing_routes}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revision_is_an_etag_that_if_match_accepts() {
    let fixture = Fixture::start().await;
    let (admin, address) =
        (fixture.member_of("ada", &["admin"]), format!("http://{}/v1/items/gate:1", fixture.local.address()));
    let put = fixture.http.put(&address).bearer_auth(&admin).json(&json!({"value": 1})).send().await.unwrap();
    let tag = put.headers()["etag"].to_str().unwrap().to_owned();
    let retry = fixture.http.put(&address).bearer_auth(&admin).header("if-match", &tag).json(&json!({"value": 2}));
    assert_eq!(retry.send().await.unwrap().status(), 200);
    let late = fixture.http.put(&address).bearer_auth(&admin).header("if-match", &tag).json(&json!({"value": 3}));
    assert_eq!(late.send().await.unwrap().status(), 409);
}

/// Collects the log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// The log of this process from now on.
    fn start(level: tracing::Level) -> Self {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().json().with_max_level(level).with_writer(move || writer.clone());
        // For the whole process, since the server's tasks run on other threads.
        tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
        log
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The logged refusals, as (what, status, who, method, route).
    fn denials(&self) -> Vec<(String, u64, String, String, String)> {
        let lines = self.text();
        let events = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let logged =
            events.filter(|event| ["denied", "limited"].contains(&event["fields"]["message"].as_str().unwrap_or("")));
        let of = |event: Value| {
            let fields = &event["fields"];
            assert_eq!((&event["level"], &fields["from"]), (&json!("WARN"), &json!("127.0.0.1")), "{event}");
            assert!(fields["request"].as_str().is_some_and(|id| !id.is_empty()), "{event}");
            let word = |name: &str| fields[name].as_str().unwrap_or_default().to_owned();
            (word("message"), fields["status"].as_u64().unwrap(), word("who"), word("method"), word("route"))
        };
        logged.map(of).collect()
    }
}

fn line(what: &str, status: u64, who: &str, method: &str, route: &str) -> (String, u64, String, String, String) {
    (what.to_owned(), status, who.to_owned(), method.to_owned(), route.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_denial_is_logged_with_caller_and_address_and_without_secrets() {
    let log = Log::start(tracing::Level::INFO);
    let fixture = Fixture::start().await;
    let (ada, admin) = (fixture.member("ada"), fixture.member_of("root", &["admin"]));
    let room = fixture.room(&ada).await;
    let guest = fixture.guest("guest:b1", &room).await;
    let device = json!({"name": "Sensor of the kitchen", "tables": ["lobby"], "canManage": false});
    let (_, answer) = fixture.request("POST", "/v1/device-keys", Some(&admin), &device).await;
    let (key, key_id) = (answer["data"]["key"].as_str().unwrap(), answer["data"]["id"].as_str().unwrap());
    let visitor = format!("{}A", "V".repeat(42));
    let server = format!("http://{}", fixture.local.address());
    let send = async |method: Method, path: &str, headers: &[(&str, &str)]| {
        let request = fixture.http.request(method, format!("{server}{path}")).json(&json!({"isFree": true}));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.send().await.unwrap().status().as_u16()
    };
    let bearer = |token: &str| format!("Bearer {token}");
    let made_up = "rally_0123456789abcdef_madeupsecret";
    assert_eq!(send(Method::GET, "/v1/device-keys", &[("authorization", &bearer(&ada))]).await, 403);
    assert_eq!(send(Method::GET, "/v1/device-keys", &[("authorization", &bearer(&guest))]).await, 403);
    assert_eq!(send(Method::PUT, "/v1/tables/attic", &[("x-api-key", key)]).await, 403);
    assert_eq!(send(Method::PUT, "/v1/tables/lobby", &[("x-api-key", made_up)]).await, 401);
    assert_eq!(
        send(Method::GET, "/v1/me?token=inthequery", &[("authorization", "Bearer forged.forged.forged")]).await,
        401
    );
    let alert = [("x-visitor-key", visitor.as_str())];
    assert_eq!(send(Method::GET, "/v1/questions", &alert).await, 401);
    assert_eq!(send(Method::GET, "/v1/codes/ABC234", &[]).await, 404);

    let stale = fixture.ticket(&ada).await;
    assert_eq!(handshake(&fixture.local, &format!("?ticket={stale}"), &[]).await, 101);
    assert_eq!(handshake(&fixture.local, &format!("?ticket={stale}"), &[]).await, 401);
    assert_eq!(handshake(&fixture.local, "", &[("origin", "https://evil.example")]).await, 403);
    let mut socket = fixture.socket(&ada).await;
    assert_eq!(subscribe(&mut socket, "questions/bob").await.1, "FORBIDDEN");
    for _ in 0..600 {
        crate::support::send(&mut socket, r#"{"action":"unsubscribe","topic":"tables"}"#).await;
    }
    within(async { while !text(&mut socket).await.contains("TOO_MANY_MESSAGES") {} }).await;

    let logged = log.denials();
    let hashed = logged.iter().find(|line| line.2.starts_with("visitor:")).map(|line| line.2.clone()).unwrap();
    for expected in [
        line("denied", 403, "ada", "GET", "/v1/device-keys"),
        line("denied", 403, "guest:b1", "GET", "/v1/device-keys"),
        line("denied", 403, &format!("device:{key_id}"), "PUT", "/v1/tables/{id}"),
        line("denied", 401, "unknown", "PUT", "/v1/tables/{id}"),
        line("denied", 401, "unknown", "GET", "/v1/me"),
        line("denied", 401, &hashed, "GET", "/v1/questions"),
        line("denied", 401, "unknown", "connect", "/live"),
        line("denied", 403, "unknown", "connect", "/live"),
        line("denied", 403, "ada", "subscribe", "questions/*"),
        line("limited", 429, "unknown", "unsubscribe", "tables"),
    ] {
        assert!(logged.contains(&expected), "{expected:?} is not in {logged:#?}");
    }
    let text = log.text();
    let signature = |token: &str| token.rsplit('.').next().unwrap().to_owned();
    for secret in [
        &signature(&ada),
        &signature(&guest),
        key,
        "madeupsecret",
        "forged",
        "inthequery",
        &visitor,
        &stale,
        "ABC234",
        "Sensor of the kitchen",
        "evil.example",
    ] {
        assert!(!text.contains(secret), "{secret} is in the log: {text}");
    }
}

#[tokio::test]
async fn denials_are_counted() {
    let lines: Arc<Mutex<Vec<String>>> = Arc::default();
    let written = Arc::clone(&lines);
    let telemetry = Telemetry::new("rally", move |line| written.lock().unwrap().push(line.to_owned()), None);
    let local = Local::start_with(Settings::ephemeral(), async |clients| {
        let app = deployment::application(clients, None).await?.with_telemetry(telemetry);
        deployment::deployment(&app, deployment::built_in(&app), Duration::from_secs(60))
    });
    let local = local.await.unwrap();
    assert_eq!(status(&local, "/v1/questions", &[]).await, 401);
    assert_eq!(status(&local, "/v1/tables", &[]).await, 200);
    let mut limited = 0;
    // A visitor, since the local admin has no limit.
    while limited == 0 {
        limited = usize::from(status(&local, "/v1/items", &[("via", "1.1 tunnel")]).await == 429);
    }
    let count =
        |name: &str| lines.lock().unwrap().iter().filter(|line| line.contains(&format!("\"{name}\":1.0"))).count();
    assert_eq!((count("Denied"), count("Limited")), (1, 1));
}
