//! The AWS SDK's connectors in this simulation: they hand requests to the database and to the local gateway in this process, late, not at
//! all or twice. Never changes a request or a response.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use dynoxide::{Database, DynoxideError};
use emulator::gateway::management;
use http::StatusCode;
use protocol::frames::ServerFrame;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::Notify;

use crate::chaos::{Chaos, Fault};
use crate::confidentiality::ConfidentialityOracle;
use crate::fault_switches::FaultSwitches;

/// DynamoDB without a socket.
pub(crate) struct InProcess {
    database: Database,
    /// Notified after each write, for the reader of the stream.
    written: Arc<Notify>,
}

impl std::fmt::Debug for InProcess {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("InProcess")
    }
}

impl InProcess {
    pub(crate) fn new(database: Database, written: Arc<Notify>) -> Self {
        Self { database, written }
    }

    fn answer(&self, operation: &str, body: &[u8]) -> Result<String, DynoxideError> {
        let database = &self.database;
        match operation {
            "GetItem" => run(body, |request| database.get_item(request)),
            "PutItem" => run(body, |request| database.put_item(request)),
            "UpdateItem" => run(body, |request| database.update_item(request)),
            "DeleteItem" => run(body, |request| database.delete_item(request)),
            "Query" => run(body, |request| database.query(request)),
            "Scan" => run(body, |request| database.scan(request)),
            "BatchGetItem" => run(body, |request| database.batch_get_item(request)),
            "BatchWriteItem" => run(body, |request| database.batch_write_item(request)),
            "TransactGetItems" => run(body, |request| database.transact_get_items(request)),
            "TransactWriteItems" => run(body, |request| database.transact_write_items(request)),
            "CreateTable" => run(body, |request| database.create_table(request)),
            "DescribeTable" => run(body, |request| database.describe_table(request)),
            "UpdateTimeToLive" => run(body, |request| database.update_time_to_live(request)),
            other => Err(DynoxideError::InternalServerError(format!("{other} is not known here"))),
        }
    }
}

fn run<Request: DeserializeOwned, Response: Serialize>(
    body: &[u8],
    operation: impl FnOnce(Request) -> Result<Response, DynoxideError>,
) -> Result<String, DynoxideError> {
    let unreadable = |error: serde_json::Error| DynoxideError::SerializationException(error.to_string());
    let response = operation(serde_json::from_slice(body).map_err(unreadable)?)?;
    serde_json::to_string(&response).map_err(unreadable)
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default();
        tracing::trace!(operation, "request");
        let response = self.answer(operation, request.body().bytes().unwrap_or_default());
        self.written.notify_one();
        HttpConnectorFuture::ready(Ok(match response {
            Ok(body) => json(200, body),
            Err(error) => json(error.status_code(), error.to_json()),
        }))
    }
}

fn json(status: u16, body: String) -> HttpResponse {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::new(status.into(), SdkBody::from(body));
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
    response
}

/// Which service a request goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Database,
    Posts,
    Messages,
}

/// A connector to a service, with faults.
#[derive(Debug)]
pub(crate) struct Unreliable {
    pub(crate) service: Service,
    pub(crate) inner: SharedHttpConnector,
    pub(crate) chaos: Arc<Chaos>,
    /// Checks each message before it is sent.
    pub(crate) confidentiality_oracle: Arc<ConfidentialityOracle>,
    /// The mechanisms that are switched off.
    pub(crate) switches: FaultSwitches,
}

/// The result of a request.
enum Effect {
    /// It is applied.
    Applied,
    /// It is not applied, and this is the response.
    Response(Box<HttpResponse>),
    /// It is applied, and the response is lost.
    ResponseLost,
    /// It is applied after this delay.
    Delayed(Duration),
    /// It is applied now, and a second time after this delay.
    AppliedTwice(Duration),
}

