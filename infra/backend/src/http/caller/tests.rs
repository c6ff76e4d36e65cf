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
use crate::identity::testing::{BEGIN, Signer, TestIssuer};
use crate::quotas::ADDRESS_REQUESTS;
use crate::router::router;

/// A response: its status, its challenge and its body.
struct TestResponse {
    status: StatusCode,
    challenge: Option<String>,
    body: Value,
}

impl TestResponse {
    fn message(&self) -> &str {
        self.body["errors"][0]["message"].as_str().unwrap_or_default()
    }
}

async fn get(issuer: &TestIssuer, path: &str, headers: &[(&str, &str)]) -> TestResponse {
    let mut request = Request::get(path).header(HOST, "localhost");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::empty()).unwrap();
    request.extensions_mut().insert(Caller { address: IpAddr::from([127, 0, 0, 1]) });
    let response = router(issuer.app.clone()).oneshot(request).await.unwrap();
    let challenge = response.headers().get(WWW_AUTHENTICATE).map(|value| value.to_str().unwrap().to_owned());
    let status = response.status();
    let body = serde_json::from_slice(&to_bytes(response.into_body(), 1 << 20).await.unwrap()).unwrap();
    TestResponse { status, challenge, body }
}

async fn issuer_with_key() -> (TestIssuer, Signer) {
    let signer = Signer::ec("e1", 1);
    let with_loopback_admin = |config| Config { loopback_admin: true, ..config };
    (TestIssuer::start_with(&[&signer], with_loopback_admin).await, signer)
}

#[tokio::test]
async fn a_token_identifies_the_caller() {
    let (issuer, signer) = issuer_with_key().await;
    let ada = signer.sign(&issuer.claims(json!({})));
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let me = get(&issuer, "/v1/me", &[("authorization", &format!("{scheme} {ada}"))]).await;
        assert_eq!(
            me.body["data"],
            json!({"role": "member", "person": {"id": "ada-1", "name": "Ada"}, "mayEditFactories": true, "release": env!("CARGO_PKG_VERSION")})
        );
    }
    let admin = signer.sign(&issuer.claims(json!({"cognito:groups": ["admin"]})));
    let me = get(&issuer, "/v1/me", &[("authorization", &format!("Bearer {admin}"))]).await;
    assert_eq!(me.body["data"]["role"], "admin");
    assert_eq!(
        get(&issuer, "/v1/me", &[]).await.body["data"],
        json!({"role": "admin", "mayEditFactories": true, "release": env!("CARGO_PKG_VERSION")}),
        "a client on this machine"
    );
}

