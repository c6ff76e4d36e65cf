//! `/v1/factories`: the tree that everyone sees and members change.

use axum::extract::State;
use axum::http::HeaderMap;
use domain::factory::{Bounds, Factory, FactoryId, check_count};
use protocol::envelope::{ApiError, Envelope, Refusal};
use protocol::factories::{FactoryChange, Generation, NewFactory};

use crate::App;
use crate::factories::service;
use crate::http::answer::{Answer, JsonBody, PathOf, created, ok, precondition, with_rev};
use crate::http::caller::Authenticated;

/// All factories.
#[utoipa::path(
    get, path = "/v1/factories", tag = "factories", operation_id = "listFactories",
    responses((status = 200, description = "The factories", body = Envelope<Vec<Factory>>)),
)]
pub(crate) async fn list(State(app): State<App>) -> Answer {
    Ok(ok(app.storage().factories().await?))
}

/// Makes a factory and generates its children.
#[utoipa::path(
    post, path = "/v1/factories", tag = "factories", operation_id = "createFactory",
    params(("Idempotency-Key" = Option<String>, Header, description = "A name for this request: sent again with it, it is answered again and not done again; 1 to 255 characters")),
    request_body = NewFactory, security(("bearer" = [])),
    responses(
        (status = 201, description = "The factory", body = Envelope<Factory>),
        (status = 400, description = "A value breaks a constraint", body = Refusal),
        (status = 401, description = "Nobody is signed in", body = Refusal),
        (status = 403, description = "A guest or a device", body = Refusal),
        (status = 409, description = "There are as many as there may be", body = Refusal),
        (status = 413, description = "Over 16 KiB", body = Refusal),
        (status = 415, description = "Not JSON by its content type", body = Refusal),
        (status = 422, description = "Another request was sent with this key", body = Refusal),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    JsonBody(mut fields): JsonBody,
) -> Answer {
    let name = fields.text("name");
    let (lower, upper, count) = (fields.integer("lower"), fields.integer("upper"), fields.integer("count"));
    let ((name, lower), (upper, count)) = fields.finish(name.zip(lower).zip(upper.zip(count)))?;
    let bounds = Bounds::new(lower, upper).map_err(ApiError::from)?;
    let count = check_count(count).map_err(ApiError::from)?;
    let factory = service::create(&app, &actor, name, bounds, count).await?;
    Ok(with_rev(created(&factory), factory.rev))
}

/// Renames a factory, or gives it other bounds. What is left out stays; a child that no longer fits is generated anew.
#[utoipa::path(
    patch, path = "/v1/factories/{id}", tag = "factories", operation_id = "changeFactory",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "A name for this request: sent again with it, it is answered again and not done again; 1 to 255 characters"),
        ("id" = String, Path, description = "The factory's id"),
        ("If-Match" = Option<String>, Header, description = "The revision that is expected"),
    ),
    request_body = FactoryChange, security(("bearer" = [])),
    responses(
        (status = 200, description = "The factory", body = Envelope<Factory>),
        (status = 400, description = "A value breaks a constraint", body = Refusal),
        (status = 401, description = "Nobody is signed in", body = Refusal),
        (status = 403, description = "A guest or a device", body = Refusal),
        (status = 404, description = "No such factory", body = Refusal),
        (status = 409, description = "Not at the expected revision", body = Refusal),
        (status = 413, description = "Over 16 KiB", body = Refusal),
        (status = 415, description = "Not JSON by its content type", body = Refusal),
        (status = 422, description = "Another request was sent with this key", body = Refusal),
    ),
)]
pub(crate) async fn change(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    PathOf(id): PathOf<FactoryId>,
    headers: HeaderMap,
    JsonBody(mut fields): JsonBody,
) -> Answer {
    let name = fields.any_text("name");
    let (lower, upper) = (fields.optional_integer("lower"), fields.optional_integer("upper"));
    let (name, (lower, upper)) = fields.finish(name.zip(lower.zip(upper)))?;
    let factory = service::change(&app, &actor, &id, name, [lower, upper], precondition(&headers)?).await?;
    Ok(with_rev(ok(&factory), factory.rev))
}

/// Generates a factory's children anew.
#[utoipa::path(
    post, path = "/v1/factories/{id}/children", tag = "factories", operation_id = "generateChildren",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "A name for this request: sent again with it, it is answered again and not done again; 1 to 255 characters"),
        ("id" = String, Path, description = "The factory's id"),
        ("If-Match" = Option<String>, Header, description = "The revision that is expected"),
    ),
    request_body = Generation, security(("bearer" = [])),
    responses(
        (status = 200, description = "The factory", body = Envelope<Factory>),
        (status = 400, description = "A value breaks a constraint", body = Refusal),
        (status = 401, description = "Nobody is signed in", body = Refusal),
        (status = 403, description = "A guest or a device", body = Refusal),
        (status = 404, description = "No such factory", body = Refusal),
        (status = 409, description = "Not at the expected revision", body = Refusal),
        (status = 413, description = "Over 16 KiB", body = Refusal),
        (status = 415, description = "Not JSON by its content type", body = Refusal),
        (status = 422, description = "Another request was sent with this key", body = Refusal),
    ),
)]
pub(crate) async fn generate(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    PathOf(id): PathOf<FactoryId>,
    headers: HeaderMap,
    JsonBody(mut fields): JsonBody,
) -> Answer {
    let count = fields.integer("count");
    let count = check_count(fields.finish(count)?).map_err(ApiError::from)?;
    let factory = service::generate(&app, &actor, &id, count, precondition(&headers)?).await?;
    Ok(with_rev(ok(&factory), factory.rev))
}

/// Removes a factory. One that is not there is as removed as asked for.
#[utoipa::path(
    delete, path = "/v1/factories/{id}", tag = "factories", operation_id = "removeFactory",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "A name for this request: sent again with it, it is answered again and not done again; 1 to 255 characters"),
        ("id" = String, Path, description = "The factory's id"),
        ("If-Match" = Option<String>, Header, description = "The revision that is expected"),
    ),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "Removed", body = Envelope<Option<String>>),
        (status = 400, description = "No id looks like that", body = Refusal),
        (status = 401, description = "Nobody is signed in", body = Refusal),
        (status = 403, description = "A guest or a device", body = Refusal),
        (status = 409, description = "Not at the expected revision", body = Refusal),
        (status = 413, description = "With a key, over 256 KiB", body = Refusal),
        (status = 422, description = "Another request was sent with this key", body = Refusal),
    ),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    Authenticated(actor): Authenticated,
    PathOf(id): PathOf<FactoryId>,
    headers: HeaderMap,
) -> Answer {
    service::remove(&app, &actor, &id, precondition(&headers)?).await?;
    Ok(ok(()))
}
