//! API Gateway's `@connections`: signed POST and DELETE requests for a connection (Signature Version 4). It does not retry.
//!
//! The SDK's client is not used here: its own work per request was most of the processor time of a fan-out to thousands of connections. The
//! requests are the same.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use http::StatusCode;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The service name in the signature.
const SERVICE: &str = "execute-api";

/// The characters that are escaped in a path: all but the unreserved ones (RFC 3986, section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Credentials without an expiry are requested again after this time.
const CREDENTIALS_CACHE: Duration = Duration::from_secs(300);

/// Credentials that expire within this time are no longer used.
const MIN_REMAINING: Duration = Duration::from_secs(60);

/// No response has arrived.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoResponse(String);

impl NoResponse {
    fn of(error: impl std::fmt::Debug) -> Self {
        Self(format!("{error:?}"))
    }
}

/// Signs the requests.
#[derive(Debug, Clone)]
pub struct Signer {
    provider: SharedCredentialsProvider,
    region: String,
    /// The credentials, and until when they are used.
    cached: Arc<Mutex<Option<(Credentials, SystemTime)>>>,
}

impl Signer {
    /// Signs for a region.
    pub fn new(provider: SharedCredentialsProvider, region: &str) -> Self {
        Self { provider, region: region.to_owned(), cached: Arc::default() }
    }

    async fn credentials(&self, now: SystemTime) -> Result<Credentials, NoResponse> {
        let cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((credentials, _)) = cached.filter(|(_, valid_until)| now < *valid_until) {
            return Ok(credentials);
        }
        let provided = self.provider.provide_credentials().await.map_err(NoResponse::of)?;
        let valid_until = provided
            .expiry()
            .map_or(now + CREDENTIALS_CACHE, |expires| expires.checked_sub(MIN_REMAINING).unwrap_or(now));
        *self.cached.lock().unwrap_or_else(PoisonError::into_inner) = Some((provided.clone(), valid_until));
        Ok(provided)
    }

    async fn sign(&self, request: &mut HttpRequest, host: &str, now: SystemTime) -> Result<(), NoResponse> {
        let identity = self.credentials(now).await?.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(SERVICE)
            .time(now)
            .settings(SigningSettings::default())
            .build()
            .map_err(NoResponse::of)?
            .into();
        let body = SignableBody::Bytes(request.body().bytes().unwrap_or_default());
        let headers = std::iter::once(("host", host));
        let signable = SignableRequest::new(request.method(), request.uri(), headers, body).map_err(NoResponse::of)?;
        let (instructions, _) = sign(signable, &parameters).map_err(NoResponse::of)?.into_parts();
        for (name, value) in instructions.headers() {
            request.headers_mut().insert(name.to_owned(), value.to_owned());
        }
        Ok(())
    }
}

/// The client of the WebSocket API's connections. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Connections {
    /// `https://{api}.execute-api.{region}.amazonaws.com/{stage}`.
    endpoint: Arc<str>,
    /// Its host, which is part of the signature.
    host: Arc<str>,
    connector: SharedHttpConnector,
    /// `None` for a gateway in the same process.
    signer: Option<Signer>,
}

impl Connections {
    /// A client of the gateway at this address.
    pub fn new(endpoint: &str, connector: SharedHttpConnector, signer: Option<Signer>) -> Self {
        let endpoint = endpoint.trim_end_matches('/');
        let authority = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
        let host = authority.split('/').next().unwrap_or_default();
        Self { endpoint: endpoint.into(), host: host.into(), connector, signer }
    }

    /// Posts a message to a connection; returns the response's status ("PostToConnection").
    ///
    /// # Errors
    /// No response arrives.
    pub async fn post(&self, connection: &str, message: &str) -> Result<StatusCode, NoResponse> {
        self.send("POST", connection, SdkBody::from(message)).await
    }

    /// Closes a connection; returns the response's status ("DeleteConnection").
    ///
    /// # Errors
    /// No response arrives.
    pub async fn delete(&self, connection: &str) -> Result<StatusCode, NoResponse> {
        self.send("DELETE", connection, SdkBody::empty()).await
    }

    async fn send(&self, method: &str, connection: &str, body: SdkBody) -> Result<StatusCode, NoResponse> {
        let mut request = HttpRequest::new(body);
        request.set_method(method).map_err(NoResponse::of)?;
        request.set_uri(self.address(connection)).map_err(NoResponse::of)?;
        if let Some(signer) = &self.signer {
            signer.sign(&mut request, &self.host, SystemTime::now()).await?;
            request.headers_mut().try_insert("host", self.host.to_string()).map_err(NoResponse::of)?;
        }
        let response = self.connector.call(request).await.map_err(NoResponse::of)?;
        StatusCode::from_u16(response.status().as_u16()).map_err(NoResponse::of)
    }

    /// A connection's id ends with `=`, which must be escaped in a path.
    fn address(&self, connection: &str) -> String {
        format!("{}/%40connections/{}", self.endpoint, utf8_percent_encode(connection, RESERVED))
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::client::http::HttpConnectorFuture;
    use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

    use super::*;

    /// Responds with 410, and records the requests.
    #[derive(Debug, Default, Clone)]
    struct Recorder(Arc<Mutex<Vec<(String, String, String)>>>);

    impl HttpConnector for Recorder {
        fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
            let authorization = request.headers().get("authorization").unwrap_or_default().to_owned();
            let sent = (request.method().to_owned(), request.uri().to_owned(), authorization);
            self.0.lock().unwrap().push(sent);
            HttpConnectorFuture::ready(Ok(HttpResponse::new(StatusCode::GONE.into(), SdkBody::empty())))
        }
    }

    #[tokio::test]
    async fn a_request_is_addressed_and_signed_as_the_sdk_does_it() {
        let recorder = Recorder::default();
        let credentials = Credentials::new("AKID", "secret", None, None, "test");
        let signer = Signer::new(SharedCredentialsProvider::new(credentials), "eu-west-1");
        let endpoint = "https://abc.execute-api.eu-west-1.amazonaws.com/live";
        let connections = Connections::new(endpoint, SharedHttpConnector::new(recorder.clone()), Some(signer));
        assert_eq!(connections.post("one=", "{}").await, Ok(StatusCode::GONE));
        assert_eq!(connections.delete("one=").await, Ok(StatusCode::GONE));
        let sent = recorder.0.lock().unwrap().clone();
        assert_eq!((sent[0].0.as_str(), sent[1].0.as_str()), ("POST", "DELETE"));
        for (_, address, authorization) in sent {
            assert_eq!(address, format!("{endpoint}/%40connections/one%3D"));
            assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKID/"), "{authorization}");
            assert!(authorization.contains("/eu-west-1/execute-api/aws4_request"), "{authorization}");
            assert!(authorization.contains("SignedHeaders=host;x-amz-date"), "{authorization}");
        }
    }
}
