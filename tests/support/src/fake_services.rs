//! Fake external services: a push service with its browsers, and Slack. Each responds as configured, and stores its requests.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use web_push_native::p256::SecretKey;
use web_push_native::p256::elliptic_curve::sec1::ToEncodedPoint;
use web_push_native::{Auth, decrypt};

use crate::TIMEOUT;

/// A request to one endpoint.
#[derive(Debug, Clone)]
pub struct Posted {
    /// The headers.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
    /// The response's status.
    pub status: u16,
    /// Whether it was accepted although the response is an error.
    accepted: bool,
}

impl Posted {
    /// Whether the browser receives it.
    pub fn was_accepted(&self) -> bool {
        self.accepted || self.status < 300
    }
}

#[derive(Default)]
struct ServiceState {
    posted: BTreeMap<String, Vec<Posted>>,
    /// The next responses of an endpoint, and their `Retry-After`.
    responses: BTreeMap<String, VecDeque<(u16, Option<u32>)>>,
    /// The state of the random generator for failures; `None` if there are none.
    random: u64,
}

impl ServiceState {
    /// A random response: sometimes refused, and sometimes accepted with an error response.
    fn random_response(&mut self) -> Option<(u16, Option<u32>, bool)> {
        if self.random == 0 {
            return None;
        }
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        match self.random % 100 {
            0..8 => Some((500, None, false)),
            8..13 => Some((429, Some(1), false)),
            13..18 => Some((502, None, true)),
            _ => None,
        }
    }
}

/// A push service and Slack, on one port.
#[derive(Clone)]
pub struct FakeServices {
    host: String,
    state: Arc<Mutex<ServiceState>>,
    arrived: Arc<Notify>,
}

/// A browser with a push subscription: only it can decrypt its messages.
pub struct PushBrowser {
    services: FakeServices,
    name: String,
    secret: SecretKey,
    auth: [u8; 16],
}

impl FakeServices {
    /// Starts them.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let host = listener.local_addr().expect("an address").to_string();
        let services = Self { host, state: Arc::default(), arrived: Arc::default() };
        let router = Router::new().route("/{kind}/{endpoint}", post(receive)).with_state(services.clone());
        tokio::spawn(async { axum::serve(listener, router).await });
        services
    }

    /// Their address: `127.0.0.1:12345`.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// A browser that subscribes here.
    pub fn browser(&self, name: &str) -> PushBrowser {
        let seed: [u8; 32] = sha2_of(name);
        let secret = SecretKey::from_slice(&seed).expect("nearly every number is a key");
        let auth = seed[..16].try_into().expect("16 bytes");
        PushBrowser { services: self.clone(), name: format!("push/{name}"), secret, auth }
    }

    /// The address of a Slack webhook.
    pub fn webhook(&self, name: &str) -> String {
        format!("http://{}/slack/{name}", self.host)
    }

    /// Sets the next responses of an endpoint, in order: a status, and `Retry-After` in seconds. After that 201.
    pub fn set_responses(&self, endpoint: &str, responses: &[(u16, Option<u32>)]) {
        let mut state = self.state.lock().expect("the lock is not poisoned");
        state.responses.entry(endpoint.to_owned()).or_default().extend(responses);
    }

    /// From now on it fails at random.
    pub fn fail_randomly(&self, seed: u64) {
        self.state.lock().expect("the lock is not poisoned").random = seed | 1;
    }

    /// All requests to an endpoint so far.
    pub fn posted(&self, endpoint: &str) -> Vec<Posted> {
        self.state.lock().expect("the lock is not poisoned").posted.get(endpoint).cloned().unwrap_or_default()
    }

    /// The requests to an endpoint, once there is this number of them.
    pub async fn wait_for(&self, endpoint: &str, count: usize) -> Vec<Posted> {
        let wait = async {
            loop {
                let arrived = self.arrived.notified();
                let posted = self.posted(endpoint);
                if posted.len() >= count {
                    return posted;
                }
                arrived.await;
            }
        };
        let waited = tokio::time::timeout(TIMEOUT, wait).await;
        waited.unwrap_or_else(|_| panic!("{count} at {endpoint}; there are {}", self.posted(endpoint).len()))
    }

    /// Slack's messages at a webhook, as JSON, once there is this number of them.
    pub async fn slack(&self, name: &str, count: usize) -> Vec<Value> {
        let posted = self.wait_for(&format!("slack/{name}"), count).await;
        posted.iter().map(|one| serde_json::from_slice(&one.body).expect("JSON")).collect()
    }
}

fn sha2_of(text: &str) -> [u8; 32] {
    use sha2::Digest;
    sha2::Sha256::digest(text).into()
}

async fn receive(
    State(services): State<FakeServices>,
    Path((kind, endpoint)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> impl IntoResponse {
    let endpoint = format!("{kind}/{endpoint}");
    let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()));
    let headers = headers.collect();
    let mut state = services.state.lock().expect("the lock is not poisoned");
    let planned = state.responses.get_mut(&endpoint).and_then(VecDeque::pop_front);
    let planned = planned.map(|(status, retry_after)| (status, retry_after, false));
    let (status, retry_after, accepted) = planned.or_else(|| state.random_response()).unwrap_or((201, None, true));
    state.posted.entry(endpoint).or_default().push(Posted { headers, body: body.to_vec(), status, accepted });
    drop(state);
    services.arrived.notify_waiters();
    let status = StatusCode::from_u16(status).expect("a status");
    match retry_after {
        Some(seconds) => (status, [("retry-after", seconds.to_string())], "said").into_response(),
        None => (status, "said").into_response(),
    }
}

impl PushBrowser {
    /// Its endpoint.
    pub fn endpoint(&self) -> String {
        format!("http://{}/{}", self.services.host, self.name)
    }

    /// Its subscription, in the form of `PushSubscription.toJSON`.
    pub fn subscription(&self) -> Value {
        let point = self.secret.public_key().to_encoded_point(false);
        let p256dh = URL_SAFE_NO_PAD.encode(point.as_bytes());
        json!({"endpoint": self.endpoint(), "expirationTime": null,
            "keys": {"p256dh": p256dh, "auth": URL_SAFE_NO_PAD.encode(self.auth)}})
    }

    /// Its id at the server: the hash of its endpoint.
    pub fn id(&self) -> String {
        URL_SAFE_NO_PAD.encode(sha2_of(&self.endpoint()))
    }

    /// Sets the next responses of its push service.
    pub fn set_responses(&self, responses: &[(u16, Option<u32>)]) {
        self.services.set_responses(&self.name, responses);
    }

    /// All pushes so far, whatever the responses.
    pub fn pushes(&self) -> Vec<Posted> {
        self.services.posted(&self.name)
    }

    /// The pushes, once there is this number of them.
    pub async fn wait_for(&self, count: usize) -> Vec<Posted> {
        self.services.wait_for(&self.name, count).await
    }

    /// The notifications that its push service has accepted, once this number of pushes has arrived.
    pub async fn notifications(&self, count: usize) -> Vec<Value> {
        let accepted = self.wait_for(count).await.into_iter().filter(|push| push.status < 300);
        accepted.map(|push| self.read(&push)).collect()
    }

    /// Decrypts a push.
    pub fn read(&self, push: &Posted) -> Value {
        let text = decrypt(push.body.clone(), &self.secret, &Auth::clone_from_slice(&self.auth));
        serde_json::from_slice(&text.expect("it is encrypted for this browser")).expect("JSON")
    }
}
