//! The function of notifications: domain events from SNS, and jobs from SQS.
//!
//! If an event cannot be handled completely, the invocation fails, and Lambda repeats it.

use aws_lambda_events::event::sqs::SqsBatchResponse;
use serde::Serialize;
use serde_json::Value;

use crate::App;
use crate::notifications::NotifyError;
use crate::notifications::invocation::Invocation;
use crate::reactions::job_runner;

/// The filter policy of the function's subscription ("Amazon SNS subscription filter policies"). No notification is sent when a table loses
/// its signal.
pub const FILTER: &str = r#"{"kind":["table_free","table_busy","room_question","room_feedback","room_closed","line_called","item_changed","item_numbers"]}"#;

/// The result of the function.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum InvocationResult {
    /// For the queue: the jobs to retry.
    Jobs(SqsBatchResponse),
    /// For the topic: nothing.
    Events(Value),
}

/// Handles one invocation.
///
/// # Errors
/// An event could not be delivered completely, and the remaining deliveries could not be enqueued.
pub async fn handle(app: &App, invocation: Invocation) -> Result<InvocationResult, NotifyError> {
    match invocation {
        Invocation::Events(events) => {
            job_runner::notify(app, &events).await?;
            Ok(InvocationResult::Events(Value::Null))
        }
        Invocation::Jobs(batch) => Ok(InvocationResult::Jobs(job_runner::handle(app, &batch).await)),
    }
}

#[cfg(test)]
mod tests {
    use domain::event::Event;

    use super::*;

    #[test]
    fn the_filter_names_existing_kinds() {
        let filter: Value = serde_json::from_str(FILTER).unwrap();
        let kinds = filter["kind"].as_array().unwrap();
        assert_eq!(kinds.len(), 8);
        let item = Event::of_item(domain::time::Timestamp::default(), &"a".parse().unwrap(), 1, None);
        assert!(kinds.iter().any(|kind| kind == item.kind_name()), "{kinds:?}");
    }

    #[test]
    fn invocations_by_sns_and_sqs_are_distinguished() {
        let sns = r#"{"Records":[{"EventSource":"aws:sns","EventVersion":"1.0","EventSubscriptionArn":"arn:aws:sns:us-east-1:1:t:s","Sns":{"Type":"Notification","MessageId":"m","TopicArn":"arn:aws:sns:us-east-1:1:t","Subject":null,"Message":"{}","Timestamp":"2026-01-01T00:00:00.000Z","SignatureVersion":"1","Signature":"x","SigningCertUrl":"https://x","UnsubscribeUrl":"https://x","MessageAttributes":{}}}]}"#;
        assert!(matches!(serde_json::from_str(sns), Ok(Invocation::Events(_))));
        let sqs = r#"{"Records":[{"messageId":"m","receiptHandle":"r","body":"{}","attributes":{"ApproximateReceiveCount":"1"},"messageAttributes":{},"md5OfBody":"x","eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:us-east-1:1:q","awsRegion":"us-east-1"}]}"#;
        let Ok(Invocation::Jobs(jobs)) = serde_json::from_str(sqs) else { panic!("jobs expected") };
        assert_eq!(jobs.records[0].message_id.as_deref(), Some("m"));
    }
}
