//! Resyncs a connection that was too slow, or that has just been opened: it gets the snapshots of its topics, in a job beside the fan-out.
//! If that fails, the connection is closed; its client reconnects and gets snapshots.

use std::time::Duration;

use crate::App;
use crate::jobs::Job;
use crate::notifications::NotifyError;
use crate::realtime::publisher::PostError;
use crate::realtime::snapshots::Snapshot;
use crate::realtime::{endings, pong};

/// So often it is tried.
const TRIES: u32 = 3;

/// Tells a connection the state of all that it watches, and then the digests: what was removed stands in no snapshot, so a client
/// that has more than there is asks for one of its own.
///
/// # Errors
/// The database fails, or what is to be tried again cannot be kept.
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

/// Tells a connection one thing; whether it was told. If not, it is told everything again later, or it is gone.
async fn told(app: &App, connection: &str, attempt: u32, message: &str) -> Result<bool, NotifyError> {
    match app.publisher().post_to_new(connection, message).await {
        Ok(()) => return Ok(true),
        // One that is gone may not have come yet: a handshake that is still under way looks the same.
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
