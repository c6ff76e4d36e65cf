//! The AWS SDK's connectors in this world: they hand requests to the database and to the local gateway in this process, late, not at
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
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Notify;

use crate::chaos::{Chaos, Fault};
use crate::confidentiality::Guard;

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

fn run<Request: DeserializeOwned, Answer: Serialize>(
    body: &[u8],
    operation: impl FnOnce(Request) -> Result<Answer, DynoxideError>,
) -> Result<String, DynoxideError> {
    let unreadable = |error: serde_json::Error| DynoxideError::SerializationException(error.to_string());
    let answer = operation(serde_json::from_slice(body).map_err(unreadable)?)?;
    serde_json::to_string(&answer).map_err(unreadable)
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default();
        tracing::trace!(operation, "asked");
        let answer = self.answer(operation, request.body().bytes().unwrap_or_default());
        self.written.notify_one();
        HttpConnectorFuture::ready(Ok(match answer {
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
    pub(crate) guard: Arc<Guard>,
}

/// The result of a request.
enum Fate {
    /// It is applied.
    Done,
    /// It is not applied, and this is the response.
    Refused(Box<HttpResponse>),
    /// It is applied, and the response is lost.
    Silent,
    /// It is applied after this delay.
    Late(Duration),
    /// It is applied now, and again after this delay.
    Twice(Duration),
}

impl Unreliable {
    fn fate(&self) -> Fate {
        let chaos = &self.chaos;
        let seconds = |chaos: &Chaos| chaos.milliseconds(500..9_000);
        match self.service {
            Service::Database => {
                match chaos.first(&[Fault::DatabaseThrottled, Fault::DatabaseFailed, Fault::DatabaseSilent]) {
                    Some(Fault::DatabaseThrottled) => {
                        Fate::Refused(Box::new(refusal(400, "ProvisionedThroughputExceededException")))
                    }
                    Some(Fault::DatabaseFailed) => Fate::Refused(Box::new(refusal(500, "InternalServerError"))),
                    Some(_) => Fate::Silent,
                    None => Fate::Done,
                }
            }
            Service::Messages => match chaos.strikes(Fault::MessageFailed) {
                true => Fate::Refused(Box::new(refusal(500, "InternalError"))),
                false => Fate::Done,
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
                    Some(Fault::PostThrottled) => Fate::Refused(Box::new(refusal(429, "LimitExceededException"))),
                    Some(Fault::PostFailed) => Fate::Refused(Box::new(refusal(500, "InternalServerErrorException"))),
                    Some(Fault::PostGone) => Fate::Refused(Box::new(refusal(410, "GoneException"))),
                    Some(Fault::PostDropped) => Fate::Refused(Box::new(json(200, String::new()))),
                    Some(Fault::PostSilent) => Fate::Silent,
                    Some(Fault::PostTwice) => Fate::Twice(seconds(chaos)),
                    Some(_) => Fate::Late(seconds(chaos)),
                    None => Fate::Done,
                }
            }
        }
    }
}

/// An error in the form that the SDK expects.
pub(crate) fn refusal(status: u16, kind: &'static str) -> HttpResponse {
    let mut response = json(status, format!(r#"{{"__type":"{kind}","message":"A fault of this world."}}"#));
    response.headers_mut().insert("x-amzn-errortype", kind);
    response
}

fn broken() -> ConnectorError {
    ConnectorError::io("the line broke".into())
}

impl HttpConnector for Unreliable {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if self.service == Service::Posts && request.method() == "POST" {
            let path = request.uri().split('?').next().unwrap_or_default();
            if let Some(connection) = management::connection_id(path) {
                self.guard.look(&connection, request.body().bytes().unwrap_or_default());
            }
        }
        let (chaos, inner, fate) = (Arc::clone(&self.chaos), self.inner.clone(), self.fate());
        let again = request.try_clone();
        HttpConnectorFuture::new(async move {
            chaos.travel().await;
            let answer = match fate {
                Fate::Refused(answer) => Ok(*answer),
                Fate::Done => inner.call(request).await,
                Fate::Silent => {
                    let _ = inner.call(request).await;
                    Err(broken())
                }
                Fate::Late(delay) => {
                    tokio::time::sleep(delay).await;
                    inner.call(request).await
                }
                Fate::Twice(delay) => {
                    if let Some(again) = again {
                        let inner = inner.clone();
                        tokio::spawn(async move {
                            tokio::time::sleep(delay).await;
                            inner.call(again).await
                        });
                    }
                    inner.call(request).await
                }
            };
            chaos.travel().await;
            answer
        })
    }
}
