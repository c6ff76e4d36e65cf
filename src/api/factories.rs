//! The factory tree.

use domain::factory::{Factory, FactoryId};
use protocol::factories::{self, FactoryChange, Generation, NewFactory};

use super::{ApiError, Call};

/// Creates a factory.
pub(crate) async fn create(factory: &NewFactory) -> Result<Factory, ApiError> {
    Call::post(factories::FACTORIES).json(factory).send().await
}

/// Renames a factory, or changes its bounds.
pub(crate) async fn change(id: &FactoryId, change: &FactoryChange) -> Result<Factory, ApiError> {
    Call::patch(factories::factory(id)).json(change).send().await
}

/// Replaces a factory's numbers by newly generated ones.
pub(crate) async fn regenerate(id: &FactoryId, count: i64) -> Result<Factory, ApiError> {
    Call::post(factories::children(id)).json(&Generation { count }).send().await
}

/// Deletes a factory.
pub(crate) async fn delete(id: &FactoryId) -> Result<(), ApiError> {
    Call::delete(factories::factory(id)).run().await
}
