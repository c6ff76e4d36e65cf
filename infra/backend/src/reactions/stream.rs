//! The table's stream (DynamoDB Streams through Lambda's event source mapping): publishes each change to its subscribers.
//!
//! A stream is ordered by key, so a batch stops at its first record that failed ("Reporting batch item failures"), and the mapping delivers
//! again from there.

mod plan;
pub(crate) mod reaction;
mod removed;

use std::collections::BTreeSet;
use std::time::Duration;

use aws_lambda_events::event::dynamodb::{Event as Batch, EventRecord};
use aws_lambda_events::event::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use domain::alert::AlertRule;
use domain::event::{Event, EventKind, NumberChange};
use domain::json_pointer::{JsonPointer, NUMBERS_LIMIT};
use domain::person::PersonId;
use domain::pick::{PickPhase, Tally};
use domain::room::RoomId;
use domain::time::Timestamp;
use domain::topic::Topic;
use futures::future::join_all;
use protocol::frames::ServerFrame;

use crate::App;
use crate::aws::job_queue::DELAY_LIMIT;
use crate::db::StorageError;
use crate::jobs::Job;
use crate::meetups;
use crate::notifications::alert_store::AlertRecord;
use crate::queue;
use crate::realtime::fanout::{self, Update};
use crate::realtime::snapshots::{self, Snapshot};
use crate::realtime::websocket;
use crate::telemetry::Metric;

use plan::BatchPlan;
use reaction::{Effect, ItemChange, Unreadable};

/// The records for which the function is invoked: the event source mapping's filters ("Lambda event filtering"). Heartbeats, history,
/// tickets, and connections that open or close outside rooms cause no invocation.
pub const FILTERS: [&str; 5] = [
    r#"{"dynamodb":{"Keys":{"pk":{"S":["TABLES","ITEMS","FACTORIES","ROOMS","LINES",{"prefix":"ROOM#"},{"prefix":"ANSWERS#"},{"prefix":"PEOPLE#"},{"prefix":"BANK#"}]}}}}"#,
    r#"{"dynamodb":{"Keys":{"pk":{"S":["MEETUPS",{"prefix":"MEETUP#"},{"prefix":"HOSTED#"}]}}}}"#,
    r#"{"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"TOPIC#room/"}]}}}}"#,
    r#"{"eventName":["INSERT","MODIFY"],"dynamodb":{"NewImage":{"greet":{"BOOL":[true]}}}}"#,
    r#"{"eventName":["REMOVE"],"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"ENTRANTS#"}]}}}}"#,
];

/// A record that cannot be read is delivered again for this long after it was written: a deployment replaces the functions one after the
/// other, so an old function may receive records of a new one for some seconds.
const DEPLOYMENT: Duration = Duration::from_secs(60);

/// Handles one batch.
///
/// # Errors
/// None: failures are reported by record.
pub async fn handle(app: &App, batch: Batch) -> DynamoDbEventResponse {
    let records = batch.records;
    let mut plan = BatchPlan::of(&records);
    let mut failed = FirstFailure::default();
    for (position, unreadable, written) in &plan.unreadable {
        if is_retried(unreadable, *written, app.now()) {
            failed.at(*position);
        }
    }
    // Changes first, because clients are waiting for them.
    publish_updates(app, &records, &mut plan, &mut failed).await;
    publish_events(app, &mut plan, &mut failed).await;
    advance_queues(app, &plan, &mut failed).await;
    update_listings(app, &plan, &mut failed).await;
    for (position, effect) in &plan.per_record {
        if let Err(error) = apply(app, effect).await {
            tracing::warn!(%error, "a record of the stream failed; it will be delivered again");
            failed.at(*position);
        }
    }
    let failure = |position: usize| {
        let sequence_number = records.get(position).and_then(|record| record.change.sequence_number.clone());
        let mut failure = DynamoDbBatchItemFailure::default();
        failure.item_identifier = sequence_number;
        failure
    };
    let mut response = DynamoDbEventResponse::default();
    let retry_from = failed.0.filter(|_| app.retries());
    response.batch_item_failures = retry_from.map(failure).into_iter().collect();
    response
}

