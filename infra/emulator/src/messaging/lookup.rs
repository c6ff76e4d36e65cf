//! SQS operations that read: ListQueues, GetQueueUrl and GetQueueAttributes. Never changes a queue.

use std::time::SystemTime;

use serde_json::{Map, Value, json};

use super::limits::SIZE_LIMIT;
use super::{ACCOUNT, MessageBroker, Queue, SendError, epoch, is_fifo, queue_arn};

/// The response to such an operation; `None` if the operation is another one.
pub(super) fn read(
    broker: &MessageBroker,
    host: &str,
    operation: &str,
    request: &Value,
) -> Option<Result<Value, SendError>> {
    let text = |name: &str| request[name].as_str().unwrap_or_default();
    Some(match operation {
        "GetQueueUrl" => broker.queue(text("QueueName")).map(|queue| json!({"QueueUrl": url(host, queue)})),
        "ListQueues" => {
            let queues = broker.deployed().map_or(&[][..], |deployed| &deployed.queues);
            let wanted = queues.iter().filter(|queue| queue.name.starts_with(text("QueueNamePrefix")));
            Ok(json!({"QueueUrls": wanted.map(|queue| url(host, queue)).collect::<Vec<_>>()}))
        }
        "GetQueueAttributes" => {
            let queue = broker.queue(text("QueueUrl").rsplit('/').next().unwrap_or_default());
            queue.and_then(|queue| attributes(broker, queue, &request["AttributeNames"]))
        }
        _ => return None,
    })
}

/// The queue's URL, with the host name that the client used.
fn url(host: &str, queue: &Queue) -> String {
    format!("http://{host}/{ACCOUNT}/{}", queue.name)
}

/// The attributes with these names; SQS returns all as strings.
fn attributes(broker: &MessageBroker, queue: &Queue, names: &Value) -> Result<Value, SendError> {
    let counts = broker.store.counts(&queue.name, epoch(SystemTime::now()));
    let [waiting, received, delayed] = counts.map_err(|error| SendError::Store(error.to_string()))?;
    let mut all = vec![
        ("QueueArn", queue_arn(&queue.name)),
        ("ApproximateNumberOfMessages", waiting.to_string()),
        ("ApproximateNumberOfMessagesNotVisible", received.to_string()),
        ("ApproximateNumberOfMessagesDelayed", delayed.to_string()),
        ("VisibilityTimeout", queue.visibility.as_secs().to_string()),
        ("MaximumMessageSize", SIZE_LIMIT.to_string()),
        ("DelaySeconds", "0".to_owned()),
    ];
    if is_fifo(&queue.name) {
        all.extend([("FifoQueue", "true".to_owned()), ("ContentBasedDeduplication", "false".to_owned())]);
    }
    let mut requested = Map::new();
    for name in names.as_array().into_iter().flatten().filter_map(Value::as_str) {
        let found: Vec<_> = all.iter().filter(|(known, _)| name == "All" || *known == name).collect();
        if found.is_empty() {
            return Err(SendError::UnknownAttribute(name.to_owned()));
        }
        requested.extend(found.into_iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
    }
    Ok(json!({ "Attributes": requested }))
}
