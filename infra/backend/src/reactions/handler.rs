//! The fan-out function: the table's stream, and the queue of fan-out shards.

use aws_lambda_events::event::dynamodb::Event as Batch;
use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use aws_lambda_events::event::streams::DynamoDbEventResponse;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::App;
use crate::reactions::{jobs, stream};

/// What the function is called with.
#[derive(Debug)]
pub enum Call {
    /// By the table's stream.
    Changes(Batch),
    /// By the queue of the crowds' shards.
    Shards(SqsEvent),
}

impl<'de> Deserialize<'de> for Call {
    /// By where the records say that they come from.
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

/// What the function answers.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// To the stream: from which record on it is to come again.
    Changes(DynamoDbEventResponse),
    /// To the queue: which messages are to come again.
    Shards(SqsBatchResponse),
}

/// Handles one call. What fails is reported by record.
pub async fn handle(app: &App, call: Call) -> Answer {
    match call {
        Call::Changes(batch) => Answer::Changes(stream::handle(app, batch).await),
        Call::Shards(messages) => Answer::Shards(jobs::handle(app, &messages).await),
    }
}
