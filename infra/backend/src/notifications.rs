//! Notifies the people who have an alert for an event. `domain::alert` decides which alerts apply.
//!
//! Deliveries use an outbox: all are stored first ([`plan`]), then each is claimed, sent and confirmed ([`deliver`]). Both steps can be
//! repeated by any instance, so a repeated invocation sends nothing twice, and a crashed one loses nothing. A delivery that fails between
//! sending and confirming is sent again; it has the event's id and tag, by which a browser shows it once.

pub mod alert_service;
pub mod alert_store;
pub(crate) mod api;
pub mod browser_service;
pub mod browser_store;
pub mod deliver;
pub mod delivery_store;
pub mod handler;
pub mod invocation;
pub mod plan;
pub mod push;
pub mod recipient;

use std::time::Duration;

use domain::event::Event;
use futures::stream::{self, StreamExt};

use crate::App;
use crate::aws::job_queue::EnqueueError;
use crate::db::StorageError;
use crate::jobs::Job;
use crate::notifications::deliver::DeliveryOutcome;
use crate::notifications::recipient::Recipient;
pub(crate) use crate::slack::message::escaped;

/// The number of recipients that are notified concurrently.
const CONCURRENT_RECIPIENTS: usize = 32;

/// Why an event could not be handled completely.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    /// The data could not be read or written.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A retry could not be enqueued.
    #[error(transparent)]
    EnqueueError(#[from] EnqueueError),
}

/// Notifies all recipients of an event. A failed delivery is enqueued for a retry.
///
/// # Errors
/// The recipients could not be read, or a retry could not be enqueued: the event must be handled again.
pub async fn notify(app: &App, event: &Event) -> Result<(), NotifyError> {
    let recipients = plan::plan(app, event).await?;
    tracing::info!(event = event.id, kind = event.kind_name(), recipients = recipients.len(), "planned notifications");
    let retries = stream::iter(recipients)
        .map(async |recipient| match attempt(app, event, &recipient, 0).await {
            DeliveryOutcome::Done => None,
            DeliveryOutcome::RetryAfter(delay) => {
                Some((Job::Deliver { event: event.clone(), recipient, attempt: 1 }, delay))
            }
        })
        .buffer_unordered(CONCURRENT_RECIPIENTS);
    let retries: Vec<Option<(Job, Duration)>> = retries.collect().await;
    let retries: Vec<(Job, Duration)> = retries.into_iter().flatten().collect();
    Ok(app.jobs().enqueue(&retries).await?)
}

/// Tries one delivery. If it fails for an internal reason, it must be retried later.
pub async fn attempt(app: &App, event: &Event, recipient: &Recipient, attempt: u32) -> DeliveryOutcome {
    deliver::deliver(app, event, recipient, attempt).await.unwrap_or_else(|error| {
        tracing::warn!(event = event.id, %error, "a delivery failed; it will be retried");
        DeliveryOutcome::RetryAfter(deliver::backoff(attempt))
    })
}
