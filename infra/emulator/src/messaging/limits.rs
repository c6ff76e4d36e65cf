//! The validation of messages that SNS and SQS share, and their limits ("Amazon SQS message quotas", "Amazon SNS endpoints and quotas").
//!
//! - a batch has from 1 to 10 entries with distinct ids
//! - a message, and a batch, has at most 256 KiB, and no message is empty
//! - a delay is at most 900 seconds
//! - a message of a FIFO queue has a group and a deduplication id, and no delay

use std::collections::HashSet;
use std::time::Duration;

use super::{Incoming, Queue, SendError, is_fifo};

/// The largest message, and the largest batch, in bytes: 256 KiB.
pub(super) const SIZE_LIMIT: usize = 256 * 1024;

/// Maximum messages of a batch.
const BATCH_LIMIT: usize = 10;

/// The longest delay of a message.
const DELAY_LIMIT: Duration = Duration::from_secs(900);

/// The code of an error: SNS and SQS name it differently.
pub(super) struct ErrorCode {
    pub(super) sns: &'static str,
    pub(super) sqs: &'static str,
}

/// Checks a batch, as both services do; a single message is a batch of one. An error has a code and a message.
pub(super) fn check_batch(entries: &[(String, Incoming)]) -> Result<(), (ErrorCode, String)> {
    let error = |sns, sqs, message: &str| Err((ErrorCode { sns, sqs }, message.to_owned()));
    let ids: HashSet<&str> = entries.iter().map(|(id, _)| id.as_str()).collect();
    match entries.len() {
        0 => return error("EmptyBatchRequest", "EmptyBatchRequest", "The batch has no messages."),
        1..=BATCH_LIMIT => {}
        _ => {
            let code = "TooManyEntriesInBatchRequest";
            return error(code, code, "A batch has at most ten messages.");
        }
    }
    if ids.len() < entries.len() {
        let code = "BatchEntryIdsNotDistinct";
        return error(code, code, "Two messages of the batch have one id.");
    }
    if entries.iter().any(|(_, message)| message.body.is_empty()) {
        return error("InvalidParameter", "InvalidParameterValue", "A message is empty.");
    }
    if entries.iter().map(|(_, message)| message.body.len()).sum::<usize>() > SIZE_LIMIT {
        return error("BatchRequestTooLong", "BatchRequestTooLong", "The messages are longer than 256 KiB.");
    }
    if entries.iter().any(|(_, message)| message.delay > DELAY_LIMIT) {
        return error("InvalidParameter", "InvalidParameterValue", "A delay is 900 seconds at most.");
    }
    Ok(())
}

/// Checks the group, the deduplication id and the delay of a message for this queue.
pub(super) fn check_fifo(queue: &Queue, message: &Incoming) -> Result<(), SendError> {
    match (is_fifo(&queue.name), &message.fifo) {
        // Other queues use a group only for fairness; it changes no order.
        (false, _) => Ok(()),
        (true, None) => {
            Err(SendError::InvalidFifoMessage("MissingParameter", "A message of a FIFO queue has a MessageGroupId."))
        }
        (true, Some(fifo)) if fifo.deduplication.is_empty() => Err(SendError::InvalidFifoMessage(
            "InvalidParameterValue",
            "The queue has no ContentBasedDeduplication: two equal values are two messages. Send a MessageDeduplicationId.",
        )),
        (true, Some(_)) if !message.delay.is_zero() => Err(SendError::InvalidFifoMessage(
            "InvalidParameterValue",
            "A message of a FIFO queue has no delay of its own.",
        )),
        (true, Some(_)) => Ok(()),
    }
}
