//! An issuer on loopback, and an [`App`] that trusts it, with a clock that tests move. Its table is empty and never written to.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, StalledStreamProtectionConfig};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use axum::{Json, Router};
use domain::time::Timestamp;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::pkcs8::{EncodePublicKey, LineEnding};
use serde_json::{Value, json};

use crate::App;
use crate::Aws;
use crate::aws::gateway::Connections;
use crate::config::Config;

/// The time at which tests begin, in epoch seconds.
pub(crate) const BEGIN: i64 = 1_700_000_000;

/// The client id of the site at the issuer.
pub(crate) const CLIENT: &str = "rally-site";

/// A signing key.
#[derive(Clone)]
pub(crate) struct Signer {
    pub(crate) name: String,
    key: EncodingKey,
    algorithm: Algorithm,
}

impl Signer {
    /// A key on the curve P-256, different for each seed.
    pub(crate) fn ec(name: &str, seed: u8) -> Self {
        // PrivateKeyInfo (RFC 5208) around ECPrivateKey (RFC 5915), up to the 32 bytes of the key itself.
        let mut der =
            vec![0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
        der.extend([0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]);
        der.extend([0x04, 0x27, 0x30, 0x25, 0x02, 0x01, 0x01, 0x04, 0x20]);
        der.extend([seed; 32]);
        Self { name: name.to_owned(), key: EncodingKey::from_ec_der(&der), algorithm: Algorithm::ES256 }
    }

    /// An RSA key, and the PEM of its public half.
    pub(crate) fn rsa(name: &str) -> (Self, String) {
        let private = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2_048).unwrap();
        let pem = private.to_public_key().to_public_key_pem(LineEnding::LF).unwrap();
        let key = EncodingKey::from_rsa_der(private.to_pkcs1_der().unwrap().as_bytes());
        (Self { name: name.to_owned(), key, algorithm: Algorithm::RS256 }, pem)
    }

    fn public(&self) -> Value {
        let mut key = serde_json::to_value(Jwk::from_encoding_key(&self.key, self.algorithm).unwrap()).unwrap();
        key["kid"] = json!(self.name);
        key["use"] = json!("sig");
        key
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        let header = Header { kid: Some(self.name.clone()), ..Header::new(self.algorithm) };
        jsonwebtoken::encode(&header, claims, &self.key).unwrap()
    }
}

/// The published keys, and the number of requests.
#[derive(Default)]
struct Published {
    name: String,
    keys: Mutex<Vec<Value>>,
    is_unavailable: Mutex<bool>,
    key_requests: AtomicUsize,
    profile_requests: AtomicUsize,
}

/// An issuer with an [`App`] that trusts it.
pub(crate) struct TestIssuer {
    published: Arc<Published>,
    now: Arc<AtomicI64>,
    pub(crate) app: App,
}

impl TestIssuer {
    /// An issuer that publishes these keys.
    pub(crate) async fn start(signers: &[&Signer]) -> Self {
        Self::start_with(signers, |config| config).await
    }

    pub(crate) async fn start_with(signers: &[&Signer], configure: impl FnOnce(Config) -> Config) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let name = issuer_at(listener.local_addr().unwrap());
        let published = Arc::new(Published { name: name.clone(), ..Published::default() });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/userinfo", get(profile))
            .with_state(Arc::clone(&published));
        tokio::spawn(async { axum::serve(listener, router).await });
        let now = Arc::new(AtomicI64::new(BEGIN));
        let config = configure(Config { issuer: Some(name), client_id: CLIENT.to_owned(), ..Config::default() });
        let issuer = Self { published, app: app(config, Arc::clone(&now)), now };
        issuer.publish(signers);
        issuer
    }

    pub(crate) fn publish(&self, signers: &[&Signer]) {
        *self.published.keys.lock().unwrap() = signers.iter().map(|signer| signer.public()).collect();
    }

    /// Moves the clock by this number of seconds.
    pub(crate) fn advance(&self, seconds: i64) {
        self.now.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn set_unavailable(&self, is_unavailable: bool) {
        *self.published.is_unavailable.lock().unwrap() = is_unavailable;
    }

    /// The number of requests for the keys.
    pub(crate) fn key_requests(&self) -> usize {
        self.published.key_requests.load(Ordering::SeqCst)
    }

    /// The number of requests for a profile.
    pub(crate) fn profile_requests(&self) -> usize {
        self.published.profile_requests.load(Ordering::SeqCst)
    }

    /// The claims of Ada's access token, with `changes`.
    pub(crate) fn claims(&self, changes: Value) -> Value {
        let mut claims = json!({
            "iss": self.published.name, "sub": "ada-1", "name": "Ada", "token_use": "access", "client_id": CLIENT,
            "iat": BEGIN, "exp": BEGIN + 3_600,
        });
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    }
}

