//! Callers through the router itself: tokens, keys, both, neither, and addresses. The table is empty.

use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::body::{Body, to_bytes};
use axum::http::header::HOST;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::config::Config;
use crate::http::caller::*;
use crate::identity::testing::{BEGIN, Office, Signer};
use crate::quotas::ADDRESS_REQUESTS;
use crate::router::router;

/// A response: its status, its challenge and its body.
struct Answer {
    status: StatusCode,
    challenge: Option<String>,
    body: Value,
}

impl Answer {
    fn message(&self) -> &str {
        self.body["errors"][0]["message"].as_str().unwrap_or_default()
    }
}

async fn ask(office: &Office, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(path).header(HOST, "localhost");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::empty()).unwrap();
    request.extensions_mut().insert(Caller { address: IpAddr::from([127, 0, 0, 1]) });
    let response = router(office.app.clone()).oneshot(request).await.unwrap();
    let challenge = response.headers().get(WWW_AUTHENTICATE).map(|value| value.to_str().unwrap().to_owned());
    let status = response.status();
    let body = serde_json::from_slice(&to_bytes(response.into_body(), 1 << 20).await.unwrap()).unwrap();
    Answer { status, challenge, body }
}

async fn office() -> (Office, Signer) {
    let signer = Signer::ec("e1", 1);
    let here = |config| Config { loopback_admin: true, ..config };
    (Office::start_with(&[&signer], here).await, signer)
}

#[tokio::test]
async fn a_token_says_who_asks() {
    let (office, signer) = office().await;
    let ada = signer.sign(&office.claims(json!({})));
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let me = ask(&office, "/v1/me", &[("authorization", &format!("{scheme} {ada}"))]).await;
        assert_eq!(
            me.body["data"],
            json!({"role": "member", "person": {"id": "ada-1", "name": "Ada"}, "mayEditFactories": true, "release": env!("CARGO_PKG_VERSION")})
        );
    }
    let admin = signer.sign(&office.claims(json!({"cognito:groups": ["admin"]})));
    let me = ask(&office, "/v1/me", &[("authorization", &format!("Bearer {admin}"))]).await;
    assert_eq!(me.body["data"]["role"], "admin");
    assert_eq!(
        ask(&office, "/v1/me", &[]).await.body["data"],
        json!({"role": "admin", "mayEditFactories": true, "release": env!("CARGO_PKG_VERSION")}),
        "whoever sits here"
    );
}

#[tokio::test]
async fn a_bad_token_is_refused_everywhere_and_in_words() {
    let (office, signer) = office().await;
    let expired = format!("Bearer {}", signer.sign(&office.claims(json!({"exp": BEGIN - 5}))));
    for path in ["/v1/me", "/v1/tables", "/v1/rooms", "/v1/device-keys", "/v1/openapi.json", "/v1/nothing"] {
        let refused = ask(&office, path, &[("authorization", &expired)]).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(refused.challenge.as_deref(), Some("Bearer error=\"invalid_token\""));
        assert_eq!(refused.body["errors"][0]["code"], "UNAUTHENTICATED");
        assert_eq!(refused.message(), "Your sign-in has ended. Sign in again.");
    }
    let good = signer.sign(&office.claims(json!({})));
    let long = signer.sign(&office.claims(json!({"name": "x".repeat(LONGEST)})));
    for odd in ["", "Bearer", "Bearer ", "Basic YTpi", &good, &format!("Bearer {good} x"), &format!("Bearer {long}")] {
        let refused = ask(&office, "/v1/me", &[("authorization", odd)]).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{odd:.20}");
    }
    let twice = format!("Bearer {good}");
    let refused = ask(&office, "/v1/me", &[("authorization", &twice), ("authorization", &twice)]).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "nobody can say which one counts");
}

#[tokio::test]
async fn who_is_not_known_hears_what_would_help() {
    let office = Office::start(&[]).await;
    let refused = ask(&office, "/v1/device-keys", &[]).await;
    assert_eq!((refused.status, refused.challenge.as_deref()), (StatusCode::UNAUTHORIZED, Some("Bearer")));
}

#[tokio::test]
async fn a_token_and_a_key_are_one_too_many() {
    let (office, signer) = office().await;
    for token in [signer.sign(&office.claims(json!({}))), "x".to_owned()] {
        let token = format!("Bearer {token}");
        let refused = ask(&office, "/v1/me", &[("authorization", &token), ("x-api-key", "rally_x")]).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert_eq!(refused.message(), "Send a token in “authorization” or a key in “x-api-key”, not both.");
    }
}

#[tokio::test]
async fn a_key_that_is_none_is_refused_everywhere() {
    let (office, _) = office().await;
    for path in ["/v1/me", "/v1/tables", "/v1/rooms", "/v1/openapi.json", "/v1/nothing"] {
        let refused = ask(&office, path, &[("x-api-key", "rally_x")]).await;
        assert_eq!(
            (refused.status, refused.challenge.as_deref()),
            (StatusCode::UNAUTHORIZED, Some("Bearer")),
            "{path}"
        );
        assert_eq!(refused.body["errors"][0]["code"], "UNAUTHENTICATED");
    }
}

