//! Commands on tables. The rules are in `domain::table`.

use domain::actor::{Action, Actor};
use domain::table::{Description, HISTORY_KEPT, Heard, Report, Table, TableId};
use domain::usage::{StatusChange, Usage};
use domain::validation::Violation;
use protocol::envelope::{ApiError, ErrorCode};

use crate::App;
use crate::command::{CommandError, Precondition, TRIES};
use crate::db::StorageError;
use crate::tables::store::Stored;

/// One table.
///
/// # Errors
/// There is none of that id, or the database fails.
pub async fn get(app: &App, id: &TableId) -> Result<Table, CommandError> {
    match app.storage().table(id).await? {
        Stored::Present(table) => Ok(table),
        Stored::Deleted(_) | Stored::Absent => Err(unknown(id)),
    }
}

/// Registers a table.
///
/// # Errors
/// The actor may not, there is one of that id, or the database fails.
pub async fn register(app: &App, actor: &Actor, id: TableId, description: Description) -> Result<Table, CommandError> {
    actor.authorize(Action::Manage(&id))?;
    let exists = || {
        let message = format!("There is a table “{id}” already. Choose another id.");
        let violation = Violation::new("id", id.as_str(), "unique", message.clone());
        let refusal =
            ApiError { validation_errors: vec![violation], ..ApiError::new(ErrorCode::AlreadyExists, message) };
        CommandError::Refused(refusal)
    };
    let before = app.storage().table(&id).await?;
    let last_rev = match &before {
        Stored::Present(_) => return Err(exists()),
        Stored::Deleted(rev) => Some(*rev),
        Stored::Absent => None,
    };
    let table = Table::register(id.clone(), description, last_rev, app.now());
    match app.storage().save_table(&before, &table).await {
        // Whoever was quicker has made the table.
        Err(StorageError::Changed) => Err(exists()),
        other => Ok(other.map(|()| table)?),
    }
}

/// A sensor's report. The same status again is remembered as a sign of life and changes nothing.
///
/// # Errors
/// The actor may not, there is no such table, it is not as expected, or the database fails.
pub async fn report(
    app: &App,
    actor: &Actor,
    id: &TableId,
    is_free: bool,
    precondition: Precondition,
) -> Result<Table, CommandError> {
    actor.authorize(Action::Report(id))?;
    change(app, id, precondition, |table| {
        let now = app.now();
        match table.report(is_free, now) {
            Report::Changed(next) => Decision::Write(next),
            Report::SignOfLife => Decision::Remember(Heard { at: now, is_free }),
        }
    })
    .await
}

/// Gives a table another description.
///
/// # Errors
/// The actor may not, there is no such table, it is not as expected, or the database fails.
pub async fn describe(
    app: &App,
    actor: &Actor,
    id: &TableId,
    description: &Description,
    precondition: Precondition,
) -> Result<Table, CommandError> {
    actor.authorize(Action::Administrate)?;
    change(app, id, precondition, |table| {
        table.describe(description.clone(), app.now()).map_or(Decision::Keep, Decision::Write)
    })
    .await
}

/// Removes a table. What is not there is as removed as asked for.
///
/// # Errors
/// The actor may not, it is not as expected, or the database fails.
pub async fn remove(app: &App, actor: &Actor, id: &TableId, precondition: Precondition) -> Result<(), CommandError> {
    actor.authorize(Action::Manage(id))?;
    for _ in 0..TRIES {
        let Stored::Present(table) = app.storage().table(id).await? else { return Ok(()) };
        check(&table, precondition)?;
        match app.storage().remove_table(&table, app.now()).await {
            Err(StorageError::Changed) => {}
            other => return Ok(other?),
        }
    }
    Err(StorageError::Changed.into())
}

/// How a table was used.
///
/// # Errors
/// There is none of that id, or the database fails.
pub async fn usage(app: &App, id: &TableId) -> Result<Usage, CommandError> {
    let table = get(app, id).await?;
    let now = app.now();
    let mut changes = app.storage().history(id, now.minus(HISTORY_KEPT)).await?;
    if changes.is_empty() {
        // Its last change is older than what is remembered.
        changes.push(StatusChange { at: table.since, status: table.status });
    }
    Ok(domain::usage::usage(&changes, now))
}

/// What a change of a table comes to.
enum Decision {
    /// This is its next state.
    Write(Table),
    /// It stays as it is, but was heard of.
    Remember(Heard),
    /// It stays as it is.
    Keep,
}

async fn change(
    app: &App,
    id: &TableId,
    precondition: Precondition,
    decide: impl Fn(&Table) -> Decision + Send + Sync,
) -> Result<Table, CommandError> {
    for _ in 0..TRIES {
        let table = get(app, id).await?;
        check(&table, precondition)?;
        let next = match decide(&table) {
            Decision::Write(next) => next,
            Decision::Remember(heard) => {
                app.storage().save_heard(id, heard).await?;
                return Ok(table);
            }
            Decision::Keep => return Ok(table),
        };
        match app.storage().save_table(&Stored::Present(table), &next).await {
            Err(StorageError::Changed) => {}
            other => return Ok(other.map(|()| next)?),
        }
    }
    Err(StorageError::Changed.into())
}

fn check(table: &Table, precondition: Precondition) -> Result<(), CommandError> {
    precondition.check(&format!("The table “{}”", table.id), table.rev)
}

fn unknown(id: &TableId) -> CommandError {
    ApiError::new(ErrorCode::ResourceNotFound, format!("There is no table “{id}”.")).into()
}