/// Applies the effect of one record.
async fn apply(app: &App, effect: &Effect) -> Result<(), StorageError> {
    let storage = app.storage();
    match effect {
        Effect::SendInitialSnapshot { connection, topic } => send_initial_snapshot(app, connection, topic).await,
        Effect::WriteTombstone { record } => storage.write_table_tombstone(&record.sk, record.rev + 1, app.now()).await,
        Effect::AssignRevision { key, seen, rev } => storage.assign_revision(key, *seen, *rev, app.now()).await,
        Effect::WriteItemTombstone { key, rev } => storage.write_item_tombstone(key, *rev, app.now()).await,
        Effect::AppendHistory { item } => storage.append_history(item).await,
        Effect::PresenceJoin { room, person, connection } => join_presence(app, room, person, connection).await,
        Effect::PresenceLeave { room, person, connection } => {
            storage.leave_presence(room, person.id(), connection).await
        }
        Effect::EvictGuest { room, guest } => evict_guest(app, room, guest).await,
        Effect::EvictMeetupGuest { meetup, person } => {
            end_denied_subscriptions(app, person, |topic| topic.meetup() == Some(meetup)).await
        }
        Effect::DeleteRoomContents { room } => storage.delete_room_contents(room).await,
        Effect::ScheduleTimeout { table, at } => schedule(app, Job::Advance { table: table.clone() }, *at).await,
        Effect::ScheduleMeetup { meetup, at } => {
            schedule(app, Job::AdvanceMeetup { meetup: meetup.clone() }, *at).await
        }
        Effect::AdvanceSeats { meetup } => meetups::guest_service::advance_seats(app, meetup).await,
        Effect::DeleteMeetupContents { meetup } => storage.delete_meetup_contents(meetup).await,
    }
}

/// Whether a record that cannot be read is delivered again. A record of a newer version is, until a function can read it or the mapping
/// moves it to the dead-letter queue. Any other record was written by hand, or by a function that has just been deployed: it delays the
/// later records of its partition no longer than a deployment takes.
fn is_retried(unreadable: &Unreadable, written: Timestamp, now: Timestamp) -> bool {
    let Unreadable { key, is_newer } = unreadable;
    let is_retried = *is_newer || now.since(written) < DEPLOYMENT;
    if is_retried {
        tracing::warn!(key, is_newer, "a record cannot be read; it will be delivered again");
    } else {
        tracing::error!(key, "a record cannot be read; it is skipped");
    }
    is_retried
}

/// The position of the first record that failed.
#[derive(Debug, Default)]
struct FirstFailure(Option<usize>);

impl FirstFailure {
    fn at(&mut self, position: usize) {
        self.all_at([position]);
    }

    fn all_at(&mut self, positions: impl IntoIterator<Item = usize>) {
        self.0 = self.0.into_iter().chain(positions).min();
    }
}

/// Publishes the changes, and the numbers of answers that have changed.
async fn publish_updates(app: &App, records: &[EventRecord], plan: &mut BatchPlan, failed: &mut FirstFailure) {
    let (start, retries_before) = (app.now(), app.publisher().retry_count());
    let mut updates = std::mem::take(&mut plan.updates);
    for ((room, pick), position) in &plan.tallies {
        match count_answers(app, room, *pick).await {
            Ok(tally) => updates.extend(
                tally.map(|tally| Update::of(*position, Topic::Room(room.clone()), snapshots::of_tally(tally))),
            ),
            Err(error) => {
                tracing::warn!(%error, "the answers to a pick could not be counted; its record will be delivered again");
                failed.at(*position);
            }
        }
    }
    if updates.is_empty() {
        return;
    }
    match fanout::deliver(app, &updates, async |updates: &[&Update]| removed::find_removed(app, records, updates).await)
        .await
    {
        Ok(delivery) => {
            let end = app.now();
            for context in &plan.trace_contexts {
                let milliseconds = end.since(context.at).as_millis();
                let reached = delivery.reached;
                tracing::info!(request = context.request, milliseconds, reached, "published changes");
                app.telemetry().trace(context, start, end, reached);
            }
            app.telemetry().record_metrics(
                end,
                &[
                    Metric::times("WriteToPost", plan.trace_contexts.iter().map(|context| end.since(context.at))),
                    Metric::count("Posts", delivery.reached),
                    Metric::count("Gone", delivery.disconnected),
                    Metric::count("Throttled", app.publisher().retry_count() - retries_before),
                    Metric::count("Conflated", updates.len() - delivery.published),
                ],
            );
            if delivery.failed + delivery.unpublished > 0 {
                failed.all_at(updates.iter().map(|update| update.position));
            }
        }
        Err(error) => {
            tracing::error!(%error, "the subscriptions cannot be read");
            failed.all_at(updates.iter().map(|update| update.position));
        }
    }
}

