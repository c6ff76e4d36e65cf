//! Commands on the queue for a table. The rules are in `domain::line`.

use domain::actor::Actor;
use domain::line::{Line, LineRefusal, LineView};
use domain::person::PersonId;
use domain::table::{Table, TableId};
use domain::time::Timestamp;
use protocol::envelope::{ApiError, ErrorCode};

use crate::App;
use crate::command::{CommandError, TRIES};
use crate::db::StorageError;
use crate::tables;
use crate::tables::store::Stored;

/// The line for a table.
///
/// # Errors
/// There is no such table, or the database fails.
pub async fn get(app: &App, table: &TableId) -> Result<LineView, CommandError> {
    tables::service::get(app, table).await?;
    Ok(app.storage().line(table).await?.map(|line| line.view()).unwrap_or_default())
}

/// Gets in line; nothing if they wait already.
///
/// # Errors
/// The actor is not signed in, the line is full, there is no such table, or the database fails.
pub async fn join(app: &App, actor: &Actor, table: &TableId) -> Result<LineView, CommandError> {
    let member = actor.member()?;
    join_as(app, &member.id, &member.name, table).await
}

/// The same for somebody who is known by another way.
///
/// # Errors
/// As for [`join()`].
pub async fn join_as(
    app: &App,
    person: &PersonId,
    name: &domain::person::PersonName,
    table: &TableId,
) -> Result<LineView, CommandError> {
    change(app, table, |line, table, now| line.join(person, name, table.status, now)).await
}

/// Leaves the line; nothing if they do not wait.
///
/// # Errors
/// The actor is not signed in, there is no such table, or the database fails.
pub async fn leave(app: &App, person: &PersonId, table: &TableId) -> Result<LineView, CommandError> {
    change(app, table, |line, table, now| Ok(line.leave(person, table.status, now))).await
}

/// Takes the table.
///
/// # Errors
/// It is not their turn, there is no such table, or the database fails.
pub async fn take(app: &App, person: &PersonId, table: &TableId) -> Result<LineView, CommandError> {
    change(app, table, |line, table, now| line.take(person, table.status, now)).await
}

/// Lets the next one go first.
///
/// # Errors
/// It is not their turn, there is no such table, or the database fails.
pub async fn pass(app: &App, person: &PersonId, table: &TableId) -> Result<LineView, CommandError> {
    change(app, table, |line, table, now| line.pass(person, table.status, now)).await
}

/// Moves the line on, if time or the table have; forgets that of a table that is gone.
///
/// # Errors
/// The database fails.
pub async fn advance(app: &App, id: &TableId) -> Result<(), StorageError> {
    for _ in 0..TRIES {
        let Some(line) = app.storage().line(id).await? else { return Ok(()) };
        let Stored::Present(table) = app.storage().table(id).await? else {
            return app.storage().remove_line(id).await;
        };
        let next = match line.advance(table.status, app.now()) {
            Some(next) => next,
            // A table that was registered anew does not know yet that people wait for it.
            None if line.waiting() != table.waiting => Line { rev: line.rev + 1, ..line.clone() },
            None => return Ok(()),
        };
        match app.storage().save_line(&next, Some(line.rev), &table, app.now()).await {
            Err(StorageError::Changed) => {}
            other => return other,
        }
    }
    Err(StorageError::Changed)
}

async fn change(
    app: &App,
    id: &TableId,
    decide: impl Fn(&Line, &Table, Timestamp) -> Result<Option<Line>, LineRefusal> + Send + Sync,
) -> Result<LineView, CommandError> {
    for _ in 0..TRIES {
        let table = tables::service::get(app, id).await?;
        let known = app.storage().line(id).await?;
        let before = known.as_ref().map(|line| line.rev);
        let line = known.unwrap_or_else(|| Line::new(id.clone()));
        let decided = decide(&line, &table, app.now());
        let next = decided.map_err(|refusal| ApiError::new(ErrorCode::RuleViolation, refusal.to_string()))?;
        let Some(next) = next else { return Ok(line.view()) };
        match app.storage().save_line(&next, before, &table, app.now()).await {
            Err(StorageError::Changed) => {}
            other => return Ok(other.map(|()| next.view())?),
        }
    }
    Err(StorageError::Changed.into())
}
