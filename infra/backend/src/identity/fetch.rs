//! One JSON response of the issuer, bounded in time and size, without redirects.
//!
//! The keys decide the identity of members, so they are fetched only over TLS, or from this machine.

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION};
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use hyper_util::client::legacy::{Client, ResponseFuture};
use hyper_util::rt::TokioExecutor;
use serde::de::DeserializeOwned;

/// An answer has at most so many bytes: 256 KiB.
const SIZE_LIMIT: usize = 256 * 1024;

/// So long an answer may take from beginning to end.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("{0} is no address")]
    NoAddress(String),
    #[error("{0} is neither https nor on this machine")]
    Insecure(String),
    #[error("no trusted certificates: {0}")]
    Certificates(std::io::Error),
    #[error("no connection: {0:?}")]
    Transport(#[from] hyper_util::client::legacy::Error),
    #[error("it took longer than {} s", REQUEST_TIMEOUT.as_secs())]
    TooSlow,
    #[error("it answered {0}")]
    Status(StatusCode),
    #[error("it answered more than {} KiB", SIZE_LIMIT / 1_024)]
    TooLarge,
    #[error("its answer broke off: {0}")]
    BrokenOff(Box<dyn std::error::Error + Send + Sync>),
    #[error("its answer is not what was asked for: {0}")]
    Unreadable(#[from] serde_json::Error),
    #[error("the token cannot stand in a header")]
    NoToken,
    #[error("it describes another issuer")]
    OtherIssuer,
}

/// What is at this address.
pub(crate) async fn json<T: DeserializeOwned>(address: &str) -> Result<T, FetchError> {
    json_for(address, None).await
}

/// What is at this address for whoever has this token.
pub(crate) async fn json_for<T: DeserializeOwned>(address: &str, token: Option<&str>) -> Result<T, FetchError> {
    let answer =
        tokio::time::timeout(REQUEST_TIMEOUT, bytes(address, token)).await.map_err(|_| FetchError::TooSlow)??;
    Ok(serde_json::from_slice(&answer)?)
}

async fn bytes(address: &str, token: Option<&str>) -> Result<Bytes, FetchError> {
    let uri = parse(address)?;
    let response = if uri.scheme_str() == Some("https") {
        // Made for each fetch, since one an hour needs no pool, and reading the system's certificates takes its time.
        let provider = rustls::crypto::ring::default_provider();
        let builder = HttpsConnectorBuilder::new().with_provider_and_native_roots(provider);
        let connector = builder.map_err(FetchError::Certificates)?.https_only().enable_http1().build();
        get(connector, uri, token)?.await?
    } else {
        get(HttpConnector::new(), uri, token)?.await?
    };
    if response.status() != StatusCode::OK {
        return Err(FetchError::Status(response.status()));
    }
    let body = Limited::new(response.into_body(), SIZE_LIMIT).collect().await;
    body.map(http_body_util::Collected::to_bytes).map_err(|error| match error.downcast::<LengthLimitError>() {
        Ok(_) => FetchError::TooLarge,
        Err(error) => FetchError::BrokenOff(error),
    })
}

fn get<C: Connect + Clone + Send + Sync + 'static>(
    connector: C,
    uri: Uri,
    token: Option<&str>,
) -> Result<ResponseFuture, FetchError> {
    let mut request = Request::new(Empty::<Bytes>::new());
    *request.uri_mut() = uri;
    request.headers_mut().insert(ACCEPT, http::HeaderValue::from_static("application/json"));
    if let Some(token) = token {
        let mut value = http::HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| FetchError::NoToken)?;
        value.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, value);
    }
    Ok(Client::builder(TokioExecutor::new()).build(connector).request(request))
}

/// An address that may be asked.
fn parse(address: &str) -> Result<Uri, FetchError> {
    let uri: Uri = address.parse().map_err(|_| FetchError::NoAddress(address.to_owned()))?;
    match (uri.scheme_str(), uri.host()) {
        (Some("https"), Some(_)) => Ok(uri),
        (Some("http"), Some(host)) if is_loopback(host) => Ok(uri),
        (Some("http"), Some(_)) => Err(FetchError::Insecure(address.to_owned())),
        _ => Err(FetchError::NoAddress(address.to_owned())),
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::response::Redirect;
    use axum::routing::get;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn keys_come_over_tls_or_from_this_machine() {
        for fit in ["https://issuer.example/keys", "http://127.0.0.1:9/keys", "http://localhost:9", "http://[::1]:9/"] {
            assert!(parse(fit).is_ok(), "{fit}");
        }
        for insecure in ["http://issuer.example/keys", "http://localhost.issuer.example", "http://192.168.1.7/keys"] {
            assert!(matches!(parse(insecure), Err(FetchError::Insecure(_))), "{insecure}");
        }
        for odd in ["", "keys", "/keys", "file:///etc/passwd", "ftp://issuer.example/keys", "https://"] {
            assert!(matches!(parse(odd), Err(FetchError::NoAddress(_))), "{odd}");
        }
    }

    #[tokio::test]
    async fn an_answer_is_bounded_and_no_redirection_is_followed() {
        let router = Router::new()
            .route("/small", get(async || axum::Json(json!({"keys": []}))))
            .route("/large", get(async || axum::Json("x".repeat(SIZE_LIMIT))))
            .route("/elsewhere", get(async || Redirect::temporary("/small")))
            .route("/text", get(async || "hello"));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async { axum::serve(listener, router).await });
        let fetch = |path: &'static str| async move { json::<Value>(&format!("http://{address}{path}")).await };
        assert_eq!(fetch("/small").await.unwrap(), json!({"keys": []}));
        assert!(matches!(fetch("/large").await, Err(FetchError::TooLarge)));
        assert!(matches!(fetch("/elsewhere").await, Err(FetchError::Status(StatusCode::TEMPORARY_REDIRECT))));
        assert!(matches!(fetch("/text").await, Err(FetchError::Unreadable(_))));
        assert!(matches!(fetch("/none").await, Err(FetchError::Status(StatusCode::NOT_FOUND))));
    }

    /// Nothing is trusted that only calls itself https.
    #[tokio::test]
    async fn what_does_not_speak_tls_is_no_https() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async { axum::serve(listener, Router::new()).await });
        let refused = json::<Value>(&format!("https://{address}/")).await;
        assert!(matches!(refused, Err(FetchError::Transport(_))), "{refused:?}");
    }
}
