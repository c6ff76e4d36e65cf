//! The SDK's connector to SNS and SQS, by function calls instead of sockets; and SQS's JSON protocol. SNS's protocol is in `sns_query`,
//! the limits of both are in `limits`.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http::StatusCode;
use serde_json::{Value, json};

use super::sns_query::{self, Form};
use super::store::FifoKey;
use super::{Incoming, MessageBroker, SendError, event, limits, lookup};
use crate::blocking::blocking;
use crate::faults::FaultPoint;
use crate::recursion::Chain;

/// The name of an error, and its name in SQS's former protocol, which the SDK uses ("AWS JSON protocol in SQS").
const NO_QUEUE: &str = "com.amazonaws.sqs#QueueDoesNotExist";
const NO_QUEUE_IN_QUERY: &str = "AWS.SimpleQueueService.NonExistentQueue;Sender";

/// A connector to both: a request to SQS is recognized by its header.
#[derive(Clone)]
pub struct MessagingConnector(Arc<MessageBroker>);

impl std::fmt::Debug for MessagingConnector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("MessagingConnector")
    }
}

/// A response.
struct ServiceResponse {
    status: StatusCode,
    kind: &'static str,
    body: String,
}

impl MessagingConnector {
    /// A connector to this broker.
    pub fn new(broker: Arc<MessageBroker>) -> Self {
        Self(broker)
    }
}

impl HttpConnector for MessagingConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let broker = Arc::clone(&self.0);
        let target = request.headers().get("x-amz-target").map(str::to_owned);
        let host = host_of(&request);
        // The chain of the invocation in which the SDK is used.
        let chain = Chain::current();
        let body = request.body().bytes().unwrap_or_default().to_vec();
        HttpConnectorFuture::new(async move {
            // Writing to the disk blocks.
            let response = blocking(move || {
                chain.scope_blocking(|| match target {
                    Some(target) => sqs(&broker, &host, target.rsplit('.').next().unwrap_or_default(), &body),
                    None => sns(&broker, &Form::parse(&body)),
                })
            });
            let ServiceResponse { status, kind, body } =
                response.await.map_err(|error| ConnectorError::other(error.into(), None))?;
            let mut response = http::Response::builder().status(status).header("content-type", kind);
            if body.contains(NO_QUEUE) {
                response = response.header("x-amzn-query-error", NO_QUEUE_IN_QUERY);
            }
            let response = response.body(SdkBody::from(body));
            let response = response.map_err(|error| ConnectorError::other(error.into(), None))?;
            response
                .try_into()
                .map_err(|error: aws_smithy_runtime_api::http::HttpError| ConnectorError::other(error.into(), None))
        })
    }
}

/// The host name that the client used: queue URLs contain it, since some clients send requests to the URL's host.
fn host_of(request: &HttpRequest) -> String {
    let named = request.headers().get("host").map(str::to_owned);
    let address = || request.uri().parse::<http::Uri>().ok()?.authority().map(ToString::to_string);
    named.or_else(address).unwrap_or_else(|| "localhost".to_owned())
}

fn sns(broker: &MessageBroker, form: &Form) -> ServiceResponse {
    let xml = |status, body| ServiceResponse { status, kind: "text/xml", body };
    let client_error = |code: &str, message: &str| xml(StatusCode::BAD_REQUEST, sns_query::error(code, message));
    if broker.faults.should_fail(FaultPoint::Publish) {
        return xml(StatusCode::INTERNAL_SERVER_ERROR, sns_query::error("InternalError", "Injected fault."));
    }
    let action = form.field("Action");
    let entries = match action {
        "Publish" => vec![(String::new(), form.message())],
        "PublishBatch" => form.batch(),
        "ListTopics" => return xml(StatusCode::OK, sns_query::topics(&broker.topics())),
        other => return client_error("InvalidAction", &format!("The action {other} is not supported.")),
    };
    if let Err((code, message)) = limits::check_batch(&entries) {
        return client_error(code.sns, &message);
    }
    let (ids, messages): (Vec<String>, Vec<Incoming>) = entries.into_iter().unzip();
    match broker.publish(form.field("TopicArn"), &messages) {
        Ok(stored) if action == "Publish" => {
            xml(StatusCode::OK, sns_query::published(stored.first().map_or("", String::as_str)))
        }
        Ok(stored) => xml(StatusCode::OK, sns_query::batch_published(&ids.into_iter().zip(stored).collect::<Vec<_>>())),
        Err(SendError::Unknown) => xml(StatusCode::NOT_FOUND, sns_query::error("NotFound", "Topic does not exist")),
        Err(error @ (SendError::NotATopicArn | SendError::InvalidFifoMessage(..) | SendError::UnknownAttribute(_))) => {
            client_error("InvalidParameter", &error.to_string())
        }
        Err(SendError::Store(error)) => {
            xml(StatusCode::INTERNAL_SERVER_ERROR, sns_query::error("InternalError", &error))
        }
    }
}

