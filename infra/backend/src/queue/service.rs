//! Commands on the queue for a table. The rules are in `domain::queue`.

use domain::actor::Actor;
use domain::person::PersonId;
use domain::queue::{Queue, QueueRefusal, QueueView};
use domain::table::{Table, TableId};
use domain::time::Timestamp;
use protocol::envelope::{ApiError, ErrorCode};

use crate::App;
use crate::command::{CommandError, TRIES};
use crate::db::StorageError;
use crate::tables;
use crate::tables::store::Stored;

/// The queue for a table.
///
/// # Errors
/// There is no such table, or the database fails.
pub async fn get(app: &App, table: &TableId) -> Result<QueueView, CommandError> {
    tables::service::get(app, table).await?;
    Ok(app.storage().queue(table).await?.map(|queue| queue.view()).unwrap_or_default())
}

/// Joins the queue. A member in the queue keeps the place.
///
/// # Errors
/// The actor is not signed in, the queue is full, there is no such table, or the database fails.
pub async fn join(app: &App, actor: &Actor, table: &TableId) -> Result<QueueView, CommandError> {
    let member = actor.member()?;
    join_as(app, &member.id, &member.name, table).await
}

/// The same for a person who is identified in another way.
///
/// # Errors
/// As for [`join()`].
pub async fn join_as(
    app: &App,
    person: &PersonId,
    name: &domain::person::PersonName,
    table: &TableId,
) -> Result<QueueView, CommandError> {
    change(app, table, |queue, table, now| queue.join(person, name, table.status, now)).await
}

/// Leaves the queue. Succeeds if the person is not in it.
///
/// # Errors
/// The actor is not signed in, there is no such table, or the database fails.
pub async fn leave(app: &App, person: &PersonId, table: &TableId) -> Result<QueueView, CommandError> {
    change(app, table, |queue, table, now| Ok(queue.leave(person, table.status, now))).await
}

/// Takes the table.
///
/// # Errors
/// It is not their turn, there is no such table, or the database fails.
pub async fn take(app: &App, person: &PersonId, table: &TableId) -> Result<QueueView, CommandError> {
    change(app, table, |queue, table, now| queue.take(person, table.status, now)).await
}

/// Passes the turn to the next one.
///
/// # Errors
/// It is not their turn, there is no such table, or the database fails.
pub async fn pass(app: &App, person: &PersonId, table: &TableId) -> Result<QueueView, CommandError> {
    change(app, table, |queue, table, now| queue.pass(person, table.status, now)).await
}

/// Advances the queue if time has passed or the table has changed. Deletes the queue of a removed table.
///
/// # Errors
/// The database fails.
pub async fn advance(app: &App, id: &TableId) -> Result<(), StorageError> {
    for _ in 0..TRIES {
        let Some(queue) = app.storage().queue(id).await? else { return Ok(()) };
        let Stored::Present(table) = app.storage().table(id).await? else {
            return app.storage().remove_queue(id).await;
        };
        let next = match queue.advance(table.status, app.now()) {
            Some(next) => next,
            // A table that was registered again does not have the number of waiting people yet.
            None if queue.waiting() != table.waiting => Queue { rev: queue.rev + 1, ..queue.clone() },
            None => return Ok(()),
        };
        match app.storage().save_queue(&next, Some(queue.rev), &table, app.now()).await {
            Err(StorageError::Changed) => {}
            other => return other,
        }
    }
    Err(StorageError::Changed)
}

async fn change(
    app: &App,
    id: &TableId,
    decide: impl Fn(&Queue, &Table, Timestamp) -> Result<Option<Queue>, QueueRefusal> + Send + Sync,
) -> Result<QueueView, CommandError> {
    for _ in 0..TRIES {
        let table = tables::service::get(app, id).await?;
        let stored = app.storage().queue(id).await?;
        let before = stored.as_ref().map(|queue| queue.rev);
        let queue = stored.unwrap_or_else(|| Queue::new(id.clone()));
        let decided = decide(&queue, &table, app.now());
        let next = decided.map_err(|refusal| ApiError::new(ErrorCode::RuleViolation, refusal.to_string()))?;
        let Some(next) = next else { return Ok(queue.view()) };
        match app.storage().save_queue(&next, before, &table, app.now()).await {
            Err(StorageError::Changed) => {}
            other => return Ok(other.map(|()| next.view())?),
        }
    }
    Err(StorageError::Changed.into())
}
