//! The SDK's HTTP connectors to DynamoDB and to API Gateway. Never changes a request or a response.
//!
//! A request to the database is forwarded, and after the response to a write the stream's reader is woken. A post to a connection is a
//! function call: a fan-out to thousands of connections uses no socket except those of the browsers.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::{Method, StatusCode};
use tokio::sync::Notify;

use crate::faults::{FaultPoint, Faults};
use crate::gateway::Gateway;
use crate::gateway::management::{self, Decision};

/// An HTTP client that always uses this connector.
pub fn client(connector: SharedHttpConnector) -> SharedHttpClient {
    http_client_fn(move |_, _| connector.clone())
}

/// The connector to the database.
#[derive(Debug)]
pub struct DatabaseConnector {
    connector: Connector,
    written: Arc<Notify>,
    faults: Faults,
}

impl DatabaseConnector {
    /// A connector that notifies `written` after each successful write.
    pub fn new(written: Arc<Notify>, faults: Faults) -> Self {
        let connector =
            Connector::builder().enable_tcp_nodelay(true).pool_idle_timeout(Duration::from_secs(60)).build_http();
        Self { connector, written, faults }
    }
}

impl HttpConnector for DatabaseConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let is_write = request.headers().get("x-amz-target").is_some_and(may_write);
        if is_write && self.faults.should_fail(FaultPoint::Database) {
            return HttpConnectorFuture::ready(Ok(throttled()));
        }
        let response = self.connector.call(request);
        if !is_write {
            return response;
        }
        let written = Arc::clone(&self.written);
        HttpConnectorFuture::new(async move {
            let response = response.await;
            written.notify_one();
            response
        })
    }
}

/// DynamoDB's response to a throttled request ("Error handling with DynamoDB").
fn throttled() -> HttpResponse {
    let body = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"Injected fault."}"#;
    let mut response = HttpResponse::new(StatusCode::BAD_REQUEST.into(), SdkBody::from(body));
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
    response
}

/// Whether an operation may write an item. PartiQL may, so it counts as a write.
fn may_write(target: &str) -> bool {
    let operation = target.rsplit('.').next().unwrap_or(target);
    matches!(
        operation,
        "PutItem"
            | "UpdateItem"
            | "DeleteItem"
            | "BatchWriteItem"
            | "TransactWriteItems"
            | "ExecuteStatement"
            | "ExecuteTransaction"
            | "BatchExecuteStatement"
    )
}

/// The connector to the connections.
#[derive(Debug)]
pub struct GatewayConnector {
    gateway: Arc<Gateway>,
    faults: Faults,
}

impl GatewayConnector {
    /// A connector to this gateway.
    pub fn new(gateway: Arc<Gateway>, faults: Faults) -> Self {
        Self { gateway, faults }
    }
}

impl HttpConnector for GatewayConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (Some(id), Ok(method)) =
            (management::connection_id(path(request.uri())), request.method().parse::<Method>())
        else {
            return HttpConnectorFuture::ready(Err(ConnectorError::user(
                "This is not a request to @connections.".into(),
            )));
        };
        let body = request.body().bytes().unwrap_or_default();
        match management::decide(&self.gateway, &self.faults, &method, &id, body) {
            Decision::Respond(response) => HttpConnectorFuture::ready(translate(response)),
            Decision::Delay(delay) => {
                let gateway = Arc::clone(&self.gateway);
                let id = id.into_owned();
                let body = Bytes::copy_from_slice(body);
                HttpConnectorFuture::new(async move {
                    tokio::time::sleep(delay).await;
                    translate(management::handle(&gateway, &method, &id, &body))
                })
            }
        }
    }
}

fn translate(response: http::Response<Bytes>) -> Result<HttpResponse, ConnectorError> {
    HttpResponse::try_from(response.map(SdkBody::from)).map_err(|error| ConnectorError::other(error.into(), None))
}

/// The path of an address, without its query.
fn path(address: &str) -> &str {
    address.split('?').next().unwrap_or(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_are_recognized_by_their_target() {
        assert!(may_write("DynamoDB_20120810.PutItem"));
        assert!(may_write("DynamoDB_20120810.TransactWriteItems"));
        assert!(!may_write("DynamoDB_20120810.Query"));
        assert!(!may_write("DynamoDB_20120810.TransactGetItems"));
    }
}