/// The number of answers to an open pick. The answers to a pick that has ended are counted again if one arrived just before its end; then
/// the record of the pick publishes the number.
async fn count_answers(app: &App, room: &RoomId, number: u32) -> Result<Option<Tally>, StorageError> {
    let Some(record) = app.storage().pick(room, number).await? else { return Ok(None) };
    if record.pick.phase == PickPhase::Open {
        let answered = app.storage().count_answers(room, number).await?;
        return Ok(Some(Tally { pick: number, answered }));
    }
    let answers = app.storage().answers(room, number).await?;
    if let Some(recounted) = record.pick.recount(&answers) {
        match app.storage().save_pick(&record, &recounted).await {
            // Another instance has counted it.
            Err(StorageError::Changed) => {}
            other => other?,
        }
    }
    Ok(Some(Tally {
        pick: number,
        answered: record.pick.answered.max(u32::try_from(answers.len()).unwrap_or(u32::MAX)),
    }))
}

/// Publishes events. A subscriber recognizes a repeated event by its id.
async fn publish_events(app: &App, plan: &mut BatchPlan, failed: &mut FirstFailure) {
    let mut events = std::mem::take(&mut plan.events);
    let alerts_by_item = plan
        .item_changes
        .iter()
        .map(async |(key, changes)| (app.storage().alerts_about(&Topic::Item(key.clone())).await, changes));
    for (alerts, changes) in join_all(alerts_by_item).await {
        for (position, change) in changes {
            match &alerts {
                Ok(alerts) => events.extend(events_of_item(alerts, change).into_iter().map(|event| (*position, event))),
                Err(error) => {
                    tracing::warn!(%error, "the alerts for an item cannot be read; its record will be delivered again");
                    failed.at(*position);
                }
            }
        }
    }
    let (positions, events): (Vec<usize>, Vec<_>) = events.into_iter().unzip();
    if positions.is_empty() {
        return;
    }
    if let Err(error) = app.events().publish(&events).await {
        tracing::warn!(%error, "events could not be published; their records will be delivered again");
        failed.all_at(positions);
        return;
    }
    for (event, position) in events.iter().zip(&positions) {
        let request = plan.requests.get(position);
        tracing::info!(event = event.id, kind = event.kind_name(), request, "published");
    }
}

/// The events of an item's change for which an alert exists: items may change many times a second, and most have no alert.
fn events_of_item(alerts: &[AlertRecord], change: &ItemChange) -> Vec<Event> {
    let ItemChange { id, at, key, rev, before, after } = change;
    let rules: Vec<&AlertRule> = alerts.iter().map(|record| &record.alert.rule).collect();
    let mut events = Vec::new();
    if rules.iter().any(|rule| matches!(rule, AlertRule::EachChange)) {
        events.push(Event::of_item(*at, key, *rev, after.as_ref()));
    }
    let paths: BTreeSet<&JsonPointer> = rules
        .iter()
        .filter_map(|rule| match rule {
            AlertRule::CrossesThreshold { path, .. } => Some(path),
            _ => None,
        })
        .collect();
    let moved = after
        .iter()
        .flat_map(|after| paths.iter().filter_map(|path| NumberChange::between(path, before.as_ref(), after)));
    let moved: Vec<NumberChange> = moved.take(NUMBERS_LIMIT).collect();
    if !moved.is_empty() {
        let numbers = EventKind::Numbers { key: key.clone(), changes: moved };
        events.push(Event { id: id.clone(), at: *at, rev: *rev, kind: numbers });
    }
    events
}

/// Advances the queues of tables that have changed, all at the same time, since the next batch waits for this one.
async fn advance_queues(app: &App, plan: &BatchPlan, failed: &mut FirstFailure) {
    let advanced =
        plan.queues.iter().map(async |(table, position)| (*position, queue::service::advance(app, table).await));
    for (position, outcome) in join_all(advanced).await {
        if let Err(error) = outcome {
            tracing::warn!(%error, "a queue could not advance; its table's record will be delivered again");
            failed.at(position);
        }
    }
}

