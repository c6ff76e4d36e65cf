//! A connection that was slower than the others, or that has just come, is told what the topics are that it watches. Beside the
//! fan-out, so that nobody waits for it. One that cannot be told at all is cut: its client comes back, and has a snapshot.

use std::time::Duration;

use crate::App;
use crate::live;
use crate::notify::NotifyError;
use crate::outbound::jobs::Job;
use crate::outbound::posts::PostError;

/// So often it is tried.
const TRIES: u32 = 3;

/// Tells a connection the state of all that it watches.
///
/// # Errors
/// The database fails, or what is to be tried again cannot be kept.
pub(crate) async fn catch_up(app: &App, connection: String, attempt: u32) -> Result<(), NotifyError> {
    for topic in app.storage().topics_of(&connection).await? {
        for message in live::unasked_snapshot(app.storage(), &topic, app.now()).await? {
            match app.posts().post_to_new(&connection, &message).await {
                Ok(()) => {}
                Err(PostError::Gone) => return Ok(app.storage().remove_connection(&connection).await?),
                Err(error) if attempt + 1 < TRIES => {
                    tracing::info!(connection, %error, "a connection catches up later");
                    let delay = Duration::from_secs(1 << attempt);
                    let again = Job::CatchUp { connection, attempt: attempt + 1 };
                    return Ok(app.jobs().keep(&[(again, delay)]).await?);
                }
                Err(error) => {
                    tracing::warn!(connection, %error, "a connection that takes nothing is cut");
                    app.posts().cut(&connection).await;
                    return Ok(app.storage().remove_connection(&connection).await?);
                }
            }
        }
    }
    Ok(())
}
