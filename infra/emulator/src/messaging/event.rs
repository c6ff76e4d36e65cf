//! The events of functions for messages, in the form of SNS and SQS. Never invokes a function.

use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};

use super::store::{FifoKey, Message};
use super::{queue_arn, topic_arn};
use crate::stream::record::REGION;

fn from_epoch(milliseconds: i64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default())
}

/// The event for a topic's message ("Using Lambda with Amazon SNS").
pub(super) fn of_topic(topic: &str, message: &Message) -> Value {
    let attributes: Map<String, Value> = message
        .attributes
        .iter()
        .map(|(name, value)| (name.clone(), json!({"Type": "String", "Value": value})))
        .collect();
    json!({"Records": [{
        "EventVersion": "1.0",
        "EventSubscriptionArn": format!("{}:{}", topic_arn(topic), message.queue),
        "EventSource": "aws:sns",
        "Sns": {
            "Type": "Notification",
            "MessageId": message.id,
            "TopicArn": topic_arn(topic),
            "Subject": null,
            "Message": message.body,
            "Timestamp": humantime::format_rfc3339_millis(from_epoch(message.sent)).to_string(),
            "SignatureVersion": "1",
            "Signature": "none",
            "SigningCertUrl": "http://localhost/",
            "UnsubscribeUrl": "http://localhost/",
            "MessageAttributes": attributes,
        },
    }]})
}

/// The event for a queue's messages ("Using Lambda with Amazon SQS").
pub(super) fn of_queue(queue: &str, messages: &[Message]) -> Value {
    let record = |message: &Message| {
        let attributes: Map<String, Value> = message
            .attributes
            .iter()
            .map(|(name, value)| (name.clone(), json!({"dataType": "String", "stringValue": value})))
            .collect();
        let mut record = json!({
            "messageId": message.id,
            "receiptHandle": format!("{}-{}", message.number, message.receives),
            "body": message.body,
            "attributes": {
                "ApproximateReceiveCount": message.receives.to_string(),
                "SentTimestamp": message.sent.to_string(),
                "SenderId": super::ACCOUNT,
                "ApproximateFirstReceiveTimestamp": message.sent.to_string(),
            },
            "messageAttributes": attributes,
            "md5OfBody": md5(&message.body),
            "eventSource": "aws:sqs",
            "eventSourceARN": queue_arn(queue),
            "awsRegion": REGION,
        });
        if let Some(fifo) = &message.fifo {
            record["attributes"]["MessageGroupId"] = json!(fifo.group);
            record["attributes"]["MessageDeduplicationId"] = json!(fifo.deduplication);
            record["attributes"]["SequenceNumber"] = json!(sequence_number(fifo));
        }
        record
    };
    json!({"Records": messages.iter().map(record).collect::<Vec<Value>>()})
}

/// The sequence number of a message of a FIFO queue, in twenty digits as in SQS.
pub(super) fn sequence_number(fifo: &FifoKey) -> String {
    format!("{:020}", fifo.sequence)
}

/// The MD5 digest of a text in hexadecimal digits, as in SQS's events and responses.
pub(super) fn md5(text: &str) -> String {
    format!("{:x}", md5::compute(text))
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::event::sns::SnsEvent;
    use aws_lambda_events::event::sqs::SqsEvent;

    use super::*;
    use crate::messaging::Incoming;

    #[test]
    fn aws_lambda_events_reads_the_events() {
        let attributes = vec![("kind".to_owned(), "table_free".to_owned())];
        let incoming = Incoming { body: "hello".to_owned(), attributes, delay: Duration::ZERO, fifo: None };
        let message = Message::new("jobs", &incoming, SystemTime::now());
        let sns: SnsEvent = serde_json::from_value(of_topic("events", &message)).unwrap();
        assert_eq!((sns.records[0].sns.message.as_str(), sns.records[0].sns.message_attributes.len()), ("hello", 1));
        let sqs: SqsEvent = serde_json::from_value(of_queue("jobs", &[message])).unwrap();
        assert_eq!(sqs.records[0].body.as_deref(), Some("hello"));
        assert_eq!(sqs.records[0].md5_of_body.as_deref(), Some("5d41402abc4b2a76b9719d911017c592"));
    }
}
