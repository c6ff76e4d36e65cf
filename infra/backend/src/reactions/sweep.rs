//! The scheduled function of each minute. It sets tables without recent heartbeats to "no signal", restores tables that report again, and
//! advances queues whose turn has timed out. The rules are in `domain::table` and `domain::queue`.

use crate::App;
use crate::db::StorageError;
use crate::queue;

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
    Ok(changed)
}
