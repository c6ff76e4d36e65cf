//! HTTPS requests to services outside AWS, bounded in time and size, without redirects. If a URL comes from user input, the caller checks
//! it first with a [`HostAllowlist`].

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::sync::OnceCell;

/// The response to a POST is complete within this time, and at most 4 KiB of it are read.
const POST_BOUNDS: Bounds = Bounds { time: Duration::from_secs(10), size: 4 * 1024 };

/// The longest `Retry-After` that is respected: 15 minutes, the longest delay of a message (Amazon SQS, `DelaySeconds`).
const RETRY_AFTER_LIMIT: Duration = Duration::from_secs(900);

/// The HTTPS client. Cheap to clone.
#[derive(Clone, Default)]
pub struct HttpsClient {
    client: Arc<OnceCell<Client<HttpsConnector<HttpConnector>, Full<Bytes>>>>,
}

/// The bounds of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// The time for the whole exchange.
    pub(crate) time: Duration,
    /// The size of the body in bytes.
    pub(crate) size: usize,
}

/// The response to a POST.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The delay of `Retry-After`, if it is in seconds (RFC 9110, section 10.2.3).
    pub retry_after: Option<Duration>,
    /// The beginning of the body.
    pub text: String,
}

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The system has no trusted certificates.
    #[error("no trusted certificates: {0}")]
    Certificates(std::io::Error),
    /// The connection failed.
    #[error("no connection: {0:?}")]
    Transport(#[from] hyper_util::client::legacy::Error),
    /// The response took too long.
    #[error("no response within {} s", .0.as_secs())]
    TooSlow(Duration),
    /// The body is too large.
    #[error("a response of more than {} KiB", .0 / 1_024)]
    TooLarge(usize),
    /// The body is incomplete.
    #[error("the response broke off: {0}")]
    BrokenOff(Box<dyn std::error::Error + Send + Sync>),
}

impl HttpsClient {
    /// Sends a POST request.
    ///
    /// # Errors
    /// There is no response.
    pub async fn post(&self, request: Request<Bytes>) -> Result<Reply, HttpError> {
        let response = self.exchange(request, POST_BOUNDS).await?;
        let (status, retry_after) = (response.status(), retry_after(&response));
        // The body of an error is only for the log. So a body that is too large or incomplete counts as empty.
        let body = response.into_body().unwrap_or_default();
        Ok(Reply { status, retry_after, text: String::from_utf8_lossy(&body).into_owned() })
    }

    /// Sends a request and reads the response within its bounds.
    ///
    /// # Errors
    /// There is no response. An error of the body is returned in place of the body.
    pub(crate) async fn exchange(
        &self,
        request: Request<Bytes>,
        bounds: Bounds,
    ) -> Result<Response<Result<Bytes, HttpError>>, HttpError> {
        // Created once: reading the system's certificates takes time, and push services prefer connections that are reused.
        let client = self
            .client
            .get_or_try_init(async || {
                let provider = rustls::crypto::ring::default_provider();
                let builder = HttpsConnectorBuilder::new().with_provider_and_native_roots(provider);
                let connector = builder.map_err(HttpError::Certificates)?.https_or_http().enable_http1().build();
                Ok::<_, HttpError>(Client::builder(TokioExecutor::new()).build(connector))
            })
            .await?;
        let exchange = async {
            let (parts, body) = client.request(request.map(Full::new)).await?.into_parts();
            let body = Limited::new(body, bounds.size).collect().await.map(http_body_util::Collected::to_bytes);
            let body = body.map_err(|error| match error.downcast::<LengthLimitError>() {
                Ok(_) => HttpError::TooLarge(bounds.size),
                Err(error) => HttpError::BrokenOff(error),
            });
            Ok(Response::from_parts(parts, body))
        };
        tokio::time::timeout(bounds.time, exchange).await.map_err(|_| HttpError::TooSlow(bounds.time))?
    }
}

fn retry_after<B>(response: &Response<B>) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(RETRY_AFTER_LIMIT))
}

/// The hosts that a URL from user input may have, so that such a URL cannot reach the server's own network (SSRF).
///
/// A name matches itself only; a name that begins with a dot matches all names that end with it; a name with a port matches that port of
/// this machine, without TLS, for services beside a local server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostAllowlist(Vec<String>);

impl HostAllowlist {
    /// These hosts, separated by commas.
    pub fn of(list: &str) -> Self {
        Self(list.split(',').map(|host| host.trim().to_ascii_lowercase()).filter(|host| !host.is_empty()).collect())
    }

    /// The URL, if its host is allowed.
    pub fn admit(&self, address: &str) -> Option<Uri> {
        let uri: Uri = address.parse().ok()?;
        let authority = uri.authority()?;
        // User information in a URL (`name:password@`) can disguise the host.
        if authority.as_str().contains('@') || !address.is_ascii() {
            return None;
        }
        let host = authority.host().to_ascii_lowercase();
        let matches_host = |one: &String| match one.strip_prefix('.') {
            Some(_) => host.len() > one.len() && host.ends_with(one.as_str()),
            None => host == *one,
        };
        let admitted = match uri.scheme_str()? {
            "https" => authority.port().is_none() && self.0.iter().any(matches_host),
            "http" => is_loopback(&host) && self.0.contains(&authority.as_str().to_ascii_lowercase()),
            _ => false,
        };
        admitted.then_some(uri)
    }
}

/// Whether the host of a URL is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_hosts_are_allowed() {
        let hosts = HostAllowlist::of("fcm.googleapis.com, .push.services.mozilla.com,127.0.0.1:7001");
        for allowed in [
            "https://fcm.googleapis.com/fcm/send/abc",
            "https://FCM.googleapis.com/fcm/send/abc",
            "https://updates.push.services.mozilla.com/wpush/v2/x",
            "http://127.0.0.1:7001/push/1",
        ] {
            assert!(hosts.admit(allowed).is_some(), "{allowed}");
        }
        for denied in [
            "",
            "fcm.googleapis.com",
            "http://fcm.googleapis.com/",
            "https://fcm.googleapis.com:8443/",
            "https://fcm.googleapis.com.evil.example/",
            "https://fcm.googleapis.com@evil.example/",
            "https://evil.example@fcm.googleapis.com/",
            "https://push.services.mozilla.com.evil.example/",
            "https://evilpush.services.mozilla.com/",
            "https://.push.services.mozilla.com/",
            "https://169.254.169.254/latest/meta-data",
            "http://169.254.169.254/latest/meta-data",
            "http://127.0.0.1:7002/",
            "http://127.0.0.1/",
            "ftp://fcm.googleapis.com/",
            "file:///etc/passwd",
        ] {
            assert!(hosts.admit(denied).is_none(), "{denied}");
        }
    }
}