#[tokio::test(start_paused = true)]
async fn keys_that_are_made_up_have_the_limit_of_their_address() {
    let (office, _) = office().await;
    let router = router(office.app.clone());
    let ask = async |number: u32, address: [u8; 4]| {
        let request = Request::post("/v1/measurements").header("x-api-key", format!("rally_{number}"));
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(Caller { address: IpAddr::from(address) });
        router.clone().oneshot(request).await.unwrap().status()
    };
    let eve = [203, 0, 113, 9];
    for number in 0..ADDRESS_REQUESTS.burst {
        assert_eq!(ask(number, eve).await, StatusCode::UNAUTHORIZED, "also where nobody is asked for a key");
    }
    assert_eq!(ask(u32::MAX, eve).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(ask(0, [203, 0, 113, 10]).await, StatusCode::UNAUTHORIZED, "another is another");
}

#[tokio::test]
async fn an_issuer_out_of_reach_is_said_to_be() {
    let (office, signer) = office().await;
    office.set_down(true);
    let token = format!("Bearer {}", signer.sign(&office.claims(json!({}))));
    let refused = ask(&office, "/v1/me", &[("authorization", &token)]).await;
    assert_eq!((refused.status, refused.challenge), (StatusCode::SERVICE_UNAVAILABLE, None));
    assert_eq!(refused.body["errors"][0]["code"], "UNAVAILABLE");
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

#[tokio::test]
async fn no_token_reaches_the_log() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone());
    // Set for the whole process. Otherwise a test on another thread could cache that no subscriber is interested.
    tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
    let (office, signer) = office().await;
    let good = signer.sign(&office.claims(json!({})));
    let bad = Signer::ec("e1", 2).sign(&office.claims(json!({})));
    for token in [&good, &bad] {
        ask(&office, "/v1/me", &[("authorization", &format!("Bearer {token}"))]).await;
    }
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("its signature is wrong"), "{logged}");
    for part in good.split('.').chain(bad.split('.')) {
        assert!(!logged.contains(part), "{logged}");
    }
}

#[tokio::test]
async fn nobody_is_an_admin_through_a_proxy_or_from_another_sites_page() {
    let (office, _) = office().await;
    assert_eq!(ask(&office, "/v1/me", &[]).await.body["data"]["role"], "admin");
    assert_eq!(ask(&office, "/v1/me", &[("origin", "http://localhost")]).await.body["data"]["role"], "admin");
    for header in [
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-host", "localhost"),
        ("x-real-ip", "127.0.0.1"),
        ("forwarded", "for=127.0.0.1"),
        ("via", "1.1 tunnel"),
        ("origin", "http://localhost:8090"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        assert_eq!(ask(&office, "/v1/me", &[header]).await.body["data"]["role"], "visitor", "{header:?}");
        assert_eq!(ask(&office, "/v1/device-keys", &[header]).await.status, StatusCode::UNAUTHORIZED, "{header:?}");
    }
}

#[tokio::test]
async fn what_comes_past_cloudfront_is_refused_whatever_it_shows() {
    let signer = Signer::ec("e1", 1);
    let behind = |config| Config { origin_secret: Some("s3cret".to_owned().into()), ..config };
    let office = Office::start_with(&[&signer], behind).await;
    let ada = format!("Bearer {}", signer.sign(&office.claims(json!({}))));
    for path in ["/v1/me", "/v1/tables", "/v1/openapi.json", "/v1/nothing"] {
        for shown in [&[][..], &[("x-origin-secret", "guess")], &[("authorization", ada.as_str())]] {
            let refused = ask(&office, path, shown).await;
            assert_eq!((refused.status, refused.challenge), (StatusCode::FORBIDDEN, None), "{path} {shown:?}");
            assert_eq!(refused.body["errors"][0]["code"], "FORBIDDEN");
        }
    }
    let through = ask(&office, "/v1/me", &[("authorization", &ada), ("x-origin-secret", "s3cret")]).await;
    assert_eq!(through.body["data"]["role"], "member");
}

/// Only the address that CloudFront has added counts; a request that bypasses CloudFront cannot use up the limit of another address.
#[tokio::test(start_paused = true)]
async fn the_address_is_what_cloudfront_says_and_only_behind_it() {
    for (secret, gives_each_its_own) in [(Some("s3cret"), true), (None, false)] {
        let signer = Signer::ec("e1", 1);
        let with_secret = |config| Config { origin_secret: secret.map(|text| text.to_owned().into()), ..config };
        let office = Office::start_with(&[&signer], with_secret).await;
        let router = router(office.app.clone());
        let ask = async |viewer: &str| {
            let request = Request::get("/v1/live/digests").header("x-origin-secret", "s3cret");
            let request = request.header("x-forwarded-for", format!("{viewer}, 130.176.0.1"));
            let mut request = request.body(Body::empty()).unwrap();
            request.extensions_mut().insert(Caller { address: "130.176.0.1".parse().unwrap() });
            router.clone().oneshot(request).await.unwrap().status()
        };
        for _ in 0..ADDRESS_REQUESTS.burst {
            ask("203.0.113.9").await;
        }
        assert_eq!(ask("203.0.113.9").await, StatusCode::TOO_MANY_REQUESTS);
        let other = ask("203.0.113.10").await;
        assert_eq!(other != StatusCode::TOO_MANY_REQUESTS, gives_each_its_own, "{secret:?}: {other}");
    }
}