impl Unreliable {
    fn effect(&self) -> Effect {
        let chaos = &self.chaos;
        let seconds = |chaos: &Chaos| chaos.milliseconds(500..9_000);
        match self.service {
            Service::Database => {
                match chaos.first(&[Fault::DatabaseThrottled, Fault::DatabaseFailed, Fault::DatabaseSilent]) {
                    Some(Fault::DatabaseThrottled) => {
                        Effect::Response(Box::new(error_response(400, "ProvisionedThroughputExceededException")))
                    }
                    Some(Fault::DatabaseFailed) => {
                        Effect::Response(Box::new(error_response(500, "InternalServerError")))
                    }
                    Some(_) => Effect::ResponseLost,
                    None => Effect::Applied,
                }
            }
            Service::Messages => match chaos.occurs(Fault::MessageFailed) {
                true => Effect::Response(Box::new(error_response(500, "InternalError"))),
                false => Effect::Applied,
            },
            Service::Posts => {
                let faults = [
                    Fault::PostThrottled,
                    Fault::PostFailed,
                    Fault::PostGone,
                    Fault::PostDropped,
                    Fault::PostSilent,
                    Fault::PostTwice,
                    Fault::PostLate,
                ];
                match chaos.first(&faults) {
                    Some(Fault::PostThrottled) => {
                        Effect::Response(Box::new(error_response(429, "LimitExceededException")))
                    }
                    Some(Fault::PostFailed) => {
                        Effect::Response(Box::new(error_response(500, "InternalServerErrorException")))
                    }
                    Some(Fault::PostGone) => Effect::Response(Box::new(error_response(410, "GoneException"))),
                    Some(Fault::PostDropped) => Effect::Response(Box::new(json(200, String::new()))),
                    Some(Fault::PostSilent) => Effect::ResponseLost,
                    Some(Fault::PostTwice) => Effect::AppliedTwice(seconds(chaos)),
                    Some(_) => Effect::Delayed(seconds(chaos)),
                    None => Effect::Applied,
                }
            }
        }
    }
}

/// Whether a request is the post of a change that has a number of answers.
fn is_change_of_tally(request: &HttpRequest) -> bool {
    let text = String::from_utf8_lossy(request.body().bytes().unwrap_or_default());
    matches!(ServerFrame::parse(&text), Some(ServerFrame::Changes { changes }) if changes.iter().any(|change| change.id == "tally"))
}

/// Removes the condition under which a transaction writes the seats of a meetup.
fn remove_seats_condition(request: &mut HttpRequest) {
    let body = request.body().bytes().unwrap_or_default();
    let Ok(mut transaction) = serde_json::from_slice::<Value>(body) else { return };
    let mut is_changed = false;
    for write in transaction["TransactItems"].as_array_mut().into_iter().flatten() {
        let Some(put) = write["Put"].as_object_mut().filter(|put| put["Item"]["sk"]["S"] == "SEATS") else { continue };
        is_changed |= put.remove("ConditionExpression").is_some();
        put.remove("ExpressionAttributeValues");
    }
    if is_changed {
        *request.body_mut() = SdkBody::from(transaction.to_string());
        let length = request.body().bytes().map_or(0, <[u8]>::len);
        request.headers_mut().insert("content-length", length.to_string());
    }
}

/// An error in the form that the SDK expects.
pub(crate) fn error_response(status: u16, kind: &'static str) -> HttpResponse {
    let mut response = json(status, format!(r#"{{"__type":"{kind}","message":"A simulated fault."}}"#));
    response.headers_mut().insert("x-amzn-errortype", kind);
    response
}

fn connection_error() -> ConnectorError {
    ConnectorError::io("the connection broke".into())
}

impl HttpConnector for Unreliable {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if self.service == Service::Posts && request.method() == "POST" {
            let path = request.uri().split('?').next().unwrap_or_default();
            if let Some(connection) = management::connection_id(path) {
                self.confidentiality_oracle.check(&connection, request.body().bytes().unwrap_or_default());
            }
        }
        let (chaos, inner, mut effect) = (Arc::clone(&self.chaos), self.inner.clone(), self.effect());
        if self.switches.without_tallies && is_change_of_tally(&request) {
            effect = Effect::Response(Box::new(json(200, String::new())));
        }
        let mut request = request;
        if self.switches.without_seats_condition {
            remove_seats_condition(&mut request);
        }
        let second = request.try_clone();
        HttpConnectorFuture::new(async move {
            chaos.network_delay().await;
            let response = match effect {
                Effect::Response(response) => Ok(*response),
                Effect::Applied => inner.call(request).await,
                Effect::ResponseLost => {
                    let _ = inner.call(request).await;
                    Err(connection_error())
                }
                Effect::Delayed(delay) => {
                    tokio::time::sleep(delay).await;
                    inner.call(request).await
                }
                Effect::AppliedTwice(delay) => {
                    if let Some(second) = second {
                        let inner = inner.clone();
                        tokio::spawn(async move {
                            tokio::time::sleep(delay).await;
                            inner.call(second).await
                        });
                    }
                    inner.call(request).await
                }
            };
            chaos.network_delay().await;
            response
        })
    }
}
