//! Resyncs a connection that was too slow or has just been opened: a job beside the fan-out sends the snapshots of its topics.
//! If that fails, the connection is closed; its client reconnects and gets snapshots.

use std::time::Duration;

use crate::App;
use crate::jobs::Job;
use crate::notifications::NotifyError;
use crate::realtime::publisher::PostError;
use crate::realtime::snapshots::Snapshot;
use crate::realtime::{endings, pong};

/// The number of tries.
const TRIES: u32 = 3;

/// Sends a connection the state of all its topics, and then the digests: a snapshot does not list removed entities, so a client that
/// still has one requests a snapshot itself.
///
/// # Errors
/// The database fails, or the retry cannot be enqueued.
pub(crate) async fn resync(app: &App, connection: String, attempt: u32) -> Result<(), NotifyError> {
    let Some(record) = app.storage().connection(&connection).await? else { return Ok(()) };
    if record.is_token_expired(app.now()) {
        return Ok(endings::end_connection(app, &connection).await?);
    }
    let topics = record.subscribed_topics();
    if topics.is_empty() {
        return Ok(());
    }
    for topic in &topics {
        let mut snapshot = Snapshot::unsolicited(app.storage(), topic, app.now());
        while let Some(messages) = snapshot.next_page().await? {
            for message in messages {
                if !post_or_retry(app, &connection, attempt, &message).await? {
                    return Ok(());
                }
            }
        }
    }
    let digests = pong::pong(app, topics).await?;
    post_or_retry(app, &connection, attempt, &digests).await.map(|_| ())
}

/// Posts one message to a connection; returns whether it was posted. If not, the whole resync is retried later, or the connection is
/// closed.
async fn post_or_retry(app: &App, connection: &str, attempt: u32, message: &str) -> Result<bool, NotifyError> {
    match app.publisher().post_to_new(connection, message).await {
        Ok(()) => return Ok(true),
        // The gateway also responds with 410 while a handshake is in progress, so every error is retried.
        Err(error) if attempt + 1 < TRIES => {
            tracing::info!(connection, %error, "a connection could not be resynced; it is retried later");
            let retry = Job::Resync { connection: connection.to_owned(), attempt: attempt + 1 };
            app.jobs().enqueue(&[(retry, Duration::from_secs(1 << attempt))]).await?;
        }
        Err(PostError::Gone) => app.storage().remove_connection(connection).await?,
        Err(error) => {
            tracing::warn!(connection, %error, "a connection that accepts no posts is closed");
            app.publisher().close(connection).await;
            app.storage().remove_connection(connection).await?;
        }
    }
    Ok(false)
}