fn sqs(broker: &MessageBroker, host: &str, operation: &str, body: &[u8]) -> ServiceResponse {
    let json =
        |status, body: Value| ServiceResponse { status, kind: "application/x-amz-json-1.0", body: body.to_string() };
    let client_error = |status, code: &str, message: &str| {
        json(status, json!({"__type": format!("com.amazonaws.sqs#{code}"), "message": message}))
    };
    let server_error = |message: &str| client_error(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", message);
    let send_error = |error| match error {
        SendError::Unknown | SendError::NotATopicArn => {
            client_error(StatusCode::BAD_REQUEST, "QueueDoesNotExist", "The specified queue does not exist.")
        }
        SendError::InvalidFifoMessage(code, message) => client_error(StatusCode::BAD_REQUEST, code, message),
        SendError::UnknownAttribute(name) => {
            client_error(StatusCode::BAD_REQUEST, "InvalidAttributeName", &format!("Unknown Attribute {name}."))
        }
        SendError::Store(error) => server_error(&error),
    };
    if broker.faults.should_fail(FaultPoint::Send) {
        return server_error("Injected fault.");
    }
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    if let Some(found) = lookup::read(broker, host, operation, &request) {
        return found.map_or_else(send_error, |found| json(StatusCode::OK, found));
    }
    let entries: Vec<(String, Incoming)> = match operation {
        "SendMessage" => vec![(String::new(), incoming(&request))],
        "SendMessageBatch" => {
            let entries = request["Entries"].as_array().into_iter().flatten();
            entries.map(|entry| (text(&entry["Id"]), incoming(entry))).collect()
        }
        other => {
            let message = format!("The operation {other} is not supported.");
            return client_error(StatusCode::BAD_REQUEST, "UnsupportedOperation", &message);
        }
    };
    if let Err((code, message)) = limits::check_batch(&entries) {
        return client_error(StatusCode::BAD_REQUEST, code.sqs, &message);
    }
    let (ids, messages): (Vec<String>, Vec<Incoming>) = entries.into_iter().unzip();
    let stored = match broker.send(&text(&request["QueueUrl"]), &messages) {
        Ok(stored) => stored,
        Err(error) => return send_error(error),
    };
    let sent = ids.iter().zip(&stored).map(|(entry, message)| {
        let mut sent = json!({"Id": entry, "MessageId": message.id, "MD5OfMessageBody": event::md5(&message.body)});
        if let Some(fifo) = &message.fifo {
            sent["SequenceNumber"] = json!(event::sequence_number(fifo));
        }
        sent
    });
    match operation {
        "SendMessage" => json(StatusCode::OK, sent.into_iter().next().unwrap_or_default()),
        _ => json(StatusCode::OK, json!({"Successful": sent.collect::<Vec<Value>>(), "Failed": []})),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn incoming(entry: &Value) -> Incoming {
    let attributes = entry["MessageAttributes"].as_object().into_iter().flatten();
    Incoming {
        body: text(&entry["MessageBody"]),
        attributes: attributes.map(|(name, value)| (name.clone(), text(&value["StringValue"]))).collect(),
        delay: Duration::from_secs(entry["DelaySeconds"].as_u64().unwrap_or_default()),
        fifo: entry["MessageGroupId"].as_str().map(|group| FifoKey {
            group: group.to_owned(),
            deduplication: text(&entry["MessageDeduplicationId"]),
            sequence: 0,
        }),
    }
}