/// Writes the entries of meetups in the lists, all at the same time, since the next batch waits for this one.
async fn update_listings(app: &App, plan: &BatchPlan, failed: &mut FirstFailure) {
    let updated = plan
        .listings
        .iter()
        .map(async |(meetup, position)| (*position, meetups::service::update_listings(app, meetup).await));
    for (position, outcome) in join_all(updated).await {
        if let Err(error) = outcome {
            tracing::warn!(%error, "the entries of an event could not be written; its record will be delivered again");
            failed.at(position);
        }
    }
}

/// Enqueues a job for this time, if it is soon. A scheduler is precise to the minute, a message's delay to the second; the sweep of
/// each minute finds what is later, and what is due and whose message is lost.
async fn schedule(app: &App, job: Job, at: Timestamp) -> Result<(), StorageError> {
    let delay = at.since(app.now());
    if delay > DELAY_LIMIT { Ok(()) } else { enqueue(app, job, delay).await }
}

async fn enqueue(app: &App, job: Job, delay: Duration) -> Result<(), StorageError> {
    app.jobs().enqueue(&[(job, delay)]).await.map_err(|error| StorageError::Unavailable(error.to_string()))
}

/// Posts the snapshot of a topic to a connection that has just opened. Its handshake may still be in progress: then a job posts it later,
/// since the next batch waits for this one.
async fn send_initial_snapshot(app: &App, connection: &str, topic: &Topic) -> Result<(), StorageError> {
    let mut snapshot = Snapshot::new(app.storage(), topic, app.now());
    while let Some(messages) = snapshot.next_page().await? {
        for message in messages {
            if app.publisher().post_once(connection, &message).await.is_err() {
                return enqueue(app, Job::resync(connection.to_owned()), Duration::ZERO).await;
            }
        }
    }
    Ok(())
}

/// Ends the subscriptions of a guest whom a room has removed.
async fn evict_guest(app: &App, room: &RoomId, guest: &PersonId) -> Result<(), StorageError> {
    // The guests of a deleted room are deleted with it, and its subscribers receive its removal.
    if app.storage().room(room).await?.is_none() {
        return Ok(());
    }
    end_denied_subscriptions(app, guest, |topic| topic.room() == Some(room)).await
}

/// Ends those of a person's subscriptions to these topics to which the person has no right any more, and sends the reason. A concurrent
/// subscription is checked again after it is written.
async fn end_denied_subscriptions(
    app: &App,
    person: &PersonId,
    concerns: impl Fn(&Topic) -> bool,
) -> Result<(), StorageError> {
    for (connection, record) in app.storage().subscriptions_of(person).await? {
        for topic in record.subscribed_topics().into_iter().filter(|topic| concerns(topic)) {
            let Err(refusal) = websocket::authorize(app, &topic, record.person.as_ref()).await? else { continue };
            app.storage().unsubscribe(&connection, &topic).await?;
            let frame = ServerFrame::Error(websocket::denial(&refusal).about(&topic.to_string()));
            if let Err(error) = app.publisher().post_once(&connection, &frame.to_json()).await {
                // The connection receives nothing more of the topic, and its next pong does not list it.
                tracing::info!(connection, %error, "the reason of an ended subscription was not received");
            }
        }
    }
    Ok(())
}

/// Stores that a person is in a room. If the room is deleted, nothing is stored: the record would outlive the room.
async fn join_presence(
    app: &App,
    room: &RoomId,
    person: &domain::person::Person,
    connection: &str,
) -> Result<(), StorageError> {
    if app.storage().room(room).await?.is_none() {
        return Ok(());
    }
    app.storage().join_presence(room, person, connection).await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Regression: if events could not be published, the batch was retried from the record of the first event in the list, although the
    /// events of items are at the end of the list.
    #[test]
    fn a_batch_is_retried_from_its_first_record_that_failed() {
        let mut failed = FirstFailure::default();
        failed.all_at([]);
        assert_eq!(failed.0, None);
        failed.all_at([3, 1]);
        failed.at(2);
        assert_eq!(failed.0, Some(1));
    }
}
