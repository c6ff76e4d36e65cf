//! Ends live connections: after the token expires with which they were opened, or after their member signs out everywhere.

use futures::stream::{self, StreamExt};
use protocol::frames::{FrameError, FrameErrorCode, ServerFrame};

use crate::App;
use crate::db::StorageError;

/// The number of connections that are ended at the same time.
const CONCURRENT_ENDS: usize = 16;

/// Closes a connection and deletes it. Before that, it sends the reason to the client, so that a client with another token reconnects at
/// once.
///
/// # Errors
/// The database fails: the connection is closed, and the TTL expires its items.
pub(crate) async fn end_connection(app: &App, connection: &str) -> Result<(), StorageError> {
    let message = "The sign-in that this connection was opened with has ended. Open another connection.";
    let frame = ServerFrame::Error(FrameError::new(FrameErrorCode::Unauthenticated, message)).to_json();
    if let Err(error) = app.publisher().post_once(connection, &frame).await {
        tracing::debug!(connection, %error, "the client of an ended connection did not get the reason");
    }
    app.publisher().close(connection).await;
    app.storage().remove_connection(connection).await
}

/// Ends several connections. One that cannot be deleted does not delay the others; the first error is returned.
///
/// # Errors
/// The database fails for at least one of them.
pub(crate) async fn end_all(app: &App, connections: impl IntoIterator<Item = String>) -> Result<(), StorageError> {
    let ended = stream::iter(connections)
        .map(async |connection| end_connection(app, &connection).await)
        .buffer_unordered(CONCURRENT_ENDS);
    let outcomes: Vec<Result<(), StorageError>> = ended.collect().await;
    outcomes.into_iter().collect()
}
