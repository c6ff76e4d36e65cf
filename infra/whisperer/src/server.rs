//! One report to the server, with a timeout. Never logs the key.

use std::time::Duration;

use crate::sensor::Reply;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{HeaderValue, Request, Uri};
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// Timeout of a response.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// The server, for one table.
#[derive(Clone)]
pub(crate) struct Server {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    address: Uri,
    key: HeaderValue,
}

/// The result of a report, and a message for the log.
pub(crate) struct Outcome {
    pub(crate) reply: Reply,
    pub(crate) message: Option<String>,
}

impl Server {
    /// A server for one table.
    ///
    /// # Errors
    /// The system trusts no certificates, or the key is invalid.
    pub(crate) fn new(server: &str, table: &str, key: &str) -> Result<Self, String> {
        let provider = rustls::crypto::ring::default_provider();
        let builder = HttpsConnectorBuilder::new().with_provider_and_native_roots(provider);
        let connector = match builder {
            Ok(builder) => builder.https_or_http().enable_http1().build(),
            Err(error) => {
                return Err(format!(
                    "This system trusts no certificates ({error}). Install the package ca-certificates."
                ));
            }
        };
        let address = format!("{server}/v1/tables/{table}");
        let address = address.parse().map_err(|_| format!("{address} is not a URL."))?;
        let mut key =
            HeaderValue::from_str(key).map_err(|_| "The key cannot be sent: it has invalid characters.".to_owned())?;
        key.set_sensitive(true);
        Ok(Self { client: Client::builder(TokioExecutor::new()).build(connector), address, key })
    }

    /// Reports that the table is free, or busy.
    pub(crate) async fn report(self, is_free: bool) -> Outcome {
        let mut request = Request::new(Full::new(Bytes::from(format!("{{\"isFree\":{is_free}}}"))));
        *request.method_mut() = http::Method::PUT;
        *request.uri_mut() = self.address.clone();
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("rally-whisperer/", env!("CARGO_PKG_VERSION"))));
        headers.insert("x-api-key", self.key.clone());
        let response = match tokio::time::timeout(REQUEST_TIMEOUT, self.client.request(request)).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Outcome::retry(None, format!("The server cannot be reached: {}.", cause(&error))),
            Err(_) => return Outcome::retry(None, "The server has not responded within 10 seconds.".to_owned()),
        };
        let status = response.status();
        let rejected = |message: &str| Outcome { reply: Reply::Rejected, message: Some(message.to_owned()) };
        match status.as_u16() {
            200..=299 => Outcome { reply: Reply::Accepted, message: None },
            401 | 403 => rejected("The server does not accept this key for this table. Ask an admin for another one."),
            404 => rejected("The server knows no such table. Ask an admin to register it, or correct --table."),
            400 | 405 | 422 => rejected(&format!("The server does not understand the report ({status}).")),
            _ => {
                let wait =
                    response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
                let wait = wait.map(|seconds: u64| Duration::from_secs(seconds.min(600)));
                Outcome::retry(wait, format!("The server is not available at the moment ({status})."))
            }
        }
    }
}

impl Outcome {
    fn retry(wait: Option<Duration>, message: String) -> Self {
        Self { reply: Reply::Retry(wait), message: Some(message) }
    }
}

/// The innermost cause of a failure: the part that a person can act on.
fn cause(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), cause)
}
