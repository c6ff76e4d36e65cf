//! Tables: registering and describing them, their usage, their queue.

use domain::table::{Description, Table, TableId};
use domain::usage::Usage;
use protocol::endpoints::{self, NewDescription, NewTable};
use protocol::notifications;

use super::{ApiError, Call};

/// How a table was used in the last 90 days.
pub(crate) async fn usage(table: &TableId) -> Result<Usage, ApiError> {
    Call::get(endpoints::table_usage(table)).send().await
}

/// Registers a table.
pub(crate) async fn register(table: &NewTable) -> Result<Table, ApiError> {
    Call::post(endpoints::TABLES).json(table).send().await
}

/// Changes a table's description, if the table still has this revision.
pub(crate) async fn describe(table: &TableId, description: Description, revision: u64) -> Result<Table, ApiError> {
    let body = NewDescription { description };
    Call::patch(endpoints::table(table)).json(&body).if_match(Some(revision)).send().await
}

/// Deletes a table.
pub(crate) async fn delete(table: &TableId) -> Result<(), ApiError> {
    Call::delete(endpoints::table(table)).run().await
}

/// Joins the queue of a table.
pub(crate) async fn join_queue(table: &TableId) -> Result<(), ApiError> {
    Call::post(notifications::table_queue(table)).run().await
}

/// Leaves the queue, or gives up the table that was taken.
pub(crate) async fn leave_queue(table: &TableId) -> Result<(), ApiError> {
    Call::delete(notifications::table_queue(table)).run().await
}

/// Takes the table: it is the user's turn.
pub(crate) async fn take(table: &TableId) -> Result<(), ApiError> {
    Call::post(notifications::table_queue_take(table)).run().await
}

/// Lets the next person in the queue have the turn.
pub(crate) async fn pass(table: &TableId) -> Result<(), ApiError> {
    Call::post(notifications::table_queue_pass(table)).run().await
}
