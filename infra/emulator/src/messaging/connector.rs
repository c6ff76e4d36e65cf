//! How the AWS SDK reaches SNS and SQS here: function calls instead of sockets. Never decides where a message goes.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http::StatusCode;
use serde_json::{Value, json};

use super::SIZE_LIMIT;
use super::query::{self, Form};
use super::store::Place;
use super::{Broker, Incoming, NotTaken, event, lookup};
use crate::blocking::blocking;
use crate::faults::Port;
use crate::recursion::Chain;

/// Maximum messages of a batch.
const BATCH: usize = 10;

/// The longest delay of a message.
const LONGEST_DELAY: u64 = 900;

/// The name of an error, and its name in SQS's former protocol, which the SDK uses ("AWS JSON protocol in SQS").
const NO_QUEUE: &str = "com.amazonaws.sqs#QueueDoesNotExist";
const NO_QUEUE_IN_QUERY: &str = "AWS.SimpleQueueService.NonExistentQueue;Sender";

/// A connector to both: a request to SQS is recognized by its header.
#[derive(Clone)]
pub struct MessagingConnector(Arc<Broker>);

impl std::fmt::Debug for MessagingConnector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("MessagingConnector")
    }
}

/// A response.
struct Answer {
    status: StatusCode,
    kind: &'static str,
    body: String,
}

