//! Commands on the factory tree. The rules are in `domain::factory`.

use domain::actor::Actor;
use domain::factory::{Bounds, CHILDREN_LIMIT, FACTORIES_LIMIT, Factory, FactoryId, FactoryName};
use protocol::envelope::{ApiError, ErrorCode};

use crate::App;
use crate::command::{CommandError, Precondition, TRIES};
use crate::db::StorageError;
use crate::ids;

/// Creates a factory with this number of children.
///
/// # Errors
/// The actor is not authorized, the limit of factories is reached, or the database fails.
pub async fn create(
    app: &App,
    actor: &Actor,
    name: FactoryName,
    bounds: Bounds,
    count: usize,
) -> Result<Factory, CommandError> {
    actor.authorize_tree(&app.config().tree_editors)?;
    if app.storage().factories().await?.len() >= FACTORIES_LIMIT {
        let message =
            format!("There are {FACTORIES_LIMIT} factories, which is as many as there may be. Remove one first.");
        return Err(ApiError::new(ErrorCode::Conflict, message).into());
    }
    for _ in 0..TRIES {
        let factory = Factory::create(ids::short()?, name.clone(), bounds, &chances(count)?, app.now());
        match app.storage().save_factory(None, &factory).await {
            // The id is taken.
            Err(StorageError::Changed) => {}
            other => return Ok(other.map(|()| factory)?),
        }
    }
    Err(StorageError::Changed.into())
}

/// Renames a factory or changes its bounds; `None` leaves a field as it is.
///
/// # Errors
/// The actor is not authorized, there is no such factory, the bounds are out of order, the precondition fails, or the database fails.
pub async fn change(
    app: &App,
    actor: &Actor,
    id: &FactoryId,
    name: Option<FactoryName>,
    [lower, upper]: [Option<i64>; 2],
    precondition: Precondition,
) -> Result<Factory, CommandError> {
    actor.authorize_tree(&app.config().tree_editors)?;
    write(app, id, precondition, |factory, chances| {
        let bounds = Bounds::new(lower.unwrap_or(factory.bounds.lower()), upper.unwrap_or(factory.bounds.upper()))?;
        Ok(factory.changed(name.clone(), Some(bounds), chances, app.now()))
    })
    .await
}

/// Generates this number of children again.
///
/// # Errors
/// The actor is not authorized, there is no such factory, the precondition fails, or the database fails.
pub async fn generate(
    app: &App,
    actor: &Actor,
    id: &FactoryId,
    count: usize,
    precondition: Precondition,
) -> Result<Factory, CommandError> {
    actor.authorize_tree(&app.config().tree_editors)?;
    write(app, id, precondition, |factory, chances| {
        Ok(Some(factory.generated(chances.get(..count).unwrap_or(chances), app.now())))
    })
    .await
}

/// Removes a factory. Succeeds if it does not exist.
///
/// # Errors
/// The actor is not authorized, the precondition fails, or the database fails.
pub async fn remove(app: &App, actor: &Actor, id: &FactoryId, precondition: Precondition) -> Result<(), CommandError> {
    actor.authorize_tree(&app.config().tree_editors)?;
    for _ in 0..TRIES {
        let Some(factory) = app.storage().factory(id).await? else { return Ok(()) };
        check(&factory, precondition)?;
        match app.storage().delete_factory(&factory).await {
            Err(StorageError::Changed) => {}
            other => return Ok(other?),
        }
    }
    Err(StorageError::Changed.into())
}

/// Reads the factory, decides and writes, and repeats this on a conflict. So the concurrent changes of two people are both made.
async fn write(
    app: &App,
    id: &FactoryId,
    precondition: Precondition,
    decide: impl Fn(&Factory, &[u64]) -> Result<Option<Factory>, CommandError> + Send + Sync,
) -> Result<Factory, CommandError> {
    let chances = chances(CHILDREN_LIMIT)?;
    for _ in 0..TRIES {
        let before = app.storage().factory(id).await?.ok_or_else(|| unknown(id))?;
        check(&before, precondition)?;
        let Some(next) = decide(&before, &chances)? else { return Ok(before) };
        match app.storage().save_factory(Some(before.rev), &next).await {
            Err(StorageError::Changed) => {}
            other => return Ok(other.map(|()| next)?),
        }
    }
    Err(StorageError::Changed.into())
}

fn chances(count: usize) -> Result<Vec<u64>, getrandom::Error> {
    (0..count).map(|_| getrandom::u64()).collect()
}

fn check(factory: &Factory, precondition: Precondition) -> Result<(), CommandError> {
    precondition.check(&format!("“{}”", factory.name), factory.rev)
}

fn unknown(id: &FactoryId) -> CommandError {
    ApiError::new(ErrorCode::ResourceNotFound, format!("There is no factory “{id}”. It may have been removed.")).into()
}