/// The profile is Ada Lovelace's for any token.
async fn profile(State(published): State<Arc<Published>>, headers: HeaderMap) -> Result<Json<Value>, StatusCode> {
    let has_token = headers.get("authorization").is_some_and(|value| value.as_bytes().starts_with(b"Bearer ey"));
    if *published.is_unavailable.lock().unwrap() || !has_token {
        return Err(StatusCode::UNAUTHORIZED);
    }
    published.profile_requests.fetch_add(1, Ordering::SeqCst);
    Ok(Json(json!({"sub": "ada-1", "name": "Ada Lovelace", "email": "ada@example.com"})))
}

fn issuer_at(address: SocketAddr) -> String {
    format!("http://{address}")
}

/// A gateway that does not exist.
#[derive(Debug)]
struct NoGateway;

impl HttpConnector for NoGateway {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(Err(ConnectorError::io("there is no gateway".into())))
    }
}

/// An empty database.
#[derive(Debug)]
struct Empty;

impl HttpConnector for Empty {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let mut response = HttpResponse::new(200.try_into().unwrap(), SdkBody::from("{}"));
        response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
        HttpConnectorFuture::ready(Ok(response))
    }
}

fn empty_database() -> aws_sdk_dynamodb::Client {
    let empty = SharedHttpConnector::new(Empty);
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url("http://localhost")
        .http_client(http_client_fn(move |_, _| empty.clone()));
    aws_sdk_dynamodb::Client::from_conf(config.build())
}

fn app(config: Config, now: Arc<AtomicI64>) -> App {
    let dynamodb = empty_database();
    let no_gateway = SharedHttpConnector::new(NoGateway);
    let gateway = Connections::new("https://gateway.example", no_gateway, None);
    let clock = move || Timestamp::from_milliseconds(now.load(Ordering::SeqCst) * 1_000);
    let kms = aws_sdk_kms::Client::from_conf(aws_sdk_kms::Config::builder().build());
    let sns = aws_sdk_sns::Client::from_conf(aws_sdk_sns::Config::builder().build());
    let sqs = aws_sdk_sqs::Client::from_conf(aws_sdk_sqs::Config::builder().build());
    let iot = aws_sdk_iotdataplane::Client::from_conf(aws_sdk_iotdataplane::Config::builder().build());
    let sts = aws_sdk_sts::Client::from_conf(aws_sdk_sts::Config::builder().build());
    App::new(config, Aws { dynamodb, gateway, kms, sns, sqs, iot, sts }).with_clock(Arc::new(clock))
}

async fn discovery(State(published): State<Arc<Published>>) -> Json<Value> {
    let name = &published.name;
    Json(json!({"issuer": name, "jwks_uri": format!("{name}/keys"), "token_endpoint": format!("{name}/token")}))
}

async fn keys(State(published): State<Arc<Published>>) -> Result<Json<Value>, StatusCode> {
    published.key_requests.fetch_add(1, Ordering::SeqCst);
    if *published.is_unavailable.lock().unwrap() {
        return Err(StatusCode::INTERNAL_SERVER_ERROR);
    }
    // A key of an unknown type must not hide the others.
    let mut keys = vec![json!({"kty": "of tomorrow", "kid": "?"})];
    keys.extend(published.keys.lock().unwrap().clone());
    Ok(Json(json!({ "keys": keys })))
}