impl MessagingConnector {
    /// A connector to this broker.
    pub fn new(broker: Arc<Broker>) -> Self {
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
            let answered = blocking(move || {
                chain.scope_blocking(|| match target {
                    Some(target) => sqs(&broker, &host, target.rsplit('.').next().unwrap_or_default(), &body),
                    None => sns(&broker, &Form::parse(&body)),
                })
            });
            let Answer { status, kind, body } =
                answered.await.map_err(|error| ConnectorError::other(error.into(), None))?;
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

fn sns(broker: &Broker, form: &Form) -> Answer {
    let xml = |status, body| Answer { status, kind: "text/xml", body };
    let refuse = |code: &str, message: &str| xml(StatusCode::BAD_REQUEST, query::error(code, message));
    if broker.faults.strikes(Port::Publish) {
        return xml(StatusCode::INTERNAL_SERVER_ERROR, query::error("InternalError", "A fault was asked for."));
    }
    let action = form.field("Action");
    let entries = match action {
        "Publish" => vec![(String::new(), form.message())],
        "PublishBatch" => form.batch(),
        "ListTopics" => return xml(StatusCode::OK, query::topics(&broker.topics())),
        other => return refuse("InvalidAction", &format!("The action {other} is not supported here.")),
    };
    if let Err((code, message)) = check(&entries) {
        return refuse(code.topic, &message);
    }
    let (ids, messages): (Vec<String>, Vec<Incoming>) = entries.into_iter().unzip();
    match broker.publish(form.field("TopicArn"), &messages) {
        Ok(made) if action == "Publish" => {
            xml(StatusCode::OK, query::published(made.first().map_or("", String::as_str)))
        }
        Ok(made) => xml(StatusCode::OK, query::batch_published(&ids.into_iter().zip(made).collect::<Vec<_>>())),
        Err(NotTaken::Unknown) => xml(StatusCode::NOT_FOUND, query::error("NotFound", "Topic does not exist")),
        Err(error @ (NotTaken::NoTopic | NotTaken::Misplaced(..) | NotTaken::Attribute(_))) => {
            refuse("InvalidParameter", &error.to_string())
        }
        Err(NotTaken::Store(error)) => xml(StatusCode::INTERNAL_SERVER_ERROR, query::error("InternalError", &error)),
    }
}

/// The two names of one error: SNS's and SQS's.
struct Code {
    topic: &'static str,
    queue: &'static str,
}

/// The checks of a batch that both services make.
fn check(entries: &[(String, Incoming)]) -> Result<(), (Code, String)> {
    let refuse = |topic, queue, message: &str| Err((Code { topic, queue }, message.to_owned()));
    let ids: HashSet<&str> = entries.iter().map(|(id, _)| id.as_str()).collect();
    match entries.len() {
        0 => return refuse("EmptyBatchRequest", "EmptyBatchRequest", "The batch has no messages."),
        1..=BATCH => {}
        _ => {
            return refuse(
                "TooManyEntriesInBatchRequest",
                "TooManyEntriesInBatchRequest",
                "A batch has at most ten messages.",
            );
        }
    }
    if ids.len() < entries.len() {
        let code = "BatchEntryIdsNotDistinct";
        return refuse(code, code, "Two messages of the batch have one id.");
    }
    if entries.iter().any(|(_, message)| message.body.is_empty()) {
        return refuse("InvalidParameter", "InvalidParameterValue", "A message is empty.");
    }
    if entries.iter().map(|(_, message)| message.body.len()).sum::<usize>() > SIZE_LIMIT {
        return refuse("BatchRequestTooLong", "BatchRequestTooLong", "The messages are longer than 256 KiB.");
    }
    if entries.iter().any(|(_, message)| message.delay > Duration::from_secs(LONGEST_DELAY)) {
        return refuse("InvalidParameter", "InvalidParameterValue", "A delay is 900 seconds at most.");
    }
    Ok(())
}

fn sqs(broker: &Broker, host: &str, operation: &str, body: &[u8]) -> Answer {
    let json = |status, body: Value| Answer { status, kind: "application/x-amz-json-1.0", body: body.to_string() };
    let refuse = |status, code: &str, message: &str| {
        json(status, json!({"__type": format!("com.amazonaws.sqs#{code}"), "message": message}))
    };
    let fault = |message: &str| refuse(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", message);
    let not_taken = |error| match error {
        NotTaken::Unknown | NotTaken::NoTopic => {
            refuse(StatusCode::BAD_REQUEST, "QueueDoesNotExist", "The specified queue does not exist.")
        }
        NotTaken::Misplaced(code, message) => refuse(StatusCode::BAD_REQUEST, code, message),
        NotTaken::Attribute(name) => {
            refuse(StatusCode::BAD_REQUEST, "InvalidAttributeName", &format!("Unknown Attribute {name}."))
        }
        NotTaken::Store(error) => fault(&error),
    };
    if broker.faults.strikes(Port::Send) {
        return fault("A fault was asked for.");
    }
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    if let Some(found) = lookup::answer(broker, host, operation, &request) {
        return found.map_or_else(not_taken, |found| json(StatusCode::OK, found));
    }
    let entries: Vec<(String, Incoming)> = match operation {
        "SendMessage" => vec![(String::new(), incoming(&request))],
        "SendMessageBatch" => {
            let entries = request["Entries"].as_array().into_iter().flatten();
            entries.map(|entry| (text(&entry["Id"]), incoming(entry))).collect()
        }
        other => {
            let message = format!("The operation {other} is not supported here.");
            return refuse(StatusCode::BAD_REQUEST, "UnsupportedOperation", &message);
        }
    };
    if let Err((code, message)) = check(&entries) {
        return refuse(StatusCode::BAD_REQUEST, code.queue, &message);
    }
    let (ids, messages): (Vec<String>, Vec<Incoming>) = entries.into_iter().unzip();
    let made = match broker.send(&text(&request["QueueUrl"]), &messages) {
        Ok(made) => made,
        Err(error) => return not_taken(error),
    };
    let sent = ids.iter().zip(&made).map(|(entry, message)| {
        let mut sent = json!({"Id": entry, "MessageId": message.id, "MD5OfMessageBody": event::md5(&message.body)});
        if let Some(place) = &message.place {
            sent["SequenceNumber"] = json!(event::sequence_number(place));
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
        place: entry["MessageGroupId"].as_str().map(|group| Place {
            group: group.to_owned(),
            deduplication: text(&entry["MessageDeduplicationId"]),
            sequence: 0,
        }),
    }
}
