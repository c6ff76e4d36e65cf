//! Resyncs a connection that was too slow, or that has just been opened: it gets the snapshots of its topics, in a job beside the fan-out.
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
    if record.has_ended(app.now()) {
        return Ok(endings::end(app, &connection).await?);
    }
    let topics = record.watched();
    if topics.is_empty() {
        return Ok(());
    }
    for topic in &topics {
        let mut snapshot = Snapshot::unsolicited(app.storage(), topic, app.now());
        while let Some(messages) = snapshot.next_page().await? {
            for message in messages {
                if !told(app, &connection, attempt, &message).await? {
                    return Ok(());
                }
            }
        }
    }
    let digests = pong::pong(app, topics).await?;
    told(app, &connection, attempt, &digests).await.map(|_| ())
}

/// Sends one message to a connection; returns whether it was sent. If not, the whole resync is repeated later, or the connection is gone.
async fn told(app: &App, connection: &str, attempt: u32, message: &str) -> Result<bool, NotifyError> {
    match app.publisher().post_to_new(connection, message).await {
        Ok(()) => return Ok(true),
        // A connection that seems gone may not be open yet: a handshake in progress looks the same.
        Err(error) if attempt + 1 < TRIES => {
            tracing::info!(connection, %error, "a connection catches up later");
            let again = Job::Resync { connection: connection.to_owned(), attempt: attempt + 1 };
            app.jobs().enqueue(&[(again, Duration::from_secs(1 << attempt))]).await?;
        }
        Err(PostError::Gone) => app.storage().remove_connection(connection).await?,
        Err(error) => {
            tracing::warn!(connection, %error, "a connection that takes nothing is cut");
            app.publisher().cut(connection).await;
            app.storage().remove_connection(connection).await?;
        }
    }
    Ok(false)
}
