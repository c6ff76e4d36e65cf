//! Delivers one event to one recipient: claim, send, confirm.

use std::time::Duration;

use domain::event::{Event, EventKind};
use domain::notification_payload::NotificationPayload;
use domain::person::PersonId;
use domain::pick::PickPhase;
use domain::table::{TableId, TableStatus};
use domain::time::Timestamp;

use crate::App;
use crate::db::StorageError;
use crate::jobs::Job;
use crate::notifications::delivery_store::{Claim, DeliveryRecord, DeliveryState};
use crate::notifications::plan;
use crate::notifications::recipient::Recipient;
use crate::outbound::{SendOutcome, jittered};
use crate::slack;
use crate::tables::store::Stored;

/// How long a claim lasts: longer than the slowest channel needs.
const CLAIM_LEASE: Duration = Duration::from_secs(30);

/// The pause between two posts to a webhook: Slack allows one per second (Slack, “Rate limits”).
const SLACK_INTERVAL: Duration = Duration::from_secs(1);

/// A webhook that has failed for this long is switched off.
const SLACK_FAILURE_LIMIT: Duration = Duration::from_secs(24 * 3_600);

/// The longest delay between two attempts.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(900);

/// The number of attempts to restore an alert when concurrent writes conflict.
const TRIES: usize = 8;

/// The result of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// The delivery is finished.
    Done,
    /// Retry after this time.
    RetryAfter(Duration),
}

/// The delay after attempt number `attempt`, counted from 0: 1 second at first, then 4 times as long each time.
pub fn backoff(attempt: u32) -> Duration {
    jittered(Duration::from_secs(4_u64.saturating_pow(attempt.min(6)))).min(MAX_RETRY_DELAY)
}

/// Sends an event to one recipient, unless the delivery is done, another instance has claimed it, or the event is outdated.
///
/// # Errors
/// The database fails, or a push cannot be signed: the delivery must be retried.
pub async fn deliver(
    app: &App,
    event: &Event,
    recipient: &Recipient,
    attempt: u32,
) -> Result<DeliveryOutcome, DeliverError> {
    let key = recipient.key();
    let now = app.now();
    let delivery = match app.storage().claim(&event.id, &key, now, CLAIM_LEASE).await? {
        Claim::Acquired(delivery) => delivery,
        // The claiming instance may crash, so this is checked again when its claim expires.
        Claim::HeldUntil(until) => return Ok(DeliveryOutcome::RetryAfter(until.since(now) + Duration::from_secs(1))),
        Claim::Finished => return Ok(DeliveryOutcome::Done),
    };
    if event.expires() <= now || !is_still_true(app, event).await? {
        app.storage().set_delivery_state(&event.id, &key, DeliveryState::Outdated).await?;
        restore_alert(app, event, &delivery).await?;
        return Ok(DeliveryOutcome::Done);
    }
    let (state, outcome) = match send(app, event, recipient).await? {
        SendOutcome::Accepted => (DeliveryState::Sent, DeliveryOutcome::Done),
        SendOutcome::Gone => (DeliveryState::Rejected, DeliveryOutcome::Done),
        SendOutcome::Rejected(why) => {
            tracing::warn!(event = event.id, why, "a delivery was rejected; it is not retried");
            (DeliveryState::Rejected, DeliveryOutcome::Done)
        }
        SendOutcome::RetryLater(after, why) => {
            tracing::info!(event = event.id, why, attempt, "a delivery failed; it will be retried");
            (DeliveryState::Planned, DeliveryOutcome::RetryAfter(after.unwrap_or_else(|| backoff(attempt))))
        }
    };
    app.storage().set_delivery_state(&event.id, &key, state).await?;
    Ok(outcome)
}

