//! One JSON response of the issuer, bounded in time and size, without redirects.
//!
//! The keys decide the identity of members, so they are fetched only over TLS or from this machine.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION};
use http::{HeaderValue, Request, StatusCode, Uri};
use serde::de::DeserializeOwned;

use crate::https::{Bounds, HttpError, HttpsClient, is_loopback};

/// A response is complete within this time and has at most 256 KiB.
const BOUNDS: Bounds = Bounds { time: Duration::from_secs(5), size: 256 * 1024 };

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("{0} is not a URL")]
    NoAddress(String),
    #[error("{0} is neither https nor on this machine")]
    Insecure(String),
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error("it responded with {0}")]
    Status(StatusCode),
    #[error("its response cannot be parsed: {0}")]
    Unreadable(#[from] serde_json::Error),
    #[error("the token is not a valid header value")]
    NoToken,
    #[error("it describes another issuer")]
    OtherIssuer,
}

/// The JSON at this URL, requested with this token if there is one.
pub(crate) async fn json<T: DeserializeOwned>(
    client: &HttpsClient,
    address: &str,
    token: Option<&str>,
) -> Result<T, FetchError> {
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = parse(address)?;
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(token) = token {
        let mut value = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| FetchError::NoToken)?;
        value.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, value);
    }
    let response = client.exchange(request, BOUNDS).await?;
    match response.status() {
        StatusCode::OK => Ok(serde_json::from_slice(&response.into_body()?)?),
        other => Err(FetchError::Status(other)),
    }
}

/// A URL that may be requested.
fn parse(address: &str) -> Result<Uri, FetchError> {
    let uri: Uri = address.parse().map_err(|_| FetchError::NoAddress(address.to_owned()))?;
    match (uri.scheme_str(), uri.host()) {
        (Some("https"), Some(_)) => Ok(uri),
        (Some("http"), Some(host)) if is_loopback(host) => Ok(uri),
        (Some("http"), Some(_)) => Err(FetchError::Insecure(address.to_owned())),
        _ => Err(FetchError::NoAddress(address.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::response::Redirect;
    use axum::routing::get;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_url_must_be_https_or_loopback() {
        for allowed in
            ["https://issuer.example/keys", "http://127.0.0.1:9/keys", "http://localhost:9", "http://[::1]:9/"]
        {
            assert!(parse(allowed).is_ok(), "{allowed}");
        }
        for insecure in ["http://issuer.example/keys", "http://localhost.issuer.example", "http://192.168.1.7/keys"] {
            assert!(matches!(parse(insecure), Err(FetchError::Insecure(_))), "{insecure}");
        }
        for invalid in ["", "keys", "/keys", "file:///etc/passwd", "ftp://issuer.example/keys", "https://"] {
            assert!(matches!(parse(invalid), Err(FetchError::NoAddress(_))), "{invalid}");
        }
    }

    #[tokio::test]
    async fn a_response_is_bounded_and_no_redirect_is_followed() {
        let router = Router::new()
            .route("/small", get(async || axum::Json(json!({"keys": []}))))
            .route("/large", get(async || axum::Json("x".repeat(BOUNDS.size))))
            .route("/elsewhere", get(async || Redirect::temporary("/small")))
            .route("/text", get(async || "hello"));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async { axum::serve(listener, router).await });
        let client = HttpsClient::default();
        let fetch = async |path: &str| json::<Value>(&client, &format!("http://{address}{path}"), None).await;
        assert_eq!(fetch("/small").await.unwrap(), json!({"keys": []}));
        assert!(matches!(fetch("/large").await, Err(FetchError::Http(HttpError::TooLarge(_)))));
        assert!(matches!(fetch("/elsewhere").await, Err(FetchError::Status(StatusCode::TEMPORARY_REDIRECT))));
        assert!(matches!(fetch("/text").await, Err(FetchError::Unreadable(_))));
        assert!(matches!(fetch("/none").await, Err(FetchError::Status(StatusCode::NOT_FOUND))));
    }

    /// A server that does not speak TLS is rejected.
    #[tokio::test]
    async fn a_server_without_tls_is_rejected() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async { axum::serve(listener, Router::new()).await });
        let result = json::<Value>(&HttpsClient::default(), &format!("https://{address}/"), None).await;
        assert!(matches!(result, Err(FetchError::Http(HttpError::Transport(_)))), "{result:?}");
    }
}
