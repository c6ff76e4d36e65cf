//! Domain events from SNS, and what was kept for later from SQS, to one function. Never decides who is told.
//!
//! An event that could not be handled whole fails the invocation, and Lambda calls again.

use aws_lambda_events::event::sns::SnsEvent;
use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::jobs;
use crate::App;
use crate::notify::NotifyError;

/// Which events the function is called for: its subscription's filter policy ("Amazon SNS subscription filter policies").
/// That a table has no signal is told to nobody.
pub const FILTER: &str = r#"{"kind":["table_free","table_busy","room_question","room_feedback","room_closed","line_called","item_changed","item_numbers"]}"#;

/// What the function is called with.
#[derive(Debug)]
pub enum Call {
    /// By the queue of what is to be done later.
    Jobs(SqsEvent),
    /// By the topic of events.
    Events(SnsEvent),
}

impl<'de> Deserialize<'de> for Call {
    /// By what only the one has: all that is read of a queue's message may be missing.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let event = Value::deserialize(deserializer)?;
        let is_of_topic = event.pointer("/Records/0/Sns").is_some();
        let read = if is_of_topic {
            serde_json::from_value(event).map(Self::Events)
        } else {
            serde_json::from_value(event).map(Self::Jobs)
        };
        read.map_err(serde::de::Error::custom)
    }
}

/// What the function answers.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// To the queue: which jobs are to come again.
    Jobs(SqsBatchResponse),
    /// To the topic: nothing.
    Events(Value),
}

/// Handles one call.
///
/// # Errors
/// Not everybody could be told of an event, nor be kept for later.
pub async fn handle(app: &App, call: Call) -> Result<Answer, NotifyError> {
    match call {
        Call::Events(events) => {
            jobs::tell(app, &events).await?;
            Ok(Answer::Events(Value::Null))
        }
        Call::Jobs(batch) => Ok(Answer::Jobs(jobs::handle(app, &batch).await)),
    }
}

#[cfg(test)]
mod tests {
    use domain::event::Event;

    use super::*;

    #[test]
    fn the_filter_names_kinds_that_there_are() {
        let filter: Value = serde_json::from_str(FILTER).unwrap();
        let kinds = filter["kind"].as_array().unwrap();
        assert_eq!(kinds.len(), 8);
        let item = Event::of_item(domain::time::Timestamp::default(), &"a".parse().unwrap(), 1, None);
        assert!(kinds.iter().any(|kind| kind == item.kind()), "{kinds:?}");
    }

    #[test]
    fn both_kinds_of_calls_are_told_apart() {
        let sns = r#"{"Records":[{"EventSource":"aws:sns","EventVersion":"1.0","EventSubscriptionArn":"arn:aws:sns:us-east-1:1:t:s","Sns":{"Type":"Notification","MessageId":"m","TopicArn":"arn:aws:sns:us-east-1:1:t","Subject":null,"Message":"{}","Timestamp":"2026-01-01T00:00:00.000Z","SignatureVersion":"1","Signature":"x","SigningCertUrl":"https://x","UnsubscribeUrl":"https://x","MessageAttributes":{}}}]}"#;
        assert!(matches!(serde_json::from_str(sns), Ok(Call::Events(_))));
        let sqs = r#"{"Records":[{"messageId":"m","receiptHandle":"r","body":"{}","attributes":{"ApproximateReceiveCount":"1"},"messageAttributes":{},"md5OfBody":"x","eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:us-east-1:1:q","awsRegion":"us-east-1"}]}"#;
        let Ok(Call::Jobs(jobs)) = serde_json::from_str(sqs) else { panic!("jobs expected") };
        assert_eq!(jobs.records[0].message_id.as_deref(), Some("m"));
    }
}