/// Why a delivery failed for an internal reason.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    /// The data could not be read or written.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A push could not be signed.
    #[error(transparent)]
    Push(#[from] crate::notifications::push::PushError),
    /// A later job could not be enqueued.
    #[error(transparent)]
    EnqueueError(#[from] crate::aws::job_queue::EnqueueError),
}

/// Whether an event is still true. For example, the table may have become busy again.
async fn is_still_true(app: &App, event: &Event) -> Result<bool, StorageError> {
    Ok(match &event.kind {
        EventKind::Table { table, status, .. } => {
            matches!(app.storage().table(table).await?, Stored::Present(table) if table.status == *status)
        }
        EventKind::Question { room, number, .. } => {
            let record = app.storage().pick(room, *number).await?;
            record.is_some_and(|record| record.pick.phase == PickPhase::Open)
        }
        EventKind::Called { table, person, call, .. } => {
            let queue = app.storage().queue(table).await?;
            queue.is_some_and(|queue| {
                queue.calls == *call && queue.called().is_some_and(|(place, _)| place.person == *person)
            })
        }
        EventKind::Feedback { .. } | EventKind::Closed { .. } | EventKind::Item { .. } | EventKind::Numbers { .. } => {
            true
        }
    })
}

async fn send(app: &App, event: &Event, recipient: &Recipient) -> Result<SendOutcome, DeliverError> {
    match recipient {
        Recipient::Browser { person, browser } => {
            send_push(app, person, browser, &NotificationPayload::of(event)).await
        }
        Recipient::Channel { webhook } => {
            Ok(post(app, webhook.as_ref(), &slack::message::of_event(app.config(), event)).await?)
        }
        Recipient::Mention { person, webhook } => {
            let message = slack::message::to_person(app.config(), event, person);
            Ok(post(app, webhook.as_ref(), &message).await?)
        }
    }
}

/// Sends a notification to one browser of a person. A browser whose push subscription does not exist any more is deleted.
///
/// # Errors
/// The database fails, or the push cannot be signed.
pub async fn send_push(
    app: &App,
    person: &PersonId,
    browser: &str,
    notice: &NotificationPayload,
) -> Result<SendOutcome, DeliverError> {
    let settings = app.storage().notification_settings(person).await?;
    let Some(known) = settings.browsers.iter().find(|known| known.id == browser) else { return Ok(SendOutcome::Gone) };
    let outcome = app.push().send(app.storage(), &known.subscription, notice, app.now()).await?;
    if outcome == SendOutcome::Gone {
        app.storage().remove_browser(person, browser).await?;
    }
    Ok(outcome)
}

/// Posts to a webhook if its rate limit allows it, and stores whether it works.
pub(crate) async fn post(
    app: &App,
    table: Option<&TableId>,
    message: &serde_json::Value,
) -> Result<SendOutcome, StorageError> {
    let storage = app.storage();
    let Some(webhook) = storage.webhook(table).await? else { return Ok(SendOutcome::Gone) };
    if webhook.is_off {
        return Ok(SendOutcome::Rejected("the webhook is switched off".to_owned()));
    }
    let now = app.now();
    if let Err(next) = storage.reserve_slack_post(table, now, now.plus(SLACK_INTERVAL)).await? {
        return Ok(SendOutcome::RetryLater(
            Some(next.since(now)),
            "the rate limit of the webhook allows no post now".to_owned(),
        ));
    }
    let address = storage.webhook_address(&webhook).await?;
    let outcome = app.slack().post(&address, message).await;
    let why = match &outcome {
        SendOutcome::Accepted => None,
        SendOutcome::Gone => Some("Slack says that there is no such webhook.".to_owned()),
        SendOutcome::RetryLater(_, why) | SendOutcome::Rejected(why) => Some(why.clone()),
    };
    match why {
        None if webhook.failing_since.is_some() => storage.save_slack_health(table, None, false).await?,
        None => {}
        Some(why) => {
            let since = webhook.failing_since.map_or(now, Timestamp::from_milliseconds);
            let is_off = now.since(since) >= SLACK_FAILURE_LIMIT;
            storage.save_slack_health(table, Some((since, &why)), is_off).await?;
        }
    }
    Ok(outcome)
}

/// Restores an alert that has ended for an event of which the person was not notified after all. If the table is free again by now, the
/// person is notified of that instead.
async fn restore_alert(app: &App, event: &Event, delivery: &DeliveryRecord) -> Result<(), DeliverError> {
    let (Some(alert), Some(person), EventKind::Table { table: id, .. }) =
        (&delivery.ended_alert, &delivery.person, &event.kind)
    else {
        return Ok(());
    };
    let (deliveries, _) = app.storage().deliveries(&event.id).await?;
    let is_notified =
        |other: &DeliveryRecord| other.person.as_ref() == Some(person) && other.state == DeliveryState::Sent;
    if deliveries.iter().any(is_notified) {
        return Ok(());
    }
    for _ in 0..TRIES {
        let Stored::Present(table) = app.storage().table(id).await? else { return Ok(()) };
        if table.status == TableStatus::Free {
            let free_event = Event::of_table(format!("{}/again/{}", event.topic(), table.rev), app.now(), &table);
            let settings = app.storage().notification_settings(person).await?;
            plan::plan_with_restorable_alert(app, &free_event, person, &settings, alert).await?;
            let recipients = plan::plan(app, &free_event).await?.into_iter();
            let jobs = recipients.map(|recipient| Job::Deliver { event: free_event.clone(), recipient, attempt: 0 });
            let jobs: Vec<(Job, Duration)> = jobs.map(|job| (job, Duration::ZERO)).collect();
            return Ok(app.jobs().enqueue(&jobs).await?);
        }
        match app.storage().save_alert(person, alert, None, Some(&table)).await {
            Err(StorageError::Changed) => {
                let settings = app.storage().notification_settings(person).await?;
                if settings.alerts.iter().any(|one| one.topic == alert.topic) {
                    return Ok(());
                }
            }
            other => return Ok(other?),
        }
    }
    Err(StorageError::Changed.into())
}
