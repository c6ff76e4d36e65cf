//! Commands on tables. The rules are in `domain::table`.

use domain::actor::{Action, Actor};
use domain::table::{Description, HISTORY_KEPT, LastReport, Report, Table, TableId};
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
/// There is no such table, or the database fails.
pub async fn get(app: &App, id: &TableId) -> Result<Table, CommandError> {
    match app.storage().table(id).await? {
        Stored::Present(table) => Ok(table),
        Stored::Deleted(_) | Stored::Absent => Err(unknown(id)),
    }
}

/// Registers a table.
///
/// # Errors
/// The actor is not authorized, the table exists already, or the database fails.
pub async fn register(app: &App, actor: &Actor, id: TableId, description: Description) -> Result<Table, CommandError> {
    actor.authorize(Action::Manage(&id))?;
    let exists = || {
        let message = format!("There is a table “{id}” already. Choose another id.");
        let violation = Violation::new("id", id.as_str(), "unique", message.clone());
        let error = ApiError { validation_errors: vec![violation], ..ApiError::new(ErrorCode::AlreadyExists, message) };
        CommandError::Rejected(error)
    };
    let before = app.storage().table(&id).await?;
    let last_rev = match &before {
        Stored::Present(_) => return Err(exists()),
        Stored::Deleted(rev) => Some(*rev),
        Stored::Absent => None,
    };
    let table = Table::register(id.clone(), description, last_rev, app.now());
    match app.storage().save_table(&before, &table).await {
        // A concurrent request has registered the table.
        Err(StorageError::Changed) => Err(exists()),
        other => Ok(other.map(|()| table)?),
    }
}

/// A report of a sensor. The same status again is stored as a heartbeat and changes nothing.
///
/// # Errors
/// The actor is not authorized, there is no such table, the precondition fails, or the database fails.
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
            Report::Heartbeat => Decision::StoreHeartbeat(LastReport { at: now, is_free }),
        }
    })
    .await
}

/// Changes a table's description.
///
/// # Errors
/// The actor is not authorized, there is no such table, the precondition fails, or the database fails.
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

/// Removes a table. Succeeds if it does not exist.
///
/// # Errors
/// The actor is not authorized, the precondition fails, or the database fails.
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

/// The usage of a table.
///
/// # Errors
/// There is no such table, or the database fails.
pub async fn usage(app: &App, id: &TableId) -> Result<Usage, CommandError> {
    let table = get(app, id).await?;
    let now = app.now();
    let mut changes = app.storage().history(id, now.minus(HISTORY_KEPT)).await?;
    if changes.is_empty() {
        // Its last change is older than the stored history.
        changes.push(StatusChange { at: table.since, status: table.status });
    }
    Ok(domain::usage::usage(&changes, now))
}

/// The result of a change of a table.
enum Decision {
    /// Write this next state.
    Write(Table),
    /// Only store the heartbeat.
    StoreHeartbeat(LastReport),
    /// Change nothing.
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
            Decision::StoreHeartbeat(report) => {
                app.storage().save_last_report(id, report).await?;
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
