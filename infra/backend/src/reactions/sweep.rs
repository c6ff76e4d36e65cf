//! The scheduled function of each minute. It sets tables without recent heartbeats to "no signal", restores tables that report again, and
//! advances queues whose turn has timed out, and enqueues the meetups that change until the next invocation. The rules are in `domain::table`,
//! `domain::queue` and `domain::meetup`.

use std::time::Duration;

use domain::time::Timestamp;

use crate::App;
use crate::db::StorageError;
use crate::jobs::Job;
use crate::queue;

/// The time between two invocations.
const PERIOD: Duration = Duration::from_secs(60);

/// Handles one scheduled event; returns the number of changed tables.
///
/// # Errors
/// The database fails; earlier writes remain, and the next invocation does the rest.
pub async fn handle(app: &App) -> Result<usize, StorageError> {
    let (tables, last_reports) = (app.storage().tables().await?, app.storage().last_reports().await?);
    let now = app.now();
    let mut changed = 0;
    for table in tables {
        let last_report = last_reports.get(&table.id).copied();
        let Some(next) = table.sweep(last_report, now) else { continue };
        match app.storage().save_swept_table(&table, last_report, &next).await {
            Ok(()) => {
                changed += 1;
                tracing::info!(table = %next.id, status = ?next.status, "the status of a table has changed");
            }
            // The table reported meanwhile: the next invocation reads its new state.
            Err(StorageError::Changed) => {}
            Err(error) => return Err(error),
        }
    }
    // Delayed messages of an SQS queue end turns to the second; this finds turns whose message did not arrive.
    for queue in app.storage().queues().await? {
        if queue.next_timeout().is_some_and(|timeout| timeout <= now) {
            queue::service::advance(app, &queue.table).await?;
        }
    }
    enqueue_due_meetups(app, now).await?;
    Ok(changed)
}

/// Enqueues the meetups that change until the next invocation, each to the second. One that was enqueued before is enqueued once more: its
/// change is made once.
async fn enqueue_due_meetups(app: &App, now: Timestamp) -> Result<(), StorageError> {
    let due = app.storage().due_meetups(now.plus(PERIOD)).await?;
    let jobs: Vec<(Job, Duration)> =
        due.into_iter().map(|(at, meetup)| (Job::AdvanceMeetup { meetup }, at.since(now))).collect();
    app.jobs().enqueue(&jobs).await.map_err(|error| StorageError::Unavailable(error.to_string()))
}
