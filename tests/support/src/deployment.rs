//! An existing deployment, that of `cargo xtask parity`: its addresses, how people sign in there, and the edge in front of it.
//! `RALLY_DEPLOYMENT` names the file that describes it; without it every test starts a server of its own.
//!
//! The edge stands for DNS and CloudFront's host names: one address that leads to the site's files through CloudFront's own rules, to
//! the HTTP API, to the live connections and to the pages of Cognito.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header::{CONNECTION, HOST, UPGRADE};
use http::{HeaderValue, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// A deployment, with its edge.
pub struct Deployment {
    outputs: Arc<Outputs>,
    serving: tokio::task::JoinHandle<()>,
}

impl Drop for Deployment {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

struct Outputs {
    values: Value,
    client: reqwest::Client,
}

impl Outputs {
    fn output(&self, name: &str) -> &str {
        self.values[name].as_str().unwrap_or_else(|| panic!("the deployment says its {name}"))
    }

    /// The address at the emulator, the `Host` of requests, and whether over TLS.
    fn target(&self, request: &Request) -> (String, String, bool) {
        let (endpoint, path) = (self.output("endpoint"), request.uri().path());
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        let bare = |address: &str| address.trim_start_matches("http://").to_owned();
        let is_sign_in = ["/oauth2/", "/login", "/logout"].iter().any(|begin| path.starts_with(begin))
            || path.trim_start_matches('/').starts_with(self.output("pool"));
        if path.starts_with("/v1/") {
            (format!("{endpoint}/_aws/execute-api/{}{path}{query}", self.output("http")), bare(endpoint), true)
        } else if path == "/live" {
            (format!("{endpoint}/_aws/execute-api/{}/live{query}", self.output("live")), bare(endpoint), true)
        } else if is_sign_in {
            // Its responses contain the host name of the request.
            (format!("{endpoint}{path}{query}"), bare(self.output("edge")), false)
        } else {
            (format!("{endpoint}{path}{query}"), self.output("distribution").to_owned(), true)
        }
    }
}

impl Deployment {
    /// The configured deployment, if there is one.
    pub async fn find() -> Option<Self> {
        let path = std::env::var_os("RALLY_DEPLOYMENT")?;
        let values = std::fs::read_to_string(&path).expect("RALLY_DEPLOYMENT names a file");
        let values: Value = serde_json::from_str(&values).expect("it is JSON");
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
        let outputs = Arc::new(Outputs { values, client: client.expect("a client") });
        let address = outputs.output("edge").trim_start_matches("http://").to_owned();
        let listener = tokio::net::TcpListener::bind(address).await.expect("the edge's address is free");
        let router = axum::Router::new().fallback(forward).with_state(Arc::clone(&outputs));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.expect("the edge serves") });
        Some(Self { outputs, serving })
    }

    /// The address for a browser.
    pub fn address(&self) -> &str {
        self.outputs.output("edge")
    }

    /// The address of AWS.
    pub fn endpoint(&self) -> &str {
        self.outputs.output("endpoint")
    }

    /// The table's name.
    pub fn table(&self) -> &str {
        self.outputs.output("table")
    }

    /// The site's client id at the issuer.
    pub fn client(&self) -> &str {
        self.outputs.output("client")
    }

    /// The handshake with AWS IoT Core at this address, which has no DNS entry.
    pub fn iot_request(&self, url: &str) -> http::Request<()> {
        let url: http::Uri = url.parse().expect("an address");
        let host = url.host().expect("it has a host").to_owned();
        let query = url.path_and_query().expect("it is signed").as_str();
        let address = format!("{}{query}", self.endpoint().replacen("http", "ws", 1));
        let mut request = address.into_client_request().expect("an address");
        request.headers_mut().insert(HOST, HeaderValue::from_str(&host).expect("a host"));
        request
    }

    /// How a person with this name signs in.
    pub fn credentials(&self, name: &str) -> [(&'static str, String); 2] {
        [("username", mail(name)), ("password", self.outputs.output("password").to_owned())]
    }
}

fn mail(name: &str) -> String {
    format!("{}@example.com", name.to_lowercase())
}

async fn forward(State(outputs): State<Arc<Outputs>>, mut request: Request) -> Response {
    if request.uri().path() == "/favicon.ico" {
        // Requested by Cognito's own page, which is on another host on AWS.
        return StatusCode::NO_CONTENT.into_response();
    }
    let (address, host, over_tls) = outputs.target(&request);
    let is_upgrade = request.headers().contains_key(UPGRADE);
    let upgraded = is_upgrade.then(|| hyper::upgrade::on(&mut request));
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 16 * 1024 * 1024).await.expect("a request's body");
    let mut headers = parts.headers;
    headers.insert(HOST, HeaderValue::from_str(&host).expect("a host"));
    if over_tls {
        headers.insert("x-forwarded-proto", HeaderValue::from_static("https"));
    }
    if !is_upgrade {
        headers.remove(CONNECTION);
    }
    let sent = outputs.client.request(parts.method, address).headers(headers).body(body).send().await;
    let origin = match sent {
        Ok(origin) => origin,
        Err(error) => return (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = origin.status();
    for (name, value) in origin.headers() {
        if name != "transfer-encoding" && (name != CONNECTION || is_upgrade) {
            response.headers_mut().append(name, value.clone());
        }
    }
    match upgraded {
        Some(ours) if origin.status() == StatusCode::SWITCHING_PROTOCOLS => {
            tokio::spawn(async move {
                let (Ok(ours), Ok(mut theirs)) = (ours.await, origin.upgrade().await) else { return };
                let _ = tokio::io::copy_bidirectional(&mut TokioIo::new(ours), &mut theirs).await;
            });
        }
        _ => *response.body_mut() = Body::from(origin.bytes().await.unwrap_or_default()),
    }
    response
}
