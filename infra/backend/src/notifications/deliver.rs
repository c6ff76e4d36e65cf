//! Delivers one event to one recipient: claim, send, confirm.

use std::time::Duration;

use domain::event::{Event, EventKind};
use domain::notice::Notice;
use domain::person::PersonId;
use domain::pick::PickPhase;
use domain::table::{TableId, TableStatus};
use domain::time::Timestamp;

use crate::App;
use crate::db::StorageError;
use crate::jobs::Job;
use crate::notifications::delivery_store::{Claim, DeliveryRecord, Progress};
use crate::notifications::plan;
use crate::notifications::recipient::Recipient;
use crate::outbound::{Sent, jittered};
use crate::slack;
use crate::tables::store::Stored;

/// How long a claim lasts: longer than the slowest channel takes.
const LEASE: Duration = Duration::from_secs(30);

/// The pause between two posts to a webhook: Slack allows one per second (Slack, “Rate limits”).
const SLACK_PAUSE: Duration = Duration::from_secs(1);

/// A webhook that has failed for this long is switched off.
const SLACK_TIMEOUT: Duration = Duration::from_secs(24 * 3_600);

/// The longest delay between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(900);

/// The number of attempts to restore an alert when concurrent writes conflict.
const TRIES: usize = 8;

/// The result of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing is left to do.
    Over,
    /// Retry after this time.
    Later(Duration),
}

/// The delay after attempt number `attempt`, counted from 0: 1 second at first, then 4 times as long each time.
pub fn backoff(attempt: u32) -> Duration {
    jittered(Duration::from_secs(4_u64.saturating_pow(attempt.min(6)))).min(LONGEST_WAIT)
}

