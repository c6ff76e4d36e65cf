//! Scheduled work: invocations of functions, the expiry of items, and the trimming of streams.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tokio::sync::{Notify, watch};
use tokio::time;
use tokio_util::sync::CancellationToken;

use crate::database::LocalDatabase;
use crate::function::SharedFunction;
use crate::stream::record::{REGION, SequenceNumber};

/// AWS deletes an expired item within days; here it is deleted after at most this time.
const EXPIRE_EVERY: Duration = Duration::from_secs(60);

/// The period in which a stream's old records are removed.
const TRIM_EVERY: Duration = Duration::from_secs(60 * 60);

/// Invokes a function at a fixed rate, as EventBridge Scheduler does.
pub async fn invoke_every(period: Duration, function: SharedFunction, stop: CancellationToken) {
    while is_time(period, &stop).await {
        if let Err(error) = function.invoke(scheduled_event(SystemTime::now())).await {
            tracing::warn!(%error, "the scheduled function failed");
        }
    }
}

/// Deletes expired items. Deletions appear in the stream, so its reader is woken.
pub async fn expire(database: Arc<LocalDatabase>, written: Arc<Notify>, stop: CancellationToken) {
    while is_time(EXPIRE_EVERY, &stop).await {
        let database = Arc::clone(&database);
        match tokio::task::spawn_blocking(move || database.expire()).await {
            Ok(Ok(0)) => {}
            Ok(Ok(count)) => {
                tracing::debug!(count, "items expired");
                written.notify_one();
            }
            Ok(Err(error)) => tracing::warn!(error, "expired items cannot be deleted"),
            Err(error) => tracing::warn!(%error, "expired items were not deleted"),
        }
    }
}

/// Removes records of a table's stream that are older than a day.
pub async fn trim(
    database: Arc<LocalDatabase>,
    table: String,
    checkpoint: watch::Receiver<Option<SequenceNumber>>,
    stop: CancellationToken,
) {
    loop {
        let (database, table, delivered) = (Arc::clone(&database), table.clone(), *checkpoint.borrow());
        match tokio::task::spawn_blocking(move || database.trim(&table, delivered, SystemTime::now())).await {
            Ok(Ok(count)) => tracing::debug!(count, "old stream records removed"),
            Ok(Err(error)) => tracing::warn!(error, "old stream records cannot be removed"),
            Err(error) => tracing::warn!(%error, "old stream records were not removed"),
        }
        if !is_time(TRIM_EVERY, &stop).await {
            return;
        }
    }
}

/// Waits for the period; returns false if it is time to stop.
async fn is_time(period: Duration, stop: &CancellationToken) -> bool {
    tokio::select! {
        () = time::sleep(period) => true,
        () = stop.cancelled() => false,
    }
}

fn scheduled_event(now: SystemTime) -> Value {
    json!({
        "version": "0",
        "id": uuid::Uuid::new_v4().to_string(),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "000000000000",
        "time": humantime::format_rfc3339_seconds(now).to_string(),
        "region": REGION,
        "resources": [],
        "detail": {},
    })
}
