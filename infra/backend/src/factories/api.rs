//! `/v1/factories`: the factory tree. Everyone can read it; members change it.

use axum::extract::State;
use axum::http::HeaderMap;
use domain::factory::{Bounds, Factory, FactoryId, FactoryName, check_count};
use protocol::envelope::{ApiError, Envelope, ErrorBody};
use protocol::factories::{FactoryChange, Generation, NewFactory};
use serde_json::Value;

use crate::App;
use crate::factories::service;
use crate::http::body::{Json, RequestBody};
use crate::http::caller::Authenticated;
use crate::http::fields::Fields;
use crate::http::parameters::{IdempotencyKey, IfMatch, Path};
use crate::http::response::{ApiResult, created, if_match, ok, with_etag};

/// All factories.
#[utoipa::path(
    get, path = "/v1/factories", tag = "factories", operation_id = "listFactories",
    responses((status = 200, description = "The factories", body = Envelope<Vec<Factory>>)),
)]
pub(crate) async fn list(State(app): State<App>) -> ApiResult {
    Ok(ok(app.storage().factories().await?))
}

/// Creates a factory and generates its children.
#[utoipa::path(
    post, path = "/v1/factories", tag = "factories", operation_id = "createFactory",
    params(IdempotencyKey),
    request_body = NewFactory, security(("bearer" = [])),
    responses(
        (status = 201, description = "The factory", body = Envelope<Factory>),
        (status = 400, description = "A value breaks a constraint", body = ErrorBody),
        (status = 401, description = "The caller is not authenticated", body = ErrorBody),
        (status = 403, description = "A guest or a device", body = ErrorBody),
        (status = 409, description = "There are as many as there may be", body = ErrorBody),
        (status = 413, description = "Over 16 KiB", body = ErrorBody),
        (status = 415, description = "Not JSON by its content type", body = ErrorBody),
        (status = 422, description = "Another request was sent with this key", body = ErrorBody),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Json((name, bounds, count)): Json<NewFactory>,
) -> ApiResult {
    let factory = service::create(&app, &actor, name, bounds, count).await?;
    Ok(with_etag(created(&factory), factory.rev))
}

/// Renames a factory or changes its bounds. Omitted fields stay; children outside the new bounds are generated again.
#[utoipa::path(
    patch, path = "/v1/factories/{id}", tag = "factories", operation_id = "changeFactory",
    params(
        IdempotencyKey,
        ("id" = inline(FactoryId), Path, description = "The factory's id"),
        IfMatch,
    ),
    request_body = FactoryChange, security(("bearer" = [])),
    responses(
        (status = 200, description = "The factory", body = Envelope<Factory>),
        (status = 400, description = "A value breaks a constraint", body = ErrorBody),
        (status = 401, description = "The caller is not authenticated", body = ErrorBody),
        (status = 403, description = "A guest or a device", body = ErrorBody),
        (status = 404, description = "No such factory", body = ErrorBody),
        (status = 409, description = "Not at the expected revision", body = ErrorBody),
        (status = 413, description = "Over 16 KiB", body = ErrorBody),
        (status = 415, description = "Not JSON by its content type", body = ErrorBody),
        (status = 422, description = "Another request was sent with this key", body = ErrorBody),
    ),
)]
pub(crate) async fn change(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(id): Path<FactoryId>,
    headers: HeaderMap,
    Json((name, bounds)): Json<FactoryChange>,
) -> ApiResult {
    let factory = service::change(&app, &actor, &id, name, bounds, if_match(&headers)?).await?;
    Ok(with_etag(ok(&factory), factory.rev))
}

/// Generates a factory's children again.
#[utoipa::path(
    post, path = "/v1/factories/{id}/children", tag = "factories", operation_id = "generateChildren",
    params(
        IdempotencyKey,
        ("id" = inline(FactoryId), Path, description = "The factory's id"),
        IfMatch,
    ),
    request_body = Generation, security(("bearer" = [])),
    responses(
        (status = 200, description = "The factory", body = Envelope<Factory>),
        (status = 400, description = "A value breaks a constraint", body = ErrorBody),
        (status = 401, description = "The caller is not authenticated", body = ErrorBody),
        (status = 403, description = "A guest or a device", body = ErrorBody),
        (status = 404, description = "No such factory", body = ErrorBody),
        (status = 409, description = "Not at the expected revision", body = ErrorBody),
        (status = 413, description = "Over 16 KiB", body = ErrorBody),
        (status = 415, description = "Not JSON by its content type", body = ErrorBody),
        (status = 422, description = "Another request was sent with this key", body = ErrorBody),
    ),
)]
pub(crate) async fn generate(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(id): Path<FactoryId>,
    headers: HeaderMap,
    Json(count): Json<Generation>,
) -> ApiResult {
    let factory = service::generate(&app, &actor, &id, count, if_match(&headers)?).await?;
    Ok(with_etag(ok(&factory), factory.rev))
}

/// Removes a factory. Succeeds if it does not exist.
#[utoipa::path(
    delete, path = "/v1/factories/{id}", tag = "factories", operation_id = "removeFactory",
    params(
        IdempotencyKey,
        ("id" = inline(FactoryId), Path, description = "The factory's id"),
        IfMatch,
    ),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "Removed", body = Envelope<Option<String>>),
        (status = 400, description = "No id looks like that", body = ErrorBody),
        (status = 401, description = "The caller is not authenticated", body = ErrorBody),
        (status = 403, description = "A guest or a device", body = ErrorBody),
        (status = 409, description = "Not at the expected revision", body = ErrorBody),
        (status = 413, description = "With a key, over 256 KiB", body = ErrorBody),
        (status = 422, description = "Another request was sent with this key", body = ErrorBody),
    ),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    Path(id): Path<FactoryId>,
    headers: HeaderMap,
) -> ApiResult {
    service::remove(&app, &actor, &id, if_match(&headers)?).await?;
    Ok(ok(()))
}

impl RequestBody for NewFactory {
    type Checked = (FactoryName, Bounds, usize);

    fn check(sent: Value) -> Result<Self::Checked, ApiError> {
        let mut fields = Fields::of_body(sent)?;
        let name = fields.text("name");
        let (lower, upper, count) = (fields.integer("lower"), fields.integer("upper"), fields.integer("count"));
        let ((name, lower), (upper, count)) = fields.finish(name.zip(lower).zip(upper.zip(count)))?;
        Ok((name, Bounds::new(lower, upper)?, check_count(count)?))
    }
}

impl RequestBody for FactoryChange {
    /// The name, the lower bound and the upper bound.
    type Checked = (Option<FactoryName>, [Option<i64>; 2]);

    fn check(sent: Value) -> Result<Self::Checked, ApiError> {
        let mut fields = Fields::of_body(sent)?;
        let name = fields.any_text("name");
        let (lower, upper) = (fields.optional_integer("lower"), fields.optional_integer("upper"));
        let (name, (lower, upper)) = fields.finish(name.zip(lower.zip(upper)))?;
        Ok((name, [lower, upper]))
    }
}

impl RequestBody for Generation {
    type Checked = usize;

    fn check(sent: Value) -> Result<usize, ApiError> {
        let mut fields = Fields::of_body(sent)?;
        let count = fields.integer("count");
        Ok(check_count(fields.finish(count)?)?)
    }
}
