//! The sweep of each minute: silent tables lose their signal, tables that report again get it back, and queues advance whose turn has
//! ended. The rules are in `domain::table` and `domain::queue`.

use crate::App;
use crate::db::StorageError;
use crate::queue;

/// Sweeps once; returns the number of changed tables.
///
/// # Errors
/// The database fails; earlier writes remain, and the next sweep does the rest.
pub async fn handle(app: &App) -> Result<usize, StorageError> {
    let (tables, heard) = (app.storage().tables().await?, app.storage().all_heard().await?);
    let now = app.now();
    let mut changed = 0;
    for table in tables {
        let heard = heard.get(&table.id).copied();
        let Some(next) = table.sweep(heard, now) else { continue };
        match app.storage().save_swept(&table, heard, &next).await {
            Ok(()) => {
                changed += 1;
                tracing::info!(table = %next.id, status = ?next.status, "swept");
            }
            // The table reported meanwhile: the next sweep reads its new state.
            Err(StorageError::Changed) => {}
            Err(error) => return Err(error),
        }
    }
    // Turns are timed to the second by messages of a queue; this finds turns whose message did not arrive.
    for queue in app.storage().queues().await? {
        if queue.next_timeout().is_some_and(|over| over <= now) {
            queue::service::advance(app, &queue.table).await?;
        }
    }
    Ok(changed)
}
