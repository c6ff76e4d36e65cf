//! Enqueues jobs as messages of an SQS queue.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use serde::Serialize;

/// `SendMessageBatch` takes at most this many messages, and at most this many bytes in all.
const BATCH_LIMIT: usize = 10;
const BATCH_BYTES: usize = 256 * 1024;

/// The longest delay of a message (Amazon SQS, `DelaySeconds`).
pub(crate) const DELAY_LIMIT: Duration = Duration::from_secs(900);

/// Some jobs could not be enqueued.
#[derive(Debug, thiserror::Error)]
#[error("jobs cannot be enqueued: {0}")]
pub struct EnqueueError(String);

/// The client of an SQS queue of jobs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct JobQueue {
    client: Client,
    queue: String,
}

impl JobQueue {
    pub(crate) fn new(client: Client, queue: &str) -> Self {
        Self { client, queue: queue.to_owned() }
    }

    /// Enqueues jobs, each with its delay: whole seconds, rounded up, at most 15 minutes.
    ///
    /// # Errors
    /// At least one job was not enqueued.
    pub async fn enqueue(&self, jobs: &[(impl Serialize, Duration)]) -> Result<(), EnqueueError> {
        let mut bodies = Vec::with_capacity(jobs.len());
        for (job, delay) in jobs {
            bodies.push((serde_json::to_string(job).map_err(|error| EnqueueError(error.to_string()))?, *delay));
        }
        for batch in batches(&bodies) {
            let entries = batch.iter().zip(0..).map(|(body, number)| entry(body, number));
            let entries = entries.collect::<Result<Vec<_>, _>>()?;
            let send = self.client.send_message_batch().queue_url(&self.queue).set_entries(Some(entries)).send().await;
            let response = send.map_err(|error| EnqueueError(DisplayErrorContext(&error).to_string()))?;
            if let Some(failed) = response.failed().first() {
                return Err(EnqueueError(format!("{} {}", failed.code(), failed.message().unwrap_or_default())));
            }
        }
        Ok(())
    }
}

/// Splits the messages into as few batches as possible, in their order.
fn batches(mut bodies: &[(String, Duration)]) -> Vec<&[(String, Duration)]> {
    let mut batches = Vec::new();
    while !bodies.is_empty() {
        let mut bytes = 0;
        let fits = |(body, _): &&(String, Duration)| {
            bytes += body.len();
            bytes <= BATCH_BYTES
        };
        let count = bodies.iter().take(BATCH_LIMIT).take_while(fits).count().max(1);
        let (batch, rest) = bodies.split_at(count);
        batches.push(batch);
        bodies = rest;
    }
    batches
}

fn entry((body, delay): &(String, Duration), number: usize) -> Result<SendMessageBatchRequestEntry, EnqueueError> {
    let seconds = i32::try_from(delay.min(&DELAY_LIMIT).as_millis().div_ceil(1_000)).unwrap_or_default();
    SendMessageBatchRequestEntry::builder()
        .id(number.to_string())
        .message_body(body)
        .delay_seconds(seconds)
        .build()
        .map_err(|error| EnqueueError(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_bounded_in_number_and_in_bytes() {
        let lengths = |sizes: &[usize]| -> Vec<usize> {
            let bodies: Vec<_> = sizes.iter().map(|size| ("x".repeat(*size), Duration::ZERO)).collect();
            batches(&bodies).iter().map(|batch| batch.len()).collect()
        };
        assert_eq!(lengths(&[]), [0; 0]);
        assert_eq!(lengths(&[1; 21]), [10, 10, 1]);
        assert_eq!(lengths(&[100 * 1024; 5]), [2, 2, 1]);
        assert_eq!(
            lengths(&[300 * 1024, 1]),
            [1, 1],
            "a message above the limit is a batch of its own; SQS rejects it"
        );
    }
}