#[tokio::test]
async fn an_invalid_token_is_rejected_on_every_route() {
    let (issuer, signer) = issuer_with_key().await;
    let expired = format!("Bearer {}", signer.sign(&issuer.claims(json!({"exp": BEGIN - 5}))));
    for path in ["/v1/me", "/v1/tables", "/v1/rooms", "/v1/device-keys", "/v1/openapi.json", "/v1/nothing"] {
        let response = get(&issuer, path, &[("authorization", &expired)]).await;
        assert_eq!(response.status, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(response.challenge.as_deref(), Some("Bearer error=\"invalid_token\""));
        assert_eq!(response.body["errors"][0]["code"], "UNAUTHENTICATED");
        assert_eq!(response.message(), "Your sign-in has ended. Sign in again.");
    }
    let good = signer.sign(&issuer.claims(json!({})));
    let long = signer.sign(&issuer.claims(json!({"name": "x".repeat(TOKEN_LIMIT)})));
    for invalid in
        ["", "Bearer", "Bearer ", "Basic YTpi", &good, &format!("Bearer {good} x"), &format!("Bearer {long}")]
    {
        let response = get(&issuer, "/v1/me", &[("authorization", invalid)]).await;
        assert_eq!(response.status, StatusCode::UNAUTHORIZED, "{invalid:.20}");
    }
    let twice = format!("Bearer {good}");
    let response = get(&issuer, "/v1/me", &[("authorization", &twice), ("authorization", &twice)]).await;
    assert_eq!(response.status, StatusCode::UNAUTHORIZED, "two tokens are ambiguous");
}

#[tokio::test]
async fn an_anonymous_caller_receives_a_challenge() {
    let issuer = TestIssuer::start(&[]).await;
    let response = get(&issuer, "/v1/device-keys", &[]).await;
    assert_eq!((response.status, response.challenge.as_deref()), (StatusCode::UNAUTHORIZED, Some("Bearer")));
}

#[tokio::test]
async fn a_token_together_with_a_key_is_an_error() {
    let (issuer, signer) = issuer_with_key().await;
    for token in [signer.sign(&issuer.claims(json!({}))), "x".to_owned()] {
        let token = format!("Bearer {token}");
        let response = get(&issuer, "/v1/me", &[("authorization", &token), ("x-api-key", "rally_x")]).await;
        assert_eq!(response.status, StatusCode::BAD_REQUEST);
        assert_eq!(response.message(), "Send a token in “authorization” or a key in “x-api-key”, not both.");
    }
}

#[tokio::test]
async fn an_invalid_key_is_rejected_on_every_route() {
    let (issuer, _) = issuer_with_key().await;
    for path in ["/v1/me", "/v1/tables", "/v1/rooms", "/v1/openapi.json", "/v1/nothing"] {
        let response = get(&issuer, path, &[("x-api-key", "rally_x")]).await;
        assert_eq!(
            (response.status, response.challenge.as_deref()),
            (StatusCode::UNAUTHORIZED, Some("Bearer")),
            "{path}"
        );
        assert_eq!(response.body["errors"][0]["code"], "UNAUTHENTICATED");
    }
}

#[tokio::test(start_paused = true)]
async fn invalid_keys_count_for_their_address() {
    let (issuer, _) = issuer_with_key().await;
    let router = router(issuer.app.clone());
    let get = async |number: u32, address: [u8; 4]| {
        let request = Request::post("/v1/measurements").header("x-api-key", format!("rally_{number}"));
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(Caller { address: IpAddr::from(address) });
        router.clone().oneshot(request).await.unwrap().status()
    };
    let eve = [203, 0, 113, 9];
    for number in 0..ADDRESS_REQUESTS.burst {
        assert_eq!(get(number, eve).await, StatusCode::UNAUTHORIZED, "also on a route that needs no key");
    }
    assert_eq!(get(u32::MAX, eve).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(get(0, [203, 0, 113, 10]).await, StatusCode::UNAUTHORIZED, "another address has its own limit");
}

#[tokio::test]
async fn an_unreachable_issuer_is_503() {
    let (issuer, signer) = issuer_with_key().await;
    issuer.set_unavailable(true);
    let token = format!("Bearer {}", signer.sign(&issuer.claims(json!({}))));
    let response = get(&issuer, "/v1/me", &[("authorization", &token)]).await;
    assert_eq!((response.status, response.challenge), (StatusCode::SERVICE_UNAVAILABLE, None));
    assert_eq!(response.body["errors"][0]["code"], "UNAVAILABLE");
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
    let (issuer, signer) = issuer_with_key().await;
    let good = signer.sign(&issuer.claims(json!({})));
    let bad = Signer::ec("e1", 2).sign(&issuer.claims(json!({})));
    for token in [&good, &bad] {
        get(&issuer, "/v1/me", &[("authorization", &format!("Bearer {token}"))]).await;
    }
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("its signature is wrong"), "{logged}");
    for part in good.split('.').chain(bad.split('.')) {
        assert!(!logged.contains(part), "{logged}");
    }
}

#[tokio::test]
async fn a_request_through_a_proxy_or_from_another_sites_page_is_not_a_local_admin() {
    let (issuer, _) = issuer_with_key().await;
    assert_eq!(get(&issuer, "/v1/me", &[]).await.body["data"]["role"], "admin");
    assert_eq!(get(&issuer, "/v1/me", &[("origin", "http://localhost")]).await.body["data"]["role"], "admin");
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
        assert_eq!(get(&issuer, "/v1/me", &[header]).await.body["data"]["role"], "visitor", "{header:?}");
        assert_eq!(get(&issuer, "/v1/device-keys", &[header]).await.status, StatusCode::UNAUTHORIZED, "{header:?}");
    }
}

#[tokio::test]
async fn a_request_that_bypasses_cloudfront_is_denied_with_any_credentials() {
    let signer = Signer::ec("e1", 1);
    let behind = |config| Config { origin_secret: Some("s3cret".to_owned().into()), ..config };
    let issuer = TestIssuer::start_with(&[&signer], behind).await;
    let ada = format!("Bearer {}", signer.sign(&issuer.claims(json!({}))));
    for path in ["/v1/me", "/v1/tables", "/v1/openapi.json", "/v1/nothing"] {
        for headers in [&[][..], &[("x-origin-secret", "guess")], &[("authorization", ada.as_str())]] {
            let response = get(&issuer, path, headers).await;
            assert_eq!((response.status, response.challenge), (StatusCode::FORBIDDEN, None), "{path} {headers:?}");
            assert_eq!(response.body["errors"][0]["code"], "FORBIDDEN");
        }
    }
    let through = get(&issuer, "/v1/me", &[("authorization", &ada), ("x-origin-secret", "s3cret")]).await;
    assert_eq!(through.body["data"]["role"], "member");
}

/// Only the address that CloudFront has added counts; a request that bypasses CloudFront cannot use up the limit of another address.
#[tokio::test(start_paused = true)]
async fn the_address_comes_from_cloudfronts_header_only_behind_cloudfront() {
    for (secret, has_limit_per_viewer) in [(Some("s3cret"), true), (None, false)] {
        let signer = Signer::ec("e1", 1);
        let with_secret = |config| Config { origin_secret: secret.map(|text| text.to_owned().into()), ..config };
        let issuer = TestIssuer::start_with(&[&signer], with_secret).await;
        let router = router(issuer.app.clone());
        let get = async |viewer: &str| {
            let request = Request::get("/v1/live/digests").header("x-origin-secret", "s3cret");
            let request = request.header("x-forwarded-for", format!("{viewer}, 130.176.0.1"));
            let mut request = request.body(Body::empty()).unwrap();
            request.extensions_mut().insert(Caller { address: "130.176.0.1".parse().unwrap() });
            router.clone().oneshot(request).await.unwrap().status()
        };
        for _ in 0..ADDRESS_REQUESTS.burst {
            get("203.0.113.9").await;
        }
        assert_eq!(get("203.0.113.9").await, StatusCode::TOO_MANY_REQUESTS);
        let other = get("203.0.113.10").await;
        assert_eq!(other != StatusCode::TOO_MANY_REQUESTS, has_limit_per_viewer, "{secret:?}: {other}");
    }
}