/// Sends an event to one recipient, unless the delivery is done, another instance has claimed it, or the event is outdated.
///
/// # Errors
/// The database fails, or a push cannot be signed: the delivery must be retried.
pub async fn deliver(app: &App, event: &Event, recipient: &Recipient, attempt: u32) -> Result<Outcome, DeliverError> {
    let key = recipient.key();
    let now = app.now();
    let delivery = match app.storage().claim(&event.id, &key, now, LEASE).await? {
        Claim::Ours(delivery) => delivery,
        // The claiming instance may crash, so this is checked again when its claim expires.
        Claim::Held(until) => return Ok(Outcome::Later(until.since(now) + Duration::from_secs(1))),
        Claim::Over => return Ok(Outcome::Over),
    };
    if event.expires() <= now || !is_still_news(app, event).await? {
        app.storage().progress(&event.id, &key, Progress::Outdated).await?;
        give_back(app, event, &delivery).await?;
        return Ok(Outcome::Over);
    }
    let (progress, outcome) = match send(app, event, recipient).await? {
        Sent::Taken => (Progress::Sent, Outcome::Over),
        Sent::Gone => (Progress::Refused, Outcome::Over),
        Sent::Refused(why) => {
            tracing::warn!(event = event.id, why, "nobody will take this");
            (Progress::Refused, Outcome::Over)
        }
        Sent::Later(after, why) => {
            tracing::info!(event = event.id, why, attempt, "this is tried again later");
            (Progress::Planned, Outcome::Later(after.unwrap_or_else(|| backoff(attempt))))
        }
    };
    app.storage().progress(&event.id, &key, progress).await?;
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
async fn is_still_news(app: &App, event: &Event) -> Result<bool, StorageError> {
    Ok(match &event.news {
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

async fn send(app: &App, event: &Event, recipient: &Recipient) -> Result<Sent, DeliverError> {
    match recipient {
        Recipient::Browser { person, browser } => ring(app, person, browser, &Notice::of(event)).await,
        Recipient::Channel { webhook } => {
            Ok(post(app, webhook.as_ref(), &slack::message::of_event(app.config(), event)).await?)
        }
        Recipient::Mention { person, webhook } => {
            let message = slack::message::to_person(app.config(), event, person);
            Ok(post(app, webhook.as_ref(), &message).await?)
        }
    }
}

/// Sends a notification to one browser of a person. A browser whose subscription has ended is deleted.
///
/// # Errors
/// The database fails, or the push cannot be signed.
pub async fn ring(app: &App, person: &PersonId, browser: &str, notice: &Notice) -> Result<Sent, DeliverError> {
    let asked = app.storage().asked(person).await?;
    let Some(known) = asked.browsers.iter().find(|one| one.id == browser) else { return Ok(Sent::Gone) };
    let sent = app.push().send(app.storage(), &known.subscription, notice, app.now()).await?;
    if sent == Sent::Gone {
        app.storage().remove_browser(person, browser).await?;
    }
    Ok(sent)
}

/// Posts to a webhook if its rate limit allows it, and stores whether it works.
pub(crate) async fn post(
    app: &App,
    table: Option<&TableId>,
    message: &serde_json::Value,
) -> Result<Sent, StorageError> {
    let storage = app.storage();
    let Some(webhook) = storage.webhook(table).await? else { return Ok(Sent::Gone) };
    if webhook.is_off {
        return Ok(Sent::Refused("the webhook is switched off".to_owned()));
    }
    let now = app.now();
    if let Err(next) = storage.take_slack_turn(table, now, now.plus(SLACK_PAUSE)).await? {
        return Ok(Sent::Later(Some(next.since(now)), "it is not its turn".to_owned()));
    }
    let address = storage.webhook_address(&webhook).await?;
    let sent = app.slack().post(&address, message).await;
    let why = match &sent {
        Sent::Taken => None,
        Sent::Gone => Some("Slack says that there is no such webhook.".to_owned()),
        Sent::Later(_, why) | Sent::Refused(why) => Some(why.clone()),
    };
    match why {
        None if webhook.failing_since.is_some() => storage.save_slack_health(table, None, false).await?,
        None => {}
        Some(why) => {
            let since = webhook.failing_since.map_or(now, Timestamp::from_milliseconds);
            let is_off = now.since(since) >= SLACK_TIMEOUT;
            storage.save_slack_health(table, Some((since, &why)), is_off).await?;
        }
    }
    Ok(sent)
}

/// Restores an alert that has ended for an event of which the person was not notified after all. If the table is free again by now, the
/// person is notified of that instead.
async fn give_back(app: &App, event: &Event, delivery: &DeliveryRecord) -> Result<(), DeliverError> {
    let (Some(alert), Some(person), EventKind::Table { table: id, .. }) =
        (&delivery.ended, &delivery.person, &event.news)
    else {
        return Ok(());
    };
    let (deliveries, _) = app.storage().deliveries(&event.id).await?;
    let told = |one: &DeliveryRecord| one.person.as_ref() == Some(person) && one.progress == Progress::Sent;
    if deliveries.iter().any(told) {
        return Ok(());
    }
    for _ in 0..TRIES {
        let Stored::Present(table) = app.storage().table(id).await? else { return Ok(()) };
        if table.status == TableStatus::Free {
            let again = Event::of_table(format!("{}/again/{}", event.topic(), table.rev), app.now(), &table);
            let asked = app.storage().asked(person).await?;
            plan::plan_given_back(app, &again, person, &asked, alert).await?;
            let recipients = plan::plan(app, &again).await?.into_iter();
            let jobs = recipients.map(|recipient| Job::Deliver { event: again.clone(), recipient, attempt: 0 });
            let jobs: Vec<(Job, Duration)> = jobs.map(|job| (job, Duration::ZERO)).collect();
            return Ok(app.jobs().enqueue(&jobs).await?);
        }
        match app.storage().save_alert(person, alert, None, Some(&table)).await {
            Err(StorageError::Changed) => {
                let asked = app.storage().asked(person).await?;
                if asked.alerts.iter().any(|one| one.topic == alert.topic) {
                    return Ok(());
                }
            }
            other => return Ok(other?),
        }
    }
    Err(StorageError::Changed.into())
}
