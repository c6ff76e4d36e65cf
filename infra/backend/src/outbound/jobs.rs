//! What is to be done later, as messages of an SQS queue. Never does it.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use domain::event::Event;
use domain::table::TableId;
use serde::{Deserialize, Serialize};

use crate::notify::Recipient;

/// `SendMessageBatch` takes so many messages.
const BATCH: usize = 10;

/// The longest delay of a message (Amazon SQS, `DelaySeconds`), in seconds.
const LONGEST_DELAY: i32 = 900;

/// Something that is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Tell somebody of an event.
    Deliver {
        /// What has happened.
        event: Event,
        /// Who is to be told.
        recipient: Recipient,
        /// So often it was tried.
        attempt: u32,
    },
    /// A connection has missed something, or has just come: tell it what the topics are that it watches.
    CatchUp {
        /// Which connection.
        connection: String,
        /// So often it was tried.
        attempt: u32,
    },
    /// Somebody's turn in the line for a table may be over.
    Advance {
        /// Which table.
        table: TableId,
    },
}

impl Job {
    /// To tell a connection again what the topics are that it watches.
    pub const fn catch_up(connection: String) -> Self {
        Self::CatchUp { connection, attempt: 0 }
    }
}

/// Some jobs could not be kept.
#[derive(Debug, thiserror::Error)]
#[error("jobs cannot be kept: {0}")]
pub struct NotKept(String);

/// The way to later. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Jobs {
    client: Client,
    queue: String,
}

impl Jobs {
    pub(crate) fn new(client: Client, queue: &str) -> Self {
        Self { client, queue: queue.to_owned() }
    }

    /// Keeps jobs, each of which is to be done after its delay: whole seconds, rounded up, a quarter of an hour at most.
    ///
    /// # Errors
    /// At least one was not kept.
    pub async fn keep(&self, jobs: &[(Job, Duration)]) -> Result<(), NotKept> {
        for batch in jobs.chunks(BATCH) {
            let entries = batch.iter().zip(0..).map(|(job, number)| entry(job, number));
            let entries = entries.collect::<Result<Vec<_>, _>>()?;
            let send = self.client.send_message_batch().queue_url(&self.queue).set_entries(Some(entries)).send().await;
            let answer = send.map_err(|error| NotKept(DisplayErrorContext(&error).to_string()))?;
            if let Some(failed) = answer.failed().first() {
                return Err(NotKept(format!("{} {}", failed.code(), failed.message().unwrap_or_default())));
            }
        }
        Ok(())
    }
}

fn entry((job, delay): &(Job, Duration), number: usize) -> Result<SendMessageBatchRequestEntry, NotKept> {
    let incomplete = |error: &dyn std::error::Error| NotKept(error.to_string());
    let seconds = i32::try_from(delay.as_millis().div_ceil(1_000)).unwrap_or(LONGEST_DELAY);
    SendMessageBatchRequestEntry::builder()
        .id(number.to_string())
        .message_body(serde_json::to_string(job).map_err(|error| incomplete(&error))?)
        .delay_seconds(seconds.min(LONGEST_DELAY))
        .build()
        .map_err(|error| incomplete(&error))
}
