//! AWS for tools such as the AWS CLI, and for functions that are programs of their own: DynamoDB, SNS, SQS, KMS and
//! `@connections` on one loopback address. Never for browsers.

use std::net::SocketAddr;
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header::{HOST, ORIGIN};
use http::request::Parts;
use http::{StatusCode, Uri};

use crate::faults::Faults;
use crate::gateway::Gateway;
use crate::gateway::management::{self, Decision};
use crate::iot::IotConnector;

/// DynamoDB accepts requests of up to 16 MiB.
const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// The services behind the endpoint.
#[derive(Clone)]
pub struct Endpoint {
    /// The gateway behind `@connections`.
    pub gateway: Arc<Gateway>,
    /// Faults for tests.
    pub faults: Faults,
    /// The connector to the database.
    pub connector: SharedHttpConnector,
    /// The database's address.
    pub database: SocketAddr,
    /// The connector to AWS IoT Core and STS.
    pub iot: SharedHttpConnector,
    /// The connector to SNS and SQS.
    pub messaging: SharedHttpConnector,
    /// The connector to KMS.
    pub kms: SharedHttpConnector,
}

/// The endpoint as a router.
pub fn router(endpoint: Endpoint) -> Router {
    Router::new().fallback(serve).with_state(endpoint)
}

async fn serve(State(endpoint): State<Endpoint>, request: Request) -> Response {
    // A client that reaches this address may do anything. A browser runs scripts of other sites, and sends `Origin` with each request
    // that could change something.
    if request.headers().contains_key(ORIGIN) {
        return (StatusCode::FORBIDDEN, "This address is not for browsers.").into_response();
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    if let Some(id) = management::connection_id(parts.uri.path()) {
        let decision = management::decide(&endpoint.gateway, &endpoint.faults, &parts.method, &id, &body);
        let response = match decision {
            Decision::Respond(response) => response,
            Decision::Delay(delay) => {
                tokio::time::sleep(delay).await;
                management::handle(&endpoint.gateway, &parts.method, &id, &body)
            }
        };
        return response.map(Body::from);
    }
    let service = if IotConnector::is_for(parts.uri.path(), &body) {
        Some(&endpoint.iot)
    } else if is_for_messaging(&parts) {
        Some(&endpoint.messaging)
    } else if header_starts_with(&parts, "x-amz-target", "TrentService.") {
        Some(&endpoint.kms)
    } else {
        None
    };
    let request = http::Request::from_parts(parts, SdkBody::from(body));
    let outcome = match service {
        Some(service) => call(service, request).await,
        None => forward_to_database(&endpoint, request).await,
    };
    outcome.unwrap_or_else(|error| {
        tracing::warn!(error, "a service did not respond");
        StatusCode::BAD_GATEWAY.into_response()
    })
}

/// Forwards a request to the database through the backend's connector, so that the stream's reader is woken too.
async fn forward_to_database(endpoint: &Endpoint, mut request: http::Request<SdkBody>) -> Result<Response, String> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let address: Uri = format!("http://{}{path}", endpoint.database).parse().map_err(text)?;
    *request.uri_mut() = address;
    request.headers_mut().remove(HOST);
    call(&endpoint.connector, request).await
}

async fn call(connector: &SharedHttpConnector, request: http::Request<SdkBody>) -> Result<Response, String> {
    let request = HttpRequest::try_from(request).map_err(text)?;
    let response = connector.call(request).await.map_err(text)?;
    Ok(response.try_into_http1x().map_err(text)?.map(Body::new))
}

/// An SQS request names its operation in a header; an SNS request is a form.
fn is_for_messaging(parts: &Parts) -> bool {
    header_starts_with(parts, "x-amz-target", "AmazonSQS.")
        || header_starts_with(parts, "content-type", "application/x-www-form-urlencoded")
}

/// Whether a header starts with this text.
fn header_starts_with(parts: &Parts, name: &str, text: &str) -> bool {
    parts.headers.get(name).and_then(|value| value.to_str().ok()).is_some_and(|value| value.starts_with(text))
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
