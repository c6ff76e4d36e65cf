//! The fan-out function: the table's stream, and the queue of fan-out shards.

use aws_lambda_events::event::dynamodb::Event as Batch;
use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use aws_lambda_events::event::streams::DynamoDbEventResponse;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::App;
use crate::reactions::{job_runner, stream};

/// An invocation of the function.
#[derive(Debug)]
pub enum Invocation {
    /// From the table's stream.
    Changes(Batch),
    /// From the queue of fan-out shards.
    Shards(SqsEvent),
}

impl<'de> Deserialize<'de> for Invocation {
    /// By the event source in the records.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let event = Value::deserialize(deserializer)?;
        let is_of_queue = event.pointer("/Records/0/eventSource").is_some_and(|source| source == "aws:sqs");
        let read = if is_of_queue {
            serde_json::from_value(event).map(Self::Shards)
        } else {
            serde_json::from_value(event).map(Self::Changes)
        };
        read.map_err(serde::de::Error::custom)
    }
}

/// The response of the function.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum InvocationResult {
    /// To the stream: the first record to deliver again.
    Changes(DynamoDbEventResponse),
    /// To the queue: the messages to deliver again.
    Shards(SqsBatchResponse),
}

/// Handles one invocation. Failures are reported by record.
pub async fn handle(app: &App, invocation: Invocation) -> InvocationResult {
    match invocation {
        Invocation::Changes(batch) => InvocationResult::Changes(stream::handle(app, batch).await),
        Invocation::Shards(messages) => InvocationResult::Shards(job_runner::handle(app, &messages).await),
    }
}
