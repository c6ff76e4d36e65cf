//! Ends live connections: when the token has expired that they were opened with, or their person has signed out everywhere. Never decides
//! when.

use futures::stream::{self, StreamExt};

use crate::App;
use crate::storage::StorageError;

/// So many connections are ended at the same time.
const AT_ONCE: usize = 16;

/// Closes a connection and forgets it. Its client opens another one, if it may.
///
/// # Errors
/// The database fails: the connection is closed, and what is left of it goes by its time to live.
pub(crate) async fn end(app: &App, connection: &str) -> Result<(), StorageError> {
    app.posts().cut(connection).await;
    app.storage().remove_connection(connection).await
}

/// The same for many. One that cannot be forgotten holds up no other; the first fault is told.
///
/// # Errors
/// The database fails for at least one of them.
pub(crate) async fn end_all(app: &App, connections: impl IntoIterator<Item = String>) -> Result<(), StorageError> {
    let ended = stream::iter(connections).map(async |connection| end(app, &connection).await).buffer_unordered(AT_ONCE);
    let outcomes: Vec<Result<(), StorageError>> = ended.collect().await;
    outcomes.into_iter().collect()
}
